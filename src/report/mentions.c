#include "report/mentions.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/vec.h"

struct mention
mention_of(const char *id, uint64_t position)
{
	struct mention m = { .position = position };

	uuid_to(id, 36, m.id);
	return m;
}

bool
mention_add(struct mentions *x, struct mention m)
{
	/* counted beyond what is kept, so that the report can say how many it does not link */
	if (x->n == MENTIONS_MOST) {
		x->beyond++;
		return false;
	}
	if (vec_grow(&x->m, &x->cap, x->n + 1, sizeof *x->m)) {
		x->nomem = true;
		return false;
	}
	x->m[x->n++] = m;
	return true;
}

static int
by_place(const void *pa, const void *pb)
{
	const struct mention *a = pa, *b = pb;

	if (a->position != b->position)
		return a->position < b->position ? -1 : 1;
	return memcmp(a->id, b->id, sizeof a->id);
}

void
mentions_sort(struct mentions *x)
{
	size_t n = 0;

	if (x->n == 0)
		return;
	qsort(x->m, x->n, sizeof *x->m, by_place);
	for (size_t i = 0; i < x->n; i++)
		if (n == 0 || by_place(&x->m[n - 1], &x->m[i]))
			x->m[n++] = x->m[i];
	x->n = n;
}

bool
mention_alike(const struct mention *a, const struct mention *b)
{
	return a->position == b->position && memcmp(a->id, b->id, 4) == 0;
}

void
mentions_release(struct mentions *x)
{
	free(x->m);
	*x = (struct mentions){ .n = 0 };
}
