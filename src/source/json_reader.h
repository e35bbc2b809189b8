/* Between json_source.c (one row) and json_values.c (the values of an input). */
#ifndef SOURCE_JSON_READER_H
#define SOURCE_JSON_READER_H

#include "source/session.h"

struct reader {
	struct session *s;
	struct stream *f;
	struct json_doc doc, inner;
	struct cell *cell;
	struct table *shape[EX_MAX_SHAPES];       /* one for every set of members seen */
	unsigned n_shapes, last;
	bool export, answers;                     /* every row is one of /audit/export; of an answer */
	bool respelled;                           /* the names of the row at hand were put in the source's case */
	bool rest;                                /* a row of an answer was read */
	uint64_t looked;                          /* bytes that were scanned only to see what a value is */
	uint64_t line;                            /* that the stream stands on, from 1 */
	uint64_t halved, undone;                  /* rows in which every backslash stood twice; those that are no JSON otherwise */
	bool single;                              /* a backslash that does not stand twice was met */
	struct buf text;
	char place[64];
};

/* The row p[0..n), which stood in the input as raw[0..raw_len). An event, a reject; -1 (e). */
int json_element(struct reader *r, const char *p, size_t n, const char *raw, size_t raw_len, struct err *e);
/* The same, parsed into r->doc already. */
int json_row(struct reader *r, const char *raw, size_t raw_len, struct err *e);
int json_reject(struct reader *r, const char *p, size_t n, const char *reason, struct err *e);

#endif
