/*
 * Rows between delimiters, under a line of their names. As COPY … CSV HEADER writes them an empty
 * unquoted field is NULL and "" the empty text;
 * psql --csv, spreadsheets and database browsers have other ways, which the first rows tell.
 */
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "source/csv_inner.h"

#define LOOK (1u << 20) /* bytes whose rows tell how the file is written */

/* What the first rows show. */
struct habits {
	bool bare_empty, quoted_empty, bare, quoted, typed_quoted_empty;
	/* times that a word for NULL stood where only NULL can: in columns of numbers, times,
	 * ids */
	unsigned word[16];
};

static const char *const null_word[] = { "NULL", "[NULL]", "\\N", "null", "[null]", "(null)",
	"<null>", "(NULL)", "<NULL>", "None", "nil", "NIL", "N/A" };

/* Where everything is in quotes, "" is NULL where the source has NULL as a rule, else the empty
 * text. */
static void
settle_quoted(struct csv *c, const struct table *t)
{
	for (unsigned i = 0; i < t->n && c->all_quoted; i++)
		if (c->cell[i].n == 0 && t->col[i].known &&
		    column_info[t->col[i].known].null_default)
			c->cell[i].state = CELL_NULL;
}

static uint64_t
count_lines(const char *p, size_t n)
{
	uint64_t k = 0;

	for (const char *q = p; n && (q = memchr(q, '\n', n - (size_t)(q - p))) != NULL; q++)
		k++;
	return k;
}

/* Columns that hold no text: in them an empty field can only be NULL. */
static bool
typed(unsigned known)
{
	return known == COL_DURATION || known == COL_PARENT_ID || known == COL_PARENT_DATE ||
	    known == COL_HOLD_AT || known == COL_METADATA || known == COL_ACTOR_IP;
}

static void
note_habit(const struct csv *c, const struct table *t, struct habits *h)
{
	for (unsigned i = 0; i < t->n; i++) {
		const struct cell *f = &c->cell[i];
		bool number = typed(t->col[i].known);

		h->bare |= !c->quoted[i];
		h->quoted |= c->quoted[i];
		h->bare_empty |= f->n == 0 && !c->quoted[i];
		h->quoted_empty |= f->n == 0 && c->quoted[i];
		h->typed_quoted_empty |= f->n == 0 && c->quoted[i] && number;
		for (unsigned k = 0; number && k < sizeof null_word / sizeof *null_word; k++)
			h->word[k] +=
			    f->n == strlen(null_word[k]) && memcmp(f->p, null_word[k], f->n) == 0;
	}
}

/* Are texts written as they are, without quotes, as psql -A does? Only JSON has some then, inside:
 * no record is one of CSV, and lines are records as they stand. */
static int
learn_quotes(struct csv *c, const struct table *t, size_t skip, struct err *e)
{
	const char *p;
	size_t n, end, at = skip;
	unsigned csv = 0, bare = 0;
	int rc = 1;

	while (at < LOOK && csv == 0 && (rc = csv_cut(c, at, &p, &n, &end, e)) == 1) {
		csv += n && csv_split(c, p, n) == t->n;
		at += end;
	}
	c->bare = true;
	for (at = skip; rc >= 0 && at < LOOK && csv == 0 && bare == 0;) {
		if ((rc = csv_cut(c, at, &p, &n, &end, e)) != 1)
			break;
		bare += n && memchr(p, '"', n) && csv_split(c, p, n) == t->n;
		at += end;
	}
	c->bare = csv == 0 && bare;
	return rc < 0 ? -1 : 0;
}

/* How NULL is written, by the rows in the first MiB. */
static int
learn(struct csv *c, struct table *t, size_t skip, struct err *e)
{
	struct habits h = { .bare = false };
	const char *p;
	size_t n, end;
	unsigned best = 0;
	int rc = 1;

	if (learn_quotes(c, t, skip, e))
		return -1;
	while (skip < LOOK && (rc = csv_cut(c, skip, &p, &n, &end, e)) == 1) {
		if (n && csv_split(c, p, n) == t->n)
			note_habit(c, t, &h);
		skip += end;
	}
	if (rc < 0)
		return -1;
	for (unsigned k = 0; k < sizeof null_word / sizeof *null_word; k++)
		if (h.word[k] > best) {
			best = h.word[k];
			c->null = null_word[k];
		}
	if (c->null && strcmp(c->null, "\\N") == 0 && c->delimiter == '\t' && !h.quoted) {
		c->copy = c->bare = true;
		input_lacks(c->s->in,
		    "this input is COPY's text form with a header: its escapes were read as such");
		return 0;
	}
	if (c->bare)
		input_lacks(c->s->in,
		    "texts stand in this input without quotes, as psql -A prints them: one that "
		    "holds a delimiter or a line end makes another number of fields (psql --csv "
		    "quotes it)");
	if (c->null) {
		char said[200];

		snprintf(said, sizeof said,
		    "NULL stands in this file as the word %s: a text of just that word would have "
		    "been read as NULL too",
		    c->null);
		input_lacks(c->s->in, said);
		return 0;
	}
	c->all_quoted = !h.bare && h.typed_quoted_empty;
	t->null_empty = c->all_quoted || !h.quoted_empty;
	if (c->all_quoted)
		input_lacks(c->s->in,
		    "the difference between NULL and the empty text (every field of this CSV "
		    "stands in quotes): the two are compared as one");
	else if (t->null_empty)
		input_lacks(c->s->in,
		    "the difference between NULL and the empty text (no field of this CSV is an "
		    "empty text in quotes): the two are compared as one");
	return 0;
}

/* The names of the columns, as the source spells them. */
static int
add_column(struct csv *c, struct table *t, const struct cell *f, struct err *e)
{
	char name[64];
	size_t n = f->n, i = 0;
	const char *p = f->p;

	while (n && isspace((unsigned char)*p)) {
		p++;
		n--;
	}
	while (n && isspace((unsigned char)p[n - 1]))
		n--;
	for (; i < n && i < sizeof name; i++)
		name[i] = (char)tolower((unsigned char)p[i]);
	if (n < sizeof name && (n != f->n || memcmp(p, name, n)) &&
	    column_by_name(name, n, false)) {
		input_lacks(c->s->in,
		    "column names stand in this file in another case, or with blanks around them: "
		    "they were read as the source spells them");
		return table_add(t, name, n, "", 0) ? err_nomem(e) : 0;
	}
	return table_add(t, f->p, f->n, "", 0) ? err_nomem(e) : 0;
}

static char
delimiter_of(const char *p, size_t n)
{
	static const char candidate[] = ",;\t|";
	size_t best = 0;
	char ret = ',';

	for (const char *d = candidate; *d; d++) {
		size_t k = 0;

		for (size_t i = 0; i < n; i++)
			k += p[i] == *d;
		if (k > best) {
			best = k;
			ret = *d;
		}
	}
	return ret;
}

/* The input ends inside a row: what came after that is not here. */
static void
lack_end(struct csv *c, const struct table *t)
{
	input_lacks_rows(c->s->in, LACK_CUT, t->name, ROWS_UNKNOWN,
	    "the input ends inside a row: it was cut off, what came after that is not here");
	c->s->in->doubt = true;
}

/* Part of a record that is longer than the limit, or that the input ends in. rc: as csv_cut. */
static int
piece(struct csv *c, const struct table *t, int rc, const char *p, size_t n, struct err *e)
{
	struct session *s = c->s;

	if (rc == 3)
		lack_end(c, t);
	else if (c->chunk == 0)
		s->in->rows++;
	if (session_reject(s, t->source, rc == 3 ? 0 : s->in->rows, p, n, &c->chunk, rc == 2,
		c->place,
		rc == 3 ? "a quoted field does not end" : "a row longer than the limit of 32 MiB",
		e))
		return -1;
	if (rc == 1)
		c->chunk = 0;
	return 0;
}

/* A record of k fields, which are not those of the header. *skip: as csv_cut. */
static int
no_row(struct csv *c, const struct table *t, unsigned k, const char *p, size_t n, size_t *skip,
    struct err *e)
{
	static const char stray[] = "no row: no delimiter in this line";
	struct session *s = c->s;
	const char *nl = memchr(p, '\n', n);

	if (k == 1 && t->n > 1 && input_footer(s->in, p, n)) {
		session_understood(s, n);
		return 0;
	}
	/* a line without any delimiter is no row: a quote in it does not take the rows behind it
	 * along */
	if (nl && memchr(p, c->delimiter, (size_t)(nl - p)) == NULL) {
		n = (size_t)(nl - p);
		*skip = n + 1;
		return session_stray(s, p, n, c->place, stray, e);
	}
	if (k == 1 && t->n > 1 && *skip > n)
		return session_stray(s, p, n, c->place, stray, e);
	/* the last line, not ended, with less fields than the others */
	if (k && k < t->n && *skip == n) {
		lack_end(c, t);
		return session_reject(s, t->source, 0, p, n, &c->chunk, false, c->place,
		    "the input ends inside this row", e);
	}
	s->in->rows++;
	if (session_reject(s, t->source, s->in->rows, p, n, &c->chunk, false, c->place,
		k                       ? "another number of fields than the header has" :
		    c->delimiter == '|' ? "misplaced quotes: no CSV, if psql printed it for eyes; "
					  "psql --csv writes CSV" :
					  "misplaced quotes",
		e))
		return -1;
	c->chunk = 0;
	return 0;
}

/* One record. rc, *skip: as csv_cut says of it. */
static int
record(struct csv *c, const struct table *t, int rc, const char *p, size_t n, size_t *skip,
    struct err *e)
{
	struct row row = { .table = t, .cell = c->cell, .raw = p, .raw_len = n };
	unsigned k;

	if (rc != 1 || c->chunk)
		return piece(c, t, rc, p, n, e);
	if (n == 0)
		return 0;
	if ((k = csv_split(c, p, n)) != t->n)
		return no_row(c, t, k, p, n, skip, e);
	settle_quoted(c, t);
	return session_row(c->s, &row, c->place, e);
}

static int
header(struct csv *c, struct table **ret, struct err *e)
{
	struct table *t = NULL;
	const char *p, *nl;
	size_t n, skip;
	unsigned k;
	int rc;

	if (stream_peek(c->f, 65536, &p, &n, e))
		return -1;
	nl = memchr(p, '\n', n);
	c->delimiter = delimiter_of(p, nl ? (size_t)(nl - p) : n);
	if ((rc = csv_cut(c, 0, &p, &n, &skip, e)) != 1)
		return rc < 0 ? rc : err_set(e, EX_DATA_ERR, "%s: no header line", c->s->in->path);
	if ((k = csv_split(c, p, n)) == 0)
		return err_set(e, EX_DATA_ERR, "%s: line %" PRIu64 ": the header cannot be read",
		    c->s->in->path, c->line);
	if ((t = table_new("audit_events", UTC_PG)) == NULL)
		return err_nomem(e);
	for (unsigned i = 0; i < k; i++)
		if (add_column(c, t, &c->cell[i], e)) {
			table_free(t);
			return -1;
		}
	if (learn(c, t, skip, e)) {
		table_free(t);
		return -1;
	}
	if (session_table(c->s, &t, e))
		return -1;
	if (stream_peek(c->f, skip, &p, &n, e))
		return -1;
	buf_put(&c->head, p, n < skip ? n : skip);
	while (c->head.len && strchr("\r\n", c->head.p[c->head.len - 1]))
		c->head.len--;
	c->line += count_lines(p, skip);
	session_understood(c->s, skip);
	stream_skip(c->f, skip);
	*ret = t;
	return 0;
}

/* Is this the header once more, perhaps behind a byte order mark? */
static bool
heads_again(const struct csv *c, const char *p, size_t n)
{
	if (n >= 3 && memcmp(p, "\xef\xbb\xbf", 3) == 0) {
		p += 3;
		n -= 3;
	}
	return c->head.len && n == c->head.len && memcmp(p, c->head.p, n) == 0;
}

static int
records(struct csv *c, struct err *e)
{
	struct table *t = NULL;
	const char *p;
	size_t n, skip;
	int rc;

	if (header(c, &t, e))
		return -1;
	while ((rc = csv_cut(c, 0, &p, &n, &skip, e)) > 0) {
		size_t kept = n, whole = skip;

		snprintf(c->place, sizeof c->place, "line %" PRIu64, c->line);
		if (heads_again(c, p, n)) {
			session_understood(c->s, n);
		} else if (session_go_on(c->s, c->f, e) || record(c, t, rc, p, n, &skip, e))
			return -1;
		/* its line end; where only the first line of it was taken, that line's */
		session_understood(c->s, skip == whole ? skip - kept : 1);
		c->line += count_lines(p, skip);
		stream_skip(c->f, skip);
	}
	return rc;
}

int
read_csv(struct session *s, struct stream *f, struct err *e)
{
	struct csv c = { .s = s, .f = f, .line = stream_line_no(f) + 1 };
	int rc = -1;

	buf_init(&c.text, EX_MAX_ROW);
	buf_init(&c.head, EX_MAX_ROW);
	c.cell = calloc(EX_MAX_COLUMNS, sizeof *c.cell);
	c.at = calloc(EX_MAX_COLUMNS, sizeof *c.at);
	c.quoted = calloc(EX_MAX_COLUMNS, sizeof *c.quoted);
	if (c.cell == NULL || c.at == NULL || c.quoted == NULL)
		err_nomem(e);
	else
		rc = records(&c, e);
	buf_release(&c.text);
	buf_release(&c.head);
	free(c.cell);
	free(c.at);
	free(c.quoted);
	return rc;
}
