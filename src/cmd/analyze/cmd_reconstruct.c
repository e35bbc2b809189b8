#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "cmd/analyze/analyze.h"
#include "rebuild/guide.h"
#include "rebuild/rebuild.h"

/* What is asked for, and where it goes. */
struct job {
	const struct cli *c;
	bool yaml, partial, guide, all;
	int64_t now, until;                /* µs; INT64_MIN, INT64_MAX: not given */
	uint64_t before;                   /* position; UINT64_MAX: not given */
	int dir;                           /* of --out-dir, -1: stdout */
	const char *dir_path;
	FILE *out;                         /* of this remediation */
	char name[256];                    /* of its file */
	uint64_t written, refused;
};

static void
problem(const struct job *j, const char *type, const char *title, int status, const char *detail, const struct correlation *c)
{
	struct buf b;

	buf_init(&b, 65536);
	buf_printf(&b, "{\"type\":\"https://kubernaut.ai/problems/%s\",\"title\":\"%s\",\"status\":%d,\"detail\":\"%s\",\"correlation_id\":", type, title, status, detail);
	text_json(&b, c->text, c->n);
	buf_str(&b, "}\n");
	fwrite(b.p, 1, b.len, j->out);
	buf_release(&b);
}

static bool
reserved(const char *name, size_t n)
{
	static const char *const word[] = { "con", "prn", "aux", "nul", "com", "lpt" };

	for (unsigned i = 0; i < 6; i++)
		if (n >= 3 && memcmp(name, word[i], 3) == 0 && (n == (i < 4 ? 3 : 4) || (n > 3 && name[3] == '.')))
			return true;
	return false;
}

/*
 * A file's name for a correlation id (rebuild.md B-7): small letters, digits, '-', '_' and '.' stand for themselves, all other bytes as %XX, and so the
 * first one where the name would be hidden, an option, or a device elsewhere; so two ids never share a name, not even where case is ignored. A long one is cut and has its digest.
 */
static void
file_name(const struct correlation *c, const char *suffix, char out[256])
{
	struct sha256 *sha;
	uint8_t d[32];
	char hex[65];
	size_t o = 0;

	for (size_t i = 0; i < c->n && o < 200; i++) {
		unsigned char x = (unsigned char)c->text[i];
		bool plain = (x >= 'a' && x <= 'z') || (x >= '0' && x <= '9') || x == '-' || x == '_' || x == '.';

		if (i == 0)
			plain = plain && x != '.' && x != '-' && !reserved(c->text, c->n);
		if (plain)
			out[o++] = (char)x;
		else
			o += (size_t)snprintf(out + o, 4, "%%%02X", x);
	}
	if (o >= 200 && (sha = sha256_new()) != NULL) {
		sha256_once(sha, c->text, c->n, d);
		sha256_free(sha);
		hex_of(d, 32, hex);
		o = 140;
		o += (size_t)snprintf(out + o, 70, "~%s", hex);
	}
	snprintf(out + o, 16, "%s%s", o ? "" : "%", suffix);
}

/* Opens where a remediation goes. A file that is there already is never touched. */
static int
begin(struct job *j, const struct correlation *corr, struct err *e)
{
	char *name = j->name;
	int fd;

	if (j->dir < 0)
		return 0;
	file_name(corr, j->yaml ? ".yaml" : ".json", name);
	if ((fd = openat(j->dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644)) < 0 || (j->out = fdopen(fd, "w")) == NULL) {
		if (fd >= 0)
			close(fd);
		err_errno(e, "%s/%s", j->dir_path, name);
		e->status = EX_CANT_CREATE;
		return -1;
	}
	return 0;
}

static int
finish(struct job *j, int status, struct err *e)
{
	j->written += status == 0;
	j->refused += status != 0;
	if (j->dir < 0)
		return status;
	if (fflush(j->out) | ferror(j->out) | fclose(j->out)) {
		err_set(e, EX_IO_ERR, "%s: a file cannot be written", j->dir_path);
		status = e->status;
	}
	j->out = stdout;
	if (status && j->yaml)                 /* a refusal is a JSON object, or words on stderr: no YAML */
		unlinkat(j->dir, j->name, 0);
	return status;
}

/* The object, as a member and as YAML in a text. */
static void
put_object(struct buf *out, const struct buf *object, const struct buf *yaml)
{
	buf_str(out, ",\"remediation_request\":");
	buf_put(out, object->p, object->len);
	buf_str(out, ",\"remediation_request_yaml\":");
	text_json(out, yaml->p, yaml->len);
}

static void
put_yaml(const struct job *j, const struct buf *yaml)
{
	fwrite(yaml->p, 1, yaml->len, j->out);
	if (j->all && j->dir < 0)
		fprintf(j->out, "---\n");
}

/* --profile guide: what the source's server would answer. */
static int
one_guide(struct job *j, struct reading *r, const struct correlation *corr, struct err *e)
{
	int64_t now = j->now;
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
	story_until(&s, j->until, j->before);
	if (now == INT64_MIN)                  /* no clock was given: that of the last event */
		for (unsigned i = 0; i < s.n; i++)
			now = s.m[i].time > now ? s.m[i].time : now;
	if (guide_rebuild(&g, &s, corr, now) || (g.refused == GUIDE_FINE && yaml_of_json(&text, g.object.p, g.object.len))) {
		err_nomem(e);
		status = e->status;
	} else if (g.refused == GUIDE_NOT_FOUND) {
		if (!j->all)
			problem(j, "audit/correlation-not-found", "Audit Events Not Found", 404, "no event of the types that the source rebuilds from", corr);
		status = EX_NO_SUCH;
	} else if (g.refused == GUIDE_NO_GENESIS) {
		problem(j, "reconstruction/missing-gateway-event", "Reconstruction Failed", 400, "Required audit events are missing or incomplete for reconstruction", corr);
		status = EX_DATA_ERR;
	} else if (g.refused == GUIDE_INCOMPLETE) {
		snprintf(detail, sizeof detail, "Reconstructed RR is only %u%% complete", g.completeness);
		problem(j, "reconstruction/incomplete-data", "Incomplete Reconstruction", 400, detail, corr);
		status = EX_DATA_ERR;
	} else if (j->yaml) {
		fprintf(j->out, "# As Kubernaut's own reconstruction answers: not the object that was, and none that its cluster accepts.\n");
		put_yaml(j, &text);
	} else {
		buf_str(&out, "{\"correlation_id\":");
		text_json(&out, corr->text, corr->n);
		buf_str(&out, ",\"reconstructed_at\":\"");
		utc_print(&out, UTC_REST, now, 0);
		buf_byte(&out, '"');
		put_object(&out, &g.object, &text);
		buf_printf(&out, ",\"validation\":{\"is_valid\":%s,\"completeness\":%u,\"errors\":[", g.errors.len ? "false" : "true", g.completeness);
		buf_put(&out, g.errors.p, g.errors.len);
		buf_str(&out, "],\"warnings\":[");
		buf_put(&out, g.warnings.p, g.warnings.len);
		buf_str(&out, "]}}\n");
		fwrite(out.p, 1, out.len, j->out);
	}
done:
	guide_release(&g);
	story_release(&s);
	buf_release(&text);
	buf_release(&out);
	return status;
}

static int
one(struct job *j, struct reading *r, const struct correlation *corr, struct err *e)
{
	struct story s = { 0 };
	struct rebuilt_rr rr;
	struct buf text, out;
	int status = 0, rc;

	rebuilt_init(&rr);
	buf_init(&text, 128u << 20);
	buf_init(&out, 512u << 20);
	rc = story_load(&s, r, corr, e);
	if (rc == 0)
		story_until(&s, j->until, j->before);
	if (rc || (rc = rebuild_rr(&rr, &s, corr, j->partial, e)) < 0) {
		status = e->status;
	} else if (rc) {
		if (j->yaml)
			fprintf(stderr, "exhibit: no event begins this remediation (gateway.signal.received or apifrontend.rr.created): its spec is not in evidence; --partial shows what is\n");
		else
			problem(j, "reconstruction/missing-gateway-event", "Missing Gateway Event", 400, "no event begins this remediation", corr);
		status = EX_DATA_ERR;
	} else if (yaml_of_json(&text, rr.object.p, rr.object.len)) {
		err_set(e, EX_SOFTWARE_ERR, "the object cannot be written as YAML");
		status = e->status;
	} else if (j->yaml) {
		fprintf(j->out, "# Rebuilt from audit events by exhibit. To be kept, not applied: `kubectl apply` drops status, and running controllers\n"
		    "# would start the remediation again. The procedure that is safe is in exhibit(1), under RECONSTRUCT.\n");
		if (rr.n_missing_required)
			fprintf(j->out, "# NOT VALID: %u required fields are not in evidence.\n", rr.n_missing_required);
		put_yaml(j, &text);
	} else {
		buf_str(&out, "{\"correlation_id\":");
		text_json(&out, corr->text, corr->n);
		put_object(&out, &rr.object, &text);
		buf_printf(&out, ",\"validation\":{\"is_valid\":%s,\"errors\":[", rr.n_missing_required ? "false" : "true");
		buf_put(&out, rr.errors.p, rr.errors.len);
		buf_str(&out, "],\"warnings\":[]},\"provenance\":[");
		buf_put(&out, rr.provenance.p, rr.provenance.len);
		buf_str(&out, "],\"missing\":[");
		buf_put(&out, rr.missing.p, rr.missing.len);
		buf_str(&out, "]}\n");
		fwrite(out.p, 1, out.len, j->out);
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

/* One remediation, to stdout or its file. */
static int
rebuild(struct job *j, struct reading *r, const struct correlation *corr, struct err *e)
{
	if (begin(j, corr, e))
		return e->status;
	return finish(j, j->guide ? one_guide(j, r, corr, e) : one(j, r, corr, e), e);
}

/* The options of the verb. 0, or the exit status. */
static int
job_of(struct job *j, const struct cli *c)
{
	const char *profile = cli_get(c, "profile"), *now = cli_get(c, "now"), *at = cli_get(c, "at"), *o = cli_get(c, "output"), *dir = cli_get(c, "out-dir");
	struct utc t;

	*j = (struct job){ .c = c, .yaml = o == NULL || strcmp(o, "yaml") == 0, .partial = cli_get(c, "partial") != NULL, .guide = profile != NULL, .all = cli_get(c, "all") != NULL,
		.now = INT64_MIN, .until = INT64_MAX, .before = UINT64_MAX, .dir = -1, .dir_path = dir, .out = stdout };
	if (profile && strcmp(profile, "guide"))
		return cli_usage(c, "--profile: want guide");
	if (now && (utc_parse(now, strlen(now), &t) != UTC_OK || !profile))
		return cli_usage(c, "--now wants a time such as 2026-11-20T12:00:00Z, and --profile guide");
	j->now = now ? t.us : INT64_MIN;
	if (at && !dec_u64(at, strlen(at), &j->before)) {
		if (utc_parse(at, strlen(at), &t) != UTC_OK)
			return cli_usage(c, "--at wants a time such as 2026-11-20T12:00:00Z, or a position of the log");
		j->until = t.us;
		j->before = UINT64_MAX;
	}
	if ((cli_get(c, "id") == NULL) == !j->all)
		return cli_usage(c, "reconstruct wants --id ID or --all");
	if (dir && ((mkdir(dir, 0755) && errno != EEXIST) || (j->dir = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0)) {
		struct err e = { 0 };

		err_errno(&e, "--out-dir %s", dir);
		e.status = EX_CANT_CREATE;
		return cli_fail(c, &e);
	}
	return 0;
}

int
cmd_reconstruct(const struct cli *c)
{
	struct evidence ev;
	struct reading r = { 0 };
	struct catalog cat = { 0 };
	const struct correlation *corr;
	const char *id, *ids[CLI_MAX];
	unsigned n = 0;
	struct job j;
	int status = job_of(&j, c);

	if (status)
		return status;
	if ((status = evidence_open(&ev, c, j.dir_path))) {
		evidence_close(&ev);
		return status;
	}
	while (n < CLI_MAX && (ids[n] = cli_nth(c, "id", n)) != NULL)
		n++;
	if (reading_init(&r, ev.archive, ev.n, &ev.findings, &ev.err) || (n ? catalog_load_some(&cat, &r, ids, n, &ev.err) : catalog_load(&cat, &r, &ev.err))) {
		status = cli_fail(c, &ev.err);
	} else if (j.all) {
		const struct correlation **order = in_log_order(&cat);

		for (unsigned i = 0; order && i < cat.n && ev.err.status == 0; i++)
			if (j.guide || order[i]->remediation)
				rebuild(&j, &r, order[i], &ev.err);
		if (order == NULL)
			err_nomem(&ev.err);
		free(order);
	} else {
		for (unsigned k = 0; (id = cli_nth(c, "id", k)) != NULL && status == 0; k++)
			status = catalog_find(&cat, &r, id, &corr, &ev.err) ? ev.err.status : rebuild(&j, &r, corr, &ev.err);
	}
	if (ev.err.status)
		status = cli_fail(c, &ev.err);
	else if (status == 0)
		status = evidence_banner(&ev);
	if (j.dir >= 0) {
		fprintf(stderr, "exhibit: %llu files in %s; %llu remediations are not in evidence\n", (unsigned long long)j.written, j.dir_path, (unsigned long long)j.refused);
		close(j.dir);
	}
	catalog_release(&cat);
	reading_release(&r);
	evidence_close(&ev);
	return status;
}
