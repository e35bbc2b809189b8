/* Bounds of samples (formats/controls.md CT-13), against answers that others computed. */
#include "unit.h"

#include "approval/bound.h"

static void
is(uint64_t population, uint64_t tested, uint64_t found, uint64_t most, unsigned share,
    unsigned upper, unsigned low, unsigned high)
{
	struct bound b;

	assert_int_equal(bound_of(population, tested, found, &b), 0);
	assert_int_equal(b.most, most);
	assert_int_equal(b.share, share);
	assert_int_equal(b.upper, upper);
	assert_int_equal(b.low, low);
	assert_int_equal(b.high, high);
}

/* by Python's fractions, and the figures of audit tables: 0 of 25 is 11.29 %, 0 of 60 is 4.87 % */
static void
bounds_known(void **state)
{
	(void)state;
	is(86, 25, 0, 8, 930, 1129, 0, 1372);
	is(86, 25, 1, 13, 1512, 1761, 10, 2035);
	is(86, 25, 3, 22, 2558, 2817, 255, 3122);
	is(60, 60, 2, 2, 333, 1012, 41, 1153);
	is(250, 25, 0, 26, 1040, 1129, 0, 1372);
	is(1000, 60, 0, 47, 470, 487, 0, 596);
	is(10, 1, 0, 9, 9000, 9500, 0, 9750);
	is(10, 1, 1, 10, 10000, 10000, 250, 10000);
	is(5, 5, 0, 0, 0, 4507, 0, 5218);
	is(400, 40, 40, 400, 10000, 10000, 9119, 10000);
	is(1000000, 25, 2, 231038, 2310, 2310, 98, 2603);
}

static void
bounds_of_nothing(void **state)
{
	struct bound b;

	(void)state;
	assert_int_equal(bound_of(10, 0, 0, &b), 1);
	assert_int_equal(bound_of(0, 0, 0, &b), 1);
	assert_int_equal(bound_of(10, 11, 0, &b), 1);
	assert_int_equal(bound_of(10, 5, 6, &b), 1);
	assert_int_equal(bound_of(100000, BOUND_TESTED + 1, 0, &b), 1);
	assert_int_equal(bound_of(100000, BOUND_TESTED, 7, &b), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(bounds_known),
		cmocka_unit_test(bounds_of_nothing) };

	return cmocka_run_group_tests_name("bound", tests, NULL, NULL);
}
