/* Exporter side: one row of an input becomes one record (event.md E-7 to E-12). */
#ifndef EVENT_ROW_H
#define EVENT_ROW_H

#include "digest/digest.h"
#include "event/column.h"
#include "event/event.h"
#include "json/json.h"
#include "record/record.h"

enum cell_state { CELL_ABSENT, CELL_NULL, CELL_VALUE };

struct cell {
	enum cell_state state;
	enum json_type type; /* JSON sources: of the token; tables: JSON_STRING */
	bool repaired;       /* the JSON string held bytes that became U+FFFD */
	/* decoded string, or the token's text; for columns no clause knows: the JSON token as it
	 * stood */
	const char *p;
	size_t n;
};

struct row {
	const struct table *table;
	struct cell *cell; /* table->n cells in the table's order */
	const char *raw;   /* the row as it stood, for rejects and verbatim bodies */
	size_t raw_len;
	uint64_t ordinal;
	struct json_doc *doc; /* JSON sources: holds event_data at data_node; else NULL */
	uint32_t data_node;
};

/* A record in the making; the writer adds position, digests of body and aside, and packs it. */
struct draft {
	struct record r;
	struct buf body, aside;
	bool zoneless; /* its time names no zone: it was read as UTC (E-8) */
	/* index keys, borrowed from the row; n = 0 if unreadable */
	struct str correlation, type;
};

struct builder;

struct builder *builder_new(void);
void builder_free(struct builder *b);
void draft_init(struct draft *d);
void draft_release(struct draft *d);

/* 0 an event; 1 a reject (why: one sentence, d holds what could be read of id, correlation and
 * type); -1 no memory. */
int row_build(struct builder *b, const struct row *row, struct draft *d, char why[256]);

#endif
