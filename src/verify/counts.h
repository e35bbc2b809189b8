/* What the manifest counts, held against what was read (record.md R-20; judgement.md J-2, J-9). */
#ifndef VERIFY_COUNTS_H
#define VERIFY_COUNTS_H

#include "record/daycount.h"
#include "verify/verify.h"

/*
 * The manifest's counts by kind of record; kinds: what was read. Where blocks could not be read a
 * kind may be short, but all
 * kinds together by no more than the records that lie in those blocks. Returns the events that
 * could not be read.
 */
uint64_t counts_check(struct verification *v, struct archive *a, const uint64_t kinds[8]);
/* What lies in blocks that could not be read, events of it: one finding a file, with its place
 * (A29). */
void counts_tell_damaged(struct verification *v, struct archive *a, uint64_t events);
/* The counts by day and type. */
void counts_check_days(struct verification *v, struct archive *a, struct daycount *days);

#endif
