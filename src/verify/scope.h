/*
 * The period that the auditor declares (--scope; judgement.md J-2): judged by itself where it
 * lies inside what the exporter was
 * asked for. What was left out outside of it is no lack; remediations that its borders cut are
 * named.
 */
#ifndef VERIFY_SCOPE_H
#define VERIFY_SCOPE_H

#include "chain/links.h"
#include "verify/verify.h"

/* Does the declared period lie inside what this file's exporter was asked for? false: none was
 * declared, or it does not. */
bool scope_inside(const struct verification *v, const struct archive *a);
/* Once all files are merged: I06 where nothing or too little was looked at, N10 for what the
 * borders cut. -1: the tool failed. */
int scope_tell(struct verification *v, struct links *c, struct err *e);

#endif
