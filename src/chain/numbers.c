#include "chain/numbers.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/text.h"
#include "base/vec.h"
#include "chain/across.h"
#include "event/view.h"

#define HOUR 3600000000ll
#define LISTED 8u        /* ranges printed in the sentence */
#define TEXTS (1u << 20) /* bytes of one correlation's name, at most */

int
numbers_migration(const struct record *r, uint64_t *migration)
{
	struct json_doc d;
	uint32_t id, applied;
	uint64_t n;
	int rc;

	if (!record_tells(r, "row") || memmem(r->body, r->body_len, "goose_db_version", 16) == NULL)
		return 0;
	json_init(&d);
	if ((rc = json_parse(&d, (const char *)r->body, r->body_len, 64)) == 0) {
		id = json_path(&d, 0, "columns.version_id");
		applied = json_path(&d, 0, "columns.is_applied");
		if (id != JSON_NONE && applied != JSON_NONE && d.node[id].type == JSON_STRING &&
		    d.node[applied].type == JSON_STRING && *json_str(&d, applied) == 't' &&
		    dec_u64(json_str(&d, id), d.node[id].str_len, &n) && n > *migration)
			*migration = n;
	}
	json_release(&d);
	return rc < 0 ? -1 : 0;
}

/* A row and its number. */
struct numbered {
	uint64_t seq;
	uint32_t event;
};

/* Numbers from..until that nobody has, between two rows (EVENT_NONE: none). */
struct hole {
	uint64_t from, until;
	uint32_t before, after;
};

struct numbers {
	struct rows *rows;
	struct numbered *p;
	uint64_t n;
	struct hole *hole;
	/* small: numbers in holes that a crash can leave */
	uint64_t n_holes, cap, missing, small, largest;
	uint64_t last; /* that the sequence handed out; 0: not told */
	/* some input holds the whole table, and no earlier file is lacking */
	bool whole;
	bool has_runs;
	uint64_t rejects, outside;
	bool last_whole; /* every input with events tells what the sequence handed out */
	/* of the correlations beside holes, by number; NULL: not one of them */
	char **name;
	uint64_t at;
};

static int
by_seq(const void *pa, const void *pb)
{
	const struct numbered *a = pa, *b = pb;

	return a->seq != b->seq ? a->seq < b->seq ? -1 : 1 :
	    a->event < b->event ? -1 :
				  a->event > b->event;
}

/* What the manifests say of the sequence and of the inputs. */
static void
read_inputs(struct numbers *x)
{
	for (unsigned k = 0; k < x->rows->n_archives; k++) {
		const struct archive *a = x->rows->archive[k];

		x->whole |= k == 0 && archive_first(a) == 0 && archive_blocks(a) > 0;
		for (uint32_t i = 0; i < archive_told(a)->n; i++) {
			const struct told_input *in = &archive_told(a)->input[i];

			x->last = in->seq_last > x->last ? in->seq_last : x->last;
			x->has_runs |= in->runs;
			x->rejects += in->rejects;
			x->outside += in->outside;
			x->last_whole &= !archive_follows(a) && (in->events == 0 || in->seq_last);
		}
	}
	/*
	 * the first file is whole only if its input is; a sequence's last value is told only of
	 * these
	 */
	x->whole &= x->last > 0;
}

static int
add_hole(struct numbers *x, uint64_t from, uint64_t until, uint32_t before, uint32_t after)
{
	uint64_t n = until - from + 1;
	void *p;

	if (x->n_holes == x->cap) {
		x->cap = x->cap ? x->cap * 2 : 64;
		if ((p = vec_resize(x->hole, x->cap, sizeof *x->hole)) == NULL)
			return -1;
		x->hole = p;
	}
	x->hole[x->n_holes++] = (struct hole){ from, until, before, after };
	x->missing += n;
	x->small += n <= NUMBERS_CACHE ? n : 0;
	x->largest = n > x->largest ? n : x->largest;
	return 0;
}

static int
find_holes(struct numbers *x)
{
	uint64_t next = x->whole ? 1 : x->p[0].seq;
	uint32_t before = EVENT_NONE;

	for (uint64_t i = 0; i < x->n; i++) {
		if (x->p[i].seq > next && add_hole(x, next, x->p[i].seq - 1, before, x->p[i].event))
			return -1;
		next = x->p[i].seq + 1;
		before = x->p[i].event;
	}
	return next && next <= x->last ? add_hole(x, next, x->last, before, EVENT_NONE) : 0;
}

/* The names of correlations that stand beside holes. */
static int
note_name(void *arg, const struct rows *rows, const struct record *r, struct str corr,
    const struct event_result *result, const char *variant)
{
	struct numbers *x = arg;
	char **name = &x->name[rows->node[x->at++].corr];

	(void)r;
	(void)result;
	(void)variant;
	if (*name && **name == '\0') {
		char *p = strndup(corr.p, corr.n < TEXTS ? corr.n : TEXTS);

		if (p == NULL)
			return -1;
		free(*name);
		*name = p;
	}
	return 0;
}

static int
want_name(struct numbers *x, uint32_t event)
{
	char **name = event == EVENT_NONE ? NULL : &x->name[x->rows->node[event].corr];

	return name && *name == NULL && (*name = strdup("")) == NULL ? -1 : 0;
}

static void
put_time(struct buf *b, const struct rows *rows, uint32_t event, const char *none)
{
	if (event == EVENT_NONE || rows->node[event].time == INT64_MIN)
		buf_str(b, none);
	else
		utc_print(b, UTC_REST, rows->node[event].time, 0);
}

static void
put_holes(const struct numbers *x, struct buf *b)
{
	for (uint64_t i = 0; i < x->n_holes && i < LISTED; i++) {
		const struct hole *h = &x->hole[i];

		buf_printf(b, i ? "; %" PRIu64 : "%" PRIu64, h->from);
		if (h->until > h->from)
			buf_printf(b, " to %" PRIu64, h->until);
		buf_str(b, " (between rows of ");
		put_time(b, x->rows, h->before, "none");
		buf_str(b, " and ");
		put_time(b, x->rows, h->after, "none");
		buf_byte(b, ')');
	}
	if (x->n_holes > LISTED)
		buf_printf(b, "; and %" PRIu64 " more", x->n_holes - LISTED);
}

/* Rows beside holes that name a predecessor which is not here: it had been stored. */
static uint64_t
stored_beside(const struct numbers *x)
{
	uint64_t n = 0;

	for (uint64_t i = 0; i < x->n; i++)
		n += x->rows->event[x->p[i].event].link == LINK_MISSING;
	return n;
}

/*
 * Each innocent explanation of a hole is held against what is known: it fits, is ruled out, or
 * cannot be told. First, inserts that failed: they are ordinary, and so is a hole.
 */
static void
explain_failed(const struct numbers *x, struct findings *l, struct finding *f)
{
	uint64_t stored = stored_beside(x);

	if (stored)
		finding_explain(l, f, BECAUSE_INSERTS_STORED, GIVING(NUM(stored)));
	else
		finding_explain(l, f, BECAUSE_INSERTS, GIVING_NOTHING);
}

/* Only the newest numbers can belong to transactions that were still open. */
static void
explain_open(const struct numbers *x, struct findings *l, struct finding *f)
{
	const struct rows *rows = x->rows;
	const struct hole *top = &x->hole[x->n_holes - 1];

	if (top->after == EVENT_NONE ||
	    (rows->time.any && rows->node[top->after].time != INT64_MIN &&
		rows->node[top->after].time > rows->time.max - HOUR))
		finding_explain(l, f, BECAUSE_OPEN_LAST, GIVING_NOTHING);
	else
		finding_explain(l, f, BECAUSE_OPEN_NOT, GIVING_NOTHING);
}

/* The source's own retention: the run that deleted most, which alone could explain many. */
static void
explain_retention(const struct numbers *x, struct findings *l, struct finding *f)
{
	const struct rows *rows = x->rows;
	const struct retention_run *run = NULL;

	for (unsigned i = 0; i < rows->n_runs; i++)
		if (rows->run[i].deleted && (run == NULL || rows->run[i].deleted > run->deleted))
			run = &rows->run[i];
	if (run)
		finding_explain(
		    l, f, BECAUSE_RETENTION_RUN, GIVING(TEXT(run->id), NUM(run->deleted)));
	else if (x->has_runs)
		/* the runs are here, and none of them deleted a row */
		finding_explain(l, f, BECAUSE_RETENTION_NONE, GIVING_NOTHING);
	else
		finding_explain(l, f, BECAUSE_RETENTION_UNKNOWN, GIVING_NOTHING);
}

/* A crash skips at most what was set aside; what a session sets aside nobody has written down. */
static void
explain_crash(const struct numbers *x, struct findings *l, struct finding *f)
{
	if (x->small)
		finding_explain(l, f, BECAUSE_CRASH, GIVING(NUM(NUMBERS_CACHE), NUM(x->small)));
	else
		finding_explain(l, f, BECAUSE_CRASH_NOT, GIVING(NUM(NUMBERS_CACHE)));
	finding_explain(l, f, BECAUSE_CACHE, GIVING_NOTHING);
}

/* Deletion comes last, and is never ruled out. */
static void
explain(const struct numbers *x, struct finding *f)
{
	struct findings *l = x->rows->findings;

	if (x->outside)
		finding_explain(l, f, BECAUSE_OUTSIDE, GIVING(NUM(x->outside)));
	explain_failed(x, l, f);
	explain_open(x, l, f);
	explain_retention(x, l, f);
	explain_crash(x, l, f);
	/* rows of this log may lie outside of these files */
	if (!x->whole)
		finding_explain(l, f, BECAUSE_OTHER_FILES, GIVING_NOTHING);
	else if (x->rejects)
		finding_explain(l, f, BECAUSE_REJECTS, GIVING(NUM(x->rejects)));
	finding_explain(l, f, BECAUSE_DELETED_ROWS, GIVING_NOTHING);
}

static int
tell(struct numbers *x, struct err *e)
{
	struct rows *rows = x->rows;
	struct finding *f;
	struct buf list;
	uint64_t named = 0, more = 0,
		 top = x->p[x->n - 1].seq > x->last ? x->p[x->n - 1].seq : x->last;
	int rc = 0;

	/* none is missing: said as far as it goes, since a writer of the database numbers rows
	 * himself */
	if (x->n_holes == 0) {
		finding_say(rows->findings, x->last ? S35_WHOLE : S35_ROWS, 0, "source records",
		    GIVING(NUM(x->p[0].seq), NUM(top)));
		return 0;
	}
	/* correlations beside the holes are named, so that somebody knows where to look */
	if ((x->name = calloc(rows->correlations + 1, sizeof *x->name)) == NULL)
		return err_nomem(e);
	/* the list of holes is cut, the number is not */
	for (uint64_t i = 0; i < x->n_holes && i < NUMBERS_RANGES && rc == 0; i++)
		if (want_name(x, x->hole[i].before) || want_name(x, x->hole[i].after))
			rc = err_nomem(e);
	if (rc || rows_each(rows, note_name, x, e))
		return -1;
	buf_init(&list, 4096);
	put_holes(x, &list);
	f = finding_say(rows->findings, S34_MISSING, 0, "source records",
	    GIVING(NUM(x->missing), NUM(top), NUM(x->n_holes), STR(list.p, list.len)));
	buf_release(&list);
	/* a thousand names at most; the rest is a number */
	for (uint64_t c = 0; c < rows->correlations; c++) {
		if (x->name[c] == NULL)
			continue;
		if (named++ < 1000)
			finding_names(rows->findings, f, x->name[c]);
		else
			more++;
	}
	if (f)
		f->more_correlations = more;
	explain(x, f);
	return 0;
}

/* Which of the files given holds an event. */
static unsigned
file_of(const struct rows *rows, uint32_t event)
{
	uint64_t block = 0;
	unsigned k = 0;

	while (k + 1 < rows->n_archives &&
	    rows->block_event[block + archive_blocks(rows->archive[k])] <= event)
		block += archive_blocks(rows->archive[k++]);
	return k;
}

/*
 * A sequence hands a number out once, and no row has one that it has not handed out. Rows of one
 * file: of several, a source that was restored in between numbers anew (restored.c).
 */
static int
tell_repeated(struct numbers *x, struct err *e)
{
	struct findings *l = x->rows->findings;
	uint64_t n = 0, top = x->p[x->n - 1].seq;
	bool beyond = x->last && x->last_whole && top > x->last;
	struct finding *f = NULL;
	struct buf list;

	buf_init(&list, 400);
	/* sorted by number: equal ones are neighbours. Of three only the first two count once. */
	for (uint64_t i = 1; i < x->n; i++) {
		if (x->p[i].seq != x->p[i - 1].seq || (i > 1 && x->p[i].seq == x->p[i - 2].seq) ||
		    file_of(x->rows, x->p[i].event) != file_of(x->rows, x->p[i - 1].event))
			continue;
		if (n++ < 10)
			buf_printf(&list, "%s%" PRIu64, list.len ? ", " : "", x->p[i].seq);
	}
	/* a list that found no room would be half a sentence */
	if (list.nomem) {
		buf_release(&list);
		return err_nomem(e);
	}
	if (n)
		f = finding_say(l, n > 10 ? S45_MANY : S45_REPEATED, 0, "source records",
		    GIVING(NUM(n), STR(list.p, list.len)));
	else if (beyond)
		/* numbers beyond what the sequence says it gave */
		f = finding_say(l, S45_BEYOND, 0, "source records", GIVING(NUM(top), NUM(x->last)));
	/* both can have innocent causes, and neither can be told from here */
	if (f) {
		finding_explain(l, f, BECAUSE_SET_BACK, GIVING_NOTHING);
		finding_explain(l, f, BECAUSE_RENUMBERED, GIVING_NOTHING);
	}
	buf_release(&list);
	return 0;
}

int
numbers_check(struct rows *rows, struct err *e)
{
	struct numbers x = { .rows = rows, .last_whole = true };
	int rc = 0;

	if (rows->seq == NULL)
		return 0;
	if ((x.p = malloc((rows->events + 1) * sizeof *x.p)) == NULL)
		return err_nomem(e);
	for (uint64_t i = 0; i < rows->events; i++)
		if (rows->seq[i] && rows->seq[i] <= INT64_MAX) /* no sequence goes further */
			x.p[x.n++] = (struct numbered){ rows->seq[i], (uint32_t)i };
	if (x.n) {
		qsort(x.p, x.n, sizeof *x.p, by_seq);
		read_inputs(&x);
		rc = find_holes(&x) ? err_nomem(e) : tell(&x, e);
		if (rc == 0)
			rc = tell_repeated(&x, e);
	}
	for (uint64_t c = 0; x.name && c < rows->correlations; c++)
		free(x.name[c]);
	free(x.name);
	free(x.p);
	free(x.hole);
	return rc;
}
