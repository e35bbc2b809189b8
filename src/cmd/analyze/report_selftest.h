/* What exhibit selftest -o json wrote, for a report (formats/output.md O-35). */
#ifndef CMD_ANALYZE_REPORT_SELFTEST_H
#define CMD_ANALYZE_REPORT_SELFTEST_H

#include "cmd/analyze/analyze.h"
#include "json/json.h"
#include "report/report.h"

#define SELFTEST_FILE_MAX (1u << 20) /* bytes of it */

struct selftest_given {
	struct json_doc doc; /* that told borrows from */
	struct report_selftest_kind *kind;
	struct report_selftest told; /* for the report */
};

/* Behind the sandbox; given: NULL: none, and nothing is told. 0; -1 (e): 65 its members, or its
 * counts, are not as selftest writes them. To be released in any case. */
int selftest_given_read(struct selftest_given *x, const struct given *given, struct err *e);
void selftest_given_release(struct selftest_given *x);

#endif
