/* Shortest doubles (event.md E-4): exact free-format printing after Burger and Dybvig, on small
 * bignums. */
#include "json/json.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"

/* 2^1075 × 10 × 16 needs 34 limbs, 10^325 needs 34; both factors together 68 */
#define LIMBS 76

struct big {
	unsigned n;
	uint32_t d[LIMBS];
};

static void
big_set(struct big *b, uint64_t v)
{
	b->n = 0;
	for (; v; v >>= 32)
		b->d[b->n++] = (uint32_t)v;
}

static void
big_mul(struct big *b, uint32_t f)
{
	uint64_t c = 0;

	for (unsigned i = 0; i < b->n; i++) {
		c += (uint64_t)b->d[i] * f;
		b->d[i] = (uint32_t)c;
		c >>= 32;
	}
	if (c)
		b->d[b->n++] = (uint32_t)c;
}

static void
big_shift(struct big *b, unsigned bits)
{
	unsigned w = bits / 32, s = bits % 32;

	if (b->n == 0)
		return;
	if (s)
		big_mul(b, 1u << s);
	if (w) {
		memmove(b->d + w, b->d, b->n * sizeof b->d[0]);
		memset(b->d, 0, w * sizeof b->d[0]);
		b->n += w;
	}
}

static void
big_pow10(struct big *b, int k)
{
	for (; k >= 9; k -= 9)
		big_mul(b, 1000000000u);
	for (; k > 0; k--)
		big_mul(b, 10);
}

static int
big_cmp(const struct big *a, const struct big *b)
{
	if (a->n != b->n)
		return a->n < b->n ? -1 : 1;
	for (unsigned i = a->n; i-- > 0;)
		if (a->d[i] != b->d[i])
			return a->d[i] < b->d[i] ? -1 : 1;
	return 0;
}

static void
big_add(struct big *r, const struct big *a, const struct big *b)
{
	uint64_t c = 0;
	unsigned n = a->n > b->n ? a->n : b->n;

	for (unsigned i = 0; i < n; i++) {
		c += (uint64_t)(i < a->n ? a->d[i] : 0) + (i < b->n ? b->d[i] : 0);
		r->d[i] = (uint32_t)c;
		c >>= 32;
	}
	if (c)
		r->d[n++] = (uint32_t)c;
	r->n = n;
}

static void
big_sub(struct big *a, const struct big *b)
{
	int64_t c = 0;

	for (unsigned i = 0; i < a->n; i++) {
		c += (int64_t)a->d[i] - (i < b->n ? b->d[i] : 0);
		a->d[i] = (uint32_t)c;
		c >>= 32;
	}
	while (a->n && a->d[a->n - 1] == 0)
		a->n--;
}

/* r + m compared with s */
static int
sum_cmp(const struct big *r, const struct big *m, const struct big *s)
{
	struct big t;

	big_add(&t, r, m);
	return big_cmp(&t, s);
}

/* x = r/s; half the gap to the double above is mp/s, to the one below mm/s. All whole numbers. */
struct scaled {
	struct big r, s, mp, mm;
	bool even; /* of an even double both ends of its interval are read as itself */
};

/* Splits x > 0 into its fraction and exponent, and both into what long division needs. */
static void
scale(double x, struct scaled *v)
{
	uint64_t bits, m;
	unsigned up, down;
	bool edge;
	int e;

	memcpy(&bits, &x, 8);
	m = bits & 0xfffffffffffffull;
	e = (int)(bits >> 52 & 0x7ff);
	if (e)
		m |= 1ull << 52;
	else
		e = 1; /* no hidden bit, and the exponent of the smallest that has one */
	e -= 1075;
	v->even = (m & 1) == 0;
	edge = m == 1ull << 52 && e > -1074; /* the gap below is half the gap above */
	up = (unsigned)(e > 0 ? e : 0);
	down = (unsigned)(e < 0 ? -e : 0);

	/* one bit more than the value needs, and another at an edge: half a gap is whole then */
	big_set(&v->r, m);
	big_set(&v->s, 1);
	big_set(&v->mp, 1);
	big_set(&v->mm, 1);
	big_shift(&v->r, up + 1 + edge);
	big_shift(&v->s, down + 1 + edge);
	big_shift(&v->mp, up + edge);
	big_shift(&v->mm, up);
}

static void
ten_times(struct scaled *v)
{
	big_mul(&v->r, 10);
	big_mul(&v->mp, 10);
	big_mul(&v->mm, 10);
}

/* Makes 1 <= r/s < 10 and returns the k of shortest(). */
static int
first_digit(double x, struct scaled *v)
{
	/* an estimate, never too high and at most one too low: the comparison below decides */
	int k = (int)ceil(log10(x) - 1e-10);

	if (k >= 0) {
		big_pow10(&v->s, k);
	} else {
		big_pow10(&v->r, -k);
		big_pow10(&v->mp, -k);
		big_pow10(&v->mm, -k);
	}
	if (sum_cmp(&v->r, &v->mp, &v->s) >= (v->even ? 0 : 1))
		return k + 1;
	ten_times(v);
	return k;
}

/* Digits of x > 0 into out (no point), returns how many; *ret_k: x = 0.d1d2… × 10^k. */
static int
shortest(double x, char *out, int *ret_k)
{
	struct scaled v;
	int n = 0;

	scale(x, &v);
	*ret_k = first_digit(x, &v);
	for (;;) {
		int d = 0, c;
		bool low, high;

		while (big_cmp(&v.r, &v.s) >= 0) {
			big_sub(&v.r, &v.s);
			d++;
		}
		/* Would the digits so far, or with this one raised, be read as x? Then they are
		 * enough. */
		c = big_cmp(&v.r, &v.mm);
		low = c < 0 || (c == 0 && v.even);
		c = sum_cmp(&v.r, &v.mp, &v.s);
		high = c > 0 || (c == 0 && v.even);
		if (!low && !high) {
			out[n++] = (char)('0' + d);
			ten_times(&v);
			continue;
		}
		if (high && low) {
			/* the nearer one; a tie goes to the even digit */
			c = sum_cmp(&v.r, &v.r, &v.s);
			high = c > 0 || (c == 0 && (d & 1));
		}
		d += high;
		out[n++] = (char)('0' + d);
		return n;
	}
}

/* A numeral that is its own canonical form, or is one but for trailing zeros: at most 15 digits,
 * no exponent. */
static size_t
plain_numeral(const char *s, size_t n, char out[32])
{
	size_t i = 0, digits = 0, point = 0, sig = 0;

	if (n > 17)
		return 0;
	if (s[i] == '-')
		i++;
	for (; i < n; i++) {
		if (s[i] == '.') {
			point = i;
		} else if (s[i] >= '0' && s[i] <= '9') {
			digits++;
			sig += sig || s[i] != '0';
		} else {
			return 0;
		}
	}
	/* every numeral of 15 digits is the shortest of its double; zero has a sign to think of */
	if (digits > 15 || sig == 0)
		return 0;
	if (point) {
		while (s[n - 1] == '0')
			n--;
		if (s[n - 1] == '.')
			n--;
		else if (n - point > 7)
			return 0; /* could be below 1e-6 */
	}
	memcpy(out, s, n);
	out[n] = '\0';
	return n;
}

size_t
json_number(const char *s, size_t n, char out[32])
{
	char small[64], *copy = small, digit[24], *o = out;
	double x;
	int k, nd;
	size_t len = plain_numeral(s, n, out);

	if (len)
		return len;
	if (n >= sizeof small && (copy = malloc(n + 1)) == NULL) {
		nomem_note();
		return 0;
	}
	memcpy(copy, s, n);
	copy[n] = '\0';
	/* correctly rounded; the locale is never set */
	x = strtod(copy, NULL);
	if (copy != small)
		free(copy);
	/* beyond every double there is no canonical form, and no guess at one */
	if (isinf(x))
		return 0;
	if (signbit(x))
		*o++ = '-';
	x = fabs(x);
	if (x == 0) {
		*o++ = '0';
		*o = '\0';
		return (size_t)(o - out);
	}
	/* where the exponent begins is the rule of the source's encoder (E-4) */
	nd = shortest(x, digit, &k);
	if (x >= 1e-6 && x < 1e21) {
		if (k <= 0) {
			*o++ = '0';
			*o++ = '.';
			for (int i = k; i < 0; i++)
				*o++ = '0';
			memcpy(o, digit, (size_t)nd);
			o += nd;
		} else {
			for (int i = 0; i < nd || i < k; i++) {
				if (i == k)
					*o++ = '.';
				*o++ = i < nd ? digit[i] : '0';
			}
		}
		*o = '\0';
	} else {
		*o++ = digit[0];
		if (nd > 1) {
			*o++ = '.';
			memcpy(o, digit + 1, (size_t)nd - 1);
			o += nd - 1;
		}
		/* three digits at most: out has room for every double */
		o += snprintf(o, sizeof "e+308", "e%c%d", k - 1 < 0 ? '-' : '+', abs(k - 1));
	}
	return (size_t)(o - out);
}
