/* verify of a proof of one record, which needs no archive (output.md O-29). */
#ifndef CMD_ANALYZE_PROOF_H
#define CMD_ANALYZE_PROOF_H

#include "cmd/analyze/analyze.h"
#include "trust/proven.h"

/* Is a proof among what verify was given? 1 yes; 0 no; -1 it cannot be told (e). Before the
 * sandbox; what comes through a pipe can be read again. */
int proof_given(const struct cli *c, struct err *e);
/* verify FILE.tlog-proof. The exit status. */
int proof_verify(const struct cli *c);

/* proof_hand.c: appends the commands that redo it with stock tools, for a shell. */
void proof_by_hand(const struct proven *p, const char *path, struct buf *out);

#endif
