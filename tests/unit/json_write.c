/* src/json: what is accepted, and the canonical form, as the real writer has it (E-3, E-6). */
#include "unit.h"

#include "base/limits.h"
#include "json/json.h"

/* E-6: accepted or refused as the real writer does, and the same canonical bytes. */
static void
awkward(void **state)
{
	FILE *f = unit_lines("awkward.jsonl.zst");
	char *line = NULL, hex[65];
	size_t cap = 0;
	ssize_t n;
	unsigned seen = 0;

	(void)state;
	while ((n = getline(&line, &cap, f)) > 0) {
		struct json_doc v, d;
		struct buf raw, out;
		uint32_t i, c, h;
		bool want, got;

		json_init(&v);
		json_init(&d);
		buf_init(&raw, 1u << 24);
		buf_init(&out, 1u << 24);
		assert_int_equal(json_parse(&v, line, (size_t)n, 100), 0);
		i = json_member(&v, 0, "raw_base64");
		assert_true(base64_to(json_str(&v, i), v.node[i].str_len, &raw));
		want = v.node[json_member(&v, 0, "accepted")].type == JSON_TRUE;
		got = json_parse(&d, raw.p ? (char *)raw.p : "", raw.len, EX_JSON_DEPTH) == 0 &&
		    (d.node[0].type == JSON_OBJECT || d.node[0].type == JSON_NULL) &&
		    json_write(&d, 0, JSON_CANONICAL, &out) == 0;
		assert_int_equal(want, got);
		if (want) {
			c = json_member(&v, 0, "canonical");
			h = json_member(&v, 0, "canonical_sha256");
			if (c != JSON_NONE) {
				assert_int_equal(v.node[c].str_len, out.len);
				assert_memory_equal(json_str(&v, c), out.p, out.len);
			} else {
				unit_digest(out.p, out.len, hex);
				assert_memory_equal(json_str(&v, h), hex, 64);
			}
		}
		seen++;
		json_release(&v);
		json_release(&d);
		buf_release(&raw);
		buf_release(&out);
	}
	assert_int_equal(seen, 117);
	free(line);
	pclose(f);
}

/* Section 16: numbers, times, key order, strings. */
static void
numbers(void **state)
{
	static const struct {
		const char *in, *out;
	} v[] = { { "1.0", "1" }, { "-0", "-0" }, { "1e-6", "0.000001" },
		{ "0.000001234", "0.000001234" }, { "1e-7", "1e-7" }, { "2.5e-324", "5e-324" },
		{ "100000000000000000000", "100000000000000000000" },
		{ "999999999999999999999", "1e+21" }, { "1e21", "1e+21" }, { "1e300", "1e+300" },
		{ "1.7976931348623157e308", "1.7976931348623157e+308" },
		{ "9007199254740993", "9007199254740992" }, { "123456.789e3", "123456789" },
		{ "4.9406564584124654e-324", "5e-324" },
		{ "5.9604644775390625e-8", "5.960464477539063e-8" },
		{ "309485009821345068724781056", "3.094850098213451e+26" },
		{ "618970019642690137449562112", "6.189700196426902e+26" },
		{ "5316911983139663491615228241121378304", "5.316911983139664e+36" },
		{ "7.1202363472230444e-307", "7.120236347223045e-307" },
		{ "0.29999999999999998890", "0.3" },
		{ "12345678901234567890", "12345678901234567000" }, { "0.1", "0.1" },
		{ "-1.50", "-1.5" }, { "0.0000001000", "1e-7" },
		{ "650850945498333.25", "650850945498333.2" } };
	char out[32], p[64];

	(void)state;
	for (unsigned i = 0; i < sizeof v / sizeof *v; i++) {
		assert_true(json_number(v[i].in, strlen(v[i].in), out) > 0);
		assert_string_equal(out, v[i].out);
	}
	assert_int_equal(json_number("1e400", 5, out), 0);
	/* powers of two: the shortest digits read back, and no shorter ones do */
	for (int k = -1074; k < 1024; k++) {
		double x = 1;

		for (int i = 0; i < k; i++)
			x *= 2;
		for (int i = 0; i > k; i--)
			x /= 2;
		snprintf(p, sizeof p, "%.17g", x);
		assert_true(json_number(p, strlen(p), out) > 0);
		assert_true(strtod(out, NULL) == x);
	}
	snprintf(p, sizeof p, "%.17g", 0x1p959);
	json_number(p, strlen(p), out);
	assert_string_equal(out, "4.8726570057e+288");
}

static void
strings_and_order(void **state)
{
	static const char keys[] = "{\"b\":1,\"B\":1,\"aa\":1,\"a\":1,\"\\u00e9\":1,\"_\":1,"
				   "\"\\ud83d\\ude00\":1,\"\\uffff\":1}";
	static const char want_keys[] = "{\"B\":1,\"_\":1,\"a\":1,\"aa\":1,\"b\":1,\"\xc3\xa9\":1,"
					"\"\xef\xbf\xbf\":1,\"\xf0\x9f\x98\x80\":1}";
	static const char str[] = "{\"s\":\"a\x7f\xe2\x80\xa8<>&\xc3\xa9\xff\\b\\f\\u0000\\u001f/"
				  "'\"}";
	static const char want_str[] = "{\"s\":"
				       "\"a\x7f\\u2028\\u003c\\u003e\\u0026\xc3\xa9\xef\xbf\xbd\\b"
				       "\\f\\u0000\\u001f/'\"}";
	struct json_doc d;
	struct buf out;

	(void)state;
	json_init(&d);
	buf_init(&out, 65536);
	assert_int_equal(json_parse(&d, keys, strlen(keys), 10), 0);
	assert_int_equal(json_write(&d, 0, JSON_CANONICAL, &out), 0);
	assert_int_equal(out.len, strlen(want_keys));
	assert_memory_equal(out.p, want_keys, out.len);
	buf_clear(&out);
	assert_int_equal(json_parse(&d, str, strlen(str), 10), 0);
	assert_int_equal(json_write(&d, 0, JSON_CANONICAL, &out), 0);
	/* a bad byte becomes U+FFFD, which is then written raw: it is the reader's replacement */
	assert_int_equal(out.len, strlen(want_str));
	assert_memory_equal(out.p, want_str, out.len);
	json_release(&d);
	buf_release(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(awkward),
		cmocka_unit_test(numbers),
		cmocka_unit_test(strings_and_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
