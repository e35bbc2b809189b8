/* populations: who is counted where, and how the counts add up (formats/controls.md CT-5 to
 * CT-7). */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "cmd/analyze/cluster.h"
#include "cmd/analyze/gather.h"
#include "report/form.h"

#define SHOWN 20u /* ids of a difference on the screen */

struct page {
	const struct cli *c;
	struct registry r;
	bool json, ids;
	/* rows are known to be missing (J-3): counts of what is there are at least so much, those
	 * that rest on an absence are no bound */
	bool lower_bound;
	struct period within;
	struct buf out;
};

static void
put_ids(struct emit *e, const struct registry *r, const struct reconciliation *x)
{
	emit_array(e, "differences");
	for (size_t i = 0; i < r->n; i++)
		if (reconciliation_astray(x, r->entry[i].populations))
			emit_text(e, NULL, r->entry[i].c->text, r->entry[i].c->n);
	emit_end(e);
}

/* One population as a member. -1: no memory. */
static int
put_population(struct page *g, enum population p, struct emit *e)
{
	size_t n;
	const struct correlation **ids = registry_members(&g->r, p, &n);
	uint8_t digest[32];

	/* the digest lets others compare members without seeing them */
	if (ids == NULL || population_digest(ids, n, digest)) {
		free(ids);
		return -1;
	}
	emit_object(e, population_info[p].name);
	emit_u64(e, "count", n);
	emit_hash(e, "digest", digest);
	emit_str(e, "definition", population_info[p].definition);
	emit_str(e, "date", population_info[p].date);
	/* where rows are missing the count is a bound, but not for what rests on absence */
	if (g->lower_bound)
		emit_bool(e, "lower_bound", population_info[p].on == PRESENCE);
	if (g->ids) {
		emit_array(e, "ids");
		for (size_t i = 0; i < n; i++)
			emit_text(e, NULL, ids[i]->text, ids[i]->n);
		emit_end(e);
	}
	emit_end(e);
	free(ids);
	return 0;
}

/* An equation with both sides, and every remediation that is on one of them only. */
static void
put_equation(const struct registry *r, const struct reconciliation *x, struct emit *e)
{
	emit_object(e, NULL);
	emit_str(e, "whole", population_info[x->whole].name);
	emit_u64(e, "count", registry_count(r, x->whole));
	emit_array(e, "parts");
	for (unsigned k = 0; k < x->n; k++) {
		emit_object(e, NULL);
		emit_str(e, "name", population_info[x->part[k]].name);
		emit_u64(e, "count", registry_count(r, x->part[k]));
		emit_end(e);
	}
	emit_end(e);
	emit_str(e, "kind", x->why ? "against" : "sum");
	put_ids(e, r, x);
	if (x->why)
		emit_str(e, "explanation", x->why);
	emit_end(e);
}

static void
put_act(struct emit *e, const struct act *a)
{
	emit_object(e, NULL);
	emit_str(e, "kind", a->kind);
	emit_str(e, "who", a->who);
	emit_time(e, "time", a->time);
	emit_str(e, "event_id", a->id);
	emit_u64(e, "position", a->position);
	emit_end(e);
}

static int
put_json(struct page *g)
{
	struct emit e;
	size_t flight[2];

	emit_init(&e, &g->out);
	emit_object(&e, NULL);
	emit_object(&e, "populations");
	for (unsigned p = 0; p < POPULATIONS; p++)
		if (put_population(g, (enum population)p, &e))
			return -1;
	emit_end(&e);
	emit_array(&e, "reconciliation");
	for (unsigned i = 0; i < n_reconciliations; i++)
		put_equation(&g->r, &reconciliation[i], &e);
	emit_end(&e);
	/* what lies across a border of the period belongs to no population of it alone */
	registry_in_flight(&g->r, flight);
	emit_object(&e, "in_flight");
	emit_u64(&e, "at_the_beginning", flight[0]);
	emit_u64(&e, "at_the_end", flight[1]);
	emit_end(&e);
	emit_array(&e, "acts_of_people");
	for (size_t i = 0; i < g->r.n_acts; i++)
		put_act(&e, &g->r.act[i]);
	emit_end(&e);
	emit_end(&e);
	buf_byte(&g->out, '\n');
	return emit_done(&e) ? 0 : -1;
}

static void
put_reconciliation(struct page *g, const struct reconciliation *x)
{
	struct buf *b = &g->out;
	size_t stray = registry_strays(&g->r, x), shown = 0;

	/* an equation that does not hold is shown with what breaks it */
	buf_printf(b, "  %zu %s %s", registry_count(&g->r, x->whole),
	    population_info[x->whole].name, x->why ? "against" : "=");
	for (unsigned k = 0; k < x->n; k++)
		buf_printf(b, "%s %zu %s", k ? " +" : "", registry_count(&g->r, x->part[k]),
		    population_info[x->part[k]].name);
	if (x->why && stray == 0)
		buf_str(b, ": the same remediations");
	buf_byte(b, '\n');
	if (stray == 0)
		return;
	if (x->why)
		buf_printf(b, "      %zu in one of them only (%s):\n", stray, x->why);
	else
		buf_printf(
		    b, "      DIFFERENCE: %zu are in none of the parts, or in several:\n", stray);
	/* named up to a limit; the number is whole */
	for (size_t i = 0; i < g->r.n && shown < SHOWN; i++) {
		uint64_t in = g->r.entry[i].populations;

		if (!reconciliation_astray(x, in))
			continue;
		buf_str(b, "        ");
		text_plain(b, g->r.entry[i].c->text, g->r.entry[i].c->n);
		buf_printf(b, "  (%s; %s", g->r.entry[i].path,
		    in >> x->whole & 1 ? population_info[x->whole].name : "");
		for (unsigned k = 0; k < x->n; k++)
			if (in >> x->part[k] & 1)
				buf_printf(b, " %s", population_info[x->part[k]].name);
		buf_str(b, ")\n");
		shown++;
	}
	if (stray > shown)
		buf_printf(b, "        and %zu more: -o json names them all\n", stray - shown);
}

static int
put_text(struct page *g)
{
	struct buf *b = &g->out;
	size_t flight[2];

	buf_printf(b, "POPULATIONS, counted in remediations%s\n",
	    g->lower_bound ? ": lower bounds, as far as the rows here tell (rows are known to be "
			     "missing); * rests on an absence, may be more or less" :
			     "");
	period_put(b, g->c, &g->within);
	/* each with the digest of its members, so that somebody can prove that he had the same
	 * ones */
	for (unsigned p = 0; p < POPULATIONS; p++) {
		size_t n;
		const struct correlation **ids = registry_members(&g->r, (enum population)p, &n);
		uint8_t digest[32];
		char hex[65];

		if (ids == NULL || population_digest(ids, n, digest)) {
			free(ids);
			return -1;
		}
		hex_of(digest, 32, hex);
		buf_printf(b, "  %7zu%c %-26s %s; by the date of %s\n           sha256 %s\n", n,
		    g->lower_bound && population_info[p].on == ABSENCE ? '*' : ' ',
		    population_info[p].name, population_info[p].definition, population_info[p].date,
		    hex);
		free(ids);
	}
	/* the sums are checked here, and not believed */
	buf_str(b, "\nRECONCILIATION, every difference named\n");
	for (unsigned i = 0; i < n_reconciliations; i++)
		put_reconciliation(g, &reconciliation[i]);
	registry_in_flight(&g->r, flight);
	buf_printf(b,
	    "\nIN FLIGHT\n  %zu at the beginning of the period, %zu at its end (with an event "
	    "before and one behind; at the archive's own end: no end on record)\n",
	    flight[0], flight[1]);
	buf_printf(b, "\nACTS OF PEOPLE outside of approvals: %zu\n", g->r.n_acts);
	for (size_t i = 0; i < g->r.n_acts; i++) {
		const struct act *a = &g->r.act[i];

		buf_str(b, "  ");
		utc_print(b, UTC_REST, a->time, 0);
		buf_printf(b, "  %-22s ", a->kind);
		text_plain(b, a->who, strlen(a->who));
		buf_printf(b, "  [%s @%" PRIu64 "]\n", a->id, a->position);
	}
	return b->failed ? -1 : 0;
}

/* The populations alone, a row each. */
static int
put_rows(struct page *g)
{
	static const struct form_column column[] = { { "population", "POPULATION", COLUMN_TEXT, 26,
							 0 },
		{ "count", "COUNT", COLUMN_NUMBER, 7, 0 },
		{ "lower_bound", NULL, COLUMN_TEXT, 0, 0 },
		{ "definition", "DEFINITION", COLUMN_TEXT, 60, 1 },
		{ "date", "BY THE DATE OF", COLUMN_TEXT, 20, 2 },
		{ "digest", "SHA-256 OF IDS", COLUMN_TEXT, 64, 3 } };
	struct form f;

	form_begin(&f, &g->out, g->c->form == OUT_CSV ? STYLE_CSV : STYLE_JSONL, NULL, column,
	    sizeof column / sizeof *column, g->c->width);
	/* the digest needs the members, the count would not */
	for (unsigned p = 0; p < POPULATIONS; p++) {
		size_t n;
		uint8_t digest[32];
		char hex[65];
		const struct correlation **ids = registry_members(&g->r, (enum population)p, &n);
		bool fine = ids && population_digest(ids, n, digest) == 0;

		free(ids);
		if (!fine)
			return -1;
		hex_of(digest, 32, hex);
		form_str(&f, population_info[p].name);
		form_number(&f, n);
		form_str(&f,
		    !g->lower_bound                       ? NULL :
			population_info[p].on == PRESENCE ? "yes" :
							    "no");
		form_str(&f, population_info[p].definition);
		form_str(&f, population_info[p].date);
		form_str(&f, hex);
	}
	return form_end(&f) ? 0 : -1;
}

int
cmd_populations(const struct cli *c)
{
	struct page g = { .c = c,
		.json = c->form == OUT_JSON,
		.ids = cli_get(c, "ids") != NULL,
		.within = { INT64_MIN, INT64_MAX } };
	struct gathering x = { 0 };
	struct browse b;
	struct cluster_left left;
	int status;

	buf_init(&g.out, 512u << 20);
	if ((status = browse_open(&b, c, NULL)) == 0) {
		/* rows known to be missing make of counts lower bounds */
		g.lower_bound = b.ev.limits.n > 0;
		evidence_period(&b.ev, &g.within);
	}
	if (status == 0 &&
	    (cluster_choose(c, &b.r, &b.cat, &left, &b.ev.err) ||
		gather_open(&x, &b.r, &b.cat, &b.ev.err) || gather_limits(&x, &b.ev) ||
		gather_registry(&x, &g.r, &g.within)))
		status = cli_fail(c, &b.ev.err);
	if (status == 0) {
		if ((g.json ? put_json : c->form == OUT_TABLE ? put_text : put_rows)(&g)) {
			err_nomem(&b.ev.err);
			status = cli_fail(c, &b.ev.err);
		} else {
			if (g.json)
				evidence_put_limits(&b.ev, &g.out);
			fwrite(g.out.p, 1, g.out.len, stdout);
			status = evidence_banner(&b.ev);
		}
	}
	registry_release(&g.r);
	gather_release(&x);
	buf_release(&g.out);
	browse_close(&b);
	return status;
}
