#include <stdlib.h>
#include <string.h>

#include "chain/content.h"
#include "json/emit.h"
#include "selftest/rows.h"

#define FEWEST 8u       /* rows that a log for trying has at least */
#define TAKEN_BLOCKS 4u /* blocks of it that are looked into */
#define TAKEN 96u       /* rows that are taken of a file at most */

struct taking {
	struct record row[TAKEN];
	unsigned n;
	uint32_t source; /* all of one table; 0: none yet */
	const struct table *table;
	struct judge judge;
	bool full;
};

static bool
fits(struct taking *t, const struct record *r, const struct table *table)
{
	int key;

	return r->kind == KIND_EVENT && r->body_form != BODY_VERBATIM &&
	    !(r->flags & (FLAG_WITHHELD | FLAG_TIME_INVALID)) && table &&
	    (t->source == 0 || t->source == r->source) && r->body_len < EX_BLOCK_BYTES / TAKEN &&
	    judge_content(&t->judge, r, table, &key) == CONTENT_MATCH;
}

/* Does row k follow row i? */
static bool
follows(const struct record *k, const struct record *i)
{
	return k->previous_form == FORM_HEX && i->claimed_form == FORM_HEX &&
	    memcmp(k->previous, i->claimed, 32) == 0;
}

/* Is the predecessor of each row from `from` on among them? */
static bool
linked(const struct taking *t, unsigned from)
{
	for (unsigned i = from; i < t->n; i++) {
		bool found = t->row[i].previous_form != FORM_HEX;

		for (unsigned k = from; k < t->n && !found; k++)
			found = follows(&t->row[i], &t->row[k]);
		if (!found)
			return false;
	}
	return true;
}

/* Rows of the correlation of row i that stand in the block, if all of them may be taken. */
static int
take_correlation(
    struct taking *t, struct archive *a, const struct block *b, uint32_t i, struct pieces *own)
{
	unsigned was = t->n;
	uint32_t source = t->source;

	for (uint32_t k = i; k < b->n; k++) {
		const struct record *r = &b->rec[k];
		struct record *to = &t->row[t->n];

		if (r->kind != KIND_EVENT || memcmp(r->correlation, b->rec[i].correlation, 32))
			continue;
		/* all of a remediation, or nothing of it */
		if (t->n == TAKEN || b->bad_body[k] ||
		    !fits(t, r, archive_table_of(a, r->source))) {
			t->n = was;
			t->source = source;
			return 0;
		}
		*to = *r;
		to->flags = 0;
		to->body = pieces_copy(own, r->body, r->body_len);
		to->aside = pieces_copy(own, r->aside, r->aside_len);
		if (own->failed)
			return -1;
		t->source = r->source;
		t->n++;
	}
	/* one event alone says little, and what is missing already cannot be missed */
	if (t->n < was + 2 || !linked(t, was)) {
		t->n = was;
		t->source = source;
	}
	return 0;
}

/* Whether a row of the correlation stands before row i. */
static bool
seen_before(const struct block *b, uint32_t i)
{
	for (uint32_t k = 0; k < i; k++)
		if (b->rec[k].kind == KIND_EVENT &&
		    memcmp(b->rec[k].correlation, b->rec[i].correlation, 32) == 0)
			return true;
	return false;
}

static int
by_time(const void *x, const void *y)
{
	const struct record *a = x, *b = y;

	return a->time != b->time ? (a->time > b->time) - (a->time < b->time) :
				    (a->position > b->position) - (a->position < b->position);
}

/* Puts the last row that no other follows behind all; returns its place. */
static unsigned
leaf_last(struct taking *t)
{
	for (unsigned i = t->n; i-- > 0;) {
		struct record leaf = t->row[i];
		bool followed = false;

		for (unsigned k = 0; k < t->n && !followed; k++)
			followed = follows(&t->row[k], &leaf);
		if (followed)
			continue;
		memmove(&t->row[i], &t->row[i + 1], (t->n - i - 1) * sizeof *t->row);
		t->row[t->n - 1] = leaf;
		break;
	}
	return t->n - 1;
}

/* Rows in the order of time, those of the remediation that begins last behind all others: they are
 * the second file. Returns where they begin; no row of the first file waits for one of it. */
static unsigned
last_apart(struct taking *t)
{
	struct record last[TAKEN];
	unsigned n = 0, kept = 0;
	uint8_t of[32] = { 0 };

	qsort(t->row, t->n, sizeof *t->row, by_time);
	for (unsigned i = 0, k; i < t->n; i++) {
		for (k = 0; memcmp(t->row[k].correlation, t->row[i].correlation, 32); k++)
			;
		if (k == i)
			memcpy(of, t->row[i].correlation, 32);
	}
	/* of one alone its last row that none follows */
	if (memcmp(of, t->row[0].correlation, 32) == 0)
		return leaf_last(t);
	for (unsigned i = 0; i < t->n; i++)
		if (memcmp(t->row[i].correlation, of, 32) == 0)
			last[n++] = t->row[i];
		else
			t->row[kept++] = t->row[i];
	memcpy(t->row + kept, last, n * sizeof *last);
	return kept;
}

/* The table record of a file, as it stands in a log whose second source it is. 1: it has none. */
static int
copy_table(const struct archive *a, uint32_t source, struct buf *out)
{
	const struct json_doc *m = archive_manifest(a);
	static const char *const member[] = { "table", "style", "columns", "assumed",
		"null_empty" };

	for (uint32_t i = json_first_of(m, 0, "tables"); i != JSON_NONE; i = m->node[i].next) {
		struct emit x;
		uint64_t n;

		if (!json_u64(m, i, "source", &n) || n != source)
			continue;
		emit_init(&x, out);
		emit_object(&x, NULL);
		emit_str(&x, "context", "table");
		emit_u64(&x, "source", 2);
		emit_u64(&x, "input", 1);
		for (unsigned k = 0; k < sizeof member / sizeof *member; k++) {
			uint32_t v = json_member(m, i, member[k]);

			if (v != JSON_NONE)
				emit_ours(&x, member[k], json_src(m, v), m->node[v].src_len);
		}
		emit_end(&x);
		return emit_done(&x) ? 0 : -1;
	}
	return 1;
}

static int
look_into(struct taking *t, struct archive *a, uint64_t i, struct unpacker *u, struct pieces *own,
    struct err *e)
{
	struct findings ignored = { 0 };
	struct block b;
	struct buf blob;
	int rc;

	buf_init(&blob, EX_MAX_BLOB);
	rc = archive_block(a, i, u, &blob, &b, &ignored, e);
	for (uint32_t k = 0; rc == 0 && k < b.n && t->n < TAKEN; k++)
		if (b.rec[k].kind == KIND_EVENT && !seen_before(&b, k) &&
		    take_correlation(t, a, &b, k, own))
			rc = err_nomem(e);
	buf_release(&blob);
	findings_release(&ignored);
	return rc < 0 ? -1 : 0;
}

int
rows_take(struct archive *a, const struct str *hmac, unsigned n_hmac, struct draft *one,
    struct draft *two, struct pieces *own, struct err *e)
{
	struct taking *t = calloc(1, sizeof *t);
	struct unpacker *u = archive_unpacker(a);
	uint64_t n = archive_blocks(a), step = n / TAKEN_BLOCKS ? n / TAKEN_BLOCKS : 1;
	struct buf table;
	int rc = 0;

	buf_init(&table, EX_MAX_BODY);
	if (t == NULL || u == NULL || judge_init(&t->judge, hmac, n_hmac))
		rc = err_nomem(e);
	/* blocks from all over the file */
	for (uint64_t i = 0; i < n && rc == 0 && t->n < TAKEN; i += step)
		rc = look_into(t, a, i, u, own, e);
	if (rc == 0)
		rc = t->n < FEWEST ? 1 : copy_table(a, t->source, &table);
	if (rc == 0) {
		unsigned first = last_apart(t);

		if (rows_file(one, t->row, first, &table, own) ||
		    rows_file(two, t->row + first, t->n - first, &table, own))
			rc = err_nomem(e);
	}
	if (t)
		judge_release(&t->judge);
	free(t);
	unpacker_free(u);
	buf_release(&table);
	return rc;
}
