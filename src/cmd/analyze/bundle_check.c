/* The check of a bundle: all of it is made again and compared (formats/bundle.md X-7). */
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"
#include "cmd/analyze/bundle_again.h"
#include "cmd/analyze/unpacked.h"
#include "cmd/version.h"

#define RECIPE_MOST (4u << 20) /* bytes of bundle.json */
#define PATH_MOST 4200u

static char *
keep(struct again *k, char *text)
{
	if (text && k->n_texts < CLI_MAX)
		k->text[k->n_texts++] = text;
	return text;
}

/* Adds an option. 0 or -1. */
static int
add(struct again *k, const char *name, const char *value)
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

/* Is there a file of that name to make the bundle from? A link would lead out of it, a pipe hang
 * the program: a bundle holds neither. 1; 0: nothing is there; -1 (e). */
static int
file_there(const char *path, struct err *e)
{
	struct stat st;

	if (lstat(path, &st))
		return errno == ENOENT ? 0 : err_errno(e, "%.800s", path);
	return S_ISREG(st.st_mode) ?
	    1 :
	    err_set(e, EX_DATA_ERR, "%.800s: no regular file, as all files of a bundle are", path);
}

/* A file of the bundle that was an option, if it is there. 0 or -1 (e). */
static int
add_file(struct again *k, const char *dir, const char *name, const char *option, struct err *e)
{
	char path[PATH_MOST];
	int there;

	snprintf(path, sizeof path, "%.3800s/%s", dir, name);
	if ((there = file_there(path, e)) > 0)
		add(k, option, keep(k, strdup(path)));
	return there < 0 ? -1 : 0;
}

/* The files of a folder below the bundle, as arguments or as values of an option. */
static int
folder_files(struct again *k, const char *dir, const char *below, const char *option, struct err *e)
{
	char path[PATH_MOST];
	const char *name[CLI_MAX];
	unsigned n = 0;
	struct dirent *x;
	DIR *d;

	snprintf(path, sizeof path, "%.3800s/%s", dir, below);
	/* a bundle may lack keys, but not archives */
	if ((d = opendir(path)) == NULL)
		return option ? 0 : err_set(e, EX_DATA_ERR, "%.300s: no archives in it", dir);
	while ((x = readdir(d)) != NULL && n < CLI_MAX) {
		size_t len = strlen(x->d_name);

		if (x->d_name[0] == '.' ||
		    (option && (len < 5 || strcmp(x->d_name + len - 5, ".vkey"))))
			continue;
		snprintf(path, sizeof path, "%.3700s/%s/%.300s", dir, below, x->d_name);
		if (file_there(path, e) < 0)
			break;
		if ((name[n] = keep(k, strdup(path))) != NULL)
			n++;
	}
	closedir(d);
	if (e->status)
		return -1;
	/* a folder has no order of its own */
	qsort(name, n, sizeof *name, text_order);
	for (unsigned i = 0; i < n; i++)
		if (option)
			add(k, option, name[i]);
		else
			k->c.arg[k->c.n_args++] = name[i];
	return n || option ? 0 : err_set(e, EX_DATA_ERR, "%.300s: no archives in it", dir);
}

int
again_open(struct again *k, const struct cli *c, const char *dir, struct err *e)
{
	char path[PATH_MOST];
	const char *hmac;

	k->c = *c;
	/* only what the receiver gives counts from outside; everything else lies in the bundle */
	k->c.n_args = k->c.n_opts = 0;
	k->outside.c = c;
	for (unsigned i = 0; (hmac = cli_nth(c, "hmac-key-file", i)) != NULL; i++)
		add(k, "hmac-key-file", hmac);
	if (cli_get(c, "sandbox"))
		add(k, "sandbox", cli_get(c, "sandbox"));
	/* the recipe is bounded before it is read */
	snprintf(path, sizeof path, "%.3800s/bundle.json", dir);
	if (file_there(path, e) < 0)
		return -1;
	if ((k->recipe = file_slurp(path, RECIPE_MOST, &k->recipe_n, e)) == NULL) {
		char was[700];

		snprintf(was, sizeof was, "%.690s", e->text);
		snprintf(e->text, sizeof e->text,
		    "%s; --check wants a folder or a zip that exhibit bundle wrote", was);
		return -1;
	}
	/* what a bundle's folders hold is named here, and parsed behind the sandbox */
	if (folder_files(k, dir, "archives", NULL, e) || folder_files(k, dir, "keys", "vkey", e) ||
	    add_file(k, dir, "keys/expectations.txt", "expect", e) ||
	    add_file(k, dir, "policy.yaml", "policy", e) ||
	    add_file(k, dir, JOURNAL_FILE, "with-journal", e))
		return -1;
	for (unsigned i = 0; i < ANSWER_BOOKS; i++)
		if (add_file(k, dir, answer_book_file[i],
			i == BOOK_MANAGEMENT ? "management" : "auditor", e))
			return -1;
	if (given_read(&k->outside)) {
		*e = k->outside.err;
		return -1;
	}
	return 0;
}

/* A text of the recipe as the option that it was. */
static int
again(struct again *k, uint32_t object, const char *member, const char *option)
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
again_list(struct again *k, uint32_t object, const char *member, const char *option)
{
	int rc = 0;

	for (uint32_t i = json_first_of(&k->d, object, member); i != JSON_NONE && rc == 0;
	     i = k->d.node[i].next)
		rc = k->d.node[i].type != JSON_STRING ?
		    -1 :
		    add(k, option, keep(k, strndup(json_str(&k->d, i), k->d.node[i].str_len)));
	return rc;
}

static bool
member_is(const struct json_doc *d, const char *name, const char *want)
{
	uint32_t i = json_member(d, 0, name);

	return i != JSON_NONE && d->node[i].type == JSON_STRING &&
	    d->node[i].str_len == strlen(want) && memcmp(json_str(d, i), want, strlen(want)) == 0;
}

/* Inside it: what bundle.json says of how it was made. 0, or the exit status. */
static int
check_recipe(struct again *k, struct err *e)
{
	uint32_t sample, tool;
	uint64_t hmac = 0;
	unsigned given = 0;

	json_init(&k->d);
	if (json_parse(&k->d, k->recipe, k->recipe_n, 8) || k->d.node[0].type != JSON_OBJECT ||
	    !member_is(&k->d, "format", "exhibit-bundle/1"))
		return err_set(e, EX_DATA_ERR, "bundle.json: not as a bundle of this kind has it");
	/* another version may word the same otherwise: what differs is then said to be perhaps that
	 */
	tool = json_member(&k->d, 0, "tool");
	if (tool != JSON_NONE && k->d.node[tool].type == JSON_STRING &&
	    !member_is(&k->d, "tool", "exhibit " EXHIBIT_VERSION))
		k->made_by = keep(k,
		    strndup(json_str(&k->d, tool),
			k->d.node[tool].str_len < 60 ? k->d.node[tool].str_len : 60));
	sample = json_member(&k->d, 0, "sample");
	if (again(k, 0, "period", "period") || again(k, 0, "cluster", "cluster") ||
	    again_list(k, 0, "noted", "noted"))
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
		    "it was made with %" PRIu64 " keys of the source, which no bundle holds: give "
		    "them "
		    "with --hmac-key-file",
		    hmac);
	return 0;
}

/* Are values of the recipe what the options would take? They come from a file that anybody can
 * have written. */
static int
check_values(struct again *k, struct err *e)
{
	const char *period = cli_get(&k->c, "period"), *name = cli_get(&k->c, "population"),
		   *number[] = { cli_get(&k->c, "number"), cli_get(&k->c, "after") };
	struct period p;
	enum strata by;
	uint64_t n;

	if ((period && !period_parse(period, &p)) ||
	    (name && population_named(name) == POPULATIONS) ||
	    !strata_named(cli_get(&k->c, "by"), &by))
		return err_set(e, EX_DATA_ERR,
		    "bundle.json: a period, population or strata that there are not");
	for (unsigned i = 0; i < 2; i++)
		if (number[i] && !dec_u64(number[i], strlen(number[i]), &n))
			return err_set(e, EX_DATA_ERR, "bundle.json: not a number of items");
	return 0;
}

int
again_read(struct again *k, struct err *e)
{
	return check_recipe(k, e) || check_values(k, e) ? -1 : 0;
}

void
again_release(struct again *k)
{
	attested_release(&k->attested);
	evidence_close(&k->outside);
	json_release(&k->d);
	free(k->recipe);
	for (unsigned i = 0; i < k->n_texts; i++)
		free(k->text[i]);
}

/* Is the origin of an archive established by something from outside of the bundle? */
static bool
vouched_outside(const struct again *k, const struct archive *a)
{
	const struct evidence *o = &k->outside;

	for (unsigned i = 0;
	     i < o->n_vkeys && archive_vouched(a) == VOUCHED_KEY && archive_signer(a); i++)
		if (strcmp(o->vkey[i].name, archive_signer(a)->name) == 0 &&
		    memcmp(o->vkey[i].key, archive_signer(a)->key, 32) == 0)
			return true;
	for (unsigned i = 0; i < o->n_expects; i++)
		if (strcmp(o->expect[i].c.origin, archive_origin(a)) == 0 &&
		    o->expect[i].c.size == archive_next(a) &&
		    memcmp(o->expect[i].c.root, archive_root(a), 32) == 0)
			return true;
	return false;
}

/* A line of a label and a text of others. */
static void
tell(const char *label, const char *text, const char *more)
{
	struct buf t;

	buf_init(&t, 1u << 20);
	text_plain(&t, text, strlen(text));
	printf("%-12s %.*s%s\n", label, (int)t.len, t.p ? (char *)t.p : "", more);
	buf_release(&t);
}

static void
tell_version(const struct again *k)
{
	if (k->made_by)
		tell("made by", k->made_by,
		    ", as it says itself; this is exhibit " EXHIBIT_VERSION ". What differs may be "
		    "what another version "
		    "words otherwise, or a "
		    "change; "
		    "with the version that made it, only a change differs.");
}

/* What came of it. The exit status. */
static int
check_tell(const struct again *k, struct bundle *b)
{
	bool proven = true;
	struct buf attested;
	char hex[65];

	buf_init(&attested, 1u << 20);
	attested_tell(&k->attested, b, &k->outside, &attested);
	/* a journal is a document given: it is compared, and not made again */
	printf("BUNDLE: %zu files made again, %" PRIu64 " differ\n",
	    b->shelf.n - (b->journal.text != NULL), b->shelf.n_differences);
	if (b->shelf.differences.len)
		fwrite(b->shelf.differences.p, 1, b->shelf.differences.len, stdout);
	tell_version(k);
	printf("verdict      %s\n", b->v.verdict);
	for (unsigned i = 0; i < b->v.n_headlines; i++)
		tell("", b->v.headline[i], "");
	for (unsigned i = 0; i < b->ev.limits.n; i++)
		tell("missing", b->ev.limits.l[i].sentence, "");
	for (unsigned i = 0; i < b->ev.n; i++) {
		const struct archive *a = b->ev.archive[i];
		bool here = vouched_outside(k, a);

		hex_of(archive_root(a), 32, hex);
		printf("archive      %s: %s\n", b->name[i],
		    here ? "its origin is proven by what you gave" :
			   "its origin is NOT PROVEN: no key and no checkpoint from outside of "
			   "the bundle");
		printf("checkpoint   %s %" PRIu64 " %s\n", archive_origin(a), archive_next(a), hex);
		proven = proven && here;
	}
	bundle_journal_tell(b);
	if (attested.len)
		fwrite(attested.p, 1, attested.len, stdout);
	buf_release(&attested);
	if (!proven)
		printf("Compare the checkpoint by another way with whoever runs the log, and give "
		       "it with --expect, or their key with --vkey.\n");
	if (b->v.exit == EX_ALTERED)
		return EX_ALTERED;
	if (b->shelf.n_differences)
		return EX_DIFFERENCES;
	return status_worse(status_worse(b->v.exit, proven ? EX_OK : EX_NOT_PROVEN),
	    b->ev.limits.uncovered ? EX_INCOMPLETE : EX_OK);
}

static bool
has_text(const struct again *k, const char *member)
{
	uint32_t i = json_member(&k->d, 0, member);

	return i != JSON_NONE && k->d.node[i].type == JSON_STRING;
}

/* The digest of the journal that bundle.json names: hex or nothing, since anybody can have written
 * it. */
static const char *
journal_named(const struct again *k, char hex[65])
{
	uint32_t i = json_member(&k->d, 0, "journal");
	uint8_t d[32];

	if (i == JSON_NONE || k->d.node[i].type != JSON_STRING || k->d.node[i].str_len != 64 ||
	    !hex_to(json_str(&k->d, i), 64, d))
		return NULL;
	hex_of(d, 32, hex);
	return hex;
}

/* Everything behind the sandbox. The exit status. */
static int
check_inside(struct again *k, struct bundle *b)
{
	char hex[65];
	int status;

	if (again_read(k, &b->ev.err))
		return cli_fail(&k->c, &b->ev.err);
	if (has_text(k, "against") && b->against[0] == '\0')
		return cli_usage(&k->c,
		    "it was made against an earlier bundle: give that one too, with --against");
	if (given_parse(&k->outside))
		return cli_fail(&k->c, &k->outside.err);
	if ((status = evidence_authenticate(&b->ev)) != 0 ||
	    (status = bundle_wish(b, &k->c)) != 0 || (status = bundle_gather(b)) != 0)
		return status;
	if (bundle_journal(b, journal_named(k, hex)))
		return cli_fail(&k->c, &b->ev.err);
	attested_pass(&k->attested, &b->shelf);
	return bundle_fill(b) ? cli_fail(&k->c, &b->ev.err) : check_tell(k, b);
}

int
bundle_check(const struct cli *c, const char *given)
{
	struct unpacked u;
	struct again k = { 0 };
	struct bundle b = { .c = &k.c, .check = true };
	struct earlier *earlier = NULL;
	int status;

	b.shelf.dir.fd = b.shelf.target.fd = -1;
	parameters_default(&b.w.p);
	if (unpacked_open(&u, c, given, &b.ev.err) || again_open(&k, c, u.dir, &b.ev.err) ||
	    attested_read(&k.attested, u.dir, &b.ev.err) || bundle_names(&b, &k.c) ||
	    shelf_compare(&b.shelf, u.dir, &b.ev.err)) {
		unpacked_say(&u, &b.ev.err);
		status = cli_fail(c, &b.ev.err);
	} else if ((status = evidence_attach(&b.ev, &k.c, k.c.arg, k.c.n_args, NULL)) == 0 &&
	    (status = bundle_earlier(&b, &earlier, cli_get(c, "against"))) == 0) {
		/* all that is needed of it is open */
		unpacked_close(&u);
		bundle_rename(&b);
		if ((status = evidence_confine(&b.ev, &k.c, NULL)) == 0 &&
		    (status = bundle_since(&b, &earlier)) == 0)
			status = check_inside(&k, &b);
	}
	unpacked_close(&u);
	earlier_close(earlier);
	bundle_release(&b);
	again_release(&k);
	return status;
}
