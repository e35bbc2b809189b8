/* What grows with the input, kept outside memory: ids seen and index entries, in a temporary
 * database that has no name. */
#ifndef WRITE_SPILL_H
#define WRITE_SPILL_H

#include "base/err.h"
#include "index/index.h"

struct spill;

struct spill *spill_new(uint64_t first, struct err *e);
void spill_free(struct spill *s);

/*
 * 1: the id is known, *ret_position is its last version, and it counts as met; 0: it is noted now
 * with `position`; -1 error.
 * Ids at positions below `first` are those of earlier files.
 */
int spill_seen(struct spill *s, const uint8_t id[16], uint64_t position, uint64_t *ret_position,
    struct err *e);
/* Is the id known? 1, 0, -1; nothing is noted. */
int spill_has(struct spill *s, const uint8_t id[16], struct err *e);
/* For the next file of the log, which begins at `first`: the ids stay, as those of earlier files;
 * the index entries go. */
int spill_next(struct spill *s, uint64_t first, struct err *e);
/* Another position for an id that is known. */
int spill_move(struct spill *s, const uint8_t id[16], uint64_t position, struct err *e);
/* An id of an earlier file, if it is one, was met. */
int spill_meet(struct spill *s, const uint8_t id[16], struct err *e);
/* An id of an earlier file; a later position replaces an earlier one. */
int spill_earlier(struct spill *s, const uint8_t id[16], uint64_t position, struct err *e);
/* The ids of earlier files that were not met, by position. */
int spill_unmet(struct spill *s,
    int (*f)(void *arg, const uint8_t id[16], uint64_t position, struct err *e), void *arg,
    struct err *e);
/* A record at `position` has this id, and is not the one that spill_seen noted: a reject. */
int spill_more(struct spill *s, const uint8_t id[16], uint64_t position, struct err *e);
/* A correlation or a type of the record at `position`; positions never go back. */
int spill_entry(struct spill *s, enum index_kind kind, const void *key, size_t n, uint64_t position,
    struct err *e);
/* Feeds the entries of one kind to a builder, in order. block_first: position of each block's
 * first record. */
int spill_index(struct spill *s, enum index_kind kind, const uint64_t *block_first, uint64_t blocks,
    struct index_builder *b, struct err *e);

#endif
