/* Bytes that somebody makes, made ahead by a thread of its own while others are used. */
#ifndef SOURCE_AHEAD_H
#define SOURCE_AHEAD_H

#include <sys/types.h>

#include "base/err.h"

struct ahead;

/* make gives the next piece, 0 at the end, -1 with the reason; it is called by the new thread
 * only, until then. NULL (e). */
struct ahead *
ahead_new(ssize_t (*make)(void *arg, const void **ret, char why[400]), void *arg, struct err *e);
/* The next bytes, valid until the next call; as make. */
ssize_t ahead_next(struct ahead *a, const void **ret, char why[400]);
/* The thread has ended afterwards. interrupt: makes a call of make that is under way return; it is
 * called if there may be one. */
void ahead_free(struct ahead *a, void (*interrupt)(void *arg));

#endif
