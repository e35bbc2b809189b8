/* Records of an archive by position: blocks that were read last are kept unpacked. */
#include "read/select.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "base/vec.h"
#include "event/types.h"

int
reading_init(
    struct reading *r, struct archive *const *a, unsigned n, struct findings *f, struct err *e)
{
	memset(r, 0, sizeof *r);
	r->archive = a;
	r->n = n;
	r->findings = f;
	for (unsigned i = 0; i < READING_BLOCKS; i++)
		buf_init(&r->slot[i].blob, EX_MAX_BLOB);
	buf_init(&r->head_blob, EX_MAX_BLOB);
	r->want = WANT_HASHES;
	r->view = view_new();
	r->sha = sha256_new();
	return r->view && r->sha ? 0 : err_nomem(e);
}

void
reading_wants(struct reading *r, unsigned want)
{
	/* what several files hold of one event is told to be the same by its hash, too */
	r->want = r->n > 1 ? want | WANT_HASHES : want;
}

void
reading_rows(struct reading *r)
{
	r->rows = true;
	r->want &= ~(unsigned)WANT_HASHES;
}

void
reading_hashes(struct reading *r)
{
	r->want |= WANT_HASHES;
	for (unsigned i = 0; i < READING_BLOCKS; i++) {
		r->slot[i].open = false;
		if (r->rows && r->slot[i].u)
			unpacker_read_rows(r->slot[i].u, true);
	}
}

void
reading_release(struct reading *r)
{
	for (unsigned i = 0; i < READING_BLOCKS; i++) {
		unpacker_free(r->slot[i].u);
		buf_release(&r->slot[i].blob);
	}
	unpacker_free(r->heads);
	buf_release(&r->head_blob);
	view_free(r->view);
	sha256_free(r->sha);
}

/* Opens a block with its storage proof, in place of the one that was not asked for longest. */
int
reading_block(struct reading *r, unsigned archive, uint64_t row, struct err *e)
{
	struct archive *a = r->archive[archive];
	unsigned at = 0;
	int rc;

	for (unsigned i = 0; i < READING_BLOCKS; i++) {
		if (r->slot[i].open && r->slot[i].archive == archive && r->slot[i].row == row) {
			r->slot[i].used = ++r->clock;
			r->block = r->slot[i].block;
			return 0;
		}
		if (r->slot[i].used < r->slot[at].used)
			at = i;
	}
	r->slot[at].open = false;
	/* each archive has its dictionary */
	if (r->slot[at].u == NULL || r->slot[at].archive != archive) {
		unpacker_free(r->slot[at].u);
		if ((r->slot[at].u = archive_unpacker(a)) == NULL)
			return err_nomem(e);
		if (r->rows)
			unpacker_read_rows(r->slot[at].u, r->want & WANT_HASHES);
		r->slot[at].archive = archive;
	}
	if ((rc = archive_block(
		 a, row, r->slot[at].u, &r->slot[at].blob, &r->slot[at].block, r->findings, e)))
		return rc;
	r->slot[at].open = true;
	r->slot[at].row = row;
	r->slot[at].used = ++r->clock;
	r->block = r->slot[at].block;
	return 0;
}

int
reading_record(struct reading *r, unsigned archive, uint64_t position, const struct record **ret,
    struct err *e)
{
	uint64_t row = archive_block_of(r->archive[archive], position);
	int rc;

	if (row >= archive_blocks(r->archive[archive]))
		return 1;
	if ((rc = reading_block(r, archive, row, e)))
		return rc;
	*ret = &r->block.rec[position - r->block.first];
	return 0;
}

void
reading_broken(struct findings *f, unsigned archive, uint64_t position, const char *why)
{
	finding_say(
	    f, A22_FAULT, archive, at_position(position).text, GIVING(NUM(position), TEXT(why)));
}

struct view *
reading_view(struct reading *r, unsigned archive, const struct record *rec, struct err *e)
{
	const char *why;
	int rc = view_open(r->view, rec, archive_table_of(r->archive[archive], rec->source), &why);

	if (rc < 0) {
		err_nomem(e);
		return NULL;
	}
	if (rc)
		reading_broken(r->findings, archive, rec->position, why);
	return r->view;
}
