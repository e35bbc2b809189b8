/* src/log/path: against the definitions of RFC 6962 2.1.1 and 2.1.2, as they stand there. */
#include "unit.h"

#include "log/path.h"

#define LEAVES 70u

struct by_rfc {
	struct sha256 *s;
	uint8_t leaf[LEAVES][32];
	struct path out;
};

static uint64_t
largest_power_below(uint64_t n)
{
	uint64_t k = 1;

	while (k * 2 < n)
		k *= 2;
	return k;
}

static void
mth(struct by_rfc *r, uint64_t first, uint64_t n, uint8_t out[32])
{
	uint8_t a[32], b[32];
	uint64_t k;

	if (n == 1) {
		memcpy(out, r->leaf[first], 32);
		return;
	}
	k = largest_power_below(n);
	mth(r, first, k, a);
	mth(r, first + k, n - k, b);
	merkle_node(r->s, a, b, out);
}

static void
append(struct by_rfc *r, uint64_t first, uint64_t n)
{
	mth(r, first, n, r->out.hash[r->out.n++]);
}

/* PATH(m, D[n]) */
static void
audit_path(struct by_rfc *r, uint64_t m, uint64_t first, uint64_t n)
{
	uint64_t k;

	if (n == 1)
		return;
	k = largest_power_below(n);
	if (m < k) {
		audit_path(r, m, first, k);
		append(r, first + k, n - k);
	} else {
		audit_path(r, m - k, first + k, n - k);
		append(r, first, k);
	}
}

/* SUBPROOF(m, D[n], b) */
static void
subproof(struct by_rfc *r, uint64_t m, uint64_t first, uint64_t n, bool b)
{
	uint64_t k;

	if (m == n) {
		if (!b)
			append(r, first, n);
		return;
	}
	k = largest_power_below(n);
	if (m <= k) {
		subproof(r, m, first, k, b);
		append(r, first + k, n - k);
	} else {
		subproof(r, m - k, first + k, n - k, false);
		append(r, first, k);
	}
}

static void
run_of(struct by_rfc *r, struct merkle *m, uint64_t from, uint64_t to)
{
	merkle_init(m, from);
	for (uint64_t i = from; i < to; i++)
		assert_true(merkle_push(m, r->s, 0, r->leaf[i]));
}

static void
same(const struct path *a, const struct path *b)
{
	assert_int_equal(a->n, b->n);
	for (unsigned i = 0; i < a->n; i++)
		assert_memory_equal(a->hash[i], b->hash[i], 32);
}

static struct by_rfc *
begin(void)
{
	struct by_rfc *r = calloc(1, sizeof *r);

	r->s = sha256_new();
	for (unsigned i = 0; i < LEAVES; i++)
		merkle_leaf(r->s, &i, sizeof i, r->leaf[i]);
	return r;
}

static void
inclusion(void **state)
{
	struct by_rfc *r = begin();
	struct merkle *before = malloc(sizeof *before), *behind = malloc(sizeof *behind);
	struct path p;
	uint8_t root[32];

	(void)state;
	for (uint64_t n = 1; n <= LEAVES; n++)
		for (uint64_t i = 0; i < n; i++) {
			run_of(r, before, 0, i);
			run_of(r, behind, i + 1, n);
			assert_true(path_inclusion(&p, r->s, before, behind));
			r->out.n = 0;
			audit_path(r, i, 0, n);
			same(&p, &r->out);
			mth(r, 0, n, root);
			assert_true(path_includes(&p, r->s, i, n, r->leaf[i], root));
			assert_false(path_includes(&p, r->s, n, n, r->leaf[i], root));
			if (n > 1) {
				assert_false(
				    path_includes(&p, r->s, (i + 1) % n, n, r->leaf[i], root));
				p.n--;
				assert_false(path_includes(&p, r->s, i, n, r->leaf[i], root));
				p.n += 2;
				memset(p.hash[p.n - 1], 0, 32);
				assert_false(path_includes(&p, r->s, i, n, r->leaf[i], root));
				p.n--;
				p.hash[p.n / 2][7] ^= 1;
				assert_false(path_includes(&p, r->s, i, n, r->leaf[i], root));
			}
		}
	/* a run that does not begin behind the leaf is none */
	run_of(r, before, 0, 3);
	run_of(r, behind, 5, 9);
	assert_false(path_inclusion(&p, r->s, before, behind));
	free(before);
	free(behind);
	sha256_free(r->s);
	free(r);
}

static void
consistency(void **state)
{
	struct by_rfc *r = begin();
	struct merkle *old = malloc(sizeof *old), *behind = malloc(sizeof *behind);
	struct path p;
	uint8_t from[32], to[32];

	(void)state;
	for (uint64_t n = 1; n <= LEAVES; n++)
		for (uint64_t m = 1; m <= n; m++) {
			run_of(r, old, 0, m);
			run_of(r, behind, m, n);
			assert_true(path_consistency(&p, r->s, old, behind));
			r->out.n = 0;
			subproof(r, m, 0, n, true);
			same(&p, &r->out);
			mth(r, 0, m, from);
			mth(r, 0, n, to);
			assert_true(path_connects(&p, r->s, m, from, n, to));
			from[3] ^= 1;
			assert_false(path_connects(&p, r->s, m, from, n, to));
			from[3] ^= 1;
			to[3] ^= 1;
			assert_false(path_connects(&p, r->s, m, from, n, to));
			to[3] ^= 1;
			memset(p.hash[p.n], 0, 32);
			p.n++;
			assert_false(path_connects(&p, r->s, m, from, n, to));
			p.n--;
			if (p.n) {
				p.n--;
				assert_false(path_connects(&p, r->s, m, from, n, to));
			}
			assert_false(path_connects(&p, r->s, 0, from, n, to));
		}
	run_of(r, old, 0, 0);
	run_of(r, behind, 0, 9);
	assert_false(path_consistency(&p, r->s, old, behind));
	free(old);
	free(behind);
	sha256_free(r->s);
	free(r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(inclusion),
		cmocka_unit_test(consistency) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
