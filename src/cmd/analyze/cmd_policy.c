/* policy: the auditor's file with everything that may stand in it (formats/controls.md CT-9). */
#include <stdio.h>

#include "approval/parameters.h"
#include "cmd/analyze/analyze.h"

int
cmd_policy(const struct cli *c)
{
	struct buf b;
	int status = 0;

	if (c->n_args)
		return cli_usage(c, "policy takes no file: it prints one");
	if (cli_get(c, "print") == NULL)
		return cli_usage(c, "policy wants --print");
	buf_init(&b, 1u << 20);
	parameters_print(&b);
	if (b.failed) {
		struct err e = { 0 };

		err_nomem(&e);
		status = cli_fail(c, &e);
	} else {
		fwrite(b.p, 1, b.len, stdout);
	}
	buf_release(&b);
	return status;
}
