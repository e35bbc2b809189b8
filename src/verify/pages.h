/* Index pages against what the records gave (archive.md C-11, C-12). */
#ifndef VERIFY_PAGES_H
#define VERIFY_PAGES_H

#include "archive/reader.h"
#include "verify/multiset.h"

/* Gathered while the records were read. */
struct index_facts {
	/* of kinds 1–3: the set of entries (multiset.h) and their number */
	uint64_t product[4], indexed[4];
	struct utc_range *times; /* by block */
};

/* Compares every page with them; a page that differs becomes a finding. -1: the tool failed. */
int check_index(const struct index_facts *m, struct archive *a, const struct multiset_point *point,
    struct findings *f, struct err *e);

#endif
