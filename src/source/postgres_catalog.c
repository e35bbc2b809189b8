/*
 * Which tables a database has for us: audit_events with its partitions, those that were detached,
 * those that explain its rows; and the sequence of its numbers.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/vec.h"
#include "source/postgres_inner.h"

static char *
quoted(struct postgres *p, const char *schema, const char *table)
{
	char *a = PQescapeIdentifier(p->c, schema, strlen(schema)),
	     *b = PQescapeIdentifier(p->c, table, strlen(table)), *ret = NULL;

	if (a && b && asprintf(&ret, "%s.%s", a, b) < 0)
		ret = NULL;
	PQfreemem(a);
	PQfreemem(b);
	return ret;
}

/*
 * Columns of a relation as the catalog has them, in its order; the CREATE TABLE that pg_dump would
 * write goes to the head.
 */
static int
relation_add(
    struct postgres *p, const char *oid, char *name, const char *partition_of, struct err *e)
{
	char sql[500];
	struct relation *r = vec_resize(p->r, p->n + 1, sizeof *r);
	struct buf columns;
	unsigned n_columns = 0;
	PGresult *q;

	if (r == NULL || name == NULL) {
		free(name);
		return err_nomem(e);
	}
	p->r = r;
	p->r[p->n] = (struct relation){ .name = name };
	snprintf(p->r[p->n].oid, sizeof p->r[p->n].oid, "%.20s", oid);
	snprintf(sql, sizeof sql,
	    "SELECT attname, format_type(atttypid, atttypmod), %s FROM "
	    "pg_catalog.pg_attribute WHERE attrelid = %.20s AND attnum > 0 AND NOT attisdropped "
	    "ORDER BY attnum",
	/* generated columns came with version 12 */
	    PQserverVersion(p->c) >= 120000 ? "attgenerated <> ''" : "false", oid);
	if ((q = postgres_query(p, sql, "reading the catalog", e)) == NULL) {
		free(name);
		return -1;
	}
	buf_init(&columns, 1u << 20);
	buf_printf(&p->head, "CREATE TABLE %s (\n", name);
	for (int i = 0; i < PQntuples(q); i++) {
		size_t len = (size_t)PQgetlength(q, i, 0);
		char *id = PQescapeIdentifier(p->c, PQgetvalue(q, i, 0), len);

		/*
		 * COPY refuses generated columns. pg_dump leaves them out, and so does this: they
		 * repeat what others say. One that rows are judged by is read by SELECT.
		 */
		if (strcmp(PQgetvalue(q, i, 2), "t") == 0) {
			if (column_by_name(PQgetvalue(q, i, 0), len, false) == 0) {
				PQfreemem(id);
				continue;
			}
			p->r[p->n].through = true;
		}
		buf_printf(&columns, "%s%s", n_columns ? ", " : "", id ? id : "");
		buf_printf(&p->head, "%s    %s %s", n_columns++ ? ",\n" : "", id ? id : "",
		    PQgetvalue(q, i, 1));
		columns.failed |= id == NULL;
		PQfreemem(id);
	}
	/* as pg_dump prints a table, since pgdump_tables.c reads it */
	buf_str(&p->head, "\n);\n");
	if (partition_of)
		buf_printf(&p->head,
		    "ALTER TABLE ONLY %s ATTACH PARTITION %s FOR VALUES FROM (0) "
		    "TO (0);\n",
		    partition_of, name);
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
	struct relation *r = vec_resize(p->poll, p->n_poll + 1, sizeof *r);

	if (r == NULL)
		return err_nomem(e);
	p->poll = r;
	r += p->n_poll++;
	*r = (struct relation){
		.name = strdup(of->name), .columns = strdup(of->columns), .through = true
	};
	memcpy(r->oid, of->oid, sizeof r->oid);
	return r->name && r->columns ? 0 : err_nomem(e);
}

/*
 * The parent's columns stand first, as in a dump; then each partition, or, where the role may not
 * read them by themselves, all of them through the parent.
 */
static int
partitions(struct postgres *p, const char *oid, struct err *e)
{
	struct relation *parent;
	char sql[700];
	PGresult *r;
	bool all = true;
	int rc;

	/* first the parent, so that its columns are known before a partition is */
	if (relation_add(p, oid, strdup(p->root), NULL, e))
		return -1;
	snprintf(sql, sizeof sql,
	    "SELECT c.oid, n.nspname, c.relname, has_table_privilege(c.oid, "
	    "'SELECT') FROM pg_catalog.pg_partition_tree(%.20s) t JOIN pg_catalog.pg_class c ON "
	    "c.oid = t.relid "
	    "JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE t.isleaf AND "
	    "c.relkind = 'r' ORDER BY n.nspname, c.relname",
	    oid);
	if ((r = postgres_query(p, sql, "reading its partitions", e)) == NULL)
		return -1;
	/* a role may be allowed to read the table and not its partitions */
	for (int i = 0; i < PQntuples(r); i++)
		all &= strcmp(PQgetvalue(r, i, 3), "t") == 0;
	parent = &p->r[p->n - 1];
	parent->through |= !all;
	/* the parent is what polls ask */
	rc = poll_add(p, parent, e);
	/* read by partitions, the parent is not read as well: its rows would come twice */
	if (all) {
		free(parent->name);
		free(parent->columns);
		p->n--;
	}
	for (int i = 0; all && rc == 0 && i < PQntuples(r); i++)
		rc = relation_add(p, PQgetvalue(r, i, 0),
		    quoted(p, PQgetvalue(r, i, 1), PQgetvalue(r, i, 2)), p->root, e);
	PQclear(r);
	return rc;
}

/*
 * Rows of a table that is no partition any more, as this snapshot sees them; one that holds none is
 * nothing to tell. Takes name over.
 */
static int
note_detached(struct postgres *p, const char *from, char *name, bool may_read, struct err *e)
{
	struct detached *d = vec_resize(p->detached, p->n_detached + 1, sizeof *d);
	PGresult *r = NULL;
	uint64_t rows = 0;
	char *sql = NULL;
	int rc = 0;

	if (d)
		p->detached = d;
	if (d == NULL || name == NULL || asprintf(&sql, "SELECT count(*) FROM ONLY %s", from) < 0)
		rc = err_nomem(e);
	else if (may_read &&
	    (r = postgres_query(p, sql, "counting the rows of a detached partition", e)) == NULL)
		rc = -1;
	free(sql);
	if (r)
		dec_u64(PQgetvalue(r, 0, 0), strlen(PQgetvalue(r, 0, 0)), &rows);
	PQclear(r);
	if (rc || (may_read && rows == 0))
		free(name);
	else
		p->detached[p->n_detached++] = (struct detached){ name, rows, !may_read };
	return rc;
}

/*
 * Tables named as partitions are, in the schema of audit_events, that are attached to nothing, or
 * are being detached: pg_dump has their rows, a SELECT from audit_events has not. They are read if
 * that was asked for, and named otherwise.
 */
static int
find_detached(struct postgres *p, struct err *e)
{
	char sql[900];
	PGresult *r;
	int rc = 0;

	snprintf(sql, sizeof sql,
	    "SELECT c.oid, n.nspname, c.relname, has_table_privilege(c.oid, "
	    "'SELECT') FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = "
	    "c.relnamespace "
	    "WHERE c.relkind = 'r' AND c.relname ~ '^audit_events_[0-9]{4}_[0-9]{2}$' AND "
	    "c.relnamespace = (SELECT relnamespace FROM pg_catalog.pg_class WHERE oid = %s) "
	    "AND c.oid NOT IN (SELECT relid FROM pg_catalog.pg_partition_tree(%s) WHERE relid IS "
	    "NOT NULL) ORDER BY c.relname",
	    p->root_oid, p->root_oid);
	/* rights on each are asked for: what may not be read is told, and does not end the run */
	if ((r = postgres_query(p, sql, "looking for detached partitions", e)) == NULL)
		return -1;
	for (int i = 0; rc >= 0 && i < PQntuples(r); i++) {
		char *name = quoted(p, PQgetvalue(r, i, 1), PQgetvalue(r, i, 2)), *shown = NULL;
		bool may_read = strcmp(PQgetvalue(r, i, 3), "t") == 0;

		/* asked for, and readable */
		if (p->o.with_detached && may_read) {
			if ((rc = relation_add(p, PQgetvalue(r, i, 0), name, NULL, e)) == 0)
				p->r[p->n - 1].beside = true;
			continue;
		}
		/* told with the name as it is shown to people */
		if (name && asprintf(&shown, "%s.%s", PQgetvalue(r, i, 1), PQgetvalue(r, i, 2)) < 0)
			shown = NULL;
		rc = name ? note_detached(p, name, shown, may_read, e) : err_nomem(e);
		free(name);
	}
	PQclear(r);
	return rc < 0 ? -1 : 0;
}

/* audit_events wherever it lies, with all its partitions that hold rows. */
static int
find_audit(struct postgres *p, struct err *e)
{
	PGresult *r = postgres_query(p,
	    "SELECT c.oid, n.nspname, c.relname, c.relkind FROM "
	    "pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE "
	    "c.relname = 'audit_events' AND c.relkind IN ('r', 'p') "
	    "AND n.nspname NOT LIKE 'pg\\_temp%' ORDER BY n.nspname <> 'public', n.nspname",
	    "looking for the table audit_events", e);
	int rc = 0;

	if (r == NULL)
		return -1;
	/* several answers are possible, and each says what to do */
	if (PQntuples(r) == 0)
		rc = err_set(e, EX_DATA_ERR,
		    "%s: no table audit_events in this database: is it "
		    "Kubernaut's (action_history)?",
		    p->label);
	else if (PQntuples(r) > 1 && strcmp(PQgetvalue(r, 0, 1), "public"))
		rc = err_set(e, EX_DATA_ERR,
		    "%s: several tables audit_events, none of them in "
		    "schema public",
		    p->label);
	else if ((p->root = quoted(p, PQgetvalue(r, 0, 1), PQgetvalue(r, 0, 2))) == NULL)
		rc = err_nomem(e);
	else if (snprintf(p->root_oid, sizeof p->root_oid, "%.20s", PQgetvalue(r, 0, 0)),
	    strcmp(PQgetvalue(r, 0, 3), "r") == 0)
		/* a plain table, or one with partitions */
		rc = relation_add(p, PQgetvalue(r, 0, 0), strdup(p->root), NULL, e) ||
			poll_add(p, &p->r[p->n - 1], e) ?
		    -1 :
		    0;
	else
		rc = partitions(p, PQgetvalue(r, 0, 0), e);
	PQclear(r);
	/* partitions that are attached to nothing are looked for in either case */
	return rc ? rc : find_detached(p, e);
}

/* The tables that explain rows, where they are and may be read. */
static int
find_context(struct postgres *p, struct err *e)
{
	PGresult *r = postgres_query(p,
	    "SELECT c.oid, n.nspname, c.relname, "
	    "has_table_privilege(c.oid, 'SELECT') FROM pg_catalog.pg_class c JOIN "
	    "pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = 'r' AND "
	    "c.relname IN ('retention_operations', 'audit_retention_policies', "
	    "'notification_audit', 'goose_db_version') ORDER BY n.nspname, c.relname",
	    "reading the catalog", e);
	int rc = r ? 0 : -1;

	for (int i = 0; rc == 0 && i < PQntuples(r); i++)
		if (strcmp(PQgetvalue(r, i, 3), "t") == 0)
			rc = relation_add(p, PQgetvalue(r, i, 0),
				 quoted(p, PQgetvalue(r, i, 1), PQgetvalue(r, i, 2)), NULL, e) ||
				poll_add(p, &p->r[p->n - 1], e) ?
			    -1 :
			    0;
		else
			buf_printf(
			    &p->unread, "%s%.63s", p->unread.len ? ", " : "", PQgetvalue(r, i, 2));
	PQclear(r);
	return rc;
}

int
postgres_catalog(struct postgres *p, struct err *e)
{
	return find_audit(p, e) || find_context(p, e) ? -1 : 0;
}

int
postgres_sequence(struct postgres *p, struct err *e)
{
	char *sql, *v;

	/*
	 * is_called: before the first number the last value is the first to come. The column's own
	 * sequence, else the one that the source's schema names so.
	 */
	if (asprintf(&sql,
		"SELECT pg_catalog.pg_sequence_last_value(coalesce((SELECT "
		"pg_catalog.pg_get_serial_sequence('%s', a.attname)::pg_catalog.regclass FROM "
		"pg_catalog.pg_attribute a "
		"WHERE a.attrelid = %s AND a.attname = 'insert_seq' AND NOT a.attisdropped), "
		"(SELECT "
		"c.oid::pg_catalog.regclass FROM pg_catalog.pg_class c WHERE c.relkind = 'S' AND "
		"c.relname = 'audit_events_insert_seq' AND c.relnamespace = (SELECT relnamespace "
		"FROM "
		"pg_catalog.pg_class WHERE oid = %s))))",
		p->root, p->root_oid, p->root_oid) < 0)
		return err_nomem(e);
	v = postgres_maybe(p, sql);
	free(sql);
	snprintf(p->seq_last, sizeof p->seq_last, "%.20s",
	    v && strspn(v, "0123456789") == strlen(v) ? v : "");
	free(v);
	return 0;
}
