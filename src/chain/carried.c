/*
 * Rows whose input leaves out a column that is hashed (S09): read as NULL, they do not give their
 * hash, and nobody edited them. Every version of the source has all of these columns.
 *
 * A dump, an INSERT and a CSV say which columns they have: one that is not there was not carried.
 * An object of JSON may leave out what is NULL: then most rows of its shape give their hash, and
 * the others are judged like any; where fewer give it than not, the column was not carried.
 */
#include "chain/phases_inner.h"

#include <string.h>

#include "base/err.h"

static bool
lacks_hashed(const struct table *t)
{
	if (t == NULL || t->style == UTC_REST || strcmp(t->name, TABLE_EXPORT) == 0)
		return false;
	for (unsigned c = 1; c <= COL_COUNT; c++)
		if ((column_info[c].hashed || c == COL_PREVIOUS) && !table_has(t, c))
			return true;
	return false;
}

/* A hash that was not given: what may be so because a column is not there. */
static bool
ungiven(const struct event_result *x)
{
	return x->content == CONTENT_MISMATCH || x->content == CONTENT_UNDECIDED ||
	    x->content == CONTENT_NO_KEY;
}

static int
count_row(struct pass *p, const struct block *b, uint32_t i, uint64_t n)
{
	uint32_t source = b->rec[i].source;

	/* rows that give their hash less those that do not */
	if (source && source <= archive_tables(p->a))
		p->tally[source] += content_fits(p->rows->event[n].content) ? 1 :
		    ungiven(&p->rows->event[n])                             ? -1 :
									      0;
	return 0;
}

static int
settle_row(struct pass *p, const struct block *b, uint32_t i, uint64_t n)
{
	const struct record *r = &b->rec[i];
	const struct table *t = archive_table_of(p->a, r->source);

	if (lacks_hashed(t) && r->claimed_form == FORM_HEX &&
	    (t->style == UTC_PG || p->tally[r->source] < 0))
		p->rows->event[n].content = CONTENT_NOT_CARRIED;
	return 0;
}

int
carried_find(struct pass *p, struct err *e)
{
	for (unsigned k = 0; k < p->rows->n_archives; k++) {
		const struct archive *a = p->rows->archive[k];
		bool any = false;

		for (uint32_t i = 1; i <= archive_tables(a); i++)
			any |= lacks_hashed(archive_table_of(a, i));
		if (any && pass_twice(p, k, count_row, ungiven, settle_row, e))
			return -1;
	}
	return 0;
}
