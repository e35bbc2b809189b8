/* The milestones of a remediation (formats/analysis.md AN-2). */
#include <stdlib.h>

#include "analysis/inner.h"

/* In the order that decides between milestones of one time. */
enum mark {
	SIGNAL_RECEIVED,
	REQUEST_CREATED,
	REMEDIATION_STARTED,
	PROCESSING_STARTED,
	SIGNAL_CLASSIFIED,
	ANALYSIS_STARTED,
	INVESTIGATION_SUBMITTED,
	ROOT_CAUSE_FOUND,
	RECOMMENDED,
	ANALYSIS_ENDED,
	POLICY_DECIDED,
	APPROVAL_REQUESTED,
	APPROVER_NOTIFIED,
	APPROVAL_DECIDED,
	BLOCKED,
	WORKFLOW_CREATED,
	EXECUTION_STARTED,
	EXECUTION_ENDED,
	VERIFICATION_STARTED,
	EFFECT_ASSESSED,
	VERIFICATION_ENDED,
	ENDED,
	PEOPLE_NOTIFIED,
	REQUEST_DELETED,
	MARKS
};

static const char *const mark_name[MARKS] = { "signal_received", "request_created",
	"remediation_started", "processing_started", "signal_classified", "analysis_started",
	"investigation_submitted", "root_cause_found", "recommended", "analysis_ended",
	"policy_decided", "approval_requested", "approver_notified", "approval_decided", "blocked",
	"workflow_created", "execution_started", "execution_ended", "verification_started",
	"effect_assessed", "verification_ended", "ended", "people_notified", "request_deleted" };

/* Types that alone make a milestone; LX, LT and deliveries are looked at closer. */
static const struct {
	const char *type;
	enum mark mark;
} by_type[] = {
	{ "orchestrator.lifecycle.started", REMEDIATION_STARTED },
	{ "signalprocessing.classification.decision", SIGNAL_CLASSIFIED },
	{ "aianalysis.aiagent.submit", INVESTIGATION_SUBMITTED },
	{ "aiagent.rca.complete", ROOT_CAUSE_FOUND },
	{ "aiagent.response.complete", RECOMMENDED },
	{ "aianalysis.analysis.completed", ANALYSIS_ENDED },
	{ "aianalysis.analysis.failed", ANALYSIS_ENDED },
	{ "aianalysis.approval.decision", POLICY_DECIDED },
	{ "orchestrator.approval.requested", APPROVAL_REQUESTED },
	{ "orchestrator.routing.blocked", BLOCKED },
	{ "remediation.workflow_created", WORKFLOW_CREATED },
	{ "workflowexecution.execution.started", EXECUTION_STARTED },
	{ "workflowexecution.workflow.completed", EXECUTION_ENDED },
	{ "workflowexecution.workflow.failed", EXECUTION_ENDED },
	{ "orchestrator.lifecycle.verifying_started", VERIFICATION_STARTED },
	{ "effectiveness.assessment.completed", EFFECT_ASSESSED },
	{ "orchestrator.lifecycle.verification_completed", VERIFICATION_ENDED },
	{ "orchestrator.lifecycle.verification_timed_out", VERIFICATION_ENDED },
};

static bool
begins(struct str s, const char *with)
{
	size_t n = strlen(with);

	return s.n >= n && memcmp(s.p, with, n) == 0;
}

/* A delivery: to whoever approves, or to people; a notice of a block is neither. */
static enum mark
delivery(struct one *o, unsigned at)
{
	struct str id = text_at(&o->d, at, "notification_id");

	if (id.n == 0)
		id = str_of(o->d.m[at]->resource_id);
	return begins(id, "nr-approval-") ? APPROVER_NOTIFIED :
	    begins(id, "nr-block-")       ? MARKS :
					    PEOPLE_NOTIFIED;
}

/* The milestone of an event, but for ENDED, which it may be beside; MARKS: none. */
static enum mark
mark_of(struct one *o, unsigned at)
{
	const struct dossier *d = &o->d;
	const struct moment *m = d->m[at];
	const char *type = event_type_now(m->type);

	switch (d->kind[at]) {
	case K_GSR:
		return SIGNAL_RECEIVED;
	case K_GCC:
		return REQUEST_CREATED;
	case K_E1:
		return APPROVAL_DECIDED;
	case K_APPROVED:
	case K_REJECTED:
		return d->count[K_E1] ? MARKS : APPROVAL_DECIDED;
	case K_SENT:
		return delivery(o, at);
	}
	if (strcmp(type, "orchestrator.lifecycle.transitioned") == 0)
		return m->told.to == PHASE_PROCESSING ? PROCESSING_STARTED :
		    m->told.to == PHASE_ANALYZING     ? ANALYSIS_STARTED :
							MARKS;
	for (unsigned i = 0; i < sizeof by_type / sizeof *by_type; i++)
		if (strcmp(type, by_type[i].type) == 0)
			return by_type[i].mark;
	return MARKS;
}

/* The first deletion behind retention. */
static unsigned
deletion(const struct dossier *d)
{
	for (unsigned i = d->first[K_LX]; i != NONE; i = dossier_next(d, K_LX, i))
		if (d->m[i]->action && strcmp(d->m[i]->action, "retention_cleanup") == 0)
			return i;
	return NONE;
}

/* All milestones of an event as bits. */
static uint32_t
marks_of(struct one *o, unsigned at, unsigned end, unsigned deleted)
{
	const struct dossier *d = &o->d;
	enum mark k = mark_of(o, at);
	uint32_t bits = k == MARKS ? 0 : 1u << k;

	/* a request made in a session stands for the signal and for its own creation */
	if (d->kind[at] == K_AFC)
		bits |= (d->count[K_GSR] ? 0 : 1u << SIGNAL_RECEIVED) |
		    (d->count[K_GCC] ? 0 : 1u << REQUEST_CREATED);
	return bits | (at == end ? 1u << ENDED : 0) | (at == deleted ? 1u << REQUEST_DELETED : 0);
}

/* The place in the dossier of the event that ended it. */
static unsigned
end_of(const struct one *o)
{
	const struct dossier *d = &o->d;

	for (unsigned i = 0; o->f.p->end >= 0 && i < d->n; i++)
		if (d->m[i] == &d->s->m[o->f.p->end])
			return i;
	return NONE;
}

static int
by_time(const void *pa, const void *pb)
{
	const struct milestone *a = pa, *b = pb;

	if (a->time != b->time)
		return a->time < b->time ? -1 : 1;
	return a->at < b->at ? -1 : a->at > b->at; /* places of one milestone stand together */
}

int
milestones_of(struct milestones *t, struct one *o)
{
	struct dossier *d = &o->d;
	unsigned end = end_of(o), deleted = deletion(d), count[MARKS] = { 0 }, n = 0;
	uint32_t *bits = malloc((d->n + 1) * sizeof *bits);

	memset(t, 0, sizeof *t);
	for (unsigned i = 0; bits && i < d->n; i++) {
		bits[i] = marks_of(o, i, end, deleted);
		for (unsigned k = 0; k < MARKS; k++)
			count[k] += bits[i] >> k & 1;
	}
	for (unsigned k = 0; k < MARKS; k++)
		n += count[k];
	t->m = calloc(MARKS, sizeof *t->m);
	t->places = malloc((n + 1) * sizeof *t->places);
	if (bits == NULL || t->m == NULL || t->places == NULL) {
		free(bits);
		return -1;
	}
	n = 0;
	for (unsigned k = 0; k < MARKS; k++) {
		struct milestone *m = &t->m[t->n];

		if (count[k] == 0)
			continue;
		*m = (struct milestone){ .key = mark_name[k], .at = t->places + n };
		for (unsigned i = 0; i < d->n; i++)
			if (bits[i] >> k & 1)
				m->at[m->n++] = i;
		m->time = d->m[m->at[0]]->time;
		n += m->n;
		t->n++;
	}
	free(bits);
	if (t->n)
		qsort(t->m, t->n, sizeof *t->m, by_time);
	return d->nomem ? -1 : 0;
}

void
milestones_release(struct milestones *t)
{
	free(t->m);
	free(t->places);
}
