/* What the two halves of causes share: gathering rows (causes.c) and judging them
 * (cause_rules.c). */
#ifndef CHAIN_CAUSES_INNER_H
#define CHAIN_CAUSES_INNER_H

#include "chain/causes.h"
#include "chain/neighbours.h"

/* A set of digests, sorted once it is complete. */
struct digests {
	uint8_t (*d)[32];
	size_t n, cap;
};

/* A row of an odd correlation, or one that claims a hash that is asked for. */
struct row {
	uint64_t event;
	uint8_t corr[32], id[16], claimed[32], previous[32], digest[32];
	int64_t time;
	uint8_t content, link, algorithm, claimed_form, previous_form, body_form;
	uint32_t input;
	bool odd;            /* of an odd correlation */
	bool goes_on, newer; /* as shape.h found */
	bool self_audit;     /* of a type that is written without a hash */
	unsigned char *body; /* of rows whose hash is tried again */
	size_t body_len;
	char *corr_text; /* of rows whose hash is asked for */
};

/* The rows of one correlation, and ways to them. */
struct kin {
	const struct row *first; /* in the order of time and id */
	size_t n, cap;
	/* those with such a hash, sorted by it */
	const struct row **by_claim, **by_previous;
	size_t n_claim, n_previous;
	struct digests missed; /* predecessors that are named and not found here */
	bool keyed;
};

/* Columns whose values repeat from row to row: what one of them was can be tried again
 * (source-hash-chain 13.4, peer-limits A15). */
#define CAUSES_FIELDS 11

struct causes_field {
	const char *name;
	size_t at;
}; /* at: of its text in struct event */

extern const struct causes_field causes_field[CAUSES_FIELDS];

#define VALUES 64u /* different ones kept of a column */

struct values {
	char *text[VALUES];
	unsigned n, last;
};

struct causes {
	/* correlations with rows that the source always hashes, without a hash */
	struct digests bare;
	struct neighbours near; /* all events, if there are such: which are hashed */
	struct digests gaps;    /* correlations with missing predecessors */
	struct values value[CAUSES_FIELDS];
	int64_t days[VALUES]; /* of retention */
	unsigned n_days;
	struct digests odd, asked; /* correlations; claimed hashes */
	const struct row **owner;  /* rows whose hash is asked for, sorted by it */
	size_t n_owners;
	struct kin kin;
	struct row *row;
	size_t n, cap, bytes;
	struct cause *cause;
	size_t n_causes;
	struct judge jd;
	const struct rows *rows;
	struct buf text, body;
	uint64_t *budget;
	bool gave_up, sorted, all;
};

static inline struct str *
field_of(struct event *ev, size_t f)
{
	return (struct str *)((char *)ev + causes_field[f].at);
}

bool digests_hold(const struct digests *s, const uint8_t d[32]);
/* The first of sorted pointers whose claimed hash (or predecessor) is d; n if there is none. */
size_t rows_lower(const struct row *const *p, size_t n, const uint8_t d[32], bool previous);

/* cause_rules.c: adds the cause of a row to c->cause, if one is proved. -1: no memory. c->kin is
 * its correlation. */
int cause_of_row(struct causes *c, const struct row *w);

#endif
