/* The HTML report: self-contained, readable without script, prints well, the same bytes for the same inputs (design: report). */
#ifndef REPORT_REPORT_H
#define REPORT_REPORT_H

#include "read/select.h"
#include "verify/verify.h"

struct report {
	const struct verification *v;
	struct reading *r;
	const struct catalog *cat;
	const struct correlation **chosen; /* remediations with a page of their own */
	unsigned n_chosen, n_remediations;
	const char *version;
	const char *sandbox;
};

/* Appends the whole document. */
int report_html(struct buf *out, struct report *rep, struct err *e);

#endif
