/* Is a text in canonical form (event.md E-3, E-4, E-6)? Seen in one look that builds nothing. */
#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "json/json.h"

#define DEPTH 64u /* containers in containers; texts that go deeper are left to others */

/* Bytes that do not stand for themselves in a canonical string, or need a second look (E-3). */
static const bool special[256] = { SIXTEEN(true), SIXTEEN(true), /* controls */
	['"'] = true, ['\\'] = true, ['<'] = true, ['>'] = true, ['&'] = true,
	[0x80] = SIXTEEN(true), SIXTEEN(true), SIXTEEN(true), SIXTEEN(true), /* beyond ASCII */
	SIXTEEN(true), SIXTEEN(true), SIXTEEN(true), SIXTEEN(true) };

struct look {
	const char *p, *end;
	bool escaped;        /* the string that was read last has an escape */
	bool as_in_postgres; /* no numeral so far that PostgreSQL prints otherwise */
};

/* The only escapes: the short ones, and \u for what has no short one and may not stand bare. */
static bool
escape(struct look *l)
{
	static const char hex[] = "0123456789abcdef";
	uint32_t c = 0;

	if (l->end - l->p < 2)
		return false;
	if (l->p[1] != 'u') {
		if (l->p[1] == '\0' || strchr("\"\\bfnrt", l->p[1]) == NULL)
			return false;
		l->p += 2;
		return true;
	}
	if (l->end - l->p < 6)
		return false;
	for (unsigned i = 2; i < 6; i++) {
		const char *digit = l->p[i] ? strchr(hex, l->p[i]) : NULL;

		if (digit == NULL)
			return false;
		c = c << 4 | (uint32_t)(digit - hex);
	}
	l->p += 6;
	if (c < 0x20)
		return strchr("\b\f\n\r\t", (int)c) == NULL || c == 0;
	return c == '<' || c == '>' || c == '&' || c == 0x2028 || c == 0x2029;
}

/* From the opening quote to behind the closing one. */
static bool
string(struct look *l)
{
	uint32_t c;
	unsigned n;

	l->escaped = false;
	if (l->p == l->end || *l->p++ != '"')
		return false;
	for (;;) {
		while (l->p != l->end && !special[(unsigned char)*l->p])
			l->p++;
		if (l->p == l->end)
			return false;
		if (*l->p == '"')
			break;
		if (*l->p == '\\') {
			l->escaped = true;
			if (!escape(l))
				return false;
			continue;
		}
		n = (unsigned char)*l->p < 0x80 ?
		    0 :
		    utf8_next((const unsigned char *)l->p, (size_t)(l->end - l->p), &c);
		if (n == 0 || c == 0x2028 || c == 0x2029)
			return false;
		l->p += n;
	}
	l->p++;
	return true;
}

static bool
numeral(struct look *l)
{
	const char *from = l->p, *digits;
	char out[32];
	size_t n;

	if (l->p != l->end && *l->p == '-')
		l->p++;
	for (digits = l->p; l->p != l->end && *l->p >= '0' && *l->p <= '9'; l->p++)
		;
	n = (size_t)(l->p - digits);
	if (n == 0 || (n > 1 && *digits == '0'))
		return false;
	/* whole numbers that a double holds are printed as they are */
	if (n <= 15 && *digits != '0' &&
	    (l->p == l->end || (*l->p != '.' && *l->p != 'e' && *l->p != 'E')))
		return true;
	if (l->p != l->end && *l->p == '.') {
		for (digits = ++l->p; l->p != l->end && *l->p >= '0' && *l->p <= '9'; l->p++)
			;
		if (l->p == digits)
			return false;
	}
	if (l->p != l->end && (*l->p == 'e' || *l->p == 'E')) {
		l->as_in_postgres = false;
		l->p++;
		if (l->p != l->end && (*l->p == '+' || *l->p == '-'))
			l->p++;
		for (digits = l->p; l->p != l->end && *l->p >= '0' && *l->p <= '9'; l->p++)
			;
		if (l->p == digits)
			return false;
	}
	n = (size_t)(l->p - from);
	if (n == 2 && from[0] == '-') /* -0, the one that numeric does not have */
		l->as_in_postgres = false;
	return json_number(from, n, out) == n && memcmp(out, from, n) == 0;
}

static bool
literal(struct look *l, const char *word, size_t n)
{
	if ((size_t)(l->end - l->p) < n || memcmp(l->p, word, n))
		return false;
	l->p += n;
	return true;
}

static bool
scalar(struct look *l)
{
	switch (*l->p) {
	case '"':
		return string(l);
	case 'n':
		return literal(l, "null", 4);
	case 't':
		return literal(l, "true", 4);
	case 'f':
		return literal(l, "false", 5);
	default:
		return numeral(l);
	}
}

/* An object's container; what its last member was called, which the next one has to follow. */
struct frame {
	bool object;
	const char *name;
	size_t n;
};

/* A member's name and its colon. Names with escapes sort otherwise than they are spelled. */
static bool
name(struct look *l, struct frame *f)
{
	const char *at = l->p + 1;
	size_t n, shorter;
	int c;

	if (!string(l) || l->escaped || l->p == l->end || *l->p != ':')
		return false;
	n = (size_t)(l->p++ - 1 - at);
	if (f->name) {
		shorter = n < f->n ? n : f->n;
		c = memcmp(f->name, at, shorter);
		if (c > 0 || (c == 0 && f->n >= n))
			return false;
	}
	f->name = at;
	f->n = n;
	return true;
}

bool
json_surely_canonical(const char *s, size_t n, bool *ret_as_in_postgres)
{
	struct look l = { s, s + n, false, true };
	struct frame frame[DEPTH];
	uint32_t depth = 0, values = 0;

	for (;;) {
		/* a value begins here */
		if (l.p == l.end || ++values > EX_JSON_NODES)
			return false;
		if (*l.p == '{' || *l.p == '[') {
			bool object = *l.p++ == '{';

			if (depth == DEPTH || l.p == l.end)
				return false;
			frame[depth++] = (struct frame){ .object = object };
			if (*l.p != (object ? '}' : ']')) {
				if (object && !name(&l, &frame[depth - 1]))
					return false;
				continue;
			}
		} else if (!scalar(&l)) {
			return false;
		}
		/* behind it: the ends of containers, then the next member or element */
		while (depth && l.p != l.end && *l.p == (frame[depth - 1].object ? '}' : ']')) {
			l.p++;
			depth--;
		}
		if (depth == 0)
			break;
		if (l.p == l.end || *l.p++ != ',' ||
		    (frame[depth - 1].object && !name(&l, &frame[depth - 1])))
			return false;
	}
	*ret_as_in_postgres = l.as_in_postgres;
	return l.p == l.end;
}
