/* inspect: what archive would read, without writing anything. */
#include <stdio.h>

#include "cmd/export/export.h"
#include "cmd/version.h"

struct inspecting {
	const struct cli *c;
	struct session s;
	struct emit e; /* of the JSON document, which is printed as it grows */
	struct buf out;
	int status;
};

/* What it says stays in x->out. 0 or -1 (e). */
static int
inspect_one(struct inspecting *x, struct argument *a, struct err *e)
{
	bool json = x->c->form == OUT_JSON;
	struct buf live;
	int rc;

	/* a living source is asked what it would cost, and not read */
	if (live_is(&a->live)) {
		buf_init(&live, 1u << 20);
		rc = live_inspect(&a->live, &a->in, json ? &live : NULL, e);
		if (rc == 0 && json)
			emit_ours(&x->e, NULL, live.p, live.len);
		buf_release(&live);
		return rc;
	}
	if (argument_read(a, &x->s, NULL, e))
		return -1;
	if (json)
		put_input(&x->e, &a->in);
	else
		print_argument(a);
	return 0;
}

/* An argument, and all that stands in it: one that fails does not hide the others. */
static void
inspect(struct inspecting *x, unsigned i)
{
	struct arguments all = { .n = 0 };
	struct err e = { 0 };

	if ((x->s.b == NULL && session_init(&x->s, &e)) ||
	    arguments_add(&all, x->c->arg[i], i, x->c, &e))
		x->status = cli_fail(x->c, &e);
	for (unsigned k = 0; k < all.n && e.status == 0; k++) {
		struct input *in = &all.a[k].in;

		if (inspect_one(x, &all.a[k], &e))
			x->status = cli_fail(x->c, &e);
		else if (x->status == 0 && (in->rejects || in->known_lacks > in->asked_lacks))
			x->status = EX_KEPT_ASIDE;
		fwrite(x->out.p, 1, x->out.len, stdout);
		buf_clear(&x->out);
	}
	arguments_release(&all);
}

int
cmd_inspect(const struct cli *c)
{
	/* nothing is written: an inspection may be run on anything */
	struct inspecting x = { .c = c,
		.s = { .since = INT64_MIN,
		    .until = INT64_MAX,
		    .asof = INT64_MAX,
		    .build = BUILD,
		    .options = "{}",
		    .started_at = "",
		    .table = cli_get(c, "table") } };
	bool json = c->form == OUT_JSON;

	if (c->n_args == 0)
		return cli_usage(c, "inspect wants an input: a file, a folder, or - for stdin");
	buf_init(&x.out, 1u << 30);
	emit_init(&x.e, &x.out);
	if (json) {
		emit_object(&x.e, NULL);
		emit_array(&x.e, "inputs");
	}
	for (unsigned i = 0; i < c->n_args; i++)
		inspect(&x, i);
	if (json) {
		emit_end(&x.e);
		emit_end(&x.e);
		buf_byte(&x.out, '\n');
		fwrite(x.out.p, 1, x.out.len, stdout);
	}
	buf_release(&x.out);
	session_release(&x.s);
	return x.status;
}
