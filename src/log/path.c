#include "log/path.h"

#include <string.h>

static bool
put(struct path *p, const uint8_t hash[32])
{
	if (p->n == PATH_MAX_HASHES)
		return false;
	memcpy(p->hash[p->n++], hash, 32);
	return true;
}

/* The hash of what lies behind a place to the end of the tree: the subtrees from e[at] on. */
static void
rest_of(const struct merkle *m, unsigned at, struct sha256 *s, uint8_t out[32])
{
	memcpy(out, m->e[m->n - 1].hash, 32);
	for (unsigned i = m->n - 1; i-- > at;)
		merkle_node(s, m->e[i].hash, out, out);
}

/*
 * The siblings on the way from the subtree of 2^level leaves that begins at `start` up to the root.
 * Those to the left are the subtrees before it, the smallest first: left[0 .. n_left). One to the
 * right is a subtree of the run behind it, or, where the tree ends within it, all that is left.
 */
static bool
climb(struct path *ret, struct sha256 *s, uint64_t start, unsigned level,
    const struct merkle *before, unsigned n_left, const struct merkle *behind)
{
	uint8_t hash[32];
	unsigned right = 0;

	for (uint64_t node = start >> level; n_left || right < behind->n; node >>= 1, level++) {
		if (level > 62)
			return false;
		if (node & 1) {
			if (n_left == 0 || before->e[n_left - 1].level != level ||
			    !put(ret, before->e[--n_left].hash))
				return false;
		} else if (right < behind->n) {
			if (behind->e[right].start != (node + 1) << level ||
			    behind->e[right].level > level)
				return false;
			if (behind->e[right].level == level) {
				memcpy(hash, behind->e[right++].hash, 32);
			} else {
				rest_of(behind, right, s, hash);
				right = behind->n;
			}
			if (!put(ret, hash))
				return false;
		}
	}
	return true;
}

bool
path_inclusion(
    struct path *ret, struct sha256 *s, const struct merkle *before, const struct merkle *behind)
{
	uint64_t first_behind = behind->n ? behind->e[0].start : before->next + 1;

	ret->n = 0;
	return first_behind == before->next + 1 &&
	    climb(ret, s, before->next, 0, before, before->n, behind);
}

bool
path_consistency(
    struct path *ret, struct sha256 *s, const struct merkle *old, const struct merkle *behind)
{
	unsigned last;

	ret->n = 0;
	if (old->n == 0 || (behind->n && behind->e[0].start != old->next))
		return false;
	if (behind->n == 0)
		return true;
	last = old->n - 1;
	/* a tree that is one subtree is its own root, which the reader has */
	if (last && !put(ret, old->e[last].hash))
		return false;
	return climb(ret, s, old->e[last].start, old->e[last].level, old, last, behind);
}

bool
path_includes(const struct path *p, struct sha256 *s, uint64_t index, uint64_t size,
    const uint8_t leaf[32], const uint8_t root[32])
{
	uint64_t last = size - 1;
	uint8_t hash[32];
	unsigned i = 0;

	if (index >= size)
		return false;
	memcpy(hash, leaf, 32);
	for (; last; index >>= 1, last >>= 1) {
		if (index == last && !(index & 1))
			continue; /* alone on its level */
		if (i == p->n)
			return false;
		if (index & 1)
			merkle_node(s, p->hash[i++], hash, hash);
		else
			merkle_node(s, hash, p->hash[i++], hash);
	}
	return i == p->n && memcmp(hash, root, 32) == 0;
}

bool
path_connects(const struct path *p, struct sha256 *s, uint64_t m, const uint8_t old[32], uint64_t n,
    const uint8_t root[32])
{
	uint64_t node = m - 1, last = n - 1;
	uint8_t from[32], to[32];
	unsigned i = 0;

	if (m == 0 || m > n)
		return false;
	if (m == n)
		return p->n == 0 && memcmp(old, root, 32) == 0;
	/* the last complete subtree of the old tree */
	for (; node & 1; node >>= 1, last >>= 1)
		;
	if (node == 0) {
		memcpy(from, old, 32);
	} else {
		if (p->n == 0)
			return false;
		memcpy(from, p->hash[i++], 32);
	}
	memcpy(to, from, 32);
	for (; last; node >>= 1, last >>= 1) {
		if (node == last && !(node & 1))
			continue;
		if (i == p->n)
			return false;
		if (node & 1) {
			/* before both ends: part of the old tree, too */
			merkle_node(s, p->hash[i], from, from);
			merkle_node(s, p->hash[i++], to, to);
		} else {
			merkle_node(s, to, p->hash[i++], to);
		}
	}
	return i == p->n && memcmp(from, old, 32) == 0 && memcmp(to, root, 32) == 0;
}
