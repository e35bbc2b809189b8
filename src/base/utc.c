#include "base/utc.h"

#include <stdio.h>
#include <string.h>

#define DAY_US 86400000000ll

/* Days since 1970-01-01 of a proleptic Gregorian date (Howard Hinnant's construction). */
static int64_t
days_of(int64_t y, unsigned m, unsigned d)
{
	int64_t era;
	unsigned yoe, doy, doe;

	y -= m <= 2;
	era = (y >= 0 ? y : y - 399) / 400;
	yoe = (unsigned)(y - era * 400);
	doy = (153 * (m + (m > 2 ? -3u : 9u)) + 2) / 5 + d - 1;
	doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
	return era * 146097 + (int64_t)doe - 719468;
}

static void
date_of(int64_t z, int64_t *y, unsigned *m, unsigned *d)
{
	int64_t era;
	unsigned doe, yoe, doy, mp;

	z += 719468;
	era = (z >= 0 ? z : z - 146096) / 146097;
	doe = (unsigned)(z - era * 146097);
	yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	mp = (5 * doy + 2) / 153;
	*d = doy - (153 * mp + 2) / 5 + 1;
	*m = mp + (mp < 10 ? 3u : -9u);
	*y = (int64_t)yoe + era * 400 + (*m <= 2);
}

int32_t
utc_days(int64_t us)
{
	return (int32_t)(us >= 0 ? us / DAY_US : -((-us + DAY_US - 1) / DAY_US));
}

/* Exactly n digits at *s; advances. */
static bool
digits(const char **s, const char *end, unsigned n, unsigned *ret)
{
	unsigned v = 0;

	if ((size_t)(end - *s) < n)
		return false;
	for (unsigned i = 0; i < n; i++) {
		if ((*s)[i] < '0' || (*s)[i] > '9')
			return false;
		v = v * 10 + (unsigned)((*s)[i] - '0');
	}
	*s += n;
	*ret = v;
	return true;
}

static bool
lit(const char **s, const char *end, char c)
{
	if (*s == end || **s != c)
		return false;
	(*s)++;
	return true;
}

/* The year has four digits, or more (then there is no form). */
static enum utc_result
date_part(const char **s, const char *end, int64_t *ret_days)
{
	static const unsigned char dim[] = { 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	unsigned y = 0, m, d, n = 0;
	bool leap;

	while (*s != end && **s >= '0' && **s <= '9' && n < 7) {
		y = y * 10 + (unsigned)(**s - '0');
		(*s)++;
		n++;
	}
	if (n < 4 || !lit(s, end, '-') || !digits(s, end, 2, &m) || !lit(s, end, '-') ||
	    !digits(s, end, 2, &d))
		return UTC_BAD;
	leap = y % 4 == 0 && (y % 100 || y % 400 == 0);
	if (m < 1 || m > 12 || d < 1 || d > dim[m - 1] || (m == 2 && d == 29 && !leap))
		return UTC_BAD;
	if (n > 4)
		return UTC_NO_FORM;
	if (y == 0)
		return UTC_BAD;
	*ret_days = days_of((int64_t)y, m, d);
	return UTC_OK;
}

static bool
no_form(const char *s, size_t n)
{
	return (n == 8 && memcmp(s, "infinity", 8) == 0) ||
	    (n == 9 && memcmp(s, "-infinity", 9) == 0) ||
	    (n > 10 && memcmp(s + n - 3, " BC", 3) == 0);
}

enum utc_result
utc_parse(const char *s, size_t n, struct utc *ret)
{
	const char *end = s + n;
	unsigned h, mi, sec, v, scale = 100000;
	int64_t days, us, off = 0;
	enum utc_result r;
	bool neg;

	/* times that PostgreSQL has and the canonical form has not: infinity, and years beyond four
	 * digits */
	memset(ret, 0, sizeof *ret);
	if (no_form(s, n))
		return UTC_NO_FORM;
	if ((r = date_part(&s, end, &days)) == UTC_BAD)
		return r;
	if (!lit(&s, end, ' ') && !lit(&s, end, 'T'))
		return UTC_BAD;
	if (!digits(&s, end, 2, &h) || !lit(&s, end, ':') || !digits(&s, end, 2, &mi) ||
	    !lit(&s, end, ':') || !digits(&s, end, 2, &sec) || h > 23 || mi > 59 || sec > 59)
		return UTC_BAD;
	us = ((int64_t)h * 3600 + mi * 60 + sec) * 1000000;
	/* digits finer than microseconds are read and told, not rounded: the database could not
	 * have held them */
	if (lit(&s, end, '.')) {
		if (s == end || *s < '0' || *s > '9')
			return UTC_BAD;
		for (; s != end && *s >= '0' && *s <= '9'; s++, scale /= 10) {
			us += (int64_t)(*s - '0') * scale;
			ret->finer |= scale == 0 && *s != '0';
		}
	}
	/* an offset may have seconds, as local mean times of old zones had */
	if (!lit(&s, end, 'Z')) {
		neg = s != end && *s == '-';
		if ((!lit(&s, end, '+') && !lit(&s, end, '-')) || !digits(&s, end, 2, &v) || v > 23)
			return UTC_BAD;
		off = (int64_t)v * 3600;
		if (lit(&s, end, ':')) {
			if (!digits(&s, end, 2, &v) || v > 59)
				return UTC_BAD;
			off += v * 60;
			if (lit(&s, end, ':')) {
				if (!digits(&s, end, 2, &v) || v > 59)
					return UTC_BAD;
				off += v;
			}
		}
		if (neg)
			off = -off;
	}
	if (s != end)
		return UTC_BAD;
	/* a date beyond the calendar of the form is told only when the rest of the text is a
	 * time */
	if (r == UTC_NO_FORM)
		return r;
	ret->us = days * DAY_US + us - off * 1000000;
	ret->offset = (int32_t)off;
	/* an offset can push the first or last day out of the years 1–9999 */
	if (ret->us < UTC_FIRST || ret->us >= UTC_END)
		return UTC_NO_FORM;
	return UTC_OK;
}

/* The place behind the digits of seconds and of their fraction; n if the text is not so far like a
 * time. */
static size_t
zone_at(const char *s, size_t n)
{
	size_t i = 0;
	unsigned colons = 0;

	/* the date has dashes, the offset comes behind two colons */
	for (; i < n && colons < 2; i++)
		colons += s[i] == ':';
	while (i < n && ((s[i] >= '0' && s[i] <= '9') || s[i] == '.'))
		i++;
	return colons == 2 ? i : n;
}

bool
utc_names_zone(const char *s, size_t n)
{
	return zone_at(s, n) < n;
}

enum utc_result
utc_parse_tools(const char *s, size_t n, struct utc *ret)
{
	enum utc_result r = utc_parse(s, n, ret);
	char t[64];
	size_t at, k;

	if (r != UTC_BAD || n > sizeof t - 8 ||
	    (n && (s[n - 1] == 'C' && n > 3 && memcmp(s + n - 3, " BC", 3) == 0)))
		return r;
	at = k = zone_at(s, n);
	memcpy(t, s, at);
	if (at < n && s[at] == ' ')
		at++;
	if (at == n ||
	    (n - at == 3 && (memcmp(s + at, "UTC", 3) == 0 || memcmp(s + at, "GMT", 3) == 0)) ||
	    (n - at == 1 && s[at] == 'z')) {
		if (k < n && at == n)
			return UTC_BAD; /* a space and nothing behind it */
		t[k++] = 'Z';
	} else if (n - at == 5 && (s[at] == '+' || s[at] == '-')) {
		memcpy(t + k, s + at, 3);
		t[k + 3] = ':';
		memcpy(t + k + 4, s + at + 3, 2);
		k += 6;
	} else {
		memcpy(t + k, s + at, n - at);
		k += n - at;
	}
	return utc_parse(t, k, ret);
}

enum utc_result
utc_parse_date(const char *s, size_t n, bool rest, int32_t *ret_days)
{
	const char *end = s + n;
	int64_t days;
	enum utc_result r;

	if (no_form(s, n))
		return UTC_NO_FORM;
	if ((r = date_part(&s, end, &days)) != UTC_OK)
		return r;
	if (rest && end - s == 10 && memcmp(s, "T00:00:00Z", 10) == 0)
		s = end;
	if (s != end)
		return UTC_BAD;
	*ret_days = (int32_t)days;
	return UTC_OK;
}

enum utc_result
utc_span_parse(const char *s, size_t n, struct utc_span *ret)
{
	char t[64], first[16];
	struct utc instant;
	enum utc_result r;
	int32_t day;
	int64_t y;
	unsigned m, d;

	memset(ret, 0, sizeof *ret);
	if (n < 7 || n > sizeof t - 8)
		return UTC_BAD;
	/* letters as RFC 3339 allows them; what follows knows the large ones only */
	for (size_t i = 0; i <= n; i++)
		t[i] = i == n ? '\0' : s[i] == 't' ? 'T' : s[i] == 'z' ? 'Z' : s[i];
	ret->whole = true;
	/* a month, then a day, then an instant: the shorter form is the wider span */
	if (n == 7) {
		memcpy(first, t, 7);
		memcpy(first + 7, "-01", 3);
		if ((r = utc_parse_date(first, 10, false, &day)) != UTC_OK)
			return r;
		date_of(day, &y, &m, &d);
		ret->from = day * DAY_US;
		ret->to = days_of(y + (m == 12), m == 12 ? 1 : m + 1, 1) * DAY_US;
		return UTC_OK;
	}
	if (utc_parse_date(t, n, false, &day) == UTC_OK) {
		ret->from = day * DAY_US;
		ret->to = (day + (int64_t)1) * DAY_US;
		return UTC_OK;
	}
	/* `2026-11-20T12:00Z`: seconds of their own are wanted below */
	if (n > 16 && t[13] == ':' && (t[16] == 'Z' || t[16] == '+' || t[16] == '-')) {
		memmove(t + 19, t + 16, n + 1 - 16);
		memcpy(t + 16, ":00", 3);
		n += 3;
	}
	if ((r = utc_parse(t, n, &instant)) != UTC_OK)
		return r;
	ret->whole = false;
	ret->from = instant.us;
	ret->to = instant.us + 1;
	return UTC_OK;
}

static void
two(struct buf *b, unsigned v)
{
	buf_byte(b, '0' + v / 10 % 10);
	buf_byte(b, '0' + v % 10);
}

void
buf_time(struct buf *b, int64_t us)
{
	utc_print(b, UTC_REST, us, 0);
}

int64_t
utc_seconds(int64_t us)
{
	return us - ((us % 1000000) + 1000000) % 1000000;
}

void
utc_text(char out[UTC_TEXT], int64_t us)
{
	struct buf b;

	buf_init(&b, UTC_TEXT);
	buf_time(&b, us);
	snprintf(out, UTC_TEXT, "%.*s", (int)b.len, b.p ? (char *)b.p : "");
	buf_release(&b);
}

void
utc_print_date(struct buf *b, int32_t days)
{
	int64_t y;
	unsigned m, d;

	date_of(days, &y, &m, &d);
	if (y < 0 || y > 9999) {
		buf_printf(b, "%04d-%02u-%02u", (int)y, m, d);
		return;
	}
	two(b, (unsigned)y / 100);
	two(b, (unsigned)y % 100);
	buf_byte(b, '-');
	two(b, m);
	buf_byte(b, '-');
	two(b, d);
}

bool
utc_period_parse(const char *s, int64_t *ret_from, int64_t *ret_to)
{
	const char *dots = strstr(s, "..");
	struct utc_span a, b;

	*ret_from = INT64_MIN;
	*ret_to = INT64_MAX;
	if (dots == NULL)
		return false;
	if (dots > s) {
		if (utc_span_parse(s, (size_t)(dots - s), &a) != UTC_OK)
			return false;
		*ret_from = a.from;
	}
	if (dots[2]) {
		if (utc_span_parse(dots + 2, strlen(dots + 2), &b) != UTC_OK)
			return false;
		*ret_to = b.to;
	}
	return true;
}

void
utc_print(struct buf *b, enum utc_form form, int64_t us, int32_t offset)
{
	int64_t t = us + (int64_t)offset * 1000000, rest;
	int32_t days = utc_days(t);
	unsigned s, f, a = (unsigned)(offset < 0 ? -offset : offset);

	rest = t - days * DAY_US;
	s = (unsigned)(rest / 1000000);
	f = (unsigned)(rest % 1000000);
	utc_print_date(b, days);
	buf_byte(b, form == UTC_PG ? ' ' : 'T');
	two(b, s / 3600);
	buf_byte(b, ':');
	two(b, s / 60 % 60);
	buf_byte(b, ':');
	two(b, s % 60);
	if (f) {
		buf_byte(b, '.');
		two(b, f / 10000);
		two(b, f / 100 % 100);
		two(b, f % 100);
		while (b->len && b->p[b->len - 1] == '0')
			b->len--;
	}
	/* PostgreSQL prints +00, the other forms Z or +00:00 */
	if (form == UTC_REST && offset == 0) {
		buf_byte(b, 'Z');
		return;
	}
	buf_byte(b, offset < 0 ? '-' : '+');
	two(b, a / 3600);
	if (form != UTC_PG || a % 3600) {
		buf_byte(b, ':');
		two(b, a / 60 % 60);
	}
	if (a % 60) {
		buf_byte(b, ':');
		two(b, a % 60);
	}
}
