/* Writing a parsed value back: the canonical form (E-3, E-4, E-6) and PostgreSQL's printing of
 * jsonb (E-11). */
#include "json/json.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/text.h"
#include "base/vec.h"

/* A character that has to be escaped, in the shortest way there is. */
static void
escape(struct buf *out, unsigned c)
{
	static const char letter[256] = { ['"'] = '"',
		['\\'] = '\\',
		['\b'] = 'b',
		['\f'] = 'f',
		['\n'] = 'n',
		['\r'] = 'r',
		['\t'] = 't' };

	if (letter[c]) {
		buf_byte(out, '\\');
		buf_byte(out, (unsigned char)letter[c]);
	} else {
		buf_printf(out, "\\u%04x", c);
	}
}

/* Bytes that do not stand in a string as they are. */
enum { CANONICAL = 1, POSTGRES = 2 };
static const unsigned char special[256] = { SIXTEEN(CANONICAL | POSTGRES),
	SIXTEEN(CANONICAL | POSTGRES), /* controls */
	['"'] = CANONICAL | POSTGRES, ['\\'] = CANONICAL | POSTGRES, ['<'] = CANONICAL,
	['>'] = CANONICAL, ['&'] = CANONICAL, [0xe2] = CANONICAL };

void
json_canonical_string(struct buf *out, const char *s, size_t n)
{
	const unsigned char *p = (const unsigned char *)s, *run = p, *end = p + n;

	buf_byte(out, '"');
	while (p != end) {
		unsigned c = *p;

		if (!(special[c] & CANONICAL)) {
			p++;
			continue;
		}
		if (c == 0xe2 &&
		    !(end - p >= 3 && p[1] == 0x80 && (p[2] == 0xa8 || p[2] == 0xa9))) {
			p++;
			continue;
		}
		buf_put(out, run, (size_t)(p - run));
		if (c == 0xe2) {
			buf_str(out, p[2] == 0xa8 ? "\\u2028" : "\\u2029");
			p += 2;
		} else {
			escape(out, c);
		}
		run = ++p;
	}
	buf_put(out, run, (size_t)(p - run));
	buf_byte(out, '"');
}

static void
postgres_string(struct buf *out, const char *s, size_t n)
{
	const unsigned char *p = (const unsigned char *)s, *run = p, *end = p + n;

	buf_byte(out, '"');
	for (; p != end; p++)
		if (special[*p] & POSTGRES) {
			buf_put(out, run, (size_t)(p - run));
			escape(out, *p);
			run = p + 1;
		}
	buf_put(out, run, (size_t)(p - run));
	buf_byte(out, '"');
}

/* A canonical numeral without its exponent, as numeric prints it. */
static void
postgres_number(struct buf *out, const char *s, size_t n)
{
	const char *e = memchr(s, 'e', n);
	char digit[32];
	int nd = 0, point, exp;

	if (e == NULL) {
		if (n == 2 && s[0] == '-' && s[1] == '0')
			buf_byte(out, '0'); /* numeric has no negative zero */
		else
			buf_put(out, s, n);
		return;
	}
	if (*s == '-') {
		buf_byte(out, '-');
		s++;
	}
	/* the digits without the point, which goes where the exponent puts it */
	for (const char *p = s; p < e; p++)
		if (*p != '.')
			digit[nd++] = *p;
	/* the numeral is followed by NUL: it stands in json_number's buffer */
	exp = (int)strtol(e + 1, NULL, 10);
	point = 1 + exp;
	if (point <= 0) {
		buf_str(out, "0.");
		for (int i = point; i < 0; i++)
			buf_byte(out, '0');
		buf_put(out, digit, (size_t)nd);
	} else {
		for (int i = 0; i < nd || i < point; i++) {
			if (i == point)
				buf_byte(out, '.');
			buf_byte(out, i < nd ? (unsigned char)digit[i] : '0');
		}
	}
}

struct sorter {
	const struct json_doc *d;
	enum json_style style;
};

static int
member_cmp(const void *pa, const void *pb, void *arg)
{
	const struct sorter *s = arg;
	uint32_t a = *(const uint32_t *)pa, b = *(const uint32_t *)pb;
	const struct json_node *x = &s->d->node[a], *y = &s->d->node[b];
	size_t n = x->name_len < y->name_len ? x->name_len : y->name_len;
	int c;

	if (s->style == JSON_POSTGRES && x->name_len != y->name_len)
		return x->name_len < y->name_len ? -1 : 1;
	if ((c = memcmp(json_name(s->d, a), json_name(s->d, b), n)))
		return c;
	if (x->name_len != y->name_len)
		return x->name_len < y->name_len ? -1 : 1;
	return a < b ? -1 : a > b; /* nodes are numbered in the order of the text */
}

static bool
same_name(const struct json_doc *d, uint32_t a, uint32_t b)
{
	return d->node[a].name_len == d->node[b].name_len &&
	    memcmp(json_name(d, a), json_name(d, b), d->node[a].name_len) == 0;
}

static int
room(struct json_doc *d, size_t need)
{
	return vec_grow(&d->stack, &d->stack_cap, need, sizeof *d->stack);
}

static int
scalar(struct json_doc *d, uint32_t i, enum json_style style, struct buf *out)
{
	const struct json_node *v = &d->node[i];
	char num[32];
	size_t n;

	switch (v->type) {
	case JSON_NULL:
		buf_str(out, "null");
		break;
	case JSON_TRUE:
		buf_str(out, "true");
		break;
	case JSON_FALSE:
		buf_str(out, "false");
		break;
	case JSON_NUMBER:
		if ((n = json_number(json_src(d, i), v->src_len, num)) == 0) {
			d->where = v->src;
			return 1;
		}
		if (style == JSON_CANONICAL)
			buf_put(out, num, n);
		else
			postgres_number(out, num, n);
		break;
	case JSON_STRING:
		if (style == JSON_CANONICAL)
			json_canonical_string(out, json_str(d, i), v->str_len);
		else
			postgres_string(out, json_str(d, i), v->str_len);
		break;
	}
	return 0;
}

/*
 * Open containers lie on d->stack as frames, outermost first: the sorted children still to be
 * written (last first), then their number, the container, and whether nothing of it is written yet.
 * So the whole walk needs at most three words per node and no recursion.
 */
#define FRAME 3

/* The children of an object in order, [base, w) of the stack; returns their new end. */
static size_t
sort_members(struct json_doc *d, size_t base, size_t w, enum json_style style)
{
	struct sorter sorter = { d, style };
	size_t keep = base;

	qsort_r(d->stack + base, w - base, sizeof *d->stack, member_cmp, &sorter);
	/* of equal names the last wins */
	for (size_t i = base; i < w; i++)
		if (i + 1 == w || !same_name(d, d->stack[i], d->stack[i + 1]))
			d->stack[keep++] = d->stack[i];
	return keep;
}

/* Puts the frame of a container above *top, and writes its opening bracket. */
static int
open_container(
    struct json_doc *d, uint32_t cur, enum json_style style, size_t *top, struct buf *out)
{
	const struct json_node *v = &d->node[cur];
	bool object = v->type == JSON_OBJECT;
	size_t base = *top, w = base;

	if (room(d, base + v->count + FRAME))
		return -1;
	for (uint32_t i = v->first; i != JSON_NONE; i = d->node[i].next)
		d->stack[w++] = i;
	if (object && w - base > 1)
		w = sort_members(d, base, w, style);
	/* the first one to be written lies on top */
	for (size_t i = base, j = w; i + 1 < j; i++) {
		uint32_t t = d->stack[i];

		d->stack[i] = d->stack[--j];
		d->stack[j] = t;
	}
	d->stack[w] = (uint32_t)(w - base);
	d->stack[w + 1] = cur;
	d->stack[w + 2] = 1;
	*top = w + FRAME;
	buf_byte(out, object ? '{' : '[');
	return 0;
}

/* What stands before a member's value: its name and its colon. */
static void
member_name(const struct json_doc *d, uint32_t member, enum json_style style, struct buf *out)
{
	const char *name = json_name(d, member);
	size_t n = d->node[member].name_len;

	if (style == JSON_CANONICAL) {
		json_canonical_string(out, name, n);
		buf_byte(out, ':');
	} else {
		postgres_string(out, name, n);
		buf_str(out, ": ");
	}
}

/* The next child of the innermost container, taken from its frame; NONE: it had no more and is
 * closed. Needs a frame. */
static uint32_t
next_child(struct json_doc *d, enum json_style style, size_t *ptop, struct buf *out)
{
	size_t top = *ptop;
	uint32_t left = d->stack[top - 3], owner = d->stack[top - 2], first = d->stack[top - 1];
	bool object = d->node[owner].type == JSON_OBJECT;
	uint32_t child;

	if (left == 0) {
		buf_byte(out, object ? '}' : ']');
		*ptop = top - FRAME;
		return JSON_NONE;
	}
	child = d->stack[top - 4];
	/* the frame moves down by the child that is taken */
	d->stack[top - 4] = left - 1;
	d->stack[top - 3] = owner;
	d->stack[top - 2] = 0;
	*ptop = top - 1;
	if (!first)
		buf_str(out, style == JSON_CANONICAL ? "," : ", ");
	if (object)
		member_name(d, child, style, out);
	return child;
}

int
json_write(struct json_doc *d, uint32_t value, enum json_style style, struct buf *out)
{
	size_t top = 0;
	uint32_t cur = value;
	int r;

	for (;;) {
		if (d->node[cur].type == JSON_OBJECT || d->node[cur].type == JSON_ARRAY)
			r = open_container(d, cur, style, &top, out);
		else
			r = scalar(d, cur, style, out);
		if (r)
			return r;
		/* a closed container may have been the last child of the one around it */
		do {
			if (top == 0)
				return out->failed ? -1 : 0;
		} while ((cur = next_child(d, style, &top, out)) == JSON_NONE);
	}
}
