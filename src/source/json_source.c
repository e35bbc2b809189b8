/* Rows as JSONL (row_to_json), pages of GET /audit/events and answers of GET /audit/export; elements are cut out before they are parsed. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "source/session.h"

struct reader {
	struct session *s;
	struct stream *f;
	struct json_doc doc;
	struct cell *cell;
	struct table *shape[EX_MAX_SHAPES];       /* one for every set of members seen */
	unsigned n_shapes, last;
	char place[64];
};

static bool
in_shape(const struct table *t, const char *name, size_t n, unsigned hint, unsigned *ret)
{
	if (hint < t->n && strlen(t->col[hint].name) == n && memcmp(t->col[hint].name, name, n) == 0) {
		*ret = hint;
		return true;
	}
	for (unsigned i = 0; i < t->n; i++)
		if (strlen(t->col[i].name) == n && memcmp(t->col[i].name, name, n) == 0) {
			*ret = i;
			return true;
		}
	return false;
}

/* REST leaves out empty members (E-12): they belong to the shape whether they are there or not. */
static bool
may_miss(const struct table *t, unsigned i)
{
	return t->style == UTC_REST && t->col[i].known && column_info[t->col[i].known].omitted_if_empty;
}

/* Puts the members of the row into cells of shape t. 1: it has other members; 2: a member twice. */
static int
fill_shape(struct reader *r, struct table *t)
{
	struct json_doc *d = &r->doc;
	unsigned at, hint = 0, required = 0, found = 0;

	for (unsigned i = 0; i < t->n; i++) {
		memset(&r->cell[i], 0, sizeof r->cell[i]);
		required += !may_miss(t, i);
	}
	for (uint32_t m = d->node[0].first; m != JSON_NONE; m = d->node[m].next) {
		const struct json_node *v = &d->node[m];
		struct cell *c;

		if (!in_shape(t, json_name(d, m), v->name_len, hint, &at))
			return 1;
		hint = at + 1;
		c = &r->cell[at];
		if (c->state != CELL_ABSENT)
			return 2;
		found += !may_miss(t, at);
		c->state = v->type == JSON_NULL ? CELL_NULL : CELL_VALUE;
		c->type = v->type;
		c->repaired = v->repaired;
		if (v->type == JSON_STRING && t->col[at].known) {
			c->p = json_str(d, m);
			c->n = v->str_len;
		} else {
			c->p = json_src(d, m);
			c->n = v->src_len;
		}
	}
	return found == required ? 0 : 1;
}

/* A new shape after the members of this row. 0, 1: too many shapes or members; -1 error. */
static int
new_shape(struct reader *r, enum utc_form style, const char *name, struct table **ret, struct err *e)
{
	struct json_doc *d = &r->doc;
	struct table *t;

	if (r->n_shapes == EX_MAX_SHAPES)
		return 1;
	if ((t = table_new(name, style)) == NULL)
		return err_nomem(e);
	for (uint32_t m = d->node[0].first; m != JSON_NONE; m = d->node[m].next) {
		unsigned at;

		if (memchr(json_name(d, m), '\0', d->node[m].name_len) || d->node[m].repaired || t->n == EX_MAX_COLUMNS ||
		    in_shape(t, json_name(d, m), d->node[m].name_len, 0, &at)) {
			table_free(t);
			return 1;
		}
		if (table_add(t, json_name(d, m), d->node[m].name_len, "", 0)) {
			table_free(t);
			return err_nomem(e);
		}
	}
	for (unsigned col = 1; style == UTC_REST && col <= COL_COUNT; col++)
		if (column_info[col].omitted_if_empty && !table_has(t, col) && table_add(t, column_info[col].name, strlen(column_info[col].name), "", 0)) {
			table_free(t);
			return err_nomem(e);
		}
	if (session_table(r->s, &t, e))
		return -1;
	for (unsigned i = 0; i < r->n_shapes; i++)
		if (r->shape[i] == t) {
			*ret = t;
			return 0;
		}
	r->shape[r->n_shapes++] = t;
	*ret = t;
	return 0;
}

static int
reject(struct reader *r, const char *p, size_t n, const char *reason, struct err *e)
{
	unsigned chunk = 0;

	r->s->in->rows++;
	return session_reject(r->s, r->s->in->source, r->s->in->rows, p, n, &chunk, false, r->place, reason, e);
}

/* One element or line. */
static int
element(struct reader *r, const char *p, size_t n, enum utc_form style, const char *name, struct err *e)
{
	struct table *t = NULL;
	struct row row;
	char why[200];
	int rc;

	if ((rc = json_parse(&r->doc, p, n, EX_JSON_DEPTH + 1)) < 0)
		return err_nomem(e);
	if (rc) {
		snprintf(why, sizeof why, "not JSON: %s at byte %zu of it", r->doc.why, r->doc.where);
		return reject(r, p, n, why, e);
	}
	if (r->doc.node[0].type != JSON_OBJECT)
		return reject(r, p, n, "not a JSON object", e);
	for (uint32_t m = r->doc.node[0].first; m != JSON_NONE; m = r->doc.node[m].next)
		if (r->doc.node[m].name_len && utf8_valid(json_name(&r->doc, m), r->doc.node[m].name_len) == false)
			return reject(r, p, n, "a member name is not UTF-8 [E-7]", e);
	rc = 1;
	for (unsigned i = 0; i < r->n_shapes && rc == 1; i++) {
		unsigned k = (r->last + i) % r->n_shapes;

		if ((rc = fill_shape(r, r->shape[k])) == 0) {
			t = r->shape[k];
			r->last = k;
		}
	}
	if (rc == 1) {
		if ((rc = new_shape(r, style, name, &t, e)) < 0)
			return rc;
		if (rc == 0)
			rc = fill_shape(r, t);
		if (rc == 1)
			return reject(r, p, n, "its members differ from those of all other rows: twice the same member, or more than 256 kinds of rows [E-7]", e);
	}
	if (rc == 2)
		return reject(r, p, n, "a member stands twice in the row [E-7]", e);
	memset(&row, 0, sizeof row);
	row.table = t;
	row.cell = r->cell;
	row.raw = p;
	row.raw_len = n;
	row.doc = &r->doc;
	row.data_node = json_member(&r->doc, 0, "event_data");
	if (row.data_node == JSON_NONE)
		row.data_node = 0;
	return session_row(r->s, &row, r->place, e);
}

/* Cuts one JSON value off the stream by counting brackets outside strings. 1 a value, 0 too long or cut off, -1 error. */
static int
cut_value(struct reader *r, const char **ret, size_t *ret_n, struct err *e)
{
	const char *p;
	size_t n, i = 0, depth = 0, want = 65536;
	bool in_string = false, escaped = false;

	for (;;) {
		if (stream_peek(r->f, want, &p, &n, e))
			return -1;
		for (; i < n; i++) {
			char c = p[i];

			if (in_string) {
				if (escaped)
					escaped = false;
				else if (c == '\\')
					escaped = true;
				else if (c == '"')
					in_string = false;
			} else if (c == '"') {
				in_string = true;
			} else if (c == '{' || c == '[') {
				depth++;
			} else if (c == '}' || c == ']') {
				if (depth == 0)
					goto done;
				depth--;
			} else if (depth == 0 && (c == ',' || c == ' ' || c == '\n' || c == '\t' || c == '\r')) {
				goto done;
			}
			if (depth == 0 && !in_string && (c == '}' || c == ']' || c == '"')) {
				i++;
				goto done;
			}
		}
		if (n < want || n >= EX_MAX_ROW) {
			*ret = p;
			*ret_n = n;
			return 0;
		}
		want = n + 65536 > EX_MAX_ROW ? EX_MAX_ROW : n + 65536;
	}
done:
	*ret = p;
	*ret_n = i;
	return 1;
}

static int
peek_char(struct reader *r, char *ret, struct err *e)
{
	const char *p;
	size_t n;

	for (;;) {
		if (stream_peek(r->f, 1, &p, &n, e))
			return -1;
		if (n == 0) {
			*ret = '\0';
			return 0;
		}
		if (*p != ' ' && *p != '\n' && *p != '\t' && *p != '\r') {
			*ret = *p;
			return 0;
		}
		stream_skip(r->f, 1);
	}
}

/* Where the reader stands; answers that came one after the other are counted. */
static void
stand(struct reader *r)
{
	if (r->s->in->page)
		snprintf(r->place, sizeof r->place, "answer %llu, byte %llu", (unsigned long long)r->s->in->page, (unsigned long long)stream_offset(r->f));
	else
		snprintf(r->place, sizeof r->place, "byte %llu", (unsigned long long)stream_offset(r->f));
}

/* The rest of a stream that cannot be followed any more, as rejects. */
static int
give_up(struct reader *r, const char *reason, struct err *e)
{
	const char *p;
	size_t n;
	unsigned chunk = 0;

	input_lacks(r->s->in, "a part of the input could not be followed and is kept as rejects");
	stand(r);
	r->s->in->rows++;
	do {
		if (stream_peek(r->f, EX_CHUNK, &p, &n, e) ||
		    session_reject(r->s, r->s->in->source, r->s->in->rows, p, n, &chunk, n == EX_CHUNK, r->place, reason, e))
			return -1;
		stream_skip(r->f, n);
	} while (n == EX_CHUNK);
	return 0;
}

/* Behind an element or member: 0 the closing bracket stands there; 1 a comma was passed, and *c stands behind it; 2 neither; -1 error. */
static int
comma(struct reader *r, char close, char *c, struct err *e)
{
	if (peek_char(r, c, e))
		return -1;
	if (*c == close)
		return 0;
	if (*c != ',')
		return 2;
	stream_skip(r->f, 1);
	return peek_char(r, c, e) ? -1 : 1;
}

/* `[ element, … ]`; the stream stands on the bracket. */
static int
elements(struct reader *r, enum utc_form style, const char *name, struct err *e)
{
	const char *p;
	size_t n;
	char c;
	int rc;

	stream_skip(r->f, 1);
	if (peek_char(r, &c, e))
		return -1;
	while (c != ']') {
		stand(r);
		if (session_go_on(r->s, r->f, e))
			return -1;
		if ((rc = cut_value(r, &p, &n, e)) < 0)
			return rc;
		if (rc == 0 || n == 0)
			return give_up(r, n == 0 ? "no element where one is due" : "an element that does not end, or is longer than 32 MiB", e) ? -1 : 1;
		if (element(r, p, n, style, name, e))
			return -1;
		stream_skip(r->f, n);
		if ((rc = comma(r, ']', &c, e)) < 0)
			return rc;
		if (rc == 2 || (rc == 1 && c == ']'))
			return give_up(r, rc == 2 ? "neither , nor ] after an element" : "an element is missing behind a comma", e) ? -1 : 1;
	}
	stream_skip(r->f, 1);
	return 0;
}

/* `"pagination":{…,"total":N,"has_more":false}`: what the server said it held. */
static void
note_total(struct reader *r, const char *p, size_t n)
{
	uint64_t total;
	uint32_t m;

	if (*p != '{' || n >= 65536 || json_parse(&r->doc, p, n, 16))
		return;
	if (json_u64(&r->doc, 0, "total", &total) && total > r->s->in->total)
		r->s->in->total = total;
	if ((m = json_member(&r->doc, 0, "has_more")) != JSON_NONE)
		r->s->in->more = r->doc.node[m].type == JSON_TRUE;
}

/* One answer of the server: {"data":[…],"pagination":{…}}. 1: gave up. */
static int
page(struct reader *r, const char *list, const char *name, struct err *e)
{
	const char *p;
	size_t n;
	char c;
	bool found = false;
	int rc;

	stream_skip(r->f, 1);
	if (peek_char(r, &c, e))
		return -1;
	while (c != '}') {
		bool is_list;

		if (c != '"')
			return give_up(r, "no member name", e) ? -1 : 1;
		if ((rc = cut_value(r, &p, &n, e)) < 0)
			return rc;
		if (rc == 0)
			return give_up(r, "the answer is cut off", e) ? -1 : 1;
		is_list = n == strlen(list) + 2 && memcmp(p + 1, list, n - 2) == 0;
		stream_skip(r->f, n);
		if (peek_char(r, &c, e))
			return -1;
		if (c != ':')
			return give_up(r, "no : after a member name", e) ? -1 : 1;
		stream_skip(r->f, 1);
		if (peek_char(r, &c, e))
			return -1;
		if (is_list && c == '[') {
			found = true;
			if ((rc = elements(r, UTC_REST, name, e)))
				return rc;
		} else {
			if ((rc = cut_value(r, &p, &n, e)) < 0)
				return rc;
			if (rc == 0 || n == 0)
				return give_up(r, "the answer is cut off", e) ? -1 : 1;
			note_total(r, p, n);
			stream_skip(r->f, n);
		}
		if ((rc = comma(r, '}', &c, e)) < 0)
			return rc;
		if (rc == 2)
			return give_up(r, "neither , nor } in the answer", e) ? -1 : 1;
	}
	stream_skip(r->f, 1);
	if (!found)
		input_lacks(r->s->in, "an answer without a list of events");
	return 0;
}

/* White space at the beginning of p[0..n). */
static size_t
leading_blanks(const char *p, size_t n)
{
	size_t i = 0;

	while (i < n && (p[i] == ' ' || p[i] == '\t' || p[i] == '\r'))
		i++;
	return i;
}

static int
lines(struct reader *r, struct err *e)
{
	const char *p;
	size_t n;
	bool ended;
	unsigned chunk = 0;
	int rc;

	while ((rc = stream_line(r->f, &p, &n, &ended, e)) > 0) {
		snprintf(r->place, sizeof r->place, "line %llu", (unsigned long long)stream_line_no(r->f));
		if (session_go_on(r->s, r->f, e))
			return -1;
		if (rc == 2 || chunk) {
			if (chunk == 0)
				r->s->in->rows++;
			if (session_reject(r->s, r->s->in->source, r->s->in->rows, p, n, &chunk, rc == 2, r->place, "a row longer than the limit of 32 MiB", e))
				return -1;
			if (rc == 1)
				chunk = 0;
			continue;
		}
		if (leading_blanks(p, n) < n && element(r, p, n, UTC_ISO, "audit_events", e))
			return -1;
	}
	return rc;
}

int
read_json(struct session *s, struct stream *f, struct err *e)
{
	struct reader *r = calloc(1, sizeof *r);
	enum input_kind kind = s->in->kind;
	const char *p;
	size_t n;
	char c;
	int rc = -1;

	if (r == NULL || (r->cell = calloc(EX_MAX_COLUMNS, sizeof *r->cell)) == NULL) {
		free(r);
		return err_nomem(e);
	}
	r->s = s;
	r->f = f;
	json_init(&r->doc);
	if (stream_peek(f, 3, &p, &n, e))
		goto out;
	if (n >= 3 && memcmp(p, "\xef\xbb\xbf", 3) == 0)
		stream_skip(f, 3);
	if (kind == INPUT_ROWS_JSONL) {
		if (peek_char(r, &c, e))
			goto out;
		rc = c == '[' ? elements(r, UTC_ISO, "audit_events", e) : lines(r, e);
		rc = rc > 0 ? 0 : rc;
		goto out;
	}
	for (;;) {
		if (peek_char(r, &c, e))
			goto out;
		if (c == '\0')
			break;
		rc = c != '{' ? give_up(r, "not an answer of the server", e) :
		    kind != INPUT_SERVER_EXPORT ? page(r, "data", TABLE_EVENTS, e) : page(r, "events", TABLE_EXPORT, e);
		if (rc < 0)
			goto out;
		if (rc)
			break;
	}
	rc = 0;
	if (kind != INPUT_SERVER_EXPORT)
		input_lacks(s->in, "hash_algorithm, and the difference between NULL and the empty text (the server's answers do not carry them)");
	else
		input_lacks(s->in, "15 hashed columns (the server's export leaves them out): content cannot be checked");
out:
	json_release(&r->doc);
	free(r->cell);
	free(r);
	return rc;
}
