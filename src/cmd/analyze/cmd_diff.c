/* diff: rebuilt RemediationRequests beside the objects that were (rebuild.md B-12). */
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/limits.h"
#include "base/text.h"
#include "base/vec.h"
#include "cmd/analyze/analyze.h"
#include "objects/objects.h"
#include "rebuild/diff.h"
#include "yaml/yaml.h"

#define SHOWN 200u /* bytes of a value on the screen */

struct object { /* one of the collection, or of --with */
	struct buf json;
	char *name;
	bool other_kind; /* than RemediationRequest */
	unsigned archive;
	uint64_t position;
};

struct differing {
	const struct cli *c;
	struct browse b;
	bool json, lines;
	const char *with; /* a file, or NULL: the collection's */
	struct object *object;
	size_t n, cap;
	unsigned compared, differing;
	bool first; /* of the JSON list */
	struct buf out;
};

/* Keeps requests of the collection, with --id only those that are asked for by name. */
static int
keep(void *arg, const struct collected *c)
{
	struct differing *x = arg;
	struct object o = { .archive = c->archive, .position = c->position };
	uint32_t name;
	void *p;

	if (c->doc == NULL || c->kind.n != 18 || memcmp(c->kind.p, "RemediationRequest", 18))
		return 0;
	/* without a name, or with a NUL in it, it is no object of a cluster */
	name = json_path(c->doc, c->at, "metadata.name");
	if (name == JSON_NONE || c->doc->node[name].type != JSON_STRING ||
	    memchr(json_str(c->doc, name), '\0', c->doc->node[name].str_len))
		return 0;
	if (x->n == x->cap) {
		if ((p = vec_resize(x->object, x->cap * 2 + 16, sizeof *x->object)) == NULL)
			return -1;
		x->object = p;
		x->cap = x->cap * 2 + 16;
	}
	/* a copy: the document goes with the next record */
	buf_init(&o.json, EX_MAX_BODY);
	buf_put(&o.json, json_src(c->doc, c->at), c->doc->node[c->at].src_len);
	if ((o.name = strndup(json_str(c->doc, name), c->doc->node[name].str_len)) == NULL ||
	    o.json.failed) {
		free(o.name);
		buf_release(&o.json);
		return -1;
	}
	x->object[x->n++] = o;
	return 0;
}

static void
put_value(struct buf *b, struct str v)
{
	if (v.p == NULL)
		buf_str(b, "nothing");
	else
		text_plain(b, v.p, v.n > SHOWN ? SHOWN : v.n);
	if (v.n > SHOWN)
		buf_printf(b, "… (%zu bytes)", v.n);
}

static void
print_text(struct differing *x, const struct correlation *corr, const char *object,
    const struct object_diffs *d, bool whole)
{
	struct buf *b = &x->out;
	int class = -1;
	char id[37];

	text_plain(b, corr->text, corr->n);
	buf_str(b, diff_differs(d) ? ": DIFFERS from " : ": AS ITS EVENTS TELL, in ");
	text_plain(b, object, strlen(object));
	/* an object is held against what its events tell, which may be a part */
	if (!whole)
		buf_str(b,
		    "\n  its first event is not here: what differs, or only the object has, may be "
		    "told by events that are not here either");
	buf_printf(b, "\n  %zu values equal", d->same);
	for (int k = 0; k < OBJ_DIFFERENCES; k++)
		/* equal values are counted, the others named */
		buf_printf(b, ", %zu %s", d->counted[k], object_difference_name[k]);
	buf_byte(b, '\n');
	for (size_t i = 0; i < d->n; i++) {
		const struct object_diff *p = &d->d[i];

		/* in the order of the classes, each with its meaning once */
		if ((int)p->class != class)
			buf_printf(b, "\n  %s: %s\n", object_difference_name[p->class],
			    object_difference_meaning[p->class]);
		class = (int)p->class;
		buf_str(b, "    ");
		text_plain(b, p->path.p, p->path.n);
		/* what no event carries cannot differ */
		if (p->class == OBJ_NOT_IN_EVENTS) {
			buf_printf(b, " (%s)\n", p->reason);
			continue;
		}
		buf_str(b, "\n      by its events  ");
		put_value(b, p->rebuilt);
		if (p->origin) {
			uuid_of(p->origin->by->id, id);
			buf_printf(b, "  (%s, %s @%" PRIu64 ")", grade_name[p->origin->grade], id,
			    p->origin->by->position);
		}
		buf_str(b, "\n      in the object  ");
		put_value(b, p->object);
		if (p->manager.p) {
			buf_str(b, "  (set by ");
			text_plain(b, p->manager.p, p->manager.n);
			buf_byte(b, ')');
		}
		buf_byte(b, '\n');
	}
	buf_byte(b, '\n');
}

static void
put_json_value(struct emit *e, const char *name, struct str v)
{
	if (v.p)
		emit_raw(e, name, v.p, v.n);
	else
		emit_null(e, name);
}

/* A difference with both values, as they stand. */
static void
put_difference(struct emit *e, const struct object_diff *p)
{
	emit_object(e, NULL);
	emit_str(e, "class", object_difference_name[p->class]);
	emit_text(e, "path", p->path.p, p->path.n);
	put_json_value(e, "rebuilt", p->rebuilt);
	put_json_value(e, "object", p->object);
	if (p->origin) {
		emit_str(e, "grade", grade_name[p->origin->grade]);
		emit_uuid(e, "event_id", p->origin->by->id);
		emit_u64(e, "position", p->origin->by->position);
	}
	if (p->reason)
		emit_str(e, "reason", p->reason);
	if (p->manager.p)
		emit_text(e, "set_by", p->manager.p, p->manager.n);
	emit_end(e);
}

static void
print_json(struct differing *x, const struct correlation *corr, const char *object,
    const struct object_diffs *d, bool whole)
{
	struct emit e;

	if (!x->lines && !x->first)
		buf_byte(&x->out, ',');
	x->first = false;
	emit_init(&e, &x->out);
	emit_object(&e, NULL);
	emit_text(&e, "correlation_id", corr->text, corr->n);
	emit_str(&e, "object", object);
	emit_bool(&e, "partial", !whole);
	emit_object(&e, "counts");
	emit_u64(&e, "equal", d->same);
	for (int k = 0; k < OBJ_DIFFERENCES; k++)
		emit_u64(&e, object_difference_name[k], d->counted[k]);
	emit_end(&e);
	emit_array(&e, "differences");
	for (size_t i = 0; i < d->n; i++)
		put_difference(&e, &d->d[i]);
	emit_end(&e);
	emit_end(&e);
	if (x->lines)
		buf_byte(&x->out, '\n');
}

/* One remediation held against one object. 0, or the exit status (err set). */
static int
hold(
    struct differing *x, const struct correlation *corr, const struct buf *json, const char *object)
{
	struct err *e = &x->b.ev.err;
	struct object_diffs d;
	struct rebuilt_rr rr;
	struct story s = { 0 };
	char why[200] = "";
	int rc;

	/* the story, then the object that it makes, then the one that was given */
	memset(&d, 0, sizeof d);
	rebuilt_init(&rr);
	if (story_load(&s, &x->b.r, corr, e) == 0) {
		rc = rebuild_rr(&rr, &s, corr, &(struct rebuild_wish){ .partial = true }, e);
		if (rc > 0)
			/* an object without a beginning has no name to compare by */
			err_set(e, EX_DATA_ERR, "%.200s: no event of it is here", corr->text);
		else if (rc == 0 && (rc = diff_objects(&d, &rr, json->p, json->len, why)) < 0)
			err_nomem(e);
		else if (rc > 0)
			err_set(e, EX_DATA_ERR, "%.300s: %.200s", object, why);
	}
	/* nothing of a comparison that failed is printed */
	if (e->status == 0) {
		x->compared++;
		x->differing += diff_differs(&d);
		buf_clear(&x->out);
		if (x->json)
			print_json(x, corr, object, &d, rr.whole);
		else
			print_text(x, corr, object, &d, rr.whole);
		fwrite(x->out.p, 1, x->out.len, stdout);
		if (x->out.failed)
			err_nomem(e);
	}
	diff_release(&d);
	rebuilt_release(&rr);
	story_release(&s);
	return e->status;
}

static bool
named(const struct object *o, const struct correlation *corr)
{
	return o->name && strlen(o->name) == corr->n && memcmp(o->name, corr->text, corr->n) == 0;
}

/* The file's only object, whatever its name, or of several the last one that has the
 * remediation's. */
static int
with_file(void *arg, struct browse *b, const struct correlation *corr)
{
	struct differing *x = arg;
	const struct object *found = x->n == 1 ? x->object : NULL, *o;
	struct buf names;

	for (size_t i = 0; i < x->n && x->n > 1; i++) {
		o = &x->object[i];
		if (!named(o, corr) || o->other_kind)
			continue;
		/* which of two is meant, nobody can tell */
		if (found &&
		    (found->json.len != o->json.len ||
			memcmp(found->json.p, o->json.p, o->json.len))) {
			err_set(&b->ev.err, EX_DATA_ERR,
			    "--with %.200s holds two objects named %.200s that are not the same: "
			    "leave the one that is meant",
			    x->with, corr->text);
			return EX_DATA_ERR;
		}
		found = o;
	}
	if (found && found->name && !named(found, corr))
		cli_note(x->c,
		    "--with %.200s: its object is named %.200s, not %.200s: they are held against "
		    "each other as you asked",
		    x->with, found->name, corr->text);
	if (found)
		return hold(x, corr, &found->json, x->with);
	buf_init(&names, 500);
	for (size_t i = 0; i < x->n && i < 5; i++)
		buf_printf(&names, "%s%.80s", i ? ", " : "",
		    x->object[i].name ? x->object[i].name : "one without a name");
	buf_byte(&names, '\0');
	err_set(&b->ev.err, EX_DATA_ERR,
	    "--with %.200s holds %zu objects, and none is named %.200s; there are: %.400s%s",
	    x->with, x->n, corr->text, names.p ? (char *)names.p : "",
	    x->n > 5 ? " and others" : "");
	buf_release(&names);
	return EX_DATA_ERR;
}

/* Does a line begin an object of Kubernetes, or a list of them, in YAML or JSON? */
static bool
begins_object(const char *p, size_t n)
{
	static const char *const head[] = { "{", "[", "---", "#", "%YAML", "- ",
		"apiVersion:", "kind:", "metadata:", "spec:", "status:", "items:", "\"" };

	for (unsigned i = 0; i < sizeof head / sizeof *head; i++)
		if (n >= strlen(head[i]) && memcmp(p, head[i], strlen(head[i])) == 0)
			return true;
	return false;
}

/* How many bytes of lines on top are the words of a tool, such as kubectl's warnings. */
static size_t
words_on_top(const char *p, size_t n)
{
	size_t at = 0, len;
	const char *nl;

	while (at < n && !begins_object(p + at, n - at)) {
		if ((nl = memchr(p + at, '\n', n - at)) == NULL)
			return 0;
		len = (size_t)(nl - (p + at));
		/* a member of its own, or a line of YAML that goes on: no words */
		if (len && (p[at] == ' ' || p[at] == '\t'))
			return 0;
		at += len + 1;
	}
	return at < n ? at : 0;
}

/* The unit of an escape's four digits. */
static bool
unit_at(const char *p, uint32_t *ret)
{
	*ret = 0;
	for (unsigned i = 0; i < 4; i++) {
		if (!isxdigit((unsigned char)p[i]))
			return false;
		*ret = *ret << 4 |
		    (uint32_t)(isdigit((unsigned char)p[i]) ? p[i] - '0' : (p[i] | 32) - 'a' + 10);
	}
	return true;
}

/* JSON writes characters beyond the first 65,536 as two escapes, which YAML does not have: they
 * become what they say. out is as long as the text at most. */
static void
join_surrogates(const char *p, size_t n, struct buf *out)
{
	uint32_t high, low;

	for (size_t i = 0; i < n; i++) {
		if (p[i] != '\\' || i + 1 == n) {
			buf_byte(out, (unsigned char)p[i]);
			continue;
		}
		if (p[i + 1] == 'u' && n - i >= 12 && p[i + 6] == '\\' && p[i + 7] == 'u' &&
		    unit_at(p + i + 2, &high) && unit_at(p + i + 8, &low) &&
		    (high & 0xfc00) == 0xd800 && (low & 0xfc00) == 0xdc00) {
			uint32_t cp = 0x10000 + ((high & 0x3ff) << 10) + (low & 0x3ff);

			buf_byte(out, 0xf0 | cp >> 18);
			buf_byte(out, 0x80 | (cp >> 12 & 0x3f));
			buf_byte(out, 0x80 | (cp >> 6 & 0x3f));
			buf_byte(out, 0x80 | (cp & 0x3f));
			i += 11;
			continue;
		}
		buf_put(out, p + i, 2);
		i++;
	}
}

/* One more object of --with. 0 or -1: no memory. */
static int
keep_one(struct differing *x, struct json_doc *d, uint32_t at)
{
	struct object o = { .archive = 0 };
	uint32_t name = json_path(d, at, "metadata.name"), kind;
	void *p;

	if (x->n == x->cap) {
		if ((p = vec_resize(x->object, x->cap * 2 + 16, sizeof *x->object)) == NULL)
			return -1;
		x->object = p;
		x->cap = x->cap * 2 + 16;
	}
	if (name != JSON_NONE && d->node[name].type == JSON_STRING &&
	    (o.name = strndup(json_str(d, name), d->node[name].str_len)) == NULL)
		return -1;
	if ((kind = json_path(d, at, "kind")) != JSON_NONE && d->node[kind].type == JSON_STRING)
		o.other_kind = d->node[kind].str_len != 18 ||
		    memcmp(json_str(d, kind), "RemediationRequest", 18) != 0;
	buf_init(&o.json, EX_MAX_BODY);
	buf_put(&o.json, json_src(d, at), d->node[at].src_len);
	x->object[x->n++] = o;
	return o.json.failed ? -1 : 0;
}

/* What people wrap an object in, taken off layer by layer; each text borrows one of these. */
struct unwrapping {
	struct buf decoded, unwrapped, joined;
};

static struct str
unwrap(struct unwrapping *u, struct differing *x, struct str s)
{
	size_t top;

	/* kubectl's output is often kept in base64 */
	buf_init(&u->decoded, s.n + 16);
	if (text_unbase64(s.p, s.n, &u->decoded))
		s = str_in(&u->decoded);
	/* a byte order mark and UTF-16 hide how it begins; what is neither is told by the reader */
	buf_init(&u->unwrapped, 2 * s.n + 16);
	if (text_unwrap(s.p, s.n, &u->unwrapped) && !u->unwrapped.failed && u->unwrapped.len)
		s = str_in(&u->unwrapped);
	top = words_on_top(s.p, s.n);
	if (top)
		cli_note(x->c,
		    "--with %.300s: words of a tool on top, %zu bytes, are no part of the object "
		    "and were left out",
		    x->with, top);
	s = (struct str){ s.p + top, s.n - top };
	buf_init(&u->joined, s.n + 16);
	if (s.n && (*s.p == '{' || *s.p == '[')) {
		join_surrogates(s.p, s.n, &u->joined);
		s = str_in(&u->joined);
	}
	return s;
}

static void
unwrapping_release(struct unwrapping *u)
{
	buf_release(&u->decoded);
	buf_release(&u->unwrapped);
	buf_release(&u->joined);
}

/* An item of a list, a list of items, or the object itself; an empty document between two others
 * is none. 0, 1 (e), -1. */
static int
keep_document(struct differing *x, struct json_doc *d, uint32_t i, struct err *e)
{
	uint32_t items = d->node[i].type == JSON_OBJECT ? json_member(d, i, "items") :
	    d->node[i].type == JSON_ARRAY               ? i :
							  JSON_NONE;
	int rc = 0;

	if (items != JSON_NONE && d->node[items].type == JSON_ARRAY) {
		for (uint32_t k = d->node[items].first; k != JSON_NONE && rc == 0;
		     k = d->node[k].next)
			rc = d->node[k].type == JSON_OBJECT ? keep_one(x, d, k) : 0;
		return rc;
	}
	if (d->node[i].type == JSON_OBJECT)
		return keep_one(x, d, i);
	return d->node[i].type == JSON_NULL ?
	    0 :
	    err_set(e, EX_DATA_ERR, "--with %.300s: want an object of Kubernetes, YAML or JSON",
		x->with);
}

/* The objects of --with: one, several documents, a List of kubectl, or an array; empty documents
 * are none. 0 or -1 (e). */
static int
keep_with(struct differing *x, const char *text, size_t n, struct err *e)
{
	struct unwrapping u;
	struct json_doc d;
	struct buf json;
	struct str s;
	char why[200];
	unsigned documents;
	int rc;

	json_init(&d);
	buf_init(&json, 2 * EX_MAX_BODY);
	s = unwrap(&u, x, (struct str){ text, n });
	if ((rc = yaml_all_to_json(s.p, s.n, &json, &documents, why)) > 0) {
		err_set(e, EX_DATA_ERR, "--with %.300s: %.200s", x->with, why);
	} else if (rc == 0 && (rc = json_parse(&d, (char *)json.p, json.len, YAML_DEPTH + 2)) > 0) {
		err_set(e, EX_DATA_ERR, "--with %.300s: %.200s", x->with, d.why);
	}
	for (uint32_t i = rc ? JSON_NONE : d.node[0].first; i != JSON_NONE && rc == 0;
	     i = d.node[i].next)
		rc = keep_document(x, &d, i, e);
	if (rc == 0 && x->n == 0)
		rc = err_set(e, EX_DATA_ERR, "--with %.300s: no object in it", x->with);
	if (rc < 0 && e->status == 0)
		err_nomem(e);
	json_release(&d);
	buf_release(&json);
	unwrapping_release(&u);
	return rc ? -1 : 0;
}

/* The newest object of the name; the collection may hold several. */
static int
with_collected(void *arg, struct browse *b, const struct correlation *corr)
{
	struct differing *x = arg;
	const struct object *found = NULL;
	char place[128];

	for (size_t i = 0; i < x->n; i++)
		if (named(&x->object[i], corr))
			found = &x->object[i];
	if (found == NULL)
		return err_set(&b->ev.err, EX_NO_SUCH,
			   "%.200s: no RemediationRequest of that name stands in the collection "
			   "(exhibit cat --kind context)",
			   corr->text),
		       EX_NO_SUCH;
	snprintf(place, sizeof place, "the collection, position %" PRIu64, found->position);
	return hold(x, corr, &found->json, place);
}

/* All objects of the collection whose events are here; the others are counted. */
static int
all_collected(struct differing *x)
{
	const struct correlation **order = browse_log_order(&x->b);
	struct err *e = &x->b.ev.err;
	size_t met = 0;

	for (unsigned i = 0; order && i < x->b.cat.n && e->status == 0; i++) {
		bool there = false;

		for (size_t k = 0; k < x->n && !there; k++)
			there = named(&x->object[k], order[i]);
		met += there;
		if (there)
			with_collected(x, &x->b, order[i]);
	}
	if (order == NULL)
		err_nomem(e);
	free(order);
	cli_note(x->b.ev.c,
	    "%zu objects in the collection, %zu remediations of them with events; %u "
	    "compared, %u differ",
	    x->n, met, x->compared, x->differing);
	return e->status ? cli_fail(x->b.ev.c, e) : evidence_banner(&x->b.ev);
}

int
cmd_diff(const struct cli *c)
{
	const char *id = cli_get(c, "id");
	struct differing x = { .c = c,
		.json = c->form == OUT_JSON || c->form == OUT_JSONL,
		.lines = c->form == OUT_JSONL,
		.with = cli_get(c, "with"),
		.first = true };
	bool collected = cli_get(c, "with-collected") != NULL;
	struct err e = { 0 };
	char *text = NULL;
	size_t n = 0;
	int status;

	/* one way to name the object, and one only */
	if (c->n_args == 0 || (x.with == NULL) == !collected || (x.with && id == NULL))
		return cli_usage(
		    c, "diff wants an archive, and --id ID with --with FILE, or --with-collected");
	if (x.with && (text = file_slurp(x.with, EX_MAX_BODY, &n, &e)) == NULL)
		return cli_fail(c, &e);
	buf_init(&x.out, 256u << 20);
	if ((status = browse_open(&x.b, c, NULL)) != 0)
		goto done;
	/* what the file holds is parsed behind the sandbox */
	if (x.with && keep_with(&x, text, n, &x.b.ev.err)) {
		status = cli_fail(c, &x.b.ev.err);
		goto done;
	}
	if (collected && objects_each(&x.b.r, keep, &x, &x.b.ev.err)) {
		status = cli_fail(c, &x.b.ev.err);
		goto done;
	}
	if (x.json && !x.lines)
		evidence_begin_list("remediations");
	status = x.with ? browse_ids(&x.b, with_file, &x) :
	    id          ? browse_ids(&x.b, with_collected, &x) :
			  all_collected(&x);
	if (x.json && !x.lines)
		evidence_end_list(&x.b.ev);
	if (status == 0 && x.differing)
		status = EX_DIFFERENCES;
done:
	for (size_t i = 0; i < x.n; i++) {
		free(x.object[i].name);
		buf_release(&x.object[i].json);
	}
	free(x.object);
	free(text);
	buf_release(&x.out);
	browse_close(&x.b);
	return status;
}
