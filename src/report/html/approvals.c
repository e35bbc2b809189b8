/* Sections 6 to 8, 12 and 13 of the report: populations, reconciliation, changes, tests,
 * exceptions (formats/controls.md). */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "report/html/page.h"

/* A line of a cell, with its label; nothing if there is nothing to say. */
static void
part(struct buf *b, const char *label, const char *s)
{
	if (s == NULL || s[0] == '\0')
		return;
	buf_printf(b, "%s%s", label, label[0] ? " " : "");
	html_text(b, s);
	buf_str(b, "<br>");
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

static void
shown(struct buf *b, uint64_t n, uint64_t all, const char *whole)
{
	buf_printf(b, "</tbody></table>\n<p>%" PRIu64 " of %" PRIu64 " shown", n, all);
	if (n < all)
		buf_printf(b, "; all of them: <code>%s</code>", whole);
	buf_str(b, ".</p>\n");
}

int
report_populations(struct buf *b, const struct report *rep)
{
	size_t flight[2];

	html_section(b, SECTION_populations);
	html_table(b, TABLE_populations, NULL);
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
		    "<tr><td>%s</td><td>%s; %s<br><span class=\"m\">%s</span></td><td "
		    "class=\"n\">%zu</td></tr>\n",
		    population_info[p].name, population_info[p].definition, population_info[p].date,
		    hex, n);
	}
	buf_printf(b, "</tbody></table>\n<p>%u of %u shown. ", POPULATIONS, POPULATIONS);
	registry_in_flight(rep->registry, flight);
	buf_printf(b,
	    "In flight: %zu at the beginning of the period, %zu at its end. Full lists: "
	    "<code>exhibit populations FILE --ids -o json</code>.</p>\n",
	    flight[0], flight[1]);
	return 0;
}

void
report_reconciliation(struct buf *b, const struct report *rep)
{
	html_section(b, SECTION_reconciliation);
	buf_str(b, "<ul>\n");
	for (unsigned i = 0; i < n_reconciliations; i++) {
		const struct reconciliation *x = &reconciliation[i];
		size_t stray = registry_strays(rep->registry, x), n = 0;

		buf_printf(b, "<li>%zu %s %s", registry_count(rep->registry, x->whole),
		    population_info[x->whole].name, x->why ? "against" : "=");
		for (unsigned k = 0; k < x->n; k++)
			buf_printf(b, "%s %zu %s", k ? " +" : "",
			    registry_count(rep->registry, x->part[k]),
			    population_info[x->part[k]].name);
		if (stray == 0) {
			buf_str(b, "</li>\n");
			continue;
		}
		if (x->why)
			buf_printf(b, "; %zu in one of them only (%s):<ul>", stray, x->why);
		else
			buf_printf(b,
			    "; <strong>%zu in none of the parts, or in several</strong>:<ul>",
			    stray);
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

void
report_change(struct buf *b, const struct facts *f)
{
	static const char *const parameters[] = { "not known", "as asked", "OTHERS" };
	const struct moment *start = facts_event(f, &f->started),
			    *made = facts_event(f, &f->created);
	struct buf who;
	char id[37];

	uuid_of((start ? start : made)->id, id);
	buf_str(b, "<tr><td>");
	text_html(b, f->c->text, f->c->n);
	buf_str(b, "<br>");
	part(b, "namespace", f->target_namespace);
	part(b, "", f->target_kind);
	part(b, "", f->target_name);
	buf_str(b, "</td><td>");
	part(b, "", f->signal);
	part(b, "severity", f->severity);
	part(b, "policy", f->policy_word);
	buf_printf(b, "</td><td>%s<br>", facts_path(f));
	buf_init(&who, 1u << 20);
	if (f->by)
		put_person(&who, f->by, f->asserted_by);
	buf_byte(&who, '\0');
	part(b, "by", who.failed ? NULL : (char *)who.p);
	b->failed |= who.failed;
	buf_release(&who);
	part(b, "through", f->via);
	part(b, "words:", f->reason);
	buf_str(b, "</td><td class=\"t\">");
	part_time(b, "asked", f->requested_at);
	part_time(b, "decided", f->decided_at);
	part_time(b, "started", start ? start->time : NO_TIME);
	buf_str(b, "</td><td>");
	part(b, "", f->executed_workflow ? f->executed_workflow : f->created_workflow);
	part(b, "parameters", f->started.n ? parameters[f->parameters] : NULL);
	part(b, "", facts_effect(f));
	part(b, "assessed:", f->assessment);
	buf_str(b, "event ");
	html_event(b, id, (start ? start : made)->position);
	buf_str(b, "</td></tr>\n");
}

void
report_changes(struct buf *b, const struct report *rep)
{
	size_t n = rep->n_changes < REPORT_SHOWN ? rep->n_changes : REPORT_SHOWN;

	html_section(b, SECTION_changes);
	buf_str(b,
	    "<p>Every remediation for which a workflow was created. Deadlines "
	    "stand in no event; where the request's object is archived, <code>exhibit "
	    "approvals</code> tells them.</p>\n");
	html_table(b, TABLE_changes, NULL);
	for (size_t i = 0; i < n; i++)
		buf_str(b, rep->change[i]);
	shown(b, n, rep->n_changes,
	    "exhibit sample FILE --population workflow_created -n N --seed S -o csv");
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
				    " exceptions, %" PRIu64 " not testable</li>\n",
				    about[k], about[k], rule_info[i].question,
				    y->passed + y->exceptions, y->exceptions, y->untestable);
			}
	buf_str(b, "</ul>\n");
}

void
report_tests(struct buf *b, const struct report *rep)
{
	const struct controls *k = rep->controls;

	html_section(b, SECTION_tests);
	buf_str(b, "<p>Parameters: ");
	if (k->p->digest[0])
		buf_printf(b, "the auditor's file, SHA-256 <code>%s</code>.</p>\n", k->p->digest);
	else
		buf_str(b,
		    "the defaults; no list of approvers and no working hours were given "
		    "(<code>--policy FILE</code>).</p>\n");
	html_table(b, TABLE_tests, NULL);
	for (unsigned i = 0; i < RULES; i++) {
		const struct tally *y = &k->tally[i];
		uint64_t na = 0;

		for (unsigned r = 0; r < REASONS; r++)
			na += y->na[r].n;
		buf_printf(b,
		    "<tr id=\"%s\"><td class=\"t\">%s v%u</td><td><strong>%s</strong> "
		    "%s</td><td>%s; %s: "
		    "%s</td><td>of %" PRIu64 " %s:<br>%" PRIu64 " tested, %" PRIu64 " passed<br><"
		    "strong>"
		    "%" PRIu64 " "
		    "exceptions</strong><br>%" PRIu64 " not testable<br>%" PRIu64 " not "
		    "applicable</"
		    "td></tr>\n",
		    rule_info[i].name, rule_info[i].name, rule_info[i].version,
		    rule_info[i].question, rule_info[i].test, rule_info[i].criteria,
		    rule_info[i].nist, rule_info[i].reasoning, y->population,
		    population_info[rule_info[i].population].name, (y->passed + y->exceptions),
		    y->passed, y->exceptions, y->untestable, na);
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
			html_event(b, x->event[q].id, x->event[q].position);
		}
		buf_str(b, "</td><td>");
		for (unsigned q = 0; q < EXPLANATIONS && *p;
		     q++, p += strcspn(p, "|"), p += *p == '|')
			buf_printf(b, "%s%.*s: %s", q ? "<br>" : "", (int)strcspn(p, "|"), p,
			    explained_name[x->state[q]]);
		buf_str(b, "</td><td></td><td></td></tr>\n");
	}
	shown(b, n, k->n, "exhibit controls FILE -o csv");
}
