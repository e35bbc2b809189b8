/*
 * The shell of an HTML page, and what its sections are made with: one style, one table of sections
 * (page.def), a heading and an anchor for each. A page needs no script and nothing from elsewhere;
 * it is read at every width, and printed.
 */
#ifndef REPORT_HTML_PAGE_H
#define REPORT_HTML_PAGE_H

#include "report/answers.h"
#include "report/report.h"

/* Lines of a list; what is left out is counted and named where it stands whole. */
#define REPORT_SHOWN 2000u

enum html_section {
#define SECTION(name, title) SECTION_##name,
#include "report/html/page.def"
	HTML_SECTIONS
};
enum html_table {
#define TABLE(name, columns) TABLE_##name,
#include "report/html/page.def"
	HTML_TABLES
};

/* What stands in the margins of every printed page; text of others too. */
struct html_margins {
	const char *top_left, *top_right, *bottom_left;
};
/* The head and the beginning of main. */
void html_begin(struct buf *b, const char *title, const struct html_margins *m);
void html_end(struct buf *b); /* the end of main, body, page */
/* Links to all sections of the report. */
void html_contents(struct buf *b);
/* A section's heading, with its number and anchor. */
void html_section(struct buf *b, enum html_section s);
/* The same of a page that has no numbers; anchor: of ours. */
void html_heading(struct buf *b, const char *anchor, const char *title);
/* A table up to its body, a caption if there is one; and its end. */
void html_table(struct buf *b, enum html_table t, const char *caption);
void html_table_end(struct buf *b);
/* A table of names and values up to its body. */
void html_names(struct buf *b, const char *caption);

/* Text of others, harmless; markup of our own, of which every %s is escaped by the caller. */
void html_text(struct buf *b, const char *s);
/* What is known to be missing, an item each of a list. */
void html_limits(struct buf *b, const struct limits *l);
void html_put(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* What is folded on a screen, and open on paper; summary: of ours. */
void html_fold(struct buf *b, const char *summary);
void html_fold_end(struct buf *b);
/* Lines of a text, each harmless; the line feeds between them stay. */
void html_lines(struct buf *b, const char *p, size_t n);
/* A name and its value. */
void html_row(struct buf *b, const char *name, const char *value, bool mono);
void html_number(struct buf *b, const char *name, uint64_t n);
/* The anchor of a text of others, as it stands in id="" and href="#": prefix, then the text with
 * everything but letters, digits, '-' and '.' as _XX. */
void html_anchor(struct buf *b, const char *prefix, const char *p, size_t n);
/* An event: the beginning of its id and its position, as a link to the appendix, where it stands
 * whole; and the same of one that the appendix is yet to be told of. */
void html_event(struct buf *b, const char id[37], uint64_t position);
void report_event(struct buf *b, const struct report *rep, const char id[37], uint64_t position);
/* A remediation's id, as a link where it has a page of its own in this report. */
void html_remediation(struct buf *b, const struct report *rep, const struct correlation *c);
/* The same by a text, which may name none. rep: NULL: there are no pages to lead to. */
void html_correlation(struct buf *b, const struct report *rep, const char *p, size_t n);

/* The sections of the report. -1: no memory, or e. */
void report_id(struct report *rep, char out[65]);
void report_cover(struct buf *b, struct report *rep, const char *id);
/* 0, or -1 (e): what it reads of the archives cannot be. */
int report_ipe(struct buf *b, struct report *rep, struct err *e);
void report_sample(struct buf *b, const struct report *rep);
void report_custody(struct buf *b, const struct report *rep);
void report_files(struct buf *b, struct report *rep);
void report_integrity(struct buf *b, struct report *rep);
void report_completeness(struct buf *b, struct report *rep);
int report_populations(struct buf *b, const struct report *rep);
void report_reconciliation(struct buf *b, const struct report *rep);
void report_changes(struct buf *b, const struct report *rep);
void report_allowed_list(struct buf *b, const struct report *rep);
void report_duties(struct buf *b, const struct report *rep);
void report_tests(struct buf *b, const struct report *rep);
void report_exceptions(struct buf *b, const struct report *rep);
int
report_remediation(struct buf *b, struct report *rep, const struct correlation *c, struct err *e);
/* Pictures, each with its table; chart.h. */
void report_flow(struct buf *b, const struct report *rep);  /* populations */
void report_when(struct buf *b, const struct report *rep);  /* events by day and hour */
void report_strip(struct buf *b, const struct report *rep); /* tests */
void report_ruler(struct buf *b, const struct report *rep); /* files of the log */
void report_lanes(struct buf *b, const struct story *s);    /* a remediation's story */
void report_decisions(struct buf *b, const struct report *rep);
/* people.c: who acted, and who decided on whose workflow */
void report_identities(struct buf *b, const struct report *rep);
void report_matrix(struct buf *b, const struct report *rep);
/* answers.c: what was typed of one exception, by its place, as a cell; nothing: empty. */
void
report_answer(struct buf *b, const struct report *rep, enum answer_sheet sheet, size_t exception);
/* The same: what was typed of the exceptions, or of the sample; nothing where no book was given */
void report_answers(struct buf *b, const struct report *rep, bool sample);
void report_limitations(struct buf *b, struct report *rep);
/* selftest.c: of the program, as it was given; nothing where it was not */
void report_selftest(struct buf *b, const struct report *rep);
void report_reperformance(struct buf *b, struct report *rep);
void report_events(struct buf *b, struct report *rep); /* behind all that names one */

/* analysis.c: the sections of an analysis in JSON (analysis.md AN-13, AN-11). -1: it is none. */
int html_analysis_one(struct buf *b, const struct buf *json, struct story *s);
int html_analysis_range(struct buf *b, const struct buf *json, const struct report *rep);

#endif
