#include "verify/pages.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Rebuilds one page at a time and compares it with what is stored. */
struct rebuilt {
	struct buf data, low;
	bool there;
};

static int
take_page(
    void *arg, enum index_kind kind, const void *low, size_t low_len, const void *data, size_t n)
{
	struct rebuilt *r = arg;

	(void)kind;
	buf_clear(&r->data);
	buf_clear(&r->low);
	buf_put(&r->data, data, n);
	buf_put(&r->low, low, low_len);
	r->there = true;
	return 0;
}

/*
 * C-11, C-12: the stored entries, fed again through the page builder, must give the stored pages
 * byte for byte, and as a set they must be
 * those that the records give (multiset.h).
 */
static bool
same_page(const struct rebuilt *r, const struct buf *data, const struct index_page *p)
{
	/* the first page of all begins with no key, and then with no memory */
	return r->data.len == data->len && r->low.len == p->low_len &&
	    (data->len == 0 || memcmp(r->data.p, data->p, data->len) == 0) &&
	    (p->low_len == 0 || memcmp(r->low.p, p->low, p->low_len) == 0);
}

/* Pages of one kind, from page `first` on: kinds 1–3. Returns the number of the page that is
 * wrong, 0 if none, -1 on a failure (e). */
static int64_t
check_kind(const struct index_facts *m, struct archive *a, enum index_kind kind, uint64_t first,
    const struct multiset_point *point, struct findings *f, struct err *e)
{
	struct rebuilt r = { .there = false };
	struct sha256 *sha = sha256_new();
	struct buf page, before;
	struct index_builder b;
	uint64_t product = 1, entries = 0, i;
	int64_t wrong = 0;
	int k, rc = 0;

	if (sha == NULL)
		return err_nomem(e);
	buf_init(&page, EX_MAX_IDX_PAGE);
	buf_init(&before, EX_MAX_IDX_PAGE);
	buf_init(&r.data, EX_MAX_IDX_PAGE);
	buf_init(&r.low, EX_MAX_KEY);
	/* The pages are built again from the entries that they hold: entries by a product over all
	 * records, the cut into pages byte by byte. */
	index_builder_init(&b, kind, archive_first(a), take_page, &r);
	for (i = first; i < archive_pages(a) && archive_page_row(a, i)->kind == kind && wrong == 0;
	     i++) {
		struct index_cursor c;
		uint8_t d[32] = { 0 };
		bool head = true;

		/* a page that cannot be read was told */
		if ((rc = archive_page(a, i, &page, f, e)))
			break;
		index_open(&c, kind, archive_first(a), page.p, page.len);
		/* every entry takes part in the product: one more, or one less, is found */
		while (wrong == 0 && (k = index_next(&c)) == 1) {
			if (kind == INDEX_ID) {
				product =
				    multiset_add(point, product, 0, load_be(c.key, 4), c.value);
			} else {
				if (c.new_key)
					sha256_once(sha, c.key, c.key_len, d);
				product = multiset_add(
				    point, product, load_be(d, 8), load_be(d + 8, 8), c.value);
			}
			entries++;
			/* the same builder as the exporter's */
			if (index_add(&b, c.key, c.key_len, c.value)) {
				rc = err_nomem(e);
				goto out;
			}
			/* the builder closes a page with the first entry of the next one, or the
			 * pages were cut elsewhere */
			if (r.there != (head && i > first) ||
			    (r.there && !same_page(&r, &before, archive_page_row(a, i - 1))))
				wrong = (int64_t)archive_page_row(a, r.there ? i - 1 : i)->no;
			r.there = head = false;
		}
		/* an entry that ends in the midst */
		if (k < 0)
			wrong = (int64_t)archive_page_row(a, i)->no;
		buf_clear(&before);
		buf_put(&before, page.p, page.len);
	}
	/* the last page ends when nothing follows */
	if (rc == 0 && wrong == 0 && i > first &&
	    (index_finish(&b) || !r.there || !same_page(&r, &before, archive_page_row(a, i - 1))))
		wrong = (int64_t)archive_page_row(a, i - 1)->no;
	/* pages that agree with each other, and not with the records */
	if (rc == 0 && wrong == 0 && (product != m->product[kind] || entries != m->indexed[kind]))
		wrong = first < archive_pages(a) ? (int64_t)archive_page_row(a, first)->no : 1;
out:
	sha256_free(sha);
	index_builder_release(&b);
	buf_release(&page);
	buf_release(&before);
	buf_release(&r.data);
	buf_release(&r.low);
	return rc < 0 ? -1 : wrong;
}

static int64_t
check_times(const struct index_facts *m, struct archive *a, uint64_t first, struct findings *f,
    struct err *e)
{
	struct buf page;
	uint64_t at = 0;
	int64_t wrong = 0;
	int rc = 0;

	buf_init(&page, EX_MAX_IDX_PAGE);
	for (uint64_t i = first; i < archive_pages(a) && wrong == 0; i++) {
		if ((rc = archive_page(a, i, &page, f, e)))
			break;
		for (size_t q = 0; q + 17 <= page.len && wrong == 0; q += 17, at++)
			if (at + 1 >= archive_blocks(a) || page.p[q + 16] != m->times[at].any ||
			    load_be(page.p + q, 8) !=
				(m->times[at].any ? (uint64_t)m->times[at].min : 0) ||
			    load_be(page.p + q + 8, 8) !=
				(m->times[at].any ? (uint64_t)m->times[at].max : 0))
				wrong = (int64_t)archive_page_row(a, i)->no;
		if (page.len % 17 || (at % 3855 && at + 1 != archive_blocks(a)) ||
		    archive_page_row(a, i)->low_len)
			wrong = (int64_t)archive_page_row(a, i)->no;
	}
	buf_release(&page);
	if (rc == 0 && wrong == 0 && at + 1 != archive_blocks(a))
		wrong = 1;
	return rc < 0 ? -1 : wrong;
}

int
check_index(const struct index_facts *m, struct archive *a, const struct multiset_point *point,
    struct findings *f, struct err *e)
{
	for (enum index_kind kind = INDEX_ID; kind <= INDEX_TIME; kind++) {
		uint64_t first = 0;
		int64_t wrong;

		while (first < archive_pages(a) && archive_page_row(a, first)->kind < kind)
			first++;
		wrong = kind == INDEX_TIME ? check_times(m, a, first, f, e) :
					     check_kind(m, a, kind, first, point, f, e);
		if (wrong < 0)
			return -1;
		if (wrong) {
			finding_say(f, A20_PAGE_RECORDS, archive_file(a),
			    at_index_page((uint64_t)wrong).text, GIVING(NUM((uint64_t)wrong)));
		}
	}
	return 0;
}
