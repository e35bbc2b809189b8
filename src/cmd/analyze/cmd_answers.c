/* answers: what was typed into a book of answers that came back (formats/bundle.md X-9). */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "cmd/analyze/answering.h"
#include "cmd/analyze/target.h"

static const struct form_column column[] = { { "sheet", "SHEET", COLUMN_TEXT, 10, 1 },
	{ "row", "ROW", COLUMN_NUMBER, 5, 0 }, { "no", "NO", COLUMN_TEXT, 5, 0 },
	{ "rule", "RULE", COLUMN_TEXT, 6, 0 },
	{ "correlation_id", "REMEDIATION", COLUMN_TEXT, 34, 0 }, { "by", "BY", COLUMN_TEXT, 16, 0 },
	{ "on", "ON", COLUMN_TEXT, 12, 0 }, { "words", "WORDS", COLUMN_TEXT, 0, 0 } };

#define COLUMNS (sizeof column / sizeof *column)

static void
rows(const struct answers *a, struct form *f)
{
	for (size_t i = 0; i < a->n; i++) {
		const struct answer *x = &a->a[i];

		form_str(f, answer_sheet_info[x->sheet].sheet);
		form_number(f, x->row);
		form_str(f, x->no);
		form_str(f, x->rule);
		form_str(f, x->correlation);
		form_str(f, x->cell[ANSWER_BY]);
		form_str(f, x->cell[ANSWER_ON]);
		form_str(f, x->cell[ANSWER_WORDS]);
	}
}

/* How many cells are filled, and how many rows there are. */
static void
count(const struct answers *a, uint64_t *cells, uint64_t *open)
{
	*cells = *open = 0;
	for (size_t i = 0; i < a->n; i++)
		for (unsigned k = 0; k < ANSWER_CELLS; k++)
			*cells += a->a[i].cell[k] != NULL;
	for (unsigned k = 0; k < ANSWER_SHEETS; k++)
		*open += a->rows[k];
}

static enum answer_book
book_of(const struct answers *a)
{
	return a->given[BOOK_SAMPLE] ? BOOK_SAMPLE :
	    a->given[BOOK_AUDITOR]   ? BOOK_AUDITOR :
				       BOOK_MANAGEMENT;
}

static int
print(const struct answering *a, struct buf *out)
{
	static const char *const whose[ANSWER_BOOKS] = { "management", "the auditor", "a sample" };
	const struct cli *c = a->c;
	const struct answers *t = &a->typed;
	enum form_style style = c->form == OUT_JSON ? STYLE_JSON :
	    c->form == OUT_CSV                      ? STYLE_CSV :
						      STYLE_TABLE;
	uint64_t cells, all;
	struct form f;

	count(t, &cells, &all);
	/* said before the rows, since what was typed proves nothing */
	if (style == STYLE_TABLE) {
		buf_printf(out,
		    "ANSWERS in the book of %s: %zu of %" PRIu64 " rows have some. They were typed "
								 "by "
		    "whoever had the book, and are not authenticated.\n",
		    whose[book_of(t)], t->n, all);
		if (t->n == 0)
			return 0;
		buf_byte(out, '\n');
	}
	form_begin(&f, out, style, "answers", column, COLUMNS, c->width);
	rows(t, &f);
	if (!form_end(&f))
		return -1;
	/* the rest of the object is of JSON only */
	if (style != STYLE_JSON)
		return out->failed ? -1 : 0;
	emit_str(&f.emit, "role", cli_get(c, "role"));
	emit_str(&f.emit, "book", answer_book_name[book_of(t)]);
	emit_bool(&f.emit, "authenticated", false);
	emit_u64(&f.emit, "cells", cells);
	emit_u64(&f.emit, "rows", all);
	emit_u64(&f.emit, "answered", t->n);
	/* of another version; null: of this one */
	emit_str(&f.emit, "made_by", a->made_by);
	emit_u64(&f.emit, "wording_differs", a->n_wording);
	emit_end(&f.emit);
	buf_byte(out, '\n');
	return out->failed ? -1 : 0;
}

/* Behind the sandbox. The exit status. */
static int
answer(struct evidence *ev, struct answering *a, struct verification *v, struct target *t)
{
	struct period period = { INT64_MIN, INT64_MAX };
	struct parameters p;
	struct buf out, book;
	int status;

	parameters_default(&p);
	status = policy_parse(ev, &p);
	parameters_release(&p);
	if (status || (status = evidence_verify(ev, v)) != 0)
		return status;
	/* banners speak of what verification found */
	ev->findings = v->findings;
	memset(&v->findings, 0, sizeof v->findings);
	if ((status = evidence_limits(ev, true)) != 0)
		return status;
	evidence_period(ev, &period);
	answering_init(a, ev->c, ev, &ev->findings, &period);
	buf_init(&out, 512u << 20);
	buf_init(&book, 1u << 30);
	if ((status = answering_read(a, t ? &book : NULL)) == EX_DIFFERENCES) {
		answering_refuse(a);
	} else if (status == 0) {
		if (t && target_finish(t, &book, &ev->err))
			status = cli_fail(ev->c, &ev->err);
		else if (print(a, &out))
			status = (err_nomem(&ev->err), cli_fail(ev->c, &ev->err));
		else if (ev->c->form == OUT_JSON)
			evidence_put_limits(ev, &out);
		if (status == 0) {
			fwrite(out.p, 1, out.len, stdout);
			answering_note(a);
		}
	}
	buf_release(&out);
	buf_release(&book);
	return status ? status : evidence_banner(ev);
}

int
cmd_answers(const struct cli *given)
{
	static const struct cli_option book = CLI_VALUES("management"),
				       auditors = CLI_VALUES("auditor");
	const char *role = cli_get(given, "role"), *out = cli_get(given, "out");
	struct cli c = *given;
	struct sandbox_may may = { NULL, NULL, NULL };
	struct target t = { .fd = -1 };
	struct answering a = { 0 };
	struct verification v = { 0 };
	struct evidence ev;
	struct err e = { 0 };
	int status;

	if (role == NULL || c.n_args < 2 || c.n_opts == CLI_MAX)
		return cli_usage(
		    given, "answers wants BOOK.xlsx FILE.exhibit and --role management or auditor");
	/* the book is an input like a policy: read before the sandbox, parsed inside */
	c.opt[c.n_opts].o = strcmp(role, "auditor") == 0 ? &auditors : &book;
	c.opt[c.n_opts++].value = c.arg[0];
	memmove(c.arg, c.arg + 1, --c.n_args * sizeof *c.arg);
	if (out && strcmp(out, "-") && strcmp(out, given->arg[0]) == 0)
		return cli_usage(given, "--out %.200s: that is the book that came back", out);
	if (out && target_open(&t, out, &e)) {
		target_close(&t);
		return cli_fail(given, &e);
	}
	if (out)
		target_may(&t, &may);
	status = evidence_attach(&ev, &c, c.arg, c.n_args, NULL);
	if (status == 0)
		status = evidence_confine(&ev, &c, out ? &may : NULL);
	if (status == 0 && (status = evidence_authenticate(&ev)) == 0)
		status = answer(&ev, &a, &v, out ? &t : NULL);
	if (out)
		target_close(&t);
	answering_release(&a);
	verify_release(&v);
	evidence_close(&ev);
	return status;
}
