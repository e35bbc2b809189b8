/*
 * Rows hashed with the source's key and rows without (judgement.md J-6; output.md O-5,
 * findings.md): what a row is whose algorithm nobody named, and correlations without the key where
 * the source had it.
 */
#ifndef CHAIN_KEYED_H
#define CHAIN_KEYED_H

#include "chain/neighbours.h"
#include "chain/rows.h"

#define KEYED_NEXT 20u    /* rows that must follow one in time */
#define KEYED_MOST 200u   /* and how many are asked, at most */
#define KEY_ROLLOUT 3600u /* seconds, if the auditor says no other number */

/*
 * Settles rows that fit without no key, of inputs that name no algorithm and without a key given:
 * mismatch if a row that was written behind it fits unkeyed, or each of the next ones in time does;
 * else no-key. near: all such rows with a hash, sorted; yes: fits without a key. -1: no memory.
 */
int keyed_settle(const struct neighbours *near, struct rows *rows);

/* The time of the first keyed row, µs; INT64_MAX: no row of a time is keyed. */
int64_t keyed_since(const struct rows *rows);
/* Fills rows->use: which key fits which rows, and when these say that they were. -1: no memory. */
int keyed_uses(struct rows *rows);
/* How long instances of the source without its key are nothing odd, µs. */
int64_t keyed_rollout(const struct rows *rows);

/*
 * Correlations none of whose hashed rows is keyed, though their last one lies more than the
 * roll-out (rows->key_rollout) behind the first keyed row of another: a finding a stretch. -1: the
 * tool failed (e).
 */
int keyed_downgrades(struct rows *rows, struct err *e);

#endif
