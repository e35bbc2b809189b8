/* What kinds of changes are made of: rows of a draft that are drawn, and edited. */
#ifndef SELFTEST_DRAFTS_H
#define SELFTEST_DRAFTS_H

#include "selftest/kinds.h"

#define NOWHERE DRAFT_RECORDS

enum want { ANY, FOLLOWED, UNFOLLOWED, KEYED_FOLLOWED, UNKEYED_FOLLOWED, UNKEYED, WITH_ASIDE };

/* Is it an event with a hash? */
bool draft_row(const struct draft *d, unsigned i);
/* A row that follows row i in its remediation; NOWHERE: none does. */
unsigned draft_behind(const struct draft *d, unsigned i);
/* A row of a draft that is as wanted, drawn; NOWHERE: there is none. */
unsigned draft_pick(struct trial *t, const struct draft *d, enum want want);
/* Removes record i; its block ends where it ended. */
void draft_drop(struct draft *d, unsigned i);
/* A copy of record `of` before record i. false: the draft is full. */
bool draft_insert(struct draft *d, unsigned i, const struct forged *of);
/* Makes the hashes of the rows behind row i again, and their predecessors; was: its hash before. */
void draft_follow(struct trial *t, struct draft *d, unsigned i, const uint8_t was[32]);

/* Another word in a row's body; its hash is left. 0; 1: it has none; -1: no memory. */
int row_edit(struct trial *t, struct record *r);
/* Other values of an event. */
enum change { NEW_ID, NEW_TIME, NEW_CORRELATION };
/* like: the row whose correlation it gets. As row_edit. */
int row_rewrite(struct trial *t, struct record *r, enum change change, const struct record *like);

#endif
