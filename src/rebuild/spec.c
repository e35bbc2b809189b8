#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "rebuild/inner.h"

#define LABEL_BYTES 63                 /* the gateway cuts label values here */
#define ANNOTATION_BYTES 262000

void
rebuilt_init(struct rebuilt_rr *r)
{
	memset(r, 0, sizeof *r);
	buf_init(&r->object, 64u << 20);
	buf_init(&r->provenance, 1u << 20);
	buf_init(&r->missing, 1u << 20);
	buf_init(&r->errors, 1u << 20);
}

void
rebuilt_release(struct rebuilt_rr *r)
{
	buf_release(&r->object);
	buf_release(&r->provenance);
	buf_release(&r->missing);
	buf_release(&r->errors);
}

struct work {
	struct rebuilt_rr *r;
	const struct moment *m;            /* the first event */
	struct json_doc *d;                /* its payload */
	bool gateway;
	char namespace[254];               /* of the request */
};

static void
key(struct buf *b, const char *name)
{
	if (b->len && b->p[b->len - 1] != '{')
		buf_byte(b, ',');
	text_json(b, name, strlen(name));
	buf_byte(b, ':');
}

void
provenance_put(struct rebuilt_rr *r, const char *path, const struct moment *m, const char *grade, const char *rule)
{
	struct buf *b = &r->provenance;
	char id[37];

	uuid_of(m->id, id);
	buf_printf(b, "%s{\"path\":\"%s\",\"event_id\":\"%s\",\"position\":%llu,\"grade\":\"%s\",\"rule\":\"%s\"}", b->len ? "," : "", path, id,
	    (unsigned long long)m->position, grade, rule);
}

void
missing_put(struct rebuilt_rr *r, const char *path, const char *reason)
{
	buf_printf(&r->missing, "%s{\"path\":\"%s\",\"reason\":\"%s\"}", r->missing.len ? "," : "", path, reason);
}

static void
note(struct work *w, const char *path, const char *grade, const char *rule)
{
	provenance_put(w->r, path, w->m, grade, rule);
}

static void
lack(struct work *w, const char *path, const char *reason, bool required)
{
	missing_put(w->r, path, reason);
	if (required) {
		buf_printf(&w->r->errors, "%s\"%s is required and not in evidence\"", w->r->errors.len ? "," : "", path);
		w->r->n_missing_required++;
	}
}

/* spec.NAME from a string of the payload. */
static bool
copy(struct work *w, const char *name, const char *from, bool required)
{
	uint32_t i = json_path(w->d, 0, from);
	char path[96];

	snprintf(path, sizeof path, "spec.%s", name);
	if (i == JSON_NONE || w->d->node[i].type != JSON_STRING || w->d->node[i].str_len == 0) {
		lack(w, path, "the first event does not carry it", required);
		return false;
	}
	key(&w->r->object, name);
	text_json(&w->r->object, json_str(w->d, i), w->d->node[i].str_len);
	note(w, path, "exact", from);
	return true;
}

static void
constant(struct work *w, const char *name, const char *value, const char *rule)
{
	char path[96];

	key(&w->r->object, name);
	text_json(&w->r->object, value, strlen(value));
	snprintf(path, sizeof path, "spec.%s", name);
	note(w, path, "derived", rule);
}

static void
time_field(struct work *w, const char *name, int64_t us, const char *grade, const char *rule)
{
	struct buf t;
	char path[96];

	buf_init(&t, 64);
	utc_print(&t, UTC_REST, us - ((us % 1000000) + 1000000) % 1000000, 0);       /* whole seconds, as Kubernetes writes times */
	key(&w->r->object, name);
	text_json(&w->r->object, t.p, t.len);
	snprintf(path, sizeof path, "spec.%s", name);
	note(w, path, grade, rule);
	buf_release(&t);
}

/* A map of strings, values cut as the gateway cuts them; names sorted by bytes. */
static void
string_map(struct work *w, const char *name, const char *from, size_t cut)
{
	uint32_t i = json_path(w->d, 0, from), n = 0;
	struct buf *b = &w->r->object;
	struct buf sorted;
	struct json_doc s;
	char path[96];

	snprintf(path, sizeof path, "spec.%s", name);
	if (i == JSON_NONE || w->d->node[i].type != JSON_OBJECT || w->d->node[i].first == JSON_NONE) {
		lack(w, path, "empty or not in the first event", false);
		return;
	}
	/* written canonically and read again, the members come in order and once each */
	json_init(&s);
	buf_init(&sorted, EX_MAX_BODY);
	if (json_write(w->d, i, JSON_CANONICAL, &sorted) == 0 && json_parse(&s, (char *)sorted.p, sorted.len, EX_JSON_DEPTH) == 0) {
		key(b, name);
		buf_byte(b, '{');
		for (uint32_t k = s.node[0].first; k != JSON_NONE; k = s.node[k].next) {
			size_t len = s.node[k].str_len;

			if (s.node[k].type != JSON_STRING)
				continue;
			buf_str(b, n++ ? "," : "");
			text_json(b, json_name(&s, k), s.node[k].name_len);
			buf_byte(b, ':');
			text_json(b, json_str(&s, k), len > cut ? cut : len);
		}
		buf_byte(b, '}');
		note(w, path, "exact", from);
	}
	buf_release(&sorted);
	json_release(&s);
}

/* The alert of the payload that this signal is: same name, and labels that with the common ones on top give signal_labels. */
static bool
firing_time(struct work *w, int64_t *ret)
{
	struct json_doc *d = w->d;
	uint32_t alerts = json_path(d, 0, "original_payload.alerts"), first = json_path(d, 0, "original_payload.firstTimestamp"),
	    name = json_member(d, 0, "signal_name"), labels = json_member(d, 0, "signal_labels"), common = json_path(d, 0, "original_payload.commonLabels");
	struct utc t;

	if (first != JSON_NONE && d->node[first].type == JSON_STRING && utc_parse(json_str(d, first), d->node[first].str_len, &t) == UTC_OK && t.us > 0) {
		*ret = t.us;
		return true;
	}
	if (alerts == JSON_NONE || d->node[alerts].type != JSON_ARRAY || name == JSON_NONE)
		return false;
	for (uint32_t a = d->node[alerts].first; a != JSON_NONE; a = d->node[a].next) {
		uint32_t al = json_member(d, a, "labels"), an = json_member(d, al, "alertname"), at = json_member(d, a, "startsAt"), k;
		bool fits = true;

		if (an == JSON_NONE)
			an = json_member(d, common, "alertname");
		if (an == JSON_NONE || at == JSON_NONE || d->node[an].str_len != d->node[name].str_len ||
		    memcmp(json_str(d, an), json_str(d, name), d->node[an].str_len))
			continue;
		for (k = labels == JSON_NONE ? JSON_NONE : d->node[labels].first; k != JSON_NONE && fits; k = d->node[k].next) {
			char member[256];
			uint32_t x;

			if (d->node[k].name_len >= sizeof member)
				continue;
			memcpy(member, json_name(d, k), d->node[k].name_len);
			member[d->node[k].name_len] = '\0';
			x = json_member(d, common, member);
			if (x == JSON_NONE)
				x = json_member(d, al, member);
			fits = x != JSON_NONE && d->node[x].str_len == d->node[k].str_len && memcmp(json_str(d, x), json_str(d, k), d->node[k].str_len) == 0;
		}
		if (fits && utc_parse(json_str(d, at), d->node[at].str_len, &t) == UTC_OK && t.us > 0) {
			*ret = t.us;
			return true;
		}
	}
	return false;
}

/* Byte-exact: labels uncut and the namespace, as the gateway's encoder writes them. */
static void
provider_data(struct work *w)
{
	uint32_t labels = json_member(w->d, 0, "signal_labels"), ns = json_member(w->d, 0, "namespace");
	struct buf t;

	buf_init(&t, EX_MAX_BODY);
	buf_str(&t, "{\"labels\":");
	if (labels == JSON_NONE || w->d->node[labels].type != JSON_OBJECT || w->d->node[labels].first == JSON_NONE || json_write(w->d, labels, JSON_CANONICAL, &t))
		buf_str(&t, "null");
	buf_str(&t, ",\"namespace\":");
	json_canonical_string(&t, ns == JSON_NONE ? "" : json_str(w->d, ns), ns == JSON_NONE ? 0 : w->d->node[ns].str_len);
	buf_byte(&t, '}');
	key(&w->r->object, "providerData");
	text_json(&w->r->object, t.p, t.len);
	note(w, "spec.providerData", "derived", "signal_labels and namespace, in the gateway's encoding");
	buf_release(&t);
}

static void
target(struct work *w)
{
	struct buf *b = &w->r->object;
	static const char *const gateway[] = { "resource_kind", "resource_name", "namespace" }, *const front[] = { "target_kind", "target_name", "target_namespace" },
	    *const name[] = { "kind", "name", "namespace" };

	key(b, "targetResource");
	buf_byte(b, '{');
	for (int k = 0; k < 3; k++) {
		const char *from = w->gateway ? gateway[k] : front[k];
		uint32_t i = json_member(w->d, 0, from);
		char path[96];

		snprintf(path, sizeof path, "spec.targetResource.%s", name[k]);
		if (i == JSON_NONE || w->d->node[i].type != JSON_STRING || w->d->node[i].str_len == 0) {
			lack(w, path, k == 2 ? "empty for cluster scope, or not in the first event" : "the first event does not carry it", k < 2);
			continue;
		}
		key(b, name[k]);
		text_json(b, json_str(w->d, i), w->d->node[i].str_len);
		note(w, path, "exact", from);
	}
	buf_byte(b, '}');
	lack(w, "spec.targetResource.apiVersion", "no event carries it", false);
}

/* Fields of spec that other events than the first repeat. */
static const struct { const char *type, *from, *name; } elsewhere[] = {
	{ "signalprocessing.classification.decision", "external_severity", "severity" }, { "remediation.workflow_created", "signal_fingerprint", "signalFingerprint" },
	{ "aiagent.session.started", "signal_name", "signalName" }, { "remediation.workflow_created", "signal_type", "signalType" }
};

/* Such a field, from the first event that has it. */
static void
repeated(struct work *w, const struct story *s, size_t k)
{
	bool found = false;
	char path[96];

	snprintf(path, sizeof path, "spec.%s", elsewhere[k].name);
	for (unsigned i = 0; i < s->n && !found; i++) {
		struct json_doc d;
		uint32_t at;

		if (strcmp(s->m[i].type, elsewhere[k].type) || s->m[i].data == NULL)
			continue;
		json_init(&d);
		if (json_parse(&d, s->m[i].data, s->m[i].data_len, EX_JSON_DEPTH) == 0 && (at = json_member(&d, 0, elsewhere[k].from)) != JSON_NONE &&
		    d.node[at].type == JSON_STRING && d.node[at].str_len) {
			found = true;
			key(&w->r->object, elsewhere[k].name);
			text_json(&w->r->object, json_str(&d, at), d.node[at].str_len);
			provenance_put(w->r, path, &s->m[i], "exact", elsewhere[k].from);
		}
		json_release(&d);
	}
	if (!found)
		lack(w, path, "its first event does not carry it, or is not here, and no other repeats it", true);
}

static void
spec(struct work *w, const struct story *s)
{
	struct buf *b = &w->r->object;
	uint32_t payload = json_member(w->d, 0, "original_payload");
	int64_t fired = w->m->time;
	bool known = w->gateway && firing_time(w, &fired);

	buf_str(b, ",\"spec\":{");
	if (w->m->cluster && w->m->cluster[0]) {
		key(b, "clusterID");
		text_json(b, w->m->cluster, strlen(w->m->cluster));
		note(w, "spec.clusterID", "exact", "cluster of the row");
	}
	time_field(w, "firingTime", fired, known ? "derived" : "approximate", known ? "the matching alert's startsAt, or firstTimestamp" : "as receivedTime");
	if (payload != JSON_NONE && w->d->node[payload].type == JSON_OBJECT) {
		struct buf t;

		buf_init(&t, EX_MAX_BODY);
		if (json_write(w->d, payload, JSON_CANONICAL, &t) == 0) {
			key(b, "originalPayload");
			text_json(b, t.p, t.len);
			note(w, "spec.originalPayload", "partial", "original_payload: same values; order of members and white space are lost");
		}
		buf_release(&t);
	} else {
		lack(w, "spec.originalPayload", w->gateway ? "the first event does not carry it" : "empty for a request made in a session", false);
	}
	if (w->gateway)
		provider_data(w);
	time_field(w, "receivedTime", w->m->time, "approximate", "time of the first event");
	if (json_member(w->d, 0, "severity") != JSON_NONE)
		copy(w, "severity", "severity", true);
	else
		repeated(w, s, 0);
	if (w->gateway)
		string_map(w, "signalAnnotations", "signal_annotations", ANNOTATION_BYTES);
	copy(w, "signalFingerprint", "fingerprint", true);
	if (w->gateway)
		string_map(w, "signalLabels", "signal_labels", LABEL_BYTES);
	else
		lack(w, "spec.signalLabels", "no event carries them for a request made in a session", false);
	copy(w, "signalName", "signal_name", true);
	if (!w->gateway)
		constant(w, "signalSource", "a2a-agent", "requests made in a session");
	else if (w->m->actor_type && strcmp(w->m->actor_type, "external") == 0 && w->m->actor_id)
		constant(w, "signalSource", w->m->actor_id, "actor of the row");
	else if (json_path(w->d, 0, "original_payload.alerts") != JSON_NONE)
		constant(w, "signalSource", "prometheus", "original_payload has alerts");
	else if (json_path(w->d, 0, "original_payload.involvedObject") != JSON_NONE)
		constant(w, "signalSource", "kubernetes-events", "original_payload has involvedObject");
	else
		lack(w, "spec.signalSource", "the first event does not tell", false);
	if (w->gateway)
		copy(w, "signalType", "signal_type", true);
	else
		constant(w, "signalType", "alert", "requests made in a session");
	target(w);
	constant(w, "targetType", "kubernetes", "the only kind that is created");
	buf_byte(b, '}');
}

static void
head(struct work *w, const struct correlation *c)
{
	struct buf *b = &w->r->object, t;
	uint32_t rr = json_member(w->d, 0, w->gateway ? "remediation_request" : "rr_namespace");
	const char *ns = w->m->namespace ? w->m->namespace : "", *slash;
	size_t n = strlen(ns);

	if (rr != JSON_NONE && w->d->node[rr].type == JSON_STRING) {
		ns = json_str(w->d, rr);
		slash = memchr(ns, '/', w->d->node[rr].str_len);
		n = slash ? (size_t)(slash - ns) : w->d->node[rr].str_len;
	}
	buf_init(&t, 64);
	utc_print(&t, UTC_REST, w->m->time - ((w->m->time % 1000000) + 1000000) % 1000000, 0);
	buf_str(b, "{\"apiVersion\":\"kubernaut.ai/v1alpha1\",\"kind\":\"RemediationRequest\",\"metadata\":{\"annotations\":{");
	if (w->gateway) {
		buf_str(b, "\"kubernaut.ai/created-at\":");
		text_json(b, t.p, t.len);
		buf_byte(b, ',');
	}
	buf_str(b, "\"kubernaut.ai/reconstruction-source\":\"audit-trail\"},\"labels\":{");
	if (w->gateway)
		buf_str(b, "\"app.kubernetes.io/component\":\"remediation\",\"app.kubernetes.io/managed-by\":\"gateway-service\",");
	buf_str(b, "\"kubernaut.ai/correlation-id\":");
	text_json(b, c->text, c->n);
	buf_str(b, ",\"kubernaut.ai/reconstructed\":\"true\"},\"name\":");
	text_json(b, c->text, c->n);
	snprintf(w->namespace, sizeof w->namespace, "%.*s", (int)(n > 253 ? 253 : n), ns);
	buf_str(b, ",\"namespace\":");
	text_json(b, ns, n);
	buf_byte(b, '}');
	note(w, "metadata.name", "exact", "correlation id");
	note(w, "metadata.namespace", "exact", w->gateway ? "remediation_request" : "rr_namespace");
	buf_release(&t);
}

/* "Kind/name" of the signal's target, and the namespace of the request and its children. */
static int
status(struct work *w, const struct story *s, const struct correlation *c)
{
	uint32_t kind = json_member(w->d, 0, w->gateway ? "resource_kind" : "target_kind"), name = json_member(w->d, 0, w->gateway ? "resource_name" : "target_name");
	struct buf display;
	int rc;

	buf_init(&display, 65536);
	if (kind != JSON_NONE && name != JSON_NONE && w->d->node[kind].type == JSON_STRING && w->d->node[name].type == JSON_STRING && w->d->node[kind].str_len) {
		buf_put(&display, json_str(w->d, kind), w->d->node[kind].str_len);
		buf_byte(&display, '/');
		buf_put(&display, json_str(w->d, name), w->d->node[name].str_len);
	}
	rc = rebuild_status(w->r, s, c, w->namespace, (char *)display.p, display.failed ? 0 : display.len) || display.nomem ? -1 : 0;
	buf_release(&display);
	return rc;
}

/* Without its first event: the object's name, what other events repeat of its spec, and its status. */
static int
rebuild_partial(struct work *w, const struct story *s, const struct correlation *c)
{
	struct buf *b = &w->r->object;
	static const char *const required[] = { "firingTime", "receivedTime", "targetResource.kind", "targetResource.name" };

	for (unsigned i = 0; i < s->n && w->m == NULL; i++)
		if (strncmp(s->m[i].type, "orchestrator.", 13) == 0 && s->m[i].namespace && s->m[i].namespace[0])
			w->m = &s->m[i];
	if (w->m == NULL)
		return 1;
	snprintf(w->namespace, sizeof w->namespace, "%s", w->m->namespace);
	buf_str(b, "{\"apiVersion\":\"kubernaut.ai/v1alpha1\",\"kind\":\"RemediationRequest\",\"metadata\":{\"annotations\":{\"kubernaut.ai/reconstruction-source\":\"audit-trail\"},"
	    "\"labels\":{\"kubernaut.ai/correlation-id\":");
	text_json(b, c->text, c->n);
	buf_str(b, ",\"kubernaut.ai/reconstructed\":\"true\"},\"name\":");
	text_json(b, c->text, c->n);
	buf_str(b, ",\"namespace\":");
	text_json(b, w->namespace, strlen(w->namespace));
	buf_str(b, "},\"spec\":{");
	note(w, "metadata.name", "exact", "correlation id");
	note(w, "metadata.namespace", "exact", "namespace of the row");
	for (size_t k = 0; k < sizeof elsewhere / sizeof *elsewhere; k++)
		repeated(w, s, k);
	constant(w, "targetType", "kubernetes", "the only kind that is created");
	buf_byte(b, '}');
	for (unsigned k = 0; k < 4; k++) {
		char path[96];

		snprintf(path, sizeof path, "spec.%s", required[k]);
		lack(w, path, "its first event is not here", true);
	}
	return rebuild_status(w->r, s, c, w->namespace, "", 0);
}

int
rebuild_rr(struct rebuilt_rr *r, const struct story *s, const struct correlation *c, bool partial, struct err *e)
{
	struct json_doc d;
	struct work w = { .r = r, .d = &d };
	int rc;

	for (unsigned i = 0; i < s->n && w.m == NULL; i++) {
		w.gateway = strcmp(s->m[i].type, "gateway.signal.received") == 0;
		if (w.gateway || strcmp(s->m[i].type, "apifrontend.rr.created") == 0)
			w.m = &s->m[i];
	}
	if (w.m == NULL || w.m->data == NULL) {
		w.m = NULL;
		w.gateway = false;
		if (!partial || (rc = rebuild_partial(&w, s, c)) > 0)
			return 1;
		buf_byte(&r->object, '}');
		return rc || r->object.failed || r->provenance.failed || r->missing.failed || r->errors.failed ? err_nomem(e) : 0;
	}
	json_init(&d);
	if (json_parse(&d, w.m->data, w.m->data_len, EX_JSON_DEPTH) || d.node[0].type != JSON_OBJECT) {
		json_release(&d);
		return 1;
	}
	head(&w, c);
	spec(&w, s);
	rc = status(&w, s, c);
	buf_byte(&r->object, '}');
	json_release(&d);
	if (rc)
		return err_nomem(e);
	return r->object.failed || r->provenance.failed || r->missing.failed || r->errors.failed ? err_nomem(e) : 0;
}
