#include "verify/record_rules.h"

#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "base/utc.h"

/* verbatim input of at most 1 MiB, with its place and the reason, and the number of a
 * piece. */
static const char *
reject_wrong(const struct record *r)
{
	struct span s = span_of(r->aside, r->aside_len);
	struct aside_item i;
	unsigned last = 0;
	bool place = false, reason = false;
	int rc;

	while ((rc = aside_next(&s, &last, &i)) == 1) {
		place |= i.tag == TAG_PLACE;
		reason |= i.tag == TAG_REASON;
		if (i.tag < TAG_PLACE || i.tag > TAG_CHUNK ||
		    (i.tag == TAG_CHUNK && (i.n != 5 || i.p[4] > 1)))
			return "a reject has an item that is none of a reject [R-10, R-17]";
	}
	if (rc < 0)
		return "aside: tags do not ascend or an item does not fit [R-10]";
	if (!place || !reason)
		return "a reject does not say its place and the reason [R-17]";
	return r->body_len > EX_CHUNK ? "a piece of a reject is longer than 1 MiB [R-17]" : NULL;
}

/* an earlier position, and names of columns. */
static const char *
conflict_wrong(const struct record *r, const struct table *t)
{
	struct aside_item it;
	const char *p;
	size_t n;

	if (!aside_find(r, TAG_CONFLICT, &it) || it.n < 9)
		return "a conflict does not say what it conflicts with [R-18]";
	if (load_be(it.p, 8) >= r->position)
		return "a conflict names a version that does not stand before it [R-18]";
	for (p = (const char *)it.p + 8, n = it.n - 8; n;) {
		const char *comma = memchr(p, ',', n);
		size_t k = comma ? (size_t)(comma - p) : n;
		char name[128];

		if (k >= sizeof name)
			return "a conflict differs in a column that its table does not have [R-18]";
		memcpy(name, p, k);
		name[k] = '\0';
		if (column_by_name(p, k, true) == 0 && (t == NULL || table_extra(t, name) >= t->n))
			return "a conflict differs in a column that its table does not have [R-18]";
		p += k + (comma != NULL);
		n -= k + (comma != NULL);
	}
	return NULL;
}

static bool
filled(struct view_cell c)
{
	return c.state == VIEW_TEXT;
}

/*
 * A row kept verbatim says in its header what it says itself, and has no canonical form
 * (E-9). What was
 * withheld is not there to be held against.
 */
static const char *
verbatim_wrong(const struct record *r, const struct table *t, struct view *view)
{
	struct view_cell id, time, day;
	uint8_t uuid[16];
	struct utc at;
	int32_t d;
	bool timed;

	if (r->flags & FLAG_TIME_INVALID && r->time)
		return "the header has a time, and says that it has none [R-4]";
	if (r->flags & FLAG_WITHHELD || t == NULL)
		return NULL;
	id = view_column(view, COL_EVENT_ID);
	if (!filled(id) || !uuid_to(id.p, id.n, uuid) || memcmp(uuid, r->id, 16))
		return "the header names another event than the row [R-9]";
	time = view_column(view, COL_TIMESTAMP);
	timed = filled(time) && utc_parse_tools(time.p, time.n, &at) == UTC_OK;
	if (timed == ((r->flags & FLAG_TIME_INVALID) != 0) || (timed && at.us != r->time))
		return "the header has another time than the row [R-9]";
	day = view_column(view, COL_PARENT_DATE);
	if (strcmp(t->name, TABLE_EXPORT) && timed && filled(view_column(view, COL_RETENTION)) &&
	    filled(view_column(view, COL_SENSITIVE)) &&
	    (!filled(day) || column_day(day.p, day.n, t->style == UTC_REST, &d) == UTC_OK))
		return "a row is kept verbatim that has a canonical form [E-9]";
	return NULL;
}

/* what the header calls another text stands in the aside. */
static const char *
text_missing(const struct record *r)
{
	struct aside_item it;

	if ((r->claimed_form == FORM_TEXT && !aside_find(r, COL_HASH, &it)) ||
	    (r->previous_form == FORM_TEXT && !aside_find(r, COL_PREVIOUS, &it)))
		return "the header says that a hash is another text, and there is none [R-5]";
	return r->algorithm == ALGO_TEXT && !aside_find(r, COL_ALGORITHM, &it) ?
	    "the header says that the algorithm is another text, and there is none [R-6]" :
	    NULL;
}

const char *
record_rule_broken(const struct record *r, const struct table *t, struct view *view,
    struct json_doc *d, enum finding_id *ret, bool *ret_failed)
{
	const char *why = NULL;
	int rc;

	*ret = F_A28;
	if (r->flags & FLAG_LATE && r->kind != KIND_EVENT)
		return "it is called late, and is no event [R-4]";
	if (r->flags & FLAG_INTERIM && r->kind != KIND_MANIFEST)
		return "it is called interim, and is no manifest [R-4]";
	if (r->kind == KIND_DEAD_LETTER) {
		if ((rc = json_parse(d, (const char *)r->body, r->body_len, EX_JSON_DEPTH)) < 0)
			*ret_failed = true;
		return rc > 0 || (rc == 0 && json_member(d, 0, "payload") == JSON_NONE) ?
		    "a dead letter is no message with a payload [R-21]" :
		    NULL;
	}
	*ret = F_A22;
	if (r->kind == KIND_REJECT)
		return reject_wrong(r);
	if (!record_event_like(r))
		return r->aside_len ? "what is kept beside it belongs to a row or a reject [R-10]" :
				      NULL;
	if ((why = text_missing(r)) == NULL && r->kind == KIND_CONFLICT)
		why = conflict_wrong(r, t);
	if (why || r->body_form != BODY_VERBATIM)
		return why;
	if (view_open(view, r, t, &why) < 0)
		*ret_failed = true;
	return why ? why : verbatim_wrong(r, t, view);
}
