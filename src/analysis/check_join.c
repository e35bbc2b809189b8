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

		if (at->kind != TOKEN_WORD)
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
		int64_t more = multiple(next);

		if (at->kind != TOKEN_NUMBER || !at->q.bare)
			continue;
		if (more) {
			at->q.factor *= more;
			next->kind = TOKEN_UNIT;
			if (i + 2 == t->n)
				break;
			next++;
		}
		if (is(next, "per") && i + 2 < t->n && is(next + 1, "cent")) {
			at->q.dim = DIM_SHARE;
			at->q.factor *= 100;
			at->q.bare = false;
			next->kind = next[1].kind = TOKEN_UNIT;
		} else if (next->kind == TOKEN_WORD && next->word->dim) {
			at->q.dim = next->word->dim;
			at->q.factor *= next->word->factor;
			at->q.bare = false;
			next->kind = TOKEN_UNIT;
		} else if (is(next, "am") || is(next, "pm")) {
			at->kind = TOKEN_TIME;
			at->t = (struct instant){ .clock = true, .grain_us = 3600000000 };
			at->t.us = (at->q.mantissa % 12 + (is(next, "pm") ? 12 : 0)) * 3600000000;
			next->kind = TOKEN_UNIT;
		}
	}
}

/* The next token that is no unit; `and` between two parts of a time is passed over. */
static struct token *
behind(struct tokens *t, unsigned i, bool over)
{
	for (i++; i < t->n; i++)
		if (t->t[i].kind != TOKEN_UNIT && !(over && is(&t->t[i], "and")))
			return &t->t[i];
	return NULL;
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
			    a->factor % b->factor || b->mantissa >= a->factor / b->factor)
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
	dates(t);
	units(t);
	compounds(t);
	phrases(t, x);
}
