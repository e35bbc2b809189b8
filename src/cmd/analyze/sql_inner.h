/* What the files of the tables of `exhibit sql` share. */
#ifndef CMD_ANALYZE_SQL_INNER_H
#define CMD_ANALYZE_SQL_INNER_H

#include "cmd/analyze/sql_tables.h"
#include "tables/rows.h"

#define TABLES_MOST 32

struct bound {
	struct sql_tables *all;
	unsigned which;
};

/* What verification found of an event, by its position in its file. */
struct judged {
	uint8_t *content, *link;
};

struct sql_tables {
	struct browse *b;
	uint64_t memory;
	struct sql_table table[TABLES_MOST];
	struct bound bound[TABLES_MOST];
	unsigned n;
	struct arena arena; /* of the rows that are kept, audit tables apart */
	struct builder rows[MORE_TABLES];
	bool made[MORE_TABLES];
	struct audit_rows *audit;
	const struct cell **row[AUDIT_TABLES];
	struct buf head;
	struct scan *view_of; /* whose record the reading's view shows */
	/* of the whole verification, once it was needed */
	bool judged_all;
	struct verification verification;
	struct judged *judged; /* of each file */
	/* of one correlation, by its places; content CONTENTS: only the whole can say */
	struct {
		const struct correlation *c;
		uint8_t *content, *link;
	} few;
};

/* sql_events.c: the table events, read as it goes. */
extern const struct scan_methods events_scan;
/* sql_stored.c: rejects, conflicts, contexts, dead letters, inputs, manifests. 0 or -1 (e). */
int stored_fill(struct sql_tables *t, struct err *e);
int files_fill(struct sql_tables *t, struct err *e);
/* sql_derived.c: what other verbs make of it. 0 or -1 (e). */
int derived_fill(struct sql_tables *t, struct err *e);
int timeline_fill(struct sql_tables *t, struct err *e);
int fields_fill(struct sql_tables *t, struct err *e);
int controls_fill(struct sql_tables *t, struct err *e);
int findings_fill(struct sql_tables *t, struct err *e);
/* sql_judged.c: verifies all, if that was not done. 0 or -1 (e). */
int verified(struct sql_tables *t, struct err *e);
/* Judges the events of one correlation into `few`: 1; 0: it wants the whole; -1 (e). */
int judged_few(struct sql_tables *t, const struct correlation *c, struct err *e);
void judged_free(struct sql_tables *t);
/* Is the seal of a file established? */
const char *state_of(const struct archive *a);
/* sql_hidden.c: file, position and state of tables that do not show them. */
void hidden_add(struct sql_table *x);
/* Which of the two did not suffice. Always -1. */
int rows_failed(struct sql_tables *t, struct err *e);

#endif
