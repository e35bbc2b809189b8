#include "selftest/drafts.h"

#include <string.h>

#include "base/text.h"
#include "event/event.h"

/* splitmix64: the same numbers from the same seed, everywhere. */
uint64_t
trial_draw(struct trial *t, uint64_t n)
{
	uint64_t z = t->state += 0x9e3779b97f4a7c15ull;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ z >> 27) * 0x94d049bb133111ebull;
	return (z ^ z >> 31) % n;
}

bool
draft_row(const struct draft *d, unsigned i)
{
	return i < d->n && d->rec[i].r.kind == KIND_EVENT && d->rec[i].r.claimed_form == FORM_HEX;
}

unsigned
draft_behind(const struct draft *d, unsigned i)
{
	for (unsigned k = 0; k < d->n; k++)
		if (draft_row(d, k) && d->rec[k].r.previous_form == FORM_HEX &&
		    memcmp(d->rec[k].r.previous, d->rec[i].r.claimed, 32) == 0 &&
		    memcmp(d->rec[k].r.correlation, d->rec[i].r.correlation, 32) == 0)
			return k;
	return NOWHERE;
}

static bool
wanted(const struct draft *d, unsigned i, enum want want)
{
	const struct record *r = &d->rec[i].r;
	bool keyed = r->algorithm == ALGO_HMAC;

	switch (want) {
	case FOLLOWED:
		return draft_behind(d, i) != NOWHERE;
	case UNFOLLOWED:
		return draft_behind(d, i) == NOWHERE;
	case KEYED_FOLLOWED:
		/* with a keyed row before it: a first one may be of before the key */
		return keyed && draft_behind(d, i) != NOWHERE && r->previous_form == FORM_HEX;
	case UNKEYED_FOLLOWED:
		return !keyed && draft_behind(d, i) != NOWHERE;
	case UNKEYED:
		return !keyed;
	case WITH_ASIDE:
		return r->aside_len > 0;
	default:
		return true;
	}
}

unsigned
draft_pick(struct trial *t, const struct draft *d, enum want want)
{
	unsigned n = 0, k;

	for (unsigned i = 0; i < d->n; i++)
		n += draft_row(d, i) && wanted(d, i, want);
	if (n == 0)
		return NOWHERE;
	k = (unsigned)trial_draw(t, n);
	for (unsigned i = 0; i < d->n; i++)
		if (draft_row(d, i) && wanted(d, i, want) && k-- == 0)
			return i;
	return NOWHERE;
}

void
draft_drop(struct draft *d, unsigned i)
{
	if (d->rec[i].last && i)
		d->rec[i - 1].last = true;
	memmove(&d->rec[i], &d->rec[i + 1], (d->n - i - 1) * sizeof *d->rec);
	d->n--;
}

bool
draft_insert(struct draft *d, unsigned i, const struct forged *of)
{
	struct forged copy = *of;

	if (d->n == DRAFT_RECORDS)
		return false;
	memmove(&d->rec[i + 1], &d->rec[i], (d->n - i) * sizeof *d->rec);
	d->rec[i] = copy;
	d->n++;
	return true;
}

/* A text in which one letter or digit is another one; the same text if it has none. */
static struct str
other_word(struct trial *t, struct str s)
{
	char *p = s.n ? pieces_copy(t->own, s.p, s.n) : NULL;
	uint64_t from = s.n ? trial_draw(t, s.n) : 0;

	for (size_t k = 0; p && k < s.n; k++) {
		char *c = &p[(from + k) % s.n];

		if ((*c >= 'a' && *c <= 'z') || (*c >= '0' && *c <= '9')) {
			*c = *c == 'a' ? 'b' : *c >= 'a' ? 'a' : *c == '1' ? '2' : '1';
			return (struct str){ p, s.n };
		}
	}
	return s;
}

int
row_edit(struct trial *t, struct record *r)
{
	struct event ev;
	struct buf text;
	int rc = 1;

	buf_init(&text, EX_MAX_BODY);
	if (rows_event(r, &ev, &text)) {
		struct str *word[] = { &ev.action, &ev.resource_id, &ev.outcome, &ev.actor_id,
			&ev.namespace };
		unsigned k = (unsigned)trial_draw(t, 5);

		for (unsigned i = 0; i < 5 && rc == 1; i++) {
			struct str was = *word[(k + i) % 5];

			*word[(k + i) % 5] = other_word(t, was);
			if (word[(k + i) % 5]->p != was.p)
				rc = rows_put_event(r, &ev, t->own);
		}
	}
	buf_release(&text);
	return rc;
}

int
row_rewrite(struct trial *t, struct record *r, enum change change, const struct record *like)
{
	struct event ev, other;
	struct buf text, more;
	int rc = 1;

	buf_init(&text, EX_MAX_BODY);
	buf_init(&more, EX_MAX_BODY);
	if (rows_event(r, &ev, &text) && (like == NULL || rows_event(like, &other, &more))) {
		if (change == NEW_ID)
			store_be(
			    ev.id + 8, load_be(ev.id + 8, 8) ^ (1 + trial_draw(t, 1u << 30)), 8);
		else if (change == NEW_TIME)
			/* some minutes earlier, to the second */
			ev.time -= 1000000ll * (int64_t)(60 + trial_draw(t, 1000));
		else
			ev.correlation = other.correlation;
		rc = rows_put_event(r, &ev, t->own);
	}
	buf_release(&text);
	buf_release(&more);
	return rc;
}

void
draft_follow(struct trial *t, struct draft *d, unsigned i, const uint8_t was[32])
{
	for (unsigned k = 0; k < d->n; k++) {
		struct record *r = &d->rec[k].r;
		uint8_t old[32];

		if (!draft_row(d, k) || k == i || r->previous_form != FORM_HEX ||
		    memcmp(r->previous, was, 32) ||
		    memcmp(r->correlation, d->rec[i].r.correlation, 32))
			continue;
		memcpy(old, r->claimed, 32);
		memcpy(r->previous, d->rec[i].r.claimed, 32);
		rows_hash(r, r->algorithm == ALGO_HMAC && t->keyed, t->sha);
		draft_follow(t, d, k, old);
	}
}
