/*
 * A table declared once and printed in every form: for a terminal (as wide as it is), as one JSON
 * document, JSON lines, or CSV. A caller says
 * its columns, then cell after cell; commas, quotes, widths and what is harmless belong here
 * (output.md O-19, O-21).
 */
#ifndef REPORT_FORM_H
#define REPORT_FORM_H

#include "base/zone.h"
#include "json/emit.h"

struct book;

/* SPAN: milliseconds, which a table tells as people say them. */
enum form_kind { COLUMN_TEXT, COLUMN_NUMBER, COLUMN_TIME, COLUMN_SPAN };
enum form_style { STYLE_TABLE, STYLE_JSON, STYLE_JSONL, STYLE_CSV, STYLE_BOOK };

struct form_column {
	const char *name; /* of the member, and of the column in CSV */
	/* above the column of a table; NULL: the table does without it */
	const char *title;
	enum form_kind kind;
	/* of its text at least, in code points; 0: the last one, which needs none */
	unsigned width;
	/* where the terminal is narrow, those with the greatest number go first; 0: stays */
	unsigned drop;
};

#define FORM_COLUMNS 64u

struct form {
	const struct form_column *column;
	unsigned n;
	enum form_style style;
	const char *member; /* of the JSON document, which holds the rows */
	struct buf *out;    /* borrowed */
	struct book *book;  /* borrowed; of a sheet */
	struct emit emit;
	unsigned at; /* the next cell's column */
	bool shown[FORM_COLUMNS];
	bool changed; /* CSV: some cell of this row */
};

/* Tables tell times by this clock, too; NULL: in UTC alone. */
void form_zone(const struct zone *z);
/* Begins: the heads, or the document. width: of the terminal, 0: none. member: as above. */
void form_begin(struct form *f, struct buf *out, enum form_style style, const char *member,
    const struct form_column *column, unsigned n, unsigned width);
/* Begins a sheet of a workbook (xlsx.h), which needs no titles: its columns have their names. */
void form_begin_sheet(struct form *f, struct book *book, const char *name, const char *whole,
    const struct form_column *column, unsigned n);
/* One cell, in the order of the columns; after the last one the row ends. NULL text: nothing is
 * known (null, empty). */
void form_text(struct form *f, const char *p, size_t n);
void form_str(struct form *f, const char *s);
void form_number(struct form *f, uint64_t v);
void form_time(struct form *f, int64_t us);
/* Ends. The JSON document is still open for members of the caller's, then emit_end(&f->emit) and a
 * line feed; false: no memory. */
bool form_end(struct form *f);

#endif
