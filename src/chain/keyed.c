#include "chain/keyed.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "chain/stretches.h"

/*
 * The latest time among a row and all that it hangs on, of every row: what was stored after these
 * is later than that. INT64_MIN: not known yet. Linear: each row is gone through once.
 */
static void
reach_of(const struct rows *rows, int64_t *reach, uint32_t *path, uint32_t e)
{
	uint64_t n = 0;
	int64_t up = INT64_MIN;

	/* its own time marks a row that is on the way, so that a ring ends */
	while (reach[e] == INT64_MIN) {
		path[n++] = e;
		reach[e] = rows->node[e].time == INT64_MIN ? INT64_MIN + 1 : rows->node[e].time;
		if (rows->event[e].link != LINK_LINKED || rows->node[e].parent == EVENT_NONE)
			break;
		e = rows->node[e].parent;
	}
	up = reach[e];
	while (n--) {
		up = reach[path[n]] > up ? reach[path[n]] : up;
		reach[path[n]] = up;
	}
}

/* What is known of keys around a row. */
struct around {
	int64_t *reach;  /* of each row: see reach_of */
	int64_t *newest; /* of each correlation, when the newest that surely had no key was made */
	uint32_t *path;  /* scratch of reach_of */
	/* of the input's rows behind this one: how many, and how many of the next ones in a row
	 * give their hash without a key */
	size_t left, run;
};

/* -1: no memory. Release it either way. */
static int
around_init(struct around *x, const struct neighbours *near, const struct rows *rows)
{
	x->reach = malloc((rows->events + 1) * sizeof *x->reach);
	x->newest = malloc((rows->correlations + 1) * sizeof *x->newest);
	x->path = malloc((rows->events + 1) * sizeof *x->path);
	if (x->reach == NULL || x->newest == NULL || x->path == NULL)
		return -1;
	for (uint64_t i = 0; i < rows->events; i++)
		x->reach[i] = INT64_MIN;
	for (uint64_t c = 0; c < rows->correlations; c++)
		x->newest[c] = INT64_MIN;
	for (size_t i = 0; i < near->n; i++) {
		int64_t *t = &x->newest[rows->node[near->p[i].event].corr];

		if (near->p[i].yes && near->p[i].time > *t)
			*t = near->p[i].time;
	}
	return 0;
}

static void
around_release(struct around *x)
{
	free(x->reach);
	free(x->newest);
	free(x->path);
}

/*
 * Was there no key yet when this row was stored? A later row of its correlation has none, or those
 * next to it have none. Later in the order of storing: a batch that waited while the key came lies,
 * by its times, before rows of its correlation that had none; but it hangs on these.
 */
static bool
before_the_key(struct around *x, const struct rows *rows, uint32_t e)
{
	size_t ask = x->left < KEYED_MOST ? x->left : KEYED_MOST;

	reach_of(rows, x->reach, x->path, e);
	return x->newest[rows->node[e].corr] > x->reach[e] || (ask >= KEYED_NEXT && x->run >= ask);
}

int
keyed_settle(const struct neighbours *near, struct rows *rows)
{
	struct around x = { .left = 0 };

	if (around_init(&x, near, rows)) {
		around_release(&x);
		return -1;
	}
	/* from the end of each input, so that what follows a row is known when it is asked */
	for (size_t i = near->n; i--;) {
		const struct neighbour *w = &near->p[i];
		struct event_result *r = &rows->event[w->event];
		bool withheld = r->content == CONTENT_WITHHELD && r->unlike;

		/* inputs are judged by themselves: a key may have come at another time to another
		 * database */
		if (i + 1 == near->n || near->p[i + 1].input != w->input)
			x.left = x.run = 0;
		/* a withheld one that may be keyed is named by nothing: no key tries it (J-8) */
		if (withheld)
			r->unlike = before_the_key(&x, rows, (uint32_t)w->event);
		else if (r->content == CONTENT_UNDECIDED)
			r->content = before_the_key(&x, rows, (uint32_t)w->event) ?
			    CONTENT_MISMATCH :
			    CONTENT_NO_KEY;
		x.left++;
		x.run = w->yes ? x.run + 1 : 0;
	}
	around_release(&x);
	return 0;
}

/* A row of a time whose hash is not known to be of another content. */
static bool
counts(const struct rows *rows, uint64_t i)
{
	unsigned content = rows->event[i].content;

	return content != CONTENT_NO_HASH && content != CONTENT_UNKNOWN_ALGORITHM &&
	    content != CONTENT_MISMATCH && rows->node[i].time != INT64_MIN;
}

int
keyed_uses(struct rows *rows)
{
	if ((rows->use = calloc(USE_GIVEN + rows->n_hmac, sizeof *rows->use)) == NULL)
		return -1;
	for (uint64_t i = 0; i < rows->events; i++) {
		const struct event_result *x = &rows->event[i];
		struct key_use *u = &rows->use[x->key >= 0 ? USE_GIVEN + (unsigned)x->key :
			x->keyed                           ? USE_STRANGER :
							     USE_UNKEYED];

		/* whether a row has a key may not be known at all */
		if (!counts(rows, i) ||
		    (u == rows->use &&
			(x->content == CONTENT_NO_KEY || x->content == CONTENT_NOT_CARRIED)))
			continue;
		u->rows++;
		utc_range_add(&u->time, rows->node[i].time);
	}
	return 0;
}

int64_t
keyed_since(const struct rows *rows)
{
	int64_t since = INT64_MAX;

	for (uint64_t i = 0; i < rows->events; i++) {
		const struct event_result *x = &rows->event[i];

		if ((x->keyed || x->key >= 0) && counts(rows, i) && rows->node[i].time < since)
			since = rows->node[i].time;
	}
	return since;
}

int64_t
keyed_rollout(const struct rows *rows)
{
	return (int64_t)(rows->key_rollout ? rows->key_rollout : KEY_ROLLOUT) * 1000000;
}

static void
tell(struct rows *rows, const struct stretch *s, int64_t since, struct str who)
{
	struct findings *l = rows->findings;
	struct finding *f =
	    stretch_say(rows, s, S32_STRETCH, NUM(s->correlations), NUM(s->rows), since);

	finding_explain(l, f, BECAUSE_INSTANCE_WITHOUT_KEY, GIVING(STR(who.p, who.n)));
	finding_explain(l, f, BECAUSE_MADE_WITHOUT_KEY, GIVING_NOTHING);
}

/* The unkeyed rows of each correlation without a keyed row and without one that may be, more than a
 * roll-out behind the first keyed row. */
static int
gather_unkeyed(struct stretches *s)
{
	const struct rows *rows = s->rows;
	int64_t late = keyed_since(rows) + keyed_rollout(rows);
	bool *keyed = calloc(rows->correlations + 1, sizeof *keyed);

	if (keyed == NULL)
		return -1;
	for (uint64_t i = 0; i < rows->events; i++) {
		const struct event_result *x = &rows->event[i];
		uint32_t c = rows->node[i].corr;

		if (x->content == CONTENT_NO_HASH || x->content == CONTENT_UNKNOWN_ALGORITHM)
			continue;
		if (x->keyed || x->key >= 0) {
			keyed[c] = true;
			continue;
		}
		/* no algorithm named and not checked: it may be keyed */
		keyed[c] |= x->content == CONTENT_NO_KEY || x->content == CONTENT_NOT_CARRIED;
		stretches_row(s, c, rows->node[i].time);
	}
	for (uint64_t c = 0; c < rows->correlations; c++)
		/* an instance that got its key late is within the roll-out */
		if (keyed[c] || s->spell[c].last <= late)
			stretches_drop(s, (uint32_t)c);
	free(keyed);
	return 0;
}

int
keyed_downgrades(struct rows *rows, struct err *e)
{
	static const struct stretch_kind unkeyed = { gather_unkeyed, NULL, tell };
	int64_t since = keyed_since(rows);

	return since == INT64_MAX ? 0 :
				    stretches_tell(rows, &unkeyed, since, keyed_rollout(rows), e);
}
