/* Between json_source.c (one row) and json_values.c (the values of an input). */
#ifndef SOURCE_JSON_READER_H
#define SOURCE_JSON_READER_H

#include "source/json_inner.h"
#include "source/session.h"

struct reader {
	struct session *s;
	struct stream *f;
	struct json_doc doc, inner;
	struct cell *cell;
	struct table *shape[EX_MAX_SHAPES]; /* one for every set of members seen */
	unsigned n_shapes, last;
	/* every row is one of /audit/export; of an answer */
	bool export, answers;
	/* the names of the row at hand were put in the source's case */
	bool respelled;
	bool rest; /* a row of an answer was read */
	/* bytes that were scanned only to see what a value is */
	uint64_t looked;
	uint64_t line; /* that the stream stands on, from 1 */
	/* rows in which every backslash stands twice, and that are JSON as they stand */
	uint64_t halved;
	/* a backslash that does not stand twice was met */
	bool single;
	struct buf text;
	/* the row that stands in a member of the one at hand */
	struct buf unwrapped;
	bool inside; /* it is being read */
	/* rows that stand in a field of CSV */
	struct buf field;
	char place[64];
};

/* The row p[0..n), which stood in the input as raw[0..raw_len). An event, a reject; -1 (e). */
int json_element(
    struct reader *r, const char *p, size_t n, const char *raw, size_t raw_len, struct err *e);
/* The same, parsed into r->doc already. */
int json_row(struct reader *r, const char *raw, size_t raw_len, struct err *e);
int json_reject(struct reader *r, const char *p, size_t n, const char *reason, struct err *e);

#define LOOK 65536u /* bytes that tell what a value is */

/* json_values.c: the stream, value by value. */
/* Passes n bytes of rejects or rows, which are accounted for; the lines in them are counted. */
void json_leave(struct reader *r, size_t n);
/* n bytes were understood, and are passed. */
void json_pass(struct reader *r, size_t n);
/* Passes blanks, record separators and byte order marks; *ret is what stands behind them, '\0' the
 * end. -1 (e). */
int json_peek(struct reader *r, char *ret, struct err *e);
/* The value at hand, by its brackets. 1 a value; 0 too long or cut off; -1 (e). */
int json_cut(struct reader *r, const char **ret, size_t *ret_n, struct err *e);
/* Does a name of the source's columns stand at p, its closing mark and a colon behind it? */
bool json_names_column(const char *p, size_t n);
/* The same of a value that may go over lines (json_follow.c); see there. */
int json_over_lines(struct reader *r, bool pretty, bool indented, size_t *ret_n, struct err *e);
/* The line at hand without its line feed, up to EX_MAX_ROW bytes of it. -1 (e). */
int
json_this_line(struct reader *r, const char **ret, size_t *ret_n, bool *ret_ended, struct err *e);
/* Notes the place of what comes next. */
void json_stand(struct reader *r);
/* The rest of the line is kept aside as no value. -1 (e). */
int json_line_aside(struct reader *r, struct err *e);
/* The rest of the input is kept as rejects; cut: because it ends too early. 1; -1 (e). */
int json_give_up(struct reader *r, const char *reason, bool cut, struct err *e);

/* json_field.c. The same of one or several rows in quotes, as a CSV of one column has them. 0; 1
 * gave up; -1 (e). */
int json_field(struct reader *r, struct err *e);
/* The same of a line of COPY's text form (json_of_copy). 1: it is none, and nothing was read. */
int json_copy_line(struct reader *r, struct err *e);

/* json_lists.c. What the value at hand is, by its first members. */
enum json_looks json_value_looks(struct reader *r, struct err *e);
/* `[ element, … ]` and an answer or object around a list, from its bracket on. 0; 1 gave up; -1
 * (e). */
int json_list(struct reader *r, unsigned depth, struct err *e);
int json_answer(struct reader *r, unsigned depth, struct err *e);

#endif
