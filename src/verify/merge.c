#include "verify/merge.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/text.h"
#include "base/vec.h"
#include "verify/verify.h"

/*
 * C-7: a block closes by its data alone, so whoever has the records can tell where. The manifest's
 * block, and that of an interim manifest, are told by A17; what follows a block that cannot be read
 * is not judged.
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

/* What the block is: does it close where it must, and could it be read? One that could not makes a
 * gap: what follows is judged with it in mind. */
static void
note_block(struct merge *m, struct job *j)
{
	/* a disclosure copy packs the same blocks otherwise (C-20) */
	if (j->ok && j->n && !archive_disclosed(m->inputs.a))
		check_closing(m, j);
	m->was_ok = j->ok;
	if (j->ok)
		return;
	m->unread = true;
	archive_damaged(m->inputs.a, j->block);
	told_before(&m->v->findings, &j->findings);
}

/* its records as those of their inputs, in their order, whichever thread read them. */
static int
merge_records(struct merge *m, const struct job *j)
{
	uint64_t first = archive_row(m->inputs.a, j->block)->first;

	for (uint32_t i = 0, h = 0; i < j->n; i++) {
		const struct judged *o = &j->rec[i];
		struct inputs_record r = { o->kind, o->flags, o->source, first + i, o->ordinal,
			o->goes_on, o->time, NULL };

		if (h < j->n_heads && j->head[h].at == i)
			r.head = &j->head[h++];
		if (inputs_record(&m->inputs, &r, m->unread))
			return -1;
	}
	return 0;
}

/* What the manifest and the index of this file are held against (R-20, C-11): copies too, since
 * each file is proved by itself. */
static void
merge_file(struct merge *m, struct job *j)
{
	struct verification *v = m->v;

	utc_range_merge(&m->time, &j->time);
	findings_take(&v->findings, &j->findings);
	v->rows.block_event[m->all->blocks + j->block] = v->rows.events;
	for (int k = 1; k < 4; k++) {
		m->facts.product[k] = mul61(m->facts.product[k], j->product[k]);
		m->facts.indexed[k] += j->indexed[k];
	}
	m->facts.times[j->block] = j->time;
	m->left_plain += j->left_plain;
	for (int k = 0; k < 8; k++) {
		m->kinds[k] += j->kinds[k];
		m->left[k] += j->left[k];
	}
}

/* What the source tells of itself in tables of its own: its runs of retention, its newest
 * migration. */
static int
merge_source(struct rows *rows, const struct job *j, bool copy)
{
	void *p;

	if (j->migration > rows->migration)
		rows->migration = j->migration;
	if (copy || j->n_runs == 0)
		return 0;
	if ((p = vec_resize(rows->run, rows->n_runs + j->n_runs, sizeof *rows->run)) == NULL)
		return -1;
	rows->run = p;
	memcpy(rows->run + rows->n_runs, j->run, j->n_runs * sizeof *rows->run);
	rows->n_runs += j->n_runs;
	return 0;
}

/* Rows that are not events (J-7): a copy's were counted with the file it is a copy of. */
static int
merge_kept(struct merge *m, struct job *j)
{
	if (m->copy) {
		lost_release(&j->lost);
		versions_release(&j->versions);
	}
	return lost_take(&m->v->lost, &j->lost) || versions_take(&m->versions, &j->versions) ? -1 :
											       0;
}

/*
 * Room for one more row in the arrays that grow together. The one of insert_seq is made when the
 * first row has one: rows of the older generation cost nothing. -1: no memory.
 */
static int
room_for_row(struct rows *rows, uint64_t *cap, bool numbered)
{
	void *p;

	if (rows->events == *cap) {
		*cap = *cap ? *cap + *cap / 2 : 4096;
		if ((p = vec_resize(rows->event, *cap, sizeof *rows->event)) == NULL)
			return -1;
		rows->event = p;
		if ((p = vec_resize(rows->node, *cap, sizeof *rows->node)) == NULL)
			return -1;
		rows->node = p;
		if (rows->seq) {
			if ((p = vec_resize(rows->seq, *cap, sizeof *rows->seq)) == NULL)
				return -1;
			rows->seq = p;
		}
	}
	if (numbered && rows->seq == NULL && (rows->seq = calloc(*cap, sizeof *rows->seq)) == NULL)
		return -1;
	return 0;
}

/* What one row says of its correlation, and what of its links waits until all files were read
 * (links.c). *ret: the number of its correlation, which each has from here on. -1: no memory. */
static int
note_links(struct merge *m, const struct judged *o, uint32_t *ret)
{
	struct links *l = m->all->links;
	uint32_t corr = *ret = links_correlation(l, o->corr);

	/* of what is left out of a disclosure copy nothing is expected (C-20) */
	if (corr == UINT32_MAX ||
	    (!archive_disclosed(m->inputs.a) &&
		expected_note(&m->v->rows.expected, corr, o->type, o->time)))
		return -1;
	if (o->remediation)
		links_remediation(l, corr);
	if (o->hashed && links_claim(l, o->claimed, o->event))
		return -1;
	if (o->hashed)
		links_algorithm(l, corr, o->keyed);
	return o->wait && links_wait(l, o->previous, o->event) ? -1 : 0;
}

/* An event that is left out is no row; one that is here may name it as its predecessor. */
static int
note_left_out(struct merge *m, const struct judged *o)
{
	m->v->rows.left_out += o->was == KIND_EVENT;
	m->v->rows.left_hidden += o->was == KIND_EVENT && o->hidden;
	return o->hashed ? links_left(m->all->links, o->claimed, o->corr) : 0;
}

/* The events of a block become rows, with numbers over all files in the order of positions. */
static int
merge_events(struct merge *m, struct job *j, struct err *e)
{
	struct rows *rows = &m->v->rows;

	/* all of the block first, since a row may name one that stands behind it */
	for (uint32_t i = 0, event = (uint32_t)rows->events; i < j->n; i++)
		if (j->rec[i].kind == KIND_EVENT)
			j->rec[i].event = event++;
	for (uint32_t i = 0; i < j->n; i++) {
		const struct judged *o = &j->rec[i];
		uint32_t corr;

		if (o->kind == KIND_LEFT_OUT && note_left_out(m, o))
			return err_nomem(e);
		if (o->kind != KIND_EVENT)
			continue;
		/* an array of rows has 32-bit numbers, and a limit that is said */
		if (rows->events == EVENTS_MAX)
			return err_set(e, EX_DATA_ERR,
			    "more than %u events: verify the files of the log in parts",
			    EVENTS_MAX);
		if (room_for_row(rows, &m->all->cap, o->seq) || note_links(m, o, &corr))
			return err_nomem(e);
		if (rows->seq)
			rows->seq[rows->events] = o->seq;
		rows->node[rows->events] = (struct node){ o->time, o->id, corr,
			o->parent == EVENT_NONE ? EVENT_NONE : j->rec[o->parent].event };
		rows->event[rows->events++] = (struct event_result){ .content = o->content,
			.link = o->link,
			.type = o->type,
			.key = o->key,
			.keyed = o->keyed && o->hashed,
			.unlike = o->unlike && inputs_spelled(&m->inputs, o->source) };
	}
	return 0;
}

int
merge_block(struct merge *m, struct job *j, struct err *e)
{
	struct verification *v = m->v;

	/* a failure of the tool is told, and never made a finding */
	if (j->failed && j->err.status && e->status == 0)
		*e = j->err;
	if (j->failed)
		return e->status ? -1 : err_nomem(e);
	note_block(m, j);
	if (merge_records(m, j))
		return err_nomem(e);
	merge_file(m, j);
	if (merge_kept(m, j) || merge_source(&v->rows, j, m->copy))
		return err_nomem(e);
	/* proved like any other file, but its records count once */
	if (m->copy)
		return 0;
	utc_range_merge(&v->rows.time, &j->time);
	v->rows.hmac_rows += j->hmac_rows;
	v->rows.hmac_fit += j->hmac_fit;
	v->rows.withheld_fit += j->withheld_fit;
	v->objects += j->objects;
	return merge_events(m, j, e);
}
