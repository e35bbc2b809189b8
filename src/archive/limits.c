#include "archive/limits_inner.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "archive/reader_inner.h"
#include "base/err.h"
#include "base/text.h"
#include "base/utc.h"
#include "base/vec.h"

#define SCOPE_NAMED 1000u /* ids that a scope names; more are counted */

const char *
limit_called(const struct limit *l)
{
	return strcmp(l->lack, "coverage") ? "known to be missing" : "not looked at";
}

void
limits_release(struct limits *x)
{
	for (unsigned i = 0; i < x->n; i++) {
		free(x->l[i].scope);
		free(x->l[i].sentence);
	}
	free(x->l);
	correlation_set_release(&x->met);
	sha256_free(x->sha);
	memset(x, 0, sizeof *x);
}

void
limits_scope(struct scope *s)
{
	buf_init(&s->b, 1u << 20);
	emit_init(&s->e, &s->b);
	emit_object(&s->e, NULL);
}

int
limits_add(struct limits *x, const char *lack, struct scope *s, const char *fmt, ...)
{
	struct buf *scope = &s->b;
	char *sentence = NULL;
	va_list ap;
	int n;

	emit_end(&s->e);
	buf_byte(scope, '\0');
	if (!emit_done(&s->e)) {
		buf_release(scope);
		return -1;
	}
	va_start(ap, fmt);
	n = vasprintf(&sentence, fmt, ap);
	va_end(ap);
	if (n >= 0 && x->n == x->cap) {
		unsigned cap = x->cap ? x->cap * 2 : 8;
		void *p = vec_resize(x->l, cap, sizeof *x->l);

		n = p ? n : -1;
		x->l = p ? p : x->l;
		x->cap = p ? cap : x->cap;
	}
	if (n < 0) {
		free(sentence);
		buf_release(scope);
		return -1;
	}
	x->l[x->n++] = (struct limit){ lack, (char *)scope->p, sentence };
	return 0;
}

/* Two positions, both inclusive. */
static void
put_range(struct emit *e, const char *name, uint64_t first, uint64_t last)
{
	emit_array(e, name);
	emit_u64(e, NULL, first);
	emit_u64(e, NULL, last);
	emit_end(e);
}

/* ---- what inputs lack (R-15) ---- */

/* A member, unless nothing is known of it. */
static void
put_text(struct scope *s, const char *name, struct str text)
{
	if (text.n)
		emit_text(&s->e, name, text.p, text.n);
}

/* Lacks of one kind, of one table after another. */
static int
lacks_alike(struct limits *x, const struct told_input *in, uint32_t i, uint32_t n)
{
	const struct told_lack *l = &in->lack[i];
	struct scope s;
	struct buf said;
	int rc;

	/* a lack without a type limits nothing */
	if (l->type == NULL)
		return 0;
	limits_scope(&s);
	put_text(&s, "path", in->path);
	if (n == 1) {
		put_text(&s, "table", l->table);
	} else {
		emit_array(&s.e, "tables");
		for (uint32_t k = 0; k < n && k < SCOPE_NAMED; k++)
			emit_text(&s.e, NULL, l[k].table.p, l[k].table.n);
		emit_end(&s.e);
	}
	/* how many rows, where the input said it */
	if (l->has_rows)
		emit_u64(&s.e, "rows", l->rows);
	x->anywhere = true;
	buf_init(&said, 65536);
	told_lack_say(&said, in, i, n);
	rc = said.failed ? -1 :
			   limits_add(x, l->type, &s, "%.*s", (int)said.len, (const char *)said.p);
	if (said.failed)
		buf_release(&s.b);
	buf_release(&said);
	return rc;
}

static int
input_lacks(struct limits *x, const struct archive *a)
{
	struct scope s;

	for (uint32_t i = 0; i < a->told.n; i++) {
		const struct told_input *in = &a->told.input[i];

		for (uint32_t k = 0, n; k < in->n_lacks; k += n)
			if (lacks_alike(x, in, k, n = told_lack_run(in, k)))
				return -1;
		if (in->outside == 0)
			continue;
		limits_scope(&s);
		put_text(&s, "path", in->path);
		emit_u64(&s.e, "rows", in->outside);
		x->anywhere = true;
		if (limits_add(x, "period", &s,
			"%" PRIu64 " rows outside the period that the exporter was asked for were "
			"left out",
			in->outside))
			return -1;
	}
	return 0;
}

/* ---- rows that became rejects (R-17) ---- */

struct rejected {
	uint64_t rows, bare, first, last;
	struct buf ids; /* an array of the first ones, still open */
	struct emit e;
	bool unplaced; /* one without a readable correlation */
};

bool
reject_begins(const struct record *r)
{
	struct aside_item it;

	return r->kind == KIND_REJECT &&
	    (!aside_find(r, TAG_CHUNK, &it) || it.n < 4 || load_be(it.p, 4) == 0);
}

static int
note_reject(struct limits *x, struct rejected *j, const struct archive *a, const struct record *r)
{
	bool id = !(r->flags & FLAG_ID_ABSENT), correlation = !(r->flags & FLAG_NO_CORRELATION);

	if (!reject_begins(r))
		return 0;
	if (!id && !correlation && archive_table_of(a, r->source) == NULL) {
		j->bare++;
		return 0;
	}
	if (j->rows++ == 0)
		j->first = r->position;
	j->last = r->position;
	if (id && j->rows <= SCOPE_NAMED)
		emit_uuid(&j->e, NULL, r->id);
	j->unplaced |= !correlation;
	return correlation ? correlation_set_add(&x->met, r->correlation) : 0;
}

/* The rejects of one block: only where its head part names some is the rest unpacked. 0 or -1. */
static int
rejects_of_block(struct limits *x, struct rejected *j, struct archive *a, uint64_t i,
    struct unpacker *u, struct buf *blob, struct findings *ignore, struct err *e)
{
	const uint8_t *kind;
	struct block block;
	int rc = archive_kinds(a, i, u, blob, &kind, ignore, e);

	if (rc || memchr(kind, KIND_REJECT, (size_t)a->row[i].count) == NULL)
		return rc < 0 ? rc : 0;
	if ((rc = archive_unpack(a, i, u, blob, &block, ignore, e)) != 0) {
		if (rc > 0)
			archive_damaged(a, i);
		return rc < 0 ? rc : 0;
	}
	for (uint32_t k = 0; k < block.n; k++)
		if (note_reject(x, j, a, &block.rec[k]))
			return err_nomem(e);
	return 0;
}

/* Where the manifest counts rejects, all blocks are looked through for them. */
static int
rejected_rows(struct limits *x, struct archive *a, struct err *e)
{
	struct rejected j = { .rows = 0 };
	struct findings ignore = { 0 };
	struct unpacker *u;
	struct scope s;
	struct buf blob;
	uint64_t n;
	int rc = 0;

	if (!archive_manifest_u64(a, "counts", "rejects", &n) || n == 0)
		return 0;
	if ((u = archive_unpacker(a)) == NULL)
		return err_nomem(e);
	buf_init(&blob, EX_MAX_BLOB);
	buf_init(&j.ids, 1u << 20);
	emit_init(&j.e, &j.ids);
	emit_array(&j.e, NULL);
	/* all of them: the index knows nothing of records without an event */
	for (uint64_t i = 0; i < a->n_rows && rc == 0; i++)
		rc = rejects_of_block(x, &j, a, i, u, &blob, &ignore, e);
	emit_end(&j.e);
	/* rows: each has a place in the source */
	if (rc == 0 && j.rows) {
		limits_scope(&s);
		emit_u64(&s.e, "rows", j.rows);
		put_range(&s.e, "positions", j.first, j.last);
		emit_ours(&s.e, "event_ids", j.ids.p, j.ids.len);
		rc = limits_add(x, "unreadable-rows", &s,
			 "%" PRIu64 " row%s of the source could not be made events and %s kept "
			 "aside: what %s is not "
			 "counted or told here",
			 j.rows, j.rows == 1 ? "" : "s", j.rows == 1 ? "is" : "are",
			 j.rows == 1 ? "it says" : "they say") ?
		    err_nomem(e) :
		    0;
		x->anywhere |= j.unplaced;
		x->unbounded |= j.unplaced;
	}
	/* pieces that were not even rows: where they belonged nobody can say */
	if (rc == 0 && j.bare) {
		limits_scope(&s);
		emit_u64(&s.e, "pieces", j.bare);
		rc = limits_add(x, "not-understood", &s,
			 "%" PRIu64 " piece%s of input %s not understood and %s kept aside", j.bare,
			 j.bare == 1 ? "" : "s", j.bare == 1 ? "was" : "were",
			 j.bare == 1 ? "is" : "are") ?
		    err_nomem(e) :
		    0;
		x->anywhere = true;
	}
	unpacker_free(u);
	buf_release(&blob);
	buf_release(&j.ids);
	findings_release(&ignore);
	return rc;
}

/* ---- damage, and positions that are not here ---- */

static int
damaged_blocks(struct limits *x, struct archive *a, bool all, struct err *e)
{
	struct findings ignore = { 0 };
	uint64_t events = 0;
	struct scope s;
	struct buf blob;
	int rc = 0, index;

	buf_init(&blob, EX_MAX_BLOB);
	/* with all, each blob is read against its digest; else what was met so far is all there
	 * is */
	for (uint64_t i = 0; all && i < a->n_rows && rc >= 0; i++)
		if ((rc = archive_blob(a, i, &blob, &ignore, e)) > 0)
			archive_damaged(a, i);
	buf_release(&blob);
	findings_release(&ignore);
	if (rc < 0 || a->n_damaged == 0)
		return rc < 0 ? rc : 0;
	/* the sealed index tells which correlations have events in blocks that cannot be read */
	if ((index = correlations_damaged(a, &x->met, &events, e)) < 0)
		return index;
	x->anywhere |= index > 0;
	x->unbounded |= index > 0;
	x->unread_events += index ? a->damaged_records : events;
	/* the ranges of positions, so that others can find the same blocks */
	limits_scope(&s);
	emit_array(&s.e, "positions");
	for (uint64_t i = 0; i < a->n_rows; i++)
		if (a->damaged[i])
			put_range(
			    &s.e, NULL, a->row[i].first, a->row[i].first + a->row[i].count - 1);
	emit_end(&s.e);
	if (index)
		emit_null(&s.e, "correlations");
	else
		emit_u64(&s.e, "correlations", x->met.n);
	return limits_add(x, "damaged", &s,
		   "%" PRIu64 " record%s could not be read, because %" PRIu64 " block%s of %s %s "
		   "damaged%s",
		   a->damaged_records, a->damaged_records == 1 ? "" : "s", a->n_damaged,
		   a->n_damaged == 1 ? "" : "s", archive_name(a), a->n_damaged == 1 ? "is" : "are",
		   index ? "" : "; the sealed index tells which correlations have events there") ?
	    err_nomem(e) :
	    0;
}

static int
absent_positions(struct limits *x, uint64_t from, uint64_t to, const struct archive *a)
{
	struct scope s;

	limits_scope(&s);
	emit_array(&s.e, "positions");
	put_range(&s.e, NULL, from, to);
	emit_end(&s.e);
	x->anywhere = x->unbounded = true;
	return limits_add(x, "positions", &s,
	    "positions %" PRIu64 " to %" PRIu64 " of the log %s are in files that were not given",
	    from, to, a->origin);
}

/* Files are sorted by log and position. */
static int
positions(struct limits *x, struct archive *const *a, unsigned n)
{
	const struct archive *last = NULL;

	for (unsigned i = 0; i < n; i++) {
		if (!a[i]->readable || a[i]->copy || a[i]->origin[0] == '\0')
			continue;
		if (last == NULL || strcmp(last->origin, a[i]->origin)) {
			if (a[i]->first && !a[i]->anchored &&
			    absent_positions(x, 0, a[i]->first - 1, a[i]))
				return -1;
		} else if (a[i]->first > last->next &&
		    absent_positions(x, last->next, a[i]->first - 1, a[i])) {
			return -1;
		}
		if (a[i]->known_next > a[i]->next &&
		    absent_positions(x, a[i]->next, a[i]->known_next - 1, a[i]))
			return -1;
		last = a[i];
	}
	return 0;
}

static int
open_file(struct limits *x, const struct archive *a)
{
	struct scope s;

	limits_scope(&s);
	emit_array(&s.e, "positions");
	emit_array(&s.e, NULL);
	emit_u64(&s.e, NULL, a->next);
	emit_null(&s.e, NULL);
	emit_end(&s.e);
	emit_end(&s.e);
	x->anywhere = x->unbounded = true;
	return limits_add(x, "open", &s,
	    "%s is still open: what came after position %" PRIu64 " is not here", archive_name(a),
	    a->next - 1);
}

int
limits_collect(struct limits *x, struct archive *const *a, unsigned n, bool all, struct err *e)
{
	memset(x, 0, sizeof *x);
	if ((x->sha = sha256_new()) == NULL)
		return err_nomem(e);
	if (positions(x, a, n))
		return err_nomem(e);
	for (unsigned i = 0; i < n; i++) {
		if (!a[i]->readable || a[i]->copy || !a[i]->manifest_ok)
			continue;
		if ((a[i]->disclosed && limits_left_out(x, a[i], e)) ||
		    damaged_blocks(x, a[i], all, e) || rejected_rows(x, a[i], e))
			return -1;
		if (input_lacks(x, a[i]) || (a[i]->open && open_file(x, a[i])))
			return err_nomem(e);
	}
	return 0;
}

/* ---- a period, and what was looked at ---- */

static bool
manifest_time(const struct archive *a, const char *name, int64_t *ret)
{
	const struct json_doc *m = &a->manifest;
	uint32_t i = json_member(m, 0, name);
	struct utc t;

	if (i == JSON_NONE || m->node[i].type != JSON_STRING ||
	    utc_parse(json_str(m, i), m->node[i].str_len, &t) != UTC_OK)
		return false;
	*ret = t.us;
	return true;
}

/* First event, last look (a living source's clock, or the newest event), and how late events were
 * seen to come. */
static bool
looked_at(struct archive *const *a, unsigned n, int64_t *first, int64_t *last, int64_t *late)
{
	int64_t t, newest = INT64_MIN;
	bool any = false;

	*first = INT64_MAX;
	*last = INT64_MIN;
	*late = 0;
	for (unsigned i = 0; i < n; i++) {
		if (!a[i]->readable || a[i]->copy || !a[i]->manifest_ok)
			continue;
		if (manifest_time(a[i], "first_event", &t)) {
			any = true;
			*first = t < *first ? t : *first;
			/* a file that continues the log holds what came behind the one before,
			 * however old it is */
			if (i && strcmp(a[i]->origin, a[i - 1]->origin) == 0 && newest > t &&
			    newest - t > *late)
				*late = newest - t;
		}
		if (manifest_time(a[i], "last_event", &t)) {
			newest = t > newest ? t : newest;
			*last = t > *last ? t : *last;
		}
		for (uint32_t k = 0; k < a[i]->told.n; k++) {
			struct str clock = a[i]->told.input[k].clock;
			struct utc at;

			if (clock.n && utc_parse(clock.p, clock.n, &at) == UTC_OK)
				*last = at.us > *last ? at.us : *last;
		}
	}
	return any;
}

bool
limits_looked(struct archive *const *a, unsigned n, int64_t *ret)
{
	int64_t first, late;

	return looked_at(a, n, &first, ret, &late);
}

int
limits_cover(struct limits *x, struct archive *const *a, unsigned n, int64_t from, int64_t to)
{
	int64_t first, last, late;
	char how_late[90] = "";
	struct scope s;
	struct buf f, l;
	bool any, before, behind, none;
	int rc;

	/* nobody asked for a period: nothing to say */
	if (from == INT64_MIN && to == INT64_MAX)
		return 0;
	/* both ends count: late events may still come near the last look */
	any = looked_at(a, n, &first, &last, &late);
	before = any && from != INT64_MIN && from < first;
	behind = any && to != INT64_MAX && to - 1 > last - late;
	none = !any || from > last || to <= first;
	if (any && !before && !behind && !none)
		return 0;
	x->uncovered = true;
	buf_init(&f, 64);
	buf_init(&l, 64);
	buf_time(&f, any ? first : 0);
	buf_time(&l, any ? last : 0);
	/* of one look nothing is known of what comes late: that is no 0 */
	if (late)
		snprintf(how_late, sizeof how_late,
		    ", and events of this log were seen to come up to %" PRId64 " s late",
		    late / 1000000);
	limits_scope(&s);
	if (any) {
		emit_time(&s.e, "from", first);
		emit_time(&s.e, "to", last);
	}
	if (!any)
		rc = limits_add(x, "coverage", &s,
		    "no event is here: nothing was looked at in the period asked for");
	else
		/* one sentence with the times looked at, whichever end is not covered */
		rc = limits_add(x, "coverage", &s,
		    "%s: what is here was looked at from %.*s (first event) to %.*s (last look at "
		    "the source, or its newest event)%s",
		    none                 ? "nothing was looked at in the period asked for" :
			before && behind ? "the period asked for begins before and ends behind "
					   "what was looked at, so counts are lower bounds" :
			before ? "the period asked for begins before what was looked at, so counts "
				 "are lower bounds" :
				 "the period asked for ends behind what was looked at, or too near "
				 "to its end, so counts are lower bounds",
		    (int)f.len, f.p ? (char *)f.p : "", (int)l.len, l.p ? (char *)l.p : "",
		    how_late);
	buf_release(&f);
	buf_release(&l);
	return rc;
}

bool
limits_meet(struct limits *x, const char *correlation, size_t n)
{
	uint8_t d[32];

	if (x->anywhere || x->met.n == 0)
		return x->anywhere;
	sha256_once(x->sha, correlation, n, d);
	return correlation_set_has(&x->met, d);
}

void
limits_put(const struct limits *x, struct emit *e)
{
	for (unsigned i = 0; i < x->n; i++) {
		emit_object(e, NULL);
		emit_str(e, "lack", x->l[i].lack);
		emit_ours(e, "scope", x->l[i].scope, strlen(x->l[i].scope));
		emit_str(e, "sentence", x->l[i].sentence);
		emit_end(e);
	}
}
