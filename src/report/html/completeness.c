/* What was to be here, and what is: counts, inputs, days. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "report/html/page.h"

static void
inputs(struct buf *b, struct archive *a)
{
	const struct json_doc *m = archive_manifest(a);
	unsigned n = 0;

	html_table(b, TABLE_inputs, "Inputs");
	for (uint32_t k = archive_inputs(a); k != JSON_NONE; k = m->node[k].next) {
		uint32_t p = json_member(m, k, "path"), kind = json_member(m, k, "kind");
		uint64_t rows = 0, events = 0;

		json_u64(m, k, "rows", &rows);
		json_u64(m, k, "events", &events);
		n++;
		buf_str(b, "<tr><td>");
		if (p != JSON_NONE)
			text_html(b, json_str(m, p), m->node[p].str_len);
		buf_str(b, "</td><td>");
		if (kind != JSON_NONE)
			text_html(b, json_str(m, kind), m->node[kind].str_len);
		html_put(b,
		    "</td><td class=\"n\">%" PRIu64 "</td><td class=\"n\">%" PRIu64 "</td><td "
		    "class=\"m\">",
		    rows, events);
		for (uint32_t q = json_first_of(m, k, "files"); q != JSON_NONE;
		     q = m->node[q].next) {
			uint32_t s = json_member(m, q, "sha256");

			if (s != JSON_NONE)
				text_html(b, json_str(m, s), m->node[s].str_len);
			buf_str(b, "<br>");
		}
		buf_str(b, "</td><td>");
		for (uint32_t q = json_first_of(m, k, "lacks"); q != JSON_NONE;
		     q = m->node[q].next) {
			text_html(b, json_str(m, q), m->node[q].str_len);
			buf_str(b, "<br>");
		}
		buf_str(b, "</td></tr>\n");
	}
	html_put(b, "</tbody></table>\n<p>%u of %u shown.</p>\n", n, n);
}

/* Day by type, out of the manifests; verify compared them with the records. */
static void
days(struct buf *b, struct archive *a)
{
	const struct json_doc *m = archive_manifest(a);
	unsigned n = 0;

	html_table(b, TABLE_days,
	    "Events by day and type: counted by the exporter, counted again here, equal "
	    "unless a finding says otherwise");
	for (uint32_t d = json_first_of(m, 0, "days"); d != JSON_NONE; d = m->node[d].next)
		for (uint32_t t = m->node[d].first; t != JSON_NONE; t = m->node[t].next, n++) {
			buf_str(b, "<tr><td class=\"t\">");
			text_html(b, json_name(m, d), m->node[d].name_len);
			buf_str(b, "</td><td>");
			text_html(b, json_name(m, t), m->node[t].name_len);
			buf_str(b, "</td><td class=\"n\">");
			text_html(b, json_src(m, t), m->node[t].src_len);
			buf_str(b, "</td></tr>\n");
		}
	html_put(b, "</tbody></table>\n<p>%u of %u shown.</p>\n", n, n);
}

void
report_completeness(struct buf *b, struct report *rep)
{
	const struct verification *v = rep->v;

	html_section(b, SECTION_completeness);
	html_names(b, NULL);
	html_number(b, "Records in the archive", v->records);
	html_number(b, "Events", v->rows.events - v->rows.repeats);
	html_number(b, "Rejects (inputs kept verbatim)", v->rejects);
	html_number(b, "Conflicts (known id, other content)", v->conflicts);
	html_number(b, "Context records", v->contexts);
	html_number(b, "Events without hash", v->rows.content[CONTENT_NO_HASH]);
	html_number(b, "Predecessors that are named and not here", v->rows.links[LINK_MISSING]);
	html_number(b, "Correlations", v->rows.correlations);
	html_number(b, "Remediations", v->remediations);
	html_row(
	    b, "The source's dead letters", v->letters ? "in evidence" : "not in evidence", false);
	buf_str(b, "</tbody></table>\n");
	for (unsigned i = 0; i < v->n_archives; i++)
		if (archive_manifest(v->archive[i])) {
			inputs(b, v->archive[i]);
			days(b, v->archive[i]);
		}
}
