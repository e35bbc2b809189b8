/*
 * stamp: the seal of a file stamped by an authority (trust.md W-5, W-6), and what `archive` does
 * behind its seal. What counts as a stamp is trust/stamp.h's.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "base/utc.h"
#include "cmd/export/sealed.h"
#include "cmd/export/witnesses.h"
#include "witness/stamping.h"

#define RENEWALS_MOST 99u
/* a stamp's time and this machine's, in µs: farther apart, one of the two clocks is wrong */
#define CLOCKS_APART ((int64_t)600 * 1000000)

struct stamper {
	const struct cli *c;
	struct sealed file;
	struct authorities *authorities;
	struct http_options http;
	struct sha256 *sha;
	char path[BESIDE_MAX + 16]; /* where the stamp goes */
	char *old;                  /* owned: the stamp that is renewed; NULL: none is */
	size_t old_n;
};

/* Authorities that were given, or NULL. 0 or -1 (e). */
static int
load_authorities(const struct cli *c, struct authorities **ret, struct err *e)
{
	const char *path = cli_get(c, "tsa-ca");
	struct err why = { 0 };
	size_t n;
	char *pem;

	*ret = NULL;
	if (path == NULL)
		return 0;
	if ((pem = file_slurp(path, AUTHORITIES_MAX, &n, e)) == NULL)
		return -1;
	*ret = authorities_load(pem, n, &why);
	free(pem);
	return *ret ? 0 : err_set(e, why.status, "--tsa-ca %s: %s", path, why.text);
}

int
stamp_check(const struct cli *c, struct err *e)
{
	struct authorities *a;
	int rc;

	if (cli_get(c, "tsa-ca") && !cli_get(c, "tsa"))
		return err_set(e, EX_USAGE_ERR, "--tsa-ca goes with --tsa URL");
	if (cli_get(c, "tsa") && http_address(cli_get(c, "tsa"), e))
		return -1;
	rc = load_authorities(c, &a, e);
	authorities_free(a);
	return rc;
}

/* Where the stamp goes; what is renewed. 0 or -1 (e). */
static int
choose_path(struct stamper *s, struct err *e)
{
	char last[sizeof s->path] = "";
	unsigned n = 1;

	snprintf(s->path, sizeof s->path, "%s.tsr", s->file.base);
	for (; access(s->path, F_OK) == 0; n++) {
		if (n == RENEWALS_MOST)
			return err_set(e, EX_CANT_CREATE, "%s: enough of renewals", s->path);
		memcpy(last, s->path, sizeof last);
		snprintf(s->path, sizeof s->path, "%s.tsr.%u", s->file.base, n + 1);
	}
	if (cli_get(s->c, "renew") == NULL && n > 1)
		return err_set(e, EX_CANT_CREATE,
		    "%s: it is stamped already; --renew stamps that stamp again [W-6]", last);
	if (cli_get(s->c, "renew") && n == 1)
		return err_set(e, EX_NO_INPUT, "%s: no stamp is there to be renewed", s->path);
	if (n > 1 && (s->old = file_slurp(last, STAMP_MAX, &s->old_n, e)) == NULL)
		return -1;
	return 0;
}

/* The latest time that an event of the file states. false: there is none. */
static bool
last_event(const struct archive *a, int64_t *ret)
{
	struct str s = archive_manifest_str(a, "last_event");
	struct utc t;

	if (s.n == 0 || utc_parse(s.p, s.n, &t) != UTC_OK)
		return false;
	*ret = t.us;
	return true;
}

/* What the clocks say of each other. */
static void
say_clocks(const struct stamper *s, const struct stamp *t)
{
	char stamp[UTC_TEXT], other[UTC_TEXT];
	struct timespec now;
	int64_t here, last;

	clock_gettime(CLOCK_REALTIME, &now);
	here = (int64_t)now.tv_sec * 1000000;
	utc_text(stamp, t->before);
	utc_text(other, here);
	if (t->before - here > CLOCKS_APART || here - t->before > CLOCKS_APART)
		cli_note(s->c, "the authority's clock says %s, this machine's %s: one is wrong",
		    stamp, other);
	if (s->old || !last_event(s->file.archive, &last) || last < t->before)
		return;
	utc_text(other, last);
	cli_note(s->c,
	    "the stamp says before %s, and an event of this file states %s: its clock or the "
	    "source's is wrong",
	    stamp, other);
}

static void
say_stamped(const struct stamper *s, const struct stamp *t)
{
	char stamp[UTC_TEXT], ends[UTC_TEXT];

	if (t->unordered)
		cli_note(s->c,
		    "%s: the authority does not order its sets as DER wants it: other programs "
		    "may refuse this stamp",
		    s->path);
	say_clocks(s, t);
	if (cli_get(s->c, "quiet"))
		return;
	utc_text(stamp, t->before);
	utc_text(ends, t->ends);
	cli_note(s->c, "%s: existed before %s, says %s%s; renew it before its certificate ends, %s",
	    s->path, stamp, t->signer,
	    s->authorities ? "" : ", whose authority was not checked (--tsa-ca FILE)", ends);
}

static int
ask(struct stamper *s, struct err *e)
{
	struct stamping how = { .authorities = s->authorities, .http = &s->http };
	const char *url = cli_get(s->c, "tsa"), *seal = archive_seal_note(s->file.archive);
	uint8_t imprint[32];
	struct stamp t;
	struct buf der;
	char said[500];
	int rc;

	if (s->old)
		sha256_once(s->sha, s->old, s->old_n, imprint);
	else
		sha256_once(s->sha, seal, strlen(seal), imprint);
	rc = stamping_ask(&how, url, imprint, &t, &der, said, e);
	if (rc == 0)
		rc = sealed_put(&s->file, s->path, der.p, der.len, false, e);
	else if (rc > 0)
		cli_note(s->c, "%s: %s: nothing was kept; %s is sealed all the same", url, said,
		    s->file.path);
	if (rc == 0)
		say_stamped(s, &t);
	buf_release(&der);
	return rc > 0 ? EX_KEPT_ASIDE : rc;
}

int
stamp_ask(const struct cli *c, const char *path, volatile const int *stop, struct err *e)
{
	struct stamper s = { .c = c,
		.sha = sha256_new(),
		.http = { .ca_file = cli_get(c, "ca-file"), .stop = stop } };
	int rc;

	if (cli_get(c, "tsa") == NULL)
		rc = 0;
	else if (s.sha == NULL)
		rc = err_nomem(e);
	else if (load_authorities(c, &s.authorities, e) || sealed_open(&s.file, path, e) ||
	    choose_path(&s, e))
		rc = -1;
	else
		rc = ask(&s, e);
	free(s.old);
	authorities_free(s.authorities);
	sealed_release(&s.file);
	sha256_free(s.sha);
	return rc;
}

int
cmd_stamp(const struct cli *c)
{
	volatile const int *stop = stop_on_signals();
	struct err e = { 0 };
	int status = 0, rc;

	if (c->n_args == 0 || cli_get(c, "tsa") == NULL)
		return cli_usage(c, "stamp wants sealed files and --tsa URL");
	if (stamp_check(c, &e))
		return cli_fail(c, &e);
	for (unsigned i = 0; i < c->n_args; i++) {
		if ((rc = stamp_ask(c, c->arg[i], stop, &e)) < 0)
			return cli_fail(c, &e);
		status = rc ? rc : status;
	}
	return status;
}
