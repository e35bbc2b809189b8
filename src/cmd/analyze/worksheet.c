#include "cmd/analyze/worksheet.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "base/utc.h"
#include "base/vec.h"
#include "digest/digest.h"
#include "json/json.h"

const struct form_column worksheet_column[] = {
#define ITEM(name, kind, width, meaning) { #name, #name, COLUMN_##kind, width, 0 },
#define ATTRIBUTE(letter, rule, id) { #letter "_" id, #letter, COLUMN_TEXT, 24, 0 },
#include "cmd/analyze/worksheet.def"
#undef ITEM
#undef ATTRIBUTE
};
const unsigned worksheet_columns = sizeof worksheet_column / sizeof *worksheet_column;

static int
by_correlation(const void *pa, const void *pb)
{
	const struct exception *a = pa, *b = pb;

	return a->c != b->c ? a->c < b->c ? -1 : 1 : (int)a->rule - (int)b->rule;
}

static bool
before(const void *key, const void *member)
{
	return ((const struct exception *)member)->c < (const struct correlation *)key;
}

size_t
worksheet_exceptions(const struct worksheet *w, const struct correlation *c)
{
	size_t at = lower_bound(c, w->k.exception, w->k.n, sizeof *w->k.exception, before);

	return at < w->k.n && w->k.exception[at].c == c ? at : w->k.n;
}

/* As controls_finish has them: the report gives them the same numbers. */
static int
by_rule(const void *pa, const void *pb)
{
	const struct exception *a = *(const struct exception *const *)pa,
			       *b = *(const struct exception *const *)pb;
	int id;

	if (a->rule != b->rule)
		return a->rule < b->rule ? -1 : 1;
	if (a->c != b->c && a->c->n_at && b->c->n_at) {
		if (a->c->at[0].archive != b->c->at[0].archive)
			return a->c->at[0].archive < b->c->at[0].archive ? -1 : 1;
		if (a->c->at[0].position != b->c->at[0].position)
			return a->c->at[0].position < b->c->at[0].position ? -1 : 1;
	}
	id = strcmp(a->event[0].id, b->event[0].id);
	return id ? id : strcmp(a->sentence, b->sentence);
}

const struct exception **
worksheet_by_rule(const struct worksheet *w)
{
	const struct exception **list = calloc(w->k.n + 1, sizeof *list);

	for (size_t i = 0; list && i < w->k.n; i++)
		list[i] = &w->k.exception[i];
	if (list && w->k.n)
		qsort(list, w->k.n, sizeof *list, by_rule);
	return list;
}

void
exception_explained(struct buf *out, const struct exception *x)
{
	const char *p = rule_info[x->rule].explanations;

	for (unsigned i = 0; i < EXPLANATIONS && *p; i++) {
		size_t n = strcspn(p, "|");

		buf_printf(
		    out, "%s%.*s (%s)", i ? "; " : "", (int)n, p, explained_name[x->state[i]]);
		p += n + (p[n] == '|');
	}
}

void
exception_events(struct buf *out, const struct exception *x)
{
	for (unsigned k = 0; k < x->n_events; k++)
		buf_printf(out, "%s%s", k ? " " : "", x->event[k].id);
}

/* The rules over one remediation alone. */
static void
test_one(struct worksheet *w, const struct facts *f, struct controls *one)
{
	controls_init(one, &w->p, w->period.from, w->period.to);
	one->limited = w->k.limited;
	one->limited_arg = w->k.limited_arg;
	controls_remediation(one, f);
}

static int
remediation(void *arg, const struct facts *f)
{
	struct worksheet *w = arg;
	const struct drawn *d = sample_member(&w->s, f->c);
	struct controls one;

	controls_remediation(&w->k, f);
	if (d) {
		test_one(w, f, &one);
		sample_tested(&w->s, d, &one);
		w->k.nomem |= one.nomem;
		controls_release(&one);
	}
	return w->k.nomem ? -1 : 0;
}

static int
other(void *arg, const struct correlation *c, const struct story *story)
{
	struct worksheet *w = arg;

	(void)c;
	controls_other(&w->k, story);
	return w->k.nomem ? -1 : 0;
}

int
worksheet_gather(struct worksheet *w, struct reading *r, const struct catalog *cat)
{
	struct err *e = &w->ev->err;

	controls_init(&w->k, &w->p, w->period.from, w->period.to);
	w->k.limited = limited;
	w->k.limited_arg = w->ev;
	if (gather_open(&w->g, r, cat, e) || gather_limits(&w->g, w->ev) ||
	    gather_registry(&w->g, &w->r, &w->period) ||
	    (sample_draw(&w->s, &w->r, &w->wish) ? err_nomem(e) : 0) ||
	    gather_each(&w->g, remediation, other, w) ||
	    (controls_finish(&w->k) ? err_nomem(e) : 0)) {
		if (w->k.nomem)
			err_nomem(e);
		return -1;
	}
	if (w->k.n)
		qsort(w->k.exception, w->k.n, sizeof *w->k.exception, by_correlation);
	return 0;
}

void
worksheet_release(struct worksheet *w)
{
	controls_release(&w->k);
	registry_release(&w->r);
	gather_release(&w->g);
	sample_release(&w->s);
	parameters_release(&w->p);
}

/* What a rule says of one remediation, into out. */
static void
verdict(const struct controls *one, enum rule_id rule, struct buf *out)
{
	const struct tally *y = &one->tally[rule];

	if (y->exceptions) {
		buf_str(out, "exception: ");
		for (size_t i = 0; i < one->n; i++)
			if (one->exception[i].rule == rule)
				buf_str(out, one->exception[i].sentence);
	} else if (y->untestable) {
		buf_str(out, "not testable: ");
		for (size_t i = 0; i < one->n_untested; i++)
			if (one->untested[i].rule == rule)
				buf_str(out, one->untested[i].reason);
	} else if (y->passed) {
		buf_str(out, "pass");
	} else {
		buf_printf(out, "n.a.: %s",
		    y->na[0].reason ? y->na[0].reason : "it is not about such a remediation");
	}
}

int
worksheet_test(struct worksheet *w, const struct correlation *c, struct story *story,
    struct facts *f, struct tested *ret)
{
	struct role role[64];
	struct controls one;
	unsigned n;
	char id[37];

	for (unsigned i = 0; i < ATTRIBUTES; i++)
		buf_init(&ret->words[i], 65536);
	buf_init(&ret->events, 65536);
	if (gather_one(&w->g, c, story, f))
		return -1;
	test_one(w, f, &one);
	for (unsigned i = 0; i < ATTRIBUTES; i++)
		verdict(&one, sample_attribute[i], &ret->words[i]);
	n = facts_roles(f, role, 64);
	for (unsigned i = 0; i < n; i++) {
		uuid_of(f->s->m[role[i].at].id, id);
		buf_printf(&ret->events, "%s%s", i ? " " : "", id);
	}
	n = one.nomem;
	controls_release(&one);
	return n ? err_nomem(w->ev ? &w->ev->err : w->g.e) : 0;
}

const char *
worksheet_apart(const struct worksheet *w, const struct drawn *d)
{
	for (unsigned i = 0; i < w->n_chosen; i++)
		if (w->chosen[i].c == d->e->c)
			return "judgemental";
	return !d->taken && worksheet_exceptions(w, d->e->c) < w->k.n ? "exception" : NULL;
}

static void
moment(struct form *f, int64_t us)
{
	if (us == NO_TIME)
		form_str(f, NULL);
	else
		form_time(f, us);
}

static int64_t
time_of(const struct facts *f, const struct seen *k)
{
	return k->n ? f->s->m[k->at[0]].time : NO_TIME;
}

static void
bytes(struct form *f, const struct buf *b)
{
	form_text(f, b->p ? (const char *)b->p : "", b->len);
}

/* What the row says of the approval and what followed. */
static void
decision(struct form *o, const struct facts *f)
{
	static const char *const parameters[] = { "not known", "yes", "no" };

	form_str(o, f->policy_word ? f->policy_word : f->policy_outcome);
	form_str(o, f->policy_hash);
	form_str(o, f->confidence_text ? f->confidence_text : f->confidence);
	form_str(o, f->workflow);
	moment(o, f->requested_at);
	moment(o, f->deadline);
	form_str(o, f->word);
	form_str(o, f->by);
	form_str(o, f->on_behalf_of);
	form_str(o, f->via);
	moment(o, f->decided_at);
	if (f->requested_at != NO_TIME && f->decided_at >= f->requested_at)
		form_number(o, (uint64_t)((f->decided_at - f->requested_at) / 1000000));
	else
		form_str(o, NULL);
	form_str(o, f->reason);
	form_str(o, f->executed_workflow ? f->executed_workflow : f->created_workflow);
	form_str(o, f->created_version);
	form_str(o, f->executed_bundle);
	form_str(o, f->started.n ? parameters[f->parameters] : NULL);
	moment(o, time_of(f, &f->started));
	moment(o, time_of(f, &f->finished));
	form_str(o, facts_effect(f));
	form_str(o, f->assessment);
	form_str(o, f->outcome);
}

/* What the tester typed into the row, or room for it, in the columns' order. */
static void
typed(const struct worksheet *w, struct form *o, bool drawn, uint32_t row)
{
	static const enum answer_cell order[] = { ANSWER_BY, ANSWER_ON, ANSWER_WORDS };

	for (unsigned i = 0; i < ANSWER_CELLS; i++)
		form_str(o,
		    answers_cell(w->ev->typed, drawn ? SAMPLE_DRAWN : SAMPLE_APART, row, order[i]));
}

/* A row; d: NULL: of no member of the population. at: its row of the sheet. */
static int
row(struct worksheet *w, struct form *o, const char *draw, const struct drawn *d,
    const struct correlation *c, uint32_t at)
{
	struct tested t;
	struct story story = { 0 };
	struct facts f = { 0 };
	int rc = worksheet_test(w, c, &story, &f, &t);

	/* only what was drawn has a place in the draw */
	if (rc == 0) {
		if (strcmp(draw, "random") == 0)
			form_number(o, d->place);
		else
			form_str(o, NULL);
		form_str(o, draw);
		form_str(o, d ? w->s.s[d->stratum].name : NULL);
		form_text(o, c->text, c->n);
		form_str(o, d ? d->key : NULL);
		form_str(o, f.cluster);
		form_str(o, f.target_namespace);
		form_str(o, f.target_kind);
		form_str(o, f.target_name);
		form_str(o, f.signal);
		form_str(o, f.severity);
		/* the attributes, in the order of their columns */
		form_str(o, f.requested_by);
		decision(o, &f);
		for (unsigned i = 0; i < ATTRIBUTES; i++)
			bytes(o, &t.words[i]);
		bytes(o, &t.events);
		/* what somebody typed into a book that came back */
		typed(w, o, strcmp(draw, "random") == 0, at);
	}
	for (unsigned i = 0; i < ATTRIBUTES; i++)
		buf_release(&t.words[i]);
	buf_release(&t.events);
	facts_release(&f);
	story_release(&story);
	return rc;
}

static int
by_log(const void *pa, const void *pb)
{
	const struct correlation *a = (*(const struct drawn *const *)pa)->e->c,
				 *b = (*(const struct drawn *const *)pb)->e->c;

	if (a->at[0].archive != b->at[0].archive)
		return a->at[0].archive < b->at[0].archive ? -1 : 1;
	return a->at[0].position < b->at[0].position ? -1 : a->at[0].position > b->at[0].position;
}

int
worksheet_rows(struct worksheet *w, struct form *f, bool drawn)
{
	const struct drawn **list = calloc(w->s.n + 1, sizeof *list);
	size_t n = 0;
	uint32_t at = 2;
	int rc = list ? 0 : err_nomem(&w->ev->err);

	/* what the auditor chose stands before what the rules name */
	for (unsigned i = 0; !drawn && i < w->n_chosen && rc == 0; i++)
		rc = row(w, f, "judgemental", sample_member(&w->s, w->chosen[i].c), w->chosen[i].c,
		    at++);
	for (size_t i = 0; i < w->s.n && rc == 0; i++) {
		const struct drawn *d = &w->s.d[i];
		const char *apart = drawn ? NULL : worksheet_apart(w, d);

		if (drawn ? d->taken : apart && strcmp(apart, "exception") == 0)
			list[n++] = d;
	}
	/* there may be many of those: in the order of the log, each block is opened once */
	if (!drawn && n)
		qsort(list, n, sizeof *list, by_log);
	for (size_t i = 0; i < n && rc == 0; i++)
		rc = row(w, f, drawn ? "random" : "exception", list[i], list[i]->e->c, at++);
	free(list);
	return rc;
}

int64_t
newest_export(const struct evidence *v)
{
	int64_t newest = 0;
	struct utc t;

	for (unsigned i = 0; i < v->n; i++) {
		struct str at = archive_manifest_str(v->archive[i], "started_at");

		if (utc_parse(at.p, at.n, &t) == UTC_OK && t.us > newest)
			newest = t.us;
	}
	return newest;
}

int
digest_file(struct evidence *v, struct archive *a, char hex[65])
{
	enum { CHUNK = 1 << 18 };
	struct sha256 *sha = sha256_new();
	char *chunk = malloc(CHUNK);
	uint64_t at = 0;
	uint8_t d[32];
	int rc = -1;

	/* the file as it lies there, in pieces */
	if (sha == NULL || chunk == NULL)
		err_nomem(&v->err);
	else
		sha256_begin(sha);
	while (v->err.status == 0 && at < archive_bytes(a)) {
		ssize_t n = archive_read(a, at, chunk, CHUNK);

		/* a signal is no end of the file */
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			err_set(&v->err, EX_IO_ERR, "%s: cannot be read at byte %" PRIu64,
			    archive_name(a), at);
			break;
		}
		sha256_add(sha, chunk, (size_t)n);
		at += (uint64_t)n;
	}
	if (v->err.status == 0) {
		sha256_end(sha, d);
		hex_of(d, 32, hex);
		rc = 0;
	}
	sha256_free(sha);
	free(chunk);
	return rc;
}
