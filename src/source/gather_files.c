/* The files of a collection as context records (record.md R-15 `file`, `object`): texts and objects
 * verbatim, everything else by name and digest. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/vec.h"
#include "json/emit.h"
#include "source/gather_inner.h"

/* What JSON cannot hold stands as base64, under another name. */
static void
put_text(struct emit *x, const char *name, const char *p, size_t n)
{
	char other[32];

	if (utf8_valid(p, n) && memchr(p, '\0', n) == NULL) {
		emit_text(x, name, p, n);
	} else {
		snprintf(other, sizeof other, "%s_base64", name);
		emit_base64(x, other, p, n);
	}
}

/* A record of the collection; what does not fit one is kept as a reject, verbatim. */
int
gather_put_record(struct collection *c, struct buf *b, uint64_t ordinal, const char *path,
    const char *raw, size_t n, struct err *e)
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
		if ((p = vec_resize(t->item, t->cap, sizeof *t->item)) == NULL)
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
	struct stream *s = bundle_stream(c->b, f, e);
	bool ended, in_list = false, in_metadata = false, over = false;
	size_t n, indent, column = 0;
	const char *p;
	uint64_t at;
	int rc = s ? 0 : -1;

	while (rc == 0 && !over &&
	    (at = stream_offset(s), rc = stream_line(s, &p, &n, &ended, e)) > 0) {
		rc = 0;
		/* columns count, so blanks are taken off and their number kept */
		for (indent = 0; indent < n && p[indent] == ' '; indent++)
			;
		p += indent;
		n -= indent;
		if (!in_list) {
			in_list = indent == 0 && n == 6 && memcmp(p, "items:", 6) == 0;
			continue;
		}
		/* the first dash says where all others of this list have to stand */
		if (t->n == 0)
			column = indent;
		/* a dash at that column begins an item, whatever the item before held */
		if (n >= 2 && indent == column && p[0] == '-' && p[1] == ' ') {
			if (new_item(t, at) == NULL)
				rc = err_nomem(e);
			in_metadata = false;
			p += 2;
			n -= 2;
			indent += 2;
		} else if (n && indent <= column) {
			/* less indented: the list is over, and what follows is its tail */
			t->end = at;
			over = true;
		}
		/* kind, namespace and name of an item, for its own record */
		if (rc == 0 && !over && t->n &&
		    name_item(&t->item[t->n - 1], p, n, indent, column, &in_metadata))
			rc = err_nomem(e);
	}
	/* a list that ends with the file */
	if (rc == 0 && !over)
		t->end = f->bytes;
	stream_free(s);
	return rc < 0 ? -1 : 0;
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
		if (bundle_read(c->b, f, from, piece, n, e) < 0 ||
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
	char *p = malloc(to - from > GATHER_TEXT ? EX_CHUNK : n + 1);
	struct emit x;
	struct buf b;
	int rc = -1;

	if (p && to - from > GATHER_TEXT) {
		rc = reject_long(c, f, from, to, path, p, e);
		free(p);
		return rc;
	}
	buf_init(&b, EX_MAX_BODY);
	if (p == NULL) {
		err_nomem(e);
	} else if (bundle_read(c->b, f, from, p, n, e) >= 0) {
		emit_init(&x, &b);
		emit_object(&x, NULL);
		emit_str(&x, "context", "object");
		emit_u64(&x, "source", c->s->in->source);
		emit_str(&x, "path", path);
		emit_u64(&x, "item", i);
		emit_str(&x, "api_version", t->item[i].api_version);
		emit_str(&x, "kind", t->item[i].kind);
		emit_str(&x, "namespace", t->item[i].namespace);
		emit_str(&x, "name", t->item[i].name);
		put_text(&x, "text", p, n);
		emit_end(&x);
		rc = gather_put_record(c, &b, i + 1, path, p, n, e);
	}
	buf_release(&b);
	free(p);
	return rc;
}

/* Which file it is, and what was listed of it. */
static void
put_name(struct emit *x, struct collection *c, const struct bundle_file *f,
    const struct bundle_file *from, const char *path)
{
	char hex[65];

	hex_of(f->sha256, 32, hex);
	emit_str(x, "context", "file");
	emit_u64(x, "source", c->s->in->source);
	emit_str(x, "path", path);
	emit_u64(x, "bytes", f->bytes);
	emit_hash(x, "sha256", f->sha256);
	emit_str(x, "sha256sums", gather_listed(c, path, hex, f->partial));
	/* the digest of the sanitised file is what SHA256SUMS is about; the text comes from its
	 * original */
	if (from != f) {
		emit_object(x, "text_from");
		emit_str(x, "path", from->path + c->root_len);
		emit_u64(x, "bytes", from->bytes);
		emit_hash(x, "sha256", from->sha256);
		emit_end(x);
	}
}

/* The file's own text: all of it, or of a list what stands around its items. *ret_p: a copy of what
 * was put, the caller's; NULL: it is too long, and only its digest is kept. */
static int
put_own_text(struct emit *x, struct collection *c, const struct bundle_file *f,
    const struct items *t, char **ret_p, size_t *ret_n, struct err *e)
{
	uint64_t head = t->n ? t->item[0].at : f->bytes, tail = t->n ? t->end : f->bytes;
	size_t before = (size_t)head, behind = (size_t)(f->bytes - tail);
	char *p;

	*ret_p = NULL;
	*ret_n = 0;
	if (head > GATHER_TEXT || f->bytes - tail > GATHER_TEXT) {
		input_lacks(c->s->in,
		    "a file of the collection is longer than 8 MiB and no list of objects: only "
		    "its digest is kept");
		return 0;
	}
	if ((*ret_p = p = malloc(before + 1 + behind)) == NULL)
		return err_nomem(e);
	if (bundle_read(c->b, f, 0, p, before, e) < 0 ||
	    bundle_read(c->b, f, tail, p + before, behind, e) < 0)
		return -1;
	*ret_n = before + behind;
	if (t->n) {
		emit_u64(x, "objects", t->n);
		put_text(x, "head", p, before);
		put_text(x, "tail", p + before, behind);
	} else {
		put_text(x, "text", p, before);
	}
	return 0;
}

/* One file: its record, and one for each object in it. from: where its bytes stand (its
 * unsanitised original, if those are used). */
int
gather_put_file(struct collection *c, const struct bundle_file *f, const struct bundle_file *from,
    const char *path, struct err *e)
{
	enum gather_role role = gather_role(path);
	struct items t = { .n = 0 };
	char *p = NULL;
	struct emit x;
	struct buf b;
	size_t n = 0;
	int rc = 0;
	bool text =
	    (role == ROLE_TEXT || role == ROLE_OBJECTS) && !gather_ends(path, GATHER_ORIGINAL);

	if (text && role == ROLE_OBJECTS && split_list(c, from, &t, e))
		return -1;
	buf_init(&b, EX_MAX_BODY);
	emit_init(&x, &b);
	emit_object(&x, NULL);
	put_name(&x, c, f, from, path);
	if (text)
		rc = put_own_text(&x, c, from, &t, &p, &n, e);
	emit_end(&x);
	/* the file's record first: those of its objects name it */
	if (rc == 0)
		rc = gather_put_record(c, &b, 0, path, p ? p : "", n, e);
	for (unsigned i = 0; i < t.n && rc == 0; i++)
		rc = put_object(c, from, path, &t, i, e);
	items_release(&t);
	buf_release(&b);
	free(p);
	return rc;
}
