#include "cmd/analyze/outdir.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "digest/digest.h"

int
outdir_open(struct outdir *o, const char *path, struct err *e)
{
	*o = (struct outdir){ .fd = -1, .path = path };
	if ((mkdir(path, 0755) && errno != EEXIST) ||
	    (o->fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0) {
		err_errno(e, "--out-dir %s", path);
		return e->status = EX_CANT_CREATE;
	}
	return 0;
}

void
outdir_close(struct outdir *o)
{
	if (o->fd >= 0)
		close(o->fd);
	o->fd = -1;
}

bool
outdir_reserved(const char *name, size_t n)
{
	static const char *const word[] = { "con", "prn", "aux", "nul", "com", "lpt" };

	for (unsigned i = 0; i < 6; i++)
		if (n >= 3 && strncasecmp(name, word[i], 3) == 0 &&
		    (n == (i < 4 ? 3 : 4) || (n > 3 && name[3] == '.') ||
			(i >= 4 && n > 4 && name[4] == '.')))
			return true;
	return false;
}

/*
 * Small letters, digits, '-', '_' and '.' stand for themselves, all other bytes as %XX, and so
 * the first one where the name would be hidden, an option, or a
 * device elsewhere: two texts never share a name, not even where case is ignored. A long one is
 * cut and has its digest.
 */
void
outdir_name(const char *text, size_t n, const char *suffix, char out[OUTDIR_NAME])
{
	struct sha256 *sha;
	uint8_t d[32];
	char hex[65];
	size_t o = 0;

	for (size_t i = 0; i < n && o < 200; i++) {
		unsigned char x = (unsigned char)text[i];
		bool plain = (x >= 'a' && x <= 'z') || (x >= '0' && x <= '9') || x == '-' ||
		    x == '_' || x == '.';

		if (i == 0)
			plain = plain && x != '.' && x != '-' && !outdir_reserved(text, n);
		if (plain)
			out[o++] = (char)x;
		else
			o += (size_t)snprintf(out + o, 4, "%%%02X", x);
	}
	if (o >= 200 && (sha = sha256_new()) != NULL) {
		sha256_once(sha, text, n, d);
		sha256_free(sha);
		hex_of(d, 32, hex);
		o = 140;
		o += (size_t)snprintf(out + o, 70, "~%s", hex);
	}
	snprintf(out + o, 16, "%s%s", o ? "" : "%", suffix);
}

int
outdir_create(struct outdir *o, struct err *e, const char *fmt, ...)
{
	va_list ap;
	int n, fd;

	va_start(ap, fmt);
	n = vsnprintf(o->name, sizeof o->name, fmt, ap);
	va_end(ap);
	if (n < 0 || (size_t)n >= sizeof o->name)
		return err_set(e, EX_CANT_CREATE, "%s: a name below it is too long", o->path);
	for (char *slash = strchr(o->name, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (mkdirat(o->fd, o->name, 0755) && errno != EEXIST) {
			err_errno(e, "%s/%s", o->path, o->name);
			e->status = EX_CANT_CREATE;
			return -1;
		}
		*slash = '/';
	}
	if ((fd = openat(
		 o->fd, o->name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644)) < 0 &&
	    errno == EEXIST)
		return 1;
	if (fd < 0 || (o->file = fdopen(fd, "w")) == NULL) {
		err_errno(e, "%s/%s", o->path, o->name);
		if (fd >= 0)
			close(fd);
		e->status = EX_CANT_CREATE;
		return -1;
	}
	return 0;
}

int
outdir_there(const struct outdir *o, struct err *e)
{
	err_set(e, EX_CANT_CREATE, "%s/%s: there already, and left as it is", o->path, o->name);
	return e->status;
}

int
outdir_finish(struct outdir *o, bool keep, struct err *e)
{
	int status = 0;

	if (fflush(o->file) | ferror(o->file) | fclose(o->file)) {
		err_set(e, EX_IO_ERR, "%s cannot be written, in the folder %s", o->name, o->path);
		status = e->status;
	}
	o->file = NULL;
	/* half a file is none */
	if (!keep || status)
		unlinkat(o->fd, o->name, 0);
	return status;
}
