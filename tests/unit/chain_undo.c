/* src/chain/undo: what tools made of values is undone (E-13 d, formats/vectors/tools.txt). */
#include "unit.h"

#include "chain/undo.h"
#include "event/event.h"
#include "json/json.h"

/* E-13 (d): formats/vectors/tools.txt, in the envelope and as a member's name of event_data */
static void
tools_undone(void **state)
{
	struct undo *u = undo_new();
	FILE *f = fopen("formats/vectors/tools.txt", "r");
	struct json_doc d;
	char line[512];
	unsigned n = 0;

	(void)state;
	assert_true(u && f);
	json_init(&d);
	while (fgets(line, sizeof line, f)) {
		char *name = strtok(line, "\t\n"), *left = strtok(NULL, "\t\n"),
		     *want = strtok(NULL, "\t\n");
		struct buf data, text;
		struct event e = { 0 };
		unsigned c = 0;

		if (*name == '#')
			continue;
		while (strcmp(undo_name[c], name))
			c++;
		if (strcmp(name, "number") == 0)
			c = UNDO_NUMBER_FLOAT;
		assert_int_equal(json_parse(&d, left, strlen(left), 4), 0);
		buf_init(&text, 512);
		buf_put(&text, json_str(&d, 0), d.node[0].str_len);
		buf_init(&data, 1024);
		buf_printf(&data, "{\"a\":1,");
		json_canonical_string(&data, (char *)text.p, text.len);
		buf_printf(&data, ":2}");
		e.error_message = (struct str){ (char *)text.p, text.len };
		e.data = (struct str){ (char *)data.p, data.len };
		undo_begin(u);
		switch (undo_apply(u, &e, c, ~0u)) {
		case UNDONE_IMPOSSIBLE:
			assert_string_equal(want, "-");
			break;
		case UNDONE_SAME:
			assert_string_equal(want, left);
			break;
		case UNDONE_OTHER:
			assert_int_equal(json_parse(&d, want, strlen(want), 4), 0);
			assert_int_equal(e.error_message.n, d.node[0].str_len);
			assert_memory_equal(e.error_message.p, json_str(&d, 0), e.error_message.n);
			break;
		default:
			fail();
		}
		n++;
		buf_release(&text);
		buf_release(&data);
	}
	assert_int_equal(n, 15);
	fclose(f);
	json_release(&d);
	undo_free(u);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tools_undone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
