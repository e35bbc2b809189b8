/*
 * Correlations that are remarkable for the same thing, told together where they follow one another
 * in time: from when until when, how many, which, and what their rows say of who wrote them.
 */
#ifndef CHAIN_STRETCHES_H
#define CHAIN_STRETCHES_H

#include "chain/rows.h"

#define STRETCH_NAMED 1000u /* correlations named of one */
#define STRETCH_NAMES 8u    /* clusters and actors named of one, each */

/* The remarkable rows of one correlation. */
struct spell {
	int64_t first, last; /* their times, µs; INT64_MAX and INT64_MIN: none has one */
	uint32_t rows;
	uint32_t stretch; /* the number of the one it is in, from 1; 0: none */
};

struct stretch {
	int64_t from, until;
	uint64_t correlations, rows, told;
	struct buf ids; /* texts, each with a NUL behind it */
	struct buf cluster, actor;
	unsigned n_clusters, n_actors;
	bool more_clusters, more_actors;
	unsigned file; /* which of the files given, for the finding */
};

struct stretches {
	struct rows *rows;
	struct spell *spell; /* by number of correlation */
	struct stretch *stretch;
	size_t n, cap;
	/* while they are made */
	bool *named; /* by correlation: its text is in its stretch */
	uint64_t at;
	struct buf text;
};

/* 0, or -1: no memory. Release it either way. */
int stretches_init(struct stretches *s, struct rows *rows);
void stretches_release(struct stretches *s);
/* One more remarkable row of a correlation. time: INT64_MIN if it has none. */
void stretches_row(struct stretches *s, uint32_t correlation, int64_t time);
/* Nothing is remarkable of it after all. */
void stretches_drop(struct stretches *s, uint32_t correlation);
/*
 * Makes stretches of the correlations whose spells lie no more than `apart` µs from one another,
 * and reads the blocks again for their names, if there are any. -1: the tool failed (e).
 */
int stretches_find(struct stretches *s, int64_t apart, struct err *e);
/* "clusters: …; actors: …" of a stretch. */
void stretch_put_who(struct buf *out, const struct stretch *s);
/* Names its correlations in a finding about it, which may be NULL. */
void stretch_name(const struct stretch *s, struct findings *l, struct finding *f);

/* One way of being remarkable. */
struct stretch_kind {
	/* Gives the remarkable rows to stretches_row. -1: no memory. */
	int (*gather)(struct stretches *s);
	/* Is a stretch none of them after all? NULL: none is. */
	bool (*leave)(struct rows *rows, const struct stretch *s);
	/* Says what was seen, and what may have led to it. since: of stretches_tell. who: of
	 * stretch_put_who. */
	void (*tell)(struct rows *rows, const struct stretch *s, int64_t since, struct str who);
};

/* All of it, for one kind: gathers, makes the stretches, tells each. apart: of stretches_find. 0,
 * or -1: the tool failed (e). */
int stretches_tell(struct rows *rows, const struct stretch_kind *kind, int64_t since, int64_t apart,
    struct err *e);
/* Its finding: a sentence that names from when until when, two counts, and a time (µs). NULL: it is
 * only counted. */
struct finding *stretch_say(struct rows *rows, const struct stretch *s, enum said said,
    struct value a, struct value b, int64_t since);

#endif
