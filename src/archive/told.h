/*
 * What the manifest says of the inputs of a file (record.md ), read once: nobody else
 * walks that part of its JSON. Texts point into the manifest and live as long as it; what a member
 * does not say, or says in another form than it may have, is empty, zero or false.
 */
#ifndef ARCHIVE_TOLD_H
#define ARCHIVE_TOLD_H

#include "event/event.h"
#include "json/json.h"

/* An element of `lacks`. */
struct told_lack {
	const char *type;    /* of R-23, "other" for one not known; NULL: no lack of rows */
	struct str sentence; /* what is missing, in the exporter's words */
	struct str table;    /* its name in the source; empty: not told */
	uint64_t rows;       /* their number, if has_rows */
	bool has_rows;
};

/* An element of `compared`: a count or mark that the input carried, held against what was read. */
struct told_mark {
	struct str what;
	bool lower; /* fewer were read than it says */
};

struct told_input {
	uint32_t number; /* its source number */
	uint32_t entry;  /* its node in the manifest */
	struct str path, kind;
	/* records of it; rows left out because their time lies outside the period asked for */
	uint64_t events, rejects, conflicts, outside;
	bool dump;         /* of a whole database or table, as pg_dump writes it */
	bool database;     /* a living one */
	bool runs;         /* it brought the table of the source's retention runs along */
	bool newest_seen;  /* it held the newest event of the earlier files */
	bool marks_told;   /* it says what was compared (false: an earlier build) */
	uint64_t seq_last; /* the greatest number that insert_seq's sequence handed out; 0 */
	/* of a living database: as they stand in the manifest; empty: not told */
	struct str system_identifier, timeline, clock;
	/* a must-gather; its events went through the collector's sanitiser */
	bool collection, sanitised;
	/* bytes read, understood, kept as rejects; bytes_told: it says so */
	uint64_t bytes_read, bytes_understood, bytes_rejected;
	bool bytes_told, bytes_whole; /* all three numbers stand there */
	/* rows that the reader could read only with their doubled backslashes undone */
	uint64_t undone;
	struct told_lack *lack;
	uint32_t n_lacks;
	struct told_mark *mark;
	uint32_t n_marks;
};

struct told_inputs {
	struct told_input *input; /* in the order of the manifest */
	uint32_t n;
};

/* Reads them. m: a manifest that was parsed. 0, or -1: no memory. Release it either way. */
int told_read(struct told_inputs *x, const struct json_doc *m);
void told_release(struct told_inputs *x);
/* The one of a number; NULL if there is none. */
const struct told_input *told_input(const struct told_inputs *x, uint32_t number);
/*
 * How many lacks of an input, from number i on, say the same of one table after another (a dump of
 * many partitions that was cut): at least 1.
 */
uint32_t told_lack_run(const struct told_input *x, uint32_t i);
/* Appends what n of them say: the first one's sentence, and of how many tables more it holds. */
void told_lack_say(struct buf *out, const struct told_input *x, uint32_t i, uint32_t n);

#endif
