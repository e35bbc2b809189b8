/* controls for people (formats/controls.md CT-8): what was found first, in whose decisions. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "cmd/analyze/controls_inner.h"

#define SHOWN 50u /* exceptions of a rule, or of a person, on the screen */

static const char *
s_of(uint64_t n)
{
	return n == 1 ? "" : "s";
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
	for (unsigned i = 0; i < EXPLANATIONS && controls_explanation(x->rule, i, &p, &n); i++)
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

struct sums {
	uint64_t exceptions, with, untestable, tested, without, passed_without, untestable_without;
};

static struct sums
sum_of(const struct controls_run *r)
{
	struct sums x = { 0 };

	for (unsigned i = 0; i < RULES; i++) {
		const struct tally *y = &r->k.tally[i];

		if (!controls_chosen(r->c, rule_info[i].name))
			continue;
		x.exceptions += y->exceptions;
		x.with += y->exceptions > 0;
		x.untestable += y->untestable;
		x.tested += y->passed + y->exceptions;
		if (y->exceptions == 0) {
			x.without++;
			x.passed_without += y->passed;
			x.untestable_without += y->untestable;
		}
	}
	return x;
}

static void
head(struct controls_run *r, const struct sums *x)
{
	struct buf *b = &r->out;

	if (r->k.remediations == 0)
		buf_printf(b, "No remediation is here, so no rule was tested.\n");
	else if (x->exceptions == 0)
		buf_printf(b,
		    "NO EXCEPTION in %" PRIu64 " test%s on %" PRIu64 " remediation%s; %" PRIu64
		    " more could not be tested.\n",
		    x->tested, s_of(x->tested), r->k.remediations, s_of(r->k.remediations),
		    x->untestable);
	else
		buf_printf(b,
		    "%" PRIu64 " EXCEPTION%s to %" PRIu64 " rule%s, of %" PRIu64
		    " test%s on %" PRIu64 " remediation%s; %" PRIu64
		    " more could not be tested.\n",
		    x->exceptions, x->exceptions == 1 ? "" : "S", x->with, s_of(x->with),
		    x->tested, s_of(x->tested), r->k.remediations, s_of(r->k.remediations),
		    x->untestable);
	buf_str(b,
	    "An exception is a fact that the events prove. Whether a control failed is the "
	    "auditor's judgement.\n");
	period_put(b, r->c, &r->period);
	if (r->p.digest[0])
		buf_printf(b, "parameters  --policy, sha256 %s\n", r->p.digest);
	else
		buf_str(b,
		    "parameters  the defaults; no list of approvers, no working hours (--policy "
		    "FILE gives them)\n");
}

/* A line for each rule of a kind. */
static void
table(struct controls_run *r, bool exceptions)
{
	struct buf *b = &r->out;
	bool begun = false;

	for (unsigned i = 0; i < RULES; i++) {
		const struct tally *y = &r->k.tally[i];
		uint64_t na = 0;

		if (!controls_chosen(r->c, rule_info[i].name) ||
		    (exceptions ? y->exceptions == 0 : y->exceptions || y->untestable == 0))
			continue;
		for (unsigned k = 0; k < REASONS; k++)
			na += y->na[k].n;
		if (!begun)
			buf_printf(b, "\n%-6s %10s %7s %7s %10s %12s %11s  %s\n", "RULE",
			    "POPULATION", "TESTED", "PASSED", "EXCEPTIONS", "NOT TESTABLE",
			    "NOT APPLIC.", "QUESTION");
		begun = true;
		buf_printf(b,
		    "%-6s %10" PRIu64 " %7" PRIu64 " %7" PRIu64 " %10" PRIu64 " %12" PRIu64
		    " %11" PRIu64 "  %s\n",
		    rule_info[i].name, y->population, y->passed + y->exceptions, y->passed,
		    y->exceptions, y->untestable, na, rule_info[i].question);
	}
}

static void
rule(struct controls_run *r, unsigned i)
{
	const struct tally *y = &r->k.tally[i];
	struct buf *b = &r->out;
	uint64_t shown = 0;

	buf_printf(b,
	    "\n%s  %s\n  %s, %s: %s\n  %s\n  of %s: %" PRIu64 " tested, %" PRIu64 " exception%s, "
										  "%" PRIu64 " not "
											     "testa"
											     "ble"
											     "\n",
	    rule_info[i].name, rule_info[i].question, rule_info[i].criteria, rule_info[i].nist,
	    rule_info[i].reasoning, rule_info[i].test,
	    population_info[rule_info[i].population].name, y->passed + y->exceptions, y->exceptions,
	    s_of(y->exceptions), y->untestable);
	for (size_t k = 0; k < r->k.n; k++)
		if (r->k.exception[k].rule == i && shown++ < SHOWN)
			put_exception(b, &r->k.exception[k]);
	if (y->exceptions > SHOWN)
		buf_printf(b, "    and %" PRIu64 " more: -o json and -o csv have them all\n",
		    y->exceptions - SHOWN);
	put_untested(b, &r->k, (enum rule_id)i);
	for (unsigned k = 0; k < REASONS && y->na[k].reason; k++)
		buf_printf(b, "    not applicable, %" PRIu64 ": %s\n", y->na[k].n, y->na[k].reason);
}

/* The rules that found nothing, in a line; never without what they tested and what they could
 * not. */
static void
others(struct controls_run *r, const struct sums *x)
{
	struct buf *b = &r->out;
	unsigned n = 0;

	if (x->without == 0)
		return;
	buf_printf(b,
	    "\n%" PRIu64 " rule%s without exception: %" PRIu64 " test%s passed, %" PRIu64 " not "
											  "testable"
											  ": ",
	    x->without, s_of(x->without), x->passed_without, s_of(x->passed_without),
	    x->untestable_without);
	for (unsigned i = 0; i < RULES; i++)
		if (controls_chosen(r->c, rule_info[i].name) && r->k.tally[i].exceptions == 0)
			buf_printf(b, "%s%s", n++ ? ", " : "", rule_info[i].name);
	buf_byte(b, '\n');
}

/* ---- by who had decided */

struct charge {
	const char *by;
	const struct exception *x;
};

static const char *
decided_by(const struct controls_run *r, const struct correlation *c)
{
	for (size_t i = 0; i < r->n_deciders; i++)
		if (r->decider[i].c == c)
			return r->decider[i].by;
	return NULL;
}

static int
by_name(const void *pa, const void *pb)
{
	const struct charge *a = pa, *b = pb;
	int c = strcmp(a->by ? a->by : "\xff", b->by ? b->by : "\xff");

	return c ? c : a->x < b->x ? -1 : a->x > b->x;
}

/* The exceptions to remediations that one person decided on; nobody: no decision is on record. */
static void
persons(struct controls_run *r)
{
	struct charge *charge = malloc((r->k.n + 1) * sizeof *charge);
	struct buf *b = &r->out;
	size_t n = 0;

	if (charge == NULL) {
		b->failed = true;
		return;
	}
	for (size_t i = 0; i < r->k.n; i++)
		if (r->k.exception[i].c &&
		    controls_chosen(r->c, rule_info[r->k.exception[i].rule].name))
			charge[n++] = (struct charge){ decided_by(r, r->k.exception[i].c),
				&r->k.exception[i] };
	if (n)
		qsort(charge, n, sizeof *charge, by_name);
	buf_str(b, "\nBy who decided; that is not by whose fault\n");
	for (size_t i = 0; i < n;) {
		const char *by = charge[i].by;
		size_t end = i;

		while (end < n &&
		    (by ? charge[end].by && strcmp(by, charge[end].by) == 0 :
			  charge[end].by == NULL))
			end++;
		buf_str(b, "\n");
		text_plain(b, by ? by : "no decision on record", by ? strlen(by) : 21);
		buf_printf(b, ": %zu exception%s\n", end - i, s_of(end - i));
		for (size_t k = i; k < end && k - i < SHOWN; k++) {
			buf_printf(b, "  %s  ", rule_info[charge[k].x->rule].name);
			text_plain(b, charge[k].x->c->text, charge[k].x->c->n);
			buf_str(b, "  ");
			text_plain(b, charge[k].x->sentence, strlen(charge[k].x->sentence));
			buf_byte(b, '\n');
		}
		if (end - i > SHOWN)
			buf_printf(b, "  and %zu more\n", end - i - SHOWN);
		i = end;
	}
	free(charge);
}

void
controls_screen(struct controls_run *r)
{
	struct sums x = sum_of(r);

	head(r, &x);
	if (cli_get(r->c, "by-person")) {
		persons(r);
		others(r, &x);
		return;
	}
	table(r, true);
	if (cli_get(r->c, "exceptions-only") == NULL)
		table(r, false);
	for (unsigned i = 0; i < RULES; i++)
		if (controls_chosen(r->c, rule_info[i].name) && r->k.tally[i].exceptions)
			rule(r, i);
	for (unsigned i = 0; i < RULES && cli_get(r->c, "exceptions-only") == NULL; i++)
		if (controls_chosen(r->c, rule_info[i].name) && r->k.tally[i].exceptions == 0 &&
		    r->k.tally[i].untestable)
			rule(r, i);
	others(r, &x);
	buf_str(&r->out,
	    "\nNext: exhibit approvals FILE --id ID shows one story; exhibit verify FILE says what "
	    "the records are worth.\n");
}
