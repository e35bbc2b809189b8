/* Words beside each other that are one number, one instant, or one phrase. */
#include <strings.h>

#include "analysis/check_inner.h"

static const struct {
	const char *first, *second, *meaning;
} phrase[] = {
#define PHRASE(first, second, meaning) { first, second, meaning },
#include "analysis/check.def"
};

static bool
is(const struct token *t, const char *word)
{
	return t->kind == TOKEN_WORD && t->n == strlen(word) && strncasecmp(t->p, word, t->n) == 0;
}

/* `three`, `twenty-one`; `one` and `an` only where they count. */
static void
number_words(struct tokens *t, const struct lexicon *x)
{
	for (unsigned i = 0; i < t->n; i++) {
		struct token *at = &t->t[i], *next = i + 1 < t->n ? at + 1 : NULL;
		int64_t value = 1;
		bool counts = next && next->kind == TOKEN_WORD &&
		    (word_in(next->word, LIST_COUNTED) || next->word->dim == DIM_TIME);

		/* `once approved` begins a clause, `asked once` counts */
		if (at->kind != TOKEN_WORD ||
		    (word_in(at->word, LIST_PRESUMED) && next && next->kind != TOKEN_CITE &&
			next->clause == at->clause))
			continue;
		if (is(at, "one")                   ? !counts :
			is(at, "a") || is(at, "an") ? !next || next->word->dim != DIM_TIME ||
			    next->word->factor < 60000 :
						      !word_number(x, at->p, at->n, &value))
			continue;
		at->kind = TOKEN_NUMBER;
		at->q = (struct quantity){ .mantissa = value, .factor = 1, .bare = true };
	}
}

/* `four and a half`, `an hour and a quarter`, `two and three quarters`: in hundredths what the
 * tokens at i add; 0: nothing. */
static int64_t
and_a_part(const struct tokens *t, unsigned i)
{
	const struct token *and = &t->t[i], *n = and+1, *part = and+2;
	int64_t count = 1;

	if (i + 2 >= t->n || !is(and, "and") || part->word->part == 0 || part->word->part > 4)
		return 0;
	if (n->kind == TOKEN_NUMBER && n->q.bare && n->q.decimals == 0)
		count = n->q.mantissa;
	else if (!is(n, "a") && !is(n, "one"))
		return 0;
	return count > 0 && count < part->word->part ? count * 100 / part->word->part : 0;
}

/* These tokens are part of a number before them; `and` does not begin a clause there. */
static void
swallow(struct tokens *t, unsigned from, unsigned to)
{
	unsigned clause = t->t[from].clause;

	for (unsigned i = from; i < to; i++) {
		t->t[i].kind = TOKEN_UNIT;
		t->t[i].word = t->t[0].word;
	}
	if (from && t->t[from - 1].clause == clause - 1)
		for (unsigned i = from; i < t->n; i++)
			t->t[i].clause--;
}

/* Halves and quarters: `four and a half minutes`, `half an hour`, `three quarters of an hour`. */
static void
fractions(struct tokens *t)
{
	for (unsigned i = 0; i < t->n; i++) {
		struct token *at = &t->t[i];
		bool whole = at->kind == TOKEN_NUMBER && at->q.bare && at->q.decimals == 0 &&
		    at->q.mantissa < 1000000;
		bool unit = i + 1 < t->n && at[1].kind == TOKEN_WORD && at[1].word->dim == DIM_TIME;

		int64_t more = whole ? and_a_part(t, i + 1) : 0;

		/* `four and a half`, before or behind its unit */
		if (more || (whole && unit && (more = and_a_part(t, i + 2)) != 0)) {
			unit = and_a_part(t, i + 1) == 0;
			at->q.mantissa = at->q.mantissa * 100 + more;
			at->q.decimals = 2;
			at->q.step = more == 50 ? 50 : 25;
			swallow(t, i + 1 + (unit ? 1u : 0u), i + 4 + (unit ? 1u : 0u));
		} else if (whole && at->q.mantissa == 1 && i && is(at - 1, "half") && unit) {
			/* `half an hour`: the 1 of `an` becomes 0.5 */
			at->q.mantissa = 5;
			at->q.decimals = 1;
			at->q.step = 5;
			at[-1].kind = TOKEN_UNIT;
		} else if (whole && at->q.mantissa == 1 && i > 1 && unit && is(at - 1, "of") &&
		    (is(at - 2, "quarter") || is(at - 2, "quarters"))) {
			/* `three quarters of an hour`: likewise, by the number before it */
			bool counted = i > 2 && at[-3].kind == TOKEN_NUMBER && at[-3].q.bare &&
			    at[-3].q.mantissa < 4;

			at->q.mantissa = 25 * (counted ? at[-3].q.mantissa : 1);
			at->q.decimals = 2;
			at->q.step = 25;
			for (unsigned k = counted ? 3 : 2; k; k--)
				at[-(int)k].kind = TOKEN_UNIT;
		}
	}
}

/*
 * Parts of a whole: `two thirds`, `half of the time`, `a quarter of it` are shares, said to the
 * twentieth. `half an hour` is a time already, `the second half` a part by its place.
 */
static void
shares(struct tokens *t)
{
	for (unsigned i = 0; i < t->n; i++) {
		struct token *at = &t->t[i], *before = i ? at - 1 : NULL;
		const struct token *next = i + 1 < t->n ? at + 1 : NULL;
		bool of = next && next->kind == TOKEN_WORD && (is(next, "of") || is(next, "the"));
		bool counted = before && before->kind == TOKEN_NUMBER && before->q.bare &&
		    before->q.decimals == 0 && before->q.mantissa > 0;
		bool an = before && (is(before, "a") || is(before, "an") || is(before, "one"));
		unsigned part = at->word->part;

		if (at->kind != TOKEN_WORD || part == 0 ||
		    (counted          ? before->q.mantissa >= part :
			    part == 2 ? !of :
					!an || !of))
			continue;
		at->kind = TOKEN_NUMBER;
		share_of(&at->q, counted ? before->q.mantissa : 1, part);
		/* what stands before it is part of it, and what is said of it */
		if (counted || an) {
			at->sign = before->sign;
			before->kind = TOKEN_UNIT;
		}
	}
}

/* `between 20 and 21 minutes`, `two to three minutes`: bounds, and one unit. */
static void
ranges(struct tokens *t)
{
	for (unsigned i = 0; i + 1 < t->n; i++) {
		struct token *a = &t->t[i], *b, *last = a;
		bool between;

		/* a unit may stand behind the first, too */
		while (last + 1 < t->t + t->n && last[1].kind == TOKEN_UNIT)
			last++;
		b = last + 1 < t->t + t->n && last[1].sign == '-' ? last + 1 : last + 2;
		if (a->kind != TOKEN_NUMBER || b >= t->t + t->n || b->kind != TOKEN_NUMBER)
			continue;
		between = i && is(a - 1, "between") && is(last + 1, "and");
		if (!between && b->sign != '-' && !(a->q.bare && !b->q.bare && is(last + 1, "to")))
			continue;
		if (a->q.bare && !b->q.bare) {
			a->q.dim = b->q.dim;
			a->q.factor = b->q.factor;
			a->q.bare = false;
		}
		if (a->q.dim != b->q.dim || a->q.dim == DIM_NONE)
			continue;
		a->q.bound = 2;
		b->q.bound = -2;
	}
}

/* What stands before a number and says how it is meant. */
static void
bounds(struct tokens *t)
{
	for (unsigned i = 1; i < t->n; i++) {
		struct token *at = &t->t[i], *before = at - 1;
		const struct token *how, *first = &t->t[0];
		bool than, least;

		if (at->kind != TOKEN_NUMBER)
			continue;
		/* `half` of `over half an hour` */
		while (before > first && before->kind == TOKEN_UNIT)
			before--;
		than = is(before, "than") && before > first;
		least = before > first && is(before - 1, "at");
		how = than ? before - 1 : before;
		at->q.about = at->sign == '~' || word_in(before->word, LIST_ABOUT) ||
		    (before > first && is(before, "to") && word_in(before[-1].word, LIST_ABOUT));
		if (at->sign && at->sign != '~')
			at->q.bound = at->sign == '>' ? 2 : -2;
		else if (least && (is(before, "least") || is(before, "most")))
			at->q.bound = is(before, "least") ? 2 : -2;
		else if (than || !is(before, "more"))
			at->q.bound = is(how, "within")   ? -2 :
			    word_in(how->word, LIST_MORE) ? 1 :
			    word_in(how->word, LIST_LESS) ? -1 :
							    0;
		/* `no more than` is at most */
		if (at->q.bound && than && how > first && word_in(how[-1].word, LIST_NOT))
			at->q.bound = at->q.bound > 0 ? -2 : 2;
	}
}

/* `sixteen-odd minutes`, `20-odd` */
static void
odd(struct tokens *t, const struct lexicon *x)
{
	for (unsigned i = 0; i < t->n; i++) {
		struct token *at = &t->t[i];
		struct quantity q = { .factor = 1, .bare = true };
		unsigned n = at->n;

		if ((at->kind != TOKEN_NAME && at->kind != TOKEN_WORD) || at->quoted || n < 6 ||
		    (strncasecmp(at->p + n - 4, "-odd", 4) &&
			strncasecmp(at->p + n - 4, "-ish", 4)))
			continue;
		if (!word_number(x, at->p, n - 4, &q.mantissa) && !number_of(x, at->p, n - 4, &q))
			continue;
		at->kind = TOKEN_NUMBER;
		at->q = q;
		at->sign = '~';
	}
}

static int64_t
multiple(const struct token *t)
{
	return is(t, "hundred") ? 100 : is(t, "thousand") ? 1000 : is(t, "million") ? 1000000 : 0;
}

/* A number takes the unit behind it, and the hundreds before that. */
static void
units(struct tokens *t)
{
	for (unsigned i = 0; i + 1 < t->n; i++) {
		struct token *at = &t->t[i], *next = at + 1;
		int64_t more;

		/* only a number that has no unit yet */
		if (at->kind != TOKEN_NUMBER || !at->q.bare)
			continue;
		/* `and a half` */
		while (next + 1 < t->t + t->n && next->kind == TOKEN_UNIT)
			next++;
		/* `five thousand`, and the unit behind it */
		more = multiple(next);
		if (more) {
			at->q.factor *= more;
			next->kind = TOKEN_UNIT;
			if (next + 1 == t->t + t->n)
				break;
			next++;
		}
		/* `five further minutes` */
		if (word_in(next->word, LIST_BETWEEN) && next + 1 < t->t + t->n &&
		    next[1].kind == TOKEN_WORD && next[1].word->dim == DIM_TIME)
			(next++)->kind = TOKEN_UNIT;
		/* percent in two words */
		if (is(next, "per") && next + 1 < t->t + t->n && is(next + 1, "cent")) {
			at->q.dim = DIM_SHARE;
			at->q.factor *= 100;
			at->q.bare = false;
			next->kind = next[1].kind = TOKEN_UNIT;
		} else if (next->kind == TOKEN_WORD && next->word->dim) {
			at->q.dim = next->word->dim;
			at->q.factor *= next->word->factor;
			at->q.bare = false;
			next->kind = TOKEN_UNIT;
		} else if (next->kind != TOKEN_UNIT &&
		    word_among("am pm a.m p.m", next->p, next->n)) {
			/* a time of day, which is no amount */
			at->kind = TOKEN_TIME;
			at->t = (struct instant){ .clock = true, .grain_us = 3600000000 };
			at->t.us =
			    (at->q.mantissa % 12 + (next->p[0] == 'p' ? 12 : 0)) * 3600000000;
			next->kind = TOKEN_UNIT;
		}
	}
}

/* The next token that is no unit; `and` between two parts of a time is passed over. */
static struct token *
behind(struct tokens *t, unsigned i, bool over)
{
	for (i++; i < t->n; i++)
		if (t->t[i].kind != TOKEN_UNIT &&
		    !(over && t->t[i].kind == TOKEN_WORD && word_in(t->t[i].word, LIST_AND)))
			return &t->t[i];
	return NULL;
}

/* How many of a unit nobody says in the next one. */
static int64_t
most_of(int64_t factor)
{
	return factor == 1 ? 1000 : factor < 3600000 ? 60 : factor < 86400000 ? 24 : 7;
}

/* `13 hours and 5 minutes` is one time. */
static void
compounds(struct tokens *t)
{
	for (unsigned i = 0; i < t->n; i++) {
		struct token *at = &t->t[i], *next;
		struct quantity *a = &at->q, *b;

		while (at->kind == TOKEN_NUMBER && a->dim == DIM_TIME &&
		    (next = behind(t, i, true)) != NULL && next->kind == TOKEN_NUMBER) {
			b = &next->q;
			if (b->dim != DIM_TIME || a->decimals || b->decimals || b->mantissa < 0 ||
			    a->mantissa < 0 || a->mantissa > 1000000000 ||
			    b->mantissa > 1000000000 || a->factor <= b->factor ||
			    a->factor % b->factor || b->mantissa >= most_of(b->factor))
				break;
			a->mantissa = a->mantissa * (a->factor / b->factor) + b->mantissa;
			a->factor = b->factor;
			a->compound = true;
			next->kind = TOKEN_UNIT;
		}
	}
}

/* `19 November 2026`, `Nov 19`. */
static void
dates(struct tokens *t)
{
	for (unsigned i = 0; i < t->n; i++) {
		struct token *at = &t->t[i], *before = i ? at - 1 : NULL, *next = at + 1;
		struct token *day = before && before->kind == TOKEN_NUMBER ? before :
		    i + 1 < t->n && next->kind == TOKEN_NUMBER             ? next :
									     NULL;

		if (at->kind != TOKEN_WORD || at->word->month == 0 || day == NULL || !day->q.bare ||
		    day->q.decimals || day->q.mantissa < 1 || day->q.mantissa > 31)
			continue;
		at->kind = TOKEN_TIME;
		at->t = (struct instant){ .day = true,
			.md = at->word->month * 32 + (unsigned)day->q.mantissa };
		day->kind = TOKEN_UNIT;
		next = behind(t, (unsigned)((day > at ? day : at) - t->t), false);
		if (next && next->kind == TOKEN_NUMBER && next->q.bare && next->q.mantissa > 1900 &&
		    next->q.mantissa < 2200)
			next->kind = TOKEN_UNIT;
	}
}

/* `8:49 pm`; and an ordinal that is no date claims nothing. */
static void
clocks(struct tokens *t)
{
	for (unsigned i = 0; i < t->n; i++) {
		struct token *at = &t->t[i], *next = at + 1;

		/* nor does what a score is out of */
		if (at->kind == TOKEN_NUMBER &&
		    (at->sign == '#' ||
			(i > 1 && at->q.bare && is(at - 1, "of") && is(at - 2, "out") && i > 2 &&
			    at[-3].kind == TOKEN_NUMBER && at[-3].q.decimals)))
			at->kind = TOKEN_UNIT;
		/* `three in the morning` */
		if (at->kind == TOKEN_NUMBER && at->q.bare && at->q.decimals == 0 &&
		    at->q.mantissa > 0 && at->q.mantissa <= 12 && i + 3 < t->n && is(next, "in") &&
		    is(next + 1, "the") &&
		    word_among("morning afternoon evening", next[2].p, next[2].n)) {
			at->kind = TOKEN_TIME;
			at->t = (struct instant){ .clock = true, .grain_us = 3600000000 };
			at->t.us =
			    (at->q.mantissa % 12 + (is(next + 2, "morning") ? 0 : 12)) * 3600000000;
		}
		if (at->kind != TOKEN_TIME || !at->t.clock || at->t.day || i + 1 == t->n ||
		    !word_among("am pm a.m p.m", next->p, next->n))
			continue;
		if ((next->p[0] == 'p' || next->p[0] == 'P') && at->t.us < DAY_US / 2)
			at->t.us += DAY_US / 2;
		next->kind = TOKEN_UNIT;
	}
}

static void
phrases(struct tokens *t, const struct lexicon *x)
{
	for (unsigned i = 0; i < t->n; i++)
		for (size_t k = 0; k < sizeof phrase / sizeof *phrase; k++)
			for (unsigned j = i + 1;
			     is(&t->t[i], phrase[k].first) && j < t->n && j < i + 5; j++)
				if (is(&t->t[j], phrase[k].second)) {
					const char *as = phrase[k].meaning;

					word_stem(as, strlen(as), t->t[i].stem);
					word_meaning(x, as, strlen(as), t->t[i].meaning);
				}
}

void
tokens_join(struct tokens *t, const struct lexicon *x)
{
	number_words(t, x);
	odd(t, x);
	dates(t);
	clocks(t);
	fractions(t);
	shares(t);
	bounds(t);
	units(t);
	compounds(t);
	ranges(t);
	phrases(t, x);
}
