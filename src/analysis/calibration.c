/* How sure the model was, and whether the outcome bore it out (formats/analysis.md AN-8). */
#include <stdio.h>

#include "analysis/inner.h"
#include "base/wide.h"

#define MICRO 1000000

enum { UNTESTED, UNKNOWN, UNSURE };

unsigned
bin_of(int64_t confidence)
{
	return confidence >= MICRO ? BINS - 1 : (unsigned)(confidence / (MICRO / (int64_t)BINS));
}

void
calibration_add(struct calibration *c, const struct figures *f)
{
	bool yes = f->borne == BORNE_YES;
	struct bin *b;
	int64_t off;

	if (f->borne == BORNE_UNTESTED || f->borne == BORNE_UNKNOWN) {
		c->excluded[f->borne == BORNE_UNTESTED ? UNTESTED : UNKNOWN]++;
		return;
	}
	if (f->confidence < 0) {
		c->excluded[UNSURE]++;
		return;
	}
	b = &c->bin[bin_of(f->confidence)];
	b->n++;
	b->borne += yes;
	b->sum += f->confidence;
	c->n++;
	c->borne += yes;
	c->sum += f->confidence;
	off = f->confidence - (yes ? MICRO : 0);
	c->brier += (wide)off * off;
}

void
bin_figures(const struct bin *b, int64_t *mean, int64_t *rate, int64_t *gap)
{
	*mean = *rate = 0;
	mean_of(b->sum, b->n, mean);
	mean_of((wide)b->borne * MICRO, b->n, rate);
	*gap = *mean - *rate;
}

void
put_calibration(struct emit *e, const struct calibration *c)
{
	struct bin all = { c->n, c->borne, c->sum };
	int64_t mean, rate, gap, brier = 0;

	/* of all, then of each bin */
	bin_figures(&all, &mean, &rate, &gap);
	mean_of(c->brier, c->n * MICRO, &brier);
	emit_object(e, "calibration");
	emit_u64(e, "n", c->n);
	put_i64_if(e, "mean_confidence_micro", c->n > 0, mean);
	emit_u64(e, "borne_out", c->borne);
	put_i64_if(e, "rate_micro", c->n > 0, rate);
	put_i64_if(e, "brier_micro", c->n > 0, brier);
	/* bins without a case are left out: they say nothing */
	emit_array(e, "bins");
	for (unsigned i = 0; i < BINS; i++) {
		const struct bin *b = &c->bin[i];

		if (b->n == 0)
			continue;
		bin_figures(b, &mean, &rate, &gap);
		emit_object(e, NULL);
		put_i64(e, "from_micro", (int64_t)i * (MICRO / (int64_t)BINS));
		put_i64(e, "to_micro", (int64_t)(i + 1) * (MICRO / (int64_t)BINS));
		emit_u64(e, "n", b->n);
		put_i64(e, "mean_confidence_micro", mean);
		emit_u64(e, "borne_out", b->borne);
		put_i64(e, "rate_micro", rate);
		put_i64(e, "gap_micro", gap);
		emit_end(e);
	}
	emit_end(e);
	/* what was not counted is told, with its reason */
	emit_object(e, "excluded");
	emit_u64(e, "not tested", c->excluded[UNTESTED]);
	emit_u64(e, "cannot tell", c->excluded[UNKNOWN]);
	emit_u64(e, "no confidence", c->excluded[UNSURE]);
	emit_end(e);
	emit_end(e);
}
