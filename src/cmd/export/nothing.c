/* Inputs that yield no event: what they are instead, at which places, and what helps. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "cmd/export/export.h"
#include "json/json.h"

/* A dump that holds the audit table, and no row of it. */
static void
tables_empty(const struct argument *a, unsigned n, struct err *e)
{
	for (unsigned i = 0; i < n; i++)
		for (unsigned k = 0; k < a[i].in.n_tables; k++) {
			const struct table_rows *t = &a[i].in.table[k];

			if (t->kept && t->rows == 0 && strstr(t->name, "audit_events"))
				err_set(e, EX_DATA_ERR,
				    "no audit event in the input: nothing to archive: %s: %.200s "
				    "is "
				    "here, and holds no row",
				    a[i].arg, t->name);
		}
}

/* What was said of an input in which nothing is known to be missing, and nothing was kept aside. */
static void
remarks_on_none(const struct argument *a, unsigned n, struct err *e)
{
	for (unsigned i = 0; i < n; i++) {
		const struct buf *said = &a[i].in.lacks;

		if (said->len > 2 && said->p[0] == '"')
			err_set(e, EX_DATA_ERR,
			    "no audit event in the input: nothing to archive: %s: %.*s", a[i].arg,
			    (int)(said->len - 1 < 400 ? said->len - 2 : 400), (char *)said->p + 1);
	}
}

/* Rejects alone are no archive: what was met instead of events, at its first places, and what is
 * known to be missing. */
int
yields_nothing(const struct session *s, const struct argument *a, unsigned n, struct err *e)
{
	uint64_t outside = 0;
	struct json_doc d;
	struct buf b;

	buf_init(&b, 1u << 20);
	/* what is known to be missing is the best answer: it says what somebody left out */
	for (unsigned i = 0; i < n; i++) {
		const struct input *in = &a[i].in;

		outside += in->outside;
		json_init(&d);
		buf_clear(&b);
		buf_byte(&b, '[');
		buf_put(&b, in->lacks.p, in->lacks.len);
		buf_byte(&b, ']');
		if (in->known_lacks && !b.failed && json_parse(&d, (char *)b.p, b.len, 8) == 0)
			for (uint32_t k = d.node[0].first; k != JSON_NONE; k = d.node[k].next) {
				uint32_t m = d.node[k].type == JSON_OBJECT ?
				    json_member(&d, k, "sentence") :
				    JSON_NONE;

				if (m != JSON_NONE) {
					struct buf t;

					buf_init(&t, 65536);
					text_plain(&t, json_str(&d, m), d.node[m].str_len);
					err_set(e, EX_DATA_ERR,
					    "no audit event in the input: nothing to archive: %s: "
					    "%.*s%s%.*s",
					    a[i].arg, (int)(t.len > 400 ? 400 : t.len),
					    t.len ? (char *)t.p : "", s->places.len ? "; " : "",
					    (int)(s->places.len > 400 ? 400 : s->places.len),
					    s->places.len ? (char *)s->places.p : "");
					buf_release(&t);
					break;
				}
			}
		json_release(&d);
	}
	buf_release(&b);
	/* tables that were met and are empty */
	if (!outside && s->places.len == 0) {
		tables_empty(a, n, e);
		remarks_on_none(a, n, e);
	}
	/* everything there was lay outside of the period */
	if (outside)
		return err_set(e, EX_DATA_ERR,
		    "no audit event in the period asked for: nothing to archive (%" PRIu64 " rows "
		    "lie "
		    "outside of --since and --until)",
		    outside);
	return err_set(e, EX_DATA_ERR, "no audit event in the input: nothing to archive%s%.*s",
	    s->places.len ? ": " : "", (int)(s->places.len > 900 ? 900 : s->places.len),
	    s->places.len ? (char *)s->places.p : "");
}
