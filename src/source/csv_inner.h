/*
 * What the two halves of the reader of CSV share: rows and their columns (csv.c), and the cutting
 * of a text into records and fields (csv_split.c).
 */
#ifndef SOURCE_CSV_INNER_H
#define SOURCE_CSV_INNER_H

#include "source/session.h"

struct csv {
	/* the header as it stands: files that were put behind each other have it again */
	struct buf head;
	struct session *s;
	struct stream *f;
	struct cell *cell;
	size_t *at;
	bool *quoted;
	struct buf text;
	uint64_t line;
	char delimiter;
	/* the word for NULL; an empty field is the empty text then */
	const char *null;
	bool all_quoted; /* NULL and the empty text are "" both */
	bool bare;       /* nothing is in quotes, whatever stands in it: psql -A */
	bool copy;       /* and escapes are those of COPY's text form, which has a header too */
	char place[64];
	unsigned chunk; /* pieces so far of a record that is longer than the limit */
};

/* The bytes of one record without its line end: a quote at the beginning of a field is followed.
 * 1, 0 the end, 2 longer than the limit, 3 a quote stays open, -1. */
int csv_cut(
    struct csv *c, size_t skip, const char **ret, size_t *ret_n, size_t *ret_skip, struct err *e);
/* Fields into cells; returns how many, or 0 if a quote is misplaced or there are too many. */
unsigned csv_split(struct csv *c, const char *p, size_t n);

#endif
