/* The events of one correlation, read and put in order (flow.c). */
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "digest/digest.h"
#include "json/json.h"
#include "read/select.h"

#define PENDING_MAX (256u << 20) /* bytes of stories that are not whole yet, in one pass */

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

/* Does its table carry the number that the newer writer links by (reference: newer-kubernaut 1)? */
static bool
numbered(struct reading *r, unsigned archive, const struct record *rec)
{
	const struct table *t = archive_table_of(&r->archive[archive], rec->source);

	return t && table_extra(t, "insert_seq") < t->n;
}

/*
 * What a repeated delivery is told by, beside the columns that a moment has: everything but ids,
 * hashes, and the number that each stored row gets.
 */
static int
digest_rest(struct moment *m, struct view *v, struct sha256 *sha)
{
	static const uint8_t columns[] = { COL_VERSION, COL_ACTOR_IP, COL_RESOURCE_NAME,
		COL_PARENT_ID, COL_PARENT_DATE, COL_TRACE_ID, COL_SPAN_ID, COL_METADATA,
		COL_SEVERITY, COL_DURATION, COL_ERROR_CODE, COL_ERROR_MESSAGE, COL_RETENTION,
		COL_SENSITIVE, COL_HOLD, COL_HOLD_REASON, COL_HOLD_BY, COL_HOLD_AT };
	uint8_t digest[32];
	struct buf b;

	buf_init(&b, 2u * EX_MAX_BODY);
	for (unsigned i = 0; i < sizeof columns; i++) {
		struct view_cell c = view_column(v, columns[i]);

		buf_byte(&b, c.state);
		if (c.state == VIEW_TEXT) {
			buf_varint(&b, c.n);
			buf_put(&b, c.p, c.n);
		}
	}
	if (!b.failed)
		sha256_once(sha, b.p, b.len, digest);
	if (!b.failed)
		memcpy(m->rest, digest, sizeof m->rest);
	buf_release(&b);
	return b.failed ? -1 : 0;
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
	m->numbered = numbered(r, archive, rec);
	d = view_column(v, COL_DATA);
	if (!copy(&m->type, view_column(v, COL_TYPE)) ||
	    !copy(&m->category, view_column(v, COL_CATEGORY)) ||
	    !copy(&m->action, view_column(v, COL_ACTION)) ||
	    !copy(&m->outcome, view_column(v, COL_OUTCOME)) ||
	    !copy(&m->actor_type, view_column(v, COL_ACTOR_TYPE)) ||
	    !copy(&m->actor_id, view_column(v, COL_ACTOR_ID)) ||
	    !copy(&m->resource_type, view_column(v, COL_RESOURCE_TYPE)) ||
	    !copy(&m->resource_id, view_column(v, COL_RESOURCE_ID)) ||
	    !copy(&m->namespace, view_column(v, COL_NAMESPACE)) ||
	    !copy(&m->cluster, view_column(v, COL_CLUSTER)) || !copy(&m->data, d))
		return moment_release(m), err_nomem(e);
	if (r->rest && digest_rest(m, v, r->rest))
		return moment_release(m), err_nomem(e);
	m->data_len = m->data ? strlen(m->data) : 0;
	if (m->type == NULL && (m->type = strdup("")) == NULL)
		return err_nomem(e);
	return 0;
}

static bool
same_text(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

void
story_drop_copies(struct story *s)
{
	unsigned k = 0;

	for (unsigned i = 0; i < s->n; i++) {
		const struct moment *m = &s->m[i], *was = k ? &s->m[k - 1] : NULL;

		if (was && was->archive != m->archive && was->time == m->time &&
		    memcmp(was->id, m->id, 16) == 0 && was->has_hash == m->has_hash &&
		    memcmp(was->hash, m->hash, 32) == 0 && same_text(was->type, m->type) &&
		    same_text(was->data, m->data) && same_text(was->actor_id, m->actor_id))
			moment_release(&s->m[i]);
		else
			s->m[k++] = s->m[i];
	}
	s->n = k;
}

int
story_load(struct story *s, struct reading *r, const struct correlation *c, struct err *e)
{
	int rc;

	memset(s, 0, sizeof *s);
	if ((s->m = calloc(c->n_at ? c->n_at : 1, sizeof *s->m)) == NULL)
		return err_nomem(e);
	for (unsigned i = 0; i < c->n_at; i++) {
		if ((rc = read_moment(&s->m[s->n], r, c->at[i].archive, c->at[i].position, e)) < 0)
			return rc;
		s->n += rc == 0;
	}
	return story_settle(s) ? err_nomem(e) : 0;
}

/* The stories of stories_each while their events are met; by place in the catalog. */
struct pass {
	const struct catalog *cat;
	struct {
		struct story s;
		unsigned met;
		bool later;
	} * c;
	/* of each archive's positions: place in the catalog + 1, 0: none */
	uint32_t **owner;
	size_t pending; /* bytes of the stories that are not whole yet */
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
	if ((p->c = calloc(p->cat->n + 1, sizeof *p->c)) == NULL ||
	    (p->owner = calloc(r->n + 1, sizeof *p->owner)) == NULL)
		return err_nomem(e);
	for (unsigned k = 0; k < r->n; k++)
		if ((p->owner[k] = calloc((size_t)(r->archive[k].next - r->archive[k].first) + 1,
			 sizeof **p->owner)) == NULL)
			return err_nomem(e);
	for (unsigned i = 0; i < p->cat->n; i++)
		for (unsigned n = 0;
		     n < p->cat->c[i].n_at && (p->cat->c[i].remediation || !remediations); n++) {
			const struct archive *a = &r->archive[p->cat->c[i].at[n].archive];
			uint64_t position = p->cat->c[i].at[n].position;

			if (position >= a->first && position < a->next)
				p->owner[p->cat->c[i].at[n].archive][position - a->first] = i + 1;
		}
	return 0;
}

/* Hands a story out, and ends it. */
static int
hand_out(struct pass *p, uint32_t i,
    int (*each)(void *arg, const struct correlation *c, struct story *s), void *arg, struct err *e)
{
	struct story *s = &p->c[i].s;
	int rc = story_settle(s) ? err_nomem(e) : each(arg, &p->cat->c[i], s);

	story_release(s);
	memset(s, 0, sizeof *s);
	return rc;
}

/* One event met. 0 or -1 (e). */
static int
meet(struct pass *p, struct reading *r, unsigned archive, uint64_t position, uint32_t i,
    int (*each)(void *arg, const struct correlation *c, struct story *s), void *arg, struct err *e)
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
	/* this one is read again by itself, behind the pass */
	if (p->pending > PENDING_MAX) {
		p->pending -= weight(s);
		p->c[i].later = true;
		story_release(s);
		memset(s, 0, sizeof *s);
	}
	return 0;
}

int
stories_each(struct reading *r, const struct catalog *cat, bool remediations,
    int (*each)(void *arg, const struct correlation *c, struct story *s), void *arg, struct err *e)
{
	struct pass p = { .cat = cat };
	const struct record *rec;
	int rc = own(&p, r, remediations, e);

	for (unsigned k = 0; k < r->n && rc == 0; k++) {
		const struct archive *a = &r->archive[k];

		for (uint64_t at = a->first; a->readable && !a->copy && at < a->next && rc == 0;
		     at++) {
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
		else if (rc == 0 && p.c[i].s.n) /* some of its events are damaged */
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
	return story_settle(s);
}

void
story_release(struct story *s)
{
	for (unsigned i = 0; i < s->n; i++)
		moment_release(&s->m[i]);
	free(s->m);
	phases_release(&s->phases);
}

int
story_until(struct story *s, int64_t time, uint64_t position)
{
	unsigned k = 0;

	for (unsigned i = 0; i < s->n; i++)
		if (s->m[i].time > time || s->m[i].position >= position)
			moment_release(&s->m[i]);
		else
			s->m[k++] = s->m[i];
	s->n = k;
	return story_settle(s);
}
