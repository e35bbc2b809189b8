/*
 * Indexes of ids (record.md R-24): what a log's file holds, told without its rows, so that the log
 * can be continued where the file is not at hand.
 */
#ifndef SOURCE_ID_INDEX_H
#define SOURCE_ID_INDEX_H

#include <stdio.h>

#include "base/err.h"
#include "event/version.h"

#define ID_ENTRY 131u /* bytes of one */

enum id_kind { ID_GONE = 0, ID_EVENT = KIND_EVENT, ID_CONFLICT = KIND_CONFLICT };

struct id_entry {
	uint64_t position;
	uint8_t id[16];
	int64_t time;
	uint8_t kind;
	bool time_invalid, withheld;
	/* it knows the columns that its hash covers; its hashes */
	bool whole, linked;
	uint8_t digest[32]; /* R-8, as sealed */
	/* SHA-256 of the body alone; zeros if values of it are withheld */
	uint8_t body[32];
	uint8_t link[16]; /* of both hashes and their forms */
	/*
	 * which of the columns are known that no hash covers and that outputs show, and their
	 * digest
	 */
	uint8_t mask, shown[16];
};

/* Fills all but position and kind. sha is used on the way. -1: no memory. */
int
id_entry_of(struct id_entry *ret, const struct record *r, struct version *x, struct sha256 *sha);
/*
 * Columns in which a row differs from what an entry tells of it, comma-separated, by the groups
 * that digests cover: their names all stand, as which of them it is cannot be told. Nothing: it
 * says the same, as far as an index can tell. as_it_stands: another digest that the row has if it
 * is withheld.
 */
void id_entry_differing(const struct id_entry *was, const struct id_entry *now,
    const uint8_t as_it_stands[32], struct buf *names);

/*
 * An index that is being written, to PATH; a file that is there already is replaced only if
 * `again`.
 */
struct id_writer;
struct id_writer *id_writer_new(const char *path, bool again, const char *origin, uint64_t first,
    uint64_t next, const char *previous, struct err *e);
int id_writer_add(struct id_writer *w, const struct id_entry *x, struct err *e);
/* Its end: digest, entries and bytes. The file stays, unless it is freed before this. */
int id_writer_end(struct id_writer *w, uint8_t digest[32], uint64_t *ret_entries,
    uint64_t *ret_bytes, struct err *e);
void id_writer_free(struct id_writer *w);

/* An index that is read. */
struct id_index {
	char *path;
	char origin[256];
	uint64_t first, next, entries;
	/* digest of the index that ends where this one begins; '' if it names none */
	char previous[65];
	uint8_t digest[32]; /* of the file */
	int fd;
	size_t head;
	uint64_t last; /* while entries are walked: the position before */
};

/*
 * Reads it once through: form, order, digest. -1 (e: which file, and where). To be closed in any
 * case.
 */
int id_index_open(struct id_index *x, const char *path, struct err *e);
/* Calls f with every entry, in their order. */
int id_index_each(struct id_index *x,
    int (*f)(void *arg, const struct id_entry *entry, struct err *e), void *arg, struct err *e);
/* The row at a position: 1; 0: it has none; -1 (e). */
int id_index_at(struct id_index *x, uint64_t position, struct id_entry *ret, struct err *e);
void id_index_close(struct id_index *x);

#endif
