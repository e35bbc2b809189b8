/* What several audit tables need of one remediation (formats/tables.md T-8 to T-15). */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "tables/dossier.h"

const char parent_timed_out[] = "Parent RR entered terminal phase: TimedOut";

/* The first of some events that is there and has it: `first X` of each kind, in the order given. */
static struct str
first_of(struct dossier *d, const enum kind *kind, const char *const *path, unsigned n)
{
	struct str s = { "", 0 };

	for (unsigned i = 0; i < n && s.n == 0; i++)
		s = text_at(d, d->first[kind[i]], path[i]);
	return s;
}

static bool
begins(const char *s, const char *with)
{
	return s && strncmp(s, with, strlen(with)) == 0;
}

bool
phase_entered(const struct traits *f, enum phase k)
{
	for (unsigned i = 0; i < f->p->n_spans; i++)
		if (f->p->span[i].phase == k)
			return true;
	return false;
}

/* T-8: signal, target, action, cluster. */
static void
head(struct traits *f)
{
	static const enum kind signal[] = { K_GSR, K_AFC, K_GCC, K_SESSION_STARTED };
	static const char *const signal_path[] = { "signal_name", "signal_name", "signal_name",
		"signal_name" };
	static const enum kind print[] = { K_GSR, K_AFC, K_GCC, K_RWC };
	static const char *const print_path[] = { "fingerprint", "fingerprint", "fingerprint",
		"signal_fingerprint" };
	static const enum kind where[] = { K_GSR, K_GCC }, what[] = { K_GSR, K_AFC, K_GCC };
	static const char *const namespace[] = { "namespace", "namespace" };
	static const char *const target_kind[] = { "resource_kind", "target_kind",
		"resource_kind" };
	static const char *const target_name[] = { "resource_name", "target_name",
		"resource_name" };
	static const enum kind done[] = { K_RWC, K_WES };
	static const char *const action[] = { "action_type", "action_type" };
	struct dossier *d = f->d;
	struct str k = first_of(d, what, target_kind, 3), n = first_of(d, what, target_name, 3);
	struct str space = first_of(d, where, namespace, 2);

	/* what is said of a remediation stands in several events: the first that says it counts */
	f->signal = first_of(d, signal, signal_path, 4);
	f->fingerprint = first_of(d, print, print_path, 4);
	f->action = first_of(d, done, action, 2);
	f->remediation_target = text_at(d, d->first[K_RWC], "target_resource");
	/* a target without a namespace is of the cluster */
	if (k.n || n.n) {
		buf_put(&f->target, space.p, space.n);
		buf_byte(&f->target, '/');
		buf_put(&f->target, k.p, k.n);
		buf_byte(&f->target, '/');
		buf_put(&f->target, n.p, n.n);
	}
	/* of several clusters the newest one, since an object may have moved */
	for (unsigned i = d->n; i-- > 0 && f->cluster.n == 0;)
		f->cluster = str_of(d->m[i]->cluster);
	/* severity and environment have changed their place between versions */
	f->severity = last_text(d, K_SCD, "severity");
	if (f->severity.n == 0)
		f->severity = last_text(d, K_SPP, "severity");
	f->environment = last_text(d, K_SCD, "environment");
	if (f->environment.n == 0)
		f->environment = last_text(d, K_SPP, "environment");
	if (f->environment.n == 0)
		f->environment = last_text(d, K_AAD, "environment");
	/* the time of the signal, or of what stands for one */
	f->t0 = d->first[K_GSR] != NONE ? time_at(d, d->first[K_GSR]) :
	    d->first[K_AFC] != NONE     ? time_at(d, d->first[K_AFC]) :
					  time_at(d, d->n ? 0 : NONE);
}

/* The first resource id that a controller's own events have. */
static struct str
own_resource(struct dossier *d, const char *service)
{
	for (unsigned i = 0; i < d->n; i++)
		if (begins(event_type_now(d->m[i]->type), service) && d->m[i]->resource_id &&
		    *d->m[i]->resource_id)
			return str_of(d->m[i]->resource_id);
	return (struct str){ "", 0 };
}

/* A name, or what its controller would call it if it came to that. */
static void
name_child(struct traits *f, enum child k, struct str told, const char *prefix, bool reached)
{
	struct buf *b = &f->name[k];

	if (told.n) {
		buf_put(b, told.p, told.n);
	} else if (reached) {
		buf_str(b, prefix);
		buf_put(b, f->d->c->text, f->d->c->n);
	}
}

/* T-9 */
static void
names(struct traits *f)
{
	struct dossier *d = f->d;
	struct str s = own_resource(d, "aianalysis.");

	name_child(f, CHILD_PROCESSING, own_resource(d, "signalprocessing."), "sp-",
	    phase_entered(f, PHASE_PROCESSING));
	if (s.n == 0)
		s = text_at(d, d->first[K_AAC], "analysis_name");
	if (s.n == 0)
		s = text_at(d, d->first[K_AI_FAILED], "analysis_name");
	name_child(f, CHILD_ANALYSIS, s, "ai-", phase_entered(f, PHASE_ANALYZING));
	s = text_at(d, d->first[K_WES], "execution_name");
	if (s.n == 0)
		s = text_at(d, f->finish, "execution_name");
	if (s.n == 0)
		s = text_at(d, d->first[K_WSC], "execution_name");
	name_child(f, CHILD_EXECUTION, s, "we-", d->first[K_RWC] != NONE);
}

/* The furthest of some phases that a child came to; -1: none of them. */
static int
place_of(struct str s, const char *const *order, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		if (says(s, order[i]))
			return (int)i;
	return -1;
}

static int
furthest(struct dossier *d, enum kind k, const char *path, const char *const *order, unsigned n,
    int so_far)
{
	for (unsigned i = d->first[k]; i != NONE; i = dossier_next(d, k, i)) {
		int at = place_of(text_at(d, i, path), order, n);

		so_far = at > so_far ? at : so_far;
	}
	return so_far;
}

/* T-10 */
static void
child_phases(struct traits *f)
{
	static const char *const processing[] = { "Pending", "Enriching", "Classifying",
		"Categorizing", "Completed", "Failed" };
	static const char *const analysis[] = { "Pending", "Investigating", "Analyzing",
		"Completed", "Failed" };
	struct dossier *d = f->d;
	bool parent = f->p->end_phase == PHASE_TIMED_OUT;
	/* each child by the furthest phase that any event names */
	int at = furthest(d, K_SP_TRANSITION, "to_phase", processing, 6, -1), k;

	k = place_of(text_at(d, d->last[K_SPP], "phase"), processing, 6);
	at = k > at ? k : at;
	if (d->first[K_SP_ERROR] != NONE)
		at = 5;
	f->child_phase[CHILD_PROCESSING] = at < 0 ? NULL : processing[at];
	/* a parent that timed out takes its children along */
	if (parent && at < 4 && f->name[CHILD_PROCESSING].len) {
		f->child_phase[CHILD_PROCESSING] = "Failed";
		f->by_parent[CHILD_PROCESSING] = true;
	}
	at = furthest(d, K_AI_TRANSITION, "new_phase", analysis, 5, -1);
	k = place_of(text_at(d, d->first[K_AAC], "phase"), analysis, 5);
	at = k > at ? k : at;
	k = place_of(text_at(d, d->first[K_AI_FAILED], "phase"), analysis, 5);
	at = k > at ? k : at;
	f->child_phase[CHILD_ANALYSIS] = at < 0 ? NULL : analysis[at];
	if (parent && at < 3 && f->name[CHILD_ANALYSIS].len) {
		f->child_phase[CHILD_ANALYSIS] = "Failed";
		f->by_parent[CHILD_ANALYSIS] = true;
	}
	/* the execution's own end counts more than its parent's */
	if (f->finish != NONE) {
		f->child_phase[CHILD_EXECUTION] =
		    d->kind[f->finish] == K_WWC ? "Completed" : "Failed";
	} else if (parent && (d->first[K_RWC] != NONE || d->first[K_WES] != NONE)) {
		f->child_phase[CHILD_EXECUTION] = "Failed";
		f->by_parent[CHILD_EXECUTION] = true;
	} else if (d->first[K_WES] != NONE) {
		f->child_phase[CHILD_EXECUTION] = "Running";
	}
	/* the assessment may outlive the remediation */
	f->child_phase[CHILD_ASSESSMENT] = d->first[K_ASSESSED] != NONE ? "Completed" :
	    d->first[K_SCHEDULED] != NONE                               ? "Stabilizing" :
									  NULL;
}

/*
 * T-3: of the webhook's decisions the first that approved or rejected, of the orchestrator's the
 * first.
 */
static void
decisions(struct traits *f)
{
	struct dossier *d = f->d;

	for (f->e1 = d->first[K_E1]; f->e1 != NONE; f->e1 = dossier_next(d, K_E1, f->e1)) {
		struct str s = text_at(d, f->e1, "decision");

		if (says(s, "Approved") || says(s, "Rejected"))
			break;
	}
	f->e2 = earlier_of(d->first[K_APPROVED], d->first[K_REJECTED]);
	f->aad = d->last[K_AAD];
	f->asked = d->first[K_REQUESTED] != NONE;
	f->auto_approved = f->e1 == NONE && f->e2 == NONE && !f->asked &&
	    says(text_at(d, f->aad, "decision"), "auto_approved");
}

/* T-12: where and why it failed, by the event that ended it. */
static void
failure(struct traits *f)
{
	static const char head_of[] = "Remediation failed at phase '";
	struct dossier *d = f->d;
	struct str m;
	unsigned end = NONE;
	const char *quote, *close;
	size_t n = sizeof head_of - 1;

	if (f->p->end_phase != PHASE_FAILED || f->p->basis != END_EVENT)
		return;
	for (unsigned i = d->first[K_LX]; i != NONE && end == NONE; i = dossier_next(d, K_LX, i))
		if (d->m[i]->told.end)
			end = i;
	m = text_at(d, end, "error_details.message");
	f->failure_phase = text_at(d, end, "failure_phase");
	f->failure_reason = m;
	if (m.n <= n || memcmp(m.p, head_of, n) || (quote = memchr(m.p + n, '\'', m.n - n)) == NULL)
		return;
	close = memmem(quote, (size_t)(m.p + m.n - quote), "]: ", 3);
	if (close == NULL || quote + 3 > close || memcmp(quote, "' [", 3))
		return;
	f->failure_phase = (struct str){ m.p + n, (size_t)(quote - m.p) - n };
	f->failure_reason = (struct str){ close + 3, (size_t)(m.p + m.n - close) - 3 };
}

static bool
is_drift(struct str s)
{
	return s.n == 9 && strncasecmp(s.p, "SpecDrift", 9) == 0;
}

/*
 * T-14: each product is rounded before it is added, as the source does it; no fused
 * multiplication.
 */
static void
effectiveness(struct traits *f)
{
	static const struct {
		enum kind kind;
		double weight;
		unsigned hundredths;
	} part[] = { { K_HEALTH, 0.40, 40 }, { K_ALERT, 0.35, 35 }, { K_METRICS, 0.25, 25 } };
	struct dossier *d = f->d;
	volatile double sum = 0, weights = 0, product;

	/* each part by its own weight, in the source's order */
	for (unsigned i = 0; i < 3; i++) {
		unsigned at = d->last[part[i].kind];
		struct str s = number_at(d, at, "score");
		char digits[400];
		double x;

		f->component |= at != NONE;
		/* what was not assessed has no part in the sum */
		if (truth_at(d, at, "assessed") != 1 || s.n == 0 || s.n >= sizeof digits)
			continue;
		memcpy(digits, s.p, s.n);
		digits[s.n] = '\0';
		x = strtod(digits, NULL);
		if (!isfinite(x))
			continue;
		product = x * part[i].weight;
		sum = sum + product;
		weights = weights + part[i].weight;
		f->weight += part[i].hundredths;
	}
	/* the average of what was assessed, and nothing else */
	if (f->weight) {
		f->scored = true;
		f->score = sum / weights;
	}
	/* a drift of the spec makes the score useless, whatever it was */
	for (unsigned i = d->first[K_ASSESSED]; i != NONE; i = dossier_next(d, K_ASSESSED, i))
		f->spec_drift |= is_drift(text_at(d, i, "reason"));
	if (f->spec_drift) {
		f->scored = true;
		f->score = 0;
	}
}

int
traits_open(struct traits *f, struct dossier *d)
{
	const struct phases *p = &d->s->phases;

	memset(f, 0, sizeof *f);
	f->d = d;
	f->p = p;
	buf_init(&f->target, EX_MAX_BODY);
	for (unsigned k = 0; k < CHILDREN; k++)
		buf_init(&f->name[k], EX_MAX_BODY);
	f->end = p->end >= 0 ? d->s->m[p->end].time : NO_TIME;
	f->total_ms = f->end == NO_TIME ? 0 : floor_div(f->end - p->start, 1000);
	f->finish = later_of(d->last[K_WWC], d->last[K_WWF]);
	f->kar = d->last[K_KAR];
	f->executed = d->first[K_WES] != NONE && f->end != NO_TIME;
	head(f);
	names(f);
	child_phases(f);
	decisions(f);
	failure(f);
	effectiveness(f);
	f->nomem = d->nomem || f->target.failed;
	for (unsigned k = 0; k < CHILDREN; k++)
		f->nomem |= f->name[k].failed;
	return f->nomem ? -1 : 0;
}

void
traits_release(struct traits *f)
{
	buf_release(&f->target);
	for (unsigned k = 0; k < CHILDREN; k++)
		buf_release(&f->name[k]);
}
