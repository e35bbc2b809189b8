/* --journal: a line for each run of the examiner, chained by digests (formats/memory.md M-5). */
#ifndef CMD_ANALYZE_JOURNAL_H
#define CMD_ANALYZE_JOURNAL_H

#include "cmd/analyze/analyze.h"

#define JOURNAL_MAX (64u << 20) /* bytes of a journal */

/* Whole lines of a journal that follow each other; zeros before the first. */
struct journal_chain {
	uint64_t bytes, lines;
	uint8_t before[32]; /* SHA-256 of the last of them */
};

/*
 * Lines that go on behind those of c, which moves on behind the last that does. false: the next one
 * (c->lines + 1) does not follow, or is not whole.
 */
bool journal_follow(struct journal_chain *c, const char *p, size_t n);

/*
 * Before the sandbox: opens the journal that --journal or $EXHIBIT_JOURNAL names, and holds its
 * chain against itself; nothing where none is named. 0 or -1 (e): 65 it is broken, 73 it cannot be
 * made, 77 others can write to it.
 */
int journal_begin(const struct cli *c, struct err *e);
/* SHA-256 of the program that runs, as it lies on the disk; first asked before the sandbox. NULL:
 * it cannot be read. */
const uint8_t *journal_tool(void);
/* What the run looked at, as it is closed. */
void journal_evidence(const struct evidence *v);
/* A file that is no archive; d: its SHA-256. */
void journal_file(const char *name, uint64_t bytes, const uint8_t d[32]);
/* Appends the line of this run, whose status is given, and returns that; 74 where it could not be
 * written (said on stderr). */
int journal_end(int status);

#endif
