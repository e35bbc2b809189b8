#include "approval/facts.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "base/utc.h"
#include "base/vec.h"
#include "json/json.h"

const char *const override_name[] = { "none", "inferred", "cannot tell" };

/* One event while it is read. */
struct reader {
	struct facts *f;
	struct moment *m;
	unsigned at;
	enum event_type kind; /* of its type */
	struct json_doc *d;
	char *proposed; /* the parameters that the analysis chose, canonical */
};

static bool
is(const char *a, const char *b)
{
	return a && strcmp(a, b) == 0;
}

static bool
begins(const char *s, const char *with)
{
	return s && strncmp(s, with, strlen(with)) == 0;
}

/* A copy that lives as long as the facts. */
static char *
keep(struct facts *f, const char *p, size_t n)
{
	char *s;

	if (f->n_texts == f->texts_cap) {
		void *q = vec_resize(f->text, f->texts_cap * 2 + 32, sizeof *f->text);

		if (q == NULL) {
			f->nomem = true;
			return NULL;
		}
		f->text = q;
		f->texts_cap = f->texts_cap * 2 + 32;
	}
	if ((s = strndup(p, n)) == NULL)
		f->nomem = true;
	else
		f->text[f->n_texts++] = s;
	return s;
}

/* A text of the payload; NULL if it is not there, no text, or empty. */
static const char *
text(struct reader *r, const char *path)
{
	uint32_t i = event_member(r->d, path);

	return i == JSON_NONE || r->d->node[i].type != JSON_STRING || r->d->node[i].str_len == 0 ?
	    NULL :
	    keep(r->f, json_str(r->d, i), r->d->node[i].str_len);
}

static bool
truth(struct reader *r, const char *path)
{
	uint32_t i = event_member(r->d, path);

	return i != JSON_NONE && r->d->node[i].type == JSON_TRUE;
}

/* A value of the payload, canonical; NULL if it is not there. */
static char *
value(struct reader *r, const char *path)
{
	uint32_t i = event_member(r->d, path);
	char *ret = NULL;
	struct buf b;

	if (i == JSON_NONE)
		return NULL;
	buf_init(&b, EX_MAX_BODY);
	if (json_write(r->d, i, JSON_CANONICAL, &b) == 0 && !b.failed)
		ret = keep(r->f, (char *)b.p, b.len);
	r->f->nomem |= b.nomem;
	buf_release(&b);
	return ret;
}

static int64_t
instant(struct reader *r, const char *path)
{
	const char *s = text(r, path);
	struct utc t;

	return s && utc_parse(s, strlen(s), &t) == UTC_OK ? t.us : NO_TIME;
}

static bool
same(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

/* A repeated delivery is stored under another id, and says the same (measured-on-real-controllers
 * 10). */
static bool
repeated(const struct moment *a, const struct moment *b)
{
	return a->time == b->time && same(a->type, b->type) && same(a->action, b->action) &&
	    same(a->outcome, b->outcome) && same(a->actor_type, b->actor_type) &&
	    same(a->actor_id, b->actor_id) && same(a->resource_id, b->resource_id) &&
	    same(a->data, b->data);
}

/* false: it says nothing new, or there are too many. */
static bool
note(struct reader *r, struct seen *k)
{
	for (unsigned i = 0; i < k->n; i++)
		if (repeated(&r->f->s->m[k->at[i]], r->m)) {
			k->repeats++;
			return false;
		}
	if (k->n == FACTS_LIST) {
		k->more++;
		return false;
	}
	k->at[k->n++] = r->at;
	return true;
}

static void
begin(struct reader *r)
{
	struct facts *f = r->f;
	bool session = r->kind == ET_APIFRONTEND_RR_CREATED;

	if (f->genesis >= 0)
		return;
	f->genesis = (int)r->at;
	f->signal = text(r, "signal_name");
	f->severity = text(r, "severity");
	f->fingerprint = text(r, "fingerprint");
	f->target_kind = text(r, session ? "target_kind" : "resource_kind");
	f->target_name = text(r, session ? "target_name" : "resource_name");
	f->target_namespace = text(r, session ? "target_namespace" : "namespace");
	if (session && !is_machine(r->m->actor_type, r->m->actor_id))
		f->requested_by = r->m->actor_id;
}

const char *const ruling_name[] = { NULL, "Approved", "Rejected", "Expired" };

static enum ruling
ruling_of(const char *word)
{
	for (unsigned i = RULING_APPROVED; word && i < RULING_OTHER; i++)
		if (is(word, ruling_name[i]))
			return (enum ruling)i;
	return word ? RULING_OTHER : RULING_NONE;
}

static void
decide(struct reader *r, struct decision *d, bool webhook)
{
	const struct moment *m = r->m;

	*d = (struct decision){ .at = r->at,
		.actor = m->actor_id ? m->actor_id : "",
		.actor_type = m->actor_type ? m->actor_type : "",
		.decided_at = NO_TIME };
	d->request = text(r, webhook ? "request_name" : "rar_name");
	if (webhook) {
		d->word = text(r, "decision");
		d->ruling = ruling_of(d->word);
		d->delegated_user = text(r, "delegated_user");
		d->delegated_via = text(r, "delegated_via");
		d->message = text(r, "decision_message");
		d->policy_hash = text(r, "policy_hash");
		d->decided_at = instant(r, "decided_at");
		d->by = d->delegated_user ? d->delegated_user : d->actor;
	} else {
		d->ruling = r->kind == ET_ORCHESTRATOR_APPROVAL_APPROVED ? RULING_APPROVED :
		    is(m->action, "expired")                             ? RULING_EXPIRED :
									   RULING_REJECTED;
		d->word = ruling_name[d->ruling];
		/* a service, by the row's type, is no name to ask for */
		d->by =
		    is_service(d->actor_type) || is(d->actor_type, "system") ? "system" : d->actor;
	}
}

/* A session does not say where its target lives; the creation does: "namespace/Kind/name". */
static void
target(struct reader *r)
{
	const char *t = r->f->target_namespace ? NULL : text(r, "target_resource"),
		   *slash = t ? strchr(t, '/') : NULL;

	if (slash && slash > t && strchr(slash + 1, '/'))
		r->f->target_namespace = keep(r->f, t, (size_t)(slash - t));
}

static void
execution(struct reader *r)
{
	struct facts *f = r->f;

	if (r->kind == ET_REMEDIATION_WORKFLOW_CREATED) {
		/* the first of each counts; others are counted beside it */
		if (note(r, &f->created) && f->created.n == 1) {
			f->created_workflow = text(r, "workflow_id");
			f->created_version = text(r, "workflow_version");
			target(r);
		}
	} else if (r->kind == ET_WORKFLOWEXECUTION_SELECTION_COMPLETED) {
		if (note(r, &f->selected) && f->selected.n == 1)
			f->executed_bundle = text(r, "container_image");
	} else if (r->kind == ET_WORKFLOWEXECUTION_EXECUTION_STARTED) {
		/* parameters are compared as canonical text with what was proposed */
		char *got = value(r, "parameters");

		if (note(r, &f->started) && f->started.n == 1) {
			f->executed_workflow = text(r, "workflow_id");
			f->execution = text(r, "execution_name");
			f->parameters = got == NULL || r->proposed == NULL ? PARAMETERS_UNKNOWN :
			    strcmp(got, r->proposed)                       ? PARAMETERS_OTHER :
									     PARAMETERS_SAME;
		}
	} else if (note(r, &f->finished)) {
		f->succeeded = r->kind == ET_WORKFLOWEXECUTION_WORKFLOW_COMPLETED;
		f->finish_reason = text(r, "failure_reason");
	}
}

static enum policy_ruling
policy_of(const char *word)
{
	return word == NULL               ? POLICY_SILENT :
	    is(word, "auto_approved")     ? POLICY_AUTO :
	    is(word, "requires_approval") ? POLICY_ASKS :
					    POLICY_OTHER;
}

static void
policy(struct reader *r)
{
	struct facts *f = r->f;

	if (r->kind == ET_AIANALYSIS_REGO_EVALUATION) {
		f->rego = (int)r->at;
		f->policy_outcome = text(r, "outcome");
		f->policy_evaluated = policy_of(f->policy_outcome);
		f->policy_hash = text(r, "policy_hash");
		f->policy_reason = text(r, "reason");
		f->degraded = truth(r, "degraded");
	} else if (r->kind == ET_AIANALYSIS_APPROVAL_DECISION) {
		f->policy = (int)r->at;
		f->policy_word = text(r, "decision");
		f->policy_says = policy_of(f->policy_word);
		f->approval_reason = text(r, "reason");
		f->environment = text(r, "environment");
		f->confidence = value(r, "confidence");
	} else {
		f->analysis = (int)r->at;
		f->no_action |= is(text(r, "reason"), "WorkflowNotNeeded");
	}
}

static void
notification(struct reader *r)
{
	const char *name = r->m->resource_id, *body;
	struct facts *f = r->f;

	if (begins(name, "nr-approval-") && r->kind == ET_NOTIFICATION_MESSAGE_SENT) {
		f->shown = f->shown < 0 ? (int)r->at : f->shown;
	} else if (begins(name, "nr-manual-review-") && (body = text(r, "body")) != NULL) {
		f->manual_review |= strstr(body, "**Failure Source**: AIAnalysis") ||
		    strstr(body, "**Failure Source**: RoutingEngine");
	} else if (begins(name, "nr-self-resolved-") || begins(name, "nr-completion-")) {
		f->no_action |= is(text(r, "metadata.outcome"), "NoActionRequired");
	}
}

static void
proposal(struct reader *r)
{
	r->proposed = value(r, "response_data.selectedWorkflow.parameters");
}

static void
request(struct reader *r)
{
	struct facts *f = r->f;

	if (!note(r, &f->requested) || f->requested.n > 1)
		return;
	f->request = text(r, "rar_name");
	f->workflow = text(r, "workflow_id");
	f->confidence_text = text(r, "confidence_str");
}

static void
transition(struct reader *r)
{
	if (is(text(r, "to_phase"), "AwaitingApproval"))
		note(r, &r->f->awaiting);
}

static void
decision_of_webhook(struct reader *r)
{
	struct facts *f = r->f;

	if (note(r, &f->webhook))
		decide(r, &f->decided[f->webhook.n - 1], true);
}

static void
decision_of_orchestrator(struct reader *r)
{
	struct facts *f = r->f;

	if (note(r, &f->orchestrator))
		decide(r, &f->seen[f->orchestrator.n - 1], false);
}

static void
assessment(struct reader *r)
{
	if (note(r, &r->f->assessed))
		r->f->assessment = text(r, "reason");
}

static void
block(struct reader *r)
{
	note(r, &r->f->blocked);
}

static void
unblock(struct reader *r)
{
	note(r, &r->f->cleared);
}

static void
timeouts(struct reader *r)
{
	if (!is_machine(r->m->actor_type, r->m->actor_id))
		note(r, &r->f->timeouts);
}

static void
deletion(struct reader *r)
{
	if (is(r->m->action, "retention_cleanup"))
		r->f->deleted = (int)r->at;
}

/* What each type tells of an approval; data of others is not even parsed. */
static void (*const tells[EVENT_TYPES + 1])(
    struct reader *r) = { [ET_GATEWAY_SIGNAL_RECEIVED] = begin,
	[ET_APIFRONTEND_RR_CREATED] = begin,
	[ET_AIANALYSIS_REGO_EVALUATION] = policy,
	[ET_AIANALYSIS_APPROVAL_DECISION] = policy,
	[ET_AIANALYSIS_ANALYSIS_COMPLETED] = policy,
	[ET_AIANALYSIS_ANALYSIS_FAILED] = policy,
	[ET_AIAGENT_RESPONSE_COMPLETE] = proposal,
	[ET_ORCHESTRATOR_APPROVAL_REQUESTED] = request,
	[ET_ORCHESTRATOR_LIFECYCLE_TRANSITIONED] = transition,
	[ET_WEBHOOK_REMEDIATIONAPPROVALREQUEST_DECIDED] = decision_of_webhook,
	[ET_ORCHESTRATOR_APPROVAL_APPROVED] = decision_of_orchestrator,
	[ET_ORCHESTRATOR_APPROVAL_REJECTED] = decision_of_orchestrator,
	[ET_REMEDIATION_WORKFLOW_CREATED] = execution,
	[ET_WORKFLOWEXECUTION_SELECTION_COMPLETED] = execution,
	[ET_WORKFLOWEXECUTION_EXECUTION_STARTED] = execution,
	[ET_WORKFLOWEXECUTION_WORKFLOW_COMPLETED] = execution,
	[ET_WORKFLOWEXECUTION_WORKFLOW_FAILED] = execution,
	[ET_EFFECTIVENESS_ASSESSMENT_COMPLETED] = assessment,
	[ET_ORCHESTRATOR_ROUTING_BLOCKED] = block,
	[ET_WORKFLOWEXECUTION_BLOCK_CLEARED] = unblock,
	[ET_WEBHOOK_REMEDIATIONREQUEST_TIMEOUT_MODIFIED] = timeouts,
	[ET_ORCHESTRATOR_LIFECYCLE_COMPLETED] = deletion,
	[ET_ORCHESTRATOR_LIFECYCLE_FAILED] = deletion,
	[ET_NOTIFICATION_MESSAGE_SENT] = notification,
	[ET_NOTIFICATION_MESSAGE_FAILED] = notification,
	[ET_NOTIFICATION_MESSAGE_ACKNOWLEDGED] = notification,
	[ET_NOTIFICATION_MESSAGE_ESCALATED] = notification };

const char *const approval_path_name[PATHS] = { [PATH_APPROVED] = "approved",
	[PATH_REJECTED] = "rejected",
	[PATH_EXPIRED] = "expired",
	[PATH_TIMED_OUT] = "timed-out",
	[PATH_PENDING] = "pending",
	[PATH_DRY_RUN] = "dry-run",
	[PATH_MANUAL_REVIEW] = "manual-review",
	[PATH_AUTO_APPROVED] = "auto-approved",
	[PATH_NO_ACTION] = "no-action",
	[PATH_BLOCKED] = "blocked",
	[PATH_FAILED_BEFORE] = "failed-before",
	[PATH_NONE] = "none",
	[PATH_CANNOT_TELL] = "cannot tell" };

/* CT-2: the first that holds. */
static enum approval_path
path_of(const struct facts *f)
{
	if (f->ruling != RULING_NONE)
		return f->ruling == RULING_APPROVED ? PATH_APPROVED :
		    f->ruling == RULING_REJECTED    ? PATH_REJECTED :
						      PATH_EXPIRED;
	if (f->requested.n)
		return f->end >= 0 ? PATH_TIMED_OUT : PATH_PENDING;
	if (f->dry_run)
		return PATH_DRY_RUN;
	/* whatever the policy said: it was sent to people before anything was done */
	if (f->manual_review && f->created.n == 0)
		return PATH_MANUAL_REVIEW;
	if (f->policy_says == POLICY_AUTO ||
	    (f->policy_says == POLICY_SILENT && f->policy_evaluated == POLICY_AUTO))
		return PATH_AUTO_APPROVED;
	if (f->no_action)
		return PATH_NO_ACTION;
	if (f->timed_out)
		return PATH_TIMED_OUT;
	if (f->blocked.n)
		return PATH_BLOCKED;
	return f->end >= 0 && f->end_failed ? PATH_FAILED_BEFORE : PATH_NONE;
}

static const char *
effect_of(const struct facts *f)
{
	if (f->finished.n)
		return f->succeeded ? "succeeded" : "failed";
	if (f->started.n)
		return "started, no end in evidence";
	if (f->created.n)
		return "created, not started";
	return f->blocked.n ? "blocked, nothing created" : "nothing created";
}

static const char cannot_tell[] = "cannot tell";

/* A decision, a policy's word and an outcome are there, whatever else is missing; all other paths
 * say that something did not happen. */
const char *
facts_path(const struct facts *f)
{
	bool told = f->ruling != RULING_NONE || f->path == PATH_DRY_RUN ||
	    f->path == PATH_AUTO_APPROVED || f->path == PATH_NO_ACTION;

	return approval_path_name[f->limited && !told ? PATH_CANNOT_TELL : f->path];
}

const char *
facts_effect(const struct facts *f)
{
	return f->limited && f->finished.n == 0 && f->started.n == 0 ? cannot_tell : f->effect;
}

const char *
facts_result(const struct facts *f)
{
	return f->limited && f->s->phases.end < 0 ? cannot_tell : f->s->phases.result;
}

/* End and outcome are those of the story, as everywhere. */
static void
ending(struct facts *f)
{
	const struct phases *p = &f->s->phases;

	f->end = p->end;
	f->outcome = p->outcome[0] ? p->outcome : NULL;
	f->timed_out = p->end_phase == PHASE_TIMED_OUT;
	f->end_failed = f->timed_out || p->end_phase == PHASE_FAILED;
	f->dry_run |= is(f->outcome, "DryRun");
	f->manual_review |= is(f->outcome, "ManualReviewRequired");
	f->no_action |= is(f->outcome, "NoActionRequired");
}

static void
sum_up(struct facts *f)
{
	const struct decision *a = f->webhook.n ? &f->decided[0] : NULL,
			      *b = f->orchestrator.n ? &f->seen[0] : NULL;
	const char *ran = f->executed_workflow ? f->executed_workflow : f->created_workflow;

	f->requested_at = f->requested.n ? f->s->m[f->requested.at[0]].time : NO_TIME;
	f->decided_at = NO_TIME;
	if (a || b) {
		f->ruling = b ? b->ruling : a->ruling;
		f->word = b ? b->word : a->word;
		f->by = a ? a->by : b->by;
		f->via = a ? a->delegated_via : NULL;
		f->on_behalf_of = a ? a->delegated_user : NULL;
		f->asserted_by = f->on_behalf_of ? a->actor : NULL;
		/* whom a delegate acted for is judged by the name alone */
		f->human = !is_machine(f->on_behalf_of ? "" : (a ? a : b)->actor_type, f->by);
		f->reason = a ? a->message : NULL;
		f->decided_at =
		    a && a->decided_at != NO_TIME ? a->decided_at : f->s->m[a ? a->at : b->at].time;
	}
	f->path = path_of(f);
	f->effect = effect_of(f);
	f->override = f->workflow && ran && strcmp(f->workflow, ran) ? OVERRIDE_INFERRED :
	    f->requested.n && f->parameters == PARAMETERS_OTHER      ? OVERRIDE_INFERRED :
	    f->requested.n && f->ruling == RULING_APPROVED &&
		(ran == NULL || f->parameters == PARAMETERS_UNKNOWN) ?
								  OVERRIDE_UNKNOWN :
								  OVERRIDE_NONE;
}

int
facts_of(struct facts *f, const struct story *s, const struct correlation *c)
{
	struct reader r = { .f = f };

	memset(f, 0, sizeof *f);
	f->c = c;
	f->s = s;
	/* -1: not there; 0 would be the first event */
	f->genesis = f->end = f->deleted = f->rego = f->policy = f->analysis = f->shown = -1;
	f->deadline = NO_TIME;
	for (unsigned i = 0; i < s->n && !f->nomem; i++) {
		r.m = &s->m[i];
		r.at = i;
		r.kind = r.m->kind;
		/* the first that names one: later events may be of another sender */
		if (f->cluster == NULL && r.m->cluster && r.m->cluster[0])
			f->cluster = r.m->cluster;
		if (f->namespace == NULL && begins(event_type_now(r.m->type), "orchestrator.") &&
		    r.m->namespace && r.m->namespace[0])
			f->namespace = r.m->namespace;
		/* types that tell nothing of an approval */
		if (tells[r.kind] == NULL)
			continue;
		if ((r.d = moment_object(r.m)) != NULL)
			tells[r.kind](&r);
		f->nomem |= moment_nomem(r.m);
	}
	/* ending and sums only when everything was read */
	ending(f);
	sum_up(f);
	return f->nomem ? -1 : 0;
}

void
facts_release(struct facts *f)
{
	for (unsigned i = 0; i < f->n_texts; i++)
		free(f->text[i]);
	free(f->text);
}

const char *
facts_because(const struct facts *f)
{
	if (f->requested.n == 0)
		return NULL;
	return f->approval_reason ? f->approval_reason : f->policy_reason;
}

const char *
facts_deadline_source(const struct facts *f)
{
	return f->deadline != NO_TIME ? "the request's object in the collection" :
	    f->requested.n            ? "not in evidence" :
					NULL;
}

unsigned
facts_repeats(const struct facts *f)
{
	return f->requested.repeats + f->webhook.repeats + f->orchestrator.repeats;
}
