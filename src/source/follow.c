/* A file that follows its source: its poll records, and taking up again what such a file holds
 * (archive.md C-19, record.md R-15 `poll`, R-16). */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/vec.h"
#include "json/emit.h"
#include "source/session.h"

int
session_poll(struct session *s, const char *at, const struct buf *snapshot, const struct buf *swept,
    const char *server, const struct buf *database, struct err *e)
{
	struct emit x;
	struct buf b;
	int rc;

	buf_init(&b, EX_MAX_BODY);
	emit_init(&x, &b);
	emit_object(&x, NULL);
	emit_str(&x, "context", "poll");
	emit_u64(&x, "input", s->in->source);
	emit_str(&x, "at", at);
	/* both end with a NUL that is no part of them */
	emit_text(&x, "snapshot", (const char *)snapshot->p, snapshot->len ? snapshot->len - 1 : 0);
	emit_text(&x, "swept", (const char *)swept->p, swept->len ? swept->len - 1 : 0);
	emit_str(&x, "server", server);
	emit_u64(&x, "rows", s->in->rows);
	emit_u64(&x, "repeats", s->in->repeats);
	if (database)
		emit_ours(&x, "database", database->p, database->len);
	emit_end(&x);
	rc = session_plain(s, KIND_CONTEXT, s->in->source, 0, &b, NULL, e);
	buf_release(&b);
	return rc;
}

struct reloading {
	struct session *s;
	struct followed *f;
	struct json_doc d;
};

static int
malformed(struct err *e)
{
	return err_set(
	    e, EX_DATA_ERR, "a context record of the file to be gone on with is malformed [R-15]");
}

static void
take_text(struct buf *to, const struct json_doc *d, const char *name)
{
	uint32_t m = json_member(d, 0, name);

	buf_clear(to);
	if (m != JSON_NONE && d->node[m].type == JSON_STRING)
		buf_put(to, json_str(d, m), d->node[m].str_len);
	buf_byte(to, '\0');
}

/* Room for a source number; tables and inputs count together. */
static int
reach(struct session *s, uint32_t source, struct table *t, struct err *e)
{
	struct table **p;

	if (source != s->n_tables + 1 || (p = vec_resize(s->tables, source, sizeof *p)) == NULL) {
		table_free(t);
		return malformed(e);
	}
	s->tables = p;
	s->tables[s->n_tables++] = t;
	s->next_source = source + 1;
	return 0;
}

static int
input_begins(struct reloading *x, struct err *e)
{
	struct followed *f = x->f;
	uint64_t source;

	if (!json_u64(&x->d, 0, "source", &source) || reach(x->s, (uint32_t)source, NULL, e))
		return malformed(e);
	input_release(&f->in);
	memset(&f->in, 0, sizeof f->in);
	take_text(&f->path, &x->d, "path");
	f->in.source = (uint32_t)source;
	f->in.kind = INPUT_POSTGRES;
	return 0;
}

static int
polled(struct reloading *x, struct err *e)
{
	struct followed *f = x->f;
	uint32_t m = json_member(&x->d, 0, "database");

	take_text(&f->snapshot, &x->d, "snapshot");
	take_text(&f->swept, &x->d, "swept");
	if (f->swept.len == 1)
		buf_clear(&f->swept);
	take_text(&f->server, &x->d, "server");
	json_u64(&x->d, 0, "rows", &f->in.rows);
	json_u64(&x->d, 0, "repeats", &f->in.repeats);
	if (m != JSON_NONE) {
		buf_clear(&f->database);
		buf_put(&f->database, json_src(&x->d, m), x->d.node[m].src_len);
	}
	return f->snapshot.failed || f->swept.failed || f->server.failed || f->database.failed ?
	    err_nomem(e) :
	    0;
}

static int
context(struct reloading *x, const struct record *r, struct err *e)
{
	static const char head[] = "{\"context\":\"";
	const char *p = (const char *)r->body + sizeof head - 1;
	struct session *s = x->s;
	struct table *t;

	if (r->body_len < sizeof head + 12 || memcmp(r->body, head, sizeof head - 1))
		return 0;
	if (strncmp(p, "row\"", 4) == 0) {
		x->f->in.contexts++;
		return r->source && r->source <= s->n_tables && s->tables[r->source - 1] ?
		    session_count(s, s->tables[r->source - 1]->name, true, 1, e) :
		    0;
	}
	if (strncmp(p, "input-start\"", 12) && strncmp(p, "input-end\"", 10) &&
	    strncmp(p, "table\"", 6) && strncmp(p, "poll\"", 5))
		return 0;
	if (json_parse(&x->d, (const char *)r->body, r->body_len, 64))
		return malformed(e);
	if (p[0] == 'p')
		return polled(x, e);
	if (p[0] == 't') {
		if ((t = table_of_json(&x->d, 0)) == NULL || reach(s, t->source, t, e))
			return malformed(e);
		return writer_note_table(s->w, r->body, r->body_len, e);
	}
	if (p[6] == 's')
		return input_begins(x, e);
	buf_clear(&x->f->path);
	return writer_note_input(s->w, r->body, r->body_len, e);
}

static int
told(void *arg, const struct record *r, struct err *e)
{
	struct reloading *x = arg;
	struct session *s = x->s;
	struct input *in = &x->f->in;

	s->in = in;
	switch (r->kind) {
	case KIND_CONTEXT:
		return context(x, r, e);
	case KIND_EVENT:
		in->events++;
		newest_add(&s->written, r);
		break;
	case KIND_CONFLICT:
		in->conflicts++;
		break;
	case KIND_REJECT:
		in->rejects++;
		break;
	default:
		return 0;
	}
	/* behind the last poll: counted again with the next one */
	in->rows++;
	return r->source && r->source <= s->n_tables && s->tables[r->source - 1] ?
	    session_count(s, s->tables[r->source - 1]->name, true, 1, e) :
	    0;
}

static const struct table *
table(void *arg, uint32_t source)
{
	const struct session *s = ((struct reloading *)arg)->s;

	return source && source <= s->n_tables ? s->tables[source - 1] : NULL;
}

int
session_reload(struct session *s, struct followed *f, struct err *e)
{
	struct reloading x = { .s = s, .f = f };
	struct reload to = { .record = told, .table = table, .arg = &x };
	int rc;

	memset(f, 0, sizeof *f);
	buf_init(&f->snapshot, EX_MAX_BODY);
	buf_init(&f->swept, EX_MAX_BODY);
	buf_init(&f->server, 4096);
	buf_init(&f->database, EX_MAX_BODY);
	buf_init(&f->path, 65536);
	json_init(&x.d);
	rc = writer_reload(s->w, &to, e);
	json_release(&x.d);
	s->in = NULL;
	return rc;
}

int
session_end_killed(struct session *s, struct followed *f, struct err *e)
{
	if (f->path.len == 0)
		return 0;
	f->in.path = (const char *)f->path.p;
	buf_init(&f->in.files, 64);
	buf_init(&f->in.lacks, 4096);
	buf_init(&f->in.compared, 64);
	buf_init(&f->in.collection, 64);
	buf_init(&f->in.database, EX_MAX_BODY);
	buf_put(&f->in.database, f->database.p, f->database.len);
	/* no lack of rows: the run that writes this takes up what came meanwhile */
	input_lacks(&f->in,
	    "the exporter was killed while it followed this source; another run went on where it "
	    "stood");
	s->in = &f->in;
	return session_end(s, e);
}

void
followed_release(struct followed *f)
{
	input_release(&f->in);
	buf_release(&f->snapshot);
	buf_release(&f->swept);
	buf_release(&f->server);
	buf_release(&f->database);
	buf_release(&f->path);
}
