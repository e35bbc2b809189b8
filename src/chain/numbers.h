/*
 * Numbers of insert_seq that no row has (reference: newer-kubernaut 1): how many, where, beside
 * which correlations, and what can have led to it. None missing binds nobody who can write to the
 * database; said either way.
 */
#ifndef CHAIN_NUMBERS_H
#define CHAIN_NUMBERS_H

#include "chain/rows.h"

#define NUMBERS_CACHE 32u    /* that a crash or failover may skip at once */
#define NUMBERS_RANGES 1000u /* ranges whose neighbours are named, at most */

/* What a context record says of the source: the newest migration. -1: no memory. */
int numbers_migration(const struct record *r, uint64_t *migration);

/* Findings about missing numbers; after links are settled. -1: the tool failed (e). */
int numbers_check(struct rows *rows, struct err *e);

#endif
