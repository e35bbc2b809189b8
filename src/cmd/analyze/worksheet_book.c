/* The worksheet of a sample as a workbook, and the statements about its population
 * (formats/controls.md CT-13, CT-14). */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "approval/bound.h"
#include "base/text.h"
#include "base/utc.h"
#include "cmd/analyze/worksheet.h"
#include "cmd/version.h"

#define PLANNED 6u /* numbers of deviations that a tester may find: 0 to 5 */

/* ---- statements */

struct stating {
	struct statement x;
	int (*each)(void *arg, const struct statement *x);
	void *arg;
};

static int
state(struct stating *s, const char *method, const char *side)
{
	s->x.method = method;
	s->x.side = side;
	return s->each(s->arg, &s->x);
}

/* A share in hundredths of a percent, as text. */
static const char *
percent(char out[16], unsigned share)
{
	snprintf(out, 16, "%u.%02u %%", share / 100, share % 100);
	return out;
}

/* The three statements of one count. */
static int
three(struct stating *s)
{
	struct statement *x = &s->x;
	struct bound b;
	char one[16], two[16];
	int rc = bound_of(x->population, x->tested, x->deviations, &b);

	/* nothing tested: no bound */
	if (rc)
		return rc < 0 ? -1 : 0;
	snprintf(x->bound, sizeof x->bound, "%" PRIu64 " of %" PRIu64 " (%s)", b.most,
	    x->population, percent(one, b.share));
	snprintf(x->sentence, sizeof x->sentence,
	    "A random draw of %" PRIu64 " of %" PRIu64 " with %" PRIu64
	    " deviations excludes, at 95 %%, more than %" PRIu64 " deviations in all.",
	    x->tested, x->population, x->deviations, b.most);
	if ((rc = state(s, "hypergeometric", "upper, one-sided")) != 0)
		return rc;
	snprintf(x->bound, sizeof x->bound, "%s", percent(one, b.upper));
	snprintf(x->sentence, sizeof x->sentence,
	    "%" PRIu64 " deviations in %" PRIu64 " exclude, at 95 %%, a share above %s of a "
	    "population without end.",
	    x->deviations, x->tested, one);
	if ((rc = state(s, "binomial", "upper, one-sided")) != 0)
		return rc;
	snprintf(x->bound, sizeof x->bound, "%s to %s", percent(one, b.low), percent(two, b.high));
	snprintf(x->sentence, sizeof x->sentence,
	    "%" PRIu64 " deviations in %" PRIu64 " exclude, at 95 %%, shares outside of %s to %s "
	    "of a population without end.",
	    x->deviations, x->tested, one, two);
	return state(s, "binomial (Clopper and Pearson)", "two-sided");
}

int
worksheet_bounds(
    const struct worksheet *w, int (*each)(void *arg, const struct statement *x), void *arg)
{
	struct stating s = { .each = each, .arg = arg };
	int rc = 0;

	for (unsigned k = 0; k < w->s.n_strata && rc == 0; k++) {
		const struct stratum *t = &w->s.s[k];

		s.x.stratum = t->name;
		/* a draw that goes on behind an earlier one is no smaller for it: the statement is
		 * about those that were drawn here */
		for (unsigned a = 0; a < ATTRIBUTES && rc == 0; a++) {
			s.x.letter = (char)('A' + (int)a);
			s.x.rule = rule_info[sample_attribute[a]].name;
			s.x.population = t->attribute[a].tested;
			s.x.tested = t->attribute[a].drawn;
			s.x.deviations = t->attribute[a].found;
			rc = three(&s);
		}
		for (unsigned d = 0; d < PLANNED && d <= t->taken && rc == 0; d++) {
			s.x.letter = '\0';
			s.x.rule = NULL;
			s.x.population = t->members;
			s.x.tested = t->taken;
			s.x.deviations = d;
			rc = three(&s);
		}
	}
	return rc;
}

/* ---- sheets */

const struct form_column about_column[2] = { { "item", "ITEM", COLUMN_TEXT, 30, 0 },
	{ "value", "VALUE", COLUMN_TEXT, 0, 0 } };

void
about_say(struct form *f, const char *item, const char *value)
{
	form_str(f, item);
	form_str(f, value);
}

static void
say_number(struct form *f, const char *item, uint64_t v)
{
	char t[24];

	snprintf(t, sizeof t, "%" PRIu64, v);
	about_say(f, item, t);
}

/* Where the draw comes from, in words that claim nothing of who chose the seed. */
static void
about_draw(struct worksheet *w, struct form *f)
{
	const struct population_info *p = &population_info[w->wish.population];
	char text[300];

	/* all that is needed to draw again, in words */
	about_say(f, "population", p->name);
	about_say(f, "definition", p->definition);
	about_say(f, "date that decides", p->date);
	say_number(f, "members", w->s.n);
	about_say(f, "digest of the sorted ids (SHA-256)", w->s.digest);
	about_say(f, "seed", w->wish.seed);
	about_say(f, "source of the seed", w->wish.source ? w->wish.source : "not stated");
	about_say(f, "seed chosen on", w->wish.chosen ? w->wish.chosen : "not stated");
	about_say(f, "order of the draw",
	    "by SHA-256 of seed, digest and id, one behind the other; by hand: printf %s%s%s SEED "
	    "DIGEST ID | sha256sum");
	about_say(f, "reproducible",
	    "Whoever has the archive, the seed and the period draws the same items. Who knows the "
	    "population when the seed is chosen can choose among draws: recommended is a public "
	    "value that is later than the seal of the archive.");
	about_say(
	    f, "strata", w->wish.by ? strata_name[w->wish.by] : "none: one draw over all members");
	say_number(f, w->wish.by ? "asked for, of each stratum" : "asked for", w->wish.number);
	say_number(f, "behind the first", w->wish.after);
	say_number(f, "drawn", w->s.taken);
	/* a stratum that had too few is said, and not filled up from another */
	for (unsigned i = 0; i < w->s.n_strata; i++) {
		const struct stratum *t = &w->s.s[i];

		if (t->taken == w->wish.number)
			continue;
		snprintf(text, sizeof text,
		    "%zu instead of %" PRIu64 "%s%s: it has %zu member%s, and the draw begins "
		    "behind the first %" PRIu64,
		    t->taken, w->wish.number, w->wish.by ? " of " : "", t->name, t->members,
		    t->members == 1 ? "" : "s", w->wish.after);
		about_say(f, "FEWER THAN ASKED FOR", text);
	}
	if (w->s.n == 0)
		about_say(f, "FEWER THAN ASKED FOR", "nothing: the population has no member");
}

void
about_whose(struct form *f, const struct worksheet *w)
{
	about_say(f, "entity", w->p.entity);
	about_say(f, "system", w->p.system);
	about_say(f, "prepared by", w->p.prepared_by);
}

static void
about_period(struct form *f, const struct worksheet *w)
{
	struct buf b;

	buf_init(&b, 400);
	if (w->period.from == INT64_MIN)
		buf_str(&b, "no beginning");
	else
		utc_print(&b, UTC_REST, w->period.from, 0);
	buf_str(&b, " until before ");
	if (w->period.to == INT64_MAX)
		buf_str(&b, "no end");
	else
		utc_print(&b, UTC_REST, w->period.to, 0);
	buf_byte(&b, '\0');
	about_say(f, "period", b.failed ? NULL : (char *)b.p);
	buf_release(&b);
	if (w->cluster)
		about_say(f, "cluster", w->cluster);
}

/* A damaged block is met by every reading of it. */
static bool
said_above(const struct findings *l, unsigned i)
{
	for (unsigned k = 0; k < i; k++)
		if (l->f[k].id == l->f[i].id && strcmp(l->f[k].sentence, l->f[i].sentence) == 0)
			return true;
	return false;
}

/* What it was drawn from, and what is known to be missing there. */
static int
about_files(struct worksheet *w, struct form *f)
{
	struct evidence *v = w->ev;
	char text[1200], hex[65], root[65];

	/* each file with its own digest, so that the sheet can be told from another */
	for (unsigned i = 0; i < v->n; i++) {
		struct archive *a = v->archive[i];

		if (digest_file(v, a, hex))
			return -1;
		hex_of(archive_root(a), 32, root);
		snprintf(text, sizeof text, "%.300s, sha256 %s", archive_name(a), hex);
		about_say(f, "archive", text);
		snprintf(text, sizeof text, "%.300s %" PRIu64 " %s", archive_origin(a),
		    archive_next(a), root);
		about_say(f, "its checkpoint", text);
		about_say(f, "its origin",
		    archive_vouched(a) == VOUCHED_KEY          ? "proven by a key that was given" :
			archive_vouched(a) == VOUCHED_EXPECTED ? "proven by a checkpoint that was "
								 "given" :
								 "NOT PROVEN: no key that was "
								 "given signed "
								 "it");
	}
	/* alarms and gaps go along: a sheet without them would look better than its evidence */
	for (unsigned i = 0; i < w->found->n; i++)
		if (finding_info[w->found->f[i].id].level == LEVEL_ALARM &&
		    !said_above(w->found, i))
			about_say(f, "ALARM", w->found->f[i].sentence);
	for (unsigned i = 0; i < v->limits.n; i++)
		about_say(f, "KNOWN TO BE MISSING", v->limits.l[i].sentence);
	if (v->limits.n)
		about_say(f, "lower bounds", "What is missing may belong to the population.");
	return 0;
}

int
about_what(struct form *f, struct worksheet *w)
{
	about_period(f, w);
	about_say(f, "policy (SHA-256)", w->p.digest[0] ? w->p.digest : "none: the defaults");
	return about_files(w, f);
}

static int
about(struct worksheet *w, struct book *b)
{
	struct form f;
	int rc;

	form_begin_sheet(
	    &f, b, "about", NULL, about_column, sizeof about_column / sizeof *about_column);
	about_say(&f, "worksheet of a sample", "made by exhibit " EXHIBIT_VERSION);
	about_say(&f, "what it is",
	    "This tool tests evidence; it gives no opinion on the effectiveness of controls.");
	about_whose(&f, w);
	about_draw(w, &f);
	rc = about_what(&f, w);
	form_end(&f);
	return rc;
}

static int
put_statement(void *arg, const struct statement *x)
{
	struct form *f = arg;
	char letter[2] = { x->letter, '\0' };

	form_str(f, x->stratum);
	form_str(f, letter);
	form_str(f, x->rule ? x->rule : "what a tester finds");
	form_number(f, x->population);
	form_number(f, x->tested);
	form_number(f, x->deviations);
	form_str(f, x->method);
	form_str(f, x->side);
	form_str(f, "95 %");
	form_str(f, x->bound);
	form_str(f, x->sentence);
	return 0;
}

static int
bounds(const struct worksheet *w, struct book *b)
{
	static const struct form_column column[] = { { "stratum", NULL, COLUMN_TEXT, 20, 0 },
		{ "attribute", NULL, COLUMN_TEXT, 9, 0 }, { "rule", NULL, COLUMN_TEXT, 20, 0 },
		{ "population", NULL, COLUMN_NUMBER, 10, 0 },
		{ "tested", NULL, COLUMN_NUMBER, 8, 0 },
		{ "deviations", NULL, COLUMN_NUMBER, 10, 0 },
		{ "method", NULL, COLUMN_TEXT, 30, 0 }, { "side", NULL, COLUMN_TEXT, 18, 0 },
		{ "confidence", NULL, COLUMN_TEXT, 10, 0 }, { "bound", NULL, COLUMN_TEXT, 24, 0 },
		{ "statement", NULL, COLUMN_TEXT, 0, 0 } };
	struct form f;
	int rc;

	form_begin_sheet(&f, b, "bounds", NULL, column, sizeof column / sizeof *column);
	rc = worksheet_bounds(w, put_statement, &f);
	form_end(&f);
	return rc;
}

static void
strata(const struct worksheet *w, struct book *b)
{
	static const struct form_column column[] = { { "stratum", NULL, COLUMN_TEXT, 30, 0 },
		{ "members", NULL, COLUMN_NUMBER, 10, 0 }, { "asked", NULL, COLUMN_NUMBER, 10, 0 },
		{ "drawn", NULL, COLUMN_NUMBER, 10, 0 } };
	struct form f;

	form_begin_sheet(&f, b, "strata", NULL, column, sizeof column / sizeof *column);
	for (unsigned i = 0; i < w->s.n_strata; i++) {
		form_str(&f, w->s.s[i].name);
		form_number(&f, w->s.s[i].members);
		form_number(&f, w->wish.number);
		form_number(&f, w->s.s[i].taken);
	}
	form_end(&f);
}

static void
rules(struct book *b)
{
	static const struct form_column column[] = { { "attribute", NULL, COLUMN_TEXT, 9, 0 },
		{ "rule", NULL, COLUMN_TEXT, 8, 0 }, { "version", NULL, COLUMN_NUMBER, 8, 0 },
		{ "population", NULL, COLUMN_TEXT, 24, 0 },
		{ "question", NULL, COLUMN_TEXT, 60, 0 }, { "test", NULL, COLUMN_TEXT, 70, 0 },
		{ "criteria", NULL, COLUMN_TEXT, 14, 0 },
		{ "innocent_if", NULL, COLUMN_TEXT, 0, 0 } };
	struct form f;

	form_begin_sheet(&f, b, "rules", NULL, column, sizeof column / sizeof *column);
	for (unsigned i = 0; i < ATTRIBUTES; i++) {
		const struct rule_info *r = &rule_info[sample_attribute[i]];
		char letter[2] = { (char)('A' + (int)i), '\0' };

		form_str(&f, letter);
		form_str(&f, r->name);
		form_number(&f, r->version);
		form_str(&f, population_info[r->population].name);
		form_str(&f, r->question);
		form_str(&f, r->test);
		form_str(&f, r->criteria);
		form_str(&f, r->explanations);
	}
	form_end(&f);
}

static void
legend(struct book *b)
{
	static const struct form_column column[] = { { "column", NULL, COLUMN_TEXT, 26, 0 },
		{ "meaning", NULL, COLUMN_TEXT, 0, 0 } };
	struct form f;

	form_begin_sheet(&f, b, "legend", NULL, column, 2);
#define ITEM(name, kind, width, meaning) about_say(&f, #name, meaning);
#define ATTRIBUTE(letter, rule, id) \
	about_say(&f, #letter "_" id, \
	    "pass, exception, not testable or n.a. (not applicable), with the reason: " id " on " \
	    "the " \
	    "sheet" \
	    " rule" \
	    "s");
#include "cmd/analyze/worksheet.def"
#undef ITEM
#undef ATTRIBUTE
	about_say(&f, "_escaped",
	    "yes: some text of the row holds characters that no cell can hold, or was cut");
	form_end(&f);
}

int
worksheet_book(struct worksheet *w, struct book *b)
{
	struct form f;
	int rc;

	for (unsigned i = 0; i < ANSWER_CELLS; i++)
		book_fill_in(b, answer_sheet_info[SAMPLE_DRAWN].column[i]);
	if (about(w, b))
		return -1;
	form_begin_sheet(&f, b, "sample", NULL, worksheet_column, worksheet_columns);
	rc = worksheet_rows(w, &f, true);
	form_end(&f);
	if (rc == 0) {
		form_begin_sheet(&f, b, "apart", NULL, worksheet_column, worksheet_columns);
		rc = worksheet_rows(w, &f, false);
		form_end(&f);
	}
	if (rc)
		return -1;
	strata(w, b);
	if (bounds(w, b))
		return err_nomem(&w->ev->err);
	rules(b);
	legend(b);
	return 0;
}
