/* One row of JSON, as it was cut out of its input: of the table (row_to_json), of an answer of the
 * server, of its export. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "source/json_reader.h"
#include "source/session.h"

static bool
in_shape(const struct table *t, const char *name, size_t n, unsigned hint, unsigned *ret)
{
	if (hint < t->n && strlen(t->col[hint].name) == n &&
	    memcmp(t->col[hint].name, name, n) == 0) {
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
	return t->style == UTC_REST && t->col[i].known &&
	    column_info[t->col[i].known].omitted_if_empty;
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
new_shape(
    struct reader *r, enum utc_form style, const char *name, struct table **ret, struct err *e)
{
	struct json_doc *d = &r->doc;
	struct table *t;

	/* a hostile input could give each row another shape */
	if (r->n_shapes == EX_MAX_SHAPES)
		return 1;
	if ((t = table_new(name, style)) == NULL)
		return err_nomem(e);
	for (uint32_t m = d->node[0].first; m != JSON_NONE; m = d->node[m].next) {
		unsigned at;

		/* a name with a NUL, or twice the same, has no column of its own */
		if (memchr(json_name(d, m), '\0', d->node[m].name_len) || d->node[m].repaired ||
		    t->n == EX_MAX_COLUMNS ||
		    in_shape(t, json_name(d, m), d->node[m].name_len, 0, &at)) {
			table_free(t);
			return 1;
		}
		if (table_add(t, json_name(d, m), d->node[m].name_len, "", 0)) {
			table_free(t);
			return err_nomem(e);
		}
	}
	/* what answers leave out when it is empty are columns all the same */
	for (unsigned col = 1; style == UTC_REST && col <= COL_COUNT; col++)
		if (column_info[col].omitted_if_empty && !table_has(t, col) &&
		    table_add(t, column_info[col].name, strlen(column_info[col].name), "", 0)) {
			table_free(t);
			return err_nomem(e);
		}
	/* another input may have had the same table: then that is its table */
	if (session_table(r->s, &t, e))
		return -1;
	/* the session may have given back one that stands here already */
	for (unsigned i = 0; i < r->n_shapes; i++)
		if (r->shape[i] == t) {
			*ret = t;
			return 0;
		}
	r->shape[r->n_shapes++] = t;
	*ret = t;
	return 0;
}

int
json_reject(struct reader *r, const char *p, size_t n, const char *reason, struct err *e)
{
	unsigned chunk = 0;

	r->s->in->rows++;
	return session_reject(
	    r->s, r->s->in->source, r->s->in->rows, p, n, &chunk, false, r->place, reason, e);
}

/*
 * Tools that know no type for jsonb write it as a text. A text that holds an object is that
 * object; how it was quoted is said once
 * for the input (R-15 `lacks`), its text is kept.
 */
static int
data_in_text(struct reader *r, struct row *row, struct err *e)
{
	const struct json_node *v = &r->doc.node[row->data_node];
	const char *p;
	uint32_t i = 0;
	int rc;

	if (v->type != JSON_STRING || v->repaired)
		return 0;
	p = json_str(&r->doc, row->data_node);
	while (i < v->str_len && (p[i] == ' ' || p[i] == '\t' || p[i] == '\r' || p[i] == '\n'))
		i++;
	if (i == v->str_len || p[i] != '{')
		return 0;
	if ((rc = json_parse(&r->inner, p, v->str_len, EX_JSON_DEPTH)) != 0)
		return rc < 0 ? err_nomem(e) : 0;
	input_lacks(r->s->in,
	    "event_data stands in this input as a text that holds JSON: it was read as the object "
	    "that it is");
	row->doc = &r->inner;
	row->data_node = 0;
	return 0;
}

int
json_element(
    struct reader *r, const char *p, size_t n, const char *raw, size_t raw_len, struct err *e)
{
	char why[200];
	int rc;

	if ((rc = json_parse(&r->doc, p, n, EX_JSON_DEPTH + 1)) < 0)
		return err_nomem(e);
	if (rc) {
		snprintf(
		    why, sizeof why, "not JSON: %s at byte %zu of it", r->doc.why, r->doc.where);
		return json_reject(r, raw, raw_len, why, e);
	}
	return json_row(r, raw, raw_len, e);
}

/* Members that are columns in another case get the source's names. true: there were some. */
static bool
spell_names(struct reader *r)
{
	struct json_doc *d = &r->doc;
	bool some = false;

	for (uint32_t m = d->node[0].first; m != JSON_NONE; m = d->node[m].next) {
		char *p = (char *)d->text.p + d->node[m].name, low[32];
		size_t n = d->node[m].name_len, i = 0;

		for (; i < n && n < sizeof low; i++)
			low[i] = (char)tolower((unsigned char)p[i]);
		if (i < n || n == 0 || memcmp(low, p, n) == 0 || column_by_name(low, n, true) == 0)
			continue;
		memcpy(p, low, n);
		some = true;
	}
	if (some)
		input_lacks(r->s->in,
		    "column names stand in this input in another case: they were read as the "
		    "source spells them");
	return some;
}

/*
 * What is no row but has a stored one as its only such member: {"row_to_json": {…}} of a query
 * that was exported as JSON, {"_source": {…}} of a search index;
 * the row may be a text that holds JSON. 0, and the row has been read; 1: it is none; -1 (e).
 */
static int
row_inside(struct reader *r, size_t raw_len, struct err *e)
{
	static const char *const of_rows[] = { "event_id", "event_type", "event_data",
		"correlation_id" };
	struct json_doc *d = &r->doc;
	uint32_t found = JSON_NONE;
	const char *p;
	size_t n;
	int rc;

	/* what has members of a row is the row itself */
	for (unsigned i = 0; i < sizeof of_rows / sizeof *of_rows; i++)
		if (json_member(d, 0, of_rows[i]) != JSON_NONE)
			return 1;
	/* one level: a row in a row in a row is nobody's export */
	if (r->inside)
		return 1;
	for (uint32_t m = d->node[0].first; m != JSON_NONE; m = d->node[m].next) {
		const char *text = json_str(d, m);
		size_t len = d->node[m].str_len;
		/* a dead letter holds an event that was never stored: what was stored says which
		 * hash it got */
		bool row = d->node[m].type == JSON_OBJECT ?
		    json_member(d, m, "event_id") != JSON_NONE &&
			json_member(d, m, "event_hash") != JSON_NONE :
		    d->node[m].type == JSON_STRING && !d->node[m].repaired &&
			json_has_member(text, len, "event_id") &&
			json_has_member(text, len, "event_hash");

		if (row && found != JSON_NONE)
			return 1; /* which of them is the row cannot be told */
		if (row)
			found = m;
	}
	/* nothing inside looks like a stored row */
	if (found == JSON_NONE)
		return 1;
	p = d->node[found].type == JSON_OBJECT ? json_src(d, found) : json_str(d, found);
	n = d->node[found].type == JSON_OBJECT ? d->node[found].src_len : d->node[found].str_len;
	/* a copy: the document is parsed anew, and would lose what it stands on */
	buf_clear(&r->unwrapped);
	buf_put(&r->unwrapped, p, n);
	if (r->unwrapped.failed)
		return err_nomem(e);
	if ((rc = json_parse(d, (char *)r->unwrapped.p, n, EX_JSON_DEPTH + 1)) != 0)
		return rc < 0 ? err_nomem(e) :
				json_reject(r, (char *)r->unwrapped.p, n, "not JSON", e);
	/* told once, whatever their number */
	input_lacks(r->s->in,
	    "rows stand in this input inside a member of another object: they were read as the "
	    "rows that they are");
	r->inside = true;
	rc = json_row(r, (char *)r->unwrapped.p, n, e);
	r->inside = false;
	/* what stood around it was understood as well */
	session_understood(r->s, raw_len > n ? raw_len - n : 0);
	return rc;
}

/*
 * PowerShell's ConvertTo-Json writes what is deeper than its -Depth as a text of no use. true:
 * event_data is one; where it holds some, that is said once for the input.
 */
static bool
left_by_powershell(struct reader *r, uint32_t data)
{
	const struct json_doc *d = &r->doc;

	if (data == JSON_NONE)
		return false;
	for (uint32_t i = data; i < d->n; i++) {
		const struct json_node *v = &d->node[i];

		if (v->type != JSON_STRING || v->str_len < 4 ||
		    (*json_str(d, i) != '@' && *json_str(d, i) != 'S') ||
		    !json_left_by_powershell(json_str(d, i), v->str_len))
			continue;
		if (i == data)
			return true;
		input_lacks(r->s->in,
		    "values of event_data stand in this input as PowerShell's ConvertTo-Json "
		    "leaves what is deeper than its -Depth (2 as a rule): they are lost; write it "
		    "again with -Depth 32");
		break;
	}
	return false;
}

/* Names become columns of the archive, whose tables are UTF-8. */
static bool
names_are_utf8(const struct json_doc *d)
{
	for (uint32_t m = d->node[0].first; m != JSON_NONE; m = d->node[m].next)
		if (d->node[m].name_len && !utf8_valid(json_name(d, m), d->node[m].name_len))
			return false;
	return true;
}

/* Rows of the table have event_version, those of answers version; a row that has neither is what
 * the input is. */
static enum utc_form
style_of(const struct reader *r)
{
	if (r->export || r->answers)
		return UTC_REST;
	if (json_member(&r->doc, 0, "event_version") != JSON_NONE)
		return UTC_ISO;
	return json_member(&r->doc, 0, "version") != JSON_NONE ||
		r->s->in->kind != INPUT_ROWS_JSONL ?
	    UTC_REST :
	    UTC_ISO;
}

/* Rows of one input mostly have the shape of the row before: that one is tried first. As
 * fill_shape; 1: none of those that were met. */
static int
known_shape(struct reader *r, enum utc_form style, struct table **ret)
{
	int rc = 1;

	for (unsigned i = 0; i < r->n_shapes && rc == 1; i++) {
		unsigned k = (r->last + i) % r->n_shapes;

		if (r->shape[k]->style == style && (rc = fill_shape(r, r->shape[k])) == 0) {
			*ret = r->shape[k];
			r->last = k;
		}
	}
	return rc;
}

/* The row as its cells and its document have it, to the session. */
static int
hand_over(struct reader *r, struct table *t, const char *raw, size_t raw_len, struct err *e)
{
	struct row row = { .table = t,
		.cell = r->cell,
		.raw = raw,
		.raw_len = raw_len,
		.doc = &r->doc,
		.data_node = json_member(&r->doc, 0, "event_data") };

	if (left_by_powershell(r, row.data_node))
		return json_reject(r, raw, raw_len,
		    "event_data is what PowerShell's ConvertTo-Json leaves of an object that is "
		    "deeper than its -Depth (2 as a rule): write it again with -Depth 32",
		    e);
	/* where event_data is missing, row_build says so */
	if (row.data_node == JSON_NONE)
		row.data_node = 0;
	else if (data_in_text(r, &row, e))
		return -1;
	return session_row(r->s, &row, r->place, e);
}

int
json_row(struct reader *r, const char *raw, size_t raw_len, struct err *e)
{
	enum utc_form style;
	const char *name;
	struct table *t = NULL;
	int rc;

	if (r->doc.node[0].type != JSON_OBJECT)
		return json_reject(r, raw, raw_len, "not a JSON object", e);
	/* a row inside a member is read in the place of this one */
	if ((rc = row_inside(r, raw_len, e)) <= 0)
		return rc;
	if (!names_are_utf8(&r->doc))
		return json_reject(r, raw, raw_len, "a member name is not UTF-8 [E-7]", e);
	style = style_of(r);
	name = style == UTC_ISO ? "audit_events" : r->export ? TABLE_EXPORT : TABLE_EVENTS;
	r->rest |= style == UTC_REST;
	rc = known_shape(r, style, &t);
	/* names as a tool spells them, in capitals or in camel case */
	if (rc == 1 && !r->respelled && spell_names(r)) {
		/* once more, by the names of the source */
		r->respelled = true;
		rc = json_row(r, raw, raw_len, e);
		r->respelled = false;
		return rc;
	}
	/* a shape that has not been met */
	if (rc == 1) {
		if ((rc = new_shape(r, style, name, &t, e)) < 0)
			return rc;
		if (rc == 0)
			rc = fill_shape(r, t);
		if (rc == 1)
			return json_reject(r, raw, raw_len,
			    "its members differ from those of all other rows: twice the same "
			    "member, or more than 256 kinds of rows [E-7]",
			    e);
	}
	/* two members of one name: which of them the tool meant is not ours to say */
	if (rc == 2)
		return json_reject(r, raw, raw_len, "a member stands twice in the row [E-7]", e);
	return hand_over(r, t, raw, raw_len, e);
}
