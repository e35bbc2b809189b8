#include "verify/counts.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"

uint64_t
counts_check(struct verification *v, struct archive *a, const uint64_t kinds[8])
{
	static const struct {
		const char *name;
		unsigned kind;
	} count[] = {
		{ "events", KIND_EVENT },
		{ "rejects", KIND_REJECT },
		{ "conflicts", KIND_CONFLICT },
		{ "contexts", KIND_CONTEXT },
		{ "dead_letters", KIND_DEAD_LETTER },
	};
	uint64_t want, events = 0, left = archive_damaged_records(a);

	for (unsigned i = 0; i < sizeof count / sizeof *count; i++) {
		uint64_t have = kinds[count[i].kind];
		char w[32], h[32];

		if (!archive_manifest_u64(a, "counts", count[i].name, &want) || want < have ||
		    want - have > left) {
			snprintf(w, sizeof w, "%" PRIu64, want);
			snprintf(h, sizeof h, "%" PRIu64, have);
			finding_values(
			    finding_add(&v->findings, F_A18, archive_file(a), "manifest",
				"The manifest counts other %s than the file holds.", count[i].name),
			    w, h);
			continue;
		}
		left -= want - have;
		if (i == 0)
			events = want - have;
	}
	return events;
}

void
counts_tell_damaged(struct verification *v, struct archive *a, uint64_t events)
{
	char place[200];
	size_t at = 0;
	unsigned shown = 0;

	if (archive_damaged_blocks(a) == 0)
		return;
	for (uint64_t i = 0; i < archive_blocks(a) && shown < 4; i++)
		if (archive_is_damaged(a, i))
			at += (size_t)snprintf(place + at, sizeof place - at,
			    "%spositions %" PRIu64 " to %" PRIu64, shown++ ? ", " : "",
			    archive_row(a, i)->first,
			    archive_row(a, i)->first + archive_row(a, i)->count - 1);
	finding_add(&v->findings, F_A29, archive_file(a), place,
	    "%" PRIu64 " record%s, %" PRIu64 " of them events, could not be read: %" PRIu64 " block"
	    "%s of "
	    "%s %s "
	    "damage"
	    "d.",
	    archive_damaged_records(a), archive_damaged_records(a) == 1 ? "" : "s", events,
	    archive_damaged_blocks(a), archive_damaged_blocks(a) == 1 ? "" : "s", archive_name(a),
	    archive_damaged_blocks(a) == 1 ? "is" : "are");
	v->unread_records += archive_damaged_records(a);
	v->unread_events += events;
	v->damaged_blocks += archive_damaged_blocks(a);
}

void
counts_check_days(struct verification *v, struct archive *a, struct daycount *days)
{
	uint32_t m = json_member(archive_manifest(a), 0, "days");
	struct buf b;

	buf_init(&b, EX_MAX_BODY);
	if (daycount_print(days, &b))
		nomem_note();
	else if (m == JSON_NONE || archive_manifest(a)->node[m].src_len != b.len ||
	    memcmp(json_src(archive_manifest(a), m), b.p, b.len))
		finding_add(&v->findings, F_A18, archive_file(a), "manifest",
		    "The manifest's counts by day and type are not those of the records.");
	buf_release(&b);
}
