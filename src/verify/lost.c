#include "verify/lost.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/text.h"
#include "base/vec.h"

void
lost_release(struct lost *l)
{
	for (uint32_t i = 0; i < l->n; i++) {
		free(l->row[i].place);
		free(l->row[i].reason);
	}
	free(l->row);
	memset(l, 0, sizeof *l);
}

/* Does the input carry a mark of its end, so that what stands between its statements is no row
 * (J-1)? */
static bool
ends_well(const struct archive *a, uint32_t input)
{
	const struct told_input *in = archive_input(a, input);

	for (uint32_t i = 0; in && i < in->n_marks; i++)
		if (in->mark[i].what.n == 8 && memcmp(in->mark[i].what.p, "end-mark", 8) == 0)
			return true;
	return false;
}

static char *
item_text(const struct record *r, unsigned tag)
{
	struct aside_item it;
	char *p = NULL;

	if (aside_find(r, tag, &it) &&
	    (p = strndup((const char *)it.p, it.n > 300 ? 300 : it.n)) == NULL)
		nomem_note();
	return p;
}

static int
room(struct lost *l, uint32_t more)
{
	uint32_t cap = l->cap ? l->cap : 16;
	void *p;

	while (cap < l->n + more)
		cap *= 2;
	if (cap == l->cap)
		return 0;
	if ((p = vec_resize(l->row, cap, sizeof *l->row)) == NULL)
		return -1;
	l->row = p;
	l->cap = cap;
	return 0;
}

int
lost_note(struct lost *l, const struct archive *a, const struct record *r)
{
	const struct table *t = archive_table_of(a, r->source);
	bool has_id = !(r->flags & FLAG_ID_ABSENT),
	     has_correlation = !(r->flags & FLAG_NO_CORRELATION);
	struct lost_row *x;

	if (!reject_begins(r))
		return 0;
	if (!has_id && !has_correlation && t == NULL) {
		l->bare += !ends_well(a, r->source);
		return 0;
	}
	l->rows++;
	if (l->n == LOST_KEPT)
		return 0;
	if (room(l, 1))
		return -1;
	x = &l->row[l->n++];
	*x = (struct lost_row){ .position = r->position,
		.file = archive_file(a),
		.has_id = has_id,
		.has_correlation = has_correlation };
	memcpy(x->id, r->id, 16);
	memcpy(x->correlation, r->correlation, 32);
	x->place = item_text(r, TAG_PLACE);
	x->reason = item_text(r, TAG_REASON);
	return 0;
}

int
lost_take(struct lost *to, struct lost *from)
{
	uint32_t n = from->n;

	if (n && room(to, n))
		return -1;
	to->rows += from->rows;
	to->bare += from->bare;
	if (n > LOST_KEPT - to->n)
		n = LOST_KEPT - to->n;
	if (n)
		memcpy(to->row + to->n, from->row, n * sizeof *from->row);
	to->n += n;
	for (uint32_t i = n; i < from->n; i++) {
		free(from->row[i].place);
		free(from->row[i].reason);
	}
	from->n = 0;
	from->rows = from->bare = 0;
	return 0;
}

/* The text of each correlation that a lost row names: its header has the digest only. */
struct names {
	struct correlation_set wanted;
	struct name {
		uint8_t digest[32];
		char *text;
		size_t n;
	} * name;
	uint32_t n, cap;
};

static int
take_name(
    void *arg, const char *text, size_t n, const uint8_t digest[32], bool fresh, uint64_t position)
{
	struct names *x = arg;

	(void)position;
	if (!fresh || !correlation_set_has(&x->wanted, digest))
		return 0;
	if (x->n == x->cap) {
		uint32_t cap = x->cap ? x->cap * 2 : 16;
		void *p = vec_resize(x->name, cap, sizeof *x->name);

		if (p == NULL)
			return -1;
		x->name = p;
		x->cap = cap;
	}
	memcpy(x->name[x->n].digest, digest, 32);
	x->name[x->n].n = n;
	if ((x->name[x->n].text = malloc(n + 1)) == NULL)
		return -1;
	memcpy(x->name[x->n].text, text, n);
	x->n++;
	return 0;
}

static const struct name *
name_of(const struct names *x, const uint8_t digest[32])
{
	for (uint32_t i = 0; i < x->n; i++)
		if (memcmp(x->name[i].digest, digest, 32) == 0)
			return &x->name[i];
	return NULL;
}

int
lost_tell(const struct lost *l, struct archive *a, struct findings *f, struct err *e)
{
	struct names names = { .n = 0 };
	int rc = 0;

	/* names are looked for only where a row tells its correlation */
	for (uint32_t i = 0; i < l->n && rc == 0; i++)
		if (l->row[i].file == archive_file(a) && l->row[i].has_correlation)
			rc = correlation_set_add(&names.wanted, l->row[i].correlation);
	if (rc == 0 && names.wanted.n && correlations_walk(a, take_name, &names, e) < 0)
		rc = -1;
	/* each row that is lost is named, as far as it says who it was */
	for (uint32_t i = 0; i < l->n && rc == 0; i++) {
		const struct lost_row *x = &l->row[i];
		const struct name *name =
		    x->has_correlation ? name_of(&names, x->correlation) : NULL;
		char place[400], id[37] = "without a readable id";
		struct finding *fi;

		if (x->file != archive_file(a))
			continue;
		if (x->has_id)
			uuid_of(x->id, id);
		snprintf(place, sizeof place, "position %" PRIu64 "%s%.300s", x->position,
		    x->place ? ", " : "", x->place ? x->place : "");
		/* a reason was sealed with it, or was not */
		if (x->reason)
			fi = finding_say(
			    f, S42_ROW, archive_file(a), place, GIVING(TEXT(id), TEXT(x->reason)));
		else
			fi = finding_say(f, S42_UNTOLD, archive_file(a), place, GIVING(TEXT(id)));
		if (name)
			finding_correlation(fi, name->text, name->n);
		if (x->has_id)
			finding_event(f, fi, x->id);
	}
	for (uint32_t i = 0; i < names.n; i++)
		free(names.name[i].text);
	free(names.name);
	correlation_set_release(&names.wanted);
	return rc && e->status == 0 ? err_nomem(e) : rc;
}
