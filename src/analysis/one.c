/*
 * The figures of one remediation (formats/analysis.md AN-3 to AN-5, AN-7, AN-9), from its events
 * and from what the audit tables derive of them.
 */
#include <math.h>
#include <stdlib.h>

#include "analysis/inner.h"
#include "base/limits.h"
#include "read/person.h"

const char *const stage_name[STAGES] = { "pending", "signal_processing", "ai_analysis",
	"approval_wait", "blocked", "workflow_execution", "verification" };
const char *const result_name[RESULTS] = { "open", "handed_over", "timed_out", "not_approved",
	"blocked", "deduplicated", "dry_run", "no_action", "inherited", "success", "failure",
	"unverified" };
const char *const approval_name[APPROVALS] = { NULL, "approved", "rejected", "expired", "undecided",
	"pending", "auto-approved" };
const char *const borne_name[] = { "not tested", "cannot tell", "yes", "no" };

static int
stage_of(enum phase k)
{
	switch (k) {
	case PHASE_PENDING:
		return STAGE_PENDING;
	case PHASE_PROCESSING:
		return STAGE_PROCESSING;
	case PHASE_ANALYZING:
		return STAGE_ANALYSIS;
	case PHASE_AWAITING_APPROVAL:
		return STAGE_APPROVAL;
	case PHASE_BLOCKED:
		return STAGE_BLOCKED;
	case PHASE_EXECUTING:
		return STAGE_EXECUTION;
	case PHASE_VERIFYING:
		return STAGE_VERIFICATION;
	default:
		return -1;
	}
}

/* P7: each span is floored before it is added; one that has not ended is in no sum. */
static void
stages(struct one *o)
{
	const struct phases *p = o->f.p;
	struct figures *g = &o->g;

	for (unsigned i = 0; i < STAGES; i++)
		g->stage_ms[i] = -1;
	for (unsigned i = 0; i < p->n_spans; i++) {
		int k = stage_of(p->span[i].phase);

		if (k < 0 || p->span[i].to == INT64_MAX)
			continue;
		if (g->stage_ms[k] < 0)
			g->stage_ms[k] = 0;
		g->stage_ms[k] += floor_div(p->span[i].to - p->span[i].from, 1000);
	}
	g->bottleneck = -1;
	if (g->end == NO_TIME || g->total_ms == 0)
		return;
	for (int k = 0; k < STAGES; k++)
		if (g->stage_ms[k] >= 0 &&
		    (g->bottleneck < 0 || g->stage_ms[k] > g->stage_ms[g->bottleneck]))
			g->bottleneck = k;
}

static enum result
result_named(const char *name)
{
	unsigned k = 0;

	while (k < RESULTS - 1 && strcmp(result_name[k], name))
		k++;
	return (enum result)k;
}

/* 1: assessed with a score other than 0; 0: with 0; -1: not assessed, or without. */
static int
score_sign(struct one *o, enum kind k)
{
	unsigned at = o->d.last[k];
	struct str s = number_at(&o->d, at, "score");

	if (truth_at(&o->d, at, "assessed") != 1 || s.n == 0)
		return -1;
	for (size_t i = 0; i < s.n && s.p[i] != 'e' && s.p[i] != 'E'; i++)
		if (s.p[i] >= '1' && s.p[i] <= '9')
			return 1;
	return 0;
}

/* Was anything created for an execution; did one begin? */
static bool
any_of(const struct dossier *d, const enum kind *k, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		if (d->count[k[i]])
			return true;
	return false;
}

static void
say(struct one *o, enum borne b, const char *because)
{
	o->g.borne = b;
	o->g.because = because;
}

/* AN-7, what happened before the outcome could be looked at; false: nothing of that. */
static bool
untested(struct one *o)
{
	static const enum kind created[] = { K_RWC, K_WSC, K_WES, K_WWC, K_WWF };
	struct dossier *d = &o->d;
	unsigned finish = o->f.finish;
	bool failed = finish != NONE && d->kind[finish] == K_WWF;

	if (!any_of(d, created, 5))
		say(o, BORNE_UNTESTED, "no workflow was created");
	else if (failed && says(text_at(d, finish, "failure_reason"), "Deduplicated"))
		say(o, BORNE_UNTESTED, "another execution counted for it");
	else if (o->g.other_workflow)
		say(o, BORNE_UNTESTED, "people chose another workflow");
	else if (o->g.other_parameters)
		say(o, BORNE_UNTESTED, "people changed the parameters");
	else if (!any_of(d, created + 2, 3))
		say(o, BORNE_UNTESTED, "the execution did not start");
	else
		return false;
	return true;
}

/* AN-7: the first that holds. */
static void
bear_out(struct one *o)
{
	struct dossier *d = &o->d;
	unsigned finish = o->f.finish;
	int alert = score_sign(o, K_ALERT);

	/* what was not executed says nothing of the analysis */
	if (untested(o))
		return;
	if (finish != NONE && d->kind[finish] == K_WWF)
		say(o, BORNE_NO, "the execution failed");
	else if (finish == NONE && d->first[K_WES] != NONE && o->f.p->end_phase == PHASE_TIMED_OUT)
		say(o, BORNE_NO, "the execution did not end in time");
	else if (finish == NONE)
		say(o, BORNE_UNKNOWN, "no end of the execution is on record");
	else if (o->f.spec_drift)
		say(o, BORNE_UNKNOWN, "the target was changed by somebody else");
	else if (alert > 0)
		say(o, BORNE_YES, "the alert is resolved");
	else if (alert == 0)
		say(o, BORNE_NO, "the alert is still active");
	else if (d->first[K_DECAY] != NONE)
		say(o, BORNE_UNKNOWN, "the alert was still active while the target was healthy");
	else if (score_sign(o, K_HEALTH) == 0)
		say(o, BORNE_NO, "the target is not healthy");
	else
		say(o, BORNE_UNKNOWN, "the alert was not assessed");
}

/* AN-9, by whom; a person by AN-10 is named among those who decided. */
static void
decider(struct one *o)
{
	struct dossier *d = &o->d;
	const struct traits *f = &o->f;
	unsigned at = f->e1 != NONE ? f->e1 : f->e2;
	const struct moment *m = at != NONE ? d->m[at] : NULL;
	struct str delegate = { "", 0 };
	bool machine;

	if (m == NULL)
		return;
	if (f->e1 != NONE) {
		delegate = text_at(d, at, "delegated_user");
		o->via = text_at(d, at, "delegated_via");
		o->g.justified = text_at(d, at, "decision_message").n > 0;
		o->decided_by = delegate.n ? delegate : str_of(m->actor_id);
	} else if (is_service(m->actor_type)) {
		o->decided_by = str_of("system");
	} else {
		o->decided_by = str_of(m->actor_id);
	}
	machine = delegate.n ? machine_named(delegate) : is_machine(m->actor_type, m->actor_id);
	if (!machine && (o->g.approval == APPROVAL_APPROVED || o->g.approval == APPROVAL_REJECTED))
		o->g.decider = o->decided_by;
}

/* AN-9 */
static void
approval(struct one *o)
{
	struct dossier *d = &o->d;
	const struct traits *f = &o->f;
	struct figures *g = &o->g;
	int64_t t;

	o->requests = d->count[K_REQUESTED];
	o->requested_at = time_at(d, d->first[K_REQUESTED]);
	o->decided_at = NO_TIME;
	g->asked = f->asked;
	g->decided = f->e1 != NONE;
	/* the decision, as the webhook or the row tells it */
	if (f->e1 != NONE) {
		g->approval = says(text_at(d, f->e1, "decision"), "Approved") ? APPROVAL_APPROVED :
										APPROVAL_REJECTED;
		t = stated_time(d, f->e1, "decided_at");
		o->decided_at = t != NO_TIME ? t : time_at(d, f->e1);
	} else if (f->e2 != NONE) {
		const char *action = d->m[f->e2]->action;

		g->approval = d->kind[f->e2] == K_APPROVED   ? APPROVAL_APPROVED :
		    action && strcmp(action, "expired") == 0 ? APPROVAL_EXPIRED :
							       APPROVAL_REJECTED;
		o->decided_at = time_at(d, f->e2);
	} else if (f->asked) {
		/* asked, and neither decided nor ended */
		g->approval = g->end == NO_TIME ? APPROVAL_PENDING : APPROVAL_UNDECIDED;
	} else if (f->auto_approved) {
		g->approval = APPROVAL_AUTO;
		o->decided_at = time_at(d, f->aad);
	}
	/* who it was, by the rules of persons */
	decider(o);
	/* how long it took is known only where both times are */
	if (o->decided_at != NO_TIME && o->requested_at != NO_TIME) {
		g->waited = true;
		g->wait_ms = floor_div(o->decided_at - o->requested_at, 1000);
	}
}

/* AN-8: of the analysis, else of the answer. */
static void
confidence(struct one *o)
{
	struct dossier *d = &o->d;
	int64_t micro;

	o->confidence = number_at(d, d->first[K_AAC], "confidence");
	if (o->confidence.n == 0)
		o->confidence = number_at(d, o->f.kar, "response_data.selectedWorkflow.confidence");
	o->g.confidence = -1;
	if (o->confidence.n && micro_of(o->confidence, &micro) && micro >= 0 && micro <= 1000000)
		o->g.confidence = micro;
}

static void
score(struct one *o)
{
	char digits[32];

	if (!o->f.scored || !isfinite(o->f.score))
		return;
	double_text(o->f.score, digits);
	o->g.scored = micro_of(str_of(digits), &o->g.score_micro);
}

static void
head(struct one *o, const struct correlation *c)
{
	struct figures *g = &o->g;
	const struct traits *f = &o->f;

	g->c = c;
	g->signal = f->signal;
	g->action = f->action;
	g->target = str_in(&f->target);
	g->cluster = f->cluster;
	/* both halves of a target are needed to name a place */
	g->fingerprint = f->fingerprint;
	g->t0 = f->t0;
	g->end = f->end;
	g->total_ms = f->total_ms;
	g->result = result_named(f->p->result);
	g->executed = f->executed;
	put_lower(&o->environment, f->environment);
	g->environment = str_in(&o->environment);
	if (g->target.n && g->cluster.n) {
		buf_put(&o->place, g->cluster.p, g->cluster.n);
		buf_byte(&o->place, ':');
		buf_put(&o->place, g->target.p, g->target.n);
	}
	g->place = o->place.len ? str_in(&o->place) : g->target;
	g->blocked = o->d.count[K_BLOCKED] > 0;
	g->deliveries_failed = o->d.count[K_NOT_SENT];
	/* verification began, whatever came of it */
	for (unsigned i = 0; i < o->d.n && !g->verified; i++)
		g->verified = o->d.m[i]->kind == ET_ORCHESTRATOR_LIFECYCLE_VERIFYING_STARTED;
	g->verification_timed_out = strcmp(f->p->outcome, "VerificationTimedOut") == 0;
}

int
one_open(struct one *o, const struct story *s, const struct correlation *c)
{
	struct override ran;

	memset(o, 0, sizeof *o);
	buf_init(&o->environment, EX_MAX_BODY);
	buf_init(&o->place, EX_MAX_BODY);
	if (dossier_open(&o->d, s, c) || traits_open(&o->f, &o->d))
		return -1;
	head(o, c);
	stages(o);
	approval(o);
	confidence(o);
	score(o);
	ran = override_of(&o->f);
	o->chosen = ran.chosen;
	o->g.other_workflow = ran.workflow;
	o->g.other_parameters = ran.parameters;
	bear_out(o);
	if (own_acts(o))
		return -1;
	return o->d.nomem || o->environment.failed || o->place.failed ? -1 : 0;
}

void
one_release(struct one *o)
{
	free(o->g.act);
	free(o->g.notification);
	buf_release(&o->environment);
	buf_release(&o->place);
	traits_release(&o->f);
	dossier_release(&o->d);
}
