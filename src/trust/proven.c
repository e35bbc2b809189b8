#include "trust/proven.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

/* bytes that may be hashed in search of another spelling of one row */
#define SPELLINGS_MAX (64ull << 20)

const char *const step_name[STEPS] = { "form", "record", "path", "seal", "source-hash" };

const char *const proof_does_not_tell[] = {
	"anything about other events: a later one may take back what this one says",
	"that the event happened as it says, or when: times are the source's statements",
	"that the log goes on from this checkpoint, or was shown to others like this",
	NULL,
};

/* ---- what is found out */

/* what header and canonical body both say. NULL: the same. */
static const char *
says_another(struct proven *p, struct sha256 *s)
{
	struct record *r = &p->rec;
	const char *why;
	uint8_t d[32];

	if (r->body_form == BODY_VERBATIM || p->withheld)
		return NULL;
	if (event_parse_body(
		&p->event, (const char *)r->body, r->body_len, r->body_form, true, &p->text, &why))
		return "the body is no canonical event";
	p->event_read = true;
	sha256_once(s, p->event.correlation.p, p->event.correlation.n, d);
	return memcmp(p->event.id, r->id, 16) || p->event.time != r->time ||
		memcmp(d, r->correlation, 32) ?
	    "header and body do not name the same event" :
	    NULL;
}

/* What stands behind a header, as long as it says. NULL: fine. */
static const char *
parts(struct proven *p)
{
	struct record *r = &p->rec;
	const unsigned char *rest = p->proof.extra.p + RECORD_HEADER;
	size_t n = p->proof.extra.len - RECORD_HEADER, body;

	if (r->version == 2) {
		if (n < RECORD_OPENING)
			return "what opens its header is not there";
		record_open(rest, r, &p->salted);
		rest += RECORD_OPENING;
		n -= RECORD_OPENING;
	}
	body = p->withheld ? 0 : r->body_len; /* S-14 */
	if (r->body_len > EX_MAX_BODY || r->aside_len > EX_MAX_ASIDE || body > n ||
	    r->aside_len != n - body)
		return "body and aside are not as long as the header says";
	r->body = p->withheld ? NULL : rest;
	r->aside = rest + body;
	return NULL;
}

/* The record of a proof: header, body and aside against each other. NULL: they are one record. */
static const char *
record_wrong(struct proven *p, struct sha256 *s)
{
	struct record *r = &p->rec;
	const char *why;
	uint8_t d[32] = { 0 }, again[RECORD_HEADER];

	if ((why = unpack_fields_wrong(r)) != NULL)
		return why;
	if (r->position != p->proof.index)
		return "the header names another position than the proof";
	if ((why = parts(p)) != NULL)
		return why;
	if (r->aside_len)
		sha256_once(s, r->aside, r->aside_len, d);
	if (r->version == 2)
		memcpy(r->aside_digest, d, 32);
	if (memcmp(d, r->aside_digest, 32))
		return "the aside does not have the digest that the header holds";
	if (!p->withheld) {
		record_digest(s, r, d);
		if (memcmp(d, r->body_digest, 32))
			return "the body does not have the digest that the header holds";
	}
	/* of all of it the header holds commitments */
	if (r->version == 2) {
		record_commit(s, r, &p->salted);
		r->salted = &p->salted;
		record_header(r, again);
		if (memcmp(again, p->header, RECORD_HEADER))
			return "the header does not hold the commitments to what is carried";
	}
	return p->withheld ? NULL : says_another(p, s);
}

/* Reads the text into its parts. form_why says what is wrong. -1: no memory. */
static int
read_form(struct proven *p, const char *text, size_t n)
{
	const char *why = NULL;
	int rc = tlog_parse(&p->proof, text, n, p->form_why);

	if (rc)
		return rc < 0 ? -1 : 0;
	if (note_parse(&p->note, p->proof.note, p->proof.note_len, &why)) {
		snprintf(p->form_why, sizeof p->form_why, "its checkpoint: %s", why);
	} else if (checkpoint_parse(&p->checkpoint, p->note.text, p->note.text_len)) {
		snprintf(p->form_why, sizeof p->form_why,
		    "its checkpoint: want origin, size and root, a line each, and no more");
	} else if (p->proof.extra.len < RECORD_HEADER) {
		snprintf(p->form_why, sizeof p->form_why,
		    "it carries no record of Exhibit (extra is shorter than a header)");
	} else {
		memcpy(p->header, p->proof.extra.p, RECORD_HEADER);
		if (!record_read_header(p->header, &p->rec))
			snprintf(p->form_why, sizeof p->form_why,
			    "it carries no record of Exhibit, or one of a newer version");
	}
	return 0;
}

static void
judge_seal(struct proven *p, const struct proof_judges *by)
{
	p->any_key = by->n_vkeys > 0;
	/* the signature covers origin, size and root together: nothing of the checkpoint is
	 * believed without it or an expectation of the auditor's own */
	switch (note_verify(&p->note, by->vkey, by->n_vkeys, &p->signer)) {
	case NOTE_VERIFIED:
		/* S-6: the name of a log's key is its origin */
		p->signature =
		    strcmp(p->signer->name, p->checkpoint.origin) ? SIG_UNKNOWN_KEY : SIG_VERIFIED;
		break;
	case NOTE_FALSE:
		p->signature = SIG_FALSE;
		break;
	default:
		p->signature = SIG_UNKNOWN_KEY;
	}
	/* S-11: of the same log and size. Another root there is a second view of the log, which is
	 * worse than no key */
	for (unsigned i = 0; i < by->n_expects; i++) {
		const struct checkpoint *c = &by->expect[i].c;

		if (strcmp(c->origin, p->checkpoint.origin) || c->size != p->checkpoint.size)
			continue;
		if (memcmp(c->root, p->checkpoint.root, 32))
			p->refuted = true;
		else
			p->expected = true;
	}
}

/* The row against the hash that its source stored. -1: no memory. */
static int
judge_source(struct proven *p, const struct proof_judges *by)
{
	uint64_t budget = SPELLINGS_MAX;
	struct judge j;
	bool gave_up = false;
	int rc = judge_init(&j, by->hmac, by->n_hmac);

	if (rc == 0) {
		p->content = judge_content(&j, &p->rec, NULL, &p->key);
		/* E-13: a tool between the source and the exporter may have respelled the row; what
		 * it takes to try is bounded, since the proof may come from anybody */
		if ((p->content == CONTENT_MISMATCH || p->content == CONTENT_UNDECIDED) &&
		    p->event_read &&
		    judge_variant(&j, &p->rec, &budget, &gave_up, &p->key, p->variant))
			p->content = CONTENT_VARIANT;
		p->withheld_is_hash = p->withheld && p->rec.claimed_form == FORM_HEX &&
		    p->rec.algorithm != ALGO_HMAC &&
		    memcmp(p->rec.claimed, p->rec.body_digest, 32) == 0;
	}
	judge_release(&j);
	return rc;
}

/* ---- what follows from it */

static bool
vouched(const struct proven *p)
{
	return p->signature == SIG_VERIFIED || p->expected;
}

static bool
source_differs(const struct proven *p)
{
	return record_event_like(&p->rec) &&
	    (p->content == CONTENT_MISMATCH || p->content == CONTENT_UNKNOWN_ALGORITHM);
}

static bool
source_open(const struct proven *p)
{
	return record_event_like(&p->rec) && !p->withheld_is_hash &&
	    (p->content == CONTENT_NO_KEY || p->content == CONTENT_UNDECIDED ||
		p->content == CONTENT_NOT_CARRIED || p->content == CONTENT_WITHHELD);
}

static char *words(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

static char *
words(const char *fmt, ...)
{
	char t[2048];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(t, sizeof t, fmt, ap);
	va_end(ap);
	return strdup(t);
}

/* The rows of proven.def. -1: no memory. */
static int
conclude(struct proven *p)
{
#define HEAD(status, condition, ...) \
	if (p->headline == NULL && (condition)) { \
		p->headline = words(__VA_ARGS__); \
		p->exit = status; \
	}
#define STEP(name, is, status, condition, ...) \
	if (p->step[STEP_##name].why == NULL && (condition)) { \
		p->step[STEP_##name].why = words(__VA_ARGS__); \
		p->step[STEP_##name].state = is; \
		worst = status_worse(worst, status); \
	}
	int worst = EX_OK;

#include "trust/proven.def"
#undef HEAD
#undef STEP
	/* each step is told, and the worst of them decides, whatever the headline found first */
	p->exit = status_worse(p->exit, worst);
	for (unsigned i = 0; i < STEPS; i++)
		if (p->step[i].why == NULL)
			return -1;
	return p->headline ? 0 : -1;
}

int
proven_judge(
    struct proven *p, const char *text, size_t n, const struct proof_judges *by, struct err *e)
{
	struct sha256 *s = sha256_new();
	int rc = s ? 0 : -1;

	memset(p, 0, sizeof *p);
	buf_init(&p->text, EX_MAX_BODY);
	p->key = -1;
	/* nothing is asked of a text that is no proof; behind that every step is taken, so that a
	 * reader sees all that holds and all that does not */
	if (rc == 0 && (rc = read_form(p, text, n)) == 0 && p->form_why[0] == '\0') {
		p->withheld = p->rec.flags & FLAG_WITHHELD;
		p->record_why = record_wrong(p, s);
		merkle_leaf(s, p->header, sizeof p->header, p->leaf);
		p->path_leads = path_includes(&p->proof.path, s, p->proof.index, p->checkpoint.size,
		    p->leaf, p->checkpoint.root);
		judge_seal(p, by);
		if (p->record_why == NULL && record_event_like(&p->rec))
			rc = judge_source(p, by);
	}
	sha256_free(s);
	if (rc == 0)
		rc = conclude(p);
	return rc || nomem_noted() ? err_nomem(e) : 0;
}

void
proven_release(struct proven *p)
{
	tlog_release(&p->proof);
	buf_release(&p->text);
	for (unsigned i = 0; i < STEPS; i++)
		free(p->step[i].why);
	free(p->headline);
}
