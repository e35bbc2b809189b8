/* Books of answers that came back: which book each is, the same book made anew, and what was typed
 * (formats/bundle.md X-9). */
#include "cmd/analyze/answering.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "cmd/analyze/cluster.h"
#include "cmd/version.h"

static const char *const option[] = { "management", "auditor" };

void
answering_init(struct answering *a, const struct cli *c, struct evidence *ev,
    const struct findings *found, const struct period *period)
{
	*a = (struct answering){ .c = c, .ev = ev, .found = found, .period = *period };
	buf_init(&a->differences, 1u << 20);
	buf_init(&a->causes, 1u << 16);
}

void
answering_release(struct answering *a)
{
	answers_release(&a->typed);
	buf_release(&a->differences);
	buf_release(&a->causes);
	free(a->made_by);
}

bool
answering_any(const struct cli *c)
{
	return cli_get(c, option[0]) || cli_get(c, option[1]);
}

/* Puts the book's name before what is wrong with it. */
static int
book_error(struct answering *a, const struct given *g)
{
	struct err *e = &a->ev->err;
	char was[700];

	snprintf(was, sizeof was, "%.690s", e->text);
	snprintf(e->text, sizeof e->text, "%.200s: %s", g->given, was);
	return -1;
}

/* What a row of the sheet about says; owned by the caller. NULL: it says nothing, or `none`. */
static char *
about_value(const struct sheets *s, const char *item, const char *none)
{
	const struct sheet *sheet = sheets_named(s, "about");

	for (size_t i = 0; sheet && i < sheet->n; i++) {
		const struct sheet_cell *c = &sheet->cell[i], *v;

		if (c->column != 1 || c->n != strlen(item) || memcmp(cell_text(s, c), item, c->n) ||
		    (v = sheet_at(sheet, c->row, 2)) == NULL)
			continue;
		if (none &&
		    strncmp(cell_text(s, v), none, v->n < strlen(none) ? v->n : strlen(none)) == 0)
			return NULL;
		return strndup(cell_text(s, v), v->n);
	}
	return NULL;
}

/* A draw as a worksheet tells it. */
struct stated {
	struct sample_wish wish;
	char *population, *seed, *source, *date, *by, *number, *after;
};

static void
stated_release(struct stated *t)
{
	free(t->population);
	free(t->seed);
	free(t->source);
	free(t->date);
	free(t->by);
	free(t->number);
	free(t->after);
}

/* The book is bytes of others: each value is looked at as that of an option would be. 0 or -1
 * (e). */
static int
stated_of(const struct sheets *s, struct stated *t, struct err *e)
{
	struct sample_wish *w = &t->wish;

	t->population = about_value(s, "population", NULL);
	t->seed = about_value(s, "seed", NULL);
	t->source = about_value(s, "source of the seed", "not stated");
	t->date = about_value(s, "seed chosen on", "not stated");
	t->by = about_value(s, "strata", "none: one draw over all members");
	t->number = about_value(s, t->by ? "asked for, of each stratum" : "asked for", NULL);
	t->after = about_value(s, "behind the first", NULL);
	*w = (struct sample_wish){ .seed = t->seed, .source = t->source, .chosen = t->date };
	w->population = t->population ? population_named(t->population) : POPULATIONS;
	if (w->population == POPULATIONS || t->seed == NULL || t->number == NULL ||
	    t->after == NULL || !dec_u64(t->number, strlen(t->number), &w->number) ||
	    !dec_u64(t->after, strlen(t->after), &w->after) || w->number == 0 ||
	    !strata_named(t->by, &w->by))
		return err_set(e, EX_DATA_ERR,
		    "sheet about: it does not tell the draw (population, seed, asked for, behind "
		    "the first, strata) as a worksheet does");
	return 0;
}

static int
choose(struct worksheet *w, const struct catalog *cat, struct reading *r, const char *id,
    struct err *e)
{
	struct chosen *x = &w->chosen[w->n_chosen];

	if (w->n_chosen == CLI_MAX || catalog_find(cat, r, id, &x->c, e))
		return err_set(e, EX_DATA_ERR,
		    "%.200s: a remediation that the auditor chose, and that is not here", id);
	w->n_chosen++;
	return 0;
}

/* Remediations that the auditor chose: of the options, or where the sheet apart says so. */
static int
judgemental(struct answering *a, struct worksheet *w, const struct catalog *cat, struct reading *r,
    const struct sheets *came)
{
	struct err *e = &a->ev->err;
	const struct sheet *s = sheets_named(came, "apart");
	const char *id;
	int rc = 0;

	if ((w->chosen = calloc(CLI_MAX, sizeof *w->chosen)) == NULL)
		return err_nomem(e);
	for (unsigned i = 0; a->want && rc == 0 && (id = cli_nth(a->c, "judgemental", i)) != NULL;
	     i++)
		rc = choose(w, cat, r, id, e);
	for (size_t i = 0; a->want == NULL && s && i < s->n && rc == 0; i++) {
		const struct sheet_cell *c = &s->cell[i], *v;
		char *text;

		if (c->column != 2 || c->n != 11 || memcmp(cell_text(came, c), "judgemental", 11) ||
		    (v = sheet_at(s, c->row, 4)) == NULL)
			continue;
		text = strndup(cell_text(came, v), v->n);
		rc = text ? choose(w, cat, r, text, e) : err_nomem(e);
		free(text);
	}
	return rc;
}

/* The book made anew, from w, against the one that came back; out: with answers. 0 or -1
 * (e). */
static int
hold(struct answering *a, enum answer_book which, struct worksheet *w, const struct sheets *came,
    struct buf *out)
{
	struct err *e = &a->ev->err;
	struct sheets fresh;
	struct buf book;
	int rc;

	buf_init(&book, 1u << 30);
	rc = answer_book(w, which, &book);
	if (rc == 0) {
		rc = sheets_read(book.p, book.len, &fresh, e) ||
			answers_take(a, which, &fresh, came) ?
		    -1 :
		    0;
		sheets_release(&fresh);
	}
	buf_release(&book);
	if (rc == 0 && out && a->n_differences == 0) {
		a->ev->typed = &a->typed;
		rc = answer_book(w, which, out);
	}
	return rc;
}

/* Everything that the book is made from, read for it alone. 0; -1 (e); or an exit status
 * (printed). */
static int
make_and_hold(
    struct answering *a, enum answer_book which, const struct sheets *came, struct buf *out)
{
	struct err *e = &a->ev->err;
	struct findings found = { 0 };
	struct reading r = { 0 };
	struct catalog cat = { 0 };
	struct stated stated = { 0 };
	struct cluster_left left;
	struct worksheet w = { .ev = a->ev,
		.found = a->found,
		.wish = { .population = POP_REMEDIATIONS, .seed = "" },
		.period = a->period };
	int rc;

	/* the policy first: what is an exception depends on it */
	parameters_default(&w.p);
	if ((rc = policy_parse(a->ev, &w.p)) == 0 && which == BOOK_SAMPLE) {
		rc = a->want ? 0 : stated_of(came, &stated, e);
		w.wish = a->want ? *a->want : stated.wish;
	}
	if (rc == 0) {
		/* the book is made again as it was handed out, and what came back is held against
		 * it */
		rc = reading_init(&r, a->ev->archive, a->ev->n, &found, e) ||
			catalog_load(&cat, &r, e) || cluster_choose(a->c, &r, &cat, &left, e) ||
			(which == BOOK_SAMPLE && judgemental(a, &w, &cat, &r, came)) ||
			(w.cluster = left.name, worksheet_gather(&w, &r, &cat)) ?
		    -1 :
		    hold(a, which, &w, came, out);
		/* the worksheet has taken the parameters over, or they are still ours */
		worksheet_release(&w);
	} else {
		parameters_release(&w.p);
	}
	free(w.chosen);
	stated_release(&stated);
	catalog_release(&cat);
	reading_release(&r);
	findings_release(&found);
	return rc;
}

/* Does anything stand in a given cell? If not, nothing is to be taken: whether the rest is as it
 * was is not asked here. */
static bool
anything_typed(const struct sheets *came, enum answer_book which)
{
	for (unsigned k = 0; k < ANSWER_SHEETS; k++) {
		const struct sheet *s = sheets_named(came, answer_sheet_info[k].sheet);

		for (size_t i = 0; s && answer_sheet_info[k].book == which && i < s->n; i++) {
			const struct sheet_cell *head = sheet_at(s, 1, s->cell[i].column);

			for (unsigned g = 0; head && s->cell[i].row > 1 && g < ANSWER_CELLS; g++)
				if (head->n == strlen(answer_sheet_info[k].column[g]) &&
				    memcmp(cell_text(came, head), answer_sheet_info[k].column[g],
					head->n) == 0)
					return true;
		}
	}
	return false;
}

/* Which book it is, by its role and its sheets. -1 (e). */
static int
which_book(struct answering *a, bool auditor, const struct sheets *came)
{
	bool sample = sheets_named(came, "sample") != NULL;
	char *other =
	    about_value(came, auditor ? "answers of management" : "answers of the auditor", NULL);

	free(other);
	if (other)
		return err_set(&a->ev->err, EX_DATA_ERR,
		    auditor ? "sheet about: this is the book of management, not the auditor's" :
			      "sheet about: this is the auditor's book, not that of management");
	if (sample && !auditor)
		return err_set(&a->ev->err, EX_DATA_ERR,
		    "sheet sample: the worksheet of a sample is the auditor's, not management's");
	if (!sample && sheets_named(came, "exceptions") == NULL)
		return err_set(&a->ev->err, EX_DATA_ERR,
		    "sheet exceptions: it is gone; this is no book of answers (exhibit bundle "
		    "writes answers-management.xlsx and answers-auditor.xlsx)");
	return sample ? BOOK_SAMPLE : auditor ? BOOK_AUDITOR : BOOK_MANAGEMENT;
}

/* Which version made it, if it is not this one. */
static void
note_version(struct answering *a, const struct sheets *came)
{
	static const char *const label[] = { "answers of management", "answers of the auditor",
		"worksheet of a sample" };
	char *by = NULL;

	for (unsigned i = 0; i < 3 && by == NULL; i++)
		by = about_value(came, label[i], NULL);
	/* a book that says something else there was changed */
	if (by == NULL || strcmp(by, "made by exhibit " EXHIBIT_VERSION) == 0 ||
	    strncmp(by, "made by exhibit ", 16) || by[16] < '0' || by[16] > '9' ||
	    strspn(by + 16, "0123456789.-+abcdefghijklmnopqrstuvwxyz") != strlen(by + 16)) {
		free(by);
		return;
	}
	free(a->made_by);
	a->made_by = by;
}

static int
read_one(struct answering *a, const struct given *g, bool auditor, struct buf *out)
{
	struct err *e = &a->ev->err;
	struct sheets came;
	int which, rc = -1;

	if (sheets_read(g->text, g->n, &came, e) || (which = which_book(a, auditor, &came)) < 0)
		rc = book_error(a, g);
	else if (a->typed.given[which])
		rc = err_set(e, EX_USAGE_ERR, "%.200s: a second book of the same kind", g->given);
	else if (a->lenient && !anything_typed(&came, (enum answer_book)which))
		rc = 0;
	else if (note_version(a, &came),
	    (rc = make_and_hold(a, (enum answer_book)which, &came, out)) < 0)
		book_error(a, g);
	sheets_release(&came);
	return rc;
}

static int
by_row(const void *pa, const void *pb)
{
	const struct answer *a = pa, *b = pb;

	return a->sheet != b->sheet ? (int)a->sheet - (int)b->sheet :
	    a->row < b->row         ? -1 :
				      a->row > b->row;
}

int
answering_read(struct answering *a, struct buf *out)
{
	int rc = 0;

	for (unsigned i = 0; i < a->ev->n_sides && rc == 0; i++) {
		const struct given *g = &a->ev->side[i];

		if (strcmp(g->option, option[0]) == 0 || strcmp(g->option, option[1]) == 0)
			rc = read_one(a, g, strcmp(g->option, option[1]) == 0, out);
		if (rc < 0 && a->lenient && a->ev->err.status == EX_DATA_ERR) {
			/* what is wrong with a book of a bundle shows when it is made again */
			memset(&a->ev->err, 0, sizeof a->ev->err);
			rc = 0;
		}
	}
	if (a->typed.n)
		qsort(a->typed.a, a->typed.n, sizeof *a->typed.a, by_row);
	if (rc == 0 && a->n_differences) {
		answers_release(&a->typed);
		return EX_DIFFERENCES;
	}
	return rc < 0 ? cli_fail(a->c, &a->ev->err) : rc;
}

/* What another version made is said: how it words a rule cannot be told from a change of it. */
static void
tell_version(const struct answering *a, const char *what)
{
	struct buf t;

	if (a->made_by == NULL)
		return;
	buf_init(&t, 4096);
	text_plain(&t, a->made_by, strlen(a->made_by));
	cli_note(a->c, "the book says of itself: %.*s; this is exhibit " EXHIBIT_VERSION ". %s",
	    (int)t.len, t.p ? (char *)t.p : "", what);
	buf_release(&t);
}

void
answering_refuse(const struct answering *a)
{
	bool one = a->n_differences == 1;

	printf("NO ANSWERS TAKEN: %" PRIu64 " cell%s that %s evidence %s not as the archives, the "
	       "policy and the period give %s\n",
	    a->n_differences, one ? "" : "s", one ? "is" : "are", one ? "is" : "are",
	    one ? "it" : "them");
	/* why most of them differ, before all of them */
	if (a->causes.len)
		fwrite(a->causes.p, 1, a->causes.len, stdout);
	fwrite(a->differences.p, 1, a->differences.len, stdout);
	tell_version(a,
	    "Another version may word facts otherwise: read the book with the version that made "
	    "it, or hand out a new one.");
	cli_note(a->c,
	    "want the archives, --vkey, --policy, --period, --cluster and the draw (--population, "
	    "-n, --seed, --seed-source, …) that the book was made with (sheet about)");
}

void
answering_note(const struct answering *a)
{
	char text[400];

	snprintf(text, sizeof text,
	    "What its answers are about is the same here; its wording (questions, explanations, "
	    "legend) differs in %" PRIu64 " cell%s, as that version words it or as somebody "
	    "changed it.",
	    a->n_wording, a->n_wording == 1 ? "" : "s");
	tell_version(a, text);
}

int
answering_of(struct answering *a, const struct cli *c, struct evidence *ev,
    const struct findings *found, const struct period *period)
{
	int status;

	answering_init(a, c, ev, found, period);
	if (!answering_any(c))
		return 0;
	if ((status = answering_read(a, NULL)) == EX_DIFFERENCES)
		answering_refuse(a);
	if (status == 0) {
		ev->typed = &a->typed;
		answering_note(a);
	}
	return status;
}
