/* Phases, end and outcome of a remediation from its events (formats/rebuild.md B-17). */
#include "read/phases.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "event/event.h"
#include "json/json.h"
#include "read/select.h"

const char *const phase_name[PHASES] = { "Pending", "Processing", "Analyzing", "AwaitingApproval",
	"Executing", "Verifying", "Blocked", "Completed", "Failed", "TimedOut" };

enum phase
phase_named(const char *s, size_t n)
{
	for (int k = 0; k < PHASES; k++)
		if (strlen(phase_name[k]) == n && memcmp(phase_name[k], s, n) == 0)
			return (enum phase)k;
	return PHASE_NONE;
}

static bool
is(const char *a, const char *b)
{
	return a && strcmp(a, b) == 0;
}

/* A text of the payload; n 0: not there, of another type, or empty. */
static struct str
text_at(const struct json_doc *d, const char *path)
{
	uint32_t i = event_member(d, path);

	if (i == JSON_NONE || d->node[i].type != JSON_STRING)
		return (struct str){ "", 0 };
	return (struct str){ json_str(d, i), d->node[i].str_len };
}

static bool
says(struct str s, const char *word)
{
	return s.n == strlen(word) && memcmp(s.p, word, s.n) == 0;
}

void
moment_tell(struct moment *m)
{
	const struct json_doc *d;

	memset(&m->told, 0, sizeof m->told);
	m->told.to = m->told.from = PHASE_NONE;
	switch (event_type_info[m->kind].does) {
	case DOES_STARTS:
		m->told.start = true;
		break;
	case DOES_BLOCKS:
		m->told.to = PHASE_BLOCKED;
		break;
	case DOES_VERIFIES:
		m->told.to = PHASE_VERIFYING;
		break;
	case DOES_ENDS:
		/* a retention clean-up is its deletion, long after */
		m->told.end = !is(m->action, "retention_cleanup");
		break;
	case DOES_MOVES:
		if ((d = moment_object(m)) != NULL) {
			struct str to = text_at(d, "to_phase"), from = text_at(d, "from_phase");

			m->told.to = (int8_t)phase_named(to.p, to.n);
			m->told.from = (int8_t)phase_named(from.p, from.n);
		}
		break;
	default:
		break;
	}
}

/*
 * What a person was asked to review, by the line of the notification's text that says what failed.
 */
static void
review(struct moment *m, struct str body)
{
	static const char mark[] = "**Failure Source**: ";
	const char *p = body.n ? memmem(body.p, body.n, mark, sizeof mark - 1) : NULL, *end;
	struct str source;

	m->told.manual_review = true;
	if (p == NULL)
		return;
	p += sizeof mark - 1;
	end = memchr(p, '\n', (size_t)(body.p + body.n - p));
	source = (struct str){ p, (size_t)((end ? end : body.p + body.n) - p) };
	m->told.source = says(source, "AIAnalysis") ? SOURCE_ANALYSIS :
	    says(source, "RoutingEngine")           ? SOURCE_ROUTING :
						      SOURCE_OTHER;
}

/*
 * What implies an end that has no event of its own: only asked where it is needed, bodies are
 * long.
 */
static void
tell_implied(struct moment *m)
{
	enum event_does does = event_type_info[m->kind].does;
	const struct json_doc *d;

	if (m->told.read)
		return;
	m->told.read = true;
	if (does == DOES_ANALYSES) {
		if ((d = moment_object(m)) != NULL)
			m->told.needless = says(text_at(d, "reason"), "WorkflowNotNeeded");
	} else if (does == DOES_NOTIFIES) {
		if ((d = moment_object(m)) != NULL) {
			struct str id = text_at(d, "notification_id");

			if (id.n == 0 && m->resource_id)
				id = (struct str){ m->resource_id, strlen(m->resource_id) };
			if (id.n > 17 && memcmp(id.p, "nr-self-resolved-", 17) == 0)
				m->told.self_resolved = true;
			else if (id.n > 17 && memcmp(id.p, "nr-manual-review-", 17) == 0)
				review(m, text_at(d, "body"));
		}
	}
}

/* By time, then id: what is first of several of one type, wherever they stand in the story. */
static bool
earlier(const struct moment *m, unsigned a, int b)
{
	if (b < 0 || m[a].time != m[b].time)
		return b < 0 || m[a].time < m[b].time;
	return memcmp(m[a].id, m[b].id, 16) < 0;
}

/* The outcome that the ending event names, and where a failure began. */
static void
read_end(struct phases *p, struct moment *m, bool *inherited)
{
	static const char begins[] = "Remediation failed at phase '";
	const struct json_doc *d = moment_object(m);

	p->end_phase = is(m->outcome, "success") ? PHASE_COMPLETED : PHASE_TIMED_OUT;
	if (d) {
		struct str outcome = text_at(d, "crd_outcome"), phase = text_at(d, "failure_phase"),
			   message = text_at(d, "error_details.message");
		size_t at = sizeof begins - 1;

		if (p->end_phase == PHASE_TIMED_OUT && says(text_at(d, "outcome"), "Failed"))
			p->end_phase = PHASE_FAILED;
		*inherited = says(outcome, "InheritedCompleted");
		if (*inherited)
			outcome = (struct str){ "Remediated", 10 };
		if (outcome.n < sizeof p->outcome)
			memcpy(p->outcome, outcome.p, outcome.n);
		if (message.n > at && memcmp(message.p, begins, at) == 0) {
			const char *last = message.p + message.n;
			const char *quote = memchr(message.p + at, '\'', message.n - at);
			const char *close =
			    quote ? memmem(quote, (size_t)(last - quote), "]: ", 3) : NULL;

			/* `' [CODE]: ` behind it, or it is no such message */
			if (close && quote + 3 <= close && memcmp(quote, "' [", 3) == 0)
				phase = (struct str){ message.p + at,
					(size_t)(quote - message.p) - at };
		}
		if (p->end_phase == PHASE_FAILED && phase.n < sizeof p->failure_phase)
			memcpy(p->failure_phase, phase.p, phase.n);
	}
}

/* An event that may end it, or tell how it ended: places of the first of each kind. */
static void
note_ending(struct ending *x, struct moment *m, unsigned i)
{
	if (m[i].told.end && earlier(m, i, x->end))
		x->end = (int)i;
	if (!m[i].told.read)
		return;
	if (event_type_info[m[i].kind].does == DOES_ANALYSES && earlier(m, i, x->aac))
		x->aac = (int)i;
	if (m[i].told.self_resolved && earlier(m, i, x->resolved))
		x->resolved = (int)i;
	if (m[i].told.manual_review && earlier(m, i, x->review))
		x->review = (int)i;
	if (m[i].told.source != SOURCE_NONE && earlier(m, i, x->named))
		x->named = (int)i;
}

/* An end that no event of its own tells: the first of these that holds. */
static void
imply_end(struct phases *p, const struct moment *m, const struct ending *x)
{
	bool named = x->named >= 0 && m[x->named].told.source != SOURCE_OTHER;

	if (p->basis == END_NONE) {
		if (x->aac >= 0 && m[x->aac].told.needless) {
			p->basis = END_NEEDLESS;
			p->end = x->aac;
		} else if (x->resolved >= 0) {
			p->basis = END_SELF_RESOLVED;
			p->end = x->resolved;
		} else if (named) {
			bool analysis = m[x->named].told.source == SOURCE_ANALYSIS && x->aac >= 0;

			p->basis = END_HANDED_OVER;
			p->end =
			    analysis && m[x->aac].time <= m[x->review].time ? x->aac : x->review;
		}
		p->end_phase = p->basis == END_NONE ? PHASE_NONE : PHASE_COMPLETED;
	}
	if (p->outcome[0])
		return;
	if (p->basis == END_NEEDLESS || p->basis == END_SELF_RESOLVED) {
		memcpy(p->outcome, "NoActionRequired", 17);
		p->outcome_by = p->end;
	} else if (named) {
		memcpy(p->outcome, "ManualReviewRequired", 21);
		p->outcome_by = x->named;
	}
}

static const struct ending no_ending = { -1, -1, -1, -1, -1 };

/* B-17, the end: an event of its own, else the first event that implies it. */
static void
find_end(struct phases *p, struct moment *m, unsigned n, bool *inherited)
{
	struct ending x = no_ending;

	for (unsigned i = 0; i < n; i++)
		if (m[i].told.end && earlier(m, i, x.end))
			x.end = (int)i;
	p->end = x.end;
	if (p->end >= 0) {
		p->basis = END_EVENT;
		read_end(p, &m[p->end], inherited);
		p->outcome_by = p->outcome[0] ? p->end : -1;
		if (p->outcome[0])
			return;
	}
	for (unsigned i = 0; i < n; i++) {
		tell_implied(&m[i]);
		note_ending(&x, m, i);
	}
	imply_end(p, m, &x);
}

static const char *
result_of(const struct phases *p, bool inherited)
{
	if (p->end < 0)
		return "open";
	if (is(p->outcome, "ManualReviewRequired"))
		return "handed_over";
	if (p->end_phase == PHASE_TIMED_OUT)
		return "timed_out";
	if (p->end_phase == PHASE_FAILED)
		return is(p->failure_phase, "Approval")  ? "not_approved" :
		    is(p->failure_phase, "Blocked")      ? "blocked" :
		    is(p->failure_phase, "Deduplicated") ? "deduplicated" :
							   "failure";
	if (is(p->outcome, "DryRun"))
		return "dry_run";
	if (is(p->outcome, "NoActionRequired"))
		return "no_action";
	if (inherited)
		return "inherited";
	return is(p->outcome, "Remediated") ? "success" :
	    is(p->outcome, "Inconclusive")  ? "failure" :
					      "unverified";
}

struct entry {
	int64_t time;
	int from, to;
	const uint8_t *id;
	const struct moment *m;
	uint32_t at;
};

static int
text_cmp(const char *a, const char *b)
{
	if (a == NULL || b == NULL)
		return (a != NULL) - (b != NULL);
	return strcmp(a, b);
}

int
moment_told_cmp(const struct moment *a, const struct moment *b)
{
	const char *const x[] = { a->type, a->category, a->action, a->outcome, a->actor_type,
		a->actor_id, a->resource_type, a->resource_id, a->namespace, a->cluster, a->data };
	const char *const y[] = { b->type, b->category, b->action, b->outcome, b->actor_type,
		b->actor_id, b->resource_type, b->resource_id, b->namespace, b->cluster, b->data };
	int c = 0;

	for (unsigned i = 0; i < sizeof x / sizeof *x && c == 0; i++)
		c = text_cmp(x[i], y[i]);
	return c;
}

static int
by_content(const void *pa, const void *pb)
{
	const struct entry *a = pa, *b = pb;
	int c;

	if (a->time != b->time)
		return a->time < b->time ? -1 : 1;
	c = moment_told_cmp(a->m, b->m);
	return c ? c : memcmp(a->id, b->id, 16);
}

/* A repeated delivery enters nothing a second time: the one with the smallest id stands for all. */
static unsigned
drop_repeats(struct entry *e, unsigned n)
{
	unsigned k = 0;

	if (n)
		qsort(e, n, sizeof *e, by_content);
	for (unsigned i = 0; i < n; i++)
		if (k == 0 || e[k - 1].time != e[i].time || moment_told_cmp(e[k - 1].m, e[i].m))
			e[k++] = e[i];
	return k;
}

/* By time; of one time by the phase it comes from, so that those from one phase stand together. */
static int
by_time(const void *pa, const void *pb)
{
	const struct entry *a = pa, *b = pb;

	if (a->time != b->time)
		return a->time < b->time ? -1 : 1;
	if (a->from != b->from)
		return a->from < b->from ? -1 : 1;
	if (a->to != b->to)
		return a->to < b->to ? -1 : 1;
	return memcmp(a->id, b->id, 16);
}

static bool
terminal(enum phase k)
{
	return k == PHASE_COMPLETED || k == PHASE_FAILED || k == PHASE_TIMED_OUT;
}

static void
span_begin(struct phases *p, enum phase k, const struct entry *x, bool spans)
{
	p->phase = k;
	p->entered = (int)x->at;
	if (!spans)
		return;
	if (p->n_spans)
		p->span[p->n_spans - 1].to = x->time;
	p->span[p->n_spans++] = (struct phase_span){ k, x->time, INT64_MAX, x->at };
}

/* One entry, in its turn. */
static void
enter(struct phases *p, const struct entry *x, bool spans)
{
	if (terminal(p->phase) || x->to == (int)p->phase) /* behind the end nothing counts */
		return;
	if (p->phase == PHASE_BLOCKED &&
	    x->from == PHASE_ANALYZING) /* that way back has no event */
		span_begin(p, PHASE_ANALYZING, x, spans);
	if (x->to != (int)p->phase)
		span_begin(p, (enum phase)x->to, x, spans);
}

/*
 * The entries of one time, e[0..n): the one that goes on from where things stand, else the lowest.
 */
static void
replay_moment(struct phases *p, const struct entry *e, unsigned n, bool spans, uint32_t *sequence,
    unsigned *count)
{
	/* of each phase to come from; [0]: of none */
	unsigned next[PHASES + 2], end[PHASES + 2];

	/* entries come sorted by the phase they go on from: where each group begins and ends */
	memset(next, 0, sizeof next);
	memset(end, 0, sizeof end);
	for (unsigned i = 0; i < n; i++) {
		unsigned k = (unsigned)(e[i].from + 1);

		if (end[k] == 0)
			next[k] = i;
		end[k] = i + 1;
	}
	/* A controller writes one step after the other, and a clock may give both the same time. So
	 * the entry that fits where things stand comes first, whatever its id. */
	for (unsigned i = 0; i < n; i++) {
		unsigned from = p->phase == PHASE_NONE ? PHASE_START + 1 : (unsigned)p->phase + 1;
		unsigned best = from;

		/* none goes on from here: the lowest step, then the lowest id, so that every run
		 * says the same */
		if (next[from] == end[from]) {
			best = PHASES + 2;
			for (unsigned k = 0; k < PHASES + 2; k++) {
				const struct entry *x = &e[next[k]];
				const struct entry *y = &e[next[best < PHASES + 2 ? best : k]];

				if (next[k] == end[k])
					continue;
				if (best == PHASES + 2 || x->to < y->to ||
				    (x->to == y->to && memcmp(x->id, y->id, 16) < 0))
					best = k;
			}
		}
		enter(p, &e[next[best]], spans);
		if (sequence)
			sequence[(*count)++] = e[next[best]].at;
		next[best]++;
	}
}

int
phases_of(
    struct phases *p, struct moment *m, unsigned n, bool spans, uint32_t *sequence, unsigned *ret_n)
{
	struct entry *e = malloc((n + 1) * sizeof *e);
	unsigned n_entries = 0, count = 0;
	int start = -1;
	bool inherited = false;

	*p = (struct phases){ .phase = PHASE_NONE,
		.entered = -1,
		.end = -1,
		.end_phase = PHASE_NONE,
		.outcome_by = -1 };
	if (e == NULL)
		return -1;
	/* the end first: what comes behind it cannot take it back */
	find_end(p, m, n, &inherited);
	p->result = result_of(p, inherited);
	/* of several beginnings the earliest is the remediation's; others are told as entries
	 * without effect */
	for (unsigned i = 0; i < n; i++)
		if (m[i].told.start && earlier(m, i, start))
			start = (int)i;
	/* beginning and end are entries of their own making, whatever else their events tell */
	for (unsigned i = 0; i < n; i++) {
		struct entry x = { m[i].time, m[i].told.from, m[i].told.to, m[i].id, &m[i], i };

		if ((int)i == start) {
			x.from = PHASE_START;
			x.to = PHASE_PENDING;
		} else if ((int)i == p->end) {
			x.from = PHASE_NONE;
			x.to = (int)p->end_phase;
		}
		if (x.to != PHASE_NONE)
			e[n_entries++] = x;
	}
	n_entries = drop_repeats(e, n_entries);
	if (n_entries)
		qsort(e, n_entries, sizeof *e, by_time);
	/* an entry makes at most two spans: the way back from a block has none of its own */
	if (spans && (p->span = malloc((2 * (size_t)n_entries + 1) * sizeof *p->span)) == NULL) {
		free(e);
		return -1;
	}
	for (unsigned i = 0, k; i < n_entries; i = k) {
		for (k = i + 1; k < n_entries && e[k].time == e[i].time; k++)
			;
		replay_moment(p, e + i, k - i, spans, sequence, &count);
	}
	/* without an event that says the beginning, the first entry is where the story starts */
	p->started = n_entries > 0;
	p->start = start >= 0 ? m[start].time : n_entries ? e[0].time : 0;
	if (ret_n)
		*ret_n = count;
	free(e);
	return 0;
}

void
phases_release(struct phases *p)
{
	free(p->span);
	p->span = NULL;
	p->n_spans = 0;
}

void
phase_walk_begin(struct phase_walk *w)
{
	*w = (struct phase_walk){ .seen = no_ending,
		.entered = { .phase = PHASE_NONE,
		    .entered = -1,
		    .end = -1,
		    .end_phase = PHASE_NONE,
		    .outcome_by = -1 } };
	w->now = w->entered;
}

void
phase_walk_step(struct phase_walk *w, struct moment *m, unsigned at)
{
	struct entry x = { m[at].time, m[at].told.from, m[at].told.to, m[at].id, &m[at], at };
	bool ended = w->seen.end >= 0, inherited = false;

	tell_implied(&m[at]);
	note_ending(&w->seen, m, at);
	if (w->seen.end >= 0 && !ended) { /* the first by time stands first in the story */
		w->entered.end = w->seen.end;
		w->entered.basis = END_EVENT;
		read_end(&w->entered, &m[at], &inherited);
		w->entered.outcome_by = w->entered.outcome[0] ? w->entered.end : -1;
		x.from = PHASE_NONE;
		x.to = (int)w->entered.end_phase;
	} else if (m[at].told.start) {
		x.from = PHASE_START;
		x.to = PHASE_PENDING;
	}
	if (m[at].entry && x.to != PHASE_NONE)
		enter(&w->entered, &x, false);
	w->now = w->entered;
	imply_end(&w->now, m, &w->seen);
	/* an end that is implied is an entry too, unless a phase had ended it before */
	if (w->now.basis != END_EVENT && w->now.end >= 0 &&
	    (!terminal(w->now.phase) || m[w->now.entered].time > m[w->now.end].time)) {
		w->now.phase = PHASE_COMPLETED;
		w->now.entered = w->now.end;
	}
}
