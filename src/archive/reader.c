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

/*
 * The one row of `log`, column by column: each has one permitted shape (C-5). The first that has
 * not is told, as what it should be; NULL: all have.
 */
static const char *
log_unlike(struct archive *a, sqlite3_stmt *st)
{
	const char *origin = sqlite3_column_type(st, 1) == SQLITE_TEXT ?
	    (const char *)sqlite3_column_text(st, 1) :
	    NULL;
	int n = sqlite3_column_bytes(st, 1);
	uint64_t no;

	if (!reader_number(st, 0, 1, &no) || no != 1)
		return "no = 1";
	if (origin == NULL || (size_t)n != strlen(origin) ||
	    (n && !note_name_ok(origin, (size_t)n)))
		return "an origin [S-6]";
	if (!reader_number(st, 2, INT64_MAX - 1, &a->first))
		return "a first position";
	if (!reader_blob32(st, 5, a->prev_chain))
		return "32 bytes of prev_chain";
	if (sqlite3_column_type(st, 3) != SQLITE_BLOB ||
	    sqlite3_column_bytes(st, 3) != 32 * __builtin_popcountll(a->first))
		return "a compact range that fits first";
	if (a->first == 0 &&
	    (sqlite3_column_bytes(st, 4) || sqlite3_column_bytes(st, 6) ||
		memcmp(a->prev_chain, (uint8_t[32]){ 0 }, 32)))
		return "nothing before the first file";
	if (sqlite3_column_bytes(st, 4) > (int)EX_MAX_NOTE ||
	    sqlite3_column_bytes(st, 6) > (int)EX_MAX_PROOFS ||
	    sqlite3_column_type(st, 4) != SQLITE_TEXT || sqlite3_column_type(st, 6) != SQLITE_BLOB)
		return "note and proofs within the limits [C-15]";
	return NULL;
}

/* What the row says is taken only now, since the lengths of all its columns are known to fit. */
static void
take_log(struct archive *a, sqlite3_stmt *st)
{
	const uint8_t *compact = sqlite3_column_blob(st, 3);
	const char *note = (const char *)sqlite3_column_text(st, 4);

	snprintf(a->origin, sizeof a->origin, "%s", (const char *)sqlite3_column_text(st, 1));
	/* the tree goes on from the files before: its root there is what their seal must name */
	merkle_from_compact(
	    &a->tree, a->sha, a->first, compact, (size_t)sqlite3_column_bytes(st, 3) / 32);
	a->before = a->tree;
	if (a->first)
		merkle_root(&a->tree, a->sha, a->prev_root);
	buf_put(&a->proofs, sqlite3_column_blob(st, 6), (size_t)sqlite3_column_bytes(st, 6));
	a->prev_note = reader_copied(note ? note : "", (size_t)sqlite3_column_bytes(st, 4));
	if (a->prev_note == NULL || a->proofs.failed)
		a->failed = true;
}

/* C-5; leaves the compact range in a->tree. */
bool
reader_log(struct archive *a, struct findings *f)
{
	sqlite3_stmt *st;
	const char *why;

	if ((st = reader_ask(a,
		 "SELECT no, origin, first, compact, prev_note, prev_chain, proofs FROM log NOT "
		 "INDEXED")) == NULL)
		return false;
	why = sqlite3_step(st) != SQLITE_ROW ? "one row" : log_unlike(a, st);
	if (why == NULL) {
		take_log(a, st);
		/* a second row would be an origin that nobody checks */
		if (sqlite3_step(st) != SQLITE_DONE)
			why = "one row only";
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

/* What goes on from block row to block row. */
struct going {
	uint8_t chain[32];  /* S-4, behind the rows so far */
	bool chained, fold; /* so far each row's chain fits; each row's nodes fit the tree (S-3) */
	uint64_t cap;       /* room in a->row */
	uint64_t interim;   /* the first interim seal that was not met */
};

/* Room for one more row, of a number that the file alone decides: by doubling. -1: no memory. */
static int
room_for_row(struct archive *a, struct going *g)
{
	struct block_row *p;

	if (a->n_rows < g->cap)
		return 0;
	g->cap = g->cap ? g->cap * 2 : 64;
	if ((p = reader_more(a->row, g->cap * sizeof *p)) == NULL)
		return -1;
	a->row = p;
	return 0;
}

/*
 * C-6: every number of a row within its limit before anything is allocated by it. False: one is
 * not, as a finding says, and the reading ends, since positions behind it mean nothing.
 */
static bool
take_row(struct archive *a, struct findings *f, sqlite3_stmt *st, struct block_row *b)
{
	int n = sqlite3_column_bytes(st, 7);

	if (!reader_number(st, 0, INT64_MAX, &b->no) || b->no != a->n_rows + 1)
		return bad_row(a, f, a->n_rows + 1, "no", a->n_rows + 1, b->no);
	if (!reader_number(st, 1, INT64_MAX, &b->first) || b->first != a->next)
		return bad_row(a, f, b->no, "first", a->next, b->first);
	if (!reader_number(st, 2, EX_BLOCK_RECORDS, &b->count) || b->count == 0)
		return bad_row(a, f, b->no, "count", EX_BLOCK_RECORDS, b->count);
	if (!reader_number(st, 3, EX_MAX_BLOB, &b->head_len))
		return bad_row(a, f, b->no, "head_len", EX_MAX_BLOB, b->head_len);
	if (!reader_number(st, 4, EX_MAX_BLOB - b->head_len, &b->body_len))
		return bad_row(a, f, b->no, "body_len", EX_MAX_BLOB, b->body_len);
	if (!reader_number(st, 5, EX_MAX_RAW_HEAD, &b->raw_head))
		return bad_row(a, f, b->no, "raw_head", EX_MAX_RAW_HEAD, b->raw_head);
	if (!reader_number(st, 6, EX_MAX_RAW_BODY, &b->raw_body))
		return bad_row(a, f, b->no, "raw_body", EX_MAX_RAW_BODY, b->raw_body);
	if (sqlite3_column_type(st, 7) != SQLITE_BLOB || n % 32 || n == 0 ||
	    n / 32 > (int)ARCHIVE_MAX_NODES)
		return bad_row(a, f, b->no, "nodes", 32, (uint64_t)n);
	if (!reader_blob32(st, 8, b->data_sha256))
		return bad_row(
		    a, f, b->no, "data_sha256", 32, (uint64_t)sqlite3_column_bytes(st, 8));
	if (!reader_blob32(st, 9, b->chain))
		return bad_row(a, f, b->no, "chain", 32, (uint64_t)sqlite3_column_bytes(st, 9));
	b->n_nodes = (unsigned)n / 32;
	memcpy(b->nodes, sqlite3_column_blob(st, 7), (size_t)n);
	return true;
}

/* S-4: the chain goes on from what the row says, so that one changed row is told once. */
static void
chain_row(struct archive *a, struct findings *f, struct going *g, const struct block_row *b)
{
	uint8_t want[32];

	archive_chain(b, a->sha, g->chain, want);
	if (memcmp(want, b->chain, 32)) {
		finding_digests(
		    finding_say(f, A08_BLOCK, a->at.file, at_block(b->no).text, GIVING(NUM(b->no))),
		    want, b->chain);
		g->chained = false;
	}
	memcpy(g->chain, b->chain, 32);
}

/*
 * S-3: the tree of all leaves, from the nodes that cover each block; and what is compared with it
 * as it comes by, since no tree of an earlier size is kept.
 */
static void
fold_row(struct archive *a, struct findings *f, struct going *g, const struct block_row *b)
{
	if (g->fold && !merkle_push_cover(&a->tree, a->sha, b->count, b->nodes[0], b->n_nodes))
		g->fold = bad_row(a, f, b->no, "number of nodes", 0, b->n_nodes);
	a->next += b->count;
	a->n_rows++;
	/* interim seals, with the root at their own size */
	if (g->fold)
		seals_meet(a, &g->interim);
	/* the place to which an open file is sealed */
	if (!a->trailer && a->sealed_rows == 0 && a->seal_note && a->seal_why == NULL &&
	    a->seal.size == a->next) {
		a->sealed_rows = a->n_rows;
		a->sealed_tree = a->tree;
	}
}

/* C-6, S-3, S-4: every row, the chain line by line, the root. */
bool
reader_blocks(struct archive *a, struct findings *f, struct err *e)
{
	struct going g = { .chained = true, .fold = true };
	sqlite3_stmt *st;
	bool ok = true;
	int rc;

	/* a dictionary counts as a link before the first block */
	memcpy(g.chain, a->prev_chain, 32);
	if (a->dict)
		archive_dict_chain(a->sha, a->dict, a->dict_len, a->prev_chain, g.chain);
	a->next = a->first;
	if ((st = reader_ask(a,
		 "SELECT no, first, count, head_len, body_len, raw_head, raw_body, nodes, "
		 "data_sha256, chain FROM block NOT INDEXED ORDER BY no")) == NULL)
		return false;
	while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
		struct block_row *b;

		if (room_for_row(a, &g)) {
			err_nomem(e);
			ok = false;
			break;
		}
		b = &a->row[a->n_rows];
		if (!(ok = take_row(a, f, st, b)))
			break;
		chain_row(a, f, &g, b);
		fold_row(a, f, &g, b);
	}
	reader_asked(a, st, f);
	if (ok && rc != SQLITE_DONE)
		ok = false;
	/* C-19: it may be open; what is behind its last seal is not read */
	if (ok && g.fold && a->sealed_rows && a->sealed_rows < a->n_rows) {
		a->tail = a->next - a->seal.size;
		a->next = a->seal.size;
		a->n_rows = a->sealed_rows;
		a->tree = a->sealed_tree;
	}
	if (ok && g.fold)
		merkle_root(&a->tree, a->sha, a->root);
	a->storage_proved = ok && g.fold && g.chained;
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
