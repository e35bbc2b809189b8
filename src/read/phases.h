/*
 * The phases of a remediation, its end and its outcome, replayed from its events
 * (formats/rebuild.md B-17): the one place from which list, show, approvals, reconstruct,
 * history and report take them.
 */
#ifndef READ_PHASES_H
#define READ_PHASES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct moment;
struct json_doc;

/* In the order that decides between entries of one time. */
enum phase {
	PHASE_NONE = -1,
	PHASE_PENDING,
	PHASE_PROCESSING,
	PHASE_ANALYZING,
	PHASE_AWAITING_APPROVAL,
	PHASE_EXECUTING,
	PHASE_VERIFYING,
	PHASE_BLOCKED,
	PHASE_COMPLETED,
	PHASE_FAILED,
	PHASE_TIMED_OUT,
	PHASES
};
#define PHASE_START PHASES /* as the phase that an entry comes from: none yet */

/* How it is known that an event comes after the one before it in its story. */
enum order { ORDER_TIME, ORDER_FLOW, ORDER_UNKNOWN };

/* How it is known that a remediation has ended: an event of its own, or one that implies it. */
enum end_basis { END_NONE, END_EVENT, END_NEEDLESS, END_SELF_RESOLVED, END_HANDED_OVER };

/* What one event tells of the phase; read once, kept with it. */
struct moment_told {
	int8_t to, from; /* an entry; PHASE_NONE: none, or not told */
	bool start;      /* orchestrator.lifecycle.started */
	/* orchestrator.lifecycle.completed, but no retention clean-up */
	bool end;
	bool read;                         /* the three below were looked for */
	bool needless;                     /* an analysis that found nothing to do */
	bool self_resolved, manual_review; /* a delivery of such a notification */
	/* it names */
	enum { SOURCE_NONE, SOURCE_ANALYSIS, SOURCE_ROUTING, SOURCE_OTHER } source;
};

/* A time spent in a phase, µs; to is that of the next one, or INT64_MAX if none follows. */
struct phase_span {
	enum phase phase;
	int64_t from, to;
	uint32_t by; /* place of the event that entered it */
};

#define OUTCOME_BYTES 128

struct phases {
	/* behind the last entry; PHASE_NONE: no event tells one */
	enum phase phase;
	int entered; /* place of the event that entered it, -1 */
	int end;     /* place of the event that ended it, -1: not ended */
	enum end_basis basis;
	/* Completed, Failed or TimedOut; PHASE_NONE: not ended */
	enum phase end_phase;
	/* as the CRD names it, empty: none; a longer one is none */
	char outcome[OUTCOME_BYTES];
	int outcome_by;         /* place of the event that tells it, -1 */
	char failure_phase[64]; /* where a failure began, by the event that ended it */
	const char *result;     /* one word of analysis: open, success, handed_over, … */
	bool started;           /* start is set */
	int64_t start;          /* µs, of the first start, else of the first entry */
	/* owned; none where only a part of a story was asked for */
	struct phase_span *span;
	unsigned n_spans;
};

extern const char *const phase_name[PHASES];
/* By its name in the CRD; PHASE_NONE. */
enum phase phase_named(const char *s, size_t n);

/*
 * Replays the first n moments, which stand by time. sequence: NULL, or room for n places, which
 * gets those of the entries in the order of the replay, *ret_n of them. spans: wanted or not.
 * The moments are read where they were not yet. To be released in any case. 0, or -1: no memory.
 */
int phases_of(struct phases *p, struct moment *m, unsigned n, bool spans, uint32_t *sequence,
    unsigned *ret_n);
void phases_release(struct phases *p);

/* Places of the first event of each kind that ends a remediation, or tells how; -1: none so far. */
struct ending {
	int end, aac, resolved, review, named;
};

/*
 * The replay as it stands behind each event of a story that is in order: now. Each step costs the
 * same.
 */
struct phase_walk {
	struct phases now;     /* without spans */
	struct phases entered; /* the same without an end that is only implied */
	struct ending seen;
};
void phase_walk_begin(struct phase_walk *w);
void phase_walk_step(struct phase_walk *w, struct moment *m, unsigned at);

/* What the event tells of the phase by its row and data alone; into m->told. */
void moment_tell(struct moment *m);

/* An order by all that a story has of two events but time and id; 0: the same, as a repeated
 * delivery is. */
int moment_told_cmp(const struct moment *a, const struct moment *b);

#endif
