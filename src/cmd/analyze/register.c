#include "cmd/analyze/register.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

struct filling {
	struct registry *r;
	struct gathering *g;
};

static int
each(void *arg, const struct facts *f)
{
	struct filling *x = arg;
	struct registry *r = x->r;
	struct entry *e = &r->entry[f->c - x->g->b->cat.c];
	struct utc_range t = { 0 };
	bool ended = f->end >= 0 || f->deleted >= 0 || strcmp(f->path, "manual-review") == 0 || strcmp(f->path, "no-action") == 0;

	for (unsigned i = 0; i < f->s->n; i++)
		utc_range_add(&t, f->s->m[i].time);
	e->c = f->c;
	e->first = t.min;
	e->path = f->path;
	snprintf(e->namespace, sizeof e->namespace, "%s", f->target_namespace ? f->target_namespace : "");
	e->populations = populations_of(f, r->period.from, r->period.to);
	e->in_flight[0] = t.min < r->period.from && t.max >= r->period.from;
	e->in_flight[1] = t.min < r->period.to && (r->period.to == INT64_MAX ? !ended : t.max >= r->period.to);
	return 0;
}

/* Acts of people on workflows, blocks, timeouts, sessions; of machines none. */
static const char *
kind_of(const struct moment *m)
{
	static const struct { const char *begins, *kind; } of[] = {
		{ "remediationworkflow.admitted.", "workflow changed" }, { "remediationworkflow.denied", "workflow change denied" }, { "actiontype.admitted.", "action type changed" },
		{ "workflowexecution.block.cleared", "block cleared" }, { "webhook.remediationrequest.timeout_modified", "timeouts changed" }, { "webhook.notification.cancelled", "notification cancelled" },
		{ "aiagent.session.cancelled", "session cancelled" }, { "aiagent.investigation.cancelled", "investigation cancelled" }, { "apifrontend.rr.created", "remediation requested" }
	};
	const char *type = event_type_now(m->type);

	for (unsigned i = 0; i < sizeof of / sizeof *of; i++)
		if (strncmp(type, of[i].begins, strlen(of[i].begins)) == 0)
			return is_machine(m->actor_type, m->actor_id) ? NULL : of[i].kind;
	return NULL;
}

static int
note_acts(struct filling *x, const struct story *s)
{
	struct registry *r = x->r;

	for (unsigned i = 0; i < s->n; i++) {
		const struct moment *m = &s->m[i];
		const char *kind = m->time >= r->period.from && m->time < r->period.to ? kind_of(m) : NULL;
		struct act *a;

		if (kind == NULL)
			continue;
		if (r->n_acts == r->acts_cap) {
			if ((a = realloc(r->act, (r->acts_cap * 2 + 64) * sizeof *a)) == NULL)
				return err_nomem(&x->g->b->ev.err);
			r->act = a;
			r->acts_cap = r->acts_cap * 2 + 64;
		}
		a = &r->act[r->n_acts++];
		*a = (struct act){ .position = m->position, .time = m->time, .kind = kind };
		uuid_of(m->id, a->id);
		snprintf(a->who, sizeof a->who, "%s", m->actor_id ? m->actor_id : "");
	}
	return 0;
}

static int
remediation(void *arg, const struct facts *f)
{
	return note_acts(arg, f->s) || each(arg, f) ? -1 : 0;
}

static int
other(void *arg, const struct correlation *c, const struct story *s)
{
	(void)c;
	return note_acts(arg, s);
}

static int
by_time(const void *pa, const void *pb)
{
	const struct act *a = pa, *b = pb;

	return a->time != b->time ? a->time < b->time ? -1 : 1 : strcmp(a->id, b->id);
}

int
registry_fill(struct registry *r, struct gathering *g, const struct period *period)
{
	struct filling x = { r, g };
	size_t n = 0;

	memset(r, 0, sizeof *r);
	r->period = *period;
	if ((r->entry = calloc(g->b->cat.n + 1, sizeof *r->entry)) == NULL)
		return err_nomem(&g->b->ev.err);
	r->n = g->b->cat.n;
	if (gather_each(g, remediation, other, &x))
		return -1;
	for (size_t i = 0; i < r->n; i++)          /* the catalog is sorted by bytes already */
		if (r->entry[i].c)
			r->entry[n++] = r->entry[i];
	r->n = n;
	if (r->n_acts)
		qsort(r->act, r->n_acts, sizeof *r->act, by_time);
	return 0;
}

void
registry_release(struct registry *r)
{
	free(r->entry);
	free(r->act);
}

const struct correlation **
registry_members(const struct registry *r, enum population p, size_t *ret_n)
{
	const struct correlation **ids = malloc((r->n + 1) * sizeof *ids);

	*ret_n = 0;
	for (size_t i = 0; ids && i < r->n; i++)
		if (r->entry[i].populations >> p & 1)
			ids[(*ret_n)++] = r->entry[i].c;
	return ids;
}
