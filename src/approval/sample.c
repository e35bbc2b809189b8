#include "approval/sample.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/utc.h"
#include "digest/digest.h"

const enum rule_id sample_attribute[ATTRIBUTES] = { RULE_AP01, RULE_AP05, RULE_AP06, RULE_AP08,
	RULE_AP09, RULE_AP26, RULE_AP19, RULE_AP25 };

const char *const strata_name[STRATA] = { NULL, "month", "namespace", "path" };

bool
strata_named(const char *word, enum strata *ret)
{
	*ret = STRATA_NONE;
	if (word == NULL)
		return true;
	for (unsigned i = STRATA_MONTH; i < STRATA; i++)
		if (strcmp(word, strata_name[i]) == 0)
			*ret = (enum strata)i;
	return *ret != STRATA_NONE;
}

static void
stratum_of(const struct sample_wish *w, const struct entry *e, char ret[80])
{
	struct buf t;

	ret[0] = '\0';
	if (w->by == STRATA_PATH) {
		snprintf(ret, 80, "%s", e->path);
	} else if (w->by == STRATA_NAMESPACE) {
		snprintf(ret, 80, "%s", e->namespace);
	} else if (w->by == STRATA_MONTH) {
		buf_init(&t, 64);
		utc_print(&t, UTC_REST, e->first, 0);
		snprintf(ret, 80, "%.*s", t.len >= 7 ? 7 : 0, (const char *)t.p);
		buf_release(&t);
	}
}

/* A member before the strata have numbers. */
struct ballot {
	struct drawn d;
	char stratum[80];
};

static int
by_key(const void *pa, const void *pb)
{
	const struct ballot *a = pa, *b = pb;
	int c = strcmp(a->stratum, b->stratum);

	return c ? c : strcmp(a->d.key, b->d.key);
}

/* Numbers the strata of sorted ballots and marks what is taken. */
static void
take(struct sample *s, const struct ballot *b, const struct sample_wish *w)
{
	for (size_t i = 0; i < s->n; i++) {
		struct stratum *t;

		if (i == 0 || strcmp(b[i].stratum, b[i - 1].stratum)) {
			t = &s->s[s->n_strata++];
			memcpy(t->name, b[i].stratum, sizeof t->name);
			t->first = i;
		}
		t = &s->s[s->n_strata - 1];
		s->d[i] = b[i].d;
		s->d[i].stratum = s->n_strata - 1;
		s->d[i].place = ++t->members;
		s->d[i].taken = t->members > w->after && t->members - w->after <= w->number;
		t->taken += s->d[i].taken;
		s->taken += s->d[i].taken;
		s->place[s->d[i].e - s->r->entry] = i;
	}
}

int
sample_draw(struct sample *s, const struct registry *r, const struct sample_wish *w)
{
	size_t n;
	const struct correlation **ids = registry_members(r, w->population, &n);
	struct sha256 *sha = sha256_new();
	struct ballot *b = calloc(n + 1, sizeof *b);
	uint8_t d[32];
	int rc = -1;

	*s = (struct sample){ .r = r };
	/* all in one size: no draw can take more than all, and a failure leaves nothing half
	 * done */
	s->d = calloc(n + 1, sizeof *s->d);
	s->s = calloc(n + 1, sizeof *s->s);
	s->place = calloc(r->n + 1, sizeof *s->place);
	/* before anything is drawn: a draw from an incomplete list would not be the draw */
	if (ids == NULL || sha == NULL || b == NULL || s->d == NULL || s->s == NULL ||
	    s->place == NULL || population_digest(ids, n, d))
		goto out;
	hex_of(d, 32, s->digest);
	/* Each member gets a number of its own from the seed and the list: anybody who has both
	 * draws the same. */
	for (size_t i = 0; i < r->n; i++) {
		struct ballot *x = &b[s->n];

		s->place[i] = SIZE_MAX;
		if (!(r->entry[i].populations >> w->population & 1))
			continue;
		x->d.e = &r->entry[i];
		sha256_begin(sha);
		sha256_add(sha, w->seed, strlen(w->seed));
		sha256_add(sha, s->digest, 64);
		sha256_add(sha, x->d.e->c->text, x->d.e->c->n);
		sha256_end(sha, d);
		hex_of(d, 32, x->d.key);
		stratum_of(w, x->d.e, x->stratum);
		s->n++;
	}
	/* in the order of those numbers: the sample is its beginning, a larger one begins with a
	 * smaller */
	if (s->n)
		qsort(b, s->n, sizeof *b, by_key);
	take(s, b, w);
	rc = 0;
out:
	sha256_free(sha);
	free(ids);
	free(b);
	return rc;
}

void
sample_release(struct sample *s)
{
	free(s->d);
	free(s->s);
	free(s->place);
	*s = (struct sample){ 0 };
}

static int
by_correlation(const void *key, const void *entry)
{
	const struct correlation *a = key, *b = ((const struct entry *)entry)->c;

	return str_cmp((struct str){ a->text, a->n }, (struct str){ b->text, b->n });
}

struct drawn *
sample_member(const struct sample *s, const struct correlation *c)
{
	const struct entry *e =
	    s->r->n ? bsearch(c, s->r->entry, s->r->n, sizeof *s->r->entry, by_correlation) : NULL;
	size_t at = e ? s->place[e - s->r->entry] : SIZE_MAX;

	return at == SIZE_MAX ? NULL : &s->d[at];
}

void
sample_tested(struct sample *s, const struct drawn *d, const struct controls *one)
{
	struct stratum *t = &s->s[d->stratum];

	for (unsigned i = 0; i < ATTRIBUTES; i++) {
		const struct tally *y = &one->tally[sample_attribute[i]];

		t->attribute[i].tested += y->passed || y->exceptions;
		t->attribute[i].drawn += d->taken && (y->passed || y->exceptions);
		t->attribute[i].found += d->taken && y->exceptions;
	}
}
