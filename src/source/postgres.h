/*
 * A living PostgreSQL, read as pg_dump would write it: one REPEATABLE READ, READ ONLY snapshot;
 * every partition by COPY, nothing cast; then the tables that explain
 * the rows (reference: source-interfaces 1). What can be known of the server goes into the
 * manifest (record.md R-15 `database`).
 */
#ifndef SOURCE_POSTGRES_H
#define SOURCE_POSTGRES_H

#include "json/emit.h"
#include "source/session.h"

struct postgres;

/* postgres://… or postgresql://… */
bool postgres_is(const char *arg);

struct postgres_options {
	uint64_t timeout; /* of a statement, ms */
	double max_snapshot;        /* seconds that one may be held; 0: any time */
	bool with_detached;         /* tables that were partitions, too */
};

/* Connects and takes the snapshot. NULL (e). The password of the URI appears nowhere. */
struct postgres *postgres_open(const char *uri, const struct postgres_options *o, struct err *e);
void postgres_free(struct postgres *p);

/* user@host:port/database: what stands in the archive for the URI; owned by p. */
const char *postgres_label(const struct postgres *p);
/*
 * Did the rows break off because a table was rewritten (ALTER TABLE and the like) while its lock
 * was waited for? The snapshot sees it empty then, so nothing of this
 * snapshot may be kept; another one is right.
 */
bool postgres_rewritten(const struct postgres *p);
/* Seconds that the snapshot has been held so far. */
double postgres_held(const struct postgres *p);
/* The rows as a stream of a dump; p must outlive it. NULL (e). */
struct stream *postgres_stream(struct postgres *p, struct err *e);
/* Is a transaction open? */
bool postgres_busy(const struct postgres *p);
/* Begins one; all that is set holds inside it only. -1 (e). */
int postgres_begin(struct postgres *p, struct err *e);
/* Does the table hold a row of this id, as the snapshot that is held sees it? */
int postgres_has(struct postgres *p, const uint8_t id[16], bool *ret, struct err *e);
/* The last number that the source's sequence handed out, as of the snapshot's beginning; 0: not
 * told. */
uint64_t postgres_last_number(const struct postgres *p);
/* The sequence's last number as it is now, in place of the one that postgres_facts put into
 * in->database. */
void postgres_facts_again(const struct postgres *p, struct input *in);
/*
 * What the server is, into in->database, what the role may not read into in->lacks. count: behind
 * the rows, what it counts too and whether that was read; the snapshot ends. -1 (e).
 */
int postgres_facts(struct postgres *p, struct input *in, bool count, struct err *e);

/*
 * postgres_poll.c: the same, again and again, in a snapshot each. New is what that snapshot sees
 * and the one of an earlier poll did not: by transaction ids, so that neither clocks nor
 * sequences matter. NEWEST looks among rows dated since `overlap` seconds ago (or, where it is
 * indexed, by insert_seq), SWEEP in the whole table and those that explain its rows.
 */
enum poll_kind { POLL_ALL, POLL_NEWEST, POLL_SWEEP };
/* Begins a snapshot. *snapshot: its text; server: what must stay the same for transaction ids to
 * mean the same. 1: columns or tables changed since postgres_open: open again; -1 (e). */
int postgres_poll_begin(struct postgres *p, struct buf *snapshot, char server[200], struct err *e);
/* What postgres_stream gives next; before: the text of an earlier snapshot (not for POLL_ALL). */
int postgres_poll_rows(
    struct postgres *p, enum poll_kind kind, const char *before, unsigned overlap, struct err *e);
/* Calls f with every event id of the table. */
int postgres_poll_ids(struct postgres *p, int (*f)(void *arg, const uint8_t id[16], struct err *e),
    void *arg, struct err *e);
/* What postgres_stream gives next: the rows of these ids. */
int postgres_poll_these(struct postgres *p, const uint8_t (*id)[16], size_t n, struct err *e);
int postgres_poll_end(struct postgres *p, struct err *e);

/* inspect: tables, estimated rows and bytes, without reading a row. As text on stdout, or as
 * members of the JSON object that is open in json. */
int postgres_estimate(struct postgres *p, struct emit *json, uint64_t *ret_rows, struct err *e);

#endif
