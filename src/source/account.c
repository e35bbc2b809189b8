/* What an input is known to lack, the counts and marks it carried, and its bytes (record.md R-15
 * `lacks`, `compared`, `bytes`). */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "json/emit.h"
#include "source/session.h"

/* Adds a JSON value to a list of such, once. */
static void
add_once(struct buf *list, const struct buf *t)
{
	list->failed |= t->failed;
	if (t->failed || (list->len && memmem(list->p, list->len, t->p, t->len)))
		return;
	if (list->len)
		buf_byte(list, ',');
	buf_put(list, t->p, t->len);
}

void
input_lacks(struct input *in, const char *sentence)
{
	struct buf t;

	buf_init(&t, 4096);
	text_json(&t, sentence, strlen(sentence));
	add_once(&in->lacks, &t);
	buf_release(&t);
}

void
input_lacks_rows(
    struct input *in, const char *type, const char *table, uint64_t rows, const char *fmt, ...)
{
	char sentence[1200];
	struct emit x;
	struct buf t;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(sentence, sizeof sentence, fmt, ap);
	va_end(ap);
	buf_init(&t, 16384);
	emit_init(&x, &t);
	emit_object(&x, NULL);
	emit_str(&x, "type", type);
	emit_str(&x, "sentence", sentence);
	if (rows != ROWS_UNKNOWN)
		emit_u64(&x, "rows", rows);
	if (table)
		emit_str(&x, "table", table);
	emit_end(&x);
	in->known_lacks++;
	in->asked_lacks += strcmp(type, LACK_FILTER) == 0 || strcmp(type, LACK_COLLECTOR) == 0;
	add_once(&in->lacks, &t);
	buf_release(&t);
}

static void
emit_rows(struct emit *x, const char *name, uint64_t rows)
{
	if (rows == ROWS_UNKNOWN)
		emit_null(x, name);
	else
		emit_u64(x, name, rows);
}

void
input_compared(
    struct input *in, const char *what, const char *table, uint64_t expected, uint64_t read)
{
	struct emit x;
	struct buf t;

	buf_init(&t, 16384);
	emit_init(&x, &t);
	emit_object(&x, NULL);
	emit_str(&x, "what", what);
	if (table)
		emit_str(&x, "table", table);
	emit_rows(&x, "expected", expected);
	emit_rows(&x, "read", read);
	emit_end(&x);
	add_once(&in->compared, &t);
	buf_release(&t);
}

bool
input_yields(const struct input *in)
{
	return in->events || in->conflicts || in->repeats || in->dead_letters || in->collection.len;
}

void
session_understood(struct session *s, size_t n)
{
	s->in->bytes.understood += n;
}

bool
input_footer(struct input *in, const char *p, size_t n)
{
	const char *space;
	uint64_t rows;

	while (n && (p[n - 1] == '\r' || p[n - 1] == ' '))
		n--;
	if (n < 7 || n > 30 || p[0] != '(' || p[n - 1] != ')' ||
	    (space = memchr(p, ' ', n)) == NULL ||
	    !dec_u64(p + 1, (size_t)(space - p - 1), &rows) || rows > 1ull << 40)
		return false;
	n -= (size_t)(space + 1 - p) + 1;
	if (!(n == 3 && memcmp(space + 1, "row", 3) == 0) &&
	    !(n == 4 && memcmp(space + 1, "rows", 4) == 0))
		return false;
	in->footers++;
	in->footer_rows += rows;
	return true;
}

void
input_footers_end(struct input *in)
{
	if (in->footers == 0)
		return;
	input_compared(in, "total", NULL, in->footer_rows, in->rows);
	if (in->footer_rows > in->rows)
		input_lacks_rows(in, LACK_FEWER, NULL, in->footer_rows - in->rows,
		    "psql printed %" PRIu64 " rows; %" PRIu64 " of them are here", in->footer_rows,
		    in->rows);
}
