/*
 * src/index/: one file, one job: an index page from sorted entries, and back. The writer makes
 * pages, the analyzer makes them again from records and compares; which keys there are is said by
 * formats/.
 *
 * Index pages: sorted entries to bytes and back (archive.md C-11 to C-13). A pure function of the
 * records, so the analyzer rebuilds them.
 */
#ifndef INDEX_INDEX_H
#define INDEX_INDEX_H

#include "base/limits.h"
#include "base/buf.h"
#include "base/err.h"

enum index_kind {
	INDEX_ID = 1,
	INDEX_CORRELATION,
	INDEX_TYPE,
	INDEX_TIME,
	INDEX_KINDS = INDEX_TIME
};

/* Receives a full page; both areas are valid during the call only. -1 stops the builder. */
typedef int index_page_fn(
    void *arg, enum index_kind kind, const void *low, size_t low_len, const void *data, size_t n);

struct index_builder {
	enum index_kind kind;
	uint64_t first; /* log.first */
	index_page_fn *emit;
	void *arg;
	/* committed groups; key of the open group; its positions */
	struct buf page, low, key, list;
	uint64_t group_count, last, last_prefix;
	struct buf group_key;
	/* no memory: kept here, as the buffers are cleared often */
	bool failed;
};

void index_builder_init(
    struct index_builder *b, enum index_kind kind, uint64_t first, index_page_fn *emit, void *arg);
void index_builder_release(struct index_builder *b);
/* Entries must come in order. key: 4 bytes of the prefix (kind 1), text (2, 3); value: block
 * number (1), position (2, 3). */
int index_add(struct index_builder *b, const void *key, size_t n, uint64_t value);
/* Kind 4: one block's times. */
int index_add_times(struct index_builder *b, bool any, int64_t min, int64_t max);
/* Emits the last page. */
int index_finish(struct index_builder *b);

/* Reads a page of kind 1–3 back. */
struct index_cursor {
	enum index_kind kind;
	struct span s;
	uint64_t first, left, value, prefix;
	unsigned char key[EX_MAX_KEY];
	size_t key_len;
	bool new_key; /* this entry opens a group */
};

void index_open(
    struct index_cursor *c, enum index_kind kind, uint64_t first, const void *page, size_t n);
/* 1 an entry (key, value), 0 the end, -1 malformed. */
int index_next(struct index_cursor *c);

#endif
