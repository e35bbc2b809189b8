/*
 * A block's decompressed parts made into records: the sections of its head in the order in which
 * they lie, bodies and asides cut out of the body part, and what canonical bodies say
 * of their own records. What breaks a rule ends the block: the first sentence is the one told.
 */
#include <stdlib.h>
#include <string.h>

#include "archive/unpack_inner.h"
#include "base/err.h"
#include "base/text.h"

#define REF_NONE UINT32_MAX

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
const char *
sections_look_into(struct unpacker *u, uint32_t n)
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

/* How a record's hash and the one that it names lie in this block (R-12, sections 11 and 12). */
enum { CLAIMED_HERE = 1, PREVIOUS_HERE = 2 };

/* Sections 9 and 10: lengths of bodies into u->code. The asides' are read with the bodies, which
 * they lie behind; here *ret_asides remembers where. */
static const char *
lengths(struct unpacker *u, uint32_t n, struct span *s, struct span *ret_asides)
{
	for (uint32_t i = 0; i < n; i++) {
		uint64_t v = span_varint(s);

		if (v > EX_MAX_BODY + 1)
			return "a body is longer than the limit [C-15]";
		u->code[i] = (uint32_t)v;
	}
	*ret_asides = *s;
	for (uint32_t i = 0; i < n; i++)
		span_varint(s);
	return NULL;
}

/*
 * Sections 11 and 12: which claimed hashes lie in the block themselves, and which are those of the
 * bodies; which predecessors are spelt out (a distance of 0), and which are those of a record of
 * this block (u->ref).
 */
static const char *
references(struct unpacker *u, uint32_t n, struct span *s, uint8_t *here)
{
	memset(here, 0, n);
	for (uint32_t i = 0; i < n && !s->bad; i++)
		if (u->rec[i].claimed_form == FORM_HEX) {
			uint64_t c = span_be(s, 1);

			if (c > 1)
				return "claimed code [R-12]";
			here[i] = c ? CLAIMED_HERE : 0;
		}
	for (uint32_t i = 0; i < n && !s->bad; i++) {
		uint64_t c;
		int64_t j;

		u->ref[i] = REF_NONE;
		if (u->rec[i].previous_form != FORM_HEX)
			continue;
		c = span_varint(s);
		j = (int64_t)i + unzigzag(c);
		if (c == 0)
			here[i] |= PREVIOUS_HERE;
		else if (c > 2ull * EX_BLOCK_RECORDS || j < 0 || j >= (int64_t)n ||
		    u->rec[j].claimed_form != FORM_HEX)
			return "predecessor reference out of range [R-12]";
		else
			u->ref[i] = (uint32_t)j;
	}
	return NULL;
}

/* Section 13: a body that is not parsed says neither time nor correlation: both lie here. */
static void
verbatim_fields(struct unpacker *u, uint32_t n, struct span *s)
{
	const unsigned char *p;

	for (uint32_t i = 0; i < n; i++)
		if (u->rec[i].body_form == BODY_VERBATIM) {
			u->rec[i].time = (int64_t)span_be(s, 8);
			if ((p = span_take(s, 32)))
				memcpy(u->rec[i].correlation, p, 32);
		}
}

/* Section 14: ids lie together, for the records that have one. */
static const unsigned char *
ids(const struct unpacker *u, uint32_t n, struct span *s)
{
	uint32_t with = 0;

	for (uint32_t i = 0; i < n; i++)
		with += !(u->rec[i].flags & FLAG_ID_ABSENT);
	return span_take(s, 16ul * with);
}

/* Sections 15 to 18: hashes that lie here, in the order of the records; in an archive with headers
 * of version 2 the secret of their salts; behind them nothing. */
static const char *
hashes(struct unpacker *u, uint32_t n, struct span *s, const uint8_t *here)
{
	const unsigned char *p;

	for (uint32_t i = 0; i < n; i++)
		if (here[i] & CLAIMED_HERE && (p = span_take(s, 32)))
			memcpy(u->rec[i].claimed, p, 32);
	for (uint32_t i = 0; i < n; i++)
		if (here[i] & PREVIOUS_HERE && (p = span_take(s, 32)))
			memcpy(u->rec[i].previous, p, 32);
	for (uint32_t i = 0; i < n; i++)
		if (u->rec[i].flags & FLAG_WITHHELD && (p = span_take(s, 32)))
			memcpy(u->rec[i].body_digest, p, 32);
	if (u->salted && (p = span_take(s, RECORD_SECRET)))
		memcpy(u->secret, p, RECORD_SECRET);
	for (uint32_t i = 0; u->salted && i < n; i++)
		u->rec[i].version = 2;
	/* C-8: nothing may be left over */
	if (s->bad)
		return "too short";
	return span_left(s) ? "bytes behind the last section" : NULL;
}

static const char *
sections_variable(struct unpacker *u, const struct block_row *row, struct span *s)
{
	uint32_t n = (uint32_t)row->count;
	struct span asides;
	const unsigned char *id;
	const char *why;
	uint8_t *here = u->state; /* borrowed until resolve() */

	if ((why = lengths(u, n, s, &asides)) || (why = references(u, n, s, here)))
		return why;
	verbatim_fields(u, n, s);
	id = ids(u, n, s);
	if (s->bad)
		return "too short";
	if ((why = bodies(u, row, &asides, id)) || (why = hashes(u, n, s, here)))
		return why;
	/* from here on, code says which claimed hash is still to be computed */
	for (uint32_t i = 0; i < n; i++)
		u->code[i] = u->rec[i].claimed_form == FORM_HEX && !(here[i] & CLAIMED_HERE);
	memset(u->state, 0, n);
	if ((u->hashes || !u->rows) && (why = resolve(u, n)))
		return why;
	return u->rows ? NULL : sections_look_into(u, n);
}

const char *
sections_read(struct unpacker *u, const struct block_row *row)
{
	struct span s = span_of(u->head.p, u->head.len);
	const char *why = sections_fixed(u, row, &s);

	return why ? why : sections_variable(u, row, &s);
}
