/* bundle: everything that an auditor hands on, in one folder or one zip; and the check of one
 * (formats/bundle.md ). */
#include <dirent.h>
#include <errno.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "analysis/analysis.h"
#include "base/file.h"
#include "base/text.h"
#include "base/utc.h"
#include "cmd/analyze/bundle.h"
#include "cmd/analyze/reconstruct.h"
#include "json/json.h"

#define RECIPE_MOST (4u << 20) /* bytes of bundle.json */
#define PATH_MOST 4200u

/* ---- names of the archives */

/* Letters, digits and `.-_` as they are, other bytes as %XX; never hidden, never an option. */
static void
safe_name(const char *base, char out[300])
{
	size_t o = 0;

	if (strlen(base) > 80) {
		outdir_name(base, strlen(base), "", out);
		return;
	}
	for (const unsigned char *p = (const unsigned char *)base; *p; p++) {
		bool plain = (*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') ||
		    (*p >= '0' && *p <= '9') || strchr("-_.%", *p) != NULL;

		if (plain && !(o == 0 && (*p == '.' || *p == '-')))
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
	return strcmp(
	    ((const struct archive_given *)pa)->name, ((const struct archive_given *)pb)->name);
}

/* The archives in an order that no command line decides, under names that no two share. */
static int
name_archives(struct bundle *b, struct cli *c)
{
	struct archive_given *g = calloc(c->n_args + 1, sizeof *g);

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
	for (unsigned i = 0, same = 1; i < c->n_args; i++) {
		c->arg[i] = g[i].path;
		same = i && strcasecmp(g[i].name, g[i - 1].name) == 0 ? same + 1 : 1;
		if (same > 1)
			snprintf(b->name[i], sizeof *b->name, "%u-%.280s", same, g[i].name);
		else
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
		const struct archive *a = &b->ev.archive[i];
		uint64_t at = 0;

		snprintf(path, sizeof path, "archives/%s", b->name[i]);
		rc = shelf_begin(&b->shelf, path, false, e);
		while (rc == 0 && at < a->bytes) {
			ssize_t n = pread(a->fd, chunk, CHUNK, (off_t)at);

			if (n < 0 && errno == EINTR)
				continue;
			rc = n <= 0 ? err_set(e, EX_IO_ERR, "%s: cannot be read at byte %llu",
					  b->name[i], (unsigned long long)at) :
				      shelf_write(&b->shelf, chunk, (size_t)n, e);
			at += n > 0 ? (uint64_t)n : 0;
		}
		rc = rc || shelf_end(&b->shelf, e) ? -1 : 0;
	}
	free(chunk);
	return rc;
}

static int
report(struct bundle *b)
{
	struct report_made made = { 0 };
	int rc;

	buf_init(&made.html, 1u << 30);
	rc = report_make(b->c, &b->ev, &b->v, &b->w.p, &b->period, &made) ||
		shelf_put(&b->shelf, "report.html", &made.html, &b->ev.err) ?
	    -1 :
	    0;
	buf_release(&made.html);
	return rc;
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
static int
fill(struct bundle *b)
{
	struct err *e = &b->ev.err;

	return copy_archives(b) || verdict(b) || policy(b) || bundle_keys(b) ||
		bundle_rules(&b->shelf, e) || bundle_tables(b) || bundle_oscal(b) ||
		bundle_statement(b) || bundle_custody(b) || bundle_timesketch(b) ||
		stories_each(&b->r, &b->cat, true, rebuild, b, e) || bundle_words(b) ||
		bundle_recipe(b) || shelf_finish(&b->shelf, e) ?
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
static int
wish_of(struct bundle *b, const struct cli *c)
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
	w->by = cli_get(c, "by");
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

/* What is made from: verified, read, drawn, held against the rules. 0, or the exit status. */
static int
gather_all(struct bundle *b)
{
	struct err *e = &b->ev.err;
	const char *id;
	struct buf t;
	int status;

	if ((status = policy_parse(&b->ev, &b->w.p)) != 0)
		return status;
	b->period = (struct period){ INT64_MIN, INT64_MAX };
	evidence_period(&b->ev, &b->period);
	b->w.period = b->period;
	b->w.ev = &b->ev;
	b->w.found = &b->v.findings;
	if ((status = evidence_verify(&b->ev, &b->v)) != 0 ||
	    (status = evidence_limits(&b->ev, true)) != 0)
		return status;
	for (unsigned i = 0; i < b->ev.n; i++)
		if (digest_file(&b->ev, &b->ev.archive[i], b->sha[i]))
			return cli_fail(b->c, e);
	b->newest = newest_export(&b->ev);
	buf_init(&t, 64);
	utc_print(&t, UTC_REST, b->newest / 1000000 * 1000000, 0);
	snprintf(b->made, sizeof b->made, "%.*s", (int)t.len, t.p ? (char *)t.p : "");
	buf_release(&t);
	/* what reads everything for itself goes first, and its memory with it */
	if (report(b) || reading_init(&b->r, b->ev.archive, b->ev.n, &b->v.findings, e) ||
	    catalog_load(&b->cat, &b->r, e) || analysis(b) ||
	    (b->w.chosen = calloc(CLI_MAX, sizeof *b->w.chosen)) == NULL)
		return e->status ? cli_fail(b->c, e) : (err_nomem(e), cli_fail(b->c, e));
	malloc_trim(0);
	for (unsigned i = 0; (id = cli_nth(b->c, "judgemental", i)) != NULL; i++)
		if (choose(b, id))
			return cli_fail(b->c, e);
	return worksheet_gather(&b->w, &b->r, &b->cat) ? cli_fail(b->c, e) : 0;
}

/* What files are called inside, whatever they are called outside. */
static void
rename_archives(struct bundle *b)
{
	for (unsigned i = 0; i < b->ev.n; i++)
		b->ev.archive[i].path = b->name[i];
	b->ev.handed_on = true;
}

static void
release(struct bundle *b)
{
	shelf_close(&b->shelf);
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
	int status;

	b.shelf.dir.fd = b.shelf.target.fd = -1;
	parameters_default(&b.w.p);
	if ((status = wish_of(&b, &c)) == 0 &&
	    (name_archives(&b, &c) || shelf_open(&b.shelf, out, &may, &b.ev.err)))
		status = cli_fail(&c, &b.ev.err);
	if (status == 0 && (status = evidence_attach(&b.ev, &c, c.arg, c.n_args, NULL)) == 0) {
		rename_archives(&b);
		if ((status = evidence_confine(&b.ev, &c, &may)) == 0 &&
		    (status = evidence_authenticate(&b.ev)) == 0 && (status = gather_all(&b)) == 0)
			status = fill(&b) ?
			    cli_fail(&c, &b.ev.err) :
			    status_worse(b.v.exit, b.ev.limits.uncovered ? EX_INCOMPLETE : EX_OK);
	}
	if (status < EX_USAGE_ERR) {
		cli_note(&c, "%s: %zu files, verdict %s", out, b.shelf.n, b.v.verdict);
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
	release(&b);
	return status;
}

/* ---- the check of one */

struct checking {
	struct cli c; /* the command that made it, as the bundle says */
	struct evidence outside;
	char *recipe;
	size_t recipe_n;
	struct json_doc d;
	char *text[CLI_MAX]; /* owned, of options and paths */
	unsigned n_texts;
};

static char *
keep(struct checking *k, char *text)
{
	if (text && k->n_texts < CLI_MAX)
		k->text[k->n_texts++] = text;
	return text;
}

/* Adds an option. 0 or -1. */
static int
add(struct checking *k, const char *name, const char *value)
{
	const struct cli_option *o = k->c.verb->options;

	while (o->name && strcmp(o->name, name))
		o++;
	if (value == NULL || o->name == NULL || k->c.n_opts == CLI_MAX)
		return -1;
	k->c.opt[k->c.n_opts].o = o;
	k->c.opt[k->c.n_opts++].value = value;
	return 0;
}

static int
text_order(const void *pa, const void *pb)
{
	return strcmp(*(const char *const *)pa, *(const char *const *)pb);
}

/* The files of a folder below the bundle, as arguments or as values of an option. */
static int
folder_files(
    struct checking *k, const char *dir, const char *below, const char *option, struct err *e)
{
	char path[PATH_MOST];
	const char *name[CLI_MAX];
	unsigned n = 0;
	struct dirent *x;
	DIR *d;

	snprintf(path, sizeof path, "%.3800s/%s", dir, below);
	if ((d = opendir(path)) == NULL)
		return option ? 0 : err_set(e, EX_DATA_ERR, "%.300s: no archives in it", dir);
	while ((x = readdir(d)) != NULL && n < CLI_MAX) {
		size_t len = strlen(x->d_name);

		if (x->d_name[0] == '.' ||
		    (option && (len < 5 || strcmp(x->d_name + len - 5, ".vkey"))))
			continue;
		snprintf(path, sizeof path, "%.3700s/%s/%.300s", dir, below, x->d_name);
		if ((name[n] = keep(k, strdup(path))) != NULL)
			n++;
	}
	closedir(d);
	qsort(name, n, sizeof *name, text_order);
	for (unsigned i = 0; i < n; i++)
		if (option)
			add(k, option, name[i]);
		else
			k->c.arg[k->c.n_args++] = name[i];
	return n || option ? 0 : err_set(e, EX_DATA_ERR, "%.300s: no archives in it", dir);
}

/* Before the sandbox: names only; nothing of the bundle is parsed. 0 or -1 (e). */
static int
check_begin(struct checking *k, const struct cli *c, const char *dir, struct err *e)
{
	char path[PATH_MOST];
	const char *hmac;

	k->c = *c;
	k->c.n_args = k->c.n_opts = 0;
	k->outside.c = c;
	for (unsigned i = 0; (hmac = cli_nth(c, "hmac-key-file", i)) != NULL; i++)
		add(k, "hmac-key-file", hmac);
	if (cli_get(c, "sandbox"))
		add(k, "sandbox", cli_get(c, "sandbox"));
	snprintf(path, sizeof path, "%.3800s/bundle.json", dir);
	if ((k->recipe = file_slurp(path, RECIPE_MOST, &k->recipe_n, e)) == NULL)
		return -1;
	if (folder_files(k, dir, "archives", NULL, e) || folder_files(k, dir, "keys", "vkey", e))
		return -1;
	snprintf(path, sizeof path, "%.3800s/keys/expectations.txt", dir);
	if (access(path, F_OK) == 0)
		add(k, "expect", keep(k, strdup(path)));
	snprintf(path, sizeof path, "%.3800s/policy.yaml", dir);
	if (access(path, F_OK) == 0)
		add(k, "policy", keep(k, strdup(path)));
	if (given_read(&k->outside)) {
		*e = k->outside.err;
		return -1;
	}
	return 0;
}

/* A text of the recipe as the option that it was. */
static int
again(struct checking *k, uint32_t object, const char *member, const char *option)
{
	uint32_t i = json_member(&k->d, object, member);
	char *text;

	if (i == JSON_NONE || k->d.node[i].type == JSON_NULL)
		return 0;
	if (k->d.node[i].type == JSON_STRING)
		text = strndup(json_str(&k->d, i), k->d.node[i].str_len);
	else
		text = strndup(json_src(&k->d, i), k->d.node[i].src_len);
	return add(k, option, keep(k, text));
}

static int
again_list(struct checking *k, uint32_t object, const char *member, const char *option)
{
	int rc = 0;

	for (uint32_t i = json_first_of(&k->d, object, member); i != JSON_NONE && rc == 0;
	     i = k->d.node[i].next)
		rc = k->d.node[i].type != JSON_STRING ?
		    -1 :
		    add(k, option, keep(k, strndup(json_str(&k->d, i), k->d.node[i].str_len)));
	return rc;
}

/* Inside it: what bundle.json says of how it was made. 0, or the exit status. */
static int
check_recipe(struct checking *k, struct err *e)
{
	uint32_t sample, format;
	uint64_t hmac = 0;
	unsigned given = 0;

	json_init(&k->d);
	if (json_parse(&k->d, k->recipe, k->recipe_n, 8) || k->d.node[0].type != JSON_OBJECT ||
	    (format = json_member(&k->d, 0, "format")) == JSON_NONE ||
	    k->d.node[format].type != JSON_STRING ||
	    strncmp(json_str(&k->d, format), "exhibit-bundle/1", k->d.node[format].str_len))
		return err_set(e, EX_DATA_ERR, "bundle.json: not as a bundle of this kind has it");
	sample = json_member(&k->d, 0, "sample");
	if (again(k, 0, "period", "period") || again_list(k, 0, "noted", "noted"))
		return err_set(e, EX_DATA_ERR, "bundle.json: too much in it");
	if (sample != JSON_NONE && k->d.node[sample].type == JSON_OBJECT &&
	    (again(k, sample, "population", "population") || again(k, sample, "number", "number") ||
		again(k, sample, "after", "after") || again(k, sample, "seed", "seed") ||
		again(k, sample, "by", "by") || again(k, sample, "seed_source", "seed-source") ||
		again(k, sample, "seed_date", "seed-date") ||
		again_list(k, sample, "judgemental", "judgemental")))
		return err_set(e, EX_DATA_ERR, "bundle.json: too much in it");
	while (cli_nth(&k->c, "hmac-key-file", given))
		given++;
	if (json_u64(&k->d, 0, "source_keys", &hmac) && hmac != given)
		return err_set(e, EX_USAGE_ERR,
		    "it was made with %llu keys of the source, which no bundle holds: give them "
		    "with --hmac-key-file",
		    (unsigned long long)hmac);
	return 0;
}

/* Are values of the recipe what the options would take? They come from a file that anybody can
 * have written. */
static int
check_values(struct checking *k, struct err *e)
{
	const char *period = cli_get(&k->c, "period"), *name = cli_get(&k->c, "population"),
		   *number[] = { cli_get(&k->c, "number"), cli_get(&k->c, "after") },
		   *by = cli_get(&k->c, "by");
	struct period p;
	uint64_t n;

	if ((period && !period_parse(period, &p)) ||
	    (name && population_named(name) == POPULATIONS) ||
	    (by && strcmp(by, "month") && strcmp(by, "namespace") && strcmp(by, "path")))
		return err_set(e, EX_DATA_ERR,
		    "bundle.json: a period, population or strata that there are not");
	for (unsigned i = 0; i < 2; i++)
		if (number[i] && !dec_u64(number[i], strlen(number[i]), &n))
			return err_set(e, EX_DATA_ERR, "bundle.json: not a number of items");
	return 0;
}

/* Is the origin of an archive established by something from outside of the bundle? */
static bool
vouched_outside(const struct checking *k, const struct archive *a)
{
	const struct evidence *o = &k->outside;

	for (unsigned i = 0; i < o->n_vkeys && a->vouched == VOUCHED_KEY && a->signer; i++)
		if (strcmp(o->vkey[i].name, a->signer->name) == 0 &&
		    memcmp(o->vkey[i].key, a->signer->key, 32) == 0)
			return true;
	for (unsigned i = 0; i < o->n_expects; i++)
		if (strcmp(o->expect[i].c.origin, a->origin) == 0 &&
		    o->expect[i].c.size == a->next && memcmp(o->expect[i].c.root, a->root, 32) == 0)
			return true;
	return false;
}

/* What came of it. The exit status. */
static int
check_tell(const struct checking *k, struct bundle *b)
{
	bool proven = true;
	char hex[65];

	printf("BUNDLE: %zu files made again, %llu differ\n", b->shelf.n,
	    (unsigned long long)b->shelf.n_differences);
	fwrite(b->shelf.differences.p, 1, b->shelf.differences.len, stdout);
	printf("verdict      %s\n", b->v.verdict);
	for (unsigned i = 0; i < b->v.n_headlines; i++) {
		struct buf t;

		buf_init(&t, 1u << 20);
		text_plain(&t, b->v.headline[i], strlen(b->v.headline[i]));
		printf("             %.*s\n", (int)t.len, t.p ? (char *)t.p : "");
		buf_release(&t);
	}
	for (unsigned i = 0; i < b->ev.n; i++) {
		const struct archive *a = &b->ev.archive[i];
		bool here = vouched_outside(k, a);

		hex_of(a->root, 32, hex);
		printf("archive      %s: %s\n", b->name[i],
		    here ? "its origin is proven by what you gave" :
			   "its origin is NOT PROVEN: no key and no checkpoint from outside of "
			   "the bundle");
		printf("checkpoint   %s %llu %s\n", a->origin, (unsigned long long)a->next, hex);
		proven = proven && here;
	}
	if (!proven)
		printf("Compare the checkpoint by another way with whoever runs the log, and give "
		       "it with --expect, or their key with --vkey.\n");
	if (b->v.exit == EX_ALTERED)
		return EX_ALTERED;
	if (b->shelf.n_differences)
		return EX_DIFFERENCES;
	return status_worse(b->v.exit, proven ? EX_OK : EX_NOT_PROVEN);
}

/* Everything behind the sandbox. The exit status. */
static int
check_inside(struct checking *k, struct bundle *b)
{
	int status;

	if (check_recipe(k, &b->ev.err) || check_values(k, &b->ev.err))
		return cli_fail(&k->c, &b->ev.err);
	if (given_parse(&k->outside))
		return cli_fail(&k->c, &k->outside.err);
	if ((status = evidence_authenticate(&b->ev)) != 0 || (status = wish_of(b, &k->c)) != 0 ||
	    (status = gather_all(b)) != 0)
		return status;
	return fill(b) ? cli_fail(&k->c, &b->ev.err) : check_tell(k, b);
}

static int
check(const struct cli *c, const char *dir)
{
	struct checking k = { 0 };
	struct bundle b = { .c = &k.c };
	int status;

	b.shelf.dir.fd = b.shelf.target.fd = -1;
	parameters_default(&b.w.p);
	if (check_begin(&k, c, dir, &b.ev.err) || name_archives(&b, &k.c) ||
	    shelf_compare(&b.shelf, dir, &b.ev.err)) {
		status = cli_fail(c, &b.ev.err);
	} else if ((status = evidence_attach(&b.ev, &k.c, k.c.arg, k.c.n_args, NULL)) == 0) {
		rename_archives(&b);
		if ((status = evidence_confine(&b.ev, &k.c, NULL)) == 0)
			status = check_inside(&k, &b);
	}
	release(&b);
	evidence_close(&k.outside);
	json_release(&k.d);
	free(k.recipe);
	for (unsigned i = 0; i < k.n_texts; i++)
		free(k.text[i]);
	return status;
}

int
cmd_bundle(const struct cli *c)
{
	const char *out = cli_get(c, "out"), *dir = cli_get(c, "check");

	if (dir && (out || c->n_args))
		return cli_usage(c, "--check takes the bundle's folder and nothing beside it");
	if (dir)
		return check(c, dir);
	if (out == NULL || c->n_args == 0)
		return cli_usage(
		    c, "bundle wants FILE.exhibit and --out DIR or FILE.zip; or --check DIR");
	return make(c, out);
}
