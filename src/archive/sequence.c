#include "archive/sequence.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "archive/history.h"
#include "archive/reader_inner.h"
#include "base/text.h"

/* Unreadable files last; then by log, beginning, and the longer one first; what is whole before a
 * disclosure copy of it. */
static int
compare(const struct archive *a, const struct archive *b)
{
	int c = a->readable != b->readable ? (a->readable ? -1 : 1) : strcmp(a->origin, b->origin);

	if (c == 0)
		c = a->first != b->first ? (a->first < b->first ? -1 : 1) :
		    a->next != b->next   ? (a->next > b->next ? -1 : 1) :
					   (int)a->disclosed - (int)b->disclosed;
	return c;
}

void
sequence_sort(struct archive **a, unsigned n, struct findings *f)
{
	unsigned *now = calloc(n ? n : 1, sizeof *now);

	if (now == NULL) {
		f->failed = true;
		return;
	}
	for (unsigned i = 1; i < n; i++)
		for (unsigned k = i; k && compare(a[k], a[k - 1]) < 0; k--) {
			struct archive *t = a[k];

			a[k] = a[k - 1];
			a[k - 1] = t;
		}
	for (unsigned i = 0; i < n; i++) {
		now[a[i]->at.file] = i;
		a[i]->at.file = i;
	}
	for (unsigned i = 0; i < f->n; i++)
		f->f[i].file = now[f->f[i].file];
	free(now);
}

/* The root over [0, size) for a size among the file's records: whole blocks from their rows, the
 * last one record by record. */
static int
root_inside(struct archive *a, uint64_t size, uint8_t ret[32], struct err *e)
{
	struct merkle m = a->before;
	struct findings ignore = { 0 };
	struct unpacker *u = NULL;
	struct block b;
	struct buf blob;
	uint64_t i = 0;
	int rc = 1;

	/* whole blocks by the nodes in their rows: nothing is decompressed */
	for (; i < a->n_rows && a->row[i].first + a->row[i].count <= size; i++)
		if (!merkle_push_cover(
			&m, a->sha, a->row[i].count, a->row[i].nodes[0], a->row[i].n_nodes))
			return 0;
	buf_init(&blob, EX_MAX_BLOB);
	/* a size inside of a block: its first records one by one */
	if (m.next < size) {
		if ((u = archive_unpacker(a)) == NULL)
			rc = err_nomem(e);
		else if ((rc = archive_block(a, i, u, &blob, &b, &ignore, e)))
			rc = rc < 0 ? -1 : 0;
		else
			for (rc = 1; m.next < size;)
				merkle_push(&m, a->sha, 0, b.leaf[m.next - b.first]);
	}
	if (rc == 1)
		merkle_root(&m, a->sha, ret);
	unpacker_free(u);
	buf_release(&blob);
	findings_release(&ignore);
	return rc;
}

int
sequence_root_at(struct archive *a, uint64_t size, uint8_t ret[32], struct err *e)
{
	if (!a->readable || size == 0 || size > a->next)
		return 0;
	if (history_root_at(a, size, ret))
		return 1;
	return size > a->first ? root_inside(a, size, ret, e) : 0;
}

static void
fork(struct findings *f, struct archive *a, struct archive *b, uint64_t size, const uint8_t one[32],
    const uint8_t other[32])
{
	char place[64];

	snprintf(place, sizeof place, "size %" PRIu64 " of the log %.20s", size, a->origin);
	finding_digests(finding_say(f, L02_FORK, b->at.file, place,
			    GIVING(TEXT(archive_name(a)), TEXT(archive_name(b)), TEXT(a->origin))),
	    one, other);
}

/* Two files of one log, a before b in their order. Compares the tree at a's end, or at b's where b
 * is shorter. */
static int
check_pair(
    struct archive *a, struct archive *b, struct findings *f, bool *ret_proved, struct err *e)
{
	uint64_t size = a->next < b->next ? a->next : b->next;
	uint8_t one[32], other[32];
	int x = 0, y;

	struct span sp = span_of(b->proofs.p, b->proofs.len);
	struct proof p;

	*ret_proved = false;
	/* what the later file remembers of sizes that the earlier one holds */
	while (x >= 0 && proof_next(&sp, &p) == 1)
		if (p.size > a->first && p.size < a->next &&
		    (x = sequence_root_at(a, p.size, one, e)) > 0 && memcmp(one, p.root, 32)) {
			fork(f, a, b, p.size, one, p.root);
			return 0;
		}
	/* then both trees at the size that both reach */
	x = x < 0 ? x : sequence_root_at(a, size, one, e);
	y = x > 0 ? sequence_root_at(b, size, other, e) : 0;
	if (x < 0 || y < 0)
		return -1;
	if (x == 0 || y == 0)
		return 0;
	if (memcmp(one, other, 32)) {
		fork(f, a, b, size, one, other);
		return 0;
	}
	/* same tree at the same size: the later file repeats or goes on */
	/* same tree at the same size: the later file repeats, or goes on */
	*ret_proved = true;
	if (b->first < a->next) {
		b->copy = b->next <= a->next;
		if (b->copy)
			finding_say(f,
			    b->first == a->first && b->next == a->next ? L03_SAME : L03_OLDER,
			    b->at.file, "the file",
			    GIVING(TEXT(archive_name(b)), TEXT(archive_name(a))));
		else
			finding_say(f, L02_OVERLAP, b->at.file, "the file",
			    GIVING(TEXT(archive_name(a)), TEXT(archive_name(b)), NUM(b->first),
				NUM(a->next - 1)));
	}
	return 0;
}

static void
check_step(struct archive *a, struct archive *b, bool proved, struct findings *f)
{
	char place[96];

	if (b->first > a->next) {
		snprintf(place, sizeof place, "positions %" PRIu64 " to %" PRIu64, a->next,
		    b->first - 1);
		finding_say(f, proved ? L01_PROVED : L01_NOT_PROVED, b->at.file, place,
		    GIVING(NUM(b->first - a->next), TEXT(a->origin), TEXT(archive_name(a)),
			TEXT(archive_name(b))));
	} else if (b->first == a->next && !a->disclosed &&
	    memcmp(b->prev_chain, a->row[a->n_rows - 1].chain, 32)) {
		fork(f, a, b, b->first, a->row[a->n_rows - 1].chain, b->prev_chain);
	}
}

int
sequence_check(struct archive *const *a, unsigned n, struct findings *f, struct err *e)
{
	for (unsigned i = 0; i < n; i++) {
		struct archive *last = NULL;
		bool proved = false, last_proved = false;

		if (!a[i]->readable)
			continue;
		for (unsigned k = 0; k < i; k++) {
			if (!a[k]->readable || strcmp(a[k]->origin, a[i]->origin) || a[k]->copy)
				continue;
			/* unsealed files are of no log: only a file given twice is told */
			if (a[i]->origin[0] == '\0' &&
			    (a[k]->next != a[i]->next || memcmp(a[k]->root, a[i]->root, 32)))
				continue;
			if (check_pair(a[k], a[i], f, &proved, e))
				return -1;
			if (last == NULL || a[k]->next > last->next) {
				last = a[k];
				last_proved = proved;
			}
		}
		if (a[i]->origin[0] && last && !a[i]->copy)
			check_step(last, a[i], last_proved, f);
	}
	return f->failed ? err_nomem(e) : 0;
}
