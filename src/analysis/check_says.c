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

static bool
past(const struct token *t)
{
	size_t n;
	const char *p = last_part(t, &n);

	if (word_in(t->word, LIST_PAST))
		return true;
	return n >= 5 && strncasecmp(p + n - 2, "ed", 2) == 0 && strncasecmp(p + n - 3, "eed", 3) &&
	    !word_in(t->word, LIST_NEUTRAL);
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

/* An event that the facts do not tell of. */
static void
invented(struct facts_list *l, struct verdict *v, const struct token *t)
{
	char stem[CHECK_STEM], meaning[CHECK_STEM];
	size_t n;
	const char *p = last_part(t, &n);

	word_stem(p, n, stem);
	word_meaning(&l->lexicon, p, n, meaning);
	if (past(t) && !cited_tells(l, v, t->meaning, t->stem) && !cited_tells(l, v, meaning, stem))
		say(v, SENTENCE_ABSENT, t, ": none of the facts cited tells that this happened");
	else if (word_in(t->word, LIST_EVENT) && !brief_tells(l, t->meaning))
		say(v, SENTENCE_ABSENT, t, ": no fact tells of one");
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

/* A yes, a no or a count against what is said of it. */
static void
opposed(struct facts_list *l, struct verdict *v, const struct token *t)
{
	for (unsigned i = 0; i < v->n_cites; i++) {
		const struct fact *f = &l->f[v->cite[i]];

		for (size_t k = 0; k < sizeof topic / sizeof *topic && f->truth >= 0; k++) {
			bool is = word_among(topic[k].words, t->p, t->n);
			bool not = word_among(topic[k].opposite, t->p, t->n);

			if (strcmp(topic[k].about, f->about) || is == not ||
			    said_by(l, v, t->stem, false) != NONE)
				continue;
			if ((not == t->negated) != (f->truth == 1)) {
				struct buf *b = verdict_add(v, SENTENCE_CONTRADICTED);

				if (b == NULL)
					return;
				put_cited(b, t->p, t->n);
				buf_printf(b, " is said %s, but F%u says otherwise",
				    t->negated ? "not to be so" : "to be so", v->cite[i] + 1);
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
			invented(l, v, at);
		for (size_t k = 0; k < l->n_apart; k++)
			if (!l->apart[k].negated && strcmp(l->apart[k].stem, at->stem) == 0)
				excluded(l, v, at, &l->apart[k]);
		opposed(l, v, at);
	}
}
