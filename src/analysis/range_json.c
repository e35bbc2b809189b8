/* The analysis of a range as JSON (formats/analysis.md AN-11). */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "analysis/inner.h"
#include "base/text.h"
#include "base/utc.h"

#define FLUSH_AT (1u << 20) /* bytes */

static void
put_groups(struct emit *e, const struct range *r)
{
	for (unsigned g = 0; g < GROUPINGS; g++) {
		emit_array(e, grouping_name[g]);
		for (size_t i = 0; i < r->n_groups[g]; i++) {
			emit_object(e, NULL);
			emit_text(e, "key", r->group[g][i].key.p, r->group[g][i].key.n);
			put_tally(e, &r->group[g][i].t);
			emit_end(e);
		}
		emit_end(e);
	}
}

/* A row for every day, also for those on which nothing was: years of them go out on the way. */
static int
put_days(struct emit *e, const struct range *r, const struct sink *sink)
{
	static const struct tally nothing;
	size_t at = 0;

	emit_array(e, "trend");
	for (int64_t day = r->n_days ? r->day[0].day : 0; at < r->n_days; day++) {
		bool some = r->day[at].day == day;
		struct buf b;

		buf_init(&b, 64);
		utc_print_date(&b, (int32_t)day);
		emit_object(e, NULL);
		emit_text(e, "day", (const char *)b.p, b.len);
		put_tally(e, some ? &r->day[at].t : &nothing);
		emit_end(e);
		buf_release(&b);
		at += some;
		if (e->out->len > FLUSH_AT && sink && sink->flush(sink->arg, e->out))
			return -1;
	}
	emit_end(e);
	emit_str(e, "trend_direction", r->trend);
	return 0;
}

static void
put_phases(struct emit *e, const struct range *r)
{
	emit_array(e, "phases");
	for (int k = 0; k < STAGES; k++) {
		if (r->stage[k].n == 0)
			continue;
		emit_object(e, NULL);
		emit_str(e, "phase", stage_name[k]);
		put_spread(e, &r->stage[k]);
		emit_end(e);
	}
	emit_end(e);
	emit_object(e, "total");
	put_spread(e, &r->total);
	emit_end(e);
	emit_object(e, "bottlenecks");
	for (int k = 0; k < STAGES; k++)
		if (r->bottleneck[k])
			emit_u64(e, stage_name[k], r->bottleneck[k]);
	emit_end(e);
}

static void
put_approvals(struct emit *e, const struct range *r)
{
	static const struct {
		const char *name;
		enum approval_status s;
	} status[] = { { "approved", APPROVAL_APPROVED }, { "rejected", APPROVAL_REJECTED },
		{ "expired", APPROVAL_EXPIRED }, { "undecided", APPROVAL_UNDECIDED },
		{ "pending", APPROVAL_PENDING }, { "auto_approved", APPROVAL_AUTO } };

	/* a person's own figures are acts and waits: nobody is ranked by outcome */
	emit_object(e, "approvals");
	emit_u64(e, "asked", r->asked);
	for (unsigned i = 0; i < 6; i++)
		emit_u64(e, status[i].name, r->status[status[i].s]);
	emit_u64(e, "overridden", r->overridden);
	emit_u64(e, "without_reason", r->without_reason);
	emit_object(e, "wait");
	put_spread(e, &r->wait);
	emit_end(e);
	emit_array(e, "by_person");
	for (size_t i = 0; i < r->n_deciders; i++) {
		emit_object(e, NULL);
		emit_filled(e, "who", r->decider[i].who);
		emit_u64(e, "approved", r->decider[i].approved);
		emit_u64(e, "rejected", r->decider[i].rejected);
		emit_object(e, "wait");
		put_spread(e, &r->decider[i].wait);
		emit_end(e);
		emit_end(e);
	}
	emit_end(e);
	emit_end(e);
}

/* A member whose name is somebody's text, which may hold anything. */
static void
put_named(struct emit *e, struct str name, uint64_t n)
{
	if (e->some[e->depth - 1])
		buf_byte(e->out, ',');
	e->some[e->depth - 1] = true;
	text_json(e->out, name.p, name.n);
	buf_printf(e->out, ":%" PRIu64, n);
}

static void
put_acts(struct emit *e, const struct range *r)
{
	emit_object(e, "interventions");
	emit_object(e, "by_kind");
	for (unsigned k = 0; k < ACTS; k++)
		if (r->act[k])
			emit_u64(e, act_name[k], r->act[k]);
	emit_end(e);
	emit_object(e, "by_person");
	for (size_t i = 0; i < r->n_persons; i++)
		put_named(e, r->person[i].who, r->person[i].n);
	emit_end(e);
	emit_u64(e, "remediations_touched", r->touched);
	emit_end(e);
}

static void
put_advice(struct emit *e, const struct range *r)
{
	emit_array(e, "recommendations");
	for (size_t i = 0; i < r->n_advice; i++) {
		const struct recommendation *x = &r->advice[i];
		char rule[8];

		snprintf(rule, sizeof rule, "R%u", x->rule);
		emit_object(e, NULL);
		emit_str(e, "rule", rule);
		emit_str(e, "priority", priority_name[x->priority]);
		emit_raw(e, "figures", x->figures, strlen(x->figures));
		emit_array(e, "evidence");
		for (size_t k = 0; k < x->n_evidence; k++)
			emit_text(e, NULL, x->evidence[k]->c->text, x->evidence[k]->c->n);
		emit_end(e);
		emit_end(e);
	}
	emit_end(e);
}

static int
put_range(struct emit *e, const struct range *r, const struct sink *sink)
{
	int64_t mean = 0;
	bool there = mean_of(r->score_sum, r->assessed, &mean);

	emit_object(e, NULL);
	put_stamp(e, "from", r->from == INT64_MIN ? NO_TIME : r->from);
	put_stamp(e, "to", r->to == INT64_MAX ? NO_TIME : r->to);
	put_tally(e, &r->all);
	emit_object(e, "results");
	for (unsigned k = 0; k < RESULTS; k++)
		if (r->result[k])
			emit_u64(e, result_name[k], r->result[k]);
	emit_end(e);
	put_groups(e, r);
	if (put_days(e, r, sink))
		return -1;
	put_phases(e, r);
	put_approvals(e, r);
	put_calibration(e, &r->calibration);
	emit_object(e, "effectiveness");
	emit_u64(e, "assessed", r->assessed);
	put_i64_if(e, "mean_micro", there, mean);
	emit_end(e);
	put_acts(e, r);
	put_advice(e, r);
	emit_end(e);
	return emit_done(e) ? 0 : -1;
}

int
range_json(const struct analyses *a, int64_t from, int64_t to, struct buf *out,
    const struct sink *sink, struct err *e)
{
	struct range r;
	struct emit emit;
	int rc = range_open(&r, a, from, to);

	emit_init(&emit, out);
	if (rc == 0)
		rc = put_range(&emit, &r, sink);
	range_release(&r);
	return rc ? err_nomem(e) : 0;
}
