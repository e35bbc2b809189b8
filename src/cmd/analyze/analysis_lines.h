/* analysis --all: a line for each remediation, as a table for a terminal or in Markdown. */
#ifndef CMD_ANALYZE_ANALYSIS_LINES_H
#define CMD_ANALYZE_ANALYSIS_LINES_H

#include "analysis/analysis.h"
#include "cmd/analyze/analyze.h"

struct analysis_lines {
	struct analyses *a;
	size_t first, n;   /* of a, by place */
	const bool *named; /* by place; NULL: all of them */
	struct evidence *ev;
	unsigned width; /* columns of the terminal */
};

/* Append it. -1: no memory. */
int analysis_lines_text(const struct analysis_lines *x, struct buf *out);
int analysis_lines_md(const struct analysis_lines *x, struct buf *out);

#endif
