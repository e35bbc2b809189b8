#include "verify/repeats.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/text.h"

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
		void *p = realloc(x->p, cap * sizeof *x->p);

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
find_pairs(const struct verification *v, struct pairs *x)
{
	uint64_t size = 1024;
	uint32_t *slot;
	int rc = 0;

	while (size < v->events * 2)
		size *= 2;
	if ((slot = malloc(size * sizeof *slot)) == NULL)
		return -1;
	memset(slot, 0xff, size * sizeof *slot);
	for (uint32_t i = 0; i < v->events && rc == 0; i++) {
		uint64_t id = v->node[i].id, s = (id * 0x9e3779b97f4a7c15ull) >> 20 & (size - 1);

		while (slot[s] != EVENT_NONE && v->node[slot[s]].id != id)
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
	struct verification *v;
	struct unpacker *u; /* of the archive that is open */
	struct archive *a;
	uint64_t block; /* among those of all archives; UINT64_MAX: none */
	struct block b;
	struct buf blob;
};

static void
cursor_release(struct cursor *c)
{
	unpacker_free(c->u);
	buf_release(&c->blob);
}

/* The record of an event by its number; NULL: its block cannot be read (e empty), or the tool
 * failed. */
static const struct record *
record_of(struct cursor *c, uint32_t event, struct err *e)
{
	struct verification *v = c->v;
	struct findings ignore = { 0 };
	uint64_t lo = 0, hi = 0, first = 0, n;
	unsigned k = 0;
	int rc = 0;

	for (unsigned i = 0; i < v->n_archives; i++)
		hi += v->archive[i].n_rows;
	while (hi - lo > 1) {
		uint64_t mid = lo + (hi - lo) / 2;

		if (v->block_event[mid] <= event)
			lo = mid;
		else
			hi = mid;
	}
	while (lo >= first + v->archive[k].n_rows)
		first += v->archive[k++].n_rows;
	if (c->block != lo) {
		if (c->a != &v->archive[k]) {
			unpacker_free(c->u);
			c->a = &v->archive[k];
			if ((c->u = unpacker_new(c->a->dict, c->a->dict_len)) == NULL) {
				err_nomem(e);
				return NULL;
			}
		}
		c->block = UINT64_MAX;
		rc = archive_block(c->a, lo - first, c->u, &c->blob, &c->b, &ignore, e);
		findings_release(&ignore);
		if (rc)
			return NULL;
		c->block = lo;
	}
	n = v->block_event[lo];
	for (uint32_t i = 0; i < c->b.n; i++)
		if (c->b.rec[i].kind == KIND_EVENT && n++ == event)
			return &c->b.rec[i];
	return NULL;
}

static unsigned
file_of(const struct verification *v, uint32_t event)
{
	uint64_t first = 0;
	unsigned k = 0;

	while (k + 1 < v->n_archives && v->block_event[first + v->archive[k].n_rows] <= event)
		first += v->archive[k++].n_rows;
	return v->archive[k].file;
}

static void
tell(struct verification *v, const struct record *r, uint64_t before, unsigned file, unsigned other)
{
	char id[37], place[64];
	struct finding *f;

	uuid_of(r->id, id);
	snprintf(place, sizeof place, "position %" PRIu64, r->position);
	if (file == other)
		f = finding_add(&v->findings, F_A30, file, place,
		    "Event %s stands in this file twice, at positions %" PRIu64 " and %" PRIu64
		    ": no exporter writes that [R-18].",
		    id, before, r->position);
	else
		f = finding_add(&v->findings, F_S41, file, place,
		    "Event %s stands here twice with different contents: at position %" PRIu64
		    " in an earlier file, and at position %" PRIu64 ".",
		    id, before, r->position);
	finding_event(&v->findings, f, r->id);
}

static void
leave_out(struct verification *v, uint32_t event)
{
	v->event[event].content = CONTENT_REPEAT;
	v->event[event].link = LINK_NONE;
	v->node[event].parent = EVENT_NONE;
	v->node[event].time = INT64_MIN;
	if (v->seq)
		v->seq[event] = 0;
	v->repeats++;
}

/* Rows that stand behind a repeat in its block stand behind the first of it. */
static void
move_children(struct verification *v, const struct pairs *x)
{
	uint32_t *first = v->repeats ? malloc(v->events * sizeof *first) : NULL;

	if (first == NULL)
		return;
	memset(first, 0xff, v->events * sizeof *first);
	for (uint64_t i = 0; i < x->n; i++)
		if (v->event[x->p[i].event].content == CONTENT_REPEAT)
			first[x->p[i].event] = x->p[i].twin;
	for (uint64_t i = 0; i < v->events; i++) {
		uint32_t parent = v->node[i].parent;

		if (parent != EVENT_NONE && first[parent] != EVENT_NONE)
			v->node[i].parent = first[parent];
	}
	free(first);
}

int
repeats_find(struct verification *v, struct err *e)
{
	struct cursor one = { .v = v, .block = UINT64_MAX },
		      other = { .v = v, .block = UINT64_MAX };
	struct pairs x = { 0 };
	int rc = 0;

	buf_init(&one.blob, EX_MAX_BLOB);
	buf_init(&other.blob, EX_MAX_BLOB);
	if (find_pairs(v, &x))
		rc = err_nomem(e);
	for (uint64_t i = 0; i < x.n && rc == 0; i++) {
		const struct record *a = record_of(&one, x.p[i].twin, e),
				    *b = a ? record_of(&other, x.p[i].event, e) : NULL;
		unsigned file = file_of(v, x.p[i].event), before = file_of(v, x.p[i].twin);

		if (e->status)
			rc = -1;
		if (a == NULL || b == NULL || memcmp(a->id, b->id, 16))
			/* another id that begins alike, or a damaged block */
			continue;
		if (file != before && memcmp(a->body_digest, b->body_digest, 32) == 0 &&
		    a->claimed_form == b->claimed_form && memcmp(a->claimed, b->claimed, 32) == 0 &&
		    memcmp(a->previous, b->previous, 32) == 0)
			leave_out(v, x.p[i].event);
		else
			tell(v, b, a->position, file, before);
	}
	if (rc == 0)
		move_children(v, &x);
	if (rc == 0 && v->repeats)
		finding_add(&v->findings, F_N09, 0, "source records",
		    "%" PRIu64 " event%s stand%s in two of these files with equal content; each is "
		    "counted once.",
		    v->repeats, v->repeats == 1 ? "" : "s", v->repeats == 1 ? "s" : "");
	for (unsigned i = 0; rc == 0 && i < v->findings.n; i++) {
		struct finding *f = &v->findings.f[i];
		bool equal = v->repeats && v->findings.counted[F_S41] == 0;

		if (f->id == F_L02)
			finding_explain(&v->findings, f,
			    equal          ? EXPLAINED_FITS :
				v->repeats ? EXPLAINED_RULED_OUT :
					     EXPLAINED_CANNOT_TELL,
			    equal ? "the log was exported twice from the beginning: the events "
				    "that both files hold are equal" :
				    "the log was exported twice from the beginning");
	}
	cursor_release(&one);
	cursor_release(&other);
	free(x.p);
	return rc;
}
