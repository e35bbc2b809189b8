/*
 * The analysis of a range for people: the same figures as its JSON. Counts per person are about
 * acts and waits; nobody is ranked.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "analysis/inner.h"
#include "base/text.h"
#include "base/utc.h"

#define SHOWN 20u /* rows of a list; JSON has all */
#define BAR 30
#define GLANCE 4u /* persons that are named at a glance */
#define SURE 8u   /* tenths of confidence from which a model is called sure */

/* Behind a figure that rests on what is not here: it may be more or less (AN-18). */
static const char *
star(const struct range *r)
{
	return r->partial ? " *" : "";
}

static void
put_tally_line(struct buf *b, struct str key, const struct tally *t)
{
	struct buf cell;
	int64_t mean;

	buf_init(&cell, 256);
	buf_printf(b, "  %7" PRIu64 "  %8" PRIu64 "  %9" PRIu64 "  %10" PRIu64 "  %6" PRIu64 "  ",
	    t->remediations, t->executed, t->succeeded, t->unverified, t->failed);
	put_percent(&cell, (int64_t)t->succeeded, (int64_t)t->executed);
	put_right(b, &cell, 8);
	if (mean_of(t->total_ms, t->ended, &mean))
		text_span(&cell, mean);
	else
		buf_byte(&cell, '-');
	put_right(b, &cell, 12);
	text_plain(b, key.p, key.n);
	buf_byte(b, '\n');
	buf_release(&cell);
}

static void
put_tally_head(struct buf *b, const char *of)
{
	buf_printf(b, "  %7s  %8s  %9s  %10s  %6s  %8s  %12s  %s\n", "remed.", "executed",
	    "succeeded", "unverified", "failed", "rate", "mean time", of);
}

static void
put_groups(struct buf *b, const struct range *r)
{
	static const char *const title[] = { "BY ACTION", "BY SIGNAL", "BY TARGET",
		"BY ENVIRONMENT" };
	static const char *const of[] = { "action", "signal", "target", "environment" };

	for (unsigned g = 0; g < GROUPINGS; g++) {
		size_t n = r->n_groups[g];

		buf_printf(b, "\n%s\n", title[g]);
		put_tally_head(b, of[g]);
		for (size_t i = 0; i < n && i < SHOWN; i++)
			put_tally_line(b, r->group[g][i].key, &r->group[g][i].t);
		if (n > SHOWN)
			buf_printf(b, "  and %zu more: -o json has them all\n", n - SHOWN);
	}
}

static void
put_spread_line(struct buf *b, const char *name, const struct spread *s)
{
	const int64_t value[] = { s->mean, s->median, s->p95, s->max };
	static const char *const label[] = { "mean", "median", "p95", "max" };

	buf_printf(b, "  %-20sn %" PRIu64 "", name, s->n);
	for (unsigned i = 0; s->n && i < 4; i++) {
		buf_printf(b, ", %s ", label[i]);
		text_span(b, value[i]);
	}
	buf_byte(b, '\n');
}

static void
put_bottlenecks(struct buf *b, const struct range *r)
{
	buf_str(b, "\nBOTTLENECKS: the phase that took longest\n");
	for (int k = 0; k < STAGES; k++)
		if (r->bottleneck[k]) {
			buf_printf(b, "  %-20s%6" PRIu64 "  ", stage_name[k], r->bottleneck[k]);
			put_bar(b, (int64_t)r->bottleneck[k], (int64_t)r->n, BAR, r->blocks);
			buf_byte(b, '\n');
		}
}

static void
put_times(struct buf *b, const struct range *r)
{
	buf_str(b, "\nTIME IN PHASES, of those that ended and entered them\n");
	for (int k = 0; k < STAGES; k++)
		if (r->stage[k].n)
			put_spread_line(b, stage_name[k], &r->stage[k]);
	put_spread_line(b, "in all", &r->total);
	put_bottlenecks(b, r);
}

static void
put_approvals(struct buf *b, const struct range *r)
{
	buf_printf(b, "\nAPPROVALS: asked %" PRIu64 "", r->asked);
	/* a star where events are missing: silence is then no proof */
	for (unsigned k = 1; k < APPROVALS; k++)
		if (r->status[k])
			buf_printf(b, ", %s %" PRIu64 "%s", approval_name[k], r->status[k],
			    k == APPROVAL_APPROVED || k == APPROVAL_REJECTED ? "" : star(r));
	buf_printf(b,
	    "\n  approved with a change %" PRIu64 ", decided without a reason %" PRIu64
	    " of %" PRIu64 "\n",
	    r->overridden, r->without_reason, r->decided);
	put_spread_line(b, "wait", &r->wait);
	buf_str(b, "  By person, acts and waits only; this ranks nobody:\n");
	for (size_t i = 0; i < r->n_deciders && i < SHOWN; i++) {
		const struct decider *d = &r->decider[i];

		buf_str(b, "    ");
		text_plain(b, d->who.p, d->who.n);
		buf_printf(b, ": approved %" PRIu64 ", rejected %" PRIu64 ", waits n %" PRIu64 "",
		    d->approved, d->rejected, d->wait.n);
		if (d->wait.n) {
			buf_str(b, ", median ");
			text_span(b, d->wait.median);
		}
		buf_byte(b, '\n');
	}
}

static void
put_calibration_text(struct buf *b, const struct range *r)
{
	const struct calibration *c = &r->calibration;

	buf_printf(b,
	    "\nCONFIDENCE AGAINST OUTCOME: n %" PRIu64 "; left out: not tested %" PRIu64
	    "%s, cannot tell %" PRIu64 "%s, no confidence %" PRIu64 "%s\n",
	    c->n, c->excluded[0], star(r), c->excluded[1], star(r), c->excluded[2], star(r));
	/* the figures are never shown without this */
	buf_str(b,
	    "  Observational: policy selects what is executed, so this says little about a "
	    "model.\n");
	for (unsigned i = 0; i < BINS; i++) {
		int64_t mean, rate, gap;

		/* empty bins say nothing and are left out */
		if (c->bin[i].n == 0)
			continue;
		bin_figures(&c->bin[i], &mean, &rate, &gap);
		buf_printf(b, "  0.%u to %s%u  n %-6" PRIu64 " meant ", i,
		    i == BINS - 1 ? "1." : "0.", (i + 1) % BINS, c->bin[i].n);
		put_percent(b, mean, 1000000);
		buf_str(b, "  borne out ");
		put_percent(b, rate, 1000000);
		buf_str(b, "  ");
		put_bar(b, rate, 1000000, BAR, r->blocks);
		buf_byte(b, '\n');
	}
}

static void
put_advice(struct buf *b, const struct range *r)
{
	buf_printf(b, "\nRECOMMENDATIONS: %zu%s\n", r->n_advice,
	    r->partial ? ", as far as the rows here tell: those that are missing may change them" :
			 "");
	for (size_t i = 0; i < r->n_advice; i++) {
		const struct recommendation *x = &r->advice[i];

		buf_printf(
		    b, "  R%u %-8s%s\n      ", x->rule, priority_name[x->priority], x->words);
		text_plain(b, x->figures, strlen(x->figures));
		buf_str(b, "\n      ");
		for (size_t k = 0; k < x->n_evidence && k < 5; k++) {
			buf_str(b, k ? ", " : "");
			text_plain(b, x->evidence[k]->c->text, x->evidence[k]->c->n);
		}
		if (x->n_evidence > 5)
			buf_printf(b, " and %zu more", x->n_evidence - 5);
		buf_byte(b, '\n');
	}
}

static void
put_days(struct buf *b, const struct range *r)
{
	size_t from = r->n_days > SHOWN ? r->n_days - SHOWN : 0;

	buf_printf(b, "\nBY DAY (UTC), days with a remediation%s; trend of the rate: %s\n",
	    from ? ", the last twenty" : "", r->trend);
	put_tally_head(b, "day");
	for (size_t i = from; i < r->n_days; i++) {
		struct buf day;

		buf_init(&day, 64);
		utc_print_date(&day, (int32_t)r->day[i].day);
		put_tally_line(b, str_in(&day), &r->day[i].t);
		buf_release(&day);
	}
}

/* Who decided, after which wait; by name, as in the list below. */
static void
put_waited_for(struct buf *b, const struct range *r)
{
	size_t n = 0;

	for (; n < r->n_deciders && n < GLANCE; n++) {
		const struct decider *d = &r->decider[n];

		buf_str(b, n ? ", " : "  decided by   ");
		text_plain(b, d->who.p, d->who.n);
		buf_printf(b, " %" PRIu64, d->approved + d->rejected);
		if (d->wait.n) {
			buf_str(b, " (");
			text_span(b, d->wait.median);
			buf_byte(b, ')');
		}
	}
	if (r->n_deciders > n)
		buf_printf(b, " and %zu more", r->n_deciders - n);
	buf_str(b, n ? "; in brackets the median wait\n" : "");
}

/* Of those that the model was sure of, how many were not borne out. */
static void
put_sure(struct buf *b, const struct range *r)
{
	uint64_t n = 0, borne = 0;

	for (unsigned i = SURE; i < BINS; i++) {
		n += r->calibration.bin[i].n;
		borne += r->calibration.bin[i].borne;
	}
	buf_printf(b,
	    "  the model    of %" PRIu64 " outcomes that tell, %" PRIu64
	    " were said with 0.%u or more; of these %" PRIu64 " were not borne out\n",
	    r->calibration.n, n, SURE, n - borne);
}

/* What is asked first, in a line each; the sections have the rest. */
static void
put_glance(struct buf *b, const struct range *r)
{
	int longest = 0;
	uint64_t acts = 0;

	for (int k = 1; k < STAGES; k++)
		longest = r->bottleneck[k] > r->bottleneck[longest] ? k : longest;
	buf_str(b, "\nAT A GLANCE\n");
	if (r->total.n) {
		buf_str(b, "  time         median ");
		text_span(b, r->total.median);
		buf_str(b, ", p95 ");
		text_span(b, r->total.p95);
		buf_printf(b, "; %s took longest in %" PRIu64 " of %" PRIu64 " that ended\n",
		    stage_name[longest], r->bottleneck[longest], r->total.n);
	}
	/* silence is no proof where events are missing */
	buf_printf(b,
	    "  approvals    asked %" PRIu64 ": approved %" PRIu64 ", rejected %" PRIu64
	    ", unanswered %" PRIu64 "%s",
	    r->asked, r->status[APPROVAL_APPROVED], r->status[APPROVAL_REJECTED],
	    r->status[APPROVAL_EXPIRED] + r->status[APPROVAL_UNDECIDED], star(r));
	if (r->wait.n) {
		buf_str(b, "; wait median ");
		text_span(b, r->wait.median);
		buf_str(b, ", p95 ");
		text_span(b, r->wait.p95);
	}
	buf_byte(b, '\n');
	put_waited_for(b, r);
	put_sure(b, r);
	/* by kind, as below */
	for (unsigned k = 0; k < ACTS; k++)
		if (r->act[k])
			buf_printf(b, "%s%s %" PRIu64 "%s", acts++ ? ", " : "  by hand      ",
			    act_name[k], r->act[k], k == ACT_DECIDED_ALONE ? star(r) : "");
	buf_str(b, acts ? "\n" : "");
	buf_printf(b, "  missing      %s\n",
	    r->partial ? "rows are known to be missing: see below; * is no lower bound" :
			 "nothing that is known");
}

static void
put_head(struct buf *b, const struct range *r)
{
	buf_str(b, "ANALYSIS OF A RANGE, by the time a remediation became known\n  from ");
	if (r->from == INT64_MIN)
		buf_str(b, "the first");
	else
		utc_print(b, UTC_REST, r->from, 0);
	buf_str(b, " until ");
	if (r->to == INT64_MAX)
		buf_str(b, "the last");
	else
		utc_print(b, UTC_REST, r->to, 0);
	buf_printf(b,
	    "\n  remediations %" PRIu64 ", executed %" PRIu64 ", succeeded %" PRIu64 ", unverified "
	    "%" PRIu64 ", "
	    "failed %" PRIu64 "; rate ",
	    r->all.remediations, r->all.executed, r->all.succeeded, r->all.unverified,
	    r->all.failed);
	put_percent(b, (int64_t)r->all.succeeded, (int64_t)r->all.executed);
	buf_printf(b, "%s\n", star(r));
}

/* Only results that occur. */
static void
put_results(struct buf *b, const struct range *r)
{
	buf_str(b, "\nRESULTS\n");
	for (unsigned k = 0; k < RESULTS; k++) {
		if (r->result[k] == 0)
			continue;
		buf_printf(b, "  %-14s%8" PRIu64 "%s  ", result_name[k], r->result[k],
		    k == RESULT_OPEN ? star(r) : "");
		put_bar(b, (int64_t)r->result[k], (int64_t)r->n, BAR, r->blocks);
		buf_byte(b, '\n');
	}
}

static void
put_acts(struct buf *b, const struct range *r)
{
	buf_printf(b, "\nACTS OF PEOPLE, in %" PRIu64 " remediations\n", r->touched);
	for (unsigned k = 0; k < ACTS; k++)
		if (r->act[k])
			buf_printf(b, "  %-26s%" PRIu64 "%s\n", act_name[k], r->act[k],
			    k == ACT_DECIDED_ALONE ? star(r) : "");
}

int
range_text(const struct analyses *a, int64_t from, int64_t to, const struct text_wish *wish,
    struct buf *out, struct err *e)
{
	enum page_view view = wish->view;
	struct range r;
	int rc = range_open(&r, a, from, to);

	r.partial = wish->partial;
	r.blocks = wish->blocks;
	if (rc == 0) {
		put_head(out, &r);
		if (view != VIEW_TREND)
			put_glance(out, &r);
		put_results(out, &r);
		/* a trend has no advice: it shows, and judges nothing */
		if (view != VIEW_TREND)
			put_advice(out, &r);
		if (view == VIEW_DETAIL) {
			put_times(out, &r);
			put_approvals(out, &r);
			put_calibration_text(out, &r);
		}
		if (view != VIEW_SUMMARY)
			put_days(out, &r);
		if (view == VIEW_DETAIL) {
			put_groups(out, &r);
			put_acts(out, &r);
		} else {
			put_bottlenecks(out, &r);
		}
		rc = out->failed ? -1 : 0;
	}
	range_release(&r);
	return rc ? err_nomem(e) : 0;
}
