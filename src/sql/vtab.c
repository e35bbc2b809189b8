/*
 * Virtual tables: rows in memory with an index by what is asked for, or rows that are read as they
 * go.
 */
#include <stdlib.h>
#include <string.h>

#include "base/utc.h"
#include "sql/sql.h"

struct vtab {
	sqlite3_vtab base;
	struct sql_bound *b;
};

struct cursor {
	sqlite3_vtab_cursor base;
	struct sql_bound *b;
	/* rows in memory */
	const uint32_t *order; /* NULL: as they stand */
	uint64_t at, end;
	/* read as they go */
	struct scan *scan;
	bool eof;
};

/* What a plan is: bits, and behind them the column of an equality. */
enum {
	PLAN_KEY = 1,
	PLAN_PREFIX = 2,
	PLAN_POSITION = 4,
	PLAN_TIME = 8,
	PLAN_ORDER = 16,
	PLAN_COUNT = 32
};

#define MODULE_ARGS 3 /* module, database, table: what every table is made with */

static int
fail(sqlite3_vtab *v, struct err *e)
{
	sqlite3_free(v->zErrMsg);
	v->zErrMsg = sqlite3_mprintf("%s", e->text);
	return e->status == EX_OS_ERR ? SQLITE_NOMEM : SQLITE_ERROR;
}

static const char *
affinity(enum column_type t)
{
	return t == TYPE_INTEGER ? "INTEGER" :
	    t == TYPE_NUMBER     ? "NUMBER" :
	    t == TYPE_BOOLEAN    ? "BOOLEAN" :
	    t == TYPE_JSON       ? "JSON" :
	    t == TYPE_TIME       ? "TIME" :
				   "TEXT";
}

static void
put_column(sqlite3_str *s, const char *name, enum column_type type, bool hidden)
{
	sql_put_name(s, name);
	sqlite3_str_appendf(s, " %s%s", affinity(type), hidden ? " HIDDEN" : "");
}

static int
x_connect(sqlite3 *db, void *aux, int argc, const char *const *argv, sqlite3_vtab **ret, char **why)
{
	struct sql_bound *b = aux;
	sqlite3_str *s = sqlite3_str_new(db);
	struct vtab *v;
	char *text;
	int rc;

	(void)why;
	/* columns as they are declared, so that SQLite knows their types */
	sqlite3_str_appendall(s, "CREATE TABLE x(");
	for (unsigned i = 0; i < b->t->decl.n_columns; i++) {
		sqlite3_str_appendall(s, i ? "," : "");
		put_column(
		    s, b->t->decl.column[i].name, b->t->decl.column[i].type, i >= b->t->n_shown);
	}
	/* a name that an argument takes away stays a column, so that all have the same numbers */
	for (unsigned i = 0; i < b->t->n_hidden; i++) {
		bool named = false;
		char name[128];

		for (int k = MODULE_ARGS; k < argc && !named; k++)
			named = strcmp(argv[k], b->t->hidden[i].name) == 0;
		snprintf(name, sizeof name, "%s%s", named ? " " : "", b->t->hidden[i].name);
		sqlite3_str_appendall(s, ",");
		put_column(s, name, b->t->hidden[i].type, true);
	}
	sqlite3_str_appendall(s, ")");
	/* memory before anything is kept */
	if ((text = sqlite3_str_finish(s)) == NULL)
		return SQLITE_NOMEM;
	rc = sqlite3_declare_vtab(db, text);
	sqlite3_free(text);
	if (rc)
		return rc;
	if ((v = calloc(1, sizeof *v)) == NULL)
		return SQLITE_NOMEM;
	v->b = b;
	*ret = &v->base;
	return SQLITE_OK;
}

static int
x_disconnect(sqlite3_vtab *v)
{
	free(v);
	return SQLITE_OK;
}

static bool
is_key(const struct sql_table *t, int column)
{
	for (unsigned i = 0; i < 3; i++)
		if (t->key_columns[i] >= 0 && t->key_columns[i] == column)
			return true;
	return false;
}

/* Into idxStr, two characters for each argument: of the position or the time, and which end. */
static int
say_arguments(const struct sql_table *t, sqlite3_index_info *x, int args)
{
	char *text = sqlite3_malloc(2 * args + 1);

	if (text == NULL)
		return -1;
	memset(text, '-', (size_t)(2 * args));
	text[2 * args] = '\0';
	for (int i = 0; i < x->nConstraint; i++) {
		int arg = x->aConstraintUsage[i].argvIndex, op = x->aConstraint[i].op,
		    c = x->aConstraint[i].iColumn;

		if (arg == 0 || (c != t->position_column && c != t->time_column))
			continue;
		text[2 * (arg - 1)] = c == t->position_column ? 'p' : 't';
		text[2 * (arg - 1) + 1] = op == SQLITE_INDEX_CONSTRAINT_EQ               ? '=' :
		    op == SQLITE_INDEX_CONSTRAINT_GE || op == SQLITE_INDEX_CONSTRAINT_GT ? '>' :
											   '<';
	}
	x->idxStr = text;
	x->needToFreeIdxStr = 1;
	return 0;
}

static int
x_best_index(sqlite3_vtab *v, sqlite3_index_info *x)
{
	const struct sql_table *t = ((struct vtab *)v)->b->t;
	double rows = t->estimate == NO_ESTIMATE ? 1000 : t->estimate ? (double)t->estimate : 1;
	int plan = 0, key = -1, next = 1, n = x->nConstraint;

	/* one equality, the first that there is */
	for (int i = 0; i < n && key < 0; i++) {
		int c = x->aConstraint[i].iColumn;

		if (!x->aConstraint[i].usable || c < 0)
			continue;
		if (x->aConstraint[i].op == SQLITE_INDEX_CONSTRAINT_EQ &&
		    (t->load ?
			    (unsigned)c < t->decl.n_columns && t->decl.column[c].type == TYPE_TEXT :
			    is_key(t, c))) {
			plan |= PLAN_KEY;
			key = c;
			x->aConstraintUsage[i].argvIndex = next++;
		} else if (t->scan && x->aConstraint[i].op == SQLITE_INDEX_CONSTRAINT_LIKE &&
		    t->key_columns[2] == c) {
			plan |= PLAN_KEY | PLAN_PREFIX;
			key = c;
			x->aConstraintUsage[i].argvIndex = next++;
		}
	}
	for (int i = 0; i < n && t->scan; i++) {
		int c = x->aConstraint[i].iColumn, op = x->aConstraint[i].op;
		bool range = op == SQLITE_INDEX_CONSTRAINT_GE || op == SQLITE_INDEX_CONSTRAINT_GT ||
		    op == SQLITE_INDEX_CONSTRAINT_LE || op == SQLITE_INDEX_CONSTRAINT_LT ||
		    op == SQLITE_INDEX_CONSTRAINT_EQ;

		if (!x->aConstraint[i].usable || !range || x->aConstraintUsage[i].argvIndex ||
		    (c != t->position_column && c != t->time_column) || c < 0 || next > 16)
			continue;
		plan |= c == t->position_column ? PLAN_POSITION : PLAN_TIME;
		x->aConstraintUsage[i].argvIndex = next++;
	}
	if (next > 1 && plan & (PLAN_POSITION | PLAN_TIME) && say_arguments(t, x, next - 1))
		return SQLITE_NOMEM;
	x->idxNum = plan | (key + 1) << 8;
	x->estimatedCost = plan & PLAN_KEY ? 10 :
	    plan & PLAN_POSITION           ? rows / 10 :
	    plan                           ? rows / 2 :
					     rows;
	x->estimatedRows = (sqlite3_int64)(plan & PLAN_KEY ? 10 : rows);
	/* a count, say */
	if (t->scan && plan == 0 && x->colUsed == 0)
		x->idxNum |= PLAN_COUNT;
	if (t->scan == NULL || x->nOrderBy != 1 || x->aOrderBy[0].desc)
		return SQLITE_OK;
	if (t->by_position && x->aOrderBy[0].iColumn == t->position_column)
		x->orderByConsumed = 1;
	/* a count by type, say: nothing else is read, and so few values are sorted at once */
	if (plan == 0 && t->ordered >= 0 && x->aOrderBy[0].iColumn == t->ordered &&
	    x->colUsed == (sqlite3_uint64)1 << t->ordered) {
		x->orderByConsumed = 1;
		x->idxNum |= PLAN_ORDER;
	}
	return SQLITE_OK;
}

static int
x_open(sqlite3_vtab *v, sqlite3_vtab_cursor **ret)
{
	struct cursor *c = calloc(1, sizeof *c);

	if (c == NULL)
		return SQLITE_NOMEM;
	c->b = ((struct vtab *)v)->b;
	*ret = &c->base;
	return SQLITE_OK;
}

static int
x_close(sqlite3_vtab_cursor *base)
{
	struct cursor *c = (struct cursor *)base;

	if (c->scan)
		c->b->t->scan->close(c->scan);
	free(c);
	return SQLITE_OK;
}

struct by_text {
	const struct rowset *rows;
	unsigned column;
};

static int
cell_cmp(const struct cell *a, const char *p, size_t n)
{
	size_t na = a->kind == CELL_TEXT ? a->n : 0;
	int c;

	if (a->kind != CELL_TEXT)
		return -1; /* what is no text stands before all */
	c = memcmp(a->p, p, na < n ? na : n);
	return c ? c : na < n ? -1 : na > n;
}

static int
by_text(const void *pa, const void *pb, void *arg)
{
	const struct by_text *x = arg;
	uint32_t a = *(const uint32_t *)pa, b = *(const uint32_t *)pb;
	const struct cell *p = &x->rows->row[a][x->column], *q = &x->rows->row[b][x->column];
	int c = q->kind == CELL_TEXT ? cell_cmp(p, q->p, q->n) : p->kind == CELL_TEXT ? 1 : 0;

	return c ? c : a < b ? -1 : a > b;
}

/* Rows by a column, made when it is first asked for. */
static const uint32_t *
index_of(struct sql_bound *b, unsigned column)
{
	struct by_text arg = { &b->rows, column };
	uint32_t *p;

	if (b->index[column])
		return b->index[column];
	if ((p = malloc((b->rows.n + 1) * sizeof *p)) == NULL)
		return NULL;
	for (uint32_t i = 0; i < b->rows.n; i++)
		p[i] = i;
	if (b->rows.n)
		qsort_r(p, b->rows.n, sizeof *p, by_text, &arg);
	return b->index[column] = p;
}

static void
range(struct scan_wish *w, char what, char op, sqlite3_value *v)
{
	if (what == 'p') {
		int64_t i;

		if (sqlite3_value_numeric_type(v) != SQLITE_INTEGER)
			return;
		i = sqlite3_value_int64(v);
		if (op != '<' && i > w->from_position)
			w->from_position = i;
		if (op != '>' && i < w->to_position)
			w->to_position = i;
	} else {
		const char *s = sqlite3_value_type(v) == SQLITE_TEXT ?
		    (const char *)sqlite3_value_text(v) :
		    NULL;
		struct utc t;
		int32_t days;

		if (s == NULL)
			return;
		if (utc_parse(s, strlen(s), &t) != UTC_OK) {
			if (utc_parse_date(s, strlen(s), false, &days) != UTC_OK)
				return;
			t.us = (int64_t)days * 86400000000;
		}
		/* texts are compared behind this, which differs from times within a second */
		if (op != '<' && t.us - 1000000 > w->from_us)
			w->from_us = t.us - 1000000;
		if (op != '>' && t.us + 1000000 < w->to_us)
			w->to_us = t.us + 1000000;
	}
}

static int
scan_next(struct cursor *c)
{
	int rc = c->b->t->scan->next(c->scan, sql_err(c->b->s));

	c->eof = rc != 1;
	return rc < 0 ? fail(c->base.pVtab, sql_err(c->b->s)) : SQLITE_OK;
}

static int
filter_scan(struct cursor *c, int plan, const char *text, int argc, sqlite3_value **argv)
{
	struct scan_wish w = { .key_column = (plan >> 8) - 1,
		.from_position = INT64_MIN,
		.to_position = INT64_MAX,
		.from_us = INT64_MIN,
		.to_us = INT64_MAX,
		.in_order = plan & PLAN_ORDER,
		.counted = plan & PLAN_COUNT };
	int at = 0;

	if (c->scan)
		c->b->t->scan->close(c->scan);
	c->scan = NULL;
	if (plan & PLAN_KEY) {
		if (sqlite3_value_type(argv[0]) == SQLITE_NULL) {
			c->eof = true; /* nothing equals null */
			return SQLITE_OK;
		}
		if (sqlite3_value_type(argv[0]) == SQLITE_TEXT) {
			w.key = (const char *)sqlite3_value_text(argv[0]);
			w.key_n = (size_t)sqlite3_value_bytes(argv[0]);
			if (plan & PLAN_PREFIX) {
				/*
				 * up to the first sign of a pattern; letters of both cases match,
				 * so none count
				 */
				size_t n = strcspn(w.key, "%_ABCDEFGHIJKLMNOPQRSTUVWXYZ");

				w.prefix = true;
				w.key_n = n;
			}
		}
		at = 1;
	}
	for (int i = at; i < argc && text; i++)
		if (text[2 * i] != '-')
			range(&w, text[2 * i], text[2 * i + 1], argv[i]);
	c->scan = c->b->t->scan->open(c->b->t->arg, &w, sql_err(c->b->s));
	if (c->scan == NULL)
		return fail(c->base.pVtab, sql_err(c->b->s));
	return scan_next(c);
}

static int
x_filter(sqlite3_vtab_cursor *base, int plan, const char *text, int argc, sqlite3_value **argv)
{
	struct cursor *c = (struct cursor *)base;
	struct sql_bound *b = c->b;
	unsigned column = (unsigned)(plan >> 8) - 1;
	const char *key;
	size_t n;
	uint64_t lo, hi;

	if (b->t->scan)
		return filter_scan(c, plan, text, argc, argv);
	if (!b->loaded) {
		/* the archive is read through SQLite, too: that is not the query's memory, and
		 * what is loaded has a bound of its own */
		sqlite3_int64 bound = sqlite3_hard_heap_limit64(-1);
		int rc;

		sqlite3_hard_heap_limit64(0);
		rc = b->t->load(b->t->arg, &b->rows, sql_err(b->s));
		sqlite3_hard_heap_limit64(bound);
		if (rc)
			return fail(base->pVtab, sql_err(b->s));
		b->loaded = true;
	}
	c->order = NULL;
	c->at = 0;
	c->end = b->rows.n;
	if (!(plan & PLAN_KEY) || sqlite3_value_type(argv[0]) != SQLITE_TEXT)
		return SQLITE_OK;
	if ((c->order = index_of(b, column)) == NULL)
		return SQLITE_NOMEM;
	key = (const char *)sqlite3_value_text(argv[0]);
	n = (size_t)sqlite3_value_bytes(argv[0]);
	for (lo = 0, hi = b->rows.n; lo < hi;) {
		uint64_t mid = (lo + hi) / 2;

		if (cell_cmp(&b->rows.row[c->order[mid]][column], key, n) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	c->at = c->end = lo;
	while (c->end < b->rows.n && cell_cmp(&b->rows.row[c->order[c->end]][column], key, n) == 0)
		c->end++;
	return SQLITE_OK;
}

static int
x_next(sqlite3_vtab_cursor *base)
{
	struct cursor *c = (struct cursor *)base;

	if (c->b->t->scan)
		return scan_next(c);
	c->at++;
	return SQLITE_OK;
}

static int
x_eof(sqlite3_vtab_cursor *base)
{
	struct cursor *c = (struct cursor *)base;

	return c->b->t->scan ? c->eof : c->at >= c->end;
}

static bool
is_double(const char *p, size_t n, double *ret)
{
	char digits[32], back[32];
	size_t k;

	if (n >= sizeof digits)
		return false;
	memcpy(digits, p, n);
	digits[n] = '\0';
	*ret = strtod(digits, NULL);
	k = json_number(digits, n, back);
	/* only what reads back as it stands: else the digits would be others */
	return k == n && memcmp(back, digits, n) == 0;
}

static void
put_cell(sqlite3_context *x, const struct cell *c)
{
	double d;
	int64_t i;

	switch (c->kind) {
	case CELL_NULL:
		sqlite3_result_null(x);
		break;
	case CELL_INTEGER:
	case CELL_BOOLEAN:
		sqlite3_result_int64(x, c->i);
		break;
	case CELL_NUMBER:
		if (dec_i64(c->p, c->n, &i))
			sqlite3_result_int64(x, i);
		else if (is_double(c->p, c->n, &d))
			sqlite3_result_double(x, d);
		else
			sqlite3_result_text64(x, c->p, c->n, SQLITE_TRANSIENT, SQLITE_UTF8);
		break;
	default:
		sqlite3_result_text64(x, c->p ? c->p : "", c->n, SQLITE_TRANSIENT, SQLITE_UTF8);
	}
}

static int
x_column(sqlite3_vtab_cursor *base, sqlite3_context *x, int column)
{
	struct cursor *c = (struct cursor *)base;
	const struct sql_bound *b = c->b;
	const struct cell *row;
	struct cell cell;

	if (b->t->scan) {
		if (b->t->scan->cell(c->scan, (unsigned)column, &cell, sql_err(b->s)))
			return fail(base->pVtab, sql_err(b->s));
		put_cell(x, &cell);
		return SQLITE_OK;
	}
	row = b->rows.row[c->order ? c->order[c->at] : c->at];
	if ((unsigned)column < b->t->decl.n_columns) {
		put_cell(x, &row[column]);
		return SQLITE_OK;
	}
	if (b->t->hidden_cell(
		b->t->arg, row, (unsigned)column - b->t->decl.n_columns, &cell, sql_err(b->s)))
		return fail(base->pVtab, sql_err(b->s));
	put_cell(x, &cell);
	return SQLITE_OK;
}

static int
x_rowid(sqlite3_vtab_cursor *base, sqlite3_int64 *ret)
{
	struct cursor *c = (struct cursor *)base;

	*ret = c->b->t->scan ? c->b->t->scan->position(c->scan) :
			       (sqlite3_int64)(c->order ? c->order[c->at] : c->at);
	return SQLITE_OK;
}

const sqlite3_module sql_module = { .iVersion = 0,
	.xCreate = x_connect,
	.xConnect = x_connect,
	.xBestIndex = x_best_index,
	.xDisconnect = x_disconnect,
	.xDestroy = x_disconnect,
	.xOpen = x_open,
	.xClose = x_close,
	.xFilter = x_filter,
	.xNext = x_next,
	.xEof = x_eof,
	.xColumn = x_column,
	.xRowid = x_rowid };
