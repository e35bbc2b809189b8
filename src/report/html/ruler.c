/* The log as a ruler: which positions each file holds, where it is sealed, and where nothing is. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "report/html/chart.h"
#include "report/html/page.h"

#define RULER_FILES 60u
#define RULER_LEFT 150.0
#define RULER_WIDE 730.0
#define RULER_SEALS 200u

static void
number(struct buf *b, double x, double y, const char *anchor, uint64_t n)
{
	char t[32];

	text_grouped(n, t);
	chart_text(b, x, y, anchor, t, strlen(t));
}

/* One file: its stretch of the log, a tick for each seal inside it, a mark at its end if sealed. */
static void
segment(struct buf *b, const struct archive *a, uint64_t end, double y)
{
	enum vouched by = archive_vouched(a);
	uint64_t first = archive_first(a), next = archive_next(a), seals = 0;
	double unit = RULER_WIDE / (double)end, x = RULER_LEFT + (double)first * unit,
	       w = (double)(next - first) * unit;

	chart_text_cut(b, 0, y + 10, "start", archive_name(a), 21);
	chart_box(b, x, y, w < 2 ? 2 : w, 12, by == VOUCHED_KEY || by == VOUCHED_EXPECTED ? 0 : 6);
	for (uint64_t i = 0; i < archive_blocks(a) && seals < RULER_SEALS; i++) {
		const struct block_row *r = archive_row(a, i);
		double at = RULER_LEFT + (double)(r->first + r->count) * unit;

		if (archive_interim_seals(a) == 0 ||
		    !archive_interim_ends(a, r->first + r->count - 1))
			continue;
		chart_line(b, at, y - 2, at, y + 14);
		seals++;
	}
	if (archive_seal(a))
		chart_mark(b, CHART_DIAMOND, x + w, y + 6, 5, 2, false);
	else
		chart_mark(b, CHART_CIRCLE, x + w, y + 6, 4, 6, true);
}

/* Positions that no file given holds: hatched, with how many. */
static void
gaps(struct buf *b, const struct verification *v, uint64_t end, double y)
{
	uint64_t at = 0;

	for (unsigned i = 0; i < v->n_archives; i++) {
		const struct archive *a = v->archive[i];

		if (!archive_counts(a))
			continue;
		if (archive_first(a) > at)
			chart_state(b, RULER_LEFT + (double)at * RULER_WIDE / (double)end, y,
			    (double)(archive_first(a) - at) * RULER_WIDE / (double)end, 12,
			    CHART_UNTESTED);
		at = archive_next(a) > at ? archive_next(a) : at;
	}
	if (at < end)
		chart_state(b, RULER_LEFT + (double)at * RULER_WIDE / (double)end, y,
		    (double)(end - at) * RULER_WIDE / (double)end, 12, CHART_UNTESTED);
}

void
report_ruler(struct buf *b, const struct report *rep)
{
	static const char words[] = "Blue: vouched for by a key or checkpoint given; grey: by "
				    "nobody known. Diamond: "
				    "sealed; hollow: no seal. Hatched: positions that no file "
				    "given holds.";
	const struct verification *v = rep->v;
	uint64_t end = 0;
	unsigned rows = 0;

	/* the whole width is what any file or checkpoint reaches */
	for (unsigned i = 0; i < v->n_archives; i++)
		if (archive_readable(v->archive[i])) {
			end = archive_next(v->archive[i]) > end ? archive_next(v->archive[i]) : end;
			rows += rows < RULER_FILES;
		}
	/* a checkpoint that is expected says that the log reaches so far */
	for (unsigned i = 0; i < v->n_expects; i++)
		if (v->expect[i].met && v->expect[i].c.size > end)
			end = v->expect[i].c.size;
	if (end == 0)
		return;
	/* one line a file, in the order of positions */
	chart_begin_wide(b, (int)rows * 20 + 46,
	    "The log's positions: what each file holds, where it is sealed; the tables below say "
	    "the same",
	    false);
	for (unsigned i = 0, k = 0; i < v->n_archives && k < rows; i++)
		if (archive_readable(v->archive[i]))
			segment(b, v->archive[i], end, 4 + k++ * 20.0);
	/* what no file holds is drawn, and not left white */
	gaps(b, v, end, 4 + rows * 20.0);
	chart_line(b, RULER_LEFT, 22 + rows * 20.0, RULER_LEFT + RULER_WIDE, 22 + rows * 20.0);
	number(b, RULER_LEFT, 36 + rows * 20.0, "start", 0);
	number(b, RULER_LEFT + RULER_WIDE, 36 + rows * 20.0, "end", end);
	chart_end(b, words);
}
