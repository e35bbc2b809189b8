#include "log/proof.h"

#include <string.h>

int
proof_next(struct span *s, struct proof *ret)
{
	const uint8_t *root;

	if (span_left(s) == 0)
		return 0;
	ret->size = span_be(s, 8);
	root = span_take(s, 32);
	ret->n = (unsigned)span_be(s, 1);
	ret->hash = span_take(s, 32u * ret->n);
	if (s->bad || root == NULL || ret->size == 0 || ret->size > INT64_MAX)
		return -1;
	memcpy(ret->root, root, 32);
	return 1;
}

bool
merkle_from_compact(
    struct merkle *m, struct sha256 *s, uint64_t size, const uint8_t *hashes, size_t n)
{
	merkle_init(m, 0);
	if (n != (size_t)__builtin_popcountll(size))
		return false;
	for (int level = 62; level >= 0; level--)
		if (size >> level & 1) {
			merkle_push(m, s, (unsigned)level, hashes);
			hashes += 32;
		}
	return true;
}

bool
merkle_append(struct merkle *a, struct sha256 *s, const struct merkle *b)
{
	for (unsigned i = 0; i < b->n; i++)
		if (b->e[i].start != a->next || !merkle_push(a, s, b->e[i].level, b->e[i].hash))
			return false;
	return true;
}

bool
proof_leads_to(const struct proof *p, struct sha256 *s, uint64_t end, const uint8_t root[32])
{
	struct merkle m;
	unsigned k = (unsigned)__builtin_popcountll(p->size);
	uint8_t r[32];

	if (p->n < k || p->size > end || !merkle_from_compact(&m, s, p->size, p->hash, k))
		return false;
	merkle_root(&m, s, r);
	if (memcmp(r, p->root, 32) ||
	    !merkle_push_cover(&m, s, end - p->size, p->hash + 32 * k, p->n - k))
		return false;
	merkle_root(&m, s, r);
	return memcmp(r, root, 32) == 0;
}

void
proof_put(struct buf *out, uint64_t size, const uint8_t root[32], const uint8_t (*compact)[32],
    unsigned n_compact, const struct merkle *run)
{
	buf_be64(out, size);
	buf_put(out, root, 32);
	buf_byte(out, (unsigned char)(n_compact + run->n));
	buf_put(out, compact, 32u * n_compact);
	for (unsigned i = 0; i < run->n; i++)
		buf_put(out, run->e[i].hash, 32);
}

bool
proof_extend(struct buf *out, struct sha256 *s, const struct proof *p, uint64_t middle,
    const struct merkle *run)
{
	struct merkle m;
	unsigned k = (unsigned)__builtin_popcountll(p->size);

	merkle_init(&m, p->size);
	if (p->n < k || !merkle_push_cover(&m, s, middle - p->size, p->hash + 32 * k, p->n - k) ||
	    !merkle_append(&m, s, run))
		return false;
	proof_put(out, p->size, p->root, (const uint8_t(*)[32])(const void *)p->hash, k, &m);
	return true;
}
