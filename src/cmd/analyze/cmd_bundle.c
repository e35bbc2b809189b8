/* bundle: everything that an auditor hands on, in one folder or one zip; and the check of one
 * (formats/bundle.md ). */
#include <errno.h>
#include <inttypes.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "analysis/analysis.h"
#include "base/text.h"
#include "base/utc.h"
#include "cmd/analyze/bundle.h"
#include "cmd/analyze/cluster.h"
#include "cmd/analyze/reconstruct.h"

/* ---- names of the archives */

/* Letters, digits and `.-_` as they are, other bytes as %XX; never hidden, never an option, no
 * device's name, and no dot at the end, which some systems take away. */
static void
safe_name(const char *base, char out[300])
{
	size_t o = 0, n = strlen(base);

	if (n > 80) {
		outdir_name(base, n, "", out);
		return;
	}
	for (const unsigned char *p = (const unsigned char *)base; *p; p++) {
		bool plain = (*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') ||
		    (*p >= '0' && *p <= '9') || strchr("-_.%", *p) != NULL;

		if (o == 0)
			plain = plain && *p != '.' && *p != '-' && !outdir_reserved(base, n);
		if (plain && !(*p == '.' && p[1] == '\0'))
			out[o++] = (char)*p;
		else
			o += (size_t)snprintf(out + o, 4, "%%%02X", *p);
	}
	out[o] = '\0';
}

struct archive_given {
	const char *path;
	char name[300];
};

static int
by_name(const void *pa, const void *pb)
{
	const struct archive_given *a = pa, *b = pb;
	int c = strcmp(a->name, b->name);

	return c ? c : strcmp(a->path, b->path);
}

/* Has another archive the name of the i-th, for a system that does not tell case? */
static bool
taken(const struct archive_given *g, unsigned n, unsigned i)
{
	for (unsigned k = 0; k < n; k++)
		if (k != i && strcasecmp(g[k].name, g[i].name) == 0)
			return true;
	return false;
}

/* The archives in an order that no command line decides, under names that no two share. */
int
bundle_names(struct bundle *b, struct cli *c)
{
	struct archive_given *g = calloc(c->n_args + 1, sizeof *g);
	char was[300];

	b->name = calloc(c->n_args + 1, sizeof *b->name);
	b->sha = calloc(c->n_args + 1, sizeof *b->sha);
	if (g == NULL || b->name == NULL || b->sha == NULL) {
		free(g);
		return err_nomem(&b->ev.err);
	}
	for (unsigned i = 0; i < c->n_args; i++) {
		const char *base = strrchr(c->arg[i], '/');

		g[i].path = c->arg[i];
		safe_name(strcmp(c->arg[i], "-") == 0 ? "stdin.exhibit" :
			base                          ? base + 1 :
							c->arg[i],
		    g[i].name);
	}
	qsort(g, c->n_args, sizeof *g, by_name);
	/* from the last on, so that each looks at names as they were: those that differ by case do
	 * not stand beside each other */
	for (unsigned i = c->n_args; i-- > 0;) {
		unsigned same = 1;

		for (unsigned k = 0; k < i; k++)
			same += strcasecmp(g[i].name, g[k].name) == 0;
		memcpy(was, g[i].name, sizeof was);
		/* a number before it may make it the name of another */
		while (same > 1 && taken(g, c->n_args, i))
			snprintf(g[i].name, sizeof g[i].name, "%u-%.280s", same++, was);
	}
	/* the check finds them in the order of the names that they have now */
	qsort(g, c->n_args, sizeof *g, by_name);
	for (unsigned i = 0; i < c->n_args; i++) {
		c->arg[i] = g[i].path;
		memcpy(b->name[i], g[i].name, sizeof *b->name);
	}
	free(g);
	return 0;
}

/* ---- files that are no tables */

static int
copy_archives(struct bundle *b)
{
	enum { CHUNK = 1 << 18 };
	char path[400], *chunk = malloc(CHUNK);
	struct err *e = &b->ev.err;
	int rc = chunk ? 0 : err_nomem(e);

	for (unsigned i = 0; i < b->ev.n && rc == 0; i++) {
		const struct archive *a = b->ev.archive[i];
		uint64_t at = 0;

		snprintf(path, sizeof path, "archives/%s", b->name[i]);
		rc = shelf_begin(&b->shelf, path, false, e);
		while (rc == 0 && at < archive_bytes(a)) {
			ssize_t n = archive_read(a, at, chunk, CHUNK);

			if (n < 0 && errno == EINTR)
				continue;
			rc = n <= 0 ? err_set(e, EX_IO_ERR, "%s: cannot be read at byte %" PRIu64,
					  b->name[i], at) :
				      shelf_write(&b->shelf, chunk, (size_t)n, e);
			at += n > 0 ? (uint64_t)n : 0;
		}
		rc = rc || shelf_end(&b->shelf, e) ? -1 : 0;
	}
	free(chunk);
	return rc;
}

static int
put_part(void *arg, const struct buf *b, struct err *e)
{
	return shelf_write(arg, b->p, b->len, e);
}

static int
report(struct bundle *b)
{
	struct report_made made = { .wish = b->sampled ? &b->w.wish : NULL,
		.to = { put_part, &b->shelf } };

	return shelf_begin(&b->shelf, "report.html", true, &b->ev.err) ||
		report_make(b->c, &b->ev, &b->v, &b->w.p, &b->period, &made) ||
		shelf_end(&b->shelf, &b->ev.err) ?
	    -1 :
	    0;
}

static int
verdict(struct bundle *b)
{
	struct buf out;
	int rc;

	buf_init(&out, 1u << 30);
	rc = print_verification_json(&b->v, &b->ev, &out);
	evidence_put_limits(&b->ev, &out);
	rc = rc ? err_nomem(&b->ev.err) : shelf_put(&b->shelf, "verify.json", &out, &b->ev.err);
	buf_release(&out);
	return rc;
}

static int
analysis(struct bundle *b)
{
	struct analyses *a = analyses_load(&b->r, &b->cat, &b->ev.err);
	struct buf out;
	int rc;

	if (a == NULL)
		return -1;
	buf_init(&out, 1u << 30);
	rc = range_json(a, b->period.from, b->period.to, &out, NULL, &b->ev.err);
	if (rc == 0) {
		buf_byte(&out, '\n');
		evidence_put_limits(&b->ev, &out);
		rc = shelf_put(&b->shelf, "analysis.json", &out, &b->ev.err);
	}
	analyses_free(a);
	buf_release(&out);
	return rc;
}

static int
policy(struct bundle *b)
{
	const struct given *g = evidence_given(&b->ev, "policy");
	struct buf out;
	int rc;

	buf_init(&out, 8u << 20);
	if (g)
		buf_put(&out, g->text, g->n);
	else
		parameters_print(&out);
	rc = shelf_put(&b->shelf, g ? "policy.yaml" : "policy-defaults.yaml", &out, &b->ev.err);
	buf_release(&out);
	return rc;
}

static int
rebuild(void *arg, const struct correlation *c, struct story *s)
{
	struct bundle *b = arg;
	const struct job job = { .c = b->c,
		.form = FORM_YAML,
		.now = INT64_MIN,
		.until = INT64_MAX,
		.before = UINT64_MAX,
		.period = { INT64_MIN, INT64_MAX },
		.dir.fd = -1 };
	char name[OUTDIR_NAME], path[400];
	struct children none = { 0 };
	struct rebuilt_rr rr;
	struct buf out;
	int rc;

	rebuilt_init(&rr);
	buf_init(&out, 512u << 20);
	if ((rc = rebuild_rr(&rr, s, c, &job.wish, &b->ev.err)) > 0) {
		/* no event begins it: there is no object to show */
		b->refused++;
		rc = 0;
	} else if (rc == 0) {
		outdir_name(c->text, c->n, ".yaml", name);
		snprintf(path, sizeof path, "rebuilt/%s", name);
		rc = print_rebuilt(&job, &out, s, c, &rr, &none, &b->ev.err) ||
			shelf_put(&b->shelf, path, &out, &b->ev.err) ?
		    -1 :
		    0;
		b->rebuilt++;
	}
	rebuilt_release(&rr);
	buf_release(&out);
	return rc;
}

/* Every file of it. 0 or -1 (e). */
int
bundle_fill(struct bundle *b)
{
	struct err *e = &b->ev.err;

	return copy_archives(b) || verdict(b) || policy(b) || bundle_keys(b) ||
		bundle_journal_put(b) || bundle_rules(&b->shelf, e) || bundle_tables(b) ||
		bundle_oscal(b) || bundle_statement(b) || bundle_custody(b) ||
		bundle_timesketch(b) || stories_each(&b->r, &b->cat, true, rebuild, b, e) ||
		bundle_words(b) || bundle_recipe(b) || shelf_finish(&b->shelf, e) ?
	    -1 :
	    0;
}

/* ---- how it is made */

static int
note_digest(struct bundle *b, const char *text)
{
	size_t n = strlen(text);
	unsigned char raw[32];
	char *at = b->noted[b->n_noted];

	if (b->n_noted == NOTED_MOST)
		return err_set(&b->ev.err, EX_USAGE_ERR, "--noted: too many");
	for (size_t i = 0; i < n && i < 64; i++)
		at[i] = text[i] >= 'A' && text[i] <= 'F' ? (char)(text[i] - 'A' + 'a') : text[i];
	if (n != 64 || !hex_to(at, 64, raw))
		return err_set(&b->ev.err, EX_USAGE_ERR,
		    "--noted %.100s: want the SHA-256 of a file, 64 hex digits", text);
	b->n_noted++;
	return 0;
}

/* The draw that the options ask for. 0, or the exit status. */
int
bundle_wish(struct bundle *b, const struct cli *c)
{
	const char *population = cli_get(c, "population"), *number = cli_get(c, "number"),
		   *after = cli_get(c, "after"), *noted;
	struct sample_wish *w = &b->w.wish;

	*w = (struct sample_wish){ .population = POP_REMEDIATIONS, .seed = "" };
	for (unsigned i = 0; (noted = cli_nth(c, "noted", i)) != NULL; i++)
		if (note_digest(b, noted))
			return cli_fail(c, &b->ev.err);
	b->sampled = population || number || cli_get(c, "seed");
	if (!b->sampled)
		return 0;
	w->seed = cli_get(c, "seed");
	if (population == NULL || number == NULL || w->seed == NULL)
		return cli_usage(c, "a sample wants --population NAME, -n N and --seed TEXT");
	w->population = population_named(population);
	dec_u64(number, strlen(number), &w->number);
	if (w->number == 0)
		return cli_usage(c, "-n 0: nothing to draw");
	if (after)
		dec_u64(after, strlen(after), &w->after);
	strata_named(cli_get(c, "by"), &w->by); /* options have one of these words */
	w->source = cli_get(c, "seed-source");
	w->chosen = cli_get(c, "seed-date");
	return 0;
}

static int
choose(struct bundle *b, const char *id)
{
	struct chosen *x = &b->w.chosen[b->w.n_chosen];

	if (b->w.n_chosen == CLI_MAX || catalog_find(&b->cat, &b->r, id, &x->c, &b->ev.err))
		return -1;
	if (!x->c->remediation)
		return err_set(
		    &b->ev.err, EX_NO_SUCH, "--judgemental %.200s: it is no remediation", id);
	b->w.n_chosen++;
	return 0;
}

/* What was typed into books that came back. 0, or the exit status (printed). */
static int
take_answers(struct bundle *b)
{
	struct answering *a = &b->answers;
	int status;

	answering_init(a, b->c, &b->ev, &b->v.findings, &b->period);
	if (!answering_any(b->c))
		return 0;
	a->want = b->sampled ? &b->w.wish : NULL;
	a->lenient = b->check;
	status = answering_read(a, NULL);
	if (status == EX_DIFFERENCES && b->check)
		return 0;
	if (status == EX_DIFFERENCES)
		answering_refuse(a);
	if (status == 0 && a->typed.given[BOOK_SAMPLE] && !b->sampled)
		return b->check ? 0 :
				  cli_usage(b->c,
				      "--auditor: a worksheet of a sample wants the options that "
				      "it was drawn "
				      "with (--population, -n, --seed)");
	if (status == 0) {
		b->ev.typed = &a->typed;
		answering_note(a);
	}
	return status;
}

/* What is made from: verified, read, drawn, held against the rules. 0, or the exit status. */
int
bundle_gather(struct bundle *b)
{
	struct err *e = &b->ev.err;
	struct cluster_left left;
	const char *id;
	int status;

	if ((status = policy_parse(&b->ev, &b->w.p)) != 0)
		return status;
	b->period = (struct period){ INT64_MIN, INT64_MAX };
	/* what the period leaves out is left out of everything */
	evidence_period(&b->ev, &b->period);
	b->w.period = b->period;
	b->w.ev = &b->ev;
	b->w.found = &b->v.findings;
	if ((status = evidence_verify(&b->ev, &b->v)) != 0 ||
	    (status = evidence_limits(&b->ev, true)) != 0)
		return status;
	/* digests of the files as they lie here, before anything is written */
	for (unsigned i = 0; i < b->ev.n; i++)
		if (digest_file(&b->ev, b->ev.archive[i], b->sha[i]))
			return cli_fail(b->c, e);
	if ((status = take_answers(b)) != 0)
		return status;
	/* the newest export is the clock of the bundle: the same archives give the same bytes */
	b->newest = newest_export(&b->ev);
	utc_text(b->made, b->newest / 1000000 * 1000000);
	/* what reads everything for itself goes first, and its memory with it */
	if (report(b) || reading_init(&b->r, b->ev.archive, b->ev.n, &b->v.findings, e) ||
	    catalog_load(&b->cat, &b->r, e) || cluster_choose(b->c, &b->r, &b->cat, &left, e) ||
	    analysis(b) || (b->w.chosen = calloc(CLI_MAX, sizeof *b->w.chosen)) == NULL)
		return e->status ? cli_fail(b->c, e) : (err_nomem(e), cli_fail(b->c, e));
	b->cluster = b->w.cluster = left.name;
	malloc_trim(0);
	/* what somebody chose is named, and not drawn */
	for (unsigned i = 0; (id = cli_nth(b->c, "judgemental", i)) != NULL; i++)
		if (choose(b, id))
			return cli_fail(b->c, e);
	if (worksheet_gather(&b->w, &b->r, &b->cat) ||
	    (b->against[0] && holdings_of(&b->now, &b->w, b->v.verdict, bundle_period(b))))
		return cli_fail(b->c, e);
	return 0;
}

/* What files are called inside, whatever they are called outside. */
void
bundle_rename(struct bundle *b)
{
	for (unsigned i = 0; i < b->ev.n; i++)
		attached_rename(b->ev.attached[i], b->name[i]);
	b->ev.handed_on = true;
}

void
bundle_release(struct bundle *b)
{
	shelf_close(&b->shelf);
	answering_release(&b->answers);
	holdings_release(&b->before);
	holdings_release(&b->now);
	worksheet_release(&b->w);
	catalog_release(&b->cat);
	reading_release(&b->r);
	verify_release(&b->v);
	evidence_close(&b->ev);
	free(b->exception);
	free(b->w.chosen);
	free(b->name);
	free(b->sha);
}

static int
make(const struct cli *given, const char *out)
{
	struct cli c = *given;
	struct sandbox_may may = { NULL, NULL, NULL };
	struct bundle b = { .c = &c };
	struct earlier *earlier = NULL;
	const char *against = cli_get(&c, "against");
	bool filled = false;
	int status;

	b.shelf.dir.fd = b.shelf.target.fd = -1;
	parameters_default(&b.w.p);
	if ((status = bundle_wish(&b, &c)) == 0 &&
	    (bundle_names(&b, &c) || shelf_open(&b.shelf, out, &may, &b.ev.err)))
		status = cli_fail(&c, &b.ev.err);
	if (status == 0 && (status = evidence_attach(&b.ev, &c, c.arg, c.n_args, NULL)) == 0 &&
	    (status = bundle_earlier(&b, &earlier, against)) == 0) {
		/* archives are called by their names in the bundle from here on */
		bundle_rename(&b);
		if ((status = evidence_confine(&b.ev, &c, &may)) == 0 &&
		    (status = bundle_since(&b, &earlier)) == 0 &&
		    (status = evidence_authenticate(&b.ev)) == 0 &&
		    (status = bundle_journal(&b, NULL) ? cli_fail(&c, &b.ev.err) : 0) == 0 &&
		    (status = bundle_gather(&b)) == 0) {
			filled = bundle_fill(&b) == 0;
			status = filled ?
			    status_worse(b.v.exit, b.ev.limits.uncovered ? EX_INCOMPLETE : EX_OK) :
			    cli_fail(&c, &b.ev.err);
		}
	}
	/* verdicts are the bundle's status, failures are the tool's */
	if (filled) {
		cli_note(&c, "%s: %zu files, verdict %s", out, b.shelf.n, b.v.verdict);
		/* a status that is not 0 has its reason on the screen too */
		for (unsigned i = 0; status && i < b.v.n_headlines; i++)
			cli_note(&c, "%s", b.v.headline[i]);
		for (unsigned i = 0; i < b.ev.limits.n; i++)
			cli_note(&c, "%s: %s", limit_called(&b.ev.limits.l[i]),
			    b.ev.limits.l[i].sentence);
		for (unsigned i = 0; i < b.n_noted; i++) {
			bool fits = false;

			for (unsigned k = 0; k < b.ev.n; k++)
				fits |= strcmp(b.sha[k], b.noted[i]) == 0;
			if (!fits)
				cli_note(&c,
				    "--noted %s: NO FILE HERE HAS THIS DIGEST (custody.json says "
				    "so)",
				    b.noted[i]);
			if (!fits && status != EX_ALTERED)
				status = EX_DIFFERENCES;
		}
	}
	earlier_close(earlier);
	bundle_release(&b);
	return status;
}

int
cmd_bundle(const struct cli *c)
{
	const char *out = cli_get(c, "out"), *dir = cli_get(c, "check");

	if (dir && (out || c->n_args))
		return cli_usage(
		    c, "--check takes the bundle's folder or zip and nothing beside it");
	if (dir && cli_get(c, "with-journal"))
		return cli_usage(c,
		    "--with-journal puts a journal into a bundle that is made; --check takes that "
		    "of the bundle");
	if (dir)
		return bundle_check(c, dir);
	if (out == NULL || c->n_args == 0)
		return cli_usage(c,
		    "bundle wants FILE.exhibit and --out DIR or FILE.zip; or --check DIR or "
		    "FILE.zip");
	return make(c, out);
}
