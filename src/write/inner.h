/* What the parts of the writer share: writer.c takes records in, reread.c gives them back,
 * ending.c seals. */
#ifndef WRITE_INNER_H
#define WRITE_INNER_H

#include "log/merkle.h"
#include "record/daycount.h"
#include "write/back.h"
#include "write/pack.h"
#include "write/pool.h"
#include "write/spill.h"
#include "write/writer.h"

struct writer {
	struct writer_options o;
	const char *started_at;
	bool letters;           /* an input of dead letters was read */
	struct history history; /* all zero in the first file of a log */
	struct store *store;
	struct sha256 *sha;
	struct packer *packer;
	/* NULL until it is known whether there is a dictionary */
	struct pool *pool;
	struct packed *sample, *sample_tail; /* blocks that wait for that */
	size_t sample_bytes;
	void *dict;
	size_t dict_len;
	struct spill *spill;
	/* over the blocks inserted: from 0; from the file's first position */
	struct merkle tree, run;
	uint8_t chain[32];
	uint64_t blocks_closed, blocks_in;
	uint64_t *block_first; /* positions of the blocks inserted, for reading back */
	/* event times by block, of the open one, of all */
	struct utc_range *times, now, all;
	struct daycount *days;
	struct buf inputs, tables, indexes, scratch;
	struct sha256 *page_sha;
	/* reloaded: its final manifest and seal are there, its trailer may lack */
	bool whole;
	uint64_t kind_pages;
	struct writer_result count;
	struct back back;
	struct buf note, proofs; /* of the last seal */
	struct err *page_err;    /* while index pages are built */
};

/* Puts blocks into the file that are compressed by now, or all of them. */
int writer_drain(struct writer *w, bool all, struct err *e);
/* The secret of the open block's salts is from now on that of the block in the file, where a
 * run is resumed (C-18). -1 (e). */
int writer_secret(struct writer *w, struct err *e);
/* Closes the open block and hands it on; nothing if it is empty. */
int writer_close_block(struct writer *w, struct err *e);
/* The same, and everything that waits is in the file afterwards. */
int writer_settle(struct writer *w, struct err *e);
/* Index entries, counts and times of a record that stands in block number `block`. */
int writer_note(struct writer *w, const struct record *r, const struct str *correlation,
    const struct str *type, struct err *e);
/* Room for one more block's times, and the open block's into it. */
int writer_note_block(struct writer *w, struct err *e);
/* A block's row behind the last: tree and list of rows. */
int writer_note_row(struct writer *w, const struct block_row *r, struct err *e);

#endif
