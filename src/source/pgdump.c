/* pg_dump in plain form: COPY, INSERT with and without columns, partitions, any schema variant. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "source/session.h"
#include "source/sql.h"

enum role { ROLE_OTHER, ROLE_AUDIT, ROLE_CONTEXT };

/* What CREATE TABLE said. */
struct made {
	char *name;
	struct table *t;
	bool partition;                    /* of audit_events */
	struct made *next;
};

struct dump {
	struct session *s;
	struct stream *f;
	struct made *made;
	struct sql_scan scan;
	struct buf stmt, name, text;
	uint64_t stmt_line;
	bool store, standard_strings;
	struct cell *cell;
	size_t *at;
	/* the target of the last INSERT, as the next one usually has the same */
	struct table *target;
	struct buf target_key;
	enum role target_role;
	char place[64];
};

static bool
digits(const char *p, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		if (!isdigit((unsigned char)p[i]))
			return false;
	return true;
}

static bool
is_root(const char *qualified)
{
	const char *dot = strrchr(qualified, '.');

	return strcmp(dot ? dot + 1 : qualified, "audit_events") == 0;
}

static struct made *
find_made(struct dump *d, const char *name)
{
	struct made *m = d->made;

	while (m && strcmp(m->name, name))
		m = m->next;
	return m;
}

/* Which rows matter: audit_events and its partitions, and the tables of source-interfaces that explain them. */
static enum role
role_of(struct dump *d, const char *qualified)
{
	static const char *const context[] = { "retention_operations", "audit_retention_policies", "notification_audit", "goose_db_version" };
	const char *dot = strrchr(qualified, '.'), *name = dot ? dot + 1 : qualified, *rest = name + 13;
	struct made *m;

	if (strcmp(name, "audit_events") == 0)
		return ROLE_AUDIT;
	if (strncmp(name, "audit_events_", 13) == 0 &&
	    (strcmp(rest, "default") == 0 || (strlen(rest) == 7 && digits(rest, 4) && rest[4] == '_' && digits(rest + 5, 2))))
		return ROLE_AUDIT;
	if ((m = find_made(d, qualified)) && m->partition)
		return ROLE_AUDIT;
	for (unsigned i = 0; i < sizeof context / sizeof *context; i++)
		if (strcmp(name, context[i]) == 0)
			return ROLE_CONTEXT;
	return ROLE_OTHER;
}

/* `character varying(10) DEFAULT … NOT NULL` → the type alone. */
static size_t
type_length(const char *p, size_t n)
{
	static const char *const stop[] = { " DEFAULT ", " NOT NULL", " NULL", " COLLATE ", " GENERATED ", " CONSTRAINT ", " PRIMARY ", " CHECK " };

	for (unsigned i = 0; i < sizeof stop / sizeof *stop; i++) {
		const char *q = memmem(p, n, stop[i], strlen(stop[i]));

		if (q)
			n = (size_t)(q - p);
	}
	while (n && isspace((unsigned char)p[n - 1]))
		n--;
	return n;
}

static int
create_table(struct dump *d, struct sql *q, struct err *e)
{
	static const char *const other[] = { "CONSTRAINT", "PRIMARY", "UNIQUE", "CHECK", "FOREIGN", "EXCLUDE", "LIKE" };
	struct made *m;
	unsigned depth;

	if (!sql_qualified(q, &d->name))
		return 0;
	if ((m = calloc(1, sizeof *m)) == NULL || (m->name = strdup((char *)d->name.p)) == NULL ||
	    (m->t = table_new((char *)d->name.p, UTC_PG)) == NULL) {
		if (m)
			free(m->name);
		free(m);
		return err_nomem(e);
	}
	m->next = d->made;
	d->made = m;
	d->s->in->whole |= is_root(m->name);
	if (sql_word(q, "PARTITION") && sql_word(q, "OF") && sql_qualified(q, &d->name)) {
		m->partition = role_of(d, (char *)d->name.p) == ROLE_AUDIT;
		struct made *parent = find_made(d, (char *)d->name.p);

		for (unsigned i = 0; parent && i < parent->t->n; i++)
			if (table_add(m->t, parent->t->col[i].name, strlen(parent->t->col[i].name), parent->t->col[i].type, strlen(parent->t->col[i].type)))
				return err_nomem(e);
		return 0;
	}
	if (!sql_char(q, '('))
		return 0;
	for (;;) {
		const char *type;
		bool column = true;

		for (unsigned i = 0; i < sizeof other / sizeof *other; i++) {
			struct sql look = *q;

			column &= !sql_word(&look, other[i]);
		}
		buf_clear(&d->name);
		if (column && !sql_name(q, &d->name))
			return 0;
		sql_blank(q);
		type = q->p;
		for (depth = 0; q->p < q->end; q->p++) {
			if (*q->p == '\'') {
				for (q->p++; q->p < q->end && *q->p != '\''; q->p++)
					;
			} else if (*q->p == '(') {
				depth++;
			} else if (*q->p == ')') {
				if (depth-- == 0)
					break;
			} else if (*q->p == ',' && depth == 0) {
				break;
			}
		}
		if (q->p >= q->end)
			return 0;
		if (column && table_add(m->t, (char *)d->name.p, d->name.len, type, type_length(type, (size_t)(q->p - type))))
			return err_set(e, EX_DATA_ERR, "line %llu: table %s has more than %u columns", (unsigned long long)d->stmt_line, m->name, EX_MAX_COLUMNS);
		if (*q->p++ == ')')
			return 0;
	}
}

static void
attach_partition(struct dump *d, struct sql *q)
{
	struct made *m;

	sql_word(q, "ONLY");
	if (!sql_qualified(q, &d->name) || role_of(d, (char *)d->name.p) != ROLE_AUDIT || !sql_word(q, "ATTACH") || !sql_word(q, "PARTITION") ||
	    !sql_qualified(q, &d->name))
		return;
	if ((m = find_made(d, (char *)d->name.p)))
		m->partition = true;
}

/* Column names of every released schema, for INSERTs without columns in a data-only dump. */
static int
assume_columns(struct table *t, unsigned n)
{
	if (n != COL_COUNT && n != COL_COUNT - 1)
		return 1;
	for (unsigned i = 1; i <= n; i++) {
		const char *name = i == COL_CLUSTER && n < COL_COUNT ? "cluster_name" : column_info[i].name;

		if (table_add(t, name, strlen(name), "", 0))
			return -1;
	}
	t->assumed = true;
	return 0;
}

/* The table that a COPY or INSERT names, with the columns it lists, or those of CREATE TABLE. 1: its columns are not known. */
static int
target(struct dump *d, struct sql *q, struct table **ret, enum role *ret_role, struct err *e)
{
	struct table *t;
	struct made *m;

	if (!sql_qualified(q, &d->name))
		return 1;
	*ret_role = role_of(d, (char *)d->name.p);
	d->s->in->whole |= is_root((char *)d->name.p);
	m = find_made(d, (char *)d->name.p);
	if ((t = table_new((char *)d->name.p, UTC_PG)) == NULL)
		return err_nomem(e);
	if (sql_char(q, '(')) {
		do {
			const char *type = "";

			buf_clear(&d->name);
			if (!sql_name(q, &d->name)) {
				table_free(t);
				return 1;
			}
			for (unsigned i = 0; m && i < m->t->n; i++)
				if (strcmp(m->t->col[i].name, (char *)d->name.p) == 0)
					type = m->t->col[i].type;
			if (table_add(t, (char *)d->name.p, d->name.len, type, strlen(type))) {
				table_free(t);
				return err_set(e, EX_DATA_ERR, "line %llu: more than %u columns", (unsigned long long)d->stmt_line, EX_MAX_COLUMNS);
			}
		} while (sql_char(q, ','));
		sql_char(q, ')');
	} else if (m) {
		for (unsigned i = 0; i < m->t->n; i++)
			if (table_add(t, m->t->col[i].name, strlen(m->t->col[i].name), m->t->col[i].type, strlen(m->t->col[i].type))) {
				table_free(t);
				return err_nomem(e);
			}
	}
	*ret = t;
	return 0;
}

static void
cut_off(struct dump *d, const char *where)
{
	char sentence[200];

	snprintf(sentence, sizeof sentence, "the input ends inside a %s: it was cut off, what came after that is not here", where);
	input_lacks(d->s->in, sentence);
	d->s->in->doubt = true;
}

static int
reject_line(struct dump *d, const char *p, size_t n, const char *reason, struct err *e)
{
	unsigned chunk = 0;

	return session_reject(d->s, d->s->in->source, 0, p, n, &chunk, false, d->place, reason, e);
}

static int
deliver(struct dump *d, struct table *t, enum role role, const char *raw, size_t raw_len, struct err *e)
{
	struct row row = { .table = t, .cell = d->cell, .raw = raw, .raw_len = raw_len };

	if (session_count(d->s, t->name, role != ROLE_OTHER, 1, e))
		return -1;
	if (role == ROLE_AUDIT)
		return session_row(d->s, &row, d->place, e);
	return role == ROLE_CONTEXT ? session_context_row(d->s, &row, e) : 0;
}

/* One line of COPY text into cells. false: another number of columns. */
static bool
copy_cells(struct dump *d, const struct table *t, const char *p, size_t n)
{
	const char *end = p + n;
	unsigned i = 0;

	buf_clear(&d->text);
	buf_room(&d->text, n + 1);                 /* unescaping never grows, so cells can point into it */
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
				case 'b': o = '\b'; break;
				case 'f': o = '\f'; break;
				case 'n': o = '\n'; break;
				case 'r': o = '\r'; break;
				case 't': o = '\t'; break;
				case 'v': o = '\v'; break;
				case 'x':
					for (k = 0; k < 2 && p < end && isxdigit((unsigned char)*p); k++, p++)
						v = v * 16 + (isdigit((unsigned char)*p) ? *p - '0' : tolower((unsigned char)*p) - 'a' + 10);
					if (k)
						o = (unsigned char)v;
					break;
				default:
					if (o >= '0' && o <= '7') {
						v = o - '0';
						for (k = 0; k < 2 && p < end && *p >= '0' && *p <= '7'; k++, p++)
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

/* `line N`, once a row: snprintf takes a twentieth of the time that a row does. */
static void
stand(struct dump *d)
{
	char digits[24], *p = digits + sizeof digits;
	uint64_t n = stream_line_no(d->f);

	*--p = '\0';
	do
		*--p = (char)('0' + n % 10);
	while (n /= 10);
	memcpy(d->place, "line ", 5);
	memcpy(d->place + 5, p, (size_t)(digits + sizeof digits - p));
}

/* Lines up to `\.`. */
static int
copy_rows(struct dump *d, struct table *t, enum role role, struct err *e)
{
	const char *p;
	size_t n;
	bool ended;
	unsigned chunk = 0;
	int rc;

	while ((rc = stream_line(d->f, &p, &n, &ended, e)) > 0) {
		stand(d);
		if (session_go_on(d->s, d->f, e))
			return -1;
		if (rc == 2 || chunk) {
			if (session_reject(d->s, t->source, 0, p, n, &chunk, rc == 2, d->place, "a row longer than the limit of 32 MiB", e))
				return -1;
			if (rc == 1)
				chunk = 0;
			continue;
		}
		if (n && p[n - 1] == '\r')
			n--;
		if (n == 2 && p[0] == '\\' && p[1] == '.')
			return 0;
		if (!ended) {
			cut_off(d, "table");
			return reject_line(d, p, n, "the input ends inside this row", e);
		}
		if (role == ROLE_OTHER) {
			if (session_count(d->s, t->name, false, 1, e))
				return -1;
			continue;
		}
		rc = copy_cells(d, t, p, n) ? deliver(d, t, role, p, n, e) :
		    d->text.failed ? err_nomem(e) : reject_line(d, p, n, "another number of columns than the table has", e);
		if (rc)
			return -1;
	}
	if (rc == 0)
		cut_off(d, "table");
	return rc;
}

static int
copy(struct dump *d, struct sql *q, struct err *e)
{
	struct table *t = NULL;
	enum role role;
	int rc = target(d, q, &t, &role, e);

	if (rc || !sql_word(q, "FROM") || !sql_word(q, "stdin")) {
		table_free(t);
		return rc < 0 ? rc : reject_line(d, (char *)d->stmt.p, d->stmt.len, "a COPY statement that is not understood", e);
	}
	if (session_count(d->s, t->name, role != ROLE_OTHER, 0, e)) {
		table_free(t);
		return -1;
	}
	if (role != ROLE_OTHER && session_table(d->s, &t, e))
		return -1;
	rc = copy_rows(d, t, role, e);
	if (role == ROLE_OTHER)
		table_free(t);
	return rc;
}

static int
insert(struct dump *d, struct sql *q, struct err *e)
{
	const char *begin = q->p, *values;
	struct table *t = NULL;
	enum role role;
	int rc;

	/* the head of the statement, up to VALUES, decides the table; it is compared as text to save parsing it for every row */
	values = memmem(begin, (size_t)(q->end - begin), " VALUES", 7);
	if (values == NULL || q->end - values < 9 || !isspace((unsigned char)values[7]))
		goto not_understood;
	if (d->target == NULL || d->target_key.len != (size_t)(values - begin) || memcmp(d->target_key.p, begin, d->target_key.len)) {
		if (d->target && d->target_role == ROLE_OTHER)
			table_free(d->target);
		d->target = NULL;
		if ((rc = target(d, q, &t, &role, e)) < 0)
			return rc;
		if (rc)
			goto not_understood;
		if (session_count(d->s, t->name, role != ROLE_OTHER, 0, e)) {
			table_free(t);
			return -1;
		}
		if (role != ROLE_OTHER && t->n == 0) {
			struct sql look = { values + 8, q->end, d->standard_strings };
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

				snprintf(why, sizeof why, "columns of %.80s are not known (%u values): dump with --column-inserts, or not --data-only", t->name, n);
				table_free(t);
				return reject_line(d, (char *)d->stmt.p, d->stmt.len, why, e);
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
		buf_put(&d->target_key, begin, (size_t)(values - begin));
	}
	t = d->target;
	role = d->target_role;
	q->p = values + 8;
	do {
		const char *raw;
		unsigned i = 0;

		sql_blank(q);
		raw = q->p;
		buf_clear(&d->text);
		if (!sql_char(q, '('))
			goto not_understood;
		do {
			struct cell spare;
			size_t spare_at;

			if (sql_value(q, &d->text, i < t->n ? &d->cell[i] : &spare, i < t->n ? &d->at[i] : &spare_at))
				goto not_understood;
			i++;
		} while (sql_char(q, ','));
		if (!sql_char(q, ')'))
			goto not_understood;
		if (i != t->n && role != ROLE_OTHER) {
			if (reject_line(d, raw, (size_t)(q->p - raw), "another number of values than the table has columns", e))
				return -1;
			continue;
		}
		for (i = 0; i < t->n; i++)
			d->cell[i].p = (const char *)d->text.p + d->at[i];
		if (deliver(d, t, role, raw, (size_t)(q->p - raw), e))
			return -1;
	} while (sql_char(q, ','));
	return 0;
not_understood:
	return reject_line(d, (char *)d->stmt.p, d->stmt.len, "an INSERT statement that is not understood", e);
}

static int
statement(struct dump *d, struct err *e)
{
	struct sql q = { (char *)d->stmt.p, (char *)d->stmt.p + d->stmt.len, d->standard_strings };

	snprintf(d->place, sizeof d->place, "line %llu", (unsigned long long)d->stmt_line);
	if (sql_word(&q, "INSERT")) {
		if (sql_word(&q, "INTO")) {
			sql_blank(&q);
			return insert(d, &q, e);
		}
	} else if (sql_word(&q, "COPY")) {
		return copy(d, &q, e);
	} else if (sql_word(&q, "CREATE")) {
		sql_word(&q, "UNLOGGED");
		if (sql_word(&q, "TABLE"))
			return create_table(d, &q, e);
	} else if (sql_word(&q, "ALTER")) {
		if (sql_word(&q, "TABLE"))
			attach_partition(d, &q);
	} else if (sql_word(&q, "SET")) {
		if (sql_word(&q, "standard_conforming_strings")) {
			d->standard_strings = memmem(q.p, (size_t)(q.end - q.p), "off", 3) == NULL;
		} else if (sql_word(&q, "client_encoding") && memmem(q.p, (size_t)(q.end - q.p), "UTF8", 4) == NULL) {
			return err_set(e, EX_DATA_ERR, "line %llu: the dump is not in UTF-8 (%.*s); dump again with pg_dump --encoding=UTF8",
			    (unsigned long long)d->stmt_line, (int)(q.end - q.p < 40 ? q.end - q.p : 40), q.p);
		}
	}
	return 0;
}

/* Statements that are worth keeping in memory; the rest (functions, grants, large objects) is only followed to its end. */
static bool
interesting(const char *p, size_t n)
{
	static const char *const word[] = { "INSERT ", "COPY ", "CREATE TABLE ", "CREATE UNLOGGED ", "ALTER TABLE ", "SET " };

	for (unsigned i = 0; i < sizeof word / sizeof *word; i++)
		if (n >= strlen(word[i]) && memcmp(p, word[i], strlen(word[i])) == 0)
			return true;
	return false;
}

static int
read_lines(struct dump *d, struct err *e)
{
	const char *p;
	size_t n, k;
	bool ended, open = false;
	int rc;

	while ((rc = stream_line(d->f, &p, &n, &ended, e)) > 0) {
		if (session_go_on(d->s, d->f, e))
			return -1;
		if (!open) {
			/* psql meta-commands (\restrict, \connect) and white space stand between statements */
			if (n && p[0] == '\\')
				continue;
			while (n && isspace((unsigned char)*p)) {
				p++;
				n--;
			}
			if (n == 0 || (n >= 2 && p[0] == '-' && p[1] == '-'))
				continue;
			open = true;
			memset(&d->scan, 0, sizeof d->scan);
			buf_clear(&d->stmt);
			d->stmt_line = stream_line_no(d->f);
			d->store = interesting(p, n);
		}
		while (n || ended) {
			k = sql_scan(&d->scan, p, n);
			if (d->store) {
				buf_put(&d->stmt, p, k > n ? n : k);
				if (k > n)
					buf_byte(&d->stmt, '\n');
				if (d->stmt.failed)
					return err_set(e, EX_DATA_ERR, "line %llu: a statement longer than the limit of 32 MiB", (unsigned long long)d->stmt_line);
			}
			if (k > n) {
				if (d->scan.state == SQL_PLAIN)
					d->scan.before = '\n';
				break;
			}
			open = false;
			if (d->store && statement(d, e))
				return -1;
			/* COPY has read on: what p points to is gone, and nothing else stands on its line */
			if (d->store && d->stmt.len >= 5 && memcmp(d->stmt.p, "COPY ", 5) == 0)
				break;
			p += k;
			n -= k;
			while (n && isspace((unsigned char)*p)) {
				p++;
				n--;
			}
			if (n == 0 || (n >= 2 && p[0] == '-' && p[1] == '-'))
				break;
			open = true;
			memset(&d->scan, 0, sizeof d->scan);
			buf_clear(&d->stmt);
			d->stmt_line = stream_line_no(d->f);
			d->store = interesting(p, n);
		}
	}
	if (rc == 0 && open && d->store) {
		snprintf(d->place, sizeof d->place, "line %llu", (unsigned long long)d->stmt_line);
		cut_off(d, "statement");
		return reject_line(d, (char *)d->stmt.p, d->stmt.len, "the input ends inside this statement", e);
	}
	return rc;
}

int
read_pg_dump(struct session *s, struct stream *f, struct err *e)
{
	struct dump d = { .s = s, .f = f, .standard_strings = true };
	int rc = -1;

	buf_init(&d.stmt, EX_MAX_ROW);
	buf_init(&d.name, 4096);
	buf_init(&d.text, EX_MAX_ROW + 1u);
	buf_init(&d.target_key, 65536);
	d.cell = calloc(EX_MAX_COLUMNS, sizeof *d.cell);
	d.at = calloc(EX_MAX_COLUMNS, sizeof *d.at);
	if (d.cell == NULL || d.at == NULL)
		err_nomem(e);
	else
		rc = read_lines(&d, e);
	if (d.target && d.target_role == ROLE_OTHER)
		table_free(d.target);
	while (d.made) {
		struct made *m = d.made;

		d.made = m->next;
		table_free(m->t);
		free(m->name);
		free(m);
	}
	buf_release(&d.stmt);
	buf_release(&d.name);
	buf_release(&d.text);
	buf_release(&d.target_key);
	free(d.cell);
	free(d.at);
	return rc;
}
