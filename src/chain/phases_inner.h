/*
 * What the phases share (phases.c): a walk over the events, and what is told of a row (tell.c).
 */
#ifndef CHAIN_PHASES_INNER_H
#define CHAIN_PHASES_INNER_H

#include "base/vec.h"
#include "chain/causes.h"
#include "chain/gaps.h"
#include "chain/neighbours.h"
#include "chain/phases.h"
#include "chain/shape.h"
#include "chain/tool_changes.h"
#include "event/view.h"

/* A finding that gathers the events of one correlation, or of one fork. */
struct group {
	unsigned finding; /* index into findings; UINT32_MAX: only counted */
	int64_t since;    /* earliest time of an event gathered */
	unsigned archive;
	uint32_t input; /* of the first one */
	bool several;   /* others are of other inputs */
};

/* Groups by the 32 bytes that all of one have in common. */
struct groups {
	struct numbering key;
	struct group *g; /* by the key's number */
	size_t cap;
};

struct pass {
	struct rows *rows;
	struct links *links;
	struct judge jd;
	struct view *view;
	uint64_t budget; /* bytes that may still be hashed in search of spellings or causes */
	struct causes *causes;
	struct tool_changes *changes;
	struct shape shape;
	struct gaps gaps; /* what can explain that rows are not here */
	/* the archive that a walk is in */
	struct archive *a;
	/* a walk gives every event of a block that holds a wanted one */
	bool whole;
	/* while the undecided are decided: hashed rows without an algorithm column (O-5) */
	struct neighbours near;
	/* while pass_twice judges: what was counted, by the number of a source or input */
	int64_t *tally;
	/* while rows are told: bits by source number, inputs whose texts a sanitiser changed */
	uint8_t *sanitised;
	uint64_t n_sanitised; /* bits */
	/* what is said once of many rows */
	struct groups missing, no_hash, forks, beginnings, late, expected, renumbered;
};

/* Does one look at an event? Takes record i of a block, event n; -1: no memory. */
typedef bool pass_want(const struct event_result *x);
typedef int pass_take(struct pass *p, const struct block *b, uint32_t i, uint64_t n);

/*
 * Unpacks the blocks of archive k that hold an event that `want` wants, and gives each such event
 * (p->whole: each event of those blocks) to f. What cannot be read was told when it was first read.
 * 0, or -1: the tool failed (e).
 */
int pass_walk(struct pass *p, unsigned k, pass_want *want, pass_take *f, struct err *e);
/*
 * Walks archive k twice: in the first walk `count` adds to p->tally, by the number of a table or of
 * its input, in the second `judge` is given the events that `which` wants, and looks at the sums. A
 * row alone does not tell what its input carries. 0, or -1 (e).
 */
int pass_twice(struct pass *p, unsigned k, pass_take *count, pass_want *which, pass_take *judge,
    struct err *e);
/* Does archive k hold an event that `want` wants? No block is read. */
bool pass_holds(const struct pass *p, unsigned k, pass_want *want);
/* The number of archive k's first block among those of all archives. */
uint64_t pass_first_block(const struct pass *p, unsigned k);
/* Anything but a matching, linked row is looked at again, with its text. */
pass_want pass_remarkable, pass_any;

/* Correlation and type of record i, as text that is good until the next call. -1: no memory. */
int
pass_names(struct pass *p, const struct block *b, uint32_t i, struct str *corr, struct str *type);

/* carried.c: rows whose input leaves out a hashed column are not carried (S09). 0, or -1 (e). */
int carried_find(struct pass *p, struct err *e);
/*
 * unhashed.c: rows without a hash of a source that had its key. Tells them (S44), and takes
 * event_result.bare from all others. 0, or -1: the tool failed (e).
 */
int unhashed_find(struct pass *p, struct err *e);

/* A finding of one row: a sentence that names an event, its time and type, and detail if that is
 * not NULL. values: with its hash, as stored and as computed. */
void tell_row(struct pass *p, enum said said, const struct record *r, struct str corr,
    struct str type, const char *detail, bool values);
/* All that is said of a remarkable row, once every phase that may explain it has run. */
pass_take tell_event;
/* Before the rows of p->a are told: the inputs whose events went through a collector's sanitiser
 * (R-15 `collection`). -1: no memory. */
int tell_sanitised(struct pass *p);
/* Once all rows are told: what can explain that rows are not here, and that trees have an odd
 * shape. */
void tell_gaps(struct pass *p);
void tell_shapes(struct pass *p);
/* What could not be checked, of all rows together. */
void tell_unchecked(struct rows *rows);
void groups_release(struct groups *t);

#endif
