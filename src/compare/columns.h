/* Which columns of a row say something else in another export of it, and what they say in both. */
#ifndef COMPARE_COLUMNS_H
#define COMPARE_COLUMNS_H

#include "compare/compare.h"

struct columns_diff {
	bool none; /* nothing differs that both know */
	/* a column that the source hashes; its hashes or algorithm */
	bool hashed, hashes;
	bool moved; /* the correlation */
	bool hold_only, retention_only;
	/* `"columns":{…},"paths":[…]`, owned by the caller; NULL if none */
	char *json;
	char *words;
	char *names; /* the columns, comma-separated; likewise */
};

/* Both views are used. -1: no memory. */
int columns_compare(struct columns_diff *ret, struct view *old, const struct record *ro,
    const struct table *to, struct view *new, const struct record *rn, const struct table *tn);

/* explain.c: sentences and explanations of all groups. -1: no memory. */
int compare_explain(struct comparison *c);

#endif
