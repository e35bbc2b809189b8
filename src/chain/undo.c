#include "chain/undo.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/limits.h"
#include "base/text.h"
#include "base/vec.h"

#define STEPS 8u /* changes undone in one event, at most */

const char *const undo_name[UNDOS] = { "code-page-437", "code-page-850", "code-page-1252", "crlf",
	"crlf", "copy-escapes", "boolean", "number", "number", "milliseconds", "local-time",
	"null-empty", "number" };

const char *const undo_words[UNDOS] = { "read its UTF-8 text in code page 437 and wrote it as "
					"UTF-8 again",
	"read its UTF-8 text in code page 850 and wrote it as UTF-8 again",
	"read its UTF-8 text in code page 1252 and wrote it as UTF-8 again",
	"made line feeds inside texts into CR LF", "made CR LF inside texts into line feeds",
	"doubled every backslash, as COPY's text form does", "respelled the booleans of event_data",
	"wrote decimals such as 1.0 as whole numbers",
	"wrote whole numbers as decimals such as 404.0", "cut or rounded times to milliseconds",
	"printed times in a zone that they do not name", "wrote NULL and the empty text alike",
	"cut numbers of event_data to 10 decimals" };

/*
 * Code points of the bytes 0x80 to 0xff; 1252 has none for five bytes, which decoders take for
 * controls of that number.
 */
static const uint16_t code_page[3][128] = { {
						0x00c7,
						0x00fc,
						0x00e9,
						0x00e2,
						0x00e4,
						0x00e0,
						0x00e5,
						0x00e7,
						0x00ea,
						0x00eb,
						0x00e8,
						0x00ef,
						0x00ee,
						0x00ec,
						0x00c4,
						0x00c5,
						0x00c9,
						0x00e6,
						0x00c6,
						0x00f4,
						0x00f6,
						0x00f2,
						0x00fb,
						0x00f9,
						0x00ff,
						0x00d6,
						0x00dc,
						0x00a2,
						0x00a3,
						0x00a5,
						0x20a7,
						0x0192,
						0x00e1,
						0x00ed,
						0x00f3,
						0x00fa,
						0x00f1,
						0x00d1,
						0x00aa,
						0x00ba,
						0x00bf,
						0x2310,
						0x00ac,
						0x00bd,
						0x00bc,
						0x00a1,
						0x00ab,
						0x00bb,
						0x2591,
						0x2592,
						0x2593,
						0x2502,
						0x2524,
						0x2561,
						0x2562,
						0x2556,
						0x2555,
						0x2563,
						0x2551,
						0x2557,
						0x255d,
						0x255c,
						0x255b,
						0x2510,
						0x2514,
						0x2534,
						0x252c,
						0x251c,
						0x2500,
						0x253c,
						0x255e,
						0x255f,
						0x255a,
						0x2554,
						0x2569,
						0x2566,
						0x2560,
						0x2550,
						0x256c,
						0x2567,
						0x2568,
						0x2564,
						0x2565,
						0x2559,
						0x2558,
						0x2552,
						0x2553,
						0x256b,
						0x256a,
						0x2518,
						0x250c,
						0x2588,
						0x2584,
						0x258c,
						0x2590,
						0x2580,
						0x03b1,
						0x00df,
						0x0393,
						0x03c0,
						0x03a3,
						0x03c3,
						0x00b5,
						0x03c4,
						0x03a6,
						0x0398,
						0x03a9,
						0x03b4,
						0x221e,
						0x03c6,
						0x03b5,
						0x2229,
						0x2261,
						0x00b1,
						0x2265,
						0x2264,
						0x2320,
						0x2321,
						0x00f7,
						0x2248,
						0x00b0,
						0x2219,
						0x00b7,
						0x221a,
						0x207f,
						0x00b2,
						0x25a0,
						0x00a0,
					    },
	{
	    0x00c7,
	    0x00fc,
	    0x00e9,
	    0x00e2,
	    0x00e4,
	    0x00e0,
	    0x00e5,
	    0x00e7,
	    0x00ea,
	    0x00eb,
	    0x00e8,
	    0x00ef,
	    0x00ee,
	    0x00ec,
	    0x00c4,
	    0x00c5,
	    0x00c9,
	    0x00e6,
	    0x00c6,
	    0x00f4,
	    0x00f6,
	    0x00f2,
	    0x00fb,
	    0x00f9,
	    0x00ff,
	    0x00d6,
	    0x00dc,
	    0x00f8,
	    0x00a3,
	    0x00d8,
	    0x00d7,
	    0x0192,
	    0x00e1,
	    0x00ed,
	    0x00f3,
	    0x00fa,
	    0x00f1,
	    0x00d1,
	    0x00aa,
	    0x00ba,
	    0x00bf,
	    0x00ae,
	    0x00ac,
	    0x00bd,
	    0x00bc,
	    0x00a1,
	    0x00ab,
	    0x00bb,
	    0x2591,
	    0x2592,
	    0x2593,
	    0x2502,
	    0x2524,
	    0x00c1,
	    0x00c2,
	    0x00c0,
	    0x00a9,
	    0x2563,
	    0x2551,
	    0x2557,
	    0x255d,
	    0x00a2,
	    0x00a5,
	    0x2510,
	    0x2514,
	    0x2534,
	    0x252c,
	    0x251c,
	    0x2500,
	    0x253c,
	    0x00e3,
	    0x00c3,
	    0x255a,
	    0x2554,
	    0x2569,
	    0x2566,
	    0x2560,
	    0x2550,
	    0x256c,
	    0x00a4,
	    0x00f0,
	    0x00d0,
	    0x00ca,
	    0x00cb,
	    0x00c8,
	    0x0131,
	    0x00cd,
	    0x00ce,
	    0x00cf,
	    0x2518,
	    0x250c,
	    0x2588,
	    0x2584,
	    0x00a6,
	    0x00cc,
	    0x2580,
	    0x00d3,
	    0x00df,
	    0x00d4,
	    0x00d2,
	    0x00f5,
	    0x00d5,
	    0x00b5,
	    0x00fe,
	    0x00de,
	    0x00da,
	    0x00db,
	    0x00d9,
	    0x00fd,
	    0x00dd,
	    0x00af,
	    0x00b4,
	    0x00ad,
	    0x00b1,
	    0x2017,
	    0x00be,
	    0x00b6,
	    0x00a7,
	    0x00f7,
	    0x00b8,
	    0x00b0,
	    0x00a8,
	    0x00b7,
	    0x00b9,
	    0x00b3,
	    0x00b2,
	    0x25a0,
	    0x00a0,
	},
	{
	    0x20ac,
	    0x0081,
	    0x201a,
	    0x0192,
	    0x201e,
	    0x2026,
	    0x2020,
	    0x2021,
	    0x02c6,
	    0x2030,
	    0x0160,
	    0x2039,
	    0x0152,
	    0x008d,
	    0x017d,
	    0x008f,
	    0x0090,
	    0x2018,
	    0x2019,
	    0x201c,
	    0x201d,
	    0x2022,
	    0x2013,
	    0x2014,
	    0x02dc,
	    0x2122,
	    0x0161,
	    0x203a,
	    0x0153,
	    0x009d,
	    0x017e,
	    0x0178,
	    0x00a0,
	    0x00a1,
	    0x00a2,
	    0x00a3,
	    0x00a4,
	    0x00a5,
	    0x00a6,
	    0x00a7,
	    0x00a8,
	    0x00a9,
	    0x00aa,
	    0x00ab,
	    0x00ac,
	    0x00ad,
	    0x00ae,
	    0x00af,
	    0x00b0,
	    0x00b1,
	    0x00b2,
	    0x00b3,
	    0x00b4,
	    0x00b5,
	    0x00b6,
	    0x00b7,
	    0x00b8,
	    0x00b9,
	    0x00ba,
	    0x00bb,
	    0x00bc,
	    0x00bd,
	    0x00be,
	    0x00bf,
	    0x00c0,
	    0x00c1,
	    0x00c2,
	    0x00c3,
	    0x00c4,
	    0x00c5,
	    0x00c6,
	    0x00c7,
	    0x00c8,
	    0x00c9,
	    0x00ca,
	    0x00cb,
	    0x00cc,
	    0x00cd,
	    0x00ce,
	    0x00cf,
	    0x00d0,
	    0x00d1,
	    0x00d2,
	    0x00d3,
	    0x00d4,
	    0x00d5,
	    0x00d6,
	    0x00d7,
	    0x00d8,
	    0x00d9,
	    0x00da,
	    0x00db,
	    0x00dc,
	    0x00dd,
	    0x00de,
	    0x00df,
	    0x00e0,
	    0x00e1,
	    0x00e2,
	    0x00e3,
	    0x00e4,
	    0x00e5,
	    0x00e6,
	    0x00e7,
	    0x00e8,
	    0x00e9,
	    0x00ea,
	    0x00eb,
	    0x00ec,
	    0x00ed,
	    0x00ee,
	    0x00ef,
	    0x00f0,
	    0x00f1,
	    0x00f2,
	    0x00f3,
	    0x00f4,
	    0x00f5,
	    0x00f6,
	    0x00f7,
	    0x00f8,
	    0x00f9,
	    0x00fa,
	    0x00fb,
	    0x00fc,
	    0x00fd,
	    0x00fe,
	    0x00ff,
	} };

/* Texts made by one step. They never move while the event that points to them lives. */
struct chunk {
	char *p;
	size_t n, cap;
};

struct undo {
	struct chunk text[STEPS];
	struct buf data[STEPS], raw;
	struct chunk string, mapped; /* of event_data, one at a time */
	struct json_doc doc;
	unsigned step;
	struct {
		uint16_t cp;
		uint8_t byte;
	} reverse[3][128]; /* by code point */
};

static int
by_code_point(const void *a, const void *b)
{
	return (int)*(const uint16_t *)a - (int)*(const uint16_t *)b;
}

struct undo *
undo_new(void)
{
	struct undo *u = calloc(1, sizeof *u);

	if (u == NULL)
		return NULL;
	json_init(&u->doc);
	buf_init(&u->raw, 4u * EX_MAX_BODY);
	for (unsigned i = 0; i < STEPS; i++)
		buf_init(&u->data[i], 2u * EX_MAX_BODY);
	for (unsigned k = 0; k < 3; k++) {
		for (unsigned i = 0; i < 128; i++) {
			u->reverse[k][i].cp = code_page[k][i];
			u->reverse[k][i].byte = (uint8_t)(0x80 + i);
		}
		qsort(u->reverse[k], 128, sizeof u->reverse[k][0], by_code_point);
	}
	return u;
}

void
undo_free(struct undo *u)
{
	if (u == NULL)
		return;
	for (unsigned i = 0; i < STEPS; i++) {
		free(u->text[i].p);
		buf_release(&u->data[i]);
	}
	free(u->string.p);
	free(u->mapped.p);
	buf_release(&u->raw);
	json_release(&u->doc);
	free(u);
}

void
undo_begin(struct undo *u)
{
	u->step = 0;
}

/* Room for n bytes in all, what is there being dropped. */
static bool
chunk_room(struct chunk *c, size_t n)
{
	char *p;

	c->n = 0;
	if (n <= c->cap)
		return true;
	if ((p = vec_resize(c->p, n, 1)) == NULL)
		return false;
	c->p = p;
	c->cap = n;
	return true;
}

static bool
hex4(const char *p, uint32_t *ret)
{
	*ret = 0;
	for (unsigned i = 0; i < 4; i++) {
		int c = p[i] | 0x20;

		if (!(p[i] >= '0' && p[i] <= '9') && !(c >= 'a' && c <= 'f'))
			return false;
		*ret = *ret << 4 | (uint32_t)(p[i] <= '9' ? p[i] - '0' : c - 'a' + 10);
	}
	return true;
}

static size_t
put_utf8(char *out, uint32_t cp)
{
	unsigned char *o = (unsigned char *)out;

	if (cp < 0x80) {
		o[0] = (unsigned char)cp;
		return 1;
	}
	if (cp < 0x800) {
		o[0] = (unsigned char)(0xc0 | cp >> 6);
		o[1] = (unsigned char)(0x80 | (cp & 0x3f));
		return 2;
	}
	if (cp < 0x10000) {
		o[0] = (unsigned char)(0xe0 | cp >> 12);
		o[1] = (unsigned char)(0x80 | (cp >> 6 & 0x3f));
		o[2] = (unsigned char)(0x80 | (cp & 0x3f));
		return 3;
	}
	o[0] = (unsigned char)(0xf0 | cp >> 18);
	o[1] = (unsigned char)(0x80 | (cp >> 12 & 0x3f));
	o[2] = (unsigned char)(0x80 | (cp >> 6 & 0x3f));
	o[3] = (unsigned char)(0x80 | (cp & 0x3f));
	return 4;
}

/*
 * A text as what stands between the quotes of a JSON string; appends what it says, never longer.
 * false: it is none.
 */
static bool
unescape(const char *p, size_t n, struct chunk *out)
{
	static const char letter[] = "\"\\/bfnrt", says[] = "\"\\/\b\f\n\r\t";
	const char *end = p + n, *at;
	uint32_t cp, low;

	while (p < end) {
		if (*p != '\\') {
			out->p[out->n++] = *p++;
			continue;
		}
		if (end - p < 2)
			return false;
		if (p[1] == 'u') {
			if (end - p < 6 || !hex4(p + 2, &cp))
				return false;
			p += 6;
			if (cp >= 0xd800 && cp < 0xdc00 && end - p >= 6 && p[0] == '\\' &&
			    p[1] == 'u' && hex4(p + 2, &low) && low >= 0xdc00 && low < 0xe000) {
				cp = 0x10000 + ((cp - 0xd800) << 10) + (low - 0xdc00);
				p += 6;
			}
			out->n +=
			    put_utf8(out->p + out->n, cp >= 0xd800 && cp < 0xe000 ? 0xfffd : cp);
			continue;
		}
		if (p[1] == '\0' || (at = strchr(letter, p[1])) == NULL)
			return false;
		out->p[out->n++] = says[at - letter];
		p += 2;
	}
	return true;
}

/* The bytes that a text was made from by reading them in a code page, if they are UTF-8. */
static bool
recode(const struct undo *u, unsigned page, const char *p, size_t n, struct chunk *out)
{
	const unsigned char *s = (const unsigned char *)p, *end = s + n;
	size_t from = out->n;
	uint32_t cp;
	unsigned k;

	while (s < end) {
		unsigned lo = 0, hi = 128;

		if (*s < 0x80) {
			out->p[out->n++] = (char)*s++;
			continue;
		}
		if ((k = utf8_next(s, (size_t)(end - s), &cp)) == 0)
			return false;
		s += k;
		while (hi - lo > 1) {
			unsigned mid = (lo + hi) / 2;

			if (u->reverse[page][mid].cp <= cp)
				lo = mid;
			else
				hi = mid;
		}
		if (u->reverse[page][lo].cp == cp)
			out->p[out->n++] = (char)u->reverse[page][lo].byte;
		else if (page == UNDO_CP1252 && cp >= 0x80 && cp < 0xa0)
			out->p[out->n++] = (char)cp; /* a decoder of Latin-1 */
		else
			return false;
	}
	return utf8_valid(out->p + from, out->n - from);
}

static bool
digits_only(const char *p, size_t n)
{
	if (n && *p == '-') {
		p++;
		n--;
	}
	for (size_t i = 0; i < n; i++)
		if (p[i] < '0' || p[i] > '9')
			return false;
	return n > 0 && n < 19;
}

/* A whole number with .0 behind it. */
static bool
whole_decimal(const char *p, size_t n)
{
	return n > 2 && p[n - 1] == '0' && p[n - 2] == '.' && digits_only(p, n - 2);
}

/* Room that one text takes at most once a change is undone. */
static size_t
most(size_t n)
{
	return 2 * n + 8;
}

/*
 * Appends a text with a change undone. Texts of the envelope and of event_data alike, but for line
 * ends and numbers, which JSON keeps.
 */
static bool
map(const struct undo *u, enum undo_change c, const char *p, size_t n, bool envelope,
    struct chunk *out)
{
	switch (c) {
	case UNDO_CP437:
	case UNDO_CP850:
	case UNDO_CP1252:
		return recode(u, c, p, n, out);
	case UNDO_COPY_ESCAPES:
		return unescape(p, n, out);
	case UNDO_CRLF_MADE:
	case UNDO_CRLF_UNMADE:
		for (size_t i = 0; i < n; i++) {
			if (envelope && c == UNDO_CRLF_MADE && p[i] == '\r' && i + 1 < n &&
			    p[i + 1] == '\n')
				continue;
			if (envelope && c == UNDO_CRLF_UNMADE && p[i] == '\n' &&
			    (i == 0 || p[i - 1] != '\r'))
				out->p[out->n++] = '\r';
			out->p[out->n++] = p[i];
		}
		return true;
	default:
		memcpy(out->p + out->n, p, n);
		out->n += n;
		if (envelope && c == UNDO_NUMBER_FLOAT && whole_decimal(p, n))
			out->n -= 2;
		return true;
	}
}

/* What a tool may have made of true (1) or false (0); -1: neither. */
static int
truth_of(const char *p, size_t n)
{
	static const char *const yes[] = { "true", "True", "TRUE", "t" },
				 *const no[] = { "false", "False", "FALSE", "f" };

	for (unsigned i = 0; i < 4; i++) {
		if (n == strlen(yes[i]) && memcmp(p, yes[i], n) == 0)
			return 1;
		if (n == strlen(no[i]) && memcmp(p, no[i], n) == 0)
			return 0;
	}
	return -1;
}

/*
 * One token of canonical JSON text, from *at on; a string with its quotes, a number or word, or one
 * other character.
 */
static struct str
token(struct str t, size_t at)
{
	size_t i = at + 1;

	if (t.p[at] == '"') {
		while (i < t.n && t.p[i] != '"')
			i += t.p[i] == '\\' ? 2 : 1;
		i = i < t.n ? i + 1 : t.n;
	} else if (strchr("{}[],:", t.p[at]) == NULL) {
		while (i < t.n && strchr("{}[],:\"", t.p[i]) == NULL)
			i++;
	}
	return (struct str){ t.p + at, i - at };
}

/* Is this token a value that may have been a boolean? Then *ret is which. */
static bool
maybe_boolean(struct str t, struct str k, bool *ret)
{
	bool key = k.p + k.n < t.p + t.n && k.p[k.n] == ':';
	int truth = -1;

	if (key)
		return false;
	if (k.n == 1 && (*k.p == '0' || *k.p == '1'))
		truth = *k.p == '1';
	else if (k.n > 2 && *k.p == '"')
		truth = truth_of(k.p + 1, k.n - 2);
	*ret = truth == 1;
	return truth >= 0;
}

unsigned
undo_booleans(struct str data)
{
	unsigned n = 0;
	struct str k;
	bool b;

	for (size_t at = 0; at < data.n; at += k.n) {
		k = token(data, at);
		n += maybe_boolean(data, k, &b);
	}
	return n;
}

/* event_data with a change undone, in canonical form again: other keys sort otherwise. */
static enum undone
undo_data(struct undo *u, struct event *e, enum undo_change c, uint32_t pick, struct buf *out)
{
	struct str t = e->data, k;
	unsigned n = 0;
	bool b;

	buf_clear(&u->raw);
	for (size_t at = 0; at < t.n; at += k.n) {
		k = token(t, at);
		if (c == UNDO_BOOLEAN && maybe_boolean(t, k, &b)) {
			bool picked = n < 32 ? pick >> n & 1 : pick == ~0u;

			n++;
			if (picked) {
				buf_str(&u->raw, b ? "true" : "false");
				continue;
			}
		}
		if (c == UNDO_BOOLEAN || *k.p != '"') {
			buf_put(&u->raw, k.p, k.n);
			continue;
		}
		if (!chunk_room(&u->string, k.n) || !chunk_room(&u->mapped, most(k.n)))
			return UNDONE_NOMEM;
		if (k.n < 2 || !unescape(k.p + 1, k.n - 2, &u->string) ||
		    !map(u, c, u->string.p, u->string.n, false, &u->mapped))
			return UNDONE_IMPOSSIBLE;
		json_canonical_string(&u->raw, u->mapped.p, u->mapped.n);
	}
	if (u->raw.failed)
		return u->raw.nomem ? UNDONE_NOMEM : UNDONE_IMPOSSIBLE;
	buf_clear(out);
	switch (json_parse(&u->doc, (const char *)u->raw.p, u->raw.len, EX_JSON_DEPTH)) {
	case 0:
		if (json_write(&u->doc, 0, JSON_CANONICAL, out) || out->failed)
			return out->nomem ? UNDONE_NOMEM : UNDONE_IMPOSSIBLE;
		break;
	case 1:
		return UNDONE_IMPOSSIBLE;
	default:
		return UNDONE_NOMEM;
	}
	if (out->len == t.n && memcmp(out->p, t.p, t.n) == 0)
		return UNDONE_SAME;
	e->data = (struct str){ (const char *)out->p, out->len };
	return UNDONE_OTHER;
}

#define TEXTS 16u

static void
texts_of(struct event *e, struct str *ret[TEXTS])
{
	struct str *const all[TEXTS] = { &e->version, &e->type, &e->category, &e->action,
		&e->outcome, &e->correlation, &e->resource_type, &e->resource_id, &e->namespace,
		&e->cluster, &e->severity, &e->error_code, &e->error_message, &e->actor_id,
		&e->actor_type, &e->actor_ip };

	memcpy(ret, all, sizeof all);
}

enum undone
undo_apply(struct undo *u, struct event *e, enum undo_change c, uint32_t pick)
{
	struct str *text[TEXTS];
	struct chunk *out;
	struct buf *data;
	size_t room = 0;
	bool changed = false;

	if (u->step == STEPS)
		return UNDONE_IMPOSSIBLE;
	out = &u->text[u->step];
	data = &u->data[u->step++];
	texts_of(e, text);
	for (unsigned i = 0; i < TEXTS; i++)
		room += most(text[i]->n);
	if (!chunk_room(out, room))
		return UNDONE_NOMEM;
	for (unsigned i = 0; i < TEXTS && c != UNDO_BOOLEAN; i++) {
		struct str was = *text[i], now = { out->p + out->n, 0 };
		size_t from = out->n;

		if (i == 0 && c == UNDO_NUMBER_FLOAT)
			continue; /* 1.0 is the source's own version */
		if (!map(u, c, was.p, was.n, true, out))
			return UNDONE_IMPOSSIBLE;
		if (i == 0 && c == UNDO_NUMBER_CUT && digits_only(was.p, was.n)) {
			memcpy(out->p + out->n, ".0", 2);
			out->n += 2;
		}
		now.n = out->n - from;
		if (now.n == was.n && memcmp(now.p, was.p, was.n) == 0)
			continue;
		*text[i] = now;
		changed = true;
	}
	if (c == UNDO_BOOLEAN || c == UNDO_COPY_ESCAPES || (1u << c & UNDO_CODE_PAGES)) {
		enum undone d = undo_data(u, e, c, pick, data);

		if (d > UNDONE_OTHER)
			return d;
		changed |= d == UNDONE_OTHER;
	}
	return changed ? UNDONE_OTHER : UNDONE_SAME;
}

/* Digits behind the point of a numeral, and whether it is plain. */
static size_t
decimals(struct str k)
{
	const char *dot = memchr(k.p, '.', k.n);

	return dot && memchr(k.p, 'e', k.n) == NULL ? (size_t)(k.p + k.n - dot - 1) : 0;
}

/* What the tokens of event_data say. */
static void
data_signs(struct str t, bool fits, uint8_t sign[UNDOS])
{
	struct str k;
	bool b;

	for (size_t at = 0; at < t.n; at += k.n) {
		k = token(t, at);
		if ((k.n == 4 && memcmp(k.p, "true", 4) == 0) ||
		    (k.n == 5 && memcmp(k.p, "false", 5) == 0)) {
			sign[UNDO_BOOLEAN] = SIGN_AGAINST;
		} else if (maybe_boolean(t, k, &b)) {
			if (!fits && sign[UNDO_BOOLEAN] == SIGN_NONE)
				sign[UNDO_BOOLEAN] = SIGN_SHOWS;
		}
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

void
undo_signs(struct undo *u, const struct event *e, bool fits, uint8_t sign[UNDOS])
{
	struct event copy = *e;
	struct str *text[TEXTS];
	unsigned escaped = escapes_in(e->data), own;
	bool wide = beyond_ascii_in(e->data), lf = false, crlf = false,
	     lost = memmem(e->data.p, e->data.n, "\xef\xbf\xbd", 3) != NULL;

	memset(sign, SIGN_NONE, UNDOS);
	texts_of(&copy, text);
	for (unsigned i = 0; i < TEXTS; i++) {
		const char *p = text[i]->p, *nl;
		size_t n = text[i]->n;

		own = escaped_by_writers(p, n);
		escaped = own > escaped ? own : escaped;
		wide |= beyond_ascii(p, n);
		lost |= memmem(p, n, "\xef\xbf\xbd", 3) != NULL;
		for (size_t at = 0; at < n && (nl = memchr(p + at, '\n', n - at));
		     at = (size_t)(nl - p) + 1)
			*(nl > p && nl[-1] == '\r' ? &crlf : &lf) = true;
		if (whole_decimal(p, n))
			sign[i ? UNDO_NUMBER_FLOAT : UNDO_NUMBER_CUT] = i == 0 ? SIGN_AGAINST :
			    fits                                               ? SIGN_NONE :
										 SIGN_SHOWS;
		else if (i == 0 && digits_only(p, n) && !fits)
			sign[UNDO_NUMBER_CUT] = SIGN_SHOWS;
	}
	data_signs(e->data, fits, sign);
	if (e->time % 1000)
		sign[UNDO_MILLISECONDS] = SIGN_AGAINST;
	else if (!fits && e->time % 1000000)
		sign[UNDO_MILLISECONDS] = SIGN_SHOWS;
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
		sign[UNDO_COPY_ESCAPES] = fits ? (escaped == 2 ? SIGN_NONE : SIGN_AGAINST) :
						 sign_of_undoing(u, e, UNDO_COPY_ESCAPES);
	if (escaped == 2 && sign[UNDO_COPY_ESCAPES] == SIGN_AGAINST)
		sign[UNDO_COPY_ESCAPES] = SIGN_NONE;
	for (unsigned c = UNDO_CP437; c <= UNDO_CP1252 && wide; c++) {
		sign[c] = fits ? SIGN_AGAINST : sign_of_undoing(u, e, c);
		if (sign[c] == SIGN_AGAINST && !fits && lost)
			/* what could not be read is lost, in one file or the other */
			sign[c] = SIGN_NONE;
	}
}
