/*
 * A block of a disclosure copy (archive.md C-20, record.md R-25): every header is here, and body
 * and aside of the records that are shown. A header is what was sealed, so body and aside are held
 * against it.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "archive/unpack_inner.h"
#include "base/text.h"
#include "log/merkle.h"

enum shown { SHOWN_NOT, SHOWN_WHOLE, SHOWN_CORRELATION };

/* A header of version 2 holds commitments where version 1 has digests: they are kept apart. */
static void
take_commitments(struct record *r, struct salted *x)
{
	uint8_t *const at[COMMITTED] = { r->body_digest, r->aside_digest, r->claimed, r->previous,
		r->correlation };

	for (unsigned i = 0; i < COMMITTED; i++) {
		memcpy(x->commitment[i], at[i], 32);
		memset(at[i], 0, 32);
	}
	r->salted = x;
}

/* Nobody who asks for kinds is to take it for a record whose body is here. */
static void
leave_out(struct record *r, enum shown shown)
{
	r->was = r->kind;
	r->kind = KIND_LEFT_OUT;
	r->body_form = BODY_VERBATIM;
	r->body_len = r->aside_len = 0;
	r->hidden = r->version == 2 && shown != SHOWN_CORRELATION;
}

/* One record of the head part, whose body and aside are not known yet. NULL: fine. */
static const char *
read_header(struct unpacker *u, uint32_t i, uint64_t position, struct span *s)
{
	struct record *r = &u->rec[i];
	uint64_t shown = span_be(s, 1);
	const uint8_t *header = span_take(s, RECORD_HEADER);
	uint8_t again[RECORD_HEADER];
	const char *why;

	if (header == NULL)
		return "too short";
	if (!record_read_header(header, r))
		return "no header of version 1 or 2 [R-2]";
	if (shown > SHOWN_CORRELATION || (shown == SHOWN_CORRELATION && r->version != 2))
		return "neither left out nor shown [R-25]";
	if (r->version == 2) {
		if (unpack_salt(u))
			return "out of memory";
		take_commitments(r, &u->salt[i]);
	}
	/* what the fields do not hold would be lost: there is nothing else in a header */
	record_header(r, again);
	if (memcmp(again, header, RECORD_HEADER) || r->position != position)
		return "a header with other fields, or of another position [R-2]";
	if ((why = unpack_fields_wrong(r)) != NULL)
		return why;
	merkle_leaf(u->sha, header, RECORD_HEADER, u->leaf[i]);
	if (shown != SHOWN_WHOLE && r->kind == KIND_MANIFEST)
		return "a manifest that is left out [C-20]";
	if (shown != SHOWN_WHOLE)
		leave_out(r, (enum shown)shown);
	return NULL;
}

/* The correlation of a left out record, which its commitment must give. */
static const char *
open_correlation(struct unpacker *u, struct record *r, struct salted *x, struct span *s)
{
	const uint8_t *salt = span_take(s, RECORD_SALT), *value = span_take(s, 32);
	uint8_t d[32];

	if (value == NULL)
		return "too short";
	record_commitment(u->sha, salt, value, d);
	if (memcmp(d, x->commitment[COMMIT_CORRELATION], 32))
		return "its correlation is not that of its header [R-26]";
	memcpy(x->salt[COMMIT_CORRELATION], salt, RECORD_SALT);
	memcpy(r->correlation, value, 32);
	return NULL;
}

/* A record that is shown; whether this opens it shows when its body is there. */
static const char *
open_record(struct record *r, struct salted *x, struct span *s)
{
	const uint8_t *p = span_take(s, RECORD_OPENING);

	if (p == NULL)
		return "too short";
	record_open(p, r, x);
	return NULL;
}

/* Openings stand behind all headers, in their order. NULL: fine. */
static const char *
openings(struct unpacker *u, uint32_t n, struct span *s)
{
	const char *why = NULL;

	for (uint32_t i = 0; i < n && why == NULL; i++) {
		struct record *r = &u->rec[i];

		if (r->version != 2 || r->hidden)
			continue;
		why = r->kind == KIND_LEFT_OUT ? open_correlation(u, r, &u->salt[i], s) :
						 open_record(r, &u->salt[i], s);
	}
	return why ? why : span_left(s) ? "bytes behind the last header [R-25]" : NULL;
}

/* Bodies and asides of those that are shown, as long as their headers say. NULL: fine. */
static const char *
parts(struct unpacker *u, uint32_t n)
{
	struct span b = span_of(u->body.p, u->body.len);

	for (uint32_t i = 0; i < n; i++) {
		struct record *r = &u->rec[i];

		if (r->kind == KIND_LEFT_OUT)
			continue;
		if (r->body_len > EX_MAX_BODY || r->aside_len > EX_MAX_ASIDE)
			return "a body or an aside is longer than the limit [C-15]";
		if ((r->body = span_take(&b, r->body_len + 1)) == NULL ||
		    r->body[r->body_len] != '\n')
			return "a body does not end with a line feed [C-20]";
	}
	for (uint32_t i = 0; i < n; i++) {
		struct record *r = &u->rec[i];

		if (r->kind != KIND_LEFT_OUT && (r->aside = span_take(&b, r->aside_len)) == NULL)
			return "an aside does not fit [C-20]";
	}
	return span_left(&b) ? "bytes behind the last aside [C-20]" : NULL;
}

/* Body and aside of a record that is shown, against the header that was sealed. */
static bool
belongs(struct unpacker *u, struct record *r, const uint8_t header[RECORD_HEADER])
{
	uint8_t again[RECORD_HEADER];
	char id[37];

	if (!(r->flags & FLAG_WITHHELD))
		record_digest(u->sha, r, r->body_digest);
	memset(r->aside_digest, 0, 32);
	if (r->aside_len)
		sha256_once(u->sha, r->aside, r->aside_len, r->aside_digest);
	if (r->version == 2)
		record_commit(u->sha, r, &u->salt[r - u->rec]);
	record_header(r, again);
	if (memcmp(again, header, RECORD_HEADER))
		return false;
	if (r->body_form == BODY_VERBATIM)
		return true;
	uuid_of(r->id, id);
	return r->body_len >= EVENT_ID_OFFSET + EVENT_ID_CHARS &&
	    memcmp(r->body + EVENT_ID_OFFSET, id, EVENT_ID_CHARS) == 0;
}

/* time and correlation, which sections_look_into took from the body, are the header's. */
static bool
says_the_same(struct unpacker *u, const struct record *r, const uint8_t header[RECORD_HEADER])
{
	uint8_t again[RECORD_HEADER];

	if (r->version == 2)
		record_commit(u->sha, r, &u->salt[r - u->rec]);
	record_header(r, again);
	return memcmp(again, header, RECORD_HEADER) == 0;
}

static const uint8_t *
header_of(const struct unpacker *u, uint32_t i)
{
	return u->head.p + (size_t)i * (1 + RECORD_HEADER) + 1;
}

static enum unpack_fault
fault(const char *what, uint64_t position, char why[200])
{
	snprintf(why, 200, "head: record at position %" PRIu64 ": %s", position, what);
	return UNPACK_HEAD;
}

enum unpack_fault
unpack_disclosed(struct unpacker *u, const struct block_row *row, const unsigned char *blob,
    size_t n, struct block *ret, char why[200])
{
	uint32_t count = (uint32_t)row->count;
	enum unpack_fault f = unpack_head(u, row, blob, n, why);
	struct span s;
	const char *bad;

	if (f == UNPACK_OK)
		f = unpack_frame(u, "body", blob + row->head_len, row->body_len, row->raw_body,
		    false, &u->body, why);
	if (f)
		return f;
	s = span_of(u->head.p, u->head.len);
	for (uint32_t i = 0; i < count; i++)
		if ((bad = read_header(u, i, row->first + i, &s)) != NULL)
			return fault(bad, row->first + i, why);
	bad = openings(u, count, &s);
	if (bad == NULL)
		bad = parts(u, count);
	if (bad)
		return fault(bad, row->first + count - 1, why);
	for (uint32_t i = 0; i < count; i++)
		if (u->rec[i].kind != KIND_LEFT_OUT && !belongs(u, &u->rec[i], header_of(u, i)))
			return fault("its body, its aside or its id is not that of its header "
				     "[R-8]",
			    row->first + i, why);
	if ((bad = sections_look_into(u, count)) != NULL)
		return fault(bad, row->first, why);
	for (uint32_t i = 0; i < count; i++)
		if (u->rec[i].kind != KIND_LEFT_OUT && u->bad[i] == NULL &&
		    !says_the_same(u, &u->rec[i], header_of(u, i)))
			return fault("its body says another time or correlation than its header "
				     "[R-9]",
			    row->first + i, why);
	*ret = (struct block){ .first = row->first,
		.n = count,
		.rec = u->rec,
		.leaf = u->leaf,
		.tags = blob + row->head_len - 2u * (size_t)count,
		.bad_body = u->bad,
		.type = u->type,
		.correlation = u->corr };
	return UNPACK_OK;
}

const uint8_t *
unpack_kinds_of(struct unpacker *u, const struct block *b)
{
	for (uint32_t i = 0; i < b->n; i++)
		u->state[i] = b->rec[i].kind;
	return u->state;
}
