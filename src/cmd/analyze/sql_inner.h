/* What the files of the tables of `exhibit sql` share. */
#ifndef CMD_ANALYZE_SQL_INNER_H
#define CMD_ANALYZE_SQL_INNER_H

#include "cmd/analyze/sql_tables.h"
#include "tables/rows.h"

#define TABLES_MOST 32
#define ONES_MOST 32 /* correlations that are looked up by themselves */

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
	bool catalogued; /* the catalog is loaded, which queries of one correlation need not */
	struct catalog *one[ONES_MOST]; /* until then: of one correlation each, which may be none */
	char *one_key[ONES_MOST];
	size_t one_len[ONES_MOST];
	unsigned n_ones;
	/* what events are read by, for their rows alone */
	struct reading events;
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

/* sql_catalog.c: the catalog, when it is needed. 0 or -1 (e). */
int catalog_ready(struct sql_tables *t, struct err *e);
/* One correlation; *ret NULL: none. It stays as long as the tables. 0 or -1 (e). */
int catalog_find_one(
    struct sql_tables *t, const char *id, size_t n, const struct correlation **ret, struct err *e);
void catalog_forget(struct sql_tables *t);
/* sql_events.c: the table events, read as it goes. */
extern const struct scan_methods events_scan;
/* sql_by_type.c: where events of each type lie. */
struct by_type;
/* memory: bytes that the places may take. NULL: e. */
struct by_type *by_type_new(uint64_t memory, struct err *e);
void by_type_free(struct by_type *o);
/* Forgets all places. */
void by_type_clear(struct by_type *o);
/* Takes note of an event, in the order of files and log. 0 or -1 (e). */
int by_type_note(
    struct by_type *o, struct str type, unsigned archive, uint64_t position, struct err *e);
/*
 * Notes all events of blocks that are not damaged, as the sealed indexes have them. Heads of blocks
 * tell which events there are, and the index must name every one. 0; 1: it does not, and what was
 * noted is to be forgotten; -1 (e).
 */
int by_type_from_index(struct by_type *o, struct reading *r, struct err *e);
/* Lays them by type (bytes of its text), those of one type as they were noted. 0 or -1 (e). */
int by_type_sort(struct by_type *o, struct err *e);
/* 1: the next; 0: the end. */
int by_type_next(struct by_type *o, unsigned *ret_archive, uint64_t *ret_position);
/* The type of the last one. */
struct str by_type_type(const struct by_type *o);
/* sql_stored.c: rejects, conflicts, contexts, dead letters, inputs, manifests. 0 or -1 (e). */
int stored_fill(struct sql_tables *t, struct err *e);
int files_fill(struct sql_tables *t, struct err *e);
/* sql_derived.c: what other verbs make of it. 0 or -1 (e). */
int derived_fill(struct sql_tables *t, struct err *e);
int timeline_fill(struct sql_tables *t, struct err *e);
int fields_fill(struct sql_tables *t, struct err *e);
int controls_fill(struct sql_tables *t, struct err *e);
int findings_fill(struct sql_tables *t, struct err *e);
/* sql_analysis.c: figures of each remediation. 0 or -1 (e). */
int analysis_fill(struct sql_tables *t, struct err *e);
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
