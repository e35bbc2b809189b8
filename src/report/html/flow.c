/* Where the remediations went: a picture of populations, whose bands lead to their lists. */
#include <stdio.h>
#include <string.h>

#include "report/html/chart.h"
#include "report/html/page.h"

/*
 * A remediation is in one of the three of the second column, and then in one of the third: what is
 * in the part and in its whole (CT-7 names what is not).
 */
static const struct flow {
	enum population whole, part; /* of all: POPULATIONS */
	unsigned shade;
	const char *words;
} flow[] = {
	{ POPULATIONS, POP_WITHOUT_REQUEST, 0, "created without a request" },
	{ POPULATIONS, POP_REQUESTED, 3, "approval requested" },
	{ POPULATIONS, POP_NOTHING, 6, "nothing created" },
	{ POP_WITHOUT_REQUEST, POP_BY_POLICY, 0, "executed by policy" },
	{ POP_WITHOUT_REQUEST, POP_OTHERWISE, 3, "executed otherwise" },
	{ POP_WITHOUT_REQUEST, POP_CREATED_ONLY, 2, "created, not started" },
	{ POP_REQUESTED, POP_AFTER_APPROVAL, 0, "executed after approval" },
	{ POP_REQUESTED, POP_APPROVED_ONLY, 2, "approved, not started" },
	{ POP_REQUESTED, POP_REJECTED, 3, "rejected" },
	{ POP_REQUESTED, POP_EXPIRED, 3, "expired" },
	{ POP_REQUESTED, POP_UNDECIDED, 2, "undecided" },
};

#define FLOW_PARTS (sizeof flow / sizeof *flow)
#define FLOW_FIRST 3u /* of the second column */
#define FLOW_HIGH 200.0

static size_t
members(const struct registry *r, const struct flow *p)
{
	size_t n = 0;

	for (size_t i = 0; i < r->n; i++)
		n += (r->entry[i].populations >> p->part & 1) &&
		    (p->whole == POPULATIONS || (r->entry[i].populations >> p->whole & 1));
	return n;
}

static void
label(struct buf *b, double x, double y, size_t n, const struct flow *p)
{
	char t[100];

	snprintf(t, sizeof t, "%zu %s", n, p->words);
	chart_link(b, "p-", population_info[p->part].name);
	chart_text(b, x, y + 4, "start", t, strlen(t));
	chart_link_end(b);
}

/* The parts of a whole that stands at (x, y), one below the other at column `to`; returns where
 * the last one ends. */
static double
parts_of(struct buf *b, const size_t *count, enum population whole, double x, double y, double to,
    double at, double unit)
{
	for (unsigned i = 0; i < FLOW_PARTS; i++) {
		double h = (double)count[i] * unit, high = h < 3 && count[i] ? 3 : h;

		if (flow[i].whole != whole || count[i] == 0)
			continue;
		chart_band(b, x, y, to, at, high, flow[i].shade);
		chart_box(b, to, at, 10, high, flow[i].shade);
		label(b, to + 15, at + high / 2, count[i], &flow[i]);
		y += h;
		at += high > 16 ? high + 6 : 20;
	}
	return at;
}

void
report_flow(struct buf *b, const struct report *rep)
{
	const struct registry *r = rep->registry;
	size_t count[FLOW_PARTS];
	double unit = r->n ? FLOW_HIGH / (double)r->n : 0, y[FLOW_FIRST], at = 20, to = 20;
	char t[120];

	/* a picture of nothing is no picture */
	if (r->n == 0)
		return;
	/* widths are counts, so that bands and tables say the same */
	for (unsigned i = 0; i < FLOW_PARTS; i++)
		count[i] = members(r, &flow[i]);
	snprintf(t, sizeof t, "Where %zu remediations went: counted in the table below", r->n);
	chart_begin_wide(b, 20 + (int)FLOW_HIGH + 60, t, true);
	snprintf(t, sizeof t, "%zu remediation%s", r->n, r->n == 1 ? "" : "s");
	chart_link(b, "p-", population_info[POP_REMEDIATIONS].name);
	chart_text(b, 0, 12, "start", t, strlen(t));
	chart_link_end(b);
	chart_box(b, 0, 20, 10, FLOW_HIGH, 6);
	/* the second column stands where parts_of puts it */
	for (unsigned i = 0; i < FLOW_FIRST; i++) {
		double h = (double)count[i] * unit;

		y[i] = at;
		at += count[i] == 0 ? 0 : h > 16 ? h + 6 : 20;
	}
	parts_of(b, count, POPULATIONS, 10, 20, 270, 20, unit);
	/* bands lead to where their parts stand */
	for (unsigned i = 0; i < FLOW_FIRST; i++)
		if (count[i])
			to = parts_of(
			    b, count, flow[i].part, 500, y[i], 680, to > y[i] ? to : y[i], unit);
	chart_end(
	    b, "Populations: each name leads to its list. Bands are as high as their counts.");
	/* the same numbers, for whoever cannot see it */
	html_fold(b, "The same as a table");
	html_table(b, TABLE_flow, NULL);
	for (unsigned i = 0; i < FLOW_PARTS; i++)
		buf_printf(b,
		    "<tr><td>%s</td><td><a href=\"#p-%s\">%s</a></td><td class=\"n\">%zu</td></tr>"
		    "\n",
		    flow[i].whole == POPULATIONS ? population_info[POP_REMEDIATIONS].name :
						   population_info[flow[i].whole].name,
		    population_info[flow[i].part].name, flow[i].words, count[i]);
	html_table_end(b);
	html_fold_end(b);
}
