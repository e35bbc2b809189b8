/*
 * src/compare/: two exports of one source. side.c reads one of them, compare.c walks both by event
 * id, columns.c says which columns differ and under which hash, explain.c which innocent cause
 * fits, parts.c what neither side looked at. What is not looked at is never called the same.
 *
 * Two exports of one source, taken at different times, held against each other row by row
 * (formats/output.md O-11): the only way to see what one export cannot show, such as a deleted
 * last event, a whole correlation that is gone, or a chain computed anew.
 */
#ifndef COMPARE_COMPARE_H
#define COMPARE_COMPARE_H

#include "archive/limits.h"
#include "chain/across.h"
#include "chain/tool_changes.h"
#include "finding/finding.h"
#include "read/select.h"

enum difference_class {
	DIFF_CHANGED,
	DIFF_RECHAINED,
	DIFF_VANISHED,
	DIFF_LATE,
	DIFF_OUTSIDE,
	DIFFERENCES
};

extern const char *const difference_name[DIFFERENCES], *const difference_meaning[DIFFERENCES];

/* One row that differs. */
struct difference {
	enum difference_class class;
	uint32_t old, new; /* items of the sides; ITEM_NONE: it is not there */
	uint8_t id[16];
	char *correlation; /* owned; NUL behind it, may hold anything else */
	size_t correlation_len;
	/* JSON object for rows of both sides: column → [old, new], and paths of event_data; else
	 * NULL */
	char *columns;
	char *words; /* the same for a reader, shortened */
	bool moved;  /* of the correlation that it was moved away from */
	/* what differs: columns of the legal hold; retention_days */
	bool hold_only, retention_only;
};

/* Those of one class and correlation: d[first .. first + n). */
struct difference_group {
	uint64_t first, n;
	char *sentence; /* owned, as the explanations' */
	struct explanation explanation[4];
	unsigned n_explanations;
};

#define ITEM_NONE UINT32_MAX

/* A row of one side: its last version. */
struct item {
	uint8_t id[16], digest[16];
	int64_t time;
	uint64_t position, corr; /* corr: first 8 bytes of its digest */
	uint16_t archive;
	uint8_t part;
};

struct side {
	/* borrowed; files of this side, first those that its log continues */
	struct reading *part[2];
	unsigned n_parts;
	struct item *item;      /* by id */
	uint64_t n, cap, *corr; /* corr: of all items, sorted */
	struct utc_range time;
	struct retention_run *run;
	unsigned n_runs;
	bool has_runs; /* some input brought the table of runs along */
	/* an input of its newest file shows every row of the source: a dump to its end mark, the
	 * database */
	bool whole;
	/* by months since 1970: its partition was shown whole; it was left out; NULL: none was */
	bool (*month)[2];
	uint32_t n_months;
	/* rows of earlier files, or of its own, that the inputs of its newest file held */
	uint64_t seen;
	struct limits limits; /* what is known to be missing from it */
	/* rows that a file of it says had vanished */
	struct {
		uint8_t id[16];
		uint64_t position;
	} * gone;
	uint64_t n_gone, cap_gone;
};

struct comparison {
	struct side old, new;
	bool continues; /* the new files go on with the log of the old ones */
	uint64_t same, grown, counted[DIFFERENCES];
	/* of the same: rows that a tool left otherwise on one side (E-13 d); what it did, of the
	 * first */
	uint64_t by_tool;
	char tool[64];
	struct tool_changes *tools; /* NULL: none was needed yet */
	/* rows of the old export that the new one, a part, need not show; of the new one, the
	 * old */
	uint64_t unseen[2];
	bool part;            /* rows are known to be missing from one of them */
	struct difference *d; /* by class, correlation, position */
	uint64_t n, cap;
	struct difference_group *group;
	uint64_t n_groups;
};

/* old and new are set up; new takes old's files in as its beginning if it continues their log. -1
 * (e). Damage is a finding of the reading. */
int compare_run(struct comparison *c, struct reading *old, struct reading *new, struct err *e);
void compare_release(struct comparison *c);
/*
 * parts.c: takes up what the inputs of a side's newest file show of the source; then whether a
 * row of this time would be in it, were it
 * in the source (judgement.md J-3). side_inputs: -1: no memory.
 */
int side_inputs(struct side *s, const struct archive *a);
bool side_shows(const struct side *s, int64_t time);
/* The same, and nothing that is known to be missing from the side can be this row. digest: of its
 * correlation. */
bool side_would_hold(struct side *s, int64_t time, const uint8_t digest[32]);
/* Could nothing be called gone, because none of the rows that are not there would be shown? Else
 * `vanished` is a number. */
bool gone_told(const struct comparison *c);
/* How many rows of a correlation a side holds. */
uint64_t side_rows(const struct side *s, const char *correlation, size_t n);

#endif
