/*
 * What one pass over all stories leaves for the report, beside populations and rules: when events
 * were, who acted as what, which decisions were taken and how fast, which policies were in force,
 * and the rows of the lists of changes. Everything is bounded; what goes beyond is counted.
 */
#ifndef REPORT_NOTES_H
#define REPORT_NOTES_H

#include "approval/facts.h"
#include "base/vec.h"
#include "digest/digest.h"
#include "report/mentions.h"

#define NOTE_DAYS 4000u   /* with events, that are told by the hour */
#define NOTE_ACTORS 4000u /* told apart */
#define NOTE_POLICIES 1000u
#define NOTE_MET 64u
#define NOTE_ROWS 2000u /* of a list */
#define NOTE_DECISIONS 100000u
#define NOTE_LATE 2000u /* places of late rows */

struct note_day {
	int32_t day; /* since 1970, UTC */
	uint32_t hour[24];
};

/* How it is known who acted. */
enum note_word { ADMITTED, ASSERTED, STATED };

struct note_actor {
	char *type, *id; /* as written; "" where a row has none */
	enum note_word word;
	uint64_t acts;
	int64_t first, last;
};

struct note_decision {
	const struct correlation *c;
	char *by, *asserted_by, *workflow; /* NULL: not told */
	int64_t requested_at, decided_at;
	enum { NOTE_APPROVED, NOTE_REJECTED, NOTE_EXPIRED } word;
	bool human, other; /* a person decided; something else ran */
};

struct note_policy {
	char *hash;
	uint64_t allowed, asked, otherwise; /* decisions under it */
	int64_t first, last;
};

struct note_row { /* of a list, in HTML */
	const struct correlation *c;
	char *html;
	bool names; /* an event, this one */
	struct mention event;
};
struct note_rows {
	struct note_row *row; /* the first NOTE_ROWS at least, in the order of the log */
	size_t n, cap;
	size_t all; /* of them, with those that are not kept */
};

/* A row that came late: sealed behind a later one of an earlier file. */
struct note_late {
	unsigned archive;
	uint64_t position;
	int64_t time;
};

struct report_notes {
	int64_t from, to;     /* the period of the lists, µs */
	struct note_day *day; /* by day */
	size_t n_days, days_cap;
	uint64_t beyond_days;     /* events of days that are not told */
	struct note_actor *actor; /* those who acted most first */
	size_t n_actors, actors_cap;
	uint64_t beyond_actors;         /* acts of others */
	struct note_decision *decision; /* as the pass met them, then by who decided */
	size_t n_decisions, decisions_cap;
	uint64_t beyond_decisions;
	struct note_policy *policy; /* by their first use */
	size_t n_policies, policies_cap;
	uint64_t beyond_policies;
	struct note_late *late; /* the first that the pass met, then by archive and position */
	size_t n_late, late_cap;
	uint64_t all_late;
	struct note_rows changes, allowed;
	struct numbering actors, policies;
	uint32_t met[NOTE_MET]; /* who was met last, by a number that is quickly made */
	struct sha256 *sha;
	bool nomem;
};

/* 0, -1: no memory. To be released in any case. */
int notes_begin(struct report_notes *n, int64_t from, int64_t to);
/* A correlation's own events. */
void notes_story(struct report_notes *n, const struct story *s);
/* A remediation. */
void notes_remediation(struct report_notes *n, const struct facts *f);
/* When all were seen: everything in its order. -1: no memory. */
int notes_finish(struct report_notes *n);
void notes_release(struct report_notes *n);

#endif
