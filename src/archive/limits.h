/*
 * What is known to be missing from the files given, and how far it reaches (judgement.md J-3):
 * every output that counts or tells
 * says it beside its figures. Known lacks only: that an input carries no count is none.
 */
#ifndef ARCHIVE_LIMITS_H
#define ARCHIVE_LIMITS_H

#include "archive/correlations.h"
#include "json/emit.h"

/* What everybody is told of a copy whose headers hold digests of what is left out (C-20). */
#define DISCLOSED_GUESSABLE \
	"who knows the form of an event can test guesses about what was left out"

struct limit {
	/* its kind: left-out, positions, damaged, unreadable-rows, not-understood, coverage, open,
	 * or R-15's */
	const char *lack;
	char *scope; /* a JSON object: what it is bounded by */
	char *sentence;
};

struct limits {
	struct limit *l;
	unsigned n, cap;
	struct correlation_set met; /* correlations that a bounded lack reaches */
	bool anywhere;              /* some lack can reach any correlation */
	/* the period asked for reaches beyond what was looked at */
	bool uncovered;
	/* One of the records here does, whatever the inputs lacked: positions, an open file, a
	 * damaged block whose index is damaged too, a reject that tells no correlation. */
	bool unbounded;
	struct sha256 *sha; /* for digests of correlations */
	/* events and conflicts in damaged blocks, where the index tells; else records */
	uint64_t unread_events;
};

/*
 * Collects them. Files must be authenticated and compared. all: every block is read through
 * first, so that damage is known before
 * anything is said; else only damage that was met so far counts. -1: the tool failed (e).
 */
int limits_collect(struct limits *x, struct archive *const *a, unsigned n, bool all, struct err *e);
/*
 * Holds a period (µs since 1970, the end exclusive; INT64_MIN, INT64_MAX: open) against what was
 * looked at: from the first event to
 * the last look at the source, less the greatest lateness that the files of the log show
 * (judgement.md J-2, Coverage). What reaches
 * beyond becomes a limit, and x->uncovered is set. -1: no memory.
 */
int limits_cover(struct limits *x, struct archive *const *a, unsigned n, int64_t from, int64_t to);
/* When the source was last looked at, as far as the files tell. false: they do not. */
bool limits_looked(struct archive *const *a, unsigned n, int64_t *ret);
void limits_release(struct limits *x);
/* Does something that is known to be missing reach this correlation? */
bool limits_meet(struct limits *x, const char *correlation, size_t n);
/* What stands before its sentence: what nobody looked at is not known to be missing. */
const char *limit_called(const struct limit *l);
/* The elements of the array of O-24; the caller opens and closes it. */
void limits_put(const struct limits *x, struct emit *e);

/* Is a reject record the beginning of one (of a reject cut into several records the first counts,
 * R-17)? */
bool reject_begins(const struct record *r);

#endif
