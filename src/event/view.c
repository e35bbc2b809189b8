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

/* What a column is when the aside does not mention it (E-12). */
static struct view_cell
by_default(struct view *v, unsigned col)
{
	const struct event *e = &v->e;
	const struct record *r = v->r;
	bool rest = v->t->style == UTC_REST, pg = v->t->style == UTC_PG;
	size_t at = v->store.len;
	char id[37], hex[65];
	struct str s;

	switch (col) {
	case COL_EVENT_ID:
		uuid_of(e->id, id);
		buf_put(&v->store, id, 36);
		return keep(v, at);
	case COL_PARENT_ID:
		if (!e->has_parent)
			return null_cell();
		uuid_of(e->parent, id);
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
		buf_printf(&v->store, "%" PRId64, e->duration);
		return keep(v, at);
	case COL_RETENTION:
		buf_printf(&v->store, "%" PRId64, e->retention);
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
	case COL_PREVIOUS: {
		unsigned form = col == COL_HASH ? r->claimed_form : r->previous_form;

		if (form == FORM_EMPTY)
			return cell("", 0);
		if (form != FORM_HEX)
			return form == FORM_ABSENT ?
			    (struct view_cell){ VIEW_ABSENT, "", 0, false } :
			    null_cell();
		hex_of(col == COL_HASH ? r->claimed : r->previous, 32, hex);
		buf_put(&v->store, hex, 64);
		return keep(v, at);
	}
	case COL_ALGORITHM:
		if (r->algorithm == ALGO_ABSENT)
			return (struct view_cell){ VIEW_ABSENT, "", 0, false };
		return r->algorithm == ALGO_SHA256 ? cell("sha256-unkeyed", 14) :
		    r->algorithm == ALGO_HMAC      ? cell("hmac-sha256", 11) :
						     cell("", 0);
	case COL_DATA:
		return rest ? cell(e->data.p, e->data.n) : print_data(v);
	case COL_TYPE:
		s = e->type;
		break;
	case COL_VERSION:
		s = e->version;
		break;
	case COL_CATEGORY:
		s = e->category;
		break;
	case COL_ACTION:
		s = e->action;
		break;
	case COL_OUTCOME:
		s = e->outcome;
		break;
	case COL_CORRELATION:
		s = e->correlation;
		break;
	case COL_RESOURCE_TYPE:
		s = e->resource_type;
		break;
	case COL_RESOURCE_ID:
		s = e->resource_id;
		break;
	case COL_NAMESPACE:
		s = e->namespace;
		break;
	case COL_CLUSTER:
		s = e->cluster;
		break;
	case COL_SEVERITY:
		s = e->severity;
		break;
	case COL_ERROR_CODE:
		s = e->error_code;
		break;
	case COL_ERROR_MESSAGE:
		s = e->error_message;
		break;
	case COL_ACTOR_ID:
		s = e->actor_id;
		break;
	case COL_ACTOR_TYPE:
		s = e->actor_type;
		break;
	case COL_ACTOR_IP:
		s = e->actor_ip;
		break;
	default:
		return null_cell(); /* 14, 18, 19, 23, 35 */
	}
	return s.n == 0 && column_info[col].omitted_if_empty && column_info[col].null_default ?
	    null_cell() :
	    cell(s.p, s.n);
}

/* A raw value in the aside must say the same as the body, and not say the default (R-9, E-12). */
static const char *
check_item(struct view *v, unsigned col)
{
	unsigned state = v->item[col].state;
	const char *p = (const char *)v->item[col].p;
	size_t n = v->item[col].n;
	struct view_cell d;
	struct utc t;
	uint8_t id[16];
	int32_t days;
	int64_t number;
	bool truth;

	if (state == STATE_ABSENT)
		return column_info[col].hashed && !column_info[col].omitted_if_empty ?
		    "aside: a member of the body is said to be absent [R-9]" :
		    NULL;
	if (col == COL_DATA) {
		bool rest = v->t->style == UTC_REST;

		if (state == STATE_TEXT) {
			buf_clear(&v->again);
			if (json_parse(&v->raw, p, n, EX_JSON_DEPTH) ||
			    json_write(&v->raw, 0, JSON_CANONICAL, &v->again) ||
			    v->again.len != v->e.data.n ||
			    memcmp(v->again.p, v->e.data.p, v->e.data.n))
				return "aside: event_data says something else than the body [R-9]";
			return NULL;
		}
		return state == (rest ? STATE_AS_POSTGRES : STATE_AS_BODY) ? NULL :
									     "aside: an item says "
									     "its default [R-10]";
	}
	if (col == COL_TIMESTAMP) {
		if (state == STATE_OFFSET)
			return load_be((const unsigned char *)p, 4) ? NULL :
								      "aside: an item says its "
								      "default [R-10]";
		return state == STATE_TEXT && utc_parse_tools(p, n, &t) == UTC_OK &&
			t.us == v->e.time ?
		    NULL :
		    "aside: event_timestamp says something else than the body [R-9]";
	}
	if (col == COL_HASH)
		return v->r->claimed_form == FORM_TEXT && state == STATE_TEXT ?
		    NULL :
		    "aside: event_hash says something else than the header [R-9]";
	if (col == COL_PREVIOUS)
		return v->r->previous_form == FORM_TEXT && state == STATE_TEXT ?
		    NULL :
		    "aside: previous_event_hash says something else than the header [R-9]";
	if (col == COL_ALGORITHM)
		return v->r->algorithm == ALGO_TEXT ? NULL :
						      "aside: hash_algorithm says something else "
						      "than the header [R-9]";
	d = by_default(v, col);
	if ((state == STATE_NULL && d.state == VIEW_NULL) ||
	    (state == STATE_TEXT && d.state == VIEW_TEXT && d.n == n && memcmp(d.p, p, n) == 0))
		return "aside: an item says its default [R-10]";
	if (!column_info[col].hashed)
		return NULL;
	/* a hashed column: only another spelling of the same, or NULL, '' and 0 for a member left
	 * out */
	switch (col) {
	case COL_EVENT_ID:
	case COL_PARENT_ID:
		if (state == STATE_TEXT && uuid_to(p, n, id) &&
		    memcmp(id, col == COL_EVENT_ID ? v->e.id : v->e.parent, 16) == 0)
			return NULL;
		break;
	case COL_PARENT_DATE:
		if (state == STATE_TEXT && v->e.has_parent_date &&
		    column_day(p, n, true, &days) == UTC_OK && days == v->e.parent_date)
			return NULL;
		break;
	case COL_SENSITIVE:
		if (state == STATE_TEXT && column_boolean(p, n, &truth) && truth == v->e.sensitive)
			return NULL;
		break;
	case COL_DURATION:
	case COL_RETENTION:
		if (state == STATE_TEXT && column_integer(p, n, &number) &&
		    number == (col == COL_DURATION ? v->e.duration : v->e.retention))
			return NULL;
		break;
	default:
		if (column_info[col].omitted_if_empty && n == 0 &&
		    (d.state == VIEW_NULL || d.n == 0))
			return NULL;
	}
	return "aside: a column says something else than the body [R-9]";
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
