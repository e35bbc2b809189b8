#include "verify/block.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/text.h"
#include "base/vec.h"
#include "event/types.h"
#include "chain/across.h"
#include "chain/links.h"
#include "chain/numbers.h"
#include "event/view.h"
#include "log/merkle.h"
#include "verify/record_rules.h"

/* What a worker works with. */
struct desk {
	bool ready; /* all of it was to be had */
	struct work *w;
	struct job *j;
	const struct block_row *row; /* of the job */
	struct unpacker *u;
	struct judge jd;
	struct view *view;
	struct daycount *days;
	struct merkle *cover;
	uint32_t *slot; /* of link_block */
	/* scratch */
	struct json_doc doc;
	struct buf blob, text;
};

/* Settles links inside the block: most predecessors are. */
static void
link_block(struct job *j, uint32_t *slot)
{
	const uint32_t n = EX_BLOCK_RECORDS * 4;
	uint32_t s;

	memset(slot, 0xff, n * sizeof *slot);
	for (uint32_t i = 0; i < j->n; i++)
		if (j->rec[i].hashed && j->rec[i].kind == KIND_EVENT) {
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
	if ((p = vec_resize(j->run, j->n_runs + 1, sizeof *j->run)) == NULL)
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
		void *p = vec_resize(j->head, cap, sizeof *j->head);

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

static struct at
place_of(const struct block_row *row, const struct record *r)
{
	struct at at;

	snprintf(
	    at.text, sizeof at.text, "block %" PRIu64 ", position %" PRIu64, row->no, r->position);
	return at;
}

/* C-19: alone in its block, and named by an interim seal. */
static bool
interim_manifest(const struct archive *a, const struct block_row *row, const struct record *r)
{
	return r->kind == KIND_MANIFEST && r->flags & FLAG_INTERIM && row->count == 1 &&
	    archive_interim_ends(a, r->position);
}

/* S-8: the bytes are those that the chain and the seal bind, and yet their records are not those
 * that the tree and the seal bind. */
static void
proofs_disagree(const struct archive *a, struct job *j, const struct block_row *row)
{
	if (!archive_storage_proved(a) || archive_disclosed(a))
		return;
	finding_say(&j->findings, A26_SEALED_TWICE, archive_file(a), at_block(row->no).text,
	    GIVING(NUM(row->no)));
}

/* C-7: what tells whether a block closed where its data made it. */
static void
note_ends(struct job *j, const struct block *b)
{
	j->first_size = b->rec[0].body_len -
	    (b->rec[0].body_form != BODY_VERBATIM ? EVENT_ID_CHARS : 0) + 1 + b->rec[0].aside_len;
	j->run_ended = record_tells(&b->rec[0], "input-end");
	j->polls = j->polled = 0;
	for (uint32_t i = 0; i < b->n; i++)
		if (record_tells(&b->rec[i], "poll")) {
			j->polls++;
			j->polled = i + 1 == b->n;
		}
}

static void
tell_broken(struct desk *x, const struct record *r, const struct broken *rule)
{
	struct findings *l = &x->j->findings;
	unsigned file = archive_file(x->w->a);
	struct at at = place_of(x->row, r);

	if (rule->why)
		finding_say(l, A22_FAULT, file, at.text, GIVING(NUM(r->position), TEXT(rule->why)));
	else
		finding_say(l, rule->said, file, at.text, GIVING(NUM(r->position)));
}

/* The head's tags are the beginning of each leaf: one that differs is found without the body. */
static void
check_tag(struct desk *x, const struct block *b, uint32_t i)
{
	const struct record *r = &b->rec[i];

	if (memcmp(b->leaf[i], b->tags + 2 * i, 2))
		finding_say(&x->j->findings, A12_LEAF, archive_file(x->w->a),
		    place_of(x->row, r).text, GIVING(NUM(r->position)));
}

/* A record of which only the header is here (C-20): others may name it as their predecessor. */
static void
note_left_out(struct desk *x, const struct block *b, uint32_t i)
{
	const struct record *r = &b->rec[i];
	struct judged *o = &x->j->rec[i];

	check_tag(x, b, i);
	x->j->left[r->was]++;
	x->j->left_plain += r->version != 2;
	o->was = r->was;
	o->hidden = r->version == 2;
	o->hashed = r->was == KIND_EVENT && r->claimed_form == FORM_HEX && !o->hidden;
	memcpy(o->corr, r->correlation, 32);
	memcpy(o->claimed, r->claimed, 32);
}

/* What holds for every record: its leaf, its form, its rules, and what its context says. True: one
 * of its rules is broken, and told. */
static bool
check_record(struct desk *x, const struct block *b, uint32_t i)
{
	struct job *j = x->j;
	struct archive *a = x->w->a;
	const struct record *r = &b->rec[i];
	struct broken rule;
	bool broken;

	check_tag(x, b, i);
	/* what is no canonical body is told with the place */
	if (b->bad_body[i])
		finding_say(&j->findings, A21_NOT_CANONICAL, archive_file(a),
		    place_of(x->row, r).text, GIVING(NUM(r->position), TEXT(b->bad_body[i])));
	/* that the last block holds one is told where the manifest is read */
	if (r->kind == KIND_MANIFEST && j->block + 1 != archive_blocks(a) &&
	    !interim_manifest(a, x->row, r))
		finding_say(&j->findings, A17_NOT_LAST, archive_file(a), place_of(x->row, r).text,
		    GIVING_NOTHING);
	/* told by the first bytes, so that no object is parsed for it */
	j->objects += record_tells(r, "object");
	/* contexts are noted as they come: later records rest on them */
	if (r->kind == KIND_CONTEXT &&
	    (across_vanished(a, &j->findings, r) || note_run(j, r) ||
		numbers_migration(r, &j->migration) ||
		note_context(j, r, i, &x->doc, unpacker_sha(x->u))))
		j->failed = true;
	/* one broken rule a record: those behind it would follow from it */
	broken = record_rule_broken(
	    r, archive_table_of(a, r->source), x->view, &x->doc, &rule, &j->failed);
	if (broken && b->bad_body[i] == NULL)
		tell_broken(x, r, &rule);
	/* a reject that names its row is lost to the events, and found again by its name */
	if (r->kind == KIND_REJECT && lost_note(&j->lost, a, r))
		j->failed = true;
	return broken;
}

/* The header's correlation digest must be the row's own. */
static void
check_correlation(struct desk *x, const struct record *r, struct str corr)
{
	uint8_t d[32];

	sha256_once(unpacker_sha(x->u), corr.p, corr.n, d);
	if (memcmp(d, r->correlation, 32) && !(r->flags & FLAG_NO_CORRELATION))
		finding_say(&x->j->findings, A22_OTHER_CORRELATION, archive_file(x->w->a),
		    place_of(x->row, r).text, GIVING(NUM(r->position)));
}

/* An event: counted by day, and held against its hash. */
static void
check_event(struct desk *x, const struct record *r, const struct table *t, struct str type,
    struct judged *o)
{
	if (!(r->flags & FLAG_TIME_INVALID)) {
		utc_range_add(&x->j->time, r->time);
		if (daycount_add(x->days, r->time, type.p, type.n, 1))
			x->j->failed = true;
	}
	o->remediation = event_type_remediates(type);
	if (expected_of(r, type, &x->doc, &x->text, &o->type))
		x->j->failed = true;
	judge_record(&x->jd, x->j, r, t, x->view, o);
}

/* What holds for rows of the source, events and conflicts alike. told: a rule of the record is
 * broken, which its aside may be the reason of. */
static void
check_row(struct desk *x, const struct block *b, uint32_t i, bool told)
{
	struct job *j = x->j;
	struct archive *a = x->w->a;
	const struct record *r = &b->rec[i];
	const struct table *t = archive_table_of(a, r->source);
	struct judged *o = &j->rec[i];
	struct str corr, type;
	struct broken aside = { A22_FAULT, NULL };
	int key;

	if (r->aside_len && view_open(x->view, r, t, &aside.why) && aside.why &&
	    b->bad_body[i] == NULL && !told)
		tell_broken(x, r, &aside);
	if (block_names(b, i, x->view, t, &corr, &type)) {
		j->failed = true;
		return;
	}
	if (r->body_form == BODY_VERBATIM)
		check_correlation(x, r, corr);
	count_indexed(x->w, j, unpacker_sha(x->u), INDEX_CORRELATION, corr,
	    corr.n ? r->correlation : NULL, r->position);
	count_indexed(x->w, j, unpacker_sha(x->u), INDEX_TYPE, type, NULL, r->position);
	memcpy(o->corr, r->correlation, 32);
	across_row(a, &j->findings, r, corr, type);
	if (r->kind == KIND_CONFLICT &&
	    versions_note(&j->versions, a, r, corr, type, judge_content(&x->jd, r, t, &key)))
		j->failed = true;
	if (r->kind == KIND_EVENT)
		check_event(x, r, t, type, o);
}

/* The records' tree against the block's row (S-8). */
static void
check_tree(struct desk *x)
{
	const struct merkle *cover = x->cover;
	const struct block_row *row = x->row;
	struct job *j = x->j;
	bool wrong = cover->n != row->n_nodes;
	struct at at = at_block(row->no);

	if (wrong)
		finding_say(
		    &j->findings, A13_NODES, archive_file(x->w->a), at.text, GIVING(NUM(row->no)));
	for (unsigned k = 0; k < cover->n && k < row->n_nodes; k++)
		if (memcmp(cover->e[k].hash, row->nodes[k], 32)) {
			wrong = true;
			finding_digests(finding_say(&j->findings, A13_RECORDS,
					    archive_file(x->w->a), at.text, GIVING(NUM(row->no))),
			    row->nodes[k], cover->e[k].hash);
			break;
		}
	if (wrong)
		proofs_disagree(x->w->a, j, row);
}

static void
check_block(struct desk *x)
{
	struct job *j = x->j;
	struct block b;
	enum unpack_fault fault;
	char why[200];

	x->row = archive_row(x->w->a, j->block);
	/* a block that cannot be unpacked: head or body, and whether its bytes are those that were
	 * sealed */
	if ((fault = unpack(x->u, x->row, x->blob.p, x->blob.len, &b, why)) != UNPACK_OK) {
		if (fault == UNPACK_NOMEM)
			j->failed = true;
		finding_say(&j->findings, fault == UNPACK_HEAD ? A11_FAULT : A10_FAULT,
		    archive_file(x->w->a), at_block(x->row->no).text,
		    GIVING(NUM(x->row->no), TEXT(why)));
		if (fault != UNPACK_NOMEM)
			proofs_disagree(x->w->a, j, x->row);
		return;
	}
	/* from here on all its records are known */
	j->ok = true;
	j->n = b.n;
	memset(j->rec, 0, b.n * sizeof *j->rec);
	note_ends(j, &b);
	merkle_init(x->cover, x->row->first);
	for (uint32_t i = 0; i < b.n; i++) {
		const struct record *r = &b.rec[i];
		struct judged *o = &j->rec[i];
		bool told;

		/* the tree over records, which proves each of them (S-1) */
		merkle_push(x->cover, unpacker_sha(x->u), 0, b.leaf[i]);
		o->kind = r->kind;
		o->key = -1;
		o->flags = r->flags;
		o->source = r->source;
		o->ordinal = r->ordinal;
		o->goes_on = r->kind == KIND_REJECT && !reject_begins(r);
		j->kinds[r->was ? r->was : r->kind]++;
		/* the index of ids is held against a product over all ids, not against a copy of
		 * it */
		if (!(r->flags & FLAG_ID_ABSENT)) {
			j->product[INDEX_ID] = multiset_add(
			    &x->w->point, j->product[INDEX_ID], 0, load_be(r->id, 4), x->row->no);
			j->indexed[INDEX_ID]++;
		}
		/* forms first: a row whose record is broken is not judged further */
		if (r->kind == KIND_LEFT_OUT) {
			note_left_out(x, &b, i);
			continue;
		}
		told = check_record(x, &b, i);
		if (record_event_like(r))
			check_row(x, &b, i, told);
	}
	/* digests of the tree and of the chain, when all leaves are there */
	check_tree(x);
	link_block(j, x->slot);
}

/* Takes a job's place in the ring anew. */
static void
begin_job(struct job *j)
{
	j->n = 0;
	j->ok = j->time.any = false;
	j->n_runs = j->n_heads = 0;
	j->migration = 0;
	for (int k = 0; k < 4; k++)
		j->product[k] = 1;
	memset(j->kinds, 0, sizeof j->kinds);
	memset(j->left, 0, sizeof j->left);
	j->left_plain = 0;
	memset(j->indexed, 0, sizeof j->indexed);
	j->hmac_rows = j->hmac_fit = j->withheld_fit = j->objects = 0;
}

struct desk *
desk_new(struct work *w)
{
	struct desk *x = calloc(1, sizeof *x);

	if (x == NULL)
		return NULL;
	x->w = w;
	buf_init(&x->blob, EX_MAX_BLOB);
	buf_init(&x->text, EX_MAX_BODY);
	json_init(&x->doc);
	x->u = archive_unpacker(w->a);
	x->view = view_new();
	x->days = daycount_new();
	x->cover = malloc(sizeof *x->cover);
	x->slot = malloc(EX_BLOCK_RECORDS * 4 * sizeof *x->slot);
	if (x->u)
		unpacker_read_whole(x->u);
	x->ready = judge_init(&x->jd, w->v->hmac, w->v->n_hmac) == 0 && x->u && x->view &&
	    x->days && x->cover && x->slot;
	return x;
}

void
desk_free(struct desk *x)
{
	struct work *w;

	if (x == NULL)
		return;
	w = x->w;
	/* counts of days are merged once a desk */
	pthread_mutex_lock(&w->lock);
	if (x->days && w->days && daycount_merge(w->days, x->days)) {
		nomem_note(); /* perhaps nobody waits for a block any more */
		w->stop = true;
	}
	pthread_mutex_unlock(&w->lock);
	buf_release(&x->blob);
	buf_release(&x->text);
	judge_release(&x->jd);
	unpacker_free(x->u);
	view_free(x->view);
	json_release(&x->doc);
	daycount_free(x->days);
	free(x->cover);
	free(x->slot);
	free(x);
}

bool
desk_judge(struct desk *x)
{
	struct work *w = x->w;
	struct job *j;
	int rc;

	if (w->stop || w->next >= archive_blocks(w->a))
		return false;
	x->j = j = &w->ring[w->next % RING];
	j->block = w->next++;
	memset(&j->err, 0, sizeof j->err);
	/* SQLite is asked by one thread at a time: the blob is read under the lock, unpacked
	 * outside of it */
	rc = archive_blob(w->a, j->block, &x->blob, &j->findings, &j->err);
	pthread_mutex_unlock(&w->lock);
	begin_job(j);
	j->failed = rc < 0 || !x->ready;
	if (rc == 0 && x->ready)
		check_block(x);
	pthread_mutex_lock(&w->lock);
	/* done, whatever came of it: the merge asks */
	j->done = true;
	pthread_cond_broadcast(&w->changed);
	return true;
}

void *
block_worker(void *arg)
{
	struct work *w = arg;
	struct desk *x = desk_new(w);

	pthread_mutex_lock(&w->lock);
	/* without a desk nobody may wait for this thread's blocks */
	if (x == NULL) {
		nomem_note();
		w->stop = true;
		pthread_cond_broadcast(&w->changed);
	}
	do
		/* ahead by RING blocks at most: what is unpacked and not merged is bounded */
		while (!w->stop && w->next < archive_blocks(w->a) && w->next >= w->merged + RING)
			pthread_cond_wait(&w->changed, &w->lock);
	while (x && desk_judge(x));
	pthread_mutex_unlock(&w->lock);
	desk_free(x);
	return NULL;
}
