#include "verify/chain.h"

#include <stdlib.h>
#include <string.h>

/* Hashes are cut to 16 bytes: two that agree there are nobody's to find. */
struct claim { uint8_t h[16]; uint32_t corr; };
struct waiting { uint8_t h[16]; uint64_t event; uint32_t corr; };

struct chain {
	struct { uint8_t h[16]; bool remediation; uint8_t algorithms; } *corr;        /* 1 unkeyed, 2 keyed */
	uint32_t n_corr, cap_corr, *slot, n_slots;
	uint64_t remediations, mixed;
	struct claim *claim;
	uint64_t n_claims, cap_claims;
	struct waiting *wait;
	uint64_t n_waits, cap_waits;
};

struct chain *chain_new(void) { return calloc(1, sizeof(struct chain)); }

void
chain_free(struct chain *c)
{
	if (c == NULL)
		return;
	free(c->corr);
	free(c->slot);
	free(c->claim);
	free(c->wait);
	free(c);
}

static uint32_t
word(const uint8_t h[16])
{
	uint32_t v;

	memcpy(&v, h, 4);
	return v;
}

uint32_t
chain_correlation(struct chain *c, const uint8_t digest[32])
{
	uint32_t s;
	void *p;

	if (2 * (c->n_corr + 1) > c->n_slots) {
		uint32_t n = c->n_slots ? c->n_slots * 2 : 1024, *t = malloc(n * sizeof *t);

		if (t == NULL)
			return UINT32_MAX;
		memset(t, 0xff, n * sizeof *t);
		for (uint32_t i = 0; i < c->n_corr; i++) {
			for (s = word(c->corr[i].h) & (n - 1); t[s] != UINT32_MAX; s = (s + 1) & (n - 1))
				;
			t[s] = i;
		}
		free(c->slot);
		c->slot = t;
		c->n_slots = n;
	}
	for (s = word(digest) & (c->n_slots - 1); c->slot[s] != UINT32_MAX; s = (s + 1) & (c->n_slots - 1))
		if (memcmp(c->corr[c->slot[s]].h, digest, 16) == 0)
			return c->slot[s];
	if (c->n_corr == c->cap_corr) {
		uint32_t cap = c->cap_corr ? c->cap_corr * 2 : 512;

		if ((p = realloc(c->corr, cap * sizeof *c->corr)) == NULL)
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

uint64_t chain_correlations(const struct chain *c) { return c->n_corr; }
uint64_t chain_remediations(const struct chain *c) { return c->remediations; }

void
chain_remediation(struct chain *c, uint32_t correlation)
{
	c->remediations += !c->corr[correlation].remediation;
	c->corr[correlation].remediation = true;
}

void
chain_algorithm(struct chain *c, uint32_t correlation, bool keyed)
{
	uint8_t *a = &c->corr[correlation].algorithms, was = *a;

	*a |= keyed ? 2 : 1;
	c->mixed += *a == 3 && was != 3;
}

bool chain_any_mixed(const struct chain *c) { return c->mixed > 0; }

bool
chain_mixed(struct chain *c, const uint8_t digest[32])
{
	uint32_t k = c->mixed ? chain_correlation(c, digest) : UINT32_MAX;

	return k != UINT32_MAX && c->corr[k].algorithms == 3;
}

int
chain_claim(struct chain *c, const uint8_t hash[32], uint32_t correlation)
{
	void *p;

	if (c->n_claims == c->cap_claims) {
		uint64_t cap = c->cap_claims ? c->cap_claims + c->cap_claims / 2 : 4096;

		if ((p = realloc(c->claim, cap * sizeof *c->claim)) == NULL)
			return -1;
		c->claim = p;
		c->cap_claims = cap;
	}
	memcpy(c->claim[c->n_claims].h, hash, 16);
	c->claim[c->n_claims++].corr = correlation;
	return 0;
}

int
chain_wait(struct chain *c, uint64_t event, const uint8_t previous[32], uint32_t correlation)
{
	void *p;

	if (c->n_waits == c->cap_waits) {
		uint64_t cap = c->cap_waits ? c->cap_waits + c->cap_waits / 2 : 1024;

		if ((p = realloc(c->wait, cap * sizeof *c->wait)) == NULL)
			return -1;
		c->wait = p;
		c->cap_waits = cap;
	}
	memcpy(c->wait[c->n_waits].h, previous, 16);
	c->wait[c->n_waits].event = event;
	c->wait[c->n_waits++].corr = correlation;
	return 0;
}

int
chain_settle(struct chain *c, void (*f)(void *arg, uint64_t event, bool own, bool elsewhere), void *arg)
{
	/* a table of what is waited for; one walk over all claims marks what is found */
	uint64_t n = 1024, s;
	uint64_t *slot;
	uint8_t *found = calloc(c->n_waits ? c->n_waits : 1, 1);       /* 1 own, 2 elsewhere */

	while (n < 2 * c->n_waits)
		n *= 2;
	slot = malloc(n * sizeof *slot);
	if (slot == NULL || found == NULL) {
		free(slot);
		free(found);
		return -1;
	}
	memset(slot, 0xff, n * sizeof *slot);
	for (uint64_t i = 0; i < c->n_waits; i++) {
		for (s = word(c->wait[i].h) & (n - 1); slot[s] != UINT64_MAX; s = (s + 1) & (n - 1))
			;
		slot[s] = i;
	}
	for (uint64_t i = 0; i < c->n_claims; i++)
		for (s = word(c->claim[i].h) & (n - 1); slot[s] != UINT64_MAX; s = (s + 1) & (n - 1)) {
			const struct waiting *w = &c->wait[slot[s]];

			if (memcmp(w->h, c->claim[i].h, 16) == 0)
				found[slot[s]] |= w->corr == c->claim[i].corr ? 1 : 2;
		}
	for (uint64_t i = 0; i < c->n_waits; i++)
		f(arg, c->wait[i].event, found[i] & 1, found[i] & 2);
	free(slot);
	free(found);
	return 0;
}
