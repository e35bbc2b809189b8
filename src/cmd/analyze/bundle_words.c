/* What people read and fill in of a bundle, its custody, its keys, and how it was made
 * (formats/bundle.md ). */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "archive/vouch.h"
#include "base/text.h"
#include "cmd/analyze/bundle.h"
#include "cmd/version.h"

#define README_TEXT 65u /* bytes of a line of README.txt behind its label: 80 in all */

void
key_line(struct buf *out, const struct vkey *k)
{
	unsigned char raw[33];

	raw[0] = k->type;
	memcpy(raw + 1, k->key, 32);
	buf_printf(out, "%s+%02x%02x%02x%02x+", k->name, k->id[0], k->id[1], k->id[2], k->id[3]);
	base64_of(raw, sizeof raw, out);
	buf_byte(out, '\n');
}

int
bundle_document(struct bundle *b, const char *name, struct emit *e)
{
	buf_byte(e->out, '\n');
	return emit_done(e) ? shelf_put(&b->shelf, name, e->out, &b->ev.err) :
			      err_nomem(&b->ev.err);
}

static void
put_text(struct buf *b, const char *s)
{
	text_plain(b, s, strlen(s));
}

/* A line `label  value`; a value of others is made harmless. */
static void
line(struct buf *b, const char *label, const char *value)
{
	buf_printf(b, "  %-12s ", label);
	put_text(b, value ? value : "(not stated)");
	buf_byte(b, '\n');
}

/* The same for a sentence: it is wrapped at blanks, so that the plainest editor shows it whole. */
static void
sentence(struct buf *b, const char *label, const char *value)
{
	struct buf t;
	size_t at = 0;

	buf_init(&t, 1u << 20);
	put_text(&t, value);
	while (at < t.len) {
		size_t n = t.len - at < README_TEXT ? t.len - at : README_TEXT, k = n;

		while (at + n < t.len && k && t.p[at + k] != ' ')
			k--;
		n = k ? k : n;
		/* never within a character */
		while (k == 0 && n > 1 && at + n < t.len && (t.p[at + n] & 0xc0) == 0x80)
			n--;
		buf_printf(b, "  %-12s %.*s\n", at ? "" : label, (int)n, t.p + at);
		at += n;
		at += at < t.len && t.p[at] == ' ';
	}
	buf_release(&t);
}

static void
readme_verdict(struct bundle *b, struct buf *out)
{
	line(out, "verdict", b->v.verdict);
	for (unsigned i = 0; i < b->v.n_headlines; i++)
		sentence(out, "", b->v.headline[i]);
	for (unsigned i = 0; i < b->ev.limits.n; i++)
		sentence(out, "missing", b->ev.limits.l[i].sentence);
	for (unsigned i = 0; i < b->ev.n; i++) {
		const struct archive *a = b->ev.archive[i];
		char text[1400], root[65];

		hex_of(archive_root(a), 32, root);
		line(out, "archive", b->name[i]);
		line(out, "  sha256", b->sha[i]);
		snprintf(text, sizeof text, "%.300s %" PRIu64 " %s", archive_origin(a),
		    archive_next(a), root);
		line(out, "  checkpoint", text);
		line(out, "  vouched by", vouched_name[archive_vouched(a)]);
	}
	for (unsigned i = 0; i < b->ev.n_vkeys; i++) {
		line(out, "key", b->ev.vkey[i].name);
		line(out, "  print", b->ev.vkey[i].fingerprint);
	}
}

/* README.txt behind the verdict. Lines of 80 columns: it is read in the plainest editor. */
static const char readme_files[] =
    "\nHOW TO CHECK IT\n"
    "  1. Get the log's public key, or its checkpoint (above), from whoever runs the\n"
    "     log, by another way than this folder: by voice, say. A key that lies here\n"
    "     proves nothing about itself.\n"
    "  2. exhibit bundle --check THIS-FOLDER-OR-ZIP --vkey THAT-KEY\n"
    "     verifies the archives, makes every other file again, and compares.\n"
    "  Without exhibit: sha256sum -c SHA256SUMS finds what was damaged on the way; it\n"
    "  finds nothing that somebody changed who also wrote new sums.\n"
    "\nWHAT IS IN IT\n"
    "  archives/*            the evidence, byte for byte as it was given\n"
    "  report.html           to read; opens in any browser, asks for no network\n"
    "  workbook.xlsx         its tables, a sheet each; the same as *.csv:\n"
    "    about, files        what this is, and what it was made from\n"
    "    findings            what was observed, alarms first\n"
    "    missing             what is known to be missing: counts are at least so much\n"
    "    populations, reconciliation\n"
    "                        who is counted where, and how the counts add up\n"
    "    tests, exceptions   the rules, and what does not keep them; what management\n"
    "                        and auditor typed of them is not authenticated\n"
    "    remediations        each of them, with its populations\n"
    "    against             what is new, gone or changed since an earlier bundle, if\n"
    "                        one was given\n"
    "  population-*.csv      the members of each population\n"
    "  answers-management.xlsx, answers-auditor.xlsx\n"
    "                        to be answered: type into the coloured cells and nowhere\n"
    "                        else, in a copy. To read one back, with the key, policy\n"
    "                        and period of this bundle:\n"
    "    exhibit answers BOOK archives/* --role management --vkey KEY \\\n"
    "      [--policy policy.yaml] [--period A..B]\n"
    "                        exhibit bundle … --management BOOK --auditor BOOK\n"
    "                        makes a bundle with the answers in it\n"
    "  sample-worksheet.xlsx the sample, if one was drawn; with cells for its tester:\n"
    "                        it is a book of the auditor's too\n"
    "  verify.json           the verdict, for programs\n"
    "  analysis.json         how long it took, who decided, did it hold\n"
    "  rebuilt/*.yaml        the objects, as far as events tell; never apply them\n"
    "  rules/*.sql           the rules as queries:\n"
    "                        exhibit sql ARCHIVE -f rules/AP-01.sql\n"
    "  policy.yaml           the auditor's parameters; policy-defaults.yaml: none\n"
    "                        were given\n"
    "  keys/*                public keys and checkpoints that were given; they prove\n"
    "                        nothing about themselves\n"
    "  custody.json          what was received, and who had it since: fill in\n"
    "                        a copy outside of this folder: --check wants it as made\n"
    "  key-receipt.txt, user-entity-controls.txt\n"
    "                        forms\n"
    "  oscal-assessment-results.json\n"
    "                        OSCAL 1.1.3, for GRC tools\n"
    "  timesketch/*.jsonl    events as a timeline; one file an archive\n"
    "  statement.intoto.json what was verified, as an in-toto statement, not signed\n"
    "  bundle.json           how this was made\n"
    "\nA PDF OF THE REPORT\n"
    "  chromium --headless --no-pdf-header-footer --print-to-pdf=report.pdf \\\n"
    "    report.html\n"
    "  `The same bytes` is said of the HTML; a PDF carries two dates of its making.\n"
    "\nTO SIGN THE STATEMENT, AND TO CHECK A SIGNED ONE WITHOUT A NETWORK\n"
    "  exhibit-export attest THIS-FOLDER --key KEY\n"
    "  exhibit-export attest THIS.zip --key KEY --out NEW.zip\n"
    "    puts signatures into the folder attestation; exhibit bundle --check verifies\n"
    "    them. With other tools, and the key got by another way (attestation/*.pem is\n"
    "    how they hold it):\n"
    "  cosign verify-blob-attestation --key KEY.pem \\\n"
    "    --bundle attestation/NAME.sigstore.json \\\n"
    "    --insecure-ignore-tlog \\\n"
    "    --type https://kubernaut.ai/exhibit/verification/v1 ARCHIVE\n"
    "  One file that fits makes cosign say OK: do it for each archive.\n"
    "  With a key of cosign's, which exhibit bundle --check does not know:\n"
    "  cosign signing-config create --out no-services.json\n"
    "  cosign attest-blob --key cosign.key --statement statement.intoto.json \\\n"
    "    --signing-config no-services.json \\\n"
    "    --bundle attestation/MINE.sigstore.json archives/ARCHIVE\n"
    "\nThis tool tests evidence; it gives no opinion on the effectiveness of\ncontrols.\n";

const char *
bundle_period(const struct bundle *b)
{
	const char *given = cli_get(b->c, "period");

	return given ? given : b->w.p.period ? b->w.p.period : "all that the archives hold";
}

static void
readme_sample(struct bundle *b, struct buf *out)
{
	const struct sample *s = &b->w.s;
	char text[1200];

	if (!b->sampled) {
		line(out, "sample", "none was asked for (--population, -n, --seed)");
		return;
	}
	snprintf(text, sizeof text,
	    "%zu of the %zu members of %s%s%s, by the seed %.600s (sample-worksheet.xlsx)",
	    s->taken, s->n, population_info[b->w.wish.population].name,
	    b->w.wish.by ? ", of each " : "", b->w.wish.by ? strata_name[b->w.wish.by] : "",
	    b->w.wish.seed);
	sentence(out, "sample", text);
}

static int
readme(struct bundle *b)
{
	const struct parameters *p = &b->w.p;
	struct buf out;
	char text[600];
	int rc;

	buf_init(&out, 16u << 20);
	buf_str(&out, "EVIDENCE BUNDLE, made by exhibit " EXHIBIT_VERSION "\n\n");
	line(&out, "entity", p->entity);
	line(&out, "system", p->system);
	line(&out, "prepared by", p->prepared_by);
	line(&out, "period", bundle_period(b));
	if (b->cluster)
		line(&out, "cluster", b->cluster);
	readme_verdict(b, &out);
	buf_printf(&out, "  %-12s %" PRIu64 " objects rebuilt, %" PRIu64 " cannot be\n", "rebuilt",
	    b->rebuilt, b->refused);
	if (b->against[0]) {
		line(&out, "against", "an earlier bundle, whose SHA256SUMS has the SHA-256");
		line(&out, "", b->against);
	}
	readme_sample(b, &out);
	if (bundle_journal_words(b, text))
		sentence(&out, "journal", text);
	buf_str(&out, readme_files);
	rc = shelf_put(&b->shelf, "README.txt", &out, &b->ev.err);
	buf_release(&out);
	return rc;
}

static const char receipt[] =
    "RECEIPT OF A LOG'S PUBLIC KEY\n\n"
    "Fill in by hand when you get the key. It must not come with the archives.\n\n"
    "  log (name in the key)      ...................................................\n"
    "  fingerprint, as read out   ...................................................\n"
    "                             ...................................................\n"
    "  got from (name, function)  ...................................................\n"
    "  by which way               [ ] in person  [ ] telephone, number known before\n"
    "                             [ ] other: ........................................\n"
    "  compared with              exhibit key FILE.vkey   [ ] the same  [ ] not\n"
    "  date, signature            ...................................................\n";

static int
form_file(struct bundle *b, const char *name, const char *text)
{
	struct buf out;
	int rc;

	buf_init(&out, 1u << 20);
	buf_str(&out, text);
	rc = shelf_put(&b->shelf, name, &out, &b->ev.err);
	buf_release(&out);
	return rc;
}

/* Questions that an archive cannot answer, each with room for who does. */
static int
user_controls(struct bundle *b)
{
	static const char *const question[] = {
#define USER_CONTROL(n, question) question,
#include "report/user_controls.def"
	};
	struct buf out;
	char label[8];
	int rc;

	buf_init(&out, 1u << 20);
	buf_str(&out,
	    "CONSIDERATIONS OF THE USER ENTITY\n\n"
	    "What the archive cannot show, and somebody else must see to. For each: who does\n"
	    "it, how it is known, and since when.\n\n");
	for (unsigned i = 0; i < sizeof question / sizeof *question; i++) {
		snprintf(label, sizeof label, "%u.", i + 1);
		sentence(&out, label, question[i]);
	}
	buf_str(&out,
	    "\n  filled in by ..................................   date "
	    "......................\n");
	rc = shelf_put(&b->shelf, "user-entity-controls.txt", &out, &b->ev.err);
	buf_release(&out);
	return rc;
}

int
bundle_words(struct bundle *b)
{
	return readme(b) || form_file(b, "key-receipt.txt", receipt) || user_controls(b) ? -1 : 0;
}

/* Begins with the digest that the receiver noted. */
int
bundle_custody(struct bundle *b)
{
	static const char *const blank[] = { "item", "from", "to", "date", "purpose",
		"digest_verified_again", "signature" };
	bool fits[NOTED_MOST] = { false };
	struct buf out;
	struct emit e;
	int rc;

	buf_init(&out, 64u << 20);
	emit_init(&e, &out);
	emit_object(&e, NULL);
	emit_array(&e, "received");
	/* a digest that was noted at receipt is held against each file: both that it fits, and that
	 * one fits none */
	for (unsigned i = 0; i < b->ev.n; i++) {
		bool noted = false;

		for (unsigned k = 0; k < b->n_noted; k++)
			if (strcmp(b->noted[k], b->sha[i]) == 0)
				noted = fits[k] = true;
		emit_object(&e, NULL);
		emit_str(&e, "digest_noted_at_receipt", noted ? b->sha[i] : NULL);
		emit_str(&e, "file", b->name[i]);
		emit_u64(&e, "bytes", archive_bytes(b->ev.archive[i]));
		emit_str(&e, "sha256", b->sha[i]);
		emit_end(&e);
	}
	emit_end(&e);
	/* noted, and of no file here: said, since somebody noted something else */
	emit_array(&e, "noted_and_of_no_file");
	for (unsigned k = 0; k < b->n_noted; k++)
		if (!fits[k])
			emit_str(&e, NULL, b->noted[k]);
	emit_end(&e);
	bundle_journal_custody(b, &e);
	/* blank lines for those who pass it on */
	emit_array(&e, "transfers");
	emit_object(&e, NULL);
	for (unsigned k = 0; k < sizeof blank / sizeof *blank; k++)
		emit_str(&e, blank[k], "");
	emit_end(&e);
	emit_end(&e);
	emit_end(&e);
	rc = bundle_document(b, "custody.json", &e);
	buf_release(&out);
	return rc;
}

int
bundle_keys(struct bundle *b)
{
	struct buf out;
	char name[OUTDIR_NAME], path[400], hex[65];
	int rc = 0;

	buf_init(&out, 1u << 20);
	for (unsigned i = 0; i < b->ev.n_vkeys && rc == 0; i++) {
		bool again = false;

		/* the policy may vouch for the same key */
		for (unsigned k = 0; k < i; k++)
			again |= memcmp(b->ev.vkey[k].id, b->ev.vkey[i].id, 4) == 0 &&
			    strcmp(b->ev.vkey[k].name, b->ev.vkey[i].name) == 0;
		if (again)
			continue;
		buf_clear(&out);
		key_line(&out, &b->ev.vkey[i]);
		outdir_name(b->ev.vkey[i].name, strlen(b->ev.vkey[i].name), "", name);
		hex_of(b->ev.vkey[i].id, 4, hex);
		snprintf(path, sizeof path, "keys/%s-%s.vkey", name, hex);
		rc = shelf_put(&b->shelf, path, &out, &b->ev.err);
	}
	/* checkpoints from outside go along: without them nobody could tell the log from another */
	buf_clear(&out);
	for (unsigned i = 0; i < b->ev.n_expects; i++) {
		hex_of(b->ev.expect[i].c.root, 32, hex);
		buf_printf(&out, "%s %" PRIu64 " %s\n", b->ev.expect[i].c.origin,
		    b->ev.expect[i].c.size, hex);
	}
	if (rc == 0 && out.len)
		rc = shelf_put(&b->shelf, "keys/expectations.txt", &out, &b->ev.err);
	buf_release(&out);
	return rc;
}

static void
recipe_sample(struct bundle *b, struct emit *e)
{
	const struct sample_wish *w = &b->w.wish;

	if (!b->sampled) {
		emit_null(e, "sample");
		return;
	}
	emit_object(e, "sample");
	emit_str(e, "population", population_info[w->population].name);
	emit_u64(e, "number", w->number);
	emit_u64(e, "after", w->after);
	emit_str(e, "seed", w->seed);
	emit_str(e, "by", strata_name[w->by]);
	emit_str(e, "seed_source", w->source);
	emit_str(e, "seed_date", w->chosen);
	emit_array(e, "judgemental");
	for (unsigned i = 0; i < b->w.n_chosen; i++)
		emit_text(e, NULL, b->w.chosen[i].c->text, b->w.chosen[i].c->n);
	emit_end(e);
	emit_end(e);
}

/* What --check needs to make all of it again. */
int
bundle_recipe(struct bundle *b)
{
	struct buf out;
	struct emit e;
	unsigned hmac = 0;
	int rc;

	while (cli_nth(b->c, "hmac-key-file", hmac))
		hmac++;
	buf_init(&out, 16u << 20);
	emit_init(&e, &out);
	emit_object(&e, NULL);
	emit_str(&e, "format", "exhibit-bundle/1");
	emit_str(&e, "tool", "exhibit " EXHIBIT_VERSION);
	emit_str(&e, "period", cli_get(b->c, "period"));
	emit_str(&e, "against", b->against[0] ? b->against : NULL);
	emit_str(&e, "cluster", cli_get(b->c, "cluster"));
	emit_str(&e, "policy", b->w.p.digest[0] ? b->w.p.digest : NULL);
	emit_u64(&e, "source_keys", hmac);
	/* bundles without one keep their bytes */
	if (b->journal.named[0])
		emit_str(&e, "journal", b->journal.named);
	recipe_sample(b, &e);
	emit_array(&e, "noted");
	for (unsigned i = 0; i < b->n_noted; i++)
		emit_str(&e, NULL, b->noted[i]);
	emit_end(&e);
	emit_end(&e);
	rc = bundle_document(b, "bundle.json", &e);
	buf_release(&out);
	return rc;
}
