#include "log/merkle.h"

#include <string.h>

void
merkle_leaf(struct sha256 *s, const void *p, size_t n, uint8_t out[32])
{
	static const uint8_t tag = 0;

	sha256_begin(s);
	sha256_add(s, &tag, 1);
	sha256_add(s, p, n);
	sha256_end(s, out);
}

void
merkle_node(struct sha256 *s, const uint8_t l[32], const uint8_t r[32], uint8_t out[32])
{
	uint8_t t[65];

	t[0] = 1;
	memcpy(t + 1, l, 32);
	memcpy(t + 33, r, 32);
	sha256_once(s, t, sizeof t, out);
}

void
merkle_init(struct merkle *m, uint64_t first)
{
	m->n = 0;
	m->next = first;
}

bool
merkle_push(struct merkle *m, struct sha256 *s, unsigned level, const uint8_t hash[32])
{
	if (level > 62 || m->next & ((1ull << level) - 1) || m->n == MERKLE_MAX)
		return false;
	m->e[m->n].start = m->next;
	m->e[m->n].level = level;
	memcpy(m->e[m->n++].hash, hash, 32);
	m->next += 1ull << level;
	while (m->n > 1) {
		unsigned a = m->n - 2, l = m->e[a].level;

		if (l != m->e[a + 1].level || m->e[a].start & ((1ull << (l + 1)) - 1))
			break;
		merkle_node(s, m->e[a].hash, m->e[a + 1].hash, m->e[a].hash);
		m->e[a].level = l + 1;
		m->n--;
	}
	return true;
}

bool
merkle_push_cover(
    struct merkle *m, struct sha256 *s, uint64_t count, const uint8_t *nodes, size_t n_nodes)
{
	uint64_t end = m->next + count;

	for (size_t i = 0; m->next < end; i++, nodes += 32) {
		unsigned level = 0;

		if (i == n_nodes)
			return false;
		while (level < 62 && (m->next & ((2ull << level) - 1)) == 0 &&
		    m->next + (2ull << level) <= end)
			level++;
		if (!merkle_push(m, s, level, nodes))
			return false;
		if (m->next == end)
			return i + 1 == n_nodes;
	}
	return n_nodes == 0;
}

void
merkle_root(const struct merkle *m, struct sha256 *s, uint8_t out[32])
{
	if (m->n == 0) {
		sha256_once(s, "", 0, out);
		return;
	}
	memcpy(out, m->e[m->n - 1].hash, 32);
	for (unsigned i = m->n - 1; i-- > 0;)
		merkle_node(s, m->e[i].hash, out, out);
}
