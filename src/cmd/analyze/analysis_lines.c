#include "cmd/analyze/analysis_lines.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/utc.h"
#include "cmd/analyze/gather.h"
#include "report/form.h"
#include "report/report.h"

#define CELLS 8u

/* Of a remediation of which events are missing no absence is told (AN-18). */
static void
unsure(struct analysis_line *x)
{
	static const char cannot[] = "cannot tell";

	if (!x->ended)
		x->result = cannot;
	if (x->approval == NULL ||
	    (strcmp(x->approval, "approved") && strcmp(x->approval, "rejected")))
		x->approval = cannot;
	if (strcmp(x->borne_out, "not tested") == 0) {
		x->borne_out = cannot;
		x->because = "events of it are missing";
	}
}

/* Line i as its cells, NULL: none. took and when lend the texts of two of them. */
struct cells {
	struct analysis_line line;
	char took[24], when[UTC_TEXT];
	const char *text[CELLS];
};

/* False: it is not one of those that are named. */
static bool
cells_of(const struct analysis_lines *x, size_t i, struct cells *ret)
{
	struct analysis_line *l = &ret->line;

	if (x->named && !x->named[i])
		return false;
	analyses_line(x->a, i, l);
	if (x->ev->limits.n && limited(x->ev, l->c))
		unsure(l);
	ret->took[0] = '\0';
	if (l->ended)
		snprintf(ret->took, sizeof ret->took, "%" PRId64, l->total_ms);
	utc_text(ret->when, l->t0);
	memcpy(ret->text,
	    (const char *[]){ l->c->text, ret->when, l->result, l->ended ? ret->took : NULL,
		l->bottleneck, l->approval, l->borne_out, l->because },
	    sizeof ret->text);
	return true;
}

int
analysis_lines_text(const struct analysis_lines *x, struct buf *out)
{
	static const struct form_column column[CELLS] = { { "correlation_id", "REMEDIATION",
							      COLUMN_TEXT, 26, 0 },
		{ "received_at", "RECEIVED", COLUMN_TIME, 20, 2 },
		{ "result", "RESULT", COLUMN_TEXT, 12, 0 },
		{ "total", "TOOK (ms)", COLUMN_TEXT, 11, 0 },
		{ "bottleneck", "LONGEST", COLUMN_TEXT, 18, 1 },
		{ "approval", "APPROVAL", COLUMN_TEXT, 13, 1 },
		{ "borne_out", "BORNE OUT", COLUMN_TEXT, 11, 0 },
		{ "because", "BECAUSE", COLUMN_TEXT, 0, 3 } };
	struct cells cells;
	struct form f;

	form_begin(&f, out, STYLE_TABLE, NULL, column, CELLS, x->width);
	for (size_t i = x->first; i < x->first + x->n; i++) {
		if (!cells_of(x, i, &cells))
			continue;
		form_text(&f, cells.line.c->text, cells.line.c->n);
		form_time(&f, cells.line.t0);
		for (unsigned k = 2; k < CELLS; k++)
			form_str(&f, cells.text[k]);
	}
	return form_end(&f) ? 0 : -1;
}

int
analysis_lines_md(const struct analysis_lines *x, struct buf *out)
{
	static const char *const head[CELLS] = { "Remediation", "Received", "Result", "Took (ms)",
		"Longest", "Approval", "Borne out", "Because" };
	struct cells cells;

	markdown_row(out, head, CELLS);
	buf_str(out, "| --- | --- | --- | ---: | --- | --- | --- | --- |\n");
	for (size_t i = x->first; i < x->first + x->n; i++)
		if (cells_of(x, i, &cells))
			markdown_row(out, cells.text, CELLS);
	return out->failed ? -1 : 0;
}
