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

static bool
same_page(const struct rebuilt *r, const struct buf *data, const struct index_page *p)
{
	/* the first page of all begins with no key, and then with no memory */
	return r->data.len == data->len && r->low.len == p->low_len &&
	    (data->len == 0 || memcmp(r->data.p, data->p, data->len) == 0) &&
	    (p->low_len == 0 || memcmp(r->low.p, p->low, p->low_len) == 0);
}

/*
 * C-11, C-12: the stored entries of one kind, fed again through the page builder of the exporter,
 * must give the stored pages byte for byte, and as a set they must be those that the records give:
 * entries by a product over all records (multiset.h), the cut into pages byte by byte.
 */
struct paging {
	struct archive *a;
	enum index_kind kind;
	uint64_t first; /* its first page */
	const struct multiset_point *point;
	struct sha256 *sha;
	struct index_builder builder;
	struct rebuilt rebuilt;
	struct buf page, before; /* the page that is read, and the one before it */
	uint8_t key[32];         /* digest of the key that is read */
	uint64_t product, entries;
	int64_t wrong; /* number of the first page that is; 0: none so far */
};

/* False: no memory. Release it either way. */
static bool
paging_init(struct paging *x, const struct multiset_point *point)
{
	x->point = point;
	x->product = 1;
	x->sha = sha256_new();
	buf_init(&x->page, EX_MAX_IDX_PAGE);
	buf_init(&x->before, EX_MAX_IDX_PAGE);
	buf_init(&x->rebuilt.data, EX_MAX_IDX_PAGE);
	buf_init(&x->rebuilt.low, EX_MAX_KEY);
	index_builder_init(&x->builder, x->kind, archive_first(x->a), take_page, &x->rebuilt);
	return x->sha != NULL;
}

static void
paging_release(struct paging *x)
{
	sha256_free(x->sha);
	index_builder_release(&x->builder);
	buf_release(&x->page);
	buf_release(&x->before);
	buf_release(&x->rebuilt.data);
	buf_release(&x->rebuilt.low);
}

static int64_t
number_of(const struct paging *x, uint64_t page)
{
	return (int64_t)archive_page_row(x->a, page)->no;
}

/* Every entry takes part in the product: one more, or one less, is found. */
static void
multiply(struct paging *x, const struct index_cursor *c)
{
	x->entries++;
	if (x->kind == INDEX_ID) {
		x->product = multiset_add(x->point, x->product, 0, load_be(c->key, 4), c->value);
		return;
	}
	if (c->new_key)
		sha256_once(x->sha, c->key, c->key_len, x->key);
	x->product = multiset_add(
	    x->point, x->product, load_be(x->key, 8), load_be(x->key + 8, 8), c->value);
}

/* The entries of page i, which was read. -1: no memory. */
static int
check_entries(struct paging *x, uint64_t i)
{
	struct rebuilt *r = &x->rebuilt;
	struct index_cursor c;
	bool head = true;
	int k = 1;

	memset(x->key, 0, sizeof x->key);
	index_open(&c, x->kind, archive_first(x->a), x->page.p, x->page.len);
	while (x->wrong == 0 && (k = index_next(&c)) == 1) {
		multiply(x, &c);
		if (index_add(&x->builder, c.key, c.key_len, c.value))
			return -1;
		/* the builder closes a page with the first entry of the next one, or the pages
		 * were cut elsewhere */
		if (r->there != (head && i > x->first))
			x->wrong = number_of(x, r->there && i > x->first ? i - 1 : i);
		else if (r->there && !same_page(r, &x->before, archive_page_row(x->a, i - 1)))
			x->wrong = number_of(x, i - 1);
		r->there = head = false;
	}
	/* an entry that ends in the midst */
	if (k < 0)
		x->wrong = number_of(x, i);
	return 0;
}

/* Pages of one kind, from page `first` on: kinds 1–3. Returns the number of the page that is
 * wrong, 0 if none, -1 on a failure (e). */
static int64_t
check_kind(struct paging *x, const struct index_facts *m, struct findings *f, struct err *e)
{
	uint64_t pages = archive_pages(x->a), i;
	int rc = 0;

	for (i = x->first; i < pages && archive_page_row(x->a, i)->kind == x->kind; i++) {
		/* a page that cannot be read was told */
		if ((rc = archive_page(x->a, i, &x->page, f, e)))
			return rc < 0 ? -1 : 0;
		if (check_entries(x, i))
			return err_nomem(e);
		if (x->wrong)
			return x->wrong;
		buf_clear(&x->before);
		buf_put(&x->before, x->page.p, x->page.len);
	}
	/* the last page ends when nothing follows */
	if (i > x->first &&
	    (index_finish(&x->builder) || !x->rebuilt.there ||
		!same_page(&x->rebuilt, &x->before, archive_page_row(x->a, i - 1))))
		return number_of(x, i - 1);
	/* pages that agree with each other, and not with the records */
	if (x->product != m->product[x->kind] || x->entries != m->indexed[x->kind])
		return x->first < pages ? number_of(x, x->first) : 1;
	return 0;
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
		struct paging x = { .a = a, .kind = kind };
		int64_t wrong;

		while (x.first < archive_pages(a) && archive_page_row(a, x.first)->kind < kind)
			x.first++;
		if (kind == INDEX_TIME) {
			wrong = check_times(m, a, x.first, f, e);
		} else {
			wrong = paging_init(&x, point) ? check_kind(&x, m, f, e) : err_nomem(e);
			paging_release(&x);
		}
		if (wrong < 0)
			return -1;
		if (wrong)
			finding_say(f, A20_PAGE_RECORDS, archive_file(a),
			    at_index_page((uint64_t)wrong).text, GIVING(NUM((uint64_t)wrong)));
	}
	return 0;
}
