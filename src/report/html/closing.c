/* What the report cannot tell, and how to do all of it again. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "report/html/page.h"

void
report_limitations(struct buf *b, struct report *rep)
{
	const struct verification *v = rep->v;

	html_section(b, SECTION_limitations);
	buf_str(b, "<ul>\n");
	for (unsigned i = 0; i < v->n_not_checked; i++) {
		buf_str(b, "<li>Not checked: ");
		html_text(b, v->not_checked[i]);
		buf_str(b, "</li>\n");
	}
	buf_str(b,
	    "<li>Whoever could write to the source's database before export could change unkeyed "
	    "rows and recompute their hashes; keyed rows only with the key.</li>\n"
	    "<li>Whoever holds the archive's signing key could seal other records; only a "
	    "checkpoint kept elsewhere shows that.</li>\n"
	    "<li>Times are those that the source's services stated, most in whole seconds; events "
	    "of one time stand in the order of the source's flow, which proves nothing. Links "
	    "prove the order of storing only.</li>\n"
	    "<li>The source does not audit everything: changed workflow parameters at approval and "
	    "the approval's real deadline are not in its events.</li>\n"
	    "<li>Absence of an event is not proof of absence of an act.</li>\n</ul>\n"
	    "<h3>Considerations of the user entity</h3>\n<p>What an archive cannot show, and "
	    "somebody else must see to. For each: who does it, how it is known, and since "
	    "when.</p>\n<ol>\n"
#define USER_CONTROL(n, question) "<li>" question "</li>\n"
#include "report/user_controls.def"
	    "</ol>\n");
}

/* What is known of the way that a file took, and the rest to be filled in by hand. */
void
report_custody(struct buf *b, const struct report *rep)
{
	const struct verification *v = rep->v;
	char hex[65];

	html_section(b, SECTION_custody);
	buf_str(b,
	    "<p>The digest is that of the file that was read for this report: compare it with the "
	    "one that was noted when the file was received. The rest is to be filled in by whoever "
	    "hands a file on, and whoever gets it.</p>\n");
	html_table(b, TABLE_custody, NULL);
	/* each file as it was received, and two empty rows for those who pass it on */
	for (unsigned i = 0; i < v->n_archives; i++) {
		struct str at = archive_manifest_str(v->archive[i], "started_at");

		buf_str(b, "<tr><td>");
		html_text(b, archive_name(v->archive[i]));
		buf_str(b, "</td><td>the source</td><td>the exporter");
		if (archive_claimed_key(v->archive[i])[0]) {
			buf_str(b, ", who holds the key ");
			html_text(b, archive_claimed_key(v->archive[i]));
		}
		buf_str(b, "</td><td>");
		text_html(b, at.p, at.n);
		hex_of(archive_sha256(v->archive[i]), 32, hex);
		html_put(b, "</td><td>export and seal</td><td class=\"m\">%s</td><td>", hex);
		html_text(b,
		    archive_signature(v->archive[i]) == SIG_VERIFIED ? "the seal, verified" : "");
		buf_str(b, "</td></tr>\n");
		/* empty rows, to be filled in by hand */
		for (unsigned k = 0; k < 2; k++) {
			buf_str(b, "<tr><td>");
			html_text(b, archive_name(v->archive[i]));
			buf_str(b,
			    "</td><td></td><td></td><td></td><td></td><td></td><td></td></tr>\n");
		}
	}
	html_table_end(b);
}

/* The files as arguments, and what else changes what is said of them. */
static void
command(struct buf *b, const struct report *rep, const char *verb, const char *more)
{
	html_put(b, "exhibit %s", verb);
	for (unsigned i = 0; i < rep->v->n_archives; i++) {
		buf_byte(b, ' ');
		html_text(b, archive_name(rep->v->archive[i]));
	}
	buf_str(b, rep->v->any_vkey ? " --vkey KEY.vkey" : "");
	buf_str(b, rep->v->n_expects ? " --expect CHECKPOINT" : "");
	buf_str(b, rep->v->n_hmac ? " --hmac-key-file KEY" : "");
	if (strcmp(verb, "verify")) {
		buf_str(b, rep->controls->p->digest[0] ? " --policy POLICY.yaml" : "");
		if (rep->period && rep->period != rep->controls->p->period) {
			buf_str(b, " --period ");
			html_text(b, rep->period);
		}
		if (rep->cluster) {
			buf_str(b, " --cluster ");
			html_text(b, rep->cluster);
		}
	}
	buf_str(b, more);
	buf_byte(b, '\n');
}

/* One file and one event, with nothing but stock tools. */
static void
by_hand(struct buf *b, const struct report *rep)
{
	const char *name = archive_name(rep->v->archive[0]);

	buf_str(b,
	    "<h3>Without this program</h3>\n<pre># the file (formats/seal.md S-12)\n"
	    "N=$(tail -c 4096 ");
	html_text(b, name);
	buf_str(b, " | sed -n 2p)\nhead -c \"$N\" ");
	html_text(b, name);
	buf_str(b,
	    " | sha256sum        # equals the third line of the last 4096 bytes\nsqlite3 'file:");
	html_text(b, name);
	buf_str(b,
	    "?immutable=1' \"SELECT writefile('block1', data) FROM data WHERE no = 1\"\n"
	    "sha256sum block1                             # equals data_sha256 of block 1\n\n"
	    "# one event: its bytes, the sha256sum line and the expected result\n"
	    "exhibit explain S01 ");
	html_text(b, name);
	buf_str(b, " --id EVENT\n</pre>\n");
}

static void
glossary(struct buf *b)
{
	html_names(b, "Words");
	html_row(
	    b, "leaf", "the hash of one record's header; all leaves form the signed tree", false);
	html_row(b, "checkpoint", "origin, size and root of the log, as signed", false);
	html_row(b, "seal", "the signed checkpoint of a file's last position", false);
	html_row(b, "correlation", "all events of one remediation, or of one other matter", false);
	html_row(b, "position", "number of a record in the log, from 0", false);
	html_row(b, "alarm, gap, note",
	    "levels of findings: not explained by the source's known behaviour; something is "
	    "missing or cannot be judged; honest, worth knowing",
	    false);
	html_row(b, "exception", "a fact that the events prove and that a rule asks for", false);
	html_row(b, "not testable", "a rule applies, and what it needs is not in evidence", false);
	html_row(
	    b, "flow", "the order in which the source's services act; it proves nothing", false);
	html_table_end(b);
}

/* The rules as queries: long, and files of a bundle, so a screen unfolds them. */
static void
rules(struct buf *b, const struct report *rep)
{
	html_put(b,
	    "<p>The rules in words, with their versions: section <a href=\"#s-tests\">%d</a>. As "
	    "SQL, %u of %u: below on a screen, in <code>rules/</code> of a bundle, run by "
	    "<code>exhibit sql FILE -f RULE.sql</code>.</p>\n",
	    SECTION_tests + 1, rep->n_sql, RULES);
	buf_str(b, "<div class=\"screen\">\n");
	html_fold(b, "The rules as SQL");
	for (unsigned i = 0; i < rep->n_sql; i++) {
		html_put(b, "<h3>%s.sql</h3>\n<pre>", rep->sql[i].name);
		html_lines(b, rep->sql[i].text, rep->sql[i].n);
		buf_str(b, "</pre>\n");
	}
	html_fold_end(b);
	buf_str(b, "</div>\n");
}

void
report_reperformance(struct buf *b, struct report *rep)
{
	char hex[65], more[100];

	html_section(b, SECTION_reperformance);
	buf_str(b,
	    "<p>The same archives, policy and program give the same bytes of this report on any "
	    "machine.</p>\n<pre>");
	/* commands that anybody can run, with the digest that they must give */
	for (unsigned i = 0; i < rep->v->n_archives; i++) {
		hex_of(archive_sha256(rep->v->archive[i]), 32, hex);
		html_put(b, "sha256sum ");
		html_text(b, archive_name(rep->v->archive[i]));
		html_put(b, "  # %s\n", hex);
	}
	command(b, rep, "verify", "");
	command(b, rep, "controls", "");
	snprintf(more, sizeof more, "%s%s --out report.html",
	    rep->sample ? " --sample SAMPLE.json" : "",
	    rep->selftest ? " --selftest SELFTEST.json" : "");
	command(b, rep, "report", more);
	buf_str(b, "</pre>\n");
	/* the policy that these figures rest on */
	if (rep->controls->p->digest[0])
		html_put(
		    b, "<p>The policy's SHA-256: <code>%s</code>.</p>\n", rep->controls->p->digest);
	else
		buf_str(b,
		    "<p>No policy was given: the defaults, as <code>exhibit policy "
		    "--print</code> prints them.</p>\n");
	/* rules, checks by hand, words */
	rules(b, rep);
	by_hand(b, rep);
	html_put(b,
	    "<p>The program's own tests: <code>make test</code> of its source, with known answers "
	    "in <code>formats/vectors</code> and a second reader in <code>tests/second</code>; a "
	    "report holds no result of them, since it would depend on the machine.</p>\n");
	report_selftest(b, rep);
	glossary(b);
}
