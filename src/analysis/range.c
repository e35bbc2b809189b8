/*
 * The sums over the remediations of a period (formats/analysis.md AN-11). What is sorted is
 * sorted by bytes, so that no order of rows shows.
 */
#include <stdlib.h>

#include "analysis/inner.h"
#include "base/utc.h"

#define EXECUTED_FOR_TREND 5u /* in either half, or nothing is said of a trend */
#define TREND_BP 500

const char *const grouping_name[GROUPINGS] = { "by_action", "by_signal", "by_target",
	"by_environment" };

static struct str
key_of(const struct figures *f, enum grouping g)
{
	return g == BY_ACTION ? f->action :
	    g == BY_SIGNAL    ? f->signal :
	    g == BY_TARGET    ? f->place :
				f->environment;
}

struct keyed {
	struct str key;
	const struct figures *f;
};

static int
by_key(const void *pa, const void *pb)
{
	return str_cmp(((const struct keyed *)pa)->key, ((const struct keyed *)pb)->key);
}

/* Those that have the key, by it. *ret_n of them; owned. NULL: no memory. */
static struct keyed *
keyed_by(const struct range *r, enum grouping g, size_t *ret_n)
{
	struct keyed *k = malloc((r->n + 1) * sizeof *k);
	size_t n = 0;

	for (size_t i = 0; k && i < r->n; i++) {
		struct str key = key_of(&r->f[i], g);

		if (key.n)
			k[n++] = (struct keyed){ key, &r->f[i] };
	}
	if (n)
		qsort(k, n, sizeof *k, by_key);
	*ret_n = n;
	return k;
}

static int
group(struct range *r, enum grouping g)
{
	size_t n, m = 0;
	struct keyed *k = keyed_by(r, g, &n);

	if (k == NULL || (r->group[g] = calloc(n + 1, sizeof *r->group[g])) == NULL) {
		free(k);
		return -1;
	}
	for (size_t i = 0; i < n; i++) {
		if (i == 0 || str_cmp(k[i].key, k[i - 1].key))
			r->group[g][m++].key = k[i].key;
		tally_add(&r->group[g][m - 1].t, k[i].f);
	}
	r->n_groups[g] = m;
	free(k);
	return 0;
}

static int
days(struct range *r)
{
	if ((r->day = calloc(r->n + 1, sizeof *r->day)) == NULL)
		return -1;
	for (size_t i = 0; i < r->n; i++) {
		int64_t day = utc_days(r->f[i].t0);

		if (r->n_days == 0 || r->day[r->n_days - 1].day != day)
			r->day[r->n_days++].day = day;
		tally_add(&r->day[r->n_days - 1].t, &r->f[i]);
	}
	return 0;
}

/* The rate of the last half of the days beside that of the first. */
static void
trend(struct range *r)
{
	int64_t first = r->n_days ? r->day[0].day : 0;
	int64_t last = r->n_days ? r->day[r->n_days - 1].day : -1;
	int64_t half = (last - first + 1) / 2, before = 0, after = 0;
	struct tally a = { 0 }, b = { 0 };

	for (size_t i = 0; i < r->n_days; i++) {
		struct tally *t = r->day[i].day < first + half ? &a :
		    r->day[i].day > last - half                ? &b :
								 NULL;

		if (t) {
			t->executed += r->day[i].t.executed;
			t->succeeded += r->day[i].t.succeeded;
		}
	}
	r->trend = "insufficient_data";
	if (a.executed < EXECUTED_FOR_TREND || b.executed < EXECUTED_FOR_TREND)
		return;
	basis_points((int64_t)a.succeeded, (int64_t)a.executed, &before);
	basis_points((int64_t)b.succeeded, (int64_t)b.executed, &after);
	r->trend = after - before >= TREND_BP ? "improving" :
	    after - before <= -TREND_BP       ? "declining" :
						"stable";
}

/* Does a decision of this remediation count for the waits? */
static bool
waits(const struct figures *f)
{
	return f->asked && f->waited &&
	    (f->approval == APPROVAL_APPROVED || f->approval == APPROVAL_REJECTED ||
		f->approval == APPROVAL_EXPIRED);
}

static int
spreads(struct range *r)
{
	int64_t *ms = malloc((r->n + 1) * sizeof *ms);
	uint64_t n;

	if (ms == NULL)
		return -1;
	/* stages of ended ones only: what still runs has no duration */
	for (int k = 0; k < STAGES; k++) {
		n = 0;
		for (size_t i = 0; i < r->n; i++)
			if (r->f[i].end != NO_TIME && r->f[i].stage_ms[k] >= 0)
				ms[n++] = r->f[i].stage_ms[k];
		r->stage[k] = spread_of(ms, n);
	}
	n = 0;
	for (size_t i = 0; i < r->n; i++)
		if (r->f[i].end != NO_TIME)
			ms[n++] = r->f[i].total_ms;
	r->total = spread_of(ms, n);
	n = 0;
	for (size_t i = 0; i < r->n; i++)
		if (waits(&r->f[i]))
			ms[n++] = r->f[i].wait_ms;
	r->wait = spread_of(ms, n);
	free(ms);
	return 0;
}

/* One person's decisions, k[0..n). ms: room for n. */
static struct decider
decider_of(const struct keyed *k, size_t n, int64_t *ms)
{
	struct decider d = { .who = k[0].key };
	uint64_t waited = 0;

	for (size_t i = 0; i < n; i++) {
		d.approved += k[i].f->approval == APPROVAL_APPROVED;
		d.rejected += k[i].f->approval == APPROVAL_REJECTED;
		if (waits(k[i].f))
			ms[waited++] = k[i].f->wait_ms;
	}
	d.wait = spread_of(ms, waited);
	return d;
}

static int
deciders(struct range *r)
{
	struct keyed *k = malloc((r->n + 1) * sizeof *k);
	int64_t *ms = malloc((r->n + 1) * sizeof *ms);
	size_t n = 0;

	r->decider = calloc(r->n + 1, sizeof *r->decider);
	if (k == NULL || ms == NULL || r->decider == NULL) {
		free(k);
		free(ms);
		return -1;
	}
	for (size_t i = 0; i < r->n; i++)
		if (r->f[i].decider.n)
			k[n++] = (struct keyed){ r->f[i].decider, &r->f[i] };
	if (n)
		qsort(k, n, sizeof *k, by_key);
	for (size_t i = 0, to; i < n; i = to) {
		for (to = i + 1; to < n && str_cmp(k[to].key, k[i].key) == 0; to++)
			;
		r->decider[r->n_deciders++] = decider_of(k + i, to - i, ms);
	}
	free(k);
	free(ms);
	return 0;
}

static int
by_text(const void *pa, const void *pb)
{
	return str_cmp(*(const struct str *)pa, *(const struct str *)pb);
}

static int
persons(struct range *r)
{
	size_t n = 0, k = 0;
	struct str *who;

	for (size_t i = 0; i < r->n; i++)
		n += r->f[i].n_acts;
	who = malloc((n + 1) * sizeof *who);
	r->person = calloc(n + 1, sizeof *r->person);
	if (who == NULL || r->person == NULL) {
		free(who);
		return -1;
	}
	for (size_t i = 0; i < r->n; i++)
		for (unsigned x = 0; x < r->f[i].n_acts; x++)
			who[k++] = r->f[i].act[x].who;
	if (n)
		qsort(who, n, sizeof *who, by_text);
	for (size_t i = 0; i < n; i++) {
		if (i == 0 || str_cmp(who[i], who[i - 1]))
			r->person[r->n_persons++].who = who[i];
		r->person[r->n_persons - 1].n++;
	}
	free(who);
	return 0;
}

static void
count(struct range *r, const struct figures *f)
{
	tally_add(&r->all, f);
	r->result[f->result]++;
	if (f->bottleneck >= 0)
		r->bottleneck[f->bottleneck]++;
	r->asked += f->asked;
	r->status[f->approval]++;
	r->overridden +=
	    f->approval == APPROVAL_APPROVED && (f->other_workflow || f->other_parameters);
	r->decided += f->decided;
	r->without_reason += f->decided && !f->justified;
	calibration_add(&r->calibration, f);
	r->assessed += f->scored;
	r->score_sum += f->scored ? f->score_micro : 0;
	r->touched += f->n_acts > 0;
	for (unsigned i = 0; i < f->n_acts; i++)
		r->act[f->act[i].kind]++;
}

int
range_open(struct range *r, const struct analyses *a, int64_t from, int64_t to)
{
	size_t first;

	memset(r, 0, sizeof *r);
	r->n = analyses_between(a, from, to, &first);
	r->f = a->f + first;
	r->from = from;
	r->to = to;
	for (size_t i = 0; i < r->n; i++)
		count(r, &r->f[i]);
	for (unsigned g = 0; g < GROUPINGS; g++)
		if (group(r, (enum grouping)g))
			return -1;
	if (days(r) || spreads(r) || deciders(r) || persons(r))
		return -1;
	trend(r);
	return recommend(r);
}

void
range_release(struct range *r)
{
	for (unsigned g = 0; g < GROUPINGS; g++)
		free(r->group[g]);
	for (size_t i = 0; i < r->n_advice; i++) {
		free(r->advice[i].figures);
		free(r->advice[i].words);
		free(r->advice[i].evidence);
	}
	free(r->advice);
	free(r->day);
	free(r->decider);
	free(r->person);
}
