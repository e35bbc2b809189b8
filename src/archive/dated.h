/*
 * Since when records have existed, by others than the log's owner (trust.md W-7): checkpoints of
 * the log that a witness or an authority dated. Who may be believed was decided before one stands
 * here.
 */
#ifndef ARCHIVE_DATED_H
#define ARCHIVE_DATED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "log/note.h"

struct dated {
	char origin[NOTE_NAME_MAX + 1];
	uint64_t size;
	int64_t before; /* µs since 1970 */
	char who[200];  /* the witness's name, or the subject of the authority's certificate */
	bool stamp;     /* an authority says it; else a witness */
};

struct dates {
	struct dated *d;
	unsigned n;
};

/* -1: no memory. */
int dates_add(struct dates *x, const struct dated *d);
void dates_release(struct dates *x);
/* The earliest that holds for a position of a log; NULL: none does. */
const struct dated *dates_bound(const struct dates *x, const char *origin, uint64_t position);
/* The one of the greatest size that is at most `position`; NULL: none. */
const struct dated *dates_below(const struct dates *x, const char *origin, uint64_t position);

#endif
