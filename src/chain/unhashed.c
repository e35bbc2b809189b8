/*
 * Rows without a hash, long after the source got its key (judgement.md J-6, the counterpart for
 * rows that nothing protects): an unkeyed hash needs no secret, no hash needs nothing at all.
 *
 * Looked at are rows of types that the source hashes, of inputs that hold hashed rows, which lie
 * more than a roll-out behind the first keyed row. It makes no difference where in its correlation
 * such a row stands: in front of a first keyed row, which names none, anybody can put one.
 */
#include "chain/phases_inner.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/err.h"
#include "chain/keyed.h"
#include "chain/stretches.h"

static uint32_t
input_of(const struct pass *p, const struct record *r)
{
	const struct table *t = archive_table_of(p->a, r->source);

	return t && t->input <= archive_tables(p->a) ? t->input : 0;
}

static int
note_carrying(struct pass *p, const struct block *b, uint32_t i, uint64_t n)
{
	if (p->rows->event[n].content != CONTENT_NO_HASH)
		p->tally[input_of(p, &b->rec[i])]++;
	return 0;
}

static bool
is_bare(const struct event_result *x)
{
	return x->bare;
}

static int
leave_others(struct pass *p, const struct block *b, uint32_t i, uint64_t n)
{
	p->rows->event[n].bare &= p->tally[input_of(p, &b->rec[i])] > 0;
	return 0;
}

/* Leaves out rows of inputs without a hash at all: those do not carry any. */
static int
leave_bare_inputs(struct pass *p, struct err *e)
{
	for (unsigned k = 0; k < p->rows->n_archives; k++)
		if (pass_holds(p, k, is_bare) &&
		    pass_twice(p, k, note_carrying, is_bare, leave_others, e))
			return -1;
	return 0;
}

/* Leaves only what lies late, and is not told as an alarm. False: there is none. */
static bool
leave_late(struct rows *rows, int64_t late)
{
	bool any = false;

	for (uint64_t i = 0; i < rows->events; i++) {
		struct event_result *x = &rows->event[i];

		/* a cause: that its hash was removed is proved */
		x->bare &= !x->cause && x->content == CONTENT_NO_HASH && rows->node[i].time > late;
		any |= x->bare;
	}
	return any;
}

/* Keyed rows in a stretch of time. */
static uint64_t
keyed_between(const struct rows *rows, int64_t from, int64_t until)
{
	uint64_t n = 0;

	for (uint64_t i = 0; i < rows->events; i++)
		n += (rows->event[i].keyed || rows->event[i].key >= 0) &&
		    rows->event[i].content != CONTENT_NO_HASH && rows->node[i].time >= from &&
		    rows->node[i].time <= until;
	return n;
}

/* Says why nothing may have been hashed, and what speaks against it. */
static void
explain(const struct rows *rows, const struct stretch *s, struct finding *f, struct str who)
{
	struct findings *l = rows->findings;
	uint64_t keyed = keyed_between(rows, s->from, s->until);

	finding_explain(l, f, BECAUSE_INSTANCE_WITHOUT_HASHES, GIVING(STR(who.p, who.n)));
	if (keyed)
		finding_explain(l, f, BECAUSE_SOURCE_MADE_HASHES, GIVING(NUM(keyed)));
	else
		finding_explain(l, f, BECAUSE_SOURCE_WITHOUT_HASHES, GIVING_NOTHING);
	finding_explain(l, f, BECAUSE_BEFORE_HASHES_NOT, GIVING_NOTHING);
	finding_explain(l, f, BECAUSE_AUDIT_CLIENT_NOT, GIVING_NOTHING);
	finding_explain(l, f, BECAUSE_INPUT_HASHED, GIVING_NOTHING);
	finding_explain(l, f, BECAUSE_HASHES_TAKEN, GIVING_NOTHING);
}

/* What may have been in a pause. Its rows look alike whoever made them bare: nothing rules that
 * out. */
static void
tell_pause(struct rows *rows, const struct stretch *s)
{
	struct findings *l = rows->findings;
	struct finding *f =
	    stretch_say(rows, s, S04_PAUSE, NUM(s->rows), NUM(s->correlations), s->until);

	finding_explain(l, f, BECAUSE_PAUSE, GIVING_NOTHING);
	finding_explain(l, f, BECAUSE_PAUSE_TAKEN, GIVING_NOTHING);
}

/*
 * The source made no hashes for a while, and again afterwards: no keyed row is of that time, one is
 * later. Rows that were made bare among others, or at the end of what is here, do not look so;
 * these are told as rows that nothing protects (S04). True: it was such a stretch.
 */
static bool
leave_pause(struct rows *rows, const struct stretch *s)
{
	if (keyed_between(rows, s->from, s->until) || keyed_between(rows, s->until, INT64_MAX) == 0)
		return false;
	for (uint64_t i = 0; i < rows->events; i++)
		if (rows->node[i].time >= s->from && rows->node[i].time <= s->until)
			rows->event[i].bare = false;
	tell_pause(rows, s);
	return true;
}

static void
tell(struct rows *rows, const struct stretch *s, int64_t since, struct str who)
{
	explain(rows, s,
	    stretch_say(rows, s, S44_STRETCH, NUM(s->rows), NUM(s->correlations), since), who);
}

static int
gather_bare(struct stretches *s)
{
	const struct rows *rows = s->rows;

	for (uint64_t i = 0; i < rows->events; i++)
		if (rows->event[i].bare)
			stretches_row(s, rows->node[i].corr, rows->node[i].time);
	return 0;
}

int
unhashed_find(struct pass *p, struct err *e)
{
	static const struct stretch_kind bare = { gather_bare, leave_pause, tell };
	struct rows *rows = p->rows;
	int64_t since = keyed_since(rows), rollout = keyed_rollout(rows);

	/* a source without a key: no row lies behind INT64_MAX */
	if (!leave_late(rows, since == INT64_MAX ? since : since + rollout))
		return 0;
	return leave_bare_inputs(p, e) ? -1 : stretches_tell(rows, &bare, since, rollout, e);
}
