#include "verify/verify.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "chain/across.h"
#include "chain/phases.h"
#include "chain/repeats.h"
#include "os/os.h"
#include "record/daycount.h"
#include "verify/counts.h"
#include "verify/merge.h"
#include "verify/scope.h"

int
multiset_random(struct multiset_point *p)
{
	if (!os_random(p, sizeof *p))
		return -1;
	p->x = mod61(p->x);
	for (int i = 0; i < 4; i++)
		p->r[i] = mod61(p->r[i]);
	return 0;
}

/*
 * Of several files one may lie on a medium that cannot be read: it is not judged, and the others
 * are (J-9). So
 * all bytes are read before anything is said of their records.
 */
static int
read_through(struct verification *v, struct err *e)
{
	unsigned judged = 0, n = v->n_archives;
	struct err first = { 0 };

	for (unsigned i = 0; i < n; i++) {
		struct archive *a = v->archive[i];
		struct err one = { 0 };

		if (!archive_unread(a) && n > 1 && archive_digest(a, &v->findings, &one)) {
			if (one.status != EX_IO_ERR) {
				*e = one;
				return -1;
			}
			archive_give_up(a);
			if (first.status == 0)
				first = one;
			finding_say(&v->findings, U05_ERROR, archive_file(a), "the medium",
			    GIVING(TEXT(one.text)));
		}
		judged += !archive_unread(a);
	}
	if (judged == 0)
		*e = first;
	return judged ? 0 : -1;
}

/* The threads that read blocks ahead of the merge: more are faster and no more right. Where none
 * can be started, the merge judges each block when it needs it. */
#define THREADS_MAX 16u

struct threads {
	pthread_t t[THREADS_MAX];
	unsigned n;
	struct desk *own; /* of the merge; NULL: there are threads */
};

static int
work_begin(struct work *w, struct err *e)
{
	pthread_mutex_init(&w->lock, NULL);
	pthread_cond_init(&w->changed, NULL);
	/* a product over random points: an index that was made to agree has to know the point */
	if (multiset_random(&w->point))
		return err_set(e, EX_OS_ERR, "no randomness from the system");
	if ((w->days = daycount_new()) == NULL)
		return err_nomem(e);
	for (int i = 0; i < RING; i++)
		if ((w->ring[i].rec = malloc(EX_BLOCK_RECORDS * sizeof *w->ring[i].rec)) == NULL)
			return err_nomem(e);
	return 0;
}

static void
work_end(struct work *w)
{
	for (int i = 0; i < RING; i++) {
		struct job *j = &w->ring[i];

		free(j->rec);
		free(j->run);
		free(j->head);
		lost_release(&j->lost);
		versions_release(&j->versions);
		findings_release(&j->findings);
	}
	daycount_free(w->days);
	pthread_mutex_destroy(&w->lock);
	pthread_cond_destroy(&w->changed);
}

static int
threads_begin(struct threads *x, struct work *w, struct err *e)
{
	while (x->n < w->v->threads && x->n < THREADS_MAX &&
	    pthread_create(&x->t[x->n], NULL, block_worker, w) == 0)
		x->n++;
	if (x->n == 0 && (x->own = desk_new(w)) == NULL)
		return err_nomem(e);
	return 0;
}

/* No thread is left behind, also after a failure. */
static void
threads_end(struct threads *x, struct work *w, bool failed)
{
	pthread_mutex_lock(&w->lock);
	w->stop |= failed;
	pthread_cond_broadcast(&w->changed);
	pthread_mutex_unlock(&w->lock);
	for (unsigned i = 0; i < x->n; i++)
		pthread_join(x->t[i], NULL);
	desk_free(x->own);
}

/* Blocks are merged in their order, whichever was done first. */
static int
merge_all(struct merge *m, struct work *w, struct desk *own, struct err *e)
{
	int rc = 0;

	pthread_mutex_lock(&w->lock);
	while (rc == 0 && w->merged < archive_blocks(w->a)) {
		struct job *j = &w->ring[w->merged % RING];

		while (!j->done && !w->stop)
			if (own)
				desk_judge(own);
			else
				pthread_cond_wait(&w->changed, &w->lock);
		/* a thread had no memory to begin with */
		if (!j->done) {
			rc = err_nomem(e);
			break;
		}
		pthread_mutex_unlock(&w->lock);
		rc = merge_block(m, j, e);
		pthread_mutex_lock(&w->lock);
		j->done = false;
		w->merged++;
		pthread_cond_broadcast(&w->changed);
	}
	pthread_mutex_unlock(&w->lock);
	return rc;
}

static int
merge_begin(struct merge *m, struct archive *a, struct err *e)
{
	struct verification *v = m->v;
	uint64_t blocks = archive_blocks(a) ? archive_blocks(a) : 1;

	inputs_init(&m->inputs, a, &v->findings);
	m->inputs.looks = v->looks;
	/* what the earlier files hold is known only where all of them were read */
	if (archive_first(a) && v->log.origin && strcmp(v->log.origin, archive_origin(a)) == 0 &&
	    v->log.next == archive_first(a))
		m->inputs.earlier = v->log.newest;
	m->inputs.whole = archive_first(a) == 0 || m->inputs.earlier != INT64_MIN;
	/* what tells of inputs and of order is left out of a disclosure copy (C-20) */
	m->unread = archive_disclosed(a);
	m->facts.times = calloc(blocks, sizeof *m->facts.times);
	return m->facts.times ? 0 : err_nomem(e);
}

/*
 * What is said of the file as a whole, once its blocks are merged. What counts records can be
 * compared only where all of them were read (J-9).
 */
static int
check_file(struct merge *m, struct work *w, struct err *e)
{
	struct verification *v = m->v;
	struct archive *a = w->a;
	uint64_t unread = 0;

	if (archive_indexed(a) && !m->unread &&
	    check_index(&m->facts, a, &w->point, &v->findings, e))
		return -1;
	if (archive_manifest(a)) {
		unread = counts_check(v, a, m->kinds);
		if (!m->unread)
			counts_check_days(v, a, w->days);
		if (inputs_finish(&m->inputs, &m->time, m->unread))
			return err_nomem(e);
	}
	/* what was lost is told of each file once */
	if (!m->copy) {
		counts_tell_damaged(v, a, unread);
		if (lost_tell(&v->lost, a, &v->findings, e))
			return -1;
	}
	if (archive_manifest(a) && !m->unread &&
	    m->kinds[KIND_MANIFEST] != archive_interim_seals(a) + 1)
		finding_say(&v->findings, A16_INTERIM, archive_file(a), "table seal",
		    GIVING(NUM(archive_interim_seals(a) + 1 - m->kinds[KIND_MANIFEST])));
	/* SQLite's own check last: it reads the whole database */
	return archive_check_database(a, &v->findings, e);
}

/* The next file of the log is held against this one. */
static void
remember_end(struct verification *v, const struct merge *m, const struct archive *a)
{
	v->log.origin = m->unread || !m->inputs.whole ? NULL : archive_origin(a);
	v->log.next = archive_next(a);
	v->log.newest =
	    m->time.any && m->time.max > m->inputs.earlier ? m->time.max : m->inputs.earlier;
}

/* Records of all files; those of a copy count once. */
static void
add_up(struct verification *v, const struct merge *m, const struct archive *a)
{
	v->letters |= archive_letters(a);
	if (m->copy)
		return;
	v->looks = m->inputs.looks;
	v->records += m->kinds[KIND_EVENT] + m->kinds[KIND_REJECT] + m->kinds[KIND_CONFLICT] +
	    m->kinds[KIND_CONTEXT] + m->kinds[KIND_DEAD_LETTER] + m->kinds[KIND_MANIFEST];
	for (int k = 0; k < 8; k++)
		v->left_records += m->left[k];
	v->left_plain += m->left_plain;
	v->rejects += m->kinds[KIND_REJECT];
	v->conflicts += m->kinds[KIND_CONFLICT];
	v->contexts += m->kinds[KIND_CONTEXT];
	v->dead_letters += m->kinds[KIND_DEAD_LETTER];
	v->letters |= m->kinds[KIND_DEAD_LETTER] > 0;
}

static int
run_archive(struct verification *v, struct archive *a, struct gathered *all, struct err *e)
{
	struct work w = { .v = v, .a = a };
	struct merge m = { .v = v,
		.all = all,
		.copy = archive_is_copy(a),
		.facts = { .product = { 1, 1, 1, 1 } } };
	struct threads threads = { .n = 0 };
	int rc = 0;

	if (work_begin(&w, e) || merge_begin(&m, a, e) || threads_begin(&threads, &w, e))
		rc = -1;
	/* the bytes of the file while the others work */
	if (rc == 0 && !archive_digested(a))
		rc = archive_digest(a, &v->findings, e);
	if (rc == 0)
		rc = merge_all(&m, &w, threads.own, e);
	threads_end(&threads, &w, rc != 0);
	if (rc == 0)
		rc = check_file(&m, &w, e);
	if (!m.copy)
		remember_end(v, &m, a);
	add_up(v, &m, a);
	v->asked[archive_file(a)] = m.inputs.asked;
	if (rc == 0 && versions_take(&all->versions, &m.versions))
		rc = err_nomem(e);
	versions_release(&m.versions);
	free(m.facts.times);
	inputs_release(&m.inputs);
	work_end(&w);
	return rc;
}

/* What the source's rows are judged by. */
static void
give_rows(struct verification *v)
{
	v->rows.archive = v->archive;
	v->rows.n_archives = v->n_archives;
	v->rows.hmac = v->hmac;
	v->rows.n_hmac = v->n_hmac;
	v->rows.key_rollout = v->key_rollout;
	v->rows.findings = &v->findings;
	expected_init(&v->rows.expected);
}

/* Blocks are counted before anything is allocated for them. */
static int
make_room(struct verification *v, struct err *e)
{
	uint64_t blocks = 0;

	for (unsigned i = 0; i < v->n_archives; i++)
		blocks += archive_blocks(v->archive[i]);
	v->rows.block_event = calloc(blocks + 1, sizeof *v->rows.block_event);
	v->asked = calloc(v->n_archives + 1, sizeof *v->asked);
	if (v->threads == 0)
		v->threads = 1;
	return v->rows.block_event && v->asked ? 0 : err_nomem(e);
}

/* Files in the order of positions: each is judged with what those before it said. */
static int
judge_files(struct verification *v, struct gathered *all, struct err *e)
{
	for (unsigned i = 0; i < v->n_archives; i++) {
		struct archive *a = v->archive[i];
		int rc = 0;

		/* an unreadable file is still digested: the digest is what somebody may have
		 * written down */
		if (archive_readable(a))
			rc = run_archive(v, a, all, e);
		else if (!archive_digested(a) && !archive_unread(a))
			rc = archive_digest(a, &v->findings, e);
		if (rc)
			return -1;
		if (archive_changed(a))
			finding_say(&v->findings, A25_MEANWHILE, archive_file(a), "the file",
			    GIVING_NOTHING);
		all->blocks += archive_blocks(a);
	}
	/* one more, so that the end of the last block is known */
	v->rows.block_event[all->blocks] = v->rows.events;
	v->rows.unread_records = v->unread_records;
	return 0;
}

/* What needs the rows of all files: links, scope, the source's own chain, versions. */
static int
judge_rows(struct verification *v, struct gathered *all, struct err *e)
{
	/* repeats before links: a copy's rows must not be links */
	if (repeats_find(&v->rows, e))
		return -1;
	if (links_settle(all->links, &v->rows))
		return err_nomem(e);
	/* counted after the links are settled */
	v->rows.correlations = links_correlations(all->links);
	v->remediations = links_remediations(all->links);
	if (scope_tell(v, all->links, e) || chain_judge(&v->rows, all->links, e) ||
	    versions_tell(&all->versions, &v->rows, e))
		return -1;
	across_explain_vanished(&v->rows);
	return 0;
}

/* Last, each file against what it said of its inputs, and what was kept and not judged. */
static void
tell_inputs(struct verification *v, const struct gathered *all)
{
	uint64_t across;

	for (unsigned i = 0; i < v->n_archives; i++)
		if (archive_counts(v->archive[i])) {
			across_inputs(v->archive[i], &v->findings);
			account_file(&v->account, v->archive[i], scope_inside(v, v->archive[i]),
			    &v->findings);
		}
	if (v->rejects)
		finding_say(
		    &v->findings, N01_KEPT, 0, "records of kind reject", GIVING(NUM(v->rejects)));
	across = v->findings.counted[F_S12] + v->findings.counted[F_S13] + all->versions.n;
	if (v->conflicts > across)
		finding_say(&v->findings, N02_KEPT, 0, "records of kind conflict",
		    GIVING(NUM(v->conflicts - across)));
}

int
verify_judge(struct verification *v, struct err *e)
{
	struct gathered all = { .links = links_new() };
	int rc = all.links ? 0 : err_nomem(e);

	give_rows(v);
	if (rc || make_room(v, e) || read_through(v, e) || judge_files(v, &all, e) ||
	    judge_rows(v, &all, e))
		rc = -1;
	else
		tell_inputs(v, &all);
	if (rc == 0)
		rc = timely_judge(v, e);
	if (rc == 0 && v->findings.failed)
		rc = err_nomem(e);
	versions_release(&all.versions);
	links_free(all.links);
	return rc;
}

int
verify_run(struct verification *v, struct err *e)
{
	if (verify_judge(v, e))
		return -1;
	verdict_make(v);
	return 0;
}

void
verify_release(struct verification *v)
{
	findings_release(&v->findings);
	lost_release(&v->lost);
	free(v->asked);
	rows_release(&v->rows);
	for (unsigned i = 0; i < PARTS; i++)
		free(v->part[i].why);
	for (unsigned i = 0; i < v->n_headlines; i++)
		free(v->headline[i]);
	for (unsigned i = 0; i < v->n_not_checked; i++)
		free(v->not_checked[i]);
}
