/*
 * A database that SQLite writes straight into one open file (--into): no other file is opened, so
 * that nothing else may be inside the sandbox, and no more of it stands in memory than a cache.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cmd/analyze/sql_file.h"

struct file {
	sqlite3_file base;
	int fd;
};

/* Of the one database that is written: why a write failed, 0. */
static int failed;

static int
x_close(sqlite3_file *f)
{
	(void)f; /* the descriptor is the caller's */
	return SQLITE_OK;
}

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

/* Once, by the caller, when all is written. */
static int
x_sync(sqlite3_file *f, int flags)
{
	(void)f;
	(void)flags;
	return SQLITE_OK;
}

static int
x_size(sqlite3_file *base, sqlite3_int64 *ret)
{
	off_t n = lseek(((struct file *)base)->fd, 0, SEEK_END);

	*ret = n;
	return n < 0 ? SQLITE_IOERR_FSTAT : SQLITE_OK;
}

/* Nobody else knows of it before it has its name. */
static int
x_lock(sqlite3_file *f, int level)
{
	(void)f;
	(void)level;
	return SQLITE_OK;
}

static int
x_reserved(sqlite3_file *f, int *ret)
{
	(void)f;
	*ret = 0;
	return SQLITE_OK;
}

static int
x_control(sqlite3_file *f, int op, void *arg)
{
	(void)f;
	(void)op;
	(void)arg;
	return SQLITE_NOTFOUND;
}

static int
x_sector(sqlite3_file *f)
{
	(void)f;
	return 4096;
}

static int
x_device(sqlite3_file *f)
{
	(void)f;
	return 0;
}

static const sqlite3_io_methods methods = { 1, x_close, x_read, x_write, x_truncate, x_sync, x_size,
	x_lock, x_lock, x_reserved, x_control, x_sector, x_device, NULL, NULL, NULL, NULL, NULL,
	NULL };

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
x_access(sqlite3_vfs *v, const char *name, int flags, int *ret)
{
	(void)v;
	(void)name;
	(void)flags;
	*ret = 0;
	return SQLITE_OK;
}

static int
x_full(sqlite3_vfs *v, const char *name, int n, char *out)
{
	(void)v;
	sqlite3_snprintf(n, out, "%s", name);
	return SQLITE_OK;
}

/* The same input gives the same bytes. */
static int
x_random(sqlite3_vfs *v, int n, char *p)
{
	(void)v;
	memset(p, 0, (size_t)n);
	return n;
}

static int
x_sleep(sqlite3_vfs *v, int us)
{
	(void)v;
	return us;
}

static int
x_time(sqlite3_vfs *v, double *t)
{
	(void)v;
	*t = 0;
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

static sqlite3_vfs vfs = { .iVersion = 1,
	.szOsFile = sizeof(struct file),
	.mxPathname = 64,
	.zName = "exhibit-into",
	.xOpen = x_open,
	.xDelete = x_delete,
	.xAccess = x_access,
	.xFullPathname = x_full,
	.xRandomness = x_random,
	.xSleep = x_sleep,
	.xCurrentTime = x_time,
	.xGetLastError = x_error };

int
sql_file_open(int fd, sqlite3 **ret)
{
	char name[32];
	int rc;

	*ret = NULL;
	failed = 0;
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
