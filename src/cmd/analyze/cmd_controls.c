/* controls: the rules held against every remediation (formats/controls.md CT-8 to CT-10). */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/vec.h"
#include "cmd/analyze/cluster.h"
#include "cmd/analyze/controls_inner.h"
#include "cmd/analyze/gather.h"

/* Is word one of a list with commas between? */
static bool
listed(const char *list, const char *word)
{
	size_t n = strlen(word);

	for (const char *p = list; p; p = strchr(p, ',') ? strchr(p, ',') + 1 : NULL)
		if (strncmp(p, word, n) == 0 && (p[n] == ',' || p[n] == '\0'))
			return true;
	return false;
}

bool
controls_chosen(const struct cli *c, const char *rule)
{
	const char *want;

	if (cli_nth(c, "rule", 0) == NULL)
		return true;
	for (unsigned i = 0; (want = cli_nth(c, "rule", i)) != NULL; i++)
		if (listed(want, rule))
			return true;
	return false;
}

static int
remediation(void *arg, const struct facts *f)
{
	struct controls_run *r = arg;

	controls_remediation(&r->k, f);
	/* who decided is not kept with an exception */
	if (f->by && cli_get(r->c, "by-person")) {
		if (vec_grow(
			&r->decider, &r->deciders_cap, r->n_deciders + 1, sizeof *r->decider) ||
		    (r->decider[r->n_deciders].by = strdup(f->by)) == NULL)
			return -1;
		r->decider[r->n_deciders++].c = f->c;
	}
	return r->k.nomem ? -1 : 0;
}

static int
other(void *arg, const struct correlation *c, const struct story *s)
{
	struct controls_run *r = arg;

	(void)c;
	controls_other(&r->k, s);
	return r->k.nomem ? -1 : 0;
}

bool
controls_explanation(enum rule_id rule, unsigned i, const char **ret, int *n)
{
	const char *p = rule_info[rule].explanations;

	for (; i && (p = strchr(p, '|')) != NULL; i--)
		p++;
	if (p == NULL || *p == '\0')
		return false;
	*ret = p;
	*n = (int)strcspn(p, "|");
	return true;
}

static void
put_explanations(struct emit *e, const struct exception *x)
{
	const char *p;
	int n;

	emit_array(e, "explanations");
	for (unsigned i = 0; i < EXPLANATIONS && controls_explanation(x->rule, i, &p, &n); i++) {
		emit_object(e, NULL);
		emit_text(e, "sentence", p, (size_t)n);
		emit_str(e, "state", explained_name[x->state[i]]);
		emit_end(e);
	}
	emit_end(e);
}

static void
put_exception_json(struct emit *e, const struct exception *x)
{
	emit_object(e, NULL);
	emit_text(e, "correlation_id", x->c->text, x->c->n);
	emit_str(e, "sentence", x->sentence);
	emit_array(e, "event_ids");
	for (unsigned i = 0; i < x->n_events; i++)
		emit_str(e, NULL, x->event[i].id);
	emit_end(e);
	emit_u64(e, "more_events", x->more);
	put_explanations(e, x);
	emit_end(e);
}

/* Numbers of an auditor's file are printed as short as they can be told apart. */
static void
put_parameters(struct emit *e, const struct parameters *p)
{
	const double value[] = {
#define PARAMETER(name, value, unit, meaning) p->name,
#include "approval/parameters.def"
#undef PARAMETER
	};

	emit_object(e, "parameters");
	for (unsigned i = 0; i < n_parameters; i++) {
		char number[32];
		int n = snprintf(number, sizeof number, "%.10g", value[i]);

		emit_ours(e, parameter_info[i].name, number, (size_t)n);
	}
	emit_end(e);
}

static void
put_rule_json(struct controls_run *r, enum rule_id rule, struct emit *e)
{
	const struct tally *y = &r->k.tally[rule];
	const struct rule_info *i = &rule_info[rule];

	emit_object(e, NULL);
	emit_str(e, "id", i->name);
	emit_u64(e, "version", i->version);
	emit_str(e, "question", i->question);
	emit_str(e, "test", i->test);
	emit_str(e, "criteria", i->criteria);
	emit_str(e, "nist_800_53", i->nist);
	emit_str(e, "reasoning", i->reasoning);
	emit_str(e, "population_of", population_info[i->population].name);
	emit_u64(e, "population", y->population);
	emit_u64(e, "tested", y->passed + y->exceptions);
	emit_u64(e, "passed", y->passed);
	/* of many exceptions the first are shown, and their number */
	emit_array(e, "exceptions");
	for (size_t k = 0; k < r->k.n; k++)
		if (r->k.exception[k].rule == rule)
			put_exception_json(e, &r->k.exception[k]);
	emit_end(e);
	emit_array(e, "not_applicable");
	for (unsigned k = 0; k < REASONS && y->na[k].reason; k++) {
		emit_object(e, NULL);
		emit_str(e, "reason", y->na[k].reason);
		emit_u64(e, "count", y->na[k].n);
		emit_end(e);
	}
	emit_end(e);
	emit_array(e, "not_testable");
	for (size_t k = 0; k < r->k.n_untested; k++)
		if (r->k.untested[k].rule == rule) {
			emit_object(e, NULL);
			emit_text(
			    e, "correlation_id", r->k.untested[k].c->text, r->k.untested[k].c->n);
			emit_str(e, "reason", r->k.untested[k].reason);
			emit_end(e);
		}
	emit_end(e);
	emit_end(e);
}

static void
put_json(struct controls_run *r)
{
	struct emit e;

	emit_init(&e, &r->out);
	emit_object(&e, NULL);
	/* the policy's digest says which rules these were */
	emit_str(&e, "parameters_sha256", r->p.digest[0] ? r->p.digest : NULL);
	put_parameters(&e, &r->p);
	emit_u64(&e, "remediations", r->k.remediations);
	/* only rules that were asked for count in the first line */
	emit_array(&e, "rules");
	for (unsigned i = 0; i < RULES; i++)
		if (controls_chosen(r->c, rule_info[i].name))
			put_rule_json(r, (enum rule_id)i, &e);
	emit_end(&e);
	emit_end(&e);
	buf_byte(&r->out, '\n');
}

static void
put_csv(struct controls_run *r)
{
	struct buf *b = &r->out;

	buf_str(b,
	    "rule,version,correlation_id,sentence,event_ids,explanations,criteria,management_"
	    "response,auditor_conclusion,_escaped\r\n");
	for (size_t k = 0; k < r->k.n; k++) {
		const struct exception *x = &r->k.exception[k];
		bool escaped = false;
		const char *p;
		int n;

		/* only rules that were asked for */
		if (!controls_chosen(r->c, rule_info[x->rule].name))
			continue;
		buf_printf(b, "%s,%u,", rule_info[x->rule].name, rule_info[x->rule].version);
		escaped |= text_csv(b, x->c->text, x->c->n);
		buf_byte(b, ',');
		escaped |= text_csv(b, x->sentence, strlen(x->sentence));
		buf_byte(b, ',');
		/* ids are ours and need no quotes */
		for (unsigned i = 0; i < x->n_events; i++)
			buf_printf(b, "%s%s", i ? " " : "", x->event[i].id);
		buf_byte(b, ',');
		buf_byte(b, '"');
		for (unsigned i = 0; i < EXPLANATIONS && controls_explanation(x->rule, i, &p, &n);
		     i++)
			buf_printf(
			    b, "%s%.*s (%s)", i ? "; " : "", n, p, explained_name[x->state[i]]);
		/* response and conclusion stay empty: they are for people to write */
		buf_byte(b, '"');
		buf_printf(b, ",%s,,%s\r\n", rule_info[x->rule].criteria, escaped ? ",yes" : ",");
	}
}

/* --fail-on any, or rules with commas between: status 10 if they have exceptions. */
static int
fail_on(const struct controls_run *r)
{
	const char *want = cli_get(r->c, "fail-on");

	for (unsigned i = 0; want && i < RULES; i++)
		if (r->k.tally[i].exceptions && controls_chosen(r->c, rule_info[i].name) &&
		    (listed(want, "any") || listed(want, rule_info[i].name)))
			return EX_EXCEPTIONS;
	return 0;
}

int
policy_parse(struct evidence *v, struct parameters *p)
{
	const struct given *s = evidence_given(v, "policy");
	char why[300];
	int rc;

	parameters_release(p);
	parameters_default(p);
	if (s && (rc = parameters_read(p, s->text, s->n, why)) != 0) {
		if (rc > 0)
			err_set(&v->err, EX_DATA_ERR, "%.300s: %.250s", s->given, why);
		else
			err_nomem(&v->err);
		return cli_fail(v->c, &v->err);
	}
	v->key_rollout = p->key_rollout < 1 ? 1 :
	    p->key_rollout > 1e9            ? 1000000000 :
					      (uint64_t)p->key_rollout;
	return 0;
}

bool
limited(void *arg, const struct correlation *c)
{
	struct evidence *v = arg;

	return c ? limits_meet(&v->limits, c->text, c->n) : v->limits.anywhere || v->limits.met.n;
}

int
cmd_controls(const struct cli *c)
{
	struct controls_run r = { .c = c,
		.json = c->form == OUT_JSON,
		.csv = c->form == OUT_CSV,
		.period = { INT64_MIN, INT64_MAX } };
	struct gathering g = { 0 };
	struct cluster_left left;
	struct browse b;
	int status;

	parameters_default(&r.p);
	buf_init(&r.out, 1u << 30);
	status = browse_open(&b, c, NULL);
	/* the period of the command line, or of the policy */
	if (status == 0)
		evidence_period(&b.ev, &r.period);
	controls_init(&r.k, &r.p, r.period.from, r.period.to);
	r.k.limited = limited;
	r.k.limited_arg = &b.ev;
	/* rules look at one story after the other; nothing of a story stays */
	if (status == 0 && (status = policy_parse(&b.ev, &r.p)) == 0 &&
	    (cluster_choose(c, &b.r, &b.cat, &left, &b.ev.err) ||
		gather_open(&g, &b.r, &b.cat, &b.ev.err) ||
		gather_each(&g, remediation, other, &r) || controls_finish(&r.k))) {
		if (r.k.nomem || b.ev.err.status == 0)
			err_nomem(&b.ev.err);
		status = cli_fail(c, &b.ev.err);
	}
	/* in the form that was asked for */
	if (status == 0) {
		(r.json ? put_json : r.csv ? put_csv : controls_screen)(&r);
		if (r.json)
			evidence_put_limits(&b.ev, &r.out);
		fwrite(r.out.p, 1, r.out.len, stdout);
		if (r.out.failed)
			err_nomem(&b.ev.err);
		status = b.ev.err.status ? cli_fail(c, &b.ev.err) : evidence_banner(&b.ev);
		/* a threshold changes the status, and nothing that is printed */
		if (status == 0)
			status = fail_on(&r);
	}
	for (size_t i = 0; i < r.n_deciders; i++)
		free(r.decider[i].by);
	free(r.decider);
	controls_release(&r.k);
	parameters_release(&r.p);
	gather_release(&g);
	buf_release(&r.out);
	browse_close(&b);
	return status;
}
