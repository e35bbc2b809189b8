/* What stands behind the records: indexes, manifest, proofs, seals (archive.md C-11 to C-14, C-19,
 * record.md R-20, seal.md S-7, S-9). */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "base/utc.h"
#include "index/index.h"
#include "json/emit.h"
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
	struct emit x;
	uint8_t d[32], salt[RECORD_SALT];
	int rc = writer_secret(w, e);

	w->page_err = e;
	if (rc)
		return rc;
	/* pages are put in one transaction of their own */
	if (store_pages_begin(w->store, e))
		return -1;
	/* each kind by itself, in the order of its keys */
	for (enum index_kind kind = INDEX_ID; kind <= INDEX_TIME && rc == 0; kind++) {
		struct index_builder b;

		index_builder_init(&b, kind, w->history.first, put_page, w);
		w->kind_pages = 0;
		/* salted by the secret of the manifest's block, which is open and empty */
		if (w->o.salted)
			record_salt(w->sha, packer_secret(w->packer), w->count.next,
			    SALT_INDEX + kind, salt);
		sha256_begin(w->page_sha);
		if (w->o.salted)
			sha256_add(w->page_sha, salt, sizeof salt);
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
			emit_within(&x, &w->indexes);
			emit_object(&x, NULL);
			emit_i64(&x, "kind", (int)kind);
			emit_u64(&x, "pages", w->kind_pages);
			emit_hash(&x, "sha256", d);
			emit_end(&x);
		}
	}
	/* want of memory is told once, wherever it came */
	if (w->indexes.failed || (rc && e->status == 0))
		return err_nomem(e);
	return rc ? -1 : store_pages_end(w->store, e);
}

static void
put_time(struct emit *x, const char *name, bool any, int64_t us)
{
	if (any)
		emit_time(x, name, us);
	else
		emit_null(x, name);
}

static void
put_list(struct emit *x, const char *name, const struct buf *list)
{
	emit_array(x, name);
	emit_list(x, list->p, list->len);
	emit_end(x);
}

/* Of which log, from where to where: the chain up to here, before the block of this record. */
static void
put_place(struct emit *x, struct writer *w)
{
	uint8_t d[32];

	emit_u64(x, "manifest", 1);
	emit_str(x, "origin", origin_of(w));
	emit_u64(x, "first_position", w->count.first);
	emit_u64(x, "records", w->count.next - w->count.first);
	/* what this file continues, or null */
	if (w->history.first) {
		emit_object(x, "previous");
		emit_u64(x, "size", w->history.first);
		emit_hash(x, "root", w->history.root);
		emit_hash(x, "chain", w->history.chain);
		emit_end(x);
	} else {
		emit_null(x, "previous");
	}
	emit_u64(x, "blocks", w->blocks_in);
	emit_hash(x, "chain", w->chain);
	if (w->dict) {
		sha256_once(w->sha, w->dict, w->dict_len, d);
		emit_object(x, "dictionary");
		emit_u64(x, "bytes", w->dict_len);
		emit_hash(x, "sha256", d);
		emit_end(x);
	} else {
		emit_null(x, "dictionary");
	}
}

/* What is in it. 0; -1 no memory for the days. */
static int
put_contents(struct emit *x, struct writer *w)
{
	struct buf days;
	int rc;

	/* counts by kind, which add up to `records` */
	emit_object(x, "counts");
	emit_u64(x, "events", w->count.events);
	emit_u64(x, "rejects", w->count.rejects);
	emit_u64(x, "conflicts", w->count.conflicts);
	emit_u64(x, "contexts", w->count.contexts);
	emit_u64(x, "dead_letters", w->count.dead_letters);
	emit_end(x);
	put_time(x, "first_event", w->all.any, w->all.min);
	put_time(x, "last_event", w->all.any, w->all.max);
	/* what was counted by day, sealed for whoever asks what is missing */
	buf_init(&days, EX_MAX_BODY);
	if ((rc = daycount_print(w->days, &days)) == 0)
		emit_ours(x, "days", days.p, days.len);
	buf_release(&days);
	/* inputs and tables again, as their records have them: a reader finds them without reading
	 * the log */
	put_list(x, "inputs", &w->inputs);
	put_list(x, "tables", &w->tables);
	put_list(x, "indexes", &w->indexes);
	return rc;
}

/* */
static int
put_manifest(struct writer *w, bool interim, struct err *e)
{
	struct record r;
	struct emit x;
	struct buf b;
	int rc = -1;

	buf_init(&b, EX_MAX_BODY);
	emit_init(&x, &b);
	emit_object(&x, NULL);
	put_place(&x, w);
	if (put_contents(&x, w)) {
		err_nomem(e);
		goto out;
	}
	emit_str(&x, "exporter", w->o.build);
	emit_str(&x, "started_at", w->started_at);
	emit_str(&x, "dead_letters", w->letters ? "in evidence" : "not in evidence");
	if (w->o.follow)
		emit_bool(&x, "follows", true);
	/* members of a kind of run, such as the index of ids */
	if (!interim && w->o.members && w->o.members(w->o.may_seal_arg, &b, e))
		goto out;
	emit_end(&x);
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
