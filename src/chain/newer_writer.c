/*
 * The newer generation of the source (reference: source-hash-chain 11, "Fix after this
 * snapshot"): rows carry insert_seq, and each is linked to the
 * row of its correlation with the greatest one before its own. Rows of a database that was
 * upgraded carry numbers in the order in which they were
 * stored; so a number is trusted only behind rows that can have been written by the newer writer
 * alone.
 */
#include <stdlib.h>
#include <string.h>

#include "chain/shape.h"

/* correlations that somebody may have numbered otherwise, in a database that is the newer
 * writer's own */
#define FEW 3u
/* rows in a row of the newer kind before one that is not may be called odd */
#define PROOF 20u

/* PROVES: it agrees where the older writer would have chosen another row; PARTED: it differs where
 * a file begins. */
enum { NEUTRAL, AGREES, PROVES, DIFFERS, PARTED };

static int
by_seq(const void *pa, const void *pb, void *arg)
{
	const struct rows *rows = arg;
	uint32_t a = *(const uint32_t *)pa, b = *(const uint32_t *)pb;

	return rows->seq[a] != rows->seq[b] ? rows->seq[a] < rows->seq[b] ? -1 : 1 :
	    a < b                           ? -1 :
					      a > b;
}

/* What is sorted: rows, and where the rows of each file begin. */
struct files {
	const struct rows *rows;
	uint64_t *start;
};

static uint32_t
file_of(const struct files *f, uint32_t e)
{
	uint32_t lo = 0, hi = f->rows->n_archives;

	while (hi - lo > 1) {
		uint32_t mid = (lo + hi) / 2;

		if (f->start[mid] <= e)
			lo = mid;
		else
			hi = mid;
	}
	return lo;
}

/* In one correlation files follow one another: a database that was restored hands out numbers
 * again. */
static int
by_correlation_and_seq(const void *pa, const void *pb, void *arg)
{
	struct files *f = arg;
	const struct rows *rows = f->rows;
	uint32_t a = *(const uint32_t *)pa, b = *(const uint32_t *)pb, fa, fb;

	if (rows->node[a].corr != rows->node[b].corr)
		return rows->node[a].corr < rows->node[b].corr ? -1 : 1;
	fa = file_of(f, a);
	fb = file_of(f, b);
	return fa != fb ? fa < fb ? -1 : 1 : by_seq(pa, pb, (void *)rows);
}

/*
 * Rows that all follow the newer rule up to the correlation's last need no other. The first row
 * that the newer writer puts into a correlation hangs
 * on whichever row has the greatest number, any of the older ones, and forks that these make are
 * nothing that the older rule could explain.
 */
static void
mark_newer(struct rows *rows, const uint32_t *row, uint32_t n, const uint8_t *state)
{
	for (; n && state[row[n - 1]] != DIFFERS; n--) {
		uint32_t e = row[n - 1];

		/* a row that is not as it was hashed says nothing of the one behind it */
		rows->event[e].newer = state[e] != NEUTRAL || rows->event[e].link == LINK_MISSING ||
		    n == 1 || !shape_stands(rows, row[n - 2]);
	}
}

/* How many rows hang on each row, and how many begin each correlation, by links alone. */
struct branches {
	uint32_t *children, *roots;
};

static int
count_branches(struct branches *b, const struct rows *rows, const uint32_t *row, uint32_t n)
{
	b->children = calloc(rows->events + 1, sizeof *b->children);
	b->roots = calloc(rows->correlations + 1, sizeof *b->roots);
	if (b->children == NULL || b->roots == NULL)
		return -1;
	for (uint32_t i = 0; i < n; i++) {
		uint32_t e = row[i], p = rows->node[e].parent;

		if (!shape_stands(rows, e))
			continue;
		if (rows->event[e].link == LINK_LINKED && p != EVENT_NONE)
			b->children[p]++;
		b->roots[rows->node[e].corr] += rows->event[e].link == LINK_FIRST;
	}
	return 0;
}

/* Does another row stand where this one does? The newer writer makes a line, whatever its numbers
 * say. */
static bool
branched(const struct branches *b, const struct rows *rows, uint32_t e)
{
	uint32_t p = rows->node[e].parent;

	return rows->event[e].link == LINK_FIRST ? b->roots[rows->node[e].corr] > 1 :
						   p != EVENT_NONE && b->children[p] > 1;
}

/* Are at most FEW correlations numbered otherwise than they are linked? */
static bool
few(const struct rows *rows, const uint32_t *row, uint32_t n, const uint8_t *state)
{
	uint32_t odd[FEW], n_odd = 0, k;

	for (uint32_t i = 0; i < n; i++) {
		if (state[row[i]] != DIFFERS)
			continue;
		for (k = 0; k < n_odd && odd[k] != rows->node[row[i]].corr; k++)
			;
		if (k == FEW)
			return false;
		odd[k] = rows->node[row[i]].corr;
		n_odd += k == n_odd;
	}
	return true;
}

/*
 * Rows whose numbers contradict their links, where the links make a line: numbers are hashed by
 * nobody. Where few correlations have such rows and enough others can be the newer writer's alone,
 * the whole database is its work; else only what stands behind the proofs.
 */
static int
renumbered(struct shape *s, const struct rows *rows, const uint32_t *row, uint32_t n,
    const uint8_t *state, const struct branches *b)
{
	uint32_t proofs = 0;

	for (uint32_t i = 0; i < n; i++)
		proofs += state[row[i]] == PROVES;
	if (proofs < PROOF)
		return 0;
	proofs = few(rows, row, n, state) ? PROOF : 0;
	for (uint32_t i = 0; i < n; i++) {
		uint32_t e = row[i];

		if (state[e] == DIFFERS && proofs < PROOF)
			proofs = 0; /* still rows of the older writer */
		proofs += state[e] == PROVES;
		if (state[e] == DIFFERS && proofs >= PROOF && !branched(b, rows, e) &&
		    shape_add(s, e, rows->node[e].corr, F_S36))
			return -1;
	}
	return 0;
}

/* Where a file begins on another row than the last one of the file before: all that hang on that
 * row (restored.h). */
static int
partings(struct shape *s, struct rows *rows, const uint32_t *row, uint32_t n, const uint8_t *state,
    struct branches *b)
{
	bool any = false;

	for (uint32_t i = 0; i < n; i++) {
		uint32_t e = row[i], p = rows->node[e].parent;

		if (state[e] != PARTED || p == EVENT_NONE || b->children[p] < 2)
			continue;
		any = true;
		if (b->children[p] != UINT32_MAX && shape_add(s, p, p, F_S23))
			return -1;
		s->unexplained += b->children[p] != UINT32_MAX;
		b->children[p] = UINT32_MAX; /* marks it */
	}
	for (uint32_t i = 0; i < n && any; i++) {
		uint32_t e = row[i], p = rows->node[e].parent;

		if (p != EVENT_NONE && rows->event[e].link == LINK_LINKED &&
		    shape_stands(rows, e) && b->children[p] == UINT32_MAX &&
		    shape_add(s, e, p, F_S23))
			return -1;
	}
	return 0;
}

int
insert_seq_check(struct shape *s, struct rows *rows)
{
	uint32_t *row, n = 0, first = 0, best = EVENT_NONE, proofs = 0;
	struct branches b = { NULL, NULL };
	struct files f = { rows, NULL };
	uint8_t *state;
	int rc = -1;

	/* no row is numbered: the older writer */
	if (rows->seq == NULL)
		return 0;
	if ((f.start = calloc(rows->n_archives + 1, sizeof *f.start)) == NULL)
		return -1;
	/* where the events of each file begin: numbers of two files are not compared */
	for (uint64_t k = 0, block = 0; k < rows->n_archives;
	     block += archive_blocks(rows->archive[k++]))
		f.start[k] = rows->block_event[block];
	row = malloc((rows->events + 1) * sizeof *row);
	state = calloc(rows->events + 1, 1);
	if (row == NULL || state == NULL)
		goto out;
	/* rows that name a predecessor, or none, and are numbered */
	for (uint64_t i = 0; i < rows->events; i++)
		if (rows->seq[i] && rows->event[i].link != LINK_NONE)
			row[n++] = (uint32_t)i;
	if (n)
		qsort_r(row, n, sizeof *row, by_correlation_and_seq, &f);
	/* Of a correlation in the order of numbers: does each name the one before? The older
	 * writer's rule and the newer one's differ only where time and number disagree. */
	for (uint32_t i = 0; i < n; i++) {
		uint32_t e = row[i],
			 before = i && rows->node[row[i - 1]].corr == rows->node[e].corr ?
		    row[i - 1] :
		    EVENT_NONE;

		if (before == EVENT_NONE)
			best = EVENT_NONE;
		else if (rows->node[e].parent == before)
			/* it names the one before; whether that proves the newer rule depends on
			 * what the older would name */
			state[e] = before == best || !shape_stands(rows, e) ? AGREES : PROVES;
		else if (shape_stands(rows, e) && shape_stands(rows, before) &&
		    (rows->event[e].link == LINK_FIRST || rows->event[e].link == LINK_LINKED))
			/* it names another: within a file that contradicts the newer rule, across
			 * files it may be a gap */
			state[e] = file_of(&f, before) == file_of(&f, e) ? DIFFERS : PARTED;
		/* whom the older writer's rule would have taken */
		if (best == EVENT_NONE || shape_sorts_after(rows, e, best))
			best = e;
		if (i + 1 == n || rows->node[row[i + 1]].corr != rows->node[e].corr) {
			mark_newer(rows, row + first, i + 1 - first, state);
			first = i + 1;
		}
	}
	if (n)
		qsort_r(row, n, sizeof *row, by_seq, rows);
	if (count_branches(&b, rows, row, n) || renumbered(s, rows, row, n, state, &b))
		goto out;
	/* Where the newer writer began: rows that contradict it end what was proved before, until
	 * enough prove it. */
	for (uint32_t i = 0; i < n; i++) {
		uint32_t e = row[i], parent = rows->node[e].parent;

		if (state[e] == DIFFERS && proofs < PROOF) {
			proofs = 0; /* still rows of the older writer */
			s->seq_rows = 0;
		}
		s->seq_rows++;
		if (s->seq_rows == 1)
			s->seq_from = rows->seq[e];
		proofs += state[e] == PROVES;
		/* rows before the change are the older writer's, and are judged by its rule
		 * (shape.c) */
		if (state[e] != DIFFERS || proofs < PROOF)
			continue;
		s->seq_odd++;
		if (!branched(&b, rows, e))
			continue; /* a line, numbered otherwise */
		/* a parent that does not stand proves nothing of the fork at it; one without
		 * parent stands beside the correlation's first row */
		if (parent != EVENT_NONE &&
		    (shape_add(s, parent, parent, F_S23) || shape_add(s, e, parent, F_S23)))
			goto out;
		s->unexplained += parent != EVENT_NONE;
	}
	/* too few proofs are no proof: then nothing is said of it */
	s->seq_proved = proofs >= PROOF;
	rc = s->seq_proved ? partings(s, rows, row, n, state, &b) : 0;
out:
	free(f.start);
	free(row);
	free(state);
	free(b.children);
	free(b.roots);
	return rc;
}
