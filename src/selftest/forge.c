#include "selftest/forge_inner.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/utc.h"
#include "event/event.h"
#include "index/index.h"
#include "json/emit.h"

void
written_init(struct written *w)
{
	memset(w, 0, sizeof *w);
	buf_init(&w->file, 64u << 20);
	buf_init(&w->manifest, EX_MAX_BODY);
	buf_init(&w->note, EX_MAX_NOTE);
	buf_init(&w->trailer, EX_PAGE);
}

void
written_release(struct written *w)
{
	buf_release(&w->file);
	buf_release(&w->manifest);
	buf_release(&w->note);
	buf_release(&w->trailer);
}

void
bench_turn(void *p, size_t n, uint64_t draw)
{
	if (n)
		((unsigned char *)p)[draw / 8 % n] ^= (unsigned char)(1u << draw % 8);
}

/* Is this the one of n that the lie is about? What is left of the draw says where in it. */
bool
bench_lies(const struct bench *b, enum lie_at at, uint64_t i, uint64_t n, uint64_t *ret_draw)
{
	const struct lie *l = &b->f->lie;

	*ret_draw = n ? l->draw / n : 0;
	return l->at == at && n && l->draw % n == i;
}

/* ---- one block (R-12, R-13, C-8) */

static void
pack_head(const struct record *r, uint32_t n, struct buf *out)
{
	uint64_t v;

	for (uint32_t i = 0; i < n; i++)
		buf_byte(out, r[i].kind);
	for (uint32_t i = 0; i < n; i++)
		buf_be16(out, r[i].flags);
	for (uint32_t i = 0; i < n; i++)
		buf_byte(out, r[i].claimed_form);
	for (uint32_t i = 0; i < n; i++)
		buf_byte(out, r[i].previous_form);
	for (uint32_t i = 0; i < n; i++)
		buf_byte(out, r[i].algorithm);
	for (uint32_t i = 0; i < n; i++)
		buf_byte(out, r[i].body_form);
	v = 0;
	for (uint32_t i = 0; i < n; v = r[i++].source)
		buf_varint(out, zigzag((int64_t)(r[i].source - v)));
	v = 0;
	for (uint32_t i = 0; i < n; v = r[i++].ordinal)
		buf_varint(out, zigzag((int64_t)(r[i].ordinal - v - 1)));
	for (uint32_t i = 0; i < n; i++)
		buf_varint(out,
		    r[i].body_len - (r[i].body_form != BODY_VERBATIM ? EVENT_ID_CHARS : 0) + 1);
	for (uint32_t i = 0; i < n; i++)
		buf_varint(out, r[i].aside_len);
	/* nothing is told by reference: all hashes stand there */
	for (uint32_t i = 0; i < n; i++)
		if (r[i].claimed_form == FORM_HEX)
			buf_byte(out, 1);
	for (uint32_t i = 0; i < n; i++)
		if (r[i].previous_form == FORM_HEX)
			buf_varint(out, 0);
	for (uint32_t i = 0; i < n; i++)
		if (r[i].body_form == BODY_VERBATIM) {
			buf_be64(out, (uint64_t)r[i].time);
			buf_put(out, r[i].correlation, 32);
		}
	for (uint32_t i = 0; i < n; i++)
		if (!(r[i].flags & FLAG_ID_ABSENT))
			buf_put(out, r[i].id, 16);
	for (uint32_t i = 0; i < n; i++)
		if (r[i].claimed_form == FORM_HEX)
			buf_put(out, r[i].claimed, 32);
	for (uint32_t i = 0; i < n; i++)
		if (r[i].previous_form == FORM_HEX)
			buf_put(out, r[i].previous, 32);
	for (uint32_t i = 0; i < n; i++)
		if (r[i].flags & FLAG_WITHHELD)
			buf_put(out, r[i].body_digest, 32);
}

static void
pack_body(const struct record *r, uint32_t n, struct buf *out)
{
	for (uint32_t i = 0; i < n; i++) {
		const unsigned char *p = r[i].body;
		size_t skip = r[i].body_form != BODY_VERBATIM ? EVENT_ID_CHARS : 0;

		buf_put(out, p, skip ? EVENT_ID_OFFSET : 0);
		p += skip ? EVENT_ID_OFFSET + skip : 0;
		buf_put(out, p, r[i].body_len - (size_t)(p - r[i].body));
		buf_byte(out, '\n');
	}
	for (uint32_t i = 0; i < n; i++)
		buf_put(out, r[i].aside, r[i].aside_len);
}

/* Header and leaf of each record of a block, and the cover of them (S-1, S-3). */
static void
plant(struct bench *b, unsigned from, unsigned to, struct buf *tags, struct merkle *cover)
{
	uint8_t header[RECORD_HEADER], leaf[32];
	uint64_t draw;

	merkle_init(cover, b->w->first + from);
	for (unsigned i = from; i < to; i++) {
		record_header(&b->rec[i], header);
		/* of a record that is there when the manifest is written, too */
		if (bench_lies(b, LIE_HEADER, i, b->f->draft->n, &draw))
			bench_turn(header, sizeof header, draw);
		merkle_leaf(b->f->sha, header, sizeof header, leaf);
		if (bench_lies(b, LIE_LEAF, i, b->f->draft->n, &draw))
			bench_turn(leaf, 32, draw);
		merkle_push(cover, b->f->sha, 0, leaf);
		buf_put(tags, leaf, 2);
		if (bench_lies(b, LIE_TAG, i, b->f->draft->n, &draw))
			bench_turn(tags->p + tags->len - 2, 2, draw);
	}
}

/* How many blocks the draft has, without the manifest's. */
static unsigned
draft_blocks(const struct draft *d)
{
	unsigned n = 0;

	for (unsigned i = 0; i < d->n; i++)
		n += d->rec[i].last || i + 1 == d->n;
	return n;
}

static int
put_row(struct bench *b, const struct block_row *row)
{
	sqlite3_stmt *st = NULL;
	const uint64_t number[] = { row->no, row->first, row->count, row->head_len, row->body_len,
		row->raw_head, row->raw_body };
	bool ok = sqlite3_prepare_v2(b->db, "INSERT INTO block VALUES(?,?,?,?,?,?,?,?,?,?)", -1,
		      &st, NULL) == SQLITE_OK;

	for (int i = 0; i < 7 && ok; i++)
		ok = sqlite3_bind_int64(st, i + 1, (sqlite3_int64)number[i]) == SQLITE_OK;
	ok = ok &&
	    sqlite3_bind_blob(st, 8, row->nodes, (int)row->n_nodes * 32, NULL) == SQLITE_OK &&
	    sqlite3_bind_blob(st, 9, row->data_sha256, 32, NULL) == SQLITE_OK &&
	    sqlite3_bind_blob(st, 10, row->chain, 32, NULL) == SQLITE_OK &&
	    sqlite3_step(st) == SQLITE_DONE;
	sqlite3_finalize(st);
	return ok ? 0 : err_nomem(b->e);
}

/* A row of a table of a number and a blob, or a text. */
int
bench_put(struct bench *b, const char *sql, uint64_t no, const struct buf *v, bool text)
{
	sqlite3_stmt *st = NULL;
	bool ok = sqlite3_prepare_v2(b->db, sql, -1, &st, NULL) == SQLITE_OK &&
	    sqlite3_bind_int64(st, 1, (sqlite3_int64)no) == SQLITE_OK &&
	    (text ? sqlite3_bind_text(st, 2, (const char *)v->p, (int)v->len, NULL) :
		    sqlite3_bind_blob(st, 2, v->p, (int)v->len, NULL)) == SQLITE_OK &&
	    sqlite3_step(st) == SQLITE_DONE;

	sqlite3_finalize(st);
	return ok ? 0 : err_nomem(b->e);
}

/* A number of a block's row that is one more than it should be. */
static void
lie_row(struct block_row *row, uint64_t draw)
{
	uint64_t *number[] = { &row->no, &row->first, &row->count, &row->head_len, &row->raw_head,
		&row->raw_body };

	/* two rows cannot have one number */
	*number[draw % (sizeof number / sizeof *number)] +=
	    draw % (sizeof number / sizeof *number) ? 1 : DRAFT_BLOCKS;
}

/* Digests of a block: made, or left as they stood. */
static void
settle_row(struct bench *b, struct block_row *row, const struct merkle *cover)
{
	const struct written *left = b->f->left;
	unsigned i = (unsigned)row->no - 1, n = draft_blocks(b->f->draft);
	uint64_t draw;

	row->n_nodes = cover->n;
	for (unsigned k = 0; k < cover->n; k++)
		memcpy(row->nodes[k], cover->e[k].hash, 32);
	sha256_once(b->f->sha, b->blob.p, b->blob.len, row->data_sha256);
	if (left && i < left->n_rows) {
		row->n_nodes = left->row[i].n_nodes;
		memcpy(row->nodes, left->row[i].nodes, sizeof row->nodes);
		memcpy(row->data_sha256, left->row[i].data_sha256, 32);
	}
	if (bench_lies(b, LIE_NODE, i, n, &draw))
		bench_turn(row->nodes, row->n_nodes * 32u, draw);
	if (bench_lies(b, LIE_DATA, i, n, &draw))
		bench_turn(row->data_sha256, 32, draw);
	if (bench_lies(b, LIE_ROW, i, n, &draw))
		lie_row(row, draw);
	archive_chain(row, b->f->sha, b->w->chain, row->chain);
	if (left && i < left->n_rows)
		memcpy(row->chain, left->row[i].chain, 32);
	if (bench_lies(b, LIE_CHAIN, i, n, &draw))
		bench_turn(row->chain, 32, draw);
}

/* Records [from, to) as the next block. 0 or -1 (b->e). */
int
bench_block(struct bench *b, unsigned from, unsigned to)
{
	struct written *w = b->w;
	struct block_row *row = &w->row[w->n_rows];
	unsigned n = draft_blocks(b->f->draft);
	struct merkle cover;
	struct buf tags;
	uint64_t draw;
	int rc = 0;

	if (w->n_rows == DRAFT_BLOCKS)
		return err_set(b->e, EX_SOFTWARE_ERR, "more blocks than a draft has");
	buf_init(&tags, 1u << 16);
	buf_clear(&b->head);
	buf_clear(&b->body);
	buf_clear(&b->blob);
	for (unsigned i = from; i < to; i++)
		b->block[i] = w->n_rows + 1;
	plant(b, from, to, &tags, &cover);
	pack_head(b->rec + from, to - from, &b->head);
	pack_body(b->rec + from, to - from, &b->body);
	if (bench_lies(b, LIE_HEAD, w->n_rows, n, &draw))
		bench_turn(b->head.p, b->head.len, draw);
	if (bench_lies(b, LIE_BODY, w->n_rows, n, &draw))
		bench_turn(b->body.p, b->body.len, draw);
	if (hand_frame(b->f->hand, b->head.p, b->head.len, &b->blob))
		rc = err_nomem(b->e);
	buf_put(&b->blob, tags.p, tags.len);
	*row = (struct block_row){ .no = w->n_rows + 1,
		.first = w->first + from,
		.count = to - from,
		.head_len = b->blob.len,
		.raw_head = b->head.len,
		.raw_body = b->body.len };
	if (rc == 0 && hand_frame(b->f->hand, b->body.p, b->body.len, &b->blob))
		rc = err_nomem(b->e);
	row->body_len = b->blob.len - row->head_len;
	if (bench_lies(b, LIE_FRAME, w->n_rows, n, &draw))
		bench_turn(b->blob.p, b->blob.len, draw);
	settle_row(b, row, &cover);
	memcpy(w->chain, row->chain, 32);
	/* the tree of what the rows say, as a reader folds it */
	for (unsigned k = 0; k < row->n_nodes && k < cover.n && rc == 0; k++) {
		merkle_push(&w->tree, b->f->sha, cover.e[k].level, row->nodes[k]);
		merkle_push(&b->run, b->f->sha, cover.e[k].level, row->nodes[k]);
	}
	w->n_rows++;
	w->next += to - from;
	buf_release(&tags);
	return rc || put_row(b, row) ||
		bench_put(b, "INSERT INTO data VALUES(?,?)", w->n_rows, &b->blob, false) ?
	    -1 :
	    0;
}

/* ---- indexes (C-11 to C-13) */

static int
by_key(const void *x, const void *y)
{
	const struct entry *a = x, *b = y;
	int c = str_cmp((struct str){ a->key, a->n }, (struct str){ b->key, b->n });

	return c ? c : (a->value > b->value) - (a->value < b->value);
}

static int
put_page(
    void *arg, enum index_kind kind, const void *low, size_t low_len, const void *data, size_t n)
{
	struct bench *b = arg;
	sqlite3_stmt *st = NULL;
	unsigned char page[EX_MAX_IDX_PAGE];
	uint8_t d[32], len[4];
	uint64_t draw;
	bool ok;

	if (n > sizeof page)
		return -1;
	memcpy(page, data, n);
	if (bench_lies(b, LIE_PAGE, b->page, INDEX_KINDS, &draw))
		bench_turn(page, n, draw);
	sha256_once(b->f->sha, page, n, d);
	if (bench_lies(b, LIE_PAGE_SUM, b->page, INDEX_KINDS, &draw))
		bench_turn(d, 32, draw);
	store_be(len, low_len, 4);
	sha256_add(b->page_sha, len, 4);
	sha256_add(b->page_sha, low, low_len);
	sha256_add(b->page_sha, d, 32);
	b->page++;
	b->kind_pages++;
	ok = sqlite3_prepare_v2(b->db, "INSERT INTO idx VALUES(?,?,?,?,?)", -1, &st, NULL) ==
		SQLITE_OK &&
	    sqlite3_bind_int64(st, 1, (sqlite3_int64)b->page) == SQLITE_OK &&
	    sqlite3_bind_int(st, 2, (int)kind) == SQLITE_OK &&
	    sqlite3_bind_blob(st, 3, low_len ? low : "", (int)low_len, NULL) == SQLITE_OK &&
	    sqlite3_bind_blob(st, 4, d, 32, NULL) == SQLITE_OK &&
	    sqlite3_bind_blob(st, 5, page, (int)n, NULL) == SQLITE_OK &&
	    sqlite3_step(st) == SQLITE_DONE;
	sqlite3_finalize(st);
	return ok ? 0 : -1;
}

/* Correlation and type of a record; empty where it has none that can be read. */
void
bench_names(const struct record *r, struct buf *text, struct str *corr, struct str *type)
{
	struct event ev;
	const char *why;

	*corr = *type = (struct str){ "", 0 };
	if (!record_event_like(r) || r->body_form == BODY_VERBATIM ||
	    event_parse_body(&ev, (const char *)r->body, r->body_len, (enum body_form)r->body_form,
		false, text, &why))
		return;
	*corr = ev.correlation;
	*type = ev.type;
}

/* The entries of an index; returns their number. */
static unsigned
gather(struct bench *b, enum index_kind kind, struct buf *text)
{
	unsigned n = 0;

	for (unsigned i = 0; i < b->n; i++) {
		const struct record *r = &b->rec[i];
		struct entry *x = &b->entry[n];
		struct str corr, type, key;

		if (kind == INDEX_ID ? (r->flags & FLAG_ID_ABSENT) != 0 : !record_event_like(r))
			continue;
		bench_names(r, text, &corr, &type);
		key = kind == INDEX_ID        ? (struct str){ (const char *)r->id, 4 } :
		    kind == INDEX_CORRELATION ? corr :
						type;
		x->n = key.n < EX_MAX_KEY ? key.n : EX_MAX_KEY;
		memcpy(x->key, key.p, x->n);
		x->value = kind == INDEX_ID ? b->block[i] : b->w->first + i;
		n++;
	}
	return n;
}

static void
lie_entries(struct bench *b, enum index_kind kind, unsigned *n)
{
	uint64_t draw;

	if (bench_lies(b, LIE_ENTRY, kind - 1, 3, &draw) && *n) {
		struct entry *x = &b->entry[draw % *n];

		x->value = kind == INDEX_ID ? x->value % b->w->n_rows + 1 : x->value + 1;
	}
	if (bench_lies(b, LIE_NO_ENTRY, kind - 1, 3, &draw) && *n) {
		b->entry[draw % *n] = b->entry[*n - 1];
		--*n;
	}
}

/* Times of the events of each block (kind 4). */
static int
put_times(struct bench *b, struct index_builder *x)
{
	for (unsigned k = 1, i = 0; k <= b->w->n_rows; k++) {
		struct utc_range t = { .any = false };

		for (; i < b->n && b->block[i] == k; i++)
			if (b->rec[i].kind == KIND_EVENT && !(b->rec[i].flags & FLAG_TIME_INVALID))
				utc_range_add(&t, b->rec[i].time);
		if (index_add_times(x, t.any, t.min, t.max))
			return -1;
	}
	return 0;
}

static int
put_indexes(struct bench *b)
{
	struct buf text;
	int rc = 0;

	buf_init(&text, EX_MAX_BODY);
	for (enum index_kind kind = INDEX_ID; kind <= INDEX_TIME && rc == 0; kind++) {
		struct index_builder x;
		unsigned n;
		struct emit m;
		uint8_t d[32];

		index_builder_init(&x, kind, b->w->first, put_page, b);
		sha256_begin(b->page_sha);
		b->kind_pages = 0;
		if (kind == INDEX_TIME) {
			rc = put_times(b, &x);
		} else {
			n = gather(b, kind, &text);
			lie_entries(b, kind, &n);
			qsort(b->entry, n, sizeof *b->entry, by_key);
			for (unsigned i = 0; i < n && rc == 0; i++)
				rc = index_add(
				    &x, b->entry[i].key, b->entry[i].n, b->entry[i].value);
		}
		rc = rc || index_finish(&x);
		index_builder_release(&x);
		sha256_end(b->page_sha, d);
		if (b->kind_pages == 0)
			continue;
		emit_within(&m, &b->pages);
		emit_object(&m, NULL);
		emit_i64(&m, "kind", (int)kind);
		emit_u64(&m, "pages", b->kind_pages);
		emit_hash(&m, "sha256", d);
		emit_end(&m);
	}
	buf_release(&text);
	return rc ? err_nomem(b->e) : 0;
}

static int
open_tables(struct bench *b)
{
	char sql[256];
	bool ok = sqlite3_open_v2(":memory:", &b->db,
		      SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX |
			  SQLITE_OPEN_MEMORY,
		      NULL) == SQLITE_OK;

	snprintf(sql, sizeof sql,
	    "PRAGMA page_size=4096;PRAGMA encoding='UTF-8';PRAGMA auto_vacuum=0;"
	    "PRAGMA application_id=%u;PRAGMA user_version=%u;BEGIN",
	    EX_APPLICATION_ID, EX_FORMAT_VERSION);
	ok = ok && sqlite3_exec(b->db, sql, NULL, NULL, NULL) == SQLITE_OK;
	for (unsigned i = 0; i < ARCHIVE_TABLES && ok; i++)
		ok = sqlite3_exec(b->db, archive_schema[i], NULL, NULL, NULL) == SQLITE_OK;
	if (ok && b->f->lie.at == LIE_SCHEMA)
		ok = sqlite3_exec(b->db, "CREATE TABLE note(text)", NULL, NULL, NULL) == SQLITE_OK;
	return ok ? 0 : err_nomem(b->e);
}

/* A record with what follows from its body and aside; others keep what they say. */
void
bench_finish(struct bench *b, struct record *r, uint64_t position)
{
	r->position = position;
	if (!(r->flags & FLAG_WITHHELD))
		record_digest(b->f->sha, r, r->body_digest);
	memset(r->aside_digest, 0, 32);
	if (r->aside_len)
		sha256_once(b->f->sha, r->aside, r->aside_len, r->aside_digest);
}

static int
write_all(struct bench *b)
{
	const struct draft *d = b->f->draft;

	for (unsigned i = 0; i < d->n; i++) {
		b->rec[i] = d->rec[i].r;
		bench_finish(b, &b->rec[i], b->w->first + i);
	}
	b->n = d->n;
	for (unsigned i = 0, from = 0; i < d->n; i++)
		if (d->rec[i].last || i + 1 == d->n) {
			if (bench_block(b, from, i + 1))
				return -1;
			from = i + 1;
		}
	return put_indexes(b) || bench_end(b) ? -1 : 0;
}

int
forge(const struct forgery *f, struct written *ret, struct err *e)
{
	struct bench *b = calloc(1, sizeof *b);
	int rc = -1;

	if (b == NULL)
		return err_nomem(e);
	*b = (struct bench){ .f = f, .w = ret, .e = e };
	buf_init(&b->head, EX_MAX_RAW_HEAD);
	buf_init(&b->body, EX_MAX_RAW_BODY);
	buf_init(&b->blob, EX_MAX_BLOB);
	buf_init(&b->pages, 1u << 16);
	buf_clear(&ret->file);
	buf_clear(&ret->manifest);
	buf_clear(&ret->note);
	buf_clear(&ret->trailer);
	ret->n_rows = 0;
	ret->first = ret->next = f->before ? f->before->next : 0;
	merkle_init(&ret->tree, 0);
	memset(ret->chain, 0, 32);
	if (f->before) {
		ret->tree = f->before->tree;
		memcpy(ret->chain, f->before->chain, 32);
	}
	merkle_init(&b->run, ret->first);
	b->entry = calloc(DRAFT_RECORDS, sizeof *b->entry);
	b->page_sha = sha256_new();
	if (b->entry == NULL || b->page_sha == NULL)
		err_nomem(e);
	else if (f->draft->n > DRAFT_RECORDS)
		err_set(e, EX_SOFTWARE_ERR, "more records than a draft has");
	else
		rc = open_tables(b) || write_all(b) ? -1 : 0;
	sqlite3_close(b->db);
	sha256_free(b->page_sha);
	buf_release(&b->head);
	buf_release(&b->body);
	buf_release(&b->blob);
	buf_release(&b->pages);
	free(b->entry);
	free(b);
	return rc;
}
