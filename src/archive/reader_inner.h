/*
 * The stages of opening (open.c) that read what the database holds: the rows around the records
 * (reader.c), the manifest (manifest.c), the list of the index (index_list.c).
 */
#ifndef ARCHIVE_READER_INNER_H
#define ARCHIVE_READER_INNER_H

#include "archive/reader.h"

/* C-5; leaves the compact range in a->tree. False: it cannot be read, as a finding says. */
bool reader_log(struct archive *a, struct findings *f);
/* The dictionary, if there is one. False: what stands in its place is none. */
bool reader_dictionary(struct archive *a, struct findings *f);
/* C-6, S-3, S-4: every row, the chain line by line, the root. False: they are not what they must
 * be; *e is set where the tool failed. */
bool reader_blocks(struct archive *a, struct findings *f, struct err *e);
/* The record before the seal (R-20, S-7). -1: the tool failed (e). */
int reader_manifest(struct archive *a, struct findings *f, struct err *e);
/* C-13: the rows of idx without their data. */
void reader_index_list(struct archive *a, struct findings *f);
/* A blob of 32 bytes in column i of a row. False: it is none. */
bool reader_blob32(sqlite3_stmt *st, int i, uint8_t out[32]);
/* A whole number from 0 to max. False: it is none. */
bool reader_number(sqlite3_stmt *st, int i, uint64_t max, uint64_t *ret);

#endif
