/* sample: a draw that anybody can repeat, and its worksheet (formats/controls.md CT-11 to
 * CT-14). */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "cmd/analyze/cluster.h"
#include "cmd/analyze/target.h"
#include "cmd/analyze/worksheet.h"

struct sample_page {
	const struct cli *c;
	struct worksheet w;
	struct buf out;
};

static void
put_csv(struct sample_page *g, int *rc)
{
	struct form f;

	form_begin(&f, &g->out, STYLE_CSV, NULL, worksheet_column, worksheet_columns, g->c->width);
	*rc = worksheet_rows(&g->w, &f, true) || worksheet_rows(&g->w, &f, false) ? -1 : 0;
	form_end(&f);
}

/* ---- JSON (output.md O-17) */

static int
put_item(struct sample_page *g, struct emit *e, const struct drawn *d)
{
	struct tested t;
	struct story story = { 0 };
	struct facts f = { 0 };
	/* tested as the worksheet does it, by the same function */
	int rc = worksheet_test(&g->w, d->e->c, &story, &f, &t);

	emit_object(e, NULL);
	emit_u64(e, "no", d->place);
	emit_str(e, "stratum", g->w.wish.by ? g->w.s.s[d->stratum].name : NULL);
	emit_text(e, "correlation_id", d->e->c->text, d->e->c->n);
	emit_str(e, "key", d->key);
	emit_str(e, "path", d->e->path);
	emit_object(e, "attributes");
	/* A, B, ...: as on the worksheet */
	for (unsigned i = 0; i < ATTRIBUTES; i++) {
		char letter[2] = { (char)('A' + (int)i), '\0' };

		emit_text(e, letter, t.words[i].p ? (char *)t.words[i].p : "", t.words[i].len);
		buf_release(&t.words[i]);
	}
	emit_end(e);
	emit_array(e, "event_ids");
	/* 36 characters each, one blank between */
	for (size_t at = 0; at + 36 <= t.events.len; at += 37)
		emit_text(e, NULL, (char *)t.events.p + at, 36);
	emit_end(e);
	emit_end(e);
	buf_release(&t.events);
	facts_release(&f);
	story_release(&story);
	return rc;
}

static int
put_statement(void *arg, const struct statement *x)
{
	struct emit *e = arg;
	char letter[2] = { x->letter, '\0' };

	emit_object(e, NULL);
	emit_str(e, "stratum", x->stratum);
	emit_str(e, "attribute", x->letter ? letter : NULL);
	emit_str(e, "rule", x->rule);
	emit_u64(e, "population", x->population);
	emit_u64(e, "tested", x->tested);
	emit_u64(e, "deviations", x->deviations);
	emit_str(e, "method", x->method);
	emit_str(e, "side", x->side);
	emit_str(e, "confidence", "95 %");
	emit_str(e, "bound", x->bound);
	emit_str(e, "statement", x->sentence);
	emit_end(e);
	return 0;
}

static void
put_apart(const struct sample_page *g, struct emit *e)
{
	const struct controls *k = &g->w.k;

	/* exceptions in the sample, with the rules that they break */
	emit_array(e, "exceptions");
	for (size_t i = 0; i < g->w.s.n; i++) {
		const struct correlation *c = g->w.s.d[i].e->c;
		size_t x = worksheet_exceptions(&g->w, c);

		if (x == k->n)
			continue;
		emit_object(e, NULL);
		emit_text(e, "correlation_id", c->text, c->n);
		emit_array(e, "rules");
		for (; x < k->n && k->exception[x].c == c; x++)
			emit_str(e, NULL, rule_info[k->exception[x].rule].name);
		emit_end(e);
		emit_end(e);
	}
	emit_end(e);
	/* judgemental items are never mixed with those that were drawn */
	emit_array(e, "judgemental");
	for (unsigned i = 0; i < g->w.n_chosen; i++) {
		const struct drawn *d = sample_member(&g->w.s, g->w.chosen[i].c);

		emit_object(e, NULL);
		emit_text(e, "correlation_id", g->w.chosen[i].c->text, g->w.chosen[i].c->n);
		emit_bool(e, "member", d != NULL);
		emit_bool(e, "drawn", d && d->taken);
		emit_end(e);
	}
	emit_end(e);
}

/* What the draw was made from, so that who reads the file can say whether it is the same. */
static int
put_origin(struct sample_page *g, struct emit *e)
{
	const char *period = cli_get(g->c, "period");
	char hex[65];

	emit_str(e, "format", SAMPLE_FORMAT);
	emit_str(e, "period", period ? period : g->w.p.period);
	emit_str(e, "cluster", cli_get(g->c, "cluster"));
	emit_str(e, "parameters_sha256", g->w.p.digest[0] ? g->w.p.digest : NULL);
	emit_array(e, "archives");
	for (unsigned i = 0; i < g->w.ev->n; i++) {
		if (digest_file(g->w.ev, g->w.ev->archive[i], hex))
			return -1;
		emit_object(e, NULL);
		emit_str(e, "file", archive_name(g->w.ev->archive[i]));
		emit_str(e, "sha256", hex);
		emit_end(e);
	}
	emit_end(e);
	return 0;
}

/* file: of --out, and not of -o json. */
static void
put_json(struct sample_page *g, bool file, int *rc)
{
	const struct sample_wish *w = &g->w.wish;
	const struct population_info *p = &population_info[w->population];
	struct emit e;

	emit_init(&e, &g->out);
	emit_object(&e, NULL);
	*rc = file ? put_origin(g, &e) : 0;
	emit_str(&e, "population", p->name);
	emit_str(&e, "definition", p->definition);
	emit_u64(&e, "count", g->w.s.n);
	emit_str(&e, "digest", g->w.s.digest);
	emit_str(&e, "seed", w->seed);
	emit_str(&e, "seed_source", w->source);
	emit_str(&e, "seed_chosen", w->chosen);
	emit_u64(&e, "number", w->number);
	emit_u64(&e, "after", w->after);
	emit_str(&e, "strata", strata_name[w->by]);
	/* how many of each stratum, so that the sizes can be judged */
	emit_array(&e, "drawn");
	for (unsigned i = 0; i < g->w.s.n_strata; i++) {
		emit_object(&e, NULL);
		emit_str(&e, "stratum", g->w.s.s[i].name);
		emit_u64(&e, "members", g->w.s.s[i].members);
		emit_u64(&e, "drawn", g->w.s.s[i].taken);
		emit_end(&e);
	}
	emit_end(&e);
	/* attributes as columns of the worksheet, in the same order */
	emit_object(&e, "attributes");
	for (unsigned i = 0; i < ATTRIBUTES; i++) {
		char letter[2] = { (char)('A' + (int)i), '\0' };

		emit_object(&e, letter);
		emit_str(&e, "rule", rule_info[sample_attribute[i]].name);
		emit_str(&e, "question", rule_info[sample_attribute[i]].question);
		emit_end(&e);
	}
	emit_end(&e);
	/* only what was drawn; the order of all others can be made again */
	emit_array(&e, "items");
	for (size_t i = 0; i < g->w.s.n && *rc == 0; i++)
		if (g->w.s.d[i].taken)
			*rc = put_item(g, &e, &g->w.s.d[i]);
	emit_end(&e);
	put_apart(g, &e);
	/* a bound speaks of a draw without strata */
	emit_array(&e, "bounds");
	if (*rc == 0 && worksheet_bounds(&g->w, put_statement, &e))
		*rc = err_nomem(&g->w.ev->err);
	emit_end(&e);
	emit_end(&e);
	buf_byte(&g->out, '\n');
}

/* ---- the screen */

static int
put_line(struct sample_page *g, const struct drawn *d)
{
	struct buf *b = &g->out;
	struct tested t;
	struct story story = { 0 };
	struct facts f = { 0 };
	size_t at = b->len;
	int rc = worksheet_test(&g->w, d->e->c, &story, &f, &t);

	buf_printf(b, "%5" PRIu64 "  %.16s…  ", d->place, d->key);
	text_plain(b, d->e->c->text, d->e->c->n);
	while (b->len < at + 70 && !b->failed)
		buf_byte(b, ' ');
	buf_printf(b, " %s, %s", d->e->path, f.effect ? f.effect : "");
	if (g->w.wish.by) {
		buf_str(b, "  [");
		text_plain(b, g->w.s.s[d->stratum].name, strlen(g->w.s.s[d->stratum].name));
		buf_byte(b, ']');
	}
	buf_byte(b, '\n');
	for (unsigned i = 0; i < ATTRIBUTES; i++)
		buf_release(&t.words[i]);
	buf_release(&t.events);
	facts_release(&f);
	story_release(&story);
	return rc;
}

static void
put_head(struct sample_page *g)
{
	struct buf *b = &g->out;
	const struct sample_wish *w = &g->w.wish;

	buf_printf(b, "SAMPLE of %s: %zu of %zu remediations%s\n",
	    population_info[w->population].name, g->w.s.taken, g->w.s.n,
	    w->by ? ", so many of each stratum" : "");
	/* all that is needed to draw again by hand */
	buf_printf(b, "  population  sha256 %s\n  seed        ", g->w.s.digest);
	text_plain(b, w->seed, strlen(w->seed));
	buf_str(b, ", from ");
	text_plain(b, w->source ? w->source : "a source that is not stated (--seed-source)",
	    strlen(w->source ? w->source : "a source that is not stated (--seed-source)"));
	if (w->chosen) {
		buf_str(b, ", chosen on ");
		text_plain(b, w->chosen, strlen(w->chosen));
	}
	buf_str(b,
	    "\n  order       by SHA-256 of seed, that digest and the id; by hand: printf "
	    "%s%s%s SEED DIGEST ID | sha256sum\n");
	/* fewer than were asked for is said, and not filled up */
	for (unsigned i = 0; i < g->w.s.n_strata; i++) {
		const struct stratum *t = &g->w.s.s[i];

		if (t->taken == w->number)
			continue;
		buf_printf(
		    b, "  FEWER       %zu of the %" PRIu64 " asked for", t->taken, w->number);
		if (w->by) {
			buf_str(b, " of ");
			text_plain(b, t->name, strlen(t->name));
		}
		buf_printf(b, ": there are %zu", t->members);
		if (w->after)
			buf_printf(b, ", and the first %" PRIu64 " were passed over", w->after);
		buf_byte(b, '\n');
	}
	buf_byte(b, '\n');
}

static int
put_bound(void *arg, const struct statement *x)
{
	struct buf *b = arg;

	/* on the screen, what the rules found; the worksheet has what a tester may find */
	if (x->letter == '\0' || strcmp(x->side, "upper, one-sided"))
		return 0;
	buf_printf(b,
	    "  %s%s%s  %" PRIu64 " of %" PRIu64 " tested deviate: at most %s, %s, 95 %% %s\n",
	    x->rule, x->stratum[0] ? " " : "", "", x->deviations, x->tested, x->bound, x->method,
	    x->side);
	return 0;
}

static void
put_screen(struct sample_page *g, int *rc)
{
	struct buf *b = &g->out;
	const struct controls *k = &g->w.k;
	bool any = false;

	put_head(g);
	for (size_t i = 0; i < g->w.s.n && *rc == 0; i++)
		if (g->w.s.d[i].taken)
			*rc = put_line(g, &g->w.s.d[i]);
	/* chosen by somebody, and kept apart: such members prove nothing about the others */
	for (unsigned i = 0; i < g->w.n_chosen; i++) {
		buf_str(b, i ? "    " : "\nJUDGEMENTAL, apart from the draw\n    ");
		text_plain(b, g->w.chosen[i].c->text, g->w.chosen[i].c->n);
		buf_byte(b, '\n');
	}
	/* exceptions of the population, whether drawn or not */
	for (size_t i = 0; i < g->w.s.n; i++) {
		const struct correlation *c = g->w.s.d[i].e->c;
		size_t x = worksheet_exceptions(&g->w, c);

		if (x == k->n)
			continue;
		buf_str(b,
		    any ? "    " :
			  "\nEXCEPTIONS of this population, apart from the draw (exhibit controls "
			  "tells them)\n    ");
		text_plain(b, c->text, c->n);
		for (; x < k->n && k->exception[x].c == c; x++)
			buf_printf(b, " %s", rule_info[k->exception[x].rule].name);
		buf_byte(b, '\n');
		any = true;
	}
	/* bounds are arithmetic about a simple draw; strata have none here */
	if (g->w.wish.by == STRATA_NONE) {
		buf_str(b, "\nBOUNDS by the attributes of the draw, arithmetic alone\n");
		if (*rc == 0 && worksheet_bounds(&g->w, put_bound, b))
			*rc = err_nomem(&g->w.ev->err);
	}
}

/* ---- the verb */

/* --judgemental ID: remediations that the auditor chose. 0 or -1 (e). */
static int
choose(struct sample_page *g, struct browse *b)
{
	const char *id;
	unsigned n = 0;

	while (cli_nth(g->c, "judgemental", n))
		n++;
	if (n == 0)
		return 0;
	if ((g->w.chosen = calloc(n, sizeof *g->w.chosen)) == NULL)
		return err_nomem(&b->ev.err);
	for (; (id = cli_nth(g->c, "judgemental", g->w.n_chosen)) != NULL; g->w.n_chosen++) {
		struct chosen *x = &g->w.chosen[g->w.n_chosen];

		x->given = id;
		if (catalog_find(&b->cat, &b->r, id, &x->c, &b->ev.err))
			return -1;
		if (!x->c->remediation)
			return err_set(&b->ev.err, EX_NO_SUCH,
			    "--judgemental %.200s: it is no remediation", id);
	}
	return 0;
}

static bool
ends_with(const char *name, const char *end)
{
	return strlen(name) > strlen(end) && strcmp(name + strlen(name) - strlen(end), end) == 0;
}

/* The sample as one document. 0 or -1 (e). */
static int
make_json(struct sample_page *g, bool file)
{
	int rc = 0;

	put_json(g, file, &rc);
	if (rc == 0 && g->out.failed)
		rc = err_nomem(&g->w.ev->err);
	if (rc == 0)
		evidence_put_limits(g->w.ev, &g->out);
	return rc;
}

static int
make_book(struct sample_page *g)
{
	struct err *e = &g->w.ev->err;
	struct book *b = book_new("Worksheet of a sample", newest_export(g->w.ev));
	int rc = b == NULL                                         ? err_nomem(e) :
	    worksheet_book(&g->w, b) || book_finish(b, &g->out, e) ? -1 :
								     0;

	book_free(b);
	return rc;
}

/* --out FILE.xlsx or FILE.json. 0 or -1 (e). */
static int
write_out(struct sample_page *g, struct target *t)
{
	int rc = ends_with(t->path, ".json") ? make_json(g, true) : make_book(g);

	if (rc == 0)
		rc = target_finish(t, &g->out, &g->w.ev->err);
	if (rc == 0)
		cli_note(g->c, "%s: %zu of %zu remediations of %s, %zu bytes", t->path,
		    g->w.s.taken, g->w.s.n, population_info[g->w.wish.population].name, g->out.len);
	return rc;
}

/* What is handed on says on its first sheet what verification found, not only what this reading
 * met. 0, or the exit status (printed). */
static int
verify_whole(struct browse *b)
{
	struct verification v;
	int status = evidence_verify(&b->ev, &v);

	/* the banner speaks of them too */
	b->ev.findings = v.findings;
	memset(&v.findings, 0, sizeof v.findings);
	verify_release(&v);
	return status;
}

/* Everything behind the sandbox. The exit status. */
static int
draw(struct sample_page *g, struct browse *b, struct target *t)
{
	struct cluster_left left;
	int rc = 0, status = policy_parse(&b->ev, &g->w.p);

	if (status)
		return status;
	evidence_period(&b->ev, &g->w.period);
	if (t && ends_with(t->path, ".xlsx") && (status = verify_whole(b)) != 0)
		return status;
	if (cluster_choose(g->c, &b->r, &b->cat, &left, &b->ev.err) || choose(g, b) ||
	    (g->w.cluster = left.name, worksheet_gather(&g->w, &b->r, &b->cat)))
		return cli_fail(g->c, &b->ev.err);
	if (t) {
		rc = write_out(g, t);
	} else {
		if (g->c->form == OUT_JSON)
			rc = make_json(g, false);
		else
			(g->c->form == OUT_CSV ? put_csv : put_screen)(g, &rc);
		if (rc == 0 && g->out.failed)
			rc = err_nomem(&b->ev.err);
		if (rc == 0)
			fwrite(g->out.p, 1, g->out.len, stdout);
	}
	return rc ? cli_fail(g->c, &b->ev.err) : evidence_banner(&b->ev);
}

int
cmd_sample(const struct cli *c)
{
	const char *number = cli_get(c, "number"), *after = cli_get(c, "after"),
		   *name = cli_get(c, "population"), *out = cli_get(c, "out"),
		   *by = cli_get(c, "by"), *strata = cli_get(c, "strata");
	struct sample_page g = { .c = c,
		.w = { .wish = { .seed = cli_get(c, "seed"),
			   .source = cli_get(c, "seed-source"),
			   .chosen = cli_get(c, "seed-date") },
		    .period = { INT64_MIN, INT64_MAX } } };
	struct sandbox_may may = { NULL, NULL, NULL };
	struct target t = { .fd = -1 };
	struct browse b;
	struct err e = { 0 };
	int status;

	/* each option by itself, before anything is opened */
	if (name == NULL)
		return cli_usage(
		    c, "sample wants --population NAME (exhibit populations FILE lists them)");
	g.w.wish.population = population_named(name);
	strata_named(by ? by : strata, &g.w.wish.by); /* options have one of these words */
	if (g.w.wish.seed == NULL || number == NULL)
		return cli_usage(c, "sample wants -n N and --seed TEXT");
	dec_u64(number, strlen(number), &g.w.wish.number);
	if (g.w.wish.number == 0)
		return cli_usage(c, "-n 0: nothing to draw");
	if (by && strata && strcmp(by, strata))
		return cli_usage(c, "--by and --strata are one option: %s or %s", by, strata);
	if (out && !ends_with(out, ".xlsx") && !ends_with(out, ".json"))
		return cli_usage(c,
		    "--out %.200s: want FILE.xlsx, the worksheet, or FILE.json, for report "
		    "--sample "
		    "(CSV: -o csv)",
		    out);
	if (after)
		dec_u64(after, strlen(after), &g.w.wish.after);
	/* the file is made before the sandbox */
	if (out && target_open(&t, out, &e)) {
		target_close(&t);
		return cli_fail(c, &e);
	}
	if (out)
		target_may(&t, &may);
	parameters_default(&g.w.p);
	buf_init(&g.out, 512u << 20);
	g.w.ev = &b.ev;
	g.w.found = &b.ev.findings;
	status = browse_open(&b, c, out ? &may : NULL);
	if (status == 0)
		status = draw(&g, &b, out ? &t : NULL);
	if (out)
		target_close(&t);
	worksheet_release(&g.w);
	free(g.w.chosen);
	buf_release(&g.out);
	browse_close(&b);
	return status;
}
