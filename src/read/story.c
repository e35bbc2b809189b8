/* The events of one correlation, read and put in order (flow.c). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/vec.h"
#include "read/select.h"

static int
read_moment(struct moment *m, struct reading *r, unsigned archive, uint64_t position, struct err *e)
{
	const struct record *rec;
	const char *why;
	int rc = reading_record(r, archive, position, &rec, e);

	if (rc)
		return rc;
	rc = moment_read(m, r->view, rec, archive_table_of(r->archive[archive], rec->source),
	    r->want, r->sha, &why);
	if (rc < 0)
		return err_nomem(e);
	if (rc == 0) {
		m->archive = archive;
		if (why)
			reading_broken(r->findings, archive, position, why);
	}
	return rc;
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

int
story_join(struct story *s, struct story *more)
{
	struct moment *m = vec_resize(s->m, s->n + more->n + 1, sizeof *m);

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

/* Older names (reference: approval-timeline 8). */
int
story_join_older(struct story *s, struct reading *r, const struct catalog *cat,
    const struct correlation *c, struct err *e)
{
	static const char *const prefix[] = { "rar-", "we-" };
	char name[600];

	for (unsigned i = 0; i < 2 && c->n < 500; i++) {
		int n = snprintf(name, sizeof name, "%s%.*s", prefix[i], (int)c->n, c->text);
		const struct correlation *found = catalog_get(cat, name, (size_t)n);
		struct story more = { 0 };
		int rc = 0;

		if (found && (rc = story_load(&more, r, found, e)) == 0 && story_join(s, &more))
			rc = err_nomem(e);
		story_release(&more);
		if (rc)
			return -1;
	}
	return 0;
}
