/* reconcile: the files of a log against the source as it is now (formats/output.md O-18). */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"
#include "chain/tool_changes.h"
#include "cmd/export/export.h"
#include "cmd/version.h"

#define SHOWN 200u /* differences of a kind on the screen */

static const char *const kind_name[SOURCE_DIFFERENCES] = { "changed", "vanished", "late" };

struct reconciling {
	const struct session *s;
	bool json;
	uint64_t count[SOURCE_DIFFERENCES];
	uint64_t runs, deleted; /* of retention, completed; rows they say they deleted */
	char last_run[64];
	struct buf out; /* differences so far */
	/* rows that a tool left otherwise, here or where they were sealed (E-13 d) */
	uint64_t by_tool;
	struct tool_changes *tools; /* NULL: none was needed yet */
};

static void
put_text(
    struct buf *b, const struct record *r, const struct record *sealed, const struct buf *columns)
{
	const struct record *shown = sealed ? sealed : r;
	char id[37];

	uuid_of(shown->id, id);
	buf_printf(b, "  event %s ", id);
	utc_print(b, UTC_REST, shown->time, 0);
	if (columns) {
		buf_str(b, "  columns ");
		text_plain(b, columns->p, columns->len);
	}
	if (sealed) {
		buf_printf(b, "  sealed at position %" PRIu64 ":\n    ", sealed->position);
		text_plain(b, sealed->body, sealed->body_len > 2000 ? 2000 : sealed->body_len);
		buf_str(b, sealed->body_len > 2000 ? "… (-o json has it whole)\n" : "\n");
	} else {
		buf_byte(b, '\n');
	}
}

static void
put_body(struct emit *e, const char *name, const struct record *r)
{
	if (r->body_form == BODY_VERBATIM)
		emit_text(e, name, (const char *)r->body, r->body_len);
	else
		emit_raw(e, name, (const char *)r->body, r->body_len);
}

/* An element of the list of differences. sealed, now: NULL: there is none of it. */
static void
put_difference(struct reconciling *x, enum source_difference kind, const uint8_t id[16],
    const struct record *sealed, const struct record *now, uint64_t position,
    const struct buf *columns)
{
	struct emit e;

	emit_within(&e, &x->out);
	emit_object(&e, NULL);
	emit_str(&e, "class", kind_name[kind]);
	emit_uuid(&e, "event_id", id);
	if (sealed) {
		emit_u64(&e, "position", position);
		put_body(&e, "sealed", sealed);
	}
	if (columns)
		emit_text(&e, "columns", (const char *)columns->p, columns->len);
	if (now)
		put_body(&e, "now", now);
	emit_end(&e);
}

/* Is it the sealed row, as a tool left it? 1, 0, -1: no memory. */
static int
by_tool(struct reconciling *x, const struct record *sealed, const struct record *now,
    const struct buf *columns)
{
	static const struct rows no_keys;
	char what[64];

	if (columns == NULL || columns->len == 0)
		return 0;
	if (x->tools == NULL && (x->tools = tool_changes_new(&no_keys)) == NULL)
		return -1;
	return tool_same_row(x->tools, sealed, now, (char *)columns->p, columns->len, what);
}

static int
differs(void *arg, enum source_difference kind, const struct record *now, uint64_t position,
    const struct buf *columns, struct err *e)
{
	struct reconciling *x = arg;
	const struct table *t;
	struct record sealed;
	struct buf *b = &x->out;
	int rc;

	if (kind == SOURCE_VANISHED) {
		sealed = *now;
	} else if (kind == SOURCE_CHANGED) {
		if (x->s->earlier(x->s->earlier_arg, position, &sealed, &t, e))
			return -1;
		if ((rc = by_tool(x, &sealed, now, columns)) != 0) {
			x->by_tool += rc > 0;
			return rc < 0 ? err_nomem(e) : 0;
		}
	}
	if (x->json) {
		put_difference(x, kind, now->id, kind == SOURCE_LATE ? NULL : &sealed,
		    kind == SOURCE_VANISHED ? NULL : now, position, columns);
	} else if (x->count[kind] < SHOWN) {
		buf_printf(b, "%s\n",
		    kind == SOURCE_VANISHED    ? "GONE from the source" :
			kind == SOURCE_CHANGED ? "CHANGED since it was sealed" :
						 "LATE: came after the files, with an earlier "
						 "time");
		put_text(b, now, kind == SOURCE_LATE ? NULL : &sealed, columns);
	}
	x->count[kind]++;
	return b->failed ? err_nomem(e) : 0;
}

static struct str
cell(const struct row *row, const char *name)
{
	for (unsigned i = 0; i < row->table->n; i++)
		if (strcmp(row->table->col[i].name, name) == 0 && row->cell[i].state == CELL_VALUE)
			return (struct str){ row->cell[i].p, row->cell[i].n };
	return (struct str){ "", 0 };
}

/* Runs of retention that deleted something. */
static int
context(void *arg, const struct row *row, struct err *e)
{
	struct reconciling *x = arg;
	const char *dot = strrchr(row->table->name, '.');
	struct str n, when;
	uint64_t rows = 0;

	(void)e;
	if (strcmp(dot ? dot + 1 : row->table->name, "retention_operations"))
		return 0;
	n = cell(row, "rows_deleted");
	when = cell(row, "operation_start");
	if (!dec_u64(n.p, n.n, &rows) || rows == 0)
		return 0;
	x->runs++;
	x->deleted += rows;
	if (when.n < sizeof x->last_run &&
	    (x->last_run[0] == '\0' || strncmp(when.p, x->last_run, when.n) > 0))
		snprintf(x->last_run, sizeof x->last_run, "%.*s", (int)when.n, when.p);
	return 0;
}

int
load_vkey(const char *given, struct vkey *k, struct err *e)
{
	size_t n = strlen(given);
	char *read = NULL;
	struct buf text, decoded;
	const char *p;
	int rc = -1;

	buf_init(&text, 2 * 65536 + 16);
	if ((strchr(given, '+') == NULL || access(given, R_OK) == 0) &&
	    (read = file_slurp(given, 65536, &n, e)) == NULL)
		return -1;
	if (!text_unwrap(read ? read : given, n, &text))
		err_set(e, EX_DATA_ERR, "--vkey %.200s: it looks like UTF-16, and is not", given);
	buf_init(&decoded, 2 * 65536 + 16);
	if (text_unbase64(text.p, text.len, &decoded)) {
		buf_clear(&text);
		buf_put(&text, decoded.p, decoded.len);
	}
	buf_release(&decoded);
	buf_byte(&text, '\0');
	p = (char *)text.p;
	if (e->status == 0 && text.failed)
		err_nomem(e);
	if (e->status == 0) {
		p += strspn(p, " \t\r\n");
		n = strlen(p);
		while (n && strchr(" \t\r\n", p[n - 1]))
			n--;
		rc = vkey_parse(k, p, n, e);
	}
	free(read);
	buf_release(&text);
	return rc;
}

/* What of the source, and of what was sealed, was not held against the other: O-18. */
struct outcome {
	/* unseen: sealed rows that this source would not show if they were there */
	uint64_t differences, unseen;
	/* rows of the source that are no events, though it is known which: changed or not cannot
	 * be told */
	uint64_t unread;
	bool part;      /* rows are known to be missing from the source itself */
	bool gone_told; /* what is gone can be told, of some rows at least */
};

/* One list of all inputs. */
static void
put_lists(struct emit *e, const char *name, const struct arguments *all, bool lacks)
{
	emit_array(e, name);
	for (unsigned i = 0; i < all->n; i++) {
		const struct buf *b = lacks ? &all->a[i].in.lacks : &all->a[i].in.compared;

		emit_list(e, b->p, b->len);
	}
	emit_end(e);
}

static uint64_t
rows_of(const struct arguments *all)
{
	uint64_t n = 0;

	for (unsigned i = 0; i < all->n; i++)
		n += all->a[i].in.rows;
	return n;
}

static void
print_json(const struct reconciling *x, const struct arguments *all, const char *source,
    unsigned files, const struct outcome *o)
{
	struct emit e;
	struct buf b;

	buf_init(&b, 1u << 31);
	emit_init(&e, &b);
	emit_object(&e, NULL);
	emit_str(&e, "source", source);
	emit_u64(&e, "files", files);
	emit_u64(&e, "rows", rows_of(all));
	emit_object(&e, "counts");
	if (o->gone_told)
		emit_u64(&e, "vanished", x->count[SOURCE_VANISHED]);
	else
		emit_null(&e, "vanished");
	emit_u64(&e, "changed", x->count[SOURCE_CHANGED]);
	emit_u64(&e, "late", x->count[SOURCE_LATE]);
	emit_u64(&e, "not_looked_at", o->unseen + o->unread);
	emit_end(&e);
	emit_u64(&e, "by_tool", x->by_tool);
	emit_object(&e, "retention");
	emit_u64(&e, "runs", x->runs);
	emit_u64(&e, "rows_deleted", x->deleted);
	emit_str(&e, "last", x->runs ? x->last_run : NULL);
	emit_end(&e);
	put_lists(&e, "lacks", all, true);
	put_lists(&e, "compared", all, false);
	/* the differences may be as long as memory is: they are not copied */
	emit_array(&e, "differences");
	fwrite(b.p, 1, b.len, stdout);
	fwrite(x->out.p, 1, x->out.len, stdout);
	buf_clear(&b);
	emit_end(&e);
	emit_end(&e);
	buf_byte(&b, '\n');
	fwrite(b.p, 1, b.len, stdout);
	buf_release(&b);
}

static void
print(const struct reconciling *x, const struct arguments *all, const char *source, unsigned files,
    const struct outcome *o)
{
	const char *head = o->differences     ? "THE SOURCE DIFFERS from what was sealed" :
	    o->unseen || o->unread || o->part ? "A PART of the source was held against what was "
						"sealed" :
						"NOTHING DIFFERS from what was sealed";

	if (x->json) {
		print_json(x, all, source, files, o);
		return;
	}
	printf("%s: %" PRIu64 " row%s against %u file%s: ", head, rows_of(all),
	    rows_of(all) == 1 ? "" : "s", files, files == 1 ? "" : "s");
	if (o->gone_told)
		printf("%" PRIu64 " gone, ", x->count[SOURCE_VANISHED]);
	printf("%" PRIu64 " changed, %" PRIu64 " late", x->count[SOURCE_CHANGED],
	    x->count[SOURCE_LATE]);
	printf(o->unseen + o->unread ? ", %" PRIu64 " rows not looked at\n" : "\n",
	    o->unseen + o->unread);
	if (x->by_tool)
		printf("%" PRIu64 " rows stand otherwise here than they were sealed: with what a "
		       "tool "
		       "did undone both give the hash that the source stored, so they are the "
		       "same.\n",
		    x->by_tool);
	if (o->unread)
		printf("%" PRIu64 " rows of this source cannot be read as events, so whether they "
		       "changed "
		       "cannot be told: exhibit-export inspect names their places.\n",
		    o->unread);
	if (o->unseen)
		printf("%" PRIu64 " sealed rows are not in this source, and whether they are gone "
		       "cannot "
		       "be told from it: it is, or may be, a part (a whole dump with its end mark, "
		       "or the database, tells).\n",
		    o->unseen);
	if (x->count[SOURCE_VANISHED] && x->runs)
		printf("Runs of retention on record: %" PRIu64 ", %" PRIu64 " rows deleted, the "
		       "last on %s. They "
		       "hold counts and no ids: consistent with, never proof.\n",
		    x->runs, x->deleted, x->last_run[0] ? x->last_run : "a day not told");
	else if (x->count[SOURCE_VANISHED])
		printf("No run of retention that deleted rows is on record in this source: none "
		       "explains what is gone.\n");
	for (unsigned i = 0; i < all->n && (o->part || o->unread); i++)
		print_argument(&all->a[i]);
	printf("\n%.*s", (int)x->out.len, x->out.p ? (char *)x->out.p : "");
	for (unsigned k = 0; k < SOURCE_DIFFERENCES; k++)
		if (x->count[k] > SHOWN)
			printf("and %" PRIu64 " more %s: -o json\n", x->count[k] - SHOWN,
			    kind_name[k]);
}

/* A folder for what is read, and the path of a file in it; out[0] stays 0 where none was made. */
static int
work_folder(char folder[4000], char path[4100], struct err *e)
{
	const char *tmp = getenv("TMPDIR");

	tmp = tmp ? tmp : "/tmp";
	if (snprintf(folder, 4000, "%s/exhibit-XXXXXX", tmp) >= 4000 || mkdtemp(folder) == NULL) {
		folder[0] = '\0';
		return err_errno(e, "a folder for what is read, in %s (TMPDIR)", tmp);
	}
	snprintf(path, 4100, "%s/reconcile", folder);
	return 0;
}

/* What was and what could not be told of all that was read. */
static void
outcome_of(struct outcome *o, const struct reconciling *x, const struct session *s,
    const struct arguments *all)
{
	o->differences = x->count[0] + x->count[1] + x->count[2];
	o->unseen = s->not_looked_at;
	for (unsigned i = 0; i < all->n; i++) {
		const struct input *in = &all->a[i].in;

		/* those without an id may be the sealed rows that were not looked at, and are
		 * counted there */
		o->unread += o->unseen == 0 && in->rejects - in->strays > in->rejects_named ?
		    in->rejects - in->strays :
		    in->rejects_named;
		o->part |= in->known_lacks > 0;
	}
	o->gone_told = x->count[SOURCE_VANISHED] || o->unseen == 0;
}

/* What is not told stands on stderr, too, whatever the form. */
static void
note_part(const struct outcome *o)
{
	if (o->unseen || o->part)
		fprintf(stderr,
		    "exhibit-export: the source is, or may be, a part: %" PRIu64 " sealed rows "
		    "were not looked at, whether they are gone cannot be told\n",
		    o->unseen);
	else if (o->unread)
		fprintf(stderr,
		    "exhibit-export: %" PRIu64 " rows of the source cannot be read: whether they "
		    "changed cannot be told\n",
		    o->unread);
}

/* *ret_again: the source changed under the run, and nothing of it was told: it may be begun once
 * more. */
static int
reconcile_once(const struct cli *c, bool *ret_again)
{
	const char *source = cli_get(c, "source"), *vkey = cli_get(c, "vkey");
	struct session s = { .since = INT64_MIN,
		.until = INT64_MAX,
		.asof = INT64_MAX,
		.build = BUILD,
		.options = "{}",
		.started_at = "1970-01-01T00:00:00Z",
		.level = 1,
		.table = cli_get(c, "table") };
	struct reconciling x = { .s = &s, .json = c->form == OUT_JSON };
	struct after after = { .n = 0 };
	struct outcome o = { .differences = 0 };
	struct arguments all = { .n = 0 };
	char folder[4000] = "", path[4100];
	struct writer_options w = { .path = path, .build = BUILD, .level = 1, .threads = 2 };
	struct err e = { 0 };
	struct vkey key;
	int status = 0;

	if (c->n_args == 0 || source == NULL || vkey == NULL)
		return cli_usage(
		    c, "reconcile wants FILE.exhibit..., --source INPUT and --vkey FILE");
	buf_init(&x.out, 1u << 30);
	s.differs = differs;
	s.context = context;
	s.differs_arg = &x;
	w.history = &after.history;
	/* the log is read first, then the source as a run that goes on with it would read it */
	if (load_vkey(vkey, &key, &e) == 0 &&
	    after_open(&after, c->arg, c->n_args, &key, &e) == 0 &&
	    arguments_add(&all, source, 0, c, &e) == 0 && arguments_order(&all, &e) == 0 &&
	    work_folder(folder, path, &e) == 0 && session_init(&s, &e) == 0 &&
	    (s.w = writer_open(&w, &e)) != NULL && after_load(&after, &s, &e) == 0 &&
	    arguments_read(&all, &s, &e) == 0) {
		outcome_of(&o, &x, &s, &all);
		note_part(&o);
		print(&x, &all, all.n == 1 ? all.a[0].arg : source, c->n_args, &o);
		/* what did change stands, whatever was not looked at */
		status = o.differences             ? EX_DIFFERENCES :
		    o.unseen || o.unread || o.part ? EX_INCOMPLETE :
						     0;
	}
	*ret_again &= e.status && all.n && live_rewritten(&all.a[0].live);
	if (e.status)
		status = *ret_again && cli_get(c, "quiet") ? e.status : cli_fail(c, &e);
	writer_free(s.w, false);
	if (folder[0])
		rmdir(folder);
	after_release(&after);
	session_release(&s);
	arguments_release(&all);
	buf_release(&x.out);
	tool_changes_free(x.tools);
	return status;
}

int
cmd_reconcile(const struct cli *c)
{
	int status;
	bool again;

	for (unsigned tries = 1;; tries++) {
		again = tries < RUN_TRIES;
		status = reconcile_once(c, &again);
		if (!again)
			return status;
	}
}
