/* status.conditions: texts of the controllers, filled with what events tell (conditions.def). */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "rebuild/inner.h"

static const struct condition { const char *type, *status, *reason, *message, *event, *when; } row[] = {
#define CONDITION(type, status, reason, message, event, when) { type, status, reason, message, event, when },
#include "rebuild/conditions.def"
#undef CONDITION
};

#define ROWS (sizeof row / sizeof *row)

/* Does the payload say it: the phase that is gone to, or the outcome? */
static bool
says(const struct json_doc *d, const char *word)
{
	static const char *const member[] = { "to_phase", "outcome", "crd_outcome" };

	for (unsigned i = 0; i < 3 && word[0]; i++) {
		uint32_t k = json_member(d, 0, member[i]);

		if (k != JSON_NONE && d->node[k].type == JSON_STRING && d->node[k].str_len == strlen(word) && memcmp(json_str(d, k), word, strlen(word)) == 0)
			return true;
	}
	return word[0] == '\0';
}

void
conditions_event(struct conditions *c, const struct moment *m, const struct json_doc *d)
{
	for (unsigned i = 0; i < ROWS; i++) {
		unsigned k = 0;

		if (strcmp(row[i].event, m->type) || !says(d, row[i].when))
			continue;
		while (k < c->n && strcmp(row[c->c[k].row].type, row[i].type))
			k++;
		if (k == CONDITIONS)
			continue;
		/* the time is that of the last change of its status */
		if (k == c->n || strcmp(row[c->c[k].row].status, row[i].status))
			c->c[k].since = m;
		c->n += k == c->n;
		c->c[k].row = i;
		c->c[k].by = m;
		if (strstr(row[i].message, "%r")) {
			uint32_t r = json_member(d, 0, "reason");

			snprintf(c->c[k].text, sizeof c->c[k].text, "%.*s", r == JSON_NONE ? 0 : (int)d->node[r].str_len, r == JSON_NONE ? "" : json_str(d, r));
		}
	}
}

void
conditions_print(const struct conditions *c, const char *name, size_t n, struct rebuilt_rr *r, struct buf *out)
{
	unsigned printed = 0;

	for (unsigned i = 0; i < ROWS; i++)
		for (unsigned k = 0; k < c->n; k++) {
			const struct condition *x = &row[c->c[k].row];
			const char *mark = strchr(x->message, '%');
			int64_t us = c->c[k].since->time;
			struct buf text;
			char path[64];

			if (c->c[k].row != i)
				continue;
			buf_init(&text, 65536);
			buf_put(&text, x->message, mark ? (size_t)(mark - x->message) : strlen(x->message));
			if (mark && mark[1] == 'n')
				buf_put(&text, name, n);
			else if (mark)
				buf_str(&text, c->c[k].text);
			if (mark)
				buf_str(&text, mark + 2);
			buf_str(out, printed ? ",{\"lastTransitionTime\":\"" : "[{\"lastTransitionTime\":\"");
			utc_print(out, UTC_REST, us - ((us % 1000000) + 1000000) % 1000000, 0);
			buf_str(out, "\",\"message\":");
			text_json(out, text.p, text.len);
			buf_printf(out, ",\"reason\":\"%s\",\"status\":\"%s\",\"type\":\"%s\"}", x->reason, x->status, x->type);
			buf_release(&text);
			snprintf(path, sizeof path, "status.conditions[%u]", printed);
			/* some endings of Ready, and who deleted a notification, are in no event */
			provenance_put(r, path, c->c[k].by, strcmp(x->type, "Ready") == 0 ? "partial" : strcmp(x->type, "NotificationDelivered") == 0 ? "approximate" : "derived", x->event);
			snprintf(path, sizeof path, "status.conditions[%u].lastTransitionTime", printed++);
			provenance_put(r, path, c->c[k].since, "approximate", "time of that event");
		}
	if (printed)
		buf_byte(out, ']');
}
