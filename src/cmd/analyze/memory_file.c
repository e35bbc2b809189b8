#include "cmd/analyze/memory_file.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "base/utc.h"

const char *
memory_path(const struct cli *c)
{
	const char *given = strcmp(c->verb->name, "sql") ? cli_get(c, "memory") : NULL;
	const char *usual = getenv("EXHIBIT_MEMORY");

	/* whoever checks a bundle makes it again, and has another memory */
	if (strcmp(c->verb->name, "bundle") == 0)
		return NULL;
	return given ? given : usual && *usual ? usual : NULL;
}

/* What others can write says nothing of what its auditor saw. */
int
memory_own(const char *what, const char *path, const struct stat *st, struct err *e)
{
	if (!S_ISREG(st->st_mode))
		return err_set(e, EX_USAGE_ERR, "%s %s: no file", what, path);
	if (st->st_uid != geteuid())
		return err_set(e, EX_NO_PERM,
		    "%s %s: it belongs to another user, who can change it", what, path);
	if (st->st_mode & (S_IWGRP | S_IWOTH))
		return err_set(e, EX_NO_PERM,
		    "%s %s: others can write to it (mode %03o): chmod 600, if you know what "
		    "stands in it",
		    what, path, st->st_mode & 0777u);
	return 0;
}

char *
memory_slurp(const struct cli *c, size_t *ret_n, struct err *e)
{
	const char *path = memory_path(c);
	struct stat st;

	if (stat(path, &st)) {
		/* a new one begins with the first key that is confirmed */
		if (errno == ENOENT &&
		    (cli_get(c, "memory") == NULL || strcmp(c->verb->name, "trust") == 0))
			return NULL;
		err_errno(e, "memory %s", path);
		return NULL;
	}
	return memory_own("memory", path, &st, e) ? NULL : file_slurp(path, MEMORY_MAX, ret_n, e);
}

bool
memory_beside(const struct cli *c, const char *file)
{
	const char *path = memory_path(c);
	char own_dir[4096], its[4096];
	struct stat a, b;

	if (path == NULL || strcmp(file, "-") == 0)
		return false;
	snprintf(own_dir, sizeof own_dir, "%s", path);
	snprintf(its, sizeof its, "%s", file);
	return stat(dirname(own_dir), &a) == 0 && stat(dirname(its), &b) == 0 &&
	    a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

/* The file behind links, or where a new one is to be. 0 or -1 (e). */
static int
resolve(struct memory_file *f, const char *path, struct err *e)
{
	struct stat st;
	char *real = realpath(path, NULL);

	if (real == NULL && errno != ENOENT)
		return err_errno(e, "memory %s", path);
	if (snprintf(f->path, sizeof f->path, "%s", real ? real : path) >= (int)sizeof f->path)
		err_set(e, EX_USAGE_ERR, "memory: its path is too long");
	else if (real && stat(real, &st) == 0 && memory_own("memory", path, &st, e) == 0 &&
	    !(st.st_mode & S_IWUSR))
		err_set(e, EX_NO_PERM, "memory %s: it is read-only", path);
	free(real);
	return e->status ? -1 : 0;
}

int
memory_file_open(struct memory_file *f, const struct cli *c, struct sandbox_may *may, struct err *e)
{
	const char *path = memory_path(c);
	char dir[4096];

	f->lock = f->target.fd = -1;
	f->target.names = NULL;
	if (path == NULL)
		return err_set(e, EX_USAGE_ERR,
		    "no memory is named: --memory FILE, or EXHIBIT_MEMORY in the environment");
	if (resolve(f, path, e))
		return -1;
	/* the file itself is replaced, so its folder is what is locked */
	snprintf(dir, sizeof dir, "%s", f->path);
	if ((f->lock = open(dirname(dir), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0) {
		err_errno(e, "memory %s", path);
		e->status = EX_CANT_CREATE;
		return -1;
	}
	if (flock(f->lock, LOCK_EX | LOCK_NB))
		return errno == EWOULDBLOCK ? err_set(e, EX_TEMP_FAIL,
						  "memory %s: another run is changing it (or one "
						  "beside it)",
						  path) :
					      err_errno(e, "memory %s", path);
	if (target_open_over(&f->target, f->path, e))
		return -1;
	if (fchmod(f->target.fd, 0600))
		return err_errno(e, "memory %s", path);
	target_may(&f->target, may);
	return 0;
}

int
memory_file_save(struct memory_file *f, const struct auditor_memory *m, struct err *e)
{
	struct buf b;
	int rc;

	buf_init(&b, MEMORY_MAX);
	memory_print(m, &b);
	rc = b.failed && !b.nomem ? err_set(e, EX_DATA_ERR, "this memory is full") :
	    b.failed              ? err_nomem(e) :
				    target_finish(&f->target, &b, e);
	buf_release(&b);
	return rc;
}

void
memory_file_close(struct memory_file *f)
{
	target_close(&f->target);
	if (f->lock >= 0)
		close(f->lock);
	f->lock = -1;
}

void
memory_now(char out[MEMORY_TIME])
{
	utc_text(out, (int64_t)time(NULL) * 1000000);
}
