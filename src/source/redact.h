/* Withholding at export (record.md R-22): values of rows are replaced before the rows become
 * records. */
#ifndef SOURCE_REDACT_H
#define SOURCE_REDACT_H

#include "base/err.h"
#include "event/row.h"

struct redact;

/* list: `pii`, `bodies`, columns, `data.MEMBER`, comma-separated. NULL (e): one of them is none of
 * these, or must not be withheld. */
struct redact *redact_new(const char *list, struct err *e);
void redact_free(struct redact *x);

/* 1: *ret is the row without what is to be withheld, valid until the next call; 0: there is
 * nothing of that in it; -1 no memory. */
int redact_row(struct redact *x, const struct row *row, struct row *ret);
/* Is a column of another table withheld: one that is listed, or that holds people and free text of
 * notifications? */
bool redact_column(const struct redact *x, const char *name);
/* R-8, of a record as it is before anything is withheld. */
void redact_digest(struct redact *x, const struct record *r, uint8_t out[32]);
/*
 * Calls f with every other spelling of a canonical body (event.md E-13) until it returns true;
 * chain/content.h has one, which this folder may not include.
 */
typedef bool redact_spellings_fn(const void *body, size_t n, enum body_form form, bool *ret_gave_up,
    bool (*f)(void *arg, const void *body, size_t n, enum body_form form, const char *name),
    void *arg);
/* R-8, or, of a row with an unkeyed hash that only a spelling gives, the digest of that. *budget:
 * bytes that may still be hashed for that. */
void redact_digest_as_hashed(struct sha256 *sha, const struct record *r,
    redact_spellings_fn *spellings, uint64_t *budget, uint8_t out[32]);
#define SPELLINGS_BUDGET (512ull << 20)

/* A column of E-1 that no digest covers and that is never withheld. */
bool redact_leaves_open(unsigned col);
/* Of columns that differ (comma-separated): those that no digest covers and that are never
 * withheld. */
void redact_differing(struct buf *names);

#define WITHHELD_TEXT "[withheld]"

#endif
