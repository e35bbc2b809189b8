#include "archive/reader_inner.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "archive/seals.h"
#include "base/err.h"
#include "base/text.h"

/* C-13: the rows of idx without their data. */
void
reader_index_list(struct archive *a, struct findings *f)
{
	sqlite3_stmt *st;
	struct sha256 *kind_sha = sha256_new();
	uint64_t cap = 0, pages[INDEX_KINDS + 1] = { 0 };
	uint8_t digest[INDEX_KINDS + 1][32], len[4];
	unsigned kind = 0;
	/* the manifest is sealed: what it says of the indexes is what the rows are held against */
	uint32_t list = a->manifest_ok ? json_member(&a->manifest, 0, "indexes") : JSON_NONE;
	bool ok = kind_sha != NULL && list != JSON_NONE;

	if (!ok ||
	    (st = reader_ask(a, "SELECT no, kind, low, sha256 FROM idx NOT INDEXED ORDER BY no")) ==
		NULL) {
		sha256_free(kind_sha);
		return;
	}
	while (ok && sqlite3_step(st) == SQLITE_ROW) {
		struct index_page *p;
		uint64_t k;
		int n = sqlite3_column_bytes(st, 2);

		if (a->n_pages == cap) {
			cap = cap ? cap * 2 : 16;
			if ((p = reader_more(a->page, cap * sizeof *p)) == NULL) {
				ok = false;
				break;
			}
			a->page = p;
		}
		/* rows come by number, and kinds in ascending order: so each digest is made in one
		 * pass */
		p = &a->page[a->n_pages];
		memset(p, 0, sizeof *p);
		if (!reader_number(st, 0, INT64_MAX, &p->no) || p->no != a->n_pages + 1 ||
		    !reader_number(st, 1, INDEX_KINDS, &k) || k < kind || k == 0 ||
		    sqlite3_column_type(st, 2) != SQLITE_BLOB || n > (int)EX_MAX_KEY ||
		    !reader_blob32(st, 3, p->sha256) ||
		    (p->low = reader_more(NULL, (size_t)n + 1)) == NULL) {
			ok = false;
			break;
		}
		p->kind = (enum index_kind)k;
		memcpy(p->low, n ? sqlite3_column_blob(st, 2) : "", (size_t)n);
		p->low_len = (size_t)n;
		if (k != kind) {
			if (kind)
				sha256_end(kind_sha, digest[kind]);
			sha256_begin(kind_sha);
			kind = (unsigned)k;
		}
		/* C-13: length, first key and digest of each page, in their order */
		store_be(len, (uint64_t)n, 4);
		sha256_add(kind_sha, len, 4);
		sha256_add(kind_sha, p->low, p->low_len);
		sha256_add(kind_sha, p->sha256, 32);
		pages[kind]++;
		a->n_pages++;
	}
	if (kind)
		sha256_end(kind_sha, digest[kind]);
	reader_asked(a, st, f);
	sha256_free(kind_sha);
	/* each kind that the manifest names, once, with its pages and its digest */
	for (uint32_t i = ok ? a->manifest.node[list].first : JSON_NONE; i != JSON_NONE;
	     i = a->manifest.node[i].next) {
		uint64_t k, n;
		uint32_t s = json_member(&a->manifest, i, "sha256");
		char hex[65];

		if (!json_u64(&a->manifest, i, "kind", &k) ||
		    !json_u64(&a->manifest, i, "pages", &n) || k == 0 || k > INDEX_KINDS ||
		    n != pages[k] || s == JSON_NONE || a->manifest.node[s].str_len != 64) {
			ok = false;
			break;
		}
		hex_of(digest[k], 32, hex);
		if (memcmp(hex, json_str(&a->manifest, s), 64))
			ok = false;
		pages[k] = 0;
	}
	/* and none that it does not name */
	for (unsigned k = 1; k <= INDEX_KINDS; k++)
		ok = ok && pages[k] == 0;
	a->index_ok = ok;
	if (!ok)
		finding_say(f, A20_LIST, a->at.file, "table idx", GIVING_NOTHING);
}
