/* The events of one correlation, in an order that is proven by links where it can be. */
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "json/json.h"
#include "read/select.h"

#define PENDING_MAX (256u << 20)       /* bytes of stories that are not whole yet, in one pass */

const char *const order_name[] = { "link", "time", "cannot tell" };

/* Into *ret, NULL if it is no text. false: no memory. */
static bool
copy(char **ret, struct view_cell c)
{
	*ret = c.state == VIEW_TEXT ? strndup(c.p, c.n) : NULL;
	return *ret || c.state != VIEW_TEXT;
}

static void
moment_release(struct moment *m)
{
	free(m->type);
	free(m->category);
	free(m->action);
	free(m->outcome);
	free(m->actor_type);
	free(m->actor_id);
	free(m->resource_type);
	free(m->resource_id);
	free(m->namespace);
	free(m->cluster);
	free(m->data);
}

static int
read_moment(struct moment *m, struct reading *r, unsigned archive, uint64_t position, struct err *e)
{
	const struct record *rec;
	struct view *v;
	struct view_cell d;
	int rc = reading_record(r, archive, position, &rec, e);

	if (rc)
		return rc;
	if (rec->kind != KIND_EVENT)
		return 1;
	if ((v = reading_view(r, archive, rec, e)) == NULL)
		return -1;
	memset(m, 0, sizeof *m);
	m->archive = archive;
	m->position = position;
	memcpy(m->id, rec->id, 16);
	memcpy(m->hash, rec->claimed, 32);
	memcpy(m->previous, rec->previous, 32);
	m->has_hash = rec->claimed_form == FORM_HEX;
	m->has_previous = rec->previous_form == FORM_HEX;
	m->time = rec->time;
	m->cluster_name = rec->body_form == BODY_CLUSTER_NAME;
	d = view_column(v, COL_DATA);
	if (!copy(&m->type, view_column(v, COL_TYPE)) || !copy(&m->category, view_column(v, COL_CATEGORY)) || !copy(&m->action, view_column(v, COL_ACTION)) ||
	    !copy(&m->outcome, view_column(v, COL_OUTCOME)) || !copy(&m->actor_type, view_column(v, COL_ACTOR_TYPE)) || !copy(&m->actor_id, view_column(v, COL_ACTOR_ID)) ||
	    !copy(&m->resource_type, view_column(v, COL_RESOURCE_TYPE)) || !copy(&m->resource_id, view_column(v, COL_RESOURCE_ID)) ||
	    !copy(&m->namespace, view_column(v, COL_NAMESPACE)) || !copy(&m->cluster, view_column(v, COL_CLUSTER)) || !copy(&m->data, d))
		return moment_release(m), err_nomem(e);
	m->data_len = m->data ? strlen(m->data) : 0;
	if (m->type == NULL && (m->type = strdup("")) == NULL)
		return err_nomem(e);
	return 0;
}

/* How far a remediation has come when an event is written; the first that its type begins with. A transition is as far as the phase it goes to. */
static const struct { const char *begins; unsigned stage; } stages[] = {
	{ "gateway.", 0 }, { "apifrontend.", 0 }, { "orchestrator.lifecycle.started", 1 }, { "orchestrator.lifecycle.created", 1 }, { "signalprocessing.", 3 },
	{ "aianalysis.", 5 }, { "aiagent.", 5 }, { "workflow.catalog.", 5 }, { "orchestrator.approval.requested", 7 }, { "webhook.remediationapprovalrequest.", 8 },
	{ "orchestrator.approval.", 9 }, { "remediation.workflow_created", 11 }, { "workflowexecution.", 12 }, { "orchestrator.lifecycle.verifying_started", 13 },
	{ "orchestrator.ea.", 14 }, { "effectiveness.", 14 }, { "orchestrator.lifecycle.verification_", 15 }, { "orchestrator.lifecycle.completed", 16 },
	{ "orchestrator.lifecycle.failed", 16 }, { "", 17 }
};
static const struct { const char *to; unsigned stage; } phases[] = { { "Processing", 2 }, { "Analyzing", 4 }, { "AwaitingApproval", 6 }, { "Blocked", 6 }, { "Executing", 10 }, { "Verifying", 13 } };

static unsigned
stage_of(const struct moment *m)
{
	const char *type = event_type_now(m->type);
	struct json_doc d;
	unsigned i = 0, stage;

	while (strncmp(type, stages[i].begins, strlen(stages[i].begins)))
		i++;
	stage = stages[i].stage;
	if (strcmp(type, "orchestrator.lifecycle.transitioned") || m->data == NULL)
		return stage;
	json_init(&d);
	if (json_parse(&d, m->data, m->data_len, EX_JSON_DEPTH) == 0) {
		uint32_t to = event_member(&d, "to_phase");

		for (i = 0; to != JSON_NONE && d.node[to].type == JSON_STRING && i < sizeof phases / sizeof *phases; i++)
			if (d.node[to].str_len == strlen(phases[i].to) && memcmp(json_str(&d, to), phases[i].to, d.node[to].str_len) == 0)
				stage = phases[i].stage;
	}
	json_release(&d);
	return stage;
}

/* For events that no link orders: by time; at one time as the source's own flow goes, which proves nothing; then by id. */
static bool
before(const struct moment *a, const struct moment *b)
{
	unsigned i, k;

	if (a->time != b->time)
		return a->time < b->time;
	i = stage_of(a);
	k = stage_of(b);
	if (i != k)
		return i < k;
	return memcmp(a->id, b->id, 16) < 0;
}

/* Smallest first; heap holds indexes into m. */
static void
heap_push(unsigned *heap, unsigned *n, const struct moment *m, unsigned x)
{
	unsigned i = (*n)++;

	while (i && before(&m[x], &m[heap[(i - 1) / 2]])) {
		heap[i] = heap[(i - 1) / 2];
		i = (i - 1) / 2;
	}
	heap[i] = x;
}

static unsigned
heap_pop(unsigned *heap, unsigned *n, const struct moment *m)
{
	unsigned top = heap[0], x = heap[--*n], i = 0;

	while (2 * i + 1 < *n) {
		unsigned c = 2 * i + 1;

		if (c + 1 < *n && before(&m[heap[c + 1]], &m[heap[c]]))
			c++;
		if (!before(&m[heap[c]], &m[x]))
			break;
		heap[i] = heap[c];
		i = c;
	}
	heap[i] = x;
	return top;
}

static int
by_hash(const void *a, const void *b, void *moments)
{
	const struct moment *m = moments;

	return memcmp(m[*(const unsigned *)a].hash, m[*(const unsigned *)b].hash, 32);
}

/* Parents first; among what may come next, the earliest. */
static int
order(struct story *s)
{
	unsigned n = s->n, *sorted = calloc(n + 1, sizeof *sorted), *parent = calloc(n + 1, sizeof *parent), *first = calloc(n + 1, sizeof *first),
	    *next = calloc(n + 1, sizeof *next), *heap = calloc(n + 1, sizeof *heap), heaped = 0, done = 0, hashed = 0;
	struct moment *out = calloc(n + 1, sizeof *out);
	unsigned *at = calloc(n + 1, sizeof *at);
	int rc = -1;

	if (!sorted || !parent || !first || !next || !heap || !out || !at)
		goto out;
	for (unsigned i = 0; i < n; i++) {
		first[i] = UINT32_MAX;
		if (s->m[i].has_hash)
			sorted[hashed++] = i;
	}
	qsort_r(sorted, hashed, sizeof *sorted, by_hash, s->m);
	for (unsigned i = 0; i < n; i++) {
		unsigned lo = 0, hi = hashed;

		parent[i] = UINT32_MAX;
		while (s->m[i].has_previous && lo < hi) {
			unsigned mid = (lo + hi) / 2;
			int c = memcmp(s->m[sorted[mid]].hash, s->m[i].previous, 32);

			if (c == 0) {
				if (sorted[mid] != i)
					parent[i] = sorted[mid];
				break;
			}
			if (c < 0)
				lo = mid + 1;
			else
				hi = mid;
		}
		if (parent[i] == UINT32_MAX) {
			heap_push(heap, &heaped, s->m, i);
		} else {
			next[i] = first[parent[i]];
			first[parent[i]] = i;
		}
	}
	while (heaped) {
		unsigned i = heap_pop(heap, &heaped, s->m);
		struct moment *m = &out[done];

		*m = s->m[i];
		at[done] = i;
		if (done == 0) {
			m->order = ORDER_LINK;
		} else {
			unsigned p = i, steps = 0;

			while (p != UINT32_MAX && p != at[done - 1] && steps++ < 64)
				p = parent[p];
			m->order = p == at[done - 1] ? ORDER_LINK : m->time > out[done - 1].time ? ORDER_TIME : ORDER_UNKNOWN;
		}
		done++;
		for (unsigned c = first[i]; c != UINT32_MAX; c = next[c])
			heap_push(heap, &heaped, s->m, c);
	}
	/* links of altered rows can point in a circle: such rows come last, as they stand */
	for (unsigned i = 0; i < n && done < n; i++) {
		bool there = false;

		for (unsigned k = 0; k < done && !there; k++)
			there = at[k] == i;
		if (!there) {
			at[done] = i;
			out[done] = s->m[i];
			out[done++].order = ORDER_UNKNOWN;
		}
	}
	memcpy(s->m, out, n * sizeof *out);
	rc = 0;
out:
	free(sorted);
	free(parent);
	free(first);
	free(next);
	free(heap);
	free(out);
	free(at);
	return rc;
}

int
story_load(struct story *s, struct reading *r, const struct correlation *c, struct err *e)
{
	int rc;

	s->n = 0;
	if ((s->m = calloc(c->n_at ? c->n_at : 1, sizeof *s->m)) == NULL)
		return err_nomem(e);
	for (unsigned i = 0; i < c->n_at; i++) {
		if ((rc = read_moment(&s->m[s->n], r, c->at[i].archive, c->at[i].position, e)) < 0)
			return rc;
		s->n += rc == 0;
	}
	return order(s) ? err_nomem(e) : 0;
}

/* The stories of stories_each while their events are met; by place in the catalog. */
struct pass {
	const struct catalog *cat;
	struct { struct story s; unsigned met; bool later; } *c;
	uint32_t **owner;                  /* of each archive's positions: place in the catalog + 1, 0: none */
	size_t pending;                    /* bytes of the stories that are not whole yet */
};

static size_t
weight(const struct story *s)
{
	size_t n = 0;

	for (unsigned i = 0; i < s->n; i++)
		n += sizeof s->m[i] + 512 + s->m[i].data_len;
	return n;
}

static int
own(struct pass *p, struct reading *r, bool remediations, struct err *e)
{
	if ((p->c = calloc(p->cat->n + 1, sizeof *p->c)) == NULL || (p->owner = calloc(r->n + 1, sizeof *p->owner)) == NULL)
		return err_nomem(e);
	for (unsigned k = 0; k < r->n; k++)
		if ((p->owner[k] = calloc((size_t)(r->archive[k].next - r->archive[k].first) + 1, sizeof **p->owner)) == NULL)
			return err_nomem(e);
	for (unsigned i = 0; i < p->cat->n; i++)
		for (unsigned n = 0; n < p->cat->c[i].n_at && (p->cat->c[i].remediation || !remediations); n++) {
			const struct archive *a = &r->archive[p->cat->c[i].at[n].archive];
			uint64_t position = p->cat->c[i].at[n].position;

			if (position >= a->first && position < a->next)
				p->owner[p->cat->c[i].at[n].archive][position - a->first] = i + 1;
		}
	return 0;
}

/* Hands a story out, and ends it. */
static int
hand_out(struct pass *p, uint32_t i, int (*each)(void *arg, const struct correlation *c, struct story *s), void *arg, struct err *e)
{
	struct story *s = &p->c[i].s;
	int rc = order(s) ? err_nomem(e) : each(arg, &p->cat->c[i], s);

	story_release(s);
	memset(s, 0, sizeof *s);
	return rc;
}

/* One event met. 0 or -1 (e). */
static int
meet(struct pass *p, struct reading *r, unsigned archive, uint64_t position, uint32_t i, int (*each)(void *arg, const struct correlation *c, struct story *s), void *arg, struct err *e)
{
	const struct correlation *c = &p->cat->c[i];
	struct story *s = &p->c[i].s;
	int rc;

	if (p->c[i].later)
		return 0;
	if (s->m == NULL && (s->m = calloc(c->n_at, sizeof *s->m)) == NULL)
		return err_nomem(e);
	if ((rc = read_moment(&s->m[s->n], r, archive, position, e)) < 0)
		return rc;
	if (rc == 0)
		p->pending += sizeof *s->m + 512 + s->m[s->n++].data_len;
	if (++p->c[i].met == c->n_at) {
		p->pending -= weight(s);
		return hand_out(p, i, each, arg, e);
	}
	if (p->pending > PENDING_MAX) {        /* this one is read again by itself, behind the pass */
		p->pending -= weight(s);
		p->c[i].later = true;
		story_release(s);
		memset(s, 0, sizeof *s);
	}
	return 0;
}

int
stories_each(struct reading *r, const struct catalog *cat, bool remediations, int (*each)(void *arg, const struct correlation *c, struct story *s), void *arg, struct err *e)
{
	struct pass p = { .cat = cat };
	const struct record *rec;
	int rc = own(&p, r, remediations, e);

	for (unsigned k = 0; k < r->n && rc == 0; k++) {
		const struct archive *a = &r->archive[k];

		for (uint64_t at = a->first; a->readable && !a->copy && at < a->next && rc == 0; at++) {
			uint32_t owner = p.owner[k][at - a->first];

			if (owner == 0)
				continue;
			if ((rc = reading_record(r, k, at, &rec, e)) > 0) {
				at = archive_end_of_block(a, at);
				rc = 0;
			} else if (rc == 0) {
				rc = meet(&p, r, k, at, owner - 1, each, arg, e);
			}
		}
	}
	for (unsigned i = 0; p.c && i < cat->n; i++) {
		if (rc == 0 && p.c[i].later && (rc = story_load(&p.c[i].s, r, &cat->c[i], e)) == 0)
			rc = each(arg, &cat->c[i], &p.c[i].s);
		else if (rc == 0 && p.c[i].s.n)        /* some of its events are damaged */
			rc = hand_out(&p, i, each, arg, e);
		story_release(&p.c[i].s);
	}
	for (unsigned k = 0; p.owner && k < r->n; k++)
		free(p.owner[k]);
	free(p.owner);
	free(p.c);
	return rc;
}

int
story_join(struct story *s, struct story *more)
{
	struct moment *m = realloc(s->m, (s->n + more->n + 1) * sizeof *m);

	if (m == NULL)
		return -1;
	if (more->n)
		memcpy(m + s->n, more->m, more->n * sizeof *m);
	s->m = m;
	s->n += more->n;
	more->n = 0;
	return order(s);
}

void
story_release(struct story *s)
{
	for (unsigned i = 0; i < s->n; i++)
		moment_release(&s->m[i]);
	free(s->m);
}

void
story_until(struct story *s, int64_t time, uint64_t position)
{
	unsigned k = 0;

	for (unsigned i = 0; i < s->n; i++)
		if (s->m[i].time > time || s->m[i].position >= position)
			moment_release(&s->m[i]);
		else
			s->m[k++] = s->m[i];
	s->n = k;
}
