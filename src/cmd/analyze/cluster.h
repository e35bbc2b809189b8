/* --cluster of the verbs that count. */
#ifndef CMD_ANALYZE_CLUSTER_H
#define CMD_ANALYZE_CLUSTER_H

#include "cmd/analyze/analyze.h"

/* The cluster of a story: the last that an event of it names (T-8); NULL: none does. */
const char *story_cluster(const struct story *s);

/* What was left out because no event of it names a cluster. */
struct cluster_left {
	const char *name; /* of --cluster; NULL: it was not given, and nothing was left out */
	uint64_t remediations, others;
};

/*
 * With --cluster NAME, leaves in the catalog what is of that cluster; says on stderr what names no
 * cluster, and which there are if this one is not among them. Without it nothing is read. 0 or -1
 * (e).
 */
int cluster_choose(const struct cli *c, struct reading *r, struct catalog *cat,
    struct cluster_left *ret, struct err *e);

#endif
