/* What the parts of the rebuilding share: the fields of the object (fields.def) while events fill
 * them. */
#ifndef REBUILD_INNER_H
#define REBUILD_INNER_H

#include "base/text.h"
#include "event/event.h"
#include "event/types.h"
#include "rebuild/rebuild.h"

enum field {
#define FIELD(name, path, check, grade, rule) name,
#define ABSENT(path, check, reason)
#include "rebuild/fields.def"
#undef FIELD
#undef ABSENT
	FIELDS
};

struct filled {
	struct buf value; /* JSON; empty: not in evidence */
	const struct moment *by;
	/* if they are others than the table's */
	enum grade grade;
	const char *rule;
	const char *lack; /* why it is empty, if that is known */
};

#define CONDITIONS 16u /* types there are, at most */

/* status.conditions while a story is read (conditions.def). */
struct conditions {
	struct {
		unsigned row;
		const struct moment *by, *since;
		char text[128];
	} c[CONDITIONS];
	unsigned n;
};

struct work {
	struct filled f[FIELDS];
	const struct correlation *c;
	const struct story *s;
	const struct moment *first;  /* the event that begins it, NULL: not here */
	const struct moment *placed; /* the event that tells the namespace */
	bool gateway;                /* the first is the gateway's */
	char namespace[254];         /* of the request and its children */
	const struct moment *m;      /* the event that is read */
	struct json_doc *d;          /* its payload */
	enum event_type kind;        /* of its type */
	const char *type;            /* its name as of today */
	struct conditions conditions;
	/* the workflow that the analysis chose, and its summary, as JSON strings */
	struct buf proposed, summary;
	/* the latter: the analysis found nothing to do */
	const struct moment *summary_by, *needless;
	bool ends;                     /* an event of its own tells the end, here or later */
	const struct phases *phases;   /* of the events that were read */
	const struct moment *workflow; /* that created it, NULL: none */
	bool ended, blocked, nomem;
	const struct moment *request; /* the last one for approval; NULL: none so far */
	int64_t deadline, gave_up;    /* µs, of the verification; INT64_MAX: none */
};

/* fields.c: a field from the event that is read; a later value replaces an earlier one. */
struct buf *field_fresh(struct work *w, enum field k);
void field_json(struct work *w, enum field k, const void *p, size_t n);
void field_text(struct work *w, enum field k, const char *p, size_t n);
void field_word(struct work *w, enum field k, const char *word);
/* whole seconds, as Kubernetes writes times */
void field_time(struct work *w, enum field k, int64_t us);
/* a text of the payload; false: not there, or empty */
bool field_copy(struct work *w, enum field k, const char *from);
void field_clear(struct work *w, enum field k);
bool field_says(const struct work *w, enum field k, const char *word);
static inline bool
field_set(const struct work *w, enum field k)
{
	return w->f[k].value.len > 0;
}

/* The value of a path of the payload, under today's name or one of older versions; JSON_NONE. */
uint32_t payload_at(const struct work *w, const char *path);
struct str payload_text(const struct work *w, const char *path); /* empty if it is no text */

/* Values at paths, as members of nested objects of what is open. Sorts them by path. */
struct nested {
	char path[PATH_MAX_BYTES];
	const struct buf *value; /* JSON */
	int k;                   /* the caller's */
};
void nested_put(struct emit *e, struct nested *v, unsigned n);

/* Prints spec and status behind what r->object holds, and where everything comes from or why it is
 * missing. */
void fields_print(struct work *w, bool flat, struct rebuilt_rr *r);
void origin_put(struct rebuilt_rr *r, const char *path, const struct moment *m, enum grade grade,
    const char *rule);
void lacking_put(struct rebuilt_rr *r, const char *path, const char *reason);
/* The name and, if there is one, the namespace. */
void name_put(struct emit *e, const char *name, size_t n, const char *namespace);
/* An object that another names: apiVersion, kind, name, namespace. */
void ref_print(struct buf *b, const char *api, const char *kind, const char *name, size_t n,
    const char *namespace);

void spec_event(struct work *w);
void head_print(struct work *w, struct rebuilt_rr *r);
void status_event(struct work *w);
void status_settle(struct work *w); /* what only the end tells; the work is done after that */
void status_ended_silently(struct work *w);
void notice(struct work *w); /* an event of a notification */
/* A notification joins the list; the same one a second time only if it is asked again. */
void notice_listed(struct work *w, const char *name, bool again);
void conditions_event(struct work *w);
/* a JSON array, nothing if there is none */
void conditions_print(struct work *w, struct rebuilt_rr *r, struct buf *out);

/* approval.c: the conditions of an approval request as the events up to a place tell them, as a
 * JSON array; nothing if it was neither asked nor ended. */
void approval_conditions(struct buf *out, const struct story *s, unsigned upto);

/* schema.c: what the CRD's rules refuse of r->object (B-10), into r->errors; also counts the
 * fields. -1: no memory. */
int schema_check(struct rebuilt_rr *r, bool flat);
/* Adds to what is not valid: a path, and what is wrong with it. */
void schema_refuse(struct rebuilt_rr *r, const char *path, const char *why);
/* Name, namespace and labels as every API server checks them. */
void metadata_check(struct rebuilt_rr *r, const char *name, size_t n, const char *namespace);
/* May it be the value of a label? */
bool label_value(const char *s, size_t n);
/* The correlation as a member: among the labels where it may be one, else among the annotations;
 * label: which of the two is written. */
void correlation_put(struct emit *e, const struct correlation *c, bool label);
/* A condition as Kubernetes prints one; message NULL: it has one that no event tells. */
void condition_put(struct emit *e, int64_t us, const struct str *message, const char *reason,
    const char *status, const char *type);
/* "status.a.b" without its group, where the layout is flat (B-9). Into out. */
const char *field_path(const char *path, bool flat, char out[PATH_MAX_BYTES]);

#endif
