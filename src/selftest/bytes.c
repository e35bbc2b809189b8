#include "selftest/bytes.h"

#include <stdlib.h>
#include <string.h>

#include "archive/sequence.h"
#include "base/vec.h"

/* Places of the file that were read. */
struct places {
	uint64_t *at;
	size_t n, cap;
};

/* What is asked of a changed file, one behind the other. */
enum asked_of { ASK_OPENING, ASK_KEYS, ASK_PART, ASK_WHOLE, ASKED };

struct bytes {
	struct archive *a;
	const struct vkey *keys;
	unsigned n_keys;
	/* the same file, of which it is seen where it is read */
	struct archive *watched;
	struct places opening, now, *seen;
	struct buf blob;
	struct seen_findings honest[ASKED];
};

/* One change. */
struct damage {
	struct patch patch[2];
	unsigned n;
	uint64_t bytes;
	/* the block or page of an index that it lies in, where that is known */
	bool in_block, in_page;
	uint64_t at;
	unsigned char page[2][EX_PAGE];
};

static void
note_place(void *arg, uint64_t at, size_t n)
{
	struct bytes *b = arg;
	struct places *p = b->seen;

	if (n != EX_PAGE || vec_grow(&p->at, &p->cap, p->n + 1, sizeof *p->at))
		return;
	p->at[p->n++] = at;
}

/* ---- judging */

static int
ask_part(struct archive *a, const struct damage *d, struct findings *f, struct err *e)
{
	struct buf blob;
	int rc = 0;

	buf_init(&blob, EX_MAX_BLOB);
	if (d->in_block && d->at < archive_blocks(a))
		rc = archive_blob(a, d->at, &blob, f, e);
	else if (d->in_page && d->at < archive_pages(a))
		rc = archive_page(a, d->at, &blob, f, e);
	buf_release(&blob);
	return rc < 0 ? -1 : 0;
}

/* Asks until something is found that is not found of the honest file, which is found[] of. */
static int
ask(struct bytes *b, const struct damage *d, struct seen_findings found[ASKED],
    enum selftest_stage *ret, struct err *e)
{
	struct attached *x = attached_patched(b->a, d->patch, d->n, d->bytes, e);
	struct findings f = { 0 };
	struct archive *a = NULL;
	int rc = x ? 0 : -1;

	*ret = STAGES;
	for (unsigned k = 0; k < ASKED && rc == 0 && *ret == STAGES; k++) {
		if (k == ASK_OPENING)
			rc = archive_open(x, b->keys, b->n_keys, &f, &a, e) < 0 ? -1 : 0;
		else if (k == ASK_KEYS)
			rc = vouch_judge(&a, 1, b->keys, b->n_keys, NULL, 0, &f, e);
		else if (k == ASK_PART)
			rc = ask_part(a, d, &f, e);
		else
			rc = archive_digest(a, &f, e);
		seen_take(&found[k], &f);
		if (found != b->honest)
			*ret = seen_first(&found[k], &b->honest[k]);
	}
	archive_close(a);
	findings_release(&f);
	return rc;
}

/* ---- places */

/* A place of the file where these bytes stand, among those that were read; false: none. */
static bool
find_in(struct bytes *b, const struct places *p, const void *what, size_t n, uint64_t *ret)
{
	unsigned char page[EX_PAGE];

	for (size_t i = p->n; i-- > 0;) {
		const unsigned char *q;

		if (archive_read(b->a, p->at[i], page, sizeof page) != sizeof page)
			continue;
		if ((q = memmem(page, sizeof page, what, n)) != NULL) {
			*ret = p->at[i] + (uint64_t)(q - page);
			return true;
		}
	}
	return false;
}

/* One bit of a byte turned. */
static int
turn(struct bytes *b, struct damage *d, uint64_t at, unsigned bit)
{
	unsigned char *p = &d->page[0][0];

	if (archive_read(b->a, at, p, 1) != 1)
		return 1;
	*p ^= (unsigned char)(1u << bit);
	d->patch[0] = (struct patch){ at, 1, p };
	d->n = 1;
	return 0;
}

#define NEEDLE 24u /* bytes by which a place is known */

/* A bit of n bytes that were read as the file has them. */
static int
turn_in(struct bytes *b, struct damage *d, const void *p, size_t n, struct trial *t)
{
	for (unsigned i = 0; i < 16 && n >= NEEDLE; i++) {
		uint64_t from = trial_draw(t, n - NEEDLE + 1), at;
		const unsigned char *what = (const unsigned char *)p + from;

		if (find_in(b, &b->now, what, NEEDLE, &at) ||
		    find_in(b, &b->opening, what, NEEDLE, &at))
			return turn(b, d, at + trial_draw(t, NEEDLE), (unsigned)trial_draw(t, 8));
	}
	return 1;
}

static int
in_block(struct bytes *b, struct damage *d, enum kind_of kind, struct trial *t, struct err *e)
{
	uint64_t n = archive_blocks(b->watched);
	const struct block_row *row;
	struct findings ignored = { 0 };
	int rc;

	if (n == 0)
		return 1;
	d->in_block = true;
	/* the last one is the manifest's */
	d->at = kind == KIND_OF_BYTES_MANIFEST || n == 1 ? n - 1 : trial_draw(t, n - 1);
	row = archive_row(b->watched, d->at);
	rc = archive_blob(b->watched, d->at, &b->blob, &ignored, e);
	findings_release(&ignored);
	if (rc)
		return rc;
	if (kind == KIND_OF_BYTES_HEAD)
		return turn_in(b, d, b->blob.p, (size_t)row->head_len, t);
	return turn_in(b, d, b->blob.p + row->head_len, (size_t)row->body_len, t);
}

static int
in_index(struct bytes *b, struct damage *d, struct trial *t, struct err *e)
{
	struct findings ignored = { 0 };
	int rc;

	if (archive_pages(b->watched) == 0)
		return 1;
	d->in_page = true;
	d->at = trial_draw(t, archive_pages(b->watched));
	rc = archive_page(b->watched, d->at, &b->blob, &ignored, e);
	findings_release(&ignored);
	return rc ? rc : turn_in(b, d, b->blob.p, b->blob.len, t);
}

/* What a row of table block says of a block. */
static int
in_row(struct bytes *b, struct damage *d, struct trial *t)
{
	const struct block_row *row;

	if (archive_blocks(b->watched) == 0)
		return 1;
	row = archive_row(b->watched, trial_draw(t, archive_blocks(b->watched)));
	if (trial_draw(t, 2))
		return turn_in(b, d, row->chain, 32, t);
	return turn_in(b, d, row->nodes[trial_draw(t, row->n_nodes)], 32, t);
}

static int
page_of(struct bytes *b, uint64_t at, unsigned char page[EX_PAGE])
{
	return archive_read(b->a, at, page, EX_PAGE) == EX_PAGE ? 0 : 1;
}

/* Whole pages, and the end of the file. */
static int
in_pages(struct bytes *b, struct damage *d, enum kind_of kind, struct trial *t)
{
	uint64_t bytes = archive_bytes(b->a), pages = bytes / EX_PAGE, one, two;

	if (kind == KIND_OF_BYTES_CUT) {
		d->bytes = trial_draw(t, 2) ? bytes - 1 - trial_draw(t, bytes - 1) :
					      EX_PAGE * trial_draw(t, pages);
		return 0;
	}
	if (kind == KIND_OF_BYTES_LONGER) {
		size_t n = trial_draw(t, 2) ? EX_PAGE : 1 + (size_t)trial_draw(t, EX_PAGE);

		memset(d->page[0], (int)trial_draw(t, 256), sizeof d->page[0]);
		d->patch[0] = (struct patch){ bytes, n, d->page[0] };
		d->n = 1;
		d->bytes = bytes + n;
		return 0;
	}
	one = EX_PAGE * trial_draw(t, pages);
	two = EX_PAGE * trial_draw(t, pages);
	if (page_of(b, one, d->page[0]) || page_of(b, two, d->page[1]))
		return 1;
	if (kind == KIND_OF_BYTES_ZEROED) {
		unsigned char any = 0;

		for (unsigned i = 0; i < EX_PAGE; i++)
			any |= d->page[0][i];
		memset(d->page[0], 0, EX_PAGE);
		d->patch[0] = (struct patch){ one, EX_PAGE, d->page[0] };
		d->n = 1;
		return any == 0;
	}
	d->patch[0] = (struct patch){ two, EX_PAGE, d->page[0] };
	d->patch[1] = (struct patch){ one, EX_PAGE, d->page[1] };
	d->n = 2;
	return memcmp(d->page[0], d->page[1], EX_PAGE) == 0;
}

/* 0, 1 or -1 as bytes_try. */
static int
make(struct bytes *b, struct damage *d, enum kind_of kind, struct trial *t, struct err *e)
{
	static const unsigned header[] = { 17, 18, 19, 20, 21, 22, 23, 31, 35, 39, 47, 55, 59, 63,
		67, 70, 91 };
	struct str s;
	const char *note;
	uint64_t bytes = archive_bytes(b->a), last = bytes - EX_PAGE;

	switch (kind) {
	case KIND_OF_BYTES_HEAD:
	case KIND_OF_BYTES_BODY:
	case KIND_OF_BYTES_MANIFEST:
		return in_block(b, d, kind, t, e);
	case KIND_OF_BYTES_INDEX:
		return in_index(b, d, t, e);
	case KIND_OF_BYTES_ROW:
		return in_row(b, d, t);
	case KIND_OF_BYTES_DICTIONARY:
		s = archive_dictionary(b->watched);
		return turn_in(b, d, s.p, s.n, t);
	case KIND_OF_BYTES_SEAL:
		note = archive_seal_note(b->watched);
		return note && b->n_keys ? turn_in(b, d, note, strlen(note), t) : 1;
	case KIND_OF_BYTES_TRAILER:
		if (!archive_has_trailer(b->a) || page_of(b, last, d->page[1]))
			return 1;
		return turn(b, d, last + trial_draw(t, strnlen((char *)d->page[1], EX_PAGE)),
		    (unsigned)trial_draw(t, 7));
	case KIND_OF_BYTES_HEADER:
		return turn(b, d, header[trial_draw(t, sizeof header / sizeof *header)],
		    (unsigned)trial_draw(t, 8));
	case KIND_OF_BYTES_ANY:
		return turn(b, d, trial_draw(t, bytes), (unsigned)trial_draw(t, 8));
	default:
		return in_pages(b, d, kind, t);
	}
}

int
bytes_try(
    struct bytes *b, enum kind_of kind, struct trial *t, enum selftest_stage *ret, struct err *e)
{
	struct seen_findings found[ASKED] = { { .status = 0 } };
	struct damage *d = calloc(1, sizeof *d);
	int rc;

	if (d == NULL)
		return err_nomem(e);
	d->bytes = archive_bytes(b->a);
	b->now.n = 0;
	rc = make(b, d, kind, t, e);
	if (rc == 0)
		rc = ask(b, d, found, ret, e);
	free(d);
	return rc;
}

struct bytes *
bytes_new(struct archive *a, const struct vkey *keys, unsigned n_keys, struct err *e)
{
	struct bytes *b = calloc(1, sizeof *b);
	struct damage none = { .bytes = archive_bytes(a) };
	struct findings ignored = { 0 };
	enum selftest_stage stage;
	struct attached *x;

	if (b == NULL)
		return err_nomem(e), NULL;
	b->a = a;
	b->keys = keys;
	b->n_keys = n_keys;
	b->seen = &b->opening;
	buf_init(&b->blob, EX_MAX_BLOB);
	x = attached_patched(a, NULL, 0, archive_bytes(a), e);
	if (x)
		attached_watch(x, note_place, b);
	if (x == NULL || archive_open(x, keys, n_keys, &ignored, &b->watched, e) < 0 ||
	    ask(b, &none, b->honest, &stage, e)) {
		findings_release(&ignored);
		bytes_free(b);
		return NULL;
	}
	findings_release(&ignored);
	b->seen = &b->now;
	return b;
}

void
bytes_free(struct bytes *b)
{
	if (b == NULL)
		return;
	archive_close(b->watched);
	buf_release(&b->blob);
	free(b->opening.at);
	free(b->now.at);
	free(b);
}
