#include "verify/verify.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "archive/sequence.h"
#include "base/err.h"
#include "base/text.h"
#include "event/view.h"
#include "log/merkle.h"
#include "record/daycount.h"
#include "verify/across.h"
#include "verify/chain.h"
#include "verify/inputs.h"
#include "verify/pages.h"

#define RING 8

/* What a worker says of one record. */
struct judged {
	uint8_t kind, content, link, type;
	int8_t key;
	bool hashed, keyed, remediation, wait;
	uint8_t corr[32], claimed[32], previous[32];
	int64_t time;
	uint64_t id, seq;                  /* seq: insert_seq, 0 none */
	uint32_t parent;                   /* record of the same block, EVENT_NONE */
	uint16_t flags;
	uint32_t source;
	uint64_t ordinal;
	uint32_t event;                    /* its number; filled when merged */
};

struct job {
	uint64_t block;                    /* index of the row */
	bool done;
	uint32_t n;
	struct judged *rec;                /* EX_BLOCK_RECORDS */
	struct findings findings;
	bool ok, failed;
	struct err err;                    /* of the tool, while the block was read */
	struct context_head *head;         /* of its context records */
	uint32_t n_heads, cap_heads;
	struct utc_range time;
	struct retention_run *run;
	unsigned n_runs;
	uint64_t product[4];               /* kinds 1–3 */
	uint64_t kinds[8], indexed[4], hmac_rows, hmac_fit, withheld_fit, objects;
};

struct work {
	struct verification *v;
	struct archive *a;
	struct multiset_point point;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	uint64_t next, merged;
	bool stop;
	struct job ring[RING];
	struct daycount *days;
};

int
multiset_random(struct multiset_point *p)
{
	if (getrandom(p, sizeof *p, 0) != (ssize_t)sizeof *p)
		return -1;
	p->x = mod61(p->x);
	for (int i = 0; i < 4; i++)
		p->r[i] = mod61(p->r[i]);
	return 0;
}

/* Settles links inside the block: most predecessors are. */
static void
link_block(struct job *j, uint32_t *slot)
{
	const uint32_t n = EX_BLOCK_RECORDS * 4;
	uint32_t s;

	memset(slot, 0xff, n * sizeof *slot);
	for (uint32_t i = 0; i < j->n; i++)
		if (j->rec[i].hashed) {
			for (s = load_be(j->rec[i].claimed, 4) % n; slot[s] != UINT32_MAX; s = (s + 1) % n)
				;
			slot[s] = i;
		}
	for (uint32_t i = 0; i < j->n; i++)
		if (j->rec[i].wait)
			for (s = load_be(j->rec[i].previous, 4) % n; slot[s] != UINT32_MAX; s = (s + 1) % n) {
				const struct judged *p = &j->rec[slot[s]];

				if (memcmp(p->claimed, j->rec[i].previous, 32) == 0 && memcmp(p->corr, j->rec[i].corr, 32) == 0) {
					j->rec[i].link = LINK_LINKED;
					j->rec[i].wait = false;
					if (j->rec[i].parent == EVENT_NONE || content_fits(p->content))
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
	bool verbatim = r->body_form == BODY_VERBATIM;         /* then its view is open */
	unsigned at = (r->aside_len || verbatim) && t ? table_extra(t, "insert_seq") : 0;
	struct aside_item it;
	struct view_cell c;
	uint64_t seq;

	if (t == NULL || at >= t->n || !(r->aside_len || verbatim))
		return 0;
	if (verbatim)
		return (c = view_extra(view, at)).state == VIEW_TEXT && dec_u64(c.p, c.n, &seq) ? seq : 0;
	return aside_find(r, TAG_UNKNOWN + at, &it) && it.n > 1 && it.p[0] == STATE_TEXT && dec_u64((const char *)it.p + 1, it.n - 1, &seq) ? seq : 0;
}

static void
judge_record(struct judge *jd, struct job *j, const struct record *r, const struct table *t, struct view *view, struct judged *o)
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
	j->withheld_fit += o->content == CONTENT_WITHHELD && o->hashed && memcmp(r->claimed, r->body_digest, 32) == 0;
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
count_indexed(struct work *w, struct job *j, struct sha256 *sha, enum index_kind kind, struct str key, const uint8_t *digest, uint64_t value)
{
	uint8_t d[32];

	if (digest == NULL || key.n > EX_MAX_KEY) {
		sha256_once(sha, key.p, key.n > EX_MAX_KEY ? EX_MAX_KEY : key.n, d);
		digest = d;
	}
	j->product[kind] = multiset_add(&w->point, j->product[kind], load_be(digest, 8), load_be(digest + 8, 8), value);
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
note_context(struct job *j, const struct record *r, uint32_t i, struct json_doc *d, struct sha256 *sha)
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
	snprintf(place, 64, "block %llu, position %llu", (unsigned long long)row->no, (unsigned long long)r->position);
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

static void
check_block(struct work *w, struct job *j, struct unpacker *u, struct judge *jd, struct view *view, struct daycount *days, struct json_doc *doc,
    uint32_t *slot, const struct buf *blob)
{
	const struct block_row *row = &w->a->row[j->block];
	struct merkle *cover = malloc(sizeof *cover);
	struct block b;
	enum unpack_fault fault;
	char why[200], place[64];
	bool manifest_block = j->block + 1 == w->a->n_rows;

	if (cover == NULL) {
		j->failed = true;
		return;
	}
	snprintf(place, sizeof place, "block %llu", (unsigned long long)row->no);
	if ((fault = unpack(u, row, blob->p, blob->len, &b, why)) != UNPACK_OK) {
		if (fault == UNPACK_NOMEM)
			j->failed = true;
		finding_add(&j->findings, fault == UNPACK_HEAD ? F_A11 : F_A10, w->a->file, place, "Block %llu: %s.", (unsigned long long)row->no, why);
		free(cover);
		return;
	}
	j->ok = true;
	j->n = b.n;
	memset(j->rec, 0, b.n * sizeof *j->rec);
	merkle_init(cover, row->first);
	for (uint32_t i = 0; i < b.n; i++) {
		const struct record *r = &b.rec[i];
		struct judged *o = &j->rec[i];
		const struct table *t = archive_table_of(w->a, r->source);
		struct str corr, type;
		const char *bad = NULL;

		if (memcmp(b.leaf[i], b.tags + 2 * i, 2))
			finding_add(&j->findings, F_A12, w->a->file, place_of(place, row, r), "The record at position %llu is not as it was sealed (the first two bytes of its leaf differ).",
			    (unsigned long long)r->position);
		merkle_push(cover, unpacker_sha(u), 0, b.leaf[i]);
		o->kind = r->kind;
		o->key = -1;
		o->flags = r->flags;
		o->source = r->source;
		o->ordinal = r->ordinal;
		j->kinds[r->kind]++;
		if (b.bad_body[i])
			finding_add(&j->findings, F_A21, w->a->file, place_of(place, row, r), "The body at position %llu is not canonical: %s.", (unsigned long long)r->position, b.bad_body[i]);
		if (!(r->flags & FLAG_ID_ABSENT)) {
			uint64_t prefix = load_be(r->id, 4);

			j->product[INDEX_ID] = multiset_add(&w->point, j->product[INDEX_ID], 0, prefix, row->no);
			j->indexed[INDEX_ID]++;
		}
		if (manifest_block != (r->kind == KIND_MANIFEST) && !interim_manifest(w->a, row, r))
			finding_add(&j->findings, F_A17, w->a->file, place_of(place, row, r), "A manifest stands elsewhere than at the end.");
		j->objects += r->kind == KIND_CONTEXT && r->body_len > 19 && memcmp(r->body, "{\"context\":\"object\"", 19) == 0;
		if (r->kind == KIND_CONTEXT && (across_vanished(w->a, &j->findings, r) || note_run(j, r) ||
		    note_context(j, r, i, doc, unpacker_sha(u))))
			j->failed = true;
		if (!record_event_like(r))
			continue;
		if (r->aside_len && view_open(view, r, t, &bad) && bad && b.bad_body[i] == NULL)
			finding_add(&j->findings, F_A22, w->a->file, place_of(place, row, r), "Position %llu: %s.", (unsigned long long)r->position, bad);
		if (block_names(&b, i, view, t, &corr, &type)) {
			j->failed = true;
			break;
		}
		if (r->body_form == BODY_VERBATIM) {
			uint8_t d[32];

			/* the header's correlation digest must be the row's own */
			sha256_once(unpacker_sha(u), corr.p, corr.n, d);
			if (memcmp(d, r->correlation, 32) && !(r->flags & FLAG_NO_CORRELATION))
				finding_add(&j->findings, F_A22, w->a->file, place_of(place, row, r), "Position %llu: the header names another correlation than the row [R-9].", (unsigned long long)r->position);
		}
		count_indexed(w, j, unpacker_sha(u), INDEX_CORRELATION, corr, corr.n ? r->correlation : NULL, r->position);
		count_indexed(w, j, unpacker_sha(u), INDEX_TYPE, type, NULL, r->position);
		memcpy(o->corr, r->correlation, 32);
		across_row(w->a, &j->findings, r, corr, type);
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
	if (cover->n != row->n_nodes)
		finding_add(&j->findings, F_A13, w->a->file, place, "Block %llu: another number of tree nodes than its row holds.", (unsigned long long)row->no);
	for (unsigned k = 0; k < cover->n && k < row->n_nodes; k++)
		if (memcmp(cover->e[k].hash, row->nodes[k], 32)) {
			char want[65], have[65];

			hex_of(row->nodes[k], 32, want);
			hex_of(cover->e[k].hash, 32, have);
			snprintf(place, sizeof place, "block %llu", (unsigned long long)row->no);
			finding_values(finding_add(&j->findings, F_A13, w->a->file, place, "Block %llu: its records are not those that its row was made from.",
			    (unsigned long long)row->no), want, have);
			break;
		}
	link_block(j, slot);
	free(cover);
}

static void *
worker(void *arg)
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
		nomem_note();                      /* perhaps nobody waits for a block any more */
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

/* C-16: the bytes of the database against the trailer, and the digest of the whole file on the way. */
static int
check_file(struct verification *v, struct archive *a, struct err *e)
{
	unsigned char *chunk = malloc(1 << 18);
	struct sha256 *sha = sha256_new(), *db = sha256_new();
	uint64_t at = 0;
	uint8_t d[32];
	char want[65], have[65];

	if (chunk == NULL || sha == NULL || db == NULL) {
		free(chunk);
		sha256_free(sha);
		sha256_free(db);
		return err_nomem(e);
	}
	sha256_begin(sha);
	for (;;) {
		uint64_t border = at < a->db_bytes ? a->db_bytes : a->bytes;
		ssize_t k;

		if (at == a->db_bytes && sha256_fork(db, sha)) {
			err_nomem(e);
			break;
		}
		if (at == a->bytes)
			break;
		k = pread(a->fd, chunk, border - at > (1 << 18) ? 1 << 18 : (size_t)(border - at), (off_t)at);
		if (k < 0 && errno == EINTR)
			continue;
		if (k < 0)                         /* the medium, and no fact about the file (judgement.md J-9) */
			err_set(e, EX_IO_ERR, "%s: cannot be read at byte %llu (%s): nothing was judged", a->path, (unsigned long long)at, strerror(errno));
		if (k <= 0)
			break;
		sha256_add(sha, chunk, (size_t)k);
		at += (uint64_t)k;
	}
	if (at == a->bytes) {
		sha256_end(db, d);
		sha256_end(sha, a->file_sha256);
		if (a->trailer && (a->shape == ARCHIVE_FINE || a->shape == ARCHIVE_BROKEN) && memcmp(d, a->trailer_sha256, 32)) {
			hex_of(a->trailer_sha256, 32, want);
			hex_of(d, 32, have);
			finding_values(finding_add(&v->findings, F_A01, a->file, "database pages", "The file's bytes are not those that were sealed."), want, have);
		}
	} else if (e->status == 0) {
		finding_add(&v->findings, F_A25, a->file, "the file", "The file could not be read to its end.");
	}
	free(chunk);
	sha256_free(sha);
	sha256_free(db);
	a->digested = true;
	return e->status ? -1 : 0;
}

/*
 * Of several files one may lie on a medium that cannot be read: it is not judged, and the others are (J-9). So
 * all bytes are read before anything is said of their records.
 */
static int
read_through(struct verification *v, struct err *e)
{
	unsigned judged = 0, n = v->n_archives;
	struct err first = { 0 };

	for (unsigned i = 0; i < n; i++) {
		struct archive *a = &v->archive[i];
		struct err one = { 0 };

		if (!a->unread && n > 1 && check_file(v, a, &one)) {
			if (one.status != EX_IO_ERR) {
				*e = one;
				return -1;
			}
			a->unread = true;
			a->readable = false;
			if (first.status == 0)
				first = one;
			finding_add(&v->findings, F_U05, a->file, "the medium", "%s", one.text);
		}
		judged += !a->unread;
	}
	if (judged == 0)
		*e = first;
	return judged ? 0 : -1;
}

struct merge {
	struct verification *v;
	bool copy;
	struct chain *c;
	uint64_t cap, kinds[8];
	struct index_facts facts;
	struct inputs inputs;
	struct utc_range time;             /* of this file's events */
	bool unread;                       /* a block could not be read */
};

static int
merge_job(struct merge *m, struct job *j, uint64_t block_number, struct err *e)
{
	struct verification *v = m->v;
	void *p;

	if (j->failed && j->err.status && e->status == 0)
		*e = j->err;
	if (j->failed)
		return e->status ? -1 : err_nomem(e);
	if (!j->ok) {
		m->unread = true;
		archive_damaged(m->inputs.a, j->block);
	}
	for (uint32_t i = 0, h = 0; i < j->n; i++) {
		const struct judged *o = &j->rec[i];
		struct inputs_record r = { o->kind, o->flags, o->source, m->inputs.a->row[j->block].first + i, o->ordinal, NULL };

		if (h < j->n_heads && j->head[h].at == i)
			r.head = &j->head[h++];
		if (inputs_record(&m->inputs, &r, m->unread))
			return err_nomem(e);
	}
	utc_range_merge(&m->time, &j->time);
	findings_take(&v->findings, &j->findings);
	v->block_event[block_number] = v->events;
	for (int k = 1; k < 4; k++) {
		m->facts.product[k] = mul61(m->facts.product[k], j->product[k]);
		m->facts.indexed[k] += j->indexed[k];
	}
	m->facts.times[j->block] = j->time;
	for (int k = 0; k < 8; k++)
		m->kinds[k] += j->kinds[k];
	if (m->copy)
		j->n_runs = 0;
	if (j->n_runs) {
		if ((p = realloc(v->run, (v->n_runs + j->n_runs) * sizeof *v->run)) == NULL)
			return err_nomem(e);
		v->run = p;
		memcpy(v->run + v->n_runs, j->run, j->n_runs * sizeof *v->run);
		v->n_runs += j->n_runs;
	}
	if (m->copy)
		return 0;                          /* proved like any other, but its records count once */
	utc_range_merge(&v->time, &j->time);
	v->hmac_rows += j->hmac_rows;
	v->hmac_fit += j->hmac_fit;
	v->withheld_fit += j->withheld_fit;
	v->objects += j->objects;
	for (uint32_t i = 0, event = (uint32_t)v->events; i < j->n; i++)
		if (j->rec[i].kind == KIND_EVENT)
			j->rec[i].event = event++;
	for (uint32_t i = 0; i < j->n; i++) {
		const struct judged *o = &j->rec[i];
		uint32_t corr;

		if (o->kind != KIND_EVENT)
			continue;
		if (v->events == EVENTS_MAX)
			return err_set(e, EX_DATA_ERR, "more than %u events: verify the files of the log in parts", EVENTS_MAX);
		if (v->events == m->cap) {
			m->cap = m->cap ? m->cap + m->cap / 2 : 4096;
			if ((p = realloc(v->event, m->cap * sizeof *v->event)) == NULL)
				return err_nomem(e);
			v->event = p;
			if ((p = realloc(v->node, m->cap * sizeof *v->node)) == NULL)
				return err_nomem(e);
			v->node = p;
			if (v->seq) {
				if ((p = realloc(v->seq, m->cap * sizeof *v->seq)) == NULL)
					return err_nomem(e);
				v->seq = p;
			}
		}
		if (o->seq && v->seq == NULL && (v->seq = calloc(m->cap, sizeof *v->seq)) == NULL)
			return err_nomem(e);
		if (v->seq)
			v->seq[v->events] = o->seq;
		if ((corr = chain_correlation(m->c, o->corr)) == UINT32_MAX)
			return err_nomem(e);
		if (expected_note(&v->expected, corr, o->type, o->time))
			return err_nomem(e);
		if (o->remediation)
			chain_remediation(m->c, corr);
		if (o->hashed && chain_claim(m->c, o->claimed, o->event))
			return err_nomem(e);
		if (o->hashed)
			chain_algorithm(m->c, corr, o->keyed);
		if (o->wait && chain_wait(m->c, o->previous, o->event))
			return err_nomem(e);
		v->node[v->events] = (struct node){ o->time, o->id, corr, o->parent == EVENT_NONE ? EVENT_NONE : j->rec[o->parent].event };
		v->event[v->events++] = (struct event_result){ .content = o->content, .link = o->link, .type = o->type, .key = o->key, .keyed = o->keyed && o->hashed };
	}
	return 0;
}

/*
 * The manifest's counts by kind. Where blocks could not be read a kind may be short, but all kinds together by no more
 * than the records that lie in those blocks. Returns the events that could not be read.
 */
static uint64_t
check_counts(struct verification *v, struct archive *a, const uint64_t kinds[8])
{
	static const struct { const char *name; unsigned kind; } count[] = {
		{ "events", KIND_EVENT }, { "rejects", KIND_REJECT }, { "conflicts", KIND_CONFLICT }, { "contexts", KIND_CONTEXT },
		{ "dead_letters", KIND_DEAD_LETTER },
	};
	uint64_t want, events = 0, left = a->damaged_records;

	for (unsigned i = 0; i < sizeof count / sizeof *count; i++) {
		uint64_t have = kinds[count[i].kind];
		char w[32], h[32];

		if (!archive_manifest_u64(a, "counts", count[i].name, &want) || want < have || want - have > left) {
			snprintf(w, sizeof w, "%llu", (unsigned long long)want);
			snprintf(h, sizeof h, "%llu", (unsigned long long)have);
			finding_values(finding_add(&v->findings, F_A18, a->file, "manifest", "The manifest counts other %s than the file holds.",
			    count[i].name), w, h);
			continue;
		}
		left -= want - have;
		if (i == 0)
			events = want - have;
	}
	return events;
}

/* What lies in blocks that could not be read: said once a file, with its place (J-9). */
static void
tell_damaged(struct verification *v, struct archive *a, uint64_t events)
{
	char place[200];
	size_t at = 0;
	unsigned shown = 0;

	if (a->n_damaged == 0)
		return;
	for (uint64_t i = 0; i < a->n_rows && shown < 4; i++)
		if (a->damaged[i])
			at += (size_t)snprintf(place + at, sizeof place - at, "%spositions %llu to %llu", shown++ ? ", " : "",
			    (unsigned long long)a->row[i].first, (unsigned long long)(a->row[i].first + a->row[i].count - 1));
	finding_add(&v->findings, F_A29, a->file, place, "%llu record%s, %llu of them events, could not be read: %llu block%s of %s %s damaged.",
	    (unsigned long long)a->damaged_records, a->damaged_records == 1 ? "" : "s", (unsigned long long)events,
	    (unsigned long long)a->n_damaged, a->n_damaged == 1 ? "" : "s", archive_name(a), a->n_damaged == 1 ? "is" : "are");
	v->unread_records += a->damaged_records;
	v->unread_events += events;
	v->damaged_blocks += a->n_damaged;
}

static void
check_days(struct verification *v, struct archive *a, struct daycount *days)
{
	uint32_t m = json_member(&a->manifest, 0, "days");
	struct buf b;

	buf_init(&b, EX_MAX_BODY);
	if (daycount_print(days, &b))
		nomem_note();
	else if (m == JSON_NONE || a->manifest.node[m].src_len != b.len || memcmp(json_src(&a->manifest, m), b.p, b.len))
		finding_add(&v->findings, F_A18, a->file, "manifest", "The manifest's counts by day and type are not those of the records.");
	buf_release(&b);
}

static int
run_archive(struct verification *v, struct archive *a, struct chain *c, uint64_t first_block, uint64_t *cap, struct err *e)
{
	struct work w = { .v = v, .a = a };
	struct merge m = { .v = v, .c = c, .copy = a->copy, .cap = *cap, .facts = { .product = { 1, 1, 1, 1 } } };
	uint64_t unread = 0;
	pthread_t thread[16];
	unsigned n = 0;
	sqlite3_stmt *st;
	int rc = 0;

	if (multiset_random(&w.point))
		return err_set(e, EX_OS_ERR, "no randomness from the system");
	pthread_mutex_init(&w.lock, NULL);
	pthread_cond_init(&w.changed, NULL);
	inputs_init(&m.inputs, a, &v->findings);
	w.days = daycount_new();
	m.facts.times = calloc(a->n_rows ? a->n_rows : 1, sizeof *m.facts.times);
	for (int i = 0; i < RING; i++)
		if ((w.ring[i].rec = malloc(EX_BLOCK_RECORDS * sizeof *w.ring[i].rec)) == NULL)
			rc = err_nomem(e);
	if (w.days == NULL || m.facts.times == NULL)
		rc = err_nomem(e);
	while (rc == 0 && n < v->threads && n < 16 && pthread_create(&thread[n], NULL, worker, &w) == 0)
		n++;
	if (rc == 0 && n == 0)
		rc = err_set(e, EX_OS_ERR, "no thread could be started");
	if (rc == 0 && !a->digested)
		rc = check_file(v, a, e);          /* while the others work */
	pthread_mutex_lock(&w.lock);
	while (rc == 0 && w.merged < a->n_rows) {
		struct job *j = &w.ring[w.merged % RING];

		while (!j->done)
			pthread_cond_wait(&w.changed, &w.lock);
		pthread_mutex_unlock(&w.lock);
		rc = merge_job(&m, j, first_block + j->block, e);
		pthread_mutex_lock(&w.lock);
		j->done = false;
		w.merged++;
		pthread_cond_broadcast(&w.changed);
	}
	w.stop |= rc != 0;
	pthread_cond_broadcast(&w.changed);
	pthread_mutex_unlock(&w.lock);
	for (unsigned i = 0; i < n; i++)
		pthread_join(thread[i], NULL);
	/* what counts records can be compared only where all of them were read */
	if (rc == 0 && a->index_ok && !m.unread)
		rc = check_index(&m.facts, a, &w.point, &v->findings, e);
	if (rc == 0 && a->manifest_ok) {
		unread = check_counts(v, a, m.kinds);
		if (!m.unread)
			check_days(v, a, w.days);
		if (inputs_finish(&m.inputs, &m.time, m.unread))
			rc = err_nomem(e);
	}
	if (rc == 0 && !a->copy)
		tell_damaged(v, a, unread);
	if (rc == 0 && a->manifest_ok && !m.unread) {
		if (m.kinds[KIND_MANIFEST] != a->n_interim + 1)
			finding_add(&v->findings, F_A16, a->file, "table seal", "%llu interim seals have no manifest of their own.", (unsigned long long)(a->n_interim + 1 - m.kinds[KIND_MANIFEST]));
	}
	if (rc == 0 && sqlite3_prepare_v2(a->db, "PRAGMA integrity_check(1)", -1, &st, NULL) != SQLITE_OK) {
		rc = err_nomem(e);
	} else if (rc == 0) {
		const char *s = sqlite3_step(st) == SQLITE_ROW ? (const char *)sqlite3_column_text(st, 0) : NULL;

		if (s == NULL && (sqlite3_errcode(a->db) & 0xff) == SQLITE_NOMEM)
			rc = err_nomem(e);
		else if (s == NULL || strcmp(s, "ok"))
			finding_values(finding_add(&v->findings, F_A05, a->file, "database", "SQLite's own check finds the database malformed."), "ok", s && strlen(s) < 300 ? s : "not ok");
		sqlite3_finalize(st);
	}
	*cap = m.cap;
	for (int k = 0; a->copy && k < 8; k++)
		m.kinds[k] = 0;
	v->records += m.kinds[KIND_EVENT] + m.kinds[KIND_REJECT] + m.kinds[KIND_CONFLICT] + m.kinds[KIND_CONTEXT] + m.kinds[KIND_DEAD_LETTER] + m.kinds[KIND_MANIFEST];
	v->rejects += m.kinds[KIND_REJECT];
	v->conflicts += m.kinds[KIND_CONFLICT];
	v->contexts += m.kinds[KIND_CONTEXT];
	v->dead_letters += m.kinds[KIND_DEAD_LETTER];
	v->letters |= a->letters || m.kinds[KIND_DEAD_LETTER];
	for (int i = 0; i < RING; i++) {
		free(w.ring[i].rec);
		free(w.ring[i].run);
		free(w.ring[i].head);
		findings_release(&w.ring[i].findings);
	}
	free(m.facts.times);
	inputs_release(&m.inputs);
	daycount_free(w.days);
	pthread_mutex_destroy(&w.lock);
	pthread_cond_destroy(&w.changed);
	return rc;
}

int
verify_run(struct verification *v, struct err *e)
{
	struct chain *c = chain_new();
	uint64_t blocks = 0, cap = 0, across;
	int rc = -1;

	for (unsigned i = 0; i < v->n_archives; i++)
		blocks += v->archive[i].n_rows;
	v->block_event = calloc(blocks + 1, sizeof *v->block_event);
	expected_init(&v->expected);
	if (c == NULL || v->block_event == NULL) {
		err_nomem(e);
		goto out;
	}
	if (v->threads == 0)
		v->threads = 1;
	if (read_through(v, e))
		goto out;
	blocks = 0;
	for (unsigned i = 0; i < v->n_archives; i++) {
		struct archive *a = &v->archive[i];
		struct stat now;

		if (a->readable ? run_archive(v, a, c, blocks, &cap, e) : !a->digested && !a->unread && check_file(v, a, e))
			goto out;
		if (fstat(a->fd, &now) || now.st_size != a->st.st_size || now.st_mtim.tv_sec != a->st.st_mtim.tv_sec || now.st_mtim.tv_nsec != a->st.st_mtim.tv_nsec)
			finding_add(&v->findings, F_A25, a->file, "the file", "The file changed while it was read.");
		blocks += a->n_rows;
	}
	v->block_event[blocks] = v->events;
	if (chain_settle(c, v)) {
		err_nomem(e);
		goto out;
	}
	v->correlations = chain_correlations(c);
	v->remediations = chain_remediations(c);
	if (source_findings(v, c, e))
		goto out;
	for (unsigned i = 0; i < v->n_archives; i++)
		if (v->archive[i].readable && !v->archive[i].copy) {
			across_inputs(&v->archive[i], &v->findings);
			account_file(&v->account, &v->archive[i], &v->findings);
		}
	if (v->rejects)
		finding_add(&v->findings, F_N01, 0, "records of kind reject", "%llu pieces of input could not be understood; they are kept verbatim with their reasons.", (unsigned long long)v->rejects);
	across = v->findings.counted[F_S11] + v->findings.counted[F_S12] + v->findings.counted[F_S13];
	if (v->conflicts > across)
		finding_add(&v->findings, F_N02, 0, "records of kind conflict", "%llu rows have an id that an input before them gave other content; all versions are kept.",
		    (unsigned long long)(v->conflicts - across));
	if (v->findings.failed) {
		err_nomem(e);
		goto out;
	}
	verdict_make(v);
	rc = 0;
out:
	chain_free(c);
	return rc;
}

void
verify_release(struct verification *v)
{
	findings_release(&v->findings);
	free(v->event);
	free(v->node);
	free(v->seq);
	expected_release(&v->expected);
	free(v->variant);
	free(v->block_event);
	free(v->run);
	for (unsigned i = 0; i < PARTS; i++)
		free(v->part[i].why);
	for (unsigned i = 0; i < v->n_headlines; i++)
		free(v->headline[i]);
	for (unsigned i = 0; i < v->n_not_checked; i++)
		free(v->not_checked[i]);
}
