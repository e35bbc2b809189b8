/* A must-gather of Kubernaut (reference: source-interfaces 7), of the files of a folder, a tar or a
 * ZIP that were copied aside. */
#ifndef SOURCE_MUST_GATHER_H
#define SOURCE_MUST_GATHER_H

#include "source/bundle.h"

struct session;

/* A folder that holds a collection: its path with the slash behind it, or "". It points into the
 * bundle. */
struct gather_root {
	const char *path;
	size_t n;
};

/* Which files of a bundle are read; the others are digested and listed. For bundle_init. */
bool gather_wants(const char *path);
/* The collections in b, by path: *ret is the caller's to free, NULL where there are none. -1: no
 * memory (e). */
int gather_roots(const struct bundle *b, struct gather_root **ret, unsigned *ret_n, struct err *e);
/* Which of them a file belongs to, the deepest one; -1: none. */
int gather_root_of(const struct gather_root *root, unsigned n, const char *path);
/* Reads collection `which` into the input that the session has open. around: files that belong to
 * none are left out, and that is said and accounted for here. -1 (e). */
int read_must_gather(struct session *s, struct bundle *b, const struct gather_root *root,
    unsigned n, unsigned which, bool around, struct err *e);

#endif
