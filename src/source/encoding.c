#include "source/encoding.h"

#include <string.h>

#include "base/text.h"

/* UTF-16 by its mark, or by zeros in every second byte of ASCII. Returns how many bytes of a mark
 * there are. */
size_t
encoding_look(const unsigned char *p, size_t n, enum text_form *ret)
{
	bool little = n >= 8, big = n >= 8;

	*ret = TEXT_AS_IT_IS;
	if (n >= 3 && memcmp(p, "\xef\xbb\xbf", 3) == 0)
		return 3;
	/* UTF-32: whoever asks what it is can say so */
	if (n >= 4 && memcmp(p, "\xff\xfe\0\0", 4) == 0)
		return 0;
	if (n >= 2 && ((p[0] == 0xff && p[1] == 0xfe) || (p[0] == 0xfe && p[1] == 0xff))) {
		*ret = p[0] == 0xff ? TEXT_LITTLE : TEXT_BIG;
		return 2;
	}
	for (unsigned i = 0; i < 8 && (little || big); i += 2) {
		little &= p[i] >= 9 && p[i] < 127 && p[i + 1] == 0;
		big &= p[i + 1] >= 9 && p[i + 1] < 127 && p[i] == 0;
	}
	if (little || big)
		*ret = little ? TEXT_LITTLE : TEXT_BIG;
	return 0;
}

/* Do units of ASCII stand at p[k..n), four of them or as many as there are? Text of any input
 * begins with them. low: which byte of a unit is the low one. */
static bool
ascii_units(const unsigned char *p, size_t k, size_t n, unsigned low)
{
	size_t end = n - k < 8 ? n : k + 8;

	if (k + 2 > n)
		return false;
	for (; k + 1 < end; k += 2)
		if (p[k + low] < 9 || p[k + low] > 126 || p[k + 1 - low] != 0)
			return false;
	return true;
}

/* Where in p[0..n) of plain text UTF-16 begins, behind a line or a value: by its mark, or by the
 * zeros of ASCII; n: nowhere, and *ret is not set. Garbage in a row is neither. */
size_t
encoding_utf16_begins(const unsigned char *p, size_t n, enum text_form *ret)
{
	const unsigned char *q = p, *end = p + n, *zero = memchr(p, 0, n);
	size_t k;

	for (; (q = memchr(q, 0xff, (size_t)((zero ? zero : end) - q))) != NULL; q++) {
		bool little = q + 1 < end && q[1] == 0xfe;

		k = (size_t)(q - p) - (little ? 0 : 1);
		if ((little || (q > p && q[-1] == 0xfe)) &&
		    (k == 0 || strchr("\n}];)", p[k - 1])) &&
		    ascii_units(p, k + 2, n, little ? 0 : 1)) {
			*ret = little ? TEXT_LITTLE : TEXT_BIG;
			return k;
		}
	}
	/* text that a tool appended has no mark; those that do so write the low byte first */
	if (zero == NULL || zero == p)
		return n;
	k = (size_t)(zero - 1 - p);
	if ((k && (p[k - 1] == 0 || !strchr("\n}];)", p[k - 1]))) || n - k < 8 ||
	    !ascii_units(p, k, n, 0))
		return n;
	*ret = TEXT_LITTLE;
	return k;
}

/* Do the n bytes at p, behind a line or a value in UTF-16, begin text in UTF-8? There is no zero in
 * them, which every line of UTF-16 has. */
bool
encoding_utf8_begins(const unsigned char *p, size_t n)
{
	n = n < ENCODING_LOOK ? n : ENCODING_LOOK;
	return n >= 16 && memchr(p, 0, n) == NULL && memchr(p, 0xff, n) == NULL &&
	    utf8_valid((const char *)p, 12);
}
