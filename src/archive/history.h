/* What a file says of the files of its log before it (archive.md C-5, seal.md S-9). Part of
 * archive_authenticate. */
#ifndef ARCHIVE_HISTORY_H
#define ARCHIVE_HISTORY_H

#include "archive/reader.h"

/* Root folded, seal and manifest read: does what is kept of the earlier files lead to this one? */
void history_check(struct archive *a, const struct vkey *keys, size_t n_keys, struct findings *f);

/* The log's root at an earlier size, as this file proves it: at its beginning, at its end, or at a
 * checkpoint it remembers. */
bool history_root_at(struct archive *a, uint64_t size, uint8_t ret[32]);

#endif
