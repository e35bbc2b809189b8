/*
 * A sample with all that its worksheet tells (formats/controls.md CT-11 to CT-14): for the verb
 * sample, and for bundles.
 */
#ifndef CMD_ANALYZE_WORKSHEET_H
#define CMD_ANALYZE_WORKSHEET_H

#include "approval/sample.h"
#include "cmd/analyze/gather.h"
#include "report/answers.h"
#include "report/form.h"
#include "report/xlsx.h"

/* of the file that report --sample reads (controls.md CT-15) */
#define SAMPLE_FORMAT "exhibit-sample/1"

struct chosen { /* by the auditor, beside the draw */
	const char *given;
	const struct correlation *c;
};

struct worksheet {
	struct evidence *ev;
	const struct findings *found; /* of it so far, or of its verification */
	struct sample_wish wish;
	struct parameters p;
	struct period period; /* of the population */
	struct chosen *chosen;
	unsigned n_chosen;
	const char *cluster; /* of --cluster, for the sheet about; NULL: of all */
	/* filled by worksheet_gather() */
	struct gathering g;
	struct registry r;
	struct controls k; /* over everything, for the exceptions; sorted by remediation */
	struct sample s;
};

/* Draws, and holds the rules against every remediation. 0 or -1 (e of the evidence). To be
 * released in any case; w->chosen is the caller's. */
int worksheet_gather(struct worksheet *w, struct reading *r, const struct catalog *cat);
void worksheet_release(struct worksheet *w);

/* The rows of the draw, or those that stand apart from it, each with its facts. 0 or -1 (e). */
extern const struct form_column worksheet_column[];
extern const unsigned worksheet_columns;
int worksheet_rows(struct worksheet *w, struct form *f, bool drawn);

/* What the rules say of one remediation, for each attribute; words[] are to be freed by
 * buf_release. events: their ids in order, blanks between. 0 or -1 (e). */
struct tested {
	struct buf words[ATTRIBUTES], events;
};
int worksheet_test(struct worksheet *w, const struct correlation *c, struct story *story,
    struct facts *f, struct tested *ret);

/* Why a member stands apart from the draw: judgemental, exception; NULL: it does not. Where the
 * exceptions of a remediation begin in w->k. */
const char *worksheet_apart(const struct worksheet *w, const struct drawn *d);
size_t worksheet_exceptions(const struct worksheet *w, const struct correlation *c);

/* A statement about the population (CT-13). */
struct statement {
	const char *stratum, *rule; /* rule: NULL: whatever a tester looked for */
	char letter;                /* of the attribute, 0 */
	uint64_t population, tested, deviations;
	const char *method, *side; /* 95 % each */
	char bound[80], sentence[240];
};
/* All of them in order, until each() does not return 0. -1: no memory, or what it returned. */
int worksheet_bounds(
    const struct worksheet *w, int (*each)(void *arg, const struct statement *x), void *arg);

/* The exceptions in the order of the rules, which numbers them; owned by the caller. NULL: no
 * memory. */
const struct exception **worksheet_by_rule(const struct worksheet *w);
/* The innocent explanations of an exception with their states, and the events that prove it,
 * blanks between. */
void exception_explained(struct buf *out, const struct exception *x);
void exception_events(struct buf *out, const struct exception *x);

/* The whole worksheet as sheets of a book. 0 or -1 (e). */
int worksheet_book(struct worksheet *w, struct book *b);
/* Of its sheet about: a row; whose audit it is; what it was made from, with period and policy. 0 or
 * -1 (e). */
extern const struct form_column about_column[2];
void about_say(struct form *f, const char *item, const char *value);
void about_whose(struct form *f, const struct worksheet *w);
int about_what(struct form *f, struct worksheet *w);

/* answer_book.c: a book of answers, appended to out, which is empty. 0 or -1 (e). */
int answer_book(struct worksheet *w, enum answer_book which, struct buf *out);

/* The newest export's start of the files, as they state it (µs); 0: none says. */
int64_t newest_export(const struct evidence *v);
/* SHA-256 of a whole file, hex. 0 or -1 (e). */
int digest_file(struct evidence *v, struct archive *a, char hex[65]);

#endif
