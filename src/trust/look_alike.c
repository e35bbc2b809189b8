/* Names of logs that people take for one another (formats/memory.md M-3). */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "trust/memory.h"

/* Letters of other scripts that look like one of ASCII, in the order of their code points. */
static const struct {
	uint32_t cp;
	char as;
} look[] = {
	{ 0x0131, 'i' },
	{ 0x0237, 'j' },
	{ 0x0251, 'a' },
	{ 0x0261, 'g' },
	{ 0x0391, 'a' },
	{ 0x0392, 'b' },
	{ 0x0395, 'e' },
	{ 0x0396, 'z' },
	{ 0x0397, 'h' },
	{ 0x0399, 'i' },
	{ 0x039a, 'k' },
	{ 0x039c, 'm' },
	{ 0x039d, 'n' },
	{ 0x039f, 'o' },
	{ 0x03a1, 'p' },
	{ 0x03a4, 't' },
	{ 0x03a5, 'y' },
	{ 0x03a7, 'x' },
	{ 0x03b1, 'a' },
	{ 0x03b3, 'y' },
	{ 0x03b9, 'i' },
	{ 0x03ba, 'k' },
	{ 0x03bd, 'v' },
	{ 0x03bf, 'o' },
	{ 0x03c1, 'p' },
	{ 0x03c5, 'u' },
	{ 0x0405, 's' },
	{ 0x0406, 'i' },
	{ 0x0408, 'j' },
	{ 0x0410, 'a' },
	{ 0x0412, 'b' },
	{ 0x0415, 'e' },
	{ 0x041a, 'k' },
	{ 0x041c, 'm' },
	{ 0x041d, 'h' },
	{ 0x041e, 'o' },
	{ 0x0420, 'p' },
	{ 0x0421, 'c' },
	{ 0x0422, 't' },
	{ 0x0425, 'x' },
	{ 0x0430, 'a' },
	{ 0x0435, 'e' },
	{ 0x043a, 'k' },
	{ 0x043c, 'm' },
	{ 0x043e, 'o' },
	{ 0x0440, 'p' },
	{ 0x0441, 'c' },
	{ 0x0442, 't' },
	{ 0x0443, 'y' },
	{ 0x0445, 'x' },
	{ 0x0455, 's' },
	{ 0x0456, 'i' },
	{ 0x0458, 'j' },
	{ 0x04bb, 'h' },
	{ 0x0501, 'd' },
	{ 0x051b, 'q' },
	{ 0x051d, 'w' },
	{ 0x0578, 'n' },
	{ 0x057d, 'u' },
	{ 0x2010, '-' },
	{ 0x2011, '-' },
	{ 0x2012, '-' },
	{ 0x2013, '-' },
	{ 0x2014, '-' },
	{ 0x2044, '/' },
	{ 0x2215, '/' },
};

/* Letters with marks, as a range of Latin-1 and its neighbours has them: the letter without. */
static char
unmarked(uint32_t cp)
{
	static const char latin[] = "aaaaaaaceeeeiiiidnooooo/ouuuuyps"
				    "aaaaaaaceeeeiiiidnooooo/ouuuuypy";

	return cp >= 0xc0 && cp <= 0xff ? latin[cp - 0xc0] : 0;
}

static uint32_t
folded(uint32_t cp)
{
	if (cp >= 0xff01 && cp <= 0xff5e)
		cp -= 0xff01 - 0x21; /* full width */
	if (cp >= 'A' && cp <= 'Z')
		return cp - 'A' + 'a';
	if (unmarked(cp))
		return (uint32_t)unmarked(cp);
	for (unsigned i = 0; i < sizeof look / sizeof *look; i++)
		if (look[i].cp == cp)
			return (uint32_t)look[i].as;
	return cp;
}

/* What is left of a name where letters that look alike are one; returns its code points. */
static unsigned
skeleton(const char *name, uint32_t out[NOTE_NAME_MAX + 1], bool digits)
{
	const unsigned char *p = (const unsigned char *)name;
	size_t left = strlen(name);
	unsigned n = 0, k;
	uint32_t cp;

	for (; left && (k = utf8_next(p, left, &cp)) != 0 && n < NOTE_NAME_MAX; p += k, left -= k) {
		/* marks that stand over the letter before, and what prints nothing */
		if ((cp >= 0x300 && cp <= 0x36f) || text_invisible(cp))
			continue;
		cp = folded(cp);
		cp = cp == '_' || cp == '.' ? '-' : cp;
		if (digits)
			cp = cp == '0'                                       ? 'o' :
			    cp == '1' || cp == 'i' || cp == 'j' || cp == '|' ? 'l' :
			    cp == '5'                                        ? 's' :
									       cp;
		out[n++] = cp;
	}
	return n;
}

/* rn is m, vv is w, cl is d: where two letters stand for one. */
static unsigned
joined(uint32_t *s, unsigned n)
{
	static const char pair[][3] = { { 'r', 'n', 'm' }, { 'v', 'v', 'w' }, { 'c', 'l', 'd' } };
	unsigned to = 0;

	for (unsigned i = 0; i < n; i++, to++) {
		s[to] = s[i];
		for (unsigned k = 0; k < 3 && i + 1 < n; k++)
			if (s[i] == (uint32_t)pair[k][0] && s[i + 1] == (uint32_t)pair[k][1]) {
				s[to] = (uint32_t)pair[k][2];
				i++;
				break;
			}
	}
	return to;
}

static bool
digit(uint32_t cp)
{
	return cp >= '0' && cp <= '9';
}

/* One character more, less, another, or two that changed places; but another digit is another
 * name, as people number things. */
static bool
one_apart(const uint32_t *a, unsigned na, const uint32_t *b, unsigned nb)
{
	unsigned i = 0, x = na, y = nb;

	/* short names differ by one character all the time: a, b, eu, us */
	if (na < 6 || nb < 6 || (na > nb ? na - nb : nb - na) > 1)
		return false;
	while (i < na && i < nb && a[i] == b[i])
		i++;
	/* what is left between equal beginnings and equal ends is all that differs */
	while (x > i && y > i && a[x - 1] == b[y - 1])
		x--, y--;
	if (x - i == 2 && y - i == 2)
		return a[i] == b[i + 1] && a[i + 1] == b[i];
	if (x - i > 1 || y - i > 1)
		return false;
	/* a digit for a digit, or one that was added, is how people count their clusters */
	return !((x == i || digit(a[i])) && (y == i || digit(b[i])));
}

static bool
alike(const char *a, const char *b)
{
	uint32_t p[NOTE_NAME_MAX + 1], q[NOTE_NAME_MAX + 1];
	unsigned n = skeleton(a, p, false), m = skeleton(b, q, false);

	/* a slip of the hand is looked for while digits are digits still, since another digit is
	 * another name; only then are digits and letters made one */
	if (one_apart(p, n, q, m))
		return true;
	n = joined(p, skeleton(a, p, true));
	m = joined(q, skeleton(b, q, true));
	return n == m && memcmp(p, q, n * sizeof *p) == 0;
}

const char *
memory_look_alike(const struct auditor_memory *m, const char *origin)
{
	if (memory_knows(m, origin))
		return NULL;
	for (unsigned i = 0; i < m->n; i++)
		if (alike(m->log[i].key.name, origin))
			return m->log[i].key.name;
	return NULL;
}
