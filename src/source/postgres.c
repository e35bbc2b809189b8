#include "source/postgres_inner.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/text.h"

#define CHUNK 262144u
#define TRIES 5u /* of a server that is starting */

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

	return err_set(e, EX_IO_ERR, "%s: %s: %s", p->label ? p->label : "PostgreSQL", doing,
	    words(p->c, why));
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

/* TLS is verified unless the URI, or the environment, says otherwise; a socket of this machine
 * needs none. */
static PGconn *
dial(const char *uri, struct err *e)
{
	static const char *const keyword[] = { "dbname", "sslmode", "connect_timeout",
		"keepalives_idle", "keepalives_interval", "keepalives_count", "tcp_user_timeout",
		NULL };
	/* what stands behind the URI in this list overrules it */
	const char *value[] = { uri, "verify-full", "20", "15", "5", "3", "30000", NULL };
	char *why = NULL;
	PQconninfoOption *o = PQconninfoParse(uri, &why);
	PGconn *c = NULL;
	char text[300];

	if (o == NULL) {
		err_set(e, EX_USAGE_ERR, "the URI of the database: %.200s",
		    why ? why : "out of memory");
		PQfreemem(why);
		return NULL;
	}
	/* a mode that was said stays; without one, the server's name is verified */
	if (given(o, "sslmode") || getenv("PGSSLMODE"))
		value[1] = NULL;
	PQconninfoFree(o);
	/* a server that starts or stops refuses for a while; others fail at once */
	for (unsigned i = 0; i < TRIES; i++) {
		PQfinish(c);
		c = PQconnectdbParams(keyword, value, 1);
		if (PQstatus(c) == CONNECTION_OK || PQping(uri) != PQPING_REJECT)
			break;
		sleep(1u << i); /* it is starting, or shutting down */
	}
	if (PQstatus(c) == CONNECTION_OK)
		return c;
	/* the password stands in the URI: libpq's words are used, never the URI itself */
	err_set(e, EX_IO_ERR, "PostgreSQL: %s%s", words(c, text),
	    strstr(text, "SSL") ? " (TLS is verified unless the URI says sslmode=…)" : "");
	PQfinish(c);
	return NULL;
}

/*
 * Nothing is set but inside the transaction, and nothing by options of the connection: behind a
 * pooler the connection to the server is handed to the next client
 * as it was left, and search_path or read-only would stop the source's own writer.
 */
int
postgres_begin(struct postgres *p, struct err *e)
{
	char sql[1000];

	snprintf(sql, sizeof sql,
	    "BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL "
	    "client_encoding = 'UTF8'; SET LOCAL application_name = 'exhibit-export'; "
	    "SET LOCAL statement_timeout = '%" PRIu64 "ms'; SET LOCAL lock_timeout = '5s'; SET "
	    "LOCAL "
	    "idle_in_transaction_session_timeout = '1h'; SET LOCAL row_security = off; "
	    "SET LOCAL timezone = 'UTC'; SET LOCAL datestyle = 'ISO, MDY'; SET LOCAL intervalstyle "
	    "= 'postgres'; SET LOCAL search_path = pg_catalog; "
	    "SET LOCAL bytea_output = 'hex'; SET LOCAL extra_float_digits = 3%s",
	    p->o.timeout,
	    PQserverVersion(p->c) >= 170000 ? "; SET LOCAL transaction_timeout = 0" : "");
	clock_gettime(CLOCK_MONOTONIC, &p->began);
	return postgres_command(p, sql, "beginning", e);
}

bool
postgres_busy(const struct postgres *p)
{
	return PQtransactionStatus(p->c) != PQTRANS_IDLE;
}

bool
postgres_rewritten(const struct postgres *p)
{
	return p->rewritten;
}

double
postgres_held(const struct postgres *p)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)(now.tv_sec - p->began.tv_sec) +
	    (double)(now.tv_nsec - p->began.tv_nsec) / 1e9;
}

struct postgres *
postgres_open(const char *uri, const struct postgres_options *o, struct err *e)
{
	struct postgres *p = calloc(1, sizeof *p);
	time_t now = time(NULL);
	struct tm tm;

	if (p == NULL) {
		err_nomem(e);
		return NULL;
	}
	p->o = *o;
	buf_init(&p->head, 4u << 20);
	buf_init(&p->out, 4u << 20);
	buf_init(&p->unread, 4096);
	/* the host's clock, beside the database's: a difference explains times in the log */
	strftime(p->host_clock, sizeof p->host_clock, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now, &tm));
	if ((p->c = dial(uri, e)) == NULL)
		goto fail;
	/* without the password: the label is sealed */
	if (asprintf(&p->label, "postgres://%s@%s:%s/%s", PQuser(p->c),
		PQhost(p->c) ? PQhost(p->c) : "", PQport(p->c), PQdb(p->c)) < 0) {
		p->label = NULL;
		err_nomem(e);
		goto fail;
	}
	/* what is read becomes a dump, which one reader takes apart, whoever wrote it */
	buf_str(&p->head,
	    "--\n-- PostgreSQL database dump, as exhibit-export reads it\n--\n\nSET "
	    "client_encoding = 'UTF8';\nSET standard_conforming_strings = on;\n");
	/* snapshot, then catalog, then rows: all three see the same state */
	if (postgres_begin(p, e) == 0 && postgres_catalog(p, e) == 0 &&
	    postgres_sequence(p, e) == 0) {
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
	for (unsigned i = 0; i < p->n_detached; i++)
		free(p->detached[i].name);
	free(p->detached);
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

	if ((r->through ? asprintf(&sql, "COPY (SELECT %s FROM %s WHERE %s) TO STDOUT", r->columns,
			      r->name, r->where ? r->where : "true") :
			  asprintf(&sql, "COPY %s (%s) TO STDOUT", r->name, r->columns)) < 0)
		return -1;
	q = PQexec(p->c, sql);
	free(sql);
	if (PQresultStatus(q) != PGRES_COPY_OUT) {
		const char *state = PQresultErrorField(q, PG_DIAG_SQLSTATE);
		char why[300];

		/* a table or a column that the snapshot's catalog has and that is gone by now: the
		 * next snapshot knows */
		p->rewritten =
		    state && (strcmp(state, "42P01") == 0 || strcmp(state, "42703") == 0);
		snprintf(p->why, sizeof p->why, "%s: COPY %.80s: %.250s", p->label, r->name,
		    words(p->c, why));
		PQclear(q);
		return -1;
	}
	PQclear(q);
	buf_printf(&p->out, "COPY %s (%s) FROM stdin;\n", r->name, r->columns);
	p->state = SEND_ROWS;
	return 0;
}

/* The next row into the window, or aside if it is a long one. 1: more; 0: the table has ended; -1:
 * it broke off. */
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

/*
 * The snapshot is older than the lock that COPY waited for. What rewrote the table meanwhile left
 * it to newer transactions: this one sees it empty. Such a table has
 * another file than the snapshot's catalog tells of. Held against each other behind the rows,
 * when the lock keeps it as it is.
 */
static int
check_rewritten(struct postgres *p)
{
	const struct relation *r = &p->now[p->at];
	char sql[500], text[300];
	PGresult *q;

	snprintf(sql, sizeof sql,
	    "SELECT count(*) FROM pg_catalog.pg_class c WHERE c.relkind = 'r' AND "
	    "c.relfilenode IS DISTINCT FROM pg_catalog.pg_relation_filenode(c.oid) AND (c.oid = "
	    "%s%s%s%s)",
	    r->oid,
	    r->through ? " OR c.oid IN (SELECT relid FROM pg_catalog.pg_partition_tree(" : "",
	    r->through ? r->oid : "", r->through ? "))" : "");
	q = PQexec(p->c, sql);
	if (PQresultStatus(q) != PGRES_TUPLES_OK) {
		snprintf(p->why, sizeof p->why, "%s: the rows of %.80s cannot be checked: %.250s",
		    p->label, r->name, words(p->c, text));
		PQclear(q);
		return -1;
	}
	p->rewritten = strcmp(PQgetvalue(q, 0, 0), "0") != 0;
	PQclear(q);
	if (p->rewritten)
		snprintf(p->why, sizeof p->why,
		    "%s: %.120s was rewritten (by ALTER TABLE, TRUNCATE or the like) while its "
		    "rows were waited for: another snapshot is needed",
		    p->label, r->name);
	return p->rewritten ? -1 : 0;
}

/* Many rows into p->out, up to one that is long, which goes by itself (p->row). 0, -1: p->why. */
static int
gather(struct postgres *p)
{
	char text[300];
	int rc;

	while (p->out.len < CHUNK && p->row_len == 0 && p->state != SEND_END) {
		/* the next table, or the end */
		if (p->state == SEND_COPY) {
			if (p->at == p->n_now)
				p->state = SEND_END;
			else if (start_copy(p))
				return -1;
			continue;
		}
		if ((rc = next_row(p)) < 0) {
			snprintf(p->why, sizeof p->why, "%s: the rows of %.80s broke off: %.250s",
			    p->label, p->now[p->at].name, words(p->c, text));
			return -1;
		}
		if (rc)
			continue;
		/* A table that was rewritten meanwhile looks empty to an old snapshot. A poll need
		 * not ask: rows of a rewritten table are new to the next one. */
		if (p->now == p->r && check_rewritten(p))
			return -1;
		buf_str(&p->out, "\\.\n");
		p->at++;
		p->state = SEND_COPY;
	}
	return p->out.failed ? -1 : 0;
}

/* The next piece of the dump. 0: it has ended; -1: why. */
static ssize_t
more(void *arg, const void **ret, char why[400])
{
	struct postgres *p = arg;

	/* what was gathered while the catalog was read */
	if (p->state == SEND_HEAD) {
		p->state = SEND_COPY;
		*ret = p->head.p;
		return (ssize_t)p->head.len;
	}
	if (p->row_len > 0) { /* a long row, by itself */
		*ret = p->row;
		p->sent = p->row_len;
		p->row_len = 0;
		return p->sent;
	}
	buf_clear(&p->out);
	/* a snapshot holds back the server's cleaning: beyond what was allowed the run ends, and
	 * nothing half is kept */
	if (p->o.max_snapshot > 0 && postgres_held(p) > p->o.max_snapshot) {
		snprintf(p->why, sizeof p->why,
		    "%s: the snapshot was held for longer than --max-snapshot %.0f s: nothing is "
		    "kept of a part",
		    p->label, p->o.max_snapshot);
		goto fail;
	}
	if (gather(p))
		goto fail;
	/* a long row came first */
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
