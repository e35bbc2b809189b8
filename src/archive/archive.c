#include "archive/archive.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

const char *const archive_table[ARCHIVE_TABLES] = { "log", "block", "data", "idx", "seal" };

const char *const archive_schema[ARCHIVE_TABLES] = {
	"CREATE TABLE log(no INTEGER PRIMARY KEY, origin TEXT NOT NULL, first INTEGER NOT NULL, "
	"compact BLOB NOT NULL, "
	"prev_note TEXT NOT NULL, prev_chain BLOB NOT NULL, proofs BLOB NOT NULL)",
	"CREATE TABLE block(no INTEGER PRIMARY KEY, first INTEGER NOT NULL, count INTEGER NOT "
	"NULL, head_len INTEGER NOT NULL, "
	"body_len INTEGER NOT NULL, raw_head INTEGER NOT NULL, raw_body INTEGER NOT NULL, nodes "
	"BLOB NOT NULL, "
	"data_sha256 BLOB NOT NULL, chain BLOB NOT NULL)",
	"CREATE TABLE data(no INTEGER PRIMARY KEY, data BLOB NOT NULL)",
	"CREATE TABLE idx(no INTEGER PRIMARY KEY, kind INTEGER NOT NULL, low BLOB NOT NULL, sha256 "
	"BLOB NOT NULL, data BLOB NOT NULL)",
	"CREATE TABLE seal(no INTEGER PRIMARY KEY, note TEXT NOT NULL)",
};

int
archive_chain_line(
    const struct block_row *b, struct sha256 *s, const uint8_t before[32], char out[768])
{
	uint8_t d[32];
	char nodes[65], data[65], prev[65];

	sha256_once(s, b->nodes, b->n_nodes * 32u, d);
	hex_of(d, 32, nodes);
	hex_of(b->data_sha256, 32, data);
	hex_of(before, 32, prev);
	return snprintf(out, 768,
	    "exhibit-block/1 %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64
	    " %" PRIu64 " %s %s %s",
	    b->no, b->first, b->count, b->head_len, b->body_len, b->raw_head, b->raw_body, nodes,
	    data, prev);
}

void
archive_chain(
    const struct block_row *b, struct sha256 *s, const uint8_t before[32], uint8_t out[32])
{
	char line[768];
	int n = archive_chain_line(b, s, before, line);

	line[n++] = '\n';
	sha256_once(s, line, (size_t)n, out);
}

void
archive_dict_chain(
    struct sha256 *s, const void *dict, size_t n, const uint8_t before[32], uint8_t out[32])
{
	uint8_t d[32];
	char line[256], hex[65], prev[65];
	int len;

	sha256_once(s, dict, n, d);
	hex_of(d, 32, hex);
	hex_of(before, 32, prev);
	len = snprintf(line, sizeof line, "exhibit-dict/1 %zu %s %s\n", n, hex, prev);
	sha256_once(s, line, (size_t)len, out);
}
