#include "source/postgres_inner.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/text.h"

#define CHUNK 262144u
#define TRIES 5u                       /* of a server that is starting */
#define PAIRS 20000                    /* days and types in the manifest, as R-20 */

bool
postgres_is(const char *arg)
{
	return strncmp(arg, "postgres://", 11) == 0 || strncmp(arg, "postgresql://", 13) == 0;
}

const char *
postgres_label(const struct postgres *p)
{
	return p->label;
}

/* The server's words on one line. */
static const char *
words(PGconn *c, char out[300])
{
	size_t n;

	snprintf(out, 300, "%s", PQerrorMessage(c));
	for (n = strlen(out); n && (out[n - 1] == '\n' || out[n - 1] == ' '); n--)
		out[n - 1] = '\0';
	for (char *q = out; *q; q++)
		if ((unsigned char)*q < 0x20)
			*q = ' ';
	return out;
}

int
postgres_failed(struct postgres *p, const char *doing, struct err *e)
{
	char why[300];

	return err_set(e, EX_IO_ERR, "%s: %s: %s", p->label ? p->label : "PostgreSQL", doing, words(p->c, why));
}

/* NULL (e): it failed. */
PGresult *
postgres_query(struct postgres *p, const char *sql, const char *doing, struct err *e)
{
	PGresult *r = PQexec(p->c, sql);

	if (PQresultStatus(r) == PGRES_TUPLES_OK || PQresultStatus(r) == PGRES_COMMAND_OK)
		return r;
	PQclear(r);
	postgres_failed(p, doing, e);
	return NULL;
}

int
postgres_command(struct postgres *p, const char *sql, const char *doing, struct err *e)
{
	PGresult *r = postgres_query(p, sql, doing, e);

	PQclear(r);
	return r ? 0 : -1;
}

char *
postgres_maybe(struct postgres *p, const char *sql)
{
	PGresult *r;
	char *v = NULL;

	PQclear(PQexec(p->c, "SAVEPOINT maybe"));
	r = PQexec(p->c, sql);
	if (PQresultStatus(r) == PGRES_TUPLES_OK && PQntuples(r) == 1 && !PQgetisnull(r, 0, 0))
		v = strdup(PQgetvalue(r, 0, 0));
	PQclear(r);
	PQclear(PQexec(p->c, "ROLLBACK TO SAVEPOINT maybe"));
	return v;
}

static bool
given(PQconninfoOption *o, const char *name)
{
	for (; o->keyword; o++)
		if (strcmp(o->keyword, name) == 0)
			return o->val != NULL;
	return false;
}

/* TLS is verified unless the URI, or the environment, says otherwise; a socket of this machine needs none. */
static PGconn *
dial(const char *uri, struct err *e)
{
	static const char *const keyword[] = { "dbname", "application_name", "client_encoding", "sslmode", "connect_timeout", "keepalives_idle", "keepalives_interval", "keepalives_count", "tcp_user_timeout", NULL };
	const char *value[] = { uri, "exhibit-export", "UTF8", "verify-full", "20", "15", "5", "3", "30000", NULL };
	char *why = NULL;
	PQconninfoOption *o = PQconninfoParse(uri, &why);
	PGconn *c = NULL;
	char text[300];

	if (o == NULL) {
		err_set(e, EX_USAGE_ERR, "the URI of the database: %.200s", why ? why : "out of memory");
		PQfreemem(why);
		return NULL;
	}
	if (given(o, "sslmode") || getenv("PGSSLMODE"))
		value[3] = NULL;
	PQconninfoFree(o);
	for (unsigned i = 0; i < TRIES; i++) {
		PQfinish(c);
		c = PQconnectdbParams(keyword, value, 1);
		if (PQstatus(c) == CONNECTION_OK || PQping(uri) != PQPING_REJECT)
			break;
		sleep(1u << i);                    /* it is starting, or shutting down */
	}
	if (PQstatus(c) == CONNECTION_OK)
		return c;
	err_set(e, EX_IO_ERR, "PostgreSQL: %s%s", words(c, text), strstr(text, "SSL") ? " (TLS is verified unless the URI says sslmode=…)" : "");
	PQfinish(c);
	return NULL;
}

static char *
quoted(struct postgres *p, const char *schema, const char *table)
{
	char *a = PQescapeIdentifier(p->c, schema, strlen(schema)), *b = PQescapeIdentifier(p->c, table, strlen(table)), *ret = NULL;

	if (a && b && asprintf(&ret, "%s.%s", a, b) < 0)
		ret = NULL;
	PQfreemem(a);
	PQfreemem(b);
	return ret;
}

/* Columns of a relation as the catalog has them, in its order; the CREATE TABLE that pg_dump would write goes to the head. */
static int
relation_add(struct postgres *p, const char *oid, char *name, const char *partition_of, struct err *e)
{
	char sql[400];
	struct relation *r = realloc(p->r, (p->n + 1) * sizeof *r);
	struct buf columns;
	PGresult *q;

	if (r == NULL || name == NULL) {
		free(name);
		return err_nomem(e);
	}
	p->r = r;
	p->r[p->n] = (struct relation){ .name = name };
	snprintf(sql, sizeof sql, "SELECT attname, format_type(atttypid, atttypmod) FROM pg_catalog.pg_attribute WHERE attrelid = %.20s AND attnum > 0 AND NOT attisdropped ORDER BY attnum", oid);
	if ((q = postgres_query(p, sql, "reading the catalog", e)) == NULL) {
		free(name);
		return -1;
	}
	buf_init(&columns, 1u << 20);
	buf_printf(&p->head, "CREATE TABLE %s (\n", name);
	for (int i = 0; i < PQntuples(q); i++) {
		char *id = PQescapeIdentifier(p->c, PQgetvalue(q, i, 0), (size_t)PQgetlength(q, i, 0));

		buf_printf(&columns, "%s%s", i ? ", " : "", id ? id : "");
		buf_printf(&p->head, "%s    %s %s", i ? ",\n" : "", id ? id : "", PQgetvalue(q, i, 1));
		columns.failed |= id == NULL;
		PQfreemem(id);
	}
	buf_str(&p->head, "\n);\n");
	if (partition_of)
		buf_printf(&p->head, "ALTER TABLE ONLY %s ATTACH PARTITION %s FOR VALUES FROM (0) TO (0);\n", partition_of, name);
	buf_byte(&columns, '\0');
	p->r[p->n].columns = columns.failed ? NULL : strdup((char *)columns.p);
	PQclear(q);
	buf_release(&columns);
	if (p->r[p->n++].columns == NULL || p->head.failed)
		return err_nomem(e);
	return 0;
}

/* The same for polls (postgres_poll.c). */
static int
poll_add(struct postgres *p, const struct relation *of, struct err *e)
{
	struct relation *r = realloc(p->poll, (p->n_poll + 1) * sizeof *r);

	if (r == NULL)
		return err_nomem(e);
	p->poll = r;
	r += p->n_poll++;
	*r = (struct relation){ .name = strdup(of->name), .columns = strdup(of->columns), .through = true };
	return r->name && r->columns ? 0 : err_nomem(e);
}

/* The parent's columns stand first, as in a dump; then each partition, or, where the role may not read them by themselves, all of them through the parent. */
static int
partitions(struct postgres *p, const char *oid, struct err *e)
{
	struct relation *parent;
	char sql[700];
	PGresult *r;
	bool all = true;
	int rc;

	if (relation_add(p, oid, strdup(p->root), NULL, e))
		return -1;
	snprintf(sql, sizeof sql, "SELECT c.oid, n.nspname, c.relname, has_table_privilege(c.oid, 'SELECT') FROM pg_catalog.pg_partition_tree(%.20s) t JOIN pg_catalog.pg_class c ON c.oid = t.relid "
	    "JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE t.isleaf AND c.relkind = 'r' ORDER BY n.nspname, c.relname", oid);
	if ((r = postgres_query(p, sql, "reading its partitions", e)) == NULL)
		return -1;
	for (int i = 0; i < PQntuples(r); i++)
		all &= strcmp(PQgetvalue(r, i, 3), "t") == 0;
	parent = &p->r[p->n - 1];
	parent->through = !all;
	rc = poll_add(p, parent, e);
	if (all) {
		free(parent->name);
		free(parent->columns);
		p->n--;
	}
	for (int i = 0; all && rc == 0 && i < PQntuples(r); i++)
		rc = relation_add(p, PQgetvalue(r, i, 0), quoted(p, PQgetvalue(r, i, 1), PQgetvalue(r, i, 2)), p->root, e);
	PQclear(r);
	return rc;
}

/* audit_events wherever it lies, with all its partitions that hold rows. */
static int
find_audit(struct postgres *p, struct err *e)
{
	PGresult *r = postgres_query(p, "SELECT c.oid, n.nspname, c.relname, c.relkind FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.relname = 'audit_events' AND c.relkind IN ('r', 'p') "
	    "AND n.nspname NOT LIKE 'pg\\_temp%' ORDER BY n.nspname <> 'public', n.nspname", "looking for the table audit_events", e);
	int rc = 0;

	if (r == NULL)
		return -1;
	if (PQntuples(r) == 0)
		rc = err_set(e, EX_DATA_ERR, "%s: no table audit_events in this database: is it Kubernaut's (action_history)?", p->label);
	else if (PQntuples(r) > 1 && strcmp(PQgetvalue(r, 0, 1), "public"))
		rc = err_set(e, EX_DATA_ERR, "%s: several tables audit_events, none of them in schema public", p->label);
	else if ((p->root = quoted(p, PQgetvalue(r, 0, 1), PQgetvalue(r, 0, 2))) == NULL)
		rc = err_nomem(e);
	else if (strcmp(PQgetvalue(r, 0, 3), "r") == 0)
		rc = relation_add(p, PQgetvalue(r, 0, 0), strdup(p->root), NULL, e) || poll_add(p, &p->r[p->n - 1], e) ? -1 : 0;
	else
		rc = partitions(p, PQgetvalue(r, 0, 0), e);
	PQclear(r);
	return rc;
}

/* The tables that explain rows, where they are and may be read. */
static int
find_context(struct postgres *p, struct err *e)
{
	PGresult *r = postgres_query(p, "SELECT c.oid, n.nspname, c.relname, has_table_privilege(c.oid, 'SELECT') FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = 'r' AND "
	    "c.relname IN ('retention_operations', 'audit_retention_policies', 'notification_audit', 'goose_db_version') ORDER BY n.nspname, c.relname", "reading the catalog", e);
	int rc = r ? 0 : -1;

	for (int i = 0; rc == 0 && i < PQntuples(r); i++)
		if (strcmp(PQgetvalue(r, i, 3), "t") == 0)
			rc = relation_add(p, PQgetvalue(r, i, 0), quoted(p, PQgetvalue(r, i, 1), PQgetvalue(r, i, 2)), NULL, e) || poll_add(p, &p->r[p->n - 1], e) ? -1 : 0;
		else
			buf_printf(&p->unread, "%s%.63s", p->unread.len ? ", " : "", PQgetvalue(r, i, 2));
	PQclear(r);
	return rc;
}

static int
begin(struct postgres *p, unsigned long long timeout, struct err *e)
{
	static const char *const setup[] = {
		"SET default_transaction_read_only = on", "SET lock_timeout = '5s'", "SET idle_in_transaction_session_timeout = '1h'", "SET row_security = off",
		"SET timezone = 'UTC'", "SET datestyle = 'ISO, MDY'", "SET intervalstyle = 'postgres'", "SET search_path = pg_catalog", "SET extra_float_digits = 3",
		"BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"
	};

	char limit[64];

	snprintf(limit, sizeof limit, "SET statement_timeout = '%llums'", timeout);
	if (postgres_command(p, limit, "beginning", e))
		return -1;
	for (unsigned i = 0; i < sizeof setup / sizeof *setup; i++)
		if (postgres_command(p, setup[i], "beginning", e))
			return -1;
	return 0;
}

struct postgres *
postgres_open(const char *uri, unsigned long long timeout, struct err *e)
{
	struct postgres *p = calloc(1, sizeof *p);
	time_t now = time(NULL);
	struct tm tm;

	if (p == NULL) {
		err_nomem(e);
		return NULL;
	}
	buf_init(&p->head, 4u << 20);
	buf_init(&p->out, 4u << 20);
	buf_init(&p->unread, 4096);
	strftime(p->host_clock, sizeof p->host_clock, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now, &tm));
	if ((p->c = dial(uri, e)) == NULL)
		goto fail;
	if (asprintf(&p->label, "postgres://%s@%s:%s/%s", PQuser(p->c), PQhost(p->c) ? PQhost(p->c) : "", PQport(p->c), PQdb(p->c)) < 0) {
		p->label = NULL;
		err_nomem(e);
		goto fail;
	}
	buf_str(&p->head, "--\n-- PostgreSQL database dump, as exhibit-export reads it\n--\n\nSET client_encoding = 'UTF8';\nSET standard_conforming_strings = on;\n");
	if (begin(p, timeout, e) == 0 && find_audit(p, e) == 0 && find_context(p, e) == 0) {
		p->now = p->r;
		p->n_now = p->n;
		return p;
	}
fail:
	postgres_free(p);
	return NULL;
}

void
postgres_free(struct postgres *p)
{
	if (p == NULL)
		return;
	postgres_rest(p);
	PQfreemem(p->row);
	PQfinish(p->c);
	for (unsigned i = 0; i < p->n; i++) {
		free(p->r[i].name);
		free(p->r[i].columns);
	}
	for (unsigned i = 0; i < p->n_poll; i++) {
		free(p->poll[i].name);
		free(p->poll[i].columns);
		free(p->poll[i].where);
	}
	free(p->poll);
	free(p->r);
	free(p->root);
	free(p->label);
	buf_release(&p->head);
	buf_release(&p->out);
	buf_release(&p->unread);
	free(p);
}

/* COPY … TO STDOUT, and the line of a dump that says so. */
static int
start_copy(struct postgres *p)
{
	const struct relation *r = &p->now[p->at];
	PGresult *q;
	char *sql;

	if ((r->through ? asprintf(&sql, "COPY (SELECT %s FROM %s WHERE %s) TO STDOUT", r->columns, r->name, r->where ? r->where : "true") : asprintf(&sql, "COPY %s (%s) TO STDOUT", r->name, r->columns)) < 0)
		return -1;
	q = PQexec(p->c, sql);
	free(sql);
	if (PQresultStatus(q) != PGRES_COPY_OUT) {
		char why[300];

		snprintf(p->why, sizeof p->why, "%s: COPY %.80s: %.250s", p->label, r->name, words(p->c, why));
		PQclear(q);
		return -1;
	}
	PQclear(q);
	buf_printf(&p->out, "COPY %s (%s) FROM stdin;\n", r->name, r->columns);
	p->state = SEND_ROWS;
	return 0;
}

/* The next row into the window, or aside if it is a long one. 1: more; 0: the table has ended; -1: it broke off. */
static int
next_row(struct postgres *p)
{
	PGresult *q;
	bool fine;

	PQfreemem(p->row);
	p->row = NULL;
	if ((p->row_len = PQgetCopyData(p->c, &p->row, 0)) > 0) {
		if ((size_t)p->row_len <= CHUNK) {
			buf_put(&p->out, p->row, (size_t)p->row_len);
			p->row_len = 0;
		}
		return 1;
	}
	if (p->row_len == -2)
		return -1;
	p->row_len = 0;
	q = PQgetResult(p->c);
	fine = PQresultStatus(q) == PGRES_COMMAND_OK;
	PQclear(q);
	PQclear(PQgetResult(p->c));
	return fine ? 0 : -1;
}

/* The next piece of the dump. 0: it has ended; -1: why. */
static ssize_t
more(void *arg, const void **ret, char why[400])
{
	struct postgres *p = arg;
	char text[300];

	if (p->state == SEND_HEAD) {               /* what was gathered while the catalog was read */
		p->state = SEND_COPY;
		*ret = p->head.p;
		return (ssize_t)p->head.len;
	}
	if (p->row_len > 0) {                      /* a long row, by itself */
		*ret = p->row;
		p->sent = p->row_len;
		p->row_len = 0;
		return p->sent;
	}
	buf_clear(&p->out);
	while (p->out.len < CHUNK && p->row_len == 0 && p->state != SEND_END) {
		int rc;

		if (p->state == SEND_COPY) {
			if (p->at == p->n_now)
				p->state = SEND_END;
			else if (start_copy(p))
				goto fail;
			continue;
		}
		if ((rc = next_row(p)) < 0) {
			snprintf(p->why, sizeof p->why, "%s: the rows of %.80s broke off: %.250s", p->label, p->now[p->at].name, words(p->c, text));
			goto fail;
		}
		if (rc == 0) {
			buf_str(&p->out, "\\.\n");
			p->at++;
			p->state = SEND_COPY;
		}
	}
	if (p->out.failed)
		goto fail;
	if (p->out.len == 0 && p->row_len > 0)
		return more(arg, ret, why);
	*ret = p->out.p;
	return (ssize_t)p->out.len;
fail:
	snprintf(why, 400, "%s", p->why[0] ? p->why : "out of memory");
	return -1;
}

static void
interrupt(void *arg)
{
	struct postgres *p = arg;

	shutdown(PQsocket(p->c), SHUT_RDWR);
}

void
postgres_rest(struct postgres *p)
{
	ahead_free(p->ahead, interrupt);
	p->ahead = NULL;
}

static ssize_t
next(void *arg, const void **ret, char why[400])
{
	struct postgres *p = arg;

	return ahead_next(p->ahead, ret, why);
}

struct stream *
postgres_stream(struct postgres *p, struct err *e)
{
	postgres_rest(p);
	return (p->ahead = ahead_new(more, p, e)) ? stream_of(p->label, next, p, e) : NULL;
}

/* day → type → rows, as the server counts them in the same snapshot. */
static int
put_counted(struct postgres *p, struct buf *b, uint64_t *total, struct err *e)
{
	char *sql = NULL, day[32] = "";
	PGresult *r;
	bool pairs;

	if (asprintf(&sql, "SELECT d::text, t::text, n FROM (SELECT event_date AS d, event_type AS t, count(*) AS n FROM %s GROUP BY 1, 2) AS counted ORDER BY d::text COLLATE \"C\", t::text COLLATE \"C\"", p->root) < 0)
		return err_nomem(e);
	r = postgres_query(p, sql, "counting the rows", e);
	free(sql);
	if (r == NULL)
		return -1;
	pairs = PQntuples(r) <= PAIRS;
	*total = 0;
	buf_byte(b, '{');
	for (int i = 0; i < PQntuples(r); i++) {
		const char *n = PQgetvalue(r, i, 2);
		bool same = i && strcmp(day, PQgetvalue(r, i, 0)) == 0;
		uint64_t v = 0;

		dec_u64(n, strlen(n), &v);
		*total += v;
		if (!pairs)
			continue;
		if (!same) {
			snprintf(day, sizeof day, "%.31s", PQgetvalue(r, i, 0));
			buf_str(b, i ? "}," : "");
			text_json(b, day, strlen(day));
			buf_str(b, ":{");
		}
		buf_str(b, same ? "," : "");
		text_json(b, PQgetvalue(r, i, 1), (size_t)PQgetlength(r, i, 1));
		buf_printf(b, ":%llu", (unsigned long long)v);
	}
	buf_str(b, pairs && PQntuples(r) ? "}}" : "}");
	PQclear(r);
	return 0;
}

static void
put_fact(struct postgres *p, struct buf *b, const char *name, const char *sql)
{
	char *v = postgres_maybe(p, sql);

	buf_printf(b, ",\"%s\":", name);
	if (v && strcmp(name, "replica") == 0)
		buf_str(b, v[0] == 't' ? "true" : "false");
	else if (v)
		text_json(b, v, strlen(v));
	else
		buf_str(b, "null");
	free(v);
}

int
postgres_facts(struct postgres *p, struct input *in, bool count, struct err *e)
{
	static const struct { const char *name, *sql; } fact[] = {
		{ "server_version", "SELECT version()" }, { "system_identifier", "SELECT system_identifier FROM pg_control_system()" }, { "database", "SELECT current_database()" }, { "role", "SELECT current_user" },
		{ "replica", "SELECT pg_is_in_recovery()" }, { "lsn", "SELECT CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END" },
		{ "snapshot", "SELECT txid_current_snapshot()" }, { "isolation", "SELECT current_setting('transaction_isolation')" }, { "migration", NULL },
		{ "database_clock", "SELECT to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')" }
	};
	char *schema = strndup(p->root, (size_t)(strrchr(p->root, '.') - p->root)), *migration = NULL;
	struct buf *b = &in->database;
	uint64_t total = 0, read = 0;
	char s[400];
	int rc;

	if (schema == NULL || asprintf(&migration, "SELECT max(version_id) FROM %s.goose_db_version WHERE is_applied", schema) < 0) {
		free(schema);
		return err_nomem(e);
	}
	buf_str(b, "{\"server\":");
	text_json(b, p->label, strlen(p->label));
	for (unsigned i = 0; i < sizeof fact / sizeof *fact; i++)
		put_fact(p, b, fact[i].name, fact[i].sql ? fact[i].sql : migration);
	buf_printf(b, ",\"host_clock\":\"%s\",\"tls\":%s%s%s,\"counted\":", p->host_clock, PQsslInUse(p->c) ? "\"" : "", PQsslInUse(p->c) ? PQsslAttribute(p->c, "protocol") : "null", PQsslInUse(p->c) ? "\"" : "");
	rc = 0;
	if (count)
		rc = put_counted(p, b, &total, e);
	else
		buf_str(b, "{}");
	for (unsigned i = 0; i < in->n_tables; i++)
		if (strstr(in->table[i].name, "audit_events"))
			read += in->table[i].rows;
	if (count)
		buf_printf(b, ",\"rows\":%llu}", (unsigned long long)total);
	else
		buf_str(b, ",\"rows\":null}");
	if (p->unread.len) {
		snprintf(s, sizeof s, "the role may not read %.*s: what stands there is not in evidence", (int)p->unread.len, (const char *)p->unread.p);
		input_lacks(in, s);
	}
	if (rc == 0 && count && total != read) {
		snprintf(s, sizeof s, "the server counts %llu rows of audit_events in the same snapshot, %llu were read", (unsigned long long)total, (unsigned long long)read);
		input_lacks(in, s);
	}
	if (rc == 0 && count)
		rc = postgres_command(p, "COMMIT", "ending the snapshot", e);
	free(schema);
	free(migration);
	return rc || b->failed ? rc ? rc : err_nomem(e) : 0;
}

int
postgres_estimate(struct postgres *p, struct buf *json, uint64_t *ret_rows, struct err *e)
{
	unsigned long long rows = 0, bytes = 0;

	if (json)
		buf_str(json, "\"tables\":[");
	for (unsigned i = 0; i < p->n; i++) {
		char *sql = NULL;
		PGresult *r;
		const char *n, *size;
		uint64_t v = 0, w = 0;

		if (asprintf(&sql, "SELECT greatest(c.reltuples, 0)::bigint, pg_table_size(c.oid) FROM pg_class c WHERE c.oid = '%s'::regclass", p->r[i].name) < 0)
			return err_nomem(e);
		r = postgres_query(p, sql, "estimating", e);
		free(sql);
		if (r == NULL)
			return -1;
		n = PQgetvalue(r, 0, 0);
		size = PQgetvalue(r, 0, 1);
		dec_u64(n, strlen(n), &v);
		dec_u64(size, strlen(size), &w);
		PQclear(r);
		rows += v;
		bytes += w;
		if (json) {
			buf_str(json, i ? ",{\"table\":" : "{\"table\":");
			text_json(json, p->r[i].name, strlen(p->r[i].name));
			buf_printf(json, ",\"rows_estimated\":%llu,\"bytes\":%llu}", (unsigned long long)v, (unsigned long long)w);
		} else {
			printf("  %-46s about %llu rows, %llu bytes\n", p->r[i].name, (unsigned long long)v, (unsigned long long)w);
		}
	}
	if (json)
		buf_printf(json, "],\"rows_estimated\":%llu,\"bytes\":%llu", rows, bytes);
	else
		printf("  together about %llu rows, %llu bytes, in one snapshot\n", rows, bytes);
	*ret_rows = rows;
	return postgres_command(p, "COMMIT", "ending the snapshot", e);
}
