#include "compare/columns.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "digest/digest.h"
#include "event/version.h"

/* bytes of a value that is printed; of a longer one its length and digest */
#define VALUE_WHOLE 1000u
#define VALUE_WORDS 48u /* bytes in a line for a reader */
#define HASH_WORDS 12u
#define PATHS 8u /* places in event_data that are named */

static void
put_value(struct buf *b, struct view_cell c)
{
	uint8_t d[32];
	char hex[65], text[128];
	struct sha256 *sha;

	if (c.state != VIEW_TEXT) {
		buf_str(b, "null");
	} else if (c.n <= VALUE_WHOLE) {
		text_json(b, c.p, c.n);
	} else if ((sha = sha256_new()) != NULL) {
		sha256_once(sha, c.p, c.n, d);
		hex_of(d, 32, hex);
		snprintf(text, sizeof text, "(%zu bytes, sha256 %s)", c.n, hex);
		text_json(b, text, strlen(text));
		sha256_free(sha);
	} else {
		b->failed = b->nomem = true;
	}
}

static void
put_words(struct buf *b, struct view_cell c, size_t most)
{
	size_t n = c.n;

	if (c.state != VIEW_TEXT) {
		buf_str(b, "NULL");
		return;
	}
	buf_byte(b, '"');
	if (n > most)
		for (n = most; n && ((unsigned char)c.p[n] & 0xc0) == 0x80; n--)
			;
	buf_put(b, c.p, n);
	buf_str(b, n < c.n ? "…\"" : "\"");
}

/* Two JSON values walked side by side; what differs is named by its path. */
struct walk {
	struct json_doc *a, *b;
	struct buf path, json, words;
	unsigned n;
};

static bool
same_text(struct json_doc *a, uint32_t i, struct json_doc *b, uint32_t k)
{
	const struct json_node *x = &a->node[i], *y = &b->node[k];

	if (x->type != y->type)
		return false;
	if (x->type == JSON_STRING)
		return x->str_len == y->str_len &&
		    memcmp(json_str(a, i), json_str(b, k), x->str_len) == 0;
	return x->src_len == y->src_len && memcmp(json_src(a, i), json_src(b, k), x->src_len) == 0;
}

static void
put_node(struct buf *b, struct json_doc *d, uint32_t i)
{
	const struct json_node *n = &d->node[i];

	if (n->type == JSON_STRING)
		put_words(b, (struct view_cell){ VIEW_TEXT, json_str(d, i), n->str_len, false },
		    VALUE_WORDS);
	else if (n->type == JSON_OBJECT || n->type == JSON_ARRAY)
		buf_str(b, n->type == JSON_OBJECT ? "an object" : "a list");
	else
		buf_put(b, json_src(d, i), n->src_len > VALUE_WORDS ? VALUE_WORDS : n->src_len);
}

/* i, k: the values; JSON_NONE where there is none. */
static void
name_path(struct walk *w, uint32_t i, uint32_t k)
{
	if (w->n++ >= PATHS)
		return;
	if (w->json.len)
		buf_byte(&w->json, ',');
	text_json(&w->json, w->path.p, w->path.len);
	buf_str(&w->words, w->words.len ? "; " : "");
	buf_put(&w->words, w->path.p, w->path.len);
	if (i == JSON_NONE) {
		buf_str(&w->words, " is new: ");
		put_node(&w->words, w->b, k);
	} else if (k == JSON_NONE) {
		buf_str(&w->words, " is gone: was ");
		put_node(&w->words, w->a, i);
	} else {
		buf_str(&w->words, " was ");
		put_node(&w->words, w->a, i);
		buf_str(&w->words, ", is ");
		put_node(&w->words, w->b, k);
	}
}

static void descend(struct walk *w, uint32_t i, uint32_t k);

static void
member(struct walk *w, const char *name, size_t n, uint32_t i, uint32_t k)
{
	size_t was = w->path.len;

	buf_byte(&w->path, '.');
	buf_put(&w->path, name, n);
	if (i == JSON_NONE || k == JSON_NONE)
		name_path(w, i, k);
	else
		descend(w, i, k);
	w->path.len = was < w->path.len ? was : w->path.len;
}

/* As deep as event_data may be (EX_JSON_DEPTH). */
static void
descend(struct walk *w, uint32_t i, uint32_t k)
{
	const struct json_node *x = &w->a->node[i], *y = &w->b->node[k];
	char number[24];
	unsigned at = 0;

	if (w->n > PATHS || same_text(w->a, i, w->b, k))
		return;
	if (x->type == JSON_OBJECT && y->type == JSON_OBJECT) {
		/* members of canonical objects are sorted by name */
		uint32_t p = x->first, q = y->first;

		while (p != JSON_NONE || q != JSON_NONE) {
			const struct json_node *m = p == JSON_NONE ? NULL : &w->a->node[p],
					       *o = q == JSON_NONE ? NULL : &w->b->node[q];
			size_t n = m && o && m->name_len > o->name_len ? o->name_len :
			    m                                          ? m->name_len :
									 0;
			int c = m == NULL ? 1 :
			    o == NULL     ? -1 :
					    memcmp(json_name(w->a, p), json_name(w->b, q), n);

			if (c == 0 && m->name_len != o->name_len)
				c = m->name_len < o->name_len ? -1 : 1;
			if (c <= 0)
				member(w, json_name(w->a, p), m->name_len, p, c ? JSON_NONE : q);
			else
				member(w, json_name(w->b, q), o->name_len, JSON_NONE, q);
			p = c <= 0 ? m->next : p;
			q = c >= 0 ? o->next : q;
		}
		return;
	}
	if (x->type == JSON_ARRAY && y->type == JSON_ARRAY) {
		for (uint32_t p = x->first, q = y->first; p != JSON_NONE || q != JSON_NONE; at++) {
			snprintf(number, sizeof number, "%u", at);
			member(w, number, strlen(number), p, q);
			p = p == JSON_NONE ? p : w->a->node[p].next;
			q = q == JSON_NONE ? q : w->b->node[q].next;
		}
		return;
	}
	name_path(w, i, k);
}

/* The paths of event_data that differ, where both are canonical. */
static void
paths(struct walk *w, struct view *old, struct view *new)
{
	if (view_event(old) == NULL || view_event(new) == NULL || (w->a = view_data(old)) == NULL ||
	    (w->b = view_data(new)) == NULL)
		return;
	buf_str(&w->path, "event_data");
	descend(w, 0, 0);
	if (w->n > PATHS)
		buf_str(&w->words, "; and more");
}

static struct view_cell
cell_of(struct view *v, const struct table *t, const char *name, unsigned col)
{
	unsigned k = col ? 0 : table_extra(t, name);

	return col   ? view_column(v, col) :
	    k < t->n ? view_extra(v, k) :
		       (struct view_cell){ VIEW_ABSENT, "", 0, false };
}

/* Two versions while they are compared. */
struct diffing {
	struct columns_diff *ret;
	const struct row_version *old, *new;
	/* what is hashed is the same: NULL for '', or 0, which no hash tells apart */
	bool same_body;
	struct buf names, json, words;
	struct emit e; /* into json: members, without the object around them */
	struct walk w;
};

static void
diffing_init(struct diffing *x, struct columns_diff *ret, const struct row_version *old,
    const struct row_version *new)
{
	const struct record *a = old->r, *b = new->r;

	*ret = (struct columns_diff){ .none = true, .hold_only = true, .retention_only = true };
	*x = (struct diffing){ .ret = ret, .old = old, .new = new };
	x->same_body = a->body_form == b->body_form && a->body_len == b->body_len &&
	    memcmp(a->body, b->body, a->body_len) == 0;
	buf_init(&x->names, 65536);
	buf_init(&x->json, EX_MAX_BODY);
	emit_within(&x->e, &x->json);
	buf_init(&x->words, 65536);
	buf_init(&x->w.path, 65536);
	buf_init(&x->w.json, 1u << 20);
	buf_init(&x->w.words, 65536);
}

static void
diffing_release(struct diffing *x)
{
	buf_release(&x->names);
	buf_release(&x->json);
	buf_release(&x->words);
	buf_release(&x->w.path);
	buf_release(&x->w.json);
	buf_release(&x->w.words);
}

/* The columns that differ, into x->names; none where ret->none stays. -1: no memory. */
static int
name_columns(struct diffing *x)
{
	struct version a, b = { .known = 0 };
	int rc = -1;

	if (version_open(&a, x->old->view, x->old->r, x->old->t) == 0 &&
	    version_open(&b, x->new->view, x->new->r, x->new->t) == 0) {
		version_compare(&a, &b, &x->names);
		buf_byte(&x->names, '\0');
		rc = x->names.failed ? -1 : 0;
	}
	version_close(&a);
	version_close(&b);
	if (rc || x->names.len == 1)
		return rc;
	x->ret->none = false;
	return (x->ret->names = strdup((char *)x->names.p)) ? 0 : -1;
}

/* What kind of difference it is, by the columns that differ (compare.h: enum difference_class). */
static void
note_column(struct columns_diff *d, unsigned col, bool same_body)
{
	d->hashed |= col && column_info[col].hashed && !same_body;
	d->hashes |= col == COL_HASH || col == COL_PREVIOUS || col == COL_ALGORITHM;
	d->moved |= col == COL_CORRELATION;
	d->hold_only &= col >= COL_HOLD && col <= COL_HOLD_AT;
	d->retention_only &= col == COL_RETENTION || col == COL_HASH || col == COL_PREVIOUS;
}

/* A column as both versions have it: whole for a program, cut for a reader. Of event_data a reader
 * is told the places that differ, where both can be walked. */
static void
put_column(struct diffing *x, const char *name, unsigned col)
{
	size_t most = col == COL_HASH || col == COL_PREVIOUS ? HASH_WORDS : VALUE_WORDS;
	struct view_cell was, is;

	was = cell_of(x->old->view, x->old->t, name, col);
	is = cell_of(x->new->view, x->new->t, name, col);
	emit_array(&x->e, name);
	put_value(emit_value(&x->e, NULL), was);
	put_value(emit_value(&x->e, NULL), is);
	emit_end(&x->e);
	if (col == COL_DATA)
		paths(&x->w, x->old->view, x->new->view);
	buf_str(&x->words, x->words.len ? "; " : "");
	if (col == COL_DATA && x->w.words.len) {
		buf_put(&x->words, x->w.words.p, x->w.words.len);
		return;
	}
	buf_printf(&x->words, "%s was ", name);
	put_words(&x->words, was, most);
	buf_str(&x->words, ", is ");
	put_words(&x->words, is, most);
}

static void
put_columns(struct diffing *x)
{
	char *save = NULL;

	emit_object(&x->e, "columns");
	for (char *name = strtok_r((char *)x->names.p, ",", &save); name;
	     name = strtok_r(NULL, ",", &save)) {
		unsigned col = column_by_name(name, strlen(name), true);

		note_column(x->ret, col, x->same_body);
		put_column(x, name, col);
	}
	emit_end(&x->e);
	emit_array(&x->e, "paths");
	emit_list(&x->e, x->w.json.p, x->w.json.len);
	emit_end(&x->e);
	buf_byte(&x->json, '\0');
	buf_byte(&x->words, '\0');
	x->ret->retention_only &= x->ret->hashed;
}

/* In the place of columns that are longer than any limit. */
static void
put_no_columns(struct diffing *x)
{
	buf_release(&x->json);
	emit_within(&x->e, &x->json);
	emit_object(&x->e, "columns");
	emit_end(&x->e);
	emit_array(&x->e, "paths");
	emit_end(&x->e);
	buf_byte(&x->json, '\0');
}

/* A row whose columns are longer than any limit is still named. -1: no memory. */
static int
take_texts(struct diffing *x)
{
	bool long_one = x->json.failed || x->w.json.failed;

	if (x->json.nomem || x->words.nomem || x->w.json.nomem || x->w.words.nomem ||
	    x->w.path.nomem)
		return -1;
	if (long_one)
		put_no_columns(x);
	x->ret->json = x->json.failed ? NULL : strdup((char *)x->json.p);
	x->ret->words = strdup(x->words.failed ? "" : (char *)x->words.p);
	return x->ret->json && x->ret->words ? 0 : -1;
}

int
columns_compare(
    struct columns_diff *ret, const struct row_version *old, const struct row_version *new)
{
	struct diffing x;
	int rc = 0;

	diffing_init(&x, ret, old, new);
	/* without its table a row says nothing: a finding of reading says so */
	if (old->t && new->t)
		rc = name_columns(&x);
	if (rc == 0 && !ret->none) {
		put_columns(&x);
		rc = take_texts(&x);
	}
	diffing_release(&x);
	if (rc) {
		free(ret->json);
		free(ret->words);
		free(ret->names);
		ret->json = ret->words = ret->names = NULL;
	}
	return rc;
}
