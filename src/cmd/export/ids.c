/*
 * Indexes of ids (record.md R-24): written beside a file, and read in place of earlier files that
 * lie elsewhere.
 */
#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/vec.h"
#include "chain/across.h"
#include "cmd/export/export.h"
#include "read/select.h"

/*
 * The digest that a file at hand seals of the index that ends where it begins; false: it seals
 * none.
 */
static bool
sealed_before(const struct archive *a, uint8_t ret[32])
{
	const struct json_doc *m = archive_manifest(a);
	uint32_t ids = archive_manifest(a) ? json_member(m, 0, "ids") : JSON_NONE, p;

	if (ids == JSON_NONE || m->node[ids].type != JSON_OBJECT ||
	    (p = json_member(m, ids, "previous")) == JSON_NONE || m->node[p].type != JSON_STRING)
		return false;
	return m->node[p].str_len == 64 && hex_to(json_str(m, p), 64, ret);
}

static int
add_index(struct after *a, const char *path, struct err *e)
{
	struct id_index *p = vec_resize(a->index, a->n_indexes + 1, sizeof *p);

	if (p == NULL)
		return err_nomem(e);
	a->index = p;
	return id_index_open(&p[a->n_indexes++], path, e);
}

static bool
has_index(const struct after *a, const char *path)
{
	for (unsigned i = 0; i < a->n_indexes; i++)
		if (a->index[i].path && strcmp(a->index[i].path, path) == 0)
			return true;
	return false;
}

/* Indexes that lie beside one that was given; what is none, or is broken, is none of ours. */
static int
add_beside(struct after *a, const char *of, struct err *e)
{
	const char *slash = strrchr(of, '/');
	int n = slash ? (int)(slash - of) + 1 : 0, rc = 0;
	char *folder = n ? strndup(of, (size_t)n) : strdup("."), *path;
	DIR *dir = folder ? opendir(folder) : NULL;
	struct dirent *d;

	while (dir && rc == 0 && (d = readdir(dir)) != NULL) {
		struct err none = { 0 };
		size_t k = strlen(d->d_name);

		if (k < 5 || strcmp(d->d_name + k - 4, ".ids"))
			continue;
		if (asprintf(&path, "%.*s%s", n, of, d->d_name) < 0) {
			rc = err_nomem(e);
			break;
		}
		if (!has_index(a, path) && add_index(a, path, &none))
			id_index_close(&a->index[--a->n_indexes]);
		free(path);
	}
	if (dir)
		closedir(dir);
	free(folder);
	return rc;
}

static const struct id_index *
index_of(const struct after *a, const char *origin, uint64_t next, const uint8_t digest[32])
{
	for (unsigned i = 0; i < a->n_indexes; i++)
		if (a->index[i].next == next && strcmp(a->index[i].origin, origin) == 0 &&
		    memcmp(a->index[i].digest, digest, 32) == 0)
			return &a->index[i];
	return NULL;
}

/*
 * From the file behind the hole to the index that it has sealed, and from each index to the one
 * before.
 */
static int
cover(struct after *a, const struct hole *h, const struct vkey *key, struct err *e)
{
	const struct archive *behind = NULL;
	uint64_t end = h->next;
	uint8_t want[32];

	/* the digest of the index is sealed in the file behind the hole */
	for (unsigned i = 0; i < a->n; i++)
		if (archive_first(a->archive[i]) == h->next)
			behind = a->archive[i];
	if (behind == NULL || !sealed_before(behind, want))
		return err_set(e, EX_DATA_ERR,
		    "%s: no digest of an index of ids is sealed in it, "
		    "so none can stand for positions %" PRIu64 " to %" PRIu64 " of the log: give "
		    "the files "
		    "(--after FILE), or say --without-earlier [R-24]",
		    behind ? archive_path(behind) : "the log", h->first, h->next - 1);
	/* one index may stand for several files, and name the one before */
	while (end > h->first) {
		const struct id_index *x = index_of(a, key->name, end, want);

		if (x == NULL) {
			char hex[65];

			hex_of(want, 32, hex);
			return err_set(e, EX_NO_INPUT,
			    "the index of ids that ends at position "
			    "%" PRIu64 " of the log is missing: none of those given, and none "
			    "beside "
			    "them, is of the "
			    "log %s and has the sealed digest %s. Give it too (--ids FILE.ids), "
			    "or the file (--after FILE) [R-24]",
			    end - 1, key->name, hex);
		}
		/* an index that does not reach to the beginning leaves a gap */
		end = x->first;
		if (end > h->first && (x->previous[0] == '\0' || !hex_to(x->previous, 64, want)))
			return err_set(e, EX_NO_INPUT,
			    "%s begins at position %" PRIu64 " and names no "
			    "index before it: positions %" PRIu64 " to %" PRIu64 " of the log are "
			    "missing [R-24]",
			    x->path, x->first, h->first, end - 1);
	}
	return 0;
}

int
after_indexes(
    struct after *a, const char *const *path, unsigned n, const struct vkey *key, struct err *e)
{
	for (unsigned i = 0; i < n; i++)
		if (add_index(a, path[i], e))
			return -1;
	for (unsigned i = 0; i < n; i++)
		if (add_beside(a, path[i], e))
			return -1;
	for (unsigned i = 0; i < a->holes.n; i++)
		if (cover(a, &a->holes.hole[i], key, e))
			return -1;
	return 0;
}

static bool
in_hole(const struct after *a, uint64_t position)
{
	for (unsigned i = 0; i < a->holes.n; i++)
		if (position >= a->holes.hole[i].first && position < a->holes.hole[i].next)
			return true;
	return false;
}

int
after_index_at(void *arg, uint64_t position, struct id_entry *ret, struct err *e)
{
	struct after *a = arg;
	int rc = 0;

	if (!in_hole(a, position))
		return 0;
	for (unsigned i = 0; rc == 0 && i < a->n_indexes; i++)
		if (position >= a->index[i].first && position < a->index[i].next)
			rc = id_index_at(&a->index[i], position, ret, e);
	return rc;
}

struct loading {
	struct session *s;
	const struct hole *h;
	struct id_writer *to; /* or: copied there */
	bool gone;            /* this time: those that were told to be gone */
};

static int
load(void *arg, const struct id_entry *x, struct err *e)
{
	struct loading *l = arg;
	struct record r;

	if (x->position < l->h->first || x->position >= l->h->next)
		return 0;
	if (l->to)
		return id_writer_add(l->to, x, e);
	if (x->kind == ID_GONE)
		return l->gone ? writer_met(l->s->w, x->id, e) : 0;
	if (l->gone)
		return 0;
	memset(&r, 0, sizeof r);
	r.kind = x->kind;
	r.time = x->time;
	r.flags = x->time_invalid ? FLAG_TIME_INVALID : 0;
	memcpy(r.id, x->id, 16);
	if (r.kind == KIND_EVENT && !x->time_invalid)
		utc_range_add(&l->s->before, x->time);
	newest_add(&l->s->newest, &r);
	return writer_earlier(l->s->w, x->id, x->position, e);
}

/*
 * The indexes of a hole, each for the part of it that no later one tells of: they were proved from
 * its end to its beginning.
 */
static int
each_of_hole(struct after *a, const struct hole *h, struct loading *l, struct err *e)
{
	for (uint64_t at = h->first; at < h->next;) {
		struct hole part = { at, h->next };
		struct id_index *x = NULL;

		for (unsigned i = 0; i < a->n_indexes; i++)
			if (a->index[i].first <= at && a->index[i].next > at &&
			    a->index[i].next <= h->next &&
			    (x == NULL || a->index[i].next < x->next))
				x = &a->index[i];
		if (x == NULL)
			return err_set(
			    e, EX_SOFTWARE_ERR, "position %" PRIu64 " is in no index of ids", at);
		part.next = at = x->next;
		l->h = &part;
		if (id_index_each(x, load, l, e))
			return -1;
	}
	return 0;
}

int
after_load_hole(struct after *a, const struct hole *h, struct session *s, struct err *e)
{
	struct loading l = { .s = s };

	if (each_of_hole(a, h, &l, e))
		return -1;
	/* behind the rows, or they would count as there again */
	l.gone = true;
	return each_of_hole(a, h, &l, e);
}

struct writing {
	struct id_writer *w;
	struct sha256 *sha;
	struct view *view;
	uint64_t position;
	struct err *e;
};

static int
put_gone(void *arg, const uint8_t id[16])
{
	struct writing *x = arg;
	struct id_entry entry;

	memset(&entry, 0, sizeof entry);
	entry.position = x->position;
	memcpy(entry.id, id, 16);
	return id_writer_add(x->w, &entry, x->e);
}

/* t: the table of an event or a conflict. */
static int
put_record(struct writing *x, const struct record *r, const struct table *t, struct err *e)
{
	struct version v;
	struct id_entry entry;
	int rc;

	if (r->kind == KIND_CONTEXT)
		return vanished_ids(r, put_gone, x) < 0 ? e->status ? -1 : err_nomem(e) : 0;
	if (!record_event_like(r))
		return 0;
	rc = version_open(&v, x->view, r, t) || id_entry_of(&entry, r, &v, x->sha) ? err_nomem(e) :
										     0;
	version_close(&v);
	entry.position = x->position;
	entry.kind = r->kind;
	return rc ? rc : id_writer_add(x->w, &entry, e);
}

/* Everything before this file: a log whose earlier files have no index is told as a whole. */
static int
put_earlier(struct writing *x, struct session *s, struct after *a, struct err *e)
{
	uint64_t next = 0;

	for (unsigned i = 0; i < a->n; i++) {
		const struct archive *ar = a->archive[i];

		for (unsigned k = 0; k < a->holes.n; k++)
			if (a->holes.hole[k].first >= next &&
			    a->holes.hole[k].first < archive_first(ar)) {
				struct loading l = { .s = s, .to = x->w };

				if (each_of_hole(a, &a->holes.hole[k], &l, e))
					return -1;
			}
		for (uint64_t p = next > archive_first(ar) ? next : archive_first(ar);
		     p < archive_next(ar); p++) {
			const struct record *r;

			x->position = p;
			if (reading_record(a->reading, i, p, &r, e))
				return err_set(e, EX_IO_ERR,
				    "%s: position %" PRIu64 " cannot be read", archive_path(ar), p);
			if (put_record(x, r, archive_table_of(ar, r->source), e))
				return -1;
		}
		next = archive_next(ar) > next ? archive_next(ar) : next;
	}
	return 0;
}

int
ids_write(const char *path, bool again, struct session *s, struct after *a, const char *origin,
    struct buf *member, struct err *e)
{
	struct writing x = { .e = e };
	/* next: where the manifest will stand */
	uint64_t first = a->history.first, next = writer_counts(s->w)->next, entries, bytes;
	const struct archive *last = a->n ? a->archive[a->n - 1] : NULL;
	uint32_t ids = last ? json_member(archive_manifest(last), 0, "ids") : JSON_NONE, sum;
	char previous[65] = "";
	bool known = s->flags == 0;
	uint8_t digest[32];
	struct emit m;
	int rc = 0;

	/*
	 * the file before has one: this goes on from there; it has none: this tells of all, if all
	 * is known
	 */
	if (ids != JSON_NONE &&
	    (sum = json_member(archive_manifest(last), ids, "sha256")) != JSON_NONE &&
	    archive_manifest(last)->node[sum].type == JSON_STRING &&
	    archive_manifest(last)->node[sum].str_len == 64)
		snprintf(previous, sizeof previous, "%.64s", json_str(archive_manifest(last), sum));
	else if (known)
		first = 0;
	if ((x.w = id_writer_new(path, again, origin, first, next + 1, previous, e)) == NULL)
		return -1;
	if ((x.sha = sha256_new()) == NULL || (x.view = view_new()) == NULL)
		rc = err_nomem(e);
	/* what earlier files hold belongs to an index that tells of all */
	if (rc == 0 && first < a->history.first)
		rc = put_earlier(&x, s, a, e);
	/* then the records of this file, in their order */
	for (uint64_t p = a->history.first; rc == 0 && p < next; p++) {
		struct record r;

		x.position = p;
		rc = writer_read(s->w, p, &r, e);
		if (rc == 0)
			rc = put_record(&x, &r,
			    r.source && r.source <= s->n_tables ? s->tables[r.source - 1] : NULL,
			    e);
	}
	if (rc == 0)
		rc = id_writer_end(x.w, digest, &entries, &bytes, e);
	/* what the manifest says of it, so that it can be trusted later */
	if (rc == 0) {
		emit_within(&m, member);
		emit_object(&m, "ids");
		emit_u64(&m, "first_position", first);
		emit_u64(&m, "entries", entries);
		emit_u64(&m, "bytes", bytes);
		emit_hash(&m, "sha256", digest);
		emit_str(&m, "previous", previous[0] ? previous : NULL);
		emit_end(&m);
	}
	id_writer_free(x.w);
	view_free(x.view);
	sha256_free(x.sha);
	return rc;
}
