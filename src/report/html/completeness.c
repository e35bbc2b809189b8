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
	/* each input with what it brought, and what it is known to lack */
	for (uint32_t k = archive_inputs(a); k != JSON_NONE; k = m->node[k].next) {
		uint32_t p = json_member(m, k, "path"), kind = json_member(m, k, "kind");
		uint64_t rows = 0, events = 0;

		/* counts of the input itself, which the rows add up to */
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
		/* digests of its files, one under the other */
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

#define DAYS_WIDE 7u    /* columns of a table */
#define DAYS_TYPES 500u /* rows of one */

/* A day's count of a type, which may be named by anything; JSON_NONE. */
static uint32_t
count_of(const struct json_doc *m, uint32_t day, uint32_t type)
{
	uint32_t t = m->node[day].first, n = m->node[type].name_len;

	while (t != JSON_NONE &&
	    (m->node[t].name_len != n || memcmp(json_name(m, t), json_name(m, type), n)))
		t = m->node[t].next;
	return t;
}

/* The types of some days, each once: their nodes, in the order in which they come. */
static unsigned
types_of(const struct json_doc *m, const uint32_t *day, unsigned n_days, uint32_t ret[DAYS_TYPES])
{
	unsigned n = 0;

	for (unsigned k = 0; k < n_days; k++)
		for (uint32_t t = m->node[day[k]].first; t != JSON_NONE && n < DAYS_TYPES;
		     t = m->node[t].next) {
			bool before = false;

			/* what an earlier day has stands there already */
			for (unsigned j = 0; j < k && !before; j++)
				before = count_of(m, day[j], t) != JSON_NONE;
			if (!before)
				ret[n++] = t;
		}
	return n;
}

/* Types as rows, days as columns. */
static void
days_table(struct buf *b, const struct json_doc *m, const uint32_t *day, unsigned n_days)
{
	uint32_t type[DAYS_TYPES];
	unsigned n = types_of(m, day, n_days, type);

	buf_str(b,
	    "<table class=\"x d\"><caption>Events by day (UTC) and type</caption><thead><tr><th "
	    "scope=\"col\">Type</th>");
	for (unsigned k = 0; k < n_days; k++) {
		buf_str(b, "<th scope=\"col\" class=\"n\">");
		text_html(b, json_name(m, day[k]), m->node[day[k]].name_len);
		buf_str(b, "</th>");
	}
	buf_str(b, "</tr></thead><tbody>\n");
	for (unsigned i = 0; i < n; i++) {
		buf_str(b, "<tr><th scope=\"row\">");
		text_html(b, json_name(m, type[i]), m->node[type[i]].name_len);
		buf_str(b, "</th>");
		for (unsigned k = 0; k < n_days; k++) {
			uint32_t at = count_of(m, day[k], type[i]);

			buf_str(b, "<td class=\"n\">");
			if (at != JSON_NONE)
				text_html(b, json_src(m, at), m->node[at].src_len);
			buf_str(b, "</td>");
		}
		buf_str(b, "</tr>\n");
	}
	html_table_end(b);
	html_put(b, "<p>%u types shown%s.</p>\n", n,
	    n == DAYS_TYPES ? "; there may be more: exhibit cat FILE --kind manifest" :
			      " of them all");
}

/* Day by type, out of the manifests; verify compared them with the records. */
static void
days(struct buf *b, struct archive *a)
{
	const struct json_doc *m = archive_manifest(a);
	uint32_t day[DAYS_WIDE];
	unsigned n = 0;

	html_fold(b,
	    "Events by day and type: counted by the exporter, counted again here, equal unless a "
	    "finding says otherwise");
	for (uint32_t d = json_first_of(m, 0, "days"); d != JSON_NONE; d = m->node[d].next) {
		day[n++] = d;
		if (n == DAYS_WIDE || m->node[d].next == JSON_NONE) {
			days_table(b, m, day, n);
			n = 0;
		}
	}
	html_fold_end(b);
}

/* Up to the end of the last file, or of an expected checkpoint. */
static uint64_t
absent(const struct verification *v)
{
	uint64_t at = 0, n = 0;

	for (unsigned i = 0; i < v->n_archives; i++) {
		const struct archive *a = v->archive[i];

		if (!archive_counts(a))
			continue;
		n += archive_first(a) > at ? archive_first(a) - at : 0;
		at = archive_next(a) > at ? archive_next(a) : at;
	}
	for (unsigned i = 0; i < v->n_expects; i++)
		if (v->expect[i].met && v->expect[i].c.size > at) {
			n += v->expect[i].c.size - at;
			at = v->expect[i].c.size;
		}
	return n;
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
	html_number(b, "Events that an earlier file holds too (counted once)", v->rows.repeats);
	html_number(b, "Runs of the source's retention on record", v->rows.n_runs);
	html_number(b, "Positions of the log that no file given holds", absent(v));
	html_number(b, "Correlations", v->rows.correlations);
	html_number(b, "Remediations", v->remediations);
	html_row(
	    b, "The source's dead letters", v->letters ? "in evidence" : "not in evidence", false);
	buf_str(b, "</tbody></table>\n");
	report_when(b, rep);
	for (unsigned i = 0; i < v->n_archives; i++)
		if (archive_manifest(v->archive[i])) {
			inputs(b, v->archive[i]);
			days(b, v->archive[i]);
		}
}
