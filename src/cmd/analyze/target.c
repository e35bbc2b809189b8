#include "cmd/analyze/target.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "os/os.h"

/* Nothing that is there is replaced. */
static int
taken(const char *path, struct err *e)
{
	struct stat st;

	return lstat(path, &st) ? 0 :
				  err_set(e, EX_CANT_CREATE,
				      "--out %.300s: it is there already, and is not replaced; "
				      "remove it, or name "
				      "another",
				      path);
}

int
target_open(struct target *t, const char *path, struct err *e)
{
	*t = (struct target){ .path = path, .fd = -1 };
	if (strcmp(path, "-") && taken(path, e))
		return -1;
	if (target_open_over(t, path, e))
		return -1;
	t->fresh = true;
	return 0;
}

int
target_open_over(struct target *t, const char *path, struct err *e)
{
	*t = (struct target){ .path = path, .fd = -1 };
	if (strcmp(path, "-") == 0) {
		t->fd = os_dup(1);
		return t->fd < 0 ? err_errno(e, "stdout") : 0;
	}
	if ((t->names = os_frozen_new(sizeof *t->names)) == NULL)
		return err_nomem(e);
	if (snprintf(t->names->tmp, sizeof t->names->tmp, "%s.tmp%ld", path, (long)getpid()) >=
	    (int)sizeof t->names->tmp)
		return err_set(e, EX_USAGE_ERR, "--out: too long");
	snprintf(t->names->path, sizeof t->names->path, "%s", path);
	if (!os_freeze(t->names, sizeof *t->names))
		return err_errno(e, "%s", path);
	if ((t->fd = open(t->names->tmp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644)) < 0) {
		err_errno(e, "%s", path);
		e->status = EX_CANT_CREATE;
		return -1;
	}
	return 0;
}

/* An error of writing, which names the folder: it is the folder's disk that is full. */
static int
target_failed(const struct target *t, struct err *e)
{
	char dir[4200];

	snprintf(dir, sizeof dir, "%s", t->path);
	err_errno(e, "%s cannot be written, in the folder %s", t->path, dirname(dir));
	e->status = EX_IO_ERR;
	return -1;
}

int
target_put(struct target *t, const struct buf *b, struct err *e)
{
	size_t done = 0;

	while (done < b->len) {
		ssize_t n = write(t->fd, b->p + done, b->len - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return target_failed(t, e);
		done += (size_t)n;
	}
	return 0;
}

int
target_finish(struct target *t, const struct buf *b, struct err *e)
{
	if (target_put(t, b, e))
		return -1;
	if (t->names == NULL)
		return 0;
	/* another run may have made it meanwhile */
	if (t->fresh && taken(t->names->path, e))
		return -1;
	if (fsync(t->fd) || rename(t->names->tmp, t->names->path))
		return target_failed(t, e);
	close(t->fd);
	t->fd = -1;
	return 0;
}

void
target_close(struct target *t)
{
	if (t->fd >= 0) {
		close(t->fd);
		if (t->names)
			unlink(t->names->tmp);
	}
	if (t->names)
		os_frozen_free(t->names, sizeof *t->names);
	t->names = NULL;
}

void
target_may(struct target *t, struct sandbox_may *may)
{
	if (t->names == NULL)
		return;
	snprintf(t->dir, sizeof t->dir, "%s", t->path);
	may->dir = dirname(t->dir);
	may->from = t->names->tmp;
	may->to = t->names->path;
}
