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
	buf_printf(out,
	    "{\"type\":\"https://kubernaut.ai/problems/"
	    "%s\",\"title\":\"%s\",\"status\":%d,\"detail\":\"%s\",\"correlation_id\":",
	    type, title, status, detail);
	text_json(out, id, n);
	buf_str(out, "}\n");
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
put_object(struct buf *out, const struct buf *object)
{
	struct buf yaml;
	int rc;

	buf_init(&yaml, 128u << 20);
	rc = yaml_of_json(&yaml, object->p, object->len);
	buf_str(out, ",\"remediation_request\":");
	buf_put(out, object->p, object->len);
	buf_str(out, ",\"remediation_request_yaml\":");
	text_json(out, yaml.p, yaml.len);
	buf_release(&yaml);
	return rc;
}

static void
put_grades(struct buf *out, const struct rebuilt_rr *rr)
{
	unsigned count[4];

	rebuilt_grades(rr, count);
	for (unsigned k = 0; k < 4; k++)
		buf_printf(out, "%s\"%s\":%u", k ? "," : "{", grade_names[k], count[k]);
	buf_byte(out, '}');
}

/* The source's own completeness and warnings stand beside ours (B-10). */
static int
put_validation(struct buf *out, const struct story *s, const struct correlation *c,
    const struct rebuilt_rr *rr)
{
	struct guide g;
	int rc = guide_rebuild(&g, s, c, 0);

	buf_printf(out,
	    ",\"validation\":{\"is_valid\":%s,\"completeness\":", rr->n_errors ? "false" : "true");
	if (rc || g.refused != GUIDE_FINE)
		buf_str(out, "null");
	else
		buf_printf(out, "%u", g.completeness);
	buf_str(out, ",\"errors\":[");
	buf_put(out, rr->errors.p, rr->errors.len);
	buf_str(out, "],\"warnings\":[");
	if (rc == 0 && g.refused == GUIDE_FINE)
		buf_put(out, g.warnings.p, g.warnings.len);
	buf_printf(out,
	    "],\"fields\":{\"spec\":{\"filled\":%u,\"of\":%u},\"status\":{\"filled\":%u,\"of\":%u}}"
	    ",\"grades\":",
	    rr->filled[0], rr->known[0], rr->filled[1], rr->known[1]);
	put_grades(out, rr);
	buf_byte(out, '}');
	guide_release(&g);
	return rc;
}

static void
put_origins(struct buf *out, const struct rebuilt_rr *rr)
{
	buf_str(out, ",\"provenance\":[");
	rebuilt_provenance(rr, out);
	buf_str(out, "],\"missing\":[");
	rebuilt_lacking(rr, out);
	buf_byte(out, ']');
}

static int
print_json(const struct job *j, struct buf *out, const struct story *s, const struct correlation *c,
    const struct rebuilt_rr *rr, const struct children *children)
{
	if (j->list) {
		buf_put(out, rr->object.p, rr->object.len);
		for (unsigned i = 0; i < children->n; i++) {
			buf_byte(out, ',');
			buf_put(out, children->c[i].o.object.p, children->c[i].o.object.len);
		}
		return out->failed ? -1 : 0;
	}
	buf_str(out, "{\"correlation_id\":");
	text_json(out, c->text, c->n);
	if (!j->provenance && (put_object(out, &rr->object) || put_validation(out, s, c, rr)))
		return -1;
	put_origins(out, rr);
	for (unsigned i = 0; i < children->n; i++) {
		buf_str(out, i ? ",{\"object\":" : ",\"children\":[{\"object\":");
		buf_put(out, children->c[i].o.object.p, children->c[i].o.object.len);
		buf_str(out, ",\"errors\":[");
		buf_put(out, children->c[i].o.errors.p, children->c[i].o.errors.len);
		buf_str(out, "],\"provenance\":[");
		rebuilt_provenance(&children->c[i].o, out);
		buf_str(out, "]}");
	}
	if (children->n)
		buf_byte(out, ']');
	buf_str(out, "}\n");
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
		buf_printf(out, "  %-11s  %s  %9" PRIu64 "  %s: %s\n", o->grade, id,
		    o->by->position, o->path, o->rule);
	}
}

/* Paths and rules are our own words; names are not. */
static int
print_table(struct buf *out, const struct correlation *c, const struct rebuilt_rr *rr,
    const struct children *children)
{
	unsigned count[4];

	rebuilt_grades(rr, count);
	buf_str(out, "PROVENANCE of RemediationRequest ");
	text_plain(out, c->text, c->n);
	buf_printf(out, "\n  %u of %u fields of spec, %u of %u of status; %s", rr->filled[0],
	    rr->known[0], rr->filled[1], rr->known[1],
	    rr->n_errors ? "NOT VALID by the CRD's rules" : "valid by the CRD's rules");
	for (unsigned k = 0; k < 4; k++)
		buf_printf(out, "%s%u %s", k ? ", " : "\n  ", count[k], grade_names[k]);
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
		buf_str(out, "{\"correlation_id\":");
		text_json(out, c->text, c->n);
		/* only newer servers know of clusters */
		if (g->cluster.len) {
			buf_str(out, ",\"cluster_id\":");
			buf_put(out, g->cluster.p, g->cluster.len);
		}
		buf_str(out, ",\"reconstructed_at\":\"");
		utc_print(out, UTC_REST, now, 0);
		buf_byte(out, '"');
		rc = put_object(out, &g->object);
		/* the source's word, and the CRD's */
		buf_printf(out,
		    ",\"validation\":{\"is_valid\":%s,\"crd_valid\":%s,\"completeness\":%u,"
		    "\"errors\":[",
		    g->errors.len ? "false" : "true", g->crd_errors.len ? "false" : "true",
		    g->completeness);
		buf_put(out, g->errors.p, g->errors.len);
		buf_str(out, "],\"warnings\":[");
		buf_put(out, g->warnings.p, g->warnings.len);
		buf_str(out, "],\"crd_errors\":[");
		buf_put(out, g->crd_errors.p, g->crd_errors.len);
		buf_str(out, "]}}\n");
	}
	if (rc || out->failed)
		err_set(e, EX_SOFTWARE_ERR,
		    "the object of %.200s cannot be printed: no memory, or too long", c->text);
	return e->status;
}
