/* The rules that look at one remediation, as far as they ask who was asked and who decided; the
 * others are in rules_done.c, those that look across in ledger.c. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "approval/rules_inner.h"
#include "base/text.h"
#include "base/utc.h"

/* Neither proves which act came first: services buffer what they store. */
static const char same_moment[] = "both events state the same time, and no link tells even which "
				  "was stored first";
static const char same_moment_linked[] = "both events state the same time; links tell which was "
					 "stored first, and no more";

struct when
when(int64_t us)
{
	struct when w;

	utc_text(w.text, us);
	return w;
}

const char *
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

	/* the policy said that nobody had to be asked */
	if (f->requested.n == 0 && f->policy_says == POLICY_AUTO) {
		pass(t);
	} else if (f->ruling == RULING_APPROVED) {
		/* an approval counts only if it came before what it allowed */
		at[1] = decision_at(f);
		rc = later(t, at[1], at[0]);
		if (rc > 0)
			exception(t, at, 2,
			    "A workflow was created at %s, before the approval of %s.",
			    when(time_at(t, at[0])).text, when(time_at(t, at[1])).text);
		else if (rc < 0)
			/* at the same time: which came first cannot be told from the events */
			cannot_test(t, same_time(t, at[0], at[1]));
		else
			pass(t);
	} else if (f->ruling != RULING_NONE) {
		/* decided, and not approved: the workflow should not be there */
		at[1] = decision_at(f);
		exception(t, at, 2, "A workflow was created at %s; the decision on record is %s.",
		    when(time_at(t, at[0])).text, f->word);
	} else if (f->requested.n) {
		/* asked, and never answered */
		at[1] = f->requested.at[0];
		exception(t, at, 2,
		    "A workflow was created at %s; approval had been requested, and no decision is "
		    "on record.",
		    when(time_at(t, at[0])).text);
	} else if (f->policy >= 0) {
		/* the policy's word was another than auto_approved, and nobody was asked */
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
		    f->ruling == RULING_EXPIRED ? "left to expire" : "rejected",
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

	/* in this order: nothing ran, nothing to compare with, another workflow, other
	 * parameters */
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

	if (d->ruling == RULING_EXPIRED)
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
	bool service = is_service(d->actor_type);

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
		exception(t, at, 2, "%s decided %" PRId64 " s after the request.", or_none(f->by),
		    took / SECOND);
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
		/* by the clock that the hours were given for, too */
		exception(t, &at, 1,
		    "%s decided at %s, %02d:%02d by the clock of the working hours, outside of "
		    "those given.",
		    or_none(t->f->by), when(t->f->decided_at).text, (int)(minute / 60),
		    (int)(minute % 60));
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
		exception(t, at, 2, "Execution started at %s, %" PRId64 " s after the approval.",
		    when(time_at(t, at[0])).text, took / SECOND);
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
