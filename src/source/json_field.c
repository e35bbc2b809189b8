/* Rows of JSON in the only column of a CSV or of COPY's text form: \copy of a query such as
 * (select row_to_json …) or (select json_agg …). */
#include "source/json_inner.h"
#include "source/json_reader.h"
#include "source/sql.h"

/* The field that begins at hand, from its quotation mark to the one that ends it. 1; 0: it does not
 * end; -1 (e). */
static int
cut_field(struct reader *r, const char **ret, size_t *ret_n, struct err *e)
{
	size_t want = 65536, n, i = 1;
	const char *p;

	for (;;) {
		if (stream_peek(r->f, want, &p, &n, e))
			return -1;
		*ret = p;
		for (; i < n; i++) {
			if (p[i] != '"')
				continue;
			/* the next piece tells */
			if (i + 1 == n && n >= want)
				break;
			if (i + 1 < n && p[i + 1] == '"') {
				i++;
				continue;
			}
			*ret_n = i + 1;
			return 1;
		}
		if (n < want || n >= EX_MAX_ROW) {
			*ret_n = n;
			return 0;
		}
		want = n * 2 > EX_MAX_ROW ? EX_MAX_ROW : n * 2;
	}
}

/* Every row of a list. What separates them is what is left of the field's bytes. */
static int
elements(struct reader *r, const struct json_doc *list, size_t raw_len, struct err *e)
{
	size_t rows = 0;

	for (uint32_t k = list->node[0].first; k != JSON_NONE; k = list->node[k].next) {
		const char *p = json_src(list, k);
		size_t n = list->node[k].src_len;

		rows += n;
		if (session_go_on(r->s, r->f, e) || json_element(r, p, n, p, n, e))
			return -1;
	}
	session_understood(r->s, raw_len > rows ? raw_len - rows : 0);
	return 0;
}

int
json_field(struct reader *r, struct err *e)
{
	struct json_doc list;
	const char *p;
	size_t n, have;
	int rc;

	json_stand(r);
	if ((rc = cut_field(r, &p, &n, e)) <= 0)
		return rc < 0 ? -1 : json_give_up(r, "a field of CSV that does not end", true, e);
	buf_clear(&r->field);
	for (size_t i = 1; i + 1 < n; i++) {
		buf_byte(&r->field, (unsigned char)p[i]);
		i += p[i] == '"';
	}
	if (r->field.failed)
		return err_nomem(e);
	input_lacks(r->s->in,
	    "rows stand in this input as the texts of a CSV of one column: they were read as the "
	    "JSON that they are");
	json_init(&list);
	rc = json_parse(&list, (char *)r->field.p, r->field.len, EX_JSON_DEPTH + 2);
	if (rc > 0 && stream_peek(r->f, n + 1, &p, &have, e) == 0 && have == n) {
		rc = json_give_up(r, "the input ends inside this field", true, e);
	} else if (*r->field.p == '[') {
		rc = rc < 0 ? err_nomem(e) :
		    rc      ? json_reject(r, p, n, "not JSON", e) :
			      elements(r, &list, n, e);
	} else {
		rc = json_element(r, (char *)r->field.p, r->field.len, p, n, e);
	}
	json_release(&list);
	if (rc == 0)
		json_leave(r, n);
	return rc;
}

int
json_copy_line(struct reader *r, struct err *e)
{
	struct json_doc list;
	const char *p;
	size_t n;
	bool ended;
	int rc;

	json_stand(r);
	if (json_this_line(r, &p, &n, &ended, e))
		return -1;
	while (n && (p[n - 1] == '\r' || p[n - 1] == ' '))
		n--;
	buf_clear(&r->field);
	for (const char *q = p, *end = p + n; q < end;)
		if (*q == '\\')
			q = copy_escape(q, end, &r->field);
		else
			buf_byte(&r->field, (unsigned char)*q++);
	if (r->field.failed)
		return err_nomem(e);
	json_init(&list);
	rc = json_parse(&list, (char *)r->field.p, r->field.len, EX_JSON_DEPTH + 2);
	if (rc == 0) {
		input_lacks(r->s->in,
		    "rows stand in this input as COPY's text form writes JSON over several lines: "
		    "its escapes were undone");
		rc = *r->field.p == '[' ?
		    elements(r, &list, n, e) :
		    json_element(r, (char *)r->field.p, r->field.len, p, n, e);
		json_leave(r, n);
	} else if (rc < 0) {
		err_nomem(e);
	}
	json_release(&list);
	return rc;
}
