#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/analysis.h"
#include "base/text.h"
#include "base/vec.h"
#include "cmd/analyze/cluster.h"
#include "cmd/analyze/gather.h"
#include "cmd/analyze/target.h"
#include "cmd/version.h"
#include "report/report.h"

#define SHOWN_DEFAULT 200

/* What one pass over all remediations leaves. */
struct gathered {
	struct registry registry;
	struct controls controls;
	struct evidence *ev;
	struct change {
		const struct correlation *c;
		char *row;
	} * change;
	size_t n, cap;
	bool nomem;
};

static int
remediation(void *arg, const struct facts *f)
{
	struct gathered *g = arg;
	struct buf b;
	void *p;

	registry_remediation(&g->registry, f);
	controls_remediation(&g->controls, f);
	if (populations_of(f, g->registry.from, g->registry.to) >> POP_CREATED & 1) {
		if (g->n == g->cap &&
		    (p = vec_resize(g->change, g->cap * 2 + 64, sizeof *g->change)) != NULL) {
			g->change = p;
			g->cap = g->cap * 2 + 64;
		}
		buf_init(&b, 1u << 20);
		report_change(&b, f);
		buf_byte(&b, '\0');
		if (g->n < g->cap && !b.failed &&
		    (g->change[g->n].row = strdup((char *)b.p)) != NULL)
			g->change[g->n++].c = f->c;
		else
			g->nomem = true;
		buf_release(&b);
	}
	return g->nomem || g->registry.nomem || g->controls.nomem ? -1 : 0;
}

static int
other(void *arg, const struct correlation *c, const struct story *s)
{
	struct gathered *g = arg;

	(void)c;
	registry_other(&g->registry, s);
	controls_other(&g->controls, s);
	return g->registry.nomem || g->controls.nomem ? -1 : 0;
}

static int
by_log(const void *pa, const void *pb)
{
	const struct correlation *a = ((const struct change *)pa)->c,
				 *b = ((const struct change *)pb)->c;

	if (a->at[0].archive != b->at[0].archive)
		return a->at[0].archive < b->at[0].archive ? -1 : 1;
	return a->at[0].position < b->at[0].position ? -1 : a->at[0].position > b->at[0].position;
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
	rc = registry_begin(&x->registry, rep->cat, period->from, period->to) ? err_nomem(e) :
	    gather_open(&g, rep->r, rep->cat, e) || gather_limits(&g, x->ev) ||
		gather_each(&g, remediation, other, x) ||
		(registry_finish(&x->registry) | controls_finish(&x->controls) ? err_nomem(e) : 0) ?
										-1 :
										0;
	if (rc && (x->nomem || x->registry.nomem || x->controls.nomem))
		err_nomem(e);
	if (x->n)
		qsort(x->change, x->n, sizeof *x->change, by_log);
	if (rc == 0 && (rep->change = calloc(x->n + 1, sizeof *rep->change)) == NULL)
		rc = err_nomem(e);
	for (size_t i = 0; rc == 0 && i < x->n; i++)
		rep->change[i] = x->change[i].row;
	rep->n_changes = x->n;
	rep->registry = &x->registry;
	rep->controls = &x->controls;
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
	for (size_t i = 0; i < x->n; i++)
		free(x->change[i].row);
	free(x->change);
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
		.version = "exhibit " EXHIBIT_VERSION,
		.period = cli_get(c, "period") ? cli_get(c, "period") : p->period };
	struct gathered x = { .ev = ev };
	struct cluster_left left;
	struct buf analysis;
	const char *id;
	int rc = -1;

	buf_init(&analysis, 256u << 20);
	if (reading_init(&r, ev->archive, ev->n, &v->findings, &ev->err) ||
	    catalog_load(&cat, &r, &ev->err) || cluster_choose(c, &r, &cat, &left, &ev->err) ||
	    gather(&x, &rep, p, period, &ev->err) || analyse(&rep, period, &analysis, &ev->err) ||
	    (rep.chosen = calloc(cat.n + CLI_MAX, sizeof *rep.chosen)) == NULL)
		goto out;
	rep.cluster = left.name;
	rep.without_cluster = left.remediations;
	for (unsigned i = 0; i < cat.n; i++)
		rep.n_remediations += cat.c[i].remediation;
	for (unsigned k = 0; (id = cli_nth(c, "id", k)) != NULL; k++)
		if (catalog_find(&cat, &r, id, &rep.chosen[rep.n_chosen++], &ev->err))
			goto out;
	for (unsigned i = 0; i < cat.n && cli_get(c, "id") == NULL && rep.n_chosen < SHOWN_DEFAULT;
	     i++)
		if (cat.c[i].remediation)
			rep.chosen[rep.n_chosen++] = &cat.c[i];
	rc = report_html(&ret->html, &rep, &ev->err);
	ret->chosen = rep.n_chosen;
	ret->remediations = rep.n_remediations;
	ret->exceptions = x.controls.n;
out:
	if (rc && ev->err.status == 0)
		err_nomem(&ev->err);
	gathered_release(&x);
	buf_release(&analysis);
	free(rep.change);
	free(rep.chosen);
	catalog_release(&cat);
	reading_release(&r);
	return rc;
}

static int
write_report(const struct cli *c, struct evidence *ev, struct verification *v,
    const struct parameters *p, const struct period *period, struct target *t)
{
	struct report_made made = { 0 };
	struct buf name;
	int rc;

	buf_init(&made.html, 1u << 30);
	rc = report_make(c, ev, v, p, period, &made) || target_finish(t, &made.html, &ev->err) ?
	    -1 :
	    0;
	/* words go where the report does not */
	if (rc == 0) {
		buf_init(&name, 65536);
		text_plain(&name, t->path, strlen(t->path));
		fprintf(strcmp(t->path, "-") ? stdout : stderr,
		    "%.*s: %zu bytes, %u of %u remediations, %zu exceptions, verdict %s\n",
		    (int)name.len, (char *)name.p, made.html.len, made.chosen, made.remediations,
		    made.exceptions, v->verdict);
		buf_release(&name);
	}
	buf_release(&made.html);
	return rc;
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
	struct target t;
	struct err e = { 0 };
	int status;

	if (out == NULL || c->n_args == 0)
		return cli_usage(c, "report wants FILE.exhibit and --out FILE.html");
	parameters_default(&p);
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
		if ((status = evidence_verify(&ev, &v)) == 0 &&
		    (status = evidence_limits(&ev, true)) == 0)
			status = write_report(c, &ev, &v, &p, &period, &t) ?
			    cli_fail(c, &ev.err) :
			    status_worse(v.exit, ev.limits.uncovered ? EX_INCOMPLETE : EX_OK);
	}
	target_close(&t);
	verify_release(&v);
	evidence_close(&ev);
	parameters_release(&p);
	return status;
}
