#include "objects/objects.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/vec.h"
#include "event/types.h"
#include "chain/across.h"
#include "read/select.h"
#include "yaml/yaml.h"

enum { REQUESTED = 1, APPROVED = 2, REJECTED = 4 };

/* A RemediationRequest or RemediationApprovalRequest as it was collected. */
struct object {
	/* owned; the latter is the correlation id of its events */
	char *name, *remediation;
	/* recorded: its condition AuditRecorded is True; limited: its collection holds not all
	 * events */
	bool approval, has_created, recorded, limited;
	/* which decision that condition names: APPROVED, REJECTED, both if it does not say */
	unsigned recorded_as;
	int64_t created, recorded_at; /* µs */
	unsigned archive;
	uint64_t position;
};

struct objects {
	struct verification *v;
	struct reading r;
	struct object *o; /* by remediation; a request before its approvals */
	size_t n, cap;
	/* per object: has events; bits of what its remediation's events tell, from bit 1 on */
	uint8_t *seen;
	int64_t *oldest; /* per archive, of events */
};

static bool
text_of(const struct json_doc *d, uint32_t i, char **ret)
{
	if (i == JSON_NONE || d->node[i].type != JSON_STRING || d->node[i].str_len == 0 ||
	    memchr(json_str(d, i), '\0', d->node[i].str_len))
		return true;
	return (*ret = strndup(json_str(d, i), d->node[i].str_len)) != NULL;
}

static bool
time_of(const struct json_doc *d, uint32_t i, int64_t *ret)
{
	struct utc t;

	if (i == JSON_NONE || d->node[i].type != JSON_STRING ||
	    utc_parse(json_str(d, i), d->node[i].str_len, &t) != UTC_OK)
		return false;
	*ret = t.us;
	return true;
}

static bool
is(const struct json_doc *d, uint32_t i, const char *s)
{
	return i != JSON_NONE && d->node[i].type == JSON_STRING &&
	    d->node[i].str_len == strlen(s) && memcmp(json_str(d, i), s, strlen(s)) == 0;
}

/* Does a text name this type? */
static bool
names(const char *s, size_t n, enum event_type t)
{
	const char *name = event_type_info[t].name;

	return memmem(s, n, name, strlen(name)) != NULL;
}

/* status.conditions: has the controller stored its audit event, and which one does it say it
 * was? */
static void
read_conditions(struct object *o, const struct json_doc *d, uint32_t at)
{
	uint32_t list = json_path(d, at, "status.conditions");

	for (uint32_t i = list == JSON_NONE ? list : d->node[list].first; i != JSON_NONE;
	     i = d->node[i].next) {
		uint32_t message = json_member(d, i, "message");

		if (!is(d, json_member(d, i, "type"), "AuditRecorded") ||
		    !is(d, json_member(d, i, "status"), "True"))
			continue;
		o->recorded = time_of(d, json_member(d, i, "lastTransitionTime"), &o->recorded_at);
		o->recorded_as = APPROVED | REJECTED;
		if (message != JSON_NONE && d->node[message].type == JSON_STRING) {
			const char *s = json_str(d, message);
			size_t n = d->node[message].str_len;

			if (names(s, n, ET_ORCHESTRATOR_APPROVAL_APPROVED))
				o->recorded_as = APPROVED;
			else if (names(s, n, ET_ORCHESTRATOR_APPROVAL_REJECTED))
				o->recorded_as = REJECTED;
		}
	}
}

/* Did the collector get fewer events than its server held? Unknown counts as yes. */
static bool
is_limited(const struct archive *a, uint32_t input)
{
	const struct told_input *in = archive_input(a, input);
	uint32_t entry = in ? in->entry : JSON_NONE;
	uint64_t total, events;

	return entry == JSON_NONE || !json_u64(archive_manifest(a), entry, "events", &events) ||
	    json_path(archive_manifest(a), entry, "collection.server_total") == JSON_NONE ||
	    !json_u64(archive_manifest(a), json_member(archive_manifest(a), entry, "collection"),
		"server_total", &total) ||
	    total > events;
}

static struct str
text_or_none(const struct json_doc *d, const char *name)
{
	uint32_t i = json_member(d, 0, name);

	return i != JSON_NONE && d->node[i].type == JSON_STRING ?
	    (struct str){ json_str(d, i), d->node[i].str_len } :
	    (struct str){ "", 0 };
}

/* One context record: is it an object, and can it be read? 0, or -1 no memory (or each() said
 * so). */
static int
read_object(const struct record *r, unsigned archive,
    int (*each)(void *arg, const struct collected *o), void *arg)
{
	struct collected o = { .archive = archive, .position = r->position };
	char why[200] = "it is no text";
	struct json_doc d, y;
	struct buf json;
	uint64_t source = 0;
	uint32_t text, kind;
	int rc;

	/* context records of other kinds are passed by before any of them is parsed */
	if (!record_tells(r, "object"))
		return 0;
	json_init(&d);
	json_init(&y);
	buf_init(&json, EX_MAX_BODY);
	/* depth 64: the record is ours, and flat */
	rc = json_parse(&d, (const char *)r->body, r->body_len, 64);
	if (rc == 0 && (kind = json_member(&d, 0, "kind")) != JSON_NONE &&
	    d.node[kind].type == JSON_STRING) {
		o.kind = (struct str){ json_str(&d, kind), d.node[kind].str_len };
		o.path = text_or_none(&d, "path");
		o.name = text_or_none(&d, "name");
		text = json_member(&d, 0, "text");
		/* the object's text is somebody else's YAML, and refused where it could expand
		 * (yaml_to_json) */
		rc = text == JSON_NONE || d.node[text].type != JSON_STRING;
		if (rc == 0 &&
		    (rc = yaml_to_json(json_str(&d, text), d.node[text].str_len, &json, why)) ==
			0) {
			rc = json_parse(&y, (char *)json.p, json.len, YAML_DEPTH + 1);
			snprintf(why, sizeof why, "%.150s", y.why);
		}
		if (rc == 0 && y.node[0].type == JSON_ARRAY && y.node[0].first != JSON_NONE) {
			o.doc = &y;
			/* the text is an item of a list, its dash included */
			o.at = y.node[0].first;
		}
		o.why = why;
		json_u64(&d, 0, "source", &source);
		o.input = (uint32_t)source;
		rc = rc < 0 ? -1 : each(arg, &o);
	}
	json_release(&d);
	json_release(&y);
	buf_release(&json);
	return rc < 0 ? -1 : 0;
}

/* By its manifest; one that says nothing may hold some. */
static bool
may_hold_objects(const struct archive *a)
{
	bool may = archive_told(a)->n == 0;

	for (uint32_t i = 0; i < archive_told(a)->n && !may; i++)
		may = archive_told(a)->input[i].collection;
	return may;
}

int
objects_each(
    struct reading *r, int (*each)(void *arg, const struct collected *o), void *arg, struct err *e)
{
	const struct record *rec;
	int rc = 0;

	for (unsigned k = 0; k < r->n && rc == 0; k++) {
		const struct archive *a = r->archive[k];

		for (uint64_t p = archive_first(a);
		     archive_counts(a) && may_hold_objects(a) && p < archive_next(a) && rc == 0;
		     p++) {
			if ((rc = reading_record(r, k, p, &rec, e)) > 0) {
				p = archive_end_of_block(a, p);
				rc = 0;
			} else if (rc == 0 && rec->kind == KIND_CONTEXT &&
			    read_object(rec, k, each, arg)) {
				rc = err_nomem(e);
			}
		}
	}
	return rc;
}

/* A request or an approval of the collection is kept for the judgement. */
static int
note_object(void *arg, const struct collected *c)
{
	struct objects *x = arg;
	struct object o = { .archive = c->archive,
		.position = c->position,
		.approval =
		    c->kind.n == 26 && memcmp(c->kind.p, "RemediationApprovalRequest", 26) == 0 };
	void *p;
	int rc = 0;

	if (!o.approval && (c->kind.n != 18 || memcmp(c->kind.p, "RemediationRequest", 18)))
		return 0;
	/* unreadable is not absent: it is told, and no absence is concluded from it */
	if (c->doc == NULL) {
		finding_say(&x->v->findings, O05_UNREAD, c->archive, at_position(c->position).text,
		    GIVING(TEXT(o.approval ? "RemediationApprovalRequest" : "RemediationRequest"),
			STR(c->name.p, c->name.n > 253 ? 253 : c->name.n),
			STR(c->path.p, c->path.n > 300 ? 300 : c->path.n), TEXT(c->why)));
		return 0;
	}
	if (!text_of(c->doc, json_path(c->doc, c->at, "metadata.name"), &o.name) ||
	    !text_of(c->doc,
		json_path(c->doc, c->at,
		    o.approval ? "spec.remediationRequestRef.name" : "metadata.name"),
		&o.remediation))
		rc = -1;
	/* the time is the cluster's own; without one the object cannot be told to be older than the
	 * log */
	o.has_created =
	    time_of(c->doc, json_path(c->doc, c->at, "metadata.creationTimestamp"), &o.created);
	if (o.approval)
		read_conditions(&o, c->doc, c->at);
	o.limited = is_limited(x->v->archive[c->archive], c->input);
	/* without a name it names nothing that the events could be held against */
	if (rc == 0 && o.name && o.remediation) {
		if (x->n == x->cap) {
			x->cap = x->cap ? x->cap * 2 : 64;
			if ((p = vec_resize(x->o, x->cap, sizeof *x->o)) == NULL)
				rc = -1;
			else
				x->o = p;
		}
		if (rc == 0) {
			x->o[x->n++] = o;
			return 0;
		}
	}
	free(o.name);
	free(o.remediation);
	return rc;
}

static int
by_remediation(const void *pa, const void *pb)
{
	const struct object *a = pa, *b = pb;
	int k = strcmp(a->remediation, b->remediation);

	if (k == 0)
		k = (int)a->approval - (int)b->approval;
	if (k == 0)
		k = strcmp(a->name, b->name);
	return k ? k : a->position < b->position ? -1 : a->position > b->position;
}

/* The first object of a remediation; n if there is none. */
static size_t
first_of(const struct objects *x, struct str corr)
{
	size_t lo = 0, hi = x->n;

	while (lo < hi) {
		size_t mid = (lo + hi) / 2, len = strlen(x->o[mid].remediation);
		int k = memcmp(x->o[mid].remediation, corr.p, len < corr.n ? len : corr.n);

		if (k < 0 || (k == 0 && len < corr.n))
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < x->n && strlen(x->o[lo].remediation) == corr.n &&
		memcmp(x->o[lo].remediation, corr.p, corr.n) == 0 ?
	    lo :
	    x->n;
}

static void
note_event(
    struct objects *x, unsigned archive, const struct record *r, struct str corr, struct str type)
{
	static const struct {
		enum event_type type;
		unsigned bit;
	} told[] = { { ET_ORCHESTRATOR_APPROVAL_REQUESTED, REQUESTED },
		{ ET_ORCHESTRATOR_APPROVAL_APPROVED, APPROVED },
		{ ET_ORCHESTRATOR_APPROVAL_REJECTED, REJECTED } };
	size_t i = first_of(x, corr);

	if (!(r->flags & FLAG_TIME_INVALID) && r->time < x->oldest[archive])
		x->oldest[archive] = r->time;
	for (; i < x->n && strlen(x->o[i].remediation) == corr.n &&
	     memcmp(x->o[i].remediation, corr.p, corr.n) == 0;
	     i++) {
		x->seen[i] |= 1;
		for (unsigned k = 0; k < 3; k++)
			if (event_type_of(type.p, type.n, NULL) == told[k].type)
				x->seen[i] |= (uint8_t)(told[k].bit << 1);
	}
}

/* All events, the objects being known. */
static int
note_events(struct objects *x, struct err *e)
{
	const struct record *r;
	struct str corr, type;
	int rc = 0;

	for (unsigned k = 0; k < x->v->n_archives && rc == 0; k++) {
		const struct archive *a = x->v->archive[k];

		for (uint64_t p = archive_first(a);
		     archive_counts(a) && p < archive_next(a) && rc == 0; p++) {
			if ((rc = reading_record(&x->r, k, p, &r, e)) > 0) {
				p = archive_end_of_block(a, p);
				rc = 0;
			} else if (rc == 0 && r->kind == KIND_EVENT) {
				if (block_names(&x->r.block, (uint32_t)(p - x->r.block.first),
					x->r.view, archive_table_of(a, r->source), &corr, &type))
					rc = err_nomem(e);
				else
					note_event(x, k, r, corr, type);
			}
		}
	}
	return rc;
}

static struct finding *
add(struct objects *x, enum said said, const struct object *o)
{
	struct findings *l = &x->v->findings;
	struct finding *f;
	struct buf name;

	buf_init(&name, 4096);
	text_plain(&name, o->name, strlen(o->name) > 300 ? 300 : strlen(o->name));
	f = finding_say(l, said, o->archive, at_position(o->position).text,
	    GIVING(TEXT(o->approval ? "RemediationApprovalRequest" : "RemediationRequest"),
		STR(name.p, name.len)));
	buf_release(&name);
	finding_correlation(f, o->remediation, strlen(o->remediation));
	return f;
}

/* Could the event lie before the oldest one that the collector got? */
static void
explain(struct objects *x, struct finding *f, const struct object *o, bool known, int64_t when)
{
	struct findings *l = &x->v->findings;

	if (!o->limited)
		finding_explain(l, f, BECAUSE_LIMIT_NOT_MET, GIVING_NOTHING);
	else if (!known || when < x->oldest[o->archive])
		finding_explain(l, f, BECAUSE_LIMIT_NEWEST, GIVING_NOTHING);
	else
		finding_explain(l, f, BECAUSE_LIMIT_EARLIER, GIVING_NOTHING);
	finding_explain(l, f, BECAUSE_DROPPED, GIVING_NOTHING);
	finding_explain(l, f, BECAUSE_DELETED_IT, GIVING_NOTHING);
}

static void
judge(struct objects *x)
{
	struct verification *v = x->v;
	struct findings *l = &v->findings;
	struct finding *f;
	uint64_t with_object = 0;
	unsigned archive = 0;
	bool requests = false;

	/* objects come sorted by their remediation: request and approvals of one stand together */
	for (size_t i = 0, end; i < x->n; i = end) {
		const struct object *o = &x->o[i];
		bool asked = x->seen[i] & REQUESTED << 1, approval = false;

		for (end = i; end < x->n && strcmp(x->o[end].remediation, o->remediation) == 0;
		     end++) {
			const struct object *p = &x->o[end];

			approval |= p->approval;
			/* one collection may hold an object twice, and two collections the same
			 * one */
			if (end > i && strcmp(p->name, x->o[end - 1].name) == 0 &&
			    p->approval == x->o[end - 1].approval)
				continue; /* the same object, collected twice */
			/* each of the three says something else about the log, so one object may
			 * raise more than one */
			if (p->approval && p->recorded && !(x->seen[end] & p->recorded_as << 1))
				explain(x, add(x, O03_STORED, p), p, true, p->recorded_at);
			if (p->approval && x->seen[end] && !asked)
				explain(x, add(x, O01_REQUESTED, p), p, p->has_created, p->created);
			if (x->seen[end] == 0 && (!p->approval || end == i))
				explain(x, add(x, O01_NONE, p), p, p->has_created, p->created);
		}
		requests |= !o->approval;
		archive = o->approval ? archive : o->archive;
		with_object += !o->approval && x->seen[i];
		/* absence in the collection says little: objects are deleted, and collectors may
		 * not read all */
		if (!o->approval && asked && !approval) {
			f = add(x, O04_WAITING, o);
			finding_explain(l, f, BECAUSE_DELETED_OR_UNREAD, GIVING_NOTHING);
		}
	}
	/* counted over all: a remediation without a request is ordinary, since requests are deleted
	 * with time */
	if (requests && v->remediations > with_object)
		finding_say(l, O02_WITHOUT, archive, "objects of the collection",
		    GIVING(NUM(v->remediations - with_object), NUM(v->remediations)));
}

int
objects_check(struct verification *v, struct err *e)
{
	struct objects x = { .v = v };
	int rc = 0;

	/* a collection without any event says so once (I01) */
	if (v->objects == 0 || v->rows.events == 0)
		return 0;
	if ((x.oldest = calloc(v->n_archives, sizeof *x.oldest)) == NULL)
		return err_nomem(e);
	for (unsigned i = 0; i < v->n_archives; i++)
		x.oldest[i] = INT64_MAX;
	rc = reading_init(&x.r, v->archive, v->n_archives, &v->findings, e);
	if (rc == 0 && (rc = objects_each(&x.r, note_object, &x, e)) == 0) {
		if (x.n)
			qsort(x.o, x.n, sizeof *x.o, by_remediation);
		if ((x.seen = calloc(x.n + 1, 1)) == NULL)
			rc = err_nomem(e);
		else if ((rc = note_events(&x, e)) == 0)
			judge(&x);
	}
	reading_release(&x.r);
	for (size_t i = 0; i < x.n; i++) {
		free(x.o[i].name);
		free(x.o[i].remediation);
	}
	free(x.o);
	free(x.seen);
	free(x.oldest);
	return rc;
}
