/* selftest: does verification find what it should? Changes made in memory, counted (output.md
 * O-35). */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "cmd/analyze/analyze.h"
#include "cmd/analyze/journal.h"
#include "report/document.h"
#include "report/form.h"
#include "selftest/selftest.h"

static const char *const hand_name[HANDS] = { "outsider", "insider" };
static const char *const must_name[] = { NULL, "found", "not excluded", "without effect" };

static uint64_t
number_given(const struct cli *c, const char *name, uint64_t none)
{
	const char *s = cli_get(c, name);
	uint64_t n = none;

	if (s)
		dec_u64(s, strlen(s), &n);
	return n;
}

/* How many had to be found. */
static uint64_t
wanted(const struct selftest *s)
{
	uint64_t n = 0;

	for (unsigned i = 0; i < SELFTEST_KINDS; i++)
		for (unsigned h = 0; h < HANDS; h++)
			if (kind_info[i].must[h] == MUST_FIND)
				n += s->count[i][h].made - s->count[i][h].same;
	return n;
}

/* Which stages found a kind's changes first, with how many. */
static void
put_stages(const struct selftest_count *n, struct buf *out)
{
	for (unsigned i = 0; i < STAGES; i++)
		if (n->stage[i])
			buf_printf(out, "%s%s %" PRIu64, out->len ? ", " : "",
			    selftest_stage_name[i], n->stage[i]);
}

/* ---- on the terminal */

static void
put_kinds(const struct cli *c, const struct selftest *s, struct buf *out)
{
	static const struct form_column column[] = { { "change", "CHANGE", COLUMN_TEXT, 44, 0 },
		{ "by", "BY", COLUMN_TEXT, 8, 0 }, { "made", "MADE", COLUMN_NUMBER, 4, 0 },
		{ "found", "FOUND", COLUMN_NUMBER, 5, 0 },
		{ "rest", "NOT FOUND", COLUMN_TEXT, 14, 0 },
		{ "first", "FOUND FIRST BY", COLUMN_TEXT, 0, 1 } };
	struct form f;
	struct buf b;

	buf_init(&b, 1u << 16);
	buf_room(&b, 1);
	form_begin(&f, out, STYLE_TABLE, "kinds", column, sizeof column / sizeof *column, c->width);
	for (unsigned i = 0; i < SELFTEST_KINDS; i++)
		for (unsigned h = 0; h < HANDS; h++) {
			const struct selftest_count *n = &s->count[i][h];

			if (n->made == 0)
				continue;
			form_str(&f, kind_info[i].words);
			form_str(&f, hand_name[h]);
			form_number(&f, n->made);
			form_number(&f, n->found);
			buf_clear(&b);
			if (n->missed)
				buf_printf(&b, "%" PRIu64 " MISSED", n->missed);
			else if (n->open)
				buf_printf(&b, "%" PRIu64 " not excluded", n->open);
			else if (n->same)
				buf_printf(&b, "%" PRIu64 " no effect", n->same);
			form_text(&f, (char *)b.p, b.len);
			buf_clear(&b);
			put_stages(n, &b);
			form_text(&f, (char *)b.p, b.len);
		}
	form_end(&f);
	buf_release(&b);
}

static void
put_screen(const struct cli *c, const struct selftest *s, const char *name, struct buf *out)
{
	uint64_t must = wanted(s);

	buf_printf(out, "%s%" PRIu64 " of %" PRIu64 " generated changes found.\n\n",
	    s->all.missed ? "VERIFICATION MISSED CHANGES THAT IT MUST FIND: " : "",
	    must - s->all.missed, must);
	buf_printf(out, "  on            %s\n",
	    name ? name : "a log that selftest made itself, in memory");
	if (name && !s->rows_taken)
		buf_str(out,
		    "                the file has too few rows that fit their hash: records were "
		    "changed in a log that selftest made itself\n");
	buf_printf(out,
	    "  changes       %" PRIu64 " made, seed %" PRIu64 ": %" PRIu64
	    " that must be found; beside them %" PRIu64 " that the ledger of threats does not "
	    "exclude or that were found all the same, and %" PRIu64 " without effect\n",
	    s->all.made, s->seed, must, s->all.made - must - s->all.same, s->all.same);
	buf_str(out,
	    "  by            an outsider, who has no key and leaves digests and signatures as they "
	    "stood; an insider, who makes all of\n                them again under a key that is "
	    "trusted here\n\n");
	put_kinds(c, s, out);
	buf_str(out, "\nStages of verification, and how many changes each was the first to find\n");
	for (unsigned i = 0; i < STAGES; i++)
		buf_printf(out, "  %-22s  %" PRIu64 "\n", selftest_stage_name[i], s->all.stage[i]);
	if (s->all.missed)
		buf_printf(out,
		    "\nFirst missed: %s, by an %s, number %" PRIu64 " with seed %" PRIu64
		    ". Do not rely on this program: report it.\n",
		    kind_info[s->missed_kind].words, hand_name[s->missed_hand],
		    s->missed_number + 1, s->seed);
	if (journal_tool()) {
		buf_str(out, "\nProgram sha256  ");
		buf_hash(out, journal_tool());
		buf_byte(out, '\n');
	}
	buf_str(out,
	    "\nWhat was not made is not tried: these are counts of these changes, and no rate.\n");
}

/* ---- as a document */

static void
put_count(struct emit *x, const struct selftest_count *n)
{
	emit_u64(x, "made", n->made);
	emit_u64(x, "found", n->found);
	emit_u64(x, "missed", n->missed);
	emit_u64(x, "not_excluded", n->open);
	emit_u64(x, "without_effect", n->same);
	emit_object(x, "first");
	for (unsigned i = 0; i < STAGES; i++)
		if (n->stage[i])
			emit_u64(x, selftest_stage_name[i], n->stage[i]);
	emit_end(x);
}

static void
put_document(const struct selftest *s, const char *name, struct buf *out)
{
	struct emit x;
	uint64_t must = wanted(s);

	emit_init(&x, out);
	emit_object(&x, NULL);
	emit_u64(&x, "seed", s->seed);
	if (name)
		emit_text(&x, "file", name, strlen(name));
	else
		emit_null(&x, "file");
	emit_bool(&x, "rows_of_file", s->rows_taken);
	emit_u64(&x, "changes", s->all.made);
	emit_u64(&x, "must_be_found", must);
	emit_u64(&x, "found_of_these", must - s->all.missed);
	emit_bool(&x, "every_stage_first", selftest_stages(s));
	emit_array(&x, "stages");
	for (unsigned i = 0; i < STAGES; i++) {
		emit_object(&x, NULL);
		emit_str(&x, "stage", selftest_stage_name[i]);
		emit_u64(&x, "first", s->all.stage[i]);
		emit_end(&x);
	}
	emit_end(&x);
	emit_array(&x, "kinds");
	for (unsigned i = 0; i < SELFTEST_KINDS; i++)
		for (unsigned h = 0; h < HANDS; h++) {
			if (kind_info[i].must[h] == NOT_TRIED)
				continue;
			emit_object(&x, NULL);
			emit_str(&x, "change", kind_info[i].words);
			emit_str(&x, "threat", kind_info[i].threat);
			emit_str(&x, "by", hand_name[h]);
			emit_str(&x, "must_be", must_name[kind_info[i].must[h]]);
			put_count(&x, &s->count[i][h]);
			emit_end(&x);
		}
	emit_end(&x);
	if (journal_tool())
		emit_hash(&x, "program_sha256", journal_tool());
	else
		emit_null(&x, "program_sha256");
	emit_end(&x);
	buf_byte(out, '\n');
}

/* ---- the verb */

/* A file in which something was changed already cannot show what a change does. 0 or the exit
 * status (printed). */
static int
fit(struct evidence *ev, struct selftest *s)
{
	struct archive *a = ev->archive[0];
	struct verification v;
	int status = evidence_verify(ev, &v);

	if (status == 0 &&
	    (archive_shape(a) != ARCHIVE_FINE || v.dim[DIM_INTEGRITY].state == STATE_DISPROVED)) {
		err_set(&ev->err, EX_DATA_ERR,
		    "%.200s is not as it was sealed, or cannot be read: changes are tried on a "
		    "file in which nothing is found; without FILE selftest makes a log itself",
		    archive_name(a));
		status = cli_fail(ev->c, &ev->err);
	}
	/* as an insider selftest makes records again, of version 1 alone */
	if (status == 0 && (archive_salted(a) || archive_disclosed(a))) {
		err_set(&ev->err, EX_DATA_ERR,
		    "%.200s: %s, which selftest does not make again: try an archive without; "
		    "without FILE selftest makes a log itself",
		    archive_name(a),
		    archive_salted(a) ? "its headers are salted (R-26)" :
					"it is a disclosure copy (C-20)");
		status = cli_fail(ev->c, &ev->err);
	}
	verify_release(&v);
	if (status)
		return status;
	s->file = a;
	s->hmac = ev->hmac;
	s->n_hmac = ev->n_hmac;
	/* a key that did not seal it finds nothing in its signatures */
	if (archive_signer(a)) {
		s->key = archive_signer(a);
		s->n_keys = 1;
	}
	return 0;
}

int
cmd_selftest(const struct cli *c)
{
	struct selftest s = { .seed = number_given(c, "seed", 1),
		.changes = number_given(c, "changes", SELFTEST_CHANGES) };
	struct evidence ev;
	struct buf out;
	int status;

	if (c->n_args > 1)
		return cli_usage(c, "selftest wants one FILE.exhibit, or none");
	memset(&ev, 0, sizeof ev);
	ev.c = c;
	/* behind the sandbox the program's own file is out of reach */
	journal_tool();
	if (c->n_args)
		status = evidence_open(&ev, c, NULL);
	else
		status = journal_begin(c, &ev.err) ? cli_fail(c, &ev.err) :
						     evidence_confine(&ev, c, NULL);
	buf_init(&out, 1u << 24);
	if (status == 0 && ((c->n_args && fit(&ev, &s)) || selftest_run(&s, &ev.err)))
		status = cli_fail(c, &ev.err);
	if (status == 0) {
		const char *name = c->n_args ? archive_name(s.file) : NULL;

		if (c->form == OUT_JSON)
			put_document(&s, name, &out);
		else
			put_screen(c, &s, name, &out);
		fwrite(out.p, 1, out.len, stdout);
		if (out.failed)
			status = cli_fail(c, (err_nomem(&ev.err), &ev.err));
		else
			status = s.all.missed ? EX_ALTERED : EX_OK;
	}
	buf_release(&out);
	evidence_close(&ev);
	return status;
}
