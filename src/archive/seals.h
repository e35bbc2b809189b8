/* The rows of `seal` (archive.md C-14, C-19, seal.md S-7), and how the parts of the reader ask
 * SQLite. */
#ifndef ARCHIVE_SEALS_H
#define ARCHIVE_SEALS_H

#include "archive/reader.h"

/* realloc and strndup that are noted where they fail: what is read becomes a finding, and want of
 * memory must not. */
void *reader_more(void *p, size_t n);
char *reader_copied(const char *p, size_t n);
/* A statement over tables whose schema was compared. NULL: a->failed is set. */
sqlite3_stmt *reader_ask(struct archive *a, const char *sql);
/* After its last row: errors of the medium are the tool's failure, a malformed database is a
 * finding. */
void reader_asked(struct archive *a, sqlite3_stmt *st, struct findings *f);

/* All of them, before the blocks are read. false: the tool failed. */
bool seals_read(struct archive *a, struct findings *f);
/* At the end of each block: is there an interim seal of that size? *next: the first one not met, 0
 * at the beginning. */
void seals_meet(struct archive *a, uint64_t *next);
/* After the blocks: the last seal against the file, the interim ones before it against the tree. */
void seals_judge(struct archive *a, const struct vkey *keys, size_t n_keys, struct findings *f);

#endif
