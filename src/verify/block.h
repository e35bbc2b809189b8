/*
 * One block after the other, on all cores: unpacked, its records proved and judged as far as a
 * block alone allows. A block that cannot be unpacked is a finding, and the next one is read.
 * Workers fill a ring of jobs; whoever merges them does so in the order of the log, so the outcome
 * never depends on timing.
 */
#ifndef VERIFY_BLOCK_H
#define VERIFY_BLOCK_H

#include <pthread.h>

#include "chain/versions.h"
#include "record/daycount.h"
#include "verify/inputs.h"
#include "verify/lost.h"
#include "verify/multiset.h"
#include "verify/verify.h"

#define RING 8

/* What a worker says of one record. */
struct judged {
	uint8_t kind, was, content, link, type; /* was: of a record that is left out */
	int8_t key;
	/* unlike: withheld, and its digest is not its unkeyed hash (J-8) */
	bool hashed, keyed, remediation, wait, unlike;
	uint8_t corr[32], claimed[32], previous[32];
	int64_t time;
	uint64_t id, seq; /* seq: insert_seq, 0 none */
	uint32_t parent;  /* record of the same block, EVENT_NONE */
	uint16_t flags;
	uint32_t source;
	uint64_t ordinal;
	bool hidden;    /* left out, and its header of version 2 hides what it says */
	bool goes_on;   /* a reject that began in the record before */
	uint32_t event; /* its number; filled when merged */
};

/* What a worker says of one block. */
struct job {
	uint64_t block; /* index of the row */
	bool done;
	uint32_t n;
	struct judged *rec; /* EX_BLOCK_RECORDS */
	struct findings findings;
	bool ok, failed;
	struct err err;            /* of the tool, while the block was read */
	struct context_head *head; /* of its context records */
	uint32_t n_heads, cap_heads;
	uint64_t first_size; /* of its first record in a body part (C-7) */
	uint32_t polls;
	/* its last record is a poll; its first one an input-end */
	bool polled, run_ended;
	struct lost lost;         /* its rejects that were rows */
	struct versions versions; /* its conflicts with records of this file */
	struct utc_range time;
	struct retention_run *run;
	unsigned n_runs;
	uint64_t migration;         /* the newest that the source's own table names */
	uint64_t product[4];        /* kinds 1–3 */
	uint64_t kinds[8], left[8]; /* as headers say; left out of them (C-20) */
	uint64_t left_plain;        /* of left, with digests without salt */
	uint64_t indexed[4], hmac_rows, hmac_fit, withheld_fit, objects;
};

/* What the workers of one archive share; all of it below the lock but a, v and point. */
struct work {
	struct verification *v;
	struct archive *a;
	struct multiset_point point;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	uint64_t next, merged;
	bool stop;
	struct job ring[RING];
	struct daycount *days;
};

/* A thread: takes the next block, judges it into its place in the ring, until there is none. arg:
 * struct work. */
void *block_worker(void *arg);

/* What one thread judges blocks with. NULL: no memory. */
struct desk;
struct desk *desk_new(struct work *w);
/* Below the lock, which it gives away meanwhile: the next block is judged into its place in the
 * ring, which must be free. false: there is none. */
bool desk_judge(struct desk *x);
/* Not below the lock. x may be NULL. */
void desk_free(struct desk *x);

#endif
