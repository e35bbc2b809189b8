/* The connection: what it may do, how long, with how much memory. */
#include "sql/sql.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/text.h"
#include "sql/functions.h"

#define STEPS 10000 /* of SQLite's machine between two looks at the clock */
#define PARAMS 64
#define NAME 64u /* bytes of a parameter's */

struct sql {
	/*
	 * The first has all hidden columns. In the others, of the same tables, those of the names
	 * in the bits of their number are left out, for queries in which such a name, bare, can
	 * only mean a column that is shown. NULL: no query wanted it yet.
	 */
	sqlite3 *volatile db[1u << HIDDEN_MOST];
	struct sql_limits limits;
	struct sql_bound *bound;
	unsigned n;
	struct {
		char *name, *value;
	} param[PARAMS];
	unsigned n_params;
	struct timespec until;
	bool late, full, refused;
	bool ready; /* the tables stand; from here on nothing is made */
	struct err *e, inner;
};

struct err *
sql_err(struct sql *s)
{
	return s->e ? s->e : &s->inner;
}

static bool
pragma_reads(const char *name, const char *value)
{
	static const char *const fine[] = { "table_info", "table_xinfo", "table_list",
		"database_list", "function_list", "compile_options", "collation_list" };

	(void)value;
	for (unsigned i = 0; i < sizeof fine / sizeof *fine; i++)
		if (sqlite3_stricmp(name, fine[i]) == 0)
			return true;
	return false;
}

/* The list of what may be done; everything else is refused. */
static int
authorize(void *arg, int action, const char *a, const char *b, const char *db, const char *trigger)
{
	struct sql *s = arg;
	bool may = false;

	(void)db;
	(void)trigger;
	switch (action) {
	case SQLITE_SELECT:
	case SQLITE_READ:
	case SQLITE_RECURSIVE:
		may = true;
		break;
	case SQLITE_FUNCTION:
		may = function_may(b);
		break;
	case SQLITE_PRAGMA:
		may = pragma_reads(a, b);
		break;
	default:
		may = false;
	}
	if (!s->ready)
		may = true;
	s->refused |= !may;
	return may ? SQLITE_OK : SQLITE_DENY;
}

static int
watch(void *arg)
{
	struct sql *s = arg;
	sqlite3_int64 now_used, most;
	struct timespec now;

	/* an aggregate that was refused memory goes on without: the query must not */
	if (sqlite3_status64(SQLITE_STATUS_MALLOC_SIZE, &now_used, &most, 1) == SQLITE_OK &&
	    most + sqlite3_memory_used() > (int64_t)s->limits.memory)
		return s->full = true;
	if (s->limits.seconds == 0)
		return 0;
	clock_gettime(CLOCK_MONOTONIC, &now);
	s->late = now.tv_sec > s->until.tv_sec ||
	    (now.tv_sec == s->until.tv_sec && now.tv_nsec > s->until.tv_nsec);
	return s->late;
}

/* What may be done is bound before the first table stands, and nothing is made behind it. */
static void
harden(sqlite3 *db)
{
	sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0, NULL);
	sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_FTS3_TOKENIZER, 0, NULL);
	sqlite3_limit(db, SQLITE_LIMIT_ATTACHED, 0);
	sqlite3_limit(db, SQLITE_LIMIT_SQL_LENGTH, 1 << 20);
	sqlite3_limit(db, SQLITE_LIMIT_LENGTH, 256 << 20);
	sqlite3_limit(db, SQLITE_LIMIT_EXPR_DEPTH, 200);
	sqlite3_limit(db, SQLITE_LIMIT_COMPOUND_SELECT, 100);
	sqlite3_limit(db, SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 1000);
	sqlite3_limit(db, SQLITE_LIMIT_WORKER_THREADS, 0);
	sqlite3_exec(db, "PRAGMA temp_store=MEMORY; PRAGMA cell_size_check=ON", NULL, NULL, NULL);
}

/* A table and its module have one name. without: hidden columns that it has not. */
static char *
virtual_table(const char *name, const char *without)
{
	sqlite3_str *s = sqlite3_str_new(NULL);

	sqlite3_str_appendall(s, "CREATE VIRTUAL TABLE ");
	sql_put_name(s, name);
	sqlite3_str_appendall(s, " USING ");
	sql_put_name(s, name);
	sqlite3_str_appendf(s, "(%s)", without);
	return sqlite3_str_finish(s);
}

/* The hidden names of the tables, in the order in which bits stand for them. */
static const char *const hidden_name[HIDDEN_MOST] = { "file", "position", "state" };

/* A connection to the tables, without the hidden columns of these names. NULL: e. */
static sqlite3 *
connect(struct sql *s, unsigned without, struct err *e)
{
	sqlite3 *db;
	char names[64] = "";

	/* names that a table has not are left out, or the query could ask for them */
	for (unsigned i = 0; i < HIDDEN_MOST; i++)
		if (without >> i & 1)
			snprintf(names + strlen(names), sizeof names - strlen(names), "%s%s",
			    *names ? "," : "", hidden_name[i]);

	s->ready = false;
	/* in memory: the tables are virtual, and nothing is written */
	if (sqlite3_open_v2(":memory:", &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL)) {
		err_nomem(e);
		sqlite3_close_v2(db);
		return NULL;
	}
	/* hardened before the first table exists */
	harden(db);
	if (functions_add(db)) {
		err_nomem(e);
		sqlite3_close_v2(db);
		return NULL;
	}
	/* each table is a module of its own */
	for (unsigned i = 0; i < s->n; i++) {
		const char *name = s->bound[i].t->decl.name;
		char *text = virtual_table(name, names);

		if (text == NULL || sqlite3_create_module(db, name, &sql_module, &s->bound[i]) ||
		    sqlite3_exec(db, text, NULL, NULL, NULL)) {
			err_set(e, EX_SOFTWARE_ERR, "table %s: %s", name, sqlite3_errmsg(db));
			sqlite3_free(text);
			sqlite3_close_v2(db);
			return NULL;
		}
		sqlite3_free(text);
	}
	/*
	 * tables of functions are made when they are first named, which may not be done any more
	 * behind this
	 */
	sqlite3_exec(db,
	    "SELECT 1 FROM json_each('[]'), json_tree('[]'), pragma_table_info('x'), "
	    "pragma_table_xinfo('x'), "
	    "pragma_table_list, pragma_function_list",
	    NULL, NULL, NULL);
	/* from here on: only reading, only so much, only so long */
	sqlite3_hard_heap_limit64((sqlite3_int64)s->limits.memory);
	sqlite3_set_authorizer(db, authorize, s);
	sqlite3_progress_handler(db, STEPS, watch, s);
	s->ready = true;
	return db;
}

void
sql_put_name(sqlite3_str *s, const char *name)
{
	sqlite3_str_appendchar(s, 1, '"');
	sqlite3_str_appendf(s, "%w", name);
	sqlite3_str_appendchar(s, 1, '"');
}

char *
sql_about(const char *before, const char *table, const char *behind)
{
	sqlite3_str *s = sqlite3_str_new(NULL);

	sqlite3_str_appendall(s, before);
	sql_put_name(s, table);
	sqlite3_str_appendall(s, behind);
	return sqlite3_str_finish(s);
}

struct sql *
sql_open(const struct sql_table *t, unsigned n, const struct sql_limits *l, struct err *e)
{
	struct sql *s = calloc(1, sizeof *s);

	if (s == NULL || (s->bound = calloc(n + 1, sizeof *s->bound)) == NULL) {
		err_nomem(e);
		sql_close(s);
		return NULL;
	}
	s->e = e;
	s->n = n;
	s->limits = *l;
	for (unsigned i = 0; i < n; i++) {
		s->bound[i] = (struct sql_bound){ .t = &t[i], .s = s };
		s->bound[i].index = calloc(t[i].decl.n_columns + 1, sizeof *s->bound[i].index);
		if (s->bound[i].index == NULL) {
			err_nomem(e);
			sql_close(s);
			return NULL;
		}
	}
	if ((s->db[0] = connect(s, 0, e)) == NULL) {
		sql_close(s);
		return NULL;
	}
	return s;
}

void
sql_close(struct sql *s)
{
	if (s == NULL)
		return;
	for (unsigned i = 0; i < 1u << HIDDEN_MOST; i++)
		sqlite3_close_v2(s->db[i]);
	sqlite3_hard_heap_limit64(0);
	for (unsigned i = 0; s->bound && i < s->n; i++) {
		for (unsigned k = 0; s->bound[i].index && k < s->bound[i].t->decl.n_columns; k++)
			free(s->bound[i].index[k]);
		free(s->bound[i].index);
	}
	for (unsigned i = 0; i < s->n_params; i++) {
		free(s->param[i].name);
		free(s->param[i].value);
	}
	free(s->bound);
	free(s);
}

sqlite3 *
sql_handle(struct sql *s)
{
	return s->db[0];
}

void
sql_interrupt(struct sql *s)
{
	for (unsigned i = 0; i < 1u << HIDDEN_MOST; i++)
		if (s->db[i])
			sqlite3_interrupt(s->db[i]);
}

/* As SQLite reads the name behind a colon. */
static bool
is_name(const char *s)
{
	static const char may[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_";

	return *s && strlen(s) <= NAME && s[strspn(s, may)] == '\0';
}

int
sql_param(struct sql *s, const char *name, const char *value, struct err *e)
{
	if (!is_name(name))
		return err_set(e, EX_USAGE_ERR,
		    "--param wants NAME=VALUE; a name is of letters, digits and _, at most %u",
		    NAME);
	if (s->n_params == PARAMS)
		return err_set(e, EX_USAGE_ERR, "more than %u --param", PARAMS);
	for (unsigned i = 0; i < s->n_params; i++)
		if (strcmp(s->param[i].name, name) == 0)
			return err_set(e, EX_USAGE_ERR, "--param %s was given twice", name);
	s->param[s->n_params].name = strdup(name);
	s->param[s->n_params].value = strdup(value);
	if (s->param[s->n_params].name == NULL || s->param[s->n_params].value == NULL)
		err_nomem(e);
	s->n_params++;
	return e->status ? -1 : 0;
}

/* Line and column, from 1, of a byte of the text. */
static void
place_of(const char *text, size_t at, unsigned *line, unsigned *column)
{
	*line = *column = 1;
	for (size_t i = 0; i < at; i++) {
		if (text[i] == '\n') {
			++*line;
			*column = 1;
		} else if (((unsigned char)text[i] & 0xc0) != 0x80) {
			++*column;
		}
	}
}

/* What went wrong, as an error of the tool. at: where in the text the statement begins. */
static int
explain(struct sql *s, sqlite3 *db, int rc, const char *text, size_t at, struct err *e)
{
	int offset = sqlite3_error_offset(db), low = rc & 0xff;
	unsigned line, column;
	struct buf why;

	/* what is read for the query counts as well, and the archive is read by SQLite too */
	if (e->status == EX_OS_ERR) {
		s->full = true;
		*e = (struct err){ 0 };
	}
	if (e->status) /* a table said it itself */
		return e->status;
	buf_init(&why, 4096);
	text_plain(&why, sqlite3_errmsg(db), strlen(sqlite3_errmsg(db)));
	place_of(text, at + (offset > 0 ? (size_t)offset : 0), &line, &column);
	if (s->late)
		err_set(e, EX_TEMP_FAIL, "the query took longer than %u s (--timeout)",
		    s->limits.seconds);
	else if (s->full || low == SQLITE_NOMEM)
		err_set(e, EX_IO_ERR, "the query wants more memory than it may have (--memory)");
	else if (low == SQLITE_INTERRUPT)
		err_set(e, EX_TEMP_FAIL, "the query was interrupted");
	else if (s->refused || low == SQLITE_AUTH)
		err_set(e, EX_USAGE_ERR,
		    "line %u, column %u: the archive is read, and nothing else: %.*s", line, column,
		    (int)why.len, (const char *)why.p);
	else
		err_set(e, EX_USAGE_ERR, "line %u, column %u: %.*s", line, column, (int)why.len,
		    (const char *)why.p);
	buf_release(&why);
	return e->status;
}

/* Every `:NAME` of a statement has a value. */
static int
bind(struct sql *s, sqlite3_stmt *st, struct err *e)
{
	int n = sqlite3_bind_parameter_count(st);

	for (int i = 1; i <= n; i++) {
		const char *name = sqlite3_bind_parameter_name(st, i);
		unsigned k = 0;

		while (name && k < s->n_params && strcmp(s->param[k].name, name + 1))
			k++;
		if (name == NULL || k == s->n_params)
			return err_set(e, EX_USAGE_ERR,
			    "the query wants a value for %s: --param %s=VALUE", name ? name : "?",
			    name ? name + 1 : "NAME");
		sqlite3_bind_text(st, i, s->param[k].value, -1, SQLITE_STATIC);
	}
	return 0;
}

static bool
is_blank(const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strchr(" \t\r\n;", p[i]) == NULL)
			return false;
	return true;
}

/*
 * Every table has `file`, `position` and `state`, most of them by name only. Such a name without a
 * table in front is ambiguous in a join for SQLite; where one of the tables shows a column of this
 * name, that one is meant, and a connection without the others finds it.
 */
static int
prepare(struct sql *s, const char *text, int n, sqlite3_stmt **st, const char **rest, struct err *e)
{
	static const char said[] = "ambiguous column name: ";
	int rc = sqlite3_prepare_v2(s->db[0], text, n, st, rest), again = rc;
	unsigned without = 0;

	while (again == SQLITE_ERROR) {
		const char *why = sqlite3_errmsg(s->db[without]), *tail;
		unsigned i = 0;

		if (strncmp(why, said, sizeof said - 1))
			return rc;
		while (i < HIDDEN_MOST && sqlite3_stricmp(why + sizeof said - 1, hidden_name[i]))
			i++;
		if (i == HIDDEN_MOST || without >> i & 1)
			return rc;
		without |= 1u << i;
		if (s->db[without] == NULL && (s->db[without] = connect(s, without, e)) == NULL)
			return rc;
		if ((again = sqlite3_prepare_v2(s->db[without], text, n, st, &tail)) == 0)
			*rest = tail;
	}
	return again ? rc : SQLITE_OK;
}

int
sql_run(struct sql *s, const char *text, size_t n, enum sql_form form, const struct sql_head *head,
    FILE *out, uint64_t *rows, struct err *e)
{
	const char *rest = text;
	struct err *before = s->e;
	bool any = false;

	*rows = 0;
	/* a NUL would end the text for SQLite and not for us */
	if (memchr(text, '\0', n))
		return err_set(e, EX_USAGE_ERR, "the query holds a NUL"), e->status;
	if (n > 1u << 20)
		return err_set(e, EX_USAGE_ERR, "the query is longer than 1 MiB"), e->status;
	s->e = e;
	s->late = s->full = s->refused = false;
	/* one statement after the other */
	while (rest < text + n && e->status == 0) {
		const char *from = rest;
		sqlite3_stmt *st = NULL;
		struct printer *p = NULL;
		int rc = prepare(s, rest, (int)(text + n - rest), &st, &rest, e);

		/* a statement that cannot be prepared ends it */
		if (rc) {
			explain(s, s->db[0], rc, text, (size_t)(from - text), e);
			break;
		}
		if (st == NULL) /* blanks or a comment */
			continue;
		any = true;
		/* each has its own time */
		clock_gettime(CLOCK_MONOTONIC, &s->until);
		s->until.tv_sec += s->limits.seconds;
		/* parameters first: a statement without them is not run */
		if (bind(s, st, e) == 0) {
			if ((p = printer_new(form, out, head, 0)) == NULL || printer_begin(p, st))
				err_nomem(e);
			while (e->status == 0 && (rc = sqlite3_step(st)) == SQLITE_ROW) {
				if (printer_row(p, st))
					err_set(e, EX_IO_ERR, "what was printed did not arrive");
				++*rows;
			}
			if (rc && rc != SQLITE_DONE && rc != SQLITE_ROW)
				explain(
				    s, sqlite3_db_handle(st), rc, text, (size_t)(from - text), e);
			/*
			 * rows that came before a failure stand; the document is closed all the
			 * same
			 */
			if (p && printer_end(p) && e->status == 0)
				err_set(e, EX_IO_ERR, "what was printed did not arrive");
		}
		printer_free(p);
		sqlite3_finalize(st);
	}
	if (!any && e->status == 0 && !is_blank(text, n))
		err_set(e, EX_USAGE_ERR, "there is no statement in the query");
	else if (!any && e->status == 0)
		err_set(e, EX_USAGE_ERR, "the query is empty");
	s->e = before; /* e is the caller's, and may be gone behind this */
	return e->status;
}
