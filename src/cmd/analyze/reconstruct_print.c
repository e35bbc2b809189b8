/* A rebuilt remediation as YAML, JSON (output.md O-8) or a table of where everything comes from. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "cmd/analyze/reconstruct.h"

void
print_problem(struct buf *out, const char *type, const char *title, int status, const char *detail,
    const char *id, size_t n)
{
	struct emit e;

	emit_init(&e, out);
	emit_object(&e, NULL);
	emit_format(&e, "type", "https://kubernaut.ai/problems/%s", type);
	emit_str(&e, "title", title);
	emit_i64(&e, "status", status);
	emit_str(&e, "detail", detail);
	emit_text(&e, "correlation_id", id, n);
	emit_end(&e);
	buf_byte(out, '\n');
}

/* Every line two blanks deeper, the first one behind a dash. */
static void
put_item(struct buf *out, const struct buf *yaml)
{
	const char *p = (const char *)yaml->p, *end = p + yaml->len;

	for (bool first = true; p < end; first = false) {
		const char *nl = memchr(p, '\n', (size_t)(end - p));
		size_t n = nl ? (size_t)(nl - p) + 1 : (size_t)(end - p);

		buf_str(out, first ? "- " : "  ");
		buf_put(out, p, n);
		p += n;
	}
}

int
print_yaml(const struct job *j, struct buf *out, const struct rebuilt_rr *rr)
{
	struct buf plain, told;
	int rc;

	buf_init(&plain, 128u << 20);
	buf_init(&told, 256u << 20);
	rc = yaml_of_json(&plain, rr->object.p, rr->object.len);
	if (rc == 0 && !j->bare)
		rc = yaml_annotate(&told, &plain, rr);
	if (rc == 0 && j->list)
		put_item(out, j->bare ? &plain : &told);
	else if (rc == 0)
		buf_put(out, j->bare ? plain.p : told.p, j->bare ? plain.len : told.len);
	buf_release(&plain);
	buf_release(&told);
	return rc || out->failed ? -1 : 0;
}

void
print_child_head(struct buf *out, const struct child *c)
{
	buf_str(out, "# Only what events carry of it (rebuild.md B-13).\n");
	if (c->o.n_errors)
		buf_printf(out,
		    "# NOT VALID: the CRD's rules refuse %u fields (-o json names them).\n",
		    c->o.n_errors);
	else
		buf_str(out,
		    "# NOT VALID as it stands: fields that no event carries are left out (its CRD "
		    "was not held against it).\n");
}

static int
print_text(const struct job *j, struct buf *out, const struct rebuilt_rr *rr,
    const struct children *children)
{
	if (!j->list)
		buf_str(out,
		    "# Rebuilt from audit events by exhibit. To be kept, not applied: `kubectl "
		    "apply` drops status, and running controllers\n"
		    "# would start the remediation again. The procedure that is safe is in "
		    "exhibit(1), under RECONSTRUCT.\n");
	if (rr->n_errors)
		buf_printf(out,
		    "# NOT VALID: the CRD's rules refuse %u fields (-o json names them).\n",
		    rr->n_errors);
	/* a server does not refuse fields that it does not know: it drops them */
	if (rr->ungrouped)
		buf_printf(out,
		    "# status is laid out as before August 2026: a newer API server drops %u of "
		    "its fields without a word;\n# --status nested has them where it looks.\n",
		    rr->ungrouped);
	if (print_yaml(j, out, rr))
		return -1;
	for (unsigned i = 0; i < children->n; i++) {
		if (!j->list) {
			buf_str(out, "---\n");
			print_child_head(out, &children->c[i]);
		}
		if (print_yaml(j, out, &children->c[i].o))
			return -1;
	}
	return 0;
}

/* An object, as a member and as YAML in a text. */
static int
put_object(struct emit *e, const struct buf *object)
{
	struct buf yaml;
	int rc;

	buf_init(&yaml, 128u << 20);
	rc = yaml_of_json(&yaml, object->p, object->len);
	emit_ours(e, "remediation_request", object->p, object->len);
	emit_text(e, "remediation_request_yaml", (const char *)yaml.p, yaml.len);
	buf_release(&yaml);
	return rc;
}

/* An array of what stands already, with the commas between. */
static void
put_list(struct emit *e, const char *name, const struct buf *elements)
{
	emit_array(e, name);
	emit_list(e, elements->p, elements->len);
	emit_end(e);
}

static void
put_filled(struct emit *e, const char *group, unsigned filled, unsigned of)
{
	emit_object(e, group);
	emit_u64(e, "filled", filled);
	emit_u64(e, "of", of);
	emit_end(e);
}

static void
put_grades(struct emit *e, const struct rebuilt_rr *rr)
{
	unsigned count[GRADES];

	rebuilt_grades(rr, count);
	emit_object(e, "grades");
	for (unsigned k = GRADE_EXACT; k < GRADES; k++)
		emit_u64(e, grade_name[k], count[k]);
	emit_end(e);
}

/* The source's own completeness and warnings stand beside ours (B-10). */
static int
put_validation(
    struct emit *e, const struct story *s, const struct correlation *c, const struct rebuilt_rr *rr)
{
	struct guide g;
	int rc = guide_rebuild(&g, s, c, 0);
	bool answers = rc == 0 && g.refused == GUIDE_FINE;

	emit_object(e, "validation");
	emit_bool(e, "is_valid", rr->n_errors == 0);
	if (answers)
		emit_u64(e, "completeness", g.completeness);
	else
		emit_null(e, "completeness");
	put_list(e, "errors", &rr->errors);
	put_list(e, "warnings", answers ? &g.warnings : &(struct buf){ 0 });
	emit_object(e, "fields");
	put_filled(e, "spec", rr->filled[0], rr->known[0]);
	put_filled(e, "status", rr->filled[1], rr->known[1]);
	emit_end(e);
	put_grades(e, rr);
	emit_end(e);
	guide_release(&g);
	return rc;
}

static void
put_child(struct emit *e, const struct rebuilt_rr *o)
{
	emit_object(e, NULL);
	emit_ours(e, "object", o->object.p, o->object.len);
	put_list(e, "errors", &o->errors);
	rebuilt_provenance(o, e);
	emit_end(e);
}

/* Objects alone, as items of a list that the caller opened. */
static void
put_items(struct buf *out, const struct rebuilt_rr *rr, const struct children *children)
{
	buf_put(out, rr->object.p, rr->object.len);
	for (unsigned i = 0; i < children->n; i++) {
		buf_byte(out, ',');
		buf_put(out, children->c[i].o.object.p, children->c[i].o.object.len);
	}
}

static int
print_json(const struct job *j, struct buf *out, const struct story *s, const struct correlation *c,
    const struct rebuilt_rr *rr, const struct children *children)
{
	struct emit e;

	if (j->list) {
		put_items(out, rr, children);
		return out->failed ? -1 : 0;
	}
	emit_init(&e, out);
	emit_object(&e, NULL);
	emit_text(&e, "correlation_id", c->text, c->n);
	if (!j->provenance && (put_object(&e, &rr->object) || put_validation(&e, s, c, rr)))
		return -1;
	rebuilt_provenance(rr, &e);
	rebuilt_lacking(rr, &e);
	if (children->n) {
		emit_array(&e, "children");
		for (unsigned i = 0; i < children->n; i++)
			put_child(&e, &children->c[i].o);
		emit_end(&e);
	}
	emit_end(&e);
	buf_byte(out, '\n');
	/* of a list the limits stand at its end */
	if (j->form == FORM_JSON && !j->several && j->dir.fd < 0)
		evidence_put_limits(j->ev, out);
	return out->failed ? -1 : 0;
}

static void
put_rows(struct buf *out, const struct rebuilt_rr *rr)
{
	buf_printf(out, "  %-11s  %-36s  %9s  %s\n", "GRADE", "EVENT", "POSITION", "FIELD: RULE");
	for (unsigned i = 0; i < rr->n_origins; i++) {
		const struct origin *o = &rr->origin[i];
		char id[37];

		uuid_of(o->by->id, id);
		buf_printf(out, "  %-11s  %s  %9" PRIu64 "  %s: %s\n", grade_name[o->grade], id,
		    o->by->position, o->path, o->rule);
	}
}

/* Paths and rules are our own words; names are not. */
static int
print_table(struct buf *out, const struct correlation *c, const struct rebuilt_rr *rr,
    const struct children *children)
{
	unsigned count[GRADES];

	rebuilt_grades(rr, count);
	buf_str(out, "PROVENANCE of RemediationRequest ");
	text_plain(out, c->text, c->n);
	buf_printf(out, "\n  %u of %u fields of spec, %u of %u of status; %s", rr->filled[0],
	    rr->known[0], rr->filled[1], rr->known[1],
	    rr->n_errors ? "NOT VALID by the CRD's rules" : "valid by the CRD's rules");
	for (unsigned k = GRADE_EXACT; k < GRADES; k++)
		buf_printf(
		    out, "%s%u %s", k > GRADE_EXACT ? ", " : "\n  ", count[k], grade_name[k]);
	buf_str(out, "\n\n");
	put_rows(out, rr);
	buf_printf(out, "\nMISSING: %u fields, none of them invented\n", rr->n_lacking);
	for (unsigned i = 0; i < rr->n_lacking; i++)
		buf_printf(out, "  %s: %s\n", rr->lacking[i].path, rr->lacking[i].reason);
	for (unsigned i = 0; i < children->n; i++) {
		buf_printf(out, "\n%s ", children->c[i].kind);
		text_plain(out, children->c[i].name, strlen(children->c[i].name));
		buf_byte(out, '\n');
		put_rows(out, &children->c[i].o);
	}
	return out->failed ? -1 : 0;
}

int
print_rebuilt(const struct job *j, struct buf *out, const struct story *s,
    const struct correlation *c, const struct rebuilt_rr *rr, const struct children *children,
    struct err *e)
{
	int rc = j->form != FORM_YAML ? print_json(j, out, s, c, rr, children) :
	    j->provenance             ? print_table(out, c, rr, children) :
					print_text(j, out, rr, children);

	if (rc)
		err_set(e, EX_SOFTWARE_ERR,
		    "the object of %.200s cannot be printed: no memory, or too long", c->text);
	return rc ? e->status : 0;
}

static int
guide_json(struct buf *out, const struct guide *g, const struct correlation *c, int64_t now)
{
	struct emit e;
	int rc;

	emit_init(&e, out);
	emit_object(&e, NULL);
	emit_text(&e, "correlation_id", c->text, c->n);
	/* only newer servers know of clusters */
	emit_ours(&e, "cluster_id", g->cluster.p, g->cluster.len);
	emit_time(&e, "reconstructed_at", now);
	rc = put_object(&e, &g->object);
	/* the source's word, and the CRD's */
	emit_object(&e, "validation");
	emit_bool(&e, "is_valid", g->errors.len == 0);
	emit_bool(&e, "crd_valid", g->crd_errors.len == 0);
	emit_u64(&e, "completeness", g->completeness);
	put_list(&e, "errors", &g->errors);
	put_list(&e, "warnings", &g->warnings);
	put_list(&e, "crd_errors", &g->crd_errors);
	emit_end(&e);
	emit_end(&e);
	buf_byte(out, '\n');
	return rc;
}

int
print_guide(const struct job *j, struct buf *out, const struct guide *g,
    const struct correlation *c, int64_t now, struct err *e)
{
	int rc;

	/* as YAML the object alone, under a warning that it is no real one */
	if (j->form == FORM_YAML) {
		buf_str(out,
		    "# As Kubernaut's own reconstruction answers: not the object that was, and "
		    "none that its cluster accepts.\n");
		rc = yaml_of_json(out, g->object.p, g->object.len);
	} else {
		rc = guide_json(out, g, c, now);
	}
	if (rc || out->failed)
		err_set(e, EX_SOFTWARE_ERR,
		    "the object of %.200s cannot be printed: no memory, or too long", c->text);
	return e->status;
}
