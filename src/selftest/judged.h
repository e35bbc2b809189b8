/* One look of verification at files that were changed: what it finds that it did not find of the
 * honest ones, and which of its stages finds the first of it. */
#ifndef SELFTEST_JUDGED_H
#define SELFTEST_JUDGED_H

#include "verify/verify.h"

/* Stages of verification in their order (verify/verify.h, archive/open.c). */
enum selftest_stage {
	STAGE_CONTAINER,
	STAGE_TABLES,
	STAGE_SEAL,
	STAGE_KEYS,
	STAGE_MANIFEST,
	STAGE_HISTORY,
	STAGE_STORAGE,
	STAGE_RECORDS,
	STAGE_RULES,
	STAGE_INDEX,
	STAGE_COUNTS,
	STAGE_HASHES,
	STAGE_CHAINS,
	STAGE_WHOLE,
	STAGES
};

extern const char *const selftest_stage_name[STAGES];

/* How often each finding was made. */
struct seen_findings {
	uint64_t n[FINDING_COUNT];
	uint64_t unlike, missing; /* rows unlike their hash; predecessors that are not here */
	int status;               /* of the verdict; 0 where only a part was judged */
};

void seen_take(struct seen_findings *s, const struct findings *f);
/* The first stage that finds more than a note, more often than in the honest log; STAGES: none. */
enum selftest_stage seen_first(const struct seen_findings *s, const struct seen_findings *honest);

#endif
