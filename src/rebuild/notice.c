/* What a notification of the controller tells of status: its kind stands in its name, the rest in
 * the lines of its body. Each kind has words of its own. */
#include <string.h>

#include "base/text.h"
#include "rebuild/inner.h"

/* The rest of the line behind a mark in a notification's text. */
static struct str
line_behind(struct str text, const char *mark)
{
	const char *p = text.n ? memmem(text.p, text.n, mark, strlen(mark)) : NULL, *end;

	if (p == NULL)
		return (struct str){ "", 0 };
	p += strlen(mark);
	end = memchr(p, '\n', (size_t)(text.p + text.n - p));
	return (struct str){ p, (size_t)((end ? end : text.p + text.n) - p) };
}

static bool
begins(const char *name, const char *with)
{
	return strncmp(name, with, strlen(with)) == 0;
}

static bool
is(struct str s, const char *word)
{
	return s.n == strlen(word) && memcmp(s.p, word, s.n) == 0;
}

/* The list of requests, each once, in the order of their first message. */
void
notice_listed(struct work *w, const char *name, bool again)
{
	struct filled *f = &w->f[NOTIFICATIONS];
	struct buf b;

	buf_init(&b, 65536);
	ref_print(&b, "notification.kubernaut.ai/v1alpha1", "NotificationRequest", name,
	    strlen(name), w->namespace);
	if (!b.failed &&
	    (f->value.len == 0 || again || memmem(f->value.p, f->value.len, b.p, b.len) == NULL)) {
		if (f->value.len)
			f->value.p[f->value.len - 1] = ',';
		else
			buf_byte(&f->value, '[');
		buf_put(&f->value, b.p, b.len);
		buf_byte(&f->value, ']');
		f->by = w->m;
	}
	w->nomem |= b.nomem;
	buf_release(&b);
}

static void
text_behind(struct work *w, enum field k, struct str body, const char *mark)
{
	struct str line = line_behind(body, mark);

	if (line.n)
		field_text(w, k, line.p, line.n);
}

/* Two sources of failure write no event of their own: the notification is the only trace. */
static void
manual_review(struct work *w, struct str body)
{
	struct str source = line_behind(body, "**Failure Source**: "), detail;
	bool analysis = is(source, "AIAnalysis"), routing = is(source, "RoutingEngine");

	if (analysis || routing) {
		field_json(w, MANUAL_REVIEW, "true", 4);
		if (!w->ended)
			status_ended_silently(w);
	}
	detail = line_behind(body, "**Details**:\n");
	/* details of the analysis are the object's message, unless an end came later and said it */
	if (analysis && !w->ends && detail.n) {
		field_text(w, MESSAGE, detail.p, detail.n);
		w->f[MESSAGE].grade = GRADE_APPROXIMATE;
	}
	/* a refused routing is a block that ended the remediation */
	if (routing) {
		field_copy(w, BLOCK_REASON, "metadata.reason");
		detail = detail.n ? detail : line_behind(body, "**Details**: ");
		if (detail.n)
			field_text(w, BLOCK_MESSAGE, detail.p, detail.n);
	}
}

/* The controller makes the message of phase and limit; so is it made here. */
static void
timeout_message(struct work *w, struct str body)
{
	struct str limit = line_behind(body, "**Phase Timeout**: ");
	struct str phase = payload_text(w, "metadata.timeoutPhase");
	struct buf b;

	if (limit.n == 0 || phase.n == 0)
		return;
	buf_init(&b, 4096);
	buf_str(&b, "Phase ");
	buf_put(&b, phase.p, phase.n);
	buf_str(&b, " exceeded timeout of ");
	buf_put(&b, limit.p, limit.n);
	field_text(w, MESSAGE, (char *)b.p, b.len);
	w->nomem |= b.nomem;
	buf_release(&b);
}

void
notice(struct work *w)
{
	const char *name = w->m->resource_id ? w->m->resource_id : "";
	struct str body = payload_text(w, "body");

	notice_listed(w, name, false);
	if (w->kind == ET_NOTIFICATION_MESSAGE_ACKNOWLEDGED)
		field_word(w, NOTIFICATION_STATUS, "Sent");
	else if (w->kind == ET_NOTIFICATION_MESSAGE_ESCALATED)
		field_word(w, NOTIFICATION_STATUS, "Failed");
	/* What it is about stands in the name that the controller gave it. Nothing is taken from
	 * one whose name is unknown. */
	if (begins(name, "nr-approval-")) {
		field_json(w, APPROVAL_SENT, "true", 4);
	} else if (begins(name, "nr-self-resolved-")) {
		if (!w->ended)
			status_ended_silently(w);
	} else if (begins(name, "nr-manual-review-")) {
		manual_review(w, body);
	} else if (begins(name, "nr-block-")) {
		text_behind(w, BLOCK_REASON, body, "**Block Reason:** ");
		text_behind(w, BLOCK_MESSAGE, body, "**Details:** ");
	} else if (begins(name, "timeout-") || begins(name, "phase-timeout-")) {
		field_copy(w, TIMEOUT_PHASE, "metadata.timeoutPhase");
		text_behind(w, TIMEOUT_TIME, body, "**Timed Out**: ");
		timeout_message(w, body);
	}
}
