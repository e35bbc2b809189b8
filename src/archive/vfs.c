#include "archive/vfs.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "archive/reader_inner.h"

struct file {
	sqlite3_file base;
	const struct attached *at;
	uint64_t bytes;
};

static int
x_close(sqlite3_file *f)
{
	(void)f; /* the descriptor belongs to the archive */
	return SQLITE_OK;
}

static int
x_read(sqlite3_file *base, void *to, int n, sqlite3_int64 at)
{
	struct file *f = (struct file *)base;
	char *p = to;
	size_t want = (size_t)n, got = 0;

	/* nothing behind the database: a trailer is no page of it */
	if ((uint64_t)at >= f->bytes)
		want = 0;
	else if (want > f->bytes - (uint64_t)at)
		want = (size_t)(f->bytes - (uint64_t)at);
	while (got < want) {
		ssize_t k = attached_read(f->at, p + got, want - got, (uint64_t)at + got);

		if (k < 0 && errno == EINTR)
			continue;
		if (k < 0)
			return SQLITE_IOERR_READ;
		if (k == 0)
			break;
		got += (size_t)k;
	}
	/*
	 * A file that some tool switched to WAL says so in bytes 18 and 19 of its header (C-3,
	 * C-17): SQLite would want side files that are never opened here. The finding about these
	 * bytes is container_header's.
	 */
	for (sqlite3_int64 i = 18; i < 20; i++)
		if (at <= i && i < at + (sqlite3_int64)got && p[i - at] == 2)
			p[i - at] = 1;
	/* SQLite asks for zeroes behind the end */
	if (got < (size_t)n) {
		memset(p + got, 0, (size_t)n - got);
		return SQLITE_IOERR_SHORT_READ;
	}
	return SQLITE_OK;
}

static int
x_size(sqlite3_file *base, sqlite3_int64 *ret)
{
	*ret = (sqlite3_int64)((struct file *)base)->bytes;
	return SQLITE_OK;
}

static int
x_write(sqlite3_file *f, const void *p, int n, sqlite3_int64 at)
{
	(void)f;
	(void)p;
	(void)n;
	(void)at;
	return SQLITE_READONLY;
}
static int
x_truncate(sqlite3_file *f, sqlite3_int64 n)
{
	(void)f;
	(void)n;
	return SQLITE_READONLY;
}
static int
x_sync(sqlite3_file *f, int flags)
{
	(void)f;
	(void)flags;
	return SQLITE_OK;
}
static int
x_lock(sqlite3_file *f, int l)
{
	(void)f;
	(void)l;
	return SQLITE_OK;
}
static int
x_reserved(sqlite3_file *f, int *r)
{
	(void)f;
	*r = 0;
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
	return SQLITE_IOCAP_IMMUTABLE;
}

const sqlite3_io_methods vfs_methods = { 1, x_close, x_read, x_write, x_truncate, x_sync, x_size,
	x_lock, x_lock, x_reserved, x_control, x_sector, x_device, NULL, NULL, NULL, NULL, NULL,
	NULL };

/* The name is "ADDRESS-BYTES": one connection, one file at hand. Nothing else can be opened: no
 * journal, no temporary file. */
static int
x_open(sqlite3_vfs *v, const char *name, sqlite3_file *base, int flags, int *out)
{
	struct file *f = (struct file *)base;
	unsigned long long bytes;
	void *at;

	(void)v;
	base->pMethods = NULL;
	if (name == NULL || !(flags & SQLITE_OPEN_MAIN_DB) ||
	    sscanf(name, "%p-%llu", &at, &bytes) != 2)
		return SQLITE_CANTOPEN;
	f->at = at;
	f->bytes = bytes;
	base->pMethods = &vfs_methods;
	if (out)
		*out = SQLITE_OPEN_READONLY;
	return SQLITE_OK;
}

static int
x_delete(sqlite3_vfs *v, const char *name, int sync)
{
	(void)v;
	(void)name;
	(void)sync;
	return SQLITE_READONLY;
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
	return 0;
}

const sqlite3_vfs vfs_read_only = { .iVersion = 1,
	.szOsFile = sizeof(struct file),
	.mxPathname = 64,
	.zName = "exhibit",
	.xOpen = x_open,
	.xDelete = x_delete,
	.xAccess = x_access,
	.xFullPathname = x_full,
	.xRandomness = x_random,
	.xSleep = x_sleep,
	.xCurrentTime = x_time,
	.xGetLastError = x_error };

#ifdef __wasi__
/* Where SQLite has no files of its own this is its only way to one; and a database in memory wants
 * some way to be the usual one. */
int
sqlite3_os_init(void)
{
	static sqlite3_vfs only;

	if (only.zName == NULL) {
		only = vfs_read_only;
		only.zName = "none";
	}
	return sqlite3_vfs_register(&only, 1);
}

int
sqlite3_os_end(void)
{
	return SQLITE_OK;
}
#endif

int
vfs_open(const struct attached *x, uint64_t bytes, sqlite3 **ret)
{
	/* SQLite keeps its list in what it was given */
	static sqlite3_vfs registered;
	char name[64];
	int rc;

	*ret = NULL;
	/* once a process, since SQLite keeps a list */
	if (registered.zName == NULL)
		registered = vfs_read_only;
	if ((rc = sqlite3_vfs_register(&registered, 0)))
		return rc;
	/* the file is open already: its name carries its address, and no path is opened a second
	 * time */
	snprintf(name, sizeof name, "%p-%" PRIu64, (const void *)x, bytes);
	if ((rc = sqlite3_open_v2(name, ret,
		 SQLITE_OPEN_READONLY | SQLITE_OPEN_PRIVATECACHE | SQLITE_OPEN_NOMUTEX, "exhibit")))
		return rc;
	/* nothing in the file may make SQLite run anything */
	sqlite3_db_config(*ret, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_db_config(*ret, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	sqlite3_db_config(*ret, SQLITE_DBCONFIG_ENABLE_VIEW, 0, NULL);
	sqlite3_db_config(*ret, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
	sqlite3_db_config(*ret, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0, NULL);
	sqlite3_db_config(*ret, SQLITE_DBCONFIG_ENABLE_FTS3_TOKENIZER, 0, NULL);
	sqlite3_db_config(*ret, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
	sqlite3_db_config(*ret, SQLITE_DBCONFIG_DQS_DDL, 0, NULL);
	/* bounds for what a hostile schema could ask for */
	sqlite3_limit(*ret, SQLITE_LIMIT_LENGTH, 48 << 20);
	sqlite3_limit(*ret, SQLITE_LIMIT_SQL_LENGTH, 4096);
	sqlite3_limit(*ret, SQLITE_LIMIT_COLUMN, 32);
	sqlite3_limit(*ret, SQLITE_LIMIT_EXPR_DEPTH, 16);
	sqlite3_limit(*ret, SQLITE_LIMIT_ATTACHED, 0);
	sqlite3_limit(*ret, SQLITE_LIMIT_WORKER_THREADS, 0);
	return sqlite3_exec(*ret,
	    "PRAGMA cell_size_check=ON; PRAGMA mmap_size=0; PRAGMA temp_store=MEMORY; PRAGMA "
	    "query_only=ON; PRAGMA cache_size=-2048",
	    NULL, NULL, NULL);
}
