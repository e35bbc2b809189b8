/* The children of a RemediationRequest, as far as its events carry them: names, phases, times,
 * decisions (rebuild.md B-13). */
#ifndef REBUILD_CHILDREN_H
#define REBUILD_CHILDREN_H

#include "rebuild/rebuild.h"

struct child {
	const char *kind, *plural; /* `AIAnalysis`, `aianalyses` */
	char name[254];
	/* object and origins; it lists nothing as lacking: only what events carry is known of it */
	struct rebuilt_rr o;
};

struct children {
	struct child *c; /* by kind, then name */
	unsigned n;
};

/* namespace: of the request. -1: no memory. To be released in any case; the story must outlive
 * it. */
int children_rebuild(struct children *ret, const struct story *s, const struct correlation *c,
    const char *namespace);
void children_release(struct children *c);

#endif
