#include "selftest/forge_inner.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "base/utc.h"
#include "event/event.h"
#include "json/emit.h"
#include "log/proof.h"
#include "record/daycount.h"

/* ---- the manifest */

/* Context records of a name, as they stand. */
static void
put_contexts(struct emit *x, const struct bench *b, const char *member, const char *context)
{
	emit_array(x, member);
	for (unsigned i = 0; i < b->n; i++)
		if (record_tells(&b->rec[i], context))
			emit_ours(x, NULL, b->rec[i].body, b->rec[i].body_len);
	emit_end(x);
}

/* Its counts by day and type. */
static int
put_days(struct emit *x, const struct bench *b)
{
	struct daycount *days = daycount_new();
	struct buf text, out;
	struct str corr, type;
	int rc = days ? 0 : -1;

	buf_init(&text, EX_MAX_BODY);
	buf_init(&out, EX_MAX_BODY);
	for (unsigned i = 0; i < b->n && rc == 0; i++)
		if (b->rec[i].kind == KIND_EVENT && !(b->rec[i].flags & FLAG_TIME_INVALID)) {
			bench_names(&b->rec[i], &text, &corr, &type);
			rc = daycount_add(days, b->rec[i].time, type.p, type.n, 1);
		}
	if (rc == 0 && (rc = daycount_print(days, &out)) == 0)
		emit_ours(x, "days", out.p, out.len);
	buf_release(&out);
	buf_release(&text);
	daycount_free(days);
	return rc;
}

static void
put_counts(struct emit *x, const struct bench *b)
{
	static const struct {
		const char *name;
		enum record_kind kind;
	} count[] = { { "events", KIND_EVENT }, { "rejects", KIND_REJECT },
		{ "conflicts", KIND_CONFLICT }, { "contexts", KIND_CONTEXT },
		{ "dead_letters", KIND_DEAD_LETTER } };
	struct utc_range t = { .any = false };
	uint64_t draw;

	emit_object(x, "counts");
	for (unsigned k = 0; k < sizeof count / sizeof *count; k++) {
		uint64_t n = 0;

		for (unsigned i = 0; i < b->n; i++)
			n += b->rec[i].kind == count[k].kind;
		emit_u64(x, count[k].name, n + bench_lies(b, LIE_COUNT, k, 5, &draw));
	}
	emit_end(x);
	for (unsigned i = 0; i < b->n; i++)
		if (b->rec[i].kind == KIND_EVENT && !(b->rec[i].flags & FLAG_TIME_INVALID))
			utc_range_add(&t, b->rec[i].time);
	if (t.any) {
		emit_time(x, "first_event", t.min);
		emit_time(x, "last_event", t.max);
	} else {
		emit_null(x, "first_event");
		emit_null(x, "last_event");
	}
}

/* Another digit in place of one, where the manifest says something that somebody could hold against
 * the file: not in the exporter's name. */
static void
lie_manifest(struct buf *m, uint64_t draw)
{
	static const char exporter[] = "exporter";
	const unsigned char *end = memmem(m->p, m->len, exporter, sizeof exporter - 1);
	size_t n = end ? (size_t)(end - m->p) : m->len, digits = 0;

	for (size_t i = 0; i < n; i++)
		digits += m->p[i] >= '0' && m->p[i] <= '9';
	for (size_t i = 0, k = 0; i < n && digits; i++)
		if (m->p[i] >= '0' && m->p[i] <= '9' && k++ == draw % digits) {
			/* no leading zero: that would be no number at all */
			m->p[i] = m->p[i] == '9' ? '8' : (unsigned char)(m->p[i] + 1);
			return;
		}
}

static int
make_manifest(struct bench *b)
{
	const struct written *before = b->f->before;
	struct written *w = b->w;
	struct emit x;
	int rc;

	if (b->f->left) {
		buf_put(&w->manifest, b->f->left->manifest.p, b->f->left->manifest.len);
		return w->manifest.failed ? err_nomem(b->e) : 0;
	}
	emit_init(&x, &w->manifest);
	emit_object(&x, NULL);
	emit_u64(&x, "manifest", 1);
	emit_str(&x, "origin", hand_vkey(b->f->hand, HAND_OWN)->name);
	emit_u64(&x, "first_position", w->first);
	emit_u64(&x, "records", b->n);
	if (before) {
		emit_object(&x, "previous");
		emit_u64(&x, "size", before->next);
		emit_hash(&x, "root", before->seal.root);
		emit_hash(&x, "chain", before->chain);
		emit_end(&x);
	} else {
		emit_null(&x, "previous");
	}
	emit_u64(&x, "blocks", w->n_rows);
	emit_hash(&x, "chain", w->chain);
	emit_null(&x, "dictionary");
	put_counts(&x, b);
	rc = put_days(&x, b);
	put_contexts(&x, b, "inputs", "input-end");
	put_contexts(&x, b, "tables", "table");
	emit_array(&x, "indexes");
	emit_list(&x, b->pages.p, b->pages.len);
	emit_end(&x);
	emit_str(&x, "exporter", "exhibit selftest");
	emit_str(&x, "started_at", b->f->draft->started_at);
	emit_str(&x, "dead_letters", "not in evidence");
	emit_bool(&x, "follows", true);
	emit_end(&x);
	if (b->f->lie.at == LIE_MANIFEST)
		lie_manifest(&w->manifest, b->f->lie.draw);
	return rc || !emit_done(&x) ? err_nomem(b->e) : 0;
}

/* ---- what is signed, and the rest of the file */

static int
put_seal(struct bench *b)
{
	struct written *w = b->w;
	struct buf text;
	int rc = 0;

	snprintf(
	    w->seal.origin, sizeof w->seal.origin, "%s", hand_vkey(b->f->hand, HAND_OWN)->name);
	w->seal.size = w->next + (b->f->lie.at == LIE_SIZE);
	merkle_root(&w->tree, b->f->sha, w->seal.root);
	if (b->f->lie.at == LIE_ROOT)
		bench_turn(w->seal.root, 32, b->f->lie.draw);
	buf_init(&text, EX_MAX_NOTE);
	checkpoint_print(&w->seal, &text);
	if (b->f->left)
		buf_put(&w->note, b->f->left->note.p, b->f->left->note.len);
	else
		rc = hand_sign(b->f->hand, b->f->seal, text.p, text.len, &w->note);
	/* the signature is the end of the note's last line, before `==` */
	if (b->f->lie.at == LIE_SEAL && w->note.len > 12) {
		unsigned char *p = w->note.p + w->note.len - 6 - b->f->lie.draw % 60;

		*p = *p == 'A' ? 'B' : 'A';
	}
	buf_release(&text);
	return rc ? err_nomem(b->e) :
		    bench_put(b, "INSERT INTO seal VALUES(?,?)", 1, &w->note, true);
}

/* The row of table log: where the file stands in its log (C-5, S-9). */
static int
put_log(struct bench *b)
{
	const struct written *before = b->f->before;
	sqlite3_stmt *st = NULL;
	uint8_t chain[32] = { 0 }, compact[64][32];
	struct buf proofs;
	unsigned n = 0;
	bool ok;

	buf_init(&proofs, EX_MAX_PROOFS);
	if (before) {
		memcpy(chain, before->chain, 32);
		for (n = 0; n < before->tree.n && n < 64; n++)
			memcpy(compact[n], before->tree.e[n].hash, 32);
		proof_put(&proofs, before->next, before->seal.root, (const uint8_t(*)[32])compact,
		    n, &b->run);
		if (b->f->lie.at == LIE_PROOF)
			bench_turn(proofs.p, proofs.len, b->f->lie.draw);
	}
	if (b->f->lie.at == LIE_LOG_FIRST)
		bench_turn(chain, 32, b->f->lie.draw);
	ok = !proofs.failed &&
	    sqlite3_prepare_v2(b->db, "INSERT INTO log VALUES(1,?,?,?,?,?,?)", -1, &st, NULL) ==
		SQLITE_OK &&
	    sqlite3_bind_text(st, 1, hand_vkey(b->f->hand, HAND_OWN)->name, -1, NULL) ==
		SQLITE_OK &&
	    sqlite3_bind_int64(st, 2, (sqlite3_int64)b->w->first) == SQLITE_OK &&
	    sqlite3_bind_blob(st, 3, n ? (const void *)compact : "", (int)n * 32, NULL) ==
		SQLITE_OK &&
	    sqlite3_bind_text(st, 4, before ? (const char *)before->note.p : "",
		before ? (int)before->note.len : 0, NULL) == SQLITE_OK &&
	    sqlite3_bind_blob(st, 5, chain, 32, NULL) == SQLITE_OK &&
	    sqlite3_bind_blob(st, 6, proofs.len ? (const void *)proofs.p : "", (int)proofs.len,
		NULL) == SQLITE_OK &&
	    sqlite3_step(st) == SQLITE_DONE;
	sqlite3_finalize(st);
	buf_release(&proofs);
	return ok ? 0 : err_nomem(b->e);
}

/* C-3: numbers of the header that are the same in every archive. */
static void
lie_header(unsigned char *db, uint64_t draw)
{
	static const unsigned at[] = { 18, 19, 21, 22, 23, 35, 39, 47, 55, 67 };

	db[at[draw % (sizeof at / sizeof *at)]]++;
}

/* The database as bytes, and its trailer (C-16). */
static int
put_file(struct bench *b)
{
	struct written *w = b->w;
	sqlite3_int64 n = 0;
	unsigned char *p = sqlite3_serialize(b->db, "main", &n, 0);
	char hex[65], text[128];
	uint8_t d[32];
	int len, rc;

	if (p == NULL)
		return err_nomem(b->e);
	if (b->f->lie.at == LIE_DATABASE)
		lie_header(p, b->f->lie.draw);
	buf_put(&w->file, p, (size_t)n);
	sha256_once(b->f->sha, p, (size_t)n, d);
	sqlite3_free(p);
	if (b->f->lie.at == LIE_TRAILER)
		bench_turn(d, 32, b->f->lie.draw);
	hex_of(d, 32, hex);
	len = snprintf(text, sizeof text, "exhibit-file/1\n%" PRIu64 "\n%s\n", (uint64_t)n, hex);
	if (b->f->left) {
		buf_put(&w->trailer, b->f->left->trailer.p, b->f->left->trailer.len);
		rc = 0;
	} else {
		rc = hand_sign(b->f->hand, b->f->trailer, text, (size_t)len, &w->trailer);
	}
	if (b->f->lie.at == LIE_TRAILER_SIGNATURE && w->trailer.len > 80) {
		unsigned char *q = w->trailer.p + w->trailer.len - 6 - b->f->lie.draw % 60;

		*q = *q == 'A' ? 'B' : 'A';
	}
	buf_put(&w->file, w->trailer.p, w->trailer.len);
	while (w->file.len % EX_PAGE && !w->file.failed)
		buf_byte(&w->file, 0);
	return rc || w->file.failed ? err_nomem(b->e) : 0;
}

static int
put_manifest(struct bench *b)
{
	struct record *r = &b->rec[b->n];

	if (make_manifest(b))
		return -1;
	memset(r, 0, sizeof *r);
	r->kind = KIND_MANIFEST;
	r->flags = FLAG_ID_ABSENT | FLAG_NO_CORRELATION;
	r->claimed_form = r->previous_form = FORM_ABSENT;
	r->body_form = BODY_VERBATIM;
	r->body = b->w->manifest.p;
	r->body_len = b->w->manifest.len;
	bench_finish(b, r, b->w->first + b->n);
	return bench_block(b, b->n, b->n + 1);
}

int
bench_end(struct bench *b)
{
	return put_manifest(b) || put_seal(b) || put_log(b) ||
		(sqlite3_exec(b->db, "COMMIT", NULL, NULL, NULL) != SQLITE_OK && err_nomem(b->e)) ||
		put_file(b) ?
	    -1 :
	    0;
}
