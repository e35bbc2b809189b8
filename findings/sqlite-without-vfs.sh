#!/bin/sh
# SQLite can be built for a platform that it does not know (SQLITE_OS_OTHER=1): the application then
# brings sqlite3_os_init() and a VFS.
# Guess: an application that always names its VFS need not make one the default: it is registered
# like any other, and databases open by its name.
# Seen: SQLite 3.48.0 (in better-sqlite3 11.8.1): as long as sqlite3_os_init() has left no default
# VFS, sqlite3_initialize() is SQLITE_ERROR, so is registering another one by name, which cannot
# help any more, and sqlite3_open_v2() gives no handle and "out of memory". With the same VFS as the
# default all of it works.
set -eu
command -v cc >/dev/null || {
	echo "needs a C compiler"
	exit 1
}
t=$(mktemp -d)
trap 'rm -rf "$t"' EXIT
cd "$t"
npm pack --silent better-sqlite3@11.8.1 >/dev/null
tar xzf better-sqlite3-11.8.1.tgz package/deps
[ -f package/deps/sqlite3/sqlite3.c ] || tar xzf package/deps/sqlite3.tar.gz -C package/deps
c=$(find package -name sqlite3.c | head -n 1)
cat > main.c <<'C'
#include "sqlite3.h"
#include <stdio.h>

static int full(sqlite3_vfs *v, const char *name, int n, char *out)
{
	(void)v;
	sqlite3_snprintf(n, out, "%s", name);
	return SQLITE_OK;
}

static int none(sqlite3_vfs *v, const char *name, sqlite3_file *f, int flags, int *out)
{
	(void)v, (void)name, (void)flags, (void)out;
	f->pMethods = NULL;
	return SQLITE_CANTOPEN;
}

static sqlite3_vfs mine = { .iVersion = 1, .szOsFile = sizeof(sqlite3_file), .mxPathname = 64,
	.zName = "mine", .xOpen = none, .xFullPathname = full };

int sqlite3_os_init(void)
{
	return DEFAULT ? sqlite3_vfs_register(&mine, 1) : SQLITE_OK;
}

int sqlite3_os_end(void)
{
	return SQLITE_OK;
}

int main(void)
{
	sqlite3 *db = NULL;
	int init = sqlite3_initialize(), named = sqlite3_vfs_register(&mine, 0);
	int rc = sqlite3_open_v2(":memory:", &db, SQLITE_OPEN_READWRITE, "mine");

	printf("%d %d %d %s, %s\n", init, named, rc, db ? "a handle" : "no handle",
	    sqlite3_errmsg(db));
	return 0;
}
C
for default in 0 1; do
	cc -w -O0 -DDEFAULT=$default -DSQLITE_OS_OTHER=1 -DSQLITE_THREADSAFE=0 -DSQLITE_OMIT_WAL \
		-DSQLITE_OMIT_LOAD_EXTENSION -I"$(dirname "$c")" -o main main.c "$c" -lm
	./main | tee "$default"
done
grep 'define SQLITE_VERSION ' "$(dirname "$c")/sqlite3.h"
[ "$(cat 0)" = "1 1 1 no handle, out of memory" ]
[ "$(cat 1)" = "0 0 0 a handle, not an error" ]
