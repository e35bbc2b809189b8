#include "source/csv_inner.h"

#include <ctype.h>
#include <string.h>

#include "source/sql.h"

int
csv_cut(
    struct csv *c, size_t skip, const char **ret, size_t *ret_n, size_t *ret_skip, struct err *e)
{
	const char *p;
	size_t n, i = 0, want = 65536;
	bool quoted = false, field = true; /* field: it begins here */

	for (;;) {
		if (stream_peek(c->f, skip + want, &p, &n, e))
			return -1;
		if (n <= skip)
			return 0;
		p += skip;
		n -= skip;
		for (; i < n; i++) {
			if (quoted) {
				quoted = p[i] != '"'; /* "" closes it and opens it again */
			} else if (!c->bare && p[i] == '"' && (field || (i && p[i - 1] == '"'))) {
				quoted = true;
			} else if (p[i] == '\n') {
				*ret = p;
				*ret_n = i && p[i - 1] == '\r' ? i - 1 : i;
				*ret_skip = i + 1;
				return 1;
			}
			field = p[i] == c->delimiter && !quoted;
		}
		if (n < want || n >= EX_MAX_ROW) {
			*ret = p;
			*ret_n = *ret_skip = n;
			return n >= EX_MAX_ROW ? 2 : quoted ? 3 : 1;
		}
		want = n + 65536 > EX_MAX_ROW ? EX_MAX_ROW : n + 65536;
	}
}

static bool
is_null(const struct csv *c, const char *p, size_t n, bool quoted)
{
	if (c->null)
		return n == strlen(c->null) && memcmp(p, c->null, n) == 0;
	return n == 0 && !quoted;
}

/* Behind the object or list of JSON that begins at p; NULL: it does not end. */
static const char *
over_json(const char *p, const char *end)
{
	size_t depth = 0;
	bool text = false;

	for (; p < end; p++) {
		if (text) {
			if (*p == '\\' && p + 1 < end)
				p++;
			else
				text = *p != '"';
		} else if (*p == '"') {
			text = true;
		} else if (*p == '{' || *p == '[') {
			depth++;
		} else if ((*p == '}' || *p == ']') && --depth == 0) {
			return p + 1;
		}
	}
	return NULL;
}

/* The escapes of COPY in the first n cells. false: no memory. */
static bool
undo_escapes(struct csv *c, unsigned n)
{
	size_t all = 0;

	for (unsigned i = 0; i < n; i++)
		all += c->cell[i].n;
	buf_clear(&c->text);
	/* unescaping never grows, so cells can point into it */
	buf_room(&c->text, all + 1);
	for (unsigned i = 0; i < n && !c->text.failed; i++) {
		struct cell *f = &c->cell[i];
		const char *p = f->p, *end = p + f->n, *run;
		size_t at = c->text.len;

		if (f->state == CELL_NULL || memchr(p, '\\', f->n) == NULL)
			continue;
		while (p < end) {
			for (run = p; p < end && *p != '\\'; p++)
				;
			buf_put(&c->text, run, (size_t)(p - run));
			if (p < end)
				p = copy_escape(p, end, &c->text);
		}
		f->p = (const char *)c->text.p + at;
		f->n = c->text.len - at;
	}
	return !c->text.failed;
}

/* The same of a record in which nothing is in quotes: a delimiter inside JSON is none. */
static unsigned
split_bare(struct csv *c, const char *p, size_t n)
{
	const char *end = p + n;
	unsigned i = 0;

	for (;; p++) {
		struct cell *f;
		const char *q = NULL;

		if (i == EX_MAX_COLUMNS)
			return 0;
		if (!c->copy && p < end && (*p == '{' || *p == '['))
			q = over_json(p, end);
		if (q == NULL || (q < end && *q != c->delimiter))
			for (q = p; q < end && *q != c->delimiter; q++)
				;
		f = &c->cell[i];
		memset(f, 0, sizeof *f);
		f->type = JSON_STRING;
		f->p = p;
		f->n = (size_t)(q - p);
		f->state = is_null(c, f->p, f->n, false) ? CELL_NULL : CELL_VALUE;
		c->quoted[i++] = false;
		if (q == end)
			return c->copy && !undo_escapes(c, i) ? 0 : i;
		p = q;
	}
}

unsigned
csv_split(struct csv *c, const char *p, size_t n)
{
	const char *end = p + n;
	unsigned i = 0;

	if (c->bare)
		return split_bare(c, p, n);
	buf_clear(&c->text);
	for (;; p++) {
		struct cell *f;

		if (i == EX_MAX_COLUMNS)
			return 0;
		f = &c->cell[i];
		memset(f, 0, sizeof *f);
		f->type = JSON_STRING;
		c->at[i] = c->text.len;
		c->quoted[i] = p < end && *p == '"';
		if (c->quoted[i]) {
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
			if (p < end && *p != c->delimiter)
				return 0;
		} else {
			while (p < end && *p != c->delimiter) {
				if (*p == '"')
					return 0;
				buf_byte(&c->text, (unsigned char)*p++);
			}
		}
		f->n = c->text.len - c->at[i];
		i++;
		if (p == end)
			break;
	}
	if (c->text.failed)
		return 0;
	for (unsigned k = 0; k < i; k++) {
		struct cell *f = &c->cell[k];

		f->p = c->text.p ? (const char *)c->text.p + c->at[k] : "";
		f->state = is_null(c, f->p, f->n, c->quoted[k]) ? CELL_NULL : CELL_VALUE;
	}
	return i;
}
