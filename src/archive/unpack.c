#include "archive/unpack.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#include "base/err.h"
#include "base/text.h"
#include "log/merkle.h"

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

#define REF_NONE UINT32_MAX

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

struct sha256 *
unpacker_sha(struct unpacker *u)
{
	return u->sha;
}

/* C-10, read from the frame's own header before anything is decompressed. */
static enum unpack_fault
frame(struct unpacker *u, const char *name, const unsigned char *p, size_t n, uint64_t want,
    bool dict, struct buf *out, char why[200])
{
	unsigned char d;
	unsigned id;
	unsigned long long size;
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
		snprintf(why, 200, "%s frame: [C-10] content size: want %llu, have %lld", name,
		    (unsigned long long)want, (long long)size);
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

const char *
unpack_fields_wrong(const struct record *r)
{
	if (r->kind < KIND_EVENT || r->kind > KIND_DEAD_LETTER)
		return "unknown kind [R-3]";
	if (r->flags & ~FLAG_ALL)
		return "unknown flag [R-4]";
	if (r->claimed_form > FORM_ABSENT || r->previous_form > FORM_ABSENT)
		return "unknown form [R-5]";
	if (r->algorithm > ALGO_HMAC && r->algorithm != ALGO_TEXT)
		return "unknown algorithm [R-6]";
	if (r->body_form < BODY_CLUSTER_ID || r->body_form > BODY_VERBATIM)
		return "unknown body form [R-7]";
	if (!record_event_like(r) &&
	    (r->body_form != BODY_VERBATIM || r->claimed_form != FORM_ABSENT ||
		r->previous_form != FORM_ABSENT || r->algorithm != ALGO_ABSENT))
		return "event fields in another kind [R-5 R-7]";
	if (r->flags & FLAG_WITHHELD && !record_event_like(r) && r->kind != KIND_REJECT)
		return "withheld, and neither a row nor a reject [R-22]";
	if (r->body_form != BODY_VERBATIM &&
	    r->flags & (FLAG_ID_ABSENT | FLAG_NO_CORRELATION | FLAG_TIME_INVALID))
		return "a canonical body without id, time or correlation [R-9]";
	return NULL;
}

static const char *
sections_fixed(struct unpacker *u, const struct block_row *row, struct span *s)
{
	uint32_t n = (uint32_t)row->count;
	const unsigned char *kind = span_take(s, n), *flags = span_take(s, 2u * n),
			    *cf = span_take(s, n), *pf = span_take(s, n), *algo = span_take(s, n),
			    *form = span_take(s, n);
	uint64_t source = 0, ordinal = 0;
	const char *why;

	if (s->bad)
		return "too short";
	/* fields of one byte or two: all records of a kind of field lie together */
	for (uint32_t i = 0; i < n; i++) {
		struct record *r = &u->rec[i];

		memset(r, 0, sizeof *r);
		r->position = row->first + i;
		r->kind = kind[i];
		r->flags = (uint16_t)load_be(flags + 2u * i, 2);
		r->claimed_form = cf[i];
		r->previous_form = pf[i];
		r->algorithm = algo[i];
		r->body_form = form[i];
		if ((why = unpack_fields_wrong(r)) != NULL)
			return why;
	}
	/* then numbers as differences to the record before */
	for (uint32_t i = 0; i < n; i++) {
		source += (uint64_t)unzigzag(span_varint(s));
		if (source > UINT32_MAX)
			return "source number out of range [R-12]";
		u->rec[i].source = (uint32_t)source;
	}
	for (uint32_t i = 0; i < n; i++)
		u->rec[i].ordinal = ordinal = ordinal + 1 + (uint64_t)unzigzag(span_varint(s));
	return s->bad ? "too short" : NULL;
}

/* Cuts bodies and asides out of the raw body part and puts ids back (R-12 sections 9, 10; R-13). */
static const char *
bodies(struct unpacker *u, const struct block_row *row, struct span *s, const unsigned char *ids)
{
	uint32_t n = (uint32_t)row->count;
	struct span b = span_of(u->body.p, u->body.len);
	uint64_t aside;
	char id[37];

	buf_clear(&u->full);
	if (buf_room(&u->full, u->body.len + (size_t)n * EVENT_ID_CHARS) == NULL)
		return "out of memory";
	for (uint32_t i = 0; i < n; i++) {
		struct record *r = &u->rec[i];
		size_t len = u->code[i];
		const unsigned char *p;

		/* length 0: a body that ends at its line feed */
		if (len == 0) {
			const unsigned char *nl = memchr(b.p, '\n', span_left(&b));

			if (nl == NULL)
				return "a body does not end [R-12]";
			len = (size_t)(nl - b.p);
		} else {
			len--;
		}
		/* C-8: every body ends with one */
		if ((p = span_take(&b, len + 1)) == NULL || p[len] != '\n')
			return "a body does not end with a line feed [C-8]";
		r->body = u->full.p + u->full.len;
		r->body_len = len;
		if (!(r->flags & FLAG_ID_ABSENT)) {
			memcpy(r->id, ids, 16);
			ids += 16;
		}
		/* an id was taken out of a canonical body and is put back at its one place */
		if (r->body_form != BODY_VERBATIM) {
			if (len < EVENT_ID_OFFSET)
				return "a canonical body is too short [R-13]";
			uuid_of(r->id, id);
			buf_put(&u->full, p, EVENT_ID_OFFSET);
			buf_put(&u->full, id, EVENT_ID_CHARS);
			buf_put(&u->full, p + EVENT_ID_OFFSET, len - EVENT_ID_OFFSET);
			r->body_len += EVENT_ID_CHARS;
		} else {
			buf_put(&u->full, p, len);
		}
		/* with the id in it the body may be longer than it lay there */
		if (r->body_len > EX_MAX_BODY)
			return "a body is longer than the limit [C-15]";
	}
	/* asides lie behind all bodies, and fill the part to its end */
	for (uint32_t i = 0; i < n; i++) {
		aside = span_varint(s);
		if (s->bad || aside > EX_MAX_ASIDE ||
		    (u->rec[i].aside = span_take(&b, (size_t)aside)) == NULL)
			return "an aside does not fit [R-12]";
		u->rec[i].aside_len = (size_t)aside;
	}
	return span_left(&b) ? "bytes behind the last aside [C-8]" : NULL;
}

/* The digests of a record whose predecessor is known. */
static void
digest_record(struct unpacker *u, struct record *r, bool claimed_is_digest)
{
	if (!(r->flags & FLAG_WITHHELD) && (claimed_is_digest || !u->rows))
		record_digest(u->sha, r, r->body_digest);
	if (claimed_is_digest)
		memcpy(r->claimed, r->body_digest, 32);
	if (r->aside_len && !u->rows)
		sha256_once(u->sha, r->aside, r->aside_len, r->aside_digest);
}

/* Every record once its reference is done; a chain of references is walked with an explicit list
 * (R-12 section 12). */
static const char *
resolve(struct unpacker *u, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		uint32_t top = 0;

		for (uint32_t k = i; u->state[k] < 2;) {
			uint32_t j = u->ref[k];

			if (j != REF_NONE && u->state[j] == 0) {
				u->state[k] = 1; /* waits for j */
				u->todo[top++] = k;
				k = j;
				continue;
			}
			if (j != REF_NONE) {
				if (u->state[j] == 1)
					return "predecessors form a cycle [R-12]";
				memcpy(u->rec[k].previous, u->rec[j].claimed, 32);
			}
			digest_record(u, &u->rec[k], u->code[k]);
			u->state[k] = 2;
			if (top)
				k = u->todo[--top];
		}
	}
	return NULL;
}

static void
correlation_digest(struct unpacker *u, struct str c, uint8_t out[32])
{
	unsigned slot;

	if (c.n > sizeof u->memo[0].key || c.n == 0) {
		sha256_once(u->sha, c.p, c.n, out);
		return;
	}
	slot = ((unsigned char)c.p[c.n - 1] * 7u + (unsigned char)c.p[c.n / 2]) % 16;
	if (u->memo[slot].n != c.n || memcmp(u->memo[slot].key, c.p, c.n)) {
		memcpy(u->memo[slot].key, c.p, c.n);
		u->memo[slot].n = c.n;
		sha256_once(u->sha, c.p, c.n, u->memo[slot].digest);
	}
	memcpy(out, u->memo[slot].digest, 32);
}

/* A string that stands in the body as it is outlives the parse of the next record. */
static bool
inside(const struct record *r, struct str s)
{
	return s.p >= (const char *)r->body && s.p < (const char *)r->body + r->body_len;
}

/* What canonical bodies say of their records; what is wrong with one is noted beside it. */
static const char *
look_into_bodies(struct unpacker *u, uint32_t n)
{
	struct event e;

	for (uint32_t i = 0; i < n; i++) {
		struct record *r = &u->rec[i];

		u->bad[i] = NULL;
		u->type[i].p = u->corr[i].p = NULL;
		/* what lies as it came is not parsed */
		if (r->body_form == BODY_VERBATIM)
			continue;
		if (event_parse_body(&e, (const char *)r->body, r->body_len, r->body_form, false,
			&u->text, &u->bad[i]))
			continue;
		/* time and correlation come from the body, so that nothing can say otherwise */
		r->time = e.time;
		correlation_digest(u, e.correlation, r->correlation);
		/* E-4, E-6: whatever it is, the header says of the rest what it is */
		if (u->whole)
			switch (event_data_canonical(e.data.p, e.data.n, &u->doc, &u->again)) {
			case 0:
				break;
			case 1:
				u->bad[i] = "event_data is not in canonical form [E-6]";
				break;
			default:
				nomem_note();
				return "out of memory";
			}
		/* texts are kept only as long as they point into the body itself */
		if (inside(r, e.type))
			u->type[i] = e.type;
		if (inside(r, e.correlation))
			u->corr[i] = e.correlation;
	}
	return NULL;
}

static const char *
sections_variable(struct unpacker *u, const struct block_row *row, struct span *s)
{
	uint32_t n = (uint32_t)row->count, n_ids = 0;
	struct span aside_lengths;
	const unsigned char *p;
	const char *why;
	/* borrowed until resolve(): 1 = explicit claimed hash, 2 = explicit predecessor */
	uint8_t *explicit = u->state;

	/* lengths first: bodies and asides are cut out by them later */
	for (uint32_t i = 0; i < n; i++) {
		uint64_t v = span_varint(s);

		if (v > EX_MAX_BODY + 1)
			return "a body is longer than the limit [C-15]";
		u->code[i] = (uint32_t)v;
	}
	/* asides are read with the bodies; here they are only passed */
	aside_lengths = *s;
	for (uint32_t i = 0; i < n; i++)
		span_varint(s);
	/* which hashes lie in this block themselves, and which are computed again */
	memset(explicit, 0, n);
	for (uint32_t i = 0; i < n && !s->bad; i++)
		if (u->rec[i].claimed_form == FORM_HEX) {
			uint64_t c = span_be(s, 1);

			if (c > 1)
				return "claimed code [R-12]";
			explicit[i] = (uint8_t)c;
		}
	/* a predecessor: in the block (a distance), or spelt out (0) */
	for (uint32_t i = 0; i < n && !s->bad; i++) {
		u->ref[i] = REF_NONE;
		if (u->rec[i].previous_form == FORM_HEX) {
			uint64_t c = span_varint(s);
			int64_t j = (int64_t)i + unzigzag(c);

			if (c == 0) {
				explicit[i] |= 2;
			} else if (c > 2ull * EX_BLOCK_RECORDS || j < 0 || j >= (int64_t)n ||
			    u->rec[j].claimed_form != FORM_HEX) {
				return "predecessor reference out of range [R-12]";
			} else {
				u->ref[i] = (uint32_t)j;
			}
		}
	}
	/* a body that is not parsed says neither time nor correlation: both lie here */
	for (uint32_t i = 0; i < n; i++)
		if (u->rec[i].body_form == BODY_VERBATIM) {
			u->rec[i].time = (int64_t)span_be(s, 8);
			if ((p = span_take(s, 32)))
				memcpy(u->rec[i].correlation, p, 32);
		}
	/* ids lie together, for the records that have one */
	for (uint32_t i = 0; i < n; i++)
		n_ids += !(u->rec[i].flags & FLAG_ID_ABSENT);
	p = span_take(s, 16ul * n_ids);
	if (s->bad)
		return "too short";
	if ((why = bodies(u, row, &aside_lengths, p)))
		return why;
	/* hashes that lie here, in the order of the records */
	for (uint32_t i = 0; i < n; i++)
		if (explicit[i] & 1 && (p = span_take(s, 32)))
			memcpy(u->rec[i].claimed, p, 32);
	for (uint32_t i = 0; i < n; i++)
		if (explicit[i] & 2 && (p = span_take(s, 32)))
			memcpy(u->rec[i].previous, p, 32);
	for (uint32_t i = 0; i < n; i++)
		if (u->rec[i].flags & FLAG_WITHHELD && (p = span_take(s, 32)))
			memcpy(u->rec[i].body_digest, p, 32);
	/* C-8: nothing may be left over */
	if (s->bad || span_left(s))
		return s->bad ? "too short" : "bytes behind the last section";
	/* from here on, code says which claimed hash is still to be computed */
	for (uint32_t i = 0; i < n; i++)
		u->code[i] = u->rec[i].claimed_form == FORM_HEX && !(explicit[i] & 1);
	memset(u->state, 0, n);
	if ((u->hashes || !u->rows) && (why = resolve(u, n)))
		return why;
	return u->rows ? NULL : look_into_bodies(u, n);
}

/* The head part, decompressed. */
static enum unpack_fault
head_part(struct unpacker *u, const struct block_row *row, const unsigned char *blob, size_t n,
    char why[200])
{
	size_t tags = 2u * (size_t)row->count;

	if (row->head_len < tags || row->head_len + row->body_len != n) {
		snprintf(why, 200,
		    "[C-8] head part: too short for its tags, or parts that do not add up");
		return UNPACK_FRAME;
	}
	return frame(u, "head", blob, row->head_len - tags, row->raw_head, false, &u->head, why);
}

enum unpack_fault
unpack_kinds(struct unpacker *u, const struct block_row *row, const unsigned char *blob, size_t n,
    const uint8_t **ret, char why[200])
{
	enum unpack_fault f = head_part(u, row, blob, n, why);

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
	struct span s;
	const char *bad;
	uint8_t header[RECORD_HEADER];

	/* the head first: it says how the body is cut */
	if ((f = head_part(u, row, blob, n, why)) ||
	    (f = frame(u, "body", blob + row->head_len, row->body_len, row->raw_body,
		 u->dict != NULL, &u->body, why)))
		return f;
	s = span_of(u->head.p, u->head.len);
	if ((bad = sections_fixed(u, row, &s)) || (bad = sections_variable(u, row, &s))) {
		snprintf(why, 200, "head: [R-12] %s", bad);
		return UNPACK_HEAD;
	}
	/* S-1: a leaf is the digest of the header, which holds the body's digest */
	for (uint32_t i = 0; i < row->count && !u->rows; i++) {
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

	*corr = b->correlation[i];
	*type = b->type[i];
	if (corr->p && type->p)
		return 0;
	if (view_open(view, &b->rec[i], t, &why) < 0)
		return -1;
	c = view_column(view, COL_CORRELATION);
	y = view_column(view, COL_TYPE);
	*corr = c.state == VIEW_TEXT ? (struct str){ c.p, c.n } : (struct str){ "", 0 };
	*type = y.state == VIEW_TEXT ? (struct str){ y.p, y.n } : (struct str){ "", 0 };
	return 0;
}
