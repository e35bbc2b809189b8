/*
 * What every table can be asked for by name (formats/tables.md T-21): the file and the position of
 * the first record that a row rests on, and the weakest seal of all of them.
 */
#include <stdlib.h>
#include <string.h>

#include "cmd/analyze/sql_inner.h"

static int
column_named(const struct sql_table *t, const char *name)
{
	for (unsigned i = 0; i < t->decl.n_columns; i++)
		if (strcmp(t->decl.column[i].name, name) == 0)
			return (int)i;
	return -1;
}

/* The correlation that a row is about; NULL: none that is here. */
static const struct correlation *
about(const struct sql_tables *t, const struct sql_table *x, const struct cell *row)
{
	int c = column_named(x, "correlation_id");

	if (c < 0)
		c = column_named(x, "remediation_id");
	return c < 0 || row[c].kind != CELL_TEXT ? NULL :
						   catalog_get(&t->b->cat, row[c].p, row[c].n);
}

/* Weaker seals have larger numbers. */
static unsigned
weakness(const struct archive *a)
{
	return !archive_seal(a)                  ? 2 :
	    archive_signature(a) == SIG_VERIFIED ? 0 :
	    archive_signature(a) == SIG_FALSE    ? 3 :
						   1;
}

/*
 * The weakest seal of the files that a row rests on: of its records, of the one it names, of
 * all.
 */
static const char *
weakest(const struct sql_tables *t, const struct correlation *c, const struct cell *file)
{
	const struct archive *worst = NULL;

	for (unsigned i = 0; i < t->b->r.n; i++) {
		const struct archive *a = t->b->r.archive[i];
		bool rests = c == NULL &&
		    (file == NULL ||
			(strlen(archive_name(a)) == file->n &&
			    memcmp(archive_name(a), file->p, file->n) == 0));

		for (unsigned k = 0; c && k < c->n_at && !rests; k++)
			rests = c->at[k].archive == i;
		if (rests && (worst == NULL || weakness(a) > weakness(worst)))
			worst = a;
	}
	return worst ? state_of(worst) : NULL;
}

/* The file that holds the record of a correlation at a position. */
static const struct archive *
file_at(const struct sql_tables *t, const struct correlation *c, int64_t position)
{
	for (unsigned k = 0; k < c->n_at; k++)
		if (c->at[k].position == (uint64_t)position)
			return t->b->r.archive[c->at[k].archive];
	for (unsigned i = 0; i < t->b->r.n; i++) {
		const struct archive *a = t->b->r.archive[i];

		if (!archive_is_copy(a) && (uint64_t)position >= archive_first(a) &&
		    (uint64_t)position < archive_next(a))
			return a;
	}
	return NULL;
}

static int
hidden_cell(void *arg, const struct cell *row, unsigned which, struct cell *ret, struct err *e)
{
	const struct bound *b = arg;
	const struct sql_tables *t = b->all;
	const struct sql_table *x = &t->table[b - t->bound];
	const struct correlation *c = about(t, x, row);
	int position = column_named(x, "position"), file = column_named(x, "file");
	const char *name = x->hidden[which].name, *text = NULL;
	const struct archive *a = NULL;

	(void)e;
	*ret = (struct cell){ .kind = CELL_NULL };
	if (strcmp(name, "position") == 0) {
		if (c && c->n_at)
			*ret =
			    (struct cell){ .kind = CELL_INTEGER, .i = (int64_t)c->at[0].position };
		return 0;
	}
	if (c && c->n_at)
		a = position >= 0 && row[position].kind == CELL_INTEGER ?
		    file_at(t, c, row[position].i) :
		    t->b->r.archive[c->at[0].archive];
	if (strcmp(name, "state") == 0)
		text = position >= 0 && a ?
		    state_of(a) :
		    weakest(t, c, file >= 0 && row[file].kind == CELL_TEXT ? &row[file] : NULL);
	else if (a)
		text = archive_name(a);
	if (text)
		*ret = (struct cell){ .kind = CELL_TEXT, .p = text, .n = strlen(text) };
	return 0;
}

void
hidden_add(struct sql_table *x)
{
	static const struct hidden_column all[HIDDEN_MOST] = { { "file", TYPE_TEXT },
		{ "position", TYPE_INTEGER }, { "state", TYPE_TEXT } };

	for (unsigned i = 0; i < HIDDEN_MOST; i++)
		if (column_named(x, all[i].name) < 0)
			x->hidden[x->n_hidden++] = all[i];
	x->hidden_cell = hidden_cell;
}
