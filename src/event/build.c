#include "event/row.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

struct builder {
	struct sha256 *sha;
	struct json_doc doc;
	struct buf canon, tmp;
};

/* What one call of row_build works on. */
struct work {
	struct builder *b;
	const struct row *row;
	struct draft *d;
	char *why;
	struct cell cell[COL_COUNT + 1];
	struct event e;
	struct utc time;
	int32_t date;
	struct json_doc *doc;
	uint32_t node;
	bool verbatim; /* no canonical form (E-9) */
	bool nomem;    /* of the scratch buffer, which is cleared often */
};

struct builder *
builder_new(void)
{
	struct builder *b = calloc(1, sizeof *b);

	if (b == NULL)
		return NULL;
	json_init(&b->doc);
	buf_init(&b->canon, EX_MAX_BODY);
	buf_init(&b->tmp, 3u * EX_MAX_BODY);
	if ((b->sha = sha256_new()) == NULL) {
		builder_free(b);
		return NULL;
	}
	return b;
}

void
builder_free(struct builder *b)
{
	if (b == NULL)
		return;
	sha256_free(b->sha);
	json_release(&b->doc);
	buf_release(&b->canon);
	buf_release(&b->tmp);
	free(b);
}

void
draft_init(struct draft *d)
{
	memset(d, 0, sizeof *d);
	buf_init(&d->body, EX_MAX_BODY);
	buf_init(&d->aside, EX_MAX_ASIDE);
}

void
draft_release(struct draft *d)
{
	buf_release(&d->body);
	buf_release(&d->aside);
}

static int
refuse(struct work *w, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(w->why, 256, fmt, ap);
	va_end(ap);
	return 1;
}

/* The same of a value that is not of its column's form: what was wanted, and what is there. */
static int
unlike(struct work *w, unsigned col, const char *want)
{
	const struct cell *c = &w->cell[col];
	struct buf t;

	/* quoted, and its beginning only */
	buf_init(&t, 256);
	buf_byte(&t, '"');
	text_plain(&t, c->p, c->n > 40 ? 40 : c->n);
	buf_str(&t, c->n > 40 ? "…" : "");
	buf_byte(&t, '"');
	refuse(w, "%s: want %s, not %.*s [E-8]", column_info[col].name, want, (int)t.len,
	    t.p ? (char *)t.p : "");
	buf_release(&t);
	return 1;
}

/* A readable text (E-7). 0 there, 1 refused, 2 NULL or absent. */
static int
text(struct work *w, unsigned col, struct str *ret)
{
	const struct cell *c = &w->cell[col];

	ret->p = "";
	ret->n = 0;
	if (c->state != CELL_VALUE)
		return 2;
	/* tools that take columns for numbers print 1.0 for "1.0" */
	if (c->type != JSON_STRING && c->type != JSON_NUMBER)
		return refuse(w, "%s: want a string [E-7]", column_info[col].name);
	if (c->repaired || !utf8_valid(c->p, c->n))
		return refuse(w, "%s: not valid UTF-8 [E-7]", column_info[col].name);
	if (memchr(c->p, '\0', c->n))
		return refuse(w, "%s: holds U+0000, which the source's database cannot store [E-7]",
		    column_info[col].name);
	ret->p = c->p;
	ret->n = c->n;
	return 0;
}

static int
required(struct work *w, unsigned col, struct str *ret)
{
	int r = text(w, col, ret);

	return r == 2 ? refuse(w, "%s: missing or NULL [E-8]", column_info[col].name) : r;
}

static int
integer(struct work *w, unsigned col, int64_t *ret)
{
	const struct cell *c = &w->cell[col];

	*ret = 0;
	if (c->state != CELL_VALUE)
		return 2;
	return column_integer(c->p, c->n, ret) ? 0 : unlike(w, col, "a whole number");
}

static int
boolean(struct work *w, unsigned col, bool *ret)
{
	const struct cell *c = &w->cell[col];

	*ret = false;
	if (c->state != CELL_VALUE)
		return 2;
	return column_boolean(c->p, c->n, ret) ? 0 : unlike(w, col, "true or false");
}

static int
uuid(struct work *w, unsigned col, uint8_t id[16])
{
	struct str s;
	int r = text(w, col, &s);

	if (r == 0 && !uuid_to(s.p, s.n, id))
		return unlike(w, col, "a uuid");
	return r;
}

/* What a row is indexed by. Each is told in the draft as soon as it is read: a row that is refused
 * for what comes later is still found by what came before. */
static int
read_keys(struct work *w)
{
	struct event *e = &w->e;
	struct str s;
	int r;

	if ((r = uuid(w, COL_EVENT_ID, e->id)) == 0) {
		memcpy(w->d->r.id, e->id, 16);
		w->d->r.flags &= (uint16_t)~FLAG_ID_ABSENT;
	}
	if (r != 0)
		return r == 2 ? refuse(w, "event_id: missing or NULL [E-8]") : r;
	if ((r = required(w, COL_CORRELATION, &e->correlation)))
		return r;
	w->d->correlation = e->correlation;
	w->d->r.flags &= (uint16_t)~FLAG_NO_CORRELATION;
	sha256_once(w->b->sha, e->correlation.p, e->correlation.n, w->d->r.correlation);
	if ((r = required(w, COL_TYPE, &e->type)))
		return r;
	w->d->type = e->type;
	if ((r = required(w, COL_TIMESTAMP, &s)))
		return r;
	switch (utc_parse_tools(s.p, s.n, &w->time)) {
	case UTC_BAD:
		return unlike(w, COL_TIMESTAMP, "a time such as 2026-11-17T03:18:55.123456+00:00");
	case UTC_NO_FORM:
		/* PostgreSQL has times that the canonical form has not, such as infinity: such a
		 * row is kept as it stood */
		w->verbatim = true;
		w->d->r.flags |= FLAG_TIME_INVALID;
		break;
	case UTC_OK:
		w->d->zoneless = !utc_names_zone(s.p, s.n);
		e->time = w->d->r.time = w->time.us;
		w->date = utc_days(w->time.us);
	}
	return 0;
}

static int
read_parent(struct work *w)
{
	struct event *e = &w->e;
	struct str s;
	int r;

	if ((r = uuid(w, COL_PARENT_ID, e->parent)) == 1)
		return r;
	e->has_parent = r == 0;
	if ((r = text(w, COL_PARENT_DATE, &s)) == 1)
		return r;
	if (r == 2)
		return 0;
	switch (column_day(s.p, s.n, w->row->table->style == UTC_REST, &e->parent_date)) {
	case UTC_BAD:
		return unlike(w, COL_PARENT_DATE, "a date such as 2026-11-17");
	case UTC_NO_FORM:
		w->verbatim = true;
		break;
	case UTC_OK:
		e->has_parent_date = true;
	}
	return 0;
}

/* Reads what the envelope says; everything that is needed to index the row comes first. */
static int
read_envelope(struct work *w)
{
	static const unsigned char needed[] = { COL_VERSION, COL_CATEGORY, COL_ACTION,
		COL_OUTCOME };
	static const unsigned char optional[] = { COL_RESOURCE_TYPE, COL_RESOURCE_ID, COL_NAMESPACE,
		COL_CLUSTER, COL_SEVERITY, COL_ERROR_CODE, COL_ERROR_MESSAGE, COL_ACTOR_ID,
		COL_ACTOR_TYPE, COL_ACTOR_IP };
	/* not hashed, and so no part of the event: they have to be texts, and are kept aside */
	static const unsigned char other[] = { COL_DATE, COL_RESOURCE_NAME, COL_TRACE_ID,
		COL_SPAN_ID, COL_HASH, COL_PREVIOUS, COL_HOLD_REASON, COL_HOLD_BY, COL_HOLD_AT,
		COL_ALGORITHM };
	struct event *e = &w->e;
	struct str s;
	int r;

	if ((r = read_keys(w)))
		return r;
	for (size_t i = 0; i < sizeof needed; i++)
		if ((r = required(w, needed[i], event_text(e, needed[i]))))
			return r;
	if ((r = read_parent(w)))
		return r;
	for (size_t i = 0; i < sizeof optional; i++)
		if (text(w, optional[i], event_text(e, optional[i])) == 1)
			return 1;
	if (integer(w, COL_DURATION, &e->duration) == 1)
		return 1;
	/* these two are never NULL in the source: where an input lacks them, no body could be made
	 * that is surely the hashed one */
	if ((r = integer(w, COL_RETENTION, &e->retention)) == 1)
		return 1;
	w->verbatim |= r == 2;
	if ((r = boolean(w, COL_SENSITIVE, &e->sensitive)) == 1)
		return r;
	w->verbatim |= r == 2;
	for (size_t i = 0; i < sizeof other; i++)
		if (text(w, other[i], &s) == 1)
			return 1;
	return 0;
}

/* event_data in canonical form into b->canon (E-6). */
static int
read_data(struct work *w)
{
	const struct cell *c = &w->cell[COL_DATA];
	int r;

	if (c->state != CELL_VALUE && !(w->row->doc && c->state == CELL_NULL))
		return refuse(w, "event_data: missing or NULL [E-8]");
	if (w->row->doc) {
		w->doc = w->row->doc;
		w->node = w->row->data_node;
	} else {
		w->doc = &w->b->doc;
		w->node = 0;
		if ((r = json_parse(w->doc, c->p, c->n, EX_JSON_DEPTH)))
			return r < 0 ? r :
				       refuse(w, "event_data: %s at byte %zu [E-6]", w->doc->why,
					   w->doc->where);
	}
	if (w->doc->node[w->node].type != JSON_OBJECT && w->doc->node[w->node].type != JSON_NULL)
		return refuse(w, "event_data: want an object [E-6]");
	buf_clear(&w->b->canon);
	if ((r = json_write(w->doc, w->node, JSON_CANONICAL, &w->b->canon)))
		return w->b->canon.nomem         ? -1 :
		    r < 0 && !w->b->canon.failed ? r :
		    r < 0 ? refuse(w, "event_data: longer than the limit of 16 MiB [C-15]") :
			    refuse(w, "event_data: a number overflows a double at byte %zu [E-4]",
				w->doc->where - w->doc->node[w->node].src);
	w->e.data = (struct str){ (const char *)w->b->canon.p, w->b->canon.len };
	return 0;
}

static enum hash_form
hash_form(const struct work *w, unsigned col, uint8_t out[32])
{
	const struct cell *c = &w->cell[col];

	if (c->state == CELL_ABSENT)
		return FORM_ABSENT;
	if (c->state == CELL_NULL)
		return FORM_NULL;
	if (c->n == 0)
		return FORM_EMPTY;
	return c->n == 64 && hex_to(c->p, 64, out) ? FORM_HEX : FORM_TEXT;
}

static bool
is(const struct cell *c, const char *s)
{
	return c->state == CELL_VALUE && c->n == strlen(s) && memcmp(c->p, s, c->n) == 0;
}

static void
keep(struct work *w, unsigned col)
{
	const struct cell *c = &w->cell[col];

	aside_put_state(&w->d->aside, col,
	    c->state == CELL_ABSENT   ? STATE_ABSENT :
		c->state == CELL_NULL ? STATE_NULL :
					STATE_TEXT,
	    c->p, c->state == CELL_VALUE ? c->n : 0);
}

/* The item for a time column, if its text is not what the style prints. */
static void
keep_time(struct work *w, unsigned col, int64_t us, int32_t offset)
{
	const struct cell *c = &w->cell[col];
	struct buf *t = &w->b->tmp;
	uint8_t off[4];

	for (int i = 0; i < 2; i++) {
		int32_t o = i ? offset : 0;

		buf_clear(t);
		utc_print(t, w->row->table->style, us, o);
		w->nomem |= t->nomem;
		if (t->len == c->n && memcmp(t->p, c->p, c->n) == 0) {
			store_be(off, (uint32_t)o, 4);
			if (o)
				aside_put_state(&w->d->aside, col, STATE_OFFSET, off, 4);
			return;
		}
	}
	keep(w, col);
}

static void
keep_data(struct work *w)
{
	const struct cell *c = &w->cell[COL_DATA];
	const char *p = w->row->doc ? json_src(w->doc, w->node) : c->p;
	size_t n = w->row->doc ? w->doc->node[w->node].src_len : c->n;
	bool rest = w->row->table->style == UTC_REST,
	     as_body = n == w->b->canon.len && memcmp(p, w->b->canon.p, n) == 0;
	struct buf *t = &w->b->tmp;

	/* the two printings can be the same text, as for {}: then it is the default of either
	 * style */
	if (as_body && rest)
		return;
	buf_clear(t);
	int printed = json_write(w->doc, w->node, JSON_POSTGRES, t);

	w->nomem |= t->nomem || (printed < 0 && !t->failed);
	if (printed == 0 && t->len == n && memcmp(t->p, p, n) == 0) {
		if (rest)
			aside_put_state(&w->d->aside, COL_DATA, STATE_AS_POSTGRES, NULL, 0);
	} else if (as_body) {
		aside_put_state(&w->d->aside, COL_DATA, STATE_AS_BODY, NULL, 0);
	} else {
		aside_put_state(&w->d->aside, COL_DATA, STATE_TEXT, p, n);
	}
}

/* The same of a column that has no form of its own. */
static bool
text_is_default(const struct cell *c, unsigned col)
{
	const struct column_info *k = &column_info[col];

	if (k->hashed && !k->omitted_if_empty)
		return true; /* it stands in the body */
	if (c->state == CELL_NULL)
		return k->null_default;
	return k->hashed && (c->n != 0 || !k->null_default);
}

/* True if a column says what body and header already say (E-12). */
static bool
is_default(struct work *w, unsigned col)
{
	const struct cell *c = &w->cell[col];
	const struct record *r = &w->d->r;
	bool rest = w->row->table->style == UTC_REST, pg = w->row->table->style == UTC_PG;
	struct buf *t = &w->b->tmp;
	char id[37];

	if (c->state == CELL_ABSENT)
		return rest && column_info[col].omitted_if_empty;
	buf_clear(t);
	switch (col) {
	case COL_EVENT_ID:
	case COL_PARENT_ID:
		if (c->state == CELL_NULL)
			return true;
		uuid_of(col == COL_EVENT_ID ? w->e.id : w->e.parent, id);
		return is(c, id);
	case COL_DATE:
		utc_print_date(t, w->date);
		break;
	case COL_PARENT_DATE:
		if (c->state == CELL_NULL)
			return true;
		utc_print_date(t, w->e.parent_date);
		if (rest)
			buf_str(t, "T00:00:00Z");
		break;
	case COL_SENSITIVE:
		buf_str(t, w->e.sensitive ? (pg ? "t" : "true") : pg ? "f" : "false");
		break;
	case COL_HOLD:
		buf_str(t, pg ? "f" : "false");
		break;
	case COL_HASH:
		return r->claimed_form != FORM_TEXT;
	case COL_PREVIOUS:
		return r->previous_form != FORM_TEXT;
	case COL_ALGORITHM:
		return r->algorithm != ALGO_TEXT;
	case COL_HOLD_REASON:
	case COL_HOLD_BY:
		if (rest)
			break; /* default '' */
		return c->state == CELL_NULL;
	case COL_DURATION:
		if (c->state == CELL_NULL || w->e.duration == 0)
			return c->state == CELL_NULL;
		buf_printf(t, "%" PRId64, w->e.duration);
		break;
	case COL_RETENTION:
		if (c->state == CELL_NULL)
			return true;
		buf_printf(t, "%" PRId64, w->e.retention);
		break;
	default:
		return text_is_default(c, col);
	}
	w->nomem |= t->nomem;
	return c->state == CELL_VALUE && c->n == t->len && memcmp(c->p, t->p, t->len) == 0;
}

static void
put_aside(struct work *w)
{
	const struct table *t = w->row->table;

	for (unsigned col = 1; col <= COL_COUNT; col++) {
		if (!table_has(t, col))
			continue;
		if (w->verbatim && col != COL_HASH && col != COL_PREVIOUS && col != COL_ALGORITHM)
			continue;
		if (col == COL_DATA)
			keep_data(w);
		else if (col == COL_TIMESTAMP)
			keep_time(w, col, w->e.time, w->time.offset);
		else if (!is_default(w, col))
			keep(w, col);
	}
	for (unsigned i = 0; i < t->n && !w->verbatim; i++) {
		const struct cell *c = &w->row->cell[i];

		if (t->col[i].known == 0)
			aside_put_state(&w->d->aside, TAG_UNKNOWN + i,
			    c->state == CELL_ABSENT   ? STATE_ABSENT :
				c->state == CELL_NULL ? STATE_NULL :
							STATE_TEXT,
			    c->p, c->state == CELL_VALUE ? c->n : 0);
	}
}

/* */
static void
put_verbatim(struct work *w)
{
	const struct table *t = w->row->table;
	struct buf *b = &w->d->body;

	if (w->row->doc) {
		buf_put(b, w->row->raw, w->row->raw_len);
		return;
	}
	for (unsigned i = 0; i < t->n; i++) {
		const struct cell *c = &w->row->cell[i];

		buf_byte(b, i ? ',' : '{');
		text_json(b, t->col[i].name, strlen(t->col[i].name));
		buf_byte(b, ':');
		if (c->state == CELL_VALUE)
			text_json(b, c->p, c->n);
		else
			buf_str(b, "null");
	}
	buf_byte(b, '}');
}

int
row_build(struct builder *b, const struct row *row, struct draft *d, char why[256])
{
	struct work w = { .b = b, .row = row, .d = d, .why = why };
	struct record *r = &d->r;
	int rc;

	memset(r, 0, sizeof *r);
	buf_clear(&d->body);
	buf_clear(&d->aside);
	d->correlation = d->type = (struct str){ "", 0 };
	d->zoneless = false;
	r->flags = FLAG_ID_ABSENT | FLAG_NO_CORRELATION;
	r->source = row->table->source;
	r->ordinal = row->ordinal;
	for (unsigned i = 0; i < row->table->n; i++)
		if (row->table->col[i].known)
			w.cell[row->table->col[i].known] = row->cell[i];
	/* what index and reject need is in the draft before the first refusal */
	if ((rc = read_envelope(&w)) || (rc = read_data(&w)))
		return rc;
	r->kind = KIND_EVENT;
	r->claimed_form = (uint8_t)hash_form(&w, COL_HASH, r->claimed);
	r->previous_form = (uint8_t)hash_form(&w, COL_PREVIOUS, r->previous);
	if (r->claimed_form != FORM_HEX)
		memset(r->claimed, 0, 32);
	if (r->previous_form != FORM_HEX)
		memset(r->previous, 0, 32);
	{
		const struct cell *a = &w.cell[COL_ALGORITHM];

		r->algorithm = a->state == CELL_ABSENT ? ALGO_ABSENT :
		    is(a, "")                          ? ALGO_EMPTY :
		    is(a, "sha256-unkeyed")            ? ALGO_SHA256 :
		    is(a, "hmac-sha256")               ? ALGO_HMAC :
							 ALGO_TEXT;
	}
	r->body_form = w.verbatim    ? BODY_VERBATIM :
	    row->table->cluster_name ? BODY_CLUSTER_NAME :
				       BODY_CLUSTER_ID;
	/* the body is made of the event, never of the row's own text: two spellings of one event
	 * are one body, and what the row spelled otherwise stands aside */
	put_aside(&w);
	if (w.verbatim)
		put_verbatim(&w);
	else
		event_put_body(&d->body, &w.e, r->body_form);
	/* want of memory is the tool's failure, a body beyond the limit the row's */
	if (w.nomem || b->canon.nomem || d->body.nomem || d->aside.nomem)
		return -1;
	if (d->body.failed || d->aside.failed)
		return refuse(&w, "the row is longer than the limit of 16 MiB [C-15]");
	r->body = d->body.p;
	r->body_len = d->body.len;
	r->aside = d->aside.p;
	r->aside_len = d->aside.len;
	return 0;
}
