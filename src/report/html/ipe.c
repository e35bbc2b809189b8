/*
 * Information produced by the entity: what the exporter recorded of where the events came from, by
 * which question, in whose name, and what was asked for; and what it cannot say of each kind.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "report/html/page.h"

#define IPE_MEMBERS 60u /* of one object */

/* Members of an input-end that are told elsewhere, or long: counts by table stand in section 5. */
static bool
elsewhere(const struct json_doc *m, uint32_t at)
{
	static const char *const skip[] = { "context", "input", "files", "tables", "left_out",
		"lacks", "compared", "counted", "bytes", "events", "rejects", "conflicts",
		"repeats", "contexts", "rows", "outside", "path", "kind" };

	for (unsigned i = 0; i < sizeof skip / sizeof *skip; i++)
		if (strlen(skip[i]) == m->node[at].name_len &&
		    memcmp(skip[i], json_name(m, at), m->node[at].name_len) == 0)
			return true;
	return false;
}

/* A member's name as words. */
static void
put_name(struct buf *b, const char *before, const struct json_doc *m, uint32_t at)
{
	struct buf t;

	buf_init(&t, 1u << 20);
	buf_put(&t, json_name(m, at), m->node[at].name_len);
	for (size_t i = 0; i < t.len; i++)
		t.p[i] = t.p[i] == '_' ? ' ' : t.p[i];
	buf_str(b, "<tr><th scope=\"row\">");
	html_text(b, before);
	text_html(b, t.p, t.len);
	buf_str(b, "</th><td>");
	buf_release(&t);
}

/* The members of an object that are plain values, each as a row; none: the words for null. */
static void
members(
    struct buf *b, const char *before, const struct json_doc *m, uint32_t object, const char *none)
{
	unsigned n = 0;

	for (uint32_t k = m->node[object].first; k != JSON_NONE && n < IPE_MEMBERS;
	     k = m->node[k].next) {
		enum json_type t = m->node[k].type;

		if (elsewhere(m, k) || t == JSON_OBJECT || t == JSON_ARRAY)
			continue;
		n++;
		put_name(b, before, m, k);
		if (t == JSON_STRING)
			text_html(b, json_str(m, k), m->node[k].str_len);
		else if (t == JSON_NULL)
			buf_str(b, none);
		else
			text_html(b, json_src(m, k), m->node[k].src_len);
		buf_str(b, "</td></tr>\n");
	}
}

/* What was compared with what the input carried, in short: the counts are of section 5. */
static void
compared(struct buf *b, const struct json_doc *m, uint32_t input)
{
	uint64_t marks = 0, lower = 0;

	for (uint32_t k = json_first_of(m, input, "compared"); k != JSON_NONE;
	     k = m->node[k].next) {
		uint64_t expected, read;

		marks++;
		lower += json_u64(m, k, "expected", &expected) && json_u64(m, k, "read", &read) &&
		    read < expected;
	}
	html_row(b, "Counts and marks that it carried",
	    marks == 0 ? "none: it does not say how many rows there were" :
		lower  ? "fewer rows were read than one of them says" :
			 "compared with what was read, and none is larger",
	    false);
}

static void
input(struct buf *b, const struct json_doc *m, uint32_t at)
{
	static const char *const part[][2] = { { "database", "database: " },
		{ "service", "service: " }, { "collection", "collection: " },
		{ "withheld", "withheld: " } };
	uint32_t path = json_member(m, at, "path"), kind = json_member(m, at, "kind");
	bool living = false;

	buf_str(b, "<table><caption>Input ");
	if (path != JSON_NONE)
		text_html(b, json_str(m, path), m->node[path].str_len);
	buf_str(b, "</caption><tbody>\n<tr><th scope=\"row\">Kind</th><td>");
	if (kind != JSON_NONE)
		text_html(b, json_str(m, kind), m->node[kind].str_len);
	buf_str(b, "</td></tr>\n");
	members(b, "", m, at, "not told");
	for (unsigned i = 0; i < sizeof part / sizeof *part; i++) {
		uint32_t k = json_member(m, at, part[i][0]);

		if (k != JSON_NONE && m->node[k].type == JSON_OBJECT) {
			members(b, part[i][1], m, k, "not told");
			living |= i < 2;
		}
	}
	compared(b, m, at);
	if (!living)
		html_row(b, "Query, isolation, snapshot, role, clocks",
		    "not in evidence: a file was read, and what made it is not recorded in it",
		    false);
	html_table_end(b);
}

/* What the run was asked for, from the first record of the file. */
static void
run(struct buf *b, struct report *rep, unsigned archive, struct err *e)
{
	static const char *const name[][2] = { { "exporter", "Exporter" },
		{ "started_at", "Export started (the exporter's clock)" } };
	const struct record *r;
	struct json_doc d;

	json_init(&d);
	if (reading_record(rep->r, archive, archive_first(rep->v->archive[archive]), &r, e) == 0 &&
	    r->kind == KIND_CONTEXT &&
	    json_parse(&d, (const char *)r->body, r->body_len, 64) == 0) {
		uint32_t options = json_member(&d, 0, "options");

		for (unsigned i = 0; i < 2; i++) {
			uint32_t k = json_member(&d, 0, name[i][0]);

			if (k == JSON_NONE || d.node[k].type != JSON_STRING)
				continue;
			html_put(b, "<tr><th scope=\"row\">%s</th><td>", name[i][1]);
			text_html(b, json_str(&d, k), d.node[k].str_len);
			buf_str(b, "</td></tr>\n");
		}
		if (options != JSON_NONE && d.node[options].type == JSON_OBJECT)
			members(b, "asked for: ", &d, options, "no bound");
	}
	json_release(&d);
}

int
report_ipe(struct buf *b, struct report *rep, struct err *e)
{
	const struct verification *v = rep->v;

	html_section(b, SECTION_ipe);
	buf_str(b,
	    "<p>As the exporter recorded it; against the exporter's operator it is not proven. "
	    "Whole: "
	    "<code>exhibit cat FILE --kind context</code>.</p>\n");
	/* each archive by its own manifest */
	for (unsigned i = 0; i < v->n_archives; i++) {
		const struct json_doc *m = archive_manifest(v->archive[i]);

		buf_str(b, "<table><caption>Export of ");
		html_text(b, archive_name(v->archive[i]));
		buf_str(b, "</caption><tbody>\n");
		html_row(b, "Log",
		    archive_origin(v->archive[i])[0] ? archive_origin(v->archive[i]) :
						       "none: it was never sealed",
		    false);
		if (archive_readable(v->archive[i]))
			run(b, rep, i, e);
		/* without a manifest nothing is known of its inputs */
		if (m == NULL)
			html_row(b, "Inputs",
			    "not in evidence: the file has no manifest that can be "
			    "read",
			    false);
		html_table_end(b);
		if (m == NULL)
			continue;
		/* and each input that it had */
		for (uint32_t k = archive_inputs(v->archive[i]); k != JSON_NONE;
		     k = m->node[k].next)
			input(b, m, k);
	}
	return e->status ? -1 : 0;
}
