/* One side of a comparison: the events of its files, by id, and what they say of themselves. */
#include "compare/compare.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "archive/sequence.h"
#include "base/text.h"
#include "base/vec.h"
#include "compare/inner.h"
#include "digest/digest.h"

void
side_release(struct side *s)
{
	free(s->item);
	free(s->corr);
	free(s->run);
	free(s->gone);
	free(s->month);
	limits_release(&s->limits);
}

/* What a table is like, so that rows of tables that differ are not taken for the same. */
static void
table_digest(struct sha256 *sha, const struct table *t, uint8_t ret[32])
{
	sha256_begin(sha);
	if (t) {
		sha256_add(sha, &t->style, sizeof t->style);
		for (unsigned i = 0; i < t->n; i++)
			sha256_add(sha, t->col[i].name, strlen(t->col[i].name) + 1);
	}
	sha256_end(sha, ret);
}

static void
item_digest(struct sha256 *sha, const struct record *r, const uint8_t table[32], uint8_t ret[16])
{
	uint8_t forms[4] = { r->claimed_form, r->previous_form, r->algorithm, r->body_form }, d[32];

	sha256_begin(sha);
	sha256_add(sha, forms, sizeof forms);
	sha256_add(sha, r->body_digest, 32);
	sha256_add(sha, r->claimed, 32);
	sha256_add(sha, r->previous, 32);
	sha256_add(sha, table, 32);
	if (r->aside_len && r->kind == KIND_EVENT)
		sha256_add(sha, r->aside, r->aside_len);
	else if (r->kind != KIND_EVENT)
		sha256_add(sha, "conflict", 8); /* compared column by column */
	sha256_end(sha, d);
	memcpy(ret, d, 16);
}

struct loading {
	struct side *s;
	uint64_t position;
};

static int
note_gone(void *arg, const uint8_t id[16])
{
	struct loading *l = arg;
	struct side *s = l->s;
	void *p;

	if (s->n_gone == s->cap_gone) {
		s->cap_gone = s->cap_gone ? s->cap_gone * 2 : 64;
		if ((p = vec_resize(s->gone, s->cap_gone, sizeof *s->gone)) == NULL)
			return -1;
		s->gone = p;
	}
	memcpy(s->gone[s->n_gone].id, id, 16);
	s->gone[s->n_gone++].position = l->position;
	return 0;
}

static int
note_context(struct side *s, const struct record *r)
{
	struct loading l = { s, r->position };
	struct retention_run run;
	void *p;
	int rc = retention_run_of(r, &run);

	if (rc == 0)
		return vanished_ids(r, note_gone, &l) < 0 ? -1 : 0;
	if (rc < 0 || (p = vec_resize(s->run, s->n_runs + 1, sizeof *s->run)) == NULL)
		return -1;
	s->run = p;
	s->run[s->n_runs++] = run;
	return 0;
}

static int
add_item(struct side *s, const struct record *r, const uint8_t digest[16], unsigned part,
    unsigned archive)
{
	void *p;

	if (s->n == s->cap) {
		s->cap = s->cap ? s->cap + s->cap / 2 : 4096;
		if ((p = vec_resize(s->item, s->cap, sizeof *s->item)) == NULL)
			return -1;
		s->item = p;
	}
	struct item *it = &s->item[s->n++];

	*it = (struct item){ .time = r->flags & FLAG_TIME_INVALID ? INT64_MIN : r->time,
		.position = r->position,
		.corr = load_be(r->correlation, 8),
		.archive = (uint16_t)archive,
		.part = (uint8_t)part };
	memcpy(it->id, r->id, 16);
	memcpy(it->digest, digest, 16);
	if (it->time != INT64_MIN)
		utc_range_add(&s->time, it->time);
	return 0;
}

static int
load_archive(struct side *s, unsigned part, unsigned k, struct sha256 *sha, struct err *e)
{
	struct reading *r = s->part[part];
	const struct archive *a = r->archive[k];
	uint8_t(*table)[32] = malloc((archive_tables(a) + 1u) * sizeof *table), digest[16];
	const struct record *rec;
	int rc = 0;

	if (table == NULL)
		return err_nomem(e);
	for (uint32_t t = 0; t <= archive_tables(a); t++)
		table_digest(sha, archive_table_of(a, t), table[t]);
	for (uint64_t p = archive_first(a); p < archive_next(a) && rc == 0; p++) {
		if ((rc = reading_record(r, k, p, &rec, e)) > 0) {
			rc = 0;
			p = archive_end_of_block(a, p); /* damaged: a finding says so */
			continue;
		}
		if (rc == 0 && rec->kind == KIND_CONTEXT && note_context(s, rec))
			rc = err_nomem(e);
		if (rc || !record_event_like(rec) || rec->flags & FLAG_ID_ABSENT)
			continue;
		item_digest(
		    sha, rec, table[rec->source <= archive_tables(a) ? rec->source : 0], digest);
		if (add_item(s, rec, digest, part, k))
			rc = err_nomem(e);
	}
	free(table);
	return rc;
}

/* By id; the last version of an id last. */
static int
by_id(const void *pa, const void *pb)
{
	const struct item *a = pa, *b = pb;
	int k = memcmp(a->id, b->id, 16);

	if (k)
		return k;
	if (a->part != b->part)
		return a->part < b->part ? -1 : 1;
	if (a->archive != b->archive)
		return a->archive < b->archive ? -1 : 1;
	return a->position < b->position ? -1 : a->position > b->position;
}

static int
by_number(const void *pa, const void *pb)
{
	uint64_t a = *(const uint64_t *)pa, b = *(const uint64_t *)pb;

	return a < b ? -1 : a > b;
}

static int
by_gone(const void *pa, const void *pb)
{
	return memcmp(pa, pb, 16);
}

/* Does a file of the side say, behind this position, that this row had vanished? */
bool
side_said_gone(const struct side *s, const uint8_t id[16], uint64_t position)
{
	uint64_t lo = 0, hi = s->n_gone;

	while (lo < hi) {
		uint64_t mid = (lo + hi) / 2;

		if (memcmp(s->gone[mid].id, id, 16) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	for (; lo < s->n_gone && memcmp(s->gone[lo].id, id, 16) == 0; lo++)
		if (s->gone[lo].position >= position)
			return true;
	return false;
}

/* The last file of its log among those given: it looked at the source after the others. */
static bool
newest_of_log(const struct reading *r, unsigned k)
{
	for (unsigned i = k + 1; i < r->n; i++)
		if (archive_counts(r->archive[i]) &&
		    strcmp(archive_origin(r->archive[i]), archive_origin(r->archive[k])) == 0)
			return false;
	return true;
}

static void
note_runs(struct side *s, const struct archive *a)
{
	for (uint32_t i = 0; i < archive_told(a)->n; i++)
		s->has_runs |= archive_told(a)->input[i].runs;
}

int
side_load(struct side *s, struct err *e)
{
	struct sha256 *sha = sha256_new();
	uint64_t k = 0;
	int rc = sha ? 0 : err_nomem(e);

	for (unsigned p = 0; p < s->n_parts; p++)
		for (unsigned i = 0; i < s->part[p]->n && rc == 0; i++) {
			const struct archive *a = s->part[p]->archive[i];

			/* a file that repeats another one counts nothing */
			if (!archive_counts(a))
				continue;
			note_runs(s, a);
			rc = load_archive(s, p, i, sha, e);
			/* inputs by the newest file of a log, which tells of all before it */
			if (rc == 0 && p + 1 == s->n_parts && newest_of_log(s->part[p], i) &&
			    side_inputs(s, a))
				rc = err_nomem(e);
		}
	sha256_free(sha);
	if (rc == 0) /* damage is known by now */
		rc = limits_collect(&s->limits, s->part[s->n_parts - 1]->archive,
		    s->part[s->n_parts - 1]->n, false, e);
	if (rc)
		return rc;
	if (s->n >= ITEM_NONE)
		return err_set(e, EX_DATA_ERR,
		    "more than %u events in one export: compare its parts", ITEM_NONE - 1);
	/* by id, so that both sides are walked in step */
	if (s->n)
		qsort(s->item, s->n, sizeof *s->item, by_id);
	if (s->n_gone)
		qsort(s->gone, s->n_gone, sizeof *s->gone, by_gone);
	/* of a repeated id the last counts, unless it is said to be gone */
	for (uint64_t i = 0; i < s->n; i++)
		if ((i + 1 == s->n || memcmp(s->item[i].id, s->item[i + 1].id, 16)) &&
		    !side_said_gone(s, s->item[i].id, s->item[i].position))
			s->item[k++] = s->item[i];
	s->n = k;
	/* correlations apart and sorted: whether one is there at all is asked often */
	if ((s->corr = malloc((k + 1) * sizeof *s->corr)) == NULL)
		return err_nomem(e);
	for (uint64_t i = 0; i < k; i++)
		s->corr[i] = s->item[i].corr;
	if (k)
		qsort(s->corr, k, sizeof *s->corr, by_number);
	return 0;
}

uint64_t
side_rows(const struct side *s, const char *correlation, size_t n)
{
	uint64_t lo = 0, hi = s->n, key, at;
	struct sha256 *sha = sha256_new();
	uint8_t d[32];

	if (sha == NULL)
		return 0;
	sha256_once(sha, correlation, n, d);
	sha256_free(sha);
	key = load_be(d, 8);
	while (lo < hi) {
		uint64_t mid = (lo + hi) / 2;

		if (s->corr[mid] < key)
			lo = mid + 1;
		else
			hi = mid;
	}
	for (at = lo; at < s->n && s->corr[at] == key; at++)
		;
	return at - lo;
}
