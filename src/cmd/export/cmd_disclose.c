/*
 * disclose: copies of sealed files to show to somebody who is to see a part of them (archive.md
 * C-20). Which records that is, is asked of each; the copy itself is made by write/disclose.c.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "archive/correlations.h"
#include "archive/limits.h"
#include "base/file.h"
#include "base/text.h"
#include "base/vec.h"
#include "cmd/export/export.h"
#include "event/view.h"
#include "json/emit.h"
#include "write/disclose.h"

#define IDS_MOST (64u << 20) /* bytes of a list of ids */

/* An id that is asked for. */
struct wanted_id {
	uint8_t id[16];
	unsigned line; /* of --ids; 0: of --only */
	bool met;
};

struct rule {
	enum rule_by { BY_ID, BY_CORRELATION, BY_TYPE } by;
	const char *given; /* as it stands on the command line */
	struct str text;
	bool prefix; /* of types: all that begin so */
	bool met;
};

struct disclosing {
	const struct cli *c;
	struct rule *rule;
	unsigned n_rules;
	struct wanted_id *id; /* sorted */
	unsigned n_ids;
	char *ids_text;
	struct view *view;
	struct correlation_set shown; /* the correlations of what is shown */
	struct correlation_set hash;  /* and the hashes of the source that it tells */
	uint64_t exposed;             /* left out events whose content such a hash tells of */
	struct after after;
	struct archive *a; /* the file that is looked through or copied */
	struct buf out;    /* of the JSON document */
	struct emit json;
	struct err e;
};

/* ---- what is asked for ---- */

static int
add_id(struct disclosing *d, const char *text, size_t n, unsigned line)
{
	struct wanted_id w = { .line = line };

	if (!uuid_to(text, n, w.id))
		return line ?
		    err_set(&d->e, EX_DATA_ERR,
			"--ids line %u: %.*s: want an event id (a UUID) a line", line,
			(int)(n < 80 ? n : 80), text) :
		    err_set(&d->e, EX_USAGE_ERR, "--only id=%.*s: want an event id (a UUID)",
			(int)(n < 80 ? n : 80), text);
	if (vec_more(&d->id, d->n_ids, sizeof *d->id))
		return err_nomem(&d->e);
	d->id[d->n_ids++] = w;
	return 0;
}

/* A list of ids, one a line; blank lines and those that begin with # say nothing. */
static int
read_ids(struct disclosing *d, const char *path)
{
	unsigned line = 0;
	char *p;
	size_t n;

	if ((d->ids_text = file_slurp(path, IDS_MOST, &n, &d->e)) == NULL)
		return -1;
	p = d->ids_text + (strncmp(d->ids_text, "\xef\xbb\xbf", 3) ? 0 : 3);
	for (; *p; p += n + (p[n] == '\n')) {
		size_t len, from = strspn(p, " \t\r");

		line++;
		n = strcspn(p, "\n");
		for (len = n; len > from && strchr(" \t\r", p[len - 1]); len--)
			;
		if (len > from && p[from] != '#' && add_id(d, p + from, len - from, line))
			return -1;
	}
	return d->n_ids ? 0 : err_set(&d->e, EX_DATA_ERR, "--ids %.300s: it names no id", path);
}

static int
add_rule(struct disclosing *d, const char *given)
{
	static const char *const name[] = { "id=", "correlation=", "type=" };
	struct rule r = { .given = given };
	size_t n = 0;

	for (r.by = BY_ID; r.by <= BY_TYPE; r.by++)
		if (strncmp(given, name[r.by], n = strlen(name[r.by])) == 0 && given[n])
			break;
	if (r.by > BY_TYPE)
		return err_set(&d->e, EX_USAGE_ERR,
		    "--only %.100s: want id=EVENT_ID, correlation=ID, type=TYPE or type=BEGINNING*",
		    given);
	r.text = (struct str){ given + n, strlen(given + n) };
	if (r.by == BY_ID)
		return add_id(d, r.text.p, r.text.n, 0);
	r.prefix = r.by == BY_TYPE && r.text.p[r.text.n - 1] == '*';
	r.text.n -= r.prefix;
	if (vec_more(&d->rule, d->n_rules, sizeof *d->rule))
		return err_nomem(&d->e);
	d->rule[d->n_rules++] = r;
	return 0;
}

static int
by_id(const void *a, const void *b)
{
	return memcmp(((const struct wanted_id *)a)->id, ((const struct wanted_id *)b)->id, 16);
}

static int
take_wishes(struct disclosing *d)
{
	const char *ids = cli_get(d->c, "ids"), *rule;

	for (unsigned i = 0; (rule = cli_nth(d->c, "only", i)) != NULL; i++)
		if (add_rule(d, rule))
			return -1;
	if (ids && read_ids(d, ids))
		return -1;
	if (d->n_ids)
		qsort(d->id, d->n_ids, sizeof *d->id, by_id);
	return 0;
}

/* ---- which records they mean ---- */

static bool
id_wanted(struct disclosing *d, const struct record *r)
{
	struct wanted_id key, *w;
	bool wanted = false;

	if (r->flags & FLAG_ID_ABSENT || d->n_ids == 0)
		return false;
	memcpy(key.id, r->id, 16);
	w = bsearch(&key, d->id, d->n_ids, sizeof *d->id, by_id);
	/* an id that is asked for twice is met twice */
	while (w && w > d->id && by_id(w - 1, &key) == 0)
		w--;
	for (; w && w < d->id + d->n_ids && by_id(w, &key) == 0; w++)
		wanted = w->met = true;
	return wanted;
}

static bool
rule_fits(const struct rule *r, struct str corr, struct str type)
{
	struct str s = r->by == BY_TYPE ? type : corr;

	return s.n >= r->text.n && (r->prefix || s.n == r->text.n) &&
	    memcmp(s.p, r->text.p, r->text.n) == 0;
}

static int
is_wanted(struct disclosing *d, const struct block *b, uint32_t i, struct err *e)
{
	const struct record *r = &b->rec[i];
	bool wanted = id_wanted(d, r);
	struct str corr, type;

	if (d->n_rules == 0 || !record_event_like(r))
		return wanted;
	if (block_names(b, i, d->view, archive_table_of(d->a, r->source), &corr, &type))
		return err_nomem(e);
	for (unsigned k = 0; k < d->n_rules; k++)
		if (rule_fits(&d->rule[k], corr, type))
			wanted = d->rule[k].met = true;
	return wanted;
}

/* As disclose() asks: left out records of what is shown in part say so. */
static int
is_shown(void *arg, const struct block *b, uint32_t i, struct err *e)
{
	struct disclosing *d = arg;
	const struct record *r = &b->rec[i];
	int wanted = is_wanted(d, b, i, e);

	return wanted                                                              ? wanted :
	    record_event_like(r) && correlation_set_has(&d->shown, r->correlation) ? 2 :
										     0;
}

/* ---- before anything is written ---- */

static int
note_wanted(struct disclosing *d, const struct block *b, uint32_t i)
{
	const struct record *r = &b->rec[i];
	int wanted = is_wanted(d, b, i, &d->e);

	if (wanted <= 0 || !record_event_like(r))
		return wanted < 0 ? -1 : 0;
	if (correlation_set_add(&d->shown, r->correlation) ||
	    (r->claimed_form == FORM_HEX && correlation_set_add(&d->hash, r->claimed)) ||
	    (r->previous_form == FORM_HEX && correlation_set_add(&d->hash, r->previous)))
		return err_nomem(&d->e);
	return 0;
}

/*
 * Salts hide what headers say, and not what the source's own hash says in a row that is
 * shown: that of its predecessor, which is made of that row and of the hash before it. Where both
 * hashes are told, a guess about a row between can be tested.
 */
static int
note_exposed(struct disclosing *d, const struct block *b, uint32_t i)
{
	const struct record *r = &b->rec[i];
	int wanted;

	if (!record_event_like(r) || r->version != 2 || r->claimed_form != FORM_HEX ||
	    r->algorithm == ALGO_HMAC || !correlation_set_has(&d->hash, r->claimed))
		return 0;
	if ((wanted = is_wanted(d, b, i, &d->e)) < 0)
		return -1;
	d->exposed +=
	    !wanted && (r->previous_form != FORM_HEX || correlation_set_has(&d->hash, r->previous));
	return 0;
}

/* Calls note for every record of the files. */
static int
look_through(
    struct disclosing *d, int (*note)(struct disclosing *d, const struct block *b, uint32_t i))
{
	struct findings f = { .n = 0 };
	struct block b;
	struct buf blob;
	int rc = 0;

	buf_init(&blob, EX_MAX_BLOB);
	for (unsigned k = 0; k < d->after.n && rc == 0; k++) {
		struct unpacker *u = archive_unpacker(d->a = d->after.archive[k]);

		rc = u ? 0 : err_nomem(&d->e);
		for (uint64_t i = 0; i < archive_blocks(d->a) && rc == 0; i++) {
			/* they were verified: what cannot be read now is the medium's */
			if ((rc = archive_block(d->a, i, u, &blob, &b, &f, &d->e)) > 0)
				rc = err_set(&d->e, EX_IO_ERR, "%.300s: it cannot be read any more",
				    archive_path(d->a));
			for (uint32_t r = 0; rc == 0 && r < b.n; r++)
				rc = note(d, &b, r);
		}
		unpacker_free(u);
	}
	buf_release(&blob);
	findings_release(&f);
	return rc;
}

/* What is asked for and nowhere to be found ends it: a copy that shows less than was asked for
 * would be taken for what there is. */
static int
all_met(struct disclosing *d)
{
	char uuid[37], where[40] = "--only";

	for (unsigned i = 0; i < d->n_rules; i++)
		if (!d->rule[i].met)
			return err_set(&d->e, EX_NO_SUCH,
			    "--only %.200s: no event of these files is that (exhibit list and "
			    "exhibit info show what there is); nothing was written",
			    d->rule[i].given);
	for (unsigned i = 0; i < d->n_ids; i++) {
		if (d->id[i].met)
			continue;
		uuid_of(d->id[i].id, uuid);
		if (d->id[i].line)
			snprintf(where, sizeof where, "--ids line %u", d->id[i].line);
		return err_set(&d->e, EX_NO_SUCH,
		    "%s: no event %s in these files; nothing was written", where, uuid);
	}
	return 0;
}

/* Does any of the files hold digests without salt? */
static bool
guessable(const struct disclosing *d)
{
	bool some = false;

	for (unsigned i = 0; i < d->after.n; i++)
		some |= !archive_salted(d->after.archive[i]);
	return some;
}

/* The rows that the source's own hashes tell of. */
static int
none_exposed(struct disclosing *d)
{
	if (look_through(d, note_exposed))
		return -1;
	if (d->exposed == 0 || cli_get(d->c, "guessable"))
		return 0;
	return err_set(&d->e, EX_USAGE_ERR,
	    "%" PRIu64 " left out event%s stand%s in the source's chain right between hashes that "
	    "events shown tell: " DISCLOSED_GUESSABLE ". Show %s too, or leave out what stands "
						      "behind; or say --guessable",
	    d->exposed, d->exposed == 1 ? "" : "s", d->exposed == 1 ? "s" : "",
	    d->exposed == 1 ? "it" : "them");
}

/* What is copied was sealed, is finished, and its key's owner signed all of it. */
static int
may_be_copied(struct disclosing *d)
{
	for (unsigned i = 0; i < d->after.n; i++) {
		const struct archive *a = d->after.archive[i];
		const char *note = archive_trailer_note(a);

		if (archive_still_open(a) || note == NULL || !archive_trailer_vouched(a))
			return err_set(&d->e, EX_DATA_ERR,
			    "%.300s: only a finished, sealed file can be copied for disclosure",
			    archive_path(a));
		/* both stand in one page (C-20) */
		if (strlen(note) > EX_PAGE - 200)
			return err_set(&d->e, EX_DATA_ERR,
			    "%.300s: its trailer has so many signatures that a copy has no room "
			    "for it",
			    archive_path(a));
	}
	if (cli_get(d->c, "guessable") == NULL && guessable(d))
		return err_set(&d->e, EX_USAGE_ERR,
		    "these files are not salted: " DISCLOSED_GUESSABLE " (who decided, approved or "
		    "rejected). If that may be, "
		    "say --guessable");
	return 0;
}

/* ---- the copies ---- */

static int
path_of(struct disclosing *d, const struct archive *a, char out[4096])
{
	const char *to = cli_get(d->c, "out");
	int n = d->after.n == 1 ? snprintf(out, 4096, "%s", to) :
				  snprintf(out, 4096, "%s/%s", to, archive_name(a));

	return n < 4096 ? 0 : err_set(&d->e, EX_USAGE_ERR, "--out: too long");
}

/* As the analyzer opens it, with the key that the file was verified by. */
static int
look_again(struct disclosing *d, const char *path, const struct archive *a, const struct vkey *key)
{
	struct findings f = { .n = 0 };
	struct attached *file = archive_attach(path, path, 0, &d->e);
	struct archive *copy = NULL;
	int rc = file == NULL || archive_open(file, key, 1, &f, &copy, &d->e) < 0 ||
		archive_digest(copy, &f, &d->e) ?
	    -1 :
	    0;
	bool same = rc == 0 && archive_trust(copy) == ARCHIVE_PROVED && archive_disclosed(copy) &&
	    archive_trailer_vouched(copy) && archive_next(copy) == archive_next(a) &&
	    memcmp(archive_root(copy), archive_root(a), 32) == 0;

	for (unsigned i = 0; same && i < f.n; i++)
		same = finding_info[f.f[i].id].level != LEVEL_ALARM;
	if (rc == 0 && !same)
		rc = err_set(&d->e, EX_IO_ERR,
		    "%.300s was written and read back, and is not what was written: do not hand "
		    "it on",
		    path);
	archive_close(copy);
	findings_release(&f);
	return rc;
}

static void
tell_copy(
    struct disclosing *d, const char *path, const struct archive *a, const struct disclosed *n)
{
	char shown[32], events[32], records[32];
	struct emit *x = &d->json;
	struct buf b;

	if (d->c->form == OUT_JSON) {
		emit_object(x, NULL);
		emit_str(x, "file", path);
		emit_str(x, "of", archive_name(a));
		emit_hash(x, "of_sha256", archive_sha256(a));
		emit_u64(x, "records", n->records);
		emit_u64(x, "records_shown", n->records_shown);
		emit_u64(x, "events", n->events);
		emit_u64(x, "events_shown", n->events_shown);
		emit_hash(x, "root", archive_root(a));
		emit_bool(x, "guessable", !archive_salted(a));
		emit_end(x);
		return;
	}
	buf_init(&b, 65536);
	text_plain(&b, path, strlen(path));
	printf("%.*s: %s of %s events can be read; all %s records are those of the log\n",
	    (int)b.len, b.p ? (char *)b.p : "", text_grouped(n->events_shown, shown),
	    text_grouped(n->events, events), text_grouped(n->records, records));
	buf_release(&b);
}

static int
copy_all(struct disclosing *d, const struct vkey *key)
{
	struct findings f = { .n = 0 };
	const char *out = cli_get(d->c, "out");
	int rc = 0;

	if (d->after.n > 1 && mkdir(out, 0755) && errno != EEXIST)
		return err_set(&d->e, EX_CANT_CREATE, "--out %.300s: %s", out, strerror(errno));
	emit_init(&d->json, &d->out);
	emit_object(&d->json, NULL);
	emit_array(&d->json, "copies");
	for (unsigned i = 0; i < d->after.n && rc == 0; i++) {
		struct archive *a = d->a = d->after.archive[i];
		struct disclosed n;
		char path[4096];

		if ((rc = path_of(d, a, path)) != 0)
			break;
		if ((rc = disclose(a, path, is_shown, d, &n, &f, &d->e)) > 0)
			rc = err_set(&d->e, EX_IO_ERR, "%.300s: it cannot be read any more",
			    archive_path(a));
		if (rc == 0 && (rc = look_again(d, path, a, key)) == 0)
			tell_copy(d, path, a, &n);
	}
	emit_end(&d->json);
	emit_end(&d->json);
	if (d->c->form == OUT_JSON)
		printf("%.*s\n", (int)d->out.len, d->out.p ? (char *)d->out.p : "");
	findings_release(&f);
	return rc;
}

int
cmd_disclose(const struct cli *c)
{
	struct disclosing d = { .c = c };
	const char *vkey = cli_get(c, "vkey");
	struct vkey key;
	int status = 0;

	if (c->n_args == 0 || vkey == NULL || cli_get(c, "out") == NULL ||
	    (cli_get(c, "only") == NULL && cli_get(c, "ids") == NULL))
		return cli_usage(c,
		    "disclose wants FILE.exhibit..., --vkey FILE, --out COPY.exhibit, and what to "
		    "show: --only RULE or --ids FILE");
	buf_init(&d.out, 16u << 20);
	if ((d.view = view_new()) == NULL)
		err_nomem(&d.e);
	if (d.e.status || take_wishes(&d) || load_vkey(vkey, &key, &d.e) ||
	    after_open(&d.after, c->arg, c->n_args, &key, &d.e) || may_be_copied(&d) ||
	    look_through(&d, note_wanted) || all_met(&d) || none_exposed(&d) || copy_all(&d, &key))
		status = cli_fail(c, &d.e);
	else
		cli_note(c,
		    "the manifest is shown as it stands: names and digests of inputs, servers, and "
		    "how many events of each type each day had; headers show times, event ids and "
		    "kinds of all records%s",
		    guessable(&d) ? "; " DISCLOSED_GUESSABLE : "");
	after_release(&d.after);
	correlation_set_release(&d.shown);
	correlation_set_release(&d.hash);
	view_free(d.view);
	buf_release(&d.out);
	free(d.rule);
	free(d.id);
	free(d.ids_text);
	return status;
}
