/* What the files of a bundle are made from (formats/bundle.md ), and who makes them. */
#ifndef CMD_ANALYZE_BUNDLE_H
#define CMD_ANALYZE_BUNDLE_H

#include "base/utc.h"
#include "cmd/analyze/answering.h"
#include "cmd/analyze/journal.h"
#include "cmd/analyze/shelf.h"
#include "cmd/analyze/worksheet.h"

#define NOTED_MOST 64u

/* What a bundle has, to be held against another's (bundle_against.c). */
struct holdings {
	struct item {
		const char *what;
		char *name, *id, *value;
	} * item; /* sorted */
	size_t n, cap;
	struct tally_of {
		const char *what;
		char *name;
		uint64_t n;
	} * tally;
	size_t n_tallies, tally_cap;
};

struct bundle {
	const struct cli *c; /* of the command, or as the bundle says that it was */
	struct evidence ev;
	struct verification v;
	struct reading r;
	struct catalog cat;
	struct worksheet w; /* the draw, and what rules and registry say of everything */
	struct shelf shelf;
	struct period period;
	bool sampled;
	bool check;               /* it is made again, to be compared */
	struct answering answers; /* into the books that were given */
	const char *cluster;      /* NULL: of all */
	/* digests that the receiver noted: 64 hex digits, small */
	char noted[NOTED_MOST][65];
	unsigned n_noted;
	char (*sha)[65];   /* of each archive */
	char (*name)[300]; /* and its name in the bundle, without folders */
	/* of --against: SHA-256 of the earlier bundle's sums, empty: none; what both have */
	char against[65];
	struct holdings before, now;
	/* the examiner's journal that was given; text NULL: none. Of the evidence */
	struct {
		const char *text;
		size_t n;
		struct journal_chain chain;
		char sha[65];   /* of the text */
		char named[65]; /* as bundle.json names it; empty: it names none */
	} journal;
	char made[UTC_TEXT]; /* newest export, as RFC 3339 with seconds */
	int64_t newest;
	uint64_t rebuilt, refused; /* remediations, and those that cannot be */
	/* exceptions in the order of the rules */
	const struct exception **exception;
};

/* What is counted of a rule, in the order of the table `tests`: name, width of its column, of the
 * tally t. The table and the OSCAL have the same. */
#define RULE_COUNTS(X) \
	X("population", 10, t->population) \
	X("tested", 8, t->passed + t->exceptions) \
	X("passed", 8, t->passed) \
	X("exceptions", 10, t->exceptions) \
	X("not_applicable", 10, not_applicable(t)) \
	X("not_testable", 10, t->untestable)
static inline uint64_t
not_applicable(const struct tally *t)
{
	uint64_t n = 0;

	for (unsigned k = 0; k < REASONS; k++)
		n += t->na[k].n;
	return n;
}

/* The name of a table's file: NAME.csv; it is a sheet of the workbook too. bundle_tables.c: both.
 * 0 or -1 (e). */
int bundle_tables(struct bundle *b);
/* bundle_events.c: a Timesketch file for each archive. */
int bundle_timesketch(struct bundle *b);
/* bundle_oscal.c: assessment results, and the statement over the archives. */
int bundle_oscal(struct bundle *b);
int bundle_statement(struct bundle *b);
/* bundle_words.c: what people read and fill in, and how it was made. */
int bundle_words(struct bundle *b);
int bundle_recipe(struct bundle *b);
int bundle_custody(struct bundle *b);
int bundle_keys(struct bundle *b);
/*
 * cmd_bundle.c, in this order: the archives in an order that no command line decides, under names
 * that no two share (c->arg is sorted); what the options ask for; inside the bundle, files are
 * called so, whatever they are called outside; and behind the sandbox, evidence authenticated: all
 * that it is made from, and every file. 0, or -1 (e) for names and files, or the exit status
 * (printed).
 */
int bundle_names(struct bundle *b, struct cli *c);
int bundle_wish(struct bundle *b, const struct cli *c);
void bundle_rename(struct bundle *b);
int bundle_gather(struct bundle *b);
int bundle_fill(struct bundle *b);
void bundle_release(struct bundle *b);
/*
 * bundle_against.c. An earlier bundle: opened before the sandbox, made again as far as it is
 * compared behind it, and closed. dir: NULL: none. 0, or the exit status (printed). To be closed
 * in any case.
 */
struct earlier;
int bundle_earlier(struct bundle *b, struct earlier **ret, const char *dir);
int bundle_since(struct bundle *b, struct earlier **x);
void earlier_close(struct earlier *x);
/* Of a worksheet that was gathered. 0 or -1 (e). */
int holdings_of(struct holdings *s, struct worksheet *w, const char *verdict, const char *period);
void holdings_release(struct holdings *s);
extern const struct form_column against_column[6];
void against_rows(struct bundle *b, struct form *f);
/* The period as it was given, or of the policy, in words. */
const char *bundle_period(const struct bundle *b);
/* bundle_check.c: `--check`. The exit status. */
int bundle_check(const struct cli *c, const char *dir);
/*
 * bundle_attested.c: what lies in the folder attestation of a bundle that is checked. Read before
 * the sandbox; then let pass by the comparison, which makes none of it; and told, or a difference.
 * 0 or -1 (e).
 */
#define ATTESTED_MOST 64u
struct attested {
	struct attested_file {
		char name[260], *text; /* text: owned, a NUL behind it */
		size_t n;
	} file[ATTESTED_MOST];
	unsigned n;
};
int attested_read(struct attested *a, const char *dir, struct err *e);
void attested_pass(const struct attested *a, struct shelf *s);
void attested_tell(
    const struct attested *a, struct bundle *b, const struct evidence *outside, struct buf *out);
void attested_release(struct attested *a);
/*
 * bundle_journal.c: behind the sandbox, evidence authenticated, takes the journal that was
 * given, and holds its chain against itself; named: what bundle.json says, in a check, else NULL. 0
 * or -1 (e): it is none, or was changed; in a check that is a difference. Then its file, what the
 * custody, README.txt and the check say of it: nothing where there is none.
 */
#define JOURNAL_FILE "journal.txt"
int bundle_journal(struct bundle *b, const char *named);
int bundle_journal_put(struct bundle *b);
void bundle_journal_custody(const struct bundle *b, struct emit *e);
/* text: room for 600 bytes. false: there is none. */
bool bundle_journal_words(const struct bundle *b, char text[600]);
void bundle_journal_tell(const struct bundle *b);
/* rules_sql.c */
int bundle_rules(struct shelf *s, struct err *e);
/* `%s+%08x+%s` of a key, as keygen writes it. */
void key_line(struct buf *out, const struct vkey *k);

/* A document that was emitted: a line feed behind it, and onto the shelf. 0 or -1 (e). */
int bundle_document(struct bundle *b, const char *name, struct emit *e);

#endif
