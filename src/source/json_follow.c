/* Where a JSON value that goes over lines ends, or where it is broken and another row begins in
 * it. */
#include <ctype.h>
#include <string.h>

#include "source/json_reader.h"

#define BRACKETS 64u /* of which kind is remembered */

bool
json_names_column(const char *p, size_t n)
{
	size_t k = 0;

	while (k < n && (isalnum((unsigned char)p[k]) || p[k] == '_'))
		k++;
	if (k == 0 || k >= n || p[k] != '"' || column_by_name(p, k, true) == 0)
		return false;
	for (k++; k < n && strchr(" \t\r", p[k]) && p[k]; k++)
		;
	return k < n && p[k] == ':';
}

/* What is followed along a value over lines. */
struct follow {
	char kind[BRACKETS]; /* the open brackets */
	char before;         /* the character before, but for blanks, outside of texts */
	size_t depth;
	size_t line; /* where the line begins */
	bool in_string, head;
};

/*
 * One character, which is no part of a text and no blank. 1: the value ends behind it; 0: it is
 * broken before it; 2: it goes on. A line that begins a row begins no part of another one; an
 * object stands in an object only behind a name.
 */
static int
follow_one(struct follow *f, char c, size_t i, bool pretty)
{
	bool in_object = f->depth && f->depth <= BRACKETS && f->kind[f->depth - 1] == '{';

	if ((i == f->line || f->head) && i &&
	    (pretty ? c == '{' && f->before != ':' && f->before != '[' &&
			!(f->before == ',' && f->depth && !in_object) :
		      !strchr("}]\",", c)))
		return 0;
	if (pretty && c == '{' && i && (f->before == '}' || (f->before == ',' && in_object)))
		return 0;
	f->before = c;
	f->head = false;
	if (c == '"') {
		f->in_string = true;
	} else if (c == '{' || c == '[') {
		if (f->depth < BRACKETS)
			f->kind[f->depth] = c;
		f->depth++;
	} else if ((c == '}' || c == ']') && --f->depth == 0) {
		return 1;
	}
	return 2;
}

/* Where a value that is not on one line ends. 1: behind *ret_n bytes; 0: it is broken: *ret_n
 * bytes are no value (a text that goes over the end of its line, or another row that begins
 * inside the old one: behind its line's end, or, where a quotation mark is lost, behind a text
 * that ends with its bracket and before the name of a column); 2: the input ends first.
 * indented: rows may begin behind blanks. */
int
json_over_lines(struct reader *r, bool pretty, bool indented, size_t *ret_n, struct err *e)
{
	struct follow f = { .head = true };
	const char *p;
	size_t n, i = 0, want = 65536;
	bool comma;
	int rc;

	/* what was looked at before is not looked at again */
	for (;;) {
		if (stream_peek(r->f, want, &p, &n, e))
			return -1;
		for (; i < n; i++) {
			char c = p[i];

			/* a line's end inside a text: no writer of JSON leaves one there, so a
			 * quotation mark was lost */
			if (c == '\n') {
				f.head = indented;
				*ret_n = f.line = i + 1;
				if (f.in_string)
					return 0;
			} else if (f.in_string) {
				/* what an escape takes along stands in the next piece */
				if (c == '\\' && i + 1 == n && n == want)
					break;
				if (c == '\\' && i + 1 < n && p[i + 1] != '\n')
					i++;
				if (c != '"')
					continue;
				f.in_string = false;
				/* the next piece may tell it */
				if (pretty && i > 1 && p[i - 1] == '{' && n - i < 64 && n == want) {
					f.in_string = true;
					break;
				}
				if (pretty && i > 1 && p[i - 1] == '{' &&
				    json_behind_row(p, i - 1, &comma) &&
				    json_names_column(p + i + 1, n - i - 1)) {
					*ret_n = i - 1;
					return 0;
				}
			} else if (c != ' ' && c != '\t' && c != '\r' &&
			    (rc = follow_one(&f, c, i, pretty)) != 2) {
				/* broken before the line, or before the bracket on it */
				*ret_n = rc ? i + 1 : f.head || i == f.line ? f.line : i;
				return rc;
			}
		}
		/* the whole input was looked at */
		*ret_n = n;
		if (n < want)
			return 2;
		/* as long as a row may be, and still open */
		if (n >= EX_MAX_ROW) {
			*ret_n = f.line ? f.line : n;
			return 0;
		}
		want = n + 65536 > EX_MAX_ROW ? EX_MAX_ROW : n + 65536;
	}
}
