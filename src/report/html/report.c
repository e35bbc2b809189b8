/* The report: its sections in the order of page.def, each present or with its reason. */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "report/html/page.h"

#define PART_MOST (256u << 20) /* bytes of a section, or of a remediation's page */
#define PART_LEAST (1u << 16)  /* that are kept until more come */

/* What is there goes out, unless it is little and more comes. 0 or -1 (e). */
static int
pass_on(const struct outlet *to, struct buf *b, size_t least, struct err *e)
{
	if (b->failed)
		return b->nomem ? err_nomem(e) :
				  err_set(e, EX_DATA_ERR,
				      "a section of the report would be longer than %u MiB; choose "
				      "remediations "
				      "with --id",
				      PART_MOST >> 20);
	if (b->len < least)
		return 0;
	if (to->put(to->arg, b, e))
		return -1;
	buf_clear(b);
	return 0;
}

static int
remediations(const struct outlet *to, struct buf *b, struct report *rep, struct err *e)
{
	html_section(b, SECTION_remediations);
	for (unsigned i = 0; i < rep->n_chosen; i++)
		if (report_remediation(b, rep, rep->chosen[i], e) || pass_on(to, b, PART_LEAST, e))
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
	return html_analysis_range(b, rep->analysis, rep) ?
	    err_set(e, EX_IO_ERR, "the analysis is too long for a report") :
	    0;
}

/* All sections but the first. */
static int
sections(const struct outlet *to, struct buf *b, struct report *rep, struct err *e)
{
	if (report_ipe(b, rep, e))
		return -1;
	report_files(b, rep);
	report_integrity(b, rep);
	report_completeness(b, rep);
	if (report_populations(b, rep))
		return err_nomem(e);
	report_reconciliation(b, rep);
	report_changes(b, rep);
	if (pass_on(to, b, PART_LEAST, e))
		return -1;
	report_allowed_list(b, rep);
	report_identities(b, rep);
	report_duties(b, rep);
	report_tests(b, rep);
	report_exceptions(b, rep);
	report_answers(b, rep, false);
	report_sample(b, rep);
	report_answers(b, rep, true);
	if (remediations(to, b, rep, e))
		return -1;
	report_limitations(b, rep);
	report_custody(b, rep);
	report_reperformance(b, rep);
	if (analysis(b, rep, e))
		return -1;
	report_events(b, rep);
	return 0;
}

/* Whose, of which time, which report: the running head. All sections behind it. */
static int
pages(const struct outlet *to, struct buf *b, struct report *rep, const char *id, const char *hex,
    struct err *e)
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
	buf_printf(&foot, "archive %s", hex);
	if (rep->v->n_archives > 1)
		buf_printf(
		    &foot, " and %u more (section %u)", rep->v->n_archives - 1, SECTION_files + 1);
	buf_printf(&foot, ", %s", rep->version);
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
		rc = sections(to, b, rep, e);
	}
	buf_release(&left);
	buf_release(&right);
	buf_release(&foot);
	return rc;
}

int
report_html(struct outlet to, struct report *rep, struct err *e)
{
	char id[65], hex[65];
	struct buf b;
	int rc;

	buf_init(&b, PART_MOST);
	report_id(rep, id);
	hex_of(archive_sha256(rep->v->archive[0]), 32, hex);
	rc = pages(&to, &b, rep, id, hex, e);
	if (rc == 0) {
		buf_str(&b, "<p class=\"foot\">Archive SHA-256 <code>");
		buf_str(&b, hex);
		buf_str(&b, "</code>");
		if (rep->v->n_archives > 1)
			html_put(&b, " and %u more (section <a href=\"#s-files\">%u</a>)",
			    rep->v->n_archives - 1, SECTION_files + 1);
		buf_str(&b, "<br>");
		html_text(&b, rep->version);
		html_put(&b, ", report <code>%s</code>.</p>\n", id);
		html_end(&b);
		rc = pass_on(&to, &b, 0, e);
	}
	buf_release(&b);
	return rc;
}
