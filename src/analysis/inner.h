/*
 * What the files of the analysis share. one: a remediation while its story is read. figures: what
 * is kept of it. range: the sums over many. The events, their order and values, and what the
 * audit tables derive too (traits) are those of tables/dossier.h: there is one derivation.
 */
#ifndef ANALYSIS_INNER_H
#define ANALYSIS_INNER_H

#include "analysis/analysis.h"
#include "base/wide.h"
#include "json/emit.h"
#include "tables/dossier.h"

/* Phases in which time is spent, in the order of AN-13. */
enum stage {
	STAGE_PENDING,
	STAGE_PROCESSING,
	STAGE_ANALYSIS,
	STAGE_APPROVAL,
	STAGE_BLOCKED,
	STAGE_EXECUTION,
	STAGE_VERIFICATION,
	STAGES
};
extern const char *const stage_name[STAGES];

enum result {
	RESULT_OPEN,
	RESULT_HANDED_OVER,
	RESULT_TIMED_OUT,
	RESULT_NOT_APPROVED,
	RESULT_BLOCKED,
	RESULT_DEDUPLICATED,
	RESULT_DRY_RUN,
	RESULT_NO_ACTION,
	RESULT_INHERITED,
	RESULT_SUCCESS,
	RESULT_FAILURE,
	RESULT_UNVERIFIED,
	RESULTS
};
extern const char *const result_name[RESULTS];

enum approval_status {
	APPROVAL_NONE,
	APPROVAL_APPROVED,
	APPROVAL_REJECTED,
	APPROVAL_EXPIRED,
	APPROVAL_UNDECIDED,
	APPROVAL_PENDING,
	APPROVAL_AUTO,
	APPROVALS
};
extern const char *const approval_name[APPROVALS]; /* [0] NULL */

enum borne { BORNE_UNTESTED, BORNE_UNKNOWN, BORNE_YES, BORNE_NO };
extern const char *const borne_name[];

enum act_kind {
	ACT_CREATED,
	ACT_DECIDED,
	ACT_DECIDED_ALONE,
	ACT_TIMEOUT,
	ACT_UNBLOCKED,
	ACT_INTERACTIVE,
	ACT_SESSION,
	ACT_CANCELLED,
	ACTS
};
extern const char *const act_name[ACTS];

/* What a person did (AN-10). */
struct person_act {
	int64_t time;
	uint8_t id[16];
	enum act_kind kind;
	struct str who;
	uint64_t position; /* in the log */
};

/* A count of which nothing is known if n is 0, and whole milliseconds. */
struct spread {
	uint64_t n;
	int64_t mean, median, p95, max;
};

/* What a range needs of one remediation; texts lie in the arena of the analyses. */
struct figures {
	const struct correlation *c;
	struct str signal, action, target, cluster, environment, fingerprint;
	struct str place;          /* target, behind its cluster if that is known */
	int64_t t0, end, total_ms; /* µs; end NO_TIME: open */
	enum result result;
	bool executed;
	int64_t stage_ms[STAGES]; /* -1: not entered */
	int bottleneck;           /* of enum stage; -1: none */
	int64_t confidence;       /* micro, -1: none in [0, 10^6] */
	enum borne borne;
	const char *because;
	bool other_workflow, other_parameters;
	enum approval_status approval;
	bool asked, decided, justified; /* decided: by an E1 that approved or rejected */
	struct str decider;             /* a person who approved or rejected; empty: none */
	int64_t wait_ms;
	bool waited; /* wait_ms is told */
	uint64_t deliveries_failed;
	bool blocked, verified, verification_timed_out;
	bool scored;
	int64_t score_micro;
	struct person_act *act; /* by (time, id); of its own events first, then of all */
	unsigned n_acts;
	struct str *notification; /* ids, as its deliveries name them */
	unsigned n_notifications;
};

/* What lies in correlations of its own, and belongs to a remediation by name. */
struct elsewhere {
	struct str key;
	struct person_act act;
};

struct analyses {
	struct arena arena;
	struct reading *r;
	unsigned wanted; /* of r, before */
	struct err *e;
	struct figures *f; /* by (T0, id), once all are there */
	size_t n, cap;
	struct elsewhere *session, *cancelled; /* of people only; by key */
	size_t n_sessions, sessions_cap, n_cancelled, cancelled_cap;
	struct registered *workflow; /* by (id, time, event) */
	size_t n_workflows, workflows_cap;
	/* places in f of those that have one, by (key, T0, id): similar.c */
	uint32_t *by_fingerprint, *by_target, *by_action;
	size_t n_fingerprint, n_target, n_action;
	const struct catalog *cat;
	uint32_t *place; /* in f, of each correlation of the catalog */
};

/* Another remediation, of its whole story. 0 or -1 (a->e). */
int analyses_add(struct analyses *a, const struct correlation *c, const struct story *s);
/*
 * near.c: what the remediations that are there need of others, added behind them. 0; 1: it cannot
 * be told without all of the log, and what was added is of no use; -1 (a->e).
 */
int analyses_near(struct analyses *a, struct reading *r, const struct catalog *cat);

/* A copy of a text in their arena; empty where there is none, or no memory. */
struct str analyses_keep(struct analyses *a, struct str s);

/* One remediation while its story is there. */
struct one {
	struct dossier d;
	struct traits f;
	struct figures g;      /* texts still point into the story */
	struct str confidence; /* the numeral; empty: none */
	struct str chosen;     /* the workflow that the analysis chose (AN-3) */
	unsigned requests;
	int64_t requested_at, decided_at;
	struct str decided_by, via;
	unsigned e1_of_any; /* first decision of the webhook, whatever it says */
	struct buf environment, place;
	bool partial, blocks; /* events of it are known to be missing; bars: of its text alone */
};

/* one.c. 0 or -1: no memory. To be released in any case; the story must outlive it. */
int one_open(struct one *o, const struct story *s, const struct correlation *c);
void one_release(struct one *o);

/* acts.c: is it a machine, by its name alone: of somebody whom a delegate acted for? */
bool machine_named(struct str s);
/* Acts of people in its own events. -1: no memory. */
int own_acts(struct one *o);
/* What an event of any correlation tells of others. 0 or -1 (a->e). */
int note_elsewhere(struct analyses *a, const struct story *s, const struct correlation *c);
/* Do events of a type tell of other correlations? */
bool tells_of_others(enum event_type type);
/* Gives every remediation its acts in other correlations. -1: no memory. */
int join_elsewhere(struct analyses *a);

/* A milestone that has events (AN-2). */
struct milestone {
	const char *key;
	unsigned *at, n;
	int64_t time;
};
/* timeline.c: by time of the first event, then in the order of AN-2; at: places in the dossier. */
struct milestones {
	struct milestone *m;
	unsigned n;
	unsigned *places;
};
int milestones_of(struct milestones *t, struct one *o); /* -1: no memory */
void milestones_release(struct milestones *t);

/* similar.c */
enum likeness { LIKE_FINGERPRINT, LIKE_TARGET, LIKE_ACTION, LIKENESSES };
extern const char *const likeness_name[LIKENESSES];
struct similar {
	const uint32_t *at;
	size_t n;
};                                     /* places in a->f, by (T0, id) */
int similar_index(struct analyses *a); /* -1: no memory */
struct similar similar_of(const struct analyses *a, const struct figures *f, enum likeness k);
#define SIMILAR_US (30 * DAY_US)

/* Counts over remediations (AN-5). */
struct tally {
	uint64_t remediations, executed, succeeded, unverified, failed, ended;
	wide total_ms; /* of those that ended */
};
void tally_add(struct tally *t, const struct figures *f);
void put_tally(struct emit *e, const struct tally *t);

/* bars.c: a share as a bar of at most so many columns; blocks: of block characters. */
void put_bar(struct buf *b, int64_t n, int64_t of, unsigned columns, bool blocks);

/* A cell at the right of so many columns, with two blanks behind it; it is empty behind that. */
void put_right(struct buf *b, struct buf *cell, size_t columns);

/* one_json.c: each workflow that the model's last answer also considered; empty where it names
 * none, or no confidence. */
typedef void alternative_fn(void *arg, struct str workflow, struct str confidence);
void alternatives_each(struct one *o, alternative_fn *each, void *arg);

/* one_text.c: a share, for people. */
void put_percent(struct buf *b, int64_t n, int64_t of);

/* numbers.c, AN-1. false: there is none. */
bool basis_points(int64_t n, int64_t of, int64_t *ret);
bool mean_of(wide sum, uint64_t n, int64_t *ret);
/* Sorts them. */
struct spread spread_of(int64_t *ms, uint64_t n);
void put_spread(struct emit *e, const struct spread *s); /* its members */
void put_i64(struct emit *e, const char *name, int64_t v);
void put_i64_if(struct emit *e, const char *name, bool there, int64_t v);
void put_numeral(struct emit *e, const char *name, struct str s);
void put_stamp(struct emit *e, const char *name, int64_t us); /* NO_TIME: null */
void put_flag(struct emit *e, const char *name, int t);       /* -1: null */
void put_share(struct emit *e, const char *name, int64_t n, int64_t of);

/* calibration.c, AN-8 */
#define BINS 10u
struct bin {
	uint64_t n, borne;
	int64_t sum;
};
struct calibration {
	struct bin bin[BINS];
	uint64_t n, borne, excluded[3]; /* not tested, cannot tell, no confidence */
	int64_t sum;
	wide brier;
};
void calibration_add(struct calibration *c, const struct figures *f);
void put_calibration(struct emit *e, const struct calibration *c);
/* Millionths: mean confidence, rate, and the one minus the other. n is not 0. */
void bin_figures(const struct bin *b, int64_t *mean, int64_t *rate, int64_t *gap);
unsigned bin_of(int64_t confidence);

/* range.c: by a key, and by person. */
struct group {
	struct str key;
	struct tally t;
};
struct decider {
	struct str who;
	uint64_t approved, rejected;
	struct spread wait;
};
struct day {
	int64_t day;
	struct tally t;
}; /* since 1970; those that have any */
enum grouping { BY_ACTION, BY_SIGNAL, BY_TARGET, BY_ENVIRONMENT, GROUPINGS };
extern const char *const grouping_name[GROUPINGS];

struct range {
	const struct figures *f; /* f[0..n), by T0 */
	size_t n;
	int64_t from, to;
	struct tally all;
	uint64_t result[RESULTS];
	struct group *group[GROUPINGS];
	size_t n_groups[GROUPINGS];
	struct day *day;
	size_t n_days;
	const char *trend;
	bool partial; /* rows are known to be missing */
	bool blocks;  /* of its bars */
	struct spread stage[STAGES], total, wait;
	uint64_t bottleneck[STAGES];
	uint64_t asked, status[APPROVALS], overridden, decided, without_reason;
	struct decider *decider;
	size_t n_deciders;
	struct calibration calibration;
	uint64_t assessed;
	wide score_sum;
	uint64_t act[ACTS], touched;
	struct {
		struct str who;
		uint64_t n;
	} * person;
	size_t n_persons;
	struct recommendation *advice;
	size_t n_advice, advice_cap;
};

/* 0 or -1: no memory. To be released in any case. */
int range_open(struct range *r, const struct analyses *a, int64_t from, int64_t to);
void range_release(struct range *r);

/* recommend.c, AN-12 */
enum priority { PRIORITY_HIGH, PRIORITY_MEDIUM, PRIORITY_LOW };
extern const char *const priority_name[];
struct recommendation {
	unsigned rule; /* 1 to 11 */
	enum priority priority;
	char *figures;                   /* canonical */
	char *words;                     /* one sentence, harmless */
	const struct figures **evidence; /* by id */
	size_t n_evidence;
};
int recommend(struct range *r); /* -1: no memory */

#endif
