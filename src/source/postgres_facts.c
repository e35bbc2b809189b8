/*
 * What is known of a server beside its rows: for the manifest (record.md R-15 `database`), and for
 * inspect.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "source/postgres_inner.h"

#define PAIRS 20000 /* days and types in the manifest, as R-20 */

static const char seq_member[] = ",\"insert_seq_last\":";

/* Always the last member. */
static void
put_sequence(const struct postgres *p, struct buf *b)
{
	buf_printf(b, "%s%s}", seq_member, p->seq_last[0] ? p->seq_last : "null");
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

	while (at > n && memcmp(b->p + at - n, seq_member, n))
		at--;
	if (at <= n || p->seq_last[0] == '\0')
		return;
	b->len = at - n;
	put_sequence(p, b);
}

/* day → type → rows, as the server counts them in the same snapshot. */
static int
put_counted(struct postgres *p, struct buf *b, uint64_t *total, struct err *e)
{
	char *sql = NULL, day[32] = "";
	PGresult *r;
	bool pairs;

	/* sorted by bytes, so that the text is the same whatever the server's language */
	if (asprintf(&sql,
		"SELECT d::text, t::text, n FROM (SELECT event_date AS d, event_type "
		"AS t, count(*) AS n FROM %s GROUP BY 1, 2) AS counted ORDER BY d::text COLLATE "
		"\"C\", t::text COLLATE \"C\"",
		p->root) < 0)
		return err_nomem(e);
	r = postgres_query(p, sql, "counting the rows", e);
	free(sql);
	if (r == NULL)
		return -1;
	/* beyond PAIRS only the total is kept; the sum goes on */
	pairs = PQntuples(r) <= PAIRS;
	*total = 0;
	buf_byte(b, '{');
	for (int i = 0; i < PQntuples(r); i++) {
		const char *n = PQgetvalue(r, i, 2);
		bool same = i && strcmp(day, PQgetvalue(r, i, 0)) == 0;
		uint64_t v = 0;

		/* the server's numbers are small enough, and are added, not trusted */
		dec_u64(n, strlen(n), &v);
		*total += v;
		if (!pairs)
			continue;
		/* a day begins */
		if (!same) {
			snprintf(day, sizeof day, "%.31s", PQgetvalue(r, i, 0));
			buf_str(b, i ? "}," : "");
			text_json(b, day, strlen(day));
			buf_str(b, ":{");
		}
		buf_str(b, same ? "," : "");
		text_json(b, PQgetvalue(r, i, 1), (size_t)PQgetlength(r, i, 1));
		buf_printf(b, ":%" PRIu64, v);
	}
	buf_str(b, pairs && PQntuples(r) ? "}}" : "}");
	PQclear(r);
	return 0;
}

static void
put_fact(
    struct postgres *p, struct buf *b, const char *name, const char *sql, const char *otherwise)
{
	char *v = postgres_maybe(p, sql);

	if (v == NULL && otherwise)
		v = postgres_maybe(p, otherwise);

	buf_printf(b, ",\"%s\":", name);
	if (v && strcmp(name, "replica") == 0)
		buf_str(b, v[0] == 't' ? "true" : "false");
	else if (v)
		text_json(b, v, strlen(v));
	else
		buf_str(b, "null");
	free(v);
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

int
postgres_facts(struct postgres *p, struct input *in, bool count, struct err *e)
{
	static const struct {
		const char *name, *sql, *otherwise;
	} fact[] = { { "server_version", "SELECT version()", NULL },
		{ "system_identifier", "SELECT system_identifier FROM pg_control_system()", NULL },
		/*
		 * the first eight digits of a WAL file's name; a standby, which may not be asked
		 * for that, tells of its last checkpoint
		 */
		{ "timeline",
		    "SELECT ('x' || left(pg_walfile_name(pg_current_wal_lsn()), "
		    "8))::bit(32)::int",
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
		{ "migration", NULL, NULL },
		{ "database_clock",
		    "SELECT to_char(now() AT TIME ZONE 'UTC', "
		    "'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')",
		    NULL } };
	char *schema = strndup(p->root, (size_t)(strrchr(p->root, '.') - p->root)),
	     *migration = NULL;
	struct buf *b = &in->database;
	uint64_t total = 0, read = 0;
	char s[400];
	int rc;

	if (schema == NULL ||
	    asprintf(&migration,
		"SELECT max(version_id) FROM "
		"%s.goose_db_version WHERE is_applied",
		schema) < 0) {
		free(schema);
		return err_nomem(e);
	}
	/* what the server says of itself: none of it is proof, and all of it can be checked by
	 * others */
	buf_str(b, "{\"server\":");
	text_json(b, p->label, strlen(p->label));
	/* each is asked by itself: a right that is lacking leaves one null, and not all */
	for (unsigned i = 0; i < sizeof fact / sizeof *fact; i++)
		put_fact(
		    p, b, fact[i].name, fact[i].sql ? fact[i].sql : migration, fact[i].otherwise);
	buf_printf(b, ",\"host_clock\":\"%s\",\"tls\":%s%s%s,\"counted\":", p->host_clock,
	    PQsslInUse(p->c) ? "\"" : "",
	    PQsslInUse(p->c) ? PQsslAttribute(p->c, "protocol") : "null",
	    PQsslInUse(p->c) ? "\"" : "");
	rc = 0;
	/* in the snapshot that the rows came from */
	if (count)
		rc = put_counted(p, b, &total, e);
	else
		buf_str(b, "{}");
	/* only what went into the log: tables of context are counted apart */
	for (unsigned i = 0; i < in->n_tables; i++)
		if (in->table[i].kept && is_audit(p, in->table[i].name))
			read += in->table[i].rows;
	if (count)
		buf_printf(
		    b, ",\"rows\":%" PRIu64 ",\"snapshot_seconds\":%.0f", total, postgres_held(p));
	else
		buf_str(b, ",\"rows\":null");
	put_sequence(p, b);
	/* what the role may not read could hold anything */
	if (p->unread.len) {
		snprintf(s, sizeof s,
		    "the role may not read %.*s: what stands there is not in "
		    "evidence",
		    (int)p->unread.len, (const char *)p->unread.p);
		input_lacks(in, s);
	}
	/* what the server counts and what was read, side by side, also when they agree */
	if (rc == 0 && count)
		input_compared(in, "server-counts", NULL, total, read);
	if (rc == 0 && count && total != read) {
		snprintf(s, sizeof s,
		    "the server counts %" PRIu64 " rows of audit_events in the same "
		    "snapshot, %" PRIu64 " were read",
		    total, read);
		/* more than was read is a lack; fewer cannot be, and is told without one */
		if (total > read)
			input_lacks_rows(in, LACK_FEWER, NULL, total - read, "%s", s);
		else
			input_lacks(in, s);
	}
	for (unsigned i = 0; rc == 0 && i < p->n_detached; i++)
		rc = lack_detached(in, &p->detached[i], e);
	if (rc == 0 && count)
		/* the snapshot is held until everything has been asked in it */
		rc = postgres_command(p, "COMMIT", "ending the snapshot", e);
	free(schema);
	free(migration);
	return rc || b->failed ? rc ? rc : err_nomem(e) : 0;
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

int
postgres_estimate(struct postgres *p, struct buf *json, uint64_t *ret_rows, struct err *e)
{
	unsigned long long rows = 0, bytes = 0;

	if (json)
		/* 0 asks nothing */
		buf_str(json, "\"tables\":[");
	for (unsigned i = 0; i < p->n; i++) {
		char sql[500];
		PGresult *r;
		const char *size;
		uint64_t v, w = 0;
		bool analysed, empty;

		/*
		 * itself, or its partitions where it is read through the parent; 0 pages are as
		 * good as analysed
		 */
		snprintf(sql, sizeof sql,
		    "SELECT coalesce(sum(pg_table_size(c.oid)), 0), "
		    "coalesce(sum(pg_relation_size(c.oid)), 0), coalesce(bool_and(c.reltuples >= "
		    "%d OR pg_relation_size(c.oid) = 0), true) FROM pg_catalog.pg_class c "
		    "WHERE c.relkind = 'r' AND (c.oid = %s OR c.oid IN (SELECT relid FROM "
		    "pg_catalog.pg_partition_tree(%s)))",
		    PQserverVersion(p->c) >= 140000 ? 0 : 1, p->r[i].oid, p->r[i].oid);
		/* the planner's own answer: counting would read the whole table */
		if ((r = postgres_query(p, sql, "estimating", e)) == NULL)
			return -1;
		size = PQgetvalue(r, 0, 0);
		dec_u64(size, strlen(size), &w);
		empty = strcmp(PQgetvalue(r, 0, 1), "0") == 0;
		analysed = strcmp(PQgetvalue(r, 0, 2), "t") == 0;
		PQclear(r);
		/* the planner knows what the snapshot sees */
		if (planned_rows(p, &p->r[i], &v, e))
			return -1;
		if (empty)
			/* the planner takes an empty table for ten pages */
			v = 0;
		rows += v;
		bytes += w;
		if (json) {
			buf_str(json, i ? ",{\"table\":" : "{\"table\":");
			text_json(json, p->r[i].name, strlen(p->r[i].name));
			buf_printf(json,
			    ",\"rows_estimated\":%" PRIu64 ",\"bytes\":%" PRIu64 ",\"analysed\":%"
			    "s}",
			    v, w, analysed ? "true" : "false");
		} else {
			struct buf name;

			buf_init(&name, 4096);
			text_plain(&name, p->r[i].name, strlen(p->r[i].name));
			printf("  %-46.*s about %" PRIu64 " rows, %" PRIu64 " bytes%s\n",
			    (int)name.len, (const char *)name.p, v, w,
			    analysed ? "" : " (never analysed: judged by its size)");
			buf_release(&name);
		}
	}
	/* what a plain run would not read is said before it is run */
	for (unsigned i = 0; i < p->n_detached && json == NULL; i++) {
		struct buf name;

		buf_init(&name, 4096);
		text_plain(&name, p->detached[i].name, strlen(p->detached[i].name));
		printf("  %.*s: detached, not deleted: it would not be read without "
		       "--with-detached\n",
		    (int)name.len, (const char *)name.p);
		buf_release(&name);
	}
	if (json)
		buf_printf(json, "],\"rows_estimated\":%llu,\"bytes\":%llu", rows, bytes);
	else
		printf("  together about %llu rows, %llu bytes, in one snapshot\n", rows, bytes);
	*ret_rows = rows;
	return postgres_command(p, "COMMIT", "ending the snapshot", e);
}
