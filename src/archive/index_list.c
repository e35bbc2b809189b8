#include "archive/reader_inner.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "archive/seals.h"
#include "base/err.h"
#include "base/text.h"

/* What the rows of idx add up to, kind by kind. */
struct listing {
	struct sha256 *sha; /* over the pages of `kind` so far */
	unsigned kind;      /* of the row before; 0: there was none */
	uint64_t cap;       /* room in a->page */
	uint64_t pages[INDEX_KINDS + 1];
	uint8_t digest[INDEX_KINDS + 1][32];
};

/* Room for one more page, of a number that the file alone decides: by doubling. -1: no memory. */
static int
room_for_page(struct archive *a, struct listing *l)
{
	struct index_page *p;

	if (a->n_pages < l->cap)
		return 0;
	l->cap = l->cap ? l->cap * 2 : 16;
	if ((p = reader_more(a->page, l->cap * sizeof *p)) == NULL)
		return -1;
	a->page = p;
	return 0;
}

/*
 * C-11: rows come by number, and kinds in ascending order. False: this one is not what a row must
 * be, or there is no memory, which reader_more has noted.
 */
static bool
take_page(struct archive *a, const struct listing *l, sqlite3_stmt *st, struct index_page *p)
{
	uint64_t kind;
	int n = sqlite3_column_bytes(st, 2);

	memset(p, 0, sizeof *p);
	if (!reader_number(st, 0, INT64_MAX, &p->no) || p->no != a->n_pages + 1)
		return false;
	if (!reader_number(st, 1, INDEX_KINDS, &kind) || kind < l->kind || kind == 0)
		return false;
	if (sqlite3_column_type(st, 2) != SQLITE_BLOB || n > (int)EX_MAX_KEY ||
	    !reader_blob32(st, 3, p->sha256))
		return false;
	if ((p->low = reader_more(NULL, (size_t)n + 1)) == NULL)
		return false;
	p->kind = (enum index_kind)kind;
	memcpy(p->low, n ? sqlite3_column_blob(st, 2) : "", (size_t)n);
	p->low_len = (size_t)n;
	return true;
}

/* C-13: length, first key and digest of each page, in their order, make the digest of its kind;
 * since kinds ascend, each is made in one pass. */
static void
digest_page(const struct archive *a, struct listing *l, const struct index_page *p)
{
	uint8_t len[4], salt[RECORD_SALT];

	if (p->kind != l->kind) {
		if (l->kind)
			sha256_end(l->sha, l->digest[l->kind]);
		/* the manifest's digest of an index that names every record */
		if (a->salted)
			record_salt(
			    a->sha, a->manifest_secret, a->next - 1, SALT_INDEX + p->kind, salt);
		sha256_begin(l->sha);
		if (a->salted)
			sha256_add(l->sha, salt, RECORD_SALT);
		l->kind = p->kind;
	}
	store_be(len, p->low_len, 4);
	sha256_add(l->sha, len, 4);
	sha256_add(l->sha, p->low, p->low_len);
	sha256_add(l->sha, p->sha256, 32);
	l->pages[l->kind]++;
}

/*
 * The manifest is sealed, so what it says of the indexes is what the rows are held against: each
 * kind that its list names, once, with its pages and its digest, and none that it does not name.
 */
static bool
same_list(const struct archive *a, uint32_t list, struct listing *l)
{
	for (uint32_t i = a->manifest.node[list].first; i != JSON_NONE;
	     i = a->manifest.node[i].next) {
		uint32_t s = json_member(&a->manifest, i, "sha256");
		uint64_t k, n;
		char hex[65];

		if (!json_u64(&a->manifest, i, "kind", &k) ||
		    !json_u64(&a->manifest, i, "pages", &n) || k == 0 || k > INDEX_KINDS ||
		    n != l->pages[k] || s == JSON_NONE || a->manifest.node[s].str_len != 64)
			return false;
		hex_of(l->digest[k], 32, hex);
		if (memcmp(hex, json_str(&a->manifest, s), 64))
			return false;
		/* named: a second time it has no pages any more */
		l->pages[k] = 0;
	}
	for (unsigned k = 1; k <= INDEX_KINDS; k++)
		if (l->pages[k])
			return false;
	return true;
}

/* C-13: the rows of idx without their data. */
void
reader_index_list(struct archive *a, struct findings *f)
{
	struct listing l = { .sha = sha256_new() };
	uint32_t list = a->manifest_ok ? json_member(&a->manifest, 0, "indexes") : JSON_NONE;
	sqlite3_stmt *st;
	bool ok = true;

	if (l.sha == NULL || list == JSON_NONE ||
	    (st = reader_ask(a, "SELECT no, kind, low, sha256 FROM idx NOT INDEXED ORDER BY no")) ==
		NULL) {
		sha256_free(l.sha);
		return;
	}
	while (ok && sqlite3_step(st) == SQLITE_ROW) {
		ok = room_for_page(a, &l) == 0 && take_page(a, &l, st, &a->page[a->n_pages]);
		if (ok)
			digest_page(a, &l, &a->page[a->n_pages++]);
	}
	if (l.kind)
		sha256_end(l.sha, l.digest[l.kind]);
	reader_asked(a, st, f);
	sha256_free(l.sha);
	a->index_ok = ok && same_list(a, list, &l);
	if (!a->index_ok)
		finding_say(f, A20_LIST, a->at.file, "table idx", GIVING_NOTHING);
}
