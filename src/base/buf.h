/*
 * Growable bytes with a ceiling set at birth. Appending never returns an error: the first failure
 * (no memory, ceiling)
 * sticks in `failed` and later appends do nothing, so a builder checks once at its end.
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A text of others, which need not end in NUL. */
struct str {
	const char *p; /* borrowed */
	size_t n;
};

struct buf {
	unsigned char *p; /* owned; NULL while cap == 0 */
	size_t len, cap, max;
	bool failed, nomem; /* nomem: it failed for want of memory, not at its ceiling */
};

/* By bytes; of two that begin alike the shorter is less. */
int str_cmp(struct str a, struct str b);
/* What a buffer holds, borrowed. */
static inline struct str
str_in(const struct buf *b)
{
	return (struct str){ (const char *)b->p, b->len };
}

void buf_init(struct buf *b, size_t max);
void buf_release(struct buf *b); /* frees; b may be used again with the same ceiling */
void buf_clear(struct buf *b);   /* len = 0, keeps the memory */

/* Makes room for n more bytes; returns where they go, or NULL (failed is set). Does not change
 * len. */
unsigned char *buf_room(struct buf *b, size_t n);

void buf_put(struct buf *b, const void *p, size_t n);
void buf_byte(struct buf *b, unsigned c);
void buf_str(struct buf *b, const char *s);
void buf_printf(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Decimal digits. */
void buf_u64(struct buf *b, uint64_t v);
void buf_i64(struct buf *b, int64_t v);

/* Numbers of the format (formats/README.md): big-endian and LEB128. */
void buf_be16(struct buf *b, unsigned v);
void buf_be32(struct buf *b, uint32_t v);
void buf_be64(struct buf *b, uint64_t v);
void buf_varint(struct buf *b, uint64_t v);
size_t varint_size(uint64_t v);

static inline uint64_t
zigzag(int64_t v)
{
	return ((uint64_t)v << 1) ^ (uint64_t)(v >> 63);
}
static inline int64_t
unzigzag(uint64_t v)
{
	return (int64_t)(v >> 1) ^ -(int64_t)(v & 1);
}

/* A bounded read cursor: the only way parsers of stored bytes touch them. Reading past the end
 * sets `bad`. */
struct span {
	const unsigned char *p, *end;
	bool bad;
};

static inline struct span
span_of(const void *p, size_t n)
{
	struct span s = { p, (const unsigned char *)p + n, false };
	return s;
}
static inline size_t
span_left(const struct span *s)
{
	return (size_t)(s->end - s->p);
}
const unsigned char *span_take(struct span *s, size_t n); /* NULL if fewer are left */
uint64_t span_be(struct span *s, unsigned bytes);         /* 1–8 bytes */
uint64_t span_varint(struct span *s);                     /* strict: shortest form only */

uint64_t load_be(const unsigned char *p, unsigned bytes);
static inline uint32_t
load_be32(const unsigned char *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}
void store_be(unsigned char *p, uint64_t v, unsigned bytes);

#endif
