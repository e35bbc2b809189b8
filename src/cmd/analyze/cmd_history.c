/* history: the RemediationRequest as a series of changes, each with its event. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "cmd/analyze/analyze.h"
#include "rebuild/leaves.h"
#include "rebuild/rebuild.h"

#define SHOWN 160u /* bytes of a value on the screen */

struct telling {
	bool json, lines, partial;
	const struct story *s;
	struct leaves was; /* the object behind the event before */
	struct buf out;    /* of this step: its lines, or elements of an array */
	unsigned n_changes, n_steps;
};

static void
put_value(struct buf *b, struct str v)
{
	text_plain(b, v.p, v.n > SHOWN ? SHOWN : v.n);
	if (v.n > SHOWN)
		buf_printf(b, "… (%zu bytes)", v.n);
}

/* One end of a change; NULL: there was nothing. */
static void
put_end(struct emit *e, const char *name, const struct leaf *l)
{
	if (l)
		emit_ours(e, name, l->value.p, l->value.n);
	else
		emit_null(e, name);
}

static int
change(void *arg, const struct leaf *from, const struct leaf *to)
{
	struct telling *t = arg;
	struct buf *b = &t->out;
	struct str path = from ? from->path : to->path;
	struct emit e;

	/* values are JSON as they stand, on both ends of a change */
	t->n_changes++;
	if (t->json) {
		emit_within(&e, b);
		emit_object(&e, NULL);
		emit_text(&e, "path", path.p, path.n);
		put_end(&e, "from", from);
		put_end(&e, "to", to);
		emit_end(&e);
		return 0;
	}
	buf_printf(b, "  %c ", from == NULL ? '+' : to == NULL ? '-' : '~');
	text_plain(b, path.p, path.n);
	buf_str(b, ": ");
	put_value(b, from ? from->value : to->value);
	if (from && to) {
		buf_str(b, " -> ");
		put_value(b, to->value);
	}
	buf_byte(b, '\n');
	return 0;
}

/* Up to its changes, and what stands behind them. */
static void
step_json(struct telling *t, const struct moment *m, struct buf *head)
{
	struct emit e;

	if (t->n_steps && !t->lines)
		buf_byte(head, ',');
	emit_init(&e, head);
	emit_object(&e, NULL);
	emit_time(&e, "time", m->time);
	emit_uuid(&e, "event_id", m->id);
	emit_u64(&e, "position", m->position);
	story_order_put(&e, t->s, (unsigned)(m - t->s->m));
	emit_str(&e, "event_type", m->type);
	emit_array(&e, "changes");
	buf_str(&t->out, t->lines ? "]}\n" : "]}");
}

static int
step(void *arg, const struct moment *m, const struct rebuilt_rr *r)
{
	struct telling *t = arg;
	struct leaves now;
	struct buf head;
	int rc = leaves_of(&now, r->object.p, r->object.len);

	/* what changed since the step before; an event that changes nothing is passed by */
	buf_clear(&t->out);
	t->n_changes = 0;
	if (rc == 0)
		leaves_differ(&t->was, &now, change, t);
	leaves_release(&t->was);
	t->was = now;
	if (rc || t->out.failed)
		return -1;
	/* the object as it is now is the next one's before */
	if (t->n_changes == 0)
		return 0;
	buf_init(&head, 65536);
	if (t->json) {
		step_json(t, m, &head);
	} else {
		char id[37];

		uuid_of(m->id, id);
		buf_time(&head, m->time);
		buf_printf(&head, " %s%s ", order_mark[m->order], m->contradicts_time ? "^" : " ");
		text_plain(&head, m->type, strlen(m->type));
		buf_printf(&head, "  [%s @%" PRIu64 "]\n", id, m->position);
	}
	fwrite(head.p, 1, head.len, stdout);
	fwrite(t->out.p, 1, t->out.len, stdout);
	t->n_steps++;
	buf_release(&head);
	return 0;
}

static int
one(void *arg, struct browse *b, const struct correlation *corr)
{
	struct telling *t = arg;
	struct story s = { 0 };
	struct emit e;
	struct buf name;
	int status = 0, rc;

	buf_init(&name, 65536);
	/* each correlation begins with an empty object */
	memset(&t->was, 0, sizeof t->was);
	t->n_steps = 0;
	if (story_load(&s, &b->r, corr, &b->ev.err)) {
		status = b->ev.err.status;
		goto done;
	}
	t->s = &s;
	if (t->json) {
		emit_init(&e, &name);
		emit_object(&e, NULL);
		emit_text(&e, "correlation_id", corr->text, corr->n);
		emit_u64(&e, "events", s.n);
		emit_array(&e, "steps");
		if (!t->lines)
			fwrite(name.p, 1, name.len, stdout);
	} else {
		text_plain(&name, corr->text, corr->n);
		printf("HISTORY of RemediationRequest %.*s: what each of %u events tells of it (+ "
		       "new, ~ changed, - gone)\n"
		       "by stated time; behind it: ~ = of one time, in the source's flow, ? = of "
		       "one time: order within this moment is not proven; ^ = stored behind an "
		       "event of later time\n\n",
		    (int)name.len, (char *)name.p, s.n);
	}
	/* steps are printed as they are made */
	rc = rebuild_steps(
	    &s, corr, &(struct rebuild_wish){ .partial = t->partial }, step, t, &b->ev.err);
	if (t->json && !t->lines)
		evidence_end_list(&b->ev);
	else if (!t->json && rc == 0)
		printf("\n%u of %u events change it. Times and values that no event carries: "
		       "exhibit reconstruct -o json, member `missing`.\n",
		    t->n_steps, s.n);
	if (rc > 0)
		err_set(&b->ev.err, EX_DATA_ERR,
		    "%.200s: no event begins this remediation: its spec is not in evidence; "
		    "--partial shows what is",
		    corr->text);
	else if (rc < 0)
		err_nomem(&b->ev.err);
	status = b->ev.err.status;
done:
	leaves_release(&t->was);
	buf_release(&name);
	story_release(&s);
	return status;
}

int
cmd_history(const struct cli *c)
{
	const char *o = cli_get(c, "output");
	struct telling t = { .json = o && strncmp(o, "json", 4) == 0,
		.lines = o && strcmp(o, "jsonl") == 0,
		.partial = cli_get(c, "partial") != NULL };
	struct browse b;
	int status;

	if (cli_get(c, "id") == NULL)
		return cli_usage(c, "history wants --id ID (exhibit list FILE shows them)");
	buf_init(&t.out, 256u << 20);
	if ((status = browse_open(&b, c, NULL)) == 0)
		status = browse_ids(&b, one, &t);
	buf_release(&t.out);
	browse_close(&b);
	return status;
}
