/*
 * Every story in one pass over the log. Blocks are unpacked and their rows read by other threads,
 * ahead of the one that puts stories together; that one meets every event in the order of the
 * log, so the outcome never depends on timing.
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "os/os.h"
#include "read/story.h"

#define PENDING_MAX (256u << 20) /* bytes of stories that are not whole yet */
#define BATCH_MAX (8u << 20)     /* bytes of the stories of one batch, where they stand in order */
#define EVENT_BYTES 700u         /* of one event of a story, about, before it is read */
#define RING 8u                  /* blocks on their way */
#define THREADS 4u               /* more would wait for the one that puts stories together */

/* One event of a block, read. */
struct met {
	struct moment m;
	uint32_t owner; /* place in the catalog */
	bool event;     /* else m is not filled: a record that is none */
};

/* A block on its way. Whoever has set the state to SLOT_TAKEN owns the rest. */
struct slot {
	enum { SLOT_FREE, SLOT_FILLED, SLOT_TAKEN, SLOT_DONE } state;
	unsigned archive;
	uint64_t row;
	struct buf blob;
	int rc; /* 0 fine, 1 damaged, -1 (err) */
	struct findings findings;
	struct err err;
	struct met *met; /* in the order of the log */
	uint32_t n;
};

/* What one thread reads with. */
struct hand {
	struct pass *p;
	struct view *view;
	struct sha256 *sha;
	struct unpacker *u; /* of an archive, whose dictionary it has */
	unsigned archive;
	pthread_t thread;
};

enum standing { STORY_OPEN, STORY_WHOLE, STORY_LATER, STORY_GIVEN };

struct pass {
	struct reading *r;
	const struct catalog *cat;
	story_fn *each;
	void *arg;
	struct err *e;

	/* by place in the catalog */
	struct {
		struct moment *m;
		unsigned n, met;
		uint8_t standing;
	} * c;
	/* of each archive's positions: place in the catalog + 1, 0: none */
	uint32_t **owner;
	size_t pending; /* bytes of the stories that are not whole yet */
	/* places in the order in which stories are handed out; NULL: as they get whole */
	uint32_t *order;
	uint32_t n_order, next, end; /* next to be handed out; end of the batch that is read */

	pthread_mutex_t lock; /* over the states of the slots, and stop */
	pthread_cond_t changed;
	struct slot slot[RING];
	uint64_t head, tail; /* blocks consumed, and filled in; slots are theirs modulo RING */
	bool stop;
	struct hand hand[THREADS + 1]; /* the last one is that of the caller */
	unsigned n_threads;
	/* the next block to fill in */
	unsigned at_archive;
	uint64_t at_row;
};

/* ---- reading a block, in any thread ---- */

/* Nothing of the archive changes here: what is found is noted in the slot. */
static void
read_block(struct hand *h, struct slot *s)
{
	struct pass *p = h->p;
	const struct archive *a = p->r->archive[s->archive];
	struct block b;
	const char *why;
	int rc;

	s->n = 0;
	/* a reader of a failed block has nothing more to do here; the first failure is told */
	if (s->rc)
		return;
	/* frames of one archive share its dictionary: the decoder is made anew only for another
	 * archive */
	if (h->u == NULL || h->archive != s->archive) {
		unpacker_free(h->u);
		if ((h->u = archive_unpacker(a)) == NULL) {
			s->rc = err_nomem(&s->err);
			return;
		}
		unpacker_read_rows(h->u, p->r->want & WANT_HASHES);
		h->archive = s->archive;
	}
	if ((s->rc = archive_unpack(a, s->row, h->u, &s->blob, &b, &s->findings, &s->err)))
		return;
	if ((s->met = malloc((b.n + 1) * sizeof *s->met)) == NULL) {
		s->rc = err_nomem(&s->err);
		return;
	}
	/* a block holds records of many correlations: only those that were asked for are parsed */
	for (uint32_t i = 0; i < b.n; i++) {
		uint32_t owner = p->owner[s->archive][b.first + i - archive_first(a)];
		struct met *x = &s->met[s->n];

		if (owner == 0)
			continue;
		rc = moment_read(&x->m, h->view, &b.rec[i], archive_table_of(a, b.rec[i].source),
		    p->r->want, h->sha, &why);
		if (rc < 0) {
			s->rc = err_nomem(&s->err);
			return;
		}
		/* a row that is no event, or none that can be read, counts for its owner all the
		 * same */
		x->owner = owner - 1;
		x->event = rc == 0;
		x->m.archive = s->archive;
		if (rc == 0 && why)
			reading_broken(&s->findings, s->archive, b.rec[i].position, why);
		s->n++;
	}
}

/* The first block that nobody has taken, taken; NULL: none. Below the lock. */
static struct slot *
take(struct pass *p)
{
	for (uint64_t i = p->head; i < p->tail; i++) {
		struct slot *s = &p->slot[i % RING];

		if (s->state == SLOT_FILLED) {
			s->state = SLOT_TAKEN;
			return s;
		}
	}
	return NULL;
}

/* Reads one block that was taken; without the lock, which is taken again behind it. */
static void
do_taken(struct hand *h, struct slot *s)
{
	pthread_mutex_unlock(&h->p->lock);
	read_block(h, s);
	pthread_mutex_lock(&h->p->lock);
	s->state = SLOT_DONE;
	pthread_cond_broadcast(&h->p->changed);
}

static void *
reads_ahead(void *arg)
{
	struct hand *h = arg;
	struct pass *p = h->p;
	struct slot *s;

	pthread_mutex_lock(&p->lock);
	while (!p->stop)
		if ((s = take(p)) != NULL)
			do_taken(h, s);
		else
			pthread_cond_wait(&p->changed, &p->lock);
	pthread_mutex_unlock(&p->lock);
	return NULL;
}

/* ---- stories, in the caller's thread ---- */

/* The events of a story are its own: met when their block is read. */
static void
own(struct pass *p, uint32_t i, bool its)
{
	const struct correlation *c = &p->cat->c[i];

	for (unsigned n = 0; n < c->n_at; n++) {
		const struct archive *a = p->r->archive[c->at[n].archive];
		uint64_t position = c->at[n].position;

		if (position >= archive_first(a) && position < archive_next(a))
			p->owner[c->at[n].archive][position - archive_first(a)] = its ? i + 1 : 0;
	}
}

static int
places(struct pass *p)
{
	struct reading *r = p->r;

	if ((p->c = calloc(p->cat->n + 1, sizeof *p->c)) == NULL ||
	    (p->owner = calloc(r->n + 1, sizeof *p->owner)) == NULL)
		return err_nomem(p->e);
	for (unsigned k = 0; k < r->n; k++)
		if ((p->owner[k] = calloc(
			 (size_t)(archive_next(r->archive[k]) - archive_first(r->archive[k])) + 1,
			 sizeof **p->owner)) == NULL)
			return err_nomem(p->e);
	return 0;
}

/* Frees what is held of a story. Returns how many bytes that were. */
static size_t
forget(struct pass *p, uint32_t i)
{
	size_t bytes = 0;

	for (unsigned n = 0; n < p->c[i].n; n++) {
		bytes += moment_weight(&p->c[i].m[n]);
		moment_release(&p->c[i].m[n]);
	}
	free(p->c[i].m);
	p->c[i].m = NULL;
	p->c[i].n = 0;
	return bytes;
}

/* Hands a story out as it is held, or reads it by itself. */
static int
hand_out(struct pass *p, uint32_t i, bool by_itself)
{
	const struct correlation *c = &p->cat->c[i];
	struct story s = { 0 };
	int rc;

	if (by_itself) {
		rc = story_load(&s, p->r, c, p->e);
	} else {
		s.m = p->c[i].m;
		s.n = p->c[i].n;
		p->c[i].m = NULL;
		p->c[i].n = 0;
		rc = story_settle(&s) ? err_nomem(p->e) : 0;
	}
	p->c[i].standing = STORY_GIVEN;
	if (rc == 0)
		rc = p->each(p->arg, c, &s);
	story_release(&s);
	return rc;
}

static size_t
weight(const struct pass *p, uint32_t i)
{
	size_t bytes = 0;

	for (unsigned n = 0; n < p->c[i].n; n++)
		bytes += moment_weight(&p->c[i].m[n]);
	return bytes;
}

/* In order: whoever's turn it is, as long as they are whole. */
static int
in_turn(struct pass *p)
{
	int rc = 0;

	while (rc == 0 && p->next < p->end && p->c[p->order[p->next]].standing == STORY_WHOLE)
		rc = hand_out(p, p->order[p->next++], false);
	return rc;
}

/* One event met; takes the moment over. 0 or -1 (e). */
static int
meet(struct pass *p, struct met *x)
{
	uint32_t i = x->owner;
	const struct correlation *c = &p->cat->c[i];

	if (p->c[i].standing != STORY_OPEN) {
		if (x->event)
			moment_release(&x->m);
		return 0;
	}
	if (p->c[i].m == NULL && (p->c[i].m = malloc(c->n_at * sizeof *p->c[i].m)) == NULL) {
		if (x->event)
			moment_release(&x->m);
		return err_nomem(p->e);
	}
	if (x->event) {
		p->c[i].m[p->c[i].n++] = x->m;
		p->pending += moment_weight(&x->m);
	}
	if (++p->c[i].met == c->n_at) {
		p->pending -= weight(p, i);
		if (p->order == NULL)
			return hand_out(p, i, false);
		p->c[i].standing = STORY_WHOLE;
		return in_turn(p);
	}
	/* this one is read again by itself, behind the pass; a batch has its own bound */
	if (p->pending > PENDING_MAX && p->order == NULL) {
		p->c[i].standing = STORY_LATER;
		p->pending -= forget(p, i);
	}
	return 0;
}

/* ---- the ring ---- */

static bool
wanted(const struct pass *p, unsigned archive, uint64_t row)
{
	const struct archive *a = p->r->archive[archive];
	const uint32_t *owner = p->owner[archive] + (archive_row(a, row)->first - archive_first(a));

	for (uint64_t i = 0; i < archive_row(a, row)->count; i++)
		if (owner[i])
			return true;
	return false;
}

/* The next block with an event that is wanted, put into a slot. false: there is none. Reads the
 * file, which only the caller's thread does. */
static bool
fill(struct pass *p)
{
	struct reading *r = p->r;
	struct slot *s = &p->slot[p->tail % RING];

	for (; p->at_archive < r->n; p->at_archive++, p->at_row = 0) {
		struct archive *a = r->archive[p->at_archive];

		if (!archive_counts(a))
			continue;
		while (p->at_row < archive_blocks(a) && !wanted(p, p->at_archive, p->at_row))
			p->at_row++;
		if (p->at_row == archive_blocks(a))
			continue;
		s->archive = p->at_archive;
		s->row = p->at_row++;
		s->err.status = 0;
		s->rc = archive_blob(a, s->row, &s->blob, &s->findings, &s->err);
		pthread_mutex_lock(&p->lock);
		s->state = SLOT_FILLED;
		p->tail++;
		pthread_cond_broadcast(&p->changed);
		pthread_mutex_unlock(&p->lock);
		return true;
	}
	return false;
}

/* Waits for the first block on its way, and reads others meanwhile. */
static void
await_first(struct pass *p)
{
	struct slot *first = &p->slot[p->head % RING], *s;

	pthread_mutex_lock(&p->lock);
	while (first->state != SLOT_DONE)
		if ((s = take(p)) != NULL)
			do_taken(&p->hand[THREADS], s);
		else
			pthread_cond_wait(&p->changed, &p->lock);
	pthread_mutex_unlock(&p->lock);
}

/* Its events are met, its findings told. 0 or -1 (e). */
static int
consume(struct pass *p, struct slot *s)
{
	int rc = 0;

	findings_take(p->r->findings, &s->findings);
	if (s->rc > 0)
		archive_damaged(p->r->archive[s->archive], s->row);
	if (s->rc < 0)
		rc = err_set(p->e, s->err.status, "%s", s->err.text);
	for (uint32_t i = 0; i < s->n; i++)
		if (rc == 0)
			rc = meet(p, &s->met[i]);
		else if (s->met[i].event)
			moment_release(&s->met[i].m);
	free(s->met);
	s->met = NULL;
	s->n = 0;
	return rc;
}

/* Every block with an event that is owned. */
static int
through(struct pass *p)
{
	unsigned ahead = p->n_threads * 2 + 1;
	bool more = true;
	int rc = 0;

	p->at_archive = 0;
	p->at_row = 0;
	for (;;) {
		while (more && p->tail - p->head < (ahead < RING ? ahead : RING))
			more = fill(p);
		if (p->head == p->tail)
			break;
		await_first(p);
		rc = consume(p, &p->slot[p->head % RING]);
		pthread_mutex_lock(&p->lock);
		p->slot[p->head++ % RING].state = SLOT_FREE;
		p->stop |= rc != 0;
		pthread_mutex_unlock(&p->lock);
		if (rc)
			break;
	}
	return rc;
}

static int
begin(struct pass *p)
{
	unsigned wanted_threads = os_cpus() - 1;

	for (unsigned i = 0; i <= THREADS; i++) {
		p->hand[i].p = p;
		if (i < THREADS && i >= wanted_threads)
			continue;
		p->hand[i].view = view_new();
		p->hand[i].sha = sha256_new();
		if (p->hand[i].view == NULL || p->hand[i].sha == NULL)
			return err_nomem(p->e);
	}
	/* fewer threads are no failure: the caller's reads every block that nobody else does */
	while (p->n_threads < THREADS && p->n_threads < wanted_threads &&
	    pthread_create(
		&p->hand[p->n_threads].thread, NULL, reads_ahead, &p->hand[p->n_threads]) == 0)
		p->n_threads++;
	return 0;
}

static void
end(struct pass *p)
{
	pthread_mutex_lock(&p->lock);
	p->stop = true;
	pthread_cond_broadcast(&p->changed);
	pthread_mutex_unlock(&p->lock);
	for (unsigned i = 0; i < p->n_threads; i++)
		pthread_join(p->hand[i].thread, NULL);
	for (unsigned i = 0; i <= THREADS; i++) {
		unpacker_free(p->hand[i].u);
		view_free(p->hand[i].view);
		sha256_free(p->hand[i].sha);
	}
	for (unsigned i = 0; i < RING; i++) {
		for (uint32_t k = 0; k < p->slot[i].n; k++)
			if (p->slot[i].met[k].event)
				moment_release(&p->slot[i].met[k].m);
		free(p->slot[i].met);
		buf_release(&p->slot[i].blob);
		findings_release(&p->slot[i].findings);
	}
}

/* Each as it gets whole; behind the pass those that were put off, and those of which some events
 * are damaged. */
static int
as_they_come(struct pass *p, bool remediations)
{
	int rc;

	for (uint32_t i = 0; i < p->cat->n; i++)
		if (p->cat->c[i].remediation || !remediations)
			own(p, i, true);
		else
			p->c[i].standing = STORY_GIVEN;
	rc = through(p);
	for (uint32_t i = 0; i < p->cat->n && rc == 0; i++)
		if (p->c[i].standing == STORY_LATER)
			rc = hand_out(p, i, true);
		else if (p->c[i].n)
			rc = hand_out(p, i, false);
	return rc;
}

/*
 * In order. Whoever stands first may be the last to get whole, and all others would wait for it:
 * so the log is read for a batch of them, and once more for the next, where blocks overlap.
 */
static int
batch(struct pass *p)
{
	size_t bytes = 0;
	uint32_t from;
	int rc;

	for (p->end = p->next; p->end < p->n_order; p->end++) {
		uint32_t i = p->order[p->end];

		bytes += (size_t)p->cat->c[i].n_at * EVENT_BYTES;
		if (bytes > BATCH_MAX && p->end > p->next)
			break;
		own(p, i, true);
	}
	from = p->next;
	rc = through(p);
	/* who is not whole now has lost events to damage, or all of them */
	while (rc == 0 && p->next < p->end)
		rc = hand_out(p, p->order[p->next++], false);
	for (uint32_t k = from; k < p->end; k++)
		own(p, p->order[k], false);
	return rc;
}

static int
pass(struct pass *p, bool remediations)
{
	int rc;

	pthread_mutex_init(&p->lock, NULL);
	pthread_cond_init(&p->changed, NULL);
	for (unsigned i = 0; i < RING; i++)
		buf_init(&p->slot[i].blob, EX_MAX_BLOB);
	if ((rc = places(p)) == 0 && (rc = begin(p)) == 0) {
		if (p->order == NULL)
			rc = as_they_come(p, remediations);
		while (rc == 0 && p->next < p->n_order)
			rc = batch(p);
	}
	end(p);
	for (uint32_t i = 0; p->c && i < p->cat->n; i++)
		forget(p, i);
	for (unsigned k = 0; p->owner && k < p->r->n; k++)
		free(p->owner[k]);
	free(p->owner);
	free(p->c);
	pthread_mutex_destroy(&p->lock);
	pthread_cond_destroy(&p->changed);
	return rc;
}

int
stories_each(struct reading *r, const struct catalog *cat, bool remediations, story_fn *each,
    void *arg, struct err *e)
{
	struct pass p = { .r = r, .cat = cat, .each = each, .arg = arg, .e = e };

	return pass(&p, remediations);
}

static int
by_first(const void *pa, const void *pb, void *catalog)
{
	const struct catalog *cat = catalog;
	const struct correlation *a = &cat->c[*(const uint32_t *)pa],
				 *b = &cat->c[*(const uint32_t *)pb];

	if (a->at[0].archive != b->at[0].archive)
		return a->at[0].archive < b->at[0].archive ? -1 : 1;
	return a->at[0].position < b->at[0].position ? -1 : a->at[0].position > b->at[0].position;
}

int
stories_in_order(struct reading *r, const struct catalog *cat, bool remediations, story_fn *each,
    void *arg, struct err *e)
{
	struct pass p = { .r = r, .cat = cat, .each = each, .arg = arg, .e = e };
	int rc;

	if ((p.order = malloc((cat->n + 1) * sizeof *p.order)) == NULL)
		return err_nomem(e);
	for (uint32_t i = 0; i < cat->n; i++)
		if (cat->c[i].remediation || !remediations)
			p.order[p.n_order++] = i;
	qsort_r(p.order, p.n_order, sizeof *p.order, by_first, (void *)(uintptr_t)cat);
	rc = pass(&p, remediations);
	free(p.order);
	return rc;
}
