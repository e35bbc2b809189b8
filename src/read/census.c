/*
 * What lies where, without reading a row: kinds of records from the heads of blocks, types of
 * events from their sealed index.
 */
#include <string.h>

#include "base/vec.h"
#include "read/select.h"

int
reading_kinds(struct reading *r, unsigned archive, uint64_t row, const uint8_t **ret, struct err *e)
{
	/* head parts are packed without the file's dictionary, so one serves all files */
	if (r->heads == NULL && (r->heads = unpacker_new(NULL, 0)) == NULL)
		return err_nomem(e);
	return archive_kinds(
	    r->archive[archive], row, r->heads, &r->head_blob, ret, r->findings, e);
}

int
reading_events(struct reading *r, unsigned archive, uint8_t *bits, struct err *e)
{
	const struct archive *a = r->archive[archive];

	for (uint64_t i = 0; i < archive_blocks(a); i++) {
		const uint8_t *kind;
		uint64_t at = archive_row(a, i)->first - archive_first(a);
		int rc = reading_kinds(r, archive, i, &kind, e);

		if (rc < 0)
			return -1;
		for (uint64_t k = 0; rc == 0 && k < archive_row(a, i)->count; k++, at++)
			if (kind[k] == KIND_EVENT)
				bits[at / 8] |= (uint8_t)(1u << at % 8);
	}
	return 0;
}

int
reading_by_type(struct reading *r, unsigned archive, by_type_fn *f, void *arg, struct err *e)
{
	struct archive *a = r->archive[archive];
	struct buf page;
	int rc = archive_indexed(a) ? 0 : 1;

	buf_init(&page, EX_MAX_IDX_PAGE);
	for (uint64_t i = 0; i < archive_pages(a) && rc == 0; i++) {
		struct index_cursor x;
		int k = 0;

		if (archive_page_row(a, i)->kind != INDEX_TYPE)
			continue;
		if ((rc = archive_page(a, i, &page, r->findings, e)))
			break;
		index_open(&x, INDEX_TYPE, archive_first(a), page.p, page.len);
		while (rc == 0 && (k = index_next(&x)) == 1) {
			struct str key = { (const char *)x.key, x.key_len };

			if (x.value < archive_first(a) || x.value >= archive_next(a))
				rc = 1;
			else
				rc = f(arg, key, x.new_key, x.value, e);
		}
		if (k < 0)
			rc = 1;
	}
	buf_release(&page);
	return rc;
}

struct marking {
	const char *type;
	size_t n;
	uint64_t first;
	uint8_t *bits;
	bool prefix, mark;
};

static int
mark_type(void *arg, struct str key, bool fresh, uint64_t position, struct err *e)
{
	struct marking *m = arg;
	uint64_t at = position - m->first;

	(void)e;
	if (fresh)
		m->mark = key.n >= m->n && (m->prefix || key.n == m->n) &&
		    memcmp(key.p, m->type, m->n) == 0;
	if (m->mark)
		m->bits[at / 8] |= (uint8_t)(1u << at % 8);
	return 0;
}

int
reading_types(struct reading *r, unsigned archive, const char *type, size_t n, bool prefix,
    uint8_t *bits, struct err *e)
{
	struct marking m = { type, n, archive_first(r->archive[archive]), bits, prefix, false };

	return reading_by_type(r, archive, mark_type, &m, e);
}

unsigned
reading_unreadable(const struct reading *r, const struct correlation *c)
{
	unsigned n = 0;

	for (unsigned i = 0; i < c->n_at; i++) {
		const struct archive *a = r->archive[c->at[i].archive];

		n += archive_is_damaged(a, archive_block_of(a, c->at[i].position));
	}
	return n;
}

/* One file's, by the digests of the correlations' names. */
static int
left_out_of(struct catalog *c, const struct numbering *name, struct reading *r, unsigned archive,
    struct err *e)
{
	for (uint64_t i = 0; i < archive_blocks(r->archive[archive]); i++) {
		/* a damaged block was told */
		if (reading_block(r, archive, i, e)) {
			if (e->status)
				return -1;
			continue;
		}
		for (uint32_t k = 0; k < r->block.n; k++) {
			const struct record *rec = &r->block.rec[k];
			uint32_t at;

			if ((rec->was != KIND_EVENT && rec->was != KIND_CONFLICT) || rec->hidden)
				continue;
			if ((at = numbering_find(name, rec->correlation)) != NUMBER_NONE)
				c->c[at].left_out++;
		}
	}
	return 0;
}

int
catalog_left_out(struct catalog *c, struct reading *r, struct err *e)
{
	struct numbering name;
	bool some = false;
	int rc = 0;

	for (unsigned i = 0; i < r->n; i++)
		some |= archive_counts(r->archive[i]) && archive_disclosed(r->archive[i]);
	if (!some)
		return 0;
	numbering_init(&name, 32);
	for (unsigned i = 0; i < c->n && rc == 0; i++) {
		uint8_t digest[32];

		sha256_once(r->sha, c->c[i].text, c->c[i].n, digest);
		rc = numbering_of(&name, digest) == NUMBER_NONE ? err_nomem(e) : 0;
	}
	for (unsigned i = 0; i < r->n && rc == 0; i++)
		if (archive_counts(r->archive[i]) && archive_disclosed(r->archive[i]))
			rc = left_out_of(c, &name, r, i, e);
	numbering_release(&name);
	return rc;
}
