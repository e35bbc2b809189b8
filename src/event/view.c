#include "event/view.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

struct view {
	const struct record *r;
	const struct table *t;
	struct event e;
	bool shaped; /* the body's envelope is canonical, whatever its event_data is */
	bool canonical, data_parsed;
	/* of a canonical body: PostgreSQL prints the numerals of its event_data as they stand */
	bool as_in_postgres;
	/* event_data of the body; a raw value or a verbatim row */
	struct json_doc data, raw;
	/* decoded members; small columns; comparison; event_data as E-11 */
	struct buf text, store, again, printed;
	struct {
		bool there;
		unsigned state;
		const unsigned char *p;
		size_t n;
	} item[COL_COUNT + 1];
};

struct view *
view_new(void)
{
	struct view *v = calloc(1, sizeof *v);

	if (v) {
		json_init(&v->data);
		json_init(&v->raw);
		buf_init(&v->text, EX_MAX_BODY);
		buf_init(&v->store, 4u * EX_MAX_BODY);
		buf_init(&v->again, 4u * EX_MAX_BODY);
		buf_init(&v->printed, 4u * EX_MAX_BODY);
	}
	return v;
}

void
view_free(struct view *v)
{
	if (v == NULL)
		return;
	json_release(&v->data);
	json_release(&v->raw);
	buf_release(&v->text);
	buf_release(&v->store);
	buf_release(&v->again);
	buf_release(&v->printed);
	free(v);
}

static struct view_cell
cell(const void *p, size_t n)
{
	return (struct view_cell){ VIEW_TEXT, p, n, false };
}

/* Bytes that stay where they are until the next record: room for all columns is taken when the
 * view opens. */
static struct view_cell
keep(struct view *v, size_t from)
{
	return v->store.failed ? (struct view_cell){ VIEW_NULL, "", 0, false } :
				 cell(v->store.p + from, v->store.len - from);
}

static struct view_cell
null_cell(void)
{
	return (struct view_cell){ VIEW_NULL, "", 0, false };
}

static const char *
read_aside(struct view *v)
{
	struct span s = span_of(v->r->aside, v->r->aside_len);
	struct aside_item i;
	unsigned last = 0;
	int rc;

	memset(v->item, 0, sizeof v->item);
	while ((rc = aside_next(&s, &last, &i)) == 1) {
		if (i.tag >= TAG_UNKNOWN) {
			unsigned ord = i.tag - TAG_UNKNOWN;

			if (v->t == NULL || ord >= v->t->n || v->t->col[ord].known || i.n == 0 ||
			    i.p[0] > STATE_ABSENT || (i.p[0] != STATE_TEXT && i.n != 1))
				return "aside: an item for a column that its table does not have "
				       "[R-10]";
		} else if (i.tag >= 1 && i.tag <= COL_COUNT) {
			if (i.n == 0 || i.p[0] > STATE_AS_POSTGRES ||
			    (i.p[0] != STATE_TEXT && i.p[0] != STATE_OFFSET && i.n != 1) ||
			    (i.p[0] == STATE_OFFSET && (i.n != 5 || i.tag != COL_TIMESTAMP)) ||
			    (i.p[0] >= STATE_AS_BODY && i.tag != COL_DATA) || v->t == NULL ||
			    !table_has(v->t, i.tag))
				return "aside: a malformed item [R-11]";
			v->item[i.tag].there = true;
			v->item[i.tag].state = i.p[0];
			v->item[i.tag].p = i.p + 1;
			v->item[i.tag].n = i.n - 1;
		} else if (i.tag != TAG_CONFLICT || v->r->kind != KIND_CONFLICT || i.n < 8) {
			return "aside: an unknown item [R-10]";
		}
	}
	return rc < 0 ? "aside: tags do not ascend or an item does not fit [R-10]" : NULL;
}

static struct view_cell
print_data(struct view *v)
{
	buf_clear(&v->printed);
	if (view_data(v) == NULL || json_write(&v->data, 0, JSON_POSTGRES, &v->printed))
		return null_cell();
	return cell(v->printed.p, v->printed.len);
}

/* The hash that the row claims, or names as its predecessor's. */
static struct view_cell
claim(struct view *v, unsigned form, const uint8_t hash[32])
{
	size_t at = v->store.len;
	char hex[65];

	switch (form) {
	case FORM_EMPTY:
		return cell("", 0);
	case FORM_ABSENT:
		return (struct view_cell){ VIEW_ABSENT, "", 0, false };
	case FORM_HEX:
		hex_of(hash, 32, hex);
		buf_put(&v->store, hex, 64);
		return keep(v, at);
	default:
		return null_cell();
	}
}

static struct view_cell
algorithm(const struct record *r)
{
	switch (r->algorithm) {
	case ALGO_ABSENT:
		return (struct view_cell){ VIEW_ABSENT, "", 0, false };
	case ALGO_SHA256:
		return cell("sha256-unkeyed", 14);
	case ALGO_HMAC:
		return cell("hmac-sha256", 11);
	default:
		return cell("", 0);
	}
}

/* What a column is when the aside does not mention it (E-12). */
static struct view_cell
by_default(struct view *v, unsigned col)
{
	struct event *e = &v->e;
	const struct record *r = v->r;
	bool rest = v->t->style == UTC_REST, pg = v->t->style == UTC_PG;
	size_t at = v->store.len;
	const struct str *s;
	char id[37];

	/* as the style of its table prints them, into v->store */
	switch (col) {
	case COL_EVENT_ID:
	case COL_PARENT_ID:
		if (col == COL_PARENT_ID && !e->has_parent)
			return null_cell();
		uuid_of(col == COL_PARENT_ID ? e->parent : e->id, id);
		buf_put(&v->store, id, 36);
		return keep(v, at);
	case COL_TIMESTAMP:
		utc_print(&v->store, v->t->style, e->time, 0);
		return keep(v, at);
	case COL_DATE:
		utc_print_date(&v->store, utc_days(e->time));
		return keep(v, at);
	case COL_PARENT_DATE:
		if (!e->has_parent_date)
			return null_cell();
		utc_print_date(&v->store, e->parent_date);
		if (rest)
			buf_str(&v->store, "T00:00:00Z");
		return keep(v, at);
	case COL_DURATION:
		if (e->duration == 0)
			return null_cell();
		buf_i64(&v->store, e->duration);
		return keep(v, at);
	case COL_RETENTION:
		buf_i64(&v->store, e->retention);
		return keep(v, at);
	case COL_SENSITIVE:
		buf_str(&v->store, e->sensitive ? (pg ? "t" : "true") : pg ? "f" : "false");
		return keep(v, at);
	case COL_HOLD:
		return cell(pg ? "f" : "false", pg ? 1 : 5);
	case COL_HOLD_REASON:
	case COL_HOLD_BY:
		return rest ? cell("", 0) : null_cell();
	case COL_HASH:
		return claim(v, r->claimed_form, r->claimed);
	case COL_PREVIOUS:
		return claim(v, r->previous_form, r->previous);
	case COL_ALGORITHM:
		return algorithm(r);
	case COL_DATA:
		return rest ? cell(e->data.p, e->data.n) : print_data(v);
	}
	/* a text of the body; the columns that are none (14, 18, 19, 23, 35) are NULL */
	s = event_text(e, col);
	if (s == NULL ||
	    (s->n == 0 && column_info[col].omitted_if_empty && column_info[col].null_default))
		return null_cell();
	return cell(s->p, s->n);
}

static const char says_default[] = "aside: an item says its default [R-10]";

static const char *
check_data_item(struct view *v)
{
	unsigned state = v->item[COL_DATA].state;
	bool rest = v->t->style == UTC_REST;

	/* the other printing than its style's is no default; the same one needs no item */
	if (state != STATE_TEXT)
		return state == (rest ? STATE_AS_POSTGRES : STATE_AS_BODY) ? NULL : says_default;
	buf_clear(&v->again);
	if (json_parse(
		&v->raw, (const char *)v->item[COL_DATA].p, v->item[COL_DATA].n, EX_JSON_DEPTH) ||
	    json_write(&v->raw, 0, JSON_CANONICAL, &v->again) || v->again.len != v->e.data.n ||
	    memcmp(v->again.p, v->e.data.p, v->e.data.n))
		return "aside: event_data says something else than the body [R-9]";
	return NULL;
}

static const char *
check_time_item(struct view *v)
{
	const unsigned char *p = v->item[COL_TIMESTAMP].p;
	unsigned state = v->item[COL_TIMESTAMP].state;
	struct utc t;

	if (state == STATE_OFFSET)
		return load_be(p, 4) ? NULL : says_default;
	return state == STATE_TEXT &&
		utc_parse_tools((const char *)p, v->item[COL_TIMESTAMP].n, &t) == UTC_OK &&
		t.us == v->e.time ?
	    NULL :
	    "aside: event_timestamp says something else than the body [R-9]";
}

/* A hashed column: does the item say the body's value in another spelling, or NULL, '' or 0 for a
 * member left out? d: what the body says. */
static bool
spells_the_same(struct view *v, unsigned col, struct view_cell d)
{
	bool text = v->item[col].state == STATE_TEXT;
	const char *p = (const char *)v->item[col].p;
	size_t n = v->item[col].n;
	uint8_t id[16];
	int32_t days;
	int64_t number;
	bool truth;

	switch (col) {
	case COL_EVENT_ID:
	case COL_PARENT_ID:
		return text && uuid_to(p, n, id) &&
		    memcmp(id, col == COL_EVENT_ID ? v->e.id : v->e.parent, 16) == 0;
	case COL_PARENT_DATE:
		return text && v->e.has_parent_date && column_day(p, n, true, &days) == UTC_OK &&
		    days == v->e.parent_date;
	case COL_SENSITIVE:
		return text && column_boolean(p, n, &truth) && truth == v->e.sensitive;
	case COL_DURATION:
	case COL_RETENTION:
		return text && column_integer(p, n, &number) &&
		    number == (col == COL_DURATION ? v->e.duration : v->e.retention);
	default:
		return column_info[col].omitted_if_empty && n == 0 &&
		    (d.state == VIEW_NULL || d.n == 0);
	}
}

/* A raw value in the aside must say the same as the body, and not say the default (R-9, E-12). */
static const char *
check_item(struct view *v, unsigned col)
{
	unsigned state = v->item[col].state;
	const char *p = (const char *)v->item[col].p;
	size_t n = v->item[col].n;
	struct view_cell d;

	if (state == STATE_ABSENT)
		return column_info[col].hashed && !column_info[col].omitted_if_empty ?
		    "aside: a member of the body is said to be absent [R-9]" :
		    NULL;
	/* these have forms of their own; the header holds the last three, and the aside only what
	 * has no form there */
	switch (col) {
	case COL_DATA:
		return check_data_item(v);
	case COL_TIMESTAMP:
		return check_time_item(v);
	case COL_HASH:
		return v->r->claimed_form == FORM_TEXT && state == STATE_TEXT ?
		    NULL :
		    "aside: event_hash says something else than the header [R-9]";
	case COL_PREVIOUS:
		return v->r->previous_form == FORM_TEXT && state == STATE_TEXT ?
		    NULL :
		    "aside: previous_event_hash says something else than the header [R-9]";
	case COL_ALGORITHM:
		return v->r->algorithm == ALGO_TEXT ? NULL :
						      "aside: hash_algorithm says something else "
						      "than the header [R-9]";
	}
	/* One row has one form: an item for what is said without it would be a second. */
	d = by_default(v, col);
	if ((state == STATE_NULL && d.state == VIEW_NULL) ||
	    (state == STATE_TEXT && d.state == VIEW_TEXT && d.n == n && memcmp(d.p, p, n) == 0))
		return says_default;
	return !column_info[col].hashed || spells_the_same(v, col, d) ? NULL :
									"aside: a column says "
									"something else than the "
									"body [R-9]";
}

int
view_open(struct view *v, const struct record *r, const struct table *t, const char **why)
{
	const char *bad;

	*why = NULL;
	v->r = r;
	v->t = t;
	v->data_parsed = false;
	v->shaped = v->canonical = false;
	memset(v->item, 0, sizeof v->item);
	buf_clear(&v->store);
	if (t == NULL) {
		*why = "its table record is unknown [R-15]";
		return 1;
	}
	if (buf_room(&v->store, 8192) == NULL)
		return -1;
	if (r->body_form == BODY_VERBATIM) {
		if ((bad = read_aside(v)))
			*why = bad;
		if (json_parse(&v->raw, (const char *)r->body, r->body_len, EX_JSON_DEPTH + 1) ||
		    v->raw.node[0].type != JSON_OBJECT) {
			v->raw.n = 0;
			*why = "a verbatim body is not a JSON object [R-14]";
		}
		return *why != NULL;
	}
	if (event_parse_body(
		&v->e, (const char *)r->body, r->body_len, r->body_form, false, &v->text, why))
		return 1;
	v->shaped = true;
	/* seen in one look where it is as it should be; parsed and written again where it is not */
	v->as_in_postgres = false;
	if (!json_surely_canonical(v->e.data.p, v->e.data.n, &v->as_in_postgres)) {
		switch (event_data_canonical(v->e.data.p, v->e.data.n, &v->data, &v->again)) {
		case 0:
			break;
		case 1:
			*why = "event_data is not in canonical form [E-6]";
			return 1;
		default:
			return -1;
		}
	}
	v->canonical = true;
	if ((bad = read_aside(v)))
		*why = bad;
	for (unsigned col = 1; col <= COL_COUNT && *why == NULL; col++)
		if (v->item[col].there)
			*why = check_item(v, col);
	return *why != NULL;
}

const struct event *
view_event(const struct view *v)
{
	return v->canonical ? &v->e : NULL;
}

int64_t
view_time(const struct view *v)
{
	return v->shaped ? v->e.time : v->r->time;
}

/* A member of a verbatim row. */
static struct view_cell
verbatim_cell(struct view *v, uint32_t i, bool known)
{
	const struct json_node *node;

	if (i == JSON_NONE)
		return (struct view_cell){ VIEW_ABSENT, "", 0, false };
	node = &v->raw.node[i];
	if (node->type == JSON_NULL)
		return null_cell();
	if (known && node->type == JSON_STRING)
		return cell(json_str(&v->raw, i), node->str_len);
	return (struct view_cell){ VIEW_TEXT, json_src(&v->raw, i), node->src_len, !known };
}

struct view_cell
view_column(struct view *v, unsigned col)
{
	size_t at = v->store.len;

	if (v->t == NULL || !table_has(v->t, col))
		return (struct view_cell){ VIEW_ABSENT, "", 0, false };
	if (v->r->body_form == BODY_VERBATIM) {
		const char *name = col == COL_CLUSTER && v->t->cluster_name ? "cluster_name" :
		    col == COL_VERSION && v->t->style == UTC_REST           ? "version" :
									      column_info[col].name;

		return v->raw.n ? verbatim_cell(v, json_member(&v->raw, 0, name), true) :
				  null_cell();
	}
	if (!v->canonical)
		return (struct view_cell){ VIEW_ABSENT, "", 0, false };
	if (v->item[col].there) {
		switch (v->item[col].state) {
		case STATE_NULL:
			return null_cell();
		case STATE_TEXT:
			return cell(v->item[col].p, v->item[col].n);
		case STATE_ABSENT:
			return (struct view_cell){ VIEW_ABSENT, "", 0, false };
		case STATE_OFFSET:
			utc_print(
			    &v->store, v->t->style, v->e.time, (int32_t)load_be(v->item[col].p, 4));
			return keep(v, at);
		case STATE_AS_BODY:
			return cell(v->e.data.p, v->e.data.n);
		case STATE_AS_POSTGRES:
			return print_data(v);
		}
	}
	return by_default(v, col);
}

struct view_cell
view_extra(struct view *v, unsigned ord)
{
	struct aside_item i;

	if (v->r->body_form == BODY_VERBATIM)
		return v->raw.n ? verbatim_cell(v, json_member(&v->raw, 0, v->t->col[ord].name),
				      v->t->style == UTC_PG) :
				  null_cell();
	if (!aside_find(v->r, TAG_UNKNOWN + ord, &i) || i.n == 0 || i.p[0] == STATE_ABSENT)
		return (struct view_cell){ VIEW_ABSENT, "", 0, false };
	if (i.p[0] == STATE_NULL)
		return null_cell();
	return (
	    struct view_cell){ VIEW_TEXT, (const char *)i.p + 1, i.n - 1, v->t->style != UTC_PG };
}

struct view_cell
view_payload(struct view *v)
{
	bool rest = v->t && v->t->style == UTC_REST;
	bool as_body = v->canonical && v->t && table_has(v->t, COL_DATA) &&
	    (!v->item[COL_DATA].there || v->item[COL_DATA].state == STATE_AS_BODY ||
		v->item[COL_DATA].state == STATE_AS_POSTGRES);

	return as_body && (rest || v->as_in_postgres) ? cell(v->e.data.p, v->e.data.n) :
							view_column(v, COL_DATA);
}

struct json_doc *
view_data(struct view *v)
{
	if (!v->data_parsed) {
		struct str d = v->e.data;

		if (!v->canonical) {
			struct view_cell c = view_column(v, COL_DATA);

			d = (struct str){ c.p, c.state == VIEW_TEXT ? c.n : 0 };
		}
		if (json_parse(&v->data, d.p, d.n, EX_JSON_DEPTH))
			return NULL;
		v->data_parsed = true;
	}
	return &v->data;
}
