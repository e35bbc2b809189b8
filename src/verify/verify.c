#include "verify/verify.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "archive/sequence.h"
#include "base/err.h"
#include "base/text.h"
#include "base/vec.h"
#include "chain/across.h"
#include "chain/links.h"
#include "chain/phases.h"
#include "chain/repeats.h"
#include "event/view.h"
#include "log/merkle.h"
#include "record/daycount.h"
#include "verify/block.h"
#include "verify/counts.h"
#include "verify/pages.h"
#include "verify/scope.h"

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

struct merge {
	struct verification *v;
	bool copy;
	struct links *c;
	uint64_t cap, kinds[8];
	struct index_facts facts;
	struct inputs inputs;
	struct versions versions;              /* of this file */
	struct utc_range time;                 /* of this file's events */
	bool unread;                           /* a block could not be read */
	bool was_ok, was_polled, was_manifest; /* of the block before (C-7) */
};

/*
 * C-7: a block closes by its data alone, so whoever has the records can tell where. The
 * manifest's block, and that of
 * an interim manifest, are told by A17; what follows a block that cannot be read is not judged.
 */
static void
check_closing(struct merge *m, const struct job *j)
{
	const struct archive *a = m->inputs.a;
	const struct block_row *row = archive_row(a, j->block), *last = j->block ? row - 1 : NULL;
	bool apart = j->rec[0].kind == KIND_MANIFEST || m->was_manifest;
	enum said why = SAID_COUNT;

	if (row->count > 1 && row->raw_body > EX_BLOCK_BYTES)
		why = A07_LONG;
	else if (archive_follows(a) && j->polls > (j->polled ? 1u : 0u))
		why = A07_POLL;
	else if (m->was_ok && last && last->count < EX_BLOCK_RECORDS &&
	    last->raw_body + j->first_size <= EX_BLOCK_BYTES && !apart &&
	    !(archive_follows(a) && (m->was_polled || j->run_ended)))
		why = A07_ROOM;
	if (why != SAID_COUNT)
		finding_say(&m->v->findings, why, archive_file(a), at_block(row->no).text,
		    GIVING(NUM(row->no)));
	m->was_polled = j->polled;
	m->was_manifest = j->rec[0].kind == KIND_MANIFEST;
}

/* A damaged block that was met when the file was opened was told then. */
static void
told_before(const struct findings *told, struct findings *now)
{
	for (unsigned i = 0; i < now->n; i++)
		for (unsigned k = 0; k < told->n; k++)
			if (now->f[i].id == told->f[k].id && now->f[i].file == told->f[k].file &&
			    strcmp(now->f[i].sentence, told->f[k].sentence) == 0) {
				now->f[i].id = FINDING_COUNT;
				break;
			}
}

static int
merge_job(struct merge *m, struct job *j, uint64_t block_number, struct err *e)
{
	struct verification *v = m->v;
	void *p;

	/* a failure of the tool is told, and never made a finding */
	if (j->failed && j->err.status && e->status == 0)
		*e = j->err;
	if (j->failed)
		return e->status ? -1 : err_nomem(e);
	if (j->ok && j->n)
		check_closing(m, j);
	m->was_ok = j->ok;
	/* a block that could not be read makes a gap: what follows is judged with it in mind */
	if (!j->ok) {
		m->unread = true;
		archive_damaged(m->inputs.a, j->block);
		told_before(&v->findings, &j->findings);
	}
	/* records in their order, whichever thread read them */
	for (uint32_t i = 0, h = 0; i < j->n; i++) {
		const struct judged *o = &j->rec[i];
		struct inputs_record r = { o->kind, o->flags, o->source,
			archive_row(m->inputs.a, j->block)->first + i, o->ordinal, o->goes_on,
			o->time, NULL };

		if (h < j->n_heads && j->head[h].at == i)
			r.head = &j->head[h++];
		if (inputs_record(&m->inputs, &r, m->unread))
			return err_nomem(e);
	}
	/* from here on the block's own results are added up */
	utc_range_merge(&m->time, &j->time);
	findings_take(&v->findings, &j->findings);
	v->rows.block_event[block_number] = v->rows.events;
	for (int k = 1; k < 4; k++) {
		m->facts.product[k] = mul61(m->facts.product[k], j->product[k]);
		m->facts.indexed[k] += j->indexed[k];
	}
	m->facts.times[j->block] = j->time;
	/* kinds and times, for what the manifest says */
	for (int k = 0; k < 8; k++)
		m->kinds[k] += j->kinds[k];
	/* a copy's rows were counted with the file it is a copy of */
	if (m->copy)
		lost_release(&j->lost);
	if (m->copy)
		versions_release(&j->versions);
	if (lost_take(&v->lost, &j->lost) || versions_take(&m->versions, &j->versions))
		return err_nomem(e);
	if (m->copy)
		j->n_runs = 0;
	/* the highest migration that any row tells */
	if (j->migration > v->rows.migration)
		v->rows.migration = j->migration;
	if (j->n_runs) {
		if ((p = vec_resize(
			 v->rows.run, v->rows.n_runs + j->n_runs, sizeof *v->rows.run)) == NULL)
			return err_nomem(e);
		v->rows.run = p;
		memcpy(v->rows.run + v->rows.n_runs, j->run, j->n_runs * sizeof *v->rows.run);
		v->rows.n_runs += j->n_runs;
	}
	if (m->copy)
		/* proved like any other, but its records count once */
		return 0;
	/* rows of this file, and no copy's */
	utc_range_merge(&v->rows.time, &j->time);
	v->rows.hmac_rows += j->hmac_rows;
	v->rows.hmac_fit += j->hmac_fit;
	v->rows.withheld_fit += j->withheld_fit;
	v->objects += j->objects;
	/* numbers over all files, given in the order of positions */
	for (uint32_t i = 0, event = (uint32_t)v->rows.events; i < j->n; i++)
		if (j->rec[i].kind == KIND_EVENT)
			j->rec[i].event = event++;
	for (uint32_t i = 0; i < j->n; i++) {
		const struct judged *o = &j->rec[i];
		uint32_t corr;

		if (o->kind != KIND_EVENT)
			continue;
		/* an array of rows has 32-bit numbers, and a limit that is said */
		if (v->rows.events == EVENTS_MAX)
			return err_set(e, EX_DATA_ERR,
			    "more than %u events: verify the files of the log in parts",
			    EVENTS_MAX);
		/* three arrays grow together */
		if (v->rows.events == m->cap) {
			m->cap = m->cap ? m->cap + m->cap / 2 : 4096;
			if ((p = vec_resize(v->rows.event, m->cap, sizeof *v->rows.event)) == NULL)
				return err_nomem(e);
			v->rows.event = p;
			if ((p = vec_resize(v->rows.node, m->cap, sizeof *v->rows.node)) == NULL)
				return err_nomem(e);
			v->rows.node = p;
			if (v->rows.seq) {
				if ((p = vec_resize(v->rows.seq, m->cap, sizeof *v->rows.seq)) ==
				    NULL)
					return err_nomem(e);
				v->rows.seq = p;
			}
		}
		/* the array of insert_seq is made when the first row has one */
		if (o->seq && v->rows.seq == NULL &&
		    (v->rows.seq = calloc(m->cap, sizeof *v->rows.seq)) == NULL)
			return err_nomem(e);
		if (v->rows.seq)
			v->rows.seq[v->rows.events] = o->seq;
		/* each correlation has a number from here on */
		if ((corr = links_correlation(m->c, o->corr)) == UINT32_MAX)
			return err_nomem(e);
		if (expected_note(&v->rows.expected, corr, o->type, o->time))
			return err_nomem(e);
		if (o->remediation)
			links_remediation(m->c, corr);
		/* claims and waits: links are settled when all files were read (links.c) */
		if (o->hashed && links_claim(m->c, o->claimed, o->event))
			return err_nomem(e);
		if (o->hashed)
			links_algorithm(m->c, corr, o->keyed);
		if (o->wait && links_wait(m->c, o->previous, o->event))
			return err_nomem(e);
		v->rows.node[v->rows.events] = (struct node){ o->time, o->id, corr,
			o->parent == EVENT_NONE ? EVENT_NONE : j->rec[o->parent].event };
		v->rows.event[v->rows.events++] = (struct event_result){ .content = o->content,
			.link = o->link,
			.type = o->type,
			.key = o->key,
			.keyed = o->keyed && o->hashed,
			.unlike = o->unlike && inputs_spelled(&m->inputs, o->source) };
	}
	return 0;
}

static int
run_archive(struct verification *v, struct archive *a, struct links *c, struct versions *versions,
    uint64_t first_block, uint64_t *cap, struct err *e)
{
	struct work w = { .v = v, .a = a };
	struct merge m = { .v = v,
		.c = c,
		.copy = archive_is_copy(a),
		.cap = *cap,
		.facts = { .product = { 1, 1, 1, 1 } } };
	uint64_t unread = 0;
	pthread_t thread[16];
	unsigned n = 0;
	int rc = 0;

	/* a product over random points: an index that was made to agree has to know the point */
	if (multiset_random(&w.point))
		return err_set(e, EX_OS_ERR, "no randomness from the system");
	pthread_mutex_init(&w.lock, NULL);
	pthread_cond_init(&w.changed, NULL);
	inputs_init(&m.inputs, a, &v->findings);
	/* what the earlier files hold is known only where all of them were read */
	if (archive_first(a) && v->log.origin && strcmp(v->log.origin, archive_origin(a)) == 0 &&
	    v->log.next == archive_first(a))
		m.inputs.earlier = v->log.newest;
	m.inputs.whole = archive_first(a) == 0 || m.inputs.earlier != INT64_MIN;
	w.days = daycount_new();
	m.facts.times = calloc(archive_blocks(a) ? archive_blocks(a) : 1, sizeof *m.facts.times);
	for (int i = 0; i < RING; i++)
		if ((w.ring[i].rec = malloc(EX_BLOCK_RECORDS * sizeof *w.ring[i].rec)) == NULL)
			rc = err_nomem(e);
	if (w.days == NULL || m.facts.times == NULL)
		rc = err_nomem(e);
	/* one thread at least; more are faster, and no more right */
	while (rc == 0 && n < v->threads && n < 16 &&
	    pthread_create(&thread[n], NULL, block_worker, &w) == 0)
		n++;
	if (rc == 0 && n == 0)
		rc = err_set(e, EX_OS_ERR, "no thread could be started");
	if (rc == 0 && !archive_digested(a))
		rc = archive_digest(a, &v->findings, e); /* while the others work */
	/* blocks are merged in their order, whichever was done first */
	pthread_mutex_lock(&w.lock);
	while (rc == 0 && w.merged < archive_blocks(a)) {
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
	/* no thread is left behind, also after a failure */
	w.stop |= rc != 0;
	pthread_cond_broadcast(&w.changed);
	pthread_mutex_unlock(&w.lock);
	for (unsigned i = 0; i < n; i++)
		pthread_join(thread[i], NULL);
	/* what counts records can be compared only where all of them were read */
	if (rc == 0 && archive_indexed(a) && !m.unread)
		rc = check_index(&m.facts, a, &w.point, &v->findings, e);
	if (rc == 0 && archive_manifest(a)) {
		unread = counts_check(v, a, m.kinds);
		if (!m.unread)
			counts_check_days(v, a, w.days);
		if (inputs_finish(&m.inputs, &m.time, m.unread))
			rc = err_nomem(e);
	}
	/* what was lost is told of each file once */
	if (rc == 0 && !archive_is_copy(a))
		counts_tell_damaged(v, a, unread);
	if (rc == 0 && !archive_is_copy(a))
		rc = lost_tell(&v->lost, a, &v->findings, e);
	if (rc == 0 && archive_manifest(a) && !m.unread) {
		if (m.kinds[KIND_MANIFEST] != archive_interim_seals(a) + 1)
			finding_say(&v->findings, A16_INTERIM, archive_file(a), "table seal",
			    GIVING(NUM(archive_interim_seals(a) + 1 - m.kinds[KIND_MANIFEST])));
	}
	/* SQLite's own check last: it reads the whole database */
	if (rc == 0)
		rc = archive_check_database(a, &v->findings, e);
	/* the next file of the log is held against this one */
	if (!archive_is_copy(a)) {
		v->log.origin = m.unread || !m.inputs.whole ? NULL : archive_origin(a);
		v->log.next = archive_next(a);
		v->log.newest =
		    m.time.any && m.time.max > m.inputs.earlier ? m.time.max : m.inputs.earlier;
	}
	*cap = m.cap;
	for (int k = 0; archive_is_copy(a) && k < 8; k++)
		m.kinds[k] = 0;
	v->records += m.kinds[KIND_EVENT] + m.kinds[KIND_REJECT] + m.kinds[KIND_CONFLICT] +
	    m.kinds[KIND_CONTEXT] + m.kinds[KIND_DEAD_LETTER] + m.kinds[KIND_MANIFEST];
	v->rejects += m.kinds[KIND_REJECT];
	v->conflicts += m.kinds[KIND_CONFLICT];
	v->contexts += m.kinds[KIND_CONTEXT];
	v->dead_letters += m.kinds[KIND_DEAD_LETTER];
	v->letters |= archive_letters(a) || m.kinds[KIND_DEAD_LETTER];
	for (int i = 0; i < RING; i++) {
		free(w.ring[i].rec);
		free(w.ring[i].run);
		free(w.ring[i].head);
		lost_release(&w.ring[i].lost);
		versions_release(&w.ring[i].versions);
		findings_release(&w.ring[i].findings);
	}
	v->asked[archive_file(a)] = m.inputs.asked;
	free(m.facts.times);
	inputs_release(&m.inputs);
	if (rc == 0 && versions_take(versions, &m.versions))
		rc = err_nomem(e);
	versions_release(&m.versions);
	daycount_free(w.days);
	pthread_mutex_destroy(&w.lock);
	pthread_cond_destroy(&w.changed);
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

int
verify_judge(struct verification *v, struct err *e)
{
	struct links *c = links_new();
	struct versions versions = { .n = 0 };
	uint64_t blocks = 0, cap = 0, across;
	int rc = -1;

	/* blocks are counted before anything is allocated for them */
	for (unsigned i = 0; i < v->n_archives; i++)
		blocks += archive_blocks(v->archive[i]);
	give_rows(v);
	v->rows.block_event = calloc(blocks + 1, sizeof *v->rows.block_event);
	v->asked = calloc(v->n_archives + 1, sizeof *v->asked);
	if (c == NULL || v->rows.block_event == NULL || v->asked == NULL) {
		err_nomem(e);
		goto out;
	}
	if (v->threads == 0)
		v->threads = 1;
	if (read_through(v, e))
		goto out;
	blocks = 0;
	/* files in the order of positions: each is judged with what those before it said */
	for (unsigned i = 0; i < v->n_archives; i++) {
		struct archive *a = v->archive[i];

		/* an unreadable file is still digested: the digest is what somebody may have
		 * written down */
		if (archive_readable(a) ? run_archive(v, a, c, &versions, blocks, &cap, e) :
					  !archive_digested(a) && !archive_unread(a) &&
			    archive_digest(a, &v->findings, e))
			goto out;
		if (archive_changed(a))
			finding_say(&v->findings, A25_MEANWHILE, archive_file(a), "the file",
			    GIVING_NOTHING);
		blocks += archive_blocks(a);
	}
	/* one more, so that the end of the last block is known */
	v->rows.block_event[blocks] = v->rows.events;
	v->rows.unread_records = v->unread_records;
	/* repeats before links: a copy's rows must not be links */
	if (repeats_find(&v->rows, e))
		goto out;
	if (links_settle(c, &v->rows)) {
		err_nomem(e);
		goto out;
	}
	/* counted after the links are settled */
	v->rows.correlations = links_correlations(c);
	v->remediations = links_remediations(c);
	/* what needs all rows: scope, the source's own chain, versions */
	if (scope_tell(v, c, e) || chain_judge(&v->rows, c, e) ||
	    versions_tell(&versions, &v->rows, e))
		goto out;
	across_explain_vanished(&v->rows);
	/* each file against what it said of its inputs */
	for (unsigned i = 0; i < v->n_archives; i++)
		if (archive_counts(v->archive[i])) {
			across_inputs(v->archive[i], &v->findings);
			account_file(&v->account, v->archive[i], scope_inside(v, v->archive[i]),
			    &v->findings);
		}
	/* last, what was kept and not judged */
	if (v->rejects)
		finding_say(
		    &v->findings, N01_KEPT, 0, "records of kind reject", GIVING(NUM(v->rejects)));
	across = v->findings.counted[F_S12] + v->findings.counted[F_S13] + versions.n;
	if (v->conflicts > across)
		finding_say(&v->findings, N02_KEPT, 0, "records of kind conflict",
		    GIVING(NUM(v->conflicts - across)));
	if (v->findings.failed) {
		err_nomem(e);
		goto out;
	}
	rc = 0;
out:
	versions_release(&versions);
	links_free(c);
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
