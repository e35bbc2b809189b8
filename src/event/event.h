/*
 * src/event/: one row of the source, whatever it came as. row.h takes a row of an input, build.c
 * makes the event of it (exporter alone), body.c its canonical bytes, which are hashed; view.h
 * reads them again, version.h holds two versions of one row against each other.
 *
 * The canonical event (event.md E-2): between its members and its bytes, in both directions.
 */
#ifndef EVENT_EVENT_H
#define EVENT_EVENT_H

#include "base/buf.h"
#include "json/json.h"

enum body_form { BODY_CLUSTER_ID = 1, BODY_CLUSTER_NAME = 2, BODY_VERBATIM = 3 };

#define EVENT_ID_OFFSET 13u /* of the id's 36 characters in a canonical body */
#define EVENT_ID_CHARS 36u
#define EVENT_TIME_OFFSET 70u /* of the text of event_timestamp */

struct event {
	uint8_t id[16];
	int64_t time; /* µs since 1970 UTC */
	bool has_parent, has_parent_date, sensitive;
	uint8_t parent[16];
	int32_t parent_date;         /* days since 1970 */
	int64_t retention, duration; /* days; ms, 0 = left out */
	struct str type, version, category, action, outcome, correlation;
	struct str resource_type, resource_id, namespace, cluster, severity, error_code,
	    error_message;
	struct str actor_id, actor_type, actor_ip; /* n = 0: left out */
	struct str data;                           /* event_data in canonical form */
};

/* The text that column `col` (event/column.h) is in an event; NULL for columns that are no text of
 * it. */
struct str *event_text(struct event *e, unsigned col);

/* Appends the body (E-2) in form 1 or 2. */
void event_put_body(struct buf *out, const struct event *e, enum body_form form);

/*
 * Parses a canonical body strictly: any other order, member or spelling of the envelope is
 * refused, and event_data must be
 * canonical itself when `deep`. Strings without escapes borrow the body, others go to `text`
 * (cleared first).
 * 0 fine; 1 not canonical (*why).
 */
int event_parse_body(struct event *e, const char *body, size_t n, enum body_form form, bool deep,
    struct buf *text, const char **why);
/* Is it event_data in canonical form (E-3, E-4, E-6)? doc and again are scratch. 0 yes, 1 no, -1
 * no memory. */
int event_data_canonical(const char *s, size_t n, struct json_doc *doc, struct buf *again);

#endif
