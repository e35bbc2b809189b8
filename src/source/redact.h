/* Withholding at export (record.md R-22): values of rows are replaced before the rows become records. */
#ifndef SOURCE_REDACT_H
#define SOURCE_REDACT_H

#include "base/err.h"
#include "event/row.h"

struct redact;

/* list: `pii`, `bodies`, columns, `data.MEMBER`, comma-separated. NULL (e): one of them is none of these, or must not be withheld. */
struct redact *redact_new(const char *list, struct err *e);
void redact_free(struct redact *x);

/* 1: *ret is the row without what is to be withheld, valid until the next call; 0: there is nothing of that in it; -1 no memory. */
int redact_row(struct redact *x, const struct row *row, struct row *ret);
/* Is a column of another table withheld: one that is listed, or that holds people and free text of notifications? */
bool redact_column(const struct redact *x, const char *name);
/* R-8, of a record as it is before anything is withheld. */
void redact_digest(struct redact *x, const struct record *r, uint8_t out[32]);

/* Of columns that differ (comma-separated): those that no digest covers and that are never withheld. */
void redact_differing(struct buf *names);

#define WITHHELD_TEXT "[withheld]"

#endif
