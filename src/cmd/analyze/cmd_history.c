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
	struct buf out;    /* of this step */
	unsigned n_changes, n_steps;
};

static void
put_value(struct buf *b, struct str v)
{
	text_plain(b, v.p, v.n > SHOWN ? SHOWN : v.n);
	if (v.n > SHOWN)
		buf_printf(b, "… (%zu bytes)", v.n);
}

static int
change(void *arg, const struct leaf *from, const struct leaf *to)
{
	struct telling *t = arg;
	struct buf *b = &t->out;
	struct str path = from ? from->path : to->path;

	/* values are JSON as they stand, on both ends of a change */
	if (t->json) {
		buf_str(b, t->n_changes++ ? ",{\"path\":" : "{\"path\":");
		text_json(b, path.p, path.n);
		buf_str(b, ",\"from\":");
		if (from)
			buf_put(b, from->value.p, from->value.n);
		else
			buf_str(b, "null");
		buf_str(b, ",\"to\":");
		if (to)
			buf_put(b, to->value.p, to->value.n);
		else
			buf_str(b, "null");
		buf_byte(b, '}');
		return 0;
	}
	t->n_changes++;
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

static int
step(void *arg, const struct moment *m, const struct rebuilt_rr *r)
{
	struct telling *t = arg;
	struct leaves now;
	struct buf head;
	char id[37];
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
	uuid_of(m->id, id);
	if (t->json) {
		buf_str(&head, t->n_steps && !t->lines ? ",{\"time\":\"" : "{\"time\":\"");
		utc_print(&head, UTC_REST, m->time, 0);
		buf_printf(
		    &head, "\",\"event_id\":\"%s\",\"position\":%" PRIu64 ",", id, m->position);
		story_order_json(&head, t->s, (unsigned)(m - t->s->m));
		buf_str(&head, ",\"event_type\":");
		text_json(&head, m->type, strlen(m->type));
		buf_str(&head, ",\"changes\":[");
		buf_str(&t->out, t->lines ? "]}\n" : "]}");
	} else {
		utc_print(&head, UTC_REST, m->time, 0);
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
		text_json(&name, corr->text, corr->n);
		if (!t->lines)
			printf("{\"correlation_id\":%.*s,\"events\":%u,\"steps\":[", (int)name.len,
			    (char *)name.p, s.n);
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
