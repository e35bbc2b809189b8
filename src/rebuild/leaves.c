#include "rebuild/leaves.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/vec.h"
#include "json/json.h"

#define DEPTH 60u

struct offsets {
	size_t path, path_len, place, place_len, value, value_len;
};

static bool
is_word(const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!((p[i] >= 'a' && p[i] <= 'z') || (p[i] >= 'A' && p[i] <= 'Z') ||
			(p[i] >= '0' && p[i] <= '9') || p[i] == '-' || p[i] == '_'))
			return false;
	return n > 0;
}

/* Appends `.name` or `[…]` for a child. by_type: an item of conditions is named by its type. */
static void
step(struct buf *b, const struct json_doc *d, uint32_t parent, uint32_t child, size_t item,
    bool by_type)
{
	uint32_t type;

	if (d->node[parent].type == JSON_OBJECT) {
		if (!is_word(json_name(d, child), d->node[child].name_len)) {
			buf_byte(b, '[');
			text_json(b, json_name(d, child), d->node[child].name_len);
			buf_byte(b, ']');
			return;
		}
		buf_str(b, b->len ? "." : "");
		buf_put(b, json_name(d, child), d->node[child].name_len);
		return;
	}
	type = by_type ? json_member(d, child, "type") : JSON_NONE;
	if (type != JSON_NONE && d->node[type].type == JSON_STRING &&
	    is_word(json_str(d, type), d->node[type].str_len))
		buf_printf(b, "[%.*s]", (int)d->node[type].str_len, json_str(d, type));
	else
		buf_printf(b, "[%zu]", item);
}

static int
by_path(const void *pa, const void *pb)
{
	const struct leaf *a = pa, *b = pb;
	int k = memcmp(a->path.p, b->path.p, a->path.n < b->path.n ? a->path.n : b->path.n);

	if (k == 0)
		k = a->path.n < b->path.n ? -1 : a->path.n > b->path.n;
	return k                    ? k :
	    a->place.n < b->place.n ? -1 :
	    a->place.n > b->place.n ? 1 :
				      memcmp(a->place.p, b->place.p, a->place.n);
}

/* An object or a list on the way to the value that is looked at. */
struct level {
	uint32_t node, next;
	size_t item;        /* number of `next` in it */
	size_t path, place; /* how long both names are here */
	bool conditions;    /* its items are named by their types */
};

struct walk {
	struct json_doc d;
	struct level level[DEPTH];
	unsigned depth;
	struct buf path, place;
	/* leaves so far, as offsets into text: what grows moves */
	struct buf *text;
	struct offsets *o;
	size_t n, cap;
};

static void
enter(struct walk *w, uint32_t node)
{
	const struct json_node *v = &w->d.node[node];
	static const char conditions[] = "conditions";
	size_t n = sizeof conditions - 1;

	w->level[w->depth++] = (struct level){ .node = node,
		.next = v->first,
		.path = w->path.len,
		.place = w->place.len,
		.conditions = v->type == JSON_ARRAY && w->path.len >= n &&
		    memcmp(w->path.p + w->path.len - n, conditions, n) == 0 };
}

/* -1: no memory. */
static int
add_leaf(struct walk *w, uint32_t node)
{
	const struct json_node *v = &w->d.node[node];
	struct offsets *x;

	if (w->n == w->cap) {
		w->cap = w->cap ? w->cap * 2 : 256;
		if ((x = vec_resize(w->o, w->cap, sizeof *x)) == NULL)
			return -1;
		w->o = x;
	}
	x = &w->o[w->n++];
	x->path = w->text->len;
	x->path_len = w->path.len;
	buf_put(w->text, w->path.p, w->path.len);
	x->place = w->text->len;
	x->place_len = w->place.len;
	buf_put(w->text, w->place.p, w->place.len);
	x->value = w->text->len;
	if (v->type == JSON_STRING)
		text_json(w->text, json_str(&w->d, node), v->str_len);
	else
		buf_put(w->text, json_src(&w->d, node), v->src_len);
	x->value_len = w->text->len - x->value;
	return 0;
}

/* The next value in the order of the text, with its names. False: there is none, or a name is
 * longer than any limit. */
static bool
go_on(struct walk *w, uint32_t *cur)
{
	struct level *l;

	while (w->depth && w->level[w->depth - 1].next == JSON_NONE)
		w->depth--;
	if (w->depth == 0 || w->text->failed || w->path.failed || w->place.failed)
		return false;
	l = &w->level[w->depth - 1];
	w->path.len = l->path;
	w->place.len = l->place;
	*cur = l->next;
	l->next = w->d.node[*cur].next;
	step(&w->path, &w->d, l->node, *cur, l->item, l->conditions);
	step(&w->place, &w->d, l->node, *cur, l->item++, false);
	return true;
}

/* Null, and an object or list with nothing in it, are no leaves (leaves.h). -1: no memory. */
static int
find_leaves(struct walk *w)
{
	uint32_t cur = 0;

	do {
		const struct json_node *v = &w->d.node[cur];
		bool inner = v->type == JSON_OBJECT || v->type == JSON_ARRAY;

		if (inner && v->first != JSON_NONE)
			enter(w, cur);
		else if (!inner && v->type != JSON_NULL && add_leaf(w, cur))
			return -1;
	} while (go_on(w, &cur));
	return w->text->failed || w->path.failed || w->place.failed ? -1 : 0;
}

/* Offsets become places in the text, now that it does not move any more. */
static int
take_leaves(struct leaves *ret, const struct walk *w)
{
	const char *t = (const char *)ret->text.p;

	if ((ret->l = calloc(w->n + 1, sizeof *ret->l)) == NULL)
		return -1;
	for (; ret->n < w->n; ret->n++) {
		const struct offsets *o = &w->o[ret->n];

		ret->l[ret->n] = (struct leaf){ { t + o->path, o->path_len },
			{ t + o->place, o->place_len }, { t + o->value, o->value_len } };
	}
	qsort(ret->l, ret->n, sizeof *ret->l, by_path);
	return 0;
}

int
leaves_of(struct leaves *ret, const void *json, size_t n)
{
	struct walk w = { .text = &ret->text };
	int rc;

	memset(ret, 0, sizeof *ret);
	buf_init(&ret->text, 256u << 20);
	buf_init(&w.path, 1u << 20);
	buf_init(&w.place, 1u << 20);
	json_init(&w.d);
	rc = json_parse(&w.d, json, n, DEPTH - 1);
	if (rc == 0)
		rc = find_leaves(&w);
	if (rc == 0)
		rc = take_leaves(ret, &w);
	free(w.o);
	buf_release(&w.path);
	buf_release(&w.place);
	json_release(&w.d);
	return rc;
}

void
leaves_release(struct leaves *l)
{
	free(l->l);
	buf_release(&l->text);
}

static int
paths_of(const struct leaf *a, const struct leaf *b)
{
	int k = memcmp(a->path.p, b->path.p, a->path.n < b->path.n ? a->path.n : b->path.n);

	return k ? k : a->path.n < b->path.n ? -1 : a->path.n > b->path.n;
}

int
leaves_differ(const struct leaves *from, const struct leaves *to,
    int (*each)(void *arg, const struct leaf *from, const struct leaf *to), void *arg)
{
	size_t i = 0, k = 0;
	int rc = 0;

	while (rc == 0 && (i < from->n || k < to->n)) {
		int order = i == from->n ? 1 : k == to->n ? -1 : paths_of(&from->l[i], &to->l[k]);
		const struct leaf *a = order <= 0 ? &from->l[i] : NULL,
				  *b = order >= 0 ? &to->l[k] : NULL;

		i += a != NULL;
		k += b != NULL;
		if (a == NULL || b == NULL || a->value.n != b->value.n ||
		    memcmp(a->value.p, b->value.p, a->value.n))
			rc = each(arg, a, b);
	}
	return rc;
}
