/* Several files of one log: their order, and whether they are one log (seal.md S-2, S-9, S-12). */
#ifndef ARCHIVE_SEQUENCE_H
#define ARCHIVE_SEQUENCE_H

#include "archive/reader.h"

/* Sorts authenticated files by log and position; a->file and the findings follow. A file that says
 * nothing new gets `copy`. */
void sequence_sort(struct archive **a, unsigned n, struct findings *f);
/* Copies, gaps, forks. Files must be sorted. -1: no memory. */
int sequence_check(struct archive *const *a, unsigned n, struct findings *f, struct err *e);

/*
 * The log's root at a size, as one file proves it: at its beginning or end, at a checkpoint it
 * remembers, or anywhere among its own records.
 * 1 and the root, 0 it proves nothing of that size, -1 error.
 */
int sequence_root_at(struct archive *a, uint64_t size, uint8_t ret[32], struct err *e);

#endif
