/* Threads that compress closed blocks while the next one fills; results come back in order. */
#ifndef WRITE_POOL_H
#define WRITE_POOL_H

#include "write/pack.h"

struct pool;

/* dict may be NULL. */
struct pool *
pool_new(unsigned threads, int level, const void *dict, size_t dict_len, struct err *e);
void pool_free(struct pool *p);
void pool_put(struct pool *p, struct packed *b);
/* The oldest block, compressed; waits for it if `wait` or if too many are under way; NULL: none
 * (or not ready). */
struct packed *pool_get(struct pool *p, bool wait);

#endif
