/*
 * The answer of the source's own reconstruction (rebuild.md B-6; reference: rr-field-map 4): its
 * eight event types in its order, its metadata, its
 * completeness, its refusals. What it gets wrong (group, outcome, provider data) is given as it
 * gives it.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "json/emit.h"
#include "rebuild/guide.h"

#define ROWS 1000u /* the source reads no more */

enum {
	NAME,
	TYPE,
	FINGERPRINT,
	CLUSTER,
	PROVIDER,
	OUTCOME,
	BUNDLE,
	VERSION,
	WORKFLOW,
	EXECUTION,
	EXECUTION_NAMESPACE,
	ANALYZING,
	EXECUTING,
	GLOBAL,
	PROCESSING,
	TEXTS
};

struct answer {
	struct buf text[TEXTS]; /* as JSON strings; empty: none */
	struct buf payload;     /* the JSON text itself */
	/* signalLabels, signalAnnotations: members of a JSON object */
	struct buf map[2];
	struct json_doc *d;
	enum guide_server server;
	bool genesis;
	unsigned read; /* events that could be parsed */
};

static const enum event_type types[] = { ET_GATEWAY_SIGNAL_RECEIVED, ET_APIFRONTEND_RR_CREATED,
	ET_AIANALYSIS_ANALYSIS_COMPLETED, ET_WORKFLOWEXECUTION_SELECTION_COMPLETED,
	ET_WORKFLOWEXECUTION_EXECUTION_STARTED, ET_ORCHESTRATOR_LIFECYCLE_CREATED,
	ET_ORCHESTRATOR_LIFECYCLE_COMPLETED, ET_ORCHESTRATOR_LIFECYCLE_FAILED };

/* Does the server read the type? Those before 1.6 know no request in a session, and no end. */
static bool
reads(enum guide_server server, unsigned type)
{
	return server == SERVER_NOW || (type != 1 && type < 6);
}

static int
by_time(const void *pa, const void *pb)
{
	const struct moment *a = *(const struct moment *const *)pa,
			    *b = *(const struct moment *const *)pb;

	return a->time != b->time ? a->time < b->time ? -1 : 1 : memcmp(a->id, b->id, 16);
}

static void
take(struct answer *g, unsigned k, const char *path)
{
	uint32_t i = json_path(g->d, 0, path);

	if (i == JSON_NONE || g->d->node[i].type != JSON_STRING || g->d->node[i].str_len == 0)
		return;
	buf_clear(&g->text[k]);
	text_json(&g->text[k], json_str(g->d, i), g->d->node[i].str_len);
}

static void
take_word(struct answer *g, unsigned k, const char *s)
{
	buf_clear(&g->text[k]);
	if (s && s[0])
		text_json(&g->text[k], s, strlen(s));
}

/* jsonb's text without its spaces: what the source's encoders make of a value; the one that passes
 * values through escapes < > & too. */
static int
compact(struct json_doc *d, uint32_t i, bool html, struct buf *out)
{
	struct buf t;
	bool in_string = false;
	int rc;

	buf_init(&t, EX_MAX_BODY);
	if ((rc = json_write(d, i, JSON_POSTGRES, &t)) == 0)
		for (size_t k = 0; k < t.len; k++) {
			unsigned char c = t.p[k];

			if (in_string && c == '\\') {
				buf_put(out, t.p + k++, 2);
				continue;
			}
			in_string ^= c == '"';
			if (html && in_string && (c == '<' || c == '>' || c == '&'))
				buf_printf(out, "\\u%04x", c);
			else if (html && in_string && c == 0xe2 && k + 2 < t.len &&
			    t.p[k + 1] == 0x80 && (t.p[k + 2] == 0xa8 || t.p[k + 2] == 0xa9)) {
				buf_printf(out, "\\u20%02x", t.p[k + 2] - 0x80);
				k += 2;
			} else if (in_string || c != ' ')
				buf_byte(out, c);
		}
	buf_release(&t);
	return rc;
}

/* Members are merged key by key: a later one of a name replaces an earlier one. */
static void
merge(struct answer *g, struct buf *map, const char *name)
{
	uint32_t i = json_member(g->d, 0, name);
	struct json_doc was;
	struct buf old;

	if (i == JSON_NONE || g->d->node[i].type != JSON_OBJECT || g->d->node[i].first == JSON_NONE)
		return;
	/* as the server: the old map is parsed again, and only what the new one does not name is
	 * kept */
	json_init(&was);
	buf_init(&old, EX_MAX_BODY);
	buf_byte(&old, '{');
	buf_put(&old, map->p, map->len);
	buf_byte(&old, '}');
	buf_clear(map);
	if (json_parse(&was, (char *)old.p, old.len, 4) == 0)
		for (uint32_t k = was.node[0].first; k != JSON_NONE; k = was.node[k].next) {
			bool again = false;

			for (uint32_t q = g->d->node[i].first; q != JSON_NONE && !again;
			     q = g->d->node[q].next)
				again = g->d->node[q].name_len == was.node[k].name_len &&
				    memcmp(json_name(g->d, q), json_name(&was, k),
					was.node[k].name_len) == 0;
			if (again)
				continue;
			buf_str(map, map->len ? "," : "");
			text_json(map, json_name(&was, k), was.node[k].name_len);
			buf_byte(map, ':');
			buf_put(map, json_src(&was, k), was.node[k].src_len);
		}
	/* members that are no text are left out by the server's decoder */
	for (uint32_t q = g->d->node[i].first; q != JSON_NONE; q = g->d->node[q].next)
		if (g->d->node[q].type == JSON_STRING) {
			buf_str(map, map->len ? "," : "");
			text_json(map, json_name(g->d, q), g->d->node[q].name_len);
			buf_byte(map, ':');
			text_json(map, json_str(g->d, q), g->d->node[q].str_len);
		}
	json_release(&was);
	buf_release(&old);
}

/* The summary of the analysis, in the order of the encoder's struct. */
static void
provider(struct answer *g)
{
	static const char *const name[] = { "incident_id", "analysis_preview",
		"selected_workflow_id", "needs_human_review", "warnings_count" };
	uint32_t s = json_member(g->d, 0, "provider_response_summary");
	struct emit e;
	struct buf t;

	if (s == JSON_NONE || g->d->node[s].type != JSON_OBJECT)
		return;
	buf_init(&t, EX_MAX_BODY);
	emit_init(&e, &t);
	emit_object(&e, NULL);
	for (unsigned k = 0; k < 5; k++) {
		uint32_t i = json_member(g->d, s, name[k]);

		if (i != JSON_NONE)
			compact(g->d, i, false, emit_value(&e, name[k]));
	}
	emit_end(&e);
	buf_clear(&g->text[PROVIDER]);
	text_json(&g->text[PROVIDER], t.p, t.len);
	buf_release(&t);
}

static void
read_event(struct answer *g, const struct moment *m)
{
	enum event_type t = m->kind;
	uint32_t i;

	/* the cluster stands in the row, of whatever type */
	if (m->cluster && m->cluster[0])
		take_word(g, CLUSTER, m->cluster);
	if (t == types[0]) {
		i = json_member(g->d, 0, "signal_name");
		if (i == JSON_NONE || g->d->node[i].type != JSON_STRING ||
		    g->d->node[i].str_len == 0)
			/* the source cannot parse it, and goes on */
			return;
		g->read++;
		/* texts are replaced by what a later event says, maps are merged */
		g->genesis = true;
		take(g, NAME, "signal_name");
		take(g, TYPE, "signal_type");
		take(g, FINGERPRINT, "fingerprint");
		merge(g, &g->map[0], "signal_labels");
		merge(g, &g->map[1], "signal_annotations");
		if ((i = json_member(g->d, 0, "original_payload")) != JSON_NONE &&
		    g->d->node[i].type == JSON_OBJECT &&
		    /* an empty one counts for 1.4 alone */
		    (g->d->node[i].first != JSON_NONE || g->server == SERVER_14)) {
			buf_clear(&g->payload);
			compact(g->d, i, true, &g->payload);
		}
		return;
	}
	g->read++;
	if (t == types[1]) {
		g->genesis = true;
		take(g, NAME, "signal_name");
		take(g, FINGERPRINT, "fingerprint");
		take_word(g, TYPE, "alert");
	} else if (t == types[2]) {
		provider(g);
	} else if (t == types[3]) {
		take(g, WORKFLOW, "workflow_id");
		take(g, VERSION, "workflow_version");
		take(g, BUNDLE, "container_image");
	} else if (t == types[4]) {
		take(g, EXECUTION, "execution_name");
		take_word(g, EXECUTION_NAMESPACE, m->namespace);
	} else if (t == types[5]) {
		take(g, ANALYZING, "timeout_config.analyzing");
		take(g, EXECUTING, "timeout_config.executing");
		take(g, GLOBAL, "timeout_config.global");
		take(g, PROCESSING, "timeout_config.processing");
	} else {
		take(g, OUTCOME, "outcome");
	}
}

/* Nothing where nothing is known. */
static void
put(struct emit *e, const char *name, const struct buf *value)
{
	emit_ours(e, name, value->p, value->len);
}

/* Members of the status. */
static void
put_status(const struct answer *g, struct emit *e)
{
	/* the server writes a group when one of its members is there, and then leaves out the empty
	 * ones */
	bool timeouts = g->text[ANALYZING].len || g->text[EXECUTING].len || g->text[GLOBAL].len ||
	    g->text[PROCESSING].len;

	if (g->text[OUTCOME].len) {
		emit_object(e, "completionStatus");
		put(e, "outcome", &g->text[OUTCOME]);
		emit_end(e);
	}
	if (timeouts) {
		emit_object(e, "timeoutConfig");
		put(e, "analyzing", &g->text[ANALYZING]);
		put(e, "executing", &g->text[EXECUTING]);
		put(e, "global", &g->text[GLOBAL]);
		put(e, "processing", &g->text[PROCESSING]);
		emit_end(e);
	}
	if (g->text[EXECUTION].len == 0 && g->text[WORKFLOW].len == 0)
		return;
	emit_object(e, "workflowSelection");
	if (g->text[EXECUTION].len) {
		emit_object(e, "executionRef");
		emit_str(e, "apiVersion", "workflowexecution.kubernaut.ai/v1alpha1");
		emit_str(e, "kind", "WorkflowExecution");
		put(e, "name", &g->text[EXECUTION]);
		put(e, "namespace", &g->text[EXECUTION_NAMESPACE]);
		emit_end(e);
	}
	if (g->text[WORKFLOW].len) {
		emit_object(e, "selectedWorkflowRef");
		put(e, "executionBundle", &g->text[BUNDLE]);
		put(e, "version", &g->text[VERSION]);
		put(e, "workflowId", &g->text[WORKFLOW]);
		emit_end(e);
	}
	emit_end(e);
}

static void
put_metadata(struct emit *e, const struct correlation *c, int64_t now)
{
	struct buf name;

	emit_object(e, "metadata");
	emit_object(e, "annotations");
	emit_text(e, "kubernaut.ai/correlation-id", c->text, c->n);
	/* the server's clock has seconds here */
	emit_time(e, "kubernaut.ai/reconstructed-at", utc_seconds(now));
	emit_str(e, "kubernaut.ai/reconstruction-source", "audit-trail");
	emit_end(e);
	emit_array(e, "finalizers");
	emit_str(e, NULL, "kubernaut.ai/audit-retention");
	emit_end(e);
	emit_object(e, "labels");
	emit_str(e, "app.kubernetes.io/managed-by", "kubernaut-datastorage");
	emit_text(e, "kubernaut.ai/correlation-id", c->text, c->n);
	emit_str(e, "kubernaut.ai/reconstructed", "true");
	emit_end(e);
	buf_init(&name, 65536);
	buf_str(&name, "rr-reconstructed-");
	buf_put(&name, c->text, c->n);
	buf_printf(&name, "-%" PRId64, now / 1000000);
	emit_text(e, "name", (const char *)name.p, name.len);
	buf_release(&name);
	emit_str(e, "namespace", "kubernaut-system");
	emit_end(e);
}

/* Members that are there also when nothing is known of them are printed empty. */
static void
put_spec(const struct answer *g, struct emit *e)
{
	emit_object(e, "spec");
	put(e, "clusterID", &g->text[CLUSTER]);
	emit_null(e, "firingTime");
	if (g->payload.len)
		emit_text(e, "originalPayload", (const char *)g->payload.p, g->payload.len);
	put(e, "providerData", &g->text[PROVIDER]);
	emit_null(e, "receivedTime");
	emit_str(e, "severity", "");
	for (int k = 1; k >= 0; k--)
		if (g->map[k].len) {
			emit_object(e, k ? "signalAnnotations" : "signalLabels");
			emit_list(e, g->map[k].p, g->map[k].len);
			emit_end(e);
		}
	if (g->text[FINGERPRINT].len)
		put(e, "signalFingerprint", &g->text[FINGERPRINT]);
	else
		emit_str(e, "signalFingerprint", "");
	put(e, "signalName", &g->text[NAME]);
	put(e, "signalType", &g->text[TYPE]);
	emit_object(e, "targetResource");
	emit_str(e, "kind", "");
	emit_str(e, "name", "");
	emit_end(e);
	emit_str(e, "targetType", "");
	emit_end(e);
}

/* Members in the order of the server's own encoder, empty ones as it writes them: the answer is
 * compared byte by byte. */
static void
object(const struct answer *g, struct buf *b, const struct correlation *c, int64_t now)
{
	struct emit e;

	emit_init(&e, b);
	emit_object(&e, NULL);
	emit_str(&e, "apiVersion", "remediation.kubernaut.ai/v1alpha1");
	emit_str(&e, "kind", "RemediationRequest");
	put_metadata(&e, c, now);
	put_spec(g, &e);
	emit_object(&e, "status");
	put_status(g, &e);
	emit_end(&e);
	emit_end(&e);
}

/* A sentence more in a list of them. */
static void
add(struct buf *list, const char *sentence)
{
	struct emit e;

	emit_within(&e, list);
	emit_str(&e, NULL, sentence);
}

/* What is counted, and the source's words for what is missing. */
static void
validate(struct answer *g, struct guide *ret)
{
	/* a timeout of any phase counts as one of nine */
	bool timeouts = g->text[ANALYZING].len || g->text[EXECUTING].len || g->text[GLOBAL].len ||
	    g->text[PROCESSING].len;
	/* the server's own words, in its own order, its gap numbers included */
	const struct {
		bool there;
		const char *missing;
	} counted[] = { { g->map[0].len,
			    "SignalLabels are missing (Gap #2) - labels provide context for "
			    "signal" },
		{ g->map[1].len,
		    "SignalAnnotations are missing (Gap #3) - annotations provide additional "
		    "metadata" },
		{ g->payload.len,
		    "OriginalPayload is missing (Gap #1) - full audit trail requires original "
		    "data" },
		{ timeouts,
		    "TimeoutConfig is missing (Gap #8) - operational timeouts may use defaults" },
		{ g->text[PROVIDER].len,
		    "providerData is missing (Gap #4) - AI analysis summary unavailable" },
		{ g->text[WORKFLOW].len,
		    "selectedWorkflowRef is missing (Gap #5) - workflow selection data "
		    "unavailable" },
		{ g->text[EXECUTION].len,
		    "executionRef is missing (Gap #6) - workflow execution reference "
		    "unavailable" } };
	/* nine in all: these seven, the name and the type */
	unsigned n = (g->text[NAME].len ? 1u : 0u) + (g->text[TYPE].len ? 1u : 0u);

	if (g->text[TYPE].len == 0)
		add(&ret->errors, "SignalType is required in Spec");
	for (unsigned k = 0; k < sizeof counted / sizeof *counted; k++) {
		n += counted[k].there;
		if (!counted[k].there)
			add(&ret->warnings, counted[k].missing);
	}
	/* in percent, rounded down as integers are */
	ret->completeness = 100 * n / 9;
}

/* The server that wrote the rows: by the newest schema among them. */
static enum guide_server
server_of(const struct story *s)
{
	enum guide_server server = s->n ? SERVER_14 : SERVER_NOW;

	for (unsigned i = 0; i < s->n; i++) {
		enum guide_server one = !s->m[i].cluster_name ? SERVER_NOW :
		    s->m[i].zoneless                          ? SERVER_14 :
								SERVER_15;

		server = one < server ? one : server;
	}
	return server;
}

static void
crd_error(struct guide *ret, bool wrong, const char *sentence)
{
	if (wrong)
		add(&ret->crd_errors, sentence);
}

/* Is it a JSON string of 64 hex digits, as the CRD wants fingerprints? */
static bool
is_fingerprint(const struct buf *b)
{
	bool fits = b->len == 66;

	for (size_t i = 1; i < 65 && fits; i++)
		fits = (b->p[i] >= '0' && b->p[i] <= '9') || (b->p[i] >= 'a' && b->p[i] <= 'f');
	return fits;
}

/* The object against the CRD: what the source leaves out, and what it fills with what is none. */
static void
crd_check(const struct answer *g, struct guide *ret)
{
	crd_error(ret, true, "apiVersion: the CRD is of the group kubernaut.ai");
	crd_error(ret, true, "spec.firingTime: null, want a time");
	crd_error(ret, true, "spec.receivedTime: null, want a time");
	crd_error(ret, true, "spec.severity: empty, want 1 to 50 characters");
	crd_error(ret, !is_fingerprint(&g->text[FINGERPRINT]),
	    "spec.signalFingerprint: want 64 hex digits");
	crd_error(ret, g->text[NAME].len == 0, "spec.signalName: missing");
	crd_error(ret, g->text[TYPE].len == 0, "spec.signalType: missing");
	crd_error(
	    ret, true, "spec.targetType: empty, want one of kubernetes, aws, azure, gcp, datadog");
}

/* In the order in which the server finds them. n: events that it selected. */
static enum guide_refusal
refusal(const struct answer *g, unsigned n, unsigned completeness)
{
	if (n == 0)
		return GUIDE_NOT_FOUND;
	if (g->read == 0)
		return GUIDE_UNREADABLE;
	if (!g->genesis || g->text[NAME].len == 0)
		return GUIDE_NO_GENESIS;
	return completeness < 50 ? GUIDE_INCOMPLETE : GUIDE_FINE;
}

int
guide_rebuild(struct guide *ret, const struct story *s, const struct correlation *c, int64_t now)
{
	struct moment **m = malloc((s->n + 1) * sizeof *m);
	struct answer g = { .server = server_of(s) };
	unsigned n = 0;
	int rc = 0;

	/* every buffer has its ceiling before anything is read into it */
	buf_init(&ret->object, 64u << 20);
	buf_init(&ret->errors, 65536);
	buf_init(&ret->cluster, EX_MAX_BODY);
	buf_init(&ret->crd_errors, 65536);
	ret->server = g.server;
	buf_init(&ret->warnings, 65536);
	ret->refused = GUIDE_FINE;
	ret->completeness = 0;
	/* first the events that this version of the server would select, since they alone can
	 * refuse the answer */
	if (m == NULL)
		return -1;
	for (unsigned i = 0; i < TEXTS; i++)
		buf_init(&g.text[i], EX_MAX_BODY);
	buf_init(&g.payload, EX_MAX_BODY);
	buf_init(&g.map[0], EX_MAX_BODY);
	buf_init(&g.map[1], EX_MAX_BODY);
	for (unsigned i = 0; i < s->n; i++)
		for (unsigned k = 0; k < sizeof types / sizeof *types; k++)
			/* its server knows the names of today only */
			if (reads(ret->server, k) && s->m[i].kind == types[k] && !s->m[i].older)
				m[n++] = &s->m[i];
	if (n)
		qsort(m, n, sizeof *m, by_time);
	/* what lies beyond ROWS the server has not read */
	for (unsigned i = 0; i < n && i < ROWS && rc >= 0; i++) {
		if ((g.d = moment_object(m[i])) != NULL)
			read_event(&g, m[i]);
		rc = moment_nomem(m[i]) ? -1 : 0;
	}
	validate(&g, ret);
	crd_check(&g, ret);
	if (ret->server == SERVER_NOW)
		buf_put(&ret->cluster, g.text[CLUSTER].p, g.text[CLUSTER].len);
	if ((ret->refused = refusal(&g, n, ret->completeness)) == GUIDE_FINE)
		object(&g, &ret->object, c, now);
	/* memory is told apart from what the source would refuse */
	for (unsigned i = 0; i < TEXTS; i++) {
		rc = g.text[i].nomem ? -1 : rc;
		buf_release(&g.text[i]);
	}
	rc = g.payload.nomem || g.map[0].nomem || g.map[1].nomem || ret->object.nomem ? -1 : rc;
	buf_release(&g.payload);
	buf_release(&g.map[0]);
	buf_release(&g.map[1]);
	free(m);
	return rc < 0 ? -1 : 0;
}

void
guide_release(struct guide *g)
{
	buf_release(&g->object);
	buf_release(&g->cluster);
	buf_release(&g->crd_errors);
	buf_release(&g->errors);
	buf_release(&g->warnings);
}
