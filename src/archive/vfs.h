/* A read-only SQLite VFS over one descriptor: pread and nothing else (design: judge what you
 * parsed). */
#ifndef ARCHIVE_VFS_H
#define ARCHIVE_VFS_H

#include <sqlite3.h>
#include <stdint.h>

/* Opens the first `bytes` bytes of fd as an immutable database with defensive settings. Returns an
 * SQLite code. */
int vfs_open(int fd, uint64_t bytes, sqlite3 **ret);

#endif
