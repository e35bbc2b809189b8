/* orchestration_audit and signal_processing_audit. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "tables/dossier.h"

#define COL(name) orchestration_audit__##name
#define SP(name) signal_processing_audit__##name

/*
 * T-11: times spent in a phase, each floored to milliseconds first; the longest, the first of
 * equal ones.
 */
static void
bottleneck(struct traits *f, struct row *r)
{
	static const struct {
		enum phase phase;
		const char *name;
	} list[] = { { PHASE_PENDING, "pending" }, { PHASE_PROCESSING, "signal_processing" },
		{ PHASE_ANALYZING, "ai_analysis" }, { PHASE_AWAITING_APPROVAL, "approval_wait" },
		{ PHASE_BLOCKED, "blocked" }, { PHASE_EXECUTING, "workflow_execution" },
		{ PHASE_VERIFYING, "verification" } };
	int64_t most = -1;
	unsigned which = 0;

	/* a remediation without an end has no bottleneck yet */
	if (f->end == NO_TIME || f->total_ms == 0)
		return;
	/* each phase as often as it was entered */
	for (unsigned i = 0; i < sizeof list / sizeof *list; i++) {
		int64_t ms = 0;
		bool any = false;

		for (unsigned k = 0; k < f->p->n_spans; k++) {
			const struct phase_span *s = &f->p->span[k];

			if (s->phase != list[i].phase || s->to == INT64_MAX)
				continue;
			any = true;
			ms += floor_div(s->to - s->from, 1000);
		}
		/* the longest, and of equal ones the first */
		if (any && ms > most) {
			most = ms;
			which = i;
		}
	}
	if (most < 0)
		return;
	put_word(r, COL(bottleneck_phase), list[which].name);
	put_integer(r, COL(bottleneck_duration_seconds), floor_div(most, 1000));
}

static const char *
overall(const struct traits *f)
{
	static const char *const word[PHASES] = { "pending", "processing", "analyzing", "analyzing",
		"executing", "executing", NULL, "completed", "failed", "timeout" };

	if (f->p->phase == PHASE_NONE)
		return NULL;
	for (unsigned i = f->p->n_spans; i-- > 0;) /* blocked is as far as what was before it */
		if (word[f->p->span[i].phase])
			return word[f->p->span[i].phase];
	return "pending";
}

static void
services(struct traits *f, struct row *r)
{
	static const struct {
		const char *begins, *name;
	} list[] = { { "signalprocessing.", "SignalProcessing" }, { "aianalysis.", "AIAnalysis" },
		{ "workflowexecution.", "WorkflowExecution" }, { "notification.", "Notification" },
		{ "effectiveness.", "EffectivenessMonitor" } };
	unsigned first[5], n = 0;
	struct emit e;
	struct buf b;

	/* the first event of each service says that it was called */
	for (unsigned k = 0; k < 5; k++) {
		first[k] = NONE;
		for (unsigned i = 0; i < f->d->n && first[k] == NONE; i++) {
			const char *type = event_type_now(f->d->m[i]->type);

			if (strncmp(type, list[k].begins, strlen(list[k].begins)) == 0 &&
			    f->d->m[i]->kind != ET_WORKFLOWEXECUTION_BLOCK_CLEARED)
				first[k] = i;
		}
	}
	buf_init(&b, 4096);
	emit_init(&e, &b);
	/* five at most: each time the earliest that is left */
	for (;;) {
		unsigned best = 5;

		for (unsigned k = 0; k < 5; k++)
			if (first[k] != NONE &&
			    (best == 5 || time_at(f->d, first[k]) < time_at(f->d, first[best])))
				best = k;
		if (best == 5)
			break;
		if (n++ == 0)
			emit_array(&e, NULL);
		emit_str(&e, NULL, list[best].name);
		first[best] = NONE;
	}
	if (n)
		emit_end(&e);
	put_json(r, COL(services_invoked), &b);
	buf_release(&b);
}

static void
transitions(struct traits *f, struct row *r)
{
	struct buf b, seconds;
	struct emit e;

	buf_init(&b, EX_MAX_BODY);
	buf_init(&seconds, 64);
	emit_init(&e, &b);
	for (unsigned i = 1; i < f->p->n_spans; i++) {
		const struct phase_span *from = &f->p->span[i - 1], *to = &f->p->span[i];

		if (i == 1)
			emit_array(&e, NULL);
		emit_object(&e, NULL);
		emit_str(&e, "from", phase_name[from->phase]);
		emit_str(&e, "to", phase_name[to->phase]);
		buf_clear(&seconds);
		put_go_seconds(&seconds, floor_div(from->to - from->from, 1000000));
		emit_text(&e, "duration", (const char *)seconds.p, seconds.len);
		emit_end(&e);
	}
	if (b.len)
		emit_end(&e);
	b.failed |= seconds.failed;
	buf_release(&seconds);
	put_json(r, COL(service_transitions), &b);
	buf_release(&b);
}

static void
statuses(struct traits *f, struct row *r)
{
	static const char *const name[CHILDREN] = { "SignalProcessing", "AIAnalysis",
		"WorkflowExecution", "EffectivenessAssessment" };
	bool any = false;
	struct emit e;
	struct buf b;

	buf_init(&b, 4096);
	emit_init(&e, &b);
	emit_object(&e, NULL);
	for (unsigned k = 0; k < CHILDREN; k++)
		if (f->child_phase[k]) {
			emit_str(&e, name[k], f->child_phase[k]);
			any = true;
		}
	emit_end(&e);
	if (!any)
		buf_clear(&b);
	put_json(r, COL(service_crd_statuses), &b);
	buf_release(&b);
}

/* duration_ms of the event that ended it; without one the time from its start. */
static void
duration(struct traits *f, struct row *r)
{
	struct dossier *d = f->d;
	int64_t ms;

	if (f->end == NO_TIME)
		return;
	for (unsigned i = d->first[K_LX]; i != NONE; i = dossier_next(d, K_LX, i))
		if (d->m[i]->told.end) {
			if (integer_at(d, i, "duration_ms", &ms) && ms >= 0) {
				put_integer(r, COL(total_duration_seconds), ms / 1000);
				return;
			}
			break;
		}
	put_integer(r, COL(total_duration_seconds), floor_div(f->total_ms, 1000));
}

static bool
is_timeout(const struct dossier *d, struct str id, unsigned at)
{
	if (id.n == 0)
		id = str_of(d->m[at]->resource_id);
	return (id.n >= 8 && memcmp(id.p, "timeout-", 8) == 0) ||
	    (id.n >= 14 && memcmp(id.p, "phase-timeout-", 14) == 0);
}

static void
timed_out(struct traits *f, struct row *r)
{
	struct dossier *d = f->d;
	struct str s = { "", 0 };

	if (f->p->end_phase != PHASE_TIMED_OUT)
		return;
	for (unsigned i = 0; i < d->n && s.n == 0; i++)
		if ((d->kind[i] == K_SENT || d->kind[i] == K_NOT_SENT) &&
		    is_timeout(d, text_at(d, i, "notification_id"), i))
			s = text_at(d, i, "metadata.timeoutPhase");
	if (s.n == 0)
		for (unsigned i = f->p->n_spans; i-- > 0 && s.n == 0;)
			if (f->p->span[i].phase < PHASE_COMPLETED)
				s = str_of(phase_name[f->p->span[i].phase]);
	put_text(r, COL(timeout_phase), s);
}

static int64_t
analysis_began(struct traits *f)
{
	for (unsigned i = 0; i < f->p->n_spans; i++)
		if (f->p->span[i].phase == PHASE_ANALYZING)
			return f->p->span[i].from;
	return time_at(f->d, f->d->first[K_AI_TRANSITION]);
}

void
orchestration_row(struct traits *f, struct row *r)
{
	struct dossier *d = f->d;
	struct str id = { d->c->text, d->c->n }, s = { "", 0 };
	int64_t t = stated_time(d, f->finish, "started_at");

	put_id(r, COL(id), "orchestration_audit", id);
	put_text(r, COL(remediation_id), id);
	put_text(r, COL(signal_fingerprint), f->fingerprint);
	/* the object's name, as any of its events has it */
	for (unsigned i = 0; i < d->n && s.n == 0; i++)
		if (strncmp(event_type_now(d->m[i]->type), "orchestrator.", 13) == 0)
			s = text_at(d, i, "rr_name");
	put_text(r, COL(remediation_name), s);
	/* times that differ by what they are about, and not by their rounding */
	put_time(r, COL(signal_received_at),
	    time_at(d, d->first[K_GSR] != NONE ? d->first[K_GSR] : d->first[K_AFC]));
	put_time(r, COL(remediation_created_at),
	    time_at(d,
		d->first[K_GCC] != NONE     ? d->first[K_GCC] :
		    d->first[K_AFC] != NONE ? d->first[K_AFC] :
					      d->first[K_LS]));
	put_time(r, COL(ai_analysis_started_at), analysis_began(f));
	put_time(r, COL(workflow_started_at), t != NO_TIME ? t : time_at(d, d->first[K_WES]));
	put_time(r, COL(notification_sent_at), time_at(d, d->first[K_SENT]));
	put_time(r, COL(completed_at), f->end);
	put_time(r, COL(start_time), time_at(d, d->first[K_LS]));
	put_word(r, COL(overall_phase), overall(f));
	put_text(r, COL(remediation_processing_name), str_in(&f->name[CHILD_PROCESSING]));
	put_text(r, COL(ai_analysis_name), str_in(&f->name[CHILD_ANALYSIS]));
	put_text(r, COL(workflow_execution_name), str_in(&f->name[CHILD_EXECUTION]));
	/* what needs more than a value */
	statuses(f, r);
	services(f, r);
	transitions(f, r);
	duration(f, r);
	bottleneck(f, r);
	timed_out(f, r);
	put_text(r, COL(failure_phase), f->failure_phase);
	put_text(r, COL(failure_reason), f->failure_reason);
}

static void
member_text(struct emit *e, struct dossier *d, unsigned at, const char *name)
{
	struct str s = text_at(d, at, name);

	if (s.n)
		emit_text(e, name, s.p, s.n);
}

static void
context(struct traits *f, struct row *r)
{
	static const char *const flag[] = { "has_namespace", "has_pod", "has_deployment",
		"degraded_mode" };
	struct dossier *d = f->d;
	unsigned at = d->last[K_SEC];
	int64_t n;
	struct emit e;
	struct buf b;

	buf_init(&b, EX_MAX_BODY);
	emit_init(&e, &b);
	emit_object(&e, NULL);
	for (unsigned i = 0; i < sizeof flag / sizeof *flag; i++) {
		int t = truth_at(d, at, flag[i]);

		if (t >= 0)
			emit_bool(&e, flag[i], t);
	}
	if (integer_at(d, at, "owner_chain_length", &n))
		emit_i64(&e, "owner_chain_length", n);
	member_text(&e, d, d->last[K_SBC], "business_unit");
	member_text(&e, d, d->last[K_SBC], "criticality");
	member_text(&e, d, d->last[K_SBC], "sla_requirement");
	emit_end(&e);
	/* nothing of it is known */
	if (b.len == 2)
		buf_clear(&b);
	put_json(r, SP(context_data), &b);
	buf_release(&b);
}

void
processing_row(struct traits *f, struct row *r)
{
	static const char *const status[][2] = { { "Pending", "received" },
		{ "Enriching", "received" }, { "Classifying", "enriched" },
		{ "Categorizing", "classified" }, { "Completed", "completed" },
		{ "Failed", "failed" } };
	struct dossier *d = f->d;
	struct str id = { d->c->text, d->c->n }, name = str_in(&f->name[CHILD_PROCESSING]), s;
	int64_t from = time_at(d, d->first[K_SP_TRANSITION]), to = time_at(d, d->last[K_SPP]);
	struct buf b;

	put_id(r, SP(id), "signal_processing_audit", name);
	put_text(r, SP(remediation_id), id);
	put_text(r, SP(signal_id), name);
	put_text(r, SP(alert_fingerprint), f->fingerprint);
	buf_init(&b, EX_MAX_BODY);
	put_lower(&b, f->environment);
	put_text(r, SP(environment), str_in(&b));
	buf_release(&b);
	put_text(r, SP(severity), f->severity);
	/* phases of the child are other words than those of the table */
	for (unsigned i = 0; i < 6 && f->child_phase[CHILD_PROCESSING]; i++)
		if (strcmp(status[i][0], f->child_phase[CHILD_PROCESSING]) == 0)
			put_word(r, SP(status), status[i][1]);
	put_time(r, SP(processing_start_time), from);
	put_time(r, SP(processing_end_time), to);
	put_time(r, SP(completed_at), to);
	if (from != NO_TIME && to != NO_TIME)
		put_integer(r, SP(processing_duration_ms), floor_div(to - from, 1000));
	context(f, r);
	if (f->name[CHILD_ANALYSIS].len) {
		put_text(r, SP(created_crd_name), str_in(&f->name[CHILD_ANALYSIS]));
		put_word(r, SP(created_crd_type), "AIAnalysis");
	}
	/* the message, or the reason that it has none */
	s = last_text(d, K_SPP, "error");
	if (s.n == 0)
		s = text_at(d, d->first[K_SP_ERROR], "error");
	if (s.n == 0 && f->by_parent[CHILD_PROCESSING])
		s = str_of(parent_timed_out);
	put_text(r, SP(error_message), s);
}
