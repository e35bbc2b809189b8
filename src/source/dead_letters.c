/*
 * Dead letters: what redis-cli prints of the source's streams (XRANGE key - +), plain or --json
 * (reference: source-interfaces 8). Each message becomes a record of
 * its own kind, verbatim (record.md R-21): it was accepted, and not stored, or not yet.
 */
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "json/json.h"
#include "source/json_reader.h"
#include "source/session.h"

#define VAIN_FREE (64u << 20) /* bytes that broken entries may cost at least */
#define TABLE "XRANGE"        /* of a file: the stream's name does not stand in it */

/* `1795257576893-0` */
static bool
is_entry(const char *p, size_t n)
{
	size_t i = 0, digits;

	while (i < n && isdigit((unsigned char)p[i]))
		i++;
	digits = i;
	if (digits == 0 || i == n || p[i++] != '-' || i == n)
		return false;
	while (i < n && isdigit((unsigned char)p[i]))
		i++;
	return i == n;
}

/* What redis-cli prints, for eyes, of a stream without entries. */
static bool
is_empty_answer(const char *p, size_t n)
{
	static const char *const words[] = { "(empty array)", "(empty list or set)" };

	while (n && isspace((unsigned char)p[n - 1]))
		n--;
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (n == strlen(words[i]) && memcmp(p, words[i], n) == 0)
			return true;
	return false;
}

bool
probe_dead_letters(const char *p, size_t n)
{
	const char *nl = memchr(p, '\n', n);

	if (is_empty_answer(p, n))
		return true;
	if (n > 4 && p[0] == '[') { /* [["id",["message", */
		const char *quote = memchr(p, '"', n),
			   *end =
			       quote ? memchr(quote + 1, '"', (size_t)(p + n - quote - 1)) : NULL;

		return end && is_entry(quote + 1, (size_t)(end - quote - 1)) &&
		    memmem(end, (size_t)(p + n - end < 40 ? p + n - end : 40), "message", 7);
	}
	return nl && is_entry(p, (size_t)(nl - p) - (nl > p && nl[-1] == '\r')) &&
	    (size_t)(p + n - nl) > 8 && memcmp(nl + 1, "message", 7) == 0;
}

int
dead_letter(struct session *s, const struct stream *f, const char *key, const char *entry,
    size_t entry_len, const char *p, size_t n, const char *place, struct err *e)
{
	struct input *in = s->in;
	struct json_doc d;
	struct buf body, aside;
	unsigned chunk = 0;
	uint32_t payload;
	bool fine;
	int rc;

	/* counted first: what becomes a reject stood there as well */
	if (session_go_on(s, f, e) || session_count(s, key, true, 1, e))
		return -1;
	json_init(&d);
	rc = json_parse(&d, p, n, EX_JSON_DEPTH);
	/* the envelope of the source's stream; whether its payload is an event is asked when it is
	 * looked for */
	fine = rc == 0 && d.node[0].type == JSON_OBJECT &&
	    (payload = json_member(&d, 0, "payload")) != JSON_NONE &&
	    d.node[payload].type == JSON_OBJECT;
	json_release(&d);
	if (rc < 0)
		return err_nomem(e);
	if (!fine)
		return session_reject(s, in->source, 0, p, n, &chunk, false, place,
		    "a message of the stream that is no JSON object with a payload", e);
	buf_init(&body, EX_MAX_BODY);
	/* as it stood: nothing of a message is canonical */
	buf_init(&aside, 65536);
	buf_put(&body, p, n);
	/* where it stood in the stream: the same message twice has two places */
	aside_put(&aside, TAG_PLACE, entry, entry_len);
	rc = session_plain(s, KIND_DEAD_LETTER, in->source, 0, &body, &aside, e);
	in->dead_letters += rc == 0;
	session_understood(s, n);
	buf_release(&body);
	buf_release(&aside);
	return rc;
}

static int
read_plain(struct session *s, struct stream *f, struct err *e)
{
	enum { ENTRY, FIELD, VALUE } want = ENTRY;
	char entry[64] = "", place[64];
	const char *p;
	size_t n;
	bool ended, message = false;
	unsigned chunk = 0;
	int rc;

	/* An entry is a line with its number, then lines of fields and values by turns; redis-cli
	 * prints nothing that tells them apart. */
	while ((rc = stream_line(f, &p, &n, &ended, e)) > 0) {
		bool next;

		/* as a terminal or a system ends lines */
		if (ended && n && p[n - 1] == '\r') {
			n--;
			session_understood(s, 1);
		}
		next = is_entry(p, n);
		snprintf(place, sizeof place, "line %" PRIu64, stream_line_no(f));
		session_understood(s, ended);
		/* behind a piece that was too long, only the next entry is a place to go on from */
		if (rc == 2 || chunk) {
			if (session_reject(s, s->in->source, 0, p, n, &chunk, rc == 2, place,
				"a message longer than the limit of 32 MiB", e))
				return -1;
			chunk = rc == 1 ? 0 : chunk;
			want = ENTRY;
		} else if (want != VALUE && next) {
			/* a number where a field could stand begins the next entry */
			snprintf(entry, sizeof entry, "%.*s", (int)(n < 60 ? n : 60), p);
			session_understood(s, n);
			want = FIELD;
		} else if (want == FIELD) {
			message = n == 7 && memcmp(p, "message", 7) == 0;
			session_understood(s, n);
			want = VALUE;
		} else if (want == VALUE && message) {
			if (dead_letter(s, f, TABLE, entry, strlen(entry), p, n, place, e))
				return -1;
			/* further fields may follow, or the next entry */
			want = FIELD;
		} else if (want == ENTRY && is_empty_answer(p, n)) {
			session_understood(s, n);
		} else if (n) {
			/* a line at a place where none can be: kept, and the reading goes on with
			 * the next entry */
			if (session_reject(s, s->in->source, 0, p, n, &chunk, false, place,
				"not a message of the stream", e))
				return -1;
			want = want == VALUE ? FIELD : ENTRY;
		}
	}
	/* a field without its value */
	if (rc == 0 && want == VALUE) {
		input_lacks_rows(s->in, LACK_CUT, NULL, ROWS_UNKNOWN,
		    "the input ends inside an entry of the stream: it was cut off");
		s->in->doubt = true;
	}
	return rc;
}

/* [id, [field, value, …]], which stands in the input as n bytes, in r->doc. Its bytes are accounted
 * for as they stand there, with quotes and escapes. */
static int
entry(struct reader *r, const char *p, size_t n, struct err *e)
{
	const struct json_doc *d = &r->doc;
	struct session *s = r->s;
	uint64_t understood = s->in->bytes.understood, rejected = s->in->bytes.rejected, aside = 0;
	uint32_t id = d->node[0].type == JSON_ARRAY ? d->node[0].first : JSON_NONE,
		 fields = id == JSON_NONE ? JSON_NONE : d->node[id].next, v;
	unsigned chunk = 0, found = 0;

	for (uint32_t k = fields != JSON_NONE && d->node[fields].type == JSON_ARRAY ?
		 d->node[fields].first :
		 JSON_NONE;
	     k != JSON_NONE && (v = d->node[k].next) != JSON_NONE; k = d->node[v].next) {
		uint64_t before = s->in->bytes.rejected;

		if (d->node[id].type != JSON_STRING || d->node[v].type != JSON_STRING ||
		    d->node[k].type != JSON_STRING || d->node[k].str_len != 7 ||
		    memcmp(json_str(d, k), "message", 7))
			continue;
		if (dead_letter(s, r->f, TABLE, json_str(d, id), d->node[id].str_len,
			json_str(d, v), d->node[v].str_len, r->place, e))
			return -1;
		aside += s->in->bytes.rejected != before ? d->node[v].src_len : 0;
		found++;
	}
	if (found) {
		s->in->bytes.rejected = rejected + aside;
		s->in->bytes.understood = understood + n - aside;
		return 0;
	}
	return session_reject(
	    s, s->in->source, 0, p, n, &chunk, false, r->place, "not a message of the stream", e);
}

/* Where in p[1..n) the next entry of the stream begins: `["1795257576893-0"`; n: nowhere. */
static size_t
next_entry(const char *p, size_t n)
{
	for (const char *q = p + 1;
	     q + 4 < p + n && (q = memchr(q, '[', (size_t)(p + n - q))) != NULL; q++) {
		const char *end;

		if (q + 2 < p + n && q[1] == '"' &&
		    (end = memchr(q + 2, '"', (size_t)(p + n - q - 2))) != NULL &&
		    is_entry(q + 2, (size_t)(end - q - 2)))
			return (size_t)(q - p);
	}
	return n;
}

/* An entry of the list, or what is left of one: it ends where the next begins. 1: gave up. */
static int
one_entry(struct reader *r, unsigned no, struct err *e)
{
	unsigned chunk = 0;
	const char *p;
	size_t n, k;
	int rc = json_cut(r, &p, &n, e), parsed;

	if (rc < 0)
		return -1;
	snprintf(r->place, sizeof r->place, "entry %u", no);
	if (rc == 1 && (parsed = json_parse(&r->doc, p, n, 8)) <= 0) {
		if (parsed < 0)
			return err_nomem(e);
		if (entry(r, p, n, e))
			return -1;
		json_leave(r, n);
		return 0;
	}
	/* looking for the next one costs no more than a small multiple of reading */
	r->looked += n;
	k = r->looked < VAIN_FREE + 16 * stream_offset(r->f) ? next_entry(p, n) : n;
	if (k == n && rc == 0)
		return json_give_up(
		    r, "an entry that does not end, or is longer than 32 MiB", n < EX_MAX_ROW, e);
	if (session_reject(r->s, r->s->in->source, 0, p, k, &chunk, false, r->place,
		"an entry of the stream that is not JSON", e))
		return -1;
	json_leave(r, k);
	return 0;
}

/* [[id, [field, value, …]], …], one answer or several. */
static int
read_json_form(struct session *s, struct stream *f, struct err *e)
{
	struct reader *r = calloc(1, sizeof *r);
	bool inside = false;
	unsigned no = 0;
	int rc = 0;
	char c;

	if (r == NULL)
		return err_nomem(e);
	r->s = s;
	r->f = f;
	r->line = stream_line_no(f) + 1;
	json_init(&r->doc);
	while (rc == 0 && (rc = json_peek(r, &c, e)) == 0 && c) {
		if (c == '[' && inside) {
			rc = one_entry(r, ++no, e);
		} else if (c == '[' || (inside && (c == ']' || c == ','))) {
			inside = c != ']';
			json_pass(r, 1);
		} else {
			rc = json_line_aside(r, e);
		}
	}
	if (rc == 0 && inside)
		rc = json_give_up(r, "the list ends without its ]", true, e);
	json_release(&r->doc);
	free(r);
	return rc < 0 ? -1 : 0;
}

int
read_dead_letters(struct session *s, struct stream *f, struct err *e)
{
	const char *p;
	size_t n;

	if (stream_peek(f, 1, &p, &n, e))
		return -1;
	return n && p[0] == '[' ? read_json_form(s, f, e) : read_plain(s, f, e);
}
