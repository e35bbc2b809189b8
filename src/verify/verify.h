/*
 * The whole verification of one or more archives: storage and content proofs, indexes, counts,
 * and the source's own chain judged record by
 * record. Linear in records; blocks are checked on all cores, results are merged in log order, so
 * the outcome never depends on timing.
 */
#ifndef VERIFY_VERIFY_H
#define VERIFY_VERIFY_H

#include "archive/vouch.h"
#include "verify/expected.h"
#include "verify/inputs.h"
#include "verify/judge.h"
#include "verify/lost.h"
#include "verify/verdict.h"

enum link { LINK_NONE, LINK_FIRST, LINK_LINKED, LINK_MISSING, LINK_ELSEWHERE };

extern const char *const link_name[];

struct event_result {
	uint8_t content, link, type; /* enum content, enum link, expected.h */
	int8_t key;                  /* index of the fitting source key, -1 none */
	bool keyed : 1;              /* names the keyed algorithm */
	bool cause : 1, odd : 1;     /* causes.h, shape.h have something to say of it */
	/* withheld, and its digest is not its hash although spellings were tried */
	bool unlike : 1;
	bool goes_on : 1; /* a row that stands behind it sorts after it */
	/* linked by the rule of the source's newer writer: insert_seq.c */
	bool newer : 1;
};

#define HEADLINES_MAX 40u

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

enum dimension {
	DIM_INTEGRITY,
	DIM_COMPLETENESS,
	DIM_AUTHENTICITY,
	DIM_TIME,
	DIM_SEMANTICS,
	DIMENSIONS
};

struct verification {
	/* given */
	struct archive *archive;
	unsigned n_archives;
	const struct str *hmac;
	unsigned n_hmac, threads;
	/* seconds between the first and the last instance that got its key; 0: KEY_ROLLOUT */
	uint64_t key_rollout;
	struct expect *expect;
	unsigned n_expects;
	bool scoped;                  /* the auditor declares a period */
	int64_t scope_from, scope_to; /* µs, the end exclusive */
	bool any_vkey;
	/* read so far without a gap: its end, its newest time */
	struct {
		const char *origin;
		uint64_t next;
		int64_t newest;
	} log;
	/* result */
	struct findings findings;
	bool letters; /* dead letters are in evidence */
	uint64_t records, events, rejects, conflicts, contexts, objects, dead_letters, hashed,
	    content[CONTENTS], links[5], hmac_rows, hmac_fit, withheld_fit;
	uint64_t correlations, remediations, gap_correlations, sanitised, forks, forks_unexplained;
	struct event_result *event; /* in the order of files and log */
	struct node *node;          /* of each event */
	uint64_t *seq;              /* insert_seq of each, 0 none; NULL if no row has one */
	struct variant_name *variant;
	uint64_t n_variants;
	/* per block of all archives: number of events before it */
	uint64_t *block_event;
	uint64_t repeats; /* events that an earlier file holds too (J-10) */
	/* what could not be read (J-9) */
	uint64_t unread_records, unread_events, damaged_blocks;
	struct account account; /* what the inputs say of themselves (J-2) */
	bool gave_up;           /* variants not all tried */
	struct utc_range time;  /* of events */
	struct expected expected;
	struct retention_run *run;
	unsigned n_runs;
	/* the newest of the source's table of migrations; 0: none */
	uint64_t migration;
	/* rows that fit their hash without a key, and with one (J-6) */
	uint64_t unkeyed_fit, keyed_fit;
	/* correlations in which a decision was carried out whose record is not here */
	uint64_t decisions_missing;
	struct lost lost; /* rows that became rejects (J-7) */
	char period_text[200];
	struct grounds grounds;
	struct {
		enum state state;
		char *why;
		const char *rests_on;
	} part[PARTS];
	struct {
		enum state state;
		char why[2000];
	} dim[DIMENSIONS];
	const char *verdict, *archive_verdict, *source_verdict;
	int exit;
	char *headline[HEADLINES_MAX];
	unsigned n_headlines;
	char *not_checked[HEADLINES_MAX];
	unsigned n_not_checked;
};

/* archives must be authenticated, their findings are in v->findings already. -1: the tool
 * failed. */
int verify_run(struct verification *v, struct err *e);
void verify_release(struct verification *v);

/* Calls f for every event in order with its result (for --each). */
typedef int verify_each_fn(void *arg, const struct verification *v, const struct record *r,
    struct str correlation, const struct event_result *result, const char *variant);
int verify_each(struct verification *v, verify_each_fn *f, void *arg, struct err *e);

/* verdict.c: dimensions, verdicts, headline and exit status from what was found. */
void verdict_make(struct verification *v);
/* sources.c: findings about source records, links being settled. */
struct chain;
int source_findings(struct verification *v, struct chain *chain, struct err *e);

#endif
