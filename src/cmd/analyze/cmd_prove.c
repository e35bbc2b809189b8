/* prove: proofs of single records that need no archive, or of the log's growth (output.md O-30). */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "base/vec.h"
#include "cmd/analyze/analyze.h"
#include "cmd/analyze/outdir.h"
#include "cmd/analyze/target.h"
#include "report/form.h"
#include "trust/prove.h"

/* What a proof is made of: a record of one of the archives. */
struct chosen {
	unsigned archive;
	uint64_t position;
};

struct proving {
	const struct cli *c;
	struct evidence ev;
	struct reading r;
	struct target target; /* of --out */
	struct outdir dir;    /* of --out-dir */
	struct sha256 *sha;
	struct buf out;        /* the proof that is made */
	struct buf index;      /* of --out-dir */
	struct form form;      /* into index */
	struct catalog cat;    /* of correlations, where one is named */
	struct chosen *chosen; /* owned */
	unsigned n_chosen;
};

static const struct form_column index_column[] = { { "file", NULL, COLUMN_TEXT, 0, 0 },
	{ "event_id", NULL, COLUMN_TEXT, 0, 0 }, { "position", NULL, COLUMN_NUMBER, 0, 0 },
	{ "origin", NULL, COLUMN_TEXT, 0, 0 }, { "size", NULL, COLUMN_NUMBER, 0, 0 },
	{ "root", NULL, COLUMN_TEXT, 0, 0 }, { "sha256", NULL, COLUMN_TEXT, 0, 0 } };

/* ---- which records */

/* What was found of one --id. */
struct matches {
	uint8_t id[16];
	bool several; /* ids begin so */
	unsigned events, others;
	uint64_t other; /* position of the first that is no event */
};

static int
choose(struct proving *p, unsigned archive, uint64_t position)
{
	if (vec_more(&p->chosen, p->n_chosen, sizeof *p->chosen))
		return err_nomem(&p->ev.err);
	p->chosen[p->n_chosen++] = (struct chosen){ archive, position };
	return 0;
}

/* A record that may be one of the id. 0 or -1 (p->ev.err). */
static int
match(struct proving *p, const char *id, unsigned archive, const struct record *rec,
    struct matches *m)
{
	char uuid[37];

	if (rec->flags & FLAG_ID_ABSENT)
		return 0;
	uuid_of(rec->id, uuid);
	if (strncasecmp(uuid, id, strlen(id)))
		return 0;
	if (m->events + m->others && memcmp(m->id, rec->id, 16))
		m->several = true;
	memcpy(m->id, rec->id, 16);
	if (rec->kind != KIND_EVENT) {
		if (m->others++ == 0)
			m->other = rec->position;
		return 0;
	}
	/* what comes again in a later file is the same event (J-10) */
	return m->events++ ? 0 : choose(p, archive, rec->position);
}

/* The records of one archive that an id may be of, from its index, or all of them. */
static int
match_archive(struct proving *p, const char *id, unsigned archive, const unsigned char prefix[16],
    struct matches *m)
{
	struct archive *a = p->r.archive[archive];
	uint64_t first = archive_first(a);
	uint8_t *bits = calloc((size_t)(archive_next(a) - first) / 8 + 1, 1);
	struct unpacker *u = archive_unpacker(a);
	struct block b;
	struct buf blob;
	bool all;
	int rc;

	buf_init(&blob, EX_MAX_BLOB);
	if (bits == NULL || u == NULL) {
		rc = err_nomem(&p->ev.err);
		goto out;
	}
	/* ids alone are looked at: digests and bodies are of the record that is proven */
	unpacker_read_rows(u, false);
	rc = reading_ids(&p->r, archive, prefix, bits, &p->ev.err);
	all = rc > 0;
	for (uint64_t i = 0; i < archive_blocks(a) && rc >= 0; i++) {
		uint64_t bit = archive_row(a, i)->first - first;

		/* the index knows blocks only */
		if (!all && !(bits[bit / 8] >> bit % 8 & 1))
			continue;
		/* a damaged one was told */
		if ((rc = archive_block(a, i, u, &blob, &b, &p->ev.findings, &p->ev.err)) != 0)
			continue;
		for (uint32_t k = 0; k < b.n && rc >= 0; k++)
			rc = match(p, id, archive, &b.rec[k], m);
	}
out:
	unpacker_free(u);
	buf_release(&blob);
	free(bits);
	return rc < 0 ? -1 : 0;
}

/* All events of a remediation, or another correlation. 0 or -1 (p->ev.err). */
static int
choose_correlation(struct proving *p, const char *id)
{
	const struct correlation *corr;

	catalog_release(&p->cat);
	if (catalog_load_some(&p->cat, &p->r, &id, 1, &p->ev.err) ||
	    catalog_find(&p->cat, &p->r, id, &corr, &p->ev.err))
		return -1;
	for (unsigned i = 0; i < corr->n_at; i++)
		if (choose(p, corr->at[i].archive, corr->at[i].position))
			return -1;
	cli_note(p->c,
	    "%.200s: %u records here; that there are no others is not proven by their proofs", id,
	    corr->n_at);
	return 0;
}

/* Can it be the id of an event, or its first eight characters or more? */
static bool
is_event_id(const char *id, unsigned char prefix[16])
{
	char uuid[37];
	size_t n = strlen(id);

	snprintf(uuid, sizeof uuid, "%.8s-0000-0000-0000-000000000000", id);
	return n >= 8 && n <= 36 && strspn(id, "0123456789abcdefABCDEF-") == n &&
	    uuid_to(uuid, 36, prefix);
}

/* One --id: an event's, or, into a folder, a remediation's. 0 or -1 (p->ev.err). */
static int
choose_id(struct proving *p, const char *id)
{
	struct matches m = { 0 };
	unsigned char prefix[16];

	/* what is no id of an event may be a remediation's, but one proof is of one record */
	if (!is_event_id(id, prefix))
		return p->dir.fd >= 0 ? choose_correlation(p, id) :
					err_set(&p->ev.err, EX_USAGE_ERR,
					    "--id %.100s: want an event's id, or eight characters "
					    "of one at least: a "
					    "proof is of one event; --out-dir DIR takes all of a "
					    "remediation",
					    id);
	/* in every file: the same id may stand in several */
	for (unsigned a = 0; a < p->r.n; a++)
		if (archive_counts(p->r.archive[a]) && match_archive(p, id, a, prefix, &m))
			return -1;
	/* a short beginning must fit one id only */
	if (m.several)
		return err_set(&p->ev.err, EX_USAGE_ERR,
		    "--id %.100s: the beginning of several ids; give more of it", id);
	if (m.events == 0 && m.others)
		return err_set(&p->ev.err, EX_NO_SUCH,
		    "--id %.100s: no event, but another record, has it: --position %" PRIu64 " prov"
		    "es "
		    "that",
		    id, m.other);
	if (m.events == 0)
		return err_set(&p->ev.err, EX_NO_SUCH, "--id %.100s: no such event here", id);
	/* an id may stand for more than the event: what else has it is said */
	if (m.others)
		cli_note(p->c,
		    "--id %.100s: %u more record%s of this id, kept as rejects or other versions: "
		    "--position %" PRIu64 " proves the first",
		    id, m.others, m.others == 1 ? "" : "s", m.other);
	return 0;
}

static int
choose_position(struct proving *p, const char *text)
{
	uint64_t at = 0;

	dec_u64(text, strlen(text), &at);
	for (unsigned a = 0; a < p->r.n; a++)
		if (archive_counts(p->r.archive[a]) && at >= archive_first(p->r.archive[a]) &&
		    at < archive_next(p->r.archive[a]))
			return choose(p, a, at);
	return err_set(&p->ev.err, EX_NO_SUCH, "--position %s: no record here has it", text);
}

static int
choose_all(struct proving *p)
{
	const char *text;

	for (unsigned i = 0; (text = cli_nth(p->c, "id", i)) != NULL; i++)
		if (choose_id(p, text))
			return -1;
	for (unsigned i = 0; (text = cli_nth(p->c, "position", i)) != NULL; i++)
		if (choose_position(p, text))
			return -1;
	return 0;
}

/* ---- what is written */

static int
cannot(struct proving *p, const struct archive *a, const char *why)
{
	return err_set(&p->ev.err, EX_DATA_ERR, "%.200s proves nothing: %s", archive_name(a), why);
}

/* The proof of one record, into p->out. 0 or -1 (p->ev.err). */
static int
make(struct proving *p, const struct chosen *x, const struct record **ret)
{
	struct archive *a = p->r.archive[x->archive];
	const char *why = archive_cannot_prove(a);
	int rc;

	if (why)
		return cannot(p, a, why);
	buf_clear(&p->out);
	rc = reading_record(&p->r, x->archive, x->position, ret, &p->ev.err);
	if (rc == 0)
		rc = prove_record(
		    a, &p->r.block, *ret, p->sha, &p->out, &p->ev.findings, &p->ev.err);
	return rc > 0 ? cannot(p, a,
			    "the record, or the block that holds it, is not as it was "
			    "sealed (exhibit verify tells more)") :
			rc;
}

/* As people call the record. */
static void
name_of(const struct record *rec, char out[64])
{
	if (rec->kind == KIND_EVENT)
		uuid_of(rec->id, out);
	else
		snprintf(out, 64, "position-%" PRIu64, rec->position);
}

static int
one_file(struct proving *p)
{
	const struct record *rec;
	char name[64], b[32];
	struct buf path;

	if (make(p, &p->chosen[0], &rec) || target_finish(&p->target, &p->out, &p->ev.err))
		return -1;
	name_of(rec, name);
	buf_init(&path, 65536);
	text_plain(&path, p->target.path, strlen(p->target.path));
	fprintf(p->target.names ? stdout : stderr,
	    "%.*s: %s bytes, %s at position %" PRIu64 "; with the log's key alone: exhibit verify "
	    "%.*s --vkey KEY.vkey\n",
	    (int)path.len, (char *)path.p, text_grouped(p->out.len, b), name, rec->position,
	    (int)path.len, (char *)path.p);
	buf_release(&path);
	return 0;
}

/* One file of several, and its row of the index. */
static int
to_folder(struct proving *p, const struct chosen *x)
{
	const struct archive *a = p->r.archive[x->archive];
	const struct record *rec;
	char name[64], hex[65];
	uint8_t d[32];
	int rc;

	if (make(p, x, &rec))
		return -1;
	name_of(rec, name);
	if ((rc = outdir_create(&p->dir, &p->ev.err, "%s.tlog-proof", name)) != 0)
		return rc > 0 ? outdir_there(&p->dir, &p->ev.err), -1 : -1;
	fwrite(p->out.p, 1, p->out.len, p->dir.file);
	if (outdir_finish(&p->dir, true, &p->ev.err))
		return -1;
	form_str(&p->form, p->dir.name);
	form_str(&p->form, rec->kind == KIND_EVENT ? name : NULL);
	form_number(&p->form, rec->position);
	form_str(&p->form, archive_origin(a));
	form_number(&p->form, archive_seal(a)->size);
	hex_of(archive_seal(a)->root, 32, hex);
	form_str(&p->form, hex);
	sha256_once(p->sha, p->out.p, p->out.len, d);
	hex_of(d, 32, hex);
	form_str(&p->form, hex);
	return 0;
}

static int
folder(struct proving *p)
{
	int rc = 0;

	form_begin(&p->form, &p->index, STYLE_CSV, "proofs", index_column,
	    sizeof index_column / sizeof *index_column, 0);
	for (unsigned i = 0; i < p->n_chosen && rc == 0; i++)
		rc = to_folder(p, &p->chosen[i]);
	if (rc)
		return rc;
	if (!form_end(&p->form))
		return err_nomem(&p->ev.err);
	if ((rc = outdir_create(&p->dir, &p->ev.err, "index.csv")) != 0)
		return rc > 0 ? outdir_there(&p->dir, &p->ev.err), -1 : -1;
	fwrite(p->index.p, 1, p->index.len, p->dir.file);
	if (outdir_finish(&p->dir, true, &p->ev.err))
		return -1;
	cli_note(p->c, "%u proof%s and index.csv in %.200s", p->n_chosen,
	    p->n_chosen == 1 ? "" : "s", p->dir.path);
	return 0;
}

/* --from SIZE: that the newest file's seal goes on from there. */
static int
growth(struct proving *p, uint64_t from)
{
	struct archive *a = NULL;
	uint8_t root[32];
	char hex[65];
	int rc;

	/* the newest file: its seal is over all of the log */
	for (unsigned i = 0; i < p->r.n; i++)
		if (archive_readable(p->r.archive[i]) &&
		    (a == NULL || archive_next(p->r.archive[i]) > archive_next(a)))
			a = p->r.archive[i];
	if (a == NULL || archive_cannot_prove(a))
		return cannot(
		    p, a ? a : p->r.archive[0], archive_cannot_prove(a ? a : p->r.archive[0]));
	/* a tree cannot be proved smaller than it was */
	if (from > archive_seal(a)->size)
		return err_set(&p->ev.err, EX_USAGE_ERR,
		    "--from %" PRIu64 ": %.200s is sealed at %" PRIu64 " records", from,
		    archive_name(a), archive_seal(a)->size);
	rc = prove_growth(a, from, p->sha, &p->out, root, &p->ev.findings, &p->ev.err);
	if (rc > 0)
		return err_set(&p->ev.err, EX_DATA_ERR,
		    "--from %" PRIu64 ": %.200s proves nothing of that size [S-9]: its own "
		    "records, "
		    "and the seals of the files before it, are what it remembers",
		    from, archive_name(a));
	if (rc || target_finish(&p->target, &p->out, &p->ev.err))
		return -1;
	/* for the one who checks: from which checkpoint, to which size */
	hex_of(root, 32, hex);
	cli_note(p->c, "from `%s %" PRIu64 " %s` to size %" PRIu64, archive_origin(a), from, hex,
	    archive_seal(a)->size);
	return 0;
}

/* ---- the verb */

static int
run(struct proving *p)
{
	const char *from = cli_get(p->c, "from");
	uint64_t size = 0;

	if (from) {
		dec_u64(from, strlen(from), &size);
		return growth(p, size);
	}
	if (choose_all(p))
		return -1;
	return p->dir.fd >= 0 ? folder(p) : one_file(p);
}

static int
prepare(struct proving *p, struct sandbox_may *may, struct err *e)
{
	const char *out = cli_get(p->c, "out"), *dir = cli_get(p->c, "out-dir");

	if (dir) {
		if (outdir_open(&p->dir, dir, e))
			return -1;
		may->dir = dir;
		return 0;
	}
	if (target_open(&p->target, out, e))
		return -1;
	target_may(&p->target, may);
	return 0;
}

int
cmd_prove(const struct cli *c)
{
	struct proving *p = calloc(1, sizeof *p);
	struct sandbox_may may = { NULL, NULL, NULL };
	struct err e = { 0 };
	int status;

	if (p == NULL)
		return err_nomem(&e), cli_fail(c, &e);
	p->c = c;
	/* -1: nothing is open yet, so nothing is closed */
	p->dir.fd = p->target.fd = -1;
	buf_init(&p->out, TLOG_MAX);
	buf_init(&p->index, 1u << 20);
	/* what is written is opened before the sandbox, which forbids it */
	if (prepare(p, &may, &e)) {
		status = cli_fail(c, &e);
		goto out;
	}
	if ((status = evidence_open(&p->ev, c, &may)) == 0) {
		p->sha = sha256_new();
		if (p->sha == NULL ||
		    reading_init(&p->r, p->ev.archive, p->ev.n, &p->ev.findings, &p->ev.err))
			status = (err_nomem(&p->ev.err), cli_fail(c, &p->ev.err));
		else if (run(p))
			status = cli_fail(c, &p->ev.err);
		else
			status = evidence_banner(&p->ev);
	}
	catalog_release(&p->cat);
	reading_release(&p->r);
	sha256_free(p->sha);
	evidence_close(&p->ev);
	free(p->chosen);
out:
	target_close(&p->target);
	outdir_close(&p->dir);
	buf_release(&p->out);
	buf_release(&p->index);
	free(p);
	return status;
}
