#include "approval/registry.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/utc.h"
#include "base/vec.h"

int
registry_begin(struct registry *r, const struct catalog *cat, int64_t from, int64_t to)
{
	memset(r, 0, sizeof *r);
	r->cat = cat;
	r->from = from;
	r->to = to;
	r->n = cat->n;
	return (r->entry = calloc(cat->n + 1, sizeof *r->entry)) == NULL ? -1 : 0;
}

/* Acts of people on workflows, blocks, timeouts, sessions; of machines none. */
static const char *
kind_of(const struct moment *m)
{
	static const char *const kind[EVENT_TYPES + 1] = {
		[ET_REMEDIATIONWORKFLOW_ADMITTED_CREATE] = "workflow changed",
		[ET_REMEDIATIONWORKFLOW_ADMITTED_UPDATE] = "workflow changed",
		[ET_REMEDIATIONWORKFLOW_ADMITTED_DELETE] = "workflow changed",
		[ET_REMEDIATIONWORKFLOW_ADMITTED_DENIED] = "workflow changed",
		[ET_ACTIONTYPE_ADMITTED_CREATE] = "action type changed",
		[ET_ACTIONTYPE_ADMITTED_UPDATE] = "action type changed",
		[ET_ACTIONTYPE_ADMITTED_DELETE] = "action type changed",
		[ET_WORKFLOWEXECUTION_BLOCK_CLEARED] = "block cleared",
		[ET_WEBHOOK_REMEDIATIONREQUEST_TIMEOUT_MODIFIED] = "timeouts changed",
		[ET_WEBHOOK_NOTIFICATION_CANCELLED] = "notification cancelled",
		[ET_AIAGENT_SESSION_CANCELLED] = "session cancelled",
		[ET_AIAGENT_INVESTIGATION_CANCELLED] = "investigation cancelled",
		[ET_APIFRONTEND_RR_CREATED] = "remediation requested"
	};

	return kind[m->kind] && !is_machine(m->actor_type, m->actor_id) ? kind[m->kind] : NULL;
}

void
registry_other(struct registry *r, const struct story *s)
{
	for (unsigned i = 0; i < s->n; i++) {
		const struct moment *m = &s->m[i];
		const char *kind = m->time >= r->from && m->time < r->to ? kind_of(m) : NULL;
		struct act *a;

		if (kind == NULL)
			continue;
		if (r->n_acts == r->acts_cap) {
			if ((a = vec_resize(r->act, r->acts_cap * 2 + 64, sizeof *a)) == NULL) {
				r->nomem = true;
				return;
			}
			r->act = a;
			r->acts_cap = r->acts_cap * 2 + 64;
		}
		a = &r->act[r->n_acts++];
		*a = (struct act){ .position = m->position, .time = m->time, .kind = kind };
		uuid_of(m->id, a->id);
		snprintf(a->who, sizeof a->who, "%s", m->actor_id ? m->actor_id : "");
	}
}

void
registry_remediation(struct registry *r, const struct facts *f)
{
	struct entry *e = &r->entry[f->c - r->cat->c];
	bool ended = f->end >= 0 || f->deleted >= 0 || f->path == PATH_MANUAL_REVIEW ||
	    f->path == PATH_NO_ACTION;
	struct utc_range t = { 0 };

	registry_other(r, f->s);
	for (unsigned i = 0; i < f->s->n; i++)
		utc_range_add(&t, f->s->m[i].time);
	e->c = f->c;
	e->first = t.min;
	e->path = facts_path(f);
	snprintf(e->namespace, sizeof e->namespace, "%s",
	    f->target_namespace ? f->target_namespace : "");
	e->populations = populations_of(f, r->from, r->to);
	e->in_flight[0] = t.min < r->from && t.max >= r->from;
	e->in_flight[1] = t.min < r->to && (r->to == INT64_MAX ? !ended : t.max >= r->to);
}

static int
by_time(const void *pa, const void *pb)
{
	const struct act *a = pa, *b = pb;

	return a->time != b->time ? a->time < b->time ? -1 : 1 : strcmp(a->id, b->id);
}

int
registry_finish(struct registry *r)
{
	size_t n = 0;

	for (size_t i = 0; i < r->n; i++) /* the catalog is sorted by bytes already */
		if (r->entry[i].c)
			r->entry[n++] = r->entry[i];
	r->n = n;
	if (r->n_acts)
		qsort(r->act, r->n_acts, sizeof *r->act, by_time);
	return r->nomem ? -1 : 0;
}

void
registry_release(struct registry *r)
{
	free(r->entry);
	free(r->act);
}

size_t
registry_count(const struct registry *r, enum population p)
{
	size_t n = 0;

	for (size_t i = 0; i < r->n; i++)
		n += r->entry[i].populations >> p & 1;
	return n;
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

bool
reconciliation_astray(const struct reconciliation *x, uint64_t populations)
{
	unsigned in = 0;

	for (unsigned k = 0; k < x->n; k++)
		in += populations >> x->part[k] & 1;
	return in != (populations >> x->whole & 1);
}

size_t
registry_strays(const struct registry *r, const struct reconciliation *x)
{
	size_t n = 0;

	for (size_t i = 0; i < r->n; i++)
		n += reconciliation_astray(x, r->entry[i].populations);
	return n;
}

void
registry_in_flight(const struct registry *r, size_t ret[2])
{
	ret[0] = ret[1] = 0;
	for (size_t i = 0; i < r->n; i++)
		for (unsigned k = 0; k < 2; k++)
			ret[k] += r->entry[i].in_flight[k];
}
