/*
 * A living PostgreSQL, read as pg_dump would write it: one REPEATABLE READ, READ ONLY snapshot; every partition by COPY, nothing cast; then the tables that explain
 * the rows (reference: source-interfaces 1). What can be known of the server goes into the manifest (record.md R-15 `database`).
 */
#ifndef SOURCE_POSTGRES_H
#define SOURCE_POSTGRES_H

#include "source/session.h"

struct postgres;

/* postgres://… or postgresql://… */
bool postgres_is(const char *arg);

/* Connects and takes the snapshot. NULL (e). The password of the URI appears nowhere. */
struct postgres *postgres_open(const char *uri, struct err *e);
void postgres_free(struct postgres *p);

/* user@host:port/database: what stands in the archive for the URI; owned by p. */
const char *postgres_label(const struct postgres *p);
/* The rows as a stream of a dump; p must outlive it. NULL (e). */
struct stream *postgres_stream(struct postgres *p, struct err *e);
/* Behind the rows: what the server is and counted, and whether that is what was read, into in->database and in->lacks. -1 (e). */
int postgres_facts(struct postgres *p, struct input *in, struct err *e);

/* inspect: tables, estimated rows and bytes, without reading a row. As text on stdout, or as members of a JSON object into json. */
int postgres_estimate(struct postgres *p, struct buf *json, struct err *e);

#endif
