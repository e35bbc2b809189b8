#include "report/html/chart.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

static const char *const fill[] = { "#2f5d8a", "#8fb3d1", "#c9a227", "#b5533c", "#5d8a5a",
	"#bcd3b8", "#7a7a7a" };

#define SHADES (sizeof fill / sizeof *fill)

/* What stands in a picture is one for a reader aloud, where nothing in it can be chosen. */
static void
begin(struct buf *b, int width, int height, const char *words, bool linked)
{
	buf_printf(b,
	    "<figure><svg%s role=\"%s\" viewBox=\"0 0 %d %d\" font-family=\"sans-serif\" "
	    "font-size=\"12\" aria-label=\"",
	    /* scaled to a whole window its letters would be twice those around it */
	    width == CHART_WIDTH ? " class=\"narrow\"" : "", linked ? "group" : "img", width,
	    height);
	text_html(b, words, strlen(words));
	buf_str(b, "\">\n");
}

void
chart_begin(struct buf *b, int height, const char *words)
{
	begin(b, CHART_WIDTH, height, words, false);
}

void
chart_begin_wide(struct buf *b, int height, const char *words, bool linked)
{
	begin(b, CHART_WIDE, height, words, linked);
}

void
chart_end(struct buf *b, const char *caption)
{
	buf_str(b, "</svg><figcaption>");
	text_html(b, caption, strlen(caption));
	buf_str(b, "</figcaption></figure>\n");
}

void
chart_box(struct buf *b, double x, double y, double w, double h, unsigned shade)
{
	if (w <= 0 || h <= 0)
		return;
	buf_printf(b, "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" fill=\"%s\"/>\n",
	    x, y, w, h, fill[shade % SHADES]);
}

void
chart_dot(struct buf *b, double x, double y, double r, unsigned shade)
{
	buf_printf(b, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"%.1f\" fill=\"%s\"/>\n", x, y, r,
	    fill[shade % SHADES]);
}

void
chart_line(struct buf *b, double x1, double y1, double x2, double y2)
{
	buf_printf(b, "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" stroke=\"#999\"/>\n",
	    x1, y1, x2, y2);
}

void
chart_text(struct buf *b, double x, double y, const char *anchor, const char *p, size_t n)
{
	buf_printf(b, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">", x, y, anchor);
	text_html(b, p, n);
	buf_str(b, "</text>\n");
}

void
chart_state(struct buf *b, double x, double y, double w, double h, enum chart_state s)
{
	static const char *const colour[] = { "#a8cfe8", "#7a1f04", "#f2d27a", "#eeeeee" };

	if (w <= 0)
		return;
	buf_printf(b,
	    "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" fill=\"%s\"%s/>\n", x, y, w,
	    h, colour[s], s == CHART_NONE ? " stroke=\"#bbb\" stroke-width=\".5\"" : "");
	if (s != CHART_UNTESTED)
		return;
	buf_printf(b, "<path stroke=\"#6b5210\" stroke-width=\".8\" d=\"");
	for (double at = x; at < x + w; at += 6) {
		double run = at + h > x + w ? x + w - at : h;

		buf_printf(b, "M%.1f %.1fl%.1f %.1f", at, y + h, run, -run);
	}
	buf_str(b, "\"/>\n");
}

void
chart_mark(
    struct buf *b, enum chart_mark m, double x, double y, double r, unsigned shade, bool hollow)
{
	const char *colour = fill[shade % SHADES];
	char how[80];

	snprintf(how, sizeof how,
	    hollow ? "fill=\"#fff\" stroke=\"%s\" stroke-width=\"1.4\"" : "fill=\"%s\"", colour);
	if (m == CHART_CIRCLE)
		buf_printf(b, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"%.1f\" %s/>\n", x, y, r, how);
	else if (m == CHART_SQUARE)
		buf_printf(b, "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" %s/>\n",
		    x - r, y - r, 2 * r, 2 * r, how);
	else
		buf_printf(b, "<path d=\"M%.1f %.1fl%.1f %.1fl%.1f %.1fl%.1f %.1fz\" %s/>\n", x - r,
		    y, r, -r, r, r, -r, r, how);
}

void
chart_ring(struct buf *b, double x, double y, double r)
{
	buf_printf(b,
	    "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"%.1f\" fill=\"none\" stroke=\"#000\" "
	    "stroke-width=\"1.6\"/>\n",
	    x, y, r);
}

void
chart_band(struct buf *b, double x1, double y1, double x2, double y2, double h, unsigned shade)
{
	double mid = (x1 + x2) / 2;

	if (h <= 0)
		return;
	buf_printf(b,
	    "<path d=\"M%.1f %.1fC%.1f %.1f %.1f %.1f %.1f %.1fV%.1fC%.1f %.1f %.1f %.1f %.1f "
	    "%.1fz\" fill=\"%s\" fill-opacity=\".45\"/>\n",
	    x1, y1, mid, y1, mid, y2, x2, y2, y2 + h, mid, y2 + h, mid, y1 + h, x1, y1 + h,
	    fill[shade % SHADES]);
}

void
chart_dashes(struct buf *b, double x, double y1, double y2)
{
	buf_printf(b,
	    "<path d=\"M%.1f %.1fV%.1f\" stroke=\"#555\" stroke-dasharray=\"3 3\" "
	    "fill=\"none\"/>\n",
	    x, y1, y2);
}

void
chart_link(struct buf *b, const char *prefix, const char *anchor)
{
	buf_printf(b, "<a href=\"#%s%s\">", prefix, anchor);
}

void
chart_link_end(struct buf *b)
{
	buf_str(b, "</a>\n");
}

void
chart_text_cut(struct buf *b, double x, double y, const char *anchor, const char *s, unsigned most)
{
	size_t n = strlen(s), at = 0;
	unsigned k = 0;

	for (; at < n && k < most; k++) {
		uint32_t cp;
		unsigned step = utf8_next((const unsigned char *)s + at, n - at, &cp);

		at += step ? step : 1;
	}
	buf_printf(b, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">", x, y, anchor);
	text_html(b, s, at);
	buf_str(b, at < n ? "\xe2\x80\xa6</text>\n" : "</text>\n");
}

void
put_share_of(struct buf *b, int64_t bp)
{
	uint64_t u = bp < 0 ? -(uint64_t)bp : (uint64_t)bp;

	buf_printf(b, "%s%" PRIu64 ".%02" PRIu64 " %%", bp < 0 ? "-" : "", u / 100, u % 100);
}
