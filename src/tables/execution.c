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
	struct emit e;
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
	emit_init(&e, &b);
	if (n)
		emit_array(&e, NULL);
	/* each with what it found, as it stands */
	for (unsigned i = 0; i < n; i++) {
		uint32_t errors = value_at(d, a[i].at, "errors");
		int valid = truth_at(d, a[i].at, "is_valid");

		emit_object(&e, NULL);
		if (a[i].known)
			emit_i64(&e, "attempt", a[i].attempt);
		else
			emit_null(&e, "attempt");
		if (valid < 0)
			emit_null(&e, "is_valid");
		else
			emit_bool(&e, "is_valid", valid);
		emit_value(&e, "errors");
		/* spaced as the row's source prints it */
		if (errors == JSON_NONE || payload(d, a[i].at)->node[errors].type != JSON_ARRAY)
			buf_str(&b, "[]");
		else if (json_write(payload(d, a[i].at), errors,
			     d->m[a[i].at]->answer ? JSON_CANONICAL : JSON_POSTGRES, &b))
			b.failed = true;
		emit_end(&e);
	}
	if (n)
		emit_end(&e);
	put_json(r, COL(validation_results), &b);
	buf_release(&b);
	free(a);
}

static void
overridden(const struct traits *f, struct row *r)
{
	struct override o = override_of(f);
	struct emit e;
	struct buf list;

	if (!o.workflow && !o.parameters)
		return;
	buf_init(&list, 256);
	emit_init(&e, &list);
	emit_object(&e, NULL);
	emit_array(&e, "overridden");
	if (o.workflow)
		emit_str(&e, NULL, "workflow");
	if (o.parameters)
		emit_str(&e, NULL, "parameters");
	emit_end(&e);
	emit_end(&e);
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
	struct str id = { d->c->text, d->c->n }, name = str_in(&f->name[CHILD_EXECUTION]), s;
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
	put_text(r, EFF(side_effects_description), str_in(&b));
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
	put_text(r, EFF(pattern_description), str_in(&b));
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
