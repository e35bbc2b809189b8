/*
 * The texts of the analysis as Markdown (formats/analysis.md AN-17). They are made line by line of
 * the text, which is harmless already, so both say the same: a line that begins at the margin is a
 * heading, one with a title above columns begins a table, all others are items of a list.
 */
#include "analysis/inner.h"
#include "base/text.h"

#define CELLS 16u

static bool
letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/* A piece of text, in which nothing is Markdown. */
static void
put_escaped(struct buf *b, const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (p[i] == '<' || p[i] == '>' || p[i] == '&') {
			buf_str(b, p[i] == '<' ? "&lt;" : p[i] == '>' ? "&gt;" : "&amp;");
			continue;
		}
		/* an address is no link */
		if (p[i] == ':' && n - i > 2 && memcmp(p + i, "://", 3) == 0) {
			buf_str(b, "&#58;");
			continue;
		}
		/* `approval_wait` begins no emphasis */
		if (p[i] && strchr("\\`*_[]#|~!", p[i]) &&
		    !(p[i] == '_' && i && i + 1 < n && letter(p[i - 1]) && letter(p[i + 1])))
			buf_byte(b, '\\');
		buf_byte(b, (unsigned char)p[i]);
	}
}

void
markdown_row(struct buf *out, const char *const *cell, unsigned n)
{
	struct buf plain;

	buf_init(&plain, 1u << 20);
	for (unsigned i = 0; i < n; i++) {
		buf_str(out, "| ");
		buf_clear(&plain);
		if (cell[i])
			text_plain(&plain, cell[i], strlen(cell[i]));
		put_escaped(out, (const char *)plain.p, plain.len);
		buf_byte(out, ' ');
	}
	buf_str(out, "|\n");
	out->failed |= plain.failed;
	buf_release(&plain);
}

/* Parts a line where two blanks stand. */
static unsigned
cells_of(const char *p, size_t n, struct str cell[CELLS])
{
	unsigned k = 0;

	while (n && *p == ' ')
		p++, n--;
	while (n && p[n - 1] == ' ')
		n--;
	while (n && k < CELLS) {
		const char *gap = k + 1 < CELLS ? memmem(p, n, "  ", 2) : NULL;

		cell[k++] = (struct str){ p, gap ? (size_t)(gap - p) : n };
		n -= cell[k - 1].n;
		p += cell[k - 1].n;
		while (n && *p == ' ')
			p++, n--;
	}
	return k;
}

/* A cell; `[UUID @POSITION]` is an event and where it lies. */
static void
put_cell(struct buf *b, struct str s)
{
	size_t k = 1;

	while (k < s.n && k < 37 && s.p[0] == '[' && (letter(s.p[k]) || s.p[k] == '-'))
		k++;
	if (k != 37 || s.n < 41 || memcmp(s.p + 37, " @", 2)) {
		put_escaped(b, s.p, s.n);
		return;
	}
	buf_byte(b, '`');
	buf_put(b, s.p + 1, 36);
	buf_str(b, "` @");
	for (k = 39; k < s.n && s.p[k] >= '0' && s.p[k] <= '9'; k++)
		buf_byte(b, (unsigned char)s.p[k]);
	k += k < s.n && s.p[k] == ']';
	put_escaped(b, s.p + k, s.n - k);
}

static bool
is_bar(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] != '#')
			return false;
	return s.n > 0;
}

static void
put_row(struct buf *out, const struct str *cell, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		buf_str(out, "| ");
		put_escaped(out, cell[i].p, cell[i].n);
		buf_byte(out, ' ');
	}
	buf_str(out, "|\n");
}

/* Its name is in capitals; what stands behind them is a sentence below it. */
static void
put_heading(struct buf *out, const char *p, size_t n, bool first)
{
	size_t name = 0, k;

	while (name < n && !(p[name] >= 'a' && p[name] <= 'z') && !strchr(",:(", p[name]))
		name++;
	/* `SIMILAR in the …`: the word that is none in capitals is the sentence's */
	while (name && name < n && p[name] >= 'a' && p[name] <= 'z' && p[name - 1] != ' ')
		name--;
	for (k = name; k && p[k - 1] == ' ';)
		k--;
	if (n > 12 && memcmp(p, "ANALYSIS OF ", 12) == 0) {
		size_t range = n > 19 && memcmp(p, "ANALYSIS OF A RANGE", 19) == 0 ? 19 : 12;

		buf_str(out, out->len ? "\n# Analysis of " : "# Analysis of ");
		buf_str(out, range == 19 ? "a range" : "");
		put_escaped(out, p + range, n - range);
		buf_byte(out, '\n');
		return;
	}
	buf_str(out, first ? "# " : "\n## ");
	if (first || k == 0) {
		put_escaped(out, p, n);
		buf_byte(out, '\n');
		return;
	}
	for (size_t i = 0; i < k; i++)
		buf_byte(out, (unsigned char)(i && p[i] >= 'A' && p[i] <= 'Z' ? p[i] + 32 : p[i]));
	buf_byte(out, '\n');
	while (name < n && strchr(" ,:", p[name]))
		name++;
	if (name == n)
		return;
	buf_byte(out, '\n');
	put_escaped(out, p + name, n - name);
	buf_byte(out, '\n');
}

static void
put_item(struct buf *out, const char *p, size_t n)
{
	struct str cell[CELLS];
	unsigned k = cells_of(p, n, cell);
	size_t in = 0;

	while (in < n && p[in] == ' ')
		in++;
	if (k && is_bar(cell[k - 1]))
		k--;
	buf_str(out, in > 3 ? "  * " : "* ");
	for (unsigned i = 0; i < k; i++) {
		buf_str(out, i == 0 ? "" : i == 1 ? ": " : ", ");
		put_cell(out, cell[i]);
	}
	buf_byte(out, '\n');
}

void
analysis_markdown(const struct buf *text, struct buf *out)
{
	const char *p = (const char *)text->p, *end = p + text->len;
	struct str cell[CELLS];
	unsigned columns = 0, k;
	bool first = true, begun = false;

	for (size_t n; p < end; p += n + 1) {
		const char *nl = memchr(p, '\n', (size_t)(end - p));

		n = (size_t)((nl ? nl : end) - p);
		if (n == 0) {
			columns = 0;
			continue;
		}
		if (*p != ' ') {
			put_heading(out, p, n, first);
			first = begun = false;
			columns = 0;
			continue;
		}
		k = cells_of(p, n, cell);
		if (!begun)
			buf_byte(out, '\n');
		/* the heads of columns: the first of them says so */
		if (!begun && k > 1 && cell[0].n && cell[0].p[cell[0].n - 1] == '.') {
			columns = k;
			put_row(out, cell, k);
			for (unsigned i = 0; i < k; i++)
				buf_str(out, i + 1 < k ? "| ---: " : "| --- ");
			buf_str(out, "|\n");
		} else if (columns && k == columns) {
			put_row(out, cell, k);
		} else {
			if (columns)
				buf_byte(out, '\n');
			columns = 0;
			put_item(out, p, n);
		}
		begun = true;
	}
	out->failed |= text->failed;
}
