/*
 * Which correlations an archive's sealed index knows, and where they have events (archive.md
 * C-11, kind 2): by it what is missing
 * can be bounded without reading a block (judgement.md J-3, J-9).
 */
#ifndef ARCHIVE_CORRELATIONS_H
#define ARCHIVE_CORRELATIONS_H

#include "archive/reader.h"

/* A set of correlations, by the digest of their text (record.md R-2). */
struct correlation_set {
	uint8_t (*digest)[32];
	uint32_t n, cap;
	bool sorted;
};

void correlation_set_release(struct correlation_set *s);
/* Adds one; it may be there already. -1: no memory. */
int correlation_set_add(struct correlation_set *s, const uint8_t digest[32]);
/* Is it in the set? Sorts it first, so a set that is asked must not be shared between threads. */
bool correlation_set_has(struct correlation_set *s, const uint8_t digest[32]);

/*
 * Calls f for every event (and conflict) that the index knows, correlation by correlation; fresh:
 * the first of its
 * correlation in this page. 0; 1: there is no intact index, and f may have been called for a part
 * of it; -1: the tool failed,
 * or f did not return 0 (e may be empty then).
 */
typedef int correlations_fn(
    void *arg, const char *text, size_t n, const uint8_t digest[32], bool fresh, uint64_t position);
int correlations_walk(struct archive *a, correlations_fn *f, void *arg, struct err *e);

/*
 * Adds the correlations that have positions in blocks that could not be read, and counts these
 * positions in *ret_events (events
 * and conflicts). Returns as correlations_walk.
 */
int correlations_damaged(
    struct archive *a, struct correlation_set *s, uint64_t *ret_events, struct err *e);

#endif
