/*
 * Pictures in a page: inline SVG that needs no script, each with words for who does not see it.
 * Colours differ in lightness; the table beside a picture has every number.
 */
#ifndef REPORT_HTML_CHART_H
#define REPORT_HTML_CHART_H

#include "base/buf.h"

#define CHART_WIDTH 480 /* units; text is legible on a phone */
#define CHART_WIDE 900  /* for pictures with many marks, whose table stands with them */

/* words: what it shows, for who does not see it. linked: links stand in it. */
void chart_begin(struct buf *b, int height, const char *words);
void chart_begin_wide(struct buf *b, int height, const char *words, bool linked);
void chart_end(struct buf *b, const char *caption);
/* In units from the left and the top; shade: 0 to 6. */
void chart_box(struct buf *b, double x, double y, double w, double h, unsigned shade);
void chart_dot(struct buf *b, double x, double y, double r, unsigned shade);
void chart_line(struct buf *b, double x1, double y1, double x2, double y2);
/* Text of others too; anchor: start, middle, end. */
void chart_text(struct buf *b, double x, double y, const char *anchor, const char *p, size_t n);

/* Basis points as `12.34 %`. */
void put_share_of(struct buf *b, int64_t bp);

/* Shades that say a state, beside a sign or a word: they differ in lightness, also to who sees no
 * red or no green, and in print. hatched: with lines across. */
enum chart_state { CHART_PASSED, CHART_EXCEPTION, CHART_UNTESTED, CHART_NONE };
void chart_state(struct buf *b, double x, double y, double w, double h, enum chart_state s);
/* A mark of 2r, of a person or a machine, hollow where what it tells is not proven; a ring. */
enum chart_mark { CHART_CIRCLE, CHART_SQUARE, CHART_DIAMOND };
void chart_mark(
    struct buf *b, enum chart_mark m, double x, double y, double r, unsigned shade, bool hollow);
void chart_ring(struct buf *b, double x, double y, double r);
/* A band from (x1, y1) to (x2, y2), h high. */
void
chart_band(struct buf *b, double x1, double y1, double x2, double y2, double h, unsigned shade);
/* A line of dashes from top to bottom. */
void chart_dashes(struct buf *b, double x, double y1, double y2);
/* `<a href="#…">` around what follows; anchor: of ours. */
void chart_link(struct buf *b, const char *prefix, const char *anchor);
void chart_link_end(struct buf *b);
/* The beginning of a text, as long as it may be. */
void
chart_text_cut(struct buf *b, double x, double y, const char *anchor, const char *s, unsigned most);

#endif
