/* Which remediation is in which population, and what people did besides (formats/controls.md CT-5,
 * CT-7). */
#ifndef APPROVAL_REGISTRY_H
#define APPROVAL_REGISTRY_H

#include "approval/populations.h"

struct entry {
	const struct correlation *c;
	uint64_t populations; /* bit by bit, within the period */
	bool in_flight[2];    /* at the beginning and at the end of the period */
	int64_t first;        /* µs, its first event */
	const char *path;     /* CT-2 */
	char namespace[64];   /* of the target, cut */
};

struct act { /* of a person, outside an approval: an event */
	char id[37];
	uint64_t position;
	int64_t time;
	const char *kind;
	char who[128]; /* cut */
};

struct registry {
	const struct catalog *cat;
	struct entry *entry; /* by the bytes of the id */
	size_t n;
	struct act *act; /* by time, then id */
	size_t n_acts, acts_cap;
	int64_t from, to; /* the period, µs */
	bool nomem;
};

/* -1: no memory. To be released in any case. */
int registry_begin(struct registry *r, const struct catalog *cat, int64_t from, int64_t to);
void registry_remediation(struct registry *r, const struct facts *f);
/* another correlation: acts only */
void registry_other(struct registry *r, const struct story *s);
/* When all were seen. -1: no memory. */
int registry_finish(struct registry *r);
void registry_release(struct registry *r);

size_t registry_count(const struct registry *r, enum population p);
/* The members of a population, by the bytes of their ids; owned by the caller. NULL: no memory. */
const struct correlation **
registry_members(const struct registry *r, enum population p, size_t *ret_n);
/* Is a remediation of these populations in the whole and not in exactly one part, or in a part and
 * not in the whole? And how many are. */
bool reconciliation_astray(const struct reconciliation *x, uint64_t populations);
size_t registry_strays(const struct registry *r, const struct reconciliation *x);
void registry_in_flight(const struct registry *r, size_t ret[2]);

#endif
