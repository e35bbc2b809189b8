/* reconstruct: RemediationRequests from their events (formats/rebuild.md). */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "cmd/analyze/reconstruct.h"

/* What stands before an item of the JSON document of several, or of --list. */
static void
between(const struct job *j)
{
	if (j->written + j->refused)
		putchar(',');
	else if (!j->list)
		evidence_begin_list("remediations");
}

/* Out to stdout, or to a file named after the remediation. keep: the file stays. 0, or the exit
 * status (e). */
static int
deliver(
    struct job *j, const struct correlation *corr, const struct buf *out, bool keep, struct err *e)
{
	const char *suffix = j->form == FORM_YAML ? ".yaml" : ".json";
	char name[OUTDIR_NAME];
	int rc;

	if (j->dir.fd >= 0) {
		outdir_name(corr->text, corr->n, suffix, name);
		if ((rc = outdir_create(&j->dir, e, "%s", name)) != 0)
			return rc > 0 ? outdir_there(&j->dir, e) : e->status;
		fwrite(out->p, 1, out->len, j->dir.file);
		return outdir_finish(&j->dir, keep, e);
	}
	if (j->form == FORM_JSON && (j->several || j->list))
		between(j);
	else if (j->form == FORM_YAML && j->list)
		fputs(j->written ? "" : "items:\n", stdout);
	else if (j->form == FORM_YAML && j->written)
		fputs(j->provenance ? "\n" : "---\n", stdout);
	fwrite(out->p, 1, out->len, stdout);
	return 0;
}

/* A remediation that cannot be rebuilt: the problem object, or words. Returns status. */
static int
refuse(struct job *j, const struct correlation *corr, int status, const char *type,
    const char *title, int http, const char *detail, struct err *e)
{
	struct buf out;

	buf_init(&out, 65536);
	if (j->form == FORM_YAML || j->list || j->gathered) {
		text_plain(&out, corr->text, corr->n);
		fprintf(stderr, "exhibit: %.*s: %s\n", (int)out.len, (const char *)out.p, detail);
	} else {
		print_problem(&out, type, title, http, detail, corr->text, corr->n);
		deliver(j, corr, &out, true, e);
	}
	buf_release(&out);
	j->refused++;
	return e->status ? e->status : status;
}

/*
 * The id as the server understands it, from a request whose path a Go client escaped. Its router
 * decodes that only where Go's escaping of whole paths gives the same; else it looks for the
 * escaped text, which is no id. true: it does so.
 */
static bool
asked_id(const struct correlation *c, struct buf *out)
{
	static const char fine[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				   "0123456789-_.~$&+:=@";
	bool raw =
	    memchr(c->text, '/', c->n) || memchr(c->text, ';', c->n) || memchr(c->text, ',', c->n);

	for (size_t i = 0; i < c->n; i++)
		if (!raw || (c->text[i] && strchr(fine, c->text[i])))
			buf_byte(out, (unsigned char)c->text[i]);
		else
			buf_printf(out, "%%%02X", (unsigned char)c->text[i]);
	return raw;
}

/* No row that the server reads: its words. */
static int
not_found(struct job *j, const struct correlation *c, const char *prefix, struct err *e)
{
	struct buf id, detail;
	char type[128];
	int status;

	snprintf(type, sizeof type, "%saudit/correlation-not-found", prefix);
	buf_init(&id, 65536);
	buf_init(&detail, 1u << 20);
	buf_str(&id, "No audit events found for correlation_id: ");
	asked_id(c, &id);
	text_json(&detail, id.p, id.len);
	buf_byte(&detail, '\0');
	/* without the quotes that the problem object has */
	if (!detail.failed)
		detail.p[detail.len - 2] = '\0';
	status = detail.failed || id.failed ?
	    (err_nomem(e), e->status) :
	    refuse(j, c, EX_NO_SUCH, type, "Audit Events Not Found", 404,
		(const char *)detail.p + 1, e);
	buf_release(&detail);
	buf_release(&id);
	return status;
}

/* Is there an answer to no request for this id? */
static bool
cannot_be_asked(const struct correlation *c)
{
	struct buf b;
	bool raw;

	buf_init(&b, 1u << 20);
	raw = asked_id(c, &b);
	buf_release(&b);
	return raw;
}

/* --profile guide: what the source's server would answer. */
static int
one_guide(struct job *j, const struct story *s, const struct correlation *corr, struct err *e)
{
	int64_t now = j->now;
	/* a server of 1.4 writes the beginning of its types twice */
	static const char *const prefix[] = { "", "", "https://kubernaut.ai/problems/" };
	struct guide g;
	struct buf out;
	char detail[128], type[128];
	int status;

	/* the server's clock, or the last event's, so that the same archive gives the same
	 * object */
	if (now == INT64_MIN) /* no clock was given: that of the last event */
		for (unsigned i = 0; i < s->n; i++)
			now = s->m[i].time > now ? s->m[i].time : now;
	if (guide_rebuild(&g, s, corr, now)) {
		err_nomem(e);
		status = e->status;
	} else if (g.refused == GUIDE_NOT_FOUND || cannot_be_asked(corr)) {
		/* refusals as the server words them, with its status */
		status = j->all ? 0 : not_found(j, corr, prefix[g.server], e);
	} else if (g.refused == GUIDE_UNREADABLE) {
		snprintf(
		    type, sizeof type, "%sreconstruction/no-parseable-events", prefix[g.server]);
		status = refuse(j, corr, EX_DATA_ERR, type, "Reconstruction Failed", 400,
		    "No parseable audit events found", e);
	} else if (g.refused == GUIDE_NO_GENESIS) {
		snprintf(
		    type, sizeof type, "%sreconstruction/missing-gateway-event", prefix[g.server]);
		status = refuse(j, corr, EX_DATA_ERR, type, "Reconstruction Failed", 400,
		    g.server == SERVER_14 ? "gateway.signal.received event is required for "
					    "reconstruction" :
					    "Required audit events are missing or incomplete for "
					    "reconstruction",
		    e);
	} else if (g.refused == GUIDE_INCOMPLETE) {
		snprintf(detail, sizeof detail, "Reconstructed RR is only %u%% complete",
		    g.completeness);
		snprintf(type, sizeof type, "%sreconstruction/incomplete-data", prefix[g.server]);
		status =
		    refuse(j, corr, EX_DATA_ERR, type, "Incomplete Reconstruction", 400, detail, e);
	} else {
		/* the answer itself */
		buf_init(&out, 512u << 20);
		if ((status = print_guide(j, &out, &g, corr, now, e)) == 0)
			status = deliver(j, corr, &out, true, e);
		j->written += status == 0;
		buf_release(&out);
	}
	guide_release(&g);
	return status;
}

/* By its first event. */
static bool
in_period(const struct job *j, const struct story *s)
{
	int64_t first = INT64_MAX;

	for (unsigned i = 0; i < s->n; i++)
		first = s->m[i].time < first ? s->m[i].time : first;
	return s->n == 0 || (first >= j->period.from && first < j->period.to);
}

/* The namespaces there are, as far as there is room: for a --namespace that is none of them. */
static void
note_namespace(struct job *j, const struct rebuilt_rr *rr)
{
	if (j->namespace == NULL || rr->target_namespace[0] == '\0')
		return;
	for (unsigned i = 0; i < j->n_namespaces; i++)
		if (strcmp(j->namespaces[i], rr->target_namespace) == 0)
			return;
	j->namespace_known |= strcmp(j->namespace, rr->target_namespace) == 0;
	if (j->n_namespaces < NAMESPACES &&
	    (j->namespaces[j->n_namespaces] = strdup(rr->target_namespace)) != NULL)
		j->n_namespaces++;
}

/* A filter that matches nothing says so with what there is. */
static void
tell_namespaces(const struct job *j)
{
	struct buf b;

	if (j->namespace == NULL || j->namespace_known)
		return;
	buf_init(&b, 6000);
	for (unsigned i = 0; i < j->n_namespaces; i++)
		buf_printf(&b, "%s%s", i ? ", " : "", j->namespaces[i]);
	buf_byte(&b, '\0');
	cli_note(j->c, "--namespace %.253s: no remediation here has a target in it; there %s: %s%s",
	    j->namespace, j->n_namespaces == 1 ? "is" : "are",
	    j->n_namespaces ? (char *)b.p : "none",
	    j->n_namespaces == NAMESPACES ? " and perhaps more" : "");
	buf_release(&b);
}

static bool
wanted(const struct job *j, const struct rebuilt_rr *rr)
{
	return (j->namespace == NULL || strcmp(j->namespace, rr->target_namespace) == 0) &&
	    (j->phase == NULL || strcmp(j->phase, rr->phase) == 0) &&
	    (j->outcome == NULL || strcmp(j->outcome, rr->outcome) == 0);
}

static int
one(struct job *j, const struct story *s, const struct correlation *corr, struct err *e)
{
	struct children children = { 0 };
	struct rebuilt_rr rr;
	struct buf out;
	int status = 0, rc;

	rebuilt_init(&rr);
	buf_init(&out, 512u << 20);
	/* filters look at the rebuilt object, since no event has all of it */
	if ((rc = rebuild_rr(&rr, s, corr, &j->wish, e)) < 0) {
		status = e->status;
	} else if (note_namespace(j, &rr), !in_period(j, s) || (rc == 0 && !wanted(j, &rr))) {
		j->passed++;
	} else if (rc) {
		/* without its first event the object has no spec to show */
		status = refuse(j, corr, EX_DATA_ERR, "reconstruction/missing-gateway-event",
		    "Missing Gateway Event", 400,
		    j->form == FORM_YAML ? "no event begins this remediation "
					   "(gateway.signal.received or apifrontend.rr.created): "
					   "its spec is not in evidence; --partial shows what is" :
					   "no event begins this remediation",
		    e);
	} else if ((j->children || j->gathered) &&
	    children_rebuild(&children, s, corr, rr.namespace)) {
		/* children only where somebody asked: they cost a second reading */
		err_nomem(e);
		status = e->status;
	} else {
		if (j->gathered)
			status = tree_add(j->tree, j, s, corr, &rr, &children, e);
		else if ((status = print_rebuilt(j, &out, s, corr, &rr, &children, e)) == 0)
			status = deliver(j, corr, &out, true, e);
		j->written += status == 0;
	}
	children_release(&children);
	rebuilt_release(&rr);
	buf_release(&out);
	return status;
}

/* One story, as far as --at reaches. 0, or the exit status. */
static int
rebuild_story(struct job *j, struct story *s, const struct correlation *corr, struct err *e)
{
	j->asked++;
	if (story_until(s, j->until, j->before))
		return err_nomem(e), e->status;
	return j->guide ? one_guide(j, s, corr, e) : one(j, s, corr, e);
}

static int
rebuild(void *arg, struct browse *b, const struct correlation *corr)
{
	struct job *j = arg;
	struct story s = { 0 };
	struct err *e = &b->ev.err;
	int status = story_load(&s, &b->r, corr, e) ? e->status : rebuild_story(j, &s, corr, e);

	story_release(&s);
	return status;
}

/* One that cannot be rebuilt does not end the pass. */
static int
rebuild_next(void *arg, const struct correlation *corr, struct story *s)
{
	struct job *j = arg;
	struct err *e = &j->ev->err;

	rebuild_story(j, s, corr, e);
	return e->status ? -1 : 0;
}

/* Every remediation, in the order of the log. The exit status. */
static int
rebuild_all(struct job *j, struct browse *b)
{
	struct err *e = &b->ev.err;

	stories_in_order(&b->r, &b->cat, !j->guide, rebuild_next, j, e);
	return e->status ? cli_fail(j->c, e) : evidence_banner(&b->ev);
}

/* What stands before and behind all of them. */
static void
begin(const struct job *j)
{
	struct emit e;
	struct buf b;

	if (!j->list)
		return;
	if (j->form == FORM_YAML) {
		fputs("# Rebuilt from audit events by exhibit. To be kept, not applied: "
		      "exhibit(1), "
		      "under RECONSTRUCT.\n"
		      "apiVersion: v1\nkind: List\nmetadata: {}\n",
		    stdout);
		return;
	}
	buf_init(&b, 4096);
	emit_init(&e, &b);
	emit_object(&e, NULL);
	emit_str(&e, "apiVersion", "v1");
	emit_str(&e, "kind", "List");
	emit_object(&e, "metadata");
	emit_end(&e);
	emit_array(&e, "items");
	fwrite(b.p, 1, b.len, stdout);
	buf_release(&b);
}

static void
end(const struct job *j)
{
	if (j->list)
		fputs(j->form != FORM_YAML ? "]}\n" : j->written ? "" : "items: []\n", stdout);
	else if (j->form == FORM_JSON && j->several && j->dir.fd < 0) {
		if (j->written + j->refused == 0)
			evidence_begin_list("remediations");
		evidence_end_list(j->ev);
	}
}

/* What was given, each option by itself; nothing is checked here. */
static void
take_job(struct job *j, const struct cli *c)
{
	const char *o = cli_get(c, "output");

	*j = (struct job){ .c = c,
		.form = o == NULL || strcmp(o, "yaml") == 0 || strcmp(o, "table") == 0 ? FORM_YAML :
		    strcmp(o, "json") == 0                                             ? FORM_JSON :
											 FORM_LINES,
		.guide = cli_get(c, "profile") != NULL,
		.all = cli_get(c, "all") != NULL,
		.bare = cli_get(c, "no-comments") != NULL,
		.children = cli_get(c, "children") != NULL,
		.list = cli_get(c, "list") != NULL,
		.provenance = cli_get(c, "provenance") != NULL || (o && strcmp(o, "table") == 0),
		.gathered = cli_get(c, "layout") != NULL,
		.wish = { .partial = cli_get(c, "partial") != NULL },
		.now = INT64_MIN,
		.until = INT64_MAX,
		.before = UINT64_MAX,
		.period = { INT64_MIN, INT64_MAX },
		.namespace = cli_get(c, "namespace"),
		.phase = cli_get(c, "phase"),
		.outcome = cli_get(c, "outcome"),
		.dir.fd = -1 };
	j->several = j->all || cli_nth(c, "id", 1) != NULL;
}

/* Times, positions and words: each wrong one is told by itself, with what would be right. 0, or
 * the exit status. */
static int
take_values(struct job *j)
{
	const struct cli *c = j->c;
	const char *profile = cli_get(c, "profile"), *now = cli_get(c, "now"),
		   *at = cli_get(c, "at"), *status = cli_get(c, "status"),
		   *period = cli_get(c, "period"), *o = cli_get(c, "output");
	struct utc_span t;

	if (o && j->form == FORM_LINES && strcmp(o, "jsonl"))
		return cli_usage(c, "-o wants yaml, json, jsonl or table");
	if (profile && strcmp(profile, "guide"))
		return cli_usage(c, "--profile: want guide");
	if (now && (utc_span_parse(now, strlen(now), &t) != UTC_OK || !profile))
		return cli_usage(c, "--now wants " UTC_WANTED ", and --profile guide");
	j->now = now ? t.from : INT64_MIN;
	/* a position of the log, or a time */
	if (at && !dec_u64(at, strlen(at), &j->before)) {
		if (utc_span_parse(at, strlen(at), &t) != UTC_OK)
			return cli_usage(c, "--at wants a position of the log, " UTC_WANTED);
		j->until = t.to - 1; /* the last instant that it names */
		j->before = UINT64_MAX;
	}
	if (period && !period_parse(period, &j->period))
		return cli_usage(c,
		    "--period wants A..B, dates or times such as 2026-11-20T12:00:00Z; either may "
		    "be left out");
	if (status && strcmp(status, "nested") && strcmp(status, "flat"))
		return cli_usage(c, "--status: want nested or flat");
	j->wish.layout = status == NULL ? LAYOUT_BY_EVENTS :
	    status[0] == 'f'            ? LAYOUT_FLAT :
					  LAYOUT_NESTED;
	return 0;
}

/* The options of the verb, and what may not stand beside what. 0, or the exit status. */
static int
job_of(struct job *j, const struct cli *c)
{
	const char *status = cli_get(c, "status"), *layout = cli_get(c, "layout"),
		   *dir = cli_get(c, "out-dir");
	bool filtered;
	int rc;

	take_job(j, c);
	if ((rc = take_values(j)) != 0)
		return rc;
	filtered = cli_get(c, "period") || j->namespace || j->phase || j->outcome;
	if (layout && (strcmp(layout, "must-gather") || dir == NULL || cli_get(c, "output")))
		return cli_usage(c, "--layout: want must-gather, --out-dir DIR, and no -o");
	/* what is to be rebuilt: one way to say it */
	if ((cli_get(c, "id") == NULL) == !j->all)
		return cli_usage(c, "reconstruct wants --id ID or --all");
	/* the source's answer has no options of ours */
	if (j->guide &&
	    (filtered || layout || j->children || j->list || j->provenance || status ||
		j->wish.partial))
		return cli_usage(c,
		    "--profile guide is the source's own answer: it takes --id, --all, --at, "
		    "--now, --out-dir and -o only");
	/* a list goes to one place */
	if (j->list && (j->provenance || dir))
		return cli_usage(
		    c, "--list is one list on stdout: without --provenance and --out-dir");
	return 0;
}

/* What came of it, where it is not on stdout, or not whole. */
static void
tell(const struct job *j)
{
	if (j->dir.fd >= 0)
		cli_note(j->c, "%" PRIu64 " remediations written to %s", j->written, j->dir.path);
	if (j->several && j->refused)
		cli_note(j->c, "%" PRIu64 " remediations could not be rebuilt", j->refused);
	if (j->several && j->passed)
		cli_note(j->c,
		    "%" PRIu64 " remediations were passed over by --period, --namespace, --phase "
		    "or --outcome",
		    j->passed);
}

int
cmd_reconstruct(const struct cli *c)
{
	const char *dir = cli_get(c, "out-dir"), *id;
	struct err e = { 0 };
	struct browse b;
	struct buf out;
	struct job j;
	int status = job_of(&j, c);

	if (status)
		return status;
	/* a folder is opened before the sandbox closes */
	if (dir && outdir_open(&j.dir, dir, &e))
		return cli_fail(c, &e);
	if ((status = browse_open(&b, c, dir ? &(struct sandbox_may){ dir, NULL, NULL } : NULL)) ==
		0 &&
	    j.gathered && (j.tree = tree_new(&j.dir)) == NULL) {
		err_nomem(&b.ev.err);
		status = cli_fail(c, &b.ev.err);
	}
	j.ev = &b.ev;
	if (status == 0) {
		reading_wants(&b.r, 0);
		begin(&j);
		status = j.all ? rebuild_all(&j, &b) : browse_ids(&b, rebuild, &j);
		/* a correlation that is not here is answered in the form that was asked for */
		if (status == EX_NO_SUCH && j.form != FORM_YAML && !j.list && j.dir.fd < 0 &&
		    (id = cli_nth(c, "id", j.asked)) != NULL) {
			buf_init(&out, 65536);
			print_problem(&out, "audit/correlation-not-found", "Audit Events Not Found",
			    404, "no event of this correlation is in the archive", id, strlen(id));
			if (j.form == FORM_JSON && j.several) {
				between(&j);
				j.refused++;
			}
			fwrite(out.p, 1, out.len, stdout);
			buf_release(&out);
		}
		if (j.tree && b.ev.err.status == 0 && tree_finish(j.tree, &b.ev.err))
			status = cli_fail(c, &b.ev.err);
		end(&j);
		tell(&j);
		tell_namespaces(&j);
	}
	for (unsigned i = 0; i < j.n_namespaces; i++)
		free(j.namespaces[i]);
	tree_free(j.tree);
	outdir_close(&j.dir);
	browse_close(&b);
	return status;
}
