#include "json/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/limits.h"
#include "base/text.h"
#include "base/vec.h"

#define FIRST_NODES 64u /* room for values before the first text */

void
json_init(struct json_doc *d)
{
	memset(d, 0, sizeof *d);
	buf_init(&d->text, 3u * EX_MAX_ROW);
}

void
json_release(struct json_doc *d)
{
	free(d->node);
	free(d->stack);
	buf_release(&d->text);
	json_init(d);
}

static int
bad(struct json_doc *d, const char *p, const char *why)
{
	d->where = (size_t)(p - d->src);
	snprintf(d->why, sizeof d->why, "%s", why);
	return 1;
}

static uint32_t
node_new(struct json_doc *d)
{
	if (d->n == d->cap &&
	    (d->n >= EX_JSON_NODES ||
		vec_grow(&d->node, &d->cap, d->n ? d->n + 1 : FIRST_NODES, sizeof *d->node)))
		return JSON_NONE;
	memset(&d->node[d->n], 0, sizeof *d->node);
	d->node[d->n].first = d->node[d->n].next = JSON_NONE;
	return d->n++;
}

static int
hex4(const char *p, const char *end, uint32_t *ret)
{
	uint32_t v = 0;

	if (end - p < 4)
		return 1;
	for (int i = 0; i < 4; i++) {
		char c = p[i];

		v = v << 4 |
		    (uint32_t)(c >= '0' && c <= '9' ? c - '0' :
			    c >= 'a' && c <= 'f'    ? c - 'a' + 10 :
			    c >= 'A' && c <= 'F'    ? c - 'A' + 10 :
						      16);
		if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F')))
			return 1;
	}
	*ret = v;
	return 0;
}

/* Bytes that end a run of plain ones in a string. */
static const unsigned char special[256] = { SIXTEEN(1), SIXTEEN(1), /* controls */
	['"'] = 1, ['\\'] = 1, [0x80] = SIXTEEN(1), SIXTEEN(1), SIXTEEN(1),
	SIXTEEN(1), /* beyond ASCII */
	SIXTEEN(1), SIXTEEN(1), SIXTEEN(1), SIXTEEN(1) };

/* What stands behind a backslash, at *pp, and moves behind it. */
static int
escaped(struct json_doc *d, const char **pp, const char *end, bool *ret_repaired)
{
	static const char simple[] = "\"\\/bfnrt", meant[] = "\"\\/\b\f\n\r\t";
	const char *p = *pp, *at;
	uint32_t cp, lo;

	if (p == end)
		return bad(d, p, "the text ends inside a string");
	if (*p != 'u') {
		if (*p == '\0' || (at = strchr(simple, *p)) == NULL)
			return bad(d, p, "a bad escape in a string");
		buf_byte(&d->text, (unsigned char)meant[at - simple]);
		*pp = p + 1;
		return 0;
	}
	if (hex4(++p, end, &cp))
		return bad(d, p, "a bad \\u escape");
	p += 4;
	/* Two halves are one character. Half of one is none, and the source's decoder makes U+FFFD
	 * of it (E-6). */
	if (cp >= 0xd800 && cp < 0xdc00 && end - p >= 6 && p[0] == '\\' && p[1] == 'u' &&
	    hex4(p + 2, end, &lo) == 0 && lo >= 0xdc00 && lo < 0xe000) {
		cp = 0x10000 + ((cp - 0xd800) << 10) + (lo - 0xdc00);
		p += 6;
	} else if (cp >= 0xd800 && cp < 0xe000) {
		cp = 0xfffd;
		*ret_repaired = true;
	}
	buf_utf8(&d->text, cp);
	*pp = p;
	return 0;
}

/* *pp is behind the opening quote; decodes into d->text up to and past the closing one. */
static int
string(struct json_doc *d, const char **pp, const char *end, uint32_t *ret_at, uint32_t *ret_len,
    bool *ret_repaired)
{
	const char *p = *pp, *run;
	size_t at = d->text.len;
	uint32_t cp;
	unsigned k;
	int r;

	*ret_repaired = false;
	for (;;) {
		/* most text is plain: it is copied in runs, not byte by byte */
		for (run = p; p != end && !special[(unsigned char)*p]; p++)
			;
		buf_put(&d->text, run, (size_t)(p - run));
		if (p == end)
			return bad(d, p, "the text ends inside a string");
		if (*p == '"')
			break;
		if ((unsigned char)*p < 0x20)
			return bad(d, p, "a control character inside a string");
		if (*p == '\\') {
			p++;
			if ((r = escaped(d, &p, end, ret_repaired)))
				return r;
			continue;
		}
		/* A byte that is no UTF-8 does not end the text: the source's reader goes on with
		 * U+FFFD, one for each byte (E-6). That it did so is told. */
		k = utf8_next((const unsigned char *)p, (size_t)(end - p), &cp);
		if (k) {
			buf_put(&d->text, p, k);
			p += k;
		} else {
			buf_str(&d->text, "\xef\xbf\xbd");
			*ret_repaired = true;
			p++;
		}
	}
	*pp = p + 1;
	*ret_at = (uint32_t)at;
	*ret_len = (uint32_t)(d->text.len - at);
	return d->text.failed ? -1 : 0;
}

static int
numeral(struct json_doc *d, const char **pp, const char *end)
{
	const char *p = *pp, *q;

	if (*p == '-')
		p++;
	if (p != end && *p == '0') {
		p++;
	} else {
		for (q = p; p != end && *p >= '0' && *p <= '9'; p++)
			;
		if (p == q)
			return bad(d, p, "a bad number");
	}
	if (p != end && *p == '.') {
		for (q = ++p; p != end && *p >= '0' && *p <= '9'; p++)
			;
		if (p == q)
			return bad(d, p, "a bad number");
	}
	if (p != end && (*p == 'e' || *p == 'E')) {
		p++;
		if (p != end && (*p == '+' || *p == '-'))
			p++;
		for (q = p; p != end && *p >= '0' && *p <= '9'; p++)
			;
		if (p == q)
			return bad(d, p, "a bad number");
	}
	*pp = p;
	return 0;
}

static const char *
blank(const char *p, const char *end)
{
	while (p != end && (*p == ' ' || *p == '\n' || *p == '\t' || *p == '\r'))
		p++;
	return p;
}

static int
literal(struct json_doc *d, const char **pp, const char *end, const char *word)
{
	size_t n = strlen(word);

	if ((size_t)(end - *pp) < n || memcmp(*pp, word, n))
		return bad(d, *pp, "an unknown word");
	*pp += n;
	return 0;
}

static int
stack_push(struct json_doc *d, size_t depth, uint32_t v)
{
	if (vec_grow(&d->stack, &d->stack_cap, depth + 1, sizeof *d->stack))
		return -1;
	d->stack[depth] = v;
	return 0;
}

/* Where the reading of a text stands. Open containers are d->stack[0..depth). */
struct reading {
	struct json_doc *d;
	const char *p, *end;
	size_t depth;
	unsigned max_depth;
	/* the innermost container is open and empty: what follows needs no comma */
	bool opened;
	/* the next value has a name; something in it was no UTF-8 */
	bool named, repaired;
	uint32_t name, name_len;
};

/* The last child of its parent, which keeps where that is in `str` until it closes. */
static void
hang(struct json_doc *d, uint32_t parent, uint32_t child)
{
	struct json_node *n = &d->node[parent];

	if (n->first == JSON_NONE)
		n->first = child;
	else
		d->node[n->str].next = child;
	n->str = child;
	n->count++;
}

/* Text, number or word of node `cur`, which begins at r->p. */
static int
scalar(struct reading *r, uint32_t cur)
{
	struct json_node *v = &r->d->node[cur];
	bool repaired;
	int rc;

	switch (*r->p) {
	case '"':
		r->p++;
		rc = string(r->d, &r->p, r->end, &v->str, &v->str_len, &repaired);
		v->type = JSON_STRING;
		v->repaired |= repaired;
		return rc;
	case 'n':
		v->type = JSON_NULL;
		return literal(r->d, &r->p, r->end, "null");
	case 't':
		v->type = JSON_TRUE;
		return literal(r->d, &r->p, r->end, "true");
	case 'f':
		v->type = JSON_FALSE;
		return literal(r->d, &r->p, r->end, "false");
	default:
		if (*r->p != '-' && (*r->p < '0' || *r->p > '9'))
			return bad(r->d, r->p, "no value");
		v->type = JSON_NUMBER;
		return numeral(r->d, &r->p, r->end);
	}
}

/* A whole scalar, or the opening bracket of a container. */
static int
value(struct reading *r)
{
	struct json_doc *d = r->d;
	uint32_t cur;
	int rc;

	if (r->p == r->end)
		return bad(d, r->p, "the text ends too early");
	if ((cur = node_new(d)) == JSON_NONE)
		return d->n >= EX_JSON_NODES ? bad(d, r->p, "more values than the limit") : -1;
	if (r->named) {
		d->node[cur].name = r->name;
		d->node[cur].name_len = r->name_len;
		d->node[cur].repaired = r->repaired;
	}
	if (r->depth)
		hang(d, d->stack[r->depth - 1], cur);
	d->node[cur].src = (uint32_t)(r->p - d->src);
	if (*r->p == '{' || *r->p == '[') {
		/* The depth is a limit of the text, not of this reader, which has no recursion:
		 * others that read it have. */
		if (r->depth >= r->max_depth)
			return bad(d, r->p, "nested too deep");
		d->node[cur].type = *r->p++ == '{' ? JSON_OBJECT : JSON_ARRAY;
		r->opened = true;
		return stack_push(d, r->depth++, cur);
	}
	if ((rc = scalar(r, cur)))
		return rc;
	d->node[cur].src_len = (uint32_t)(r->p - d->src) - d->node[cur].src;
	return 0;
}

/* The name of a member, and its colon. */
static int
member_name(struct reading *r)
{
	int rc;

	if (r->p == r->end || *r->p != '"')
		return bad(r->d, r->p, "no member name");
	r->p++;
	if ((rc = string(r->d, &r->p, r->end, &r->name, &r->name_len, &r->repaired)))
		return rc;
	r->p = blank(r->p, r->end);
	if (r->p == r->end || *r->p != ':')
		return bad(r->d, r->p, "no : after a member name");
	r->p = blank(r->p + 1, r->end);
	r->named = true;
	return 0;
}

/* Behind a scalar or an opening bracket, up to where the next value begins; *ret_whole: there is
 * none, and nothing else. */
static int
next(struct reading *r, bool *ret_whole)
{
	struct json_doc *d = r->d;
	bool object;

	*ret_whole = false;
	for (;;) {
		uint32_t open;

		r->p = blank(r->p, r->end);
		if (r->depth == 0) {
			*ret_whole = r->p == r->end;
			return *ret_whole ? 0 :
					    bad(d, r->p, "something after the end of the value");
		}
		if (r->p == r->end)
			return bad(d, r->p, "the text ends too early");
		open = d->stack[r->depth - 1];
		object = d->node[open].type == JSON_OBJECT;
		if (*r->p != (object ? '}' : ']'))
			break;
		r->p++;
		d->node[open].src_len = (uint32_t)(r->p - d->src) - d->node[open].src;
		r->depth--;
		r->opened = false;
	}
	if (!r->opened) {
		if (*r->p != ',')
			return bad(d, r->p,
			    object ? "neither , nor } after a member" :
				     "neither , nor ] after an element");
		r->p = blank(r->p + 1, r->end);
	}
	r->opened = false;
	r->named = false;
	return object ? member_name(r) : 0;
}

int
json_parse(struct json_doc *d, const char *s, size_t n, unsigned max_depth)
{
	struct reading r = { .d = d, .end = s + n, .max_depth = max_depth };
	bool whole = false;
	int rc;

	d->n = 0;
	buf_clear(&d->text);
	d->src = s;
	d->src_len = n;
	d->why[0] = '\0';
	if (n > 3u * EX_MAX_ROW)
		return bad(d, s, "longer than the limit");
	/* so that text has an address even if every string is empty */
	if (buf_room(&d->text, 1) == NULL)
		return -1;
	/* No recursion: a text of a million brackets costs nodes, which are counted, and no
	 * stack. */
	r.p = blank(s, r.end);
	while (!whole)
		if ((rc = value(&r)) || (rc = next(&r, &whole)))
			return rc;
	return 0;
}

uint32_t
json_member(const struct json_doc *d, uint32_t object, const char *name)
{
	size_t n = strlen(name);
	uint32_t found = JSON_NONE;

	if (object == JSON_NONE || d->node[object].type != JSON_OBJECT)
		return JSON_NONE;
	for (uint32_t i = d->node[object].first; i != JSON_NONE; i = d->node[i].next)
		if (d->node[i].name_len == n && memcmp(json_name(d, i), name, n) == 0)
			found = i;
	return found;
}

uint32_t
json_first_of(const struct json_doc *d, uint32_t object, const char *name)
{
	uint32_t m = json_member(d, object, name);

	return m == JSON_NONE ? m : d->node[m].first;
}

uint32_t
json_path(const struct json_doc *d, uint32_t from, const char *path)
{
	char part[128];

	while (from != JSON_NONE && *path) {
		size_t n = strcspn(path, ".");
		uint64_t index;

		if (n >= sizeof part)
			return JSON_NONE;
		memcpy(part, path, n);
		part[n] = '\0';
		path += n + (path[n] == '.');
		if (d->node[from].type == JSON_ARRAY && dec_u64(part, n, &index)) {
			for (from = d->node[from].first; from != JSON_NONE && index--;)
				from = d->node[from].next;
		} else {
			from = json_member(d, from, part);
		}
	}
	return from;
}

bool
json_u64(const struct json_doc *d, uint32_t object, const char *name, uint64_t *ret)
{
	uint32_t i = json_member(d, object, name);

	return i != JSON_NONE && d->node[i].type == JSON_NUMBER &&
	    dec_u64(json_src(d, i), d->node[i].src_len, ret);
}

bool
json_text_is(const struct json_doc *d, uint32_t i, const char *want)
{
	return i != JSON_NONE && d->node[i].type == JSON_STRING &&
	    d->node[i].str_len == strlen(want) &&
	    memcmp(json_str(d, i), want, d->node[i].str_len) == 0;
}
