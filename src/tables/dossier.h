/*
 * What the files of the audit tables share: the dossier of a remediation, its facts, cells and
 * rows.
 */
#ifndef TABLES_DOSSIER_H
#define TABLES_DOSSIER_H

#include <string.h>

#include "event/event.h"
#include "json/json.h"
#include "tables/rows.h"

/* Places of all columns, one table behind the other: `TABLE__COLUMN`. */
enum {
#define AUDIT(table, sentence) table##__first, table##__shift = table##__first - 1,
#define COLUMN(table, name, type, unit, grade, source, rule) table##__##name,
#define END(table) table##__end, table##__back = table##__end - 1,
#include "tables/audit.def"
#undef AUDIT
#undef COLUMN
#undef END
	AUDIT_COLUMNS
};

#define DAY_US 86400000000 /* µs */

/* Types of events that columns look at; every other event is only counted. */
enum kind {
#define KIND(id, type) K_##id,
#include "tables/kinds.def"
#undef KIND
	KINDS
};

/* The events of one remediation: repeated deliveries once (T-2), by time, then id (T-3). */
struct dossier {
	const struct correlation *c;
	const struct story *s;
	struct moment **m; /* in that order */
	uint8_t *kind;     /* of each; KINDS: no such type */
	unsigned n;
	unsigned first[KINDS], last[KINDS], count[KINDS]; /* places in m; NONE */
	bool nomem;
};

#define NONE UINT32_MAX

/* 0, or -1: no memory. To be released in any case; the story must outlive it. */
int dossier_open(struct dossier *d, const struct story *s, const struct correlation *c);
void dossier_release(struct dossier *d);

/* The next event of a kind behind a place, or before it; NONE. */
unsigned dossier_next(const struct dossier *d, enum kind k, unsigned at);
unsigned dossier_before(const struct dossier *d, enum kind k, unsigned at);
/* The later, or the earlier, of two places; NONE counts as none. */
unsigned later_of(unsigned a, unsigned b);
unsigned earlier_of(unsigned a, unsigned b);

/* The payload of an event; NULL: none, no object, or at is NONE. */
struct json_doc *payload(struct dossier *d, unsigned at);
/* A value of it by today's path, also where an older version named it otherwise; JSON_NONE. */
uint32_t value_at(struct dossier *d, unsigned at, const char *path);
/* The same below a value of a document. */
uint32_t value_in(const struct json_doc *doc, uint32_t from, const char *path);

/* Of its type, else absent (T-4): a text that is not empty; a whole number; a number; truth. */
struct str text_at(struct dossier *d, unsigned at, const char *path);
bool integer_at(struct dossier *d, unsigned at, const char *path, int64_t *ret);
struct str number_at(struct dossier *d, unsigned at, const char *path);
int truth_at(struct dossier *d, unsigned at, const char *path); /* -1 absent */
int64_t time_at(const struct dossier *d, unsigned at);          /* NO_TIME: NONE */
int64_t
stated_time(struct dossier *d, unsigned at, const char *path); /* NO_TIME: absent, or no time */
bool says(struct str s, const char *word);

/* The last event of a kind that has it; *ret_at: which, may be NULL. */
struct str last_text(struct dossier *d, enum kind k, const char *path);
struct str last_number(struct dossier *d, enum kind k, const char *path);
bool last_integer(struct dossier *d, enum kind k, const char *path, int64_t *ret);

/* A share as a decimal of at most four digits, half up (T-4): 2 of 3 is 0.6667. */
void share_text(uint64_t n, uint64_t of, char out[16]);
/* A double as the shortest text that reads back as the same one. */
void double_text(double x, char out[32]);
/* Decimal digits to millionths, half up; false: no number, or beyond. */
bool micro_of(struct str digits, int64_t *ret);
/* Milliseconds of a Go duration (`6m54s`); false: it is none. */
bool go_duration_ms(struct str s, int64_t *ret);
void put_go_seconds(struct buf *b, int64_t seconds);
/* Lower case as Unicode has it. */
void put_lower(struct buf *b, struct str s);

/* What several tables need of one remediation. */
enum child { CHILD_PROCESSING, CHILD_ANALYSIS, CHILD_EXECUTION, CHILD_ASSESSMENT, CHILDREN };

struct traits {
	struct dossier *d;
	const struct phases *p;
	struct str fingerprint, action, signal, cluster, environment, severity;
	struct buf target;             /* `namespace/Kind/name`; empty: none */
	struct str remediation_target; /* of the workflow, as it stands */
	int64_t t0;                    /* µs: when it became known */
	int64_t end;                   /* µs, NO_TIME: open */
	int64_t total_ms;              /* of end */
	unsigned finish;               /* the last end of the execution; NONE */
	unsigned kar;                  /* the last answer of the agent */
	/*
	 * the children: their names (empty: none), the phase they came furthest to (NULL: not
	 * known)
	 */
	struct buf name[CHILDREN];
	const char *child_phase[CHILDREN];
	bool by_parent[CHILDREN]; /* Failed only because the parent timed out */
	/* decisions: of the webhook, the orchestrator, the policy */
	unsigned e1, e2, aad;
	bool asked, auto_approved;
	struct str failure_phase, failure_reason;
	bool scored; /* score is there */
	double score;
	unsigned weight; /* hundredths that were assessed */
	bool component;  /* an event of health, alert or metrics is there */
	bool spec_drift, executed;
	bool nomem;
};

int traits_open(struct traits *f, struct dossier *d);
void traits_release(struct traits *f);
bool phase_entered(const struct traits *f, enum phase k);

/* override.c: is what ran other than what the analysis chose? No memory: the dossier's nomem. */
struct override {
	struct str chosen; /* workflow id; empty: none */
	bool workflow, parameters;
};
struct override override_of(const struct traits *f);

extern const char parent_timed_out[];

/* A workflow as the catalogue had it, from a time on. */
struct registered {
	struct str id, name, version;
	int64_t time;
	uint8_t event[16];
};

/* What one remediation is for the history of others (T-16), and which cells wait for it. */
struct past {
	struct str id, action, signal, place, cluster; /* place: what the score is about */
	int64_t t0, end;                               /* NO_TIME: open */
	bool executed, success, scored, has_place;
	int64_t score_micro;
	struct cell *analysis, *assessment; /* rows that ask; NULL: none */
	struct cell *execution;             /* whose workflow has no name yet; NULL */
	struct str workflow;
	int64_t created; /* of that workflow, NO_TIME: not told */
};

struct remediation { /* rows of one, in the order of their tables */
	bool started;
	int64_t start;
	struct str id;
	struct cell *row[AUDIT_TABLES]; /* the first of each table; NULL: none */
	unsigned n[AUDIT_TABLES];
};

struct audit_rows {
	struct arena arena;
	struct remediation *rem;
	struct past *past;
	size_t n, cap;
	struct registered *workflow;
	size_t n_workflows, workflows_cap;
	/* of each table: the row of each place */
	const struct cell **at[AUDIT_TABLES];
	uint64_t count[AUDIT_TABLES];
	struct reading *r;
	struct err *e;
};

void orchestration_row(struct traits *f, struct row *r);
void processing_row(struct traits *f, struct row *r);
void analysis_row(struct traits *f, struct row *r);
void execution_row(struct traits *f, struct row *r);
void assessment_row(struct traits *f, struct row *r);
/* Rows of all notifications, by id. *ret: as many as are returned; -1: no memory. */
int notification_rows(struct traits *f, struct arena *a, struct cell **ret);

/* Fills what other remediations tell: rates, trends, names of workflows. 0, or -1: no memory. */
int history_fill(struct audit_rows *a);

#endif
