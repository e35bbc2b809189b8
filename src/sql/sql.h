/*
 * src/sql/: questions in SQL over tables that stand elsewhere. vtab.c shows a table to SQLite,
 * sql.c bounds what a statement may do and how long, print.c writes the answer in its form. It
 * knows no table: who declares them is src/tables, who brings them here is src/cmd/analyze.
 *
 * SQL over tables that are read in place: an SQLite connection in memory that holds virtual
 * tables only, may do nothing but read them, and is bounded in time and memory (formats/tables.md
 * T-20 on).
 */
#ifndef SQL_SQL_H
#define SQL_SQL_H

#include <sqlite3.h>
#include <stdio.h>

#include "tables/tables.h"

/* Rows of a table that lie in memory; cells as the declaration has them, hidden ones behind. */
struct rowset {
	const struct cell *const *row;
	uint64_t n;
};

/* Where a query may begin and end in a table that is read as it goes. */
struct scan_wish {
	const char *key; /* of the column `key`, in equality; NULL: none */
	size_t key_n;
	int key_column;
	bool prefix;                        /* the key is only the beginning */
	int64_t from_position, to_position; /* inclusive */
	int64_t from_us, to_us;             /* of the time, wider than asked for */
	/* all rows in the order of the column `ordered`, of which nothing but it is asked for */
	bool in_order;
	/* all rows, of which nothing is asked for */
	bool counted;
};

struct scan;
/* A table that is read as it goes. */
struct scan_methods {
	/* NULL: e */
	struct scan *(*open)(void *arg, const struct scan_wish *w, struct err *e);
	/* 1 a row, 0 the end, -1 (e) */
	int (*next)(struct scan *s, struct err *e);
	/* The value of a column of the row; valid until next. */
	int (*cell)(struct scan *s, unsigned column, struct cell *ret, struct err *e);
	int64_t (*position)(struct scan *s);
	void (*close)(struct scan *s);
};

/* A column by name only: in no `SELECT *`, and behind all columns of the declaration. */
struct hidden_column {
	const char *name;
	enum column_type type;
};
#define HIDDEN_MOST 3

#define NO_ESTIMATE UINT64_MAX

struct sql_table {
	struct table_decl decl;
	unsigned n_shown; /* of its columns; the rest are hidden */
	/* and these; hidden_cell makes their values of a row that lies in memory. 0 or -1 (e) */
	struct hidden_column hidden[HIDDEN_MOST];
	unsigned n_hidden;
	int (*hidden_cell)(
	    void *arg, const struct cell *row, unsigned which, struct cell *ret, struct err *e);
	/* one of the two: */
	int (*load)(void *arg, struct rowset *ret, struct err *e);
	const struct scan_methods *scan;
	void *arg;
	uint64_t estimate; /* of rows; NO_ESTIMATE: nobody knows before they are made */
	/* places of columns that a scan looks up by itself; -1 none */
	int key_columns[3], position_column, time_column;
	/* rows come by position as they are; one column that a scan can give them by; -1 none */
	bool by_position;
	int ordered;
};

struct sql;

struct sql_limits {
	uint64_t memory;  /* bytes of SQLite's heap */
	unsigned seconds; /* of one statement; 0: none */
};

/* tables must outlive it. NULL: e. */
struct sql *
sql_open(const struct sql_table *t, unsigned n, const struct sql_limits *l, struct err *e);
void sql_close(struct sql *s);
sqlite3 *sql_handle(struct sql *s);
/* Appends a name as an identifier in quotes. */
void sql_put_name(sqlite3_str *s, const char *name);
/* A statement about one table: what stands before its name, and behind. NULL: no memory; else the
 * caller frees it (sqlite3_free). */
char *sql_about(const char *before, const char *table, const char *behind);

/* A value for `:NAME` of every statement. -1 (e). */
int sql_param(struct sql *s, const char *name, const char *value, struct err *e);

enum sql_form { SQL_TABLE, SQL_CSV, SQL_TSV, SQL_JSON, SQL_JSONL, SQL_MD };

/*
 * What a JSON document begins with: `"name":value,…`, valid until the next call; NULL: no memory.
 * whole: its rows are too many to wait, and more of them come.
 */
struct sql_head {
	const char *(*members)(void *arg, bool whole);
	void *arg;
};

/*
 * Runs all statements of a text and prints their rows. head: of a JSON document; NULL:
 * none. *rows: counted. 0, or the exit status (e): 64 with its place for what is no statement or
 * may not be done, 74 for the memory, 75 for the time, 65 for
 * values.
 */
int sql_run(struct sql *s, const char *text, size_t n, enum sql_form form,
    const struct sql_head *head, FILE *out, uint64_t *rows, struct err *e);

/* Ends the running statement, from a signal. */
void sql_interrupt(struct sql *s);

/* print.c: rows in a form. */
struct printer;
struct printer *
printer_new(enum sql_form form, FILE *out, const struct sql_head *head, unsigned width);
int printer_begin(struct printer *p, sqlite3_stmt *st);
int printer_row(struct printer *p, sqlite3_stmt *st);
/* 0, -1: what was printed did not arrive, or no memory. */
int printer_end(struct printer *p);
void printer_free(struct printer *p);

/* vtab.c */
extern const sqlite3_module sql_module;
struct sql_bound {
	const struct sql_table *t;
	struct sql *s;
	struct rowset rows;
	bool loaded;
	uint32_t **index; /* of each column: rows by it; NULL: not asked for yet */
};
struct err *sql_err(struct sql *s);

#endif
