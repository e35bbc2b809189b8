#include "cmd/zipped.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"

/* ---- a file that is open, for minizip: the stream is its number, plus one */

static voidpf ZCALLBACK
fd_open(voidpf opaque, const void *name, int mode)
{
	(void)name;
	(void)mode;
	return opaque;
}

static int
fd_of(voidpf stream)
{
	return (int)(intptr_t)stream - 1;
}

static uLong ZCALLBACK
fd_read(voidpf opaque, voidpf stream, void *p, uLong n)
{
	uLong done = 0;

	(void)opaque;
	while (done < n) {
		ssize_t got = read(fd_of(stream), (char *)p + done, n - done);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			break;
		done += (uLong)got;
	}
	return done;
}

static uLong ZCALLBACK
fd_write(voidpf opaque, voidpf stream, const void *p, uLong n)
{
	uLong done = 0;

	(void)opaque;
	while (done < n) {
		ssize_t got = write(fd_of(stream), (const char *)p + done, n - done);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			break;
		done += (uLong)got;
	}
	return done;
}

static ZPOS64_T ZCALLBACK
fd_tell(voidpf opaque, voidpf stream)
{
	(void)opaque;
	return (ZPOS64_T)lseek(fd_of(stream), 0, SEEK_CUR);
}

static long ZCALLBACK
fd_seek(voidpf opaque, voidpf stream, ZPOS64_T offset, int origin)
{
	int from = origin == ZLIB_FILEFUNC_SEEK_CUR ? SEEK_CUR :
	    origin == ZLIB_FILEFUNC_SEEK_END        ? SEEK_END :
						      SEEK_SET;

	(void)opaque;
	return lseek(fd_of(stream), (off_t)offset, from) < 0 ? -1 : 0;
}

static int ZCALLBACK
fd_nothing(voidpf opaque, voidpf stream)
{
	(void)opaque;
	(void)stream;
	return 0;
}

static zlib_filefunc64_def
way_to(int fd)
{
	return (zlib_filefunc64_def){ fd_open, fd_read, fd_write, fd_tell, fd_seek, fd_nothing,
		fd_nothing, (voidpf)(intptr_t)(fd + 1) };
}

zipFile
zip_to(int fd)
{
	zlib_filefunc64_def way = way_to(fd);

	return zipOpen2_64("", APPEND_STATUS_CREATE, NULL, &way);
}

bool
zip_entry(zipFile z, const char *name, bool packed)
{
	zip_fileinfo info = { .tmz_date = { 0, 0, 0, 1, 0, 1980 }, .external_fa = 0100644u << 16 };

	/* made on Unix, names in UTF-8, sizes of 64 bits */
	return zipOpenNewFileInZip4_64(z, name, &info, NULL, 0, NULL, 0, NULL,
		   packed ? Z_DEFLATED : 0, packed ? 6 : 0, 0, -MAX_WBITS, DEF_MEM_LEVEL,
		   Z_DEFAULT_STRATEGY, NULL, 0, 3u << 8 | 45, 1u << 11, 1) == ZIP_OK;
}

/* ---- what is handed over */

static int
refuse(const struct zipped *z, const char *why, struct err *e)
{
	struct buf name;

	/* a name is text of others */
	buf_init(&name, 4096);
	text_plain(&name, z->name, strlen(z->name));
	err_set(e, EX_DATA_ERR, "%.300s: %.*s: %s", z->path, (int)(name.len < 400 ? name.len : 400),
	    name.p ? (char *)name.p : "", why);
	buf_release(&name);
	return -1;
}

static int
damaged(const struct zipped *z, struct err *e)
{
	return err_set(e, EX_DATA_ERR,
	    "%.300s: its directory cannot be read: the file is cut or damaged", z->path);
}

int
zipped_open(struct zipped *z, int fd, const char *path, struct err *e)
{
	zlib_filefunc64_def way = way_to(fd);
	char mark[4];
	struct stat st;

	*z = (struct zipped){ .fd = fd, .path = path };
	if (fstat(fd, &st))
		return err_errno(e, "%.300s", path);
	/* other programs begin to read at its first byte, so no other bytes stand before it */
	if (!S_ISREG(st.st_mode) || pread(fd, mark, 4, 0) != 4 || memcmp(mark, "PK\3\4", 4))
		return err_set(e, EX_DATA_ERR, "%.300s: it is no zip", path);
	if ((z->zip = unzOpen2_64("", &way)) == NULL)
		return damaged(z, e);
	z->left = (uint64_t)st.st_size * ZIPPED_RATIO + ZIPPED_FREE;
	return 0;
}

/* What is wrong with a name; NULL: it leads to a place below the folder where it is unpacked, on
 * every system. */
static const char *
wrong_name(const char *name)
{
	for (const char *p = name; *p; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f || *p == '\\')
			return "its name holds a backslash or a control character";
	if (*name == '/' || (name[0] && name[1] == ':'))
		return "its name is an absolute path";
	for (const char *p = name; *p;) {
		size_t n = strcspn(p, "/");

		if (n == 0 || (n == 1 && *p == '.') || (n == 2 && memcmp(p, "..", 2) == 0))
			return "its name has a part that is empty, `.` or `..`";
		p += n + (p[n] == '/');
	}
	return *name ? NULL : "an entry without a name";
}

static uint32_t
le(const unsigned char *p, unsigned n)
{
	uint32_t v = 0;

	while (n-- > 0)
		v = v << 8 | p[n];
	return v;
}

/* Where the directory says that the entry begins; UINT64_MAX: it cannot be read. at: of its line in
 * the directory. */
static uint64_t
local_offset(const struct zipped *z, uint64_t at)
{
	unsigned char line[46], extra[1024];
	uint64_t offset;
	unsigned n, skip;

	if (pread(z->fd, line, sizeof line, (off_t)at) != sizeof line || memcmp(line, "PK\1\2", 4))
		return UINT64_MAX;
	if ((offset = le(line + 42, 4)) != UINT32_MAX)
		return offset;
	/* beyond 4 GiB it stands in the extra field 1, behind those sizes that are there too */
	skip = le(line + 24, 4) == UINT32_MAX ? 8 : 0;
	skip += le(line + 20, 4) == UINT32_MAX ? 8 : 0;
	if ((n = le(line + 30, 2)) > sizeof extra ||
	    pread(z->fd, extra, n, (off_t)(at + 46 + le(line + 28, 2))) != (ssize_t)n)
		return UINT64_MAX;
	for (unsigned i = 0; i + 4 <= n; i += 4 + le(extra + i + 2, 2))
		if (le(extra + i, 2) == 1 && skip + 8 <= le(extra + i + 2, 2) &&
		    i + 4 + skip + 8 <= n)
			return le(extra + i + 4 + skip, 4) |
			    (uint64_t)le(extra + i + 8 + skip, 4) << 32;
	return UINT64_MAX;
}

/* A program that reads from the front believes the entry's own head, not the directory: the two
 * must name the same. */
static bool
same_name_in_front(struct zipped *z)
{
	uint64_t at = local_offset(z, unzGetOffset64(z->zip));
	unsigned char head[30];
	char name[ZIPPED_NAME];
	size_t n = strlen(z->name);

	return at != UINT64_MAX && pread(z->fd, head, sizeof head, (off_t)at) == sizeof head &&
	    memcmp(head, "PK\3\4", 4) == 0 && le(head + 26, 2) == n &&
	    pread(z->fd, name, n, (off_t)(at + 30)) == (ssize_t)n && memcmp(name, z->name, n) == 0;
}

/* What is wrong with the entry; NULL: nothing. */
static const char *
wrong_entry(struct zipped *z, const unz_file_info64 *info)
{
	unsigned kind = (unsigned)(info->external_fa >> 16) & S_IFMT;
	size_t n = strlen(z->name);
	const char *why = n == info->size_filename ? wrong_name(z->name) : "a NUL in its name";

	z->folder = n && z->name[n - 1] == '/';
	if (why)
		return why;
	if (info->flag & 1)
		return "it has a password";
	/* the upper half is a mode of Unix, and elsewhere nothing */
	if (kind && kind != S_IFREG && kind != S_IFDIR)
		return kind == S_IFLNK ? "it is a link: a bundle holds none" : "it is no file";
	if (z->folder && info->uncompressed_size)
		return "a folder that holds bytes";
	if (info->compression_method != 0 && info->compression_method != Z_DEFLATED)
		return "it is packed by another method than deflate";
	if (info->uncompressed_size > z->left)
		return "unpacked, the zip would be more than a hundred times as large";
	if (!same_name_in_front(z))
		return "the directory of the zip and the entry itself name it otherwise";
	return NULL;
}

int
zipped_next(struct zipped *z, struct err *e)
{
	unz_file_info64 info;
	const char *why;
	int rc = z->n == 0 ? unzGoToFirstFile(z->zip) : unzGoToNextFile(z->zip);

	z->name[0] = '\0';
	if (rc == UNZ_END_OF_LIST_OF_FILE)
		return 0;
	if (rc != UNZ_OK)
		return damaged(z, e);
	if (z->n++ == ZIPPED_MOST)
		return err_set(e, EX_DATA_ERR, "%.300s: more than %u files", z->path, ZIPPED_MOST);
	/* names are bounded before they are read */
	if (unzGetCurrentFileInfo64(z->zip, &info, NULL, 0, NULL, 0, NULL, 0) ||
	    info.size_filename >= sizeof z->name ||
	    unzGetCurrentFileInfo64(z->zip, &info, z->name, sizeof z->name, NULL, 0, NULL, 0))
		return err_set(e, EX_DATA_ERR, "%.300s: a name in it is longer than %zu bytes",
		    z->path, sizeof z->name - 1);
	if ((why = wrong_entry(z, &info)) != NULL)
		return refuse(z, why, e);
	z->left -= info.uncompressed_size;
	z->bytes = info.uncompressed_size;
	z->read = 0;
	if (!z->folder && unzOpenCurrentFile(z->zip) != UNZ_OK)
		return refuse(z, "it is damaged", e);
	return 1;
}

int
zipped_read(struct zipped *z, void *p, unsigned n, struct err *e)
{
	int got = unzReadCurrentFile(z->zip, p, n);

	if (got > 0) {
		z->read += (unsigned)got;
		return got;
	}
	/* closing compares the CRC; fewer bytes than stated are no file either */
	if (got < 0 || unzCloseCurrentFile(z->zip) != UNZ_OK || z->read != z->bytes)
		return refuse(z, "it is damaged", e);
	return 0;
}

void
zipped_close(struct zipped *z)
{
	if (z->zip)
		unzClose(z->zip);
	z->zip = NULL;
}
