/*
 * status.conditions of a RemediationApprovalRequest: what its controller sets when it is asked,
 * when it is decided and when it ends undecided. Texts measured on the objects that Kubernaut left
 * (of 24 requests 112 of 114 states are equal); a message that names the deadline is left out, for
 * no event tells that.
 */
#include <string.h>

#include "base/text.h"
#include "rebuild/inner.h"

/* What the events up to a place tell of an approval. */
struct asked {
	const struct moment *request, *end; /* NULL: not told */
	struct str by, words;
	int64_t decided; /* µs */
	bool expired, by_machine, worded;
};

static struct str
member(const struct json_doc *d, const char *path)
{
	uint32_t i = d ? event_member(d, path) : JSON_NONE;

	if (i == JSON_NONE || d->node[i].type != JSON_STRING)
		return (struct str){ NULL, 0 };
	return (struct str){ json_str(d, i), d->node[i].str_len };
}

static void
look(struct asked *x, struct moment *m)
{
	struct str text;
	struct utc t;

	if (m->kind == ET_ORCHESTRATOR_APPROVAL_REQUESTED && x->request == NULL) {
		x->request = m;
	} else if (m->kind == ET_WEBHOOK_REMEDIATIONAPPROVALREQUEST_DECIDED && !x->worded) {
		struct json_doc *d = moment_object(m);

		text = member(d, "decided_at");
		x->words = member(d, "decision_message");
		x->worded = true;
		if (text.n && utc_parse(text.p, text.n, &t) == UTC_OK)
			x->decided = t.us;
	} else if ((m->kind == ET_ORCHESTRATOR_APPROVAL_APPROVED ||
		       m->kind == ET_ORCHESTRATOR_APPROVAL_REJECTED) &&
	    x->end == NULL) {
		x->end = m;
		x->expired = m->action && strcmp(m->action, "expired") == 0;
		x->by_machine = m->actor_type && strcmp(m->actor_type, "service") == 0;
		x->by = (struct str){ m->actor_id, m->actor_id ? strlen(m->actor_id) : 0 };
	}
}

/* One condition. a, b: its message in two pieces; a NULL: it has one that no event tells. */
static void
put(struct emit *e, const char *type, bool status, const char *reason, const char *a, struct str b,
    int64_t us)
{
	struct buf text;
	struct str message;

	buf_init(&text, EX_MAX_BODY);
	if (a) {
		buf_str(&text, a);
		buf_put(&text, b.p, b.n);
	}
	message = str_in(&text);
	condition_put(e, us, a ? &message : NULL, reason, status ? "True" : "False", type);
	e->out->failed |= text.failed;
	e->out->nomem |= text.nomem;
	buf_release(&text);
}

/* "Approved by X", "Rejected by X: WORDS": only if all of it is told. */
static void
put_decision(struct emit *e, const struct asked *x, bool approved, int64_t at)
{
	struct buf who;

	buf_init(&who, EX_MAX_BODY);
	buf_put(&who, x->by.p, x->by.n);
	if (!approved) {
		buf_str(&who, ": ");
		buf_put(&who, x->words.p, x->words.n);
	}
	put(e, "ApprovalDecided", true, approved ? "Approved" : "Rejected",
	    x->by.n == 0 || x->by_machine || (!approved && x->words.n == 0) ? NULL :
		approved                                                    ? "Approved by " :
									      "Rejected by ",
	    (struct str){ (const char *)who.p, who.len }, at);
	e->out->failed |= who.failed;
	buf_release(&who);
}

void
approval_conditions(struct buf *out, const struct story *s, unsigned upto)
{
	static const struct str none = { "", 0 };
	struct asked x = { .decided = INT64_MIN };
	bool approved, decided, over;
	int64_t at, since;
	struct emit e;

	for (unsigned i = 0; i <= upto && i < s->n; i++)
		look(&x, &s->m[i]);
	if (x.request == NULL && x.end == NULL)
		return;
	emit_init(&e, out);
	emit_array(&e, NULL);
	approved = x.end && x.end->kind == ET_ORCHESTRATOR_APPROVAL_APPROVED;
	decided = x.end && !x.expired;
	/* one that a person writes as expired changes nothing but that it was recorded */
	over = x.end && (decided || x.by_machine);
	since = x.request ? x.request->time : x.end->time;
	at = !x.end ? since : decided && x.decided != INT64_MIN ? x.decided : x.end->time;
	if (over)
		put(&e, "ApprovalPending", false, "DecisionMade",
		    decided ? "Decision received" : "Expired without decision", none, at);
	else
		put(&e, "ApprovalPending", true, "AwaitingDecision", NULL, none, since);
	if (decided)
		put_decision(&e, &x, approved, at);
	else
		put(&e, "ApprovalDecided", false, "PendingDecision", "No decision yet", none,
		    since);
	if (over && !decided)
		put(&e, "ApprovalExpired", true, "Timeout", NULL, none, at);
	else
		put(&e, "ApprovalExpired", false, "NotExpired", "Approval has not expired", none,
		    since);
	if (over)
		put(&e, "Ready", decided, decided ? "Ready" : "NotReady",
		    decided ? "Approval decided" : "Approval expired", none, at);
	if (x.end)
		put(&e, "AuditRecorded", true, "AuditSucceeded",
		    approved ? "Approval audit event orchestrator.approval.approved recorded to "
			       "DataStorage" :
			       "Approval audit event orchestrator.approval.rejected recorded to "
			       "DataStorage",
		    none, x.end->time);
	emit_end(&e);
}
