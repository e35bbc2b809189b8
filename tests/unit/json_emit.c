/* src/json/emit: commas, quotes and nesting are the writer's, and every digit stays. */
#include "unit.h"

#include "json/emit.h"
#include "json/json.h"

static void
a_document(void **state)
{
	static const char want[] = "{\"n\":18446744073709551615,\"t\":\"a\\\"b\\u202e\",\"none\":"
				   "null,\"list\":[1,true,{}],"
				   "\"at\":\"1970-01-01T00:00:00.000001Z\"}";
	struct json_doc d;
	struct emit e;
	struct buf b;

	(void)state;
	buf_init(&b, 4096);
	emit_init(&e, &b);
	emit_object(&e, NULL);
	emit_u64(&e, "n", UINT64_MAX);
	emit_text(&e, "t", "a\"b\xe2\x80\xae", 6);
	emit_str(&e, "none", NULL);
	emit_array(&e, "list");
	emit_u64(&e, NULL, 1);
	emit_bool(&e, NULL, true);
	emit_object(&e, NULL);
	emit_end(&e);
	emit_end(&e);
	assert_false(emit_done(&e));
	emit_time(&e, "at", 1);
	emit_end(&e);
	assert_true(emit_done(&e));
	assert_int_equal(b.len, strlen(want));
	assert_memory_equal(b.p, want, b.len);
	json_init(&d);
	assert_int_equal(json_parse(&d, (char *)b.p, b.len, 8), 0);
	json_release(&d);
	buf_release(&b);
}

/* What found no room is not done, however it is closed. */
static void
at_its_ceiling(void **state)
{
	struct emit e;
	struct buf b;

	(void)state;
	buf_init(&b, 8);
	emit_init(&e, &b);
	emit_array(&e, NULL);
	emit_str(&e, NULL, "longer than that");
	emit_end(&e);
	assert_false(emit_done(&e));
	buf_release(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_document),
		cmocka_unit_test(at_its_ceiling),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
