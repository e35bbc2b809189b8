/* The links between source records of all archives, kept small: what a block cannot settle by
 * itself waits for the end. */
#ifndef VERIFY_CHAIN_H
#define VERIFY_CHAIN_H

#include "verify/verify.h"

struct chain;

struct chain *chain_new(void);
void chain_free(struct chain *c);
/* The number of a correlation by its digest. UINT32_MAX: no memory. */
uint32_t chain_correlation(struct chain *c, const uint8_t digest[32]);
uint64_t chain_correlations(const struct chain *c);
void chain_remediation(struct chain *c, uint32_t correlation);
uint64_t chain_remediations(const struct chain *c);
/* Keyed and unkeyed rows in one correlation: is there such a one, is this one. */
void chain_algorithm(struct chain *c, uint32_t correlation, bool keyed);
bool chain_any_mixed(const struct chain *c);
bool chain_mixed(struct chain *c, const uint8_t digest[32]);
/* A hashed event, and one whose predecessor is not settled yet; by their numbers. 0 or -1. */
int chain_claim(struct chain *c, const uint8_t hash[32], uint32_t event);
int chain_wait(struct chain *c, const uint8_t previous[32], uint32_t event);
/*
 * Settles all that wait: link and parent of each. Where several rows claim the hash that one
 * names, its parent is one of its own correlation, one
 * whose content gives its hash before others. n log n whatever the rows name. -1: no memory.
 */
int chain_settle(struct chain *c, struct verification *v);

#endif
