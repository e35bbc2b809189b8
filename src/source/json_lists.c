/* Lists of rows: arrays, answers of GET /audit/events and /audit/export, what tools wrap rows in.
 * What stands between elements and is none costs nothing but itself. */
#include <stdio.h>
#include <string.h>

#include "source/json_inner.h"
#include "source/json_reader.h"

#define LOOK_FREE (64u << 20)
#define NESTED 4u  /* lists in lists */
#define BEHIND 64u /* bytes that tell what a row stands behind */

/* Does the name of a member stand here, on one line, and a colon behind it? */
static int
begins_member(struct reader *r, bool *ret, struct err *e)
{
	const char *p;
	size_t n, i = 1;

	*ret = false;
	if (stream_peek(r->f, LOOK, &p, &n, e))
		return -1;
	if (n == 0 || *p != '"')
		return 0;
	while (i < n && p[i] != '"' && p[i] != '\n')
		i += p[i] == '\\' ? 2 : 1;
	for (i++; i < n && p[i] && strchr(" \n\t\r", p[i]); i++)
		;
	*ret = i < n && p[i] == ':';
	return 0;
}

/*
 * Behind an element or member: 0 the closing bracket stands there; 1 the next one does, *c is its
 * first character: a comma was passed, or was
 * forgotten; 2 the input ends; -1 error.
 */
static int
comma(struct reader *r, char close, char *c, struct err *e)
{
	bool begins;

	for (;;) {
		if (json_peek(r, c, e))
			return -1;
		if (*c == close)
			return 0;
		if (*c == '\0')
			return 2;
		if (*c == ',') {
			json_pass(r, 1);
			return json_peek(r, c, e) ? -1 : 1;
		}
		begins = *c == '{';
		if (close == '}' && begins_member(r, &begins, e))
			return -1;
		if (begins) {
			input_lacks(r->s->in,
			    "commas between values are missing in this input: it was read as if "
			    "they stood there");
			return 1;
		}
		if (session_go_on(r->s, r->f, e) || json_line_aside(r, e))
			return -1;
	}
}

/* Looking costs no more than a small multiple of reading: values that tell nothing for long are
 * looked at less. */
enum json_looks
json_value_looks(struct reader *r, struct err *e)
{
	const char *p;
	size_t n, seen = 0;
	enum json_looks l;

	if (stream_peek(r->f, LOOK, &p, &n, e))
		return JSON_LOOKS_ELSE;
	if (r->looked > LOOK_FREE + 16 * stream_offset(r->f) && n > 512)
		n = 512;
	l = json_look(p, n, &seen);
	r->looked += seen;
	return l;
}

/* Does a value begin in the list here? A line of a tool may begin with such a character as well.
 * *ret_list: a list of lists or objects. */
static int
begins_element(struct reader *r, char c, bool *ret, bool *ret_list, struct err *e)
{
	const char *p;
	size_t n, i = 1;
	int rc;

	*ret_list = false;
	*ret = c == '{';
	if (*ret)
		return 0;
	if (c == '[') {
		if (stream_peek(r->f, LOOK, &p, &n, e))
			return -1;
		while (i < n && strchr(" \n\t\r", p[i]) && p[i])
			i++;
		*ret = i < n && strchr("{[]", p[i]) && p[i];
		if ((*ret_list = *ret))
			return 0;
	}
	if ((rc = json_cut(r, &p, &n, e)) <= 0)
		return rc;
	if ((rc = n ? json_parse(&r->doc, p, n, EX_JSON_DEPTH) : 1) < 0)
		return err_nomem(e);
	*ret = rc == 0;
	return 0;
}

/* May a row begin with the bracket at p[i]: first on its line, or behind another row and a
 * comma? */
static bool
row_may_begin(const char *p, size_t i)
{
	size_t k = i;
	bool comma;

	while (k && p[k - 1] && strchr(" \t\r,[", p[k - 1]))
		k--;
	return (k && p[k - 1] == '\n') || json_behind_row(p, i, &comma);
}

/* Where in p[from..n) a row begins; n: nowhere. last: the input ends behind it; else what is too
 * near to its end to be looked at is not found yet. *ret_seen: up to here there is none. */
static size_t
find_row(struct reader *r, const char *p, size_t from, size_t n, bool last, size_t *ret_seen)
{
	const char *q = p + from;

	for (; q < p + n && (q = memchr(q, '{', (size_t)(p + n - q))) != NULL; q++) {
		size_t i = (size_t)(q - p), seen = 0,
		       look = r->looked > LOOK_FREE + 16 * stream_offset(r->f) ? 512 : LOOK / 2;

		if (i != from && !row_may_begin(p, i))
			continue;
		*ret_seen = i;
		if (n - i < LOOK / 2 && !last)
			return n;
		if (json_look(q, n - i < look ? n - i : look, &seen) == JSON_LOOKS_ROW)
			return i;
		r->looked += seen;
	}
	*ret_seen = n;
	return n;
}

/*
 * A row that is broken, kept aside up to where the next row begins: the rest of the list can be
 * read. The first n bytes are known to hold none. 2; 1 none begins any more; -1 (e).
 */
static int
to_next_row(struct reader *r, size_t n, const char *reason, struct err *e)
{
	size_t have, want, at, piece;
	unsigned chunk = 0;
	const char *p;
	bool found = false, end = false;

	r->s->in->rows++;
	do {
		want = n + LOOK;
		if (session_go_on(r->s, r->f, e) || stream_peek(r->f, want, &p, &have, e))
			return -1;
		end = have < want;
		n = n < have ? n : have;
		at = find_row(r, p, n, have, end, &n);
		found = at < have;
		piece = found ? at : end ? have : n;
		if ((piece >= EX_CHUNK || found || end) && (piece || chunk)) {
			/* what a row may stand behind is looked at once more */
			if (!found && !end && piece > BEHIND)
				piece -= BEHIND;
			if (session_reject(r->s, r->s->in->source, r->s->in->rows, p, piece, &chunk,
				!found && !end, r->place, reason, e))
				return -1;
			json_leave(r, piece);
			n -= n < piece ? n : piece;
		}
	} while (!found && !end);
	/* the list's end is in what was kept aside: whether the input was cut cannot be told */
	return found ? 2 : json_give_up(r, "", false, e);
}

/* Does another element, the end of the list or of the line stand behind the n bytes at hand? */
static bool
ends_element(struct reader *r, size_t n, struct err *e)
{
	const char *p;
	size_t k;

	if (stream_peek(r->f, n + 64, &p, &k, e))
		return false;
	while (n < k && (p[n] == ' ' || p[n] == '\t' || p[n] == '\r'))
		n++;
	if (n < k && p[n] == ',')
		for (n++; n < k && (p[n] == ' ' || p[n] == '\t' || p[n] == '\r'); n++)
			;
	return n == k || p[n] == '{' || p[n] == ']' || p[n] == '\n';
}

/* The input ends inside an element, or a row begins in it that the loss of a quotation mark
 * hides. */
static int
cut_element(struct reader *r, size_t n, struct err *e)
{
	const char *p;
	size_t k, seen;

	if (stream_peek(r->f, n, &p, &k, e))
		return -1;
	/* what was followed in vain costs no more than a small multiple of reading */
	r->looked += n;
	if (k > 1 && r->looked <= LOOK_FREE + 16 * stream_offset(r->f) &&
	    find_row(r, p, 1, k, true, &seen) < k)
		return to_next_row(
		    r, 1, "not JSON: a text that does not end before the next row", e);
	return json_give_up(r, "an element that does not end", true, e);
}

/* An element that is an object: a row, which may stand on many lines, as a tool made it pretty. As
 * element(). */
static int
object_element(struct reader *r, struct err *e)
{
	const char *p;
	size_t n, k;
	char why[200];
	int rc;

	if ((rc = json_over_lines(r, true, true, &n, e)) < 0 || stream_peek(r->f, n, &p, &k, e))
		return -1;
	/* the input ends inside it */
	if (rc == 2 && n < EX_MAX_ROW)
		return cut_element(r, n, e);
	/* it is broken: the next place where a row surely begins is where the reading goes on */
	if (rc != 1)
		return to_next_row(r, n,
		    n >= EX_MAX_ROW ? "an element longer than 32 MiB" :
				      "not JSON: a text that goes over the end of its line, or "
				      "another row inside this one",
		    e);
	/* one value as far as its brackets say; now whether it is JSON */
	if ((rc = json_parse(&r->doc, p, n, EX_JSON_DEPTH + 1)) < 0)
		return err_nomem(e);
	/* brackets inside a broken text seem to end it: the rest of its line belongs to it as
	 * well */
	if (rc && !ends_element(r, n, e)) {
		snprintf(
		    why, sizeof why, "not JSON: %s at byte %zu of it", r->doc.why, r->doc.where);
		return e->status ? -1 : to_next_row(r, n, why, e);
	}
	/* whoever looked behind it may have moved what was at hand */
	if (rc && stream_peek(r->f, n, &p, &k, e))
		return -1;
	if (rc ? json_element(r, p, n, p, n, e) : json_row(r, p, n, e))
		return -1;
	json_leave(r, n);
	return 0;
}

/* A text, a number, a word: kept as a reject. As element(). */
static int
other_element(struct reader *r, struct err *e)
{
	const char *p;
	size_t n;
	int rc = json_cut(r, &p, &n, e);

	if (rc < 0)
		return rc;
	if (rc == 0 || n == 0)
		return json_give_up(
		    r, "an element that does not end, or is longer than 32 MiB", n < EX_MAX_ROW, e);
	if (json_element(r, p, n, p, n, e))
		return -1;
	json_leave(r, n);
	return 0;
}

/* One element of a list; it begins with c. 1: gave up; 2: no element was met, but what is kept
 * aside: the next may stand behind it. */
static int
element(struct reader *r, char c, unsigned depth, struct err *e)
{
	bool begins, list;

	/* broken rows leave words between elements; they are kept aside */
	if (begins_element(r, c, &begins, &list, e))
		return -1;
	if (!begins)
		return json_line_aside(r, e) ? -1 : 2;
	/* lists in lists, as tools print several results */
	if (depth < NESTED && list)
		return json_list(r, depth + 1, e);
	/* an object that holds a list of rows */
	if (depth < NESTED && c == '{' && !r->export && !r->answers &&
	    json_value_looks(r, e) == JSON_LOOKS_LIST)
		return json_answer(r, depth + 1, e);
	json_stand(r);
	return c == '{' ? object_element(r, e) : other_element(r, e);
}

/* `[ element, … ]`; the stream stands on the bracket. 1: gave up. */
int
json_list(struct reader *r, unsigned depth, struct err *e)
{
	char c;
	int rc;

	json_pass(r, 1);
	if (json_peek(r, &c, e))
		return -1;
	while (c != ']') {
		if (session_go_on(r->s, r->f, e))
			return -1;
		if (c == '\0')
			return json_give_up(r, "the list ends without its ]", true, e);
		if (c == ',') { /* one that separates nothing */
			json_pass(r, 1);
			if (json_peek(r, &c, e))
				return -1;
			continue;
		}
		if ((rc = element(r, c, depth, e)) < 0 || rc == 1)
			return rc;
		if ((rc = rc == 2 ? json_peek(r, &c, e) : comma(r, ']', &c, e)) < 0)
			return rc;
	}
	json_pass(r, 1);
	return 0;
}

/* What an export was asked for: `"query_filters":{"correlation_id":"…","offset":0,"limit":9}`. */
static void
note_question(struct reader *r, uint32_t filters)
{
	static const char *const part[] = { "start_time", "end_time", "correlation_id",
		"event_category", "event_type" };
	struct json_doc *d = &r->doc;
	struct pages *g = &r->s->in->pages;

	json_u64(d, filters, "offset", &g->asked_offset);
	json_u64(d, filters, "limit", &g->asked_limit);
	for (size_t i = 0; i < sizeof part / sizeof *part; i++) {
		uint32_t value = json_member(d, filters, part[i]);
		size_t at = strlen(g->asked);

		if (value != JSON_NONE && d->node[value].type == JSON_STRING &&
		    d->node[value].str_len)
			snprintf(
			    g->asked + at, sizeof g->asked - at, "%s%s", at ? ", " : "", part[i]);
	}
}

/* `"pagination":{"offset":0,"total":N,"has_more":false}`, and what an export says of itself. */
static void
note_marks(struct reader *r, const char *p, size_t n, struct page_marks *m)
{
	uint32_t more, filters;

	if (*p != '{' || n >= 65536 || json_parse(&r->doc, p, n, 16))
		return;
	if (json_u64(&r->doc, 0, "total", &m->total) ||
	    (r->export && json_u64(&r->doc, 0, "total_events", &m->total)))
		m->has_total = true;
	if (json_u64(&r->doc, 0, "offset", &m->offset))
		m->has_offset = true;
	if ((more = json_member(&r->doc, 0, "has_more")) != JSON_NONE) {
		r->s->in->more = r->doc.node[more].type == JSON_TRUE;
		m->more = r->s->in->more ? MORE_YES : MORE_NO;
	}
	if (r->export && (filters = json_member(&r->doc, 0, "query_filters")) != JSON_NONE)
		note_question(r, filters);
}

/* Is the value under this name the list of rows? In answers of the server only one is. */
static bool
is_list(struct reader *r, const char *name, size_t n, struct err *e)
{
	const char *p;
	size_t k, i = 1;

	if (r->export)
		return n == 6 && memcmp(name, "events", 6) == 0;
	if (n == 4 && memcmp(name, "data", 4) == 0)
		return true;
	if (r->answers || stream_peek(r->f, LOOK, &p, &k, e))
		return false;
	while (i < k && strchr(" \n\t\r", p[i]))
		i++;
	return i < k && p[i] == '{' &&
	    (json_looks_like(p + i, k - i) != JSON_LOOKS_ELSE || json_holds_row(p + i, k - i));
}

/* The value of a member that is no list of rows. 1: gave up. */
static int
other_member(struct reader *r, char c, unsigned depth, struct page_marks *marks, struct err *e)
{
	const char *p;
	size_t n, row;
	int rc;

	/* {"result": {"rows": […]}} */
	if (c == '{' && depth < NESTED && !r->export && !r->answers &&
	    json_value_looks(r, e) == JSON_LOOKS_LIST)
		return json_answer(r, depth + 1, e);
	if ((rc = json_cut(r, &p, &n, e)) < 0)
		return rc;
	if (rc == 0 || n == 0)
		return json_give_up(r, "the answer is cut off", rc == 0, e);
	if (json_parse(&r->doc, p, n, EX_JSON_DEPTH))
		return json_give_up(r, "a member of the answer is not JSON", false, e);
	/* rows where the server has none: they are not read, and not lost */
	if (json_first_row(p, n, &row)) {
		json_stand(r);
		if (session_stray(r->s, p, n, r->place,
			"a member of the answer that holds rows, and is no list of events", e))
			return -1;
		json_leave(r, n);
		return 0;
	}
	note_marks(r, p, n, marks);
	json_pass(r, n);
	return 0;
}

/* A member's name up to its value, whose first character is *c. A name is compared only, so one
 * that is longer than name is none of those that are known. 0; 1: gave up; -1 (e). */
static int
member_name(struct reader *r, char name[256], char *c, struct err *e)
{
	const char *p;
	size_t n;
	int rc = json_cut(r, &p, &n, e);

	if (rc < 0)
		return rc;
	if (rc == 0)
		return json_give_up(r, "the answer is cut off", true, e);
	/* without its quotes */
	snprintf(name, 256, "%.*s", (int)(n - 2 < 250 ? n - 2 : 250), p + 1);
	json_pass(r, n);
	if (json_peek(r, c, e))
		return -1;
	if (*c != ':')
		return json_give_up(r, "no : after a member name", *c == '\0', e);
	json_pass(r, 1);
	return json_peek(r, c, e) ? -1 : 0;
}

/* One answer of the server, {"data":[…],"pagination":{…}}, or what a tool wraps rows in. 1: gave
 * up. */
int
json_answer(struct reader *r, unsigned depth, struct err *e)
{
	struct page_marks marks = { .more = MORE_UNTOLD };
	uint64_t rows = r->s->in->rows;
	char name[256], c;
	bool found = false, begins;
	int rc;

	/* the opening bracket */
	json_pass(r, 1);
	if (json_peek(r, &c, e))
		return -1;
	while (c != '}') {
		if (session_go_on(r->s, r->f, e))
			return -1;
		if (c == '\0')
			return json_give_up(r, "the answer ends without its }", true, e);
		/* a line between members that is none of JSON */
		if (begins_member(r, &begins, e))
			return -1;
		if (!begins) {
			if (json_line_aside(r, e) || json_peek(r, &c, e))
				return -1;
			continue;
		}
		if ((rc = member_name(r, name, &c, e)) != 0)
			return rc;
		/* the list of rows is met by its name and by what its first element looks like */
		if (c == '[' && is_list(r, name, strlen(name), e)) {
			found = true;
			rc = json_list(r, depth, e);
		} else {
			/* pagination and the like: what it claims is held against what was read */
			rc = other_member(r, c, depth, &marks, e);
		}
		if (rc)
			return rc;
		if ((rc = comma(r, '}', &c, e)) < 0)
			return rc;
	}
	json_pass(r, 1);
	/* an answer inside another one may have no list of its own */
	if (!found && depth == 0)
		input_lacks(r->s->in, "an answer without a list of events");
	/* a tool's wrapper says nothing of pages */
	if (r->rest || found)
		input_page(r->s->in, &marks, r->s->in->rows - rows);
	return 0;
}
