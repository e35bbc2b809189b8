/*
 * Did the source's writer make these rows? What this folder judges, and what it finds: every source
 * record of the files given, in the order of files and log, with its content held against its hash,
 * its link, and its place in the tree of its correlation. Whether a file is as it was sealed is
 * judged in src/verify, which hands the rows on block by block and then runs the phases (phases.h).
 */
#ifndef CHAIN_ROWS_H
#define CHAIN_ROWS_H

#include "archive/vouch.h"
#include "chain/content.h"
#include "chain/expected.h"

/* LINK_LEFT_OUT: the predecessor is, or may be, a record that a disclosure copy leaves out. */
enum link {
	LINK_NONE,
	LINK_FIRST,
	LINK_LINKED,
	LINK_MISSING,
	LINK_ELSEWHERE,
	LINK_LEFT_OUT,
	LINKS
};

extern const char *const link_name[];

struct event_result {
	uint8_t content, link, type; /* enum content, enum link, expected.h */
	int8_t key;                  /* index of the fitting source key, -1 none */
	bool keyed : 1;              /* names the keyed algorithm */
	bool cause : 1, odd : 1;     /* causes.h, shape.h have something to say of it */
	/* withheld, and its digest is not its hash although spellings were tried */
	bool unlike : 1;
	/* no hash, though its type is one that the source hashes and its input carries hashes */
	bool bare : 1;
	bool goes_on : 1; /* a row that stands behind it sorts after it */
	/* linked by the rule of the source's newer writer: newer_writer.c */
	bool newer : 1;
};

#define EVENT_NONE UINT32_MAX
#define EVENTS_MAX (UINT32_MAX - 1) /* in one verification: they are numbered with 32 bits */

/* An event's place in the tree of its correlation. */
struct node {
	int64_t time;          /* µs since 1970; INT64_MIN: it has none */
	uint64_t id;           /* the first 8 bytes: enough to order rows of one time */
	uint32_t corr, parent; /* parent: event number, EVENT_NONE if it is not known */
};

struct variant_name {
	uint64_t event;
	char name[200];
};

/* A run of the source's retention worker, as its own table tells (context rows of
 * retention_operations). */
struct retention_run {
	char id[37];
	int64_t end; /* µs since 1970 */
	uint64_t deleted;
};

/* Rows that fit their hash by one key, and the times that they state. */
struct key_use {
	uint64_t rows;
	struct utc_range time;
};
/* In which place of rows->use: without a key, by one that was not given, by the n-th given. */
enum { USE_UNKEYED, USE_STRANGER, USE_GIVEN };

struct rows {
	/* given, and borrowed */
	struct archive *const *archive; /* proved, in the order of the log */
	unsigned n_archives;
	const struct str *hmac; /* the source's keys */
	unsigned n_hmac;
	/* seconds between the first and the last instance that got its key; 0: KEY_ROLLOUT */
	uint64_t key_rollout;
	uint64_t unread_records; /* of these files, that could not be read (J-9) */
	/* events that disclosure copies among them leave out (C-20): from the absence of a row
	 * nothing is concluded */
	uint64_t left_out;
	/* of these, whose headers do not show their hashes either */
	uint64_t left_hidden;
	struct findings *findings; /* what is found goes there */
	/* each row, by its number */
	uint64_t events;
	struct event_result *event;
	struct node *node;
	uint64_t *seq;                /* insert_seq of each, 0 none; NULL if no row has one */
	struct variant_name *variant; /* sorted by event */
	uint64_t n_variants;
	uint64_t *block_event; /* per block of all archives: number of events before it */
	struct utc_range time; /* of events */
	struct key_use *use;   /* USE_GIVEN + n_hmac of them */
	struct expected expected;
	/* what the source says of itself */
	struct retention_run *run;
	unsigned n_runs;
	uint64_t migration; /* the newest of its table of migrations; 0: none */
	/* counted */
	uint64_t hashed, content[CONTENTS], links[LINKS], hmac_rows, hmac_fit, withheld_fit;
	uint64_t correlations, gap_correlations, sanitised, forks, forks_unexplained;
	uint64_t repeats; /* events that an earlier file holds too (J-10) */
	/* rows that fit their hash without a key, and with one (J-6) */
	uint64_t unkeyed_fit, keyed_fit;
	/* correlations in which a decision was carried out whose record is not here */
	uint64_t decisions_missing;
	bool gave_up; /* variants not all tried */
};

/* Calls f for every event in the order of files and log with its result. -1: the tool failed (e),
 * or f said so. */
typedef int rows_each_fn(void *arg, const struct rows *rows, const struct record *r,
    struct str correlation, const struct event_result *result, const char *variant);
int rows_each(struct rows *rows, rows_each_fn *f, void *arg, struct err *e);
/* Frees what it keeps of each row; counts stay. For who has asked all that is asked of one row. */
void rows_forget(struct rows *rows);
/* Frees what the members from `event` on own. */
void rows_release(struct rows *rows);

#endif
