#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "base/utc.h"
#include "event/event.h"
#include "json/json.h"

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
		buf_printf(out, "\"duration_ms\":%lld,", (long long)e->duration);
	optional(out, "\"error_code\":", e->error_code);
	optional(out, "\"error_message\":", e->error_message);
	optional(out, "\"actor_id\":", e->actor_id);
	optional(out, "\"actor_type\":", e->actor_type);
	optional(out, "\"actor_ip\":", e->actor_ip);
	buf_printf(out, "\"retention_days\":%lld,\"is_sensitive\":%s", (long long)e->retention,
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
		unsigned char c;

		while (p != r->end && !special[(unsigned char)*p])
			p++;
		if (p == r->end || (c = (unsigned char)*p) == '"')
			break;

		if (c == '\\') {
			buf_put(r->text, run, (size_t)(p - run));
			copied = true;
			if (r->end - p < 2)
				goto bad;
			switch (p[1]) {
			case '"':
				buf_byte(r->text, '"');
				p += 2;
				break;
			case '\\':
				buf_byte(r->text, '\\');
				p += 2;
				break;
			case 'b':
				buf_byte(r->text, '\b');
				p += 2;
				break;
			case 'f':
				buf_byte(r->text, '\f');
				p += 2;
				break;
			case 'n':
				buf_byte(r->text, '\n');
				p += 2;
				break;
			case 'r':
				buf_byte(r->text, '\r');
				p += 2;
				break;
			case 't':
				buf_byte(r->text, '\t');
				p += 2;
				break;
			case 'u': {
				int a, b, d, e;

				if (r->end - p < 6 || (a = nibble(p[2])) < 0 ||
				    (b = nibble(p[3])) < 0 || (d = nibble(p[4])) < 0 ||
				    (e = nibble(p[5])) < 0)
					goto bad;
				cp = (uint32_t)(a << 12 | b << 8 | d << 4 | e);
				if (cp == 0) { /* no column of the source can hold it */
					r->why = r->why ? r->why : "a text holds U+0000 [E-7]";
					goto bad;
				}
				if (cp != '<' && cp != '>' && cp != '&' && cp != 0x2028 &&
				    cp != 0x2029 &&
				    (cp >= 0x20 || cp == '\b' || cp == '\f' || cp == '\n' ||
					cp == '\r' || cp == '\t'))
					goto bad;
				buf_utf8(r->text, cp);
				p += 6;
				break;
			}
			default:
				goto bad;
			}
			run = p;
		} else if (c < 0x80) {
			goto bad;
		} else {
			if ((k = utf8_next((const unsigned char *)p, (size_t)(r->end - p), &cp)) ==
				0 ||
			    cp == 0x2028 || cp == 0x2029)
				goto bad;
			p += k;
		}
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

int
event_parse_body(struct event *e, const char *body, size_t n, enum body_form form, bool deep,
    struct buf *text, const char **why)
{
	struct reader r = { body, body + n, text, NULL };

	memset(e, 0, sizeof *e);
	buf_clear(text);
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
	e->type = named(&r, "\",\"event_date\":null,\"event_type\":");
	e->version = named(&r, ",\"version\":");
	e->category = named(&r, ",\"event_category\":");
	e->action = named(&r, ",\"event_action\":");
	e->outcome = named(&r, ",\"event_outcome\":");
	e->correlation = named(&r, ",\"correlation_id\":");
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
	must(&r,
	    ",\"event_hash\":\"\",\"previous_event_hash\":\"\",\"legal_hold\":false,\"legal_hold_"
	    "reason\":\"\","
	    "\"legal_hold_placed_by\":\"\",\"legal_hold_placed_at\":null,\"event_data\":");
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
