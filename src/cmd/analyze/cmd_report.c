#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/analyze/analyze.h"
#include "cmd/version.h"
#include "report/report.h"

#define SHOWN_DEFAULT 200

/* A report is written beside its final name and renamed when it is whole. */
struct target {
	char tmp[4200];
	const char *path;
	int fd;
};

static int
target_open(struct target *t, const char *path, struct err *e)
{
	t->path = path;
	t->fd = -1;
	if (snprintf(t->tmp, sizeof t->tmp, "%s.tmp%ld", path, (long)getpid()) >= (int)sizeof t->tmp)
		return err_set(e, EX_USAGE_ERR, "--out: too long");
	if ((t->fd = open(t->tmp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644)) < 0) {
		err_errno(e, "%s", path);
		e->status = EX_CANT_CREATE;
		return -1;
	}
	return 0;
}

static int
target_finish(struct target *t, const struct buf *b, struct err *e)
{
	size_t done = 0;

	while (done < b->len) {
		ssize_t n = write(t->fd, b->p + done, b->len - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return err_errno(e, "%s", t->path);
		done += (size_t)n;
	}
	if (fsync(t->fd) || close(t->fd) || rename(t->tmp, t->path)) {
		t->fd = -1;
		return err_errno(e, "%s", t->path);
	}
	t->fd = -1;
	t->tmp[0] = '\0';
	return 0;
}

static int
write_report(const struct cli *c, struct evidence *ev, struct verification *v, struct target *t)
{
	struct reading r;
	struct catalog cat = { 0 };
	struct report rep = { .v = v, .r = &r, .cat = &cat, .version = "exhibit " EXHIBIT_VERSION, .sandbox = ev->sandbox };
	const char *id;
	struct buf b;
	int rc = -1;

	buf_init(&b, 1u << 30);
	if (reading_init(&r, ev->archive, ev->n, &v->findings, &ev->err) || catalog_load(&cat, &r, &ev->err) ||
	    (rep.chosen = calloc(cat.n + CLI_MAX, sizeof *rep.chosen)) == NULL)
		goto out;
	for (unsigned i = 0; i < cat.n; i++)
		rep.n_remediations += cat.c[i].remediation;
	for (unsigned k = 0; (id = cli_nth(c, "id", k)) != NULL; k++)
		if (catalog_find(&cat, &r, id, &rep.chosen[rep.n_chosen++], &ev->err))
			goto out;
	for (unsigned i = 0; i < cat.n && cli_get(c, "id") == NULL && rep.n_chosen < SHOWN_DEFAULT; i++)
		if (cat.c[i].remediation)
			rep.chosen[rep.n_chosen++] = &cat.c[i];
	rc = report_html(&b, &rep, &ev->err) || target_finish(t, &b, &ev->err) ? -1 : 0;
	if (rc == 0)
		printf("%s: %zu bytes, %u of %u remediations, verdict %s\n", t->path, b.len, rep.n_chosen, rep.n_remediations, v->verdict);
out:
	if (rc && ev->err.status == 0)
		err_nomem(&ev->err);
	free(rep.chosen);
	catalog_release(&cat);
	reading_release(&r);
	buf_release(&b);
	return rc;
}

int
cmd_report(const struct cli *c)
{
	const char *out = cli_get(c, "out");
	char dir[4200];
	struct evidence ev;
	struct verification v;
	struct target t;
	struct err e = { 0 };
	int status;

	if (out == NULL || c->n_args == 0)
		return cli_usage(c, "report wants FILE.exhibit and --out FILE.html");
	if (target_open(&t, out, &e))
		return cli_fail(c, &e);
	snprintf(dir, sizeof dir, "%s", out);
	status = evidence_open(&ev, c, dirname(dir));
	memset(&v, 0, sizeof v);
	if (status == 0) {
		if ((status = evidence_verify(&ev, &v)) == 0)
			status = write_report(c, &ev, &v, &t) ? cli_fail(c, &ev.err) : v.exit;
	}
	if (t.fd >= 0)
		close(t.fd);
	if (t.tmp[0])
		unlink(t.tmp);
	verify_release(&v);
	evidence_close(&ev);
	return status;
}
