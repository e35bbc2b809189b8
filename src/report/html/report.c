/* The report: its sections in the order of page.def, each present or with its reason. */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "report/html/page.h"

/* What stands in a section that this report does not have. */
static const struct {
	enum html_section section;
	const char *reason, *command;
} elsewhere[] = {
	{ SECTION_ipe,
	    "What the exporter recorded of each source: its query, snapshot, role, versions, "
	    "clocks "
	    "and filters, is printed whole by",
	    "exhibit cat FILE --kind context" },
	{ SECTION_sample,
	    "No sample was drawn for this report. One is drawn, so that anybody draws "
	    "the same, by",
	    "exhibit sample FILE --population NAME -n N --seed TEXT -o csv" },
};

static void
put_elsewhere(struct buf *b, enum html_section s)
{
	for (size_t i = 0; i < sizeof elsewhere / sizeof *elsewhere; i++)
		if (elsewhere[i].section == s) {
			html_section(b, s);
			html_put(b, "<p>%s <code>", elsewhere[i].reason);
			html_text(b, elsewhere[i].command);
			buf_str(b, "</code>.</p>\n");
		}
}

/* To be filled in by hand: a line for each file, and some more. */
static void
custody(struct buf *b, const struct report *rep)
{
	html_section(b, SECTION_custody);
	buf_str(b, "<p>To be filled in by whoever hands a file on, and whoever gets it.</p>\n");
	html_table(b, TABLE_custody, NULL);
	for (unsigned i = 0; i < rep->v->n_archives; i++) {
		buf_str(b, "<tr><td>");
		html_text(b, archive_name(rep->v->archive[i]));
		buf_str(b, "</td><td></td><td></td><td></td><td></td><td></td><td></td></tr>\n");
	}
	html_table_end(b);
}

static int
remediations(struct buf *b, struct report *rep, struct err *e)
{
	html_section(b, SECTION_remediations);
	for (unsigned i = 0; i < rep->n_chosen; i++)
		if (report_remediation(b, rep, rep->chosen[i], e))
			return -1;
	html_put(b, "<p>%u of %u remediations shown%s.</p>\n", rep->n_chosen, rep->n_remediations,
	    rep->n_chosen < rep->n_remediations ? "; choose others with --id" : "");
	return 0;
}

static int
analysis(struct buf *b, struct report *rep, struct err *e)
{
	html_section(b, SECTION_analysis);
	if (rep->analysis == NULL) {
		buf_str(b, "<p>It is printed by <code>exhibit analysis FILE</code>.</p>\n");
		return 0;
	}
	return html_analysis_range(b, rep->analysis) ?
	    err_set(e, EX_IO_ERR, "the analysis is too long for a report") :
	    0;
}

/* All sections but the first. */
static int
sections(struct buf *b, struct report *rep, struct err *e)
{
	put_elsewhere(b, SECTION_ipe);
	report_files(b, rep);
	report_integrity(b, rep);
	report_completeness(b, rep);
	if (report_populations(b, rep))
		return err_nomem(e);
	report_reconciliation(b, rep);
	report_changes(b, rep);
	report_allowed_list(b, rep);
	report_identities(b, rep);
	report_duties(b, rep);
	report_tests(b, rep);
	report_exceptions(b, rep);
	report_answers(b, rep, false);
	put_elsewhere(b, SECTION_sample);
	report_answers(b, rep, true);
	if (remediations(b, rep, e))
		return -1;
	report_limitations(b, rep);
	custody(b, rep);
	report_reperformance(b, rep);
	return analysis(b, rep, e);
}

/* Whose, of which time, which report: the running head. All sections behind it. */
static int
pages(struct buf *b, struct report *rep, const char *id, const char *hex, struct err *e)
{
	const struct parameters *p = rep->controls->p;
	struct buf left, right, foot;
	int rc;

	buf_init(&left, 1u << 20);
	buf_init(&right, 1u << 12);
	buf_init(&foot, 1u << 12);
	buf_printf(&left, "%s, %s", p->entity ? p->entity : "Evidence report",
	    rep->period ? rep->period : "all that the archives hold");
	buf_printf(&right, "report %.16s", id);
	buf_printf(&foot, "archive %s, %s", hex, rep->version);
	buf_byte(&left, '\0');
	buf_byte(&right, '\0');
	buf_byte(&foot, '\0');
	if (left.failed || right.failed || foot.failed) {
		rc = err_nomem(e);
	} else {
		html_begin(b, (char *)right.p,
		    &(struct html_margins){ (char *)left.p, (char *)right.p, (char *)foot.p });
		report_cover(b, rep, id);
		html_contents(b);
		rc = sections(b, rep, e);
	}
	buf_release(&left);
	buf_release(&right);
	buf_release(&foot);
	return rc;
}

int
report_html(struct buf *b, struct report *rep, struct err *e)
{
	char id[65], hex[65];

	report_id(rep, id);
	hex_of(archive_sha256(rep->v->archive[0]), 32, hex);
	if (pages(b, rep, id, hex, e))
		return -1;
	buf_str(b, "<p class=\"foot\">Archive SHA-256 <code>");
	buf_str(b, hex);
	buf_str(b, "</code><br>");
	html_text(b, rep->version);
	html_put(b, ", report <code>%s</code>.</p>\n", id);
	html_end(b);
	return b->failed ? err_set(e, EX_DATA_ERR,
			       "the report would be longer than 1 GiB; choose remediations with "
			       "--id") :
			   0;
}
