/*
 * The order of a story (formats/rebuild.md B-4): by stated time, at one time as the source's own
 * flow goes. What links tell, the order of storing, is noted beside it and orders nothing.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "read/select.h"

const char *const order_name[] = { "time", "flow", "cannot tell" };
const char *const order_mark[] = { " ", "~", "?" };

/* Positions count up over the files of a log; of two logs the file that was given first. */
static int
by_place(const struct moment *a, const struct moment *b)
{
	if (a->archive != b->archive)
		return a->archive < b->archive ? -1 : 1;
	return a->position < b->position ? -1 : a->position > b->position;
}

static int
by_flow(const void *pa, const void *pb)
{
	const struct moment *a = pa, *b = pb;
	int c;

	if (a->time != b->time)
		return a->time < b->time ? -1 : 1;
	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	c = memcmp(a->id, b->id, 16);
	return c ? c : by_place(a, b);
}

/*
 * Entries to phases of one time stand in the order of the replay, in the places that their types
 * gave them. seq: entries in that order. *seq is moved past those of m[from..to).
 */
static int
place_entries(struct story *s, unsigned from, unsigned to, const uint32_t **seq)
{
	unsigned n = 0;
	struct moment *hold;

	for (unsigned i = from; i < to; i++)
		n += s->m[i].entry;
	if (n > 1) {
		if ((hold = malloc(n * sizeof *hold)) == NULL)
			return -1;
		for (unsigned k = 0; k < n; k++)
			hold[k] = s->m[(*seq)[k]];
		for (unsigned i = from, k = 0; i < to; i++)
			if (s->m[i].entry)
				s->m[i] = hold[k++];
		free(hold);
	}
	*seq += n;
	return 0;
}

static int
by_hash(const void *pa, const void *pb, void *moments)
{
	const struct moment *m = moments;
	const struct moment *a = &m[*(const uint32_t *)pa], *b = &m[*(const uint32_t *)pb];
	int c = memcmp(a->hash, b->hash, 32);

	return c ? c : by_place(a, b);
}

/* Which event of the story each one's link names. */
static int
find_links(struct story *s)
{
	uint32_t *at = malloc((s->n + 1) * sizeof *at);
	unsigned n = 0;

	if (at == NULL)
		return -1;
	/* a row without a hash can be named by nobody */
	for (uint32_t i = 0; i < s->n; i++)
		if (s->m[i].has_hash)
			at[n++] = i;
	if (n)
		qsort_r(at, n, sizeof *at, by_hash, s->m);
	for (uint32_t i = 0; i < s->n; i++) {
		struct moment *m = &s->m[i];
		unsigned lo = 0, hi = n;

		/* each is set anew: what the copies that were dropped said counts no more */
		m->stored_after = NOT_LINKED;
		m->contradicts_time = false;
		while (m->has_previous && lo < hi) { /* the first that has that hash */
			unsigned mid = (lo + hi) / 2;

			if (memcmp(s->m[at[mid]].hash, m->previous, 32) < 0)
				lo = mid + 1;
			else
				hi = mid;
		}
		/* A row that names its own hash was not stored behind itself. Two rows of one hash
		 * are told apart by their place only. */
		if (m->has_previous && lo < n && at[lo] == i) /* not itself */
			lo++;
		if (!m->has_previous || lo == n || memcmp(s->m[at[lo]].hash, m->previous, 32))
			continue;
		/* a link says in which order the source stored; a clock set back says another
		 * (B-4) */
		m->stored_after = at[lo];
		m->contradicts_time = s->m[at[lo]].time > m->time;
	}
	free(at);
	return 0;
}

enum order
story_order(const struct story *s, unsigned a, unsigned b)
{
	const struct moment *x = &s->m[a], *y = &s->m[b];

	if (x->time != y->time)
		return ORDER_TIME;
	if (x->entry && y->entry) /* the same step twice is told apart by the id only */
		return x->told.to == y->told.to && x->told.from == y->told.from &&
			x->kind == y->kind ?
		    ORDER_UNKNOWN :
		    ORDER_FLOW;
	return x->kind == y->kind ? ORDER_UNKNOWN : ORDER_FLOW;
}

void
story_order_put(struct emit *e, const struct story *s, unsigned at)
{
	const struct moment *m = &s->m[at];

	emit_str(e, "order", order_name[m->order]);
	if (m->stored_after != NOT_LINKED)
		emit_u64(e, "stored_after", s->m[m->stored_after].position);
	if (m->contradicts_time)
		emit_bool(e, "contradicts_time", true);
	if (m->behind_end)
		emit_bool(e, "behind_end", true);
}

/*
 * Does following the links from one place come to the other? Links of altered rows may run in a
 * circle.
 */
static bool
leads(const struct story *s, uint32_t from, uint32_t to)
{
	for (unsigned steps = 0; steps < s->n && from != NOT_LINKED; steps++) {
		from = s->m[from].stored_after;
		if (from == to)
			return true;
	}
	return false;
}

bool
story_linked(const struct story *s, unsigned a, unsigned b)
{
	return leads(s, b, a) || leads(s, a, b);
}

int
story_settle(struct story *s)
{
	uint32_t *seq = malloc((s->n + 1) * sizeof *seq);
	const uint32_t *next = seq;
	unsigned n = 0;
	int rc = -1;

	phases_release(&s->phases);
	if (seq == NULL)
		return -1;
	/* what each event tells has to be known before the order is: the order rests on it */
	for (unsigned i = 0; i < s->n; i++)
		moment_tell(&s->m[i]);
	if (s->n)
		qsort(s->m, s->n, sizeof *s->m, by_flow);
	story_drop_copies(s);
	/* phases first without spans: they say which of several events of one time the controller
	 * wrote first */
	if (phases_of(&s->phases, s->m, s->n, false, seq, &n))
		goto out;
	for (unsigned i = 0; i < s->n; i++)
		s->m[i].entry = false;
	for (unsigned i = 0; i < n; i++)
		s->m[seq[i]].entry = true;
	/* events of one time are a group, and are put in order by what the phases say of them */
	for (unsigned i = 0, k; i < s->n; i = k) {
		for (k = i + 1; k < s->n && s->m[k].time == s->m[i].time; k++)
			;
		if (place_entries(s, i, k, &next))
			goto out;
	}
	/*
	 * the places have changed, the phases have not: their order rests on times, phases and ids
	 */
	if (phases_of(&s->phases, s->m, s->n, true, NULL, NULL) || find_links(s))
		goto out;
	/* how sure each place is, and what came behind the end, is told with the order */
	for (unsigned i = 0; i < s->n; i++) {
		const struct phases *p = &s->phases;

		s->m[i].order = i ? story_order(s, i - 1, i) : ORDER_TIME;
		s->m[i].behind_end = p->end >= 0 && s->m[i].time > s->m[p->end].time;
	}
	rc = 0;
out:
	free(seq);
	return rc;
}
