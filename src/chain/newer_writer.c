/*
 * The newer generation of the source (reference: source-hash-chain 11, "Fix after this
 * snapshot"): rows carry insert_seq, and each is linked to the row of its correlation with the
 * greatest one before its own. Rows of a database that was upgraded carry numbers in the order in
 * which they were stored; so a number is trusted only behind rows that can have been written by the
 * newer writer alone.
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

/* What is looked at: rows that are numbered, and name a predecessor or say that there is none. */
struct numbered {
	struct rows *rows;
	uint32_t *row, n; /* in the order of correlations, later of numbers alone */
	uint8_t *state;   /* of each row of all, by its number */
	/* how many rows hang on each row, and how many begin each correlation, by links alone */
	uint32_t *children, *roots;
	struct files files;
};

/* Rows are gathered, and the files that they come from: numbers of two files are not compared.
 * -1: no memory. */
static int
gather(struct numbered *x, struct rows *rows)
{
	uint64_t block = 0;

	x->rows = rows;
	x->files.rows = rows;
	x->files.start = calloc(rows->n_archives + 1, sizeof *x->files.start);
	x->row = malloc((rows->events + 1) * sizeof *x->row);
	x->state = calloc(rows->events + 1, 1);
	x->children = calloc(rows->events + 1, sizeof *x->children);
	x->roots = calloc(rows->correlations + 1, sizeof *x->roots);
	if (x->files.start == NULL || x->row == NULL || x->state == NULL || x->children == NULL ||
	    x->roots == NULL)
		return -1;
	for (unsigned k = 0; k < rows->n_archives; k++) {
		x->files.start[k] = rows->block_event[block];
		block += archive_blocks(rows->archive[k]);
	}
	for (uint64_t i = 0; i < rows->events; i++)
		if (rows->seq[i] && rows->event[i].link != LINK_NONE)
			x->row[x->n++] = (uint32_t)i;
	return 0;
}

static void
numbered_release(struct numbered *x)
{
	free(x->files.start);
	free(x->row);
	free(x->state);
	free(x->children);
	free(x->roots);
}

static void
count_branches(struct numbered *x)
{
	const struct rows *rows = x->rows;

	for (uint32_t i = 0; i < x->n; i++) {
		uint32_t e = x->row[i], p = rows->node[e].parent;

		if (!shape_stands(rows, e))
			continue;
		if (rows->event[e].link == LINK_LINKED && p != EVENT_NONE)
			x->children[p]++;
		x->roots[rows->node[e].corr] += rows->event[e].link == LINK_FIRST;
	}
}

/* Does another row stand where this one does? The newer writer makes a line, whatever its numbers
 * say. */
static bool
branched(const struct numbered *x, uint32_t e)
{
	uint32_t p = x->rows->node[e].parent;

	return x->rows->event[e].link == LINK_FIRST ? x->roots[x->rows->node[e].corr] > 1 :
						      p != EVENT_NONE && x->children[p] > 1;
}

/* Are at most FEW correlations numbered otherwise than they are linked? */
static bool
few(const struct numbered *x)
{
	const struct rows *rows = x->rows;
	uint32_t odd[FEW], n_odd = 0, k;

	for (uint32_t i = 0; i < x->n; i++) {
		uint32_t e = x->row[i];

		if (x->state[e] != DIFFERS)
			continue;
		for (k = 0; k < n_odd && odd[k] != rows->node[e].corr; k++)
			;
		if (k == FEW)
			return false;
		odd[k] = rows->node[e].corr;
		n_odd += k == n_odd;
	}
	return true;
}

/*
 * What a row's number says of its link. before: the row of its correlation with the greatest
 * number before its own; best: the one that the older writer's rule would have taken. The two rules
 * differ only where time and number disagree, so agreeing proves the newer one only there. A row
 * that names another contradicts it within a file; across files that may be a gap.
 */
static uint8_t
state_of(const struct numbered *x, uint32_t e, uint32_t before, uint32_t best)
{
	const struct rows *rows = x->rows;

	if (rows->node[e].parent == before)
		return before == best || !shape_stands(rows, e) ? AGREES : PROVES;
	if (shape_stands(rows, e) && shape_stands(rows, before) &&
	    (rows->event[e].link == LINK_FIRST || rows->event[e].link == LINK_LINKED))
		return file_of(&x->files, before) == file_of(&x->files, e) ? DIFFERS : PARTED;
	return NEUTRAL;
}

/* Of each correlation in the order of numbers: does each row name the one before? */
static void
compare_rules(struct numbered *x)
{
	struct rows *rows = x->rows;
	uint32_t end;

	if (x->n)
		qsort_r(x->row, x->n, sizeof *x->row, by_correlation_and_seq, &x->files);
	for (uint32_t from = 0; from < x->n; from = end) {
		uint32_t best = x->row[from];

		for (end = from + 1;
		     end < x->n && rows->node[x->row[end]].corr == rows->node[x->row[from]].corr;
		     end++) {
			uint32_t e = x->row[end];

			x->state[e] = state_of(x, e, x->row[end - 1], best);
			if (shape_sorts_after(rows, e, best))
				best = e;
		}
		mark_newer(rows, x->row + from, end - from, x->state);
	}
}

/*
 * Rows whose numbers contradict their links, where the links make a line: numbers are hashed by
 * nobody. Where few correlations have such rows and enough others can be the newer writer's alone,
 * the whole database is its work; else only what stands behind the proofs.
 */
static int
renumbered(struct shape *s, const struct numbered *x)
{
	uint32_t proofs = 0;

	for (uint32_t i = 0; i < x->n; i++)
		proofs += x->state[x->row[i]] == PROVES;
	if (proofs < PROOF)
		return 0;
	proofs = few(x) ? PROOF : 0;
	for (uint32_t i = 0; i < x->n; i++) {
		uint32_t e = x->row[i];

		if (x->state[e] == DIFFERS && proofs < PROOF)
			proofs = 0; /* still rows of the older writer */
		proofs += x->state[e] == PROVES;
		if (x->state[e] == DIFFERS && proofs >= PROOF && !branched(x, e) &&
		    shape_add(s, e, x->rows->node[e].corr, F_S36))
			return -1;
	}
	return 0;
}

/*
 * Where the newer writer began, in the order of numbers: rows that contradict it end what was
 * proved before, until enough prove it. Rows before that are the older writer's, and are judged by
 * its rule (shape.c). Too few proofs are no proof: then nothing is said of it.
 */
static int
beginning(struct shape *s, const struct numbered *x)
{
	const struct rows *rows = x->rows;
	uint32_t proofs = 0;

	for (uint32_t i = 0; i < x->n; i++) {
		uint32_t e = x->row[i], parent = rows->node[e].parent;

		if (x->state[e] == DIFFERS && proofs < PROOF) {
			proofs = 0;
			s->seq_rows = 0;
		}
		s->seq_rows++;
		if (s->seq_rows == 1)
			s->seq_from = rows->seq[e];
		proofs += x->state[e] == PROVES;
		if (x->state[e] != DIFFERS || proofs < PROOF)
			continue;
		s->seq_odd++;
		/* a line, numbered otherwise: renumbered() tells of it */
		if (!branched(x, e))
			continue;
		/* a parent that does not stand proves nothing of the fork at it; one without
		 * parent stands beside the correlation's first row */
		if (parent != EVENT_NONE &&
		    (shape_add(s, parent, parent, F_S23) || shape_add(s, e, parent, F_S23)))
			return -1;
		s->unexplained += parent != EVENT_NONE;
	}
	s->seq_proved = proofs >= PROOF;
	return 0;
}

/* Where a file begins on another row than the last one of the file before: all that hang on that
 * row (restored.h). */
static int
partings(struct shape *s, struct numbered *x)
{
	const struct rows *rows = x->rows;
	uint32_t *children = x->children;
	bool any = false;

	for (uint32_t i = 0; i < x->n; i++) {
		uint32_t e = x->row[i], p = rows->node[e].parent;

		if (x->state[e] != PARTED || p == EVENT_NONE || children[p] < 2)
			continue;
		any = true;
		if (children[p] != UINT32_MAX && shape_add(s, p, p, F_S23))
			return -1;
		s->unexplained += children[p] != UINT32_MAX;
		children[p] = UINT32_MAX; /* marks it */
	}
	for (uint32_t i = 0; i < x->n && any; i++) {
		uint32_t e = x->row[i], p = rows->node[e].parent;

		if (p != EVENT_NONE && rows->event[e].link == LINK_LINKED &&
		    shape_stands(rows, e) && children[p] == UINT32_MAX && shape_add(s, e, p, F_S23))
			return -1;
	}
	return 0;
}

int
insert_seq_check(struct shape *s, struct rows *rows)
{
	struct numbered x = { .n = 0 };
	int rc = -1;

	/* no row is numbered: the older writer */
	if (rows->seq == NULL)
		return 0;
	if (gather(&x, rows))
		goto out;
	compare_rules(&x);
	count_branches(&x);
	/* from here on over all correlations, in the order of storing */
	if (x.n)
		qsort_r(x.row, x.n, sizeof *x.row, by_seq, rows);
	if (renumbered(s, &x) || beginning(s, &x))
		goto out;
	rc = s->seq_proved ? partings(s, &x) : 0;
out:
	numbered_release(&x);
	return rc;
}
