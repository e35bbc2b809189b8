#include "verify/record_rules.h"

#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "base/utc.h"

/* verbatim input of at most 1 MiB, with its place and the reason, and the number of a
 * piece. */
static enum said
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
			return A22_REJECT_ITEM;
	}
	if (rc < 0)
		return A22_REJECT_TAGS;
	if (!place || !reason)
		return A22_REJECT_SILENT;
	return r->body_len > EX_CHUNK ? A22_REJECT_LONG : SAID_COUNT;
}

/* an earlier position, and names of columns. */
static enum said
conflict_wrong(const struct record *r, const struct table *t)
{
	struct aside_item it;
	const char *p;
	size_t n;

	if (!aside_find(r, TAG_CONFLICT, &it) || it.n < 9)
		return A22_CONFLICT_SILENT;
	if (load_be(it.p, 8) >= r->position)
		return A22_CONFLICT_LATER;
	for (p = (const char *)it.p + 8, n = it.n - 8; n;) {
		const char *comma = memchr(p, ',', n);
		size_t k = comma ? (size_t)(comma - p) : n;
		char name[128];

		if (k >= sizeof name)
			return A22_CONFLICT_COLUMN;
		memcpy(name, p, k);
		name[k] = '\0';
		if (column_by_name(p, k, true) == 0 && (t == NULL || table_extra(t, name) >= t->n))
			return A22_CONFLICT_COLUMN;
		p += k + (comma != NULL);
		n -= k + (comma != NULL);
	}
	return SAID_COUNT;
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
static enum said
verbatim_wrong(const struct record *r, const struct table *t, struct view *view)
{
	struct view_cell id, time, day;
	uint8_t uuid[16];
	struct utc at;
	int32_t d;
	bool timed;

	if (r->flags & FLAG_TIME_INVALID && r->time)
		return A22_TIME_TWO_WAYS;
	if (r->flags & FLAG_WITHHELD || t == NULL)
		return SAID_COUNT;
	id = view_column(view, COL_EVENT_ID);
	if (!filled(id) || !uuid_to(id.p, id.n, uuid) || memcmp(uuid, r->id, 16))
		return A22_OTHER_ID;
	time = view_column(view, COL_TIMESTAMP);
	timed = filled(time) && utc_parse_tools(time.p, time.n, &at) == UTC_OK;
	if (timed == ((r->flags & FLAG_TIME_INVALID) != 0) || (timed && at.us != r->time))
		return A22_OTHER_TIME;
	day = view_column(view, COL_PARENT_DATE);
	if (strcmp(t->name, TABLE_EXPORT) && timed && filled(view_column(view, COL_RETENTION)) &&
	    filled(view_column(view, COL_SENSITIVE)) &&
	    (!filled(day) || column_day(day.p, day.n, t->style == UTC_REST, &d) == UTC_OK))
		return A22_CANONICAL;
	return SAID_COUNT;
}

/* what the header calls another text stands in the aside. */
static enum said
text_missing(const struct record *r)
{
	struct aside_item it;

	if ((r->claimed_form == FORM_TEXT && !aside_find(r, COL_HASH, &it)) ||
	    (r->previous_form == FORM_TEXT && !aside_find(r, COL_PREVIOUS, &it)))
		return A22_NO_HASH_TEXT;
	return r->algorithm == ALGO_TEXT && !aside_find(r, COL_ALGORITHM, &it) ?
	    A22_NO_ALGORITHM_TEXT :
	    SAID_COUNT;
}

bool
record_rule_broken(const struct record *r, const struct table *t, struct view *view,
    struct json_doc *d, struct broken *ret, bool *ret_failed)
{
	int rc;

	*ret = (struct broken){ SAID_COUNT, NULL };
	if (r->flags & FLAG_LATE && r->kind != KIND_EVENT) {
		ret->said = A28_LATE_NO_EVENT;
	} else if (r->flags & FLAG_INTERIM && r->kind != KIND_MANIFEST) {
		ret->said = A28_INTERIM;
	} else if (r->kind == KIND_DEAD_LETTER) {
		if ((rc = json_parse(d, (const char *)r->body, r->body_len, EX_JSON_DEPTH)) < 0)
			*ret_failed = true;
		if (rc > 0 || (rc == 0 && json_member(d, 0, "payload") == JSON_NONE))
			ret->said = A28_NO_PAYLOAD;
	} else if (r->kind == KIND_REJECT) {
		ret->said = reject_wrong(r);
	} else if (!record_event_like(r)) {
		ret->said = r->aside_len ? A22_BESIDE : SAID_COUNT;
	} else {
		ret->said = text_missing(r);
		if (ret->said == SAID_COUNT && r->kind == KIND_CONFLICT)
			ret->said = conflict_wrong(r, t);
		/* the view is wanted of rows kept verbatim alone: a body in canonical form was held
		 * against its header when it was unpacked */
		if (ret->said == SAID_COUNT && r->body_form == BODY_VERBATIM) {
			if (view_open(view, r, t, &ret->why) < 0)
				*ret_failed = true;
			ret->said = ret->why ? A22_FAULT : verbatim_wrong(r, t, view);
		}
	}
	return ret->said != SAID_COUNT;
}
