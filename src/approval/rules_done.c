/* The rules that look at what was done in one remediation, and at how it was recorded. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "approval/rules_inner.h"
#include "base/text.h"
#include "base/utc.h"

void
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

void
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

void
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

void
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

void
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

void
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

void
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
	} else if (f->ruling == RULING_NONE) {
		not_applicable(t, "not decided");
	} else {
		pass(t);
	}
}

void
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

void
ap29(struct test *t)
{
	const struct facts *f = t->f;
	unsigned at[2] = { f->requested.at[0], f->policy >= 0 ? (unsigned)f->policy : 0 };

	state(t, 1, f->policy >= 0 ? EXPLAINED_RULED_OUT : EXPLAINED_CANNOT_TELL);
	if (f->policy_says == POLICY_ASKS)
		pass(t);
	else if (f->policy < 0)
		exception(t, at, 1,
		    "Approval was requested at %s, and no decision of the policy is on record.",
		    when(time_at(t, at[0])).text);
	else
		exception(t, at, 2, "Approval was requested at %s; the policy's decision is %s.",
		    when(time_at(t, at[0])).text, f->policy_word ? f->policy_word : "not readable");
}

void
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

void
ap31(struct test *t)
{
	const struct facts *f = t->f;
	unsigned at = f->rego >= 0 ? (unsigned)f->rego : 0;

	if (f->rego < 0)
		not_applicable(t, "no policy was evaluated");
	else if (f->degraded || f->policy_evaluated == POLICY_OTHER)
		exception(t, &at, 1, "The policy was %s at %s: outcome %s, %s.",
		    f->degraded ? "evaluated in degraded mode" : "not evaluated",
		    when(time_at(t, at)).text, or_none(f->policy_outcome),
		    or_none(f->policy_reason));
	else
		pass(t);
}

void
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

void
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

void
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
void
cp02(struct test *t)
{
	const struct story *s = t->f->s;
	int64_t most = 0, delay;
	unsigned at[2] = { 0, 0 }, late = 0;
	bool numbered = true;

	for (unsigned i = 0; i < s->n; i++) {
		const struct moment *m = &s->m[i];

		/* the link goes to a row that is later by its own time: this one was stored behind
		 * it */
		if (!m->contradicts_time)
			continue;
		delay = s->m[m->stored_after].time - m->time;
		/* clocks of several machines differ by a little */
		if (delay <= (int64_t)(t->k->p->clock_tolerance * SECOND))
			continue;
		late++;
		/* one that the newer writer did not number is a writer without batches */
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
		    "%u of its events were stored late, one of %s at least %" PRId64 " s: behind "
		    "one of "
		    "%s.",
		    late, when(time_at(t, at[1])).text, most / SECOND,
		    when(time_at(t, at[0])).text);
}

static int
by_hash(const void *a, const void *b)
{
	return memcmp(*(const uint8_t *const *)a, *(const uint8_t *const *)b, 32);
}

void
cp03(struct test *t)
{
	const struct story *s = t->f->s;
	const uint8_t **hash = malloc((s->n + 1) * sizeof *hash);
	unsigned n = 0, named = 0, gone = 0, at = 0;

	/* which predecessors are missing is asked of the story alone: one of another correlation is
	 * no predecessor here */
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
			/* the first one is told; the number says how many */
			at = gone++ ? at : i;
		}
	if (gone)
		exception(t, &at, 1,
		    "%u of %u predecessors that its events name are not here, the first one's of "
		    "the event of %s.",
		    gone, named, when(time_at(t, at)).text);
	else if (n == 0)
		/* no hashes at all is a writer that had none: no answer either way */
		cannot_test(t, "its rows have no hashes");
	else
		pass(t);
	free(hash);
}

void
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
