#include "source/versions.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "source/redact.h"

/* What versions have in common that are compared in the same way with any other. */
struct kind {
	const struct table *t;
	uint64_t says;
	bool seconds, withheld;
};

/*
 * many: the ids, with the kinds of their versions (a bit each) and the pairs of kinds (stored,
 * looking) whose digests are there. one: a version. alike: the digest of a stored version as one
 * kind is held against another.
 */
struct versions {
	sqlite3 *db;
	sqlite3_stmt *get, *put, *add, *list, *note, *find;
	struct sha256 *sha;
	struct kind kind[VERSIONS_KINDS];
	unsigned n_kinds;
};

struct many {
	uint64_t kinds;
	uint8_t pair[VERSIONS_KINDS * VERSIONS_KINDS / 8];
};

static int
fail(struct versions *v, struct err *e)
{
	return err_set(e, EX_IO_ERR,
	    "temporary file: %s (it stands in $SQLITE_TMPDIR, /var/tmp "
	    "or /tmp)",
	    sqlite3_errmsg(v->db));
}

struct versions *
versions_new(struct err *e)
{
	static const char sql[] =
	    "PRAGMA page_size=8192; PRAGMA cache_size=-4096; PRAGMA journal_mode=OFF;"
	    "PRAGMA synchronous=OFF; PRAGMA temp_store=FILE;"
	    "CREATE TABLE many(id BLOB PRIMARY KEY, kinds INTEGER, pairs BLOB) WITHOUT ROWID;"
	    "CREATE TABLE one(id BLOB, kind INTEGER, pos INTEGER, PRIMARY KEY(id, kind, pos)) "
	    "WITHOUT ROWID;"
	    "CREATE TABLE alike(id BLOB, pair INTEGER, digest BLOB, pos INTEGER,"
	    " PRIMARY KEY(id, pair, digest)) WITHOUT ROWID; BEGIN";
	struct versions *v = calloc(1, sizeof *v);

	if (v == NULL || (v->sha = sha256_new()) == NULL) {
		free(v);
		err_nomem(e);
		return NULL;
	}
	if (sqlite3_open_v2("", &v->db,
		SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_PRIVATECACHE |
		    SQLITE_OPEN_NOMUTEX,
		NULL) ||
	    sqlite3_exec(v->db, sql, NULL, NULL, NULL) ||
	    sqlite3_prepare_v2(
		v->db, "SELECT kinds, pairs FROM many WHERE id=?1", -1, &v->get, NULL) ||
	    sqlite3_prepare_v2(
		v->db, "INSERT OR REPLACE INTO many VALUES(?1,?2,?3)", -1, &v->put, NULL) ||
	    sqlite3_prepare_v2(
		v->db, "INSERT OR IGNORE INTO one VALUES(?1,?2,?3)", -1, &v->add, NULL) ||
	    sqlite3_prepare_v2(v->db, "SELECT pos FROM one WHERE id=?1 AND kind=?2 ORDER BY pos",
		-1, &v->list, NULL) ||
	    sqlite3_prepare_v2(
		v->db, "INSERT OR IGNORE INTO alike VALUES(?1,?2,?3,?4)", -1, &v->note, NULL) ||
	    sqlite3_prepare_v2(v->db, "SELECT pos FROM alike WHERE id=?1 AND pair=?2 AND digest=?3",
		-1, &v->find, NULL)) {
		fail(v, e);
		versions_free(v);
		return NULL;
	}
	return v;
}

void
versions_free(struct versions *v)
{
	if (v == NULL)
		return;
	sqlite3_finalize(v->get);
	sqlite3_finalize(v->put);
	sqlite3_finalize(v->add);
	sqlite3_finalize(v->list);
	sqlite3_finalize(v->note);
	sqlite3_finalize(v->find);
	sqlite3_close(v->db);
	sha256_free(v->sha);
	free(v);
}

static int
bind_id(sqlite3_stmt *st, const uint8_t id[16])
{
	sqlite3_reset(st);
	return sqlite3_bind_blob(st, 1, id, 16, SQLITE_STATIC);
}

/* 1 and *ret; 0: none are kept of this id. */
static int
get_many(struct versions *v, const uint8_t id[16], struct many *ret, struct err *e)
{
	int rc = bind_id(v->get, id) ? SQLITE_ERROR : sqlite3_step(v->get);

	memset(ret, 0, sizeof *ret);
	if (rc == SQLITE_ROW) {
		ret->kinds = (uint64_t)sqlite3_column_int64(v->get, 0);
		if (sqlite3_column_bytes(v->get, 1) == (int)sizeof ret->pair)
			memcpy(ret->pair, sqlite3_column_blob(v->get, 1), sizeof ret->pair);
	}
	sqlite3_reset(v->get);
	return rc == SQLITE_ROW ? 1 : rc == SQLITE_DONE ? 0 : fail(v, e);
}

static int
put_many(struct versions *v, const uint8_t id[16], const struct many *m, struct err *e)
{
	int rc = bind_id(v->put, id) || sqlite3_bind_int64(v->put, 2, (sqlite3_int64)m->kinds) ||
	    sqlite3_bind_blob(v->put, 3, m->pair, sizeof m->pair, SQLITE_STATIC) ||
	    sqlite3_step(v->put) != SQLITE_DONE;

	sqlite3_reset(v->put);
	return rc ? fail(v, e) : 0;
}

int
versions_many(struct versions *v, const uint8_t id[16], struct err *e)
{
	struct many m;

	return get_many(v, id, &m, e);
}

/* The number of x's kind; VERSIONS_KINDS: there are too many. */
static unsigned
kind_of(struct versions *v, struct version *x, const struct record *r)
{
	struct kind k = { x->t, version_says(x), x->seconds, (r->flags & FLAG_WITHHELD) != 0 };
	unsigned i;

	for (i = 0; i < v->n_kinds; i++)
		if (v->kind[i].t == k.t && v->kind[i].says == k.says &&
		    v->kind[i].seconds == k.seconds && v->kind[i].withheld == k.withheld)
			return i;
	if (i < VERSIONS_KINDS)
		v->kind[v->n_kinds++] = k;
	return i;
}

/* Columns that neither the digest of a withheld row covers nor --redact takes away. */
static uint64_t
left_open(void)
{
	uint64_t ret = 0;

	for (unsigned col = 1; col <= COL_COUNT; col++)
		if (redact_leaves_open(col))
			ret |= 1ull << col;
	return ret;
}

static struct version_way
way_of(const struct versions *v, unsigned a, unsigned b)
{
	const struct kind *x = &v->kind[a], *y = &v->kind[b];
	struct version_way w = { x->says & y->says, x->t, y->t, x->seconds || y->seconds,
		x->withheld || y->withheld };

	if (w.withheld)
		w.columns &= left_open();
	return w;
}

static int
digest_of(struct versions *v, struct version *x, const struct record *r,
    const struct version_way *way, uint8_t out[32], struct err *e)
{
	uint8_t body[32];

	memcpy(body, r->body_digest, 32);
	if (way->withheld && !(r->flags & FLAG_WITHHELD))
		record_digest(v->sha, r, body);
	return version_digest(x, way, body, v->sha, out) ? err_nomem(e) : 0;
}

static int
note(struct versions *v, const uint8_t id[16], unsigned stored, unsigned looking, struct version *x,
    const struct record *r, uint64_t position, struct err *e)
{
	struct version_way way = way_of(v, stored, looking);
	uint8_t d[32];
	int rc;

	if (digest_of(v, x, r, &way, d, e))
		return -1;
	rc = bind_id(v->note, id) ||
	    sqlite3_bind_int(v->note, 2, (int)(stored * VERSIONS_KINDS + looking)) ||
	    sqlite3_bind_blob(v->note, 3, d, 32, SQLITE_STATIC) ||
	    sqlite3_bind_int64(v->note, 4, (sqlite3_int64)position) ||
	    sqlite3_step(v->note) != SQLITE_DONE;
	sqlite3_reset(v->note);
	return rc ? fail(v, e) : 0;
}

static bool
has_pair(const struct many *m, unsigned stored, unsigned looking)
{
	unsigned i = stored * VERSIONS_KINDS + looking;

	return m->pair[i / 8] >> i % 8 & 1;
}

int
versions_add(struct versions *v, const uint8_t id[16], struct version *x, const struct record *r,
    uint64_t position, struct err *e)
{
	unsigned k = kind_of(v, x, r);
	struct many m;
	int had = get_many(v, id, &m, e), rc;

	if (had < 0)
		return -1;
	if (k == VERSIONS_KINDS)
		return had ? 0 : put_many(v, id, &m, e);
	rc = bind_id(v->add, id) || sqlite3_bind_int(v->add, 2, (int)k) ||
	    sqlite3_bind_int64(v->add, 3, (sqlite3_int64)position) ||
	    sqlite3_step(v->add) != SQLITE_DONE;
	sqlite3_reset(v->add);
	if (rc)
		return fail(v, e);
	for (unsigned i = 0; i < v->n_kinds; i++)
		if (has_pair(&m, k, i) && note(v, id, k, i, x, r, position, e))
			return -1;
	if (had && m.kinds >> k & 1)
		return 0;
	m.kinds |= 1ull << k;
	return put_many(v, id, &m, e);
}

/*
 * Every stored version of one kind, digested as it is held against another: once for each pair of
 * kinds.
 */
static int
hold_against(struct versions *v, const uint8_t id[16], unsigned stored, unsigned looking,
    versions_read_fn *read, void *arg, struct err *e)
{
	int rc = bind_id(v->list, id) || sqlite3_bind_int(v->list, 2, (int)stored) ? fail(v, e) : 0,
	    step = SQLITE_DONE;

	while (rc == 0 && (step = sqlite3_step(v->list)) == SQLITE_ROW) {
		uint64_t position = (uint64_t)sqlite3_column_int64(v->list, 0);
		struct version old = { .known = 0 };
		const struct record *r;

		rc = read(arg, position, &old, &r, e);
		if (rc == 0)
			rc = note(v, id, stored, looking, &old, r, position, e);
		version_close(&old);
	}
	sqlite3_reset(v->list);
	return rc || step == SQLITE_DONE ? rc : fail(v, e);
}

int
versions_find(struct versions *v, const uint8_t id[16], struct version *x, const struct record *r,
    versions_read_fn *read, void *arg, uint64_t *ret_position, struct err *e)
{
	unsigned k = kind_of(v, x, r);
	bool more = false;
	struct many m;
	int found = 0;

	if (k == VERSIONS_KINDS)
		return 0;
	if (get_many(v, id, &m, e) < 0)
		return -1;
	for (unsigned i = 0; i < v->n_kinds; i++) {
		unsigned pair = i * VERSIONS_KINDS + k;

		if (!(m.kinds >> i & 1) || has_pair(&m, i, k))
			continue;
		if (hold_against(v, id, i, k, read, arg, e))
			return -1;
		m.pair[pair / 8] |= (uint8_t)(1u << pair % 8);
		more = true;
	}
	if (more && put_many(v, id, &m, e))
		return -1;
	for (unsigned i = 0; i < v->n_kinds && found == 0; i++) {
		struct version_way way = way_of(v, i, k);
		uint8_t d[32];
		int step;

		if (!(m.kinds >> i & 1))
			continue;
		if (digest_of(v, x, r, &way, d, e))
			return -1;
		if (bind_id(v->find, id) ||
		    sqlite3_bind_int(v->find, 2, (int)(i * VERSIONS_KINDS + k)) ||
		    sqlite3_bind_blob(v->find, 3, d, 32, SQLITE_STATIC))
			return fail(v, e);
		if ((step = sqlite3_step(v->find)) == SQLITE_ROW) {
			*ret_position = (uint64_t)sqlite3_column_int64(v->find, 0);
			found = 1;
		} else if (step != SQLITE_DONE) {
			found = fail(v, e);
		}
		sqlite3_reset(v->find);
	}
	return found;
}
