/* The rules by which a cause may be named (formats/findings.md): each wants a hash that proves
 * it. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/vec.h"
#include "chain/causes_inner.h"

/* siblings or neighbours looked at for one row, at most: hostile data has any number */
#define STEPS 2000u
#define KIN_TIMES 64u /* rows around one whose times are tried as its own */
#define SPELLINGS 8u  /* of a body in which columns are tried */
#define SECONDS 120u  /* on either side that are tried as its time */
/* rows before one without predecessor that are tried as its edited predecessor */
#define BEFORE 8

/* The digests that the source could have written for a body over a predecessor: unkeyed and under
 * every key, into d[]; returns how many. */
static unsigned
digests_of(struct causes *c, const char *previous, const void *body, size_t n, uint8_t d[65][32])
{
	unsigned k = 0;
	size_t np = strlen(previous), cost = (n + 64) * (1 + c->jd.n_keys);

	if (*c->budget < cost) {
		c->gave_up = true;
		*c->budget = 0; /* and no rule that hashes goes on */
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
owner_of(const struct causes *c, const uint8_t claimed[32], const struct row * not )
{
	for (size_t i = rows_lower(c->owner, c->n_owners, claimed, false);
	     i < c->n_owners && memcmp(c->owner[i]->claimed, claimed, 32) == 0; i++)
		if (c->owner[i] != not )
			return c->owner[i];
	return NULL;
}

static const struct row *
parent_of(const struct kin *k, const struct row *w)
{
	size_t i = w->previous_form == FORM_HEX ?
	    rows_lower(k->by_claim, k->n_claim, w->previous, false) :
	    k->n_claim;

	return i < k->n_claim ? k->by_claim[i] : NULL;
}

/* Names the cause of a row. detail: what the sentence names beside the row; NULL: nothing. 1, or
 * -1: no memory. */
static int
named(struct causes *c, const struct row *w, enum said said, const char *detail)
{
	struct cause *p;

	if ((c->n_causes & (c->n_causes - 1)) == 0) {
		if ((p = vec_resize(c->cause, c->n_causes ? c->n_causes * 2 : 1, sizeof *p)) ==
		    NULL)
			return -1;
		c->cause = p;
	}
	p = &c->cause[c->n_causes++];
	memset(p, 0, sizeof *p);
	p->event = w->event;
	p->said = said;
	p->has_detail = detail != NULL;
	snprintf(p->detail, sizeof p->detail, "%s", detail ? detail : "");
	return 1;
}

/* A row that has an id and a correlation of its own, and the hashes of another one. 1: said, 0
 * not, -1. */
static int
try_copied(struct causes *c, const struct row *w)
{
	const struct row *o = owner_of(c, w->claimed, w);
	char id[37];

	bool proved = o && content_fits(o->content);

	/* two honest rows never share a hash; of two that do not give it, the one that hangs on
	 * another correlation is the copy */
	if (o == NULL || (!proved && (w->link != LINK_ELSEWHERE || o->link == LINK_ELSEWHERE)))
		return 0;
	uuid_of(o->id, id);
	return named(c, w, proved ? S16_GIVES : S16_NAMES, id);
}

/* The content gives the hash once its correlation is the one that its predecessor belongs to. */
static int
try_foreign(struct causes *c, const struct row *w)
{
	const struct row *o = w->link == LINK_ELSEWHERE ? owner_of(c, w->previous, w) : NULL;
	struct event ev;
	const char *why;
	char hex[65], belongs[101];

	if (o == NULL || o->corr_text == NULL ||
	    event_parse_body(
		&ev, (char *)w->body, w->body_len, w->body_form, false, &c->text, &why))
		return 0;
	ev.correlation = (struct str){ o->corr_text, strlen(o->corr_text) };
	buf_clear(&c->body);
	event_put_body(&c->body, &ev, w->body_form);
	own_previous(w, hex);
	if (c->body.failed || !gives(c, hex, c->body.p, c->body.len, w->claimed))
		return c->body.nomem ? -1 : 0;
	snprintf(belongs, sizeof belongs, "%s", o->corr_text);
	return named(c, w, S07_MOVED, belongs);
}

/* The body of a row, or another spelling of it, held against the hashes of its correlation. */
struct trying {
	struct causes *c;
	const struct row *w;
	/* looked for is a hash that another row names, not the row's own */
	bool missed;
	unsigned tried; /* spellings */
	bool is;
	char found[160]; /* a hash, '' for no predecessor; or what was changed */
};

/*
 * The hash of predecessor i of those that a row of the correlation may have had, '' for none: 0 is
 * none, then what its rows claim (n_claim), then what one names and none claims (missed.n).
 */
static void
predecessor(const struct kin *k, size_t i, char hex[65])
{
	hex[0] = '\0';
	if (i)
		hex_of(
		    i <= k->n_claim ? k->by_claim[i - 1]->claimed : k->missed.d[i - 1 - k->n_claim],
		    32, hex);
}

/* Over another predecessor of its correlation, or none, it gives its own hash. */
static bool
gives_with_other_link(void *arg, const void *body, size_t n, enum body_form form, const char *name)
{
	struct trying *t = arg;
	struct causes *c = t->c;

	(void)form;
	(void)name;
	for (size_t i = 0; i <= c->kin.n_claim && *c->budget; i++) {
		/* nobody is his own predecessor */
		if (i && c->kin.by_claim[i - 1] == t->w)
			continue;
		predecessor(&c->kin, i, t->found);
		if ((t->is = gives(c, t->found, body, n, t->w->claimed)))
			return true;
	}
	return *c->budget == 0;
}

/* Over its own predecessor it gives what another row names, and no row claims. */
static bool
gives_missed(void *arg, const void *body, size_t n, enum body_form form, const char *name)
{
	struct trying *t = arg;
	uint8_t d[65][32];
	char hex[65];

	(void)form;
	(void)name;
	own_previous(t->w, hex);
	for (unsigned k = digests_of(t->c, hex, body, n, d); k--;)
		if (digests_hold(&t->c->kin.missed, d[k])) {
			hex_of(d[k], 32, t->found);
			return t->is = true;
		}
	return *t->c->budget == 0;
}

/* As the row stands, then in every spelling of E-13. */
static bool
any_spelling(struct trying *t, spelling_fn *f)
{
	if (!f(t, t->w->body, t->w->body_len, t->w->body_form, NULL))
		judge_spellings(t->w->body, t->w->body_len, t->w->body_form, &t->c->gave_up, f, t);
	return t->is;
}

static int
try_link(struct causes *c, const struct row *w)
{
	struct trying t = { .c = c, .w = w };

	if (!any_spelling(&t, gives_with_other_link))
		return 0;
	return named(c, w, S17_LINK, t.found[0] ? t.found : "none");
}

static int
try_hash(struct causes *c, const struct row *w)
{
	struct trying t = { .c = c, .w = w };

	if (c->kin.missed.n == 0 || !any_spelling(&t, gives_missed))
		return 0;
	return named(c, w, S18_HASH, t.found);
}

/*
 * Nobody names its hash, and the row it names has another branch that goes on behind it as well:
 * the source's writer never makes two such
 * branches (source-hash-chain 12.4).
 */
static int
try_inserted(struct causes *c, const struct row *w)
{
	const struct kin *k = &c->kin;
	const struct row *parent = w->link == LINK_LINKED ? parent_of(k, w) : NULL;

	if (parent == NULL || w < parent || w->newer || !parent->goes_on ||
	    rows_lower(k->by_previous, k->n_previous, w->claimed, true) < k->n_previous)
		return 0;
	if (parent->newer && c->rows->seq[w->event] &&
	    c->rows->seq[w->event] < c->rows->seq[parent->event])
		/* numbered before its predecessor: older than the rule that would make it odd */
		return 0;
	return named(c, w, S19_INSERTED, NULL);
}

/* A row without a hash whose content, over some predecessor, gives what another row names. */
static int
try_removed(struct causes *c, const struct row *w)
{
	uint8_t d[65][32];
	char hex[65];

	/* each is hashed, so the budget bounds them all */
	for (size_t i = 0; i <= c->kin.n_claim + c->kin.missed.n && c->kin.missed.n && *c->budget;
	     i++) {
		predecessor(&c->kin, i, hex);
		for (unsigned k = digests_of(c, hex, w->body, w->body_len, d); k--;) {
			if (!digests_hold(&c->kin.missed, d[k]))
				continue;
			hex_of(d[k], 32, hex);
			return named(c, w, S20_NAMED, hex);
		}
	}
	return 0;
}

/* Is what an event gives over the row's predecessor the hash that is looked for? */
static bool
wanted(struct trying *t, const struct event *ev, enum body_form form)
{
	struct causes *c = t->c;
	uint8_t d[65][32];
	char hex[65];

	own_previous(t->w, hex);
	buf_clear(&c->body);
	event_put_body(&c->body, ev, form);
	for (unsigned k = c->body.failed ? 0 : digests_of(c, hex, c->body.p, c->body.len, d); k--;)
		if (t->missed ? digests_hold(&c->kin.missed, d[k]) :
				memcmp(d[k], t->w->claimed, 32) == 0)
			return t->is = true;
	return false;
}

/* The time of another row of the correlation, or one some seconds away. */
static bool
other_time(struct trying *t, struct event *ev, enum body_form form)
{
	const struct kin *k = &t->c->kin;
	int64_t was = ev->time;
	size_t n = k->n < KIN_TIMES ? k->n : KIN_TIMES, at = (size_t)(t->w - k->first),
	       from = at < n / 2  ? 0 :
	    at - n / 2 + n > k->n ? k->n - n :
				    at - n / 2;
	struct buf b;

	for (size_t i = 0; i < n + 2 * SECONDS && *t->c->budget; i++) {
		int64_t away = (int64_t)(i - n) / 2 + 1;

		ev->time =
		    i < n ? k->first[from + i].time : was + ((i - n) % 2 ? -away : away) * 1000000;
		if (ev->time == was || ev->time < 0 || !wanted(t, ev, form))
			continue;
		buf_init(&b, 64);
		utc_print(&b, UTC_REST, ev->time, 0);
		snprintf(t->found, sizeof t->found, "event_timestamp = %.*s", (int)b.len,
		    b.p ? (char *)b.p : "");
		buf_release(&b);
		return true;
	}
	ev->time = was;
	return false;
}

/* A column with the value that fits, in quotes. */
static void
say_value(struct trying *t, const char *column, const char *value)
{
	struct buf b;

	buf_init(&b, sizeof t->found - 1);
	buf_printf(&b, "%s = ", column);
	buf_byte(&b, '"');
	buf_printf(&b, "%.80s", value);
	buf_byte(&b, '"');
	snprintf(t->found, sizeof t->found, "%.*s", (int)b.len, b.p ? (const char *)b.p : "");
	buf_release(&b);
}

/* With one column as it stands in other rows, or a time nearby: does it give the hash looked for?
 * Then found says what was changed. */
static bool
restored(void *arg, const void *body, size_t n, enum body_form form, const char *name)
{
	struct trying *t = arg;
	struct causes *c = t->c;
	struct event ev;
	const char *why;

	(void)name;
	/* a bound on spellings as well as on bytes: short rows have many spellings for their
	 * bytes */
	if (++t->tried > SPELLINGS || event_parse_body(&ev, body, n, form, false, &c->text, &why))
		return true;
	/* one column at a time, with what other rows hold in it: an edit of one column is what
	 * these rules know */
	for (size_t f = 0; f < CAUSES_FIELDS; f++) {
		struct str *v = field_of(&ev, f), was = *v;

		for (unsigned i = 0; i < c->value[f].n && *c->budget; i++) {
			*v = (struct str){ c->value[f].text[i], strlen(c->value[f].text[i]) };
			if ((v->n != was.n || memcmp(v->p, was.p, v->n)) && wanted(t, &ev, form)) {
				say_value(t, causes_field[f].name, c->value[f].text[i]);
				return true;
			}
		}
		/* each guess begins from the row as it stands */
		*v = was;
	}
	if (other_time(t, &ev, form))
		return true;
	/* the last one is the source's own default */
	for (unsigned i = 0; i <= c->n_days; i++) {
		int64_t was = ev.retention;

		ev.retention = i < c->n_days ? c->days[i] : 2555;
		if (ev.retention != was && wanted(t, &ev, form)) {
			snprintf(
			    t->found, sizeof t->found, "retention_days = %" PRId64, ev.retention);
			return true;
		}
		ev.retention = was;
	}
	/* the last column that an edit of one could have touched; and an end when nothing may be
	 * hashed any more */
	ev.sensitive = !ev.sensitive;
	snprintf(t->found, sizeof t->found, "is_sensitive = %s", ev.sensitive ? "true" : "false");
	return wanted(t, &ev, form) || *c->budget == 0;
}

/* As it stands it gives its hash, by another algorithm than the one it names. */
static bool
gives_otherwise(void *arg, const void *body, size_t n, enum body_form form, const char *name)
{
	struct trying *t = arg;
	uint8_t d[65][32];
	char hex[65];

	(void)form;
	(void)name;
	own_previous(t->w, hex);
	for (unsigned k = digests_of(t->c, hex, body, n, d); k--;)
		if (memcmp(d[k], t->w->claimed, 32) == 0) {
			if (k)
				snprintf(t->found, sizeof t->found, "with key number %u", k - 1);
			else
				snprintf(t->found, sizeof t->found, "without a key");
			return t->is = true;
		}
	return *t->c->budget == 0;
}

static int
try_algorithm(struct causes *c, const struct row *w)
{
	struct trying t = { .c = c, .w = w };

	if (!any_spelling(&t, gives_otherwise))
		return 0;
	return named(c, w, S01_ALGORITHM, t.found);
}

/* The column that was changed, if its old value stands in other rows. */
static int
try_restored(struct causes *c, const struct row *w)
{
	struct trying t = { .c = c, .w = w };

	if (!any_spelling(&t, restored))
		return 0;
	return named(c, w, S01_RESTORED, t.found);
}

/* A keyed row, and then one without a key that names it. */
static bool
is_downgrade(const struct causes *c, const struct row *w)
{
	const struct row *parent = c->kin.keyed && w->algorithm != ALGO_HMAC &&
		w->algorithm != ALGO_TEXT && w->claimed_form == FORM_HEX ?
	    parent_of(&c->kin, w) :
	    NULL;

	return parent && parent->algorithm == ALGO_HMAC;
}

static int
try_downgrade(struct causes *c, const struct row *w)
{
	if (!is_downgrade(c, w))
		return 0;
	return named(c, w, S21_DOWNGRADE, NULL);
}

/* w names a hash that no row claims. A row before it that nobody names, and that gives that hash
 * with one column restored, was edited and hashed again. */
static int
try_rehashed(struct causes *c, const struct row *w)
{
	const struct kin *k = &c->kin;
	struct trying t = { .c = c, .missed = true };

	for (const struct row *q = w; q > k->first && w - q < BEFORE;) {
		q--;
		if (q->body == NULL || q->content != CONTENT_MATCH || q->claimed_form != FORM_HEX ||
		    rows_lower(k->by_previous, k->n_previous, q->claimed, true) < k->n_previous ||
		    is_downgrade(c, q))
			continue;
		t.w = q;
		t.tried = 0;
		if (!any_spelling(&t, restored))
			continue;
		return named(c, q, S22_REHASHED, t.found);
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

	for (unsigned steps = 0; near.at < c->near.n && steps < STEPS && (x = nearest_next(&near));
	     steps++) {
		if (x->corr == own)
			continue;
		if (!x->yes)
			return false;
		if (++seen == NEIGHBOURS)
			return true;
	}
	return false;
}

/* A row of a type that the source always hashes, without a hash, though the source hashed then, or
 * says under which key it did. */
static int
try_bare(struct causes *c, const struct row *w)
{
	bool keyed = w->algorithm == ALGO_HMAC;
	char around[16];

	if (!digests_hold(&c->bare, w->corr) || (!keyed && !hashed_around(c, w)))
		return 0;
	if (keyed)
		return named(c, w, S20_KEYED, NULL);
	snprintf(around, sizeof around, "%u", NEIGHBOURS);
	return named(c, w, S20_AROUND, around);
}

/* A good row whose predecessor was carried into another correlation, where it is odd: missing
 * here, not foreign. */
static int
try_moved(struct causes *c, const struct row *w)
{
	const struct row *o = owner_of(c, w->previous, w);

	if (o == NULL || o->content != CONTENT_MISMATCH)
		return 0;
	return named(c, w, S02_MISSING, NULL);
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
			rc = try_algorithm(c, w);
		if (rc == 0 && w->body)
			rc = try_link(c, w);
		if (rc == 0 && w->body)
			rc = try_hash(c, w);
		if (rc == 0 && w->body)
			rc = try_restored(c, w);
		return rc ? rc : try_inserted(c, w);
	}
	if (w->content == CONTENT_NO_HASH) {
		rc = w->body ? try_removed(c, w) : 0;
		return rc || w->self_audit ? rc : try_bare(c, w);
	}
	rc = w->link == LINK_ELSEWHERE ? try_moved(c, w) :
	    w->link == LINK_MISSING    ? try_rehashed(c, w) :
					 0;
	return rc ? rc : try_downgrade(c, w);
}
