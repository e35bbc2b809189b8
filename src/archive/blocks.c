/* The blobs of an archive that was authenticated: blocks and index pages, each compared with the
 * digest that was sealed (seal.md S-8). */
#include "archive/reader_inner.h"
#include "archive/unpack_inner.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/text.h"
#include "digest/digest.h"
#include "log/merkle.h"

void
archive_damaged(struct archive *a, uint64_t i)
{
	if (a->damaged == NULL && (a->damaged = calloc(a->n_rows ? a->n_rows : 1, 1)) == NULL) {
		nomem_note();
		return;
	}
	if (a->damaged[i])
		return;
	a->damaged[i] = 1;
	a->n_damaged++;
	a->damaged_records += a->row[i].count;
}

int
archive_blob(struct archive *a, uint64_t i, struct buf *b, struct findings *f, struct err *e)
{
	const struct block_row *row = &a->row[i];
	sqlite3_stmt *st;
	uint8_t d[32];
	int n, rc = 1, step;

	/* a step that finds no memory or no disk says nothing about the file; anything else does */
	buf_clear(b);
	if (sqlite3_prepare_v2(
		a->db, "SELECT data FROM data NOT INDEXED WHERE no = ?", -1, &st, NULL))
		return err_nomem(e);
	sqlite3_bind_int64(st, 1, (sqlite3_int64)row->no);
	step = sqlite3_step(st) & 0xff;
	if (step == SQLITE_NOMEM || step == SQLITE_IOERR) {
		rc = step == SQLITE_NOMEM ? err_nomem(e) :
					    err_set(e, EX_IO_ERR, "%s: cannot be read", a->at.path);
	} else if (step != SQLITE_ROW || sqlite3_column_type(st, 0) != SQLITE_BLOB) {
		finding_say(f, A09_MISSING, a->at.file, at_block(row->no).text,
		    GIVING(NUM(row->no), TEXT(sqlite3_errmsg(a->db))));
	} else if ((n = sqlite3_column_bytes(st, 0)) < 0 ||
	    (uint64_t)n != row->head_len + row->body_len) {
		finding_numbers(finding_say(f, A09_LENGTH, a->at.file, at_block(row->no).text,
				    GIVING(NUM(row->no))),
		    row->head_len + row->body_len, (uint64_t)n, " bytes");
	} else {
		buf_put(b, sqlite3_column_blob(st, 0), (size_t)n);
		rc = b->failed ? err_nomem(e) : 0;
	}
	sqlite3_finalize(st);
	if (rc)
		return rc;
	/* the digest is checked before anything looks inside of the blob */
	sha256_once(a->sha, b->p, b->len, d);
	if (memcmp(d, row->data_sha256, 32) == 0)
		return 0;
	finding_digests(
	    finding_say(f, A09_BYTES, a->at.file, at_block(row->no).text, GIVING(NUM(row->no))),
	    row->data_sha256, d);
	return 1;
}

int
archive_block(struct archive *a, uint64_t i, struct unpacker *u, struct buf *b, struct block *ret,
    struct findings *f, struct err *e)
{
	int rc = archive_blob(a, i, b, f, e);

	if (rc == 0)
		rc = archive_unpack(a, i, u, b, ret, f, e);
	if (rc > 0)
		archive_damaged(a, i);
	return rc;
}

/* A finding for a blob that breaks a rule. 0, 1, -1: as archive_unpack. */
static int
told_fault(const struct archive *a, const struct block_row *row, enum unpack_fault fault,
    const char *why, struct findings *f, struct err *e)
{
	if (fault == UNPACK_OK)
		return 0;
	if (fault == UNPACK_NOMEM)
		return err_nomem(e);
	finding_say(f, fault == UNPACK_HEAD ? A11_FAULT : A10_FAULT, a->at.file,
	    at_block(row->no).text, GIVING(NUM(row->no), TEXT(why)));
	return 1;
}

/*
 * Of a disclosure copy nobody signed the digests of its blocks: that these are the records of the
 * log shows in their tree alone (C-20). 0, 1, -1: as archive_unpack.
 */
static int
records_of_the_log(const struct archive *a, const struct block_row *row, struct unpacker *u,
    const struct block *b, struct findings *f, struct err *e)
{
	struct merkle *cover = malloc(sizeof *cover);
	bool same;

	if (cover == NULL)
		return err_nomem(e);
	merkle_init(cover, row->first);
	for (uint32_t k = 0; k < b->n; k++)
		merkle_push(cover, unpacker_sha(u), 0, b->leaf[k]);
	same = cover->n == row->n_nodes;
	for (unsigned k = 0; same && k < cover->n; k++)
		same = memcmp(cover->e[k].hash, row->nodes[k], 32) == 0;
	free(cover);
	if (same)
		return 0;
	finding_say(f, A13_RECORDS, a->at.file, at_block(row->no).text, GIVING(NUM(row->no)));
	return 1;
}

int
archive_unpack(const struct archive *a, uint64_t i, struct unpacker *u, const struct buf *b,
    struct block *ret, struct findings *f, struct err *e)
{
	char why[200];
	int rc;

	unpacker_read_disclosed(u, a->disclosed);
	unpacker_read_salted(u, a->salted);
	rc = told_fault(a, &a->row[i], unpack(u, &a->row[i], b->p, b->len, ret, why), why, f, e);
	return rc == 0 && a->disclosed ? records_of_the_log(a, &a->row[i], u, ret, f, e) : rc;
}

int
archive_kinds(struct archive *a, uint64_t i, struct unpacker *u, struct buf *b, const uint8_t **ret,
    struct findings *f, struct err *e)
{
	char why[200];
	struct block block;
	int rc = archive_blob(a, i, b, f, e);

	if (rc == 0 && a->disclosed) {
		rc = archive_unpack(a, i, u, b, &block, f, e);
		*ret = rc ? NULL : unpack_kinds_of(u, &block);
	} else if (rc == 0)
		rc = told_fault(
		    a, &a->row[i], unpack_kinds(u, &a->row[i], b->p, b->len, ret, why), why, f, e);
	if (rc > 0)
		archive_damaged(a, i);
	return rc;
}

int
archive_page(struct archive *a, uint64_t i, struct buf *b, struct findings *f, struct err *e)
{
	sqlite3_stmt *st;
	uint8_t d[32];
	int rc = 1, step;

	buf_clear(b);
	if (sqlite3_prepare_v2(
		a->db, "SELECT data FROM idx NOT INDEXED WHERE no = ?", -1, &st, NULL))
		return err_nomem(e);
	sqlite3_bind_int64(st, 1, (sqlite3_int64)a->page[i].no);
	step = sqlite3_step(st);
	if (step == SQLITE_ROW && sqlite3_column_bytes(st, 0) <= (int)EX_MAX_IDX_PAGE &&
	    sqlite3_column_type(st, 0) == SQLITE_BLOB) {
		buf_put(b, sqlite3_column_blob(st, 0), (size_t)sqlite3_column_bytes(st, 0));
		sha256_once(a->sha, b->p, b->len, d);
		if (!b->failed && memcmp(d, a->page[i].sha256, 32) == 0)
			rc = 0;
	}
	sqlite3_finalize(st);
	if (b->nomem || (step & 0xff) == SQLITE_NOMEM)
		return err_nomem(e);
	if (rc) {
		a->index_ok = false;
		finding_say(
		    f, A20_PAGE, a->at.file, at_index_page(a->page[i].no).text, GIVING_NOTHING);
	}
	return rc;
}
