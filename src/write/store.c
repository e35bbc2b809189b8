#include "write/store.h"

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "write/trailer.h"

struct store {
	char *path;
	sqlite3 *db;
	sqlite3_stmt *put_block, *put_data, *put_page, *get_block, *get_data, *get_page;
	uint64_t had_blocks, had_pages, pages, seals;
	unsigned depth; /* of transactions: the outermost counts */
	bool had_dict, had_seal;
	bool created, broken, finished;
};

static int
db_fail(struct store *s, struct err *e)
{
	s->broken = true;
	return err_set(e, EX_IO_ERR, "%s: %s%s", s->path,
	    s->db ? sqlite3_errmsg(s->db) : "no memory",
	    s->db && sqlite3_errcode(s->db) == SQLITE_FULL ? " (no space left)" : "");
}

static int
exec(struct store *s, const char *sql, struct err *e)
{
	return sqlite3_exec(s->db, sql, NULL, NULL, NULL) ? db_fail(s, e) : 0;
}

/* Several writes that are there together or not at all; they nest. */
int
store_begin(struct store *s, struct err *e)
{
	return s->depth++ ? 0 : exec(s, "BEGIN IMMEDIATE", e);
}

int
store_commit(struct store *s, struct err *e)
{
	return --s->depth ? 0 : exec(s, "COMMIT", e);
}

/* C-18: what was written before is not what this run gives. */
static int
differs(struct store *s, const char *what, struct err *e)
{
	return err_set(e, EX_DATA_ERR,
	    "%s cannot be resumed: its %s is not what this run gives, so the input, the options or "
	    "the exporter is another; "
	    "move the file away and begin again",
	    s->path, what);
}

static int
query_u64(struct store *s, const char *sql, uint64_t *ret, struct err *e)
{
	sqlite3_stmt *st = NULL;

	if (sqlite3_prepare_v2(s->db, sql, -1, &st, NULL) || sqlite3_step(st) != SQLITE_ROW) {
		sqlite3_finalize(st);
		return db_fail(s, e);
	}
	*ret = (uint64_t)sqlite3_column_int64(st, 0);
	sqlite3_finalize(st);
	return 0;
}

static bool
same_blob(sqlite3_stmt *st, int col, const void *p, size_t n)
{
	return sqlite3_column_bytes(st, col) == (int)n &&
	    (n == 0 || memcmp(sqlite3_column_blob(st, col), p, n) == 0);
}

/* Tables and the one row of `log`, in one transaction. */
static int
create_tables(struct store *s, const char *origin, const struct history *h, struct err *e)
{
	sqlite3_stmt *st = NULL;
	char sql[128];
	int rc = -1;

	snprintf(sql, sizeof sql,
	    "BEGIN IMMEDIATE; PRAGMA application_id=%u; PRAGMA user_version=%u", EX_APPLICATION_ID,
	    h->version ? h->version : EX_FORMAT_VERSION);
	if (exec(s, "PRAGMA page_size=4096; PRAGMA encoding='UTF-8'; PRAGMA auto_vacuum=NONE", e) ||
	    exec(s, sql, e))
		return -1;
	for (int i = 0; i < ARCHIVE_TABLES; i++)
		if (exec(s, archive_schema[i], e))
			return -1;
	if (sqlite3_prepare_v2(s->db, "INSERT INTO log VALUES(1,?,?,?,?,?,x'')", -1, &st, NULL) ||
	    sqlite3_bind_text(st, 1, origin, -1, SQLITE_STATIC) ||
	    sqlite3_bind_int64(st, 2, (sqlite3_int64)h->first) ||
	    (h->n_compact ?
		    sqlite3_bind_blob(st, 3, h->compact, 32 * (int)h->n_compact, SQLITE_STATIC) :
		    sqlite3_bind_zeroblob(st, 3, 0)) ||
	    sqlite3_bind_text(st, 4, h->note ? h->note : "", -1, SQLITE_STATIC) ||
	    sqlite3_bind_blob(st, 5, h->chain, 32, SQLITE_STATIC) ||
	    sqlite3_step(st) != SQLITE_DONE)
		db_fail(s, e);
	else
		rc = 0;
	sqlite3_finalize(st);
	return rc ? rc : exec(s, "COMMIT", e);
}

/* The tables of a file to be resumed must be those that create_tables makes. */
static int
compare_tables(struct store *s, const char *origin, const struct history *h, struct err *e)
{
	sqlite3_stmt *st = NULL;
	uint64_t v, n = 0;
	int rc;

	/* the application's id first: another database is told at once */
	if (query_u64(s, "PRAGMA application_id", &v, e))
		return -1;
	if (v != EX_APPLICATION_ID)
		return err_set(e, EX_DATA_ERR, "%s is not an Exhibit archive", s->path);
	if (query_u64(s, "PRAGMA user_version", &v, e))
		return -1;
	if (v != (h->version ? h->version : EX_FORMAT_VERSION))
		return differs(s, "format (--salted, or not) [C-3]", e);
	/* the tables, as they are written in this version, and no others */
	if (sqlite3_prepare_v2(s->db, "SELECT sql FROM sqlite_schema", -1, &st, NULL))
		return db_fail(s, e);
	while ((rc = sqlite3_step(st)) == SQLITE_ROW && n < ARCHIVE_TABLES &&
	    sqlite3_column_text(st, 0) &&
	    strcmp((const char *)sqlite3_column_text(st, 0), archive_schema[n]) == 0)
		n++;
	sqlite3_finalize(st);
	if (rc != SQLITE_DONE || n != ARCHIVE_TABLES)
		return differs(s, "set of tables [C-4]", e);
	/* origin and beginning: this file continues what the last run began */
	if (sqlite3_prepare_v2(s->db,
		"SELECT origin, first, compact, prev_note, prev_chain FROM log", -1, &st, NULL))
		return db_fail(s, e);
	rc = sqlite3_step(st) == SQLITE_ROW && same_blob(st, 0, origin, strlen(origin)) &&
		(uint64_t)sqlite3_column_int64(st, 1) == h->first &&
		same_blob(st, 2, h->compact, 32u * h->n_compact) &&
		same_blob(st, 3, h->note ? h->note : "", h->note ? strlen(h->note) : 0) &&
		same_blob(st, 4, h->chain, 32) ?
	    0 :
	    -1;
	sqlite3_finalize(st);
	if (rc)
		return differs(s, "log (origin, or the file it continues) [C-5]", e);
	/* what is there already, so that a resumed run goes on behind it */
	if (query_u64(s, "SELECT count(*) FROM block", &s->had_blocks, e) ||
	    query_u64(s, "SELECT count(*) FROM idx", &s->had_pages, e) ||
	    query_u64(s, "SELECT count(*) FROM data WHERE no=0", &v, e) ||
	    query_u64(s, "SELECT count(*) FROM seal", &n, e))
		return -1;
	s->had_dict = v != 0;
	s->had_seal = n != 0;
	s->seals = n;
	return 0;
}

static int
open_file(struct store *s, bool resume, struct err *e)
{
	int fd = open(s->path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd >= 0) {
		close(fd);
		s->created = true;
		return 0;
	}
	if (errno == EEXIST)
		return resume ? 0 : err_there_already(e, s->path, "an archive", STORE_RESUMES);
	err_errno(e, "%s", s->path);
	if (e->status == EX_NO_INPUT)
		e->status = EX_CANT_CREATE;
	return -1;
}

struct store *
store_open(
    const char *path, const char *origin, const struct history *h, bool resume, struct err *e)
{
	struct store *s = calloc(1, sizeof *s);
	uint64_t objects;

	if (s == NULL || (s->path = strdup(path)) == NULL) {
		free(s);
		err_nomem(e);
		return NULL;
	}
	/* created or opened, never both: an existing file is the user's */
	if (open_file(s, resume, e))
		goto fail;
	/* Opening rolls a journal back, which leaves the valid prefix (C-2). Locks are taken by
	 * transaction: an exclusive connection does not
	 * count its changes one by one in the header, and a resumed run would end with another
	 * count. */
	if (sqlite3_open_v2(s->path, &s->db,
		SQLITE_OPEN_READWRITE | SQLITE_OPEN_PRIVATECACHE | SQLITE_OPEN_NOFOLLOW, NULL)) {
		db_fail(s, e);
		goto fail;
	}
	/* secure_delete: what was replaced leaves no copy in the file */
	if (exec(s,
		"PRAGMA secure_delete=ON; PRAGMA synchronous=FULL; PRAGMA cache_size=-4096; PRAGMA "
		"trusted_schema=OFF;"
		"PRAGMA journal_mode=DELETE",
		e) ||
	    query_u64(s, "SELECT count(*) FROM sqlite_schema", &objects, e) ||
	    (objects ? compare_tables(s, origin, h, e) : create_tables(s, origin, h, e)))
		goto fail;
	if (sqlite3_prepare_v2(
		s->db, "INSERT INTO block VALUES(?,?,?,?,?,?,?,?,?,?)", -1, &s->put_block, NULL) ||
	    sqlite3_prepare_v2(s->db, "INSERT INTO data VALUES(?,?)", -1, &s->put_data, NULL) ||
	    sqlite3_prepare_v2(
		s->db, "INSERT INTO idx VALUES(?,?,?,?,?)", -1, &s->put_page, NULL) ||
	    sqlite3_prepare_v2(s->db,
		"SELECT first, count, head_len, body_len, raw_head, raw_body, nodes, data_sha256, "
		"chain FROM block WHERE no=?",
		-1, &s->get_block, NULL) ||
	    sqlite3_prepare_v2(s->db, "SELECT data FROM data WHERE no=?", -1, &s->get_data, NULL) ||
	    sqlite3_prepare_v2(s->db, "SELECT kind, low, sha256, data FROM idx WHERE no=?", -1,
		&s->get_page, NULL)) {
		db_fail(s, e);
		goto fail;
	}
	return s;
/* a file that this run made is removed again */
fail:
	s->broken = false; /* nothing worth keeping was written by this run */
	store_free(s, false);
	return NULL;
}

static void
close_statements(struct store *s)
{
	sqlite3_stmt **st[] = { &s->put_block, &s->put_data, &s->put_page, &s->get_block,
		&s->get_data, &s->get_page };

	for (unsigned i = 0; i < sizeof st / sizeof *st; i++) {
		sqlite3_finalize(*st[i]);
		*st[i] = NULL;
	}
}

bool
store_resumable(const struct store *s)
{
	return s->broken && !s->finished;
}

void
store_free(struct store *s, bool keep)
{
	if (s == NULL)
		return;
	close_statements(s);
	sqlite3_close(s->db);
	/* a file of somebody else is never removed */
	if (s->created && !s->finished && !s->broken && !keep) {
		char journal[4200];

		unlink(s->path);
		if (snprintf(journal, sizeof journal, "%s-journal", s->path) < (int)sizeof journal)
			unlink(journal);
	}
	free(s->path);
	free(s);
}

uint64_t
store_had_blocks(const struct store *s)
{
	return s->had_blocks;
}

uint64_t
store_append(struct store *s)
{
	uint64_t n = s->had_blocks;

	s->had_blocks = s->had_pages = 0;
	s->had_seal = false;
	return n;
}

int
store_block(struct store *s, uint64_t no, struct block_row *ret, const void **ret_blob,
    size_t *ret_n, struct err *e)
{
	sqlite3_stmt *b = s->get_block, *d = s->get_data;
	int n;

	sqlite3_reset(b);
	sqlite3_reset(d);
	sqlite3_bind_int64(b, 1, (sqlite3_int64)no);
	sqlite3_bind_int64(d, 1, (sqlite3_int64)no);
	if (sqlite3_step(b) != SQLITE_ROW || sqlite3_step(d) != SQLITE_ROW)
		return db_fail(s, e);
	n = sqlite3_column_bytes(b, 6);
	memset(ret, 0, sizeof *ret);
	ret->no = no;
	ret->first = (uint64_t)sqlite3_column_int64(b, 0);
	ret->count = (uint64_t)sqlite3_column_int64(b, 1);
	ret->head_len = (uint64_t)sqlite3_column_int64(b, 2);
	ret->body_len = (uint64_t)sqlite3_column_int64(b, 3);
	ret->raw_head = (uint64_t)sqlite3_column_int64(b, 4);
	ret->raw_body = (uint64_t)sqlite3_column_int64(b, 5);
	if (n < 32 || n % 32 || n / 32 > (int)ARCHIVE_MAX_NODES ||
	    sqlite3_column_bytes(b, 7) != 32 || sqlite3_column_bytes(b, 8) != 32)
		return differs(s, "block table [C-6]", e);
	ret->n_nodes = (unsigned)n / 32;
	memcpy(ret->nodes, sqlite3_column_blob(b, 6), (size_t)n);
	memcpy(ret->data_sha256, sqlite3_column_blob(b, 7), 32);
	memcpy(ret->chain, sqlite3_column_blob(b, 8), 32);
	*ret_n = (size_t)sqlite3_column_bytes(d, 0);
	if ((*ret_blob = sqlite3_column_blob(d, 0)) == NULL)
		return db_fail(s, e);
	return 0;
}

static int
put_data(struct store *s, uint64_t no, const void *p, size_t n, struct err *e)
{
	sqlite3_reset(s->put_data);
	sqlite3_bind_int64(s->put_data, 1, (sqlite3_int64)no);
	sqlite3_bind_blob64(s->put_data, 2, p, n, SQLITE_STATIC);
	if (sqlite3_step(s->put_data) != SQLITE_DONE)
		return db_fail(s, e);
	sqlite3_reset(s->put_data);
	sqlite3_clear_bindings(s->put_data);
	return 0;
}

int
store_dict(struct store *s, const void **ret, size_t *ret_n, struct err *e)
{
	*ret = NULL;
	*ret_n = 0;
	if (!s->had_dict)
		return 0;
	sqlite3_reset(s->get_data);
	sqlite3_bind_int64(s->get_data, 1, 0);
	if (sqlite3_step(s->get_data) != SQLITE_ROW ||
	    (*ret = sqlite3_column_blob(s->get_data, 0)) == NULL)
		return db_fail(s, e);
	*ret_n = (size_t)sqlite3_column_bytes(s->get_data, 0);
	return 0;
}

int
store_put_dict(struct store *s, const void *p, size_t n, struct err *e)
{
	const void *was;
	size_t k;

	if (s->had_dict || s->had_blocks)
		return store_dict(s, &was, &k, e)    ? -1 :
		    k == n && memcmp(was, p, n) == 0 ? 0 :
						       differs(s, "dictionary [C-9]", e);
	return store_begin(s, e) || put_data(s, 0, p, n, e) || store_commit(s, e) ? -1 : 0;
}

int
store_put_block(
    struct store *s, const struct block_row *r, const void *blob, size_t n, struct err *e)
{
	sqlite3_stmt *st = s->put_block;

	if (store_begin(s, e))
		return -1;
	sqlite3_reset(st);
	sqlite3_bind_int64(st, 1, (sqlite3_int64)r->no);
	sqlite3_bind_int64(st, 2, (sqlite3_int64)r->first);
	sqlite3_bind_int64(st, 3, (sqlite3_int64)r->count);
	sqlite3_bind_int64(st, 4, (sqlite3_int64)r->head_len);
	sqlite3_bind_int64(st, 5, (sqlite3_int64)r->body_len);
	sqlite3_bind_int64(st, 6, (sqlite3_int64)r->raw_head);
	sqlite3_bind_int64(st, 7, (sqlite3_int64)r->raw_body);
	sqlite3_bind_blob(st, 8, r->nodes, (int)(32 * r->n_nodes), SQLITE_STATIC);
	sqlite3_bind_blob(st, 9, r->data_sha256, 32, SQLITE_STATIC);
	sqlite3_bind_blob(st, 10, r->chain, 32, SQLITE_STATIC);
	if (sqlite3_step(st) != SQLITE_DONE)
		return db_fail(s, e);
	sqlite3_reset(st);
	return put_data(s, r->no, blob, n, e) || store_commit(s, e) ? -1 : 0;
}

int
store_pages_begin(struct store *s, struct err *e)
{
	return s->had_pages ? 0 : store_begin(s, e);
}

int
store_put_page(struct store *s, enum index_kind kind, const void *low, size_t low_len,
    const uint8_t sha256[32], const void *data, size_t n, struct err *e)
{
	sqlite3_stmt *st = s->had_pages ? s->get_page : s->put_page;

	sqlite3_reset(st);
	sqlite3_bind_int64(st, 1, (sqlite3_int64)++s->pages);
	if (s->had_pages)
		return sqlite3_step(st) == SQLITE_ROW && sqlite3_column_int(st, 0) == (int)kind &&
			same_blob(st, 1, low, low_len) && same_blob(st, 2, sha256, 32) &&
			same_blob(st, 3, data, n) ?
		    0 :
		    differs(s, "index [C-11]", e);
	if (sqlite3_bind_int(st, 2, (int)kind) ||
	    (low_len ? sqlite3_bind_blob(st, 3, low, (int)low_len, SQLITE_STATIC) :
		       sqlite3_bind_zeroblob(st, 3, 0)) ||
	    sqlite3_bind_blob(st, 4, sha256, 32, SQLITE_STATIC) ||
	    sqlite3_bind_blob(st, 5, data, (int)n, SQLITE_STATIC) ||
	    sqlite3_step(st) != SQLITE_DONE)
		return db_fail(s, e);
	return 0;
}

int
store_pages_end(struct store *s, struct err *e)
{
	if (s->had_pages == 0)
		return store_commit(s, e);
	sqlite3_reset(s->get_page);
	return s->had_pages == s->pages ? 0 : differs(s, "index [C-11]", e);
}

int
store_put_seal(struct store *s, const struct buf *proofs, const struct buf *note, struct err *e)
{
	sqlite3_stmt *st = NULL, *log = NULL;
	int rc = -1;

	if (s->had_seal) {
		rc = sqlite3_prepare_v2(s->db, "SELECT note, proofs, count(*) FROM seal, log", -1,
			 &st, NULL) == SQLITE_OK &&
			sqlite3_step(st) == SQLITE_ROW && same_blob(st, 0, note->p, note->len) &&
			same_blob(st, 1, proofs->p, proofs->len) && sqlite3_column_int(st, 2) == 1 ?
		    0 :
		    differs(s, "seal [S-7]", e);
		sqlite3_finalize(st);
		return rc;
	}
	if (store_begin(s, e))
		return -1;
	if ((proofs->len &&
		(sqlite3_prepare_v2(s->db, "UPDATE log SET proofs=?", -1, &log, NULL) ||
		    sqlite3_bind_blob(log, 1, proofs->p, (int)proofs->len, SQLITE_STATIC) ||
		    sqlite3_step(log) != SQLITE_DONE)) ||
	    sqlite3_prepare_v2(s->db, "INSERT INTO seal VALUES(?,?)", -1, &st, NULL) ||
	    sqlite3_bind_int64(st, 1, (sqlite3_int64)++s->seals) ||
	    sqlite3_bind_text(st, 2, (const char *)note->p, (int)note->len, SQLITE_STATIC) ||
	    sqlite3_step(st) != SQLITE_DONE)
		db_fail(s, e);
	else
		rc = 0;
	sqlite3_finalize(st);
	sqlite3_finalize(log);
	return rc ? rc : store_commit(s, e);
}

/* SQLite hides a failed clean-up when it closes; a journal beside a finished archive would be
 * A06. */
static bool
journal_left(const struct store *s)
{
	char journal[4200];

	return snprintf(journal, sizeof journal, "%s-journal", s->path) >= (int)sizeof journal ||
	    access(journal, F_OK) == 0;
}

/* original: of a disclosure copy, the trailer of its file; else NULL. */
static int
finish(struct store *s, const struct signing_key *key, const char *original, struct err *e)
{
	close_statements(s);
	if (sqlite3_close(s->db) != SQLITE_OK)
		return db_fail(s, e);
	s->db = NULL;
	s->broken = true; /* until the trailer is there */
	if (journal_left(s))
		return err_set(e, EX_IO_ERR, "%s: SQLite could not remove its journal", s->path);
	if (original ? trailer_put_copy(s->path, original, e) : trailer_put(s->path, key, e))
		return -1;
	s->finished = true;
	return 0;
}

int
store_finish(struct store *s, const struct signing_key *key, struct err *e)
{
	return finish(s, key, NULL, e);
}

int
store_finish_copy(struct store *s, const char *original, struct err *e)
{
	return finish(s, NULL, original, e);
}
