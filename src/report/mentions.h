/*
 * Which events a report names: on its pages they stand short, and whole in its appendix. A place
 * is named by its position and the beginning of its id; what is beyond the bound is counted.
 */
#ifndef REPORT_MENTIONS_H
#define REPORT_MENTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MENTIONS_MOST 1000000u /* of one report, each time an event is named: 24 MB */

struct mention {
	uint64_t position; /* in the log */
	uint8_t id[16];
};

struct mentions {
	struct mention *m;
	size_t n, cap;
	uint64_t beyond; /* that have no place here */
	bool nomem;
};

/* id: 36 characters. */
struct mention mention_of(const char *id, uint64_t position);
/* Notes one. false: there is no room for it. */
bool mention_add(struct mentions *x, struct mention m);
/* By position and id, each once. */
void mentions_sort(struct mentions *x);
/* Two of one position whose ids begin alike share an anchor: are these two such? */
bool mention_alike(const struct mention *a, const struct mention *b);
void mentions_release(struct mentions *x);

#endif
