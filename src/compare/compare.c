#include "compare/compare.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "archive/sequence.h"
#include "base/text.h"
#include "base/vec.h"
#include "compare/columns.h"
#include "compare/inner.h"
#include "digest/digest.h"

const char *const difference_name[DIFFERENCES] = { "changed", "re-chained", "vanished", "late",
	"outside-hash" };
const char *const difference_meaning[DIFFERENCES] = { "columns that the source hashes say "
						      "something else than before",
	"the row is the same, its hashes are others", "in the old export, not in the new one",
	"in the new export only, though its time lies before the end of the old one",
	"columns that no hash covers say something else than before" };

void
compare_release(struct comparison *c)
{
	for (uint64_t i = 0; i < c->n; i++) {
		free(c->d[i].correlation);
		free(c->d[i].columns);
		free(c->d[i].words);
	}
	for (uint64_t i = 0; i < c->n_groups; i++) {
		free(c->group[i].sentence);
		for (unsigned k = 0; k < c->group[i].n_explanations; k++)
			free(c->group[i].explanation[k].sentence);
	}
	free(c->d);
	free(c->group);
	tool_changes_free(c->tools);
	side_release(&c->old);
	side_release(&c->new);
}

static struct difference *
add(struct comparison *c, enum difference_class class, uint32_t old, uint32_t new)
{
	const struct item *it = old != ITEM_NONE ? &c->old.item[old] : &c->new.item[new];
	struct difference *d;

	if (c->n == c->cap) {
		uint64_t cap = c->cap ? c->cap * 2 : 256;

		if ((d = vec_resize(c->d, cap, sizeof *d)) == NULL)
			return NULL;
		c->d = d;
		c->cap = cap;
	}
	d = &c->d[c->n++];
	*d = (struct difference){ .class = class, .old = old, .new = new };
	memcpy(d->id, it->id, 16);
	return d;
}

/* Which ids only one side has, and which both have with other bytes. */
static int
join(struct comparison *c)
{
	const struct side *o = &c->old, *w = &c->new;
	uint64_t i = 0, j = 0;

	while (i < o->n || j < w->n) {
		int k = i == o->n ? 1 : j == w->n ? -1 : memcmp(o->item[i].id, w->item[j].id, 16);

		if (k < 0) {
			if (add(c, DIFF_VANISHED, (uint32_t)i++, ITEM_NONE) == NULL)
				return -1;
		} else if (k > 0) {
			/* a row after the old export's end is what one expects */
			if (w->item[j].time != INT64_MIN &&
			    (!o->time.any || w->item[j].time >= o->time.max))
				c->grown++;
			else if (add(c, DIFF_LATE, ITEM_NONE, (uint32_t)j) == NULL)
				return -1;
			j++;
		} else {
			if (memcmp(o->item[i].digest, w->item[j].digest, 16) == 0)
				c->same++;
			else if (add(c, DIFF_CHANGED, (uint32_t)i, (uint32_t)j) == NULL)
				return -1;
			i++;
			j++;
		}
	}
	return 0;
}

static const struct item *
place_of(const struct comparison *c, const struct difference *d)
{
	return d->old != ITEM_NONE ? &c->old.item[d->old] : &c->new.item[d->new];
}

/* As the files are read: blocks are opened once where both exports have one order. */
static int
by_place(const void *pa, const void *pb, void *arg)
{
	const struct difference *a = pa, *b = pb;
	const struct item *x = place_of(arg, a), *y = place_of(arg, b);

	if ((a->old == ITEM_NONE) != (b->old == ITEM_NONE))
		return a->old == ITEM_NONE ? 1 : -1;
	if (x->part != y->part)
		return x->part < y->part ? -1 : 1;
	if (x->archive != y->archive)
		return x->archive < y->archive ? -1 : 1;
	return x->position < y->position ? -1 : x->position > y->position;
}

/* The record of an item, as a version of its row, and its correlation. 0, 1 it cannot be read (a
 * finding says so), -1 (e). */
static int
fetch(
    struct side *s, const struct item *it, struct row_version *ret, struct str *corr, struct err *e)
{
	struct reading *r = s->part[it->part];
	struct str type;
	int rc = reading_record(r, it->archive, it->position, &ret->r, e);

	if (rc)
		return rc;
	ret->view = r->view;
	ret->t = archive_table_of(r->archive[it->archive], ret->r->source);
	if (block_names(
		&r->block, (uint32_t)(it->position - r->block.first), r->view, ret->t, corr, &type))
		return err_nomem(e);
	return 0;
}

static int
set_correlation(struct difference *d, struct str corr)
{
	if ((d->correlation = malloc(corr.n + 1)) == NULL)
		return -1;
	memcpy(d->correlation, corr.p, corr.n);
	d->correlation[corr.n] = '\0';
	d->correlation_len = corr.n;
	return 0;
}

/* A later version of a row whose earlier one stands in a file that was not given: the record says
 * what differs. */
static int
of_earlier_file(struct difference *d, const struct archive *a, const struct record *r)
{
	struct aside_item it;
	enum finding_id id;

	if (r->kind != KIND_CONFLICT || !aside_find(r, TAG_CONFLICT, &it) || it.n < 8 ||
	    load_be(it.p, 8) >= archive_first(a))
		return 0;
	id = differing_class((const char *)it.p + 8, it.n - 8);
	d->class = id == F_S11 ? DIFF_CHANGED : id == F_S12 ? DIFF_RECHAINED : DIFF_OUTSIDE;
	if (asprintf(&d->words, "%.*s, against position %" PRIu64 " of a file that was not given",
		(int)(it.n - 8 > 300 ? 300 : it.n - 8), it.p + 8, load_be(it.p, 8)) < 0)
		d->words = NULL;
	return d->words ? 0 : -1;
}

/*
 * A row that only one export holds is a difference only where the other one would hold it: a part
 * says nothing about it (judgement.md
 * J-3). Late in a file that goes on with the log of the old ones: its exporter had their ids.
 */
static void
not_looked_at(struct comparison *c, struct difference *d, const struct record *r)
{
	int64_t time = r->flags & FLAG_TIME_INVALID ? INT64_MIN : r->time;

	if (d->class == DIFF_VANISHED && !side_said_gone(&c->new, d->id, 0) &&
	    !side_would_hold(&c->new, time, r->correlation)) {
		c->unseen[0]++;
		d->class = DIFFERENCES;
	} else if (d->class == DIFF_LATE && !(c->continues && r->flags & FLAG_LATE) &&
	    !side_would_hold(&c->old, time, r->correlation)) {
		c->unseen[1]++;
		d->class = DIFFERENCES;
	}
}

/* Is it one row, which a tool left otherwise in one of the exports? 1, 0, -1: no memory. */
static int
by_tool(struct comparison *c, const struct record *old, const struct record *new, const char *names)
{
	static const struct rows no_keys;
	char what[64];
	int rc;

	if (c->tools == NULL && (c->tools = tool_changes_new(&no_keys)) == NULL)
		return -1;
	if ((rc = tool_same_row(c->tools, old, new, names, strlen(names), what)) != 1)
		return rc;
	if (c->by_tool++ == 0)
		memcpy(c->tool, what, sizeof what);
	return 1;
}

/* On one side only: no columns to compare, only whose it is. */
static int
detail_alone(struct comparison *c, struct difference *d, struct err *e)
{
	bool late = d->old == ITEM_NONE;
	struct side *s = late ? &c->new : &c->old;
	const struct item *it = &s->item[late ? d->new : d->old];
	struct row_version v;
	struct str corr;
	int rc = fetch(s, it, &v, &corr, e);

	if (rc < 0)
		return rc;
	if (set_correlation(d, rc ? (struct str){ "", 0 } : corr))
		return err_nomem(e);
	if (rc)
		return 0;
	/* the record itself may say what an earlier version held */
	if (late && of_earlier_file(d, s->part[it->part]->archive[it->archive], v.r))
		return err_nomem(e);
	not_looked_at(c, d, v.r);
	return 0;
}

/* One that moved is shown under both correlations. */
static int
add_moved(struct comparison *c, const struct difference *d, struct str was)
{
	struct difference *other = add(c, DIFF_CHANGED, d->old, d->new);

	if (other == NULL)
		return -1;
	other->moved = true;
	return set_correlation(other, was);
}

/* Both versions column by column; was: the old one's correlation. */
static int
judge(struct comparison *c, struct difference *d, const struct row_version *old,
    const struct row_version *new, struct str was)
{
	struct columns_diff x;
	int tool;

	if (columns_compare(&x, old, new))
		return -1;
	/* what a tool left otherwise in one of the exports is no difference */
	tool = x.hashed ? by_tool(c, old->r, new->r, x.names) : 0;
	free(x.names);
	d->columns = x.json;
	d->words = x.words;
	if (tool < 0)
		return -1;
	x.none |= tool;
	c->same += x.none;
	/* what a hash covers weighs more than hashes alone, and these more than the rest */
	d->class = x.none ? DIFFERENCES :
	    x.hashed      ? DIFF_CHANGED :
	    x.hashes      ? DIFF_RECHAINED :
			    DIFF_OUTSIDE;
	d->hold_only = x.hold_only;
	d->retention_only = x.retention_only;
	/* the last that is asked of d: the array of differences may move */
	return x.moved && !tool ? add_moved(c, d, was) : 0;
}

/* Column by column; what turns out to say the same in another form is no difference. */
static int
detail(struct comparison *c, uint64_t i, struct err *e)
{
	struct difference *d = &c->d[i];
	struct row_version old, new;
	struct str corr, was = { "", 0 };
	char *kept = NULL;
	int rc;

	if (d->old == ITEM_NONE || d->new == ITEM_NONE)
		return detail_alone(c, d, e);
	/* what the old side lent ends with the next fetch: the correlation is kept apart */
	if ((rc = fetch(&c->old, &c->old.item[d->old], &old, &was, e)) == 0) {
		if ((kept = malloc(was.n + 1)) == NULL)
			return err_nomem(e);
		memcpy(kept, was.p, was.n);
		was.p = kept;
		rc = fetch(&c->new, &c->new.item[d->new], &new, &corr, e);
	}
	/* damaged: a finding says so; nothing can be compared */
	if (rc)
		d->class = DIFFERENCES;
	else if (set_correlation(d, corr) || judge(c, d, &old, &new, was))
		rc = err_nomem(e);
	free(kept);
	return rc < 0 ? rc : 0;
}

/* By class, correlation, place. */
static int
in_groups(const void *pa, const void *pb, void *arg)
{
	const struct difference *a = pa, *b = pb;
	size_t n =
	    a->correlation_len < b->correlation_len ? a->correlation_len : b->correlation_len;
	int k;

	if (a->class != b->class)
		return a->class < b->class ? -1 : 1;
	if ((k = memcmp(a->correlation, b->correlation, n)))
		return k;
	if (a->correlation_len != b->correlation_len)
		return a->correlation_len < b->correlation_len ? -1 : 1;
	return by_place(a, b, arg);
}

static bool
same_group(const struct difference *a, const struct difference *b)
{
	return a->class == b->class && a->correlation_len == b->correlation_len &&
	    memcmp(a->correlation, b->correlation, a->correlation_len) == 0;
}

static int
group(struct comparison *c)
{
	uint64_t k = 0, n;
	void *p;

	/* what turned out to be none goes, and what it owned with it */
	for (uint64_t i = 0; i < c->n; i++) {
		if (c->d[i].class == DIFFERENCES) {
			free(c->d[i].correlation);
			free(c->d[i].columns);
			free(c->d[i].words);
		} else {
			c->d[k++] = c->d[i];
		}
	}
	c->n = k;
	/* sorted so that a group lies together, then counted off */
	if (c->n)
		qsort_r(c->d, c->n, sizeof *c->d, in_groups, c);
	for (uint64_t i = 0; i < c->n; i += n) {
		for (n = 1; i + n < c->n && same_group(&c->d[i], &c->d[i + n]); n++)
			;
		/* room doubles at the powers of two */
		if ((c->n_groups & (c->n_groups - 1)) == 0) {
			if ((p = vec_resize(c->group, c->n_groups ? c->n_groups * 2 : 1,
				 sizeof *c->group)) == NULL)
				return -1;
			c->group = p;
		}
		c->group[c->n_groups++] = (struct difference_group){ .first = i, .n = n };
		c->counted[c->d[i].class] += n;
	}
	return 0;
}

/* Do the new files go on with the log that the old ones hold? Then what they leave out is what the
 * old ones say. */
static int
continues(struct comparison *c, struct reading *old, struct reading *new, struct err *e)
{
	uint8_t root[32];

	for (unsigned i = 0; i < new->n; i++)
		for (unsigned k = 0; k < old->n; k++) {
			struct archive *n = new->archive[i], *o = old->archive[k];
			int rc;

			if (!archive_readable(n) || !archive_readable(o) || archive_first(n) == 0 ||
			    strcmp(archive_origin(n), archive_origin(o)) ||
			    archive_next(o) > archive_next(n))
				continue;
			if ((rc = sequence_root_at(n, archive_next(o), root, e)) < 0)
				return rc;
			if (rc == 0 || memcmp(root, archive_root(o), 32))
				continue;
			c->continues = true;
			/* what lies before it is given, as the old export */
			if (archive_first(n) <= archive_next(o))
				archive_anchor(n);
		}
	return 0;
}

int
compare_run(struct comparison *c, struct reading *old, struct reading *new, struct err *e)
{
	uint64_t n;
	int rc;

	memset(c, 0, sizeof *c);
	if (continues(c, old, new, e))
		return -1;
	c->old.part[c->old.n_parts++] = old;
	if (c->continues)
		c->new.part[c->new.n_parts++] = old;
	c->new.part[c->new.n_parts++] = new;
	if (side_load(&c->old, e) || side_load(&c->new, e))
		return -1;
	if (join(c))
		return err_nomem(e);
	/* what the new files skip is as it was as far as their newest input held it; who shows all
	 * rows says which ones are gone */
	if (c->continues && !c->new.whole && c->new.n > c->new.seen)
		c->unseen[0] = c->new.n - c->new.seen;
	if (c->n)
		qsort_r(c->d, c->n, sizeof *c->d, by_place, c);
	n = c->n;
	for (uint64_t i = 0; i < n; i++)
		if ((rc = detail(c, i, e)))
			return rc;
	for (unsigned k = 0; k < c->old.limits.n + c->new.limits.n; k++) {
		const struct limit *l = k < c->old.limits.n ? &c->old.limits.l[k] :
							      &c->new.limits.l[k - c->old.limits.n];

		c->part |= strcmp(l->lack, "not-understood") != 0; /* text that is no row */
	}
	if (group(c) || compare_explain(c))
		return err_nomem(e);
	return 0;
}
