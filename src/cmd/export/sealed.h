/* A sealed file that others are asked about, and what is kept beside it (trust.md). */
#ifndef CMD_EXPORT_SEALED_H
#define CMD_EXPORT_SEALED_H

#include <sys/stat.h>

#include "archive/reader.h"

#define BESIDE_MAX 4400u /* bytes of a path beside it */

struct sealed {
	const char *path;
	struct archive *archive;
	struct findings findings;
	mode_t mode;           /* of what is put beside it */
	char base[BESIDE_MAX]; /* FILE, or FILE.SIZE where its newest seal is an interim one */
};

/* Opens it; its newest seal can be proven something of. To be released in any case. 0 or -1 (e). */
int sealed_open(struct sealed *s, const char *path, struct err *e);
/*
 * Puts a file beside it, whole or not at all; again: in the place of one that is there, else that
 * is an error. 0 or -1 (e).
 */
int sealed_put(
    const struct sealed *s, const char *path, const void *p, size_t n, bool again, struct err *e);
void sealed_release(struct sealed *s);

#endif
