/* One row: which changes of a tool, undone, make it give its hash (event.md E-13, d). */
#include <stdio.h>
#include <string.h>

#include "chain/tool_changes_inner.h"

#define SIZE 3u             /* changes in one combination, at most */
#define PICKS 8u            /* booleans told one by one, at most */
#define QUARTER 900000000ll /* of an hour, in microseconds */
#define WEST 48             /* quarters of an hour: the zones there are */
#define EAST 56

/* hash_algorithm is NULL, which the source never writes: '' may have stood there. */
bool
tool_algorithm_lost(const struct record *r)
{
	struct aside_item i;

	return r->algorithm == ALGO_TEXT && aside_find(r, COL_ALGORITHM, &i) && i.n &&
	    i.p[0] == STATE_NULL;
}

static bool
pays(struct tool_changes *t, size_t n)
{
	if (t->budget < n + 64) {
		t->gave_up = true;
		t->budget = 0;
		return false;
	}
	t->budget -= n + 64;
	return true;
}

static bool
gives(struct attempt *a, const void *body, size_t n)
{
	int key;

	if (!pays(a->t, n) || !judge_gives(&a->t->jd, &a->as, body, n, &key))
		return false;
	a->row->key = (int8_t)key;
	return a->found = true;
}

static bool
gives_spelled(void *arg, const void *body, size_t n, enum body_form form, const char *name)
{
	struct attempt *a = arg;

	(void)form;
	if (gives(a, body, n)) {
		snprintf(a->row->spelling, sizeof a->row->spelling, "%s", name);
		return true;
	}
	return a->t->budget == 0;
}

/* The body in t->body as it stands, and, once a combination is known, in the spellings of E-13. */
static bool
body_gives(struct attempt *a)
{
	struct tool_changes *t = a->t;

	if (gives(a, t->body.p, t->body.len))
		return true;
	if (a->spellings)
		judge_spellings(
		    t->body.p, t->body.len, a->r->body_form, &t->gave_up, gives_spelled, a);
	return a->found;
}

/* The body in t->body with another time. */
static bool
time_gives(struct attempt *a, size_t end, int64_t us)
{
	struct tool_changes *t = a->t;

	buf_clear(&t->timed);
	buf_put(&t->timed, t->body.p, EVENT_TIME_OFFSET);
	utc_print(&t->timed, UTC_REST, us, 0);
	buf_put(&t->timed, t->body.p + end, t->body.len - end);
	return !t->timed.failed && gives(a, t->timed.p, t->timed.len);
}

/* Where the text of event_timestamp ends in t->body. */
static size_t
time_end(const struct tool_changes *t)
{
	const size_t at = EVENT_TIME_OFFSET;
	const unsigned char *q = memchr(t->body.p + at, '"', t->body.len - at);

	return (size_t)(q - t->body.p);
}

static bool
has_form(int64_t us)
{
	return us >= UTC_FIRST && us < UTC_END;
}

/*
 * Times of one zone, the last one that was proved first: a file is printed in one, or in two that
 * alternate.
 */
static bool
zones(struct attempt *a, const struct event *ev)
{
	size_t end = time_end(a->t);

	for (unsigned i = 0; i < a->in->n_shifts; i++)
		if (has_form(ev->time - a->in->shifts[i]) &&
		    time_gives(a, end, ev->time - a->in->shifts[i])) {
			a->in->shift = a->in->shifts[i];
			return true;
		}
	for (int q = -WEST; q <= EAST && a->t->budget; q++)
		if (q && has_form(ev->time - q * QUARTER) &&
		    time_gives(a, end, ev->time - q * QUARTER)) {
			a->in->shift = q * QUARTER;
			if (a->in->n_shifts < SHIFTS)
				a->in->shifts[a->in->n_shifts++] = a->in->shift;
			return true;
		}
	return false;
}

/* The digits below a millisecond, cut, then rounded. */
static bool
finer(struct attempt *a, int64_t time)
{
	size_t end = time_end(a->t);

	for (int64_t d = 1; d < 1000 && a->t->budget; d++)
		if (has_form(time + d) && time_gives(a, end, time + d))
			return true;
	for (int64_t d = 1; d <= 500 && a->t->budget; d++)
		if (has_form(time - d) && time_gives(a, end, time - d))
			return true;
	return false;
}

/* Undoes the texts of a combination, each in its order: what one undoes the next one sees. 0, with
 * *ret: every one had something to undo; -1: no memory. */
static int
undo_texts(struct attempt *a, struct event *ev, uint32_t combination, uint32_t pick, bool *ret)
{
	struct tool_changes *t = a->t;

	*ret = true;
	undo_begin(t->undo);
	for (unsigned c = 0; c < UNDO_TEXTS && *ret; c++) {
		enum undone d;

		if (!(combination >> c & 1))
			continue;
		if ((d = undo_apply(t->undo, ev, c, pick)) == UNDONE_NOMEM)
			return -1;
		*ret = d == UNDONE_OTHER;
	}
	return 0;
}

/* Hashed is the canonical form of what is left, in t->body. False: it has none. */
static bool
body_of(struct attempt *a, struct event *ev)
{
	struct tool_changes *t = a->t;

	buf_clear(&t->body);
	event_put_body(&t->body, ev, a->r->body_form);
	return !t->body.failed;
}

/* With the time in each zone; then in another spelling of E-13 as well, in the zones that are known
 * now. */
static void
local_gives(struct attempt *a, struct event *ev)
{
	int64_t was = ev->time;

	zones(a, ev);
	for (unsigned i = 0; a->spellings && i < a->in->n_shifts && !a->found; i++) {
		if (!has_form(was - a->in->shifts[i]))
			continue;
		ev->time = was - a->in->shifts[i];
		if (body_of(a, ev))
			body_gives(a);
	}
}

/* Which correlation the row had before, since a tool may have changed that as well. */
static void
note_found(struct attempt *a, const struct event *ev)
{
	sha256_once(a->t->jd.sha, ev->correlation.p, ev->correlation.n, a->row->corr);
	a->row->moved = memcmp(a->row->corr, a->r->correlation, 32) != 0;
	memcpy(a->row->claimed, a->r->claimed, 32);
}

/*
 * Undoes the texts of a combination and tries; then the times of it. *ret_applies: all of them
 * change something.
 */
int
tool_try(struct attempt *a, uint32_t combination, uint32_t pick, bool *ret_applies)
{
	struct tool_changes *t = a->t;
	const struct record *r = a->r;
	bool local = combination >> UNDO_LOCAL_TIME & 1;
	struct event ev;
	const char *why;

	/* unless one of the texts has nothing to undo */
	*ret_applies = true;
	if (event_parse_body(
		&ev, (const char *)r->body, r->body_len, r->body_form, false, &t->text, &why))
		return t->text.nomem ? -1 : 0;
	if (undo_texts(a, &ev, combination, pick, ret_applies))
		return -1;
	if (!*ret_applies)
		return 0;
	/* the algorithm may have been lost on the way as well */
	a->as = *r;
	if (combination >> UNDO_NULL_EMPTY & 1)
		a->as.algorithm = ALGO_EMPTY;
	if (!body_of(a, &ev))
		return t->body.nomem ? -1 : 0;
	a->combination = combination;
	/* times last, since they have many values */
	if (combination >> UNDO_MILLISECONDS & 1)
		finer(a, local ? ev.time - a->in->shift : ev.time);
	else if (local)
		local_gives(a, &ev);
	else
		body_gives(a);
	if (a->found)
		note_found(a, &ev);
	return 0;
}

/* Changes that go together: one code page, one direction of line ends, one reading of numbers. */
static bool
sensible(uint32_t c)
{
	return undo_count(c) <= SIZE && undo_count(c & UNDO_CODE_PAGES) <= 1 &&
	    undo_count(c & (1u << UNDO_CRLF_MADE | 1u << UNDO_CRLF_UNMADE)) <= 1;
}

/*
 * Changes of an input that may still explain its rows: what costs much only if nothing speaks
 * against it.
 */
static uint32_t
candidates(const struct input_changes *in)
{
	uint32_t set = 0;

	for (unsigned c = 0; c < UNDO_DIGITS; c++)
		if ((in->against[c] == 0 || c < UNDO_TEXTS) &&
		    (in->proofs[c] || in->tried[c] < TOOL_TRIED))
			set |= 1u << c;
	return set;
}

static void
learn(struct input_changes *in, uint32_t combination)
{
	for (unsigned c = 0; c < UNDOS; c++)
		in->proofs[c] += combination >> c & 1;
	for (unsigned i = 0; i < in->n_combinations; i++)
		if (in->combination[i] == combination) {
			in->times[i]++;
			return;
		}
	if (in->n_combinations < COMBINATIONS) {
		in->combination[in->n_combinations] = combination;
		in->times[in->n_combinations++] = 1;
	}
}

/* Tries one combination, unless the hash is found already. -1: no memory. */
static int
attempt(struct attempt *a, uint32_t combination)
{
	bool whole;

	return a->found ? 0 : tool_try(a, combination, ~0u, &whole);
}

/*
 * Texts one by one: which change makes something else of the row at all, as bits in *ret; one that
 * gives the hash is found on the way. An algorithm that was lost changes the hash, and no text.
 */
static int
try_single(struct attempt *a, uint32_t set, uint32_t *ret)
{
	bool whole;

	*ret = 0;
	for (unsigned k = 0; k < UNDO_TEXTS && !a->found; k++)
		if (set >> k & 1) {
			if (tool_try(a, 1u << k, ~0u, &whole))
				return -1;
			*ret |= whole ? 1u << k : 0;
		}
	if (tool_algorithm_lost(a->r) && set >> UNDO_NULL_EMPTY & 1)
		*ret |= 1u << UNDO_NULL_EMPTY;
	return 0;
}

/* All combinations of what applies, as subsets of a word. */
static int
try_together(struct attempt *a, uint32_t applies)
{
	for (uint32_t c = applies & -applies; c && !a->found; c = (c - applies) & applies)
		if (sensible(c) && (undo_count(c) >= 2 || c == 1u << UNDO_NULL_EMPTY) &&
		    attempt(a, c))
			return -1;
	return 0;
}

/* A boolean may stand beside numbers that are just 0 or 1: each by itself, bounded by PICKS. */
static int
try_booleans(struct attempt *a)
{
	struct tool_changes *t = a->t;
	struct event ev;
	const char *why;
	bool whole;
	unsigned n;

	if (event_parse_body(&ev, (const char *)a->r->body, a->r->body_len, a->r->body_form, false,
		&t->text, &why))
		return 0;
	n = undo_booleans(ev.data);
	for (uint32_t pick = 1; n <= PICKS && pick + 1 < 1u << n && !a->found && t->budget; pick++)
		if (tool_try(a, 1u << UNDO_BOOLEAN, pick, &whole))
			return -1;
	return 0;
}

/*
 * Times behind the texts of `base`: the zone, then digits below a millisecond, which are a thousand
 * and tried only where the input's times show that they are cut; then both.
 */
static int
try_times(struct attempt *a, uint32_t set, uint32_t base)
{
	const uint32_t local = 1u << UNDO_LOCAL_TIME, digits = 1u << UNDO_MILLISECONDS;
	bool cut = a->in->shows[UNDO_MILLISECONDS] >= TOOL_PROOFS;

	if (set & local && attempt(a, base | local))
		return -1;
	if (set & digits && cut && attempt(a, base | digits))
		return -1;
	return set & local && set & digits && cut && a->in->shift ?
	    attempt(a, base | local | digits) :
	    0;
}

/* Second look, at a row that does not give its hash: what its input's tool may have done. */
int
tool_try_all(struct attempt *a)
{
	struct input_changes *in = a->in;
	uint32_t set = candidates(in), applies;

	/* what has fitted other rows of this input fits most */
	for (unsigned i = 0; i < in->n_combinations; i++)
		if (attempt(a, in->combination[i]))
			return -1;
	if (try_single(a, set, &applies) || try_together(a, applies))
		return -1;
	if (!a->found && applies >> UNDO_BOOLEAN & 1 && try_booleans(a))
		return -1;
	/* times alone, and behind all that applies; not behind two code pages, which no file has */
	if (!a->found && try_times(a, set, 0))
		return -1;
	if (!a->found && applies && undo_count(applies & UNDO_CODE_PAGES) <= 1 &&
	    try_times(a, set, applies))
		return -1;
	if (a->found) {
		a->row->combination = a->combination;
		learn(in, a->combination);
		return 0;
	}
	/* counted as tried, so that a change that never fits is not offered as an explanation */
	for (unsigned k = 0; k < UNDOS; k++)
		in->tried[k] += k == UNDO_LOCAL_TIME || a->row->shows >> k & 1;
	return 0;
}
