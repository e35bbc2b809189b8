/*
 * By how much the times that events state can be wrong (trust.md W-8): each against the dated seal
 * that lies behind it, and how long nobody looked at the source.
 */
#ifndef VERIFY_TIMELY_H
#define VERIFY_TIMELY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/utc.h"

struct verification;

struct timely {
	/* of events that state a time: those below a dated seal, and the others */
	uint64_t bounded, unbounded;
	/* µs: the greatest distance from a stated time to its bound, and whose that is (the number
	 * of the event in rows); 0 where nothing is bounded */
	int64_t window;
	uint64_t window_event;
	/* events that came behind a dated seal though they state an earlier time; the farthest */
	uint64_t late, late_event;
	int64_t late_by;
	/* that state a time behind their bound; the first */
	uint64_t behind, behind_event;
	/* µs, between two looks at the source; 0: there were less than two */
	int64_t unwatched, unwatched_from;
	uint64_t looks;
	/* the earliest and the latest bound that holds for an event; who says it */
	int64_t first, last;
	char who[200];
	/* as they are told: the latest bound; lengths of time */
	char last_text[UTC_TEXT], window_text[64], unwatched_text[64];
	/* every record of every readable file lies below a dated seal; by a witness */
	bool all, all_witnessed;
};

/* Behind verify_judge, while rows are kept. Adds W03 and W07. -1: the tool failed (e). */
int timely_judge(struct verification *v, struct err *e);

#endif
