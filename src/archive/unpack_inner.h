/* An unpacker as its parts see it: unpack.c decompresses, sections.c cuts, disclosed.c does so with
 * the blocks of a disclosure copy. */
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
	bool salted; /* headers are of version 2 */
	uint8_t secret[RECORD_SECRET];
	struct salted *salt; /* of each record; NULL until it is needed */
	bool disclosed;      /* blocks are those of a disclosure copy (C-20) */
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
/* What canonical bodies say of their records; what is wrong with one is noted beside it. As
 * sections_read. */
const char *sections_look_into(struct unpacker *u, uint32_t n);

/*
 * C-10: one frame into out, of which `want` bytes are promised; dict: it names the file's
 * dictionary. On a fault why says which field wants and has what, beginning with name.
 */
enum unpack_fault unpack_frame(struct unpacker *u, const char *name, const unsigned char *p,
    size_t n, uint64_t want, bool dict, struct buf *out, char why[200]);
/* The head part, decompressed into u->head. */
enum unpack_fault unpack_head(struct unpacker *u, const struct block_row *row,
    const unsigned char *blob, size_t n, char why[200]);
/* Room for the salts of a block. -1: no memory. */
int unpack_salt(struct unpacker *u);
/* unpack() of a block of a disclosure copy. */
enum unpack_fault unpack_disclosed(struct unpacker *u, const struct block_row *row,
    const unsigned char *blob, size_t n, struct block *ret, char why[200]);
/* The kind of each record of a block that u has unpacked; they live until the next use of u. */
const uint8_t *unpack_kinds_of(struct unpacker *u, const struct block *b);

#endif
