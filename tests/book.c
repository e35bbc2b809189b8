/* Makes a workbook out of texts, for tests/suite_books.py. usage: book CREATED <rows >file.xlsx
 * Rows are of three cells: a text, a text or nothing (a lone byte 0x01), a number; each ends with a NUL. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/form.h"
#include "report/xlsx.h"

int
main(int argc, char **argv)
{
	static const struct form_column column[] = { { "name", "NAME", COLUMN_TEXT, 20, 0 },
		{ "text", "TEXT", COLUMN_TEXT, 0, 0 }, { "count", "COUNT", COLUMN_NUMBER, 10, 0 } };
	struct book *b = book_new("A test", argc > 1 ? strtoll(argv[1], NULL, 10) * 1000000 : 0);
	struct form f;
	struct buf in, out;
	struct err e = { 0 };
	size_t n;
	unsigned at = 0;

	buf_init(&in, 1u << 30);
	buf_init(&out, 1u << 30);
	while ((n = fread(buf_room(&in, 65536), 1, 65536, stdin)) > 0)
		in.len += n;
	form_begin_sheet(&f, b, "changes", "changes.csv", column, 3);
	for (size_t i = 0; i < in.len; at++) {
		const char *p = (char *)in.p + i;

		n = strlen(p);
		if (at % 3 == 2)
			form_number(&f, strtoull(p, NULL, 10));
		else if (n == 1 && *p == 1)
			form_str(&f, NULL);
		else
			form_text(&f, p, n);
		i += n + 1;
	}
	form_end(&f);
	if (book_finish(b, &out, &e)) {
		fprintf(stderr, "%s\n", e.text);
		return 1;
	}
	fwrite(out.p, 1, out.len, stdout);
	book_free(b);
	buf_release(&in);
	buf_release(&out);
	return 0;
}
