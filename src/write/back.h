/* Blocks unpacked again, the last few of them: rows that come again are compared with the records
 * that stand. */
#ifndef WRITE_BACK_H
#define WRITE_BACK_H

#include "archive/unpack.h"

/* some 4 MB each: inputs are seldom in one another's order, but near it */
#define BACK_BLOCKS 4

struct back {
	struct {
		struct unpacker *u;
		struct block block;
		uint64_t key, used;
		unsigned char *blob;
	} slot[BACK_BLOCKS];
	uint64_t clock;
	const void *dict;
	size_t dict_len;
	bool salted; /* headers are of version 2 */
};

/* Forgets all; blocks from now on use this dictionary (or NULL). */
void back_reset(struct back *k, const void *dict, size_t dict_len);
/* The block with a key (any number but 0); NULL: it is not here. */
const struct block *back_find(struct back *k, uint64_t key);
/* Unpacks one in place of the one that was not used for longest; takes blob over in any case.
 * NULL: no memory, or it is not one (why). */
const struct block *back_put(struct back *k, uint64_t key, const struct block_row *row,
    unsigned char *blob, size_t n, char why[200]);

#endif
