/* The table analysis: members of each remediation's document (formats/analysis.md AN-13). */
#include <string.h>

#include "analysis/analysis.h"
#include "base/limits.h"
#include "base/text.h"
#include "base/utc.h"
#include "cmd/analyze/sql_inner.h"

#define DOCUMENT_MAX (512u << 20) /* bytes of one remediation's */

/* A member, as the declaration of its column has it. */
static void
put_node(struct row *r, int column, enum column_type type, struct json_doc *d, uint32_t i)
{
	const struct json_node *v = &d->node[i];
	struct utc t;
	int64_t n;

	if (type == TYPE_INTEGER && v->type == JSON_ARRAY)
		put_integer(r, column, v->count);
	else if (type == TYPE_INTEGER && v->type == JSON_NUMBER &&
	    dec_i64(json_src(d, i), v->src_len, &n))
		put_integer(r, column, n);
	else if (type == TYPE_NUMBER && v->type == JSON_NUMBER)
		put_number(r, column, (struct str){ json_src(d, i), v->src_len });
	else if (type == TYPE_BOOLEAN && (v->type == JSON_TRUE || v->type == JSON_FALSE))
		put_truth(r, column, v->type == JSON_TRUE);
	else if (type == TYPE_JSON && (v->type == JSON_ARRAY || v->type == JSON_OBJECT))
		put_raw_json(r, column, (struct str){ json_src(d, i), v->src_len });
	else if (v->type != JSON_STRING)
		return;
	else if (type == TYPE_TEXT)
		put_text(r, column, (struct str){ json_str(d, i), v->str_len });
	else if (type == TYPE_TIME && utc_parse(json_str(d, i), v->str_len, &t) == UTC_OK)
		put_time(r, column, t.us);
}

static int
one(struct sql_tables *t, const struct buf *text, struct json_doc *d)
{
	const struct table_decl *decl = &more_table[MORE_analysis];
	unsigned last = decl->n_columns - 1;
	struct row r;

	if (json_parse(d, (const char *)text->p, text->len, EX_JSON_DEPTH) ||
	    builder_row(&t->rows[MORE_analysis], &r))
		return -1;
	for (unsigned i = 0; i < last; i++) {
		uint32_t at = json_path(d, 0, decl->column[i].source);

		if (at != JSON_NONE)
			put_node(&r, (int)i, decl->column[i].type, d, at);
	}
	put_raw_json(&r, (int)last, (struct str){ (const char *)text->p, text->len });
	return 0;
}

int
analysis_fill(struct sql_tables *t, struct err *e)
{
	struct analyses *a;
	struct json_doc d;
	struct buf text;
	size_t first, n;
	int rc;

	if (t->made[MORE_analysis])
		return 0;
	/* what rests on an absence is as sure as in `analysis` */
	if ((rc = evidence_limits(&t->b->ev, true)) != 0)
		return err_set(e, rc, "what is missing could not be found out");
	if ((a = analyses_load(&t->b->r, &t->b->cat, e)) == NULL)
		return -1;
	json_init(&d);
	buf_init(&text, DOCUMENT_MAX);
	n = analyses_between(a, INT64_MIN, INT64_MAX, &first);
	for (size_t i = 0; i < n && rc == 0; i++) {
		buf_clear(&text);
		if (analysis_json(a, first + i, &text, e))
			rc = -1;
		else if (text.failed || one(t, &text, &d) || t->arena.nomem || t->arena.full)
			rc = rows_failed(t, e);
	}
	json_release(&d);
	buf_release(&text);
	analyses_free(a);
	t->made[MORE_analysis] = rc == 0;
	return rc;
}
