/*
 * What answers of the service say of themselves (reference: GET /audit/events `pagination`, GET
 * /audit/export `export_metadata`), and whether all of their pages are here. Pages may lie in one
 * input (an array, a folder) or be inputs of one run: those are judged together, by the last.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/text.h"
#include "source/session.h"

#define IDS_MAX (1u << 22) /* ids of one input that are told apart: 64 MiB */

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
pages_count_id(struct pages *g, const uint8_t id[16], struct err *e)
{
	static const uint8_t none[16];
	struct ids *x = g->ids;

	if (x == NULL) {
		if ((x = g->ids = calloc(1, sizeof *x)) == NULL)
			return err_nomem(e);
		if (getrandom(x->seed, sizeof x->seed, 0) != (ssize_t)sizeof x->seed)
			x->seed[0] = (uint64_t)(uintptr_t)x;
	}
	if (memcmp(id, none, 16) == 0) { /* the free place's own value */
		g->distinct += !x->zero;
		x->zero = true;
		return 0;
	}
	/* from here on every row counts as another: a lack may be missed, none is invented */
	if (x->n == IDS_MAX || x->full) {
		x->full = true;
		g->distinct++;
		return 0;
	}
	if (x->n * 2 >= x->cap && grow(x))
		return err_nomem(e);
	if (put_id(x, id)) {
		x->n++;
		g->distinct++;
	}
	return 0;
}

static void
ids_free(struct ids *x)
{
	if (x)
		free(x->id);
	free(x);
}

void
pages_release(struct pages *g)
{
	ids_free(g->ids);
	g->ids = NULL;
	if (g->earlier) {
		pages_release(g->earlier);
		free(g->earlier);
		g->earlier = NULL;
	}
}

void
input_page(struct input *in, const struct page_marks *m, uint64_t rows)
{
	struct pages *g = &in->pages;
	uint64_t from = m->has_offset ? m->offset : g->rows, end = from + rows;

	if (g->rows == 0 || from < g->from)
		g->from = from;
	g->rows += rows;
	if (m->has_total) {
		g->total_told = true;
		if (m->total > g->total)
			g->total = m->total;
	}
	/* the page that reaches furthest tells whether there is more behind it */
	if (m->more && (g->more == MORE_UNTOLD || end >= g->reach))
		g->more = m->more;
	if (end > g->reach)
		g->reach = end;
}

/* Are all here, as far as they say? */
static bool
pages_whole(const struct pages *g)
{
	return g->total_told ? g->distinct >= g->total : g->more != MORE_YES;
}

/* What `earlier` (other) pages hold as well is counted once. 0, or -1 (e). */
static int
add_ids(struct pages *g, const struct ids *x, struct err *e)
{
	static const uint8_t none[16];

	if (x == NULL)
		return 0;
	for (size_t i = 0; i < x->cap; i++)
		if (memcmp(x->id[i], none, 16) && pages_count_id(g, x->id[i], e))
			return -1;
	return x->zero ? pages_count_id(g, none, e) : 0;
}

/*
 * Could these be pages of one answer? They cover other stretches of it, and its total may only have
 * grown by what a busy source stores between two requests: no more than a page.
 */
static bool
one_answer(const struct pages *a, const struct pages *b)
{
	uint64_t page = a->rows > b->rows ? a->rows : b->rows;

	return (a->reach <= b->from || b->reach <= a->from) && a->total_told == b->total_told &&
	    a->total <= b->total + page && b->total <= a->total + page;
}

/* Says what is missing of pages; from: the input they lay in, NULL: this one. */
static void
tell(struct input *in, const struct pages *g, const char *who, const char *from)
{
	char of[600] = "";

	if (pages_whole(g))
		return;
	if (from)
		snprintf(of, sizeof of, "%.500s: ", from);
	if (g->total_told)
		input_lacks_rows(in,
		    in->kind == INPUT_MUST_GATHER                     ? LACK_COLLECTOR :
			g->more == MORE_YES || g->reach > g->distinct ? LACK_PAGES :
									LACK_FEWER,
		    NULL, g->total - g->distinct,
		    "%s%s counted %" PRIu64 " events; %" PRIu64 " of them are here%s", of, who,
		    g->total, g->distinct,
		    g->more == MORE_YES ? ", and the last page here says that there are more" :
			g->reach > g->distinct ? ": pages between the first and the last are "
						 "missing" :
						 "");
	else
		input_lacks_rows(in, LACK_PAGES, NULL, ROWS_UNKNOWN,
		    "%sthe last page here says that there are more (has_more): those are not here",
		    of);
}

/* An export tells what it was asked for; its total is that of this answer alone, so it proves
 * nothing about what was left out. */
static void
export_asked(struct input *in)
{
	const struct pages *g = &in->pages;

	if (g->asked[0])
		input_lacks_rows(in, LACK_FILTER, NULL, ROWS_UNKNOWN,
		    "the export was asked for a part of the events only: %s", g->asked);
	if (g->asked_offset)
		input_lacks_rows(in, LACK_PAGES, NULL, g->asked_offset,
		    "the export begins behind the first %" PRIu64 " events (offset): those are not "
								  "here",
		    g->asked_offset);
	if (g->asked_limit && g->rows >= g->asked_limit)
		input_lacks(in,
		    "the export is as long as it was allowed to be (limit): whether there are more "
		    "events it does not say");
}

int
input_pages_end(struct input *in, const char *who, struct input *next, struct err *e)
{
	struct pages *g = &in->pages, *before = g->earlier;

	/* what an earlier input had only in part: here is the rest, or it stays missing */
	if (before && one_answer(before, g)) {
		g->from = before->from < g->from ? before->from : g->from;
		if (before->reach > g->reach) {
			g->reach = before->reach;
			/* the page that reaches furthest says whether more was to come */
			g->more = before->more;
		}
		if (before->total > g->total)
			g->total = before->total;
		g->rows += before->rows;
		if (add_ids(g, before->ids, e))
			return -1;
	} else if (before) {
		/* another answer begins: what was missing of the one before stays missing */
		tell(in, before, who, before->path);
	}
	/* an export says itself what was asked of it */
	if (in->kind == INPUT_SERVER_EXPORT)
		export_asked(in);
	/* undecided for now */
	if (next && !pages_whole(g)) {
		/* the next input may hold the rest: it is the one to say so */
		if ((next->pages.earlier = malloc(sizeof *g)) == NULL)
			return err_nomem(e);
		*next->pages.earlier = *g;
		next->pages.earlier->earlier = NULL;
		next->pages.earlier->path = in->sealed ? in->sealed : in->path;
		/* the ids went along: one event on two pages counts once */
		g->ids = NULL;
		input_compared(in, "total", NULL, ROWS_UNKNOWN, ROWS_UNKNOWN);
		return 0;
	}
	/* a total that was told is held against what was read, and what was compared is told as
	 * well */
	if (g->total_told)
		input_compared(in,
		    in->kind == INPUT_MUST_GATHER       ? "collector-total" :
			in->kind == INPUT_SERVER_EXPORT ? "server-export-total" :
							  "total",
		    NULL, g->total, g->distinct);
	if (g->more == MORE_NO)
		input_compared(in, "has-more", NULL, ROWS_UNKNOWN, ROWS_UNKNOWN);
	tell(in, g, who, NULL);
	return 0;
}
