/*
 * What the briefs of a remediation and of a range share (formats/analysis.md AN-15): both are made
 * from the JSON of the analysis, so they say nothing else.
 */
#ifndef ANALYSIS_BRIEF_INNER_H
#define ANALYSIS_BRIEF_INNER_H

#include "analysis/inner.h"

#define BRIEF_MAX (256u << 20) /* bytes */

struct brief {
	struct json_doc d;       /* of the analysis */
	struct emit e;           /* JSON; or */
	struct buf *out;         /* Markdown */
	bool json, of_range;     /* of_range: facts rest on remediations */
	unsigned n, limit, left; /* facts so far, at most, and beyond */
};

/* A text of others as a JSON string of one line, harmless in Markdown. */
void brief_quoted(struct buf *b, const char *p, size_t n);
/* A value in a sentence: quoted if it is a text, with its unit if it is a number. */
void brief_value(struct buf *b, const struct json_doc *d, uint32_t at, const char *unit);
/* Begins a fact, if there is still room for one. */
bool brief_next(struct brief *g);
/*
 * One fact: the path that it is about, its sentence, the value that it states, and the events that
 * it rests on: of a list, or one; JSON_NONE: neither.
 */
void brief_fact(struct brief *g, const char *about, const struct buf *sentence, uint32_t value,
    const char *unit, uint32_t ids, uint32_t id);

/* What differs: the first lines, or members; the facts; the questions. */
struct brief_parts {
	void (*head)(struct brief *g);
	void (*facts)(struct brief *g);
	const char *const *question;
	unsigned n_questions;
	bool of_range;
};
/* A whole brief of an analysis in JSON, appended. 0 or -1 (e). */
int brief_of(const struct buf *analysis, const struct brief_parts *p, const struct brief_wish *wish,
    struct buf *out, struct err *e);

#endif
