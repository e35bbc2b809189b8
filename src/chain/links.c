#include "chain/links.h"

#include <stdlib.h>
#include <string.h>

#include "base/vec.h"

/* Hashes are cut to 16 bytes: two that agree there are nobody's to find. */
struct hash_of {
	uint8_t h[16];
	uint32_t event;
};

struct links {
	/* 1 unkeyed, 2 keyed */
	struct {
		uint8_t h[16];
		bool remediation;
		uint8_t algorithms;
	} * corr;
	uint32_t n_corr, cap_corr, *slot, n_slots;
	uint64_t remediations, mixed;
	struct hashes {
		struct hash_of *p;
		uint64_t n, cap;
	} claim, wait;
	/* of events that are left out, whose headers have both */
	struct left_claim {
		uint8_t h[16], corr[16];
	} * left;
	uint64_t n_left, cap_left;
};

struct links *
links_new(void)
{
	return calloc(1, sizeof(struct links));
}

void
links_free(struct links *c)
{
	if (c == NULL)
		return;
	free(c->corr);
	free(c->slot);
	free(c->claim.p);
	free(c->wait.p);
	free(c->left);
	free(c);
}

static uint32_t
word(const uint8_t h[16])
{
	uint32_t first;

	memcpy(&first, h, 4);
	return first;
}

uint32_t
links_correlation(struct links *c, const uint8_t digest[32])
{
	uint32_t s;
	void *p;

	/* half of the slots stay empty, so that a search ends soon */
	if (2 * (c->n_corr + 1) > c->n_slots) {
		uint32_t n = c->n_slots ? c->n_slots * 2 : 1024, *t = malloc(n * sizeof *t);

		if (t == NULL)
			return UINT32_MAX;
		memset(t, 0xff, n * sizeof *t);
		for (uint32_t i = 0; i < c->n_corr; i++) {
			for (s = word(c->corr[i].h) & (n - 1); t[s] != UINT32_MAX;
			     s = (s + 1) & (n - 1))
				;
			t[s] = i;
		}
		free(c->slot);
		c->slot = t;
		c->n_slots = n;
	}
	/* two digests that begin alike in 32 bits differ in 128 */
	for (s = word(digest) & (c->n_slots - 1); c->slot[s] != UINT32_MAX;
	     s = (s + 1) & (c->n_slots - 1))
		if (memcmp(c->corr[c->slot[s]].h, digest, 16) == 0)
			return c->slot[s];
	/* met for the first time */
	if (c->n_corr == c->cap_corr) {
		uint32_t cap = c->cap_corr ? c->cap_corr * 2 : 512;

		if ((p = vec_resize(c->corr, cap, sizeof *c->corr)) == NULL)
			return UINT32_MAX;
		c->corr = p;
		c->cap_corr = cap;
	}
	memcpy(c->corr[c->n_corr].h, digest, 16);
	c->corr[c->n_corr].remediation = false;
	c->corr[c->n_corr].algorithms = 0;
	c->slot[s] = c->n_corr;
	return c->n_corr++;
}

uint64_t
links_correlations(const struct links *c)
{
	return c->n_corr;
}
uint64_t
links_remediations(const struct links *c)
{
	return c->remediations;
}

void
links_remediation(struct links *c, uint32_t correlation)
{
	c->remediations += !c->corr[correlation].remediation;
	c->corr[correlation].remediation = true;
}

void
links_algorithm(struct links *c, uint32_t correlation, bool keyed)
{
	uint8_t *a = &c->corr[correlation].algorithms, was = *a;

	*a |= keyed ? 2 : 1;
	c->mixed += *a == 3 && was != 3;
}

bool
links_any_mixed(const struct links *c)
{
	return c->mixed > 0;
}

bool
links_mixed(struct links *c, const uint8_t digest[32])
{
	uint32_t k = c->mixed ? links_correlation(c, digest) : UINT32_MAX;

	return k != UINT32_MAX && c->corr[k].algorithms == 3;
}

static int
put(struct hashes *t, const uint8_t hash[32], uint32_t event)
{
	void *p;

	if (t->n == t->cap) {
		uint64_t cap = t->cap ? t->cap + t->cap / 2 : 4096;

		if ((p = vec_resize(t->p, cap, sizeof *t->p)) == NULL)
			return -1;
		t->p = p;
		t->cap = cap;
	}
	memcpy(t->p[t->n].h, hash, 16);
	t->p[t->n++].event = event;
	return 0;
}

int
links_claim(struct links *c, const uint8_t hash[32], uint32_t event)
{
	return put(&c->claim, hash, event);
}
int
links_left(struct links *c, const uint8_t hash[32], const uint8_t correlation[32])
{
	void *p;

	if (c->n_left == c->cap_left) {
		uint64_t cap = c->cap_left ? c->cap_left + c->cap_left / 2 : 4096;

		if ((p = vec_resize(c->left, cap, sizeof *c->left)) == NULL)
			return -1;
		c->left = p;
		c->cap_left = cap;
	}
	memcpy(c->left[c->n_left].h, hash, 16);
	memcpy(c->left[c->n_left++].corr, correlation, 16);
	return 0;
}
int
links_wait(struct links *c, const uint8_t previous[32], uint32_t event)
{
	return put(&c->wait, previous, event);
}

/* By hash, correlation, whether the content gives it, and place. */
static int
by_hash(const void *pa, const void *pb, void *arg)
{
	const struct hash_of *a = pa, *b = pb;
	const struct rows *rows = arg;
	uint32_t ca = rows->node[a->event].corr, cb = rows->node[b->event].corr;
	bool fa = content_fits(rows->event[a->event].content),
	     fb = content_fits(rows->event[b->event].content);
	int k = memcmp(a->h, b->h, 16);

	if (k == 0)
		k = ca < cb ? -1 : ca > cb;
	if (k == 0)
		k = (int)fb - (int)fa;
	return k ? k : a->event < b->event ? -1 : a->event > b->event;
}

/* The first of sorted claims of a hash, in a correlation if own; n if there is none. */
static uint64_t
first_claim(const struct rows *rows, const struct hash_of *p, uint64_t n, const uint8_t h[16],
    bool own, uint32_t corr)
{
	uint64_t lo = 0, hi = n;

	while (lo < hi) {
		uint64_t mid = (lo + hi) / 2;
		int k = memcmp(p[mid].h, h, 16);

		if (k < 0 || (k == 0 && own && rows->node[p[mid].event].corr < corr))
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < n && memcmp(p[lo].h, h, 16) == 0 &&
		(!own || rows->node[p[lo].event].corr == corr) ?
	    lo :
	    n;
}

static int
by_left(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct left_claim));
}

/* Has an event that is left out the hash, in this correlation? */
static bool
is_left_out(const struct links *c, const uint8_t h[16], uint32_t corr)
{
	struct left_claim key;

	memcpy(key.h, h, 16);
	memcpy(key.corr, c->corr[corr].h, 16);
	return c->n_left && bsearch(&key, c->left, c->n_left, sizeof key, by_left);
}

int
links_settle(struct links *c, struct rows *rows)
{
	uint64_t bits = 1024, n = 0, own;
	unsigned char *asked;

	/* only claims that somebody may wait for are sorted; a table of bits tells most of them */
	while (bits < 16 * c->wait.n)
		bits *= 2;
	if ((asked = calloc(bits / 8, 1)) == NULL)
		return -1;
	for (uint64_t i = 0; i < c->wait.n; i++) {
		uint32_t b = word(c->wait.p[i].h) & (uint32_t)(bits - 1);

		asked[b / 8] |= (unsigned char)(1u << b % 8);
	}
	for (uint64_t i = 0; i < c->claim.n; i++) {
		uint32_t b = word(c->claim.p[i].h) & (uint32_t)(bits - 1);

		/* a copy of a row claims nothing that the row itself does not */
		if (asked[b / 8] >> b % 8 & 1 &&
		    rows->event[c->claim.p[i].event].content != CONTENT_REPEAT)
			c->claim.p[n++] = c->claim.p[i];
	}
	free(asked);
	if (n)
		qsort_r(c->claim.p, n, sizeof *c->claim.p, by_hash, rows);
	if (c->n_left)
		qsort(c->left, c->n_left, sizeof *c->left, by_left);
	/* each link by bisection: of its own correlation first, since a hash may stand in
	 * several */
	for (uint64_t i = 0; i < c->wait.n; i++) {
		const struct hash_of *w = &c->wait.p[i];

		if (rows->event[w->event].content == CONTENT_REPEAT)
			continue;
		if ((own = first_claim(
			 rows, c->claim.p, n, w->h, true, rows->node[w->event].corr)) < n) {
			rows->event[w->event].link = LINK_LINKED;
			rows->node[w->event].parent = c->claim.p[own].event;
		} else if (is_left_out(c, w->h, rows->node[w->event].corr)) {
			rows->event[w->event].link = LINK_LEFT_OUT;
		} else if (first_claim(rows, c->claim.p, n, w->h, false, 0) < n) {
			rows->event[w->event].link = LINK_ELSEWHERE;
		} else {
			/* of what hides its hash anything may be the predecessor */
			rows->event[w->event].link =
			    rows->left_hidden ? LINK_LEFT_OUT : LINK_MISSING;
		}
	}
	c->claim.n = 0;
	return 0;
}
