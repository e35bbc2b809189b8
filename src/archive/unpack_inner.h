/* An unpacker as its two halves see it: unpack.c decompresses, sections.c cuts. */
#ifndef ARCHIVE_UNPACK_INNER_H
#define ARCHIVE_UNPACK_INNER_H

#include <zstd.h>

#include "archive/unpack.h"

struct unpacker {
	ZSTD_DCtx *z;
	ZSTD_DDict *dict;
	unsigned dict_id;
	struct sha256 *sha;
	struct buf head, body, full, text, again;
	struct json_doc doc;
	bool whole; /* event_data is held against its canonical form too */
	/* only what rows say, without a look into bodies; and their hashes, or not even those */
	bool rows, hashes;
	struct record *rec;
	uint8_t (*leaf)[32];
	const char **bad;
	struct str *type, *corr;
	uint32_t *ref, *todo, *code; /* resolving predecessors */
	uint8_t *state;
	/* correlation ids seen last */
	struct {
		char key[64];
		size_t n;
		uint8_t digest[32];
	} memo[16];
};

/* Fills u->rec and what belongs to each record from u->head and u->body. NULL, or which rule the
 * block breaks ("out of memory" where that was noted, base/err.h). */
const char *sections_read(struct unpacker *u, const struct block_row *row);

#endif
