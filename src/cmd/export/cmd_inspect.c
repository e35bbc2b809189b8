/* inspect: what archive would read, without writing anything. */
#include <limits.h>
#include <stdio.h>

#include "cmd/export/export.h"
#include "cmd/version.h"

/* i: its place in the JSON list, UINT_MAX: text. */
static int
inspect_live(struct argument *a, unsigned i, struct err *e)
{
	struct buf b;
	int rc;

	buf_init(&b, 1u << 20);
	rc = live_inspect(&a->live, &a->in, i == UINT_MAX ? NULL : &b, e);
	if (rc == 0 && i != UINT_MAX)
		printf("%s%.*s", i ? "," : "", (int)b.len, (const char *)b.p);
	buf_release(&b);
	return rc;
}

/* *n: inputs that were printed so far. */
static void
inspect_one(const struct cli *c, struct argument *a, struct session *s, unsigned *n, int *status,
    struct err *e)
{
	bool json = c->form == OUT_JSON;

	if (live_is(&a->live) ? inspect_live(a, json ? *n : UINT_MAX, e) :
				argument_read(a, s, NULL, e)) {
		*status = cli_fail(c, e);
		return;
	}
	if (!live_is(&a->live) && json) {
		printf(*n ? "," : "");
		print_inputs(a, 1);
	} else if (!live_is(&a->live)) {
		print_argument(a);
	}
	++*n;
	if (*status == 0 && (a->in.rejects || a->in.known_lacks > a->in.asked_lacks))
		*status = EX_KEPT_ASIDE;
}

int
cmd_inspect(const struct cli *c)
{
	unsigned n = 0;

	struct session s = { .since = INT64_MIN,
		.until = INT64_MAX,
		.asof = INT64_MAX,
		.build = BUILD,
		.options = "{}",
		.started_at = "" };
	bool json = c->form == OUT_JSON;
	int status = 0;

	if (c->n_args == 0)
		return cli_usage(c, "inspect wants an input: a file, a folder, or - for stdin");
	/* nothing is written: an inspection may be run on anything */
	s.table = cli_get(c, "table");
	if (json)
		printf("{\"inputs\":[");
	/* each argument by itself, so that one that fails does not hide the others */
	for (unsigned i = 0; i < c->n_args; i++) {
		struct arguments all = { .n = 0 };
		struct err e = { 0 };

		if ((s.b == NULL && session_init(&s, &e)) ||
		    arguments_add(&all, c->arg[i], i, c, &e))
			status = cli_fail(c, &e);
		for (unsigned k = 0; k < all.n && e.status == 0; k++)
			inspect_one(c, &all.a[k], &s, &n, &status, &e);
		arguments_release(&all);
	}
	if (json)
		printf("]}\n");
	session_release(&s);
	return status;
}
