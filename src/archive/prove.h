/* Proofs that an archive's own seal gives, in the form of RFC 6962 (seal.md S-13): that a record
 * stands in the log, and that an earlier checkpoint of the log is the beginning of this one. */
#ifndef ARCHIVE_PROVE_H
#define ARCHIVE_PROVE_H

#include "archive/reader.h"
#include "log/path.h"

/*
 * Why nothing can be proven by a file: never sealed, its seal false, or over other records. NULL:
 * it can. A seal by a key that was not given is none of these: who checks a proof has the key.
 */
const char *archive_cannot_prove(const struct archive *a);

/*
 * The siblings of a record up to the root of the last seal, and its leaf. b: its block, unpacked.
 * Nothing is compared with that root: path_includes does. false: the file does not hold it, or the
 * rows of its blocks do not fit together.
 */
bool archive_inclusion(const struct archive *a, const struct block *b, uint64_t position,
    struct path *ret, uint8_t ret_leaf[32]);
/*
 * That the log of `size` records is the beginning of the one that the last seal is of, and the
 * root of the earlier one. 0 and both; 1 the file proves nothing of that size (S-9), or a block is
 * damaged (a finding); -1 the tool failed (e).
 */
int archive_consistency(struct archive *a, uint64_t size, struct path *ret, uint8_t ret_root[32],
    struct findings *f, struct err *e);

#endif
