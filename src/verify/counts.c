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

		if (!archive_manifest_u64(a, "counts", count[i].name, &want) || want < have ||
		    want - have > left) {
			finding_numbers(finding_say(&v->findings, A18_KIND, archive_file(a),
					    "manifest", GIVING(TEXT(count[i].name))),
			    want, have, "");
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
	finding_say(&v->findings, A29_RECORDS, archive_file(a), place,
	    GIVING(NUM(archive_damaged_records(a)), NUM(events), NUM(archive_damaged_blocks(a)),
		TEXT(archive_name(a))));
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
		finding_say(&v->findings, A18_DAYS, archive_file(a), "manifest", GIVING_NOTHING);
	buf_release(&b);
}
