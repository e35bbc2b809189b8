/* Views of the objects of the analysis (formats/analysis.md AN-17). */
#include <string.h>

#include "analysis/inner.h"
#include "base/limits.h"

static const char *const one_summary[] = { "correlation_id", "phase", "outcome", "result",
	"end_basis", "head", "total_ms", "bottleneck", "ai", "approval", "effectiveness", NULL };
static const char *const range_summary[] = { "from", "to", "remediations", "executed", "succeeded",
	"unverified", "failed", "rate_bp", "mean_total_ms", "results", "trend_direction", "total",
	"bottlenecks", "recommendations", NULL };
static const char *const range_trend[] = { "from", "to", "remediations", "executed", "succeeded",
	"unverified", "failed", "rate_bp", "trend", "trend_direction", "total", NULL };

/* What rests on an absence, or on more than the rows that are here. */
static const char *const unbounded[] = { "results.open", "approvals.undecided", "approvals.pending",
	"approvals.expired", "approvals.auto_approved", "approvals.wait",
	"approvals.without_reason", "interventions.by_kind.decided without webhook",
	"calibration.excluded", "calibration.brier_micro", "calibration.rate_micro",
	"calibration.bins", "effectiveness.mean_micro", "rate_bp", "mean_total_ms", "unverified",
	"phases", "total", "bottlenecks", "by_action", "by_signal", "by_target", "by_environment",
	"trend", "trend_direction", "recommendations" };

void
analysis_unbounded(struct buf *out)
{
	struct emit e;

	emit_init(&e, out);
	emit_array(&e, "no_lower_bound");
	for (size_t i = 0; i < sizeof unbounded / sizeof *unbounded; i++)
		emit_str(&e, NULL, unbounded[i]);
	emit_end(&e);
}

int
analysis_view(
    const struct buf *json, enum page_view view, bool range, struct buf *out, struct err *e)
{
	const char *const *member = !range ? one_summary :
	    view == VIEW_SUMMARY           ? range_summary :
					     range_trend;
	struct json_doc d;
	struct emit emit;
	int rc = 0;

	json_init(&d);
	if (json_parse(&d, (const char *)json->p, json->len, EX_JSON_DEPTH))
		rc = err_set(e, EX_IO_ERR, "the analysis is too long for a view");
	emit_init(&emit, out);
	if (rc == 0)
		emit_object(&emit, NULL);
	/* in the order in which they stand there */
	for (uint32_t k = rc ? JSON_NONE : d.node[0].first; k != JSON_NONE; k = d.node[k].next)
		for (unsigned i = 0; member[i]; i++)
			if (d.node[k].name_len == strlen(member[i]) &&
			    memcmp(json_name(&d, k), member[i], d.node[k].name_len) == 0)
				emit_raw(&emit, member[i], json_src(&d, k), d.node[k].src_len);
	if (rc == 0)
		emit_end(&emit);
	json_release(&d);
	return rc;
}
