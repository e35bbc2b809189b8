/* What postgres.c and postgres_poll.c share. */
#ifndef SOURCE_POSTGRES_INNER_H
#define SOURCE_POSTGRES_INNER_H

#include <libpq-fe.h>
#include <time.h>

#include "source/ahead.h"
#include "source/postgres.h"

struct relation {      /* one COPY */
	char *name;    /* qualified and quoted */
	char *columns; /* quoted, comma-separated */
	char oid[24];
	/* by SELECT: a parent whose partitions the role may not read by themselves, columns that
	 * COPY refuses, or some rows only */
	bool through;
	bool beside; /* a detached partition */
	char *where; /* condition of the rows, NULL: all */
};

/* A table that looks like a partition of audit_events and is attached to nothing: its month was
 * detached, and its rows are still there. */
struct detached {
	char *name; /* schema.table, as dumps have it */
	uint64_t rows;
	bool unread; /* the role may not read it, so nobody counted */
};

struct postgres {
	PGconn *c;
	char *label;
	struct postgres_options o;
	struct detached *detached; /* those with rows, unless they were asked for */
	unsigned n_detached;
	char root_oid[24];
	/* last number that the sequence of insert_seq handed out; '': not told. Not of the
	 * snapshot: a sequence has none */
	char seq_last[24];
	struct timespec began; /* of the snapshot that is held */
	/* a table was, after the snapshot: what was read of it is not what it held */
	bool rewritten;
	struct relation *r; /* everything, a table or partition each */
	unsigned n;
	/* or, in a file that follows: the parent, then the tables that explain its rows */
	struct relation *poll;
	unsigned n_poll;
	const struct relation *now; /* what is being read: one of the two */
	unsigned n_now, at;
	char *root; /* of audit_events, qualified and quoted */
	enum { SEND_HEAD, SEND_COPY, SEND_ROWS, SEND_END } state;
	struct buf head;               /* the dump's beginning: CREATE TABLE of all */
	struct buf out;                /* what the stream was handed last */
	bool has_seq;                  /* insert_seq is there and indexed */
	char columns[40];              /* digest of all columns, to see that they changed */
	struct ahead *ahead;           /* reads from the server while rows are built */
	struct buf unread;             /* names of tables that the role may not read */
	char *row;                     /* of libpq: the last one */
	int row_len, sent;             /* of a long one that is to be sent by itself; else 0 */
	char host_clock[40], why[400]; /* why: of a failure while rows came */
};

PGresult *postgres_query(struct postgres *p, const char *sql, const char *doing, struct err *e);
int postgres_command(struct postgres *p, const char *sql, const char *doing, struct err *e);
/* One value that the role may not be allowed to ask for; owned by the caller, NULL: not told. */
char *postgres_maybe(struct postgres *p, const char *sql);
/* The thread that reads ahead has ended afterwards; if it had to be interrupted, the connection is
 * gone. */
void postgres_rest(struct postgres *p);
int postgres_failed(struct postgres *p, const char *doing, struct err *e);
/* postgres_catalog.c: finds the tables. -1 (e): there is no audit_events, or it may not be looked
 * for. */
int postgres_catalog(struct postgres *p, struct err *e);
/* Fills seq_last. */
int postgres_sequence(struct postgres *p, struct err *e);

#endif
