#include "archive/correlations.h"

#include <stdlib.h>
#include <string.h>

#include "archive/reader_inner.h"
#include "base/err.h"
#include "base/vec.h"

void
correlation_set_release(struct correlation_set *s)
{
	free(s->digest);
	memset(s, 0, sizeof *s);
}

int
correlation_set_add(struct correlation_set *s, const uint8_t digest[32])
{
	if (s->n && memcmp(s->digest[s->n - 1], digest, 32) == 0)
		return 0;
	if (s->n == s->cap) {
		uint32_t cap = s->cap ? s->cap * 2 : 64;
		void *p = vec_resize(s->digest, (size_t)cap, sizeof *s->digest);

		if (p == NULL)
			return -1;
		s->digest = p;
		s->cap = cap;
	}
	memcpy(s->digest[s->n++], digest, 32);
	s->sorted = false;
	return 0;
}

static int
by_digest(const void *a, const void *b)
{
	return memcmp(a, b, 32);
}

bool
correlation_set_has(struct correlation_set *s, const uint8_t digest[32])
{
	if (s->n == 0)
		return false;
	if (!s->sorted)
		qsort(s->digest, s->n, sizeof *s->digest, by_digest);
	s->sorted = true;
	return bsearch(digest, s->digest, s->n, sizeof *s->digest, by_digest) != NULL;
}

int
correlations_walk(struct archive *a, correlations_fn *f, void *arg, struct err *e)
{
	struct findings ignore = { 0 };
	struct index_cursor c;
	struct buf page;
	uint8_t d[32] = { 0 };
	int rc = a->index_ok ? 0 : 1, k = 0;

	buf_init(&page, EX_MAX_IDX_PAGE);
	for (uint64_t i = 0; i < a->n_pages && rc == 0; i++) {
		if (a->page[i].kind != INDEX_CORRELATION)
			continue;
		/* a page that is not the sealed one is told by whoever judges the file */
		if ((rc = archive_page(a, i, &page, &ignore, e)) != 0)
			break;
		index_open(&c, INDEX_CORRELATION, a->first, page.p, page.len);
		while (rc == 0 && (k = index_next(&c)) == 1) {
			if (c.new_key)
				sha256_once(a->sha, c.key, c.key_len, d);
			rc = f(arg, (const char *)c.key, c.key_len, d, c.new_key, c.value) ? -1 : 0;
		}
		if (rc == 0 && k < 0)
			rc = 1;
	}
	findings_release(&ignore);
	buf_release(&page);
	return rc;
}

struct damaged {
	struct archive *a;
	struct correlation_set *s;
	uint64_t events;
};

static int
in_damaged(
    void *arg, const char *text, size_t n, const uint8_t digest[32], bool fresh, uint64_t position)
{
	struct damaged *x = arg;
	uint64_t i = archive_block_of(x->a, position);

	(void)text;
	(void)n;
	(void)fresh;
	if (i >= x->a->n_rows || !x->a->damaged[i])
		return 0;
	x->events++;
	return correlation_set_add(x->s, digest);
}

int
correlations_damaged(
    struct archive *a, struct correlation_set *s, uint64_t *ret_events, struct err *e)
{
	struct damaged x = { a, s, 0 };
	int rc = a->n_damaged ? correlations_walk(a, in_damaged, &x, e) : 0;

	*ret_events = x.events;
	return rc < 0 && e->status == 0 ? err_nomem(e) : rc;
}
