/*
 * Pictures in a page: inline SVG that needs no script, each with words for who does not see it.
 * Colours differ in lightness; the table beside a picture has every number.
 */
#ifndef REPORT_HTML_CHART_H
#define REPORT_HTML_CHART_H

#include "base/buf.h"

#define CHART_WIDTH 480 /* units; text is legible on a phone */

void chart_begin(struct buf *b, int height, const char *words);
void chart_end(struct buf *b, const char *caption);
/* In units from the left and the top; shade: 0 to 6. */
void chart_box(struct buf *b, double x, double y, double w, double h, unsigned shade);
void chart_dot(struct buf *b, double x, double y, double r, unsigned shade);
void chart_line(struct buf *b, double x1, double y1, double x2, double y2);
/* Text of others too; anchor: start, middle, end. */
void chart_text(struct buf *b, double x, double y, const char *anchor, const char *p, size_t n);

/* Basis points as `12.34 %`. */
void put_share_of(struct buf *b, int64_t bp);

#endif
