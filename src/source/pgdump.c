/* pg_dump in plain form: statements, line by line, and INSERTs of other tools. */
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "source/pgdump_inner.h"

/* Statements that change or take away rows: nobody carries them out here. */
static bool
changes_rows(struct sql q)
{
	return (sql_word(&q, "UPDATE") || sql_word(&q, "DELETE") || sql_word(&q, "TRUNCATE") ||
		   sql_word(&q, "MERGE")) &&
	    memmem(q.p, (size_t)(q.end - q.p), "audit_events", 12);
}

static bool
names_utf8(const char *p, size_t n)
{
	for (size_t i = 0; i + 4 <= n; i++)
		if (strncasecmp(p + i, "utf8", 4) == 0 ||
		    (i + 5 <= n && strncasecmp(p + i, "utf-8", 5) == 0) ||
		    (i + 7 <= n && strncasecmp(p + i, "unicode", 7) == 0))
			return true;
	return false;
}

static int
setting(struct dump *d, struct sql *q, struct err *e)
{
	if (sql_word(q, "standard_conforming_strings")) {
		d->standard_strings = memmem(q->p, (size_t)(q->end - q->p), "off", 3) == NULL;
	} else if (sql_word(q, "client_encoding") && !names_utf8(q->p, (size_t)(q->end - q->p))) {
		return err_set(e, EX_DATA_ERR,
		    "line %" PRIu64 ": the dump is not in UTF-8 (%.*s); dump again with pg_dump "
		    "--encoding=UTF8",
		    d->stmt_line, (int)(q->end - q->p < 40 ? q->end - q->p : 40), q->p);
		/* dumps before PostgreSQL 11 name tables without their schema */
	} else if (sql_word(q, "search_path")) {
		if (!sql_char(q, '='))
			sql_word(q, "TO");
		buf_clear(&d->name);
		if (sql_name(q, &d->name) && strcmp((char *)d->name.p, "pg_catalog") &&
		    d->name.len) {
			free(d->tables.search);
			if ((d->tables.search = strdup((char *)d->name.p)) == NULL)
				return err_nomem(e);
		}
	}
	return 0;
}

/* pg_catalog.setval('public.audit_events_insert_seq', N, true): the last number handed out (false:
 * the next one); of the audit table's schema. */
static void
sequence(struct dump *d, struct sql *q)
{
	static const char name[] = "audit_events_insert_seq";
	struct cell seq, number, called;
	size_t at, schema;
	uint64_t n;
	const char *dot;

	buf_clear(&d->text);
	if (!sql_qualified(q, &d->name) || strcmp((char *)d->name.p, "pg_catalog.setval") ||
	    !sql_char(q, '(') || sql_value(q, &d->text, &seq, &at) || seq.n == 0)
		return;
	seq.p = (char *)d->text.p + at;
	dot = memrchr(seq.p, '.', seq.n);
	schema = dot ? (size_t)(dot - seq.p) + 1 : 0;
	if (seq.n - schema != sizeof name - 1 || memcmp(seq.p + schema, name, sizeof name - 1) ||
	    (d->tables.root && schema &&
		(strncmp(d->tables.root, seq.p, schema) || strchr(d->tables.root + schema, '.'))))
		return;
	buf_clear(&d->text);
	if (!sql_char(q, ',') || sql_value(q, &d->text, &number, &at) ||
	    number.state != CELL_VALUE || !dec_u64((char *)d->text.p + at, number.n, &n))
		return;
	buf_clear(&d->text);
	if (!sql_char(q, ',') || sql_value(q, &d->text, &called, &at) ||
	    called.state != CELL_VALUE || called.n == 0)
		return;
	n -= n && ((char *)d->text.p)[at] == 'f';
	if (n > d->s->in->insert_seq_last)
		d->s->in->insert_seq_last = n;
}

/* Words that begin a statement, such as WITH, took rows behind them along. */
static bool
took_rows(const struct dump *d)
{
	const char *p = (char *)d->stmt.p, *end = p + d->stmt.len, *nl;

	for (; p < end; p = nl + 1) {
		if ((nl = memchr(p, '\n', (size_t)(end - p))) == NULL)
			nl = end;
		if (dump_row_in_line(p, (size_t)(nl - p)))
			return true;
	}
	return false;
}

/* A statement is whole. Its bytes are accounted for here. */
static int
statement(struct dump *d, struct err *e)
{
	struct sql q = { (char *)d->stmt.p, (char *)d->stmt.p + d->stmt.len, d->standard_strings };
	int rc = 0;

	/* bytes that were left out of the statement, such as comments, are accounted for with it */
	dump_stand(d, d->stmt_line);
	session_understood(d->s, d->dropped);
	/* a dump is mostly DDL: statements without rows are not looked at further */
	if (!d->interesting && !took_rows(d)) {
		session_understood(d->s, d->stmt.len);
		return 0;
	}
	/* values that lost a quotation mark: where the statement ends is a guess, and said so */
	d->broke = d->scan.values && (d->scan.broken || d->scan.mended);
	/* an INSERT that goes on behind a broken row has no head of its own */
	if (d->continued || (sql_word(&q, "INSERT") && sql_word(&q, "INTO"))) {
		sql_blank(&q);
		return dump_insert(d, &q, e);
	}
	if (sql_word(&q, "COPY"))
		return dump_copy(d, &q, e);
	/* UPDATE and DELETE would make other rows of those that were read: nothing is carried out,
	 * and it is told */
	if (changes_rows(q))
		return dump_reject_rest(d, (char *)d->stmt.p,
		    "a statement that changes rows: it is not carried out here", e);
	/* rows in a form that is not read, such as MERGE: they are rejects, and not silently
	 * gone */
	if (took_rows(d))
		return dump_reject_rest(d, (char *)d->stmt.p,
		    "a statement of another kind with rows in it: they are not read", e);
	/* definitions are understood, whatever they define */
	session_understood(d->s, d->stmt.len);
	if (sql_word(&q, "CREATE")) {
		if (!sql_word(&q, "UNLOGGED"))
			sql_word(&q, "FOREIGN");
		if (sql_word(&q, "TABLE"))
			rc = tables_create(&d->tables, &q, d->stmt_line, &d->name, e);
	} else if (sql_word(&q, "ALTER")) {
		sql_word(&q, "FOREIGN");
		if (sql_word(&q, "TABLE"))
			rc = tables_attach(&d->tables, &q, &d->name, e);
	} else if (sql_word(&q, "SET")) {
		/* settings change how texts are read (standard_conforming_strings) */
		rc = setting(d, &q, e);
	} else if (sql_word(&q, "SELECT")) {
		sequence(d, &q);
	}
	return rc;
}

/* Statements whose text is wanted; the rest (functions, grants, large objects) is only followed to
 * its end. */
static bool
is_interesting(const char *p, size_t n)
{
	static const char *const word[] = { "INSERT", "COPY", "CREATE", "ALTER", "SET", "UPDATE",
		"DELETE", "TRUNCATE", "MERGE" };
	struct sql q = { p, p + n, true };

	for (unsigned i = 0; i < sizeof word / sizeof *word; i++)
		if (sql_word(&q, word[i]))
			return true;
	return sql_word(&q, "SELECT") && memmem(p, n, "setval", 6);
}

static void
open_statement(struct dump *d, const char *p, size_t n)
{
	d->open = true;
	d->broke = d->continued = false;
	d->dropped = 0;
	memset(&d->scan, 0, sizeof d->scan);
	buf_clear(&d->stmt);
	d->stmt_line = stream_line_no(d->f);
	d->interesting = is_interesting(p, n);
	d->scan.values = n > 6 && strncasecmp(p, "INSERT", 6) == 0;
}

/* A piece of the statement that is open. */
static int
keep_text(struct dump *d, const char *p, size_t n, struct err *e)
{
	if (!d->interesting && (d->dropped || d->stmt.len + n > EX_MAX_ROW)) {
		d->dropped += n;
		return 0;
	}
	buf_put(&d->stmt, p, n);
	return d->stmt.failed ?
	    err_set(e, EX_DATA_ERR, "line %" PRIu64 ": a statement longer than the limit of 32 MiB",
		d->stmt_line) :
	    0;
}

/* What is there of a statement that does not end: the rows of an INSERT that are whole, the rest as
 * a reject. */
static int
statement_ends_early(struct dump *d, const char *reason, struct err *e)
{
	struct sql q = { (char *)d->stmt.p, (char *)d->stmt.p + d->stmt.len, d->standard_strings };
	int rc;

	d->open = false;
	session_understood(d->s, d->dropped);
	if (!d->continued &&
	    (!d->interesting || !d->scan.values || !sql_word(&q, "INSERT") ||
		!sql_word(&q, "INTO")))
		return dump_reject_rest(d, (char *)d->stmt.p, reason, e);
	sql_blank(&q);
	d->ends_early = reason;
	rc = dump_insert(d, &q, e);
	d->ends_early = NULL;
	return rc;
}

/* The line is over, and the statement goes on: does it? */
static int
goes_on(struct dump *d, unsigned before, struct err *e)
{
	bool dollar = d->scan.state == SQL_DOLLAR;
	int rc;

	if (d->scan.state == SQL_PLAIN)
		d->scan.before = '\n';
	/* no name of anything goes over the end of its line */
	d->scan.broken |= d->scan.state == SQL_IDENT;
	if ((!dollar && d->scan.state != SQL_COMMENT) || d->scan.state == before)
		return 0;
	if ((rc = dump_stands_ahead(d, dollar ? d->scan.tag : "*/", e)) != 0)
		return rc < 0 ? -1 : 0;
	if (!d->scan.values)
		return statement_ends_early(d,
		    dollar ? "a text in dollar quotes that does not end" :
			     "a comment that does not end",
		    e);
	d->scan.state = SQL_PLAIN;
	d->scan.broken = true;
	return 0;
}

/* What the beginning of a line tells of a statement that is broken. */
static int
mend(struct dump *d, const char *p, size_t n, struct err *e)
{
	/* a statement that stays open while another surely begins has lost its end */
	if (d->open && dump_statement_lost(d, p, n))
		return statement_ends_early(d,
		    "text that is no statement, or one that does not end before the next begins",
		    e);
	if (!d->open && d->broke && d->target && dump_row_begins(p, n)) {
		/* the next row of the last INSERT: what seemed to end that stood in a text of it */
		open_statement(d, p, n);
		d->interesting = d->continued = true;
		d->scan.values = d->scan.mended = true;
	} else if (d->open && dump_row_begins(p, n) && d->scan.values &&
	    dump_quotes_lost(d, p, n)) {
		/* the next row of an INSERT, behind one that lost a quotation mark: the scanner
		 * takes it for a text, wrongly */
		memset(&d->scan, 0, sizeof d->scan);
		d->scan.values = d->scan.mended = true;
	}
	return 0;
}

/* A COPY has ended, and its rows follow on the next line: what else stands on this one, p[0..n),
 * comes first. */
static int
begin_copy(struct dump *d, const char *p, size_t n, bool ended, struct err *e)
{
	size_t k = 0;

	while (k < n && isspace((unsigned char)p[k]))
		k++;
	session_understood(d->s, k + ended);
	if (dump_stray(d, stream_line_no(d->f), p + k, n - k, "text behind COPY … FROM stdin;", e))
		return -1;
	return statement(d, e);
}

/* One line, or a piece of one that is too long. */
static int
one_line(struct dump *d, const char *p, size_t n, bool ended, struct err *e)
{
	size_t k;
	unsigned before;

	if (mend(d, p, n, e))
		return -1;
	/* a line may hold several statements */
	for (;;) {
		if (!d->open) {
			if (dump_between(d, &p, &n, e))
				return -1;
			if (n == 0) {
				session_understood(d->s, ended);
				return 0;
			}
			open_statement(d, p, n);
		}
		before = d->scan.state;
		/* comments, quotes and dollars are followed, so that a semicolon in a text ends
		 * nothing */
		k = sql_scan(&d->scan, p, n);
		/* the statement goes on behind this line */
		if (k > n) {
			if (keep_text(d, p, n, e) || (ended && keep_text(d, "\n", 1, e)))
				return -1;
			return goes_on(d, before, e);
		}
		if (keep_text(d, p, k, e))
			return -1;
		/* it ends on this line */
		d->open = false;
		p += k;
		n -= k;
		if (d->interesting && d->stmt.len >= 4 &&
		    strncasecmp((char *)d->stmt.p, "COPY", 4) == 0)
			return begin_copy(d, p, n, ended, e);
		if (statement(d, e))
			return -1;
	}
}

static int
read_lines(struct dump *d, struct err *e)
{
	const char *p;
	size_t n;
	bool ended;
	int rc;

	while ((rc = stream_line(d->f, &p, &n, &ended, e)) > 0) {
		if (session_go_on(d->s, d->f, e) || one_line(d, p, n, ended, e))
			return -1;
		while ((p = d->again) != NULL) {
			d->again = NULL;
			if (one_line(d, p, d->again_n, d->again_ended, e))
				return -1;
		}
	}
	if (rc == 0 && d->open) {
		bool lost = d->scan.broken;

		if (!lost)
			dump_cut_off(d, "statement", NULL);
		return statement_ends_early(d,
		    lost ? "a statement in which a quotation mark is missing" :
			   "the input ends inside this statement",
		    e);
	}
	return rc;
}

/* The input is over: is it whole? */
static int
end_of_dump(struct dump *d, struct err *e)
{
	struct input *in = d->s->in;
	bool unmarked = d->begun > d->ended;

	/* a database that is read in this form: it knows its tables itself */
	if (in->kind != INPUT_PG_DUMP)
		return tables_whole(&d->tables, e);
	if (unmarked && !d->cut) {
		input_lacks_rows(in, LACK_CUT, NULL, ROWS_UNKNOWN,
		    "the dump has no end mark (“PostgreSQL database dump complete”): it was cut "
		    "off behind line %" PRIu64 ", what came after that is not here",
		    stream_line_no(d->f));
		in->doubt = true;
	}
	in->ended = d->ended && !unmarked && !d->cut;
	if (d->tables.marked && d->tables.audit && !tables_defined(&d->tables)) {
		/* its end mark says that this is all of what was asked for, and no more */
		input_lacks(in,
		    "the dump defines no table (it is of data alone): which partitions the audit "
		    "table "
		    "has it does not say, and whether all are here is not proven by it");
		d->tables.marked = in->ended = false;
	}
	if (in->ended)
		input_compared(in, "end-mark", NULL, ROWS_UNKNOWN, ROWS_UNKNOWN);
	if (tables_end(&d->tables, unmarked || d->cut, e) || tables_asked(&d->tables, e))
		return -1;
	tables_none(&d->tables, d->begun);
	return 0;
}

int
read_pg_dump(struct session *s, struct stream *f, struct err *e)
{
	struct dump d = { .s = s, .f = f, .standard_strings = true, .tables = { .s = s } };
	int rc = -1;

	buf_init(&d.stmt, EX_MAX_ROW);
	buf_init(&d.name, 4096);
	buf_init(&d.full, 8192);
	buf_init(&d.text, EX_MAX_ROW + 1u);
	buf_init(&d.target_key, 65536);
	d.cell = calloc(EX_MAX_COLUMNS, sizeof *d.cell);
	d.at = calloc(EX_MAX_COLUMNS, sizeof *d.at);
	if (d.cell == NULL || d.at == NULL)
		err_nomem(e);
	else if ((rc = read_lines(&d, e)) == 0)
		rc = end_of_dump(&d, e);
	if (d.target && d.target_role == ROLE_OTHER)
		table_free(d.target);
	tables_release(&d.tables);
	buf_release(&d.stmt);
	buf_release(&d.name);
	buf_release(&d.full);
	buf_release(&d.text);
	buf_release(&d.target_key);
	free(d.cell);
	free(d.at);
	return rc;
}
