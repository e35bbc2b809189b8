#include "write/inner.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zdict.h>
#include <zstd.h>

#include "base/text.h"
#include "base/vec.h"
#include "log/proof.h"

#define DICT_BYTES 112640u /* zstd's own default size */

struct writer *
writer_open(const struct writer_options *o, struct err *e)
{
	struct writer *w = calloc(1, sizeof *w);

	if (w == NULL) {
		err_nomem(e);
		return NULL;
	}
	/* options are copied: the caller's may be gone */
	w->o = *o;
	if (o->history)
		w->history = *o->history;
	w->history.version = o->salted ? EX_FORMAT_SALTED : EX_FORMAT_VERSION;
	w->back.salted = o->salted;
	buf_init(&w->inputs, EX_MAX_BODY);
	buf_init(&w->tables, EX_MAX_BODY);
	buf_init(&w->indexes, 65536);
	buf_init(&w->scratch, 2u * EX_MAX_BODY);
	buf_init(&w->note, EX_MAX_NOTE);
	buf_init(&w->proofs, EX_MAX_PROOFS);
	/* the chain begins where the file before ended */
	memcpy(w->chain, w->history.chain, 32);
	w->count.first = w->count.next = w->history.first;
	merkle_init(&w->run, w->history.first);
	w->sha = sha256_new();
	w->page_sha = sha256_new();
	w->packer = packer_new(w->history.first, w->o.salted);
	w->days = daycount_new();
	if (!w->sha || !w->page_sha || !w->packer || !w->days) {
		err_nomem(e);
		goto fail;
	}
	if (!merkle_from_compact(
		&w->tree, w->sha, w->history.first, w->history.compact[0], w->history.n_compact)) {
		err_set(e, EX_SOFTWARE_ERR, "the compact range does not fit its size");
		goto fail;
	}
	if ((w->spill = o->spill ? o->spill : spill_new(w->history.first, e)) == NULL ||
	    (o->spill && spill_next(o->spill, w->history.first, e)) ||
	    (w->store = store_open(o->path, w->o.key ? w->o.key->pub.name : "", &w->history,
		 o->resume || o->follow, e)) == NULL ||
	    (o->follow && (w->pool = pool_new(o->threads, o->level, NULL, 0, e)) == NULL))
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
	buf_release(&w->note);
	buf_release(&w->proofs);
	free(w->dict);
	free(w->block_first);
	free(w->times);
	free(w);
}

void
writer_started(struct writer *w, const char *started_at)
{
	w->started_at = started_at;
}

void
writer_letters(struct writer *w)
{
	w->letters = true;
}

int
writer_flush(struct writer *w, struct err *e)
{
	return writer_settle(w, e);
}

const struct utc_range *
writer_times(const struct writer *w)
{
	return &w->all;
}

struct spill *
writer_take_ids(struct writer *w)
{
	struct spill *s = w->spill;

	w->spill = NULL;
	return s;
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

int
writer_note_row(struct writer *w, const struct block_row *r, struct err *e)
{
	void *p;

	memcpy(w->chain, r->chain, 32);
	if (!merkle_push_cover(&w->tree, w->sha, r->count, r->nodes[0], r->n_nodes) ||
	    !merkle_push_cover(&w->run, w->sha, r->count, r->nodes[0], r->n_nodes))
		return err_set(e, EX_SOFTWARE_ERR, "a block does not fit the tree");
	if ((r->no & (r->no - 1)) == 0) {
		if ((p = vec_resize(w->block_first, r->no * 2, sizeof *w->block_first)) == NULL)
			return err_nomem(e);
		w->block_first = p;
	}
	w->block_first[r->no - 1] = r->first;
	return 0;
}

static int
insert(struct writer *w, struct packed *b, struct err *e)
{
	struct block_row *r = &b->row, was;
	const void *blob;
	size_t n;

	if (b->failed)
		return err_set(e, EX_SOFTWARE_ERR, "a block cannot be compressed");
	r->no = ++w->blocks_in;
	if (b->stored) {
		if (store_block(w->store, r->no, &was, &blob, &n, e))
			return -1;
		if (!packed_same(b, &was, blob, n, w->dict, w->dict_len))
			return err_set(e, EX_DATA_ERR,
			    "%s cannot be resumed: its block %" PRIu64 " is not what this run "
			    "gives, so "
			    "the input, the options or the exporter is "
			    "another; move the file away and begin again",
			    w->o.path, r->no);
		memcpy(was.chain, r->chain, 32);
		*r = was;
	}
	archive_chain(r, w->sha, w->chain, r->chain);
	if (writer_note_row(w, r, e))
		return -1;
	return b->stored ? 0 : store_put_block(w->store, r, b->blob.p, b->blob.len, e);
}

int
writer_drain(struct writer *w, bool all, struct err *e)
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
				if ((p = vec_resize(size, cap, sizeof *size)) == NULL)
					goto nomem;
				size = p;
			}
			size[n++] = (size_t)(nl + 1 - l);
		}
	}
	len = ZDICT_trainFromBuffer(w->dict, DICT_BYTES, all, size, (unsigned)n);
	if (ZDICT_isError(len)) {
		/* too uniform or too odd to train on: no dictionary then */
		free(w->dict);
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

	back_reset(&w->back, w->dict, w->dict_len); /* it knew no dictionary */
	if (w->dict == NULL && store_dict(w->store, &was, &n, e))
		return -1;
	if (n)
		return err_set(e, EX_DATA_ERR,
		    "%s cannot be resumed: it was begun with more input; move the file away and "
		    "begin again",
		    w->o.path);
	if ((w->pool = pool_new(w->o.threads, w->o.level, w->dict, w->dict_len, e)) == NULL)
		return -1;
	while (w->sample) {
		struct packed *b = w->sample;

		w->sample = b->next;
		pool_put(w->pool, b);
		if (writer_drain(w, false, e))
			return -1;
	}
	return 0;
}

int
writer_note_block(struct writer *w, struct err *e)
{
	void *p;

	if ((w->blocks_closed & (w->blocks_closed + 1)) == 0) {
		if ((p = vec_resize(w->times, (w->blocks_closed + 1) * 2, sizeof *w->times)) ==
		    NULL)
			return err_nomem(e);
		w->times = p;
	}
	w->times[w->blocks_closed++] = w->now;
	w->now.any = false;
	return 0;
}

int
writer_secret(struct writer *w, struct err *e)
{
	uint64_t no = w->blocks_closed + 1;
	struct block_row row;
	const void *blob;
	size_t n;

	if (!w->o.salted || no > store_had_blocks(w->store))
		return 0;
	if (store_block(w->store, no, &row, &blob, &n, e))
		return -1;
	return packed_secret_of(&row, blob, n, packer_secret(w->packer)) ?
	    0 :
	    err_set(e, EX_DATA_ERR, "%s cannot be resumed: block %" PRIu64 " cannot be read",
		w->o.path, no);
}

int
writer_close_block(struct writer *w, struct err *e)
{
	struct packed *b = writer_secret(w, e) ? NULL : packer_close(w->packer, e);

	if (b == NULL)
		return e->status ? -1 : 0;
	if (writer_note_block(w, e)) {
		packed_free(b);
		return -1;
	}
	b->stored = w->blocks_closed <= store_had_blocks(w->store);
	if (w->pool == NULL) {
		/* this block begins behind the first 16 MiB */
		bool more = w->sample_bytes >= EX_DICT_SAMPLE;

		if (more && (train(w, e) || release_sample(w, e))) {
			packed_free(b);
			return -1;
		}
		if (!more) {
			if (packed_digest(b)) {
				packed_free(b);
				return err_nomem(e);
			}
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
	return writer_drain(w, false, e);
}

int
writer_settle(struct writer *w, struct err *e)
{
	return writer_close_block(w, e) || (w->pool == NULL && release_sample(w, e)) ||
		writer_drain(w, true, e) ?
	    -1 :
	    0;
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
writer_note(struct writer *w, const struct record *r, const struct str *correlation,
    const struct str *type, struct err *e)
{
	switch (r->kind) {
	case KIND_EVENT:
		w->count.events++;
		break;
	case KIND_REJECT:
		w->count.rejects++;
		break;
	case KIND_CONFLICT:
		w->count.conflicts++;
		break;
	case KIND_CONTEXT:
		w->count.contexts++;
		break;
	case KIND_DEAD_LETTER:
		w->count.dead_letters++;
		break;
	}
	w->count.next = r->position + 1;
	if (r->kind == KIND_REJECT && !(r->flags & FLAG_ID_ABSENT) &&
	    spill_more(w->spill, r->id, r->position, e))
		return -1;
	if (!record_event_like(r))
		return 0;
	if (spill_entry(
		w->spill, INDEX_CORRELATION, correlation->p, correlation->n, r->position, e) ||
	    spill_entry(w->spill, INDEX_TYPE, type->p, type->n, r->position, e))
		return -1;
	return note_time(w, r, type) ? err_nomem(e) : 0;
}

int
writer_add(struct writer *w, struct record *r, const struct str *correlation,
    const struct str *type, struct err *e)
{
	if (r->body_len > EX_MAX_BODY || r->aside_len > EX_MAX_ASIDE)
		return err_set(e, EX_SOFTWARE_ERR, "a record is longer than the limit [C-15]");
	if (packer_full(w->packer, r) && writer_close_block(w, e))
		return -1;
	if (packer_add(w->packer, r))
		return err_nomem(e);
	return writer_note(w, r, correlation, type, e);
}

int
writer_known(struct writer *w, const uint8_t id[16], uint64_t *ret_position, struct err *e)
{
	return spill_seen(w->spill, id, w->count.next, ret_position, e);
}

int
writer_has(struct writer *w, const uint8_t id[16], struct err *e)
{
	return spill_has(w->spill, id, e);
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
writer_unmet(struct writer *w,
    int (*f)(void *arg, const uint8_t id[16], uint64_t position, struct err *e), void *arg,
    struct err *e)
{
	return spill_unmet(w->spill, f, arg, e);
}

static int
note_json(struct buf *to, const void *json, size_t n, struct err *e)
{
	if (to->len)
		buf_byte(to, ',');
	buf_put(to, json, n);
	return to->failed ? err_set(e, EX_DATA_ERR,
				"more inputs and tables than a manifest can hold (16 MiB) [C-15]") :
			    0;
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
