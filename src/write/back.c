#include "write/back.h"

#include <stdio.h>
#include <stdlib.h>

void
back_reset(struct back *k, const void *dict, size_t dict_len)
{
	for (unsigned i = 0; i < BACK_BLOCKS; i++) {
		unpacker_free(k->slot[i].u);
		free(k->slot[i].blob);
		k->slot[i].u = NULL;
		k->slot[i].blob = NULL;
		k->slot[i].key = k->slot[i].used = 0;
	}
	k->dict = dict;
	k->dict_len = dict_len;
}

const struct block *
back_find(struct back *k, uint64_t key)
{
	for (unsigned i = 0; i < BACK_BLOCKS; i++)
		if (k->slot[i].key == key) {
			k->slot[i].used = ++k->clock;
			return &k->slot[i].block;
		}
	return NULL;
}

const struct block *
back_put(struct back *k, uint64_t key, const struct block_row *row, unsigned char *blob, size_t n,
    char why[200])
{
	unsigned at = 0;

	for (unsigned i = 1; i < BACK_BLOCKS; i++)
		if (k->slot[i].used < k->slot[at].used)
			at = i;
	free(k->slot[at].blob);
	k->slot[at].blob = blob; /* the tags are read from it */
	k->slot[at].key = 0;
	snprintf(why, 200, "out of memory");
	if (k->slot[at].u == NULL && (k->slot[at].u = unpacker_new(k->dict, k->dict_len)) == NULL)
		return NULL;
	unpacker_read_salted(k->slot[at].u, k->salted);
	if (unpack(k->slot[at].u, row, blob, n, &k->slot[at].block, why) != UNPACK_OK)
		return NULL;
	k->slot[at].key = key;
	k->slot[at].used = ++k->clock;
	return &k->slot[at].block;
}
