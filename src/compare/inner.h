/* What the files of the comparison share. */
#ifndef COMPARE_INNER_H
#define COMPARE_INNER_H

#include "compare/compare.h"

/* Reads a side's files: its events, the newest of each id, sorted by id. 0 or -1 (e). To be
 * released in any case. */
int side_load(struct side *s, struct err *e);
void side_release(struct side *s);
/* Does a file of the side say, behind this position, that this row had vanished? */
bool side_said_gone(const struct side *s, const uint8_t id[16], uint64_t position);

#endif
