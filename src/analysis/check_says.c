/*
 * What a sentence says has happened: past forms and nouns of events that no cited fact has, and
 * words that a cited value excludes (AN-16). What only may be, or should be, is no statement.
 */
#include <strings.h>

#include "analysis/check_inner.h"
#include "base/vec.h"

static const char *const apart[] = {
#define APART(words) words,
#include "analysis/check.def"
};

static const struct {
	const char *about, *words, *opposite;
} topic[] = {
#define TOPIC(about, words, opposite) { about, words, opposite },
#include "analysis/check.def"
};

/* Behind its last hyphen: `re-deployed`, `auto-approved`. */
static const char *
last_part(const struct token *t, size_t *n)
{
	const char *p = t->p;

	for (unsigned i = 0; i + 1 < t->n; i++)
		if (t->p[i] == '-')
			p = t->p + i + 1;
	*n = t->n - (size_t)(p - t->p);
	return p;
}

/* A word of an APART row: how something was decided, or how it ended. */
static bool
outcome(const struct facts_list *l, const char *stem)
{
	for (size_t k = 0; k < l->n_apart; k++)
		if (!l->apart[k].negated && strcmp(l->apart[k].stem, stem) == 0)
			return true;
	return false;
}

/* A past form of a verb that may tell of an event. What was not done (`unchanged`) is none. */
static bool
past(const struct facts_list *l, const struct token *t)
{
	char stem[CHECK_STEM];
	size_t n;
	const char *p = last_part(t, &n);

	if (word_in(t->word, LIST_PAST) || word_in(t->word, LIST_ACT))
		return true;
	if (n < 5 || strncasecmp(p + n - 2, "ed", 2) || strncasecmp(p + n - 3, "eed", 3) == 0 ||
	    strncasecmp(p, "un", 2) == 0)
		return false;
	word_stem(p, n, stem);
	return !lexicon_neutral(&l->lexicon, stem);
}

static bool
short_word(const struct token *t)
{
	return t->kind == TOKEN_WORD &&
	    (word_among("in at with after within for to by of on just only a an the", t->p, t->n) ||
		word_in(t->word, LIST_ABOUT) || word_in(t->word, LIST_MORE) ||
		word_in(t->word, LIST_LESS));
}

/* `swallowed 99 %`, `was settled in about ten minutes`: what it says is the amount, which is
 * looked at. */
static bool
measures(const struct tokens *t, unsigned i)
{
	for (unsigned k = i + 1; k < t->n && k < i + 6; k++)
		if (t->t[k].kind == TOKEN_NUMBER)
			return t->t[k].q.dim != DIM_NONE || t->t[k].q.decimals;
		else if (t->t[k].kind != TOKEN_UNIT && !short_word(&t->t[k]))
			return false;
	return false;
}

/* `how they are ordered`: how something is, which is no event. */
static bool
describes(const struct tokens *t, unsigned i)
{
	while (i && t->t[i - 1].kind == TOKEN_WORD && t->t[i - 1].clause == t->t[i].clause &&
	    (word_in(t->t[i - 1].word, LIST_NOT) ||
		word_among("also still now well best", t->t[i - 1].p, t->t[i - 1].n)))
		i--;
	return i && t->t[i - 1].kind == TOKEN_WORD &&
	    word_among("is are be being remains remain remained stays stayed looks look looked "
		       "seems sounds feels felt proved",
		t->t[i - 1].p, t->t[i - 1].n);
}

/* `the preferred workflow`: a word about the one behind it. */
static bool
attribute(const struct tokens *t, unsigned i)
{
	const struct token *at = &t->t[i];

	return i && i + 1 < t->n && at[1].clause == at->clause &&
	    (at[1].kind == TOKEN_NAME ||
		(at[1].kind == TOKEN_WORD && !short_word(&at[1]) &&
		    !word_in(at[1].word, LIST_CLAUSE))) &&
	    (at[-1].kind == TOKEN_NUMBER ||
		(at[-1].kind == TOKEN_WORD &&
		    word_among("a an the its his her their this that these those of with for any "
			       "some "
			       "every each such",
			at[-1].p, at[-1].n)));
}

/* Close behind a word that takes up what is known already: `once it was approved, …`. */
static bool
presumed(const struct tokens *t, unsigned i)
{
	for (unsigned k = 0; k < 3 && i && t->t[i - 1].clause == t->t[i].clause; k++)
		if (word_in(t->t[--i].word, LIST_PRESUMED))
			return true;
	return false;
}

static bool
cited_tells(struct facts_list *l, const struct verdict *v, const char *meaning, const char *stem)
{
	for (unsigned i = 0; i < v->n_cites; i++) {
		const struct fact *f = &l->f[v->cite[i]];

		if (texts_have(&f->word, meaning) || texts_have(&f->word, stem))
			return true;
	}
	return false;
}

static bool
brief_tells(const struct facts_list *l, const char *meaning)
{
	for (size_t i = 0; i < l->n; i++)
		if (texts_have(&l->f[i].word, meaning))
			return true;
	return false;
}

static void
say(struct verdict *v, enum sentence_state state, const struct token *t, const char *words)
{
	struct buf *b = verdict_add(v, state);

	if (b == NULL)
		return;
	put_cited(b, t->p, t->n);
	buf_str(b, words);
}

/* Is a row about what was done and what was not? Its words are no other words for each other. */
static bool
denies(const struct facts_list *l, unsigned row)
{
	for (size_t k = 0; k < l->n_apart; k++)
		if (l->apart[k].row == row && l->apart[k].negated)
			return true;
	return false;
}

/* Does a cited fact tell an outcome in another word of its group: `success` for `completed`? */
static bool
cited_tells_as_much(struct facts_list *l, const struct verdict *v, const char *stem)
{
	for (size_t k = 0; k < l->n_apart; k++) {
		const struct apart_word *me = &l->apart[k];

		if (me->negated || strcmp(me->stem, stem) || denies(l, me->row))
			continue;
		for (const struct apart_word *w = l->apart; w < l->apart + l->n_apart; w++)
			if (w->row == me->row && w->group == me->group && !w->negated &&
			    cited_tells(l, v, w->stem, w->stem))
				return true;
	}
	return false;
}

/* `low severity`, `a severity of high` */
static bool
grades(const struct tokens *t, unsigned i)
{
	if (!word_in(t->t[i].word, LIST_GRADE))
		return false;
	return (i + 1 < t->n && word_among("severity", t->t[i + 1].p, t->t[i + 1].n)) ||
	    (i && word_among("severity", t->t[i - 1].p, t->t[i - 1].n)) ||
	    (i > 1 && word_among("severity", t->t[i - 2].p, t->t[i - 2].n));
}

/* An event that the facts do not tell of. */
static void
invented(struct facts_list *l, struct verdict *v, const struct tokens *t, unsigned i)
{
	const struct token *at = &t->t[i];
	char stem[CHECK_STEM], meaning[CHECK_STEM];
	bool strict = word_in(at->word, LIST_ACT) || word_in(at->word, LIST_PAST);
	size_t n;
	const char *p = last_part(at, &n);

	word_stem(p, n, stem);
	word_meaning(&l->lexicon, p, n, meaning);
	strict |= outcome(l, stem);
	if (word_in(at->word, LIST_EVENT) && !brief_tells(l, at->meaning)) {
		say(v, SENTENCE_ABSENT, at, ": no fact tells of one");
		return;
	}
	if (!past(l, at) && !word_in(at->word, LIST_OUTCOME) && !grades(t, i))
		return;
	/* what only measures, describes, or takes up what is known says something else */
	if ((!strict && (measures(t, i) || describes(t, i) || attribute(t, i))) ||
	    (presumed(t, i) && (brief_tells(l, at->meaning) || brief_tells(l, meaning))))
		return;
	if (!cited_tells(l, v, at->meaning, at->stem) && !cited_tells(l, v, meaning, stem) &&
	    !cited_tells_as_much(l, v, stem))
		say(v, SENTENCE_ABSENT, at, ": none of the facts cited tells that this happened");
}

/* The words of the APART rows, parted once; group counts the bars, row the rows. */
int
apart_words(struct facts_list *l)
{
	for (unsigned row = 0; row < sizeof apart / sizeof *apart; row++) {
		unsigned group = 0;
		size_t k;

		for (const char *at = apart[row]; *at; at += k) {
			struct apart_word *w;
			bool negated = *at == '!';

			group += *at == '|';
			if ((k = strcspn(at, " |")) == 0) {
				k = 1;
				continue;
			}
			if (vec_grow(&l->apart, &l->apart_cap, l->n_apart + 1, sizeof *l->apart))
				return -1;
			w = &l->apart[l->n_apart++];
			*w = (struct apart_word){ .row = row, .group = group, .negated = negated };
			word_stem(at + negated, k - negated, w->stem);
		}
	}
	return 0;
}

/* The cited fact whose value says a word, or denies it; NONE. */
static unsigned
said_by(const struct facts_list *l, const struct verdict *v, const char *stem, bool denied)
{
	char text[CHECK_STEM + 1] = "!";

	memcpy(text + 1, stem, CHECK_STEM);
	text[CHECK_STEM - 1] = '\0';
	for (unsigned i = 0; i < v->n_cites; i++)
		if (texts_have(&l->f[v->cite[i]].said, denied ? text : stem))
			return v->cite[i];
	return NONE;
}

/* Is a `not` close before it? One that is far is about something else: `no action … in staging`.
 */
static bool
near_not(const struct tokens *t, unsigned at)
{
	for (unsigned i = at; i && at - i < 6; i--)
		if (word_in(t->t[i - 1].word, LIST_NOT) || word_in(t->t[i - 1].word, LIST_UNDO) ||
		    t->t[i - 1].kind == TOKEN_NUMBER)
			return true;
	return at + 1 < t->n && t->t[at + 1].answers;
}

/* One word against its row: of its groups only that holds which a cited value says. */
static void
excluded(
    struct facts_list *l, struct verdict *v, const struct token *t, const struct apart_word *me)
{
	unsigned holds = NONE, other = NONE, denied = NONE;
	struct buf *b;

	for (const struct apart_word *w = l->apart; w < l->apart + l->n_apart; w++) {
		unsigned by = w->row == me->row ? said_by(l, v, w->stem, w->negated) : NONE;

		if (by != NONE && w->group == me->group)
			holds = by;
		else if (by != NONE)
			other = by;
		if (w->row == me->row && w->group == me->group && !w->negated &&
		    said_by(l, v, w->stem, true) != NONE)
			denied = said_by(l, v, w->stem, true);
	}
	other = other != NONE ? other : denied;
	if (!(t->negated ? holds != NONE : holds == NONE && other != NONE) ||
	    (b = verdict_add(v, SENTENCE_CONTRADICTED)) == NULL)
		return;
	buf_str(b, t->negated ? "it denies " : "");
	put_cited(b, t->p, t->n);
	buf_printf(b, ", but F%u says otherwise", (t->negated ? holds : other) + 1);
}

/* `not on record`, `never seen`: that there is none. */
static bool
of_being(const struct tokens *t, unsigned i)
{
	for (unsigned k = i + 1; k < t->n && k < i + 4; k++)
		if (word_among("record exist exists existed given seen known there found present "
			       "recorded "
			       "available provided left",
			t->t[k].p, t->t[k].n))
			return true;
	return i + 1 == t->n || t->t[i + 1].kind == TOKEN_CITE;
}

/* Is its clause turned around, wherever the `not` stands: `similar ones are not on record`? */
static bool
denied(const struct tokens *t, unsigned at)
{
	for (unsigned i = 0; i < t->n; i++)
		if (i > at && t->t[i].clause == t->t[at].clause &&
		    word_in(t->t[i].word, LIST_NOT) && of_being(t, i))
			return true;
	return t->t[at].negated;
}

/* A yes, a no or a count against what is said of it. */
static void
opposed(struct facts_list *l, struct verdict *v, const struct tokens *all, unsigned at)
{
	const struct token *t = &all->t[at];
	bool negated = denied(all, at);

	for (unsigned i = 0; i < v->n_cites; i++) {
		const struct fact *f = &l->f[v->cite[i]];

		for (size_t k = 0; k < sizeof topic / sizeof *topic && f->truth >= 0; k++) {
			bool is = word_among(topic[k].words, t->p, t->n);
			bool not = word_among(topic[k].opposite, t->p, t->n);

			if (strcmp(topic[k].about, f->about) || is == not ||
			    said_by(l, v, t->stem, false) != NONE)
				continue;
			if ((not == negated) != (f->truth == 1)) {
				struct buf *b = verdict_add(v, SENTENCE_CONTRADICTED);

				if (b == NULL)
					return;
				put_cited(b, t->p, t->n);
				buf_printf(b, " is said %s, but F%u says otherwise",
				    negated ? "not to be so" : "to be so", v->cite[i] + 1);
				return;
			}
		}
	}
}

void
judge_statements(struct facts_list *l, const struct tokens *t, struct verdict *v)
{
	for (unsigned i = 0; i < t->n; i++) {
		const struct token *at = &t->t[i];

		if (at->kind != TOKEN_WORD || at->maybe || spared(v, at))
			continue;
		if (!at->negated)
			invented(l, v, t, i);
		for (size_t k = 0; k < l->n_apart; k++)
			if (!l->apart[k].negated && !word_in(at->word, LIST_THING) &&
			    (!at->negated || near_not(t, i)) &&
			    strcmp(l->apart[k].stem, at->stem) == 0)
				excluded(l, v, at, &l->apart[k]);
		opposed(l, v, t, i);
	}
}
