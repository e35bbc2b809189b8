#include "write/writer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zdict.h>
#include <zstd.h>

#include "base/text.h"
#include "base/utc.h"
#include "index/index.h"
#include "log/proof.h"
#include "record/daycount.h"
#include "write/back.h"
#include "write/pack.h"
#include "write/pool.h"
#include "write/spill.h"

#define DICT_BYTES 112640u           /* zstd's own default size */

struct writer {
	struct writer_options o;
	const char *started_at;
	struct history history;            /* all zero in the first file of a log */
	struct store *store;
	struct sha256 *sha;
	struct packer *packer;
	struct pool *pool;                 /* NULL until it is known whether there is a dictionary */
	struct packed *sample, *sample_tail;        /* blocks that wait for that */
	size_t sample_bytes;
	void *dict;
	size_t dict_len;
	struct spill *spill;
	struct merkle tree, run;           /* over the blocks inserted: from 0; from the file's first position */
	uint8_t chain[32];
	uint64_t blocks_closed, blocks_in;
	struct block_row *rows;            /* of the blocks inserted, for reading back */
	struct utc_range *times, now, all;         /* event times by block, of the open one, of all */
	struct daycount *days;
	struct buf inputs, tables, indexes, scratch;
	struct sha256 *page_sha;
	uint64_t kind_pages;
	struct writer_result count;
	struct back back;
	struct err *page_err;              /* while index pages are built */
};

static const char *
origin_of(const struct writer *w)
{
	return w->o.key ? w->o.key->pub.name : "";
}

struct writer *
writer_open(const struct writer_options *o, struct err *e)
{
	struct writer *w = calloc(1, sizeof *w);

	if (w == NULL) {
		err_nomem(e);
		return NULL;
	}
	w->o = *o;
	if (o->history)
		w->history = *o->history;
	buf_init(&w->inputs, EX_MAX_BODY);
	buf_init(&w->tables, EX_MAX_BODY);
	buf_init(&w->indexes, 65536);
	buf_init(&w->scratch, 2u * EX_MAX_BODY);
	memcpy(w->chain, w->history.chain, 32);
	w->count.first = w->count.next = w->history.first;
	merkle_init(&w->run, w->history.first);
	w->sha = sha256_new();
	w->page_sha = sha256_new();
	w->packer = packer_new(w->history.first);
	w->days = daycount_new();
	if (!w->sha || !w->page_sha || !w->packer || !w->days) {
		err_nomem(e);
		goto fail;
	}
	if (!merkle_from_compact(&w->tree, w->sha, w->history.first, w->history.compact[0], w->history.n_compact)) {
		err_set(e, EX_SOFTWARE_ERR, "the compact range does not fit its size");
		goto fail;
	}
	if ((w->spill = spill_new(w->history.first, e)) == NULL || (w->store = store_open(o->path, origin_of(w), &w->history, o->resume, e)) == NULL)
		goto fail;
	return w;
fail:
	writer_free(w, false);
	return NULL;
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
	store_free(w->store, keep);
	sha256_free(w->sha);
	sha256_free(w->page_sha);
	packer_free(w->packer);
	spill_free(w->spill);
	daycount_free(w->days);
	back_reset(&w->back, NULL, 0);
	buf_release(&w->inputs);
	buf_release(&w->tables);
	buf_release(&w->indexes);
	buf_release(&w->scratch);
	free(w->dict);
	free(w->rows);
	free(w->times);
	free(w);
}

void
writer_started(struct writer *w, const char *started_at)
{
	w->started_at = started_at;
}

bool
writer_resumable(const struct writer *w)
{
	return store_resumable(w->store);
}

const struct writer_result *
writer_counts(const struct writer *w)
{
	return &w->count;
}

static int
insert(struct writer *w, struct packed *b, struct err *e)
{
	struct block_row *r = &b->row, was;
	const void *blob;
	size_t n;
	void *p;

	if (b->failed)
		return err_set(e, EX_SOFTWARE_ERR, "a block cannot be compressed");
	r->no = ++w->blocks_in;
	if (b->stored) {
		if (store_block(w->store, r->no, &was, &blob, &n, e))
			return -1;
		if (!packed_same(b, &was, blob, n, w->dict, w->dict_len))
			return err_set(e, EX_DATA_ERR, "%s cannot be resumed: its block %llu is not what this run gives, so the input, the options or the exporter is "
			    "another; move the file away and begin again", w->o.path, (unsigned long long)r->no);
		memcpy(was.chain, r->chain, 32);
		*r = was;
	}
	archive_chain(r, w->sha, w->chain, r->chain);
	memcpy(w->chain, r->chain, 32);
	if (!merkle_push_cover(&w->tree, w->sha, r->count, r->nodes[0], r->n_nodes) || !merkle_push_cover(&w->run, w->sha, r->count, r->nodes[0], r->n_nodes))
		return err_set(e, EX_SOFTWARE_ERR, "a block does not fit the tree");
	if ((r->no & (r->no - 1)) == 0) {
		if ((p = realloc(w->rows, r->no * 2 * sizeof *w->rows)) == NULL)
			return err_nomem(e);
		w->rows = p;
	}
	w->rows[r->no - 1] = *r;
	return b->stored ? 0 : store_put_block(w->store, r, b->blob.p, b->blob.len, e);
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
	size_t total = 0, n = 0, cap = 0, *size = NULL, len;
	unsigned char *all = NULL, *q;
	void *p;
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
	archive_dict_chain(w->sha, w->dict, len, w->chain, w->chain);
	rc = store_put_dict(w->store, w->dict, len, e);
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
	const void *was;
	size_t n = 0;

	back_reset(&w->back, w->dict, w->dict_len);        /* it knew no dictionary */
	if (w->dict == NULL && store_dict(w->store, &was, &n, e))
		return -1;
	if (n)
		return err_set(e, EX_DATA_ERR, "%s cannot be resumed: it was begun with more input; move the file away and begin again", w->o.path);
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
	w->now.any = false;
	b->stored = w->blocks_closed <= store_had_blocks(w->store);
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
	utc_range_add(&w->now, r->time);
	utc_range_add(&w->all, r->time);
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
	case KIND_DEAD_LETTER: w->count.dead_letters++; break;
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

int
writer_newer(struct writer *w, const uint8_t id[16], struct err *e)
{
	return spill_move(w->spill, id, w->count.next, e);
}

int
writer_met(struct writer *w, const uint8_t id[16], struct err *e)
{
	return w->history.first ? spill_meet(w->spill, id, e) : 0;
}

int
writer_earlier(struct writer *w, const uint8_t id[16], uint64_t position, struct err *e)
{
	return spill_earlier(w->spill, id, position, e);
}

int
writer_unmet(struct writer *w, int (*f)(void *arg, const uint8_t id[16], uint64_t position, struct err *e), void *arg, struct err *e)
{
	return spill_unmet(w->spill, f, arg, e);
}

/* A block that still waits for the dictionary is packed without one, just to be read. */
static const struct block *
back_sample(struct writer *w, uint64_t position, struct err *e)
{
	struct packed *b = w->sample;
	const struct block *ret;
	ZSTD_CCtx *c;
	char why[200];

	while (b->row.first + b->row.count <= position)
		b = b->next;
	if ((ret = back_find(&w->back, b->row.first + 1)) != NULL)
		return ret;
	if ((c = ZSTD_createCCtx()) == NULL || packed_compress(b, c, NULL, 1)) {
		ZSTD_freeCCtx(c);
		err_nomem(e);
		return NULL;
	}
	ZSTD_freeCCtx(c);
	ret = back_put(&w->back, b->row.first + 1, &b->row, b->blob.p, b->blob.len, why);
	b->blob.p = NULL;
	b->blob.len = b->blob.cap = 0;
	if (ret == NULL)
		err_set(e, EX_SOFTWARE_ERR, "a block cannot be read back: %s", why);
	return ret;
}

static const struct block *
back_stored(struct writer *w, uint64_t position, struct err *e)
{
	uint64_t lo = 0, hi;
	const struct block *ret;
	struct block_row row;
	unsigned char *copy;
	const void *blob;
	char why[200];
	size_t n;

	if (drain(w, true, e))
		return NULL;
	for (hi = w->blocks_in; hi - lo > 1;) {
		uint64_t mid = (lo + hi) / 2;

		if (w->rows[mid].first <= position)
			lo = mid;
		else
			hi = mid;
	}
	if ((ret = back_find(&w->back, w->rows[lo].first + 1)) != NULL)
		return ret;
	if (store_block(w->store, lo + 1, &row, &blob, &n, e))
		return NULL;
	if ((copy = malloc(n)) == NULL) {
		err_nomem(e);
		return NULL;
	}
	memcpy(copy, blob, n);
	if ((ret = back_put(&w->back, w->rows[lo].first + 1, &w->rows[lo], copy, n, why)) == NULL)
		err_set(e, EX_IO_ERR, "%s: block %llu cannot be read back: %s", w->o.path, (unsigned long long)lo + 1, why);
	return ret;
}

int
writer_read(struct writer *w, uint64_t position, struct record *ret, struct err *e)
{
	uint64_t open = w->count.next - packer_count(w->packer);
	const struct block *b;

	if (position >= open) {
		packer_record(w->packer, (uint32_t)(position - open), &w->scratch, ret);
		return 0;
	}
	if ((b = w->pool ? back_stored(w, position, e) : back_sample(w, position, e)) == NULL)
		return -1;
	*ret = b->rec[position - b->first];
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
	return store_put_page(w->store, kind, low, low_len, d, data, n, w->page_err);
}

static int
put_indexes(struct writer *w, struct err *e)
{
	char hex[65];
	uint8_t d[32];
	int rc = 0;

	w->page_err = e;
	if (store_pages_begin(w->store, e))
		return -1;
	for (enum index_kind kind = INDEX_ID; kind <= INDEX_TIME && rc == 0; kind++) {
		struct index_builder b;

		index_builder_init(&b, kind, w->history.first, put_page, w);
		w->kind_pages = 0;
		sha256_begin(w->page_sha);
		if (kind == INDEX_TIME) {
			for (uint64_t i = 0; i < w->blocks_closed && rc == 0; i++)
				rc = index_add_times(&b, w->times[i].any, w->times[i].min, w->times[i].max);
			rc = rc || index_finish(&b);
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
	if (w->indexes.failed || (rc && e->status == 0))
		return err_nomem(e);
	return rc ? -1 : store_pages_end(w->store, e);
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
	text_json(&b, origin_of(w), strlen(origin_of(w)));
	buf_printf(&b, ",\"first_position\":%llu,\"records\":%llu,\"previous\":", (unsigned long long)w->count.first,
	    (unsigned long long)(w->count.next - w->count.first));
	if (w->history.first) {
		char root[65], chain[65];

		hex_of(w->history.root, 32, root);
		hex_of(w->history.chain, 32, chain);
		buf_printf(&b, "{\"size\":%llu,\"root\":\"%s\",\"chain\":\"%s\"}", (unsigned long long)w->history.first, root, chain);
	} else {
		buf_str(&b, "null");
	}
	buf_printf(&b, ",\"blocks\":%llu,\"chain\":\"%s\",\"dictionary\":", (unsigned long long)w->blocks_in, hex);
	if (w->dict) {
		sha256_once(w->sha, w->dict, w->dict_len, d);
		hex_of(d, 32, hex);
		buf_printf(&b, "{\"bytes\":%zu,\"sha256\":\"%s\"}", w->dict_len, hex);
	} else {
		buf_str(&b, "null");
	}
	buf_printf(&b, ",\"counts\":{\"events\":%llu,\"rejects\":%llu,\"conflicts\":%llu,\"contexts\":%llu,\"dead_letters\":%llu},\"first_event\":",
	    (unsigned long long)w->count.events, (unsigned long long)w->count.rejects, (unsigned long long)w->count.conflicts,
	    (unsigned long long)w->count.contexts, (unsigned long long)w->count.dead_letters);
	put_json_time(&b, w->all.any, w->all.min);
	buf_str(&b, ",\"last_event\":");
	put_json_time(&b, w->all.any, w->all.max);
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
	text_json(&b, w->started_at, strlen(w->started_at));
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

/* S-9: every checkpoint that the file before remembers, and the one it ended with, each led on to the end of this file. */
static int
put_proofs(struct writer *w, struct buf *out, struct err *e)
{
	struct span sp = span_of(w->history.proofs, w->history.proofs_len);
	struct proof p;
	unsigned n = 0, total = 0;
	int rc;

	if (w->history.first == 0)
		return 0;
	for (struct span count = sp; (rc = proof_next(&count, &p)) == 1; total++)
		;
	while (rc == 0 && proof_next(&sp, &p) == 1 && ++n)
		if (total >= PROOFS_KEPT && n == 2)
			continue;                      /* the oldest and the newest stay */
		else if (!proof_extend(out, w->sha, &p, w->history.first, &w->run))
			rc = -1;
	if (rc < 0)
		return err_set(e, EX_SOFTWARE_ERR, "the proofs of the file before do not fit it [S-9]");
	proof_put(out, w->history.first, w->history.root, (const uint8_t (*)[32])w->history.compact, w->history.n_compact, &w->run);
	return out->failed ? err_nomem(e) : 0;
}

static int
put_seal(struct writer *w, struct err *e)
{
	struct checkpoint c;
	struct buf note, proofs;
	int rc;

	buf_init(&note, EX_MAX_NOTE);
	buf_init(&proofs, EX_MAX_PROOFS);
	memset(&c, 0, sizeof c);
	strcpy(c.origin, w->o.key->pub.name);
	c.size = w->count.next;
	memcpy(c.root, w->count.root, 32);
	checkpoint_print(&c, &note);
	rc = sign_note(w->o.key, (const char *)note.p, note.len, &note, e) || put_proofs(w, &proofs, e) || store_put_seal(w->store, &proofs, &note, e) ? -1 : 0;
	buf_release(&note);
	buf_release(&proofs);
	return rc;
}

int
writer_finish(struct writer *w, struct writer_result *ret, struct err *e)
{
	if (close_block(w, e) || (w->pool == NULL && release_sample(w, e)) || drain(w, true, e) || put_indexes(w, e) || put_manifest(w, e))
		return -1;
	if (w->blocks_in < store_had_blocks(w->store))
		return err_set(e, EX_DATA_ERR, "%s cannot be resumed: it holds more than this run gives; move the file away and begin again", w->o.path);
	merkle_root(&w->tree, w->sha, w->count.root);
	if ((w->o.key && put_seal(w, e)) || store_finish(w->store, w->o.key, e))
		return -1;
	*ret = w->count;
	return 0;
}

int
writer_first_body(struct writer *w, struct buf *ret, struct err *e)
{
	struct unpacker *u = NULL;
	struct block_row row;
	struct block b;
	const void *blob;
	char why[200];
	size_t n;
	int rc = -1;

	buf_clear(ret);
	if (store_had_blocks(w->store) == 0)
		return 0;
	if (store_dict(w->store, &blob, &n, e) || (u = unpacker_new(blob, n)) == NULL) {
		if (e->status == 0)
			err_nomem(e);
		goto out;
	}
	if (store_block(w->store, 1, &row, &blob, &n, e))
		goto out;
	if (unpack(u, &row, blob, n, &b, why)) {
		err_set(e, EX_DATA_ERR, "%s cannot be resumed: its first block cannot be read: %s", w->o.path, why);
		goto out;
	}
	buf_put(ret, b.rec[0].body, b.rec[0].body_len);
	rc = ret->failed ? err_nomem(e) : 0;
out:
	unpacker_free(u);
	return rc;
}
