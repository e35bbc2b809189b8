#include "write/pack.h"

#include <openssl/rand.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#include "base/text.h"
#include "event/event.h"
#include "log/merkle.h"

struct packer {
	uint64_t first;
	bool salted;
	struct packed *b; /* the open block */
};

/* Where a record's stored body and aside stand. */
struct place {
	size_t body, body_len, aside;
};

#define HASH_SLOTS (EX_BLOCK_RECORDS * 4)
#define NO_SLOT UINT32_MAX

static struct packed *
packed_new(uint64_t first, bool salted)
{
	struct packed *b = calloc(1, sizeof *b);

	if (b == NULL)
		return NULL;
	b->row.first = first;
	b->rec = malloc(EX_BLOCK_RECORDS * sizeof *b->rec);
	b->at = malloc(EX_BLOCK_RECORDS * sizeof *b->at);
	buf_init(&b->head, EX_MAX_RAW_HEAD);
	buf_init(&b->body, EX_MAX_RAW_BODY);
	buf_init(&b->aside, EX_MAX_RAW_BODY);
	buf_init(&b->tags, 2 * EX_BLOCK_RECORDS);
	buf_init(&b->blob, EX_MAX_BLOB);
	b->salted = salted;
	if (b->rec && b->at && (!salted || RAND_priv_bytes(b->secret, sizeof b->secret) == 1))
		return b;
	packed_free(b);
	return NULL;
}

struct packer *
packer_new(uint64_t first, bool salted)
{
	struct packer *p = calloc(1, sizeof *p);

	if (p == NULL)
		return NULL;
	p->first = first;
	p->salted = salted;
	if ((p->b = packed_new(first, salted)) == NULL) {
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
	packed_free(p->b);
	free(p);
}

uint8_t *
packer_secret(struct packer *p)
{
	return p->b->secret;
}

uint32_t
packer_count(const struct packer *p)
{
	return (uint32_t)p->b->row.count; /* at most EX_BLOCK_RECORDS */
}

bool
packer_full(const struct packer *p, const struct record *r)
{
	size_t stored =
	    r->body_len - (r->body_form != BODY_VERBATIM ? EVENT_ID_CHARS : 0) + 1 + r->aside_len;
	uint32_t n = packer_count(p);

	return n &&
	    (n == EX_BLOCK_RECORDS || p->b->body.len + p->b->aside.len + stored > EX_BLOCK_BYTES);
}

int
packer_add(struct packer *p, struct record *r)
{
	struct packed *b = p->b;
	uint32_t i = (uint32_t)b->row.count++;

	r->position = p->first + i;
	b->at[i].body = b->body.len;
	b->at[i].aside = b->aside.len;
	if (r->body_form != BODY_VERBATIM) {
		buf_put(&b->body, r->body, EVENT_ID_OFFSET);
		buf_put(&b->body, r->body + EVENT_ID_OFFSET + EVENT_ID_CHARS,
		    r->body_len - EVENT_ID_OFFSET - EVENT_ID_CHARS);
	} else {
		buf_put(&b->body, r->body, r->body_len);
	}
	b->at[i].body_len = b->body.len - b->at[i].body;
	buf_byte(&b->body, '\n');
	buf_put(&b->aside, r->aside, r->aside_len);
	b->rec[i] = *r;
	return b->body.failed || b->aside.failed ? -1 : 0;
}

void
packer_record(const struct packer *p, uint32_t i, struct buf *scratch, struct record *ret)
{
	const struct packed *b = p->b;
	const unsigned char *stored = b->body.p + b->at[i].body;
	char id[37];

	*ret = b->rec[i];
	buf_clear(scratch);
	if (ret->body_form != BODY_VERBATIM) {
		uuid_of(ret->id, id);
		buf_put(scratch, stored, EVENT_ID_OFFSET);
		buf_put(scratch, id, EVENT_ID_CHARS);
		buf_put(scratch, stored + EVENT_ID_OFFSET, b->at[i].body_len - EVENT_ID_OFFSET);
	} else {
		buf_put(scratch, stored, b->at[i].body_len);
	}
	ret->body = scratch->p;
	ret->aside = b->aside.p + b->at[i].aside;
}

struct packed *
packer_close(struct packer *p, struct err *e)
{
	struct packed *b = p->b, *next;

	if (b->row.count == 0)
		return NULL;
	if ((next = packed_new(p->first + b->row.count, p->salted)) == NULL) {
		err_nomem(e);
		return NULL;
	}
	p->first = next->row.first;
	p->b = next;
	return b;
}

/* R-8, of a body that stands there without its id. */
static void
digest_body(struct sha256 *s, const struct record *r, const unsigned char *stored, size_t n,
    uint8_t out[32])
{
	char id[37];

	record_digest_begin(s, r);
	if (r->body_form != BODY_VERBATIM) {
		uuid_of(r->id, id);
		sha256_add(s, stored, EVENT_ID_OFFSET);
		sha256_add(s, id, EVENT_ID_CHARS);
		stored += EVENT_ID_OFFSET;
		n -= EVENT_ID_OFFSET;
	}
	sha256_add(s, stored, n);
	sha256_end(s, out);
}

/* Digests, leaves, tags and the cover's nodes. */
static int
digest_records(struct packed *b)
{
	struct sha256 *s = sha256_new();
	struct merkle *cover = malloc(sizeof *cover);
	int rc = s && cover ? 0 : -1;

	/* the tree of the block's own records */
	if (rc == 0)
		merkle_init(cover, b->row.first);
	for (uint32_t i = 0; i < b->row.count && rc == 0; i++) {
		struct record *r = &b->rec[i];
		uint8_t header[RECORD_HEADER], leaf[32];
		struct salted salted;

		if (!(r->flags & FLAG_WITHHELD)) /* that of the body as it was read */
			digest_body(
			    /* an aside has a digest of its own, so that a body can be given without
			 * it */
			    s, r, b->body.p + b->at[i].body, b->at[i].body_len, r->body_digest);
		memset(r->aside_digest, 0, 32);
		if (r->aside_len)
			sha256_once(s, b->aside.p + b->at[i].aside, r->aside_len, r->aside_digest);
		/* the leaf covers header, body and aside by their digests (S-1), or by
		 * commitments to them */
		if (b->salted) {
			r->version = 2;
			r->salted = &salted;
			record_salts(s, b->secret, r->position, &salted);
			record_commit(s, r, &salted);
		}
		record_header(r, header);
		r->salted = NULL; /* it was this loop's */
		merkle_leaf(s, header, sizeof header, leaf);
		if (!merkle_push(cover, s, 0, leaf))
			rc = -1;
		buf_put(&b->tags, leaf, 2);
	}
	/* a tree that needs more nodes than the format has room for cannot be */
	if (rc == 0 && (b->tags.failed || cover->n > ARCHIVE_MAX_NODES))
		rc = -1;
	for (unsigned i = 0; rc == 0 && i < cover->n; i++)
		memcpy(b->row.nodes[i], cover->e[i].hash, 32);
	if (rc == 0)
		b->row.n_nodes = cover->n;
	sha256_free(s);
	free(cover);
	return rc;
}

static uint32_t
slot_of(const uint8_t h[32])
{
	return load_be32(h) % HASH_SLOTS;
}

/* The record of this block whose claimed hash is h: the nearest before i, else the nearest behind;
 * NO_SLOT if none but i. */
static uint32_t
find(const struct packed *b, const uint32_t *hash, const uint8_t h[32], uint32_t i)
{
	uint32_t best = NO_SLOT;

	for (uint32_t s = slot_of(h); hash[s] != NO_SLOT; s = (s + 1) % HASH_SLOTS) {
		uint32_t j = hash[s];

		if (j == i || memcmp(b->rec[j].claimed, h, 32))
			continue;
		if (best == NO_SLOT || (j < i && (best > i || j > best)) ||
		    (j > i && best > i && j < best))
			best = j;
	}
	return best;
}

/*
 * A reference must not close a cycle: a claimed hash that equals its record's digest is known only
 * after that record's own predecessor. Walk from j along references already given; honest data has
 * no cycle, hostile data gets explicit bytes.
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

/* What of hashes need not be spelt out, by record. */
struct implied {
	bool *same;    /* the claim is the body's own digest */
	uint32_t *ref; /* the predecessor is the claim of that record of this block; or NO_SLOT */
};

/* -1: no memory. */
static int
find_implied(const struct packed *b, struct implied *x)
{
	uint32_t n = (uint32_t)b->row.count, s;
	/* claimed hash → record, open addressing: half of the slots stay empty */
	uint32_t *hash = malloc(HASH_SLOTS * sizeof *hash);

	if (hash == NULL)
		return -1;
	memset(hash, 0xff, HASH_SLOTS * sizeof *hash);
	for (uint32_t i = 0; i < n; i++) {
		const struct record *r = &b->rec[i];

		x->ref[i] = NO_SLOT;
		x->same[i] =
		    r->claimed_form == FORM_HEX && memcmp(r->claimed, r->body_digest, 32) == 0;
		if (r->claimed_form != FORM_HEX)
			continue;
		for (s = slot_of(r->claimed); hash[s] != NO_SLOT; s = (s + 1) % HASH_SLOTS)
			;
		hash[s] = i;
	}
	for (uint32_t i = 0; i < n; i++)
		if (b->rec[i].previous_form == FORM_HEX) {
			uint32_t j = find(b, hash, b->rec[i].previous, i);

			if (j != NO_SLOT && !would_cycle(x->ref, i, j))
				x->ref[i] = j;
		}
	free(hash);
	return 0;
}

#define EACH for (uint32_t i = 0; i < n; i++)

/* R-12, sections 1 to 10: columns by columns, so that equal values lie together. */
static void
put_fixed(struct packed *b, uint32_t n)
{
	struct buf *h = &b->head;
	uint64_t before = 0;

	EACH buf_byte(h, b->rec[i].kind);
	EACH buf_be16(h, b->rec[i].flags);
	EACH buf_byte(h, b->rec[i].claimed_form);
	EACH buf_byte(h, b->rec[i].previous_form);
	EACH buf_byte(h, b->rec[i].algorithm);
	EACH buf_byte(h, b->rec[i].body_form);
	EACH
	{
		buf_varint(h, zigzag((int64_t)b->rec[i].source - (int64_t)before));
		before = b->rec[i].source;
	}
	before = 0;
	EACH
	{
		buf_varint(h, zigzag((int64_t)(b->rec[i].ordinal - before - 1)));
		before = b->rec[i].ordinal;
	}
	EACH buf_varint(h,
	    memchr(b->body.p + b->at[i].body, '\n', b->at[i].body_len) ? b->at[i].body_len + 1 : 0);
	EACH buf_varint(h, b->rec[i].aside_len);
}

/* Sections 11 to 17: what some records have, and what of their hashes is not implied. */
static void
put_variable(struct packed *b, uint32_t n, const struct implied *x)
{
	struct buf *h = &b->head;

	EACH if (b->rec[i].claimed_form == FORM_HEX) buf_byte(h, !x->same[i]);
	EACH if (b->rec[i].previous_form == FORM_HEX)
	    buf_varint(h, x->ref[i] == NO_SLOT ? 0 : zigzag((int64_t)x->ref[i] - (int64_t)i));
	EACH if (b->rec[i].body_form == BODY_VERBATIM)
	{
		buf_be64(h, (uint64_t)b->rec[i].time);
		buf_put(h, b->rec[i].correlation, 32);
	}
	EACH if (!(b->rec[i].flags & FLAG_ID_ABSENT)) buf_put(h, b->rec[i].id, 16);
	EACH if (b->rec[i].claimed_form == FORM_HEX && !x->same[i])
	    buf_put(h, b->rec[i].claimed, 32);
	EACH if (b->rec[i].previous_form == FORM_HEX && x->ref[i] == NO_SLOT)
	    buf_put(h, b->rec[i].previous, 32);
	EACH if (b->rec[i].flags & FLAG_WITHHELD) buf_put(h, b->rec[i].body_digest, 32);
	if (b->salted)
		buf_put(h, b->secret, sizeof b->secret);
}
#undef EACH

static int
pack_head(struct packed *b)
{
	uint32_t n = (uint32_t)b->row.count;
	struct implied x = { malloc(n * sizeof *x.same), malloc(n * sizeof *x.ref) };
	int rc = -1;

	if (x.same && x.ref && find_implied(b, &x) == 0) {
		put_fixed(b, n);
		put_variable(b, n, &x);
		rc = b->head.failed ? -1 : 0;
	}
	free(x.same);
	free(x.ref);
	return rc;
}

int
packed_digest(struct packed *b)
{
	if (b->rec == NULL)
		return 0;
	if (digest_records(b) || pack_head(b))
		return -1;
	buf_put(&b->body, b->aside.p, b->aside.len);
	b->row.raw_head = b->head.len;
	b->row.raw_body = b->body.len;
	buf_release(&b->aside);
	free(b->rec);
	free(b->at);
	b->rec = NULL;
	b->at = NULL;
	return b->body.failed ? -1 : 0;
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
same_frame(ZSTD_DCtx *c, const void *frame, size_t n, const struct buf *raw, const void *dict,
    size_t dict_len)
{
	unsigned char *to = malloc(raw->len ? raw->len : 1);
	size_t k = to ? ZSTD_decompress_usingDict(c, to, raw->len, frame, n, dict, dict_len) : 0;
	bool same =
	    to && !ZSTD_isError(k) && k == raw->len && (k == 0 || memcmp(to, raw->p, k) == 0);

	free(to);
	return same;
}

bool
packed_secret_of(
    const struct block_row *row, const void *blob, size_t n, uint8_t ret[RECORD_SECRET])
{
	size_t tags = 2u * (size_t)row->count, k;
	unsigned char *to;
	bool ok;

	if (row->raw_head < RECORD_SECRET || row->raw_head > EX_MAX_RAW_HEAD || row->head_len > n ||
	    row->head_len < tags || (to = malloc(row->raw_head)) == NULL)
		return false;
	k = ZSTD_decompress(to, row->raw_head, blob, row->head_len - tags);
	ok = k == row->raw_head;
	if (ok)
		memcpy(ret, to + k - RECORD_SECRET, RECORD_SECRET);
	free(to);
	return ok;
}

bool
packed_same(const struct packed *b, const struct block_row *row, const void *blob, size_t n,
    const void *dict, size_t dict_len)
{
	const unsigned char *p = blob;
	const struct block_row *w = &b->row;
	struct sha256 *s = sha256_new();
	ZSTD_DCtx *c = ZSTD_createDCtx();
	uint8_t d[32];
	bool same = false;

	if (s && c && row->first == w->first && row->count == w->count &&
	    row->raw_head == w->raw_head && row->raw_body == w->raw_body &&
	    row->n_nodes == w->n_nodes && memcmp(row->nodes, w->nodes, 32u * w->n_nodes) == 0 &&
	    row->head_len > b->tags.len && row->head_len < n &&
	    row->body_len == n - row->head_len) {
		sha256_once(s, p, n, d);
		same = memcmp(d, row->data_sha256, 32) == 0 &&
		    same_frame(c, p, row->head_len - b->tags.len, &b->head, NULL, 0) &&
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
	free(b->rec);
	free(b->at);
	buf_release(&b->head);
	buf_release(&b->aside);
	buf_release(&b->body);
	buf_release(&b->tags);
	buf_release(&b->blob);
	free(b);
}
