#include "write/disclose.h"

#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#include "write/pack.h"
#include "write/store.h"

#define LEVEL 11 /* of zstd, as an archive has it */

struct copying {
	struct archive *a;
	struct store *store;
	struct sha256 *sha;
	struct unpacker *u;
	ZSTD_CCtx *z;
	struct buf blob;
	uint8_t chain[32];
	disclose_fn *shown;
	void *arg;
	struct disclosed count;
};

/* what opens the commitments of a header of version 2: all of them, or its correlation. */
static void
open_header(const struct record *r, int shown, struct buf *out)
{
	if (r->version != 2 || shown == 0)
		return;
	if (shown == 2) {
		buf_put(out, r->salted->salt[COMMIT_CORRELATION], RECORD_SALT);
		buf_put(out, r->correlation, 32);
		return;
	}
	record_opening(r, out);
}

/* Head, bodies and asides of a block, and the tags of all its records. -1 (e). */
static int
pack_block(struct copying *c, const struct block *b, struct packed *p, struct err *e)
{
	uint8_t header[RECORD_HEADER];
	struct buf asides, openings;
	int rc = 0;

	buf_init(&asides, EX_MAX_RAW_BODY);
	buf_init(&openings, EX_MAX_RAW_HEAD);
	for (uint32_t i = 0; i < b->n && rc >= 0; i++) {
		const struct record *r = &b->rec[i];
		int shown = r->kind == KIND_MANIFEST ? 1 : c->shown(c->arg, b, i, e);

		if ((rc = shown) < 0)
			break;
		record_header(r, header);
		/* headers of version 1 tell it anyhow */
		if (shown == 2 && r->version != 2)
			shown = 0;
		buf_byte(&p->head, (unsigned char)shown);
		open_header(r, shown, &openings);
		buf_put(&p->head, header, sizeof header);
		buf_put(&p->tags, b->leaf[i], 2);
		if (shown == 1) {
			buf_put(&p->body, r->body, r->body_len);
			buf_byte(&p->body, '\n');
			buf_put(&asides, r->aside, r->aside_len);
		}
		c->count.records++;
		c->count.records_shown += shown == 1;
		c->count.events += r->kind == KIND_EVENT;
		c->count.events_shown += shown == 1 && r->kind == KIND_EVENT;
	}
	buf_put(&p->body, asides.p, asides.len);
	buf_put(&p->head, openings.p, openings.len);
	if (asides.failed || openings.failed)
		p->head.failed = true;
	buf_release(&asides);
	buf_release(&openings);
	if (rc < 0)
		return -1;
	return p->head.failed || p->body.failed || p->tags.failed ? err_nomem(e) : 0;
}

/* One block of the copy, under the same number. 0; 1: the file's cannot be read (finding); -1. */
static int
copy_block(struct copying *c, uint64_t i, struct findings *f, struct err *e)
{
	const struct block_row *row = archive_row(c->a, i);
	struct packed *p = calloc(1, sizeof *p);
	struct block b;
	int rc;

	if (p == NULL)
		return err_nomem(e);
	buf_init(&p->head, EX_MAX_RAW_HEAD);
	buf_init(&p->body, EX_MAX_RAW_BODY);
	buf_init(&p->tags, 2 * EX_BLOCK_RECORDS);
	buf_init(&p->blob, EX_MAX_BLOB);
	rc = archive_block(c->a, i, c->u, &c->blob, &b, f, e);
	if (rc == 0)
		rc = pack_block(c, &b, p, e);
	if (rc == 0) {
		p->row.no = row->no;
		p->row.first = row->first;
		p->row.count = row->count;
		p->row.n_nodes = row->n_nodes;
		memcpy(p->row.nodes, row->nodes, 32u * row->n_nodes);
		p->row.raw_head = p->head.len;
		p->row.raw_body = p->body.len;
		if (packed_compress(p, c->z, NULL, LEVEL))
			rc = err_nomem(e);
	}
	if (rc == 0) {
		archive_chain(&p->row, c->sha, c->chain, p->row.chain);
		memcpy(c->chain, p->row.chain, 32);
		rc = store_put_block(c->store, &p->row, p->blob.p, p->blob.len, e);
	}
	packed_free(p);
	return rc;
}

/* Seals and proofs, as the file holds them. */
static int
copy_seals(struct copying *c, struct err *e)
{
	uint64_t n = archive_interim_seals(c->a);
	struct str proofs = archive_proofs(c->a);
	struct buf note, put;
	int rc = 0;

	buf_init(&note, EX_MAX_NOTE);
	buf_init(&put, EX_MAX_PROOFS);
	for (uint64_t i = 0; i <= n && rc == 0; i++) {
		buf_clear(&note);
		buf_str(&note, archive_note(c->a, i));
		if (i == n)
			buf_put(&put, proofs.p, proofs.n);
		rc = note.failed || put.failed ? err_nomem(e) :
						 store_put_seal(c->store, &put, &note, e);
	}
	buf_release(&note);
	buf_release(&put);
	return rc;
}

static int
begin(struct copying *c, const char *path, struct err *e)
{
	struct history h = { .first = archive_first(c->a), .version = EX_FORMAT_DISCLOSED };

	h.n_compact = archive_before(c->a, h.compact, &h.note, h.chain);
	memcpy(c->chain, h.chain, 32);
	buf_init(&c->blob, EX_MAX_BLOB);
	c->sha = sha256_new();
	c->u = archive_unpacker(c->a);
	c->z = ZSTD_createCCtx();
	if (c->sha == NULL || c->u == NULL || c->z == NULL)
		return err_nomem(e);
	c->store = store_open(path, archive_origin(c->a), &h, false, e);
	return c->store ? 0 : -1;
}

int
disclose(struct archive *a, const char *path, disclose_fn *shown, void *arg, struct disclosed *ret,
    struct findings *f, struct err *e)
{
	struct copying c = { .a = a, .shown = shown, .arg = arg };
	int rc = begin(&c, path, e);

	for (uint64_t i = 0; rc == 0 && i < archive_blocks(a); i++)
		rc = copy_block(&c, i, f, e);
	if (rc == 0)
		rc = copy_seals(&c, e) || store_finish_copy(c.store, archive_trailer_note(a), e) ?
		    -1 :
		    0;
	*ret = c.count;
	store_free(c.store, false);
	unpacker_free(c.u);
	sha256_free(c.sha);
	ZSTD_freeCCtx(c.z);
	buf_release(&c.blob);
	return rc;
}
