/*
 * The log as a ruler, twice: by position (what each file holds, where it is sealed, where nothing
 * is), and by the time that events state (when a file's events were, when it was exported). Rows
 * that came late stand where they were sealed, and at a time before it.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "base/utc.h"
#include "report/html/chart.h"
#include "report/html/page.h"
#include "report/notes.h"

#define RULER_FILES 60u
#define RULER_LEFT 150.0
#define RULER_WIDE 700.0
#define RULER_SEALS 200u
#define RULER_MARKS 6 /* of an axis, about */
#define HOUR 3600000000ll
#define DAY (24 * HOUR)

/* What an axis goes through: positions, or microseconds since 1970. */
struct axis {
	int64_t from, to; /* to > from */
};

static double
place(const struct axis *x, int64_t at)
{
	if (at <= x->from)
		return RULER_LEFT;
	if (at >= x->to)
		return RULER_LEFT + RULER_WIDE;
	return RULER_LEFT +
	    RULER_WIDE * ((double)at - (double)x->from) / ((double)x->to - (double)x->from);
}

/* The smallest step of 1, 2 or 5 times a power of ten that gives no more marks than there is room
 * for. */
static int64_t
step_of(int64_t range)
{
	int64_t step = 1;

	for (int k = 0; range / step > RULER_MARKS && step < INT64_MAX / 10; k++)
		step = k % 3 == 1 ? step / 2 * 5 : step * 2;
	return step;
}

/* The same of hours and days. */
static int64_t
step_of_time(int64_t range)
{
	static const int64_t hours[] = { 1, 2, 3, 6, 12 };

	for (unsigned i = 0; i < sizeof hours / sizeof *hours; i++)
		if (range / (hours[i] * HOUR) <= RULER_MARKS)
			return hours[i] * HOUR;
	return step_of(range / DAY) * DAY;
}

/* A mark of an axis at its place, with its number or its time. */
static void
mark(struct buf *b, const struct axis *x, int64_t at, bool time, int64_t step, double y)
{
	char t[UTC_TEXT];
	size_t n;

	chart_line(b, place(x, at), y - 3, place(x, at), y + 3);
	if (time)
		utc_text(t, at);
	else
		text_grouped((uint64_t)at, t);
	n = strlen(t);
	/* a day, or an hour of one */
	if (time && n >= 16) {
		n = step >= DAY ? 10 : 16;
		t[10] = n == 16 ? ' ' : t[10];
	}
	chart_text(b, place(x, at), y + 15, "middle", t, n);
}

static void
axis(struct buf *b, const struct axis *x, bool time, double y)
{
	int64_t step = time ? step_of_time(x->to - x->from) : step_of(x->to - x->from),
		at = x->from;

	chart_line(b, RULER_LEFT, y, RULER_LEFT + RULER_WIDE, y);
	if (time)
		/* the first whole step, also before 1970 */
		at += (step - (at % step + step) % step) % step;
	for (; at <= x->to; at += step)
		mark(b, x, at, time, step, y);
	/* where the log ends, if there is room for it */
	if (!time && x->to - (at - step) > step / 2)
		mark(b, x, x->to, time, step, y);
}

/* One file by positions: a tick for each seal inside it, a mark at its end if it is sealed. */
static void
segment(struct buf *b, const struct archive *a, const struct axis *x, double y)
{
	enum vouched by = archive_vouched(a);
	double from = place(x, (int64_t)archive_first(a)), to = place(x, (int64_t)archive_next(a));
	unsigned seals = 0;

	chart_text_cut(b, 0, y + 10, "start", archive_name(a), 21);
	chart_box(b, from, y, to - from < 2 ? 2 : to - from, 12,
	    by == VOUCHED_KEY || by == VOUCHED_EXPECTED ? 0 : 6);
	for (uint64_t i = 0; i < archive_blocks(a) && seals < RULER_SEALS; i++) {
		const struct block_row *r = archive_row(a, i);
		double at = place(x, (int64_t)(r->first + r->count));

		if (archive_interim_seals(a) == 0 ||
		    !archive_interim_ends(a, r->first + r->count - 1))
			continue;
		chart_line(b, at, y - 2, at, y + 14);
		seals++;
	}
	if (archive_seal(a))
		chart_mark(b, CHART_DIAMOND, to, y + 6, 5, 2, false);
	else
		chart_mark(b, CHART_CIRCLE, to, y + 6, 4, 6, true);
}

/* Positions that no file given holds: hatched. */
static void
gaps(struct buf *b, const struct verification *v, const struct axis *x, double y)
{
	int64_t at = 0;
	bool missing = false;

	for (unsigned i = 0; i < v->n_archives; i++) {
		const struct archive *a = v->archive[i];
		int64_t first = (int64_t)archive_first(a), next = (int64_t)archive_next(a);

		if (!archive_counts(a))
			continue;
		if (first > at)
			chart_state(
			    b, place(x, at), y, place(x, first) - place(x, at), 12, CHART_UNTESTED);
		missing |= first > at;
		at = next > at ? next : at;
	}
	if (at < x->to)
		chart_state(b, place(x, at), y, place(x, x->to) - place(x, at), 12, CHART_UNTESTED);
	if (missing || at < x->to)
		chart_text(b, 0, y + 10, "start", "not here", 8);
}

/* A late row is a stroke below its file's bar, at its position or at its time. */
static void
late_rows(struct buf *b, const struct report_notes *n, unsigned archive, const struct axis *x,
    bool time, double y)
{
	for (size_t i = 0; i < n->n_late; i++) {
		const struct note_late *l = &n->late[i];
		double at = place(x, time ? l->time : (int64_t)l->position);

		if (l->archive == archive)
			buf_printf(b,
			    "<path d=\"M%.1f %.1fv6\" stroke=\"#7a1f04\" stroke-width=\"1.5\"/>\n",
			    at, y + 12);
	}
}

static bool
manifest_time(const struct archive *a, const char *name, int64_t *ret)
{
	struct str s = archive_manifest_str(a, name);
	struct utc t;

	if (s.n == 0 || utc_parse(s.p, s.n, &t) != UTC_OK)
		return false;
	*ret = t.us;
	return true;
}

/* From the first to the last event of all files; an export that began not long behind them is on
 * the axis, too. false: no time is known. */
static bool
time_axis(const struct verification *v, struct axis *ret)
{
	struct utc_range events = { 0 };
	int64_t t, room;

	for (unsigned i = 0; i < v->n_archives; i++) {
		if (manifest_time(v->archive[i], "first_event", &t))
			utc_range_add(&events, t);
		if (manifest_time(v->archive[i], "last_event", &t))
			utc_range_add(&events, t);
	}
	if (!events.any)
		return false;
	room = (events.max - events.min) / 2;
	*ret = (struct axis){ events.min, events.max };
	for (unsigned i = 0; i < v->n_archives; i++)
		if (manifest_time(v->archive[i], "started_at", &t) && t > ret->to &&
		    t - events.max <= room)
			ret->to = t;
	ret->to += ret->to == ret->from;
	return true;
}

/* One file by time: from its first event to its last; where its export began, or that this lies
 * beyond the axis. */
static void
span(struct buf *b, const struct archive *a, const struct axis *x, double y)
{
	int64_t first, last, began;
	double from, to;

	chart_text_cut(b, 0, y + 10, "start", archive_name(a), 21);
	if (manifest_time(a, "first_event", &first) && manifest_time(a, "last_event", &last)) {
		from = place(x, first);
		to = place(x, last);
		chart_box(b, from, y, to - from < 2 ? 2 : to - from, 12,
		    archive_vouched(a) == VOUCHED_KEY || archive_vouched(a) == VOUCHED_EXPECTED ?
			0 :
			6);
	}
	if (!manifest_time(a, "started_at", &began))
		return;
	if (began > x->to)
		chart_text(b, RULER_LEFT + RULER_WIDE + 4, y + 11, "start", "later", 5);
	else
		chart_mark(b, CHART_SQUARE, place(x, began), y + 6, 4, 2, false);
}

/* Checkpoints of these files' log that others dated: at their size, or at their time. */
static void
dated(struct buf *b, const struct verification *v, const struct axis *x, bool time, double y)
{
	for (unsigned i = 0; v->dates && i < v->dates->n && i < RULER_SEALS; i++) {
		const struct dated *d = &v->dates->d[i];
		int64_t at = time ? d->before : (int64_t)d->size;

		if (at < x->from || at > x->to || strcmp(d->origin, archive_origin(v->archive[0])))
			continue;
		buf_printf(
		    b, "<path d=\"M%.1f %.1fl-4 -7h8z\" fill=\"#5d8a5a\"/>\n", place(x, at), y);
	}
}

/* The same in words. */
static void
tell_dated(struct buf *b, const struct verification *v)
{
	unsigned n = 0;

	for (unsigned i = 0; v->dates && i < v->dates->n && i < RULER_SEALS; i++) {
		const struct dated *d = &v->dates->d[i];

		if (strcmp(d->origin, archive_origin(v->archive[0])))
			continue;
		html_put(b, "%s%" PRIu64 " records were sealed before ",
		    n++ ? "; " : "<p>Dated: ", d->size);
		buf_time(b, d->before);
		buf_str(b, d->stamp ? ", says the authority " : ", says the witness ");
		html_text(b, d->who);
	}
	buf_str(b, n ? ".</p>\n" : "");
}

/* The same in words: what each file holds, and how many rows of it came late. */
static void
as_table(struct buf *b, const struct report *rep)
{
	const struct verification *v = rep->v;

	html_fold(b, "The same as a table");
	html_table(b, TABLE_ruler, NULL);
	for (unsigned i = 0; i < v->n_archives; i++) {
		const struct archive *a = v->archive[i];
		uint64_t late = 0;
		struct str s;

		if (!archive_readable(a))
			continue;
		for (size_t k = 0; k < rep->notes->n_late; k++)
			late += rep->notes->late[k].archive == i;
		buf_str(b, "<tr><td>");
		html_text(b, archive_name(a));
		html_put(b, "</td><td class=\"n\">%" PRIu64 " to %" PRIu64 "</td><td>",
		    archive_first(a), archive_next(a) - 1);
		s = archive_manifest_str(a, "first_event");
		text_html(b, s.p, s.n);
		buf_str(b, "<br>");
		s = archive_manifest_str(a, "last_event");
		text_html(b, s.p, s.n);
		buf_str(b, "</td><td>");
		s = archive_manifest_str(a, "started_at");
		text_html(b, s.p, s.n);
		html_put(b,
		    "</td><td class=\"n\">%" PRIu64 "</td><td class=\"n\">%" PRIu64 "</td></tr>\n",
		    archive_interim_seals(a) + (archive_seal(a) != NULL), late);
	}
	html_table_end(b);
	html_fold_end(b);
	if (rep->notes->all_late > rep->notes->n_late)
		html_put(b, "<p>%zu of %" PRIu64 " late rows are drawn and counted by file.</p>\n",
		    rep->notes->n_late, rep->notes->all_late);
}

/* The files one below the other, by position or by time. */
static void
rows(struct buf *b, const struct report *rep, const struct axis *x, bool time)
{
	const struct verification *v = rep->v;

	for (unsigned i = 0, k = 0; i < v->n_archives && k < RULER_FILES; i++) {
		double y = 4 + k * 22.0;

		if (!archive_readable(v->archive[i]))
			continue;
		(time ? span : segment)(b, v->archive[i], x, y);
		late_rows(b, rep->notes, i, x, time, y);
		k++;
	}
}

void
report_ruler(struct buf *b, const struct report *rep)
{
	const struct verification *v = rep->v;
	struct axis positions = { 0, 0 }, times;
	unsigned n = 0;

	/* the whole width is what any file or checkpoint reaches */
	for (unsigned i = 0; i < v->n_archives; i++)
		if (archive_readable(v->archive[i])) {
			int64_t next = (int64_t)archive_next(v->archive[i]);

			positions.to = next > positions.to ? next : positions.to;
			n += n < RULER_FILES;
		}
	/* a checkpoint that is expected says that the log reaches so far */
	for (unsigned i = 0; i < v->n_expects; i++)
		if (v->expect[i].met && (int64_t)v->expect[i].c.size > positions.to)
			positions.to = (int64_t)v->expect[i].c.size;
	if (positions.to == 0)
		return;
	chart_begin_wide(b, (int)n * 22 + 46,
	    "The log's positions: what each file holds, where it is sealed; the table below says "
	    "the same",
	    false);
	rows(b, rep, &positions, false);
	/* what no file holds is drawn, and not left white */
	gaps(b, v, &positions, 4 + n * 22.0);
	axis(b, &positions, false, 26 + n * 22.0);
	dated(b, v, &positions, false, 26 + n * 22.0);
	chart_end(b,
	    "By position in the log. Blue: vouched for by a key or checkpoint given; grey: by "
	    "nobody known. Diamond: sealed; hollow: no seal; lines across: seals before. Strokes "
	    "below: late rows. Hatched: positions that no file given holds.");
	if (time_axis(v, &times)) {
		chart_begin_wide(b, (int)n * 22 + 28,
		    "The same files by the times that their events state, and when each export "
		    "began; the table below says the same",
		    false);
		rows(b, rep, &times, true);
		axis(b, &times, true, 8 + n * 22.0);
		dated(b, v, &times, true, 8 + n * 22.0);
		chart_end(b,
		    "By stated time, UTC: from a file's first event to its last. Square: its "
		    "export began, by the exporter's clock; later: behind the end of this axis. "
		    "Strokes below: late rows, at the time that they state.");
	}
	tell_dated(b, v);
	as_table(b, rep);
}
