/* A database written straight into an open file. */
#ifndef CMD_ANALYZE_SQL_FILE_H
#define CMD_ANALYZE_SQL_FILE_H

#include <sqlite3.h>

/* Opens an empty file, read and write, as a database without journal; fd stays the caller's. An
 * SQLite status; *ret is to be closed in any case. One at a time. */
int sql_file_open(int fd, sqlite3 **ret);
/* The errno of the read or write that failed; 0: none did. */
int sql_file_failed(void);

#endif
