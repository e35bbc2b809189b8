/* Small files of the user's, whole. */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include <stddef.h>

#include "base/err.h"

/*
 * A file, pipe or `-` (stdin) of at most max bytes, whole, with a NUL behind it; owned by the
 * caller. *ret_n: its bytes.
 * NULL: it cannot be opened or read, is a folder, or is larger (e).
 */
char *file_slurp(const char *path, size_t max, size_t *ret_n, struct err *e);

#endif
