/*
 * A disclosure copy (archive.md C-20): the records of one sealed file again, in a database of their
 * own, bodies and asides of most of them left out. Nothing is signed, and nothing of the file is
 * taken over but what C-20 names.
 */
#ifndef WRITE_DISCLOSE_H
#define WRITE_DISCLOSE_H

#include "archive/reader.h"

/* Is record i of a block shown? 1; 2: no, but it is told that it belongs to what is shown; 0: no;
 * -1: the tool failed (e). Not asked of manifests. */
typedef int disclose_fn(void *arg, const struct block *b, uint32_t i, struct err *e);

struct disclosed {
	uint64_t records, events, records_shown, events_shown;
};

/*
 * Writes the copy of a to path, which must not exist. a: finished, and verified by whoever calls.
 * A block that cannot be read is a finding. 0; 1: nothing was written, as a finding says; -1 (e).
 */
int disclose(struct archive *a, const char *path, disclose_fn *shown, void *arg,
    struct disclosed *ret, struct findings *f, struct err *e);

#endif
