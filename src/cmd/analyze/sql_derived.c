/*
 * Tables of what other verbs make of the events: from the declarations and the facts that they
 * use.
 */
#include <stdlib.h>
#include <string.h>

#include "approval/controls.h"
#include "base/limits.h"
#include "base/text.h"
#include "cmd/analyze/cluster.h"
#include "cmd/analyze/gather.h"
#include "cmd/analyze/sql_inner.h"
#include "rebuild/leaves.h"
#include "rebuild/rebuild.h"

struct deriving {
	struct sql_tables *t;
	struct controls k;
	struct err *e;
};

static const char *
phase_word(enum phase k)
{
	return k == PHASE_NONE ? NULL : phase_name[k];
}

static int
remediation(struct sql_tables *t, const struct facts *f)
{
	const struct phases *p = &f->s->phases;
	struct utc_range range = { 0 };
	const char *action = NULL;
	struct buf target;
	struct row r;
	int k = 0;

	if (builder_row(&t->rows[MORE_remediations], &r))
		return -1;
	/* first and last of all its events, whatever they tell */
	for (unsigned i = 0; i < f->s->n; i++)
		utc_range_add(&range, f->s->m[i].time);
	buf_init(&target, EX_MAX_BODY);
	if (f->target_kind || f->target_name)
		buf_printf(&target, "%s/%s/%s", f->target_namespace ? f->target_namespace : "",
		    f->target_kind ? f->target_kind : "", f->target_name ? f->target_name : "");
	put_text(&r, k++, (struct str){ f->c->text, f->c->n });
	put_word(&r, k++, phase_word(p->phase));
	put_word(&r, k++, p->outcome);
	put_word(&r, k++, facts_result(f));
	put_word(&r, k++, facts_path(f));
	put_text(&r, k++, (struct str){ (const char *)target.p, target.len });
	put_word(&r, k++, f->target_namespace);
	put_word(&r, k++, story_cluster(f->s));
	put_word(&r, k++, f->signal);
	put_word(&r, k++, f->severity);
	buf_release(&target);
	/*
	 * the action that was taken stands in the event that made the workflow, else in that of
	 * its start
	 */
	for (unsigned pass = 0; pass < 2 && action == NULL; pass++) {
		struct moment *m = facts_event(f, pass ? &f->started : &f->created);
		const struct json_doc *d = m ? moment_payload(m) : NULL;
		uint32_t at = d ? event_member(d, "action_type") : JSON_NONE;

		if (at == JSON_NONE || d->node[at].type != JSON_STRING || !d->node[at].str_len)
			continue;
		action = json_str(d, at);
		put_text(&r, k, (struct str){ action, d->node[at].str_len });
	}
	k++;
	put_word(&r, k++, f->executed_workflow ? f->executed_workflow : f->created_workflow);
	put_time(&r, k++, range.any ? range.min : NO_TIME);
	put_time(&r, k++, range.any ? range.max : NO_TIME);
	put_time(&r, k++, p->end >= 0 ? f->s->m[p->end].time : NO_TIME);
	if (p->end >= 0)
		put_integer(&r, k, floor_div(f->s->m[p->end].time - p->start, 1000));
	put_integer(&r, ++k, f->s->n);
	return 0;
}

static int
approval(struct sql_tables *t, const struct facts *f)
{
	const struct phases *p = &f->s->phases;
	struct buf events;
	struct row r;
	int k = 0;

	if (builder_row(&t->rows[MORE_approvals], &r))
		return -1;
	put_text(&r, k++, (struct str){ f->c->text, f->c->n });
	put_word(&r, k++, facts_path(f));
	put_word(&r, k++, f->request);
	put_time(&r, k++, f->requested_at);
	put_word(&r, k++, f->workflow);
	put_word(&r, k++, f->confidence_text ? f->confidence_text : f->confidence);
	put_word(&r, k++, facts_because(f));
	put_word(&r, k++, f->policy_word ? f->policy_word : f->policy_outcome);
	put_word(&r, k++, f->policy_hash);
	put_time(&r, k++, f->deadline);
	put_word(&r, k++, facts_deadline_source(f));
	put_word(&r, k++, f->word);
	put_word(&r, k++, f->by);
	put_word(&r, k++, f->on_behalf_of);
	put_word(&r, k++, f->via);
	if (f->word)
		put_truth(&r, k, f->human);
	put_time(&r, ++k, f->decided_at);
	put_word(&r, ++k, f->reason);
	put_word(&r, ++k, f->created_workflow);
	put_word(&r, ++k, f->executed_workflow ? f->executed_workflow : f->created_workflow);
	put_word(&r, ++k, override_name[f->override]);
	put_word(&r, ++k, facts_effect(f));
	put_word(&r, ++k, f->assessment);
	put_word(&r, ++k, phase_word(p->phase));
	put_word(&r, ++k, f->outcome);
	put_time(&r, ++k, f->end >= 0 ? f->s->m[f->end].time : NO_TIME);
	put_word(&r, ++k, f->requested_by);
	put_integer(&r, ++k, facts_repeats(f));
	buf_init(&events, 1u << 20);
	facts_events_json(&events, f);
	put_json(&r, ++k, &events);
	buf_release(&events);
	return 0;
}

static int
populations(struct sql_tables *t, const struct facts *f)
{
	uint64_t in = populations_of(f, INT64_MIN, INT64_MAX);
	struct row r;

	for (unsigned i = 0; i < POPULATIONS; i++)
		if (in >> i & 1) {
			if (builder_row(&t->rows[MORE_populations], &r))
				return -1;
			put_word(&r, 0, population_info[i].name);
			put_text(&r, 1, (struct str){ f->c->text, f->c->n });
		}
	return 0;
}

static void
put_told(struct row *r, int column, struct str s)
{
	if (s.n)
		put_text(r, column, s);
}

static void
put_failure(struct row *r, int column, struct moment *m)
{
	struct failure x;

	if (!event_failure(&x, m))
		return;
	put_told(r, column++, x.code);
	put_told(r, column++, x.component);
	put_told(r, column++, x.message);
	if (x.retry != RETRY_NOT_TOLD)
		put_truth(r, column, x.retry == RETRY_POSSIBLE);
}

static int
timeline(struct sql_tables *t, const struct facts *f)
{
	const struct story *s = f->s;
	struct buf b;
	int rc = 0;

	buf_init(&b, EX_MAX_BODY);
	/* in the order of the story, which is proven or said not to be */
	for (unsigned i = 0; i < s->n && rc == 0; i++) {
		struct moment *m = &s->m[i];
		char id[37];
		struct row r;
		int k = 0;

		if (builder_row(&t->rows[MORE_timeline], &r)) {
			rc = -1;
			break;
		}
		uuid_of(m->id, id);
		buf_clear(&b);
		event_sentence(&b, m, moment_payload(m));
		put_text(&r, k++, (struct str){ f->c->text, f->c->n });
		put_integer(&r, k++, i + 1);
		put_time(&r, k++, m->time);
		put_word(&r, k++, id);
		put_integer(&r, k++, (int64_t)m->position);
		put_word(&r, k++, order_name[m->order]);
		if (m->stored_after != NOT_LINKED)
			put_integer(&r, k, (int64_t)s->m[m->stored_after].position);
		put_truth(&r, ++k, m->contradicts_time);
		put_truth(&r, ++k, m->behind_end);
		put_word(&r, ++k, m->type);
		put_word(&r, ++k, event_type_info[m->kind].stage);
		put_word(&r, ++k, m->actor_id);
		put_text(&r, ++k, (struct str){ (const char *)b.p, b.len });
		put_failure(&r, k + 1, m);
	}
	rc = b.failed ? -1 : rc;
	buf_release(&b);
	return rc;
}

/* What the object's leaf comes from: its own entry, else that of what holds it. */
static const struct origin *
origin_of(const struct rebuilt_rr *rr, struct str place)
{
	for (size_t n = place.n; n; n--) {
		if (n < place.n && place.p[n] != '.' && place.p[n] != '[')
			continue;
		for (unsigned i = 0; i < rr->n_origins; i++)
			if (strlen(rr->origin[i].path) == n &&
			    memcmp(rr->origin[i].path, place.p, n) == 0)
				return &rr->origin[i];
	}
	return NULL;
}

static int
fields(struct sql_tables *t, const struct facts *f, struct err *e)
{
	struct rebuilt_rr rr;
	struct leaves l = { 0 };
	int rc;

	/* the object, as far as events tell it */
	rebuilt_init(&rr);
	rc = rebuild_rr(&rr, f->s, f->c, &(struct rebuild_wish){ .partial = true }, e);
	if (rc == 0)
		rc = leaves_of(&l, rr.object.p, rr.object.len);
	/* every value with the event that it comes from */
	for (size_t i = 0; i < l.n && rc == 0; i++) {
		const struct origin *o = origin_of(&rr, l.l[i].place);
		struct row r;
		char id[37];

		if (builder_row(&t->rows[MORE_fields], &r)) {
			rc = -1;
			break;
		}
		put_text(&r, 0, (struct str){ f->c->text, f->c->n });
		put_text(&r, 1, l.l[i].path);
		put_raw_json(&r, 2, l.l[i].value);
		if (o == NULL)
			continue;
		uuid_of(o->by->id, id);
		put_word(&r, 3, grade_name[o->grade]);
		put_word(&r, 4, id);
		put_integer(&r, 5, (int64_t)o->by->position);
		put_word(&r, 6, o->rule);
	}
	leaves_release(&l);
	rebuilt_release(&rr);
	return rc < 0 ? -1 : 0;
}

/* A row where it was made: rows of one remediation keep their order. */
struct made {
	const struct cell *row;
	uint64_t at;
};

static int
by_correlation(const void *pa, const void *pb, void *column)
{
	const struct made *a = pa, *b = pb;
	const struct cell *x = &a->row[*(const unsigned *)column],
			  *y = &b->row[*(const unsigned *)column];
	int c = x->n && y->n ? memcmp(x->p, y->p, x->n < y->n ? x->n : y->n) : 0;

	if (c == 0 && x->n != y->n)
		return x->n < y->n ? -1 : 1;
	return c ? c : a->at < b->at ? -1 : a->at > b->at;
}

/* A pass meets remediations as the log has them; their tables stand by id. 0 or -1: no memory. */
static int
sort_rows(struct builder *b, unsigned column)
{
	struct made *m = malloc((b->n + 1) * sizeof *m);

	if (m == NULL)
		return -1;
	for (uint64_t i = 0; i < b->n; i++)
		m[i] = (struct made){ b->row[i], i };
	if (b->n)
		qsort_r(m, b->n, sizeof *m, by_correlation, &column);
	for (uint64_t i = 0; i < b->n; i++)
		b->row[i] = m[i].row;
	free(m);
	return 0;
}

/* Tables that cost little are made together, the long ones when they are asked for. */
enum group { GROUP_REMEDIATIONS, GROUP_TIMELINE, GROUP_FIELDS };

struct pass {
	struct deriving x;
	enum group group;
};

static int
derive(void *arg, const struct facts *f)
{
	struct pass *p = arg;
	struct sql_tables *t = p->x.t;
	int rc;

	if (p->group == GROUP_TIMELINE)
		rc = timeline(t, f);
	else if (p->group == GROUP_FIELDS)
		rc = fields(t, f, p->x.e);
	else
		rc = remediation(t, f) || approval(t, f) || populations(t, f);
	return rc || t->arena.nomem || t->arena.full ? rows_failed(t, p->x.e) : 0;
}

/* One pass for a group of tables, sorted behind it. 0 or -1 (e). */
static int
make(
    struct sql_tables *t, enum group group, const enum more_table *table, unsigned n, struct err *e)
{
	struct pass p = { { .t = t, .e = e }, group };
	struct gathering g;
	int rc;

	if (t->made[table[0]])
		return 0;
	rc = gather_open(&g, &t->b->r, &t->b->cat, e) || gather_limits(&g, &t->b->ev) ? -1 : 0;
	if (rc == 0)
		rc = gather_each(&g, derive, NULL, &p);
	gather_release(&g);
	for (unsigned i = 0; i < n && rc == 0; i++) {
		rc = sort_rows(&t->rows[table[i]], table[i] == MORE_populations) ? err_nomem(e) : 0;
		t->made[table[i]] = rc == 0;
	}
	return rc;
}

int
derived_fill(struct sql_tables *t, struct err *e)
{
	static const enum more_table table[] = { MORE_remediations, MORE_approvals,
		MORE_populations };

	return make(t, GROUP_REMEDIATIONS, table, 3, e);
}

int
timeline_fill(struct sql_tables *t, struct err *e)
{
	static const enum more_table table[] = { MORE_timeline };

	return make(t, GROUP_TIMELINE, table, 1, e);
}

int
fields_fill(struct sql_tables *t, struct err *e)
{
	static const enum more_table table[] = { MORE_fields };

	return make(t, GROUP_FIELDS, table, 1, e);
}

static int
each(void *arg, const struct facts *f)
{
	controls_remediation(&((struct deriving *)arg)->k, f);
	return 0;
}

static int
other(void *arg, const struct correlation *c, const struct story *s)
{
	(void)c;
	controls_other(&((struct deriving *)arg)->k, s);
	return 0;
}

static int
rules(struct sql_tables *t, const struct controls *k)
{
	struct buf ids;
	struct emit list;
	struct row r;

	/* rules first, then what broke them */
	for (unsigned i = 0; i < RULES; i++) {
		if (builder_row(&t->rows[MORE_controls], &r))
			return -1;
		put_word(&r, 0, rule_info[i].name);
		put_integer(&r, 1, rule_info[i].version);
		put_word(&r, 2, rule_info[i].question);
		put_word(&r, 3, population_info[rule_info[i].population].name);
		put_integer(&r, 4, (int64_t)k->tally[i].population);
		put_integer(&r, 5, (int64_t)k->tally[i].passed);
		put_integer(&r, 6, (int64_t)k->tally[i].exceptions);
		put_integer(&r, 7, (int64_t)k->tally[i].untestable);
	}
	for (size_t i = 0; i < k->n; i++) {
		const struct exception *x = &k->exception[i];

		if (builder_row(&t->rows[MORE_exceptions], &r))
			return -1;
		put_word(&r, 0, rule_info[x->rule].name);
		put_text(&r, 1, (struct str){ x->c->text, x->c->n });
		put_word(&r, 2, x->sentence);
		buf_init(&ids, 4096);
		if (x->n_events) {
			emit_init(&list, &ids);
			emit_array(&list, NULL);
			for (unsigned n = 0; n < x->n_events; n++)
				emit_str(&list, NULL, x->event[n].id);
			emit_end(&list);
		}
		put_json(&r, 3, &ids);
		buf_release(&ids);
	}
	return 0;
}

/* The rules with the parameters that nobody changed. */
int
controls_fill(struct sql_tables *t, struct err *e)
{
	struct deriving x = { .t = t, .e = e };
	struct parameters p;
	struct gathering g;
	int rc;

	if (t->made[MORE_controls])
		return 0;
	if ((rc = evidence_limits(&t->b->ev, true)) != 0)
		return err_set(e, rc, "what is missing could not be found out");
	parameters_default(&p);
	controls_init(&x.k, &p, INT64_MIN, INT64_MAX);
	/* what rests on an absence is as testable as in `controls` */
	x.k.limited = limited;
	x.k.limited_arg = &t->b->ev;
	rc = gather_open(&g, &t->b->r, &t->b->cat, e) || gather_limits(&g, &t->b->ev) ? -1 : 0;
	if (rc == 0)
		rc = gather_each(&g, each, other, &x);
	if (rc == 0 && controls_finish(&x.k))
		rc = err_nomem(e);
	if (rc == 0 && (rules(t, &x.k) || t->arena.nomem || t->arena.full))
		rc = rows_failed(t, e);
	gather_release(&g);
	controls_release(&x.k);
	parameters_release(&p);
	t->made[MORE_controls] = t->made[MORE_exceptions] = rc == 0;
	return rc;
}

static int
findings(struct sql_tables *t, const struct findings *l)
{
	for (unsigned i = 0; i < l->n; i++) {
		const struct finding *f = &l->f[i];
		struct row r;

		if (builder_row(&t->rows[MORE_findings], &r))
			return -1;
		put_word(&r, 0, finding_info[f->id].id);
		put_word(&r, 1, finding_info[f->id].class);
		put_word(&r, 2, level_name[finding_info[f->id].level]);
		put_word(&r, 3, f->correlation);
		put_word(&r, 4, f->place);
		put_word(
		    &r, 5, f->file < t->b->ev.n ? archive_name(t->b->ev.archive[f->file]) : NULL);
		put_word(&r, 6, f->sentence);
	}
	return 0;
}

int
findings_fill(struct sql_tables *t, struct err *e)
{
	if (t->made[MORE_findings])
		return 0;
	if (verified(t, e))
		return -1;
	if (findings(t, &t->b->ev.findings) || findings(t, &t->verification.findings) ||
	    t->arena.nomem || t->arena.full)
		return rows_failed(t, e);
	t->made[MORE_findings] = true;
	return 0;
}
