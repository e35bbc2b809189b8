/* Rows whose id the log holds already: the same again, with more columns, or in conflict
 * (record.md ). */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "event/version.h"
#include "json/emit.h"
#include "source/session.h"

#define VANISHED_IDS 1000 /* in one record */

static void
put_column(struct buf *b, const char *name, struct view_cell c)
{
	if (b->len)
		buf_byte(b, ',');
	text_json(b, name, strlen(name));
	buf_byte(b, ':');
	if (c.json)
		buf_put(b, c.p, c.n);
	else
		text_json(b, c.p, c.n);
}

/* What the new version says in columns that the one in the log does not know. */
static void
further_columns(struct version *old, struct version *new, struct buf *ret)
{
	for (unsigned col = 1; col <= COL_COUNT; col++)
		if (new->known & ~old->known & 1ull << col) {
			struct view_cell c = view_column(new->view, col);

			if (c.state == VIEW_TEXT && c.n)
				put_column(ret, column_info[col].name, c);
		}
	for (unsigned i = 0; i < new->t->n; i++)
		if (new->t->col[i].known == 0 &&
		    table_extra(old->t, new->t->col[i].name) == old->t->n) {
			struct view_cell c = view_extra(new->view, i);

			if (c.state == VIEW_TEXT)
				put_column(ret, new->t->col[i].name, c);
		}
}

/* */
static int
put_columns(
    struct session *s, uint32_t source, uint64_t position, const struct buf *columns, struct err *e)
{
	struct emit x;
	struct buf b;
	char id[37];
	int rc;

	uuid_of(s->d.r.id, id);
	buf_init(&b, EX_MAX_BODY);
	emit_init(&x, &b);
	emit_object(&x, NULL);
	emit_str(&x, "context", "columns");
	emit_u64(&x, "source", source);
	emit_u64(&x, "position", position);
	emit_str(&x, "event_id", id);
	emit_object(&x, "columns");
	emit_list(&x, columns->p, columns->len);
	emit_end(&x);
	emit_end(&x);
	s->in->contexts++;
	rc = session_plain(s, KIND_CONTEXT, source, s->d.r.ordinal, &b, NULL, e);
	buf_release(&b);
	return rc;
}

/* the row as an event, with the item that cites the version before it. */
static int
put_conflict(struct session *s, uint64_t position, const struct buf *differing, struct err *e)
{
	struct span sp = span_of(s->d.r.aside, s->d.r.aside_len);
	struct aside_item it;
	struct buf aside, item;
	unsigned last = 0;
	bool placed = false;
	int rc;

	/* which position is contradicted, and in what */
	buf_init(&item, EX_MAX_ASIDE);
	buf_be64(&item, position);
	buf_put(&item, differing->p, differing->len);
	buf_init(&aside, EX_MAX_ASIDE);
	/* tags ascend: it goes between known and unknown columns */
	while (aside_next(&sp, &last, &it) == 1) {
		if (it.tag > TAG_CONFLICT && !placed) {
			aside_put(&aside, TAG_CONFLICT, item.p, item.len);
			placed = true;
		}
		aside_put(&aside, it.tag, it.p, it.n);
	}
	/* no tag was higher */
	if (!placed)
		aside_put(&aside, TAG_CONFLICT, item.p, item.len);
	/* the draft of the row becomes the conflict: all that was kept of it stays */
	s->d.r.kind = KIND_CONFLICT;
	/* late is said of events: a conflict has its place by the version before it */
	s->d.r.flags &= (uint16_t)~FLAG_LATE;
	s->d.r.aside = aside.p;
	s->d.r.aside_len = aside.len;
	s->in->conflicts++;
	/* the newest version of an id is the one that the next is held against */
	rc = aside.failed || item.failed ?
	    err_nomem(e) :
	    writer_newer(s->w, s->d.r.id, e) ?
	    -1 :
	    writer_add(s->w, &s->d.r, &s->d.correlation, &s->d.type, e);
	/* the version that is contradicted lies in an earlier file, which somebody sealed */
	if (rc == 0 && s->differs && position < s->first)
		rc = s->differs(s->differs_arg, SOURCE_CHANGED, &s->d.r, position, differing, e);
	buf_release(&item);
	buf_release(&aside);
	return rc;
}

static int
read_version(struct session *s, uint64_t position, struct record *ret,
    const struct table **ret_table, struct err *e)
{
	if (position < s->first)
		return s->earlier(s->earlier_arg, position, ret, ret_table, e);
	if (writer_read(s->w, position, ret, e))
		return -1;
	*ret_table = ret->source && ret->source <= s->n_tables ? s->tables[ret->source - 1] : NULL;
	return 0;
}

/* The same bytes in a table of the same columns: what most rows are that come again. */
static bool
same_record(
    const struct record *a, const struct table *t, const struct record *b, const struct table *u)
{
	return a->kind == KIND_EVENT && t && a->claimed_form == b->claimed_form &&
	    a->previous_form == b->previous_form && a->algorithm == b->algorithm &&
	    a->body_form == b->body_form && a->body_len == b->body_len &&
	    a->aside_len == b->aside_len && memcmp(a->claimed, b->claimed, 32) == 0 &&
	    memcmp(a->previous, b->previous, 32) == 0 &&
	    memcmp(a->body, b->body, a->body_len) == 0 &&
	    (a->aside_len == 0 || memcmp(a->aside, b->aside, a->aside_len) == 0) &&
	    ((a->flags ^ b->flags) & FLAG_WITHHELD) == 0 &&
	    (!(a->flags & FLAG_WITHHELD) || memcmp(a->body_digest, b->body_digest, 32) == 0) &&
	    (t == u || table_same(t, u));
}

/*
 * of rows with withheld values their digests are held against each other: as the rows
 * stood, or in the spelling that gives their hash, whichever an exporter
 * sealed.
 */
static bool
same_content(struct session *s, const struct record *was, const struct record *now)
{
	uint64_t budget = s->spellings_hashed / 16;
	uint8_t a[32], b[32];

	memcpy(a, was->body_digest, 32);
	memcpy(b, now->body_digest, 32);
	if (!(was->flags & FLAG_WITHHELD))
		record_digest(s->sha, was, a);
	if (!(now->flags & FLAG_WITHHELD))
		record_digest(s->sha, now, b);
	if (memcmp(a, b, 32) == 0 ||
	    (now->flags & FLAG_WITHHELD && memcmp(a, s->as_it_stands, 32) == 0))
		return true;
	if (now->flags & FLAG_WITHHELD)
		return false;
	redact_digest_as_hashed(s->sha, now, s->spellings, &budget, b);
	s->spellings_hashed -= s->spellings_hashed / 16 - budget;
	return memcmp(a, b, 32) == 0;
}

/* The version of the log at a position, opened. */
static int
open_version(void *arg, uint64_t position, struct version *ret, const struct record **ret_record,
    struct err *e)
{
	struct session *s = arg;
	const struct table *t;

	if (read_version(s, position, &s->was, &t, e))
		return -1;
	*ret_record = &s->was;
	return version_open(ret, s->old, &s->was, t) ? err_nomem(e) : 0;
}

/* Of a position whose row is not at hand: what an index of ids tells of it. 1, 0, -1 (e). */
static int
index_entry(struct session *s, uint64_t position, struct id_entry *ret, struct err *e)
{
	return position < s->first && s->indexed ? s->indexed(s->earlier_arg, position, ret, e) : 0;
}

/* Columns in which the version at a position differs from the row; its own record stays in
 * s->was. */
static int
compare_with(struct session *s, uint64_t position, struct version *old, struct version *new,
    struct buf *names, struct err *e)
{
	const struct record *was;
	struct id_entry told, now;
	/* of earlier files that are not here, the index of ids knows digests only */
	int rc = index_entry(s, position, &told, e);

	version_close(old);
	memset(old, 0, sizeof *old);
	if (rc < 0)
		return -1;
	/* its digests tell that something differs, and roughly what */
	if (rc) {
		/* no version before it is known, and no column that it has beyond others */
		memset(&s->was, 0, sizeof s->was);
		if (id_entry_of(&now, &s->d.r, new, s->sha))
			return err_nomem(e);
		id_entry_differing(&told, &now, s->as_it_stands, names);
		if (names->len)
			input_lacks(s->in,
			    "rows that changed since earlier files which are known by their "
			    "indexes of ids only: which columns differ cannot be told more "
			    "exactly");
		return names->failed ? err_nomem(e) : 0;
	}
	if (open_version(s, position, old, &was, e))
		return -1;
	version_compare(old, new, names);
	/* of values that are withheld on either side only their digests can be compared */
	if ((was->flags | s->d.r.flags) & FLAG_WITHHELD) {
		if (same_content(s, was, &s->d.r))
			/* by other rules than before, or by none */
			redact_differing(names);
		else if (names->len == 0)
			buf_str(names, column_info[COL_DATA].name);
	}
	/* want of memory in a view is told here, since its columns have no error of their own */
	return names->failed || old->data.nomem || new->data.nomem ? err_nomem(e) : 0;
}

/* The position of the version before the one in s->was, if it is of this run; else its own. */
static uint64_t
version_before(struct session *s, uint64_t at)
{
	struct aside_item it;

	return s->was.kind == KIND_CONFLICT && at >= s->first &&
		aside_find(&s->was, TAG_CONFLICT, &it) && it.n >= 8 ?
	    load_be(it.p, 8) :
	    at;
}

/* An id that has come too often to compare its versions one by one: all of them, from the last one
 * on, are kept as digests from now on. */
static int
keep_versions(struct session *s, uint64_t position, struct err *e)
{
	if (s->versions == NULL && (s->versions = versions_new(e)) == NULL)
		return -1;
	for (uint64_t at = position, next;; at = next) {
		struct version old = { .known = 0 };
		const struct record *was;
		struct id_entry told;
		int rc = index_entry(s, at, &told, e);

		if (rc > 0)
			return 0; /* it was compared, and the chain ends there */
		if (rc == 0)
			rc = open_version(s, at, &old, &was, e);
		if (rc == 0)
			rc = versions_add(s->versions, s->d.r.id, &old, was, at, e);
		version_close(&old);
		if (rc)
			return -1;
		if ((next = version_before(s, at)) >= at)
			return 0;
	}
}

/*
 * Looks for a version that says the same as the row: the last one counts; within one run, inputs
 * that contradict each other are held against all that were read.
 * names: columns in which it differs from the last version, empty if there is an equal one: it
 * stands at *ret_at then, and is open in old.
 */
static int
find_equal(struct session *s, uint64_t position, struct version *old, struct version *new,
    struct buf *names, uint64_t *ret_at, struct err *e)
{
	struct buf others;
	uint64_t at = position, next;
	int rc, many = 0;

	buf_init(&others, 65536);
	*ret_at = position;
	/* the version before it first: rows that repeat are nearly all */
	rc = compare_with(s, position, old, new, names, e);
	if (rc == 0 && names->len && s->versions)
		rc = many = versions_many(s->versions, s->d.r.id, e);
	/* then those before, within what this run has read */
	for (unsigned n = 1; rc == 0 && many == 0 && names->len; n++) {
		if ((next = version_before(s, at)) >= at)
			break;
		at = next;
		/* many versions of one id would make every further one slower: then they are
		 * hashed */
		if (n == VERSIONS_FEW) {
			if ((rc = keep_versions(s, position, e)) == 0)
				many = 1;
			break;
		}
		if ((rc = compare_with(s, at, old, new, &others, e)) == 0 && others.len == 0) {
			buf_clear(names);
			*ret_at = at;
		}
	}
	/* those are found by what they say */
	if (many > 0 &&
	    (rc = versions_find(s->versions, s->d.r.id, new, &s->d.r, open_version, s, &at, e)) >
		0) {
		buf_clear(names);
		*ret_at = at;
		rc = compare_with(s, at, old, new, &others, e);
	}
	buf_release(&others);
	return rc < 0 ? -1 : 0;
}

int
session_repeat(struct session *s, const struct row *row, uint64_t position, struct err *e)
{
	struct version old = { .known = 0 }, new;
	struct buf names, columns;
	const struct table *t = NULL;
	struct id_entry told;
	uint64_t at = position;
	/* the index of ids first: what it knows needs no block to be unpacked */
	int rc = index_entry(s, position, &told, e);

	if (rc < 0 || (rc == 0 && read_version(s, position, &s->was, &t, e)))
		return -1;
	/* the same record, byte for byte: by far the most */
	if (rc == 0 && same_record(&s->was, t, &s->d.r, row->table)) {
		s->in->repeats++;
		return 0;
	}
	buf_init(&names, 65536);
	buf_init(&columns, EX_MAX_BODY);
	rc = version_open(&new, s->new, &s->d.r, row->table) ?
	    err_nomem(e) :
	    find_equal(s, position, &old, &new, &names, &at, e);
	/* equal in all that both inputs know: a repeat, which may bring columns that the first did
	 * not have */
	if (rc == 0 && names.len == 0) {
		s->in->repeats++;
		if (old.view)
			further_columns(&old, &new, &columns);
		if (columns.failed || old.data.nomem || new.data.nomem)
			rc = err_nomem(e);
		else if (columns.len && at >= s->first)
			/* into a record of their own: the sealed one stays as it is */
			rc = put_columns(s, row->table->source, at, &columns, e);
		else if (columns.len)
			input_lacks(s->in,
			    "rows that earlier files hold already came with further columns here; "
			    "those were not added");
	} else if (rc == 0) {
		/* another version: both stay, and the second cites the first. Noted as it stands
		 * before it becomes a conflict, which is the next record. */
		if (s->versions && (rc = versions_many(s->versions, s->d.r.id, e)) > 0)
			rc = versions_add(
			    s->versions, s->d.r.id, &new, &s->d.r, writer_counts(s->w)->next, e);
		if (rc >= 0)
			rc = put_conflict(s, position, &names, e);
	}
	version_close(&old);
	version_close(&new);
	buf_release(&names);
	buf_release(&columns);
	return rc < 0 ? -1 : 0;
}

struct vanished {
	struct session *s;
	const struct input *in;
	unsigned n_in;
	struct buf ids;
	uint64_t in_record;
};

static const char *
behind_dot(const char *name)
{
	const char *dot = strrchr(name, '.');

	return dot ? dot + 1 : name;
}

/* Is it a table of audit events, and of another schema than the one that held the row? A copy in
 * another schema is another table. */
static bool
other_schema(const char *name, const char *sealed)
{
	size_t n = (size_t)(behind_dot(name) - name);

	return n && behind_dot(sealed) != sealed &&
	    strncmp(behind_dot(name), "audit_events", 12) == 0 &&
	    (n != (size_t)(behind_dot(sealed) - sealed) || strncmp(name, sealed, n));
}

/*
 * Does an input show all rows of this month's partition? Then a row that is not there is gone.
 * sealed: the table that held it, by the name that an earlier input gave it. A dump without a
 * partition that was there looks alike, whether somebody dropped, detached or left it out.
 */
static bool
shows(const struct input *in, const char *partition, const char *sealed)
{
	bool whole = in->whole;

	if ((in->kind != INPUT_PG_DUMP && in->kind != INPUT_POSTGRES) || in->doubt ||
	    (in->kind == INPUT_PG_DUMP && !in->ended))
		return false;
	for (unsigned k = 0; k < in->n_tables; k++) {
		const char *name = behind_dot(in->table[k].name);

		if (in->table[k].kept && other_schema(in->table[k].name, sealed))
			return false;
		if (strcmp(name, partition) == 0)
			/* left out: detached, and its rows are there still */
			return !in->table[k].no_data && in->table[k].kept;
		/* rows of a month without a partition of its own stand in the default one */
		whole &= !in->table[k].no_data || strcmp(name, "audit_events_default");
	}
	return whole && !(in->kind == INPUT_PG_DUMP && strcmp(behind_dot(sealed), partition) == 0);
}

/* Was the table, or the partition, that held a row of this time dumped whole? */
static bool
was_dumped(const struct vanished *v, const struct record *r, const struct table *t)
{
	char partition[32] = "";
	struct buf date;
	bool found = false;

	if (!(r->flags & FLAG_TIME_INVALID)) {
		buf_init(&date, 64);
		utc_print_date(&date, utc_days(r->time));
		snprintf(partition, sizeof partition, "audit_events_%.4s_%.2s", (char *)date.p,
		    (char *)date.p + 5);
		buf_release(&date);
	}
	for (unsigned i = 0; i < v->n_in && !found; i++)
		found = shows(&v->in[i], partition, t ? t->name : "");
	return found;
}

static int
put_vanished(struct vanished *v, struct err *e)
{
	struct emit x;
	struct buf b;
	int rc;

	buf_init(&b, EX_MAX_BODY);
	emit_init(&x, &b);
	emit_object(&x, NULL);
	emit_str(&x, "context", "vanished");
	emit_array(&x, "events");
	emit_list(&x, v->ids.p, v->ids.len);
	emit_end(&x);
	emit_end(&x);
	rc = v->ids.failed ? err_nomem(e) : session_plain(v->s, KIND_CONTEXT, 0, 0, &b, NULL, e);
	buf_release(&b);
	buf_clear(&v->ids);
	v->in_record = 0;
	return rc;
}

static int
one_vanished(void *arg, const uint8_t id[16], uint64_t position, struct err *e)
{
	struct vanished *v = arg;
	const struct table *t = NULL;
	struct id_entry told = { .time = 0 };
	struct record r;
	struct emit x;
	char text[37];
	int rc = index_entry(v->s, position, &told, e);

	memset(&r, 0, sizeof r);
	memcpy(r.id, id, 16);
	r.time = told.time;
	r.flags = told.time_invalid ? FLAG_TIME_INVALID : 0;
	if (rc < 0 || (rc == 0 && v->s->earlier(v->s->earlier_arg, position, &r, &t, e)))
		return -1;
	if (r.flags & FLAG_TIME_INVALID || !was_dumped(v, &r, t)) {
		v->s->not_looked_at++;
		return 0;
	}
	uuid_of(id, text);
	emit_within(&x, &v->ids);
	emit_array(&x, NULL);
	emit_str(&x, NULL, text);
	emit_u64(&x, NULL, position);
	emit_end(&x);
	v->s->vanished++;
	if (v->s->differs &&
	    v->s->differs(v->s->differs_arg, SOURCE_VANISHED, &r, position, NULL, e))
		return -1;
	return ++v->in_record == VANISHED_IDS ? put_vanished(v, e) : 0;
}

int
session_vanished(struct session *s, const struct input *in, unsigned n, struct err *e)
{
	struct vanished v = { .s = s, .in = in, .n_in = n };
	int rc;

	if (s->first == 0 || s->since != INT64_MIN || s->until != INT64_MAX)
		return 0;
	buf_init(&v.ids, EX_MAX_BODY);
	rc = writer_unmet(s->w, one_vanished, &v, e);
	if (rc == 0 && v.in_record)
		rc = put_vanished(&v, e);
	buf_release(&v.ids);
	return rc;
}
