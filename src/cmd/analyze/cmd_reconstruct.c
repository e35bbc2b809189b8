#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "cmd/analyze/analyze.h"
#include "rebuild/guide.h"
#include "rebuild/rebuild.h"

static void
problem(const char *type, const char *title, int status, const char *detail, const struct correlation *c)
{
	struct buf b;

	buf_init(&b, 65536);
	buf_printf(&b, "{\"type\":\"https://kubernaut.ai/problems/%s\",\"title\":\"%s\",\"status\":%d,\"detail\":\"%s\",\"correlation_id\":", type, title, status, detail);
	text_json(&b, c->text, c->n);
	buf_str(&b, "}\n");
	fwrite(b.p, 1, b.len, stdout);
	buf_release(&b);
}

/* --profile guide: what the source's server would answer. */
static int
one_guide(const struct cli *c, struct reading *r, const struct correlation *corr, int64_t now, struct err *e)
{
	const char *o = cli_get(c, "output");
	bool yaml = o == NULL || strcmp(o, "yaml") == 0;
	struct story s = { 0 };
	struct guide g = { .refused = GUIDE_FINE };
	struct buf text, out;
	char detail[128];
	int status = 0;

	buf_init(&text, 128u << 20);
	buf_init(&out, 512u << 20);
	if (story_load(&s, r, corr, e)) {
		status = e->status;
		goto done;
	}
	if (now == INT64_MIN)                  /* no clock was given: that of the last event */
		for (unsigned i = 0; i < s.n; i++)
			now = s.m[i].time > now ? s.m[i].time : now;
	if (guide_rebuild(&g, &s, corr, now) || (g.refused == GUIDE_FINE && yaml_of_json(&text, g.object.p, g.object.len))) {
		err_nomem(e);
		status = e->status;
	} else if (g.refused == GUIDE_NOT_FOUND) {
		if (cli_get(c, "all") == NULL)
			problem("audit/correlation-not-found", "Audit Events Not Found", 404, "no event of the types that the source rebuilds from", corr);
		status = EX_NO_SUCH;
	} else if (g.refused == GUIDE_NO_GENESIS) {
		problem("reconstruction/missing-gateway-event", "Reconstruction Failed", 400, "Required audit events are missing or incomplete for reconstruction", corr);
		status = EX_DATA_ERR;
	} else if (g.refused == GUIDE_INCOMPLETE) {
		snprintf(detail, sizeof detail, "Reconstructed RR is only %u%% complete", g.completeness);
		problem("reconstruction/incomplete-data", "Incomplete Reconstruction", 400, detail, corr);
		status = EX_DATA_ERR;
	} else if (yaml) {
		printf("# As Kubernaut's own reconstruction answers: not the object that was, and none that its cluster accepts.\n");
		fwrite(text.p, 1, text.len, stdout);
		if (cli_get(c, "all"))
			printf("---\n");
	} else {
		buf_str(&out, "{\"correlation_id\":");
		text_json(&out, corr->text, corr->n);
		buf_str(&out, ",\"reconstructed_at\":\"");
		utc_print(&out, UTC_REST, now, 0);
		buf_str(&out, "\",\"remediation_request\":");
		buf_put(&out, g.object.p, g.object.len);
		buf_str(&out, ",\"remediation_request_yaml\":");
		text_json(&out, text.p, text.len);
		buf_printf(&out, ",\"validation\":{\"is_valid\":%s,\"completeness\":%u,\"errors\":[", g.errors.len ? "false" : "true", g.completeness);
		buf_put(&out, g.errors.p, g.errors.len);
		buf_str(&out, "],\"warnings\":[");
		buf_put(&out, g.warnings.p, g.warnings.len);
		buf_str(&out, "]}}\n");
		fwrite(out.p, 1, out.len, stdout);
	}
done:
	guide_release(&g);
	story_release(&s);
	buf_release(&text);
	buf_release(&out);
	return status;
}

static int
one(const struct cli *c, struct reading *r, const struct correlation *corr, struct err *e)
{
	const char *o = cli_get(c, "output");
	bool yaml = o == NULL || strcmp(o, "yaml") == 0;
	struct story s = { 0 };
	struct rebuilt_rr rr;
	struct buf text, out;
	int status = 0, rc;

	rebuilt_init(&rr);
	buf_init(&text, 128u << 20);
	buf_init(&out, 512u << 20);
	if (story_load(&s, r, corr, e) || (rc = rebuild_rr(&rr, &s, corr, cli_get(c, "partial") != NULL, e)) < 0) {
		status = e->status;
	} else if (rc) {
		if (yaml)
			fprintf(stderr, "exhibit: no event begins this remediation (gateway.signal.received or apifrontend.rr.created): its spec is not in evidence; --partial shows what is\n");
		else
			problem("reconstruction/missing-gateway-event", "Missing Gateway Event", 400, "no event begins this remediation", corr);
		status = EX_DATA_ERR;
	} else if (yaml_of_json(&text, rr.object.p, rr.object.len)) {
		err_set(e, EX_SOFTWARE_ERR, "the object cannot be written as YAML");
		status = e->status;
	} else if (yaml) {
		printf("# Rebuilt from audit events by exhibit. To be kept, not applied: `kubectl apply` drops status, and running controllers\n"
		    "# would start the remediation again. The procedure that is safe is in exhibit(1), under RECONSTRUCT.\n");
		if (rr.n_missing_required)
			printf("# NOT VALID: %u required fields are not in evidence.\n", rr.n_missing_required);
		fwrite(text.p, 1, text.len, stdout);
		if (cli_get(c, "all"))
			printf("---\n");
	} else {
		buf_str(&out, "{\"correlation_id\":");
		text_json(&out, corr->text, corr->n);
		buf_str(&out, ",\"remediation_request\":");
		buf_put(&out, rr.object.p, rr.object.len);
		buf_str(&out, ",\"remediation_request_yaml\":");
		text_json(&out, text.p, text.len);
		buf_printf(&out, ",\"validation\":{\"is_valid\":%s,\"errors\":[", rr.n_missing_required ? "false" : "true");
		buf_put(&out, rr.errors.p, rr.errors.len);
		buf_str(&out, "],\"warnings\":[]},\"provenance\":[");
		buf_put(&out, rr.provenance.p, rr.provenance.len);
		buf_str(&out, "],\"missing\":[");
		buf_put(&out, rr.missing.p, rr.missing.len);
		buf_str(&out, "]}\n");
		fwrite(out.p, 1, out.len, stdout);
	}
	story_release(&s);
	rebuilt_release(&rr);
	buf_release(&text);
	buf_release(&out);
	return status;
}

static int
by_first(const void *pa, const void *pb)
{
	const struct correlation *a = *(const struct correlation *const *)pa, *b = *(const struct correlation *const *)pb;

	if (a->at[0].archive != b->at[0].archive)
		return a->at[0].archive < b->at[0].archive ? -1 : 1;
	return a->at[0].position < b->at[0].position ? -1 : a->at[0].position > b->at[0].position;
}

/* All correlations in the order of their first record, in which blocks are opened once; owned by the caller. NULL: no memory. */
static const struct correlation **
in_log_order(const struct catalog *cat)
{
	const struct correlation **p = malloc((cat->n + 1) * sizeof *p);

	for (unsigned i = 0; p && i < cat->n; i++)
		p[i] = &cat->c[i];
	if (p && cat->n)
		qsort(p, cat->n, sizeof *p, by_first);
	return p;
}

int
cmd_reconstruct(const struct cli *c)
{
	struct evidence ev;
	struct reading r = { 0 };
	struct catalog cat = { 0 };
	const struct correlation *corr;
	const char *id, *ids[CLI_MAX], *profile = cli_get(c, "profile");
	int64_t now = INT64_MIN;
	struct utc at;
	unsigned n = 0;
	int status;

	if (profile && strcmp(profile, "guide"))
		return cli_usage(c, "--profile: want guide");
	if (cli_get(c, "now") && (utc_parse(cli_get(c, "now"), strlen(cli_get(c, "now")), &at) != UTC_OK || !profile))
		return cli_usage(c, "--now wants a time such as 2026-11-20T12:00:00Z, and --profile guide");
	if (cli_get(c, "now"))
		now = at.us;
	if ((cli_get(c, "id") == NULL) == (cli_get(c, "all") == NULL))
		return cli_usage(c, "reconstruct wants --id ID or --all");
	if ((status = evidence_open(&ev, c, NULL))) {
		evidence_close(&ev);
		return status;
	}
	while (n < CLI_MAX && (ids[n] = cli_nth(c, "id", n)) != NULL)
		n++;
	if (reading_init(&r, ev.archive, ev.n, &ev.findings, &ev.err) || (n ? catalog_load_some(&cat, &r, ids, n, &ev.err) : catalog_load(&cat, &r, &ev.err))) {
		status = cli_fail(c, &ev.err);
	} else if (cli_get(c, "all")) {
		const struct correlation **order = in_log_order(&cat);

		for (unsigned i = 0; order && i < cat.n && ev.err.status == 0; i++)
			if (profile)
				one_guide(c, &r, order[i], now, &ev.err);
			else if (order[i]->remediation)
				one(c, &r, order[i], &ev.err);
		if (order == NULL)
			err_nomem(&ev.err);
		free(order);
	} else {
		for (unsigned k = 0; (id = cli_nth(c, "id", k)) != NULL && status == 0; k++)
			status = catalog_find(&cat, &r, id, &corr, &ev.err) ? ev.err.status : profile ? one_guide(c, &r, corr, now, &ev.err) : one(c, &r, corr, &ev.err);
	}
	if (ev.err.status)
		status = cli_fail(c, &ev.err);
	else if (status == 0)
		status = evidence_banner(&ev);
	catalog_release(&cat);
	reading_release(&r);
	evidence_close(&ev);
	return status;
}
