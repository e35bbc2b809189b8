/* Events by day and type, counted by the exporter and again by the analyzer (record.md R-20). The
 * text does not depend on the order of counting. */
#ifndef RECORD_DAYCOUNT_H
#define RECORD_DAYCOUNT_H

#include "base/buf.h"

struct daycount;

struct daycount *daycount_new(void);
void daycount_free(struct daycount *d);
/* -1: no memory */
int daycount_add(struct daycount *d, int64_t time_us, const char *type, size_t n, uint64_t events);
int daycount_merge(struct daycount *to, const struct daycount *from);
/* The JSON object `days`. */
int daycount_print(struct daycount *d, struct buf *out);

#endif
