#include "verify/threats.h"

#include <string.h>

#include "verify/verify.h"

const char *const threat_state_name[] = { "excluded", "found", "not excluded" };

/* What the rows look at. */
struct counted {
	bool sealed;                 /* by a key that counts, or below a checkpoint that does */
	bool archive_bad, container; /* altered; only around the records */
	bool cut, missing;           /* at an end; positions of the log are not here */
	bool other_key, key_lost;
	bool older, split, rewritten;
	bool met, covered; /* checkpoints expected or seen: all contained; nothing lies behind */
	/* dated by others (W-7): all that is here, by a witness; all events, and none came late */
	bool dated, witnessed, bounded, behind_bound;
	bool edited, keyed, unkeyed, gaps;
};

static bool
any(const struct verification *v, const enum finding_id *id, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		if (v->findings.counted[id[i]])
			return true;
	return false;
}

#define ANY(v, ...) \
	any(v, (const enum finding_id[]){ __VA_ARGS__ }, \
	    sizeof((const enum finding_id[]){ __VA_ARGS__ }) / sizeof(enum finding_id))

static void
count(const struct verification *v, struct counted *t)
{
	uint64_t next = 0;

	*t = (struct counted){ .sealed = v->dim[DIM_AUTHENTICITY].state == STATE_PROVEN,
		.archive_bad = v->archive_verdict == VERDICT_ALTERED,
		.container = ANY(v, F_A01, F_A02, F_A03, F_A04, F_A05, F_A06),
		.cut = ANY(v, F_A16, F_A19, F_A07),
		.missing = ANY(v, F_L01, F_L04, F_L06, F_K08, F_W02),
		.other_key = ANY(v, F_K02, F_K10, F_K13),
		.key_lost = ANY(v, F_K10, F_K12, F_K13, F_K14),
		.older = ANY(v, F_K04, F_L06, F_K08, F_W02),
		.split = ANY(v, F_L02, F_K04, F_K07, F_W01),
		.rewritten = ANY(v, F_K04, F_K07, F_W01),
		.dated = v->timely.all,
		.witnessed = v->timely.all_witnessed,
		.bounded = v->timely.bounded && !v->timely.unbounded && !v->timely.late,
		.behind_bound = v->timely.behind > 0,
		.met = v->n_expects > 0,
		.edited = v->rows.content[CONTENT_MISMATCH] > 0,
		.keyed = v->rows.events && v->rows.keyed_fit == v->rows.events - v->rows.repeats &&
		    !v->unread_events,
		.unkeyed = v->rows.unkeyed_fit > 0,
		.gaps = v->rows.links[LINK_MISSING] > 0 };
	for (unsigned i = 0; i < v->n_archives; i++)
		if (archive_readable(v->archive[i]) && archive_next(v->archive[i]) > next)
			next = archive_next(v->archive[i]);
	for (unsigned i = 0; i < v->n_expects; i++)
		t->met &= v->expect[i].met && !v->expect[i].refuted;
	t->covered = t->met && v->n_expects == 1 && v->expect[0].c.size >= next;
}

unsigned
threats_of(const struct verification *v, struct threat ret[THREATS_MAX])
{
	struct counted counted, *t = &counted;
	unsigned n = 0;

	count(v, t);
#define THREAT(what, found, excluded, by, assumes, close) \
	ret[n] = (struct threat){ .name = what, \
		.state = (found) ? THREAT_FOUND : \
		    (excluded)   ? THREAT_EXCLUDED : \
				   THREAT_NOT_EXCLUDED }; \
	if (ret[n].state == THREAT_EXCLUDED) { \
		ret[n].why = by; \
		ret[n].if_ = assumes; \
	} else if (ret[n].state == THREAT_NOT_EXCLUDED) { \
		ret[n].closed = close; \
	} \
	n++;
#include "verify/threats.def"
#undef THREAT
	return n;
}
