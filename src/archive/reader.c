#include "archive/reader.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "archive/container.h"
#include "archive/history.h"
#include "archive/seals.h"
#include "base/text.h"
#include "log/merkle.h"

/* How the body of a table record begins (record.md R-15). */
static const char table_record[] = "{\"context\":\"table\"";
static const char *const side[] = { "-wal", "-shm", "-journal" };

/*
 * Whether a file beside the archive holds anything: an empty or zeroed one is what SQLite leaves
 * behind after it
 * finished, and nothing that it would apply. What cannot be looked at counts as holding something.
 */
static bool
holds_something(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW);
	unsigned char p[65536];
	struct stat st;
	ssize_t n = 0;
	bool some = fd < 0 || fstat(fd, &st) || !S_ISREG(st.st_mode);

	while (!some && (n = read(fd, p, sizeof p)) > 0)
		for (ssize_t i = 0; i < n && !some; i++)
			some = p[i] != 0;
	if (fd >= 0)
		close(fd);
	return some || n < 0;
}

int
archive_attach(struct archive *a, const char *path, unsigned file, struct err *e)
{
	char name[4096];
	struct stat st;

	memset(a, 0, sizeof *a);
	a->path = path;
	a->file = file;
	json_init(&a->manifest);
	buf_init(&a->manifest_text, EX_MAX_BODY);
	buf_init(&a->proofs, EX_MAX_PROOFS);
	if ((a->fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)) < 0)
		return err_errno(e, "%s", path);
	if (fstat(a->fd, &a->st))
		return err_errno(e, "%s", path);
	if (!S_ISREG(a->st.st_mode))
		return err_set(e, EX_NO_INPUT, "%s: want an archive file, have a %s", path,
		    S_ISDIR(a->st.st_mode) ? "folder" : "device, pipe or socket");
	a->bytes = (uint64_t)a->st.st_size;
	for (unsigned i = 0; i < 3; i++)
		if (snprintf(name, sizeof name, "%s%s", path, side[i]) < (int)sizeof name &&
		    lstat(name, &st) == 0) {
			bool some = holds_something(name);

			a->side_file[i] = some ? SIDE_HOLDS : SIDE_EMPTY;
			a->side_journal |= i == 2 && some;
		}
	return (a->sha = sha256_new()) ? 0 : err_nomem(e);
}

void
archive_detach(struct archive *a)
{
	sqlite3_close(a->db);
	sha256_free(a->sha);
	json_release(&a->manifest);
	told_release(&a->told);
	buf_release(&a->manifest_text);
	for (uint32_t i = 0; i < a->n_tables; i++)
		table_free(a->table[i]);
	for (uint64_t i = 0; i < a->n_pages; i++)
		free(a->page[i].low);
	free(a->page);
	free(a->table);
	free(a->row);
	free(a->damaged);
	free(a->dict);
	free(a->seal_note);
	free(a->trailer_note);
	for (uint64_t i = 0; i < a->n_interim; i++)
		free(a->interim[i].note);
	free(a->interim);
	free(a->prev_note);
	buf_release(&a->proofs);
	if (a->fd > 0)
		close(a->fd);
}

const char *
archive_name(const struct archive *a)
{
	const char *base = strrchr(a->path, '/');

	return base ? base + 1 : a->path;
}

static bool
blob32(sqlite3_stmt *st, int i, uint8_t out[32])
{
	if (sqlite3_column_type(st, i) != SQLITE_BLOB || sqlite3_column_bytes(st, i) != 32)
		return false;
	memcpy(out, sqlite3_column_blob(st, i), 32);
	return true;
}

static bool
number(sqlite3_stmt *st, int i, uint64_t max, uint64_t *ret)
{
	sqlite3_int64 v = sqlite3_column_int64(st, i);

	*ret = (uint64_t)v;
	return sqlite3_column_type(st, i) == SQLITE_INTEGER && v >= 0 && (uint64_t)v <= max;
}

/* C-5; leaves the compact range in a->tree. */
static bool
read_log(struct archive *a, struct findings *f)
{
	sqlite3_stmt *st;
	uint64_t no;
	const char *why = NULL;
	int n;

	if ((st = reader_ask(a,
		 "SELECT no, origin, first, compact, prev_note, prev_chain, proofs FROM log NOT "
		 "INDEXED")) == NULL)
		return false;
	if (sqlite3_step(st) != SQLITE_ROW) {
		why = "one row";
	} else {
		const char *origin = sqlite3_column_type(st, 1) == SQLITE_TEXT ?
		    (const char *)sqlite3_column_text(st, 1) :
		    NULL;

		n = sqlite3_column_bytes(st, 1);
		if (!number(st, 0, 1, &no) || no != 1)
			why = "no = 1";
		else if (origin == NULL || (size_t)n != strlen(origin) ||
		    (n && !note_name_ok(origin, (size_t)n)))
			why = "an origin [S-6]";
		else if (!number(st, 2, INT64_MAX - 1, &a->first))
			why = "a first position";
		else if (!blob32(st, 5, a->prev_chain))
			why = "32 bytes of prev_chain";
		else if (sqlite3_column_type(st, 3) != SQLITE_BLOB ||
		    sqlite3_column_bytes(st, 3) != 32 * __builtin_popcountll(a->first))
			why = "a compact range that fits first";
		else if (a->first == 0 &&
		    (sqlite3_column_bytes(st, 4) || sqlite3_column_bytes(st, 6) ||
			memcmp(a->prev_chain, (uint8_t[32]){ 0 }, 32)))
			why = "nothing before the first file";
		else if (sqlite3_column_bytes(st, 4) > (int)EX_MAX_NOTE ||
		    sqlite3_column_bytes(st, 6) > (int)EX_MAX_PROOFS ||
		    sqlite3_column_type(st, 4) != SQLITE_TEXT ||
		    sqlite3_column_type(st, 6) != SQLITE_BLOB)
			why = "note and proofs within the limits [C-15]";
		if (why == NULL) {
			const uint8_t *c = sqlite3_column_blob(st, 3);

			snprintf(a->origin, sizeof a->origin, "%s", origin);
			merkle_from_compact(&a->tree, a->sha, a->first, c,
			    (size_t)sqlite3_column_bytes(st, 3) / 32);
			a->before = a->tree;
			if (a->first)
				merkle_root(&a->tree, a->sha, a->prev_root);
			buf_put(&a->proofs, sqlite3_column_blob(st, 6),
			    (size_t)sqlite3_column_bytes(st, 6));
			a->prev_note = reader_copied(sqlite3_column_text(st, 4) ?
				(const char *)sqlite3_column_text(st, 4) :
				"",
			    (size_t)sqlite3_column_bytes(st, 4));
			if (a->prev_note == NULL || a->proofs.failed)
				a->failed = true;
			if (sqlite3_step(st) != SQLITE_DONE)
				why = "one row only";
		}
	}
	reader_asked(a, st, f);
	if (why)
		finding_values(finding_add(f, F_A23, a->file, "table log",
				   "The log table does not hold one well-formed row."),
		    why, "something else");
	return why == NULL;
}

static bool
bad_row(struct archive *a, struct findings *f, uint64_t no, const char *what, uint64_t want,
    uint64_t have)
{
	char place[48], w[32], h[32];

	snprintf(place, sizeof place, "block %llu", (unsigned long long)no);
	snprintf(w, sizeof w, "%llu", (unsigned long long)want);
	snprintf(h, sizeof h, "%llu", (unsigned long long)have);
	finding_values(
	    finding_add(f, F_A07, a->file, place, "Block row %llu: `%s` is not what it must be.",
		(unsigned long long)no, what),
	    w, h);
	return false;
}

static bool
read_dictionary(struct archive *a, struct findings *f)
{
	sqlite3_stmt *st;
	bool ok = true;
	int n;

	if ((st = reader_ask(a, "SELECT data FROM data NOT INDEXED WHERE no = 0")) == NULL)
		return false;
	if (sqlite3_step(st) == SQLITE_ROW) {
		n = sqlite3_column_bytes(st, 0);
		if (sqlite3_column_type(st, 0) != SQLITE_BLOB || n < 8 || n > (int)EX_MAX_DICT ||
		    load_be(sqlite3_column_blob(st, 0), 4) != 0x37a430ec ||
		    (a->dict = reader_more(NULL, (size_t)n)) == NULL) {
			finding_add(f, F_A24, a->file, "data.no = 0",
			    "What stands where the dictionary belongs is not one.");
			ok = false;
		} else {
			memcpy(a->dict, sqlite3_column_blob(st, 0), (size_t)n);
			a->dict_len = (size_t)n;
		}
	}
	reader_asked(a, st, f);
	return ok;
}

/* C-6, S-3, S-4: every row, the chain line by line, the root. */
static bool
read_blocks(struct archive *a, struct findings *f, struct err *e)
{
	sqlite3_stmt *st;
	uint8_t chain[32], want[32];
	bool ok = true, fold = true, chained = true;
	uint64_t cap = 0, interim = 0;
	int rc;

	memcpy(chain, a->prev_chain, 32);
	if (a->dict)
		archive_dict_chain(a->sha, a->dict, a->dict_len, a->prev_chain, chain);
	a->next = a->first;
	if ((st = reader_ask(a,
		 "SELECT no, first, count, head_len, body_len, raw_head, raw_body, nodes, "
		 "data_sha256, chain FROM block NOT INDEXED ORDER BY no")) == NULL)
		return false;
	while (ok && (rc = sqlite3_step(st)) == SQLITE_ROW) {
		struct block_row *b, *p;
		int n;

		if (a->n_rows == cap) {
			cap = cap ? cap * 2 : 64;
			if ((p = reader_more(a->row, cap * sizeof *p)) == NULL) {
				err_nomem(e);
				ok = false;
				break;
			}
			a->row = p;
		}
		b = &a->row[a->n_rows];
		n = sqlite3_column_bytes(st, 7);
		if (!number(st, 0, INT64_MAX, &b->no) || b->no != a->n_rows + 1)
			ok = bad_row(a, f, a->n_rows + 1, "no", a->n_rows + 1, b->no);
		else if (!number(st, 1, INT64_MAX, &b->first) || b->first != a->next)
			ok = bad_row(a, f, b->no, "first", a->next, b->first);
		else if (!number(st, 2, EX_BLOCK_RECORDS, &b->count) || b->count == 0)
			ok = bad_row(a, f, b->no, "count", EX_BLOCK_RECORDS, b->count);
		else if (!number(st, 3, EX_MAX_BLOB, &b->head_len))
			ok = bad_row(a, f, b->no, "head_len", EX_MAX_BLOB, b->head_len);
		else if (!number(st, 4, EX_MAX_BLOB - b->head_len, &b->body_len))
			ok = bad_row(a, f, b->no, "body_len", EX_MAX_BLOB, b->body_len);
		else if (!number(st, 5, EX_MAX_RAW_HEAD, &b->raw_head))
			ok = bad_row(a, f, b->no, "raw_head", EX_MAX_RAW_HEAD, b->raw_head);
		else if (!number(st, 6, EX_MAX_RAW_BODY, &b->raw_body))
			ok = bad_row(a, f, b->no, "raw_body", EX_MAX_RAW_BODY, b->raw_body);
		else if (sqlite3_column_type(st, 7) != SQLITE_BLOB || n % 32 || n == 0 ||
		    n / 32 > (int)ARCHIVE_MAX_NODES)
			ok = bad_row(a, f, b->no, "nodes", 32, (uint64_t)n);
		else if (!blob32(st, 8, b->data_sha256))
			ok = bad_row(
			    a, f, b->no, "data_sha256", 32, (uint64_t)sqlite3_column_bytes(st, 8));
		else if (!blob32(st, 9, b->chain))
			ok = bad_row(
			    a, f, b->no, "chain", 32, (uint64_t)sqlite3_column_bytes(st, 9));
		if (!ok)
			break;
		b->n_nodes = (unsigned)n / 32;
		memcpy(b->nodes, sqlite3_column_blob(st, 7), (size_t)n);
		archive_chain(b, a->sha, chain, want);
		if (memcmp(want, b->chain, 32)) {
			char place[48], w[65], h[65];

			snprintf(place, sizeof place, "block %llu", (unsigned long long)b->no);
			hex_of(want, 32, w);
			hex_of(b->chain, 32, h);
			finding_values(finding_add(f, F_A08, a->file, place,
					   "Block %llu: its chain value does not follow from its "
					   "row and the block before.",
					   (unsigned long long)b->no),
			    w, h);
			chained = false;
		}
		memcpy(chain, b->chain, 32);
		if (fold &&
		    !merkle_push_cover(&a->tree, a->sha, b->count, b->nodes[0], b->n_nodes)) {
			fold = bad_row(a, f, b->no, "number of nodes", 0, b->n_nodes);
		}
		a->next += b->count;
		a->n_rows++;
		if (fold)
			seals_meet(a, &interim);
		if (!a->trailer && a->sealed_rows == 0 && a->seal_note && a->seal_why == NULL &&
		    a->seal.size == a->next) {
			a->sealed_rows = a->n_rows;
			a->sealed_tree = a->tree;
		}
	}
	reader_asked(a, st, f);
	if (ok && rc != SQLITE_DONE)
		ok = false;
	/* C-19: it may be open; what is behind its last seal is not read */
	if (ok && fold && a->sealed_rows && a->sealed_rows < a->n_rows) {
		a->tail = a->next - a->seal.size;
		a->next = a->seal.size;
		a->n_rows = a->sealed_rows;
		a->tree = a->sealed_tree;
	}
	if (ok && fold)
		merkle_root(&a->tree, a->sha, a->root);
	a->storage_proved = ok && fold && chained;
	return ok;
}

uint64_t
archive_block_of(const struct archive *a, uint64_t position)
{
	uint64_t lo = 0, hi = a->n_rows;

	if (position < a->first || position >= a->next)
		return a->n_rows;
	while (hi - lo > 1) {
		uint64_t mid = (lo + hi) / 2;

		if (a->row[mid].first <= position)
			lo = mid;
		else
			hi = mid;
	}
	return lo;
}

uint64_t
archive_end_of_block(const struct archive *a, uint64_t position)
{
	uint64_t row = archive_block_of(a, position);

	return row < a->n_rows ? a->row[row].first + a->row[row].count - 1 : position;
}

const struct table *
archive_table_of(const struct archive *a, uint32_t source)
{
	return source && source <= a->n_tables ? a->table[source - 1] : NULL;
}

const struct told_input *
archive_input(const struct archive *a, uint32_t number)
{
	return told_input(&a->told, number);
}

uint32_t
archive_inputs(const struct archive *a)
{
	return a->manifest_ok ? json_first_of(&a->manifest, 0, "inputs") : JSON_NONE;
}

bool
archive_manifest_u64(
    const struct archive *a, const char *object_path, const char *name, uint64_t *ret)
{
	return a->manifest_ok &&
	    json_u64(&a->manifest, json_path(&a->manifest, 0, object_path), name, ret);
}

/* Takes a table record's content over. False: it is none, out of order, or there is no memory. */
static bool
take_table(struct archive *a, struct table *t)
{
	struct table **p;

	if (t == NULL || t->source <= a->n_tables ||
	    (p = reader_more(a->table, t->source * sizeof *p)) == NULL) {
		table_free(t);
		return false;
	}
	a->table = p;
	while (a->n_tables < t->source)
		a->table[a->n_tables++] = NULL;
	a->table[t->source - 1] = t;
	return true;
}

/* Table records, as the manifest repeats them. */
static bool
read_tables(struct archive *a)
{
	struct json_doc *m = &a->manifest;
	uint32_t list = json_member(m, 0, "tables");

	if (list == JSON_NONE || m->node[list].type != JSON_ARRAY)
		return false;
	for (uint32_t i = m->node[list].first; i != JSON_NONE; i = m->node[i].next)
		if (!take_table(a, table_of_json(m, i)))
			return false;
	return true;
}

/*
 * The table records themselves, where no manifest can be read: rows that are whole are told
 * whatever happened to it.
 */
static int
find_tables(struct archive *a, struct unpacker *u, struct findings *f, struct err *e)
{
	struct json_doc d;
	struct block block;
	struct buf blob;
	int rc = 0;

	json_init(&d);
	buf_init(&blob, EX_MAX_BLOB);
	for (uint64_t k = 0; k + 1 < a->n_rows && rc >= 0; k++) {
		if ((rc = archive_block(a, k, u, &blob, &block, f, e)) != 0)
			continue;
		for (uint32_t i = 0; i < block.n; i++) {
			const struct record *r = &block.rec[i];

			if (r->kind == KIND_CONTEXT && r->body_len > sizeof table_record &&
			    memcmp(r->body, table_record, sizeof table_record - 1) == 0 &&
			    json_parse(&d, (const char *)r->body, r->body_len, 64) == 0)
				take_table(a, table_of_json(&d, 0));
		}
	}
	buf_release(&blob);
	json_release(&d);
	return rc < 0 ? -1 : 0;
}

/* bytes and digest of the dictionary. */
static bool
dictionary_named(const struct archive *a, uint32_t m)
{
	uint32_t s = json_member(&a->manifest, m, "sha256");
	uint64_t n;
	uint8_t d[32];
	char hex[65];

	sha256_once(a->sha, a->dict, a->dict_len, d);
	hex_of(d, 32, hex);
	return json_u64(&a->manifest, m, "bytes", &n) && n == a->dict_len && s != JSON_NONE &&
	    a->manifest.node[s].type == JSON_STRING && a->manifest.node[s].str_len == 64 &&
	    memcmp(json_str(&a->manifest, s), hex, 64) == 0;
}

/* The record before the seal (R-20, S-7). */
static int
read_manifest(struct archive *a, struct findings *f, struct err *e)
{
	const struct block_row *last = &a->row[a->n_rows - 1];
	struct unpacker *u = unpacker_new(a->dict, a->dict_len);
	struct block block;
	struct buf blob;
	char w[65], h[65];
	uint64_t v;
	uint32_t m;
	int rc, parsed;

	buf_init(&blob, EX_MAX_BLOB);
	if (u == NULL)
		return err_nomem(e);
	if ((rc = archive_block(a, a->n_rows - 1, u, &blob, &block, f, e)) >= 0) {
		if (rc) {
			finding_add(f, F_A17, a->file, "last block",
			    "The manifest cannot be read: the block that it lies in is damaged.");
		} else if (last->count != 1 || block.rec[0].kind != KIND_MANIFEST) {
			finding_add(f, F_A17, a->file, "last block",
			    "The last record is not a manifest: the file was cut or never "
			    "finished.");
		} else if (block.rec[0].flags & FLAG_INTERIM && a->trailer) {
			finding_add(f, F_A17, a->file, "last block",
			    "The last record is the manifest of an interim seal, and yet the file "
			    "has a trailer.");
		} else if (memcmp(block.leaf[0], last->nodes[0], 32)) {
			finding_add(f, F_A17, a->file, "last block",
			    "The manifest is not the record that the block row names.");
		} else {
			buf_put(&a->manifest_text, block.rec[0].body, block.rec[0].body_len);
			parsed = a->manifest_text.nomem ?
			    -1 :
			    json_parse(
				&a->manifest, (char *)a->manifest_text.p, a->manifest_text.len, 64);
			if (parsed < 0)
				rc = err_nomem(e);
			else if (parsed || a->manifest.node[0].type != JSON_OBJECT ||
			    !json_u64(&a->manifest, 0, "manifest", &v) || v != 1 || !read_tables(a))
				finding_add(f, F_A17, a->file, "last block",
				    "The manifest cannot be read.");
			else if (told_read(&a->told, &a->manifest))
				rc = err_nomem(e);
			else
				a->manifest_ok = true;
			a->open = a->manifest_ok && block.rec[0].flags & FLAG_INTERIM &&
			    a->sealed && a->seal.size == a->next;
		}
	}
	buf_release(&blob);
	if (rc >= 0 && !a->manifest_ok && find_tables(a, u, f, e))
		rc = -1;
	unpacker_free(u);
	/* S-8: blob, digest, chain, manifest, seal; what rests on less is not proved, and
	 * contradicts nothing */
	a->storage_proved &= a->manifest_ok && a->root_signed;
	if (!a->manifest_ok)
		return rc < 0 ? rc : 0;
	m = json_member(&a->manifest, 0, "dead_letters");
	a->letters = m != JSON_NONE && a->manifest.node[m].type == JSON_STRING &&
	    a->manifest.node[m].str_len == 11 &&
	    memcmp(json_str(&a->manifest, m), "in evidence", 11) == 0;
	m = json_member(&a->manifest, 0, "follows");
	a->follows = m != JSON_NONE && a->manifest.node[m].type == JSON_TRUE;
	if (json_u64(&a->manifest, 0, "first_position", &v) && v != a->first) {
		snprintf(w, sizeof w, "%llu", (unsigned long long)v);
		snprintf(h, sizeof h, "%llu", (unsigned long long)a->first);
		finding_values(
		    finding_add(f, F_A19, a->file, "table log",
			"The file begins at another position than its manifest says: %llu records "
			"at its beginning were removed.",
			(unsigned long long)(a->first > v ? a->first - v : v - a->first)),
		    w, h);
	}
	if (!json_u64(&a->manifest, 0, "blocks", &v) || v != a->n_rows - 1) {
		snprintf(w, sizeof w, "%llu blocks", (unsigned long long)v);
		snprintf(h, sizeof h, "%llu blocks", (unsigned long long)a->n_rows - 1);
		finding_values(finding_add(f, F_A18, a->file, "manifest",
				   "The manifest counts other blocks than the file holds."),
		    w, h);
	}
	if (!json_u64(&a->manifest, 0, "records", &v) || v != a->next - 1 - a->first) {
		snprintf(w, sizeof w, "%llu records", (unsigned long long)v);
		snprintf(h, sizeof h, "%llu records", (unsigned long long)(a->next - 1 - a->first));
		finding_values(finding_add(f, F_A18, a->file, "manifest",
				   "The manifest counts other records than the file holds."),
		    w, h);
	}
	hex_of(a->n_rows > 1 ? a->row[a->n_rows - 2].chain : a->prev_chain, 32, w);
	m = json_member(&a->manifest, 0, "chain");
	if (m == JSON_NONE || a->manifest.node[m].str_len != 64 ||
	    memcmp(json_str(&a->manifest, m), w, 64)) {
		snprintf(h, sizeof h, "%.*s",
		    m == JSON_NONE ?
			0 :
			(int)(a->manifest.node[m].str_len < 64 ? a->manifest.node[m].str_len : 64),
		    m == JSON_NONE ? "" : json_str(&a->manifest, m));
		finding_values(finding_add(f, F_A08, a->file, "manifest",
				   "The chain of the blocks does not end where the manifest says."),
		    h, w);
		a->storage_proved = false;
	}
	m = json_member(&a->manifest, 0, "origin");
	if (m == JSON_NONE || a->manifest.node[m].str_len != strlen(a->origin) ||
	    memcmp(json_str(&a->manifest, m), a->origin, strlen(a->origin)))
		finding_add(f, F_A23, a->file, "table log",
		    "The origin is not the one that the manifest names.");
	m = json_member(&a->manifest, 0, "dictionary");
	if (m == JSON_NONE || (a->manifest.node[m].type == JSON_OBJECT) != (a->dict != NULL))
		finding_add(f, F_A24, a->file, "data.no = 0",
		    "A dictionary is there and the manifest names none, or the reverse.");
	else if (a->dict && !dictionary_named(a, m))
		finding_add(f, F_A24, a->file, "data.no = 0",
		    "The dictionary is not the one that the manifest names.");
	return 0;
}

/* C-13: the rows of idx without their data. */
static void
read_index_list(struct archive *a, struct findings *f)
{
	sqlite3_stmt *st;
	struct sha256 *kind_sha = sha256_new();
	uint64_t cap = 0, pages[INDEX_KINDS + 1] = { 0 };
	uint8_t digest[INDEX_KINDS + 1][32], len[4];
	unsigned kind = 0;
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
		p = &a->page[a->n_pages];
		memset(p, 0, sizeof *p);
		if (!number(st, 0, INT64_MAX, &p->no) || p->no != a->n_pages + 1 ||
		    !number(st, 1, INDEX_KINDS, &k) || k < kind || k == 0 ||
		    sqlite3_column_type(st, 2) != SQLITE_BLOB || n > (int)EX_MAX_KEY ||
		    !blob32(st, 3, p->sha256) ||
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
	for (unsigned k = 1; k <= INDEX_KINDS; k++)
		ok = ok && pages[k] == 0;
	a->index_ok = ok;
	if (!ok)
		finding_add(f, F_A20, a->file, "table idx",
		    "The list of index pages is not the one that the manifest digests.");
}

/* A read that failed says nothing about the file (judgement.md J-9). */
static int
unreadable_medium(struct archive *a, struct err *e)
{
	return err_set(e, EX_IO_ERR, "%s: cannot be read (%s): nothing was judged", a->path,
	    a->medium ? strerror(a->medium) : "an error of the medium, or no memory");
}

int
archive_authenticate(
    struct archive *a, const struct vkey *keys, size_t n_keys, struct findings *f, struct err *e)
{
	struct findings none = { 0 };
	int rc = 0;
	bool rows;

	if (a->bytes > EX_MAX_DATABASE) {
		finding_add(f, F_U04, a->file, "the file",
		    "The file is longer than the limit of 4 TiB [C-15].");
		a->shape = ARCHIVE_BROKEN;
		goto out;
	}
	/* an unfinished export has no trailer; look before complaining about it */
	container_trailer(a, keys, n_keys, &none);
	if (a->medium) {
		rc = unreadable_medium(a, e);
		goto out;
	}
	if (!a->trailer && a->side_journal && container_may_be_ours(a)) {
		finding_add(f, F_U03, a->file, "the file and its journal",
		    "This is an unfinished export: its journal lies beside it and it has no "
		    "trailer. Its maker can finish it: the same exhibit-export archive command "
		    "again, with --resume.");
		a->shape = ARCHIVE_UNFINISHED;
		goto out;
	}
	if (!container_header(a, f)) {
		if (a->medium)
			rc = unreadable_medium(a, e);
		goto out;
	}
	if (vfs_open(a->fd, a->db_bytes, &a->db) != SQLITE_OK || container_schema(a, f)) {
		if (a->db == NULL || (sqlite3_errcode(a->db) & 0xff) == SQLITE_NOMEM) {
			rc = err_nomem(e);
			goto out;
		}
		if ((sqlite3_errcode(a->db) & 0xff) == SQLITE_IOERR) {
			rc = unreadable_medium(a, e);
			goto out;
		}
		if (f->n == 0 || a->db == NULL)
			finding_add(f, F_U04, a->file, "the database",
			    "SQLite cannot read the file: %s.",
			    a->db ? sqlite3_errmsg(a->db) : "no memory");
		a->shape = ARCHIVE_BROKEN;
		container_trailer(a, keys, n_keys, f);
		goto out;
	}
	rows = read_log(a, f) && read_dictionary(a, f) && seals_read(a, f);
	if (rows)
		rows = read_blocks(a, f, e);
	if (e->status || a->failed) {
		rc = unreadable_medium(a, e);
		goto out;
	}
	if (rows && a->n_rows) {
		seals_judge(a, keys, n_keys, &none);
		rc = read_manifest(a, &none, e);
		if (a->tail && !a->open)
			finding_add(&none, F_A16, a->file, "seal",
			    "The file holds %llu records behind its seal.",
			    (unsigned long long)a->tail);
		if (!a->trailer && !a->manifest_ok && a->seal_note == NULL && a->seal_why == NULL) {
			finding_add(f, F_U03, a->file, "the file",
			    "This is an unfinished export: no manifest, no seal, no trailer. Its "
			    "maker can finish it: the same exhibit-export archive command again, "
			    "with --resume.");
			a->shape = ARCHIVE_UNFINISHED;
			goto out;
		}
	} else if (!a->trailer && rows) {
		finding_add(f, F_U03, a->file, "the file",
		    "This is an unfinished export: nothing was written but its tables. Its maker "
		    "can finish it: the same exhibit-export archive command again, with --resume.");
		a->shape = ARCHIVE_UNFINISHED;
		goto out;
	}
	/* the same again, now that what is missing counts */
	a->trailer = false;
	a->trailer_key[0] = '\0';
	container_trailer(a, keys, n_keys, a->open ? &none : f);
	if (a->open)
		finding_add(f, F_L05, a->file, "the file",
		    a->tail ? "The file is still open: it is sealed up to position %llu; %llu "
			      "records behind that seal were not read." :
			      "The file is still open: it is sealed up to position %llu.",
		    (unsigned long long)a->next, (unsigned long long)a->tail);
	if (rows)
		container_compare_signers(a, keys, n_keys, f);
	for (unsigned i = 0; i < 3; i++)
		if (a->side_file[i] == SIDE_HOLDS)
			finding_add(f, F_A06, a->file, "beside the file",
			    "A file %s lies beside the archive and holds something; it was not "
			    "read.",
			    side[i]);
		else if (a->side_file[i] == SIDE_EMPTY)
			finding_add(f, F_N06, a->file, "beside the file",
			    "An empty file %s lies beside the archive: some SQLite tool opened it.",
			    side[i]);
	for (unsigned i = 0; i < none.n; i++) {
		if (none.f[i].id == F_A02 || none.f[i].id == F_A03)
			none.f[i].id = FINDING_COUNT;
	}
	findings_take(f, &none);
	if (rows && a->n_rows == 0)
		finding_add(f, F_A17, a->file, "table block", "The file holds no record at all.");
	if (rows && a->n_rows)
		history_check(a, keys, n_keys, f);
	if (a->manifest_ok && !a->open)
		read_index_list(a, f);
	a->readable = a->n_rows > 0;
	if (a->failed || f->failed || none.failed)
		rc = unreadable_medium(a, e);
out:
	findings_release(&none);
	return rc;
}
