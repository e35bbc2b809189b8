/* list: the remediations in an archive, those that are asked for (formats/output.md O-7). */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "cmd/analyze/cluster.h"
#include "cmd/analyze/gather.h"
#include "report/form.h"
#include "tables/rows.h"

/* Columns of text, in the order in which they are printed; each but RESULT may be a filter, and
 * ACTOR, the one that --actor names where it did something, is nothing else. */
enum {
	PHASE,
	OUTCOME,
	APPROVAL,
	PATH,
	BY,
	ACTOR,
	NAMESPACE,
	CLUSTER,
	TARGET,
	SIGNAL,
	SEVERITY,
	WORKFLOW,
	RESULT,
	TEXTS
};

struct line {
	unsigned events; /* 0: nothing is listed */
	/* µs; end, duration (ms): NO_TIME if not ended */
	int64_t first, last, end, duration;
	char *text[TEXTS]; /* owned; NULL: not told */
	unsigned at;       /* place in the catalog */
};

/* A column whose values are not known beforehand; a filter that none has names those there are. */
#define KNOWN 60u
struct known {
	bool met;
	char *value[KNOWN];
	unsigned n;
};

struct listing {
	const struct cli *c;
	struct browse b;
	struct gathering g;
	struct line *line;       /* by place in the catalog */
	const char *want[TEXTS]; /* NULL: any */
	struct known known[TEXTS];
	struct period period; /* of the first event */
	/* remediations that --cluster leaves out: no event names one */
	uint64_t no_cluster;
	bool other;
	bool filtered;
};

static const struct {
	unsigned text;
	const char *option, *of;
} filter[] = { { PHASE, "phase", NULL }, { OUTCOME, "outcome", NULL }, { PATH, "path", NULL },
	{ APPROVAL, "approval", "no remediation here has it" }, { BY, "by", NULL },
	{ ACTOR, "actor", NULL },
	{ NAMESPACE, "namespace", "no remediation here has a target in it" },
	{ CLUSTER, "cluster", "no event here names it" } };
#define FILTERS (sizeof filter / sizeof *filter)

static int
keep(struct line *l, unsigned text, const char *s)
{
	if (s == NULL || *s == '\0')
		return 0;
	return (l->text[text] = strdup(s)) == NULL ? -1 : 0;
}

static void
note_known(struct known *k, const char *want, const char *value)
{
	if (want == NULL || value == NULL)
		return;
	k->met |= strcmp(want, value) == 0;
	for (unsigned i = 0; i < k->n; i++)
		if (strcmp(k->value[i], value) == 0)
			return;
	if (k->n < KNOWN && (k->value[k->n] = strdup(value)) != NULL)
		k->n++;
}

/* Did the one that --actor names do something in it, as s tells? by: who decided; may be NULL. -1:
 * no memory. */
static int
from_actors(struct listing *x, struct line *l, const struct story *s, const char *by)
{
	const char *want = x->want[ACTOR];
	bool acted = want && by && strcmp(by, want) == 0;

	note_known(&x->known[ACTOR], want, by);
	for (unsigned k = 0; want && k < s->n; k++) {
		note_known(&x->known[ACTOR], want, s->m[k].actor_id);
		acted |= s->m[k].actor_id && strcmp(s->m[k].actor_id, want) == 0;
	}
	return acted ? keep(l, ACTOR, want) : 0;
}

/* What every story tells, a remediation's or not. -1: no memory. */
static int
from_story(struct line *l, const struct story *s, const char *result)
{
	const struct phases *p = &s->phases;
	struct utc_range r = { 0 };
	char approval[64];

	for (unsigned k = 0; k < s->n; k++)
		utc_range_add(&r, s->m[k].time);
	l->events = s->n;
	l->first = r.min;
	l->last = r.max;
	l->end = p->end >= 0 ? s->m[p->end].time : NO_TIME;
	l->duration = p->end >= 0 ? floor_div(l->end - p->start, 1000) : NO_TIME;
	story_approval(s, approval);
	return keep(l, PHASE, p->phase == PHASE_NONE ? NULL : phase_name[p->phase]) ||
		keep(l, OUTCOME, p->outcome) || keep(l, APPROVAL, approval) ||
		keep(l, CLUSTER, story_cluster(s)) || keep(l, RESULT, result) ?
	    -1 :
	    0;
}

static int
other_line(void *arg, const struct correlation *c, const struct story *s)
{
	struct listing *x = arg;

	struct line *l = &x->line[c - x->b.cat.c];

	return from_story(l, s, s->phases.result) || from_actors(x, l, s, NULL) ?
	    err_nomem(x->g.e) :
	    0;
}

/* What the facts tell besides, as the table `remediations` has it (tables.md T-21). */
static int
remediation_line(void *arg, const struct facts *f)
{
	struct listing *x = arg;
	struct line *l = &x->line[f->c - x->b.cat.c];
	struct buf target;
	int rc = from_story(l, f->s, facts_result(f));

	buf_init(&target, EX_MAX_BODY);
	if (f->target_kind || f->target_name)
		buf_printf(&target, "%s/%s/%s", f->target_namespace ? f->target_namespace : "",
		    f->target_kind ? f->target_kind : "", f->target_name ? f->target_name : "");
	buf_byte(&target, '\0');
	rc = rc || from_actors(x, l, f->s, f->by) || target.failed ||
	    keep(l, PATH, facts_path(f)) || keep(l, BY, f->by) ||
	    keep(l, NAMESPACE, f->target_namespace) || keep(l, TARGET, (const char *)target.p) ||
	    keep(l, SIGNAL, f->signal) || keep(l, SEVERITY, f->severity) ||
	    keep(l, WORKFLOW, f->executed_workflow ? f->executed_workflow : f->created_workflow);
	buf_release(&target);
	return rc ? err_nomem(x->g.e) : 0;
}

static bool
wanted(struct listing *x, const struct line *l)
{
	bool fits = l->events && l->first >= x->period.from && l->first < x->period.to;

	for (unsigned i = 0; i < FILTERS && l->events; i++) {
		unsigned t = filter[i].text;

		note_known(&x->known[t], x->want[t], l->text[t]);
		fits &= x->want[t] == NULL || (l->text[t] && strcmp(l->text[t], x->want[t]) == 0);
	}
	x->no_cluster += x->want[CLUSTER] && l->events && l->text[CLUSTER] == NULL &&
	    x->b.cat.c[l->at].remediation;
	return fits;
}

/* Ties stand as the catalog has them: by id. */
static int
by_place(const struct line *a, const struct line *b)
{
	return a->at < b->at ? -1 : a->at > b->at;
}

#define ORDER(name, member, sign) \
	static int name(const void *pa, const void *pb) \
	{ \
		const struct line *a = *(const struct line *const *)pa, \
				  *b = *(const struct line *const *)pb; \
\
		return a->member == b->member ? by_place(a, b) : \
		    a->member < b->member     ? -(sign) : \
						(sign); \
	}

ORDER(by_id, at, 1)
ORDER(by_first, first, 1)
ORDER(by_last, last, 1)
/* the longest first; those that have not ended behind them */
ORDER(by_duration, duration, -1)
ORDER(by_events, events, -1)

static int (*order_of(const char *word))(const void *a, const void *b)
{
	static const struct {
		const char *word;
		int (*order)(const void *a, const void *b);
	} o[] = { { "id", by_id }, { "first", by_first }, { "last", by_last },
		{ "duration", by_duration }, { "events", by_events } };

	for (unsigned i = 0; word && i < sizeof o / sizeof *o; i++)
		if (strcmp(word, o[i].word) == 0)
			return o[i].order;
	return by_id;
}

static void
put_when(struct form *f, int64_t us)
{
	if (us == NO_TIME)
		form_str(f, NULL);
	else
		form_time(f, us);
}

static void
put_line(struct form *f, const struct correlation *c, const struct line *l, int64_t looked)
{
	form_text(f, c->text, c->n);
	form_number(f, l->events);
	form_time(f, l->first);
	form_time(f, l->last);
	form_str(f, l->text[PHASE]);
	form_str(f, l->text[OUTCOME]);
	put_when(f, l->end);
	form_str(f, l->text[APPROVAL]);
	form_str(f, l->text[PATH]);
	form_str(f, l->text[BY]);
	/* times that contradict each other may end before they begin */
	if (l->duration == NO_TIME || l->duration < 0)
		form_str(f, NULL);
	else
		form_number(f, (uint64_t)l->duration);
	/* as old as it was when the source was last looked at, on whatever day this runs */
	if (looked == NO_TIME || looked < l->first)
		form_str(f, NULL);
	else
		form_number(f, (uint64_t)floor_div(looked - l->first, 1000));
	form_str(f, c->remediation ? "remediation" : "other");
	for (unsigned t = NAMESPACE; t < TEXTS; t++)
		form_str(f, l->text[t]);
}

static int
print(struct listing *x, struct line *const *l, size_t n, struct buf *out)
{
	static const struct form_column column[] = {
		{ "correlation_id", "CORRELATION", COLUMN_TEXT, 26, 0 },
		{ "events", "EVENTS", COLUMN_NUMBER, 6, 9 },
		{ "first", "FIRST", COLUMN_TIME, 20, 0 }, { "last", "LAST", COLUMN_TIME, 20, 11 },
		{ "phase", "PHASE", COLUMN_TEXT, 12, 0 },
		{ "outcome", "OUTCOME", COLUMN_TEXT, 22, 8 },
		{ "ended_at", NULL, COLUMN_TIME, 20, 0 },
		{ "approval", "APPROVAL", COLUMN_TEXT, 14, 10 },
		{ "path", "PATH", COLUMN_TEXT, 13, 1 }, { "decided_by", "BY", COLUMN_TEXT, 20, 4 },
		{ "duration_ms", "DURATION", COLUMN_SPAN, 12, 5 },
		{ "age_ms", "AGE", COLUMN_SPAN, 12, 7 }, { "kind", NULL, COLUMN_TEXT, 0, 0 },
		{ "namespace", NULL, COLUMN_TEXT, 0, 0 },
		{ "cluster", "CLUSTER", COLUMN_TEXT, 12, 12 },
		{ "target", "TARGET", COLUMN_TEXT, 36, 3 },
		{ "signal", "SIGNAL", COLUMN_TEXT, 24, 6 }, { "severity", NULL, COLUMN_TEXT, 0, 0 },
		{ "workflow", NULL, COLUMN_TEXT, 0, 0 }, { "result", "RESULT", COLUMN_TEXT, 14, 2 }
	};
	enum cli_form o = x->c->form;
	int64_t looked = NO_TIME;
	struct form f;
	bool fine;

	if (!limits_looked(x->b.ev.archive, x->b.ev.n, &looked))
		looked = NO_TIME;

	/* one declaration for every form; what a narrow terminal has no room for goes first (the
	 * last figure) */
	form_begin(&f, out,
	    o == OUT_JSON      ? STYLE_JSON :
		o == OUT_JSONL ? STYLE_JSONL :
		o == OUT_CSV   ? STYLE_CSV :
				 STYLE_TABLE,
	    "remediations", column, sizeof column / sizeof *column, x->c->width);
	for (size_t i = 0; i < n; i++)
		put_line(&f, &x->b.cat.c[l[i]->at], l[i], looked);
	fine = form_end(&f);
	/* limits stand inside of the document, or on stderr */
	if (fine && o == OUT_JSON) {
		emit_end(&f.emit);
		buf_byte(out, '\n');
		evidence_put_limits(&x->b.ev, out);
	}
	return fine && !out->failed ? 0 : -1;
}

/* How many there are, and why no more of them are shown. */
static void
print_counts(const struct listing *x, size_t shown)
{
	unsigned n = x->b.cat.n, remediations = 0;
	FILE *to = x->c->form == OUT_TABLE ? stdout : stderr;

	for (unsigned i = 0; i < n; i++)
		remediations += x->b.cat.c[i].remediation;
	fprintf(to, "%u remediations, %u other correlations%s", remediations, n - remediations,
	    x->other || n == remediations ? "" : " (--other lists them)");
	/* of a damaged file, none may be shown of those that its index names */
	if (x->filtered || shown != (x->other ? n : remediations))
		fprintf(to, "; %zu shown", shown);
	putc('\n', to);
	if (x->no_cluster)
		cli_note(x->c,
		    "%" PRIu64 " remediations are left out because no event of theirs names a "
		    "cluster",
		    x->no_cluster);
}

static const char *
known_word(void *arg, unsigned i)
{
	const struct known *k = arg;

	return i < k->n ? k->value[i] : NULL;
}

/* A filter that nothing here has says so with what there is. 0, or the exit status. */
static int
tell_unknown(struct listing *x)
{
	for (unsigned i = 0; i < FILTERS; i++) {
		struct known *k = &x->known[filter[i].text];
		const char *want = x->want[filter[i].text];
		struct buf b;

		if (want == NULL || k->met)
			continue;
		if (filter[i].text == BY || filter[i].text == ACTOR)
			return cli_unknown(
			    x->c, filter[i].text == BY ? "--by" : "--actor", want, known_word, k);
		if (filter[i].of == NULL)
			continue;
		buf_init(&b, 1u << 16);
		for (unsigned v = 0; v < k->n; v++)
			buf_printf(&b, "%s%.253s", v ? ", " : "", k->value[v]);
		buf_byte(&b, '\0');
		cli_note(x->c, "--%s %.253s: %s; there %s: %s%s", filter[i].option, want,
		    filter[i].of, k->n == 1 ? "is" : "are", k->n ? (char *)b.p : "none",
		    k->n == KNOWN ? " and perhaps more" : "");
		buf_release(&b);
	}
	return 0;
}

static void
read_options(struct listing *x)
{
	x->other = cli_get(x->c, "other") != NULL;
	x->filtered = period_asked(x->c, &x->period) || cli_get(x->c, "limit");
	for (unsigned i = 0; i < FILTERS; i++) {
		x->want[filter[i].text] = cli_get(x->c, filter[i].option);
		x->filtered |= x->want[filter[i].text] != NULL;
	}
}

/* The lines that are wanted, in their order, printed. 0, or the exit status. */
static int
list(struct listing *x)
{
	const char *limit = cli_get(x->c, "limit");
	struct line **l = malloc((x->b.cat.n + 1) * sizeof *l);
	uint64_t most = UINT64_MAX;
	size_t n = 0;
	struct buf out;
	int status = 0;

	if (l == NULL)
		return cli_fail(x->c, (err_nomem(&x->b.ev.err), &x->b.ev.err));
	/* what is wanted first, then sorted, and only then cut: a limit is of the sorted list */
	for (unsigned i = 0; i < x->b.cat.n; i++) {
		x->line[i].at = i;
		if (wanted(x, &x->line[i]))
			l[n++] = &x->line[i];
	}
	qsort(l, n, sizeof *l, order_of(cli_get(x->c, "sort")));
	if (limit && dec_u64(limit, strlen(limit), &most) && n > most)
		n = (size_t)most;
	/* a word that names nothing is told before an empty list is believed */
	buf_init(&out, 1u << 30);
	if ((status = tell_unknown(x)) == 0 && print(x, l, n, &out))
		status = cli_fail(x->c, (err_nomem(&x->b.ev.err), &x->b.ev.err));
	if (status == 0) {
		fwrite(out.p, 1, out.len, stdout);
		/* counts are of all, and not of those that fit below the limit */
		print_counts(x, n);
	}
	buf_release(&out);
	free(l);
	return status;
}

int
cmd_list(const struct cli *c)
{
	struct listing x = { .c = c };
	struct err *e = &x.b.ev.err;
	int status;

	read_options(&x);
	if ((status = browse_open(&x.b, c, NULL)) == 0) {
		/* what every moment has is enough for a line */
		reading_wants(&x.b.r, 0);
		if ((x.line = calloc(x.b.cat.n + 1, sizeof *x.line)) == NULL)
			err_nomem(e);
		else if (gather_open(&x.g, &x.b.r, &x.b.cat, e) == 0 &&
		    gather_limits(&x.g, &x.b.ev) == 0)
			gather_each(&x.g, remediation_line, x.other ? other_line : NULL, &x);
		status = e->status ? cli_fail(c, e) : list(&x);
	}
	if (status == 0)
		status = evidence_banner(&x.b.ev);
	for (unsigned i = 0; x.line && i < x.b.cat.n; i++)
		for (unsigned t = 0; t < TEXTS; t++)
			free(x.line[i].text[t]);
	free(x.line);
	for (unsigned t = 0; t < TEXTS; t++)
		for (unsigned v = 0; v < x.known[t].n; v++)
			free(x.known[t].value[v]);
	gather_release(&x.g);
	browse_close(&x.b);
	return status;
}
