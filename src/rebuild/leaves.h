/* The leaf values of a JSON object with their paths, sorted: what histories and differences of
 * objects are made of. */
#ifndef REBUILD_LEAVES_H
#define REBUILD_LEAVES_H

#include "base/buf.h"
#include "event/event.h"

struct leaf {
	/* `status.a.b[0].c`; items of `conditions` by their type:
	 * `status.conditions[Ready].status`; names that are no words in quotes */
	struct str path;
	struct str place; /* the same with every item by its number */
	/* as JSON; null and what is empty is no leaf: Kubernetes leaves it out */
	struct str value;
};

struct leaves {
	struct leaf *l; /* by path */
	size_t n;
	struct buf text; /* what they point into */
};

/* 0; 1: not JSON, or deeper than 60 levels; -1: no memory. To be released in any case. */
int leaves_of(struct leaves *ret, const void *json, size_t n);
void leaves_release(struct leaves *l);

/* Calls each() for every path whose value differs, by path; from or to is NULL where there is
 * none. Stops at what is not 0, and returns it. */
int leaves_differ(const struct leaves *from, const struct leaves *to,
    int (*each)(void *arg, const struct leaf *from, const struct leaf *to), void *arg);

#endif
