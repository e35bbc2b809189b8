/* workflow_execution_audit and effectiveness_audit. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "tables/dossier.h"

#define COL(name) workflow_execution_audit__##name
#define EFF(name) effectiveness_audit__##name

static struct str
of(const struct buf *b)
{
	return (struct str){ (const char *)b->p, b->len };
}

/* The first that has it: selection, start, end, creation. */
static struct str
workflow(struct traits *f, const char *path)
{
	const unsigned at[] = { f->d->first[K_WSC], f->d->first[K_WES], f->finish,
		f->d->first[K_RWC] };
	struct str s = { "", 0 };

	for (unsigned i = 0; i < 4 && s.n == 0; i++)
		s = text_at(f->d, at[i], path);
	return s;
}

struct attempt {
	int64_t attempt;
	bool known;
	unsigned at;
};

static int
by_attempt(const void *pa, const void *pb)
{
	const struct attempt *a = pa, *b = pb;

	if (a->attempt != b->attempt)
		return a->attempt < b->attempt ? -1 : 1;
	return a->at < b->at ? -1 : a->at > b->at;
}

static void
validations(struct traits *f, struct row *r)
{
	struct dossier *d = f->d;
	unsigned n = 0;
	struct attempt *a = malloc((d->count[K_VALIDATION] + 1) * sizeof *a);
	struct buf b;

	buf_init(&b, 4 * (size_t)EX_MAX_BODY);
	if (a == NULL)
		r->arena->nomem = true;
	/* one attempt each, in the order of their numbers */
	for (unsigned i = d->first[K_VALIDATION]; a && i != NONE;
	     i = dossier_next(d, K_VALIDATION, i)) {
		a[n] = (struct attempt){ .at = i };
		a[n].known = integer_at(d, i, "attempt", &a[n].attempt);
		if (!a[n].known)
			a[n].attempt = 0;
		n++;
	}
	if (n)
		qsort(a, n, sizeof *a, by_attempt);
	/* each with what it found, as it stands */
	for (unsigned i = 0; i < n; i++) {
		uint32_t errors = value_at(d, a[i].at, "errors");
		int valid = truth_at(d, a[i].at, "is_valid");

		buf_str(&b, i ? ",{\"attempt\":" : "[{\"attempt\":");
		if (a[i].known)
			buf_printf(&b, "%" PRId64, a[i].attempt);
		else
			buf_str(&b, "null");
		buf_printf(&b, ",\"is_valid\":%s,\"errors\":",
		    valid < 0 ? "null" :
			valid ? "true" :
				"false");
		/* spaced as the row's source prints it */
		if (errors == JSON_NONE || payload(d, a[i].at)->node[errors].type != JSON_ARRAY)
			buf_str(&b, "[]");
		else if (json_write(payload(d, a[i].at), errors,
			     d->m[a[i].at]->answer ? JSON_CANONICAL : JSON_POSTGRES, &b))
			b.failed = true;
		buf_byte(&b, '}');
	}
	if (n)
		buf_byte(&b, ']');
	put_json(r, COL(validation_results), &b);
	buf_release(&b);
	free(a);
}

/* A value as text, for the comparison of parameters: "1" and 1 are the same. */
static void
as_text(struct json_doc *doc, uint32_t k, struct buf *out)
{
	buf_clear(out);
	if (doc->node[k].type == JSON_STRING)
		buf_put(out, json_str(doc, k), doc->node[k].str_len);
	else if (doc->node[k].type == JSON_NUMBER)
		buf_put(out, json_src(doc, k), doc->node[k].src_len);
	else if (json_write(doc, k, JSON_CANONICAL, out))
		out->failed = true;
}

/* Are two objects other than each other? */
static bool
others(struct json_doc *x, uint32_t a, struct json_doc *y, uint32_t b)
{
	struct buf p, q;
	bool differ = x->node[a].count != y->node[b].count;

	buf_init(&p, EX_MAX_BODY);
	buf_init(&q, EX_MAX_BODY);
	for (uint32_t k = x->node[a].first; k != JSON_NONE && !differ; k = x->node[k].next) {
		uint32_t l = y->node[b].first;

		while (l != JSON_NONE &&
		    (y->node[l].name_len != x->node[k].name_len ||
			memcmp(json_name(y, l), json_name(x, k), x->node[k].name_len)))
			l = y->node[l].next;
		if (l == JSON_NONE) {
			differ = true;
			break;
		}
		as_text(x, k, &p);
		as_text(y, l, &q);
		differ = p.len != q.len || (p.len && memcmp(p.p, q.p, p.len));
	}
	buf_release(&p);
	buf_release(&q);
	return differ;
}

/* T-13: what ran is not what the analysis chose. */
static void
overridden(struct traits *f, struct row *r)
{
	struct dossier *d = f->d;
	unsigned wes = d->first[K_WES];
	struct str ran = text_at(d, wes != NONE ? wes : d->first[K_RWC], "workflow_id");
	struct str chosen = text_at(d, f->kar, "response_data.selectedWorkflow.workflowId");
	uint32_t a = value_at(d, wes, "parameters");
	uint32_t b = value_at(d, f->kar, "response_data.selectedWorkflow.parameters");
	bool workflow_is, parameters_are;
	struct buf list;

	if (chosen.n == 0)
		chosen = text_at(d, d->first[K_AAC], "workflow_id");
	if (chosen.n == 0)
		chosen = last_text(d, K_AAD, "workflow_id");
	workflow_is = ran.n && chosen.n && (ran.n != chosen.n || memcmp(ran.p, chosen.p, ran.n));
	parameters_are = a != JSON_NONE && b != JSON_NONE &&
	    payload(d, wes)->node[a].type == JSON_OBJECT &&
	    payload(d, f->kar)->node[b].type == JSON_OBJECT &&
	    others(payload(d, wes), a, payload(d, f->kar), b);
	if (!workflow_is && !parameters_are)
		return;
	buf_init(&list, 256);
	buf_printf(&list, "{\"overridden\":[%s%s%s]}", workflow_is ? "\"workflow\"" : "",
	    workflow_is && parameters_are ? "," : "", parameters_are ? "\"parameters\"" : "");
	put_json(r, COL(adaptive_adjustments), &list);
	buf_release(&list);
}

static void
put_score(struct row *r, int column, const struct traits *f)
{
	char digits[32];

	if (!f->scored)
		return;
	double_text(f->score, digits);
	put_word(r, column, digits);
	if (r->cell[column - r->first].kind == CELL_TEXT)
		r->cell[column - r->first].kind = CELL_NUMBER;
}

void
execution_row(struct traits *f, struct row *r)
{
	struct dossier *d = f->d;
	struct str id = { d->c->text, d->c->n }, name = of(&f->name[CHILD_EXECUTION]), s;
	bool failed = f->finish != NONE && d->kind[f->finish] == K_WWF;
	const char *phase = f->child_phase[CHILD_EXECUTION];
	int64_t from = stated_time(d, f->finish, "started_at"), to = NO_TIME, ms, n;

	put_id(r, COL(id), "workflow_execution_audit", name);
	put_text(r, COL(remediation_id), id);
	put_text(r, COL(workflow_execution_id), name);
	put_text(r, COL(workflow_id), workflow(f, "workflow_id"));
	put_text(r, COL(workflow_name), workflow(f, "workflow_name"));
	put_text(r, COL(workflow_version), workflow(f, "workflow_version"));
	/* the event's own time counts more than its row's */
	from = from != NO_TIME ? from : time_at(d, d->first[K_WES]);
	put_time(r, COL(execution_started_at), from);
	/* how long it took, by itself or by the two times */
	if (f->finish != NONE) {
		to = stated_time(d, f->finish, "completed_at");
		to = to != NO_TIME ? to : time_at(d, f->finish);
		put_time(r, COL(execution_completed_at), to);
		s = text_at(d, f->finish, "duration");
		if ((s.n && go_duration_ms(s, &ms)) ||
		    (from != NO_TIME && (ms = floor_div(to - from, 1000), true))) {
			put_integer(r, COL(total_duration_ms), ms);
			put_integer(r, COL(total_duration_seconds), floor_div(ms, 1000));
		}
		/* a duplicate was not tried */
		if (!(failed && says(text_at(d, f->finish, "failure_reason"), "Deduplicated")))
			put_integer(r, COL(retries_performed),
			    integer_at(d, f->finish, "retry_count", &n) ? n : 0);
	}
	validations(f, r);
	/* phase and status have different words */
	if (phase && strcmp(phase, "Running"))
		put_word(r, COL(outcome), strcmp(phase, "Completed") ? "failure" : "success");
	put_score(r, COL(effectiveness_score), f);
	overridden(f, r);
	if (phase)
		put_word(r, COL(status),
		    strcmp(phase, "Running") == 0       ? "running" :
			strcmp(phase, "Completed") == 0 ? "completed" :
							  "failed");
	/* the message of the failure, or the parent's */
	s = failed ? text_at(d, f->finish, "failure_message") : (struct str){ "", 0 };
	if (failed && s.n == 0)
		s = text_at(d, f->finish, "error_details.message");
	if (f->by_parent[CHILD_EXECUTION])
		s = str_of(parent_timed_out);
	put_text(r, COL(error_message), s);
}

static void
say(struct buf *b, const char *words)
{
	buf_str(b, b->len ? "; " : "");
	buf_str(b, words);
}

/*
 * What the target suffered beside: its health as it was assessed last, and a change by somebody
 * else.
 */
static void
side_effects(struct traits *f, struct row *r)
{
	struct dossier *d = f->d;
	unsigned at = d->last[K_HEALTH];
	int64_t n;
	struct buf b;

	buf_init(&b, 4096);
	if (truth_at(d, at, "health_checks.crash_loops") == 1)
		say(&b, "crash loops");
	if (truth_at(d, at, "health_checks.oom_killed") == 1)
		say(&b, "OOM killed");
	if (integer_at(d, at, "health_checks.restart_delta", &n) && n > 0) {
		say(&b, "");
		buf_printf(&b, "%" PRId64 " restarts", n);
	}
	if (f->spec_drift)
		say(&b, "spec drift");
	if (b.len || at != NONE)
		put_truth(r, EFF(side_effects_detected), b.len > 0);
	put_text(r, EFF(side_effects_description), of(&b));
	buf_release(&b);
}

static void
patterns(struct traits *f, struct row *r)
{
	struct dossier *d = f->d;
	bool decay = d->first[K_DECAY] != NONE;
	int match = -1;
	struct buf b;

	for (unsigned i = d->last[K_HASH]; i != NONE && match < 0; i = dossier_before(d, K_HASH, i))
		match = truth_at(d, i, "hash_match");
	buf_init(&b, 256);
	if (decay)
		say(&b, "alert decay");
	if (match == 1)
		say(&b, "spec unchanged");
	if (b.len || d->first[K_HASH] != NONE || d->first[K_ASSESSED] != NONE)
		put_truth(r, EFF(pattern_detected), b.len > 0);
	put_text(r, EFF(pattern_description), of(&b));
	buf_release(&b);
}

static struct str
assessment_id(struct dossier *d)
{
	struct str s = { "", 0 };

	for (unsigned i = 0; i < d->n; i++)
		if (strncmp(event_type_now(d->m[i]->type), "effectiveness.", 14) == 0) {
			s = str_of(d->m[i]->resource_id);
			if (s.n == 0)
				s = text_at(d, i, "ea_name");
			break;
		}
	return s.n ? s : text_at(d, d->first[K_EA_CREATED], "ea_name");
}

void
assessment_row(struct traits *f, struct row *r)
{
	struct dossier *d = f->d;
	struct str id = { d->c->text, d->c->n }, name = assessment_id(d);
	unsigned at = d->last[K_ASSESSED];
	uint32_t list = value_at(d, at, "components_assessed");
	int64_t t = stated_time(d, at, "completed_at");
	char digits[16];

	put_id(r, EFF(id), "effectiveness_audit", name);
	put_text(r, EFF(assessment_id), name);
	put_text(r, EFF(remediation_id), id);
	put_text(r, EFF(action_type), f->action);
	put_score(r, EFF(traditional_score), f);
	if (f->component) {
		share_text(f->weight, 100, digits);
		put_number(r, EFF(confidence), str_of(digits));
	}
	if (list != JSON_NONE && payload(d, at)->node[list].type == JSON_ARRAY) {
		uint32_t n = payload(d, at)->node[list].count;

		put_word(r, EFF(data_quality),
		    n >= 4     ? "sufficient" :
			n >= 2 ? "limited" :
				 "insufficient");
	}
	patterns(f, r);
	side_effects(f, r);
	put_time(r, EFF(completed_at), t != NO_TIME ? t : time_at(d, at));
}
