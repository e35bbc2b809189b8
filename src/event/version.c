#include "event/version.h"

#include <string.h>

static bool
is_export(const struct table *t)
{
	return t->style == UTC_REST && strcmp(t->name, TABLE_EXPORT) == 0;
}

/* Servers up to v1.4 answer with columns that they did not read (source-interfaces 4). */
static uint64_t
known_columns(struct view *v, const struct table *t)
{
	static const unsigned char unread[] = { COL_HASH, COL_PREVIOUS, COL_RETENTION,
		COL_SENSITIVE, COL_PARENT_DATE, COL_HOLD, COL_HOLD_REASON, COL_HOLD_BY,
		COL_HOLD_AT };
	uint64_t known = t->has;

	if (t->style == UTC_REST && !is_export(t)) {
		struct view_cell hash = view_column(v, COL_HASH),
				 days = view_column(v, COL_RETENTION);

		for (unsigned i = 0;
		     i < sizeof unread && hash.n == 0 && days.n == 1 && *days.p == '0'; i++)
			known &= ~(1ull << unread[i]);
	}
	return known;
}

int
version_open(struct version *x, struct view *view, const struct record *r, const struct table *t)
{
	const char *why;

	memset(x, 0, sizeof *x);
	buf_init(&x->data, EX_MAX_BODY);
	x->view = view;
	x->t = t;
	if (t == NULL || view_open(view, r, t, &why) < 0)
		return -1;
	x->known = known_columns(view, t);
	x->seconds = is_export(t);
	return 0;
}

void
version_close(struct version *x)
{
	buf_release(&x->data);
}

static struct str
canonical_data(struct version *x)
{
	const struct event *ev = view_event(x->view);
	struct json_doc *doc;

	if (ev)
		return ev->data;
	if (x->data.len == 0 && (doc = view_data(x->view)) != NULL)
		json_write(doc, 0, JSON_CANONICAL, &x->data);
	return (struct str){ (const char *)x->data.p, x->data.failed ? 0 : x->data.len };
}

#define SEARCHED 128u /* members of an object that may stand in another order */

static bool same_value(const struct json_doc *x, uint32_t i, const struct json_doc *y, uint32_t k);

/* The members of two objects, in whatever order; of large ones in the same order only, so that the
 * work stays linear. */
static bool
same_members(const struct json_doc *x, uint32_t i, const struct json_doc *y, uint32_t k)
{
	bool searched = x->node[i].type == JSON_OBJECT;
	uint32_t n = 0, m = 0;

	for (uint32_t a = x->node[i].first; a != JSON_NONE; a = x->node[a].next)
		n++;
	for (uint32_t b = y->node[k].first; b != JSON_NONE; b = y->node[b].next)
		m++;
	if (n != m)
		return false;
	for (uint32_t a = x->node[i].first, b = y->node[k].first; a != JSON_NONE;
	     a = x->node[a].next, b = y->node[b].next) {
		uint32_t at = b;

		if (searched &&
		    (x->node[a].name_len != y->node[b].name_len ||
			memcmp(json_name(x, a), json_name(y, b), x->node[a].name_len)))
			for (at = n <= SEARCHED ? y->node[k].first : JSON_NONE; at != JSON_NONE;
			     at = y->node[at].next)
				if (x->node[a].name_len == y->node[at].name_len &&
				    memcmp(json_name(x, a), json_name(y, at),
					x->node[a].name_len) == 0)
					break;
		if (at == JSON_NONE || !same_value(x, a, y, at))
			return false;
	}
	return true;
}

/* The same value, its texts escaped in whatever way; numbers to their last digit, as jsonb keeps
 * them. */
static bool
same_value(const struct json_doc *x, uint32_t i, const struct json_doc *y, uint32_t k)
{
	const struct json_node *a = &x->node[i], *b = &y->node[k];

	if (a->type != b->type || a->repaired || b->repaired)
		return false;
	switch (a->type) {
	case JSON_STRING:
		return a->str_len == b->str_len &&
		    memcmp(json_str(x, i), json_str(y, k), a->str_len) == 0;
	case JSON_OBJECT:
	case JSON_ARRAY:
		return same_members(x, i, y, k);
	default:
		return a->src_len == b->src_len &&
		    memcmp(json_src(x, i), json_src(y, k), a->src_len) == 0;
	}
}

/* Tools escape what jsonb prints as it is, and sort its keys otherwise. */
static bool
same_data(struct view_cell a, struct view_cell b)
{
	struct json_doc x, y;
	bool same;

	if (a.state != VIEW_TEXT || b.state != VIEW_TEXT)
		return false;
	json_init(&x);
	json_init(&y);
	same = json_parse(&x, a.p, a.n, EX_JSON_DEPTH) == 0 &&
	    json_parse(&y, b.p, b.n, EX_JSON_DEPTH) == 0 && same_value(&x, 0, &y, 0);
	json_release(&x);
	json_release(&y);
	return same;
}

static bool
same_time(struct view_cell a, struct view_cell b, bool seconds)
{
	struct utc t, u;

	if (utc_parse_tools(a.p, a.n, &t) != UTC_OK || utc_parse_tools(b.p, b.n, &u) != UTC_OK)
		return false;
	return t.us == u.us || (seconds && t.us / 1000000 == u.us / 1000000);
}

/* Does a column say the same in inputs that print it differently? Only columns that both know are
 * compared. */
static bool
same_cell(struct version *x, struct version *y, unsigned col)
{
	struct view_cell a, b;
	bool same_style = x->t->style == y->t->style,
	     rest = x->t->style == UTC_REST || y->t->style == UTC_REST, p_is, q_is;
	int64_t m, n;

	/* a column that one input never had says nothing about the row */
	if (!(x->known & y->known & 1ull << col))
		return true;
	a = view_column(x->view, col);
	b = view_column(y->view, col);
	if (a.state == VIEW_ABSENT || b.state == VIEW_ABSENT ||
	    (a.state == b.state && a.n == b.n && memcmp(a.p, b.p, a.n) == 0))
		return true;
	/* between REST answers white space says nothing; jsonb keeps every digit */
	if (col == COL_DATA) {
		struct str p, q;

		if (!rest && same_style)
			return same_data(a, b);
		p = canonical_data(x);
		q = canonical_data(y);
		return p.n && p.n == q.n && memcmp(p.p, q.p, p.n) == 0;
	}
	/* what tools print otherwise says the same (E-8) */
	if (a.state == VIEW_TEXT && b.state == VIEW_TEXT) {
		if (column_info[col].class == CLASS_INTEGER && column_integer(a.p, a.n, &m) &&
		    column_integer(b.p, b.n, &n))
			return m == n;
		if (column_info[col].class == CLASS_BOOLEAN && column_boolean(a.p, a.n, &p_is) &&
		    column_boolean(b.p, b.n, &q_is))
			return p_is == q_is;
		if (column_info[col].class == CLASS_TIME)
			return same_time(a, b, x->seconds || y->seconds);
	}
	/* an input without a word for NULL cannot tell it from the empty text; REST answers leave
	 * both out */
	if ((rest || x->t->null_empty || y->t->null_empty) && (a.state == VIEW_NULL || a.n == 0) &&
	    (b.state == VIEW_NULL || b.n == 0))
		return true;
	/* inputs of one style print one value in one way: what differs is another value */
	if (same_style && !rest)
		return false;
	/* a REST answer leaves out a duration of 0 that the database has as 0 */
	if (a.state != VIEW_TEXT || b.state != VIEW_TEXT)
		return rest && col == COL_DURATION &&
		    ((a.n == 1 && *a.p == '0') || (b.n == 1 && *b.p == '0'));
	/* a date of the database against a date with a time of midnight */
	return col == COL_PARENT_DATE && a.n >= 10 && b.n >= 10 && memcmp(a.p, b.p, 10) == 0;
}

static void
put_name(struct buf *b, const char *name)
{
	if (b->len)
		buf_byte(b, ',');
	buf_str(b, name);
}

void
version_compare(struct version *old, struct version *new, struct buf *differing)
{
	buf_clear(differing);
	for (unsigned col = 1; col <= COL_COUNT; col++)
		if (!same_cell(old, new, col))
			put_name(differing, column_info[col].name);
	for (unsigned i = 0, k; i < new->t->n; i++) {
		struct view_cell a, b;

		if (new->t->col[i].known ||
		    (k = table_extra(old->t, new->t->col[i].name)) == old->t->n)
			continue;
		a = view_extra(old->view, k);
		b = view_extra(new->view, i);
		if (old->t->style == new->t->style &&
		    (a.state != b.state || a.n != b.n || memcmp(a.p, b.p, a.n)))
			put_name(differing, new->t->col[i].name);
	}
}

uint64_t
version_says(struct version *x)
{
	uint64_t says = x->known;

	for (unsigned col = 1; col <= COL_COUNT; col++)
		if (says & 1ull << col && view_column(x->view, col).state == VIEW_ABSENT)
			says &= ~(1ull << col);
	return says;
}

static void
add_text(struct sha256 *sha, unsigned tag, const void *p, size_t n)
{
	uint8_t head[9];

	head[0] = (uint8_t)tag;
	store_be(head + 1, n, 8);
	sha256_add(sha, head, sizeof head);
	sha256_add(sha, p, n);
}

/* One column, spelled so that what same_cell takes for equal is the same bytes. */
static void
add_cell(struct sha256 *sha, struct version *x, unsigned col, const struct version_way *way)
{
	struct view_cell c = view_column(x->view, col);
	bool same_style = way->a->style == way->b->style;
	bool rest = way->a->style == UTC_REST || way->b->style == UTC_REST;
	struct str data = { "", 0 };
	uint8_t eight[8];
	int64_t number;
	struct utc t;
	bool is;

	/* in the same order as same_cell decides: a class that it takes for equal is one letter
	 * here */
	if (col == COL_DATA && (rest || !same_style))
		data = canonical_data(x);
	if (data.n) {
		add_text(sha, 'd', data.p, data.n);
		return;
	}
	if ((rest || way->a->null_empty || way->b->null_empty) &&
	    (c.state != VIEW_TEXT || c.n == 0)) {
		add_text(sha, 'e', "", 0);
		return;
	}
	if (rest && col == COL_DURATION && c.n == 1 && *c.p == '0') {
		add_text(sha, 'e', "", 0);
		return;
	}
	/* a letter before each text: NULL and the text `n` have to differ */
	if (c.state != VIEW_TEXT) {
		add_text(sha, 'n', "", 0);
		return;
	}
	if (column_info[col].class == CLASS_INTEGER && column_integer(c.p, c.n, &number)) {
		store_be(eight, (uint64_t)number, 8);
		add_text(sha, 'i', eight, sizeof eight);
	} else if (column_info[col].class == CLASS_BOOLEAN && column_boolean(c.p, c.n, &is)) {
		add_text(sha, 'b', is ? "t" : "f", 1);
	} else if (column_info[col].class == CLASS_TIME && utc_parse(c.p, c.n, &t) == UTC_OK) {
		store_be(eight, (uint64_t)(way->seconds ? t.us / 1000000 : t.us), 8);
		add_text(sha, 'm', eight, sizeof eight);
	} else {
		bool day = col == COL_PARENT_DATE && c.n > 10 && !(same_style && !rest);

		add_text(sha, 't', c.p, day ? 10 : c.n);
	}
}

int
version_digest(struct version *x, const struct version_way *way, const uint8_t body_digest[32],
    struct sha256 *sha, uint8_t out[32])
{
	sha256_begin(sha);
	if (way->withheld)
		sha256_add(sha, body_digest, 32);
	for (unsigned col = 1; col <= COL_COUNT; col++)
		if (way->columns & 1ull << col)
			add_cell(sha, x, col, way);
	/* columns that no clause knows are compared by name, between tables of one style */
	for (unsigned i = 0; !way->withheld && way->a->style == way->b->style && i < way->a->n;
	     i++) {
		const char *name = way->a->col[i].name;
		unsigned k = x->t == way->a ? i : table_extra(x->t, name);
		struct view_cell c;

		if (way->a->col[i].known || table_extra(way->b, name) == way->b->n || k == x->t->n)
			continue;
		c = view_extra(x->view, k);
		add_text(sha,
		    c.state == VIEW_TEXT     ? 't' :
			c.state == VIEW_NULL ? 'n' :
					       'a',
		    c.p, c.state == VIEW_TEXT ? c.n : 0);
	}
	sha256_end(sha, out);
	return x->data.nomem ? -1 : 0;
}
