/* controls: the rules held against every remediation (formats/controls.md CT-8 to CT-10). */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "approval/controls.h"
#include "base/text.h"
#include "cmd/analyze/cluster.h"
#include "cmd/analyze/gather.h"

#define SHOWN 50u /* exceptions of a rule on the screen */

struct run {
	const struct cli *c;
	struct parameters p;
	struct controls k;
	struct period period;
	bool json, csv;
	struct buf out;
};

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

static bool
chosen(const struct cli *c, const char *rule)
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
	struct run *r = arg;

	controls_remediation(&r->k, f);
	return r->k.nomem ? -1 : 0;
}

static int
other(void *arg, const struct correlation *c, const struct story *s)
{
	struct run *r = arg;

	(void)c;
	controls_other(&r->k, s);
	return r->k.nomem ? -1 : 0;
}

/* The i-th of a rule's innocent explanations, up to the next bar; false: there is none. */
static bool
explanation(enum rule_id rule, unsigned i, const char **ret, int *n)
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
put_explanations(struct buf *b, const struct exception *x)
{
	const char *p;
	int n;

	for (unsigned i = 0; i < EXPLANATIONS && explanation(x->rule, i, &p, &n); i++)
		buf_printf(b, "%s{\"sentence\":\"%.*s\",\"state\":\"%s\"}", i ? "," : "", n, p,
		    explained_name[x->state[i]]);
}

static void
put_exception_json(struct buf *b, const struct exception *x)
{
	buf_str(b, "{\"correlation_id\":");
	text_json(b, x->c->text, x->c->n);
	buf_str(b, ",\"sentence\":");
	text_json(b, x->sentence, strlen(x->sentence));
	buf_str(b, ",\"event_ids\":[");
	for (unsigned i = 0; i < x->n_events; i++)
		buf_printf(b, "%s\"%s\"", i ? "," : "", x->event[i].id);
	buf_printf(b, "],\"more_events\":%u,\"explanations\":[", x->more);
	put_explanations(b, x);
	buf_str(b, "]}");
}

static void
put_parameters(struct buf *b, const struct parameters *p)
{
	const double value[] = {
#define PARAMETER(name, value, unit, meaning) p->name,
#include "approval/parameters.def"
#undef PARAMETER
	};

	for (unsigned i = 0; i < n_parameters; i++)
		buf_printf(b, "%s\"%s\":%.10g", i ? "," : "", parameter_info[i].name, value[i]);
}

static void
put_rule_json(struct run *r, enum rule_id rule, bool first)
{
	const struct tally *y = &r->k.tally[rule];
	const struct rule_info *i = &rule_info[rule];
	struct buf *b = &r->out;
	bool begun = false;

	buf_printf(b,
	    "%s{\"id\":\"%s\",\"version\":%u,\"question\":\"%s\",\"test\":\"%s\",\"criteria\":\"%"
	    "s\",\"nist_800_53\":\"%s\",\"reasoning\":\"%s\",\"population_of\":\"%s\","
	    "\"population\":%" PRIu64 ",\"tested\":%" PRIu64 ",\"passed\":%" PRIu64 ",\"exceptions"
										    "\":[",
	    first ? "" : ",", i->name, i->version, i->question, i->test, i->criteria, i->nist,
	    i->reasoning, population_info[i->population].name, y->population,
	    y->passed + y->exceptions, y->passed);
	for (size_t k = 0; k < r->k.n; k++)
		if (r->k.exception[k].rule == rule) {
			buf_str(b, begun ? "," : "");
			put_exception_json(b, &r->k.exception[k]);
			begun = true;
		}
	buf_str(b, "],\"not_applicable\":[");
	for (unsigned k = 0; k < REASONS && y->na[k].reason; k++)
		buf_printf(b, "%s{\"reason\":\"%s\",\"count\":%" PRIu64 "}", k ? "," : "",
		    y->na[k].reason, y->na[k].n);
	buf_str(b, "],\"not_testable\":[");
	begun = false;
	for (size_t k = 0; k < r->k.n_untested; k++)
		if (r->k.untested[k].rule == rule) {
			buf_str(b, begun ? ",{\"correlation_id\":" : "{\"correlation_id\":");
			text_json(b, r->k.untested[k].c->text, r->k.untested[k].c->n);
			buf_printf(b, ",\"reason\":\"%s\"}", r->k.untested[k].reason);
			begun = true;
		}
	buf_str(b, "]}");
}

static void
put_json(struct run *r)
{
	bool first = true;

	buf_str(&r->out, "{\"parameters_sha256\":");
	if (r->p.digest[0])
		buf_printf(&r->out, "\"%s\"", r->p.digest);
	else
		buf_str(&r->out, "null");
	buf_str(&r->out, ",\"parameters\":{");
	put_parameters(&r->out, &r->p);
	buf_printf(&r->out, "},\"remediations\":%" PRIu64 ",\"rules\":[", r->k.remediations);
	for (unsigned i = 0; i < RULES; i++)
		if (chosen(r->c, rule_info[i].name)) {
			put_rule_json(r, (enum rule_id)i, first);
			first = false;
		}
	buf_str(&r->out, "]}\n");
}

static void
put_csv(struct run *r)
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

		if (!chosen(r->c, rule_info[x->rule].name))
			continue;
		buf_printf(b, "%s,%u,", rule_info[x->rule].name, rule_info[x->rule].version);
		escaped |= text_csv(b, x->c->text, x->c->n);
		buf_byte(b, ',');
		escaped |= text_csv(b, x->sentence, strlen(x->sentence));
		buf_byte(b, ',');
		for (unsigned i = 0; i < x->n_events; i++)
			buf_printf(b, "%s%s", i ? " " : "", x->event[i].id);
		buf_str(b, ",\"");
		for (unsigned i = 0; i < EXPLANATIONS && explanation(x->rule, i, &p, &n); i++)
			buf_printf(
			    b, "%s%.*s (%s)", i ? "; " : "", n, p, explained_name[x->state[i]]);
		buf_printf(b, "\",%s,,%s\r\n", rule_info[x->rule].criteria, escaped ? ",yes" : ",");
	}
}

static void
put_exception(struct buf *b, const struct exception *x)
{
	const char *p;
	int n;

	buf_str(b, "    ");
	text_plain(b, x->c->text, x->c->n);
	buf_str(b, "\n      ");
	text_plain(b, x->sentence, strlen(x->sentence));
	buf_byte(b, '\n');
	for (unsigned i = 0; i < x->n_events; i++)
		buf_printf(
		    b, "      event %s @%" PRIu64 "\n", x->event[i].id, x->event[i].position);
	if (x->more)
		buf_printf(b, "      and %u more events\n", x->more);
	for (unsigned i = 0; i < EXPLANATIONS && explanation(x->rule, i, &p, &n); i++)
		buf_printf(b, "      innocent if %.*s: %s\n", n, p, explained_name[x->state[i]]);
}

/* By reason; reasons are few, and texts of our own. */
static void
put_untested(struct buf *b, const struct controls *k, enum rule_id rule)
{
	struct {
		const char *reason;
		uint64_t n;
	} of[REASONS] = { { NULL, 0 } };

	for (size_t i = 0; i < k->n_untested; i++)
		if (k->untested[i].rule == rule) {
			unsigned n = 0;

			while (n < REASONS - 1 && of[n].reason &&
			    of[n].reason != k->untested[i].reason)
				n++;
			of[n].reason = k->untested[i].reason;
			of[n].n++;
		}
	for (unsigned n = 0; n < REASONS && of[n].reason; n++)
		buf_printf(b, "    not testable, %" PRIu64 ": %s\n", of[n].n, of[n].reason);
}

static void
put_text(struct run *r)
{
	struct buf *b = &r->out;
	uint64_t exceptions = 0, rules = 0, untestable = 0, tested = 0;

	for (unsigned i = 0; i < RULES; i++)
		if (chosen(r->c, rule_info[i].name)) {
			exceptions += r->k.tally[i].exceptions;
			rules += r->k.tally[i].exceptions > 0;
			untestable += r->k.tally[i].untestable;
			tested += r->k.tally[i].passed + r->k.tally[i].exceptions;
		}
	buf_printf(b,
	    "%" PRIu64 " EXCEPTIONS to %" PRIu64 " rules, of %" PRIu64 " tests on %" PRIu64
	    " remediations; %" PRIu64 " more could "
	    "not be tested.\n",
	    exceptions, rules, tested, r->k.remediations, untestable);
	buf_str(b,
	    "An exception is a fact that the events prove. Whether a control failed is the "
	    "auditor's judgement.\n");
	if (r->p.digest[0])
		buf_printf(b, "parameters  --policy, sha256 %s\n\n", r->p.digest);
	else
		buf_str(b,
		    "parameters  the defaults; no list of approvers, no working hours (--policy "
		    "FILE gives them)\n\n");
	buf_printf(b, "%-6s %10s %7s %7s %10s %12s %11s  %s\n", "RULE", "POPULATION", "TESTED",
	    "PASSED", "EXCEPTIONS", "NOT TESTABLE", "NOT APPLIC.", "QUESTION");
	for (unsigned i = 0; i < RULES; i++) {
		const struct tally *y = &r->k.tally[i];
		uint64_t na = 0;

		for (unsigned k = 0; k < REASONS; k++)
			na += y->na[k].n;
		if (chosen(r->c, rule_info[i].name))
			buf_printf(b,
			    "%-6s %10" PRIu64 " %7" PRIu64 " %7" PRIu64 " %10" PRIu64 " %12" PRIu64
			    " %11" PRIu64 "  %s\n",
			    rule_info[i].name, y->population, y->passed + y->exceptions, y->passed,
			    y->exceptions, y->untestable, na, rule_info[i].question);
	}
	for (unsigned i = 0; i < RULES; i++) {
		const struct tally *y = &r->k.tally[i];
		uint64_t shown = 0;

		if (!chosen(r->c, rule_info[i].name) || (y->exceptions == 0 && y->untestable == 0))
			continue;
		buf_printf(b,
		    "\n%s  %s\n  %s, %s: %s\n  %s\n  of %s: %" PRIu64 " tested, %" PRIu64
		    " exceptions, %" PRIu64 " not "
		    "testable\n",
		    rule_info[i].name, rule_info[i].question, rule_info[i].criteria,
		    rule_info[i].nist, rule_info[i].reasoning, rule_info[i].test,
		    population_info[rule_info[i].population].name, y->passed + y->exceptions,
		    y->exceptions, y->untestable);
		for (size_t k = 0; k < r->k.n; k++)
			if (r->k.exception[k].rule == i && shown++ < SHOWN)
				put_exception(b, &r->k.exception[k]);
		if (y->exceptions > SHOWN)
			buf_printf(b,
			    "    and %" PRIu64 " more: -o json and -o csv have them all\n",
			    y->exceptions - SHOWN);
		put_untested(b, &r->k, (enum rule_id)i);
		for (unsigned k = 0; k < REASONS && y->na[k].reason; k++)
			buf_printf(b, "    not applicable, %" PRIu64 ": %s\n", y->na[k].n,
			    y->na[k].reason);
	}
	buf_str(b,
	    "\nNext: exhibit approvals FILE --id ID shows one story; exhibit verify FILE says what "
	    "the records are worth.\n");
}

/* --fail-on any, or rules with commas between: status 10 if they have exceptions. */
static int
fail_on(const struct run *r)
{
	const char *want = cli_get(r->c, "fail-on");

	for (unsigned i = 0; want && i < RULES; i++)
		if (r->k.tally[i].exceptions && chosen(r->c, rule_info[i].name) &&
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
	struct run r = { .c = c,
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
	if (status == 0)
		evidence_period(&b.ev, &r.period);
	controls_init(&r.k, &r.p, r.period.from, r.period.to);
	r.k.limited = limited;
	r.k.limited_arg = &b.ev;
	if (status == 0 && (status = policy_parse(&b.ev, &r.p)) == 0 &&
	    (cluster_choose(c, &b.r, &b.cat, &left, &b.ev.err) ||
		gather_open(&g, &b.r, &b.cat, &b.ev.err) ||
		gather_each(&g, remediation, other, &r) || controls_finish(&r.k))) {
		if (r.k.nomem)
			err_nomem(&b.ev.err);
		status = cli_fail(c, &b.ev.err);
	}
	if (status == 0) {
		(r.json ? put_json : r.csv ? put_csv : put_text)(&r);
		if (r.json)
			evidence_put_limits(&b.ev, &r.out);
		fwrite(r.out.p, 1, r.out.len, stdout);
		if (r.out.failed)
			err_nomem(&b.ev.err);
		status = b.ev.err.status ? cli_fail(c, &b.ev.err) : evidence_banner(&b.ev);
		if (status == 0)
			status = fail_on(&r);
	}
	controls_release(&r.k);
	parameters_release(&r.p);
	gather_release(&g);
	buf_release(&r.out);
	browse_close(&b);
	return status;
}
