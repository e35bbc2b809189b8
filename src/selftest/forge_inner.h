/* What the two halves of writing an archive share: forge.c puts records into blocks and indexes,
 * forge_ending.c says what is in them, signs it, and makes a file of it. */
#ifndef SELFTEST_FORGE_INNER_H
#define SELFTEST_FORGE_INNER_H

#include <sqlite3.h>

#include "selftest/forge.h"

/* An entry of an index that is to be sorted. */
struct entry {
	char key[EX_MAX_KEY];
	size_t n;
	uint64_t value;
};

/* What is being written. */
struct bench {
	const struct forgery *f;
	struct written *w;
	struct err *e;
	sqlite3 *db;
	struct merkle run;                    /* of the file's own positions */
	struct record rec[DRAFT_RECORDS + 1]; /* as they are written */
	unsigned block[DRAFT_RECORDS + 1];    /* of each, from 1 */
	unsigned n;
	struct buf head, body, blob, pages; /* pages: the member of the manifest */
	struct entry *entry;
	struct sha256 *page_sha;
	uint64_t page, kind_pages;
};

/* One bit of n bytes. */
void bench_turn(void *p, size_t n, uint64_t draw);
/* Is this the one of n that the lie is about? What is left of the draw says where in it. */
bool bench_lies(const struct bench *b, enum lie_at at, uint64_t i, uint64_t n, uint64_t *ret_draw);
/* Correlation and type of a record; empty where it has none that can be read. */
void bench_names(const struct record *r, struct buf *text, struct str *corr, struct str *type);
/* A row of a table of a number and a blob, or a text. 0 or -1 (b->e). */
int bench_put(struct bench *b, const char *sql, uint64_t no, const struct buf *v, bool text);
/* Records [from, to) as the next block. 0 or -1 (b->e). */
int bench_block(struct bench *b, unsigned from, unsigned to);
/* A record with what follows from its body and aside. */
void bench_finish(struct bench *b, struct record *r, uint64_t position);

/* Manifest, seal, the row of table log, and the file, behind the blocks. 0 or -1 (b->e). */
int bench_end(struct bench *b);

#endif
