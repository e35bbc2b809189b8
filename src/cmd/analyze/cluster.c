/* --cluster: a catalog as if the archive held the correlations of one cluster alone (O-7). */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "cmd/analyze/cluster.h"
#include "cmd/analyze/gather.h"

#define KNOWN 60u /* names that are told where nothing has the one that was asked for */

struct choosing {
	const struct catalog *cat;
	const char *want;
	bool *keep, *nameless;     /* by place in the catalog */
	uint64_t kept, without[2]; /* without: other correlations, remediations */
	char *known[KNOWN];
	unsigned n_known;
	bool nomem;
};

const char *
story_cluster(const struct story *s)
{
	const char *cluster = NULL;

	for (unsigned i = 0; i < s->n; i++)
		if (s->m[i].cluster && *s->m[i].cluster)
			cluster = s->m[i].cluster;
	return cluster;
}

static int
look(struct choosing *x, const struct correlation *c, const struct story *s)
{
	const char *name = story_cluster(s);

	if (name == NULL) {
		x->nameless[c - x->cat->c] = true;
		return 0;
	}
	x->keep[c - x->cat->c] = strcmp(name, x->want) == 0;
	for (unsigned i = 0; i < x->n_known; i++)
		if (strcmp(x->known[i], name) == 0)
			return 0;
	if (x->n_known == KNOWN)
		return 0;
	x->nomem |= (x->known[x->n_known] = strdup(name)) == NULL;
	x->n_known += !x->nomem;
	return x->nomem ? -1 : 0;
}

static int
look_remediation(void *arg, const struct facts *f)
{
	return look(arg, f->c, f->s);
}

static int
look_other(void *arg, const struct correlation *c, const struct story *s)
{
	return look(arg, c, s);
}

/* What older versions filed under another name goes where its remediation goes (gather.h). */
static void
follow_remediations(struct choosing *x)
{
	static const char *const prefix[] = { "rar-", "we-" };

	for (unsigned i = 0; i < x->cat->n; i++)
		for (unsigned k = 0; k < 2; k++) {
			const struct correlation *c = &x->cat->c[i], *of;
			size_t n = strlen(prefix[k]);

			if (c->n > n && memcmp(c->text, prefix[k], n) == 0 &&
			    (of = catalog_get(x->cat, c->text + n, c->n - n)) != NULL) {
				x->keep[i] = x->keep[of - x->cat->c];
				x->nameless[i] = x->nameless[of - x->cat->c];
			}
		}
	for (unsigned i = 0; i < x->cat->n; i++) {
		x->kept += x->keep[i];
		x->without[x->cat->c[i].remediation] += x->nameless[i] && !x->keep[i];
	}
}

/* What is left out because it names no cluster, and the names that there are if none is this. */
static void
tell(const struct cli *c, const struct choosing *x)
{
	struct buf b;

	if (x->without[0] || x->without[1])
		cli_note(c,
		    "--cluster %.253s: %" PRIu64 " remediations and %" PRIu64 " other correlations "
		    "are left out "
		    "because no event of theirs names a cluster",
		    x->want, x->without[1], x->without[0]);
	if (x->kept)
		return;
	buf_init(&b, 1u << 16);
	for (unsigned i = 0; i < x->n_known; i++)
		buf_printf(&b, "%s%.253s", i ? ", " : "", x->known[i]);
	buf_byte(&b, '\0');
	cli_note(c, "--cluster %.253s: no event here names it; there %s: %s%s", x->want,
	    x->n_known == 1 ? "is" : "are", x->n_known ? (const char *)b.p : "none",
	    x->n_known == KNOWN ? " and perhaps more" : "");
	buf_release(&b);
}

int
cluster_choose(const struct cli *c, struct reading *r, struct catalog *cat,
    struct cluster_left *ret, struct err *e)
{
	struct choosing x = { .cat = cat, .want = cli_get(c, "cluster") };
	struct gathering g = { 0 };
	int rc = -1;

	*ret = (struct cluster_left){ .name = x.want };
	/* without the option nothing is left out */
	if (x.want == NULL)
		return 0;
	x.keep = calloc(cat->n + 1, sizeof *x.keep);
	x.nameless = calloc(cat->n + 1, sizeof *x.nameless);
	if (x.keep == NULL || x.nameless == NULL)
		err_nomem(e);
	else if (gather_open(&g, r, cat, e) == 0)
		/* every story is read once: which cluster a correlation is of stands in its events
		 * only */
		rc = gather_each(&g, look_remediation, look_other, &x);
	gather_release(&g);
	if (x.nomem && e->status == 0)
		err_nomem(e);
	/* what older versions filed under another name goes with its remediation */
	if (rc == 0) {
		follow_remediations(&x);
		catalog_keep(cat, x.keep);
		tell(c, &x);
		ret->remediations = x.without[1];
		ret->others = x.without[0];
	}
	for (unsigned i = 0; i < x.n_known; i++)
		free(x.known[i]);
	free(x.keep);
	free(x.nameless);
	return rc;
}
