#include "json/emit.h"
#include "source/session.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#include "base/text.h"
#include "base/vec.h"

int
session_init(struct session *s, struct err *e)
{
	s->next_source = 1;
	buf_init(&s->places, 4096);
	draft_init(&s->d);
	s->b = builder_new();
	s->old = view_new();
	s->new = view_new();
	s->sha = sha256_new();
	s->spellings_hashed = SPELLINGS_BUDGET;
	return s->b && s->old && s->new && s->sha ? 0 : err_nomem(e);
}

void
session_release(struct session *s)
{
	builder_free(s->b);
	view_free(s->old);
	view_free(s->new);
	sha256_free(s->sha);
	versions_free(s->versions);
	draft_release(&s->d);
	for (uint32_t i = 0; i < s->n_tables; i++)
		table_free(s->tables[i]);
	free(s->tables);
	buf_release(&s->places);
}

void
newest_add(struct newest *n, const struct record *r)
{
	if (r->kind != KIND_EVENT || r->flags & FLAG_TIME_INVALID || (n->any && r->time < n->time))
		return;
	n->any = true;
	n->time = r->time;
	memcpy(n->id, r->id, 16);
}

void
input_release(struct input *in)
{
	buf_release(&in->database);
	buf_release(&in->service);
	buf_release(&in->files);
	buf_release(&in->lacks);
	buf_release(&in->compared);
	pages_release(&in->pages);
	buf_release(&in->collection);
	for (unsigned i = 0; i < in->n_tables; i++)
		free(in->table[i].name);
	free(in->table);
}

int
session_plain(struct session *s, unsigned kind, uint32_t source, uint64_t ordinal,
    const struct buf *body, const struct buf *aside, struct err *e)
{
	struct record r;

	if (body->failed || (aside && aside->failed))
		return err_nomem(e);
	memset(&r, 0, sizeof r);
	r.kind = (uint8_t)kind;
	r.flags = FLAG_ID_ABSENT | FLAG_NO_CORRELATION;
	r.claimed_form = r.previous_form = FORM_ABSENT;
	r.body_form = BODY_VERBATIM;
	r.source = source;
	r.ordinal = ordinal;
	r.body = body->p;
	r.body_len = body->len;
	if (aside) {
		r.aside = aside->p;
		r.aside_len = aside->len;
	}
	return s->w ? writer_add(s->w, &r, NULL, NULL, e) : 0;
}

static int
slot(struct session *s, struct table *t, struct err *e)
{
	struct table **p = vec_resize(s->tables, s->n_tables + 1, sizeof *p);

	if (p == NULL)
		return err_nomem(e);
	s->tables = p;
	s->tables[s->n_tables++] = t;
	s->next_source++;
	return 0;
}

int
session_begin(struct session *s, struct input *in, struct err *e)
{
	struct emit x;
	struct buf b;
	int rc;

	/* each text of the input's end has its ceiling before anything is read */
	buf_init(&in->files, EX_MAX_BODY);
	buf_init(&in->lacks, 1u << 20);
	buf_init(&in->compared, EX_MAX_BODY / 4);
	buf_init(&in->collection, EX_MAX_BODY);
	buf_init(&in->database, EX_MAX_BODY);
	buf_init(&in->service, EX_MAX_BODY);
	/* its number is that of the next table: both count one row of numbers */
	s->in = in;
	in->source = s->next_source;
	/* what is kept as it stands cannot be withheld value by value */
	if (s->redact && input_reader[in->kind].kept != KEPT_ROWS)
		return err_set(e, EX_USAGE_ERR,
		    "%s: --redact withholds values of rows; an input of kind %s is kept as it "
		    "stands: leave it out",
		    in->path, input_reader[in->kind].name);
	if (s->w && input_reader[in->kind].kept == KEPT_LETTERS)
		writer_letters(s->w);
	if (slot(s, NULL, e))
		return -1;
	/* sealed before its first row, so that a run which ends in the midst still says what it
	 * read */
	buf_init(&b, EX_MAX_BODY);
	emit_init(&x, &b);
	emit_object(&x, NULL);
	emit_str(&x, "context", "input-start");
	emit_u64(&x, "source", in->source);
	emit_str(&x, "path", in->sealed ? in->sealed : in->path);
	emit_str(&x, "kind", input_reader[in->kind].name);
	emit_ours(&x, "options", s->options, strlen(s->options));
	emit_str(&x, "started_at", s->started_at);
	emit_str(&x, "exporter", s->build);
	emit_str(&x, "zstd", ZSTD_versionString());
	emit_i64(&x, "level", s->level);
	if (s->spellings)
		emit_bool(&x, "spellings", true);
	emit_end(&x);
	rc = session_plain(s, KIND_CONTEXT, in->source, 0, &b, NULL, e);
	buf_release(&b);
	return rc;
}

/* Rows by table: those that were kept, or those that were left out. */
static void
put_counts(struct emit *x, const char *name, const struct input *in, bool kept)
{
	emit_object(x, name);
	for (unsigned i = 0; i < in->n_tables; i++)
		if (in->table[i].kept == kept && !in->table[i].no_data)
			emit_u64(x, in->table[i].name, in->table[i].rows);
	emit_end(x);
}

/* Limits of this input that were only counted until now. */
static void
tell_counted(struct input *in)
{
	char t[300];

	if (in->zoneless) {
		snprintf(t, sizeof t,
		    "the zone of %" PRIu64 " times, which name none: they were read as UTC (hashes "
		    "of the source can prove which it was)",
		    in->zoneless);
		input_lacks(in, t);
	}
	if (in->unreadable)
		input_lacks_rows(in, LACK_NOT_READ, NULL, ROWS_UNKNOWN,
		    "%" PRIu64 " pieces of the input cannot be read and may have held rows: they "
		    "are kept as rejects, which name their places",
		    in->unreadable);
	if (in->withheld)
		input_lacks(in, "values that --redact withholds");
	if (in->withheld_undone) {
		snprintf(t, sizeof t,
		    "%" PRIu64 " of the withheld rows give the hash that the source stored once "
		    "what a tool did to them is undone (event.md E-13 d): their digests are of "
		    "that; what is not withheld stands as it came",
		    in->withheld_undone);
		input_lacks(in, t);
	}
	if (in->outside)
		input_lacks(in, "rows outside --since and --until were left out");
}

/* What a reader counts beside rows: bytes, what was undone; where a followed source stands. */
static void
put_sums(const struct session *s, struct emit *x)
{
	const struct input *in = s->in;
	char id[37];

	/* bytes add up as well, where the reader counts them */
	if (in->bytes.told) {
		emit_object(x, "bytes");
		emit_u64(x, "read", in->bytes.read);
		emit_u64(x, "understood", in->bytes.understood);
		emit_u64(x, "rejected", in->bytes.rejected);
		emit_end(x);
	}
	if (in->undone) {
		emit_object(x, "undone");
		emit_u64(x, "copy-escapes", in->undone);
		emit_end(x);
	}
	/* a followed log says whether the newest row of the run before was met again */
	if (s->newest.any) {
		uuid_of(s->newest.id, id);
		emit_object(x, "newest_seen");
		emit_str(x, "event_id", id);
		emit_bool(x, "seen", in->newest_seen);
		emit_end(x);
	}
	if (in->insert_seq_last)
		emit_u64(x, "insert_seq_last", in->insert_seq_last);
}

/* What the input was, and what became of it: the manifest repeats this record. */
static void
put_end(const struct session *s, struct buf *b)
{
	const struct input *in = s->in;
	struct emit x;

	emit_init(&x, b);
	emit_object(&x, NULL);
	emit_str(&x, "context", "input-end");
	emit_u64(&x, "input", in->source);
	emit_str(&x, "path", in->sealed ? in->sealed : in->path);
	emit_str(&x, "kind", input_reader[in->kind].name);
	emit_array(&x, "files");
	emit_list(&x, in->files.p, in->files.len);
	emit_end(&x);

	/* every row is one of these, so that they add up */
	emit_u64(&x, "rows", in->rows);
	emit_u64(&x, "events", in->events);
	emit_u64(&x, "rejects", in->rejects);
	emit_u64(&x, "conflicts", in->conflicts);
	emit_u64(&x, "repeats", in->repeats);
	emit_u64(&x, "contexts", in->contexts);
	emit_u64(&x, "outside", in->outside);
	put_counts(&x, "tables", in, true);
	put_counts(&x, "left_out", in, false);
	if (s->redact)
		emit_u64(&x, "withheld", in->withheld);
	emit_array(&x, "lacks");
	emit_list(&x, in->lacks.p, in->lacks.len);
	emit_end(&x);
	emit_array(&x, "compared");
	emit_list(&x, in->compared.p, in->compared.len);
	emit_end(&x);

	put_sums(s, &x);

	/* what only some kinds of inputs know */
	emit_ours(&x, "collection", in->collection.p, in->collection.len);
	emit_ours(&x, "database", in->database.p, in->database.len);
	emit_ours(&x, "service", in->service.p, in->service.len);
	emit_end(&x);
}

int
session_end(struct session *s, struct err *e)
{
	struct input *in = s->in;
	struct buf b;
	int rc;

	tell_counted(in);
	/* a text that found no room would be half a statement */
	if (in->files.failed || in->lacks.failed || in->compared.failed || in->collection.failed ||
	    in->database.failed || in->service.failed)
		return err_nomem(e);
	buf_init(&b, EX_MAX_BODY);
	put_end(s, &b);
	rc = session_plain(s, KIND_CONTEXT, in->source, 0, &b, NULL, e);
	/* the manifest is made of these, and not of memory of its own */
	if (rc == 0 && s->w)
		rc = writer_note_input(s->w, b.p, b.len, e);
	buf_release(&b);
	return rc;
}

int
session_table(struct session *s, struct table **tp, struct err *e)
{
	static const char *const style[] = { "pg", "iso", "rest" };
	struct table *t = *tp;
	struct emit x;
	struct buf b;
	int rc;

	/* the same table of the same input is one record, however many statements name it */
	for (uint32_t i = 0; i < s->n_tables; i++)
		if (s->tables[i] && s->tables[i]->input == s->in->source &&
		    table_same(s->tables[i], t)) {
			table_free(t);
			*tp = s->tables[i];
			return 0;
		}
	/* numbers ascend: records name their table by them */
	t->source = s->next_source;
	t->input = s->in->source;
	if (slot(s, t, e)) {
		table_free(t);
		*tp = NULL;
		return -1;
	}
	/* columns and types as the input has them: rows cannot be read without */
	buf_init(&b, EX_MAX_BODY);
	emit_init(&x, &b);
	emit_object(&x, NULL);
	emit_str(&x, "context", "table");
	emit_u64(&x, "source", t->source);
	emit_u64(&x, "input", t->input);
	emit_str(&x, "table", t->name);
	emit_str(&x, "style", style[t->style]);
	emit_array(&x, "columns");
	for (unsigned i = 0; i < t->n; i++) {
		emit_array(&x, NULL);
		emit_str(&x, NULL, t->col[i].name);
		emit_str(&x, NULL, t->col[i].type);
		emit_end(&x);
	}
	emit_end(&x);
	emit_bool(&x, "assumed", t->assumed);
	if (t->null_empty)
		emit_bool(&x, "null_empty", true);
	emit_end(&x);
	rc = session_plain(s, KIND_CONTEXT, t->source, 0, &b, NULL, e);
	/* for the manifest */
	if (rc == 0 && s->w)
		rc = writer_note_table(s->w, b.p, b.len, e);
	buf_release(&b);
	return rc;
}

int
input_count(struct input *in, const char *table, bool kept, uint64_t rows, struct err *e)
{
	struct table_rows *p;

	for (unsigned i = in->n_tables; i-- > 0;)
		if (strcmp(in->table[i].name, table) == 0) {
			in->table[i].rows += rows;
			return 0;
		}
	if (in->n_tables == 20000)
		return err_set(e, EX_DATA_ERR, "%s: more than 20,000 tables", in->path);
	if ((p = vec_resize(in->table, in->n_tables + 1, sizeof *p)) == NULL)
		return err_nomem(e);
	in->table = p;
	if ((p[in->n_tables].name = strdup(table)) == NULL)
		return err_nomem(e);
	p[in->n_tables].rows = rows;
	p[in->n_tables].no_data = false;
	p[in->n_tables++].kept = kept;
	return 0;
}

int
session_count(struct session *s, const char *table, bool kept, uint64_t rows, struct err *e)
{
	return input_count(s->in, table, kept, rows, e);
}

int
session_no_data(struct session *s, const char *table, struct err *e)
{
	unsigned n = s->in->n_tables;

	if (session_count(s, table, true, 0, e))
		return -1;
	if (s->in->n_tables > n)
		s->in->table[n].no_data = true;
	return 0;
}

/* How far answers of the server have come: newest first, equal times by descending id. */
static void
note_order(struct input *in, const struct record *r)
{
	if (r->flags & FLAG_TIME_INVALID || r->time > in->oldest ||
	    (r->time == in->oldest && memcmp(r->id, in->oldest_id, 16) >= 0))
		return;
	in->oldest = r->time;
	memcpy(in->oldest_id, r->id, 16);
	in->onward++;
}

/* the row is built once more without what is withheld, and keeps the digest that it had. 0,
 * 1 (why), -1. */
static int
withhold(struct session *s, struct row **row, struct row *left, char why[256])
{
	uint8_t digest[32];
	int rc = redact_row(s->redact, *row, left);

	if (rc <= 0)
		return rc;
	record_digest(s->sha, &s->d.r, s->as_it_stands);
	redact_digest_as_hashed(s->sha, &s->d.r, s->spellings, &s->spellings_hashed, digest);
	if (s->tool_forms && memcmp(digest, s->as_it_stands, 32) == 0) {
		redact_digest_as_hashed(
		    s->sha, &s->d.r, s->tool_forms, &s->spellings_hashed, digest);
		s->in->withheld_undone += memcmp(digest, s->as_it_stands, 32) != 0;
	}
	if ((rc = row_build(s->b, left, &s->d, why)) != 0)
		return rc;
	s->d.r.flags |= FLAG_WITHHELD;
	memcpy(s->d.r.body_digest, digest, 32);
	s->in->withheld++;
	*row = left;
	return 0;
}

/* Facts about the input, from every row that can be read. */
static int
note_row(struct session *s, enum utc_form style, struct err *e)
{
	s->in->zoneless += s->d.zoneless;
	if (s->newest.any && memcmp(s->d.r.id, s->newest.id, 16) == 0)
		s->in->newest_seen = true;
	if (s->in->page)
		note_order(s->in, &s->d.r);
	if (style == UTC_REST && s->in->kind != INPUT_REST)
		return pages_count_id(&s->in->pages, s->d.r.id, e);
	return 0;
}

int
session_row(struct session *s, struct row *row, const char *place, struct err *e)
{
	char why[256];
	uint64_t position;
	unsigned chunk = 0;
	size_t stood = row->raw_len;
	struct row left;
	int rc;

	/* counted before anything can refuse it */
	s->in->rows++;
	s->rows++;
	row->ordinal = s->in->rows;
	/* the row becomes record and body; what is withheld goes before anything else sees it */
	if ((rc = row_build(s->b, row, &s->d, why)) < 0 ||
	    (rc == 0 && s->redact && (rc = withhold(s, &row, &left, why)) < 0))
		return err_nomem(e);
	/* no event: kept with the reason; of a row that is withheld less stands */
	if (rc) {
		s->in->bytes.rejected += stood - row->raw_len;
		return session_reject(s, row->table->source, row->ordinal, row->raw, row->raw_len,
		    &chunk, false, place, why, e);
	}
	if (note_row(s, row->table->style, e))
		return -1;
	s->in->bytes.understood += stood;
	/* outside of the period that was asked for: counted, and not kept */
	if (!(s->d.r.flags & FLAG_TIME_INVALID) &&
	    (s->d.r.time < s->since || s->d.r.time >= s->until)) {
		s->in->outside++;
		return 0;
	}
	s->d.r.flags |= (uint16_t)s->flags;
	/* older than the newest row of the files before: told, and no contradiction by itself */
	if (s->before.any && !(s->d.r.flags & FLAG_TIME_INVALID) && s->d.r.time < s->before.max)
		s->d.r.flags |= FLAG_LATE;
	/* an inspection writes nothing */
	if (s->w == NULL) {
		s->in->events++;
		return 0;
	}
	/* an id that is known already: a repeat, or another version of it */
	if ((rc = writer_known(s->w, s->d.r.id, &position, e)) < 0)
		return -1;
	if (rc)
		return session_repeat(s, row, position, e);
	s->in->events++;
	/* new */
	if (writer_add(s->w, &s->d.r, &s->d.correlation, &s->d.type, e))
		return -1;
	newest_add(&s->written, &s->d.r);
	/* whoever compares a source with an archive wants to know of late rows */
	return s->differs && s->d.r.flags & FLAG_LATE ?
	    s->differs(s->differs_arg, SOURCE_LATE, &s->d.r, s->d.r.position, NULL, e) :
	    0;
}

int
session_go_on(struct session *s, const struct stream *f, struct err *e)
{
	if (s->progress && f)
		s->progress(s->progress_arg, s, f);
	return s->stop && *s->stop ? err_set(e, EX_OS_ERR, "interrupted") : 0;
}

int
session_context_row(struct session *s, const struct row *row, struct err *e)
{
	struct emit x;
	struct buf b;
	int rc;

	/* counted first; a row that cannot be kept is taken back below */
	s->in->contexts++;
	s->in->bytes.understood += row->raw_len;
	if (s->context && s->context(s->differs_arg, row, e))
		return -1;
	buf_init(&b, EX_MAX_BODY);
	/* columns by name: tables of context have no canonical form */
	emit_init(&x, &b);
	emit_object(&x, NULL);
	emit_str(&x, "context", "row");
	emit_u64(&x, "source", row->table->source);
	emit_str(&x, "table", row->table->name);
	emit_object(&x, "columns");
	for (unsigned i = 0; i < row->table->n; i++) {
		const struct cell *c = &row->cell[i];
		const char *name = row->table->col[i].name;

		/* columns that are withheld stay, with the word in the place of the value */
		if (c->state != CELL_VALUE)
			emit_null(&x, name);
		else if (s->redact && redact_column(s->redact, name))
			emit_str(&x, name, WITHHELD_TEXT);
		else
			emit_text(&x, name, c->p, c->n);
		/* JSON could not hold it */
		if (c->state == CELL_VALUE && !utf8_valid(c->p, c->n))
			b.failed = true;
	}
	emit_end(&x);
	emit_end(&x);
	/* it becomes a reject, whose bytes are kept as they stood */
	if (b.failed) {
		unsigned chunk = 0;

		s->in->contexts--;
		s->in->bytes.understood -= row->raw_len; /* they are a reject's */
		rc = session_reject(s, row->table->source, 0, row->raw, row->raw_len, &chunk, false,
		    row->table->name, "a row that is too long or not UTF-8", e);
	} else {
		rc = session_plain(s, KIND_CONTEXT, row->table->source, row->ordinal, &b, NULL, e);
	}
	buf_release(&b);
	return rc;
}
