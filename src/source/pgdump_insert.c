/* Rows of INSERT, with and without columns, one or many in a statement. */
#include <stdio.h>
#include <string.h>

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

/* Neither the INSERT nor the dump names columns: the number of the first row's values may tell. 0;
 * 2 rejected; -1 (e). */
static int
count_columns(struct dump *d, const struct sql *q, struct table *t, enum role role, struct err *e)
{
	struct sql look = *q;
	struct cell c;
	char why[200];
	size_t at;
	unsigned n = 0;
	int rc = 1;

	buf_clear(&d->text);
	if (sql_char(&look, '('))
		do
			n++;
		while (sql_value(&look, &d->text, &c, &at) == 0 && sql_char(&look, ','));
	/* tables of context have no order of columns that could be assumed */
	if (role != ROLE_CONTEXT)
		rc = assume_columns(t, n);
	if (rc <= 0)
		return rc ? err_nomem(e) : 0;
	snprintf(why, sizeof why,
	    "columns of %.80s are not known (%u values): dump with --column-inserts, or not "
	    "--data-only",
	    t->name, n);
	return dump_reject_rest(d, (char *)d->stmt.p, why, e) ? -1 : 2;
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

	/* the table of the INSERT before goes, unless the session keeps it */
	if (d->target && d->target_role == ROLE_OTHER)
		table_free(d->target);
	d->target = NULL;
	/* 1: a name that cannot be read; 2 is said below */
	if ((rc = dump_target(d, q, &t, &d->target_made, &role, e)) != 0)
		return rc;
	/* OVERRIDING SYSTEM VALUE, as pg_dump writes it for identity columns */
	if (sql_word(q, "OVERRIDING") && (sql_word(q, "SYSTEM") || sql_word(q, "USER")))
		sql_word(q, "VALUE");
	/* INSERT … SELECT has no rows to read */
	if (!sql_word(q, "VALUES")) {
		table_free(t);
		return 1;
	}
	/* counted when it is met: a table without rows is told too */
	if (session_count(d->s, t->name, role != ROLE_OTHER, 0, e)) {
		table_free(t);
		return -1;
	}
	if (role != ROLE_OTHER && t->n == 0 && (rc = count_columns(d, q, t, role, e)) != 0) {
		table_free(t);
		return rc;
	}
	/* the session owns it from here on */
	if (role != ROLE_OTHER && session_table(d->s, &t, e))
		return -1;
	d->target = t;
	d->target_role = role;
	/* the next INSERT of the same head needs no second look */
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
		*line += dump_lines(*mark, (size_t)(raw - *mark));
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
		    d->stmt_line +
			dump_lines((char *)d->stmt.p, (size_t)(mark - (char *)d->stmt.p)),
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

/* A row of n values, which stands in raw[0..len). */
static int
deliver(struct dump *d, unsigned n, const char *raw, size_t len, struct err *e)
{
	struct table *t = d->target;

	/* now that the buffer stands: it moved while values were decoded */
	for (unsigned i = 0; i < t->n && i < n; i++)
		d->cell[i].p = (const char *)d->text.p + d->at[i];
	/* a row of another width is no row of this table */
	if (n != t->n && d->target_role != ROLE_OTHER)
		return dump_reject_piece(d, t, d->target_role == ROLE_AUDIT, raw, len,
		    "another number of values than the table has columns", e);
	if (dump_deliver(d, t, d->target_made, d->target_role, raw, len, e))
		return -1;
	/* rows that look like events in a table of another name are told of */
	if (t->n == 0 && d->target_made->rows == 1)
		d->target_made->alike |= dump_row_in_line(raw, len);
	return 0;
}

int
dump_insert(struct dump *d, struct sql *q, struct err *e)
{
	const char *mark = (char *)d->stmt.p; /* up to here the statement is accounted for */
	uint64_t line = d->stmt_line;
	struct table *t;
	int rc;

	/* a statement that is not understood has been rejected by now */
	if ((rc = insert_target(d, q, e)) != 0)
		return rc < 0 ? -1 : 0;
	t = d->target;
	d->resumed = 0;
	/* one row after the other; `mark` is what has been accounted for */
	do {
		const char *raw, *last;
		unsigned n = 0;

		/* words that are no row, between two of them */
		if (words_between(d, q, &mark, &line, e))
			return -1;
		raw = q->p;
		/* a comma, and the statement ends behind it */
		if (d->ends_early && raw == q->end)
			break;
		/* a row that cannot be read: the next place where one surely begins, and what lies
		 * between is a reject */
		while ((rc = one_tuple(d, q, t, &n, &last)) != 0 && d->target_role != ROLE_OTHER &&
		    (rc = to_next_tuple(d, q, mark, last, e)) == 0) {
			line += dump_lines(mark, (size_t)(q->p - mark));
			mark = raw = q->p;
			dump_stand(d, line);
		}
		if (rc < 0)
			return -1;
		/* nothing further begins here */
		if (rc && d->target_role != ROLE_OTHER)
			return dump_reject_rest(d, mark,
			    d->ends_early ? d->ends_early :
					    "an INSERT statement that is not understood from here "
					    "on",
			    e);
		/* a table that is not kept: its rows are counted, and not judged */
		if (rc) {
			/* expressions of other tables say nothing to us */
			session_understood(d->s, (size_t)((char *)d->stmt.p + d->stmt.len - mark));
			d->target_made->rows++;
			return session_count(d->s, t->name, false, 1, e);
		}
		session_understood(d->s, (size_t)(raw - mark));
		mark = q->p;
		if (deliver(d, n, raw, (size_t)(q->p - raw), e))
			return -1;
		line += dump_lines(raw, (size_t)(q->p - raw));
	} while (sql_char(q, ','));
	return insert_rest(d, q, mark, e);
}
