/* Books of answers, made from the archives (formats/bundle.md X-8): the exceptions with room for
 * what management, or the auditor, has to say of each; the worksheet of a sample. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/analyze/worksheet.h"
#include "cmd/version.h"

#define COMMON_COLUMNS \
	{ "no", NULL, COLUMN_NUMBER, 6, 0 }, { "rule", NULL, COLUMN_TEXT, 8, 0 }, \
	    { "question", NULL, COLUMN_TEXT, 40, 0 }, \
	    { "correlation_id", NULL, COLUMN_TEXT, 34, 0 }, \
	    { "sentence", NULL, COLUMN_TEXT, 60, 0 }, { "event_ids", NULL, COLUMN_TEXT, 38, 0 }, \
	{ \
		"explanations", NULL, COLUMN_TEXT, 50, 0 \
	}

static const struct form_column management_column[] = { COMMON_COLUMNS,
	{ "management_response", NULL, COLUMN_TEXT, 60, 0 },
	{ "responded_by", NULL, COLUMN_TEXT, 20, 0 },
	{ "responded_on", NULL, COLUMN_TEXT, 14, 0 } };
static const struct form_column auditor_column[] = { COMMON_COLUMNS,
	{ "auditor_conclusion", NULL, COLUMN_TEXT, 60, 0 },
	{ "concluded_by", NULL, COLUMN_TEXT, 20, 0 },
	{ "concluded_on", NULL, COLUMN_TEXT, 14, 0 } };
static const struct form_column legend_column[] = { { "column", NULL, COLUMN_TEXT, 26, 0 },
	{ "meaning", NULL, COLUMN_TEXT, 0, 0 } };

static int
about(struct worksheet *w, struct book *b, enum answer_book which)
{
	struct form f;
	int rc;

	form_begin_sheet(&f, b, "about", NULL, about_column, 2);
	about_say(&f, which == BOOK_MANAGEMENT ? "answers of management" : "answers of the auditor",
	    "made by exhibit " EXHIBIT_VERSION);
	about_say(&f, "what it is",
	    "This tool tests evidence; it gives no opinion on the effectiveness of controls.");
	about_say(&f, "what to do",
	    "On the sheet exceptions, type into the coloured columns and nowhere else; save it as "
	    ".xlsx. What is typed is not authenticated.");
	about_say(&f, "how it is read back",
	    which == BOOK_MANAGEMENT ? "exhibit answers THIS-BOOK FILE.exhibit --role management, "
				       "with the same --vkey, "
				       "--policy, --period and --cluster" :
				       "exhibit answers THIS-BOOK FILE.exhibit --role auditor, "
				       "with the same --vkey, "
				       "--policy, --period and --cluster");
	/* whose audit it is, and of what, so that the book can be told from others */
	about_whose(&f, w);
	rc = about_what(&f, w);
	form_end(&f);
	return rc;
}

static int
exceptions(struct worksheet *w, struct book *b, enum answer_book which)
{
	const enum answer_sheet sheet =
	    which == BOOK_MANAGEMENT ? MANAGEMENT_EXCEPTIONS : AUDITOR_EXCEPTIONS;
	/* in the order of the workbook's own sheet: row i + 2 of it is exception i */
	const struct exception **list = worksheet_by_rule(w);
	struct form f;
	struct buf t;

	if (list == NULL)
		return err_nomem(&w->ev->err);
	buf_init(&t, 1u << 20);
	form_begin_sheet(&f, b, "exceptions", "exceptions.csv",
	    which == BOOK_MANAGEMENT ? management_column : auditor_column,
	    sizeof auditor_column / sizeof *auditor_column);
	for (size_t i = 0; i < w->k.n; i++) {
		const struct exception *x = list[i];

		form_number(&f, i + 1);
		form_str(&f, rule_info[x->rule].name);
		form_str(&f, rule_info[x->rule].question);
		form_text(&f, x->c->text, x->c->n);
		form_str(&f, x->sentence);
		buf_clear(&t);
		exception_events(&t, x);
		form_text(&f, t.p ? (char *)t.p : "", t.len);
		buf_clear(&t);
		exception_explained(&t, x);
		form_text(&f, t.p ? (char *)t.p : "", t.len);
		/* cells that came back are put where they were typed */
		for (enum answer_cell k = 0; k < ANSWER_CELLS; k++)
			form_str(&f, answers_cell(w->ev->typed, sheet, (uint32_t)i + 2, k));
	}
	form_end(&f);
	free(list);
	if (t.failed)
		err_nomem(&w->ev->err);
	buf_release(&t);
	return w->ev->err.status ? -1 : 0;
}

static void
legend(struct book *b, enum answer_book which)
{
	const char *const *given =
	    answer_sheet_info[which == BOOK_MANAGEMENT ? MANAGEMENT_EXCEPTIONS : AUDITOR_EXCEPTIONS]
		.column;
	struct form f;

	form_begin_sheet(&f, b, "legend", NULL, legend_column, 2);
	about_say(&f, "no", "number of the exception; the report calls it so too");
	about_say(&f, "rule", "the rule that it is an exception to; exhibit explain RULE tells it");
	about_say(&f, "question", "what the rule asks");
	about_say(&f, "correlation_id", "the remediation");
	about_say(&f, "sentence", "the fact; what it means is the auditor's judgement");
	about_say(&f, "event_ids", "events that prove it");
	about_say(&f, "explanations", "innocent ones: fits, ruled out, cannot tell");
	about_say(&f, given[ANSWER_WORDS],
	    which == BOOK_MANAGEMENT ? "what management says of it; to be typed" :
				       "what the auditor concludes; to be typed");
	about_say(&f, given[ANSWER_BY], "who says so; to be typed");
	about_say(&f, given[ANSWER_ON], "when, as a text such as 2026-12-01; to be typed");
	about_say(&f, "_escaped",
	    "yes: some text of the row holds characters that no cell can hold, or was cut");
	form_end(&f);
}

int
answer_book(struct worksheet *w, enum answer_book which, struct buf *out)
{
	const enum answer_sheet sheet =
	    which == BOOK_MANAGEMENT ? MANAGEMENT_EXCEPTIONS : AUDITOR_EXCEPTIONS;
	struct book *b = book_new(which == BOOK_SAMPLE ? "Worksheet of a sample" :
		which == BOOK_MANAGEMENT               ? "Answers of management" :
							 "Answers of the auditor",
	    newest_export(w->ev));
	int rc = b ? 0 : err_nomem(&w->ev->err);

	for (unsigned i = 0; b && which != BOOK_SAMPLE && i < ANSWER_CELLS; i++)
		book_fill_in(b, answer_sheet_info[sheet].column[i]);
	if (rc == 0 && which == BOOK_SAMPLE) {
		rc = worksheet_book(w, b);
	} else if (rc == 0 && (rc = about(w, b, which) || exceptions(w, b, which) ? -1 : 0) == 0) {
		legend(b, which);
	}
	rc = rc || book_finish(b, out, &w->ev->err) ? -1 : 0;
	book_free(b);
	return rc;
}
