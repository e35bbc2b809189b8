#include "report/form.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "base/utc.h"
#include "report/xlsx.h"

/* By whose clock tables tell times, beside UTC; set once, before anything is printed. */
static const struct zone *local;

void
form_zone(const struct zone *z)
{
	local = z;
}

/* Columns of a terminal that a column takes. */
static unsigned
wide_of(const struct form_column *c)
{
	return (c->width ? c->width : 20) + (local && c->kind == COLUMN_TIME ? ZONE_WIDE : 0);
}

/* Leaves columns out until the rest fits the terminal. */
static void
choose(struct form *f, unsigned width)
{
	unsigned sum = 0;

	for (unsigned i = 0; i < f->n; i++) {
		f->shown[i] = f->column[i].title != NULL;
		sum += f->shown[i] ? wide_of(&f->column[i]) + 2 : 0;
	}
	/* 0: no terminal, all columns; else those go first whose loss hurts least (`drop`), and
	 * what is left may be wider than the terminal */
	while (width && sum > width) {
		unsigned most = 0, at = f->n;

		for (unsigned i = 0; i < f->n; i++)
			if (f->shown[i] && f->column[i].drop > most) {
				most = f->column[i].drop;
				at = i;
			}
		if (at == f->n)
			return;
		f->shown[at] = false;
		sum -= wide_of(&f->column[at]) + 2;
	}
}

/* Code points of a text that is harmless already. */
static unsigned
wide(const struct buf *b)
{
	unsigned n = 0;

	for (size_t i = 0; i < b->len; i++)
		n += (b->p[i] & 0xc0) != 0x80;
	return n;
}

/* A cell of the table: numbers stand at the right of their column. */
static void
pad(struct form *f, unsigned i, const struct buf *text)
{
	const struct form_column *c = &f->column[i];
	unsigned want = c->width ? wide_of(c) : 0, n = wide(text), fill = want > n ? want - n : 0;
	bool right = c->kind == COLUMN_NUMBER || c->kind == COLUMN_SPAN, last = true;

	for (unsigned k = i + 1; k < f->n; k++)
		last &= !f->shown[k];
	for (unsigned k = 0; right && k < fill; k++)
		buf_byte(f->out, ' ');
	buf_put(f->out, text->p ? text->p : (unsigned char *)"", text->len);
	for (unsigned k = 0; !right && !last && k < fill; k++)
		buf_byte(f->out, ' ');
	buf_str(f->out, last ? "\n" : "  ");
}

static void
heads(struct form *f)
{
	struct buf title;

	buf_init(&title, 1024);
	for (unsigned i = 0; i < f->n; i++) {
		if (!f->shown[i])
			continue;
		buf_clear(&title);
		buf_str(&title, f->column[i].title);
		pad(f, i, &title);
	}
	f->out->failed |= title.failed;
	buf_release(&title);
}

void
form_begin(struct form *f, struct buf *out, enum form_style style, const char *member,
    const struct form_column *column, unsigned n, unsigned width)
{
	*f = (struct form){ .column = column,
		.n = n < FORM_COLUMNS ? n : FORM_COLUMNS,
		.style = style,
		.member = member,
		.out = out };
	emit_init(&f->emit, out);
	if (style == STYLE_JSON) {
		emit_object(&f->emit, NULL);
		emit_array(&f->emit, member);
	} else if (style == STYLE_CSV) {
		for (unsigned i = 0; i < f->n; i++)
			buf_printf(out, "%s,", column[i].name);
		buf_str(out, "_escaped\r\n");
	} else if (style == STYLE_TABLE) {
		choose(f, width);
		heads(f);
	}
}

void
form_begin_sheet(struct form *f, struct book *book, const char *name, const char *whole,
    const struct form_column *column, unsigned n)
{
	*f = (struct form){ .column = column,
		.n = n < FORM_COLUMNS ? n : FORM_COLUMNS,
		.style = STYLE_BOOK,
		.book = book };
	book_sheet(book, name, whole, column, f->n);
}

/* One cell: its text for a table and CSV, and whether JSON has it without quotes. */
static void
cell(struct form *f, const char *p, size_t n, bool bare)
{
	const struct form_column *c = &f->column[f->at];
	struct buf text;

	/* a workbook has no columns of text to pad */
	if (f->style == STYLE_BOOK) {
		book_text(f->book, p, n);
		return;
	}
	/* JSON begins a row with its first column */
	if (f->at == 0 && (f->style == STYLE_JSON || f->style == STYLE_JSONL))
		emit_object(&f->emit, NULL);
	/* each style has its own idea of nothing */
	switch (f->style) {
	case STYLE_BOOK:
		break;
	case STYLE_JSON:
	case STYLE_JSONL:
		if (p == NULL)
			emit_null(&f->emit, c->name);
		else if (bare)
			emit_raw(&f->emit, c->name, p, n);
		else
			emit_text(&f->emit, c->name, p, n);
		break;
	case STYLE_CSV:
		if (bare && p)
			buf_put(f->out, p, n);
		else
			f->changed |= text_csv(f->out, p ? p : "", p ? n : 0);
		buf_byte(f->out, ',');
		break;
	case STYLE_TABLE:
		if (!f->shown[f->at])
			break;
		buf_init(&text, 1u << 20);
		text_plain(&text, p ? p : "-", p ? n : 1);
		pad(f, f->at, &text);
		f->out->failed |= text.failed;
		buf_release(&text);
		break;
	}
	/* the last cell of a row closes it */
	if (++f->at < f->n)
		return;
	f->at = 0;
	if (f->style == STYLE_JSON || f->style == STYLE_JSONL)
		emit_end(&f->emit);
	if (f->style == STYLE_JSONL)
		buf_byte(f->out, '\n');
	if (f->style == STYLE_CSV)
		buf_str(f->out, f->changed ? "yes\r\n" : "\r\n");
	f->changed = false;
}

void
form_text(struct form *f, const char *p, size_t n)
{
	cell(f, p, n, false);
}
void
form_str(struct form *f, const char *s)
{
	cell(f, s, s ? strlen(s) : 0, false);
}

void
form_number(struct form *f, uint64_t v)
{
	char t[24];
	int n = snprintf(t, sizeof t, "%" PRIu64, v);
	struct buf span;

	if (f->style == STYLE_BOOK) {
		book_number(f->book, v);
		return;
	}
	if (f->style != STYLE_TABLE || f->column[f->at].kind != COLUMN_SPAN) {
		cell(f, t, (size_t)n, true);
		return;
	}
	buf_init(&span, 64);
	text_span(&span, v > INT64_MAX ? INT64_MAX : (int64_t)v);
	cell(f, (char *)span.p, span.len, false);
	f->out->failed |= span.failed;
	buf_release(&span);
}

void
form_time(struct form *f, int64_t us)
{
	struct buf t;

	buf_init(&t, 64);
	utc_print(&t, UTC_REST, us, 0);
	/* beside UTC, and on a terminal alone: what programs read has one clock */
	if (local && f->style == STYLE_TABLE)
		zone_put(&t, local, us);
	cell(f, (char *)t.p, t.len, false);
	if (f->out)
		f->out->failed |= t.failed;
	buf_release(&t);
}

bool
form_end(struct form *f)
{
	if (f->style == STYLE_BOOK) {
		book_sheet_end(f->book);
		return true;
	}
	if (f->style == STYLE_JSON)
		emit_end(&f->emit);
	return !f->out->failed;
}
