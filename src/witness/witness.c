#include "witness/witness.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "archive/prove.h"
#include "base/text.h"
#include "trust/prove.h"

#define ROUNDS 3u /* of one witness: its size may move while it is asked */

int
witnessing_begin(struct witnessing *w, struct archive *a, const char *kept, size_t n, struct err *e)
{
	const char *seal = archive_seal_note(a), *why;
	struct note beside;

	w->archive = a;
	w->n_counted = 0;
	buf_init(&w->note, EX_MAX_NOTE);
	if ((w->sha = sha256_new()) == NULL)
		return err_nomem(e);
	if (n == 0) {
		buf_str(&w->note, seal);
		return w->note.failed ? err_nomem(e) : 0;
	}
	if (note_parse(&beside, kept, n, &why))
		return err_set(e, EX_DATA_ERR, "it is no signed note: %s [S-5]", why);
	/* text and own line are the seal's, whatever stands behind them */
	if (n < strlen(seal) || memcmp(kept, seal, strlen(seal)))
		return err_set(
		    e, EX_DATA_ERR, "it is the note of another seal; move it away [W-1]");
	buf_put(&w->note, kept, n);
	return w->note.failed ? err_nomem(e) : 0;
}

void
witnessing_release(struct witnessing *w)
{
	buf_release(&w->note);
	sha256_free(w->sha);
}

static void __attribute__((format(printf, 3, 4)))
say(struct witness_answer *r, enum witness_end end, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(r->said, sizeof r->said, fmt, ap);
	va_end(ap);
	r->end = end;
}

static bool
same_key(const struct note_sig *a, const struct note_sig *b)
{
	return strcmp(a->name, b->name) == 0 && memcmp(a->id, b->id, 4) == 0;
}

/* Has a key counted in this run already? Else it does now. */
static bool
counts_again(struct witnessing *w, const struct note_sig *sig)
{
	for (unsigned i = 0; i < w->n_counted; i++)
		if (same_key(&w->counted[i], sig))
			return true;
	if (w->n_counted < NOTE_SIGS)
		w->counted[w->n_counted++] = *sig;
	return false;
}

/* Takes one line of an answer into the note, if it counts. -1: no memory (e). */
static int
take_line(struct witnessing *w, const char *line, size_t n, const struct note_sig *sig,
    struct witness_answer *r, struct err *e)
{
	const struct witness_key *k;
	struct note note;
	const char *why;
	uint64_t time;
	enum cosigned c;

	if (note_parse(&note, (char *)w->note.p, w->note.len, &why))
		return err_set(e, EX_SOFTWARE_ERR, "the note that was begun is none: %s", why);
	c = cosigned_by(&note, sig, w->key, w->n_keys, &k, &time);
	if (c == COSIGNED_NOMEM)
		return err_nomem(e);
	if (c == COSIGNED_FALSE)
		say(r, WITNESS_NOTHING, "the signature of %.100s is not over this checkpoint",
		    sig->name);
	/* the log's own name is no witness's */
	if (c == COSIGNED_FALSE || strcmp(sig->name, archive_origin(w->archive)) == 0 ||
	    (w->n_keys && c == COSIGNED_STRANGER))
		return 0;
	if (counts_again(w, sig)) {
		say(r, WITNESS_NOTHING,
		    "it signs with the key of %.100s, which has answered already", sig->name);
		return 0;
	}
	/* an earlier line of the same key stays (W-1) */
	for (unsigned i = 0; i < note.n_sig; i++)
		if (same_key(&note.sig[i], sig))
			goto counted;
	if (note.n_sig == NOTE_SIGS || w->note.len + n + 1 > EX_MAX_NOTE) {
		say(r, WITNESS_NOTHING, "the note has no room for more signatures");
		return 0;
	}
	buf_put(&w->note, line, n);
	buf_byte(&w->note, '\n');
counted:
	r->end = WITNESS_COSIGNED;
	r->checked = c == COSIGNED_VERIFIED;
	r->time = cosigned_says(sig);
	snprintf(r->name, sizeof r->name, "%s", sig->name);
	return w->note.failed ? err_nomem(e) : 0;
}

/* 200: nothing but signature lines. 0 or -1 (e). */
static int
take_lines(struct witnessing *w, struct witness_answer *r, struct err *e)
{
	const char *p = (const char *)r->answer.body.p, *end = p + r->answer.body.len, *nl;
	struct note_sig sig[NOTE_SIGS];
	unsigned n = 0;

	say(r, WITNESS_NOTHING, "%s",
	    w->n_keys ? "its answer has no line by a key that you gave (--witness-vkey)" :
			"its answer has no line by another key than the log's");
	if (r->answer.body.len == 0)
		return say(r, WITNESS_NOTHING, "its answer is empty"), 0;
	/* all lines first: of an answer that is none, nothing is taken */
	for (const char *q = p; q < end; q = nl + 1, n++) {
		if ((nl = memchr(q, '\n', (size_t)(end - q))) == NULL)
			return say(r, WITNESS_NOTHING, "line %u of its answer does not end", n + 1),
			       0;
		if (n == NOTE_SIGS)
			return say(r, WITNESS_NOTHING, "its answer has more than %u lines", n), 0;
		if (note_sig_parse(&sig[n], q, (size_t)(nl - q)))
			return say(r, WITNESS_NOTHING,
				   "line %u of its answer is no signature line [S-5]", n + 1),
			       0;
		for (unsigned i = 0; i < n; i++)
			if (same_key(&sig[i], &sig[n]))
				return say(r, WITNESS_NOTHING,
					   "line %u of its answer is of the same key as line %u",
					   n + 1, i + 1),
				       0;
	}
	for (unsigned i = 0; i < n && r->end != WITNESS_COSIGNED; i++, p = nl + 1) {
		nl = memchr(p, '\n', (size_t)(end - p));
		if (take_line(w, p, (size_t)(nl - p), &sig[i], r, e))
			return -1;
	}
	return 0;
}

/* 409: the size that the witness has. false: it is none. */
static bool
size_of(const struct http_answer *a, uint64_t *ret)
{
	const char *p = (const char *)a->body.p;
	size_t n = a->body.len;

	if (n && p[n - 1] == '\n')
		n--;
	return dec_u64(p, n, ret) && (n == 1 || p[0] != '0');
}

/* 409: asks again from *size (true), or says why not. */
static bool
conflicts(struct witnessing *w, unsigned round, uint64_t *size, struct witness_answer *r)
{
	uint64_t ours = archive_seal(w->archive)->size, has = 0;
	bool told = size_of(&r->answer, &has);

	if (told && has > ours) {
		say(r, WITNESS_CONTRADICTS,
		    "it has seen %" PRIu64 " records of this log, and this seal is of %" PRIu64
		    ": this file is older than what it saw, or another log was signed by the same "
		    "key",
		    has, ours);
		return false;
	}
	/* nothing but the root can be wrong between equal sizes */
	if (*size == ours && (!told || has == ours)) {
		say(r, WITNESS_CONTRADICTS,
		    "it has seen another log of %" PRIu64 " records, signed by the same key: two "
		    "views of one log exist",
		    ours);
		return false;
	}
	if (!told)
		say(r, WITNESS_NOTHING, "it answers 409 without the size that it has");
	else if (has == *size || round + 1 == ROUNDS)
		say(r, WITNESS_NOTHING,
		    "asked from %" PRIu64 ", it answers that it has %" PRIu64 " [W-2]", *size, has);
	else
		return *size = has, true;
	return false;
}

/* What an answer without signatures means; *size: to be asked from, where it returns true. */
static bool
refused(struct witnessing *w, unsigned round, uint64_t *size, struct witness_answer *r)
{
	long status = r->answer.status;

	if (status == 409)
		return conflicts(w, round, size, r);
	/* the proof leads from our root of that size: so the witness has another */
	if (status == 422 && *size)
		say(r, WITNESS_CONTRADICTS,
		    "no proof leads from what it saw of %" PRIu64 " records to this seal: it has "
		    "seen another log, signed by the "
		    "same key",
		    *size);
	else if (status == 0)
		say(r, WITNESS_NOTHING, "%s", r->answer.why);
	else
		say(r, WITNESS_NOTHING, "it answers %ld%s", status,
		    status == 403     ? ": it does not know the key that signs this log (give it "
					"the .vkey file)" :
			status == 404 ? ": it does not know this log, or is no witness" :
			status / 100 == 3 ? ": a redirection, which is not followed" :
			status == 400     ? ": it does not understand the question" :
					    "");
	return false;
}

/* Asks once from a size. 0 and ret->answer; 1 the file proves nothing of it; -1 (e). */
static int
ask_from(
    struct witnessing *w, const char *url, uint64_t size, struct witness_answer *r, struct err *e)
{
	struct findings f = { .n = 0 };
	struct buf question;
	uint8_t root[32];
	int rc;

	buf_init(&question, 2u * EX_MAX_NOTE);
	r->from = size;
	rc = prove_growth(w->archive, size, w->sha, &question, root, &f, e);
	if (rc == 0) {
		http_release(&r->answer);
		rc = http_post(&r->answer, url, "/add-checkpoint", "text/plain; charset=utf-8",
		    question.p, question.len, w->http, e);
	}
	findings_release(&f);
	buf_release(&question);
	return rc;
}

int
witness_ask(struct witnessing *w, const char *url, struct witness_answer *r, struct err *e)
{
	uint64_t size = archive_first(w->archive);
	bool again = true;
	int rc = 0;

	memset(r, 0, sizeof *r);
	for (unsigned round = 0; again; round++) {
		if ((rc = ask_from(w, url, size, r, e)) < 0)
			return -1;
		if (rc > 0) {
			r->needs_earlier = size;
			say(r, WITNESS_NOTHING,
			    "it has %" PRIu64 " records, of which this file proves nothing: ask it "
			    "about the earlier file first [S-9]",
			    size);
			return 0;
		}
		if (r->answer.status == 200)
			return take_lines(w, r, e);
		again = refused(w, round, &size, r);
	}
	return 0;
}
