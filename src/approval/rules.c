/* The rules that look at one remediation; those that look across are in ledger.c. */
#include <stdlib.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "approval/inner.h"
#include "base/text.h"
#include "base/utc.h"

#define SECOND 1000000 /* µs */

/* Neither proves which act came first: services buffer what they store. */
static const char same_moment[] = "both events state the same time, and no link tells even which "
				  "was stored first";
static const char same_moment_linked[] = "both events state the same time; links tell which was "
					 "stored first, and no more";

static bool
is(const char *a, const char *b)
{
	return a && strcmp(a, b) == 0;
}

static const char *
or_none(const char *s)
{
	return s && s[0] ? s : "nobody";
}

static int64_t
time_at(const struct test *t, unsigned at)
{
	return t->f->s->m[at].time;
}

/* The event that tells the decision best: the webhook's, else the orchestrator's. */
static unsigned
decision_at(const struct facts *f)
{
	return f->webhook.n ? f->webhook.at[0] : f->orchestrator.at[0];
}

static void
state(struct test *t, unsigned i, enum explained s)
{
	t->state[i] = s;
}

struct when {
	char text[32];
};

static struct when
when(int64_t us)
{
	struct when w;
	struct buf b;

	buf_init(&b, 64);
	utc_print(&b, UTC_REST, us, 0);
	snprintf(w.text, sizeof w.text, "%.*s", (int)b.len, (const char *)b.p);
	buf_release(&b);
	return w;
}

/* Later: 1; not later: 0; -1: nobody can tell. a and b are events. */
static int
later(const struct test *t, unsigned a, unsigned b)
{
	return time_at(t, a) == time_at(t, b) ? -1 : time_at(t, a) > time_at(t, b);
}

/* Why nobody can tell which of two events of one time came first. */
static const char *
same_time(const struct test *t, unsigned a, unsigned b)
{
	return story_linked(t->f->s, a, b) ? same_moment_linked : same_moment;
}

static void
ap01(struct test *t)
{
	const struct facts *f = t->f;
	unsigned at[3] = { f->created.at[0] };
	int rc;

	if (f->requested.n == 0 && is(f->policy_word, "auto_approved")) {
		pass(t);
	} else if (is(f->word, "Approved")) {
		at[1] = decision_at(f);
		rc = later(t, at[1], at[0]);
		if (rc > 0)
			exception(t, at, 2,
			    "A workflow was created at %s, before the approval of %s.",
			    when(time_at(t, at[0])).text, when(time_at(t, at[1])).text);
		else if (rc < 0)
			cannot_test(t, same_time(t, at[0], at[1]));
		else
			pass(t);
	} else if (f->word) {
		at[1] = decision_at(f);
		exception(t, at, 2, "A workflow was created at %s; the decision on record is %s.",
		    when(time_at(t, at[0])).text, f->word);
	} else if (f->requested.n) {
		at[1] = f->requested.at[0];
		exception(t, at, 2,
		    "A workflow was created at %s; approval had been requested, and no decision is "
		    "on record.",
		    when(time_at(t, at[0])).text);
	} else if (f->policy >= 0) {
		at[1] = (unsigned)f->policy;
		exception(t, at, 2,
		    "A workflow was created at %s; the policy's decision was %s, and nobody was "
		    "asked.",
		    when(time_at(t, at[0])).text, f->policy_word ? f->policy_word : "not readable");
	} else {
		exception(t, at, 1,
		    "A workflow was created at %s; neither a decision of the policy nor one of a "
		    "person is on record.",
		    when(time_at(t, at[0])).text);
	}
}

static void
ap02(struct test *t)
{
	unsigned at[2] = { t->f->started.at[0], decision_at(t->f) };
	int rc = later(t, at[1], at[0]);

	if (rc > 0)
		exception(t, at, 2, "Execution started at %s, the approval is of %s.",
		    when(time_at(t, at[0])).text, when(time_at(t, at[1])).text);
	else if (rc < 0)
		cannot_test(t, same_time(t, at[0], at[1]));
	else
		pass(t);
}

/* Nothing created behind a refusal. */
static void
refused(struct test *t)
{
	const struct facts *f = t->f;
	unsigned at[2] = { f->created.n ? f->created.at[f->created.n - 1] : 0, decision_at(f) };
	int rc;

	if (f->created.n == 0) {
		pass(t);
		return;
	}
	rc = later(t, at[0], at[1]);
	if (rc > 0)
		exception(t, at, 2, "A workflow was created at %s; the request had been %s at %s.",
		    when(time_at(t, at[0])).text,
		    is(f->word, "Expired") ? "left to expire" : "rejected",
		    when(time_at(t, at[1])).text);
	else if (rc < 0)
		cannot_test(t, same_time(t, at[0], at[1]));
	else
		pass(t);
}

static void
ap05(struct test *t)
{
	const struct facts *f = t->f;
	unsigned at[2] = { decision_at(f), f->requested.n ? f->requested.at[0] : 0 };

	if (f->deadline == NO_TIME)
		cannot_test(t,
		    "the deadline is not in evidence: events carry none, and the request's object "
		    "is not archived");
	else if (f->decided_at > f->deadline)
		exception(t, at, f->requested.n ? 2 : 1, "%s approved at %s; the deadline was %s.",
		    or_none(f->by), when(f->decided_at).text, when(f->deadline).text);
	else
		pass(t);
}

static void
ap06(struct test *t)
{
	const struct facts *f = t->f;
	unsigned at[2] = { decision_at(f), f->genesis >= 0 ? (unsigned)f->genesis : 0 };

	if (f->genesis < 0)
		cannot_test(t, "who asked for the remediation is not in evidence");
	else if (f->requested_by == NULL)
		not_applicable(t, "born from an alert: no person asked for it");
	else if (is(f->requested_by, f->by))
		exception(t, at, 2, "%s asked for the remediation and decided on it.", f->by);
	else
		pass(t);
}

static void
ap08(struct test *t)
{
	const struct facts *f = t->f;
	const char *ran = f->executed_workflow ? f->executed_workflow : f->created_workflow;
	unsigned at[2] = { f->requested.n ? f->requested.at[0] : 0,
		f->started.n     ? f->started.at[0] :
		    f->created.n ? f->created.at[0] :
				   0 };

	if (f->created.n == 0)
		not_applicable(t, "nothing was created");
	else if (f->workflow == NULL || ran == NULL)
		cannot_test(t, "what was asked for, or what ran, is not in evidence");
	else if (strcmp(f->workflow, ran))
		exception(t, at, 2,
		    "Approval was requested for workflow %s, and %s was %s; the approval is by %s.",
		    f->workflow, ran, f->started.n ? "executed" : "created", or_none(f->by));
	else if (f->parameters == PARAMETERS_OTHER)
		exception(t, at, 2,
		    "Workflow %s ran with other parameters than the analysis had proposed; the "
		    "approval is by %s.",
		    ran, or_none(f->by));
	else if (f->parameters == PARAMETERS_UNKNOWN)
		cannot_test(t,
		    "the workflow is the one that was asked for; the parameters that ran are not "
		    "in evidence");
	else
		pass(t);
}

static void
ap09(struct test *t)
{
	const struct facts *f = t->f;
	const struct decision *d = &f->seen[0];
	unsigned at[2] = { d->at, f->webhook.n ? f->webhook.at[0] : 0 };

	if (is(d->word, "Expired"))
		not_applicable(t, "expired: the webhook records no expiry");
	else if (is_machine(d->actor_type, d->actor))
		not_applicable(t, "no person decided");
	else if (f->webhook.n == 0)
		exception(t, at, 1,
		    "The orchestrator recorded %s by %s at %s; the webhook, which sees "
		    "credentials, recorded nothing.",
		    d->word, d->by, when(time_at(t, d->at)).text);
	else if (time_at(t, at[1]) > time_at(t, at[0]))
		exception(t, at, 2,
		    "The orchestrator recorded the decision at %s, the webhook only at %s.",
		    when(time_at(t, at[0])).text, when(time_at(t, at[1])).text);
	else
		pass(t);
}

static void
ap10(struct test *t)
{
	const struct facts *f = t->f;
	unsigned at[2] = { f->webhook.at[0], f->end >= 0 ? (unsigned)f->end : 0 };
	bool before = f->end >= 0 && time_at(t, at[1]) < time_at(t, at[0]);

	if (f->orchestrator.n) {
		pass(t);
		return;
	}
	state(t, 0,
	    before          ? EXPLAINED_FITS :
		f->end >= 0 ? EXPLAINED_RULED_OUT :
			      EXPLAINED_CANNOT_TELL);
	exception(t, at, f->end >= 0 ? 2 : 1,
	    "%s decided %s at %s; the orchestrator recorded nothing of it.", or_none(f->by),
	    f->decided[0].word ? f->decided[0].word : "something", when(time_at(t, at[0])).text);
}

static bool
front_end(const struct parameters *p, const char *actor)
{
	size_t n = strlen(actor);

	if (p->front_ends.n)
		return words_have(&p->front_ends, actor);
	return strncmp(actor, "system:serviceaccount:", 22) == 0 && n > 34 &&
	    strcmp(actor + n - 12, ":apifrontend") == 0;
}

static void
ap11(struct test *t)
{
	const struct decision *d = &t->f->decided[0];
	bool service = is(d->actor_type, "service") || is(d->actor_type, "Service");

	if (!service && d->delegated_user == NULL && d->delegated_via == NULL)
		not_applicable(t, "decided directly");
	else if (!service)
		exception(t, &d->at, 1,
		    "A record by %s, no service, names %s as the one acted for.", d->actor,
		    or_none(d->delegated_user));
	else if (d->delegated_user == NULL || d->delegated_via == NULL)
		exception(
		    t, &d->at, 1, "%s decided, and its record does not say for whom.", d->actor);
	else if (!is(d->delegated_via, d->actor))
		exception(t, &d->at, 1,
		    "%s decided for %s, and its record names %s as the delegate.", d->actor,
		    d->delegated_user, d->delegated_via);
	else if (!front_end(t->k->p, d->actor))
		exception(t, &d->at, 1, "%s decided for %s, and is not the known front end.",
		    d->actor, d->delegated_user);
	else
		pass(t);
}

static void
ap12(struct test *t)
{
	const struct facts *f = t->f;
	int64_t until = f->decided_at != NO_TIME ? f->decided_at :
	    f->end >= 0                          ? time_at(t, (unsigned)f->end) :
						   INT64_MAX;
	unsigned at[FACTS_LIST], n = 0;

	for (unsigned i = 0; i < f->timeouts.n; i++)
		if (time_at(t, f->timeouts.at[i]) >= f->requested_at &&
		    time_at(t, f->timeouts.at[i]) <= until)
			at[n++] = f->timeouts.at[i];
	if (n)
		exception(t, at, n, "%s changed the timeouts at %s, while approval was waited for.",
		    or_none(f->s->m[at[0]].actor_id), when(time_at(t, at[0])).text);
	else
		pass(t);
}

static void
ap13(struct test *t)
{
	const struct facts *f = t->f;

	if (f->cleared.n == 0) {
		not_applicable(t, "no block was cleared");
		return;
	}
	for (unsigned i = 0; i < f->cleared.n; i++) {
		unsigned at[2] = { f->cleared.at[i], f->word ? decision_at(f) : 0 };

		if (f->word && is(f->s->m[at[0]].actor_id, f->by)) {
			exception(t, at, 2,
			    "%s cleared the block at %s, and had decided on the change.", f->by,
			    when(time_at(t, at[0])).text);
			return;
		}
	}
	pass(t);
}

static void
ap14(struct test *t)
{
	const struct facts *f = t->f;
	unsigned at[2] = { decision_at(f), f->requested.n ? f->requested.at[0] : 0 };
	int64_t took = f->decided_at - f->requested_at;

	if (f->requested.n == 0)
		cannot_test(t, "the request is not in evidence");
	else if (took < 0) /* what it answered is not this request */
		cannot_test(t, "no request before the decision is in evidence");
	else if (took < (int64_t)(t->k->p->fast_decision * SECOND))
		exception(t, at, 2, "%s decided %lld s after the request.", or_none(f->by),
		    (long long)(took / SECOND));
	else
		pass(t);
}

static void
ap16(struct test *t)
{
	const struct parameters *p = t->k->p;
	int64_t local = t->f->decided_at + (int64_t)parameters_offset(p, t->f->decided_at) * SECOND,
		days = utc_days(local),
		minute = (local - days * 86400 * (int64_t)SECOND) / (60 * (int64_t)SECOND);
	/* 1970-01-01 was a Thursday */
	unsigned at = decision_at(t->f), day = (unsigned)(((days + 3) % 7 + 7) % 7);

	if (!p->hours_given)
		cannot_test(t, "no working hours were given (--policy)");
	else if (!(p->days >> day & 1) || minute < p->from_minute || minute >= p->to_minute)
		exception(t, &at, 1, "%s decided at %s, outside of the working hours given.",
		    or_none(t->f->by), when(t->f->decided_at).text);
	else
		pass(t);
}

static void
ap17(struct test *t)
{
	const struct facts *f = t->f;
	unsigned at[2] = { f->started.at[0], decision_at(f) };
	int64_t took = time_at(t, at[0]) - f->decided_at;

	state(t, 0, f->blocked.n ? EXPLAINED_FITS : EXPLAINED_RULED_OUT);
	if (took > (int64_t)(t->k->p->stale_approval * SECOND))
		exception(t, at, 2, "Execution started at %s, %lld s after the approval.",
		    when(time_at(t, at[0])).text, (long long)(took / SECOND));
	else
		pass(t);
}

static void
ap19(struct test *t)
{
	const struct parameters *p = t->k->p;
	unsigned at = decision_at(t->f);
	bool named = false;

	if (!p->approvers_given) {
		cannot_test(t, "no list of authorised approvers was given (--policy)");
		return;
	}
	for (unsigned i = 0; i < p->n_approvers; i++)
		if (is(p->approver[i].name, t->f->by)) {
			named = true;
			if (t->f->decided_at >= p->approver[i].from &&
			    t->f->decided_at < p->approver[i].until) {
				pass(t);
				return;
			}
		}
	exception(t, &at, 1, "%s decided at %s, and is %s.", or_none(t->f->by),
	    when(t->f->decided_at).text,
	    named ? "not authorised at that time by the list given" :
		    "not in the list of authorised approvers");
}

static void
ap21(struct test *t)
{
	const char *s = t->f->confidence_text ? t->f->confidence_text : t->f->confidence;
	unsigned at = decision_at(t->f);

	if (s == NULL)
		cannot_test(t, "the confidence is not in evidence");
	else if (strtod(s, NULL) < t->k->p->low_confidence)
		exception(
		    t, &at, 1, "%s approved a proposal of confidence %s.", or_none(t->f->by), s);
	else
		pass(t);
}

static void
ap22(struct test *t)
{
	const struct facts *f = t->f;
	const char *hash = f->decided[0].policy_hash;
	unsigned at[2] = { f->webhook.at[0], f->rego >= 0 ? (unsigned)f->rego : 0 };

	if (hash == NULL || f->policy_hash == NULL)
		cannot_test(t,
		    "the policy's hash is not recorded with the decision and the evaluation "
		    "(versions before August 2026)");
	else if (strcmp(hash, f->policy_hash))
		exception(t, at, 2, "The evaluation was by policy %.16s…, the decision by %.16s….",
		    f->policy_hash, hash);
	else
		pass(t);
}

static void
ap24(struct test *t)
{
	const struct parameters *p = t->k->p;
	const struct facts *f = t->f;
	unsigned at[2] = { f->started.at[0],
		f->policy >= 0 ? (unsigned)f->policy : f->started.at[0] };
	bool environment = f->environment &&
	    (p->high_risk_environments.n ? words_have(&p->high_risk_environments, f->environment) :
					   strcasecmp(f->environment, "production") == 0);
	bool severity = f->severity && words_have(&p->high_risk_severities, f->severity);

	if (environment || severity)
		exception(t, at, 2,
		    "The policy alone allowed an execution of high risk: environment %s, severity "
		    "%s.",
		    or_none(f->environment), or_none(f->severity));
	else if (f->environment == NULL)
		cannot_test(t, "the environment is not in evidence");
	else
		pass(t);
}

static void
ap25(struct test *t)
{
	const struct facts *f = t->f;
	unsigned at[2] = { f->started.at[0],
		f->cleared.n      ? f->cleared.at[0] :
		    f->timeouts.n ? f->timeouts.at[0] :
				    0 };

	if (f->cleared.n == 0 && f->timeouts.n == 0)
		not_applicable(
		    t, "nothing was forced: no block cleared, no timeout changed by a person");
	else if (f->assessed.n)
		pass(t);
	else
		exception(t, at, 2, "%s %s at %s; no assessment of the effect is on record.",
		    or_none(f->s->m[at[1]].actor_id),
		    f->cleared.n ? "cleared a block" : "changed the timeouts",
		    when(time_at(t, at[1])).text);
}

static void
ap26(struct test *t)
{
	const struct decision *a = &t->f->decided[0], *b = &t->f->seen[0];
	unsigned at[2] = { a->at, b->at };

	if (a->word && b->word && strcmp(a->word, b->word))
		exception(
		    t, at, 2, "The webhook recorded %s, the orchestrator %s.", a->word, b->word);
	else if (strcmp(a->by, b->by))
		exception(t, at, 2,
		    "The webhook recorded %s as the one who decided, the orchestrator %s.", a->by,
		    b->by);
	else
		pass(t);
}

static void
ap27(struct test *t)
{
	const struct facts *f = t->f;
	bool alike = true;

	for (unsigned i = 1; i < f->orchestrator.n; i++)
		alike = alike && is(f->seen[i].word, f->seen[0].word) &&
		    is(f->seen[i].by, f->seen[0].by);
	if (f->webhook.n > 1) {
		state(t, 0, EXPLAINED_RULED_OUT);
		exception(t, f->webhook.at, f->webhook.n,
		    "%u different decisions were recorded: %s by %s, then %s by %s.",
		    f->webhook.n + f->webhook.more, f->decided[0].word ? f->decided[0].word : "?",
		    f->decided[0].by, f->decided[1].word ? f->decided[1].word : "?",
		    f->decided[1].by);
	} else if (f->orchestrator.n > 1) {
		state(t, 0, alike ? EXPLAINED_FITS : EXPLAINED_RULED_OUT);
		exception(t, f->orchestrator.at, f->orchestrator.n,
		    "The orchestrator recorded %u decisions: %s, then %s.",
		    f->orchestrator.n + f->orchestrator.more, f->seen[0].word, f->seen[1].word);
	} else if (f->word == NULL) {
		not_applicable(t, "not decided");
	} else {
		pass(t);
	}
}

static void
ap28(struct test *t)
{
	const struct facts *f = t->f;
	unsigned at = decision_at(f);

	if (f->webhook.n == 0 && !f->human)
		pass(t);
	else
		exception(t, &at, 1,
		    "The request expired by the act of %s at %s, and the webhook recorded no "
		    "decision: it takes Approved and Rejected only.",
		    or_none(f->by), when(time_at(t, at)).text);
}

static void
ap29(struct test *t)
{
	const struct facts *f = t->f;
	unsigned at[2] = { f->requested.at[0], f->policy >= 0 ? (unsigned)f->policy : 0 };

	state(t, 1, f->policy >= 0 ? EXPLAINED_RULED_OUT : EXPLAINED_CANNOT_TELL);
	if (is(f->policy_word, "requires_approval"))
		pass(t);
	else if (f->policy < 0)
		exception(t, at, 1,
		    "Approval was requested at %s, and no decision of the policy is on record.",
		    when(time_at(t, at[0])).text);
	else
		exception(t, at, 2, "Approval was requested at %s; the policy's decision is %s.",
		    when(time_at(t, at[0])).text, f->policy_word ? f->policy_word : "not readable");
}

static void
ap30(struct test *t)
{
	const struct decision *d = &t->f->decided[0];
	int64_t stored = time_at(t, d->at);
	unsigned at[2] = { d->at, t->f->requested.n ? t->f->requested.at[0] : 0 };

	if (d->decided_at == NO_TIME)
		cannot_test(t, "the record does not say when it was decided");
	else if (d->decided_at > stored + 2 * SECOND)
		exception(t, at, 1, "Decided at %s by its own words, recorded at %s, before that.",
		    when(d->decided_at).text, when(stored).text);
	else if (stored - d->decided_at > (int64_t)(t->k->p->decision_delay * SECOND))
		exception(t, at, 1, "Decided at %s by its own words, recorded at %s.",
		    when(d->decided_at).text, when(stored).text);
	else if (t->f->requested.n && d->decided_at < t->f->requested_at)
		exception(t, at, 2, "Decided at %s, requested only at %s.",
		    when(d->decided_at).text, when(t->f->requested_at).text);
	else
		pass(t);
}

static void
ap31(struct test *t)
{
	const struct facts *f = t->f;
	unsigned at = f->rego >= 0 ? (unsigned)f->rego : 0;

	if (f->rego < 0)
		not_applicable(t, "no policy was evaluated");
	else if (f->degraded ||
	    (f->policy_outcome && !is(f->policy_outcome, "auto_approved") &&
		!is(f->policy_outcome, "requires_approval")))
		exception(t, &at, 1, "The policy was %s at %s: outcome %s, %s.",
		    f->degraded ? "evaluated in degraded mode" : "not evaluated",
		    when(time_at(t, at)).text, or_none(f->policy_outcome),
		    or_none(f->policy_reason));
	else
		pass(t);
}

static void
ap32(struct test *t)
{
	const struct facts *f = t->f;

	if (f->requested.n == 0 && f->awaiting.n == 0)
		not_applicable(t, "nobody was asked, nothing waited");
	else if (f->requested.n == 0)
		exception(t, f->awaiting.at, 1,
		    "It waited for approval from %s on, and no request is on record.",
		    when(time_at(t, f->awaiting.at[0])).text);
	else if (f->awaiting.n == 0)
		exception(t, f->requested.at, 1,
		    "Approval was requested at %s, and it is not on record that it waited.",
		    when(time_at(t, f->requested.at[0])).text);
	else
		pass(t);
}

static void
ap33(struct test *t)
{
	const struct facts *f = t->f;
	unsigned at[2] = { decision_at(f), f->end >= 0 ? (unsigned)f->end : 0 };

	if (f->end < 0)
		not_applicable(t, "no end is on record");
	else if (time_at(t, at[1]) < f->decided_at)
		exception(t, at, 2, "%s decided %s at %s; the remediation had ended at %s.",
		    or_none(f->by), f->word, when(f->decided_at).text,
		    when(time_at(t, at[1])).text);
	else
		pass(t);
}

static void
cp01(struct test *t)
{
	const struct facts *f = t->f;
	unsigned at[2] = { 0, 0 };

	if (f->genesis < 0) {
		exception(t, at, f->s->n ? 1 : 0,
		    "The event that begins it is not here; its first one is a %s of %s.",
		    f->s->n ? f->s->m[0].type : "?", f->s->n ? when(f->s->m[0].time).text : "?");
		return;
	}
	if (f->started.n && f->finished.n &&
	    time_at(t, f->finished.at[0]) < time_at(t, f->started.at[0])) {
		at[0] = f->started.at[0];
		at[1] = f->finished.at[0];
		exception(t, at, 2, "Its execution ended at %s, and started only at %s.",
		    when(time_at(t, at[1])).text, when(time_at(t, at[0])).text);
		return;
	}
	pass(t);
}

/*
 * How late events were stored: behind one whose time is later, so at least the difference. The
 * newer
 * writer links in the order of storing, where a batch that waited is one item and no exception.
 */
static void
cp02(struct test *t)
{
	const struct story *s = t->f->s;
	int64_t most = 0, delay;
	unsigned at[2] = { 0, 0 }, late = 0;
	bool numbered = true;

	for (unsigned i = 0; i < s->n; i++) {
		const struct moment *m = &s->m[i];

		if (!m->contradicts_time)
			continue;
		delay = s->m[m->stored_after].time - m->time;
		if (delay <= (int64_t)(t->k->p->clock_tolerance * SECOND))
			continue;
		late++;
		numbered &= m->numbered;
		if (delay > most) {
			most = delay;
			at[0] = m->stored_after;
			at[1] = i;
		}
	}
	if (late == 0)
		pass(t);
	else if (numbered)
		not_applicable(t,
		    "a batch was stored late; the newer writer links in the order of storing, and "
		    "its own times stand");
	else
		exception(t, at, 2,
		    "%u of its events were stored late, one of %s at least %lld s: behind one of "
		    "%s.",
		    late, when(time_at(t, at[1])).text, (long long)(most / SECOND),
		    when(time_at(t, at[0])).text);
}

static int
by_hash(const void *a, const void *b)
{
	return memcmp(*(const uint8_t *const *)a, *(const uint8_t *const *)b, 32);
}

static void
cp03(struct test *t)
{
	const struct story *s = t->f->s;
	const uint8_t **hash = malloc((s->n + 1) * sizeof *hash);
	unsigned n = 0, named = 0, gone = 0, at = 0;

	if (hash == NULL) {
		t->k->nomem = true;
		return;
	}
	for (unsigned i = 0; i < s->n; i++)
		if (s->m[i].has_hash)
			hash[n++] = s->m[i].hash;
	if (n)
		qsort(hash, n, sizeof *hash, by_hash);
	for (unsigned i = 0; i < s->n; i++)
		if (s->m[i].has_previous) {
			const uint8_t *key = s->m[i].previous;

			named++;
			if (n && bsearch(&key, hash, n, sizeof *hash, by_hash))
				continue;
			at = gone++ ? at : i;
		}
	if (gone)
		exception(t, &at, 1,
		    "%u of %u predecessors that its events name are not here, the first one's of "
		    "the event of %s.",
		    gone, named, when(time_at(t, at)).text);
	else if (n == 0)
		cannot_test(t, "its rows have no hashes");
	else
		pass(t);
	free(hash);
}

static void
cp04(struct test *t)
{
	const struct facts *f = t->f;
	const struct seen *k[] = { &f->requested, &f->webhook, &f->orchestrator, &f->created,
		&f->selected, &f->started, &f->finished, &f->assessed, &f->cleared };
	unsigned n = 0, at = 0;

	for (unsigned i = 0; i < sizeof k / sizeof *k; i++)
		if (k[i]->repeats) {
			at = n ? at : k[i]->at[0];
			n += k[i]->repeats;
		}
	state(t, 0, EXPLAINED_FITS);
	if (n)
		exception(t, &at, 1,
		    "%u of the events that tell its approval and execution were stored again, "
		    "equal, under other ids.",
		    n);
	else
		pass(t);
}

static void (*const rule_of[RULES])(struct test *t) = { [RULE_AP01] = ap01,
	[RULE_AP02] = ap02,
	[RULE_AP03] = refused,
	[RULE_AP04] = refused,
	[RULE_AP05] = ap05,
	[RULE_AP06] = ap06,
	[RULE_AP08] = ap08,
	[RULE_AP09] = ap09,
	[RULE_AP10] = ap10,
	[RULE_AP11] = ap11,
	[RULE_AP12] = ap12,
	[RULE_AP13] = ap13,
	[RULE_AP14] = ap14,
	[RULE_AP16] = ap16,
	[RULE_AP17] = ap17,
	[RULE_AP19] = ap19,
	[RULE_AP21] = ap21,
	[RULE_AP22] = ap22,
	[RULE_AP24] = ap24,
	[RULE_AP25] = ap25,
	[RULE_AP26] = ap26,
	[RULE_AP27] = ap27,
	[RULE_AP28] = ap28,
	[RULE_AP29] = ap29,
	[RULE_AP30] = ap30,
	[RULE_AP31] = ap31,
	[RULE_AP32] = ap32,
	[RULE_AP33] = ap33,
	[RULE_CP01] = cp01,
	[RULE_CP02] = cp02,
	[RULE_CP03] = cp03,
	[RULE_CP04] = cp04 };

void
rules_of_one(struct controls *k, const struct facts *f)
{
	uint64_t in = populations_of(f, k->from, k->to);

	for (unsigned r = 0; r < RULES; r++) {
		struct test t = { .k = k,
			.rule = (enum rule_id)r,
			.c = f->c,
			.f = f,
			.state = {
			    EXPLAINED_CANNOT_TELL, EXPLAINED_CANNOT_TELL, EXPLAINED_CANNOT_TELL } };

		if (rule_of[r] && in >> rule_info[r].population & 1)
			rule_of[r](&t);
	}
}
