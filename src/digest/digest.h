/*
 * src/digest/: SHA-256 and HMAC, by libcrypto, and nothing else of it: signatures are made in
 * src/write/sign.c and judged in src/log/note.c. A digest that cannot be computed ends the
 * program, so that none is ever taken for one that was.
 *
 * SHA-256 and HMAC-SHA-256 with contexts that are fetched once and reused; one context serves one
 * thread at a time.
 */
#ifndef DIGEST_DIGEST_H
#define DIGEST_DIGEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sha256;

struct sha256 *sha256_new(void); /* NULL: libcrypto failed */
void sha256_free(struct sha256 *s);
void sha256_begin(struct sha256 *s);
void sha256_add(struct sha256 *s, const void *p, size_t n);
void sha256_end(struct sha256 *s, uint8_t out[32]);
/* to goes on from where from is; from is not changed. */
int sha256_fork(struct sha256 *to, const struct sha256 *from); /* -1: no memory */
/* begin, add, end */
void sha256_once(struct sha256 *s, const void *p, size_t n, uint8_t out[32]);

struct hmac256;

struct hmac256 *hmac256_new(const void *key, size_t n);
void hmac256_free(struct hmac256 *h);
/* HMAC of a ‖ b */
void
hmac256_of(struct hmac256 *h, const void *a, size_t na, const void *b, size_t nb, uint8_t out[32]);

#endif
