#include "chain/phases_inner.h"

#include <stdlib.h>

#include "base/err.h"

bool
pass_remarkable(const struct event_result *x)
{
	return x->cause || x->odd || x->unlike || x->content == CONTENT_VARIANT ||
	    x->content == CONTENT_MISMATCH || x->content == CONTENT_UNKNOWN_ALGORITHM ||
	    x->content == CONTENT_NO_HASH || x->content == CONTENT_UNDECIDED ||
	    x->link == LINK_MISSING || x->link == LINK_ELSEWHERE;
}

bool
pass_any(const struct event_result *x)
{
	(void)x;
	return true;
}

int
pass_names(struct pass *p, const struct block *b, uint32_t i, struct str *corr, struct str *type)
{
	return block_names(b, i, p->view, archive_table_of(p->a, b->rec[i].source), corr, type);
}

uint64_t
pass_first_block(const struct pass *p, unsigned k)
{
	uint64_t first = 0;

	for (unsigned i = 0; i < k; i++)
		first += archive_blocks(p->rows->archive[i]);
	return first;
}

int
pass_walk(struct pass *p, unsigned k, pass_want *want, pass_take *f, struct err *e)
{
	struct archive *a = p->rows->archive[k];
	uint64_t first_block = pass_first_block(p, k);
	struct unpacker *u = NULL;
	struct findings ignore = { 0 };
	struct buf blob;
	int rc = 0;

	p->a = a;
	buf_init(&blob, EX_MAX_BLOB);
	for (uint64_t at = 0; at < archive_blocks(a) && rc == 0; at++) {
		uint64_t n = p->rows->block_event[first_block + at],
			 end = p->rows->block_event[first_block + at + 1];
		struct block b;
		bool any = false;

		/* a block in which nobody is wanted is not unpacked */
		for (uint64_t i = n; i < end && !any; i++)
			any = want(&p->rows->event[i]);
		if (!any)
			continue;
		/* the decoder is made when the first block needs it */
		if (u == NULL && (u = archive_unpacker(a)) == NULL) {
			rc = err_nomem(e);
			break;
		}
		if ((rc = archive_block(a, at, u, &blob, &b, &ignore, e)) != 0) {
			/* damaged: found when it was first read */
			rc = rc < 0 ? rc : 0;
			continue;
		}
		/* events are numbered along, whether they are wanted or not */
		for (uint32_t j = 0; j < b.n && rc == 0; j++)
			if (b.rec[j].kind == KIND_EVENT) {
				if ((p->whole || want(&p->rows->event[n])) && f(p, &b, j, n))
					rc = err_nomem(e);
				n++;
			}
	}
	unpacker_free(u);
	findings_release(&ignore);
	buf_release(&blob);
	return rc;
}

int
pass_twice(
    struct pass *p, unsigned k, pass_take *count, pass_want *which, pass_take *judge, struct err *e)
{
	int rc;

	/* an input's number is that of the first of its tables, or less */
	p->tally = calloc(archive_tables(p->rows->archive[k]) + 1u, sizeof *p->tally);
	if (p->tally == NULL)
		return err_nomem(e);
	rc = pass_walk(p, k, pass_any, count, e);
	if (rc == 0)
		rc = pass_walk(p, k, which, judge, e);
	free(p->tally);
	p->tally = NULL;
	return rc;
}

bool
pass_holds(const struct pass *p, unsigned k, pass_want *want)
{
	const struct rows *rows = p->rows;
	uint64_t first = pass_first_block(p, k), at = rows->block_event[first],
		 end = rows->block_event[first + archive_blocks(rows->archive[k])];

	while (at < end && !want(&rows->event[at]))
		at++;
	return at < end;
}
