/*
 * src/archive/: a file is opened and authenticated, block by block, and nothing is written.
 * reader.h is where to begin, open.c has the stages of opening; container.h looks at the database,
 * seals.h at what is signed, unpack.h at a block, told.h at what the manifest says of inputs;
 * sequence.h puts several files of a log in order, limits.h says what is known to be missing. What
 * is shared with the writer stands here; it never includes the writer.
 *
 * What reader and writer of the container share: literal schema, rows, the chain's line
 * (archive.md C-3 to C-6, seal.md S-4).
 */
#ifndef ARCHIVE_ARCHIVE_H
#define ARCHIVE_ARCHIVE_H

#include "base/limits.h"
#include "digest/digest.h"

#define ARCHIVE_TABLES 5
/* CREATE TABLE statements in file order */
extern const char *const archive_schema[ARCHIVE_TABLES];
extern const char *const archive_table[ARCHIVE_TABLES];

#define ARCHIVE_MAX_NODES 64u

struct block_row {
	uint64_t no, first, count, head_len, body_len, raw_head, raw_body;
	uint8_t nodes[ARCHIVE_MAX_NODES][32];
	unsigned n_nodes;
	uint8_t data_sha256[32], chain[32];
};

/* The line of S-4 without its line feed into out[768]; returns its length. */
int archive_chain_line(
    const struct block_row *b, struct sha256 *s, const uint8_t before[32], char out[768]);
void archive_chain(
    const struct block_row *b, struct sha256 *s, const uint8_t before[32], uint8_t out[32]);
void archive_dict_chain(
    struct sha256 *s, const void *dict, size_t n, const uint8_t before[32], uint8_t out[32]);

#endif
