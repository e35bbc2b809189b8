#include "archive/reader_inner.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "archive/seals.h"
#include "base/err.h"
#include "base/text.h"
#include "log/merkle.h"

bool
reader_blob32(sqlite3_stmt *st, int i, uint8_t out[32])
{
	if (sqlite3_column_type(st, i) != SQLITE_BLOB || sqlite3_column_bytes(st, i) != 32)
		return false;
	memcpy(out, sqlite3_column_blob(st, i), 32);
	return true;
}

bool
reader_number(sqlite3_stmt *st, int i, uint64_t max, uint64_t *ret)
{
	sqlite3_int64 v = sqlite3_column_int64(st, i);

	*ret = (uint64_t)v;
	return sqlite3_column_type(st, i) == SQLITE_INTEGER && v >= 0 && (uint64_t)v <= max;
}

/* C-5; leaves the compact range in a->tree. */
bool
reader_log(struct archive *a, struct findings *f)
{
	sqlite3_stmt *st;
	uint64_t no;
	const char *why = NULL;
	int n;

	if ((st = reader_ask(a,
		 "SELECT no, origin, first, compact, prev_note, prev_chain, proofs FROM log NOT "
		 "INDEXED")) == NULL)
		return false;
	if (sqlite3_step(st) != SQLITE_ROW) {
		why = "one row";
	} else {
		const char *origin = sqlite3_column_type(st, 1) == SQLITE_TEXT ?
		    (const char *)sqlite3_column_text(st, 1) :
		    NULL;

		/* each field has one permitted shape; the first that has not is told */
		n = sqlite3_column_bytes(st, 1);
		if (!reader_number(st, 0, 1, &no) || no != 1)
			why = "no = 1";
		else if (origin == NULL || (size_t)n != strlen(origin) ||
		    (n && !note_name_ok(origin, (size_t)n)))
			why = "an origin [S-6]";
		else if (!reader_number(st, 2, INT64_MAX - 1, &a->first))
			why = "a first position";
		else if (!reader_blob32(st, 5, a->prev_chain))
			why = "32 bytes of prev_chain";
		else if (sqlite3_column_type(st, 3) != SQLITE_BLOB ||
		    sqlite3_column_bytes(st, 3) != 32 * __builtin_popcountll(a->first))
			why = "a compact range that fits first";
		else if (a->first == 0 &&
		    (sqlite3_column_bytes(st, 4) || sqlite3_column_bytes(st, 6) ||
			memcmp(a->prev_chain, (uint8_t[32]){ 0 }, 32)))
			why = "nothing before the first file";
		else if (sqlite3_column_bytes(st, 4) > (int)EX_MAX_NOTE ||
		    sqlite3_column_bytes(st, 6) > (int)EX_MAX_PROOFS ||
		    sqlite3_column_type(st, 4) != SQLITE_TEXT ||
		    sqlite3_column_type(st, 6) != SQLITE_BLOB)
			why = "note and proofs within the limits [C-15]";
		if (why == NULL) {
			/* only now, since all lengths are known to fit */
			const uint8_t *c = sqlite3_column_blob(st, 3);

			snprintf(a->origin, sizeof a->origin, "%s", origin);
			merkle_from_compact(&a->tree, a->sha, a->first, c,
			    (size_t)sqlite3_column_bytes(st, 3) / 32);
			a->before = a->tree;
			if (a->first)
				merkle_root(&a->tree, a->sha, a->prev_root);
			buf_put(&a->proofs, sqlite3_column_blob(st, 6),
			    (size_t)sqlite3_column_bytes(st, 6));
			a->prev_note = reader_copied(sqlite3_column_text(st, 4) ?
				(const char *)sqlite3_column_text(st, 4) :
				"",
			    (size_t)sqlite3_column_bytes(st, 4));
			if (a->prev_note == NULL || a->proofs.failed)
				/* a second row would be an origin that nobody checks */
				a->failed = true;
			if (sqlite3_step(st) != SQLITE_DONE)
				why = "one row only";
		}
	}
	reader_asked(a, st, f);
	if (why)
		finding_values(finding_say(f, A23_ROW, a->at.file, "table log", GIVING_NOTHING),
		    why, "something else");
	return why == NULL;
}

static bool
bad_row(struct archive *a, struct findings *f, uint64_t no, const char *what, uint64_t want,
    uint64_t have)
{
	finding_numbers(
	    finding_say(f, A07_FIELD, a->at.file, at_block(no).text, GIVING(NUM(no), TEXT(what))),
	    want, have, "");
	return false;
}

bool
reader_dictionary(struct archive *a, struct findings *f)
{
	sqlite3_stmt *st;
	bool ok = true;
	int n;

	if ((st = reader_ask(a, "SELECT data FROM data NOT INDEXED WHERE no = 0")) == NULL)
		return false;
	if (sqlite3_step(st) == SQLITE_ROW) {
		n = sqlite3_column_bytes(st, 0);
		if (sqlite3_column_type(st, 0) != SQLITE_BLOB || n < 8 || n > (int)EX_MAX_DICT ||
		    load_be(sqlite3_column_blob(st, 0), 4) != 0x37a430ec ||
		    (a->dict = reader_more(NULL, (size_t)n)) == NULL) {
			finding_say(f, A24_NONE, a->at.file, "data.no = 0", GIVING_NOTHING);
			ok = false;
		} else {
			memcpy(a->dict, sqlite3_column_blob(st, 0), (size_t)n);
			a->dict_len = (size_t)n;
		}
	}
	reader_asked(a, st, f);
	return ok;
}

/* C-6, S-3, S-4: every row, the chain line by line, the root. */
bool
reader_blocks(struct archive *a, struct findings *f, struct err *e)
{
	sqlite3_stmt *st;
	uint8_t chain[32], want[32];
	bool ok = true, fold = true, chained = true;
	uint64_t cap = 0, interim = 0;
	int rc;

	/* a dictionary counts as a link before the first block */
	memcpy(chain, a->prev_chain, 32);
	if (a->dict)
		archive_dict_chain(a->sha, a->dict, a->dict_len, a->prev_chain, chain);
	a->next = a->first;
	if ((st = reader_ask(a,
		 "SELECT no, first, count, head_len, body_len, raw_head, raw_body, nodes, "
		 "data_sha256, chain FROM block NOT INDEXED ORDER BY no")) == NULL)
		return false;
	while (ok && (rc = sqlite3_step(st)) == SQLITE_ROW) {
		struct block_row *b, *p;
		int n;

		if (a->n_rows == cap) {
			cap = cap ? cap * 2 : 64;
			if ((p = reader_more(a->row, cap * sizeof *p)) == NULL) {
				err_nomem(e);
				ok = false;
				break;
			}
			a->row = p;
		}
		/* every number within its limit before anything is allocated by it; the first that
		 * is not ends the reading, since positions behind it mean nothing */
		b = &a->row[a->n_rows];
		n = sqlite3_column_bytes(st, 7);
		if (!reader_number(st, 0, INT64_MAX, &b->no) || b->no != a->n_rows + 1)
			ok = bad_row(a, f, a->n_rows + 1, "no", a->n_rows + 1, b->no);
		else if (!reader_number(st, 1, INT64_MAX, &b->first) || b->first != a->next)
			ok = bad_row(a, f, b->no, "first", a->next, b->first);
		else if (!reader_number(st, 2, EX_BLOCK_RECORDS, &b->count) || b->count == 0)
			ok = bad_row(a, f, b->no, "count", EX_BLOCK_RECORDS, b->count);
		else if (!reader_number(st, 3, EX_MAX_BLOB, &b->head_len))
			ok = bad_row(a, f, b->no, "head_len", EX_MAX_BLOB, b->head_len);
		else if (!reader_number(st, 4, EX_MAX_BLOB - b->head_len, &b->body_len))
			ok = bad_row(a, f, b->no, "body_len", EX_MAX_BLOB, b->body_len);
		else if (!reader_number(st, 5, EX_MAX_RAW_HEAD, &b->raw_head))
			ok = bad_row(a, f, b->no, "raw_head", EX_MAX_RAW_HEAD, b->raw_head);
		else if (!reader_number(st, 6, EX_MAX_RAW_BODY, &b->raw_body))
			ok = bad_row(a, f, b->no, "raw_body", EX_MAX_RAW_BODY, b->raw_body);
		else if (sqlite3_column_type(st, 7) != SQLITE_BLOB || n % 32 || n == 0 ||
		    n / 32 > (int)ARCHIVE_MAX_NODES)
			ok = bad_row(a, f, b->no, "nodes", 32, (uint64_t)n);
		else if (!reader_blob32(st, 8, b->data_sha256))
			ok = bad_row(
			    a, f, b->no, "data_sha256", 32, (uint64_t)sqlite3_column_bytes(st, 8));
		else if (!reader_blob32(st, 9, b->chain))
			ok = bad_row(
			    a, f, b->no, "chain", 32, (uint64_t)sqlite3_column_bytes(st, 9));
		if (!ok)
			break;
		/* S-4: the chain goes on from what the row says, so that one changed row is told
		 * once */
		b->n_nodes = (unsigned)n / 32;
		memcpy(b->nodes, sqlite3_column_blob(st, 7), (size_t)n);
		archive_chain(b, a->sha, chain, want);
		if (memcmp(want, b->chain, 32)) {
			finding_digests(finding_say(f, A08_BLOCK, a->at.file, at_block(b->no).text,
					    GIVING(NUM(b->no))),
			    want, b->chain);
			chained = false;
		}
		memcpy(chain, b->chain, 32);
		/* S-3: the tree of all leaves, from the nodes that cover each block */
		if (fold &&
		    !merkle_push_cover(&a->tree, a->sha, b->count, b->nodes[0], b->n_nodes)) {
			fold = bad_row(a, f, b->no, "number of nodes", 0, b->n_nodes);
		}
		a->next += b->count;
		a->n_rows++;
		/* interim seals are compared with the root at their own size, as the fold comes
		 * by */
		if (fold)
			seals_meet(a, &interim);
		/* the place to which an open file is sealed */
		if (!a->trailer && a->sealed_rows == 0 && a->seal_note && a->seal_why == NULL &&
		    a->seal.size == a->next) {
			a->sealed_rows = a->n_rows;
			a->sealed_tree = a->tree;
		}
	}
	reader_asked(a, st, f);
	if (ok && rc != SQLITE_DONE)
		ok = false;
	/* C-19: it may be open; what is behind its last seal is not read */
	if (ok && fold && a->sealed_rows && a->sealed_rows < a->n_rows) {
		a->tail = a->next - a->seal.size;
		a->next = a->seal.size;
		a->n_rows = a->sealed_rows;
		a->tree = a->sealed_tree;
	}
	if (ok && fold)
		merkle_root(&a->tree, a->sha, a->root);
	a->storage_proved = ok && fold && chained;
	return ok;
}

uint64_t
archive_block_of(const struct archive *a, uint64_t position)
{
	uint64_t lo = 0, hi = a->n_rows;

	if (position < a->first || position >= a->next)
		return a->n_rows;
	while (hi - lo > 1) {
		uint64_t mid = (lo + hi) / 2;

		if (a->row[mid].first <= position)
			lo = mid;
		else
			hi = mid;
	}
	return lo;
}

uint64_t
archive_end_of_block(const struct archive *a, uint64_t position)
{
	uint64_t row = archive_block_of(a, position);

	return row < a->n_rows ? a->row[row].first + a->row[row].count - 1 : position;
}
