/*
 * A must-gather of Kubernaut, folder or tarball (reference: source-interfaces 7): its audit
 * events as REST answers; objects, metadata, reports and
 * error files as context records (R-15 `file`, `object`); everything else by name and digest.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/vec.h"
#include "json/emit.h"
#include "source/gather_inner.h"

#define NEWEST 1000u /* what the collector asks the server for */

bool
gather_ends(const char *s, const char *suffix)
{
	size_t n = strlen(s), k = strlen(suffix);

	return n >= k && strcmp(s + n - k, suffix) == 0;
}

/* By the last parts of a path, as the root is not known yet when files come by. */
enum gather_role
gather_role(const char *path)
{
	static const char *const text[] = { GATHER_METADATA, GATHER_REPORT, GATHER_SUMS,
		"version-info.yaml", "/error.json", "/crd-definition.yaml",
		"datastorage/workflows.json" };
	char name[4096];
	size_t n = strlen(path);

	if (n >= sizeof name)
		return ROLE_LISTED;
	memcpy(name, path, n + 1);
	if (gather_ends(name, GATHER_ORIGINAL))
		name[n - strlen(GATHER_ORIGINAL)] = '\0';
	if (gather_ends(name, GATHER_EVENTS))
		return ROLE_EVENTS;
	if (gather_ends(name, "/all-instances.yaml"))
		return ROLE_OBJECTS;
	for (unsigned i = 0; i < sizeof text / sizeof *text; i++)
		if (gather_ends(name, text[i]))
			return ROLE_TEXT;
	return ROLE_LISTED;
}

bool
gather_wants(const char *path)
{
	return gather_role(path) != ROLE_LISTED;
}

/* ---- which folders hold a collection ---- */

/* The length of the folder that a file of a collection tells: 0 and false, if it tells none. */
static bool
marks_root(const char *path, size_t *ret_n)
{
	static const char *const mark[] = { GATHER_METADATA, GATHER_EVENTS, GATHER_EVENTS ".gz",
		"crds/remediationrequests/all-instances.yaml" };
	size_t n = strlen(path);

	for (unsigned i = 0; i < sizeof mark / sizeof *mark; i++) {
		size_t k = strlen(mark[i]);

		if (n < k || strcmp(path + n - k, mark[i]) || (n > k && path[n - k - 1] != '/'))
			continue;
		*ret_n = n - k;
		return true;
	}
	return false;
}

static int
by_root(const void *a, const void *b)
{
	const struct gather_root *x = a, *y = b;
	int k = memcmp(x->path, y->path, x->n < y->n ? x->n : y->n);

	return k ? k : x->n < y->n ? -1 : x->n > y->n;
}

int
gather_roots(const struct bundle *b, struct gather_root **ret, unsigned *ret_n, struct err *e)
{
	struct gather_root *r = NULL;
	unsigned n = 0, kept = 0;
	size_t k;

	*ret = NULL;
	*ret_n = 0;
	for (unsigned i = 0; i < b->n; i++) {
		if (!marks_root(b->file[i].path, &k))
			continue;
		if (vec_more(&r, n, sizeof *r)) {
			free(r);
			return err_nomem(e);
		}
		r[n++] = (struct gather_root){ b->file[i].path, k };
	}
	/* several files tell the same folder */
	if (n)
		qsort(r, n, sizeof *r, by_root);
	for (unsigned i = 0; i < n; i++)
		if (kept == 0 || by_root(&r[kept - 1], &r[i]))
			r[kept++] = r[i];
	*ret = r;
	*ret_n = kept;
	return 0;
}

int
gather_root_of(const struct gather_root *root, unsigned n, const char *path)
{
	int best = -1;

	for (unsigned i = 0; i < n; i++)
		if (strncmp(path, root[i].path, root[i].n) == 0 &&
		    (best < 0 || root[i].n > root[best].n))
			best = (int)i;
	return best;
}

/* A file by its path below the root. */
static const struct bundle_file *
find(const struct collection *c, const char *path)
{
	unsigned lo = 0, hi = c->b->n;

	while (lo < hi) {
		unsigned mid = (lo + hi) / 2;
		const char *p = c->b->file[mid].path;
		int k = strncmp(p, c->root, c->root_len);

		if (k == 0 && (k = strcmp(p + c->root_len, path)) == 0)
			return &c->b->file[mid];
		if (k < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return NULL;
}

/* The whole of a small file, with NUL behind it. NULL: absent or too long, or e is set. */
static char *
slurp(const struct collection *c, const struct bundle_file *f, size_t *ret_n, struct err *e)
{
	char *p;

	*ret_n = 0;
	if (f == NULL || !f->kept || f->bytes > GATHER_TEXT)
		return NULL;
	if ((p = malloc(f->bytes + 1)) == NULL) {
		err_nomem(e);
		return NULL;
	}
	if (bundle_read(c->b, f, 0, p, f->bytes, e) < 0) {
		free(p);
		return NULL;
	}
	p[f->bytes] = '\0';
	*ret_n = f->bytes;
	return p;
}

/* `<64 hex>  ./path` → the path. */
static const char *
path_of(const char *line)
{
	return line + (strncmp(line + 66, "./", 2) == 0 ? 68 : 66);
}

static int
by_path(const void *a, const void *b)
{
	return strcmp(path_of(*(const char *const *)a), path_of(*(const char *const *)b));
}

/* SHA256SUMS into lines ended by NUL, sorted. */
static int
read_sums(struct collection *c, struct err *e)
{
	size_t n, lines = 1;

	if ((c->sums = slurp(c, find(c, GATHER_SUMS), &n, e)) == NULL)
		return e->status ? -1 : 0;
	for (size_t i = 0; i < n; i++)
		if (c->sums[i] == '\n') {
			c->sums[i] = '\0';
			lines++;
		}
	if ((c->sum = calloc(lines, sizeof *c->sum)) == NULL)
		return err_nomem(e);
	for (const char *p = c->sums; p < c->sums + n; p += strlen(p) + 1)
		if (strlen(p) > 66 && strspn(p, "0123456789abcdef") == 64)
			c->sum[c->n_sums++] = p;
	qsort(c->sum, c->n_sums, sizeof *c->sum, by_path);
	return 0;
}

/* What SHA256SUMS says of a path below the root: 64 hex digits, or NULL. */
static const char *
sum_of(const struct collection *c, const char *path)
{
	size_t lo = 0, hi = c->n_sums;

	while (lo < hi) {
		size_t mid = (lo + hi) / 2;
		int k = strcmp(path_of(c->sum[mid]), path);

		if (k == 0)
			return c->sum[mid];
		if (k < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return NULL;
}

const char *
gather_listed(struct collection *c, const char *path, const char hex[65], bool partial)
{
	const char *sum;

	/* half a file has another sum than the whole one: that says nothing of it */
	if (c->sums == NULL || strcmp(path, GATHER_SUMS) == 0 || partial)
		return "unknown";
	if ((sum = sum_of(c, path)) == NULL) {
		c->unlisted++;
		return "absent";
	}
	if (memcmp(sum, hex, 64) == 0)
		return "same";
	c->differing++;
	return "differs";
}

static int
put_absent(struct collection *c, struct err *e)
{
	for (size_t i = 0; i < c->n_sums; i++) {
		const char *p = c->sum[i], *path = path_of(p);
		char digest[65];
		struct emit x;
		struct buf b;
		int rc;

		if (find(c, path))
			continue;
		c->absent++;
		buf_init(&b, EX_MAX_BODY);
		snprintf(digest, sizeof digest, "%.64s", p);
		emit_init(&x, &b);
		emit_object(&x, NULL);
		emit_str(&x, "context", "file");
		emit_u64(&x, "source", c->s->in->source);
		emit_str(&x, "path", path);
		emit_bool(&x, "absent", true);
		emit_str(&x, "sha256", digest);
		emit_end(&x);
		rc = gather_put_record(c, &b, 0, path, p, strlen(p), e);
		buf_release(&b);
		if (rc)
			return rc;
	}
	return 0;
}

/* What the collector says of its run. */
static int
read_metadata(struct collection *c, struct buf *time, struct err *e)
{
	struct json_doc d;
	size_t n;
	char *p = slurp(c, find(c, GATHER_METADATA), &n, e);
	uint32_t m;

	c->sanitised = find(c, GATHER_REPORT) != NULL;
	if (e->status)
		return -1;
	json_init(&d);
	if (p && json_parse(&d, p, n, 64) == 0 && d.node[0].type == JSON_OBJECT) {
		if ((m = json_member(&d, 0, "sanitization_enabled")) != JSON_NONE &&
		    d.node[m].type == JSON_TRUE)
			c->sanitised = true;
		if ((m = json_member(&d, 0, "errors")) != JSON_NONE && d.node[m].type == JSON_ARRAY)
			c->error_list_empty = d.node[m].first == JSON_NONE;
		if ((m = json_member(&d, 0, "collection_time")) != JSON_NONE &&
		    d.node[m].type == JSON_STRING)
			text_json(time, json_str(&d, m), d.node[m].str_len);
	} else {
		input_lacks(c->s->in, "collection-metadata.json is not there or not readable");
	}
	json_release(&d);
	free(p);
	return 0;
}

static int
read_events(struct collection *c, struct err *e)
{
	struct session *s = c->s;
	struct stream *f;
	int rc;

	if (c->events == NULL)
		return 0;
	if ((f = bundle_stream(c->b, c->events, e)) == NULL)
		return -1;
	rc = read_json(s, f, e) || session_file_end(s, GATHER_EVENTS, f, e) ||
		input_pages_end(s->in, "the server", NULL, e) ?
	    -1 :
	    0;
	stream_free(f);
	return rc;
}

/* Why there are no events: what was seen of them, or that nothing was. */
static void
tell_no_events(struct collection *c)
{
	const char *p;

	for (unsigned i = 0; (p = bundle_skipped(c->b, i)) != NULL; i++)
		if (strncmp(p, c->root, c->root_len) == 0 &&
		    strcmp(p + c->root_len, GATHER_EVENTS) == 0) {
			input_lacks_rows(c->s->in, LACK_NOT_READ, NULL, ROWS_UNKNOWN,
			    "datastorage/audit-events.json is a link that does not lead to a file "
			    "in "
			    "the collection: no audit events were read");
			return;
		}
	input_lacks_rows(c->s->in, LACK_COLLECTOR, NULL, ROWS_UNKNOWN,
	    "no audit events were collected (the file datastorage/audit-events.json is not there; "
	    "an installation as delivered refuses the collector)");
}

/* Checksums are unsigned: they find accidents, and prove nothing against somebody. */
static void
tell_sums(const struct collection *c)
{
	struct input *in = c->s->in;
	char t[100];

	if (c->sums == NULL)
		input_lacks(in, "no SHA256SUMS: that the collection is whole cannot be checked");
	if (c->absent) {
		snprintf(t, sizeof t, "%u files that SHA256SUMS names are not here", c->absent);
		input_lacks(in, t);
	}
	if (c->differing) {
		snprintf(
		    t, sizeof t, "%u files are not as SHA256SUMS (unsigned) says", c->differing);
		input_lacks(in, t);
	}
	if (c->unlisted) {
		snprintf(t, sizeof t, "%u files are not named by SHA256SUMS", c->unlisted);
		input_lacks(in, t);
	}
}

/* The limits of the collector, as sentences (R-15 `lacks`). */
static void
tell_limits(struct collection *c)
{
	struct input *in = c->s->in;
	char t[300];

	/* each is a sentence with a count behind it; what it means for completeness is its kind
	 * (R-15) */
	if (c->events == NULL)
		tell_no_events(c);
	else if (in->rows == 0 && in->rejects == 0)
		/* an empty list may be a collector without rights, and not a source without rows */
		input_lacks_rows(in, LACK_COLLECTOR, NULL, ROWS_UNKNOWN,
		    "datastorage/audit-events.json is there and holds no audit event%s",
		    c->events->bytes ? "" : ": it is empty");
	/* a full page without a total cannot be told from the whole */
	if (in->rows == NEWEST && !in->pages.total_told)
		input_lacks_rows(in, LACK_COLLECTOR, NULL, ROWS_UNKNOWN,
		    "the collector asks for the newest 1,000 events and got exactly 1,000: older "
		    "ones are not here, and the beginning of some remediations with them");
	/* two parts of one collection that contradict each other */
	if (c->any_error_file && c->error_list_empty)
		input_lacks(in,
		    "error files lie in the collection although its list of errors is empty: parts "
		    "of it were not collected");
	tell_sums(c);
	/* a sanitiser is no tampering, and looks like it */
	if (c->sanitised && c->used == 0)
		input_lacks(in,
		    "a sanitiser changed texts before the collection was packed: events it touched "
		    "do not give their hash any more");
	/* using originals puts into the archive what somebody took out: that has to be seen */
	if (c->used) {
		snprintf(t, sizeof t,
		    "%u unsanitised originals were used: e-mail addresses, tokens and the like "
		    "that the sanitiser had removed are in this archive",
		    c->used);
		input_lacks(in, t);
	} else if (c->originals) {
		snprintf(t, sizeof t,
		    "%u unsanitised originals (*.pre-sanitize) lie in the collection: who holds it "
		    "holds what the sanitiser removed; they were not used (--use-unsanitised)",
		    c->originals);
		input_lacks(in, t);
	}
	/* only the first is named; the records of the collection name all */
	if (c->b->skipped) {
		snprintf(t, sizeof t,
		    "%u links or special files were left out, the first of them %.200s",
		    c->b->skipped, bundle_skipped(c->b, 0));
		input_lacks(in, t);
	}
}

/* The file whose bytes stand for those of f: its unsanitised original, if those are used. -1
 * (e). */
static int
original_of(struct collection *c, const struct bundle_file *f, const char *path,
    const struct bundle_file **ret, struct err *e)
{
	const struct bundle_file *o;
	char *original;

	*ret = f;
	if (!c->s->unsanitised || !gather_wants(path))
		return 0;
	if (asprintf(&original, "%s%s", path, GATHER_ORIGINAL) < 0)
		return err_nomem(e);
	o = find(c, original);
	free(original);
	if (o == NULL)
		return 0;
	*ret = o;
	c->used++;
	if (c->used_paths.len)
		buf_byte(&c->used_paths, ',');
	text_json(&c->used_paths, path, strlen(path));
	return 0;
}

/* One file of the collection. */
static int
one_file(struct collection *c, const struct bundle_file *f, struct err *e)
{
	const struct bundle_file *from;
	const char *path = f->path + c->root_len;
	bool events = strcmp(path, GATHER_EVENTS) == 0 ||
	    (strcmp(path, GATHER_EVENTS ".gz") == 0 && find(c, GATHER_EVENTS) == NULL);

	c->originals += gather_ends(path, GATHER_ORIGINAL);
	c->any_error_file |= gather_ends(path, "error.json");
	if (original_of(c, f, path, &from, e))
		return -1;
	if (events)
		c->events = from;
	/* the bytes of its rows are counted where they are read */
	if (f != c->events) {
		c->s->in->bytes.read += f->bytes;
		c->s->in->bytes.understood += f->bytes;
	}
	return gather_put_file(c, f, from, path, e);
}

/* R-15 `collection`. */
static int
put_collection(struct collection *c, const struct buf *time, struct err *e)
{
	struct buf *b = &c->s->in->collection;
	struct emit x;

	emit_init(&x, b);
	emit_object(&x, NULL);
	emit_text(&x, "root", c->root, c->root_len);
	if (time->len)
		emit_ours(&x, "collection_time", time->p, time->len);
	else
		emit_null(&x, "collection_time");
	emit_bool(&x, "sanitised", c->sanitised);
	emit_str(&x, "events_from", c->events ? c->events->path + c->root_len : NULL);
	emit_u64(&x, "originals", c->originals);
	emit_array(&x, "originals_used");
	emit_list(&x, c->used_paths.p, c->used_paths.len);
	emit_end(&x);
	/* 0 is a total that was not told */
	if (c->s->in->pages.total)
		emit_u64(&x, "server_total", c->s->in->pages.total);
	else
		emit_null(&x, "server_total");
	emit_object(&x, "sums");
	emit_u64(&x, "differing", c->differing);
	emit_u64(&x, "unlisted", c->unlisted);
	emit_u64(&x, "absent", c->absent);
	emit_end(&x);
	emit_end(&x);
	return b->failed ? err_nomem(e) : 0;
}

/* What lies around the collections: left out, and said. */
static void
leave_out(struct collection *c, const struct bundle_file *f, bool *told)
{
	char t[600];

	if (!*told) {
		snprintf(t, sizeof t,
		    "files outside the collection were left out, the first of them %.500s",
		    f->path);
		input_lacks(c->s->in, t);
	}
	*told = true;
	c->s->in->bytes.read += f->bytes;
	c->s->in->bytes.understood += f->bytes;
}

static int
read_collection(struct collection *c, const struct gather_root *root, unsigned n, unsigned which,
    bool around, struct buf *time, struct err *e)
{
	struct input *in = c->s->in;
	bool told = false;

	if (read_sums(c, e) || read_metadata(c, time, e))
		return -1;
	for (unsigned i = 0; i < c->b->n; i++) {
		const struct bundle_file *f = &c->b->file[i];
		int of = gather_root_of(root, n, f->path);

		if (of < 0 && around)
			leave_out(c, f, &told);
		else if (of == (int)which && one_file(c, f, e))
			return -1;
	}
	if (c->events == NULL && c->b->cut[0])
		return err_set(e, EX_IO_ERR,
		    "%s: cut off or damaged before its audit events (%s: %s): nothing to archive; "
		    "get it once more",
		    in->path, GATHER_EVENTS, c->b->cut);
	if (put_absent(c, e) || read_events(c, e))
		return -1;
	if (c->b->cut[0]) {
		input_lacks_rows(in, c->b->damaged ? LACK_NOT_READ : LACK_CUT, NULL, ROWS_UNKNOWN,
		    "the collection cannot be read to its end (%s): what came after that is not "
		    "here",
		    c->b->cut);
		in->doubt = true;
	}
	tell_limits(c);
	return put_collection(c, time, e);
}

int
read_must_gather(struct session *s, struct bundle *b, const struct gather_root *root, unsigned n,
    unsigned which, bool around, struct err *e)
{
	struct collection c = {
		.s = s, .b = b, .root = root[which].path, .root_len = root[which].n
	};
	struct buf time;
	int rc;

	buf_init(&c.used_paths, 65536);
	buf_init(&time, 4096);
	rc = read_collection(&c, root, n, which, around, &time, e);
	buf_release(&c.used_paths);
	buf_release(&time);
	free(c.sums);
	free(c.sum);
	return rc;
}
