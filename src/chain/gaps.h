/*
 * Why rows that others name are not here (judgement.md J-9): a damaged block, a file that was not
 * given, the source's retention, the
 * edge of a selection, or somebody's hand. Damage explains a gap only where it can: no cover for
 * a deletion elsewhere.
 */
#ifndef CHAIN_GAPS_H
#define CHAIN_GAPS_H

#include "archive/correlations.h"
#include "chain/rows.h"

struct gaps {
	struct rows *rows;
	/* with positions in blocks that could not be read, as the sealed indexes say */
	struct correlation_set damaged;
	/* events in such blocks of files whose index is not intact */
	uint64_t unbounded;
	bool before;  /* positions before the files given are not here */
	bool between; /* others are not */
};

/* To be called once all findings about files are there. -1: the tool failed (e). */
int gaps_open(struct gaps *g, struct rows *rows, struct err *e);
void gaps_release(struct gaps *g);
/*
 * Explains a finding of one correlation, which is given by its digest. archive, input:
 * where its first row stands; since: its
 * earliest time; expected: it may never have been stored (S29).
 */
void gaps_explain(struct gaps *g, struct finding *f, const uint8_t correlation[32],
    unsigned archive, uint32_t input, int64_t since, bool expected);

#endif
