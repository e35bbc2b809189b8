/*
 * What the two halves of tool_changes share: whole inputs (tool_changes.c) and one row
 * (tool_try.c).
 */
#ifndef CHAIN_TOOL_CHANGES_INNER_H
#define CHAIN_TOOL_CHANGES_INNER_H

#include "chain/tool_changes.h"
#include "chain/undo.h"
#include "event/view.h"

#define SHIFTS 4u       /* offsets of one zone in a year, and more */
#define COMBINATIONS 8u /* of changes, learned from one input */

/* What the rows of one input say. */
struct input_changes {
	uint64_t against[UNDOS], shows[UNDOS], proofs[UNDOS], tried[UNDOS];
	uint32_t combination[COMBINATIONS];
	uint64_t times[COMBINATIONS]; /* a combination was proved */
	unsigned n_combinations;
	uint64_t odd;           /* rows that do not give their hash */
	uint64_t undone;        /* rows that the reader undid, and that did not show up yet */
	int64_t shift;          /* the last offset that was proved */
	int64_t shifts[SHIFTS]; /* different ones */
	unsigned n_shifts;
	bool accepted[UNDOS];
};

/* A row that does not give its hash as it stands. */
struct tried_row {
	uint64_t event;
	uint32_t input, combination; /* of the archive; bits by change, 0: nothing gives it */
	uint16_t shows;              /* bits by change */
	uint8_t id[16];
	unsigned file;
	int8_t key;
	bool keyed, settled;
	/* its correlation is another one with the changes undone */
	bool moved;
	uint8_t corr[32], claimed[32]; /* digest of that one; the hash that the row claims */
	char spelling[64];             /* of E-13 (a) to (c), beside the changes */
};

struct told {
	unsigned file;
	uint32_t input;
	enum undo_change c;
	uint64_t rows;
};

struct tool_changes {
	struct undo *undo;
	struct judge jd;
	struct view *view;
	struct buf text, body, timed;
	/* of the archive that is looked at */
	struct archive *a;
	struct input_changes *in;
	uint32_t n_in;
	uint64_t budget;
	bool gave_up;
	size_t enough; /* rows tried in one walk, at most */
	size_t from;   /* its first row */
	/* settled rows whose correlation is another one, sorted */
	const struct tried_row **moved;
	size_t n_moved;
	/* of rows that are tried alone: what was learned from those before */
	struct input_changes alone;
	unsigned in_vain; /* pairs of versions that nothing explained */
	/* of all archives */
	struct tried_row *row;
	size_t n, cap;
	struct told *told;
	size_t n_told;
};

/* What is tried on one row. */
struct attempt {
	struct tool_changes *t;
	struct input_changes *in;
	const struct record *r;
	struct record as; /* r, with the algorithm that was lost */
	struct tried_row *row;
	uint32_t combination;
	bool spellings, found;
};

/* hash_algorithm is NULL, which the source never writes: '' may have stood there. */
bool tool_algorithm_lost(const struct record *r);
/*
 * Undoes the changes of a combination (bits) and tries what comes out; pick: as undo_apply.
 * *ret_applies: all of them change something. 0, with a->found and a->combination; -1: no memory.
 */
int tool_try(struct attempt *a, uint32_t combination, uint32_t pick, bool *ret_applies);
/* All combinations that the input may have, those first that were proved before. -1: no memory. */
int tool_try_all(struct attempt *a);

#endif
