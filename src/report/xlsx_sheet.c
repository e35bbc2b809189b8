/* What stands in a sheet that came back: its cells, and what is refused (bundle.md X-9). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/vec.h"
#include "report/xlsx_inner.h"

#define ROWS_LAST 1048576u /* of a sheet */
#define COLUMNS_LAST 16384u
#define CELLS_MOST 4000000u
#define STRINGS_MOST 4000000u
#define NUMBER_LEN 64u  /* bytes of a number's spelling */
#define ROW_THIN 2.0    /* points: a row of less shows nothing */
#define COLUMN_THIN 0.5 /* characters: a column of less shows nothing */

void
cell_name(uint32_t row, unsigned column, char out[16])
{
	char letters[8];
	unsigned n = 0;

	for (; column; column = (column - 1) / 26)
		letters[n++] = (char)('A' + (column - 1) % 26);
	for (unsigned i = 0; i < n; i++)
		out[i] = letters[n - 1 - i];
	snprintf(out + n, 16 - n, "%u", row);
}

/* `AB12`. false: it is none. */
static bool
place_of(const char *s, uint32_t *row, unsigned *column)
{
	uint64_t r;
	unsigned c = 0;

	for (; *s >= 'A' && *s <= 'Z' && c <= COLUMNS_LAST; s++)
		c = c * 26 + (unsigned)(*s - 'A') + 1;
	if (c == 0 || c > COLUMNS_LAST || !dec_u64(s, strlen(s), &r) || r == 0 || r > ROWS_LAST)
		return false;
	*row = (uint32_t)r;
	*column = c;
	return true;
}

static void
refuse_here(struct opened *x, const char *why)
{
	char place[16];

	cell_name(x->row, x->column, place);
	xlsx_refuse(x, place, "%s", why);
}

/* ---- texts */

/* `_xHHHH_`, as a character; 0: it is none, or half of one. */
static uint32_t
escaped(const unsigned char *p, size_t n)
{
	uint32_t cp = 0;

	if (n < 7 || p[0] != '_' || p[1] != 'x' || p[6] != '_')
		return 0;
	for (unsigned i = 2; i < 6; i++) {
		const char *digits = "0123456789abcdef0123456789ABCDEF",
			   *d = p[i] ? strchr(digits, p[i]) : NULL;

		if (d == NULL)
			return 0;
		cp = cp << 4 | (uint32_t)((d - digits) % 16);
	}
	return cp >= 0xd800 && cp <= 0xdfff ? 0 : cp;
}

/* A carriage return before a line feed is how some systems end a line. */
static void
drop_returns(unsigned char *p, size_t *n)
{
	size_t o = 0;

	for (size_t i = 0; i < *n; i++)
		if (p[i] != '\r')
			p[o++] = p[i];
		else if (i + 1 == *n || p[i + 1] != '\n')
			p[o++] = '\n';
	*n = o;
}

bool
xlsx_keep(struct opened *x, size_t *at, uint32_t *n)
{
	struct buf *t = &x->ret->text;
	const unsigned char *p = x->value.p;
	size_t len = x->value.len, kept;

	*at = t->len;
	for (size_t i = 0; i < len;) {
		uint32_t cp = escaped(p + i, len - i);

		if (cp)
			buf_utf8(t, cp);
		else
			buf_byte(t, p[i]);
		i += cp ? 7 : 1;
	}
	/* too long, or no memory: the caller says where */
	if (t->failed || x->value.failed)
		return false;
	kept = t->len - *at;
	if (kept)
		drop_returns(t->p + *at, &kept);
	t->len = *at + kept;
	*n = (uint32_t)kept;
	return true;
}

void
xlsx_collect(void *arg, const XML_Char *p, int n)
{
	struct opened *x = arg;

	if (!x->collect)
		return;
	buf_put(&x->value, p, (size_t)n);
	if (x->value.failed)
		xlsx_refuse(x, NULL, "a text is too long");
}

/* ---- the string table */

void
xlsx_strings_start(void *arg, const XML_Char *name, const XML_Char **a)
{
	struct opened *x = arg;
	const char *l = xlsx_local(name);

	(void)a;
	if (l == NULL)
		return;
	if (strcmp(l, "si") == 0)
		buf_clear(&x->value);
	else if (strcmp(l, "rPh") == 0)
		x->phonetic = true;
	x->collect = strcmp(l, "t") == 0 && !x->phonetic;
}

void
xlsx_strings_end(void *arg, const XML_Char *name)
{
	struct opened *x = arg;
	const char *l = xlsx_local(name);
	struct shared s;

	x->collect = false;
	if (l == NULL)
		return;
	if (strcmp(l, "rPh") == 0)
		x->phonetic = false;
	if (strcmp(l, "si"))
		return;
	if (x->n_shared == STRINGS_MOST) {
		xlsx_refuse(x, NULL, "more than %u texts", STRINGS_MOST);
		return;
	}
	if (!xlsx_keep(x, &s.at, &s.n)) {
		xlsx_refuse(x, NULL, "its texts are too long together");
		return;
	}
	if (vec_grow(&x->shared, &x->shared_cap, x->n_shared + 1, sizeof *x->shared))
		xlsx_refuse(x, NULL, "no memory for its texts");
	else
		x->shared[x->n_shared++] = s;
}

/* ---- cells */

/* A size that is stated, and less than can be seen. */
static bool
thin(const char *size, double least)
{
	return size && strtod(size, NULL) < least;
}

static void
start_row(struct opened *x, const XML_Char **a)
{
	const char *r = xlsx_attribute(a, "r"), *height = xlsx_attribute(a, "ht");
	uint64_t row = x->row + 1ull;
	char place[32];

	if (r && !dec_u64(r, strlen(r), &row))
		row = 0;
	/* in ascending order, as every program writes them: sheet_at() looks by halves, and a row
	 * that stood twice would have two answers */
	if (row <= x->row || row > ROWS_LAST) {
		xlsx_refuse(x, NULL, "its rows are not in order behind row %u", x->row);
		return;
	}
	x->row = (uint32_t)row;
	x->column = 0;
	snprintf(place, sizeof place, "row %u", x->row);
	if (xlsx_true(xlsx_attribute(a, "hidden")) || thin(height, ROW_THIN))
		xlsx_refuse(
		    x, place, "it is hidden (by a filter, maybe): show all rows, and save again");
}

static void
start_cell(struct opened *x, const XML_Char **a)
{
	const char *r = xlsx_attribute(a, "r"), *t = xlsx_attribute(a, "t");
	uint32_t row = x->row;
	unsigned column = x->column + 1;

	/* a cell without a name stands behind the one before it; names must ascend, as rows must */
	if ((r && !place_of(r, &row, &column)) || row != x->row || column <= x->column ||
	    column > COLUMNS_LAST) {
		/* the first cell of a row has none before it */
		if (x->column)
			refuse_here(x, "the cells behind it are not in order");
		else
			xlsx_refuse(x, r, "a cell that has no place in row %u", x->row);
		return;
	}
	x->column = column;
	snprintf(x->type, sizeof x->type, "%s", t ? t : "n");
	buf_clear(&x->value);
	x->in_inline = false;
}

/* A shared text's number. NULL: there is none such. */
static const struct shared *
shared_text(const struct opened *x)
{
	uint64_t i;

	return dec_u64((const char *)x->value.p, x->value.len, &i) && i < x->n_shared ?
	    &x->shared[i] :
	    NULL;
}

static bool
is_number(struct opened *x)
{
	char *end;

	if (x->value.len > NUMBER_LEN || memchr(x->value.p, '\0', x->value.len))
		return false;
	buf_byte(&x->value, '\0');
	x->value.len--;
	strtod((const char *)x->value.p, &end);
	return *end == '\0';
}

static void
end_cell(struct opened *x)
{
	struct sheet_cell c = { .row = x->row, .column = (uint16_t)x->column };
	const struct shared *s = NULL;
	bool shared = strcmp(x->type, "s") == 0;

	/* empty cells are no cells */
	if (x->value.len == 0)
		return;
	/* an error in a cell would be an answer in words; so would the 1 that stands for TRUE */
	if (strcmp(x->type, "e") == 0) {
		refuse_here(x, "an error instead of a text");
		return;
	}
	if (strcmp(x->type, "b") == 0 || strcmp(x->type, "d") == 0) {
		refuse_here(x,
		    *x->type == 'b' ? "a truth value; type a text in a cell of the format text" :
				      "a date; type a text, such as 2026-12-01 in a cell of the "
				      "format text");
		return;
	}
	/* a text that the book does not have was made by hand */
	if (shared && (s = shared_text(x)) == NULL) {
		refuse_here(x, "a text that the book does not have");
		return;
	}
	c.number = strcmp(x->type, "n") == 0;
	if (c.number && !is_number(x)) {
		refuse_here(x, "a number that is none");
		return;
	}
	/* texts are kept once, whatever cells share them */
	if (shared) {
		c.at = s->at;
		c.n = s->n;
	} else if (!xlsx_keep(x, &c.at, &c.n)) {
		refuse_here(x, "its texts are too long together");
		return;
	}
	if (c.n == 0)
		return;
	/* a bound on cells, whatever the sheet claims */
	if (x->n_cells++ == CELLS_MOST)
		refuse_here(x, "more than 4,000,000 cells");
	else if (vec_grow(&x->sheet->cell, &x->sheet->cap, x->sheet->n + 1, sizeof c))
		refuse_here(x, "no memory for its cells");
	else
		x->sheet->cell[x->sheet->n++] = c;
}

/* Elements besides cells that hide something, or say it elsewhere. */
static void
start_other(struct opened *x, const char *l, const XML_Char **a)
{
	const char *ref = xlsx_attribute(a, "ref"), *width = xlsx_attribute(a, "width"),
		   *min = xlsx_attribute(a, "min");
	char place[40];

	if (strcmp(l, "mergeCell") == 0) {
		xlsx_refuse(x, ref, "cells are merged");
	} else if (strcmp(l, "hyperlink") == 0) {
		xlsx_refuse(x, ref, "a link: type the address as a text");
	} else if (strcmp(l, "sheetFormatPr") == 0) {
		if (xlsx_true(xlsx_attribute(a, "zeroHeight")) ||
		    thin(xlsx_attribute(a, "defaultRowHeight"), ROW_THIN))
			xlsx_refuse(x, NULL, "its rows are hidden");
		else if (thin(xlsx_attribute(a, "defaultColWidth"), COLUMN_THIN))
			xlsx_refuse(x, NULL, "its columns are hidden");
	} else if (strcmp(l, "col") == 0 &&
	    (xlsx_true(xlsx_attribute(a, "hidden")) || thin(width, COLUMN_THIN))) {
		snprintf(place, sizeof place, "column %.20s", min ? min : "?");
		xlsx_refuse(x, place, "it is hidden: show all columns, and save again");
	}
}

void
xlsx_sheet_start(void *arg, const XML_Char *name, const XML_Char **a)
{
	struct opened *x = arg;
	const char *l = xlsx_local(name);

	if (l == NULL)
		return;
	if (strcmp(l, "sheetData") == 0) {
		if (x->data_seen)
			xlsx_refuse(x, NULL, "it has its cells twice");
		x->in_data = x->data_seen = true;
	} else if (!x->in_data) {
		start_other(x, l, a);
	} else if (strcmp(l, "row") == 0) {
		start_row(x, a);
	} else if (strcmp(l, "c") == 0) {
		start_cell(x, a);
	} else if (strcmp(l, "f") == 0) {
		refuse_here(x, "a formula; only texts are read");
	} else if (strcmp(l, "is") == 0) {
		x->in_inline = true;
	} else if (strcmp(l, "rPh") == 0) {
		x->phonetic = true;
	}
	/* of a cell its value, or its inline text; how a text is pronounced (rPh) is no part of
	 * it */
	x->collect = x->in_data && !x->phonetic &&
	    (strcmp(l, "v") == 0 ? !x->in_inline : strcmp(l, "t") == 0 && x->in_inline);
}

void
xlsx_sheet_end(void *arg, const XML_Char *name)
{
	struct opened *x = arg;
	const char *l = xlsx_local(name);

	x->collect = false;
	if (l == NULL)
		return;
	if (strcmp(l, "sheetData") == 0)
		x->in_data = false;
	else if (strcmp(l, "rPh") == 0)
		x->phonetic = false;
	else if (strcmp(l, "c") == 0 && x->in_data)
		end_cell(x);
}
