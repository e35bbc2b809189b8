/* The examiner's journal in a bundle: a document given, not made again; what can be checked of it
 * is that its lines follow each other (formats/bundle.md X-12). */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "cmd/analyze/bundle.h"

/* A sentence of what is wrong with its lines. false: nothing. */
static bool
broken(struct bundle *b, char text[300])
{
	uint64_t at;

	if (b->journal.n == 0) {
		snprintf(text, 300, "no line in it: want a journal of --journal");
		return true;
	}
	if (journal_follow(&b->journal.chain, b->journal.text, b->journal.n))
		return false;
	at = b->journal.chain.lines;
	if (at == 0)
		snprintf(text, 300,
		    "line 1 is not the first of a journal: it was changed, or lines before it were "
		    "removed [M-5]");
	else
		snprintf(text, 300,
		    "line %" PRIu64 " does not follow from line %" PRIu64 ": one of them was "
		    "changed, or lines between them were removed or added [M-5]",
		    at + 1, at);
	return true;
}

/* In a check: it is the one that bundle.json names, and a chain. */
static void
compare(struct bundle *b)
{
	char text[300];

	if (b->journal.text == NULL)
		shelf_differs(&b->shelf, JOURNAL_FILE, "missing");
	else if (broken(b, text))
		shelf_differs(&b->shelf, JOURNAL_FILE, text);
	else if (strcmp(b->journal.sha, b->journal.named))
		shelf_differs(&b->shelf, JOURNAL_FILE,
		    "its lines follow each other, but it is not the journal that bundle.json "
		    "names: its last line was changed, or lines were removed or added at its end");
}

int
bundle_journal(struct bundle *b, const char *named)
{
	const struct given *g = evidence_given(&b->ev, "with-journal");
	struct sha256 *s;
	char text[300];
	uint8_t d[32];

	/* one that bundle.json does not name is no file of the bundle */
	if (b->check && named == NULL)
		return 0;
	if (g) {
		if ((s = sha256_new()) == NULL)
			return err_nomem(&b->ev.err);
		sha256_once(s, g->text, g->n, d);
		sha256_free(s);
		hex_of(d, 32, b->journal.sha);
		b->journal.text = g->text;
		b->journal.n = g->n;
	}
	snprintf(b->journal.named, sizeof b->journal.named, "%s", named ? named : b->journal.sha);
	if (b->check)
		compare(b);
	else if (g && broken(b, text))
		return err_set(
		    &b->ev.err, EX_DATA_ERR, "--with-journal %.300s: %s", g->given, text);
	return 0;
}

int
bundle_journal_put(struct bundle *b)
{
	struct err *e = &b->ev.err;

	if (b->journal.text == NULL)
		return 0;
	return shelf_begin(&b->shelf, JOURNAL_FILE, true, e) ||
		(b->journal.n && shelf_write(&b->shelf, b->journal.text, b->journal.n, e)) ||
		shelf_end(&b->shelf, e) ?
	    -1 :
	    0;
}

void
bundle_journal_custody(const struct bundle *b, struct emit *e)
{
	if (b->journal.text == NULL)
		return;
	emit_object(e, "journal");
	emit_str(e, "file", JOURNAL_FILE);
	emit_u64(e, "bytes", b->journal.n);
	emit_str(e, "sha256", b->journal.sha);
	emit_u64(e, "runs", b->journal.chain.lines);
	emit_hash(e, "last_line_sha256", b->journal.chain.before);
	emit_end(e);
}

bool
bundle_journal_words(const struct bundle *b, char text[600])
{
	char hex[65];

	if (b->journal.text == NULL)
		return false;
	hex_of(b->journal.chain.before, 32, hex);
	snprintf(text, 600,
	    "%" PRIu64 " run%s of an examiner (journal.txt), each line with the digest of the one "
	    "before; the run that made this bundle is not among them. Who keeps a journal can "
	    "write it anew: note the SHA-256 of its last line elsewhere. It is %s",
	    b->journal.chain.lines, b->journal.chain.lines == 1 ? "" : "s", hex);
	return true;
}

void
bundle_journal_tell(const struct bundle *b)
{
	char hex[65];

	if (b->journal.text == NULL || b->journal.chain.bytes != b->journal.n || b->journal.n == 0)
		return;
	hex_of(b->journal.chain.before, 32, hex);
	printf("journal      %s: %" PRIu64 " line%s, each follows from the one before; a document "
	       "given, not made again\n"
	       "             SHA-256 of its last line, to be compared with one noted elsewhere:\n"
	       "             %s\n",
	    JOURNAL_FILE, b->journal.chain.lines, b->journal.chain.lines == 1 ? "" : "s", hex);
}
