#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "cmd/analyze/analyze.h"
#include "read/select.h"

struct cat {
	struct evidence *ev;
	struct reading r;
	struct buf out;
	unsigned kind;
};

/* A JSON token on one line: line feeds can only stand between tokens, where a blank says the
 * same. */
static void
put_token(struct buf *b, const char *p, size_t n)
{
	size_t at = b->len;

	text_json_raw(b, p, n);
	for (; at < b->len; at++)
		if (b->p[at] == '\n' || b->p[at] == '\r')
			b->p[at] = ' ';
}

static void
put_name(struct buf *b, const char *name)
{
	if (b->len && b->p[b->len - 1] != '{')
		buf_byte(b, ',');
	text_json(b, name, strlen(name));
	buf_byte(b, ':');
}

/* `2026-08-22 14:08:56.12-04` as row_to_json prints it: T, and minutes in the offset. */
static void
put_time(struct buf *b, const char *p, size_t n)
{
	struct utc t;

	if (utc_parse(p, n, &t) == UTC_OK && memchr(p, ' ', n) && !t.finer) {
		buf_byte(b, '"');
		utc_print(b, UTC_ISO, t.us, t.offset);
		buf_byte(b, '"');
	} else {
		text_json(b, p, n);
	}
}

static bool
is_type(const char *type, const char *const *list)
{
	for (; *list; list++)
		if (strcmp(type, *list) == 0)
			return true;
	return false;
}

/* A value as row_to_json gives it. */
static void
put_value(struct buf *b, struct view_cell c, enum column_class class)
{
	int64_t v;

	if (c.state != VIEW_TEXT) {
		buf_str(b, "null");
	} else if (c.json) {
		put_token(b, c.p, c.n);
	} else if (class == CLASS_JSON) {
		put_token(b, c.p, c.n);
	} else if (class == CLASS_INTEGER && dec_i64(c.p, c.n, &v)) {
		buf_put(b, c.p, c.n);
	} else if (class == CLASS_BOOLEAN && c.n && (*c.p == 't' || *c.p == 'f')) {
		buf_str(b, *c.p == 't' ? "true" : "false");
	} else if (class == CLASS_TIME) {
		put_time(b, c.p, c.n);
	} else {
		text_json(b, c.p, c.n);
	}
}

static enum column_class
class_of_type(const char *type)
{
	static const char *const
	    integer[] = { "integer", "bigint", "smallint", NULL },
	    *const boolean[] = { "boolean", NULL }, *const json[] = { "jsonb", "json", NULL },
	    *const stamp[] = { "timestamp with time zone", "timestamp without time zone", NULL };

	return is_type(type, integer) ? CLASS_INTEGER :
	    is_type(type, boolean)    ? CLASS_BOOLEAN :
	    is_type(type, json)       ? CLASS_JSON :
	    is_type(type, stamp)      ? CLASS_TIME :
					CLASS_TEXT;
}

static int
put_row(struct cat *k, unsigned archive, const struct record *r)
{
	const struct table *t = archive_table_of(k->ev->archive[archive], r->source);
	struct view *v = reading_view(&k->r, archive, r, &k->ev->err);
	struct buf *b = &k->out;
	struct aside_item i;

	if (v == NULL)
		return -1;
	buf_byte(b, '{');
	/* columns as the input had them, under their own names; those that it lacked are not
	 * printed */
	for (unsigned c = 0; t && c < t->n; c++) {
		unsigned known = t->col[c].known;
		struct view_cell x = known ? view_column(v, known) : view_extra(v, c);

		if (x.state == VIEW_ABSENT)
			continue;
		put_name(
		    b, known && known != COL_CLUSTER ? column_info[known].name : t->col[c].name);
		put_value(b, x, known ? column_info[known].class : class_of_type(t->col[c].type));
	}
	/* what no column says: which version it contradicts, and in what */
	if (r->kind == KIND_CONFLICT && aside_find(r, TAG_CONFLICT, &i) && i.n >= 8) {
		put_name(b, "_conflicts_with_position");
		buf_printf(b, "%" PRIu64, load_be(i.p, 8));
		put_name(b, "_differing");
		text_json(b, i.p + 8, i.n - 8);
	}
	/* the digest of what was withheld, for whoever has the original */
	if (r->flags & FLAG_WITHHELD) {
		char hex[65];

		hex_of(r->body_digest, 32, hex);
		put_name(b, "_withheld_digest");
		text_json(b, hex, 64);
	}
	buf_str(b, "}\n");
	return 0;
}

/* Rejects: the input as it stood, in base64 where it is not text. */
static void
put_reject(struct cat *k, const struct record *r)
{
	struct aside_item i;
	struct emit e;

	emit_init(&e, &k->out);
	emit_object(&e, NULL);
	emit_u64(&e, "position", r->position);
	emit_u64(&e, "source", r->source);
	emit_u64(&e, "ordinal", r->ordinal);
	/* what could be read of it */
	if (!(r->flags & FLAG_ID_ABSENT))
		emit_uuid(&e, "event_id", r->id);
	if (aside_find(r, TAG_PLACE, &i))
		emit_text(&e, "place", (const char *)i.p, i.n);
	if (aside_find(r, TAG_REASON, &i))
		emit_text(&e, "reason", (const char *)i.p, i.n);
	if (aside_find(r, TAG_CHUNK, &i) && i.n == 5) {
		emit_u64(&e, "chunk", load_be(i.p, 4));
		emit_bool(&e, "last", i.p[4]);
	}
	/* input that is no text is not made one */
	if (utf8_valid(r->body, r->body_len))
		emit_text(&e, "verbatim", (const char *)r->body, r->body_len);
	else
		emit_base64(&e, "verbatim_base64", (const char *)r->body, r->body_len);
	emit_end(&e);
	buf_byte(&k->out, '\n');
}

static int
put_record(struct cat *k, unsigned archive, const struct record *r)
{
	int rc = 0;

	if (r->kind != k->kind)
		return 0;
	buf_clear(&k->out);
	if (record_event_like(r)) {
		rc = put_row(k, archive, r);
	} else if (r->kind == KIND_REJECT) {
		put_reject(k, r);
	} else {
		put_token(&k->out, (const char *)r->body, r->body_len);
		buf_byte(&k->out, '\n');
	}
	if (k->out.failed)
		return err_nomem(&k->ev->err);
	fwrite(k->out.p, 1, k->out.len, stdout);
	return ferror(stdout) ?
	    err_set(&k->ev->err, EX_IO_ERR, "standard output cannot be written") :
	    rc;
}

/* 0: there is no kind of that name. */
static uint8_t
kind_named(const char *word)
{
	static const char *const name[] = { "", "event", "reject", "context", "manifest",
		"conflict", "dead-letter" };

	for (uint8_t k = 1; k <= KIND_DEAD_LETTER; k++)
		if (strcmp(word, name[k]) == 0)
			return k;
	return 0;
}

int
cmd_cat(const struct cli *c)
{
	const char *kind = cli_get(c, "kind"), *id = cli_get(c, "id");
	struct evidence ev;
	struct cat k = { .ev = &ev, .kind = KIND_EVENT };
	struct catalog cat = { 0 };
	const struct correlation *corr;
	const struct record *rec;
	int status, rc = 0;

	/* the word is looked up before the archive is opened */
	if (kind && (k.kind = kind_named(kind)) == 0)
		return cli_usage(
		    c, "--kind: want event, reject, context, manifest, conflict or dead-letter");
	if ((status = evidence_open(&ev, c, NULL))) {
		evidence_close(&ev);
		return status;
	}
	buf_init(&k.out, 1u << 28);
	if (reading_init(&k.r, ev.archive, ev.n, &ev.findings, &ev.err)) {
		status = cli_fail(c, &ev.err);
		goto out;
	}
	/* one correlation by the index, all records otherwise */
	if (id) {
		if (catalog_load_some(&cat, &k.r, &id, 1, &ev.err) ||
		    catalog_find(&cat, &k.r, id, &corr, &ev.err)) {
			status = cli_fail(c, &ev.err);
			goto out;
		}
		for (unsigned i = 0; i < corr->n_at && rc == 0; i++)
			if (reading_record(&k.r, corr->at[i].archive, corr->at[i].position, &rec,
				&ev.err) == 0)
				rc = put_record(&k, corr->at[i].archive, rec);
	} else {
		for (unsigned a = 0; a < ev.n && rc == 0; a++)
			for (uint64_t p = archive_first(ev.archive[a]);
			     archive_counts(ev.archive[a]) && p < archive_next(ev.archive[a]) &&
			     rc == 0;
			     p++) {
				int got = reading_record(&k.r, a, p, &rec, &ev.err);

				if (got > 0)
					/* damaged: go on behind it */
					p = archive_end_of_block(ev.archive[a], p);
				else
					rc = got ? got : put_record(&k, a, rec);
			}
	}
	status = ev.err.status ? cli_fail(c, &ev.err) : evidence_banner(&ev);
out:
	catalog_release(&cat);
	reading_release(&k.r);
	buf_release(&k.out);
	evidence_close(&ev);
	return status;
}
