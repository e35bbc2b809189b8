/* The rules by which a cause may be named (formats/findings.md): each wants a hash that proves it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "verify/causes_inner.h"

#define STEPS 2000u                        /* siblings or neighbours looked at for one row, at most: hostile data has any number */
#define BEFORE 8                           /* rows before one without predecessor that are tried as its edited predecessor */

/* The digests that the source could have written for a body over a predecessor: unkeyed and under every key, into d[]; returns how many. */
static unsigned
digests_of(struct causes *c, const char *previous, const void *body, size_t n, uint8_t d[65][32])
{
	unsigned k = 0;
	size_t np = strlen(previous), cost = (n + 64) * (1 + c->jd.n_keys);

	if (*c->budget < cost) {
		c->gave_up = true;
		*c->budget = 0;                    /* and no rule that hashes goes on */
		return 0;
	}
	*c->budget -= cost;
	sha256_begin(c->jd.sha);
	sha256_add(c->jd.sha, previous, np);
	sha256_add(c->jd.sha, body, n);
	sha256_end(c->jd.sha, d[k++]);
	for (unsigned i = 0; i < c->jd.n_keys; i++)
		hmac256_of(c->jd.key[i], previous, np, body, n, d[k++]);
	return k;
}

static bool
gives(struct causes *c, const char *previous, const void *body, size_t n, const uint8_t want[32])
{
	uint8_t d[65][32];
	unsigned k = digests_of(c, previous, body, n, d);

	while (k--)
		if (memcmp(d[k], want, 32) == 0)
			return true;
	return false;
}

static void
own_previous(const struct row *w, char hex[65])
{
	hex[0] = '\0';
	if (w->previous_form == FORM_HEX)
		hex_of(w->previous, 32, hex);
}

/* Another row that claims this hash, in any correlation. */
static const struct row *
owner_of(const struct causes *c, const uint8_t claimed[32], const struct row *not)
{
	for (size_t i = rows_lower(c->owner, c->n_owners, claimed, false); i < c->n_owners && memcmp(c->owner[i]->claimed, claimed, 32) == 0; i++)
		if (c->owner[i] != not)
			return c->owner[i];
	return NULL;
}

static const struct row *
parent_of(const struct kin *k, const struct row *w)
{
	size_t i = w->previous_form == FORM_HEX ? rows_lower(k->by_claim, k->n_claim, w->previous, false) : k->n_claim;

	return i < k->n_claim ? k->by_claim[i] : NULL;
}

/* A cause to be worded. NULL: no memory. */
static struct cause *
new_cause(struct causes *c, const struct row *w, enum finding_id id)
{
	struct cause *p;

	if ((c->n_causes & (c->n_causes - 1)) == 0) {
		if ((p = realloc(c->cause, (c->n_causes ? c->n_causes * 2 : 1) * sizeof *p)) == NULL)
			return NULL;
		c->cause = p;
	}
	p = &c->cause[c->n_causes++];
	memset(p, 0, sizeof *p);
	p->event = w->event;
	p->id = id;
	return p;
}

/* A row that has an id and a correlation of its own, and the hashes of another one. 1: said, 0 not, -1. */
static int
try_copied(struct causes *c, const struct row *w)
{
	const struct row *o = owner_of(c, w->claimed, w);
	struct cause *p;
	char id[37];

	if (o == NULL || (o->content != CONTENT_MATCH && o->content != CONTENT_VARIANT))
		return 0;
	if ((p = new_cause(c, w, F_S16)) == NULL)
		return -1;
	uuid_of(o->id, id);
	snprintf(p->sentence, sizeof p->sentence, "stands under the hash of another event, %s, whose content gives it: it is a copy with another id or correlation.", id);
	return 1;
}

/* The content gives the hash once its correlation is the one that its predecessor belongs to. */
static int
try_foreign(struct causes *c, const struct row *w)
{
	const struct row *o = w->link == LINK_ELSEWHERE ? owner_of(c, w->previous, w) : NULL;
	struct event ev;
	struct cause *p;
	const char *why;
	char hex[65];

	if (o == NULL || o->corr_text == NULL || event_parse_body(&ev, (char *)w->body, w->body_len, w->body_form, false, &c->text, &why))
		return 0;
	ev.correlation = (struct str){ o->corr_text, strlen(o->corr_text) };
	buf_clear(&c->body);
	event_put_body(&c->body, &ev, w->body_form);
	own_previous(w, hex);
	if (c->body.failed || !gives(c, hex, c->body.p, c->body.len, w->claimed))
		return c->body.nomem ? -1 : 0;
	if ((p = new_cause(c, w, F_S07)) == NULL)
		return -1;
	snprintf(p->sentence, sizeof p->sentence, "gives its hash only as an event of the correlation %.100s, to which its predecessor belongs: it was moved here.", o->corr_text);
	return 1;
}

/* The content gives the hash over another predecessor of its correlation. */
static int
try_link(struct causes *c, const struct row *w)
{
	struct cause *p;
	const struct row *first = c->kin.first;
	char hex[65] = "";

	for (size_t i = 0; i <= c->kin.n && *c->budget; i++) {
		if (i && (first[i - 1].claimed_form != FORM_HEX || &first[i - 1] == w))
			continue;
		if (i)
			hex_of(first[i - 1].claimed, 32, hex);
		if (!gives(c, hex, w->body, w->body_len, w->claimed))
			continue;
		if ((p = new_cause(c, w, F_S17)) == NULL)
			return -1;
		snprintf(p->sentence, sizeof p->sentence, "gives its hash with %s%s as its predecessor, not with the one it names: previous_event_hash was replaced.", i ? "" : "none", hex);
		return 1;
	}
	return 0;
}

/* What its content gives is what another row names as its predecessor, and no row claims. */
static int
try_hash(struct causes *c, const struct row *w)
{
	struct cause *p;
	uint8_t d[65][32];
	char hex[65];
	unsigned k;

	own_previous(w, hex);
	for (k = digests_of(c, hex, w->body, w->body_len, d); k--;) {
		if (!digests_hold(&c->kin.missed, d[k]))
			continue;
		if ((p = new_cause(c, w, F_S18)) == NULL)
			return -1;
		hex_of(d[k], 32, hex);
		snprintf(p->sentence, sizeof p->sentence, "gives %s, which another row names as its predecessor: event_hash was replaced, the content was not.", hex);
		return 1;
	}
	return 0;
}

/*
 * Nobody names its hash, and the row it names has another branch that goes on behind it as well: the source's writer never makes two such
 * branches (source-hash-chain 12.4).
 */
static int
try_inserted(struct causes *c, const struct row *w)
{
	const struct kin *k = &c->kin;
	const struct row *parent = w->link == LINK_LINKED ? parent_of(k, w) : NULL;
	struct cause *p;
	bool branch = false;

	if (parent == NULL || w < parent || rows_lower(k->by_previous, k->n_previous, w->claimed, true) < k->n_previous)
		return 0;
	for (size_t i = rows_lower(k->by_previous, k->n_previous, w->previous, true), most = i + STEPS; i < k->n_previous && i < most && !branch; i++) {
		const struct row *s = k->by_previous[i];

		if (memcmp(s->previous, w->previous, 32))
			break;
		branch = s != w && s > parent && (s->content == CONTENT_MATCH || s->content == CONTENT_VARIANT);
	}
	if (!branch)
		return 0;
	if ((p = new_cause(c, w, F_S19)) == NULL)
		return -1;
	snprintf(p->sentence, sizeof p->sentence, "has a hash that nothing gives and nobody names, beside a row that the source wrote in its place: it was inserted.");
	return 1;
}

/* A row without a hash whose content, over some predecessor, gives what another row names. */
static int
try_removed(struct causes *c, const struct row *w)
{
	struct cause *p;
	uint8_t d[65][32];
	char hex[65] = "";

	for (size_t i = 0; i <= 2 * c->kin.n && c->kin.missed.n && *c->budget; i++) {
		const struct row *q = i ? &c->kin.first[(i - 1) / 2] : NULL;
		bool claimed = i & 1;

		if (q && (claimed ? q->claimed_form != FORM_HEX : q->previous_form != FORM_HEX || q->link != LINK_MISSING))
			continue;
		if (q)
			hex_of(claimed ? q->claimed : q->previous, 32, hex);
		for (unsigned k = digests_of(c, hex, w->body, w->body_len, d); k--;) {
			if (!digests_hold(&c->kin.missed, d[k]))
				continue;
			if ((p = new_cause(c, w, F_S20)) == NULL)
				return -1;
			hex_of(d[k], 32, hex);
			snprintf(p->sentence, sizeof p->sentence, "has no hash, but its content gives %s, which another row names as its predecessor: its hashes were removed.", hex);
			return 1;
		}
	}
	return 0;
}

/* Is it one of the hashes looked for: the row's own, or one that is missed? */
static bool
wanted_hash(struct causes *c, const struct row *w, const char *previous, bool missed)
{
	uint8_t d[65][32];

	for (unsigned k = c->body.failed ? 0 : digests_of(c, previous, c->body.p, c->body.len, d); k--;)
		if (missed ? digests_hold(&c->kin.missed, d[k]) : memcmp(d[k], w->claimed, 32) == 0)
			return true;
	return false;
}

/* With one column as it stands in other rows: does the content give its hash (or one that is missed)? Then what was changed goes to out. */
static bool
restored(struct causes *c, const struct row *w, bool missed, char out[160])
{
	struct event ev;
	const char *why;
	char hex[65];

	if (event_parse_body(&ev, (char *)w->body, w->body_len, w->body_form, false, &c->text, &why))
		return false;
	own_previous(w, hex);
	for (size_t f = 0; f < CAUSES_FIELDS; f++) {
		struct str *v = field_of(&ev, f), was = *v;

		for (unsigned i = 0; i < c->value[f].n && *c->budget; i++) {
			*v = (struct str){ c->value[f].text[i], strlen(c->value[f].text[i]) };
			if (v->n == was.n && memcmp(v->p, was.p, v->n) == 0)
				continue;
			buf_clear(&c->body);
			event_put_body(&c->body, &ev, w->body_form);
			if (wanted_hash(c, w, hex, missed)) {
				snprintf(out, 160, "%s = \"%.80s\"", causes_field[f].name, c->value[f].text[i]);
				return true;
			}
		}
		*v = was;
	}
	for (unsigned i = 0; i <= c->n_days; i++) {
		int64_t was = ev.retention;

		ev.retention = i < c->n_days ? c->days[i] : 2555;
		buf_clear(&c->body);
		event_put_body(&c->body, &ev, w->body_form);
		if (ev.retention != was && wanted_hash(c, w, hex, missed)) {
			snprintf(out, 160, "retention_days = %lld", (long long)ev.retention);
			return true;
		}
		ev.retention = was;
	}
	ev.sensitive = !ev.sensitive;
	buf_clear(&c->body);
	event_put_body(&c->body, &ev, w->body_form);
	snprintf(out, 160, "is_sensitive = %s", ev.sensitive ? "true" : "false");
	return wanted_hash(c, w, hex, missed);
}

/* The column that was changed, if its old value stands in other rows. */
static int
try_restored(struct causes *c, const struct row *w)
{
	struct cause *p;
	char what[160];

	if (!restored(c, w, false, what))
		return 0;
	if ((p = new_cause(c, w, F_S01)) == NULL)
		return -1;
	snprintf(p->sentence, sizeof p->sentence, "does not give the hash that the source stored for it; with %s it does: that is what was changed.", what);
	return 1;
}

/* A keyed row, and then one without a key that names it. */
static bool
is_downgrade(const struct causes *c, const struct row *w)
{
	const struct row *parent = c->kin.keyed && w->algorithm != ALGO_HMAC && w->algorithm != ALGO_TEXT && w->claimed_form == FORM_HEX ? parent_of(&c->kin, w) : NULL;

	return parent && parent->algorithm == ALGO_HMAC;
}

static int
try_downgrade(struct causes *c, const struct row *w)
{
	struct cause *p;

	if (!is_downgrade(c, w))
		return 0;
	if ((p = new_cause(c, w, F_S21)) == NULL)
		return -1;
	snprintf(p->sentence, sizeof p->sentence, "has an unkeyed hash, but the row before it was keyed: a writer without the key made it.");
	return 1;
}

/* w names a hash that no row claims. A row before it that nobody names, and that gives that hash with one column restored, was edited and hashed again. */
static int
try_rehashed(struct causes *c, const struct row *w)
{
	const struct kin *k = &c->kin;
	struct cause *p;
	char what[160];

	for (const struct row *q = w; q > k->first && w - q < BEFORE;) {
		q--;
		if (q->body == NULL || q->content != CONTENT_MATCH || q->claimed_form != FORM_HEX || rows_lower(k->by_previous, k->n_previous, q->claimed, true) < k->n_previous ||
		    is_downgrade(c, q) || !restored(c, q, true, what))
			continue;
		if ((p = new_cause(c, q, F_S22)) == NULL)
			return -1;
		snprintf(p->sentence, sizeof p->sentence, "gives its hash, but with %s it gives the one that the next row names: it was changed, and its hash computed again.", what);
		return 1;
	}
	return 0;
}

/* Rows of other correlations on both sides in time, of the same input: were they all hashed? */
static bool
hashed_around(const struct causes *c, const struct row *w)
{
	struct neighbour key = { .time = w->time, .event = w->event, .input = w->input };
	struct nearest near = nearest_from(&c->near, neighbours_find(&c->near, &key));
	const struct neighbour *x;
	uint64_t own = load_be(w->corr, 8);
	unsigned seen = 0;

	for (unsigned steps = 0; near.at < c->near.n && steps < STEPS && (x = nearest_next(&near)); steps++) {
		if (x->corr == own)
			continue;
		if (!x->yes)
			return false;
		if (++seen == NEIGHBOURS)
			return true;
	}
	return false;
}

/* A row of a type that the source always hashes, without a hash, though the source hashed then, or says under which key it did. */
static int
try_bare(struct causes *c, const struct row *w)
{
	struct cause *p;
	bool keyed = w->algorithm == ALGO_HMAC;

	if (!digests_hold(&c->bare, w->corr) || (!keyed && !hashed_around(c, w)))
		return 0;
	if ((p = new_cause(c, w, F_S20)) == NULL)
		return -1;
	snprintf(p->sentence, sizeof p->sentence, keyed ? "has no hash, but names the algorithm hmac-sha256, which only a row that was hashed does: its hashes were removed." :
	    "has no hash, but the source hashed every one of the %u rows around it: its hashes were removed.", NEIGHBOURS);
	return 1;
}

/* A good row whose predecessor was carried into another correlation, where it is odd: missing here, not foreign. */
static int
try_moved(struct causes *c, const struct row *w)
{
	const struct row *o = owner_of(c, w->previous, w);

	if (o == NULL || o->content != CONTENT_MISMATCH)
		return 0;
	return new_cause(c, w, F_S02) ? 1 : -1;
}

int
cause_of_row(struct causes *c, const struct row *w)
{
	int rc = 0;

	if (w->content == CONTENT_MISMATCH && w->claimed_form == FORM_HEX) {
		rc = try_copied(c, w);
		if (rc == 0 && w->body)
			rc = try_foreign(c, w);
		if (rc == 0 && w->body)
			rc = try_link(c, w);
		if (rc == 0 && w->body)
			rc = try_hash(c, w);
		if (rc == 0)
			rc = try_inserted(c, w);
		return rc == 0 && w->body ? try_restored(c, w) : rc;
	}
	if (w->content == CONTENT_NO_HASH) {
		rc = w->body ? try_removed(c, w) : 0;
		return rc || w->self_audit ? rc : try_bare(c, w);
	}
	rc = w->link == LINK_ELSEWHERE ? try_moved(c, w) : w->link == LINK_MISSING ? try_rehashed(c, w) : 0;
	return rc ? rc : try_downgrade(c, w);
}
