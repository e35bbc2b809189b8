#include "verify/verify.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/text.h"
#include "event/view.h"
#include "log/merkle.h"
#include "record/daycount.h"
#include "verify/chain.h"
#include "verify/multiset.h"

const char *const link_name[] = { "", "first", "linked", "missing", "elsewhere" };

#define RING 8

/* What a worker says of one record. */
struct judged {
	uint8_t kind, content, link;
	int8_t key;
	bool hashed, remediation, wait;
	uint8_t corr[32], claimed[32], previous[32];
};

struct job {
	uint64_t block;                    /* index of the row */
	bool done;
	uint32_t n;
	struct judged *rec;                /* EX_BLOCK_RECORDS */
	struct findings findings;
	bool ok, failed, any_time;
	int64_t min, max;
	uint64_t product[4];               /* kinds 1–3 */
	uint64_t kinds[8], indexed[4], hmac_rows, hmac_fit;
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

static bool
is_remediation_type(struct str t)
{
	static const char *const word[] = { "gateway.signal.received", "gateway.crd.created", "apifrontend.rr.created" };

	if (t.n > 23 && memcmp(t.p, "orchestrator.lifecycle.", 23) == 0)
		return true;
	for (unsigned i = 0; i < 3; i++)
		if (t.n == strlen(word[i]) && memcmp(t.p, word[i], t.n) == 0)
			return true;
	return false;
}

/* Correlation id and type of any event-like record; text lives until the view's next use. */
static void
keys_of(const struct block *b, uint32_t i, struct view *view, const struct table *t, struct str *corr, struct str *type)
{
	const char *why;

	*corr = b->correlation[i];
	*type = b->type[i];
	if (corr->p && type->p)
		return;
	*corr = *type = (struct str){ "", 0 };
	if (view_open(view, &b->rec[i], t, &why) >= 0) {
		struct view_cell c = view_column(view, COL_CORRELATION), y = view_column(view, COL_TYPE);

		if (c.state == VIEW_TEXT)
			*corr = (struct str){ c.p, c.n };
		if (y.state == VIEW_TEXT)
			*type = (struct str){ y.p, y.n };
	}
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
					break;
				}
			}
}

static void
judge_record(struct judge *jd, struct job *j, const struct record *r, struct judged *o)
{
	int key;

	o->content = (uint8_t)judge_content(jd, r, &key);
	o->key = (int8_t)key;
	o->hashed = r->claimed_form == FORM_HEX;
	memcpy(o->claimed, r->claimed, 32);
	memcpy(o->previous, r->previous, 32);
	if (r->algorithm == ALGO_HMAC && o->hashed) {
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

static void
check_block(struct work *w, struct job *j, struct unpacker *u, struct judge *jd, struct view *view, struct daycount *days, uint32_t *slot, const struct buf *blob)
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

		snprintf(place, sizeof place, "block %llu, position %llu", (unsigned long long)row->no, (unsigned long long)r->position);
		if (memcmp(b.leaf[i], b.tags + 2 * i, 2))
			finding_add(&j->findings, F_A12, w->a->file, place, "The record at position %llu is not as it was sealed (the first two bytes of its leaf differ).",
			    (unsigned long long)r->position);
		merkle_push(cover, unpacker_sha(u), 0, b.leaf[i]);
		o->kind = r->kind;
		o->key = -1;
		j->kinds[r->kind]++;
		if (b.bad_body[i])
			finding_add(&j->findings, F_A21, w->a->file, place, "The body at position %llu is not canonical: %s.", (unsigned long long)r->position, b.bad_body[i]);
		if (!(r->flags & FLAG_ID_ABSENT)) {
			uint64_t prefix = load_be(r->id, 4);

			j->product[INDEX_ID] = multiset_add(&w->point, j->product[INDEX_ID], 0, prefix, row->no);
			j->indexed[INDEX_ID]++;
		}
		if (manifest_block != (r->kind == KIND_MANIFEST))
			finding_add(&j->findings, F_A17, w->a->file, place, "A manifest stands elsewhere than at the end.");
		if (!record_event_like(r))
			continue;
		if (r->aside_len && view_open(view, r, t, &bad) && bad && b.bad_body[i] == NULL)
			finding_add(&j->findings, F_A22, w->a->file, place, "Position %llu: %s.", (unsigned long long)r->position, bad);
		keys_of(&b, i, view, t, &corr, &type);
		if (r->body_form == BODY_VERBATIM) {
			uint8_t d[32];

			/* the header's correlation digest must be the row's own */
			sha256_once(unpacker_sha(u), corr.p, corr.n, d);
			if (memcmp(d, r->correlation, 32) && !(r->flags & FLAG_NO_CORRELATION))
				finding_add(&j->findings, F_A22, w->a->file, place, "Position %llu: the header names another correlation than the row [R-9].", (unsigned long long)r->position);
		}
		count_indexed(w, j, unpacker_sha(u), INDEX_CORRELATION, corr, corr.n ? r->correlation : NULL, r->position);
		count_indexed(w, j, unpacker_sha(u), INDEX_TYPE, type, NULL, r->position);
		memcpy(o->corr, r->correlation, 32);
		if (r->kind != KIND_EVENT)
			continue;
		if (!(r->flags & FLAG_TIME_INVALID)) {
			if (!j->any_time || r->time < j->min)
				j->min = r->time;
			if (!j->any_time || r->time > j->max)
				j->max = r->time;
			j->any_time = true;
			if (daycount_add(days, r->time, type.p, type.n, 1))
				j->failed = true;
		}
		o->remediation = is_remediation_type(type);
		judge_record(jd, j, r, o);
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
	struct buf blob;
	bool ready = judge_init(&jd, w->v->hmac, w->v->n_hmac) == 0 && u && view && days && slot;

	buf_init(&blob, EX_MAX_BLOB);
	pthread_mutex_lock(&w->lock);
	for (;;) {
		struct err e = { 0 };
		struct job *j;
		int rc;

		while (!w->stop && w->next < w->a->n_rows && w->next >= w->merged + RING)
			pthread_cond_wait(&w->changed, &w->lock);
		if (w->stop || w->next >= w->a->n_rows)
			break;
		j = &w->ring[w->next % RING];
		j->block = w->next++;
		/* SQLite is asked by one thread at a time */
		rc = archive_blob(w->a, j->block, &blob, &j->findings, &e);
		pthread_mutex_unlock(&w->lock);
		j->n = 0;
		j->ok = j->any_time = false;
		j->failed = rc < 0 || !ready;
		for (int k = 0; k < 4; k++)
			j->product[k] = 1;
		memset(j->kinds, 0, sizeof j->kinds);
		memset(j->indexed, 0, sizeof j->indexed);
		j->hmac_rows = j->hmac_fit = 0;
		if (rc == 0 && ready)
			check_block(w, j, u, &jd, view, days, slot, &blob);
		pthread_mutex_lock(&w->lock);
		j->done = true;
		pthread_cond_broadcast(&w->changed);
	}
	if (days && w->days && daycount_merge(w->days, days))
		w->stop = true;
	pthread_mutex_unlock(&w->lock);
	buf_release(&blob);
	judge_release(&jd);
	unpacker_free(u);
	view_free(view);
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
	return e->status ? -1 : 0;
}

struct merge {
	struct verification *v;
	struct chain *c;
	uint64_t cap, product[4], indexed[4], kinds[8];
	struct { int64_t min, max; bool any; } *times;
};

static int
merge_job(struct merge *m, struct job *j, uint64_t block_number, struct err *e)
{
	struct verification *v = m->v;
	void *p;

	if (j->failed)
		return err_nomem(e);
	for (unsigned i = 0; i < j->findings.n; i++) {
		struct finding *f = &j->findings.f[i], *n = finding_add(&v->findings, f->id, f->file, f->place, "%s", f->sentence);

		if (n && f->expected)
			finding_values(n, f->expected, f->found);
	}
	findings_release(&j->findings);
	v->block_event[block_number] = v->events;
	for (int k = 1; k < 4; k++) {
		m->product[k] = mul61(m->product[k], j->product[k]);
		m->indexed[k] += j->indexed[k];
	}
	m->times[j->block].min = j->min;
	m->times[j->block].max = j->max;
	m->times[j->block].any = j->any_time;
	if (j->any_time) {
		if (!v->any_time || j->min < v->first_time)
			v->first_time = j->min;
		if (!v->any_time || j->max > v->last_time)
			v->last_time = j->max;
		v->any_time = true;
	}
	for (int k = 0; k < 8; k++)
		m->kinds[k] += j->kinds[k];
	v->hmac_rows += j->hmac_rows;
	v->hmac_fit += j->hmac_fit;
	for (uint32_t i = 0; i < j->n; i++) {
		const struct judged *o = &j->rec[i];
		uint32_t corr;

		if (o->kind != KIND_EVENT)
			continue;
		if (v->events == m->cap) {
			m->cap = m->cap ? m->cap + m->cap / 2 : 4096;
			if ((p = realloc(v->event, m->cap * sizeof *v->event)) == NULL)
				return err_nomem(e);
			v->event = p;
		}
		if ((corr = chain_correlation(m->c, o->corr)) == UINT32_MAX)
			return err_nomem(e);
		if (o->remediation)
			chain_remediation(m->c, corr);
		if (o->hashed && chain_claim(m->c, o->claimed, corr))
			return err_nomem(e);
		if (o->wait && chain_wait(m->c, v->events, o->previous, corr))
			return err_nomem(e);
		v->event[v->events++] = (struct event_result){ o->content, o->link, o->key };
	}
	return 0;
}

/* Rebuilds one page at a time and compares it with what is stored. */
struct rebuilt {
	struct buf data, low;
	bool there;
};

static int
take_page(void *arg, enum index_kind kind, const void *low, size_t low_len, const void *data, size_t n)
{
	struct rebuilt *r = arg;

	(void)kind;
	buf_clear(&r->data);
	buf_clear(&r->low);
	buf_put(&r->data, data, n);
	buf_put(&r->low, low, low_len);
	r->there = true;
	return 0;
}

/*
 * C-11, C-12: the stored entries, fed again through the page builder, must give the stored pages byte for byte, and as a set they must be
 * those that the records give (multiset.h).
 */
static bool
same_page(const struct rebuilt *r, const struct buf *data, const struct index_page *p)
{
	return r->data.len == data->len && memcmp(r->data.p, data->p, data->len) == 0 && r->low.len == p->low_len &&
	    memcmp(r->low.p, p->low, p->low_len) == 0;
}

/* Pages of one kind, from page `first` on: kinds 1–3. Returns the number of the page that is wrong, 0 if none, -1 on a failure (e). */
static int64_t
check_kind(struct merge *m, struct archive *a, enum index_kind kind, uint64_t first, const struct multiset_point *point, struct sha256 *sha, struct err *e)
{
	struct rebuilt r = { .there = false };
	struct buf page, before;
	struct index_builder b;
	uint64_t product = 1, entries = 0, i;
	int64_t wrong = 0;
	int k, rc = 0;

	buf_init(&page, EX_MAX_IDX_PAGE);
	buf_init(&before, EX_MAX_IDX_PAGE);
	buf_init(&r.data, EX_MAX_IDX_PAGE);
	buf_init(&r.low, EX_MAX_KEY);
	index_builder_init(&b, kind, a->first, take_page, &r);
	for (i = first; i < a->n_pages && a->page[i].kind == kind && wrong == 0; i++) {
		struct index_cursor c;
		uint8_t d[32] = { 0 };
		bool head = true;

		if ((rc = archive_page(a, i, &page, &m->v->findings, e)))
			break;
		index_open(&c, kind, a->first, page.p, page.len);
		while (wrong == 0 && (k = index_next(&c)) == 1) {
			if (kind == INDEX_ID) {
				product = multiset_add(point, product, 0, load_be(c.key, 4), c.value);
			} else {
				if (c.new_key)
					sha256_once(sha, c.key, c.key_len, d);
				product = multiset_add(point, product, load_be(d, 8), load_be(d + 8, 8), c.value);
			}
			entries++;
			if (index_add(&b, c.key, c.key_len, c.value)) {
				rc = err_nomem(e);
				goto out;
			}
			/* the builder closes a page with the first entry of the next one, or the pages were cut elsewhere */
			if (r.there != (head && i > first) || (r.there && !same_page(&r, &before, &a->page[i - 1])))
				wrong = (int64_t)a->page[r.there ? i - 1 : i].no;
			r.there = head = false;
		}
		if (k < 0)
			wrong = (int64_t)a->page[i].no;
		buf_clear(&before);
		buf_put(&before, page.p, page.len);
	}
	if (rc == 0 && wrong == 0 && i > first && (index_finish(&b) || !r.there || !same_page(&r, &before, &a->page[i - 1])))
		wrong = (int64_t)a->page[i - 1].no;
	if (rc == 0 && wrong == 0 && (product != m->product[kind] || entries != m->indexed[kind]))
		wrong = first < a->n_pages ? (int64_t)a->page[first].no : 1;
out:
	index_builder_release(&b);
	buf_release(&page);
	buf_release(&before);
	buf_release(&r.data);
	buf_release(&r.low);
	return rc < 0 ? -1 : wrong;
}

static int64_t
check_times(struct merge *m, struct archive *a, uint64_t first, struct err *e)
{
	struct buf page;
	uint64_t at = 0;
	int64_t wrong = 0;
	int rc = 0;

	buf_init(&page, EX_MAX_IDX_PAGE);
	for (uint64_t i = first; i < a->n_pages && wrong == 0; i++) {
		if ((rc = archive_page(a, i, &page, &m->v->findings, e)))
			break;
		for (size_t q = 0; q + 17 <= page.len && wrong == 0; q += 17, at++)
			if (at + 1 >= a->n_rows || page.p[q + 16] != m->times[at].any ||
			    load_be(page.p + q, 8) != (m->times[at].any ? (uint64_t)m->times[at].min : 0) ||
			    load_be(page.p + q + 8, 8) != (m->times[at].any ? (uint64_t)m->times[at].max : 0))
				wrong = (int64_t)a->page[i].no;
		if (page.len % 17 || (at % 3855 && at + 1 != a->n_rows) || a->page[i].low_len)
			wrong = (int64_t)a->page[i].no;
	}
	buf_release(&page);
	if (rc == 0 && wrong == 0 && at + 1 != a->n_rows)
		wrong = 1;
	return rc < 0 ? -1 : wrong;
}

static int
check_index(struct merge *m, struct archive *a, const struct multiset_point *point, struct sha256 *sha, struct err *e)
{
	char place[48];

	for (enum index_kind kind = INDEX_ID; kind <= INDEX_TIME; kind++) {
		uint64_t first = 0;
		int64_t wrong;

		while (first < a->n_pages && a->page[first].kind < kind)
			first++;
		wrong = kind == INDEX_TIME ? check_times(m, a, first, e) : check_kind(m, a, kind, first, point, sha, e);
		if (wrong < 0)
			return -1;
		if (wrong) {
			snprintf(place, sizeof place, "index page %lld", (long long)wrong);
			finding_add(&m->v->findings, F_A20, a->file, place, "Index page %lld is not what the records give.", (long long)wrong);
		}
	}
	return 0;
}

static void
check_count(struct verification *v, struct archive *a, const char *name, uint64_t have)
{
	uint64_t want;
	char w[32], h[32];

	if (archive_manifest_u64(a, "counts", name, &want) && want == have)
		return;
	snprintf(w, sizeof w, "%llu", (unsigned long long)want);
	snprintf(h, sizeof h, "%llu", (unsigned long long)have);
	finding_values(finding_add(&v->findings, F_A18, a->file, "manifest", "The manifest counts other %s than the file holds.", name), w, h);
}

static void
check_days(struct verification *v, struct archive *a, struct daycount *days)
{
	uint32_t m = json_member(&a->manifest, 0, "days");
	struct buf b;

	buf_init(&b, EX_MAX_BODY);
	if (m == JSON_NONE || daycount_print(days, &b) || a->manifest.node[m].src_len != b.len || memcmp(json_src(&a->manifest, m), b.p, b.len))
		finding_add(&v->findings, F_A18, a->file, "manifest", "The manifest's counts by day and type are not those of the records.");
	buf_release(&b);
}

static int
run_archive(struct verification *v, struct archive *a, struct chain *c, uint64_t first_block, uint64_t *cap, struct err *e)
{
	struct work w = { .v = v, .a = a };
	struct merge m = { .v = v, .c = c, .cap = *cap, .product = { 1, 1, 1, 1 } };
	pthread_t thread[16];
	unsigned n = 0;
	sqlite3_stmt *st;
	int rc = 0;

	if (multiset_random(&w.point))
		return err_set(e, EX_OS_ERR, "no randomness from the system");
	pthread_mutex_init(&w.lock, NULL);
	pthread_cond_init(&w.changed, NULL);
	w.days = daycount_new();
	m.times = calloc(a->n_rows ? a->n_rows : 1, sizeof *m.times);
	for (int i = 0; i < RING; i++)
		if ((w.ring[i].rec = malloc(EX_BLOCK_RECORDS * sizeof *w.ring[i].rec)) == NULL)
			rc = err_nomem(e);
	if (w.days == NULL || m.times == NULL)
		rc = err_nomem(e);
	while (rc == 0 && n < v->threads && n < 16 && pthread_create(&thread[n], NULL, worker, &w) == 0)
		n++;
	if (rc == 0 && n == 0)
		rc = err_set(e, EX_OS_ERR, "no thread could be started");
	if (rc == 0)
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
	if (rc == 0 && a->index_ok)
		rc = check_index(&m, a, &w.point, a->sha, e);
	if (rc == 0 && a->manifest_ok) {
		check_count(v, a, "events", m.kinds[KIND_EVENT]);
		check_count(v, a, "rejects", m.kinds[KIND_REJECT]);
		check_count(v, a, "conflicts", m.kinds[KIND_CONFLICT]);
		check_count(v, a, "contexts", m.kinds[KIND_CONTEXT]);
		check_count(v, a, "dead_letters", m.kinds[KIND_DEAD_LETTER]);
		check_days(v, a, w.days);
	}
	if (rc == 0 && sqlite3_prepare_v2(a->db, "PRAGMA integrity_check(1)", -1, &st, NULL) == SQLITE_OK) {
		const char *s = sqlite3_step(st) == SQLITE_ROW ? (const char *)sqlite3_column_text(st, 0) : NULL;

		if (s == NULL || strcmp(s, "ok"))
			finding_values(finding_add(&v->findings, F_A05, a->file, "database", "SQLite's own check finds the database malformed."), "ok", s && strlen(s) < 300 ? s : "not ok");
		sqlite3_finalize(st);
	}
	
	v->records += m.kinds[KIND_EVENT] + m.kinds[KIND_REJECT] + m.kinds[KIND_CONFLICT] + m.kinds[KIND_CONTEXT] + m.kinds[KIND_DEAD_LETTER] + m.kinds[KIND_MANIFEST];
	v->rejects += m.kinds[KIND_REJECT];
	v->conflicts += m.kinds[KIND_CONFLICT];
	v->contexts += m.kinds[KIND_CONTEXT];
	v->dead_letters += m.kinds[KIND_DEAD_LETTER];
	*cap = m.cap;
	for (int i = 0; i < RING; i++) {
		free(w.ring[i].rec);
		findings_release(&w.ring[i].findings);
	}
	free(m.times);
	daycount_free(w.days);
	pthread_mutex_destroy(&w.lock);
	pthread_cond_destroy(&w.changed);
	return rc;
}

static void
settled(void *arg, uint64_t event, bool own, bool elsewhere)
{
	struct verification *v = arg;

	v->event[event].link = own ? LINK_LINKED : elsewhere ? LINK_ELSEWHERE : LINK_MISSING;
}

static void
check_expected(struct verification *v)
{
	for (unsigned i = 0; i < v->n_expects; i++) {
		struct expect *x = &v->expect[i];
		char want[65], have[65];

		for (unsigned k = 0; k < v->n_archives; k++) {
			struct archive *a = &v->archive[k];
			struct merkle *t;

			if (strcmp(a->origin, x->c.origin) || !a->readable || a->first || x->c.size > a->next)
				continue;
			if (x->c.size == a->next) {
				x->met = memcmp(x->c.root, a->root, 32) == 0;
				x->refuted = !x->met;
				hex_of(a->root, 32, have);
			} else if ((t = malloc(sizeof *t)) != NULL) {
				/* inside the file: the root over its first records, from the nodes of whole blocks */
				uint8_t root[32];
				uint64_t b = 0;

				merkle_init(t, 0);
				while (b < a->n_rows && a->row[b].first + a->row[b].count <= x->c.size) {
					merkle_push_cover(t, a->sha, a->row[b].count, a->row[b].nodes[0], a->row[b].n_nodes);
					b++;
				}
				if (t->next == x->c.size) {
					merkle_root(t, a->sha, root);
					x->met = memcmp(x->c.root, root, 32) == 0;
					x->refuted = !x->met;
					hex_of(root, 32, have);
				}
				free(t);
			}
		}
		if (x->refuted) {
			hex_of(x->c.root, 32, want);
			finding_values(finding_add(&v->findings, F_K04, 0, "expected checkpoint", "The log %s does not contain the checkpoint you expect at size %llu: two views of one log exist.",
			    x->c.origin, (unsigned long long)x->c.size), want, have);
		} else if (!x->met) {
			finding_add(&v->findings, F_K05, 0, "expected checkpoint", "The checkpoint of %s at size %llu cannot be compared with these files.", x->c.origin,
			    (unsigned long long)x->c.size);
		}
	}
}

int
verify_run(struct verification *v, struct err *e)
{
	struct chain *c = chain_new();
	uint64_t blocks = 0, cap = 0;
	int rc = -1;

	for (unsigned i = 0; i < v->n_archives; i++)
		blocks += v->archive[i].n_rows;
	v->block_event = calloc(blocks + 1, sizeof *v->block_event);
	if (c == NULL || v->block_event == NULL) {
		err_nomem(e);
		goto out;
	}
	if (v->threads == 0)
		v->threads = 1;
	blocks = 0;
	for (unsigned i = 0; i < v->n_archives; i++) {
		struct archive *a = &v->archive[i];
		struct stat now;

		if (a->readable ? run_archive(v, a, c, blocks, &cap, e) : check_file(v, a, e))
			goto out;
		if (fstat(a->fd, &now) || now.st_size != a->st.st_size || now.st_mtim.tv_sec != a->st.st_mtim.tv_sec || now.st_mtim.tv_nsec != a->st.st_mtim.tv_nsec)
			finding_add(&v->findings, F_A25, a->file, "the file", "The file changed while it was read.");
		blocks += a->n_rows;
	}
	v->block_event[blocks] = v->events;
	if (chain_settle(c, settled, v)) {
		err_nomem(e);
		goto out;
	}
	v->correlations = chain_correlations(c);
	v->remediations = chain_remediations(c);
	check_expected(v);
	if (source_findings(v, e))
		goto out;
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

int
verify_each(struct verification *v, verify_each_fn *f, void *arg, struct err *e)
{
	struct view *view = view_new();
	struct buf blob;
	uint64_t n = 0, next_variant = 0;
	int rc = 0;

	buf_init(&blob, EX_MAX_BLOB);
	if (view == NULL)
		rc = err_nomem(e);
	for (unsigned k = 0; k < v->n_archives && rc == 0; k++) {
		struct archive *a = &v->archive[k];
		struct unpacker *u = unpacker_new(a->dict, a->dict_len);
		struct findings ignore = { 0 };

		if (u == NULL)
			rc = err_nomem(e);
		for (uint64_t i = 0; i < a->n_rows && rc == 0; i++) {
			struct block b;
			char why[200];

			if (archive_blob(a, i, &blob, &ignore, e) || unpack(u, &a->row[i], blob.p, blob.len, &b, why))
				continue;
			for (uint32_t j = 0; j < b.n && rc == 0; j++) {
				struct str corr, type;
				const char *name = NULL;

				if (b.rec[j].kind != KIND_EVENT)
					continue;
				keys_of(&b, j, view, archive_table_of(a, b.rec[j].source), &corr, &type);
				if (next_variant < v->n_variants && v->variant[next_variant].event == n)
					name = v->variant[next_variant++].name;
				rc = f(arg, v, &b.rec[j], corr, &v->event[n], name);
				n++;
			}
		}
		unpacker_free(u);
		findings_release(&ignore);
	}
	buf_release(&blob);
	view_free(view);
	return rc;
}

void
verify_release(struct verification *v)
{
	findings_release(&v->findings);
	free(v->event);
	free(v->variant);
	free(v->block_event);
	for (unsigned i = 0; i < v->n_headlines; i++)
		free(v->headline[i]);
	for (unsigned i = 0; i < v->n_not_checked; i++)
		free(v->not_checked[i]);
}
