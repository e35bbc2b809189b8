#include "selftest/judged.h"

const char *const selftest_stage_name[STAGES] = { "container and trailer", "rows of the tables",
	"seal and root", "keys and checkpoints", "manifest", "files of the log", "stored blocks",
	"records and tree", "rules of records", "indexes", "counts and order", "hashes of rows",
	"chains of rows", "bytes of the file" };

/* Which stage makes a finding, where its letter does not say so. */
static const struct {
	enum finding_id id;
	enum selftest_stage stage;
} made_by[] = {
	{ F_A02, STAGE_CONTAINER },
	{ F_A04, STAGE_CONTAINER },
	{ F_A05, STAGE_CONTAINER },
	{ F_A06, STAGE_CONTAINER },
	{ F_U01, STAGE_CONTAINER },
	{ F_U02, STAGE_CONTAINER },
	{ F_U03, STAGE_CONTAINER },
	{ F_U04, STAGE_CONTAINER },
	{ F_A07, STAGE_TABLES },
	{ F_A08, STAGE_TABLES },
	{ F_A23, STAGE_TABLES },
	{ F_A24, STAGE_TABLES },
	{ F_A03, STAGE_SEAL },
	{ F_A14, STAGE_SEAL },
	{ F_A15, STAGE_SEAL },
	{ F_A16, STAGE_SEAL },
	{ F_A17, STAGE_MANIFEST },
	{ F_A19, STAGE_HISTORY },
	{ F_A27, STAGE_HISTORY },
	{ F_L01, STAGE_HISTORY },
	{ F_L02, STAGE_HISTORY },
	{ F_L04, STAGE_HISTORY },
	{ F_A09, STAGE_STORAGE },
	{ F_A10, STAGE_STORAGE },
	{ F_A11, STAGE_STORAGE },
	{ F_A26, STAGE_STORAGE },
	{ F_A12, STAGE_RECORDS },
	{ F_A13, STAGE_RECORDS },
	{ F_A21, STAGE_RULES },
	{ F_A22, STAGE_RULES },
	{ F_A30, STAGE_RULES },
	{ F_A20, STAGE_INDEX },
	{ F_S01, STAGE_HASHES },
	{ F_S03, STAGE_HASHES },
	{ F_S04, STAGE_HASHES },
	{ F_S05, STAGE_HASHES },
	{ F_S06, STAGE_HASHES },
	{ F_S08, STAGE_HASHES },
	{ F_S10, STAGE_HASHES },
	{ F_A01, STAGE_WHOLE },
	{ F_A25, STAGE_WHOLE },
	{ F_L06, STAGE_KEYS },
};

static enum selftest_stage
stage_of(enum finding_id id)
{
	for (unsigned i = 0; i < sizeof made_by / sizeof *made_by; i++)
		if (made_by[i].id == id)
			return made_by[i].stage;
	return finding_info[id].id[0] == 'K' ? STAGE_KEYS :
	    finding_info[id].id[0] == 'S'    ? STAGE_CHAINS :
					       STAGE_COUNTS;
}

void
seen_take(struct seen_findings *s, const struct findings *f)
{
	memcpy(s->n, f->counted, sizeof s->n);
}

enum selftest_stage
seen_first(const struct seen_findings *s, const struct seen_findings *honest)
{
	enum selftest_stage first = STAGES;

	for (unsigned i = 0; i < FINDING_COUNT; i++)
		if (finding_info[i].level > LEVEL_NOTE && s->n[i] > honest->n[i] &&
		    stage_of((enum finding_id)i) < first)
			first = stage_of((enum finding_id)i);
	/* several of one remediation are one finding */
	if (first > STAGE_HASHES && s->unlike > honest->unlike)
		first = STAGE_HASHES;
	if (first > STAGE_CHAINS && s->missing > honest->missing)
		first = STAGE_CHAINS;
	return first;
}
