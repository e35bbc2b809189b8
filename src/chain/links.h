/* The links between source records of all archives, kept small: what a block cannot settle by
 * itself waits for the end. */
#ifndef CHAIN_LINKS_H
#define CHAIN_LINKS_H

#include "chain/rows.h"

struct links;

struct links *links_new(void);
void links_free(struct links *c);
/* The number of a correlation by its digest. UINT32_MAX: no memory. */
uint32_t links_correlation(struct links *c, const uint8_t digest[32]);
uint64_t links_correlations(const struct links *c);
void links_remediation(struct links *c, uint32_t correlation);
uint64_t links_remediations(const struct links *c);
/* Keyed and unkeyed rows in one correlation: is there such a one, is this one. */
void links_algorithm(struct links *c, uint32_t correlation, bool keyed);
bool links_any_mixed(const struct links *c);
bool links_mixed(struct links *c, const uint8_t digest[32]);
/* A hashed event, and one whose predecessor is not settled yet; by their numbers. 0 or -1. */
int links_claim(struct links *c, const uint8_t hash[32], uint32_t event);
/* The claimed hash of an event that a disclosure copy leaves out, and its correlation's digest. */
int links_left(struct links *c, const uint8_t hash[32], const uint8_t correlation[32]);
int links_wait(struct links *c, const uint8_t previous[32], uint32_t event);
/*
 * Settles all that wait: link and parent of each. Where several rows claim the hash that one
 * names, its parent is one of its own correlation, one
 * whose content gives its hash before others. n log n whatever the rows name. -1: no memory.
 */
int links_settle(struct links *c, struct rows *rows);

#endif
