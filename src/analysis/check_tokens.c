/* A sentence in tokens: words, names, numbers, instants, citations, each with its clause. */
#include <strings.h>

#include "analysis/check_inner.h"
#include "base/text.h"

struct lexer {
	struct tokens *t;
	const struct lexicon *x;
	const char *begin, *p, *end;
	unsigned clause;
	bool first, opens, dash, colon; /* dash: one of `F3–F5` */
	char sign;                      /* before the next token */
};

static struct token *
next(struct lexer *g)
{
	struct token *t;

	if (g->t->n == CHECK_TOKENS) {
		g->t->full = true;
		return NULL;
	}
	t = &g->t->t[g->t->n++];
	memset(t, 0, sizeof *t);
	t->clause = g->clause;
	t->opens = g->opens;
	t->answers = g->colon;
	t->sign = g->sign;
	g->sign = 0;
	t->word = lexicon_word(g->x, "", 0);
	g->opens = g->colon = false;
	return t;
}

static bool
digit(char c)
{
	return c >= '0' && c <= '9';
}
static bool
upper(char c)
{
	return c >= 'A' && c <= 'Z';
}

/* Characters beyond ASCII that part words: dashes, quotes, stops of any script. */
static bool
parts(uint32_t cp)
{
	return cp == 0xa0 || cp == 0xab || cp == 0xbb || (cp >= 0x2000 && cp <= 0x206f) ||
	    (cp >= 0x3000 && cp <= 0x303f) || (cp >= 0xff00 && cp <= 0xff0f) || cp == 0xb7 ||
	    (cp >= 0x2190 && cp <= 0x22ff);
}

/* Length of what may stand in a word at p; 0: nothing. */
static unsigned
word_char(const char *p, const char *end)
{
	uint32_t cp;
	unsigned n;

	if ((unsigned char)*p < 0x80)
		return (*p >= '0' && *p <= '9') || (*p >= 'a' && *p <= 'z') || upper(*p) ||
		    strchr("_@.:/+%'-$", *p) != NULL;
	n = utf8_next((const unsigned char *)p, (size_t)(end - p), &cp);
	return n == 0 ? 1 : parts(cp) ? 0 : n;
}

/* Of a script that writes no blanks between words: Thai, Chinese, Japanese, Korean. */
static bool
unspaced(const char *p, const char *end)
{
	uint32_t cp;

	return (unsigned char)*p >= 0x80 &&
	    utf8_next((const unsigned char *)p, (size_t)(end - p), &cp) != 0 &&
	    (cp >= 0x2e80 || (cp >= 0x0e00 && cp < 0x0e80));
}

/* `15分07秒でした`: where digits end, and a unit behind them. */
static const char *
unspaced_end(const struct lexer *g, const char *from, const char *to)
{
	bool here = unspaced(from, to);
	const char *p = from, *unit = NULL;

	while (p < to && unspaced(p, to) == here) {
		do
			p++;
		while (p < to && ((unsigned char)*p & 0xc0) == 0x80);
		if (here && p - from < CHECK_STEM &&
		    lexicon_word(g->x, from, (size_t)(p - from))->dim)
			unit = p;
	}
	return unit && from > g->begin && digit(from[-1]) ? unit : p;
}

/* What says of the number behind it how it is meant: `~`, `<`, `>` for all of their kind; 0: no
 * such sign. */
static char
sign_at(const char *p, const char *begin, const char *end)
{
	static const struct {
		const char *sign;
		char is;
	} of[] = { { "~", '~' }, { "≈", '~' }, { "<", '<' }, { "≤", '<' }, { ">", '>' },
		{ "≥", '>' } };

	/* the head of an arrow is none */
	if (p > begin && (p[-1] == '-' || p[-1] == '='))
		return 0;
	for (size_t i = 0; i < sizeof of / sizeof *of; i++) {
		size_t n = strlen(of[i].sign);

		if ((size_t)(end - p) >= n && memcmp(p, of[i].sign, n) == 0)
			return of[i].is;
	}
	return 0;
}

/* The comma of `15,330`. */
static unsigned
groups(const char *from, const char *p, const char *end)
{
	return *p == ',' && p > from && digit(p[-1]) && end - p > 3 && digit(p[1]) && digit(p[2]) &&
	    digit(p[3]) && (end - p == 4 || !digit(p[4]));
}

/* `F12`, `F3-F5`: true, and one token, or two. */
static bool
citation(struct lexer *g, const char *p, size_t n)
{
	uint64_t number;
	struct token *t;
	size_t k = 1;

	while (k < n && digit(p[k]))
		k++;
	/* `F12's share` */
	if (n > 3 && k == n - 2 && p[k] == '\'' && p[k + 1] == 's')
		n -= 2;
	if (n < 2 || *p != 'F' || k < 2 || k > 9 ||
	    (k < n && (!strchr("-/+", p[k]) || k + 1 == n)) || !dec_u64(p + 1, k - 1, &number) ||
	    (k < n && p[k + 1] != 'F'))
		return false;
	if ((t = next(g)) == NULL)
		return true;
	*t = (struct token){ .kind = TOKEN_CITE,
		.p = p,
		.n = (unsigned)k,
		.clause = g->clause,
		.word = lexicon_word(g->x, "", 0),
		.cite = (uint32_t)number,
		.range = g->dash };
	g->dash = k < n && p[k] == '-';
	return k == n || citation(g, p + k + 1, n - k - 1);
}

/* What scores are out of. */
static bool
scale(const struct quantity *q)
{
	int64_t one = 1;

	for (unsigned i = 0; i < q->decimals; i++)
		one *= 10;
	return q->mantissa == one || q->mantissa == 10 * one || q->mantissa == 100 * one;
}

/* `2/3` is a share, `4x` a proportion, `18th` a place in an order. */
static bool
part_of(const struct lexicon *x, const char *p, size_t n, struct token *t)
{
	const char *slash = memchr(p, '/', n);
	struct quantity of;

	if (slash &&
	    !(number_of(x, p, (size_t)(slash - p), &t->q) &&
		number_of(x, slash + 1, (size_t)(p + n - slash - 1), &of) && t->q.bare && of.bare))
		return false;
	/* `0.83/1`: the second is the scale */
	if (slash && t->q.decimals && scale(&of))
		return true;
	if (slash)
		return t->q.decimals + of.decimals == 0 && of.mantissa > 0 && t->q.mantissa >= 0 &&
		    t->q.mantissa <= of.mantissa && of.mantissa < 1000000 &&
		    (share_of(&t->q, t->q.mantissa, of.mantissa), true);
	if (n > 1 && (p[n - 1] == 'x' || p[n - 1] == 'X') && number_of(x, p, n - 1, &t->q)) {
		t->sign = 'x';
		return t->q.bare;
	}
	if (n > 2 && word_among("st nd rd th", p + n - 2, 2) && number_of(x, p, n - 2, &t->q)) {
		t->sign = '#';
		return t->q.bare && t->q.decimals == 0;
	}
	return false;
}

/* What is not written as a word of a language is: an id, an address, a path, a version. */
static bool
named(const struct lexicon *x, const char *p, size_t n)
{
	bool slash = false;

	for (size_t i = 0; i < n && n > 1; i++) {
		if (digit(p[i]) || strchr("_@:+%$", p[i]))
			return true;
		if (i && upper(p[i]) && !upper(p[i - 1]))
			return true;
		if (p[i] == '.' && i + 1 < n)
			return true;
		slash |= p[i] == '/';
	}
	/* `CPU/memory` are two words */
	for (const char *at = p, *end = p + n; slash && at < end;) {
		const char *cut = memchr(at, '/', (size_t)(end - at));
		size_t k = (size_t)((cut ? cut : end) - at);

		if (k && !lexicon_known(x, at, k))
			return true;
		at += k + 1;
	}
	return false;
}

/* `08:49-08:55`, `97-98`: two, with a sign between; 0: else, or where the first ends. */
static size_t
range_in(const struct lexicon *x, const char *p, size_t n)
{
	const char *dash = memchr(p, '-', n);
	size_t k = dash ? (size_t)(dash - p) : 0;
	struct quantity a, b;
	struct instant s = { 0 }, t = { 0 };

	if (k == 0 || k + 1 == n)
		return 0;
	if (instant_of(p, k, &s) && instant_of(p + k + 1, n - k - 1, &t))
		return s.day || t.day ? 0 : k;
	return digit(dash[1]) && number_of(x, p, k, &a) && number_of(x, p + k + 1, n - k - 1, &b) ?
	    k :
	    0;
}

/* `Q3`, `T0`: what questions and milestones are called in a text. */
static bool
label(const char *p, size_t n)
{
	return (n == 2 || (n == 3 && digit(p[2]))) && strchr("QT", *p) && digit(p[1]);
}

/* A time, a number, a name, or a word, in this order. */
static void
sort_of(struct lexer *g, struct token *t)
{
	struct quantity q = { 0 };
	struct instant when = { 0 };

	if (instant_of(t->p, t->n, &when)) {
		t->kind = TOKEN_TIME;
		t->t = when;
	} else if (number_of(g->x, t->p, t->n, &q)) {
		t->kind = TOKEN_NUMBER;
		t->q = q;
	} else if (part_of(g->x, t->p, t->n, t)) {
		t->kind = TOKEN_NUMBER;
	} else if (label(t->p, t->n)) {
		t->kind = TOKEN_UNIT;
	} else if (named(g->x, t->p, t->n)) {
		t->kind = TOKEN_NAME;
	} else {
		t->word = lexicon_word(g->x, t->p, t->n);
		word_stem(t->p, t->n, t->stem);
		word_meaning(g->x, t->p, t->n, t->meaning);
		if (word_in(t->word, LIST_CLAUSE))
			t->clause = ++g->clause;
	}
}

static void
run(struct lexer *g, const char *p, size_t n)
{
	struct token *t;
	bool colon = false;
	size_t k;

	/* `T+68 s` */
	if (n > 2 && *p == 'T' && p[1] == '+' && digit(p[2]))
		p += 2, n -= 2;
	/* what only ends or begins a word */
	while (n && strchr(".:'/+-", p[n - 1])) {
		colon |= p[n - 1] == ':';
		n--;
	}
	while (n > 1 && (strchr("./:'+", *p) || (*p == '-' && !digit(p[1]))))
		p++, n--;
	/* `_not_` is said with weight */
	if (n > 2 && *p == '_' && p[n - 1] == '_')
		p++, n -= 2;
	/* a mark by itself, or a place that is cited */
	if (n == 0 || (n == 1 && strchr("-$'", *p)) || citation(g, p, n)) {
		g->clause += colon;
		g->colon |= colon;
		return;
	}
	if ((k = range_in(g->x, p, n)) != 0) {
		run(g, p, k);
		g->sign = '-';
		run(g, p + k + 1, n - k - 1);
		g->clause += colon;
		return;
	}
	g->dash = false;
	/* a full sentence is not judged: then nothing is added */
	if ((t = next(g)) == NULL)
		return;
	t->p = p;
	t->n = (unsigned)n;
	t->first = g->first;
	t->capital = upper(*p);
	g->first = false;
	sort_of(g, t);
	g->clause += colon;
	g->colon = colon;
}

/* A text in quotes is one name, if its end stands in the sentence. */
static bool
quote(struct lexer *g)
{
	/* no apostrophe: it stands inside of words. A quote without an end is a sign like others */
	static const struct {
		const char *begin, *end;
	} pair[] = { { "\"", "\"" }, { "`", "`" }, { "“", "”" }, { "„", "“" }, { "«", "»" } };

	for (size_t i = 0; i < sizeof pair / sizeof *pair; i++) {
		size_t k = strlen(pair[i].begin), left = (size_t)(g->end - g->p);
		const char *from = g->p + k, *to;
		struct token *t;

		if (left < k || memcmp(g->p, pair[i].begin, k) ||
		    (to = memmem(from, left - k, pair[i].end, strlen(pair[i].end))) == NULL)
			continue;
		g->p = to + strlen(pair[i].end);
		/* what stands inside is not looked into: it is one name */
		if (to > from && (t = next(g)) != NULL) {
			t->kind = TOKEN_NAME;
			t->quoted = true;
			t->p = from;
			t->n = (unsigned)(to - from);
			t->first = g->first;
			g->first = false;
		}
		return true;
	}
	return false;
}

/* `could not be delivered`: it was not. */
static bool
could_not(const struct tokens *t, unsigned i)
{
	return i + 1 < t->n && word_among("could can", t->t[i].p, t->t[i].n) &&
	    word_in(t->t[i + 1].word, LIST_NOT);
}

/* By clause: what stands behind a negation; all of it, if it only may be so, or is none. */
static void
clauses(struct tokens *t)
{
	bool nobody = false; /* what is said of no one, up to the verb */

	for (unsigned i = 0, to; i < t->n; i = to) {
		/* `Had it been asked earlier, …` */
		bool maybe = i == 0 && word_among("had were should", t->t[0].p, t->t[0].n);
		bool none = false, negated = false;

		for (to = i; to < t->n && t->t[to].clause == t->t[i].clause; to++) {
			maybe |= word_in(t->t[to].word, LIST_MAYBE) && !could_not(t, to);
			none |= t->t[to].kind == TOKEN_NUMBER && t->t[to].q.mantissa == 0;
		}
		/* `neither signal nor action and no workflow succeeded`: of all that is listed */
		negated = nobody && word_among("and or", t->t[i].p, t->t[i].n);
		nobody &= negated;
		for (unsigned k = i; k < to; k++) {
			if (word_among("neither none nobody no", t->t[k].p, t->t[k].n))
				nobody = true;
			else if (t->t[k].n > 2 &&
			    strncasecmp(t->t[k].p + t->t[k].n - 2, "ed", 2) == 0)
				nobody = false;
			t->t[k].maybe = maybe;
			t->t[k].negated = none || negated;
			negated |= word_in(t->t[k].word, LIST_NOT);
			/* what was not prevented was so, and what was prevented was not */
			if (word_in(t->t[k].word, LIST_UNDO))
				negated = !negated;
		}
	}
}

/* `Deliveries that failed: none` says that none did. */
static void
answers(struct tokens *t)
{
	for (unsigned i = 1; i < t->n; i++) {
		const struct token *at = &t->t[i];
		bool no = word_in(at->word, LIST_NOT) || word_among("false", at->p, at->n) ||
		    (at->kind == TOKEN_NUMBER && at->q.mantissa == 0);

		if (!at->answers || !no || (i + 1 < t->n && t->t[i + 1].kind == TOKEN_WORD))
			continue;
		for (unsigned k = i; k-- > 0 && t->t[k].clause == t->t[i - 1].clause;)
			t->t[k].negated = true;
	}
}

void
tokens_of(struct tokens *t, const struct lexicon *x, const char *p, size_t n)
{
	struct lexer g = { .t = t, .x = x, .begin = p, .p = p, .end = p + n, .first = true };

	t->n = 0;
	t->full = false;
	while (g.p < g.end && !t->full) {
		const char *from = g.p;
		unsigned k;

		if (quote(&g))
			continue;
		while (g.p < g.end &&
		    ((k = word_char(g.p, g.end)) != 0 || (k = groups(from, g.p, g.end)) != 0))
			g.p += k;
		if (g.p > from) {
			g.p = unspaced_end(&g, from, g.p);
			run(&g, from, (size_t)(g.p - from));
			continue;
		}
		/* neither a word nor a quotation: something between */
		if (strchr(",;", *g.p) || (unsigned char)*g.p == 0xe2)
			g.clause += strncmp(g.p, "\u2013", 3) != 0 && !sign_at(g.p, p, g.end);
		g.dash |= (unsigned char)*g.p == 0xe2 && t->n && t->t[t->n - 1].kind == TOKEN_CITE;
		g.opens |= strchr("([", *g.p) != NULL;
		if (*g.p != ' ')
			g.sign = strncmp(g.p, "\u2013", 3) == 0 ? '-' : sign_at(g.p, p, g.end);
		g.p++;
		while (g.p < g.end && ((unsigned char)*g.p & 0xc0) == 0x80)
			g.p++;
	}
	tokens_join(t, x);
	clauses(t);
	answers(t);
}
