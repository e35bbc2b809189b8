/* What the index of times tells of blocks, so that who looks for little need not read much. */
#include <stdlib.h>

#include "read/select.h"

int
reading_times(
    struct reading *r, unsigned archive, int64_t from, int64_t to, uint8_t *rows, struct err *e)
{
	struct archive *a = r->archive[archive];
	uint64_t row = 0;
	struct buf page;
	int rc = archive_indexed(a) ? 0 : 1;

	buf_init(&page, EX_MAX_IDX_PAGE);
	for (uint64_t i = 0; i < archive_pages(a) && rc == 0; i++) {
		if (archive_page_row(a, i)->kind != INDEX_TIME)
			continue;
		if ((rc = archive_page(a, i, &page, r->findings, e)))
			break;
		for (size_t q = 0; q + 17 <= page.len && row < archive_blocks(a); q += 17, row++)
			rows[row] |= page.p[q + 16] == 0 ||
			    ((int64_t)load_be(page.p + q, 8) < to &&
				(int64_t)load_be(page.p + q + 8, 8) >= from);
	}
	/* the last one holds the manifest, and perhaps more */
	for (; row < archive_blocks(a); row++)
		rows[row] = 1;
	buf_release(&page);
	return rc;
}
