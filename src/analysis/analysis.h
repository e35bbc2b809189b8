/*
 * src/analysis/: figures. load.c reads the log once, near.c as much of it as one needs, one.c is a
 * remediation's own page, range.c a period's, recommend.c what follows; each is written as text and
 * as JSON by a file of its own.
 * explain.def says of each figure what it is made of, brief.def which facts a model may be given.
 *
 * The analysis of remediations and of ranges of them (formats/analysis.md): one pass over the log
 * gathers the figures of every remediation and what lies in other correlations; from them come
 * the range, and, with its story read once more, each remediation's own page. Everything is
 * computed with integers (AN-1), so that another implementation agrees to the byte.
 */
#ifndef ANALYSIS_ANALYSIS_H
#define ANALYSIS_ANALYSIS_H

#include "read/select.h"

struct analyses;

/*
 * Reads every correlation of the catalog once. The reading and the catalog must outlive it. To be
 * released in any case. NULL: e says why.
 */
struct analyses *analyses_load(struct reading *r, const struct catalog *cat, struct err *e);
/*
 * Reads these n correlations alone, at once where the archive is large: enough for their summaries
 * (AN-17), which tell nothing of other correlations. The same otherwise.
 */
struct analyses *analyses_load_alone(struct reading *r, const struct catalog *cat,
    const struct correlation *const *c, unsigned n, struct err *e);
/*
 * The same with what their own pages tell of others: which are like them, and what people did in
 * other correlations. As much of the log as that needs; all of it where an index or a block is
 * damaged. Others may be in it, and not all: for pages of these alone. cat: of all.
 */
struct analyses *analyses_load_for(struct reading *r, const struct catalog *cat,
    const struct correlation *const *c, unsigned n, struct err *e);
void analyses_free(struct analyses *a);

/* The remediations whose T0 lies in [from, to), µs, by (T0, id): their number, and each. */
size_t analyses_between(const struct analyses *a, int64_t from, int64_t to, size_t *ret_first);
const struct correlation *analyses_at(const struct analyses *a, size_t i);
/* The place of a correlation; false: it is no remediation. */
bool analyses_find(const struct analyses *a, const struct correlation *c, size_t *ret);

/* A line of a batch. */
struct analysis_line {
	const struct correlation *c;
	int64_t t0, total_ms; /* µs; total_ms only if it has ended */
	bool ended;
	const char *result, *bottleneck, *approval, *borne_out, *because; /* NULL: none */
};
void analyses_line(const struct analyses *a, size_t i, struct analysis_line *ret);

/* Who reads it (AN-17); of one remediation there is no trend. */
enum page_view { VIEW_DETAIL, VIEW_SUMMARY, VIEW_TREND };

/*
 * The i-th remediation, appended: as one JSON object without a line feed (AN-13), or as text, all
 * of it or its summary. 0 or -1 (e).
 */
int analysis_json(struct analyses *a, size_t i, struct buf *out, struct err *e);
struct text_wish {
	enum page_view view;
	bool partial; /* rows are known to be missing; what rests on an absence is marked (AN-18) */
	bool blocks;  /* bars of block characters: a terminal that is UTF-8 */
};
int analysis_text(
    struct analyses *a, size_t i, const struct text_wish *wish, struct buf *out, struct err *e);
/* Such texts as Markdown, appended (AN-17): they say the same. */
void analysis_markdown(const struct buf *text, struct buf *out);
/* A row of a table in Markdown: n cells, NULL: nothing is known. */
void markdown_row(struct buf *out, const char *const *cell, unsigned n);

/* Hands over what stands in out, which is empty behind it. 0, or -1: it cannot. */
struct sink {
	int (*flush)(void *arg, struct buf *out);
	void *arg;
};

struct brief_wish {
	bool json;
	unsigned limit;             /* facts at most */
	const char *const *missing; /* what is known to be missing, n of them; borrowed */
	unsigned n_missing;
};

/*
 * A brief of the i-th remediation for a language model, appended, as Markdown or
 * JSON with a line feed (AN-15). 0 or -1 (e).
 */
int analysis_brief(
    struct analyses *a, size_t i, const struct brief_wish *wish, struct buf *out, struct err *e);

/* What explain tells of a figure, a rule of phases, or a recommendation (AN-14). */
struct analysis_term {
	const char *name, *title, *definition, *innocent, *query; /* innocent: `|` between */
};
extern const struct analysis_term analysis_term[];
extern const unsigned n_analysis_terms;

/* The same of the remediations between, as range_json() has them; without any it is an error. */
int range_brief(const struct analyses *a, int64_t from, int64_t to, const struct brief_wish *wish,
    struct buf *out, struct err *e);

/*
 * A text about the i-th remediation against the facts of its brief, sentence by sentence,
 * appended; out is flushed on the way (AN-16). text: UTF-8. 0, and *ret_grounded: every sentence
 * is; or -1 (e).
 */
int analysis_check(struct analyses *a, size_t i, const struct brief_wish *wish, const char *text,
    size_t n, struct buf *out, const struct sink *sink, bool *ret_grounded, struct err *e);

/*
 * The range of the remediations between, as one JSON object without a line feed (AN-11), or as
 * text. A period of years has many days: out is flushed on the way. INT64_MIN, INT64_MAX: no
 * period on that side. 0 or -1 (e).
 */
int range_json(const struct analyses *a, int64_t from, int64_t to, struct buf *out,
    const struct sink *sink, struct err *e);
int range_text(const struct analyses *a, int64_t from, int64_t to, const struct text_wish *wish,
    struct buf *out, struct err *e);

/* Appends the member of AN-18: the paths of a range that are no lower bounds where rows are
 * missing. */
void analysis_unbounded(struct buf *out);

/* Of an object in JSON the members of a view alone (AN-17), appended. 0 or -1 (e). */
int analysis_view(
    const struct buf *json, enum page_view view, bool range, struct buf *out, struct err *e);

#endif
