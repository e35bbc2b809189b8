/* A book that came back, held against the one made anew, cell by cell (formats/bundle.md X-9). */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/vec.h"
#include "cmd/analyze/answering.h"

#define SHOWN_MOST 20u    /* differences that are told */
#define SHOWN_TEXT 60u    /* bytes of a cell in such a line */
#define TYPED_MOST 30000u /* UTF-16 units of a typed text; a cell holds 32,767 with escapes */

/* The sheet that is compared. */
struct pair {
	struct answering *a;
	const struct sheets *fresh_book, *came_book;
	const struct sheet *fresh, *came;
	/* the given cells; column 0: it has none */
	enum answer_sheet kind;
	unsigned column[ANSWER_CELLS];
	uint32_t last;                                          /* row of data */
	unsigned no, rule, correlation, question, explanations; /* columns, 0: none */
};

static void
quote(struct buf *b, const struct sheets *s, const struct sheet_cell *c)
{
	size_t n = c ? c->n : 0;

	if (c == NULL) {
		buf_str(b, "nothing");
		return;
	}
	if (n > SHOWN_TEXT)
		for (n = SHOWN_TEXT; n > SHOWN_TEXT - 4 && (cell_text(s, c)[n] & 0xc0) == 0x80; n--)
			;
	buf_byte(b, '`');
	text_plain(b, cell_text(s, c), n);
	buf_str(b, n < c->n ? "…`" : "`");
}

/* Does the first column of a row say so in both books? */
static bool
labelled(const struct pair *p, uint32_t row, const char *label)
{
	const struct sheet_cell *x = sheet_at(p->fresh, row, 1), *y = sheet_at(p->came, row, 1);
	size_t n = strlen(label);

	return x && y && x->n == n && y->n == n &&
	    memcmp(cell_text(p->fresh_book, x), label, n) == 0 &&
	    memcmp(cell_text(p->came_book, y), label, n) == 0;
}

/* Where most differences come from: something else was given than the book was made with. */
static void
cause(struct pair *p, const struct sheet_cell *came)
{
	static const struct {
		const char *label, *words;
	} known[] = { { "policy (SHA-256)",
			  "--policy: the book was made with that of the SHA-256" },
		{ "period", "--period, or that of the policy: the book was made for" },
		{ "its origin", "--vkey: the book says of the archive's origin" } };

	for (unsigned i = 0; i < sizeof known / sizeof *known; i++)
		if (strcmp(p->fresh->name, "about") == 0 && came && came->column == 2 &&
		    labelled(p, came->row, known[i].label)) {
			buf_printf(&p->a->causes, "cause        %s ", known[i].words);
			quote(&p->a->causes, p->came_book, came);
			buf_byte(&p->a->causes, '\n');
		}
}

static void
differs(struct pair *p, const struct sheet_cell *fresh, const struct sheet_cell *came)
{
	struct buf *b = &p->a->differences;
	const struct sheet_cell *at = fresh ? fresh : came;
	char place[16];

	cause(p, came);
	if (p->a->n_differences++ >= SHOWN_MOST)
		return;
	cell_name(at->row, at->column, place);
	buf_str(b, "differs      ");
	text_plain(b, p->fresh->name, strlen(p->fresh->name));
	buf_printf(b, "!%s: the book has ", place);
	quote(b, p->came_book, came);
	buf_str(b, ", the archives give ");
	quote(b, p->fresh_book, fresh);
	buf_byte(b, '\n');
}

/* The sheet about names each archive with its digest: what it is called does not matter. */
static bool
same_archive(const struct pair *p, const struct sheet_cell *x, const struct sheet_cell *y)
{
	static const size_t n = sizeof ", sha256 " - 1 + 64;
	const char *a = cell_text(p->fresh_book, x), *b = cell_text(p->came_book, y);

	return strcmp(p->fresh->name, "about") == 0 && x->column == 2 && x->n > n && y->n > n &&
	    memcmp(a + x->n - n, ", sha256 ", 9) == 0 && memcmp(a + x->n - n, b + y->n - n, n) == 0;
}

static bool
same(const struct pair *p, const struct sheet_cell *x, const struct sheet_cell *y)
{
	char t[2][70];

	if (x->number || y->number) {
		if (x->n >= sizeof *t || y->n >= sizeof *t)
			return false;
		memcpy(t[0], cell_text(p->fresh_book, x), x->n);
		memcpy(t[1], cell_text(p->came_book, y), y->n);
		t[0][x->n] = t[1][y->n] = '\0';
		return x->number && y->number && strtod(t[0], NULL) == strtod(t[1], NULL);
	}
	return same_archive(p, x, y) ||
	    (x->n == y->n &&
		memcmp(cell_text(p->fresh_book, x), cell_text(p->came_book, y), x->n) == 0);
}

/*
 * A cell that no answer is about: how rules are asked and explained, and what the book says of
 * itself. Another version words these otherwise; facts are the same in all of them.
 */
static bool
is_wording(const struct pair *p, const struct sheet_cell *x, const struct sheet_cell *y)
{
	static const char *const about[] = { "answers of management", "answers of the auditor",
		"worksheet of a sample", "what it is", "what to do", "how it is read back",
		"order of the draw", "reproducible", "ALARM", "KNOWN TO BE MISSING" };

	if (strcmp(p->fresh->name, "legend") == 0 || strcmp(p->fresh->name, "rules") == 0)
		return true;
	if (x == NULL || y == NULL)
		return false;
	for (unsigned i = 0; strcmp(p->fresh->name, "about") == 0 && x->column == 2 &&
	     i < sizeof about / sizeof *about;
	     i++)
		if (labelled(p, x->row, about[i]))
			return true;
	return x->column == p->question || x->column == p->explanations;
}

static int
given(const struct pair *p, const struct sheet_cell *c)
{
	for (int i = 0; i < (int)ANSWER_CELLS; i++)
		if (p->column[i] == c->column && c->row >= 2 && c->row <= p->last)
			return i;
	return -1;
}

/* A text of the sheet, owned by the caller; NULL: empty, or no memory (noted). */
static char *
text_at(const struct pair *p, uint32_t row, unsigned column)
{
	const struct sheet_cell *c = column ? sheet_at(p->fresh, row, column) : NULL;
	char *s = c ? strndup(cell_text(p->fresh_book, c), c->n) : NULL;

	if (c && s == NULL)
		err_nomem(&p->a->ev->err);
	return s;
}

static bool
blank(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strchr(" \t\r\n", s[i]) == NULL || s[i] == '\0')
			return false;
	return true;
}

/* A typed text with what no cell can hold, or no reader shows, made visible: the book made
 * anew holds it so, and it is read again as it stands. false: longer than a cell. */
static bool
visible(struct buf *b, const char *s, size_t n)
{
	size_t units = 0;
	uint32_t cp;

	for (size_t i = 0; i < n;) {
		unsigned k = utf8_next((const unsigned char *)s + i, n - i, &cp);

		if (k == 0 || cp == 0xfffe || cp == 0xffff ||
		    (cp != '\n' && cp != '\t' && text_dangerous(cp))) {
			buf_printf(
			    b, k ? "\\u%04x" : "\\x%02x", k ? (unsigned)cp : (unsigned char)s[i]);
			units += 6;
		} else {
			buf_put(b, s + i, k);
			units += cp > 0xffff ? 2 : 1;
		}
		i += k ? k : 1;
	}
	buf_byte(b, '\0');
	return units <= TYPED_MOST && !b->failed;
}

/* A given cell with something in it. 0 or -1 (e). */
static int
take(struct pair *p, const struct sheet_cell *c, int cell)
{
	struct answers *t = &p->a->typed;
	struct err *e = &p->a->ev->err;
	const char *text = cell_text(p->came_book, c);
	struct answer *x = t->n ? &t->a[t->n - 1] : NULL;
	char place[16];
	struct buf seen;

	cell_name(c->row, c->column, place);
	/* a spreadsheet's number has lost what was typed: a date, or a zero in front */
	if (c->number)
		return err_set(e, EX_DATA_ERR,
		    "sheet %.60s, %s: a number or a date; type a text, such as 2026-12-01 in a "
		    "cell of the format text",
		    p->came->name, place);
	/* blanks are no answer */
	if (blank(text, c->n))
		return 0;
	/* the first cell of a row: its other columns say which exception it is about */
	if (x == NULL || x->sheet != p->kind || x->row != c->row) {
		if (vec_grow(&t->a, &t->cap, t->n + 1, sizeof *t->a))
			return err_nomem(e);
		x = &t->a[t->n++];
		*x = (struct answer){ .sheet = p->kind,
			.row = c->row,
			.no = text_at(p, c->row, p->no),
			.rule = text_at(p, c->row, p->rule),
			.correlation = text_at(p, c->row, p->correlation) };
	}
	/* what a person cannot see must not be taken for an answer */
	buf_init(&seen, 1u << 20);
	if (!visible(&seen, text, c->n))
		err_set(e, EX_DATA_ERR,
		    "sheet %.60s, %s: longer than a cell holds (30,000 characters)", p->came->name,
		    place);
	else if ((x->cell[cell] = strdup((char *)seen.p)) == NULL)
		err_nomem(e);
	buf_release(&seen);
	return e->status ? -1 : 0;
}

static unsigned
column_named(const struct pair *p, const char *name)
{
	size_t n = strlen(name);

	for (size_t i = 0; i < p->fresh->n && p->fresh->cell[i].row == 1; i++)
		if (p->fresh->cell[i].n == n &&
		    memcmp(cell_text(p->fresh_book, &p->fresh->cell[i]), name, n) == 0)
			return p->fresh->cell[i].column;
	return 0;
}

/* Which cells of a sheet are given: behind its last row of data stand a blank row and a note. */
static void
find_given(struct pair *p, enum answer_book which)
{
	memset(p->column, 0, sizeof p->column);
	p->last = p->fresh->n ? p->fresh->cell[p->fresh->n - 1].row : 0;
	p->last = p->last > 3 ? p->last - 2 : 1;
	for (unsigned k = 0; k < ANSWER_SHEETS; k++) {
		const struct answer_sheet_info *x = &answer_sheet_info[k];

		if (x->book != which || strcmp(x->sheet, p->fresh->name))
			continue;
		p->kind = (enum answer_sheet)k;
		for (unsigned i = 0; i < ANSWER_CELLS; i++)
			p->column[i] = column_named(p, x->column[i]);
		p->no = column_named(p, "no");
		p->rule = column_named(p, "rule");
		p->correlation = column_named(p, "correlation_id");
		p->question = column_named(p, "question");
		p->explanations = column_named(p, "explanations");
		p->a->typed.rows[k] = p->last - 1;
	}
}

/* Both in the order of their cells. 0 or -1 (e). */
static int
compare(struct pair *p)
{
	size_t i = 0, k = 0;

	while (i < p->fresh->n || k < p->came->n) {
		const struct sheet_cell *x = i < p->fresh->n ? &p->fresh->cell[i] : NULL,
					*y = k < p->came->n ? &p->came->cell[k] : NULL;
		int cell;

		if (x && y && (x->row != y->row || x->column != y->column)) {
			if (x->row < y->row || (x->row == y->row && x->column < y->column))
				y = NULL;
			else
				x = NULL;
		}
		i += x != NULL;
		k += y != NULL;
		/* the book made anew is empty there */
		if (y && (cell = given(p, y)) >= 0) {
			if (take(p, y, cell))
				return -1;
		} else if (x == NULL || y == NULL || !same(p, x, y)) {
			if (p->a->made_by && is_wording(p, x, y))
				p->a->n_wording++;
			else
				differs(p, x, y);
		}
	}
	return 0;
}

/* The same sheets in the same order. 0 or -1 (e). */
static int
same_sheets(struct err *e, const struct sheets *fresh, const struct sheets *came)
{
	for (unsigned i = 0; i < came->n; i++)
		if (sheets_named(fresh, came->sheet[i].name) == NULL)
			return err_set(e, EX_DATA_ERR,
			    "sheet %.60s: the book that was handed out has no such sheet (added, "
			    "or renamed)",
			    came->sheet[i].name);
	for (unsigned i = 0; i < fresh->n; i++) {
		if (sheets_named(came, fresh->sheet[i].name) == NULL)
			return err_set(
			    e, EX_DATA_ERR, "sheet %.60s: it is gone", fresh->sheet[i].name);
		if (i >= came->n || strcmp(came->sheet[i].name, fresh->sheet[i].name))
			return err_set(e, EX_DATA_ERR,
			    "sheet %.60s: it is not at its place, which is the %u.",
			    fresh->sheet[i].name, i + 1);
	}
	return came->n == fresh->n ?
	    0 :
	    err_set(e, EX_DATA_ERR, "sheet %.60s: it is here twice", came->sheet[came->n - 1].name);
}

int
answers_take(struct answering *a, enum answer_book which, const struct sheets *fresh,
    const struct sheets *came)
{
	if (same_sheets(&a->ev->err, fresh, came))
		return -1;
	for (unsigned i = 0; i < fresh->n; i++) {
		struct pair p = { .a = a,
			.fresh_book = fresh,
			.came_book = came,
			.fresh = &fresh->sheet[i],
			.came = &came->sheet[i] };

		find_given(&p, which);
		if (compare(&p))
			return -1;
	}
	a->typed.given[which] = true;
	return 0;
}
