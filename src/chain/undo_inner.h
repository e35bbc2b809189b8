/* What undoing (undo.c), the signs of it (undo_signs.c) and the code pages share. */
#ifndef CHAIN_UNDO_INNER_H
#define CHAIN_UNDO_INNER_H

#include "chain/undo.h"

/* Code points of the bytes 0x80 to 0xff, of UNDO_CP437, 850 and 1252. */
extern const uint16_t undo_code_page[3][128];

#define UNDO_ENVELOPE 16u /* texts of an event beside event_data */

/* Where they stand; event_version is the first. */
void undo_texts_of(struct event *e, struct str *ret[UNDO_ENVELOPE]);
/* The token of JSON text that begins at `at`. */
struct str undo_token(struct str t, size_t at);
/* Token k of t: a value that a boolean may have become; *ret which. */
bool undo_maybe_boolean(struct str t, struct str k, bool *ret);
/* Digits alone; digits with .0 behind them. */
bool undo_digits_only(const char *p, size_t n);
bool undo_whole_decimal(const char *p, size_t n);
/* A text that a spreadsheet takes for a formula; one that was kept from that. */
bool undo_formula(const char *p, size_t n);
bool undo_guarded(const char *p, size_t n);

#endif
