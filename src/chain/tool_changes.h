/*
 * Damage that a tool did to a whole input is not editing (event.md E-13, d): where rows do not give
 * their hashes, what tools do to whole files is undone and tried. A change counts for an input if
 * no row of it speaks against it and at least three rows give their full stored hash once it is
 * undone; then those rows are variants of what the source stored. Only archives with such rows are
 * looked at a second time.
 */
#ifndef CHAIN_TOOL_CHANGES_H
#define CHAIN_TOOL_CHANGES_H

#include "chain/rows.h"

#define TOOL_PROOFS 3u  /* rows that must prove a change */
#define TOOL_TRIED 200u /* rows of an input in vain, then a change is given up */
/* rows tried where all may be keyed, to see whether more is worth it */
#define TOOL_PROBE 64u
#define TOOL_ALONE (64ull << 20) /* of one row that is tried alone */
#define TOOL_HASHED (8ull << 30) /* bytes hashed for one archive, at most */

struct tool_changes;

/* NULL: no memory. */
struct tool_changes *tool_changes_new(const struct rows *rows);
void tool_changes_free(struct tool_changes *t);

/*
 * Archive number k, whose first block has the number first_block among all: settles which of its
 * rows are variants (rows->event, rows->variant, sorted by event). 0, or -1 (e).
 */
int tool_changes_find(
    struct tool_changes *t, struct rows *rows, unsigned k, uint64_t first_block, struct err *e);

/*
 * One row alone, of which another version is here to be held against (judgement.md J-7): does it
 * give the hash that it stores, or, where that cannot be tried, `digest` over its predecessor, once
 * what a tool did is undone? digest may be NULL. names: gets what was undone (undo.h). 1 yes, 0 no,
 * -1: no memory.
 */
int tool_explains(
    struct tool_changes *t, const struct record *r, const uint8_t digest[32], char names[64]);

/*
 * tool_same.c: two versions of one row, and the columns (comma-separated) that differ. Does each
 * give the hash that the row stores, as it stands or with what a tool did undone, and is there
 * nothing else that differs? names: what was undone. 1 yes, 0 no, or too many were asked in vain;
 * -1: no memory.
 */
int tool_same_row(struct tool_changes *t, const struct record *a, const struct record *b,
    const char *columns, size_t n, char names[64]);

/*
 * Once all findings are there: one note for each change of an input, and what explains edited rows.
 */
void tool_changes_tell(struct tool_changes *t, struct rows *rows);

#endif
