/* src/yaml: what kubectl prints is read as Kubernetes takes it. */
#include "unit.h"

#include "yaml/yaml.h"

/* What kubectl prints is read as Kubernetes takes it; what it never prints is refused. */
static void
yaml_as_json(void **state)
{
	static const char *const good[][2] = { { "a: 1\nb: \"1\"\nc: true\nd: \"true\"\ne: "
						 "null\nf: ~\ng:\nh: ''\n",
						   "{\"a\":1,\"b\":\"1\",\"c\":true,\"d\":\"true\","
						   "\"e\":null,\"f\":null,\"g\":null,\"h\":\"\"}" },
		{ "- a: {x: [1, -2.5e3], y: 0x10}\n  b: 007\n- |\n  two\n  lines\n",
		    "[{\"a\":{\"x\":[1,-2.5e3],\"y\":\"0x10\"},\"b\":\"007\"},"
		    "\"two\\nlines\\n\"]" },
		{ "t: 2026-11-18T15:48:58Z\nu: 1.\nv: .5\nw: yes\n",
		    "{\"t\":\"2026-11-18T15:48:58Z\",\"u\":\"1.\",\"v\":\".5\",\"w\":\"yes\"}" },
		{ "", "null" }, { "---\na: []\n---\nb: 1\n", "{\"a\":[]}" }, { "{}", "{}" } };
	static const char *const bad[] = { "a: &x 1\nb: *x\n", "a: !!binary aGk=\n", "? [1]\n: 2\n",
		"a: b: c\n", "\"", "a: [1\n", "a: \xff\n" };
	struct buf b;
	char why[200], deep[400];

	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		buf_init(&b, 4096);
		assert_int_equal(yaml_to_json(good[i][0], strlen(good[i][0]), &b, why), 0);
		buf_byte(&b, '\0');
		assert_string_equal((char *)b.p, good[i][1]);
		buf_release(&b);
	}
	memset(deep, '[', sizeof deep);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		buf_init(&b, 4096);
		assert_int_equal(yaml_to_json(bad[i], strlen(bad[i]), &b, why), 1);
		buf_release(&b);
	}
	buf_init(&b, 4096);
	assert_int_equal(yaml_to_json(deep, sizeof deep, &b, why), 1);
	assert_non_null(strstr(why, "deep"));
	buf_release(&b);
	buf_init(&b, 8);
	assert_int_equal(yaml_to_json("a: 123456789\n", 13, &b, why), 1);
	buf_release(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(yaml_as_json),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
