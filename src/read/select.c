#include "read/select.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "base/vec.h"
#include "event/types.h"

void
catalog_release(struct catalog *c)
{
	for (unsigned i = 0; i < c->n; i++) {
		free(c->c[i].text);
		free(c->c[i].at);
	}
	free(c->c);
}

static int
text_cmp(const char *a, size_t na, const char *b, size_t nb)
{
	return str_cmp((struct str){ a, na }, (struct str){ b, nb });
}

/* Entries come sorted from an index, in any order from a scan: look from the end, then by
 * bisection. */
static struct correlation *
entry(struct catalog *c, const char *text, size_t n)
{
	unsigned lo = 0, hi = c->n;
	struct correlation *p;

	/* bisection also finds where a new one belongs, which keeps the catalog sorted */
	while (lo < hi) {
		unsigned mid = (lo + hi) / 2;
		int k = text_cmp(c->c[mid].text, c->c[mid].n, text, n);

		if (k == 0)
			return &c->c[mid];
		if (k < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	if (c->n == c->cap) {
		unsigned cap = c->cap ? c->cap * 2 : 256;

		if ((p = vec_resize(c->c, cap, sizeof *p)) == NULL)
			return NULL;
		c->c = p;
		c->cap = cap;
	}
	memmove(&c->c[lo + 1], &c->c[lo], (c->n - lo) * sizeof *c->c);
	p = &c->c[lo];
	memset(p, 0, sizeof *p);
	/* the id is a copy: pages and records do not outlive the reading of the next */
	if ((p->text = malloc(n + 1)) == NULL)
		return NULL;
	memcpy(p->text, text, n);
	p->text[n] = '\0';
	p->n = n;
	c->n++;
	return p;
}

static int
add_position(struct correlation *p, unsigned archive, uint64_t position)
{
	void *q;

	if (p->n_at == p->cap) {
		unsigned cap = p->cap ? p->cap * 2 : 16;

		if ((q = vec_resize(p->at, cap, sizeof *p->at)) == NULL)
			return -1;
		p->at = q;
		p->cap = cap;
	}
	p->at[p->n_at].archive = archive;
	p->at[p->n_at++].position = position;
	return 0;
}

/* Positions whose type says "remediation", as a set of bits. */
struct bits {
	uint8_t *p;
	uint64_t first, n;
};

static int
from_index(struct catalog *c, struct reading *r, unsigned archive, struct err *e)
{
	struct archive *a = r->archive[archive];
	struct bits marked = { .first = archive_first(a), .n = archive_next(a) - archive_first(a) };
	struct buf page;
	int rc = 0, k;

	buf_init(&page, EX_MAX_IDX_PAGE);
	if ((marked.p = calloc(marked.n / 8 + 1, 1)) == NULL)
		return err_nomem(e);
	/* Which positions are of types that make a remediation, then whose they are: the second
	 * pass marks correlations by the first. Both come from the sealed index alone, so no block
	 * is read. */
	for (int pass = 0; pass < 2 && rc == 0; pass++)
		for (uint64_t i = 0; i < archive_pages(a) && rc == 0; i++) {
			struct index_cursor x;
			struct correlation *p = NULL;
			bool mark = false;

			if (archive_page_row(a, i)->kind != (pass ? INDEX_CORRELATION : INDEX_TYPE))
				continue;
			if ((rc = archive_page(a, i, &page, r->findings, e)))
				break;
			index_open(
			    &x, archive_page_row(a, i)->kind, archive_first(a), page.p, page.len);
			while ((k = index_next(&x)) == 1) {
				uint64_t bit = x.value - archive_first(a);

				if (x.value < archive_first(a) || bit >= marked.n) {
					k = -1;
					break;
				}
				if (pass == 0) {
					if (x.new_key)
						mark = event_type_remediates(
						    (struct str){ (char *)x.key, x.key_len });
					if (mark)
						marked.p[bit / 8] |= (uint8_t)(1u << bit % 8);
					continue;
				}
				if (x.new_key && (p = entry(c, (char *)x.key, x.key_len)) == NULL)
					rc = err_nomem(e);
				if (rc || add_position(p, archive, x.value)) {
					rc = err_nomem(e);
					break;
				}
				p->remediation |= marked.p[bit / 8] >> bit % 8 & 1;
			}
			/* what cannot be relied on is not used in part: the caller reads the
			 * records instead */
			if (k < 0) {
				archive_drop_index(a);
				rc = 1;
			}
		}
	free(marked.p);
	buf_release(&page);
	return rc;
}

static int
from_records(struct catalog *c, struct reading *r, unsigned archive, struct err *e)
{
	struct archive *a = r->archive[archive];

	for (uint64_t i = 0; i < archive_blocks(a); i++) {
		if (reading_block(r, archive, i, e)) {
			if (e->status)
				return -1;
			continue;
		}
		for (uint32_t j = 0; j < r->block.n; j++) {
			const struct record *rec = &r->block.rec[j];
			struct view_cell corr, type;
			struct correlation *p;

			if (!record_event_like(rec))
				continue;
			if (reading_view(r, archive, rec, e) == NULL)
				return -1;
			corr = view_column(r->view, COL_CORRELATION);
			type = view_column(r->view, COL_TYPE);
			if ((p = entry(c, corr.p, corr.state == VIEW_TEXT ? corr.n : 0)) == NULL ||
			    add_position(p, archive, rec->position))
				return err_nomem(e);
			p->remediation |= type.state == VIEW_TEXT &&
			    event_type_remediates((struct str){ type.p, type.n });
		}
	}
	return 0;
}

int
catalog_load(struct catalog *c, struct reading *r, struct err *e)
{
	int rc;

	memset(c, 0, sizeof *c);
	for (unsigned i = 0; i < r->n; i++) {
		if (!archive_counts(r->archive[i]))
			continue;
		rc = archive_indexed(r->archive[i]) ? from_index(c, r, i, e) : 1;
		if (rc < 0)
			return rc;
		if (rc) {
			/* what the index gave so far of this archive is not relied on */
			for (unsigned k = 0; k < c->n; k++)
				while (c->c[k].n_at && c->c[k].at[c->c[k].n_at - 1].archive == i)
					c->c[k].n_at--;
			if (from_records(c, r, i, e))
				return -1;
		}
	}
	return catalog_left_out(c, r, e);
}

/* The entries of one correlation in one archive, from the pages that can hold it. 0 fine, 1 the
 * index cannot be relied on, -1 (e). */
static int
one_from_index(
    struct catalog *c, struct reading *r, unsigned archive, const char *id, size_t n, struct err *e)
{
	struct archive *a = r->archive[archive];
	struct correlation *p;
	struct buf page;
	int rc = archive_indexed(a) ? 0 : 1;

	buf_init(&page, EX_MAX_IDX_PAGE);
	for (uint64_t i = 0; i < archive_pages(a) && rc == 0; i++) {
		const struct index_page *x = archive_page_row(a, i),
					*next = i + 1 < archive_pages(a) &&
			x[1].kind == INDEX_CORRELATION ?
		    x + 1 :
		    NULL;
		struct index_cursor k;
		int got = 0;

		/* pages are sorted by their first key: one that begins above cannot hold the id,
		 * nor one whose follower begins below */
		if (x->kind != INDEX_CORRELATION ||
		    text_cmp((char *)x->low, x->low_len, id, n) > 0 ||
		    (next && text_cmp((char *)next->low, next->low_len, id, n) < 0))
			continue;
		if ((rc = archive_page(a, i, &page, r->findings, e)))
			break;
		index_open(&k, INDEX_CORRELATION, archive_first(a), page.p, page.len);
		while (rc == 0 && (got = index_next(&k)) == 1) {
			if (text_cmp((char *)k.key, k.key_len, id, n))
				continue;
			if (k.value < archive_first(a) || k.value >= archive_next(a))
				rc = 1;
			else if ((p = entry(c, id, n)) == NULL || add_position(p, archive, k.value))
				rc = err_nomem(e);
		}
		if (got < 0)
			rc = 1;
	}
	buf_release(&page);
	return rc;
}

int
catalog_load_one(struct catalog *c, struct reading *r, const char *id, size_t n, struct err *e)
{
	int rc = 0;

	memset(c, 0, sizeof *c);
	for (unsigned k = 0; k < r->n && rc == 0; k++)
		if (archive_counts(r->archive[k]))
			rc = one_from_index(c, r, k, id, n, e);
	return rc;
}

int
catalog_load_some(
    struct catalog *c, struct reading *r, const char *const *id, unsigned n, struct err *e)
{
	int rc = n == 0;

	memset(c, 0, sizeof *c);
	for (unsigned i = 0; i < n && rc == 0; i++) {
		unsigned before = c->n;

		for (unsigned k = 0; k < r->n && rc == 0; k++)
			if (archive_counts(r->archive[k]))
				rc = one_from_index(c, r, k, id[i], strlen(id[i]), e);
		if (rc == 0 && c->n == before)
			/* no such name: perhaps the beginning of one, or an event's */
			rc = 1;
	}
	if (rc <= 0)
		return rc;
	catalog_release(c);
	return catalog_load(c, r, e);
}

static bool
ends_with(const struct correlation *c, const char *id, size_t n)
{
	return c->n && n > c->n + 1 && memcmp(id + n - c->n, c->text, c->n) == 0 &&
	    id[n - c->n - 1] == '-';
}

/* Marks the blocks that can hold an event id with these first four bytes. false: the index cannot
 * be relied on. */
static bool
candidate_blocks(struct archive *a, struct reading *r, const unsigned char prefix[4], uint8_t *look,
    struct err *e)
{
	struct buf page;
	bool ok = archive_indexed(a);

	buf_init(&page, EX_MAX_IDX_PAGE);
	for (uint64_t i = 0; i < archive_pages(a) && ok; i++) {
		const struct index_page *p = archive_page_row(a, i),
					*next = i + 1 < archive_pages(a) && p[1].kind == INDEX_ID ?
		    p + 1 :
		    NULL;
		struct index_cursor x;

		if (p->kind != INDEX_ID || p->low_len != 4 || memcmp(p->low, prefix, 4) > 0 ||
		    (next && next->low_len == 4 && memcmp(next->low, prefix, 4) < 0))
			continue;
		if (archive_page(a, i, &page, r->findings, e)) {
			ok = false;
			break;
		}
		index_open(&x, INDEX_ID, archive_first(a), page.p, page.len);
		while (index_next(&x) == 1)
			if (memcmp(x.key, prefix, 4) == 0 && x.value &&
			    x.value <= archive_blocks(a))
				look[x.value - 1] = 1;
	}
	buf_release(&page);
	return ok;
}

/* An event id, or its first characters (at least 8): 0 and *ret, 1 none, -1 several or a failure
 * (e). */
static int
find_event(const struct catalog *c, struct reading *r, const char *id,
    const struct correlation **ret, struct err *e)
{
	char uuid[37];
	unsigned char prefix[16];
	size_t n = strlen(id);
	unsigned found = 0;

	/* the missing digits are filled with zeros: the first eight decide which pages of ids are
	 * looked at */
	snprintf(uuid, sizeof uuid, "%.8s-0000-0000-0000-000000000000", id);
	if (n < 8 || n > 36 || strspn(id, "0123456789abcdefABCDEF-") != n ||
	    !uuid_to(uuid, 36, prefix))
		return 1;
	for (unsigned a = 0; a < r->n; a++) {
		struct archive *ar = r->archive[a];
		uint8_t *look = calloc(archive_blocks(ar) + 1, 1);

		if (look == NULL)
			return err_nomem(e);
		if (!candidate_blocks(ar, r, prefix, look, e))
			memset(look, 1, archive_blocks(ar)); /* slow, but never wrong */
		for (uint64_t row = 0; row < archive_blocks(ar); row++) {
			if (!look[row] || reading_block(r, a, row, e))
				continue;
			for (uint32_t j = 0; j < r->block.n; j++) {
				const struct record *rec = &r->block.rec[j];
				struct view_cell corr;

				/* a reject has no id, and an id that is not there reads as zeros */
				if (!record_event_like(rec) || rec->flags & FLAG_ID_ABSENT)
					continue;
				uuid_of(rec->id, uuid);
				if (strncasecmp(uuid, id, n) || reading_view(r, a, rec, e) == NULL)
					continue;
				corr = view_column(r->view, COL_CORRELATION);
				for (unsigned k = 0; k < c->n; k++)
					if (corr.state == VIEW_TEXT &&
					    text_cmp(c->c[k].text, c->c[k].n, corr.p, corr.n) ==
						0 &&
					    *ret != &c->c[k]) {
						*ret = &c->c[k];
						found++;
					}
			}
		}
		free(look);
	}
	if (e->status)
		return -1;
	/* several ids that begin so, or one id in several archives of the same log */
	if (found > 1)
		return err_set(e, EX_USAGE_ERR,
		    "--id %s: the beginning of several event ids; give more of it", id);
	return found == 1 ? 0 : 1;
}

int
reading_ids(struct reading *r, unsigned archive, const uint8_t id[16], uint8_t *bits, struct err *e)
{
	struct archive *a = r->archive[archive];
	uint8_t *look = calloc(archive_blocks(a) + 1, 1);
	int rc = 1;

	if (look == NULL)
		return err_nomem(e);
	if (candidate_blocks(a, r, id, look, e)) {
		rc = 0;
		for (uint64_t i = 0; i < archive_blocks(a); i++) {
			const struct block_row *row = archive_row(a, i);
			uint64_t bit = row->first - archive_first(a), end = bit + row->count;

			for (; look[i] && bit < end; bit++)
				bits[bit / 8] |= (uint8_t)(1u << bit % 8);
		}
	}
	free(look);
	return e->status ? -1 : rc;
}

/* Nothing has that name, as far as all can be read; what lies in damaged blocks may. */
static void
nearest(const struct catalog *c, const struct reading *r, const char *id, struct err *e)
{
	char list[700] = "";
	size_t n = strlen(id), best = 1, at = 0;
	unsigned shown = 0;

	/* the longest common beginning, so that a slip of the pen near the end still finds its
	 * neighbours */
	for (unsigned i = 0; i < c->n; i++) {
		size_t k = 0;

		while (k < n && k < c->c[i].n && c->c[i].text[k] == id[k])
			k++;
		if (k > best)
			best = k;
	}
	for (unsigned i = 0; i < c->n && shown < 5; i++)
		if (c->c[i].n >= best && n >= best && memcmp(c->c[i].text, id, best) == 0 &&
		    c->c[i].n < 100) {
			/* five of less than 100 bytes and what stands between find room */
			at += (size_t)snprintf(list + at, sizeof list - at, "%s%s",
			    shown++ ? ", " : "; the nearest: ", c->c[i].text);
		}
	/* what cannot be read may be what was asked for: `no such` would say more than is known */
	for (unsigned i = 0; i < r->n; i++)
		if (archive_damaged_blocks(r->archive[i])) {
			err_set(e, EX_ALTERED,
			    "--id %.200s: not among what can be read: %" PRIu64 " records of %s "
			    "lie in damaged "
			    "blocks%s",
			    id, archive_damaged_records(r->archive[i]), archive_name(r->archive[i]),
			    list);
			return;
		}
	for (unsigned i = 0; i < r->n; i++)
		if (archive_disclosed(r->archive[i])) {
			err_set(e, EX_NO_SUCH,
			    "--id %.200s: not among what can be read; it may be among what is left "
			    "out of the disclosure copy %s%s",
			    id, archive_name(r->archive[i]), list);
			return;
		}
	err_set(e, EX_NO_SUCH,
	    "--id %.200s: no correlation, event, approval or notification of that name%s", id,
	    list);
}

static int
by_name(const void *key, const void *entry)
{
	const struct correlation *a = key, *b = entry;

	return text_cmp(a->text, a->n, b->text, b->n);
}

void
catalog_keep(struct catalog *c, const bool *keep)
{
	unsigned n = 0;

	for (unsigned i = 0; i < c->n; i++)
		if (keep[i]) {
			c->c[n++] = c->c[i];
		} else {
			free(c->c[i].text);
			free(c->c[i].at);
		}
	c->n = n;
}

const struct correlation *
catalog_get(const struct catalog *c, const char *text, size_t n)
{
	/* the key is only read */
	const struct correlation key = { .text = (char *)text, .n = n };

	return c->n ? bsearch(&key, c->c, c->n, sizeof *c->c, by_name) : NULL;
}

int
catalog_find(const struct catalog *c, struct reading *r, const char *id,
    const struct correlation **ret, struct err *e)
{
	size_t n = strlen(id);
	unsigned prefixes = 0;
	int rc;

	*ret = NULL;
	/* an exact name first: it may be the beginning of another */
	for (unsigned i = 0; i < c->n; i++)
		if (c->c[i].n == n && memcmp(c->c[i].text, id, n) == 0) {
			*ret = &c->c[i];
			return 0;
		}
	/* then the beginning of exactly one; two are told and not guessed between */
	for (unsigned i = 0; i < c->n; i++)
		if (c->c[i].n > n && n && memcmp(c->c[i].text, id, n) == 0) {
			*ret = &c->c[i];
			prefixes++;
		}
	if (prefixes == 1)
		return 0;
	if (prefixes > 1) {
		*ret = NULL;
		return err_set(e, EX_USAGE_ERR,
		    "--id %.200s: the beginning of %u ids; give more of it (exhibit list FILE)", id,
		    prefixes);
	}
	*ret = NULL;
	/* then an event's id, or its beginning, whose correlation is meant */
	if ((rc = find_event(c, r, id, ret, e)) <= 0)
		return rc;
	/* rar-NAME, nr-approval-NAME, timeout-NAME …: the longest remediation name it ends with */
	for (unsigned i = 0; i < c->n; i++)
		if (c->c[i].remediation && ends_with(&c->c[i], id, n) &&
		    (*ret == NULL || c->c[i].n > (*ret)->n))
			*ret = &c->c[i];
	if (*ret)
		return 0;
	nearest(c, r, id, e);
	return -1;
}
