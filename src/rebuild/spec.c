/* Head and spec of a RemediationRequest, from the event that begins it; what is repeated elsewhere
 * stands in where that one is silent or not here. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "rebuild/inner.h"

#define LABEL_BYTES 63 /* the gateway cuts label values here */
#define ANNOTATION_BYTES 262000

/* A map of strings, values cut as the gateway cuts them; names sorted by bytes. */
static void
string_map(struct work *w, enum field field, const char *from, size_t cut)
{
	uint32_t i = payload_at(w, from), n = 0;
	struct buf sorted, *b;
	struct json_doc s;

	w->f[field].lack = "empty or not in the first event";
	if (i == JSON_NONE || w->d->node[i].type != JSON_OBJECT || w->d->node[i].first == JSON_NONE)
		return;
	/* written canonically and read again, the members come in order and once each */
	json_init(&s);
	buf_init(&sorted, EX_MAX_BODY);
	if (json_write(w->d, i, JSON_CANONICAL, &sorted) == 0 &&
	    json_parse(&s, (char *)sorted.p, sorted.len, EX_JSON_DEPTH) == 0) {
		b = field_fresh(w, field);
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
	}
	w->nomem |= sorted.nomem;
	buf_release(&sorted);
	json_release(&s);
}

/* The alert of the payload that this signal is: same name, and labels that with the common ones on
 * top give signal_labels. */
static bool
firing_time(struct work *w, int64_t *ret)
{
	struct json_doc *d = w->d;
	uint32_t alerts = payload_at(w, "original_payload.alerts"),
		 name = payload_at(w, "signal_name"), labels = payload_at(w, "signal_labels"),
		 common = payload_at(w, "original_payload.commonLabels");
	struct str first = payload_text(w, "original_payload.firstTimestamp");
	struct utc t;

	/* newer payloads say it themselves */
	if (utc_parse(first.p, first.n, &t) == UTC_OK && t.us > 0) {
		*ret = t.us;
		return true;
	}
	/* an older one: the alert has to be found among those that came in one message */
	if (alerts == JSON_NONE || d->node[alerts].type != JSON_ARRAY || name == JSON_NONE ||
	    d->node[name].type != JSON_STRING)
		return false;
	for (uint32_t a = d->node[alerts].first; a != JSON_NONE; a = d->node[a].next) {
		uint32_t al = json_member(d, a, "labels"), an = json_member(d, al, "alertname"),
			 at = json_member(d, a, "startsAt"), k;
		bool fits = true;

		/* common labels are not repeated in each alert */
		if (an == JSON_NONE)
			an = json_member(d, common, "alertname");
		if (an == JSON_NONE || at == JSON_NONE || d->node[an].type != JSON_STRING ||
		    d->node[at].type != JSON_STRING ||
		    d->node[an].str_len != d->node[name].str_len ||
		    memcmp(json_str(d, an), json_str(d, name), d->node[an].str_len))
			continue;
		/* every label of the signal must be the alert's: two alerts of one name are told
		 * apart by them */
		for (k = labels == JSON_NONE ? JSON_NONE : d->node[labels].first;
		     k != JSON_NONE && fits; k = d->node[k].next) {
			char member[256];
			uint32_t x;

			if (d->node[k].name_len >= sizeof member || d->node[k].type != JSON_STRING)
				continue;
			memcpy(member, json_name(d, k), d->node[k].name_len);
			/* common ones win, as the gateway lays them on top */
			member[d->node[k].name_len] = '\0';
			x = json_member(d, common, member);
			if (x == JSON_NONE)
				x = json_member(d, al, member);
			fits = x != JSON_NONE && d->node[x].type == JSON_STRING &&
			    d->node[x].str_len == d->node[k].str_len &&
			    memcmp(json_str(d, x), json_str(d, k), d->node[k].str_len) == 0;
		}
		/* an alert that fits and says no time leaves the others to be tried */
		if (fits && utc_parse(json_str(d, at), d->node[at].str_len, &t) == UTC_OK &&
		    t.us > 0) {
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
	uint32_t labels = payload_at(w, "signal_labels");
	struct str ns = payload_text(w, "namespace");
	struct emit e;
	struct buf t;

	buf_init(&t, EX_MAX_BODY);
	emit_init(&e, &t);
	emit_object(&e, NULL);
	emit_value(&e, "labels");
	if (labels == JSON_NONE || w->d->node[labels].type != JSON_OBJECT ||
	    w->d->node[labels].first == JSON_NONE || json_write(w->d, labels, JSON_CANONICAL, &t))
		buf_str(&t, "null");
	json_canonical_string(emit_value(&e, "namespace"), ns.p, ns.n);
	emit_end(&e);
	field_text(w, S_PROVIDER, (char *)t.p, t.len);
	w->nomem |= t.nomem;
	buf_release(&t);
}

static void
source(struct work *w)
{
	struct filled *f = &w->f[S_SOURCE];

	if (!w->gateway) {
		field_word(w, S_SOURCE, "a2a-agent");
		f->rule = "requests made in a session";
	} else if (w->m->actor_type && strcmp(w->m->actor_type, "external") == 0 &&
	    w->m->actor_id) {
		field_word(w, S_SOURCE, w->m->actor_id);
		f->rule = "actor of the row";
	} else if (payload_at(w, "original_payload.alerts") != JSON_NONE) {
		field_word(w, S_SOURCE, "prometheus");
		f->rule = "original_payload has alerts";
	} else if (payload_at(w, "original_payload.involvedObject") != JSON_NONE) {
		field_word(w, S_SOURCE, "kubernetes-events");
		f->rule = "original_payload has involvedObject";
	} else {
		f->lack = "the first event does not tell";
	}
}

static void
original_payload(struct work *w)
{
	uint32_t payload = payload_at(w, "original_payload");
	struct buf t;

	w->f[S_PAYLOAD].lack = w->gateway ? "the first event does not carry it" :
					    "empty for a request made in a session";
	if (payload == JSON_NONE || w->d->node[payload].type != JSON_OBJECT)
		return;
	buf_init(&t, EX_MAX_BODY);
	if (json_write(w->d, payload, JSON_CANONICAL, &t) == 0)
		field_text(w, S_PAYLOAD, (char *)t.p, t.len);
	w->nomem |= t.nomem;
	buf_release(&t);
}

/* The event that begins the remediation. What it says counts more than what others repeat. */
static void
first_event(struct work *w)
{
	static const struct {
		enum field k;
		const char *gateway, *front;
	} text[] = { { S_FINGERPRINT, "fingerprint", "fingerprint" },
		{ S_NAME, "signal_name", "signal_name" }, { S_SEVERITY, "severity", "severity" },
		{ S_TARGET_KIND, "resource_kind", "target_kind" },
		{ S_TARGET_NAME, "resource_name", "target_name" },
		{ S_TARGET_NAMESPACE, "namespace", "target_namespace" } };
	/* the time of the event stands in where the payload does not say when it fired */
	int64_t fired = w->m->time;
	bool known = w->gateway && firing_time(w, &fired);

	/* the same six, which the two ways in call differently */
	for (size_t i = 0; i < sizeof text / sizeof *text; i++)
		if (field_copy(w, text[i].k, w->gateway ? text[i].gateway : text[i].front))
			w->f[text[i].k].rule = w->gateway ? text[i].gateway : text[i].front;
	w->f[S_TARGET_NAMESPACE].lack = "empty for cluster scope, or not in the first event";
	if (w->m->cluster && w->m->cluster[0])
		field_word(w, S_CLUSTER, w->m->cluster);
	/* without the payload it is no more than the time the gateway wrote */
	field_time(w, S_FIRING, fired);
	w->f[S_FIRING].grade = known ? GRADE_DERIVED : GRADE_APPROXIMATE;
	w->f[S_FIRING].rule =
	    known ? "the matching alert's startsAt, or firstTimestamp" : "as receivedTime";
	field_time(w, S_RECEIVED, w->m->time);
	original_payload(w);
	source(w);
	/* a request made in a session has no signal: what belongs to one is told as missing */
	if (w->gateway) {
		provider_data(w);
		string_map(w, S_ANNOTATIONS, "signal_annotations", ANNOTATION_BYTES);
		string_map(w, S_LABELS, "signal_labels", LABEL_BYTES);
		field_copy(w, S_TYPE, "signal_type");
	} else {
		w->f[S_LABELS].lack = "no event carries them for a request made in a session";
		field_word(w, S_TYPE, "alert");
		w->f[S_TYPE].grade = GRADE_DERIVED;
		w->f[S_TYPE].rule = "requests made in a session";
	}
}

/* Fields that other events repeat, the surest first. */
static const struct {
	enum event_type type;
	const char *from;
	enum field k;
} elsewhere[] = { { ET_GATEWAY_CRD_CREATED, "severity", S_SEVERITY },
	{ ET_SIGNALPROCESSING_CLASSIFICATION_DECISION, "external_severity", S_SEVERITY },
	{ ET_GATEWAY_CRD_CREATED, "fingerprint", S_FINGERPRINT },
	{ ET_REMEDIATION_WORKFLOW_CREATED, "signal_fingerprint", S_FINGERPRINT },
	{ ET_GATEWAY_CRD_CREATED, "signal_name", S_NAME },
	{ ET_AIAGENT_SESSION_STARTED, "signal_name", S_NAME },
	{ ET_GATEWAY_CRD_CREATED, "signal_type", S_TYPE },
	{ ET_REMEDIATION_WORKFLOW_CREATED, "signal_type", S_TYPE },
	{ ET_GATEWAY_CRD_CREATED, "resource_kind", S_TARGET_KIND },
	{ ET_GATEWAY_CRD_CREATED, "resource_name", S_TARGET_NAME },
	{ ET_GATEWAY_CRD_CREATED, "namespace", S_TARGET_NAMESPACE } };

void
spec_event(struct work *w)
{
	if (w->m == w->placed)
		field_word(w, S_TARGET_TYPE, "kubernetes");
	if (w->m == w->first) {
		first_event(w);
		return;
	}
	for (size_t i = 0; i < sizeof elsewhere / sizeof *elsewhere; i++)
		if (!field_set(w, elsewhere[i].k) && elsewhere[i].type == w->kind &&
		    field_copy(w, elsewhere[i].k, elsewhere[i].from))
			w->f[elsewhere[i].k].rule = elsewhere[i].from;
}

/* Up to the end of metadata; the object stays open. */
void
head_print(struct work *w, struct rebuilt_rr *r)
{
	bool created = w->first && w->gateway;
	struct emit e;

	emit_init(&e, &r->object);
	emit_object(&e, NULL);
	emit_str(&e, "apiVersion", "kubernaut.ai/v1alpha1");
	emit_str(&e, "kind", "RemediationRequest");
	emit_object(&e, "metadata");
	emit_object(&e, "annotations");
	correlation_put(&e, w->c, false);
	if (created)
		emit_time(&e, "kubernaut.ai/created-at", utc_seconds(w->first->time));
	emit_str(&e, "kubernaut.ai/reconstruction-source", "audit-trail");
	emit_end(&e);
	if (created) {
		r->created = utc_seconds(w->first->time);
		r->created_at = r->object.len;
	}
	emit_object(&e, "labels");
	if (created) {
		emit_str(&e, "app.kubernetes.io/component", "remediation");
		emit_str(&e, "app.kubernetes.io/managed-by", "gateway-service");
	}
	correlation_put(&e, w->c, true);
	emit_str(&e, "kubernaut.ai/reconstructed", "true");
	emit_end(&e);
	name_put(&e, w->c->text, w->c->n, w->namespace);
	emit_end(&e);
}
