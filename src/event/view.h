/* From a record back to the columns of its row, as they stood in the input (event.md E-12,
 * record.md R-11). */
#ifndef EVENT_VIEW_H
#define EVENT_VIEW_H

#include "event/column.h"
#include "event/event.h"
#include "json/json.h"
#include "record/record.h"

enum view_state { VIEW_ABSENT, VIEW_NULL, VIEW_TEXT };

struct view_cell {
	enum view_state state;
	/* text as it stood: decoded for strings, the token for JSON values */
	const char *p;
	size_t n;
	/* p is a JSON token, not a text (columns no clause knows, from JSON sources) */
	bool json;
};

/* One at a time; all pointers live until the next view_open. */
struct view;

struct view *view_new(void);
void view_free(struct view *v);

/*
 * Opens an event or conflict record with the table record it names. Checks what and
 * E-12 demand before anything is shown:
 * the body canonical, every aside item known and not saying its default, raw values
 * canonicalising to the body.
 * 0 fine; 1 a rule is broken (*why; what could be read is still there); -1 no memory.
 */
int view_open(struct view *v, const struct record *r, const struct table *t, const char **why);

/* canonical bodies only, else NULL */
const struct event *view_event(const struct view *v);
/* The row's time, µs; that of the record where a body does not tell it. */
int64_t view_time(const struct view *v);
struct view_cell view_column(struct view *v, unsigned col); /* a column of E-1 */
/* a column no clause knows, by its place in the table */
struct view_cell view_extra(struct view *v, unsigned ordinal);
/*
 * event_data for who parses it and shows only parts: the column, or the body's own text where that
 * says the same with the same numerals.
 */
struct view_cell view_payload(struct view *v);
/* event_data parsed; NULL if it cannot be. */
struct json_doc *view_data(struct view *v);

#endif
