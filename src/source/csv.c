/* COPY … CSV HEADER: an empty unquoted field is NULL, "" is the empty text; fields may hold line feeds. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "source/session.h"

struct csv {
	struct session *s;
	struct stream *f;
	struct cell *cell;
	size_t *at;
	struct buf text;
	uint64_t line;
	char place[64];
};

/* The bytes of one record without its line end: quotes are followed. 1, 0 the end, 2 longer than the limit, 3 a quote stays open, -1. */
static int
cut_record(struct csv *c, const char **ret, size_t *ret_n, size_t *ret_skip, struct err *e)
{
	const char *p;
	size_t n, i = 0, want = 65536;
	bool quoted = false;

	for (;;) {
		if (stream_peek(c->f, want, &p, &n, e))
			return -1;
		if (n == 0)
			return 0;
		for (; i < n; i++) {
			if (p[i] == '"') {
				quoted = !quoted;          /* "" toggles twice */
			} else if (p[i] == '\n' && !quoted) {
				*ret = p;
				*ret_n = i && p[i - 1] == '\r' ? i - 1 : i;
				*ret_skip = i + 1;
				return 1;
			}
		}
		if (n < want || n >= EX_MAX_ROW) {
			*ret = p;
			*ret_n = *ret_skip = n;
			return n >= EX_MAX_ROW ? 2 : quoted ? 3 : 1;
		}
		want = n + 65536 > EX_MAX_ROW ? EX_MAX_ROW : n + 65536;
	}
}

/* Fields into cells; returns how many, or 0 if a quote is misplaced or there are too many. */
static unsigned
split(struct csv *c, const char *p, size_t n)
{
	const char *end = p + n;
	unsigned i = 0;

	buf_clear(&c->text);
	for (;; p++) {
		struct cell *f;

		if (i == EX_MAX_COLUMNS)
			return 0;
		f = &c->cell[i];
		memset(f, 0, sizeof *f);
		f->type = JSON_STRING;
		c->at[i] = c->text.len;
		if (p < end && *p == '"') {
			f->state = CELL_VALUE;
			for (p++;; p++) {
				if (p == end)
					return 0;
				if (*p == '"') {
					if (p + 1 < end && p[1] == '"')
						p++;
					else
						break;
				}
				buf_byte(&c->text, (unsigned char)*p);
			}
			p++;
			if (p < end && *p != ',')
				return 0;
		} else {
			while (p < end && *p != ',') {
				if (*p == '"')
					return 0;
				buf_byte(&c->text, (unsigned char)*p++);
			}
			f->state = c->text.len > c->at[i] ? CELL_VALUE : CELL_NULL;
		}
		f->n = c->text.len - c->at[i];
		i++;
		if (p == end)
			break;
	}
	for (unsigned k = 0; k < i; k++)
		c->cell[k].p = (const char *)c->text.p + c->at[k];
	return c->text.failed ? 0 : i;
}

static uint64_t
count_lines(const char *p, size_t n)
{
	uint64_t k = 0;

	for (const char *q = p; (q = memchr(q, '\n', n - (size_t)(q - p))) != NULL; q++)
		k++;
	return k;
}

static int
records(struct csv *c, struct err *e)
{
	struct table *t = NULL;
	const char *p;
	size_t n, skip;
	unsigned k, chunk = 0;
	int rc;

	if ((rc = cut_record(c, &p, &n, &skip, e)) != 1)
		return rc < 0 ? rc : err_set(e, EX_DATA_ERR, "%s: no header line", c->s->in->path);
	if (n >= 3 && memcmp(p, "\xef\xbb\xbf", 3) == 0) {
		p += 3;
		n -= 3;
	}
	if ((k = split(c, p, n)) == 0)
		return err_set(e, EX_DATA_ERR, "%s: line 1: the header cannot be read", c->s->in->path);
	if ((t = table_new("audit_events", UTC_PG)) == NULL)
		return err_nomem(e);
	for (unsigned i = 0; i < k; i++)
		if (table_add(t, c->cell[i].p, c->cell[i].n, "", 0)) {
			table_free(t);
			return err_nomem(e);
		}
	if (session_table(c->s, &t, e))
		return -1;
	c->line = 1 + count_lines(p, skip);
	stream_skip(c->f, skip);
	while ((rc = cut_record(c, &p, &n, &skip, e)) > 0) {
		struct row row = { .table = t, .cell = c->cell, .raw = p, .raw_len = n };

		snprintf(c->place, sizeof c->place, "line %llu", (unsigned long long)c->line);
		if (session_go_on(c->s, c->f, e))
			return -1;
		if (rc != 1 || chunk) {
			if (chunk == 0)
				c->s->in->rows++;
			if (session_reject(c->s, t->source, c->s->in->rows, p, n, &chunk, rc == 2, c->place,
			    rc == 3 ? "a quoted field does not end" : "a row longer than the limit of 32 MiB", e))
				return -1;
			if (rc == 1)
				chunk = 0;
		} else if (n && (k = split(c, p, n)) == t->n) {
			if (session_row(c->s, &row, c->place, e))
				return -1;
		} else if (n) {
			c->s->in->rows++;
			if (session_reject(c->s, t->source, c->s->in->rows, p, n, &chunk, false, c->place,
			    k ? "another number of fields than the header has" : "misplaced quotes", e))
				return -1;
			chunk = 0;
		}
		c->line += count_lines(p, skip);
		stream_skip(c->f, skip);
	}
	return rc;
}

int
read_csv(struct session *s, struct stream *f, struct err *e)
{
	struct csv c = { .s = s, .f = f };
	int rc = -1;

	buf_init(&c.text, EX_MAX_ROW);
	c.cell = calloc(EX_MAX_COLUMNS, sizeof *c.cell);
	c.at = calloc(EX_MAX_COLUMNS, sizeof *c.at);
	if (c.cell == NULL || c.at == NULL)
		err_nomem(e);
	else
		rc = records(&c, e);
	buf_release(&c.text);
	free(c.cell);
	free(c.at);
	return rc;
}
