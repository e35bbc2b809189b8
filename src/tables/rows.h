/*
 * Rows while they are made: the memory they take, and cells in their forms (formats/tables.md T-4,
 * T-5).
 */
#ifndef TABLES_ROWS_H
#define TABLES_ROWS_H

#include <string.h>

#include "event/event.h"
#include "tables/tables.h"

#ifndef NO_TIME
#define NO_TIME INT64_MIN
#endif

static inline struct str
str_of(const char *s)
{
	return (struct str){ s ? s : "", s ? strlen(s) : 0 };
}

/* Memory of the rows: handed out, never given back before the end. */
struct arena {
	struct arena_block {
		struct arena_block *next;
		size_t used, size;
		char bytes[];
	} * head;
	size_t total, budget;
	bool nomem, full; /* full: the budget is spent */
};
void *arena_take(struct arena *a, size_t n);
void arena_free(struct arena *a);

/* One row while it is filled: cells of one table. */
struct row {
	struct arena *arena;
	struct cell *cell;
	int first; /* of its table */
};

void put_text(struct row *r, int column, struct str s);  /* absent if it is empty */
void put_word(struct row *r, int column, const char *s); /* NULL: absent */
void put_integer(struct row *r, int column, int64_t i);
void put_truth(struct row *r, int column, bool t);
void put_number(struct row *r, int column, struct str digits); /* absent if it is empty */
void put_json(struct row *r, int column, const struct buf *b);
void put_raw_json(struct row *r, int column, struct str json);
void put_time(struct row *r, int column, int64_t us); /* NO_TIME: absent */
/* T-6: the id of a row, over its table's name and its key. */
void put_id(struct row *r, int column, const char *table, struct str key);

/* Rows of a table that grows. */
struct builder {
	struct arena *arena;
	unsigned columns;
	const struct cell **row; /* owned */
	uint64_t n, cap;
};
int64_t floor_div(int64_t a, int64_t b);
/* A new row, all null; cells are to be put into *ret. -1: no memory, or the budget is spent. */
int builder_row(struct builder *b, struct row *ret);

#endif
