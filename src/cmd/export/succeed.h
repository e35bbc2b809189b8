/* --succession: a log goes on under a key that follows another (seal.md S-15). */
#ifndef CMD_EXPORT_SUCCEED_H
#define CMD_EXPORT_SUCCEED_H

#include "cmd/export/export.h"
#include "log/succession.h"
#include "write/sign.h"

struct succeeding {
	struct succession s;
	struct buf note; /* empty: none was given */
};

/* Reads the note; the key's signatures are then joined by those of the one that it follows. x
 * outlives the key. 0, also where path is NULL; -1 (e). */
int succeed_read(struct succeeding *x, const char *path, struct signing_key *key, struct err *e);
/* Is it of the end of these files, or of one before them? 0 or -1 (e). */
int succeed_fits(const struct succeeding *x, const struct after *after, struct err *e);
/* The member of the manifest, with a comma before it; nothing where none was given. */
void succeed_member(const struct succeeding *x, struct buf *out);

#endif
