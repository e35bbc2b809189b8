/*
 * A database that SQLite writes straight into one open file (--into): no other file is opened, so
 * that nothing else may be inside the sandbox, and no more of it stands in memory than a cache.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "archive/vfs.h"
#include "cmd/analyze/sql_file.h"

struct file {
	sqlite3_file base;
	int fd;
};

/* Of the one database that is written: why a write failed, 0. */
static int failed;

static int
x_read(sqlite3_file *base, void *to, int n, sqlite3_int64 at)
{
	const struct file *f = (struct file *)base;
	int got = 0;

	while (got < n) {
		ssize_t k = pread(f->fd, (char *)to + got, (size_t)(n - got), at + got);

		if (k < 0 && errno == EINTR)
			continue;
		if (k < 0)
			return failed = errno, SQLITE_IOERR_READ;
		if (k == 0)
			break;
		got += (int)k;
	}
	if (got == n)
		return SQLITE_OK;
	memset((char *)to + got, 0, (size_t)(n - got));
	return SQLITE_IOERR_SHORT_READ;
}

static int
x_write(sqlite3_file *base, const void *p, int n, sqlite3_int64 at)
{
	const struct file *f = (struct file *)base;
	int done = 0;

	/* the sandbox knows write, and one thread writes */
	if (lseek(f->fd, at, SEEK_SET) != at)
		return failed = errno, SQLITE_IOERR_WRITE;
	while (done < n) {
		ssize_t k = write(f->fd, (const char *)p + done, (size_t)(n - done));

		if (k < 0 && errno == EINTR)
			continue;
		if (k <= 0) {
			failed = k < 0 ? errno : ENOSPC;
			return failed == ENOSPC ? SQLITE_FULL : SQLITE_IOERR_WRITE;
		}
		done += (int)k;
	}
	return SQLITE_OK;
}

/* It only grows. */
static int
x_truncate(sqlite3_file *f, sqlite3_int64 n)
{
	(void)f;
	(void)n;
	return SQLITE_OK;
}

static int
x_size(sqlite3_file *base, sqlite3_int64 *ret)
{
	off_t n = lseek(((struct file *)base)->fd, 0, SEEK_END);

	*ret = n;
	return n < 0 ? SQLITE_IOERR_FSTAT : SQLITE_OK;
}

static int
x_device(sqlite3_file *f)
{
	(void)f;
	return 0; /* it changes, which a sealed file does not */
}

static sqlite3_io_methods methods;

/* The name is the descriptor. No journal and no temporary file can be opened. */
static int
x_open(sqlite3_vfs *v, const char *name, sqlite3_file *base, int flags, int *out)
{
	struct file *f = (struct file *)base;

	(void)v;
	base->pMethods = NULL;
	if (name == NULL || !(flags & SQLITE_OPEN_MAIN_DB) || sscanf(name, "%d", &f->fd) != 1)
		return SQLITE_CANTOPEN;
	base->pMethods = &methods;
	if (out)
		*out = SQLITE_OPEN_READWRITE;
	return SQLITE_OK;
}

static int
x_delete(sqlite3_vfs *v, const char *name, int sync)
{
	(void)v;
	(void)name;
	(void)sync;
	return SQLITE_OK;
}

static int
x_error(sqlite3_vfs *v, int n, char *p)
{
	(void)v;
	(void)n;
	(void)p;
	return failed;
}

static sqlite3_vfs vfs;

/* As a sealed file is read, but for what writes. Nobody else knows of the file before it has its
 * name, so nothing is locked; it is synced once, by the caller; no randomness: the same input gives
 * the same bytes. */
static void
begin(void)
{
	if (vfs.zName)
		return;
	methods = vfs_methods;
	methods.xRead = x_read;
	methods.xWrite = x_write;
	methods.xTruncate = x_truncate;
	methods.xFileSize = x_size;
	methods.xDeviceCharacteristics = x_device;
	vfs = vfs_read_only;
	vfs.szOsFile = sizeof(struct file);
	vfs.zName = "exhibit-into";
	vfs.xOpen = x_open;
	vfs.xDelete = x_delete;
	vfs.xGetLastError = x_error;
}

int
sql_file_open(int fd, sqlite3 **ret)
{
	char name[32];
	int rc;

	*ret = NULL;
	failed = 0;
	begin();
	if ((rc = sqlite3_vfs_register(&vfs, 0)))
		return rc;
	snprintf(name, sizeof name, "%d", fd);
	return sqlite3_open_v2(name, ret, SQLITE_OPEN_READWRITE, "exhibit-into");
}

int
sql_file_failed(void)
{
	return failed;
}
