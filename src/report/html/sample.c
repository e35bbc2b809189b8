/* The sample: where its draw comes from, what was drawn, what the rules say of each item. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "report/html/page.h"

static void
origin(struct buf *b, const struct report_sample *x)
{
	const struct sample_wish *w = x->wish;
	char t[64];

	/* all that is needed to draw again */
	html_names(b, "Where the draw comes from");
	html_row(b, "Population", population_info[w->population].name, false);
	html_row(b, "Its definition", population_info[w->population].definition, false);
	html_number(b, "Its members", x->s->n);
	html_row(b, "Its digest", x->s->digest, true);
	html_row(b, "Seed", w->seed, true);
	html_row(b, "Source of the seed", w->source ? w->source : "not stated", false);
	html_row(b, "Seed chosen on", w->chosen ? w->chosen : "not stated", false);
	html_row(b, "Method",
	    "in the order of SHA-256 of seed, digest and id; anybody draws the same: reproducible",
	    false);
	html_row(b, "Divided by", w->by ? strata_name[w->by] : "nothing: one stratum", false);
	snprintf(t, sizeof t, "%" PRIu64 "%s", w->number, w->by ? " of each" : "");
	html_row(b, "Asked for", t, false);
	html_number(b, "Passed over before them", w->after);
	html_number(b, "Drawn", x->s->taken);
	html_table_end(b);
	/* a stratum that had too few is told */
	for (unsigned i = 0; i < x->s->n_strata; i++) {
		const struct stratum *s = &x->s->s[i];

		if (s->taken == w->number)
			continue;
		html_put(b, "<p>Fewer than asked for: %zu of %" PRIu64, s->taken, w->number);
		if (w->by) {
			buf_str(b, " of ");
			html_text(b, s->name);
		}
		html_put(b, "; there are %zu.</p>\n", s->members);
	}
}

/* What the letters of the attributes mean. */
static void
legend(struct buf *b)
{
	buf_str(b, "<ul>\n");
	for (unsigned i = 0; i < ATTRIBUTES; i++)
		html_put(b, "<li>%c: <a href=\"#%s\">%s</a> %s</li>\n", (int)('A' + i),
		    rule_info[sample_attribute[i]].name, rule_info[sample_attribute[i]].name,
		    rule_info[sample_attribute[i]].question);
	buf_str(b, "</ul>\n");
}

static void
items(struct buf *b, const struct report *rep, const struct report_sample *x)
{
	html_table(b, TABLE_sample, "Items in the order of the draw");
	for (size_t i = 0; i < x->n; i++) {
		const struct report_item *t = &x->item[i];

		html_put(b, "<tr id=\"sample-%zu\"><td class=\"n\">%" PRIu64 "</td><td>", i + 1,
		    t->d->place);
		html_remediation(b, rep, t->d->e->c);
		if (x->wish->by) {
			buf_str(b, "<br>");
			html_text(b, x->s->s[t->d->stratum].name);
		}
		html_put(b, "</td><td class=\"m\">%s</td><td>", t->d->key);
		for (unsigned k = 0; k < ATTRIBUTES; k++) {
			html_put(b, "%s%c: ", k ? "<br>" : "", (int)('A' + k));
			html_text(b, t->words[k]);
		}
		buf_str(b, "</td><td></td><td></td><td></td></tr>\n");
	}
	html_table_end(b);
	html_put(b, "<p>%zu of %zu shown. Tester, date and remark are to be filled in.</p>\n", x->n,
	    x->s->taken);
}

static void
apart(struct buf *b, const struct report *rep, const struct report_sample *x)
{
	buf_str(b, "<p>Judgemental, apart from the draw, in no bound: ");
	for (unsigned i = 0; i < x->n_chosen; i++) {
		buf_str(b, i ? ", " : "");
		html_remediation(b, rep, x->chosen[i]);
	}
	buf_str(b, x->n_chosen ? ".</p>\n" : "none.</p>\n");
	if (x->n_bounds == 0) {
		buf_str(b, "<p>No bound: nothing was tested.</p>\n");
		return;
	}
	html_fold(b, "Bounds by the attributes of the draw, arithmetic alone");
	buf_str(b, "<ul>\n");
	for (unsigned i = 0; i < x->n_bounds; i++) {
		buf_str(b, "<li>");
		html_text(b, x->bound[i]);
		buf_str(b, "</li>\n");
	}
	buf_str(b, "</ul>\n");
	html_fold_end(b);
}

void
report_sample(struct buf *b, const struct report *rep)
{
	html_section(b, SECTION_sample);
	if (rep->sample == NULL) {
		buf_str(b,
		    "<p>No sample was given to this report (<code>--sample FILE</code>). One is "
		    "drawn, so that anybody draws the same, by <code>exhibit sample FILE "
		    "--population NAME -n N --seed TEXT --out sample.json</code>.</p>\n");
		return;
	}
	origin(b, rep->sample);
	legend(b);
	items(b, rep, rep->sample);
	apart(b, rep, rep->sample);
}
