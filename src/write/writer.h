/*
 * src/write/: records become a file (exporter alone). writer.h is where to begin; pack.h makes a
 * block, pool.h compresses on other threads, store.h has the database in the making, which a
 * killed run finds again, ending.c index pages and manifest, sign.h the seal. It never includes
 * the unpacker's reader of seals: what judges is another program.
 *
 * The archive file in the making: packs records, compresses blocks on other threads, inserts them
 * in order, one transaction a block, and at the end writes indexes, manifest, seal and trailer
 * (archive.md, record.md R-20, seal.md).
 */
#ifndef WRITE_WRITER_H
#define WRITE_WRITER_H

#include "base/err.h"
#include "base/utc.h"
#include "event/event.h"
#include "record/record.h"
#include "write/store.h"

struct writer;

struct writer_options {
	const char *path;              /* must not exist, unless `resume` */
	const struct signing_key *key; /* NULL: unsealed */
	const char *build;             /* exporter version and build */
	int level;                     /* zstd, 1–19 */
	unsigned threads;
	bool resume;
	const struct history *history; /* NULL: the first file of its log */
	/* C-19: no dictionary; a file that is there is gone on with (writer_reload) */
	bool follow;
	bool salted; /* headers of version 2 */
	/* of the writer of the file before (writer_take_ids), taken over; NULL: none */
	struct spill *spill;
	/* asked before every seal; -1 (e): it is not made. NULL: nobody asks */
	int (*may_seal)(void *arg, struct err *e);
	void *may_seal_arg;
	/* asked once, behind the last record: appends members to the manifest, each with a comma
	 * before it. NULL: none. The same arg */
	int (*members)(void *arg, struct buf *ret, struct err *e);
};

/* o is copied, what it points to must stay. */
struct writer *writer_open(const struct writer_options *o, struct err *e);
/* Opened to resume: the body of the file's first record, so that the run can go on as it began; n
 * = 0 if no block was written yet. */
int writer_first_body(struct writer *w, struct buf *ret, struct err *e);
/* The start time of the run, RFC 3339, UTC, for the manifest; borrowed. */
void writer_started(struct writer *w, const char *started_at);
/* An input of dead letters is read: the manifest says that they are in evidence. */
void writer_letters(struct writer *w);

/*
 * Appends a record (position and digests are filled in). correlation and type are index keys (n =
 * 0: none) of events, conflicts and
 * rejects; NULL for other kinds.
 */
int writer_add(struct writer *w, struct record *r, const struct str *correlation,
    const struct str *type, struct err *e);

/* Is this event id in the log already? 1 and the position of its last version, 0 and it is noted
 * for the next record, -1 error. */
int writer_known(struct writer *w, const uint8_t id[16], uint64_t *ret_position, struct err *e);
/* The next record is a newer version of this id. */
int writer_newer(struct writer *w, const uint8_t id[16], struct err *e);
/* An id that was met, though not as an event. */
int writer_met(struct writer *w, const uint8_t id[16], struct err *e);
/* An id of an earlier file of the log. */
int writer_earlier(struct writer *w, const uint8_t id[16], uint64_t position, struct err *e);
/* Calls f for every id of earlier files that writer_known was not asked for, in the order of
 * positions. */
int writer_unmet(struct writer *w,
    int (*f)(void *arg, const uint8_t id[16], uint64_t position, struct err *e), void *arg,
    struct err *e);
/* Reads a record of this file back, wherever it is by now. Valid until the next call. */
int writer_read(struct writer *w, uint64_t position, struct record *ret, struct err *e);

/* Is the id in the log? 1, 0, -1; nothing is noted. */
int writer_has(struct writer *w, const uint8_t id[16], struct err *e);

/* A file that follows its source. What is told of its records while they are read again, in their
 * order. */
struct reload {
	int (*record)(void *arg, const struct record *r, struct err *e);
	/* asked after the record that defines it was told */
	const struct table *(*table)(void *arg, uint32_t source);
	void *arg;
};
/* Opened to follow: takes up what the file holds, proving each block. 0; 1: it ends with its final
 * seal, only writer_finish is missing; -1. */
int writer_reload(struct writer *w, const struct reload *to, struct err *e);
/* Everything added is on the medium afterwards. */
int writer_flush(struct writer *w, struct err *e);
/* The same, and an interim manifest and seal (C-19). */
int writer_checkpoint(struct writer *w, struct err *e);
/* After writer_finish: the ids it knows, to be handed on to the next file's writer. */
struct spill *writer_take_ids(struct writer *w);
/* Event times of its events. */
const struct utc_range *writer_times(const struct writer *w);

/* JSON objects for the manifest: an input-end record's body, a table record's body. Copied. */
int writer_note_input(struct writer *w, const void *json, size_t n, struct err *e);
int writer_note_table(struct writer *w, const void *json, size_t n, struct err *e);

struct writer_result {
	uint64_t first, next, events, rejects, conflicts, contexts, dead_letters;
	uint8_t root[32];
};

/* Everything behind the last record, up to the trailer and fsync. */
int writer_finish(struct writer *w, struct writer_result *ret, struct err *e);
/* Without writer_finish before: a file that was created is removed, unless `keep` or the medium
 * failed: then it can be resumed. */
void writer_free(struct writer *w, bool keep);
bool writer_resumable(const struct writer *w);
const struct writer_result *writer_counts(const struct writer *w);

#endif
