#include "record/record.h"

#include <string.h>

#include "base/text.h"

void
record_digest_begin(struct sha256 *s, const struct record *r)
{
	char prefix[65];

	sha256_begin(s);
	if (r->previous_form == FORM_HEX) {
		hex_of(r->previous, 32, prefix);
		sha256_add(s, prefix, 64);
	}
}

void
record_digest(struct sha256 *s, const struct record *r, uint8_t out[32])
{
	record_digest_begin(s, r);
	sha256_add(s, r->body, r->body_len);
	sha256_end(s, out);
}

void
record_header(const struct record *r, uint8_t out[RECORD_HEADER])
{
	memset(out, 0, RECORD_HEADER);
	memcpy(out, "EXR1", 4);
	out[4] = 1;
	out[5] = r->kind;
	store_be(out + 6, r->flags, 2);
	out[8] = r->claimed_form;
	out[9] = r->previous_form;
	out[10] = r->algorithm;
	out[11] = r->body_form;
	store_be(out + 12, r->source, 4);
	store_be(out + 16, r->position, 8);
	store_be(out + 24, (uint64_t)r->time, 8);
	memcpy(out + 32, r->id, 16);
	store_be(out + 48, r->ordinal, 8);
	store_be(out + 56, r->body_len, 8);
	store_be(out + 64, r->aside_len, 8);
	memcpy(out + 72, r->body_digest, 32);
	memcpy(out + 104, r->aside_digest, 32);
	memcpy(out + 136, r->claimed, 32);
	memcpy(out + 168, r->previous, 32);
	memcpy(out + 200, r->correlation, 32);
}

void
aside_put(struct buf *b, unsigned tag, const void *p, size_t n)
{
	buf_be16(b, tag);
	buf_be32(b, (uint32_t)n);
	buf_put(b, p, n);
}

void
aside_put_state(struct buf *b, unsigned tag, enum aside_state state, const void *p, size_t n)
{
	buf_be16(b, tag);
	buf_be32(b, (uint32_t)n + 1);
	buf_byte(b, state);
	buf_put(b, p, n);
}

int
aside_next(struct span *s, unsigned *last_tag, struct aside_item *ret)
{
	if (span_left(s) == 0)
		return 0;
	ret->tag = (unsigned)span_be(s, 2);
	ret->n = (size_t)span_be(s, 4);
	ret->p = span_take(s, ret->n);
	if (s->bad || ret->tag <= *last_tag)
		return -1;
	*last_tag = ret->tag;
	return 1;
}

bool
aside_find(const struct record *r, unsigned tag, struct aside_item *ret)
{
	struct span s = span_of(r->aside, r->aside_len);
	unsigned last = 0;

	while (aside_next(&s, &last, ret) == 1)
		if (ret->tag == tag)
			return true;
	return false;
}
