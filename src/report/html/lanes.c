/* The story of a remediation as lanes: who acted when, people larger than machines, long waits
 * shortened and labelled. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "read/person.h"
#include "report/html/chart.h"
#include "report/html/page.h"

#define LANES_MAX 12u
#define LANES_EVENTS 600u /* that are drawn; more are in the table only */
#define LANES_LEFT 110.0
#define LANES_WIDE 770.0
#define LANE_HIGH 17

struct lanes {
	const struct story *s;
	unsigned n; /* events drawn */
	const char *stage[LANES_MAX];
	unsigned n_stages;
	int64_t cut; /* a wait longer than this is drawn as long as this */
	double unit; /* of a µs */
};

static int
by_length(const void *pa, const void *pb)
{
	int64_t a = *(const int64_t *)pa, b = *(const int64_t *)pb;

	return a < b ? -1 : a > b;
}

static int64_t
wait_before(const struct lanes *l, unsigned i)
{
	return i ? l->s->m[i].time - l->s->m[i - 1].time : 0;
}

/* Waits that are far longer than most would leave no room for the rest. */
static void
choose_cut(struct lanes *l)
{
	int64_t *wait = malloc(l->n * sizeof *wait), sum = 0;
	unsigned n = 0;

	l->cut = INT64_MAX;
	if (wait == NULL)
		return;
	for (unsigned i = 1; i < l->n; i++)
		if (wait_before(l, i) > 0)
			wait[n++] = wait_before(l, i);
	if (n) {
		qsort(wait, n, sizeof *wait, by_length);
		l->cut = wait[n * 8 / 10] * 6;
		if (l->cut < 10000000)
			l->cut = 10000000;
	}
	for (unsigned i = 0; i < n; i++)
		sum += wait[i] < l->cut ? wait[i] : l->cut;
	l->unit = sum ? LANES_WIDE / (double)sum : 0;
	free(wait);
}

static unsigned
lane_of(struct lanes *l, const char *stage)
{
	unsigned i = 0;

	while (i < l->n_stages && strcmp(l->stage[i], stage))
		i++;
	if (i == l->n_stages && i < LANES_MAX)
		l->stage[l->n_stages++] = stage;
	return i < LANES_MAX ? i : LANES_MAX - 1;
}

/* A long wait is a line of dashes with its length. */
static void
shortened(struct buf *b, double x, int64_t wait, int bottom)
{
	struct buf t;

	chart_dashes(b, x, 6, bottom);
	buf_init(&t, 64);
	text_span(&t, wait / 1000);
	chart_text(b, x, bottom + 11, "middle", (char *)t.p, t.len);
	buf_release(&t);
}

static void
draw(struct buf *b, struct lanes *l, int bottom)
{
	double x = LANES_LEFT, before[LANES_MAX] = { 0 }, label = 0;

	for (unsigned i = 0; i < l->n; i++) {
		const struct moment *m = &l->s->m[i];
		int64_t wait = wait_before(l, i);
		double w = (double)(wait < l->cut ? wait : l->cut) * l->unit;
		unsigned k = lane_of(l, event_type_info[m->kind].stage);
		bool person =
		    m->actor_id && m->actor_id[0] && !is_machine(m->actor_type, m->actor_id);

		if (wait > l->cut && x + w / 2 - label > 60) {
			shortened(b, x + w / 2, wait, bottom);
			label = x + w / 2;
		}
		x += w;
		/* marks that would lie on one another are one */
		if (!person && before[k] > 0 && x - before[k] < 2)
			continue;
		before[k] = x;
		chart_mark(b, person ? CHART_DIAMOND : CHART_CIRCLE, x,
		    LANE_HIGH / 2.0 + k * LANE_HIGH, person ? 7 : 3.5, person ? 3 : 0,
		    m->order != ORDER_TIME);
	}
}

void
report_lanes(struct buf *b, const struct story *s)
{
	struct lanes l = { .s = s, .n = s->n < LANES_EVENTS ? s->n : LANES_EVENTS };
	int bottom;

	if (s->n == 0)
		return;
	for (unsigned i = 0; i < l.n; i++)
		lane_of(&l, event_type_info[s->m[i].kind].stage);
	choose_cut(&l);
	bottom = (int)l.n_stages * LANE_HIGH;
	chart_begin_wide(b, bottom + 16, "Who acted when; the table below has the events", false);
	for (unsigned k = 0; k < l.n_stages; k++) {
		double y = LANE_HIGH / 2.0 + k * LANE_HIGH;

		chart_text(b, 0, y + 4, "start", l.stage[k], strlen(l.stage[k]));
		chart_line(b, LANES_LEFT - 8, y, LANES_LEFT + LANES_WIDE + 8, y);
	}
	draw(b, &l, bottom);
	chart_end(b,
	    l.n < s->n ? "Diamond: a person; hollow: order not proven; dashed: a long wait, "
			 "shortened. Only the first 600 events are drawn." :
			 "Diamond: a person; hollow: order not proven; dashed: a long wait, "
			 "shortened.");
}
