/* The rows of all six audit tables, in one pass over the log. */
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/vec.h"
#include "tables/dossier.h"

/* A copy in the tables' memory. */
static struct str
keep(struct audit_rows *a, struct str s)
{
	char *p = s.n ? arena_take(&a->arena, s.n) : NULL;

	if (p == NULL)
		return (struct str){ "", 0 };
	memcpy(p, s.p, s.n);
	return (struct str){ p, s.n };
}

static struct cell *
new_row(struct audit_rows *a, enum audit_table t)
{
	size_t size = audit_table[t].n_columns * sizeof(struct cell);
	struct cell *c = arena_take(&a->arena, size);

	if (c)
		memset(c, 0, size);
	return c;
}

/* One row of a table, if it is due; what fills it may leave the rest null. */
static struct cell *
fill(struct audit_rows *a, struct remediation *rem, enum audit_table t, bool due, int first,
    void (*row)(struct traits *f, struct row *r), struct traits *f)
{
	struct row r = { &a->arena, NULL, first };

	if (!due || (r.cell = new_row(a, t)) == NULL)
		return NULL;
	row(f, &r);
	rem->row[t] = r.cell;
	rem->n[t] = 1;
	return r.cell;
}

static void
note_past(struct audit_rows *a, struct past *p, struct traits *f)
{
	struct dossier *d = f->d;
	struct str target = { (const char *)f->target.p, f->target.len };
	char digits[32];

	p->id = keep(a, (struct str){ d->c->text, d->c->n });
	p->action = keep(a, f->action);
	p->signal = keep(a, f->signal);
	p->place = keep(a, f->remediation_target.n ? f->remediation_target : target);
	p->cluster = keep(a, f->cluster);
	p->has_place = p->place.n > 0;
	p->t0 = f->t0;
	p->end = f->end;
	p->executed = f->executed;
	p->success = strcmp(f->p->result, "success") == 0;
	if (f->scored) {
		double_text(f->score, digits);
		p->scored = micro_of(str_of(digits), &p->score_micro);
	}
	p->created = time_at(d, d->first[K_RWC]);
	if (p->execution) {
		const struct cell *c = &p->execution[workflow_execution_audit__workflow_id -
		    workflow_execution_audit__first];

		p->workflow = (struct str){ c->p, c->n };
	}
}

/* T-1: the row of a remediation stands by its start, else by the first that made it known. */
static void
note_start(struct remediation *rem, const struct traits *f)
{
	static const enum kind known[] = { K_GSR, K_GCC, K_AFC };
	const struct dossier *d = f->d;

	rem->started = f->p->started;
	rem->start = f->p->start;
	for (unsigned i = 0; i < 3 && !f->p->started; i++) {
		int64_t t = time_at(d, d->first[known[i]]);

		if (t != NO_TIME && (!rem->started || t < rem->start)) {
			rem->started = true;
			rem->start = t;
		}
	}
}

static int
grow(struct audit_rows *a)
{
	size_t cap = a->cap ? a->cap * 2 : 256;
	void *p;

	if ((p = vec_resize(a->rem, cap, sizeof *a->rem)) == NULL)
		return -1;
	a->rem = p;
	if ((p = vec_resize(a->past, cap, sizeof *a->past)) == NULL)
		return -1;
	a->past = p;
	a->cap = cap;
	return 0;
}

static int
remediation(struct audit_rows *a, const struct correlation *c, struct story *s)
{
	struct remediation *rem;
	struct past *past;
	struct dossier d;
	struct traits f = { .d = NULL };
	bool assessed = false;
	int n = 0, rc = -1;

	/* rows grow with the archive, and are counted by whoever asked for them */
	if (a->n == a->cap && grow(a))
		return err_nomem(a->e);
	rem = &a->rem[a->n];
	past = &a->past[a->n];
	memset(rem, 0, sizeof *rem);
	memset(past, 0, sizeof *past);
	if (dossier_open(&d, s, c) || traits_open(&f, &d))
		goto out;
	/* whether its effect was ever looked at */
	for (unsigned i = 0; i < d.n && !assessed; i++)
		assessed = strncmp(event_type_now(d.m[i]->type), "effectiveness.", 14) == 0;
	assessed |= d.first[K_EA_CREATED] != NONE;
	/* each audit table from the same facts; a child that was never created has no row */
	fill(a, rem, AUDIT_orchestration_audit, true, orchestration_audit__first, orchestration_row,
	    &f);
	fill(a, rem, AUDIT_signal_processing_audit, f.name[CHILD_PROCESSING].len > 0,
	    signal_processing_audit__first, processing_row, &f);
	past->analysis = fill(a, rem, AUDIT_ai_analysis_audit, f.name[CHILD_ANALYSIS].len > 0,
	    ai_analysis_audit__first, analysis_row, &f);
	past->execution = fill(a, rem, AUDIT_workflow_execution_audit,
	    f.name[CHILD_EXECUTION].len > 0, workflow_execution_audit__first, execution_row, &f);
	past->assessment = fill(a, rem, AUDIT_effectiveness_audit, assessed,
	    effectiveness_audit__first, assessment_row, &f);
	/* notifications may be several rows */
	n = notification_rows(&f, &a->arena, &rem->row[AUDIT_notification_audit]);
	rem->n[AUDIT_notification_audit] = n > 0 ? (unsigned)n : 0;
	/* what the next table needs of this remediation */
	note_past(a, past, &f);
	note_start(rem, &f);
	rem->id = past->id;
	rc = n < 0 || d.nomem || f.nomem ? -1 : 0;
	a->n += rc == 0;
out:
	traits_release(&f);
	dossier_release(&d);
	return rc ? err_nomem(a->e) : 0;
}

/* Workflows as they were registered: what the catalogue says of their names. */
static int
catalogue(struct audit_rows *a, const struct story *s)
{
	for (unsigned i = 0; i < s->n; i++) {
		struct moment *m = &s->m[i];
		const struct json_doc *doc;

		/* only what registers or changes a workflow */
		if (m->kind != ET_REMEDIATIONWORKFLOW_ADMITTED_CREATE &&
		    m->kind != ET_REMEDIATIONWORKFLOW_ADMITTED_UPDATE)
			continue;
		if (a->n_workflows == a->workflows_cap) {
			size_t cap = a->workflows_cap ? a->workflows_cap * 2 : 64;
			void *p = vec_resize(a->workflow, cap, sizeof *a->workflow);

			if (p == NULL)
				return -1;
			a->workflow = p;
			a->workflows_cap = cap;
		}
		/* names and versions as they were registered, and when */
		if ((doc = moment_object(m)) != NULL) {
			struct registered *w = &a->workflow[a->n_workflows];
			static const char *const path[] = { "workflow_id", "workflow_name",
				"workflow_version" };
			struct str *const to[] = { &w->id, &w->name, &w->version };

			*w = (struct registered){ .time = m->time };
			memcpy(w->event, m->id, 16);
			for (unsigned k = 0; k < 3; k++) {
				uint32_t at = event_member(doc, path[k]);

				*to[k] = keep(a,
				    at != JSON_NONE && doc->node[at].type == JSON_STRING ?
					(struct str){ json_str(doc, at), doc->node[at].str_len } :
					(struct str){ "", 0 });
			}
			a->n_workflows += w->id.n > 0;
		}
		if (moment_nomem(m))
			return -1;
	}
	return 0;
}

static int
each(void *arg, const struct correlation *c, struct story *s)
{
	struct audit_rows *a = arg;

	if (catalogue(a, s))
		return err_nomem(a->e);
	if (c->remediation && remediation(a, c, s))
		return -1;
	if (a->arena.nomem)
		return err_nomem(a->e);
	if (a->arena.full)
		return err_set(a->e, EX_IO_ERR,
		    "the audit tables take more than the memory allowed (--memory)");
	return 0;
}

static int
by_start(const void *pa, const void *pb)
{
	const struct remediation *a = pa, *b = pb;
	int c;

	if (a->started != b->started)
		return a->started ? -1 : 1;
	if (a->started && a->start != b->start)
		return a->start < b->start ? -1 : 1;
	c = memcmp(a->id.p, b->id.p, a->id.n < b->id.n ? a->id.n : b->id.n);
	return c ? c : a->id.n < b->id.n ? -1 : a->id.n > b->id.n;
}

/* Every row its place. 0 or -1: no memory. */
static int
places(struct audit_rows *a)
{
	if (a->n)
		qsort(a->rem, a->n, sizeof *a->rem, by_start);
	for (unsigned t = 0; t < AUDIT_TABLES; t++) {
		for (size_t i = 0; i < a->n; i++)
			a->count[t] += a->rem[i].n[t];
		if ((a->at[t] = malloc((a->count[t] + 1) * sizeof *a->at[t])) == NULL)
			return -1;
		a->count[t] = 0;
		for (size_t i = 0; i < a->n; i++)
			for (unsigned k = 0; k < a->rem[i].n[t]; k++)
				a->at[t][a->count[t]++] =
				    a->rem[i].row[t] + (size_t)k * audit_table[t].n_columns;
	}
	return 0;
}

struct audit_rows *
audit_rows_load(struct reading *r, const struct catalog *cat, size_t budget, struct err *e)
{
	struct audit_rows *a = calloc(1, sizeof *a);
	int rc = -1;

	if (a == NULL) {
		err_nomem(e);
		return NULL;
	}
	r->want |= WANT_REST;
	a->arena.budget = budget;
	a->r = r;
	a->e = e;
	if (stories_each(r, cat, false, each, a, e) == 0)
		rc = history_fill(a) || places(a) ? err_nomem(e) : 0;
	r->want &= ~(unsigned)WANT_REST;
	if (rc == 0)
		return a;
	audit_rows_free(a);
	return NULL;
}

void
audit_rows_free(struct audit_rows *a)
{
	if (a == NULL)
		return;
	arena_free(&a->arena);
	for (unsigned t = 0; t < AUDIT_TABLES; t++)
		free(a->at[t]);
	free(a->rem);
	free(a->past);
	free(a->workflow);
	free(a);
}

uint64_t
audit_rows_count(const struct audit_rows *a, enum audit_table t)
{
	return a->count[t];
}

const struct cell *
audit_row(const struct audit_rows *a, enum audit_table t, uint64_t row)
{
	return a->at[t][row];
}
