/*
 * What tools do to whole files on the way from the database to the exporter, undone on one event
 * (event.md E-13, d): doubled backslashes, changed line ends, a wrong code page, respelled booleans
 * and numbers. Nothing here judges: a guess counts only where it gives the hash that the source
 * stored.
 */
#ifndef CHAIN_UNDO_H
#define CHAIN_UNDO_H

#include "event/event.h"
#include "json/json.h"

/*
 * In the order in which they are undone: what happened last to the text comes first. Two directions
 * of one change share their name.
 */
enum undo_change {
	UNDO_CP437,
	UNDO_CP850,
	UNDO_CP1252,
	UNDO_CRLF_MADE,
	UNDO_CRLF_UNMADE,
	UNDO_COPY_ESCAPES,
	UNDO_GUARD,
	UNDO_BOOLEAN,
	UNDO_NUMBER_CUT,
	UNDO_NUMBER_FLOAT,
	UNDO_MILLISECONDS,
	UNDO_LOCAL_TIME,
	UNDO_NULL_EMPTY,
	/* from here on: marks that explain, and that nothing undoes */
	UNDO_DIGITS,
	UNDO_SECONDS,
	UNDO_DEPTH,
	UNDOS
};

/* Those before are undone by undo_apply, the others by whoever tries times and digests. */
#define UNDO_TEXTS UNDO_MILLISECONDS
#define UNDO_CODE_PAGES (1u << UNDO_CP437 | 1u << UNDO_CP850 | 1u << UNDO_CP1252)

extern const char *const undo_name[UNDOS]; /* E-13 (d) */
/* what the tool did, to be read behind "a tool " */
extern const char *const undo_words[UNDOS];

struct undo;

/* NULL: no memory. One serves one event at a time. */
struct undo *undo_new(void);
void undo_free(struct undo *u);

enum undone { UNDONE_SAME, UNDONE_OTHER, UNDONE_IMPOSSIBLE, UNDONE_NOMEM };

/*
 * Undoes one change of UNDO_TEXTS in *e, whose texts then lie in u until the next undo_begin. pick:
 * which of the places where a boolean may have stood are changed (bit i: the i-th; beyond 32: all
 * or none); ~0u for all, and for every other change. UNDONE_IMPOSSIBLE: no text can have become
 * this one by that change.
 */
void undo_begin(struct undo *u);
enum undone undo_apply(struct undo *u, struct event *e, enum undo_change c, uint32_t pick);
/* Places where a boolean may have stood, in canonical event_data. */
unsigned undo_booleans(struct str data);
/* How many changes a set of them holds, bit by bit. */
unsigned undo_count(uint32_t changes);

/* What an event says of a change by its texts as they stand. SIGN_READER: it fits, and had it been
 * changed like that, only a reader who undid it could have read it. */
enum undo_sign { SIGN_NONE, SIGN_SHOWS, SIGN_AGAINST, SIGN_READER };

/*
 * The signs of an event as it stands: fits if it gives its hash like this, or is known not to have
 * been changed. AGAINST: had the whole file been changed like that, the event would not look like
 * this. Of UNDO_LOCAL_TIME and UNDO_NULL_EMPTY the event alone says nothing.
 */
void undo_signs(struct undo *u, const struct event *e, bool fits, uint8_t sign[UNDOS]);

#endif
