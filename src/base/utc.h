/* Times as signed microseconds since 1970-01-01T00:00:00Z, proleptic Gregorian; the clock is never
 * read here. */
#ifndef BASE_UTC_H
#define BASE_UTC_H

#include "base/buf.h"

enum utc_form { UTC_PG, UTC_ISO, UTC_REST }; /* the styles of event.md E-12 */
/* no form: infinite, BC or beyond year 9999 (E-9) */
enum utc_result { UTC_OK, UTC_BAD, UTC_NO_FORM };

struct utc {
	int64_t us;     /* instant */
	int32_t offset; /* seconds east of UTC that the text stood in */
	bool finer;     /* digits below a microsecond were floored */
};

/* Parses a timestamp in any of the three styles: `T` or space, fraction, `Z` or an offset
 * ±hh[:mm[:ss]]. An offset must be there. */
enum utc_result utc_parse(const char *s, size_t n, struct utc *ret);

/*
 * The same, and forms that tools print (event.md E-8): a space before the offset, offsets without
 * their colon, `UTC`, `GMT`, and no offset at all, which is read as UTC.
 */
enum utc_result utc_parse_tools(const char *s, size_t n, struct utc *ret);
/* Does such a text end with an offset or the name of one? */
bool utc_names_zone(const char *s, size_t n);

/* The first and the first not any more of the times that have a form (E-9): years 1 to 9999. */
#define UTC_FIRST (-62135596800000000ll)
#define UTC_END 253402300800000000ll

/* `YYYY-MM-DD`, or with `T00:00:00Z` behind it if `rest`; *ret_days since 1970-01-01. */
enum utc_result utc_parse_date(const char *s, size_t n, bool rest, int32_t *ret_days);

/* What a person may write for a time, wherever one is asked for. */
#define UTC_WANTED \
	"a month (2026-11), a day (2026-11-20) or a time with its zone (2026-11-20T12:00:00Z)"

/* The instants that such a text names: [from, to) in microseconds. */
struct utc_span {
	int64_t from, to;
	bool whole; /* a month or a day, which counts whole where it ends a period */
};

/* Parses what UTC_WANTED says; seconds may be left out, `t` and `z` be small. */
enum utc_result utc_span_parse(const char *s, size_t n, struct utc_span *ret);

/* `A..B`, either may be left out; each as UTC_WANTED says. *ret_to is exclusive; INT64_MIN and
 * INT64_MAX stand for what was left out. false: it is no such text. */
bool utc_period_parse(const char *s, int64_t *ret_from, int64_t *ret_to);

void utc_print(struct buf *b, enum utc_form form, int64_t us, int32_t offset);
/* As the source's interface and all output of ours print it: UTC, `Z`. */
void buf_time(struct buf *b, int64_t us);
/* Whole seconds, rounded down also before 1970: what Kubernetes keeps of a time. */
int64_t utc_seconds(int64_t us);
/* The same as a text of its own; the longest has 27 characters. */
#define UTC_TEXT 40u
void utc_text(char out[UTC_TEXT], int64_t us);
void utc_print_date(struct buf *b, int32_t days);
int32_t utc_days(int64_t us); /* floor to days */

/* From the earliest to the latest of some times. */
struct utc_range {
	int64_t min, max; /* µs since 1970; nothing unless any */
	bool any;
};

static inline void
utc_range_add(struct utc_range *r, int64_t us)
{
	if (!r->any || us < r->min)
		r->min = us;
	if (!r->any || us > r->max)
		r->max = us;
	r->any = true;
}

static inline void
utc_range_merge(struct utc_range *r, const struct utc_range *o)
{
	if (o->any) {
		utc_range_add(r, o->min);
		utc_range_add(r, o->max);
	}
}

#endif
