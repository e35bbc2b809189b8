#include "write/pack.h"

#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#include "base/text.h"
#include "event/event.h"
#include "log/merkle.h"

struct packer {
	struct sha256 *sha;
	uint64_t first;
	uint32_t n;
	struct record *rec;                /* body and aside pointers are not kept: see at */
	struct { size_t body, body_len, aside; } *at;      /* where the stored body and aside stand */
	struct buf body, aside, tags;
	struct merkle cover;
	uint32_t *hash;                    /* claimed hash → record, open addressing */
};

#define HASH_SLOTS (EX_BLOCK_RECORDS * 4)
#define NO_SLOT UINT32_MAX

struct packer *
packer_new(uint64_t first)
{
	struct packer *p = calloc(1, sizeof *p);

	if (p == NULL)
		return NULL;
	p->first = first;
	p->sha = sha256_new();
	p->rec = calloc(EX_BLOCK_RECORDS, sizeof *p->rec);
	p->at = calloc(EX_BLOCK_RECORDS, sizeof *p->at);
	p->hash = calloc(HASH_SLOTS, sizeof *p->hash);
	buf_init(&p->body, EX_MAX_RAW_BODY);
	buf_init(&p->aside, EX_MAX_RAW_BODY);
	buf_init(&p->tags, 2 * EX_BLOCK_RECORDS);
	merkle_init(&p->cover, first);
	if (!p->sha || !p->rec || !p->at || !p->hash) {
		packer_free(p);
		return NULL;
	}
	return p;
}

void
packer_free(struct packer *p)
{
	if (p == NULL)
		return;
	sha256_free(p->sha);
	free(p->rec);
	free(p->at);
	free(p->hash);
	buf_release(&p->body);
	buf_release(&p->aside);
	buf_release(&p->tags);
	free(p);
}

bool
packer_full(const struct packer *p, const struct record *r)
{
	size_t stored = r->body_len - (r->body_form != BODY_VERBATIM ? EVENT_ID_CHARS : 0) + 1 + r->aside_len;

	return p->n && (p->n == EX_BLOCK_RECORDS || p->body.len + p->aside.len + stored > EX_BLOCK_BYTES);
}

uint32_t
packer_count(const struct packer *p)
{
	return p->n;
}

int
packer_add(struct packer *p, struct record *r)
{
	char prefix[65];
	uint8_t header[RECORD_HEADER], leaf[32];
	uint32_t i = p->n;

	r->position = p->first + i;
	sha256_begin(p->sha);
	if (r->previous_form == FORM_HEX) {
		hex_of(r->previous, 32, prefix);
		sha256_add(p->sha, prefix, 64);
	}
	sha256_add(p->sha, r->body, r->body_len);
	sha256_end(p->sha, r->body_digest);
	memset(r->aside_digest, 0, 32);
	if (r->aside_len)
		sha256_once(p->sha, r->aside, r->aside_len, r->aside_digest);
	record_header(r, header);
	merkle_leaf(p->sha, header, sizeof header, leaf);
	if (!merkle_push(&p->cover, p->sha, 0, leaf))
		return -1;
	buf_put(&p->tags, leaf, 2);
	p->at[i].body = p->body.len;
	p->at[i].aside = p->aside.len;
	if (r->body_form != BODY_VERBATIM) {
		buf_put(&p->body, r->body, EVENT_ID_OFFSET);
		buf_put(&p->body, r->body + EVENT_ID_OFFSET + EVENT_ID_CHARS, r->body_len - EVENT_ID_OFFSET - EVENT_ID_CHARS);
	} else {
		buf_put(&p->body, r->body, r->body_len);
	}
	p->at[i].body_len = p->body.len - p->at[i].body;
	buf_byte(&p->body, '\n');
	buf_put(&p->aside, r->aside, r->aside_len);
	p->rec[i] = *r;
	p->n++;
	return p->body.failed || p->aside.failed || p->tags.failed ? -1 : 0;
}

void
packer_record(const struct packer *p, uint32_t i, struct buf *scratch, struct record *ret)
{
	const unsigned char *stored = p->body.p + p->at[i].body;
	char id[37];

	*ret = p->rec[i];
	buf_clear(scratch);
	if (ret->body_form != BODY_VERBATIM) {
		uuid_of(ret->id, id);
		buf_put(scratch, stored, EVENT_ID_OFFSET);
		buf_put(scratch, id, EVENT_ID_CHARS);
		buf_put(scratch, stored + EVENT_ID_OFFSET, p->at[i].body_len - EVENT_ID_OFFSET);
	} else {
		buf_put(scratch, stored, p->at[i].body_len);
	}
	ret->body = scratch->p;
	ret->aside = p->aside.p + p->at[i].aside;
}

static uint32_t
slot_of(const uint8_t h[32])
{
	return (uint32_t)load_be(h, 4) % HASH_SLOTS;
}

/* The record of this block whose claimed hash is h: the nearest before i, else the nearest behind; NO_SLOT if none but i. */
static uint32_t
find(const struct packer *p, const uint8_t h[32], uint32_t i)
{
	uint32_t best = NO_SLOT;

	for (uint32_t s = slot_of(h); p->hash[s] != NO_SLOT; s = (s + 1) % HASH_SLOTS) {
		uint32_t j = p->hash[s];

		if (j == i || memcmp(p->rec[j].claimed, h, 32))
			continue;
		if (best == NO_SLOT || (j < i && (best > i || j > best)) || (j > i && best > i && j < best))
			best = j;
	}
	return best;
}

/*
 * A reference must not close a cycle: a claimed hash that equals its record's digest is known only after that record's own
 * predecessor. Walk from j along references already given; honest data has no cycle, hostile data gets explicit bytes.
 */
static bool
would_cycle(const uint32_t *ref, uint32_t i, uint32_t j)
{
	for (uint32_t steps = 0; steps <= EX_BLOCK_RECORDS; steps++) {
		if (j == i)
			return true;
		if (ref[j] == NO_SLOT)
			return false;
		j = ref[j];
	}
	return true;
}

static int
pack_head(struct packer *p, struct packed *b)
{
	struct buf *h = &b->head;
	uint32_t n = p->n, *ref = malloc(n * sizeof *ref);
	uint8_t *same = malloc(n);
	uint64_t before = 0;
	int rc = -1;

	if (ref == NULL || same == NULL)
		goto out;
	memset(p->hash, 0xff, HASH_SLOTS * sizeof *p->hash);
	for (uint32_t i = 0; i < n; i++) {
		struct record *r = &p->rec[i];
		uint32_t s;

		ref[i] = NO_SLOT;
		same[i] = r->claimed_form == FORM_HEX && memcmp(r->claimed, r->body_digest, 32) == 0;
		if (r->claimed_form != FORM_HEX)
			continue;
		for (s = slot_of(r->claimed); p->hash[s] != NO_SLOT; s = (s + 1) % HASH_SLOTS)
			;
		p->hash[s] = i;
	}
	for (uint32_t i = 0; i < n; i++)
		if (p->rec[i].previous_form == FORM_HEX) {
			uint32_t j = find(p, p->rec[i].previous, i);

			if (j != NO_SLOT && !would_cycle(ref, i, j))
				ref[i] = j;
		}
#define EACH for (uint32_t i = 0; i < n; i++)
	EACH buf_byte(h, p->rec[i].kind);
	EACH buf_be16(h, p->rec[i].flags);
	EACH buf_byte(h, p->rec[i].claimed_form);
	EACH buf_byte(h, p->rec[i].previous_form);
	EACH buf_byte(h, p->rec[i].algorithm);
	EACH buf_byte(h, p->rec[i].body_form);
	EACH {
		buf_varint(h, zigzag((int64_t)p->rec[i].source - (int64_t)before));
		before = p->rec[i].source;
	}
	before = 0;
	EACH {
		buf_varint(h, zigzag((int64_t)(p->rec[i].ordinal - before - 1)));
		before = p->rec[i].ordinal;
	}
	EACH buf_varint(h, memchr(p->body.p + p->at[i].body, '\n', p->at[i].body_len) ? p->at[i].body_len + 1 : 0);
	EACH buf_varint(h, p->rec[i].aside_len);
	EACH if (p->rec[i].claimed_form == FORM_HEX)
		buf_byte(h, !same[i]);
	EACH if (p->rec[i].previous_form == FORM_HEX)
		buf_varint(h, ref[i] == NO_SLOT ? 0 : zigzag((int64_t)ref[i] - (int64_t)i));
	EACH if (p->rec[i].body_form == BODY_VERBATIM) {
		buf_be64(h, (uint64_t)p->rec[i].time);
		buf_put(h, p->rec[i].correlation, 32);
	}
	EACH if (!(p->rec[i].flags & FLAG_ID_ABSENT))
		buf_put(h, p->rec[i].id, 16);
	EACH if (p->rec[i].claimed_form == FORM_HEX && !same[i])
		buf_put(h, p->rec[i].claimed, 32);
	EACH if (p->rec[i].previous_form == FORM_HEX && ref[i] == NO_SLOT)
		buf_put(h, p->rec[i].previous, 32);
#undef EACH
	rc = h->failed ? -1 : 0;
out:
	free(ref);
	free(same);
	return rc;
}

struct packed *
packer_close(struct packer *p, struct err *e)
{
	struct packed *b;

	if (p->n == 0)
		return NULL;
	if ((b = calloc(1, sizeof *b)) == NULL) {
		err_nomem(e);
		return NULL;
	}
	buf_init(&b->head, EX_MAX_RAW_HEAD);
	buf_init(&b->blob, EX_MAX_BLOB);
	b->body = p->body;
	b->tags = p->tags;
	b->row.first = p->first;
	b->row.count = p->n;
	b->row.n_nodes = p->cover.n;
	if (p->cover.n > ARCHIVE_MAX_NODES || pack_head(p, b)) {
		p->body.p = p->tags.p = NULL;
		packed_free(b);
		err_nomem(e);
		return NULL;
	}
	for (unsigned i = 0; i < p->cover.n; i++)
		memcpy(b->row.nodes[i], p->cover.e[i].hash, 32);
	buf_put(&b->body, p->aside.p, p->aside.len);
	b->row.raw_head = b->head.len;
	b->row.raw_body = b->body.len;
	p->first += p->n;
	p->n = 0;
	buf_init(&p->body, EX_MAX_RAW_BODY);
	buf_init(&p->tags, 2 * EX_BLOCK_RECORDS);
	buf_clear(&p->aside);
	merkle_init(&p->cover, p->first);
	if (b->body.failed) {
		packed_free(b);
		err_nomem(e);
		return NULL;
	}
	return b;
}

static size_t
add_frame(struct packed *b, ZSTD_CCtx *c, ZSTD_CDict *dict, int level, const struct buf *raw)
{
	unsigned char *to = buf_room(&b->blob, ZSTD_compressBound(raw->len));
	size_t n;

	if (to == NULL)
		return 0;
	ZSTD_CCtx_reset(c, ZSTD_reset_session_and_parameters);
	ZSTD_CCtx_setParameter(c, ZSTD_c_compressionLevel, level);
	ZSTD_CCtx_setParameter(c, ZSTD_c_checksumFlag, 1);
	ZSTD_CCtx_setParameter(c, ZSTD_c_windowLog, 0);
	if (dict)
		ZSTD_CCtx_refCDict(c, dict);
	n = ZSTD_compress2(c, to, ZSTD_compressBound(raw->len), raw->p, raw->len);
	if (ZSTD_isError(n))
		return 0;
	b->blob.len += n;
	return n;
}

int
packed_compress(struct packed *b, void *cctx, void *cdict, int level)
{
	struct sha256 *s = sha256_new();
	size_t n;

	if (s == NULL || (n = add_frame(b, cctx, NULL, level, &b->head)) == 0)
		goto fail;
	buf_put(&b->blob, b->tags.p, b->tags.len);
	b->row.head_len = n + b->tags.len;
	if ((n = add_frame(b, cctx, cdict, level, &b->body)) == 0 || b->blob.failed)
		goto fail;
	b->row.body_len = n;
	sha256_once(s, b->blob.p, b->blob.len, b->row.data_sha256);
	sha256_free(s);
	return 0;
fail:
	sha256_free(s);
	return -1;
}

static bool
same_frame(ZSTD_DCtx *c, const void *frame, size_t n, const struct buf *raw, const void *dict, size_t dict_len)
{
	unsigned char *to = malloc(raw->len ? raw->len : 1);
	size_t k = to ? ZSTD_decompress_usingDict(c, to, raw->len, frame, n, dict, dict_len) : 0;
	bool same = to && !ZSTD_isError(k) && k == raw->len && (k == 0 || memcmp(to, raw->p, k) == 0);

	free(to);
	return same;
}

bool
packed_same(const struct packed *b, const struct block_row *row, const void *blob, size_t n, const void *dict, size_t dict_len)
{
	const unsigned char *p = blob;
	const struct block_row *w = &b->row;
	struct sha256 *s = sha256_new();
	ZSTD_DCtx *c = ZSTD_createDCtx();
	uint8_t d[32];
	bool same = false;

	if (s && c && row->first == w->first && row->count == w->count && row->raw_head == w->raw_head && row->raw_body == w->raw_body &&
	    row->n_nodes == w->n_nodes && memcmp(row->nodes, w->nodes, 32u * w->n_nodes) == 0 && row->head_len > b->tags.len && row->head_len < n &&
	    row->body_len == n - row->head_len) {
		sha256_once(s, p, n, d);
		same = memcmp(d, row->data_sha256, 32) == 0 && same_frame(c, p, row->head_len - b->tags.len, &b->head, NULL, 0) &&
		    memcmp(p + row->head_len - b->tags.len, b->tags.p, b->tags.len) == 0 &&
		    same_frame(c, p + row->head_len, row->body_len, &b->body, dict, dict_len);
	}
	ZSTD_freeDCtx(c);
	sha256_free(s);
	return same;
}

void
packed_free(struct packed *b)
{
	if (b == NULL)
		return;
	buf_release(&b->head);
	buf_release(&b->body);
	buf_release(&b->tags);
	buf_release(&b->blob);
	free(b);
}
