/*
 * A text in sentences: lines of a paragraph belong together, list items, headings and rows of
 * tables stand alone; a citation behind the full stop belongs to the sentence before it.
 */
#include <stdlib.h>

#include "analysis/check_inner.h"
#include "base/text.h"
#include "base/vec.h"

struct reader {
	struct lexicon *x;
	struct buf text; /* of the paragraph, its lines with blanks between */
	struct start {
		size_t at;
		uint64_t line;
	} * start; /* where lines begin in it */
	size_t n, cap;
	bool heading;
	sentence_fn *each;
	void *arg;
};

static bool
digit(char c)
{
	return c >= '0' && c <= '9';
}
static bool
blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static uint64_t
line_of(const struct reader *r, size_t at)
{
	size_t i = r->n;

	while (i > 1 && r->start[i - 1].at > at)
		i--;
	return i ? r->start[i - 1].line : 0;
}

/* `[F3]`, `(F3, F4)` at p: how long, 0: none. */
static size_t
citations(const char *p, size_t n)
{
	size_t i = 1;

	if (n < 4 || (*p != '[' && *p != '(') || p[1] != 'F' || !digit(p[2]))
		return 0;
	while (i < n && p[i] != ']' && p[i] != ')' &&
	    (digit(p[i]) || (unsigned char)p[i] >= 0x80 || strchr("F, ;-", p[i])))
		i++;
	return i < n && (p[i] == ']' || p[i] == ')') ? i + 1 : 0;
}

/* Where a sentence that ends at i is over, with the citations behind it; 0: it does not end. */
static size_t
over(const struct reader *r, const char *p, size_t n, size_t from, size_t i)
{
	size_t to = i + 1, k, word = i;

	while (to < n && strchr("\"')*_]", p[to]))
		to++;
	if (to < n && !blank(p[to]))
		return 0;
	while (word > from && !blank(p[word - 1]) && p[word - 1] != '(')
		word--;
	if (p[i] == '.' && word_in(lexicon_word(r->x, p + word, i - word), LIST_ABBREVIATED))
		return 0;
	for (;;) {
		size_t next = to;

		while (next < n && blank(p[next]))
			next++;
		if ((k = citations(p + next, n - next)) == 0)
			return next < n && p[i] == '.' && p[next] >= 'a' && p[next] <= 'z' ? 0 : to;
		to = next + k;
		if (to < n && p[to] == '.')
			to++;
	}
}

/* Full stops of other scripts. */
static size_t
stop_elsewhere(const char *p, size_t n)
{
	static const char *const stop[] = { "。", "！", "？", "।", "۔" };

	for (size_t i = 0; i < sizeof stop / sizeof *stop; i++)
		if (n >= strlen(stop[i]) && memcmp(p, stop[i], strlen(stop[i])) == 0)
			return strlen(stop[i]);
	return 0;
}

static int
sentence(struct reader *r, size_t from, size_t to)
{
	const char *p = (const char *)r->text.p;

	while (from < to && blank(p[from]))
		from++;
	while (to > from && blank(p[to - 1]))
		to--;
	return from == to ? 0 : r->each(r->arg, p + from, to - from, line_of(r, from), r->heading);
}

/* Hands the sentences of the paragraph over, and begins another. */
static int
paragraph(struct reader *r)
{
	const char *p = (const char *)r->text.p;
	size_t from = 0, n = r->text.len, to, k;
	int rc = 0;

	for (size_t i = 0; i < n && rc == 0; i++) {
		if ((k = stop_elsewhere(p + i, n - i)) != 0)
			to = i + k + citations(p + i + k, n - i - k);
		else if (p[i] != '.' && p[i] != '!' && p[i] != '?')
			continue;
		else if ((to = over(r, p, n, from, i)) == 0)
			continue;
		rc = sentence(r, from, to);
		from = to;
		i = to - 1;
	}
	if (rc == 0 && from < n)
		rc = sentence(r, from, n);
	buf_clear(&r->text);
	r->n = 0;
	r->heading = false;
	return rc;
}

/* What stands before the words of a line: a list's mark, a heading's, a quotation's. */
static size_t
marks(const char *p, size_t n, bool *begins, bool *alone)
{
	size_t i = 0, from;

	*begins = *alone = false;
	for (;;) {
		while (i < n && blank(p[i]))
			i++;
		from = i;
		while (i < n && (p[i] == '#' || p[i] == '>' || p[i] == '|'))
			i++;
		*alone |= i > from && p[from] != '>';
		if (i == from && i + 1 < n && strchr("-*+", p[i]) && blank(p[i + 1]))
			i++;
		for (size_t k = i; i == from && k < n && k < i + 4 && (digit(p[k]) || k > i); k++)
			if (k > i && (p[k] == '.' || p[k] == ')') && k + 1 < n && blank(p[k + 1]))
				i = k + 1;
		if (i == from)
			return i;
		*begins = true;
	}
}

int
sentences_each(struct lexicon *x, const char *p, size_t n, sentence_fn *each, void *arg)
{
	struct reader r = { .x = x, .each = each, .arg = arg };
	const char *end = p + n;
	uint64_t line = 0;
	int rc = 0;

	buf_init(&r.text, n + 2);
	/* by lines, so that places can be named */
	while (p < end && rc == 0) {
		const char *nl = memchr(p, '\n', (size_t)(end - p));
		size_t len = (size_t)((nl ? nl : end) - p), skip;
		bool begins, alone, fence;

		line++;
		/* marks of a list or a headline are not part of a sentence */
		skip = marks(p, len, &begins, &alone);
		fence = len - skip >= 3 &&
		    (memcmp(p + skip, "```", 3) == 0 || memcmp(p + skip, "~~~", 3) == 0);
		/* an empty line or a fence ends a paragraph */
		if (begins || fence || skip == len || r.heading)
			rc = paragraph(&r);
		if (rc == 0 && skip < len && !fence) {
			if (vec_grow(&r.start, &r.cap, r.n + 1, sizeof *r.start))
				rc = -1;
			else
				r.start[r.n++] = (struct start){ r.text.len, line };
			buf_put(&r.text, p + skip, len - skip);
			buf_byte(&r.text, ' ');
			r.heading = alone;
		}
		p += len + (nl != NULL);
	}
	/* the last paragraph has no line behind it */
	if (rc == 0)
		rc = paragraph(&r);
	if (r.text.failed)
		rc = -1;
	buf_release(&r.text);
	free(r.start);
	return rc;
}
