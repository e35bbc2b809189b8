/*
 * One pass over the log: the figures of every remediation, and what other correlations tell of
 * them. Of a story only its figures stay; a page of one remediation reads its story once more.
 */
#include <stdlib.h>

#include "analysis/inner.h"
#include "base/vec.h"

#define BUDGET ((size_t)1 << 30) /* bytes that the figures may take */

struct str
analyses_keep(struct analyses *a, struct str s)
{
	char *p = s.n ? arena_take(&a->arena, s.n) : NULL;

	if (p == NULL)
		return (struct str){ "", 0 };
	memcpy(p, s.p, s.n);
	return (struct str){ p, s.n };
}

/* Copies of the texts that still point into the story. */
static void
keep_figures(struct analyses *a, struct figures *g)
{
	struct str *const text[] = { &g->signal, &g->action, &g->cluster, &g->environment,
		&g->fingerprint, &g->decider };
	size_t behind = g->place.n - g->target.n;
	struct person_act *act = g->act;
	struct str *id = g->notification;

	for (size_t i = 0; i < sizeof text / sizeof *text; i++)
		*text[i] = analyses_keep(a, *text[i]);
	g->place = analyses_keep(a, g->place); /* the target is its end */
	g->target = (struct str){ g->place.n ? g->place.p + behind : "",
		g->place.n ? g->place.n - behind : 0 };
	g->act = g->n_acts ? arena_take(&a->arena, g->n_acts * sizeof *g->act) : NULL;
	g->notification = g->n_notifications ?
	    arena_take(&a->arena, g->n_notifications * sizeof *g->notification) :
	    NULL;
	for (unsigned i = 0; g->act && i < g->n_acts; i++) {
		g->act[i] = act[i];
		g->act[i].who = analyses_keep(a, act[i].who);
	}
	for (unsigned i = 0; g->notification && i < g->n_notifications; i++)
		g->notification[i] = analyses_keep(a, id[i]);
}

int
analyses_add(struct analyses *a, const struct correlation *c, const struct story *s)
{
	struct one o;
	int rc = -1;

	if (a->n == a->cap) {
		size_t cap = a->cap ? a->cap * 2 : 256;
		void *p = vec_resize(a->f, cap, sizeof *a->f);

		if (p == NULL)
			return err_nomem(a->e);
		a->f = p;
		a->cap = cap;
	}
	if (one_open(&o, s, c) == 0) {
		a->f[a->n] = o.g;
		keep_figures(a, &a->f[a->n]);
		a->n++;
		rc = 0;
	}
	one_release(&o);
	return rc ? err_nomem(a->e) : 0;
}

/* Does an event of it say that a remediation began? A catalog of some does not know. */
static bool
remediates(const struct correlation *c, const struct story *s)
{
	bool is = c->remediation;

	for (unsigned i = 0; i < s->n && !is; i++)
		is = s->m[i].type &&
		    event_type_remediates((struct str){ s->m[i].type, strlen(s->m[i].type) });
	return is;
}

static int
each(void *arg, const struct correlation *c, struct story *s)
{
	struct analyses *a = arg;

	if (note_elsewhere(a, s, c) || (s->n && remediates(c, s) && analyses_add(a, c, s)))
		return -1;
	if (a->arena.nomem)
		return err_nomem(a->e);
	if (a->arena.full)
		return err_set(a->e, EX_IO_ERR,
		    "the figures of so many remediations take more than 1 GiB: choose fewer files");
	return 0;
}

static int
by_t0(const void *pa, const void *pb)
{
	const struct figures *a = pa, *b = pb;

	if (a->t0 != b->t0)
		return a->t0 < b->t0 ? -1 : 1;
	return str_cmp((struct str){ a->c->text, a->c->n }, (struct str){ b->c->text, b->c->n });
}

static int
by_workflow(const void *pa, const void *pb)
{
	const struct registered *a = pa, *b = pb;
	int c = str_cmp(a->id, b->id);

	if (c || a->time != b->time)
		return c ? c : a->time < b->time ? -1 : 1;
	return memcmp(a->event, b->event, 16);
}

/* Where each correlation of the catalog stands. -1: no memory. */
static int
places(struct analyses *a, const struct catalog *cat)
{
	a->cat = cat;
	if ((a->place = malloc((cat->n + 1) * sizeof *a->place)) == NULL)
		return -1;
	for (unsigned i = 0; i < cat->n; i++)
		a->place[i] = UINT32_MAX;
	for (size_t i = 0; i < a->n; i++)
		a->place[a->f[i].c - cat->c] = (uint32_t)i;
	return 0;
}

static struct analyses *
begin(struct reading *r, struct err *e)
{
	struct analyses *a = calloc(1, sizeof *a);

	if (a == NULL) {
		err_nomem(e);
		return NULL;
	}
	a->wanted = r->want;
	reading_wants(r, WANT_REST);
	a->arena.budget = BUDGET;
	a->r = r;
	a->e = e;
	return a;
}

/* In the order in which they are asked for, and what is looked up in them. -1 (e). */
static int
finish(struct analyses *a, const struct catalog *cat)
{
	if (a->n)
		qsort(a->f, a->n, sizeof *a->f, by_t0);
	if (a->n_workflows)
		qsort(a->workflow, a->n_workflows, sizeof *a->workflow, by_workflow);
	return join_elsewhere(a) || similar_index(a) || places(a, cat) ? err_nomem(a->e) : 0;
}

/* These alone, each once. With near: what lies elsewhere is left to others. */
static int
load_these(struct analyses *a, const struct correlation *const *c, unsigned n, bool near)
{
	int rc = 0;

	for (unsigned i = 0; i < n && rc == 0; i++) {
		struct story s = { 0 };
		bool again = false;

		for (unsigned k = 0; k < i; k++)
			again |= c[k] == c[i];
		if (again)
			continue;
		rc = story_load(&s, a->r, c[i], a->e) ? -1 :
		    !near                             ? each(a, c[i], &s) :
		    s.n && remediates(c[i], &s)       ? analyses_add(a, c[i], &s) :
							0;
		story_release(&s);
	}
	return rc;
}

struct analyses *
analyses_load_alone(struct reading *r, const struct catalog *cat,
    const struct correlation *const *c, unsigned n, struct err *e)
{
	struct analyses *a = begin(r, e);

	if (a && load_these(a, c, n, false) == 0 && finish(a, cat) == 0)
		return a;
	analyses_free(a);
	return NULL;
}

struct analyses *
analyses_load_for(struct reading *r, const struct catalog *cat, const struct correlation *const *c,
    unsigned n, struct err *e)
{
	struct analyses *a = begin(r, e);
	int rc = a ? load_these(a, c, n, true) : -1;

	if (rc == 0 && a->n)
		rc = analyses_near(a, r, cat);
	if (rc == 0 && finish(a, cat) == 0)
		return a;
	analyses_free(a);
	return rc > 0 ? analyses_load(r, cat, e) : NULL;
}

struct analyses *
analyses_load(struct reading *r, const struct catalog *cat, struct err *e)
{
	struct analyses *a = begin(r, e);

	if (a && stories_each(r, cat, false, each, a, e) == 0 && finish(a, cat) == 0)
		return a;
	analyses_free(a);
	return NULL;
}

void
analyses_free(struct analyses *a)
{
	if (a == NULL)
		return;
	a->r->want = a->wanted;
	arena_free(&a->arena);
	free(a->f);
	free(a->session);
	free(a->cancelled);
	free(a->workflow);
	free(a->by_fingerprint);
	free(a->by_target);
	free(a->by_action);
	free(a->place);
	free(a);
}

/* The first whose T0 is not before a time. */
static size_t
first_at(const struct analyses *a, int64_t time)
{
	size_t lo = 0, hi = a->n;

	while (lo < hi) {
		size_t mid = (lo + hi) / 2;

		if (a->f[mid].t0 < time)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

size_t
analyses_between(const struct analyses *a, int64_t from, int64_t to, size_t *ret_first)
{
	size_t first = first_at(a, from), end = to == INT64_MAX ? a->n : first_at(a, to);

	*ret_first = first;
	return end > first ? end - first : 0;
}

const struct correlation *
analyses_at(const struct analyses *a, size_t i)
{
	return a->f[i].c;
}

bool
analyses_find(const struct analyses *a, const struct correlation *c, size_t *ret)
{
	uint32_t at = a->place[c - a->cat->c];

	if (at == UINT32_MAX)
		return false;
	*ret = at;
	return true;
}

void
analyses_line(const struct analyses *a, size_t i, struct analysis_line *ret)
{
	const struct figures *f = &a->f[i];

	*ret = (struct analysis_line){ .c = f->c,
		.t0 = f->t0,
		.ended = f->end != NO_TIME,
		.total_ms = f->total_ms,
		.result = result_name[f->result],
		.bottleneck = f->bottleneck < 0 ? NULL : stage_name[f->bottleneck],
		.approval = approval_name[f->approval],
		.borne_out = borne_name[f->borne],
		.because = f->because };
}
