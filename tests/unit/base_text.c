/* src/base/text: text of others made harmless. */
#include "unit.h"

static void
plain_text(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 4096);
	text_plain(&b, "a\033[31m\xe2\x80\xae\xff", 10);
	buf_byte(&b, '\0');
	assert_string_equal((char *)b.p, "a<U+001B>[31m<U+202E><0xFF>");
	buf_clear(&b);
	text_html(&b, "<a href='x'>&\"", 14);
	buf_byte(&b, '\0');
	assert_string_equal((char *)b.p, "&lt;a href=&#39;x&#39;&gt;&amp;&quot;");
	buf_clear(&b);
	text_csv(&b, "=1+1\"", 5);
	buf_byte(&b, '\0');
	assert_string_equal((char *)b.p, "\"'=1+1\"\"\"");
	buf_release(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plain_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
