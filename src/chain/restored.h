/*
 * A database that was restored from a backup and went on (judgement.md J-7): rows that an earlier
 * file holds were never written, for the source; it continued before them, began correlations again
 * and handed out numbers again. What begins like that in a later file of the log, and comes from it
 * whole, is a gap and no alarm; both branches in one file stay what they are.
 */
#ifndef CHAIN_RESTORED_H
#define CHAIN_RESTORED_H

#include "chain/rows.h"
#include "chain/shape.h"

/*
 * Takes what a restored database explains out of s, and tells it: one finding a file. After
 * shape_find; the findings about vanished rows must be there. -1: the tool failed (e).
 */
int restored_find(struct shape *s, struct rows *rows, struct err *e);

#endif
