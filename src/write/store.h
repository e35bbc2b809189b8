/*
 * The file in the making: tables, one transaction a block, seal, trailer (archive.md C-2, C-4 to
 * C-6, C-11, C-14, C-16). Opened to resume,
 * what is there already is compared instead of written, so that a file cut short continues to the
 * bytes of an undisturbed run.
 */
#ifndef WRITE_STORE_H
#define WRITE_STORE_H

#include "archive/archive.h"
#include "base/buf.h"
#include "base/err.h"
#include "index/index.h"
#include "write/sign.h"

struct store;

/* What the file continues (C-5); all zero for the first file of a log. */
struct history {
	uint64_t first;
	uint8_t compact[64][32]; /* of [0, first), largest subtree first */
	unsigned n_compact;
	const char *note;            /* the seal of the file before */
	uint8_t root[32], chain[32]; /* of the file before, at its end */
	const void *proofs;          /* S-9, as the file before holds them */
	size_t proofs_len;
	unsigned version; /* C-3, of the file in the making; 0: that of an archive */
};

/* What is said of a path that is taken (err_there_already). */
#define STORE_RESUMES " (an interrupted run of the same command goes on with --resume)"

/* Creates the file, which must not exist unless `resume`. origin "" in an unsealed file. NULL with
 * e set. */
struct store *store_open(
    const char *path, const char *origin, const struct history *h, bool resume, struct err *e);
/* Frees; a file that this run created and did not finish is removed unless `keep` or the medium
 * failed (then it can be resumed). */
void store_free(struct store *s, bool keep);

/* Blocks that were there when the file was opened to be resumed. */
uint64_t store_had_blocks(const struct store *s);
/* A file that follows its source (C-19): nothing that was there is compared any more, all that
 * comes is written behind it. Returns the blocks that were there. */
uint64_t store_append(struct store *s);
/* Several writes that are there together or not at all. They nest: the outermost pair counts. */
int store_begin(struct store *s, struct err *e);
int store_commit(struct store *s, struct err *e);
/* A block's row and stored bytes; valid until the next call. */
int store_block(struct store *s, uint64_t no, struct block_row *ret, const void **ret_blob,
    size_t *ret_n, struct err *e);

/* The dictionary, n = 0 if there is none; valid until the next call. */
int store_dict(struct store *s, const void **ret, size_t *ret_n, struct err *e);
int store_put_dict(struct store *s, const void *p, size_t n, struct err *e);
int store_put_block(
    struct store *s, const struct block_row *row, const void *blob, size_t n, struct err *e);
/* Index pages, all in one transaction. */
int store_pages_begin(struct store *s, struct err *e);
int store_put_page(struct store *s, enum index_kind kind, const void *low, size_t low_len,
    const uint8_t sha256[32], const void *data, size_t n, struct err *e);
int store_pages_end(struct store *s, struct err *e);
/* The next row of `seal`, and the proofs to it. */
int
store_put_seal(struct store *s, const struct buf *proofs, const struct buf *note, struct err *e);
/* Closes the database, writes the trailer (signed, or key NULL), syncs file and folder. */
int store_finish(struct store *s, const struct signing_key *key, struct err *e);
/* The same of a disclosure copy (C-20). original: the trailer of the file that it was made of, with
 * its signatures; -1 also where that leaves no room for it in a page. */
int store_finish_copy(struct store *s, const char *original, struct err *e);

/* The medium failed, or the run was stopped, while the file was being written: it is a valid
 * prefix and can be resumed. */
bool store_resumable(const struct store *s);

#endif
