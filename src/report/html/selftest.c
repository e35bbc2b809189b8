/* The result of a selftest that was given: what was changed, and what verification found of it. */
#include <inttypes.h>
#include <stdio.h>

#include "base/text.h"
#include "report/html/page.h"

static void
result(struct buf *b, const struct report_selftest *x)
{
	html_put(b, "<p><strong>%s%" PRIu64 " of %" PRIu64 " generated changes found.</strong>",
	    x->missed ? "VERIFICATION MISSED CHANGES THAT IT MUST FIND: " : "", x->found, x->must);
	html_put(b,
	    " Beside them %" PRIu64 " that the ledger of threats does not exclude or that were "
	    "found all the same, and %" PRIu64 " without effect. What was not made is not tried: "
	    "these are counts of these changes, and no rate. An outsider has no key and leaves "
	    "digests and signatures as they stood; an insider makes all of them again under a key "
	    "that is trusted there.</p>\n",
	    x->changes - x->must - x->same, x->same);
}

/* From where it is, so that it can be made again. */
static void
origin(struct buf *b, const struct report_selftest *x)
{
	html_names(b, "Where it is from");
	if (x->file.p == NULL) {
		html_row(b, "Tried on", "a log that selftest made itself, in memory", false);
	} else {
		buf_str(b, "<tr><th scope=\"row\">Tried on</th><td>");
		text_html(b, x->file.p, x->file.n);
		buf_str(b,
		    x->rows_of_file ? "" :
				      "; it has too few rows that fit their hash: records were "
				      "changed in a log that selftest made itself");
		buf_str(b, "</td></tr>\n");
	}
	html_number(b, "Changes made", x->changes);
	html_number(b, "Seed", x->seed);
	html_row(b, "SHA-256 of the program, as it says", x->program[0] ? x->program : "not stated",
	    true);
	html_row(b, "SHA-256 of the file with the result", x->sha, true);
	html_table_end(b);
}

void
report_selftest(struct buf *b, const struct report *rep)
{
	const struct report_selftest *x = rep->selftest;

	if (x == NULL)
		return;
	buf_str(b,
	    "<h3>A functional test of the program</h3>\n"
	    "<p>A document that was given, and is shown as it is: its counts add up, and nothing "
	    "else of it was checked, since whoever made it could have written others. The same "
	    "program makes it again: <code>exhibit selftest ");
	if (x->file.p)
		text_html(b, x->file.p, x->file.n);
	html_put(b, "%s--seed %" PRIu64 " --changes %" PRIu64 " -o json</code>%s.</p>\n",
	    x->file.p ? " " : "", x->seed, x->changes,
	    x->file.p ? ", with the keys that it was given" : "");
	result(b, x);
	origin(b, x);
	html_table(b, TABLE_selftest, "Changes of each kind, by hand");
	for (unsigned i = 0; i < x->n; i++) {
		const struct report_selftest_kind *k = &x->kind[i];

		/* what was not made has no result */
		if (k->made == 0)
			continue;
		buf_str(b, "<tr><td>");
		text_html(b, k->change.p, k->change.n);
		html_put(b,
		    "</td><td>%s</td><td class=\"n\">%" PRIu64 "</td><td class=\"n\">%" PRIu64 "</"
		    "td>"
		    "<td"
		    ">",
		    k->insider ? "insider" : "outsider", k->made, k->found);
		if (k->missed)
			html_put(b, "<strong>%" PRIu64 " MISSED</strong>", k->missed);
		else if (k->open)
			html_put(b, "%" PRIu64 " not excluded", k->open);
		else if (k->same)
			html_put(b, "%" PRIu64 " without effect", k->same);
		buf_str(b, "</td></tr>\n");
	}
	html_table_end(b);
}
