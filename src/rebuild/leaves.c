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

int
leaves_of(struct leaves *ret, const void *json, size_t n)
{
	struct {
		uint32_t node, next;
		size_t item, path, place;
		bool conditions;
	} stack[DEPTH];
	struct offsets *o = NULL;
	size_t cap = 0, n_o = 0;
	struct buf path, place;
	struct json_doc d;
	unsigned depth = 0;
	int rc;

	memset(ret, 0, sizeof *ret);
	buf_init(&ret->text, 256u << 20);
	buf_init(&path, 1u << 20);
	buf_init(&place, 1u << 20);
	json_init(&d);
	rc = json_parse(&d, json, n, DEPTH - 1);
	for (uint32_t cur = 0; rc == 0;) {
		const struct json_node *v = &d.node[cur];

		if ((v->type == JSON_OBJECT || v->type == JSON_ARRAY) && v->first != JSON_NONE) {
			stack[depth].node = cur;
			stack[depth].next = v->first;
			stack[depth].item = 0;
			stack[depth].path = path.len;
			stack[depth].place = place.len;
			stack[depth++].conditions = v->type == JSON_ARRAY && path.len >= 10 &&
			    memcmp(path.p + path.len - 10, "conditions", 10) == 0;
		} else if (v->type != JSON_OBJECT && v->type != JSON_ARRAY &&
		    v->type != JSON_NULL) {
			struct offsets *x;

			if (n_o == cap) {
				cap = cap ? cap * 2 : 256;
				if ((x = vec_resize(o, cap, sizeof *o)) == NULL) {
					rc = -1;
					break;
				}
				o = x;
			}
			x = &o[n_o++];
			*x = (struct offsets){ ret->text.len, path.len, ret->text.len + path.len,
				place.len, ret->text.len + path.len + place.len, 0 };
			buf_put(&ret->text, path.p, path.len);
			buf_put(&ret->text, place.p, place.len);
			if (v->type == JSON_STRING)
				text_json(&ret->text, json_str(&d, cur), v->str_len);
			else
				buf_put(&ret->text, json_src(&d, cur), v->src_len);
			x->value_len = ret->text.len - x->value;
		}
		while (depth && stack[depth - 1].next == JSON_NONE)
			depth--;
		if (depth == 0 || ret->text.failed || path.failed || place.failed)
			break;
		path.len = stack[depth - 1].path;
		place.len = stack[depth - 1].place;
		cur = stack[depth - 1].next;
		stack[depth - 1].next = d.node[cur].next;
		step(&path, &d, stack[depth - 1].node, cur, stack[depth - 1].item,
		    stack[depth - 1].conditions);
		step(&place, &d, stack[depth - 1].node, cur, stack[depth - 1].item++, false);
	}
	if (rc == 0 &&
	    (ret->text.failed || path.failed || place.failed ||
		(ret->l = calloc(n_o + 1, sizeof *ret->l)) == NULL))
		rc = -1;
	for (size_t i = 0; rc == 0 && i < n_o; i++) {
		const char *t = (const char *)ret->text.p;

		ret->l[i] = (struct leaf){ { t + o[i].path, o[i].path_len },
			{ t + o[i].place, o[i].place_len }, { t + o[i].value, o[i].value_len } };
		ret->n = i + 1;
	}
	if (rc == 0)
		qsort(ret->l, ret->n, sizeof *ret->l, by_path);
	free(o);
	buf_release(&path);
	buf_release(&place);
	json_release(&d);
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
