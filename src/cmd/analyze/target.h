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
};

/* Before the sandbox. 0 or -1 (e). To be closed in any case. */
int target_open(struct target *t, const char *path, struct err *e);
/* What the sandbox must leave: may is filled. */
void target_may(struct target *t, struct sandbox_may *may);
/* Writes all of it and gives it its name. 0 or -1 (e), which names the folder. */
int target_finish(struct target *t, const struct buf *b, struct err *e);
/* What was not finished leaves nothing behind. */
void target_close(struct target *t);

#endif
