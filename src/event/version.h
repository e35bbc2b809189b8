/* Two versions of one row compared, whatever inputs they came from (record.md ). */
#ifndef EVENT_VERSION_H
#define EVENT_VERSION_H

#include "event/view.h"

/* One side of a comparison. */
struct version {
	struct view *view;
	const struct table *t;
	uint64_t known;                    /* columns that say something, by number */
	bool seconds;                      /* times are cut to seconds */
	struct buf data;                   /* canonical event_data of a row that has no canonical body */
};

/* Opens one; view and record must outlive it. -1: no memory, or no table. To be closed in any case. */
int version_open(struct version *x, struct view *view, const struct record *r, const struct table *t);
void version_close(struct version *x);
/* Names of the columns that both know and that differ, comma-separated, in the order of E-1, then of new's table. */
void version_compare(struct version *old, struct version *new, struct buf *differing);

#endif
