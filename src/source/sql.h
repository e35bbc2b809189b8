/* Just enough SQL to read what pg_dump writes: where statements end, names, columns of CREATE
 * TABLE, values of INSERT. */
#ifndef SOURCE_SQL_H
#define SOURCE_SQL_H

#include "base/buf.h"
#include "event/row.h"

/* Follows quotes, dollar quotes and comments from line to line. */
struct sql_scan {
	enum { SQL_PLAIN, SQL_QUOTE, SQL_ESCAPE_QUOTE, SQL_IDENT, SQL_DOLLAR, SQL_COMMENT } state;
	unsigned depth; /* of nested comments */
	char tag[64];   /* of a dollar quote, with both $ */
	char before;    /* the character before, for E'' */
	bool values; /* of an INSERT: a text is a value there, and what stands behind it is known */
	/* a text ended where none can end: a quotation mark is missing, or there is one too many */
	bool broken;
	bool mended; /* it was before, and the scan began again at a row */
};

/* Scans p[0..n); returns the offset behind the `;` that ends the statement, or n + 1 if it goes
 * on. */
size_t sql_scan(struct sql_scan *s, const char *p, size_t n);

struct sql {
	const char *p, *end;
	bool standard_strings; /* standard_conforming_strings */
};

void sql_blank(struct sql *s);                  /* skips white space and comments */
bool sql_word(struct sql *s, const char *word); /* a key word, any case */
bool sql_char(struct sql *s, char c);
/* one identifier, unquoted as PostgreSQL reads it, NUL behind it */
bool sql_name(struct sql *s, struct buf *out);
/* schema.name; only the dot between is unquoted */
bool sql_qualified(struct sql *s, struct buf *out);

/* The escape of COPY's text form that begins with the backslash at p: what it says goes to out.
 * Returns what stands behind it. */
const char *copy_escape(const char *p, const char *end, struct buf *out);

/* A value of INSERT as COPY would print it; text goes to out. 0 fine, 1 not a plain value. */
int sql_value(struct sql *s, struct buf *out, struct cell *ret, size_t *ret_at);

#endif
