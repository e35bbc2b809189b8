/*
 * The phases in which the source's rows are judged, in the order of the table at the end. Each asks
 * of a row only what the phases before it have settled, and none takes back what an earlier one
 * found; above each stands why it comes where it does.
 *
 * Before them, while blocks are read (src/verify/block.c): content (content.c), and links inside a
 * block; then the links between blocks (links.c), and repeats of events that an earlier file holds
 * (repeats.c). Behind them: two contents under one id (versions.c), which looks at what is said of
 * both.
 */
#include "chain/phases_inner.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "chain/keyed.h"
#include "chain/numbers.h"
#include "chain/restored.h"

#define VARIANT_BYTES (2ull << 30) /* hashed at most in search of variants, per archive */

/*
 * 0. Carried. What an input does not carry cannot be judged, so it is set aside before anything is
 * tried on it.
 */
static int
carried(struct pass *p, struct err *e)
{
	return carried_find(p, e);
}

/* Is it a spelling of the database? */
static int
try_row(struct pass *p, const struct block *b, uint32_t i, uint64_t n)
{
	struct rows *rows = p->rows;
	const struct record *r = &b->rec[i];
	struct event_result *x = &rows->event[n];
	struct str corr, type;
	char name[200];
	int key;

	if ((x->content == CONTENT_MISMATCH || x->content == CONTENT_UNDECIDED) &&
	    judge_variant(&p->jd, r, &p->budget, &rows->gave_up, &key, name)) {
		struct variant_name *q;

		if (vec_more(&rows->variant, rows->n_variants, sizeof *rows->variant))
			return -1;
		q = &rows->variant[rows->n_variants++];
		q->event = n;
		memcpy(q->name, name, sizeof name);
		x->content = CONTENT_VARIANT;
		x->key = (int8_t)key;
		rows->hmac_fit += r->algorithm == ALGO_HMAC;
		if (pass_names(p, b, i, &corr, &type))
			return -1;
		tell_row(p, S05_VARIANT, r, corr, type, name, false);
	}
	return 0;
}

/*
 * 1. Spellings. A row that gives its hash in another spelling of the same values (E-13), or once a
 * tool's change of the whole input is undone (J-11), is not edited. First, because every other
 * phase asks which rows stand as their source hashed them. Archive by archive: a tool changes a
 * whole input, and the names of variants stay in the order of events.
 */
static int
spellings(struct pass *p, struct err *e)
{
	for (unsigned k = 0; k < p->rows->n_archives; k++) {
		p->budget = VARIANT_BYTES;
		if (pass_walk(p, k, pass_remarkable, try_row, e) ||
		    tool_changes_find(p->changes, p->rows, k, pass_first_block(p, k), e))
			return -1;
	}
	return 0;
}

static int
note_near(struct pass *p, const struct block *b, uint32_t i, uint64_t n)
{
	const struct record *r = &b->rec[i];
	const struct table *table = archive_table_of(p->a, r->source);

	if (r->algorithm != ALGO_ABSENT || p->rows->event[n].content == CONTENT_NO_HASH ||
	    p->rows->event[n].content == CONTENT_NOT_CARRIED)
		return 0;
	return neighbours_add(&p->near,
	    (struct neighbour){ r->time, n, load_be(r->correlation, 8), table ? table->input : 0,
		r->flags & FLAG_WITHHELD ?
		    r->claimed_form == FORM_HEX && memcmp(r->claimed, r->body_digest, 32) == 0 :
		    content_fits(p->rows->event[n].content) && p->rows->event[n].key < 0 });
}

static bool
is_undecided(const struct event_result *x)
{
	return x->content == CONTENT_UNDECIDED || x->unlike;
}

/*
 * 2. The undecided: rows of inputs that name no algorithm, which fit without no key, or were
 * withheld and are unlike their hash. What was written around them tells whether they are keyed
 * (J-6). Behind the spellings, which take from them whatever fits some other way.
 */
static int
undecided(struct pass *p, struct err *e)
{
	struct rows *rows = p->rows;

	for (unsigned k = 0; k < rows->n_archives; k++) {
		int rc;

		if (!pass_holds(p, k, is_undecided))
			continue;
		rc = pass_walk(p, k, pass_any, note_near, e);
		neighbours_sort(&p->near);
		if (rc == 0 && keyed_settle(&p->near, rows))
			rc = err_nomem(e);
		neighbours_release(&p->near);
		if (rc)
			return rc;
	}
	return 0;
}

static int
suspect_row(struct pass *p, const struct block *b, uint32_t i, uint64_t n)
{
	struct event_result *x = &p->rows->event[n];
	struct str corr, type;

	if (pass_names(p, b, i, &corr, &type))
		return -1;
	x->bare = x->content == CONTENT_NO_HASH && b->rec[i].claimed_form != FORM_ABSENT &&
	    !causes_written_bare(type);
	return causes_suspect(p->causes, &b->rec[i], x, type);
}

/*
 * 3. Suspects: which correlations hold rows that do not fit, lack a hash or name what is not here,
 * and which hashes others are asked for. No row's content changes any more.
 */
static int
suspects(struct pass *p, struct err *e)
{
	for (unsigned k = 0; k < p->rows->n_archives; k++)
		if (pass_walk(p, k, pass_remarkable, suspect_row, e))
			return -1;
	return 0;
}

/*
 * 4. Shape: do the links of a correlation make a tree as the source's writer makes it, or as its
 * newer one does (newer_writer.c). Only rows count whose content is proved.
 */
static int
shapes(struct pass *p, struct err *e)
{
	return shape_find(&p->shape, p->rows) ? err_nomem(e) : 0;
}

/*
 * 5. Restored: what a database that was restored from a backup explains is taken out of the odd
 * shapes, before anybody tells them or asks why rows of them are odd (J-7).
 */
static int
restored(struct pass *p, struct err *e)
{
	return restored_find(&p->shape, p->rows, e);
}

static int
relate_row(struct pass *p, const struct block *b, uint32_t i, uint64_t n)
{
	const struct table *table;
	struct str corr, type;

	if (pass_names(p, b, i, &corr, &type))
		return -1;
	table = archive_table_of(p->a, b->rec[i].source);
	return causes_row(p->causes, &b->rec[i],
	    archive_file(p->a) << 16 ^ (table ? table->input : 0), n, &p->rows->event[n], corr,
	    type, links_mixed(p->links, b->rec[i].correlation));
}

/*
 * 6. Causes: why a row is odd, where hashes prove it. All rows of suspect correlations are gathered
 * and compared. A gap alone is looked at in its own blocks: honest archives have gaps, and pay for
 * nothing more.
 */
static int
causes(struct pass *p, struct err *e)
{
	bool mixed = links_any_mixed(p->links), all = causes_need_all(p->causes) || mixed;
	int rc = 0;

	p->whole = true;
	for (unsigned k = 0; k < p->rows->n_archives && rc == 0; k++)
		if (causes_any(p->causes) || mixed)
			rc = pass_walk(p, k, all ? pass_any : pass_remarkable, relate_row, e);
	p->whole = false;
	p->budget = CAUSES_HASHED;
	if (rc == 0 && causes_decide(p->causes, p->rows, &p->budget))
		rc = err_nomem(e);
	return rc;
}

/*
 * 7. Rows without a hash where the source had its key (J-6). Behind the causes, which prove of some
 * that their hash was removed; before the telling, which says of the others that they were never
 * protected.
 */
static int
bare(struct pass *p, struct err *e)
{
	return unhashed_find(p, e);
}

/*
 * 8. Telling: the findings about rows, in the order of the log, now that content, shape and cause
 * of each are settled; and the counts of the verdict.
 */
static int
telling(struct pass *p, struct err *e)
{
	struct rows *rows = p->rows;

	for (unsigned k = 0; k < rows->n_archives; k++) {
		p->a = rows->archive[k];
		if (tell_sanitised(p))
			return err_nomem(e);
		if (pass_walk(p, k, pass_remarkable, tell_event, e))
			return -1;
	}
	for (uint64_t i = 0; i < rows->events; i++) {
		const struct event_result *x = &rows->event[i];

		rows->content[x->content]++;
		rows->unkeyed_fit += content_fits(x->content) && x->key < 0;
		rows->keyed_fit += content_fits(x->content) && x->key >= 0;
		rows->links[x->link]++;
	}
	for (uint32_t i = 0; i < rows->expected.n; i++)
		rows->decisions_missing += expected_lacks_decision(&rows->expected, i);
	rows->gap_correlations = p->missing.key.n;
	rows->hashed =
	    rows->events - rows->content[CONTENT_NO_HASH] - rows->content[CONTENT_REPEAT];
	return 0;
}

/*
 * 9. Gaps: why rows that others name or make expect are not here (J-9), and what explains odd
 * shapes. Once for each correlation, so behind the last row of it.
 */
static int
explanations(struct pass *p, struct err *e)
{
	if (gaps_open(&p->gaps, p->rows, e))
		return -1;
	tell_gaps(p);
	tell_shapes(p);
	return 0;
}

/* 10. Keys: when each was in use; whole correlations without the key, at a time when the source had
 * it (J-6). */
static int
keys(struct pass *p, struct err *e)
{
	return keyed_uses(p->rows) ? err_nomem(e) : keyed_downgrades(p->rows, e);
}

/* 11. Numbers of insert_seq that no row has: no link tells of a row that nobody names. */
static int
numbers(struct pass *p, struct err *e)
{
	return numbers_check(p->rows, e);
}

/*
 * 12. What is said once of all rows: the changes of tools, also as an explanation of rows that were
 * found edited, and what could not be checked.
 */
static int
together(struct pass *p, struct err *e)
{
	(void)e;
	tool_changes_tell(p->changes, p->rows);
	tell_unchecked(p->rows);
	return 0;
}

int
chain_judge(struct rows *rows, struct links *links, struct err *e)
{
	/* whole: it concludes from rows that are not there, so it needs all of them */
	static const struct {
		int (*run)(struct pass *, struct err *);
		bool whole;
	} phase[] = { { carried, false }, { spellings, false }, { undecided, false },
		{ suspects, false }, { shapes, true }, { restored, true }, { causes, false },
		{ bare, false }, { telling, false }, { explanations, false }, { keys, true },
		{ numbers, true }, { together, false } };
	struct pass p = { .rows = rows, .links = links };
	int rc = 0;

	if (judge_init(&p.jd, rows->hmac, rows->n_hmac) || (p.view = view_new()) == NULL ||
	    (p.causes = causes_new(rows)) == NULL || (p.changes = tool_changes_new(rows)) == NULL)
		rc = err_nomem(e);
	for (size_t i = 0; i < sizeof phase / sizeof *phase && rc == 0; i++)
		if (!phase[i].whole || rows->left_out == 0)
			rc = phase[i].run(&p, e);
	judge_release(&p.jd);
	view_free(p.view);
	causes_free(p.causes);
	tool_changes_free(p.changes);
	free(p.sanitised);
	shape_release(&p.shape);
	gaps_release(&p.gaps);
	groups_release(&p.missing);
	groups_release(&p.no_hash);
	groups_release(&p.forks);
	groups_release(&p.beginnings);
	groups_release(&p.late);
	groups_release(&p.expected);
	groups_release(&p.renumbered);
	return rc;
}
