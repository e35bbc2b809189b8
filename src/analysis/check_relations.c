/*
 * What a sentence says of two facts together (formats/analysis.md AN-16): the time between two
 * instants, which came first, which was more, and to which of the facts something belongs. A false
 * sentence made of true words is found here, where what it says of each fact can be told apart.
 */
#include <strings.h>

#include "analysis/check_inner.h"

/* Tokens of a sentence, [from, to). */
struct stretch {
	unsigned from, to;
};

static bool
at_known_time(const struct fact *f, int64_t *ret)
{
	const struct instant *t = f->when;

	/* one that states two is about neither alone */
	if (f->n_when == 0 || !t->day || !t->year || !t->clock)
		return false;
	for (unsigned i = 1; i < f->n_when; i++)
		if (f->when[i].days != t->days || f->when[i].us != t->us)
			return false;
	*ret = t->days * (int64_t)DAY_US + t->us;
	return true;
}

bool
between_facts(const struct facts_list *l, const struct verdict *v, const struct quantity *said)
{
	int64_t a, b;

	if (said->dim != DIM_TIME)
		return false;
	for (unsigned i = 0; i < v->n_cites; i++)
		for (unsigned k = i + 1; k < v->n_cites; k++)
			if (at_known_time(&l->f[v->cite[i]], &a) &&
			    at_known_time(&l->f[v->cite[k]], &b)) {
				struct quantity apart = { .dim = DIM_TIME, .factor = 1 };

				apart.mantissa = floor_div(a > b ? a - b : b - a, 1000);
				if (quantity_agrees(said, &apart, false))
					return true;
			}
	return false;
}

static bool
word_is(const struct token *t, const char *list)
{
	return t->kind == TOKEN_WORD && word_among(list, t->p, t->n);
}

#define AMOUNTS 24u /* of the cited facts, that are held against each other */

struct amount {
	enum dimension dim;
	wide millionths; /* of ms, of ones */
};

/* Lengths of time and counts that the cited facts have. */
static unsigned
amounts_of(const struct facts_list *l, const struct verdict *v, struct amount x[AMOUNTS])
{
	unsigned n = 0;

	for (unsigned i = 0; i < v->n_cites; i++) {
		const struct fact *f = &l->f[v->cite[i]];

		for (unsigned k = 0; f->n_when == 0 && k < f->n_q && n < AMOUNTS; k++) {
			const struct quantity *q = &f->q[k];
			wide ten = 1000000;
			bool again = false;

			if (q->dim == DIM_TOKENS || q->dim == DIM_FOREIGN || q->mantissa <= 0)
				continue;
			for (unsigned d = 0; d < q->decimals; d++)
				ten /= 10;
			/* a share is a number of ones too */
			ten /= q->dim == DIM_SHARE ? 10000 : 1;
			x[n] = (struct amount){ q->dim == DIM_TIME ? DIM_TIME : DIM_NONE,
				(wide)q->mantissa * q->factor * ten };
			for (unsigned j = 0; j < n; j++)
				again |= x[j].dim == x[n].dim && x[j].millionths == x[n].millionths;
			n += !again && x[n].millionths > 0;
		}
	}
	return n;
}

static bool
list_in(const struct tokens *t, enum word_list list)
{
	for (unsigned i = 0; i < t->n; i++)
		if (t->t[i].kind == TOKEN_WORD && word_in(t->t[i].word, list))
			return true;
	return false;
}

/* a of b, in hundredths of a percent. */
static bool
proportion(const struct quantity *said, wide a, wide b)
{
	struct quantity q = { .dim = DIM_SHARE, .factor = 1 };

	q.mantissa = (int64_t)((a * 20000 + b) / (2 * b));
	return a / b < 100000 && quantity_agrees(said, &q, false);
}

bool
derived(const struct facts_list *l, const struct tokens *t, const struct verdict *v, unsigned i)
{
	const struct token *at = &t->t[i], *next = i + 1 < t->n ? at + 1 : at;
	struct quantity said = at->q, q = { .dim = DIM_TIME, .factor = 1 };
	bool apart = list_in(t, LIST_DIFFERENCE), sum = list_in(t, LIST_SUM), times;
	struct amount x[AMOUNTS];
	unsigned n = amounts_of(l, v, x);
	wide all = 0;

	/* `three times as long`, `twice the wait`: a proportion, not a count */
	times = said.bare &&
	    (at->sign == 'x' || word_among("twice thrice", at->p, at->n) ||
		(next != at && word_among("times fold", next->p, next->n)));
	if (times) {
		said.dim = DIM_SHARE;
		said.factor *= 10000;
	}
	/* `it trailed by 0.12` */
	if (said.dim == DIM_NONE && said.decimals && apart) {
		said.dim = DIM_SHARE;
		said.factor *= 10000;
	}
	for (unsigned a = 0; a < n; a++)
		all += x[a].dim == said.dim ? x[a].millionths : 0;
	q.mantissa = (int64_t)(all / 1000000);
	if (said.dim == DIM_TIME && sum && quantity_agrees(&said, &q, false))
		return true;
	/* `one of three failed`, where two did not */
	if (said.dim == DIM_NONE && n > 1 && said.decimals == 0 && i && word_is(at - 1, "of") &&
	    quantity_agrees(
		&said, &(struct quantity){ .mantissa = q.mantissa, .factor = 1 }, false))
		return true;
	for (unsigned a = 0; a < n; a++)
		for (unsigned b = 0; b < n; b++) {
			/* `the rest is 1 %` */
			if (a == b && said.dim == DIM_SHARE && apart && x[a].dim == DIM_NONE &&
			    x[a].millionths < 1000000 &&
			    proportion(&said, 1000000 - x[a].millionths, 1000000))
				return true;
			if (a == b || x[a].dim != x[b].dim)
				continue;
			if (said.dim == DIM_SHARE && (times || x[a].millionths < x[b].millionths) &&
			    proportion(&said, x[a].millionths, x[b].millionths))
				return true;
			/* `15 points more` */
			if (said.dim == DIM_SHARE && apart && x[a].dim == DIM_NONE &&
			    x[a].millionths > x[b].millionths &&
			    proportion(&said, x[a].millionths - x[b].millionths, 1000000))
				return true;
			if (said.dim != DIM_TIME || x[a].dim != DIM_TIME || a > b)
				continue;
			all = x[a].millionths - x[b].millionths;
			q.mantissa = (int64_t)((all < 0 ? -all : all) / 1000000);
			if (apart && quantity_agrees(&said, &q, false))
				return true;
			q.mantissa = (int64_t)((x[a].millionths + x[b].millionths) / 1000000);
			if (sum && quantity_agrees(&said, &q, false))
				return true;
		}
	return false;
}

/* How many of a fact's words stand in a stretch; without: not counting those of another fact. */
static unsigned
spoken_of(
    const struct tokens *t, struct stretch s, const struct fact *f, const struct fact *without)
{
	unsigned n = 0;

	for (size_t i = 0; i < f->topic.n; i++) {
		bool in = false;

		if (without && texts_have(&without->topic, f->topic.t[i]))
			continue;
		for (unsigned k = s.from; k < s.to && !in; k++)
			in = t->t[k].kind == TOKEN_WORD &&
			    (strcmp(t->t[k].meaning, f->topic.t[i]) == 0 ||
				strcmp(t->t[k].stem, f->topic.t[i]) == 0);
		n += in;
	}
	return n;
}

typedef bool of_kind_fn(const struct fact *f, int64_t *ret);

/* The one cited fact of a kind that a stretch speaks of more than of any other; NONE: none, or
 * several. */
static unsigned
meant(const struct facts_list *l, const struct tokens *t, const struct verdict *v, struct stretch s,
    of_kind_fn *of_kind)
{
	unsigned best = NONE, most = 0;

	for (unsigned i = 0; i < v->n_cites; i++) {
		const struct fact *f = &l->f[v->cite[i]];
		unsigned n = spoken_of(t, s, f, NULL);
		int64_t x;

		if (n == 0 || n < most || !of_kind(f, &x))
			continue;
		best = n == most ? NONE : v->cite[i];
		most = n;
	}
	return best;
}

/* The clause that a token stands in, and the one before or behind it. */
static struct stretch
clause_of(const struct tokens *t, unsigned at)
{
	struct stretch s = { at, at };

	while (s.from && t->t[s.from - 1].clause == t->t[at].clause)
		s.from--;
	while (s.to < t->n && t->t[s.to].clause == t->t[at].clause)
		s.to++;
	return s;
}

static bool
turned(const struct tokens *t, struct stretch s)
{
	for (unsigned i = s.from; i < s.to; i++)
		if (t->t[i].maybe || t->t[i].negated)
			return true;
	return false;
}

static void
otherwise(struct verdict *v, const struct token *t, unsigned a, unsigned b, const char *how)
{
	struct buf *w = verdict_add(v, SENTENCE_CONTRADICTED);

	if (w == NULL)
		return;
	put_cited(w, t->p, t->n);
	buf_printf(w, ": F%u is %s F%u", a + 1, how, b + 1);
}

/* `the block was cleared before the execution began`, `after the end the block was cleared` */
static void
in_order(const struct facts_list *l, const struct tokens *t, struct verdict *v, unsigned at)
{
	bool prior = at + 1 < t->n && word_is(&t->t[at], "prior") && word_is(&t->t[at + 1], "to");
	bool than = at + 1 < t->n && word_is(&t->t[at + 1], "than");
	bool before =
	    word_is(&t->t[at], "before") || prior || (than && word_is(&t->t[at], "earlier"));
	struct stretch right = clause_of(t, at), left;
	int64_t x, y;
	unsigned a = NONE, b;

	if (!before && !word_is(&t->t[at], "after") && !(than && word_is(&t->t[at], "later")))
		return;
	right.from = at + 1;
	b = meant(l, t, v, right, at_known_time);
	if (at) {
		left = clause_of(t, at - 1);
		left.to = left.to < at ? left.to : at;
		a = meant(l, t, v, left, at_known_time);
		/* `…, six minutes after the end` */
		if (a == NONE && left.from && left.to - left.from < 5)
			a = meant(l, t, v, left = clause_of(t, left.from - 1), at_known_time);
	} else if (right.to < t->n) {
		a = meant(l, t, v, left = clause_of(t, right.to), at_known_time);
	}
	if (a == NONE || b == NONE || a == b || turned(t, left) || turned(t, right))
		return;
	if (at_known_time(&l->f[a], &x) && at_known_time(&l->f[b], &y) && (before ? x > y : x < y))
		otherwise(v, &t->t[at], a, b, before ? "later than" : "earlier than");
}

/* A length of time, or a count, which is all that it tells. */
static bool
amounts(const struct fact *f, int64_t *ret)
{
	const struct quantity *q = f->q;
	int64_t ten = 1000000;

	if (f->n_q == 0 || f->n_when || q->mantissa > INT32_MAX || q->mantissa < 0 ||
	    q->factor > 100000)
		return false;
	for (unsigned i = 1; i < f->n_q; i++)
		if (f->q[i].dim == q->dim && f->q[i].mantissa != q->mantissa)
			return false;
	for (unsigned i = 0; i < q->decimals && ten; i++)
		ten /= 10;
	*ret = q->mantissa * q->factor * ten;
	return ten > 0;
}

/* The first clause, up to what it is compared with. */
static struct stretch
subject(const struct tokens *t)
{
	struct stretch s = clause_of(t, 0);

	for (unsigned i = s.from; i < s.to; i++)
		if (word_is(&t->t[i], "than"))
			s.to = i;
	return s;
}

/* Where two amounts of one unit are cited, the one that is not that; else NONE. */
static unsigned
the_other(const struct facts_list *l, const struct verdict *v, unsigned that)
{
	unsigned ret = NONE, n = 0;
	int64_t x;

	for (unsigned i = 0; i < v->n_cites; i++)
		if (v->cite[i] != that && amounts(&l->f[v->cite[i]], &x) &&
		    l->f[v->cite[i]].q->dim == l->f[that].q->dim) {
			ret = v->cite[i];
			n++;
		}
	return n == 1 ? ret : NONE;
}

/* `waiting took longer than the execution` */
static void
more_than(const struct facts_list *l, const struct tokens *t, struct verdict *v, unsigned at)
{
	static const char longer[] = "longer more higher larger greater slower bigger";
	static const char shorter[] = "shorter less lower smaller faster quicker fewer";
	struct stretch left = { 0, at }, right = { at + 1, t->n };
	unsigned how = at, a, b;
	int64_t x, y;
	bool more, not ;

	/* `more than half` bounds a number */
	if (!word_is(&t->t[at], "than") || (at + 1 < t->n && t->t[at + 1].kind == TOKEN_NUMBER))
		return;
	/* the comparing word stands before `than`, in the same clause */
	while (how && t->t[how - 1].clause == t->t[at].clause && at - how < 10 &&
	    !word_is(&t->t[how], longer) && !word_is(&t->t[how], shorter))
		how--;
	more = word_is(&t->t[how], longer);
	if (!more && !word_is(&t->t[how], shorter))
		return;
	right.to = clause_of(t, at).to;
	left.from = clause_of(t, at).from;
	not = t->t[how].negated;
	/* each side must mean one amount of the cited facts, or nothing is said */
	a = meant(l, t, v, left, amounts);
	b = meant(l, t, v, right, amounts);
	/* `…, but shorter than verification`: what the sentence began with */
	if (a == NONE && left.from)
		a = meant(l, t, v, subject(t), amounts);
	/* of two that are cited, the one that the other side is not */
	if (a == NONE && b != NONE)
		a = the_other(l, v, b);
	else if (b == NONE && a != NONE)
		b = the_other(l, v, a);
	if (a == NONE || b == NONE || a == b || t->t[how].maybe || l->f[a].q->dim != l->f[b].q->dim)
		return;
	if (!amounts(&l->f[a], &x) || !amounts(&l->f[b], &y))
		return;
	/* only what is plainly the other way round contradicts */
	if (not ? (more ? x > y : x < y) : (more ? x <= y : x >= y))
		otherwise(v, &t->t[how], a, b,
		    x == y    ? "as much as" :
			x > y ? "more than" :
				"less than");
}

/* May a token be of a fact: a number of its unit, an instant, a person? */
static bool
of_sort(const struct fact *f, const struct token *t)
{
	if (t->kind == TOKEN_TIME)
		return f->n_when > 0;
	if (t->kind == TOKEN_NUMBER) {
		for (unsigned i = 0; i < f->n_q; i++)
			if (f->q[i].dim == t->q.dim && (f->n_when == 0 || t->q.dim != DIM_TIME))
				return true;
		return false;
	}
	return strcmp(f->about, "interventions") == 0 ||
	    strcmp(f->about, "approval.decided_by") == 0;
}

/* `117 s of the 566 s`, `12:30 against 12:31`: of two in one clause each may be of either. */
static bool
beside_another(const struct tokens *t, struct stretch s, unsigned at)
{
	for (unsigned i = s.from; i < s.to; i++)
		if (i != at && t->t[i].kind == t->t[at].kind && t->t[at].kind != TOKEN_WORD &&
		    t->t[at].kind != TOKEN_NAME &&
		    (t->t[at].kind != TOKEN_NUMBER || t->t[i].q.dim == t->t[at].q.dim))
			return true;
	return false;
}

/* Does a word of it stand in the value of a fact? */
static bool
says_value(const struct tokens *t, const struct fact *f)
{
	for (unsigned i = 0; i < t->n; i++)
		if (t->t[i].kind == TOKEN_WORD && texts_have(&f->said, t->t[i].stem))
			return true;
	return false;
}

/* `the execution was the longest phase`, where another was. */
static void
longest(const struct facts_list *l, const struct tokens *t, struct verdict *v, unsigned at)
{
	struct stretch s = { 0, t->n };
	const struct token *x = &t->t[at];
	struct buf *b;

	if (!word_in(x->word, LIST_LONGEST) || x->maybe || x->negated ||
	    (word_is(x, "most") && (at + 1 == t->n || !word_is(&t->t[at + 1], "of"))) ||
	    (at && word_among("second third next", t->t[at - 1].p, t->t[at - 1].n)))
		return;
	for (unsigned i = 0; i < v->n_cites; i++) {
		const struct fact *f = &l->f[v->cite[i]];
		bool other = false;

		if (strcmp(f->about, "bottleneck.phase") || says_value(t, f))
			continue;
		for (size_t k = 0; k < l->n; k++)
			other |= strcmp(l->f[k].about, "phases") == 0 &&
			    spoken_of(t, s, &l->f[k], f) > 0;
		if (!other || (b = verdict_add(v, SENTENCE_CONTRADICTED)) == NULL)
			continue;
		put_cited(b, x->p, x->n);
		buf_printf(b, " is said of another phase than F%u tells", v->cite[i] + 1);
		return;
	}
}

/*
 * `the request was made at 12:30`, where 12:30 is when it was decided: no fact that has it is
 * spoken of by a word that another cited one of the sort has not, and that other one is.
 */
static void
belongs(struct facts_list *l, const struct tokens *t, struct verdict *v, unsigned at)
{
	const struct token *x = &t->t[at];
	struct stretch s = clause_of(t, at);
	unsigned owner = NONE;
	struct buf *b;

	/* whose value it is; where a fact of another sort has it too there is nothing to say */
	for (unsigned i = 0; i < v->n_cites; i++)
		if (fact_has(l, &l->f[v->cite[i]], x, NULL, true)) {
			if (!of_sort(&l->f[v->cite[i]], x))
				return;
			owner = v->cite[i];
		}
	if (owner == NONE || turned(t, s) || beside_another(t, s, at))
		return;
	/* another cited fact that the words point to, and that has another value */
	for (unsigned i = 0; i < v->n_cites; i++) {
		const struct fact *other = &l->f[v->cite[i]];
		bool its = of_sort(other, x) && !fact_has(l, other, x, NULL, true);

		for (unsigned k = 0; k < v->n_cites && its; k++) {
			const struct fact *has = &l->f[v->cite[k]];

			its = !fact_has(l, has, x, NULL, true) ||
			    (spoken_of(t, s, has, other) == 0 && spoken_of(t, s, other, has) > 0);
		}
		if (!its || (b = verdict_add(v, SENTENCE_CONTRADICTED)) == NULL)
			continue;
		put_cited(b, x->p, x->n);
		buf_printf(
		    b, " is said of what F%u tells, but stands in F%u", v->cite[i] + 1, owner + 1);
		return;
	}
}

static const struct {
	const char *one, *two, *same, *other;
} pair[] = {
#define PAIR(one, two, same, other) { one, two, same, other },
#include "analysis/check.def"
};

/* The cited fact about something; NONE. */
static unsigned
cited_about(const struct facts_list *l, const struct verdict *v, const char *about)
{
	for (unsigned i = 0; i < v->n_cites; i++)
		if (strcmp(l->f[v->cite[i]].about, about) == 0)
			return v->cite[i];
	return NONE;
}

/* The line of a fact's text that is its value. */
static struct str
value_of(const struct fact *f)
{
	const char *p = (const char *)f->text.p, *end = p + f->text.len;
	const char *from = memchr(p, '\n', f->text.len);
	const char *to = from ? memchr(from + 1, '\n', (size_t)(end - from - 1)) : NULL;

	return to ? (struct str){ from + 1, (size_t)(to - from - 1) } : (struct str){ "", 0 };
}

/* `the workflow that it had chosen was executed without changes`, where another one was. */
static void
alike(const struct facts_list *l, const struct tokens *t, struct verdict *v, unsigned at)
{
	const struct token *x = &t->t[at];

	for (size_t k = 0; k < sizeof pair / sizeof *pair && !x->maybe; k++) {
		bool same = word_is(x, pair[k].same), other = word_is(x, pair[k].other);
		unsigned a = same || other ? cited_about(l, v, pair[k].one) : NONE;
		unsigned b = same || other ? cited_about(l, v, pair[k].two) : NONE;
		struct buf *w;

		if (a == NONE || b == NONE)
			continue;
		if (((same && !x->negated) || (other && x->negated)) ==
		    (str_cmp(value_of(&l->f[a]), value_of(&l->f[b])) == 0))
			continue;
		if ((w = verdict_add(v, SENTENCE_CONTRADICTED)) == NULL)
			return;
		put_cited(w, x->p, x->n);
		buf_printf(w, " is said of F%u and F%u, which say otherwise", a + 1, b + 1);
	}
}

void
judge_relations(struct facts_list *l, const struct tokens *t, struct verdict *v)
{
	for (unsigned i = 0; i < t->n; i++) {
		const struct token *at = &t->t[i];

		longest(l, t, v, i);
		if (v->n_cites < 2)
			continue;
		alike(l, t, v, i);
		in_order(l, t, v, i);
		more_than(l, t, v, i);
		if (at->kind == TOKEN_TIME || at->kind == TOKEN_NUMBER ||
		    ((at->kind == TOKEN_NAME || at->kind == TOKEN_WORD) &&
			lexicon_own(&l->lexicon, at->p, at->n)))
			belongs(l, t, v, i);
	}
}
