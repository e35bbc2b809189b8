/*
 * A bundle that is given as a zip, as the folder that it holds (formats/bundle.md X-7). It is
 * unpacked by a process of its own, behind the sandbox, into a folder that nobody else sees; once
 * its files are open the folder goes again, so that no evidence lies about.
 */
#ifndef CMD_ANALYZE_UNPACKED_H
#define CMD_ANALYZE_UNPACKED_H

#include "base/err.h"
#include "cmd/cli.h"

struct unpacked {
	const char *given; /* as the command names it */
	char dir[4200];    /* where the bundle lies; a folder is its own */
	char made[4096];   /* the temporary folder; empty: none */
};

/* Before the sandbox. 0 or -1 (e: 65: it is no zip of a bundle). To be closed in any case. */
int unpacked_open(struct unpacked *u, const struct cli *c, const char *given, struct err *e);
/* Before the sandbox too: the temporary folder goes; what is open stays readable. */
void unpacked_close(struct unpacked *u);
/* Names of files in the temporary folder become those of the zip. */
void unpacked_say(const struct unpacked *u, struct err *e);

#endif
