/* The fields of fields.def while events fill them, and how they are printed: nested as the CRD has
 * them, or flat as older versions did. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/vec.h"
#include "json/emit.h"
#include "rebuild/inner.h"

static const struct {
	const char *path;
	enum grade grade;
	const char *rule;
} info[FIELDS] = {
#define FIELD(name, path, check, grade, rule) { path, GRADE_##grade, rule },
#define ABSENT(path, check, reason)
#include "rebuild/fields.def"
#undef FIELD
#undef ABSENT
};

static const struct {
	const char *path, *reason;
} absent[] = {
#define FIELD(name, path, check, grade, rule)
#define ABSENT(path, check, reason) { path, reason },
#include "rebuild/fields.def"
#undef FIELD
#undef ABSENT
};

struct buf *
field_fresh(struct work *w, enum field k)
{
	struct filled *f = &w->f[k];

	buf_clear(&f->value);
	f->by = w->m;
	f->grade = GRADE_OF_ITS_ROW;
	f->rule = NULL;
	return &f->value;
}

void
field_json(struct work *w, enum field k, const void *p, size_t n)
{
	buf_put(field_fresh(w, k), p, n);
}
void
field_text(struct work *w, enum field k, const char *p, size_t n)
{
	text_json(field_fresh(w, k), p, n);
}
void
field_word(struct work *w, enum field k, const char *word)
{
	field_text(w, k, word, strlen(word));
}
void
field_clear(struct work *w, enum field k)
{
	buf_clear(&w->f[k].value);
}

void
field_time(struct work *w, enum field k, int64_t us)
{
	char text[UTC_TEXT];

	utc_text(text, utc_seconds(us));
	field_text(w, k, text, strlen(text));
}

uint32_t
payload_at(const struct work *w, const char *path)
{
	return event_member(w->d, path);
}

struct str
payload_text(const struct work *w, const char *path)
{
	uint32_t i = payload_at(w, path);

	return i == JSON_NONE || w->d->node[i].type != JSON_STRING ?
	    (struct str){ "", 0 } :
	    (struct str){ json_str(w->d, i), w->d->node[i].str_len };
}

bool
field_copy(struct work *w, enum field k, const char *from)
{
	struct str s = payload_text(w, from);

	if (s.n)
		field_text(w, k, s.p, s.n);
	return s.n > 0;
}

bool
field_says(const struct work *w, enum field k, const char *word)
{
	const struct buf *b = &w->f[k].value;

	return b->len == strlen(word) + 2 && memcmp(b->p + 1, word, b->len - 2) == 0;
}

const char *
field_path(const char *path, bool flat, char out[PATH_MAX_BYTES])
{
	static const char *const group[] = { "status.completionStatus.", "status.operatorAudit.",
		"status.phaseProgress.", "status.routingStatus.", "status.workflowSelection." };

	snprintf(out, PATH_MAX_BYTES, "%s", path);
	for (unsigned i = 0; flat && i < sizeof group / sizeof *group; i++)
		if (strncmp(path, group[i], strlen(group[i])) == 0)
			snprintf(out, PATH_MAX_BYTES, "status.%s", path + strlen(group[i]));
	return out;
}

void
origin_put(struct rebuilt_rr *r, const char *path, const struct moment *m, enum grade grade,
    const char *rule)
{
	struct origin *o;

	if (r->n_origins == r->origins_cap) {
		void *p = vec_resize(r->origin, r->origins_cap * 2 + 64, sizeof *r->origin);

		if (p == NULL) {
			r->nomem = true;
			return;
		}
		r->origin = p;
		r->origins_cap = r->origins_cap * 2 + 64;
	}
	o = &r->origin[r->n_origins++];
	snprintf(o->path, sizeof o->path, "%s", path);
	o->by = m;
	o->grade = grade;
	o->rule = rule;
}

void
lacking_put(struct rebuilt_rr *r, const char *path, const char *reason)
{
	if (r->n_lacking == r->lacking_cap) {
		void *p = vec_resize(r->lacking, r->lacking_cap * 2 + 64, sizeof *r->lacking);

		if (p == NULL) {
			r->nomem = true;
			return;
		}
		r->lacking = p;
		r->lacking_cap = r->lacking_cap * 2 + 64;
	}
	snprintf(r->lacking[r->n_lacking].path, PATH_MAX_BYTES, "%s", path);
	r->lacking[r->n_lacking++].reason = reason;
}

bool
label_value(const char *s, size_t n)
{
	if (n > 63)
		return false;
	for (size_t i = 0; i < n; i++) {
		bool letter = (s[i] >= 'a' && s[i] <= 'z') || (s[i] >= 'A' && s[i] <= 'Z') ||
		    (s[i] >= '0' && s[i] <= '9'),
		     between = i > 0 && i + 1 < n && s[i] && strchr("-_.", s[i]);

		if (!letter && !between)
			return false;
	}
	return true;
}

void
correlation_put(struct emit *e, const struct correlation *c, bool label)
{
	if (label_value(c->text, c->n) == label)
		emit_text(e, "kubernaut.ai/correlation-id", c->text, c->n);
}

void
name_put(struct emit *e, const char *name, size_t n, const char *namespace)
{
	emit_text(e, "name", name, n);
	if (namespace[0])
		emit_str(e, "namespace", namespace);
}

void
condition_put(struct emit *e, int64_t us, const struct str *message, const char *reason,
    const char *status, const char *type)
{
	emit_object(e, NULL);
	emit_time(e, "lastTransitionTime", utc_seconds(us));
	if (message)
		emit_text(e, "message", message->p, message->n);
	emit_str(e, "reason", reason);
	emit_str(e, "status", status);
	emit_str(e, "type", type);
	emit_end(e);
}

void
ref_print(struct buf *b, const char *api, const char *kind, const char *name, size_t n,
    const char *namespace)
{
	struct emit e;

	emit_init(&e, b);
	emit_object(&e, NULL);
	emit_str(&e, "apiVersion", api);
	emit_str(&e, "kind", kind);
	name_put(&e, name, n, namespace);
	emit_end(&e);
}

/* '.' sorts before every other character of a path, so names are sorted at every level. */
static int
by_path(const void *a, const void *b)
{
	return strcmp(((const struct nested *)a)->path, ((const struct nested *)b)->path);
}

/* What two neighbours share stays open. */
void
nested_put(struct emit *e, struct nested *v, unsigned n)
{
	char open[PATH_MAX_BYTES] = ""; /* the object that is open, with its dot behind it */

	if (n)
		qsort(v, n, sizeof *v, by_path);
	for (unsigned i = 0; i < n; i++) {
		const char *path = v[i].path, *dot;
		size_t o = strlen(open);

		while (o && strncmp(path, open, o)) {
			emit_end(e);
			for (open[--o] = '\0'; o && open[o - 1] != '.';)
				open[--o] = '\0';
		}
		while ((dot = strchr(path + o, '.')) != NULL) {
			char name[PATH_MAX_BYTES];

			snprintf(
			    name, sizeof name, "%.*s", (int)(dot - path - (ptrdiff_t)o), path + o);
			emit_object(e, name);
			o = (size_t)(dot - path) + 1;
			snprintf(open, sizeof open, "%.*s", (int)o, path);
		}
		emit_ours(e, path + o, v[i].value->p, v[i].value->len);
	}
	for (const char *p = open; *p; p++)
		if (*p == '.')
			emit_end(e);
}

static bool
in_group(const char *path, const char *group)
{
	size_t n = strlen(group);

	return strncmp(path, group, n) == 0 && path[n] == '.';
}

/* Fields that stand in status itself, and in a group of it in the layout of today. v: by path. */
static unsigned
ungrouped(const struct nested *v, unsigned n)
{
	const char *last = "";
	size_t len = 0;
	unsigned sum = 0;

	for (unsigned i = 0; i < n; i++) {
		if (strcmp(v[i].path, info[v[i].k].path) == 0 ||
		    (strncmp(v[i].path, last, len) == 0 && len && strchr(".", v[i].path[len])))
			continue;
		last = v[i].path;
		len = strlen("status.") + strcspn(last + strlen("status."), ".");
		sum++;
	}
	return sum;
}

/* Both groups are there even if nothing is in them. */
void
fields_print(struct work *w, bool flat, struct rebuilt_rr *r)
{
	static const char *const group[] = { "spec", "status" };
	char path[PATH_MAX_BYTES];
	struct emit e;

	for (unsigned g = 0; g < 2; g++) {
		struct nested v[FIELDS];
		/* conditions are printed late: they need what the events behind theirs say */
		unsigned n = 0;

		if (g)
			conditions_print(w, r, field_fresh(w, CONDITION_LIST));
		for (int k = 0; k < FIELDS; k++)
			if (field_set(w, (enum field)k) && !(flat && k == ROUTING) &&
			    in_group(info[k].path, group[g])) {
				field_path(info[k].path, flat, v[n].path);
				v[n].value = &w->f[k].value;
				v[n++].k = k;
			}
		emit_within(&e, &r->object);
		if (n == 0) {
			emit_object(&e, group[g]);
			emit_end(&e);
		}
		nested_put(&e, v, n);
		r->ungrouped += ungrouped(v, n);
		/* a grade of the field's own is the table's, unless its event said less */
		for (unsigned i = 0; i < n; i++) {
			const struct filled *f = &w->f[v[i].k];

			if (v[i].k != CONDITION_LIST) /* each has its own */
				origin_put(r, v[i].path, f->by,
				    f->grade ? f->grade : info[v[i].k].grade,
				    f->rule ? f->rule : info[v[i].k].rule);
		}
	}
	/* every field that stayed empty is told with the reason, so that no absence looks like a
	 * value */
	for (int k = 0; k < FIELDS; k++)
		if (!field_set(w, (enum field)k) && k != ROUTING)
			lacking_put(r, field_path(info[k].path, flat, path),
			    w->f[k].lack ? w->f[k].lack : "no event of it is here");
	for (size_t i = 0; i < sizeof absent / sizeof *absent; i++)
		lacking_put(r, field_path(absent[i].path, flat, path), absent[i].reason);
}
