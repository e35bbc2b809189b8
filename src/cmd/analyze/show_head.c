/* The head of a story: on what, asked by whom, decided by whom, how long, and where it waited. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "approval/facts.h"
#include "base/text.h"
#include "cmd/analyze/analyze.h"

static void
row(const char *label, const struct buf *text)
{
	struct buf b;

	if (text->len == 0)
		return;
	buf_init(&b, 1u << 20);
	text_plain(&b, text->p, text->len);
	printf("%-16s %.*s\n", label, (int)b.len, b.p ? (char *)b.p : "");
	buf_release(&b);
}

static void
put_part(struct buf *b, const char *before, const char *s)
{
	if (s && s[0])
		buf_printf(b, "%s%s", b->len ? before : "", s);
}

static void
put_decision(struct buf *b, const struct facts *f)
{
	if (f->word == NULL)
		return;
	buf_printf(b, "%s by ", f->word);
	if (f->by)
		put_person(b, f->by, f->asserted_by);
	else
		buf_str(b, "nobody named");
	if (f->requested_at != NO_TIME && f->decided_at != NO_TIME &&
	    f->decided_at >= f->requested_at) {
		buf_str(b, ", ");
		text_span(b, (f->decided_at - f->requested_at) / 1000);
		buf_str(b, " after the request");
	}
}

/* From its first event to its end, and the phase that took the most of it. */
static void
put_duration(struct buf *b, const struct story *s)
{
	const struct phases *p = &s->phases;
	const struct phase_span *longest = NULL;

	if (p->end < 0 || s->n == 0 || s->m[p->end].time < s->m[0].time)
		return;
	text_span(b, (s->m[p->end].time - s->m[0].time) / 1000);
	for (unsigned i = 0; i < p->n_spans; i++)
		if (p->span[i].to != INT64_MAX &&
		    (longest == NULL ||
			p->span[i].to - p->span[i].from > longest->to - longest->from))
			longest = &p->span[i];
	if (longest == NULL)
		return;
	buf_printf(b, ", longest in %s: ", phase_name[longest->phase]);
	text_span(b, (longest->to - longest->from) / 1000);
}

int
show_head(const struct story *s, const struct correlation *c)
{
	struct facts f = { 0 };
	struct buf b;

	if (facts_of(&f, s, c)) {
		facts_release(&f);
		return -1;
	}
	buf_init(&b, 1u << 20);
	put_part(&b, "", f.target_namespace);
	put_part(&b, "/", f.target_kind);
	put_part(&b, "/", f.target_name);
	put_part(&b, ", cluster ", f.cluster);
	row("target", &b);
	buf_clear(&b);
	if (f.requested_by)
		buf_printf(&b, "%s, in a session", f.requested_by);
	else
		put_part(&b, "", f.signal);
	put_part(&b, ", severity ", f.severity);
	row("asked for by", &b);
	buf_clear(&b);
	put_decision(&b, &f);
	row("decided", &b);
	buf_clear(&b);
	put_duration(&b, s);
	row("took", &b);
	buf_release(&b);
	facts_release(&f);
	return 0;
}

void
show_wait(int64_t us)
{
	struct buf b;

	if (us < SHOW_WAIT)
		return;
	buf_init(&b, 64);
	text_span(&b, us / 1000);
	printf("%-37s(%.*s later)\n", "", (int)b.len, b.p ? (char *)b.p : "");
	buf_release(&b);
}
