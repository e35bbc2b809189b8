#include "report/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* what one temporary file of a library may take */
#define MEMORY_MAX (1ull << 30)

/* ---- the ways in which minizip reaches a file */

static voidpf ZCALLBACK
zip_open(voidpf opaque, const void *name, int mode)
{
	(void)name;
	(void)mode;
	return opaque;
}

static uLong ZCALLBACK
zip_read(voidpf opaque, voidpf stream, void *p, uLong n)
{
	struct memory *m = stream;
	size_t left = m->at < m->data->len ? m->data->len - m->at : 0;

	(void)opaque;
	/* the directory of a zip that came back may point anywhere: behind the end nothing is
	 * read */
	n = n < left ? n : left;
	if (n)
		memcpy(p, m->data->p + m->at, n);
	m->at += n;
	return n;
}

/* Writes at m->at; what lies between the end and there is zero. */
static bool
write_at(struct memory *m, const void *p, size_t n)
{
	size_t end = m->at + n;

	if (end > m->data->len) {
		size_t more = end - m->data->len;
		unsigned char *room = buf_room(m->data, more);

		if (room == NULL)
			return false;
		memset(room, 0, more);
		m->data->len = end;
	}
	if (n)
		memcpy(m->data->p + m->at, p, n);
	m->at = end;
	return true;
}

static uLong ZCALLBACK
zip_write(voidpf opaque, voidpf stream, const void *p, uLong n)
{
	(void)opaque;
	return write_at(stream, p, n) ? n : 0;
}

static ZPOS64_T ZCALLBACK
zip_tell(voidpf opaque, voidpf stream)
{
	(void)opaque;
	return ((struct memory *)stream)->at;
}

static long ZCALLBACK
zip_seek(voidpf opaque, voidpf stream, ZPOS64_T offset, int origin)
{
	struct memory *m = stream;

	(void)opaque;
	/* any offset may be asked for; what may be read or written there is bounded where it
	 * happens */
	m->at = (origin == ZLIB_FILEFUNC_SEEK_CUR        ? m->at :
			origin == ZLIB_FILEFUNC_SEEK_END ? m->data->len :
							   0) +
	    (size_t)offset;
	return 0;
}

static int ZCALLBACK
zip_close(voidpf opaque, voidpf stream)
{
	(void)opaque;
	return ((struct memory *)stream)->data->failed ? -1 : 0;
}

static int ZCALLBACK
zip_error(voidpf opaque, voidpf stream)
{
	(void)opaque;
	return ((struct memory *)stream)->data->failed;
}

unzFile
memory_unzip(struct memory *m)
{
	zlib_filefunc64_def way = { zip_open, zip_read, zip_write, zip_tell, zip_seek, zip_close,
		zip_error, m };

	m->at = 0;
	return unzOpen2_64("", &way);
}

zipFile
memory_zip(struct memory *m)
{
	zlib_filefunc64_def way = { zip_open, zip_read, zip_write, zip_tell, zip_seek, zip_close,
		zip_error, m };

	m->at = 0;
	return zipOpen2_64("", APPEND_STATUS_CREATE, NULL, &way);
}

/* ---- what libxlsxwriter calls for its files (Makefile) */

static struct memory *next_workbook;

void
memory_next_workbook(struct memory *m)
{
	next_workbook = m;
}

zipFile workbook_zip_open(const char *path, int append);

zipFile
workbook_zip_open(const char *path, int append)
{
	(void)path;
	(void)append;
	/* NULL fails in the library, which says so: never a file of its own */
	return next_workbook ? memory_zip(next_workbook) : NULL;
}

struct temporary {
	struct memory m;
	struct buf data;
};

static ssize_t
temporary_read(void *cookie, char *p, size_t n)
{
	return (ssize_t)zip_read(NULL, &((struct temporary *)cookie)->m, p, n);
}

static ssize_t
temporary_write(void *cookie, const char *p, size_t n)
{
	return write_at(&((struct temporary *)cookie)->m, p, n) ? (ssize_t)n : 0;
}

static int
temporary_seek(void *cookie, off64_t *offset, int whence)
{
	struct memory *m = &((struct temporary *)cookie)->m;
	int64_t from = whence == SEEK_CUR ? (int64_t)m->at :
	    whence == SEEK_END            ? (int64_t)m->data->len :
					    0;

	/* as lseek: before the beginning there is no place */
	if (from + *offset < 0)
		return -1;
	m->at = (size_t)(from + *offset);
	*offset = from + *offset;
	return 0;
}

static int
temporary_close(void *cookie)
{
	struct temporary *t = cookie;

	buf_release(&t->data);
	free(t);
	return 0;
}

FILE *tmpfileplus(const char *dir, const char *prefix, char **path, int keep);

FILE *
tmpfileplus(const char *dir, const char *prefix, char **path, int keep)
{
	struct temporary *t = calloc(1, sizeof *t);
	FILE *f;

	(void)dir;
	(void)prefix;
	(void)path;
	(void)keep;
	if (t == NULL)
		return NULL;
	buf_init(&t->data, MEMORY_MAX);
	t->m.data = &t->data;
	f = fopencookie(t, "w+",
	    (cookie_io_functions_t){
		temporary_read, temporary_write, temporary_seek, temporary_close });
	if (f == NULL)
		free(t);
	return f;
}
