#include "write/writer.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zdict.h>
#include <zstd.h>

#include "archive/unpack.h"
#include "base/text.h"
#include "base/utc.h"
#include "index/index.h"
#include "log/merkle.h"
#include "record/daycount.h"
#include "write/pack.h"
#include "write/pool.h"
#include "write/spill.h"

#define DICT_BYTES 112640u           /* zstd's own default size */

struct block_times {
	int64_t min, max;
	bool any;
};

struct writer {
	struct writer_options o;
	char *path;
	sqlite3 *db;
	sqlite3_stmt *put_block, *put_data, *put_page, *get_data;
	struct sha256 *sha;
	struct packer *packer;
	struct pool *pool;                 /* NULL until it is known whether there is a dictionary */
	struct packed *sample, *sample_tail;        /* blocks that wait for that */
	size_t sample_bytes;
	void *dict;
	size_t dict_len;
	struct spill *spill;
	struct merkle tree;                /* over the blocks inserted */
	uint8_t chain[32];
	uint64_t blocks_closed, blocks_in;
	struct block_row *rows;            /* of the blocks inserted, for reading back */
	struct block_times *times, now;
	struct daycount *days;
	struct buf inputs, tables, indexes, low, scratch;
	struct sha256 *page_sha;
	uint64_t pages, kind_pages, page_no;
	int64_t first_event, last_event;
	bool any_event;
	struct writer_result count;
	struct unpacker *back;             /* reading back */
	struct block back_block;
	uint64_t back_no;
	unsigned char *back_blob;
	bool created, finished;
};

static int
db_fail(struct writer *w, struct err *e)
{
	int full = w->db && sqlite3_errcode(w->db) == SQLITE_FULL;

	return err_set(e, EX_IO_ERR, "%s: %s%s", w->path, w->db ? sqlite3_errmsg(w->db) : "no memory", full ? " (no space left)" : "");
}

static int
exec(struct writer *w, const char *sql, struct err *e)
{
	return sqlite3_exec(w->db, sql, NULL, NULL, NULL) ? db_fail(w, e) : 0;
}

static int
create(struct writer *w, struct err *e)
{
	sqlite3_stmt *st = NULL;
	char sql[128];
	int fd = open(w->path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	static const uint8_t zero[32];

	if (fd < 0) {
		if (errno == EEXIST)
			return err_set(e, EX_CANT_CREATE, "%s exists already; an archive is never replaced: choose another --out or move it away", w->path);
		err_errno(e, "%s", w->path);
		if (e->status == EX_NO_INPUT)
			e->status = EX_CANT_CREATE;
		return -1;
	}
	close(fd);
	w->created = true;
	if (sqlite3_open_v2(w->path, &w->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_PRIVATECACHE | SQLITE_OPEN_NOFOLLOW, NULL))
		return db_fail(w, e);
	snprintf(sql, sizeof sql, "PRAGMA page_size=4096; PRAGMA application_id=%u; PRAGMA user_version=%u", EX_APPLICATION_ID, EX_FORMAT_VERSION);
	if (exec(w, sql, e) || exec(w, "PRAGMA encoding='UTF-8'; PRAGMA auto_vacuum=NONE; PRAGMA secure_delete=ON; PRAGMA locking_mode=EXCLUSIVE;"
	    "PRAGMA journal_mode=DELETE; PRAGMA synchronous=FULL; PRAGMA cache_size=-4096; BEGIN IMMEDIATE", e))
		return -1;
	for (int i = 0; i < ARCHIVE_TABLES; i++)
		if (exec(w, archive_schema[i], e))
			return -1;
	if (sqlite3_prepare_v2(w->db, "INSERT INTO log VALUES(1,?,0,x'','',?,x'')", -1, &st, NULL))
		return db_fail(w, e);
	sqlite3_bind_text(st, 1, w->o.key ? w->o.key->pub.name : "", -1, SQLITE_STATIC);
	sqlite3_bind_blob(st, 2, zero, 32, SQLITE_STATIC);
	if (sqlite3_step(st) != SQLITE_DONE) {
		sqlite3_finalize(st);
		return db_fail(w, e);
	}
	sqlite3_finalize(st);
	if (exec(w, "COMMIT", e))
		return -1;
	if (sqlite3_prepare_v2(w->db, "INSERT INTO block VALUES(?,?,?,?,?,?,?,?,?,?)", -1, &w->put_block, NULL) ||
	    sqlite3_prepare_v2(w->db, "INSERT INTO data VALUES(?,?)", -1, &w->put_data, NULL) ||
	    sqlite3_prepare_v2(w->db, "SELECT data FROM data WHERE no=?", -1, &w->get_data, NULL) ||
	    sqlite3_prepare_v2(w->db, "INSERT INTO idx VALUES(?,?,?,?,?)", -1, &w->put_page, NULL))
		return db_fail(w, e);
	return 0;
}

struct writer *
writer_open(const struct writer_options *o, struct err *e)
{
	struct writer *w = calloc(1, sizeof *w);

	if (w == NULL || (w->path = strdup(o->path)) == NULL) {
		err_nomem(e);
		free(w);
		return NULL;
	}
	w->o = *o;
	buf_init(&w->inputs, EX_MAX_BODY);
	buf_init(&w->tables, EX_MAX_BODY);
	buf_init(&w->indexes, 65536);
	buf_init(&w->low, EX_MAX_KEY);
	buf_init(&w->scratch, 2u * EX_MAX_BODY);
	merkle_init(&w->tree, 0);
	if (create(w, e)) {
		writer_free(w, false);
		return NULL;
	}
	w->sha = sha256_new();
	w->page_sha = sha256_new();
	w->packer = packer_new(0);
	w->days = daycount_new();
	if (!w->sha || !w->page_sha || !w->packer || !w->days || (w->spill = spill_new(e)) == NULL) {
		err_nomem(e);
		writer_free(w, false);
		return NULL;
	}
	return w;
}

void
writer_free(struct writer *w, bool keep)
{
	if (w == NULL)
		return;
	pool_free(w->pool);
	while (w->sample) {
		struct packed *b = w->sample;

		w->sample = b->next;
		packed_free(b);
	}
	sqlite3_finalize(w->put_block);
	sqlite3_finalize(w->put_data);
	sqlite3_finalize(w->put_page);
	sqlite3_finalize(w->get_data);
	sqlite3_close(w->db);
	if (w->created && !w->finished && !keep) {      /* a file of somebody else is never removed */
		char journal[4200];

		unlink(w->path);
		if (snprintf(journal, sizeof journal, "%s-journal", w->path) < (int)sizeof journal)
			unlink(journal);
	}
	sha256_free(w->sha);
	sha256_free(w->page_sha);
	packer_free(w->packer);
	spill_free(w->spill);
	daycount_free(w->days);
	unpacker_free(w->back);
	buf_release(&w->inputs);
	buf_release(&w->tables);
	buf_release(&w->indexes);
	buf_release(&w->low);
	buf_release(&w->scratch);
	free(w->back_blob);
	free(w->dict);
	free(w->rows);
	free(w->times);
	free(w->path);
	free(w);
}

const struct writer_result *
writer_counts(const struct writer *w)
{
	return &w->count;
}

static int
insert(struct writer *w, struct packed *b, struct err *e)
{
	struct block_row *r = &b->row;
	sqlite3_stmt *st = w->put_block;
	void *p;

	if (b->failed)
		return err_set(e, EX_SOFTWARE_ERR, "a block cannot be compressed");
	r->no = ++w->blocks_in;
	archive_chain(r, w->sha, w->chain, r->chain);
	memcpy(w->chain, r->chain, 32);
	if (!merkle_push_cover(&w->tree, w->sha, r->count, r->nodes[0], r->n_nodes))
		return err_set(e, EX_SOFTWARE_ERR, "a block does not fit the tree");
	if ((r->no & (r->no - 1)) == 0) {
		if ((p = realloc(w->rows, r->no * 2 * sizeof *w->rows)) == NULL)
			return err_nomem(e);
		w->rows = p;
	}
	w->rows[r->no - 1] = *r;
	if (exec(w, "BEGIN IMMEDIATE", e))
		return -1;
	sqlite3_reset(st);
	sqlite3_bind_int64(st, 1, (sqlite3_int64)r->no);
	sqlite3_bind_int64(st, 2, (sqlite3_int64)r->first);
	sqlite3_bind_int64(st, 3, (sqlite3_int64)r->count);
	sqlite3_bind_int64(st, 4, (sqlite3_int64)r->head_len);
	sqlite3_bind_int64(st, 5, (sqlite3_int64)r->body_len);
	sqlite3_bind_int64(st, 6, (sqlite3_int64)r->raw_head);
	sqlite3_bind_int64(st, 7, (sqlite3_int64)r->raw_body);
	sqlite3_bind_blob(st, 8, r->nodes, (int)(32 * r->n_nodes), SQLITE_STATIC);
	sqlite3_bind_blob(st, 9, r->data_sha256, 32, SQLITE_STATIC);
	sqlite3_bind_blob(st, 10, r->chain, 32, SQLITE_STATIC);
	if (sqlite3_step(st) != SQLITE_DONE)
		return db_fail(w, e);
	sqlite3_reset(st);
	sqlite3_reset(w->put_data);
	sqlite3_bind_int64(w->put_data, 1, (sqlite3_int64)r->no);
	sqlite3_bind_blob64(w->put_data, 2, b->blob.p, b->blob.len, SQLITE_STATIC);
	if (sqlite3_step(w->put_data) != SQLITE_DONE)
		return db_fail(w, e);
	sqlite3_reset(w->put_data);
	sqlite3_clear_bindings(w->put_data);
	return exec(w, "COMMIT", e);
}

static int
drain(struct writer *w, bool all, struct err *e)
{
	struct packed *b;

	while (w->pool && (b = pool_get(w->pool, all))) {
		int rc = insert(w, b, e);

		packed_free(b);
		if (rc)
			return rc;
	}
	return 0;
}

/* C-9: from the bodies of the first blocks, one sample a line. */
static int
train(struct writer *w, struct err *e)
{
	size_t total = 0, n = 0, cap = 0, *size = NULL, len, chain_len;
	unsigned char *all = NULL, *q;
	void *p;
	sqlite3_stmt *st = w->put_data;
	int rc = -1;

	for (struct packed *b = w->sample; b; b = b->next)
		total += b->body.len;
	if ((all = malloc(total)) == NULL || (w->dict = malloc(DICT_BYTES)) == NULL)
		goto nomem;
	q = all;
	for (struct packed *b = w->sample; b; b = b->next) {
		const unsigned char *l = b->body.p, *end = l + b->body.len, *nl;

		memcpy(q, l, b->body.len);
		q += b->body.len;
		for (; l < end; l = nl + 1) {
			if ((nl = memchr(l, '\n', (size_t)(end - l))) == NULL)
				nl = end - 1;
			if (n == cap) {
				cap = cap ? cap * 2 : 4096;
				if ((p = realloc(size, cap * sizeof *size)) == NULL)
					goto nomem;
				size = p;
			}
			size[n++] = (size_t)(nl + 1 - l);
		}
	}
	len = ZDICT_trainFromBuffer(w->dict, DICT_BYTES, all, size, (unsigned)n);
	if (ZDICT_isError(len)) {
		free(w->dict);                     /* too uniform or too odd to train on: no dictionary then */
		w->dict = NULL;
		rc = 0;
		goto out;
	}
	w->dict_len = len;
	chain_len = len;
	archive_dict_chain(w->sha, w->dict, chain_len, w->chain, w->chain);
	if (exec(w, "BEGIN IMMEDIATE", e))
		goto out;
	sqlite3_reset(st);
	sqlite3_bind_int64(st, 1, 0);
	sqlite3_bind_blob64(st, 2, w->dict, len, SQLITE_STATIC);
	if (sqlite3_step(st) != SQLITE_DONE) {
		db_fail(w, e);
		goto out;
	}
	sqlite3_reset(st);
	rc = exec(w, "COMMIT", e);
	goto out;
nomem:
	err_nomem(e);
out:
	free(all);
	free(size);
	return rc;
}

static int
release_sample(struct writer *w, struct err *e)
{
	unpacker_free(w->back);            /* it knew no dictionary */
	w->back = NULL;
	w->back_no = 0;
	if ((w->pool = pool_new(w->o.threads, w->o.level, w->dict, w->dict_len, e)) == NULL)
		return -1;
	while (w->sample) {
		struct packed *b = w->sample;

		w->sample = b->next;
		pool_put(w->pool, b);
		if (drain(w, false, e))
			return -1;
	}
	return 0;
}

static int
close_block(struct writer *w, struct err *e)
{
	struct packed *b = packer_close(w->packer, e);
	void *p;

	if (b == NULL)
		return e->status ? -1 : 0;
	if ((w->blocks_closed & (w->blocks_closed + 1)) == 0) {
		if ((p = realloc(w->times, (w->blocks_closed + 1) * 2 * sizeof *w->times)) == NULL) {
			packed_free(b);
			return err_nomem(e);
		}
		w->times = p;
	}
	w->times[w->blocks_closed++] = w->now;
	memset(&w->now, 0, sizeof w->now);
	if (w->pool == NULL) {
		bool more = w->sample_bytes >= EX_DICT_SAMPLE;         /* this block begins behind the first 16 MiB */

		if (more && (train(w, e) || release_sample(w, e))) {
			packed_free(b);
			return -1;
		}
		if (!more) {
			w->sample_bytes += b->body.len;
			b->next = NULL;
			if (w->sample)
				w->sample_tail->next = b;
			else
				w->sample = b;
			w->sample_tail = b;
			return 0;
		}
	}
	pool_put(w->pool, b);
	return drain(w, false, e);
}

static int
note_time(struct writer *w, const struct record *r, const struct str *type)
{
	if (r->kind != KIND_EVENT || r->flags & FLAG_TIME_INVALID)
		return 0;
	if (!w->now.any || r->time < w->now.min)
		w->now.min = r->time;
	if (!w->now.any || r->time > w->now.max)
		w->now.max = r->time;
	w->now.any = true;
	if (!w->any_event || r->time < w->first_event)
		w->first_event = r->time;
	if (!w->any_event || r->time > w->last_event)
		w->last_event = r->time;
	w->any_event = true;
	return daycount_add(w->days, r->time, type->p, type->n, 1);
}

int
writer_add(struct writer *w, struct record *r, const struct str *correlation, const struct str *type, struct err *e)
{
	if (r->body_len > EX_MAX_BODY || r->aside_len > EX_MAX_ASIDE)
		return err_set(e, EX_SOFTWARE_ERR, "a record is longer than the limit [C-15]");
	if (packer_full(w->packer, r) && close_block(w, e))
		return -1;
	if (packer_add(w->packer, r))
		return err_nomem(e);
	switch (r->kind) {
	case KIND_EVENT: w->count.events++; break;
	case KIND_REJECT: w->count.rejects++; break;
	case KIND_CONFLICT: w->count.conflicts++; break;
	case KIND_CONTEXT: w->count.contexts++; break;
	}
	w->count.next = r->position + 1;
	if (!(r->flags & FLAG_ID_ABSENT) && spill_entry(w->spill, INDEX_ID, r->id, 4, w->blocks_closed + 1, e))
		return -1;
	if (record_event_like(r)) {
		if (spill_entry(w->spill, INDEX_CORRELATION, correlation->p, correlation->n, r->position, e) ||
		    spill_entry(w->spill, INDEX_TYPE, type->p, type->n, r->position, e))
			return -1;
		if (note_time(w, r, type))
			return err_nomem(e);
	}
	return 0;
}

int
writer_known(struct writer *w, const uint8_t id[16], uint64_t *ret_position, struct err *e)
{
	return spill_seen(w->spill, id, w->count.next, ret_position, e);
}

/* A block that still waits for the dictionary is packed without one, just to be read. */
static int
read_sample(struct writer *w, uint64_t position, struct record *ret, struct err *e)
{
	struct packed *b = w->sample;
	ZSTD_CCtx *c;
	char why[200];
	int rc = -1;

	while (b->row.first + b->row.count <= position)
		b = b->next;
	if (w->back == NULL && (w->back = unpacker_new(NULL, 0)) == NULL)
		return err_nomem(e);
	if (w->back_no != b->row.first + 1) {
		if ((c = ZSTD_createCCtx()) == NULL)
			return err_nomem(e);
		w->back_no = 0;
		free(w->back_blob);
		w->back_blob = NULL;
		if (packed_compress(b, c, NULL, 1) == 0 && unpack(w->back, &b->row, b->blob.p, b->blob.len, &w->back_block, why) == UNPACK_OK) {
			w->back_no = b->row.first + 1;
			rc = 0;
		}
		ZSTD_freeCCtx(c);
		w->back_blob = b->blob.p;          /* the tags are read from it */
		b->blob.p = NULL;
		b->blob.len = b->blob.cap = 0;
		if (rc)
			return err_set(e, EX_SOFTWARE_ERR, "a block cannot be read back");
	}
	*ret = w->back_block.rec[position - w->back_block.first];
	return 0;
}

int
writer_read(struct writer *w, uint64_t position, struct record *ret, struct err *e)
{
	uint64_t inside = w->count.next - packer_count(w->packer), lo = 0, hi;
	char why[200];
	size_t n;

	if (position >= inside) {
		packer_record(w->packer, (uint32_t)(position - inside), &w->scratch, ret);
		return 0;
	}
	if (w->pool == NULL)
		return read_sample(w, position, ret, e);
	if (drain(w, true, e))
		return -1;
	for (hi = w->blocks_in; hi - lo > 1;) {
		uint64_t mid = (lo + hi) / 2;

		if (w->rows[mid].first <= position)
			lo = mid;
		else
			hi = mid;
	}
	if (w->back == NULL && (w->back = unpacker_new(w->dict, w->dict_len)) == NULL)
		return err_nomem(e);
	if (w->back_no != lo + 1) {
		w->back_no = 0;
		sqlite3_reset(w->get_data);
		sqlite3_bind_int64(w->get_data, 1, (sqlite3_int64)lo + 1);
		if (sqlite3_step(w->get_data) != SQLITE_ROW)
			return db_fail(w, e);
		n = (size_t)sqlite3_column_bytes(w->get_data, 0);
		free(w->back_blob);
		if ((w->back_blob = malloc(n)) == NULL)
			return err_nomem(e);
		memcpy(w->back_blob, sqlite3_column_blob(w->get_data, 0), n);
		sqlite3_reset(w->get_data);
		if (unpack(w->back, &w->rows[lo], w->back_blob, n, &w->back_block, why))
			return err_set(e, EX_IO_ERR, "%s: block %llu cannot be read back: %s", w->path, (unsigned long long)lo + 1, why);
		w->back_no = lo + 1;
	}
	*ret = w->back_block.rec[position - w->back_block.first];
	return 0;
}

static int
note_json(struct buf *to, const void *json, size_t n, struct err *e)
{
	if (to->len)
		buf_byte(to, ',');
	buf_put(to, json, n);
	return to->failed ? err_set(e, EX_DATA_ERR, "more inputs and tables than a manifest can hold (16 MiB) [C-15]") : 0;
}

int
writer_note_input(struct writer *w, const void *json, size_t n, struct err *e)
{
	return note_json(&w->inputs, json, n, e);
}

int
writer_note_table(struct writer *w, const void *json, size_t n, struct err *e)
{
	return note_json(&w->tables, json, n, e);
}

static int
put_page(void *arg, enum index_kind kind, const void *low, size_t low_len, const void *data, size_t n)
{
	struct writer *w = arg;
	uint8_t d[32], len[4];

	sha256_once(w->sha, data, n, d);
	store_be(len, low_len, 4);
	sha256_add(w->page_sha, len, 4);
	sha256_add(w->page_sha, low, low_len);
	sha256_add(w->page_sha, d, 32);
	w->kind_pages++;
	sqlite3_reset(w->put_page);
	sqlite3_bind_int64(w->put_page, 1, (sqlite3_int64)++w->page_no);
	if (sqlite3_bind_int(w->put_page, 2, (int)kind) ||
	    (low_len ? sqlite3_bind_blob(w->put_page, 3, low, (int)low_len, SQLITE_STATIC) : sqlite3_bind_zeroblob(w->put_page, 3, 0)) ||
	    sqlite3_bind_blob(w->put_page, 4, d, 32, SQLITE_STATIC) || sqlite3_bind_blob(w->put_page, 5, data, (int)n, SQLITE_STATIC))
		return -1;
	return sqlite3_step(w->put_page) == SQLITE_DONE ? 0 : -1;
}

static int
put_indexes(struct writer *w, struct err *e)
{
	char hex[65];
	uint8_t d[32];
	int rc = 0;

	if (exec(w, "BEGIN IMMEDIATE", e))
		return -1;
	for (enum index_kind kind = INDEX_ID; kind <= INDEX_TIME && rc == 0; kind++) {
		struct index_builder b;

		index_builder_init(&b, kind, 0, put_page, w);
		w->kind_pages = 0;
		sha256_begin(w->page_sha);
		if (kind == INDEX_TIME) {
			for (uint64_t i = 0; i < w->blocks_closed && rc == 0; i++)
				rc = index_add_times(&b, w->times[i].any, w->times[i].min, w->times[i].max);
			rc = rc || index_finish(&b);
			if (rc)
				db_fail(w, e);
		} else {
			rc = spill_index(w->spill, kind, &b, e);
		}
		index_builder_release(&b);
		sha256_end(w->page_sha, d);
		if (w->kind_pages) {
			hex_of(d, 32, hex);
			buf_printf(&w->indexes, "%s{\"kind\":%d,\"pages\":%llu,\"sha256\":\"%s\"}", w->indexes.len ? "," : "", (int)kind,
			    (unsigned long long)w->kind_pages, hex);
		}
	}
	if (w->indexes.failed)
		return err_nomem(e);
	return rc ? -1 : exec(w, "COMMIT", e);
}

static void
put_json_time(struct buf *b, bool any, int64_t us)
{
	if (any) {
		buf_byte(b, '"');
		utc_print(b, UTC_REST, us, 0);
		buf_byte(b, '"');
	} else {
		buf_str(b, "null");
	}
}

/* */
static int
put_manifest(struct writer *w, struct err *e)
{
	struct record r;
	struct buf b;
	uint8_t d[32];
	char hex[65];
	int rc = -1;

	buf_init(&b, EX_MAX_BODY);
	hex_of(w->chain, 32, hex);
	buf_str(&b, "{\"manifest\":1,\"origin\":");
	text_json(&b, w->o.key ? w->o.key->pub.name : "", w->o.key ? strlen(w->o.key->pub.name) : 0);
	buf_printf(&b, ",\"first_position\":0,\"records\":%llu,\"previous\":null,\"blocks\":%llu,\"chain\":\"%s\",\"dictionary\":",
	    (unsigned long long)w->count.next, (unsigned long long)w->blocks_in, hex);
	if (w->dict) {
		sha256_once(w->sha, w->dict, w->dict_len, d);
		hex_of(d, 32, hex);
		buf_printf(&b, "{\"bytes\":%zu,\"sha256\":\"%s\"}", w->dict_len, hex);
	} else {
		buf_str(&b, "null");
	}
	buf_printf(&b, ",\"counts\":{\"events\":%llu,\"rejects\":%llu,\"conflicts\":%llu,\"contexts\":%llu,\"dead_letters\":0},\"first_event\":",
	    (unsigned long long)w->count.events, (unsigned long long)w->count.rejects, (unsigned long long)w->count.conflicts,
	    (unsigned long long)w->count.contexts);
	put_json_time(&b, w->any_event, w->first_event);
	buf_str(&b, ",\"last_event\":");
	put_json_time(&b, w->any_event, w->last_event);
	buf_str(&b, ",\"days\":");
	if (daycount_print(w->days, &b)) {
		err_nomem(e);
		goto out;
	}
	buf_str(&b, ",\"inputs\":[");
	buf_put(&b, w->inputs.p, w->inputs.len);
	buf_str(&b, "],\"tables\":[");
	buf_put(&b, w->tables.p, w->tables.len);
	buf_str(&b, "],\"indexes\":[");
	buf_put(&b, w->indexes.p, w->indexes.len);
	buf_str(&b, "],\"exporter\":");
	text_json(&b, w->o.build, strlen(w->o.build));
	buf_str(&b, ",\"started_at\":");
	text_json(&b, w->o.started_at, strlen(w->o.started_at));
	buf_byte(&b, '}');
	if (b.failed) {
		err_set(e, EX_DATA_ERR, "the manifest would be longer than the limit of 16 MiB [C-15]");
		goto out;
	}
	memset(&r, 0, sizeof r);
	r.kind = KIND_MANIFEST;
	r.flags = FLAG_ID_ABSENT | FLAG_NO_CORRELATION;
	r.claimed_form = r.previous_form = FORM_ABSENT;
	r.body_form = BODY_VERBATIM;
	r.body = b.p;
	r.body_len = b.len;
	if (packer_add(w->packer, &r)) {
		err_nomem(e);
		goto out;
	}
	w->count.next = r.position + 1;
	rc = close_block(w, e) || (w->pool == NULL && release_sample(w, e)) || drain(w, true, e) ? -1 : 0;
out:
	buf_release(&b);
	return rc;
}

static int
put_seal(struct writer *w, struct err *e)
{
	struct checkpoint c;
	struct buf note;
	sqlite3_stmt *st = NULL;
	int rc = -1;

	buf_init(&note, EX_MAX_NOTE);
	merkle_root(&w->tree, w->sha, w->count.root);
	memset(&c, 0, sizeof c);
	strcpy(c.origin, w->o.key->pub.name);
	c.size = w->count.next;
	memcpy(c.root, w->count.root, 32);
	checkpoint_print(&c, &note);
	if (sign_note(w->o.key, (const char *)note.p, note.len, &note, e) || exec(w, "BEGIN IMMEDIATE", e))
		goto out;
	if (sqlite3_prepare_v2(w->db, "INSERT INTO seal VALUES(1,?)", -1, &st, NULL) ||
	    sqlite3_bind_text(st, 1, (const char *)note.p, (int)note.len, SQLITE_STATIC) || sqlite3_step(st) != SQLITE_DONE) {
		db_fail(w, e);
		goto out;
	}
	sqlite3_finalize(st);
	st = NULL;
	rc = exec(w, "COMMIT", e);
out:
	sqlite3_finalize(st);
	buf_release(&note);
	return rc;
}

/* SQLite hides a failed clean-up when it closes; a journal beside a finished archive would be A06. */
static bool
journal_left(const struct writer *w)
{
	char journal[4200];

	return snprintf(journal, sizeof journal, "%s-journal", w->path) >= (int)sizeof journal || access(journal, F_OK) == 0;
}

/* C-16, after the database is closed: its bytes are final. */
static int
put_trailer(struct writer *w, struct err *e)
{
	unsigned char page[EX_PAGE], chunk[65536];
	struct buf t;
	struct stat st;
	char hex[65], dir[4096];
	uint8_t d[32];
	ssize_t n;
	int fd = open(w->path, O_RDWR | O_CLOEXEC), dfd, rc = -1;

	if (fd < 0)
		return err_errno(e, "%s", w->path);
	buf_init(&t, EX_PAGE);
	sha256_begin(w->sha);
	while ((n = read(fd, chunk, sizeof chunk)) > 0)
		sha256_add(w->sha, chunk, (size_t)n);
	sha256_end(w->sha, d);
	if (n < 0 || fstat(fd, &st)) {
		err_errno(e, "%s", w->path);
		goto out;
	}
	if (pread(fd, chunk, 32, 0) != 32 || load_be(chunk + 28, 4) * EX_PAGE != (uint64_t)st.st_size) {
		err_set(e, EX_IO_ERR, "%s: the database did not end where SQLite says; nothing usable was written", w->path);
		goto out;
	}
	hex_of(d, 32, hex);
	buf_printf(&t, "exhibit-file/1\n%lld\n%s\n", (long long)st.st_size, hex);
	if (w->o.key && sign_note(w->o.key, (const char *)t.p, t.len, &t, e))
		goto out;
	if (t.failed) {
		err_nomem(e);
		goto out;
	}
	memset(page, 0, sizeof page);
	memcpy(page, t.p, t.len);
	if (pwrite(fd, page, sizeof page, st.st_size) != (ssize_t)sizeof page || fsync(fd)) {
		err_errno(e, "%s", w->path);
		goto out;
	}
	snprintf(dir, sizeof dir, "%s", w->path);
	dfd = open(dirname(dir), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dfd < 0 || (fsync(dfd) && errno != EINVAL))        /* EINVAL: a file system that cannot sync folders */
		err_errno(e, "%s", dir);
	else
		rc = 0;
	if (dfd >= 0)
		close(dfd);
out:
	close(fd);
	buf_release(&t);
	return rc;
}

int
writer_finish(struct writer *w, struct writer_result *ret, struct err *e)
{
	if (close_block(w, e) || (w->pool == NULL && release_sample(w, e)) || drain(w, true, e) || put_indexes(w, e) || put_manifest(w, e))
		return -1;
	if (w->o.key ? put_seal(w, e) : (merkle_root(&w->tree, w->sha, w->count.root), 0))
		return -1;
	sqlite3_finalize(w->put_block);
	sqlite3_finalize(w->put_data);
	sqlite3_finalize(w->put_page);
	sqlite3_finalize(w->get_data);
	w->put_block = w->put_data = w->put_page = w->get_data = NULL;
	if (sqlite3_close(w->db) != SQLITE_OK)
		return db_fail(w, e);
	w->db = NULL;
	if (journal_left(w))
		return err_set(e, EX_IO_ERR, "%s: SQLite could not remove its journal; nothing usable was written", w->path);
	if (put_trailer(w, e))
		return -1;
	w->finished = true;
	*ret = w->count;
	return 0;
}
