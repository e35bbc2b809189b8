/* Which remediation is in which population (formats/controls.md CT-5): what populations and samples are drawn from. */
#ifndef CMD_ANALYZE_REGISTER_H
#define CMD_ANALYZE_REGISTER_H

#include "approval/populations.h"
#include "cmd/analyze/gather.h"

struct entry {
	const struct correlation *c;
	uint64_t populations;              /* bit by bit, within the period */
	bool in_flight[2];                 /* at the beginning and at the end of the period */
	int64_t first;                     /* µs, its first event */
	const char *path;                  /* CT-2 */
	char namespace[64];                /* of the target, cut */
};

struct act {                           /* of a person, outside an approval: an event */
	char id[37];
	uint64_t position;
	int64_t time;
	const char *kind;
	char who[128];                     /* cut */
};

struct registry {
	struct entry *entry;               /* by the bytes of the id */
	size_t n;
	struct act *act;                   /* by time, then id */
	size_t n_acts, acts_cap;
	struct period period;
};

/* 0 or -1 (the browse's err). To be released in any case. */
int registry_fill(struct registry *r, struct gathering *g, const struct period *period);
void registry_release(struct registry *r);
/* The members of a population, by the bytes of their ids; owned by the caller. NULL: no memory. */
const struct correlation **registry_members(const struct registry *r, enum population p, size_t *ret_n);

#endif
