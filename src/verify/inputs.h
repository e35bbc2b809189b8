/*
 * What a file says of its inputs, held against its records (record.md ): the
 * order of an input's records, their
 * numbers, the manifest's copies, and what the inputs are known to lack (judgement.md J-2).
 */
#ifndef VERIFY_INPUTS_H
#define VERIFY_INPUTS_H

#include "archive/reader.h"

enum context_kind {
	CONTEXT_OTHER,
	CONTEXT_INPUT_START,
	CONTEXT_TABLE,
	CONTEXT_INPUT_END,
	CONTEXT_POLL,
	CONTEXT_VANISHED,
};

/* What the checks below need of a context record. */
struct context_head {
	uint32_t at; /* its number in the block */
	enum context_kind kind;
	/* no object of R-15; a member stands twice in one of its objects */
	bool malformed, doubled;
	/* of input-start: its options withhold values; its kind brings dead letters; R-22 */
	bool redact, letters, spellings;
	uint64_t source, input; /* 0: it names none */
	uint8_t digest[32];     /* of the body */
	char started_at[40];    /* of input-start */
	int64_t look;           /* of input-start and poll: when it was looked at, µs; INT64_MIN */
	int64_t since, until;   /* of its options, µs; INT64_MIN, INT64_MAX: not given */
};

/* Reads one; d is scratch. 0, or -1: no memory. Only kinds that the checks know are parsed. */
int context_read(
    const struct record *r, struct json_doc *d, struct sha256 *s, struct context_head *ret);

/* A member that stands twice in one object of the document: its name's node; JSON_NONE: there is
 * none. -1 in *ret_rc: no memory. */
uint32_t json_doubled(const struct json_doc *d, int *ret_rc);

/* What the records of one file say, in the order of the log. */
/* A period, µs: --since and --until of the export. */
struct asked {
	int64_t from, to;
};

/* When the source was looked at: beginnings of inputs, polls (trust.md W-8). */
struct looks {
	uint64_t n;
	int64_t last, widest,
	    from; /* µs; widest: the longest time without one, which began at `from` */
};

struct inputs {
	struct archive *a;
	struct looks looks; /* of the files before, too */
	struct asked asked; /* what all its inputs were asked for */
	struct findings *f;
	struct source {
		uint32_t input; /* itself, where it is an input */
		bool ended, redact, letters, spellings;
		uint64_t ordinal; /* of its last record */
		uint64_t events, rejects, conflicts, contexts;
		uint8_t digest[32]; /* of its input-end, or of the table record */
	} * source;                 /* by number - 1 */
	uint32_t n, cap;
	uint32_t current; /* the input whose records stand here; 0: none */
	uint64_t inputs, tables, polls, late;
	/* an order was broken and told; vanished records have begun */
	bool told, behind;
	bool start_told; /* the manifest's start is that of an input */
	/* newest time of the files before, and of this one so far; INT64_MIN: none */
	int64_t earlier, newest;
	bool whole; /* all files before were read, or there are none */
};

struct inputs_record {
	uint8_t kind; /* enum record_kind */
	uint16_t flags;
	uint32_t source;
	uint64_t position, ordinal;
	bool goes_on;                    /* a reject that began in the record before */
	int64_t time;                    /* INT64_MIN: none */
	const struct context_head *head; /* of a context record */
};

void inputs_init(struct inputs *x, struct archive *a, struct findings *f);
void inputs_release(struct inputs *x);
/* The next record. unread: records before it could not be read, so that nothing is said of order
 * any more. -1: no memory. */
int inputs_record(struct inputs *x, const struct inputs_record *r, bool unread);
/* Did the exporter try the database's spellings before it withheld values of this source? */
bool inputs_spelled(const struct inputs *x, uint32_t source);
/* Behind the last record: counts and copies of the manifest. events: times of the events read. -1:
 * no memory. */
int inputs_finish(struct inputs *x, const struct utc_range *events, bool unread);

#endif
