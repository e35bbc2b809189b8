/* Platforms on which a process cannot divide itself: a bundle is read from its folder only. */
#include <stdio.h>
#include <sys/stat.h>

#include "cmd/analyze/unpacked.h"

int
unpacked_open(struct unpacked *u, const struct cli *c, const char *given, struct err *e)
{
	struct stat st;

	(void)c;
	*u = (struct unpacked){ .given = given };
	snprintf(u->dir, sizeof u->dir, "%.4100s", given);
	/* what is not there is told by who wants to open it */
	if (stat(given, &st) || S_ISDIR(st.st_mode))
		return 0;
	return err_set(e, EX_USAGE_ERR,
	    "%.300s: on this platform a bundle is read from a folder: unpack it first", given);
}

void
unpacked_close(struct unpacked *u)
{
	(void)u;
}

void
unpacked_say(const struct unpacked *u, struct err *e)
{
	(void)u;
	(void)e;
}
