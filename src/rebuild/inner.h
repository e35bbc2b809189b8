/* What spec.c and status.c share. */
#ifndef REBUILD_INNER_H
#define REBUILD_INNER_H

#include "event/event.h"
#include "rebuild/rebuild.h"

void provenance_put(struct rebuilt_rr *r, const char *path, const struct moment *m, const char *grade, const char *rule);
void missing_put(struct rebuilt_rr *r, const char *path, const char *reason);
/* Appends `,"status":{…}` to the object. display: kind/name of the signal's target, may be empty. -1: no memory. */
int rebuild_status(struct rebuilt_rr *r, const struct story *s, const struct correlation *c, const char *namespace, const char *display, size_t display_len);

#endif
