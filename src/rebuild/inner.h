/* What spec.c and status.c share. */
#ifndef REBUILD_INNER_H
#define REBUILD_INNER_H

#include "event/event.h"
#include "rebuild/rebuild.h"

void provenance_put(struct rebuilt_rr *r, const char *path, const struct moment *m, const char *grade, const char *rule);
void missing_put(struct rebuilt_rr *r, const char *path, const char *reason);
#define CONDITIONS 16u                 /* types there are, at most */

/* status.conditions while a story is read (conditions.def). */
struct conditions {
	struct { unsigned row; const struct moment *by, *since; char text[128]; } c[CONDITIONS];
	unsigned n;
};

void conditions_event(struct conditions *c, const struct moment *m, const struct json_doc *d);
/* Appends them as a JSON array, nothing if there is none, and their provenance to r. */
void conditions_print(const struct conditions *c, const char *name, size_t n, struct rebuilt_rr *r, struct buf *out);
/* Appends `,"status":{…}` to the object. display: kind/name of the signal's target, may be empty. -1: no memory. */
int rebuild_status(struct rebuilt_rr *r, const struct story *s, const struct correlation *c, const char *namespace, const char *display, size_t display_len);

#endif
