/* What can have made a difference, and how the two exports stand to it (formats/output.md O-11). */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compare/columns.h"

static int explain(struct difference_group *g, enum explained state, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

static int
explain(struct difference_group *g, enum explained state, const char *fmt, ...)
{
	struct explanation *x = &g->explanation[g->n_explanations];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&x->sentence, fmt, ap);
	va_end(ap);
	if (n < 0)
		return -1;
	x->state = state;
	g->n_explanations++;
	return 0;
}

static const char *
s(uint64_t n)
{
	return n == 1 ? "" : "s";
}

/* A run of retention that only the new export knows: it came between the two. */
static const struct retention_run *
new_run(const struct comparison *c)
{
	const struct retention_run *last = NULL;

	for (unsigned i = 0; i < c->new.n_runs; i++) {
		const struct retention_run *r = &c->new.run[i];
		bool known = false;

		for (unsigned k = 0; k < c->old.n_runs && !known; k++)
			known = strcmp(c->old.run[k].id, r->id) == 0;
		if (!known && r->deleted && (last == NULL || r->end > last->end))
			last = r;
	}
	return last;
}

/* How many rows of its correlation the old export holds. */
static uint64_t
rows_of(const struct comparison *c, const struct difference_group *g)
{
	const struct difference *d = &c->d[g->first];

	return side_rows(&c->old, d->correlation, d->correlation_len);
}

static int
vanished(struct comparison *c, struct difference_group *g)
{
	/* what the runs on record explain, what they rule out, and what nobody can say */
	const struct retention_run *run = new_run(c);
	int rc = 0;

	if (run) {
		rc = explain(g, EXPLAINED_FITS,
			 "the source's retention: run %s, which the old export does not know, "
			 "deleted %" PRIu64 " rows; which ones is not on record",
			 run->id, run->deleted) ||
		    explain(g, EXPLAINED_FITS,
			"the defect of that run's statement, which takes rows of other months "
			"along however young they are");
	} else if (c->new.has_runs) {
		rc = explain(g, EXPLAINED_RULED_OUT,
		    "the source's retention: no run that the old export does not know deleted a "
		    "row");
	} else {
		rc = explain(g, EXPLAINED_FITS,
		    "the source's retention: its runs are not in the new export, so nothing "
		    "contradicts it");
	}
	/* the edge of a selection explains it only if there was a selection */
	if (c->new.whole || c->continues)
		rc |= explain(g, EXPLAINED_RULED_OUT,
		    "the edge of a selection: the new export was made of dumps, not limited by "
		    "time");
	else
		rc |= explain(g, EXPLAINED_FITS,
		    "the edge of a selection: the new export may hold only a part of the source's "
		    "rows");
	return rc |
	    explain(g, EXPLAINED_CANNOT_TELL, "somebody deleted %s", g->n == 1 ? "it" : "them");
}

static int
late(struct comparison *c, struct difference_group *g)
{
	int rc = explain(g, EXPLAINED_FITS,
	    "a delayed delivery, or a dead letter replayed after the old export");

	if (c->old.whole)
		rc |= explain(g, EXPLAINED_RULED_OUT,
		    "the edge of a selection: the old export was made of dumps, not limited by "
		    "time");
	else
		rc |= explain(g, EXPLAINED_FITS,
		    "the edge of a selection: the old export may have held only a part of the "
		    "source's rows");
	return rc |
	    explain(g, EXPLAINED_CANNOT_TELL,
		"somebody inserted %s: verify the new export, and see whether other sources know "
		"%s",
		g->n == 1 ? "it" : "them", g->n == 1 ? "it" : "them");
}

static int
changed(struct comparison *c, struct difference_group *g)
{
	bool retention = true;

	for (uint64_t i = g->first; i < g->first + g->n; i++)
		retention &= c->d[i].retention_only;
	if (retention)
		return explain(g, EXPLAINED_FITS,
		    "an administrator changed the retention of stored rows, which the source "
		    "allows and its hashes do not");
	return explain(g, EXPLAINED_RULED_OUT,
		   "the source itself: its code changes no such column of a stored row") |
	    explain(g, EXPLAINED_CANNOT_TELL,
		"who changed %s: ask who could write to the database between the two exports",
		g->n == 1 ? "it" : "them");
}

static int
rechained(struct comparison *c, struct difference_group *g)
{
	(void)c;
	return explain(g, EXPLAINED_RULED_OUT,
		   "the source itself: it hashes a row once, when it writes it") |
	    explain(g, EXPLAINED_CANNOT_TELL,
		"who computed or replaced the hash%s: ask who could write to the database between "
		"the two exports",
		g->n == 1 ? "" : "es");
}

static int
outside(struct comparison *c, struct difference_group *g)
{
	bool hold = true;
	uint64_t all = 0;

	for (uint64_t i = g->first; i < g->first + g->n; i++)
		hold &= c->d[i].hold_only;
	if (hold && (all = rows_of(c, g)) > g->n)
		return explain(g, EXPLAINED_RULED_OUT,
			   "a legal hold placed or released through the source's API: it takes "
			   "every row of a correlation, here %" PRIu64 " of %" PRIu64,
			   g->n, all) |
		    explain(
			g, EXPLAINED_CANNOT_TELL, "somebody wrote to the database past the API");
	if (hold)
		return explain(g, EXPLAINED_FITS,
			   "a legal hold placed or released through the source's API") |
		    explain(
			g, EXPLAINED_CANNOT_TELL, "somebody wrote to the database past the API");
	return explain(g, EXPLAINED_RULED_OUT,
		   "the source itself: its code changes no such column of a stored row") |
	    explain(g, EXPLAINED_CANNOT_TELL,
		"a database that was dumped and restored by a tool that respells values, or "
		"somebody who wrote to it");
}

static int
sentence(struct comparison *c, struct difference_group *g)
{
	const struct difference *d = &c->d[g->first];
	unsigned long long n = g->n;
	const char *words = d->words && g->n == 1 ? d->words : NULL;
	int rc = -1;

	switch (d->class) {
	case DIFF_CHANGED:
		if (d->moved && g->n == 1)
			rc = asprintf(&g->sentence,
			    "An event of this correlation stands under another one in the new "
			    "export.");
		else
			rc = asprintf(&g->sentence,
			    "%llu event%s say%s something else than before%s%s.", n, s(n),
			    n == 1 ? "s" : "", words ? ": " : "", words ? words : "");
		break;
	case DIFF_RECHAINED:
		rc = asprintf(&g->sentence,
		    "%llu event%s ha%s the same content as before and other hashes%s%s.", n, s(n),
		    n == 1 ? "s" : "ve", words ? ": " : "", words ? words : "");
		break;
	case DIFF_VANISHED:
		if (rows_of(c, g) <= g->n)
			rc = asprintf(&g->sentence,
			    "The whole correlation, %llu event%s, is not in the new export any "
			    "more.",
			    n, s(n));
		else
			rc = asprintf(&g->sentence,
			    "%llu event%s of this correlation %s not in the new export any more.",
			    n, s(n), n == 1 ? "is" : "are");
		break;
	case DIFF_LATE:
		rc = asprintf(&g->sentence,
		    "%llu event%s that the old export did not hold lie%s before its end.", n, s(n),
		    n == 1 ? "s" : "");
		break;
	case DIFF_OUTSIDE:
	default:
		rc = asprintf(&g->sentence,
		    "%llu event%s differ%s in columns that no hash covers%s%s.", n, s(n),
		    n == 1 ? "s" : "", words ? ": " : "", words ? words : "");
	}
	if (rc < 0)
		g->sentence = NULL;
	return rc < 0 ? -1 : 0;
}

int
compare_explain(struct comparison *c)
{
	static int (*const f[DIFFERENCES])(struct comparison *,
	    struct difference_group *) = { changed, rechained, vanished, late, outside };

	for (uint64_t i = 0; i < c->n_groups; i++)
		if (sentence(c, &c->group[i]) || f[c->d[c->group[i].first].class](c, &c->group[i]))
			return -1;
	return 0;
}
