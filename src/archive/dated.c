#include "archive/dated.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/vec.h"

int
dates_add(struct dates *x, const struct dated *d)
{
	if (vec_more(&x->d, x->n, sizeof *x->d)) {
		nomem_note();
		return -1;
	}
	x->d[x->n++] = *d;
	return 0;
}

void
dates_release(struct dates *x)
{
	free(x->d);
	memset(x, 0, sizeof *x);
}

const struct dated *
dates_bound(const struct dates *x, const char *origin, uint64_t position)
{
	const struct dated *best = NULL;

	for (unsigned i = 0; i < x->n; i++)
		if (x->d[i].size > position && strcmp(x->d[i].origin, origin) == 0 &&
		    (best == NULL || x->d[i].before < best->before))
			best = &x->d[i];
	return best;
}

const struct dated *
dates_below(const struct dates *x, const char *origin, uint64_t position)
{
	const struct dated *best = NULL;

	for (unsigned i = 0; i < x->n; i++)
		if (x->d[i].size <= position && strcmp(x->d[i].origin, origin) == 0 &&
		    (best == NULL || x->d[i].size > best->size))
			best = &x->d[i];
	return best;
}
