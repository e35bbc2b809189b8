/* A remediation's events, read one after the other into the fields of its object. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "rebuild/inner.h"

/* 2026-08-19T00:00:00Z in µs: no earlier version writes status in groups (rr-field-map 3) */
#define NESTED_SINCE 1787097600000000

void
rebuilt_init(struct rebuilt_rr *r)
{
	memset(r, 0, sizeof *r);
	buf_init(&r->object, 64u << 20);
	buf_init(&r->errors, 1u << 20);
}

void
rebuilt_release(struct rebuilt_rr *r)
{
	buf_release(&r->object);
	buf_release(&r->errors);
	free(r->origin);
	free(r->lacking);
}

void
rebuilt_provenance(const struct rebuilt_rr *r, struct emit *e)
{
	emit_array(e, "provenance");
	for (unsigned i = 0; i < r->n_origins; i++) {
		const struct origin *o = &r->origin[i];

		emit_object(e, NULL);
		emit_str(e, "path", o->path);
		emit_uuid(e, "event_id", o->by->id);
		emit_u64(e, "position", o->by->position);
		emit_str(e, "grade", grade_name[o->grade]);
		emit_str(e, "rule", o->rule);
		emit_end(e);
	}
	emit_end(e);
}

void
rebuilt_lacking(const struct rebuilt_rr *r, struct emit *e)
{
	emit_array(e, "missing");
	for (unsigned i = 0; i < r->n_lacking; i++) {
		emit_object(e, NULL);
		emit_str(e, "path", r->lacking[i].path);
		emit_str(e, "reason", r->lacking[i].reason);
		emit_end(e);
	}
	emit_end(e);
}

const char *const grade_name[GRADES] = { NULL, "exact", "derived", "approximate", "partial" };

void
rebuilt_grades(const struct rebuilt_rr *r, unsigned count[GRADES])
{
	memset(count, 0, GRADES * sizeof *count);
	for (unsigned i = 0; i < r->n_origins; i++)
		count[r->origin[i].grade]++;
}

static void
work_release(struct work *w)
{
	for (int k = 0; k < FIELDS; k++)
		buf_release(&w->f[k].value);
	buf_release(&w->proposed);
	buf_release(&w->summary);
}

/* Where the object lives: its first event says it, else, if partial, the row of a controller's
 * event. false: it cannot be rebuilt. */
static bool
work_init(struct work *w, const struct story *s, const struct correlation *c, bool partial)
{
	memset(w, 0, sizeof *w);
	w->c = c;
	w->s = s;
	w->phases = &s->phases;
	/* no deadline: later than every time */
	w->deadline = w->gave_up = INT64_MAX;
	for (int k = 0; k < FIELDS; k++)
		buf_init(&w->f[k].value, EX_MAX_BODY);
	buf_init(&w->proposed, EX_MAX_BODY);
	buf_init(&w->summary, EX_MAX_BODY);
	/* of several beginnings the first that can be read */
	for (unsigned i = 0; i < s->n && w->first == NULL; i++) {
		const struct json_doc *d;
		struct str ns = { "", 0 };
		uint32_t k;

		w->gateway = s->m[i].kind == ET_GATEWAY_SIGNAL_RECEIVED;
		if (!w->gateway && s->m[i].kind != ET_APIFRONTEND_RR_CREATED)
			continue;
		if ((d = moment_object(&s->m[i])) != NULL) {
			w->first = &s->m[i];
			/* gateway and front end say the namespace in different members */
			k = event_member(d, w->gateway ? "remediation_request" : "rr_namespace");
			if (k != JSON_NONE && d->node[k].type == JSON_STRING)
				ns = (struct str){ json_str(d, k), d->node[k].str_len };
			else if (s->m[i].namespace)
				ns = (struct str){ s->m[i].namespace, strlen(s->m[i].namespace) };
			/* the gateway names the request as namespace/name */
			for (size_t n = 0;
			     n < ns.n && n < sizeof w->namespace - 1 && ns.p[n] != '/'; n++)
				w->namespace[n] = ns.p[n];
		}
	}
	/* whether any event says that it ended: without one, an ending is guessed from what is
	 * there */
	for (unsigned i = 0; i < s->n && !w->ends; i++)
		w->ends = s->m[i].told.end;
	w->placed = w->first;
	/* the first event was none of the gateway's: then nothing of it was taken */
	w->gateway &= w->first != NULL;
	/* asked for in part: any row of the controller says where the object lived */
	for (unsigned i = 0; partial && i < s->n && w->placed == NULL; i++)
		if (strncmp(s->m[i].type, "orchestrator.", 13) == 0 && s->m[i].namespace &&
		    s->m[i].namespace[0]) {
			snprintf(w->namespace, sizeof w->namespace, "%s", s->m[i].namespace);
			w->placed = &s->m[i];
		}
	if (partial && s->n && w->placed == NULL)
		w->placed = &s->m[0];
	return w->placed != NULL;
}

/* false: nothing in it can be read. */
static bool
work_event(struct work *w, struct moment *m)
{
	struct json_doc *d = moment_object(m);

	w->nomem |= moment_nomem(m);
	if (d == NULL)
		return false;
	w->m = m;
	w->d = d;
	w->kind = m->kind;
	w->type = event_type_now(m->type);
	spec_event(w);
	/* before status: some depend on the phase that the event ends */
	conditions_event(w);
	status_event(w);
	return true;
}

/* A text field without its quotes; what does not fit is cut. */
static void
text_of(const struct work *w, enum field k, char *out, size_t room)
{
	const struct buf *b = &w->f[k].value;

	snprintf(out, room, "%.*s", b->len > 2 ? (int)b->len - 2 : 0,
	    b->len > 2 ? (const char *)b->p + 1 : "");
}

/* Prints and spends the work. -1: no memory. */
static int
work_print(struct work *w, bool flat, struct rebuilt_rr *r)
{
	bool failed;

	/* what depends on later events is settled before anything is printed */
	status_settle(w);
	snprintf(r->namespace, sizeof r->namespace, "%s", w->namespace);
	text_of(w, S_TARGET_NAMESPACE, r->target_namespace, sizeof r->target_namespace);
	snprintf(r->phase, sizeof r->phase, "%s",
	    w->phases->phase == PHASE_NONE ? "" : phase_name[w->phases->phase]);
	snprintf(r->outcome, sizeof r->outcome, "%s", w->phases->outcome);
	r->whole = w->first != NULL;
	/* the order of the object's members is that of its type */
	head_print(w, r);
	if (w->gateway) {
		origin_put(r, "metadata.annotations", w->first, GRADE_APPROXIMATE,
		    "created-at: time of the first event");
		origin_put(
		    r, "metadata.labels", w->first, GRADE_DERIVED, "those that the gateway writes");
	}
	origin_put(r, "metadata.name", w->placed, GRADE_EXACT, "correlation id");
	/* not in the events of every version: then it is told as lacking */
	if (w->namespace[0])
		origin_put(r, "metadata.namespace", w->placed, GRADE_EXACT,
		    !w->first      ? "namespace of the row" :
			w->gateway ? "remediation_request" :
				     "rr_namespace");
	else
		lacking_put(r, "metadata.namespace", "no event of it is here");
	fields_print(w, flat, r);
	buf_byte(&r->object, '}');
	failed = w->nomem || r->nomem || r->object.failed || schema_check(r, flat);
	metadata_check(r, w->c->text, w->c->n, w->namespace);
	/* a field that could not be kept is the tool's failure, not the evidence's */
	for (int k = 0; k < FIELDS; k++)
		failed |= w->f[k].value.nomem;
	return failed || w->proposed.nomem || w->summary.nomem ? -1 : 0;
}

static bool
is_flat(const struct story *s, const struct rebuild_wish *wish)
{
	int64_t last = INT64_MIN;
	bool old = false;

	for (unsigned i = 0; i < s->n; i++) {
		last = s->m[i].time > last ? s->m[i].time : last;
		old |= s->m[i].cluster_name;
	}
	return wish->layout == LAYOUT_FLAT ||
	    (wish->layout == LAYOUT_BY_EVENTS && (old || last < NESTED_SINCE));
}

int
rebuild_rr(struct rebuilt_rr *r, const struct story *s, const struct correlation *c,
    const struct rebuild_wish *wish, struct err *e)
{
	struct work w;
	int rc = 1;

	if (work_init(&w, s, c, wish->partial)) {
		for (unsigned i = 0; i < s->n; i++)
			work_event(&w, &s->m[i]);
		rc = work_print(&w, is_flat(s, wish), r) ? err_nomem(e) : 0;
	}
	work_release(&w);
	return rc;
}

static bool
copy_buf(struct buf *to, const struct buf *from)
{
	buf_init(to, EX_MAX_BODY);
	buf_put(to, from->p, from->len);
	return !to->failed;
}

/* *to is a copy that can be spent. -1: no memory. */
static int
work_copy(struct work *to, const struct work *from)
{
	bool fine;

	*to = *from;
	/* all of them, also behind one that failed: what is released is never the original's */
	fine = copy_buf(&to->proposed, &from->proposed);
	fine &= copy_buf(&to->summary, &from->summary);
	for (int k = 0; k < FIELDS; k++)
		fine &= copy_buf(&to->f[k].value, &from->f[k].value);
	return fine ? 0 : -1;
}

int
rebuild_steps(const struct story *s, const struct correlation *c, const struct rebuild_wish *wish,
    int (*each)(void *arg, const struct moment *m, const struct rebuilt_rr *r), void *arg,
    struct err *e)
{
	bool flat = is_flat(s, wish);
	struct phase_walk phases;
	struct work w, now;
	int rc = 1;

	phase_walk_begin(&phases);
	if (work_init(&w, s, c, wish->partial)) {
		rc = 0;
		for (unsigned i = 0; i < s->n && rc == 0; i++) {
			struct rebuilt_rr r;

			/* the object as it was: with the phases of the events so far */
			phase_walk_step(&phases, s->m, i);
			if (!work_event(&w, &s->m[i]))
				continue;
			rebuilt_init(&r);
			rc = work_copy(&now, &w);
			now.phases = &phases.now;
			rc = rc || work_print(&now, flat, &r) ? err_nomem(e) :
								each(arg, &s->m[i], &r);
			work_release(&now);
			rebuilt_release(&r);
		}
	}
	work_release(&w);
	return rc;
}

int
rebuilt_dated(const struct rebuilt_rr *rr, struct rebuilt_rr *ret)
{
	struct emit e;

	if (rr->created_at == 0)
		return 0;
	*ret = *rr;
	buf_init(&ret->object, rr->object.max);
	buf_put(&ret->object, rr->object.p, rr->created_at);
	emit_within(&e, &ret->object);
	emit_time(&e, "creationTimestamp", rr->created);
	buf_put(&ret->object, rr->object.p + rr->created_at, rr->object.len - rr->created_at);
	return ret->object.failed ? -1 : 1;
}
