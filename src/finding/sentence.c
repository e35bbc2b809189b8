/*
 * How a finding is told and explained: the sentences of finding.def and because.def, and what
 * stands for the names in them. A screen, JSON and formats/findings.md have them from there; no
 * code has a sentence of its own.
 */
#include "finding/finding.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/text.h"

#define NAMES_MOST 16u /* of one sentence */

const struct said_info said_info[SAID_COUNT] = {
#define FINDING(id, class, level, forces, clause, meaning, todo, hand)
#define SAYS(id, variant, sentence) { F_##id, #id "_" #variant, sentence },
#include "finding/finding.def"
#undef SAYS
#undef FINDING
};

const struct because_info because_info[BECAUSES] = {
#define BECAUSE(name, state, sentence) { #name, EXPLAINED_##state, sentence },
#include "finding/because.def"
#undef BECAUSE
};

/* The names of a sentence in the order in which they come first: their values come so too. */
struct names {
	struct str name[NAMES_MOST];
	unsigned n;
};

static unsigned
number_of(struct names *x, struct str name)
{
	for (unsigned i = 0; i < x->n; i++)
		if (x->name[i].n == name.n && memcmp(x->name[i].p, name.p, name.n) == 0)
			return i;
	if (x->n < NAMES_MOST)
		x->name[x->n++] = name;
	return x->n - 1;
}

/* What stands between a pair of braces: a name, and "", "#", "?one:many" or "+before". */
static bool
put_value(struct buf *out, struct str inside, struct names *x, const struct value *v, size_t n)
{
	size_t len = 0;
	const char *rest, *colon;
	bool is_text;
	unsigned i;

	while (len < inside.n && strchr("#?+", inside.p[len]) == NULL)
		len++;
	rest = inside.p + len;
	i = number_of(x, (struct str){ inside.p, len });
	is_text = len == inside.n || *rest == '+';
	/* a sentence and its call disagree: lint finds that (tools/lint.py), and if it did not, a
	 * "?" is told rather than a value under another name */
	if (i >= n || is_text == v[i].is_number) {
		buf_byte(out, '?');
		return false;
	}
	if (is_text) {
		if (v[i].text.n && len < inside.n)
			buf_put(out, rest + 1, inside.n - len - 1);
		buf_put(out, v[i].text.p, v[i].text.n);
	} else if (*rest == '#') {
		buf_u64(out, v[i].number);
	} else if ((colon = memchr(rest, ':', inside.n - len)) != NULL) {
		/* one is singular, and so nothing else: 0 rows, 1 row, 2 rows */
		if (v[i].number == 1)
			buf_put(out, rest + 1, (size_t)(colon - rest - 1));
		else
			buf_put(out, colon + 1, (size_t)(inside.p + inside.n - colon - 1));
	}
	return true;
}

static bool
put_sentence(struct buf *out, const char *p, const struct value *v, size_t n)
{
	const char *open, *close;
	struct names x = { .n = 0 };
	bool ok = true;

	while ((open = strchr(p, '{')) != NULL && (close = strchr(open, '}')) != NULL) {
		buf_put(out, p, (size_t)(open - p));
		ok &=
		    put_value(out, (struct str){ open + 1, (size_t)(close - open - 1) }, &x, v, n);
		p = close + 1;
	}
	buf_str(out, p);
	return ok && x.n == n;
}

bool
said_put(struct buf *out, enum said said, const struct value *v, size_t n)
{
	return put_sentence(out, said_info[said].sentence, v, n);
}

bool
because_put(struct buf *out, enum because because, const struct value *v, size_t n)
{
	return put_sentence(out, because_info[because].sentence, v, n);
}

static struct at
place_of(const char *what, uint64_t n)
{
	struct at p;

	snprintf(p.text, sizeof p.text, "%s %" PRIu64, what, n);
	return p;
}

struct at
at_block(uint64_t no)
{
	return place_of("block", no);
}

struct at
at_position(uint64_t position)
{
	return place_of("position", position);
}

struct at
at_index_page(uint64_t no)
{
	return place_of("index page", no);
}
