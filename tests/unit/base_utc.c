/* src/base/utc: times in and out (E-9, E-12). */
#include "unit.h"

#include "base/utc.h"

static void
times(void **state)
{
	static const struct {
		const char *in;
		enum utc_result r;
		const char *rest;
	} v[] = { { "2026-08-22 18:08:56.000000+00", UTC_OK, "2026-08-22T18:08:56Z" },
		{ "2026-08-22 14:08:56.1204-04", UTC_OK, "2026-08-22T18:08:56.1204Z" },
		{ "2026-08-22T18:08:56.000001Z", UTC_OK, "2026-08-22T18:08:56.000001Z" },
		{ "2026-08-22 15:38:56-02:30", UTC_OK, "2026-08-22T18:08:56Z" },
		{ "2026-08-22T18:08:56.9999999Z", UTC_OK, "2026-08-22T18:08:56.999999Z" },
		{ "1969-12-31T23:59:59.5Z", UTC_OK, "1969-12-31T23:59:59.5Z" },
		{ "0001-01-01 00:00:00+00", UTC_OK, "0001-01-01T00:00:00Z" },
		{ "9999-12-31 23:59:59.999999+00", UTC_OK, "9999-12-31T23:59:59.999999Z" },
		{ "2024-02-29 00:00:00+00", UTC_OK, "2024-02-29T00:00:00Z" },
		{ "1883-11-18 12:03:58-04:56:02", UTC_OK, "1883-11-18T17:00:00Z" },
		{ "infinity", UTC_NO_FORM, NULL }, { "-infinity", UTC_NO_FORM, NULL },
		{ "0044-03-15 12:00:00+00 BC", UTC_NO_FORM, NULL },
		{ "12026-01-01 00:00:00+00", UTC_NO_FORM, NULL },
		{ "9999-12-31 23:59:59-01", UTC_NO_FORM, NULL },
		{ "2026-02-29 00:00:00+00", UTC_BAD, NULL },
		{ "2026-08-22 18:08:56", UTC_BAD, NULL }, { "2026-08-22", UTC_BAD, NULL },
		{ "", UTC_BAD, NULL }, { "2026-13-01 00:00:00Z", UTC_BAD, NULL },
		{ "2026-08-22T24:00:00Z", UTC_BAD, NULL },
		{ "2026-08-22T18:08:56.Z", UTC_BAD, NULL },
		{ "2026-08-22T18:08:56Zx", UTC_BAD, NULL } };
	struct buf b;

	(void)state;
	buf_init(&b, 256);
	for (unsigned i = 0; i < sizeof v / sizeof *v; i++) {
		struct utc t;

		assert_int_equal(utc_parse(v[i].in, strlen(v[i].in), &t), v[i].r);
		if (v[i].rest == NULL)
			continue;
		buf_clear(&b);
		utc_print(&b, UTC_REST, t.us, 0);
		assert_int_equal(b.len, strlen(v[i].rest));
		assert_memory_equal(b.p, v[i].rest, b.len);
		buf_clear(&b);
		utc_print(&b, UTC_PG, t.us, t.offset);
		assert_true(utc_parse((char *)b.p, b.len, &t) == UTC_OK);
	}
	buf_release(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(times),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
