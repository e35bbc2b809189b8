/* The page of one remediation: its exceptions, its story, and its object. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "approval/facts.h"
#include "base/text.h"
#include "rebuild/rebuild.h"
#include "report/notes.h"
#include "report/html/page.h"

static void
head(struct buf *b, struct story *s, const struct correlation *c)
{
	char approval[64];

	story_approval(s, approval);
	buf_str(b, "<h3 id=\"");
	html_anchor(b, "rr-", c->text, c->n);
	buf_str(b, "\">");
	text_html(b, c->text, c->n);
	buf_str(b, "</h3>\n<p>Ended: ");
	html_text(b, s->phases.phase == PHASE_NONE ? "not told" : phase_name[s->phases.phase]);
	buf_str(b, "; outcome: ");
	html_text(b, s->phases.outcome[0] ? s->phases.outcome : "not told");
	buf_str(b, "; approval: ");
	html_text(b, approval[0] ? approval : "none asked for");
	html_put(b, "; %u events.</p>\n", s->n);
}

/* Back to the exceptions that name it, as far as they are shown. */
static void
exceptions(struct buf *b, const struct report *rep, const struct correlation *c)
{
	const struct controls *k = rep->controls;
	unsigned n = 0;

	for (size_t i = 0; i < k->n && i < REPORT_SHOWN; i++)
		if (k->exception[i].c == c)
			html_put(b, "%s<a href=\"#ex-%zu\">%zu: %s</a>",
			    n++ ? ", " : "<p>Exceptions: ", i + 1, i + 1,
			    rule_info[k->exception[i].rule].name);
	buf_str(b, n ? ".</p>\n" : "");
}

/* Where a row of a list is, if it is shown. */
static void
row_of(struct buf *b, const struct note_rows *l, const struct correlation *c, const char *anchor,
    const char *words, unsigned *n)
{
	for (size_t i = 0; i < l->n && i < REPORT_SHOWN; i++) {
		if (l->row[i].c != c)
			continue;
		html_put(b, "%s<a href=\"#", (*n)++ ? ", " : "<p>In lists: ");
		html_anchor(b, anchor, c->text, c->n);
		html_put(b, "\">%s</a>", words);
		return;
	}
}

/* Back to its rows in lists; a paragraph that found() ends. */
static void
lists(struct buf *b, const struct report *rep, const struct correlation *c)
{
	unsigned n = 0;

	row_of(b, &rep->notes->changes, c, "ch-", "changes", &n);
	row_of(b, &rep->notes->allowed, c, "al-", "allowed by policy", &n);
	for (size_t i = 0; rep->sample && i < rep->sample->n; i++)
		if (rep->sample->item[i].d->e->c == c)
			html_put(b, "%s<a href=\"#sample-%zu\">the sample</a>",
			    n++ ? ", " : "<p>In lists: ", i + 1);
	buf_str(b, n ? ". " : "<p>");
}

static bool
is_about(const struct finding *f, const struct correlation *c)
{
	if (f->correlation && strncmp(f->correlation, c->text, c->n) == 0 &&
	    f->correlation[c->n] == '\0')
		return true;
	for (unsigned i = 0; i < f->n_correlations; i++)
		if (strncmp(f->correlations[i], c->text, c->n) == 0 &&
		    f->correlations[i][c->n] == '\0')
			return true;
	return false;
}

/* The state of its evidence: what was found of its rows, worst first, each kind with its number. */
static void
found(struct buf *b, const struct report *rep, const struct correlation *c)
{
	const struct findings *l = &rep->v->findings;
	unsigned count[FINDING_COUNT] = { 0 }, n = 0;

	for (unsigned i = 0; i < l->n; i++)
		count[l->f[i].id] += is_about(&l->f[i], c);
	for (int level = LEVEL_ALARM; level >= LEVEL_NOTE; level--)
		for (unsigned id = 0; id < FINDING_COUNT; id++) {
			if (count[id] == 0 || (int)finding_info[id].level != level)
				continue;
			html_put(b, "%s%u %s %s (%s)",
			    n++ ? ", " : "Found of its rows: ", count[id], finding_info[id].id,
			    finding_info[id].class, level_name[level]);
		}
	buf_str(b,
	    n ? ": section <a href=\"#s-integrity\">4</a>.</p>\n" :
		"Nothing was found of its rows.</p>\n");
}

static void
step(struct buf *b, const struct report *rep, struct moment *m)
{
	struct buf t;
	char id[37];

	buf_init(&t, 1u << 24);
	event_sentence(&t, m, moment_payload(m));
	buf_str(b, "<tr><td class=\"t\">");
	utc_print(b, UTC_REST, m->time, 0);
	/* the order is marked where it is not the time that tells it */
	html_put(b, "%s%s%s</td><td>%s</td><td>", m->order == ORDER_TIME ? "" : " ",
	    m->order == ORDER_TIME ? "" : order_mark[m->order],
	    m->behind_end           ? " (behind the end)" :
		m->contradicts_time ? " (stored behind a later one)" :
				      "",
	    event_type_info[m->kind].stage);
	text_html(b, t.p, t.len);
	buf_str(b, "</td><td>");
	html_text(b, m->actor_id ? m->actor_id : "");
	uuid_of(m->id, id);
	buf_str(b, "</td><td>");
	report_event(b, rep, id, m->position);
	buf_str(b, "</td></tr>\n");
	b->failed |= t.failed;
	buf_release(&t);
}

/* Since when its events have existed, as others say (trust.md W-8). */
static void
sealed_before(struct buf *b, const struct report *rep, const struct story *s)
{
	const struct verification *v = rep->v;
	const struct dated *latest = NULL;
	char at[UTC_TEXT];
	unsigned n = 0;

	for (unsigned i = 0; v->dates && i < s->n; i++) {
		const struct dated *d = dates_bound(
		    v->dates, archive_origin(v->archive[s->m[i].archive]), s->m[i].position);

		n += d != NULL;
		if (d && (latest == NULL || d->before > latest->before))
			latest = d;
	}
	if (latest == NULL)
		return;
	utc_text(at, latest->before);
	html_put(b, "<p>%u of its %u events had been sealed before %s, says ", n, s->n, at);
	html_text(b, latest->who);
	buf_str(b, ".</p>\n");
}

static void
story(struct buf *b, const struct report *rep, struct story *s)
{
	unsigned shown = 0;

	html_table(b, TABLE_story, NULL);
	for (unsigned i = 0; i < s->n; i++)
		if (event_type_info[s->m[i].kind].in_short) {
			step(b, rep, &s->m[i]);
			shown++;
		}
	html_table_end(b);
	sealed_before(b, rep, s);
	html_put(b,
	    "<p>%u of %u events shown; the others are routine steps: exhibit timeline. ~ order as "
	    "the source's flow goes, ? unknown: within this moment it is not proven.</p>\n",
	    shown, s->n);
}

/* What a person had before them who was asked. */
static int
shown(struct buf *b, const struct story *s, const struct correlation *c, struct err *e)
{
	struct facts f;
	struct str body;
	bool told;
	int rc = facts_of(&f, s, c) ? err_nomem(e) : 0;

	if (rc == 0 && f.requested.n) {
		body = facts_shown(&f, &told);
		html_fold(b, "What the approver was shown");
		if (!told || body.p == NULL)
			buf_str(b,
			    "<p>Not in evidence: no event says that a notification of the request "
			    "was sent.</p>\n");
		else {
			buf_str(b, "<pre class=\"shown\">");
			html_lines(b, body.p, body.n);
			buf_str(b, "</pre>\n");
		}
		html_fold_end(b);
	}
	facts_release(&f);
	return rc;
}

static void
object(struct buf *b, struct story *s, const struct correlation *c, struct err *e)
{
	struct rebuilt_rr rr;
	struct buf t;

	rebuilt_init(&rr);
	buf_init(&t, 1u << 24);
	if (rebuild_rr(&rr, s, c, &(struct rebuild_wish){ .partial = true }, e) == 0 &&
	    yaml_of_json(&t, rr.object.p, rr.object.len) == 0) {
		/* long, and a file of its own in a bundle: a screen unfolds it, paper names it */
		html_put(b,
		    "<details class=\"screen\"><summary>RemediationRequest rebuilt from these "
		    "events; ");
		html_put(b,
		    rr.n_errors ? "the rules of its CRD refuse %u fields</summary>\n<pre>" :
				  "it passes the rules of its CRD</summary>\n<pre>",
		    rr.n_errors);
		/* line feeds are ours: YAML escapes those of values */
		html_lines(b, (char *)t.p, t.len);
		buf_str(b,
		    "</pre></details>\n<p class=\"paper\">Its rebuilt RemediationRequest is not "
		    "printed: exhibit reconstruct, or the file in rebuilt/ of a bundle.</p>\n");
	}
	rebuilt_release(&rr);
	buf_release(&t);
}

int
report_remediation(struct buf *b, struct report *rep, const struct correlation *c, struct err *e)
{
	struct story s = { 0 };

	if (story_load(&s, rep->r, c, e) == 0) {
		head(b, &s, c);
		exceptions(b, rep, c);
		lists(b, rep, c);
		found(b, rep, c);
		report_lanes(b, &s);
		story(b, rep, &s);
		if (shown(b, &s, c, e) == 0)
			object(b, &s, c, e);
	}
	story_release(&s);
	return e->status ? -1 : 0;
}
