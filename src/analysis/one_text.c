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

#define BAR 40        /* columns */
#define LIKE_SHOWN 5u /* ids of those that are like it; JSON has all */

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

/* A fact with the event that it rests on. */
static void
put_fact(struct buf *b, const char *name, struct str s, const struct one *o, unsigned at)
{
	buf_printf(b, "  %-22s", name);
	put_plain(b, s);
	if (s.n)
		put_ground(b, o, at);
	buf_byte(b, '\n');
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

/* The event that A7's answer rests on; NONE: an absence. */
static unsigned
borne_by(const struct one *o)
{
	const struct dossier *d = &o->d;
	bool failed = o->f.finish != NONE && d->kind[o->f.finish] == K_WWF;

	if (o->g.borne == BORNE_UNTESTED)
		return NONE;
	if (failed || o->f.finish == NONE)
		return o->f.finish != NONE ? o->f.finish : d->first[K_WES];
	if (o->f.spec_drift)
		return d->last[K_ASSESSED];
	if (strstr(o->g.because, "alert is"))
		return d->last[K_ALERT];
	if (strstr(o->g.because, "still active while"))
		return d->first[K_DECAY];
	return strstr(o->g.because, "healthy") ? d->last[K_HEALTH] : NONE;
}

static void
put_borne(struct buf *b, const struct one *o)
{
	bool absent = o->g.borne == BORNE_UNTESTED || o->g.borne == BORNE_UNKNOWN;

	if (o->partial && absent)
		put_known(b, "borne out", "cannot tell: events of it are missing");
	else {
		buf_printf(b, "  %-22s%s: %s", "borne out", borne_name[o->g.borne], o->g.because);
		put_ground(b, o, borne_by(o));
		buf_byte(b, '\n');
	}
}

/* Where what happened is told: the first of some events that has it. */
static unsigned
told_by(struct one *o, const enum kind *kind, const char *path, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		if (text_at(&o->d, o->d.first[kind[i]], path).n)
			return o->d.first[kind[i]];
	return NONE;
}

/* The last event of some kinds that has it. */
static unsigned
last_told_by(struct one *o, const enum kind *kind, const char *path, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		for (unsigned at = o->d.last[kind[i]]; at != NONE;
		     at = dossier_before(&o->d, kind[i], at))
			if (text_at(&o->d, at, path).n)
				return at;
	return NONE;
}

/* The event that decided, or that the policy did. */
static unsigned
decision_of(const struct one *o)
{
	const struct traits *f = &o->f;

	return f->e1 != NONE ? f->e1 : f->e2 != NONE ? f->e2 : f->auto_approved ? f->aad : NONE;
}

/* Who decided, and after how long; of what was never asked nothing. */
static void
put_decider(struct buf *b, const struct one *o)
{
	if (o->decided_by.n == 0)
		return;
	buf_printf(b, "  %-22s", "decided by");
	put_plain(b, o->decided_by);
	if (o->g.waited) {
		buf_str(b, ", ");
		text_span(b, o->g.wait_ms);
		buf_str(b, " behind the request");
	}
	put_ground(b, o, decision_of(o));
	buf_byte(b, '\n');
}

/*
 * What to do: what the rules of a range (AN-12) would count of this one, with what was counted.
 * One remediation is no pattern, and where rows are missing nothing is advised.
 */
static void
put_to_do(struct buf *b, struct one *o)
{
	const struct figures *g = &o->g;
	bool half =
	    g->bottleneck >= 0 && g->total_ms > 0 && 2 * g->stage_ms[g->bottleneck] >= g->total_ms;
	char longest[64];
	/* in this order the first three that hold are shown */
	const struct {
		bool holds;
		const char *rule, *words;
		unsigned at;
	} advice[] = {
		{ g->result == RESULT_HANDED_OVER, "R10",
		    "take it over: it was handed to people, and nothing was executed", end_of(o) },
		{ g->approval == APPROVAL_EXPIRED || g->approval == APPROVAL_UNDECIDED, "R5",
		    "ask who is asked, and whether they are reached: nobody decided",
		    g->approval == APPROVAL_EXPIRED ? o->f.e2 : o->d.first[K_REQUESTED] },
		{ g->executed && g->borne == BORNE_NO, "R2",
		    "look at the target: the execution did not help", borne_by(o) },
		{ g->verification_timed_out, "R7",
		    "look at the target: verification ended before it had an answer", end_of(o) },
		{ g->approval == APPROVAL_APPROVED && (g->other_workflow || g->other_parameters),
		    "R6", "tell the analysis why something else than it proposed was executed",
		    decision_of(o) },
		{ g->deliveries_failed > 0, "R8", "tell people: a delivery failed",
		    o->d.first[K_NOT_SENT] },
		{ g->decided && !g->justified, "R11", "ask for the reason of the decision",
		    o->f.e1 },
		{ g->blocked, "R9", "look at what it had to wait for", o->d.first[K_BLOCKED] },
		{ half, "R1", longest, NONE },
	};
	unsigned n = 0;

	snprintf(longest, sizeof longest, "shorten %s: half of the time or more",
	    half ? stage_name[g->bottleneck] : "");
	for (unsigned i = 0; !o->partial && i < sizeof advice / sizeof *advice && n < 3; i++) {
		if (!advice[i].holds)
			continue;
		buf_printf(
		    b, "  %-22s%s (%s)", n++ ? "" : "to do", advice[i].words, advice[i].rule);
		put_ground(b, o, advice[i].at);
		buf_byte(b, '\n');
	}
	if (n == 0)
		put_known(b, "to do",
		    o->partial ? "cannot tell: events of it are missing" :
				 "nothing that its events show");
}

/* The events that name what was proposed, and how sure the model was of it. */
static unsigned
chosen_by(struct one *o)
{
	struct dossier *d = &o->d;

	return text_at(d, o->f.kar, "response_data.selectedWorkflow.workflowId").n ? o->f.kar :
	    text_at(d, d->first[K_AAC], "workflow_id").n ? d->first[K_AAC] :
							   d->last[K_AAD];
}

static unsigned
sure_by(struct one *o)
{
	unsigned aac = o->d.first[K_AAC];

	return number_at(&o->d, aac, "confidence").n ? aac : o->f.kar;
}

struct considered {
	struct buf *b;
	const char *between;
};

static void
put_considered(void *arg, struct str workflow, struct str confidence)
{
	struct considered *x = arg;

	buf_str(x->b, x->between);
	put_plain(x->b, workflow);
	buf_byte(x->b, ' ');
	put_plain(x->b, confidence);
	x->between = ", ";
}

/* What the model was for, how sure it was, and what else it had weighed. */
static void
put_choice(struct buf *b, struct one *o)
{
	struct considered x = { b, "; also considered " };

	if (o->chosen.n == 0)
		return;
	buf_printf(b, "  %-22s", "the model proposed");
	put_plain(b, o->chosen);
	put_ground(b, o, chosen_by(o));
	buf_str(b, ", confidence ");
	put_plain(b, o->confidence);
	if (o->confidence.n)
		put_ground(b, o, sure_by(o));
	alternatives_each(o, put_considered, &x);
	/* only a list has a blank before it */
	if (x.between[0] == ',')
		put_ground(b, o, o->f.kar);
	buf_byte(b, '\n');
}

static void
put_summary(struct buf *b, struct one *o)
{
	static const enum kind asks[] = { K_GSR, K_AFC, K_GCC, K_SESSION_STARTED };
	static const enum kind classes[] = { K_SCD, K_SPP, K_AAD }, does[] = { K_RWC, K_WES };
	const struct phases *p = o->f.p;
	unsigned at = told_by(o, asks, "resource_name", 3), first;

	first = o->d.first[K_GSR] != NONE ? o->d.first[K_GSR] : o->d.first[K_AFC];
	buf_str(b, "SUMMARY\n");
	put_fact(b, "signal", o->g.signal, o, told_by(o, asks, "signal_name", 4));
	put_fact(b, "target", o->g.place, o, at != NONE ? at : told_by(o, asks, "target_name", 3));
	if (o->f.remediation_target.n && str_cmp(o->f.remediation_target, o->g.target))
		put_fact(b, "what was changed", o->f.remediation_target, o, o->d.first[K_RWC]);
	put_fact(b, "environment", o->g.environment, o, last_told_by(o, classes, "environment", 3));
	put_fact(b, "action", o->g.action, o, told_by(o, does, "action_type", 2));
	put_fact(b, "result",
	    str_of(o->partial && o->g.result == RESULT_OPEN ? "cannot tell: no end stands here" :
							      result_name[o->g.result]),
	    o, end_of(o));
	put_fact(b, "outcome", str_of(p->outcome), o, end_of(o));
	put_when(b, o->partial && first == NONE ? "received, or before" : "received", o->g.t0, o,
	    first != NONE ? first : 0);
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
	put_choice(b, o);
	put_fact(b, "approval", str_of(approval_told(o)), o, decision_of(o));
	put_decider(b, o);
	put_borne(b, o);
	/* those in other correlations are counted where all of them are read */
	buf_printf(b, "  %-22s%u in its own events\n", "acts of people", o->g.n_acts);
	put_to_do(b, o);
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
put_stages(struct buf *b, const struct one *o)
{
	const struct figures *g = &o->g;
	struct buf cell;

	buf_init(&cell, 64);
	buf_str(b, "\nPHASES\n");
	for (int k = 0; k < STAGES; k++) {
		if (g->stage_ms[k] < 0)
			continue;
		buf_printf(b, "  %-20s", stage_name[k]);
		text_span(&cell, g->stage_ms[k]);
		put_right(b, &cell, 12);
		if (g->end != NO_TIME && g->total_ms > 0) {
			put_percent(&cell, g->stage_ms[k], g->total_ms);
			put_right(b, &cell, 8);
			put_bar(b, g->stage_ms[k], g->total_ms, BAR, o->blocks);
		}
		buf_byte(b, '\n');
	}
	b->failed |= cell.failed;
	buf_release(&cell);
}

static void
put_ai(struct buf *b, struct one *o)
{
	struct dossier *d = &o->d;
	struct str cause = text_at(d, o->f.kar, "response_data.rootCauseAnalysis.summary");
	unsigned at = o->f.kar;

	/* where the last answer has none, an earlier one of the analysis may */
	if (cause.n == 0) {
		cause = last_text(d, K_KRCA, "response_data.rootCauseAnalysis.summary");
		at = d->last[K_KRCA];
	}
	buf_str(b, "\nANALYSIS BY THE MODEL\n");
	buf_printf(b, "  %-22s", "root cause");
	put_plain(b, cause);
	put_ground(b, o, cause.n ? at : NONE);
	buf_byte(b, '\n');
	put_fact(b, "proposed workflow", o->chosen, o, chosen_by(o));
	put_fact(b, "confidence", o->confidence, o, sure_by(o));
	put_fact(b, "changed by people",
	    str_of(o->g.other_workflow ?
		    o->g.other_parameters ? "workflow and parameters" : "workflow" :
		    o->g.other_parameters                 ? "parameters" :
		    o->partial && d->first[K_WES] == NONE ? "cannot tell: events of it are "
							    "missing" :
							    "no"),
	    o, d->first[K_WES]);
	put_borne(b, o);
	/* the model's figures are never shown without this */
	buf_str(b, "  (observational: policy selects what is executed)\n");
}

static void
put_approval(struct buf *b, const struct one *o)
{
	unsigned at = decision_of(o);

	buf_str(b, "\nAPPROVAL\n");
	put_fact(b, "status", str_of(approval_told(o)), o, at);
	put_when(b, "asked", o->requested_at, o, o->d.first[K_REQUESTED]);
	put_when(b, "decided", o->decided_at, o, at);
	if (o->g.waited) {
		buf_printf(b, "  %-22s", "waited");
		text_span(b, o->g.wait_ms);
		buf_byte(b, '\n');
	}
	if (o->decided_by.n)
		put_fact(b, "by", o->decided_by, o, at);
	if (o->via.n)
		put_fact(b, "via", o->via, o, at);
	if (o->g.decided)
		put_fact(b, "with a reason", str_of(o->g.justified ? "yes" : "no"), o, at);
}

/* A part of the score; one that was not assessed is in none. */
static void
put_component(struct buf *b, struct one *o, enum kind kind, const char *name)
{
	unsigned at = o->d.last[kind];
	struct str score = number_at(&o->d, at, "score");

	if (at == NONE)
		return;
	if (truth_at(&o->d, at, "assessed") != 1)
		score = str_of("not assessed");
	put_fact(b, name, score, o, at);
}

static void
put_effect(struct buf *b, struct one *o)
{
	static const struct {
		enum kind kind;
		const char *name;
	} part[] = { { K_HEALTH, "  health" }, { K_ALERT, "  alert" }, { K_METRICS, "  metrics" } };
	unsigned done = o->d.last[K_ASSESSED];
	char digits[32] = "";

	if (o->f.scored)
		double_text(o->f.score, digits);
	buf_str(b, "\nEFFECT\n");
	put_field(b, "score", str_of(digits));
	for (unsigned i = 0; i < 3; i++)
		put_component(b, o, part[i].kind, part[i].name);
	buf_printf(b,
	    o->f.weight < 100 ? "  %-22s%u %%: what was not assessed is in no score\n" :
				"  %-22s%u %%\n",
	    "of the weights", o->f.weight);
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
		buf_printf(b, "  [%s @%" PRIu64 "]\n", id, f->act[i].position);
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
		for (size_t i = 0; i < s.n && i < LIKE_SHOWN; i++) {
			const struct correlation *c = a->f[s.at[i]].c;

			buf_str(b, i ? ", " : "      ");
			text_plain(b, c->text, c->n);
		}
		if (s.n > LIKE_SHOWN)
			buf_printf(b, " and %zu more", s.n - LIKE_SHOWN);
		buf_str(b, s.n ? "\n" : "");
	}
}

/* At a glance what the section of similar ones tells. */
static void
put_before(struct buf *b, const struct analyses *a, const struct figures *f)
{
	static const char *const alike[LIKENESSES] = { "same fingerprint", "same target",
		"same signal and action" };

	buf_printf(b, "  %-22s", "in thirty days before");
	for (unsigned k = 0; k < LIKENESSES; k++)
		buf_printf(
		    b, "%s%s %zu", k ? ", " : "", alike[k], similar_of(a, f, (enum likeness)k).n);
	buf_byte(b, '\n');
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
	put_before(b, a, f);
	if (put_timeline(b, o))
		return -1;
	put_stages(b, o);
	put_ai(b, o);
	put_approval(b, o);
	put_effect(b, o);
	put_acts(b, f);
	put_similar(b, a, f);
	return b->failed || o->d.nomem ? -1 : 0;
}

int
analysis_text(
    struct analyses *a, size_t i, const struct text_wish *wish, struct buf *out, struct err *e)
{
	const struct figures *f = &a->f[i];
	struct story s = { 0 };
	struct one o = { 0 };
	int rc = story_load(&s, a->r, f->c, e);

	if (rc == 0) {
		rc = one_open(&o, &s, f->c);
		o.partial = wish->partial;
		o.blocks = wish->blocks;
		if (rc || put_one(out, a, &o, f, wish->view == VIEW_SUMMARY))
			rc = err_nomem(e);
		one_release(&o);
	}
	story_release(&s);
	return rc ? -1 : 0;
}
