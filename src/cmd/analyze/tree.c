/* Rebuilt objects in the folders of a must-gather (rebuild.md B-14), so that its readers can open
 * them. */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/vec.h"
#include "cmd/analyze/reconstruct.h"
#include "cmd/version.h"

#define GROUP "kubernaut.ai"
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
/*
 * With metadata.creationTimestamp, where the annotation of the creator tells it: readers make an
 * age of it. Texts of others cannot hold these quotes. 1: *ret borrows all of rr but its object; 0:
 * it is not told; -1: no memory.
 */
static int
dated(const struct rebuilt_rr *rr, struct rebuilt_rr *ret)
{
	static const char told[] = "\"kubernaut.ai/created-at\":", labels[] = ",\"labels\":{";
	const char *p = (const char *)rr->object.p,
		   *at = memmem(p, rr->object.len, told, sizeof told - 1),
		   *end = p + rr->object.len, *cut, *last;

	if (at == NULL || (cut = memmem(at, (size_t)(end - at), labels, sizeof labels - 1)) == NULL)
		return 0;
	at += sizeof told - 1;
	if ((last = memchr(at + 1, '"', (size_t)(cut - at - 1))) == NULL)
		return 0;
	*ret = *rr;
	buf_init(&ret->object, rr->object.max);
	buf_put(&ret->object, p, (size_t)(cut - p));
	buf_str(&ret->object, ",\"creationTimestamp\":");
	buf_put(&ret->object, at, (size_t)(last + 1 - at));
	buf_put(&ret->object, cut, (size_t)(end - cut));
	return ret->object.failed ? -1 : 1;
}

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
		rc = k == 1 ? outdir_create(t->dir, e, "namespaces/%s/" GROUP "/%s/%s.yaml",
				  namespace, plural, file) :
			      outdir_create(t->dir, e, "namespaces/%s/" GROUP "/%s/%s~%u.yaml",
				  namespace, plural, file, k);
	if (rc)
		return e->status;
	buf_init(&b, 256u << 20);
	if (child)
		print_child_head(&b, child);
	/* an object that says when its creator made it is as old as that */
	if (child == NULL && (rc = dated(rr, &dated_rr)) > 0)
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

/* What readers such as omc show of a kind, as its CRD declares it; older objects lack the groups
 * within status (B-9). */
static const struct {
	const char *kind, *name, *path, *flat, *type;
} printed[] = { { "RemediationRequest", "Phase", ".status.overallPhase", NULL, "string" },
	{ "RemediationRequest", "Outcome", ".status.completionStatus.outcome", ".status.outcome",
	    "string" },
	{ "RemediationRequest", "Alert", ".spec.signalName", NULL, "string" },
	{ "RemediationRequest", "Workflow", ".status.workflowSelection.workflowDisplayName",
	    ".status.workflowDisplayName", "string" },
	{ "RemediationRequest", "Age", ".metadata.creationTimestamp", NULL, "date" },
	{ "RemediationApprovalRequest", "AIAnalysis", ".spec.aiAnalysisRef.name", NULL, "string" },
	{ "RemediationApprovalRequest", "Confidence", ".spec.confidence", NULL, "number" },
	{ "RemediationApprovalRequest", "Decision", ".status.decision", NULL, "string" } };

static void
put_columns(struct buf *b, const char *kind, bool nested)
{
	bool any = false;

	for (size_t i = 0; i < sizeof printed / sizeof *printed; i++) {
		if (strcmp(printed[i].kind, kind))
			continue;
		if (!any)
			buf_str(b, "    additionalPrinterColumns:\n");
		any = true;
		buf_printf(b, "    - jsonPath: %s\n      name: %s\n      type: %s\n",
		    nested || printed[i].flat == NULL ? printed[i].path : printed[i].flat,
		    printed[i].name, printed[i].type);
	}
}

static void
put_crd(struct buf *b, const char *kind, const char *plural, bool nested)
{
	const char *whole = kind;

	buf_printf(b,
	    "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata:\n  "
	    "name: %s." GROUP "\nspec:\n  group: " GROUP "\n  names:\n    kind: %s\n    listKind: "
	    "%sList\n"
	    "    plural: %s\n",
	    plural, kind, kind, plural);
	if (strcmp(kind, "RemediationRequest") == 0 ||
	    strcmp(kind, "RemediationApprovalRequest") == 0)
		buf_printf(b, "    shortNames:\n    - %s\n",
		    strcmp(kind, "RemediationRequest") ? "rar" : "rr");
	buf_str(b, "    singular: ");
	for (; *kind; kind++)
		buf_byte(
		    b, (unsigned char)(*kind >= 'A' && *kind <= 'Z' ? *kind + ('a' - 'A') : *kind));
	buf_str(b,
	    "\n  scope: Namespaced\n  versions:\n  - name: v1alpha1\n    served: true\n    "
	    "storage: true\n");
	put_columns(b, whole, nested);
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
		put_crd(&b, kinds[i].kind, kinds[i].plural, t->nested);
		snprintf(path, sizeof path, CRDS "%s." GROUP ".yaml", kinds[i].plural);
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
