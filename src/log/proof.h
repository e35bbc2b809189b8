/* That a later checkpoint of the log contains an earlier one: the earlier tree's subtrees, then
 * those behind it (seal.md S-9). */
#ifndef LOG_PROOF_H
#define LOG_PROOF_H

#include "base/buf.h"
#include "log/merkle.h"

#define PROOFS_KEPT 200u /* in one file; the oldest and the newest are kept */

struct proof {
	uint64_t size; /* of the earlier tree, > 0 */
	uint8_t root[32];
	/* hashes: popcount(size) subtrees of [0, size), then the cover of [size, end) */
	unsigned n;
	const uint8_t *hash; /* borrowed */
};

/* 1 and the next entry, 0 the end, -1 malformed. */
int proof_next(struct span *s, struct proof *ret);
/* Does the entry lead from its root to `root` at size `end`? */
bool proof_leads_to(const struct proof *p, struct sha256 *s, uint64_t end, const uint8_t root[32]);
/* Appends the entry for the tree [0, size) of which `compact` are the subtrees; run: the subtrees
 * of [size, end). */
void proof_put(struct buf *out, uint64_t size, const uint8_t root[32], const uint8_t (*compact)[32],
    unsigned n_compact, const struct merkle *run);
/* Appends p, which led to size `middle`, extended by run = [middle, end). false: p does not fit. */
bool proof_extend(struct buf *out, struct sha256 *s, const struct proof *p, uint64_t middle,
    const struct merkle *run);

/* A run of the subtrees of [0, size), largest first. false: their number does not fit the size. */
bool merkle_from_compact(
    struct merkle *m, struct sha256 *s, uint64_t size, const uint8_t *hashes, size_t n);
/* Appends the subtrees of b, which begins where a ends. false: it does not, or too many. */
bool merkle_append(struct merkle *a, struct sha256 *s, const struct merkle *b);

#endif
