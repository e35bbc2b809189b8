/*
 * Events by their type, for queries that ask for nothing else: where each lies, gathered from the
 * sealed index of types or row by row, then laid out type by type.
 */
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/vec.h"
#include "cmd/analyze/sql_inner.h"

struct by_type {
	uint64_t memory;         /* bytes that the places may take */
	struct numbering number; /* of the digests of types */
	struct sha256 *sha;
	struct {
		char *text; /* owned */
		size_t n;
		uint64_t rows, from; /* how many, and where they begin in `row` */
	} * type;
	size_t cap_types;
	struct place {
		uint64_t position;
		uint32_t archive, type;
	} * place, *row; /* as they were met, and in order */
	size_t n, cap, next;
};

struct by_type *
by_type_new(uint64_t memory, struct err *e)
{
	struct by_type *o = calloc(1, sizeof *o);

	if (o == NULL || (o->sha = sha256_new()) == NULL) {
		free(o);
		err_nomem(e);
		return NULL;
	}
	o->memory = memory;
	numbering_init(&o->number, 32);
	return o;
}

void
by_type_clear(struct by_type *o)
{
	for (size_t i = 0; i < o->number.n && i < o->cap_types; i++)
		free(o->type[i].text);
	numbering_release(&o->number);
	numbering_init(&o->number, 32);
	o->n = 0;
}

void
by_type_free(struct by_type *o)
{
	if (o == NULL)
		return;
	by_type_clear(o);
	numbering_release(&o->number);
	sha256_free(o->sha);
	free(o->type);
	free(o->place);
	free(o->row);
	free(o);
}

/* The number of a type; NUMBER_NONE: no memory. */
static uint32_t
type_number(struct by_type *o, struct str type)
{
	size_t known = o->number.n;
	uint8_t digest[32];
	uint32_t k;

	sha256_once(o->sha, type.p ? type.p : "", type.n, digest);
	k = numbering_of(&o->number, digest);
	if (k == NUMBER_NONE || vec_grow(&o->type, &o->cap_types, k + 1, sizeof *o->type))
		return NUMBER_NONE;
	if (o->number.n == known)
		return k;
	memset(&o->type[k], 0, sizeof *o->type);
	o->type[k].n = type.n;
	if ((o->type[k].text = malloc(type.n + 1)) == NULL)
		return NUMBER_NONE;
	memcpy(o->type[k].text, type.p ? type.p : "", type.n);
	return k;
}

static int
note_place(struct by_type *o, uint32_t type, unsigned archive, uint64_t position, struct err *e)
{
	if (type == NUMBER_NONE || vec_grow(&o->place, &o->cap, o->n + 1, sizeof *o->place))
		return err_nomem(e);
	o->type[type].rows++;
	o->place[o->n++] = (struct place){ position, archive, type };
	return o->n * 2 * sizeof *o->place > o->memory ?
	    err_set(e, EX_IO_ERR, "the query wants more memory than it may have (--memory)") :
	    0;
}

int
by_type_note(struct by_type *o, struct str type, unsigned archive, uint64_t position, struct err *e)
{
	return note_place(o, type_number(o, type), archive, position, e);
}

/* ---- from the index ---- */

struct walking {
	struct by_type *o;
	unsigned archive;
	uint64_t first, left; /* of the file; events that no entry named so far */
	uint8_t *events;      /* they, from the file's first position on */
	uint32_t type;
	bool cut; /* the index holds only the beginning of a type */
};

static int
named(void *arg, struct str type, bool fresh, uint64_t position, struct err *e)
{
	struct walking *w = arg;
	uint64_t at = position - w->first;
	uint8_t bit = (uint8_t)(1u << at % 8);

	if (fresh) {
		w->cut |= type.n >= EX_MAX_KEY;
		w->type = type_number(w->o, type);
	}
	/* a conflict, or an event of a damaged block */
	if (!(w->events[at / 8] & bit))
		return 0;
	w->events[at / 8] &= (uint8_t)~bit;
	w->left--;
	return note_place(w->o, w->type, w->archive, position, e);
}

/* 0; 1: the index does not tell of every event; -1 (e). */
static int
from_index_of(struct by_type *o, struct reading *r, unsigned i, struct err *e)
{
	const struct archive *a = r->archive[i];
	size_t bytes = (size_t)((archive_next(a) - archive_first(a)) / 8 + 1);
	struct walking w = { .o = o, .archive = i, .first = archive_first(a) };
	int rc;

	if ((w.events = calloc(bytes, 1)) == NULL)
		return err_nomem(e);
	rc = reading_events(r, i, w.events, e);
	for (size_t k = 0; k < bytes; k++)
		w.left += (uint64_t)__builtin_popcount(w.events[k]);
	if (rc == 0)
		rc = reading_by_type(r, i, named, &w, e);
	free(w.events);
	return rc ? rc : w.left || w.cut;
}

int
by_type_from_index(struct by_type *o, struct reading *r, struct err *e)
{
	int rc = 0;

	for (unsigned i = 0; i < r->n && rc == 0; i++)
		if (archive_counts(r->archive[i]))
			rc = from_index_of(o, r, i, e);
	return rc;
}

/* ---- in order ---- */

static int
by_text(const void *pa, const void *pb, void *arg)
{
	const struct by_type *o = arg;
	const uint32_t *a = pa, *b = pb;
	size_t na = o->type[*a].n, nb = o->type[*b].n;
	int c = memcmp(o->type[*a].text, o->type[*b].text, na < nb ? na : nb);

	return c ? c : na < nb ? -1 : na > nb;
}

int
by_type_sort(struct by_type *o, struct err *e)
{
	uint32_t *order = malloc((o->number.n + 1) * sizeof *order);
	uint64_t at = 0;

	o->row = malloc((o->n + 1) * sizeof *o->row);
	if (o->row == NULL || order == NULL) {
		free(order);
		return err_nomem(e);
	}
	for (uint32_t i = 0; i < o->number.n; i++)
		order[i] = i;
	if (o->number.n)
		qsort_r(order, o->number.n, sizeof *order, by_text, o);
	for (size_t i = 0; i < o->number.n; i++) {
		o->type[order[i]].from = at;
		at += o->type[order[i]].rows;
	}
	for (size_t i = 0; i < o->n; i++)
		o->row[o->type[o->place[i].type].from++] = o->place[i];
	free(order);
	free(o->place);
	o->place = NULL;
	return 0;
}

int
by_type_next(struct by_type *o, unsigned *ret_archive, uint64_t *ret_position)
{
	if (o->next == o->n)
		return 0;
	*ret_archive = o->row[o->next].archive;
	*ret_position = o->row[o->next++].position;
	return 1;
}

struct str
by_type_type(const struct by_type *o)
{
	uint32_t k = o->row[o->next - 1].type;

	return (struct str){ o->type[k].text, o->type[k].n };
}
