/* The source's own reconstruction of a RemediationRequest, as its API guide shows it (rebuild.md
 * B-6). */
#ifndef REBUILD_GUIDE_H
#define REBUILD_GUIDE_H

#include "read/select.h"

enum guide_refusal {
	GUIDE_FINE,
	GUIDE_NOT_FOUND,
	GUIDE_UNREADABLE,
	GUIDE_NO_GENESIS,
	GUIDE_INCOMPLETE
};

/* Which servers answer otherwise, as the rows tell by their table. */
enum guide_server { SERVER_NOW, SERVER_15, SERVER_14 };

struct guide {
	enum guide_server server;
	struct buf cluster; /* JSON string of the member cluster_id; empty: none */
	/* what a cluster would refuse of the object, JSON strings as those below */
	struct buf crd_errors;
	struct buf object;           /* JSON, unless refused */
	struct buf errors, warnings; /* JSON strings, comma-separated */
	unsigned completeness;       /* percent, by the source's formula */
	enum guide_refusal refused;
};

/* now: µs, the clock of the answer. -1: no memory. To be released in any case. */
int
guide_rebuild(struct guide *ret, const struct story *s, const struct correlation *c, int64_t now);
void guide_release(struct guide *g);

#endif
