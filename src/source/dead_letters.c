/*
 * Dead letters: what redis-cli prints of the source's streams (XRANGE key - +), plain or --json
 * (reference: source-interfaces 8). Each message becomes a record of
 * its own kind, verbatim (record.md R-21): it was accepted, and not stored, or not yet.
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "json/json.h"
#include "source/session.h"

#define TABLE "XRANGE" /* of a file: the stream's name does not stand in it */

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
		    memmem(end, (size_t)(p + n - end < 40 ? p + n - end : 40), "\"message\"", 9);
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

	if (session_go_on(s, f, e) || session_count(s, key, true, 1, e))
		return -1;
	json_init(&d);
	rc = json_parse(&d, p, n, EX_JSON_DEPTH);
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
	buf_init(&aside, 65536);
	buf_put(&body, p, n);
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

	while ((rc = stream_line(f, &p, &n, &ended, e)) > 0) {
		bool next;

		/* as a terminal or a system ends lines */
		if (ended && n && p[n - 1] == '\r') {
			n--;
			session_understood(s, 1);
		}
		next = is_entry(p, n);
		snprintf(place, sizeof place, "line %llu", (unsigned long long)stream_line_no(f));
		session_understood(s, ended);
		if (rc == 2 || chunk) {
			if (session_reject(s, s->in->source, 0, p, n, &chunk, rc == 2, place,
				"a message longer than the limit of 32 MiB", e))
				return -1;
			chunk = rc == 1 ? 0 : chunk;
			want = ENTRY;
		} else if (want != VALUE && next) {
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
			if (session_reject(s, s->in->source, 0, p, n, &chunk, false, place,
				"not a message of the stream", e))
				return -1;
			want = want == VALUE ? FIELD : ENTRY;
		}
	}
	if (rc == 0 && want == VALUE) {
		input_lacks_rows(s->in, LACK_CUT, NULL, ROWS_UNKNOWN,
		    "the input ends inside an entry of the stream: it was cut off");
		s->in->doubt = true;
	}
	return rc;
}

/* [[id, [field, value, …]], …] */
static int
read_json_form(struct session *s, struct stream *f, struct err *e)
{
	struct json_doc d;
	const char *p, *mark;
	char place[64];
	size_t n;
	int rc, no = 0;

	if (stream_peek(f, EX_MAX_ROW + 1u, &p, &n, e))
		return -1;
	if (n > EX_MAX_ROW)
		return err_set(e, EX_DATA_ERR,
		    "dead letters of more than 32 MiB as one JSON value: have redis-cli print them "
		    "without --json");
	mark = p;
	json_init(&d);
	if ((rc = json_parse(&d, p, n, 8)) != 0)
		rc = rc < 0 ? err_nomem(e) :
			      err_set(e, EX_DATA_ERR,
				  "%s: dead letters as redis-cli prints them with --json, cut off "
				  "or more than one answer: %s (byte %zu): print them once more, "
				  "each stream into a file of its own",
				  s->in->path, d.why, d.where);
	for (uint32_t i = rc == 0 && d.node[0].type == JSON_ARRAY ? d.node[0].first : JSON_NONE;
	     i != JSON_NONE && rc == 0; i = d.node[i].next) {
		uint32_t id = d.node[i].type == JSON_ARRAY ? d.node[i].first : JSON_NONE,
			 fields = id == JSON_NONE ? JSON_NONE : d.node[id].next, found = 0;
		unsigned chunk = 0;

		snprintf(place, sizeof place, "entry %d", ++no);
		/* brackets and commas up to the entry, and the entry: what of it becomes a reject
		 * is taken off again */
		session_understood(s, (size_t)(json_src(&d, i) - mark) + d.node[i].src_len);
		mark = json_src(&d, i) + d.node[i].src_len;
		for (uint32_t k = fields != JSON_NONE && d.node[fields].type == JSON_ARRAY ?
			 d.node[fields].first :
			 JSON_NONE;
		     k != JSON_NONE && d.node[k].next != JSON_NONE && rc == 0;
		     k = d.node[d.node[k].next].next) {
			uint32_t v = d.node[k].next;

			if (d.node[k].type == JSON_STRING && d.node[k].str_len == 7 &&
			    memcmp(json_str(&d, k), "message", 7) == 0 &&
			    d.node[v].type == JSON_STRING && d.node[id].type == JSON_STRING) {
				uint64_t rejected = s->in->bytes.rejected;

				rc = dead_letter(s, f, TABLE, json_str(&d, id), d.node[id].str_len,
				    json_str(&d, v), d.node[v].str_len, place, e);
				/* the message stands in quotes, with escapes: what is counted is
				 * how it stands */
				if (s->in->bytes.rejected != rejected) {
					s->in->bytes.rejected = rejected + d.node[v].src_len;
					s->in->bytes.understood -= d.node[v].src_len;
				} else {
					s->in->bytes.understood -= d.node[v].str_len;
				}
				found++;
			}
		}
		if (rc == 0 && found == 0)
			s->in->bytes.understood -= d.node[i].src_len;
		if (rc == 0 && found == 0)
			rc = session_reject(s, s->in->source, 0, json_src(&d, i), d.node[i].src_len,
			    &chunk, false, place, "not a message of the stream", e);
	}
	json_release(&d);
	session_understood(s, (size_t)(p + n - mark));
	stream_skip(f, n);
	return rc;
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
