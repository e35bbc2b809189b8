/* The shell of an HTML page. */
#include "report/html/page.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
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

/* Colours differ in lightness too; each state also stands as a word. */
static const char style[] =
    "body{font:14px/1.5 'DejaVu Sans',Verdana,Arial,sans-serif;color:#1a1a1a;background:#fff;"
    "max-width:70em;margin:1.5em auto;padding:0 1.2em;overflow-wrap:anywhere}\n"
    "h1{font-size:1.6em;margin:.2em 0}h2{font-size:1.25em;border-bottom:2px solid #444;"
    "margin-top:2.2em;padding-bottom:.15em}h3{font-size:1.05em;margin-top:1.6em}\n"
    "h1,h2,h3,caption{break-after:avoid}a{color:#0b4f8a}\n"
    "table{border-collapse:collapse;width:100%;margin:.8em 0}"
    "caption{text-align:left;font-weight:bold;padding:.3em 0}\n"
    "th,td{border:1px solid #999;padding:.3em .5em;text-align:left;vertical-align:top}"
    "thead th{background:#eee;overflow-wrap:normal}tbody th{width:16em;font-weight:normal;"
    "background:#f6f6f6}\n"
    "td.n,th.n{text-align:right}td.m,code,.m{font-family:'DejaVu Sans Mono',Menlo,monospace;"
    "font-size:.9em}\n"
    ".v{border:2px solid #444;padding:.8em 1em;margin:1em 0}.v p{margin:.3em 0;font-weight:bold}"
    ".s-proven{background:#e3f2e3}.s-disproved{background:#f8dada}.s-not{background:#fbf3d5}\n"
    "nav ol{columns:2;padding-left:1.6em}nav "
    "li{break-inside:avoid}svg{width:100%;max-width:44em;height:auto;"
    "display:block;margin:.6em 0}figure{margin:1em 0}figcaption{font-size:.9em;color:#444}\n"
    ".foot{color:#555;font-size:.85em;margin-top:3em;border-top:1px solid #999;"
    "padding-top:.5em}pre{white-space:pre-wrap;border:1px solid #bbb;padding:.6em;"
    "background:#fafafa;font-size:.85em}\n"
    "@media (min-width:900px){td.t,td.n{white-space:nowrap}}@media (min-width:641px){td{min-width:"
    "4.5em}.s-proven,.s-disproved,.s-not,td:first-child{min-width:7em}}\n"
    "@media (max-width:640px){body{font-size:15px;padding:0 .7em}nav ol{columns:1}"
    "table,caption,tbody,tr,td,tbody "
    "th{display:block;width:auto}thead{position:absolute;left:-999em}"
    "tr{border:1px solid #999;margin:.6em 0}td,tbody th{border:0;padding:.2em .5em}"
    "td.n{text-align:left}"
    "td:before{display:block;font:bold .8em sans-serif;color:#555}td:empty{display:none}";

static const char print_style[] =
    "@media print{body{margin:0;padding:0;max-width:none;font-size:9.5px}tr,.v,figure{"
    "break-inside:avoid}thead{display:table-header-group}h2{margin-top:1.4em}"
    "a{color:inherit;text-decoration:none}pre{font-size:8px}}\n";

void
html_text(struct buf *b, const char *s)
{
	text_html(b, s, strlen(s));
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

/* The next column of a table: its words; false: there is none. */
static bool
column(const char **at, const char **ret, size_t *n, bool *number)
{
	if (**at == '\0')
		return false;
	*number = **at == '#';
	*ret = *at + *number;
	*n = strcspn(*ret, "|");
	*at = *ret + *n;
	*at += **at == '|';
	return true;
}

/* On a phone a row is a card: the words of its column stand above each cell. */
static void
put_cards(struct buf *b)
{
	for (unsigned t = 0; t < HTML_TABLES; t++) {
		const char *at = table[t].columns, *p;
		unsigned i = 1;
		size_t n;
		bool number;

		for (; column(&at, &p, &n, &number); i++)
			buf_printf(b, ".c-%s td:nth-child(%u):before{content:\"%.*s\"}",
			    table[t].name, i, (int)n, p);
	}
	buf_str(b, "}\n");
}

void
html_begin(struct buf *b, const char *title, const char *left, const char *right)
{
	buf_str(b,
	    "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
	    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
	    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
	    "'unsafe-inline'\">\n<title>");
	html_text(b, title);
	buf_str(b, "</title>\n<style>");
	buf_str(b, style);
	put_cards(b);
	buf_str(b, print_style);
	buf_str(b, "@page{size:A4;margin:14mm 12mm 18mm;@bottom-left{content:\"");
	buf_str(b, left);
	buf_str(b, "\";font:7px monospace}@bottom-right{content:\"");
	buf_str(b, right);
	buf_str(b,
	    ", page \" counter(page) \" of \" counter(pages);font:8px sans-serif}}</style></head>"
	    "<body>\n<main>\n");
}

void
html_end(struct buf *b)
{
	buf_str(b, "</main>\n</body></html>\n");
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
	size_t n;
	bool number;

	buf_printf(b, "<table class=\"c-%s\">", table[t].name);
	put_caption(b, caption);
	buf_str(b, "<thead><tr>");
	while (column(&at, &p, &n, &number))
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
	unsigned i = 0;

	while (i < rep->n_chosen && rep->chosen[i] != c)
		i++;
	if (i < rep->n_chosen) {
		buf_str(b, "<a href=\"#");
		html_anchor(b, "rr-", c->text, c->n);
		buf_str(b, "\">");
	}
	text_html(b, c->text, c->n);
	if (i < rep->n_chosen)
		buf_str(b, "</a>");
}
