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

/* *pp is behind the opening quote; decodes into d->text up to and past the closing one. */
static int
string(struct json_doc *d, const char **pp, const char *end, uint32_t *ret_at, uint32_t *ret_len,
    bool *ret_repaired)
{
	const char *p = *pp, *run;
	size_t at = d->text.len;
	uint32_t cp, lo;
	unsigned k;

	*ret_repaired = false;
	for (;;) {
		for (run = p; p != end && !special[(unsigned char)*p]; p++)
			;
		buf_put(&d->text, run, (size_t)(p - run));
		if (p == end)
			return bad(d, p, "the text ends inside a string");
		if (*p == '"')
			break;
		if ((unsigned char)*p < 0x20)
			return bad(d, p, "a control character inside a string");
		if (*p != '\\') {
			if ((k = utf8_next((const unsigned char *)p, (size_t)(end - p), &cp)) ==
			    0) {
				buf_str(&d->text, "\xef\xbf\xbd");
				*ret_repaired = true;
				k = 1;
			} else {
				buf_put(&d->text, p, k);
			}
			p += k;
			continue;
		}
		if (++p == end)
			return bad(d, p, "the text ends inside a string");
		switch (*p++) {
		case '"':
			buf_byte(&d->text, '"');
			break;
		case '\\':
			buf_byte(&d->text, '\\');
			break;
		case '/':
			buf_byte(&d->text, '/');
			break;
		case 'b':
			buf_byte(&d->text, '\b');
			break;
		case 'f':
			buf_byte(&d->text, '\f');
			break;
		case 'n':
			buf_byte(&d->text, '\n');
			break;
		case 'r':
			buf_byte(&d->text, '\r');
			break;
		case 't':
			buf_byte(&d->text, '\t');
			break;
		case 'u':
			if (hex4(p, end, &cp))
				return bad(d, p, "a bad \\u escape");
			p += 4;
			if (cp >= 0xd800 && cp < 0xdc00 && end - p >= 6 && p[0] == '\\' &&
			    p[1] == 'u' && hex4(p + 2, end, &lo) == 0 && lo >= 0xdc00 &&
			    lo < 0xe000) {
				cp = 0x10000 + ((cp - 0xd800) << 10) + (lo - 0xdc00);
				p += 6;
			} else if (cp >= 0xd800 && cp < 0xe000) {
				cp = 0xfffd;
				*ret_repaired = true;
			}
			buf_utf8(&d->text, cp);
			break;
		default:
			return bad(d, p - 1, "a bad escape in a string");
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

int
json_parse(struct json_doc *d, const char *s, size_t n, unsigned max_depth)
{
	const char *p, *end = s + n;
	size_t depth = 0; /* open containers are stack[0..depth) */
	uint32_t cur, name = 0, name_len = 0;
	bool named = false, repaired = false, expect_value = true, just_opened = false;
	int r;

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
	for (p = blank(s, end);;) {
		uint32_t parent = depth ? d->stack[depth - 1] : JSON_NONE;

		if (!expect_value) {
			/* behind a value or right behind an opening bracket */
			p = blank(p, end);
			if (depth == 0)
				return p == end ? 0 :
						  bad(d, p, "something after the end of the value");
			if (p == end)
				return bad(d, p, "the text ends too early");
			if (*p == (d->node[parent].type == JSON_OBJECT ? '}' : ']')) {
				p++;
				d->node[parent].src_len = (uint32_t)(p - s) - d->node[parent].src;
				depth--;
				just_opened = false;
				continue;
			}
			if (!just_opened) {
				if (*p != ',')
					return bad(d, p,
					    d->node[parent].type == JSON_OBJECT ? "neither , nor } "
										  "after a member" :
										  "neither , nor ] "
										  "after an "
										  "element");
				p = blank(p + 1, end);
			}
			just_opened = false;
			named = false;
			if (d->node[parent].type == JSON_OBJECT) {
				if (p == end || *p != '"')
					return bad(d, p, "no member name");
				p++;
				if ((r = string(d, &p, end, &name, &name_len, &repaired)))
					return r;
				p = blank(p, end);
				if (p == end || *p != ':')
					return bad(d, p, "no : after a member name");
				p = blank(p + 1, end);
				named = true;
			}
			expect_value = true;
			continue;
		}
		if (p == end)
			return bad(d, p, "the text ends too early");
		if ((cur = node_new(d)) == JSON_NONE)
			return d->n >= EX_JSON_NODES ? bad(d, p, "more values than the limit") : -1;
		if (named) {
			d->node[cur].name = name;
			d->node[cur].name_len = name_len;
			d->node[cur].repaired = repaired;
		}
		if (parent != JSON_NONE) {
			/* until a container closes, `str` of it is its last child */
			if (d->node[parent].first == JSON_NONE)
				d->node[parent].first = cur;
			else
				d->node[d->node[parent].str].next = cur;
			d->node[parent].str = cur;
			d->node[parent].count++;
		}
		d->node[cur].src = (uint32_t)(p - s);
		expect_value = false;
		switch (*p) {
		case '{':
		case '[':
			d->node[cur].type = *p == '{' ? JSON_OBJECT : JSON_ARRAY;
			p++;
			if (depth >= max_depth)
				return bad(d, p - 1, "nested too deep");
			if (stack_push(d, depth++, cur))
				return -1;
			just_opened = true;
			continue;
		case '"': {
			bool rep;
			uint32_t at, len;

			p++;
			if ((r = string(d, &p, end, &at, &len, &rep)))
				return r;
			d->node[cur].type = JSON_STRING;
			d->node[cur].str = at;
			d->node[cur].str_len = len;
			d->node[cur].repaired |= rep;
			break;
		}
		case 'n':
			d->node[cur].type = JSON_NULL;
			if ((r = literal(d, &p, end, "null")))
				return r;
			break;
		case 't':
			d->node[cur].type = JSON_TRUE;
			if ((r = literal(d, &p, end, "true")))
				return r;
			break;
		case 'f':
			d->node[cur].type = JSON_FALSE;
			if ((r = literal(d, &p, end, "false")))
				return r;
			break;
		default:
			if (*p != '-' && (*p < '0' || *p > '9'))
				return bad(d, p, "no value");
			d->node[cur].type = JSON_NUMBER;
			if ((r = numeral(d, &p, end)))
				return r;
		}
		d->node[cur].src_len = (uint32_t)(p - s) - d->node[cur].src;
	}
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
