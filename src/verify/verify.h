/*
 * The verification of one or more archives: is each file as it was sealed (its bytes, blocks,
 * indexes, counts, and what it says of its inputs: this folder), did the source's writer make its
 * rows (src/chain), and what follows from both (verdict.def). Linear in records; blocks are checked
 * on all cores, results are merged in log order, so the outcome never depends on timing.
 */
#ifndef VERIFY_VERIFY_H
#define VERIFY_VERIFY_H

#include "archive/dated.h"
#include "archive/vouch.h"
#include "chain/rows.h"
#include "verify/account.h"
#include "verify/inputs.h"
#include "verify/lost.h"
#include "verify/timely.h"
#include "verify/verdict.h"

#define HEADLINES_MAX 40u

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
	struct archive *const *archive;
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
	/* when the auditor confirmed the keys that signed (M-1); NULL: they were given */
	const char *confirmed;
	const struct dates *dates; /* checkpoints that others dated (W-7); NULL: none */
	/* read so far without a gap: its end, its newest time */
	struct {
		const char *origin;
		uint64_t next;
		int64_t newest;
	} log;
	/* result */
	struct findings findings;
	struct asked *asked; /* by file: what its exporter was asked for */
	bool letters;        /* dead letters are in evidence */
	uint64_t records, rejects, conflicts, contexts, objects, dead_letters, remediations;
	uint64_t letters_deciding; /* dead letters, not stored, that record a decision (J-2) */
	struct rows rows;          /* of the source; given from here when verify_run begins */
	/* of `records`, those that disclosure copies leave out (C-20); events: rows.left_out */
	uint64_t left_records, left_plain; /* left_plain: with digests without salt */
	/* what could not be read (J-9) */
	uint64_t unread_records, unread_events, damaged_blocks;
	struct account account; /* what the inputs say of themselves (J-2) */
	struct lost lost;       /* rows that became rejects (J-7) */
	struct looks looks;
	struct timely timely;
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
	enum verdict_word archive_verdict, source_verdict;
	const char *verdict; /* the word of the exit status (O-1) */
	int exit;
	char *headline[HEADLINES_MAX];
	unsigned n_headlines;
	char *not_checked[HEADLINES_MAX];
	unsigned n_not_checked;
};

/* archives must be authenticated, their findings are in v->findings already. -1: the tool failed.
 *
 * verify_run makes the verdict too; after verify_judge others may look, then verdict_make. */
int verify_judge(struct verification *v, struct err *e);
int verify_run(struct verification *v, struct err *e);
void verify_release(struct verification *v);

/* verdict.c: dimensions, verdicts, headline and exit status from what was found. */
void verdict_make(struct verification *v);

#endif
