#include "report/html/chart.h"

#include <inttypes.h>
#include <string.h>

#include "base/text.h"

static const char *const fill[] = { "#2f5d8a", "#8fb3d1", "#c9a227", "#b5533c", "#5d8a5a",
	"#bcd3b8", "#7a7a7a" };

#define SHADES (sizeof fill / sizeof *fill)

void
chart_begin(struct buf *b, int height, const char *words)
{
	buf_printf(b,
	    "<figure><svg role=\"img\" viewBox=\"0 0 %d %d\" font-family=\"sans-serif\" "
	    "font-size=\"12\" aria-label=\"",
	    CHART_WIDTH, height);
	text_html(b, words, strlen(words));
	buf_str(b, "\">\n");
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
put_share_of(struct buf *b, int64_t bp)
{
	uint64_t u = bp < 0 ? -(uint64_t)bp : (uint64_t)bp;

	buf_printf(b, "%s%" PRIu64 ".%02" PRIu64 " %%", bp < 0 ? "-" : "", u / 100, u % 100);
}
