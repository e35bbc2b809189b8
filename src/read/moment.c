#include "read/moment.h"

#include <stdlib.h>
#include <string.h>

#include "archive/reader.h"
#include "base/limits.h"
#include "digest/digest.h"

/*
 * What a repeated delivery is told by, beside the columns that a moment has: everything but ids,
 * hashes, and the number that each stored row gets.
 */
static int
digest_rest(struct moment *m, struct view *v, struct sha256 *sha)
{
	static const uint8_t columns[] = { COL_VERSION, COL_ACTOR_IP, COL_RESOURCE_NAME,
		COL_PARENT_ID, COL_PARENT_DATE, COL_TRACE_ID, COL_SPAN_ID, COL_METADATA,
		COL_SEVERITY, COL_DURATION, COL_ERROR_CODE, COL_ERROR_MESSAGE, COL_RETENTION,
		COL_SENSITIVE, COL_HOLD, COL_HOLD_REASON, COL_HOLD_BY, COL_HOLD_AT };
	uint8_t digest[32];
	struct buf b;

	buf_init(&b, 2u * EX_MAX_BODY);
	for (unsigned i = 0; i < sizeof columns; i++) {
		struct view_cell c = view_column(v, columns[i]);

		buf_byte(&b, c.state);
		if (c.state == VIEW_TEXT) {
			buf_varint(&b, c.n);
			buf_put(&b, c.p, c.n);
		}
	}
	if (!b.failed) {
		sha256_once(sha, b.p, b.len, digest);
		memcpy(m->rest, digest, sizeof m->rest);
	}
	buf_release(&b);
	return b.failed ? -1 : 0;
}

/* The columns that a moment has as texts. */
static const struct {
	uint8_t column;
	size_t at; /* its place in struct moment */
} text_column[] = {
	{ COL_TYPE, offsetof(struct moment, type) },
	{ COL_CATEGORY, offsetof(struct moment, category) },
	{ COL_ACTION, offsetof(struct moment, action) },
	{ COL_OUTCOME, offsetof(struct moment, outcome) },
	{ COL_ACTOR_TYPE, offsetof(struct moment, actor_type) },
	{ COL_ACTOR_ID, offsetof(struct moment, actor_id) },
	{ COL_RESOURCE_TYPE, offsetof(struct moment, resource_type) },
	{ COL_RESOURCE_ID, offsetof(struct moment, resource_id) },
	{ COL_NAMESPACE, offsetof(struct moment, namespace) },
	{ COL_CLUSTER, offsetof(struct moment, cluster) },
	{ COL_ERROR_CODE, offsetof(struct moment, error_code) },
	{ COL_ERROR_MESSAGE, offsetof(struct moment, error_message) },
};
#define TEXTS (sizeof text_column / sizeof *text_column)

/* All texts into one piece of memory, event_data last. A NUL in one ends it. */
static int
copy_texts(struct moment *m, struct view *v)
{
	struct view_cell c[TEXTS + 1];
	size_t n[TEXTS + 1], sum = 1; /* the empty text, for a type that is not there */
	char *p;

	for (size_t i = 0; i <= TEXTS; i++) {
		c[i] = i < TEXTS ? view_column(v, text_column[i].column) : view_payload(v);
		n[i] = c[i].state == VIEW_TEXT ? strnlen(c[i].p, c[i].n) : 0;
		sum += c[i].state == VIEW_TEXT ? n[i] + 1 : 0;
	}
	if ((m->text = p = malloc(sum)) == NULL)
		return -1;
	m->text_len = sum;
	*p++ = '\0';
	for (size_t i = 0; i <= TEXTS; i++) {
		const char **to =
		    i < TEXTS ? (const char **)(void *)((char *)m + text_column[i].at) : &m->data;

		if (c[i].state != VIEW_TEXT)
			continue;
		memcpy(p, c[i].p, n[i]);
		p[n[i]] = '\0';
		*to = p;
		p += n[i] + 1;
	}
	m->data_len = m->data ? n[TEXTS] : 0;
	if (m->type == NULL)
		m->type = m->text;
	m->kind = event_type_of(m->type, strlen(m->type), &m->older);
	return 0;
}

/* Are legal holds placed at times without a zone? The source had them so before 1.5. */
static bool
zoneless(const struct table *t)
{
	for (unsigned i = 0; t && i < t->n; i++)
		if (strcmp(t->col[i].name, "legal_hold_placed_at") == 0)
			return strcmp(t->col[i].type, "timestamp without time zone") == 0;
	return false;
}

int
moment_read(struct moment *m, struct view *v, const struct record *rec, const struct table *table,
    unsigned want, struct sha256 *sha, const char **why)
{
	*why = NULL;
	if (rec->kind != KIND_EVENT)
		return 1;
	if (view_open(v, rec, table, why) < 0)
		return -1;
	memset(m, 0, sizeof *m);
	m->position = rec->position;
	m->late = rec->flags & FLAG_LATE;
	memcpy(m->id, rec->id, 16);
	if (want & WANT_HASHES) {
		memcpy(m->hash, rec->claimed, 32);
		memcpy(m->previous, rec->previous, 32);
		m->has_hash = rec->claimed_form == FORM_HEX;
		m->has_previous = rec->previous_form == FORM_HEX;
	}
	/* an unpacker that reads for stories only has not looked into bodies */
	m->time = view_time(v);
	m->cluster_name = rec->body_form == BODY_CLUSTER_NAME;
	m->zoneless = m->cluster_name && zoneless(table);
	m->answer = table && table->style == UTC_REST;
	/* the number that the newer writer links by (reference: newer-kubernaut 1) */
	m->numbered = table && table_extra(table, "insert_seq") < table->n;
	if (copy_texts(m, v) || (want & WANT_REST && digest_rest(m, v, sha))) {
		moment_release(m);
		return -1;
	}
	return 0;
}

static struct payload no_memory = { .state = PAYLOAD_NO_MEMORY };

void
moment_release(struct moment *m)
{
	free(m->text);
	if (m->payload && m->payload != &no_memory) {
		json_release(&m->payload->doc);
		free(m->payload);
	}
}

struct json_doc *
moment_payload(struct moment *m)
{
	struct payload *p = m->payload;
	int rc;

	if (p == NULL && m->data) {
		if ((p = malloc(sizeof *p)) == NULL) {
			m->payload = &no_memory;
			return NULL;
		}
		json_init(&p->doc);
		rc = json_parse(&p->doc, m->data, m->data_len, EX_JSON_DEPTH);
		p->state = rc == 0 ? PAYLOAD_FINE : rc < 0 ? PAYLOAD_NO_MEMORY : PAYLOAD_NONE;
		m->payload = p;
	}
	return p && p->state == PAYLOAD_FINE ? &p->doc : NULL;
}

struct json_doc *
moment_object(struct moment *m)
{
	struct json_doc *d = moment_payload(m);

	return d && d->node[0].type == JSON_OBJECT ? d : NULL;
}

size_t
moment_weight(const struct moment *m)
{
	return sizeof *m + m->text_len + 64;
}
