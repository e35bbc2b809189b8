/*
 * The archive file in the making: packs records, compresses blocks on other threads, inserts them in order, one transaction a block,
 * and at the end writes indexes, manifest, seal and trailer (archive.md, record.md R-20, seal.md).
 */
#ifndef WRITE_WRITER_H
#define WRITE_WRITER_H

#include "base/err.h"
#include "event/event.h"
#include "record/record.h"
#include "write/sign.h"

struct writer;

struct writer_options {
	const char *path;                  /* must not exist */
	const struct signing_key *key;     /* NULL: unsealed */
	const char *started_at;            /* RFC 3339, UTC */
	const char *build;                 /* exporter version and build */
	int level;                         /* zstd, 1–19 */
	unsigned threads;
};

struct writer *writer_open(const struct writer_options *o, struct err *e);

/*
 * Appends a record (position and digests are filled in). correlation and type are index keys (n = 0: none) of events, conflicts and
 * rejects; NULL for other kinds.
 */
int writer_add(struct writer *w, struct record *r, const struct str *correlation, const struct str *type, struct err *e);

/* Is this event id in the log already? 1 and its position, 0 and it is noted for the next record, -1 error. */
int writer_known(struct writer *w, const uint8_t id[16], uint64_t *ret_position, struct err *e);
/* Reads a record back, wherever it is by now. Valid until the next call. */
int writer_read(struct writer *w, uint64_t position, struct record *ret, struct err *e);

/* JSON objects for the manifest: an input-end record's body, a table record's body. Copied. */
int writer_note_input(struct writer *w, const void *json, size_t n, struct err *e);
int writer_note_table(struct writer *w, const void *json, size_t n, struct err *e);

struct writer_result {
	uint64_t first, next, events, rejects, conflicts, contexts;
	uint8_t root[32];
};

/* Everything behind the last record, up to the trailer and fsync. */
int writer_finish(struct writer *w, struct writer_result *ret, struct err *e);
/* Without writer_finish before: the file is removed unless `keep`. */
void writer_free(struct writer *w, bool keep);
const struct writer_result *writer_counts(const struct writer *w);

#endif
