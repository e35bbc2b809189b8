/* grep: a text or a pattern in the rows of events, with places (formats/output.md O-28). */
#define PCRE2_CODE_UNIT_WIDTH 8
#include <inttypes.h>
#include <pcre2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "cmd/analyze/analyze.h"
#include "report/form.h"

#define PATTERN_MAX 4096u
#define STEPS 1000000u  /* of matching one value */
#define HEAP_KIB 65536u /* for it */
#define AROUND 40u      /* bytes of a value shown before and behind a match */
#define MATCH_MAX 400u  /* bytes of a match that are shown */
#define PLACE_MAX 4096u

/* Where a walk through a payload stands: a value, and its number among its siblings. */
struct step {
	uint32_t node, index;
};

struct grep {
	struct evidence ev;
	struct reading r;
	struct form f;
	struct buf out, place, text;
	pcre2_code *code;
	pcre2_match_data *match;
	pcre2_match_context *limits;
	struct step *step; /* EX_JSON_DEPTH + 1 */
	unsigned depth;
	uint64_t most, hits, events, unsearched;
	uint64_t hit_at; /* position + 1 of the last event with a hit */
	unsigned hit_file;
	bool full;
	/* the event that is looked at */
	unsigned archive;
	const struct record *rec;
	struct view_cell correlation, type;
};

/* Where the pattern is wrong. Always 64. */
static int
bad_pattern(const struct cli *c, int code, size_t at)
{
	char why[160];

	pcre2_get_error_message(code, (PCRE2_UCHAR *)why, sizeof why);
	return cli_usage(c, "the pattern is none, at its character %zu: %s", at + 1, why);
}

/*
 * TEXT, or /REGEX/: a pattern of PCRE2. Matching is bounded in steps and memory, and what is no
 * UTF-8 in a value matches nothing. 0, or the exit status.
 */
static int
compile(struct grep *g, const struct cli *c, const char *given)
{
	uint32_t flags = PCRE2_UTF | PCRE2_MATCH_INVALID_UTF | PCRE2_NEVER_BACKSLASH_C;
	size_t n = strlen(given);
	PCRE2_SIZE at;
	int code;

	/* bounds before anything is compiled */
	if (n > PATTERN_MAX)
		return cli_usage(c, "the pattern is longer than %u bytes", PATTERN_MAX);
	if (!utf8_valid(given, n))
		return cli_usage(c, "the pattern is no UTF-8");
	if (cli_get(c, "ignore-case"))
		flags |= PCRE2_CASELESS;
	/* between slashes it is a pattern, else a text to be found as it stands */
	if (n > 2 && given[0] == '/' && given[n - 1] == '/') {
		given++;
		n -= 2;
	} else {
		/* a literal has no escapes that could be refused */
		flags |= PCRE2_LITERAL;
		flags &= ~PCRE2_NEVER_BACKSLASH_C;
	}
	g->code = pcre2_compile((PCRE2_SPTR)given, n, flags, &code, &at, NULL);
	if (g->code == NULL)
		return bad_pattern(c, code, at);
	g->match = pcre2_match_data_create_from_pattern(g->code, NULL);
	g->limits = pcre2_match_context_create(NULL);
	g->step = malloc((EX_JSON_DEPTH + 1) * sizeof *g->step);
	if (g->match == NULL || g->limits == NULL || g->step == NULL)
		return cli_fail(c, (err_nomem(&g->ev.err), &g->ev.err));
	/* a pattern that never ends would stop the search of others */
	pcre2_set_match_limit(g->limits, STEPS);
	pcre2_set_heap_limit(g->limits, HEAP_KIB);
	return 0;
}

/* Is it in the text? *ret: where. A text that takes too many steps is counted. */
static bool
find(struct grep *g, const char *p, size_t n, size_t ret[2])
{
	int rc = pcre2_match(g->code, (PCRE2_SPTR)p, n, 0, 0, g->match, g->limits);
	const PCRE2_SIZE *at;

	if (rc == PCRE2_ERROR_NOMATCH)
		return false;
	if (rc < 0) {
		g->unsearched++;
		return false;
	}
	at = pcre2_get_ovector_pointer(g->match);
	ret[0] = at[0];
	ret[1] = at[1] < at[0] ? at[0] : at[1]; /* \K may set the beginning behind the end */
	return true;
}

static bool
is_plain_name(const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!(p[i] >= 'a' && p[i] <= 'z') && !(p[i] >= 'A' && p[i] <= 'Z') && p[i] != '_' &&
		    !(i && p[i] >= '0' && p[i] <= '9'))
			return false;
	return n > 0;
}

/* The place of the value that the walk stands at: `event_data.a.b[0]["c d"]`. */
static void
put_place(struct grep *g, const struct json_doc *d, const char *column)
{
	struct buf *b = &g->place;
	size_t cut = PLACE_MAX;

	buf_clear(b);
	buf_str(b, column);
	for (unsigned i = 1; d && i <= g->depth && b->len <= PLACE_MAX; i++) {
		const struct json_node *n = &d->node[g->step[i].node];

		if (d->node[g->step[i - 1].node].type == JSON_ARRAY) {
			buf_printf(b, "[%u]", g->step[i].index);
		} else if (is_plain_name(json_name(d, g->step[i].node), n->name_len)) {
			buf_byte(b, '.');
			buf_put(b, json_name(d, g->step[i].node), n->name_len);
		} else {
			buf_byte(b, '[');
			text_json(b, json_name(d, g->step[i].node), n->name_len);
			buf_byte(b, ']');
		}
	}
	if (b->len > PLACE_MAX) {
		while (cut && (b->p[cut] & 0xc0) == 0x80)
			cut--;
		b->len = cut;
		buf_str(b, "…");
	}
}

/* A piece of a value, from a beginning of a character to one. */
static void
put_piece(struct buf *b, const char *p, size_t n, size_t from, size_t to)
{
	bool before = from > 0, behind = to < n;

	while (from > 0 && from < n && ((unsigned char)p[from] & 0xc0) == 0x80)
		from--;
	while (to < n && ((unsigned char)p[to] & 0xc0) == 0x80)
		to++;
	buf_str(b, before ? "…" : "");
	buf_put(b, p + from, to - from);
	buf_str(b, behind ? "…" : "");
}

/* One hit, as a row. */
static void
put_hit(struct grep *g, const char *part, const char *p, size_t n, const size_t at[2])
{
	/* a match may be the whole row: it is cut, and its place is not */
	size_t end = at[1] - at[0] > MATCH_MAX ? at[0] + MATCH_MAX : at[1];
	struct form *f = &g->f;
	char id[37];

	g->hits++;
	/* an event with many hits is one event */
	if (g->hit_at != g->rec->position + 1 || g->hit_file != g->archive)
		g->events++;
	g->hit_at = g->rec->position + 1;
	g->hit_file = g->archive;
	uuid_of(g->rec->id, id);
	form_text(f, g->correlation.state == VIEW_TEXT ? g->correlation.p : NULL, g->correlation.n);
	form_number(f, g->rec->position);
	if (g->rec->flags & FLAG_TIME_INVALID)
		form_str(f, NULL);
	else
		form_time(f, g->rec->time);
	form_text(f, g->type.state == VIEW_TEXT ? g->type.p : NULL, g->type.n);
	form_text(f, (const char *)g->place.p, g->place.len);
	form_str(f, g->rec->flags & FLAG_ID_ABSENT ? NULL : id);
	form_str(f, archive_name(g->ev.archive[g->archive]));
	form_str(f, part);
	form_number(f, at[0]);
	buf_clear(&g->text);
	buf_put(&g->text, p + at[0], end - at[0]);
	form_text(f, g->text.p ? (char *)g->text.p : "", g->text.len);
	buf_clear(&g->text);
	/* text around the match, for eyes */
	put_piece(&g->text, p, n, at[0] > AROUND ? at[0] - AROUND : 0,
	    n - end > AROUND ? end + AROUND : n);
	form_text(f, g->text.p ? (char *)g->text.p : "", g->text.len);
	g->full = g->hits >= g->most;
	/* rows go out as they come: there may be any number of them */
	fwrite(g->out.p, 1, g->out.len, stdout);
	g->out.len = 0;
}

static void
look(struct grep *g, const struct json_doc *d, const char *column, const char *part, const char *p,
    size_t n)
{
	size_t at[2];

	if (p == NULL || g->full || !find(g, p, n, at))
		return;
	put_place(g, d, column);
	put_hit(g, part, p, n, at);
}

/* The value that the walk stands at: its name, and what it is if it holds no others. */
static void
look_at_node(struct grep *g, const struct json_doc *d, const char *column)
{
	uint32_t i = g->step[g->depth].node;
	const struct json_node *n = &d->node[i];

	if (g->depth && d->node[g->step[g->depth - 1].node].type == JSON_OBJECT)
		look(g, d, column, "name", json_name(d, i), n->name_len);
	if (n->type == JSON_STRING)
		look(g, d, column, "value", json_str(d, i), n->str_len);
	else if (n->type != JSON_ARRAY && n->type != JSON_OBJECT && n->type != JSON_NULL)
		look(g, d, column, "value", json_src(d, i), n->src_len);
}

/* Every value of a payload, however deep, in its order. */
static void
walk(struct grep *g, const struct json_doc *d, const char *column)
{
	g->depth = 0;
	g->step[0] = (struct step){ 0, 0 };
	for (;;) {
		const struct json_node *n = &d->node[g->step[g->depth].node];

		look_at_node(g, d, column);
		if ((n->type == JSON_ARRAY || n->type == JSON_OBJECT) && n->first != JSON_NONE &&
		    g->depth < EX_JSON_DEPTH) {
			g->step[++g->depth] = (struct step){ n->first, 0 };
			continue;
		}
		while (g->depth && d->node[g->step[g->depth].node].next == JSON_NONE)
			g->depth--;
		if (g->depth == 0 || g->full)
			return;
		g->step[g->depth].node = d->node[g->step[g->depth].node].next;
		g->step[g->depth].index++;
	}
}

/* A cell that holds JSON is walked through; what is none is a text. */
static void
look_in_json(struct grep *g, const char *column, const char *p, size_t n)
{
	struct json_doc d;

	json_init(&d);
	if (json_parse(&d, p, n, EX_JSON_DEPTH) == 0)
		walk(g, &d, column);
	else
		look(g, NULL, column, "value", p, n);
	json_release(&d);
}

/* One row. 0 or -1 (ev.err). */
static int
event(struct grep *g, unsigned archive, const struct record *rec)
{
	const struct table *t = archive_table_of(g->ev.archive[archive], rec->source);
	struct view *v;

	/* rejects and contexts have no columns to look in */
	if (rec->kind != KIND_EVENT)
		return 0;
	if ((v = reading_view(&g->r, archive, rec, &g->ev.err)) == NULL)
		return -1;
	g->archive = archive;
	g->rec = rec;
	g->correlation = view_column(v, COL_CORRELATION);
	g->type = view_column(v, COL_TYPE);
	for (unsigned c = 1; c <= COL_COUNT && !g->full; c++) {
		struct view_cell x = view_column(v, c);

		/* as it stood: a canonical body may have other digits */
		if (x.state == VIEW_TEXT && column_info[c].class == CLASS_JSON)
			look_in_json(g, column_info[c].name, x.p, x.n);
		else if (x.state == VIEW_TEXT)
			look(g, NULL, column_info[c].name, "value", x.p, x.n);
	}
	/* columns that no clause knows are looked at as well */
	for (unsigned c = 0; t && c < t->n && !g->full; c++) {
		struct view_cell x =
		    t->col[c].known ? (struct view_cell){ .state = VIEW_NULL } : view_extra(v, c);

		if (x.state == VIEW_TEXT && x.json)
			look_in_json(g, t->col[c].name, x.p, x.n);
		else if (x.state == VIEW_TEXT)
			look(g, NULL, t->col[c].name, "value", x.p, x.n);
	}
	return g->out.failed ? err_nomem(&g->ev.err) :
	    ferror(stdout)   ? err_set(&g->ev.err, EX_IO_ERR, "what was printed did not arrive") :
			       0;
}

/* Every event, or those of one correlation. 0 or -1 (ev.err). */
static int
search(struct grep *g, const char *id)
{
	struct err *e = &g->ev.err;
	const struct correlation *c;
	const struct record *rec;
	struct catalog cat = { 0 };
	int rc = 0;

	/* one correlation by the index, all blocks otherwise */
	if (id) {
		rc = catalog_load_some(&cat, &g->r, &id, 1, e) ||
			catalog_find(&cat, &g->r, id, &c, e) ?
		    -1 :
		    0;
		for (unsigned i = 0; rc == 0 && i < c->n_at && !g->full; i++) {
			rc = reading_record(&g->r, c->at[i].archive, c->at[i].position, &rec, e);
			rc = rc < 0 ? -1 : rc ? 0 : event(g, c->at[i].archive, rec);
		}
		catalog_release(&cat);
		return rc;
	}
	for (unsigned i = 0; i < g->ev.n && rc == 0; i++) {
		const struct archive *a = g->ev.archive[i];

		for (uint64_t p = archive_first(a);
		     archive_counts(a) && p < archive_next(a) && rc == 0 && !g->full; p++) {
			/* a block that is damaged is told by the banner */
			rc = reading_record(&g->r, i, p, &rec, e);
			if (rc > 0) { /* damaged: go on behind it */
				p = archive_end_of_block(a, p);
				rc = 0;
			} else if (rc == 0) {
				rc = event(g, i, rec);
			}
		}
	}
	return rc;
}

/* The end of what is printed, and what was found. The exit status. */
static int
finish(struct grep *g, const struct cli *c)
{
	bool table = c->form == OUT_TABLE;
	int banner;

	if (form_end(&g->f) && c->form == OUT_JSON) {
		emit_end(&g->f.emit);
		buf_byte(&g->out, '\n');
		evidence_put_limits(&g->ev, &g->out);
	}
	fwrite(g->out.p, 1, g->out.len, stdout);
	fprintf(table ? stdout : stderr, "%" PRIu64 " hit%s in %" PRIu64 " event%s%s\n", g->hits,
	    g->hits == 1 ? "" : "s", g->events, g->events == 1 ? "" : "s",
	    g->full ? "; there may be more (--limit)" : "");
	banner = evidence_banner(&g->ev);
	if (g->unsearched == 0)
		return banner;
	cli_note(c,
	    "%" PRIu64 " values took more steps or memory than matching may take: whether the "
	    "pattern is in them is not known",
	    g->unsearched);
	return banner ? banner : EX_TEMP_FAIL;
}

int
cmd_grep(const struct cli *c)
{
	static const struct form_column column[] = { { "correlation_id", "CORRELATION", COLUMN_TEXT,
							 40, 0 },
		{ "position", "POSITION", COLUMN_NUMBER, 8, 0 },
		{ "time", "TIME", COLUMN_TIME, 20, 2 },
		{ "event_type", "TYPE", COLUMN_TEXT, 36, 3 },
		{ "place", "PLACE", COLUMN_TEXT, 32, 0 },
		{ "event_id", "EVENT", COLUMN_TEXT, 36, 4 }, { "file", NULL, COLUMN_TEXT, 0, 0 },
		{ "part", NULL, COLUMN_TEXT, 0, 0 }, { "offset", NULL, COLUMN_NUMBER, 0, 0 },
		{ "match", NULL, COLUMN_TEXT, 0, 0 }, { "text", "TEXT", COLUMN_TEXT, 0, 0 } };
	struct grep g = { .most = UINT64_MAX };
	const char *limit = cli_get(c, "limit");
	struct cli files = *c;
	int status;

	if (c->n_args < 2)
		return cli_usage(c, "grep wants TEXT or /REGEX/, then an archive: FILE.exhibit");
	/* the first argument is TEXT, the others are files */
	memmove(files.arg, files.arg + 1, --files.n_args * sizeof *files.arg);
	/* 0 would find nothing, which is never meant */
	if (limit && (!dec_u64(limit, strlen(limit), &g.most) || g.most == 0))
		return cli_usage(c, "--limit wants a number from 1 on");
	buf_init(&g.out, 64u << 20);
	buf_init(&g.place, 64u << 20);
	buf_init(&g.text, 1u << 20);
	if ((status = compile(&g, c, c->arg[0])) == 0 &&
	    (status = evidence_open(&g.ev, &files, NULL)) == 0) {
		struct err *e = &g.ev.err;
		enum cli_form o = c->form;

		form_begin(&g.f, &g.out,
		    o == OUT_JSON      ? STYLE_JSON :
			o == OUT_JSONL ? STYLE_JSONL :
			o == OUT_CSV   ? STYLE_CSV :
					 STYLE_TABLE,
		    "hits", column, sizeof column / sizeof *column, c->width);
		if (reading_init(&g.r, g.ev.archive, g.ev.n, &g.ev.findings, e) == 0)
			search(&g, cli_get(c, "id"));
		status = e->status ? cli_fail(c, e) : finish(&g, c);
	}
	pcre2_match_context_free(g.limits);
	pcre2_match_data_free(g.match);
	pcre2_code_free(g.code);
	free(g.step);
	buf_release(&g.text);
	buf_release(&g.place);
	buf_release(&g.out);
	reading_release(&g.r);
	evidence_close(&g.ev);
	return status;
}
