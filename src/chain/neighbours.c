#include "chain/neighbours.h"

#include <stdlib.h>

#include "base/vec.h"

int
neighbours_add(struct neighbours *t, struct neighbour x)
{
	struct neighbour *q;

	if (t->n == t->cap) {
		size_t cap = t->cap ? t->cap * 2 : 1024;

		if ((q = vec_resize(t->p, cap, sizeof *q)) == NULL)
			return -1;
		t->p = q;
		t->cap = cap;
	}
	t->p[t->n++] = x;
	return 0;
}

static int
by_place(const void *pa, const void *pb)
{
	const struct neighbour *a = pa, *b = pb;

	if (a->input != b->input)
		return a->input < b->input ? -1 : 1;
	if (a->time != b->time)
		return a->time < b->time ? -1 : 1;
	return a->event < b->event ? -1 : a->event > b->event;
}

void
neighbours_sort(struct neighbours *t)
{
	if (t->n)
		qsort(t->p, t->n, sizeof *t->p, by_place);
}

void
neighbours_release(struct neighbours *t)
{
	free(t->p);
	*t = (struct neighbours){ 0 };
}

size_t
neighbours_find(const struct neighbours *t, const struct neighbour *key)
{
	const struct neighbour *at = t->n ? bsearch(key, t->p, t->n, sizeof *key, by_place) : NULL;

	return at ? (size_t)(at - t->p) : t->n;
}

struct nearest
nearest_from(const struct neighbours *t, size_t at)
{
	return (struct nearest){ t, at, at, at };
}

const struct neighbour *
nearest_next(struct nearest *w)
{
	const struct neighbour *p = w->t->p, *own = &p[w->at];
	bool left = w->lo > 0 && p[w->lo - 1].input == own->input,
	     right = w->hi + 1 < w->t->n && p[w->hi + 1].input == own->input;

	if (!left && !right)
		return NULL;
	return left && (!right || own->time - p[w->lo - 1].time <= p[w->hi + 1].time - own->time) ?
	    &p[--w->lo] :
	    &p[++w->hi];
}
