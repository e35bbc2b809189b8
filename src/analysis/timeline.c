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
	enum event_type type;
	enum mark mark;
} by_type[] = {
	{ ET_ORCHESTRATOR_LIFECYCLE_STARTED, REMEDIATION_STARTED },
	{ ET_SIGNALPROCESSING_CLASSIFICATION_DECISION, SIGNAL_CLASSIFIED },
	{ ET_AIANALYSIS_AIAGENT_SUBMIT, INVESTIGATION_SUBMITTED },
	{ ET_AIAGENT_RCA_COMPLETE, ROOT_CAUSE_FOUND },
	{ ET_AIAGENT_RESPONSE_COMPLETE, RECOMMENDED },
	{ ET_AIANALYSIS_ANALYSIS_COMPLETED, ANALYSIS_ENDED },
	{ ET_AIANALYSIS_ANALYSIS_FAILED, ANALYSIS_ENDED },
	{ ET_AIANALYSIS_APPROVAL_DECISION, POLICY_DECIDED },
	{ ET_ORCHESTRATOR_APPROVAL_REQUESTED, APPROVAL_REQUESTED },
	{ ET_ORCHESTRATOR_ROUTING_BLOCKED, BLOCKED },
	{ ET_REMEDIATION_WORKFLOW_CREATED, WORKFLOW_CREATED },
	{ ET_WORKFLOWEXECUTION_EXECUTION_STARTED, EXECUTION_STARTED },
	{ ET_WORKFLOWEXECUTION_WORKFLOW_COMPLETED, EXECUTION_ENDED },
	{ ET_WORKFLOWEXECUTION_WORKFLOW_FAILED, EXECUTION_ENDED },
	{ ET_ORCHESTRATOR_LIFECYCLE_VERIFYING_STARTED, VERIFICATION_STARTED },
	{ ET_EFFECTIVENESS_ASSESSMENT_COMPLETED, EFFECT_ASSESSED },
	{ ET_ORCHESTRATOR_LIFECYCLE_VERIFICATION_COMPLETED, VERIFICATION_ENDED },
	{ ET_ORCHESTRATOR_LIFECYCLE_VERIFICATION_TIMED_OUT, VERIFICATION_ENDED },
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

	switch (d->kind[at]) {
	case K_GSR:
		return SIGNAL_RECEIVED;
	case K_GCC:
		return REQUEST_CREATED;
	case K_E1:
		return APPROVAL_DECIDED;
	/* beside E1 these only repeat it */
	case K_APPROVED:
	case K_REJECTED:
		return d->count[K_E1] ? MARKS : APPROVAL_DECIDED;
	case K_SENT:
		return delivery(o, at);
	}
	/* two phases have a milestone of their own */
	if (m->kind == ET_ORCHESTRATOR_LIFECYCLE_TRANSITIONED)
		return m->told.to == PHASE_PROCESSING ? PROCESSING_STARTED :
		    m->told.to == PHASE_ANALYZING     ? ANALYSIS_STARTED :
							MARKS;
	for (unsigned i = 0; i < sizeof by_type / sizeof *by_type; i++)
		if (m->kind == by_type[i].type)
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

	/* an event may be several milestones, so each has a bit */
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
	/* one milestone for all of its events; its time is the first's */
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
	/* by time, and not by the order of the list */
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
