/* Records of the file in the making, read back: to be compared with rows that come again, or to go
 * on with a file that follows its source. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#include "write/inner.h"

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

	/* blocks that are not on disk yet are written first */
	if (writer_drain(w, true, e))
		return NULL;
	/* by the position of its first record */
	for (hi = w->blocks_in; hi - lo > 1;) {
		uint64_t mid = (lo + hi) / 2;

		if (w->block_first[mid] <= position)
			lo = mid;
		else
			hi = mid;
	}
	/* the newest ones are in memory */
	if ((ret = back_find(&w->back, w->block_first[lo] + 1)) != NULL)
		return ret;
	if (store_block(w->store, lo + 1, &row, &blob, &n, e))
		return NULL;
	if ((copy = malloc(n)) == NULL) {
		err_nomem(e);
		return NULL;
	}
	/* a copy: the row's blob is gone with the next query */
	memcpy(copy, blob, n);
	if ((ret = back_put(&w->back, w->block_first[lo] + 1, &row, copy, n, why)) == NULL)
		err_set(e, EX_IO_ERR, "%s: block %" PRIu64 " cannot be read back: %s", w->o.path,
		    lo + 1, why);
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
	unpacker_read_salted(u, w->o.salted);
	if (store_block(w->store, 1, &row, &blob, &n, e))
		goto out;
	if (unpack(u, &row, blob, n, &b, why)) {
		err_set(e, EX_DATA_ERR, "%s cannot be resumed: its first block cannot be read: %s",
		    w->o.path, why);
		goto out;
	}
	buf_put(ret, b.rec[0].body, b.rec[0].body_len);
	rc = ret->failed ? err_nomem(e) : 0;
out:
	unpacker_free(u);
	return rc;
}

/* What a stored block says is true of it: lengths, digest, chain, tree nodes. */
static int
check_stored(struct writer *w, struct block_row *row, const struct block *b, const void *blob,
    size_t n, struct merkle *cover, struct err *e)
{
	uint8_t d[32];
	bool fits;

	sha256_once(w->sha, blob, n, d);
	merkle_init(cover, row->first);
	for (uint32_t i = 0; i < b->n; i++)
		merkle_push(cover, w->sha, 0, b->leaf[i]);
	fits = memcmp(d, row->data_sha256, 32) == 0 && cover->n == row->n_nodes;
	for (unsigned i = 0; fits && i < cover->n; i++)
		fits = memcmp(cover->e[i].hash, row->nodes[i], 32) == 0;
	memcpy(d, row->chain, 32);
	archive_chain(row, w->sha, w->chain, row->chain);
	if (!fits || memcmp(d, row->chain, 32))
		return err_set(e, EX_DATA_ERR,
		    "%s: block %" PRIu64 " is not as it was written: look with exhibit verify; "
		    "this file "
		    "cannot be gone on with",
		    w->o.path, row->no);
	return 0;
}

static int
reload_record(struct writer *w, const struct block *b, uint32_t i, struct view *view,
    const struct reload *to, struct err *e)
{
	const struct record *r = &b->rec[i];
	struct str corr = { "", 0 }, type = { "", 0 };
	uint64_t position;
	int rc = 0;

	if (to->record(to->arg, r, e))
		return -1;
	if (record_event_like(r) &&
	    block_names(b, i, view, to->table(to->arg, r->source), &corr, &type))
		return err_nomem(e);
	if (r->kind == KIND_EVENT)
		rc = spill_seen(w->spill, r->id, r->position, &position, e);
	if (r->kind == KIND_CONFLICT || rc > 0)
		rc = spill_move(w->spill, r->id, r->position, e);
	else if (rc == 0 && r->kind == KIND_REJECT && !(r->flags & FLAG_ID_ABSENT))
		rc = writer_met(w, r->id, e);
	return rc < 0 ? -1 : writer_note(w, r, &corr, &type, e);
}

int
writer_reload(struct writer *w, const struct reload *to, struct err *e)
{
	uint64_t blocks = store_append(w->store);
	struct unpacker *u = unpacker_new(NULL, 0);
	struct merkle *cover = malloc(sizeof *cover);
	struct view *view = view_new();
	int rc = u && cover && view ? 0 : err_nomem(e);

	if (u)
		unpacker_read_salted(u, w->o.salted);
	/* each block is proved before it is gone on with: a file that somebody changed is not
	 * continued */
	for (uint64_t no = 1; rc == 0 && no <= blocks; no++) {
		struct block_row row;
		struct block b;
		const void *blob;
		char why[200];
		size_t n;

		if (store_block(w->store, no, &row, &blob, &n, e)) {
			rc = -1;
		} else if (row.first != w->count.next || row.head_len + row.body_len != n ||
		    unpack(u, &row, blob, n, &b, why)) {
			/* the place of the first record, and the lengths that were stored */
			rc = err_set(e, EX_DATA_ERR,
			    "%s: block %" PRIu64 " cannot be read: this file cannot be gone on "
			    "with",
			    w->o.path, no);
		} else if ((rc = check_stored(w, &row, &b, blob, n, cover, e)) == 0) {
			/* what a block adds is added as when it was written */
			w->blocks_in = no;
			rc = writer_note_row(w, &row, e);
			for (uint32_t i = 0; rc == 0 && i < b.n; i++)
				rc = reload_record(w, &b, i, view, to, e);
			if (rc == 0)
				rc = writer_note_block(w, e);
			/* a file that is complete may still be continued, and is told so */
			w->whole = b.rec[b.n - 1].kind == KIND_MANIFEST &&
			    !(b.rec[b.n - 1].flags & FLAG_INTERIM);
		}
	}
	unpacker_free(u);
	view_free(view);
	free(cover);
	packer_free(w->packer);
	/* the packer goes on behind the last record */
	if (rc == 0 && (w->packer = packer_new(w->count.next, w->o.salted)) == NULL)
		rc = err_nomem(e);
	else if (rc)
		w->packer = NULL;
	return rc ? -1 : w->whole;
}
