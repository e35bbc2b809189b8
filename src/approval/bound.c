#include "approval/bound.h"

#include <openssl/bn.h>
#include <stdbool.h>

/* Of one hundred percent, in halves of a hundredth: the borders of rounding are odd numbers. */
#define HALVES 20000u

struct work {
	BIGNUM *term, *sum, *all;
	bool failed;
};

static void
times(struct work *w, BIGNUM *a, uint64_t by)
{
	w->failed |= !BN_mul_word(a, by);
}

/* Exact: the callers' terms are whole numbers. */
static void
parts(struct work *w, BIGNUM *a, uint64_t by)
{
	w->failed |= BN_div_word(a, by) != 0;
}

/* a becomes a * (n choose k). */
static void
times_choose(struct work *w, BIGNUM *a, uint64_t n, uint64_t k)
{
	if (n - k < k)
		k = n - k;
	for (uint64_t j = 1; j <= k && !w->failed; j++) {
		times(w, a, n - k + j);
		parts(w, a, j);
	}
}

/* Is the chance of at most `found` deviations among the tested greater than 1 in `against`, where
 * `bad` of the population deviate? w->all: population choose tested. */
static bool
likely(struct work *w, uint64_t population, uint64_t tested, uint64_t found, uint64_t bad,
    uint64_t against)
{
	uint64_t good = population - bad, i = tested > good ? tested - good : 0;

	BN_zero(w->sum);
	w->failed |= !BN_one(w->term);
	if (i > found)
		return false;
	times_choose(w, w->term, bad, i);
	times_choose(w, w->term, good, tested - i);
	for (;; i++) {
		w->failed |= !BN_add(w->sum, w->sum, w->term);
		if (w->failed || i == found || i == bad)
			break;
		times(w, w->term, bad - i);
		parts(w, w->term, i + 1);
		times(w, w->term, tested - i);
		parts(w, w->term, good - tested + i + 1);
	}
	times(w, w->sum, against);
	return BN_cmp(w->sum, w->all) > 0;
}

/* The same where each item deviates with a chance of a in HALVES. w->all: HALVES ^ tested. */
static bool
likely_share(struct work *w, uint64_t tested, uint64_t found, uint64_t a, uint64_t against)
{
	BN_zero(w->sum);
	w->failed |= !BN_one(w->term);
	for (uint64_t i = 0; i < tested && !w->failed; i++)
		times(w, w->term, HALVES - a);
	for (uint64_t i = 0;; i++) {
		w->failed |= !BN_add(w->sum, w->sum, w->term);
		if (w->failed || i == found)
			break;
		times(w, w->term, a);
		parts(w, w->term, HALVES - a);
		times(w, w->term, tested - i);
		parts(w, w->term, i + 1);
	}
	times(w, w->sum, against);
	return BN_cmp(w->sum, w->all) > 0;
}

/* The share above which so few deviations are less likely than 1 in `against`. */
static unsigned
share_above(struct work *w, uint64_t tested, uint64_t found, uint64_t against)
{
	unsigned lo = 0, hi = HALVES / 2;

	if (found == tested)
		return hi;
	w->failed |= !BN_one(w->all);
	for (uint64_t i = 0; i < tested && !w->failed; i++)
		times(w, w->all, HALVES);
	while (lo < hi && !w->failed) {
		unsigned mid = (lo + hi) / 2;

		if (likely_share(w, tested, found, 2 * (uint64_t)mid + 1, against))
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

int
bound_of(uint64_t population, uint64_t tested, uint64_t found, struct bound *ret)
{
	struct work w = { BN_new(), BN_new(), BN_new(), false };
	uint64_t lo = found, hi = population - (tested - found);

	/* beyond these the numbers would take minutes, and no audit draws such a sample */
	*ret = (struct bound){ 0 };
	if (tested == 0 || tested > BOUND_TESTED || tested > population || found > tested ||
	    population > UINT32_MAX) {
		BN_free(w.term);
		BN_free(w.sum);
		BN_free(w.all);
		return 1;
	}
	w.failed = w.term == NULL || w.sum == NULL || w.all == NULL || !BN_one(w.all);
	/* the one denominator of all terms: the choices of a sample */
	if (!w.failed)
		times_choose(&w, w.all, population, tested);

	/* The most of them that a sample like this one is not unlikely to show so few of. Exact
	 * integers: the bound is quoted, and a rounding error would be an error of the
	 * statement. The sample itself holds `found` of them: so few are never unlikely among
	 * those. */
	while (lo < hi && !w.failed) {
		uint64_t mid = lo + (hi - lo + 1) / 2;

		if (likely(&w, population, tested, found, mid, 20))
			lo = mid;
		else
			hi = mid - 1;
	}
	ret->most = lo;
	/* in hundredths of a percent, rounded */
	ret->share = (unsigned)((lo * 20000 / population + 1) / 2);
	/* one bound at 95 %, and both ends of an interval at 95 % */
	if (!w.failed) {
		ret->upper = share_above(&w, tested, found, 20);
		ret->high = share_above(&w, tested, found, 40);
		ret->low = found ? HALVES / 2 - share_above(&w, tested, tested - found, 40) : 0;
	}
	BN_free(w.term);
	BN_free(w.sum);
	BN_free(w.all);
	return w.failed ? -1 : 0;
}
