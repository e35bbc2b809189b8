/* The files of a collection as context records (record.md R-15 `file`, `object`): texts and objects
 * verbatim, everything else by name and digest. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/vec.h"
#include "source/gather_inner.h"

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
		buf_printf(&b, "{\"context\":\"object\",\"source\":%u,\"path\":", c->s->in->source);
		text_json(&b, path, strlen(path));
		buf_printf(&b, ",\"item\":%u", i);
		put_member(&b, "api_version", t->item[i].api_version);
		put_member(&b, "kind", t->item[i].kind);
		put_member(&b, "namespace", t->item[i].namespace);
		put_member(&b, "name", t->item[i].name);
		put_text(&b, "text", p, n);
		buf_byte(&b, '}');
		rc = gather_put_record(c, &b, i + 1, path, p, n, e);
	}
	buf_release(&b);
	free(p);
	return rc;
}

/* One file: its record, and one for each object in it. from: where its bytes stand (its
 * unsanitised original, if those are used). */
int
gather_put_file(struct collection *c, const struct bundle_file *f, const struct bundle_file *from,
    const char *path, struct err *e)
{
	enum gather_role role = gather_role(path);
	struct items t = { .n = 0 };
	uint64_t head = 0, tail = from->bytes;
	char hex[65], *p = NULL;
	struct buf b;
	size_t n = 0;
	int rc = 0;
	bool text =
	    (role == ROLE_TEXT || role == ROLE_OBJECTS) && !gather_ends(path, GATHER_ORIGINAL);

	/* head and tail of a list are kept with the file's record, items as records of their own */
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
	buf_printf(&b, ",\"bytes\":%" PRIu64 ",\"sha256\":\"%s\",\"sha256sums\":\"%s\"", f->bytes,
	    hex, gather_listed(c, path, hex, f->partial));
	/* the digest of the sanitised file is what SHA256SUMS is about; the text comes from its
	 * original */
	if (from != f) {
		hex_of(from->sha256, 32, hex);
		buf_printf(&b, ",\"text_from\":{\"path\":");
		text_json(&b, from->path + c->root_len, strlen(from->path + c->root_len));
		buf_printf(&b, ",\"bytes\":%" PRIu64 ",\"sha256\":\"%s\"}", from->bytes, hex);
	}
	/* what is larger than GATHER_TEXT and no list keeps its digest only */
	if (text && rc == 0 &&
	    (t.n ? head <= GATHER_TEXT && from->bytes - tail <= GATHER_TEXT :
		   from->bytes <= GATHER_TEXT)) {
		n = (size_t)(t.n ? head : from->bytes);
		if ((p = malloc(n + 1 + (size_t)(from->bytes - tail))) == NULL)
			rc = err_nomem(e);
		else if (bundle_read(c->b, from, 0, p, n, e) < 0 ||
		    bundle_read(c->b, from, tail, p + n, (size_t)(from->bytes - tail), e) < 0)
			rc = -1;
		else if (t.n) {
			/* of a list the text around its items, so that all of the file's bytes are
			 * kept */
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
