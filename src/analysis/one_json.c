/* The analysis of one remediation as JSON (formats/analysis.md AN-13). */
#include <stdio.h>
#include <stdlib.h>

#include "analysis/inner.h"
#include "base/limits.h"
#include "base/text.h"
#include "base/wide.h"

/* "": no such end. */
static const char *const basis_name[] = { [END_NONE] = NULL,
	[END_EVENT] = "event",
	[END_NEEDLESS] = "implied: nothing to do",
	[END_SELF_RESOLVED] = "implied: resolved by itself",
	[END_HANDED_OVER] = "implied: handed to people" };

static void
put_head(struct emit *e, struct one *o)
{
	struct dossier *d = &o->d;
	struct str severity = text_at(d, d->first[K_GSR], "severity");

	if (severity.n == 0)
		severity = text_at(d, d->first[K_GCC], "severity");
	emit_object(e, "head");
	emit_filled(e, "signal", o->g.signal);
	emit_filled(e, "severity", severity);
	emit_filled(e, "fingerprint", o->g.fingerprint);
	emit_filled(e, "target", o->g.target);
	emit_filled(e, "remediation_target", o->f.remediation_target);
	emit_filled(e, "cluster", o->g.cluster);
	emit_filled(e, "environment", o->g.environment);
	emit_filled(e, "action_type", o->g.action);
	put_stamp(e, "received_at", o->g.t0);
	put_stamp(e, "ended_at", o->g.end);
	emit_end(e);
}

static void
put_event_id(struct emit *e, const char *name, const uint8_t id[16])
{
	char text[37];

	uuid_of(id, text);
	emit_text(e, name, text, 36);
}

static int
put_timeline(struct emit *e, struct one *o)
{
	struct milestones t;
	int rc = milestones_of(&t, o);

	emit_array(e, "timeline");
	for (unsigned i = 0; rc == 0 && i < t.n; i++) {
		const struct moment *m = o->d.m[t.m[i].at[0]];
		struct buf actor;
		/* T0, T1, ...: texts refer to a milestone by it */
		char number[16];

		emit_object(e, NULL);
		snprintf(number, sizeof number, "T%u", i);
		emit_str(e, "t", number);
		emit_str(e, "key", t.m[i].key);
		emit_time(e, "time", t.m[i].time);
		put_i64(e, "offset_ms", floor_div(t.m[i].time - o->g.t0, 1000));
		emit_array(e, "event_ids");
		for (unsigned k = 0; k < t.m[i].n; k++)
			put_event_id(e, NULL, o->d.m[t.m[i].at[k]]->id);
		emit_end(e);
		/* who did the first of its events */
		buf_init(&actor, EX_MAX_BODY);
		buf_str(&actor, m->actor_type ? m->actor_type : "");
		buf_byte(&actor, '/');
		buf_str(&actor, m->actor_id ? m->actor_id : "");
		emit_text(e, "actor", (const char *)actor.p, actor.len);
		buf_release(&actor);
		emit_end(e);
	}
	emit_end(e);
	milestones_release(&t);
	return rc;
}

static void
put_stage(struct emit *e, const char *name, const struct figures *g, int k)
{
	int64_t bp = 0;
	bool there = g->end != NO_TIME && basis_points(g->stage_ms[k], g->total_ms, &bp);

	emit_object(e, name);
	emit_str(e, "phase", stage_name[k]);
	put_i64(e, "ms", g->stage_ms[k]);
	put_i64_if(e, "share_bp", there, bp);
	emit_end(e);
}

static void
put_stages(struct emit *e, const struct figures *g)
{
	put_i64_if(e, "total_ms", g->end != NO_TIME, g->total_ms);
	emit_array(e, "phases");
	for (int k = 0; k < STAGES; k++)
		if (g->stage_ms[k] >= 0)
			put_stage(e, NULL, g, k);
	emit_end(e);
	if (g->bottleneck < 0)
		emit_null(e, "bottleneck");
	else
		put_stage(e, "bottleneck", g, g->bottleneck);
}

/* `LowConfidence` as the answers write it: `low_confidence` (readings 5). */
static void
put_snake(struct emit *e, const char *name, struct str s)
{
	struct buf b, low;

	if (s.n == 0) {
		emit_null(e, name);
		return;
	}
	buf_init(&b, 2u * EX_MAX_BODY);
	buf_init(&low, 2u * EX_MAX_BODY);
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i], was = i ? s.p[i - 1] : 0, next = i + 1 < s.n ? s.p[i + 1] : 0;
		bool upper = c >= 'A' && c <= 'Z';

		if (upper &&
		    ((was >= 'a' && was <= 'z') || (was >= '0' && was <= '9') ||
			(was >= 'A' && was <= 'Z' && next >= 'a' && next <= 'z')))
			buf_byte(&b, '_');
		buf_byte(&b, (unsigned char)c);
	}
	put_lower(&low, str_in(&b));
	emit_filled(e, name, str_in(&low));
	buf_release(&b);
	buf_release(&low);
}

static void
put_review(struct emit *e, struct one *o)
{
	struct dossier *d = &o->d;
	unsigned failed = d->first[K_AI_FAILED];
	int kar = truth_at(d, o->f.kar, "response_data.needsHumanReview");
	int summary = truth_at(d, failed, "provider_response_summary.needs_human_review");
	struct str reason = text_at(d, o->f.kar, "response_data.humanReviewReason");

	put_flag(e, "needs_human_review", kar == 1 || summary == 1 ? 1 : kar >= 0 ? kar : summary);
	if (reason.n)
		emit_filled(e, "human_review_reason", reason);
	else
		put_snake(e, "human_review_reason",
		    summary == 1 ? text_at(d, failed, "sub_reason") : reason);
}

static struct str
text_of(const struct json_doc *doc, uint32_t k)
{
	if (k == JSON_NONE || doc->node[k].type != JSON_STRING)
		return (struct str){ "", 0 };
	return (struct str){ json_str(doc, k), doc->node[k].str_len };
}

static struct str
numeral_of(const struct json_doc *doc, uint32_t k)
{
	if (k == JSON_NONE || doc->node[k].type != JSON_NUMBER)
		return (struct str){ "", 0 };
	return (struct str){ json_src(doc, k), doc->node[k].src_len };
}

void
alternatives_each(struct one *o, alternative_fn *each, void *arg)
{
	struct dossier *d = &o->d;
	uint32_t list = value_at(d, o->f.kar, "response_data.alternativeWorkflows");
	const struct json_doc *doc = list == JSON_NONE ? NULL : payload(d, o->f.kar);

	if (doc == NULL || doc->node[list].type != JSON_ARRAY)
		return;
	for (uint32_t k = doc->node[list].first; k != JSON_NONE; k = doc->node[k].next)
		if (doc->node[k].type == JSON_OBJECT)
			each(arg, text_of(doc, value_in(doc, k, "workflowId")),
			    numeral_of(doc, value_in(doc, k, "confidence")));
}

static void
put_alternative(void *arg, struct str workflow, struct str confidence)
{
	struct emit *e = arg;

	emit_object(e, NULL);
	emit_filled(e, "workflow_id", workflow);
	put_numeral(e, "confidence", confidence);
	emit_end(e);
}

static void
put_alternatives(struct emit *e, struct one *o)
{
	emit_array(e, "alternatives");
	alternatives_each(o, put_alternative, e);
	emit_end(e);
}

/* Whole numbers of any size: hostile tokens may add up beyond 64 bits. */
static void
put_wide(struct emit *e, const char *name, wide v)
{
	char digits[48], *p = digits + sizeof digits;
	bool minus = v < 0;
	wide_unsigned u = minus ? -(wide_unsigned)v : (wide_unsigned)v;

	do
		*--p = (char)('0' + (int)(u % 10));
	while ((u /= 10) != 0);
	if (minus)
		*--p = '-';
	emit_raw(e, name, p, (size_t)(digits + sizeof digits - p));
}

static void
put_counts(struct emit *e, struct one *o)
{
	struct dossier *d = &o->d;
	unsigned failures = 0, calls = 0;
	wide tokens = 0;
	int64_t n;

	for (unsigned i = d->first[K_VALIDATION]; i != NONE; i = dossier_next(d, K_VALIDATION, i))
		failures += truth_at(d, i, "is_valid") == 0;
	for (unsigned i = 0; i < d->n; i++) {
		if (d->m[i]->kind != ET_AIAGENT_LLM_RESPONSE)
			continue;
		calls++;
		if (integer_at(d, i, "tokens_used", &n))
			tokens += n;
	}
	emit_u64(e, "validation_attempts", d->count[K_VALIDATION]);
	emit_u64(e, "validation_failures", failures);
	put_review(e, o);
	emit_filled(e, "alignment", last_text(d, K_VERDICT, "result"));
	emit_u64(e, "llm_calls", calls);
	put_wide(e, "llm_tokens", tokens);
}

static void
put_ai(struct emit *e, struct one *o)
{
	struct dossier *d = &o->d;
	static const char factors[] = "response_data.rootCauseAnalysis.contributingFactors";
	struct str cause = text_at(d, o->f.kar, "response_data.rootCauseAnalysis.summary");
	uint32_t list = value_at(d, o->f.kar, factors);
	const struct json_doc *doc = list == JSON_NONE ? NULL : payload(d, o->f.kar);

	/* where the last answer has none, an earlier one of the analysis may */
	if (cause.n == 0)
		cause = last_text(d, K_KRCA, "response_data.rootCauseAnalysis.summary");
	emit_object(e, "ai");
	emit_filled(e, "root_cause", cause);
	put_i64_if(e, "contributing_factors", doc && doc->node[list].type == JSON_ARRAY,
	    doc ? doc->node[list].count : 0);
	emit_filled(e, "selected_workflow", o->chosen);
	put_numeral(e, "confidence", o->confidence);
	put_alternatives(e, o);
	put_counts(e, o);
	/* only what is known to be other than proposed */
	emit_array(e, "overridden");
	if (o->g.other_workflow)
		emit_str(e, NULL, "workflow");
	if (o->g.other_parameters)
		emit_str(e, NULL, "parameters");
	emit_end(e);
	emit_str(e, "borne_out", borne_name[o->g.borne]);
	emit_str(e, "borne_out_because", o->g.because);
	emit_end(e);
}

static void
put_approval(struct emit *e, const struct one *o)
{
	emit_object(e, "approval");
	emit_str(e, "status", approval_name[o->g.approval]);
	emit_u64(e, "requests", o->requests);
	put_stamp(e, "requested_at", o->requested_at);
	put_stamp(e, "decided_at", o->decided_at);
	put_i64_if(e, "wait_ms", o->g.waited, o->g.wait_ms);
	emit_filled(e, "decided_by", o->decided_by);
	emit_filled(e, "via", o->via);
	put_flag(e, "justified", o->g.decided ? o->g.justified : -1);
	emit_end(e);
}

/* The first that has it: selection, start, end, creation. */
static struct str
workflow(struct one *o, const char *path)
{
	const unsigned at[] = { o->d.first[K_WSC], o->d.first[K_WES], o->f.finish,
		o->d.first[K_RWC] };
	struct str s = { "", 0 };

	for (unsigned i = 0; i < 4 && s.n == 0; i++)
		s = text_at(&o->d, at[i], path);
	return s;
}

/* As the catalogue had it when the workflow was chosen. */
static struct str
registered_name(const struct analyses *a, struct str id, int64_t until)
{
	size_t lo = 0, hi = a->n_workflows;

	while (lo < hi) {
		size_t mid = (lo + hi) / 2;
		int c = str_cmp(a->workflow[mid].id, id);

		if (c < 0 || (c == 0 && a->workflow[mid].time <= until))
			lo = mid + 1;
		else
			hi = mid;
	}
	if (lo == 0 || str_cmp(a->workflow[lo - 1].id, id))
		return (struct str){ "", 0 };
	return a->workflow[lo - 1].name;
}

static void
put_finish(struct emit *e, struct one *o, int64_t from)
{
	struct dossier *d = &o->d;
	unsigned at = o->f.finish;
	bool failed = at != NONE && d->kind[at] == K_WWF, told;
	struct str why = failed ? text_at(d, at, "failure_reason") : (struct str){ "", 0 };
	struct str duration = text_at(d, at, "duration");
	int64_t to = stated_time(d, at, "completed_at"), ms = 0, retries = 0;
	const char *phase = o->f.child_phase[CHILD_EXECUTION];

	/* what the event states, before the time it was written */
	to = to != NO_TIME ? to : time_at(d, at);
	/* a duration that is told goes before one that is computed */
	told = duration.n && go_duration_ms(duration, &ms);
	if (!told && to != NO_TIME && from != NO_TIME) {
		ms = floor_div(to - from, 1000);
		told = true;
	}
	put_stamp(e, "execution_completed_at", to);
	put_i64_if(e, "total_duration_ms", told, ms);
	/* a duplicate did nothing, so it tried nothing again */
	if (!integer_at(d, at, "retry_count", &retries))
		retries = 0;
	put_i64_if(e, "retries_performed", at != NONE && !says(why, "Deduplicated"), retries);
	emit_str(e, "status",
	    phase == NULL                       ? NULL :
		strcmp(phase, "Running") == 0   ? "running" :
		strcmp(phase, "Completed") == 0 ? "completed" :
						  "failed");
	emit_filled(e, "failure_reason", why);
	emit_bool(e, "deduplicated", says(why, "Deduplicated"));
}

static void
put_execution(struct emit *e, const struct analyses *a, struct one *o)
{
	struct dossier *d = &o->d;
	struct str name = str_in(&o->f.name[CHILD_EXECUTION]), id, known;
	int64_t from, created = time_at(d, d->first[K_RWC]);

	if (name.n == 0) {
		emit_null(e, "execution");
		return;
	}
	id = workflow(o, "workflow_id");
	known = workflow(o, "workflow_name");
	if (known.n == 0 && id.n && created != NO_TIME)
		known = registered_name(a, id, created);
	from = stated_time(d, o->f.finish, "started_at");
	from = from != NO_TIME ? from : time_at(d, d->first[K_WES]);
	emit_object(e, "execution");
	emit_filled(e, "workflow_execution_id", name);
	emit_filled(e, "workflow_id", id);
	emit_filled(e, "workflow_name", known);
	put_stamp(e, "execution_started_at", from);
	put_finish(e, o, from);
	emit_end(e);
}

static void
put_effect(struct emit *e, struct one *o)
{
	static const struct {
		const char *name;
		enum kind kind;
	} part[] = { { "health", K_HEALTH }, { "alert", K_ALERT }, { "metrics", K_METRICS } };
	struct dossier *d = &o->d;
	unsigned done = d->last[K_ASSESSED];
	int match = -1;
	char digits[32];

	/* the last hash that tells whether it fits */
	for (unsigned i = d->last[K_HASH]; i != NONE && match < 0; i = dossier_before(d, K_HASH, i))
		match = truth_at(d, i, "hash_match");
	emit_object(e, "effectiveness");
	if (done != NONE)
		emit_filled(e, "status", text_at(d, done, "reason"));
	else
		emit_str(e, "status",
		    o->f.component || d->first[K_HASH] != NONE ? "in_progress" : "no_data");
	if (o->f.scored)
		double_text(o->f.score, digits);
	put_numeral(e, "score", str_of(o->f.scored ? digits : NULL));
	emit_u64(e, "weight_percent", o->f.weight);
	emit_object(e, "components");
	/* each component by its last assessment */
	for (unsigned i = 0; i < 3; i++) {
		unsigned at = d->last[part[i].kind];

		emit_object(e, part[i].name);
		put_flag(e, "assessed", truth_at(d, at, "assessed"));
		put_numeral(e, "score", number_at(d, at, "score"));
		emit_end(e);
	}
	emit_end(e);
	put_flag(e, "hash_match", match);
	emit_bool(e, "assessed_after_end",
	    done != NONE && o->g.end != NO_TIME && d->m[done]->time > o->g.end);
	emit_end(e);
}

static void
put_acts(struct emit *e, const struct figures *f)
{
	emit_array(e, "interventions");
	for (unsigned i = 0; i < f->n_acts; i++) {
		emit_object(e, NULL);
		emit_time(e, "time", f->act[i].time);
		put_event_id(e, "event_id", f->act[i].id);
		emit_str(e, "kind", act_name[f->act[i].kind]);
		emit_filled(e, "who", f->act[i].who);
		emit_end(e);
	}
	emit_end(e);
}

static void
put_similar(struct emit *e, const struct analyses *a, const struct figures *f)
{
	emit_object(e, "similar");
	emit_time(e, "from", f->t0 - SIMILAR_US);
	emit_time(e, "until", f->t0);
	for (unsigned k = 0; k < LIKENESSES; k++) {
		struct similar s = similar_of(a, f, (enum likeness)k);
		struct tally t = { 0 };
		int64_t mean = 0;
		bool there;

		/* with how these ended, since likeness without an outcome is no help */
		for (size_t i = 0; i < s.n; i++)
			tally_add(&t, &a->f[s.at[i]]);
		there = mean_of(t.total_ms, t.ended, &mean);
		emit_object(e, likeness_name[k]);
		emit_u64(e, "count", s.n);
		emit_u64(e, "executed", t.executed);
		emit_u64(e, "succeeded", t.succeeded);
		put_share(e, "rate_bp", (int64_t)t.succeeded, (int64_t)t.executed);
		put_i64_if(e, "mean_total_ms", there, mean);
		emit_array(e, "ids");
		for (size_t i = 0; i < s.n; i++)
			emit_text(e, NULL, a->f[s.at[i]].c->text, a->f[s.at[i]].c->n);
		emit_end(e);
		emit_end(e);
	}
	emit_end(e);
}

static int
put_one(struct emit *e, const struct analyses *a, struct one *o, const struct figures *f)
{
	struct dossier *d = &o->d;
	const struct phases *p = o->f.p;

	emit_object(e, NULL);
	emit_text(e, "correlation_id", d->c->text, d->c->n);
	emit_str(e, "phase", p->phase == PHASE_NONE ? NULL : phase_name[p->phase]);
	emit_str(e, "outcome", p->outcome[0] ? p->outcome : NULL);
	emit_str(e, "result", result_name[o->g.result]);
	emit_str(e, "end_basis", basis_name[p->basis]);
	put_head(e, o);
	if (put_timeline(e, o))
		return -1;
	put_stages(e, &o->g);
	put_ai(e, o);
	put_approval(e, o);
	put_execution(e, a, o);
	put_effect(e, o);
	emit_object(e, "notifications");
	emit_u64(e, "delivered", d->count[K_SENT]);
	emit_u64(e, "failed", d->count[K_NOT_SENT]);
	emit_u64(e, "escalated", d->count[K_ESCALATED]);
	emit_end(e);
	put_acts(e, f);
	put_similar(e, a, f);
	emit_end(e);
	return d->nomem || !emit_done(e) ? -1 : 0;
}

int
analysis_json(struct analyses *a, size_t i, struct buf *out, struct err *e)
{
	const struct figures *f = &a->f[i];
	struct story s = { 0 };
	struct one o = { 0 };
	struct emit emit;
	int rc = story_load(&s, a->r, f->c, e);

	if (rc == 0) {
		emit_init(&emit, out);
		if (one_open(&o, &s, f->c) || put_one(&emit, a, &o, f))
			rc = err_nomem(e);
		one_release(&o);
	}
	story_release(&s);
	return rc ? -1 : 0;
}
