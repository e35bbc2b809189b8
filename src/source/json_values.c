/*
 * JSON values one after the other, wherever their lines end: rows, arrays of rows, answers of GET
 * /audit/events and /audit/export, lists that
 * tools wrap rows in. Values are cut out before they are parsed; a list of any length is read
 * element by element.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "source/json_inner.h"
#include "source/json_reader.h"

/* Passes the bytes of rejects or rows, which are accounted for. */
void
json_leave(struct reader *r, size_t n)
{
	struct err ignore = { 0 };
	const char *p, *q;
	size_t have;

	/* it stands in the window: nothing is read */
	if (stream_peek(r->f, n, &p, &have, &ignore) == 0 && have >= n)
		for (q = p; n && (q = memchr(q, '\n', n - (size_t)(q - p))) != NULL; q++)
			r->line++;
	stream_skip(r->f, n);
}

/* n bytes were understood, and are passed. */
void
json_pass(struct reader *r, size_t n)
{
	session_understood(r->s, n);
	json_leave(r, n);
}

/* Cuts one JSON value off the stream by counting brackets outside strings. 1 a value, 0 too long
 * or cut off, -1 error. */
int
json_cut(struct reader *r, const char **ret, size_t *ret_n, struct err *e)
{
	const char *p;
	size_t n, i = 0, depth = 0, want = 65536;
	bool in_string = false, escaped = false;

	/* without a parser: the value may be damaged, and where it ends is all that is asked */
	for (;;) {
		if (stream_peek(r->f, want, &p, &n, e))
			return -1;
		for (; i < n; i++) {
			char c = p[i];

			/* a bracket inside a text is text */
			if (in_string) {
				if (escaped)
					escaped = false;
				else if (c == '\\')
					escaped = true;
				else if (c == '"')
					in_string = false;
			} else if (c == '"') {
				in_string = true;
			} else if (c == '{' || c == '[') {
				/* a bracket of what is around it: the value ended before */
				depth++;
			} else if (c == '}' || c == ']') {
				if (depth == 0)
					goto done;
				depth--;
			} else if (depth == 0 &&
			    (c == ',' || c == ' ' || c == '\n' || c == '\t' || c == '\r')) {
				goto done;
			}
			/* a whole text or container, at the level where it began */
			if (depth == 0 && !in_string && (c == '}' || c == ']' || c == '"')) {
				i++;
				goto done;
			}
		}
		/* the input ends first, or the value is longer than a row may be */
		if (n < want || n >= EX_MAX_ROW) {
			*ret = p;
			*ret_n = n;
			return 0;
		}
		want = n + 65536 > EX_MAX_ROW ? EX_MAX_ROW : n + 65536;
	}
done:
	*ret = p;
	*ret_n = i;
	return 1;
}

/* Passes blanks and byte order marks between values; *ret is what stands behind them, '\0' the
 * end. */
int
json_peek(struct reader *r, char *ret, struct err *e)
{
	const char *p;
	size_t n;

	for (;;) {
		if (stream_peek(r->f, 3, &p, &n, e))
			return -1;
		if (n == 0) {
			*ret = '\0';
			return 0;
		}
		if (n >= 3 && memcmp(p, "\xef\xbb\xbf", 3) == 0) {
			json_pass(r, 3);
			continue;
		}
		/* a record separator stands before each value of a JSON text sequence (RFC 7464) */
		if (*p != ' ' && *p != '\n' && *p != '\t' && *p != '\r' && *p != '\x1e') {
			*ret = *p ? *p : '0'; /* a zero is no end */
			return 0;
		}
		json_pass(r, 1);
	}
}

/* Where the reader stands; answers that came one after the other are counted. */
void
json_stand(struct reader *r)
{
	if (r->s->in->page)
		snprintf(r->place, sizeof r->place, "answer %" PRIu64 ", byte %" PRIu64,
		    r->s->in->page, stream_offset(r->f));
	else
		snprintf(r->place, sizeof r->place, "byte %" PRIu64, stream_offset(r->f));
}

static void
stand_on_line(struct reader *r)
{
	snprintf(r->place, sizeof r->place, "line %" PRIu64, r->line);
}

/* Is the end of the input within the next n bytes? */
static bool
at_end(struct reader *r, size_t n, struct err *e)
{
	const char *p;
	size_t k;

	return stream_peek(r->f, n + 1, &p, &k, e) == 0 && k <= n;
}

/* The rest of a stream that cannot be followed any more, as rejects. cut: because it ends too
 * early. */
int
json_give_up(struct reader *r, const char *reason, bool cut, struct err *e)
{
	const char *p;
	size_t n;
	unsigned chunk = 0;

	input_lacks_rows(r->s->in, cut ? LACK_CUT : LACK_NOT_READ, NULL, ROWS_UNKNOWN,
	    cut ? "the input ends inside a value: it was cut off, what came after that is not "
		  "here" :
		  "a part of the input could not be followed and is kept as rejects");
	r->s->in->doubt = true;
	json_stand(r);
	do {
		if (stream_peek(r->f, EX_CHUNK, &p, &n, e))
			return -1;
		if ((n || chunk) &&
		    session_reject(r->s, r->s->in->source, 0, p, n, &chunk, n == EX_CHUNK, r->place,
			reason, e))
			return -1;
		stream_skip(r->f, n);
	} while (n == EX_CHUNK);
	return 1;
}

/* Text between values that begins none, such as the words of a tool: kept aside up to the end of
 * its line. */
int
json_line_aside(struct reader *r, struct err *e)
{
	const char *p;
	size_t n;
	bool ended;

	json_stand(r);
	if (json_this_line(r, &p, &n, &ended, e) ||
	    session_stray(
		r->s, p, n, r->place, "not JSON: neither a value nor what separates values", e))
		return -1;
	stream_skip(r->f, n);
	return 0;
}

/* The line that the stream stands on, without its line feed; up to EX_MAX_ROW bytes of it. -1
 * (e). */
int
json_this_line(struct reader *r, const char **ret, size_t *ret_n, bool *ret_ended, struct err *e)
{
	size_t want = 65536, seen = 0, n;
	const char *p, *nl;

	for (;;) {
		if (stream_peek(r->f, want, &p, &n, e))
			return -1;
		*ret = p;
		if ((nl = memchr(p + seen, '\n', n - seen)) != NULL) {
			*ret_n = (size_t)(nl - p);
			*ret_ended = true;
			return 0;
		}
		if (n < want || n >= EX_MAX_ROW) {
			*ret_n = n < EX_MAX_ROW ? n : EX_MAX_ROW;
			*ret_ended = false;
			return 0;
		}
		seen = n;
		want = n * 2 > EX_MAX_ROW ? EX_MAX_ROW : n * 2;
	}
}

/* A line longer than any row may be: in pieces up to its end. */
static int
long_line(struct reader *r, struct err *e)
{
	const char *p;
	size_t n;
	bool ended;
	unsigned chunk = 0;

	r->s->in->rows++;
	do {
		if (json_this_line(r, &p, &n, &ended, e) ||
		    session_reject(r->s, r->s->in->source, r->s->in->rows, p, n, &chunk,
			!ended && n == EX_MAX_ROW, r->place,
			"a row longer than the limit of 32 MiB", e))
			return -1;
		stream_skip(r->f, n);
	} while (!ended && n == EX_MAX_ROW);
	return 0;
}

/* Every backslash stands twice, as COPY writes the text of a query; *ret: there is one. */
static bool
doubled(const char *p, size_t n, bool *ret)
{
	const char *end = p + n;

	*ret = false;
	while ((p = memchr(p, '\\', (size_t)(end - p))) != NULL) {
		size_t k = 1;

		while (p + k < end && p[k] == '\\')
			k++;
		*ret = true;
		if (k % 2)
			return false;
		p += k;
	}
	return true;
}

/*
 * A row that is no JSON as it stands, in an input in which every backslash so far stands twice:
 * \copy (select row_to_json …) writes so. Undone, it may be one. Where a
 * row is readable as it came, it stays as it came: what it says is judged with the whole of the
 * input. 1: it is not that.
 */
static int
undo_doubling(struct reader *r, const char *p, size_t n, struct err *e)
{
	bool some;
	int rc;

	if (r->single || !doubled(p, n, &some) || !some)
		return 1;
	buf_clear(&r->text);
	for (size_t i = 0; i < n; i++) {
		buf_byte(&r->text, (unsigned char)p[i]);
		i += p[i] == '\\';
	}
	if (r->text.failed)
		return err_nomem(e);
	if ((rc = json_parse(&r->doc, (char *)r->text.p, r->text.len, EX_JSON_DEPTH + 1)) != 0)
		return rc < 0 ? err_nomem(e) : 1;
	if (r->doc.node[0].type != JSON_OBJECT || json_member(&r->doc, 0, "event_id") == JSON_NONE)
		return 1;
	r->s->in->undone++;
	session_understood(r->s, n - r->text.len); /* the second backslashes */
	return json_row(r, (char *)r->text.p, r->text.len, e);
}

/* Where on its line another row stands directly behind the one at p; n: nowhere. */
static size_t
next_on_line(const char *p, size_t n)
{
	bool comma;

	for (const char *q = p + 1; q < p + n && (q = memchr(q, '{', (size_t)(p + n - q))) != NULL;
	     q++)
		if (json_behind_row(p, (size_t)(q - p), &comma) && !comma && q + 1 < p + n &&
		    q[1] == '"' && json_names_column(q + 2, (size_t)(p + n - q - 2)))
			return (size_t)(q - p);
	return n;
}

/* A row that is not on one line by itself; `line` bytes of it are, without blanks behind them. */
static int
odd_row(struct reader *r, const char *p, size_t line, struct err *e)
{
	size_t n, k;
	int rc, undone;

	/* one tool's doubled quotes: undone, the line may be a row after all */
	if ((undone = undo_doubling(r, p, line, e)) <= 0) {
		if (undone == 0)
			json_leave(r, line);
		return undone;
	}
	if ((n = next_on_line(p, line)) < line) {
		/* rows without anything between them: what is broken ends where the next begins */
		if (json_element(r, p, n, p, n, e))
			return -1;
		json_leave(r, n);
		return 0;
	}
	/* from here on the row may go over several lines */
	if ((rc = json_over_lines(r, line == 1, false, &n, e)) < 0 ||
	    stream_peek(r->f, n + 1, &p, &k, e))
		return -1;
	if (rc == 1 && n < line) {
		/* more behind it on its line: another row, or nothing that makes sense of the
		 * line */
		size_t i = n;

		bool one = false; /* the comma of a list whose brackets are gone */

		while (i < line && (strchr(" \t\r", p[i]) || (p[i] == ',' && !one)))
			one |= p[i++] == ',';
		if (i < line && (p[i] != '{' || json_looks_like(p + i, line - i) != JSON_LOOKS_ROW))
			n = line;
	}
	if (rc == 1) {
		if (json_element(r, p, n, p, n, e))
			return -1;
		/* a line that is whole is a bad row, no cut */
	} else if (rc == 2 && at_end(r, n, e) && !(n <= line + 2 && p[n - 1] == '\n')) {
		input_lacks_rows(r->s->in, LACK_CUT, NULL, ROWS_UNKNOWN,
		    "the input ends inside a row: it was cut off, what came after that is not "
		    "here");
		r->s->in->doubt = true;
		if (session_stray(r->s, p, n, r->place, "the input ends inside this row", e))
			return -1;
	} else {
		/* broken: what is sure to be part of it becomes the reject */
		while (n > 1 && (p[n - 1] == '\n' || p[n - 1] == '\r'))
			n--;
		if (json_element(r, p, n, p, n, e))
			return -1;
	}
	json_leave(r, n);
	return 0;
}

/* A row at the outermost: on a line of its own, as a rule. */
static int
row(struct reader *r, struct err *e)
{
	const char *p;
	size_t n, k;
	bool ended, some;
	int rc;

	stand_on_line(r);
	if (json_this_line(r, &p, &n, &ended, e))
		return -1;
	if (!ended && n >= EX_MAX_ROW)
		return long_line(r, e);
	for (k = n; k && strchr(" \t\r", p[k - 1]); k--)
		;
	if ((rc = json_parse(&r->doc, p, k, EX_JSON_DEPTH + 1)) < 0)
		return err_nomem(e);
	if (rc)
		return odd_row(r, p, k, e);
	if (!r->single) {
		if (!doubled(p, k, &some))
			r->single = true;
		else
			r->halved += some;
	}
	if (json_row(r, p, k, e))
		return -1;
	stream_skip(r->f, k);
	return 0;
}

/* Text that begins no value: up to the end of its line. */
static int
no_value(struct reader *r, struct err *e)
{
	const char *p;
	size_t n;
	bool ended;

	stand_on_line(r);
	if (json_this_line(r, &p, &n, &ended, e))
		return -1;
	if (input_footer(r->s->in, p, n)) {
		json_pass(r, n);
		return 0;
	}
	if (session_stray(r->s, p, n, r->place,
		*p == '[' && json_parse(&r->doc, p, n, 64) == 0 ? "not a JSON object" :
								  "not JSON: no value begins here",
		e))
		return -1;
	stream_skip(r->f, n);
	return 0;
}

/* The next value at the outermost. 1: gave up; -1 (e). */
static int
value(struct reader *r, char c, struct err *e)
{
	const char *p;
	size_t n, i = 1;
	int rc;

	if (c == '{' || c == '[') {
		if (stream_peek(r->f, LOOK, &p, &n, e))
			return -1;
		if (json_of_copy(p, n) && (rc = json_copy_line(r, e)) <= 0)
			return rc;
	}
	if (c == '{' && (r->export || r->answers || json_value_looks(r, e) == JSON_LOOKS_LIST))
		return json_answer(r, 0, e);
	if (c == '{')
		return row(r, e);
	if (c == ',') {
		json_pass(r, 1);
		return 0;
	}
	if (stream_peek(r->f, LOOK, &p, &n, e))
		return -1;
	if (c == '"' && n > 1 && (p[1] == '{' || p[1] == '['))
		return json_field(r, e);
	if (c != '[')
		return no_value(r, e);
	while (i < n && strchr(" \n\t\r", p[i]) && p[i])
		i++;
	return i < n && strchr("{[]", p[i]) && p[i] ? json_list(r, 0, e) : no_value(r, e);
}

/* What is to be said of the rows as a whole. */
static void
remarks(struct reader *r)
{
	struct input *in = r->s->in;
	char t[300];

	if (in->undone) {
		snprintf(t, sizeof t,
		    "every backslash stands twice, as \\copy writes the text of a query: undone in "
		    "%" PRIu64 " rows that are no JSON otherwise%s",
		    in->undone, r->halved ? ", left as it came in the others" : "");
		input_lacks(in, t);
	}
	if (r->export)
		input_lacks(in,
		    "15 hashed columns (the server's export leaves them out): content cannot be "
		    "checked");
	else if (r->rest || in->kind != INPUT_ROWS_JSONL)
		input_lacks(in,
		    "hash_algorithm, and the difference between NULL and the empty text (the "
		    "server's answers do not carry them)");
}

int
read_json(struct session *s, struct stream *f, struct err *e)
{
	struct reader *r = calloc(1, sizeof *r);
	int rc = -1;
	char c;

	/* a reader's cells are many: they do not live on the stack */
	if (r == NULL || (r->cell = calloc(EX_MAX_COLUMNS, sizeof *r->cell)) == NULL) {
		free(r);
		return err_nomem(e);
	}
	r->s = s;
	r->f = f;
	r->line = stream_line_no(f) + 1;
	/* what kind of input it is decides what a row is taken for */
	r->export = s->in->kind == INPUT_SERVER_EXPORT;
	r->answers = s->in->kind == INPUT_REST || s->in->kind == INPUT_MUST_GATHER;
	json_init(&r->doc);
	json_init(&r->inner);
	buf_init(&r->text, EX_MAX_ROW);
	buf_init(&r->unwrapped, EX_MAX_ROW);
	buf_init(&r->field, EX_MAX_ROW);
	/* values stand one behind the other, on lines of their own or not */
	do {
		if ((rc = session_go_on(s, f, e)) == 0)
			rc = json_peek(r, &c, e);
		if (rc == 0 && c)
			rc = value(r, c, e);
	} while (rc == 0 && c && e->status == 0);
	if (e->status)
		rc = -1;
	/* what was met on the way and is told once */
	if (rc >= 0) {
		remarks(r);
		rc = 0;
	}
	json_release(&r->doc);
	json_release(&r->inner);
	buf_release(&r->text);
	buf_release(&r->unwrapped);
	buf_release(&r->field);
	free(r->cell);
	free(r);
	return rc;
}
