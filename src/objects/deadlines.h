/*
 * Until when an approval could be given, as the collected RemediationApprovalRequest says
 * (`spec.requiredBy`): no event tells it.
 */
#ifndef OBJECTS_DEADLINES_H
#define OBJECTS_DEADLINES_H

#include "read/select.h"

/* Of one request. */
struct deadline {
	char *request; /* owned: its metadata.name */
	int64_t at;    /* µs since 1970 */
};

struct deadlines {
	struct deadline *d; /* sorted by request */
	size_t n, cap;
};

/* All that the files tell. 0 or -1 (e). To be released in any case. */
int deadlines_read(struct deadlines *x, struct reading *r, struct err *e);
void deadlines_release(struct deadlines *x);
/* The one of a request, which may be NULL. False: it is not told. */
bool deadlines_of(const struct deadlines *x, const char *request, int64_t *ret);

#endif
