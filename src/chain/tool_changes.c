#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/text.h"
#include "base/vec.h"
#include "chain/across.h"
#include "chain/tool_changes_inner.h"

struct tool_changes *
tool_changes_new(const struct rows *rows)
{
	struct tool_changes *t = calloc(1, sizeof *t);

	if (t == NULL)
		return NULL;
	buf_init(&t->text, EX_MAX_BODY);
	buf_init(&t->body, 4u * EX_MAX_BODY);
	buf_init(&t->timed, 4u * EX_MAX_BODY);
	t->undo = undo_new();
	t->view = view_new();
	if (judge_init(&t->jd, rows->hmac, rows->n_hmac) || t->undo == NULL || t->view == NULL) {
		tool_changes_free(t);
		return NULL;
	}
	return t;
}

void
tool_changes_free(struct tool_changes *t)
{
	if (t == NULL)
		return;
	undo_free(t->undo);
	view_free(t->view);
	judge_release(&t->jd);
	buf_release(&t->text);
	buf_release(&t->body);
	buf_release(&t->timed);
	free(t->in);
	free(t->moved);
	free(t->row);
	free(t->told);
	free(t);
}

/* The text of event_timestamp names no zone: it was read as UTC (E-8). */
static bool
zoneless(const struct record *r)
{
	struct aside_item i;

	return aside_find(r, COL_TIMESTAMP, &i) && i.n > 1 && i.p[0] == STATE_TEXT &&
	    !utc_names_zone((const char *)i.p + 1, i.n - 1);
}

/* Does a row wait for an explanation of its content? */
static bool
odd(const struct record *r, unsigned content)
{
	return r->body_form != BODY_VERBATIM && r->claimed_form == FORM_HEX &&
	    (content == CONTENT_MISMATCH || content == CONTENT_UNDECIDED ||
		(content == CONTENT_UNKNOWN_ALGORITHM && tool_algorithm_lost(r)));
}

static uint32_t
input_of(const struct tool_changes *t, const struct record *r)
{
	const struct table *table = archive_table_of(t->a, r->source);

	return table && table->input < t->n_in ? table->input : 0;
}

/* First look, at every row: what does it say of the changes there are? */
static int
note_signs(struct tool_changes *t, struct rows *rows, const struct record *r, uint64_t n)
{
	unsigned content = rows->event[n].content;
	struct input_changes *in = &t->in[input_of(t, r)];
	uint8_t sign[UNDOS];
	struct event ev;
	const char *why;
	bool is_odd = odd(r, content), fits = content_fits(content);

	in->odd += is_odd;
	if ((!fits && !is_odd) || r->body_form == BODY_VERBATIM ||
	    event_parse_body(
		&ev, (const char *)r->body, r->body_len, r->body_form, false, &t->text, &why))
		return 0;
	undo_signs(t->undo, &ev, fits, sign);
	sign[UNDO_LOCAL_TIME] = zoneless(r) ? fits ? SIGN_NONE : SIGN_SHOWS :
	    fits                            ? SIGN_AGAINST :
					      SIGN_NONE;
	sign[UNDO_NULL_EMPTY] = r->algorithm == ALGO_EMPTY || r->previous_form == FORM_EMPTY ?
	    SIGN_AGAINST :
	    tool_algorithm_lost(r) ? SIGN_SHOWS :
				     SIGN_NONE;
	for (unsigned c = 0; c < UNDOS; c++) {
		in->against[c] += sign[c] == SIGN_AGAINST;
		in->shows[c] += sign[c] == SIGN_SHOWS;
	}
	/* it gives its full hash with the change undone, by the one who read the input */
	if (sign[UNDO_COPY_ESCAPES] == SIGN_READER && in->undone) {
		in->undone--;
		in->proofs[UNDO_COPY_ESCAPES]++;
	}
	return 0;
}

static int
look_closer(struct tool_changes *t, struct rows *rows, const struct record *r, uint64_t n)
{
	struct tried_row *row;
	struct attempt a = { .t = t, .r = r };
	uint8_t sign[UNDOS];
	struct event ev;
	const char *why;
	void *p;

	/* rows that give their hash need no second look, and of the others a bounded number is
	 * enough to know the tool */
	if (!odd(r, rows->event[n].content) || t->n - t->from >= t->enough)
		return 0;
	if (t->n == t->cap) {
		t->cap = t->cap ? t->cap * 2 : 256;
		if ((p = vec_resize(t->row, t->cap, sizeof *t->row)) == NULL)
			return -1;
		t->row = p;
	}
	row = &t->row[t->n];
	memset(row, 0, sizeof *row);
	row->event = n;
	row->input = input_of(t, r);
	row->file = archive_file(t->a);
	row->keyed = r->algorithm == ALGO_HMAC;
	memcpy(row->id, r->id, 16);
	a.in = &t->in[row->input];
	a.row = row;
	/* what has no canonical form has no text to undo */
	if (event_parse_body(
		&ev, (const char *)r->body, r->body_len, r->body_form, false, &t->text, &why))
		return t->text.nomem ? -1 : 0;
	/* what the row shows of each change decides which are worth trying */
	undo_signs(t->undo, &ev, false, sign);
	for (unsigned c = 0; c < UNDOS; c++)
		row->shows |= (uint16_t)((sign[c] == SIGN_SHOWS) << c);
	row->shows |= (uint16_t)(zoneless(r) << UNDO_LOCAL_TIME);
	row->shows |= (uint16_t)(tool_algorithm_lost(r) << UNDO_NULL_EMPTY);
	t->n++;
	return tool_try_all(&a);
}

/* Third look, once it is known what the tool did: at rows that it alone does not explain. */
static int
look_again(struct tool_changes *t, struct rows *rows, const struct record *r, uint64_t n)
{
	struct attempt a = { .t = t, .r = r, .spellings = true };
	size_t lo = t->from, hi = t->n;
	bool whole;

	(void)rows;
	while (lo < hi) {
		size_t mid = (lo + hi) / 2;

		if (t->row[mid].event < n)
			lo = mid + 1;
		else
			hi = mid;
	}
	if (lo == t->n || t->row[lo].event != n || t->row[lo].combination)
		return 0;
	a.row = &t->row[lo];
	a.in = &t->in[a.row->input];
	for (unsigned i = 0; i < a.in->n_combinations && !a.found && t->budget; i++) {
		bool all = true;

		for (unsigned c = 0; c < UNDOS; c++)
			all &= !(a.in->combination[i] >> c & 1) || a.in->accepted[c];
		if (all && tool_try(&a, a.in->combination[i], ~0u, &whole))
			return -1;
	}
	if (a.found)
		a.row->combination = a.combination;
	return 0;
}

/* Calls f for the events of the archive: all, or those of blocks in which one is odd. */
static int
walk(struct tool_changes *t, struct rows *rows, uint64_t first_block, bool all,
    int (*f)(struct tool_changes *, struct rows *, const struct record *, uint64_t), struct err *e)
{
	struct unpacker *u = archive_unpacker(t->a);
	struct findings ignore = { 0 };
	struct buf blob;
	int rc = u ? 0 : err_nomem(e);

	buf_init(&blob, EX_MAX_BLOB);
	/* blocks without an odd row are not unpacked again */
	for (uint64_t i = 0; i < archive_blocks(t->a) && rc == 0 && t->n - t->from < t->enough;
	     i++) {
		uint64_t n = rows->block_event[first_block + i],
			 end = rows->block_event[first_block + i + 1];
		struct block b;
		bool any = all;

		/* the heads are in memory: this is cheap */
		for (uint64_t k = n; k < end && !any; k++)
			any = rows->event[k].content == CONTENT_MISMATCH ||
			    rows->event[k].content == CONTENT_UNDECIDED ||
			    rows->event[k].content == CONTENT_UNKNOWN_ALGORITHM;
		if (!any)
			continue;
		if ((rc = archive_block(t->a, i, u, &blob, &b, &ignore, e)) != 0) {
			/* damaged: found when it was first read */
			rc = rc < 0 ? rc : 0;
			continue;
		}
		for (uint32_t j = 0; j < b.n && rc == 0; j++)
			if (b.rec[j].kind == KIND_EVENT && f(t, rows, &b.rec[j], n++))
				rc = err_nomem(e);
	}
	unpacker_free(u);
	findings_release(&ignore);
	buf_release(&blob);
	return rc;
}

static int
by_event(const void *pa, const void *pb)
{
	const struct variant_name *a = pa, *b = pb;

	return a->event < b->event ? -1 : a->event > b->event;
}

/* A proved row is a variant if every change that it needs is one of its whole input. */
static int
settle(struct tool_changes *t, struct rows *rows)
{
	bool any = false;

	for (size_t i = t->from; i < t->n; i++) {
		struct tried_row *w = &t->row[i];
		struct input_changes *in = &t->in[w->input];
		struct event_result *x = &rows->event[w->event];
		struct variant_name *q = rows->variant;
		const char *last = "";
		bool all = w->combination != 0;
		size_t at = 0;

		/* a change counts when its whole input shows it: one row proves nothing about a
		 * tool */
		for (unsigned c = 0; c < UNDOS; c++)
			all &= !(w->combination >> c & 1) || in->accepted[c];
		/* tried and not settled: its hash stays unexplained */
		if (!all) {
			/* the algorithm is known now, and its hash is not given by it */
			if (w->shows >> UNDO_NULL_EMPTY & 1 && in->accepted[UNDO_NULL_EMPTY])
				x->content = CONTENT_MISMATCH;
			continue;
		}
		/* room in powers of two */
		if ((rows->n_variants & (rows->n_variants - 1)) == 0 &&
		    (q = vec_resize(q, rows->n_variants ? rows->n_variants * 2 : 1, sizeof *q)) ==
			NULL)
			return -1;
		rows->variant = q;
		q += rows->n_variants++;
		q->event = w->event;
		q->name[0] = '\0';
		/* a name for people: each change once, though some have several parts */
		for (unsigned c = 0; c < UNDOS; c++)
			if (w->combination >> c & 1 && strcmp(last, undo_name[c])) {
				at += (size_t)snprintf(q->name + at, sizeof q->name - at, "%s%s",
				    at ? ", " : "", undo_name[c]);
				last = undo_name[c];
			}
		if (w->spelling[0])
			snprintf(q->name + at, sizeof q->name - at, ", %s", w->spelling);
		/* from here on the row counts as proved in this spelling */
		x->content = CONTENT_VARIANT;
		x->key = w->key;
		rows->hmac_fit += w->keyed;
		w->settled = any = true;
	}
	/* sorted for rows_each, which takes them in order */
	if (any)
		qsort(rows->variant, rows->n_variants, sizeof *rows->variant, by_event);
	return 0;
}

static int
by_claimed(const void *pa, const void *pb)
{
	const struct tried_row *a = *(const struct tried_row *const *)pa;
	const struct tried_row *b = *(const struct tried_row *const *)pb;
	int k = memcmp(a->claimed, b->claimed, 32);

	return k ? k : memcmp(a->corr, b->corr, 32);
}

/*
 * A row whose predecessor is known by another correlation only because the tool changed its name
 * there: the predecessor's hash is that of a row of this one.
 */
static int
mend_link(struct tool_changes *t, struct rows *rows, const struct record *r, uint64_t n)
{
	struct tried_row key;
	const struct tried_row *at = &key;

	if (rows->event[n].link != LINK_ELSEWHERE || r->previous_form != FORM_HEX)
		return 0;
	memcpy(key.claimed, r->previous, 32);
	memcpy(key.corr, r->correlation, 32);
	if (bsearch(&at, t->moved, t->n_moved, sizeof *t->moved, by_claimed))
		rows->event[n].link = LINK_LINKED;
	return 0;
}

static int
mend_links(struct tool_changes *t, struct rows *rows, uint64_t first_block, struct err *e)
{
	free(t->moved);
	t->n_moved = 0;
	if ((t->moved = calloc(t->n - t->from + 1, sizeof *t->moved)) == NULL)
		return err_nomem(e);
	for (size_t i = t->from; i < t->n; i++) {
		struct tried_row *w = &t->row[i];

		if (!w->settled || !w->moved)
			continue;
		t->moved[t->n_moved++] = w;
		/* its hash covers both its predecessor and the correlation that it had */
		if (rows->event[w->event].link == LINK_ELSEWHERE)
			rows->event[w->event].link = LINK_LINKED;
	}
	if (t->n_moved == 0)
		return 0;
	qsort(t->moved, t->n_moved, sizeof *t->moved, by_claimed);
	return walk(t, rows, first_block, true, mend_link, e);
}

int
tool_explains(
    struct tool_changes *t, const struct record *r, const uint8_t digest[32], char names[64])
{
	struct record with = *r;
	struct tried_row row = { .event = 0 };
	struct attempt a = { .t = t, .in = &t->alone, .r = &with, .row = &row };
	const char *last = "";
	size_t at = 0;

	if (r->body_form == BODY_VERBATIM || (r->claimed_form != FORM_HEX && digest == NULL))
		return 0;
	if (digest) {
		with.algorithm = ALGO_SHA256;
		with.claimed_form = FORM_HEX;
		memcpy(with.claimed, digest, 32);
	}
	/* nothing speaks against a change of one row, and nothing gives it up */
	memset(t->alone.tried, 0, sizeof t->alone.tried);
	t->alone.shows[UNDO_MILLISECONDS] = r->time % 1000 ? 0 : TOOL_PROOFS;
	t->budget = TOOL_ALONE;
	if (tool_try_all(&a))
		return -1;
	names[0] = '\0';
	for (unsigned c = 0; c < UNDOS && a.found; c++)
		if (a.combination >> c & 1 && strcmp(last, undo_name[c]) && at < 64) {
			at += (size_t)snprintf(
			    names + at, 64 - at, "%s%s", at ? ", " : "", undo_name[c]);
			last = undo_name[c];
		}
	return a.found;
}

/* Keeps what will be said of the inputs. */
static int
keep(struct tool_changes *t)
{
	void *p;

	for (uint32_t i = 0; i < t->n_in; i++)
		for (unsigned c = 0; c < UNDOS; c++) {
			if (!t->in[i].accepted[c])
				continue;
			if ((p = vec_resize(t->told, t->n_told + 1, sizeof *t->told)) == NULL)
				return -1;
			t->told = p;
			t->told[t->n_told] =
			    (struct told){ .file = archive_file(t->a), .input = i, .c = c };
			for (size_t k = t->from; k < t->n; k++)
				t->told[t->n_told].rows += t->row[k].settled &&
				    t->row[k].input == i && t->row[k].combination >> c & 1;
			t->n_told++;
		}
	return 0;
}

/* Of rows that stay what they are: bits of changes whose mark all rows of their kind show. */
static void
mark_left(struct tool_changes *t)
{
	for (size_t i = t->from; i < t->n; i++) {
		struct tried_row *w = &t->row[i];
		const struct input_changes *in = &t->in[w->input];

		for (unsigned c = 0; c < UNDOS; c++)
			if (in->against[c] || (in->shows[c] < TOOL_PROOFS && !in->accepted[c]))
				w->shows &= (uint16_t) ~(1u << c);
	}
}

/* What of a file's rows asks for a look at tools. */
enum odd_rows { ODD_NONE, ODD_PERHAPS_KEYED, ODD_SURE };

static enum odd_rows
look_for_odd(const struct rows *rows, uint64_t from, uint64_t end)
{
	enum odd_rows odd = ODD_NONE;

	for (uint64_t i = from; i < end; i++) {
		if (rows->event[i].content == CONTENT_MISMATCH ||
		    rows->event[i].content == CONTENT_UNKNOWN_ALGORITHM)
			return ODD_SURE;
		if (rows->event[i].content == CONTENT_UNDECIDED)
			odd = ODD_PERHAPS_KEYED;
	}
	return odd;
}

/* Begins a look at the file's inputs anew; at most `enough` rows are looked at closely. */
static int
begin_look(struct tool_changes *t, size_t enough)
{
	t->n = t->from;
	/* a budget of bytes that may be hashed, for the file and not for each row */
	t->budget = TOOL_HASHED;
	t->enough = enough;
	free(t->in);
	if ((t->in = calloc(t->n_in, sizeof *t->in)) == NULL)
		return -1;
	/* changes that the exporter's reader undid are known, and sealed */
	for (uint32_t i = 0; i < t->n_in; i++) {
		const struct told_input *told = archive_input(t->a, i);

		t->in[i].undone = told ? told->undone : 0;
	}
	return 0;
}

static bool
any_combination(const struct tool_changes *t)
{
	for (uint32_t i = 0; i < t->n_in; i++)
		if (t->in[i].n_combinations)
			return true;
	return false;
}

/* Changes of whole inputs: enough proofs, and nothing against it. Returns whether there is one. */
static bool
accept(struct tool_changes *t)
{
	bool any = false;

	for (uint32_t i = 0; i < t->n_in; i++)
		for (unsigned c = 0; c < UNDO_DIGITS; c++)
			any |= t->in[i].accepted[c] =
			    t->in[i].proofs[c] >= TOOL_PROOFS && t->in[i].against[c] == 0;
	return any;
}

int
tool_changes_find(
    struct tool_changes *t, struct rows *rows, unsigned k, uint64_t first_block, struct err *e)
{
	enum odd_rows odd;

	t->a = rows->archive[k];
	/* an archive with nothing odd in it costs nothing more */
	odd = look_for_odd(rows, rows->block_event[first_block],
	    rows->block_event[first_block + archive_blocks(t->a)]);
	if (odd == ODD_NONE)
		return 0;
	t->from = t->n;
	/* inputs and tables are numbered together */
	t->n_in = archive_tables(t->a) + 1u;
	/* rows that may just be keyed: nothing is wrong with them, so a few of them are tried
	 * first; where no tool explains one of these, they are left as they are */
	if (odd == ODD_PERHAPS_KEYED) {
		if (begin_look(t, TOOL_PROBE))
			return err_nomem(e);
		if (walk(t, rows, first_block, false, look_closer, e))
			return -1;
		if (!any_combination(t)) {
			t->n = t->from;
			return 0;
		}
	}
	if (begin_look(t, SIZE_MAX))
		return err_nomem(e);
	/* first what rows that fit speak against, so that no change is tried in vain */
	if (walk(t, rows, first_block, true, note_signs, e) ||
	    walk(t, rows, first_block, false, look_closer, e))
		return -1;
	/* rows that the first look could not settle, with what is known now */
	if (accept(t) && walk(t, rows, first_block, false, look_again, e))
		return -1;
	/* told, settled, kept, in this order: links are mended by what was settled */
	mark_left(t);
	if (settle(t, rows) || keep(t))
		return err_nomem(e);
	if (mend_links(t, rows, first_block, e))
		return -1;
	rows->gave_up |= t->gave_up;
	return 0;
}
