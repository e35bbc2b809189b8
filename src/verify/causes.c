#include "verify/causes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

/* A set of digests, sorted once it is complete. */
struct digests {
	uint8_t (*d)[32];
	size_t n, cap;
};

/* A row of an odd correlation, or one that claims a hash that is asked for. */
struct row {
	uint64_t event;
	uint8_t corr[32], id[16], claimed[32], previous[32], digest[32];
	int64_t time;
	uint8_t content, link, algorithm, claimed_form, previous_form, body_form;
	uint32_t input;
	bool odd;                              /* of an odd correlation */
	bool self_audit;                       /* of a type that is written without a hash */
	unsigned char *body;                   /* of rows whose hash is tried again */
	size_t body_len;
	char *corr_text;                       /* of rows whose hash is asked for */
};

/* The rows of one correlation, and ways to them. */
struct kin {
	const struct row *first;               /* in the order of time and id */
	size_t n, cap;
	const struct row **by_claim, **by_previous;        /* those with such a hash, sorted by it */
	size_t n_claim, n_previous;
	struct digests missed;                 /* predecessors that are named and not found here */
	bool keyed;
};

/* Where a row stands in time, and whether it has a hash. */
struct neighbour {
	int64_t time;
	uint64_t event, corr;
	uint32_t input;
	bool hashed;
};

#define NEIGHBOURS 20u

struct causes {
	struct digests bare;                   /* correlations with rows that the source always hashes, without a hash */
	struct neighbour *near;                /* of all events, if there are such */
	size_t n_near, cap_near;
	struct digests odd, asked;             /* correlations; claimed hashes */
	const struct row **owner;              /* rows whose hash is asked for, sorted by it */
	size_t n_owners;
	struct kin kin;
	struct row *row;
	size_t n, cap, bytes;
	struct cause *cause;
	size_t n_causes;
	struct judge jd;
	struct buf text, body;
	uint64_t *budget;
	bool gave_up, sorted;
};

static int
digests_add(struct digests *s, const uint8_t d[32])
{
	void *p;

	if (s->n == s->cap) {
		s->cap = s->cap ? s->cap * 2 : 64;
		if ((p = realloc(s->d, s->cap * sizeof *s->d)) == NULL)
			return -1;
		s->d = p;
	}
	memcpy(s->d[s->n++], d, 32);
	return 0;
}

static int
by_bytes(const void *a, const void *b)
{
	return memcmp(a, b, 32);
}

static void
digests_sort(struct digests *s)
{
	size_t k = 0;

	if (s->n)
		qsort(s->d, s->n, sizeof *s->d, by_bytes);
	for (size_t i = 0; i < s->n; i++)
		if (k == 0 || memcmp(s->d[k - 1], s->d[i], 32))
			memmove(s->d[k++], s->d[i], 32);
	s->n = k;
}

static bool
digests_hold(const struct digests *s, const uint8_t d[32])
{
	return s->n && bsearch(d, s->d, s->n, sizeof *s->d, by_bytes) != NULL;
}

struct causes *
causes_new(const struct verification *v)
{
	struct causes *c = calloc(1, sizeof *c);

	if (c == NULL)
		return NULL;
	buf_init(&c->text, EX_MAX_BODY);
	buf_init(&c->body, EX_MAX_BODY);
	if (judge_init(&c->jd, v->hmac, v->n_hmac)) {
		causes_free(c);
		return NULL;
	}
	return c;
}

void
causes_free(struct causes *c)
{
	if (c == NULL)
		return;
	for (size_t i = 0; i < c->n; i++) {
		free(c->row[i].body);
		free(c->row[i].corr_text);
	}
	free(c->row);
	free(c->cause);
	free(c->owner);
	free(c->near);
	free(c->bare.d);
	free(c->kin.by_claim);
	free(c->kin.by_previous);
	free(c->kin.missed.d);
	free(c->odd.d);
	free(c->asked.d);
	judge_release(&c->jd);
	buf_release(&c->text);
	buf_release(&c->body);
	free(c);
}

/* The source's own audit client writes these without hashes (source-hash-chain 13.2). */
static bool
written_bare(struct str type)
{
	static const char *const prefix[] = { "workflow.", "actiontype.", "datastorage." };

	for (unsigned i = 0; i < 3; i++)
		if (type.n > strlen(prefix[i]) && memcmp(type.p, prefix[i], strlen(prefix[i])) == 0)
			return true;
	return false;
}

int
causes_suspect(struct causes *c, const struct record *r, const struct event_result *x, struct str type)
{
	bool mismatch = x->content == CONTENT_MISMATCH, bare = x->content == CONTENT_NO_HASH;

	if (!mismatch && !bare && x->link != LINK_ELSEWHERE)
		return 0;
	if (mismatch && r->claimed_form == FORM_HEX && digests_add(&c->asked, r->claimed))
		return -1;
	if (x->link == LINK_ELSEWHERE && digests_add(&c->asked, r->previous))
		return -1;
	if (bare && !written_bare(type) && digests_add(&c->bare, r->correlation))
		return -1;
	return digests_add(&c->odd, r->correlation);
}

bool
causes_any(const struct causes *c)
{
	return c->odd.n > 0;
}

int
causes_row(struct causes *c, const struct record *r, uint32_t input, uint64_t event, const struct event_result *x, struct str corr, struct str type, bool mixed)
{
	struct row *w;
	void *p;
	bool odd, asked;

	if (!c->sorted) {
		digests_sort(&c->odd);
		digests_sort(&c->asked);
		digests_sort(&c->bare);
		c->sorted = true;
	}
	if (c->bare.n) {
		if (c->n_near == c->cap_near) {
			c->cap_near = c->cap_near ? c->cap_near * 2 : 1024;
			if ((p = realloc(c->near, c->cap_near * sizeof *c->near)) == NULL)
				return -1;
			c->near = p;
		}
		c->near[c->n_near++] = (struct neighbour){ r->time, event, load_be(r->correlation, 8), input, x->content != CONTENT_NO_HASH };
	}
	odd = mixed || digests_hold(&c->odd, r->correlation);
	asked = r->claimed_form == FORM_HEX && digests_hold(&c->asked, r->claimed);
	if (!odd && !asked)
		return 0;
	if (c->n == CAUSES_ROWS) {
		c->gave_up = true;
		return 0;
	}
	if (c->n == c->cap) {
		c->cap = c->cap ? c->cap * 2 : 256;
		if ((p = realloc(c->row, c->cap * sizeof *c->row)) == NULL)
			return -1;
		c->row = p;
	}
	w = &c->row[c->n++];
	memset(w, 0, sizeof *w);
	w->event = event;
	memcpy(w->corr, r->correlation, 32);
	memcpy(w->id, r->id, 16);
	memcpy(w->claimed, r->claimed, 32);
	memcpy(w->previous, r->previous, 32);
	memcpy(w->digest, r->body_digest, 32);
	w->time = r->time;
	w->content = x->content;
	w->link = x->link;
	w->algorithm = r->algorithm;
	w->claimed_form = r->claimed_form;
	w->previous_form = r->previous_form;
	w->body_form = r->body_form;
	w->odd = odd;
	w->input = input;
	w->self_audit = written_bare(type);
	if (asked && (w->corr_text = strndup(corr.p, corr.n)) == NULL)
		return -1;
	if ((x->content == CONTENT_MISMATCH || x->content == CONTENT_NO_HASH) && r->body_form != BODY_VERBATIM) {
		if (c->bytes + r->body_len > CAUSES_BYTES) {
			c->gave_up = true;
			return 0;
		}
		if ((w->body = malloc(r->body_len)) == NULL)
			return -1;
		memcpy(w->body, r->body, r->body_len);
		w->body_len = r->body_len;
		c->bytes += r->body_len;
	}
	return 0;
}

/* Rows of one correlation together, in the order of time and id. */
static int
by_place(const void *pa, const void *pb)
{
	const struct row *a = pa, *b = pb;
	int k = memcmp(a->corr, b->corr, 32);

	if (k == 0)
		k = a->time < b->time ? -1 : a->time > b->time;
	if (k == 0)
		k = memcmp(a->id, b->id, 16);
	return k ? k : a->event < b->event ? -1 : a->event > b->event;
}

/* The digests that the source could have written for a body over a predecessor: unkeyed and under every key, into d[]; returns how many. */
static unsigned
digests_of(struct causes *c, const char *previous, const void *body, size_t n, uint8_t d[65][32])
{
	unsigned k = 0;
	size_t np = strlen(previous), cost = (n + 64) * (1 + c->jd.n_keys);

	if (*c->budget < cost) {
		c->gave_up = true;
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

static int
by_claim(const void *pa, const void *pb)
{
	return memcmp((*(const struct row *const *)pa)->claimed, (*(const struct row *const *)pb)->claimed, 32);
}

static int
by_previous(const void *pa, const void *pb)
{
	return memcmp((*(const struct row *const *)pa)->previous, (*(const struct row *const *)pb)->previous, 32);
}

/* The first of sorted pointers whose claimed hash (or predecessor) is d; n if there is none. */
static size_t
lower(const struct row *const *p, size_t n, const uint8_t d[32], bool previous)
{
	size_t lo = 0, hi = n;

	while (lo < hi) {
		size_t mid = (lo + hi) / 2;

		if (memcmp(previous ? p[mid]->previous : p[mid]->claimed, d, 32) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < n && memcmp(previous ? p[lo]->previous : p[lo]->claimed, d, 32) == 0 ? lo : n;
}

/* Another row that claims this hash, in any correlation. */
static const struct row *
owner_of(const struct causes *c, const uint8_t claimed[32], const struct row *not)
{
	for (size_t i = lower(c->owner, c->n_owners, claimed, false); i < c->n_owners && memcmp(c->owner[i]->claimed, claimed, 32) == 0; i++)
		if (c->owner[i] != not)
			return c->owner[i];
	return NULL;
}

static const struct row *
parent_of(const struct kin *k, const struct row *w)
{
	size_t i = w->previous_form == FORM_HEX ? lower(k->by_claim, k->n_claim, w->previous, false) : k->n_claim;

	return i < k->n_claim ? k->by_claim[i] : NULL;
}

static int
kin_of(struct kin *k, const struct row *first, size_t n)
{
	void *p, *q;

	k->first = first;
	k->n = n;
	k->n_claim = k->n_previous = k->missed.n = 0;
	k->keyed = false;
	if (n > k->cap) {
		p = realloc(k->by_claim, n * sizeof *k->by_claim);
		if (p)
			k->by_claim = p;
		q = realloc(k->by_previous, n * sizeof *k->by_previous);
		if (q)
			k->by_previous = q;
		if (p == NULL || q == NULL)
			return -1;
		k->cap = n;
	}
	for (const struct row *w = first; w < first + n; w++) {
		k->keyed |= w->algorithm == ALGO_HMAC;
		if (w->claimed_form == FORM_HEX)
			k->by_claim[k->n_claim++] = w;
		if (w->previous_form == FORM_HEX)
			k->by_previous[k->n_previous++] = w;
		if (w->previous_form == FORM_HEX && (w->link == LINK_MISSING || w->link == LINK_ELSEWHERE) && digests_add(&k->missed, w->previous))
			return -1;
	}
	if (k->n_claim)
		qsort(k->by_claim, k->n_claim, sizeof *k->by_claim, by_claim);
	if (k->n_previous)
		qsort(k->by_previous, k->n_previous, sizeof *k->by_previous, by_previous);
	digests_sort(&k->missed);
	return 0;
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

	for (size_t i = 0; i <= c->kin.n; i++) {
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

	if (parent == NULL || w < parent || lower(k->by_previous, k->n_previous, w->claimed, true) < k->n_previous)
		return 0;
	for (size_t i = lower(k->by_previous, k->n_previous, w->previous, true); i < k->n_previous && !branch; i++) {
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

	for (size_t i = 0; i <= 2 * c->kin.n && c->kin.missed.n; i++) {
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

static int
by_time(const void *pa, const void *pb)
{
	const struct neighbour *a = pa, *b = pb;

	if (a->input != b->input)
		return a->input < b->input ? -1 : 1;
	if (a->time != b->time)
		return a->time < b->time ? -1 : 1;
	return a->event < b->event ? -1 : a->event > b->event;
}

/* Rows of other correlations on both sides in time, of the same input: were they all hashed? */
static bool
hashed_around(const struct causes *c, const struct row *w)
{
	struct neighbour key = { .time = w->time, .event = w->event, .input = w->input };
	const struct neighbour *at = bsearch(&key, c->near, c->n_near, sizeof key, by_time), *lo = at, *hi = at, *end = c->near + c->n_near;
	uint64_t own = load_be(w->corr, 8);
	unsigned seen = 0;

	while (at && seen < NEIGHBOURS) {
		const struct neighbour *x;
		bool left = lo > c->near && lo[-1].input == w->input, right = hi + 1 < end && hi[1].input == w->input;

		if (!left && !right)
			return false;
		x = left && (!right || w->time - lo[-1].time <= hi[1].time - w->time) ? --lo : ++hi;
		if (x->corr == own)
			continue;
		if (!x->hashed)
			return false;
		seen++;
	}
	return at != NULL;
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

/* A keyed row, and then one without a key that names it. */
static int
try_downgrade(struct causes *c, const struct row *w)
{
	const struct row *parent = c->kin.keyed && w->algorithm != ALGO_HMAC && w->algorithm != ALGO_TEXT && w->claimed_form == FORM_HEX ? parent_of(&c->kin, w) : NULL;
	struct cause *p;

	if (parent == NULL || parent->algorithm != ALGO_HMAC)
		return 0;
	if ((p = new_cause(c, w, F_S21)) == NULL)
		return -1;
	snprintf(p->sentence, sizeof p->sentence, "has an unkeyed hash, but the row before it was keyed: a writer without the key made it.");
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

static int
decide_row(struct causes *c, const struct row *w)
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
		return rc ? rc : try_inserted(c, w);
	}
	if (w->content == CONTENT_NO_HASH) {
		rc = w->body ? try_removed(c, w) : 0;
		return rc || w->self_audit ? rc : try_bare(c, w);
	}
	rc = w->link == LINK_ELSEWHERE ? try_moved(c, w) : 0;
	return rc ? rc : try_downgrade(c, w);
}

static int
by_event(const void *pa, const void *pb)
{
	const struct cause *a = pa, *b = pb;

	return a->event < b->event ? -1 : a->event > b->event;
}

int
causes_decide(struct causes *c, struct verification *v, uint64_t *budget)
{
	size_t end;

	c->budget = budget;
	if (c->n_near)
		qsort(c->near, c->n_near, sizeof *c->near, by_time);
	if (c->n)
		qsort(c->row, c->n, sizeof *c->row, by_place);
	if ((c->owner = calloc(c->n + 1, sizeof *c->owner)) == NULL)
		return -1;
	for (size_t i = 0; i < c->n; i++)
		if (c->row[i].corr_text)
			c->owner[c->n_owners++] = &c->row[i];
	if (c->n_owners)
		qsort(c->owner, c->n_owners, sizeof *c->owner, by_claim);
	for (size_t first = 0; first < c->n; first = end) {
		for (end = first + 1; end < c->n && memcmp(c->row[end].corr, c->row[first].corr, 32) == 0; end++)
			;
		if (c->row[first].odd && kin_of(&c->kin, &c->row[first], end - first))
			return -1;
		for (size_t i = first; i < end && c->row[first].odd; i++)
			if (decide_row(c, &c->row[i]) < 0)
				return -1;
	}
	if (c->n_causes)
		qsort(c->cause, c->n_causes, sizeof *c->cause, by_event);
	for (size_t i = 0; i < c->n_causes; i++)
		v->event[c->cause[i].event].cause = true;
	v->gave_up |= c->gave_up;
	return 0;
}

const struct cause *
causes_of(const struct causes *c, uint64_t event)
{
	struct cause key = { .event = event };

	return c->n_causes ? bsearch(&key, c->cause, c->n_causes, sizeof key, by_event) : NULL;
}
