#include "base/zone.h"

#include "base/utc.h"

#include <stdlib.h>
#include <string.h>

/* A day of every year, by the clock that stands then: RFC 8536 and POSIX, TZ rule Mm.w.d/time. */
struct yearly {
	int month, week, day; /* 1 to 12; 1 to 5, where 5 is the last; 0: Sunday */
	int32_t second;       /* of that day; may lie outside of it */
};

struct zone {
	const char *name;
	int32_t standard, summer;
	struct yearly begin, end; /* of summer time; month 0: there is none */
	const char *before;
};

static const struct zone zone[] = {
#define ZONES_RELEASE(text)
#define FIXED(name, offset) { name, offset, offset, { 0, 0, 0, 0 }, { 0, 0, 0, 0 }, "" },
#define ZONE(name, standard, summer, m1, w1, d1, s1, m2, w2, d2, s2, before) \
	{ name, standard, summer, { m1, w1, d1, s1 }, { m2, w2, d2, s2 }, before },
#include "base/zone.def"
#undef ZONES_RELEASE
#undef FIXED
#undef ZONE
};
#define ZONES (sizeof zone / sizeof *zone)

const char *
zone_release(void)
{
#define ZONES_RELEASE(text) text
#define FIXED(name, offset)
#define ZONE(name, standard, summer, m1, w1, d1, s1, m2, w2, d2, s2, before)
	return
#include "base/zone.def"
	    ;
#undef ZONES_RELEASE
#undef FIXED
#undef ZONE
}

static int
by_name(const void *key, const void *entry)
{
	return strcmp(key, ((const struct zone *)entry)->name);
}

const struct zone *
zone_named(const char *name)
{
	return bsearch(name, zone, ZONES, sizeof *zone, by_name);
}

const char *
zone_called(const struct zone *z)
{
	return z->name;
}

const char *
zone_name(unsigned i)
{
	return i < ZONES ? zone[i].name : NULL;
}

/* Days from 1970-01-01 to the first of a month of the Gregorian calendar. */
static int64_t
days_to(int64_t year, int month)
{
	static const int before[] = { 0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334 };
	int64_t y = year - 1;
	bool leap = (year % 4 == 0 && year % 100) || year % 400 == 0;

	return y * 365 + y / 4 - y / 100 + y / 400 - 719162 + before[month - 1] +
	    (leap && month > 2);
}

/* The second, in that year, at which a yearly day begins what it begins; local, as its clock
 * stands. */
static int64_t
second_of(const struct yearly *r, int64_t year)
{
	int64_t first = days_to(year, r->month),
		next = r->month == 12 ? days_to(year + 1, 1) : days_to(year, r->month + 1), day;

	/* 1970-01-01 was a Thursday */
	day = first + ((r->day - (first + 4)) % 7 + 7) % 7 + (int64_t)(r->week - 1) * 7;
	if (day >= next)
		day -= 7;
	return day * 86400 + r->second;
}

int32_t
zone_offset(const struct zone *z, int64_t us)
{
	int64_t s = us / 1000000 - (us % 1000000 < 0), begin, end, year;
	char *p = NULL;

	/* what held before the rule that holds now: offset, until, offset, until */
	for (const char *q = z->before; *q; q = p) {
		long offset = strtol(q, &p, 10);

		if (s < strtoll(p, &p, 10))
			return (int32_t)offset;
	}
	if (z->begin.month == 0)
		return z->standard;

	/* In the south the summer reaches over the turn of the year. The year is that of the local
	 * standard clock: no rule lies within a day of its turn. */
	year = 1970 + (s + z->standard) / 31556952 - ((s + z->standard) < 0);
	if (days_to(year + 1, 1) * 86400 <= s + z->standard)
		year++;
	if (days_to(year, 1) * 86400 > s + z->standard)
		year--;
	begin = second_of(&z->begin, year) - z->standard;
	end = second_of(&z->end, year) - z->summer;
	return (begin < end ? s >= begin && s < end : s >= begin || s < end) ? z->summer :
									       z->standard;
}

void
zone_put(struct buf *b, const struct zone *z, int64_t us)
{
	int32_t offset = zone_offset(z, us), minutes = (offset < 0 ? -offset : offset) / 60;
	struct buf t;

	buf_init(&t, 64);
	utc_print(&t, UTC_REST, us + (int64_t)offset * 1000000, 0);
	/* `2026-11-17T08:03:11.5Z`, of which the second is enough */
	if (t.len >= 19)
		buf_printf(b, " [%.10s %.8s %c%02d:%02d]", (char *)t.p, (char *)t.p + 11,
		    offset < 0 ? '-' : '+', minutes / 60, minutes % 60);
	buf_release(&t);
}
