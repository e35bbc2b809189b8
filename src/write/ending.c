/* What stands behind the records: indexes, manifest, proofs, seals (archive.md C-11 to C-14, C-19,
 * record.md R-20, seal.md S-7, S-9). */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "base/utc.h"
#include "index/index.h"
#include "log/proof.h"
#include "write/inner.h"

static const char *
origin_of(const struct writer *w)
{
	return w->o.key ? w->o.key->pub.name : "";
}

static int
put_page(
    void *arg, enum index_kind kind, const void *low, size_t low_len, const void *data, size_t n)
{
	struct writer *w = arg;
	uint8_t d[32], len[4];

	sha256_once(w->sha, data, n, d);
	store_be(len, low_len, 4);
	sha256_add(w->page_sha, len, 4);
	sha256_add(w->page_sha, low, low_len);
	sha256_add(w->page_sha, d, 32);
	w->kind_pages++;
	return store_put_page(w->store, kind, low, low_len, d, data, n, w->page_err);
}

static int
put_indexes(struct writer *w, struct err *e)
{
	char hex[65];
	uint8_t d[32];
	int rc = 0;

	w->page_err = e;
	/* pages are put in one transaction of their own */
	if (store_pages_begin(w->store, e))
		return -1;
	/* each kind by itself, in the order of its keys */
	for (enum index_kind kind = INDEX_ID; kind <= INDEX_TIME && rc == 0; kind++) {
		struct index_builder b;

		index_builder_init(&b, kind, w->history.first, put_page, w);
		w->kind_pages = 0;
		sha256_begin(w->page_sha);
		/* times need no spill: blocks are in order already */
		if (kind == INDEX_TIME) {
			for (uint64_t i = 0; i < w->blocks_closed && rc == 0; i++)
				rc = index_add_times(
				    &b, w->times[i].any, w->times[i].min, w->times[i].max);
			rc = rc || index_finish(&b);
		} else {
			rc = spill_index(w->spill, kind, w->block_first, w->blocks_in, &b, e);
		}
		index_builder_release(&b);
		sha256_end(w->page_sha, d);
		/* the digest of a kind's pages stands in the manifest */
		if (w->kind_pages) {
			hex_of(d, 32, hex);
			buf_printf(&w->indexes,
			    "%s{\"kind\":%d,\"pages\":%" PRIu64 ",\"sha256\":\"%s\"}",
			    w->indexes.len ? "," : "", (int)kind, w->kind_pages, hex);
		}
	}
	/* want of memory is told once, wherever it came */
	if (w->indexes.failed || (rc && e->status == 0))
		return err_nomem(e);
	return rc ? -1 : store_pages_end(w->store, e);
}

static void
put_json_time(struct buf *b, bool any, int64_t us)
{
	if (any) {
		buf_byte(b, '"');
		utc_print(b, UTC_REST, us, 0);
		buf_byte(b, '"');
	} else {
		buf_str(b, "null");
	}
}

/* */
static int
put_manifest(struct writer *w, bool interim, struct err *e)
{
	struct record r;
	struct buf b;
	uint8_t d[32];
	char hex[65];
	int rc = -1;

	buf_init(&b, EX_MAX_BODY);
	hex_of(w->chain, 32, hex);
	buf_str(&b, "{\"manifest\":1,\"origin\":");
	text_json(&b, origin_of(w), strlen(origin_of(w)));
	buf_printf(&b,
	    ",\"first_position\":%" PRIu64 ",\"records\":%" PRIu64 ",\"previous\":", w->count.first,
	    (w->count.next - w->count.first));
	/* what this file continues, or null */
	if (w->history.first) {
		char root[65], chain[65];

		hex_of(w->history.root, 32, root);
		hex_of(w->history.chain, 32, chain);
		buf_printf(&b, "{\"size\":%" PRIu64 ",\"root\":\"%s\",\"chain\":\"%s\"}",
		    w->history.first, root, chain);
	} else {
		buf_str(&b, "null");
	}
	/* the chain up to here, before the block of this record */
	buf_printf(
	    &b, ",\"blocks\":%" PRIu64 ",\"chain\":\"%s\",\"dictionary\":", w->blocks_in, hex);
	if (w->dict) {
		sha256_once(w->sha, w->dict, w->dict_len, d);
		hex_of(d, 32, hex);
		buf_printf(&b, "{\"bytes\":%zu,\"sha256\":\"%s\"}", w->dict_len, hex);
	} else {
		buf_str(&b, "null");
	}
	/* counts by kind, which add up to `records` */
	buf_printf(&b,
	    ",\"counts\":{\"events\":%" PRIu64 ",\"rejects\":%" PRIu64 ",\"conflicts\":%" PRIu64
	    ",\"contexts\":%" PRIu64 ","
	    "\"dead_letters\":%" PRIu64 "},\"first_event\":",
	    w->count.events, w->count.rejects, w->count.conflicts, w->count.contexts,
	    w->count.dead_letters);
	put_json_time(&b, w->all.any, w->all.min);
	buf_str(&b, ",\"last_event\":");
	put_json_time(&b, w->all.any, w->all.max);
	/* what was counted by day, sealed for whoever asks what is missing */
	buf_str(&b, ",\"days\":");
	if (daycount_print(w->days, &b)) {
		err_nomem(e);
		goto out;
	}
	/* inputs and tables again, as their records have them: a reader finds them without reading
	 * the log */
	buf_str(&b, ",\"inputs\":[");
	buf_put(&b, w->inputs.p, w->inputs.len);
	buf_str(&b, "],\"tables\":[");
	buf_put(&b, w->tables.p, w->tables.len);
	buf_str(&b, "],\"indexes\":[");
	buf_put(&b, w->indexes.p, w->indexes.len);
	buf_str(&b, "],\"exporter\":");
	text_json(&b, w->o.build, strlen(w->o.build));
	buf_str(&b, ",\"started_at\":");
	text_json(&b, w->started_at, strlen(w->started_at));
	buf_printf(&b, ",\"dead_letters\":\"%sin evidence\"", w->letters ? "" : "not ");
	buf_str(&b, w->o.follow ? ",\"follows\":true" : "");
	/* members of a kind of run, such as the state of a follower */
	if (!interim && w->o.members && w->o.members(w->o.may_seal_arg, &b, e))
		goto out;
	buf_byte(&b, '}');
	/* a manifest that does not fit is no manifest */
	if (b.failed) {
		err_set(
		    e, EX_DATA_ERR, "the manifest would be longer than the limit of 16 MiB [C-15]");
		goto out;
	}
	/* a record like every other, and the last one of the file */
	memset(&r, 0, sizeof r);
	r.kind = KIND_MANIFEST;
	r.flags = FLAG_ID_ABSENT | FLAG_NO_CORRELATION | (interim ? FLAG_INTERIM : 0);
	r.claimed_form = r.previous_form = FORM_ABSENT;
	r.body_form = BODY_VERBATIM;
	r.body = b.p;
	r.body_len = b.len;
	if (packer_add(w->packer, &r)) {
		err_nomem(e);
		goto out;
	}
	w->count.next = r.position + 1;
	rc = writer_settle(w, e);
out:
	buf_release(&b);
	return rc;
}

/* S-9: every checkpoint that the file before remembers, and the one it ended with, each led on to
 * the end of this file. */
static int
put_proofs(struct writer *w, struct buf *out, struct err *e)
{
	struct span sp = span_of(w->history.proofs, w->history.proofs_len);
	struct proof p;
	unsigned n = 0, total = 0;
	int rc;

	if (w->history.first == 0)
		return 0;
	for (struct span count = sp; (rc = proof_next(&count, &p)) == 1; total++)
		;
	while (rc == 0 && proof_next(&sp, &p) == 1 && ++n)
		if (total >= PROOFS_KEPT && n == 2)
			continue; /* the oldest and the newest stay */
		else if (!proof_extend(out, w->sha, &p, w->history.first, &w->run))
			rc = -1;
	if (rc < 0)
		return err_set(
		    e, EX_SOFTWARE_ERR, "the proofs of the file before do not fit it [S-9]");
	proof_put(out, w->history.first, w->history.root, (const uint8_t(*)[32])w->history.compact,
	    w->history.n_compact, &w->run);
	return out->failed ? err_nomem(e) : 0;
}

static int
put_seal(struct writer *w, bool interim, struct err *e)
{
	struct checkpoint c;

	if (w->o.may_seal && w->o.may_seal(w->o.may_seal_arg, e))
		return -1;
	memset(&c, 0, sizeof c);
	snprintf(c.origin, sizeof c.origin, "%s", w->o.key->pub.name);
	c.size = w->count.next;
	merkle_root(&w->tree, w->sha, w->count.root);
	memcpy(c.root, w->count.root, 32);
	buf_clear(&w->note);
	buf_clear(&w->proofs);
	checkpoint_print(&c, &w->note);
	return sign_note(w->o.key, (const char *)w->note.p, w->note.len, &w->note, e) ||
		(!interim && put_proofs(w, &w->proofs, e)) ||
		store_put_seal(w->store, &w->proofs, &w->note, e) ?
	    -1 :
	    0;
}

int
writer_checkpoint(struct writer *w, struct err *e)
{
	return writer_settle(w, e) || store_begin(w->store, e) || put_manifest(w, true, e) ||
		put_seal(w, true, e) || store_commit(w->store, e) ?
	    -1 :
	    0;
}

int
writer_finish(struct writer *w, struct writer_result *ret, struct err *e)
{
	if (w->whole) {
		merkle_root(&w->tree, w->sha, w->count.root);
	} else {
		if (writer_settle(w, e) || (w->o.follow && store_begin(w->store, e)) ||
		    put_indexes(w, e) || put_manifest(w, false, e))
			return -1;
		if (w->blocks_in < store_had_blocks(w->store))
			return err_set(e, EX_DATA_ERR,
			    "%s cannot be resumed: it holds more than this run gives; move the "
			    "file away and begin again",
			    w->o.path);
		merkle_root(&w->tree, w->sha, w->count.root);
		if ((w->o.key && put_seal(w, false, e)) ||
		    (w->o.follow && store_commit(w->store, e)))
			return -1;
	}
	if (store_finish(w->store, w->o.key, e))
		return -1;
	*ret = w->count;
	return 0;
}
