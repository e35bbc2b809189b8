#include "record/daycount.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "base/utc.h"
#include "base/vec.h"
#include "json/emit.h"

struct pair {
	int32_t day;
	uint32_t type; /* index into types; ALL counts a whole day */
	uint64_t n;
};

#define ALL UINT32_MAX

struct table {
	struct pair *p;
	uint32_t n, cap; /* cap: a power of two, at least twice n */
	bool overflow;   /* more than EX_MAX_DAYS: contents mean nothing */
};

struct daycount {
	struct table pairs, days;
	struct {
		char *p;
		size_t n;
	} * types;
	uint32_t n_types;
	uint32_t *name; /* TYPE_SLOTS: hash of a type → index + 1 */
};

#define TYPE_SLOTS 65536u /* more than three times EX_MAX_DAYS */

struct daycount *
daycount_new(void)
{
	struct daycount *d = calloc(1, sizeof *d);

	if (d && (d->name = calloc(TYPE_SLOTS, sizeof *d->name)) == NULL) {
		free(d);
		return NULL;
	}
	return d;
}

void
daycount_free(struct daycount *d)
{
	if (d == NULL)
		return;
	for (uint32_t i = 0; i < d->n_types; i++)
		free(d->types[i].p);
	free(d->types);
	free(d->name);
	free(d->pairs.p);
	free(d->days.p);
	free(d);
}

static uint32_t
slot(const struct table *t, int32_t day, uint32_t type)
{
	uint32_t s = ((uint32_t)day * 2654435761u ^ type * 40503u * 65537u) & (t->cap - 1);

	while (t->p[s].n && (t->p[s].day != day || t->p[s].type != type))
		s = (s + 1) & (t->cap - 1);
	return s;
}

static int
grow(struct table *t)
{
	struct table b = { .cap = t->cap ? t->cap * 2 : 256 };

	if ((b.p = calloc(b.cap, sizeof *b.p)) == NULL)
		return -1;
	for (uint32_t i = 0; i < t->cap; i++)
		if (t->p[i].n) {
			b.p[slot(&b, t->p[i].day, t->p[i].type)] = t->p[i];
			b.n++;
		}
	free(t->p);
	*t = b;
	return 0;
}

static int
count(struct table *t, int32_t day, uint32_t type, uint64_t n)
{
	uint32_t s;

	if (t->overflow)
		return 0;
	/* half of the slots stay empty, so that a search always ends */
	if (2 * (t->n + 1) > t->cap && grow(t))
		return -1;
	s = slot(t, day, type);
	if (t->p[s].n == 0) {
		if (t->n == EX_MAX_DAYS) {
			t->overflow = true;
			return 0;
		}
		t->n++;
		t->p[s].day = day;
		t->p[s].type = type;
	}
	t->p[s].n += n;
	return 0;
}

/* Types are few unless the pairs overflow, and then they are not kept any more. */
static int
type_index(struct daycount *d, const char *type, size_t n, uint32_t *ret)
{
	uint32_t h = 2166136261u;

	/* as the index of types cuts it (C-11): the two count the same types */
	if (n > EX_MAX_KEY)
		n = EX_MAX_KEY;
	for (size_t i = 0; i < n; i++)
		h = (h ^ (unsigned char)type[i]) * 16777619u;
	for (h %= TYPE_SLOTS; d->name[h]; h = (h + 1) % TYPE_SLOTS)
		if (d->types[d->name[h] - 1].n == n &&
		    memcmp(d->types[d->name[h] - 1].p, type, n) == 0) {
			*ret = d->name[h] - 1;
			return 0;
		}
	/* *ret stays what it is: from here on pairs are not counted, only days */
	if (d->n_types == EX_MAX_DAYS) {
		d->pairs.overflow = true;
		return 0;
	}
	if (vec_more(&d->types, d->n_types, sizeof *d->types))
		return -1;
	if ((d->types[d->n_types].p = malloc(n + 1)) == NULL)
		return -1;
	memcpy(d->types[d->n_types].p, type, n);
	d->types[d->n_types].n = n;
	*ret = d->n_types++;
	d->name[h] = d->n_types;
	return 0;
}

int
daycount_add(struct daycount *d, int64_t time_us, const char *type, size_t n, uint64_t events)
{
	int32_t day = utc_days(time_us);
	uint32_t i = 0;

	if (!d->pairs.overflow && type_index(d, type, n, &i))
		return -1;
	if (count(&d->pairs, day, i, events))
		return -1;
	return count(&d->days, day, ALL, events);
}

int
daycount_merge(struct daycount *to, const struct daycount *from)
{
	/* what one thread could not count, nobody can: the sum would look like all of it */
	to->pairs.overflow |= from->pairs.overflow;
	to->days.overflow |= from->days.overflow;
	for (uint32_t i = 0; i < from->pairs.cap && !to->pairs.overflow; i++) {
		const struct pair *p = &from->pairs.p[i];
		uint32_t type = 0;

		if (p->n == 0)
			continue;
		if (type_index(to, from->types[p->type].p, from->types[p->type].n, &type) ||
		    count(&to->pairs, p->day, type, p->n))
			return -1;
	}
	for (uint32_t i = 0; i < from->days.cap; i++)
		if (from->days.p[i].n &&
		    count(&to->days, from->days.p[i].day, ALL, from->days.p[i].n))
			return -1;
	return 0;
}

static int
pair_cmp(const void *pa, const void *pb, void *arg)
{
	const struct daycount *d = arg;
	const struct pair *a = pa, *b = pb;
	size_t n;
	int c;

	if (a->n == 0 || b->n == 0)
		return (a->n == 0) - (b->n == 0);
	if (a->day != b->day)
		return a->day < b->day ? -1 : 1;
	if (a->type == b->type)
		return 0;
	n = d->types[a->type].n < d->types[b->type].n ? d->types[a->type].n : d->types[b->type].n;
	c = memcmp(d->types[a->type].p, d->types[b->type].p, n);
	return c ? c : d->types[a->type].n < d->types[b->type].n ? -1 : 1;
}

/* One pair; in the place of a type: the whole day. */
static void
put_pair(struct daycount *d, const struct pair *p, struct emit *e)
{
	if (p->type == ALL)
		emit_u64(e, "(all types)", p->n);
	else
		buf_u64(emit_member(e, d->types[p->type].p, d->types[p->type].n), p->n);
}

int
daycount_print(struct daycount *d, struct buf *out)
{
	/* beyond the limit of pairs the days alone, beyond that of days nothing: never a part of
	 * the counts that looks like all of them */
	struct table *t = d->pairs.overflow ? &d->days : &d->pairs;
	struct pair *sorted;
	struct emit e;
	struct buf day;

	emit_init(&e, out);
	emit_object(&e, NULL);
	if (t->n && !t->overflow) {
		if ((sorted = malloc(t->cap * sizeof *sorted)) == NULL)
			return -1;
		memcpy(sorted, t->p, t->cap * sizeof *sorted);
		/* the same bytes whatever order the rows came in */
		qsort_r(sorted, t->cap, sizeof *sorted, pair_cmp, d);
		buf_init(&day, 64);
		for (uint32_t i = 0; i < t->n; i++) {
			if (i == 0 || sorted[i].day != sorted[i - 1].day) {
				if (i)
					emit_end(&e);
				buf_clear(&day);
				utc_print_date(&day, sorted[i].day);
				buf_byte(&day, '\0');
				emit_object(&e, day.failed ? "" : (const char *)day.p);
			}
			put_pair(d, &sorted[i], &e);
		}
		out->failed |= day.failed;
		buf_release(&day);
		free(sorted);
		emit_end(&e);
	}
	emit_end(&e);
	return out->failed ? -1 : 0;
}
