#include "report/xlsx.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <xlsxwriter.h>

#include "base/text.h"
#include "report/form.h"
#include "report/memory.h"

#define CELL_MOST 32767u   /* UTF-16 units of a cell */
#define CELL_NOTE 200u     /* what a cut cell says of itself, at most */
#define ROWS_MOST 1048573u /* of a sheet: its head, a blank row and the note are not data */
#define NUMBER_MOST 1000000000000000ull /* beyond, readers lose digits */
#define SHEETS_MOST 200u
#define FILL_IN_MOST 8u
#define FILL_IN_COLOUR 0xfff2ccu
#define COLUMN_MOST 70u  /* characters of a column's width */
#define COLUMN_ANY 48u   /* of a column that states none */
#define LINE_POINTS 15.0 /* of a row's height */
#define LINES_MOST 20u   /* that a row shows; the rest is in the cell */
#define LINES_TYPED 3u   /* at least, where somebody types beside more than one */
#define FIT_MOST 260u    /* characters of a sheet that is readable on one page's width */

struct part {
	lxw_worksheet *w;
	uint64_t rows;
};

struct book {
	lxw_workbook *w;
	lxw_format *head, *body, *note, *blank;
	const char *fill_in[FILL_IN_MOST];
	unsigned n_fill_in;
	/* the sheet that is written, in its parts */
	struct part part[SHEETS_MOST];
	unsigned n_parts;
	char name[32];
	const char *whole;
	const struct form_column *column;
	unsigned n, at;      /* columns; the next cell's */
	uint64_t rows, cut;  /* of all parts */
	bool changed;        /* some text of this row */
	unsigned lines;      /* that the longest cell of this row takes */
	unsigned n_sheets;   /* of the book */
	const char *refused; /* what the library said first */
	bool nomem;
	time_t created;
	char title[200];
};

static void
library(struct book *b, lxw_error rc)
{
	if (rc != LXW_NO_ERROR && b->refused == NULL)
		b->refused = lxw_strerror(rc);
}

struct book *
book_new(const char *title, int64_t created)
{
	struct book *b = calloc(1, sizeof *b);

	if (b == NULL)
		return NULL;
	b->created = (time_t)(created / 1000000);
	snprintf(b->title, sizeof b->title, "%s", title);
	/* formats are made before a sheet is: the library knows them by their number */
	if ((b->w = workbook_new("workbook.xlsx")) == NULL) {
		free(b);
		return NULL;
	}
	b->head = workbook_add_format(b->w);
	b->body = workbook_add_format(b->w);
	b->note = workbook_add_format(b->w);
	b->blank = workbook_add_format(b->w);
	if (b->head == NULL || b->body == NULL || b->note == NULL || b->blank == NULL) {
		b->nomem = true;
		return b;
	}
	format_set_bold(b->head);
	format_set_bottom(b->head, LXW_BORDER_THIN);
	format_set_text_wrap(b->head);
	/* text: what is typed into a cell stays what it was */
	format_set_num_format_index(b->head, 49);
	format_set_num_format_index(b->body, 49);
	format_set_align(b->body, LXW_ALIGN_VERTICAL_TOP);
	format_set_text_wrap(b->body);
	format_set_italic(b->note);
	/* a cell to be typed into is text too, else 3/4 comes back as a date (X-1, 7) */
	format_set_num_format_index(b->blank, 49);
	format_set_align(b->blank, LXW_ALIGN_VERTICAL_TOP);
	format_set_text_wrap(b->blank);
	format_set_bg_color(b->blank, FILL_IN_COLOUR);
	return b;
}

void
book_fill_in(struct book *b, const char *name)
{
	if (b->n_fill_in < FILL_IN_MOST)
		b->fill_in[b->n_fill_in++] = name;
}

static unsigned
width(const struct book *b, unsigned column)
{
	unsigned wide = column < b->n ? b->column[column].width : 9;

	wide = wide ? wide + 2 : COLUMN_ANY;
	return wide > COLUMN_MOST ? COLUMN_MOST : wide;
}

/* A row states its height: Excel fits rows that state none, and LibreOffice converts and prints
 * one line of each (findings/spreadsheet-rows-not-fitted.sh). */
static void
count_lines(struct book *b, const unsigned char *p, size_t n)
{
	unsigned wide = width(b, b->at), lines = 1, in_line = 0;

	for (size_t i = 0; i < n && lines < LINES_MOST; i++) {
		/* the bytes behind the first of a character take no room */
		in_line += (p[i] & 0xc0) != 0x80;
		if (p[i] == '\n' || in_line > wide) {
			lines++;
			in_line = p[i] != '\n';
		}
	}
	b->lines = lines > b->lines ? lines : b->lines;
}

/* How the cells of a column look. */
static lxw_format *
look(const struct book *b, unsigned column)
{
	for (unsigned i = 0; i < b->n_fill_in && column < b->n; i++)
		if (strcmp(b->fill_in[i], b->column[column].name) == 0)
			return b->blank;
	return b->body;
}

/* Does the sheet have cells to type into? */
static bool
to_be_typed(const struct book *b)
{
	for (unsigned i = 0; i < b->n; i++)
		if (look(b, i) == b->blank)
			return true;
	return false;
}

void
book_free(struct book *b)
{
	if (b && b->w)
		lxw_workbook_free(b->w);
	free(b);
}

/* `_xHHHH_`, which the format reads as one character. */
static bool
like_escape(const unsigned char *p, size_t n)
{
	if (n < 7 || p[0] != '_' || p[1] != 'x' || p[6] != '_')
		return false;
	for (unsigned i = 2; i < 6; i++)
		if (strchr("0123456789abcdefABCDEF", p[i]) == NULL || p[i] == '\0')
			return false;
	return true;
}

/* The next character of a text as a cell holds it, into b; *units: of UTF-16. How many bytes of p
 * it takes. */
static unsigned
escape_one(struct buf *b, const unsigned char *p, size_t n, unsigned *units, bool *changed)
{
	size_t was = b->len;
	uint32_t cp;
	unsigned k = utf8_next(p, n, &cp);

	*units = 0;
	if (k == 0) {
		buf_printf(b, "\\x%02x", p[0]);
		k = 1;
		*changed = true;
	} else if (cp == 0xfffe || cp == 0xffff ||
	    (cp != '\n' && cp != '\t' && text_dangerous(cp))) {
		buf_printf(b, "\\u%04x", (unsigned)cp);
		*changed = true;
		/* X-1, 1: readers undo `_x005F_`, and a text that was one comes back as it was */
	} else if (like_escape(p, n)) {
		buf_str(b, "_x005F_");
	} else {
		buf_put(b, p, k);
		*units = cp > 0xffff ? 2 : 1;
	}
	if (*units == 0)
		*units = (unsigned)(b->len - was);
	return k;
}

static uint64_t
characters(const unsigned char *p, size_t n)
{
	uint64_t count = 0;
	uint32_t cp;

	for (size_t i = 0; i < n; count++) {
		unsigned k = utf8_next(p + i, n - i, &cp);

		i += k ? k : 1;
	}
	return count;
}

/* A text as one cell, cut where no cell can hold it; it says so itself, and where it stands
 * whole. */
static void
fill(struct book *b, struct buf *out, const char *v, size_t n)
{
	const unsigned char *p = (const unsigned char *)v;
	unsigned units, sum = 0;
	size_t fits = 0; /* bytes of out that leave room for the note */

	for (size_t i = 0; i < n;) {
		i += escape_one(out, p + i, n - i, &units, &b->changed);
		sum += units;
		/* where the text would be cut is known before it is known that it must be */
		if (sum <= CELL_MOST - CELL_NOTE)
			fits = out->len;
		if (sum > CELL_MOST) {
			out->len = fits;
			buf_printf(out, "… (%" PRIu64 " characters, whole text in %s)",
			    characters(p, n), b->whole ? b->whole : "the archive");
			b->changed = true;
			b->cut++;
			return;
		}
	}
}

/* Another part of the sheet: `changes (2)`. */
static void
add_part(struct book *b)
{
	char name[32];
	unsigned whole = 0;
	lxw_worksheet *w;

	/* rows beyond what a sheet holds go to another one */
	if (b->n_parts == SHEETS_MOST || b->nomem) {
		b->nomem = true;
		return;
	}
	if (b->n_parts)
		snprintf(name, sizeof name, "%.25s (%u)", b->name, b->n_parts + 1);
	else
		snprintf(name, sizeof name, "%.25s", b->name);
	if ((w = workbook_add_worksheet(b->w, name)) == NULL) {
		b->nomem = true;
		return;
	}
	b->part[b->n_parts++] = (struct part){ w, 0 };
	b->n_sheets++;
	/* the same columns again, since a sheet stands by itself */
	for (unsigned i = 0; i <= b->n; i++) {
		const char *title = i < b->n ? b->column[i].name : "_escaped";

		library(b, worksheet_write_string(w, 0, (lxw_col_t)i, title, b->head));
		library(b,
		    worksheet_set_column(w, (lxw_col_t)i, (lxw_col_t)i, width(b, i), look(b, i)));
		whole += width(b, i);
	}
	/* as it is printed: one page wide, where that can be read, with its name */
	if (whole <= FIT_MOST)
		worksheet_fit_to_pages(w, 1, 0);
	worksheet_freeze_panes(w, 1, 0);
	worksheet_set_landscape(w);
	worksheet_set_paper(w, 9);
	worksheet_repeat_rows(w, 0, 0);
	worksheet_set_footer(w, "&L&A&R&P / &N");
}

void
book_sheet(struct book *b, const char *name, const char *whole, const struct form_column *column,
    unsigned n)
{
	snprintf(b->name, sizeof b->name, "%s", name);
	b->whole = whole;
	b->column = column;
	b->n = n;
	b->at = 0;
	b->n_parts = 0;
	b->rows = b->cut = 0;
	b->changed = false;
	add_part(b);
}

/* Where the next cell goes; NULL: nowhere any more. */
static lxw_worksheet *
place(struct book *b, lxw_row_t *row)
{
	/* a row is never cut in two: a new part begins where a row does */
	if (b->at == 0 && b->n_parts && b->part[b->n_parts - 1].rows == ROWS_MOST)
		add_part(b);
	if (b->nomem || b->n_parts == 0)
		return NULL;
	*row = (lxw_row_t)b->part[b->n_parts - 1].rows + 1;
	return b->part[b->n_parts - 1].w;
}

static void
next(struct book *b)
{
	lxw_row_t row;
	lxw_worksheet *w;

	if (++b->at < b->n)
		return;
	if ((w = place(b, &row)) == NULL)
		return;
	if (b->changed)
		library(b, worksheet_write_string(w, row, (lxw_col_t)b->n, "yes", b->body));
	if (b->lines > 1 && b->lines < LINES_TYPED && to_be_typed(b))
		b->lines = LINES_TYPED;
	if (b->lines > 1)
		library(b, worksheet_set_row(w, row, b->lines * LINE_POINTS, NULL));
	b->lines = 0;
	b->part[b->n_parts - 1].rows++;
	b->rows++;
	b->at = 0;
	b->changed = false;
}

void
book_text(struct book *b, const char *p, size_t n)
{
	lxw_row_t row;
	lxw_worksheet *w = place(b, &row);
	struct buf text;

	if (w && p && n) {
		buf_init(&text, 8u << 20);
		fill(b, &text, p, n);
		count_lines(b, text.p, text.len);
		buf_byte(&text, '\0');
		if (text.failed)
			b->nomem = true;
		else
			library(b,
			    worksheet_write_string(
				w, row, (lxw_col_t)b->at, (char *)text.p, look(b, b->at)));
		buf_release(&text);
	}
	next(b);
}

void
book_number(struct book *b, uint64_t v)
{
	lxw_row_t row;
	lxw_worksheet *w = place(b, &row);
	char t[24];

	/* X-1, 6: readers hold numbers as doubles of 15 digits; a text loses none */
	if (v >= NUMBER_MOST) {
		int n = snprintf(t, sizeof t, "%" PRIu64, v);

		book_text(b, t, (size_t)n);
		return;
	}
	if (w)
		library(b, worksheet_write_number(w, row, (lxw_col_t)b->at, (double)v, NULL));
	next(b);
}

void
book_sheet_end(struct book *b)
{
	char text[400];

	for (unsigned i = 0; i < b->n_parts; i++) {
		const struct part *p = &b->part[i];
		int n = snprintf(
		    text, sizeof text, "%" PRIu64 " of %" PRIu64 " shown.", p->rows, b->rows);

		if (b->n_parts > 1)
			n += snprintf(text + n, sizeof text - (size_t)n, " Sheet %u of %u.", i + 1,
			    b->n_parts);
		if (b->cut)
			snprintf(text + n, sizeof text - (size_t)n,
			    " %" PRIu64 " cells are cut, which no workbook can hold: whole in %s.",
			    b->cut, b->whole ? b->whole : "the archive");
		library(b, worksheet_write_string(p->w, (lxw_row_t)p->rows + 2, 0, text, b->note));
		if (p->rows)
			library(b,
			    worksheet_autofilter(p->w, 0, 0, (lxw_row_t)p->rows, (lxw_col_t)b->n));
	}
	b->n_parts = 0;
}

int
book_finish(struct book *b, struct buf *out, struct err *e)
{
	struct memory m = { .data = out };
	lxw_doc_properties properties = { .title = b->title, .created = b->created };
	lxw_error rc = LXW_NO_ERROR;
	size_t was = out->len;

	if (b->nomem)
		return err_nomem(e);
	library(b, workbook_set_properties(b->w, &properties));
	/* the library counts offsets from the beginning of what it writes: nothing may stand before
	 * it */
	if (b->refused == NULL && was == 0) {
		memory_next_workbook(&m);
		/* frees the library's book, whatever comes of it */
		rc = workbook_close(b->w);
		memory_next_workbook(NULL);
		b->w = NULL;
		library(b, rc);
	}
	if (out->failed)
		return err_nomem(e);
	return b->refused || was ? err_set(e, EX_SOFTWARE_ERR, "the workbook cannot be made: %s",
				       b->refused ? b->refused : "its place is taken") :
				   0;
}
