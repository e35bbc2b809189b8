/* What each remediation says to the rules that look across them, kept in short until all were seen
 * (rules_across.c); and who registered which workflow. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "approval/inner.h"
#include "base/limits.h"
#include "base/text.h"
#include "base/vec.h"
#include "json/json.h"

static char *
copy(struct controls *k, const char *s)
{
	char *p = s ? strdup(s) : NULL;

	k->nomem |= s && p == NULL;
	return p;
}

static void
event_of(const struct facts *f, unsigned at, char id[37], uint64_t *position, int64_t *time)
{
	uuid_of(f->s->m[at].id, id);
	*position = f->s->m[at].position;
	*time = f->s->m[at].time;
}

void
ledger_note(struct controls *k, const struct facts *f)
{
	const struct decision *d = f->webhook.n ? &f->decided[0] :
	    f->orchestrator.n                   ? &f->seen[0] :
						  NULL;
	char target[800];
	struct decided *x;

	if (d == NULL && f->finished.n == 0 && f->rego < 0)
		return;
	if (k->n_decided == k->decided_cap) {
		void *p = vec_resize(k->decided, k->decided_cap * 2 + 64, sizeof *k->decided);

		if (p == NULL) {
			k->nomem = true;
			return;
		}
		k->decided = p;
		k->decided_cap = k->decided_cap * 2 + 64;
	}
	x = &k->decided[k->n_decided++];
	*x = (struct decided){ .c = f->c,
		.populations = populations_of(f, k->from, k->to),
		.decided_at = f->decided_at,
		.ended = NO_TIME };
	snprintf(target, sizeof target, "%.250s/%.100s/%.250s",
	    f->target_namespace ? f->target_namespace : "", f->target_kind ? f->target_kind : "",
	    f->target_name ? f->target_name : "");
	x->target = copy(k, f->target_name ? target : NULL);
	x->namespace = copy(k, f->target_namespace);
	x->fingerprint = copy(k, f->fingerprint);
	x->policy_hash = copy(k, f->policy_hash);
	x->workflow = copy(k, f->workflow);
	if (d) {
		event_of(f, d->at, x->decision.id, &x->decision.position, &x->decision.time);
		x->by = copy(k, f->by);
		x->message = copy(k, f->reason);
		x->webhook = f->webhook.n > 0;
		x->human = x->populations >> POP_HUMAN & 1;
		x->machine = d->delegated_user == NULL && is_machine(d->actor_type, d->actor);
		x->approved = f->ruling == RULING_APPROVED;
	}
	if (f->rego >= 0)
		event_of(f, (unsigned)f->rego, x->policy.id, &x->policy.position, &x->policy.time);
	if (f->finished.n) {
		x->failed = !f->succeeded;
		x->ended = f->s->m[f->finished.at[0]].time;
	}
}

void
ledger_release(struct controls *k)
{
	for (size_t i = 0; i < k->n_decided; i++) {
		struct decided *x = &k->decided[i];

		free(x->by);
		free(x->message);
		free(x->namespace);
		free(x->target);
		free(x->fingerprint);
		free(x->policy_hash);
		free(x->workflow);
	}
	free(k->decided);
	for (size_t i = 0; i < k->n_authors; i++) {
		free(k->author[i].workflow);
		free(k->author[i].by);
	}
	free(k->author);
}

void
controls_other(struct controls *k, const struct story *s)
{
	for (unsigned i = 0; i < s->n; i++) {
		struct moment *m = &s->m[i];
		const struct json_doc *d;
		struct author *a;
		uint32_t w;

		if ((m->kind != ET_REMEDIATIONWORKFLOW_ADMITTED_CREATE &&
			m->kind != ET_REMEDIATIONWORKFLOW_ADMITTED_UPDATE) ||
		    m->actor_id == NULL || (d = moment_payload(m)) == NULL ||
		    (w = event_member(d, "workflow_id")) == JSON_NONE ||
		    d->node[w].type != JSON_STRING)
			continue;
		if (vec_grow(&k->author, &k->authors_cap, k->n_authors + 1, sizeof *a)) {
			k->nomem = true;
			return;
		}
		a = &k->author[k->n_authors++];
		a->workflow = strndup(json_str(d, w), d->node[w].str_len);
		k->nomem |= a->workflow == NULL;
		a->by = copy(k, m->actor_id);
		a->position = m->position;
		a->time = m->time;
		uuid_of(m->id, a->event);
	}
}

static int
by_workflow(const void *pa, const void *pb)
{
	const struct author *a = pa, *b = pb;
	int c = strcmp(a->workflow ? a->workflow : "", b->workflow ? b->workflow : "");

	return c ? c : strcmp(a->event, b->event);
}

static bool
author_before(const void *key, const void *member)
{
	const struct author *a = member;

	return strcmp(a->workflow ? a->workflow : "", key) < 0;
}

size_t
ledger_authors(const struct controls *k, const char *workflow, const struct author **ret)
{
	size_t from =
		   lower_bound(workflow, k->author, k->n_authors, sizeof *k->author, author_before),
	       n = 0;

	*ret = k->author + from;
	while (from + n < k->n_authors && (*ret)[n].workflow &&
	    strcmp((*ret)[n].workflow, workflow) == 0)
		n++;
	return n;
}

void
ledger_sort(struct controls *k)
{
	if (k->n_authors)
		qsort(k->author, k->n_authors, sizeof *k->author, by_workflow);
}

unsigned
controls_authors(
    const struct controls *k, const char *workflow, int64_t by, const char **ret, unsigned max)
{
	const struct author *a;
	size_t n_authors = ledger_authors(k, workflow, &a);
	unsigned n = 0;

	for (size_t i = 0; i < n_authors && n < max; i++) {
		bool known = a[i].time > by || a[i].by == NULL;

		for (unsigned j = 0; j < n && !known; j++)
			known = strcmp(ret[j], a[i].by) == 0;
		if (!known)
			ret[n++] = a[i].by;
	}
	return n;
}
