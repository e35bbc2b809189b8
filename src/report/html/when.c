/* When events were: by the hour of a day, or by the day of a month, so that silence is seen. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "base/utc.h"
#include "report/html/chart.h"
#include "report/notes.h"
#include "report/html/page.h"

#define WHEN_DAYS 40    /* rows of hours at most; longer times are told by the day */
#define WHEN_MONTHS 120 /* and so many months, the last ones */
#define WHEN_CELL 33.0
#define WHEN_DAY 26.0
#define WHEN_LEFT 80.0
#define WHEN_LEGEND \
	"E: an export began; R: a run of the source's retention ended; K: the first row with a " \
	"key " \
	"of the source."

/* Lighter to darker by powers: 1, 4, 16, 64, 256, … */
static void
cell(struct buf *b, double x, double y, double wide, uint64_t n)
{
	static const char *const shade[] = { "#e6eef5", "#c5d8e8", "#8fb3d1", "#5a8bb5", "#2f5d8a",
		"#173a5e" };
	unsigned k = 0;

	for (uint64_t v = n; v >= 4 && k < 5; v /= 4)
		k++;
	buf_printf(b,
	    "<rect x=\"%.0f\" y=\"%.0f\" width=\"%.0f\" height=\"16\" fill=\"%s\"/><text "
	    "x=\"%.1f\" "
	    "y=\"%.0f\" text-anchor=\"middle\" font-size=\"%s\" fill=\"%s\">%" PRIu64 "</text>\n",
	    x, y, wide - 1, shade[k], x + wide / 2, y + 12, n > 999 ? "7" : "9",
	    k > 2 ? "#fff" : "#000", n);
}

static void
frame(struct buf *b, unsigned columns, unsigned rows)
{
	double right = WHEN_LEFT + columns * WHEN_CELL, bottom = 18 + rows * 18.0;

	buf_str(b, "<path stroke=\"#ccc\" stroke-width=\".5\" fill=\"none\" d=\"");
	for (unsigned i = 0; i <= rows; i++)
		buf_printf(b, "M%.0f %.0fH%.0f", WHEN_LEFT, 17 + i * 18.0, right);
	for (unsigned i = 0; i <= columns; i++)
		buf_printf(b, "M%.1f 17V%.0f", WHEN_LEFT - .5 + i * WHEN_CELL, bottom);
	buf_str(b, "\"/>\n");
}

static void
put_words(struct buf *b, double x, double y, const char *fmt, ...)
{
	char t[64];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(t, sizeof t, fmt, ap);
	va_end(ap);
	chart_text(b, x, y, "middle", t, strlen(t));
}

static void
row_name(struct buf *b, unsigned row, int32_t day, size_t n)
{
	struct buf t;

	buf_init(&t, 64);
	utc_print_date(&t, day);
	chart_text(b, 0, 18 + row * 18.0 + 12, "start", (char *)t.p, t.len < n ? t.len : n);
	buf_release(&t);
}

static const struct note_day *
day_at(const struct report_notes *n, int32_t day)
{
	size_t lo = 0, hi = n->n_days;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (n->day[mid].day < day)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < n->n_days && n->day[lo].day == day ? &n->day[lo] : NULL;
}

/* ---- what happened to log and source at which time */

#define WHEN_MARKS 200u /* of a page */
#define WHEN_RUNS 50u   /* of the source's retention that are named */

struct when_mark {
	int64_t time;
	char letter; /* in its cell: colour alone would say nothing */
	const struct archive *export;
	const struct retention_run *run;
	unsigned use; /* whose first row */
};

struct when_marks {
	struct when_mark m[WHEN_MARKS];
	unsigned n;
};

static void
mark_add(struct when_marks *x, struct when_mark m)
{
	if (x->n < WHEN_MARKS)
		x->m[x->n++] = m;
}

/* The beginnings of exports, the source's runs of retention, the first row of each of its keys. */
static void
marks_of(struct when_marks *x, const struct verification *v)
{
	x->n = 0;
	for (unsigned i = 0; i < v->n_archives; i++) {
		struct str at = archive_manifest_str(v->archive[i], "started_at");
		struct utc t;

		if (at.n && utc_parse(at.p, at.n, &t) == UTC_OK)
			mark_add(x,
			    (struct when_mark){
				.time = t.us, .letter = 'E', .export = v->archive[i] });
	}
	for (unsigned i = 0; i < v->rows.n_runs && i < WHEN_RUNS; i++)
		mark_add(x,
		    (struct when_mark){
			.time = v->rows.run[i].end, .letter = 'R', .run = &v->rows.run[i] });
	for (unsigned i = USE_STRANGER; v->rows.use && i < USE_GIVEN + v->n_hmac; i++)
		if (v->rows.use[i].rows)
			mark_add(x,
			    (struct when_mark){
				.time = v->rows.use[i].time.min, .letter = 'K', .use = i });
}

/* The letters of a cell, at its left. */
static void
put_marks(
    struct buf *b, const struct when_marks *x, int64_t from, int64_t to, double left, double top)
{
	char letters[8] = "";
	unsigned n = 0;

	for (unsigned i = 0; i < x->n && n < 3; i++)
		if (x->m[i].time >= from && x->m[i].time < to && !strchr(letters, x->m[i].letter))
			letters[n++] = x->m[i].letter;
	if (n == 0)
		return;
	buf_printf(b,
	    "<rect x=\"%.1f\" y=\"%.1f\" width=\"%u\" height=\"10\" fill=\"#fff\" "
	    "stroke=\"#7a1f04\" stroke-width=\".8\"/><text x=\"%.1f\" y=\"%.1f\" "
	    "font-size=\"9\" font-weight=\"bold\" fill=\"#7a1f04\">%s</text>\n",
	    left, top, 3 + 7 * n, left + 1.5, top + 8.2, letters);
}

/* The same in words, those outside of the picture, too. */
static void
tell_marks(struct buf *b, const struct when_marks *x, const struct verification *v)
{
	for (unsigned i = 0; i < x->n; i++) {
		const struct when_mark *m = &x->m[i];

		buf_printf(b, "%s%c ", i ? "; " : "<p>Marks: ", m->letter);
		buf_time(b, m->time);
		if (m->export) {
			buf_str(b, " the export of ");
			html_text(b, archive_name(m->export));
			buf_str(b, " began");
		} else if (m->run) {
			buf_printf(b,
			    " the source's retention ended a run that deleted %" PRIu64 " rows",
			    m->run->deleted);
		} else {
			const struct key_use *u = &v->rows.use[m->use];

			if (m->use == USE_STRANGER)
				buf_str(b, " the first row with a key of the source");
			else
				buf_printf(b, " the first row with key %u of the source",
				    m->use - USE_GIVEN + 1);
			buf_printf(b, " (%" PRIu64 " rows, the last ", u->rows);
			buf_time(b, u->time.max);
			buf_byte(b, ')');
		}
	}
	if (v->rows.n_runs > WHEN_RUNS)
		buf_printf(b, "; and %u more runs", v->rows.n_runs - WHEN_RUNS);
	buf_str(b, x->n ? ".</p>\n" : "");
}

/* The time at which an hour of a day begins. */
static int64_t
hour_at(int32_t day, unsigned hour)
{
	return ((int64_t)day * 24 + hour) * 3600000000;
}

static void
by_hour(struct buf *b, const struct report_notes *n, const struct when_marks *x, int32_t first,
    int32_t last)
{
	unsigned rows = (unsigned)(last - first) + 1;

	chart_begin_wide(b, 22 + (int)rows * 18,
	    "Events by day and hour, UTC; the table below has the counts", false);
	for (unsigned h = 0; h < 24; h++)
		put_words(b, WHEN_LEFT + (h + .5) * WHEN_CELL, 12, "%02u", h);
	frame(b, 24, rows);
	for (unsigned i = 0; i < rows; i++) {
		const struct note_day *d = day_at(n, first + (int32_t)i);

		row_name(b, i, first + (int32_t)i, 10);
		for (unsigned h = 0; h < 24; h++) {
			double left = WHEN_LEFT + h * WHEN_CELL, top = 18 + i * 18.0;

			if (d && d->hour[h])
				cell(b, left, top, WHEN_CELL, d->hour[h]);
			put_marks(b, x, hour_at(first + (int32_t)i, h),
			    hour_at(first + (int32_t)i, h + 1), left, top);
		}
	}
	chart_end(b,
	    "Events by day and hour, UTC. An empty cell is silence: is it explained? " WHEN_LEGEND);
}

/* The first day of the month of a day, and the place of the day in it. */
static int32_t
month_of(int32_t day, unsigned *ret_place)
{
	struct buf t;
	unsigned d;

	buf_init(&t, 64);
	utc_print_date(&t, day);
	d = t.len >= 10 ? (unsigned)(t.p[t.len - 2] - '0') * 10 + t.p[t.len - 1] - '0' : 1;
	buf_release(&t);
	*ret_place = d - 1;
	return day - (int32_t)d + 1;
}

/* One row a month that has an event or lies between two that have one. */
static void
by_day(struct buf *b, const struct report_notes *n, const struct when_marks *x, int32_t first,
    int32_t last)
{
	int32_t month[WHEN_MONTHS];
	unsigned rows = 0, place;

	/* backwards, since the last ones are shown */
	for (int32_t m = month_of(last, &place); rows < WHEN_MONTHS && m + 31 > first;
	     m = month_of(m - 1, &place))
		month[rows++] = m;
	chart_begin_wide(b, 22 + (int)rows * 18,
	    "Events by month and day, UTC; the table below has the counts", false);
	/* days across, months down */
	for (unsigned d = 0; d < 31; d++)
		put_words(b, WHEN_LEFT + (d + .5) * WHEN_DAY, 12, "%u", d + 1);
	for (unsigned i = 0; i < rows; i++) {
		int32_t m = month[rows - 1 - i];

		/* a day that no event came on is drawn empty */
		row_name(b, i, m, 7);
		for (int32_t day = m; day < m + 31 && day <= last; day++) {
			const struct note_day *d = day_at(n, day);
			uint64_t sum = 0;

			if (month_of(day, &place) != m)
				break;
			for (unsigned h = 0; d && h < 24; h++)
				sum += d->hour[h];
			if (d)
				cell(b, WHEN_LEFT + place * WHEN_DAY, 18 + i * 18.0, WHEN_DAY, sum);
			else
				buf_printf(b,
				    "<rect x=\"%.0f\" y=\"%.0f\" width=\"25\" height=\"16\" "
				    "fill=\"none\" stroke=\"#ccc\" stroke-width=\".5\"/>\n",
				    WHEN_LEFT + place * WHEN_DAY, 18 + i * 18.0);
			put_marks(b, x, hour_at(day, 0), hour_at(day, 24),
			    WHEN_LEFT + place * WHEN_DAY, 18 + i * 18.0);
		}
	}
	chart_end(b,
	    "Events by month and day, UTC. An empty cell is silence: is it "
	    "explained? " WHEN_LEGEND);
}

void
report_when(struct buf *b, const struct report *rep)
{
	const struct report_notes *n = rep->notes;
	struct when_marks x;
	int32_t first, last;

	if (n->n_days == 0)
		return;
	marks_of(&x, rep->v);
	first = n->day[0].day;
	last = n->day[n->n_days - 1].day;
	/* a short period by hours, a long one by days */
	if (last - first < WHEN_DAYS)
		by_hour(b, n, &x, first, last);
	else
		by_day(b, n, &x, first, last);
	tell_marks(b, &x, rep->v);
	/* days that came later than there was room for */
	if (n->beyond_days)
		html_put(b,
		    "<p>%" PRIu64 " events of further days are not drawn: only the first %u days "
		    "that came are.</p>\n",
		    n->beyond_days, NOTE_DAYS);
	html_fold(b, "The same as a table");
	html_table(b, TABLE_when, NULL);
	/* the same numbers, for whoever cannot see it */
	for (size_t i = 0; i < n->n_days; i++) {
		uint64_t sum = 0;

		buf_str(b, "<tr><td>");
		utc_print_date(b, n->day[i].day);
		buf_str(b, "</td><td>");
		for (unsigned h = 0; h < 24; h++) {
			sum += n->day[i].hour[h];
			if (n->day[i].hour[h])
				html_put(b, "%02u: %u &#160; ", h, n->day[i].hour[h]);
		}
		html_put(b, "</td><td class=\"n\">%" PRIu64 "</td></tr>\n", sum);
	}
	html_table_end(b);
	html_fold_end(b);
}
