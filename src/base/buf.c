#include "base/buf.h"

#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int
str_cmp(struct str a, struct str b)
{
	size_t n = a.n < b.n ? a.n : b.n;
	int c = n ? memcmp(a.p, b.p, n) : 0;

	return c ? c : a.n < b.n ? -1 : a.n > b.n;
}

void
buf_init(struct buf *b, size_t max)
{
	memset(b, 0, sizeof *b);
	b->max = max;
}

void
buf_release(struct buf *b)
{
	free(b->p);
	buf_init(b, b->max);
}

void
buf_clear(struct buf *b)
{
	b->len = 0;
	b->failed = b->nomem = false;
}

unsigned char *
buf_room(struct buf *b, size_t n)
{
	unsigned char *p;
	size_t cap;

	if (b->failed)
		return NULL;
	if (n > b->max || b->len > b->max - n) {
		b->failed = true;
		return NULL;
	}
	if (b->len + n > b->cap) {
		cap = b->cap ? b->cap : 256;
		while (cap < b->len + n)
			cap += cap / 2 + 64;
		if (cap > b->max)
			cap = b->max;
		if ((p = realloc(b->p, cap)) == NULL) {
			b->failed = b->nomem = true;
			nomem_note();
			return NULL;
		}
		b->p = p;
		b->cap = cap;
	}
	return b->p + b->len;
}

void
buf_put(struct buf *b, const void *p, size_t n)
{
	unsigned char *q;

	if (n && n <= b->cap - b->len && !b->failed) {
		memcpy(b->p + b->len, p, n);
		b->len += n;
	} else if (n && (q = buf_room(b, n))) {
		memcpy(q, p, n);
		b->len += n;
	}
}

void
buf_byte(struct buf *b, unsigned c)
{
	unsigned char *q;

	if (b->len < b->cap)
		b->p[b->len++] = (unsigned char)c;
	else if ((q = buf_room(b, 1))) {
		*q = (unsigned char)c;
		b->len++;
	}
}

void
buf_str(struct buf *b, const char *s)
{
	buf_put(b, s, strlen(s));
}

void
buf_printf(struct buf *b, const char *fmt, ...)
{
	char tmp[256];
	va_list ap;
	unsigned char *q;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(tmp, sizeof tmp, fmt, ap);
	va_end(ap);
	if (n < 0) {
		b->failed = true;
	} else if ((size_t)n < sizeof tmp) {
		buf_put(b, tmp, (size_t)n);
	} else if ((q = buf_room(b, (size_t)n + 1))) {
		va_start(ap, fmt);
		vsnprintf((char *)q, (size_t)n + 1, fmt, ap);
		va_end(ap);
		b->len += (size_t)n;
	}
}

void
buf_u64(struct buf *b, uint64_t v)
{
	char t[20];
	size_t n = sizeof t;

	do
		t[--n] = (char)('0' + v % 10);
	while (v /= 10);
	buf_put(b, t + n, sizeof t - n);
}

void
buf_i64(struct buf *b, int64_t v)
{
	if (v < 0)
		buf_byte(b, '-');
	buf_u64(b, v < 0 ? -(uint64_t)v : (uint64_t)v);
}

void
store_be(unsigned char *p, uint64_t v, unsigned bytes)
{
	while (bytes--) {
		p[bytes] = (unsigned char)v;
		v >>= 8;
	}
}

uint64_t
load_be(const unsigned char *p, unsigned bytes)
{
	uint64_t v = 0;

	for (unsigned i = 0; i < bytes; i++)
		v = v << 8 | p[i];
	return v;
}

static void
put_be(struct buf *b, uint64_t v, unsigned bytes)
{
	unsigned char t[8];

	store_be(t, v, bytes);
	buf_put(b, t, bytes);
}

void
buf_be16(struct buf *b, unsigned v)
{
	put_be(b, v, 2);
}
void
buf_be32(struct buf *b, uint32_t v)
{
	put_be(b, v, 4);
}
void
buf_be64(struct buf *b, uint64_t v)
{
	put_be(b, v, 8);
}

void
buf_varint(struct buf *b, uint64_t v)
{
	for (; v >= 0x80; v >>= 7)
		buf_byte(b, (unsigned)(v & 0x7f) | 0x80);
	buf_byte(b, (unsigned)v);
}

size_t
varint_size(uint64_t v)
{
	size_t n = 1;

	for (; v >= 0x80; v >>= 7)
		n++;
	return n;
}

const unsigned char *
span_take(struct span *s, size_t n)
{
	const unsigned char *p = s->p;

	if (s->bad || n > span_left(s)) {
		s->bad = true;
		return NULL;
	}
	s->p += n;
	return p;
}

uint64_t
span_be(struct span *s, unsigned bytes)
{
	const unsigned char *p = span_take(s, bytes);

	return p ? load_be(p, bytes) : 0;
}

uint64_t
span_varint(struct span *s)
{
	uint64_t v = 0;
	const unsigned char *p;

	for (unsigned shift = 0; shift < 70; shift += 7) {
		if ((p = span_take(s, 1)) == NULL)
			return 0;
		if (shift == 63 && *p > 1)
			break;
		v |= (uint64_t)(*p & 0x7f) << shift;
		if (!(*p & 0x80)) {
			if (*p == 0 && shift)
				break;
			return v;
		}
	}
	s->bad = true;
	return 0;
}
