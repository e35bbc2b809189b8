/* A file of each archive for Timesketch: a line for each event (formats/bundle.md X-5). */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "base/utc.h"
#include "cmd/analyze/bundle.h"
#include "event/view.h"

static void
column(struct emit *e, struct view *v, const char *name, unsigned col)
{
	struct view_cell c = view_column(v, col);

	/* one type each for ever: what is not known is an empty text */
	emit_text(e, name, c.state == VIEW_TEXT ? c.p : "", c.state == VIEW_TEXT ? c.n : 0);
}

static void
part(struct buf *b, struct view *v, const char *before, unsigned col)
{
	struct view_cell c = view_column(v, col);

	if (c.state == VIEW_TEXT && c.n) {
		buf_str(b, before);
		buf_put(b, c.p, c.n);
	}
}

/* The event's time as RFC 3339 with six digits at most, and in microseconds. */
static void
when(struct emit *e, struct view *v)
{
	struct view_cell c = view_column(v, COL_TIMESTAMP);
	struct utc t = { 0 };
	struct buf b;
	char us[32];

	if (c.state == VIEW_TEXT)
		utc_parse(c.p, c.n, &t);
	buf_init(&b, 64);
	utc_print(&b, UTC_REST, t.us, 0);
	/* `Z` is an offset that some readers do not take */
	if (b.len && b.p[b.len - 1] == 'Z')
		b.len--;
	buf_str(&b, "+00:00");
	emit_text(e, "datetime", (char *)b.p, b.len);
	snprintf(us, sizeof us, "%" PRId64, t.us);
	emit_raw(e, "timestamp", us, strlen(us));
	buf_release(&b);
}

static int
event(struct bundle *b, unsigned archive, const struct record *r, struct buf *out)
{
	struct view *v = reading_view(&b->r, archive, r, &b->ev.err);
	struct buf message;
	struct emit e;
	char text[40];

	if (v == NULL)
		return b->ev.err.status ? -1 : 0;
	buf_init(&message, 1u << 20);
	part(&message, v, "", COL_TYPE);
	part(&message, v, " by ", COL_ACTOR_ID);
	part(&message, v, " on ", COL_RESOURCE_TYPE);
	part(&message, v, " ", COL_RESOURCE_ID);
	part(&message, v, ": ", COL_OUTCOME);
	emit_init(&e, out);
	emit_object(&e, NULL);
	emit_text(&e, "message", message.p ? (char *)message.p : "", message.len);
	when(&e, v);
	emit_str(&e, "timestamp_desc", "Event time, as the source states it");
	column(&e, v, "event_id", COL_EVENT_ID);
	column(&e, v, "correlation_id", COL_CORRELATION);
	column(&e, v, "event_type", COL_TYPE);
	column(&e, v, "event_category", COL_CATEGORY);
	column(&e, v, "event_action", COL_ACTION);
	column(&e, v, "event_outcome", COL_OUTCOME);
	column(&e, v, "actor_type", COL_ACTOR_TYPE);
	column(&e, v, "actor_id", COL_ACTOR_ID);
	column(&e, v, "resource_type", COL_RESOURCE_TYPE);
	column(&e, v, "resource_id", COL_RESOURCE_ID);
	column(&e, v, "namespace", COL_NAMESPACE);
	column(&e, v, "cluster", COL_CLUSTER);
	column(&e, v, "severity", COL_SEVERITY);
	column(&e, v, "event_hash", COL_HASH);
	column(&e, v, "event_data", COL_DATA);
	emit_str(&e, "archive", b->name[archive]);
	snprintf(text, sizeof text, "%" PRIu64, r->position);
	emit_str(&e, "position", text);
	emit_end(&e);
	buf_byte(out, '\n');
	buf_release(&message);
	return out->failed ? err_nomem(&b->ev.err) : 0;
}

/* 0 or -1 (e). */
static int
file(struct bundle *b, unsigned archive, struct buf *out)
{
	struct archive *a = b->ev.archive[archive];
	const struct record *r;
	char name[400];
	int rc;

	snprintf(name, sizeof name, "timesketch/%s.jsonl", b->name[archive]);
	if (shelf_begin(&b->shelf, name, true, &b->ev.err))
		return -1;
	for (uint64_t p = archive_first(a); archive_counts(a) && p < archive_next(a); p++) {
		if ((rc = reading_record(&b->r, archive, p, &r, &b->ev.err)) < 0)
			return -1;
		if (rc > 0) {
			p = archive_end_of_block(a, p); /* damaged: go on behind it */
			continue;
		}
		if (r->kind == KIND_EVENT && event(b, archive, r, out))
			return -1;
		if (out->len > 1u << 20) {
			if (shelf_write(&b->shelf, out->p, out->len, &b->ev.err))
				return -1;
			buf_clear(out);
		}
	}
	rc = out->len ? shelf_write(&b->shelf, out->p, out->len, &b->ev.err) : 0;
	buf_clear(out);
	return rc || shelf_end(&b->shelf, &b->ev.err) ? -1 : 0;
}

int
bundle_timesketch(struct bundle *b)
{
	struct buf out;
	int rc = 0;

	buf_init(&out, 512u << 20);
	for (unsigned i = 0; i < b->ev.n && rc == 0; i++)
		rc = file(b, i, &out);
	buf_release(&out);
	return rc;
}
