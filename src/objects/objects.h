/*
 * The objects that a must-gather brought along, held against the events of the same archives (record.md R-15): requests and approvals without
 * events, a decision whose audit event the object says was stored and that is not here, approvals without their object.
 */
#ifndef OBJECTS_OBJECTS_H
#define OBJECTS_OBJECTS_H

#include "verify/verify.h"

/* v is verified; findings are added to it, gaps and notes only, so its verdict stands. -1: a failure of the tool (e). */
int objects_check(struct verification *v, struct err *e);

#endif
