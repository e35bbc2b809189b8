#include "write/spill.h"

#include <search.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/stat.h>

#define GATHER_BYTES (4u << 20) /* of postings, before they go to the temporary file */

/* The positions of one key since they went to the file last. */
struct posting {
	uint64_t begin, last;
	struct buf steps; /* varints: from begin to the next, and so on */
	size_t n;
	unsigned char key[];
};

struct postings {
	void *tree; /* of <search.h> */
	size_t bytes;
	sqlite3_stmt *put;
};

/*
 * Ids: prefix and rest, so that the index of prefixes comes in order. more: further records of an
 * id, and ids of rejects.
 * p2, p3: postings of correlations and types, a piece a row.
 */
struct spill {
	sqlite3 *db;
	sqlite3_stmt *see, *known, *move, *superseded, *meet, *earlier, *more;
	struct postings postings[INDEX_TYPE + 1];
	struct posting *probe; /* room for any key, to look one up */
	uint64_t first;
};

/* Where SQLite makes its temporary files: the first of these that is a folder it may write to. */
static const char *
folder(void)
{
	const char *dir[] = { getenv("SQLITE_TMPDIR"), getenv("TMPDIR"), "/var/tmp", "/usr/tmp",
		"/tmp" };
	struct stat st;

	for (unsigned i = 0; i < sizeof dir / sizeof *dir; i++)
		if (dir[i] && stat(dir[i], &st) == 0 && S_ISDIR(st.st_mode) &&
		    access(dir[i], W_OK | X_OK) == 0)
			return dir[i];
	return ".";
}

static int
fail(struct spill *s, struct err *e)
{
	return err_set(e, EX_IO_ERR,
	    "the temporary file in %s: %s; SQLITE_TMPDIR names another folder", folder(),
	    sqlite3_errmsg(s->db));
}

struct spill *
spill_new(uint64_t first, struct err *e)
{
	struct spill *s = calloc(1, sizeof *s);

	/* room for the longest key, so that a probe needs no memory of its own */
	if (s == NULL || (s->probe = malloc(sizeof *s->probe + EX_MAX_KEY)) == NULL) {
		free(s);
		err_nomem(e);
		return NULL;
	}
	s->first = first;
	/* a database without a name is a file that SQLite removes: it never outlives the run */
	if (sqlite3_open_v2("", &s->db,
		SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_PRIVATECACHE |
		    SQLITE_OPEN_NOMUTEX,
		NULL) ||
	    sqlite3_exec(s->db,
		"PRAGMA page_size=8192; PRAGMA cache_size=-24576; PRAGMA journal_mode=OFF; PRAGMA "
		"synchronous=OFF; PRAGMA temp_store=FILE;"
		/* WITHOUT ROWID: the rows are the index */
		"CREATE TABLE seen(k INTEGER, r BLOB, pos INTEGER, met INTEGER, PRIMARY KEY(k, r)) "
		"WITHOUT ROWID;"
		"CREATE TABLE more(k INTEGER, pos INTEGER);"
		"CREATE TABLE p2(k BLOB, v INTEGER, steps BLOB); CREATE TABLE p3(k BLOB, v "
		"INTEGER, steps BLOB); BEGIN",
		NULL, NULL, NULL) ||
	    /* prepared once: each is asked for a million times */
	    sqlite3_prepare_v2(
		s->db, "INSERT OR IGNORE INTO seen VALUES(?1,?2,?3,1)", -1, &s->see, NULL) ||
	    sqlite3_prepare_v2(
		s->db, "SELECT pos FROM seen WHERE k=?1 AND r=?2", -1, &s->known, NULL) ||
	    sqlite3_prepare_v2(
		s->db, "UPDATE seen SET pos=?3 WHERE k=?1 AND r=?2", -1, &s->move, NULL) ||
	    sqlite3_prepare_v2(s->db,
		"INSERT INTO more SELECT k, pos FROM seen WHERE k=?1 AND r=?2 AND pos>=?3", -1,
		&s->superseded, NULL) ||
	    sqlite3_prepare_v2(
		s->db, "UPDATE seen SET met=1 WHERE k=?1 AND r=?2", -1, &s->meet, NULL) ||
	    sqlite3_prepare_v2(
		s->db, "INSERT OR REPLACE INTO seen VALUES(?1,?2,?3,0)", -1, &s->earlier, NULL) ||
	    sqlite3_prepare_v2(s->db, "INSERT INTO more VALUES(?1,?3)", -1, &s->more, NULL) ||
	    sqlite3_prepare_v2(s->db, "INSERT INTO p2 VALUES(?,?,?)", -1,
		&s->postings[INDEX_CORRELATION].put, NULL) ||
	    sqlite3_prepare_v2(
		s->db, "INSERT INTO p3 VALUES(?,?,?)", -1, &s->postings[INDEX_TYPE].put, NULL)) {
		fail(s, e);
		spill_free(s);
		return NULL;
	}
	return s;
}

static void
posting_free(void *v)
{
	struct posting *p = v;

	buf_release(&p->steps);
	free(p);
}

static void
postings_clear(struct postings *g)
{
	tdestroy(g->tree, posting_free);
	g->tree = NULL;
	g->bytes = 0;
}

void
spill_free(struct spill *s)
{
	if (s == NULL)
		return;
	sqlite3_finalize(s->see);
	sqlite3_finalize(s->known);
	sqlite3_finalize(s->move);
	sqlite3_finalize(s->superseded);
	sqlite3_finalize(s->meet);
	sqlite3_finalize(s->earlier);
	sqlite3_finalize(s->more);
	for (int i = INDEX_CORRELATION; i <= INDEX_TYPE; i++) {
		postings_clear(&s->postings[i]);
		sqlite3_finalize(s->postings[i].put);
	}
	sqlite3_close(s->db);
	free(s->probe);
	free(s);
}

/* Binds what the statement takes: prefix and rest of an id, and a position. */
static int
bind(sqlite3_stmt *st, const uint8_t id[16], uint64_t position)
{
	sqlite3_reset(st);
	return sqlite3_bind_int64(st, 1, (sqlite3_int64)load_be(id, 4)) ||
		sqlite3_bind_blob(st, 2, id + 4, 12, SQLITE_STATIC) ||
		(sqlite3_bind_parameter_count(st) > 2 &&
		    sqlite3_bind_int64(st, 3, (sqlite3_int64)position)) ?
	    -1 :
	    0;
}

static int
run(struct spill *s, sqlite3_stmt *st, const uint8_t id[16], uint64_t position, struct err *e)
{
	return bind(st, id, position) || sqlite3_step(st) != SQLITE_DONE ? fail(s, e) : 0;
}

int
spill_seen(
    struct spill *s, const uint8_t id[16], uint64_t position, uint64_t *ret_position, struct err *e)
{
	if (run(s, s->see, id, position, e))
		return -1;
	if (sqlite3_changes(s->db))
		return 0;
	if (bind(s->known, id, 0) || sqlite3_step(s->known) != SQLITE_ROW)
		return fail(s, e);
	*ret_position = (uint64_t)sqlite3_column_int64(s->known, 0);
	sqlite3_reset(s->known);
	return *ret_position < s->first && spill_meet(s, id, e) ? -1 : 1;
}

int
spill_has(struct spill *s, const uint8_t id[16], struct err *e)
{
	int rc = bind(s->known, id, 0) ? SQLITE_ERROR : sqlite3_step(s->known);

	sqlite3_reset(s->known);
	return rc == SQLITE_ROW ? 1 : rc == SQLITE_DONE ? 0 : fail(s, e);
}

int
spill_next(struct spill *s, uint64_t first, struct err *e)
{
	s->first = first;
	for (int i = INDEX_CORRELATION; i <= INDEX_TYPE; i++)
		postings_clear(&s->postings[i]);
	return sqlite3_exec(s->db,
		   "DELETE FROM more; DELETE FROM p2; DELETE FROM p3; UPDATE seen SET met=0 WHERE "
		   "met<>0",
		   NULL, NULL, NULL) ?
	    fail(s, e) :
	    0;
}

int
spill_move(struct spill *s, const uint8_t id[16], uint64_t position, struct err *e)
{
	return run(s, s->superseded, id, s->first, e) || run(s, s->move, id, position, e) ? -1 : 0;
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
spill_unmet(struct spill *s,
    int (*f)(void *arg, const uint8_t id[16], uint64_t position, struct err *e), void *arg,
    struct err *e)
{
	sqlite3_stmt *st = NULL;
	int rc, done = 0;

	if (sqlite3_prepare_v2(
		s->db, "SELECT k, r, pos FROM seen WHERE met=0 ORDER BY pos", -1, &st, NULL))
		return fail(s, e);
	while (done == 0 && (rc = sqlite3_step(st)) == SQLITE_ROW) {
		const void *rest = sqlite3_column_blob(st, 1);
		uint8_t id[16];

		if (rest == NULL) {
			done = fail(s, e);
			break;
		}
		store_be(id, (uint64_t)sqlite3_column_int64(st, 0), 4);
		memcpy(id + 4, rest, 12);
		done = f(arg, id, (uint64_t)sqlite3_column_int64(st, 2), e);
	}
	if (done == 0 && rc != SQLITE_DONE)
		done = fail(s, e);
	sqlite3_finalize(st);
	return done;
}

int
spill_more(struct spill *s, const uint8_t id[16], uint64_t position, struct err *e)
{
	return run(s, s->more, id, position, e);
}

static int
by_key(const void *a, const void *b)
{
	const struct posting *p = a, *q = b;
	int c = memcmp(p->key, q->key, p->n < q->n ? p->n : q->n);

	return c ? c : (p->n > q->n) - (p->n < q->n);
}

struct flush {
	struct postings *g;
	bool failed;
};

static void
flush_one(const void *node, VISIT visit, void *arg)
{
	struct flush *f = arg;
	const struct posting *p = *(struct posting *const *)node;
	sqlite3_stmt *st = f->g->put;

	if ((visit != postorder && visit != leaf) || f->failed)
		return;
	sqlite3_reset(st);
	f->failed = p->steps.failed || sqlite3_bind_blob(st, 1, p->key, (int)p->n, SQLITE_STATIC) ||
	    sqlite3_bind_int64(st, 2, (sqlite3_int64)p->begin) ||
	    sqlite3_bind_blob(
		st, 3, p->steps.len ? p->steps.p : p->key, (int)p->steps.len, SQLITE_STATIC) ||
	    sqlite3_step(st) != SQLITE_DONE;
}

static int
flush(struct spill *s, struct postings *g, struct err *e)
{
	struct flush f = { g, false };

	twalk_r(g->tree, flush_one, &f);
	postings_clear(g);
	return f.failed ? fail(s, e) : 0;
}

int
spill_entry(struct spill *s, enum index_kind kind, const void *key, size_t n, uint64_t position,
    struct err *e)
{
	struct postings *g = &s->postings[kind];
	struct posting *p = s->probe;
	void *node;
	size_t was;

	p->n = n > EX_MAX_KEY ? EX_MAX_KEY : n;
	memcpy(p->key, n ? key : "", p->n);
	if ((node = tfind(p, &g->tree, by_key)) != NULL) {
		p = *(struct posting **)node;
		was = p->steps.cap;
		buf_varint(&p->steps, position - p->last);
		p->last = position;
		g->bytes += p->steps.cap - was;
		if (p->steps.failed)
			return err_nomem(e);
	} else {
		n = sizeof *p + p->n + 1;
		if ((p = malloc(n)) == NULL)
			return err_nomem(e);
		memcpy(p, s->probe, n - 1);
		p->begin = p->last = position;
		buf_init(&p->steps, GATHER_BYTES * 2);
		if (tsearch(p, &g->tree, by_key) == NULL) {
			free(p);
			return err_nomem(e);
		}
		g->bytes += n + 64; /* what the tree needs of its own */
	}
	return g->bytes > GATHER_BYTES ? flush(s, g, e) : 0;
}

/* The builder's own failure is one of memory; that of the page's writer is told already. */
static int
index_failed(struct err *e)
{
	return e->status ? -1 : err_nomem(e);
}

/* An id's prefix with its block, found by position. */
static int
add_id(sqlite3_stmt *st, const uint64_t *block_first, uint64_t blocks, struct index_builder *b)
{
	uint64_t position = (uint64_t)sqlite3_column_int64(st, 1), low = 0, high = blocks;
	unsigned char prefix[4];

	store_be(prefix, (uint64_t)sqlite3_column_int64(st, 0), 4);
	while (high - low > 1) {
		uint64_t middle = low + (high - low) / 2;

		if (block_first[middle] <= position)
			low = middle;
		else
			high = middle;
	}
	return index_add(b, prefix, 4, low + 1);
}

/* One piece of a key's postings. */
static int
add_postings(sqlite3_stmt *st, struct index_builder *b)
{
	size_t n = (size_t)sqlite3_column_bytes(st, 0);
	const void *key = sqlite3_column_blob(st, 0);
	uint64_t position = (uint64_t)sqlite3_column_int64(st, 1);
	struct span sp = span_of(sqlite3_column_blob(st, 2), (size_t)sqlite3_column_bytes(st, 2));
	int rc = n && key == NULL ? -1 : index_add(b, n ? key : "", n, position);

	while (rc == 0 && span_left(&sp)) {
		position += span_varint(&sp);
		rc = index_add(b, n ? key : "", n, position);
	}
	return rc;
}

int
spill_index(struct spill *s, enum index_kind kind, const uint64_t *block_first, uint64_t blocks,
    struct index_builder *b, struct err *e)
{
	static const char *const sql[] = { [INDEX_ID] = "SELECT k, pos FROM seen WHERE pos>=?1 "
							"UNION ALL SELECT k, pos FROM more ORDER "
							"BY 1, 2",
		[INDEX_CORRELATION] = "SELECT k, v, steps FROM p2 ORDER BY 1, 2",
		[INDEX_TYPE] = "SELECT k, v, steps FROM p3 ORDER BY 1, 2" };
	sqlite3_stmt *st;
	int rc, add = 0;

	if (kind != INDEX_ID && flush(s, &s->postings[kind], e))
		return -1;
	if (sqlite3_prepare_v2(s->db, sql[kind], -1, &st, NULL) ||
	    (kind == INDEX_ID && sqlite3_bind_int64(st, 1, (sqlite3_int64)s->first))) {
		sqlite3_finalize(st);
		return fail(s, e);
	}
	while ((rc = sqlite3_step(st)) == SQLITE_ROW &&
	    (add = kind == INDEX_ID ? add_id(st, block_first, blocks, b) : add_postings(st, b)) ==
		0)
		;
	sqlite3_finalize(st);
	if (add)
		return index_failed(e);
	return rc == SQLITE_DONE ? index_finish(b) ? index_failed(e) : 0 : fail(s, e);
}
