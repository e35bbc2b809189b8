/* Tables of what was stored beside events. */
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "base/utc.h"
#include "cmd/analyze/sql_inner.h"

const char *
state_of(const struct archive *a)
{
	return !archive_seal(a)                  ? "not sealed" :
	    archive_signature(a) == SIG_VERIFIED ? "verified" :
	    archive_signature(a) == SIG_FALSE    ? "false signature" :
						   "signed by a key that was not given";
}

static struct str
aside(const struct record *r, unsigned tag)
{
	struct aside_item i;

	return aside_find(r, tag, &i) ? (struct str){ (const char *)i.p, i.n } :
					(struct str){ "", 0 };
}

/* Position and file, which all of these begin with. */
static int
where(struct row *r, const struct archive *a, const struct record *rec)
{
	put_integer(r, 0, (int64_t)rec->position);
	put_word(r, 1, archive_name(a));
	return 2;
}

static int
reject(struct sql_tables *t, const struct archive *a, const struct record *rec)
{
	struct row r;
	int k;

	if (builder_row(&t->rows[MORE_rejects], &r))
		return -1;
	k = where(&r, a, rec);
	put_integer(&r, k++, rec->source);
	put_integer(&r, k++, (int64_t)rec->ordinal);
	put_text(&r, k++, aside(rec, TAG_PLACE));
	put_text(&r, k++, aside(rec, TAG_REASON));
	put_integer(&r, k++, (int64_t)rec->body_len);
	put_word(&r, k, state_of(a));
	return 0;
}

static struct str
cell_text(struct view_cell c)
{
	return c.state == VIEW_TEXT ? (struct str){ c.p, c.n } : (struct str){ "", 0 };
}

static int
conflict(struct sql_tables *t, unsigned archive, const struct record *rec, struct err *e)
{
	const struct archive *a = t->b->r.archive[archive];
	struct view *v = reading_view(&t->b->r, archive, rec, e);
	struct str other = aside(rec, TAG_CONFLICT);
	char id[37];
	struct row r;
	int k;

	if (v == NULL || builder_row(&t->rows[MORE_conflicts], &r))
		return -1;
	k = where(&r, a, rec);
	uuid_of(rec->id, id);
	put_word(&r, k++, rec->flags & FLAG_ID_ABSENT ? NULL : id);
	put_text(&r, k++, cell_text(view_column(v, COL_CORRELATION)));
	put_text(&r, k++, cell_text(view_column(v, COL_TYPE)));
	put_time(&r, k++, rec->flags & FLAG_TIME_INVALID ? NO_TIME : rec->time);
	if (other.n >= 8)
		put_integer(&r, k, (int64_t)load_be((const unsigned char *)other.p, 8));
	put_raw_json(&r, ++k, cell_text(view_column(v, COL_DATA)));
	put_word(&r, ++k, state_of(a));
	return 0;
}

/* The word behind `{"context":"`. */
static struct str
context_word(const struct record *rec)
{
	static const char begin[] = "{\"context\":\"";
	const char *p = (const char *)rec->body + sizeof begin - 1, *end;

	if (rec->body_len < sizeof begin || memcmp(rec->body, begin, sizeof begin - 1))
		return (struct str){ "", 0 };
	end = memchr(p, '"', rec->body_len - (sizeof begin - 1));
	return end ? (struct str){ p, (size_t)(end - p) } : (struct str){ "", 0 };
}

static int
body(struct sql_tables *t, enum more_table which, const struct archive *a, const struct record *rec)
{
	struct row r;
	int k;

	if (builder_row(&t->rows[which], &r))
		return -1;
	k = where(&r, a, rec);
	if (which == MORE_contexts)
		put_text(&r, k++, context_word(rec));
	put_raw_json(&r, k++, (struct str){ (const char *)rec->body, rec->body_len });
	put_word(&r, k, state_of(a));
	return 0;
}

static void
put_member(struct row *r, int column, const struct json_doc *m, uint32_t of, const char *name);

/* A column of a row that was kept beside events, whose values are texts. */
static void
run_column(struct row *r, int column, struct json_doc *d, uint32_t columns, const char *name,
    enum column_type type)
{
	uint32_t k = json_member(d, columns, name);
	struct utc t;
	int64_t i;

	if (k == JSON_NONE)
		return;
	if (d->node[k].type != JSON_STRING)
		put_member(r, column, d, columns, name);
	else if (type == TYPE_TIME && utc_parse(json_str(d, k), d->node[k].str_len, &t) == UTC_OK)
		put_time(r, column, t.us);
	else if (type == TYPE_INTEGER && dec_i64(json_str(d, k), d->node[k].str_len, &i))
		put_integer(r, column, i);
	else if (type == TYPE_TEXT)
		put_text(r, column, (struct str){ json_str(d, k), d->node[k].str_len });
}

/* Is this the name of a table of the source, whatever its schema? */
static bool
is_table(const struct json_doc *d, uint32_t table, const char *name)
{
	size_t n = strlen(name), all;
	const char *p;

	if (table == JSON_NONE || d->node[table].type != JSON_STRING)
		return false;
	p = json_str(d, table);
	all = d->node[table].str_len;
	return all >= n && memcmp(p + all - n, name, n) == 0 && (all == n || p[all - n - 1] == '.');
}

/* Tables of the source beside events, each with one of ours: its columns stand between the file and
 * the last two, each named by what it is there. */
static const struct {
	enum more_table ours;
	const char *theirs;
} kept[] = { { MORE_retention_runs, "retention_operations" },
	{ MORE_source_notifications, "notification_audit" } };
#define KEPT (sizeof kept / sizeof *kept)

static int
kept_row(struct sql_tables *t, unsigned which, const struct archive *a, const struct record *rec,
    struct json_doc *d, uint32_t columns)
{
	const struct table_decl *decl = &more_table[kept[which].ours];
	struct row r;
	int k;

	if (builder_row(&t->rows[kept[which].ours], &r))
		return -1;
	for (k = where(&r, a, rec); (unsigned)k + 2 < decl->n_columns; k++)
		run_column(&r, k, d, columns, decl->column[k].source, decl->column[k].type);
	put_raw_json(&r, k++, (struct str){ json_src(d, columns), d->node[columns].src_len });
	put_word(&r, k, state_of(a));
	return 0;
}

/* A row of another table that was archived beside the events. */
static int
row_beside(struct sql_tables *t, const struct archive *a, const struct record *rec)
{
	struct json_doc d;
	uint32_t columns;
	unsigned which = 0;
	int rc = 0;

	while (which < KEPT &&
	    memmem(rec->body, rec->body_len, kept[which].theirs, strlen(kept[which].theirs)) ==
		NULL)
		which++;
	if (which == KEPT)
		return 0;
	json_init(&d);
	if (json_parse(&d, (const char *)rec->body, rec->body_len, EX_JSON_DEPTH) == 0 &&
	    (columns = json_member(&d, 0, "columns")) != JSON_NONE &&
	    d.node[columns].type == JSON_OBJECT)
		for (unsigned i = 0; i < KEPT && rc == 0; i++)
			if (is_table(&d, json_member(&d, 0, "table"), kept[i].theirs))
				rc = kept_row(t, i, a, rec, &d, columns);
	json_release(&d);
	return rc;
}

int
rows_failed(struct sql_tables *t, struct err *e)
{
	if (e->status)
		return -1;
	return t->arena.full ?
	    err_set(e, EX_IO_ERR, "the tables take more than the memory allowed (--memory)") :
	    err_nomem(e);
}

/* 0 or -1 (e). */
static int
stored_record(struct sql_tables *t, unsigned archive, const struct record *rec, struct err *e)
{
	const struct archive *a = t->b->r.archive[archive];
	int rc = 0;

	if (rec->kind == KIND_REJECT)
		rc = reject(t, a, rec);
	else if (rec->kind == KIND_CONFLICT)
		rc = conflict(t, archive, rec, e);
	else if (rec->kind == KIND_CONTEXT)
		rc = body(t, MORE_contexts, a, rec) || row_beside(t, a, rec);
	else if (rec->kind == KIND_DEAD_LETTER)
		rc = body(t, MORE_dead_letters, a, rec);
	return rc || t->arena.nomem || t->arena.full ? rows_failed(t, e) : 0;
}

/* A block that holds something else than events and manifests. 0 or -1 (e). */
static int
stored_block(struct sql_tables *t, unsigned archive, uint64_t row, struct err *e)
{
	struct reading *r = &t->b->r;
	const struct archive *a = r->archive[archive];
	const struct record *rec;
	const uint8_t *kind;
	uint64_t n = 0;
	int rc = reading_kinds(r, archive, row, &kind, e);

	while (rc == 0 && n < archive_row(a, row)->count &&
	    (kind[n] == KIND_EVENT || kind[n] == KIND_MANIFEST))
		n++;
	for (; rc == 0 && n < archive_row(a, row)->count; n++)
		if ((rc = reading_record(r, archive, archive_row(a, row)->first + n, &rec, e)) == 0)
			rc = stored_record(t, archive, rec, e);
	return rc < 0 ? -1 : 0;
}

/* Rejects, conflicts, contexts and dead letters, in one pass over the log. */
int
stored_fill(struct sql_tables *t, struct err *e)
{
	const struct reading *r = &t->b->r;

	if (t->made[MORE_rejects])
		return 0;
	for (unsigned i = 0; i < r->n; i++) {
		const struct archive *a = r->archive[i];

		for (uint64_t k = 0; archive_counts(a) && k < archive_blocks(a); k++)
			if (stored_block(t, i, k, e))
				return -1;
	}
	t->made[MORE_rejects] = t->made[MORE_conflicts] = t->made[MORE_contexts] =
	    t->made[MORE_dead_letters] = t->made[MORE_retention_runs] =
		t->made[MORE_source_notifications] = true;
	return 0;
}

static void
put_member(struct row *r, int column, const struct json_doc *m, uint32_t of, const char *name)
{
	uint32_t k = json_member(m, of, name);
	int64_t i;

	if (k == JSON_NONE)
		return;
	if (m->node[k].type == JSON_STRING)
		put_text(r, column, (struct str){ json_str(m, k), m->node[k].str_len });
	else if (m->node[k].type == JSON_NUMBER && dec_i64(json_src(m, k), m->node[k].src_len, &i))
		put_integer(r, column, i);
	else if (m->node[k].type == JSON_ARRAY || m->node[k].type == JSON_OBJECT)
		put_raw_json(r, column, (struct str){ json_src(m, k), m->node[k].src_len });
}

/* What manifests say: inputs, and counts by day and type. */
int
files_fill(struct sql_tables *t, struct err *e)
{
	static const char *const member[] = { "path", "kind", "rows", "events", "rejects",
		"conflicts", "repeats", "lacks" };

	/* made once, whichever table asks first */
	if (t->made[MORE_inputs])
		return 0;
	for (unsigned i = 0; i < t->b->r.n; i++) {
		struct archive *a = t->b->r.archive[i];
		const struct json_doc *m = archive_manifest(a);
		int64_t no = 0;
		struct row r;

		if (!archive_manifest(a) || archive_is_copy(a))
			continue;
		/* inputs as the manifest has them, which was checked against the log */
		for (uint32_t k = archive_inputs(a); k != JSON_NONE; k = m->node[k].next) {
			if (builder_row(&t->rows[MORE_inputs], &r))
				return rows_failed(t, e);
			put_word(&r, 0, archive_name(a));
			put_integer(&r, 1, ++no);
			for (unsigned c = 0; c < 8; c++)
				put_member(&r, 2 + (int)c, m, k, member[c]);
			put_raw_json(&r, 10, (struct str){ json_src(m, k), m->node[k].src_len });
			put_integer(&r, 11, (int64_t)archive_next(a) - 1);
			put_word(&r, 12, state_of(a));
		}
		/* counts by day and type, as they were sealed */
		for (uint32_t d = json_first_of(m, 0, "days"); d != JSON_NONE; d = m->node[d].next)
			for (uint32_t k = m->node[d].first; k != JSON_NONE; k = m->node[k].next) {
				int64_t n;

				if (builder_row(&t->rows[MORE_manifests], &r))
					return rows_failed(t, e);
				put_word(&r, 0, archive_name(a));
				put_text(
				    &r, 1, (struct str){ json_name(m, d), m->node[d].name_len });
				put_text(
				    &r, 2, (struct str){ json_name(m, k), m->node[k].name_len });
				if (m->node[k].type == JSON_NUMBER &&
				    dec_i64(json_src(m, k), m->node[k].src_len, &n))
					put_integer(&r, 3, n);
				put_integer(&r, 4, (int64_t)archive_next(a) - 1);
				put_word(&r, 5, state_of(a));
			}
	}
	/* an arena that was too small is an error, and no shorter table */
	if (t->arena.nomem || t->arena.full)
		return rows_failed(t, e);
	t->made[MORE_inputs] = t->made[MORE_manifests] = true;
	return 0;
}
