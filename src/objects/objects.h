/*
 * src/objects/: what a collection holds beside events: objects of the cluster and dead letters, as
 * records of the archive. objects.c finds them and holds them against events,
 * dead_letters.c tells what the source could not store. They are evidence of somebody else, and
 * called so.
 *
 * The objects that a must-gather brought along, held against the events of the same archives
 * (record.md R-15): requests and approvals without events, a decision whose audit event the
 * object says was stored and that is not here, approvals without their object.
 */
#ifndef OBJECTS_OBJECTS_H
#define OBJECTS_OBJECTS_H

#include "event/event.h"
#include "json/json.h"
#include "read/select.h"
#include "verify/verify.h"

/* v is verified; findings are added to it, gaps and notes only, so its verdict stands. -1: a
 * failure of the tool (e). */
int objects_check(struct verification *v, struct err *e);

/* dead_letters.c: events that the source accepted and that are not among its rows; gaps (record.md
 * v is verified. -1: a failure of the tool (e). */
int dead_letters_check(struct verification *v, struct err *e);

/* An object of a collection, as its context record holds it. */
struct collected {
	struct str kind; /* as its head says */
	/* the file that it stands in, below the collection's root; as its head says; n = 0: not
	 * known */
	struct str path, name;
	unsigned archive;
	uint64_t position;
	uint32_t input;             /* of the manifest */
	const struct json_doc *doc; /* NULL: it cannot be read (why) */
	uint32_t at;                /* the object in it */
	const char *why;
};

/* Every one in turn; what damaged blocks held is passed over. each(): 0, or -1 for want of memory.
 * 0 or -1 (e). */
int objects_each(
    struct reading *r, int (*each)(void *arg, const struct collected *o), void *arg, struct err *e);

#endif
