/* status of a RemediationRequest from all its events: the field map of status.def, filled in the order of the story. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "rebuild/inner.h"

enum field {
#define STATUS_FIELD(name, path, grade, rule) name,
#include "rebuild/status.def"
#undef STATUS_FIELD
	FIELDS
};

static const struct field_info { const char *path, *grade, *rule; } info[FIELDS] = {
#define STATUS_FIELD(name, path, grade, rule) { path, grade, rule },
#include "rebuild/status.def"
#undef STATUS_FIELD
};

struct filled {
	struct buf value;                  /* JSON; empty: not in evidence */
	const struct moment *by;
	const char *grade;                 /* if it is another than the table's */
};

struct status {
	struct filled f[FIELDS];
	const struct moment *m;            /* the event that is read */
	struct json_doc *d;                /* its payload */
	const char *name, *namespace;      /* of the request */
	size_t name_len;
	struct conditions conditions;
	struct buf proposed;               /* the workflow that the analysis chose, as a JSON string */
	bool workflow, ended, blocked, nomem;
	unsigned requests;                 /* for approval */
	int64_t deadline, gave_up;         /* of the verification; INT64_MAX: none */
};

/* A field anew, from the event that is read. */
static struct buf *
fresh(struct status *s, enum field k)
{
	struct filled *f = &s->f[k];

	buf_clear(&f->value);
	f->by = s->m;
	f->grade = NULL;
	return &f->value;
}

static void set_json(struct status *s, enum field k, const void *p, size_t n) { buf_put(fresh(s, k), p, n); }
static void set(struct status *s, enum field k, const char *p, size_t n) { text_json(fresh(s, k), p, n); }

static void
set_word(struct status *s, enum field k, const char *word)
{
	set(s, k, word, strlen(word));
}

/* A text member of the payload; nothing if it is not there or empty. */
static bool
copy(struct status *s, enum field k, const char *from)
{
	uint32_t i = json_path(s->d, 0, from);

	if (i == JSON_NONE || s->d->node[i].type != JSON_STRING || s->d->node[i].str_len == 0)
		return false;
	set(s, k, json_str(s->d, i), s->d->node[i].str_len);
	return true;
}

static void
set_time(struct status *s, enum field k, int64_t us)
{
	struct buf t;

	buf_init(&t, 64);
	utc_print(&t, UTC_REST, us - ((us % 1000000) + 1000000) % 1000000, 0);
	set(s, k, (char *)t.p, t.len);
	s->nomem |= t.nomem;
	buf_release(&t);
}

static void
set_ref(struct status *s, enum field k, const char *kind, const char *name, size_t n)
{
	struct buf b;

	buf_init(&b, 65536);
	buf_printf(&b, "{\"apiVersion\":\"kubernaut.ai/v1alpha1\",\"kind\":\"%s\",\"name\":", kind);
	text_json(&b, name, n);
	buf_str(&b, ",\"namespace\":");
	text_json(&b, s->namespace, strlen(s->namespace));
	buf_byte(&b, '}');
	set_json(s, k, b.p, b.len);
	s->nomem |= b.nomem;
	buf_release(&b);
}

static bool
is(const char *type, const char *want)
{
	return strcmp(type, want) == 0;
}

static struct str
member(const struct json_doc *d, const char *path)
{
	uint32_t i = json_path(d, 0, path);

	return i == JSON_NONE || d->node[i].type != JSON_STRING ? (struct str){ "", 0 } : (struct str){ json_str(d, i), d->node[i].str_len };
}

/* The rest of the line behind a mark in a notification's text. */
static struct str
line_behind(struct str text, const char *mark)
{
	const char *p = text.n ? memmem(text.p, text.n, mark, strlen(mark)) : NULL, *end;

	if (p == NULL)
		return (struct str){ "", 0 };
	p += strlen(mark);
	end = memchr(p, '\n', (size_t)(text.p + text.n - p));
	return (struct str){ p, (size_t)((end ? end : text.p + text.n) - p) };
}

static bool
begins(const char *name, const char *with)
{
	return strncmp(name, with, strlen(with)) == 0;
}

static void
timeouts(struct status *s, const char *group)
{
	static const struct { const char *name; enum field k; } one[] = { { "analyzing", T_ANALYZING }, { "executing", T_EXECUTING }, { "global", T_GLOBAL }, { "processing", T_PROCESSING } };
	char path[64];

	for (unsigned i = 0; i < 4; i++) {
		snprintf(path, sizeof path, "%s.%s", group, one[i].name);
		copy(s, one[i].k, path);
	}
}

/* "ns/Kind/name", "/Kind/name" or "Kind/name". */
static void
target(struct status *s)
{
	struct str t = member(s->d, "target_resource");
	const char *end = t.p + t.n, *last = t.n ? memrchr(t.p, '/', t.n) : NULL, *mid;
	struct buf b;

	if (last == NULL)
		return;
	mid = memrchr(t.p, '/', (size_t)(last - t.p));
	set(s, TARGET_KIND, mid ? mid + 1 : t.p, (size_t)(last - (mid ? mid + 1 : t.p)));
	set(s, TARGET_NAME, last + 1, (size_t)(end - last - 1));
	if (mid && mid > t.p)
		set(s, TARGET_NAMESPACE, t.p, (size_t)(mid - t.p));
	buf_init(&b, 65536);
	buf_put(&b, mid ? mid + 1 : t.p, (size_t)(end - (mid ? mid + 1 : t.p)));
	set(s, TARGET_DISPLAY, (char *)b.p, b.len);
	s->nomem |= b.nomem;
	buf_release(&b);
}

static void
bundle(struct status *s, struct str image, const char *grade)
{
	const char *at = image.n ? memmem(image.p, image.n, "@sha256:", 8) : NULL;

	if (image.n == 0)
		return;
	set(s, BUNDLE, image.p, image.n);
	s->f[BUNDLE].grade = grade;
	buf_clear(&s->f[BUNDLE_DIGEST].value);
	if (at)
		set(s, BUNDLE_DIGEST, at + 1, (size_t)(image.p + image.n - at - 1));
}

/* The analysis names the bundle too; it counts if its workflow is the one that was created, and the execution never told its own. */
static void
proposal(struct status *s)
{
	struct str id = member(s->d, "response_data.selectedWorkflow.workflowId");

	if (id.n == 0)
		return;
	buf_clear(&s->proposed);
	text_json(&s->proposed, id.p, id.n);
	bundle(s, member(s->d, "response_data.selectedWorkflow.executionBundle"), "derived");
}

static void
workflow(struct status *s)
{
	struct str action = member(s->d, "action_type"), name = member(s->d, "workflow_name");
	struct buf b;

	copy(s, WORKFLOW, "workflow_id");
	copy(s, VERSION, "workflow_version");
	bundle(s, member(s->d, "container_image"), NULL);
	if (!is(s->m->type, "workflowexecution.execution.started"))
		return;
	buf_init(&b, 65536);
	buf_put(&b, action.p, action.n);
	buf_str(&b, action.n ? ":" : "");
	buf_put(&b, name.p, name.n);
	if (name.n)
		set(s, WORKFLOW_DISPLAY, (char *)b.p, b.len);
	s->nomem |= b.nomem;
	buf_release(&b);
}

static void
confidence(struct status *s)
{
	uint32_t i = json_member(s->d, 0, "confidence");
	char number[64], text[32];

	if (s->f[CONFIDENCE].value.len || i == JSON_NONE || s->d->node[i].type != JSON_NUMBER || s->d->node[i].src_len >= sizeof number)
		return;
	memcpy(number, json_src(s->d, i), s->d->node[i].src_len);
	number[s->d->node[i].src_len] = '\0';
	snprintf(text, sizeof text, "%.2f", strtod(number, NULL));
	set_word(s, CONFIDENCE, text);
}

static void
ended(struct status *s)
{
	struct str outcome = member(s->d, "crd_outcome"), message = member(s->d, "error_details.message");
	bool failed = s->m->outcome && strcmp(s->m->outcome, "failure") == 0;
	const char *phase, *quote, *reason;

	if (s->m->action && strcmp(s->m->action, "retention_cleanup") == 0)
		return;                            /* the object's deletion, long after its end */
	s->ended = true;
	set_time(s, COMPLETED_AT, s->m->time);
	set_word(s, PHASE, !failed ? "Completed" : member(s->d, "outcome").n ? "Failed" : "TimedOut");
	if (outcome.n == 18 && memcmp(outcome.p, "InheritedCompleted", 18) == 0)
		set_word(s, OUTCOME, "Remediated");
	else if (outcome.n)
		set(s, OUTCOME, outcome.p, outcome.n);
	if ((phase = message.n ? memmem(message.p, message.n, "at phase '", 10) : NULL) == NULL)
		return;
	phase += 10;
	quote = memchr(phase, '\'', (size_t)(message.p + message.n - phase));
	reason = memmem(phase, (size_t)(message.p + message.n - phase), "]: ", 3);
	if (quote)
		set(s, FAILURE_PHASE, phase, (size_t)(quote - phase));
	if (reason)
		set(s, FAILURE_REASON, reason + 3, (size_t)(message.p + message.n - reason - 3));
}

/* The list of requests, each once, in the order of their first message. */
static void
notification_ref(struct status *s, const char *name, bool again)
{
	struct filled *f = &s->f[NOTIFICATIONS];
	struct buf b;

	buf_init(&b, 65536);
	buf_str(&b, "{\"apiVersion\":\"notification.kubernaut.ai/v1alpha1\",\"kind\":\"NotificationRequest\",\"name\":");
	text_json(&b, name, strlen(name));
	buf_str(&b, ",\"namespace\":");
	text_json(&b, s->namespace, strlen(s->namespace));
	buf_byte(&b, '}');
	if (!b.failed && (f->value.len == 0 || again || memmem(f->value.p, f->value.len, b.p, b.len) == NULL)) {
		if (f->value.len)
			f->value.p[f->value.len - 1] = ',';
		else
			buf_byte(&f->value, '[');
		buf_put(&f->value, b.p, b.len);
		buf_byte(&f->value, ']');
		f->by = s->m;
	}
	s->nomem |= b.nomem;
	buf_release(&b);
}

static void
notification(struct status *s)
{
	const char *name = s->m->resource_id ? s->m->resource_id : "";
	struct str body = member(s->d, "body"), line;
	struct buf b;

	notification_ref(s, name, false);
	if (is(s->m->type, "notification.message.acknowledged"))
		set_word(s, NOTIFICATION_STATUS, "Sent");
	else if (is(s->m->type, "notification.message.escalated"))
		set_word(s, NOTIFICATION_STATUS, "Failed");
	if (begins(name, "nr-approval-")) {
		set_json(s, APPROVAL_SENT, "true", 4);
	} else if (begins(name, "nr-completion-") || begins(name, "nr-self-resolved-")) {
		if (s->f[OUTCOME].value.len == 0 && copy(s, OUTCOME, "metadata.outcome") && !s->ended)
			set_word(s, PHASE, "Completed");
	} else if (begins(name, "nr-manual-review-")) {
		line = line_behind(body, "**Failure Source**: ");
		if ((line.n == 10 && memcmp(line.p, "AIAnalysis", 10) == 0) || (line.n == 13 && memcmp(line.p, "RoutingEngine", 13) == 0)) {
			set_json(s, MANUAL_REVIEW, "true", 4);
			set_word(s, OUTCOME, "ManualReviewRequired");
			if (line.n == 10 && !s->ended)         /* an ending without an event of its own */
				set_word(s, PHASE, "Completed");
		}
		if (line.n == 13 && memcmp(line.p, "RoutingEngine", 13) == 0) {
			copy(s, BLOCK_REASON, "metadata.reason");
			line = line_behind(body, "**Details**: ");
			if (line.n)
				set(s, BLOCK_MESSAGE, line.p, line.n);
		}
	} else if (begins(name, "nr-block-")) {
		line = line_behind(body, "**Block Reason:** ");
		if (line.n)
			set(s, BLOCK_REASON, line.p, line.n);
		line = line_behind(body, "**Details:** ");
		if (line.n)
			set(s, BLOCK_MESSAGE, line.p, line.n);
	} else if (begins(name, "timeout-") || begins(name, "phase-timeout-")) {
		copy(s, TIMEOUT_PHASE, "metadata.timeoutPhase");
		line = line_behind(body, "**Timed Out**: ");
		if (line.n)
			set(s, TIMEOUT_TIME, line.p, line.n);
		line = line_behind(body, "**Phase Timeout**: ");
		if (line.n && member(s->d, "metadata.timeoutPhase").n) {
			struct str phase = member(s->d, "metadata.timeoutPhase");

			buf_init(&b, 4096);
			buf_str(&b, "Phase ");
			buf_put(&b, phase.p, phase.n);
			buf_str(&b, " exceeded timeout of ");
			buf_put(&b, line.p, line.n);
			set(s, MESSAGE, (char *)b.p, b.len);
			s->nomem |= b.nomem;
			buf_release(&b);
		}
	}
}

static void
transition(struct status *s)
{
	struct str to = member(s->d, "to_phase");

	copy(s, PHASE, "to_phase");
	buf_clear(&s->f[BLOCK_REASON].value);          /* going on ends a block */
	buf_clear(&s->f[BLOCK_MESSAGE].value);
	if (to.n == 10 && memcmp(to.p, "Processing", 10) == 0)
		set_time(s, PROCESSING, s->m->time);
	else if (to.n == 9 && memcmp(to.p, "Analyzing", 9) == 0)
		set_time(s, ANALYZING, s->m->time);
	else if (to.n == 9 && memcmp(to.p, "Executing", 9) == 0)
		set_time(s, EXECUTING, s->m->time);
}

static void
read_event(struct status *s)
{
	const char *t = s->m->type, *id = s->m->resource_id ? s->m->resource_id : "";
	struct str deadline;
	struct utc at;

	if (is(t, "gateway.signal.received")) {
		set_time(s, FIRST_SEEN, s->m->time);
		set_time(s, LAST_SEEN, s->m->time);
		set_json(s, OCCURRENCES, "1", 1);
		s->f[OCCURRENCES].grade = "derived";
	} else if (is(t, "gateway.signal.deduplicated")) {
		uint32_t n = json_member(s->d, 0, "occurrence_count");

		set_time(s, LAST_SEEN, s->m->time);
		if (n != JSON_NONE && s->d->node[n].type == JSON_NUMBER)
			set_json(s, OCCURRENCES, json_src(s->d, n), s->d->node[n].src_len);
	} else if (is(t, "orchestrator.lifecycle.started")) {
		set_time(s, START, s->m->time);
		if (s->f[PHASE].value.len == 0)
			set_word(s, PHASE, "Pending");
	} else if (is(t, "orchestrator.lifecycle.created")) {
		timeouts(s, "timeout_config");
	} else if (is(t, "webhook.remediationrequest.timeout_modified")) {
		timeouts(s, "new_timeout_config");
		copy(s, MODIFIED_AT, "modified_at");
		copy(s, MODIFIED_BY, "modified_by");
	} else if (is(t, "orchestrator.lifecycle.transitioned") || is(t, "orchestrator.phase.transitioned")) {
		transition(s);
	} else if (is(t, "orchestrator.lifecycle.verifying_started")) {
		set_word(s, PHASE, "Verifying");
	} else if (is(t, "orchestrator.routing.blocked")) {
		set_word(s, PHASE, "Blocked");
		s->blocked = true;
	} else if (is(t, "orchestrator.lifecycle.verification_timed_out")) {
		s->gave_up = s->m->time;
	} else if (is(t, "orchestrator.lifecycle.completed") || is(t, "orchestrator.lifecycle.failed")) {
		ended(s);
	} else if (is(t, "aiagent.response.complete")) {
		proposal(s);
	} else if (is(t, "orchestrator.approval.requested")) {
		copy(s, CONFIDENCE, "confidence_str");
		if (s->requests++ && s->name_len < 400) {      /* asked again, its notification is listed again */
			char again[512];

			snprintf(again, sizeof again, "nr-approval-%.*s", (int)s->name_len, s->name);
			notification_ref(s, again, true);
		}
	} else if (is(t, "aianalysis.approval.decision") || is(t, "aianalysis.analysis.completed")) {
		confidence(s);
	} else if (is(t, "orchestrator.ea.created")) {
		struct str name = member(s->d, "ea_name");

		if (name.n)
			set_ref(s, EA_REF, "EffectivenessAssessment", name.p, name.n);
	} else if (is(t, "effectiveness.assessment.scheduled")) {
		deadline = member(s->d, "validity_deadline");
		if (utc_parse(deadline.p, deadline.n, &at) == UTC_OK && !s->ended) {   /* an assessment behind the end sets none */
			set_time(s, DEADLINE, at.us + 30000000);
			s->deadline = at.us;
		}
	} else if (is(t, "remediation.workflow_created")) {
		s->workflow = true;
		workflow(s);
		target(s);
		if (s->f[SPEC_HASH].value.len == 0 && copy(s, SPEC_HASH, "pre_remediation_spec_hash") && s->blocked)
			s->f[SPEC_HASH].grade = "approximate";         /* a block before may have kept an older one */
		if (s->f[WE_REF].value.len == 0) {
			char we[512];

			snprintf(we, sizeof we, "we-%.*s", (int)(s->name_len > 400 ? 400 : s->name_len), s->name);
			set_ref(s, WE_REF, "WorkflowExecution", we, strlen(we));
		}
	} else if (is(t, "workflowexecution.selection.completed") || is(t, "workflowexecution.execution.started")) {
		struct str name = member(s->d, "execution_name");

		workflow(s);
		if (name.n)
			set_ref(s, WE_REF, "WorkflowExecution", name.p, name.n);
	} else if (begins(t, "notification.message.")) {
		notification(s);
	} else if (is(t, "effectiveness.hash.computed") && s->f[SPEC_HASH].value.len == 0) {
		copy(s, SPEC_HASH, "pre_remediation_spec_hash");
	}
	if (begins(t, "signalprocessing.") && id[0] && s->f[SP_REF].value.len == 0)
		set_ref(s, SP_REF, "SignalProcessing", id, strlen(id));
	if (begins(t, "aianalysis.") && id[0] && s->f[AI_REF].value.len == 0)
		set_ref(s, AI_REF, "AIAnalysis", id, strlen(id));
}

static bool
says(const struct status *s, enum field k, const char *word)
{
	const struct buf *b = &s->f[k].value;

	return b->len == strlen(word) + 2 && memcmp(b->p + 1, word, b->len - 2) == 0;
}

/* What only the end tells. */
static void
settle(struct status *s)
{
	bool kept = says(s, PHASE, "Blocked") || says(s, PHASE, "TimedOut") || says(s, FAILURE_PHASE, "Blocked");

	if (s->f[BUNDLE].by && is(s->f[BUNDLE].by->type, "aiagent.response.complete") &&
	    (s->proposed.len != s->f[WORKFLOW].value.len || memcmp(s->proposed.p, s->f[WORKFLOW].value.p, s->proposed.len))) {
		buf_clear(&s->f[BUNDLE].value);        /* another workflow was created than the analysis chose */
		buf_clear(&s->f[BUNDLE_DIGEST].value);
	}
	if (!kept) {
		buf_clear(&s->f[BLOCK_REASON].value);
		buf_clear(&s->f[BLOCK_MESSAGE].value);
	}
	if (says(s, FAILURE_PHASE, "Blocked"))         /* the end of a block's cooldown leaves it out, though its event exists */
		buf_clear(&s->f[COMPLETED_AT].value);
	if (s->gave_up < s->deadline)                  /* a request older than 30 minutes times out at once, and has no deadline */
		buf_clear(&s->f[DEADLINE].value);
	if (!s->ended && says(s, PHASE, "Analyzing"))
		s->f[PHASE].grade = "partial";             /* some endings write no event */
}

/* Members of nested objects from sorted paths: what two neighbours share stays open. */
static void
print(struct status *s, struct rebuilt_rr *r)
{
	struct buf *b = &r->object;
	char open[128] = "";               /* the group that is open, with its dot behind it */

	buf_str(b, ",\"status\":{");
	for (int k = 0; k < FIELDS; k++) {
		const char *path = info[k].path, *dot;
		size_t same = 0, n = strlen(open);
		char full[160];

		if (s->f[k].value.len == 0)
			continue;
		/* close what this path is not in, open what it is */
		while (n && strncmp(path, open, n)) {
			buf_byte(b, '}');
			for (open[--n] = '\0'; n && open[n - 1] != '.';)
				open[--n] = '\0';
		}
		same = n;
		while ((dot = strchr(path + same, '.')) != NULL) {
			if (b->len && b->p[b->len - 1] != '{')
				buf_byte(b, ',');
			text_json(b, path + same, (size_t)(dot - path) - same);
			buf_str(b, ":{");
			same = (size_t)(dot - path) + 1;
			snprintf(open, sizeof open, "%.*s", (int)same, path);
		}
		if (b->len && b->p[b->len - 1] != '{')
			buf_byte(b, ',');
		text_json(b, path + same, strlen(path + same));
		buf_byte(b, ':');
		buf_put(b, s->f[k].value.p, s->f[k].value.len);
		snprintf(full, sizeof full, "status.%s", path);
		if (k != CONDITION_LIST)               /* each has its own */
			provenance_put(r, full, s->f[k].by, s->f[k].grade ? s->f[k].grade : info[k].grade, info[k].rule);
	}
	for (const char *p = open; *p; p++)
		if (*p == '.')
			buf_byte(b, '}');
	buf_byte(b, '}');
	for (int k = 0; k < FIELDS; k++)
		if (s->f[k].value.len == 0) {
			char full[160];

			snprintf(full, sizeof full, "status.%s", info[k].path);
			missing_put(r, full, "no event of it is here");
		}
}

int
rebuild_status(struct rebuilt_rr *r, const struct story *story, const struct correlation *c, const char *namespace, const char *display, size_t display_len)
{
	struct status s = { .name = c->text, .name_len = c->n, .namespace = namespace, .deadline = INT64_MAX, .gave_up = INT64_MAX };
	struct json_doc d;
	bool nomem = false;

	for (int k = 0; k < FIELDS; k++)
		buf_init(&s.f[k].value, EX_MAX_BODY);
	buf_init(&s.proposed, EX_MAX_BODY);
	for (unsigned i = 0; i < story->n; i++) {
		int rc;

		s.m = &story->m[i];
		if (s.m->data == NULL)
			continue;
		json_init(&d);
		rc = json_parse(&d, s.m->data, s.m->data_len, EX_JSON_DEPTH);
		nomem |= rc < 0;
		s.d = &d;
		if (rc == 0 && d.node[0].type == JSON_OBJECT) {
			read_event(&s);
			conditions_event(&s.conditions, s.m, &d);
		}
		json_release(&d);
	}
	if (s.workflow && display_len) {
		s.m = s.f[TARGET_KIND].by;
		set(&s, SIGNAL_DISPLAY, display, display_len);
	}
	settle(&s);
	conditions_print(&s.conditions, s.name, s.name_len, r, &s.f[CONDITION_LIST].value);
	/* the controller writes the selection only when it creates the execution */
	for (int k = CONFIDENCE; k <= WORKFLOW_DISPLAY && !s.workflow; k++)
		buf_clear(&s.f[k].value);
	print(&s, r);
	for (int k = 0; k < FIELDS; k++) {
		nomem |= s.f[k].value.nomem;
		buf_release(&s.f[k].value);
	}
	nomem |= s.proposed.nomem;
	buf_release(&s.proposed);
	return nomem || s.nomem ? -1 : 0;
}
