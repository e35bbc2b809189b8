/* Rows of a dump: COPY and INSERT, with and without columns. */
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "source/pgdump_inner.h"

#define RESUMED 16u /* times the bytes of a statement that rows behind a broken one may cost */

/* Columns of a table that only the number of its values tells: those of the schemas that were
 * released. */
static int
assume_columns(struct table *t, unsigned n)
{
	if (n != COL_COUNT && n != COL_COUNT - 1)
		return 1;
	for (unsigned i = 1; i <= n; i++) {
		const char *name =
		    i == COL_CLUSTER && n < COL_COUNT ? "cluster_name" : column_info[i].name;

		if (table_add(t, name, strlen(name), "", 0))
			return -1;
	}
	t->assumed = true;
	return 0;
}

/* The table that a COPY or INSERT names, with the columns it lists, or those of CREATE TABLE. 1:
 * it is not understood; nothing to free. */
static int
target(struct dump *d, struct sql *q, struct table **ret, struct made **ret_made,
    enum role *ret_role, struct err *e)
{
	struct table *t;
	struct made *m;
	char *as_it_stands;

	if (!sql_qualified(q, &d->name) ||
	    tables_full_name(&d->tables, (char *)d->name.p, &d->full, e))
		return e->status ? -1 : 1;
	if ((as_it_stands = strdup((char *)d->name.p)) == NULL)
		return err_nomem(e);
	t = table_new(as_it_stands, UTC_PG);
	free(as_it_stands);
	if (t == NULL)
		return err_nomem(e);
	if (tables_role(&d->tables, (char *)d->full.p, ret_role, e) ||
	    tables_section(&d->tables, (char *)d->full.p, *ret_role, e)) {
		table_free(t);
		return -1;
	}
	*ret_made = m = tables_find(&d->tables, (char *)d->full.p);
	if (sql_char(q, '(')) {
		do {
			const char *type = "";

			buf_clear(&d->name);
			if (!sql_name(q, &d->name)) {
				table_free(t);
				return 1;
			}
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
		for (unsigned i = 0; i < m->t->n; i++)
			if (table_add(t, m->t->col[i].name, strlen(m->t->col[i].name),
				m->t->col[i].type, strlen(m->t->col[i].type))) {
				table_free(t);
				return err_nomem(e);
			}
	}
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

static uint64_t
lines_in(const char *p, size_t n)
{
	uint64_t k = 0;

	for (const char *q = p; n && (q = memchr(q, '\n', n - (size_t)(q - p))) != NULL; q++)
		k++;
	return k;
}

/* Bytes of a table that are no row of it, or half of one. */
static int
reject_piece(struct dump *d, const struct table *t, bool row, const char *p, size_t n,
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

static int
deliver(struct dump *d, struct table *t, struct made *m, enum role role, const char *raw,
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
		if (end - p >= 2 && p[0] == '\\' && p[1] == 'N' && (end - p == 2 || p[2] == '\t')) {
			c->state = CELL_NULL;
			p += 2;
		}
		while (p < end && *p != '\t') {
			const char *run = p;

			while (p < end && *p != '\t' && *p != '\\')
				p++;
			buf_put(&d->text, run, (size_t)(p - run));
			if (p < end && *p == '\\' && p + 1 < end) {
				unsigned char o = (unsigned char)p[1];
				int v = 0, k;

				p += 2;
				switch (o) {
				case 'b':
					o = '\b';
					break;
				case 'f':
					o = '\f';
					break;
				case 'n':
					o = '\n';
					break;
				case 'r':
					o = '\r';
					break;
				case 't':
					o = '\t';
					break;
				case 'v':
					o = '\v';
					break;
				case 'x':
					for (k = 0; k < 2 && p < end && isxdigit((unsigned char)*p);
					     k++, p++)
						v = v * 16 +
						    (isdigit((unsigned char)*p) ?
							    *p - '0' :
							    tolower((unsigned char)*p) - 'a' + 10);
					if (k)
						o = (unsigned char)v;
					break;
				default:
					if (o >= '0' && o <= '7') {
						v = o - '0';
						for (k = 0;
						     k < 2 && p < end && *p >= '0' && *p <= '7';
						     k++, p++)
							v = v * 8 + (*p - '0');
						o = (unsigned char)v;
					}
				}
				buf_byte(&d->text, o);
			} else if (p < end && *p == '\\') {
				buf_byte(&d->text, '\\');
				p++;
			}
		}
		c->p = (const char *)d->text.p + at;
		c->n = d->text.len - at;
		if (p == end)
			return i + 1 == t->n;
		p++;
	}
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

	while ((rc = stream_line(d->f, &p, &n, &ended, e)) > 0) {
		dump_stand(d, stream_line_no(d->f));
		if (session_go_on(d->s, d->f, e))
			return -1;
		if (ended) {
			session_understood(d->s, 1);
			if (n && p[n - 1] == '\r') {
				session_understood(d->s, 1);
				n--;
			}
		}
		if (rc == 2 || chunk) {
			if (session_reject(d->s, t->source, 0, p, n, &chunk, rc == 2, d->place,
				"a row longer than the limit of 32 MiB", e))
				return -1;
			if (rc == 1)
				chunk = 0;
			continue;
		}
		if (n == 2 && p[0] == '\\' && p[1] == '.') {
			session_understood(d->s, 2);
			return 0;
		}
		if (!ended) {
			dump_cut_off(d, "table", t->name);
			return reject_piece(d, t, false, p, n, "the input ends inside this row", e);
		}
		if (role == ROLE_OTHER) {
			m->rows++;
			session_understood(d->s, n);
			if (session_count(d->s, t->name, false, 1, e))
				return -1;
			continue;
		}
		/* the words of a tool among the rows: a row has its tabs, however little stands
		 * between them */
		if (t->n > 1 && memchr(p, '\t', n) == NULL) {
			if (dump_stray(
				d, stream_line_no(d->f), p, n, "no row: no tab in this line", e))
				return -1;
			continue;
		}
		if (copy_cells(d, t, p, n))
			rc = deliver(d, t, m, role, p, n, e);
		else if (d->text.failed)
			rc = err_nomem(e);
		else
			rc = reject_piece(d, t, role == ROLE_AUDIT, p, n,
			    "another number of columns than the table has", e);
		if (rc)
			return -1;
	}
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
	    d->stmt_line + lines_in((char *)d->stmt.p, (size_t)(from - (char *)d->stmt.p));

	d->s->in->doubt = true; /* rows may stand in it */
	while ((nl = memchr(p, '\n', (size_t)(end - p))) != NULL && nl + 38 < end &&
	    nl[37] == '\t' && nl[9] == '-') {
		if (dump_stray(d, line, p, (size_t)(nl - p), reason, e))
			return -1;
		session_understood(d->s, 1);
		line++;
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
	int rc = target(d, q, &t, &m, &role, e);

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

/* The head of an INSERT up to VALUES decides the table. 0; 1 not understood; 2 rejected already;
 * -1 (e). */
static int
insert_head(struct dump *d, struct sql *q, struct err *e)
{
	const char *begin = q->p;
	struct table *t = NULL;
	enum role role;
	int rc;

	if (d->target && d->target_role == ROLE_OTHER)
		table_free(d->target);
	d->target = NULL;
	if ((rc = target(d, q, &t, &d->target_made, &role, e)) != 0)
		return rc;
	if (sql_word(q, "OVERRIDING") && (sql_word(q, "SYSTEM") || sql_word(q, "USER")))
		sql_word(q, "VALUE");
	if (!sql_word(q, "VALUES")) {
		table_free(t);
		return 1;
	}
	if (session_count(d->s, t->name, role != ROLE_OTHER, 0, e)) {
		table_free(t);
		return -1;
	}
	if (role != ROLE_OTHER && t->n == 0) {
		struct sql look = *q;
		struct cell c;
		size_t at;
		unsigned n = 0;

		buf_clear(&d->text);
		if (sql_char(&look, '('))
			do
				n++;
			while (sql_value(&look, &d->text, &c, &at) == 0 && sql_char(&look, ','));
		if (role == ROLE_CONTEXT || (rc = assume_columns(t, n)) > 0) {
			char why[200];

			snprintf(why, sizeof why,
			    "columns of %.80s are not known (%u values): dump with "
			    "--column-inserts, or not --data-only",
			    t->name, n);
			table_free(t);
			return dump_reject_rest(d, (char *)d->stmt.p, why, e) ? -1 : 2;
		}
		if (rc < 0) {
			table_free(t);
			return err_nomem(e);
		}
	}
	if (role != ROLE_OTHER && session_table(d->s, &t, e))
		return -1;
	d->target = t;
	d->target_role = role;
	buf_clear(&d->target_key);
	buf_put(&d->target_key, begin, (size_t)(q->p - begin));
	return d->target_key.failed ? err_nomem(e) : 0;
}

/* `(value, …)` into cells. 0 and its number of values; 1 not understood: *ret_last is where the
 * value begins in which that was found. */
static int
one_tuple(
    struct dump *d, struct sql *q, const struct table *t, unsigned *ret, const char **ret_last)
{
	unsigned i = 0;

	buf_clear(&d->text);
	*ret_last = q->p;
	if (!sql_char(q, '('))
		return 1;
	do {
		struct cell spare;
		size_t spare_at;

		*ret_last = q->p;
		if (sql_value(q, &d->text, i < t->n ? &d->cell[i] : &spare,
			i < t->n ? &d->at[i] : &spare_at))
			return 1;
		i++;
	} while (sql_char(q, ','));
	*ret = i;
	return sql_char(q, ')') ? 0 : 1;
}

/* The words of a tool between two rows, each of which begins a line of its own, are kept aside.
 * *mark: up to here the statement is accounted for. */
static int
words_between(struct dump *d, struct sql *q, const char **mark, uint64_t *line, struct err *e)
{
	const char *raw, *nl;

	for (;;) {
		sql_blank(q);
		raw = q->p;
		*line += lines_in(*mark, (size_t)(raw - *mark));
		dump_stand(d, *line);
		if (d->target_role == ROLE_OTHER || raw == q->end || *raw == '(' ||
		    raw[-1] != '\n' || (nl = memchr(raw, '\n', (size_t)(q->end - raw))) == NULL)
			return 0;
		session_understood(d->s, (size_t)(raw - *mark));
		if (session_stray(d->s, raw, (size_t)(nl - raw), d->place,
			"no row: a line between the rows of an INSERT", e))
			return -1;
		*mark = q->p = nl;
	}
}

/*
 * A row that is not understood, kept aside up to the line on which the next one begins; q stands
 * there. last: the value in which that was found: no row begins before it. 1: none begins any more,
 * or looking for one costs too much.
 */
static int
to_next_tuple(struct dump *d, struct sql *q, const char *mark, const char *last, struct err *e)
{
	const char *nl = last;

	d->resumed += (uint64_t)(q->p > last ? q->p - last : 0);
	if (d->resumed > RESUMED * (uint64_t)d->stmt.len)
		return 1;
	while ((nl = memchr(nl, '\n', (size_t)(q->end - nl))) != NULL) {
		const char *p = ++nl;

		while (p < q->end && (*p == ' ' || *p == '\t'))
			p++;
		if (p == q->end || *p != '(')
			continue;
		q->p = p;
		d->s->in->doubt = true;
		return dump_stray(d,
		    d->stmt_line + lines_in((char *)d->stmt.p, (size_t)(mark - (char *)d->stmt.p)),
		    mark, (size_t)(p - mark), "a row of an INSERT that is not understood", e);
	}
	return 1;
}

/* The statement is over behind a row: only blanks and a comma are left of one that does not end. */
static int
insert_rest(struct dump *d, struct sql *q, const char *mark, struct err *e)
{
	if (d->ends_early) {
		sql_blank(q);
		if (q->p < q->end && *q->p == ';')
			q->p++;
		sql_blank(q);
		if (q->p < q->end)
			return dump_reject_rest(d, mark, d->ends_early, e);
	} else if (!sql_char(q, ';') && !sql_word(q, "ON") && !sql_word(q, "RETURNING")) {
		return dump_reject_rest(d, mark, "neither , nor ; behind a row", e);
	}
	session_understood(d->s, (size_t)((char *)d->stmt.p + d->stmt.len - mark));
	return 0;
}

/* The table of the INSERT at hand. 0; 1: it is a reject, or none of ours; -1 (e). */
static int
insert_target(struct dump *d, struct sql *q, struct err *e)
{
	int rc;

	if (d->continued)
		return 0;
	if (d->target && (size_t)(q->end - q->p) > d->target_key.len &&
	    memcmp(q->p, d->target_key.p, d->target_key.len) == 0) {
		q->p += d->target_key.len;
		return 0;
	}
	if ((rc = insert_head(d, q, e)) == 0)
		return 0;
	if (rc == 1 &&
	    dump_reject_rest(d, (char *)d->stmt.p,
		d->ends_early ? d->ends_early :
				"an INSERT statement that is not understood (want INSERT INTO "
				"table "
				"VALUES …)",
		e))
		return -1;
	return rc < 0 ? -1 : 1;
}

int
dump_insert(struct dump *d, struct sql *q, struct err *e)
{
	const char *mark = (char *)d->stmt.p; /* up to here the statement is accounted for */
	uint64_t line = d->stmt_line;
	struct table *t;
	int rc;

	if ((rc = insert_target(d, q, e)) != 0)
		return rc < 0 ? -1 : 0;
	t = d->target;
	d->resumed = 0;
	do {
		const char *raw, *last;
		unsigned n = 0;

		if (words_between(d, q, &mark, &line, e))
			return -1;
		raw = q->p;
		/* a comma, and the statement ends behind it */
		if (d->ends_early && raw == q->end)
			break;
		while ((rc = one_tuple(d, q, t, &n, &last)) != 0 && d->target_role != ROLE_OTHER &&
		    (rc = to_next_tuple(d, q, mark, last, e)) == 0) {
			line += lines_in(mark, (size_t)(q->p - mark));
			mark = raw = q->p;
			dump_stand(d, line);
		}
		if (rc < 0)
			return -1;
		if (rc && d->target_role != ROLE_OTHER)
			return dump_reject_rest(d, mark,
			    d->ends_early ? d->ends_early :
					    "an INSERT statement that is not understood from here "
					    "on",
			    e);
		if (rc) {
			/* expressions of other tables say nothing to us */
			session_understood(d->s, (size_t)((char *)d->stmt.p + d->stmt.len - mark));
			d->target_made->rows++;
			return session_count(d->s, t->name, false, 1, e);
		}
		session_understood(d->s, (size_t)(raw - mark));
		mark = q->p;
		for (unsigned i = 0; i < t->n && i < n; i++)
			d->cell[i].p = (const char *)d->text.p + d->at[i];
		rc = n != t->n && d->target_role != ROLE_OTHER ?
		    reject_piece(d, t, d->target_role == ROLE_AUDIT, raw, (size_t)(q->p - raw),
			"another number of values than the table has columns", e) :
		    deliver(d, t, d->target_made, d->target_role, raw, (size_t)(q->p - raw), e);
		if (rc)
			return -1;
		line += lines_in(raw, (size_t)(q->p - raw));
	} while (sql_char(q, ','));
	return insert_rest(d, q, mark, e);
}
