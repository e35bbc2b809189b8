#include "chain/rows.h"

#include <stdlib.h>

const char *const link_name[] = { "", "first", "linked", "missing", "elsewhere", "left-out" };

int
rows_each(struct rows *rows, rows_each_fn *f, void *arg, struct err *e)
{
	struct view *view = view_new();
	struct buf blob;
	uint64_t n = 0, next_variant = 0;
	int rc = 0;

	buf_init(&blob, EX_MAX_BLOB);
	if (view == NULL)
		rc = err_nomem(e);
	for (unsigned k = 0; k < rows->n_archives && rc == 0; k++) {
		struct archive *a = rows->archive[k];
		struct unpacker *u;
		struct findings ignore = { 0 };

		/* records of a copy are those of the file it is a copy of */
		if (archive_is_copy(a))
			continue;
		if ((u = archive_unpacker(a)) == NULL)
			rc = err_nomem(e);
		for (uint64_t i = 0; i < archive_blocks(a) && rc == 0; i++) {
			struct block b;

			/* a damaged block was told when it was first read, and has no events
			 * here */
			if ((rc = archive_block(a, i, u, &blob, &b, &ignore, e)) != 0) {
				rc = rc < 0 ? rc : 0;
				continue;
			}
			for (uint32_t j = 0; j < b.n && rc == 0; j++) {
				struct str corr, type;
				const char *name = NULL;

				/* events are numbered over all files, in the order of positions */
				if (b.rec[j].kind != KIND_EVENT)
					continue;
				if (block_names(&b, j, view, archive_table_of(a, b.rec[j].source),
					&corr, &type)) {
					rc = err_nomem(e);
					break;
				}
				/* variants are sorted by event: one look each */
				if (next_variant < rows->n_variants &&
				    rows->variant[next_variant].event == n)
					name = rows->variant[next_variant++].name;
				rc = f(arg, rows, &b.rec[j], corr, &rows->event[n], name);
				n++;
			}
		}
		unpacker_free(u);
		findings_release(&ignore);
	}
	buf_release(&blob);
	view_free(view);
	return rc;
}

void
rows_forget(struct rows *rows)
{
	free(rows->event);
	free(rows->node);
	free(rows->seq);
	free(rows->variant);
	free(rows->block_event);
	rows->event = NULL;
	rows->node = NULL;
	rows->seq = NULL;
	rows->variant = NULL;
	rows->block_event = NULL;
	rows->n_variants = 0;
}

void
rows_release(struct rows *rows)
{
	rows_forget(rows);
	free(rows->run);
	free(rows->use);
	expected_release(&rows->expected);
}
