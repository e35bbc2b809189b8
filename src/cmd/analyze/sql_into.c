/*
 * sql --into and --check: the tables as plain ones in an SQLite database for other tools
 * (formats/tables.md T-24).
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "cmd/analyze/sql_into.h"
#include "os/os.h"
#include "cmd/analyze/sql_file.h"
#include "cmd/analyze/sql_inner.h"
#include "cmd/version.h"
#include "digest/digest.h"

#define VALUE_MOST (256 << 20) /* bytes of a value of a database that is checked */

static const char provenance[] = "exhibit_provenance";

static const char *
plain_type(enum column_type t)
{
	return t == TYPE_INTEGER || t == TYPE_BOOLEAN ? "INTEGER" :
	    t == TYPE_NUMBER                          ? "REAL" :
							"TEXT";
}

static int
fail(sqlite3 *db, int rc, struct err *e)
{
	if (e->status)
		return -1;
	if ((rc & 0xff) == SQLITE_NOMEM || (rc & 0xff) == SQLITE_FULL)
		return err_set(
		    e, EX_IO_ERR, "the database takes more than the memory allowed (--memory)");
	return err_set(e, EX_SOFTWARE_ERR, "the database: %s", sqlite3_errmsg(db));
}

/* Runs what a format makes. 0 or -1 (e). */
static int
run(sqlite3 *db, char *sql, struct err *e)
{
	int rc = sql ? sqlite3_exec(db, sql, NULL, NULL, NULL) : SQLITE_NOMEM;

	sqlite3_free(sql);
	return rc ? fail(db, rc, e) : 0;
}

static int
create(sqlite3 *db, const struct sql_table *t, struct err *e)
{
	sqlite3_str *s = sqlite3_str_new(db);

	sqlite3_str_appendall(s, "CREATE TABLE ");
	sql_put_name(s, t->decl.name);
	sqlite3_str_appendall(s, "(");
	for (unsigned i = 0; i < t->n_shown; i++) {
		sqlite3_str_appendall(s, i ? "," : "");
		sql_put_name(s, t->decl.column[i].name);
		sqlite3_str_appendf(s, " %s", plain_type(t->decl.column[i].type));
	}
	sqlite3_str_appendall(s, ")");
	return run(db, sqlite3_str_finish(s), e);
}

static char *
index_of(const char *table, const char *column)
{
	sqlite3_str *s = sqlite3_str_new(NULL);
	char name[256];

	snprintf(name, sizeof name, "%s_%s", table, column);
	sqlite3_str_appendall(s, "CREATE INDEX ");
	sql_put_name(s, name);
	sqlite3_str_appendall(s, " ON ");
	sql_put_name(s, table);
	sqlite3_str_appendall(s, "(");
	sql_put_name(s, column);
	sqlite3_str_appendall(s, ")");
	return sqlite3_str_finish(s);
}

/* Behind the rows: sorted once, where each row would look for its places. */
static int
create_indexes(sqlite3 *db, const struct sql_table *t, struct err *e)
{
	static const char *const indexed[] = { "correlation_id", "remediation_id", "event_id",
		"event_type", "event_timestamp" };

	for (unsigned i = 0; i < t->n_shown; i++)
		for (unsigned k = 0; k < sizeof indexed / sizeof *indexed; k++)
			if (strcmp(t->decl.column[i].name, indexed[k]) == 0 &&
			    run(db, index_of(t->decl.name, indexed[k]), e))
				return -1;
	return 0;
}

/* All rows of one table, in its own order. */
static int
copy(struct sql *from, sqlite3 *to, const struct sql_table *t, struct err *e)
{
	sqlite3_str *s = sqlite3_str_new(to);
	sqlite3_stmt *get = NULL, *put = NULL;
	char *select = sql_about("SELECT * FROM ", t->decl.name, ""), *insert;
	int rc;

	sqlite3_str_appendall(s, "INSERT INTO ");
	sql_put_name(s, t->decl.name);
	sqlite3_str_appendall(s, " VALUES(");
	for (unsigned i = 0; i < t->n_shown; i++)
		sqlite3_str_appendf(s, i ? ",?" : "?");
	sqlite3_str_appendall(s, ")");
	insert = sqlite3_str_finish(s);
	rc = select && insert ? sqlite3_prepare_v2(sql_handle(from), select, -1, &get, NULL) :
				SQLITE_NOMEM;
	if (rc)
		fail(sql_handle(from), rc, e);
	else if ((rc = sqlite3_prepare_v2(to, insert, -1, &put, NULL)) != 0)
		fail(to, rc, e);
	while (e->status == 0 && (rc = sqlite3_step(get)) == SQLITE_ROW) {
		for (unsigned i = 0; i < t->n_shown; i++)
			sqlite3_bind_value(put, (int)i + 1, sqlite3_column_value(get, (int)i));
		if ((rc = sqlite3_step(put)) != SQLITE_DONE)
			fail(to, rc, e);
		sqlite3_reset(put);
	}
	if (e->status == 0 && rc != SQLITE_DONE)
		fail(sql_handle(from), rc, e);
	sqlite3_finalize(get);
	sqlite3_finalize(put);
	sqlite3_free(select);
	sqlite3_free(insert);
	return e->status ? -1 : 0;
}

/* T-24: the SHA-256 of a table's rows, each as an object on a line, in the order of rowid. */
static int
digest_of(sqlite3 *db, const char *table, char hex[65], uint64_t *rows, struct err *e)
{
	char *select = sql_about("SELECT * FROM ", table, " ORDER BY rowid"), *text = NULL;
	struct sha256 *sha = sha256_new();
	struct printer *p = NULL;
	sqlite3_stmt *st = NULL;
	uint8_t digest[32];
	size_t n = 0;
	FILE *f = open_memstream(&text, &n);
	int rc = select && sha && f ? sqlite3_prepare_v2(db, select, -1, &st, NULL) : SQLITE_NOMEM;

	/* one line of JSON a row, as the query would print it: anybody can make the digest again */
	*rows = 0;
	if (rc)
		fail(db, rc, e);
	else if ((p = printer_new(SQL_JSONL, f, NULL, 0)) == NULL || printer_begin(p, st))
		err_nomem(e);
	if (e->status == 0)
		sha256_begin(sha);
	/* each line is hashed and forgotten: a table may be larger than memory */
	while (e->status == 0 && (rc = sqlite3_step(st)) == SQLITE_ROW) {
		if (printer_row(p, st) || fflush(f)) {
			err_nomem(e);
			break;
		}
		sha256_add(sha, text, n);
		rewind(f);
		++*rows;
	}
	/* an end without an error, or the digest means nothing */
	if (e->status == 0 && rc != SQLITE_DONE)
		fail(db, rc, e);
	if (e->status == 0) {
		sha256_end(sha, digest);
		hex_of(digest, 32, hex);
	}
	printer_free(p);
	sqlite3_finalize(st);
	if (f)
		fclose(f);
	free(text);
	sha256_free(sha);
	sqlite3_free(select);
	return e->status ? -1 : 0;
}

static int
note(sqlite3 *db, const char *kind, const char *name, const char *value, struct err *e)
{
	sqlite3_str *s = sqlite3_str_new(db);

	sqlite3_str_appendall(s, "INSERT INTO ");
	sql_put_name(s, provenance);
	sqlite3_str_appendf(s, " VALUES(%Q,%Q,%Q)", kind, name, value);
	return run(db, sqlite3_str_finish(s), e);
}

static int
note_columns(sqlite3 *db, const struct sql_table *t, struct err *e)
{
	for (unsigned i = 0; i < t->n_shown; i++) {
		const struct column_decl *c = &t->decl.column[i];
		char name[128];
		struct emit x;
		struct buf b;
		int rc;

		buf_init(&b, 65536);
		emit_init(&x, &b);
		emit_object(&x, NULL);
		emit_str(&x, "type", column_type_name[c->type]);
		emit_str(&x, "unit", c->unit);
		emit_str(&x, "grade", c->grade);
		emit_str(&x, "source", c->source);
		emit_str(&x, "rule", c->rule);
		emit_end(&x);
		buf_byte(&b, '\0');
		snprintf(name, sizeof name, "%s.%s", t->decl.name, c->name);
		rc = b.failed ? err_nomem(e) : note(db, "column", name, (const char *)b.p, e);
		buf_release(&b);
		if (rc)
			return -1;
	}
	return 0;
}

/* Where it comes from, and what was found of that. */
static int
note_files(struct sql_tables *t, sqlite3 *db, struct err *e)
{
	struct evidence *ev = &t->b->ev;

	if (verified(t, e) ||
	    run(db, sql_about("CREATE TABLE ", provenance, "(kind TEXT, name TEXT, value TEXT)"),
		e) ||
	    note(db, "tool", "exhibit", EXHIBIT_VERSION, e) ||
	    note(db, "verdict", "verify", t->verification.verdict, e))
		return -1;
	for (unsigned i = 0; i < ev->n; i++) {
		const struct archive *a = ev->archive[i];
		char hex[65];

		hex_of(archive_sha256(a), 32, hex);
		if (note(db, "file", archive_name(a), hex, e))
			return -1;
		hex_of(archive_root(a), 32, hex);
		if (note(db, "root", archive_name(a), hex, e) ||
		    note(db, "seal", archive_name(a), state_of(a), e))
			return -1;
	}
	return 0;
}

/* The tables that were asked for, or all. */
static bool
wanted(const char *const *name, unsigned n, const char *table)
{
	for (unsigned i = 0; i < n; i++)
		if (strcmp(name[i], table) == 0)
			return true;
	return n == 0;
}

/* A database with these tables, in an empty file or, fd -1, in memory. NULL: e. */
static sqlite3 *
build(
    struct sql_tables *t, struct sql *s, const char *const *name, unsigned n, int fd, struct err *e)
{
	unsigned n_tables;
	const struct sql_table *all = sql_tables_all(t, &n_tables);
	sqlite3_int64 most = (sqlite3_int64)t->memory;
	sqlite3 *db = NULL;
	int rc = fd >= 0 ? sql_file_open(fd, &db) :
			   sqlite3_open_v2("file:into?vfs=memdb", &db,
			       SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_URI, NULL);

	/* in memory the size is bounded; in a file the medium bounds it */
	if (rc) {
		fail(db, rc, e);
		sqlite3_close(db);
		return NULL;
	}
	if (fd < 0)
		sqlite3_file_control(db, "main", SQLITE_FCNTL_SIZE_LIMIT, &most);
	/* one transaction: a database that is not finished is not there */
	if (run(db,
		sqlite3_mprintf("PRAGMA journal_mode=OFF; PRAGMA temp_store=MEMORY; "
				"PRAGMA page_size=4096; PRAGMA cache_size=-65536; BEGIN"),
		e) == 0 &&
	    note_files(t, db, e) == 0)
		/* each table, its indexes, and what is known of it */
		for (unsigned i = 0; i < n_tables && e->status == 0; i++) {
			char hex[65], count[24];
			uint64_t rows;

			if (!wanted(name, n, all[i].decl.name) || create(db, &all[i], e) ||
			    copy(s, db, &all[i], e) || create_indexes(db, &all[i], e) ||
			    digest_of(db, all[i].decl.name, hex, &rows, e))
				continue;
			snprintf(count, sizeof count, "%" PRIu64, rows);
			if (note(db, "sha256", all[i].decl.name, hex, e) ||
			    note(db, "rows", all[i].decl.name, count, e) ||
			    note_columns(db, &all[i], e))
				break;
		}
	/* all or nothing */
	if (e->status == 0)
		run(db, sqlite3_mprintf("COMMIT"), e);
	if (e->status) {
		sqlite3_close(db);
		return NULL;
	}
	return db;
}

int
into_open(struct into *o, const char *path, struct err *e)
{
	struct stat st;

	*o = (struct into){ path, NULL, -1 };
	if (lstat(path, &st) == 0)
		return err_set(e, EX_CANT_CREATE,
		    "--into %.200s: it is there already; nothing is "
		    "overwritten",
		    path);
	if ((o->names = os_frozen_new(sizeof *o->names)) == NULL)
		return err_nomem(e);
	if (snprintf(o->names->tmp, sizeof o->names->tmp, "%s.tmp%ld", path, (long)getpid()) >=
	    (int)sizeof o->names->tmp)
		return err_set(e, EX_USAGE_ERR, "--into: too long");
	snprintf(o->names->path, sizeof o->names->path, "%s", path);
	if (!os_freeze(o->names, sizeof *o->names))
		return err_errno(e, "--into %.200s", path);
	o->fd = open(o->names->tmp, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (o->fd < 0) {
		err_errno(e, "--into %.200s%s", path,
		    errno == EINVAL ? ": the file system of its folder takes no such name "
				      "(FAT: none with one of \" * : < > ? |)" :
				      "");
		e->status = EX_CANT_CREATE;
		return -1;
	}
	return 0;
}

void
into_close(struct into *o)
{
	if (o->fd >= 0) {
		close(o->fd);
		unlink(o->names->tmp);
	}
	if (o->names)
		os_frozen_free(o->names, sizeof *o->names);
	o->names = NULL;
	o->fd = -1;
}

/* An error of writing: it is the folder's disk that is full. */
static void
write_failed(const struct into *o, struct err *e)
{
	char folder[4200];

	snprintf(folder, sizeof folder, "%s", o->given);
	err_errno(
	    e, "--into %.200s cannot be written, in the folder %.200s", o->given, dirname(folder));
	e->status = EX_IO_ERR;
}

int
into_write(struct into *o, struct sql_tables *t, struct sql *s, const char *const *name, unsigned n,
    struct err *e)
{
	sqlite3 *db = build(t, s, name, n, o->fd, e);

	sqlite3_close(db);
	/* whatever SQLite made of it: the reason is the file's */
	if (sql_file_failed()) {
		*e = (struct err){ 0 };
		errno = sql_file_failed();
		write_failed(o, e);
	}
	if (e->status == 0 && (fsync(o->fd) || rename(o->names->tmp, o->names->path)))
		write_failed(o, e);
	if (e->status == 0) {
		close(o->fd);
		o->fd = -1;
	}
	return e->status;
}

/* Of a database that somebody gives nothing is run: no view, no function, no recursion. */
static int
plain_only(void *arg, int action, const char *a, const char *b, const char *db, const char *within)
{
	(void)arg;
	(void)a;
	(void)b;
	(void)db;
	return within == NULL && (action == SQLITE_SELECT || action == SQLITE_READ) ? SQLITE_OK :
										      SQLITE_DENY;
}

/* The database that is checked, in memory and only read. NULL: e. */
static sqlite3 *
given_open(const void *bytes, size_t n, struct err *e)
{
	unsigned char *own = sqlite3_malloc64(n ? n : 1);
	sqlite3 *db = NULL;

	if (own == NULL ||
	    sqlite3_open_v2(":memory:", &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL)) {
		sqlite3_free(own);
		sqlite3_close(db);
		err_nomem(e);
		return NULL;
	}
	memcpy(own, bytes, n);
	sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	sqlite3_limit(db, SQLITE_LIMIT_LENGTH, VALUE_MOST);
	if (sqlite3_deserialize(db, "main", own, (sqlite3_int64)n, (sqlite3_int64)n,
		SQLITE_DESERIALIZE_FREEONCLOSE | SQLITE_DESERIALIZE_READONLY)) {
		err_set(e, EX_DATA_ERR, "--check: this is no database (%s)", sqlite3_errmsg(db));
		sqlite3_close(db);
		return NULL;
	}
	sqlite3_set_authorizer(db, plain_only, NULL);
	return db;
}

/* The tables of ours that it says it holds, each once. How many; 0: none, or e. */
static unsigned
given_names(sqlite3 *given, const struct sql_table *all, unsigned n_tables, const char **name,
    struct err *e)
{
	sqlite3_stmt *st = NULL;
	unsigned n = 0;

	if (sqlite3_prepare_v2(given,
		"SELECT name FROM exhibit_provenance WHERE kind='sha256' ORDER BY rowid", -1, &st,
		NULL))
		err_set(e, EX_DATA_ERR, "--check: this is no database that --into made (%s)",
		    sqlite3_errmsg(given));
	while (e->status == 0 && sqlite3_step(st) == SQLITE_ROW) {
		const char *x = (const char *)sqlite3_column_text(st, 0);

		for (unsigned i = 0; x && i < n_tables; i++)
			if (strcmp(x, all[i].decl.name) == 0 && !(n && wanted(name, n, x)))
				name[n++] = all[i].decl.name;
	}
	sqlite3_finalize(st);
	if (e->status == 0 && n == 0)
		err_set(e, EX_DATA_ERR, "--check: the database names no table of ours");
	return n;
}

static void
print_check(const char *table, bool same, uint64_t rows)
{
	struct emit e;
	struct buf b;

	buf_init(&b, 4096);
	emit_init(&e, &b);
	emit_object(&e, NULL);
	emit_str(&e, "table", table);
	emit_bool(&e, "same", same);
	emit_u64(&e, "rows", rows);
	emit_end(&e);
	buf_byte(&b, '\n');
	fwrite(b.p, 1, b.len, stdout);
	buf_release(&b);
}

/* Holds one table of theirs against ours, and says it. 0 or -1 (e). */
static int
check_table(sqlite3 *given, sqlite3 *ours, const char *name, enum sql_form form, bool *ret_same,
    struct err *e)
{
	char theirs_hex[65], ours_hex[65];
	uint64_t theirs, rows;
	struct err bad = { 0 };
	bool same;

	if (digest_of(ours, name, ours_hex, &rows, e))
		return -1;
	same = digest_of(given, name, theirs_hex, &theirs, &bad) == 0 &&
	    strcmp(theirs_hex, ours_hex) == 0;
	*ret_same &= same;
	if (form == SQL_JSONL || form == SQL_JSON)
		print_check(name, same, rows);
	else
		printf("%-28s %s\n", name,
		    same ? "as the archive has it" : "DIFFERS from the archive");
	return 0;
}

int
into_check(struct sql_tables *t, struct sql *s, const void *bytes, size_t n, enum sql_form form,
    bool *ret_same, struct err *e)
{
	unsigned n_tables, n_names = 0;
	const struct sql_table *all = sql_tables_all(t, &n_tables);
	const char *name[TABLES_MOST];
	sqlite3 *given = given_open(bytes, n, e), *ours = NULL;

	*ret_same = true;
	if (given)
		n_names = given_names(given, all, n_tables, name, e);
	if (n_names && e->status == 0)
		ours = build(t, s, name, n_names, -1, e);
	for (unsigned i = 0; i < n_names && e->status == 0; i++)
		check_table(given, ours, name[i], form, ret_same, e);
	sqlite3_close(ours);
	sqlite3_close(given);
	return e->status;
}
