/* src/report/document: small documents keep every digit of a number and all of a text. */
#include "unit.h"

#include "base/err.h"
#include "report/document.h"

static void
keeps_what_it_is_given(void **state)
{
	static const char want[] = "{\"n\":18446744073709551615,\"odd\":9007199254740993,\"t\":"
				   "\"a\\\"\\u202eb\",\"no\":null,"
				   "\"list\":[{\"x\":true},[],1.0]}";
	struct document *d = document_new();
	struct buf b;

	(void)state;
	buf_init(&b, 4096);
	document_u64(d, "n", UINT64_MAX);
	document_u64(d, "odd", 9007199254740993u);
	document_str(d, "t",
	    "a\"\xe2\x80\xae"
	    "b");
	document_str(d, "no", NULL);
	document_array(d, "list");
	document_object(d, NULL);
	document_bool(d, "x", true);
	document_end(d);
	document_array(d, NULL);
	document_end(d);
	document_raw(d, NULL, "1.0", 3);
	document_end(d);
	assert_int_equal(document_print(d, &b), 0);
	assert_int_equal(b.len, strlen(want));
	assert_memory_equal(b.p, want, b.len);
	document_free(d);
	buf_release(&b);
	document_free(NULL);
	assert_false(nomem_noted());
}

/* What was left open, or is deeper than a document of ours, is not printed. */
static void
whole_or_not_at_all(void **state)
{
	struct document *d = document_new();
	struct buf b;

	(void)state;
	buf_init(&b, 4096);
	document_object(d, "open");
	assert_int_equal(document_print(d, &b), -1);
	document_end(d);
	for (unsigned i = 0; i < 40; i++)
		document_array(d, i ? NULL : "deep");
	for (unsigned i = 0; i < 40; i++)
		document_end(d);
	assert_int_equal(document_print(d, &b), -1);
	assert_int_equal(b.len, 0);
	document_free(d);
	buf_release(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keeps_what_it_is_given),
		cmocka_unit_test(whole_or_not_at_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
