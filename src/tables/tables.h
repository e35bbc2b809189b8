/*
 * src/tables/: events as the tables of the source's controllers. audit.def and more.def have a row
 * for each column, with its source and how sure it is; a file for each table fills it
 * (orchestration.c, analysis.c, …), dossier.c gathers what one remediation has for all of them,
 * cells.c keeps values.
 *
 * The six audit tables over an archive (formats/tables.md): what each column is, declared once in
 * audit.def, and the rows, made in one pass over the log.
 */
#ifndef TABLES_TABLES_H
#define TABLES_TABLES_H

#include "read/select.h"

enum column_type { TYPE_TEXT, TYPE_TIME, TYPE_INTEGER, TYPE_NUMBER, TYPE_BOOLEAN, TYPE_JSON };
extern const char *const column_type_name[];

/* What a column is. */
struct column_decl {
	const char *name;
	enum column_type type;
	const char *unit, *grade, *source, *rule;
};

enum audit_table {
#define AUDIT(table, sentence) AUDIT_##table,
#define COLUMN(table, name, type, unit, grade, source, rule)
#define END(table)
#include "tables/audit.def"
#undef AUDIT
#undef COLUMN
#undef END
	AUDIT_TABLES
};

struct table_decl {
	const char *name, *sentence;
	const struct column_decl *column;
	unsigned n_columns;
};
extern const struct table_decl audit_table[AUDIT_TABLES];

/* The other tables; what makes their rows lies above this layer. */
enum more_table {
#define AUDIT(table, sentence) MORE_##table,
#define COLUMN(table, name, type, unit, grade, source, rule)
#define END(table)
#include "tables/more.def"
#undef AUDIT
#undef COLUMN
#undef END
	MORE_TABLES
};
extern const struct table_decl more_table[MORE_TABLES];

/* One value. Times and texts are TEXT; NUMBER and JSON keep the text they are written as. */
enum cell_kind { CELL_NULL, CELL_TEXT, CELL_INTEGER, CELL_BOOLEAN, CELL_NUMBER, CELL_JSON };

struct cell {
	enum cell_kind kind;
	int64_t i;
	const char *p; /* in the tables' memory; not for integers */
	size_t n;
};

struct audit_rows;

/*
 * All rows of all six tables, each in its order (T-1). budget: bytes that they may take. To be
 * released in any case. NULL: e says why (status 74: more than the budget).
 */
struct audit_rows *
audit_rows_load(struct reading *r, const struct catalog *cat, size_t budget, struct err *e);
void audit_rows_free(struct audit_rows *a);

uint64_t audit_rows_count(const struct audit_rows *a, enum audit_table t);
/* The cells of a row, as many as the table has columns. */
const struct cell *audit_row(const struct audit_rows *a, enum audit_table t, uint64_t row);

#endif
