#include "cmd/export/sealed.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <libgen.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "archive/prove.h"

int
sealed_open(struct sealed *s, const char *path, struct err *e)
{
	struct attached *file;
	const char *why;
	struct stat st;

	memset(s, 0, sizeof *s);
	s->path = path;
	if (strlen(path) > 4000)
		return err_set(e, EX_USAGE_ERR, "%.100s…: the path is too long", path);
	if ((file = archive_attach(path, path, 0, e)) == NULL ||
	    archive_open(file, NULL, 0, &s->findings, &s->archive, e) < 0)
		return -1;
	if ((why = archive_cannot_prove(s->archive)) != NULL)
		return err_set(e, EX_DATA_ERR, "%s: %s", path, why);
	if (stat(path, &st))
		return err_errno(e, "%s", path);
	s->mode = st.st_mode & 0666;
	/* a file that is still written has several seals (W-1) */
	if (archive_has_trailer(s->archive))
		snprintf(s->base, sizeof s->base, "%.4000s", path);
	else
		snprintf(s->base, sizeof s->base, "%.4000s.%" PRIu64, path,
		    archive_seal(s->archive)->size);
	return 0;
}

void
sealed_release(struct sealed *s)
{
	archive_close(s->archive);
	findings_release(&s->findings);
}

/* Its name is on the medium, too. */
static void
sync_folder(const char *path)
{
	char folder[BESIDE_MAX + 8];
	int fd;

	snprintf(folder, sizeof folder, "%s", path);
	if ((fd = open(dirname(folder), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0)
		return;
	fsync(fd);
	close(fd);
}

int
sealed_put(
    const struct sealed *s, const char *path, const void *p, size_t n, bool again, struct err *e)
{
	char fresh[BESIDE_MAX + 8];
	int fd, rc;
	bool put;

	/* under another name first: a reader never meets half of it */
	snprintf(fresh, sizeof fresh, "%s.new", path);
	unlink(fresh);
	fd = open(fresh, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, s->mode);
	if (fd < 0)
		return err_errno(e, "%s", fresh);
	put = fchmod(fd, s->mode) == 0 && write(fd, p, n) == (ssize_t)n && fsync(fd) == 0;
	if (!put)
		err_errno(e, "%s", fresh);
	close(fd);
	rc = !put ? -1 : again ? rename(fresh, path) : link(fresh, path);
	if (put && rc)
		err_set(e, errno == EEXIST ? EX_CANT_CREATE : EX_IO_ERR, "%s: %s", path,
		    errno == EEXIST ? "it is there already, and is never replaced" :
				      strerror(errno));
	if (rc || !again)
		unlink(fresh);
	if (rc == 0)
		sync_folder(path);
	return rc ? -1 : 0;
}
