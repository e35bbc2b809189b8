#include "chain/stretches.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/text.h"
#include "base/utc.h"
#include "base/vec.h"

int
stretches_init(struct stretches *s, struct rows *rows)
{
	*s = (struct stretches){ .rows = rows };
	buf_init(&s->text, EX_MAX_BODY);
	s->spell = calloc(rows->correlations + 1, sizeof *s->spell);
	if (s->spell == NULL)
		return -1;
	for (uint64_t c = 0; c < rows->correlations; c++)
		stretches_drop(s, (uint32_t)c);
	return 0;
}

void
stretches_release(struct stretches *s)
{
	for (size_t i = 0; i < s->n; i++) {
		buf_release(&s->stretch[i].ids);
		buf_release(&s->stretch[i].cluster);
		buf_release(&s->stretch[i].actor);
	}
	free(s->stretch);
	free(s->spell);
	free(s->named);
	buf_release(&s->text);
}

void
stretches_row(struct stretches *s, uint32_t correlation, int64_t time)
{
	struct spell *w = &s->spell[correlation];

	w->rows++;
	if (time == INT64_MIN)
		return;
	w->first = time < w->first ? time : w->first;
	w->last = time > w->last ? time : w->last;
}

void
stretches_drop(struct stretches *s, uint32_t correlation)
{
	s->spell[correlation] = (struct spell){ INT64_MAX, INT64_MIN, 0, 0 };
}

static int
by_first(const void *pa, const void *pb, void *arg)
{
	const struct spell *s = arg;
	uint32_t a = *(const uint32_t *)pa, b = *(const uint32_t *)pb;

	if (s[a].first != s[b].first)
		return s[a].first < s[b].first ? -1 : 1;
	return a < b ? -1 : a > b;
}

/* Adds a text to a list of those that are there, if it is not yet. */
static void
add_name(struct buf *list, unsigned *n, bool *more, struct str s)
{
	size_t at = 0;

	if (s.n == 0 || memchr(s.p, '\0', s.n))
		return;
	while (at < list->len) {
		size_t k = strlen((char *)list->p + at);

		if (k == s.n && memcmp(list->p + at, s.p, k) == 0)
			return;
		at += k + 1;
	}
	if (*n == STRETCH_NAMES) {
		*more = true;
		return;
	}
	(*n)++;
	buf_put(list, s.p, s.n);
	buf_byte(list, '\0');
}

static int
note_row(void *arg, const struct rows *rows, const struct record *r, struct str corr,
    const struct event_result *x, const char *variant)
{
	struct stretches *t = arg;
	uint32_t c = rows->node[t->at++].corr;
	struct stretch *s;
	struct event ev;
	const char *why;

	(void)x;
	(void)variant;
	if (t->spell[c].stretch == 0)
		return 0;
	s = &t->stretch[t->spell[c].stretch - 1];
	if (!t->named[c]) {
		t->named[c] = true;
		if (s->told < STRETCH_NAMED) {
			buf_put(&s->ids, corr.p, corr.n);
			buf_byte(&s->ids, '\0');
			s->told++;
		}
	}
	if (r->body_form != BODY_VERBATIM && !(s->more_actors && s->more_clusters) &&
	    event_parse_body(&ev, (const char *)r->body, r->body_len, r->body_form, false, &t->text,
		&why) == 0) {
		add_name(&s->cluster, &s->n_clusters, &s->more_clusters, ev.cluster);
		add_name(&s->actor, &s->n_actors, &s->more_actors, ev.actor_id);
	}
	return s->ids.nomem || s->cluster.nomem || s->actor.nomem ? -1 : 0;
}

/* A correlation joins the last stretch, or begins one. -1: no memory. */
static int
join(struct stretches *s, struct spell *w, int64_t apart)
{
	struct stretch *last = s->n ? &s->stretch[s->n - 1] : NULL;

	if (last == NULL || w->first > last->until + apart) {
		if (vec_grow(&s->stretch, &s->cap, s->n + 1, sizeof *s->stretch))
			return -1;
		last = &s->stretch[s->n++];
		memset(last, 0, sizeof *last);
		last->from = w->first;
		last->until = w->last;
		buf_init(&last->ids, 64u << 20);
		buf_init(&last->cluster, 1u << 20);
		buf_init(&last->actor, 1u << 20);
	}
	last->until = w->last > last->until ? w->last : last->until;
	last->correlations++;
	last->rows += w->rows;
	w->stretch = (uint32_t)s->n;
	return 0;
}

int
stretches_find(struct stretches *s, int64_t apart, struct err *e)
{
	uint64_t n = s->rows->correlations;
	uint32_t *order = calloc(n + 1, sizeof *order), k = 0;
	int rc = 0;

	s->named = calloc(n + 1, sizeof *s->named);
	if (order == NULL || s->named == NULL)
		rc = err_nomem(e);
	/* a spell without a time is nowhere in time */
	for (uint64_t c = 0; c < n && rc == 0; c++)
		if (s->spell[c].rows && s->spell[c].last != INT64_MIN)
			order[k++] = (uint32_t)c;
	if (rc == 0 && k)
		qsort_r(order, k, sizeof *order, by_first, s->spell);
	for (uint32_t i = 0; i < k && rc == 0; i++)
		if (join(s, &s->spell[order[i]], apart))
			rc = err_nomem(e);
	free(order);
	if (rc == 0 && s->n && rows_each(s->rows, note_row, s, e))
		rc = e->status ? -1 : err_nomem(e);
	return rc;
}

/* A list of texts as words of a sentence. */
static void
put_names(struct buf *out, const struct buf *list, bool more)
{
	for (size_t at = 0; at < list->len;) {
		size_t n = strlen((char *)list->p + at);

		buf_str(out, at ? ", " : " ");
		text_plain(out, list->p + at, n > 80 ? 80 : n);
		at += n + 1;
	}
	if (more)
		buf_str(out, " and more");
	if (list->len == 0)
		buf_str(out, " none named");
}

void
stretch_put_who(struct buf *out, const struct stretch *s)
{
	buf_str(out, "clusters:");
	put_names(out, &s->cluster, s->more_clusters);
	buf_str(out, "; actors:");
	put_names(out, &s->actor, s->more_actors);
}

void
stretch_name(const struct stretch *s, struct findings *l, struct finding *f)
{
	for (size_t i = 0; i < s->ids.len; i += strlen((char *)s->ids.p + i) + 1)
		finding_names(l, f, (char *)s->ids.p + i);
	if (f)
		f->more_correlations = s->correlations - s->told;
}

int
stretches_tell(
    struct rows *rows, const struct stretch_kind *kind, int64_t since, int64_t apart, struct err *e)
{
	struct stretches s;
	int rc = 0;

	if (stretches_init(&s, rows) || kind->gather(&s))
		rc = err_nomem(e);
	if (rc == 0)
		rc = stretches_find(&s, apart, e);
	for (size_t i = 0; i < s.n && rc == 0; i++) {
		const struct stretch *one = &s.stretch[i];
		struct buf who;

		if (kind->leave && kind->leave(rows, one))
			continue;
		buf_init(&who, 8192);
		stretch_put_who(&who, one);
		if (who.failed)
			rc = err_nomem(e);
		else
			kind->tell(rows, one, since, (struct str){ (char *)who.p, who.len });
		buf_release(&who);
	}
	stretches_release(&s);
	return rc;
}

struct finding *
stretch_say(struct rows *rows, const struct stretch *s, enum said said, struct value a,
    struct value b, int64_t since)
{
	char from[40], until[40], keyed[40];
	struct finding *f;

	utc_text(from, s->from);
	utc_text(until, s->until);
	utc_text(keyed, since);
	f = finding_say(rows->findings, said, s->file, "source records",
	    GIVING(TEXT(from), TEXT(until), a, b, TEXT(keyed)));
	stretch_name(s, rows->findings, f);
	return f;
}
