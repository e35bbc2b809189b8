#include "archive/unpack_inner.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#include "base/err.h"
#include "base/text.h"
#include "log/merkle.h"

struct unpacker *
unpacker_new(const void *dict, size_t dict_len)
{
	struct unpacker *u = calloc(1, sizeof *u);

	if (u == NULL)
		return NULL;
	/* limits by the format (C-15): a block cannot make these larger */
	buf_init(&u->head, EX_MAX_RAW_HEAD);
	buf_init(&u->body, EX_MAX_RAW_BODY);
	buf_init(&u->full, EX_MAX_RAW_BODY + EX_BLOCK_RECORDS * EVENT_ID_CHARS);
	buf_init(&u->text, EX_MAX_BODY);
	buf_init(&u->again, EX_MAX_BODY);
	json_init(&u->doc);
	u->z = ZSTD_createDCtx();
	u->sha = sha256_new();
	u->rec = calloc(EX_BLOCK_RECORDS, sizeof *u->rec);
	u->leaf = calloc(EX_BLOCK_RECORDS, sizeof *u->leaf);
	u->bad = calloc(EX_BLOCK_RECORDS, sizeof *u->bad);
	u->ref = calloc(EX_BLOCK_RECORDS * 3, sizeof *u->ref);
	u->state = calloc(EX_BLOCK_RECORDS, 1);
	u->type = calloc(EX_BLOCK_RECORDS, sizeof *u->type);
	u->corr = calloc(EX_BLOCK_RECORDS, sizeof *u->corr);
	/* one test for all of them; what was made is released behind fail */
	if (u->z == NULL || u->sha == NULL || !u->rec || !u->leaf || !u->bad || !u->ref ||
	    !u->state || !u->type || !u->corr)
		goto fail;
	u->todo = u->ref + EX_BLOCK_RECORDS;
	u->code = u->todo + EX_BLOCK_RECORDS;
	/* a frame's window is bounded too, or its header could ask for any memory */
	ZSTD_DCtx_setParameter(u->z, ZSTD_d_windowLogMax, EX_MAX_WINDOW_LOG);
	if (dict) {
		u->dict_id = ZSTD_getDictID_fromDict(dict, dict_len);
		if ((u->dict = ZSTD_createDDict(dict, dict_len)) == NULL)
			goto fail;
	}
	return u;
fail:
	unpacker_free(u);
	return NULL;
}

void
unpacker_free(struct unpacker *u)
{
	if (u == NULL)
		return;
	ZSTD_freeDCtx(u->z);
	ZSTD_freeDDict(u->dict);
	sha256_free(u->sha);
	buf_release(&u->head);
	buf_release(&u->body);
	buf_release(&u->full);
	buf_release(&u->text);
	buf_release(&u->again);
	json_release(&u->doc);
	free(u->rec);
	free(u->leaf);
	free(u->bad);
	free(u->type);
	free(u->corr);
	free(u->ref);
	free(u->state);
	free(u->salt);
	free(u);
}

void
unpacker_read_whole(struct unpacker *u)
{
	u->whole = true;
}

void
unpacker_read_rows(struct unpacker *u, bool hashes)
{
	u->rows = true;
	u->hashes = hashes;
}

void
unpacker_read_disclosed(struct unpacker *u, bool disclosed)
{
	u->disclosed = disclosed;
}

void
unpacker_read_salted(struct unpacker *u, bool salted)
{
	u->salted = salted;
}

const uint8_t *
unpacker_secret(const struct unpacker *u)
{
	return u->secret;
}

int
unpack_salt(struct unpacker *u)
{
	if (u->salt == NULL && (u->salt = calloc(EX_BLOCK_RECORDS, sizeof *u->salt)) == NULL) {
		nomem_note();
		return -1;
	}
	return 0;
}

struct sha256 *
unpacker_sha(struct unpacker *u)
{
	return u->sha;
}

/* C-10, read from the frame's own header before anything is decompressed. */
enum unpack_fault
unpack_frame(struct unpacker *u, const char *name, const unsigned char *p, size_t n, uint64_t want,
    bool dict, struct buf *out, char why[200])
{
	unsigned char d;
	unsigned id;
	uint64_t size; /* what cannot be told is above all others, and printed below 0 */
	size_t r, len;

	if (n < 6 || load_be(p, 4) != 0x28b52ffd) {
		snprintf(why, 200, "%s frame: [C-10] magic: want 28b52ffd", name);
		return UNPACK_FRAME;
	}
	d = p[4];
	size = ZSTD_getFrameContentSize(p, n);
	id = ZSTD_getDictID_fromFrame(p, n);
	len = ZSTD_findFrameCompressedSize(p, n);
	/* one after another, so that the first wrong field is the one that is told */
	if (d & 0x08)
		snprintf(why, 200, "%s frame: [C-10] reserved bit: want 0, have 1", name);
	else if (!(d & 0x04))
		snprintf(why, 200, "%s frame: [C-10] checksum: want one, have none", name);
	else if (size != want)
		snprintf(why, 200, "%s frame: [C-10] content size: want %" PRIu64 ", have %" PRId64,
		    name, want, (int64_t)size);
	else if (id != (dict ? u->dict_id : 0))
		snprintf(why, 200, "%s frame: [C-10] dictionary id: want %u, have %u", name,
		    dict ? u->dict_id : 0, id);
	else if (ZSTD_isError(len) || len != n)
		snprintf(why, 200, "%s frame: [C-10] length: want %zu, have %s", name, n,
		    ZSTD_isError(len) ? ZSTD_getErrorName(len) : "another");
	else if (!(d & 0x20) && (p[5] >> 3) + 10 > EX_MAX_WINDOW_LOG)
		snprintf(why, 200, "%s frame: [C-10] window: want at most 8 MiB", name);
	else
		goto good;
	return UNPACK_FRAME;
/* room for what the row promised, and not for what the frame says */
good:
	buf_clear(out);
	if (buf_room(out, (size_t)want + 1) == NULL)
		return UNPACK_NOMEM;
	r = dict && u->dict ?
	    ZSTD_decompress_usingDDict(u->z, out->p, (size_t)want, p, n, u->dict) :
	    ZSTD_decompressDCtx(u->z, out->p, (size_t)want, p, n);
	/* shorter or longer than promised is as wrong as broken */
	if (ZSTD_isError(r) || r != want) {
		snprintf(why, 200, "%s frame: [C-10] content: %s", name,
		    ZSTD_isError(r) ? ZSTD_getErrorName(r) : "shorter than its size");
		return UNPACK_FRAME;
	}
	out->len = (size_t)want;
	return UNPACK_OK;
}

/* The head part, decompressed. */
enum unpack_fault
unpack_head(struct unpacker *u, const struct block_row *row, const unsigned char *blob, size_t n,
    char why[200])
{
	size_t tags = 2u * (size_t)row->count;

	if (row->head_len < tags || row->head_len + row->body_len != n) {
		snprintf(why, 200,
		    "[C-8] head part: too short for its tags, or parts that do not add up");
		return UNPACK_FRAME;
	}
	return unpack_frame(
	    u, "head", blob, row->head_len - tags, row->raw_head, false, &u->head, why);
}

enum unpack_fault
unpack_kinds(struct unpacker *u, const struct block_row *row, const unsigned char *blob, size_t n,
    const uint8_t **ret, char why[200])
{
	enum unpack_fault f = unpack_head(u, row, blob, n, why);

	if (f == UNPACK_OK && u->head.len < row->count) {
		snprintf(why, 200, "head: [R-12] too short");
		return UNPACK_HEAD;
	}
	*ret = u->head.p; /* the first section */
	return f;
}

enum unpack_fault
unpack(struct unpacker *u, const struct block_row *row, const unsigned char *blob, size_t n,
    struct block *ret, char why[200])
{
	size_t tags = 2u * (size_t)row->count;
	enum unpack_fault f;
	const char *bad;
	uint8_t header[RECORD_HEADER];

	if (u->disclosed)
		return unpack_disclosed(u, row, blob, n, ret, why);
	/* the head first: it says how the body is cut */
	if ((f = unpack_head(u, row, blob, n, why)) ||
	    (f = unpack_frame(u, "body", blob + row->head_len, row->body_len, row->raw_body,
		 u->dict != NULL, &u->body, why)))
		return f;
	if ((bad = sections_read(u, row)) != NULL) {
		snprintf(why, 200, "head: [R-12] %s", bad);
		return UNPACK_HEAD;
	}
	if (u->salted && !u->rows && unpack_salt(u))
		return UNPACK_NOMEM;
	/* S-1: a leaf is the digest of the header, which holds the body's digest */
	for (uint32_t i = 0; i < row->count && !u->rows; i++) {
		/* or, of version 2, a commitment to it */
		if (u->salted) {
			record_salts(u->sha, u->secret, u->rec[i].position, &u->salt[i]);
			record_commit(u->sha, &u->rec[i], &u->salt[i]);
			u->rec[i].salted = &u->salt[i];
		}
		record_header(&u->rec[i], header);
		merkle_leaf(u->sha, header, sizeof header, u->leaf[i]);
	}
	/* borrowed until the next block is unpacked */
	ret->first = row->first;
	ret->n = (uint32_t)row->count;
	ret->rec = u->rec;
	ret->leaf = u->rows ? NULL : u->leaf;
	ret->tags = blob + row->head_len - tags;
	ret->bad_body = u->rows ? NULL : u->bad;
	ret->type = u->rows ? NULL : u->type;
	ret->correlation = u->rows ? NULL : u->corr;
	return UNPACK_OK;
}

int
block_names(const struct block *b, uint32_t i, struct view *view, const struct table *t,
    struct str *corr, struct str *type)
{
	struct view_cell c, y;
	const char *why;

	/* a block that was read for its rows only knows neither */
	if (b->type) {
		*corr = b->correlation[i];
		*type = b->type[i];
		if (corr->p && type->p)
			return 0;
	}
	if (view_open(view, &b->rec[i], t, &why) < 0)
		return -1;
	c = view_column(view, COL_CORRELATION);
	y = view_column(view, COL_TYPE);
	*corr = c.state == VIEW_TEXT ? (struct str){ c.p, c.n } : (struct str){ "", 0 };
	*type = y.state == VIEW_TEXT ? (struct str){ y.p, y.n } : (struct str){ "", 0 };
	return 0;
}
