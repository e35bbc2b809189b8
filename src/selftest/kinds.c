#include "selftest/drafts.h"

#include <string.h>

/* What the input's end counts. */
static int
recount(struct trial *t, struct draft *d, unsigned more)
{
	unsigned events = 0, contexts = 0;

	for (unsigned i = 0; i < d->n; i++) {
		events += d->rec[i].r.kind == KIND_EVENT;
		contexts += d->rec[i].r.kind == KIND_CONTEXT;
	}
	/* beginning, table and end are not counted */
	return rows_end(&d->rec[d->n - 1].r, events + more, contexts - 3, t->own);
}

/* ---- the kinds */

static int
kind_lie(struct trial *t, int at)
{
	t->lie = (struct lie){ (enum lie_at)at, trial_draw(t, 1ull << 40) };
	return 0;
}

static int
kind_early(struct trial *t, int arg)
{
	unsigned i = draft_pick(t, &t->one, ANY);

	(void)arg;
	/* where the block goes on */
	if (i == NOWHERE || t->one.rec[i].last || t->one.rec[i + 1].last || i + 3 > t->one.n)
		return 1;
	t->one.rec[i].last = true;
	return 0;
}

static int
kind_edited(struct trial *t, int rehashed)
{
	unsigned i = draft_pick(t, &t->one, rehashed ? UNKEYED_FOLLOWED : ANY);
	int rc = i == NOWHERE ? 1 : row_edit(t, &t->one.rec[i].r);

	if (rc == 0 && rehashed)
		rows_hash(&t->one.rec[i].r, false, t->sha);
	return rc;
}

static int
kind_unkeyed_row(struct trial *t, int arg)
{
	unsigned i = draft_pick(t, &t->one, KEYED_FOLLOWED);
	uint8_t was[32];

	(void)arg;
	if (i == NOWHERE)
		return 1;
	memcpy(was, t->one.rec[i].r.claimed, 32);
	rows_hash(&t->one.rec[i].r, false, t->sha);
	return 0;
}

static int
kind_time(struct trial *t, int arg)
{
	unsigned i = draft_pick(t, &t->one, ANY);

	(void)arg;
	return i == NOWHERE ? 1 : row_rewrite(t, &t->one.rec[i].r, NEW_TIME, NULL);
}

static int
kind_moved(struct trial *t, int arg)
{
	unsigned i = draft_pick(t, &t->one, ANY), k = draft_pick(t, &t->one, ANY);

	(void)arg;
	if (i == NOWHERE ||
	    memcmp(t->one.rec[i].r.correlation, t->one.rec[k].r.correlation, 32) == 0)
		return 1;
	return row_rewrite(t, &t->one.rec[i].r, NEW_CORRELATION, &t->one.rec[k].r);
}

/* A record that has an aside. NULL: there is none. */
static struct record *
with_aside(struct trial *t)
{
	unsigned i = draft_pick(t, &t->one, WITH_ASIDE);

	return i == NOWHERE ? NULL : &t->one.rec[i].r;
}

static int
kind_aside(struct trial *t, int arg)
{
	struct record *r = with_aside(t);
	unsigned char *p;

	(void)arg;
	if (r == NULL)
		return 1;
	if ((p = pieces_copy(t->own, r->aside, r->aside_len)) == NULL)
		return -1;
	/* the last character of the last item: a text, or the number in one */
	p[r->aside_len - 1] ^= 1;
	r->aside = p;
	return 0;
}

static int
kind_items(struct trial *t, int arg)
{
	struct record *r = with_aside(t);
	unsigned char *p;

	(void)arg;
	if (r == NULL)
		return 1;
	if ((p = pieces_take(t->own, 2 * r->aside_len)) == NULL)
		return -1;
	memcpy(p, r->aside, r->aside_len);
	memcpy(p + r->aside_len, r->aside, r->aside_len);
	r->aside = p;
	r->aside_len *= 2;
	return 0;
}

static int
kind_removed(struct trial *t, int last)
{
	unsigned i = draft_pick(t, &t->one, last ? UNFOLLOWED : FOLLOWED);

	if (i == NOWHERE)
		return 1;
	draft_drop(&t->one, i);
	return recount(t, &t->one, 0);
}

static int
kind_whole_removed(struct trial *t, int arg)
{
	unsigned i = draft_pick(t, &t->one, ANY);
	uint8_t gone[32];

	(void)arg;
	if (i == NOWHERE)
		return 1;
	memcpy(gone, t->one.rec[i].r.correlation, 32);
	for (unsigned k = t->one.n; k-- > 0;)
		if (t->one.rec[k].r.kind == KIND_EVENT &&
		    memcmp(t->one.rec[k].r.correlation, gone, 32) == 0)
			draft_drop(&t->one, k);
	return recount(t, &t->one, 0);
}

enum rewritten { REWRITTEN_UNKEYED, REWRITTEN_DOWNGRADED, REWRITTEN_TIMES };

/* Had the source's key come, two hours before a row and more, to another remediation? */
static bool
behind_the_key(const struct trial *t, unsigned i)
{
	const struct record *r = &t->one.rec[i].r;

	for (unsigned k = 0; k < t->one.n && t->keyed; k++)
		if (draft_row(&t->one, k) && t->one.rec[k].r.algorithm == ALGO_HMAC &&
		    t->one.rec[k].r.time + 7200000000ll < r->time &&
		    memcmp(t->one.rec[k].r.correlation, r->correlation, 32))
			return true;
	return false;
}

/* All rows of a remediation from its first on. */
static int
kind_rewritten(struct trial *t, int how)
{
	struct draft *d = &t->one;
	unsigned first = NOWHERE,
		 begin = draft_pick(t, d, how == REWRITTEN_DOWNGRADED ? ANY : UNKEYED);
	uint8_t was[32], of[32];
	int rc = 0;

	if (begin == NOWHERE || (how == REWRITTEN_DOWNGRADED && !behind_the_key(t, begin)))
		return 1;
	memcpy(of, d->rec[begin].r.correlation, 32);
	for (unsigned i = 0; i < d->n && rc == 0; i++) {
		struct record *r = &d->rec[i].r;

		if (!draft_row(d, i) || memcmp(r->correlation, of, 32))
			continue;
		/* the first keyed rows of all may be of before the key */
		if ((r->algorithm == ALGO_HMAC) != (how == REWRITTEN_DOWNGRADED))
			return 1;
		if (how == REWRITTEN_DOWNGRADED)
			r->algorithm = ALGO_SHA256;
		if (how == REWRITTEN_TIMES)
			rc = row_rewrite(t, r, NEW_TIME, NULL);
		if (first == NOWHERE && how != REWRITTEN_TIMES)
			rc = row_edit(t, r);
		first = first == NOWHERE ? i : first;
	}
	/* from the beginning of the chain on, each hash over the one before */
	for (unsigned i = 0; i < d->n && rc == 0; i++) {
		struct record *r = &d->rec[i].r;

		if (!draft_row(d, i) || memcmp(r->correlation, of, 32) ||
		    r->previous_form == FORM_HEX)
			continue;
		memcpy(was, r->claimed, 32);
		rows_hash(r, false, t->sha);
		draft_follow(t, d, i, was);
	}
	return rc;
}

static int
kind_added(struct trial *t, int arg)
{
	unsigned i = draft_pick(t, &t->one, UNKEYED);
	struct record *r;
	int rc;

	(void)arg;
	if (i == NOWHERE || !draft_insert(&t->one, i + 1, &t->one.rec[i]))
		return 1;
	t->one.rec[i].last = false;
	r = &t->one.rec[i + 1].r;
	if ((rc = row_rewrite(t, r, NEW_ID, NULL)) != 0)
		return rc;
	r->previous_form = FORM_HEX;
	memcpy(r->previous, t->one.rec[i].r.claimed, 32);
	rows_hash(r, false, t->sha);
	return recount(t, &t->one, 0);
}

static int
kind_doubled(struct trial *t, int arg)
{
	unsigned i = draft_pick(t, &t->one, ANY);

	(void)arg;
	if (i == NOWHERE || !draft_insert(&t->one, i + 1, &t->one.rec[i]))
		return 1;
	t->one.rec[i].last = false;
	return recount(t, &t->one, 0);
}

static int
kind_swapped(struct trial *t, int renumbered)
{
	unsigned i = draft_pick(t, &t->one, ANY), k = draft_pick(t, &t->one, ANY);
	struct record one;
	uint64_t number;

	if (i == NOWHERE || i == k)
		return 1;
	one = t->one.rec[i].r;
	t->one.rec[i].r = t->one.rec[k].r;
	t->one.rec[k].r = one;
	if (renumbered) {
		number = t->one.rec[i].r.ordinal;
		t->one.rec[i].r.ordinal = t->one.rec[k].r.ordinal;
		t->one.rec[k].r.ordinal = number;
	}
	return 0;
}

static int
kind_renumbered(struct trial *t, int arg)
{
	unsigned i = draft_pick(t, &t->one, ANY);

	(void)arg;
	/* behind a row with a greater number than the new one */
	if (i == NOWHERE || t->one.rec[i].r.ordinal < 3)
		return 1;
	t->one.rec[i].r.ordinal = 1 + trial_draw(t, t->one.rec[i].r.ordinal - 2);
	return 0;
}

static int
kind_flag(struct trial *t, int flag)
{
	unsigned i = draft_pick(t, &t->one, ANY);
	int64_t newest = INT64_MIN;

	if (i == NOWHERE)
		return 1;
	for (unsigned k = 0; k < i; k++)
		if (t->one.rec[k].r.kind == KIND_EVENT && t->one.rec[k].r.time > newest)
			newest = t->one.rec[k].r.time;
	/* one that is late against what was read before is called so rightly */
	if (flag == FLAG_LATE && t->one.rec[i].r.time < newest)
		return 1;
	t->one.rec[i].r.flags |= (uint16_t)flag;
	if (flag == FLAG_WITHHELD)
		record_digest(t->sha, &t->one.rec[i].r, t->one.rec[i].r.body_digest);
	return 0;
}

static int
kind_source(struct trial *t, int arg)
{
	unsigned i = draft_pick(t, &t->one, ANY);

	(void)arg;
	if (i == NOWHERE)
		return 1;
	t->one.rec[i].r.source = 3 + (uint32_t)trial_draw(t, 1000);
	return 0;
}

/* Where block k of a draft begins; n of it for the one behind the last. */
static unsigned
block_at(const struct draft *d, unsigned k)
{
	unsigned i = 0;

	while (k && i < d->n)
		k -= d->rec[i++].last;
	return i;
}

/* One of the blocks in the middle: those at the ends hold the input's beginning and end. */
static int
kind_block(struct trial *t, int how)
{
	struct draft *d = &t->one;
	unsigned n = 1, k, from, to, end;
	struct draft was = *d;

	for (unsigned i = 0; i + 1 < d->n; i++)
		n += d->rec[i].last;
	/* two blocks are exchanged, which needs one more */
	if (n < (how == 2 ? 4u : 3u))
		return 1;
	k = 1 + (unsigned)trial_draw(t, n - (how == 2 ? 3u : 2u));
	from = block_at(d, k);
	to = block_at(d, k + 1);
	end = block_at(d, k + 2);
	if (how == 0) {
		memmove(&d->rec[from], &d->rec[to], (d->n - to) * sizeof *d->rec);
		d->n -= to - from;
	} else if (how == 1) {
		if (d->n + to - from > DRAFT_RECORDS)
			return 1;
		memmove(&d->rec[to + (to - from)], &d->rec[to], (d->n - to) * sizeof *d->rec);
		memcpy(&d->rec[to], &was.rec[from], (to - from) * sizeof *d->rec);
		d->n += to - from;
	} else {
		memcpy(&d->rec[from], &was.rec[to], (end - to) * sizeof *d->rec);
		memcpy(&d->rec[from + (end - to)], &was.rec[from], (to - from) * sizeof *d->rec);
	}
	return recount(t, d, 0);
}

static int
kind_input_count(struct trial *t, int arg)
{
	(void)arg;
	return recount(t, &t->one, 1 + (unsigned)trial_draw(t, 9));
}

static int
kind_key(struct trial *t, int trailer_alone)
{
	t->trailer = HAND_OTHER;
	if (!trailer_alone)
		t->seal = HAND_OTHER;
	return 0;
}

/* ---- several files */

static int
kind_second(struct trial *t, int at)
{
	t->given = GIVE_ONE | GIVE_TWO;
	t->lie_two = (struct lie){ (enum lie_at)at, trial_draw(t, 1ull << 40) };
	return 0;
}

static int
kind_alone(struct trial *t, int arg)
{
	(void)arg;
	t->given = GIVE_TWO;
	t->against = GIVE_ONE | GIVE_TWO;
	return 0;
}

/* Rows changed, and the hashes behind them made again, by somebody who has every key. */
static int
whole_rewrite(struct trial *t)
{
	struct draft *d = &t->one;
	unsigned i = draft_pick(t, d, ANY);
	struct record *r;
	uint8_t was[32];
	int rc;

	if (i == NOWHERE)
		return 1;
	r = &d->rec[i].r;
	/* rows of a file whose key nobody here has */
	if (r->algorithm == ALGO_HMAC && !t->keyed)
		return 1;
	memcpy(was, r->claimed, 32);
	if ((rc = row_edit(t, r)) != 0)
		return rc;
	rows_hash(r, r->algorithm == ALGO_HMAC, t->sha);
	draft_follow(t, d, i, was);
	return 0;
}

static int
kind_fork(struct trial *t, int arg)
{
	(void)arg;
	t->given = GIVE_ONE | GIVE_TWO;
	t->fork = true;
	t->against = GIVE_ONE;
	return whole_rewrite(t);
}

static int
kind_version(struct trial *t, int arg)
{
	(void)arg;
	return whole_rewrite(t);
}

static int
kind_older(struct trial *t, int seen)
{
	t->expects = seen != 0;
	return 0;
}

static int
kind_holder(struct trial *t, int how)
{
	if (how == 2)
		return kind_added(t, 0);
	t->given = GIVE_ONE | GIVE_TWO;
	t->expects = how == 1;
	return whole_rewrite(t);
}

/* Threats of the ledger, as verify/threats.def names them; the suite compares. */
#define T_BYTE "A byte of the file changed after sealing"
#define T_RECORD "A record changed, removed, inserted or reordered after sealing"
#define T_CUT "Records cut at the beginning or end"
#define T_OTHER_KEY "The whole file rewritten and signed with another key"
#define T_STOLEN "The signing key stolen, or changed without notice"
#define T_OLDER "An older state of the log presented"
#define T_VERSION "Another version of the log shown to others"
#define T_HOLDER "The holder of the signing key rewrote everything"
#define T_EDITED "A source record edited before export"
#define T_DELETED \
	"Rows deleted inside a remediation before export, where a keyed row behind them is kept"
#define T_UNKEYED "Unkeyed rows deleted or rewritten before export, their hashes made again"
#define T_LAST "The last rows, or a whole remediation, deleted before export"
#define T_BACKDATED "Times backdated by the source"

const struct kind_info kind_info[SELFTEST_KINDS] = {
#define KIND(id, function, arg, outsider, insider, threat, words) \
	[KIND_OF_##id] = { function, arg, { outsider, insider }, threat, words },
#define BYTES(id, threat, words) \
	[KIND_OF_BYTES_##id] = { NULL, 0, { MUST_FIND, NOT_TRIED }, threat, words },
#include "selftest/kinds.def"
#undef BYTES
#undef KIND
};
