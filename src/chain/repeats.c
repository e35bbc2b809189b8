#include "chain/repeats.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/text.h"
#include "base/vec.h"

/* Two events whose ids begin with the same 8 bytes: the later one, and the one before it. */
struct pair {
	uint32_t event, twin;
};

struct pairs {
	struct pair *p;
	uint64_t n, cap;
};

static int
add_pair(struct pairs *x, uint32_t event, uint32_t twin)
{
	if (x->n == x->cap) {
		uint64_t cap = x->cap ? x->cap * 2 : 64;
		void *p = vec_resize(x->p, cap, sizeof *x->p);

		if (p == NULL)
			return -1;
		x->p = p;
		x->cap = cap;
	}
	x->p[x->n++] = (struct pair){ event, twin };
	return 0;
}

/* Events that may be of one id, by the part of it that is kept of each. */
static int
find_pairs(const struct rows *rows, struct pairs *x)
{
	uint64_t size = 1024;
	uint32_t *slot;
	int rc = 0;

	while (size < rows->events * 2)
		size *= 2;
	if ((slot = malloc(size * sizeof *slot)) == NULL)
		return -1;
	memset(slot, 0xff, size * sizeof *slot);
	for (uint32_t i = 0; i < rows->events && rc == 0; i++) {
		uint64_t id = rows->node[i].id, s = (id * 0x9e3779b97f4a7c15ull) >> 20 & (size - 1);

		while (slot[s] != EVENT_NONE && rows->node[slot[s]].id != id)
			s = (s + 1) & (size - 1);
		if (slot[s] == EVENT_NONE)
			slot[s] = i;
		else if (id) /* zero: rows without a readable id */
			rc = add_pair(x, i, slot[s]);
	}
	free(slot);
	return rc;
}

/* A place to read events from, one block at a time. */
struct cursor {
	struct rows *rows;
	struct unpacker *u; /* of the archive that is open */
	struct archive *a;
	uint64_t block; /* among those of all archives; UINT64_MAX: none */
	struct block b;
	struct buf blob;
	/* its events, by their number less that of the first */
	uint32_t *event, n_events;
};

static void
cursor_release(struct cursor *c)
{
	unpacker_free(c->u);
	buf_release(&c->blob);
	free(c->event);
}

/* Opens a block, of all archives, and numbers its events. 1: it cannot be read (e empty); -1: the
 * tool failed (e). */
static int
open_block(struct cursor *c, uint64_t block, struct err *e)
{
	struct rows *rows = c->rows;
	struct findings ignore = { 0 };
	uint64_t first = 0;
	unsigned k = 0;
	int rc;

	while (block >= first + archive_blocks(rows->archive[k]))
		first += archive_blocks(rows->archive[k++]);
	if (c->event == NULL && (c->event = malloc(EX_BLOCK_RECORDS * sizeof *c->event)) == NULL)
		return err_nomem(e);
	if (c->a != rows->archive[k]) {
		unpacker_free(c->u);
		c->a = rows->archive[k];
		if ((c->u = archive_unpacker(c->a)) == NULL)
			return err_nomem(e);
	}
	c->block = UINT64_MAX;
	rc = archive_block(c->a, block - first, c->u, &c->blob, &c->b, &ignore, e);
	findings_release(&ignore);
	if (rc)
		return rc;
	c->block = block;
	c->n_events = 0;
	for (uint32_t i = 0; i < c->b.n; i++)
		if (c->b.rec[i].kind == KIND_EVENT)
			c->event[c->n_events++] = i;
	return 0;
}

/* The record of an event by its number; NULL: its block cannot be read (e empty), or the tool
 * failed. */
static const struct record *
record_of(struct cursor *c, uint32_t event, struct err *e)
{
	const struct rows *rows = c->rows;
	uint64_t blocks = 0, block, at;

	for (unsigned i = 0; i < rows->n_archives; i++)
		blocks += archive_blocks(rows->archive[i]);
	/* the last block that begins with this event or one before it */
	block = upper_bound_u64(rows->block_event, blocks, event) - 1;
	if (c->block != block && open_block(c, block, e))
		return NULL;
	at = event - rows->block_event[block];
	return at < c->n_events ? &c->b.rec[c->event[at]] : NULL;
}

static unsigned
file_of(const struct rows *rows, uint32_t event)
{
	uint64_t first = 0;
	unsigned k = 0;

	while (k + 1 < rows->n_archives &&
	    rows->block_event[first + archive_blocks(rows->archive[k])] <= event)
		first += archive_blocks(rows->archive[k++]);
	return archive_file(rows->archive[k]);
}

static void
tell(struct rows *rows, const struct record *r, uint64_t before, unsigned file, unsigned other)
{
	char id[37], place[64];
	struct finding *f;

	uuid_of(r->id, id);
	snprintf(place, sizeof place, "position %" PRIu64, r->position);
	if (file == other)
		f = finding_say(rows->findings, A30_TWICE, file, place,
		    GIVING(TEXT(id), NUM(before), NUM(r->position)));
	else
		f = finding_say(rows->findings, S41_ACROSS, file, place,
		    GIVING(TEXT(id), NUM(before), NUM(r->position)));
	finding_event(rows->findings, f, r->id);
}

static void
leave_out(struct rows *rows, uint32_t event)
{
	rows->event[event].content = CONTENT_REPEAT;
	rows->event[event].link = LINK_NONE;
	rows->node[event].parent = EVENT_NONE;
	rows->node[event].time = INT64_MIN;
	if (rows->seq)
		rows->seq[event] = 0;
	rows->repeats++;
}

/* Rows that stand behind a repeat in its block stand behind the first of it. */
static void
move_children(struct rows *rows, const struct pairs *x)
{
	uint32_t *first = rows->repeats ? malloc(rows->events * sizeof *first) : NULL;

	if (first == NULL)
		return;
	memset(first, 0xff, rows->events * sizeof *first);
	for (uint64_t i = 0; i < x->n; i++)
		if (rows->event[x->p[i].event].content == CONTENT_REPEAT)
			first[x->p[i].event] = x->p[i].twin;
	for (uint64_t i = 0; i < rows->events; i++) {
		uint32_t parent = rows->node[i].parent;

		if (parent != EVENT_NONE && first[parent] != EVENT_NONE)
			rows->node[i].parent = first[parent];
	}
	free(first);
}

int
repeats_find(struct rows *rows, struct err *e)
{
	struct cursor one = { .rows = rows, .block = UINT64_MAX },
		      other = { .rows = rows, .block = UINT64_MAX };
	struct pairs x = { 0 };
	int rc = 0;

	buf_init(&one.blob, EX_MAX_BLOB);
	buf_init(&other.blob, EX_MAX_BLOB);
	/* pairs of events whose ids begin alike, found without reading a block */
	if (find_pairs(rows, &x))
		rc = err_nomem(e);
	for (uint64_t i = 0; i < x.n && rc == 0; i++) {
		/* two readers, so that each keeps its block while pairs are in the order of the
		 * log */
		const struct record *a = record_of(&one, x.p[i].twin, e),
				    *b = a ? record_of(&other, x.p[i].event, e) : NULL;
		unsigned file = file_of(rows, x.p[i].event), before = file_of(rows, x.p[i].twin);

		if (e->status)
			rc = -1;
		/* the beginning of an id proves nothing */
		if (a == NULL || b == NULL || memcmp(a->id, b->id, 16))
			/* another id that begins alike, or a damaged block */
			continue;
		/* equal in all that is hashed and linked: the log was exported twice */
		if (file != before && memcmp(a->body_digest, b->body_digest, 32) == 0 &&
		    a->claimed_form == b->claimed_form && memcmp(a->claimed, b->claimed, 32) == 0 &&
		    memcmp(a->previous, b->previous, 32) == 0)
			leave_out(rows, x.p[i].event);
		else
			tell(rows, b, a->position, file, before);
	}
	/* children of a row that was left out hang on the one that stays */
	if (rc == 0)
		move_children(rows, &x);
	/* said once for all, since nothing is wrong with any of them */
	if (rc == 0 && rows->repeats)
		finding_say(
		    rows->findings, N09_REPEATS, 0, "source records", GIVING(NUM(rows->repeats)));
	/* another finding is explained by it, now that it is known */
	for (unsigned i = 0; rc == 0 && i < rows->findings->n; i++) {
		struct finding *f = &rows->findings->f[i];
		bool equal = rows->repeats && rows->findings->counted[F_S41] == 0;

		if (f->id == F_L02)
			finding_explain(rows->findings, f,
			    equal             ? BECAUSE_TWICE_EQUAL :
				rows->repeats ? BECAUSE_TWICE_OTHERS :
						BECAUSE_TWICE,
			    GIVING_NOTHING);
	}
	cursor_release(&one);
	cursor_release(&other);
	free(x.p);
	return rc;
}
