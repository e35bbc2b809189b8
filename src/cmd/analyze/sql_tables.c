/*
 * The tables of `exhibit sql`: which there are, and what makes their rows when they are first
 * asked for.
 */
#include "cmd/analyze/sql_tables.h"

#include <stdlib.h>
#include <string.h>

#include "approval/controls.h"
#include "cmd/analyze/sql_inner.h"

/* All six at once: they are made in one pass. */
static int
load_audit(void *arg, struct rowset *ret, struct err *e)
{
	struct bound *b = arg;
	struct sql_tables *t = b->all;
	uint64_t n;

	if (catalog_ready(t, e))
		return -1;
	if (t->audit == NULL &&
	    (t->audit = audit_rows_load(&t->b->r, &t->b->cat, (size_t)t->memory, e)) == NULL)
		return -1;
	n = audit_rows_count(t->audit, (enum audit_table)b->which);
	if (t->row[b->which] == NULL) {
		if ((t->row[b->which] = malloc((n + 1) * sizeof *t->row[0])) == NULL)
			return err_nomem(e);
		for (uint64_t i = 0; i < n; i++)
			t->row[b->which][i] = audit_row(t->audit, (enum audit_table)b->which, i);
	}
	*ret = (struct rowset){ t->row[b->which], n };
	return 0;
}

/* What makes the rows of each of the others; several are made together. */
static int (*const fill[MORE_TABLES])(
    struct sql_tables *t, struct err *e) = { [MORE_rejects] = stored_fill,
	[MORE_conflicts] = stored_fill,
	[MORE_contexts] = stored_fill,
	[MORE_dead_letters] = stored_fill,
	[MORE_retention_runs] = stored_fill,
	[MORE_source_notifications] = stored_fill,
	[MORE_inputs] = files_fill,
	[MORE_manifests] = files_fill,
	[MORE_remediations] = derived_fill,
	[MORE_timeline] = timeline_fill,
	[MORE_approvals] = derived_fill,
	[MORE_populations] = derived_fill,
	[MORE_fields] = fields_fill,
	[MORE_controls] = controls_fill,
	[MORE_exceptions] = controls_fill,
	[MORE_findings] = findings_fill,
	[MORE_analysis] = analysis_fill };

static int
load_more(void *arg, struct rowset *ret, struct err *e)
{
	struct bound *b = arg;
	struct builder *rows = &b->all->rows[b->which];

	/* what every table but events can be asked for by name rests on it, too (T-21) */
	if (catalog_ready(b->all, e) || fill[b->which](b->all, e))
		return -1;
	*ret = (struct rowset){ rows->row, rows->n };
	return 0;
}

static struct sql_table *
add(struct sql_tables *t, unsigned which, const struct table_decl *decl)
{
	struct sql_table *x = &t->table[t->n];

	t->bound[t->n] = (struct bound){ t, which };
	x->decl = *decl;
	x->n_shown = decl->n_columns;
	x->arg = &t->bound[t->n++];
	x->key_columns[0] = x->key_columns[1] = x->key_columns[2] = x->position_column =
	    x->time_column = x->ordered = -1;
	return x;
}

/* Do positions grow from file to file? Those of several logs do not. */
static bool
in_one_line(const struct reading *r)
{
	uint64_t next = 0;

	for (unsigned i = 0; i < r->n; i++) {
		if (archive_is_copy(r->archive[i]) || !archive_readable(r->archive[i]))
			continue;
		if (archive_first(r->archive[i]) < next)
			return false;
		next = archive_next(r->archive[i]);
	}
	return true;
}

/* Rows that the manifests count, in all files. */
static uint64_t
counted(const struct browse *b, const char *what)
{
	uint64_t sum = 0, n;

	for (unsigned i = 0; i < b->r.n; i++)
		if (archive_counts(b->r.archive[i]) &&
		    archive_manifest_u64(b->r.archive[i], "counts", what, &n))
			sum += n;
	return sum;
}

static uint64_t
estimate_of(const struct browse *b, enum more_table which, uint64_t records)
{
	uint64_t inputs = 0;

	switch (which) {
	case MORE_events:
	case MORE_timeline:
		return records;
	case MORE_controls:
		return RULES;
	case MORE_rejects:
		return counted(b, "rejects");
	case MORE_conflicts:
		return counted(b, "conflicts");
	case MORE_contexts:
		return counted(b, "contexts");
	case MORE_dead_letters:
		return counted(b, "dead_letters");
	case MORE_inputs:
		for (unsigned i = 0; i < b->r.n; i++)
			if (archive_counts(b->r.archive[i]))
				inputs += archive_told(b->r.archive[i])->n;
		return inputs;
	default:
		return NO_ESTIMATE;
	}
}

struct sql_tables *
sql_tables_new(struct browse *b, uint64_t memory, struct err *e)
{
	struct sql_tables *t = calloc(1, sizeof *t);
	uint64_t records = 0;

	if (t == NULL) {
		err_nomem(e);
		return NULL;
	}
	t->b = b;
	t->memory = memory;
	if (reading_init(&t->events, b->r.archive, b->r.n, b->r.findings, e)) {
		reading_release(&t->events);
		free(t);
		return NULL;
	}
	reading_rows(&t->events);
	t->arena.budget = (size_t)memory;
	buf_init(&t->head, 65536);
	/* estimates for the planner: they decide in which order it joins */
	for (unsigned i = 0; i < b->r.n; i++)
		records += archive_is_copy(b->r.archive[i]) ?
		    0 :
		    archive_next(b->r.archive[i]) - archive_first(b->r.archive[i]);
	/* tables of this program, the events among them */
	for (unsigned i = 0; i < MORE_TABLES; i++) {
		struct sql_table *x = add(t, i, &more_table[i]);

		t->rows[i] =
		    (struct builder){ .arena = &t->arena, .columns = more_table[i].n_columns };
		/* events are never built: they are read as they are asked for */
		if (i == MORE_events) {
			x->scan = &events_scan;
			/* the time as a number is for order, by name only */
			x->n_shown--;
			x->key_columns[0] = COL_CORRELATION - 1;
			x->key_columns[1] = COL_EVENT_ID - 1;
			x->key_columns[2] = COL_TYPE - 1;
			x->position_column = COL_COUNT + 1;
			x->time_column = COL_TIMESTAMP - 1;
			x->by_position = in_one_line(&b->r);
			x->ordered = COL_TYPE - 1;
			x->estimate = records;
			continue;
		}
		x->load = load_more;
		hidden_add(x);
		x->estimate = estimate_of(b, (enum more_table)i, records);
	}
	/* and the six that are proposed for auditors */
	for (unsigned i = 0; i < AUDIT_TABLES; i++) {
		struct sql_table *x = add(t, i, &audit_table[i]);

		x->load = load_audit;
		hidden_add(x);
		x->estimate = NO_ESTIMATE;
	}
	return t;
}

int
sql_tables_estimate(struct sql_tables *t, struct err *e)
{
	uint64_t n = 0;

	if (catalog_ready(t, e))
		return -1;
	for (unsigned i = 0; i < t->b->cat.n; i++)
		n += t->b->cat.c[i].remediation;
	for (unsigned i = 0; i < t->n; i++)
		if (i >= MORE_TABLES || i == MORE_remediations || i == MORE_approvals ||
		    i == MORE_analysis)
			t->table[i].estimate = n;
	return 0;
}

void
sql_tables_free(struct sql_tables *t)
{
	if (t == NULL)
		return;
	catalog_forget(t);
	audit_rows_free(t->audit);
	for (unsigned i = 0; i < AUDIT_TABLES; i++)
		free(t->row[i]);
	for (unsigned i = 0; i < MORE_TABLES; i++)
		free(t->rows[i].row);
	arena_free(&t->arena);
	judged_free(t);
	free(t->few.content);
	free(t->few.link);
	buf_release(&t->head);
	reading_release(&t->events);
	free(t);
}

const struct sql_table *
sql_tables_all(const struct sql_tables *t, unsigned *ret_n)
{
	*ret_n = t->n;
	return t->table;
}

const char *
sql_tables_head(void *arg, bool whole)
{
	struct sql_tables *t = arg;
	struct emit e;
	int status;

	/* the damage that was met while the rows were read; where more come, all that there is */
	if (evidence_limits(&t->b->ev, whole))
		return NULL;
	status = evidence_status(&t->b->ev);
	for (unsigned i = 0; i < t->b->ev.n; i++)
		if (archive_damaged_blocks(t->b->ev.archive[i]))
			status = status_worse(status, EX_ALTERED);
	buf_clear(&t->head);
	/* members, which sql/ puts into an object of its own */
	emit_within(&e, &t->head);
	emit_i64(&e, "status", status);
	emit_array(&e, "limits");
	limits_put(&t->b->ev.limits, &e);
	emit_end(&e);
	buf_byte(&t->head, '\0');
	return t->head.failed ? NULL : (const char *)t->head.p;
}
