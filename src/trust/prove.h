/* A proof of one record, made of an archive (seal.md S-14): whoever has the log's key checks it
 * without the archive. */
#ifndef TRUST_PROVE_H
#define TRUST_PROVE_H

#include "archive/prove.h"
#include "trust/tlog.h"

/*
 * Appends the proof of a record of a block, unpacked, of the archive. It is held against the seal's
 * root before. 0; 1 the record does not lead to that root (a finding says so); -1 no memory (e).
 */
int prove_record(struct archive *a, const struct block *b, const struct record *rec,
    struct sha256 *s, struct buf *out, struct findings *f, struct err *e);

/*
 * Appends the text that a witness is asked with (C2SP tlog-witness, add-checkpoint; S-13): the
 * earlier size, the proof that the last seal goes on from there, that seal. ret_root: of the
 * earlier size. 0; 1 the file proves nothing of that size; -1 the tool failed (e).
 */
int prove_growth(struct archive *a, uint64_t size, struct sha256 *s, struct buf *out,
    uint8_t ret_root[32], struct findings *f, struct err *e);

#endif
