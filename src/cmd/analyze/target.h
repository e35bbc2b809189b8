/* A file of --out: a report, a worksheet, a bundle. */
#ifndef CMD_ANALYZE_TARGET_H
#define CMD_ANALYZE_TARGET_H

#include "cmd/analyze/analyze.h"

/*
 * It is written beside its final name and renamed when it is whole; or it goes to stdout. Both
 * names lie on a page that cannot be written any more: inside the sandbox just these two are names
 * that may change (J-15).
 */
struct target {
	struct {
		char tmp[4200], path[4200];
	} * names;        /* NULL: stdout */
	const char *path; /* as given */
	char dir[4200];
	int fd;
	bool fresh; /* what has its name meanwhile stays */
};

/* Before the sandbox. 0 or -1 (e): what is there is not replaced (output.md O-2). To be closed in
 * any case. */
int target_open(struct target *t, const char *path, struct err *e);
/* The same of a file that is kept up to date, such as a memory: it is replaced when whole. */
int target_open_over(struct target *t, const char *path, struct err *e);
/* What the sandbox must leave: may is filled. */
void target_may(struct target *t, struct sandbox_may *may);
/* Writes what stands in b; a document may come in parts. 0 or -1 (e), which names the folder. */
int target_put(struct target *t, const struct buf *b, struct err *e);
/* Writes what is left of it and gives it its name. 0 or -1 (e), which names the folder. */
int target_finish(struct target *t, const struct buf *b, struct err *e);
/* What was not finished leaves nothing behind. */
void target_close(struct target *t);

#endif
