/* sql: the archive as tables (formats/tables.md). */
#include <inttypes.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"
#include "cmd/analyze/sql_into.h"
#include "os/os.h"
#include "sql/sql.h"

#define MEMORY (1ull << 30) /* bytes a query may take, if nothing else is said */
#define QUERY_MAX (1u << 20)
#define GIVEN_MAX (1ull << 31) /* bytes of a database that is checked */

struct asking {
	const struct cli *c;
	struct cli files; /* the same without the query */
	struct browse b;
	struct sql_tables *tables;
	struct sql *sql;
	enum sql_form form;
	/* of the query, owned; NULL: to be read from standard input */
	char *text;
	size_t n;
	bool terminal; /* standard input is one */
	uint64_t memory;
	unsigned seconds;
	struct into into; /* its tables stand behind the files */
	const char *name[CLI_MAX];
	unsigned n_names;
	char *given; /* --check: the database */
	size_t given_n;
	bool differs;
};

static struct sql *running;

static void
on_interrupt(int signal)
{
	(void)signal;
	if (running)
		sql_interrupt(running);
}

/* Is the last argument a query? A file that is there is none, and neither is one word. */
static bool
is_query(const char *s)
{
	struct stat st;

	return stat(s, &st) != 0 && strpbrk(s, " \t\n;(") != NULL;
}

bool
size_parse(const char *s, uint64_t *ret)
{
	size_t n = strlen(s);
	unsigned shift = n == 0 ? 0 :
	    s[n - 1] == 'K'     ? 10 :
	    s[n - 1] == 'M'     ? 20 :
	    s[n - 1] == 'G'     ? 30 :
				  0;

	if (!dec_u64(s, n - (shift > 0), ret) || *ret > UINT64_MAX >> shift)
		return false;
	*ret <<= shift;
	return true;
}

static bool
is_table(const char *s)
{
	for (unsigned i = 0; i < MORE_TABLES; i++)
		if (strcmp(more_table[i].name, s) == 0)
			return true;
	for (unsigned i = 0; i < AUDIT_TABLES; i++)
		if (strcmp(audit_table[i].name, s) == 0)
			return true;
	return false;
}

/* What is asked for, before anything is opened. 0, or the exit status. */
static int
options(struct asking *a)
{
	const struct cli *c = a->c;
	const char *file = cli_get(c, "file"), *memory = cli_get(c, "memory"),
		   *timeout = cli_get(c, "timeout");
	bool shown = cli_get(c, "table") || cli_get(c, "tables") || cli_get(c, "columns") ||
	    cli_get(c, "into") || cli_get(c, "check");
	struct err e = { 0 };
	uint64_t seconds = 0;

	/* the form of the answer, which also decides how NULL is printed */
	a->form = c->form == OUT_CSV ? SQL_CSV :
	    c->form == OUT_TSV       ? SQL_TSV :
	    c->form == OUT_JSON      ? SQL_JSON :
	    c->form == OUT_JSONL     ? SQL_JSONL :
	    c->form == OUT_MD        ? SQL_MD :
				       SQL_TABLE;
	a->memory = MEMORY;
	a->files = *c;
	if (memory)
		size_parse(memory, &a->memory);
	/* a limit of a day, so that a slip of the pen does not run for ever */
	if (timeout &&
	    (!dec_u64(timeout, strlen(timeout), &seconds) || seconds == 0 || seconds > 86400))
		return cli_usage(c, "--timeout wants seconds, 1 to 86400");
	a->seconds = (unsigned)seconds;
	if (file && (a->text = file_slurp(file, QUERY_MAX, &a->n, &e)) == NULL)
		return cli_fail(c, &e);
	/* names of tables may follow the archive */
	if (cli_get(c, "into")) {
		while (a->files.n_args > 1 && is_table(c->arg[a->files.n_args - 1]))
			a->name[a->n_names++] = c->arg[--a->files.n_args];
		if (into_open(&a->into, cli_get(c, "into"), &e))
			return cli_fail(c, &e);
	}
	if (cli_get(c, "check") &&
	    (a->given = file_slurp(cli_get(c, "check"), GIVEN_MAX, &a->given_n, &e)) == NULL)
		return cli_fail(c, &e);
	/* the last argument is a query if it looks like one */
	if (!shown && !file && c->n_args > 1 && is_query(c->arg[c->n_args - 1])) {
		a->files.n_args--;
		if ((a->text = strdup(c->arg[a->files.n_args])) == NULL)
			return cli_fail(c, (err_nomem(&e), &e));
		a->n = strlen(a->text);
	}
	a->terminal = isatty(STDIN_FILENO);
	return 0;
}

/* Standard input, whole. */
static int
read_input(struct asking *a, struct err *e)
{
	struct buf b;
	char part[65536];
	size_t n;

	buf_init(&b, QUERY_MAX + 1);
	while ((n = fread(part, 1, sizeof part, stdin)) > 0 && !b.failed)
		buf_put(&b, part, n);
	buf_byte(&b, '\0');
	if (b.failed) {
		buf_release(&b);
		return err_set(e, EX_USAGE_ERR, "the query is longer than 1 MiB");
	}
	a->text = (char *)b.p;
	a->n = b.len - 1;
	return 0;
}

static int
params(struct asking *a, struct err *e)
{
	const char *p;

	for (unsigned i = 0; (p = cli_nth(a->c, "param", i)) != NULL; i++) {
		const char *equals = strchr(p, '=');
		char name[128];

		if (equals == NULL || equals == p || (size_t)(equals - p) >= sizeof name)
			return err_set(e, EX_USAGE_ERR, "--param wants NAME=VALUE");
		snprintf(name, sizeof name, "%.*s", (int)(equals - p), p);
		if (sql_param(a->sql, name, equals + 1, e))
			return -1;
	}
	return 0;
}

static const struct sql_table *
table_named(const struct asking *a, const char *name, struct err *e)
{
	unsigned n;
	const struct sql_table *t = sql_tables_all(a->tables, &n);
	struct buf known;

	for (unsigned i = 0; i < n; i++)
		if (strcmp(t[i].decl.name, name) == 0)
			return &t[i];
	buf_init(&known, 4096);
	for (unsigned i = 0; i < n; i++)
		buf_printf(&known, "%s%s", i ? ", " : "", t[i].decl.name);
	err_set(e, EX_USAGE_ERR, "no table %.60s; there are %.*s", name, (int)known.len,
	    (const char *)known.p);
	buf_release(&known);
	return NULL;
}

static void
put_cell(struct buf *b, enum sql_form form, const char *s, size_t *at, size_t width)
{
	switch (form) {
	case SQL_CSV:
		text_csv(b, s, strlen(s));
		return;
	case SQL_JSON:
	case SQL_JSONL:
		text_json(b, s, strlen(s));
		return;
	default:
		buf_str(b, s);
	}
	for (size_t n = strlen(s); form == SQL_TABLE && width && n < width + 2; n++)
		buf_byte(b, ' ');
	(void)at;
}

/* Lists of our own, in every form: of tables and of columns. */
static void
list(const struct asking *a, const char *const *head, unsigned columns, const char *const *cell,
    size_t rows)
{
	/* columns as wide as their widest cell */
	bool json = a->form == SQL_JSON || a->form == SQL_JSONL;
	size_t width[8] = { 0 };
	struct emit e;
	struct buf b;

	buf_init(&b, 16u << 20);
	for (unsigned c = 0; c < columns; c++) {
		width[c] = strlen(head[c]);
		for (size_t r = 0; r < rows; r++)
			if (strlen(cell[r * columns + c]) > width[c])
				width[c] = strlen(cell[r * columns + c]);
	}
	width[columns - 1] = 0;
	emit_init(&e, &b);
	if (a->form == SQL_JSON) {
		emit_object(&e, NULL);
		emit_array(&e, "rows");
	}
	/* row 0 is the head, which JSON has in every row */
	for (size_t r = 0; r <= rows; r++) {
		if (json && r == 0)
			continue;
		if (json)
			emit_object(&e, NULL);
		for (unsigned c = 0; c < columns; c++) {
			const char *s = r ? cell[(r - 1) * columns + c] : head[c];

			if (json) {
				emit_value(&e, head[c]);
			} else if (a->form != SQL_TABLE) {
				/* a border before each cell, as the form wants it */
				buf_str(&b,
				    a->form == SQL_MD ? c ? " | " : "| " :
					c             ? a->form == SQL_CSV ? "," : "\t" :
							"");
			}
			put_cell(&b, a->form, s, NULL, width[c]);
		}
		if (json)
			emit_end(&e);
		buf_str(&b,
		    a->form == SQL_JSON    ? "" :
			a->form == SQL_MD  ? " |\n" :
			a->form == SQL_CSV ? "\r\n" :
					     "\n");
		if (r == 0 && a->form == SQL_MD) {
			for (unsigned c = 0; c < columns; c++)
				buf_str(&b, "| --- ");
			buf_str(&b, "|\n");
		}
	}
	if (a->form == SQL_JSON) {
		emit_end(&e);
		emit_end(&e);
		buf_byte(&b, '\n');
	}
	fwrite(b.p, 1, b.len, stdout);
	buf_release(&b);
}

static int
list_tables(const struct asking *a)
{
	static const char *const head[] = { "table", "rows", "what" };
	unsigned n;
	const struct sql_table *t = sql_tables_all(a->tables, &n);
	const char **cell = malloc((3 * (size_t)n + 1) * sizeof *cell);
	char(*rows)[24] = malloc((n + 1) * sizeof *rows);

	for (unsigned i = 0; cell && rows && i < n; i++) {
		if (t[i].estimate != NO_ESTIMATE)
			snprintf(rows[i], sizeof rows[i], "%" PRIu64, t[i].estimate);
		else
			snprintf(rows[i], sizeof rows[i], "?");
		cell[3 * i] = t[i].decl.name;
		cell[3 * i + 1] = rows[i];
		cell[3 * i + 2] = t[i].decl.sentence;
	}
	if (cell && rows)
		list(a, head, 3, cell, n);
	free(rows);
	free(cell);
	return cell && rows ? 0 : -1;
}

static int
list_columns(const struct asking *a, const struct sql_table *t)
{
	static const char *const head[] = { "column", "type", "unit", "grade", "source", "rule" };
	const char **cell = malloc((6 * (size_t)t->decl.n_columns + 1) * sizeof *cell);

	if (cell == NULL)
		return -1;
	for (unsigned i = 0; i < t->decl.n_columns; i++) {
		const struct column_decl *c = &t->decl.column[i];
		const char *const row[] = { c->name, column_type_name[c->type], c->unit, c->grade,
			c->source, c->rule };

		memcpy(&cell[6 * i], row, sizeof row);
	}
	list(a, head, 6, cell, t->decl.n_columns);
	free(cell);
	return 0;
}

static void
schema(const struct asking *a, const char *name)
{
	unsigned n, shown = 0;
	const struct sql_table *t = sql_tables_all(a->tables, &n);

	for (unsigned i = 0; i < n; i++) {
		if (name && strcmp(name, t[i].decl.name))
			continue;
		shown++;
		printf("-- %s\nCREATE TABLE %s (\n", t[i].decl.sentence, t[i].decl.name);
		for (unsigned k = 0; k < t[i].n_shown; k++) {
			const struct column_decl *c = &t[i].decl.column[k];

			printf("  %s %s%s -- %s%s%s: %s%s%s\n", c->name, column_type_name[c->type],
			    k + 1 < t[i].n_shown ? "," : "", c->grade, c->unit[0] ? ", " : "",
			    c->unit, c->source, c->rule[0] && c->source[0] ? "; " : "", c->rule);
		}
		printf(");\n");
	}
	if (shown == 0)
		fprintf(stderr, "exhibit sql: no such table; .tables lists them\n");
}

static const char help[] = "A statement ends with ; and may take several lines.\n"
			   ".tables        the tables, with a sentence and how many rows\n"
			   ".schema [T]    columns with their types, grades and rules\n"
			   ".help          this\n.quit          the end\n";

/*
 * A statement after the other from a terminal. The status of the last one that failed is not kept:
 * people go on.
 */
static int
prompt(struct asking *a, struct err *e)
{
	struct buf b;
	char line[4096];

	buf_init(&b, QUERY_MAX);
	fprintf(stderr, "exhibit sql: reading only; .help, .tables, .schema, .quit\n");
	for (;;) {
		uint64_t rows;

		/* prompts go to stderr: stdout has the answers alone */
		fputs(b.len ? "   ...> " : "exhibit> ", stderr);
		if (fgets(line, sizeof line, stdin) == NULL)
			break;
		/* a command of this prompt stands on a line of its own */
		if (b.len == 0 && line[0] == '.') {
			char *end = line + strcspn(line, " \t\r\n"),
			     *arg = end + strspn(end, " \t\r\n");

			arg[strcspn(arg, " \t\r\n")] = '\0';
			*end = '\0';
			if (strcmp(line, ".quit") == 0 || strcmp(line, ".exit") == 0)
				break;
			if (strcmp(line, ".tables") == 0)
				(void)(sql_tables_estimate(a->tables, e) || list_tables(a));
			else if (strcmp(line, ".schema") == 0)
				schema(a, *arg ? arg : NULL);
			else
				fputs(help, stderr);
			fflush(stdout);
			continue;
		}
		buf_str(&b, line);
		buf_byte(&b, '\0');
		b.len--;
		/* longer than the limit: it is dropped, and said */
		if (b.failed) {
			fprintf(stderr, "exhibit sql: the statement is longer than 1 MiB\n");
			buf_release(&b);
			continue;
		}
		/* a statement may go over lines */
		if (!sqlite3_complete((char *)b.p))
			continue;
		if (sql_run(a->sql, (char *)b.p, b.len, a->form, NULL, stdout, &rows, e)) {
			fprintf(stderr, "exhibit sql: %s\n", e->text);
			memset(e, 0, sizeof *e);
		}
		fflush(stdout);
		buf_clear(&b);
	}
	buf_release(&b);
	return 0;
}

/*
 * Below a table of results, what is known to be missing: a count that somebody copies from here
 * does not look whole. The other forms are for programs, which have it at the head or on stderr.
 */
static void
tell_missing(struct asking *a)
{
	struct limits *x = &a->b.ev.limits;

	if (a->form != SQL_TABLE || evidence_limits(&a->b.ev, false))
		return;
	for (unsigned i = 0; i < x->n; i++) {
		struct buf b;

		buf_init(&b, 8192);
		text_plain(&b, x->l[i].sentence, strlen(x->l[i].sentence));
		printf("%s%.*s\n", i ? "" : "\nMISSING, SO NOT IN WHAT STANDS ABOVE\n", (int)b.len,
		    b.p ? (const char *)b.p : "");
		buf_release(&b);
	}
}

/* Runs a text of statements. 0, or the exit status (e). */
static int
answer(struct asking *a, const char *text, size_t n, struct err *e)
{
	struct sql_head head = { sql_tables_head, a->tables };
	uint64_t rows;
	int status = sql_run(a->sql, text, n, a->form, &head, stdout, &rows, e);

	if (status == 0)
		tell_missing(a);
	return status;
}

/* The tables are read, one way or the other. 0, or the exit status (e). */
static int
ask(struct asking *a, struct err *e)
{
	const char *name = cli_get(a->c, "table"), *columns = cli_get(a->c, "columns");
	const struct sql_table *t;
	char *query;
	int rc;

	/* lists of what there is need no query */
	if (cli_get(a->c, "tables"))
		return sql_tables_estimate(a->tables, e) ? e->status :
							   list_tables(a) ? err_nomem(e),
		       e->status : 0;
	if (columns)
		return (t = table_named(a, columns, e)) == NULL ||
			(list_columns(a, t) && err_nomem(e)) ?
		    e->status :
		    0;
	/* a database, or a check of one, is made of the tables and not of a query */
	if (a->into.fd >= 0)
		return into_write(&a->into, a->tables, a->sql, a->name, a->n_names, e);
	if (a->given) {
		bool same;

		into_check(a->tables, a->sql, a->given, a->given_n, a->form, &same, e);
		a->differs = !same;
		return e->status;
	}
	if (params(a, e))
		return e->status;
	if (name) {
		if ((t = table_named(a, name, e)) == NULL)
			return e->status;
		if ((query = sql_about("SELECT * FROM ", t->decl.name, "")) == NULL)
			return err_nomem(e);
		rc = answer(a, query, strlen(query), e);
		sqlite3_free(query);
		return rc;
	}
	/* without a query: a person is asked, a pipe is read */
	if (a->text == NULL && a->terminal)
		return prompt(a, e);
	if (a->text == NULL && read_input(a, e))
		return e->status;
	return answer(a, a->text, a->n, e);
}

int
cmd_sql(const struct cli *c)
{
	struct asking a = { .c = c, .into.fd = -1 };
	struct sql_limits limits;
	unsigned n;
	const struct sql_table *t;
	int status = options(&a), banner;
	struct sandbox_may may = { NULL, NULL, NULL };
	char folder[4200];

	/* what was opened before a wrong option is closed again */
	if (status) {
		into_close(&a.into);
		free(a.given);
		free(a.text);
		return status;
	}
	/* only the folder of the database may be written to */
	if (a.into.fd >= 0) {
		snprintf(folder, sizeof folder, "%s", a.into.given);
		may =
		    (struct sandbox_may){ dirname(folder), a.into.names->tmp, a.into.names->path };
	}
	/*
	 * a database is of the whole archive; of a query, only what it reads can be damaged under
	 * it
	 */
	status = (a.into.fd >= 0 || a.given ? browse_open : browse_open_part)(&a.b, &a.files, &may);
	if (status == 0) {
		/* memory and time are bounded before the query begins */
		struct err *e = &a.b.ev.err;

		if ((a.tables = sql_tables_new(&a.b, a.memory, e)) == NULL) {
			status = cli_fail(c, e);
		} else {
			limits = (struct sql_limits){ a.memory, a.seconds };
			t = sql_tables_all(a.tables, &n);
			if ((a.sql = sql_open(t, n, &limits, e)) != NULL) {
				running = a.sql;
				os_on_interrupt(on_interrupt);
				ask(&a, e);
				running = NULL;
			}
			status = e->status ? (fflush(stdout), cli_fail(c, e)) : 0;
		}
		/* the banner says what the files are, whatever was answered */
		banner = evidence_banner(&a.b.ev);
		/* what cannot be answered outranks what the files are: rows are missing */
		status = status ? status : banner ? banner : a.differs ? EX_DIFFERENCES : 0;
	}
	into_close(&a.into);
	free(a.given);
	sql_close(a.sql);
	sql_tables_free(a.tables);
	free(a.text);
	browse_close(&a.b);
	return status;
}
