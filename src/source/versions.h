/*
 * An id that comes again and again with other content, in one run: its versions are found by
 * digests instead of being compared one by one, so that the work is linear in their number
 * (record.md R-18). Kept in a temporary database that has no name.
 */
#ifndef SOURCE_VERSIONS_H
#define SOURCE_VERSIONS_H

#include "base/err.h"
#include "event/version.h"

struct versions;

#define VERSIONS_FEW 16u /* compared one by one */
/* of tables and known columns; versions of further ones are compared with the last one only */
#define VERSIONS_KINDS 32u

struct versions *versions_new(struct err *e);
void versions_free(struct versions *v);

/*
 * A version read back: the record at a position, opened into *ret with a view of the reader's own.
 * -1 (e).
 */
typedef int versions_read_fn(void *arg, uint64_t position, struct version *ret,
    const struct record **ret_record, struct err *e);

/* Are the versions of this id kept here? 1, 0, -1 (e). */
int versions_many(struct versions *v, const uint8_t id[16], struct err *e);
/* x stands at `position` now. The first one of an id makes it kept. -1 (e). */
int versions_add(struct versions *v, const uint8_t id[16], struct version *x,
    const struct record *r, uint64_t position, struct err *e);
/*
 * The position of a version that is equal to x by the columns that both know: 1; 0: none is; -1
 * (e). read is asked for versions that were never held against x's kind.
 */
int
versions_find(struct versions *v, const uint8_t id[16], struct version *x, const struct record *r,
    versions_read_fn *read, void *arg, uint64_t *ret_position, struct err *e);

#endif
