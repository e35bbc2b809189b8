/*
 * The analysis of one remediation for people: the same figures as its JSON, each fact with the
 * event that it rests on and where that lies. Texts of others are harmless (text_plain).
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "analysis/inner.h"
#include "base/limits.h"
#include "base/text.h"
#include "base/utc.h"
#include "base/wide.h"

#define BAR 40 /* columns */

static void
put_plain(struct buf *b, struct str s)
{
	if (s.n)
		text_plain(b, s.p, s.n);
	else
		buf_str(b, "not in evidence");
}

static void
put_field(struct buf *b, const char *name, struct str s)
{
	buf_printf(b, "  %-22s", name);
	put_plain(b, s);
	buf_byte(b, '\n');
}

static void
put_known(struct buf *b, const char *name, const char *s)
{
	buf_printf(b, "  %-22s%s\n", name, s ? s : "not in evidence");
}

/* Share of a whole, `12.34 %`. */
void
put_percent(struct buf *b, int64_t n, int64_t of)
{
	int64_t bp;

	if (!basis_points(n, of, &bp))
		buf_str(b, "-");
	else if (bp < 0)
		buf_printf(b, "-%" PRId64 ".%02" PRId64 " %%", (-bp / 100), (-bp % 100));
	else
		buf_printf(b, "%" PRId64 ".%02" PRId64 " %%", bp / 100, bp % 100);
}

/* The event that a fact rests on, and where it lies. */
static void
put_ground(struct buf *b, const struct one *o, unsigned at)
{
	char id[37];

	if (at == NONE)
		return;
	uuid_of(o->d.m[at]->id, id);
	buf_printf(b, "  [%s @%" PRIu64 "]", id, o->d.m[at]->position);
}

static void
put_when(struct buf *b, const char *name, int64_t us, const struct one *o, unsigned at)
{
	buf_printf(b, "  %-22s", name);
	if (us == NO_TIME)
		buf_str(b, "not in evidence");
	else
		utc_print(b, UTC_REST, us, 0);
	put_ground(b, o, at);
	buf_byte(b, '\n');
}

static unsigned
end_of(const struct one *o)
{
	for (unsigned i = 0; o->f.p->end >= 0 && i < o->d.n; i++)
		if (o->d.m[i] == &o->d.s->m[o->f.p->end])
			return i;
	return NONE;
}

/* What stands here decides, but for what only an absence says (AN-18). */
static const char *
approval_told(const struct one *o)
{
	enum approval_status s = o->g.approval;

	return o->partial && s != APPROVAL_APPROVED && s != APPROVAL_REJECTED ? "cannot tell: "
										"events of it are "
										"missing" :
										approval_name[s];
}

static void
put_borne(struct buf *b, const struct one *o)
{
	bool absent = o->g.borne == BORNE_UNTESTED || o->g.borne == BORNE_UNKNOWN;

	if (o->partial && absent)
		put_known(b, "borne out", "cannot tell: events of it are missing");
	else
		buf_printf(b, "  %-22s%s: %s\n", "borne out", borne_name[o->g.borne], o->g.because);
}

static void
put_summary(struct buf *b, const struct one *o)
{
	const struct phases *p = o->f.p;

	buf_str(b, "SUMMARY\n");
	put_field(b, "signal", o->g.signal);
	put_field(b, "target", o->g.place);
	if (o->f.remediation_target.n && str_cmp(o->f.remediation_target, o->g.target))
		put_field(b, "what was changed", o->f.remediation_target);
	put_field(b, "environment", o->g.environment);
	put_field(b, "action", o->g.action);
	put_known(b, "result",
	    o->partial && o->g.result == RESULT_OPEN ? "cannot tell: no end stands here" :
						       result_name[o->g.result]);
	put_field(b, "outcome", str_of(p->outcome));
	put_when(b, "received", o->g.t0, o, NONE);
	put_when(b, "ended", o->g.end, o, end_of(o));
	if (o->g.end != NO_TIME) {
		buf_printf(b, "  %-22s", "took");
		text_span(b, o->g.total_ms);
		if (o->g.bottleneck >= 0) {
			buf_printf(b, ", most of it %s: ", stage_name[o->g.bottleneck]);
			text_span(b, o->g.stage_ms[o->g.bottleneck]);
			buf_str(b, ", ");
			put_percent(b, o->g.stage_ms[o->g.bottleneck], o->g.total_ms);
		}
		buf_byte(b, '\n');
	}
	put_known(b, "approval", approval_told(o));
	put_borne(b, o);
	/* those in other correlations are counted where all of them are read */
	buf_printf(b, "  %-22s%u in its own events\n", "acts of people", o->g.n_acts);
}

static int
put_timeline(struct buf *b, struct one *o)
{
	struct milestones t;
	int rc = milestones_of(&t, o);

	buf_str(b, "\nTIMELINE, by stated time; offsets from the signal\n");
	for (unsigned i = 0; rc == 0 && i < t.n; i++) {
		const struct moment *m = o->d.m[t.m[i].at[0]];
		int64_t off = floor_div(t.m[i].time - o->g.t0, 1000);

		buf_printf(b, "  T%-3u ", i);
		utc_print(b, UTC_REST, t.m[i].time, 0);
		buf_printf(b, "  %s", off >= 0 ? "+" : "");
		text_span(b, off);
		buf_printf(b, "  %s  ", t.m[i].key);
		put_plain(b, str_of(m->actor_id));
		put_ground(b, o, t.m[i].at[0]);
		if (t.m[i].n > 1)
			buf_printf(b, " and %u more", t.m[i].n - 1);
		buf_byte(b, '\n');
	}
	milestones_release(&t);
	return rc;
}

static void
put_stages(struct buf *b, const struct figures *g)
{
	buf_str(b, "\nPHASES\n");
	for (int k = 0; k < STAGES; k++) {
		int64_t columns = 0;

		if (g->stage_ms[k] < 0)
			continue;
		buf_printf(b, "  %-20s", stage_name[k]);
		text_span(b, g->stage_ms[k]);
		if (g->end != NO_TIME && g->total_ms > 0) {
			buf_str(b, "  ");
			put_percent(b, g->stage_ms[k], g->total_ms);
			columns = (int64_t)((wide)g->stage_ms[k] * BAR / g->total_ms);
			buf_str(b, "  ");
			for (int64_t i = 0; i < columns && i < BAR; i++)
				buf_byte(b, '#');
		}
		buf_byte(b, '\n');
	}
}

static void
put_ai(struct buf *b, struct one *o)
{
	struct dossier *d = &o->d;
	struct str cause = text_at(d, o->f.kar, "response_data.rootCauseAnalysis.summary");
	unsigned at = o->f.kar;

	if (cause.n == 0) {
		cause = last_text(d, K_KRCA, "response_data.rootCauseAnalysis.summary");
		at = d->last[K_KRCA];
	}
	buf_str(b, "\nANALYSIS BY THE MODEL\n");
	buf_printf(b, "  %-22s", "root cause");
	put_plain(b, cause);
	put_ground(b, o, cause.n ? at : NONE);
	buf_byte(b, '\n');
	put_field(b, "proposed workflow", o->chosen);
	put_field(b, "confidence", o->confidence);
	put_known(b, "changed by people",
	    o->g.other_workflow ? o->g.other_parameters ? "workflow and parameters" : "workflow" :
		o->g.other_parameters ? "parameters" :
					"no");
	put_borne(b, o);
	buf_str(b, "  (observational: policy selects what is executed)\n");
}

static void
put_approval(struct buf *b, const struct one *o)
{
	const struct traits *f = &o->f;
	unsigned at = f->e1 != NONE ? f->e1 :
	    f->e2 != NONE           ? f->e2 :
	    f->auto_approved        ? f->aad :
				      NONE;

	buf_str(b, "\nAPPROVAL\n");
	put_known(b, "status", approval_told(o));
	put_when(b, "asked", o->requested_at, o, o->d.first[K_REQUESTED]);
	put_when(b, "decided", o->decided_at, o, at);
	if (o->g.waited) {
		buf_printf(b, "  %-22s", "waited");
		text_span(b, o->g.wait_ms);
		buf_byte(b, '\n');
	}
	if (o->decided_by.n)
		put_field(b, "by", o->decided_by);
	if (o->via.n)
		put_field(b, "via", o->via);
	if (o->g.decided)
		put_known(b, "with a reason", o->g.justified ? "yes" : "no");
}

static void
put_effect(struct buf *b, const struct one *o)
{
	unsigned done = o->d.last[K_ASSESSED];
	char digits[32] = "";

	if (o->f.scored)
		double_text(o->f.score, digits);
	buf_str(b, "\nEFFECT\n");
	put_field(b, "score", str_of(digits));
	buf_printf(b, "  %-22s%u %%\n", "of the weights", o->f.weight);
	put_when(b, "assessed", time_at(&o->d, done), o, done);
	if (done != NONE && o->g.end != NO_TIME && o->d.m[done]->time > o->g.end)
		buf_str(b, "  assessed behind the end: the outcome does not rest on it\n");
}

static void
put_acts(struct buf *b, const struct figures *f)
{
	buf_printf(b, "\nACTS OF PEOPLE: %u, which says what was done and when, not how well\n",
	    f->n_acts);
	for (unsigned i = 0; i < f->n_acts; i++) {
		char id[37];

		uuid_of(f->act[i].id, id);
		buf_str(b, "  ");
		utc_print(b, UTC_REST, f->act[i].time, 0);
		buf_printf(b, "  %-24s", act_name[f->act[i].kind]);
		put_plain(b, f->act[i].who);
		buf_printf(b, "  [%s]\n", id);
	}
}

static void
put_similar(struct buf *b, const struct analyses *a, const struct figures *f)
{
	buf_str(b, "\nSIMILAR in the thirty days before (hindsight: they may have ended later)\n");
	for (unsigned k = 0; k < LIKENESSES; k++) {
		struct similar s = similar_of(a, f, (enum likeness)k);
		struct tally t = { 0 };

		for (size_t i = 0; i < s.n; i++)
			tally_add(&t, &a->f[s.at[i]]);
		buf_printf(b, "  %-26s%zu, of %" PRIu64 " executed %" PRIu64 " succeeded (",
		    likeness_name[k], s.n, t.executed, t.succeeded);
		put_percent(b, (int64_t)t.succeeded, (int64_t)t.executed);
		buf_str(b, ")\n");
	}
}

static int
put_one(
    struct buf *b, const struct analyses *a, struct one *o, const struct figures *f, bool summary)
{
	buf_str(b, "ANALYSIS OF ");
	text_plain(b, f->c->text, f->c->n);
	buf_str(b, "\n\n");
	put_summary(b, o);
	if (summary)
		return b->failed ? -1 : 0;
	if (put_timeline(b, o))
		return -1;
	put_stages(b, &o->g);
	put_ai(b, o);
	put_approval(b, o);
	put_effect(b, o);
	put_acts(b, f);
	put_similar(b, a, f);
	return b->failed || o->d.nomem ? -1 : 0;
}

int
analysis_text(
    struct analyses *a, size_t i, enum page_view view, bool partial, struct buf *out, struct err *e)
{
	const struct figures *f = &a->f[i];
	struct story s = { 0 };
	struct one o = { 0 };
	int rc = story_load(&s, a->r, f->c, e);

	if (rc == 0) {
		rc = one_open(&o, &s, f->c);
		o.partial = partial;
		if (rc || put_one(out, a, &o, f, view == VIEW_SUMMARY))
			rc = err_nomem(e);
		one_release(&o);
	}
	story_release(&s);
	return rc ? -1 : 0;
}
