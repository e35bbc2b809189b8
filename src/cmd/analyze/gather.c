#include "cmd/analyze/gather.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/utc.h"
#include "base/vec.h"
#include "json/json.h"
#include "objects/objects.h"

static int
note_object(void *arg, const struct collected *c)
{
	struct gathering *g = arg;
	uint32_t name, by;
	struct utc t;
	void *p;

	if (c->doc == NULL || c->kind.n != 26 ||
	    memcmp(c->kind.p, "RemediationApprovalRequest", 26))
		return 0;
	name = json_path(c->doc, c->at, "metadata.name");
	by = json_path(c->doc, c->at, "spec.requiredBy");
	if (name == JSON_NONE || by == JSON_NONE || c->doc->node[name].type != JSON_STRING ||
	    c->doc->node[by].type != JSON_STRING ||
	    utc_parse(json_str(c->doc, by), c->doc->node[by].str_len, &t) != UTC_OK)
		return 0;
	if (g->n == g->cap) {
		if ((p = vec_resize(g->d, g->cap * 2 + 32, sizeof *g->d)) == NULL)
			return -1;
		g->d = p;
		g->cap = g->cap * 2 + 32;
	}
	if ((g->d[g->n].request = strndup(json_str(c->doc, name), c->doc->node[name].str_len)) ==
	    NULL)
		return -1;
	g->d[g->n++].at = t.us;
	return 0;
}

static int
by_request(const void *a, const void *b)
{
	return strcmp(((const struct deadline *)a)->request, ((const struct deadline *)b)->request);
}

int
gather_open(struct gathering *g, struct reading *r, const struct catalog *cat, struct err *e)
{
	*g = (struct gathering){ .r = r, .cat = cat, .e = e };
	if (objects_each(r, note_object, g, e))
		return -1;
	if (g->n)
		qsort(g->d, g->n, sizeof *g->d, by_request);
	return 0;
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
	for (size_t i = 0; i < g->n; i++)
		free(g->d[i].request);
	free(g->d);
}

/* Older versions filed decisions under the request's name and cleared blocks under the execution's
 * (reference: approval-timeline 8). */
static int
join_older(struct gathering *g, const struct correlation *c, struct story *s)
{
	static const char *const prefix[] = { "rar-", "we-" };
	char name[600];

	for (unsigned i = 0; i < 2 && c->n < 500; i++) {
		int n = snprintf(name, sizeof name, "%s%.*s", prefix[i], (int)c->n, c->text);
		const struct correlation *found = catalog_get(g->cat, name, (size_t)n);
		struct story more = { 0 };
		int rc = 0;

		if (found && ((rc = story_load(&more, g->r, found, g->e)) == 0) &&
		    story_join(s, &more))
			rc = err_nomem(g->e);
		story_release(&more);
		if (rc)
			return -1;
	}
	return 0;
}

static int
facts_here(struct gathering *g, const struct correlation *c, struct story *s, struct facts *f)
{
	struct deadline key, *d;

	if (join_older(g, c, s))
		return -1;
	if (facts_of(f, s, c))
		return err_nomem(g->e);
	key.request = (char *)f->request;
	if (f->request && g->n && (d = bsearch(&key, g->d, g->n, sizeof *g->d, by_request)) != NULL)
		f->deadline = d->at;
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
