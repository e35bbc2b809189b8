/*
 * Acts of people (formats/analysis.md AN-10): those in a remediation's own events, and those that
 * lie in correlations of their own, which a reader of one correlation would lose.
 */
#include <stdlib.h>

#include "analysis/inner.h"
#include "base/limits.h"
#include "base/vec.h"
#include "read/person.h"

const char *const act_name[ACTS] = { "created", "decided", "decided without webhook",
	"timeout changed", "block cleared", "interactive", "session opened",
	"notification cancelled" };

bool
machine_named(struct str s)
{
	char name[32];
	size_t n = s.n < sizeof name - 1 ? s.n : sizeof name - 1;

	for (size_t i = 0; i < n; i++)
		name[i] = s.p[i] ? s.p[i] : '\x01';
	name[n] = '\0';
	return is_machine(NULL, name);
}

/* Who acted in an event; empty: a machine, or nobody who is named. */
static struct str
person_of(struct dossier *d, unsigned at, bool delegates)
{
	const struct moment *m = d->m[at];
	struct str who = delegates ? text_at(d, at, "delegated_user") : (struct str){ "", 0 };

	if (who.n)
		return machine_named(who) ? (struct str){ "", 0 } : who;
	return is_machine(m->actor_type, m->actor_id) ? (struct str){ "", 0 } : str_of(m->actor_id);
}

static bool
begins(const char *s, const char *with)
{
	return strncmp(s, with, strlen(with)) == 0;
}

/* What an own event is as an act; ACTS: none. */
static enum act_kind
act_of(const struct one *o, unsigned at)
{
	enum event_type type = o->d.m[at]->kind;

	switch (o->d.kind[at]) {
	case K_AFC:
		return ACT_CREATED;
	case K_E1:
		return ACT_DECIDED;
	case K_APPROVED:
	case K_REJECTED:
		return o->f.e1 == NONE ? ACT_DECIDED_ALONE : ACTS;
	}
	if (type == ET_WEBHOOK_REMEDIATIONREQUEST_TIMEOUT_MODIFIED)
		return ACT_TIMEOUT;
	if (type == ET_WORKFLOWEXECUTION_BLOCK_CLEARED)
		return ACT_UNBLOCKED;
	return begins(o->d.m[at]->type, "aiagent.interactive.") ? ACT_INTERACTIVE : ACTS;
}

static int
by_text(const void *pa, const void *pb)
{
	return str_cmp(*(const struct str *)pa, *(const struct str *)pb);
}

/* The ids of its notifications, each once. */
static int
notifications(struct one *o)
{
	struct dossier *d = &o->d;
	unsigned n = 0, k = 0;

	/* room for all of them, before the repeats go */
	for (unsigned i = 0; i < d->n; i++)
		n += begins(d->m[i]->type, "notification.message.");
	if ((o->g.notification = malloc((n + 1) * sizeof *o->g.notification)) == NULL)
		return -1;
	n = 0;
	for (unsigned i = 0; i < d->n; i++) {
		struct str id;

		if (!begins(d->m[i]->type, "notification.message."))
			continue;
		/* older versions named it by the object only */
		id = text_at(d, i, "notification_id");
		o->g.notification[n++] = id.n ? id : str_of(d->m[i]->resource_id);
	}
	/* sorted, so that repeats lie side by side */
	if (n)
		qsort(o->g.notification, n, sizeof *o->g.notification, by_text);
	for (unsigned i = 0; i < n; i++)
		if (o->g.notification[i].n &&
		    (k == 0 || str_cmp(o->g.notification[i], o->g.notification[k - 1])))
			o->g.notification[k++] = o->g.notification[i];
	o->g.n_notifications = k;
	return 0;
}

int
own_acts(struct one *o)
{
	struct dossier *d = &o->d;
	unsigned n = 0;

	for (unsigned i = 0; i < d->n; i++)
		n += act_of(o, i) != ACTS;
	if ((o->g.act = malloc((n + 1) * sizeof *o->g.act)) == NULL)
		return -1;
	for (unsigned i = 0; i < d->n; i++) {
		enum act_kind k = act_of(o, i);
		struct person_act *a = &o->g.act[o->g.n_acts];

		if (k == ACTS)
			continue;
		a->who = person_of(d, i, k == ACT_DECIDED);
		a->time = d->m[i]->time;
		a->kind = k;
		a->position = d->m[i]->position;
		memcpy(a->id, d->m[i]->id, 16);
		o->g.n_acts += a->who.n > 0;
	}
	return notifications(o);
}

static int
add(struct analyses *a, struct elsewhere **list, size_t *n, size_t *cap, struct str key,
    struct str who, const struct moment *m, enum act_kind kind)
{
	struct elsewhere *x;

	if (key.n == 0 || who.n == 0)
		return 0;
	if (vec_grow(list, cap, *n + 1, sizeof **list))
		return -1;
	x = &(*list)[(*n)++];
	*x = (struct elsewhere){ analyses_keep(a, key),
		{ .time = m->time,
		    .kind = kind,
		    .who = analyses_keep(a, who),
		    .position = m->position } };
	memcpy(x->act.id, m->id, 16);
	return 0;
}

/* A workflow as it was registered: its name, where no event of a remediation tells it. */
static int
workflow(struct analyses *a, struct dossier *d, unsigned at)
{
	struct registered *w;

	if (text_at(d, at, "workflow_id").n == 0)
		return 0;
	if (vec_grow(&a->workflow, &a->workflows_cap, a->n_workflows + 1, sizeof *a->workflow))
		return -1;
	w = &a->workflow[a->n_workflows++];
	*w = (struct registered){ .id = analyses_keep(a, text_at(d, at, "workflow_id")),
		.name = analyses_keep(a, text_at(d, at, "workflow_name")),
		.time = d->m[at]->time };
	memcpy(w->event, d->m[at]->id, 16);
	return 0;
}

enum { NOTHING, SESSION, CANCELLED, WORKFLOW };

static int
tells(enum event_type type)
{
	if (type == ET_AGENTSESSION_ADMITTED_CREATE)
		return SESSION;
	if (type == ET_WEBHOOK_NOTIFICATION_CANCELLED)
		return CANCELLED;
	return type == ET_REMEDIATIONWORKFLOW_ADMITTED_CREATE ||
		type == ET_REMEDIATIONWORKFLOW_ADMITTED_UPDATE ?
	    WORKFLOW :
	    NOTHING;
}

bool
tells_of_others(enum event_type type)
{
	return tells(type) != NOTHING;
}

int
note_elsewhere(struct analyses *a, const struct story *s, const struct correlation *c)
{
	struct dossier d;
	bool some = false;
	int rc = 0;

	/* correlations without such an event, which is most of them, are passed by */
	for (unsigned i = 0; i < s->n && !some; i++)
		some = tells(s->m[i].kind) != NOTHING;
	if (!some)
		return 0;
	rc = dossier_open(&d, s, c);
	/* each act by its kind, with the remediation that it names */
	for (unsigned i = 0; rc == 0 && i < d.n; i++) {
		struct str key;

		switch (tells(d.m[i]->kind)) {
		case SESSION:
			rc = add(a, &a->session, &a->n_sessions, &a->sessions_cap,
			    text_at(&d, i, "remediation_request_ref"), person_of(&d, i, false),
			    d.m[i], ACT_SESSION);
			break;
		case CANCELLED:
			key = text_at(&d, i, "notification_name");
			if (key.n == 0)
				key = (struct str){ c->text, c->n };
			rc = add(a, &a->cancelled, &a->n_cancelled, &a->cancelled_cap, key,
			    person_of(&d, i, false), d.m[i], ACT_CANCELLED);
			break;
		case WORKFLOW:
			rc = workflow(a, &d, i);
		}
	}
	rc = rc || d.nomem ? err_nomem(a->e) : 0;
	dossier_release(&d);
	return rc;
}

static int
by_key(const void *pa, const void *pb)
{
	return str_cmp(((const struct elsewhere *)pa)->key, ((const struct elsewhere *)pb)->key);
}

static int
by_time(const void *pa, const void *pb)
{
	const struct person_act *a = pa, *b = pb;

	if (a->time != b->time)
		return a->time < b->time ? -1 : 1;
	return memcmp(a->id, b->id, 16);
}

/* Where the acts of a key begin, x[0..n) by key. */
static size_t
first_of(const struct elsewhere *x, size_t n, struct str key)
{
	size_t lo = 0, hi = n;

	while (lo < hi) {
		size_t mid = (lo + hi) / 2;

		if (str_cmp(x[mid].key, key) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

/* How many acts a key has; into act, if that is not NULL. */
static unsigned
take(const struct elsewhere *x, size_t n, struct str key, struct person_act *act)
{
	unsigned k = 0;

	for (size_t i = first_of(x, n, key); i < n && str_cmp(x[i].key, key) == 0; i++) {
		if (act)
			act[k] = x[i].act;
		k++;
	}
	return k;
}

static unsigned
take_all(const struct analyses *a, const struct figures *f, struct person_act *act)
{
	struct str id = { f->c->text, f->c->n };
	unsigned n = take(a->session, a->n_sessions, id, act);

	for (unsigned i = 0; i < f->n_notifications; i++)
		n += take(a->cancelled, a->n_cancelled, f->notification[i], act ? act + n : NULL);
	return n;
}

int
join_elsewhere(struct analyses *a)
{
	if (a->n_sessions)
		qsort(a->session, a->n_sessions, sizeof *a->session, by_key);
	if (a->n_cancelled)
		qsort(a->cancelled, a->n_cancelled, sizeof *a->cancelled, by_key);
	for (size_t i = 0; i < a->n; i++) {
		struct figures *f = &a->f[i];
		unsigned more = take_all(a, f, NULL);
		struct person_act *all;

		if (more == 0)
			continue;
		if ((all = arena_take(&a->arena, (f->n_acts + (size_t)more) * sizeof *all)) == NULL)
			return -1;
		if (f->n_acts)
			memcpy(all, f->act, f->n_acts * sizeof *all);
		take_all(a, f, all + f->n_acts);
		f->act = all;
		f->n_acts += more;
		qsort(all, f->n_acts, sizeof *all, by_time);
	}
	return 0;
}
