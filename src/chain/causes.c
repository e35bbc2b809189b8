#include "chain/causes_inner.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/vec.h"

/* Columns whose values repeat from row to row: what one of them was can be tried again
 * (source-hash-chain 13.4, peer-limits A15). */
const struct causes_field causes_field[CAUSES_FIELDS] = { { "event_version",
							      offsetof(struct event, version) },
	{ "event_category", offsetof(struct event, category) },
	{ "event_action", offsetof(struct event, action) },
	{ "event_outcome", offsetof(struct event, outcome) },
	{ "resource_type", offsetof(struct event, resource_type) },
	{ "namespace", offsetof(struct event, namespace) },
	{ "cluster_id", offsetof(struct event, cluster) },
	{ "severity", offsetof(struct event, severity) },
	{ "error_code", offsetof(struct event, error_code) },
	{ "actor_id", offsetof(struct event, actor_id) },
	{ "actor_type", offsetof(struct event, actor_type) } };

static int
digests_add(struct digests *s, const uint8_t d[32])
{
	void *p;

	if (s->n == s->cap) {
		s->cap = s->cap ? s->cap * 2 : 64;
		if ((p = vec_resize(s->d, s->cap, sizeof *s->d)) == NULL)
			return -1;
		s->d = p;
	}
	memcpy(s->d[s->n++], d, 32);
	return 0;
}

static int
by_bytes(const void *a, const void *b)
{
	return memcmp(a, b, 32);
}

static void
digests_sort(struct digests *s)
{
	size_t k = 0;

	if (s->n)
		qsort(s->d, s->n, sizeof *s->d, by_bytes);
	for (size_t i = 0; i < s->n; i++)
		if (k == 0 || memcmp(s->d[k - 1], s->d[i], 32))
			memmove(s->d[k++], s->d[i], 32);
	s->n = k;
}

bool
digests_hold(const struct digests *s, const uint8_t d[32])
{
	return s->n && bsearch(d, s->d, s->n, sizeof *s->d, by_bytes) != NULL;
}

struct causes *
causes_new(const struct rows *rows)
{
	struct causes *c = calloc(1, sizeof *c);

	if (c == NULL)
		return NULL;
	c->rows = rows;
	buf_init(&c->text, EX_MAX_BODY);
	buf_init(&c->body, EX_MAX_BODY);
	if (judge_init(&c->jd, rows->hmac, rows->n_hmac)) {
		causes_free(c);
		return NULL;
	}
	return c;
}

void
causes_free(struct causes *c)
{
	if (c == NULL)
		return;
	for (size_t i = 0; i < c->n; i++) {
		free(c->row[i].body);
		free(c->row[i].corr_text);
	}
	free(c->row);
	free(c->cause);
	free(c->owner);
	neighbours_release(&c->near);
	free(c->bare.d);
	free(c->gaps.d);
	for (size_t f = 0; f < CAUSES_FIELDS; f++)
		for (unsigned i = 0; i < c->value[f].n; i++)
			free(c->value[f].text[i]);
	free(c->kin.by_claim);
	free(c->kin.by_previous);
	free(c->kin.missed.d);
	free(c->odd.d);
	free(c->asked.d);
	judge_release(&c->jd);
	buf_release(&c->text);
	buf_release(&c->body);
	free(c);
}

bool
causes_written_bare(struct str type)
{
	static const char *const prefix[] = { "workflow.", "actiontype.", "datastorage." };

	for (unsigned i = 0; i < 3; i++)
		if (type.n > strlen(prefix[i]) && memcmp(type.p, prefix[i], strlen(prefix[i])) == 0)
			return true;
	return false;
}

int
causes_suspect(
    struct causes *c, const struct record *r, const struct event_result *x, struct str type)
{
	bool mismatch = x->content == CONTENT_MISMATCH, bare = x->content == CONTENT_NO_HASH,
	     missing = x->link == LINK_MISSING;

	bare = bare && !causes_written_bare(type);
	if (!mismatch && !bare && !missing && x->link != LINK_ELSEWHERE)
		return 0;
	c->all |= mismatch || bare || x->link == LINK_ELSEWHERE;
	if (missing && digests_add(&c->gaps, r->correlation))
		return -1;
	if (mismatch && r->claimed_form == FORM_HEX && digests_add(&c->asked, r->claimed))
		return -1;
	if (x->link == LINK_ELSEWHERE && digests_add(&c->asked, r->previous))
		return -1;
	if (bare && digests_add(&c->bare, r->correlation))
		return -1;
	return digests_add(&c->odd, r->correlation);
}

bool
causes_need_all(const struct causes *c)
{
	return c->all;
}

bool
causes_any(const struct causes *c)
{
	return c->odd.n > 0;
}

/* Values that rows have in columns that repeat; a value that was overwritten in one row still
 * stands in others. */
static int
note_values(struct causes *c, const struct record *r)
{
	struct event ev;
	const char *why;
	unsigned k;

	if (r->body_form == BODY_VERBATIM ||
	    event_parse_body(
		&ev, (const char *)r->body, r->body_len, r->body_form, false, &c->text, &why))
		return 0;
	for (size_t f = 0; f < CAUSES_FIELDS; f++) {
		const struct str *v = field_of(&ev, f);
		struct values *s = &c->value[f];

		for (k = 0; k < s->n; k++) {
			unsigned at = (s->last + k) % s->n;

			if (strlen(s->text[at]) == v->n && memcmp(s->text[at], v->p, v->n) == 0) {
				s->last = at;
				break;
			}
		}
		if (k == s->n && s->n < VALUES && (s->text[s->n++] = strndup(v->p, v->n)) == NULL) {
			s->n--;
			return -1;
		}
	}
	for (k = 0; k < c->n_days && c->days[k] != ev.retention; k++)
		;
	if (k == c->n_days && k < VALUES)
		c->days[c->n_days++] = ev.retention;
	return 0;
}

/* What earlier passes gathered is sorted once, at the first row that asks. */
static void
sort_asked(struct causes *c)
{
	if (c->sorted)
		return;
	digests_sort(&c->odd);
	digests_sort(&c->asked);
	digests_sort(&c->bare);
	digests_sort(&c->gaps);
	c->sorted = true;
}

/* What of a record the rules compare. */
static struct row
row_of(const struct record *r, const struct event_result *x)
{
	struct row w = { .time = r->time,
		.content = x->content,
		.link = x->link,
		.goes_on = x->goes_on,
		.newer = x->newer,
		.algorithm = r->algorithm,
		.claimed_form = r->claimed_form,
		.previous_form = r->previous_form,
		.body_form = r->body_form };

	memcpy(w.corr, r->correlation, 32);
	memcpy(w.id, r->id, 16);
	memcpy(w.claimed, r->claimed, 32);
	memcpy(w.previous, r->previous, 32);
	memcpy(w.digest, r->body_digest, 32);
	return w;
}

/* Kept rows are bounded: beyond it causes are not told for all, which is said (gave_up). 0 and
 * *ret, NULL if there are too many; -1: no memory. */
static int
next_row(struct causes *c, struct row **ret)
{
	void *p;

	*ret = NULL;
	if (c->n == CAUSES_ROWS) {
		c->gave_up = true;
		return 0;
	}
	if (c->n == c->cap) {
		c->cap = c->cap ? c->cap * 2 : 256;
		if ((p = vec_resize(c->row, c->cap, sizeof *c->row)) == NULL)
			return -1;
		c->row = p;
	}
	*ret = &c->row[c->n++];
	return 0;
}

/* A body is kept only where a rule may have to hash it again; bodies are bounded together, and not
 * one by one. -1: no memory. */
static int
keep_body(struct causes *c, struct row *w, const struct record *r)
{
	if (r->body_form == BODY_VERBATIM ||
	    (w->content != CONTENT_MISMATCH && w->content != CONTENT_NO_HASH &&
		!digests_hold(&c->gaps, r->correlation)))
		return 0;
	if (c->bytes + r->body_len > CAUSES_BYTES) {
		c->gave_up = true;
		return 0;
	}
	if ((w->body = malloc(r->body_len)) == NULL)
		return -1;
	memcpy(w->body, r->body, r->body_len);
	w->body_len = r->body_len;
	c->bytes += r->body_len;
	return 0;
}

int
causes_row(struct causes *c, const struct record *r, uint32_t input, uint64_t event,
    const struct event_result *x, struct str corr, struct str type, bool mixed)
{
	struct row *w;
	bool odd, asked;

	sort_asked(c);
	/* who wrote what, and when: rows without a hash are explained by those beside them */
	if (c->bare.n &&
	    neighbours_add(&c->near,
		(struct neighbour){ r->time, event, load_be(r->correlation, 8), input,
		    x->content != CONTENT_NO_HASH }))
		return -1;
	/* values of columns, for the guesses at what a row said before */
	if ((c->asked.n || c->gaps.n) && note_values(c, r))
		return -1;
	odd = mixed || digests_hold(&c->odd, r->correlation);
	asked = r->claimed_form == FORM_HEX && digests_hold(&c->asked, r->claimed);
	/* neither odd nor asked for: by far the most */
	if (!odd && !asked)
		return 0;
	if (next_row(c, &w))
		return -1;
	if (w == NULL)
		return 0;
	*w = row_of(r, x);
	w->event = event;
	w->odd = odd;
	w->input = input;
	w->self_audit = causes_written_bare(type);
	/* the text of the correlation is kept only where somebody names the row */
	if (asked && (w->corr_text = strndup(corr.p, corr.n)) == NULL)
		return -1;
	return keep_body(c, w, r);
}

/* Rows of one correlation together, in the order of time and id. */
static int
by_place(const void *pa, const void *pb)
{
	const struct row *a = pa, *b = pb;
	int k = memcmp(a->corr, b->corr, 32);

	if (k == 0)
		k = a->time < b->time ? -1 : a->time > b->time;
	if (k == 0)
		k = memcmp(a->id, b->id, 16);
	return k ? k : a->event < b->event ? -1 : a->event > b->event;
}

static int
by_claim(const void *pa, const void *pb)
{
	return memcmp((*(const struct row *const *)pa)->claimed,
	    (*(const struct row *const *)pb)->claimed, 32);
}

static int
by_previous(const void *pa, const void *pb)
{
	return memcmp((*(const struct row *const *)pa)->previous,
	    (*(const struct row *const *)pb)->previous, 32);
}

size_t
rows_lower(const struct row *const *p, size_t n, const uint8_t d[32], bool previous)
{
	size_t lo = 0, hi = n;

	while (lo < hi) {
		size_t mid = (lo + hi) / 2;

		if (memcmp(previous ? p[mid]->previous : p[mid]->claimed, d, 32) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < n && memcmp(previous ? p[lo]->previous : p[lo]->claimed, d, 32) == 0 ? lo : n;
}

static int
kin_of(struct kin *k, const struct row *first, size_t n)
{
	void *p, *q;

	k->first = first;
	k->n = n;
	k->n_claim = k->n_previous = k->missed.n = 0;
	k->keyed = false;
	/* room is kept from one correlation to the next */
	if (n > k->cap) {
		p = vec_resize(k->by_claim, n, sizeof *k->by_claim);
		if (p)
			k->by_claim = p;
		q = vec_resize(k->by_previous, n, sizeof *k->by_previous);
		if (q)
			k->by_previous = q;
		if (p == NULL || q == NULL)
			return -1;
		k->cap = n;
	}
	/* sorted twice: who is asked for by his hash, and who by the one he names */
	for (const struct row *w = first; w < first + n; w++) {
		k->keyed |= w->algorithm == ALGO_HMAC;
		if (w->claimed_form == FORM_HEX)
			k->by_claim[k->n_claim++] = w;
		if (w->previous_form == FORM_HEX)
			k->by_previous[k->n_previous++] = w;
		/* predecessors that are named and not here */
		if (w->previous_form == FORM_HEX &&
		    (w->link == LINK_MISSING || w->link == LINK_ELSEWHERE) &&
		    digests_add(&k->missed, w->previous))
			return -1;
	}
	if (k->n_claim)
		qsort(k->by_claim, k->n_claim, sizeof *k->by_claim, by_claim);
	if (k->n_previous)
		qsort(k->by_previous, k->n_previous, sizeof *k->by_previous, by_previous);
	digests_sort(&k->missed);
	return 0;
}

static int
by_event(const void *pa, const void *pb)
{
	const struct cause *a = pa, *b = pb;

	return a->event < b->event ? -1 : a->event > b->event;
}

int
causes_decide(struct causes *c, struct rows *rows, uint64_t *budget)
{
	size_t end;

	c->budget = budget;
	neighbours_sort(&c->near);
	if (c->n)
		qsort(c->row, c->n, sizeof *c->row, by_place);
	if ((c->owner = calloc(c->n + 1, sizeof *c->owner)) == NULL)
		return -1;
	for (size_t i = 0; i < c->n; i++)
		if (c->row[i].corr_text)
			c->owner[c->n_owners++] = &c->row[i];
	if (c->n_owners)
		qsort(c->owner, c->n_owners, sizeof *c->owner, by_claim);
	for (size_t first = 0; first < c->n; first = end) {
		for (end = first + 1;
		     end < c->n && memcmp(c->row[end].corr, c->row[first].corr, 32) == 0; end++)
			;
		if (c->row[first].odd && kin_of(&c->kin, &c->row[first], end - first))
			return -1;
		for (size_t i = first; i < end && c->row[first].odd; i++)
			if (cause_of_row(c, &c->row[i]) < 0)
				return -1;
	}
	if (c->n_causes)
		qsort(c->cause, c->n_causes, sizeof *c->cause, by_event);
	for (size_t i = 0; i < c->n_causes; i++)
		rows->event[c->cause[i].event].cause = true;
	rows->gave_up |= c->gave_up;
	return 0;
}

const struct cause *
causes_of(const struct causes *c, uint64_t event)
{
	struct cause key = { .event = event };

	return c->n_causes ? bsearch(&key, c->cause, c->n_causes, sizeof key, by_event) : NULL;
}
