#include "chain/versions.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/text.h"
#include "base/vec.h"
#include "chain/across.h"
#include "chain/tool_changes.h"

void
versions_release(struct versions *x)
{
	for (uint32_t i = 0; i < x->n; i++) {
		free(x->v[i].correlation);
		free(x->v[i].columns);
		free(x->v[i].place);
		free(x->v[i].type);
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
	if ((p = vec_resize(x->v, cap, sizeof *x->v)) == NULL)
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
    struct str correlation, struct str type, enum content content)
{
	struct aside_item it;
	struct version *v;
	const char *columns;
	char place[96];
	uint64_t before;
	bool across;
	size_t n;

	/* a conflict without what it cites is malformed, and was told */
	if (r->kind != KIND_CONFLICT || !aside_find(r, TAG_CONFLICT, &it) || it.n < 8)
		return 0;
	before = load_be(it.p, 8);
	across = before < archive_first(a) || archive_follows(a);
	columns = (const char *)it.p + 8;
	n = it.n - 8;
	/* across files it has a finding of its own, unless content differs */
	if (across && !content_differs(columns, n))
		return 0;
	/* columns that no hash covers may change without anybody's hand */
	if (differing_class(columns, n) == F_S13) {
		x->unhashed++;
		return 0;
	}
	/* from here on the version is kept: what is cited is looked at when all blocks were read */
	if (room(x, 1))
		return -1;
	snprintf(place, sizeof place, "position %" PRIu64 ", row %" PRIu64 " of its input",
	    r->position, r->ordinal);
	v = &x->v[x->n++];
	*v = (struct version){ .position = r->position,
		.before = before,
		.file = archive_file(a),
		.before_file = before < archive_first(a) ? UINT_MAX : archive_file(a),
		.across = across,
		.content = (uint8_t)content,
		.hashed = differing_class(columns, n) == F_S11,
		.retention_only = retention_alone(columns, n),
		/* marks that a sanitiser leaves */
		.sanitised = memmem(r->body, r->body_len, "[REDACTED]", 10) ||
		    memmem(r->body, r->body_len, "********", 8),
		.correlation = copied(correlation.p ? correlation.p : "", correlation.n),
		.correlation_len = correlation.n,
		.columns = copied(columns, n > 300 ? 300 : n),
		.place = strdup(place),
		.type = copied(type.p ? type.p : "", type.n > 100 ? 100 : type.n) };
	memcpy(v->id, r->id, 16);
	memcpy(v->digest, r->body_digest, 32);
	memcpy(v->claimed, r->claimed, 32);
	/* all copies, or none */
	return v->correlation && v->columns && v->place && v->type ? 0 : -1;
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

	if (a->before_file != b->before_file)
		return a->before_file < b->before_file ? -1 : 1;
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

/* A place to read records from, each block opened once if positions ascend. */
struct reader {
	struct archive *a;
	struct unpacker *u;
	struct buf blob;
	struct block b;
	uint64_t open; /* UINT64_MAX: none */
};

static int
reader_init(struct reader *d, struct archive *a, struct err *e)
{
	*d = (struct reader){ .a = a, .open = UINT64_MAX };
	buf_init(&d->blob, EX_MAX_BLOB);
	d->u = archive_unpacker(a);
	return d->u ? 0 : err_nomem(e);
}

static void
reader_release(struct reader *d)
{
	unpacker_free(d->u);
	buf_release(&d->blob);
}

/* 0 and *ret; 1: it cannot be read, as is said already; -1: the tool failed (e). */
static int
reader_record(struct reader *d, uint64_t position, const struct record **ret, struct err *e)
{
	struct findings ignore = { 0 };
	uint64_t k = archive_block_of(d->a, position);
	int rc = 0;

	if (k >= archive_blocks(d->a))
		return 1;
	if (k != d->open) {
		d->open = UINT64_MAX;
		rc = archive_block(d->a, k, d->u, &d->blob, &d->b, &ignore, e);
		findings_release(&ignore);
		if (rc)
			return rc;
		d->open = k;
	}
	*ret = &d->b.rec[position - d->b.first];
	return 0;
}

static bool
is_sanitised(const struct record *r)
{
	return memmem(r->body, r->body_len, "[REDACTED]", 10) ||
	    memmem(r->body, r->body_len, "********", 8);
}

/* Rows of this content may be what a tool made of the row that the source stored. Without the
 * source's key its digest is held against that of the other version. */
static int
try_tool(struct tool_changes *t, const struct record *r, unsigned content, const uint8_t other[32],
    char tool[64])
{
	if (content == CONTENT_MISMATCH || content == CONTENT_UNKNOWN_ALGORITHM)
		return tool_explains(t, r, NULL, tool) < 0 ? -1 : 0;
	if (content == CONTENT_NO_KEY || content == CONTENT_UNDECIDED)
		return tool_explains(t, r, other, tool) < 0 ? -1 : 0;
	return 0;
}

/*
 * What is known of the records that conflicts name. order: of one file, sorted by them; its first
 * block has the number first_block among all.
 */
static int
look_before(struct rows *rows, const struct versions *x, struct version *const *order, uint32_t n,
    uint64_t first_block, struct tool_changes *t, struct err *e)
{
	struct reader d;
	const struct version *named;
	const struct record *at = NULL, *r;
	uint64_t open = UINT64_MAX, event = 0;
	int rc = reader_init(&d, rows->archive[order[0]->before_file], e);

	/* sorted by block, so that each is unpacked once */
	for (uint32_t i = 0; i < n && rc >= 0; i++) {
		struct version *v = order[i];

		/* one that cannot be read stays unknown */
		if ((rc = reader_record(&d, v->before, &r, e)) != 0)
			continue;
		/* events before this block, from the heads */
		if (d.open != open) {
			open = d.open;
			event = rows->block_event[first_block + open];
			at = d.b.rec;
		}
		/* is the cited version a sanitiser's, the same row, or an event of its own? */
		v->other.sanitised = is_sanitised(r);
		v->other.same_hash =
		    r->claimed_form == FORM_HEX && memcmp(r->claimed, v->claimed, 32) == 0;
		v->other.alike = memcmp(r->body_digest, v->digest, 32) == 0 && v->other.same_hash;
		memcpy(v->other.digest, r->body_digest, 32);
		/* they come sorted: each record of a block is passed once */
		for (; at < r; at++)
			event += at->kind == KIND_EVENT;
		/* what was found out about it when it was judged */
		v->other.event = r->kind == KIND_EVENT;
		if (v->other.event)
			v->other.content = rows->event[event].content;
		else if (r->kind == KIND_CONFLICT &&
		    (named = version_at(x, v->before_file, v->before)) != NULL)
			/* a conflict may cite a conflict */
			v->other.content = named->content;
		if (try_tool(t, r, v->other.content, v->digest, v->other.tool))
			rc = err_nomem(e);
	}
	reader_release(&d);
	return rc < 0 ? -1 : 0;
}

/* Which of the conflicts of one file are what a tool made of a row. They were noted in order. */
static int
look_at_own(struct rows *rows, struct version *v, uint32_t n, struct tool_changes *t, struct err *e)
{
	struct reader d;
	const struct record *r;
	int rc = reader_init(&d, rows->archive[v->file], e);

	for (uint32_t i = 0; i < n && rc >= 0; i++)
		if (v[i].other.same_hash && !content_fits(v[i].content) &&
		    (rc = reader_record(&d, v[i].position, &r, e)) == 0 &&
		    try_tool(t, r, v[i].content, v[i].other.digest, v[i].tool))
			rc = err_nomem(e);
	reader_release(&d);
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

/* Of two versions that store one hash, each gives it as it stands or once what a tool did is
 * undone: then they are one row, told in two ways (J-11). */
static bool
one_row(const struct version *x)
{
	bool keyless = x->content == CONTENT_NO_KEY || x->content == CONTENT_UNDECIDED;
	bool it = content_fits(x->content) || x->tool[0],
	     other = content_fits(x->other.content) || x->other.tool[0];

	/* without a key: one of them gives the other's digest */
	return x->other.same_hash && (keyless ? x->tool[0] || x->other.tool[0] : it && other);
}

/* The sentence of both, and a note where they are explained. */
static struct finding *
add_finding(struct rows *rows, const struct version *x, bool note)
{
	bool sealed = x->before_file != x->file;
	uint64_t columns = columns_in(x->columns, strlen(x->columns));
	struct findings *l = rows->findings;
	char id[37];

	uuid_of(x->id, id);
	if (x->across)
		return finding_say(l,
		    note ? (sealed ? N07_SEALED : N07_ARCHIVED) :
			   (sealed ? S11_SEALED : S11_ARCHIVED),
		    x->file, x->place,
		    GIVING(
			TEXT(id), TEXT(x->type), NUM(x->before), TEXT(x->columns), NUM(columns)));
	return finding_say(l, note ? N07_TWICE : S41_TWICE, x->file, x->place,
	    GIVING(TEXT(id), NUM(x->before), TEXT(stands(x->other.content)), NUM(x->position),
		TEXT(stands(x->content)), TEXT(x->columns), NUM(columns)));
}

static void
explain_one(struct findings *l, struct finding *f, const struct version *x, bool tool)
{
	/* which of the two gives its hash decides what can explain the difference */
	bool one = content_fits(x->content) || content_fits(x->other.content);
	bool both = content_fits(x->content) && content_fits(x->other.content);
	bool sanitised = (x->sanitised && !content_fits(x->content)) ||
	    (x->other.sanitised && !content_fits(x->other.content));

	/* equal in every hash: only NULL and the empty text can differ so */
	if (x->other.alike)
		finding_explain(l, f, BECAUSE_NULL_AND_EMPTY, GIVING_NOTHING);
	if (tool && (x->tool[0] || x->other.tool[0]))
		finding_explain(l, f, BECAUSE_TOOL_CHANGED_ONE,
		    GIVING(TEXT(x->tool[0] ? x->tool : x->other.tool)));
	else if (tool)
		finding_explain(l, f, BECAUSE_SPELLED_ONE, GIVING_NOTHING);
	/* across files more is not known */
	if (x->across)
		return;
	/* a policy of retention may be changed by an administrator */
	finding_explain(l, f,
	    x->retention_only ? BECAUSE_RETENTION_DAYS : BECAUSE_RETENTION_DAYS_NOT,
	    GIVING_NOTHING);
	/* a sanitiser leaves its mark in the version that does not fit */
	finding_explain(
	    l, f, sanitised && one ? BECAUSE_SANITISER : BECAUSE_SANITISER_NOT, GIVING_NOTHING);
	/* last, and never ruled out */
	finding_explain(l, f,
	    x->other.alike || tool ? BECAUSE_WHICH_IS_HELD :
		both               ? BECAUSE_WHICH_WAS_WRITTEN :
				     BECAUSE_CHANGED_BETWEEN,
	    GIVING_NOTHING);
}

/* Returns whether the earlier version, an event, is explained, and the later one the row as it was
 * written. */
static bool
tell_one(struct rows *rows, const struct version *x)
{
	bool one = content_fits(x->content) || content_fits(x->other.content);
	bool both = content_fits(x->content) && content_fits(x->other.content);
	bool sanitised = (x->sanitised && !content_fits(x->content)) ||
	    (x->other.sanitised && !content_fits(x->other.content));
	bool tool = one_row(x);
	bool note = x->other.alike || tool ||
	    (!x->across && (x->retention_only ? !both : one && !both && sanitised));
	struct finding *f = add_finding(rows, x, note);

	finding_correlation(f, x->correlation, x->correlation_len);
	finding_event(rows->findings, f, x->id);
	explain_one(rows->findings, f, x, tool);
	return note && x->other.event && x->other.content == CONTENT_MISMATCH &&
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
		finding_becomes(rows->findings, f, F_N07);
		rows->content[CONTENT_MISMATCH]--;
		rows->content[CONTENT_VARIANT]++;
	}
}

/* The file that holds the record that a conflict across files names. */
static void
find_before(struct rows *rows, struct version *v)
{
	const struct archive *own = rows->archive[v->file];

	v->other.content = CONTENTS;
	for (unsigned k = 0; k < rows->n_archives && v->before_file == UINT_MAX; k++) {
		const struct archive *a = rows->archive[k];

		if (archive_counts(a) && strcmp(archive_origin(a), archive_origin(own)) == 0 &&
		    v->before >= archive_first(a) && v->before < archive_next(a))
			v->before_file = k;
	}
}

/* Looks at both versions of all of them. order: sorted by the other one. */
static int
look_at_both(struct versions *x, struct rows *rows, struct version **order, struct err *e)
{
	struct tool_changes *t = tool_changes_new(rows);
	uint64_t first_block = 0;
	uint32_t i = 0, n, own = 0;
	int rc = t ? 0 : err_nomem(e);

	for (unsigned k = 0; rc == 0 && k < rows->n_archives;
	     first_block += archive_blocks(rows->archive[k++])) {
		for (n = i; n < x->n && order[n]->before_file == k; n++)
			;
		if (n > i)
			rc = look_before(rows, x, order + i, n - i, first_block, t, e);
		i = n;
	}
	while (rc == 0 && own < x->n) {
		for (n = own; n < x->n && x->v[n].file == x->v[own].file; n++)
			;
		rc = look_at_own(rows, x->v + own, n - own, t, e);
		own = n;
	}
	tool_changes_free(t);
	return rc;
}

int
versions_tell(struct versions *x, struct rows *rows, struct err *e)
{
	struct version **order = malloc((x->n + 1) * sizeof *order);
	struct settled *explained = malloc((x->n + 1) * sizeof *explained);
	uint32_t n = 0;
	int rc = order && explained ? 0 : err_nomem(e);

	for (uint32_t k = 0; rc == 0 && k < x->n; k++) {
		order[k] = &x->v[k];
		find_before(rows, order[k]);
	}
	if (rc == 0 && x->n) {
		qsort(order, x->n, sizeof *order, by_before);
		rc = look_at_both(x, rows, order, e);
	}
	for (uint32_t k = 0; rc == 0 && k < x->n; k++)
		if (tell_one(rows, order[k])) {
			memcpy(explained[n].id, order[k]->id, 16);
			explained[n++].file = order[k]->before_file;
		}
	if (rc == 0 && n) {
		qsort(explained, n, sizeof *explained, by_id);
		settle_edited(rows, explained, n);
	}
	free(explained);
	free(order);
	return rc;
}
