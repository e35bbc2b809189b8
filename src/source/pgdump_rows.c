/* Rows of a dump: which table they are of, what is no row; those of COPY. */
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "source/pgdump_inner.h"

/* Has it the columns that every row of the audit table has? */
static bool
looks_alike(const struct table *t)
{
	static const unsigned need[] = { COL_TYPE, COL_TIMESTAMP, COL_CORRELATION, COL_DATA };
	unsigned n = 0;

	for (unsigned i = 0; i < t->n; i++)
		for (unsigned k = 0; k < sizeof need / sizeof *need; k++)
			n += t->col[i].known == need[k];
	return n == sizeof need / sizeof *need;
}

/* The table that a COPY or INSERT names, with the columns it lists, or those of CREATE TABLE. 1:
 * it is not understood; nothing to free. */
int
dump_target(struct dump *d, struct sql *q, struct table **ret, struct made **ret_made,
    enum role *ret_role, struct err *e)
{
	struct table *t;
	struct made *m;
	char *as_it_stands;

	/* a qualified name, made whole by the search path that the dump sets */
	if (!sql_qualified(q, &d->name) ||
	    tables_full_name(&d->tables, (char *)d->name.p, &d->full, e))
		return e->status ? -1 : 1;
	/* kept apart from the full name: the table is shown as the input spells it */
	if ((as_it_stands = strdup((char *)d->name.p)) == NULL)
		return err_nomem(e);
	t = table_new(as_it_stands, UTC_PG);
	free(as_it_stands);
	if (t == NULL)
		return err_nomem(e);
	/* what the table is to this log decides whether its rows are kept, counted or left */
	if (tables_role(&d->tables, (char *)d->full.p, ret_role, e) ||
	    tables_section(&d->tables, (char *)d->full.p, *ret_role, e)) {
		table_free(t);
		return -1;
	}
	*ret_made = m = tables_find(&d->tables, (char *)d->full.p);
	/* COPY and INSERT name columns in their own order */
	if (sql_char(q, '(')) {
		do {
			const char *type = "";

			buf_clear(&d->name);
			if (!sql_name(q, &d->name)) {
				table_free(t);
				return 1;
			}
			/* types come from the definition, if the dump has one */
			for (unsigned i = 0; i < m->t->n; i++)
				if (strcmp(m->t->col[i].name, (char *)d->name.p) == 0)
					type = m->t->col[i].type;
			if (table_add(t, (char *)d->name.p, d->name.len, type, strlen(type))) {
				table_free(t);
				return err_set(e, EX_DATA_ERR,
				    "line %" PRIu64 ": more than %u columns", d->stmt_line,
				    EX_MAX_COLUMNS);
			}
		} while (sql_char(q, ','));
		sql_char(q, ')');
	} else {
		/* without a list, as the definition has them */
		for (unsigned i = 0; i < m->t->n; i++)
			if (table_add(t, m->t->col[i].name, strlen(m->t->col[i].name),
				m->t->col[i].type, strlen(m->t->col[i].type))) {
				table_free(t);
				return err_nomem(e);
			}
	}
	/* a table of another name whose columns are those of events */
	if (*ret_role == ROLE_OTHER)
		m->alike |= looks_alike(t);
	*ret = t;
	return 0;
}

void
dump_cut_off(struct dump *d, const char *where, const char *table)
{
	d->cut = true;
	d->s->in->doubt = true;
	input_lacks_rows(d->s->in, LACK_CUT, table, ROWS_UNKNOWN,
	    "the input ends inside a %s: it was cut off, what came after that is not here", where);
}

/* `line N`: where the line stands that was read last, or another; snprintf takes a twentieth of
 * the time that a row does. */
void
dump_stand(struct dump *d, uint64_t n)
{
	char digits[24], *p = digits + sizeof digits;

	*--p = '\0';
	do
		*--p = (char)('0' + n % 10);
	while (n /= 10);
	memcpy(d->place, "line ", 5);
	memcpy(d->place + 5, p, (size_t)(digits + sizeof digits - p));
}

uint64_t
dump_lines(const char *p, size_t n)
{
	uint64_t k = 0;

	for (const char *q = p; n && (q = memchr(q, '\n', n - (size_t)(q - p))) != NULL; q++)
		k++;
	return k;
}

/* Bytes of a table that are no row of it, or half of one. */
int
dump_reject_piece(struct dump *d, const struct table *t, bool row, const char *p, size_t n,
    const char *reason, struct err *e)
{
	unsigned chunk = 0;

	d->s->in->rows += row;
	return session_reject(
	    d->s, t->source, row ? d->s->in->rows : 0, p, n, &chunk, false, d->place, reason, e);
}

int
dump_stray(
    struct dump *d, uint64_t line, const char *p, size_t n, const char *reason, struct err *e)
{
	dump_stand(d, line);
	return n ? session_stray(d->s, p, n, d->place, reason, e) : 0;
}

/* A value that INSERT writes as DEFAULT is not carried: the row is one of a table without that
 * column. *t is replaced, and the cells of the row with it. */
static int
leave_defaults(struct dump *d, struct table **t, struct err *e)
{
	struct table *less;
	unsigned n = 0;

	for (unsigned i = 0; i < (*t)->n; i++)
		n += d->cell[i].state == CELL_ABSENT;
	if (n == 0)
		return 0;
	if ((less = table_new((*t)->name, UTC_PG)) == NULL)
		return err_nomem(e);
	n = 0;
	for (unsigned i = 0; i < (*t)->n; i++) {
		const struct table_column *c = &(*t)->col[i];

		if (d->cell[i].state == CELL_ABSENT)
			continue;
		d->cell[n++] = d->cell[i];
		if (table_add(less, c->name, strlen(c->name), c->type, strlen(c->type))) {
			table_free(less);
			return err_nomem(e);
		}
	}
	*t = less;
	return session_table(d->s, t, e);
}

int
dump_deliver(struct dump *d, struct table *t, struct made *m, enum role role, const char *raw,
    size_t raw_len, struct err *e)
{
	struct row row = { .cell = d->cell, .raw = raw, .raw_len = raw_len };

	if (role != ROLE_OTHER && leave_defaults(d, &t, e))
		return -1;
	row.table = t;
	if (session_count(d->s, t->name, role != ROLE_OTHER, 1, e))
		return -1;
	m->rows++;
	if (role == ROLE_AUDIT)
		return tables_audit_row(&d->tables, d->stmt_line, e) ?
		    -1 :
		    session_row(d->s, &row, d->place, e);
	if (role == ROLE_CONTEXT)
		return session_context_row(d->s, &row, e);
	session_understood(d->s, raw_len);
	return 0;
}

/* One line of COPY text into cells. false: another number of columns. */
static bool
copy_cells(struct dump *d, const struct table *t, const char *p, size_t n)
{
	const char *end = p + n;
	unsigned i = 0;

	buf_clear(&d->text);
	/* unescaping never grows, so cells can point into it */
	buf_room(&d->text, n + 1);
	for (;; i++) {
		struct cell *c;
		size_t at = d->text.len;

		if (i == t->n)
			return false;
		c = &d->cell[i];
		memset(c, 0, sizeof *c);
		c->type = JSON_STRING;
		c->state = CELL_VALUE;
		/* NULL is \N alone in its field: `\N` before something else is text */
		if (end - p >= 2 && p[0] == '\\' && p[1] == 'N' && (end - p == 2 || p[2] == '\t')) {
			c->state = CELL_NULL;
			p += 2;
		}
		while (p < end && *p != '\t') {
			const char *run = p;

			/* runs without an escape are copied as they are */
			while (p < end && *p != '\t' && *p != '\\')
				p++;
			buf_put(&d->text, run, (size_t)(p - run));
			/* the escapes of COPY's text format: one letter, up to two hexadecimal or
			 * three octal digits */
			if (p < end && *p == '\\')
				p = copy_escape(p, end, &d->text);
		}
		c->p = (const char *)d->text.p + at;
		c->n = d->text.len - at;
		if (p == end)
			return i + 1 == t->n;
		p++;
	}
}

/* What stands on this line comes behind a table: the end of this one is lost, and what else with
 * it nobody can tell. */
static int
end_lost(struct dump *d, const struct table *t, enum role role)
{
	char said[400];

	snprintf(said, sizeof said,
	    "%s: the end of the rows of %.200s (\\.) is not there: whether rows were lost with it "
	    "cannot be told",
	    d->place, t->name);
	if (role == ROLE_OTHER) {
		input_lacks(d->s->in, said);
		return 0;
	}
	d->s->in->doubt = true;
	input_lacks_rows(d->s->in, LACK_CUT, t->name, ROWS_UNKNOWN, "%s", said);
	return 0;
}

/* One whole line that is no end. */
static int
copy_row(struct dump *d, struct table *t, struct made *m, enum role role, const char *p, size_t n,
    struct err *e)
{
	/* rows of other tables are counted, for what the dump says of itself */
	if (role == ROLE_OTHER) {
		m->rows++;
		session_understood(d->s, n);
		return session_count(d->s, t->name, false, 1, e);
	}
	/* the words of a tool among the rows: a row has its tabs, however little stands between
	 * them */
	if (t->n > 1 && memchr(p, '\t', n) == NULL)
		return dump_stray(d, stream_line_no(d->f), p, n, "no row: no tab in this line", e);
	if (copy_cells(d, t, p, n))
		return dump_deliver(d, t, m, role, p, n, e);
	if (d->text.failed)
		return err_nomem(e);
	return dump_reject_piece(
	    d, t, role == ROLE_AUDIT, p, n, "another number of columns than the table has", e);
}

/* Lines up to `\.`. */
static int
copy_rows(struct dump *d, struct table *t, struct made *m, enum role role, struct err *e)
{
	const char *p;
	size_t n;
	bool ended;
	unsigned chunk = 0;
	int rc;

	/* until `\.`, or until the input tells that the table has ended */
	while ((rc = stream_line(d->f, &p, &n, &ended, e)) > 0) {
		dump_stand(d, stream_line_no(d->f));
		/* a table may be long: the run can be ended in the midst of it */
		if (session_go_on(d->s, d->f, e))
			return -1;
		/* a text of the only column may look so; of several it has tabs behind it */
		if (rc == 1 && !chunk && t->n != 1 && dump_behind_table(p, n)) {
			d->again = p;
			d->again_n = n;
			d->again_ended = ended;
			return end_lost(d, t, role);
		}
		if (ended) {
			session_understood(d->s, 1);
			if (n && p[n - 1] == '\r') {
				session_understood(d->s, 1);
				n--;
			}
		}
		/* a row beyond the limit becomes a reject in pieces */
		if (rc == 2 || chunk) {
			if (session_reject(d->s, t->source, 0, p, n, &chunk, rc == 2, d->place,
				"a row longer than the limit of 32 MiB", e))
				return -1;
			if (rc == 1)
				chunk = 0;
			continue;
		}
		/* the end, as pg_dump writes it */
		if (n == 2 && p[0] == '\\' && p[1] == '.') {
			session_understood(d->s, 2);
			return 0;
		}
		/* no line end and no `\.`: the dump was cut off */
		if (!ended) {
			dump_cut_off(d, "table", t->name);
			return dump_reject_piece(
			    d, t, false, p, n, "the input ends inside this row", e);
		}
		if (copy_row(d, t, m, role, p, n, e))
			return -1;
	}
	/* the input ends without the end of the table */
	if (rc == 0)
		dump_cut_off(d, "table", t->name);
	return rc;
}

/* The statement as it stands is not understood: what of it is not accounted for yet. Lines in it
 * that are rows of a COPY which lost its head are rejects one by one: each tells its own id. */
int
dump_reject_rest(struct dump *d, const char *from, const char *reason, struct err *e)
{
	const char *end = (char *)d->stmt.p + d->stmt.len, *p = from, *nl;
	uint64_t line =
	    d->stmt_line + dump_lines((char *)d->stmt.p, (size_t)(from - (char *)d->stmt.p));

	d->s->in->doubt = true; /* rows may stand in it */
	while ((nl = memchr(p, '\n', (size_t)(end - p))) != NULL && nl + 38 < end) {
		const char *next = memchr(nl + 1, '\n', (size_t)(end - nl - 1));

		/* a piece goes on to the line that the next row begins */
		while (next && !dump_row_in_line(nl + 1, (size_t)(next - nl - 1))) {
			nl = next;
			next = memchr(nl + 1, '\n', (size_t)(end - nl - 1));
		}
		if (next == NULL && !dump_row_in_line(nl + 1, (size_t)(end - nl - 1)))
			break;
		if (dump_stray(d, line, p, (size_t)(nl - p), reason, e))
			return -1;
		session_understood(d->s, 1);
		line += dump_lines(p, (size_t)(nl + 1 - p));
		p = nl + 1;
	}
	return dump_stray(d, line, p, (size_t)(end - p), reason, e);
}

int
dump_copy(struct dump *d, struct sql *q, struct err *e)
{
	const char *begin = (char *)d->stmt.p;
	struct table *t = NULL;
	struct made *m = NULL;
	enum role role = ROLE_OTHER;
	int rc = dump_target(d, q, &t, &m, &role, e);

	if (rc || !sql_word(q, "FROM") || !sql_word(q, "stdin") || !sql_char(q, ';')) {
		table_free(t);
		return rc < 0 ? rc :
				dump_reject_rest(d, begin,
				    "a COPY statement that is not understood (want COPY table "
				    "(columns) FROM stdin;)",
				    e);
	}
	session_understood(d->s, d->stmt.len);
	if (session_count(d->s, t->name, role != ROLE_OTHER, 0, e)) {
		table_free(t);
		return -1;
	}
	if (role != ROLE_OTHER && session_table(d->s, &t, e))
		return -1;
	rc = copy_rows(d, t, m, role, e);
	if (role == ROLE_OTHER)
		table_free(t);
	return rc;
}
