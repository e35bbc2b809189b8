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

int
columns_compare(struct columns_diff *ret, struct view *old, const struct record *ro,
    const struct table *to, struct view *new, const struct record *rn, const struct table *tn)
{
	struct version a, b = { .known = 0 };
	struct buf names, json, words;
	struct walk w = { .n = 0 };
	/* NULL for '', or 0: no hash tells them apart */
	bool failed, any = false,
		     same_body = ro->body_form == rn->body_form && ro->body_len == rn->body_len &&
	    memcmp(ro->body, rn->body, ro->body_len) == 0;
	char *save = NULL;

	*ret = (struct columns_diff){ .none = true, .hold_only = true, .retention_only = true };
	buf_init(&names, 65536);
	buf_init(&json, EX_MAX_BODY);
	buf_init(&words, 65536);
	buf_init(&w.path, 65536);
	buf_init(&w.json, 1u << 20);
	buf_init(&w.words, 65536);
	failed = to == NULL || tn == NULL || version_open(&a, old, ro, to);
	/* without its table a row says nothing: a finding of reading says so */
	if (to == NULL || tn == NULL) {
		failed = false;
		goto out;
	}
	if (failed || (failed = version_open(&b, new, rn, tn)) != false)
		goto close;
	version_compare(&a, &b, &names);
	buf_byte(&names, '\0');
	if ((failed = names.failed) || names.len == 1)
		goto close;
	ret->none = false;
	if ((failed = (ret->names = strdup((char *)names.p)) == NULL) != false)
		goto close;
	buf_str(&json, "\"columns\":{");
	for (char *name = strtok_r((char *)names.p, ",", &save); name;
	     name = strtok_r(NULL, ",", &save)) {
		unsigned col = column_by_name(name, strlen(name), true);
		struct view_cell x, y;

		ret->hashed |= col && column_info[col].hashed && !same_body;
		ret->hashes |= col == COL_HASH || col == COL_PREVIOUS || col == COL_ALGORITHM;
		ret->moved |= col == COL_CORRELATION;
		ret->hold_only &= col >= COL_HOLD && col <= COL_HOLD_AT;
		ret->retention_only &=
		    col == COL_RETENTION || col == COL_HASH || col == COL_PREVIOUS;
		buf_str(&json, any ? "," : "");
		any = true;
		text_json(&json, name, strlen(name));
		buf_str(&json, ":[");
		x = cell_of(old, to, name, col);
		put_value(&json, x);
		buf_byte(&json, ',');
		y = cell_of(new, tn, name, col);
		put_value(&json, y);
		buf_byte(&json, ']');
		if (col == COL_DATA) {
			paths(&w, old, new);
			if (w.words.len) {
				buf_str(&words, words.len ? "; " : "");
				buf_put(&words, w.words.p, w.words.len);
				continue;
			}
		}
		buf_printf(&words, "%s%s was ", words.len ? "; " : "", name);
		put_words(
		    &words, x, col == COL_HASH || col == COL_PREVIOUS ? HASH_WORDS : VALUE_WORDS);
		buf_str(&words, ", is ");
		put_words(
		    &words, y, col == COL_HASH || col == COL_PREVIOUS ? HASH_WORDS : VALUE_WORDS);
	}
	ret->retention_only &= ret->hashed;
	buf_str(&json, "},\"paths\":[");
	buf_put(&json, w.json.p, w.json.len);
	buf_byte(&json, ']');
	buf_byte(&json, '\0');
	buf_byte(&words, '\0');
	failed = json.nomem || words.nomem || w.json.nomem || w.words.nomem || w.path.nomem;
	/* a row whose columns are longer than any limit is still named */
	ret->json = failed ?
	    NULL :
	    strdup(json.failed || w.json.failed ? "\"columns\":{},\"paths\":[]" : (char *)json.p);
	ret->words = failed ? NULL : strdup(words.failed ? "" : (char *)words.p);
	failed |= ret->json == NULL || ret->words == NULL;
close:
	version_close(&a);
	version_close(&b);
out:
	buf_release(&names);
	buf_release(&json);
	buf_release(&words);
	buf_release(&w.path);
	buf_release(&w.json);
	buf_release(&w.words);
	if (failed) {
		free(ret->json);
		free(ret->words);
		free(ret->names);
		ret->json = ret->words = ret->names = NULL;
	}
	return failed ? -1 : 0;
}
