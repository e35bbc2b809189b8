#include "chain/gaps.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/utc.h"
#include "chain/across.h"

int
gaps_open(struct gaps *g, struct rows *rows, struct err *e)
{
	memset(g, 0, sizeof *g);
	g->rows = rows;
	for (unsigned i = 0; i < rows->n_archives; i++) {
		struct archive *a = rows->archive[i];
		uint64_t events, first = UINT64_MAX;
		int rc;

		if (!archive_counts(a))
			continue;
		for (unsigned k = 0; k < rows->n_archives; k++)
			if (archive_readable(rows->archive[k]) &&
			    strcmp(archive_origin(rows->archive[k]), archive_origin(a)) == 0 &&
			    archive_first(rows->archive[k]) < first)
				first = archive_first(rows->archive[k]);
		g->before |= first > 0;
		if ((rc = correlations_damaged(a, &g->damaged, &events, e)) < 0)
			return -1;
		if (rc > 0)
			g->unbounded += archive_damaged_records(a);
	}
	g->between = rows->findings->counted[F_L01] > 0;
	return 0;
}

void
gaps_release(struct gaps *g)
{
	correlation_set_release(&g->damaged);
}

/* The sealed index decides alone where it is intact; else what the counts leave room for. */
static void
explain_damage(struct gaps *g, struct finding *f, const uint8_t correlation[32])
{
	struct findings *l = g->rows->findings;

	if (g->rows->unread_records == 0)
		return;
	if (correlation_set_has(&g->damaged, correlation))
		finding_explain(l, f, BECAUSE_BLOCK_INDEXED, GIVING_NOTHING);
	else if (g->unbounded)
		finding_explain(l, f, BECAUSE_BLOCK_UNKNOWN, GIVING_NOTHING);
	else
		finding_explain(l, f, BECAUSE_BLOCK_WITHOUT, GIVING_NOTHING);
}

static void
explain_retention(struct gaps *g, struct finding *f, const struct told_input *in, int64_t since)
{
	struct rows *rows = g->rows;
	const struct retention_run *run = NULL;

	for (unsigned i = 0; i < rows->n_runs; i++)
		if (rows->run[i].deleted && rows->run[i].end >= since &&
		    (run == NULL || rows->run[i].end < run->end))
			run = &rows->run[i];
	if (run) {
		struct buf end;

		buf_init(&end, 64);
		utc_print(&end, UTC_REST, run->end, 0);
		finding_explain(rows->findings, f, BECAUSE_RETENTION_RUN_AFTER,
		    GIVING(TEXT(run->id), NUM(run->deleted), STR(end.p, end.len)));
		buf_release(&end);
		finding_explain(rows->findings, f, BECAUSE_RETENTION_DEFECT, GIVING_NOTHING);
	} else if (in && in->runs) {
		finding_explain(rows->findings, f, BECAUSE_RETENTION_NONE_AFTER, GIVING_NOTHING);
	} else {
		finding_explain(rows->findings, f, BECAUSE_RETENTION_UNKNOWN, GIVING_NOTHING);
	}
}

/* What the exporter itself says is not here of an input. True: something is, that may be it. */
static bool
explain_part(struct findings *l, struct finding *f, const struct told_input *in)
{
	bool any = in && (in->outside || in->rejects);

	if (in && in->outside)
		finding_explain(l, f, BECAUSE_OUTSIDE_INPUT, GIVING(NUM(in->outside)));
	for (uint32_t i = 0; in && i < in->n_lacks; i++)
		if (in->lack[i].type) {
			/* one is enough: the others stand among the gaps too */
			if (!any || in->outside)
				finding_explain(l, f, BECAUSE_INPUT_LACKS,
				    GIVING(STR(in->lack[i].sentence.p,
					in->lack[i].sentence.n > 300 ? 300 :
								       in->lack[i].sentence.n)));
			any = true;
			break;
		}
	if (in && in->rejects)
		finding_explain(l, f, BECAUSE_KEPT_ASIDE, GIVING(NUM(in->rejects)));
	return any;
}

void
gaps_explain(struct gaps *g, struct finding *f, const uint8_t correlation[32], unsigned archive,
    uint32_t input, int64_t since, bool expected)
{
	const struct archive *a = g->rows->archive[archive];
	struct findings *l = g->rows->findings;
	const struct told_input *in = archive_input(a, input);

	bool part = explain_part(l, f, in);

	explain_damage(g, f, correlation);
	explain_retention(g, f, in, since);
	if (g->before || g->between)
		finding_explain(l, f, BECAUSE_OTHER_FILE,
		    GIVING(TEXT(expected ? "it" : "the predecessor"),
			TEXT(g->before ? "an earlier" : "another")));
	else if (in && in->dump && !part)
		finding_explain(l, f, BECAUSE_EDGE_WHOLE, GIVING_NOTHING);
	else if (!part)
		finding_explain(l, f, BECAUSE_EDGE, GIVING_NOTHING);
	if (expected)
		finding_explain(l, f, BECAUSE_DROPPED, GIVING_NOTHING);
	finding_explain(l, f, BECAUSE_DELETED_IT, GIVING_NOTHING);
}
