/*
 * src/log/: the log as a whole, without its records: merkle.h is the tree (RFC 6962), proof.h the
 * proofs that one file leads on to the next, path.h proofs in the form of RFC 6962, note.h signed
 * notes, checkpoints and keys (C2SP). Pure functions of bytes: who opens files is src/archive, who
 * signs is src/write.
 *
 * The RFC 6962 tree as runs of complete subtrees (seal.md S-1, S-3).
 */
#ifndef LOG_MERKLE_H
#define LOG_MERKLE_H

#include "digest/digest.h"

#define MERKLE_MAX 128

/* Complete subtrees covering a contiguous run of positions, left to right. */
struct merkle {
	unsigned n;
	uint64_t next; /* position after the run */
	struct {
		uint64_t start;
		unsigned level;
		uint8_t hash[32];
	} e[MERKLE_MAX];
};

void merkle_init(struct merkle *m, uint64_t first);
/* Appends a complete subtree of 2^level leaves at m->next. false: not aligned there. Merges what
 * can be merged. */
bool merkle_push(struct merkle *m, struct sha256 *s, unsigned level, const uint8_t hash[32]);
/* Appends the nodes of a cover of [m->next, m->next + count), 32 bytes each. false: their number
 * is wrong. */
bool merkle_push_cover(
    struct merkle *m, struct sha256 *s, uint64_t count, const uint8_t *nodes, size_t n_nodes);
/* Root of a run that begins at 0. */
void merkle_root(const struct merkle *m, struct sha256 *s, uint8_t out[32]);

void merkle_leaf(struct sha256 *s, const void *p, size_t n, uint8_t out[32]);
/* out may be l or r. */
void merkle_node(struct sha256 *s, const uint8_t l[32], const uint8_t r[32], uint8_t out[32]);

#endif
