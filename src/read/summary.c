#include <stdio.h>
#include <string.h>

#include "read/select.h"

static struct moment *
last_of(const struct story *s, enum event_type type)
{
	for (unsigned i = s->n; i-- > 0;)
		if (s->m[i].kind == type)
			return &s->m[i];
	return NULL;
}

/* A text field of an event's payload; empty if it is not there. */
static void
payload(struct moment *m, const char *path, char *out, size_t cap)
{
	const struct json_doc *d = moment_payload(m);
	uint32_t i;

	out[0] = '\0';
	if (d && (i = json_path(d, 0, path)) != JSON_NONE && d->node[i].type == JSON_STRING &&
	    d->node[i].str_len < cap) {
		memcpy(out, json_str(d, i), d->node[i].str_len);
		out[d->node[i].str_len] = '\0';
	}
}

void
story_approval(const struct story *s, char approval[64])
{
	struct moment *t;

	approval[0] = '\0';
	if (last_of(s, ET_ORCHESTRATOR_APPROVAL_APPROVED))
		snprintf(approval, 64, "approved");
	else if ((t = last_of(s, ET_ORCHESTRATOR_APPROVAL_REJECTED)) != NULL)
		snprintf(approval, 64, "%.63s", t->action ? t->action : "rejected");
	else if (last_of(s, ET_ORCHESTRATOR_APPROVAL_REQUESTED))
		snprintf(approval, 64, "requested");
	else if ((t = last_of(s, ET_AIANALYSIS_APPROVAL_DECISION)) != NULL)
		payload(t, "decision", approval, 64);
}
