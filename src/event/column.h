/* The columns of audit_events by number (event.md E-1) and what a table of an input looks like
 * (record.md R-15). */
#ifndef EVENT_COLUMN_H
#define EVENT_COLUMN_H

#include "base/limits.h"
#include "base/utc.h"
#include "json/json.h"

enum column {
	COL_EVENT_ID = 1,
	COL_VERSION,
	COL_TIMESTAMP,
	COL_DATE,
	COL_TYPE,
	COL_CATEGORY,
	COL_ACTION,
	COL_OUTCOME,
	COL_ACTOR_TYPE,
	COL_ACTOR_ID,
	COL_ACTOR_IP,
	COL_RESOURCE_TYPE,
	COL_RESOURCE_ID,
	COL_RESOURCE_NAME,
	COL_CORRELATION,
	COL_PARENT_ID,
	COL_PARENT_DATE,
	COL_TRACE_ID,
	COL_SPAN_ID,
	COL_NAMESPACE,
	COL_CLUSTER,
	COL_DATA,
	COL_METADATA,
	COL_SEVERITY,
	COL_DURATION,
	COL_ERROR_CODE,
	COL_ERROR_MESSAGE,
	COL_RETENTION,
	COL_SENSITIVE,
	COL_HASH,
	COL_PREVIOUS,
	COL_HOLD,
	COL_HOLD_REASON,
	COL_HOLD_BY,
	COL_HOLD_AT,
	COL_ALGORITHM,
	COL_COUNT = COL_ALGORITHM
};

/* How a column's value is written in JSON output, as row_to_json would. */
enum column_class { CLASS_TEXT, CLASS_INTEGER, CLASS_BOOLEAN, CLASS_TIME, CLASS_JSON };

struct column_info {
	const char *name;
	enum column_class class;
	bool hashed; /* stands in the body */
	/* its member is left out of the body, and of REST answers, when empty */
	bool omitted_if_empty;
	bool null_default; /* a member left out says NULL, else '' (E-12) */
};

extern const struct column_info column_info[COL_COUNT + 1]; /* [0] unused */

struct table_column {
	char *name, *type; /* owned; type "" if not known */
	unsigned known;    /* number of E-1, 0 if no clause knows it */
};

struct table {
	uint32_t source, input; /* */
	char *name;
	enum utc_form style;
	bool assumed; /* names inferred from the number of columns */
	/* its input cannot tell NULL from the empty text: the two are compared as one */
	bool null_empty;
	bool cluster_name; /* column 21 is called cluster_name (body form 2) */
	unsigned n;
	struct table_column *col;
	uint64_t has; /* bit n: column n of E-1 is there */
};

/* Number of a column by name (`version` counts as event_version in REST answers only), 0 if
 * unknown. */
unsigned column_by_name(const char *name, size_t n, bool rest);

/*
 * Values as sources and tools spell them (E-8): whole numbers also with .0 behind them, booleans as
 * t, true, 1 and f, false, 0 in any case. false: none of these, or beyond 64 bits.
 */
bool column_integer(const char *s, size_t n, int64_t *ret);
bool column_boolean(const char *s, size_t n, bool *ret);
/* A day, also as a midnight of UTC. */
enum utc_result column_day(const char *s, size_t n, bool rest, int32_t *ret);

/* name of the table that an answer of it is */
#define TABLE_EXPORT "GET /api/v1/audit/export"

static inline bool
table_has(const struct table *t, unsigned col)
{
	return t->has >> col & 1;
}

/* A new table without columns; NULL if there is no memory. */
struct table *table_new(const char *name, enum utc_form style);
/* Appends a column. -1: no memory or more than EX_MAX_COLUMNS. */
int table_add(struct table *t, const char *name, size_t n, const char *type, size_t nt);
/* A table record, as its JSON object says; NULL: malformed, or no memory. */
struct table *table_of_json(const struct json_doc *d, uint32_t object);
/* The same name, style and columns with the same types? Which input they are of does not matter. */
bool table_same(const struct table *a, const struct table *b);
/* The place of a column that no clause knows, by name; t->n if it is not there. */
unsigned table_extra(const struct table *t, const char *name);
void table_free(struct table *t);

#endif
