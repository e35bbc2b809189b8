/* The shell of an HTML page. */
#include "report/html/page_inner.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

static const struct {
	const char *name, *title;
} section[] = {
#define SECTION(name, title) { #name, title },
#include "report/html/page.def"
};

static const struct {
	const char *name, *columns;
} table[] = {
#define TABLE(name, columns) { #name, columns },
#include "report/html/page.def"
};

void
html_text(struct buf *b, const char *s)
{
	text_html(b, s, strlen(s));
}

void
html_limits(struct buf *b, const struct limits *l)
{
	for (unsigned i = 0; i < l->n; i++) {
		buf_str(b, "<li>");
		html_text(b, l->l[i].sentence);
		buf_str(b, "</li>\n");
	}
}

void
html_lines(struct buf *b, const char *p, size_t n)
{
	for (size_t at = 0; at < n;) {
		const char *end = memchr(p + at, '\n', n - at);
		size_t k = end ? (size_t)(end - p) - at : n - at;

		text_html(b, p + at, k);
		buf_byte(b, '\n');
		at += k + 1;
	}
}

void
html_put(struct buf *b, const char *fmt, ...)
{
	char t[4096];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(t, sizeof t, fmt, ap);
	va_end(ap);
	buf_str(b, t);
}

void
html_row(struct buf *b, const char *name, const char *value, bool mono)
{
	buf_str(b, "<tr><th scope=\"row\">");
	html_text(b, name);
	html_put(b, "</th><td%s>", mono ? " class=\"m\"" : "");
	html_text(b, value);
	buf_str(b, "</td></tr>\n");
}

void
html_number(struct buf *b, const char *name, uint64_t n)
{
	char t[32];

	snprintf(t, sizeof t, "%" PRIu64, n);
	html_row(b, name, t, false);
}

/* The next column of a table: its words, and its share of the width in percent, 0: not told;
 * false: there is none. */
static bool
column(const char **at, const char **ret, size_t *n, bool *number, unsigned *width)
{
	if (**at == '\0')
		return false;
	*number = **at == '#';
	*ret = *at + *number;
	*n = strcspn(*ret, "|");
	*at = *ret + *n;
	*width = 0;
	for (size_t k = *n; k > 0 && *width == 0; k--)
		if ((*ret)[k - 1] == ':') {
			if ((*ret)[k] < '0' || (*ret)[k] > '9')
				break;
			*width = (unsigned)strtoul(*ret + k, NULL, 10);
			*n = k - 1;
		}
	*at += **at == '|';
	return true;
}

/* On a phone a row is a card: the words of its column stand above each cell. Where there is room,
 * columns have the widths that are declared. */
void
html_columns_style(struct buf *b)
{
	const char *at, *p;
	unsigned i, width;
	size_t n;
	bool number;

	for (unsigned t = 0; t < HTML_TABLES; t++)
		for (at = table[t].columns, i = 1; column(&at, &p, &n, &number, &width); i++)
			buf_printf(b, ".c-%s td:nth-child(%u):before{content:\"%.*s\"}",
			    table[t].name, i, (int)n, p);
	buf_str(b, "}\n");
	for (unsigned t = 0; t < HTML_TABLES; t++)
		for (at = table[t].columns, i = 1; column(&at, &p, &n, &number, &width); i++)
			if (width)
				buf_printf(b, ".c-%s th:nth-child(%u){width:%u%%}", table[t].name,
				    i, width);
	buf_str(b, "\n");
}

/* A text as it may stand in a string of a style sheet, which stands in a page. */
static void
put_css(struct buf *b, const char *s)
{
	for (size_t n = strlen(s), i = 0; i < n;) {
		uint32_t cp = 0xfffd;
		unsigned k = utf8_next((const unsigned char *)s + i, n - i, &cp);

		if ((cp >= '0' && cp <= '9') || (cp >= 'a' && cp <= 'z') ||
		    (cp >= 'A' && cp <= 'Z') || (cp < 128 && strchr(" ,.-:/()@+", (int)cp) && cp))
			buf_byte(b, cp);
		else
			buf_printf(b, "\\%06x", text_invisible(cp) || cp < 32 ? 0xfffd : cp);
		i += k ? k : 1;
	}
}

void
html_begin(struct buf *b, const char *title, const struct html_margins *m)
{
	buf_str(b,
	    "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
	    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
	    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
	    "'unsafe-inline'; script-src ");
	b->failed |= html_script_hash(b) != 0;
	buf_str(b, "\">\n<title>");
	html_text(b, title);
	buf_str(b, "</title>\n<style>");
	html_style(b);
	/* the paper is whoever prints it; what a margin holds is the page's */
	buf_str(b, "@page{size:portrait;margin:15mm 11mm 14mm;@top-left{content:\"");
	put_css(b, m->top_left);
	buf_str(b, "\";font:8px sans-serif}@top-right{content:\"");
	put_css(b, m->top_right);
	buf_str(b,
	    ", page \" counter(page) \" of \" counter(pages);font:8px sans-serif}"
	    "@bottom-left{content:\"");
	put_css(b, m->bottom_left);
	buf_str(b, "\";font:7px monospace}}</style></head><body>\n<main>\n");
}

void
html_end(struct buf *b)
{
	buf_str(b, "</main>\n");
	html_script(b);
	buf_str(b, "</body></html>\n");
}

void
html_contents(struct buf *b)
{
	buf_str(b, "<nav aria-label=\"Contents\"><ol>\n");
	for (unsigned i = 0; i < HTML_SECTIONS; i++)
		buf_printf(
		    b, "<li><a href=\"#s-%s\">%s</a></li>\n", section[i].name, section[i].title);
	buf_str(b, "</ol></nav>\n");
}

void
html_section(struct buf *b, enum html_section s)
{
	buf_printf(b, "<h2 id=\"s-%s\">%u. %s</h2>\n", section[s].name, s + 1, section[s].title);
}

void
html_heading(struct buf *b, const char *anchor, const char *title)
{
	buf_printf(b, "<h2 id=\"s-%s\">%s</h2>\n", anchor, title);
}

static void
put_caption(struct buf *b, const char *caption)
{
	if (caption == NULL)
		return;
	buf_str(b, "<caption>");
	html_text(b, caption);
	buf_str(b, "</caption>");
}

void
html_table(struct buf *b, enum html_table t, const char *caption)
{
	const char *at = table[t].columns, *p;
	unsigned width;
	size_t n;
	bool number;

	buf_printf(b, "<table class=\"c-%s\">", table[t].name);
	put_caption(b, caption);
	buf_str(b, "<thead><tr>");
	while (column(&at, &p, &n, &number, &width))
		buf_printf(
		    b, "<th scope=\"col\"%s>%.*s</th>", number ? " class=\"n\"" : "", (int)n, p);
	buf_str(b, "</tr></thead><tbody>\n");
}

void
html_table_end(struct buf *b)
{
	buf_str(b, "</tbody></table>\n");
}

void
html_names(struct buf *b, const char *caption)
{
	buf_str(b, "<table>");
	put_caption(b, caption);
	buf_str(b, "<tbody>\n");
}

void
html_fold(struct buf *b, const char *summary)
{
	html_put(b, "<details><summary>%s</summary>\n", summary);
}

void
html_fold_end(struct buf *b)
{
	buf_str(b, "</details>\n");
}

void
html_anchor(struct buf *b, const char *prefix, const char *p, size_t n)
{
	buf_str(b, prefix);
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)p[i];

		if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		    c == '-' || c == '.')
			buf_byte(b, c);
		else
			buf_printf(b, "_%02x", c);
	}
}

void
html_remediation(struct buf *b, const struct report *rep, const struct correlation *c)
{
	bool page = rep->paged[c - rep->cat->c];

	if (page) {
		buf_str(b, "<a href=\"#");
		html_anchor(b, "rr-", c->text, c->n);
		buf_str(b, "\">");
	}
	text_html(b, c->text, c->n);
	if (page)
		buf_str(b, "</a>");
}

void
html_correlation(struct buf *b, const struct report *rep, const char *p, size_t n)
{
	const struct correlation *c = rep ? catalog_get(rep->cat, p, n) : NULL;

	if (c)
		html_remediation(b, rep, c);
	else
		text_html(b, p, n);
}
