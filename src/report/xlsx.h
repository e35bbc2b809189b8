/*
 * Workbooks (formats/bundle.md): tables as sheets, made in memory by libxlsxwriter. What may go
 * wrong in readers of such files is undone here, before the library sees a text: escapes of the
 * format, characters that XML cannot hold, cells that are too long, sheets that are too long.
 */
#ifndef REPORT_XLSX_H
#define REPORT_XLSX_H

#include "base/buf.h"
#include "base/err.h"

struct form_column;
struct book;

/* created: µs since 1970, for the properties; the clock is not read. NULL: no memory. */
struct book *book_new(const char *title, int64_t created);
void book_free(struct book *b);

/*
 * Begins a sheet: its name (at most 25 bytes, none twice), and the file that has the same table
 * whole, such as `exceptions.csv`; NULL: there is none. The columns must outlive the book.
 */
void book_sheet(struct book *b, const char *name, const char *whole,
    const struct form_column *column, unsigned n);
/* From now on, columns of this name are there to be typed into: they are coloured. At most 8; the
 * name must outlive the book. */
void book_fill_in(struct book *b, const char *name);
/* The next cell of the row, in the order of the columns; behind the last one, and whether some of
 * its texts are not as they were, the row ends. NULL text: an empty cell. */
void book_text(struct book *b, const char *p, size_t n);
void book_number(struct book *b, uint64_t v);
/* Ends it: says on the sheet how many of its rows it shows, and how many cells are cut. */
void book_sheet_end(struct book *b);

/* Appends the whole workbook. 0; -1 (e): memory, or the library refused something. The book is to
 * be freed in any case. */
int book_finish(struct book *b, struct buf *out, struct err *e);

#endif
