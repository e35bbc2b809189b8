/* status of a RemediationRequest from all its events: fields.def, filled in the order of the
 * story. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "rebuild/inner.h"

static void
set_ref(struct work *w, enum field k, const char *kind, const char *name, size_t n)
{
	struct buf b;

	buf_init(&b, 65536);
	ref_print(&b, "kubernaut.ai/v1alpha1", kind, name, n, w->namespace);
	field_json(w, k, b.p, b.len);
	w->nomem |= b.nomem;
	buf_release(&b);
}

/* A child that has the name its controller gives it, unless an event has told it already. */
static void
set_child(struct work *w, enum field k, const char *kind, const char *prefix)
{
	char name[512];

	snprintf(
	    name, sizeof name, "%s-%.*s", prefix, (int)(w->c->n > 400 ? 400 : w->c->n), w->c->text);
	if (!field_set(w, k))
		set_ref(w, k, kind, name, strlen(name));
}

static bool
begins(const char *name, const char *with)
{
	return strncmp(name, with, strlen(with)) == 0;
}

static void
timeouts(struct work *w, const char *group)
{
	static const struct {
		const char *name;
		enum field k;
	} one[] = { { "analyzing", T_ANALYZING }, { "executing", T_EXECUTING },
		{ "global", T_GLOBAL }, { "processing", T_PROCESSING } };
	char path[64];

	for (unsigned i = 0; i < 4; i++) {
		snprintf(path, sizeof path, "%s.%s", group, one[i].name);
		field_copy(w, one[i].k, path);
	}
}

/* "ns/Kind/name", "/Kind/name" or "Kind/name". */
static void
target(struct work *w)
{
	struct str t = payload_text(w, "target_resource");
	const char *end = t.p + t.n, *last = t.n ? memrchr(t.p, '/', t.n) : NULL, *mid;
	struct buf b;

	if (last == NULL)
		return;
	mid = memrchr(t.p, '/', (size_t)(last - t.p));
	field_text(w, TARGET_KIND, mid ? mid + 1 : t.p, (size_t)(last - (mid ? mid + 1 : t.p)));
	field_text(w, TARGET_NAME, last + 1, (size_t)(end - last - 1));
	if (mid && mid > t.p)
		field_text(w, TARGET_NAMESPACE, t.p, (size_t)(mid - t.p));
	buf_init(&b, 65536);
	buf_put(&b, mid ? mid + 1 : t.p, (size_t)(end - (mid ? mid + 1 : t.p)));
	field_text(w, TARGET_DISPLAY, (char *)b.p, b.len);
	w->nomem |= b.nomem;
	buf_release(&b);
}

static void
bundle(struct work *w, struct str image, enum grade grade)
{
	if (image.n == 0)
		return;
	field_text(w, BUNDLE, image.p, image.n);
	w->f[BUNDLE].grade = grade;
}

/* The analysis names the bundle too; it counts if its workflow is the one that was created, and
 * the execution never told its own. */
static void
proposal(struct work *w)
{
	struct str id = payload_text(w, "response_data.selectedWorkflow.workflowId"),
		   summary = payload_text(w, "response_data.rootCauseAnalysis.summary");

	buf_clear(&w->summary);
	w->summary_by = w->m;
	if (summary.n)
		text_json(&w->summary, summary.p, summary.n);
	if (id.n == 0)
		return;
	buf_clear(&w->proposed);
	text_json(&w->proposed, id.p, id.n);
	bundle(w, payload_text(w, "response_data.selectedWorkflow.executionBundle"), GRADE_DERIVED);
}

static void
workflow(struct work *w)
{
	struct str action = payload_text(w, "action_type"), name = payload_text(w, "workflow_name");
	struct buf b;

	field_copy(w, WORKFLOW, "workflow_id");
	field_copy(w, VERSION, "workflow_version");
	bundle(w, payload_text(w, "container_image"), GRADE_OF_ITS_ROW);
	if (w->kind != ET_WORKFLOWEXECUTION_EXECUTION_STARTED)
		return;
	buf_init(&b, 65536);
	buf_put(&b, action.p, action.n);
	buf_str(&b, action.n ? ":" : "");
	buf_put(&b, name.p, name.n);
	if (name.n)
		field_text(w, WORKFLOW_DISPLAY, (char *)b.p, b.len);
	w->nomem |= b.nomem;
	buf_release(&b);
}

static void
confidence(struct work *w)
{
	uint32_t i = payload_at(w, "confidence");
	char number[64], text[32];

	if (field_set(w, CONFIDENCE) || i == JSON_NONE || w->d->node[i].type != JSON_NUMBER ||
	    w->d->node[i].src_len >= sizeof number)
		return;
	memcpy(number, json_src(w->d, i), w->d->node[i].src_len);
	number[w->d->node[i].src_len] = '\0';
	snprintf(text, sizeof text, "%.2f", strtod(number, NULL));
	field_word(w, CONFIDENCE, text);
}

/* The event that ends it: where its failure began. What phase and outcome it has, status_settle
 * asks. */
static void
ended(struct work *w)
{
	struct str message = payload_text(w, "error_details.message");
	const char *phase, *quote, *reason;

	w->ended = true;
	field_word(
	    w, PHASE, !w->m->outcome || strcmp(w->m->outcome, "success") ? "Failed" : "Completed");
	if ((phase = message.n ? memmem(message.p, message.n, "at phase '", 10) : NULL) == NULL)
		return;
	phase += 10;
	quote = memchr(phase, '\'', (size_t)(message.p + message.n - phase));
	reason = memmem(phase, (size_t)(message.p + message.n - phase), "]: ", 3);
	if (quote)
		field_text(w, FAILURE_PHASE, phase, (size_t)(quote - phase));
	if (reason)
		field_text(
		    w, FAILURE_REASON, reason + 3, (size_t)(message.p + message.n - reason - 3));
}

/* Some endings have no event of their own; another one tells them. */
void
status_ended_silently(struct work *w)
{
	if (!w->ends)
		field_word(w, PHASE, "Completed");
}

static void
transition(struct work *w)
{
	struct str to = payload_text(w, "to_phase");

	if (w->ended) /* behind the end nothing counts */
		return;
	field_copy(w, PHASE, "to_phase");
	field_clear(w, BLOCK_REASON); /* going on ends a block */
	field_clear(w, BLOCK_MESSAGE);
	if (to.n == 10 && memcmp(to.p, "Processing", 10) == 0) {
		field_time(w, PROCESSING, w->m->time);
		set_child(w, SP_REF, "SignalProcessing", "sp");
	} else if (to.n == 9 && memcmp(to.p, "Analyzing", 9) == 0) {
		field_time(w, ANALYZING, w->m->time);
		set_child(w, AI_REF, "AIAnalysis", "ai");
	} else if (to.n == 9 && memcmp(to.p, "Executing", 9) == 0)
		field_time(w, EXECUTING, w->m->time);
}

static void
first_signal(struct work *w)
{
	field_time(w, FIRST_SEEN, w->m->time);
	field_time(w, LAST_SEEN, w->m->time);
	field_json(w, OCCURRENCES, "1", 1);
	w->f[OCCURRENCES].grade = GRADE_DERIVED;
}

static void
signal_again(struct work *w)
{
	uint32_t n = payload_at(w, "occurrence_count");

	field_time(w, LAST_SEEN, w->m->time);
	if (n != JSON_NONE && w->d->node[n].type == JSON_NUMBER)
		field_json(w, OCCURRENCES, json_src(w->d, n), w->d->node[n].src_len);
}

static void
start(struct work *w)
{
	field_time(w, START, w->m->time);
	if (!field_set(w, PHASE))
		field_word(w, PHASE, "Pending");
}

static void
first_timeouts(struct work *w)
{
	timeouts(w, "timeout_config");
}

static void
new_timeouts(struct work *w)
{
	timeouts(w, "new_timeout_config");
	field_copy(w, MODIFIED_AT, "modified_at");
	field_copy(w, MODIFIED_BY, "modified_by");
}

static void
verification(struct work *w)
{
	field_word(w, PHASE, "Verifying");
}

static void
block(struct work *w)
{
	field_word(w, PHASE, "Blocked");
	w->blocked = true;
}

static void
verification_over(struct work *w)
{
	w->gave_up = w->m->time;
}

static void
request(struct work *w)
{
	const struct moment *last = w->request;
	bool repeated = last && last->time == w->m->time && last->data && w->m->data &&
	    strcmp(last->data, w->m->data) == 0;
	char again[512];

	field_copy(w, CONFIDENCE, "confidence_str");
	w->request = w->m;
	/* asked again, its notification is listed again; a delivery that came twice is none */
	if (last && !repeated && w->c->n < 400) {
		snprintf(again, sizeof again, "nr-approval-%.*s", (int)w->c->n, w->c->text);
		notice_listed(w, again, true);
	}
}

static void
policy_or_analysis(struct work *w)
{
	struct str reason = payload_text(w, "reason");

	confidence(w);
	if (!w->ended && reason.n == 17 && memcmp(reason.p, "WorkflowNotNeeded", 17) == 0) {
		status_ended_silently(w);
		w->needless = w->m;
	}
}

static void
assessment_made(struct work *w)
{
	struct str name = payload_text(w, "ea_name");

	if (name.n)
		set_ref(w, EA_REF, "EffectivenessAssessment", name.p, name.n);
}

static void
assessment_scheduled(struct work *w)
{
	struct str deadline = payload_text(w, "validity_deadline");
	struct utc at;

	/* an assessment behind the end sets none */
	if (utc_parse(deadline.p, deadline.n, &at) == UTC_OK && !w->ended) {
		field_time(w, DEADLINE, at.us + 30000000);
		w->deadline = at.us;
	}
}

static void
creation(struct work *w)
{
	w->workflow = w->m;
	workflow(w);
	target(w);
	if (!field_set(w, SPEC_HASH) && field_copy(w, SPEC_HASH, "pre_remediation_spec_hash") &&
	    w->blocked)
		/* a block before may have kept an older one */
		w->f[SPEC_HASH].grade = GRADE_APPROXIMATE;
	set_child(w, WE_REF, "WorkflowExecution", "we");
}

static void
execution(struct work *w)
{
	struct str name = payload_text(w, "execution_name");

	workflow(w);
	if (name.n)
		set_ref(w, WE_REF, "WorkflowExecution", name.p, name.n);
}

static void
spec_hash(struct work *w)
{
	if (!field_set(w, SPEC_HASH))
		field_copy(w, SPEC_HASH, "pre_remediation_spec_hash");
}

/* What each type fills of status. */
static void (*const fills[EVENT_TYPES + 1])(
    struct work *w) = { [ET_GATEWAY_SIGNAL_RECEIVED] = first_signal,
	[ET_GATEWAY_SIGNAL_DEDUPLICATED] = signal_again,
	[ET_ORCHESTRATOR_LIFECYCLE_STARTED] = start,
	[ET_ORCHESTRATOR_LIFECYCLE_CREATED] = first_timeouts,
	[ET_WEBHOOK_REMEDIATIONREQUEST_TIMEOUT_MODIFIED] = new_timeouts,
	[ET_ORCHESTRATOR_LIFECYCLE_TRANSITIONED] = transition,
	[ET_ORCHESTRATOR_LIFECYCLE_VERIFYING_STARTED] = verification,
	[ET_ORCHESTRATOR_ROUTING_BLOCKED] = block,
	[ET_ORCHESTRATOR_LIFECYCLE_VERIFICATION_TIMED_OUT] = verification_over,
	[ET_AIAGENT_RESPONSE_COMPLETE] = proposal,
	[ET_ORCHESTRATOR_APPROVAL_REQUESTED] = request,
	[ET_AIANALYSIS_APPROVAL_DECISION] = policy_or_analysis,
	[ET_AIANALYSIS_ANALYSIS_COMPLETED] = policy_or_analysis,
	[ET_ORCHESTRATOR_EA_CREATED] = assessment_made,
	[ET_EFFECTIVENESS_ASSESSMENT_SCHEDULED] = assessment_scheduled,
	[ET_REMEDIATION_WORKFLOW_CREATED] = creation,
	[ET_WORKFLOWEXECUTION_SELECTION_COMPLETED] = execution,
	[ET_WORKFLOWEXECUTION_EXECUTION_STARTED] = execution,
	[ET_NOTIFICATION_MESSAGE_SENT] = notice,
	[ET_NOTIFICATION_MESSAGE_FAILED] = notice,
	[ET_NOTIFICATION_MESSAGE_ACKNOWLEDGED] = notice,
	[ET_NOTIFICATION_MESSAGE_ESCALATED] = notice,
	[ET_EFFECTIVENESS_HASH_COMPUTED] = spec_hash };

void
status_event(struct work *w)
{
	const char *id = w->m->resource_id ? w->m->resource_id : "";

	if (fills[w->kind])
		fills[w->kind](w);
	else if (w->m->told.end && !w->ended)
		ended(w);
	/* whichever event names its child first */
	if (begins(w->type, "signalprocessing.") && id[0] && !field_set(w, SP_REF))
		set_ref(w, SP_REF, "SignalProcessing", id, strlen(id));
	if (begins(w->type, "aianalysis.") && id[0] && !field_set(w, AI_REF))
		set_ref(w, AI_REF, "AIAnalysis", id, strlen(id));
}

/* "Kind/name" of the signal's target; both are JSON strings. */
static void
signal_display(struct work *w)
{
	struct buf b, *kind = &w->f[S_TARGET_KIND].value, *name = &w->f[S_TARGET_NAME].value, *out;

	if (kind->len == 0 || name->len == 0)
		return;
	buf_init(&b, 65536);
	buf_put(&b, kind->p, kind->len - 1);
	buf_byte(&b, '/');
	buf_put(&b, name->p + 1, name->len - 1);
	w->m = w->workflow;
	out = field_fresh(w, SIGNAL_DISPLAY);
	buf_put(out, b.p, b.len);
	w->nomem |= b.nomem;
	buf_release(&b);
}

/* Phase, end and outcome as the replay of the phases has them, for this verb as for all others
 * (B-17). */
static void
settle_phase(struct work *w)
{
	const struct phases *p = w->phases;
	const struct moment *m = w->s->m;
	bool implied = p->basis != END_NONE && p->basis != END_EVENT;

	field_clear(w, PHASE);
	field_clear(w, COMPLETED_AT);
	field_clear(w, OUTCOME);
	if (p->phase != PHASE_NONE) {
		w->m = &m[p->entered];
		field_word(w, PHASE, phase_name[p->phase]);
		if (implied && p->entered == p->end)
			w->f[PHASE].rule = "an ending without an event of its own";
	}
	if (p->end >= 0) {
		w->m = &m[p->end];
		field_time(w, COMPLETED_AT, w->m->time);
		if (implied)
			w->f[COMPLETED_AT].rule = "time of the event that tells the end";
	}
	if (p->outcome[0]) {
		w->m = &m[p->outcome_by];
		field_text(w, OUTCOME, p->outcome, strlen(p->outcome));
	}
}

void
status_settle(struct work *w)
{
	bool kept;

	settle_phase(w);
	/* a reason to be blocked is kept while it is blocked, and by the two endings that freeze
	 * it */
	kept = field_says(w, PHASE, "Blocked") || field_says(w, PHASE, "TimedOut") ||
	    field_says(w, FAILURE_PHASE, "Blocked");
	/* the bundle was told by the analysis; what was created later may be another */
	if (w->f[BUNDLE].by && w->f[BUNDLE].by->kind == ET_AIAGENT_RESPONSE_COMPLETE &&
	    (w->proposed.len != w->f[WORKFLOW].value.len ||
		memcmp(w->proposed.p, w->f[WORKFLOW].value.p, w->proposed.len))) {
		/* another workflow was created than the analysis chose */
		field_clear(w, BUNDLE);
	}
	if (!kept) {
		field_clear(w, BLOCK_REASON);
		field_clear(w, BLOCK_MESSAGE);
	}
	/* the end of a block's cooldown leaves it out, though its event exists */
	if (field_says(w, FAILURE_PHASE, "Blocked"))
		field_clear(w, COMPLETED_AT);
	/* a request older than 30 minutes times out at once, and has no deadline */
	if (w->gave_up < w->deadline)
		field_clear(w, DEADLINE);
	/* only an ending that found nothing to do has the summary as its message */
	if (w->needless && w->summary.len && w->phases->basis == END_NEEDLESS) {
		w->m = w->summary_by;
		field_json(w, MESSAGE, w->summary.p, w->summary.len);
		w->f[MESSAGE].grade = GRADE_APPROXIMATE;
	}
	if (w->phases->end < 0 && field_says(w, PHASE, "Analyzing"))
		w->f[PHASE].grade = GRADE_PARTIAL; /* some endings write no event */
	/* what follows is derived from the phase, and has the phase's event as its source */
	w->m = w->f[PHASE].by;
	/* failures are counted from what can have one: blocks and duplicates do not */
	if ((field_says(w, PHASE, "Failed") && !field_says(w, FAILURE_PHASE, "Blocked") &&
		!field_says(w, FAILURE_PHASE, "Deduplicated")) ||
	    field_says(w, OUTCOME, "Inconclusive"))
		field_json(w, FAILURES, "1", 1);
	else if ((field_says(w, PHASE, "Failed") || field_says(w, PHASE, "Completed")) &&
	    !field_set(w, BLOCK_REASON) && !field_set(w, BLOCK_MESSAGE))
		field_json(w, ROUTING, "{}", 2);
	/* the name of a signal is written together with the workflow */
	if (w->workflow)
		signal_display(w);
	/* the controller writes the selection only when it creates the execution */
	for (int k = CONFIDENCE; k <= WORKFLOW_DISPLAY && !w->workflow; k++)
		field_clear(w, (enum field)k);
}
