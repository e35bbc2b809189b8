/* notification_audit: a row for each notification of a remediation. */
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "tables/dossier.h"

#define COL(name) notification_audit__##name

/* One event of a notification: by id, then as the remediation has them. */
struct mail {
	struct str id;
	unsigned at;
};

static int
by_id(const void *pa, const void *pb)
{
	const struct mail *a = pa, *b = pb;
	int c = str_cmp(a->id, b->id);

	return c ? c : a->at < b->at ? -1 : a->at > b->at;
}

/* One delivery, tried once. */
struct delivery {
	struct str channel;
	int64_t time;
	unsigned at;
	bool sent;
};

static int
by_time(const void *pa, const void *pb)
{
	const struct delivery *a = pa, *b = pb;
	int c;

	if (a->time != b->time)
		return a->time < b->time ? -1 : 1;
	c = str_cmp(a->channel, b->channel);
	return c ? c : a->at < b->at ? -1 : a->at > b->at;
}

static int
by_channel(const void *pa, const void *pb)
{
	const struct delivery *a = pa, *b = pb;
	int c = str_cmp(a->channel, b->channel);

	return c ? c : by_time(pa, pb);
}

/* d[0..n), n > 0: channels, attempts, and what became of them. Reorders. */
static void
deliveries(struct row *r, struct delivery *d, unsigned n)
{
	unsigned channels = 0, reached = 0;
	unsigned *attempt = calloc(n, sizeof *attempt);
	struct buf list, tries;
	struct emit e;

	if (attempt == NULL) {
		r->arena->nomem = true;
		return;
	}
	buf_init(&list, EX_MAX_BODY);
	buf_init(&tries, 4 * (size_t)EX_MAX_BODY);
	qsort(d, n, sizeof *d, by_channel);
	/* by channel, since one message may go several ways */
	for (unsigned i = 0, k; i < n; i = k) {
		bool sent = false;

		for (k = i; k < n && str_cmp(d[k].channel, d[i].channel) == 0; k++)
			sent |= d[k].sent;
		channels++;
		reached += sent;
		if (d[i].channel.n) {
			buf_byte(&list, list.len ? ',' : '[');
			text_json(&list, d[i].channel.p, d[i].channel.n);
		}
	}
	if (channels == 1)
		put_text(r, COL(channel), d[0].channel);
	if (list.len)
		buf_byte(&list, ']');
	put_json(r, COL(channels), &list);
	/* reached all, some, or none of them */
	put_word(r, COL(delivery_status),
	    reached == channels ? "success" :
		reached         ? "partial" :
				  "failed");
	/* attempts count per channel, in time: number them while the channels stand together */
	for (unsigned i = 0; i < n; i++)
		attempt[i] =
		    i && str_cmp(d[i].channel, d[i - 1].channel) == 0 ? attempt[i - 1] + 1 : 1;
	/* in time again, for the list of attempts */
	for (unsigned i = 0; i < n; i++)
		d[i].at = attempt[i];
	qsort(d, n, sizeof *d, by_time);
	emit_init(&e, &tries);
	emit_array(&e, NULL);
	for (unsigned i = 0; i < n; i++) {
		emit_object(&e, NULL);
		emit_filled(&e, "channel", d[i].channel);
		emit_u64(&e, "attempt", d[i].at);
		emit_str(&e, "status", d[i].sent ? "success" : "failed");
		emit_time(&e, "at", d[i].time);
		emit_null(&e, "duration");
		emit_end(&e);
	}
	emit_end(&e);
	put_json(r, COL(delivery_attempts), &tries);
	buf_release(&list);
	buf_release(&tries);
	free(attempt);
}

static bool
begins(struct str s, const char *with)
{
	return s.n >= strlen(with) && memcmp(s.p, with, strlen(with)) == 0;
}

/* The last block that is not later than a time; without one (NO_TIME) the last of all. */
static int64_t
last_block(struct dossier *d, int64_t until)
{
	for (unsigned i = d->last[K_BLOCKED]; i != NONE; i = dossier_before(d, K_BLOCKED, i))
		if (until == NO_TIME || time_at(d, i) <= until)
			return time_at(d, i);
	return NO_TIME;
}

/* What made it necessary, by its name. delivered: its first delivery. */
static int64_t
cause(struct traits *f, struct str id, int64_t delivered)
{
	static const char *const at_end[] = { "nr-completion-", "nr-escalation-",
		"nr-self-resolved-", "timeout-", "phase-timeout-" };
	struct dossier *d = f->d;
	int64_t t = NO_TIME;

	if (begins(id, "nr-approval-"))
		t = time_at(d, d->first[K_REQUESTED]);
	else if (begins(id, "nr-block-"))
		t = last_block(d, delivered);
	else if (begins(id, "nr-manual-review-")) {
		t = f->end;
		if (t == NO_TIME || (delivered != NO_TIME && t > delivered))
			t = last_block(d, delivered);
	} else {
		for (unsigned i = 0; i < sizeof at_end / sizeof *at_end; i++)
			if (begins(id, at_end[i]))
				t = f->end;
	}
	return t != NO_TIME && delivered != NO_TIME && t > delivered ? NO_TIME : t;
}

/* One notification: its events, in their order. */
static int
notification(struct traits *f, struct row *r, const struct mail *m, unsigned n)
{
	struct dossier *d = f->d;
	struct delivery *x = malloc((n + 1) * sizeof *x);
	unsigned n_deliveries = 0, sent = NONE, acknowledged = NONE;
	bool escalated = false, subject = false, error = false;
	int64_t delivered = NO_TIME;

	if (x == NULL)
		return -1;
	put_id(r, COL(id), "notification_audit", m->id);
	put_text(r, COL(remediation_id), (struct str){ d->c->text, d->c->n });
	put_text(r, COL(notification_id), m->id);
	/* the events of one message, in the order of time */
	for (unsigned i = 0; i < n; i++) {
		unsigned at = m[i].at, kind = d->kind[at];
		struct str s = subject ? (struct str){ "", 0 } : text_at(d, at, "subject");

		if (s.n) {
			put_text(r, COL(message_summary), s);
			subject = true;
		}
		escalated |= kind == K_ESCALATED;
		if (kind == K_ACKNOWLEDGED && acknowledged == NONE)
			acknowledged = at;
		if (kind != K_SENT && kind != K_NOT_SENT)
			continue;
		/* the first delivery is when it was sent, whatever became of it */
		if (delivered == NO_TIME)
			delivered = time_at(d, at);
		if (kind == K_SENT && sent == NONE)
			sent = at;
		s = kind == K_NOT_SENT && !error ? text_at(d, at, "error") : (struct str){ "", 0 };
		if (s.n) {
			put_text(r, COL(error_message), s);
			error = true;
		}
		x[n_deliveries++] = (struct delivery){ text_at(d, at, "channel"), time_at(d, at),
			at, kind == K_SENT };
	}
	/* the furthest state that any event tells */
	put_word(r, COL(status),
	    acknowledged != NONE ? "acknowledged" :
		escalated        ? "escalated" :
		sent != NONE     ? "sent" :
				   "failed");
	put_time(r, COL(sent_at), time_at(d, sent));
	put_time(r, COL(notification_sent_at), time_at(d, sent));
	put_time(r, COL(delivery_confirmed_at), time_at(d, acknowledged));
	put_time(r, COL(notification_requested_at), cause(f, m->id, delivered));
	if (n_deliveries)
		deliveries(r, x, n_deliveries);
	free(x);
	return 0;
}

int
notification_rows(struct traits *f, struct arena *arena, struct cell **ret)
{
	const unsigned columns = notification_audit__end - notification_audit__first;
	struct dossier *d = f->d;
	struct mail *m = malloc((d->n + 1) * sizeof *m);
	unsigned n = 0, rows = 0, k;

	*ret = NULL;
	if (m == NULL)
		return -1;
	/* only what tells of a message, with an id for it */
	for (unsigned i = 0; i < d->n; i++) {
		if (d->kind[i] != K_SENT && d->kind[i] != K_NOT_SENT &&
		    d->kind[i] != K_ACKNOWLEDGED && d->kind[i] != K_ESCALATED)
			continue;
		m[n] = (struct mail){ text_at(d, i, "notification_id"), i };
		if (m[n].id.n == 0)
			m[n].id = str_of(d->m[i]->resource_id);
		n += m[n].id.n > 0;
	}
	if (n)
		/* one row for each message, in the order of their ids */
		qsort(m, n, sizeof *m, by_id);
	for (unsigned i = 0; i < n; i++)
		rows += i == 0 || str_cmp(m[i].id, m[i - 1].id);
	if (rows && (*ret = arena_take(arena, (size_t)rows * columns * sizeof **ret)) != NULL) {
		memset(*ret, 0, (size_t)rows * columns * sizeof **ret);
		rows = 0;
		for (unsigned i = 0; i < n; i = k) {
			struct row r = { arena, *ret + (size_t)rows++ * columns,
				notification_audit__first };

			for (k = i; k < n && str_cmp(m[k].id, m[i].id) == 0; k++)
				;
			if (notification(f, &r, m + i, k - i)) {
				free(m);
				return -1;
			}
		}
	}
	free(m);
	return (int)rows;
}
