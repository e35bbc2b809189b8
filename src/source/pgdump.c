/* pg_dump in plain form: statements, comments and psql's commands, line by line; text that is none
 * of them; INSERTs of other tools. */
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

static bool
line_is(const char *p, size_t n, const char *text)
{
	while (n && isspace((unsigned char)p[n - 1]))
		n--;
	return n == strlen(text) && memcmp(p, text, n) == 0;
}

/* `-- Data for Name: audit_events_2026_11; Type: TABLE DATA; Schema: public; …`: with --inserts,
 * all there is of an empty table. */
static int
data_comment(struct dump *d, const char *p, size_t n, struct err *e)
{
	static const char head[] = "-- Data for Name: ", middle[] = "; Type: TABLE DATA; Schema: ";
	const char *name = p + sizeof head - 1, *end = p + n, *m, *schema, *semicolon;
	struct made *other;
	enum role role;

	if (n < sizeof head || memcmp(p, head, sizeof head - 1) ||
	    (m = memmem(name, (size_t)(end - name), middle, sizeof middle - 1)) == NULL)
		return 0;
	schema = m + sizeof middle - 1;
	if ((semicolon = memchr(schema, ';', (size_t)(end - schema))) == NULL ||
	    semicolon - schema > 200 || m - name > 200)
		return 0;
	buf_clear(&d->full);
	buf_put(&d->full, schema, (size_t)(semicolon - schema));
	buf_byte(&d->full, '.');
	buf_put(&d->full, name, (size_t)(m - name));
	buf_byte(&d->full, '\0');
	if (d->full.failed)
		return err_nomem(e);
	if (tables_role(&d->tables, (char *)d->full.p, &role, e))
		return -1;
	if (role == ROLE_AUDIT && session_count(d->s, (char *)d->full.p, true, 0, e))
		return -1;
	if (role != ROLE_OTHER)
		return tables_section(&d->tables, (char *)d->full.p, role, e);
	if ((other = tables_entry(&d->tables, (char *)d->full.p, e)) == NULL)
		return -1;
	other->announced = true;
	return 0;
}

static int
comment(struct dump *d, const char *p, size_t n, struct err *e)
{
	if (dump_row_in_line(p, n))
		return 1;
	d->tables.marked |= line_is(p, n, "-- PostgreSQL database dump");
	d->begun += line_is(p, n, "-- PostgreSQL database dump") ||
	    line_is(p, n, "-- PostgreSQL database cluster dump");
	d->ended += line_is(p, n, "-- PostgreSQL database dump complete") ||
	    line_is(p, n, "-- PostgreSQL database cluster dump complete");
	return data_comment(d, p, n, e);
}

/* psql's commands, one a line. 0; 1 none; -1 (e). */
static int
meta_command(struct dump *d, const char *p, size_t n, struct err *e)
{
	static const char *const known[] = { "restrict", "unrestrict", "set", "unset", "encoding",
		"echo", "qecho", "pset", "timing", "a", "t", "x", "q", "o", "i", "ir", "if", "else",
		"endif", "warn", "prompt", "cd" };
	size_t k = 1;

	while (k < n && isalpha((unsigned char)p[k]))
		k++;
	if ((k == 8 && memcmp(p, "\\connect", 8) == 0) || (k == 2 && p[1] == 'c')) {
		if (d->target && d->target_role == ROLE_OTHER)
			table_free(d->target);
		d->target = NULL;
		return tables_connect(&d->tables, p + k, n - k, e);
	}
	for (unsigned i = 0; i < sizeof known / sizeof *known; i++)
		if (strlen(known[i]) == k - 1 && memcmp(p + 1, known[i], k - 1) == 0)
			return 0;
	return 1;
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

/* A comment begins at p and does not end on its line: it goes on, or its end is lost. */
static int
open_comment(struct dump *d, const char *p, size_t n, struct err *e)
{
	uint64_t line = stream_line_no(d->f);
	int rc;

	buf_clear(&d->text);
	buf_put(&d->text, p, n);
	if (d->text.failed)
		return err_nomem(e);
	if ((rc = dump_stands_ahead(d, "*/", e)) < 0)
		return -1;
	d->block_comment = rc;
	if (rc) {
		session_understood(d->s, n);
		return 0;
	}
	return dump_stray(d, line, (char *)d->text.p, n, "a comment that does not end", e);
}

/* Bytes of a comment. A row that stands in one is not read, and kept aside. */
static int
in_comment(struct dump *d, const char *p, size_t n, struct err *e)
{
	if (dump_row_in_line(p, n))
		return dump_stray(
		    d, stream_line_no(d->f), p, n, "a row that stands in a comment", e);
	session_understood(d->s, n);
	return 0;
}

/* What stands at the beginning of a piece of a line, outside of statements. *p and *n are moved
 * behind what was taken; *n == 0: nothing is left. */
static int
between(struct dump *d, const char **p, size_t *n, struct err *e)
{
	uint64_t line = stream_line_no(d->f);
	int rc = 0;

	while (*n) {
		size_t k = 0;

		/* blanks, and marks of byte order where files were put behind each other */
		while (k < *n &&
		    (isspace((unsigned char)(*p)[k]) ||
			(*n - k >= 3 && memcmp(*p + k, "\xef\xbb\xbf", 3) == 0)))
			k += isspace((unsigned char)(*p)[k]) ? 1 : 3;
		session_understood(d->s, k);
		*p += k;
		*n -= k;
		if (*n == 0)
			return 0;
		/* a comment may go over lines, and may have been opened on an earlier one */
		if (d->block_comment || (*n >= 2 && (*p)[0] == '/' && (*p)[1] == '*')) {
			const char *end = memmem(*p, *n, "*/", 2);

			/* a comment that nothing ends would swallow the rest of the input: it is
			 * held back until its end is met */
			if (end == NULL && !d->block_comment) {
				k = *n;
				*n = 0;
				return open_comment(d, *p, k, e);
			}
			d->block_comment = end == NULL;
			k = end ? (size_t)(end - *p) + 2 : *n;
			if (in_comment(d, *p, k, e))
				return -1;
			*p += k;
			*n -= k;
			continue;
		}
		/* what a line may begin with, outside of statements */
		if (*n >= 2 && (*p)[0] == '-' && (*p)[1] == '-')
			rc = comment(d, *p, *n, e);
		else if (**p == '\\')
			rc = meta_command(d, *p, *n, e);
		else if (dump_begins_statement(*p, *n))
			return 0;
		else
			rc = 1;
		if (rc < 0)
			return rc;
		/* a shell's prompt, or a log's time */
		/* words that stand before a statement on its own line */
		if (rc && **p != '-' && (k = dump_statement_inside(*p, *n)) != 0) {
			if (dump_stray(d, line, *p, k, "words before a statement", e))
				return -1;
			*p += k;
			*n -= k;
			return 0;
		}
		/* everything else is kept as a stray piece */
		if (rc && **p == '-')
			rc = in_comment(d, *p, *n, e);
		else if (rc)
			rc = dump_stray(
			    d, line, *p, *n, "no statement, comment or command of psql", e);
		else
			session_understood(d->s, *n);
		*n = 0;
		return rc;
	}
	return 0;
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

/* One line, or a piece of one that is too long. */
static int
one_line(struct dump *d, const char *p, size_t n, bool ended, struct err *e)
{
	size_t k;
	unsigned before;

	/* a statement that stays open while another surely begins has lost its end */
	if (d->open && dump_statement_lost(d, p, n)) {
		if (statement_ends_early(d,
			"text that is no statement, or one that does not end before the next "
			"begins",
			e))
			return -1;
	} else if (!d->open && d->broke && d->target && dump_row_begins(p, n)) {
		/* the last INSERT is broken, and this line is its next row */
		/* what seemed to end that INSERT stood in a text of it */
		open_statement(d, p, n);
		d->interesting = d->continued = true;
		d->scan.values = d->scan.mended = true;
	} else if (d->open && dump_row_begins(p, n) && d->scan.values &&
	    dump_quotes_lost(d, p, n)) {
		/* the scanner's state says `inside a text`, wrongly: the row tells otherwise */
		/* the next row of an INSERT, behind one that lost a quotation mark */
		memset(&d->scan, 0, sizeof d->scan);
		d->scan.values = d->scan.mended = true;
	}
	/* a line may hold several statements */
	for (;;) {
		if (!d->open) {
			if (between(d, &p, &n, e))
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
		/* before the rest of the line is looked at: what follows COPY is data */
		if (d->interesting && d->stmt.len >= 4 &&
		    strncasecmp((char *)d->stmt.p, "COPY", 4) == 0) {
			/* COPY reads on behind this line: what else stands on it comes first */
			for (k = 0; k < n && isspace((unsigned char)p[k]); k++)
				;
			session_understood(d->s, k + ended);
			if (dump_stray(d, stream_line_no(d->f), p + k, n - k,
				"text behind COPY … FROM stdin;", e))
				return -1;
			return statement(d, e);
		}
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
