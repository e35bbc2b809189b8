/*
 * Rows of a statement in the form that is asked for. Text of others never reaches a terminal raw.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "json/emit.h"
#include "base/vec.h"
#include "sql/sql.h"

#define KEPT 2000u      /* rows that a table measures before it is printed */
#define HELD (4u << 20) /* bytes of a document that wait for its head */
#define CELL_MOST 60u   /* columns of a terminal that a cell takes at most */

struct printer {
	enum sql_form form;
	FILE *out;
	const struct sql_head *head; /* NULL: none */
	struct buf line;
	unsigned n;
	bool holds; /* SQL_JSON: the document is not begun */
	struct buf held;
	uint8_t *kind; /* of each column: its declared type + 1, 0: none */
	/* SQL_TABLE: rows wait until widths are known */
	char **cell;
	size_t n_cells, cap;
	size_t *width;
	bool measured, failed;
	uint64_t rows;
};

struct printer *
printer_new(enum sql_form form, FILE *out, const struct sql_head *head, unsigned width)
{
	struct printer *p = calloc(1, sizeof *p);

	(void)width;
	if (p == NULL)
		return NULL;
	p->form = form;
	p->out = out;
	p->head = head;
	buf_init(&p->line, 1u << 30);
	return p;
}

void
printer_free(struct printer *p)
{
	if (p == NULL)
		return;
	for (size_t i = 0; i < p->n_cells; i++)
		free(p->cell[i]);
	free(p->cell);
	free(p->width);
	free(p->kind);
	buf_release(&p->line);
	buf_release(&p->held);
	free(p);
}

/* The document, with its head, up to the rows that waited. whole: more of them come. */
static void
begin_document(struct printer *p, bool whole)
{
	const char *members;
	struct emit e;
	struct buf head;

	if (!p->holds)
		return;
	p->holds = false;
	members = p->head ? p->head->members(p->head->arg, whole) : NULL;
	p->failed |= p->head && members == NULL;
	buf_init(&head, 1u << 26);
	emit_init(&e, &head);
	emit_object(&e, NULL);
	emit_list(&e, members, members ? strlen(members) : 0);
	emit_array(&e, "rows");
	if (head.failed || fwrite(head.p, 1, head.len, p->out) != head.len ||
	    (p->held.len && fwrite(p->held.p, 1, p->held.len, p->out) != p->held.len))
		p->failed = true;
	buf_release(&head);
	buf_release(&p->held);
}

static void
flush(struct printer *p)
{
	/* what a document begins with is known when its rows were read: they wait while they are
	 * few */
	if (p->holds && !p->line.failed && p->held.len + p->line.len <= HELD) {
		buf_put(&p->held, p->line.p, p->line.len);
		p->failed |= p->held.failed;
		buf_clear(&p->line);
		return;
	}
	begin_document(p, true);
	if (p->line.failed ||
	    (p->line.len && fwrite(p->line.p, 1, p->line.len, p->out) != p->line.len))
		p->failed = true;
	buf_clear(&p->line);
}

static uint8_t
declared(const char *type)
{
	for (unsigned i = 0; type && i <= TYPE_JSON; i++)
		if (strcmp(type, column_type_name[i]) == 0)
			return (uint8_t)(i + 1);
	return 0;
}

/* A name, the second time with its number behind it: members of an object are told apart. */
static void
put_name(struct buf *b, sqlite3_stmt *st, unsigned column)
{
	const char *name = sqlite3_column_name(st, (int)column);
	unsigned same = 1;

	name = name ? name : "";
	for (unsigned i = 0; i < column; i++) {
		const char *other = sqlite3_column_name(st, (int)i);

		same += other && strcmp(other, name) == 0;
	}
	buf_str(b, name);
	if (same > 1)
		buf_printf(b, "_%u", same);
}

/* Columns of text forms; of Markdown no pipe and no line end may stand raw. */
static void
put_text(struct printer *p, const void *s, size_t n, bool raw)
{
	struct buf plain;

	switch (p->form) {
	case SQL_CSV:
		text_csv(&p->line, s, n);
		return;
	case SQL_TSV:
	case SQL_MD:
	case SQL_TABLE:
		break;
	default:
		if (raw)
			buf_put(&p->line, s, n);
		else
			text_json(&p->line, s, n);
		return;
	}
	buf_init(&plain, 1u << 30);
	text_plain(&plain, s, n);
	for (size_t i = 0; i < plain.len; i++) {
		if (p->form == SQL_MD && (plain.p[i] == '|' || plain.p[i] == '\\'))
			buf_byte(&p->line, '\\');
		buf_byte(&p->line, plain.p[i]);
	}
	p->line.failed |= plain.failed;
	buf_release(&plain);
}

/* A cell of a table for a reader, which waits until all widths are known. text: ends in NUL. */
static void
keep_cell(struct printer *p, const struct buf *text)
{
	if (p->n_cells == p->cap) {
		size_t cap = p->cap * 2 + 64;
		char **q = vec_resize(p->cell, cap, sizeof *q);

		if (q == NULL) {
			p->failed = true;
			return;
		}
		p->cell = q;
		p->cap = cap;
	}
	if (text->failed || (p->cell[p->n_cells] = strdup((char *)text->p)) == NULL)
		p->failed = true;
	else
		p->n_cells++;
}

/* A name of one column too long for any head stands as an empty one. */
static void
keep_head(struct printer *p, const struct buf *name)
{
	struct buf plain;

	buf_init(&plain, 1u << 20);
	text_plain(&plain, name->p, name->len);
	buf_byte(&plain, '\0');
	if (plain.failed) {
		buf_clear(&plain);
		buf_byte(&plain, '\0');
	}
	keep_cell(p, &plain);
	buf_release(&plain);
}

/* The names of columns, as each form prints them. */
static void
put_heads(struct printer *p, sqlite3_stmt *st)
{
	struct buf name;

	buf_init(&name, 1u << 20);
	for (unsigned i = 0; i < p->n; i++) {
		buf_clear(&name);
		put_name(&name, st, i);
		if (p->form == SQL_TABLE) {
			keep_head(p, &name);
			continue;
		}
		if (p->form == SQL_MD)
			buf_str(&p->line, i ? " | " : "| ");
		else if (i)
			buf_str(&p->line, p->form == SQL_CSV ? "," : "\t");
		put_text(p, name.p, name.len, false);
	}
	buf_release(&name);
	/* the line under the head that a table of Markdown needs */
	if (p->form == SQL_MD) {
		buf_str(&p->line, " |\n|");
		for (unsigned i = 0; i < p->n; i++)
			buf_str(&p->line, " --- |");
		buf_byte(&p->line, '\n');
	} else if (p->form != SQL_TABLE) {
		buf_str(&p->line, p->form == SQL_CSV ? "\r\n" : "\n");
	}
}

int
printer_begin(struct printer *p, sqlite3_stmt *st)
{
	/* columns are asked for once, before the first row */
	p->n = (unsigned)sqlite3_column_count(st);
	if ((p->kind = calloc(p->n + 1, 1)) == NULL ||
	    (p->width = calloc(p->n + 1, sizeof *p->width)) == NULL)
		return -1;
	for (unsigned i = 0; i < p->n; i++)
		p->kind[i] = declared(sqlite3_column_decltype(st, (int)i));
	/* a document is held back, so that its limits can stand inside of it */
	if (p->form == SQL_JSON) {
		buf_init(&p->held, 2 * (size_t)HELD);
		p->holds = true;
	}
	/* in JSON each row names its columns */
	if (p->form == SQL_JSON || p->form == SQL_JSONL)
		return p->failed ? -1 : 0;
	put_heads(p, st);
	flush(p);
	return p->failed ? -1 : 0;
}

/* A double as JSON has numbers; what is none is null. */
static void
put_double(struct buf *b, double d)
{
	char text[40], out[32];
	size_t n;

	snprintf(text, sizeof text, "%.17g", d);
	n = json_number(text, strlen(text), out);
	if (n && d == d)
		buf_put(b, out, n);
	else
		buf_str(b, "null");
}

/* Is a text a number as JSON writes it? */
static bool
is_number(const char *p, size_t n)
{
	char out[32];
	size_t i = n && p[0] == '-';

	if (i >= n || p[i] < '0' || p[i] > '9')
		return false;
	for (; i < n; i++)
		if (strchr("0123456789.eE+-", p[i]) == NULL)
			return false;
	return json_number(p, n, out) > 0;
}

static bool
is_json(const char *p, size_t n)
{
	struct json_doc d;
	bool fine;

	json_init(&d);
	fine = json_parse(&d, p, n, 1000) == 0;
	json_release(&d);
	return fine;
}

/*
 * A token of JSON on one line, dangerous code points as escapes (J-14): line ends stand between
 * tokens only, where a blank
 * says the same.
 */
static void
put_token(struct buf *b, const char *p, size_t n)
{
	size_t at = b->len;

	text_json_raw(b, p, n);
	for (; !b->failed && at < b->len; at++)
		if (b->p[at] == '\n' || b->p[at] == '\r')
			b->p[at] = ' ';
}

static void
put_json_cell(struct printer *p, sqlite3_stmt *st, int i)
{
	struct buf *b = &p->line;
	const char *s;
	size_t n;

	/* a value as JSON has it, and no guess at a type that was not declared */
	switch (sqlite3_column_type(st, i)) {
	case SQLITE_NULL:
		buf_str(b, "null");
		return;
	case SQLITE_INTEGER:
		if (p->kind[i] == TYPE_BOOLEAN + 1)
			buf_str(b, sqlite3_column_int64(st, i) ? "true" : "false");
		else
			buf_printf(b, "%" PRId64, (int64_t)sqlite3_column_int64(st, i));
		return;
	case SQLITE_FLOAT:
		put_double(b, sqlite3_column_double(st, i));
		return;
	/* bytes that are no text, as digits */
	case SQLITE_BLOB:
		s = sqlite3_column_blob(st, i);
		n = (size_t)sqlite3_column_bytes(st, i);
		buf_byte(b, '"');
		for (size_t k = 0; k < n; k++)
			buf_printf(b, "%02x", (unsigned char)s[k]);
		buf_byte(b, '"');
		return;
	}
	s = (const char *)sqlite3_column_text(st, i);
	n = (size_t)sqlite3_column_bytes(st, i);
	/* what the column says it is */
	if (p->kind[i] == TYPE_JSON + 1 && is_json(s, n))
		put_token(b, s, n);
	else if (p->kind[i] == TYPE_NUMBER + 1 && is_number(s, n))
		buf_put(b, s, n);
	else
		text_json(b, s, n);
}

static void
put_cell(struct printer *p, sqlite3_stmt *st, int i)
{
	switch (sqlite3_column_type(st, i)) {
	case SQLITE_NULL:
		return;
	case SQLITE_INTEGER:
		if (p->kind[i] == TYPE_BOOLEAN + 1)
			buf_str(&p->line, sqlite3_column_int64(st, i) ? "true" : "false");
		else
			buf_printf(&p->line, "%" PRId64, (int64_t)sqlite3_column_int64(st, i));
		return;
	case SQLITE_FLOAT:
		put_double(&p->line, sqlite3_column_double(st, i));
		return;
	case SQLITE_BLOB: {
		const unsigned char *s = sqlite3_column_blob(st, i);
		int n = sqlite3_column_bytes(st, i);

		for (int k = 0; k < n; k++)
			buf_printf(&p->line, "%02x", s[k]);
		return;
	}
	default:
		put_text(p, sqlite3_column_text(st, i), (size_t)sqlite3_column_bytes(st, i), false);
	}
}

/* Characters, not bytes: texts are valid and hold nothing invisible. */
static size_t
columns_of(const char *s)
{
	size_t n = 0;

	for (; *s; s++)
		n += ((unsigned char)*s & 0xc0) != 0x80;
	return n;
}

/* The rows that wait, with the widths that they have. */
static void
print_waiting(struct printer *p)
{
	size_t rows = p->n ? p->n_cells / p->n : 0;

	for (size_t i = 0; i < p->n_cells; i++) {
		size_t w = columns_of(p->cell[i]);

		w = w > CELL_MOST ? CELL_MOST : w;
		if (!p->measured && w > p->width[i % p->n])
			p->width[i % p->n] = w;
	}
	p->measured = true;
	for (size_t r = 0; r < rows; r++) {
		for (unsigned c = 0; c < p->n; c++) {
			const char *s = p->cell[r * p->n + c];
			size_t w = columns_of(s);

			buf_str(&p->line, s);
			for (; w < p->width[c] && c + 1 < p->n; w++)
				buf_byte(&p->line, ' ');
			buf_str(&p->line, c + 1 < p->n ? "  " : "\n");
		}
		flush(p);
	}
	for (size_t i = 0; i < p->n_cells; i++)
		free(p->cell[i]);
	p->n_cells = 0;
}

static void
keep(struct printer *p, sqlite3_stmt *st)
{
	for (unsigned i = 0; i < p->n && !p->failed; i++) {
		buf_clear(&p->line);
		put_cell(p, st, (int)i);
		if (p->line.len == 0 && sqlite3_column_type(st, (int)i) == SQLITE_NULL)
			buf_byte(&p->line, '-');
		buf_byte(&p->line, '\0');
		keep_cell(p, &p->line);
	}
	buf_clear(&p->line);
	if (p->n_cells >= (size_t)p->n * KEPT || p->measured)
		print_waiting(p);
}

int
printer_row(struct printer *p, sqlite3_stmt *st)
{
	bool json = p->form == SQL_JSON || p->form == SQL_JSONL;

	/* rows are held until all widths are known */
	if (p->form == SQL_TABLE) {
		keep(p, st);
		p->rows++;
		return p->failed ? -1 : 0;
	}
	if (json)
		buf_str(&p->line, p->form == SQL_JSON && p->rows ? ",{" : "{");
	/* each value, with what stands between two of them */
	for (unsigned i = 0; i < p->n; i++) {
		if (json) {
			struct buf name;

			buf_init(&name, 1u << 20);
			put_name(&name, st, i);
			buf_str(&p->line, i ? "," : "");
			text_json(&p->line, name.p, name.len);
			buf_byte(&p->line, ':');
			buf_release(&name);
			put_json_cell(p, st, (int)i);
			continue;
		}
		buf_str(&p->line,
		    p->form == SQL_MD ? i ? " | " : "| " :
			i             ? p->form == SQL_CSV ? "," : "\t" :
					"");
		put_cell(p, st, (int)i);
	}
	/* the end of a row */
	buf_str(&p->line,
	    json                   ? p->form == SQL_JSON ? "}" : "}\n" :
		p->form == SQL_MD  ? " |\n" :
		p->form == SQL_CSV ? "\r\n" :
				     "\n");
	flush(p);
	p->rows++;
	return p->failed ? -1 : 0;
}

int
printer_end(struct printer *p)
{
	if (p->form == SQL_TABLE)
		print_waiting(p);
	if (p->form == SQL_JSON) {
		begin_document(p, false);
		buf_str(&p->line, "]}\n");
	}
	flush(p);
	return p->failed ? -1 : 0;
}
