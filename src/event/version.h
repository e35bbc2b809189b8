/* Two versions of one row compared, whatever inputs they came from (record.md ). */
#ifndef EVENT_VERSION_H
#define EVENT_VERSION_H

#include "digest/digest.h"
#include "event/view.h"

/* One side of a comparison. */
struct version {
	struct view *view;
	const struct table *t;
	uint64_t known; /* columns that say something, by number */
	bool seconds;   /* times are cut to seconds */
	/* canonical event_data of a row that has no canonical body */
	struct buf data;
};

/* Opens one; view and record must outlive it. -1: no memory, or no table. To be closed in any
 * case. */
int
version_open(struct version *x, struct view *view, const struct record *r, const struct table *t);
void version_close(struct version *x);
/*
 * How two kinds of versions are compared: the columns that both kinds know, and what they print
 * differently. Versions of one kind have a table and known columns in
 * common. Two versions are equal by version_compare exactly if their digests under the way of
 * their kinds are equal.
 */
struct version_way {
	uint64_t columns;
	const struct table *a, *b;
	bool seconds, withheld;
};
/* Columns of this very row that say something: those of its table, but for those that it leaves
 * out. */
uint64_t version_says(struct version *x);
/* withheld: values were replaced at export: body_digest stands for all that it covers. -1:
 * no memory. */
int version_digest(struct version *x, const struct version_way *way, const uint8_t body_digest[32],
    struct sha256 *sha, uint8_t out[32]);
/* Names of the columns that both know and that differ, comma-separated, in the order of E-1, then
 * of new's table. */
void version_compare(struct version *old, struct version *new, struct buf *differing);

#endif
