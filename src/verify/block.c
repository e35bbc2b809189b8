#include "verify/block.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/text.h"
#include "chain/across.h"
#include "chain/links.h"
#include "chain/numbers.h"
#include "event/view.h"
#include "log/merkle.h"
#include "verify/record_rules.h"

/* Settles links inside the block: most predecessors are. */
static void
link_block(struct job *j, uint32_t *slot)
{
	const uint32_t n = EX_BLOCK_RECORDS * 4;
	uint32_t s;

	memset(slot, 0xff, n * sizeof *slot);
	for (uint32_t i = 0; i < j->n; i++)
		if (j->rec[i].hashed) {
			for (s = load_be32(j->rec[i].claimed) % n; slot[s] != UINT32_MAX;
			     s = (s + 1) % n)
				;
			slot[s] = i;
		}
	for (uint32_t i = 0; i < j->n; i++)
		if (j->rec[i].wait)
			for (s = load_be32(j->rec[i].previous) % n; slot[s] != UINT32_MAX;
			     s = (s + 1) % n) {
				const struct judged *p = &j->rec[slot[s]];

				if (memcmp(p->claimed, j->rec[i].previous, 32) == 0 &&
				    memcmp(p->corr, j->rec[i].corr, 32) == 0) {
					j->rec[i].link = LINK_LINKED;
					j->rec[i].wait = false;
					if (j->rec[i].parent == EVENT_NONE ||
					    content_fits(p->content))
						j->rec[i].parent = slot[s];
					if (content_fits(p->content))
						break;
				}
			}
}

/* The column insert_seq, which no clause knows (source-interfaces 2, column 37). */
static uint64_t
insert_seq_of(const struct record *r, const struct table *t, struct view *view)
{
	bool verbatim = r->body_form == BODY_VERBATIM; /* then its view is open */
	unsigned at = (r->aside_len || verbatim) && t ? table_extra(t, "insert_seq") : 0;
	struct aside_item it;
	struct view_cell c;
	uint64_t seq;

	if (t == NULL || at >= t->n || !(r->aside_len || verbatim))
		return 0;
	if (verbatim)
		return (c = view_extra(view, at)).state == VIEW_TEXT && dec_u64(c.p, c.n, &seq) ?
		    seq :
		    0;
	return aside_find(r, TAG_UNKNOWN + at, &it) && it.n > 1 && it.p[0] == STATE_TEXT &&
		dec_u64((const char *)it.p + 1, it.n - 1, &seq) ?
	    seq :
	    0;
}

static void
judge_record(struct judge *jd, struct job *j, const struct record *r, const struct table *t,
    struct view *view, struct judged *o)
{
	int key;

	o->time = r->flags & FLAG_TIME_INVALID ? INT64_MIN : r->time;
	o->id = load_be(r->id, 8);
	o->seq = insert_seq_of(r, t, view);
	o->parent = EVENT_NONE;
	o->content = (uint8_t)judge_content(jd, r, t, &key);
	o->key = (int8_t)key;
	o->hashed = r->claimed_form == FORM_HEX;
	o->keyed = r->algorithm == ALGO_HMAC;
	memcpy(o->claimed, r->claimed, 32);
	memcpy(o->previous, r->previous, 32);
	o->unlike = o->content == CONTENT_WITHHELD && o->hashed &&
	    (r->algorithm == ALGO_SHA256 || r->algorithm == ALGO_ABSENT) &&
	    memcmp(r->claimed, r->body_digest, 32) != 0;
	j->withheld_fit += o->content == CONTENT_WITHHELD && o->hashed &&
	    memcmp(r->claimed, r->body_digest, 32) == 0;
	if (r->algorithm == ALGO_HMAC && o->hashed && o->content != CONTENT_WITHHELD) {
		j->hmac_rows++;
		j->hmac_fit += o->content == CONTENT_MATCH;
	}
	if (o->content == CONTENT_NO_HASH)
		return;
	if (r->previous_form == FORM_HEX)
		o->wait = true;
	else if (r->previous_form == FORM_TEXT)
		o->link = LINK_MISSING;
	else if (r->previous_form != FORM_ABSENT)
		o->link = LINK_FIRST;
}

static void
count_indexed(struct work *w, struct job *j, struct sha256 *sha, enum index_kind kind,
    struct str key, const uint8_t *digest, uint64_t value)
{
	uint8_t d[32];

	if (digest == NULL || key.n > EX_MAX_KEY) {
		sha256_once(sha, key.p, key.n > EX_MAX_KEY ? EX_MAX_KEY : key.n, d);
		digest = d;
	}
	j->product[kind] = multiset_add(
	    &w->point, j->product[kind], load_be(digest, 8), load_be(digest + 8, 8), value);
	j->indexed[kind]++;
}

static int
note_run(struct job *j, const struct record *r)
{
	struct retention_run run;
	void *p;
	int rc = retention_run_of(r, &run);

	if (rc <= 0)
		return rc;
	if ((p = realloc(j->run, (j->n_runs + 1) * sizeof *j->run)) == NULL)
		return -1;
	j->run = p;
	j->run[j->n_runs++] = run;
	return 0;
}

/* What the order of an input's records is judged by. */
static int
note_context(
    struct job *j, const struct record *r, uint32_t i, struct json_doc *d, struct sha256 *sha)
{
	if (j->n_heads == j->cap_heads) {
		uint32_t cap = j->cap_heads ? j->cap_heads * 2 : 64;
		void *p = realloc(j->head, cap * sizeof *j->head);

		if (p == NULL)
			return -1;
		j->head = p;
		j->cap_heads = cap;
	}
	if (context_read(r, d, sha, &j->head[j->n_heads]))
		return -1;
	j->head[j->n_heads++].at = i;
	return 0;
}

static const char *
place_of(char place[64], const struct block_row *row, const struct record *r)
{
	snprintf(place, 64, "block %llu, position %llu", (unsigned long long)row->no,
	    (unsigned long long)r->position);
	return place;
}

/* C-19: alone in its block, and named by an interim seal. */
static bool
interim_manifest(const struct archive *a, const struct block_row *row, const struct record *r)
{
	uint64_t lo = 0, hi = a->n_interim;

	if (r->kind != KIND_MANIFEST || !(r->flags & FLAG_INTERIM) || row->count != 1)
		return false;
	while (lo < hi) {
		uint64_t mid = (lo + hi) / 2;

		if (a->interim[mid].c.size <= r->position)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < a->n_interim && a->interim[lo].c.size == r->position + 1;
}

/* S-8: the bytes are those that the chain and the seal bind, and yet their records are not those
 * that the tree and the seal bind. */
static void
proofs_disagree(const struct archive *a, struct job *j, const struct block_row *row)
{
	char place[64];

	if (!a->storage_proved)
		return;
	snprintf(place, sizeof place, "block %llu", (unsigned long long)row->no);
	finding_add(&j->findings, F_A26, a->file, place,
	    "Block %llu: its bytes are those that were sealed, and its records are not: who sealed "
	    "it "
	    "sealed two things [S-8].",
	    (unsigned long long)row->no);
}

/* C-7: what tells whether a block closed where its data made it. */
static void
note_ends(struct job *j, const struct block *b)
{
	static const char poll[] = "{\"context\":\"poll\"", end[] = "{\"context\":\"input-end\"";

	j->first_size = b->rec[0].body_len -
	    (b->rec[0].body_form != BODY_VERBATIM ? EVENT_ID_CHARS : 0) + 1 + b->rec[0].aside_len;
	j->run_ended = b->rec[0].kind == KIND_CONTEXT && b->rec[0].body_len >= sizeof end &&
	    memcmp(b->rec[0].body, end, sizeof end - 1) == 0;
	j->polls = j->polled = 0;
	for (uint32_t i = 0; i < b->n; i++)
		if (b->rec[i].kind == KIND_CONTEXT && b->rec[i].body_len >= sizeof poll &&
		    memcmp(b->rec[i].body, poll, sizeof poll - 1) == 0) {
			j->polls++;
			j->polled = i + 1 == b->n;
		}
}

static void
check_block(struct work *w, struct job *j, struct unpacker *u, struct judge *jd, struct view *view,
    struct daycount *days, struct json_doc *doc, uint32_t *slot, const struct buf *blob)
{
	const struct block_row *row = &w->a->row[j->block];
	struct merkle *cover = malloc(sizeof *cover);
	struct block b;
	enum unpack_fault fault;
	char why[200], place[64];
	bool manifest_block = j->block + 1 == w->a->n_rows, wrong;

	if (cover == NULL) {
		j->failed = true;
		return;
	}
	snprintf(place, sizeof place, "block %llu", (unsigned long long)row->no);
	if ((fault = unpack(u, row, blob->p, blob->len, &b, why)) != UNPACK_OK) {
		if (fault == UNPACK_NOMEM)
			j->failed = true;
		finding_add(&j->findings, fault == UNPACK_HEAD ? F_A11 : F_A10, w->a->file, place,
		    "Block %llu: %s.", (unsigned long long)row->no, why);
		if (fault != UNPACK_NOMEM)
			proofs_disagree(w->a, j, row);
		free(cover);
		return;
	}
	j->ok = true;
	j->n = b.n;
	memset(j->rec, 0, b.n * sizeof *j->rec);
	note_ends(j, &b);
	merkle_init(cover, row->first);
	for (uint32_t i = 0; i < b.n; i++) {
		const struct record *r = &b.rec[i];
		struct judged *o = &j->rec[i];
		const struct table *t = archive_table_of(w->a, r->source);
		struct str corr, type;
		const char *bad = NULL;
		enum finding_id rule;
		bool told;

		if (memcmp(b.leaf[i], b.tags + 2 * i, 2))
			finding_add(&j->findings, F_A12, w->a->file, place_of(place, row, r),
			    "The record at position %llu is not as it was sealed (the first two "
			    "bytes of its leaf differ).",
			    (unsigned long long)r->position);
		merkle_push(cover, unpacker_sha(u), 0, b.leaf[i]);
		o->kind = r->kind;
		o->key = -1;
		o->flags = r->flags;
		o->source = r->source;
		o->ordinal = r->ordinal;
		o->goes_on = r->kind == KIND_REJECT && !reject_begins(r);
		j->kinds[r->kind]++;
		if (b.bad_body[i])
			finding_add(&j->findings, F_A21, w->a->file, place_of(place, row, r),
			    "The body at position %llu is not canonical: %s.",
			    (unsigned long long)r->position, b.bad_body[i]);
		if (!(r->flags & FLAG_ID_ABSENT)) {
			uint64_t prefix = load_be(r->id, 4);

			j->product[INDEX_ID] =
			    multiset_add(&w->point, j->product[INDEX_ID], 0, prefix, row->no);
			j->indexed[INDEX_ID]++;
		}
		/* that the last block holds one is told where the manifest is read */
		if (r->kind == KIND_MANIFEST && !manifest_block && !interim_manifest(w->a, row, r))
			finding_add(&j->findings, F_A17, w->a->file, place_of(place, row, r),
			    "A manifest stands elsewhere than at the end.");
		j->objects += r->kind == KIND_CONTEXT && r->body_len > 19 &&
		    memcmp(r->body, "{\"context\":\"object\"", 19) == 0;
		if (r->kind == KIND_CONTEXT &&
		    (across_vanished(w->a, &j->findings, r) || note_run(j, r) ||
			numbers_migration(r, &j->migration) ||
			note_context(j, r, i, doc, unpacker_sha(u))))
			j->failed = true;
		if ((bad = record_rule_broken(r, t, view, doc, &rule, &j->failed)) &&
		    b.bad_body[i] == NULL)
			finding_add(&j->findings, rule, w->a->file, place_of(place, row, r),
			    "Position %llu: %s.", (unsigned long long)r->position, bad);
		told = bad != NULL;
		if (r->kind == KIND_REJECT && lost_note(&j->lost, w->a, r))
			j->failed = true;
		if (!record_event_like(r))
			continue;
		if (r->aside_len && view_open(view, r, t, &bad) && bad && b.bad_body[i] == NULL &&
		    !told)
			finding_add(&j->findings, F_A22, w->a->file, place_of(place, row, r),
			    "Position %llu: %s.", (unsigned long long)r->position, bad);
		if (block_names(&b, i, view, t, &corr, &type)) {
			j->failed = true;
			break;
		}
		if (r->body_form == BODY_VERBATIM) {
			uint8_t d[32];

			/* the header's correlation digest must be the row's own */
			sha256_once(unpacker_sha(u), corr.p, corr.n, d);
			if (memcmp(d, r->correlation, 32) && !(r->flags & FLAG_NO_CORRELATION))
				finding_add(&j->findings, F_A22, w->a->file,
				    place_of(place, row, r),
				    "Position %llu: the header names another correlation than the "
				    "row [R-9].",
				    (unsigned long long)r->position);
		}
		count_indexed(w, j, unpacker_sha(u), INDEX_CORRELATION, corr,
		    corr.n ? r->correlation : NULL, r->position);
		count_indexed(w, j, unpacker_sha(u), INDEX_TYPE, type, NULL, r->position);
		memcpy(o->corr, r->correlation, 32);
		across_row(w->a, &j->findings, r, corr, type);
		if (r->kind == KIND_CONFLICT) {
			int key;

			if (versions_note(
				&j->versions, w->a, r, corr, judge_content(jd, r, t, &key)))
				j->failed = true;
		}
		if (r->kind != KIND_EVENT)
			continue;
		if (!(r->flags & FLAG_TIME_INVALID)) {
			utc_range_add(&j->time, r->time);
			if (daycount_add(days, r->time, type.p, type.n, 1))
				j->failed = true;
		}
		o->remediation = event_type_remediates(type);
		o->type = expected_type(type);
		judge_record(jd, j, r, t, view, o);
	}
	wrong = cover->n != row->n_nodes;
	if (wrong)
		finding_add(&j->findings, F_A13, w->a->file, place,
		    "Block %llu: another number of tree nodes than its row holds.",
		    (unsigned long long)row->no);
	for (unsigned k = 0; k < cover->n && k < row->n_nodes; k++)
		if (memcmp(cover->e[k].hash, row->nodes[k], 32)) {
			char want[65], have[65];

			hex_of(row->nodes[k], 32, want);
			hex_of(cover->e[k].hash, 32, have);
			snprintf(place, sizeof place, "block %llu", (unsigned long long)row->no);
			wrong = true;
			finding_values(finding_add(&j->findings, F_A13, w->a->file, place,
					   "Block %llu: its records are not those that its row was "
					   "made from.",
					   (unsigned long long)row->no),
			    want, have);
			break;
		}
	if (wrong)
		proofs_disagree(w->a, j, row);
	link_block(j, slot);
	free(cover);
}

void *
block_worker(void *arg)
{
	struct work *w = arg;
	struct unpacker *u = unpacker_new(w->a->dict, w->a->dict_len);
	struct view *view = view_new();
	struct daycount *days = daycount_new();
	uint32_t *slot = malloc(EX_BLOCK_RECORDS * 4 * sizeof *slot);
	struct judge jd;
	struct json_doc doc;
	struct buf blob;
	bool ready = judge_init(&jd, w->v->hmac, w->v->n_hmac) == 0 && u && view && days && slot;

	buf_init(&blob, EX_MAX_BLOB);
	json_init(&doc);
	if (u)
		unpacker_read_whole(u);
	pthread_mutex_lock(&w->lock);
	for (;;) {
		struct job *j;
		int rc;

		while (!w->stop && w->next < w->a->n_rows && w->next >= w->merged + RING)
			pthread_cond_wait(&w->changed, &w->lock);
		if (w->stop || w->next >= w->a->n_rows)
			break;
		j = &w->ring[w->next % RING];
		j->block = w->next++;
		/* SQLite is asked by one thread at a time */
		memset(&j->err, 0, sizeof j->err);
		rc = archive_blob(w->a, j->block, &blob, &j->findings, &j->err);
		pthread_mutex_unlock(&w->lock);
		j->n = 0;
		j->ok = j->time.any = false;
		j->n_runs = j->n_heads = 0;
		j->migration = 0;
		j->failed = rc < 0 || !ready;
		for (int k = 0; k < 4; k++)
			j->product[k] = 1;
		memset(j->kinds, 0, sizeof j->kinds);
		memset(j->indexed, 0, sizeof j->indexed);
		j->hmac_rows = j->hmac_fit = j->withheld_fit = j->objects = 0;
		if (rc == 0 && ready)
			check_block(w, j, u, &jd, view, days, &doc, slot, &blob);
		pthread_mutex_lock(&w->lock);
		j->done = true;
		pthread_cond_broadcast(&w->changed);
	}
	if (days && w->days && daycount_merge(w->days, days)) {
		nomem_note(); /* perhaps nobody waits for a block any more */
		w->stop = true;
	}
	pthread_mutex_unlock(&w->lock);
	buf_release(&blob);
	judge_release(&jd);
	unpacker_free(u);
	view_free(view);
	json_release(&doc);
	daycount_free(days);
	free(slot);
	return NULL;
}
