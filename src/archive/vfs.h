/* A read-only SQLite VFS over one file at hand: it is read and nothing else (design: judge what you
 * parsed). */
#ifndef ARCHIVE_VFS_H
#define ARCHIVE_VFS_H

#include <sqlite3.h>
#include <stdint.h>

/* Its parts, for another of one descriptor to begin with: nothing is locked, slept for, looked up
 * or drawn at random, and no second file is opened. */
extern const sqlite3_io_methods vfs_methods;
extern const sqlite3_vfs vfs_read_only;

struct attached;

/* Opens the first `bytes` bytes of a file, which outlives the connection, as an immutable database
 * with defensive settings. Returns an SQLite code. */
int vfs_open(const struct attached *x, uint64_t bytes, sqlite3 **ret);

#endif
