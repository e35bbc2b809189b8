/* The words of check.def, and what a word means without its endings. */
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "analysis/check_inner.h"
#include "base/vec.h"

static const struct {
	enum word_list list;
	const char *words;
} listed[] = {
#define WORDS(list, words) { LIST_##list, words },
#include "analysis/check.def"
};

static const char *const same[] = {
#define SAME(words) words,
#include "analysis/check.def"
};

static const struct {
	const char *words;
	enum dimension dim;
	int64_t factor;
} unit[] = {
#define UNIT(words, dimension, factor) { words, DIM_##dimension, factor },
#include "analysis/check.def"
};

static const struct {
	const char *word;
	int64_t value;
} number[] = {
#define NUMBER(word, value) { word, value },
#include "analysis/check.def"
};

static const struct {
	const char *word;
	unsigned number;
} month[] = {
#define MONTH(word, number) { word, number },
#include "analysis/check.def"
};

static const struct {
	const char *words;
	unsigned part;
} fraction[] = {
#define FRACTION(words, part) { words, part },
#include "analysis/check.def"
};

static const struct {
	const char *words;
	unsigned day;
} weekday[] = {
#define WEEKDAY(words, day) { words, day },
#include "analysis/check.def"
};

/* In lower case; of longer words the beginning. */
static size_t
lowered(const char *p, size_t n, char ret[CHECK_STEM])
{
	n = n < CHECK_STEM ? n : CHECK_STEM - 1;
	for (size_t i = 0; i < n; i++)
		ret[i] = p[i] >= 'A' && p[i] <= 'Z' ? (char)(p[i] + 32) : p[i];
	ret[n] = '\0';
	return n;
}

/* Endings that say how a word stands in its sentence, not what it means; in this order. */
static const struct {
	const char *ending, *instead;
	size_t least; /* letters of the whole word */
} ending[] = { { "'s", "", 4 }, { "ications", "y", 10 }, { "ication", "y", 9 }, { "ies", "y", 5 },
	{ "ied", "y", 5 }, { "sses", "ss", 6 }, { "ments", "", 8 }, { "ment", "", 8 },
	{ "ions", "", 8 }, { "ion", "", 7 }, { "ings", "", 7 }, { "ing", "", 6 }, { "ed", "", 5 },
	{ "ally", "al", 7 }, { "ly", "", 6 }, { "es", "e", 5 }, { "s", "", 4 } };

void
word_stem(const char *p, size_t n, char ret[CHECK_STEM])
{
	n = lowered(p, n, ret);
	for (size_t i = 0; i < sizeof ending / sizeof *ending; i++) {
		size_t k = strlen(ending[i].ending);

		if (n < ending[i].least || strcmp(ret + n - k, ending[i].ending) ||
		    (k == 1 && ret[n - 2] == 's') ||
		    (strcmp(ending[i].ending, "ed") == 0 && ret[n - 3] == 'e'))
			continue;
		n -= k;
		memcpy(ret + n, ending[i].instead, strlen(ending[i].instead) + 1);
		n += strlen(ending[i].instead);
		break;
	}
	/* `stopped` is `stop`, `timed` is `time` */
	if (n > 3 && ret[n - 1] == ret[n - 2] && !strchr("aeiousl", ret[n - 1]))
		ret[--n] = '\0';
	if (n > 3 && ret[n - 1] == 'e')
		ret[--n] = '\0';
}

static int
by_word(const void *a, const void *b)
{
	return strcmp(((const struct word *)a)->word, ((const struct word *)b)->word);
}

static int
by_text(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* Adds a word as it stands; several lists may have it. NULL: no memory. */
static struct word *
add_word(struct lexicon *x, const char *p, size_t n)
{
	struct word *w;

	if (vec_grow(&x->word, &x->cap, x->n + 1, sizeof *x->word))
		return NULL;
	w = &x->word[x->n++];
	memset(w, 0, sizeof *w);
	lowered(p, n, w->word);
	return w;
}

static int
add_text(char (**array)[CHECK_STEM], size_t *n, size_t *cap, const char *text)
{
	if (vec_grow(array, cap, *n + 1, sizeof **array))
		return -1;
	snprintf((*array)[(*n)++], CHECK_STEM, "%s", text);
	return 0;
}

/* Calls itself for each word of a list with blanks between. */
#define EACH_WORD(at, k, list) \
	for (const char *at = (list), *k = at + strcspn(at, " "); *at; \
	     at = k + (*k == ' '), k = at + strcspn(at, " "))

static int
add_lists(struct lexicon *x)
{
	char stem[CHECK_STEM];
	struct word *w;

	/* words that belong to a list, each by its stem */
	for (size_t i = 0; i < sizeof listed / sizeof *listed; i++)
		EACH_WORD(at, k, listed[i].words)
		{
			word_stem(at, (size_t)(k - at), stem);
			if (add_text(&x->stem, &x->n_stems, &x->stem_cap, stem))
				return -1;
			if (listed[i].list == LIST_NEUTRAL &&
			    add_text(&x->neutral, &x->n_neutral, &x->neutral_cap, stem))
				return -1;
			if (listed[i].list == LIST_KNOWN)
				continue;
			if ((w = add_word(x, at, (size_t)(k - at))) == NULL)
				return -1;
			w->lists = 1u << listed[i].list;
		}
	/* units, with what they are worth */
	for (size_t i = 0; i < sizeof unit / sizeof *unit; i++)
		EACH_WORD(at, k, unit[i].words)
		{
			if ((w = add_word(x, at, (size_t)(k - at))) == NULL)
				return -1;
			w->dim = unit[i].dim;
			w->factor = unit[i].factor;
		}
	/* numbers in words */
	for (size_t i = 0; i < sizeof number / sizeof *number; i++) {
		if ((w = add_word(x, number[i].word, strlen(number[i].word))) == NULL)
			return -1;
		w->numeral = true;
		w->value = number[i].value;
	}
	/* parts, and days of the week */
	for (size_t i = 0; i < sizeof fraction / sizeof *fraction; i++)
		EACH_WORD(at, k, fraction[i].words)
		{
			if ((w = add_word(x, at, (size_t)(k - at))) == NULL)
				return -1;
			w->part = fraction[i].part;
		}
	for (size_t i = 0; i < sizeof weekday / sizeof *weekday; i++)
		EACH_WORD(at, k, weekday[i].words)
		{
			if ((w = add_word(x, at, (size_t)(k - at))) == NULL)
				return -1;
			w->day = weekday[i].day;
		}
	/* and months */
	for (size_t i = 0; i < sizeof month / sizeof *month; i++) {
		if ((w = add_word(x, month[i].word, strlen(month[i].word))) == NULL)
			return -1;
		w->month = month[i].number;
	}
	return 0;
}

static int
add_meanings(struct lexicon *x)
{
	for (size_t i = 0; i < sizeof same / sizeof *same; i++)
		EACH_WORD(at, k, same[i])
		{
			struct meaning *m;

			if (vec_grow(&x->meaning, &x->meaning_cap, x->n_meanings + 1, sizeof *m))
				return -1;
			m = &x->meaning[x->n_meanings++];
			word_stem(at, (size_t)(k - at), m->stem);
			word_stem(same[i], strcspn(same[i], " "), m->of);
			if (add_text(&x->stem, &x->n_stems, &x->stem_cap, m->stem))
				return -1;
		}
	return 0;
}

/* Words that stand in several lists become one entry. */
static void
merge(struct lexicon *x)
{
	size_t n = 0;

	qsort(x->word, x->n, sizeof *x->word, by_word);
	for (size_t i = 0; i < x->n; i++) {
		struct word *w = &x->word[i], *was = n ? &x->word[n - 1] : NULL;

		if (was == NULL || strcmp(was->word, w->word)) {
			x->word[n++] = *w;
			continue;
		}
		was->lists |= w->lists;
		was->month = w->month ? w->month : was->month;
		was->part = w->part ? w->part : was->part;
		was->day = w->day ? w->day : was->day;
		if (w->dim)
			was->dim = w->dim, was->factor = w->factor;
		if (w->numeral)
			was->numeral = true, was->value = w->value;
	}
	x->n = n;
}

int
lexicon_open(struct lexicon *x)
{
	memset(x, 0, sizeof *x);
	if (add_lists(x) || add_meanings(x))
		return -1;
	merge(x);
	qsort(x->stem, x->n_stems, CHECK_STEM, by_text);
	qsort(x->neutral, x->n_neutral, CHECK_STEM, by_text);
	qsort(x->meaning, x->n_meanings, sizeof *x->meaning, by_text);
	return 0;
}

void
lexicon_release(struct lexicon *x)
{
	free(x->word);
	free(x->stem);
	free(x->neutral);
	free(x->meaning);
	free(x->own);
	memset(x, 0, sizeof *x);
}

const struct word *
lexicon_word(const struct lexicon *x, const char *p, size_t n)
{
	static const struct word not = { .lists = 1u << LIST_NOT }, none;
	struct word key, *w;

	if (n >= CHECK_STEM)
		return &none;
	lowered(p, n, key.word);
	w = bsearch(&key, x->word, x->n, sizeof *x->word, by_word);
	if (w == NULL && n > 3 && strcmp(key.word + n - 3, "n't") == 0)
		return &not ;
	return w ? w : &none;
}

bool
lexicon_neutral(const struct lexicon *x, const char *stem)
{
	return bsearch(stem, x->neutral, x->n_neutral, CHECK_STEM, by_text) != NULL;
}

void
word_meaning(const struct lexicon *x, const char *p, size_t n, char ret[CHECK_STEM])
{
	const struct meaning *m;

	word_stem(p, n, ret);
	m = bsearch(ret, x->meaning, x->n_meanings, sizeof *x->meaning, by_text);
	if (m)
		memcpy(ret, m->of, CHECK_STEM);
}

int
lexicon_add_own(struct lexicon *x, const char *p, size_t n)
{
	char low[CHECK_STEM];

	lowered(p, n, low);
	return add_text(&x->own, &x->n_own, &x->own_cap, low);
}

void
lexicon_sort(struct lexicon *x)
{
	if (x->n_own)
		qsort(x->own, x->n_own, CHECK_STEM, by_text);
}

bool
lexicon_own(const struct lexicon *x, const char *p, size_t n)
{
	char low[CHECK_STEM];

	lowered(p, n, low);
	return x->n_own && bsearch(low, x->own, x->n_own, CHECK_STEM, by_text) != NULL;
}

/* Endings of words that nobody is called by. */
static bool
made(const char *p, size_t n)
{
	static const char *const by[] = { "tion", "sion", "ment", "ness", "ity", "ive", "ous",
		"able", "ible", "ance", "ence", "ical", "ized", "ised", "izing", "ising", "ally",
		"fully", "less", "ship", "ward", "wise", "ings" };

	for (size_t i = 0; i < sizeof by / sizeof *by; i++) {
		size_t k = strlen(by[i]);

		if (n > k + 2 && strncasecmp(p + n - k, by[i], k) == 0)
			return true;
	}
	return false;
}

/* One part of a word with hyphens; of `it's` and `didn't` what stands before the mark. */
static bool
part_known(const struct lexicon *x, const char *p, size_t n)
{
	const char *mark = memchr(p, '\'', n);
	const struct word *w;
	char stem[CHECK_STEM];

	if (mark && mark < p + 2) {
		n -= (size_t)(mark + 1 - p);
		p = mark + 1;
	} else if (mark) {
		n = (size_t)(mark - p) - (mark[-1] == 'n' && mark + 1 < p + n && mark[1] == 't');
	}
	if (n < 2 || made(p, n))
		return true;
	w = lexicon_word(x, p, n);
	word_stem(p, n, stem);
	return w->numeral || w->month || w->dim || w->part || w->day ||
	    bsearch(stem, x->stem, x->n_stems, CHECK_STEM, by_text) != NULL;
}

bool
lexicon_known(const struct lexicon *x, const char *p, size_t n)
{
	const char *end = p + n, *dash;

	for (; (dash = memchr(p, '-', (size_t)(end - p))) != NULL; p = dash + 1)
		if (!part_known(x, p, (size_t)(dash - p)))
			return false;
	return part_known(x, p, (size_t)(end - p));
}

bool
word_among(const char *list, const char *p, size_t n)
{
	EACH_WORD(at, k, list)
	{
		if ((size_t)(k - at) == n && strncasecmp(at, p, n) == 0)
			return true;
	}
	return false;
}

bool
word_number(const struct lexicon *x, const char *p, size_t n, int64_t *ret)
{
	const char *dash = memchr(p, '-', n);
	const struct word *w = lexicon_word(x, p, n), *ones;

	if (w->numeral) {
		*ret = w->value;
		return true;
	}
	/* `forty-two`, `twenty-one` */
	if (dash == NULL)
		return false;
	w = lexicon_word(x, p, (size_t)(dash - p));
	n -= (size_t)(dash + 1 - p);
	ones = lexicon_word(x, dash + 1, n);
	if (!w->numeral || w->value < 20 || w->value % 10)
		return false;
	if (ones->numeral && ones->value > 1 && ones->value < 10)
		*ret = w->value + ones->value;
	else if (n == 3 && strncasecmp(dash + 1, "one", 3) == 0)
		*ret = w->value + 1;
	else
		return false;
	return true;
}
