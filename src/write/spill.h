/* What grows with the input, kept outside memory: ids seen and index entries, in a temporary database that has no name. */
#ifndef WRITE_SPILL_H
#define WRITE_SPILL_H

#include "base/err.h"
#include "index/index.h"

struct spill;

struct spill *spill_new(struct err *e);
void spill_free(struct spill *s);

/* 1: the id is known, *ret_position is its record; 0: it is noted now with `position`; -1 error. */
int spill_seen(struct spill *s, const uint8_t id[16], uint64_t position, uint64_t *ret_position, struct err *e);
int spill_entry(struct spill *s, enum index_kind kind, const void *key, size_t n, uint64_t value, struct err *e);
/* Feeds the entries of one kind to a builder, in order. */
int spill_index(struct spill *s, enum index_kind kind, struct index_builder *b, struct err *e);

#endif
