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

/* One version of a row, and what it is read by; all of it borrowed. */
struct row_version {
	struct view *view;
	const struct record *r;
	const struct table *t; /* NULL: its table is not known, and the row says nothing */
};

/* Both views are used. -1: no memory, and *ret holds nothing to be freed. */
int columns_compare(
    struct columns_diff *ret, const struct row_version *old, const struct row_version *new);

/* explain.c: sentences and explanations of all groups. -1: no memory. */
int compare_explain(struct comparison *c);

#endif
