/*
 * Why a row is odd (formats/findings.md): its rows are compared with the rest of their
 * correlation, and with whoever holds the hashes they
 * claim. A cause is only named where the hashes prove it; else the row stays what it was found to
 * be.
 */
#ifndef CHAIN_CAUSES_H
#define CHAIN_CAUSES_H

#include "chain/rows.h"

#define CAUSES_ROWS 1000000u         /* rows of odd correlations looked at, at most */
#define CAUSES_BYTES (64u << 20)     /* of their bodies */
#define CAUSES_HASHED (512ull << 20) /* bytes hashed in search of causes, at most */

struct causes;

struct cause {
	uint64_t event; /* as rows_each numbers them */
	enum said said;
	bool has_detail; /* its sentence names something beside the row */
	char detail[200];
};

/* keys of the source as in verification. NULL: no memory. */
struct causes *causes_new(const struct rows *rows);
void causes_free(struct causes *c);
/* First pass, over remarkable events: which correlations are odd, and which hashes are asked for.
 * -1: no memory. */
int causes_suspect(
    struct causes *c, const struct record *r, const struct event_result *x, struct str type);
/* Does the source's own audit client write events of this type? It writes them without hashes
 * (source-hash-chain 13.2). */
bool causes_written_bare(struct str type);
bool causes_any(const struct causes *c);
/* More than gaps: all events must be looked at, else the blocks of remarkable ones are enough. */
bool causes_need_all(const struct causes *c);
/* Second pass. mixed: the correlation has keyed and unkeyed rows, which is odd in itself. */
int causes_row(struct causes *c, const struct record *r, uint32_t input, uint64_t event,
    const struct event_result *x, struct str corr, struct str type, bool mixed);
/* Then: decides, and marks the events that have a cause. budget: bytes that may be hashed. */
int causes_decide(struct causes *c, struct rows *rows, uint64_t *budget);
/* The cause of an event, NULL if none was proved. */
const struct cause *causes_of(const struct causes *c, uint64_t event);

#endif
