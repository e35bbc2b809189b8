/*
 * The table events: read from the archive as a query goes, by its sealed indexes where they help.
 */
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "cmd/analyze/sql_inner.h"

/* Columns behind those of the source. */
enum { AT_SEQ = COL_COUNT, AT_POSITION, AT_FILE, AT_CONTENT, AT_LINK, AT_STATE, AT_TIME_US };

struct scan {
	struct sql_tables *t;
	struct reading *r;
	struct by_type *ordered; /* NULL: as they stand */
	struct scan_wish w;
	char *key;                   /* owned */
	const struct correlation *c; /* only its positions; NULL: all */
	unsigned next_at;
	uint8_t **chosen; /* of each file: positions that may fit; NULL: all */
	uint8_t id[16];
	bool by_id, none;
	unsigned archive;
	uint64_t position; /* of the next record to look at */
	/* The row. rec and the reading's view are good until the next record is read, by
	 * whomever; shown: the reading's clock when the view was opened, 0: it was not. */
	uint64_t shown;
	const struct record *rec;
	unsigned rec_archive;
	uint64_t at; /* its position */
	struct buf text;
};

static void
events_close(struct scan *s)
{
	for (unsigned i = 0; s->chosen && i < s->t->b->r.n; i++)
		free(s->chosen[i]);
	free(s->chosen);
	free(s->key);
	buf_release(&s->text);
	by_type_free(s->ordered);
	free(s);
}

/*
 * Positions of each file that an index names; a file whose index cannot be relied on is read
 * whole.
 */
static int
choose(struct scan *s, struct err *e)
{
	struct reading *r = s->r;

	if ((s->chosen = calloc(r->n + 1, sizeof *s->chosen)) == NULL)
		return err_nomem(e);
	for (unsigned i = 0; i < r->n; i++) {
		const struct archive *a = r->archive[i];
		int rc;

		if (!archive_counts(a))
			continue;
		if ((s->chosen[i] = calloc(
			 (size_t)((archive_next(a) - archive_first(a)) / 8 + 1), 1)) == NULL)
			return err_nomem(e);
		rc = s->by_id ?
		    reading_ids(r, i, s->id, s->chosen[i], e) :
		    reading_types(r, i, s->key, s->w.key_n, s->w.prefix, s->chosen[i], e);
		if (rc < 0)
			return -1;
		if (rc) {
			free(s->chosen[i]);
			s->chosen[i] = NULL;
		}
	}
	return 0;
}

/* The events of each file, by the heads of its blocks. 0 or -1 (e). */
static int
choose_events(struct scan *s, struct err *e)
{
	struct reading *r = s->r;

	if ((s->chosen = calloc(r->n + 1, sizeof *s->chosen)) == NULL)
		return err_nomem(e);
	for (unsigned i = 0; i < r->n; i++) {
		const struct archive *a = r->archive[i];

		if (!archive_counts(a))
			continue;
		if ((s->chosen[i] = calloc(
			 (size_t)((archive_next(a) - archive_first(a)) / 8 + 1), 1)) == NULL)
			return err_nomem(e);
		if (reading_events(r, i, s->chosen[i], e))
			return -1;
	}
	return 0;
}

static int order_by_type(struct scan *s, struct err *e);

static struct scan *
events_open(void *arg, const struct scan_wish *w, struct err *e)
{
	struct sql_tables *t = ((struct bound *)arg)->all;
	struct scan *s = calloc(1, sizeof *s);

	if (s == NULL || (w->key && (s->key = malloc(w->key_n + 1)) == NULL)) {
		free(s);
		err_nomem(e);
		return NULL;
	}
	s->t = t;
	s->r = &t->events;
	s->w = *w;
	buf_init(&s->text, 64u << 20);
	/* where a scan begins; each archive has its own first position */
	if (t->b->r.n)
		s->position = archive_first(t->b->r.archive[0]);
	/* in the order of types, or only some: chosen before the first row */
	if ((w->in_order && order_by_type(s, e)) || (w->counted && choose_events(s, e))) {
		events_close(s);
		return NULL;
	}
	if (w->key) {
		memcpy(s->key, w->key, w->key_n);
		s->key[w->key_n] = '\0';
	}
	/* indexes keep only so many bytes of a key: what is longer is looked for in all records */
	if (w->key && w->key_n >= EX_MAX_KEY && w->key_column != COL_EVENT_ID - 1) {
		free(s->key);
		s->key = NULL;
		s->w.key = NULL;
	}
	/* by correlation the catalog knows all positions; by id the block is found by the index */
	if (s->w.key && w->key_column == COL_CORRELATION - 1) {
		if (catalog_find_one(t, s->key, w->key_n, &s->c, e)) {
			events_close(s);
			return NULL;
		}
		s->none = s->c == NULL;
	} else if (s->w.key && w->key_column == COL_EVENT_ID - 1) {
		s->by_id = uuid_to(s->key, w->key_n, s->id);
		/* ids that are no ids are compared by SQLite: none is */
		s->none = !s->by_id;
	}
	/* the few rows of one correlation are in blocks that were opened to find it */
	if (s->c)
		s->r = &t->b->r;
	if (!s->none && s->c == NULL && s->w.key && choose(s, e)) {
		events_close(s);
		return NULL;
	}
	return s;
}

/* The next place to look at; false: the end. */
static bool
advance(struct scan *s)
{
	const struct reading *r = s->r;

	/* nothing can fit */
	if (s->none)
		return false;
	/* of one correlation, in the order of its positions */
	if (s->c) {
		if (s->next_at >= s->c->n_at)
			return false;
		s->rec_archive = s->c->at[s->next_at].archive;
		s->position = s->c->at[s->next_at++].position;
		return true;
	}
	/* every archive in turn, from where the query wants it */
	for (; s->archive < r->n; s->archive++) {
		const struct archive *a = r->archive[s->archive];
		const uint8_t *chosen = s->chosen ? s->chosen[s->archive] : NULL;

		if (s->position < archive_first(a))
			s->position = archive_first(a);
		if (s->w.from_position > 0 && s->position < (uint64_t)s->w.from_position)
			s->position = (uint64_t)s->w.from_position;
		/* only positions that the index left over */
		while (chosen && s->position < archive_next(a) &&
		    !(chosen[(s->position - archive_first(a)) / 8] >>
			    (s->position - archive_first(a)) % 8 &
			1))
			s->position++;
		if (archive_counts(a) && s->position < archive_next(a)) {
			s->rec_archive = s->archive;
			return true;
		}
		s->position = 0;
	}
	return false;
}

/* Does the record that was just read lie in the times that the query gave? One without a time does:
 * SQLite looks itself. 1 or 0, or -1 (e). */
static int
in_time(struct scan *s, struct err *e)
{
	struct reading *r = s->r;
	int64_t at;

	if (s->rec->flags & FLAG_TIME_INVALID)
		return 1;
	if (reading_view(r, s->rec_archive, s->rec, e) == NULL)
		return -1;
	at = view_time(r->view);
	return at >= s->w.from_us && at <= s->w.to_us;
}

/* The next row that fits, as they stand in the log. */
static int
next_in_log(struct scan *s, struct err *e)
{
	struct reading *r = s->r;

	while (advance(s)) {
		uint64_t position = s->position;
		int rc;

		rc = reading_record(r, s->rec_archive, position, &s->rec, e);

		if (rc < 0)
			return -1;
		/* a block that cannot be read is passed over as a whole */
		if (s->c == NULL)
			s->position = rc ?
			    archive_end_of_block(r->archive[s->rec_archive], position) + 1 :
			    position + 1;
		if (rc || s->rec->kind != KIND_EVENT)
			continue;
		/* bounds that the query gave: what lies outside needs no look at its values */
		if (s->rec->position > (uint64_t)INT64_MAX ||
		    (int64_t)s->rec->position < s->w.from_position ||
		    (int64_t)s->rec->position > s->w.to_position)
			continue;
		if ((s->w.from_us > INT64_MIN || s->w.to_us < INT64_MAX) &&
		    (rc = in_time(s, e)) != 1) {
			if (rc < 0)
				return -1;
			continue;
		}
		if (s->by_id && memcmp(s->rec->id, s->id, 16))
			continue;
		/* what is asked for most stands ready, so that no row is opened for it */
		s->at = s->rec->position;
		s->position = s->c ? position : s->position;
		return 1;
	}
	s->rec = NULL;
	return 0;
}

/* The next row, of which nothing is asked for: it is not read. */
static int
next_counted(struct scan *s)
{
	if (!advance(s))
		return 0;
	s->at = s->position++;
	return 1;
}

/* The type of the row that was just read. 0 or -1 (e). */
static int
note_row(struct scan *s, struct err *e)
{
	struct reading *r = s->r;
	const struct archive *a = r->archive[s->rec_archive];
	struct str corr, type;

	if (block_names(&r->block, (uint32_t)(s->at - r->block.first), r->view,
		archive_table_of(a, s->rec->source), &corr, &type))
		return err_nomem(e);
	return by_type_note(s->ordered, type, s->rec_archive, s->at, e);
}

/* All rows by type: as the index has them, else each row is read once. 0 or -1 (e). */
static int
order_by_type(struct scan *s, struct err *e)
{
	int rc;

	if ((s->ordered = by_type_new(s->t->memory, e)) == NULL)
		return -1;
	if ((rc = by_type_from_index(s->ordered, s->r, e)) > 0) {
		by_type_clear(s->ordered);
		while ((rc = next_in_log(s, e)) == 1)
			if (note_row(s, e))
				return -1;
	}
	return rc ? -1 : by_type_sort(s->ordered, e);
}

static int
events_next(struct scan *s, struct err *e)
{
	s->shown = 0;
	if (s->ordered)
		return by_type_next(s->ordered, &s->rec_archive, &s->at);
	return s->w.counted ? next_counted(s) : next_in_log(s, e);
}

static int64_t
events_position(struct scan *s)
{
	return (int64_t)s->at;
}

/* The record again: another cursor may have moved the blocks since. */
static int
again(struct scan *s, struct err *e)
{
	return reading_record(s->r, s->rec_archive, s->at, &s->rec, e) ? -1 : 0;
}

static void
text_cell(struct cell *c, const char *p, size_t n)
{
	*c = (struct cell){ .kind = CELL_TEXT, .p = p, .n = n };
}

/* A value of the row as the table gives it. */
static void
value(struct scan *s, struct view_cell x, enum column_class class, struct cell *ret)
{
	struct utc t;
	int64_t i;

	*ret = (struct cell){ .kind = CELL_NULL };
	if (x.state != VIEW_TEXT)
		return;
	text_cell(ret, x.p, x.n);
	if (class == CLASS_JSON) {
		ret->kind = CELL_JSON;
	} else if (class == CLASS_INTEGER && dec_i64(x.p, x.n, &i)) {
		*ret = (struct cell){ .kind = CELL_INTEGER, .i = i };
	} else if (class == CLASS_BOOLEAN && x.n && (*x.p == 't' || *x.p == 'f')) {
		*ret = (struct cell){ .kind = CELL_BOOLEAN, .i = *x.p == 't' };
	} else if (class == CLASS_TIME && utc_parse(x.p, x.n, &t) == UTC_OK && !t.finer) {
		buf_clear(&s->text);
		utc_print(&s->text, UTC_REST, t.us, 0);
		text_cell(ret, (const char *)s->text.p, s->text.len);
	}
}

/* What is found of one event: by its correlation alone, if that is what the query asks for. */
static int
judged_cell(struct scan *s, unsigned column, struct cell *ret, struct err *e)
{
	struct sql_tables *t = s->t;
	uint64_t at = s->at - archive_first(t->b->r.archive[s->rec_archive]);
	unsigned content = CONTENTS, link = LINK_NONE, place = s->next_at - 1;
	const char *name;
	int rc = t->judged_all || s->c == NULL ? 0 : judged_few(t, s->c, e);

	if (rc < 0)
		return -1;
	if (rc) {
		content = t->few.content[place];
		link = t->few.link[place];
	}
	if (content == CONTENTS) {
		if (verified(t, e))
			return -1;
		content = t->judged[s->rec_archive].content[at];
		link = t->judged[s->rec_archive].link[at];
	}
	/* what cannot be read as an event is not judged as one */
	if (content >= CONTENTS)
		return 0;
	name = column == AT_CONTENT ? content_name[content] : link_name[link];
	if (name && *name)
		text_cell(ret, name, strlen(name));
	return 0;
}

static int
events_cell(struct scan *s, unsigned column, struct cell *ret, struct err *e)
{
	struct reading *r = s->r;
	const struct archive *a = r->archive[s->rec_archive];
	const struct table *table;
	struct str type;
	unsigned extra;

	*ret = (struct cell){ .kind = CELL_NULL };
	/* while rows come by type, the type is known without the row */
	if (s->ordered && column == COL_TYPE - 1) {
		type = by_type_type(s->ordered);
		text_cell(ret, type.p, type.n);
		return 0;
	}
	/* columns that are about the row, and not in it */
	switch (column) {
	case AT_POSITION:
		*ret = (struct cell){ .kind = CELL_INTEGER, .i = events_position(s) };
		return 0;
	case AT_FILE:
		text_cell(ret, archive_name(a), strlen(archive_name(a)));
		return 0;
	case AT_STATE:
		text_cell(ret, state_of(a), strlen(state_of(a)));
		return 0;
	case AT_CONTENT:
	case AT_LINK:
		return judged_cell(s, column, ret, e);
	}
	/* hashes cost more than all the rest of a row: they are read from when one is asked for */
	if ((column == COL_HASH - 1 || column == COL_PREVIOUS - 1) && !(r->want & WANT_HASHES)) {
		reading_hashes(r);
		s->shown = 0;
	}
	/* a row is opened when the first of its values is asked for */
	if (s->shown != r->clock) {
		if (again(s, e) || reading_view(r, s->rec_archive, s->rec, e) == NULL)
			return -1;
		s->shown = r->clock;
	}
	if (column == AT_TIME_US) {
		if (!(s->rec->flags & FLAG_TIME_INVALID))
			*ret = (struct cell){ .kind = CELL_INTEGER, .i = view_time(r->view) };
		return 0;
	}
	if (column < COL_COUNT) {
		value(s, view_column(r->view, column + 1), column_info[column + 1].class, ret);
		return 0;
	}
	/* a column that only newer sources have */
	table = archive_table_of(a, s->rec->source);
	if (table && (extra = table_extra(table, "insert_seq")) < table->n)
		value(s, view_extra(r->view, extra), CLASS_INTEGER, ret);
	return 0;
}

const struct scan_methods events_scan = { events_open, events_next, events_cell, events_position,
	events_close };
