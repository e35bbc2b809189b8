/* One file of an input, from its first byte to its last, whatever its reader makes of it. */
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "source/bundle.h"
#include "source/session.h"

/* `sep=;`, also with a tab or in quotes: what spreadsheets write on top of a CSV to say how it is
 * written. */
static bool
says_separator(const char *p, size_t n)
{
	bool quoted = n > 1 && *p == '"';

	while (n && (p[n - 1] == '\r' || (quoted && p[n - 1] == '"')))
		n--;
	p += quoted;
	n -= quoted;
	return (n == 4 || n == 5) && strncasecmp(p, "sep=", 4) == 0;
}

/*
 * The name of the only column above its values, or the line under it: what psql and \copy with
 * HEADER print above rows that are JSON. last: the values begin on the next line.
 */
static bool
heads_json(const char *p, size_t n, bool last)
{
	size_t i = 0;

	while (n && strchr(" \t\r", p[n - 1]) && p[n - 1])
		n--;
	while (n && (*p == ' ' || *p == '"')) {
		p++;
		n--;
	}
	n -= n && p[n - 1] == '"';
	if (last && n >= 3 && *p == '-') {
		while (i < n && p[i] == '-')
			i++;
		return i == n;
	}
	while (i < n && (isalnum((unsigned char)p[i]) || p[i] == '_' || p[i] == '?'))
		i++;
	return n && n < 64 && i == n;
}

/* Lines on top that are a tool's, and no part of the input. */
static int
stray_lines(struct session *s, struct stream *f, unsigned n, struct err *e)
{
	const char *p;
	char place[40];
	size_t len, k;
	bool ended;

	for (; n; n--) {
		if (stream_line(f, &p, &len, &ended, e) != 1)
			return e->status ? -1 : 0;
		session_understood(s, ended);
		for (k = len; k && strchr(" \t\r", p[k - 1]) && p[k - 1]; k--)
			;
		session_understood(s, len - k);
		snprintf(place, sizeof place, "line %" PRIu64, stream_line_no(f));
		if ((s->in->kind == INPUT_ROWS_CSV && says_separator(p, len)) ||
		    (s->in->kind == INPUT_ROWS_JSONL && n <= 2 && heads_json(p, len, n == 1)))
			session_understood(s, k);
		else if (k &&
		    session_stray(s, p, k, place,
			"a line on top of the input that is no part of it, such as the warning of "
			"a tool",
			e))
			return -1;
	}
	return 0;
}

/* Everything that is left of f, as one reject. */
static int
keep_aside(
    struct session *s, struct stream *f, const char *place, const char *reason, struct err *e)
{
	unsigned chunk = 0;
	const char *p;
	size_t n;

	s->in->doubt = true;
	do {
		if (stream_peek(f, EX_CHUNK, &p, &n, e) ||
		    session_reject(
			s, s->in->source, 0, p, n, &chunk, n == EX_CHUNK, place, reason, e))
			return -1;
		stream_skip(f, n);
	} while (n == EX_CHUNK);
	return 0;
}

int
session_no_input(
    struct session *s, const char *sealed, struct stream *f, const char *why, struct err *e)
{
	const char *text = strstr(why, ": ");
	char reason[400];

	/* the message begins with the path, which is no matter of the archive */
	snprintf(reason, sizeof reason, "%.390s", text ? text + 2 : why);
	input_lacks_rows(
	    s->in, LACK_NOT_READ, NULL, ROWS_UNKNOWN, "%.500s was not read: %s", sealed, reason);
	if (keep_aside(s, f, sealed, reason, e))
		return -1;
	s->in->bytes.read += stream_read(f);
	return 0;
}

/* What a reader left behind: kept, so that no byte of an input goes without a word. */
static int
what_is_left(struct session *s, struct stream *f, struct err *e)
{
	const char *p;
	char place[40];
	size_t n;

	if (stream_peek(f, EX_CHUNK, &p, &n, e))
		return -1;
	if (n == 0)
		return 0;
	snprintf(place, sizeof place, "byte %" PRIu64, stream_offset(f));
	input_lacks_rows(s->in, LACK_NOT_READ, NULL, ROWS_UNKNOWN,
	    "bytes behind the end of what could be read (%s) are kept as rejects", place);
	return keep_aside(s, f, place, "bytes behind the end of what the input is", e);
}

int
session_behind(struct session *s, const struct bundle *b, const char *sealed, struct err *e)
{
	static const char reason[] = "bytes behind the end of the tar or ZIP";
	char *piece, place[40];
	unsigned chunk = 0;
	int rc = 0;

	if (b->rest == 0)
		return 0;
	if ((piece = malloc(EX_CHUNK)) == NULL)
		return err_nomem(e);
	snprintf(place, sizeof place, "behind its end");
	input_lacks_rows(s->in, LACK_NOT_READ, NULL, ROWS_UNKNOWN,
	    "%" PRIu64 " bytes behind the end of %.300s were not read: they are kept as rejects",
	    b->rest, sealed);
	s->in->doubt = true;
	s->in->bytes.read += b->rest;
	for (uint64_t at = 0; rc == 0 && at < b->rest; at += EX_CHUNK) {
		size_t n = b->rest - at < EX_CHUNK ? (size_t)(b->rest - at) : EX_CHUNK;

		rc = bundle_copy(b, b->rest_at + at, piece, n, e) ||
			session_reject(s, s->in->source, 0, piece, n, &chunk, at + n < b->rest,
			    place, reason, e) ?
		    -1 :
		    0;
	}
	free(piece);
	return rc;
}

/* What a reader left behind, and what of a packed file could not be unpacked. */
int
session_file_end(struct session *s, const char *sealed, struct stream *f, struct err *e)
{
	struct input *in = s->in;
	const char *damage;
	unsigned chunk = 0;
	bool cut;

	if (what_is_left(s, f, e))
		return -1;
	in->bytes.read += stream_read(f);
	if (stream_changes(f)) {
		char t[500];

		snprintf(t, sizeof t,
		    "%.300s goes from UTF-8 to UTF-16, or back, %u times, as files do that were "
		    "put "
		    "behind each other: each part was read as what it is",
		    sealed, stream_changes(f));
		input_lacks(in, t);
	}
	if ((damage = stream_damage(f, &cut)) == NULL)
		return 0;
	input_lacks_rows(in, cut ? LACK_CUT : LACK_NOT_READ, NULL, ROWS_UNKNOWN,
	    "%s: %s; what came after that is not here", sealed, damage);
	in->doubt = true;
	return session_reject(s, in->source, 0, "", 0, &chunk, false, sealed, damage, e);
}

/* One file; one that is cut off or damaged further on: what was read is kept, the rest is named. */
int
session_file(struct session *s, const char *path, const char *sealed, struct stream *f,
    unsigned stray, struct err *e)
{
	struct input *in = s->in;
	const char *damage;
	bool cut;

	if (stray_lines(s, f, stray, e) || input_reader[in->kind].read(s, f, e))
		return -1;
	if ((damage = stream_damage(f, &cut)) != NULL && !input_yields(in) && in->rows == 0)
		return err_set(e, EX_IO_ERR, "%s: %s", path, damage);
	return session_file_end(s, sealed, f, e);
}
