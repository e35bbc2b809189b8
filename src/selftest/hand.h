/*
 * src/selftest/: does verification find what it should? A log in memory, or the auditor's own file
 * as it would read with some bytes changed, is judged by the functions that verify uses, and what
 * they find is counted (output.md O-35). hand.h is the insider's hand: what seals and compresses;
 * forge.h writes archives of records, and lies at one place; rows.h has the records; kinds.def what
 * is changed; bytes.c changes bytes of a file as an outsider can; selftest.h runs it all.
 *
 * The hand of somebody who holds a key: the only object of the analyzer that can sign. Its keys are
 * made of a number that everybody knows, so nothing that it signs is worth anything; it is given no
 * key and no file, and nothing of it is written anywhere.
 */
#ifndef SELFTEST_HAND_H
#define SELFTEST_HAND_H

#include "base/err.h"
#include "log/note.h"

struct hand;

/* NULL: libcrypto or zstd cannot (e). Keys are made of the seed. */
struct hand *hand_new(const char *origin, uint64_t seed, struct err *e);
void hand_free(struct hand *h);

/* Its keys: the log's own, and another one of the same name. */
enum hand_key { HAND_OWN, HAND_OTHER, HAND_KEYS };
const struct vkey *hand_vkey(const struct hand *h, enum hand_key which);
/* Appends a note: the text, an empty line, the signature line (S-5). -1: no memory. */
int hand_sign(struct hand *h, enum hand_key which, const void *text, size_t n, struct buf *out);
/* Appends one frame (C-10). -1: no memory. */
int hand_frame(struct hand *h, const void *p, size_t n, struct buf *out);

#endif
