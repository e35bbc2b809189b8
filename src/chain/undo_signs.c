/* What an event says of a change by its texts as they stand (undo.h). */
#include <string.h>

#include "chain/undo_inner.h"

/* Digits behind the point of a numeral, and whether it is plain. */
static size_t
decimals(struct str k)
{
	const char *dot = memchr(k.p, '.', k.n);

	return dot && memchr(k.p, 'e', k.n) == NULL ? (size_t)(k.p + k.n - dot - 1) : 0;
}

/* Is the token k of t a value that PowerShell leaves of what is deeper than its -Depth? */
static bool
left_by_powershell(struct str t, struct str k)
{
	static const char *const type[] = { "\"System.Collections.Hashtable\"",
		"\"System.Object[]\"", "\"System.Collections.Specialized.OrderedDictionary\"" };

	if (k.p + k.n < t.p + t.n && k.p[k.n] == ':')
		return false;
	for (unsigned i = 0; i < sizeof type / sizeof *type; i++)
		if (k.n == strlen(type[i]) && memcmp(k.p, type[i], k.n) == 0)
			return true;
	return k.n > 5 && memcmp(k.p, "\"@{", 3) == 0 && memcmp(k.p + k.n - 2, "}\"", 2) == 0 &&
	    memchr(k.p, '=', k.n);
}

/* What the tokens of event_data say. */
static void
data_signs(struct str t, bool fits, uint8_t sign[UNDOS])
{
	struct str k;
	bool b;

	for (size_t at = 0; at < t.n; at += k.n) {
		k = undo_token(t, at);
		if ((k.n == 4 && memcmp(k.p, "true", 4) == 0) ||
		    (k.n == 5 && memcmp(k.p, "false", 5) == 0)) {
			sign[UNDO_BOOLEAN] = SIGN_AGAINST;
		} else if (undo_maybe_boolean(t, k, &b)) {
			if (!fits && sign[UNDO_BOOLEAN] == SIGN_NONE)
				sign[UNDO_BOOLEAN] = SIGN_SHOWS;
		}
		if (!fits && left_by_powershell(t, k))
			sign[UNDO_DEPTH] = SIGN_SHOWS;
		if ((*k.p >= '0' && *k.p <= '9') || *k.p == '-') {
			size_t n = decimals(k);

			if (n > 10)
				sign[UNDO_DIGITS] = SIGN_AGAINST;
			else if (n == 10 && !fits && sign[UNDO_DIGITS] == SIGN_NONE)
				sign[UNDO_DIGITS] = SIGN_SHOWS;
		}
	}
}

/*
 * What a writer of JSON or of COPY escapes in a text: 2 if a quote is among it, 1 if not, 0
 * nothing.
 */
static unsigned
escaped_by_writers(const char *p, size_t n)
{
	unsigned some = 0;

	for (size_t i = 0; i < n; i++)
		if (p[i] == '"')
			return 2;
		else if (p[i] == '\\' || (unsigned char)p[i] < 0x20)
			some = 1;
	return some;
}

/*
 * The same of strings that stand in canonical JSON text: < > & and U+2028, U+2029 are escaped
 * without need.
 */
static unsigned
escapes_in(struct str t)
{
	unsigned some = 0;

	for (size_t i = 0; i + 1 < t.n; i++) {
		if (t.p[i] != '\\')
			continue;
		if (t.p[i + 1] == '"')
			return 2;
		if (t.p[i + 1] != 'u' || t.n - i < 6) {
			some = 1;
			i++;
		} else {
			some |= memcmp(t.p + i + 2, "00", 2) == 0 &&
			    (t.p[i + 4] == '0' || t.p[i + 4] == '1');
			i += 5;
		}
	}
	return some;
}

static bool
beyond_ascii(const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)p[i] >= 0x80)
			return true;
	return false;
}

static bool
beyond_ascii_in(struct str t)
{
	return beyond_ascii(t.p, t.n) || memmem(t.p, t.n, "\\u2028", 6) ||
	    memmem(t.p, t.n, "\\u2029", 6);
}

/* An event that does not give its hash: what undoing would make of it. */
static uint8_t
sign_of_undoing(struct undo *u, const struct event *e, enum undo_change c)
{
	struct event copy = *e;

	undo_begin(u);
	switch (undo_apply(u, &copy, c, ~0u)) {
	case UNDONE_OTHER:
		return SIGN_SHOWS;
	case UNDONE_IMPOSSIBLE:
		return SIGN_AGAINST;
	default:
		return SIGN_NONE;
	}
}

/* Who guards one text that begins like a formula guards them all. */
static void
guard_signs(struct str *const text[UNDO_ENVELOPE], bool fits, uint8_t sign[UNDOS])
{
	for (unsigned i = 0; i < UNDO_ENVELOPE; i++)
		if (undo_formula(text[i]->p, text[i]->n)) {
			sign[UNDO_GUARD] = SIGN_AGAINST;
			return;
		} else if (!fits && undo_guarded(text[i]->p, text[i]->n)) {
			sign[UNDO_GUARD] = SIGN_SHOWS;
		}
}

void
undo_signs(struct undo *u, const struct event *e, bool fits, uint8_t sign[UNDOS])
{
	struct event copy = *e;
	struct str *text[UNDO_ENVELOPE];
	unsigned escaped = escapes_in(e->data), own;
	bool wide = beyond_ascii_in(e->data), lf = false, crlf = false,
	     lost = memmem(e->data.p, e->data.n, "\xef\xbf\xbd", 3) != NULL;

	/* for each change: the row shows it, speaks against it, or neither */
	memset(sign, SIGN_NONE, UNDOS);
	undo_texts_of(&copy, text);
	/* columns first: each is a text by itself */
	for (unsigned i = 0; i < UNDO_ENVELOPE; i++) {
		const char *p = text[i]->p, *nl;
		size_t n = text[i]->n;

		own = escaped_by_writers(p, n);
		escaped = own > escaped ? own : escaped;
		wide |= beyond_ascii(p, n);
		lost |= memmem(p, n, "\xef\xbf\xbd", 3) != NULL;
		for (size_t at = 0; at < n && (nl = memchr(p + at, '\n', n - at));
		     at = (size_t)(nl - p) + 1)
			*(nl > p && nl[-1] == '\r' ? &crlf : &lf) = true;
		if (undo_whole_decimal(p, n))
			sign[i ? UNDO_NUMBER_FLOAT : UNDO_NUMBER_CUT] = i == 0 ? SIGN_AGAINST :
			    fits                                               ? SIGN_NONE :
										 SIGN_SHOWS;
		else if (i == 0 && undo_digits_only(p, n) && !fits)
			sign[UNDO_NUMBER_CUT] = SIGN_SHOWS;
	}
	guard_signs(text, fits, sign);
	/* then the payload */
	data_signs(e->data, fits, sign);
	/* a time of whole seconds is one in a million where the source's are finer */
	sign[UNDO_SECONDS] = fits || e->time % 1000000 ? SIGN_AGAINST : SIGN_SHOWS;
	/* digits below a millisecond cannot be there if a tool cut them off */
	if (e->time % 1000)
		sign[UNDO_MILLISECONDS] = SIGN_AGAINST;
	else if (!fits && e->time % 1000000)
		sign[UNDO_MILLISECONDS] = SIGN_SHOWS;
	/* a line feed alone, and one with a carriage return, say opposite things */
	sign[UNDO_CRLF_MADE] = lf ? SIGN_AGAINST : crlf && !fits ? SIGN_SHOWS : SIGN_NONE;
	sign[UNDO_CRLF_UNMADE] = crlf ? SIGN_AGAINST :
	    !lf                       ? SIGN_NONE :
	    fits                      ? SIGN_AGAINST :
					SIGN_SHOWS;
	/*
	 * a row with quotes is no JSON any more when every backslash is doubled: whoever read it
	 * undid that before
	 */
	if (escaped)
		sign[UNDO_COPY_ESCAPES] = fits ? (escaped == 2 ? SIGN_READER : SIGN_AGAINST) :
						 sign_of_undoing(u, e, UNDO_COPY_ESCAPES);
	if (escaped == 2 && sign[UNDO_COPY_ESCAPES] == SIGN_AGAINST)
		sign[UNDO_COPY_ESCAPES] = SIGN_NONE;
	/* only texts beyond ASCII can show a code page */
	for (unsigned c = UNDO_CP437; c <= UNDO_CP1252 && wide; c++) {
		sign[c] = fits ? SIGN_AGAINST : sign_of_undoing(u, e, c);
		if (sign[c] == SIGN_AGAINST && !fits && lost)
			/* what could not be read is lost, in one file or the other */
			sign[c] = SIGN_NONE;
	}
}
