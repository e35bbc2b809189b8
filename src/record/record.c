#include "record/record.h"

#include <string.h>

#include "base/text.h"

bool
record_tells(const struct record *r, const char *context)
{
	static const char begin[] = "{\"context\":\"";
	size_t n = sizeof begin - 1, k = strlen(context);

	return r->kind == KIND_CONTEXT && r->body_len > n + k + 1 &&
	    memcmp(r->body, begin, n) == 0 && memcmp(r->body + n, context, k) == 0 &&
	    r->body[n + k] == '"';
}

void
record_digest_begin(struct sha256 *s, const struct record *r)
{
	char prefix[65];

	/* hashed as the source hashes it, the predecessor as 64 digits of text, so that the
	 * digest of an unkeyed row that nobody changed is the hash that the source stored */
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

/* Where each field of a header stands: behind the one before it. */
enum place {
	AT_MAGIC = 0,
	AT_VERSION = AT_MAGIC + 4,
	AT_KIND,
	AT_FLAGS,
	AT_CLAIMED_FORM = AT_FLAGS + 2,
	AT_PREVIOUS_FORM,
	AT_ALGORITHM,
	AT_BODY_FORM,
	AT_SOURCE,
	AT_POSITION = AT_SOURCE + 4,
	AT_TIME = AT_POSITION + 8,
	AT_ID = AT_TIME + 8,
	AT_ORDINAL = AT_ID + 16,
	AT_BODY_LENGTH = AT_ORDINAL + 8,
	AT_ASIDE_LENGTH = AT_BODY_LENGTH + 8,
	AT_BODY_DIGEST = AT_ASIDE_LENGTH + 8,
	AT_ASIDE_DIGEST = AT_BODY_DIGEST + 32,
	AT_CLAIMED = AT_ASIDE_DIGEST + 32,
	AT_PREVIOUS = AT_CLAIMED + 32,
	AT_CORRELATION = AT_PREVIOUS + 32,
	AT_END = AT_CORRELATION + 32
};

_Static_assert(AT_SOURCE == 12 && AT_POSITION == 16 && AT_BODY_DIGEST == 72, "R-2");
_Static_assert(AT_CORRELATION == AT_BODY_DIGEST + 32 * COMMIT_CORRELATION, "R-26");
_Static_assert(AT_END == RECORD_HEADER, "a leaf is these bytes, no more and no fewer");
_Static_assert(FLAG_ALL < 1 << 16 && ALGO_TEXT < 1 << 8, "flags have two bytes, forms one");

void
record_header(const struct record *r, uint8_t out[RECORD_HEADER])
{
	/* whatever is not set below is zero, since these bytes are a leaf (S-1) */
	memset(out, 0, RECORD_HEADER);
	memcpy(out + AT_MAGIC, "EXR1", 4);
	out[AT_VERSION] = r->version == 2 ? 2 : 1;
	out[AT_KIND] = r->kind;
	store_be(out + AT_FLAGS, r->flags, 2);
	out[AT_CLAIMED_FORM] = r->claimed_form;
	out[AT_PREVIOUS_FORM] = r->previous_form;
	out[AT_ALGORITHM] = r->algorithm;
	out[AT_BODY_FORM] = r->body_form;
	store_be(out + AT_SOURCE, r->source, 4);
	store_be(out + AT_POSITION, r->position, 8);
	store_be(out + AT_TIME, (uint64_t)r->time, 8);
	memcpy(out + AT_ID, r->id, 16);
	store_be(out + AT_ORDINAL, r->ordinal, 8);
	if (r->version == 2) {
		/* lengths are bound by the commitments */
		memcpy(out + AT_BODY_DIGEST, r->salted->commitment, sizeof r->salted->commitment);
		return;
	}
	store_be(out + AT_BODY_LENGTH, r->body_len, 8);
	store_be(out + AT_ASIDE_LENGTH, r->aside_len, 8);
	memcpy(out + AT_BODY_DIGEST, r->body_digest, 32);
	memcpy(out + AT_ASIDE_DIGEST, r->aside_digest, 32);
	memcpy(out + AT_CLAIMED, r->claimed, 32);
	memcpy(out + AT_PREVIOUS, r->previous, 32);
	memcpy(out + AT_CORRELATION, r->correlation, 32);
}

void
record_salt(struct sha256 *s, const uint8_t secret[RECORD_SECRET], uint64_t position, unsigned what,
    uint8_t out[RECORD_SALT])
{
	static const char use[] = "exhibit-salt/1";
	uint8_t d[32], number[9];

	store_be(number, position, 8);
	number[8] = (uint8_t)what;
	sha256_begin(s);
	sha256_add(s, use, sizeof use - 1);
	sha256_add(s, secret, RECORD_SECRET);
	sha256_add(s, number, sizeof number);
	sha256_end(s, d);
	memcpy(out, d, RECORD_SALT);
}

void
record_salts(
    struct sha256 *s, const uint8_t secret[RECORD_SECRET], uint64_t position, struct salted *ret)
{
	for (unsigned i = 0; i < COMMITTED; i++)
		record_salt(s, secret, position, i, ret->salt[i]);
}

void
record_commitment(
    struct sha256 *s, const uint8_t salt[RECORD_SALT], const uint8_t value[32], uint8_t out[32])
{
	sha256_begin(s);
	sha256_add(s, salt, RECORD_SALT);
	sha256_add(s, value, 32);
	sha256_end(s, out);
}

void
record_commit(struct sha256 *s, const struct record *r, struct salted *x)
{
	const uint8_t *const value[COMMITTED] = { r->body_digest, r->aside_digest, r->claimed,
		r->previous, r->correlation };

	for (unsigned i = 0; i < COMMITTED; i++)
		record_commitment(s, x->salt[i], value[i], x->commitment[i]);
}

void
record_opening(const struct record *r, struct buf *out)
{
	buf_put(out, r->salted->salt, sizeof r->salted->salt);
	buf_put(out, r->body_digest, 32);
	buf_put(out, r->claimed, 32);
	buf_put(out, r->previous, 32);
	buf_put(out, r->correlation, 32);
	buf_be64(out, r->body_len);
	buf_be64(out, r->aside_len);
}

void
record_open(const uint8_t in[RECORD_OPENING], struct record *r, struct salted *x)
{
	memcpy(x->salt, in, sizeof x->salt);
	in += sizeof x->salt;
	memcpy(r->body_digest, in, 32);
	memcpy(r->claimed, in + 32, 32);
	memcpy(r->previous, in + 64, 32);
	memcpy(r->correlation, in + 96, 32);
	r->body_len = load_be(in + 128, 8);
	r->aside_len = load_be(in + 136, 8);
}

bool
record_read_header(const uint8_t in[RECORD_HEADER], struct record *ret)
{
	memset(ret, 0, sizeof *ret);
	ret->version = in[AT_VERSION];
	ret->kind = in[AT_KIND];
	ret->flags = (uint16_t)load_be(in + AT_FLAGS, 2);
	ret->claimed_form = in[AT_CLAIMED_FORM];
	ret->previous_form = in[AT_PREVIOUS_FORM];
	ret->algorithm = in[AT_ALGORITHM];
	ret->body_form = in[AT_BODY_FORM];
	ret->source = (uint32_t)load_be(in + AT_SOURCE, 4);
	ret->position = load_be(in + AT_POSITION, 8);
	ret->time = (int64_t)load_be(in + AT_TIME, 8);
	memcpy(ret->id, in + AT_ID, 16);
	ret->ordinal = load_be(in + AT_ORDINAL, 8);
	ret->body_len = load_be(in + AT_BODY_LENGTH, 8);
	ret->aside_len = load_be(in + AT_ASIDE_LENGTH, 8);
	memcpy(ret->body_digest, in + AT_BODY_DIGEST, 32);
	memcpy(ret->aside_digest, in + AT_ASIDE_DIGEST, 32);
	memcpy(ret->claimed, in + AT_CLAIMED, 32);
	memcpy(ret->previous, in + AT_PREVIOUS, 32);
	memcpy(ret->correlation, in + AT_CORRELATION, 32);
	return memcmp(in + AT_MAGIC, "EXR1", 4) == 0 &&
	    (in[AT_VERSION] == 1 || in[AT_VERSION] == 2);
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
	/* ascending, so that none stands twice and one record has one aside */
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
