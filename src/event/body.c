#include <inttypes.h>
#include <stddef.h>
#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "base/utc.h"
#include "event/column.h"
#include "event/event.h"
#include "json/json.h"

struct str *
event_text(struct event *e, unsigned col)
{
	/* an event begins with its id: no text is at 0 */
	static const size_t at[COL_COUNT + 1] = {
		[COL_TYPE] = offsetof(struct event, type),
		[COL_VERSION] = offsetof(struct event, version),
		[COL_CATEGORY] = offsetof(struct event, category),
		[COL_ACTION] = offsetof(struct event, action),
		[COL_OUTCOME] = offsetof(struct event, outcome),
		[COL_CORRELATION] = offsetof(struct event, correlation),
		[COL_RESOURCE_TYPE] = offsetof(struct event, resource_type),
		[COL_RESOURCE_ID] = offsetof(struct event, resource_id),
		[COL_NAMESPACE] = offsetof(struct event, namespace),
		[COL_CLUSTER] = offsetof(struct event, cluster),
		[COL_SEVERITY] = offsetof(struct event, severity),
		[COL_ERROR_CODE] = offsetof(struct event, error_code),
		[COL_ERROR_MESSAGE] = offsetof(struct event, error_message),
		[COL_ACTOR_ID] = offsetof(struct event, actor_id),
		[COL_ACTOR_TYPE] = offsetof(struct event, actor_type),
		[COL_ACTOR_IP] = offsetof(struct event, actor_ip),
	};

	return at[col] ? (struct str *)(void *)((char *)e + at[col]) : NULL;
}

static void
member(struct buf *out, const char *key, struct str v)
{
	buf_str(out, key);
	json_canonical_string(out, v.p, v.n);
}

static void
optional(struct buf *out, const char *key, struct str v)
{
	if (v.n) {
		member(out, key, v);
		buf_byte(out, ',');
	}
}

void
event_put_body(struct buf *out, const struct event *e, enum body_form form)
{
	char id[37];

	uuid_of(e->id, id);
	buf_str(out, "{\"event_id\":\"");
	buf_str(out, id);
	buf_str(out, "\",\"event_timestamp\":\"");
	_Static_assert(EVENT_TIME_OFFSET ==
		sizeof "{\"event_id\":\"" - 1 + EVENT_ID_CHARS +
		    sizeof "\",\"event_timestamp\":\"" - 1,
	    "what the head of a body takes");
	utc_print(out, UTC_REST, e->time, 0);
	member(out, "\",\"event_date\":null,\"event_type\":", e->type);
	member(out, ",\"version\":", e->version);
	member(out, ",\"event_category\":", e->category);
	member(out, ",\"event_action\":", e->action);
	member(out, ",\"event_outcome\":", e->outcome);
	member(out, ",\"correlation_id\":", e->correlation);
	buf_str(out, ",\"parent_event_id\":");
	if (e->has_parent) {
		uuid_of(e->parent, id);
		buf_byte(out, '"');
		buf_str(out, id);
		buf_byte(out, '"');
	} else {
		buf_str(out, "null");
	}
	buf_str(out, ",\"parent_event_date\":");
	if (e->has_parent_date) {
		buf_byte(out, '"');
		utc_print_date(out, e->parent_date);
		buf_str(out, "T00:00:00Z\",");
	} else {
		buf_str(out, "null,");
	}
	optional(out, "\"resource_type\":", e->resource_type);
	optional(out, "\"resource_id\":", e->resource_id);
	optional(out, "\"namespace\":", e->namespace);
	optional(
	    out, form == BODY_CLUSTER_NAME ? "\"cluster_name\":" : "\"cluster_id\":", e->cluster);
	optional(out, "\"severity\":", e->severity);
	if (e->duration)
		buf_printf(out, "\"duration_ms\":%" PRId64 ",", e->duration);
	optional(out, "\"error_code\":", e->error_code);
	optional(out, "\"error_message\":", e->error_message);
	optional(out, "\"actor_id\":", e->actor_id);
	optional(out, "\"actor_type\":", e->actor_type);
	optional(out, "\"actor_ip\":", e->actor_ip);
	buf_printf(out, "\"retention_days\":%" PRId64 ",\"is_sensitive\":%s", e->retention,
	    e->sensitive ? "true" : "false");
	buf_str(out,
	    ",\"event_hash\":\"\",\"previous_event_hash\":\"\",\"legal_hold\":false,\"legal_hold_"
	    "reason\":\"\","
	    "\"legal_hold_placed_by\":\"\",\"legal_hold_placed_at\":null,\"event_data\":");
	buf_put(out, e->data.p, e->data.n);
	buf_byte(out, '}');
}

struct reader {
	const char *p, *end;
	struct buf *text;
	const char *why;
};

static bool
expect(struct reader *r, const char *word)
{
	size_t n = strlen(word);

	if ((size_t)(r->end - r->p) < n || memcmp(r->p, word, n))
		return false;
	r->p += n;
	return true;
}

static bool
must(struct reader *r, const char *word)
{
	if (!expect(r, word) && r->why == NULL)
		r->why = "a member is missing, misplaced or unknown [E-2]";
	return r->why == NULL;
}

static int
nibble(int c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Bytes that may not stand for themselves in a string: of ASCII, controls, quote, backslash, < > &
 * (E-3). */
static const bool special[256] = { SIXTEEN(true), SIXTEEN(true), /* controls */
	['"'] = true, ['\\'] = true, ['<'] = true, ['>'] = true, ['&'] = true,
	[0x80] = SIXTEEN(true), SIXTEEN(true), SIXTEEN(true), SIXTEEN(true), /* beyond ASCII */
	SIXTEEN(true), SIXTEEN(true), SIXTEEN(true), SIXTEEN(true) };

/* A code point that E-3 writes as \u and four digits: a control without a letter of its own, or
 * what Go's encoder does not leave bare. */
static bool
written_as_u(uint32_t cp)
{
	if (cp < 0x20)
		return cp != '\b' && cp != '\f' && cp != '\n' && cp != '\r' && cp != '\t';
	return cp == '<' || cp == '>' || cp == '&' || cp == 0x2028 || cp == 0x2029;
}

/* Decodes the escape at *pp and moves behind it; false: E-3 does not write it so. */
static bool
escaped(struct reader *r, const char **pp)
{
	static const char simple[] = "\"\\bfnrt", meant[] = "\"\\\b\f\n\r\t";
	const char *p = *pp, *at;
	int a, b, c, d;
	uint32_t cp;

	if (r->end - p < 2)
		return false;
	if (p[1] != 'u') {
		if (p[1] == '\0' || (at = strchr(simple, p[1])) == NULL)
			return false;
		buf_byte(r->text, (unsigned char)meant[at - simple]);
		*pp = p + 2;
		return true;
	}
	if (r->end - p < 6 || (a = nibble(p[2])) < 0 || (b = nibble(p[3])) < 0 ||
	    (c = nibble(p[4])) < 0 || (d = nibble(p[5])) < 0)
		return false;
	cp = (uint32_t)(a << 12 | b << 8 | c << 4 | d);
	if (cp == 0) { /* no column of the source can hold it */
		r->why = r->why ? r->why : "a text holds U+0000 [E-7]";
		return false;
	}
	if (!written_as_u(cp))
		return false;
	buf_utf8(r->text, cp);
	*pp = p + 6;
	return true;
}

/* A string exactly as E-3 writes it, opening quote included. */
static struct str
string(struct reader *r)
{
	struct str v = { r->p, 0 };
	const char *p = r->p, *run;
	size_t at = r->text->len;
	uint32_t cp;
	unsigned k;
	bool copied = false;

	if (r->why || p == r->end || *p++ != '"')
		goto bad;
	v.p = run = p;
	while (p != r->end) {
		while (p != r->end && !special[(unsigned char)*p])
			p++;
		if (p == r->end || *p == '"')
			break;
		if (*p == '\\') {
			/* from its first escape on a string is a copy */
			buf_put(r->text, run, (size_t)(p - run));
			copied = true;
			if (!escaped(r, &p))
				goto bad;
			run = p;
			continue;
		}
		/* of ASCII, what is special and no quote may not stand bare */
		k = (unsigned char)*p < 0x80 ?
		    0 :
		    utf8_next((const unsigned char *)p, (size_t)(r->end - p), &cp);
		if (k == 0 || cp == 0x2028 || cp == 0x2029)
			goto bad;
		p += k;
	}
	if (p == r->end)
		goto bad;
	if (copied) {
		buf_put(r->text, run, (size_t)(p - run));
		/* text never moves while a body is read: its ceiling is reserved before
		 * (event_parse_body) */
		v.p = (const char *)r->text->p + at;
		v.n = r->text->len - at;
	} else {
		v.n = (size_t)(p - v.p);
	}
	r->p = p + 1;
	return v;
bad:
	if (r->why == NULL)
		r->why = "a string is not in canonical form [E-3]";
	v.n = 0;
	return v;
}

static struct str
named(struct reader *r, const char *key)
{
	struct str none = { "", 0 };

	return must(r, key) ? string(r) : none;
}

static struct str
maybe(struct reader *r, const char *key)
{
	struct str v = { "", 0 };

	if (r->why == NULL && expect(r, key)) {
		v = string(r);
		if (v.n == 0 && r->why == NULL)
			r->why = "an empty member is not left out [E-2]";
		must(r, ",");
	}
	return v;
}

static int64_t
integer(struct reader *r)
{
	const char *q = r->p;
	int64_t v = 0;

	while (q != r->end && (*q == '-' || (*q >= '0' && *q <= '9')))
		q++;
	if (!dec_i64(r->p, (size_t)(q - r->p), &v) && r->why == NULL)
		r->why = "a number is not in canonical form [E-4]";
	r->p = q;
	return v;
}

static void
uuid(struct reader *r, uint8_t id[16])
{
	bool upper = false;

	if (r->end - r->p < 37 || !uuid_to(r->p, 36, id) || r->p[36] != '"') {
		r->why = r->why ? r->why : "an id is not in canonical form [E-2]";
		return;
	}
	for (unsigned i = 0; i < 36; i++)
		upper |= r->p[i] >= 'A' && r->p[i] <= 'F';
	if (upper && r->why == NULL)
		r->why = "an id is not in canonical form [E-2]";
	r->p += 36;
}

/* YYYY-MM-DDThh:mm:ss[.f]Z with 1 to 6 digits and no zero at the end; that it is a time is for
 * utc_parse to say. */
static bool
canonical_time(const char *s, size_t n)
{
	static const char form[] = "0000-00-00T00:00:00";

	if (n < 20 || n > 27 || n == 21 || s[n - 1] != 'Z')
		return false;
	for (unsigned i = 0; i < 19; i++)
		if (form[i] == '0' ? s[i] < '0' || s[i] > '9' : s[i] != form[i])
			return false;
	for (size_t i = 20; i + 1 < n; i++)
		if (s[i] < '0' || s[i] > '9')
			return false;
	return s[17] < '6' && s[11] < '3' && (s[11] < '2' || s[12] < '4') &&
	    (n == 20 || (s[19] == '.' && s[n - 2] != '0'));
}

static void
time_text(struct reader *r, int64_t *us)
{
	const char *q = memchr(r->p, '"', (size_t)(r->end - r->p));
	struct utc t;

	if (q == NULL || !canonical_time(r->p, (size_t)(q - r->p)) ||
	    utc_parse(r->p, (size_t)(q - r->p), &t) != UTC_OK) {
		r->why = r->why ? r->why : "the time is not in canonical form [E-5]";
		return;
	}
	*us = t.us;
	r->p = q;
}

int
event_data_canonical(const char *s, size_t n, struct json_doc *doc, struct buf *again)
{
	bool as_in_postgres;
	int rc;

	if (json_surely_canonical(s, n, &as_in_postgres))
		return 0;
	if ((rc = json_parse(doc, s, n, EX_JSON_DEPTH)))
		return rc < 0 ? -1 : 1;
	buf_clear(again);
	if (json_write(doc, 0, JSON_CANONICAL, again) || again->failed)
		return again->nomem ? -1 : 1;
	return again->len == n && memcmp(again->p, s, n) == 0 ? 0 : 1;
}

static bool
canonical_data(const char *s, size_t n)
{
	struct json_doc doc;
	struct buf again;
	bool ok;

	json_init(&doc);
	buf_init(&again, n + 1);
	ok = event_data_canonical(s, n, &doc, &again) == 0;
	buf_release(&again);
	json_release(&doc);
	return ok;
}

/* Long: one line for each member, in the order of E-2. Order and names are what is checked; in
 * parts they could not be read against the clause. */
int
event_parse_body(struct event *e, const char *body, size_t n, enum body_form form, bool deep,
    struct buf *text, const char **why)
{
	struct reader r = { body, body + n, text, NULL };

	memset(e, 0, sizeof *e);
	buf_clear(text);
	/* decoded text is never longer than the body, and must not move: strings borrow it */
	if (memchr(body, '\\', n) && buf_room(text, n) == NULL) {
		*why = "out of memory";
		return 1;
	}
	must(&r, "{\"event_id\":\"");
	if (r.why == NULL)
		uuid(&r, e->id);
	must(&r, "\",\"event_timestamp\":\"");
	if (r.why == NULL)
		time_text(&r, &e->time);

	/* always there, also when empty */
	e->type = named(&r, "\",\"event_date\":null,\"event_type\":");
	e->version = named(&r, ",\"version\":");
	e->category = named(&r, ",\"event_category\":");
	e->action = named(&r, ",\"event_action\":");
	e->outcome = named(&r, ",\"event_outcome\":");
	e->correlation = named(&r, ",\"correlation_id\":");

	/* null, or a value in quotes */
	must(&r, ",\"parent_event_id\":");
	if (r.why == NULL && !expect(&r, "null") && must(&r, "\"")) {
		e->has_parent = true;
		uuid(&r, e->parent);
		must(&r, "\"");
	}
	must(&r, ",\"parent_event_date\":");
	if (r.why == NULL && !expect(&r, "null") && must(&r, "\"")) {
		e->has_parent_date = true;
		if (r.end - r.p < 20 || utc_parse_date(r.p, 10, false, &e->parent_date) != UTC_OK)
			r.why = "a date is not in canonical form [E-5]";
		else
			r.p += 10;
		must(&r, "T00:00:00Z\"");
	}
	must(&r, ",");

	/* left out when empty: one that is there and empty is another text, and so another hash */
	e->resource_type = maybe(&r, "\"resource_type\":");
	e->resource_id = maybe(&r, "\"resource_id\":");
	e->namespace = maybe(&r, "\"namespace\":");
	e->cluster = maybe(&r, form == BODY_CLUSTER_NAME ? "\"cluster_name\":" : "\"cluster_id\":");
	e->severity = maybe(&r, "\"severity\":");
	if (r.why == NULL && expect(&r, "\"duration_ms\":")) {
		e->duration = integer(&r);
		if (e->duration == 0 && r.why == NULL)
			r.why = "an empty member is not left out [E-2]";
		must(&r, ",");
	}
	e->error_code = maybe(&r, "\"error_code\":");
	e->error_message = maybe(&r, "\"error_message\":");
	e->actor_id = maybe(&r, "\"actor_id\":");
	e->actor_type = maybe(&r, "\"actor_type\":");
	e->actor_ip = maybe(&r, "\"actor_ip\":");

	must(&r, "\"retention_days\":");
	if (r.why == NULL)
		e->retention = integer(&r);
	must(&r, ",\"is_sensitive\":");
	if (r.why == NULL && !(e->sensitive = expect(&r, "true")))
		must(&r, "false");
	/* the source empties these before it hashes (E-2): what a row says in them is not here */
	must(&r,
	    ",\"event_hash\":\"\",\"previous_event_hash\":\"\",\"legal_hold\":false,\"legal_hold_"
	    "reason\":\"\","
	    "\"legal_hold_placed_by\":\"\",\"legal_hold_placed_at\":null,\"event_data\":");
	/* what is left but for the last brace; its inside is read only when that is asked for,
	 * since it costs more than all the rest */
	if (r.why == NULL) {
		if (r.end - r.p < 3 || r.end[-1] != '}' ||
		    !(r.p[0] == '{' || (r.end - r.p == 5 && memcmp(r.p, "null", 4) == 0)))
			r.why = "event_data is neither an object nor null [E-6]";
		else
			e->data = (struct str){ r.p, (size_t)(r.end - 1 - r.p) };
	}
	if (r.why == NULL && text->failed)
		r.why = "out of memory";
	if (r.why == NULL && deep && !canonical_data(e->data.p, e->data.n))
		r.why = "event_data is not in canonical form [E-6]";
	*why = r.why;
	return r.why != NULL;
}
