/* src/json/canonical: what is seen in one look is what parsing and writing again give (E-6). */
#include "unit.h"

#include "base/limits.h"
#include "event/event.h"
#include "json/json.h"

static struct json_doc doc;
static struct buf again;

/* By parsing and writing: 1 it is canonical. */
static int
by_writing(const char *s, size_t n)
{
	buf_clear(&again);
	return json_parse(&doc, s, n, EX_JSON_DEPTH) == 0 &&
	    json_write(&doc, 0, JSON_CANONICAL, &again) == 0 && again.len == n &&
	    memcmp(again.p, s, n) == 0;
}

/* PostgreSQL's printing, its blanks aside, has the same numerals. */
static bool
same_numerals(const char *s, size_t n)
{
	struct buf b;
	bool same;

	buf_init(&b, 1u << 24);
	assert_int_equal(json_parse(&doc, s, n, EX_JSON_DEPTH), 0);
	assert_int_equal(json_write(&doc, 0, JSON_POSTGRES, &b), 0);
	buf_clear(&again);
	assert_int_equal(json_parse(&doc, (char *)b.p, b.len, EX_JSON_DEPTH), 0);
	same = true;
	for (uint32_t i = 0; i < doc.n; i++)
		same &= doc.node[i].type != JSON_NUMBER ||
		    (doc.node[i].src_len < 30 &&
			memmem(s, n, json_src(&doc, i), doc.node[i].src_len) != NULL);
	buf_release(&b);
	return same;
}

/* Real payloads are seen; whatever is changed in one, no look says yes where writing says no. */
static void
payloads(void **state)
{
	FILE *f = unit_lines("preimages.jsonl.zst");
	char *line = NULL;
	size_t cap = 0;
	ssize_t n;
	unsigned seen = 0, sure = 0;
	uint32_t random = 1;
	bool plain;

	(void)state;
	while ((n = getline(&line, &cap, f)) > 0) {
		static const char with[] = "\"\\{}[]:,-0123456789eE+.u<>&\x7f\x01 \t\xe2\x80\xa8"
					   "\xffnultrefas";
		struct json_doc v;
		struct buf text;
		struct event e;
		const char *why, *p;
		char *data;
		uint32_t i;

		json_init(&v);
		buf_init(&text, 1u << 24);
		assert_int_equal(json_parse(&v, line, (size_t)n, 100), 0);
		i = json_member(&v, 0, "preimage");
		p = strchr(json_str(&v, i), '{');
		assert_int_equal(
		    event_parse_body(&e, p, v.node[i].str_len - (size_t)(p - json_str(&v, i)),
			BODY_CLUSTER_ID, false, &text, &why),
		    0);
		assert_true(by_writing(e.data.p, e.data.n));
		sure += json_surely_canonical(e.data.p, e.data.n, &plain);
		if (plain)
			assert_true(same_numerals(e.data.p, e.data.n));
		data = malloc(e.data.n);
		assert_non_null(data);
		for (unsigned k = 0; k < 200; k++) {
			size_t at, cut;

			random = random * 1664525u + 1013904223u;
			at = (random >> 8) % e.data.n;
			memcpy(data, e.data.p, e.data.n);
			data[at] = with[(random >> 3) % (sizeof with - 1)];
			cut = random >> 30 ? e.data.n : at + 1;
			if (json_surely_canonical(data, cut, &plain))
				assert_true(by_writing(data, cut));
		}
		free(data);
		json_release(&v);
		buf_release(&text);
		seen++;
	}
	assert_true(seen >= 300);
	/* names with escapes are the only ones that it may leave to others */
	assert_true(sure * 10 >= seen * 9);
	free(line);
	pclose(f);
}

static void
cases(void **state)
{
	static const struct {
		const char *text;
		bool sure, plain;
	} c[] = { { "{}", true, true }, { "null", true, true }, { "[]", true, true },
		{ "{\"a\":1,\"b\":[true,false,null]}", true, true },
		{ "{\"a\":1e+21}", true, false }, { "{\"a\":-0}", true, false },
		{ "{\"a\":0.5}", true, true }, { "{\"a\":0.50}", false, false },
		{ "{\"a\":1e21}", false, false }, { "{\"a\":01}", false, false },
		{ "{\"a\":12345678901234567890}", false, false },
		{ "{\"b\":1,\"a\":2}", false, false }, { "{\"a\":1,\"a\":2}", false, false },
		{ "{\"a\":1,\"ab\":2}", true, true }, { "{\"ab\":1,\"a\":2}", false, false },
		{ "{\"a\": 1}", false, false }, { "{\"a\":\"<\"}", false, false },
		{ "{\"a\":\"\\u003c\\u2028\\u0000\\u001f\\n\"}", true, true },
		{ "{\"a\":\"\\u000a\"}", false, false }, { "{\"a\":\"\\u003C\"}", false, false },
		{ "{\"a\":\"\\/\"}", false, false }, { "{\"a\":\"\xe2\x80\xa8\"}", false, false },
		{ "{\"a\":\"\xc3\xa9\"}", true, true }, { "{\"a\":\"\xc3\"}", false, false },
		{ "{\"a\":1}x", false, false }, { "{\"a\":1", false, false }, { "", false, false },
		{ "{,}", false, false }, { "[1,]", false, false } };

	(void)state;
	for (size_t i = 0; i < sizeof c / sizeof *c; i++) {
		bool plain = false, sure;

		sure = json_surely_canonical(c[i].text, strlen(c[i].text), &plain);
		if (sure != c[i].sure || (sure && plain != c[i].plain))
			fail_msg("%s", c[i].text);
		if (sure)
			assert_true(by_writing(c[i].text, strlen(c[i].text)));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(cases), cmocka_unit_test(payloads) };
	int rc;

	json_init(&doc);
	buf_init(&again, 1u << 24);
	rc = cmocka_run_group_tests(tests, NULL, NULL);
	json_release(&doc);
	buf_release(&again);
	return rc;
}
