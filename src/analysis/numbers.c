/* Numbers of the analysis, all of them whole (formats/analysis.md AN-1), and their JSON. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "analysis/inner.h"
#include "base/wide.h"

static wide
floor_wide(wide a, wide b)
{
	wide q = a / b;

	return a % b && (a < 0) != (b < 0) ? q - 1 : q;
}

bool
basis_points(int64_t n, int64_t of, int64_t *ret)
{
	if (of == 0)
		return false;
	*ret = (int64_t)floor_wide((wide)20000 * n + of, (wide)2 * of);
	return true;
}

bool
mean_of(wide sum, uint64_t n, int64_t *ret)
{
	if (n == 0)
		return false;
	*ret = (int64_t)floor_wide(2 * sum + n, (wide)2 * n);
	return true;
}

static int
by_value(const void *pa, const void *pb)
{
	int64_t a = *(const int64_t *)pa, b = *(const int64_t *)pb;

	return a < b ? -1 : a > b;
}

/* The nearest rank: the smallest that so many of a hundred do not exceed. */
static int64_t
rank(const int64_t *ms, uint64_t n, unsigned percent)
{
	return ms[(percent * n + 99) / 100 - 1];
}

struct spread
spread_of(int64_t *ms, uint64_t n)
{
	struct spread s = { .n = n };
	wide sum = 0;

	if (n == 0)
		return s;
	qsort(ms, n, sizeof *ms, by_value);
	for (uint64_t i = 0; i < n; i++)
		sum += ms[i];
	mean_of(sum, n, &s.mean);
	s.median = rank(ms, n, 50);
	s.p95 = rank(ms, n, 95);
	s.max = ms[n - 1];
	return s;
}

void
put_spread(struct emit *e, const struct spread *s)
{
	emit_u64(e, "n", s->n);
	put_i64_if(e, "mean_ms", s->n > 0, s->mean);
	put_i64_if(e, "median_ms", s->n > 0, s->median);
	put_i64_if(e, "p95_ms", s->n > 0, s->p95);
	put_i64_if(e, "max_ms", s->n > 0, s->max);
}

void
put_i64(struct emit *e, const char *name, int64_t v)
{
	char digits[24];
	int n = snprintf(digits, sizeof digits, "%" PRId64, v);

	emit_raw(e, name, digits, (size_t)n);
}

void
put_i64_if(struct emit *e, const char *name, bool there, int64_t v)
{
	if (there)
		put_i64(e, name, v);
	else
		emit_null(e, name);
}

void
put_numeral(struct emit *e, const char *name, struct str s)
{
	if (s.n)
		emit_raw(e, name, s.p, s.n);
	else
		emit_null(e, name);
}

void
put_stamp(struct emit *e, const char *name, int64_t us)
{
	if (us == NO_TIME)
		emit_null(e, name);
	else
		emit_time(e, name, us);
}

void
put_flag(struct emit *e, const char *name, int t)
{
	if (t < 0)
		emit_null(e, name);
	else
		emit_bool(e, name, t > 0);
}

void
put_share(struct emit *e, const char *name, int64_t n, int64_t of)
{
	int64_t bp = 0;
	bool there = basis_points(n, of, &bp);

	put_i64_if(e, name, there, bp);
}

void
tally_add(struct tally *t, const struct figures *f)
{
	t->remediations++;
	t->executed += f->executed;
	if (f->executed) {
		t->succeeded += f->result == RESULT_SUCCESS;
		t->unverified += f->result == RESULT_UNVERIFIED;
		t->failed += f->result != RESULT_SUCCESS && f->result != RESULT_UNVERIFIED;
	}
	if (f->end != NO_TIME) {
		t->ended++;
		t->total_ms += f->total_ms;
	}
}

void
put_tally(struct emit *e, const struct tally *t)
{
	int64_t mean = 0;
	bool there = mean_of(t->total_ms, t->ended, &mean);

	emit_u64(e, "remediations", t->remediations);
	emit_u64(e, "executed", t->executed);
	emit_u64(e, "succeeded", t->succeeded);
	emit_u64(e, "unverified", t->unverified);
	emit_u64(e, "failed", t->failed);
	put_share(e, "rate_bp", (int64_t)t->succeeded, (int64_t)t->executed);
	put_i64_if(e, "mean_total_ms", there, mean);
}
