#include "rebuild/children.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/vec.h"
#include "rebuild/inner.h"

#define CHILDREN 4096u /* of one remediation; more have no object */

static const struct {
	const char *kind, *plural, *prefix;
} kinds[] = {
#define CHILD(kind, plural, prefix) { kind, plural, prefix },
#define CHILD_FIELD(kind, path, event, from, grade)
#include "rebuild/children.def"
#undef CHILD
#undef CHILD_FIELD
};

static const struct {
	const char *kind, *path;
	struct {
		enum event_type type;
		const char *any; /* what it begins with, and a `*`; NULL: that type alone */
	} event;
	const char *from;
	enum grade grade;
} row[] = {
#define TYPE(id) \
	{ \
		ET_##id, NULL \
	}
#define ANY(pattern) \
	{ \
		EVENT_TYPES, pattern \
	}
#define CHILD(kind, plural, prefix)
#define CHILD_FIELD(kind, path, event, from, grade) { kind, path, event, from, GRADE_##grade },
#include "rebuild/children.def"
#undef CHILD
#undef CHILD_FIELD
};

#define KINDS (sizeof kinds / sizeof *kinds)
#define ROWS (sizeof row / sizeof *row)

/* A child while events fill it: values by row; rows of one path share the last row's place. */
struct growing {
	unsigned kind;
	char name[254];
	struct buf value[ROWS];
	const struct moment *by[ROWS];
	unsigned source[ROWS]; /* the row that filled it */
};

struct family {
	struct growing **g;
	unsigned n, cap;
	const struct correlation *c;
	const struct story *s;
	unsigned at; /* the event that fills them */
	const char *namespace;
	bool nomem;
};

static struct growing *
child_of(struct family *f, unsigned kind, const char *name)
{
	struct growing *g;
	void *p;

	for (unsigned i = 0; i < f->n; i++)
		if (f->g[i]->kind == kind && strcmp(f->g[i]->name, name) == 0)
			return f->g[i];
	if (f->n == CHILDREN)
		return NULL;
	if (f->n == f->cap) {
		if ((p = vec_resize(f->g, f->cap * 2 + 16, sizeof *f->g)) == NULL)
			goto nomem;
		f->g = p;
		f->cap = f->cap * 2 + 16;
	}
	if ((g = calloc(1, sizeof *g)) == NULL)
		goto nomem;
	g->kind = kind;
	snprintf(g->name, sizeof g->name, "%s", name);
	for (unsigned i = 0; i < ROWS; i++)
		buf_init(&g->value[i], EX_MAX_BODY);
	return f->g[f->n++] = g;
nomem:
	f->nomem = true;
	return NULL;
}

static bool
fits(unsigned i, const struct moment *m)
{
	const char *any = row[i].event.any;

	return any ? strncmp(any, event_type_now(m->type), strlen(any) - 1) == 0 :
		     row[i].event.type == m->kind;
}

/* What a row rests on, for people. */
static const char *
told_by(unsigned i)
{
	return row[i].event.any ? row[i].event.any : event_type_info[row[i].event.type].name;
}

/* The controller drops the workflow's parameters where their validation failed; no member is named
 * "-". */
static const char *
parameters(const struct json_doc *d)
{
	uint32_t i = event_member(d, "response_data.humanReviewReason");
	bool refused = i != JSON_NONE && d->node[i].type == JSON_STRING &&
	    d->node[i].str_len == 27 &&
	    memcmp(json_str(d, i), "parameter_validation_failed", 27) == 0;

	return refused ? "-" : "response_data.selectedWorkflow.parameters";
}

/* The value that a row takes from an event, as JSON; nothing if it is empty there. */
static void
value_of(const struct family *f, struct buf *out, const char *from, const struct moment *m,
    struct json_doc *d)
{
	uint32_t i;

	/* parameters of an answer that was refused for them are no value of the object */
	if (strcmp(from, "@parameters") == 0)
		from = parameters(d);
	if (strcmp(from, "@time") == 0) {
		buf_byte(out, '"');
		/* Kubernetes keeps whole seconds */
		buf_time(out, utc_seconds(m->time));
		buf_byte(out, '"');
	} else if (strcmp(from, "@actor") == 0) {
		/* the controller itself is written as "system" */
		const char *who = m->actor_type && strcmp(m->actor_type, "service") == 0 ? "syste"
											   "m" :
		    m->actor_id ? m->actor_id :
				  "";

		if (who[0])
			text_json(out, who, strlen(who));
	} else if (strcmp(from, "@conditions") == 0) {
		approval_conditions(out, f->s, f->at);
	} else if (strcmp(from, "@decision") == 0) {
		/* any ending but expiry is a person's no */
		buf_str(out,
		    m->action && strcmp(m->action, "expired") == 0 ? "\"Expired\"" :
								     "\"Rejected\"");
	} else if (strcmp(from, "@remediation") == 0) {
		text_json(out, f->c->text, f->c->n);
	} else if (strcmp(from, "@namespace") == 0) {
		if (f->namespace[0])
			text_json(out, f->namespace, strlen(f->namespace));
	} else if (from[0] == '=') {
		text_json(out, from + 1, strlen(from + 1));
	} else if ((i = event_member(d, from[0] == '^' ? from + 1 : from)) != JSON_NONE) {
		const struct json_node *v = &d->node[i];

		/* `^`: the word of the event with a capital, as the object spells it */
		if (v->type == JSON_STRING && v->str_len) {
			size_t at = out->len + 1;

			text_json(out, json_str(d, i), v->str_len);
			if (from[0] == '^' && !out->failed && out->p[at] >= 'a' &&
			    out->p[at] <= 'z')
				out->p[at] = (unsigned char)(out->p[at] - 'a' + 'A');
		} else if (v->type == JSON_OBJECT || v->type == JSON_ARRAY) {
			/* an empty object in the event says nothing about the object */
			if (v->first != JSON_NONE)
				json_write(d, i, JSON_CANONICAL, out);
		} else if (v->type != JSON_NULL && v->type != JSON_STRING) {
			/* numbers and booleans as the event spelled them, digit for digit */
			buf_put(out, json_src(d, i), v->src_len);
		}
	}
}

static void
note_event(struct family *f, const struct moment *m, struct json_doc *d)
{
	for (unsigned i = 0; i < ROWS; i++) {
		unsigned k = 0, place = i;
		struct growing *g;
		struct buf v;
		char name[254];

		if (!fits(i, m))
			continue;
		/* the table names only kinds that the list has */
		while (strcmp(kinds[k].kind, row[i].kind))
			k++;
		/* a child is named after its remediation, or by the event itself */
		if (kinds[k].prefix[0])
			snprintf(name, sizeof name, "%s-%.*s", kinds[k].prefix,
			    (int)(f->c->n > 240 ? 240 : f->c->n), f->c->text);
		else
			snprintf(name, sizeof name, "%s", m->resource_id ? m->resource_id : "");
		/* several rows may give one member: the last row of that member holds its value */
		while (place + 1 < ROWS && strcmp(row[place + 1].path, row[i].path) == 0 &&
		    strcmp(row[place + 1].kind, row[i].kind) == 0)
			place++;
		/* without a name there is no object to speak of */
		if (name[0] == '\0' || (g = child_of(f, k, name)) == NULL)
			continue;
		buf_init(&v, EX_MAX_BODY);
		value_of(f, &v, row[i].from[0] == '+' ? row[i].from + 1 : row[i].from, m, d);
		/* `+`: the first event counts, later ones do not replace it */
		if (v.len && !v.failed && !(row[i].from[0] == '+' && g->value[place].len)) {
			buf_clear(&g->value[place]);
			buf_put(&g->value[place], v.p, v.len);
			g->by[place] = m;
			g->source[place] = i;
		}
		f->nomem |= v.nomem || g->value[place].nomem;
		buf_release(&v);
	}
}

static bool
asks(enum event_type t)
{
	return t == ET_ORCHESTRATOR_APPROVAL_REQUESTED || t == ET_ORCHESTRATOR_APPROVAL_APPROVED ||
	    t == ET_ORCHESTRATOR_APPROVAL_REJECTED ||
	    t == ET_WEBHOOK_REMEDIATIONAPPROVALREQUEST_DECIDED;
}

/* An approval is there only if it was asked for: what the analysis says alone makes none. */
static bool
exists(const struct growing *g)
{
	bool asked = strcmp(kinds[g->kind].kind, "RemediationApprovalRequest") != 0;

	for (unsigned i = 0; i < ROWS && !asked; i++)
		asked = g->by[i] && asks(row[g->source[i]].event.type);
	return asked;
}

/* What the CRD of an approval wants of its spec; those of the other kinds are not part of this
 * program, and nothing is said of them. */
static const char *const wanted[] = { "spec.aiAnalysisRef.name", "spec.confidence",
	"spec.confidenceLevel", "spec.investigationSummary", "spec.reason",
	"spec.recommendedActions", "spec.recommendedWorkflow.executionBundle",
	"spec.recommendedWorkflow.rationale", "spec.recommendedWorkflow.version",
	"spec.recommendedWorkflow.workflowId", "spec.remediationRequestRef.name", "spec.requiredBy",
	"spec.whyApprovalRequired" };

static void
required(struct rebuilt_rr *o, const struct growing *g)
{
	if (strcmp(kinds[g->kind].kind, "RemediationApprovalRequest"))
		return;
	for (size_t k = 0; k < sizeof wanted / sizeof *wanted; k++) {
		bool there = false;

		for (unsigned i = 0; i < ROWS; i++)
			there |= g->by[i] && strcmp(row[i].kind, kinds[g->kind].kind) == 0 &&
			    strcmp(row[i].path, wanted[k]) == 0;
		if (!there)
			schema_refuse(o, wanted[k], "is required and not in evidence");
	}
}

static void
print(
    struct child *ret, const struct growing *g, const struct correlation *c, const char *namespace)
{
	struct nested line[ROWS + 3];
	struct emit e;
	unsigned n = 0;

	/* the order of members is that of the real object, so that a diff shows differences only */
	ret->kind = kinds[g->kind].kind;
	ret->plural = kinds[g->kind].plural;
	snprintf(ret->name, sizeof ret->name, "%s", g->name);
	rebuilt_init(&ret->o);
	emit_init(&e, &ret->o.object);
	emit_object(&e, NULL);
	emit_str(&e, "apiVersion", "kubernaut.ai/v1alpha1");
	emit_str(&e, "kind", ret->kind);
	emit_object(&e, "metadata");
	emit_object(&e, "annotations");
	correlation_put(&e, c, false);
	emit_str(&e, "kubernaut.ai/reconstruction-source", "audit-trail");
	emit_end(&e);
	emit_object(&e, "labels");
	correlation_put(&e, c, true);
	emit_str(&e, "kubernaut.ai/reconstructed", "true");
	emit_end(&e);
	name_put(&e, g->name, strlen(g->name), namespace);
	emit_end(&e);
	/* members come from different events: each keeps which, and by what rule */
	for (unsigned i = 0; i < ROWS; i++)
		if (g->by[i]) {
			snprintf(line[n].path, sizeof line[n].path, "%s", row[i].path);
			line[n].value = &g->value[i];
			line[n++].k = (int)i;
			origin_put(&ret->o, row[i].path, g->by[i], row[g->source[i]].grade,
			    told_by(g->source[i]));
		}
	nested_put(&e, line, n);
	emit_end(&e);
	/* what the schema demands and no event says is told as missing, never made up */
	metadata_check(&ret->o, g->name, strlen(g->name), namespace);
	required(&ret->o, g);
}

static int
by_kind(const void *a, const void *b)
{
	const struct growing *x = *(struct growing *const *)a, *y = *(struct growing *const *)b;

	return x->kind != y->kind ? x->kind < y->kind ? -1 : 1 : strcmp(x->name, y->name);
}

int
children_rebuild(
    struct children *ret, const struct story *s, const struct correlation *c, const char *namespace)
{
	struct family f = { .c = c, .s = s, .namespace = namespace };

	memset(ret, 0, sizeof *ret);
	for (unsigned i = 0; i < s->n && !f.nomem; i++) {
		struct json_doc *d = moment_object(&s->m[i]);

		f.at = i;
		if (d)
			note_event(&f, &s->m[i], d);
		f.nomem |= moment_nomem(&s->m[i]);
	}
	if (f.n)
		qsort(f.g, f.n, sizeof *f.g, by_kind);
	if (!f.nomem && (ret->c = calloc(f.n + 1, sizeof *ret->c)) == NULL)
		f.nomem = true;
	for (unsigned i = 0; i < f.n; i++) {
		if (!f.nomem && exists(f.g[i])) {
			struct child *x = &ret->c[ret->n++];

			print(x, f.g[i], c, namespace);
			f.nomem |= x->o.nomem || x->o.object.failed;
		}
		for (unsigned k = 0; k < ROWS; k++)
			buf_release(&f.g[i]->value[k]);
		free(f.g[i]);
	}
	free(f.g);
	return f.nomem ? -1 : 0;
}

void
children_release(struct children *c)
{
	for (unsigned i = 0; i < c->n; i++)
		rebuilt_release(&c->c[i].o);
	free(c->c);
}
