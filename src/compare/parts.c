/* What of the source an export shows: a row that it would not show is not gone because it is not
 * there (judgement.md J-3). */
#include <stdlib.h>
#include <string.h>

#include "base/utc.h"
#include "base/vec.h"
#include "compare/compare.h"

enum { SHOWN, LEFT_OUT };

/* Months since 1970 of a partition `…audit_events_YYYY_MM`; false: the name is another. */
static bool
partition_month(const char *p, size_t n, uint32_t *ret)
{
	static const char stem[] = "audit_events_";
	const char *dot = memrchr(p, '.', n);
	uint32_t v = 0;

	if (dot) {
		n -= (size_t)(dot + 1 - p);
		p = dot + 1;
	}
	if (n != sizeof stem - 1 + 7 || memcmp(p, stem, sizeof stem - 1) || p[n - 3] != '_')
		return false;
	for (size_t i = n - 7; i < n; i++) {
		if (i == n - 3)
			continue;
		if (p[i] < '0' || p[i] > '9')
			return false;
		v = v * 10 + (uint32_t)(p[i] - '0');
	}
	if (v / 100 < 1970 || v % 100 < 1 || v % 100 > 12)
		return false;
	*ret = (v / 100 - 1970) * 12 + v % 100 - 1;
	return true;
}

static int
note_month(struct side *s, const char *p, size_t n, int what)
{
	uint32_t m;
	void *q;

	if (!partition_month(p, n, &m))
		return 0;
	if (m >= s->n_months) { /* a year has four digits: some 96,000 at most */
		if ((q = vec_resize(s->month, m + 1, sizeof *s->month)) == NULL)
			return -1;
		s->month = q;
		memset(s->month + s->n_months, 0, (m + 1 - s->n_months) * sizeof *s->month);
		s->n_months = m + 1;
	}
	s->month[m][what] = true;
	return 0;
}

static bool
is(const struct json_doc *m, uint32_t i, const char *want)
{
	return i != JSON_NONE && m->node[i].type == JSON_STRING &&
	    m->node[i].str_len == strlen(want) &&
	    memcmp(json_str(m, i), want, m->node[i].str_len) == 0;
}

/* Of a dump: its end mark, and which partitions have their data in it. */
static int
note_marks(struct side *s, const struct json_doc *m, uint32_t entry, bool *ret_end, bool *ret_any)
{
	for (uint32_t i = json_first_of(m, entry, "compared"); i != JSON_NONE; i = m->node[i].next)
		*ret_end |= is(m, json_member(m, i, "what"), "end-mark");
	for (uint32_t i = json_first_of(m, entry, "compared"); i != JSON_NONE && *ret_end;
	     i = m->node[i].next) {
		uint32_t t = json_member(m, i, "table");

		if (!is(m, json_member(m, i, "what"), "data-section") || t == JSON_NONE ||
		    m->node[t].type != JSON_STRING)
			continue;
		*ret_any |= memmem(json_str(m, t), m->node[t].str_len, "audit_events", 12) != NULL;
		if (note_month(s, json_str(m, t), m->node[t].str_len, SHOWN))
			return -1;
	}
	return 0;
}

int
side_inputs(struct side *s, const struct archive *a)
{
	const struct json_doc *m = archive_manifest(a);
	static const char *const held[] = { "events", "conflicts", "repeats" };

	/* what the inputs say of themselves, as the manifest keeps it */
	for (uint32_t at = 0; at < archive_told(a)->n; at++) {
		const struct told_input *in = &archive_told(a)->input[at];
		uint32_t i = in->entry;
		bool dump = in->dump, whole = is(m, json_member(m, i, "kind"), "postgres"),
		     end = false, any = false;
		uint64_t n;

		/* every event that was met, kept or not */
		for (unsigned k = 0; k < sizeof held / sizeof *held; k++)
			if (json_u64(m, i, held[k], &n))
				s->seen += n;
		/* a period that was asked for leaves out what it does not tell */
		if ((!dump && !whole) || in->outside)
			continue;
		if (dump && note_marks(s, m, i, &end, &any))
			return -1;
		/* whole only if both ends of the dump were seen and nothing lacks */
		whole |= end && any;
		for (uint32_t k = 0; k < in->n_lacks; k++)
			whole &= in->lack[k].type == NULL;
		/* a month that was left out is no gap */
		for (uint32_t k = json_first_of(m, i, "left_out"); k != JSON_NONE;
		     k = m->node[k].next)
			if (note_month(s, json_name(m, k), m->node[k].name_len, LEFT_OUT))
				return -1;
		s->whole |= whole;
	}
	return 0;
}

bool
side_shows(const struct side *s, int64_t time)
{
	struct buf b;
	uint32_t m = UINT32_MAX;

	if (time != INT64_MIN && s->n_months) {
		buf_init(&b, 64);
		utc_print_date(&b, utc_days(time)); /* YYYY-MM-DD */
		if (b.len == 10)
			m = (uint32_t)((b.p[0] - '0') * 1000 + (b.p[1] - '0') * 100 +
				(b.p[2] - '0') * 10 + (b.p[3] - '0') - 1970) *
				12 +
			    (uint32_t)((b.p[5] - '0') * 10 + (b.p[6] - '0') - 1);
		buf_release(&b);
	}
	if (m < s->n_months && s->month[m][LEFT_OUT])
		return false;
	return s->whole || (m < s->n_months && s->month[m][SHOWN]);
}

bool
side_would_hold(struct side *s, int64_t time, const uint8_t digest[32])
{
	return !s->limits.unbounded && side_shows(s, time) &&
	    (s->limits.met.n == 0 || !correlation_set_has(&s->limits.met, digest));
}

bool
gone_told(const struct comparison *c)
{
	return c->counted[DIFF_VANISHED] || c->unseen[0] == 0;
}
