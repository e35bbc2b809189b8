/*
 * What is like a remediation (formats/analysis.md AN-6): same fingerprint, same place, same signal
 * and action, begun in the thirty days before. Each likeness is one sorted list, so that a look
 * costs what it finds.
 */
#include <stdlib.h>

#include "analysis/inner.h"

const char *const likeness_name[LIKENESSES] = { "same_fingerprint", "same_target",
	"same_signal_and_action" };

/* Does it have what it would be alike by? */
static bool
has(const struct figures *f, enum likeness k)
{
	return k == LIKE_FINGERPRINT ? f->fingerprint.n > 0 :
	    k == LIKE_TARGET         ? f->target.n > 0 :
				       f->signal.n > 0 && f->action.n > 0;
}

static int
key_cmp(const struct figures *a, const struct figures *b, enum likeness k)
{
	int c;

	switch (k) {
	case LIKE_FINGERPRINT:
		return str_cmp(a->fingerprint, b->fingerprint);
	case LIKE_TARGET:
		c = str_cmp(a->cluster, b->cluster);
		return c ? c : str_cmp(a->target, b->target);
	default:
		c = str_cmp(a->signal, b->signal);
		return c ? c : str_cmp(a->action, b->action);
	}
}

struct entry {
	const struct figures *f;
	uint32_t at;
	enum likeness k;
};

/* a->f stands by (T0, id), so its places are that order. */
static int
by_key(const void *pa, const void *pb)
{
	const struct entry *a = pa, *b = pb;
	int c = key_cmp(a->f, b->f, a->k);

	return c ? c : a->at < b->at ? -1 : a->at > b->at;
}

static int
index_of(struct analyses *a, enum likeness k, uint32_t **ret, size_t *ret_n)
{
	struct entry *x = malloc((a->n + 1) * sizeof *x);
	size_t n = 0;

	*ret = malloc((a->n + 1) * sizeof **ret);
	if (x == NULL || *ret == NULL) {
		free(x);
		return -1;
	}
	for (size_t i = 0; i < a->n; i++)
		if (has(&a->f[i], k))
			x[n++] = (struct entry){ &a->f[i], (uint32_t)i, k };
	if (n)
		qsort(x, n, sizeof *x, by_key);
	for (size_t i = 0; i < n; i++)
		(*ret)[i] = x[i].at;
	*ret_n = n;
	free(x);
	return 0;
}

int
similar_index(struct analyses *a)
{
	return index_of(a, LIKE_FINGERPRINT, &a->by_fingerprint, &a->n_fingerprint) ||
		index_of(a, LIKE_TARGET, &a->by_target, &a->n_target) ||
		index_of(a, LIKE_ACTION, &a->by_action, &a->n_action) ?
	    -1 :
	    0;
}

/* The first in the list that is of the key of f and not before t0, or behind the key. */
static size_t
lower(const struct analyses *a, const uint32_t *list, size_t n, const struct figures *f,
    enum likeness k, int64_t t0)
{
	size_t lo = 0, hi = n;

	while (lo < hi) {
		size_t mid = (lo + hi) / 2;
		const struct figures *x = &a->f[list[mid]];
		int c = key_cmp(x, f, k);

		if (c < 0 || (c == 0 && x->t0 < t0))
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

struct similar
similar_of(const struct analyses *a, const struct figures *f, enum likeness k)
{
	const uint32_t *list = k == LIKE_FINGERPRINT ? a->by_fingerprint :
	    k == LIKE_TARGET                         ? a->by_target :
						       a->by_action;
	size_t n = k == LIKE_FINGERPRINT ? a->n_fingerprint :
	    k == LIKE_TARGET             ? a->n_target :
					   a->n_action,
	       from, to;

	if (!has(f, k))
		return (struct similar){ list, 0 };
	from = lower(a, list, n, f, k, f->t0 - SIMILAR_US);
	to = lower(a, list, n, f, k, f->t0);
	return (struct similar){ list + from, to - from };
}
