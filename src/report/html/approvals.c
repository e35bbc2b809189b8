/* Sections 6 to 8, 12 and 13 of the report: populations, reconciliation, changes, tests,
 * exceptions (formats/controls.md). */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "report/notes.h"
#include "report/html/page.h"

#define POPULATION_SHOWN 500u /* ids of one, in its list */

/* A part of a cell, with its label and what stands behind it; nothing if there is nothing to
 * say. */
static void
part_of(struct buf *b, const char *label, const char *s, const char *behind)
{
	if (s == NULL || s[0] == '\0')
		return;
	buf_printf(b, "%s%s", label, label[0] ? " " : "");
	html_text(b, s);
	buf_str(b, behind);
}

/* The same as a line. */
static void
part(struct buf *b, const char *label, const char *s)
{
	part_of(b, label, s, "<br>");
}

static void
part_time(struct buf *b, const char *label, int64_t us)
{
	if (us == NO_TIME)
		return;
	buf_printf(b, "%s ", label);
	utc_print(b, UTC_REST, us, 0);
	buf_str(b, "<br>");
}

/* From request to decision, where both are told in that order. */
static void
part_wait(struct buf *b, const struct facts *f)
{
	if (f->requested_at == NO_TIME || f->decided_at == NO_TIME ||
	    f->decided_at < f->requested_at)
		return;
	buf_str(b, "after ");
	text_span(b, (f->decided_at - f->requested_at) / 1000);
	buf_str(b, "<br>");
}

static void
shown(struct buf *b, uint64_t n, uint64_t all, const char *whole)
{
	buf_printf(b, "</tbody></table>\n<p>%" PRIu64 " of %" PRIu64 " shown", n, all);
	if (n < all)
		buf_printf(b, "; all of them: <code>%s</code>", whole);
	buf_str(b, ".</p>\n");
}

/* Who is in a population, folded; of long ones the beginning. */
static void
members(struct buf *b, const struct report *rep, enum population p)
{
	const struct registry *r = rep->registry;
	size_t n = 0, all = registry_count(r, p);

	buf_printf(b, "<details id=\"p-%s\"><summary>%s: %zu</summary>\n<p class=\"links\">",
	    population_info[p].name, population_info[p].name, all);
	for (size_t i = 0; i < r->n && n < POPULATION_SHOWN; i++)
		if (r->entry[i].populations >> p & 1) {
			buf_str(b, n++ ? ", " : "");
			html_remediation(b, rep, r->entry[i].c);
		}
	buf_printf(b, "</p>\n<p>%zu of %zu shown", n, all);
	buf_str(b,
	    n < all ? "; all of them: <code>exhibit populations FILE --ids -o json</code>.</p>"
		      "</details>\n" :
		      ".</p></details>\n");
}

/* What people did beside approvals: unblocking, timeouts, catalogs, policies, approvers. */
static void
manual(struct buf *b, const struct report *rep)
{
	const struct registry *r = rep->registry;
	size_t n = r->n_acts < REPORT_SHOWN ? r->n_acts : REPORT_SHOWN;

	if (r->n_acts == 0) {
		buf_str(b,
		    "<p>Acts of people beside approvals (unblocking, timeouts, cancellation, "
		    "changes "
		    "of workflows, policies and approvers): none is on record here.</p>\n");
		return;
	}
	html_table(b, TABLE_manual,
	    "Acts of people beside approvals: emergency and manual acts, changes of workflows, "
	    "policies and approvers");
	for (size_t i = 0; i < n; i++) {
		buf_str(b, "<tr><td>");
		utc_print(b, UTC_REST, r->act[i].time, 0);
		buf_printf(b, "</td><td>%s</td><td>", r->act[i].kind);
		html_text(b, r->act[i].who);
		buf_str(b, "</td><td>");
		report_event(b, rep, r->act[i].id, r->act[i].position);
		buf_str(b, "</td></tr>\n");
	}
	shown(b, n, r->n_acts, "exhibit populations FILE -o json");
}

int
report_populations(struct buf *b, const struct report *rep)
{
	size_t flight[2];

	html_section(b, SECTION_populations);
	report_flow(b, rep);
	html_table(b, TABLE_populations, NULL);
	/* each population with the digest of its members */
	for (unsigned p = 0; p < POPULATIONS; p++) {
		size_t n;
		const struct correlation **ids =
		    registry_members(rep->registry, (enum population)p, &n);
		uint8_t digest[32];
		char hex[65];
		int rc = ids == NULL || population_digest(ids, n, digest) ? -1 : 0;

		free(ids);
		if (rc)
			return -1;
		hex_of(digest, 32, hex);
		buf_printf(b,
		    "<tr><td><a href=\"#p-%s\">%s</a></td><td>%s; %s<br><span "
		    "class=\"m\">%s</span></td><td class=\"n\">%zu</td></tr>\n",
		    population_info[p].name, population_info[p].name, population_info[p].definition,
		    population_info[p].date, hex, n);
	}
	/* what lies across the borders of the period */
	buf_printf(b, "</tbody></table>\n<p>%u of %u shown. ", POPULATIONS, POPULATIONS);
	registry_in_flight(rep->registry, flight);
	buf_printf(b, "In flight: %zu at the beginning of the period, %zu at its end.</p>\n",
	    flight[0], flight[1]);
	/* then their members, folded */
	for (unsigned p = 0; p < POPULATIONS; p++)
		members(b, rep, (enum population)p);
	manual(b, rep);
	return 0;
}

void
report_reconciliation(struct buf *b, const struct report *rep)
{
	html_section(b, SECTION_reconciliation);
	buf_str(b, "<ul>\n");
	/* each equation, and what breaks it */
	for (unsigned i = 0; i < n_reconciliations; i++) {
		const struct reconciliation *x = &reconciliation[i];
		size_t stray = registry_strays(rep->registry, x), n = 0;

		buf_printf(b, "<li>%zu %s %s", registry_count(rep->registry, x->whole),
		    /* both sides, as they were counted */
		    population_info[x->whole].name, x->why ? "against" : "=");
		for (unsigned k = 0; k < x->n; k++)
			buf_printf(b, "%s %zu %s", k ? " +" : "",
			    registry_count(rep->registry, x->part[k]),
			    population_info[x->part[k]].name);
		if (stray == 0) {
			buf_str(b, "</li>\n");
			continue;
		}
		/* of a difference which side it is on */
		if (x->why)
			buf_printf(b, "; %zu in one of them only (%s):<ul>", stray, x->why);
		else
			buf_printf(b,
			    "; <strong>%zu in none of the parts, or in several</strong>:<ul>",
			    stray);
		/* named up to a limit; the number is whole */
		for (size_t k = 0; k < rep->registry->n && n < REPORT_SHOWN; k++)
			if (reconciliation_astray(x, rep->registry->entry[k].populations)) {
				buf_str(b, "<li>");
				html_remediation(b, rep, rep->registry->entry[k].c);
				buf_printf(b, " (%s)</li>", rep->registry->entry[k].path);
				n++;
			}
		buf_printf(b, "</ul>%zu of %zu shown.</li>\n", n, stray);
	}
	buf_str(b, "</ul>\n");
}

/* namespace/kind/name, as far as they are told. */
static void
target(struct buf *b, const struct facts *f)
{
	const char *const of[] = { f->target_namespace, f->target_kind, f->target_name };
	bool any = false;

	buf_str(b, "<br>");
	for (unsigned i = 0; i < 3; i++)
		if (of[i] && of[i][0]) {
			buf_str(b, any ? "/" : "");
			html_text(b, of[i]);
			any = true;
		}
}

bool
report_change(struct buf *b, const struct facts *f, struct mention *ret)
{
	static const char *const parameters[] = { "not known", "as asked", "OTHERS" };
	const struct moment *start = facts_event(f, &f->started),
			    *made = facts_event(f, &f->created);
	struct buf who;
	char id[37];

	uuid_of((start ? start : made)->id, id);
	target(b, f);
	part_of(b, "cluster", f->cluster, "");
	/* what it was about, who wanted it, and what decided it */
	buf_str(b, "</td><td>");
	part_of(b, "", f->signal, "; ");
	part_of(b, "severity", f->severity, "; ");
	part_of(b, "asked for by", f->requested_by, "; ");
	part_of(b, "policy:", f->policy_word, "; ");
	part_of(b, "confidence", f->confidence_text ? f->confidence_text : f->confidence, "");
	buf_printf(b, "</td><td>%s<br>", facts_path(f));
	buf_init(&who, 1u << 20);
	if (f->by)
		put_person(&who, f->by, f->asserted_by);
	/* who, through what, and with which words */
	buf_byte(&who, '\0');
	part(b, "by", who.failed ? NULL : (char *)who.p);
	b->failed |= who.failed;
	buf_release(&who);
	if (f->on_behalf_of && f->by && strcmp(f->on_behalf_of, f->by))
		part(b, "on behalf of", f->on_behalf_of);
	part(b, "through", f->via);
	part(b, "words:", f->reason);
	buf_str(b, "</td><td class=\"t\">");
	/* the times that were stated, in their order */
	part_time(b, "asked", f->requested_at);
	part_time(b, "due", f->deadline);
	part_time(b, "decided", f->decided_at);
	part_wait(b, f);
	part_time(b, "started", start ? start->time : NO_TIME);
	part_time(b, "ended", f->end >= 0 ? f->s->m[f->end].time : NO_TIME);
	buf_str(b, "</td><td>");
	/* what was asked for, what ran, and what came of it */
	if (f->workflow && f->created_workflow && strcmp(f->workflow, f->created_workflow))
		part(b, "asked for", f->workflow);
	part_of(b, "", f->executed_workflow ? f->executed_workflow : f->created_workflow,
	    f->created_version && f->created_version[0] ? " " : "<br>");
	part(b, "version", f->created_version);
	part_of(b, "parameters", f->started.n ? parameters[f->parameters] : NULL, "; ");
	part_of(b, "", facts_effect(f), "; ");
	part_of(b, "assessed:", f->assessment, "; ");
	if (f->limited)
		buf_str(b, "rows of it may be missing; ");
	buf_str(b, "event ");
	html_event(b, id, (start ? start : made)->position);
	buf_str(b, "</td></tr>\n");
	*ret = mention_of(id, (start ? start : made)->position);
	return true;
}

/* Rows of a list, each behind the link to its remediation; anchor: before the number of each. */
static void
rows(struct buf *b, const struct report *rep, const struct note_rows *l, const char *anchor,
    const char *whole)
{
	size_t n = l->n < REPORT_SHOWN ? l->n : REPORT_SHOWN;

	for (size_t i = 0; i < n; i++) {
		buf_str(b, "<tr id=\"");
		html_anchor(b, anchor, l->row[i].c->text, l->row[i].c->n);
		buf_str(b, "\"><td>");
		html_remediation(b, rep, l->row[i].c);
		buf_str(b, l->row[i].html);
		if (l->row[i].names)
			mention_add(rep->mentions, l->row[i].event);
	}
	shown(b, n, l->all, whole);
}

void
report_changes(struct buf *b, const struct report *rep)
{
	html_section(b, SECTION_changes);
	buf_str(b,
	    "<p>Every remediation for which a workflow was created. A deadline stands in no event: "
	    "where none is told, the request's object is not archived. Policy hashes: section <a "
	    "href=\"#s-allowed\">9</a>.</p>\n");
	html_table(b, TABLE_changes, NULL);
	rows(b, rep, &rep->notes->changes, "ch-",
	    "exhibit sample FILE --population workflow_created -n N --seed S -o csv");
}

bool
report_allowed(struct buf *b, const struct facts *f, struct mention *ret)
{
	const struct moment *rego = f->rego >= 0 ? &f->s->m[f->rego] : NULL;

	target(b, f);
	buf_str(b, "</td><td>");
	if (rego) {
		char id[37];

		uuid_of(rego->id, id);
		utc_print(b, UTC_REST, rego->time, 0);
		buf_str(b, "<br>");
		html_event(b, id, rego->position);
		*ret = mention_of(id, rego->position);
	}
	buf_str(b, "</td><td class=\"m\">");
	html_text(b, f->policy_hash ? f->policy_hash : "no hash told");
	buf_str(b, "</td><td>");
	part_of(b, "", f->policy_reason, "; ");
	part_of(b, "confidence", f->confidence, "; ");
	part_of(
	    b, "workflow", f->executed_workflow ? f->executed_workflow : f->created_workflow, "; ");
	part_of(b, "", facts_effect(f), "");
	buf_str(b, "</td></tr>\n");
	return rego != NULL;
}

/* Which policies decided, from when to when. */
static void
policies(struct buf *b, const struct report *rep)
{
	const struct report_notes *n = rep->notes;
	const struct words *known = &rep->controls->p->policy_hashes;

	html_table(b, TABLE_policies, "Policies in force");
	for (size_t i = 0; i < n->n_policies; i++) {
		const struct note_policy *p = &n->policy[i];

		buf_str(b, "<tr><td class=\"m\">");
		html_text(b, p->hash[0] ? p->hash : "no hash told");
		buf_str(b, "</td><td>");
		utc_print(b, UTC_REST, p->first, 0);
		buf_str(b, "</td><td>");
		utc_print(b, UTC_REST, p->last, 0);
		buf_printf(b,
		    "</td><td class=\"n\">%" PRIu64 "</td><td class=\"n\">%" PRIu64
		    "</td><td class=\"n\">%" PRIu64 "</td><td>%s</td></tr>\n",
		    p->allowed, p->asked, p->otherwise,
		    known->n == 0                  ? "no list was given" :
			words_have(known, p->hash) ? "yes" :
						     "no");
	}
	html_table_end(b);
	buf_printf(b, "<p>%zu of %zu shown", n->n_policies, n->n_policies);
	if (n->beyond_policies)
		buf_printf(b, "; %" PRIu64 " decisions under further policies are not told apart",
		    n->beyond_policies);
	buf_str(b,
	    ". Whether a change of policy was authorised: rule <a href=\"#AP-34\">AP-34</a>."
	    "</p>\n");
}

void
report_allowed_list(struct buf *b, const struct report *rep)
{
	html_section(b, SECTION_allowed);
	if (rep->notes->n_policies)
		policies(b, rep);
	else
		buf_str(b, "<p>No decision of the policy is on record here.</p>\n");
	buf_str(b, "<p>Every remediation that the policy allowed by itself:</p>\n");
	html_table(b, TABLE_allowed, NULL);
	rows(b, rep, &rep->notes->allowed, "al-",
	    "exhibit populations FILE --ids -o json (policy_auto_approved)");
}

/* Who asked, who registered what runs, who decided: what the rules about it say. */
void
report_duties(struct buf *b, const struct report *rep)
{
	static const char *const about[] = { "AP-06", "AP-07", "AP-13", "AP-20" };

	html_section(b, SECTION_duties);
	buf_str(b, "<p>What the rules say of one person in two roles:</p>\n<ul>\n");
	for (unsigned i = 0; i < RULES; i++)
		for (unsigned k = 0; k < sizeof about / sizeof *about; k++)
			if (strcmp(rule_info[i].name, about[k]) == 0) {
				const struct tally *y = &rep->controls->tally[i];

				buf_printf(b,
				    "<li><a href=\"#%s\">%s</a> %s %" PRIu64 " tested, %" PRIu64
				    " exception%s, %" PRIu64 " not testable</li>\n",
				    about[k], about[k], rule_info[i].question,
				    y->passed + y->exceptions, y->exceptions,
				    y->exceptions == 1 ? "" : "s", y->untestable);
			}
	buf_str(b, "</ul>\n");
	report_matrix(b, rep);
	report_decisions(b, rep);
}

void
report_tests(struct buf *b, const struct report *rep)
{
	const struct controls *k = rep->controls;

	html_section(b, SECTION_tests);
	/* which parameters these were, since a rule is nothing without them */
	buf_str(b, "<p>Parameters: ");
	if (k->p->digest[0])
		buf_printf(b, "the auditor's file, SHA-256 <code>%s</code>.</p>\n", k->p->digest);
	else
		buf_str(b,
		    "the defaults; no list of approvers and no working hours were given "
		    "(<code>--policy FILE</code>).</p>\n");
	report_strip(b, rep);
	html_table(b, TABLE_tests, NULL);
	/* a row a rule, with its numbers */
	for (unsigned i = 0; i < RULES; i++) {
		const struct tally *y = &k->tally[i];
		uint64_t na = 0;

		for (unsigned r = 0; r < REASONS; r++)
			na += y->na[r].n;
		buf_printf(b,
		    "<tr id=\"%s\"><td class=\"t\">%s v%u</td><td><strong>%s</strong> "
		    "%s</td><td>%s; %s: "
		    "%s</td><td>of %" PRIu64 " %s:<br>%" PRIu64 " tested, %" PRIu64 " passed<br>"
		    "<strong>%" PRIu64 " exception%s</strong><br>%" PRIu64
		    " not testable<br>%" PRIu64 " not applicable</td></tr>\n",
		    rule_info[i].name, rule_info[i].name, rule_info[i].version,
		    rule_info[i].question, rule_info[i].test, rule_info[i].criteria,
		    rule_info[i].nist, rule_info[i].reasoning, y->population,
		    population_info[rule_info[i].population].name, (y->passed + y->exceptions),
		    y->passed, y->exceptions, y->exceptions == 1 ? "" : "s", y->untestable, na);
	}
	buf_printf(b, "</tbody></table>\n<p>%u of %u shown.</p>\n", RULES, RULES);
}

void
report_exceptions(struct buf *b, const struct report *rep)
{
	const struct controls *k = rep->controls;
	size_t n = k->n < REPORT_SHOWN ? k->n : REPORT_SHOWN;

	html_section(b, SECTION_exceptions);
	buf_str(b,
	    "<p>An exception is a fact that the events prove. Whether a "
	    "control failed is the auditor's judgement.</p>\n");
	html_table(b, TABLE_exceptions, NULL);
	for (size_t i = 0; i < n; i++) {
		const struct exception *x = &k->exception[i];
		const char *p = rule_info[x->rule].explanations;

		buf_printf(b,
		    "<tr id=\"ex-%zu\"><td class=\"n\">%zu</td><td><a href=\"#%s\">%s</a></td><td>",
		    i + 1, i + 1, rule_info[x->rule].name, rule_info[x->rule].name);
		html_remediation(b, rep, x->c);
		buf_str(b, "</td><td>");
		html_text(b, x->sentence);
		for (unsigned q = 0; q < x->n_events; q++) {
			buf_str(b, "<br>");
			report_event(b, rep, x->event[q].id, x->event[q].position);
		}
		buf_str(b, "</td><td>");
		for (unsigned q = 0; q < EXPLANATIONS && *p;
		     q++, p += strcspn(p, "|"), p += *p == '|')
			buf_printf(b, "%s%.*s: %s", q ? "<br>" : "", (int)strcspn(p, "|"), p,
			    explained_name[x->state[q]]);
		buf_str(b, "</td><td>");
		report_answer(b, rep, MANAGEMENT_EXCEPTIONS, i);
		buf_str(b, "</td><td>");
		report_answer(b, rep, AUDITOR_EXCEPTIONS, i);
		buf_str(b, "</td></tr>\n");
	}
	shown(b, n, k->n, "exhibit controls FILE -o csv");
}
