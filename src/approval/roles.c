/* The part that each event plays in the approval of its remediation. */
#include <stdlib.h>
#include <string.h>

#include "approval/facts.h"
#include "base/text.h"
#include "json/emit.h"

static int
by_place(const void *a, const void *b)
{
	const struct role *x = a, *y = b;

	return x->at != y->at ? x->at < y->at ? -1 : 1 : strcmp(x->name, y->name);
}

unsigned
facts_roles(const struct facts *f, struct role *ret, unsigned max)
{
	const struct {
		const char *name;
		const struct seen *k;
	} list[] = { { "request", &f->requested }, { "waiting", &f->awaiting },
		{ "decision (webhook)", &f->webhook },
		{ "decision (orchestrator)", &f->orchestrator },
		{ "workflow created", &f->created }, { "execution prepared", &f->selected },
		{ "execution started", &f->started }, { "execution ended", &f->finished },
		{ "effect assessed", &f->assessed }, { "blocked", &f->blocked },
		{ "block cleared", &f->cleared }, { "timeouts changed", &f->timeouts } };
	const struct {
		const char *name;
		int at;
	} single[] = { { "beginning", f->genesis }, { "policy evaluated", f->rego },
		{ "policy decided", f->policy }, { "analysed", f->analysis },
		{ "shown to the approver", f->shown }, { "end", f->end },
		{ "deleted", f->deleted } };
	unsigned n = 0;

	/* what happens once, then what may repeat; by their place at the end */
	for (unsigned i = 0; i < sizeof single / sizeof *single; i++)
		if (single[i].at >= 0 && n < max)
			ret[n++] = (struct role){ single[i].name, (unsigned)single[i].at };
	for (unsigned i = 0; i < sizeof list / sizeof *list; i++)
		for (unsigned k = 0; k < list[i].k->n && n < max; k++)
			ret[n++] = (struct role){ list[i].name, list[i].k->at[k] };
	if (n)
		qsort(ret, n, sizeof *ret, by_place);
	return n;
}

void
facts_events_json(struct buf *b, const struct facts *f)
{
	struct role role[FACTS_ROLES];
	unsigned n = facts_roles(f, role, FACTS_ROLES);
	struct emit e;
	char id[37];

	emit_init(&e, b);
	emit_array(&e, NULL);
	for (unsigned i = 0; i < n; i++) {
		uuid_of(f->s->m[role[i].at].id, id);
		emit_object(&e, NULL);
		emit_str(&e, "role", role[i].name);
		emit_str(&e, "event_id", id);
		emit_u64(&e, "position", f->s->m[role[i].at].position);
		emit_end(&e);
	}
	emit_end(&e);
}
