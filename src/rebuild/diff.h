/* A rebuilt RemediationRequest held against one that was collected, or that lives (rebuild.md
 * B-12). */
#ifndef REBUILD_DIFF_H
#define REBUILD_DIFF_H

#include "rebuild/leaves.h"
#include "rebuild/rebuild.h"

enum object_difference {
	OBJ_DIFFERS,
	OBJ_BY_OTHER,
	OBJ_ONLY_REBUILT,
	OBJ_ONLY_OBJECT,
	OBJ_NEAR,
	OBJ_NOT_IN_EVENTS,
	OBJ_DIFFERENCES
};

extern const char *const object_difference_name[], *const object_difference_meaning[];

struct object_diff {
	enum object_difference class;
	struct str path, rebuilt, object; /* values as JSON, .p NULL if there is none */
	const struct origin *origin;      /* of the rebuilt value, NULL: none */
	const char *reason;               /* why it is not in the events, NULL */
	/* who set it, by the object's managedFields; .p NULL: not told */
	struct str manager;
};

struct object_diffs {
	struct object_diff *d; /* by class, then path */
	size_t n, counted[OBJ_DIFFERENCES], same;
	struct leaves rebuilt, object; /* what they point into */
	struct buf managers;
};

/* json: the other object. 0; 1: it is no such object (why); -1: no memory. r must outlive ret. To
 * be released in any case. */
int diff_objects(struct object_diffs *ret, const struct rebuilt_rr *r, const void *json, size_t n,
    char why[200]);
void diff_release(struct object_diffs *d);

/* Any that is a difference between the object and its events. */
static inline bool
diff_differs(const struct object_diffs *d)
{
	return d->counted[OBJ_DIFFERS] || d->counted[OBJ_BY_OTHER] ||
	    d->counted[OBJ_ONLY_REBUILT] || d->counted[OBJ_ONLY_OBJECT];
}

#endif
