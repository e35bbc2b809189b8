/*
 * Correlations of a query: the first few that are asked for by name are looked up each in the
 * index, for a query of one should not wait for all; behind them the whole catalog is loaded.
 */
#include <stdlib.h>
#include <string.h>

#include "cmd/analyze/sql_inner.h"

int
catalog_ready(struct sql_tables *t, struct err *e)
{
	if (t->catalogued)
		return 0;
	if (t->b->cat.n == 0) {
		if (catalog_load(&t->b->cat, &t->b->r, e))
			return -1;
	}
	t->catalogued = true;
	return 0;
}

/* One by the index, kept. 1: all are needed; -1 (e). */
static int
look_up(struct sql_tables *t, const char *id, size_t n, struct err *e)
{
	struct catalog *c = calloc(1, sizeof *c);
	char *key = malloc(n + 1);
	int rc = c && key ? catalog_load_one(c, &t->b->r, id, n, e) : err_nomem(e);

	if (rc) {
		if (c)
			catalog_release(c);
		free(c);
		free(key);
		return rc;
	}
	memcpy(key, id, n);
	t->one[t->n_ones] = c;
	t->one_key[t->n_ones] = key;
	t->one_len[t->n_ones++] = n;
	return 0;
}

int
catalog_find_one(
    struct sql_tables *t, const char *id, size_t n, const struct correlation **ret, struct err *e)
{
	int rc;

	*ret = NULL;
	for (unsigned i = 0; i < t->n_ones; i++)
		if (t->one_len[i] == n && memcmp(t->one_key[i], id, n) == 0) {
			*ret = t->one[i]->n ? &t->one[i]->c[0] : NULL;
			return 0;
		}
	if (!t->catalogued && t->n_ones < ONES_MOST) {
		if ((rc = look_up(t, id, n, e)) < 0)
			return -1;
		if (rc == 0)
			return catalog_find_one(t, id, n, ret, e);
	}
	if (catalog_ready(t, e))
		return -1;
	*ret = catalog_get(&t->b->cat, id, n);
	return 0;
}

void
catalog_forget(struct sql_tables *t)
{
	for (unsigned i = 0; i < t->n_ones; i++) {
		catalog_release(t->one[i]);
		free(t->one[i]);
		free(t->one_key[i]);
	}
}
