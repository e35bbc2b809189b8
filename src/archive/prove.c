#include "archive/prove.h"

#include <string.h>

#include "archive/reader_inner.h"

/* The two runs that a proof is made of: what stands before a place, and what behind it. */
struct sides {
	struct merkle before, behind;
};

/* The nodes of block rows from `row` on, up to the last seal. false: they do not fit. */
static bool
rows_behind(const struct archive *a, struct merkle *m, uint64_t row)
{
	for (; row < a->n_rows; row++)
		if (!merkle_push_cover(
			m, a->sha, a->row[row].count, a->row[row].nodes[0], a->row[row].n_nodes))
			return false;
	return true;
}

/*
 * Both sides of a place among the file's own records: [0, at) and [from, the seal), where from is
 * at or the place behind it. b: the block that holds it.
 */
static bool
sides_of(
    const struct archive *a, const struct block *b, uint64_t at, uint64_t from, struct sides *ret)
{
	uint64_t row = archive_block_of(a, at);
	bool fits = row < a->n_rows && a->row[row].first == b->first;

	ret->before = a->before;
	for (uint64_t i = 0; i < row && fits; i++)
		fits = merkle_push_cover(
		    &ret->before, a->sha, a->row[i].count, a->row[i].nodes[0], a->row[i].n_nodes);
	for (uint64_t p = b->first; p < at && fits; p++)
		fits = merkle_push(&ret->before, a->sha, 0, b->leaf[p - b->first]);
	merkle_init(&ret->behind, from);
	for (uint64_t p = from; p < b->first + b->n && fits; p++)
		fits = merkle_push(&ret->behind, a->sha, 0, b->leaf[p - b->first]);
	return fits && rows_behind(a, &ret->behind, row + 1);
}

const char *
archive_cannot_prove(const struct archive *a)
{
	if (!a->readable)
		return "it cannot be read as an archive";
	if (!a->sealed)
		return "it was never sealed, so nobody has signed what a proof would lead to";
	if (a->seal_sig == SIG_FALSE)
		return "the signature of its seal is false";
	return a->root_signed ? NULL : "its seal is not over the records that it holds";
}

bool
archive_inclusion(const struct archive *a, const struct block *b, uint64_t position,
    struct path *ret, uint8_t ret_leaf[32])
{
	struct sides s;

	if (!a->readable || position < b->first || position >= b->first + b->n ||
	    !sides_of(a, b, position, position + 1, &s))
		return false;
	memcpy(ret_leaf, b->leaf[position - b->first], 32);
	return path_inclusion(ret, a->sha, &s.before, &s.behind);
}

/* What the file remembers of a checkpoint before its beginning (S-9). false: nothing. */
static bool
remembered(const struct archive *a, uint64_t size, struct sides *ret)
{
	struct span s = span_of(a->proofs.p, a->proofs.len);
	struct proof p;
	unsigned k = (unsigned)__builtin_popcountll(size);

	while (proof_next(&s, &p) == 1)
		if (p.size == size) {
			merkle_init(&ret->behind, size);
			return p.n >= k &&
			    merkle_from_compact(&ret->before, a->sha, size, p.hash, k) &&
			    merkle_push_cover(
				&ret->behind, a->sha, a->next - size, p.hash + 32 * k, p.n - k);
		}
	return false;
}

/* A size among the file's own records. As archive_consistency. */
static int
grown_from(struct archive *a, uint64_t size, struct sides *ret, struct findings *f, struct err *e)
{
	uint64_t row = archive_block_of(a, size);
	struct unpacker *u;
	struct block b;
	struct buf blob;
	int rc;

	if (row >= a->n_rows)
		return 1;
	if ((u = archive_unpacker(a)) == NULL)
		return err_nomem(e);
	buf_init(&blob, EX_MAX_BLOB);
	if ((rc = archive_block(a, row, u, &blob, &b, f, e)) == 0)
		rc = !sides_of(a, &b, size, size, ret);
	unpacker_free(u);
	buf_release(&blob);
	return rc;
}

int
archive_consistency(struct archive *a, uint64_t size, struct path *ret, uint8_t ret_root[32],
    struct findings *f, struct err *e)
{
	struct sides s;
	int rc;

	if (!a->readable || size == 0 || size > a->next)
		return 1;
	if (size < a->first && !remembered(a, size, &s))
		return 1;
	if (size == a->next) {
		s.before = a->tree;
		merkle_init(&s.behind, size);
	} else if (size >= a->first && (rc = grown_from(a, size, &s, f, e)) != 0) {
		return rc;
	}
	merkle_root(&s.before, a->sha, ret_root);
	return !path_consistency(ret, a->sha, &s.before, &s.behind);
}
