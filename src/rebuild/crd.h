/*
 * What readers of a must-gather want beside objects (rebuild.md B-14): the definition of their
 * kind, with the columns that they show.
 */
#ifndef REBUILD_CRD_H
#define REBUILD_CRD_H

#include "base/buf.h"

#define CRD_GROUP "kubernaut.ai"

/* Appends the definition of a kind. nested: its status is grouped (B-9). */
void crd_put(struct buf *b, const char *kind, const char *plural, bool nested);

#endif
