/* A folder of the auditor's that gets one file each for many things, whatever their names hold
 * (rebuild.md B-7). */
#ifndef CMD_ANALYZE_OUTDIR_H
#define CMD_ANALYZE_OUTDIR_H

#include <stdbool.h>
#include <stdio.h>

#include "base/err.h"

struct outdir {
	int fd; /* -1: none */
	const char *path;
	char name[1024]; /* of the file that is written */
	FILE *file;
};

/* Makes the folder if it is not there. To be called before the sandbox is entered. 0, or the exit
 * status (e). */
int outdir_open(struct outdir *o, const char *path, struct err *e);
void outdir_close(struct outdir *o);

/* A name that some systems keep for a device, with or without an ending, in any case. */
bool outdir_reserved(const char *name, size_t n);
/* A name, or a part of a path, for any text: B-7. */
#define OUTDIR_NAME 256
void outdir_name(const char *text, size_t n, const char *suffix, char out[OUTDIR_NAME]);

/* Opens o->file at a path of such names, folders made where they are missing. A file that is there
 * already is never touched. 0; 1: one is there; -1 (e). */
int outdir_create(struct outdir *o, struct err *e, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* What a caller says of that who cannot take it. The exit status (e). */
int outdir_there(const struct outdir *o, struct err *e);
/* Closes it; not kept: it is removed again. 0, or the exit status (e). */
int outdir_finish(struct outdir *o, bool keep, struct err *e);

#endif
