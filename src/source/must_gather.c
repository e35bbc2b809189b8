/*
 * A must-gather of Kubernaut, folder or tarball (reference: source-interfaces 7): its audit
 * events as REST answers; objects, metadata, reports and
 * error files as context records (R-15 `file`, `object`); everything else by name and digest.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "source/bundle.h"
#include "source/session.h"

#define EVENTS "datastorage/audit-events.json"
#define METADATA "collection-metadata.json"
#define REPORT "sanitization-report.txt"
#define SUMS "SHA256SUMS"
#define ORIGINAL ".pre-sanitize"
#define NEWEST 1000u         /* what the collector asks the server for */
#define KEPT_TEXT (8u << 20) /* bytes of a file or object kept in one record */

enum role { ROLE_LISTED, ROLE_TEXT, ROLE_OBJECTS, ROLE_EVENTS };

struct collection {
	struct session *s;
	struct bundle b;
	const char *root; /* "" or "…/" */
	size_t root_len;
	/* SHA256SUMS as read, lines ended by NUL; NULL: there is none */
	char *sums;
	const char **sum; /* its well-formed lines, by path */
	size_t n_sums;
	bool sanitised, any_error_file, error_list_empty;
	const struct bundle_file *events;
	unsigned originals, used, differing, unlisted, absent;
	struct buf used_paths;
};

static bool
ends(const char *s, const char *suffix)
{
	size_t n = strlen(s), k = strlen(suffix);

	return n >= k && strcmp(s + n - k, suffix) == 0;
}

/* By the last parts of a path, as the root is not known yet when files come by. */
static enum role
role_of(const char *path)
{
	static const char *const text[] = { METADATA, REPORT, SUMS, "version-info.yaml",
		"/error.json", "/crd-definition.yaml", "datastorage/workflows.json" };
	char name[4096];
	size_t n = strlen(path);

	if (n >= sizeof name)
		return ROLE_LISTED;
	memcpy(name, path, n + 1);
	if (ends(name, ORIGINAL))
		name[n - strlen(ORIGINAL)] = '\0';
	if (ends(name, EVENTS))
		return ROLE_EVENTS;
	if (ends(name, "/all-instances.yaml"))
		return ROLE_OBJECTS;
	for (unsigned i = 0; i < sizeof text / sizeof *text; i++)
		if (ends(name, text[i]))
			return ROLE_TEXT;
	return ROLE_LISTED;
}

static bool
wanted(const char *path)
{
	return role_of(path) != ROLE_LISTED;
}

/* The folder that holds the collection: the shallowest one with its metadata, events or objects. */
static int
find_root(struct collection *c, struct err *e)
{
	static const char *const mark[] = { METADATA, EVENTS,
		"crds/remediationrequests/all-instances.yaml" };
	const char *best = NULL;
	size_t best_len = 0;

	for (unsigned m = 0; m < 3 && best == NULL; m++)
		for (unsigned i = 0; i < c->b.n; i++) {
			const char *p = c->b.file[i].path;
			size_t n = strlen(p), k = strlen(mark[m]);

			if (n < k || strcmp(p + n - k, mark[m]) || (n > k && p[n - k - 1] != '/'))
				continue;
			if (best && (n - k != best_len || strncmp(best, p, best_len)) && m == 0)
				return err_set(e, EX_DATA_ERR,
				    "%s: holds several collections (%.*s and %.*s): unpack it and "
				    "give the folder, or name them one by one",
				    c->s->in->path, (int)best_len, best, (int)(n - k), p);
			if (best == NULL) {
				best = p;
				best_len = n - k;
			}
		}
	if (best == NULL)
		return err_set(e, EX_DATA_ERR,
		    "%s: many files, but no must-gather of Kubernaut: no %s, no %s and no "
		    "RemediationRequests in it (dumps, rows or pages beside other files: unpack "
		    "it, and give those)",
		    c->s->in->path, METADATA, EVENTS);
	c->root = best;
	c->root_len = best_len;
	return 0;
}

/* A file by its path below the root. */
static const struct bundle_file *
find(const struct collection *c, const char *path)
{
	unsigned lo = 0, hi = c->b.n;

	while (lo < hi) {
		unsigned mid = (lo + hi) / 2;
		const char *p = c->b.file[mid].path;
		int k = strncmp(p, c->root, c->root_len);

		if (k == 0 && (k = strcmp(p + c->root_len, path)) == 0)
			return &c->b.file[mid];
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
	if (f == NULL || !f->kept || f->bytes > KEPT_TEXT)
		return NULL;
	if ((p = malloc(f->bytes + 1)) == NULL) {
		err_nomem(e);
		return NULL;
	}
	if (bundle_read(&c->b, f, 0, p, f->bytes, e) < 0) {
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

	if ((c->sums = slurp(c, find(c, SUMS), &n, e)) == NULL)
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

static const char *
listed(struct collection *c, const char *path, const char hex[65], bool partial)
{
	const char *sum;

	/* half a file has another sum than the whole one: that says nothing of it */
	if (c->sums == NULL || strcmp(path, SUMS) == 0 || partial)
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

static void
put_text(struct buf *b, const char *name, const char *p, size_t n)
{
	if (utf8_valid(p, n) && memchr(p, '\0', n) == NULL) {
		buf_printf(b, ",\"%s\":", name);
		text_json(b, p, n);
	} else {
		buf_printf(b, ",\"%s_base64\":\"", name);
		base64_of((const unsigned char *)p, n, b);
		buf_byte(b, '"');
	}
}

/* A record of the collection; what does not fit one is kept as a reject, verbatim. */
static int
put_record(struct collection *c, struct buf *b, uint64_t ordinal, const char *path, const char *raw,
    size_t n, struct err *e)
{
	struct session *s = c->s;
	unsigned chunk = 0;

	s->in->contexts++;
	if (!b->failed)
		return session_plain(s, KIND_CONTEXT, s->in->source, ordinal, b, NULL, e);
	s->in->contexts--;
	s->in->bytes.understood -= n; /* of its file: they are a reject's */
	return session_reject(s, s->in->source, 0, raw, n, &chunk, false, path,
	    "longer than a context record can be [C-15]", e);
}

/* Where an item of a list begins, and what its first lines say it is. */
struct item {
	uint64_t at;
	char *api_version, *kind, *namespace, *name;
};

struct items {
	struct item *item;
	uint64_t end; /* of the last one */
	unsigned n, cap;
};

static void
items_release(struct items *t)
{
	for (unsigned i = 0; i < t->n; i++) {
		free(t->item[i].api_version);
		free(t->item[i].kind);
		free(t->item[i].namespace);
		free(t->item[i].name);
	}
	free(t->item);
}

static struct item *
new_item(struct items *t, uint64_t at)
{
	void *p;

	if (t->n == t->cap) {
		t->cap = t->cap ? t->cap * 2 : 64;
		if ((p = realloc(t->item, t->cap * sizeof *t->item)) == NULL)
			return NULL;
		t->item = p;
	}
	memset(&t->item[t->n], 0, sizeof *t->item);
	t->item[t->n].at = at;
	return &t->item[t->n++];
}

/* `key: value`, quotes taken off; kept once. -1: no memory. */
static int
keep_member(char **to, const char *key, const char *p, size_t n)
{
	size_t k = strlen(key);

	if (*to || n <= k + 2 || memcmp(p, key, k) || p[k] != ':' || p[k + 1] != ' ')
		return 0;
	p += k + 2;
	n -= k + 2;
	if (n >= 2 && (*p == '"' || *p == '\'') && p[n - 1] == *p) {
		p++;
		n -= 2;
	}
	return (*to = strndup(p, n)) ? 0 : -1;
}

static int
name_item(struct item *i, const char *p, size_t n, size_t indent, size_t column, bool *in_metadata)
{
	if (indent == column + 2) {
		*in_metadata = n == 9 && memcmp(p, "metadata:", 9) == 0;
		return keep_member(&i->api_version, "apiVersion", p, n) ||
		    keep_member(&i->kind, "kind", p, n);
	}
	return *in_metadata && indent == column + 4 &&
	    (keep_member(&i->name, "name", p, n) || keep_member(&i->namespace, "namespace", p, n));
}

/*
 * The items of a list as kubectl prints it, by its lines: in a block list, no text of an item can
 * begin at the column of the dashes. A
 * YAML parser would refuse the whole file for one text that the sanitiser broke. A file that is
 * no such list gives no items.
 */
static int
split_list(const struct collection *c, const struct bundle_file *f, struct items *t, struct err *e)
{
	struct stream *s = bundle_stream(&c->b, f, e);
	bool ended, in_list = false, in_metadata = false, over = false;
	size_t n, indent, column = 0;
	const char *p;
	uint64_t at;
	int rc = s ? 0 : -1;

	while (rc == 0 && !over &&
	    (at = stream_offset(s), rc = stream_line(s, &p, &n, &ended, e)) > 0) {
		rc = 0;
		for (indent = 0; indent < n && p[indent] == ' '; indent++)
			;
		p += indent;
		n -= indent;
		if (!in_list) {
			in_list = indent == 0 && n == 6 && memcmp(p, "items:", 6) == 0;
			continue;
		}
		if (t->n == 0)
			column = indent;
		if (n >= 2 && indent == column && p[0] == '-' && p[1] == ' ') {
			if (new_item(t, at) == NULL)
				rc = err_nomem(e);
			in_metadata = false;
			p += 2;
			n -= 2;
			indent += 2;
		} else if (n && indent <= column) {
			t->end = at;
			over = true;
		}
		if (rc == 0 && !over && t->n &&
		    name_item(&t->item[t->n - 1], p, n, indent, column, &in_metadata))
			rc = err_nomem(e);
	}
	if (rc == 0 && !over)
		t->end = f->bytes;
	stream_free(s);
	return rc < 0 ? -1 : 0;
}

static void
put_member(struct buf *b, const char *name, const char *value)
{
	buf_printf(b, ",\"%s\":", name);
	if (value)
		text_json(b, value, strlen(value));
	else
		buf_str(b, "null");
}

/* An object that no record can hold: verbatim, in chunks. */
static int
reject_long(struct collection *c, const struct bundle_file *f, uint64_t from, uint64_t to,
    const char *path, char piece[EX_CHUNK], struct err *e)
{
	unsigned chunk = 0;

	for (; from < to; from += EX_CHUNK) {
		size_t n = to - from < EX_CHUNK ? (size_t)(to - from) : EX_CHUNK;

		c->s->in->bytes.understood -= n;
		if (bundle_read(&c->b, f, from, piece, n, e) < 0 ||
		    session_reject(c->s, c->s->in->source, 0, piece, n, &chunk, from + n < to, path,
			"an object longer than 8 MiB", e))
			return -1;
	}
	return 0;
}

static int
put_object(struct collection *c, const struct bundle_file *f, const char *path,
    const struct items *t, unsigned i, struct err *e)
{
	uint64_t from = t->item[i].at, to = i + 1 < t->n ? t->item[i + 1].at : t->end;
	size_t n = (size_t)(to - from);
	char *p = malloc(to - from > KEPT_TEXT ? EX_CHUNK : n + 1);
	struct buf b;
	int rc = -1;

	if (p && to - from > KEPT_TEXT) {
		rc = reject_long(c, f, from, to, path, p, e);
		free(p);
		return rc;
	}
	buf_init(&b, EX_MAX_BODY);
	if (p == NULL) {
		err_nomem(e);
	} else if (bundle_read(&c->b, f, from, p, n, e) >= 0) {
		buf_printf(&b, "{\"context\":\"object\",\"source\":%u,\"path\":", c->s->in->source);
		text_json(&b, path, strlen(path));
		buf_printf(&b, ",\"item\":%u", i);
		put_member(&b, "api_version", t->item[i].api_version);
		put_member(&b, "kind", t->item[i].kind);
		put_member(&b, "namespace", t->item[i].namespace);
		put_member(&b, "name", t->item[i].name);
		put_text(&b, "text", p, n);
		buf_byte(&b, '}');
		rc = put_record(c, &b, i + 1, path, p, n, e);
	}
	buf_release(&b);
	free(p);
	return rc;
}

/* One file: its record, and one for each object in it. from: where its bytes stand (its
 * unsanitised original, if those are used). */
static int
put_file(struct collection *c, const struct bundle_file *f, const struct bundle_file *from,
    const char *path, struct err *e)
{
	enum role role = role_of(path);
	struct items t = { .n = 0 };
	uint64_t head = 0, tail = from->bytes;
	char hex[65], *p = NULL;
	struct buf b;
	size_t n = 0;
	int rc = 0;
	bool text = (role == ROLE_TEXT || role == ROLE_OBJECTS) && !ends(path, ORIGINAL);

	if (text && role == ROLE_OBJECTS) {
		if (split_list(c, from, &t, e))
			return -1;
		if (t.n) {
			head = t.item[0].at;
			tail = t.end;
		}
	}
	buf_init(&b, EX_MAX_BODY);
	buf_printf(&b, "{\"context\":\"file\",\"source\":%u,\"path\":", c->s->in->source);
	text_json(&b, path, strlen(path));
	hex_of(f->sha256, 32, hex);
	buf_printf(&b, ",\"bytes\":%llu,\"sha256\":\"%s\",\"sha256sums\":\"%s\"",
	    (unsigned long long)f->bytes, hex, listed(c, path, hex, f->partial));
	if (from != f) {
		hex_of(from->sha256, 32, hex);
		buf_printf(&b, ",\"text_from\":{\"path\":");
		text_json(&b, from->path + c->root_len, strlen(from->path + c->root_len));
		buf_printf(
		    &b, ",\"bytes\":%llu,\"sha256\":\"%s\"}", (unsigned long long)from->bytes, hex);
	}
	if (text && rc == 0 &&
	    (t.n ? head <= KEPT_TEXT && from->bytes - tail <= KEPT_TEXT :
		   from->bytes <= KEPT_TEXT)) {
		n = (size_t)(t.n ? head : from->bytes);
		if ((p = malloc(n + 1 + (size_t)(from->bytes - tail))) == NULL)
			rc = err_nomem(e);
		else if (bundle_read(&c->b, from, 0, p, n, e) < 0 ||
		    bundle_read(&c->b, from, tail, p + n, (size_t)(from->bytes - tail), e) < 0)
			rc = -1;
		else if (t.n) {
			buf_printf(&b, ",\"objects\":%u", t.n);
			put_text(&b, "head", p, n);
			put_text(&b, "tail", p + n, (size_t)(from->bytes - tail));
			n += (size_t)(from->bytes - tail);
		} else {
			put_text(&b, "text", p, n);
		}
	} else if (text && rc == 0) {
		input_lacks(c->s->in,
		    "a file of the collection is longer than 8 MiB and no list of objects: only "
		    "its digest is kept");
	}
	buf_byte(&b, '}');
	if (rc == 0)
		rc = put_record(c, &b, 0, path, p ? p : "", n, e);
	for (unsigned i = 0; i < t.n && rc == 0; i++)
		rc = put_object(c, from, path, &t, i, e);
	items_release(&t);
	buf_release(&b);
	free(p);
	return rc;
}

static int
put_absent(struct collection *c, struct err *e)
{
	for (size_t i = 0; i < c->n_sums; i++) {
		const char *p = c->sum[i], *path = path_of(p);
		struct buf b;
		int rc;

		if (find(c, path))
			continue;
		c->absent++;
		buf_init(&b, EX_MAX_BODY);
		buf_printf(&b, "{\"context\":\"file\",\"source\":%u,\"path\":", c->s->in->source);
		text_json(&b, path, strlen(path));
		buf_printf(&b, ",\"absent\":true,\"sha256\":\"%.64s\"}", p);
		rc = put_record(c, &b, 0, path, p, strlen(p), e);
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
	char *p = slurp(c, find(c, METADATA), &n, e);
	uint32_t m;

	c->sanitised = find(c, REPORT) != NULL;
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
	if ((f = bundle_stream(&c->b, c->events, e)) == NULL)
		return -1;
	rc = read_json(s, f, e);
	input_pages_end(s->in, "the server");
	stream_free(f);
	return rc;
}

/* Why there are no events: what was seen of them, or that nothing was. */
static void
tell_no_events(struct collection *c)
{
	const char *p;

	for (unsigned i = 0; (p = bundle_skipped(&c->b, i)) != NULL; i++)
		if (strncmp(p, c->root, c->root_len) == 0 && strcmp(p + c->root_len, EVENTS) == 0) {
			input_lacks_rows(c->s->in, LACK_NOT_READ, NULL, ROWS_UNKNOWN,
			    "datastorage/audit-events.json is a link that leads to nothing in the "
			    "collection: no audit events were read");
			return;
		}
	input_lacks_rows(c->s->in, LACK_COLLECTOR, NULL, ROWS_UNKNOWN,
	    "no audit events were collected (the file datastorage/audit-events.json is not there; "
	    "an installation as delivered refuses the collector)");
}

/* The limits of the collector, as sentences (R-15 `lacks`). */
static void
tell_limits(struct collection *c)
{
	struct input *in = c->s->in;
	char t[300];

	if (c->events == NULL)
		tell_no_events(c);
	if (in->rows == NEWEST && !in->total_told)
		input_lacks_rows(in, LACK_COLLECTOR, NULL, ROWS_UNKNOWN,
		    "the collector asks for the newest 1,000 events and got exactly 1,000: older "
		    "ones are not here, and the beginning of some remediations with them");
	if (c->any_error_file && c->error_list_empty)
		input_lacks(in,
		    "error files lie in the collection although its list of errors is empty: parts "
		    "of it were not collected");
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
	if (c->sanitised && c->used == 0)
		input_lacks(in,
		    "a sanitiser changed texts before the collection was packed: events it touched "
		    "do not give their hash any more");
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
	if (c->b.skipped) {
		snprintf(t, sizeof t,
		    "%u links or special files were left out, the first of them %.200s",
		    c->b.skipped, bundle_skipped(&c->b, 0));
		input_lacks(in, t);
	}
}

static int
read_collection(struct collection *c, struct err *e)
{
	struct input *in = c->s->in;
	struct buf time;
	char *original, t[600];
	bool outside = false;
	int rc = -1;

	buf_init(&time, 4096);
	if (find_root(c, e) || read_sums(c, e) || read_metadata(c, &time, e))
		goto out;
	for (unsigned i = 0; i < c->b.n; i++) {
		const struct bundle_file *f = &c->b.file[i], *from = f, *o;
		const char *path;

		if (strncmp(f->path, c->root, c->root_len)) {
			if (!outside) {
				snprintf(t, sizeof t,
				    "files outside the collection were left out, the first of them "
				    "%.500s",
				    f->path);
				input_lacks(in, t);
			}
			outside = true;
			in->bytes.understood += f->bytes;
			continue;
		}
		path = f->path + c->root_len;
		c->originals += ends(path, ORIGINAL);
		c->any_error_file |= ends(path, "error.json");
		if (asprintf(&original, "%s%s", path, ORIGINAL) < 0) {
			err_nomem(e);
			goto out;
		}
		o = c->s->unsanitised && wanted(path) ? find(c, original) : NULL;
		free(original);
		if (o) {
			from = o;
			c->used++;
			if (c->used_paths.len)
				buf_byte(&c->used_paths, ',');
			text_json(&c->used_paths, path, strlen(path));
		}
		if (strcmp(path, EVENTS) == 0)
			c->events = from;
		/* its bytes are those of its rows: they are counted where they are read */
		if (f != c->events)
			in->bytes.understood += f->bytes;
		if (put_file(c, f, from, path, e))
			goto out;
	}
	if (c->events == NULL && c->b.cut[0]) {
		err_set(e, EX_IO_ERR,
		    "%s: cut off or damaged before its audit events (%s: %s): nothing to archive; "
		    "get it once more",
		    in->path, EVENTS, c->b.cut);
		goto out;
	}
	if (put_absent(c, e) || read_events(c, e))
		goto out;
	if (c->b.cut[0])
		input_lacks_rows(in, c->b.damaged ? LACK_NOT_READ : LACK_CUT, NULL, ROWS_UNKNOWN,
		    "the collection cannot be read to its end (%s): what came after that is not "
		    "here",
		    c->b.cut);
	tell_limits(c);
	buf_str(&in->collection, "{\"root\":");
	text_json(&in->collection, c->root, c->root_len);
	buf_printf(&in->collection, ",\"collection_time\":%.*s,\"sanitised\":%s,\"events_from\":",
	    time.len ? (int)time.len : 4, time.len ? (char *)time.p : "null",
	    c->sanitised ? "true" : "false");
	if (c->events)
		text_json(&in->collection, c->events->path + c->root_len,
		    strlen(c->events->path + c->root_len));
	else
		buf_str(&in->collection, "null");
	buf_printf(&in->collection,
	    ",\"originals\":%u,\"originals_used\":[%.*s],\"server_total\":", c->originals,
	    (int)c->used_paths.len, c->used_paths.p ? (char *)c->used_paths.p : "");
	buf_printf(&in->collection, in->total ? "%llu" : "null", (unsigned long long)in->total);
	buf_printf(&in->collection, ",\"sums\":{\"differing\":%u,\"unlisted\":%u,\"absent\":%u}}",
	    c->differing, c->unlisted, c->absent);
	rc = in->collection.failed ? err_nomem(e) : 0;
out:
	buf_release(&time);
	return rc;
}

/* How many files have such an end. */
static unsigned
find_any(const struct bundle *b, const char *end)
{
	unsigned n = 0;

	for (unsigned i = 0; i < b->n; i++)
		n += ends(b->file[i].path, end);
	return n;
}

/* The collection that is in the bundle; its files were read. */
static int
collection(struct collection *c, struct err *e)
{
	int rc;

	buf_init(&c->used_paths, 65536);
	rc = read_collection(c, e);
	buf_release(&c->used_paths);
	free(c->sums);
	free(c->sum);
	return rc;
}

int
read_must_gather(struct session *s, const char *path, struct stream *f, struct err *e)
{
	struct collection c = { .s = s };
	int rc = -1;

	if (bundle_init(&c.b, wanted, e) == 0 &&
	    (f ? bundle_tar(&c.b, f, path, e) : bundle_folder(&c.b, path, e)) == 0) {
		if (bundle_find(&c.b, "toc.dat") && find_any(&c.b, ".dat") > 1)
			err_set(e, EX_DATA_ERR,
			    "%s: a pg_dump in %s format (%s); make it plain and archive that: "
			    "pg_restore -f dump.sql %s",
			    path, f ? "tar" : "directory", f ? "-Ft" : "-Fd", path);
		else
			rc = collection(&c, e);
		if (!f) /* a folder is read file by file, not as a stream */
			for (unsigned i = 0; i < c.b.n; i++)
				s->in->bytes.read += c.b.file[i].bytes;
		else
			s->in->bytes.understood += c.b.structure;
		s->in->bytes.again += f ? c.b.linked : 0;
		s->in->bytes.read += f ? c.b.linked : 0;
	}
	bundle_release(&c.b);
	return rc;
}

bool
bundle_is_collection(const struct bundle *b)
{
	for (unsigned i = 0; i < b->n; i++)
		if (ends(b->file[i].path, METADATA) || ends(b->file[i].path, EVENTS) ||
		    ends(b->file[i].path, "crds/remediationrequests/all-instances.yaml"))
			return true;
	return false;
}

int
read_bundle(struct session *s, struct bundle *b, struct err *e)
{
	struct collection c = { .s = s, .b = *b };
	int rc;

	for (unsigned i = 0; i < b->n; i++)
		s->in->bytes.read += b->file[i].bytes;
	rc = collection(&c, e);
	*b = c.b;
	return rc;
}
