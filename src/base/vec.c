#include "base/vec.h"

#include "base/buf.h"
#include "base/err.h"
#include "base/limits.h"
#include "os/os.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_MEMBERS 8u /* of an array that had none */
#define FIRST_SLOTS 256u /* of a numbering; a power of two */

/* The pointer at `array` may be of any type, so it is read and written as bytes. */
static int
resize(void *array, size_t members, size_t size)
{
	void *p;

	memcpy(&p, array, sizeof p);
	if ((p = realloc(p, members * size)) == NULL) {
		nomem_note();
		return -1;
	}
	memcpy(array, &p, sizeof p);
	return 0;
}

int
vec_grow(void *array, size_t *cap, size_t want, size_t size)
{
	const size_t most = (size_t)(EX_MAX_ARRAY / size);
	size_t members = *cap ? *cap : FIRST_MEMBERS;

	if (want <= *cap)
		return 0;
	if (want > most)
		return -1;
	/* twice what there was, but never past the ceiling, below which `want` is */
	while (members < want)
		members = members > most / 2 ? most : members * 2;
	if (resize(array, members, size))
		return -1;
	*cap = members;
	return 0;
}

int
vec_more(void *array, size_t n, size_t size)
{
	/* full at 0, 1, 2, 4, 8, …: where n has at most one bit */
	if (n & (n - 1))
		return 0;
	if (n >= EX_MAX_ARRAY / size / 2)
		return -1;
	return resize(array, n ? n * 2 : 1, size);
}

void *
vec_resize(void *p, size_t n, size_t size)
{
	void *to = n <= EX_MAX_ARRAY / size ? realloc(p, n * size) : NULL;

	if (to == NULL)
		nomem_note();
	return to;
}

size_t
lower_bound_u64(const uint64_t *a, size_t n, uint64_t key)
{
	size_t lo = 0;

	while (lo < n) {
		size_t mid = lo + (n - lo) / 2;

		if (a[mid] < key)
			lo = mid + 1;
		else
			n = mid;
	}
	return lo;
}

size_t
upper_bound_u64(const uint64_t *a, size_t n, uint64_t key)
{
	return key == UINT64_MAX ? n : lower_bound_u64(a, n, key + 1);
}

void
numbering_init(struct numbering *t, unsigned width)
{
	memset(t, 0, sizeof *t);
	t->width = width;
	/* No output depends on the seed: numbers are given in the order in which keys come. */
	if (!os_random(&t->seed, sizeof t->seed))
		t->seed = (uint64_t)(uintptr_t)t * 0x9e3779b97f4a7c15u;
}

void
numbering_release(struct numbering *t)
{
	free(t->key);
	free(t->slot);
	numbering_init(t, t->width);
}

/* The slot of a key: where it stands, or the free one where it would. */
static size_t
slot_of(const struct numbering *t, const uint8_t *key)
{
	uint64_t h = (load_be(key, 8) ^ t->seed) * 0xbf58476d1ce4e5b9u;
	size_t s;

	if (t->width >= 16)
		h ^= load_be(key + 8, 8);
	h = (h ^ h >> 32) * 0x94d049bb133111ebu;
	for (s = (size_t)(h ^ h >> 31) & (t->n_slots - 1); t->slot[s] != NUMBER_NONE;
	     s = (s + 1) & (t->n_slots - 1))
		if (memcmp(numbering_key(t, t->slot[s]), key, t->width) == 0)
			break;
	return s;
}

/* Twice the slots, at most half of which are ever taken. */
static int
more_slots(struct numbering *t)
{
	struct numbering wider = *t;

	wider.n_slots = t->n_slots ? t->n_slots * 2 : FIRST_SLOTS;
	if ((wider.slot = malloc(wider.n_slots * sizeof *wider.slot)) == NULL) {
		nomem_note();
		return -1;
	}
	memset(wider.slot, 0xff, wider.n_slots * sizeof *wider.slot);
	for (uint32_t i = 0; i < t->n; i++)
		wider.slot[slot_of(&wider, numbering_key(t, i))] = i;
	free(t->slot);
	*t = wider;
	return 0;
}

uint32_t
numbering_of(struct numbering *t, const void *key)
{
	size_t s;

	if (2 * (t->n + 1) > t->n_slots && more_slots(t))
		return NUMBER_NONE;
	s = slot_of(t, key);
	if (t->slot[s] != NUMBER_NONE)
		return t->slot[s];
	if (t->n == NUMBER_NONE)
		return NUMBER_NONE;
	if (vec_grow(&t->key, &t->key_bytes, (t->n + 1) * t->width, 1))
		return NUMBER_NONE;
	memcpy(t->key + t->n * t->width, key, t->width);
	t->slot[s] = (uint32_t)t->n;
	return (uint32_t)t->n++;
}

uint32_t
numbering_find(const struct numbering *t, const void *key)
{
	return t->n ? t->slot[slot_of(t, key)] : NUMBER_NONE;
}
