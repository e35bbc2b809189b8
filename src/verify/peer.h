/*
 * The other voice: what Kubernaut's own verify-chain would answer on these rows with these keys (reference: source-hash-chain 11, peer-limits A).
 * It sorts the rows of a correlation by time and id and expects each to name the one before it; the rows were written as a tree.
 */
#ifndef VERIFY_PEER_H
#define VERIFY_PEER_H

#include "verify/verify.h"

#define PEER_MAX_EVENTS 10000u         /* above that the server answers 500 */

struct peer_row;

struct peer_answer {
	struct str correlation;
	int http_status;
	bool is_valid;
	uint64_t total, verified, skipped;
	const struct peer_row *row;        /* `total` hashed rows in the server's order */
	const char *ours;                  /* our verdict on the same rows: intact, incomplete, altered, not proven */
	const char *why;                   /* why the two differ, or why the server fails; NULL: they agree */
};

/* One entry of the server's list; hashes as it prints them. */
struct peer_entry {
	const uint8_t *id;
	int64_t time;
	bool link;                         /* "previous hash mismatch"; else "event hash mismatch" */
	char expected[65], actual[256], previous[256];
};

/* Calls f for every correlation in the order of their bytes. v is verified. -1: f said so, or a failure (e). */
int peer_run(struct verification *v, int (*f)(void *arg, const struct peer_answer *a), void *arg, struct err *e);
/* The entries of row i of an answer: up to 2 into ret[]. */
unsigned peer_entries(const struct peer_answer *a, uint64_t i, struct peer_entry ret[2]);

#endif
