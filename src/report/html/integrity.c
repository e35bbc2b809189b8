/* What is excluded, found, or not excluded, threat by threat; and the findings. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "report/html/page.h"
#include "verify/threats.h"

static void
dimensions(struct buf *b, const struct report *rep)
{
	const struct verification *v = rep->v;

	html_table(b, TABLE_dimensions, NULL);
	for (int d = 0; d < DIMENSIONS; d++) {
		html_put(b, "<tr><td>%s</td><td class=\"%s\">%s</td><td>", dimension_name[d],
		    v->dim[d].state == STATE_PROVEN        ? "s-proven" :
			v->dim[d].state == STATE_DISPROVED ? "s-disproved" :
							     "s-not",
		    state_name[v->dim[d].state]);
		html_text(b, v->dim[d].why);
		buf_str(b, "</td></tr>\n");
	}
	html_table_end(b);
}

/* What is excluded, found, or not excluded; why, if what, and what would close it. */
static void
threats(struct buf *b, const struct report *rep)
{
	static const char *const class[] = { "s-proven", "s-disproved", "s-not" };
	struct threat row[THREATS_MAX];
	unsigned n = threats_of(rep->v, row);

	html_table(b, TABLE_threats, NULL);
	for (unsigned i = 0; i < n; i++) {
		html_put(b, "<tr><td>%s</td><td class=\"%s\">%s</td><td>", row[i].name,
		    class[row[i].state], threat_state_name[row[i].state]);
		if (row[i].state == THREAT_EXCLUDED)
			html_put(b, "%s; if %s", row[i].why, row[i].if_);
		else if (row[i].state == THREAT_NOT_EXCLUDED)
			html_put(b, "would be closed by: %s", row[i].closed);
		else
			html_put(b, "see the findings below");
		buf_str(b, "</td></tr>\n");
	}
	html_table_end(b);
}

static void
value(struct buf *b, const char *s)
{
	if (strchr(s, '\n'))
		html_lines(b, s, strlen(s));
	else
		html_text(b, s);
}

/* What is stored and what was computed; or two signed notes, each of which is evidence. */
static void
two_values(struct buf *b, const struct finding *f)
{
	bool notes = strchr(f->expected, '\n') != NULL;
	const char *open = notes ? "<pre>" : "<code>", *close = notes ? "</pre>" : "</code>";

	html_put(b, "<br>%s %s", notes ? "you saw" : "stored", open);
	value(b, f->expected);
	html_put(b, "%s%s %s", close, notes ? "here" : "<br>computed", open);
	value(b, f->found);
	buf_str(b, close);
}

static void
findings(struct buf *b, const struct report *rep)
{
	const struct verification *v = rep->v;
	bool met[FINDING_COUNT] = { false };
	unsigned shown = 0;

	html_table(b, TABLE_findings, "Findings");
	/* the first five hundred: the verifier has them all */
	for (unsigned i = 0; i < v->findings.n && shown < 500; i++, shown++) {
		const struct finding *f = &v->findings.f[i];

		/* the first of each id is where a link to it leads */
		if (met[f->id])
			buf_str(b, "<tr>");
		else
			html_put(b, "<tr id=\"%s\">", finding_info[f->id].id);
		met[f->id] = true;
		html_put(b, "<td class=\"t\">%s</td><td>%s</td><td>", finding_info[f->id].id,
		    level_name[finding_info[f->id].level]);
		html_text(b, f->sentence);
		/* both digests, where two differ */
		if (f->expected)
			two_values(b, f);
		buf_str(b, "</td><td>");
		/* whom it is about, and in which file */
		if (f->correlation) {
			html_correlation(b, rep, f->correlation, strlen(f->correlation));
			buf_str(b, "<br>");
		}
		html_text(b, f->place);
		if (v->n_archives > 1) {
			buf_str(b, " of ");
			html_text(b, archive_name(v->archive[f->file]));
		}
		if (finding_info[f->id].clause[0])
			html_put(b, " [%s]", finding_info[f->id].clause);
		buf_str(b, "</td></tr>\n");
	}
	/* how many there are, shown or not */
	html_put(b, "</tbody></table>\n<p>%u of %u findings shown%s.</p>\n", shown, v->findings.n,
	    shown < v->findings.n ? "; all of them: exhibit verify -o json" : "");
}

void
report_integrity(struct buf *b, struct report *rep)
{
	html_section(b, SECTION_integrity);
	dimensions(b, rep);
	threats(b, rep);
	findings(b, rep);
}
