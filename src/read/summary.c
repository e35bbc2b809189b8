#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "read/select.h"

static const struct moment *
last_of(const struct story *s, const char *type)
{
	for (unsigned i = s->n; i-- > 0;)
		if (strcmp(s->m[i].type, type) == 0)
			return &s->m[i];
	return NULL;
}

/* A text field of an event's payload; empty if it is not there. */
static void
payload(const struct moment *m, const char *path, char *out, size_t cap)
{
	struct json_doc d;
	uint32_t i;

	out[0] = '\0';
	if (m == NULL || m->data == NULL)
		return;
	json_init(&d);
	if (json_parse(&d, m->data, m->data_len, EX_JSON_DEPTH) == 0 && (i = json_path(&d, 0, path)) != JSON_NONE && d.node[i].type == JSON_STRING &&
	    d.node[i].str_len < cap) {
		memcpy(out, json_str(&d, i), d.node[i].str_len);
		out[d.node[i].str_len] = '\0';
	}
	json_release(&d);
}

/* Phase, outcome and approval as the events tell them; what they do not tell stays empty. */
void
story_summary(const struct story *s, char phase[64], char outcome[64], char approval[64])
{
	const struct moment *end = NULL, *t;
	char v[64];

	phase[0] = outcome[0] = approval[0] = '\0';
	for (unsigned i = 0; i < s->n; i++) {
		const struct moment *m = &s->m[i];

		if (strcmp(m->type, "orchestrator.lifecycle.started") == 0)
			strcpy(phase, "Pending");
		else if (strcmp(m->type, "orchestrator.lifecycle.transitioned") == 0)
			payload(m, "to_phase", phase, 64);
		else if (strcmp(m->type, "orchestrator.routing.blocked") == 0)
			strcpy(phase, "Blocked");
		else if (strcmp(m->type, "orchestrator.lifecycle.verifying_started") == 0)
			strcpy(phase, "Verifying");
		else if (strcmp(m->type, "orchestrator.lifecycle.completed") == 0 && (m->action == NULL || strcmp(m->action, "retention_cleanup")))
			end = m;
	}
	if (end) {
		payload(end, "outcome", v, sizeof v);
		strcpy(phase, end->outcome && strcmp(end->outcome, "success") == 0 ? "Completed" : v[0] ? "Failed" : "TimedOut");
		payload(end, "crd_outcome", outcome, 64);
		if (outcome[0] == '\0')
			strcpy(outcome, v);
	}
	if (last_of(s, "orchestrator.approval.approved"))
		strcpy(approval, "approved");
	else if ((t = last_of(s, "orchestrator.approval.rejected")) != NULL)
		snprintf(approval, 64, "%.63s", t->action ? t->action : "rejected");
	else if (last_of(s, "orchestrator.approval.requested"))
		strcpy(approval, "requested");
	else if ((t = last_of(s, "aianalysis.approval.decision")) != NULL)
		payload(t, "decision", approval, 64);
}
