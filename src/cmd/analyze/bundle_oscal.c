/* OSCAL assessment results and an in-toto statement (formats/bundle.md ). */
#include <inttypes.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

#include "archive/vouch.h"
#include "base/text.h"
#include "cmd/analyze/bundle.h"
#include "cmd/version.h"

#define UUID 37

/* UUID of version 5 (RFC 9562): SHA-1 of a name space and a name. The name space is that of
 * URLs; names begin with the archives' digests, so that two bundles never share one. */
static void
uuid5(const struct bundle *b, const char *kind, const char *id, char out[UUID])
{
	static const unsigned char space[16] = { 0x6b, 0xa7, 0xb8, 0x11, 0x9d, 0xad, 0x11, 0xd1,
		0x80, 0xb4, 0x00, 0xc0, 0x4f, 0xd4, 0x30, 0xc8 };
	unsigned char d[EVP_MAX_MD_SIZE] = { 0 };
	EVP_MD_CTX *c = EVP_MD_CTX_new();

	if (c && EVP_DigestInit_ex(c, EVP_sha1(), NULL)) {
		EVP_DigestUpdate(c, space, sizeof space);
		for (unsigned i = 0; i < b->ev.n; i++)
			EVP_DigestUpdate(c, b->sha[i], 64);
		EVP_DigestUpdate(c, kind, strlen(kind) + 1);
		EVP_DigestUpdate(c, id, strlen(id));
		EVP_DigestFinal_ex(c, d, NULL);
	}
	EVP_MD_CTX_free(c);
	d[6] = (unsigned char)((d[6] & 0x0f) | 0x50);
	d[8] = (unsigned char)((d[8] & 0x3f) | 0x80);
	uuid_of(d, out);
}

static void
put_uuid(
    const struct bundle *b, struct emit *e, const char *member, const char *kind, const char *id)
{
	char u[UUID];

	uuid5(b, kind, id, u);
	emit_str(e, member, u);
}

/* `#UUID` of a resource of the back matter. */
static void
put_link(const struct bundle *b, struct emit *e, const char *kind, const char *id)
{
	char u[UUID], link[UUID + 1];

	uuid5(b, kind, id, u);
	snprintf(link, sizeof link, "#%s", u);
	emit_str(e, "href", link);
}

/* A text of OSCAL: one line, without blanks around, never empty. */
static void
put_line(struct emit *e, const char *member, const char *s)
{
	struct buf b;
	size_t n;

	buf_init(&b, 1u << 20);
	s += strspn(s, " \t\r\n");
	n = strlen(s);
	while (n && strchr(" \t\r\n", s[n - 1]))
		n--;
	for (size_t i = 0; i < n; i++)
		buf_byte(&b, strchr("\r\n\t", s[i]) ? ' ' : (unsigned char)s[i]);
	if (b.len == 0)
		buf_str(&b, "not stated");
	emit_text(e, member, (char *)b.p, b.len);
	buf_release(&b);
}

static void
prop(struct emit *e, const char *name, const char *value)
{
	emit_object(e, NULL);
	emit_str(e, "name", name);
	emit_str(e, "ns", "https://kubernaut.ai/ns/exhibit");
	put_line(e, "value", value);
	emit_end(e);
}

/* A count, under the name that its column has in the tables, as OSCAL spells names. */
static void
prop_number(struct emit *e, const char *name, uint64_t v)
{
	char t[24], token[40];

	snprintf(token, sizeof token, "%s", name);
	for (char *p = token; *p; p++)
		*p = *p == '_' ? '-' : *p;
	snprintf(t, sizeof t, "%" PRIu64, v);
	prop(e, token, t);
}

/* The words of a list with blanks between, until each() was called for all. */
static void
words(const char *s, void (*each)(void *arg, const char *word), void *arg)
{
	char word[32];

	for (s += strspn(s, " "); *s; s += strspn(s, " ")) {
		size_t n = strcspn(s, " ");

		snprintf(word, sizeof word, "%.*s", (int)n, s);
		each(arg, word);
		s += n;
	}
}

static void
criterion(void *arg, const char *word)
{
	prop(arg, "soc2-criterion", word);
}

struct controls_seen {
	struct emit *e;
	char seen[64][32];
	unsigned n;
};

static void
control(void *arg, const char *word)
{
	struct controls_seen *c = arg;

	for (unsigned i = 0; i < c->n; i++)
		if (strcmp(c->seen[i], word) == 0)
			return;
	if (c->n == 64)
		return;
	snprintf(c->seen[c->n++], 32, "%s", word);
	emit_object(c->e, NULL);
	emit_str(c->e, "control-id", word);
	emit_end(c->e);
}

static void
metadata(struct bundle *b, struct emit *e)
{
	const struct parameters *p = &b->w.p;
	char title[700];

	snprintf(title, sizeof title, "Approvals and changes of automated remediation%s%s",
	    p->entity ? ": " : "", p->entity ? p->entity : "");
	emit_object(e, "metadata");
	put_line(e, "title", title);
	emit_str(e, "last-modified", b->made);
	emit_str(e, "version", "1.0");
	emit_str(e, "oscal-version", "1.1.3");
	emit_array(e, "props");
	prop(e, "tool", "exhibit " EXHIBIT_VERSION);
	prop(e, "verdict", b->v.verdict);
	prop(e, "opinion", "none: this tool tests evidence");
	if (p->system)
		prop(e, "system", p->system);
	for (unsigned i = 0; i < b->v.n_headlines; i++)
		prop(e, "headline", b->v.headline[i]);
	for (unsigned i = 0; i < b->ev.limits.n; i++)
		prop(e, "known-to-be-missing", b->ev.limits.l[i].sentence);
	emit_end(e);
	emit_end(e);
}

static void
evidence(struct bundle *b, struct emit *e)
{
	emit_array(e, "relevant-evidence");
	for (unsigned i = 0; i < b->ev.n; i++) {
		emit_object(e, NULL);
		put_link(b, e, "archive", b->sha[i]);
		put_line(e, "description", b->name[i]);
		emit_end(e);
	}
	emit_end(e);
}

#define COUNT_PROP(name, width, of) prop_number(e, name, of);

/* What one rule looked at. */
static void
rule(struct bundle *b, struct emit *e, const struct rule_info *r, const struct tally *t)
{
	emit_object(e, NULL);
	put_uuid(b, e, "uuid", "rule", r->name);
	put_line(e, "title", r->name);
	put_line(e, "description", r->question);
	emit_array(e, "props");
	prop(e, "rule", r->name);
	prop_number(e, "rule_version", r->version);
	prop(e, "population-of", population_info[r->population].name);
	RULE_COUNTS(COUNT_PROP)
	words(r->criteria, criterion, e);
	emit_end(e);
	emit_array(e, "methods");
	emit_str(e, NULL, "TEST");
	emit_end(e);
	evidence(b, e);
	emit_str(e, "collected", b->made);
	emit_end(e);
}

static void
exception_uuid(const struct bundle *b, size_t i, char out[UUID])
{
	const struct exception *x = b->exception[i];
	char id[900];

	snprintf(id, sizeof id, "%s %zu %.600s", rule_info[x->rule].name, i, x->c->text);
	uuid5(b, "exception", id, out);
}

static void
exception(struct bundle *b, struct emit *e, size_t i)
{
	const struct exception *x = b->exception[i];
	char u[UUID], number[24];

	exception_uuid(b, i, u);
	snprintf(number, sizeof number, "%zu", i + 1);
	emit_object(e, NULL);
	emit_str(e, "uuid", u);
	put_line(e, "description", x->sentence);
	emit_array(e, "props");
	prop(e, "exception", number);
	prop(e, "rule", rule_info[x->rule].name);
	prop(e, "correlation-id", x->c->text);
	for (unsigned k = 0; k < x->n_events; k++)
		prop(e, "event-id", x->event[k].id);
	emit_end(e);
	emit_array(e, "methods");
	emit_str(e, NULL, "TEST");
	emit_end(e);
	evidence(b, e);
	emit_str(e, "collected", b->made);
	emit_end(e);
}

/* One that tested something: what it found, in the rule's words; the auditor decides. */
static void
finding(struct bundle *b, struct emit *e, unsigned k)
{
	const struct rule_info *r = &rule_info[k];
	const struct tally *t = &b->w.k.tally[k];
	char words_[160], target[32], u[UUID];

	/* a count, and no judgement */
	snprintf(words_, sizeof words_,
	    "%" PRIu64 " of %" PRIu64 " tested are exceptions to the rule.", t->exceptions,
	    (t->passed + t->exceptions));
	snprintf(target, sizeof target, "%.*s", (int)strcspn(r->criteria, " "), r->criteria);
	emit_object(e, NULL);
	put_uuid(b, e, "uuid", "finding", r->name);
	put_line(e, "title", r->name);
	put_line(e, "description", words_);
	emit_array(e, "props");
	words(r->criteria, criterion, e);
	prop(e, "decided-by", "the rule's words; the auditor decides");
	emit_end(e);
	/* the target of a finding is the first criterion: the format has room for one */
	emit_object(e, "target");
	emit_str(e, "type", "objective-id");
	emit_str(e, "target-id", target);
	emit_object(e, "status");
	emit_str(e, "state", t->exceptions ? "not-satisfied" : "satisfied");
	emit_str(e, "reason", t->exceptions ? "fail" : "pass");
	emit_end(e);
	emit_end(e);
	emit_array(e, "related-observations");
	emit_object(e, NULL);
	put_uuid(b, e, "observation-uuid", "rule", r->name);
	emit_end(e);
	/* the observations of its exceptions, each by its own uuid */
	for (size_t i = 0; i < b->w.k.n; i++)
		if (b->exception[i]->rule == k) {
			exception_uuid(b, i, u);
			emit_object(e, NULL);
			emit_str(e, "observation-uuid", u);
			emit_end(e);
		}
	emit_end(e);
	emit_end(e);
}

static bool
tested(const struct bundle *b, unsigned k)
{
	const struct tally *t = &b->w.k.tally[k];

	return t->passed + t->exceptions > 0;
}

static void
results(struct bundle *b, struct emit *e)
{
	struct controls_seen seen = { .e = e };
	bool any = false;

	emit_array(e, "results");
	emit_object(e, NULL);
	put_uuid(b, e, "uuid", "result", "1");
	emit_str(e, "title", "Rules held against the archives");
	emit_str(e, "description",
	    "Each rule is held against every member of its population. Not satisfied means that "
	    "the rule has exceptions.");
	emit_str(e, "start", b->made);
	emit_object(e, "reviewed-controls");
	emit_array(e, "control-selections");
	emit_object(e, NULL);
	emit_array(e, "include-controls");
	for (unsigned k = 0; k < RULES; k++)
		words(rule_info[k].nist, control, &seen);
	emit_end(e);
	emit_end(e);
	emit_end(e);
	emit_end(e);
	emit_array(e, "observations");
	for (unsigned k = 0; k < RULES; k++)
		rule(b, e, &rule_info[k], &b->w.k.tally[k]);
	for (size_t i = 0; i < b->w.k.n; i++)
		exception(b, e, i);
	emit_end(e);
	for (unsigned k = 0; k < RULES; k++)
		any |= tested(b, k);
	/* no empty arrays */
	if (any) {
		emit_array(e, "findings");
		for (unsigned k = 0; k < RULES; k++)
			if (tested(b, k))
				finding(b, e, k);
		emit_end(e);
	}
	emit_end(e);
	emit_end(e);
}

static void
back_matter(struct bundle *b, struct emit *e)
{
	char href[400];

	emit_object(e, "back-matter");
	emit_array(e, "resources");
	emit_object(e, NULL);
	put_uuid(b, e, "uuid", "plan", "none");
	emit_str(e, "title", "no assessment plan was given");
	emit_end(e);
	for (unsigned i = 0; i < b->ev.n; i++) {
		emit_object(e, NULL);
		put_uuid(b, e, "uuid", "archive", b->sha[i]);
		put_line(e, "title", b->name[i]);
		emit_array(e, "rlinks");
		emit_object(e, NULL);
		snprintf(href, sizeof href, "archives/%s", b->name[i]);
		emit_str(e, "href", href);
		emit_array(e, "hashes");
		emit_object(e, NULL);
		emit_str(e, "algorithm", "SHA-256");
		emit_str(e, "value", b->sha[i]);
		emit_end(e);
		emit_end(e);
		emit_end(e);
		emit_end(e);
		emit_end(e);
	}
	emit_end(e);
	emit_end(e);
}

int
bundle_oscal(struct bundle *b)
{
	struct buf out;
	struct emit e;
	int rc;

	buf_init(&out, 1u << 30);
	emit_init(&e, &out);
	emit_object(&e, NULL);
	emit_object(&e, "assessment-results");
	put_uuid(b, &e, "uuid", "results", "1");
	metadata(b, &e);
	emit_object(&e, "import-ap");
	put_link(b, &e, "plan", "none");
	emit_end(&e);
	results(b, &e);
	back_matter(b, &e);
	emit_end(&e);
	emit_end(&e);
	rc = bundle_document(b, "oscal-assessment-results.json", &e);
	buf_release(&out);
	return rc;
}

int
bundle_statement(struct bundle *b)
{
	struct buf out;
	struct emit e;
	char text[40], hex[65];
	int rc;

	buf_init(&out, 64u << 20);
	emit_init(&e, &out);
	emit_object(&e, NULL);
	emit_str(&e, "_type", "https://in-toto.io/Statement/v1");
	emit_array(&e, "subject");
	for (unsigned i = 0; i < b->ev.n; i++) {
		emit_object(&e, NULL);
		emit_str(&e, "name", b->name[i]);
		emit_object(&e, "digest");
		emit_str(&e, "sha256", b->sha[i]);
		emit_end(&e);
		emit_end(&e);
	}
	emit_end(&e);
	emit_str(&e, "predicateType", "https://kubernaut.ai/exhibit/verification/v1");
	emit_object(&e, "predicate");
	emit_str(&e, "tool", "exhibit " EXHIBIT_VERSION);
	emit_str(&e, "verdict", b->v.verdict);
	/* readers make 5.0 of a 5: counts and positions are texts */
	emit_array(&e, "checkpoints");
	for (unsigned i = 0; i < b->ev.n; i++) {
		const struct archive *a = b->ev.archive[i];

		emit_object(&e, NULL);
		emit_str(&e, "file", b->name[i]);
		emit_str(&e, "origin", archive_origin(a));
		snprintf(text, sizeof text, "%" PRIu64, archive_next(a));
		emit_str(&e, "size", text);
		hex_of(archive_root(a), 32, hex);
		emit_str(&e, "root", archive_readable(a) ? hex : NULL);
		emit_str(&e, "vouchedBy", vouched_name[archive_vouched(a)]);
		emit_end(&e);
	}
	emit_end(&e);
	emit_array(&e, "headlines");
	for (unsigned i = 0; i < b->v.n_headlines; i++)
		emit_str(&e, NULL, b->v.headline[i]);
	emit_end(&e);
	emit_end(&e);
	emit_end(&e);
	rc = bundle_document(b, "statement.intoto.json", &e);
	buf_release(&out);
	return rc;
}
