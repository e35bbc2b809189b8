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

	return t && t->input < p->n_carrying ? t->input : 0;
}

static int
note_carrying(struct pass *p, const struct block *b, uint32_t i, uint64_t n)
{
	if (p->rows->event[n].content != CONTENT_NO_HASH)
		p->carrying[input_of(p, &b->rec[i])] = true;
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
	p->rows->event[n].bare &= p->carrying[input_of(p, &b->rec[i])];
	return 0;
}

/* Leaves out rows of inputs without a hash at all: those do not carry any. */
static int
leave_bare_inputs(struct pass *p, struct err *e)
{
	const struct rows *rows = p->rows;
	int rc = 0;

	for (unsigned k = 0; k < rows->n_archives && rc == 0; k++) {
		uint64_t first = pass_first_block(p, k), at = rows->block_event[first],
			 end = rows->block_event[first + archive_blocks(rows->archive[k])];

		while (at < end && !rows->event[at].bare)
			at++;
		if (at == end)
			continue;
		p->n_carrying = archive_tables(rows->archive[k]) + 1;
		if ((p->carrying = calloc(p->n_carrying, sizeof *p->carrying)) == NULL)
			return err_nomem(e);
		rc = pass_walk(p, k, pass_any, note_carrying, e);
		if (rc == 0)
			rc = pass_walk(p, k, is_bare, leave_others, e);
		free(p->carrying);
		p->carrying = NULL;
	}
	return rc;
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
explain(const struct rows *rows, const struct stretch *s, struct finding *f, const struct buf *who)
{
	struct findings *l = rows->findings;
	uint64_t keyed = keyed_between(rows, s->from, s->until);

	finding_explain(l, f, EXPLAINED_CANNOT_TELL,
	    "an instance of the source that made no hashes, of a version before them or with them "
	    "turned off, wrote them (%.*s)",
	    (int)who->len, (char *)who->p);
	if (keyed)
		finding_explain(l, f, EXPLAINED_RULED_OUT,
		    "the whole source made no hashes then: %" PRIu64 " keyed rows are of that time",
		    keyed);
	else
		finding_explain(l, f, EXPLAINED_CANNOT_TELL,
		    "the whole source made no hashes then: no keyed row is of that time");
	finding_explain(l, f, EXPLAINED_RULED_OUT,
	    "they are older than the source's hashes, and a migration added the columns: by their "
	    "times they lie behind the first keyed row");
	finding_explain(l, f, EXPLAINED_RULED_OUT,
	    "the source's own audit client, which makes no hashes, wrote them: it writes other "
	    "types");
	finding_explain(
	    l, f, EXPLAINED_RULED_OUT, "their input carries no hashes: it holds hashed rows");
	finding_explain(
	    l, f, EXPLAINED_CANNOT_TELL, "somebody took their hashes away in the database");
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
	return true;
}

static int
tell(struct rows *rows, const struct stretch *s, int64_t since)
{
	struct finding *f;
	char from[40], until[40], keyed[40];
	struct buf who;

	stretch_time(from, s->from);
	stretch_time(until, s->until);
	stretch_time(keyed, since);
	buf_init(&who, 8192);
	stretch_put_who(&who, s);
	if (who.failed) {
		buf_release(&who);
		return -1;
	}
	f = finding_say(rows->findings, S44_STRETCH, s->file, "source records",
	    GIVING(TEXT(from), TEXT(until), NUM(s->rows), NUM(s->correlations), TEXT(keyed)));
	stretch_name(s, rows->findings, f);
	explain(rows, s, f, &who);
	buf_release(&who);
	return 0;
}

int
unhashed_find(struct pass *p, struct err *e)
{
	struct rows *rows = p->rows;
	int64_t since = keyed_since(rows), rollout = keyed_rollout(rows);
	struct stretches s;
	int rc;

	/* a source without a key: no row lies behind INT64_MAX */
	if (!leave_late(rows, since == INT64_MAX ? since : since + rollout))
		return 0;
	if (leave_bare_inputs(p, e))
		return -1;
	rc = stretches_init(&s, rows) ? err_nomem(e) : 0;
	for (uint64_t i = 0; i < rows->events && rc == 0; i++)
		if (rows->event[i].bare)
			stretches_row(&s, rows->node[i].corr, rows->node[i].time);
	if (rc == 0)
		rc = stretches_find(&s, rollout, e);
	for (size_t i = 0; i < s.n && rc == 0; i++)
		if (!leave_pause(rows, &s.stretch[i]) && tell(rows, &s.stretch[i], since))
			rc = err_nomem(e);
	stretches_release(&s);
	return rc;
}
