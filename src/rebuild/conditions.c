/* status.conditions: texts of the controllers, filled with what events tell (conditions.def). */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "rebuild/inner.h"

static const struct condition {
	const char *type, *status, *reason, *message;
	enum event_type event;
	const char *when;
} row[] = {
#define CONDITION(type, status, reason, message, event, when) \
	{ type, status, reason, message, ET_##event, when },
#include "rebuild/conditions.def"
#undef CONDITION
};

#define ROWS (sizeof row / sizeof *row)

static bool
is_word(struct str s, const char *word, size_t n)
{
	return s.n == n && memcmp(s.p, word, n) == 0;
}

/* One word of `when`. */
static bool
holds(const struct work *w, const char *word, size_t n)
{
	static const char *const member[] = { "to_phase", "outcome", "crd_outcome", "reason" };
	struct str text;
	char at[64];

	if (n > 3 && memcmp(word, "id:", 3) == 0)
		return w->m->resource_id && strncmp(w->m->resource_id, word + 3, n - 3) == 0;
	if (n > 3 && memcmp(word, "at:", 3) == 0) {
		text = payload_text(w, "error_details.message");
		snprintf(at, sizeof at, "at phase '%.*s'", (int)n - 3, word + 3);
		return text.n && memmem(text.p, text.n, at, strlen(at)) != NULL;
	}
	if (n > 4 && memcmp(word, "was:", 4) == 0) {
		snprintf(at, sizeof at, "%.*s", (int)n - 4, word + 4);
		return field_says(w, PHASE, at);
	}
	if (n > 5 && memcmp(word, "body:", 5) == 0) {
		text = payload_text(w, "body");
		return text.n && memmem(text.p, text.n, word + 5, n - 5) != NULL;
	}
	if (n == 6 && memcmp(word, "silent", 6) == 0)
		return !w->ends;
	for (unsigned i = 0; i < sizeof member / sizeof *member; i++)
		if (is_word(payload_text(w, member[i]), word, n))
			return true;
	return n == 0;
}

static bool
says(const struct work *w, const char *when)
{
	for (const char *p = when;; p++) {
		size_t n = strcspn(p, "&");

		if (!holds(w, p, n))
			return false;
		p += n;
		if (*p == '\0')
			return true;
	}
}

void
conditions_event(struct work *w)
{
	struct conditions *c = &w->conditions;
	const struct moment *m = w->m;
	const struct json_doc *d = w->d;

	for (unsigned i = 0; i < ROWS; i++) {
		unsigned k = 0;

		if (row[i].event != w->kind || !says(w, row[i].when))
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

			snprintf(c->c[k].text, sizeof c->c[k].text, "%.*s",
			    r == JSON_NONE ? 0 : (int)d->node[r].str_len,
			    r == JSON_NONE ? "" : json_str(d, r));
		}
	}
}

void
conditions_print(struct work *w, struct rebuilt_rr *r, struct buf *out)
{
	const struct conditions *c = &w->conditions;
	unsigned printed = 0;
	struct emit e;

	emit_init(&e, out);
	/* in the order of the table, which is the controller's */
	for (unsigned i = 0; i < ROWS; i++)
		for (unsigned k = 0; k < c->n; k++) {
			const struct condition *x = &row[c->c[k].row];
			const char *mark = strchr(x->message, '%');
			struct buf text;
			struct str message;
			char path[PATH_MAX_BYTES];

			if (c->c[k].row != i)
				continue;
			buf_init(&text, 65536);
			/* a message has at most one place for a value: the remediation's name, or a
			 * text of the event */
			buf_put(&text, x->message,
			    mark ? (size_t)(mark - x->message) : strlen(x->message));
			if (mark && mark[1] == 'n')
				buf_put(&text, w->c->text, w->c->n);
			else if (mark)
				buf_str(&text, c->c[k].text);
			if (mark)
				buf_str(&text, mark + 2);
			if (printed == 0)
				emit_array(&e, NULL);
			message = str_in(&text);
			condition_put(
			    &e, c->c[k].since->time, &message, x->reason, x->status, x->type);
			buf_release(&text);
			/* the time of a transition is when the event was written, a moment after
			 * the condition changed */
			snprintf(path, sizeof path, "status.conditions[%u]", printed);
			/* some endings of Ready, and who deleted a notification, are in no event */
			origin_put(r, path, c->c[k].by,
			    strcmp(x->type, "Ready") == 0 && !w->ended        ? GRADE_PARTIAL :
				strcmp(x->type, "NotificationDelivered") == 0 ? GRADE_APPROXIMATE :
										GRADE_DERIVED,
			    event_type_info[x->event].name);
			snprintf(path, sizeof path, "status.conditions[%u].lastTransitionTime",
			    printed++);
			origin_put(r, path, c->c[k].since, GRADE_APPROXIMATE, "time of that event");
		}
	if (printed)
		emit_end(&e);
}
