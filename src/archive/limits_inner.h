/* How a limit is added: limits.c has most of them, left_out.c those of a disclosure copy. */
#ifndef ARCHIVE_LIMITS_INNER_H
#define ARCHIVE_LIMITS_INNER_H

#include "archive/limits.h"
#include "json/emit.h"

/* What a lack is bounded by, while it is written. */
struct scope {
	struct buf b;
	struct emit e;
};

void limits_scope(struct scope *s);
/* One more limit: closes the scope, and takes it over. -1: no memory. */
int limits_add(struct limits *x, const char *lack, struct scope *s, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
/* What a disclosure copy leaves out. -1 (e). */
int limits_left_out(struct limits *x, struct archive *a, struct err *e);

#endif
