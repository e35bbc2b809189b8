/* Who acted: identities, decisions by who took them and how fast, who decided on whose workflow. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "base/utc.h"
#include "read/person.h"
#include "report/html/chart.h"
#include "report/notes.h"
#include "report/html/page.h"

#define PEOPLE_ROWS 40u /* in a picture */
#define PEOPLE_LEFT 190.0
#define PEOPLE_RIGHT 870.0

/* Is a name in the auditor's list, at some time of its acts? */
static const char *
authorised(const struct parameters *p, const struct note_actor *a)
{
	bool named = false;

	if (!p->approvers_given)
		return "no list was given";
	for (unsigned i = 0; i < p->n_approvers; i++)
		if (strcmp(p->approver[i].name, a->id) == 0) {
			named = true;
			if (p->approver[i].from <= a->first && a->last < p->approver[i].until)
				return "yes";
		}
	return named ? "for a part of that time" : "no";
}

void
report_identities(struct buf *b, const struct report *rep)
{
	static const char *const known[] = {
		[ADMITTED] = "authenticated by the API server, as its admission webhook states",
		[ASSERTED] = "asserted by the service account that acted for them",
		[STATED] = "stated by the service that wrote the event",
	};
	const struct report_notes *n = rep->notes;
	size_t shown = n->n_actors < REPORT_SHOWN ? n->n_actors : REPORT_SHOWN;

	html_section(b, SECTION_identities);
	buf_str(b,
	    "<p>Everybody who acted, as written, in all events here. Machines that appear as user "
	    "are no people: a name of the cluster's own (<code>system:…</code>) is a service.</p>"
	    "\n");
	html_table(b, TABLE_identities, NULL);
	/* each spelling is its own row: two of them may be one person */
	for (size_t i = 0; i < shown; i++) {
		const struct note_actor *a = &n->actor[i];
		bool machine = is_machine(a->type, a->id);

		buf_str(b, "<tr><td>");
		html_text(b, a->id[0] ? a->id : "(none)");
		buf_str(b, "</td><td>");
		html_text(b, a->type[0] ? a->type : "(none)");
		/* what is known of each, and when it was seen */
		html_put(b, "</td><td>%s</td><td>%s</td><td class=\"n\">%" PRIu64 "</td><td>",
		    machine              ? "service" :
			a->id[0] == '\0' ? "unknown" :
					   "person",
		    known[a->word], a->acts);
		buf_time(b, a->first);
		buf_str(b, "<br>");
		buf_time(b, a->last);
		html_put(b, "</td><td>%s</td></tr>\n",
		    machine ? "no person" : authorised(rep->controls->p, a));
	}
	html_table_end(b);
	/* how many there are, and how many were beyond a limit */
	html_put(b, "<p>%zu of %zu shown", shown, n->n_actors);
	if (n->beyond_actors)
		html_put(b, "; %" PRIu64 " acts of further identities are not told apart",
		    n->beyond_actors);
	buf_str(b, ".</p>\n");
}

/* ---- decisions */

/* The axis of waits: its marks stand at equal distances, and between them it is even. */
static const struct {
	int64_t seconds;
	const char *name;
} tick[] = { { 0, "0" }, { 1, "1 s" }, { 10, "10 s" }, { 60, "1 min" }, { 600, "10 min" },
	{ 3600, "1 h" }, { 36000, "10 h" }, { 86400, "1 d" }, { 864000, "10 d" } };

#define TICKS (sizeof tick / sizeof *tick)
#define TICK_WIDE ((PEOPLE_RIGHT - PEOPLE_LEFT) / (TICKS - 1))

static double
place_of(int64_t us)
{
	for (unsigned i = 1; i < TICKS; i++) {
		int64_t from = tick[i - 1].seconds * 1000000, to = tick[i].seconds * 1000000;

		if (us < to)
			return PEOPLE_LEFT +
			    TICK_WIDE * (i - 1 + (double)(us - from) / (double)(to - from));
	}
	return PEOPLE_RIGHT;
}

static void
axis(struct buf *b, double y)
{
	for (unsigned i = 0; i < TICKS; i++) {
		double x = PEOPLE_LEFT + TICK_WIDE * i;

		chart_line(b, x, 14, x, y);
		chart_text(b, x, y + 13, "middle", tick[i].name, strlen(tick[i].name));
	}
}

static void
legend(struct buf *b, double y)
{
	chart_mark(b, CHART_CIRCLE, 8, y, 4, 0, false);
	chart_text(b, 18, y + 4, "start", "approved", 8);
	chart_mark(b, CHART_SQUARE, 98, y, 4, 3, false);
	chart_text(b, 108, y + 4, "start", "rejected", 8);
	chart_mark(b, CHART_CIRCLE, 188, y, 4, 6, true);
	chart_text(b, 198, y + 4, "start", "expired", 7);
	chart_mark(b, CHART_CIRCLE, 278, y, 4, 0, false);
	chart_ring(b, 278, y, 6.5);
	chart_text(b, 290, y + 4, "start", "something else ran than was approved", 36);
}

static const char *const word_name[] = { "approved", "rejected", "expired" };

static const char *
name_of(const struct note_decision *d)
{
	return d->by ? d->by : "(nobody named)";
}

/* How many of the decisions from `at` on are of one person. */
static size_t
run_of(const struct report_notes *n, size_t at)
{
	size_t k = at + 1;

	while (
	    k < n->n_decisions && strcmp(name_of(&n->decision[at]), name_of(&n->decision[k])) == 0)
		k++;
	return k - at;
}

static void
row_of(struct buf *b, const struct report_notes *n, size_t at, size_t count, double y)
{
	size_t step = count > 300 ? count / 300 : 1; /* marks of a row, at most */

	chart_text_cut(b, 0, y + 4, "start", name_of(&n->decision[at]), 28);
	chart_line(b, PEOPLE_LEFT, y, PEOPLE_RIGHT, y);
	for (size_t i = at; i < at + count; i += step) {
		const struct note_decision *d = &n->decision[i];
		double x;

		if (d->requested_at == NO_TIME || d->decided_at == NO_TIME ||
		    d->decided_at < d->requested_at)
			continue;
		x = place_of(d->decided_at - d->requested_at);
		chart_mark(b, d->word == NOTE_REJECTED ? CHART_SQUARE : CHART_CIRCLE, x, y, 4,
		    d->word == NOTE_REJECTED    ? 3 :
			d->word == NOTE_EXPIRED ? 6 :
						  0,
		    d->word == NOTE_EXPIRED);
		if (d->other)
			chart_ring(b, x, y, 6.5);
	}
}

static void
decision_table(struct buf *b, const struct report *rep)
{
	const struct report_notes *n = rep->notes;
	size_t shown = n->n_decisions < REPORT_SHOWN ? n->n_decisions : REPORT_SHOWN;

	html_table(b, TABLE_decisions, NULL);
	/* each decision with who made it, by which way */
	for (size_t i = 0; i < shown; i++) {
		const struct note_decision *d = &n->decision[i];
		struct buf who;

		buf_init(&who, 1u << 20);
		put_person(&who, name_of(d), d->asserted_by);
		buf_str(b, "<tr><td>");
		text_html(b, who.p, who.len);
		b->failed |= who.failed;
		buf_release(&who);
		html_put(b, "</td><td>%s%s</td><td>", word_name[d->word],
		    d->other ? ", something else ran" : "");
		html_remediation(b, rep, d->c);
		buf_str(b, "</td><td>");
		/* a time that is not stated stays empty */
		if (d->decided_at != NO_TIME)
			buf_time(b, d->decided_at);
		buf_str(b, "</td><td class=\"n\">");
		if (d->requested_at != NO_TIME && d->decided_at != NO_TIME &&
		    d->decided_at >= d->requested_at)
			/* how long it took, where both times are */
			text_span(b, (d->decided_at - d->requested_at) / 1000);
		buf_str(b, "</td><td>");
		html_text(b, d->workflow ? d->workflow : "not told");
		buf_str(b, "</td></tr>\n");
	}
	html_table_end(b);
	html_put(b, "<p>%zu of %zu shown%s.</p>\n", shown,
	    n->n_decisions + (size_t)n->beyond_decisions,
	    shown < n->n_decisions + n->beyond_decisions ? "; all of them: exhibit approvals FILE" :
							   "");
}

void
report_decisions(struct buf *b, const struct report *rep)
{
	const struct report_notes *n = rep->notes;
	unsigned rows = 0, more = 0;
	double y = 30;

	if (n->n_decisions == 0) {
		buf_str(b, "<p>No decision is on record here.</p>\n");
		return;
	}
	for (size_t i = 0; i < n->n_decisions; i += run_of(n, i))
		rows++;
	more = rows > PEOPLE_ROWS ? rows - PEOPLE_ROWS : 0;
	rows -= more;
	chart_begin_wide(b, (int)rows * 20 + 60,
	    "Decisions by who took them, and how long after the request; the table below has each",
	    false);
	legend(b, 7);
	axis(b, 24 + rows * 20.0);
	for (size_t i = 0, k = 0; i < n->n_decisions && k < rows; i += run_of(n, i), k++, y += 20)
		row_of(b, n, i, run_of(n, i), y);
	chart_end(b, "From request to decision; the marks of the axis grow about tenfold.");
	if (more)
		html_put(b, "<p>%u more who decided are in the table only.</p>\n", more);
	html_fold(b, "The same as a table");
	decision_table(b, rep);
	html_fold_end(b);
}

/* ---- who decided on whose workflow */

#define MATRIX 16u

struct matrix {
	const char *author[MATRIX], *approver[MATRIX];
	unsigned n_authors, n_approvers;
	size_t count[MATRIX][MATRIX];
	size_t unknown, beyond; /* decisions whose author is not in evidence; that have no room */
};

static unsigned
place_in(const char **list, unsigned *n, const char *s)
{
	unsigned i = 0;

	while (i < *n && strcmp(list[i], s))
		i++;
	if (i == *n && *n < MATRIX)
		list[(*n)++] = s;
	return i;
}

static void
fill(struct matrix *m, const struct report *rep)
{
	for (size_t i = 0; i < rep->notes->n_decisions; i++) {
		const struct note_decision *d = &rep->notes->decision[i];
		const char *author[MATRIX];
		unsigned n;

		if (!d->human || d->by == NULL)
			continue;
		n = d->workflow ?
		    controls_authors(rep->controls, d->workflow, d->decided_at, author, MATRIX) :
		    0;
		m->unknown += n == 0;
		for (unsigned k = 0; k < n; k++) {
			unsigned x = place_in(m->author, &m->n_authors, author[k]),
				 y = place_in(m->approver, &m->n_approvers, d->by);

			if (x < MATRIX && y < MATRIX)
				m->count[y][x]++;
			else
				m->beyond++;
		}
	}
}

void
report_matrix(struct buf *b, const struct report *rep)
{
	struct matrix m = { .n_authors = 0 };

	/* nobody can be compared with nobody */
	fill(&m, rep);
	if (m.n_approvers == 0) {
		html_put(b,
		    "<p>Who decided on whose workflow: nothing to show; of %zu decisions of people "
		    "it is not in evidence who had registered the workflow.</p>\n",
		    m.unknown);
		return;
	}
	buf_str(b,
	    "<table class=\"x\"><caption>Who decided (rows) on whose workflow (columns); = marks "
	    /* authors as columns, approvers as rows */
	    "one person in both roles</caption><thead><tr><td></td>");
	for (unsigned x = 0; x < m.n_authors; x++) {
		buf_str(b, "<th scope=\"col\">");
		html_text(b, m.author[x]);
		buf_str(b, "</th>");
	}
	buf_str(b, "</tr></thead><tbody>\n");
	for (unsigned y = 0; y < m.n_approvers; y++) {
		buf_str(b, "<tr><th scope=\"row\">");
		html_text(b, m.approver[y]);
		buf_str(b, "</th>");
		/* one person in both roles is what the table is for */
		for (unsigned x = 0; x < m.n_authors; x++) {
			bool one = strcmp(m.approver[y], m.author[x]) == 0;

			html_put(b, "<td class=\"n%s\">", one && m.count[y][x] ? " s-not" : "");
			if (m.count[y][x])
				html_put(b, "%s%zu", one ? "= " : "", m.count[y][x]);
			buf_str(b, "</td>");
		}
		buf_str(b, "</tr>\n");
	}
	html_table_end(b);
	/* decisions that cannot be placed are counted */
	if (m.unknown)
		html_put(b,
		    "<p>Of %zu more decision%s of people it is not in evidence who had registered "
		    "the workflow.</p>\n",
		    m.unknown, m.unknown == 1 ? "" : "s");
	if (m.beyond)
		buf_str(b, "<p>Further pairs have no room here: exhibit controls.</p>\n");
}
