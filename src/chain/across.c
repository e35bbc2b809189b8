#include "chain/across.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

enum finding_id
differing_class(const char *p, size_t n)
{
	bool hashed = false, hashes = false;

	while (n) {
		const char *comma = memchr(p, ',', n);
		size_t k = comma ? (size_t)(comma - p) : n;
		unsigned col = column_by_name(p, k, true);

		hashed |= col && column_info[col].hashed;
		hashes |= col == COL_HASH || col == COL_PREVIOUS || col == COL_ALGORITHM;
		p += k + (comma != NULL);
		n -= k + (comma != NULL);
	}
	return hashed ? F_S11 : hashes ? F_S12 : F_S13;
}

bool
retention_alone(const char *p, size_t n)
{
	bool there = false;

	while (n) {
		const char *comma = memchr(p, ',', n);
		size_t k = comma ? (size_t)(comma - p) : n;
		unsigned col = column_by_name(p, k, true);

		if (col == COL_RETENTION)
			there = true;
		else if (col && column_info[col].hashed)
			return false;
		p += k + (comma != NULL);
		n -= k + (comma != NULL);
	}
	return there;
}

bool
content_differs(const char *p, size_t n)
{
	return differing_class(p, n) == F_S11 && !retention_alone(p, n);
}

size_t
columns_in(const char *p, size_t n)
{
	size_t k = n > 0;

	for (size_t i = 0; i < n; i++)
		k += p[i] == ',';
	return k;
}

/* How a change of such columns is told; sealed: of a row of an earlier file. What an administrator
 * may change breaks the row's hash and is no edit of what it says (J-7). */
static enum said
changed_since(const char *p, size_t n, bool sealed)
{
	enum finding_id class = retention_alone(p, n) ? F_S13 : differing_class(p, n);

	return class == F_S11 ? (sealed ? S11_SEALED : S11_ARCHIVED) :
	    class == F_S12    ? (sealed ? S12_SEALED : S12_ARCHIVED) :
				(sealed ? S13_SEALED : S13_ARCHIVED);
}

/* What a file says of rows that earlier files of its log hold: changed, or come after an
 * export that their time lies before (R-4). */
void
across_row(const struct archive *a, struct findings *l, const struct record *r, struct str corr,
    struct str type)
{
	struct aside_item it;
	char place[96], id[37];
	struct finding *f;
	uint64_t before;
	size_t n = type.n > 100 ? 100 : type.n;
	const char *p;

	/* of most rows nothing is to be said here */
	if (r->kind != KIND_CONFLICT && !(r->flags & FLAG_LATE))
		return;
	uuid_of(r->id, id);
	snprintf(place, sizeof place, "position %" PRIu64 ", row %" PRIu64 " of its input",
	    r->position, r->ordinal);
	/* the sealed item names the version before; one without what differs is a repeat */
	if (r->kind == KIND_CONFLICT && aside_find(r, TAG_CONFLICT, &it) && it.n >= 8 &&
	    ((before = load_be(it.p, 8)) < archive_first(a) || archive_follows(a)) &&
	    !content_differs(p = (const char *)it.p + 8, it.n - 8)) {
		f = finding_say(l, changed_since(p, it.n - 8, before < archive_first(a)),
		    archive_file(a), place,
		    GIVING(TEXT(id), STR(type.p, n), NUM(before),
			STR(p, it.n - 8 > 300 ? 300 : it.n - 8), NUM(columns_in(p, it.n - 8))));
	} else if (r->kind == KIND_EVENT && r->flags & FLAG_LATE) {
		f = finding_say(
		    l, S15_LATE, archive_file(a), place, GIVING(TEXT(id), STR(type.p, n)));
	} else {
		return;
	}
	finding_correlation(f, corr.p, corr.n);
	finding_event(l, f, r->id);
}

int
vanished_ids(const struct record *r, int (*f)(void *arg, const uint8_t id[16]), void *arg)
{
	struct json_doc d;
	uint32_t list, id;
	uint8_t uuid[16];
	int n = 0;

	if (!record_tells(r, "vanished"))
		return 0;
	json_init(&d);
	switch (json_parse(&d, (const char *)r->body, r->body_len, 64)) {
	case 0:
		if ((list = json_member(&d, 0, "events")) == JSON_NONE ||
		    d.node[list].type != JSON_ARRAY)
			break;
		for (uint32_t i = d.node[list].first; i != JSON_NONE && n >= 0; i = d.node[i].next)
			if ((id = d.node[i].first) != JSON_NONE && d.node[id].type == JSON_STRING &&
			    uuid_to(json_str(&d, id), d.node[id].str_len, uuid))
				n = f && f(arg, uuid) ? -1 : n + 1;
		break;
	case -1:
		n = -1;
	}
	json_release(&d);
	return n;
}

int
retention_run_of(const struct record *r, struct retention_run *ret)
{
	struct json_doc d;
	uint32_t table, id, end, deleted;
	struct utc t;
	int rc = 0;

	/* the head of the text tells most records apart, so that few are parsed */
	if (!record_tells(r, "row") ||
	    memmem(r->body, r->body_len, "retention_operations", 20) == NULL)
		return 0;
	json_init(&d);
	rc = json_parse(&d, (const char *)r->body, r->body_len, 64);
	if (rc == 0) {
		table = json_member(&d, 0, "table");
		id = json_path(&d, 0, "columns.run_id");
		end = json_path(&d, 0, "columns.operation_end");
		deleted = json_path(&d, 0, "columns.rows_deleted");
		memset(ret, 0, sizeof *ret);
		/* a run that lacks one of these says nothing that could be counted */
		if (table != JSON_NONE && id != JSON_NONE && end != JSON_NONE &&
		    deleted != JSON_NONE && d.node[id].type == JSON_STRING &&
		    d.node[end].type == JSON_STRING && d.node[deleted].type == JSON_STRING &&
		    utc_parse(json_str(&d, end), d.node[end].str_len, &t) == UTC_OK &&
		    dec_u64(json_str(&d, deleted), d.node[deleted].str_len, &ret->deleted)) {
			snprintf(ret->id, sizeof ret->id, "%.36s", json_str(&d, id));
			ret->end = t.us;
			rc = 1;
		}
	} else if (rc > 0) {
		/* what is no JSON was told when the record was read */
		rc = 0;
	}
	json_release(&d);
	return rc;
}

struct gathering {
	struct findings *l;
	struct finding *f;
};

static int
gather(void *arg, const uint8_t id[16])
{
	struct gathering *g = arg;

	finding_event(g->l, g->f, id);
	return 0;
}

int
across_vanished(const struct archive *a, struct findings *l, const struct record *r)
{
	struct gathering g = { .l = l };
	int n = vanished_ids(r, NULL, NULL);

	if (n <= 0)
		return n;
	g.f = finding_say(
	    l, S14_GONE, archive_file(a), at_position(r->position).text, GIVING(NUM((uint64_t)n)));
	return vanished_ids(r, gather, &g) < 0 ? -1 : 0;
}

/* Did a run of the source's retention that is on record delete rows behind the last event of the
 * files before? */
static const struct retention_run *
fitting_run(const struct rows *rows, unsigned file)
{
	const struct archive *before = file ? rows->archive[file - 1] : NULL;
	struct str last = { "", 0 };
	int64_t since = INT64_MIN;
	struct utc t;

	if (before)
		last = archive_manifest_str(before, "last_event");
	if (utc_parse(last.p, last.n, &t) == UTC_OK)
		since = t.us;
	for (unsigned i = 0; i < rows->n_runs; i++)
		if (rows->run[i].deleted && rows->run[i].end >= since)
			return &rows->run[i];
	return NULL;
}

void
across_explain_vanished(struct rows *rows)
{
	struct findings *l = rows->findings;

	for (unsigned i = 0; i < l->n; i++) {
		struct finding *f = &l->f[i];
		const struct retention_run *run;

		if (f->id != F_S14)
			continue;
		if ((run = fitting_run(rows, f->file)) == NULL) {
			finding_explain(l, f, BECAUSE_RETENTION_NONE_SINCE, GIVING_NOTHING);
			finding_explain(l, f, BECAUSE_DELETED_THEM, GIVING_NOTHING);
			continue;
		}
		finding_explain(
		    l, f, BECAUSE_RETENTION_RUN, GIVING(TEXT(run->id), NUM(run->deleted)));
		finding_explain(l, f, BECAUSE_DELETED_THEM, GIVING_NOTHING);
		finding_retell(l, f, N08_GONE, GIVING(NUM(f->n_events)));
	}
}

void
across_inputs(struct archive *a, struct findings *l)
{
	for (uint32_t i = 0; i < archive_told(a)->n; i++) {
		const struct told_input *in = &archive_told(a)->input[i];

		for (uint32_t k = 0; k < in->n_lacks && in->path.n; k++)
			if (in->lack[k].type == NULL)
				finding_say(l, in->collection ? I01_LACK : I02_LACK,
				    archive_file(a), "manifest, inputs",
				    GIVING(STR(in->path.p, in->path.n > 300 ? 300 : in->path.n),
					STR(in->lack[k].sentence.p,
					    in->lack[k].sentence.n > 600 ?
						600 :
						in->lack[k].sentence.n)));
	}
}
