#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "os/os.h"

/* Opens for reading; `-` is a copy of stdin. Of a pipe there may be several kinds, so nothing is
 * asked not to wait. */
static int
side_open(const char *path, struct stat *st, struct err *e)
{
	int fd = strcmp(path, "-") ? open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY) : os_dup(0);

	if (fd >= 0 && fstat(fd, st) == 0)
		return fd;
	err_errno(e, "%s", strcmp(path, "-") ? path : "stdin");
	if (fd >= 0)
		close(fd);
	return -1;
}

char *
file_slurp(const char *path, size_t max, size_t *ret_n, struct err *e)
{
	struct stat st;
	int fd = side_open(path, &st, e);
	struct buf b;
	char *text = NULL;
	ssize_t n = 1;

	if (fd < 0)
		return NULL;
	/* one chunk beyond the ceiling, so that a file above it is told and not cut */
	buf_init(&b, max + 65536 + 1);
	if (S_ISDIR(st.st_mode))
		err_set(e, EX_DATA_ERR, "%s: want a file of at most %zu bytes, have a folder", path,
		    max);
	while (e->status == 0 && n > 0) {
		unsigned char *to = buf_room(&b, 65536);

		if (to == NULL || b.len > max) {
			if (b.nomem)
				err_nomem(e);
			else
				err_set(e, EX_DATA_ERR, "%s: want a file of at most %zu bytes",
				    strcmp(path, "-") ? path : "stdin", max);
			break;
		}
		/* a signal is no end of the file */
		do
			n = read(fd, to, 65536);
		while (n < 0 && errno == EINTR);
		if (n < 0)
			err_errno(e, "%s", strcmp(path, "-") ? path : "stdin");
		else
			b.len += (size_t)n;
	}
	if (e->status == 0 && b.len > max)
		err_set(e, EX_DATA_ERR, "%s: want a file of at most %zu bytes",
		    strcmp(path, "-") ? path : "stdin", max);
	/* what is text to its readers ends with a NUL that is not counted */
	if (e->status == 0 && (text = malloc(b.len + 1)) == NULL)
		err_nomem(e);
	if (text) {
		memcpy(text, b.p ? b.p : (unsigned char *)"", b.len);
		text[b.len] = '\0';
		*ret_n = b.len;
	}
	buf_release(&b);
	close(fd);
	return text;
}
