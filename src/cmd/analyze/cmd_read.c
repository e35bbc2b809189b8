/* info, show, timeline. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "cmd/analyze/analyze.h"
#include "json/emit.h"
#include "read/select.h"

static void
show_plain(const char *label, const char *p, size_t n)
{
	struct buf b;

	buf_init(&b, 1u << 20);
	text_plain(&b, p, n);
	printf("%-16s %.*s\n", label, (int)b.len, b.p ? (char *)b.p : "");
	buf_release(&b);
}

static void
show_member(const struct json_doc *m, const char *label, const char *path)
{
	uint32_t i = json_path(m, 0, path);

	if (i == JSON_NONE)
		return;
	if (m->node[i].type == JSON_STRING)
		show_plain(label, json_str(m, i), m->node[i].str_len);
	else
		show_plain(label, json_src(m, i), m->node[i].src_len);
}

/* What an input lacks, of rows or else. NULL: the manifest says nothing of it. */
static void
show_lacks(const struct told_input *in)
{
	struct buf b;

	for (uint32_t i = 0, n; in && i < in->n_lacks; i += n) {
		n = told_lack_run(in, i);
		buf_init(&b, 1u << 16);
		told_lack_say(&b, in, i, n);
		if (in->lack[i].has_rows)
			buf_printf(&b, " (%" PRIu64 " rows)", in->lack[i].rows);
		show_plain(in->lack[i].type ? "  LACKS ROWS" : "  lacks", (const char *)b.p, b.len);
		buf_release(&b);
	}
}

#define DAYS_DRAWN 60u /* marks of the line; of a longer time each stands for several days */
#define DAYS_READ 40000u

static uint64_t
sum_of_day(const struct json_doc *m, uint32_t day)
{
	uint64_t sum = 0;

	for (uint32_t t = m->node[day].first, n = 0; t != JSON_NONE && n < 10000;
	     t = m->node[t].next, n++) {
		uint64_t v;

		if (dec_u64(json_src(m, t), m->node[t].src_len, &v) && v < UINT64_MAX - sum)
			sum += v;
	}
	return sum;
}

/* The days of events as a line: a dot is a day without any. */
static void
show_days(const struct json_doc *m)
{
	static const char *const mark[] = { ".", "\xe2\x96\x81", "\xe2\x96\x82", "\xe2\x96\x83",
		"\xe2\x96\x84", "\xe2\x96\x85", "\xe2\x96\x86", "\xe2\x96\x87", "\xe2\x96\x88" };
	uint64_t sum[DAYS_DRAWN] = { 0 }, most = 0;
	int32_t first = INT32_MAX, last = INT32_MIN, day, each;
	uint32_t n = 0;
	struct buf b;

	/* first the range, so that a mark may stand for several days */
	for (uint32_t d = json_first_of(m, 0, "days"); d != JSON_NONE && n < DAYS_READ;
	     d = m->node[d].next, n++)
		if (utc_parse_date(json_name(m, d), m->node[d].name_len, false, &day) == UTC_OK) {
			first = day < first ? day : first;
			last = day > last ? day : last;
		}
	if (first > last)
		return;
	/* as many days a mark as the line has no room for */
	each = (last - first) / (int32_t)DAYS_DRAWN + 1;
	n = 0;
	for (uint32_t d = json_first_of(m, 0, "days"); d != JSON_NONE && n < DAYS_READ;
	     d = m->node[d].next, n++)
		if (utc_parse_date(json_name(m, d), m->node[d].name_len, false, &day) == UTC_OK)
			sum[(day - first) / each] += sum_of_day(m, d);
	buf_init(&b, 4096);
	utc_print_date(&b, first);
	buf_byte(&b, ' ');
	/* heights are relative to the busiest */
	for (int32_t i = 0; i <= (last - first) / each; i++)
		most = sum[i] > most ? sum[i] : most;
	for (int32_t i = 0; i <= (last - first) / each; i++)
		buf_str(&b,
		    mark[sum[i] == 0 ? 0 :
				       1 + (unsigned)(((double)sum[i] * 8 - 1) / (double)most)]);
	buf_byte(&b, ' ');
	utc_print_date(&b, last);
	buf_printf(&b, ", at most %" PRIu64, most);
	if (each == 1)
		buf_str(&b, " a day");
	else
		buf_printf(&b, " in %d days, which is a mark", (int)each);
	printf("%-16s %.*s\n", "events by day", (int)b.len, b.p ? (char *)b.p : "");
	buf_release(&b);
}

/* For programs: the same facts as on the screen, and the manifest as it stands. */
static void
info_json(struct emit *x, const struct archive *a)
{
	static const char *const signature[] = { "none", "unknown key", "false", "verified" };

	emit_object(x, NULL);
	emit_str(x, "path", archive_path(a));
	emit_str(x, "origin", archive_origin(a));
	emit_u64(x, "bytes", archive_bytes(a));
	emit_bool(x, "readable", archive_readable(a));
	emit_bool(x, "sealed", archive_seal(a) != NULL);
	emit_str(x, "seal_signature", signature[archive_signature(a)]);
	emit_u64(x, "first_position", archive_first(a));
	emit_u64(x, "next_position", archive_next(a));
	emit_u64(x, "blocks", archive_blocks(a));
	emit_hash(x, "root", archive_root(a));
	if (archive_manifest(a))
		emit_ours(x, "manifest", archive_manifest_text(a).p, archive_manifest_text(a).n);
	else
		emit_null(x, "manifest");
	emit_end(x);
}

/* A seal is named with what is known of its key, and no more. */
static void
show_seal(const struct archive *a)
{
	static const char *const state[] = { "",
		"named, not established (give the key with --vkey)", "FALSE",
		"verified with the key you gave" };
	char hex[65];
	struct buf b;

	if (archive_seal(a) == NULL)
		return;
	hex_of(archive_root(a), 32, hex);
	buf_init(&b, 65536);
	buf_printf(&b, "%s: %s", archive_claimed_key(a), state[archive_signature(a)]);
	show_plain("seal", (char *)b.p, b.len);
	if (archive_signer(a))
		printf("%-16s %s\n", "fingerprint", archive_signer(a)->fingerprint);
	buf_clear(&b);
	buf_printf(&b, "%s %" PRIu64 " %s", archive_origin(a), archive_seal(a)->size, hex);
	show_plain("checkpoint", (char *)b.p, b.len);
	buf_release(&b);
}

/* Each input with its counts, and what it is known to lack. */
static void
show_inputs(const struct archive *a)
{
	const struct json_doc *m = archive_manifest(a);
	struct buf b;

	buf_init(&b, 1u << 26);
	for (uint32_t k = archive_inputs(a); k != JSON_NONE; k = m->node[k].next) {
		uint32_t path = json_member(m, k, "path"), kind = json_member(m, k, "kind");
		uint64_t rows = 0, events = 0, number = 0;

		json_u64(m, k, "rows", &rows);
		json_u64(m, k, "events", &events);
		if (path == JSON_NONE || kind == JSON_NONE)
			continue;
		buf_clear(&b);
		buf_put(&b, json_str(m, path), m->node[path].str_len);
		buf_str(&b, " (");
		buf_put(&b, json_str(m, kind), m->node[kind].str_len);
		buf_printf(&b, "): %" PRIu64 " rows, %" PRIu64 " events", rows, events);
		show_plain("input", (char *)b.p, b.len);
		json_u64(m, k, "input", &number);
		show_lacks(archive_input(a, (uint32_t)number));
	}
	buf_release(&b);
}

static void
info_text(const struct archive *a)
{
	const struct json_doc *m;
	const char *origin = archive_origin(a)[0] ? archive_origin(a) : "none: never sealed";

	/* what can be said of a file that is no archive is little */
	show_plain("file", archive_path(a), strlen(archive_path(a)));
	printf("%-16s %" PRIu64 " bytes%s\n", "", archive_bytes(a),
	    archive_readable(a) ? "" : ": NOT READABLE AS AN ARCHIVE");
	if (!archive_readable(a))
		return;
	show_plain("origin", origin, strlen(origin));
	show_seal(a);
	printf("%-16s %" PRIu64 " to %" PRIu64 ", in %" PRIu64 " blocks\n", "positions",
	    archive_first(a), archive_next(a) - 1, archive_blocks(a));
	if ((m = archive_manifest(a)) == NULL)
		return;
	show_member(m, "events", "counts.events");
	show_member(m, "rejects", "counts.rejects");
	show_member(m, "conflicts", "counts.conflicts");
	show_member(m, "first event", "first_event");
	show_member(m, "last event", "last_event");
	show_days(m);
	show_member(m, "export started", "started_at");
	show_member(m, "exporter", "exporter");
	show_inputs(a);
}

int
cmd_info(const struct cli *c)
{
	const char *o = cli_get(c, "output");
	bool json = o && strcmp(o, "json") == 0;
	struct evidence ev;
	int status = evidence_open(&ev, c, NULL);
	struct emit x;
	struct buf b;

	if (status) {
		evidence_close(&ev);
		return status;
	}
	buf_init(&b, 1u << 26);
	emit_init(&x, &b);
	emit_object(&x, NULL);
	emit_array(&x, "files");
	for (unsigned i = 0; i < ev.n; i++)
		if (json)
			info_json(&x, ev.archive[i]);
		else
			info_text(ev.archive[i]);
	emit_end(&x);
	/* findings of opening alone: nothing was verified */
	if (json) {
		emit_array(&x, "findings");
		for (unsigned i = 0; i < ev.findings.n; i++) {
			if (i)
				buf_byte(&b, ',');
			put_finding_json(&b, ev.archive, &ev.findings.f[i]);
		}
		emit_end(&x);
		emit_end(&x);
		buf_byte(&b, '\n');
		evidence_put_limits(&ev, &b);
		fwrite(b.p, 1, b.len, stdout);
	}
	buf_release(&b);
	status = evidence_banner(&ev);
	evidence_close(&ev);
	return status;
}

static void
put_time(struct buf *b, const struct moment *m)
{
	utc_print(b, UTC_REST, m->time, 0);
}

struct line {
	int64_t end; /* µs; has_end: it has ended */
	bool has_end;
	char phase[32], outcome[OUTCOME_BYTES], approval[64];
};

/* Phase, end and outcome as everywhere (rebuild.md B-17). */
static void
line_ending(struct line *l, const struct story *s)
{
	const struct phases *p = &s->phases;

	snprintf(
	    l->phase, sizeof l->phase, "%s", p->phase == PHASE_NONE ? "" : phase_name[p->phase]);
	snprintf(l->outcome, sizeof l->outcome, "%s", p->outcome);
	l->has_end = p->end >= 0;
	l->end = l->has_end ? s->m[p->end].time : 0;
	story_approval(s, l->approval);
}

static void
put_ending(struct emit *e, const struct line *l)
{
	emit_str(e, "phase", l->phase[0] ? l->phase : NULL);
	emit_str(e, "outcome", l->outcome[0] ? l->outcome : NULL);
	if (l->has_end)
		emit_time(e, "ended_at", l->end);
	else
		emit_null(e, "ended_at");
}

static void
sentence_of(struct buf *b, struct moment *m)
{
	event_sentence(b, m, moment_payload(m));
}

/* What went wrong, on a line of its own below the sentence. */
static void
print_failure(struct moment *m, int indent)
{
	struct failure f;
	struct buf t, b;

	if (!event_failure(&f, m))
		return;
	buf_init(&t, 1u << 20);
	buf_init(&b, 1u << 20);
	failure_line(&t, &f);
	text_plain(&b, t.p, t.len);
	if (b.len)
		printf("%*s%.*s\n", indent, "", (int)b.len, b.p);
	buf_release(&t);
	buf_release(&b);
}

/* What was met on the way through a story's lines. */
struct steps {
	const struct evidence *ev;
	const struct story *s;
	bool all;
	unsigned hidden;
	bool behind, late, tied;
	int last; /* the line above; -1: none */
};

static void
print_step(struct steps *x, unsigned i)
{
	struct moment *m = &x->s->m[i];
	enum order order = x->last < 0 ? ORDER_TIME : story_order(x->s, (unsigned)x->last, i);
	struct buf b, t;
	char id[37];
	size_t at;

	buf_init(&b, 1u << 20);
	buf_init(&t, 1u << 20);
	/* what came after the end is told apart: it does not belong to the story's end */
	if (m->behind_end && !x->behind)
		printf("\nBehind the end:\n");
	x->behind |= m->behind_end;
	put_time(&b, m);
	while (b.len < 21)
		buf_byte(&b, ' ');
	/* against the line above */
	if (!x->all && x->last >= 0)
		show_wait(m->time - x->s->m[x->last].time);
	x->last = (int)i;
	buf_str(&b, order_mark[order]);
	buf_str(&b, m->contradicts_time ? "^" : " ");
	x->late |= m->contradicts_time;
	x->tied |= order != ORDER_TIME;
	/* marks stand in their own columns, so that lines stay comparable */
	at = b.len;
	buf_str(&b, event_type_info[m->kind].stage);
	while (b.len < at + 14)
		buf_byte(&b, ' ');
	sentence_of(&t, m);
	text_plain(&b, t.p, t.len);
	if (x->all) {
		uuid_of(m->id, id);
		buf_printf(&b, "  [%s @%" PRIu64 "]", id, m->position);
		date_words(&b, date_of(x->ev, m));
	}
	printf("%.*s\n", (int)b.len, b.p);
	print_failure(m, (int)at + 14);
	buf_release(&b);
	buf_release(&t);
}

static void
print_steps(const struct evidence *ev, const struct story *s, bool all)
{
	struct steps x = { .ev = ev, .s = s, .all = all, .last = -1 };

	/* routine steps are counted, and left out unless they are asked for */
	for (unsigned i = 0; i < s->n; i++)
		if (all || event_type_info[s->m[i].kind].in_short)
			print_step(&x, i);
		else
			x.hidden++;
	/* what the marks mean, if there were any */
	printf("\nOrder: by stated time.%s%s\n",
	    x.tied ? " ~ = of one time, in the source's flow, ? = of one time: order within this "
		     "moment is not proven." :
		     "",
	    x.late ? " ^ = stored behind an event of later time." : "");
	if (x.hidden)
		printf(
		    "%u routine events are not shown; all of them: exhibit timeline\n", x.hidden);
}

/* By what can be read of it; the catalogue of one name does not say. */
static bool
is_remediation(const struct correlation *c, const struct story *s)
{
	bool is = c->remediation;

	for (unsigned i = 0; i < s->n && !is; i++)
		is = event_type_remediates((struct str){ s->m[i].type, strlen(s->m[i].type) });
	return is;
}

/* sentence: room for it, the same as on the screen. */
static void
put_step(struct emit *e, const struct evidence *ev, const struct story *s, unsigned i,
    struct buf *sentence)
{
	struct moment *m = &s->m[i];
	struct failure failure;

	emit_object(e, NULL);
	emit_time(e, "time", m->time);
	emit_uuid(e, "event_id", m->id);
	emit_u64(e, "position", m->position);
	story_order_put(e, s, i);
	emit_str(e, "event_type", m->type);
	emit_str(e, "phase", event_type_info[m->kind].stage);
	emit_str(e, "actor", m->actor_id);
	buf_clear(sentence);
	sentence_of(sentence, m);
	emit_text(e, "sentence", (const char *)sentence->p, sentence->len);
	date_members(e, date_of(ev, m));
	if (event_failure(&failure, m))
		failure_json(emit_value(e, "error"), &failure);
	emit_end(e);
}

static void
print_steps_json(
    struct evidence *ev, const struct correlation *c, const struct story *s, unsigned unreadable)
{
	struct line l;
	struct emit e;
	struct buf b, t;

	buf_init(&b, 1u << 28);
	buf_init(&t, 1u << 20);
	emit_init(&e, &b);
	emit_object(&e, NULL);
	emit_text(&e, "correlation_id", c->text, c->n);
	line_ending(&l, s);
	put_ending(&e, &l);
	if (unreadable)
		emit_u64(&e, "unreadable", unreadable);
	if (c->left_out)
		emit_u64(&e, "left_out", c->left_out);
	/* all events, whatever the screen would leave out */
	emit_array(&e, "steps");
	for (unsigned i = 0; i < s->n; i++)
		put_step(&e, ev, s, i, &t);
	emit_end(&e);
	emit_end(&e);
	buf_byte(&b, '\n');
	evidence_put_limits(ev, &b);
	fwrite(b.p, 1, b.len, stdout);
	buf_release(&b);
	buf_release(&t);
}

struct telling {
	bool all, json;
};

static int
tell_one(void *arg, struct browse *b, const struct correlation *corr)
{
	const struct telling *t = arg;
	struct story s = { 0 };
	struct line l;
	struct buf end;
	unsigned unreadable;
	int status = 0;

	/* the story of one correlation, remediation or not */
	if (story_load(&s, &b->r, corr, &b->ev.err)) {
		status = b->ev.err.status;
	} else if (t->json) {
		/* in JSON every step, with ids */
		print_steps_json(&b->ev, corr, &s, reading_unreadable(&b->r, corr));
	} else {
		line_ending(&l, &s);
		buf_init(&end, 4096);
		buf_str(&end, l.phase[0] ? l.phase : "not told");
		if (l.has_end) {
			buf_str(&end, " at ");
			utc_print(&end, UTC_REST, l.end, 0);
		}
		if (l.outcome[0])
			buf_printf(&end, ", outcome %s", l.outcome);
		if (l.approval[0])
			buf_printf(&end, ", approval: %s", l.approval);
		/* events that cannot be read are counted: the story has gaps */
		unreadable = reading_unreadable(&b->r, corr);
		show_plain(
		    is_remediation(corr, &s) ? "REMEDIATION" : "CORRELATION", corr->text, corr->n);
		show_plain(l.has_end ? "ended" : "phase", (char *)end.p, end.len);
		buf_release(&end);
		/* only a remediation has a head */
		if (is_remediation(corr, &s) && show_head(&s, corr))
			status = err_nomem(&b->ev.err);
		show_date(&b->ev, &s);
		printf("%-16s %u", "events", s.n);
		if (unreadable)
			printf(", and %u that could not be read: what is told here is not all of "
			       "it",
			    unreadable);
		if (corr->left_out)
			printf("; %u of its %u records are left out: what is told here is not all "
			       "of it",
			    corr->left_out, corr->left_out + corr->n_at);
		printf("\n\n");
		print_steps(&b->ev, &s, t->all);
	}
	story_release(&s);
	return status;
}

static int
tell(const struct cli *c, bool all)
{
	const char *o = cli_get(c, "output");
	struct telling t = { all, o && strncmp(o, "json", 4) == 0 };
	struct browse b;
	int status;

	if (cli_get(c, "id") == NULL)
		return cli_usage(
		    c, "%s wants --id ID (exhibit list FILE shows them)", c->verb->name);
	if ((status = browse_open(&b, c, NULL)) == 0)
		status = browse_ids(&b, tell_one, &t);
	browse_close(&b);
	return status;
}

int
cmd_show(const struct cli *c)
{
	return tell(c, false);
}
int
cmd_timeline(const struct cli *c)
{
	return tell(c, true);
}
