/* Between pgdump.c (statements), pgdump_between.c, pgdump_footing.c (where they end and begin),
 * pgdump_rows.c (COPY), pgdump_insert.c, pgdump_tables.c (which tables there are, and which is the
 * one) and pgdump_lacks.c (whether their data is there). */
#ifndef SOURCE_PGDUMP_INNER_H
#define SOURCE_PGDUMP_INNER_H

#include "source/session.h"
#include "source/sql.h"

enum role { ROLE_OTHER, ROLE_AUDIT, ROLE_CONTEXT };

/* A table that CREATE TABLE or a data section named. */
struct made {
	char *name;      /* schema.table */
	char *parent;    /* of a partition, likewise; NULL: none */
	struct table *t; /* its columns; none if it was not defined */
	/* partitioned: its rows stand in its partitions; data: a data section of it was met */
	bool defined, partitioned, data;
	/* its rows look like those of the audit table; pg_dump names it above its rows, too */
	bool alike, announced;
	uint64_t rows;
	struct made *next;
};

/* All tables of one database of the input. */
struct tables {
	struct session *s;
	struct made *made;
	char *search; /* schema of names without one; NULL: public */
	char *root;   /* the audit table, once a data section of it was met */
	bool guessed; /* no definition said so */
	/* pg_dump made it: its data sections are marks, not only where somebody's INSERTs go */
	bool marked;
	bool asked;     /* the table that --table names was met */
	bool audit;     /* rows of it were read */
	char *database; /* of \connect; NULL: none yet */
	/* the one that rows of the audit table came from; "": not named */
	char *audit_database;
};

void tables_release(struct tables *x);
/* schema.table of a name as it stands; valid until the next call with the same buffer. -1: no
 * memory. */
int tables_full_name(const struct tables *x, const char *name, struct buf *out, struct err *e);
/* The name without its schema. */
const char *tables_last_part(const char *full);
/* Is it `_default` or `_2026_11`, as behind the name of a partitioned table? */
bool tables_partition_suffix(const char *p);
struct made *tables_find(const struct tables *x, const char *full);
/* The entry of a table, made if need be. NULL (e). */
struct made *tables_entry(struct tables *x, const char *full, struct err *e);
/* What the rows of a table are to us. -1 (e): two tables could be the one, and nothing says
 * which. */
int tables_role(struct tables *x, const char *full, enum role *ret, struct err *e);
/* A data section of the table begins; `line`: where. */
int tables_section(struct tables *x, const char *full, enum role role, struct err *e);
/* A row of the audit table was met: refused if another database gave such rows before. */
int tables_audit_row(struct tables *x, uint64_t line, struct err *e);
/* Is any table of that name defined, or a partition of it? Data alone says nothing of others. */
bool tables_defined(const struct tables *x);
/* \connect. */
int tables_connect(struct tables *x, const char *name, size_t n, struct err *e);
/* pgdump_lacks.c. The database is over: its sections are told, and tables whose data is not here.
 * cut: the input ended before it did. */
int tables_end(struct tables *x, bool cut, struct err *e);
/* At the end of the input, if no row of the audit table was met: what is there instead. */
void tables_none(const struct tables *x, bool dump);
/* At the end of the input: --table names a table that is there, else 64 with those that are. */
int tables_asked(const struct tables *x, struct err *e);
/* Only whether the audit table itself is there, with all its partitions. */
int tables_whole(struct tables *x, struct err *e);

/* pgdump_tables.c too: CREATE [FOREIGN] TABLE and ALTER TABLE … ATTACH PARTITION. */
int tables_create(struct tables *x, struct sql *q, uint64_t line, struct buf *name, struct err *e);
int tables_attach(struct tables *x, struct sql *q, struct buf *name, struct err *e);

/* What one dump is read with. */
struct dump {
	struct session *s;
	struct stream *f;
	struct tables tables;
	struct sql_scan scan;
	struct buf stmt, name, full, text;
	uint64_t stmt_line;
	bool open, interesting; /* a statement is; its text is wanted whole */
	/* bytes of it that were not kept: it is long and nobody wants it */
	uint64_t dropped;
	bool block_comment, standard_strings, cut;
	/* the INSERT before lost a quotation mark: its rows may go on; they do */
	bool broke, continued;
	/* the statement does not end: why what is left of it is no row; NULL: it does */
	const char *ends_early;
	/* a line that a table without its end was left at: it is to be read again; NULL: none */
	const char *again;
	size_t again_n;
	bool again_ended;
	/* bytes of the statement that were read in vain */
	uint64_t resumed;
	uint64_t ahead;        /* bytes that were looked through for the end of something */
	unsigned begun, ended; /* dumps, by their first and last comment */
	struct cell *cell;
	size_t *at;
	/* the target of the last INSERT, as the next one usually has the same */
	struct table *target;
	struct made *target_made;
	struct buf target_key;
	enum role target_role;
	char place[64];
};

/* pgdump_footing.c: lines without their line feed. Does it begin with the words of a statement? */
bool dump_begins_statement(const char *p, size_t n);
/* The statement that is open cannot hold this line: it ended, or lost a quotation mark, before. */
bool dump_statement_lost(const struct dump *d, const char *p, size_t n);
/* A quotation mark is missing before this line, or before the text ends that it stands in. */
bool dump_quotes_lost(const struct dump *d, const char *p, size_t n);
/* Where in a line that begins none a COPY begins that ends it, or an INSERT; 0: nowhere. */
size_t dump_statement_inside(const char *p, size_t n);
/* Can this line stand in no table, but behind one whose end is lost: the head of the next COPY, or
 * what pg_dump writes above one, or at its own end? */
bool dump_behind_table(const char *p, size_t n);
/* A line that was a row, or a statement with one, wherever it stands: an id, and the separators of
 * many fields behind it. */
bool dump_row_in_line(const char *p, size_t n);
/* `(` first, behind blanks. */
bool dump_row_begins(const char *p, size_t n);
/* Does such a mark stand in what comes next? How far is looked is bounded for the whole input. The
 * line at hand is not valid any more. 1, 0, -1 (e). */
int dump_stands_ahead(struct dump *d, const char *mark, struct err *e);

/* pgdump_between.c. What stands at the beginning of a piece of a line, outside of statements. *p
 * and *n are moved behind what was taken; *n == 0: nothing is left. -1 (e). */
int dump_between(struct dump *d, const char **p, size_t *n, struct err *e);

/* pgdump_rows.c. `line N`: where a line stands. */
void dump_stand(struct dump *d, uint64_t line);
/* The input ends inside a table or a statement: the lack, and nothing can be called gone. */
void dump_cut_off(struct dump *d, const char *where, const char *table);
/* Bytes that are no row. */
int dump_stray(
    struct dump *d, uint64_t line, const char *p, size_t n, const char *reason, struct err *e);
/* The statement is not understood from `from` on: what of it is not accounted for yet. */
int dump_reject_rest(struct dump *d, const char *from, const char *reason, struct err *e);
/* The table that a COPY or INSERT names, with the columns that it lists, or those of CREATE TABLE;
 * *ret is the caller's. 0; 1: it is not understood, and nothing is to be freed; -1 (e). */
int dump_target(struct dump *d, struct sql *q, struct table **ret, struct made **ret_made,
    enum role *ret_role, struct err *e);
/* Bytes of a table that are no row of it, or half of one. -1 (e). */
int dump_reject_piece(struct dump *d, const struct table *t, bool row, const char *p, size_t n,
    const char *reason, struct err *e);
/* The row in d->cell, which stands at raw, goes where its table belongs. -1 (e). */
int dump_deliver(struct dump *d, struct table *t, struct made *m, enum role role, const char *raw,
    size_t raw_len, struct err *e);
/* How many line feeds stand in it. */
uint64_t dump_lines(const char *p, size_t n);
/* pgdump_rows.c and pgdump_insert.c. The statement behind its first words; its bytes, and those
 * of its rows, are accounted for. */
int dump_copy(struct dump *d, struct sql *q, struct err *e);
int dump_insert(struct dump *d, struct sql *q, struct err *e);

#endif
