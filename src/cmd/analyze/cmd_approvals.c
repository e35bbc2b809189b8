/* approvals: what was asked, who decided, what followed (formats/controls.md CT-1 to CT-4). */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "cmd/analyze/gather.h"
#include "json/json.h"
#include "report/form.h"

#define DECIDERS 60u /* named where --by names nobody */

struct telling {
	const struct cli *c;
	struct gathering g;
	/* of the request, or of the first event where nobody was asked */
	struct period period;
	const char *path, *by; /* filters, NULL: any */
	bool json, lines, csv, page;
	bool headed;   /* the line above the others stands */
	bool by_known; /* --by decided something in this archive */
	char *decider[DECIDERS];
	unsigned n_deciders;
	uint64_t shown, passed;
	struct buf out;
	struct form form; /* of the table, into out */
};

static const char *
or_null(const char *s)
{
	return s && s[0] ? s : NULL;
}

static void
put_text(struct emit *e, const char *name, const char *s)
{
	emit_str(e, name, or_null(s));
}

static void
put_time(struct emit *e, const char *name, int64_t us)
{
	if (us == NO_TIME)
		emit_null(e, name);
	else
		emit_time(e, name, us);
}

static const char *
confidence_of(const struct facts *f)
{
	return f->confidence_text ? f->confidence_text : f->confidence;
}

/* Before when all that tells of the approval had been sealed; NULL: nobody says that of all. */
static const struct dated *
latest_date(const struct evidence *ev, const struct facts *f)
{
	const struct dated *latest = NULL;
	struct role role[FACTS_ROLES];
	unsigned n = facts_roles(f, role, FACTS_ROLES);

	for (unsigned i = 0; i < n; i++) {
		const struct dated *d = date_of(ev, &f->s->m[role[i].at]);

		if (d == NULL)
			return NULL;
		if (latest == NULL || d->before > latest->before)
			latest = d;
	}
	return latest;
}

static void
put_json(struct buf *b, const struct evidence *ev, const struct facts *f)
{
	const struct phases *p = &f->s->phases;
	struct emit e;

	emit_init(&e, b);
	emit_object(&e, NULL);
	emit_text(&e, "correlation_id", f->c->text, f->c->n);
	put_text(&e, "path", facts_path(f));
	put_text(&e, "approval_request", f->request);
	put_time(&e, "requested_at", f->requested_at);
	put_text(&e, "requested_workflow", f->workflow);
	put_text(&e, "confidence", confidence_of(f));
	put_text(&e, "required_because", facts_because(f));
	put_text(&e, "policy_decision", f->policy_word ? f->policy_word : f->policy_outcome);
	put_text(&e, "policy_hash", f->policy_hash);
	put_time(&e, "deadline", f->deadline);
	put_text(&e, "deadline_source", facts_deadline_source(f));
	put_text(&e, "decision", f->word);
	put_text(&e, "decided_by", f->by);
	put_text(&e, "on_behalf_of", f->on_behalf_of);
	put_text(&e, "via", f->via);
	put_time(&e, "decided_at", f->decided_at);
	put_text(&e, "reason", f->reason);
	put_text(&e, "created_workflow", f->created_workflow);
	put_text(&e, "executed_workflow",
	    f->executed_workflow ? f->executed_workflow : f->created_workflow);
	put_text(&e, "override", override_name[f->override]);
	put_text(&e, "effect", facts_effect(f));
	put_text(&e, "assessment", f->assessment);
	put_text(&e, "phase", p->phase == PHASE_NONE ? NULL : phase_name[p->phase]);
	put_text(&e, "outcome", f->outcome);
	put_time(&e, "ended_at", f->end >= 0 ? f->s->m[f->end].time : NO_TIME);
	put_text(&e, "requested_by", f->requested_by);
	emit_u64(&e, "repeated_deliveries", facts_repeats(f));
	facts_events_json(emit_value(&e, "events"), f);
	date_members(&e, latest_date(ev, f));
	emit_end(&e);
}

/* Who decided; a delegate's word for a person is told as that. */
static void
put_by(struct buf *b, const struct facts *f)
{
	struct buf who;

	if (or_null(f->by) == NULL) {
		buf_byte(b, '-');
		return;
	}
	buf_init(&who, 1u << 20);
	put_person(&who, f->by, f->asserted_by);
	text_plain(b, who.p, who.len);
	b->failed |= who.failed;
	buf_release(&who);
}

/* What a narrow terminal has no room for goes first (the last figure). */
static const struct form_column column[] = { { "correlation_id", "REMEDIATION", COLUMN_TEXT, 26,
						 0 },
	{ "path", "PATH", COLUMN_TEXT, 13, 0 }, { "decided_at", "DECIDED", COLUMN_TIME, 20, 2 },
	{ "decided_by", "BY", COLUMN_TEXT, 20, 1 }, { "effect", "EFFECT", COLUMN_TEXT, 13, 0 } };

static void
put_row(struct telling *t, const struct facts *f)
{
	struct buf text;

	buf_init(&text, 1u << 20);
	form_text(&t->form, f->c->text, f->c->n);
	form_str(&t->form, facts_path(f));
	if (f->decided_at != NO_TIME)
		form_time(&t->form, f->decided_at);
	else
		form_str(&t->form, NULL);
	if (or_null(f->by))
		put_person(&text, f->by, f->asserted_by);
	form_text(&t->form, text.len ? (char *)text.p : NULL, text.len);
	buf_clear(&text);
	buf_printf(&text, "%s%s", facts_effect(f) ? facts_effect(f) : "",
	    f->override == OVERRIDE_INFERRED ? ", other workflow or parameters than asked for" :
					       "");
	form_text(&t->form, (char *)text.p, text.len);
	t->out.failed |= text.failed;
	buf_release(&text);
}

static void
line(struct buf *b, const char *label, const char *s)
{
	if (or_null(s) == NULL)
		return;
	buf_printf(b, "  %-15s", label);
	text_plain(b, s, strlen(s));
	buf_byte(b, '\n');
}

static void
time_line(struct buf *b, const char *label, int64_t us, const char *else_)
{
	buf_printf(b, "  %-15s", label);
	if (us == NO_TIME)
		buf_str(b, else_);
	else
		utc_print(b, UTC_REST, us, 0);
	buf_byte(b, '\n');
}

/* The text that the approver was shown, as the notification carried it. */
static void
put_shown(struct buf *b, const struct facts *f)
{
	bool told;
	struct str body = facts_shown(f, &told);
	const char *p = body.p, *end = body.p ? body.p + body.n : NULL;

	buf_str(b, "\nSHOWN TO THE APPROVER\n");
	if (!told) {
		buf_str(b,
		    "  not in evidence: no event says that a notification of the request was "
		    "sent\n");
		return;
	}
	while (p < end) {
		const char *nl = memchr(p, '\n', (size_t)(end - p));
		size_t n = nl ? (size_t)(nl - p) : (size_t)(end - p);

		buf_str(b, "  | ");
		text_plain(b, p, n);
		buf_byte(b, '\n');
		p += n + (nl != NULL);
	}
}

static void
put_asked(struct buf *b, const struct facts *f)
{
	buf_str(b, "ASKED\n");
	/* missing rows are no proof that nobody was asked */
	if (f->requested.n == 0)
		buf_str(b,
		    f->limited ? "  no request is among the rows here; some are known to be "
				 "missing\n" :
				 "  nobody was asked\n");
	else
		time_line(b, "at", f->requested_at, "");
	line(b, "request", f->request);
	line(b, "workflow", f->workflow);
	line(b, "confidence", confidence_of(f));
	line(b, "policy", f->policy_word ? f->policy_word : f->policy_outcome);
	line(b, "because", f->approval_reason ? f->approval_reason : f->policy_reason);
	line(b, "policy hash", f->policy_hash);
	if (f->degraded)
		line(b, "degraded", "the policy could not be evaluated as written");
	if (f->requested.n)
		time_line(b, "deadline", f->deadline,
		    "not in evidence: events carry none, and the request's object is not archived");
	/* a remediation that an alert began has no person behind its request */
	line(b, "requested by",
	    f->requested_by     ? f->requested_by :
		f->genesis >= 0 ? "an alert: no person" :
				  "not in evidence");
}

static void
put_decided(struct buf *b, const struct facts *f)
{
	buf_str(b, "\nDECIDED\n");
	if (f->word) {
		line(b, "decision", f->word);
		buf_printf(b, "  %-15s", "by");
		put_by(b, f);
		buf_byte(b, '\n');
		line(b, "through", f->via);
		time_line(b, "at", f->decided_at, "");
		line(b, "words", f->reason ? f->reason : "none");
	} else {
		line(b, "",
		    f->limited         ? "no decision is among the rows here" :
			f->requested.n ? "no decision is on record" :
					 "nothing was to be decided");
	}
}

static void
put_done(struct buf *b, const struct facts *f)
{
	static const char *const parameters[] = { "not known whether those that were asked for",
		"those that were asked for", "OTHERS than were asked for" };

	buf_str(b, "\nDONE\n");
	line(b, "effect", facts_effect(f));
	line(b, "workflow", f->executed_workflow ? f->executed_workflow : f->created_workflow);
	line(b, "version", f->created_version);
	line(b, "image", f->executed_bundle);
	/* parameters and override only where something ran, or was asked */
	if (f->started.n)
		line(b, "parameters", parameters[f->parameters]);
	if (f->requested.n)
		line(b, "override",
		    f->override == OVERRIDE_INFERRED ? "inferred: what ran is not what was asked "
						       "for; no event says who chose it" :
						       override_name[f->override]);
	line(b, "failure", f->finish_reason);
	line(b, "assessed", f->assessment);
	line(b, "outcome", f->outcome);
}

/* Each event by its role, with how sure its place in the order is. */
static void
put_events(struct buf *b, const struct evidence *ev, const struct facts *f)
{
	unsigned repeats = f->requested.repeats + f->webhook.repeats + f->orchestrator.repeats;
	struct role role[FACTS_ROLES];
	unsigned n = facts_roles(f, role, FACTS_ROLES);
	char id[37];

	buf_str(b,
	    "\nEVENTS, by stated time (~ = of one time with the line above, in the source's flow, "
	    "? = of one time: order within this moment is not proven)\n");
	for (unsigned i = 0; i < n; i++) {
		const struct moment *m = &f->s->m[role[i].at];
		enum order order = i && role[i - 1].at != role[i].at ?
		    story_order(f->s, role[i - 1].at, role[i].at) :
		    ORDER_TIME;

		uuid_of(m->id, id);
		buf_str(b, "  ");
		buf_time(b, m->time);
		buf_printf(
		    b, " %s %-24s %s @%" PRIu64, order_mark[order], role[i].name, id, m->position);
		date_words(b, date_of(ev, m));
		buf_byte(b, '\n');
	}
	/* repeated deliveries are counted and not listed */
	if (repeats)
		buf_printf(b,
		    "  and %u repeated deliveries of them: equal events under other ids\n",
		    repeats);
}

/* In the order of the control: who was asked, who decided, what was done. */
static void
put_page(struct buf *b, const struct evidence *ev, const struct facts *f)
{
	buf_str(b, "APPROVAL of ");
	text_plain(b, f->c->text, f->c->n);
	buf_printf(b, ": %s\n\n", facts_path(f));
	put_asked(b, f);
	put_decided(b, f);
	put_done(b, f);
	if (f->requested.n)
		put_shown(b, f);
	put_events(b, ev, f);
	buf_byte(b, '\n');
}

static void
put_csv(struct buf *b, const struct facts *f)
{
	const char *field[] = { facts_path(f), f->request, f->workflow, confidence_of(f),
		f->policy_hash, f->word, f->by, f->via, f->reason,
		f->executed_workflow ? f->executed_workflow : f->created_workflow,
		override_name[f->override], facts_effect(f) };
	bool escaped = false;

	escaped |= text_csv(b, f->c->text, f->c->n);
	for (unsigned i = 0; i < sizeof field / sizeof *field; i++) {
		buf_byte(b, ',');
		escaped |= text_csv(b, field[i] ? field[i] : "", field[i] ? strlen(field[i]) : 0);
	}
	buf_byte(b, ',');
	if (f->requested_at != NO_TIME)
		utc_print(b, UTC_REST, f->requested_at, 0);
	buf_byte(b, ',');
	if (f->decided_at != NO_TIME)
		utc_print(b, UTC_REST, f->decided_at, 0);
	buf_str(b, escaped ? ",yes\r\n" : ",\r\n");
}

/* Who decided anything here, each once, as far as there is room: for a --by that names nobody of
 * them. */
static void
note_decider(struct telling *t, const struct facts *f)
{
	if (t->by == NULL || f->by == NULL)
		return;
	t->by_known |= strcmp(t->by, f->by) == 0;
	for (unsigned i = 0; i < t->n_deciders; i++)
		if (strcmp(t->decider[i], f->by) == 0)
			return;
	if (t->n_deciders < DECIDERS && (t->decider[t->n_deciders] = strdup(f->by)) != NULL)
		t->n_deciders++;
}

static const char *
decider_word(void *arg, unsigned i)
{
	const struct telling *t = arg;

	return i < t->n_deciders ? t->decider[i] : NULL;
}

static bool
wanted(const struct telling *t, const struct facts *f)
{
	int64_t when = f->requested_at;

	for (unsigned i = 0; i < f->s->n && f->requested_at == NO_TIME; i++)
		when = when == NO_TIME || f->s->m[i].time < when ? f->s->m[i].time : when;
	return when >= t->period.from && when < t->period.to &&
	    (t->path == NULL || strcmp(t->path, facts_path(f)) == 0) &&
	    (t->by == NULL || (f->by && strcmp(t->by, f->by) == 0));
}

/* The line above the others, once. */
static void
put_head(struct telling *t)
{
	if (t->headed)
		return;
	t->headed = true;
	if (t->csv)
		printf("correlation_id,path,approval_request,requested_workflow,confidence,policy_"
		       "hash,decision,decided_by,via,reason,executed_workflow,override,effect,"
		       "requested_at,decided_at,_escaped\r\n");
	else if (!t->json && !t->page) {
		form_begin(&t->form, &t->out, STYLE_TABLE, NULL, column,
		    sizeof column / sizeof *column, t->c->width);
		fwrite(t->out.p, 1, t->out.len, stdout);
	}
}

/* One remediation, if it is asked for. 0 or -1 (err). */
static int
tell(void *arg, const struct facts *f)
{
	struct telling *t = arg;

	note_decider(t, f);
	if (!t->page && !wanted(t, f)) {
		t->passed++;
		return 0;
	}
	buf_clear(&t->out);
	put_head(t);
	buf_clear(&t->out);
	if (t->json && !t->lines && t->shown)
		buf_byte(&t->out, ',');
	else if (t->json && !t->lines)
		evidence_begin_list("approvals");
	if (t->json)
		put_json(&t->out, t->g.ev, f);
	else if (t->csv)
		put_csv(&t->out, f);
	else if (t->page)
		put_page(&t->out, t->g.ev, f);
	else
		put_row(t, f);
	buf_str(&t->out, t->json && t->lines ? "\n" : "");
	fwrite(t->out.p, 1, t->out.len, stdout);
	t->shown++;
	return t->out.failed ? err_nomem(t->g.e) : 0;
}

static int
one(void *arg, struct browse *b, const struct correlation *c)
{
	struct telling *t = arg;
	struct story s;
	struct facts f;

	if (gather_one(&t->g, c, &s, &f) == 0)
		tell(t, &f);
	facts_release(&f);
	story_release(&s);
	return b->ev.err.status;
}

static int
all(struct telling *t, struct browse *b)
{
	struct err *e = &b->ev.err;

	gather_in_order(&t->g, tell, t);
	if (e->status == 0 && t->by && !t->by_known)
		return cli_unknown(t->c, "--by", t->by, decider_word, t);
	buf_clear(&t->out);
	put_head(t);
	fprintf(t->json || t->csv ? stderr : stdout,
	    "%" PRIu64 " of %" PRIu64 " remediations shown, as far as the rows here tell\n",
	    t->shown, t->shown + t->passed);
	return e->status ? cli_fail(t->c, e) : evidence_banner(&b->ev);
}

int
cmd_approvals(const struct cli *c)
{
	const char *period = cli_get(c, "period");
	struct telling t = { .c = c,
		.json = c->form == OUT_JSON || c->form == OUT_JSONL,
		.lines = c->form == OUT_JSONL,
		.csv = c->form == OUT_CSV,
		.period = { INT64_MIN, INT64_MAX },
		.path = cli_get(c, "path"),
		.by = cli_get(c, "by"),
		.page = cli_get(c, "id") != NULL };
	struct browse b;
	int status;

	if (period)
		period_parse(period, &t.period);
	buf_init(&t.out, 64u << 20);
	if ((status = browse_open(&b, c, NULL)) == 0 &&
	    (gather_open(&t.g, &b.r, &b.cat, &b.ev.err) || gather_limits(&t.g, &b.ev)))
		status = cli_fail(c, &b.ev.err);
	if (status == 0) {
		reading_wants(&b.r, 0);
		status = t.page ? browse_ids(&b, one, &t) : all(&t, &b);
		if (t.json && !t.lines && status != EX_USAGE_ERR) {
			if (t.shown == 0)
				evidence_begin_list("approvals");
			evidence_end_list(&b.ev);
		}
	}
	/* deciders are named once, for the closing line */
	for (unsigned i = 0; i < t.n_deciders; i++)
		free(t.decider[i]);
	gather_release(&t.g);
	buf_release(&t.out);
	browse_close(&b);
	return status;
}
