#include "cmd/analyze/gather.h"

#include <string.h>

int
gather_open(struct gathering *g, struct reading *r, const struct catalog *cat, struct err *e)
{
	*g = (struct gathering){ .r = r, .cat = cat, .e = e };
	return deadlines_read(&g->deadlines, r, e);
}

int
gather_limits(struct gathering *g, struct evidence *ev)
{
	g->ev = ev;
	return evidence_limits(ev, false) ? -1 : 0;
}

void
gather_release(struct gathering *g)
{
	deadlines_release(&g->deadlines);
}

static int
facts_here(struct gathering *g, const struct correlation *c, struct story *s, struct facts *f)
{
	if (story_join_older(s, g->r, g->cat, c, g->e))
		return -1;
	if (facts_of(f, s, c))
		return err_nomem(g->e);
	deadlines_of(&g->deadlines, f->request, &f->deadline);
	/* damage that was met while this story was read counts, too */
	if (g->ev && evidence_limits(g->ev, false))
		return -1;
	f->limited = g->ev && g->ev->limits.n && limited(g->ev, c);
	return 0;
}

int
gather_one(struct gathering *g, const struct correlation *c, struct story *s, struct facts *f)
{
	memset(s, 0, sizeof *s);
	memset(f, 0, sizeof *f);
	return story_load(s, g->r, c, g->e) ? -1 : facts_here(g, c, s, f);
}

struct passing {
	struct gathering *g;
	int (*each)(void *arg, const struct facts *f);
	int (*other)(void *arg, const struct correlation *c, const struct story *s);
	void *arg;
};

static int
pass_on(void *arg, const struct correlation *c, struct story *s)
{
	struct passing *p = arg;
	struct facts f;
	int rc;

	if (p->g->seen)
		p->g->seen(p->g->seen_arg, s);
	if (!c->remediation)
		return p->other(p->arg, c, s);
	memset(&f, 0, sizeof f);
	rc = facts_here(p->g, c, s, &f) || p->each(p->arg, &f) ? -1 : 0;
	facts_release(&f);
	return rc;
}

int
gather_each(struct gathering *g, int (*each)(void *arg, const struct facts *f),
    int (*other)(void *arg, const struct correlation *c, const struct story *s), void *arg)
{
	struct passing p = { g, each, other, arg };

	return stories_each(g->r, g->cat, other == NULL, pass_on, &p, g->e);
}

int
gather_in_order(struct gathering *g, int (*each)(void *arg, const struct facts *f), void *arg)
{
	struct passing p = { g, each, NULL, arg };

	return stories_in_order(g->r, g->cat, true, pass_on, &p, g->e);
}

static int
register_remediation(void *arg, const struct facts *f)
{
	registry_remediation(arg, f);
	return 0;
}

static int
register_other(void *arg, const struct correlation *c, const struct story *s)
{
	(void)c;
	registry_other(arg, s);
	return 0;
}

int
gather_registry(struct gathering *g, struct registry *r, const struct period *period)
{
	if (registry_begin(r, g->cat, period->from, period->to))
		return err_nomem(g->e);
	if (gather_each(g, register_remediation, register_other, r))
		return -1;
	return registry_finish(r) ? err_nomem(g->e) : 0;
}
