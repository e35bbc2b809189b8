/* Does verification find what it should? Changes of every kind are made in memory and judged by
 * the functions of verify; the same seed makes the same changes. */
#ifndef SELFTEST_SELFTEST_H
#define SELFTEST_SELFTEST_H

#include "selftest/judged.h"
#include "selftest/kinds.h"

#define SELFTEST_CHANGES 1000u /* without --changes */

/* What became of the changes of one kind, made by one hand. */
struct selftest_count {
	uint64_t made, found, missed; /* missed: had to be found */
	uint64_t open;                /* not found, and not excluded by the ledger */
	uint64_t same;                /* not found, and without effect */
	uint64_t stage[STAGES];       /* which found it first */
};

struct selftest {
	/* given; file NULL: a log that it makes itself is all there is */
	struct archive *file;
	const struct vkey *key; /* that count for the file */
	unsigned n_keys;
	const struct str *hmac;
	unsigned n_hmac;
	uint64_t seed, changes;
	/* result */
	struct selftest_count count[SELFTEST_KINDS][HANDS];
	struct selftest_count all;
	bool rows_taken; /* rows of the file were changed too */
	/* the first change that had to be found and was not: by its numbers */
	enum kind_of missed_kind;
	enum selftest_hand missed_hand;
	uint64_t missed_number;
};

/* 0; -1: the tool failed, or its own log is not verified as it must be (e). */
int selftest_run(struct selftest *s, struct err *e);
/* Has every stage found something first? */
bool selftest_stages(const struct selftest *s);

#endif
