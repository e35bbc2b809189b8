/* sql --into and --check (formats/tables.md T-24). */
#ifndef CMD_ANALYZE_SQL_INTO_H
#define CMD_ANALYZE_SQL_INTO_H

#include "cmd/analyze/sql_tables.h"

/*
 * A database is written beside its final name and renamed when it is whole. Both names lie on a
 * page
 * that cannot be written any more: inside the sandbox just these two are names that may change.
 */
struct into {
	const char *given;
	struct {
		char tmp[4200], path[4200];
	} * names;
	int fd; /* -1: none */
};

/* Before the sandbox; a file that is there is not touched. 0 or -1 (e). To be closed in any
 * case. */
int into_open(struct into *o, const char *path, struct err *e);
/* Writes the tables named, or all (n 0). 0, or the exit status (e). */
int into_write(struct into *o, struct sql_tables *t, struct sql *s, const char *const *name,
    unsigned n, struct err *e);
/* Nothing is left of what is not whole. */
void into_close(struct into *o);
/* Holds the tables of such a database against the archive. 0, or the exit status (e). */
int into_check(struct sql_tables *t, struct sql *s, const void *bytes, size_t n, enum sql_form form,
    bool *ret_same, struct err *e);

#endif
