/*
 * Recommendations (formats/analysis.md AN-12): eleven rules, each with its figures and the
 * remediations it rests on. Thresholds are held in whole numbers; nothing is rounded before.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "analysis/inner.h"
#include "base/text.h"
#include "base/vec.h"

#define WINDOW_US DAY_US
#define TEXT_MAX (64u << 10)

const char *const priority_name[] = { "high", "medium", "low" };

typedef bool picks(const struct figures *f, const void *arg);

static int
by_id(const void *pa, const void *pb)
{
	const struct correlation *a = (*(const struct figures *const *)pa)->c,
				 *b = (*(const struct figures *const *)pb)->c;

	return str_cmp((struct str){ a->text, a->n }, (struct str){ b->text, b->n });
}

/* A new one, with the remediations that the rule picks as evidence. NULL: no memory. */
static struct recommendation *
advise(struct range *r, unsigned rule, enum priority priority, picks *pick, const void *arg)
{
	struct recommendation *x;

	if (r->n_advice == r->advice_cap) {
		size_t cap = r->advice_cap ? r->advice_cap * 2 : 32;
		void *p = vec_resize(r->advice, cap, sizeof *r->advice);

		if (p == NULL)
			return NULL;
		r->advice = p;
		r->advice_cap = cap;
	}
	x = &r->advice[r->n_advice];
	*x = (struct recommendation){ .rule = rule, .priority = priority };
	/* counted first, then filled: evidence has one allocation */
	for (size_t i = 0; pick && i < r->n; i++)
		x->n_evidence += pick(&r->f[i], arg);
	if (pick && (x->evidence = malloc((x->n_evidence + 1) * sizeof *x->evidence)) == NULL)
		return NULL;
	x->n_evidence = 0;
	for (size_t i = 0; pick && i < r->n; i++)
		if (pick(&r->f[i], arg))
			x->evidence[x->n_evidence++] = &r->f[i];
	if (x->n_evidence)
		/* by id, so that the list is the same however blocks were read */
		qsort(x->evidence, x->n_evidence, sizeof *x->evidence, by_id);
	r->n_advice++;
	return x;
}

/* The figures: names in the order of their bytes; text NULL: a number. */
struct figure {
	const char *name;
	const char *text;
	size_t n;
	int64_t value;
};

static int
state(struct recommendation *x, const struct figure *f, unsigned n, const struct buf *words)
{
	struct buf b;
	struct emit e;

	if (x == NULL || words->failed)
		return -1;
	buf_init(&b, TEXT_MAX << 8);
	emit_init(&e, &b);
	emit_object(&e, NULL);
	for (unsigned i = 0; i < n; i++)
		if (f[i].text)
			emit_text(&e, f[i].name, f[i].text, f[i].n);
		else
			put_i64(&e, f[i].name, f[i].value);
	emit_end(&e);
	buf_byte(&b, 0);
	if (!b.failed)
		x->figures = strdup((const char *)b.p);
	x->words = strndup(words->p ? (const char *)words->p : "", words->len);
	buf_release(&b);
	return x->figures && x->words ? 0 : -1;
}

#define NUMBER(name, value) \
	{ \
		name, NULL, 0, (int64_t)(value) \
	}

static void __attribute__((format(printf, 2, 3))) word(struct buf *b, const char *fmt, ...)
{
	va_list ap;
	char line[400];

	va_start(ap, fmt);
	vsnprintf(line, sizeof line, fmt, ap);
	va_end(ap);
	buf_str(b, line);
}

static bool
is_bottleneck(const struct figures *f, const void *arg)
{
	return f->bottleneck == *(const int *)arg;
}

static int
r1(struct range *r, struct buf *b)
{
	uint64_t of = r->all.ended;

	for (int k = 0; k < STAGES && of >= 5; k++) {
		uint64_t n = r->bottleneck[k];
		const struct figure f[] = { NUMBER("bottleneck_of", n), NUMBER("of", of),
			{ "phase", stage_name[k], strlen(stage_name[k]), 0 } };

		if (n == 0 || 4 * n < of)
			continue;
		buf_clear(b);
		word(b,
		    "%s takes most of the time in %" PRIu64 " of %" PRIu64 " that ended: look "
		    "there first.",
		    stage_name[k], n, of);
		if (state(advise(r, 1, 2 * n >= of ? PRIORITY_HIGH : PRIORITY_MEDIUM, is_bottleneck,
			      &k),
			f, 3, b))
			return -1;
	}
	return 0;
}

static bool
failed_action(const struct figures *f, const void *arg)
{
	return f->executed && f->result != RESULT_SUCCESS && f->result != RESULT_UNVERIFIED &&
	    str_cmp(f->action, *(const struct str *)arg) == 0;
}

static int
r2(struct range *r, struct buf *b)
{
	for (size_t i = 0; i < r->n_groups[BY_ACTION]; i++) {
		const struct group *g = &r->group[BY_ACTION][i];
		const struct figure f[] = { { "action_type", g->key.p, g->key.n, 0 },
			NUMBER("executed", g->t.executed), NUMBER("failed", g->t.failed) };

		if (g->t.executed < 3 || 2 * g->t.failed < g->t.executed)
			continue;
		buf_clear(b);
		text_plain(b, g->key.p, g->key.n);
		word(b,
		    " failed in %" PRIu64 " of %" PRIu64 " executions: mend it, or ask people "
		    "before.",
		    g->t.failed, g->t.executed);
		if (state(advise(r, 2, PRIORITY_HIGH, failed_action, &g->key), f, 3, b))
			return -1;
	}
	return 0;
}

static int
by_fingerprint(const void *pa, const void *pb)
{
	const struct figures *a = *(const struct figures *const *)pa,
			     *b = *(const struct figures *const *)pb;
	int c = str_cmp(a->fingerprint, b->fingerprint);

	return c ? c : a < b ? -1 : a > b; /* they lie by (T0, id) */
}

/* Of one fingerprint, p[0..n) by T0: those in a window of three. Takes p's room for them. */
static size_t
in_windows(const struct figures **p, size_t n)
{
	size_t k = 0;

	for (size_t i = 0, next = 0; i + 2 < n; i++)
		if (p[i + 2]->t0 - p[i]->t0 <= WINDOW_US)
			for (next = next > i ? next : i; next < i + 3; next++)
				p[k++] = p[next];
	return k;
}

static int
r3_one(struct range *r, const struct figures **p, size_t n, struct buf *b)
{
	struct recommendation *x;
	struct str print = p[0]->fingerprint;
	size_t k = in_windows(p, n);
	const struct figure f[] = { { "fingerprint", print.p, print.n, 0 },
		NUMBER("remediations", k) };

	if (k == 0)
		return 0;
	if ((x = advise(r, 3, PRIORITY_HIGH, NULL, NULL)) == NULL ||
	    (x->evidence = malloc(k * sizeof *x->evidence)) == NULL)
		return -1;
	memcpy(x->evidence, p, k * sizeof *p);
	x->n_evidence = k;
	qsort(x->evidence, k, sizeof *x->evidence, by_id);
	buf_clear(b);
	word(b,
	    "The same signal came %zu times, three of them within a day: what was done "
	    "does not last.",
	    k);
	return state(x, f, 2, b);
}

static int
r3(struct range *r, struct buf *b)
{
	const struct figures **p = malloc((r->n + 1) * sizeof *p);
	size_t n = 0;
	int rc = p ? 0 : -1;

	for (size_t i = 0; p && i < r->n; i++)
		if (r->f[i].fingerprint.n)
			p[n++] = &r->f[i];
	if (n)
		qsort(p, n, sizeof *p, by_fingerprint);
	for (size_t i = 0, to; i < n && rc == 0; i = to) {
		struct str print = p[i]->fingerprint;

		for (to = i + 1; to < n && str_cmp(p[to]->fingerprint, print) == 0; to++)
			;
		if (to - i >= 3)
			rc = r3_one(r, p + i, to - i, b);
	}
	free(p);
	return rc;
}

static bool
in_bin(const struct figures *f, const void *arg)
{
	return (f->borne == BORNE_YES || f->borne == BORNE_NO) && f->confidence >= 0 &&
	    bin_of(f->confidence) == *(const unsigned *)arg;
}

static int
r4(struct range *r, struct buf *b)
{
	for (unsigned k = 0; k < BINS; k++) {
		const struct bin *bin = &r->calibration.bin[k];
		int64_t mean, rate, gap, from = (int64_t)k * 100000;

		bin_figures(bin, &mean, &rate, &gap);
		if (bin->n < 5 || (gap < 200000 && gap > -200000))
			continue;
		const struct figure f[] = { NUMBER("from_micro", from), NUMBER("gap_micro", gap),
			NUMBER("n", bin->n) };
		buf_clear(b);
		word(b,
		    "From a confidence of 0.%u on, answers are %s sure: %" PRId64 " %% meant, "
		    "%" PRId64 " %% borne out, of %" PRIu64 ".",
		    k, gap > 0 ? "too" : "not enough", mean / 10000, rate / 10000, bin->n);
		if (state(advise(r, 4, PRIORITY_MEDIUM, in_bin, &k), f, 3, b))
			return -1;
	}
	return 0;
}

static bool
unanswered(const struct figures *f, const void *arg)
{
	(void)arg;
	return f->asked && (f->approval == APPROVAL_EXPIRED || f->approval == APPROVAL_UNDECIDED);
}

static bool
was_overridden(const struct figures *f, const void *arg)
{
	(void)arg;
	return f->approval == APPROVAL_APPROVED && (f->other_workflow || f->other_parameters);
}

static bool
verified_late(const struct figures *f, const void *arg)
{
	(void)arg;
	return f->verified && f->verification_timed_out;
}

static bool
undelivered(const struct figures *f, const void *arg)
{
	(void)arg;
	return f->deliveries_failed > 0;
}

static bool
was_blocked(const struct figures *f, const void *arg)
{
	(void)arg;
	return f->blocked;
}

static bool
handed_over(const struct figures *f, const void *arg)
{
	(void)arg;
	return f->result == RESULT_HANDED_OVER;
}

static bool
unjustified(const struct figures *f, const void *arg)
{
	(void)arg;
	return f->decided && !f->justified;
}

static uint64_t
number_of(const struct range *r, picks *pick)
{
	uint64_t n = 0;

	for (size_t i = 0; i < r->n; i++)
		n += pick(&r->f[i], NULL);
	return n;
}

/* Rules that hold one count against another. */
static int
shares(struct range *r, struct buf *b)
{
	uint64_t late = number_of(r, verified_late), silent = number_of(r, unanswered);
	uint64_t blocked = number_of(r, was_blocked), mute = number_of(r, undelivered);
	uint64_t over = r->result[RESULT_HANDED_OVER], verified = 0, lost = 0;

	/* remediations and deliveries are different counts: both are said */
	for (size_t i = 0; i < r->n; i++) {
		verified += r->f[i].verified;
		lost += r->f[i].deliveries_failed;
	}
	/* thresholds: below these numbers a share says nothing */
	const struct {
		bool holds;
		unsigned rule;
		enum priority priority;
		picks *pick;
		struct figure f[2];
		const char *words;
	} rule[] = {
		{ r->asked >= 5 && 10 * silent >= r->asked, 5, PRIORITY_MEDIUM, unanswered,
		    { NUMBER("asked", r->asked), NUMBER("unanswered", silent) },
		    "People were asked and nobody decided: who is asked, and are they reached?" },
		{ r->overridden >= 3, 6, PRIORITY_MEDIUM, was_overridden,
		    { NUMBER("approved", r->status[APPROVAL_APPROVED]),
			NUMBER("overridden", r->overridden) },
		    "People approved something else than was proposed: tell the analysis why." },
		{ verified >= 5 && 5 * late >= verified, 7, PRIORITY_MEDIUM, verified_late,
		    { NUMBER("timed_out", late), NUMBER("verified", verified) },
		    "Verification often ends before it has an answer: its time may be too short." },
		{ mute > 0, 8, PRIORITY_LOW, undelivered,
		    { NUMBER("deliveries", lost), NUMBER("remediations", mute) },
		    "Deliveries failed: people may not have been told." },
		{ r->n >= 5 && 10 * blocked >= r->n, 9, PRIORITY_MEDIUM, was_blocked,
		    { NUMBER("blocked", blocked), NUMBER("remediations", r->n) },
		    "Many remediations had to wait for others: look at what blocks them." },
		{ r->all.ended >= 5 && 5 * over >= r->all.ended, 10, PRIORITY_MEDIUM, handed_over,
		    { NUMBER("ended", r->all.ended), NUMBER("handed_over", over) },
		    "Many remediations were handed to people: look at what the analysis lacks." },
		{ r->without_reason > 0, 11, PRIORITY_LOW, unjustified,
		    { NUMBER("decided", r->decided), NUMBER("without_reason", r->without_reason) },
		    "Decisions stand without a reason: ask for one." },
	};
	for (unsigned i = 0; i < sizeof rule / sizeof *rule; i++) {
		if (!rule[i].holds)
			continue;
		buf_clear(b);
		buf_str(b, rule[i].words);
		if (state(advise(r, rule[i].rule, rule[i].priority, rule[i].pick, NULL), rule[i].f,
			2, b))
			return -1;
	}
	return 0;
}

static int
by_rank(const void *pa, const void *pb)
{
	const struct recommendation *a = pa, *b = pb;

	if (a->priority != b->priority)
		return a->priority < b->priority ? -1 : 1;
	if (a->rule != b->rule)
		return a->rule < b->rule ? -1 : 1;
	return strcmp(a->figures, b->figures);
}

int
recommend(struct range *r)
{
	struct buf b;
	int rc;

	buf_init(&b, TEXT_MAX << 8);
	rc = r1(r, &b) || r2(r, &b) || r3(r, &b) || r4(r, &b) || shares(r, &b) ? -1 : 0;
	buf_release(&b);
	if (rc == 0 && r->n_advice)
		qsort(r->advice, r->n_advice, sizeof *r->advice, by_rank);
	return rc;
}
