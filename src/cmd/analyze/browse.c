/* What verbs begin with that read correlations. */
#include <stdlib.h>
#include <string.h>

#include "base/utc.h"
#include "cmd/analyze/analyze.h"

#define LEFT_OUT_TOLD 20u /* remediations of which it is told, one a line */

/* Of each remediation that is shown in part (C-20), how much of it is. */
static void
tell_left_out(const struct browse *b, const struct correlation *c)
{
	if (c->left_out)
		cli_note(b->ev.c, "%.200s: %u of its %u records are left out", c->text, c->left_out,
		    c->left_out + c->n_at);
}

static void
tell_all_left_out(const struct browse *b)
{
	unsigned told = 0, more = 0;

	for (unsigned i = 0; i < b->cat.n; i++) {
		if (b->cat.c[i].left_out == 0)
			continue;
		if (told++ < LEFT_OUT_TOLD)
			tell_left_out(b, &b->cat.c[i]);
		else
			more++;
	}
	if (more)
		cli_note(b->ev.c, "and of %u more, records are left out", more);
}

static int
begin(struct browse *b, const struct cli *c, const struct sandbox_may *may, bool part)
{
	const char *id[CLI_MAX];
	unsigned n = 0;
	int status;

	memset(&b->r, 0, sizeof b->r);
	memset(&b->cat, 0, sizeof b->cat);
	if ((status = evidence_open(&b->ev, c, may)) != 0)
		return status;
	/* an empty table would look like an answer */
	if (c->form == OUT_TABLE && !part && !evidence_readable(&b->ev)) {
		print_unreadable(&b->ev);
		return evidence_banner(&b->ev);
	}
	while (n < CLI_MAX && (id[n] = cli_nth(c, "id", n)) != NULL)
		n++;
	if (reading_init(&b->r, b->ev.archive, b->ev.n, &b->ev.findings, &b->ev.err) ||
	    (n            ? catalog_load_some(&b->cat, &b->r, id, n, &b->ev.err) :
		    !part ? catalog_load(&b->cat, &b->r, &b->ev.err) :
			    0))
		return cli_fail(c, &b->ev.err);
	if (n == 0)
		tell_all_left_out(b);
	/* whoever counts must know beforehand what cannot be counted */
	return n || part ? 0 : evidence_limits(&b->ev, true);
}

int
browse_open(struct browse *b, const struct cli *c, const struct sandbox_may *may)
{
	return begin(b, c, may, false);
}

int
browse_open_part(struct browse *b, const struct cli *c, const struct sandbox_may *may)
{
	return begin(b, c, may, true);
}

void
browse_close(struct browse *b)
{
	catalog_release(&b->cat);
	reading_release(&b->r);
	evidence_close(&b->ev);
}

int
browse_ids(struct browse *b, int (*each)(void *arg, struct browse *b, const struct correlation *c),
    void *arg)
{
	const struct correlation *corr;
	const char *id;
	int status = 0, banner;

	for (unsigned k = 0; (id = cli_nth(b->ev.c, "id", k)) != NULL && status == 0; k++)
		if ((status = catalog_find(&b->cat, &b->r, id, &corr, &b->ev.err)) == 0) {
			tell_left_out(b, corr);
			status = each(arg, b, corr);
		} else {
			status = b->ev.err.status;
		}
	if (b->ev.err.status)
		status = cli_fail(b->ev.c, &b->ev.err);
	banner = evidence_banner(&b->ev);
	return status ? status : banner;
}

static int
by_first(const void *pa, const void *pb)
{
	const struct correlation *a = *(const struct correlation *const *)pa,
				 *b = *(const struct correlation *const *)pb;

	if (a->at[0].archive != b->at[0].archive)
		return a->at[0].archive < b->at[0].archive ? -1 : 1;
	return a->at[0].position < b->at[0].position ? -1 : a->at[0].position > b->at[0].position;
}

const struct correlation **
browse_log_order(const struct browse *b)
{
	const struct correlation **p = malloc((b->cat.n + 1) * sizeof *p);

	for (unsigned i = 0; p && i < b->cat.n; i++)
		p[i] = &b->cat.c[i];
	if (p && b->cat.n)
		qsort(p, b->cat.n, sizeof *p, by_first);
	return p;
}

bool
period_parse(const char *text, struct period *ret)
{
	return utc_period_parse(text, &ret->from, &ret->to);
}

bool
period_asked(const struct cli *c, struct period *ret)
{
	const char *period = cli_get(c, "period"), *since = cli_get(c, "since"),
		   *until = cli_get(c, "until");
	struct utc_span t;

	*ret = (struct period){ INT64_MIN, INT64_MAX };
	if (period)
		period_parse(period, ret);
	if (since && utc_span_parse(since, strlen(since), &t) == UTC_OK && t.from > ret->from)
		ret->from = t.from;
	if (until && utc_span_parse(until, strlen(until), &t) == UTC_OK && t.to < ret->to)
		ret->to = t.to;
	return period || since || until;
}
