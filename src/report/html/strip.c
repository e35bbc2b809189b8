/* The tests as a strip of bars: exceptions first, each bar with its counts in words. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "report/html/chart.h"
#include "report/html/page.h"

#define STRIP_ROW 15
#define STRIP_LEFT 50.0
#define STRIP_WIDE 240.0

static void
bar(struct buf *b, const struct tally *t, unsigned rule, double y)
{
	uint64_t na = 0, sum, of[4];
	double x = STRIP_LEFT;
	char words[120];

	for (unsigned r = 0; r < REASONS; r++)
		na += t->na[r].n;
	of[CHART_EXCEPTION] = t->exceptions;
	of[CHART_PASSED] = t->passed;
	of[CHART_UNTESTED] = t->untestable;
	of[CHART_NONE] = na;
	sum = t->exceptions + t->passed + t->untestable + na;
	chart_link(b, "", rule_info[rule].name);
	chart_text(b, 0, y + 10, "start", rule_info[rule].name, strlen(rule_info[rule].name));
	chart_link_end(b);
	for (unsigned k = 0; k < 4 && sum; k++) {
		static const enum chart_state order[] = { CHART_EXCEPTION, CHART_PASSED,
			CHART_UNTESTED, CHART_NONE };
		double w = STRIP_WIDE * (double)of[order[k]] / (double)sum;

		/* one exception in ten thousand is seen, too */
		w = of[order[k]] && w < 3 ? 3 : w;
		chart_state(b, x, y + 1, w, 11, order[k]);
		x += w;
	}
	snprintf(words, sizeof words, "%" PRIu64 " exc. %" PRIu64 " passed %" PRIu64 " n.t.",
	    t->exceptions, t->passed, t->untestable);
	chart_text(b, STRIP_LEFT + STRIP_WIDE + 16, y + 10, "start", words, strlen(words));
	chart_text_cut(
	    b, STRIP_LEFT + STRIP_WIDE + 190, y + 10, "start", rule_info[rule].question, 62);
}

void
report_strip(struct buf *b, const struct report *rep)
{
	static const char *const name[] = { "passed", "exception", "not testable (n.t.)",
		"not applicable" };
	unsigned order[RULES], n = 0;

	for (unsigned with = 0; with < 2; with++)
		for (unsigned i = 0; i < RULES; i++)
			if ((rep->controls->tally[i].exceptions == 0) == with)
				order[n++] = i;
	chart_begin_wide(b, (RULES + 2) * STRIP_ROW,
	    "Results of the tests, those with exceptions first; the table below has the same "
	    "counts",
	    true);
	for (unsigned k = 0; k < 4; k++) {
		chart_state(b, k * 180.0, 0, 14, 11, (enum chart_state)k);
		chart_text(b, k * 180.0 + 19, 10, "start", name[k], strlen(name[k]));
	}
	for (unsigned i = 0; i < RULES; i++)
		bar(b, &rep->controls->tally[order[i]], order[i], (i + 1.5) * STRIP_ROW);
	chart_end(b, "Each rule leads to its row below.");
}
