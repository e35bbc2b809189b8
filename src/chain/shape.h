/*
 * The shape that the links of a correlation give (reference: source-hash-chain 11, 12): a tree,
 * as the source's writer makes it. It links a row
 * to the greatest one by (time, id), or in a batch to the row before it; so of the branches
 * behind a row at most one holds rows that sort after
 * it, and a correlation begins once. Rows whose content does not give their hash are left out:
 * nothing that they say is proved.
 */
#ifndef CHAIN_SHAPE_H
#define CHAIN_SHAPE_H

#include "chain/rows.h"
#include "finding/finding.h"

/* How far a row's time can lie before its predecessor's if both came through the source's API at
 * once: it accepts 7 days back and 60 minutes ahead. */
#define SHAPE_BACK_US ((int64_t)(7 * 24 + 1) * 3600 * 1000000)

struct odd_shape {
	/* with: the row that all of one finding have in common */
	uint32_t event, with;
	enum finding_id id;
};

struct shape {
	struct odd_shape *odd; /* by event */
	uint64_t n, cap;
	uint64_t forks, unexplained;
	/* events that share their second with another of their correlation; those no link orders
	 * in it */
	uint64_t shared, unordered;
	uint64_t late; /* whose time lies before their predecessor's */
	/* rows of the newer writer, if seq_proved: how many, from which insert_seq on, how many
	 * of them it cannot have linked so */
	uint64_t seq_rows, seq_from, seq_odd;
	bool seq_proved;
};

/* All correlations; links and contents must be settled. Marks the events that are odd. -1: no
 * memory. */
int shape_find(struct shape *s, struct rows *rows);
/* insert_seq.c: the same for rows that carry insert_seq. */
int insert_seq_check(struct shape *s, struct rows *rows);
int shape_add(struct shape *s, uint32_t event, uint32_t with, enum finding_id id);
/* Is what a row says of its link and time what its source hashed, as far as can be told? */
bool shape_stands(const struct rows *rows, uint32_t event);
/* Does a sort after b in the source's own order? Times that an input cut to seconds tell only what
 * they can. */
bool shape_sorts_after(const struct rows *rows, uint32_t a, uint32_t b);
void shape_release(struct shape *s);
/* The first entry of an event; s->odd + s->n if it has none. */
const struct odd_shape *shape_of(const struct shape *s, uint64_t event);

#endif
