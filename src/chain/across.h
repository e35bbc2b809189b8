/* What a file says of the rows that earlier files of its log hold, and of its inputs (record.md
 * */
#ifndef CHAIN_ACROSS_H
#define CHAIN_ACROSS_H

#include "chain/rows.h"

/* From the names of the columns that differ, comma-separated: content (F_S11), only hashes
 * (F_S12), or only what no hash covers (F_S13). */
enum finding_id differing_class(const char *p, size_t n);
/* Is retention_days, which an administrator may change, the only hashed column among those? */
/* How many columns such a list names. */
size_t columns_in(const char *p, size_t n);
bool retention_alone(const char *p, size_t n);
/* Does what is hashed differ, and not only what an administrator may change? Then both versions are
 * looked at (versions.h). */
bool content_differs(const char *p, size_t n);
/* A row changed after it was sealed, or one that came after an export that its time lies before: a
 * finding. */
void across_row(const struct archive *a, struct findings *l, const struct record *r,
    struct str corr, struct str type);
/* A context record of kind `vanished`: a finding; other context records are passed over. -1: no
 * memory. */
int across_vanished(const struct archive *a, struct findings *l, const struct record *r);
/* Once all is read: rows that vanished where a run of retention fits are a note, the others keep
 * their gap (J-3). */
void across_explain_vanished(struct rows *rows);
/* What the inputs lacked, as the manifest says (R-15 `lacks`): a finding each. */
void across_inputs(struct archive *a, struct findings *l);
/* A context row of retention_operations, if r is one of a finished run: 1 and *ret, 0 it is not,
 * -1 no memory. */
int retention_run_of(const struct record *r, struct retention_run *ret);
/* Calls f, which may be NULL, for every event id in a record of kind `vanished`; returns their
 * number, or -1: no memory, or f said so. */
int vanished_ids(const struct record *r, int (*f)(void *arg, const uint8_t id[16]), void *arg);

#endif
