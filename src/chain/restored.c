#include "chain/restored_inner.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/text.h"
#include "base/vec.h"
#include "chain/across.h"

uint32_t
restored_export_of(const struct restored *x, uint32_t event)
{
	uint32_t lo = 0, hi = x->rows->n_archives;

	while (hi - lo > 1) {
		uint32_t mid = (lo + hi) / 2;

		if (x->start[mid] <= event)
			lo = mid;
		else
			hi = mid;
	}
	return lo;
}

/* Links that are proved, as a list of children for each row. */
static bool
is_child(const struct rows *rows, uint32_t e)
{
	return rows->event[e].link == LINK_LINKED && rows->node[e].parent != EVENT_NONE &&
	    shape_stands(rows, e);
}

static int
list_children(struct restored *x)
{
	const struct rows *rows = x->rows;
	uint64_t n = rows->events;

	x->first = calloc(n + 2, sizeof *x->first);
	x->child = calloc(n + 1, sizeof *x->child);
	x->stack = malloc((n + 1) * sizeof *x->stack);
	x->group = calloc(n + 1, sizeof *x->group);
	if (x->first == NULL || x->child == NULL || x->stack == NULL || x->group == NULL)
		return -1;
	for (uint32_t e = 0; e < n; e++)
		if (is_child(rows, e))
			x->first[rows->node[e].parent + 2]++;
	for (uint64_t e = 2; e < n + 2; e++)
		x->first[e] += x->first[e - 1];
	for (uint32_t e = 0; e < n; e++)
		if (is_child(rows, e))
			x->child[x->first[rows->node[e].parent + 1]++] = e;
	return 0;
}

/*
 * The first and the last file that each row and all behind it come from: one walk from the
 * beginnings of correlations, and one back. A ring hangs on nothing, is never met, and stays
 * without files.
 */
static int
list_files(struct restored *x)
{
	const struct rows *rows = x->rows;
	uint32_t n = 0;

	x->min = malloc((rows->events + 1) * sizeof *x->min);
	x->max = calloc(rows->events + 1, sizeof *x->max);
	if (x->min == NULL || x->max == NULL)
		return -1;
	for (uint32_t e = 0; e < rows->events; e++) {
		x->min[e] = UINT32_MAX;
		if (!is_child(rows, e))
			x->stack[n++] = e;
	}
	for (uint32_t i = 0; i < n; i++)
		for (uint32_t k = x->first[x->stack[i]]; k < x->first[x->stack[i] + 1]; k++)
			x->stack[n++] = x->child[k];
	while (n--) {
		uint32_t e = x->stack[n], k = restored_export_of(x, e);

		x->min[e] = k < x->min[e] ? k : x->min[e];
		x->max[e] = k > x->max[e] ? k : x->max[e];
		if (is_child(rows, e)) {
			uint32_t up = rows->node[e].parent;

			x->min[up] = x->min[e] < x->min[up] ? x->min[e] : x->min[up];
			x->max[up] = x->max[e] > x->max[up] ? x->max[e] : x->max[up];
		}
	}
	return 0;
}

/*
 * Marks a row and all behind it as abandoned at a parting; what is marked stays so, and is not gone
 * through again.
 */
static void
mark(struct restored *x, uint32_t root, uint32_t number)
{
	uint32_t n = 0;

	if (x->group[root])
		return;
	x->group[root] = number;
	x->stack[n++] = root;
	while (n) {
		uint32_t e = x->stack[--n];

		for (uint32_t i = x->first[e]; i < x->first[e + 1]; i++)
			if (x->group[x->child[i]] == 0) {
				x->group[x->child[i]] = number;
				x->stack[n++] = x->child[i];
			}
	}
}

/*
 * A branch: its first row, the files it comes from, and whether it goes on behind the place where
 * it begins.
 */
struct branch {
	uint32_t root, min, max;
	bool on;
};

static int
by_min(const void *pa, const void *pb)
{
	const struct branch *a = pa, *b = pb;

	return a->min != b->min ? a->min < b->min ? -1 : 1 :
	    a->root < b->root   ? -1 :
				  a->root > b->root;
}

/* Is (event, with) among the odd rows? Only branches that go on are. */
static bool
is_odd(const struct shape *s, uint32_t event, uint32_t with, enum finding_id id)
{
	for (const struct odd_shape *o = shape_of(s, event); o < s->odd + s->n && o->event == event;
	     o++)
		if (o->with == with && o->id == id)
			return true;
	return false;
}

/*
 * Do the branches lie one behind the other in files, and does at most one of each file go on? Then
 * the rows of all but the last are marked as abandoned.
 */
static void
judge(struct restored *x, uint32_t number, struct branch *b, uint32_t n)
{
	struct parting *p = &x->part[number];
	uint32_t end = 0, from = 0;
	unsigned on = 0, groups = 0;

	qsort(b, n, sizeof *b, by_min);
	p->later = UINT32_MAX;
	if (n == 0 || b[n - 1].min == UINT32_MAX)
		return;
	for (uint32_t i = 0; i < n; i++) {
		if (i == 0 || b[i].min > end) {
			groups++;
			on = 0;
			if (groups == 2) {
				p->later = b[i].min;
				from = i;
			}
		}
		if (b[i].max > end || i == 0)
			end = b[i].max;
		on += b[i].on;
		if (on > 1)
			return;
	}
	if (groups < 2 ||
	    strcmp(archive_origin(x->rows->archive[b[0].min]),
		archive_origin(x->rows->archive[p->later])))
		return;
	p->fits = true;
	for (uint32_t i = 0; i < from; i++)
		mark(x, b[i].root, number + 1);
}

static int
judge_fork(struct restored *x, uint32_t number)
{
	struct parting *p = &x->part[number];
	uint32_t from = x->first[p->at], n = x->first[p->at + 1] - from;
	struct branch *b = malloc((n + 1) * sizeof *b);
	bool any = false;

	if (b == NULL)
		return -1;
	for (uint32_t i = 0; i < n; i++) {
		b[i].root = x->child[from + i];
		b[i].min = x->min[b[i].root];
		b[i].max = x->max[b[i].root];
		b[i].on = is_odd(x->s, b[i].root, p->at, F_S23);
		any |= b[i].on;
	}
	if (any)
		judge(x, number, b, n);
	free(b);
	return 0;
}

/* The beginnings of a correlation: odd rows i to end of one `with`. */
static int
judge_roots(struct restored *x, uint32_t number, const uint32_t *root, uint32_t n)
{
	struct branch *b = malloc((n + 1) * sizeof *b);

	if (b == NULL)
		return -1;
	for (uint32_t i = 0; i < n; i++) {
		b[i].root = root[i];
		b[i].min = x->min[root[i]];
		b[i].max = x->max[root[i]];
		b[i].on = true;
	}
	judge(x, number, b, n);
	free(b);
	return 0;
}

struct odd_root {
	uint32_t with, event;
};

static int
by_with(const void *pa, const void *pb)
{
	const struct odd_root *a = pa, *b = pb;

	return a->with != b->with ? a->with < b->with ? -1 : 1 :
	    a->event < b->event   ? -1 :
				    a->event > b->event;
}

static int
add_part(struct restored *x, uint32_t at, bool root)
{
	void *p;

	if ((x->n & (x->n - 1)) == 0) {
		if ((p = vec_resize(x->part, x->n ? x->n * 2 : 1, sizeof *x->part)) == NULL)
			return -1;
		x->part = p;
	}
	x->part[x->n++] =
	    (struct parting){ .at = at, .corr = x->rows->node[at].corr, .root = root };
	return 0;
}

/* All places where branches part, each judged by the files its rows come from. */
static int
find_partings(struct restored *x)
{
	struct odd_root *o = malloc((x->s->n + 1) * sizeof *o);
	uint32_t *root = malloc((x->s->n + 1) * sizeof *root), n = 0;
	int rc = o && root ? 0 : -1;

	for (uint64_t i = 0; i < x->s->n && rc == 0; i++) {
		const struct odd_shape *w = &x->s->odd[i];

		if (w->id == F_S23 && w->event == w->with)
			rc = add_part(x, w->with, false) || judge_fork(x, x->n - 1) ? -1 : 0;
		else if (w->id == F_S24)
			o[n++] = (struct odd_root){ w->with, w->event };
	}
	if (n && rc == 0)
		qsort(o, n, sizeof *o, by_with);
	for (uint32_t i = 0, end; i < n && rc == 0; i = end) {
		for (end = i; end < n && o[end].with == o[i].with; end++)
			root[end - i] = o[end].event;
		rc = add_part(x, o[i].with, true) || judge_roots(x, x->n - 1, root, end - i) ? -1 :
											       0;
	}
	free(o);
	free(root);
	return rc;
}

static int
by_bytes(const void *a, const void *b)
{
	return memcmp(a, b, 20);
}

/* The ids that later files name as vanished. */
static int
list_gone(struct restored *x)
{
	const struct findings *l = x->rows->findings;
	uint64_t n = 0;

	for (unsigned i = 0; i < l->n; i++)
		n += l->f[i].id == F_S14 ? l->f[i].n_events : 0;
	if ((x->gone = malloc((n + 1) * sizeof *x->gone)) == NULL)
		return -1;
	for (unsigned i = 0; i < l->n; i++)
		for (unsigned k = 0; l->f[i].id == F_S14 && k < l->f[i].n_events; k++) {
			memcpy(x->gone[x->n_gone], l->f[i].event[k], 16);
			store_be(x->gone[x->n_gone++] + 16, l->f[i].file, 4);
		}
	if (x->n_gone)
		qsort(x->gone, x->n_gone, sizeof *x->gone, by_bytes);
	return 0;
}

/* Does a file from `later` on say that this row is gone? */
static bool
is_gone(const struct restored *x, const uint8_t id[16], uint32_t later)
{
	uint8_t key[20];
	uint64_t lo = 0, hi = x->n_gone;

	memcpy(key, id, 16);
	store_be(key + 16, archive_file(x->rows->archive[later]), 4);
	while (lo < hi) {
		uint64_t mid = (lo + hi) / 2;

		if (memcmp(x->gone[mid], key, 20) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < x->n_gone && memcmp(x->gone[lo], id, 16) == 0;
}

/*
 * One row: first whether an abandoned one is still in the source; then, told, its id and its
 * correlation.
 */
static int
look(void *arg, const struct rows *rows, const struct record *r, struct str corr,
    const struct event_result *result, const char *variant)
{
	struct restored *x = arg;
	uint32_t e = (uint32_t)x->at++, g = x->group[e], c = rows->node[e].corr;
	struct parting *p = g ? &x->part[g - 1] : NULL;
	struct export *to;
	struct finding *f;

	(void)result;
	(void)variant;
	/* no row of an abandoned branch */
	if (p == NULL || !p->fits)
		return 0;
	to = &x->export[p->later];
	/* first pass: an abandoned row that is in the source still was not abandoned */
	if (!x->telling) {
		p->kept |= to->tells && !is_gone(x, r->id, p->later);
		return 0;
	}
	/* second pass: what was abandoned, from when on */
	to->abandoned++;
	if (rows->node[e].time != INT64_MIN && rows->node[e].time < to->until)
		to->until = rows->node[e].time;
	if (to->finding == UINT32_MAX)
		return 0;
	/* ids are named up to a limit, correlations once each */
	f = &x->rows->findings->f[to->finding];
	if (f->n_events < IDS)
		finding_event(x->rows->findings, f, r->id);
	if (!(x->corr_named[c / 8] >> c % 8 & 1)) {
		x->corr_named[c / 8] |= (unsigned char)(1u << c % 8);
		if (f->n_correlations < IDS) {
			char *name = strndup(corr.p, corr.n);

			if (name == NULL)
				return -1;
			finding_names(x->rows->findings, f, name);
			free(name);
		} else {
			f->more_correlations++;
		}
	}
	return 0;
}

/* Takes what is explained out of the shape. */
static int
take_out(struct restored *x)
{
	struct shape *s = x->s;
	unsigned char *out = calloc(x->rows->events + 1, 1);
	uint64_t k = 0;

	if (out == NULL)
		return -1;
	for (uint32_t j = 0; j < x->n; j++)
		if (x->part[j].fits)
			out[x->part[j].at] |= x->part[j].root ? 2 : 1;
	for (uint64_t i = 0; i < s->n; i++) {
		unsigned bit = s->odd[i].id == F_S23 ? 1 : s->odd[i].id == F_S24 ? 2 : 0;

		if (!(out[bit ? s->odd[i].with : 0] & bit))
			s->odd[k++] = s->odd[i];
	}
	s->n = k;
	free(out);
	return 0;
}

/* What each file says of its database: another one is the best explanation. */
static int
list_exports(struct restored *x)
{
	struct rows *rows = x->rows;
	uint64_t blocks = 0;

	x->export = calloc(rows->n_archives, sizeof *x->export);
	x->start = calloc(rows->n_archives + 1, sizeof *x->start);
	x->corr_named = calloc(rows->correlations / 8 + 1, 1);
	if (x->export == NULL || x->start == NULL || x->corr_named == NULL)
		return -1;
	for (unsigned k = 0; k < rows->n_archives; k++) {
		x->start[k] = rows->block_event[blocks];
		blocks += archive_blocks(rows->archive[k]);
		x->export[k] = (struct export){
			.since = INT64_MIN, .until = INT64_MAX, .finding = UINT32_MAX
		};
		restored_identity(rows->archive[k], &x->export[k]);
	}
	x->start[rows->n_archives] = rows->events;
	return 0;
}

/* Forks that are explained so are no unexplained ones. */
static void
settle_forks(struct restored *x)
{
	for (uint32_t i = 0; i < x->n; i++) {
		struct parting *p = &x->part[i];
		struct export *to;

		p->fits &= !p->kept;
		if (!p->fits || p->root)
			continue;
		to = &x->export[p->later];
		to->forks++;
		if (x->rows->node[p->at].time > to->since)
			to->since = x->rows->node[p->at].time;
		x->s->unexplained -= x->s->unexplained > 0;
	}
}

/*
 * A correlation that begins again can be a purge's work as well; it belongs here where other things
 * do: forks, numbers that were given again, another identity of the database.
 */
static void
settle_roots(struct restored *x)
{
	for (uint32_t i = 0; i < x->n; i++) {
		struct parting *p = &x->part[i];
		const struct export *before;
		struct export *to;

		if (!p->fits || !p->root)
			continue;
		to = &x->export[p->later];
		before = &x->export[restored_before(x, p->later)];
		p->fits = to->forks || to->reused ||
		    (to->identity[0] && before->identity[0] &&
			strcmp(to->identity, before->identity));
		to->restarts += p->fits;
	}
}

/* One finding a file, whose sentence is made when all is counted. */
static void
say_found(struct restored *x)
{
	struct findings *l = x->rows->findings;

	for (uint32_t k = 0; k < x->rows->n_archives; k++) {
		struct export *to = &x->export[k];
		struct finding *f;

		if (!to->forks && !to->restarts && !to->reused)
			continue;
		f = finding_say(l, S37_COUNTING, archive_file(x->rows->archive[k]),
		    "source records", GIVING_NOTHING);
		to->finding = f ? (unsigned)(f - l->f) : UINT32_MAX;
	}
}

static void
restored_release(struct restored *x)
{
	free(x->export);
	free(x->start);
	free(x->child);
	free(x->first);
	free(x->stack);
	free(x->min);
	free(x->max);
	free(x->group);
	free(x->part);
	free(x->gone);
	free(x->corr_named);
}

int
restored_find(struct shape *s, struct rows *rows, struct err *e)
{
	struct restored x = { .rows = rows, .s = s };
	bool forked = false;
	int rc = -1;

	/* a restored database leaves a fork, a second beginning, or numbers that were given
	 * again */
	for (uint64_t i = 0; i < s->n && !forked; i++)
		forked = s->odd[i].id == F_S23 || s->odd[i].id == F_S24;
	/* within one file nothing can have been restored */
	if (rows->n_archives < 2 || (!forked && rows->seq == NULL))
		return 0;
	/* children, files, forks and numbers, in this order: each rests on the one before */
	if (list_exports(&x) || list_children(&x) || list_files(&x) ||
	    (forked && find_partings(&x)) || list_gone(&x) || restored_reused(&x)) {
		err_nomem(e);
		goto out;
	}
	/* the rows of what was abandoned are looked for in the source's newest rows */
	if (x.n && rows_each(rows, look, &x, e))
		goto out;
	settle_forks(&x);
	settle_roots(&x);
	/* what fits is taken from the findings of the shape */
	if (take_out(&x)) {
		err_nomem(e);
		goto out;
	}
	say_found(&x);
	/* the same walk again, to name what is meant now */
	x.telling = true;
	x.at = 0;
	if (x.n && rows_each(rows, look, &x, e))
		goto out;
	for (uint32_t k = 0; k < rows->n_archives; k++)
		restored_conclude(&x, k);
	rc = 0;
out:
	restored_release(&x);
	return rc;
}
