/*
 * analysis: what happened, how long it took, who decided, whether it held, for one remediation, a
 * batch, or a range (formats/analysis.md). Other correlations and other remediations tell of one,
 * so more of the log is read than its own events: near.c says how much.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/analysis.h"
#include "base/file.h"
#include "base/text.h"
#include "cmd/analyze/analysis_lines.h"
#include "cmd/analyze/analyze.h"
#include "cmd/analyze/cluster.h"
#include "cmd/analyze/gather.h"
#include "cmd/analyze/target.h"
#include "cmd/version.h"
#include "json/emit.h"
#include "report/report.h"

#define PAGE_MAX (512u << 20) /* bytes of one remediation's page, or of a range's tail */
#define TEXT_MAX (16u << 20)  /* bytes of a text to check, or of a list of ids */

struct page {
	const struct cli *c;
	struct browse b;
	struct analyses *a;
	struct period within;
	struct buf out;
	bool listed; /* something stands in the list already */
	/* --check or --ids-from, read before the sandbox */
	char *given;
	size_t given_n;
	int status; /* of what was found: 11 a text that is not grounded */
	enum page_view view;
	bool blocks;          /* stdout shows block characters */
	struct target target; /* of --out; path NULL: none */
	/* of --ids-from: by place; NULL: all that lie in the period */
	bool *named;
};

/* Writes out what stands there. -1: it did not arrive. */
static int
flush(void *arg, struct buf *out)
{
	(void)arg;
	if (out->failed || fwrite(out->p, 1, out->len, stdout) != out->len)
		return -1;
	buf_clear(out);
	return 0;
}

static int
load_all(struct page *g)
{
	g->a = analyses_load(&g->b.r, &g->b.cat, &g->b.ev.err);
	return g->a ? 0 : -1;
}

/* Those that --id names, and what their pages tell of others. -1 (err). */
static int
load_named(struct page *g)
{
	const struct correlation *c[CLI_MAX];
	struct browse *b = &g->b;
	unsigned n = 0;

	for (const char *id; n < CLI_MAX && (id = cli_nth(g->c, "id", n)) != NULL; n++)
		if (catalog_find(&b->cat, &b->r, id, &c[n], &b->ev.err))
			return -1;
	g->a = analyses_load_for(&b->r, &b->cat, c, n, &b->ev.err);
	return g->a ? 0 : -1;
}

/* Opens all of it: browse_open() would leave out what --id does not name. */
static int
open_all(struct page *g)
{
	struct browse *b = &g->b;
	struct cluster_left left;
	struct sandbox_may may = { NULL, NULL, NULL };
	int status;

	memset(&b->r, 0, sizeof b->r);
	memset(&b->cat, 0, sizeof b->cat);
	if (g->target.path)
		target_may(&g->target, &may);
	if ((status = evidence_open(&b->ev, g->c, g->target.path ? &may : NULL)) != 0)
		return status;
	if (reading_init(&b->r, b->ev.archive, b->ev.n, &b->ev.findings, &b->ev.err) ||
	    catalog_load(&b->cat, &b->r, &b->ev.err))
		return cli_fail(g->c, &b->ev.err);
	if ((status = evidence_limits(&b->ev, true)) != 0)
		return status;
	if (cluster_choose(g->c, &b->r, &b->cat, &left, &b->ev.err))
		return cli_fail(g->c, &b->ev.err);
	if (cli_get(g->c, "id") ? load_named(g) : load_all(g))
		return cli_fail(g->c, &b->ev.err);
	return 0;
}

/* Is anything that may be of a remediation, or of any, known to be missing? */
static bool
partial(struct page *g, const struct correlation *c)
{
	return g->b.ev.limits.n && (c == NULL || limited(&g->b.ev, c));
}

/*
 * The summaries of those that --id names rest on their own events alone, so nothing else is read,
 * and of damage only what is met on the way is told, as show does.
 */
static int
open_alone(struct page *g)
{
	const struct correlation *c[CLI_MAX];
	struct browse *b = &g->b;
	unsigned n = 0;
	int status = browse_open(b, g->c, NULL);

	if (status)
		return status;
	for (const char *id; n < CLI_MAX && (id = cli_nth(g->c, "id", n)) != NULL; n++)
		if (catalog_find(&b->cat, &b->r, id, &c[n], &b->ev.err))
			return cli_fail(g->c, &b->ev.err);
	if ((g->a = analyses_load_alone(&b->r, &b->cat, c, n, &b->ev.err)) == NULL)
		return cli_fail(g->c, &b->ev.err);
	return evidence_limits(&b->ev, false);
}

/* Figures that rest on what is known to be missing say so (J-3). */
static void
put_limits(struct page *g)
{
	struct limits *x = &g->b.ev.limits;

	if (x->n == 0)
		return;
	buf_str(&g->out,
	    "\nWHAT IS MISSING: what is counted here is there at least; what rests on an absence "
	    "(open, undecided,\n  expired, not tested, cannot tell; marked *), rates, means and "
	    "recommendations may be more or less\n");
	for (unsigned i = 0; i < x->n; i++) {
		buf_str(&g->out, "  ");
		text_plain(&g->out, x->l[i].sentence, strlen(x->l[i].sentence));
		buf_byte(&g->out, '\n');
	}
}

/* Into a document that ends with `}` and a line feed: what is no lower bound (AN-18). */
static void
put_unbounded(struct page *g)
{
	if (!partial(g, NULL) || g->out.len < 2)
		return;
	g->out.len -= 2;
	buf_str(&g->out, ",");
	analysis_unbounded(&g->out);
	buf_str(&g->out, "}\n");
}

/* For people: as a text, or as Markdown, which is made of it. */
static bool
is_text(const struct page *g)
{
	return g->c->form == OUT_TABLE || g->c->form == OUT_MD;
}

/* Prints the text that stands in out, as Markdown where that is asked for. -1 (err). */
static int
print_text(struct page *g)
{
	struct buf md;
	int rc = 0;

	if (g->c->form == OUT_MD) {
		buf_init(&md, PAGE_MAX);
		analysis_markdown(&g->out, &md);
		if (md.failed || g->out.failed)
			rc = err_nomem(&g->b.ev.err);
		else
			rc = flush(NULL, &md);
		buf_clear(&g->out);
		buf_release(&md);
	} else {
		rc = flush(NULL, &g->out);
	}
	if (rc && g->b.ev.err.status == 0)
		err_set(&g->b.ev.err, EX_IO_ERR, "what was printed did not arrive");
	return rc ? -1 : 0;
}

static int
put_range(struct page *g)
{
	struct sink sink = { flush, NULL };
	struct err *e = &g->b.ev.err;

	if (is_text(g)) {
		struct text_wish wish = { g->view, partial(g, NULL), g->blocks };

		if (range_text(g->a, g->within.from, g->within.to, &wish, &g->out, e))
			return -1;
		put_limits(g);
		return print_text(g);
	}
	if (g->view != VIEW_DETAIL) {
		struct buf whole;
		int rc;

		buf_init(&whole, PAGE_MAX);
		rc = range_json(g->a, g->within.from, g->within.to, &whole, NULL, e) ||
		    analysis_view(&whole, g->view, true, &g->out, e);
		buf_release(&whole);
		if (rc)
			return -1;
	} else if (range_json(g->a, g->within.from, g->within.to, &g->out, &sink, e)) {
		return -1;
	}
	buf_byte(&g->out, '\n');
	put_unbounded(g);
	evidence_put_limits(&g->b.ev, &g->out);
	return 0;
}

/* One of several, or the only one. */
static int
put_one(struct page *g, size_t i)
{
	struct err *e = &g->b.ev.err;
	struct buf whole;
	int rc;

	if (is_text(g)) {
		struct text_wish wish = { g->view, partial(g, analyses_at(g->a, i)), g->blocks };

		buf_str(&g->out, g->listed ? "\n" : "");
		g->listed = true;
		return analysis_text(g->a, i, &wish, &g->out, e);
	}
	buf_init(&whole, PAGE_MAX);
	rc = g->view == VIEW_DETAIL           ? analysis_json(g->a, i, &g->out, e) :
	    analysis_json(g->a, i, &whole, e) ? -1 :
						analysis_view(&whole, g->view, false, &g->out, e);
	buf_release(&whole);
	buf_byte(&g->out, '\n');
	return rc ? -1 : 0;
}

/* The one that an id names. -1 (err). */
static int
find(struct page *g, const char *id, size_t *ret)
{
	const struct correlation *c;
	struct err *e = &g->b.ev.err;

	if (catalog_find(&g->b.cat, &g->b.r, id, &c, e))
		return -1;
	if (analyses_find(g->a, c, ret))
		return 0;
	/* the event that says so may be one that cannot be read */
	for (unsigned i = 0; i < g->b.ev.n; i++)
		if (archive_damaged_blocks(g->b.ev.archive[i]))
			return err_set(e, EX_ALTERED,
			    "--id %.200s: none of its events that can be read says that a "
			    "remediation began: %" PRIu64 " records of %s lie in damaged blocks",
			    id, archive_damaged_records(g->b.ev.archive[i]),
			    archive_name(g->b.ev.archive[i]));
	return err_set(e, EX_NO_SUCH,
	    "--id %.200s: no remediation: none of its events here says that one began "
	    "(exhibit show tells what there is)",
	    id);
}

/* A text against the facts of its brief. */
static int
put_check(struct page *g, size_t i, const struct brief_wish *wish)
{
	struct sink sink = { flush, NULL };
	struct buf text;
	bool grounded = false;
	int rc;

	buf_init(&text, 2 * TEXT_MAX);
	if (!text_unwrap(g->given, g->given_n, &text) || !utf8_valid(text.p, text.len)) {
		buf_release(&text);
		return err_set(&g->b.ev.err, EX_DATA_ERR,
		    "--check %.200s: not a text in UTF-8 or UTF-16", cli_get(g->c, "check"));
	}
	rc = analysis_check(
	    g->a, i, wish, (char *)text.p, text.len, &g->out, &sink, &grounded, &g->b.ev.err);
	buf_release(&text);
	g->status = grounded ? EX_OK : EX_DIFFERENCES;
	if (rc == 0 && g->c->form == OUT_TABLE)
		put_limits(g);
	else if (rc == 0)
		evidence_put_limits(&g->b.ev, &g->out);
	return rc;
}

/* For a model elsewhere, or what came back from there; what is missing is said in it. */
static int
put_brief(struct page *g)
{
	struct limits *x = &g->b.ev.limits;
	const char *limit = cli_get(g->c, "limit"), *id = cli_get(g->c, "id"), **missing;
	struct err *e = &g->b.ev.err;
	struct brief_wish wish = { .json = g->c->form == OUT_JSON, .n_missing = x->n };
	uint64_t most = UINT32_MAX;
	size_t i = 0;
	int rc;

	if (id && find(g, id, &i))
		return -1;
	if (limit && (!dec_u64(limit, strlen(limit), &most) || most > UINT32_MAX))
		most = UINT32_MAX;
	if ((missing = malloc((x->n + 1) * sizeof *missing)) == NULL)
		return err_nomem(e);
	for (unsigned k = 0; k < x->n; k++)
		missing[k] = x->l[k].sentence;
	wish.limit = (unsigned)most;
	wish.missing = missing;
	rc = cli_get(g->c, "check") ? put_check(g, i, &wish) :
	    id                      ? analysis_brief(g->a, i, &wish, &g->out, e) :
		 range_brief(g->a, g->within.from, g->within.to, &wish, &g->out, e);
	free(missing);
	return rc;
}

/* A page of its own, of one or of the range. */
static int
put_html(struct page *g)
{
	const char *id = cli_get(g->c, "id"), *period = cli_get(g->c, "period");
	struct evidence *ev = &g->b.ev;
	struct story story = { 0 };
	struct buf json;
	struct analysis_page p = { .json = &json,
		.title = period ? period : "all that the files hold",
		.range = id == NULL,
		.version = "exhibit " EXHIBIT_VERSION,
		.archive = ev->archive,
		.n = ev->n,
		.limits = &ev->limits };
	size_t i;
	int rc = -1;

	buf_init(&json, PAGE_MAX);
	if (id == NULL)
		rc = range_json(g->a, g->within.from, g->within.to, &json, NULL, &ev->err);
	else if (find(g, id, &i) == 0) {
		p.title = analyses_at(g->a, i)->text;
		p.story = &story;
		rc = analysis_json(g->a, i, &json, &ev->err) ||
			story_load(&story, &g->b.r, analyses_at(g->a, i), &ev->err) ?
		    -1 :
		    0;
	}
	/* the page names the files by their digests */
	for (unsigned k = 0; k < ev->n && rc == 0; k++)
		rc = archive_digest(ev->archive[k], &ev->findings, &ev->err);
	if (rc == 0)
		rc = analysis_html(&g->out, &p, &ev->err) ||
			target_finish(&g->target, &g->out, &ev->err) ?
		    -1 :
		    0;
	buf_clear(&g->out);
	buf_release(&json);
	story_release(&story);
	return rc;
}

static int
put_ids(struct page *g)
{
	const char *id;
	size_t i;

	for (unsigned k = 0; (id = cli_nth(g->c, "id", k)) != NULL; k++) {
		if (find(g, id, &i) || put_one(g, i))
			return -1;
		if (g->c->form == OUT_JSON)
			evidence_put_limits(&g->b.ev, &g->out);
		else if (is_text(g)           ? print_text(g) :
			g->out.len > 1u << 20 ? flush(NULL, &g->out) :
						0)
			return err_set(&g->b.ev.err, EX_IO_ERR, "what was printed did not arrive");
	}
	if (!is_text(g))
		return 0;
	put_limits(g);
	return print_text(g);
}

/* The ids of --ids-from, each a line. An id that is not found is an error, which names its line. */
static int
read_ids(struct page *g)
{
	const char *from = cli_get(g->c, "ids-from");
	struct err *e = &g->b.ev.err;
	size_t first, n = analyses_between(g->a, INT64_MIN, INT64_MAX, &first), i, len, k;
	char *p = g->given, *end = p + g->given_n;

	if (memchr(p, '\0', g->given_n))
		return err_set(e, EX_DATA_ERR, "--ids-from %.200s: not a text", from);
	if ((g->named = calloc(n + 1, sizeof *g->named)) == NULL)
		return err_nomem(e);
	for (unsigned line = 1; p < end; line++, p += len + 1) {
		len = k = strcspn(p, "\n");
		p[len] = '\0';
		while (k && strchr(" \t\r", p[k - 1]))
			p[--k] = '\0';
		if (*p && find(g, p, &i)) {
			struct err why = *e;

			e->status = 0;
			return err_set(e, why.status, "--ids-from %.200s, line %u: %.700s", from,
			    line, why.text);
		}
		if (*p)
			g->named[i] = true;
	}
	return 0;
}

/* A line for each, of a table for the terminal or in Markdown. */
static int
put_table(struct page *g, size_t first, size_t n)
{
	bool md = g->c->form == OUT_MD;
	struct analysis_lines lines = { .a = g->a,
		.first = first,
		.n = n,
		.named = g->named,
		.ev = &g->b.ev,
		.width = g->c->width };

	if (md ? analysis_lines_md(&lines, &g->out) : analysis_lines_text(&lines, &g->out))
		return err_nomem(&g->b.ev.err);
	/* it is Markdown already; what follows is made so */
	if (md && flush(NULL, &g->out))
		return err_set(&g->b.ev.err, EX_IO_ERR, "what was printed did not arrive");
	put_limits(g);
	return md ? print_text(g) : 0;
}

static int
put_all(struct page *g)
{
	size_t first, n = analyses_between(g->a, g->within.from, g->within.to, &first);
	bool json = g->c->form == OUT_JSON;
	struct emit e;

	if (g->c->form == OUT_TABLE || (g->c->form == OUT_MD && cli_get(g->c, "view") == NULL))
		return put_table(g, first, n);
	if (json) {
		/* its end is evidence_end_list's */
		emit_init(&e, &g->out);
		emit_object(&e, NULL);
		emit_array(&e, "analyses");
	}
	for (size_t i = first; i < first + n; i++) {
		if (g->named && !g->named[i])
			continue;
		if (json && g->listed)
			buf_byte(&g->out, ',');
		if (put_one(g, i))
			return -1;
		g->listed = true;
		if (is_text(g) ? print_text(g) : flush(NULL, &g->out))
			return err_set(&g->b.ev.err, EX_IO_ERR, "what was printed did not arrive");
	}
	if (json) {
		flush(NULL, &g->out);
		evidence_end_list(&g->b.ev);
	}
	if (g->c->form != OUT_MD)
		return 0;
	put_limits(g);
	return print_text(g);
}

/* AN-1: [from, until), so an instant at the end is not within; a day or a month counts whole. */
static struct period
within(const char *text)
{
	const char *end = strstr(text, "..") + 2;
	struct utc_span last;
	struct period p;

	period_parse(text, &p);
	if (*end && utc_span_parse(end, strlen(end), &last) == UTC_OK && !last.whole)
		p.to = last.from;
	return p;
}

int
cmd_analysis(const struct cli *c)
{
	const char *period = cli_get(c, "period"), *check = cli_get(c, "check");
	const char *ids = cli_get(c, "ids-from"), *read = check ? check : ids;
	const char *view = cli_get(c, "view"), *out = cli_get(c, "out");
	struct page g = { .c = c, .within = { INT64_MIN, INT64_MAX } };
	struct err e = { 0 };
	bool alone;
	int status;

	g.blocks = c->form == OUT_TABLE && c->utf8;
	if (period)
		g.within = within(period);
	if (view)
		g.view = strcmp(view, "summary") == 0 ? VIEW_SUMMARY :
		    strcmp(view, "trend") == 0        ? VIEW_TREND :
							VIEW_DETAIL;
	if (read && (g.given = file_slurp(read, TEXT_MAX, &g.given_n, &e)) == NULL)
		return cli_fail(c, &e);
	if (out && target_open(&g.target, out, &e)) {
		target_close(&g.target);
		free(g.given);
		return cli_fail(c, &e);
	}
	buf_init(&g.out, PAGE_MAX);
	alone = cli_get(c, "id") && g.view == VIEW_SUMMARY && !cli_get(c, "cluster");
	if ((status = alone ? open_alone(&g) : open_all(&g)) == 0) {
		if (out                              ? put_html(&g) :
			cli_get(c, "brief") || check ? put_brief(&g) :
			cli_get(c, "id")             ? put_ids(&g) :
			ids                          ? read_ids(&g) || put_all(&g) :
			cli_get(c, "all")            ? put_all(&g) :
						       put_range(&g)) {
			status = cli_fail(c, &g.b.ev.err);
		} else {
			flush(NULL, &g.out);
			status = evidence_banner(&g.b.ev);
			/* only an alteration outranks a difference (J-3) */
			if (g.status && status != EX_ALTERED)
				status = g.status;
		}
	}
	if (out)
		target_close(&g.target);
	analyses_free(g.a);
	free(g.given);
	free(g.named);
	buf_release(&g.out);
	browse_close(&g.b);
	return status;
}
