#include "archive/reader_inner.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "archive/seals.h"
#include "base/err.h"
#include "base/text.h"

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

			if (record_tells(r, "table") &&
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

/* The manifest's text, its tables and what it says of its inputs. -1: no memory (e). */
static int
take_manifest(struct archive *a, const struct record *r, struct findings *f, struct err *e)
{
	uint64_t version;
	int parsed;

	buf_put(&a->manifest_text, r->body, r->body_len);
	if (a->manifest_text.nomem ||
	    (parsed = json_parse(
		 &a->manifest, (char *)a->manifest_text.p, a->manifest_text.len, 64)) < 0)
		return err_nomem(e);
	if (parsed || a->manifest.node[0].type != JSON_OBJECT ||
	    !json_u64(&a->manifest, 0, "manifest", &version) || version != 1 || !read_tables(a))
		finding_say(f, A17_UNREADABLE, a->at.file, "last block", GIVING_NOTHING);
	else if (told_read(&a->told, &a->manifest))
		return err_nomem(e);
	else
		a->manifest_ok = true;
	/* C-19: a file without a trailer that is sealed to this very record may still grow */
	a->open = a->manifest_ok && r->flags & FLAG_INTERIM && a->sealed && a->seal.size == a->next;
	return 0;
}

/* What binds how the file stores its records; a disclosure copy (C-20) stores them anew. */
static void
compare_storage(struct archive *a, struct findings *f)
{
	const struct json_doc *d = &a->manifest;
	char w[65], h[65];
	uint32_t m;

	/* the chain up to the block before this one: it closes what no row repeats */
	hex_of(a->n_rows > 1 ? a->row[a->n_rows - 2].chain : a->prev_chain, 32, w);
	m = json_member(d, 0, "chain");
	if (m == JSON_NONE || d->node[m].str_len != 64 || memcmp(json_str(d, m), w, 64)) {
		snprintf(h, sizeof h, "%.*s",
		    m == JSON_NONE ? 0 : (int)(d->node[m].str_len < 64 ? d->node[m].str_len : 64),
		    m == JSON_NONE ? "" : json_str(d, m));
		finding_values(
		    finding_say(f, A08_END, a->at.file, "manifest", GIVING_NOTHING), h, w);
		a->storage_proved = false;
	}
	/* a dictionary decides what bytes decompress to, so the manifest names its digest */
	m = json_member(d, 0, "dictionary");
	if (m == JSON_NONE || (d->node[m].type == JSON_OBJECT) != (a->dict != NULL))
		finding_say(f, A24_UNNAMED, a->at.file, "data.no = 0", GIVING_NOTHING);
	else if (a->dict && !dictionary_named(a, m))
		finding_say(f, A24_OTHER, a->at.file, "data.no = 0", GIVING_NOTHING);
}

/* What the manifest counts and names, against the tables of the file. */
static void
compare_manifest(struct archive *a, struct findings *f)
{
	const struct json_doc *d = &a->manifest;
	uint64_t v = 0;
	uint32_t m;

	/* what was counted against what is here: rows removed from either end show */
	if (json_u64(d, 0, "first_position", &v) && v != a->first)
		finding_numbers(finding_say(f, A19_REMOVED, a->at.file, "table log",
				    GIVING(NUM(a->first > v ? a->first - v : v - a->first))),
		    v, a->first, "");
	if (!json_u64(d, 0, "blocks", &v) || v != a->n_rows - 1)
		finding_numbers(finding_say(f, A18_BLOCKS, a->at.file, "manifest", GIVING_NOTHING),
		    v, a->n_rows - 1, " blocks");
	/* the manifest itself is not among those that it counts */
	if (!json_u64(d, 0, "records", &v) || v != a->next - 1 - a->first)
		finding_numbers(finding_say(f, A18_RECORDS, a->at.file, "manifest", GIVING_NOTHING),
		    v, a->next - 1 - a->first, " records");
	/* the log's name stands in three places (table log, manifest, seal): all must agree */
	m = json_member(d, 0, "origin");
	if (m == JSON_NONE || d->node[m].str_len != strlen(a->origin) ||
	    memcmp(json_str(d, m), a->origin, strlen(a->origin)))
		finding_say(f, A23_ORIGIN, a->at.file, "table log", GIVING_NOTHING);
	if (!a->disclosed)
		compare_storage(a, f);
}

/* The record before the seal (R-20, S-7). */
int
reader_manifest(struct archive *a, struct findings *f, struct err *e)
{
	const struct block_row *last = &a->row[a->n_rows - 1];
	struct unpacker *u = archive_unpacker(a);
	struct block block;
	struct buf blob;
	uint32_t m;
	int rc;

	if (u == NULL)
		return err_nomem(e);
	buf_init(&blob, EX_MAX_BLOB);
	/* the last block is the manifest's, alone: it stands right before the seal */
	rc = archive_block(a, a->n_rows - 1, u, &blob, &block, f, e);
	if (rc > 0) {
		finding_say(f, A17_DAMAGED, a->at.file, "last block", GIVING_NOTHING);
	} else if (rc == 0) {
		const struct record *r = &block.rec[0];

		if (last->count != 1 || r->kind != KIND_MANIFEST)
			finding_say(f, A17_CUT, a->at.file, "last block", GIVING_NOTHING);
		else if (r->flags & FLAG_INTERIM && a->trailer)
			finding_say(f, A17_INTERIM, a->at.file, "last block", GIVING_NOTHING);
		else if (memcmp(block.leaf[0], last->nodes[0], 32))
			finding_say(f, A17_OTHER, a->at.file, "last block", GIVING_NOTHING);
		else
			rc = take_manifest(a, r, f, e);
		memcpy(a->manifest_secret, unpacker_secret(u), RECORD_SECRET);
	}
	buf_release(&blob);
	/* without a manifest the tables are looked for in the blocks, so that rows can still be
	 * named: where somebody will read them */
	if (rc >= 0 && !a->manifest_ok && !a->at.brief && find_tables(a, u, f, e))
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
	compare_manifest(a, f);
	return 0;
}
