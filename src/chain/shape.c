#include "chain/shape.h"

#include <stdlib.h>
#include <string.h>

#include "base/vec.h"

/* The rows of one correlation by local number, in the order of the log. */
struct tree {
	struct rows *rows;
	const uint32_t *event, *local; /* local: of every event, its number here */
	uint32_t n;
	/* children not done; the row of the branch that sorts last; branches that go on behind
	 * the row */
	uint32_t *open, *last, *after, *queue;
};

void
shape_release(struct shape *s)
{
	free(s->odd);
	*s = (struct shape){ 0 };
}

bool
shape_stands(const struct rows *rows, uint32_t event)
{
	unsigned c = rows->event[event].content;

	return (content_fits(c) || c == CONTENT_NO_KEY || c == CONTENT_NOT_CARRIED ||
		   c == CONTENT_WITHHELD) &&
	    rows->node[event].time != INT64_MIN;
}

static int64_t
second_of(int64_t us)
{
	return us / 1000000 - (us % 1000000 < 0);
}

bool
shape_sorts_after(const struct rows *rows, uint32_t a, uint32_t b)
{
	const struct node *x = &rows->node[a], *y = &rows->node[b];

	if (rows->event[a].content == CONTENT_NOT_CARRIED ||
	    rows->event[b].content == CONTENT_NOT_CARRIED)
		return second_of(x->time) > second_of(y->time);
	return x->time != y->time ? x->time > y->time : x->id > y->id;
}

/* The predecessor of a row, where both stand and the link is proved; n if there is none. */
static uint32_t
parent_of(const struct tree *t, uint32_t i)
{
	uint32_t e = t->event[i], p = t->rows->node[e].parent;

	return p == EVENT_NONE || !shape_stands(t->rows, e) ||
		t->rows->event[e].link != LINK_LINKED ?
	    t->n :
	    t->local[p];
}

int
shape_add(struct shape *s, uint32_t event, uint32_t with, enum finding_id id)
{
	void *p;

	if (s->n == s->cap) {
		s->cap = s->cap ? s->cap * 2 : 64;
		if ((p = vec_resize(s->odd, s->cap, sizeof *s->odd)) == NULL)
			return -1;
		s->odd = p;
	}
	s->odd[s->n++] = (struct odd_shape){ event, with, id };
	return 0;
}

/* As parent_of; for the older writer's rule, rows that follow the newer one's stand by
 * themselves. */
static uint32_t
up(const struct tree *t, uint32_t i, bool older)
{
	return older && t->rows->event[t->event[i]].newer ? t->n : parent_of(t, i);
}

/* From the leaves to the roots: how many branches behind each row hold one that sorts after it.
 * Returns the number of forks; *ret_newer: older would tell otherwise. */
static uint64_t
branches(struct tree *t, bool older, bool *ret_newer)
{
	uint32_t head = 0, tail = 0;
	uint64_t n_forks = 0;

	memset(t->open, 0, t->n * sizeof *t->open);
	memset(t->after, 0, t->n * sizeof *t->after);
	/* each row that stands is its own last one until a branch behind it is known */
	for (uint32_t i = 0; i < t->n; i++) {
		uint32_t p = up(t, i, older);

		*ret_newer |= t->rows->event[t->event[i]].newer;
		t->last[i] = shape_stands(t->rows, t->event[i]) ? i : t->n;
		if (p < t->n)
			t->open[p]++;
	}
	/* leaves first: a row is judged when all behind it are */
	for (uint32_t i = 0; i < t->n; i++) {
		n_forks += t->open[i] > 1;
		if (t->open[i] == 0)
			t->queue[tail++] = i;
	}
	/* a ring of rows nobody could check is never reached from a leaf, and judged nowhere */
	for (; head < tail; head++) {
		uint32_t i = t->queue[head], p = up(t, i, older), last = t->last[i];

		if (p == t->n)
			continue;
		/* a branch whose last row sorts after the fork is one the older writer could not
		 * have made */
		if (last < t->n && shape_stands(t->rows, t->event[p]) &&
		    shape_sorts_after(t->rows, t->event[last], t->event[p]))
			t->after[p]++;
		/* the last of a row's branches is its own */
		if (last < t->n &&
		    (t->last[p] == t->n ||
			shape_sorts_after(t->rows, t->event[last], t->event[t->last[p]])))
			t->last[p] = last;
		if (--t->open[p] == 0)
			t->queue[tail++] = p;
	}
	return n_forks;
}

static int
forks(struct tree *t, struct shape *s)
{
	bool newer = false, any = false;

	s->forks += branches(t, false, &newer);
	for (uint32_t i = 0; i < t->n; i++)
		t->rows->event[t->event[i]].goes_on = t->after[i] > 0;
	if (newer) {
		branches(t, true, &newer);
		/* behind a row of the older writer, only what that one wrote says what it would
		 * have done */
		for (uint32_t i = 0; i < t->n; i++)
			if (!t->rows->event[t->event[i]].newer)
				t->rows->event[t->event[i]].goes_on = t->after[i] > 0;
	}
	for (uint32_t i = 0; i < t->n; i++)
		if (t->after[i] > 1) {
			any = true;
			if (shape_add(s, t->event[i], t->event[i], F_S23))
				return -1;
			s->unexplained++;
		}
	for (uint32_t i = 0; i < t->n && any; i++) {
		uint32_t p = up(t, i, newer);

		if (p < t->n && t->after[p] > 1 && t->last[i] < t->n &&
		    shape_sorts_after(t->rows, t->event[t->last[i]], t->event[p]) &&
		    shape_add(s, t->event[i], t->event[p], F_S23))
			return -1;
	}
	return 0;
}

/* More than one first row; rows written late, and very late. */
static int
roots_and_times(struct tree *t, struct shape *s)
{
	const struct rows *rows = t->rows;
	uint32_t first = EVENT_NONE, n = 0;

	for (uint32_t i = 0; i < t->n; i++) {
		uint32_t e = t->event[i], p = parent_of(t, i);

		if (rows->event[e].link == LINK_FIRST && shape_stands(rows, e)) {
			if (first == EVENT_NONE)
				first = e;
			n++;
		}
		if (p == t->n || !shape_stands(rows, t->event[p]))
			continue;
		s->late += rows->node[e].time < rows->node[t->event[p]].time;
		if (rows->node[e].time < rows->node[t->event[p]].time - SHAPE_BACK_US &&
		    shape_add(s, e, rows->node[e].corr, F_S28))
			return -1;
	}
	for (uint32_t i = 0; i < t->n && n > 1; i++)
		if (rows->event[t->event[i]].link == LINK_FIRST &&
		    shape_stands(rows, t->event[i]) && shape_add(s, t->event[i], first, F_S24))
			return -1;
	return 0;
}

static int
by_second(const void *pa, const void *pb, void *arg)
{
	const struct tree *t = arg;
	uint32_t a = *(const uint32_t *)pa, b = *(const uint32_t *)pb;
	int64_t x = second_of(t->rows->node[t->event[a]].time),
		y = second_of(t->rows->node[t->event[b]].time);

	return x != y ? x < y ? -1 : 1 : a < b ? -1 : a > b;
}

/* Order inside one second: told by links where the rows of it follow one another. */
static void
seconds(struct tree *t, struct shape *s)
{
	uint32_t end, linked;

	for (uint32_t i = 0; i < t->n; i++) {
		t->queue[i] = i;
		t->open[i] = 0;
	}
	qsort_r(t->queue, t->n, sizeof *t->queue, by_second, t);
	for (uint32_t i = 0; i < t->n; i = end) {
		int64_t second = second_of(t->rows->node[t->event[t->queue[i]]].time);

		linked = 0;
		for (end = i;
		     end < t->n && second_of(t->rows->node[t->event[t->queue[end]]].time) == second;
		     end++) {
			uint32_t p = parent_of(t, t->queue[end]);

			/* the first child in the same second has its place; another one may stand
			 * before or behind it */
			if (p < t->n && second_of(t->rows->node[t->event[p]].time) == second &&
			    t->open[p]++ == 0)
				linked++;
		}
		if (end - i > 1) {
			s->shared += end - i;
			s->unordered += end - i - 1 - linked;
		}
	}
}

/* The events that make others expected which are not here. */
static int
expected(struct tree *t, struct shape *s, uint32_t correlation)
{
	uint64_t broken = expected_broken(&t->rows->expected, correlation);

	for (uint32_t i = 0; i < t->n && broken; i++) {
		uint8_t type = t->rows->event[t->event[i]].type;

		if (type != EXPECTED_NONE && broken >> type & 1 &&
		    shape_add(s, t->event[i], correlation, F_S29))
			return -1;
	}
	return 0;
}

static int
by_event(const void *pa, const void *pb)
{
	const struct odd_shape *a = pa, *b = pb;

	return a->event != b->event ? a->event < b->event ? -1 : 1 :
	    a->id != b->id          ? a->id < b->id ? -1 : 1 :
	    a->with < b->with       ? -1 :
				      a->with > b->with;
}

int
shape_find(struct shape *s, struct rows *rows)
{
	uint64_t n = rows->events, most = 0, k = 0;
	uint32_t *event = malloc((n + 1) * sizeof *event), *local = malloc((n + 1) * sizeof *local),
		 *at = calloc(rows->correlations + 2, sizeof *at), *work = NULL;
	int rc = -1;

	*s = (struct shape){ 0 };
	/* the newer writer's rows first: what it explains is no fork */
	if (event == NULL || local == NULL || at == NULL || insert_seq_check(s, rows))
		goto out;
	/* events of a correlation lie together: a sort by counting */
	for (uint64_t i = 0; i < n; i++)
		at[rows->node[i].corr + 2]++;
	for (uint64_t c = 2; c < rows->correlations + 2; c++) {
		if (at[c] > most)
			most = at[c];
		at[c] += at[c - 1];
	}
	for (uint64_t i = 0; i < n; i++) {
		event[at[rows->node[i].corr + 1]++] = (uint32_t)i;
	}
	/* one scratch for all, as large as the largest correlation needs */
	if ((work = malloc((most + 1) * 4 * sizeof *work)) == NULL)
		goto out;
	for (uint64_t c = 0; c < rows->correlations; c++) {
		struct tree t = { rows, event + at[c], local, at[c + 1] - at[c], work, work + most,
			work + 2 * most, work + 3 * most };

		/* places within the correlation, so that its tree is a small array */
		for (uint32_t i = 0; i < t.n; i++)
			local[t.event[i]] = i;
		if (t.n > 1 && (forks(&t, s) || roots_and_times(&t, s)))
			goto out;
		if (t.n > 1)
			seconds(&t, s);
		if (expected(&t, s, (uint32_t)c))
			goto out;
	}
	/* two rules may name the same event: once is enough */
	if (s->n)
		qsort(s->odd, s->n, sizeof *s->odd, by_event);
	for (uint64_t i = 0; i < s->n; i++) /* a fork may break both rules */
		if (k == 0 || by_event(&s->odd[k - 1], &s->odd[i]))
			s->odd[k++] = s->odd[i];
	s->n = k;
	/* marked, so that a second pass names only these */
	for (uint64_t i = 0; i < s->n; i++)
		rows->event[s->odd[i].event].odd = true;
	rc = 0;
out:
	free(event);
	free(local);
	free(at);
	free(work);
	return rc;
}

const struct odd_shape *
shape_of(const struct shape *s, uint64_t event)
{
	uint64_t lo = 0, hi = s->n;

	while (lo < hi) {
		uint64_t mid = (lo + hi) / 2;

		if (s->odd[mid].event < event)
			lo = mid + 1;
		else
			hi = mid;
	}
	return s->odd + lo;
}
