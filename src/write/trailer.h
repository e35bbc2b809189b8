/*
 * The page behind a finished database (archive.md C-16): its length and digest as text, with a
 * signature where there is a key. With it on the medium, and the folder too, a file is finished.
 */
#ifndef WRITE_TRAILER_H
#define WRITE_TRAILER_H

#include "base/err.h"
#include "write/sign.h"

/* After the database is closed, so that its bytes are final. key NULL: unsigned. A trailer that is
 * there already, of the same bytes, is left (C-18). 0, or -1 (e). */
int trailer_put(const char *path, const struct signing_key *key, struct err *e);
/* The same of a disclosure copy (C-20), signed by nobody: original is the trailer of the file that
 * it was made of, with its signatures. */
int trailer_put_copy(const char *path, const char *original, struct err *e);

#endif
