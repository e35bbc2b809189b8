/*
 * src/report/: how things look, never what they mean. form.h prints a table in every form it has,
 * html/ makes pages (its report.c the report), xlsx.h workbooks, document.h small documents as
 * JSON. Text of others passes through base/text.h on its way.
 *
 * The HTML report: self-contained, readable without script, prints well, the same bytes for the
 * same inputs (design: report).
 */
#ifndef REPORT_REPORT_H
#define REPORT_REPORT_H

#include "approval/controls.h"
#include "approval/registry.h"
#include "approval/sample.h"
#include "archive/limits.h"
#include "read/select.h"
#include "report/mentions.h"
#include "verify/verify.h"

/* A sample that was drawn again: its items in the order of the draw, with what the rules say. */
struct report_item {
	const struct drawn *d;
	char *words[ATTRIBUTES];
};
struct report_sample {
	const struct sample *s;
	const struct sample_wish *wish;
	const struct report_item *item;
	size_t n;
	const struct correlation *const *chosen; /* by the auditor, apart from the draw */
	unsigned n_chosen;
	char *const *bound; /* statements about the population */
	unsigned n_bounds;
};

/* What selftest wrote, as it was given (output.md O-35): changes of one kind by one hand; texts are
 * of others. */
struct report_selftest_kind {
	struct str change;
	bool insider, must_be_found;
	uint64_t made, found, missed, open, same; /* open: not excluded; same: without effect */
};
struct report_selftest {
	struct str file; /* p NULL: a log of its own */
	bool rows_of_file;
	uint64_t seed, changes, must, found, missed, same; /* found: of those that must be */
	const struct report_selftest_kind *kind;
	unsigned n;
	char program[65]; /* SHA-256 as it says; empty: it says none */
	char sha[65];     /* of the document */
};

/* A control rule as SQL; text: n bytes. */
struct report_sql {
	const char *name, *text;
	size_t n;
};

struct report {
	const struct verification *v;
	struct reading *r;
	const struct catalog *cat;
	/* remediations with a page of their own; of each of the catalog, whether it is one */
	const struct correlation **chosen;
	const bool *paged;
	unsigned n_chosen, n_remediations;
	const struct limits *limits; /* what is known to be missing (judgement.md J-3) */
	const char *version;
	const char *period; /* period: as given, NULL */
	/* everything but the verification is of this cluster; NULL: of all. And those of none. */
	const char *cluster;
	uint64_t without_cluster;
	const struct registry *registry;
	const struct controls *controls;
	const struct report_notes *notes;   /* report/notes.h */
	struct mentions *mentions;          /* report/mentions.h; filled while pages are made */
	const struct report_sample *sample; /* NULL: none was given */
	const struct report_sql *sql;
	unsigned n_sql;
	/* of the range, in JSON (analysis.md AN-11); NULL: the report does without it */
	const struct buf *analysis;
	/* what was typed into books of answers; NULL: none was given */
	const struct answers *answers;
	const struct report_selftest *selftest; /* NULL: none was given */
};

/* Where a document goes while it is made: put takes what stands in b, all of it. 0 or -1 (e). */
struct outlet {
	int (*put)(void *arg, const struct buf *b, struct err *e);
	void *arg;
};
/* The whole document, a part at a time, so that its length costs no memory. 0 or -1 (e): what went
 * out is none. */
int report_html(struct outlet to, struct report *rep, struct err *e);

/* A page of an analysis alone. */
struct analysis_page {
	const char *title, *version;
	const struct buf *json; /* analysis.md AN-13, or AN-11 if range */
	bool range;
	struct story *story;            /* of the remediation; NULL with range */
	struct archive *const *archive; /* n of them */
	unsigned n;
	const struct limits *limits;
};
/* Appends it. 0 or -1 (e). */
int analysis_html(struct buf *out, const struct analysis_page *p, struct err *e);

/* The cells of a remediation behind the first one's name: for which a workflow was created; that
 * the policy allowed. ret: the event that they name. false: none. */
bool report_change(struct buf *b, const struct facts *f, struct mention *ret);
bool report_allowed(struct buf *b, const struct facts *f, struct mention *ret);

#endif
