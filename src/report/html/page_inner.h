/* What the shell of a page is made of: its style and its script. */
#ifndef REPORT_HTML_PAGE_INNER_H
#define REPORT_HTML_PAGE_INNER_H

#include "report/html/page.h"

/* style.c */
void html_style(struct buf *b);
/* page.c: of each column of page.def: its width, and its words above each cell on a phone; within
 * the style for phones, which it ends. */
void html_columns_style(struct buf *b);

/*
 * script.c: what a page can do besides: filter and sort a table, copy it as CSV, open what a link
 * leads to, open everything for printing. A page is complete without it.
 */
void html_script(struct buf *b);
/* 'sha256-…' of its text, by which the page's policy allows it and nothing else. -1: no memory. */
int html_script_hash(struct buf *b);

#endif
