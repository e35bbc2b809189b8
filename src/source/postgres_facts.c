/*
 * What is known of a server beside its rows: for the manifest (record.md R-15 `database`), and for
 * inspect.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "json/emit.h"
#include "source/postgres_inner.h"

#define PAIRS 20000 /* days and types in the manifest, as R-20 */

static const char seq_member[] = "insert_seq_last";

/* Always the last member: postgres_facts_again puts a later one in its place. */
static void
put_sequence(const struct postgres *p, struct emit *x)
{
	const char *last = p->seq_last[0] ? p->seq_last : "null";

	emit_ours(x, seq_member, last, strlen(last));
	emit_end(x);
}

uint64_t
postgres_last_number(const struct postgres *p)
{
	uint64_t n = 0;

	dec_u64(p->seq_last, strlen(p->seq_last), &n);
	return n;
}

void
postgres_facts_again(const struct postgres *p, struct input *in)
{
	struct buf *b = &in->database;
	size_t n = sizeof seq_member - 1, at = b->len;
	struct emit x;

	while (at > n && memcmp(b->p + at - n, seq_member, n))
		at--;
	/* a comma and a quote stand before its name */
	if (at < n + 2 || p->seq_last[0] == '\0')
		return;
	b->len = at - n - 2;
	emit_within(&x, b);
	put_sequence(p, &x);
}

/* day → type → rows, as the server counts them in the same snapshot. */
static int
put_counted(struct postgres *p, struct emit *x, uint64_t *total, struct err *e)
{
	/* sorted by bytes, so that the text is the same whatever the server's language */
	static const char by_bytes[] = "::text COLLATE \"C\"";
	char *sql = NULL, day[32] = "";
	PGresult *r;
	bool pairs, open = false;

	if (asprintf(&sql,
		"SELECT d::text, t::text, n FROM (SELECT event_date AS d, event_type AS t, "
		"count(*) AS n FROM %s GROUP BY 1, 2) AS counted ORDER BY d%s, t%s",
		p->root, by_bytes, by_bytes) < 0)
		return err_nomem(e);
	r = postgres_query(p, sql, "counting the rows", e);
	free(sql);
	if (r == NULL)
		return -1;
	/* beyond PAIRS only the total is kept; the sum goes on */
	pairs = PQntuples(r) <= PAIRS;
	*total = 0;
	emit_object(x, "counted");
	for (int i = 0; i < PQntuples(r); i++) {
		const char *n = PQgetvalue(r, i, 2);
		uint64_t v = 0;

		/* the server's numbers are added, not trusted */
		dec_u64(n, strlen(n), &v);
		*total += v;
		if (!pairs)
			continue;
		/* a day begins */
		if (!open || strcmp(day, PQgetvalue(r, i, 0))) {
			if (open)
				emit_end(x);
			snprintf(day, sizeof day, "%.31s", PQgetvalue(r, i, 0));
			emit_object(x, day);
			open = true;
		}
		emit_u64(x, PQgetvalue(r, i, 1), v);
	}
	if (open)
		emit_end(x);
	emit_end(x);
	PQclear(r);
	return 0;
}

/* What the server says of itself: none of it is proof, and all of it can be checked by others. */
static const struct {
	const char *name, *sql, *otherwise;
} fact[] = {
	{ "server_version", "SELECT version()", NULL },
	{ "system_identifier", "SELECT system_identifier FROM pg_control_system()", NULL },
	/* the first eight digits of a WAL file's name; a standby, which may not be asked for that,
	 * tells of its last checkpoint */
	{ "timeline",
	    "SELECT ('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8))::bit(32)::int",
	    "SELECT timeline_id FROM pg_control_checkpoint()" },
	{ "database", "SELECT current_database()", NULL },
	{ "role", "SELECT current_user", NULL },
	{ "replica", "SELECT pg_is_in_recovery()", NULL },
	{ "lsn",
	    "SELECT CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE "
	    "pg_current_wal_lsn() END",
	    NULL },
	{ "snapshot", "SELECT txid_current_snapshot()", NULL },
	{ "isolation", "SELECT current_setting('transaction_isolation')", NULL },
	{ "migration", NULL, NULL }, /* in the schema of the audit table */
	{ "database_clock",
	    "SELECT to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')", NULL },
};

/* Each is asked by itself: a right that is lacking leaves one null, and not all. */
static void
put_fact(
    struct postgres *p, struct emit *x, const char *name, const char *sql, const char *otherwise)
{
	char *v = postgres_maybe(p, sql);

	if (v == NULL && otherwise)
		v = postgres_maybe(p, otherwise);
	if (v && strcmp(name, "replica") == 0)
		emit_bool(x, name, v[0] == 't');
	else
		emit_str(x, name, v);
	free(v);
}

static int
put_server(struct postgres *p, struct emit *x, struct err *e)
{
	char *migration = NULL;

	if (asprintf(&migration,
		"SELECT max(version_id) FROM %.*s.goose_db_version WHERE is_applied",
		(int)(strrchr(p->root, '.') - p->root), p->root) < 0)
		return err_nomem(e);
	emit_str(x, "server", p->label);
	for (unsigned i = 0; i < sizeof fact / sizeof *fact; i++)
		put_fact(
		    p, x, fact[i].name, fact[i].sql ? fact[i].sql : migration, fact[i].otherwise);
	emit_str(x, "host_clock", p->host_clock);
	emit_str(x, "tls", PQsslInUse(p->c) ? PQsslAttribute(p->c, "protocol") : NULL);
	free(migration);
	return 0;
}

/* It stands among what was left out, so that none of its rows is called gone. */
static int
lack_detached(struct input *in, const struct detached *d, struct err *e)
{
	if (d->unread)
		input_lacks_rows(in, LACK_NOT_READ, d->name, ROWS_UNKNOWN,
		    "%.120s is no partition of audit_events any more (detached, not deleted), and "
		    "the role may not read it: "
		    "its rows are not in evidence",
		    d->name);
	else
		input_lacks_rows(in, LACK_NOT_READ, d->name, d->rows,
		    "%.120s is no partition of audit_events any more (detached, not deleted): its "
		    "%" PRIu64 " rows were not read; "
		    "--with-detached takes them",
		    d->name, d->rows);
	return input_count(in, d->name, false, d->rows, e);
}

/* Tables that were asked for beside audit_events are not in what the server counts of it. */
static bool
is_audit(const struct postgres *p, const char *table)
{
	const char *dot = strrchr(table, '.');

	if (!p->o.with_detached)
		return strstr(table, "audit_events") != NULL;
	dot = dot ? dot + 1 : table;
	for (unsigned i = 0; i < p->n; i++)
		if (strstr(p->r[i].name, dot) && p->r[i].beside)
			return false;
	return strstr(dot, "audit_events") != NULL;
}

/* What the server counts and what was read, side by side, also when they agree. More than was read
 * is a lack; fewer cannot be, and is told without one. */
static void
compare_counts(struct postgres *p, struct input *in, uint64_t total)
{
	uint64_t read = 0;
	char s[400];

	/* only what went into the log: tables of context are counted apart */
	for (unsigned i = 0; i < in->n_tables; i++)
		if (in->table[i].kept && is_audit(p, in->table[i].name))
			read += in->table[i].rows;
	input_compared(in, "server-counts", NULL, total, read);
	if (total == read)
		return;
	snprintf(s, sizeof s,
	    "the server counts %" PRIu64 " rows of audit_events in the same snapshot, %" PRIu64
	    " were read",
	    total, read);
	if (total > read)
		input_lacks_rows(in, LACK_FEWER, NULL, total - read, "%s", s);
	else
		input_lacks(in, s);
}

int
postgres_facts(struct postgres *p, struct input *in, bool count, struct err *e)
{
	struct buf *b = &in->database;
	uint64_t total = 0;
	struct emit x;
	char s[400];
	int rc;

	emit_init(&x, b);
	emit_object(&x, NULL);
	rc = put_server(p, &x, e);
	if (rc == 0 && count) {
		rc = put_counted(p, &x, &total, e);
		emit_u64(&x, "rows", total);
		emit_fixed(&x, "snapshot_seconds", postgres_held(p), 0);
	} else if (rc == 0) {
		emit_object(&x, "counted");
		emit_end(&x);
		emit_null(&x, "rows");
	}
	put_sequence(p, &x);
	/* what the role may not read could hold anything */
	if (p->unread.len) {
		snprintf(s, sizeof s,
		    "the role may not read %.*s: what stands there is not in evidence",
		    (int)p->unread.len, (const char *)p->unread.p);
		input_lacks(in, s);
	}
	if (rc == 0 && count)
		compare_counts(p, in, total);
	for (unsigned i = 0; rc == 0 && i < p->n_detached; i++)
		rc = lack_detached(in, &p->detached[i], e);
	/* the snapshot is held until everything has been asked in it */
	if (rc == 0 && count)
		rc = postgres_command(p, "COMMIT", "ending the snapshot", e);
	return rc == 0 && b->failed ? err_nomem(e) : rc;
}

int
postgres_has(struct postgres *p, const uint8_t id[16], bool *ret, struct err *e)
{
	char *sql, text[37];
	PGresult *r;

	uuid_of(id, text);
	if (asprintf(&sql, "SELECT 1 FROM %s WHERE event_id = '%s' LIMIT 1", p->root, text) < 0)
		return err_nomem(e);
	r = postgres_query(p, sql, "looking for the newest row of the earlier files", e);
	free(sql);
	if (r == NULL)
		return -1;
	*ret = PQntuples(r) == 1;
	PQclear(r);
	return 0;
}

/*
 * `rows=N` of the planner, which measures the file of a table that nobody analysed; of a parent it
 * sums its partitions up.
 */
static int
planned_rows(struct postgres *p, const struct relation *r, uint64_t *ret, struct err *e)
{
	PGresult *q;
	const char *at;
	char *sql;

	*ret = 0;
	if (asprintf(&sql, "EXPLAIN SELECT FROM %s", r->name) < 0)
		return err_nomem(e);
	q = postgres_query(p, sql, "estimating", e);
	free(sql);
	if (q == NULL)
		return -1;
	if (PQntuples(q) && (at = strstr(PQgetvalue(q, 0, 0), " rows=")) != NULL)
		dec_u64(at + 6, strspn(at + 6, "0123456789"), ret);
	PQclear(q);
	return 0;
}

struct estimate {
	uint64_t rows, bytes;
	bool analysed; /* the planner has seen it, or it is empty */
};

/* One relation: itself, or its partitions where it is read through the parent. The planner's own
 * answer: counting would read the whole table. */
static int
estimate_one(struct postgres *p, const struct relation *t, struct estimate *ret, struct err *e)
{
	char sql[500];
	PGresult *r;
	bool empty;

	*ret = (struct estimate){ .rows = 0 };
	/* 0 pages are as good as analysed */
	snprintf(sql, sizeof sql,
	    "SELECT coalesce(sum(pg_table_size(c.oid)), 0), "
	    "coalesce(sum(pg_relation_size(c.oid)), 0), coalesce(bool_and(c.reltuples >= "
	    "%d OR pg_relation_size(c.oid) = 0), true) FROM pg_catalog.pg_class c "
	    "WHERE c.relkind = 'r' AND (c.oid = %s OR c.oid IN (SELECT relid FROM "
	    "pg_catalog.pg_partition_tree(%s)))",
	    PQserverVersion(p->c) >= 140000 ? 0 : 1, t->oid, t->oid);
	if ((r = postgres_query(p, sql, "estimating", e)) == NULL)
		return -1;
	dec_u64(PQgetvalue(r, 0, 0), strlen(PQgetvalue(r, 0, 0)), &ret->bytes);
	empty = strcmp(PQgetvalue(r, 0, 1), "0") == 0;
	ret->analysed = strcmp(PQgetvalue(r, 0, 2), "t") == 0;
	PQclear(r);
	if (planned_rows(p, t, &ret->rows, e))
		return -1;
	/* the planner takes an empty table for ten pages */
	if (empty)
		ret->rows = 0;
	return 0;
}

/* Text of others, and what stands behind it, on a line of stdout. */
static void
print_named(const char *name, const char *behind, int width)
{
	struct buf b;

	buf_init(&b, 4096);
	text_plain(&b, name, strlen(name));
	printf("  %-*.*s%s\n", width, (int)b.len, (const char *)b.p, behind);
	buf_release(&b);
}

static void
estimate_print(const char *name, const struct estimate *t, struct emit *json)
{
	char behind[120];

	if (json) {
		emit_object(json, NULL);
		emit_str(json, "table", name);
		emit_u64(json, "rows_estimated", t->rows);
		emit_u64(json, "bytes", t->bytes);
		emit_bool(json, "analysed", t->analysed);
		emit_end(json);
		return;
	}
	snprintf(behind, sizeof behind, " about %" PRIu64 " rows, %" PRIu64 " bytes%s", t->rows,
	    t->bytes, t->analysed ? "" : " (never analysed: judged by its size)");
	print_named(name, behind, 46);
}

int
postgres_estimate(struct postgres *p, struct emit *json, uint64_t *ret_rows, struct err *e)
{
	struct estimate one, all = { .rows = 0 };

	if (json)
		emit_array(json, "tables");
	for (unsigned i = 0; i < p->n; i++) {
		if (estimate_one(p, &p->r[i], &one, e))
			return -1;
		estimate_print(p->r[i].name, &one, json);
		all.rows += one.rows;
		all.bytes += one.bytes;
	}
	/* what a plain run would not read is said before it is run */
	for (unsigned i = 0; i < p->n_detached && json == NULL; i++)
		print_named(p->detached[i].name,
		    ": detached, not deleted: it would not be read without --with-detached", 0);
	if (json) {
		emit_end(json);
		emit_u64(json, "rows_estimated", all.rows);
		emit_u64(json, "bytes", all.bytes);
	} else {
		printf("  together about %" PRIu64 " rows, %" PRIu64 " bytes, in one snapshot\n",
		    all.rows, all.bytes);
	}
	*ret_rows = all.rows;
	return postgres_command(p, "COMMIT", "ending the snapshot", e);
}
