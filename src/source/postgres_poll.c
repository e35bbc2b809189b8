#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "source/postgres_inner.h"

/* All columns of all tables, their types, and which tables there are. */
static int
columns_now(struct postgres *p, char ret[40], struct err *e)
{
	PGresult *r = postgres_query(p,
	    "SELECT md5(string_agg(c.oid || ' ' || c.relkind::text || ' ' || a.attnum || ' ' || "
	    "a.attname || ' ' || a.atttypid || ' ' || a.atttypmod || ' ' || a.attisdropped, ',' "
	    "ORDER BY c.oid, a.attnum)) FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid "
	    "AND a.attnum > 0 WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relname "
	    "IN ('audit_events', "
	    "'retention_operations', 'audit_retention_policies', 'notification_audit', "
	    "'goose_db_version')",
	    "reading the catalog", e);

	if (r == NULL)
		return -1;
	snprintf(ret, 40, "%.36s", PQgetvalue(r, 0, 0));
	PQclear(r);
	return 0;
}

static void
add_told(struct postgres *p, char server[200], const char *sql)
{
	char *v = postgres_maybe(p, sql);
	size_t n = strlen(server);

	snprintf(server + n, 200 - n, "%s%.60s", n ? "/" : "", v ? v : "");
	free(v);
}

int
postgres_poll_begin(struct postgres *p, struct buf *snapshot, char server[200], struct err *e)
{
	char columns[40];
	PGresult *r;

	/* each poll sees its own snapshot, or it would see the first one for ever */
	if (PQtransactionStatus(p->c) == PQTRANS_IDLE && postgres_begin(p, e))
		return -1;
	if ((r = postgres_query(p, "SELECT pg_current_snapshot()", "taking the snapshot", e)) ==
	    NULL)
		return -1;
	buf_clear(snapshot);
	buf_str(snapshot, PQgetvalue(r, 0, 0));
	buf_byte(snapshot, '\0');
	PQclear(r);
	if (snapshot->failed)
		return err_nomem(e);
	server[0] = '\0';
	/* system, timeline and start of the server: another one has other transactions */
	add_told(p, server, "SELECT system_identifier FROM pg_control_system()");
	add_told(p, server, "SELECT timeline_id FROM pg_control_checkpoint()");
	add_told(p, server,
	    "SELECT to_char(pg_postmaster_start_time() AT TIME ZONE 'UTC', "
	    "'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')");
	/* a column that was added changes what a row is */
	if (columns_now(p, columns, e) || postgres_sequence(p, e))
		return -1;
	/* asked once: an index on insert_seq makes the newest rows cheap to find */
	if (p->columns[0] == '\0') {
		char *seq = NULL, *sql;

		snprintf(p->columns, sizeof p->columns, "%s", columns);
		if (asprintf(&sql,
			"SELECT 1 FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid "
			"AND a.attnum = i.indkey[0] WHERE i.indrelid = '%s'::regclass AND "
			"a.attname = 'insert_seq' AND i.indisvalid LIMIT 1",
			p->root) < 0)
			return err_nomem(e);
		seq = postgres_maybe(p, sql);
		free(sql);
		p->has_seq = seq != NULL;
		free(seq);
	}
	return strcmp(columns, p->columns) != 0;
}

int
postgres_poll_end(struct postgres *p, struct err *e)
{
	return postgres_command(p, "COMMIT", "ending the snapshot", e);
}

/* A row's xmin as a full transaction id, held against a snapshot: xids of visible rows lie before
 * the snapshot's end, and less than 2^32 before it or frozen long ago. */
static char *
unseen(const char *before, const char *xmax)
{
	char *sql;

	return asprintf(&sql,
		   "NOT pg_visible_in_snapshot((%s - ((%s - xmin::text::bigint) & "
		   "4294967295))::text::xid8, '%s'::pg_snapshot)",
		   xmax, xmax, before) < 0 ?
	    NULL :
	    sql;
}

static void
restart(struct postgres *p, const struct relation *r, unsigned n)
{
	postgres_rest(p);
	p->now = r;
	p->n_now = n;
	p->at = 0;
	p->state = SEND_HEAD;
	PQfreemem(p->row);
	p->row = NULL;
	p->row_len = p->sent = 0;
	p->why[0] = '\0';
}

int
postgres_poll_rows(
    struct postgres *p, enum poll_kind kind, const char *before, unsigned overlap, struct err *e)
{
	PGresult *r;
	char *fresh;

	if (kind == POLL_ALL) {
		restart(p, p->r, p->n);
		return 0;
	}
	/* which transactions were over: rows of those that were not may come still */
	if ((r = postgres_query(p, "SELECT pg_snapshot_xmax(pg_current_snapshot())",
		 "taking the snapshot", e)) == NULL)
		return -1;
	fresh = unseen(before, PQgetvalue(r, 0, 0));
	PQclear(r);
	/* by the time of the event alone, late rows would be missed; by transactions alone, the
	 * whole table would be read */
	for (unsigned i = 0; fresh && i < p->n_poll; i++) {
		struct relation *t = &p->poll[i];
		int n;

		free(t->where);
		/* all rows of transactions that were open or unborn before */
		if (kind == POLL_SWEEP)
			n = asprintf(&t->where, "%s", fresh);
		else if (p->has_seq)
			/* the newest by time, or by the order of storing, whatever their time
			 * says */
			n = asprintf(&t->where,
			    "(event_timestamp >= now() - interval '%u seconds' OR insert_seq > "
			    "(SELECT max(insert_seq) - 10000 FROM %s)) AND %s",
			    overlap, p->root, fresh);
		else
			n = asprintf(&t->where,
			    "event_timestamp >= now() - interval '%u seconds' AND %s", overlap,
			    fresh);
		if (n < 0)
			t->where = NULL;
		/* told below, where every relation is looked at */
		if (n < 0)
			break;
		if (kind == POLL_NEWEST)
			/* the tables that explain rows are looked at by sweeps */
			break;
	}
	free(fresh);
	restart(p, p->poll, kind == POLL_NEWEST ? 1 : p->n_poll);
	/* a condition that found no memory must not become a poll without one */
	for (unsigned i = 0; i < p->n_now; i++)
		if (p->poll[i].where == NULL)
			return err_nomem(e);
	return 0;
}

int
postgres_poll_these(struct postgres *p, const uint8_t (*id)[16], size_t n, struct err *e)
{
	struct buf b;
	char text[37];

	buf_init(&b, 1u << 20);
	buf_str(&b, "event_id IN (");
	for (size_t i = 0; i < n; i++) {
		uuid_of(id[i], text);
		buf_printf(&b, "%s'%s'", i ? "," : "", text);
	}
	buf_byte(&b, ')');
	buf_byte(&b, '\0');
	free(p->poll[0].where);
	p->poll[0].where = b.failed ? NULL : strdup((char *)b.p);
	buf_release(&b);
	restart(p, p->poll, 1);
	return p->poll[0].where ? 0 : err_nomem(e);
}

int
postgres_poll_ids(struct postgres *p, int (*f)(void *arg, const uint8_t id[16], struct err *e),
    void *arg, struct err *e)
{
	char *sql, *row = NULL;
	uint8_t id[16];
	PGresult *r;
	int n, rc = 0;

	if (asprintf(&sql, "COPY (SELECT event_id FROM %s) TO STDOUT", p->root) < 0)
		return err_nomem(e);
	r = PQexec(p->c, sql);
	free(sql);
	if (PQresultStatus(r) != PGRES_COPY_OUT)
		rc = postgres_failed(p, "reading the ids", e);
	PQclear(r);
	while (rc == 0 && (n = PQgetCopyData(p->c, &row, 0)) > 0) {
		rc = n == 37 && uuid_to(row, 36, id) ? f(arg, id, e) :
						       err_set(e, EX_DATA_ERR,
							   "%s: an event_id that is no UUID: such "
							   "a table can be archived, not followed",
							   p->label);
		PQfreemem(row);
	}
	if (rc)
		return rc;
	for (; (r = PQgetResult(p->c)) != NULL; PQclear(r))
		if (PQresultStatus(r) != PGRES_COMMAND_OK)
			rc = postgres_failed(p, "reading the ids", e);
	return n == -2 ? postgres_failed(p, "reading the ids", e) : rc;
}
