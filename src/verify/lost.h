/*
 * Rows of the source that could not be made events and are kept as rejects (record.md R-17;
 * judgement.md J-7): each with a readable
 * id, correlation or table is a gap that names it.
 */
#ifndef VERIFY_LOST_H
#define VERIFY_LOST_H

#include "archive/limits.h"

struct lost_row {
	uint64_t position;
	unsigned file;
	uint8_t id[16], correlation[32];
	bool has_id, has_correlation;
	char *place, *reason; /* as the exporter said; owned, may be NULL */
};

struct lost {
	struct lost_row *row;
	uint32_t n, cap; /* at most LOST_KEPT; more are only counted */
	/* rows; pieces that may have been rows, of inputs that no mark proves whole */
	uint64_t rows, bare;
};

#define LOST_KEPT 20000u

void lost_release(struct lost *l);
/*
 * Notes a reject, if it is the first record of one. A piece of input that is no row of a table is
 * passed over where its
 * input carries an end mark that agrees (J-1). -1: no memory.
 */
int lost_note(struct lost *l, const struct archive *a, const struct record *r);
/* Moves all of from behind those of to. -1: no memory. */
int lost_take(struct lost *to, struct lost *from);
/* A finding (S42) for each row kept of one file. -1: the tool failed. */
int lost_tell(const struct lost *l, struct archive *a, struct findings *f, struct err *e);

#endif
