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
	const struct quantity *unit; /* the last one that stood beside a number, or NULL */
	bool tokens_named;
};

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
	    ((i && word_in(t[-1].word, LIST_PLACE)) ||
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
	if (lexicon_own(x, t->p, t->n))
		return true;
	/* `sre-oncall did it`: nobody begins a sentence with such a word who does not mean one */
	if (t->first && !t->capital && memchr(t->p, '-', t->n) && t->stem[0] &&
	    strncasecmp(t->p + t->n - 2, "ed", 2))
		return true;
	if (!t->capital && memchr(t->p, '-', t->n) && joined_name(x, t))
		return true;
	if (lexicon_known(x, t->p, t->n))
		return false;
	/* `Reminding them would help` */
	if (t->first && t->n > 6 && strncasecmp(t->p + t->n - 3, "ing", 3) == 0)
		return false;
	return without_s(t) < t->n || t->capital || t->first || next_who ||
	    (i && word_in(t[-1].word, LIST_BEHIND));
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
	for (const struct token *x = t + 1; x < g->t->t + g->t->n && x->kind == TOKEN_UNIT; x++)
		end = x->p + x->n;
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
	if (g->at->kind == TOKEN_NUMBER && between_facts(g->l, g->v, &g->at->q))
		return;
	absent(g);
}

void
judge_values(struct facts_list *l, const struct tokens *t, struct verdict *v)
{
	struct looking g = { .l = l, .t = t, .v = v };
	struct token short_name;

	for (unsigned i = 0; i < t->n; i++)
		g.tokens_named |= t->t[i].word->dim == DIM_TOKENS;
	for (unsigned i = 0; i < t->n && v->n_why < CHECK_WHY; i++) {
		const struct token *at = &t->t[i];

		g.at = at;
		/* a unit holds for the numbers behind it: `2 and 3 minutes` */
		if (at->kind == TOKEN_NUMBER) {
			if (!v->foreign && !own_point(&g, i) && !spared(v, at))
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
			if (v->foreign ? at->kind != TOKEN_NAME : !name(&g, i))
				continue;
			g.at = &short_name;
			look(&g);
		}
	}
}
