/* Tables of a bundle: each a CSV file, and a sheet of the workbook (formats/bundle.md X-3). */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "archive/vouch.h"
#include "base/text.h"
#include "base/utc.h"
#include "cmd/analyze/bundle.h"

#define COLUMNS(c) c, sizeof c / sizeof *c

static void
number_text(struct form *f, uint64_t v)
{
	char t[24];

	snprintf(t, sizeof t, "%" PRIu64, v);
	form_str(f, t);
}

/* ---- rows */

static void
about_rows(struct bundle *b, struct form *f)
{
	const struct parameters *p = &b->w.p;
	const char *const word[][2] = { { "what it is",
					    "This tool tests evidence; it gives no opinion on the "
					    "effectiveness of controls." },
		{ "entity", p->entity }, { "system", p->system }, { "prepared by", p->prepared_by },
		{ "period", bundle_period(b) }, { "cluster", b->cluster ? b->cluster : "all" },
		{ "policy (SHA-256)", p->digest[0] ? p->digest : "none: the defaults" },
		{ "verdict", b->v.verdict } };

	for (unsigned i = 0; i < sizeof word / sizeof *word; i++) {
		form_str(f, word[i][0]);
		form_str(f, word[i][1]);
	}
	for (unsigned i = 0; i < b->v.n_headlines; i++) {
		form_str(f, "headline");
		form_str(f, b->v.headline[i]);
	}
}

static const struct form_column file_column[] = { { "file", NULL, COLUMN_TEXT, 30, 0 },
	{ "bytes", NULL, COLUMN_NUMBER, 12, 0 }, { "sha256", NULL, COLUMN_TEXT, 66, 0 },
	{ "origin", NULL, COLUMN_TEXT, 26, 0 }, { "first_position", NULL, COLUMN_TEXT, 12, 0 },
	{ "next_position", NULL, COLUMN_TEXT, 12, 0 }, { "root", NULL, COLUMN_TEXT, 66, 0 },
	{ "sealed", NULL, COLUMN_TEXT, 8, 0 }, { "signed_by", NULL, COLUMN_TEXT, 40, 0 },
	{ "vouched_by", NULL, COLUMN_TEXT, 30, 0 } };

static void
file_rows(struct bundle *b, struct form *f)
{
	for (unsigned i = 0; i < b->ev.n; i++) {
		const struct archive *a = b->ev.archive[i];
		char hex[65];

		form_str(f, b->name[i]);
		form_number(f, archive_bytes(a));
		form_str(f, b->sha[i]);
		form_str(f, archive_origin(a));
		number_text(f, archive_first(a));
		number_text(f, archive_next(a));
		hex_of(archive_root(a), 32, hex);
		form_str(f, archive_readable(a) ? hex : NULL);
		form_str(f, archive_seal(a) ? "yes" : "no");
		form_str(f, archive_seal(a) ? archive_claimed_key(a) : NULL);
		form_str(f, vouched_name[archive_vouched(a)]);
	}
}

static const struct form_column finding_column[] = { { "id", NULL, COLUMN_TEXT, 6, 0 },
	{ "class", NULL, COLUMN_TEXT, 22, 0 }, { "level", NULL, COLUMN_TEXT, 10, 0 },
	{ "correlation_id", NULL, COLUMN_TEXT, 34, 0 }, { "sentence", NULL, COLUMN_TEXT, 70, 0 },
	{ "place", NULL, COLUMN_TEXT, 40, 0 }, { "clause", NULL, COLUMN_TEXT, 8, 0 } };

/* By level, alarms first. */
static void
finding_rows(struct bundle *b, struct form *f)
{
	for (int level = LEVEL_ALARM; level >= LEVEL_NOTE; level--)
		for (unsigned i = 0; i < b->v.findings.n; i++) {
			const struct finding *x = &b->v.findings.f[i];
			const struct finding_info *d = &finding_info[x->id];

			if ((int)d->level != level)
				continue;
			form_str(f, d->id);
			form_str(f, d->class);
			form_str(f, level_name[level]);
			form_str(f, x->correlation);
			form_str(f, x->sentence);
			form_str(f, x->place);
			form_str(f, d->clause);
		}
}

static const struct form_column limit_column[] = { { "lack", NULL, COLUMN_TEXT, 20, 0 },
	{ "scope", NULL, COLUMN_TEXT, 60, 0 }, { "sentence", NULL, COLUMN_TEXT, 0, 0 } };

static void
limit_rows(struct bundle *b, struct form *f)
{
	for (unsigned i = 0; i < b->ev.limits.n; i++) {
		form_str(f, b->ev.limits.l[i].lack);
		form_str(f, b->ev.limits.l[i].scope);
		form_str(f, b->ev.limits.l[i].sentence);
	}
}

static const struct form_column population_column[] = { { "population", NULL, COLUMN_TEXT, 28, 0 },
	{ "count", NULL, COLUMN_NUMBER, 8, 0 }, { "lower_bound", NULL, COLUMN_TEXT, 8, 0 },
	{ "definition", NULL, COLUMN_TEXT, 60, 0 }, { "date", NULL, COLUMN_TEXT, 28, 0 },
	{ "digest", NULL, COLUMN_TEXT, 66, 0 } };

static void
population_rows(struct bundle *b, struct form *f)
{
	for (unsigned p = 0; p < POPULATIONS; p++) {
		size_t n = 0;
		const struct correlation **ids = registry_members(&b->w.r, (enum population)p, &n);
		uint8_t digest[32];
		char hex[65] = "";

		if (ids && population_digest(ids, n, digest) == 0)
			hex_of(digest, 32, hex);
		else
			err_nomem(&b->ev.err);
		free(ids);
		form_str(f, population_info[p].name);
		form_number(f, n);
		form_str(f, b->ev.limits.n ? "yes" : NULL);
		form_str(f, population_info[p].definition);
		form_str(f, population_info[p].date);
		form_str(f, hex);
	}
}

static const struct form_column sum_column[] = { { "whole", NULL, COLUMN_TEXT, 28, 0 },
	{ "count", NULL, COLUMN_NUMBER, 8, 0 }, { "kind", NULL, COLUMN_TEXT, 8, 0 },
	{ "parts", NULL, COLUMN_TEXT, 70, 0 }, { "differences", NULL, COLUMN_NUMBER, 10, 0 },
	{ "explanation", NULL, COLUMN_TEXT, 0, 0 } };

static void
sum_rows(struct bundle *b, struct form *f)
{
	for (unsigned i = 0; i < n_reconciliations; i++) {
		const struct reconciliation *x = &reconciliation[i];
		char parts[400] = "";
		size_t at = 0;

		for (unsigned k = 0; k < x->n && at < sizeof parts; k++)
			at += (size_t)snprintf(parts + at, sizeof parts - at, "%s%zu %s",
			    k ? " + " : "", registry_count(&b->w.r, x->part[k]),
			    population_info[x->part[k]].name);
		form_str(f, population_info[x->whole].name);
		form_number(f, registry_count(&b->w.r, x->whole));
		form_str(f, x->why ? "against" : "sum");
		form_str(f, parts);
		form_number(f, registry_strays(&b->w.r, x));
		form_str(f, x->why);
	}
}

/* counts, as columns and as cells */
#define COUNT_COLUMN(name, width, of) { name, NULL, COLUMN_NUMBER, width, 0 },
#define COUNT_CELL(name, width, of) form_number(f, of);

static const struct form_column test_column[] = { { "rule", NULL, COLUMN_TEXT, 8, 0 },
	{ "version", NULL, COLUMN_NUMBER, 8, 0 }, { "question", NULL, COLUMN_TEXT, 60, 0 },
	{ "criteria", NULL, COLUMN_TEXT, 14, 0 }, { "nist_800_53", NULL, COLUMN_TEXT, 18, 0 },
	{ "population_of", NULL, COLUMN_TEXT, 26, 0 }, RULE_COUNTS(COUNT_COLUMN) };

static void
test_rows(struct bundle *b, struct form *f)
{
	for (unsigned i = 0; i < RULES; i++) {
		const struct rule_info *r = &rule_info[i];
		const struct tally *t = &b->w.k.tally[i];

		form_str(f, r->name);
		form_number(f, r->version);
		form_str(f, r->question);
		form_str(f, r->criteria);
		form_str(f, r->nist);
		form_str(f, population_info[r->population].name);
		RULE_COUNTS(COUNT_CELL)
	}
}

static const struct form_column exception_column[] = { { "no", NULL, COLUMN_NUMBER, 6, 0 },
	{ "rule", NULL, COLUMN_TEXT, 8, 0 }, { "version", NULL, COLUMN_NUMBER, 8, 0 },
	{ "correlation_id", NULL, COLUMN_TEXT, 34, 0 }, { "sentence", NULL, COLUMN_TEXT, 70, 0 },
	{ "event_ids", NULL, COLUMN_TEXT, 40, 0 }, { "positions", NULL, COLUMN_TEXT, 16, 0 },
	{ "more_events", NULL, COLUMN_NUMBER, 8, 0 }, { "explanations", NULL, COLUMN_TEXT, 60, 0 },
	{ "criteria", NULL, COLUMN_TEXT, 14, 0 },
	{ "management_response", NULL, COLUMN_TEXT, 40, 0 },
	{ "responded_by", NULL, COLUMN_TEXT, 16, 0 }, { "responded_on", NULL, COLUMN_TEXT, 12, 0 },
	{ "auditor_conclusion", NULL, COLUMN_TEXT, 40, 0 },
	{ "concluded_by", NULL, COLUMN_TEXT, 16, 0 },
	{ "concluded_on", NULL, COLUMN_TEXT, 12, 0 } };

static void
exception_rows(struct bundle *b, struct form *f)
{
	for (size_t i = 0; i < b->w.k.n; i++) {
		const struct exception *x = b->exception[i];
		struct buf t[3];

		for (unsigned k = 0; k < 3; k++)
			buf_init(&t[k], 65536);
		exception_events(&t[0], x);
		for (unsigned k = 0; k < x->n_events; k++)
			buf_printf(&t[1], "%s%" PRIu64, k ? " " : "", x->event[k].position);
		exception_explained(&t[2], x);
		form_number(f, i + 1);
		form_str(f, rule_info[x->rule].name);
		form_number(f, rule_info[x->rule].version);
		form_text(f, x->c->text, x->c->n);
		form_str(f, x->sentence);
		form_text(f, t[0].p ? (char *)t[0].p : "", t[0].len);
		form_text(f, t[1].p ? (char *)t[1].p : "", t[1].len);
		form_number(f, x->more);
		form_text(f, t[2].p ? (char *)t[2].p : "", t[2].len);
		form_str(f, rule_info[x->rule].criteria);
		for (unsigned k = 0; k < 2 * ANSWER_CELLS; k++)
			form_str(f,
			    answers_cell(b->ev.typed,
				k < ANSWER_CELLS ? MANAGEMENT_EXCEPTIONS : AUDITOR_EXCEPTIONS,
				(uint32_t)i + 2, (enum answer_cell)(k % ANSWER_CELLS)));
		for (unsigned k = 0; k < 3; k++) {
			if (t[k].failed)
				err_nomem(&b->ev.err);
			buf_release(&t[k]);
		}
	}
}

static const struct form_column member_column[] = { { "correlation_id", NULL, COLUMN_TEXT, 34, 0 },
	{ "first_event", NULL, COLUMN_TIME, 26, 0 }, { "path", NULL, COLUMN_TEXT, 16, 0 },
	{ "namespace", NULL, COLUMN_TEXT, 20, 0 }, { "populations", NULL, COLUMN_TEXT, 0, 0 } };

/* One remediation with the populations it is in. */
static void
member_row(struct form *f, const struct entry *x)
{
	char names[1200] = "";
	size_t at = 0;

	for (unsigned p = 0; p < POPULATIONS && at < sizeof names; p++)
		if (x->populations >> p & 1)
			at += (size_t)snprintf(names + at, sizeof names - at, "%s%s", at ? " " : "",
			    population_info[p].name);
	form_text(f, x->c->text, x->c->n);
	form_time(f, x->first);
	form_str(f, x->path);
	form_str(f, x->namespace);
	form_str(f, names);
}

static void
member_rows(struct bundle *b, struct form *f)
{
	for (size_t i = 0; i < b->w.r.n; i++)
		member_row(f, &b->w.r.entry[i]);
}

/* ---- tables */

static const struct {
	const char *name; /* of the sheet, and of the file: NAME.csv */
	const struct form_column *column;
	size_t n;
	void (*rows)(struct bundle *b, struct form *f);
} table[] = { { "about", COLUMNS(about_column), about_rows },
	{ "files", COLUMNS(file_column), file_rows },
	{ "findings", COLUMNS(finding_column), finding_rows },
	{ "missing", COLUMNS(limit_column), limit_rows },
	{ "populations", COLUMNS(population_column), population_rows },
	{ "reconciliation", COLUMNS(sum_column), sum_rows },
	{ "tests", COLUMNS(test_column), test_rows },
	{ "exceptions", COLUMNS(exception_column), exception_rows },
	{ "remediations", COLUMNS(member_column), member_rows },
	{ "against", against_column, 6, against_rows } };

#define TABLES (sizeof table / sizeof *table)

/* The last one is of --against. */
static unsigned
tables(const struct bundle *b)
{
	return b->against[0] ? TABLES : TABLES - 1;
}

static int
csv_files(struct bundle *b)
{
	char name[80];
	struct form f;
	struct buf out;
	int rc = 0;

	buf_init(&out, 1u << 30);
	for (unsigned i = 0; i < tables(b) && rc == 0; i++) {
		buf_clear(&out);
		form_begin(&f, &out, STYLE_CSV, NULL, table[i].column, (unsigned)table[i].n, 0);
		table[i].rows(b, &f);
		form_end(&f);
		snprintf(name, sizeof name, "%s.csv", table[i].name);
		rc = shelf_put(&b->shelf, name, &out, &b->ev.err);
	}
	for (unsigned p = 0; p < POPULATIONS && rc == 0; p++) {
		buf_clear(&out);
		form_begin(&f, &out, STYLE_CSV, NULL, COLUMNS(member_column), 0);
		for (size_t i = 0; i < b->w.r.n; i++)
			if (b->w.r.entry[i].populations >> p & 1)
				member_row(&f, &b->w.r.entry[i]);
		form_end(&f);
		snprintf(name, sizeof name, "population-%s.csv", population_info[p].name);
		rc = shelf_put(&b->shelf, name, &out, &b->ev.err);
	}
	buf_release(&out);
	return rc;
}

/* A workbook, which is packed already. 0 or -1 (e). */
static int
put_stored(struct bundle *b, const char *name, const struct buf *out)
{
	return shelf_begin(&b->shelf, name, false, &b->ev.err) ||
		shelf_write(&b->shelf, out->p, out->len, &b->ev.err) ||
		shelf_end(&b->shelf, &b->ev.err) ?
	    -1 :
	    0;
}

static int
workbook(struct bundle *b)
{
	struct book *book = book_new("Evidence of approvals and changes", b->newest);
	char whole[80];
	struct buf out;
	struct form f;
	int rc;

	if (book == NULL)
		return err_nomem(&b->ev.err);
	for (unsigned i = 0; i < tables(b); i++) {
		snprintf(whole, sizeof whole, "%s.csv", table[i].name);
		form_begin_sheet(
		    &f, book, table[i].name, whole, table[i].column, (unsigned)table[i].n);
		table[i].rows(b, &f);
		form_end(&f);
	}
	buf_init(&out, 1u << 30);
	rc = book_finish(book, &out, &b->ev.err) || put_stored(b, "workbook.xlsx", &out) ? -1 : 0;
	buf_release(&out);
	book_free(book);
	return rc;
}

/* The books of answers, made anew, with what was typed into those that came back. */
static int
answer_books(struct bundle *b)
{
	struct err *e = &b->ev.err;
	struct buf out;
	int rc = 0;

	buf_init(&out, 1u << 30);
	for (unsigned i = 0; i < ANSWER_BOOKS && rc == 0; i++) {
		if (i == BOOK_SAMPLE && !b->sampled)
			continue;
		buf_clear(&out);
		rc = answer_book(&b->w, (enum answer_book)i, &out) ||
			put_stored(b, answer_book_file[i], &out) ?
		    -1 :
		    0;
	}
	buf_release(&out);
	return rc ? (e->status ? -1 : err_nomem(e)) : 0;
}

int
bundle_tables(struct bundle *b)
{
	if ((b->exception = worksheet_by_rule(&b->w)) == NULL)
		return err_nomem(&b->ev.err);
	return csv_files(b) || workbook(b) || answer_books(b) || b->ev.err.status ? -1 : 0;
}
