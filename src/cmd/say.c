#include "cmd/say.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "cmd/secrets.h"

unsigned
word_distance(const char *a, const char *b)
{
	unsigned row[64], n = (unsigned)strlen(b);

	if (n > 62 || strlen(a) > 62)
		return 99;
	for (unsigned j = 0; j <= n; j++)
		row[j] = j;
	for (unsigned i = 1; *a; a++, i++) {
		unsigned diag = row[0], up;

		row[0] = i;
		for (unsigned j = 1; j <= n; j++) {
			up = row[j];
			row[j] =
			    diag + (tolower((unsigned char)*a) != tolower((unsigned char)b[j - 1]));
			if (up + 1 < row[j])
				row[j] = up + 1;
			if (row[j - 1] + 1 < row[j])
				row[j] = row[j - 1] + 1;
			diag = up;
		}
	}
	return row[n];
}

void
cli_text(const struct cli *c, const char *text, struct buf *out)
{
	(void)c;
	secrets_hide(text, out);
}

void
say_line(const char *p, size_t n, unsigned width)
{
	unsigned column = 0;
	size_t from = 0, blank = 0;

	/* on a terminal a line ends at its last blank that fits; the rest hangs */
	for (size_t at = 0; at < n; at++) {
		column += ((unsigned char)p[at] & 0xc0) != 0x80;
		if (width == 0 || column <= width) {
			blank = p[at] == ' ' ? at : blank;
			continue;
		}
		/* a word that is longer than a line is copied whole: it may be a name */
		if (blank <= from)
			continue;
		fprintf(stderr, "%.*s\n  ", (int)(blank - from), p + from);
		from = blank + 1;
		at = blank;
		column = 2;
	}
	fprintf(stderr, "%.*s\n", (int)(n - from), p + from);
}

/* One line on stderr; whatever it quotes is made harmless first. */
static void
say(const struct cli *c, const char *text)
{
	struct buf b;

	buf_init(&b, 1u << 20);
	buf_printf(&b, "%s: ", c->program->name);
	cli_text(c, text, &b);
	say_line(b.p ? (char *)b.p : "", b.len, c->said_width);
	buf_release(&b);
}

static void
say_printed(const struct cli *c, const char *fmt, va_list ap)
{
	char text[8192];

	vsnprintf(text, sizeof text, fmt, ap);
	say(c, text);
}

/* Where it is said what the verb wants. */
static void
say_help(const struct cli *c)
{
	fprintf(stderr, "Help: %s %s%s--help\n", c->program->name, c->verb ? c->verb->name : "",
	    c->verb ? " " : "");
}

int
cli_usage(const struct cli *c, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say_printed(c, fmt, ap);
	va_end(ap);
	say_help(c);
	return EX_USAGE_ERR;
}

void
cli_note(const struct cli *c, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say_printed(c, fmt, ap);
	va_end(ap);
}

int
cli_fail(const struct cli *c, const struct err *e)
{
	say(c, e->text);
	/* what is not there may be named otherwise */
	if (e->status == EX_NO_INPUT)
		say_help(c);
	return e->status;
}

#define NAMED 200u        /* values that a message names at most */
#define NAMED_BESIDE 100u /* and beside the nearest one */

int
cli_unknown(const struct cli *c, const char *what, const char *value,
    const char *(*word)(void *arg, unsigned i), void *arg)
{
	const char *w, *best = NULL;
	unsigned near = 4, n = 0;
	struct buf b;

	buf_init(&b, 7400);
	/* every word, since the nearest may be the last */
	for (; (w = word(arg, n)) != NULL; n++) {
		unsigned d = word_distance(w, value);

		/* a beginning that was not written to its end is as near as one letter */
		if (*value && strncasecmp(w, value, strlen(value)) == 0 && d > 1)
			d = 1;
		if (d < near) {
			near = d;
			best = w;
		}
		if (n < NAMED)
			buf_printf(&b, "%s%s", n ? ", " : "", w);
	}
	/* the list is cut, and its length is said */
	if (n > NAMED)
		buf_printf(&b, " and %u more", n - NAMED);
	buf_byte(&b, '\0');
	/* one message each, since each has its own mistake */
	if (*value == '\0')
		cli_usage(c, "%s: an empty value; there %s: %s", what, n == 1 ? "is" : "are",
		    n ? (char *)b.p : "none");
	else if (best && n > NAMED_BESIDE)
		cli_usage(c, "%s: there is no %.200s; did you mean %s?", what, value, best);
	else if (best)
		cli_usage(c, "%s: there is no %.200s; did you mean %s? There %s: %s", what, value,
		    best, n == 1 ? "is" : "are", (char *)b.p);
	else
		cli_usage(c, "%s: there is no %.200s; there %s: %s", what, value,
		    n == 1 ? "is" : "are", n ? (char *)b.p : "none");
	buf_release(&b);
	return EX_USAGE_ERR;
}
