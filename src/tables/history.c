/*
 * What other remediations tell of one (formats/tables.md T-16): rates of the same action and
 * signal, and of the same target, of what had ended when it began; and names of workflows from
 * the catalogue.
 */
#include <stdlib.h>
#include <string.h>

#include "tables/dossier.h"

#define EFF(name) effectiveness_audit__##name
#define RECENT (30 * DAY_US) /* µs */

static int
by_action(const void *pa, const void *pb)
{
	const struct past *a = *(const struct past *const *)pa,
			  *b = *(const struct past *const *)pb;
	int c = str_cmp(a->action, b->action);

	return c ? c : str_cmp(a->signal, b->signal);
}

static int
by_place(const void *pa, const void *pb)
{
	const struct past *a = *(const struct past *const *)pa,
			  *b = *(const struct past *const *)pb;
	int c = str_cmp(a->place, b->place);

	return c ? c : str_cmp(a->cluster, b->cluster);
}

/* By when it ended; what is not executed counts for nobody and stands last. */
static int
by_end(const void *pa, const void *pb)
{
	const struct past *a = *(const struct past *const *)pa,
			  *b = *(const struct past *const *)pb;

	if (a->executed != b->executed)
		return a->executed ? -1 : 1;
	if (a->end != b->end)
		return a->end < b->end ? -1 : 1;
	return str_cmp(a->id, b->id);
}

static int
by_t0(const void *pa, const void *pb)
{
	const struct past *a = *(const struct past *const *)pa,
			  *b = *(const struct past *const *)pb;

	if (a->t0 != b->t0)
		return a->t0 < b->t0 ? -1 : 1;
	return str_cmp(a->id, b->id);
}

/*
 * Counts over ranks, so that "how many from here on" is asked and added to in steps that grow with
 * the logarithm.
 */
struct counts {
	uint32_t *all, *good;
	size_t n;
};

static void
counts_add(struct counts *c, size_t rank, bool good)
{
	for (size_t i = rank + 1; i <= c->n; i += i & (~i + 1)) {
		c->all[i]++;
		c->good[i] += good;
	}
}

static void
counts_below(const struct counts *c, size_t rank, uint64_t *all, uint64_t *good)
{
	*all = *good = 0;
	for (size_t i = rank; i; i -= i & (~i + 1)) {
		*all += c->all[i];
		*good += c->good[i];
	}
}

static void
put_rate(struct audit_rows *a, struct cell *c, int column, int first, uint64_t good, uint64_t of)
{
	struct row r = { &a->arena, c, first };
	char digits[16];

	if (of == 0)
		return;
	share_text(good, of, digits);
	put_number(&r, column, str_of(digits));
}

/* Of one action and signal, p[0..n) by end; asked: the same by T0. */
static void
rates(struct audit_rows *a, struct past **p, struct past **asked, size_t n)
{
	uint64_t all = 0, good = 0;
	size_t k = 0;

	for (size_t i = 0; i < n; i++) {
		struct past *x = asked[i];
		bool self = x->executed && x->end <= x->t0;

		for (; k < n && p[k]->executed && p[k]->end <= x->t0; k++) {
			all++;
			good += p[k]->success;
		}
		if (x->analysis)
			put_rate(a, x->analysis, ai_analysis_audit__historical_success_rate,
			    ai_analysis_audit__first, good - (self && x->success), all - self);
	}
}

/* The first place in asked (by T0) whose T0 is not earlier. */
static size_t
rank_of(struct past *const *asked, size_t n, int64_t t0)
{
	size_t lo = 0, hi = n;

	while (lo < hi) {
		size_t mid = (lo + hi) / 2;

		if (asked[mid]->t0 < t0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

/*
 * What had ended on one target so far: the two earliest to begin and the two last with a score, so
 * that one can be left out.
 */
struct so_far {
	const struct past *earliest[2], *scored[2];
	uint64_t all, good;
};

static void
note(struct so_far *s, const struct past *x)
{
	s->all++;
	s->good += x->success;
	if (s->earliest[0] == NULL || x->t0 < s->earliest[0]->t0) {
		s->earliest[1] = s->earliest[0];
		s->earliest[0] = x;
	} else if (s->earliest[1] == NULL || x->t0 < s->earliest[1]->t0) {
		s->earliest[1] = x;
	}
	if (x->scored) {
		s->scored[1] = s->scored[0];
		s->scored[0] = x;
	}
}

static void
assess(struct audit_rows *a, const struct past *x, const struct so_far *s, uint64_t recent,
    uint64_t recent_good)
{
	struct row r = { &a->arena, x->assessment, effectiveness_audit__first };
	bool self = x->executed && x->end <= x->t0;
	uint64_t all = s->all - self, good = s->good - (self && x->success);
	const struct past *first = s->earliest[s->earliest[0] == x],
			  *last = s->scored[s->scored[0] == x];

	put_integer(&r, EFF(sample_size), (int64_t)all);
	put_rate(
	    a, x->assessment, EFF(historical_success_rate), effectiveness_audit__first, good, all);
	put_rate(a, x->assessment, EFF(recent_success_rate), effectiveness_audit__first,
	    recent_good - (self && x->success), recent - self);
	if (first)
		put_integer(&r, EFF(data_age_days), floor_div(x->t0 - first->t0, DAY_US));
	if (!x->scored || last == NULL) {
		put_word(&r, EFF(trend_direction), "insufficient_data");
	} else {
		int64_t d = x->score_micro - last->score_micro;

		put_word(&r, EFF(trend_direction),
		    d > 50000      ? "improving" :
			d < -50000 ? "declining" :
				     "stable");
	}
}

/* Of one target, p[0..n) by end; asked: the same by T0. -1: no memory. */
static int
targets(struct audit_rows *a, struct past **p, struct past **asked, size_t n)
{
	struct counts c = { calloc(n + 1, sizeof *c.all), calloc(n + 1, sizeof *c.good), n };
	struct so_far s = { .all = 0 };
	size_t k = 0;
	int rc = c.all && c.good ? 0 : -1;

	for (size_t i = 0; i < n && rc == 0; i++) {
		struct past *x = asked[i];
		uint64_t below, good;

		for (; k < n && p[k]->executed && p[k]->end <= x->t0; k++) {
			note(&s, p[k]);
			counts_add(&c, rank_of(asked, n, p[k]->t0), p[k]->success);
		}
		if (x->assessment == NULL)
			continue;
		counts_below(&c, rank_of(asked, n, x->t0 - RECENT), &below, &good);
		assess(a, x, &s, s.all - below, s.good - good);
	}
	free(c.all);
	free(c.good);
	return rc;
}

static int
by_workflow(const void *pa, const void *pb)
{
	const struct registered *a = pa, *b = pb;
	int c = str_cmp(a->id, b->id);

	if (c)
		return c;
	if (a->time != b->time)
		return a->time < b->time ? -1 : 1;
	return memcmp(a->event, b->event, 16);
}

/*
 * Names that no event of the remediation tells: as the catalogue had them when the workflow was
 * created.
 */
static void
workflow_names(struct audit_rows *a)
{
	for (size_t i = 0; i < a->n; i++) {
		const struct past *x = &a->past[i];
		struct row r = { &a->arena, x->execution, workflow_execution_audit__first };
		size_t lo = 0, hi = a->n_workflows;
		const struct registered *w;

		if (x->execution == NULL || x->workflow.n == 0 || x->created == NO_TIME)
			continue;
		while (lo < hi) { /* the first behind the last that counts */
			size_t mid = (lo + hi) / 2;
			int c = str_cmp(a->workflow[mid].id, x->workflow);

			if (c < 0 || (c == 0 && a->workflow[mid].time <= x->created))
				lo = mid + 1;
			else
				hi = mid;
		}
		w = lo ? &a->workflow[lo - 1] : NULL;
		if (w == NULL || str_cmp(w->id, x->workflow))
			continue;
		if (r.cell[workflow_execution_audit__workflow_name - r.first].kind == CELL_NULL)
			put_text(&r, workflow_execution_audit__workflow_name, w->name);
		if (r.cell[workflow_execution_audit__workflow_version - r.first].kind == CELL_NULL)
			put_text(&r, workflow_execution_audit__workflow_version, w->version);
	}
}

/* Each group of equal key, by end and by T0. 0 or -1: no memory. */
static int
groups(struct audit_rows *a, struct past **p, struct past **asked, size_t n,
    int (*key)(const void *, const void *), bool places)
{
	int rc = 0;

	if (n)
		qsort(p, n, sizeof *p, key);
	for (size_t i = 0, k; i < n && rc == 0; i = k) {
		for (k = i; k < n && key(&p[k], &p[i]) == 0; k++)
			;
		memcpy(asked, p + i, (k - i) * sizeof *asked);
		qsort(p + i, k - i, sizeof *p, by_end);
		qsort(asked, k - i, sizeof *asked, by_t0);
		if (places)
			rc = targets(a, p + i, asked, k - i);
		else
			rates(a, p + i, asked, k - i);
	}
	return rc;
}

int
history_fill(struct audit_rows *a)
{
	struct past **p = malloc((a->n + 1) * sizeof *p),
		    **asked = malloc((a->n + 1) * sizeof *asked);
	size_t n = 0;
	int rc = p && asked ? 0 : -1;

	if (a->n_workflows)
		qsort(a->workflow, a->n_workflows, sizeof *a->workflow, by_workflow);
	workflow_names(a);
	for (size_t i = 0; i < a->n && rc == 0; i++)
		if (a->past[i].action.n && a->past[i].signal.n)
			p[n++] = &a->past[i];
	if (rc == 0)
		rc = groups(a, p, asked, n, by_action, false);
	n = 0;
	for (size_t i = 0; i < a->n && rc == 0; i++)
		if (a->past[i].has_place)
			p[n++] = &a->past[i];
	if (rc == 0)
		rc = groups(a, p, asked, n, by_place, true);
	free(p);
	free(asked);
	return rc || a->arena.nomem ? -1 : 0;
}
