/* ai_analysis_audit. */
#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "read/person.h"
#include "tables/dossier.h"

#define COL(name) ai_analysis_audit__##name

static void
put_digits(struct emit *e, const char *name, struct str s)
{
	if (s.n)
		emit_ours(e, name, s.p, s.n);
	else
		emit_null(e, name);
}

/* A workflow as the agent told it. */
static void
put_workflow(struct emit *e, struct str id, struct str confidence, bool selected)
{
	emit_object(e, NULL);
	emit_filled(e, "workflowId", id);
	put_digits(e, "confidence", confidence);
	emit_bool(e, "selected", selected);
	emit_end(e);
}

/* One of the others, in the source's own shape. */
static void
put_alternative(struct emit *e, struct str id, struct str confidence, struct str rationale)
{
	emit_object(e, NULL);
	emit_filled(e, "action", id);
	put_digits(e, "confidence", confidence);
	emit_filled(e, "rationale", rationale);
	emit_null(e, "rejected_reason");
	emit_end(e);
}

/* Ends the array that stands in b; an empty one is none: nothing was considered. */
static void
end_list(struct emit *e, struct buf *b)
{
	bool some = e->some[0];

	emit_end(e);
	if (!some)
		buf_clear(b);
}

/* Members of an item of the agent's answer, of their types. */
static struct str
item_text(const struct json_doc *doc, uint32_t item, const char *name)
{
	uint32_t k = value_in(doc, item, name);

	if (k == JSON_NONE || doc->node[k].type != JSON_STRING)
		return (struct str){ "", 0 };
	return (struct str){ json_str(doc, k), doc->node[k].str_len };
}

static struct str
item_number(const struct json_doc *doc, uint32_t item, const char *name)
{
	uint32_t k = value_in(doc, item, name);

	if (k == JSON_NONE || doc->node[k].type != JSON_NUMBER)
		return (struct str){ "", 0 };
	return (struct str){ json_src(doc, k), doc->node[k].src_len };
}

/* What the agent recommended: the workflow it selected, and its alternatives. */
static void
recommended(struct traits *f, struct row *r)
{
	struct dossier *d = f->d;
	struct str id = text_at(d, f->kar, "response_data.selectedWorkflow.workflowId");
	uint32_t list = value_at(d, f->kar, "response_data.alternativeWorkflows"), item;
	struct emit a, o;
	struct buf all, others;

	buf_init(&all, EX_MAX_BODY);
	buf_init(&others, EX_MAX_BODY);
	emit_init(&a, &all);
	emit_init(&o, &others);
	emit_array(&a, NULL);
	emit_array(&o, NULL);
	/* the one that was selected first, and marked so */
	if (id.n)
		put_workflow(&a, id,
		    number_at(d, f->kar, "response_data.selectedWorkflow.confidence"), true);
	/* then the others, twice: in the source's own shape, and in ours */
	if (list != JSON_NONE && payload(d, f->kar)->node[list].type == JSON_ARRAY)
		for (item = payload(d, f->kar)->node[list].first; item != JSON_NONE;
		     item = payload(d, f->kar)->node[item].next) {
			const struct json_doc *doc = payload(d, f->kar);
			struct str confidence = item_number(doc, item, "confidence");

			if (doc->node[item].type != JSON_OBJECT)
				continue;
			id = item_text(doc, item, "workflowId");
			put_workflow(&a, id, confidence, false);
			put_alternative(&o, id, confidence, item_text(doc, item, "rationale"));
		}
	end_list(&a, &all);
	end_list(&o, &others);
	put_json(r, COL(recommendations), &all);
	put_json(r, COL(alternatives_considered), &others);
	buf_release(&all);
	buf_release(&others);
}

/* Why it chose so, as the people were told who were asked, or told of the end. */
static struct str
rationale(struct dossier *d)
{
	static const char mark[] = "**Selection Rationale**:\n";

	/* only messages about the selection: others repeat it in other words */
	for (unsigned i = 0; i < d->n; i++) {
		struct str id, body;
		const char *p, *end, *next;

		if (d->kind[i] != K_SENT && d->kind[i] != K_NOT_SENT)
			continue;
		id = text_at(d, i, "notification_id");
		if (id.n == 0)
			id = str_of(d->m[i]->resource_id);
		if (!(id.n >= 12 && memcmp(id.p, "nr-approval-", 12) == 0) &&
		    !(id.n >= 14 && memcmp(id.p, "nr-completion-", 14) == 0))
			continue;
		/* the text behind its mark, up to the next headline */
		body = text_at(d, i, "body");
		if ((p = body.n ? memmem(body.p, body.n, mark, sizeof mark - 1) : NULL) == NULL)
			continue;
		p += sizeof mark - 1;
		end = body.p + body.n;
		if (end - p >= 2 && memcmp(p, "**", 2) == 0)
			end = p;
		else if ((next = memmem(p, (size_t)(end - p), "\n**", 3)) != NULL)
			end = next;
		while (p < end && *p == '\n')
			p++;
		while (end > p && end[-1] == '\n')
			end--;
		if (end > p)
			return (struct str){ p, (size_t)(end - p) };
	}
	return (struct str){ "", 0 };
}

static void
investigation(struct traits *f, struct row *r)
{
	static const enum kind ends[] = { K_SESSION_COMPLETED, K_SESSION_FAILED, K_AI_RESULT,
		K_KAR };
	struct dossier *d = f->d;
	unsigned at = NONE;
	int64_t ms;
	bool told = last_integer(d, K_AI_RESULT, "duration_ms", &ms);

	put_time(r, COL(investigation_started_at),
	    time_at(d,
		d->first[K_AI_SUBMIT] != NONE ? d->first[K_AI_SUBMIT] :
						d->first[K_SESSION_STARTED]));
	for (unsigned i = 0; i < 4 && at == NONE; i++)
		at = d->last[ends[i]];
	put_time(r, COL(investigation_completed_at), time_at(d, at));
	if (told)
		put_integer(r, COL(investigation_duration_ms), ms);
	if (last_integer(d, K_AI_CALL, "duration_ms", &ms) || told)
		put_integer(r, COL(holmesgpt_response_time_ms), ms);
}

static void
root_cause(struct traits *f, struct row *r)
{
	struct dossier *d = f->d;
	struct str s = text_at(d, f->kar, "response_data.rootCauseAnalysis.summary");
	uint32_t list = value_at(d, f->kar, "response_data.rootCauseAnalysis.contributingFactors");

	if (s.n == 0)
		s = last_text(d, K_KRCA, "response_data.rootCauseAnalysis.summary");
	if (s.n == 0)
		s = text_at(d, f->kar, "response_data.analysis");
	if (s.n == 0)
		s = text_at(d, d->first[K_AAC], "provider_response_summary.analysis_preview");
	put_text(r, COL(root_cause), s);
	if (list != JSON_NONE && payload(d, f->kar)->node[list].type == JSON_ARRAY)
		put_integer(r, COL(root_cause_count), payload(d, f->kar)->node[list].count);
	put_text(r, COL(investigation_report), text_at(d, f->kar, "response_data.analysis"));
	put_number(
	    r, COL(root_cause_confidence), last_number(d, K_KRCA, "response_data.confidence"));
	s = text_at(d, f->kar, "response_data.selectedWorkflow.workflowId");
	if (s.n == 0)
		s = text_at(d, d->first[K_AAC], "workflow_id");
	if (s.n == 0)
		s = last_text(d, K_AAD, "workflow_id");
	put_text(r, COL(recommended_action), s);
	s = number_at(d, d->first[K_AAC], "confidence");
	if (s.n == 0)
		s = number_at(d, f->kar, "response_data.selectedWorkflow.confidence");
	put_number(r, COL(action_confidence), s);
	put_text(r, COL(action_rationale), rationale(d));
}

static void
approval(struct traits *f, struct row *r)
{
	struct dossier *d = f->d;
	struct str word, by, reason = text_at(d, f->e1, "decision_message");
	bool approved = false, rejected = false;
	int64_t at = NO_TIME, asked = time_at(d, d->first[K_REQUESTED]), ms;

	/* the decision as the API server saw it */
	if (f->e1 != NONE) {
		word = text_at(d, f->e1, "decision");
		approved = says(word, "Approved");
		rejected = !approved;
		at = stated_time(d, f->e1, "decided_at");
		at = at != NO_TIME ? at : time_at(d, f->e1);
		by = text_at(d, f->e1, "delegated_user");
		if (by.n == 0)
			by = str_of(d->m[f->e1]->actor_id);
		if (text_at(d, f->e1, "delegated_via").n)
			put_word(r, COL(approval_method), "api");
	} else if (f->e2 != NONE) {
		/* the row's own words, where no webhook told of it */
		const struct moment *m = d->m[f->e2];
		bool service = is_service(m->actor_type);

		approved = d->kind[f->e2] == K_APPROVED;
		rejected = !approved && !(m->action && strcmp(m->action, "expired") == 0);
		at = m->time;
		by = service ? str_of("system") : str_of(m->actor_id);
	} else {
		/* nobody was asked: the policy decided */
		if (!f->auto_approved)
			return;
		put_word(r, COL(approval_status), "auto-approved");
		put_time(r, COL(approval_time), time_at(d, f->aad));
		put_text(r, COL(approval_justification), text_at(d, f->aad, "reason"));
		if (last_integer(d, K_REGO, "duration_ms", &ms))
			put_integer(r, COL(approval_duration_seconds), floor_div(ms, 1000));
		return;
	}
	/* three outcomes, and no fourth */
	put_word(r, COL(approval_status),
	    approved     ? "approved" :
		rejected ? "rejected" :
			   "expired");
	put_time(r, COL(approval_time), at);
	if (asked != NO_TIME)
		put_integer(r, COL(approval_duration_seconds), floor_div(at - asked, 1000000));
	put_text(r, COL(approval_justification), reason);
	if (approved) {
		put_text(r, COL(approved_by), by);
	} else if (rejected) {
		put_text(r, COL(rejected_by), by);
		put_text(r, COL(rejection_reason), reason);
	}
}

/* The first transition to one of two phases. */
static int64_t
reached(struct dossier *d, const char *a, const char *b)
{
	for (unsigned i = d->first[K_AI_TRANSITION]; i != NONE;
	     i = dossier_next(d, K_AI_TRANSITION, i)) {
		struct str s = text_at(d, i, "new_phase");

		if (says(s, a) || says(s, b))
			return time_at(d, i);
	}
	return NO_TIME;
}

static void
doubted(struct traits *f, struct row *r)
{
	struct dossier *d = f->d;
	bool said = d->first[K_VALIDATION] != NONE || d->first[K_VERDICT] != NONE;
	bool doubt = says(last_text(d, K_VERDICT, "result"), "suspicious");

	for (unsigned i = d->first[K_VALIDATION]; i != NONE; i = dossier_next(d, K_VALIDATION, i))
		doubt |= truth_at(d, i, "is_valid") == 0;
	if (said)
		put_truth(r, COL(hallucination_detected), doubt);
}

static void
completion(struct traits *f, struct row *r)
{
	struct dossier *d = f->d;
	const char *phase = f->child_phase[CHILD_ANALYSIS];
	bool failed = phase && strcmp(phase, "Failed") == 0;
	struct str reason = text_at(d, d->first[K_AAC], "reason"), s;

	if (truth_at(d, f->kar, "response_data.needsHumanReview") == 1 ||
	    says(reason, "WorkflowResolutionFailed") ||
	    says(text_at(d, d->first[K_AI_FAILED], "reason"), "WorkflowResolutionFailed"))
		put_word(r, COL(completion_status), "pending_human_review");
	else if (failed || (phase && strcmp(phase, "Completed") == 0))
		put_word(r, COL(completion_status), failed ? "failed" : "completed");
	s = text_at(d, d->first[K_AI_FAILED], "error_details.message");
	if (s.n == 0)
		s = text_at(d, d->first[K_AI_FAILED], "reason");
	if (s.n == 0 && failed)
		s = reason;
	if (s.n == 0 && f->by_parent[CHILD_ANALYSIS])
		s = str_of(parent_timed_out);
	if (s.n == 0)
		s = text_at(d, d->first[K_KA_FAILED], "error_message");
	put_text(r, COL(failure_reason), s);
}

/* The column namespace of the first of these that is there. */
static struct str namespace(struct traits *f)
{
	const unsigned at[] = { f->d->first[K_WES], f->finish, f->d->first[K_WSC],
		f->d->first[K_RWC] };

	for (unsigned i = 0; i < 4; i++)
		if (at[i] != NONE)
			return str_of(f->d->m[at[i]]->namespace);
	return (struct str){ "", 0 };
}

void
analysis_row(struct traits *f, struct row *r)
{
	struct dossier *d = f->d;
	struct str id = { d->c->text, d->c->n }, name = str_in(&f->name[CHILD_ANALYSIS]);
	int64_t from = reached(d, "Analyzing", "Analyzing"), to = reached(d, "Completed", "Failed");
	struct buf b;

	put_id(r, COL(id), "ai_analysis_audit", name);
	put_text(r, COL(remediation_id), id);
	put_text(r, COL(ai_analysis_id), name);
	put_text(r, COL(alert_fingerprint), f->fingerprint);
	buf_init(&b, EX_MAX_BODY);
	put_lower(&b, f->environment);
	put_text(r, COL(environment), str_in(&b));
	buf_release(&b);
	put_text(r, COL(severity), f->severity);
	investigation(f, r);
	root_cause(f, r);
	recommended(f, r);
	approval(f, r);
	put_time(r, COL(analysis_start_time), from);
	put_time(r, COL(analysis_end_time), to);
	if (from != NO_TIME && to != NO_TIME)
		put_integer(r, COL(analysis_duration_ms), floor_div(to - from, 1000));
	doubted(f, r);
	if (f->name[CHILD_EXECUTION].len) {
		put_text(r, COL(workflow_crd_name), str_in(&f->name[CHILD_EXECUTION]));
		put_text(r, COL(workflow_crd_namespace), namespace(f));
	}
	completion(f, r);
}
