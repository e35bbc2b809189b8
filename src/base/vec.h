/*
 * Arrays that grow, a place found in a sorted one, and numbers for digests: the only realloc of
 * arrays that the product has. Whoever lets an input grow an array bounds it before
 * (base/limits.h); here stands only the ceiling that no array passes.
 */
#ifndef BASE_VEC_H
#define BASE_VEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Makes room for `want` members of `size` bytes in an array; *cap is how many it has room for.
 * array: the address of the pointer to its first member (&x->row), which may be NULL with *cap 0;
 * the array is the caller's and freed with free(). It at least doubles, so that a loop that asks
 * for one more each time copies each member once or twice. New members are not set to anything.
 * 0: there is room. -1: no memory (noted, base/err.h) or more than EX_MAX_ARRAY bytes; array and
 * *cap are as they were, and what the caller says of it is err_nomem.
 */
int vec_grow(void *array, size_t *cap, size_t want, size_t size);

/*
 * The same for an array without a capacity of its own: room for one member behind the n that it
 * has. Its sizes are powers of two, so n says when it is full; every growth of the array must
 * then be of this function. For arrays that stay short or are grown at one place.
 */
int vec_more(void *array, size_t n, size_t size);

/*
 * An array of n members of `size` bytes where one was that the caller knows the room of: realloc
 * with a checked product and the ceiling above. NULL: no room (noted); p is as it was.
 */
void *vec_resize(void *p, size_t n, size_t size);

/*
 * The first of n sorted members that `before` does not say of that it stands before the key; n if
 * all stand before it. before(key, member).
 */
static inline size_t
lower_bound(const void *key, const void *base, size_t n, size_t size,
    bool (*before)(const void *key, const void *member))
{
	size_t lo = 0;

	while (lo < n) {
		size_t mid = lo + (n - lo) / 2;

		if (before(key, (const char *)base + mid * size))
			lo = mid + 1;
		else
			n = mid;
	}
	return lo;
}

/* The same of whole numbers in ascending order: the first that is not below the key. */
size_t lower_bound_u64(const uint64_t *a, size_t n, uint64_t key);

/* The first that is above the key. */
size_t upper_bound_u64(const uint64_t *a, size_t n, uint64_t key);

/*
 * Digests, or other keys of one width, numbered in the order in which they come: 0, 1, 2, … What
 * belongs to a key is kept by the caller in an array with that number. Where a key lands in the
 * table cannot be chosen by who makes the keys.
 */
struct numbering {
	unsigned width; /* bytes of a key, 8 to 32 */
	size_t n;       /* keys so far */
	/* its own */
	size_t key_bytes, n_slots;
	uint8_t *key;
	uint32_t *slot;
	uint64_t seed;
};

#define NUMBER_NONE UINT32_MAX

void numbering_init(struct numbering *t, unsigned width);
void numbering_release(struct numbering *t);

/* The number of a key, which gets the next one if it is new: the caller sees that by t->n.
 * NUMBER_NONE: no memory, or as many keys as a number of 32 bits can tell. */
uint32_t numbering_of(struct numbering *t, const void *key);

/* The number of a key that came before; NUMBER_NONE: it did not. */
uint32_t numbering_find(const struct numbering *t, const void *key);

/* The key of a number below t->n, `width` bytes; good until the next numbering_of. */
static inline const uint8_t *
numbering_key(const struct numbering *t, uint32_t number)
{
	return t->key + (size_t)number * t->width;
}

#endif
