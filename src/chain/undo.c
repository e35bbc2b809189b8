#include "chain/undo_inner.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/limits.h"
#include "base/text.h"
#include "base/vec.h"

#define STEPS 8u /* changes undone in one event, at most */

const char *const undo_name[UNDOS] = { "code-page-437", "code-page-850", "code-page-1252", "crlf",
	"crlf", "copy-escapes", "formula-guard", "boolean", "number", "number", "milliseconds",
	"local-time", "null-empty", "number", "seconds", "depth" };

const char *const undo_words[UNDOS] = { "read its UTF-8 text in code page 437 and wrote it as "
					"UTF-8 again",
	"read its UTF-8 text in code page 850 and wrote it as UTF-8 again",
	"read its UTF-8 text in code page 1252 and wrote it as UTF-8 again",
	"made line feeds inside texts into CR LF", "made CR LF inside texts into line feeds",
	"doubled every backslash, as COPY's text form does",
	"put an apostrophe or a tab in front of texts that begin like formulas",
	"respelled the booleans of event_data", "wrote decimals such as 1.0 as whole numbers",
	"wrote whole numbers as decimals such as 404.0", "cut or rounded times to milliseconds",
	"printed times in a zone that they do not name", "wrote NULL and the empty text alike",
	"cut numbers of event_data to 10 decimals", "cut times to seconds",
	"wrote what lies deeper than its -Depth as a text that says nothing, as PowerShell's "
	"ConvertTo-Json does" };

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
			u->reverse[k][i].cp = undo_code_page[k][i];
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

	/* a byte stays a byte below 0x80 in every page */
	while (s < end) {
		unsigned lo = 0, hi = 128;

		if (*s < 0x80) {
			out->p[out->n++] = (char)*s++;
			continue;
		}
		/* what is no UTF-8 was not made so */
		if ((k = utf8_next(s, (size_t)(end - s), &cp)) == 0)
			return false;
		s += k;
		/* pages are small tables, sorted by code point */
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
	/* the bytes have to be UTF-8, or the page is another one */
	return utf8_valid(out->p + from, out->n - from);
}

bool
undo_digits_only(const char *p, size_t n)
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
bool
undo_whole_decimal(const char *p, size_t n)
{
	return n > 2 && p[n - 1] == '0' && p[n - 2] == '.' && undo_digits_only(p, n - 2);
}

bool
undo_formula(const char *p, size_t n)
{
	return n && *p && strchr("=+-@", *p);
}

bool
undo_guarded(const char *p, size_t n)
{
	return n > 1 && (*p == '\'' || *p == '\t') && undo_formula(p + 1, n - 1);
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
	case UNDO_GUARD:
		if (envelope && undo_guarded(p, n)) {
			p++;
			n--;
		}
		memcpy(out->p + out->n, p, n);
		out->n += n;
		return true;
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
		if (envelope && c == UNDO_NUMBER_FLOAT && undo_whole_decimal(p, n))
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
struct str
undo_token(struct str t, size_t at)
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
bool
undo_maybe_boolean(struct str t, struct str k, bool *ret)
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
		k = undo_token(data, at);
		n += undo_maybe_boolean(data, k, &b);
	}
	return n;
}

unsigned
undo_count(uint32_t changes)
{
	unsigned n = 0;

	for (; changes; changes &= changes - 1)
		n++;
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
	/* token by token: numbers and brackets are copied, texts are undone */
	for (size_t at = 0; at < t.n; at += k.n) {
		k = undo_token(t, at);
		/* whether 0 and 1 were booleans cannot be seen: which of them are taken is tried */
		if (c == UNDO_BOOLEAN && undo_maybe_boolean(t, k, &b)) {
			bool picked = n < 32 ? pick >> n & 1 : pick == ~0u;

			n++;
			if (picked) {
				buf_str(&u->raw, b ? "true" : "false");
				continue;
			}
		}
		/* names of members are texts as well */
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
	/* a text that grew beyond the limit cannot have been the source's */
	if (u->raw.failed)
		return u->raw.nomem ? UNDONE_NOMEM : UNDONE_IMPOSSIBLE;
	/* sorted again: names may sort otherwise now */
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
	/* no change at all is told apart, so that it is not tried as one */
	if (out->len == t.n && memcmp(out->p, t.p, t.n) == 0)
		return UNDONE_SAME;
	e->data = (struct str){ (const char *)out->p, out->len };
	return UNDONE_OTHER;
}

void
undo_texts_of(struct event *e, struct str *ret[UNDO_ENVELOPE])
{
	struct str *const all[UNDO_ENVELOPE] = { &e->version, &e->type, &e->category, &e->action,
		&e->outcome, &e->correlation, &e->resource_type, &e->resource_id, &e->namespace,
		&e->cluster, &e->severity, &e->error_code, &e->error_message, &e->actor_id,
		&e->actor_type, &e->actor_ip };

	memcpy(ret, all, sizeof all);
}

enum undone
undo_apply(struct undo *u, struct event *e, enum undo_change c, uint32_t pick)
{
	struct str *text[UNDO_ENVELOPE];
	struct chunk *out;
	struct buf *data;
	size_t room = 0;
	bool changed = false;

	/* steps are bounded, since each keeps a copy */
	if (u->step == STEPS)
		return UNDONE_IMPOSSIBLE;
	out = &u->text[u->step];
	data = &u->data[u->step++];
	undo_texts_of(e, text);
	for (unsigned i = 0; i < UNDO_ENVELOPE; i++)
		/* room for the worst, taken once: the texts point into it */
		room += most(text[i]->n);
	if (!chunk_room(out, room))
		return UNDONE_NOMEM;
	/* the columns beside event_data */
	for (unsigned i = 0; i < UNDO_ENVELOPE && c != UNDO_BOOLEAN; i++) {
		struct str was = *text[i], now = { out->p + out->n, 0 };
		size_t from = out->n;

		if (i == 0 && c == UNDO_NUMBER_FLOAT)
			continue; /* 1.0 is the source's own version */
		if (!map(u, c, was.p, was.n, true, out))
			return UNDONE_IMPOSSIBLE;
		if (i == 0 && c == UNDO_NUMBER_CUT && undo_digits_only(was.p, was.n)) {
			memcpy(out->p + out->n, ".0", 2);
			out->n += 2;
		}
		/* equal texts are no change */
		now.n = out->n - from;
		if (now.n == was.n && memcmp(now.p, was.p, was.n) == 0)
			continue;
		*text[i] = now;
		changed = true;
	}
	/* only some changes reach into event_data */
	if (c == UNDO_BOOLEAN || c == UNDO_COPY_ESCAPES || (1u << c & UNDO_CODE_PAGES)) {
		enum undone d = undo_data(u, e, c, pick, data);

		if (d > UNDONE_OTHER)
			return d;
		changed |= d == UNDONE_OTHER;
	}
	return changed ? UNDONE_OTHER : UNDONE_SAME;
}
