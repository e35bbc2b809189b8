/* src/base/buf: bytes with a ceiling, and how numbers, times and digests are printed. */
#include "unit.h"

#include "base/buf.h"
#include "base/utc.h"

static void
is(struct buf *b, const char *want)
{
	assert_false(b->failed);
	assert_int_equal(b->len, strlen(want));
	assert_memory_equal(b->p, want, b->len);
	buf_clear(b);
}

static void
prints(void **state)
{
	struct buf b;
	uint8_t d[32] = { 0 };

	(void)state;
	buf_init(&b, 1000);
	buf_u64(&b, 0);
	is(&b, "0");
	buf_u64(&b, UINT64_MAX);
	is(&b, "18446744073709551615");
	buf_i64(&b, INT64_MIN);
	is(&b, "-9223372036854775808");
	buf_i64(&b, 1200);
	is(&b, "1200");
	buf_time(&b, 0);
	is(&b, "1970-01-01T00:00:00Z");
	d[0] = 0xab;
	d[31] = 1;
	buf_hash(&b, d);
	is(&b, "ab00000000000000000000000000000000000000000000000000000000000001");
	buf_release(&b);
}

/* The first failure sticks: what is built in steps is looked at once, at its end. */
static void
sticks_at_its_ceiling(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 10);
	buf_str(&b, "123456789");
	assert_false(b.failed);
	buf_str(&b, "ab");
	assert_true(b.failed);
	assert_false(b.nomem);
	buf_str(&b, "a longer text");
	assert_int_equal(b.len, 9);
	buf_clear(&b);
	buf_str(&b, "1234567890");
	assert_false(b.failed);
	buf_release(&b);
}

/* A cursor never passes its end, and says so ever after. */
static void
cursor_stays_inside(void **state)
{
	static const unsigned char p[] = { 1, 2, 0x80, 0x00 };
	struct span s = span_of(p, 2);

	(void)state;
	assert_int_equal(span_be(&s, 2), 0x0102);
	assert_null(span_take(&s, 1));
	assert_true(s.bad);
	assert_int_equal(span_be(&s, 1), 0);
	/* a varint has one form, the shortest */
	s = span_of(p + 2, 2);
	assert_int_equal(span_varint(&s), 0);
	assert_true(s.bad);
}

static void
numbers_of_the_format(void **state)
{
	static const uint64_t v[] = { 0, 1, 127, 128, 16383, 16384, UINT32_MAX, UINT64_MAX };
	struct buf b;
	struct span s;

	(void)state;
	buf_init(&b, 64);
	for (unsigned i = 0; i < sizeof v / sizeof *v; i++) {
		buf_clear(&b);
		buf_varint(&b, v[i]);
		assert_int_equal(b.len, varint_size(v[i]));
		s = span_of(b.p, b.len);
		assert_true(span_varint(&s) == v[i] && !s.bad && span_left(&s) == 0);
		s = span_of(b.p, b.len - 1);
		span_varint(&s);
		assert_true(s.bad);
		assert_true(unzigzag(zigzag((int64_t)v[i])) == (int64_t)v[i]);
	}
	s = span_of("\x80\x00", 2); /* a superfluous zero byte */
	span_varint(&s);
	assert_true(s.bad);
	s = span_of("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02", 10);
	span_varint(&s);
	assert_true(s.bad);
	buf_release(&b);
	buf_init(&b, 4);
	buf_put(&b, "12345", 5);
	assert_true(b.failed && b.len == 0);
	buf_release(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(prints),
		cmocka_unit_test(sticks_at_its_ceiling),
		cmocka_unit_test(cursor_stays_inside),
		cmocka_unit_test(numbers_of_the_format),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
