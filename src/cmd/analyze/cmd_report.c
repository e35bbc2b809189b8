/* report: what of an archive is handed on as a page (src/report/html/page.def). */
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/analysis.h"
#include "base/text.h"
#include "base/vec.h"
#include "cmd/analyze/answering.h"
#include "cmd/analyze/cluster.h"
#include "cmd/analyze/gather.h"
#include "cmd/analyze/report_sample.h"
#include "cmd/analyze/report_selftest.h"
#include "cmd/analyze/target.h"
#include "cmd/version.h"
#include "report/notes.h"
#include "report/report.h"

#define SHOWN_DEFAULT 200

/* What one pass over all stories leaves. */
struct gathered {
	struct registry registry;
	struct controls controls;
	struct report_notes notes;
	struct mentions mentions; /* while pages are made */
	struct evidence *ev;
};

static bool
nomem_of(const struct gathered *g)
{
	return g->notes.nomem || g->registry.nomem || g->controls.nomem;
}

static int
remediation(void *arg, const struct facts *f)
{
	struct gathered *g = arg;

	registry_remediation(&g->registry, f);
	controls_remediation(&g->controls, f);
	notes_remediation(&g->notes, f);
	return nomem_of(g) ? -1 : 0;
}

static void
seen(void *arg, const struct story *s)
{
	notes_story(&((struct gathered *)arg)->notes, s);
}

static int
other(void *arg, const struct correlation *c, const struct story *s)
{
	struct gathered *g = arg;

	(void)c;
	registry_other(&g->registry, s);
	controls_other(&g->controls, s);
	return nomem_of(g) ? -1 : 0;
}

/* 0 or -1 (e). */
static int
gather(struct gathered *x, struct report *rep, const struct parameters *p,
    const struct period *period, struct err *e)
{
	struct gathering g = { 0 };
	int rc;

	controls_init(&x->controls, p, period->from, period->to);
	x->controls.limited = limited;
	x->controls.limited_arg = x->ev;
	rc = registry_begin(&x->registry, rep->cat, period->from, period->to) ||
		notes_begin(&x->notes, period->from, period->to) ?
	    err_nomem(e) :
	    gather_open(&g, rep->r, rep->cat, e) || gather_limits(&g, x->ev) ? -1 :
									       0;
	g.seen = seen;
	g.seen_arg = x;
	if (rc == 0 && (rc = gather_each(&g, remediation, other, x)) == 0 &&
	    (registry_finish(&x->registry) | controls_finish(&x->controls) |
		notes_finish(&x->notes)))
		rc = err_nomem(e);
	if (rc && nomem_of(x))
		err_nomem(e);
	rep->registry = &x->registry;
	rep->controls = &x->controls;
	rep->notes = &x->notes;
	rep->mentions = &x->mentions;
	gather_release(&g);
	return rc;
}

/* The sums of the same remediations, for the last section. 0 or -1 (e). */
static int
analyse(struct report *rep, const struct period *period, struct buf *out, struct err *e)
{
	struct analyses *a = analyses_load(rep->r, rep->cat, e);
	int rc = a == NULL || range_json(a, period->from, period->to, out, NULL, e) ? -1 : 0;

	analyses_free(a);
	rep->analysis = out;
	return rc;
}

static void
gathered_release(struct gathered *x)
{
	registry_release(&x->registry);
	controls_release(&x->controls);
	notes_release(&x->notes);
	mentions_release(&x->mentions);
}

/* A page for a remediation, unless it has one or there are enough. */
static void
choose(struct report *rep, bool *paged, const struct correlation *c, unsigned most)
{
	bool *p = &paged[c - rep->cat->c];

	if (*p || rep->n_chosen >= most)
		return;
	*p = true;
	rep->chosen[rep->n_chosen++] = c;
}

/* In the order of the log, so that each block is unpacked once or twice, not for each page. */
static int
by_place(const void *pa, const void *pb)
{
	const struct correlation *a = *(const struct correlation *const *)pa,
				 *b = *(const struct correlation *const *)pb;

	if (a->at[0].archive != b->at[0].archive)
		return a->at[0].archive < b->at[0].archive ? -1 : 1;
	return a->at[0].position < b->at[0].position ? -1 : a->at[0].position > b->at[0].position;
}

static void
sort_pages(struct report *rep, unsigned from)
{
	if (rep->n_chosen > from)
		qsort(rep->chosen + from, rep->n_chosen - from, sizeof *rep->chosen, by_place);
}

/* Which remediations get a page: those that were named; else those with exceptions, those of
 * the sample, and then the others as far as there is room. 0 or -1 (e). */
static int
choose_pages(const struct cli *c, struct report *rep, bool *paged, struct err *e)
{
	const struct catalog *cat = rep->cat;
	const struct correlation *one;
	const char *id, *pages = cli_get(c, "pages");
	unsigned most = pages && strcmp(pages, "all") == 0 ? UINT_MAX : SHOWN_DEFAULT, from;

	/* who names pages gets these and no others */
	for (unsigned k = 0; (id = cli_nth(c, "id", k)) != NULL; k++) {
		if (catalog_find(cat, rep->r, id, &one, e))
			return -1;
		choose(rep, paged, one, UINT_MAX);
	}
	if (cli_get(c, "id"))
		return 0;
	/* exceptions first: they are what is asked about */
	for (size_t i = 0; i < rep->controls->n; i++)
		if (rep->controls->exception[i].c)
			choose(rep, paged, rep->controls->exception[i].c, most);
	sort_pages(rep, 0);
	/* then the sample, whole */
	for (size_t i = 0; rep->sample && i < rep->sample->n; i++)
		choose(rep, paged, rep->sample->item[i].d->e->c, UINT_MAX);
	for (unsigned i = 0; rep->sample && i < rep->sample->n_chosen; i++)
		choose(rep, paged, rep->sample->chosen[i], UINT_MAX);
	/* then the others, as far as there is room, unless only exceptions were asked for */
	from = rep->n_chosen;
	for (unsigned i = 0; i < cat->n && !(pages && strcmp(pages, "exceptions") == 0); i++)
		if (cat->c[i].remediation)
			choose(rep, paged, &cat->c[i], most);
	sort_pages(rep, from);
	return 0;
}

int
report_make(const struct cli *c, struct evidence *ev, struct verification *v,
    const struct parameters *p, const struct period *period, struct report_made *ret)
{
	struct reading r;
	struct catalog cat = { 0 };
	struct report rep = { .v = v,
		.r = &r,
		.cat = &cat,
		.limits = &ev->limits,
		.answers = ev->typed,
		.selftest = ret->selftest,
		.version = "exhibit " EXHIBIT_VERSION,
		.period = cli_get(c, "period") ? cli_get(c, "period") : p->period };
	struct gathered x = { .ev = ev };
	struct cluster_left left;
	struct buf analysis;
	struct report_sql sql[RULES];
	struct sampled again = { .given = evidence_given(ev, "sample"),
		.wish = ret->wish,
		.period = *period,
		.w = { .ev = ev } };
	bool *paged = NULL;
	int rc = -1;

	rep.sql = sql;
	rep.n_sql = rules_sql(sql);
	buf_init(&analysis, 256u << 20);
	/* everything that the page rests on, read before the first byte of it */
	if (reading_init(&r, ev->archive, ev->n, &v->findings, &ev->err) ||
	    catalog_load(&cat, &r, &ev->err) || cluster_choose(c, &r, &cat, &left, &ev->err) ||
	    /* the analysis first: what it needs is freed before the rest is kept */
	    analyse(&rep, period, &analysis, &ev->err) || gather(&x, &rep, p, period, &ev->err) ||
	    (rep.chosen = calloc(cat.n + 1, sizeof *rep.chosen)) == NULL ||
	    (paged = calloc(cat.n + 1, sizeof *paged)) == NULL)
		goto out;
	/* the sample of an earlier draw is drawn again, and compared */
	if ((again.given || again.wish) && sample_again(&again, c, left.name, p, &r, &cat))
		goto out;
	rep.sample = again.given || again.wish ? &again.told : NULL;
	rep.paged = paged;
	rep.cluster = left.name;
	rep.without_cluster = left.remediations;
	/* for the sentence that says how many of all are shown */
	for (unsigned i = 0; i < cat.n; i++)
		rep.n_remediations += cat.c[i].remediation;
	/* which remediations have a page of their own */
	if (choose_pages(c, &rep, paged, &ev->err))
		goto out;
	rc = report_html(ret->to, &rep, &ev->err);
	ret->chosen = rep.n_chosen;
	ret->remediations = rep.n_remediations;
	ret->exceptions = x.controls.n;
out:
	if (rc && ev->err.status == 0)
		err_nomem(&ev->err);
	sampled_release(&again);
	gathered_release(&x);
	buf_release(&analysis);
	free(rep.chosen);
	free(paged);
	catalog_release(&cat);
	reading_release(&r);
	return rc;
}

/* A file of --out, which is written while the page is made. */
struct writing {
	struct target *t;
	uint64_t bytes;
};

static int
put_part(void *arg, const struct buf *b, struct err *e)
{
	struct writing *w = arg;

	w->bytes += b->len;
	return target_put(w->t, b, e);
}

static int
write_report(const struct cli *c, struct evidence *ev, struct verification *v,
    const struct parameters *p, const struct period *period, struct target *t)
{
	struct writing w = { .t = t };
	struct selftest_given tested = { 0 };
	struct report_made made = { .to = { put_part, &w } };
	struct buf name;
	int rc;

	buf_init(&name, 65536);
	if ((rc = selftest_given_read(&tested, evidence_given(ev, "selftest"), &ev->err)) == 0) {
		made.selftest = tested.told.sha[0] ? &tested.told : NULL;
		/* it gets its name when it is whole */
		rc = report_make(c, ev, v, p, period, &made) || target_finish(t, &name, &ev->err) ?
		    -1 :
		    0;
	}
	selftest_given_release(&tested);
	if (rc)
		return -1;
	/* words go where the report does not */
	text_plain(&name, t->path, strlen(t->path));
	fprintf(strcmp(t->path, "-") ? stdout : stderr,
	    "%.*s: %" PRIu64 " bytes, %u of %u remediations, %zu exceptions, verdict %s\n",
	    (int)name.len, (char *)name.p, w.bytes, made.chosen, made.remediations, made.exceptions,
	    v->verdict);
	buf_release(&name);
	return 0;
}

int
cmd_report(const struct cli *c)
{
	const char *out = cli_get(c, "out");
	struct period period = { INT64_MIN, INT64_MAX };
	struct sandbox_may may = { NULL, NULL, NULL };
	struct parameters p;
	struct evidence ev;
	struct verification v;
	struct answering a = { 0 };
	struct target t;
	struct err e = { 0 };
	int status;

	if (out == NULL || c->n_args == 0)
		return cli_usage(c, "report wants FILE.exhibit and --out FILE.html");
	parameters_default(&p);
	/* the file is made before the sandbox, and finished only when the page is whole */
	if (target_open(&t, out, &e)) {
		target_close(&t);
		return cli_fail(c, &e);
	}
	target_may(&t, &may);
	status = evidence_open(&ev, c, &may);
	if (status == 0 && (status = policy_parse(&ev, &p)) == 0)
		evidence_period(&ev, &period);
	memset(&v, 0, sizeof v);
	if (status == 0) {
		/* a report of an archive that is not sound is still written, and says so */
		status = evidence_verify(&ev, &v);
		/* a page tells counts: what was kept of each row would be a third of all memory */
		rows_forget(&v.rows);
		if (status == 0 && (status = evidence_limits(&ev, true)) == 0 &&
		    (status = answering_of(&a, c, &ev, &v.findings, &period)) == 0)
			status = write_report(c, &ev, &v, &p, &period, &t) ?
			    cli_fail(c, &ev.err) :
			    status_worse(v.exit, ev.limits.uncovered ? EX_INCOMPLETE : EX_OK);
	}
	target_close(&t);
	answering_release(&a);
	verify_release(&v);
	evidence_close(&ev);
	parameters_release(&p);
	return status;
}
