/* Numbers, instants, names and ids of a sentence against the facts that it cites (AN-16). */
#include <strings.h>

#include "analysis/check_inner.h"
#include "base/text.h"

#define NAME_LOOKED 400u /* bytes of a name that are compared */
#define SHOWN 80         /* of it in a reason */

struct looking {
	struct facts_list *l;
	const struct tokens *t;
	struct verdict *v;
	const struct token *at;
	unsigned i;                  /* its place */
	const struct quantity *unit; /* the last one that stood beside a number, or NULL */
	bool tokens_named;
};

/* `13:04:20`, `15:07` for a length of time. */
static bool
long_as(const struct instant *t, const struct fact *f)
{
	struct quantity q = { .dim = DIM_TIME, .factor = 1 };

	for (unsigned i = 0; i < f->n_q && f->n_when == 0; i++)
		for (int64_t of = 1; of <= 60; of += 59) {
			q.mantissa = t->us / 1000 / of;
			q.step = (unsigned)(t->grain_us / 1000 / of);
			q.compound = true;
			if (quantity_agrees(&q, &f->q[i], false))
				return true;
		}
	return false;
}

bool
fact_has(struct facts_list *l, const struct fact *f, const struct token *t,
    const struct quantity *unit, bool tokens_named)
{
	unsigned n = t->n < NAME_LOOKED ? t->n : NAME_LOOKED;
	char low[NAME_LOOKED];
	bool id = t->n >= 8;

	/* lower letters, since names are compared without case */
	for (unsigned i = 0; i < n; i++) {
		low[i] = t->p[i] >= 'A' && t->p[i] <= 'Z' ? (char)(t->p[i] + 32) : t->p[i];
		id &= (low[i] >= '0' && low[i] <= '9') || (low[i] >= 'a' && low[i] <= 'f') ||
		    low[i] == '-';
	}
	/* times and amounts agree in more ways than one */
	if (t->kind == TOKEN_TIME) {
		for (unsigned i = 0; i < f->n_when; i++)
			if (instant_agrees(&t->t, &f->when[i]))
				return true;
		return !t->t.day && long_as(&t->t, f);
	}
	/* a day of the week is that of an instant */
	if (t->kind == TOKEN_WORD && t->word->day) {
		for (unsigned i = 0; i < f->n_when; i++)
			if (f->when[i].day && f->when[i].year &&
			    (unsigned)((f->when[i].days % 7 + 10) % 7) + 1 == t->word->day)
				return true;
		return false;
	}
	if (t->kind != TOKEN_NUMBER)
		return fact_holds(l, f, low, n, id);
	/* a number may be said in another unit, or in the one before it */
	for (unsigned i = 0; i < f->n_q; i++) {
		struct quantity q = t->q;

		if (quantity_agrees(&q, &f->q[i], tokens_named))
			return true;
		/* `of 13.1 hours 13 were spent`: the unit of the number before */
		if (!q.bare || unit == NULL)
			continue;
		q.dim = unit->dim;
		q.factor = unit->factor;
		if (quantity_agrees(&q, &f->q[i], tokens_named))
			return true;
	}
	return false;
}

/* The same of the token that is looked at. */
static bool
has(struct looking *g, const struct fact *f)
{
	return fact_has(g->l, f, g->at, g->unit, g->tokens_named);
}

/* The number counts the text's own points. */
static bool
own_point(const struct looking *g, unsigned i)
{
	const struct token *t = &g->t->t[i];

	return t->q.bare && t->q.decimals == 0 && t->q.mantissa > 0 && t->q.mantissa <= 20 &&
	    ((i && word_among("those these", t[-1].p, t[-1].n)) ||
		(i && word_in(t[-1].word, LIST_PLACE)) ||
		(i + 1 < g->t->n && word_in(t[1].word, LIST_PLACE)));
}

/* `carol's` is carol. */
static unsigned
without_s(const struct token *t)
{
	return t->n > 3 && t->p[t->n - 2] == '\'' && t->p[t->n - 1] == 's' ? t->n - 2 : t->n;
}

/*
 * Made of words, and still a name: `prod-checkout`. English joins words with a preposition, behind
 * or before a word that says how, or to an ending; what else is joined is somebody's own.
 */
static bool
joined_name(const struct lexicon *x, const struct token *t)
{
	const char *p = t->p, *end = p + t->n;
	bool stage = false, unknown = false;
	unsigned parts = 0;

	for (const char *dash; p < end; p = dash + 1) {
		size_t n;

		dash = memchr(p, '-', (size_t)(end - p));
		dash = dash ? dash : end;
		n = (size_t)(dash - p);
		if (word_in(lexicon_word(x, p, n), LIST_ENGLISH))
			return false;
		stage |= word_in(lexicon_word(x, p, n), LIST_STAGE);
		unknown |= n && !lexicon_known(x, p, n);
		parts++;
	}
	return stage || unknown || parts > 2;
}

/* `MTTR`: the trade abbreviates, and does not name. */
static bool
abbreviation(const struct token *t)
{
	for (unsigned i = 0; i < t->n; i++)
		if (t->p[i] < 'A' || t->p[i] > 'Z')
			return false;
	return t->n <= 5;
}

/* A form of a verb, or an adverb: behind `by` and the like nobody is called so. */
static bool
bent(const struct token *t)
{
	return t->n > 4 &&
	    (strncasecmp(t->p + t->n - 3, "ing", 3) == 0 ||
		strncasecmp(t->p + t->n - 2, "ed", 2) == 0 ||
		strncasecmp(t->p + t->n - 2, "ly", 2) == 0);
}

/* Is somebody named behind `by` and the like? `by contrast` follows no act. */
static bool
behind_act(const struct looking *g, unsigned i)
{
	const struct token *t = &g->t->t[i];

	if (i == 0 || !word_in(t[-1].word, LIST_BEHIND) || bent(t))
		return false;
	return !word_among("by", t[-1].p, t[-1].n) ||
	    (i > 1 && t[-2].kind == TOKEN_WORD &&
		(bent(&t[-2]) || word_in(t[-2].word, LIST_PAST) ||
		    word_among("made given taken done sent approval decision rejection", t[-2].p,
			t[-2].n)));
}

/* Is a word used as somebody's or something's name? */
static bool
name(const struct looking *g, unsigned i)
{
	const struct token *t = &g->t->t[i];
	const struct lexicon *x = &g->l->lexicon;
	bool next_who = i + 1 < g->t->n && t[1].kind == TOKEN_WORD &&
	    word_among("who whom whose", t[1].p, t[1].n);

	if (t->kind == TOKEN_NAME)
		return t->quoted || !word_in(lexicon_word(x, t->p, t->n), LIST_ABBREVIATED);
	if (lexicon_own(x, t->p, t->n) || t->word->day)
		return true;
	/* `sre-oncall did it`: nobody begins a sentence with such a word who does not mean one */
	if (t->first && !t->capital && memchr(t->p, '-', t->n) && t->stem[0] &&
	    strncasecmp(t->p + t->n - 2, "ed", 2))
		return true;
	if (!t->capital && memchr(t->p, '-', t->n) && joined_name(x, t))
		return true;
	if (lexicon_known(x, t->p, t->n) || abbreviation(t))
		return false;
	if (without_s(t) < t->n || next_who)
		return true;
	/* `the payments service` */
	if (i + 1 < g->t->n && !t->first && !bent(t) && word_in(t[1].word, LIST_HELD))
		return true;
	/* `Approver: Mallory` is all that stands there */
	if (t->capital && (t->answers || t->opens) &&
	    (i + 1 == g->t->n || t[1].kind != TOKEN_WORD || t[1].clause != t->clause))
		return true;
	/* else a capital begins what stands there, as it does a sentence: who is named so does
	 * something */
	if (t->first && !t->capital)
		return !bent(t);
	if (t->first || (t->capital && (t->answers || t->opens)))
		return !bent(t) && i + 1 < g->t->n && t[1].kind == TOKEN_WORD && !t[1].answers &&
		    (word_in(t[1].word, LIST_DOES) || word_in(t[1].word, LIST_PAST) ||
			(bent(&t[1]) && t[1].p[t[1].n - 1] == 'd'));
	return t->capital || behind_act(g, i);
}

static void
absent(struct looking *g)
{
	struct buf *b = verdict_add(g->v, SENTENCE_ABSENT);
	const struct token *t = g->at;
	const char *end = t->p + t->n;

	if (b == NULL)
		return;
	/* what stands behind a number and was read with it */
	for (unsigned k = g->i + 1; k < g->t->n && g->t->t[k].kind == TOKEN_UNIT; k++)
		end = g->t->t[k].p + g->t->t[k].n;
	put_cited(b, t->p, (size_t)(end - t->p) < SHOWN ? (size_t)(end - t->p) : SHOWN);
	buf_str(b, " is in none of the facts cited");
	for (size_t i = 0; i < g->l->n; i++)
		if (has(g, &g->l->f[i])) {
			buf_printf(b, "; F%zu has it", i + 1);
			return;
		}
	buf_str(b, ", nor in any other");
}

static void
look(struct looking *g)
{
	for (unsigned i = 0; i < g->v->n_cites; i++)
		if (has(g, &g->l->f[g->v->cite[i]]))
			return;
	if (g->at->kind == TOKEN_NUMBER &&
	    (between_facts(g->l, g->v, &g->at->q) || derived(g->l, g->t, g->v, g->i)))
		return;
	absent(g);
}

/*
 * A number in a language of which we know no words: its unit may be one that we cannot read, and
 * its comma may be our point. So it is wrong only if no cited fact has it in any unit.
 */
static bool
foreign_number(const struct looking *g)
{
	static const struct quantity any[] = { { .dim = DIM_TIME, .factor = 1 },
		{ .dim = DIM_TIME, .factor = 1000 }, { .dim = DIM_TIME, .factor = 60000 },
		{ .dim = DIM_TIME, .factor = 3600000 }, { .dim = DIM_SHARE, .factor = 100 },
		{ .dim = DIM_TOKENS, .factor = 1 } };

	for (unsigned i = 0; g->at->q.bare && i < g->v->n_cites; i++)
		for (size_t k = 0; k < sizeof any / sizeof *any; k++)
			if (fact_has(g->l, &g->l->f[g->v->cite[i]], g->at, &any[k], true))
				return true;
	return false;
}

/* Two numbers with a comma between, and no blank: one, as most languages write it. */
static bool
decimal_comma(const struct tokens *t, unsigned i, struct token *ret)
{
	const struct token *a = &t->t[i], *b = a + 1;

	if (i + 1 >= t->n || a->kind != TOKEN_NUMBER || b->kind != TOKEN_NUMBER || !a->q.bare ||
	    a->q.decimals || b->q.decimals || b->p != a->p + a->n + 1 || a->p[a->n] != ',' ||
	    b->n > 6 || a->q.mantissa > 1000000)
		return false;
	*ret = *b;
	ret->p = a->p;
	ret->n = a->n + 1 + b->n;
	ret->q.decimals = (unsigned)strspn(b->p, "0123456789");
	ret->q.mantissa = a->q.mantissa;
	for (unsigned k = 0; k < ret->q.decimals; k++)
		ret->q.mantissa *= 10;
	ret->q.mantissa += b->q.mantissa;
	return true;
}

void
judge_values(struct facts_list *l, const struct tokens *t, struct verdict *v)
{
	static const struct quantity percent = { .dim = DIM_SHARE, .factor = 100 };
	struct looking g = { .l = l, .t = t, .v = v };
	struct token short_name;

	/* `in percent`, `counted in tokens`: the unit of numbers that have none */
	for (unsigned i = 0; i < t->n; i++) {
		g.tokens_named |= t->t[i].word->dim == DIM_TOKENS;
		if (t->t[i].kind == TOKEN_WORD && t->t[i].word->dim == DIM_SHARE)
			g.unit = &percent;
	}
	for (unsigned i = 0; i < t->n && v->n_why < CHECK_WHY; i++) {
		const struct token *at = &t->t[i];

		g.at = at;
		g.i = i;
		/* `0,83` */
		if (v->foreign && decimal_comma(t, i, &short_name)) {
			g.at = &short_name;
			if (!spared(v, at) && !foreign_number(&g))
				look(&g);
			i++;
			continue;
		}
		/* a unit holds for the numbers behind it: `2 and 3 minutes` */
		if (at->kind == TOKEN_NUMBER) {
			if (!own_point(&g, i) && !spared(v, at) &&
			    !(v->foreign && foreign_number(&g)))
				look(&g);
			g.unit = at->q.dim ? &at->q : g.unit;
		} else if (spared(v, at)) {
			continue;
		} else if (at->kind == TOKEN_TIME) {
			look(&g);
		} else if (at->kind == TOKEN_NAME || at->kind == TOKEN_WORD) {
			/* `pods` is looked for as `pod` is */
			short_name = *at;
			short_name.n = without_s(at);
			/* in a language that the lists do not know only names are looked for */
			if (v->foreign ?
				at->kind != TOKEN_NAME && !lexicon_own(&l->lexicon, at->p, at->n) :
				!name(&g, i))
				continue;
			g.at = &short_name;
			look(&g);
		}
	}
}
