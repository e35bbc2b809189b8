#include "verify/timely.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "base/utc.h"
#include "verify/verify.h"

/* One file while its events are looked at, in the order of the log. */
struct timing {
	struct verification *v;
	struct timely *t;
	const struct archive *a;
	const struct dated *bound; /* of the block that is looked at; NULL: none */
	/* newest time so far of the log; of what lay below the last dated seal before the block */
	int64_t newest, dated_newest;
	uint64_t dated_size; /* of that seal */
};

static void
one_event(struct timing *x, uint64_t event)
{
	int64_t time = x->v->rows.node[event].time;
	struct timely *t = x->t;

	if (time == INT64_MIN || x->v->rows.event[event].content == CONTENT_REPEAT)
		return;
	if (x->bound == NULL) {
		t->unbounded++;
	} else {
		int64_t distance = x->bound->before - time;

		if (t->bounded++ == 0 || x->bound->before < t->first)
			t->first = x->bound->before;
		if (x->bound->before > t->last) {
			t->last = x->bound->before;
			snprintf(t->who, sizeof t->who, "%s", x->bound->who);
		}
		if (distance > t->window) {
			t->window = distance;
			t->window_event = event;
		}
		if (distance < 0 && t->behind++ == 0)
			t->behind_event = event;
	}
	if (time < x->dated_newest) {
		if (t->late++ == 0 || x->dated_newest - time > t->late_by) {
			t->late_by = x->dated_newest - time;
			t->late_event = event;
		}
	}
	if (time > x->newest)
		x->newest = time;
}

/* The block's events have one bound: seals stand between blocks. */
static void
one_block(struct timing *x, const struct block_row *row, uint64_t from, uint64_t to)
{
	const char *origin = archive_origin(x->a);
	const struct dated *below = dates_below(x->v->dates, origin, row->first);

	x->bound = dates_bound(x->v->dates, origin, row->first + row->count - 1);
	if (below && below->size > x->dated_size) {
		x->dated_size = below->size;
		x->dated_newest = x->newest;
	}
	x->t->all &= x->bound != NULL;
	for (uint64_t i = from; i < to; i++)
		one_event(x, i);
}

/* Is every record of a file below a checkpoint that a witness signed? */
static bool
witnessed(const struct verification *v, const struct archive *a)
{
	for (unsigned i = 0; i < v->dates->n; i++)
		if (!v->dates->d[i].stamp && v->dates->d[i].size >= archive_next(a) &&
		    strcmp(v->dates->d[i].origin, archive_origin(a)) == 0)
			return true;
	return false;
}

/* The event of a number: its id, and which file holds it. */
struct asked_event {
	uint64_t number, at;
	uint8_t id[16];
	uint64_t position;
	bool found;
};

static int
take_event(void *arg, const struct rows *rows, const struct record *r, struct str correlation,
    const struct event_result *result, const char *variant)
{
	struct asked_event *x = arg;

	(void)rows, (void)correlation, (void)result, (void)variant;
	if (x->at++ == x->number) {
		memcpy(x->id, r->id, 16);
		x->position = r->position;
		x->found = true;
	}
	return 0;
}

/* W03 and W07 name an event; it is read again, since rows keep a part of its id alone. */
static int
tell(struct verification *v, const struct timely *t, struct err *e)
{
	struct asked_event late = { .number = t->late_event },
			   behind = { .number = t->behind_event };
	char id[37], time[UTC_TEXT], bound[UTC_TEXT];
	struct finding *f;
	struct buf span;

	if (t->late && rows_each(&v->rows, take_event, &late, e))
		return -1;
	if (t->behind && rows_each(&v->rows, take_event, &behind, e))
		return -1;
	buf_init(&span, 200);
	text_span(&span, t->late_by / 1000);
	buf_byte(&span, '\0');
	if (late.found && !span.failed) {
		uuid_of(late.id, id);
		f = finding_say(&v->findings, W07_LATE, 0, at_position(late.position).text,
		    GIVING(NUM(t->late), TEXT(id), TEXT((char *)span.p)));
		finding_event(&v->findings, f, late.id);
	}
	if (behind.found) {
		uuid_of(behind.id, id);
		utc_text(time, v->rows.node[t->behind_event].time);
		utc_text(bound, t->first);
		f = finding_say(&v->findings, W03_BEHIND, 0, at_position(behind.position).text,
		    GIVING(NUM(t->behind), TEXT(id), TEXT(time), TEXT(t->who), TEXT(bound)));
		finding_event(&v->findings, f, behind.id);
	}
	buf_release(&span);
	return v->findings.failed ? err_nomem(e) : 0;
}

static void
span_text(char out[64], int64_t us)
{
	struct buf b;

	buf_init(&b, 64);
	text_span(&b, us / 1000);
	snprintf(out, 64, "%.*s", (int)b.len, b.p ? (char *)b.p : "");
	buf_release(&b);
}

int
timely_judge(struct verification *v, struct err *e)
{
	struct timely *t = &v->timely;
	struct timing x = { .v = v, .t = t, .newest = INT64_MIN, .dated_newest = INT64_MIN };
	uint64_t block = 0;

	memset(t, 0, sizeof *t);
	t->looks = v->looks.n;
	t->unwatched = v->looks.widest;
	t->unwatched_from = v->looks.from;
	span_text(t->unwatched_text, t->unwatched);
	if (v->dates == NULL || v->dates->n == 0)
		return 0;
	t->all = t->all_witnessed = v->n_archives > 0;
	for (unsigned k = 0; k < v->rows.n_archives; k++) {
		const struct archive *a = v->rows.archive[k];

		/* another log has times of its own */
		if (x.a && strcmp(archive_origin(x.a), archive_origin(a))) {
			x.newest = x.dated_newest = INT64_MIN;
			x.dated_size = 0;
		}
		x.a = a;
		if (!archive_readable(a)) {
			t->all = t->all_witnessed = false;
			block += archive_blocks(a);
			continue;
		}
		for (uint64_t i = 0; i < archive_blocks(a); i++, block++)
			one_block(&x, archive_row(a, i), v->rows.block_event[block],
			    v->rows.block_event[block + 1]);
		t->all_witnessed &= archive_readable(a) && witnessed(v, a);
	}
	if (t->bounded) {
		utc_text(t->last_text, t->last);
		span_text(t->window_text, t->window);
	}
	return tell(v, t, e);
}
