/* What ran against what the analysis chose (tables.md T-13, analysis.md AN-3): one rule for the
 * table of executions and for the analysis. */
#include <stdlib.h>

#include "base/limits.h"
#include "tables/dossier.h"

struct named {
	struct str name;
	uint32_t node;
};

static int
by_name(const void *pa, const void *pb)
{
	return str_cmp(((const struct named *)pa)->name, ((const struct named *)pb)->name);
}

/* The members of an object, by name; owned. NULL: no memory. */
static struct named *
members(const struct json_doc *doc, uint32_t object)
{
	struct named *m = malloc((doc->node[object].count + 1) * sizeof *m);
	uint32_t n = 0;

	if (m == NULL)
		return NULL;
	for (uint32_t k = doc->node[object].first; k != JSON_NONE; k = doc->node[k].next)
		m[n++] = (struct named){ { json_name(doc, k), doc->node[k].name_len }, k };
	if (n)
		qsort(m, n, sizeof *m, by_name);
	return m;
}

/* A value as text, so that "1" and 1 are the same. -1: no memory. */
static int
as_text(struct json_doc *doc, uint32_t k, struct buf *out)
{
	buf_clear(out);
	if (doc->node[k].type == JSON_STRING)
		buf_put(out, json_str(doc, k), doc->node[k].str_len);
	else if (doc->node[k].type == JSON_NUMBER)
		buf_put(out, json_src(doc, k), doc->node[k].src_len);
	else if (json_write(doc, k, JSON_CANONICAL, out) < 0)
		return -1;
	return out->nomem ? -1 : 0;
}

/* Are two objects other than each other? -1: no memory. */
static int
differ(struct json_doc *x, uint32_t a, struct json_doc *y, uint32_t b)
{
	uint32_t n = x->node[a].count;
	struct named *p, *q;
	struct buf s, t;
	int rc = 0;

	/* as many members, or they cannot be the same */
	if (n != y->node[b].count)
		return 1;
	/* sorted by name: the order of members says nothing */
	p = members(x, a);
	q = members(y, b);
	buf_init(&s, EX_MAX_BODY);
	buf_init(&t, EX_MAX_BODY);
	if (p == NULL || q == NULL)
		rc = -1;
	/* a text and a number of the same characters are alike */
	for (uint32_t i = 0; i < n && rc == 0; i++)
		if (str_cmp(p[i].name, q[i].name))
			rc = 1;
		else if (as_text(x, p[i].node, &s) || as_text(y, q[i].node, &t))
			rc = -1;
		else
			rc = str_cmp(str_in(&s), str_in(&t)) != 0;
	buf_release(&s);
	buf_release(&t);
	free(p);
	free(q);
	return rc;
}

struct override
override_of(const struct traits *f)
{
	struct dossier *d = f->d;
	unsigned wes = d->first[K_WES];
	struct str ran = text_at(d, wes != NONE ? wes : d->first[K_RWC], "workflow_id");
	uint32_t a = value_at(d, wes, "parameters");
	uint32_t b = value_at(d, f->kar, "response_data.selectedWorkflow.parameters");
	struct override o = { .chosen =
				  text_at(d, f->kar, "response_data.selectedWorkflow.workflowId") };
	int rc = 0;

	if (o.chosen.n == 0)
		o.chosen = text_at(d, d->first[K_AAC], "workflow_id");
	if (o.chosen.n == 0)
		o.chosen = last_text(d, K_AAD, "workflow_id");
	o.workflow = ran.n && o.chosen.n && str_cmp(ran, o.chosen);
	/* what is no object on either side says nothing */
	if (a != JSON_NONE && b != JSON_NONE && payload(d, wes)->node[a].type == JSON_OBJECT &&
	    payload(d, f->kar)->node[b].type == JSON_OBJECT)
		rc = differ(payload(d, wes), a, payload(d, f->kar), b);
	o.parameters = rc > 0;
	d->nomem |= rc < 0;
	return o;
}
