#include "write/spill.h"

#include <sqlite3.h>
#include <stdlib.h>

struct spill {
	sqlite3 *db;
	sqlite3_stmt *see, *known, *move, *meet, *earlier, *entry[INDEX_KINDS + 1];
	uint64_t first;
};

static int
fail(struct spill *s, struct err *e)
{
	return err_set(e, EX_IO_ERR, "temporary file: %s (it stands in $SQLITE_TMPDIR, /var/tmp or /tmp)", sqlite3_errmsg(s->db));
}

struct spill *
spill_new(uint64_t first, struct err *e)
{
	struct spill *s = calloc(1, sizeof *s);

	if (s == NULL) {
		err_nomem(e);
		return NULL;
	}
	s->first = first;
	if (sqlite3_open_v2("", &s->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_PRIVATECACHE | SQLITE_OPEN_NOMUTEX, NULL) ||
	    sqlite3_exec(s->db, "PRAGMA cache_size=-24576; PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA temp_store=FILE;"
	    "CREATE TABLE seen(id BLOB PRIMARY KEY, pos INTEGER, met INTEGER) WITHOUT ROWID;"
	    "CREATE TABLE e1(k INTEGER, v INTEGER); CREATE TABLE e2(k BLOB, v INTEGER); CREATE TABLE e3(k BLOB, v INTEGER); BEGIN",
	    NULL, NULL, NULL) ||
	    sqlite3_prepare_v2(s->db, "INSERT OR IGNORE INTO seen VALUES(?,?,1)", -1, &s->see, NULL) ||
	    sqlite3_prepare_v2(s->db, "SELECT pos FROM seen WHERE id=?", -1, &s->known, NULL) ||
	    sqlite3_prepare_v2(s->db, "UPDATE seen SET pos=?2 WHERE id=?1", -1, &s->move, NULL) ||
	    sqlite3_prepare_v2(s->db, "UPDATE seen SET met=1 WHERE id=?", -1, &s->meet, NULL) ||
	    sqlite3_prepare_v2(s->db, "INSERT OR REPLACE INTO seen VALUES(?,?,0)", -1, &s->earlier, NULL) ||
	    sqlite3_prepare_v2(s->db, "INSERT INTO e1 VALUES(?,?)", -1, &s->entry[1], NULL) ||
	    sqlite3_prepare_v2(s->db, "INSERT INTO e2 VALUES(?,?)", -1, &s->entry[2], NULL) ||
	    sqlite3_prepare_v2(s->db, "INSERT INTO e3 VALUES(?,?)", -1, &s->entry[3], NULL)) {
		fail(s, e);
		spill_free(s);
		return NULL;
	}
	return s;
}

void
spill_free(struct spill *s)
{
	if (s == NULL)
		return;
	sqlite3_finalize(s->see);
	sqlite3_finalize(s->known);
	sqlite3_finalize(s->move);
	sqlite3_finalize(s->meet);
	sqlite3_finalize(s->earlier);
	for (int i = 1; i <= 3; i++)
		sqlite3_finalize(s->entry[i]);
	sqlite3_close(s->db);
	free(s);
}

/* Runs a statement over an id and, where it takes one, a position. */
static int
run(struct spill *s, sqlite3_stmt *st, const uint8_t id[16], uint64_t position, struct err *e)
{
	sqlite3_reset(st);
	if (sqlite3_bind_blob(st, 1, id, 16, SQLITE_STATIC) ||
	    (sqlite3_bind_parameter_count(st) > 1 && sqlite3_bind_int64(st, 2, (sqlite3_int64)position)) || sqlite3_step(st) != SQLITE_DONE)
		return fail(s, e);
	return 0;
}

int
spill_seen(struct spill *s, const uint8_t id[16], uint64_t position, uint64_t *ret_position, struct err *e)
{
	if (run(s, s->see, id, position, e))
		return -1;
	if (sqlite3_changes(s->db))
		return 0;
	sqlite3_reset(s->known);
	if (sqlite3_bind_blob(s->known, 1, id, 16, SQLITE_STATIC) || sqlite3_step(s->known) != SQLITE_ROW)
		return fail(s, e);
	*ret_position = (uint64_t)sqlite3_column_int64(s->known, 0);
	sqlite3_reset(s->known);
	return *ret_position < s->first && spill_meet(s, id, e) ? -1 : 1;
}

int
spill_has(struct spill *s, const uint8_t id[16], struct err *e)
{
	int rc;

	sqlite3_reset(s->known);
	rc = sqlite3_bind_blob(s->known, 1, id, 16, SQLITE_STATIC) ? SQLITE_ERROR : sqlite3_step(s->known);
	sqlite3_reset(s->known);
	return rc == SQLITE_ROW ? 1 : rc == SQLITE_DONE ? 0 : fail(s, e);
}

int
spill_next(struct spill *s, uint64_t first, struct err *e)
{
	s->first = first;
	return sqlite3_exec(s->db, "DELETE FROM e1; DELETE FROM e2; DELETE FROM e3; UPDATE seen SET met=0 WHERE met<>0", NULL, NULL, NULL) ? fail(s, e) : 0;
}

int
spill_move(struct spill *s, const uint8_t id[16], uint64_t position, struct err *e)
{
	return run(s, s->move, id, position, e);
}

int
spill_meet(struct spill *s, const uint8_t id[16], struct err *e)
{
	return run(s, s->meet, id, 0, e);
}

int
spill_earlier(struct spill *s, const uint8_t id[16], uint64_t position, struct err *e)
{
	return run(s, s->earlier, id, position, e);
}

int
spill_unmet(struct spill *s, int (*f)(void *arg, const uint8_t id[16], uint64_t position, struct err *e), void *arg, struct err *e)
{
	sqlite3_stmt *st = NULL;
	int rc, done = 0;

	if (sqlite3_prepare_v2(s->db, "SELECT id, pos FROM seen WHERE met=0 ORDER BY pos", -1, &st, NULL))
		return fail(s, e);
	while (done == 0 && (rc = sqlite3_step(st)) == SQLITE_ROW)
		done = sqlite3_column_blob(st, 0) ? f(arg, sqlite3_column_blob(st, 0), (uint64_t)sqlite3_column_int64(st, 1), e) : fail(s, e);
	if (done == 0 && rc != SQLITE_DONE)
		done = fail(s, e);
	sqlite3_finalize(st);
	return done;
}

int
spill_entry(struct spill *s, enum index_kind kind, const void *key, size_t n, uint64_t value, struct err *e)
{
	sqlite3_stmt *st = s->entry[kind];

	sqlite3_reset(st);
	if ((kind == INDEX_ID ? sqlite3_bind_int64(st, 1, (sqlite3_int64)load_be(key, 4)) :
	    sqlite3_bind_blob(st, 1, n ? key : "", (int)(n > EX_MAX_KEY ? EX_MAX_KEY : n), SQLITE_STATIC)) || sqlite3_bind_int64(st, 2, (sqlite3_int64)value))
		return fail(s, e);
	return sqlite3_step(st) == SQLITE_DONE ? 0 : fail(s, e);
}

/* The builder's own failure is one of memory; that of the page's writer is told already. */
static int
index_failed(struct err *e)
{
	return e->status ? -1 : err_nomem(e);
}

int
spill_index(struct spill *s, enum index_kind kind, struct index_builder *b, struct err *e)
{
	char sql[64];
	sqlite3_stmt *st;
	unsigned char prefix[4];
	int rc;

	sqlite3_snprintf(sizeof sql, sql, "SELECT k, v FROM e%d ORDER BY k, v", (int)kind);
	if (sqlite3_prepare_v2(s->db, sql, -1, &st, NULL))
		return fail(s, e);
	while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
		const void *key = prefix;
		size_t n = 4;

		if (kind == INDEX_ID) {
			store_be(prefix, (uint64_t)sqlite3_column_int64(st, 0), 4);
		} else {
			n = (size_t)sqlite3_column_bytes(st, 0);
			if ((key = sqlite3_column_blob(st, 0)) == NULL && sqlite3_errcode(s->db) == SQLITE_NOMEM) {
				sqlite3_finalize(st);
				return err_nomem(e);
			}
		}
		if (index_add(b, n ? key : "", n, (uint64_t)sqlite3_column_int64(st, 1))) {
			sqlite3_finalize(st);
			return index_failed(e);
		}
	}
	sqlite3_finalize(st);
	return rc == SQLITE_DONE ? index_finish(b) ? index_failed(e) : 0 : fail(s, e);
}
