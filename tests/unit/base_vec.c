/* src/base/vec: growth and its ceiling, places in sorted arrays, numbers of digests. */
#include "unit.h"

#include "base/buf.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/vec.h"

static void
grows_and_keeps(void **state)
{
	uint32_t *a = NULL;
	size_t cap = 0, grown = 0;

	(void)state;
	for (size_t n = 0; n < 100000; n++) {
		size_t before = cap;

		assert_int_equal(vec_grow(&a, &cap, n + 1, sizeof *a), 0);
		assert_true(cap > n);
		grown += cap != before;
		a[n] = (uint32_t)n;
	}
	/* it doubles: a copy of everything for each power of two, not for each member */
	assert_true(grown < 20);
	for (size_t n = 0; n < 100000; n++)
		assert_int_equal(a[n], n);
	free(a);
}

static void
has_a_ceiling(void **state)
{
	char *a = NULL;
	size_t cap = 0;

	(void)state;
	/* neither a product that wraps around nor one beyond the ceiling reaches the allocator */
	assert_int_equal(vec_grow(&a, &cap, SIZE_MAX / 8, 16), -1);
	assert_int_equal(vec_grow(&a, &cap, SIZE_MAX, 1), -1);
	assert_int_equal(vec_grow(&a, &cap, EX_MAX_ARRAY / 8 + 1, 8), -1);
	assert_null(a);
	assert_int_equal(cap, 0);
	assert_int_equal(vec_more(&a, (size_t)1 << 62, 8), -1);
	assert_null(a);
	assert_false(nomem_noted());
}

static void
more_by_count_alone(void **state)
{
	uint64_t *a = NULL;

	(void)state;
	for (size_t n = 0; n < 5000; n++) {
		assert_int_equal(vec_more(&a, n, sizeof *a), 0);
		a[n] = n * n;
	}
	for (size_t n = 0; n < 5000; n++)
		assert_int_equal(a[n], n * n);
	free(a);
}

struct thing {
	int key, other;
};

static bool
thing_before(const void *key, const void *member)
{
	return ((const struct thing *)member)->key < *(const int *)key;
}

static void
finds_the_first(void **state)
{
	static const struct thing t[] = { { 1, 0 }, { 3, 1 }, { 3, 2 }, { 3, 3 }, { 7, 4 } };
	static const uint64_t u[] = { 1, 3, 3, 3, UINT64_MAX };
	static const struct {
		int key;
		size_t first;
	} want[] = { { 0, 0 }, { 1, 0 }, { 2, 1 }, { 3, 1 }, { 4, 4 }, { 7, 4 }, { 8, 5 } };

	(void)state;
	for (size_t i = 0; i < sizeof want / sizeof *want; i++)
		assert_int_equal(
		    lower_bound(&want[i].key, t, 5, sizeof *t, thing_before), want[i].first);
	assert_int_equal(lower_bound(&want[0].key, t, 0, sizeof *t, thing_before), 0);
	assert_int_equal(lower_bound_u64(u, 5, 3), 1);
	assert_int_equal(upper_bound_u64(u, 5, 3), 4);
	assert_int_equal(lower_bound_u64(u, 5, UINT64_MAX), 4);
	assert_int_equal(upper_bound_u64(u, 5, UINT64_MAX), 5);
	assert_int_equal(lower_bound_u64(u, 0, 1), 0);
}

/* Numbers come in the order of the keys, whatever the keys: here all with the same first half. */
static void
numbers_digests(void **state)
{
	struct numbering t;
	uint8_t key[32] = "the same sixteen bytes and then ";

	(void)state;
	numbering_init(&t, sizeof key);
	assert_int_equal(numbering_find(&t, key), NUMBER_NONE);
	for (uint32_t i = 0; i < 3000; i++) {
		store_be(key + 24, i, 8);
		assert_int_equal(numbering_find(&t, key), NUMBER_NONE);
		assert_int_equal(numbering_of(&t, key), i);
		assert_int_equal(numbering_of(&t, key), i);
		assert_int_equal(t.n, i + 1);
	}
	for (uint32_t i = 0; i < 3000; i++) {
		store_be(key + 24, i, 8);
		assert_int_equal(numbering_find(&t, key), i);
		assert_memory_equal(numbering_key(&t, i), key, sizeof key);
	}
	numbering_release(&t);
	assert_int_equal(t.n, 0);
	assert_int_equal(numbering_of(&t, key), 0);
	numbering_release(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(grows_and_keeps),
		cmocka_unit_test(has_a_ceiling),
		cmocka_unit_test(more_by_count_alone),
		cmocka_unit_test(finds_the_first),
		cmocka_unit_test(numbers_digests),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
