/* Rebuilt objects in the folders of a must-gather (rebuild.md B-14), so that its readers can open
 * them. */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/vec.h"
#include "cmd/analyze/reconstruct.h"
#include "cmd/version.h"
#include "rebuild/crd.h"

#define CRDS "cluster-scoped-resources/apiextensions.k8s.io/customresourcedefinitions/"

static const struct {
	const char *kind, *plural;
} kinds[] = {
	{ "RemediationRequest", "remediationrequests" },
#define CHILD(kind, plural, prefix) { kind, plural },
#define CHILD_FIELD(kind, path, event, from, grade)
#include "rebuild/children.def"
#undef CHILD
#undef CHILD_FIELD
};

struct tree {
	struct outdir *dir;
	char (*namespace)[OUTDIR_NAME]; /* those that have a file, sorted, as they are written */
	size_t n, cap;
	struct utc_range time; /* of all events */
	bool nested;           /* some request groups its status */
};

struct tree *
tree_new(struct outdir *dir)
{
	struct tree *t = calloc(1, sizeof *t);

	if (t)
		t->dir = dir;
	return t;
}

void
tree_free(struct tree *t)
{
	if (t)
		free(t->namespace);
	free(t);
}

static int
write_out(struct tree *t, const struct buf *b, struct err *e)
{
	fwrite(b->p, 1, b->len, t->dir->file);
	return outdir_finish(t->dir, true, e);
}

/* Names of the same object are told apart by a number: two remediations may claim one
 * notification. */
static int
add_object(struct tree *t, const struct job *j, const char *namespace, const char *plural,
    const char *name, size_t n, const struct rebuilt_rr *rr, const struct child *child,
    struct err *e)
{
	char file[OUTDIR_NAME];
	const struct rebuilt_rr *shown = rr;
	struct rebuilt_rr dated_rr = { 0 };
	struct buf b;
	int rc = 1;

	outdir_name(name, n, "", file);
	for (unsigned k = 1; rc > 0; k++)
		rc = k == 1 ? outdir_create(t->dir, e, "namespaces/%s/" CRD_GROUP "/%s/%s.yaml",
				  namespace, plural, file) :
			      outdir_create(t->dir, e, "namespaces/%s/" CRD_GROUP "/%s/%s~%u.yaml",
				  namespace, plural, file, k);
	if (rc)
		return e->status;
	buf_init(&b, 256u << 20);
	if (child)
		print_child_head(&b, child);
	/* an object that says when its creator made it is as old as that */
	if (child == NULL && (rc = rebuilt_dated(rr, &dated_rr)) > 0)
		shown = &dated_rr;
	if (rc < 0 || print_yaml(j, &b, shown))
		err_set(e, EX_SOFTWARE_ERR,
		    "an object of %.200s cannot be printed: no memory, or too long", name);
	rc = write_out(t, &b, e);
	buf_release(&b);
	buf_release(&dated_rr.object);
	return e->status ? e->status : rc;
}

static bool
name_before(const void *key, const void *member)
{
	return strcmp(member, key) < 0;
}

static int
add_namespace(struct tree *t, const char *file, const char *name, struct err *e)
{
	size_t at = lower_bound(file, t->namespace, t->n, sizeof *t->namespace, name_before);
	struct buf b;
	int rc;

	if (at < t->n && strcmp(t->namespace[at], file) == 0)
		return 0;
	if (vec_grow(&t->namespace, &t->cap, t->n + 1, sizeof *t->namespace)) {
		err_nomem(e);
		return e->status;
	}
	memmove(t->namespace + at + 1, t->namespace + at, (t->n - at) * sizeof *t->namespace);
	memcpy(t->namespace[at], file, OUTDIR_NAME);
	t->n++;
	if ((rc = outdir_create(t->dir, e, "namespaces/%s/%s.yaml", file, file)) != 0)
		return rc > 0 ? outdir_there(t->dir, e) : e->status;
	buf_init(&b, 65536);
	buf_str(&b, "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: ");
	text_json(&b, name, strlen(name)); /* a JSON string is YAML */
	buf_byte(&b, '\n');
	rc = write_out(t, &b, e);
	buf_release(&b);
	return rc;
}

int
tree_add(struct tree *t, const struct job *j, const struct story *s, const struct correlation *c,
    const struct rebuilt_rr *rr, const struct children *children, struct err *e)
{
	char namespace[OUTDIR_NAME];
	int rc;

	for (unsigned i = 0; i < s->n; i++)
		utc_range_add(&t->time, s->m[i].time);
	t->nested |= rr->object.len &&
	    (memmem(rr->object.p, rr->object.len, "\"completionStatus\":{", 20) ||
		memmem(rr->object.p, rr->object.len, "\"workflowSelection\":{", 21));
	outdir_name(rr->namespace, strlen(rr->namespace), "", namespace);
	if ((rc = add_namespace(t, namespace, rr->namespace, e)) ||
	    (rc = add_object(t, j, namespace, kinds[0].plural, c->text, c->n, rr, NULL, e)))
		return rc;
	for (unsigned i = 0; i < children->n && rc == 0; i++)
		rc = add_object(t, j, namespace, children->c[i].plural, children->c[i].name,
		    strlen(children->c[i].name), &children->c[i].o, &children->c[i], e);
	return rc;
}

static int
write_text(struct tree *t, const char *path, const struct buf *b, struct err *e)
{
	int rc = outdir_create(t->dir, e, "%s", path);

	return rc > 0 ? outdir_there(t->dir, e) : rc ? e->status : write_out(t, b, e);
}

/* As Go prints a time. */
static void
put_time(struct buf *b, int64_t us)
{
	utc_print(b, UTC_PG, us, 0);
	b->len -= strlen("+00");
	buf_str(b, " +0000 UTC\n");
}

int
tree_finish(struct tree *t, struct err *e)
{
	char path[256];
	struct buf b;
	int rc = 0;

	buf_init(&b, 4096);
	for (unsigned i = 0; i < sizeof kinds / sizeof *kinds && rc == 0; i++) {
		buf_clear(&b);
		crd_put(&b, kinds[i].kind, kinds[i].plural, t->nested);
		snprintf(path, sizeof path, CRDS "%s." CRD_GROUP ".yaml", kinds[i].plural);
		rc = write_text(t, path, &b, e);
	}
	buf_clear(&b);
	buf_str(&b, "exhibit\n" EXHIBIT_VERSION "\n");
	if (rc == 0)
		rc = write_text(t, "version", &b, e);
	buf_clear(&b);
	if (rc == 0 && t->time.any) {
		put_time(&b, t->time.min);
		put_time(&b, t->time.max);
		rc = write_text(t, "timestamp", &b, e);
	}
	buf_release(&b);
	return rc;
}
