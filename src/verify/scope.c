#include "verify/scope.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "archive/limits.h"
#include "base/err.h"

bool
scope_inside(const struct verification *v, const struct archive *a)
{
	return v->scoped && v->scope_from >= v->asked[archive_file(a)].from &&
	    v->scope_to <= v->asked[archive_file(a)].to;
}

enum { INSIDE = 1, OUTSIDE = 2 };

struct cut {
	struct verification *v;
	struct links *c;
	const uint8_t *where; /* by correlation number: INSIDE, OUTSIDE, both */
	uint8_t *named;
	struct finding *f;
	unsigned n;
};

#define CUT_NAMED 1000u

static int
name_cut(
    void *arg, const char *text, size_t n, const uint8_t digest[32], bool fresh, uint64_t position)
{
	struct cut *x = arg;
	uint32_t number;
	char *name;

	(void)position;
	if (!fresh || (number = links_correlation(x->c, digest)) == UINT32_MAX ||
	    number >= x->v->rows.correlations || x->where[number] != (INSIDE | OUTSIDE) ||
	    x->named[number] || x->n++ >= CUT_NAMED)
		return 0;
	x->named[number] = 1;
	if ((name = strndup(text, n)) == NULL)
		return -1;
	finding_names(&x->v->findings, x->f, name);
	free(name);
	return 0;
}

/* Correlations with events on both sides of a border. */
static int
tell_cut(struct verification *v, struct links *c, struct err *e)
{
	uint8_t *where = calloc(v->rows.correlations + 1, 1),
		*named = calloc(v->rows.correlations + 1, 1);
	struct cut x = { v, c, where, named, NULL, 0 };
	uint64_t cut = 0;
	int rc = where && named ? 0 : err_nomem(e);

	for (uint64_t i = 0; rc == 0 && i < v->rows.events; i++)
		if (v->rows.node[i].time != INT64_MIN)
			where[v->rows.node[i].corr] |= v->rows.node[i].time >= v->scope_from &&
				v->rows.node[i].time < v->scope_to ?
			    INSIDE :
			    OUTSIDE;
	for (uint64_t i = 0; rc == 0 && i < v->rows.correlations; i++)
		cut += where[i] == (INSIDE | OUTSIDE);
	if (rc == 0 && cut) {
		x.f = finding_say(
		    &v->findings, N10_BORDERS, 0, "the period you declare", GIVING(NUM(cut)));
		for (unsigned i = 0; i < v->n_archives && x.f && rc >= 0; i++)
			if (archive_counts(v->archive[i]))
				rc = correlations_walk(v->archive[i], name_cut, &x, e);
		rc = rc < 0 ? -1 : 0;
	}
	free(where);
	free(named);
	return rc && e->status == 0 ? err_nomem(e) : rc;
}

int
scope_tell(struct verification *v, struct links *c, struct err *e)
{
	struct limits looked = { .n = 0 };
	int rc;

	if (!v->scoped)
		return 0;
	rc = limits_cover(&looked, v->archive, v->n_archives, v->scope_from, v->scope_to) ?
	    err_nomem(e) :
	    0;
	for (unsigned i = 0; rc == 0 && i < looked.n; i++)
		finding_say(&v->findings, I06_REACHES, 0, "the period you declare",
		    GIVING(TEXT(looked.l[i].sentence)));
	limits_release(&looked);
	return rc ? rc : tell_cut(v, c, e);
}
