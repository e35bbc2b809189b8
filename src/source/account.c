/* What an input is known to lack, the counts and marks it carried, and its bytes (record.md R-15
 * `lacks`, `compared`, `bytes`). */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/text.h"
#include "source/session.h"

#define IDS_MAX (1u << 22) /* ids of one input that are told apart: 64 MiB */

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
	struct buf t;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(sentence, sizeof sentence, fmt, ap);
	va_end(ap);
	buf_init(&t, 16384);
	buf_printf(&t, "{\"type\":\"%s\",\"sentence\":", type);
	text_json(&t, sentence, strlen(sentence));
	if (rows != ROWS_UNKNOWN)
		buf_printf(&t, ",\"rows\":%llu", (unsigned long long)rows);
	if (table) {
		buf_str(&t, ",\"table\":");
		text_json(&t, table, strlen(table));
	}
	buf_byte(&t, '}');
	in->known_lacks++;
	in->asked_lacks += strcmp(type, LACK_FILTER) == 0 || strcmp(type, LACK_COLLECTOR) == 0;
	add_once(&in->lacks, &t);
	buf_release(&t);
}

void
input_compared(
    struct input *in, const char *what, const char *table, uint64_t expected, uint64_t read)
{
	struct buf t;

	buf_init(&t, 16384);
	buf_printf(&t, "{\"what\":\"%s\"", what);
	if (table) {
		buf_str(&t, ",\"table\":");
		text_json(&t, table, strlen(table));
	}
	buf_printf(&t, expected == ROWS_UNKNOWN ? ",\"expected\":null" : ",\"expected\":%llu",
	    (unsigned long long)expected);
	buf_printf(&t, read == ROWS_UNKNOWN ? ",\"read\":null}" : ",\"read\":%llu}",
	    (unsigned long long)read);
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
		    "psql printed %llu rows; %llu of them are here",
		    (unsigned long long)in->footer_rows, (unsigned long long)in->rows);
}

/* ---- how many different events an answer holds, whatever else was read before ---- */

struct ids {
	uint8_t (*id)[16]; /* open addressing; zeros: free */
	size_t n, cap;
	uint64_t seed[2]; /* nobody who makes ids can tell where they land */
	bool full, zero;
};

static size_t
place_of(const struct ids *x, const uint8_t id[16])
{
	uint64_t h = (load_be(id, 8) ^ x->seed[0]) * 0x9e3779b97f4a7c15u;

	h = (h ^ (h >> 29) ^ load_be(id + 8, 8) ^ x->seed[1]) * 0xbf58476d1ce4e5b9u;
	h = (h ^ h >> 32) * 0x94d049bb133111ebu;
	return (size_t)(h ^ h >> 31) & (x->cap - 1);
}

static bool
put_id(struct ids *x, const uint8_t id[16])
{
	static const uint8_t none[16];
	size_t i = place_of(x, id);

	while (memcmp(x->id[i], none, 16)) {
		if (memcmp(x->id[i], id, 16) == 0)
			return false;
		i = (i + 1) & (x->cap - 1);
	}
	memcpy(x->id[i], id, 16);
	return true;
}

static int
grow(struct ids *x)
{
	struct ids y = *x;
	static const uint8_t none[16];

	y.cap = x->cap ? x->cap * 2 : 1024;
	if ((y.id = calloc(y.cap, sizeof *y.id)) == NULL) {
		nomem_note();
		return -1;
	}
	for (size_t i = 0; i < x->cap; i++)
		if (memcmp(x->id[i], none, 16))
			put_id(&y, x->id[i]);
	free(x->id);
	*x = y;
	return 0;
}

int
input_count_id(struct input *in, const uint8_t id[16], struct err *e)
{
	static const uint8_t none[16];
	struct ids *x = in->ids;

	if (x == NULL) {
		if ((x = in->ids = calloc(1, sizeof *x)) == NULL)
			return err_nomem(e);
		if (getrandom(x->seed, sizeof x->seed, 0) != (ssize_t)sizeof x->seed)
			x->seed[0] = (uint64_t)(uintptr_t)x;
	}
	if (memcmp(id, none, 16) == 0) { /* the free place's own value */
		in->distinct += !x->zero;
		x->zero = true;
		return 0;
	}
	/* from here on every row counts as another: a lack may be missed, none is invented */
	if (x->n == IDS_MAX || x->full) {
		x->full = true;
		in->distinct++;
		return 0;
	}
	if (x->n * 2 >= x->cap && grow(x))
		return err_nomem(e);
	if (put_id(x, id)) {
		x->n++;
		in->distinct++;
	}
	return 0;
}

void
input_ids_release(struct input *in)
{
	if (in->ids)
		free(in->ids->id);
	free(in->ids);
	in->ids = NULL;
}

/* ---- pages of the server ---- */

void
input_page(struct input *in, const struct page_marks *m, uint64_t rows)
{
	uint64_t end = (m->has_offset ? m->offset : in->page_rows) + rows;

	in->page_rows += rows;
	if (m->has_total) {
		in->total_told = true;
		if (m->total > in->total)
			in->total = m->total;
	}
	/* the page that reaches furthest tells whether there is more behind it */
	if (m->more >= 0 && (in->last_more < 0 || end >= in->reach))
		in->last_more = m->more;
	if (end > in->reach)
		in->reach = end;
}

void
input_pages_end(struct input *in, const char *who)
{
	uint64_t n = in->distinct;

	if (in->total_told)
		input_compared(in,
		    in->kind == INPUT_MUST_GATHER       ? "collector-total" :
			in->kind == INPUT_SERVER_EXPORT ? "server-export-total" :
							  "total",
		    NULL, in->total, n);
	if (in->last_more == 0)
		input_compared(in, "has-more", NULL, ROWS_UNKNOWN, ROWS_UNKNOWN);
	if (in->total_told && in->total > n)
		input_lacks_rows(in,
		    in->kind == INPUT_MUST_GATHER           ? LACK_COLLECTOR :
			in->last_more == 1 || in->reach > n ? LACK_PAGES :
							      LACK_FEWER,
		    NULL, in->total - n, "%s counted %llu events; %llu of them are here%s", who,
		    (unsigned long long)in->total, (unsigned long long)n,
		    in->last_more == 1 ? ", and the last page here says that there are more" :
			in->reach > n  ? ": pages between the first and the last are missing" :
					 "");
	else if (in->last_more == 1 && !in->total_told)
		input_lacks_rows(in, LACK_PAGES, NULL, ROWS_UNKNOWN,
		    "the last page here says that there are more (has_more): those are not here");
}
