#include "chain/versions.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/text.h"
#include "chain/across.h"

void
versions_release(struct versions *x)
{
	for (uint32_t i = 0; i < x->n; i++) {
		free(x->v[i].correlation);
		free(x->v[i].columns);
		free(x->v[i].place);
	}
	free(x->v);
	memset(x, 0, sizeof *x);
}

static int
room(struct versions *x, uint32_t more)
{
	uint32_t cap = x->cap ? x->cap : 16;
	void *p;

	while (cap < x->n + more)
		cap *= 2;
	if (cap == x->cap)
		return 0;
	if ((p = realloc(x->v, cap * sizeof *x->v)) == NULL)
		return -1;
	x->v = p;
	x->cap = cap;
	return 0;
}

static char *
copied(const void *p, size_t n)
{
	char *q = malloc(n + 1);

	if (q) {
		memcpy(q, p, n);
		q[n] = '\0';
	}
	return q;
}

int
versions_note(struct versions *x, const struct archive *a, const struct record *r,
    struct str correlation, enum content content)
{
	struct aside_item it;
	struct version *v;
	const char *columns;
	char place[96];
	uint64_t before;
	size_t n;

	if (r->kind != KIND_CONFLICT || !aside_find(r, TAG_CONFLICT, &it) || it.n < 8 ||
	    (before = load_be(it.p, 8)) < a->first || a->follows)
		return 0;
	columns = (const char *)it.p + 8;
	n = it.n - 8;
	if (differing_class(columns, n) == F_S13) {
		x->unhashed++;
		return 0;
	}
	if (room(x, 1))
		return -1;
	snprintf(place, sizeof place, "position %" PRIu64 ", row %" PRIu64 " of its input",
	    r->position, r->ordinal);
	v = &x->v[x->n++];
	*v = (struct version){ .position = r->position,
		.before = before,
		.file = a->file,
		.content = (uint8_t)content,
		.hashed = differing_class(columns, n) == F_S11,
		.retention_only = retention_alone(columns, n),
		.sanitised = memmem(r->body, r->body_len, "[REDACTED]", 10) ||
		    memmem(r->body, r->body_len, "********", 8),
		.correlation = copied(correlation.p ? correlation.p : "", correlation.n),
		.correlation_len = correlation.n,
		.columns = copied(columns, n > 300 ? 300 : n),
		.place = strdup(place) };
	memcpy(v->id, r->id, 16);
	memcpy(v->digest, r->body_digest, 32);
	memcpy(v->claimed, r->claimed, 32);
	return v->correlation && v->columns && v->place ? 0 : -1;
}

int
versions_take(struct versions *to, struct versions *from)
{
	if (from->n && room(to, from->n))
		return -1;
	if (from->n)
		memcpy(to->v + to->n, from->v, from->n * sizeof *from->v);
	to->n += from->n;
	to->unhashed += from->unhashed;
	from->n = 0;
	from->unhashed = 0;
	return 0;
}

static int
by_before(const void *pa, const void *pb)
{
	const struct version *a = *(const struct version *const *)pa,
			     *b = *(const struct version *const *)pb;

	if (a->file != b->file)
		return a->file < b->file ? -1 : 1;
	return a->before < b->before ? -1 : a->before > b->before;
}

/* The conflict that stands at a position: they were noted in the order of files and log. */
static const struct version *
version_at(const struct versions *x, unsigned file, uint64_t position)
{
	uint32_t lo = 0, hi = x->n;

	while (lo < hi) {
		uint32_t mid = lo + (hi - lo) / 2;

		if (x->v[mid].file < file ||
		    (x->v[mid].file == file && x->v[mid].position < position))
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < x->n && x->v[lo].file == file && x->v[lo].position == position ? &x->v[lo] :
										     NULL;
}

/* Content of the version that a conflict conflicts with: CONTENTS where it cannot be told. */
struct before {
	uint8_t content;
	bool sanitised, event; /* event: it is one, not a conflict itself */
	/* what is hashed of the two is the same, and so are their hashes: NULL in one is '' in
	 * the other */
	bool alike;
};

/*
 * What is known of the records that conflicts name, each block opened once: versions come sorted
 * by it. first_block: of the
 * archive's blocks, among those of all.
 */
static int
look_before(struct rows *rows, const struct versions *x, struct version *const *order, uint32_t n,
    uint64_t first_block, struct before *ret, struct err *e)
{
	struct archive *a = &rows->archive[order[0]->file];
	struct unpacker *u = unpacker_new(a->dict, a->dict_len);
	struct findings ignore = { 0 };
	struct block b = { .n = 0 };
	struct buf blob;
	const struct record *at = NULL;
	const struct version *named;
	uint64_t open = UINT64_MAX, event = 0;
	int rc = u ? 0 : err_nomem(e);

	buf_init(&blob, EX_MAX_BLOB);
	for (uint32_t i = 0; i < n && rc >= 0; i++) {
		uint64_t k = archive_block_of(a, order[i]->before);
		const struct record *r;

		ret[i] = (struct before){ .content = CONTENTS };
		if (k >= a->n_rows)
			continue;
		if (k != open) {
			event = rows->block_event[first_block + k];
			at = NULL;
		}
		if (k != open && (rc = archive_block(a, k, u, &blob, &b, &ignore, e)) != 0) {
			open = UINT64_MAX; /* damaged, as said already */
			continue;
		}
		open = k;
		at = at ? at : b.rec;
		r = &b.rec[order[i]->before - b.first];
		ret[i].sanitised = memmem(r->body, r->body_len, "[REDACTED]", 10) ||
		    memmem(r->body, r->body_len, "********", 8);
		ret[i].alike = memcmp(r->body_digest, order[i]->digest, 32) == 0 &&
		    memcmp(r->claimed, order[i]->claimed, 32) == 0;
		/* they come sorted: each record of a block is passed once */
		for (; at < r; at++)
			event += at->kind == KIND_EVENT;
		ret[i].event = r->kind == KIND_EVENT;
		if (ret[i].event)
			ret[i].content = rows->event[event].content;
		else if (r->kind == KIND_CONFLICT &&
		    (named = version_at(x, order[i]->file, order[i]->before)) != NULL)
			ret[i].content = named->content;
	}
	unpacker_free(u);
	findings_release(&ignore);
	buf_release(&blob);
	return rc < 0 ? -1 : 0;
}

static const char *
stands(uint8_t content)
{
	return content_fits(content)    ? "gives the hash that it stores" :
	    content == CONTENT_NO_HASH  ? "has no hash" :
	    content == CONTENT_MISMATCH ? "does not give the hash that it stores" :
					  "cannot be checked against its hash";
}

/* Returns whether the earlier version, an event, is explained, and the later one the row as it was
 * written. */
static bool
tell_one(struct rows *rows, const struct version *x, struct before before)
{
	bool one = content_fits(x->content) || content_fits(before.content);
	bool both = content_fits(x->content) && content_fits(before.content);
	bool sanitised = (x->sanitised && !content_fits(x->content)) ||
	    (before.sanitised && !content_fits(before.content));
	bool note = before.alike || (x->retention_only ? !both : one && !both && sanitised);
	struct findings *l = rows->findings;
	struct finding *f;
	char id[37];

	uuid_of(x->id, id);
	f = finding_add(l, note ? F_N07 : F_S41, x->file, x->place,
	    "Event %s stands here twice with different contents: the row at position %" PRIu64
	    " %s, the one at position %" PRIu64 " %s; %s differ%s.",
	    id, x->before, stands(before.content), x->position, stands(x->content), x->columns,
	    strchr(x->columns, ',') ? "" : "s");
	finding_correlation(f, x->correlation, x->correlation_len);
	finding_event(l, f, x->id);
	if (before.alike)
		finding_explain(l, f, EXPLAINED_FITS,
		    "a tool made NULL and the empty text one: the source's hash covers both alike");
	finding_explain(l, f, x->retention_only ? EXPLAINED_FITS : EXPLAINED_RULED_OUT,
	    x->retention_only ? "an administrator changed retention_days between two times that "
				"the rows were read" :
				"an administrator changed retention_days: it is not all that "
				"differs");
	finding_explain(l, f, sanitised && one ? EXPLAINED_FITS : EXPLAINED_RULED_OUT,
	    sanitised && one ? "a sanitiser changed the version that does not give its hash: it "
			       "holds its mark" :
			       "a sanitiser: the version that does not give its hash holds no mark "
			       "of one");
	finding_explain(l, f, EXPLAINED_CANNOT_TELL,
	    before.alike ? "which of the two the database holds" :
		both     ? "which of the two the source's writer wrote: both give their hashes" :
		       "somebody changed the row between two times that it was read, or put one of "
		       "the two in");
	return note && before.event && before.content == CONTENT_MISMATCH &&
	    content_fits(x->content);
}

struct settled {
	uint8_t id[16];
	unsigned file;
};

static int
by_id(const void *pa, const void *pb)
{
	const struct settled *a = pa, *b = pb;
	int k = memcmp(a->id, b->id, 16);

	return k ? k : a->file < b->file ? -1 : a->file > b->file;
}

/*
 * An event that does not give its hash, beside a version that does: what was explained of the two
 * is no alarm of the one (J-7),
 * whichever came first. x: sorted.
 */
static void
settle_edited(struct rows *rows, const struct settled *x, uint32_t n)
{
	for (unsigned i = 0; n && i < rows->findings->n; i++) {
		struct finding *f = &rows->findings->f[i];
		struct settled key = { .file = f->file };

		if (f->id != F_S01 || f->n_events != 1)
			continue;
		memcpy(key.id, f->event[0], 16);
		if (bsearch(&key, x, n, sizeof *x, by_id) == NULL)
			continue;
		finding_becomes(rows->findings, f, F_N07, NULL);
		rows->content[CONTENT_MISMATCH]--;
		rows->content[CONTENT_VARIANT]++;
	}
}

int
versions_tell(struct versions *x, struct rows *rows, struct err *e)
{
	struct version **order = malloc((x->n ? x->n : 1) * sizeof *order);
	struct before *before = malloc((x->n ? x->n : 1) * sizeof *before);
	struct settled *explained = malloc((x->n ? x->n : 1) * sizeof *explained);
	uint64_t first_block = 0;
	uint32_t i = 0, n, n_explained = 0;
	int rc = order && before && explained ? 0 : err_nomem(e);

	for (uint32_t k = 0; rc == 0 && k < x->n; k++)
		order[k] = &x->v[k];
	if (rc == 0 && x->n)
		qsort(order, x->n, sizeof *order, by_before);
	for (unsigned k = 0; rc == 0 && k < rows->n_archives;
	     first_block += rows->archive[k++].n_rows) {
		for (n = i; n < x->n && order[n]->file == rows->archive[k].file; n++)
			;
		if (n > i)
			rc = look_before(rows, x, order + i, n - i, first_block, before + i, e);
		for (; rc == 0 && i < n; i++)
			if (tell_one(rows, order[i], before[i])) {
				memcpy(explained[n_explained].id, order[i]->id, 16);
				explained[n_explained++].file = order[i]->file;
			}
	}
	if (rc == 0 && n_explained) {
		qsort(explained, n_explained, sizeof *explained, by_id);
		settle_edited(rows, explained, n_explained);
	}
	free(explained);
	free(order);
	free(before);
	return rc;
}
