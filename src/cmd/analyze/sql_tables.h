/* The tables of `exhibit sql`: what was stored, and what follows from it. */
#ifndef CMD_ANALYZE_SQL_TABLES_H
#define CMD_ANALYZE_SQL_TABLES_H

#include "cmd/analyze/analyze.h"
#include "sql/sql.h"

struct sql_tables;

/* b must outlive it. memory: what rows that are kept may take. NULL: no memory. */
struct sql_tables *sql_tables_new(struct browse *b, uint64_t memory, struct err *e);
void sql_tables_free(struct sql_tables *t);
/* Estimates rows of the tables that have one a remediation, too: for who lists them. 0, -1 (e). */
int sql_tables_estimate(struct sql_tables *t, struct err *e);
const struct sql_table *sql_tables_all(const struct sql_tables *t, unsigned *ret_n);
/*
 * Members that a JSON document begins with: the verdict of reading, by what was read so far. arg:
 * the tables. whole: by all that there is. NULL: no memory.
 */
const char *sql_tables_head(void *arg, bool whole);

#endif
