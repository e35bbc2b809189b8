/*
 * Proofs in the form of RFC 6962 2.1.1 and 2.1.2, which C2SP's formats carry: that a leaf stands in
 * a tree, and that a tree is the beginning of another (seal.md S-13). They are made from what files
 * hold: the complete subtrees before and behind a place (S-3, S-9).
 */
#ifndef LOG_PATH_H
#define LOG_PATH_H

#include "log/merkle.h"

/* Both proofs of a tree of at most 2^63 leaves are no longer. */
#define PATH_MAX_HASHES 64u

struct path {
	unsigned n;
	uint8_t hash[PATH_MAX_HASHES][32]; /* from the leaf's side to the root's */
};

/*
 * The siblings of the leaf between two runs: before = [0, i), behind = [i + 1, size). false: they
 * are no such runs.
 */
bool path_inclusion(
    struct path *ret, struct sha256 *s, const struct merkle *before, const struct merkle *behind);
/*
 * That [0, m) is the beginning of [0, n): old = [0, m) with m > 0, behind = [m, n); none is needed
 * where both are one. false: they are no such runs.
 */
bool path_consistency(
    struct path *ret, struct sha256 *s, const struct merkle *old, const struct merkle *behind);

/* Do leaf and siblings give that root? A proof of another length never does. */
bool path_includes(const struct path *p, struct sha256 *s, uint64_t index, uint64_t size,
    const uint8_t leaf[32], const uint8_t root[32]);
/* Do the hashes lead from a root of m leaves to one of n, 0 < m <= n? */
bool path_connects(const struct path *p, struct sha256 *s, uint64_t m, const uint8_t old[32],
    uint64_t n, const uint8_t root[32]);

#endif
