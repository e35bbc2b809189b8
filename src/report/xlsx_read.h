/*
 * Workbooks that come back (formats/bundle.md X-9): the texts of their cells, whichever program
 * saved them. What could make a cell say something else than what is read here, or hides it from
 * who looks at the book, is refused with its place: formulas, links, macros, hidden rows. Bytes of
 * others: everything is bounded before it is unpacked or kept.
 */
#ifndef REPORT_XLSX_READ_H
#define REPORT_XLSX_READ_H

#include "base/buf.h"
#include "base/err.h"

#define WORKBOOK_MOST (64u << 20) /* bytes of a file */

struct sheet_cell {
	uint32_t row; /* from 1 */
	uint16_t column;
	bool number; /* its text is a number, as the file spells it */
	uint32_t n;  /* bytes, of `text` from `at`; never 0 */
	size_t at;
};

struct sheet {
	char *name;
	struct sheet_cell *cell; /* by row, then by column */
	size_t n, cap;
};

struct sheets {
	struct sheet *sheet; /* in the book's order */
	unsigned n;
	struct buf text; /* of all cells: UTF-8, escapes of the format undone */
};

/* Reads a whole file. 0; -1 (e: 65 and the place, or memory). To be released in any case. */
int sheets_read(const void *p, size_t n, struct sheets *ret, struct err *e);
void sheets_release(struct sheets *s);

/* The cell at a place; NULL: it is empty. */
const struct sheet_cell *sheet_at(const struct sheet *s, uint32_t row, unsigned column);
/* The sheet of that name; NULL: there is none. */
const struct sheet *sheets_named(const struct sheets *s, const char *name);
static inline const char *
cell_text(const struct sheets *s, const struct sheet_cell *c)
{
	return (const char *)s->text.p + c->at;
}

/* `AB12`. */
void cell_name(uint32_t row, unsigned column, char out[16]);

#endif
