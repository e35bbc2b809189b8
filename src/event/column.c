#include "event/column.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/err.h"
#include "base/text.h"
#include "base/vec.h"

const struct column_info column_info[COL_COUNT + 1] = {
	[COL_EVENT_ID] = { "event_id", CLASS_TEXT, true, false, false },
	[COL_VERSION] = { "event_version", CLASS_TEXT, true, false, false },
	[COL_TIMESTAMP] = { "event_timestamp", CLASS_TIME, true, false, false },
	[COL_DATE] = { "event_date", CLASS_TEXT, false, false, false },
	[COL_TYPE] = { "event_type", CLASS_TEXT, true, false, false },
	[COL_CATEGORY] = { "event_category", CLASS_TEXT, true, false, false },
	[COL_ACTION] = { "event_action", CLASS_TEXT, true, false, false },
	[COL_OUTCOME] = { "event_outcome", CLASS_TEXT, true, false, false },
	[COL_ACTOR_TYPE] = { "actor_type", CLASS_TEXT, true, true, false },
	[COL_ACTOR_ID] = { "actor_id", CLASS_TEXT, true, true, false },
	[COL_ACTOR_IP] = { "actor_ip", CLASS_TEXT, true, true, true },
	[COL_RESOURCE_TYPE] = { "resource_type", CLASS_TEXT, true, true, false },
	[COL_RESOURCE_ID] = { "resource_id", CLASS_TEXT, true, true, false },
	[COL_RESOURCE_NAME] = { "resource_name", CLASS_TEXT, false, false, true },
	[COL_CORRELATION] = { "correlation_id", CLASS_TEXT, true, false, false },
	[COL_PARENT_ID] = { "parent_event_id", CLASS_TEXT, true, false, true },
	[COL_PARENT_DATE] = { "parent_event_date", CLASS_TEXT, true, false, true },
	[COL_TRACE_ID] = { "trace_id", CLASS_TEXT, false, false, true },
	[COL_SPAN_ID] = { "span_id", CLASS_TEXT, false, false, true },
	[COL_NAMESPACE] = { "namespace", CLASS_TEXT, true, true, true },
	[COL_CLUSTER] = { "cluster_id", CLASS_TEXT, true, true, true },
	[COL_DATA] = { "event_data", CLASS_JSON, true, false, false },
	[COL_METADATA] = { "event_metadata", CLASS_JSON, false, false, true },
	[COL_SEVERITY] = { "severity", CLASS_TEXT, true, true, true },
	[COL_DURATION] = { "duration_ms", CLASS_INTEGER, true, true, true },
	[COL_ERROR_CODE] = { "error_code", CLASS_TEXT, true, true, true },
	[COL_ERROR_MESSAGE] = { "error_message", CLASS_TEXT, true, true, true },
	[COL_RETENTION] = { "retention_days", CLASS_INTEGER, true, false, false },
	[COL_SENSITIVE] = { "is_sensitive", CLASS_BOOLEAN, true, false, false },
	[COL_HASH] = { "event_hash", CLASS_TEXT, false, false, true },
	[COL_PREVIOUS] = { "previous_event_hash", CLASS_TEXT, false, false, true },
	[COL_HOLD] = { "legal_hold", CLASS_BOOLEAN, false, false, false },
	[COL_HOLD_REASON] = { "legal_hold_reason", CLASS_TEXT, false, false, true },
	[COL_HOLD_BY] = { "legal_hold_placed_by", CLASS_TEXT, false, false, true },
	[COL_HOLD_AT] = { "legal_hold_placed_at", CLASS_TIME, false, false, true },
	[COL_ALGORITHM] = { "hash_algorithm", CLASS_TEXT, false, false, false },
};

unsigned
column_by_name(const char *name, size_t n, bool rest)
{
	for (unsigned i = 1; i <= COL_COUNT; i++)
		if (strlen(column_info[i].name) == n && memcmp(column_info[i].name, name, n) == 0)
			return i;
	if (n == 12 && memcmp(name, "cluster_name", 12) == 0)
		return COL_CLUSTER;
	if (rest && n == 7 && memcmp(name, "version", 7) == 0)
		return COL_VERSION;
	return 0;
}

bool
column_integer(const char *s, size_t n, int64_t *ret)
{
	const char *dot = memchr(s, '.', n);
	size_t k = dot ? (size_t)(dot - s) : n;

	for (size_t i = k + 1; i < n; i++)
		if (s[i] != '0')
			return false;
	return !(dot && k + 1 == n) && dec_i64(s, k, ret);
}

bool
column_boolean(const char *s, size_t n, bool *ret)
{
	static const char *const yes[] = { "t", "true", "1" }, *const no[] = { "f", "false", "0" };

	for (unsigned i = 0; i < 3; i++) {
		*ret = n == strlen(yes[i]) && strncasecmp(s, yes[i], n) == 0;
		if (*ret || (n == strlen(no[i]) && strncasecmp(s, no[i], n) == 0))
			return true;
	}
	return false;
}

enum utc_result
column_day(const char *s, size_t n, bool rest, int32_t *ret)
{
	enum utc_result r = utc_parse_date(s, n, rest, ret);
	struct utc t;

	if (r != UTC_BAD || utc_parse_tools(s, n, &t) != UTC_OK || t.offset ||
	    t.us != utc_days(t.us) * 86400000000ll)
		return r;
	*ret = utc_days(t.us);
	return UTC_OK;
}

struct table *
table_new(const char *name, enum utc_form style)
{
	struct table *t = calloc(1, sizeof *t);

	if (t == NULL) {
		nomem_note();
		return NULL;
	}
	t->style = style;
	if ((t->name = strdup(name)) == NULL) {
		nomem_note();
		free(t);
		return NULL;
	}
	return t;
}

int
table_add(struct table *t, const char *name, size_t n, const char *type, size_t nt)
{
	struct table_column *c;

	if (t->n >= EX_MAX_COLUMNS)
		return -1;
	if ((c = vec_resize(t->col, t->n + 1, sizeof *c)) == NULL) {
		nomem_note();
		return -1;
	}
	t->col = c;
	c += t->n;
	c->name = strndup(name, n);
	c->type = strndup(type, nt);
	if (c->name == NULL || c->type == NULL) {
		nomem_note();
		free(c->name);
		free(c->type);
		return -1;
	}
	c->known = column_by_name(name, n, t->style == UTC_REST);
	if (table_has(t, c->known))
		c->known = 0; /* a second column of that name is nobody's */
	if (c->known)
		t->has |= 1ull << c->known;
	if (c->known == COL_CLUSTER && n == 12)
		t->cluster_name = true;
	t->n++;
	return 0;
}

struct table *
table_of_json(const struct json_doc *d, uint32_t object)
{
	uint32_t name = json_member(d, object, "table"), style = json_member(d, object, "style"),
		 cols = json_member(d, object, "columns");
	static const char *const form[] = { "pg", "iso", "rest" };
	uint64_t source, input;
	struct table *t;
	unsigned k;
	char *text;

	/* what follows stands in a sealed context record, but who sealed it may have been hostile:
	 * every member is looked at before it is used */
	if (name == JSON_NONE || style == JSON_NONE || cols == JSON_NONE ||
	    d->node[name].type != JSON_STRING || d->node[style].type != JSON_STRING ||
	    d->node[cols].type != JSON_ARRAY || !json_u64(d, object, "source", &source) ||
	    source == 0 || source > 10000000 || !json_u64(d, object, "input", &input) ||
	    input > source)
		return NULL;
	for (k = 0; k < 3 &&
	     (d->node[style].str_len != strlen(form[k]) ||
		 memcmp(json_str(d, style), form[k], strlen(form[k])));
	     k++)
		;
	if (k == 3)
		/* forms are few, and named by text on disk */
		return NULL;
	if ((text = strndup(json_str(d, name), d->node[name].str_len)) == NULL) {
		nomem_note();
		return NULL;
	}
	t = table_new(text, (const enum utc_form[]){ UTC_PG, UTC_ISO, UTC_REST }[k]);
	free(text);
	if (t == NULL)
		return NULL;
	t->source = (uint32_t)source;
	t->input = (uint32_t)input;
	cols = json_member(d, object, "null_empty");
	t->null_empty = cols != JSON_NONE && d->node[cols].type == JSON_TRUE;
	cols = json_member(d, object, "columns");
	for (uint32_t c = d->node[cols].first; c != JSON_NONE; c = d->node[c].next) {
		/* a column is the pair of its name and its type */
		uint32_t n = d->node[c].first, ty = n == JSON_NONE ? n : d->node[n].next;

		if (ty == JSON_NONE || d->node[n].type != JSON_STRING ||
		    d->node[ty].type != JSON_STRING ||
		    table_add(t, json_str(d, n), d->node[n].str_len, json_str(d, ty),
			d->node[ty].str_len)) {
			table_free(t);
			return NULL;
		}
	}
	return t;
}

bool
table_same(const struct table *a, const struct table *b)
{
	if (strcmp(a->name, b->name) || a->n != b->n || a->style != b->style ||
	    a->assumed != b->assumed || a->null_empty != b->null_empty)
		return false;
	for (unsigned i = 0; i < a->n; i++)
		if (strcmp(a->col[i].name, b->col[i].name) ||
		    strcmp(a->col[i].type, b->col[i].type))
			return false;
	return true;
}

void
table_free(struct table *t)
{
	if (t == NULL)
		return;
	for (unsigned i = 0; i < t->n; i++) {
		free(t->col[i].name);
		free(t->col[i].type);
	}
	free(t->col);
	free(t->name);
	free(t);
}

unsigned
table_extra(const struct table *t, const char *name)
{
	unsigned i = 0;

	while (i < t->n && (t->col[i].known || strcmp(t->col[i].name, name)))
		i++;
	return i;
}
