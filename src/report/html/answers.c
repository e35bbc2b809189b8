/* What was typed into books of answers (formats/bundle.md X-9), behind the exceptions and the
 * sample: nobody vouches for it, and it says so. */
#include "report/answers.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/text.h"
#include "report/html/page.h"

static const char *const typed_by[] = { "management", "the auditor", "the sample's tester" };

void
report_answer(struct buf *b, const struct report *rep, enum answer_sheet sheet, size_t exception)
{
	const struct answer *x = answers_at(rep->answers, sheet, (uint32_t)exception + 2);

	if (x == NULL)
		return;
	html_text(b, x->cell[ANSWER_WORDS] ? x->cell[ANSWER_WORDS] : "");
	buf_str(b, "<br><span class=\"m\">");
	html_text(b, x->cell[ANSWER_BY] ? x->cell[ANSWER_BY] : "by whom is not stated");
	buf_str(b, "; not authenticated</span>");
}

/* One sheet's rows. */
static void
rows(struct buf *b, const struct report *rep, enum answer_sheet sheet)
{
	const struct answers *a = rep->answers;

	for (size_t i = 0; i < a->n; i++) {
		const struct answer *x = &a->a[i];

		if (x->sheet != sheet)
			continue;
		buf_str(b, "<tr><td class=\"n\">");
		if (sheet <= AUDITOR_EXCEPTIONS && x->row - 1 <= REPORT_SHOWN)
			html_put(b, "<a href=\"#ex-%u\">%u</a>", x->row - 1, x->row - 1);
		else
			html_text(b, x->no ? x->no : "apart");
		buf_str(b, "</td><td class=\"m\">");
		html_text(b, x->correlation ? x->correlation : "");
		buf_str(b, "</td><td>");
		html_text(b, x->cell[ANSWER_WORDS] ? x->cell[ANSWER_WORDS] : "");
		buf_str(b, "</td><td>");
		html_text(b, x->cell[ANSWER_BY] ? x->cell[ANSWER_BY] : "not stated");
		if (x->cell[ANSWER_ON]) {
			buf_str(b, ", ");
			html_text(b, x->cell[ANSWER_ON]);
		}
		buf_str(b, "; not authenticated</td></tr>\n");
	}
}

/* The answers of one book: all of its sheets in one table. */
static void
book(struct buf *b, const struct report *rep, enum answer_book which)
{
	const struct answers *a = rep->answers;
	uint64_t all = 0;
	size_t n = 0;
	char caption[200];

	for (unsigned k = 0; k < ANSWER_SHEETS; k++)
		if (answer_sheet_info[k].book == which)
			all += a->rows[k];
	for (size_t i = 0; i < a->n; i++)
		n += answer_sheet_info[a->a[i].sheet].book == which;
	snprintf(caption, sizeof caption,
	    "Typed by %s: %zu of %" PRIu64 " rows. Whoever had the book can have typed it; it is "
	    "not "
	    "authenticated.",
	    typed_by[which], n, all);
	html_table(b, TABLE_answers, caption);
	for (unsigned k = 0; k < ANSWER_SHEETS; k++)
		if (answer_sheet_info[k].book == which)
			rows(b, rep, (enum answer_sheet)k);
	html_table_end(b);
	html_put(b, "<p>%zu of %zu shown.</p>\n", n, n);
}

void
report_answers(struct buf *b, const struct report *rep, bool sample)
{
	for (unsigned i = 0; rep->answers && i < ANSWER_BOOKS; i++)
		if (rep->answers->given[i] && (i == BOOK_SAMPLE) == sample)
			book(b, rep, (enum answer_book)i);
}
