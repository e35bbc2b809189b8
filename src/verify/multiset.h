/*
 * Two multisets of index entries compared without sorting or storing them: each is multiplied up
 * as a polynomial over GF(2^61 − 1) at a
 * secret random point. Different sets agree with a chance of about their size / 2^61; nobody
 * knows the point beforehand.
 */
#ifndef VERIFY_MULTISET_H
#define VERIFY_MULTISET_H

#include <stdint.h>
#include "base/wide.h"

struct multiset_point {
	uint64_t x, r[4];
};

int multiset_random(struct multiset_point *p); /* -1: no randomness */

static inline uint64_t
mod61(wide_unsigned v)
{
	const uint64_t p = (1ull << 61) - 1;
	uint64_t t = (uint64_t)(v & p) + (uint64_t)(v >> 61 & p) + (uint64_t)(v >> 122);

	while (t >= p)
		t -= p;
	return t;
}

static inline uint64_t
mul61(uint64_t a, uint64_t b)
{
	return mod61((wide_unsigned)a * b);
}

/* acc × (x − f(key, value)); key: 16 bytes. */
static inline uint64_t
multiset_add(
    const struct multiset_point *p, uint64_t acc, uint64_t key_hi, uint64_t key_lo, uint64_t value)
{
	uint64_t f = mod61((wide_unsigned)mul61(mod61(key_hi), p->r[0]) +
	    mul61(mod61(key_lo), p->r[1]) + mul61(mod61(value), p->r[2]) + p->r[3]);

	return mul61(acc, mod61((wide_unsigned)p->x + ((1ull << 61) - 1) - f));
}

#endif
