/* The facts of a brief, read as the sentences of a text are read. */
#include <stdio.h>
#include <stdlib.h>

#include "analysis/check_inner.h"
#include "base/limits.h"
#include "base/vec.h"

#define TEXT_LOOKED 65536u   /* bytes of one fact's text that are looked through */
#define BUDGET (64ull << 30) /* bytes looked through for one text */
#define VALUE_WORDS 12u      /* a value of more words is prose: it excludes nothing */

static bool
letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (unsigned char)c >= 0x80;
}
static bool
upper(char c)
{
	return c >= 'A' && c <= 'Z';
}

static int
texts_add(struct texts *t, bool negated, const char *text)
{
	if (t->n >= CHECK_WORDS)
		return 0;
	if (vec_grow(&t->t, &t->cap, t->n + 1, sizeof *t->t))
		return -1;
	snprintf(t->t[t->n++], CHECK_STEM, "%s%s", negated ? "!" : "", text);
	return 0;
}

static int
by_text(const void *a, const void *b)
{
	return strcmp(a, b);
}

bool
texts_have(const struct texts *t, const char *text)
{
	return t->n && bsearch(text, t->t, t->n, CHECK_STEM, by_text) != NULL;
}

static void
put_lowered(struct buf *b, const char *p, size_t n)
{
	for (size_t i = 0; i < n && b->len < TEXT_LOOKED; i++)
		buf_byte(b, upper(p[i]) ? (unsigned)(p[i] + 32) : (unsigned char)p[i]);
}

/* Does a word begin inside of one: `Timed|Out`, `CPU|Throttling`? */
static bool
inner_begin(const char *p, const char *end)
{
	bool next = p + 1 < end && p[1] >= 'a' && p[1] <= 'z';

	return upper(*p) && (!upper(p[-1]) || next);
}

/* Words of a value: parted where it is no letter, and inside of `VerificationTimedOut`. */
static int
value_words(struct facts_list *l, struct fact *f, const char *p, size_t n)
{
	char text[CHECK_STEM];

	for (size_t at = 0; at < n;) {
		size_t to = at;

		while (to < n && letter(p[to]) && !(to > at && inner_begin(p + to, p + n)))
			to++;
		if (to > at + 1) {
			word_stem(p + at, to - at, text);
			if (texts_add(&f->word, false, text))
				return -1;
			word_meaning(&l->lexicon, p + at, to - at, text);
			if (texts_add(&f->word, false, text))
				return -1;
		}
		at = to > at ? to : at + 1;
	}
	return 0;
}

/* What a value of few words says, and what it denies: `not_approved` is `!approv`. */
static int
value_said(struct facts_list *l, struct fact *f, const char *p, size_t n)
{
	static const char *const prose[] = { "ai.root_cause", "execution.failure_reason",
		"head.target", "head.remediation_target", "head.signal", "head.cluster" };
	char text[CHECK_STEM];
	unsigned words = 0;
	bool negated = false;

	/* prose says many things at once, so no single word of it is what the fact says */
	for (size_t i = 0; i < sizeof prose / sizeof *prose; i++)
		if (strcmp(f->about, prose[i]) == 0)
			return 0;
	word_stem(p, n, text);
	if (texts_add(&f->said, false, text))
		return -1;
	/* word by word; behind a `not` every word is denied */
	for (size_t at = 0; at < n && words <= VALUE_WORDS; words++) {
		size_t to = at;

		while (to < n && letter(p[to]))
			to++;
		word_stem(p + at, to - at, text);
		/* `the execution did not start` does not say that it was executed */
		if (to > at && !word_in(lexicon_word(&l->lexicon, p + at, to - at), LIST_THING) &&
		    texts_add(&f->said, negated, text))
			return -1;
		negated |= word_in(lexicon_word(&l->lexicon, p + at, to - at), LIST_NOT);
		while (to < n && !letter(p[to]))
			to++;
		at = to;
	}
	/* a value of many words is prose too */
	if (words > VALUE_WORDS)
		f->said.n = 0;
	return 0;
}

/* Names that stand in a value: a text that uses one must cite a fact that has it. */
static int
value_names(struct facts_list *l, const char *p, size_t n)
{
	for (size_t at = 0; at < n;) {
		size_t to = at;

		while (to < n && !strchr(" \t\n\"/,;()", p[to]))
			to++;
		if (to > at + 1 && !lexicon_known(&l->lexicon, p + at, to - at) &&
		    lexicon_add_own(&l->lexicon, p + at, to - at))
			return -1;
		at = to > at ? to : at + 1;
	}
	return 0;
}

/* Numbers, instants and words of what a fact says. */
static int
read_text(struct facts_list *l, struct fact *f, const char *p, size_t n)
{
	struct tokens *t = &l->scratch;

	tokens_of(t, &l->lexicon, p, n < CHECK_SENTENCE ? n : CHECK_SENTENCE);
	for (unsigned i = 0; i < t->n; i++) {
		if (t->t[i].kind == TOKEN_NUMBER && t->t[i].q.dim != DIM_FOREIGN) {
			if (vec_more(&f->q, f->n_q, sizeof *f->q))
				return -1;
			f->q[f->n_q++] = t->t[i].q;
		} else if (t->t[i].kind == TOKEN_TIME) {
			if (vec_more(&f->when, f->n_when, sizeof *f->when))
				return -1;
			f->when[f->n_when++] = t->t[i].t;
		} else if (t->t[i].kind == TOKEN_WORD &&
		    (texts_add(&f->word, false, t->t[i].stem) ||
			texts_add(&f->word, false, t->t[i].meaning))) {
			return -1;
		}
	}
	return 0;
}

static const struct {
	const char *about, *words;
	bool speaks;
} tells[] = {
#define TELLS(about, words) { about, words, true },
#define IMPLIES(about, words) { about, words, false },
#include "analysis/check.def"
};

/* Words, each by its meaning. */
static int
add_topics(struct facts_list *l, struct texts *to, const char *p, size_t n)
{
	char text[CHECK_STEM];

	for (size_t at = 0; at < n;) {
		size_t end = at;

		while (end < n && letter(p[end]))
			end++;
		word_meaning(&l->lexicon, p + at, end - at, text);
		if (end > at + 1 && texts_add(to, false, text))
			return -1;
		at = end > at ? end : at + 1;
	}
	return 0;
}

/*
 * By which words a sentence speaks of it: a milestone and a phase by their keys, an act by what it
 * is, all others by their paths. And what it tells by being there at all: who was asked for an
 * approval had a proposal.
 */
static int
topics(struct facts_list *l, struct fact *f, const char *sentence, size_t n)
{
	static const char act[] = "a person did this: \"";
	const char *p = f->about, *end = p + strlen(p),
		   *quote = memmem(sentence, n, act, sizeof act - 1);
	size_t n_topics = 0;

	/* a milestone or a phase speaks of itself by its name */
	if (strcmp(f->about, "timeline") == 0 || strcmp(f->about, "phases") == 0) {
		p = memchr(sentence, ' ', n);
		p = p ? p + 1 : sentence;
		end = memchr(p, ' ', (size_t)(sentence + n - p));
		end = end ? end : sentence + n;
	} else if (quote) {
		p = quote + sizeof act - 1;
		end = memchr(p, '"', (size_t)(sentence + n - p));
		end = end ? end : sentence + n;
	}
	if (add_topics(l, &f->topic, p, (size_t)(end - p)))
		return -1;
	/* `that phase`: the one that was named before */
	quote = memchr(sentence, '"', n);
	if (quote && strcmp(f->about, "bottleneck.phase") == 0 &&
	    add_topics(l, &f->topic, quote, (size_t)(sentence + n - quote)))
		return -1;
	for (size_t i = 0;
	     f > l->f && strncmp(f->about, "bottleneck.", 11) == 0 && i < f[-1].topic.n; i++)
		if (strncmp(f[-1].about, "bottleneck.", 11) == 0 &&
		    texts_add(&f->topic, false, f[-1].topic.t[i]))
			return -1;
	/* what it tells by being there at all */
	for (size_t i = 0; i < sizeof tells / sizeof *tells; i++)
		if (strcmp(tells[i].about, f->about) == 0 &&
		    (add_topics(l, &f->word, tells[i].words, strlen(tells[i].words)) ||
			(tells[i].speaks &&
			    add_topics(l, &f->topic, tells[i].words, strlen(tells[i].words)))))
			return -1;
	/* sorted, so that a word finds it by bisection; each once, since they are counted */
	if (f->topic.n)
		qsort(f->topic.t, f->topic.n, CHECK_STEM, by_text);
	for (size_t i = 0; i < f->topic.n; i++)
		if (n_topics == 0 || strcmp(f->topic.t[n_topics - 1], f->topic.t[i]))
			memmove(f->topic.t[n_topics++], f->topic.t[i], CHECK_STEM);
	f->topic.n = n_topics;
	return 0;
}

static void
put_string(struct buf *b, const struct json_doc *d, uint32_t at)
{
	if (at != JSON_NONE && d->node[at].type == JSON_STRING)
		put_lowered(b, json_str(d, at), d->node[at].str_len);
	buf_byte(b, '\n');
}

/* 1: yes, or more than none; 0: no, or none; -1: neither. */
static int
truth(const struct json_doc *d, uint32_t value)
{
	const struct json_node *x = &d->node[value];

	if (x->type == JSON_TRUE || json_text_is(d, value, "yes"))
		return 1;
	if (x->type == JSON_FALSE || json_text_is(d, value, "no"))
		return 0;
	if (x->type != JSON_NUMBER)
		return -1;
	return x->src_len != 1 || *json_src(d, value) != '0';
}

static int
read_fact(struct facts_list *l, struct fact *f, const struct json_doc *d, uint32_t k)
{
	uint32_t about = json_member(d, k, "about"), sentence = json_member(d, k, "sentence");
	uint32_t value = json_member(d, k, "value");
	const char *p = json_str(d, value);
	size_t n = d->node[value].str_len < TEXT_LOOKED ? d->node[value].str_len : TEXT_LOOKED;

	buf_init(&f->text, TEXT_LOOKED * 4);
	snprintf(
	    f->about, sizeof f->about, "%.*s", (int)d->node[about].str_len, json_str(d, about));
	/* its sentence, its value and its ids are what it is found by */
	put_string(&f->text, d, sentence);
	put_string(&f->text, d, value);
	for (uint32_t id = json_first_of(d, k, "event_ids"); id != JSON_NONE; id = d->node[id].next)
		put_string(&f->text, d, id);
	/* `that phase`, which the fact before names */
	if (f > l->f && strncmp(f->about, "bottleneck.", 11) == 0 &&
	    strncmp(f[-1].about, "bottleneck.", 11) == 0)
		buf_put(&f->text, f[-1].text.p, f[-1].text.len);
	f->truth = truth(d, value);
	/* what the sentence says, and what its value says */
	if (read_text(l, f, json_str(d, sentence), d->node[sentence].str_len))
		return -1;
	if (d->node[value].type == JSON_STRING &&
	    (read_text(l, f, p, n) || value_words(l, f, p, n) || value_said(l, f, p, n) ||
		value_names(l, p, n)))
		return -1;
	if (topics(l, f, json_str(d, sentence), d->node[sentence].str_len))
		return -1;
	/* its path tells what it is about: `approval.wait_ms` */
	if (value_words(l, f, f->about, strlen(f->about)))
		return -1;
	/* a milestone's key, a phase and an act stand in the sentence alone */
	if (value_words(l, f, json_str(d, sentence), d->node[sentence].str_len))
		return -1;
	if (f->word.n)
		qsort(f->word.t, f->word.n, CHECK_STEM, by_text);
	if (f->said.n)
		qsort(f->said.t, f->said.n, CHECK_STEM, by_text);
	return f->text.nomem ? -1 : 0;
}

int
facts_list_open(struct facts_list *l, const char *brief, size_t n, struct err *e)
{
	struct json_doc d;
	size_t count = 0;
	int rc = 0;

	memset(l, 0, sizeof *l);
	/* what comparisons may cost in all, whatever the text */
	json_init(&d);
	l->budget = BUDGET;
	if (json_parse(&d, brief, n, EX_JSON_DEPTH))
		rc = err_set(e, EX_IO_ERR, "the brief is too long to check a text against");
	/* counted first: the list has one allocation, and a bound */
	for (uint32_t k = rc ? JSON_NONE : json_first_of(&d, 0, "facts"); k != JSON_NONE;
	     k = d.node[k].next)
		count++;
	if (count > CHECK_FACTS)
		count = CHECK_FACTS;
	if (rc == 0 &&
	    ((l->f = calloc(count + 1, sizeof *l->f)) == NULL ||
		(l->scratch.t = calloc(CHECK_TOKENS, sizeof *l->scratch.t)) == NULL ||
		lexicon_open(&l->lexicon) || apart_words(l)))
		rc = err_nomem(e);
	for (uint32_t k = rc ? JSON_NONE : json_first_of(&d, 0, "facts");
	     k != JSON_NONE && l->n < count && rc == 0; k = d.node[k].next)
		if (read_fact(l, &l->f[l->n++], &d, k))
			rc = err_nomem(e);
	/* sorted once all are in, since every word of the text is looked up in it */
	lexicon_sort(&l->lexicon);
	json_release(&d);
	return rc ? -1 : 0;
}

void
facts_list_release(struct facts_list *l)
{
	for (size_t i = 0; i < l->n; i++) {
		buf_release(&l->f[i].text);
		free(l->f[i].q);
		free(l->f[i].when);
		free(l->f[i].word.t);
		free(l->f[i].said.t);
		free(l->f[i].topic.t);
	}
	free(l->f);
	free(l->apart);
	free(l->scratch.t);
	lexicon_release(&l->lexicon);
}

static bool
inside(char c)
{
	return letter(c) || (c >= '0' && c <= '9');
}

bool
fact_holds(struct facts_list *l, const struct fact *f, const char *low, size_t n, bool begin)
{
	const char *from = (const char *)f->text.p, *end = from + f->text.len, *at = from;

	if (f->text.len > l->budget) {
		l->budget = 0;
		return false;
	}
	l->budget -= f->text.len;
	/* whole words, but an id may be told by its beginning */
	while (n && (at = memmem(at, (size_t)(end - at), low, n)) != NULL) {
		if ((at == from || !inside(at[-1]) || !inside(*low)) &&
		    (begin || at + n == end || !inside(at[n]) || !inside(low[n - 1])))
			return true;
		at++;
	}
	return false;
}
