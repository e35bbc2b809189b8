/*
 * The analysis of one remediation and of a range as sections of a page, made from its JSON, so it
 * says nothing else. Tables have every number that a picture shows.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "analysis/analysis.h"
#include "base/limits.h"
#include "base/text.h"
#include "base/utc.h"
#include "json/json.h"
#include "report/html/chart.h"
#include "report/html/page.h"

enum group { G_summary, G_model, G_approval, G_execution, G_effect, G_approvals, G_calibration };
enum kind { K_text, K_ms, K_bp, K_micro };

struct field {
	enum group group;
	const char *path, *words;
	enum kind kind;
};

static const struct field one[] = {
#define ONE(group, path, words, kind) { G_##group, path, words, K_##kind },
#include "report/html/analysis.def"
};
static const struct field range[] = {
#define RANGE(group, path, words, kind) { G_##group, path, words, K_##kind },
#include "report/html/analysis.def"
};

#define ROWS 200u /* of a list; JSON has all */

struct page {
	struct buf *b;
	struct json_doc d;
	const struct report *rep; /* whose pages it leads to; NULL: it stands alone */
};

static bool
is_null(const struct page *g, uint32_t at)
{
	return at == JSON_NONE || g->d.node[at].type == JSON_NULL;
}

static int64_t
number(const struct page *g, uint32_t from, const char *path)
{
	uint32_t at = json_path(&g->d, from, path);
	int64_t v = 0;

	if (!is_null(g, at))
		dec_i64(json_src(&g->d, at), g->d.node[at].src_len, &v);
	return v;
}

static void
put_micro(struct buf *b, int64_t v)
{
	uint64_t u = v < 0 ? -(uint64_t)v : (uint64_t)v;

	buf_printf(b, "%s%" PRIu64 ".%06" PRIu64, v < 0 ? "-" : "", u / 1000000, u % 1000000);
}

static void
put_value(struct page *g, uint32_t at, enum kind kind)
{
	const struct json_node *x = &g->d.node[at];
	int64_t v = 0;

	if (is_null(g, at)) {
		buf_str(g->b, "not in evidence");
	} else if (x->type == JSON_STRING) {
		text_html(g->b, json_str(&g->d, at), x->str_len);
	} else if (x->type == JSON_TRUE || x->type == JSON_FALSE) {
		buf_str(g->b, x->type == JSON_TRUE ? "yes" : "no");
	} else if (kind == K_text || !dec_i64(json_src(&g->d, at), x->src_len, &v)) {
		text_html(g->b, json_src(&g->d, at), x->src_len);
	} else if (kind == K_ms) {
		text_span(g->b, v);
	} else if (kind == K_bp) {
		put_share_of(g->b, v);
	} else {
		put_micro(g->b, v);
	}
}

static void
cell(struct page *g, uint32_t element, const char *path, enum kind kind, bool numeric)
{
	buf_str(g->b, numeric ? "<td class=\"n\">" : "<td>");
	put_value(g, json_path(&g->d, element, path), kind);
	buf_str(g->b, "</td>");
}

static void
fields(struct page *g, const struct field *f, size_t n, enum group group, const char *caption)
{
	html_names(g->b, caption);
	for (size_t i = 0; i < n; i++) {
		uint32_t at = json_path(&g->d, 0, f[i].path);

		if (f[i].group != group || is_null(g, at))
			continue;
		html_put(g->b, "<tr><th scope=\"row\">%s</th><td>", f[i].words);
		put_value(g, at, f[i].kind);
		buf_str(g->b, "</td></tr>\n");
	}
	html_table_end(g->b);
}

/* A list in a table: the cells of each element, until a path is NULL. */
struct cells {
	const char *path;
	enum kind kind;
	bool numeric;
};

static void
list(struct page *g, const char *path, enum html_table table, const char *caption,
    const struct cells *c)
{
	uint32_t at = json_path(&g->d, 0, path);
	unsigned n = 0, all = at == JSON_NONE ? 0 : g->d.node[at].count;

	if (all == 0)
		return;
	html_table(g->b, table, caption);
	for (uint32_t k = g->d.node[at].first; k != JSON_NONE && n < ROWS;
	     k = g->d.node[k].next, n++) {
		buf_str(g->b, "<tr>");
		for (unsigned i = 0; c[i].path; i++)
			cell(g, k, c[i].path, c[i].kind, c[i].numeric);
		buf_str(g->b, "</tr>\n");
	}
	html_table_end(g->b);
	html_put(g->b, "<p>%u of %u shown%s.</p>\n", n, all,
	    n < all ? "; all of them: <code>exhibit analysis FILE -o json</code>" : "");
}

/* The ids of events, whole. */
static void
ids(struct page *g, uint32_t at)
{
	unsigned n = 0;

	for (uint32_t k = is_null(g, at) ? JSON_NONE : g->d.node[at].first; k != JSON_NONE;
	     k = g->d.node[k].next, n++) {
		if (n == 4) {
			html_put(g->b, "<br><a href=\"#events\">and %u more</a>",
			    g->d.node[at].count - n);
			break;
		}
		buf_str(g->b, n ? "<br><code>" : "<code>");
		text_html(g->b, json_str(&g->d, k), g->d.node[k].str_len);
		buf_str(g->b, "</code>");
	}
}

static void
timeline(struct page *g)
{
	html_table(g->b, TABLE_timeline, "Milestones, by stated time");
	for (uint32_t k = json_first_of(&g->d, 0, "timeline"); k != JSON_NONE;
	     k = g->d.node[k].next) {
		buf_str(g->b, "<tr>");
		cell(g, k, "key", K_text, false);
		cell(g, k, "time", K_text, false);
		cell(g, k, "offset_ms", K_ms, true);
		cell(g, k, "actor", K_text, false);
		buf_str(g->b, "<td>");
		ids(g, json_member(&g->d, k, "event_ids"));
		buf_str(g->b, "</td></tr>\n");
	}
	html_table_end(g->b);
}

/* One bar, its parts the phases. */
static void
phases(struct page *g)
{
	static const struct cells c[] = { { "phase", K_text, false }, { "ms", K_ms, true },
		{ "share_bp", K_bp, true }, { NULL, K_text, false } };
	double x = 0, y = 50;
	int64_t total = 0;
	unsigned i = 0;
	int n = 0;

	for (uint32_t k = json_first_of(&g->d, 0, "phases"); k != JSON_NONE;
	     k = g->d.node[k].next, n++)
		total += number(g, k, "ms");
	if (total > 0) {
		chart_begin(
		    g->b, 44 + 19 * n, "One bar of the time from start to end, parted into phases");
		for (uint32_t k = json_first_of(&g->d, 0, "phases"); k != JSON_NONE;
		     k = g->d.node[k].next, i++) {
			uint32_t name = json_member(&g->d, k, "phase");
			double w = (double)number(g, k, "ms") / (double)total * CHART_WIDTH;

			chart_box(g->b, x, 5, w, 26, i);
			x += w;
			chart_box(g->b, 0, y - 9, 10, 10, i);
			chart_text(
			    g->b, 16, y, "start", json_str(&g->d, name), g->d.node[name].str_len);
			y += 19;
		}
		chart_end(g->b, "Time by phase, to scale; waiting for people is approval_wait");
	}
	list(g, "phases", TABLE_phases, "Time in each phase", c);
}

static void
acts(struct page *g)
{
	uint32_t at = json_path(&g->d, 0, "interventions");

	if (is_null(g, at) || g->d.node[at].count == 0) {
		buf_str(g->b, "<p>No act of a person is on record.</p>\n");
		return;
	}
	html_table(g->b, TABLE_acts, "What was done, and when; not how well");
	for (uint32_t k = g->d.node[at].first; k != JSON_NONE; k = g->d.node[k].next) {
		buf_str(g->b, "<tr>");
		cell(g, k, "time", K_text, false);
		cell(g, k, "kind", K_text, false);
		cell(g, k, "who", K_text, false);
		buf_str(g->b, "<td>");
		html_put(
		    g->b, "<code>%.36s</code>", json_str(&g->d, json_member(&g->d, k, "event_id")));
		buf_str(g->b, "</td></tr>\n");
	}
	html_table_end(g->b);
}

/* Which ones they are, whole. */
static void
which(struct page *g, const char *name, uint32_t at)
{
	unsigned n = 0;

	if (is_null(g, at) || g->d.node[at].count == 0)
		return;
	html_put(g->b, "<p>%s: ", name);
	for (uint32_t k = g->d.node[at].first; k != JSON_NONE && n < ROWS;
	     k = g->d.node[k].next, n++) {
		buf_str(g->b, n ? ", <code>" : "<code>");
		text_html(g->b, json_str(&g->d, k), g->d.node[k].str_len);
		buf_str(g->b, "</code>");
	}
	html_put(g->b, "; %u of %u shown%s.</p>\n", n, g->d.node[at].count,
	    n < g->d.node[at].count ? "; all of them: <code>exhibit analysis FILE --id ID -o "
				      "json</code>" :
				      "");
}

static void
similar(struct page *g)
{
	static const char *const name[] = { "same_fingerprint", "same_target",
		"same_signal_and_action" };

	html_table(
	    g->b, TABLE_similar, "In the thirty days before; hindsight: they may have ended later");
	for (unsigned i = 0; i < 3; i++) {
		uint32_t k = json_member(&g->d, json_member(&g->d, 0, "similar"), name[i]);

		html_put(g->b, "<tr><td>%s</td>", name[i]);
		cell(g, k, "count", K_text, true);
		cell(g, k, "executed", K_text, true);
		cell(g, k, "succeeded", K_text, true);
		cell(g, k, "rate_bp", K_bp, true);
		cell(g, k, "mean_total_ms", K_ms, true);
		buf_str(g->b, "</tr>\n");
	}
	html_table_end(g->b);
	for (unsigned i = 0; i < 3; i++)
		which(g, name[i],
		    json_member(&g->d,
			json_member(&g->d, json_member(&g->d, 0, "similar"), name[i]), "ids"));
}

/* The appendix: all events that the page rests on, with their whole ids. */
static void
events(struct buf *b, struct story *s)
{
	char id[37];
	unsigned n = 0;

	html_fold(b, "Events of this remediation");
	html_table(b, TABLE_happened, NULL);
	for (; n < s->n && n < REPORT_SHOWN; n++) {
		struct moment *m = &s->m[n];
		struct buf t;

		buf_init(&t, 1u << 24);
		event_sentence(&t, m, moment_payload(m));
		uuid_of(m->id, id);
		buf_str(b, "<tr><td class=\"t\">");
		utc_print(b, UTC_REST, m->time, 0);
		buf_str(b, "</td><td>");
		text_html(b, t.p, t.len);
		buf_str(b, "</td><td>");
		html_text(b, m->actor_id ? m->actor_id : "");
		html_put(b, "</td><td><code>%s @%" PRIu64 "</code></td></tr>\n", id, m->position);
		b->failed |= t.failed;
		buf_release(&t);
	}
	html_table_end(b);
	html_fold_end(b);
	html_put(b, "<p>%u of %u shown%s.</p>\n", n, s->n,
	    n < s->n ? "; all of them: <code>exhibit timeline FILE --id ID</code>" : "");
}

static int
parse(struct page *g, struct buf *b, const struct buf *json)
{
	g->b = b;
	json_init(&g->d);
	return json_parse(&g->d, (const char *)json->p, json->len, EX_JSON_DEPTH);
}

int
html_analysis_one(struct buf *b, const struct buf *json, struct story *s)
{
	const size_t n = sizeof one / sizeof *one;
	struct page g = { .rep = NULL };

	if (parse(&g, b, json)) {
		json_release(&g.d);
		return -1;
	}
	html_heading(b, "summary", "Summary");
	fields(&g, one, n, G_summary, NULL);
	html_heading(b, "phases", "Where the time went");
	phases(&g);
	html_heading(b, "lanes", "Who acted when");
	report_lanes(b, s);
	html_heading(b, "timeline", "Timeline");
	timeline(&g);
	html_heading(b, "model", "What the model said");
	buf_str(b, "<p>Observational: policy selects what is executed.</p>\n");
	fields(&g, one, n, G_model, NULL);
	html_heading(b, "approval", "Approval");
	fields(&g, one, n, G_approval, NULL);
	html_heading(b, "execution", "Execution");
	fields(&g, one, n, G_execution, NULL);
	html_heading(b, "effect", "Effect, and who was told");
	fields(&g, one, n, G_effect, NULL);
	html_heading(b, "people", "Acts of people");
	acts(&g);
	html_heading(b, "similar", "What was similar");
	similar(&g);
	html_heading(b, "events", "Appendix: events");
	events(b, s);
	json_release(&g.d);
	return 0;
}

/* A bar for each element: a name, a length, words behind it. */
static void
bars(struct page *g, const char *path, const char *name, const char *value, const char *of,
    enum kind kind, const char *words)
{
	uint32_t at = json_path(&g->d, 0, path);
	unsigned n = 0, all = at == JSON_NONE ? 0 : g->d.node[at].count;
	int64_t most = of ? 10000 : 1, v;
	double y = 16;

	/* without a whole, the longest bar is the measure */
	for (uint32_t k = all ? g->d.node[at].first : JSON_NONE; k != JSON_NONE && !of;
	     k = g->d.node[k].next)
		most = (v = number(g, k, value)) > most ? v : most;
	if (all == 0)
		return;
	/* at most twenty, and the rest is in the table */
	chart_begin(g->b, (int)(all < 20 ? all : 20) * 24 + 8, words);
	for (uint32_t k = g->d.node[at].first; k != JSON_NONE && n < 20;
	     k = g->d.node[k].next, n++) {
		uint32_t label = json_member(&g->d, k, name);
		size_t len = g->d.node[label].str_len;
		struct buf t;

		/* how much of a whole, or an amount */
		v = number(g, k, value);
		buf_init(&t, 256);
		if (of)
			buf_printf(&t, "%" PRId64 " of %" PRId64, number(g, k, "succeeded"),
			    number(g, k, of));
		else if (kind == K_ms)
			text_span(&t, v);
		else
			buf_printf(&t, "%" PRId64, v);
		/* cut where a character begins */
		while (len > 24 && ((unsigned char)json_str(&g->d, label)[len] & 0xc0) == 0x80)
			len--;
		chart_text(g->b, 0, y, "start", json_str(&g->d, label), len < 24 ? len : 24);
		chart_box(g->b, 180, y - 11, (double)v / (double)most * 190, 14, 0);
		chart_text(g->b, 376, y, "start", (char *)t.p, t.len);
		buf_release(&t);
		y += 24;
	}
	chart_end(g->b, words);
}

/* A dot for each bin, on the line where confidence is as often right as it says. */
static void
calibration(struct page *g)
{
	uint32_t at = json_path(&g->d, 0, "calibration.bins");
	double last_x = -1e6, last_y = 0, lower = 0;

	if (is_null(g, at) || g->d.node[at].count == 0)
		return;
	chart_begin(g->b, 260, "Confidence from left to right, how often it was borne out upwards");
	chart_line(g->b, 40, 230, 440, 30);
	chart_line(g->b, 40, 230, 440, 230);
	chart_line(g->b, 40, 230, 40, 30);
	chart_text(g->b, 40, 248, "start", "confidence 0", 12);
	chart_text(g->b, 440, 248, "end", "1", 1);
	chart_text(g->b, 40, 20, "start", "borne out", 9);
	for (uint32_t k = g->d.node[at].first; k != JSON_NONE; k = g->d.node[k].next) {
		double x = 40 + (double)number(g, k, "mean_confidence_micro") * 400 / 1e6;
		double y = 230 - (double)number(g, k, "rate_micro") * 200 / 1e6;
		bool close = x - last_x < 38 && y - last_y < 13 && last_y - y < 13;
		char n[32];

		/* two that stand close have their words one below the other */
		lower = close ? lower + 13 : 0;
		last_x = x;
		last_y = y;

		snprintf(n, sizeof n, "n %" PRId64, number(g, k, "n"));
		chart_dot(g->b, x, y, 5, 3);
		chart_text(g->b, x, y + 17 + lower, "middle", n, strlen(n));
	}
	chart_end(g->b,
	    "On the line: as often borne out as said. Policy selects what is executed, so this "
	    "says "
	    "little about a model.");
}

/* A rule's name, and what it is called. */
static void
rule(struct page *g, uint32_t at)
{
	buf_str(g->b, "<td>");
	put_value(g, at, K_text);
	for (unsigned i = 0; i < n_analysis_terms; i++)
		if (json_text_is(&g->d, at, analysis_term[i].name))
			html_put(g->b, ": %s", analysis_term[i].title);
	buf_str(g->b, "</td>");
}

static void
advice(struct page *g)
{
	uint32_t at = json_path(&g->d, 0, "recommendations");

	if (is_null(g, at) || g->d.node[at].count == 0) {
		buf_str(g->b, "<p>No rule holds.</p>\n");
		return;
	}
	/* a row a rule, with the figures that it rests on */
	html_table(g->b, TABLE_advice, "Where to look first; exhibit explain R1 tells of a rule");
	for (uint32_t k = g->d.node[at].first; k != JSON_NONE; k = g->d.node[k].next) {
		uint32_t f = json_member(&g->d, k, "figures"),
			 e = json_member(&g->d, k, "evidence");
		unsigned n = 0;

		buf_str(g->b, "<tr>");
		rule(g, json_member(&g->d, k, "rule"));
		cell(g, k, "priority", K_text, false);
		buf_str(g->b, "<td>");
		for (uint32_t m = g->d.node[f].first; m != JSON_NONE; m = g->d.node[m].next) {
			text_html(g->b, json_name(&g->d, m), g->d.node[m].name_len);
			buf_str(g->b, ": ");
			put_value(g, m, K_text);
			buf_str(g->b, "<br>");
		}
		buf_str(g->b, "</td><td>");
		/* a few of what it is about, and how many there are */
		for (uint32_t m = g->d.node[e].first; m != JSON_NONE && n < 5;
		     m = g->d.node[m].next, n++) {
			html_correlation(g->b, g->rep, json_str(&g->d, m), g->d.node[m].str_len);
			buf_str(g->b, "<br>");
		}
		if (g->d.node[e].count > n)
			html_put(g->b, "and %u more", g->d.node[e].count - n);
		buf_str(g->b, "</td></tr>\n");
	}
	html_table_end(g->b);
}

static void
groups(struct page *g)
{
	static const struct cells c[] = { { "key", K_text, false },
		{ "remediations", K_text, true }, { "executed", K_text, true },
		{ "succeeded", K_text, true }, { "failed", K_text, true },
		{ "rate_bp", K_bp, true }, { "mean_total_ms", K_ms, true },
		{ NULL, K_text, false } };

	bars(g, "by_action", "key", "rate_bp", "executed", K_bp,
	    "Success by action, of those that were executed");
	list(g, "by_action", TABLE_groups, "By action", c);
	list(g, "by_signal", TABLE_groups, "By signal", c);
	list(g, "by_target", TABLE_groups, "By target", c);
	list(g, "by_environment", TABLE_groups, "By environment", c);
}

static void
times(struct page *g)
{
	static const struct cells c[] = { { "phase", K_text, false }, { "n", K_text, true },
		{ "mean_ms", K_ms, true }, { "median_ms", K_ms, true }, { "p95_ms", K_ms, true },
		{ "max_ms", K_ms, true }, { NULL, K_text, false } };

	bars(g, "phases", "phase", "median_ms", NULL, K_ms, "Median time in each phase");
	bars(g, "phases", "phase", "p95_ms", NULL, K_ms,
	    "95th percentile of the time in each phase");
	list(g, "phases", TABLE_spreads, "Time in phases, of those that ended and entered them", c);
}

int
html_analysis_range(struct buf *b, const struct buf *json, const struct report *rep)
{
	static const struct cells day[] = { { "day", K_text, false },
		{ "remediations", K_text, true }, { "executed", K_text, true },
		{ "succeeded", K_text, true }, { "failed", K_text, true },
		{ "rate_bp", K_bp, true }, { NULL, K_text, false } };
	static const struct cells bin[] = { { "from_micro", K_micro, true }, { "n", K_text, true },
		{ "mean_confidence_micro", K_micro, true }, { "borne_out", K_text, true },
		{ "rate_micro", K_micro, true }, { "gap_micro", K_micro, true },
		{ NULL, K_text, false } };
	static const struct cells person[] = { { "who", K_text, false },
		{ "approved", K_text, true }, { "rejected", K_text, true },
		{ "wait.n", K_text, true }, { "wait.median_ms", K_ms, true },
		{ NULL, K_text, false } };
	const size_t n = sizeof range / sizeof *range;
	struct page g = { .rep = rep };

	if (parse(&g, b, json)) {
		json_release(&g.d);
		return -1;
	}
	/* before any number: what these figures cannot say */
	buf_str(b,
	    "<p>Observational: policy selects what is executed, so neither people nor models are "
	    /* counts, then advice, then how it came about */
	    "ranked here. Counts per person are about acts and waits.</p>\n");
	fields(&g, range, n, G_summary, "In all");
	advice(&g);
	times(&g);
	fields(&g, range, n, G_approvals, "Approvals");
	list(&g, "approvals.by_person", TABLE_deciders, "Acts and waits, by person; no ranking",
	    person);
	fields(&g, range, n, G_calibration, "Confidence against outcome");
	calibration(&g);
	list(&g, "calibration.bins", TABLE_bins, "Bins of confidence", bin);
	bars(&g, "trend", "day", "remediations", NULL, K_text, "Remediations by day");
	list(&g, "trend", TABLE_trend, "By day", day);
	groups(&g);
	json_release(&g.d);
	return 0;
}
