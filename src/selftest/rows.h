/* The records that selftest changes: of a log that it makes itself, or rows of the auditor's own
 * file. Two files of one log each: the second goes on where the first ends. */
#ifndef SELFTEST_ROWS_H
#define SELFTEST_ROWS_H

#include "archive/reader.h"
#include "selftest/forge.h"

/* Pieces of memory that are freed together. */
struct pieces {
	void **p;
	unsigned n;
	bool failed; /* no memory, since it began */
};

/* n bytes, and a copy of n bytes; NULL: no memory, which is kept in `failed`. */
void *pieces_take(struct pieces *x, size_t n);
void *pieces_copy(struct pieces *x, const void *p, size_t n);
void pieces_release(struct pieces *x);

/* The key of the source's writer in the log that selftest makes. */
extern const char rows_key[];

/* 0; -1: no memory. The drafts borrow from `own`. */
int rows_make(struct draft *one, struct draft *two, struct pieces *own);
/*
 * Remediations of a file, whole as far as few blocks of it hold them, with rows that fit their
 * hash, and in the order of time. 0; 1: it has none such; -1: the tool failed (e).
 */
int rows_take(struct archive *a, const struct str *hmac, unsigned n_hmac, struct draft *one,
    struct draft *two, struct pieces *own, struct err *e);

/* A file of n rows: contexts around them, and a look at the source behind each quarter. table: the
 * text of its table record. 0; -1: no memory. */
int rows_file(struct draft *d, const struct record *row, unsigned n, const struct buf *table,
    struct pieces *own);
/* Puts the body of an event into a record, with what the header says of it; its hash is left as it
 * is. -1: no memory. */
int rows_put_event(struct record *r, const struct event *ev, struct pieces *own);
/* Puts the end of the input into its record, with what it counts. -1: no memory. */
int rows_end(struct record *r, unsigned rows, unsigned polls, struct pieces *own);
/* Reads the event of a record; texts live until `text` is used again. false: it has none. */
bool rows_event(const struct record *r, struct event *ret, struct buf *text);
/* The hash that a row's writer would give it: with the key of rows_key, or without one. */
void rows_hash(struct record *r, bool keyed, struct sha256 *sha);

#endif
