#include "chain/keyed.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/text.h"
#include "event/view.h"

#define NAMES 8u /* clusters and actors named in one finding, each */

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

int
keyed_settle(const struct neighbours *near, struct rows *rows)
{
	int64_t *reach = malloc((rows->events + 1) * sizeof *reach),
		*newest = malloc((rows->correlations + 1) * sizeof *newest);
	uint32_t *path = malloc((rows->events + 1) * sizeof *path);
	size_t left = 0, run = 0;

	if (reach == NULL || newest == NULL || path == NULL) {
		free(reach);
		free(newest);
		free(path);
		return -1;
	}
	for (uint64_t i = 0; i < rows->events; i++)
		reach[i] = INT64_MIN;
	for (uint64_t c = 0; c < rows->correlations; c++)
		newest[c] = INT64_MIN;
	for (size_t i = 0; i < near->n; i++) {
		int64_t *t = &newest[rows->node[near->p[i].event].corr];

		if (near->p[i].yes && near->p[i].time > *t)
			*t = near->p[i].time;
	}
	/*
	 * from the end of each input: how many rows follow in time, and how many of the next ones
	 * fit in a row
	 */
	for (size_t i = near->n; i--;) {
		const struct neighbour *x = &near->p[i];
		struct event_result *r = &rows->event[x->event];

		if (i + 1 == near->n || near->p[i + 1].input != x->input)
			left = run = 0;
		bool withheld = r->content == CONTENT_WITHHELD && r->unlike;

		if (r->content == CONTENT_UNDECIDED || withheld) {
			size_t ask = left < KEYED_MOST ? left : KEYED_MOST;

			/*
			 * Later in the order of storing: a batch that waited while the key came
			 * lies, by its times, before rows of its correlation that had none; but it
			 * hangs on these.
			 */
			reach_of(rows, reach, path, (uint32_t)x->event);
			bool unkeyed = newest[rows->node[x->event].corr] > reach[x->event] ||
			    (ask >= KEYED_NEXT && run >= ask);

			/* a withheld one that may be keyed is named by nothing: no key tries it
			 * (J-8) */
			if (withheld)
				r->unlike = unkeyed;
			else
				r->content = unkeyed ? CONTENT_MISMATCH : CONTENT_NO_KEY;
		}
		left++;
		run = x->yes ? run + 1 : 0;
	}
	free(reach);
	free(newest);
	free(path);
	return 0;
}

/* What the hashed rows of a correlation say of the key. */
struct side {
	int64_t first, last;       /* times of its hashed rows */
	uint32_t unkeyed, stretch; /* rows; number of the stretch it is in, from 1 */
	bool keyed, unknown;       /* has a keyed row; one that may be */
};

/* Correlations that follow one another within the roll-out. */
struct stretch {
	int64_t from, until;
	uint64_t correlations, rows, told;
	struct buf ids; /* texts, each with a NUL behind it */
	struct buf cluster, actor;
	unsigned n_clusters, n_actors;
	bool more_clusters, more_actors, more_told;
	unsigned file;
};

struct downgrades {
	struct rows *rows;
	struct side *side;
	struct stretch *stretch;
	uint32_t n, *order;
	bool *named; /* by correlation: its text is in its stretch */
	uint64_t at;
	struct buf text;
};

static int
by_first(const void *pa, const void *pb, void *arg)
{
	const struct side *s = arg;
	const struct side *a = &s[*(const uint32_t *)pa], *b = &s[*(const uint32_t *)pb];

	return a->first != b->first                       ? a->first < b->first ? -1 : 1 :
	    *(const uint32_t *)pa < *(const uint32_t *)pb ? -1 :
							    1;
}

/* Adds a text to a list of those that are there, if it is not yet. */
static void
add_name(struct buf *list, unsigned *n, bool *more, struct str s)
{
	size_t at = 0;

	if (s.n == 0 || memchr(s.p, '\0', s.n))
		return;
	while (at < list->len) {
		size_t k = strlen((char *)list->p + at);

		if (k == s.n && memcmp(list->p + at, s.p, k) == 0)
			return;
		at += k + 1;
	}
	if (*n == NAMES) {
		*more = true;
		return;
	}
	(*n)++;
	buf_put(list, s.p, s.n);
	buf_byte(list, '\0');
}

static int
note_row(void *arg, const struct rows *rows, const struct record *r, struct str corr,
    const struct event_result *x, const char *variant)
{
	struct downgrades *d = arg;
	uint32_t c = rows->node[d->at++].corr;
	struct stretch *s;
	struct event ev;
	const char *why;

	(void)x;
	(void)variant;
	if (d->side[c].stretch == 0)
		return 0;
	s = &d->stretch[d->side[c].stretch - 1];
	if (!d->named[c]) {
		d->named[c] = true;
		if (s->told < KEYED_NAMED) {
			buf_put(&s->ids, corr.p, corr.n);
			buf_byte(&s->ids, '\0');
			s->told++;
		}
	}
	if (r->body_form != BODY_VERBATIM && !(s->more_actors && s->more_clusters) &&
	    event_parse_body(&ev, (const char *)r->body, r->body_len, r->body_form, false, &d->text,
		&why) == 0) {
		add_name(&s->cluster, &s->n_clusters, &s->more_clusters, ev.cluster);
		add_name(&s->actor, &s->n_actors, &s->more_actors, ev.actor_id);
	}
	return s->ids.nomem || s->cluster.nomem || s->actor.nomem ? -1 : 0;
}

/* A list of texts as words of a sentence. */
static void
put_names(struct buf *out, const struct buf *list, bool more)
{
	for (size_t at = 0; at < list->len;) {
		size_t n = strlen((char *)list->p + at);

		buf_str(out, at ? ", " : " ");
		text_plain(out, list->p + at, n > 80 ? 80 : n);
		at += n + 1;
	}
	if (more)
		buf_str(out, " and more");
	if (list->len == 0)
		buf_str(out, " none named");
}

static int
tell(struct downgrades *d, struct stretch *s, int64_t since)
{
	struct findings *l = d->rows->findings;
	struct finding *f;
	struct buf t;
	size_t at[3];

	buf_init(&t, 8192);
	utc_print(&t, UTC_REST, s->from, 0);
	buf_byte(&t, '\0');
	at[0] = t.len;
	utc_print(&t, UTC_REST, s->until, 0);
	buf_byte(&t, '\0');
	at[1] = t.len;
	utc_print(&t, UTC_REST, since, 0);
	buf_byte(&t, '\0');
	at[2] = t.len;
	buf_str(&t, "clusters:");
	put_names(&t, &s->cluster, s->more_clusters);
	buf_str(&t, "; actors:");
	put_names(&t, &s->actor, s->more_actors);
	buf_byte(&t, '\0');
	if (t.failed) {
		buf_release(&t);
		return -1;
	}
	f = finding_add(l, F_S32, s->file, "source records",
	    "From %s until %s %llu correlation%s with %llu hashed rows ha%s no keyed row, though "
	    "the source wrote keyed rows of others since %s: "
	    "hashes without the key need no secret, anybody who can write to the database can "
	    "make them.",
	    (char *)t.p, (char *)t.p + at[0], (unsigned long long)s->correlations,
	    s->correlations == 1 ? "" : "s", (unsigned long long)s->rows,
	    s->correlations == 1 ? "s" : "ve", (char *)t.p + at[1]);
	for (size_t i = 0; i < s->ids.len; i += strlen((char *)s->ids.p + i) + 1)
		finding_names(l, f, (char *)s->ids.p + i);
	if (f)
		f->more_correlations = s->correlations - s->told;
	finding_explain(l, f, EXPLAINED_FITS,
	    "an instance of the source that still ran without "
	    "the key wrote them (%s)",
	    (char *)t.p + at[2]);
	finding_explain(l, f, EXPLAINED_CANNOT_TELL,
	    "somebody without the key made them, or made "
	    "them again, in the database");
	buf_release(&t);
	return 0;
}

/*
 * Sums up the rows of each correlation. Returns the time of the first keyed row, INT64_MAX if there
 * is none.
 */
static int64_t
sides(struct downgrades *d)
{
	struct rows *rows = d->rows;
	int64_t since = INT64_MAX;

	for (uint64_t c = 0; c < rows->correlations; c++)
		d->side[c] = (struct side){ INT64_MAX, INT64_MIN, 0, 0, false, false };
	for (uint64_t i = 0; i < rows->events; i++) {
		const struct event_result *x = &rows->event[i];
		struct side *s = &d->side[rows->node[i].corr];
		int64_t time = rows->node[i].time;

		if (x->content == CONTENT_NO_HASH || x->content == CONTENT_UNKNOWN_ALGORITHM)
			continue;
		if (x->keyed || x->key >= 0) {
			s->keyed = true;
			if (time != INT64_MIN && time < since && x->content != CONTENT_MISMATCH)
				since = time;
			continue;
		}
		/* no algorithm named and not checked: it may be keyed */
		s->unknown |= x->content == CONTENT_NO_KEY || x->content == CONTENT_NOT_CARRIED;
		s->unkeyed++;
		if (time != INT64_MIN) {
			s->first = time < s->first ? time : s->first;
			s->last = time > s->last ? time : s->last;
		}
	}
	return since;
}

int
keyed_downgrades(struct rows *rows, struct err *e)
{
	struct downgrades d = { .rows = rows };
	int64_t since,
	    rollout = (int64_t)(rows->key_rollout ? rows->key_rollout : KEY_ROLLOUT) * 1000000;
	uint32_t n = 0;
	bool any = false;
	int rc = -1;

	for (uint64_t i = 0; i < rows->events && !any; i++)
		any = rows->event[i].keyed || rows->event[i].key >= 0;
	if (!any)
		return 0;
	buf_init(&d.text, EX_MAX_BODY);
	d.side = calloc(rows->correlations + 1, sizeof *d.side);
	d.order = calloc(rows->correlations + 1, sizeof *d.order);
	d.named = calloc(rows->correlations + 1, sizeof *d.named);
	if (d.side == NULL || d.order == NULL || d.named == NULL) {
		err_nomem(e);
		goto out;
	}
	since = sides(&d);
	for (uint64_t c = 0; c < rows->correlations && since != INT64_MAX; c++)
		if (!d.side[c].keyed && !d.side[c].unknown && d.side[c].unkeyed &&
		    d.side[c].last > since + rollout)
			d.order[n++] = (uint32_t)c;
	rc = 0;
	if (n == 0)
		goto out;
	rc = -1;
	qsort_r(d.order, n, sizeof *d.order, by_first, d.side);
	for (uint32_t i = 0; i < n; i++) {
		struct side *w = &d.side[d.order[i]];
		struct stretch *s = d.n ? &d.stretch[d.n - 1] : NULL;

		if (s == NULL || w->first > s->until + rollout) {
			void *p = realloc(d.stretch, (d.n + 1) * sizeof *d.stretch);

			if (p == NULL) {
				err_nomem(e);
				goto out;
			}
			d.stretch = p;
			s = &d.stretch[d.n++];
			memset(s, 0, sizeof *s);
			s->from = w->first;
			s->until = w->last;
			buf_init(&s->ids, 64u << 20);
			buf_init(&s->cluster, 1u << 20);
			buf_init(&s->actor, 1u << 20);
		}
		if (w->last > s->until)
			s->until = w->last;
		s->correlations++;
		s->rows += w->unkeyed;
		w->stretch = d.n;
	}
	if (rows_each(rows, note_row, &d, e))
		goto out;
	for (uint32_t i = 0; i < d.n; i++)
		if (tell(&d, &d.stretch[i], since)) {
			err_nomem(e);
			goto out;
		}
	rc = 0;
out:
	for (uint32_t i = 0; i < d.n; i++) {
		buf_release(&d.stretch[i].ids);
		buf_release(&d.stretch[i].cluster);
		buf_release(&d.stretch[i].actor);
	}
	free(d.stretch);
	free(d.side);
	free(d.order);
	free(d.named);
	buf_release(&d.text);
	return rc;
}
