/* The rows on both sides of one in time, of the same input: what they are says what the source did
 * then (output.md O-5, findings.md). */
#ifndef CHAIN_NEIGHBOURS_H
#define CHAIN_NEIGHBOURS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NEIGHBOURS 20u /* rows around one that are asked */

struct neighbour {
	int64_t time; /* microseconds */
	/* corr: the first 8 bytes of its digest; only told apart */
	uint64_t event, corr;
	uint32_t input;
	/* what is asked of it: hashed, or fitting its hash without a key */
	bool yes;
};

struct neighbours {
	struct neighbour *p; /* owned */
	size_t n, cap;
};

/* -1: no memory. */
int neighbours_add(struct neighbours *t, struct neighbour x);
/* By input and time; after the last row. */
void neighbours_sort(struct neighbours *t);
void neighbours_release(struct neighbours *t);

/* Outwards from one row. */
struct nearest {
	const struct neighbours *t;
	size_t at, lo, hi;
};

struct nearest nearest_from(const struct neighbours *t, size_t at);
/* The place of a row by input, time and event; t->n if it is not there. */
size_t neighbours_find(const struct neighbours *t, const struct neighbour *key);
/* The nearest not yet given, the earlier of two as near; NULL if the input has no more. */
const struct neighbour *nearest_next(struct nearest *w);

#endif
