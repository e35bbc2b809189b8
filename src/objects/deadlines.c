#include "objects/deadlines.h"

#include <stdlib.h>
#include <string.h>

#include "base/utc.h"
#include "base/vec.h"
#include "json/json.h"
#include "objects/objects.h"

static int
note_object(void *arg, const struct collected *c)
{
	struct deadlines *x = arg;
	uint32_t name, by;
	struct utc t;
	void *p;

	if (c->doc == NULL || c->kind.n != 26 ||
	    memcmp(c->kind.p, "RemediationApprovalRequest", 26))
		return 0;
	name = json_path(c->doc, c->at, "metadata.name");
	by = json_path(c->doc, c->at, "spec.requiredBy");
	if (name == JSON_NONE || by == JSON_NONE || c->doc->node[name].type != JSON_STRING ||
	    c->doc->node[by].type != JSON_STRING ||
	    utc_parse(json_str(c->doc, by), c->doc->node[by].str_len, &t) != UTC_OK)
		return 0;
	if (x->n == x->cap) {
		if ((p = vec_resize(x->d, x->cap * 2 + 32, sizeof *x->d)) == NULL)
			return -1;
		x->d = p;
		x->cap = x->cap * 2 + 32;
	}
	if ((x->d[x->n].request = strndup(json_str(c->doc, name), c->doc->node[name].str_len)) ==
	    NULL)
		return -1;
	x->d[x->n++].at = t.us;
	return 0;
}

static int
by_request(const void *a, const void *b)
{
	return strcmp(((const struct deadline *)a)->request, ((const struct deadline *)b)->request);
}

int
deadlines_read(struct deadlines *x, struct reading *r, struct err *e)
{
	*x = (struct deadlines){ .n = 0 };
	if (objects_each(r, note_object, x, e))
		return -1;
	if (x->n)
		qsort(x->d, x->n, sizeof *x->d, by_request);
	return 0;
}

void
deadlines_release(struct deadlines *x)
{
	for (size_t i = 0; i < x->n; i++)
		free(x->d[i].request);
	free(x->d);
}

bool
deadlines_of(const struct deadlines *x, const char *request, int64_t *ret)
{
	struct deadline key = { .request = (char *)request }, *d = NULL;

	if (request && x->n)
		d = bsearch(&key, x->d, x->n, sizeof *x->d, by_request);
	if (d)
		*ret = d->at;
	return d != NULL;
}
