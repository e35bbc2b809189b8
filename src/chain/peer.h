/*
 * The other voice: what Kubernaut's own verify-chain would answer on these rows with these keys
 * (reference: source-hash-chain 11, peer-limits A).
 * It sorts the rows of a correlation by time and id and expects each to name the one before it;
 * the rows were written as a tree. The newer server (column insert_seq, or migration 19) goes by
 * insert_seq and asks three things of each row, whatever stands before it (newer-kubernaut 3).
 */
#ifndef CHAIN_PEER_H
#define CHAIN_PEER_H

#include "chain/rows.h"

#define PEER_NEWER 19u         /* migration that brought insert_seq, and its server */
#define PEER_MAX_EVENTS 10000u /* above that the server answers 500 */

struct peer_row;

struct peer_answer {
	struct str correlation;
	int http_status;
	bool is_valid;
	uint64_t total, verified, skipped;
	const struct peer_row *row; /* `total` hashed rows in the server's order */
	bool newer;                 /* as the newer server answers */
	enum verdict_word ours;     /* on these rows: intact, incomplete, altered, not proven */
	/* why the two differ, or why the server fails; NULL: they agree */
	const char *why;
};

/* One entry of the server's list; hashes as it prints them. */
struct peer_entry {
	const uint8_t *id;
	int64_t time;
	bool hash;           /* of the row's own hash; else of its predecessor */
	const char *message; /* as the server prints it */
	char expected[65], actual[256], previous[256];
};

/* Calls f for every correlation in the order of their bytes. rows are judged. -1: f said so, or a
 * failure (e). */
int peer_run(
    struct rows *rows, int (*f)(void *arg, const struct peer_answer *a), void *arg, struct err *e);
#define PEER_ENTRIES 3u

/* The entries of row i of an answer, in the server's order: up to PEER_ENTRIES into ret[]. */
unsigned peer_entries(const struct peer_answer *a, uint64_t i, struct peer_entry ret[PEER_ENTRIES]);

#endif
