/*
 * Numbers and instants as people write them, and whether they say what a fact says: units are
 * converted, and half a unit of the last digit that is written may be lost (AN-16).
 */
#include "analysis/check_inner.h"
#include "base/text.h"
#include "base/utc.h"

#define DIGITS 15u /* of a number that is compared */
#define DECIMALS 9u

static bool
digit(char c)
{
	return c >= '0' && c <= '9';
}

/* A numeral at the beginning: how long it is; 0: none. */
static size_t
numeral(const char *p, size_t n, struct quantity *q)
{
	size_t i = 0, digits = 0, group = 0;
	bool minus = n && *p == '-', grouped = false;

	*q = (struct quantity){ .factor = 1, .bare = true };
	/* digits, with commas in threes */
	for (i = minus; i < n && digits <= DIGITS; i++) {
		if (digit(p[i])) {
			q->mantissa = q->mantissa * 10 + (p[i] - '0');
			digits++;
			group++;
		} else if (p[i] == ',' && i + 3 < n && digit(p[i + 1]) && digit(p[i + 2]) &&
		    digit(p[i + 3]) && digits && (grouped ? group == 3 : group <= 3)) {
			grouped = true;
			group = 0;
		} else {
			break;
		}
	}
	if (digits == 0)
		return 0;
	/* a fraction, up to what a figure has */
	if (i + 1 < n && p[i] == '.' && digit(p[i + 1]))
		for (i++; i < n && digit(p[i]) && digits <= DIGITS && q->decimals < DECIMALS; i++) {
			q->mantissa = q->mantissa * 10 + (p[i] - '0');
			q->decimals++;
			digits++;
		}
	/* 0.6192307692307693: what comes behind the ninth decimal tells nobody anything */
	while (q->decimals == DECIMALS && i < n && digit(p[i]))
		i++;
	/* more digits than a figure of ours can have is no number of it */
	if (digits > DIGITS || (i < n && digit(p[i])))
		return 0;
	q->mantissa = minus ? -q->mantissa : q->mantissa;
	return i;
}

/* Puts a smaller unit behind a larger one: 13 h 5 min is 785 min. */
static bool
join(struct quantity *a, const struct quantity *b)
{
	int64_t ten = 1;

	if (a->dim != DIM_TIME || b->dim != DIM_TIME || a->decimals || b->mantissa < 0 ||
	    a->factor <= b->factor || a->factor % b->factor || a->mantissa > 1000000000)
		return false;
	for (unsigned i = 0; i < b->decimals; i++)
		ten *= 10;
	if ((wide)a->mantissa * (a->factor / b->factor) * ten > INT64_MAX / 2)
		return false;
	a->mantissa = a->mantissa * (a->factor / b->factor) * ten + b->mantissa;
	a->decimals = b->decimals;
	a->factor = b->factor;
	a->compound = true;
	return true;
}

bool
number_of(const struct lexicon *x, const char *p, size_t n, struct quantity *q)
{
	size_t at;

	/* money is no figure here */
	if (n && *p == '$') {
		if (numeral(p + 1, n - 1, q) != n - 1)
			return false;
		q->dim = DIM_FOREIGN;
		q->bare = false;
		return true;
	}
	if ((at = numeral(p, n, q)) == 0)
		return false;
	/* `9.8k` */
	if (at + 1 == n && (p[at] == 'k' || p[at] == 'K')) {
		q->factor = 1000;
		return true;
	}
	/* `13h`, `6m15s`, `12-minute`, `84.5%` */
	for (bool again = false; at < n; again = true) {
		struct quantity more = *q;
		size_t from = at, digits = again ? numeral(p + at, n - at, &more) : 0;
		const struct word *w;

		if (again && digits == 0)
			return false;
		from = at += digits;
		if (at < n && p[at] == '-')
			from = ++at;
		while (at < n && !digit(p[at]))
			at++;
		w = lexicon_word(x, p + from, at - from);
		/* what is no unit ends it */
		if (w->dim == DIM_NONE)
			return false;
		more.dim = w->dim;
		more.factor = w->factor;
		more.bare = false;
		/* two units may be one span: `6m15s` */
		if (again ? !join(q, &more) : false)
			return false;
		if (!again)
			*q = more;
	}
	return true;
}

void
share_of(struct quantity *q, int64_t n, int64_t of)
{
	*q = (struct quantity){
		.mantissa = 10000 * n / of, .dim = DIM_SHARE, .factor = 1, .step = 1000
	};
}

/* n digits as a number. */
static bool
fixed(const char **p, const char *end, unsigned n, unsigned *ret)
{
	*ret = 0;
	for (unsigned i = 0; i < n; i++, (*p)++) {
		if (*p == end || !digit(**p))
			return false;
		*ret = *ret * 10 + (unsigned)(**p - '0');
	}
	return true;
}

static bool
mark(const char **p, const char *end, char c)
{
	if (*p == end || **p != c)
		return false;
	(*p)++;
	return true;
}

/* `12:30`, `12:30:48.25`, with Z or an offset. */
static bool
clock_of(const char *p, const char *end, struct instant *t)
{
	unsigned h, m, s = 0, oh = 0, om = 0;

	/* two digits each, but for the hour: what is shorter or longer is no time of day */
	if (!fixed(&p, end, p + 1 < end && p[1] == ':' ? 1 : 2, &h) || !mark(&p, end, ':') ||
	    !fixed(&p, end, 2, &m) || h > 24 || m > 59)
		return false;
	/* as exact as it is written: a minute, a second, or its fraction */
	t->grain_us = 60000000;
	if (mark(&p, end, ':')) {
		if (!fixed(&p, end, 2, &s) || s > 60)
			return false;
		t->grain_us = 1000000;
	}
	t->us = ((int64_t)h * 3600 + m * 60 + s) * 1000000;
	/* a fraction down to the microsecond; a finer one is no time */
	if (t->grain_us == 1000000 && mark(&p, end, '.'))
		for (; p < end && digit(*p) && t->grain_us > 1; p++) {
			t->grain_us /= 10;
			t->us += (*p - '0') * t->grain_us;
		}
	/* an offset is taken off, so that all are UTC */
	if (p < end && (*p == '+' || *p == '-')) {
		int sign = *p++ == '+' ? 1 : -1;

		if (!fixed(&p, end, 2, &oh) || !mark(&p, end, ':') || !fixed(&p, end, 2, &om))
			return false;
		t->us -= sign * ((int64_t)oh * 3600 + om * 60) * 1000000;
	} else if (p < end && (*p == 'Z' || *p == 'z')) {
		p++;
	}
	t->clock = true;
	return p == end;
}

bool
instant_of(const char *p, size_t n, struct instant *t)
{
	struct utc_span day;

	if (n >= 10 && p[4] == '-' && utc_span_parse(p, 10, &day) == UTC_OK) {
		t->day = t->year = true;
		t->days = (int32_t)floor_div(day.from, DAY_US);
		t->md = (unsigned)(p[5] - '0') * 320 + (unsigned)(p[6] - '0') * 32 +
		    (unsigned)(p[8] - '0') * 10 + (unsigned)(p[9] - '0');
		if (n == 10)
			return true;
		if (p[10] != 'T' && p[10] != 't')
			return false;
		if (!clock_of(p + 11, p + n, t))
			return false;
		/* an offset may lead to the day beside */
		t->days += (int32_t)floor_div(t->us, DAY_US);
		t->us -= floor_div(t->us, DAY_US) * DAY_US;
		return true;
	}
	return n >= 4 && (p[1] == ':' || (n >= 5 && p[2] == ':')) && clock_of(p, p + n, t);
}

bool
instant_agrees(const struct instant *said, const struct instant *fact)
{
	if (said->day && !fact->day)
		return false;
	if (said->day && said->year ? said->days != fact->days : said->day && said->md != fact->md)
		return false;
	if (!said->clock)
		return true;
	return fact->clock &&
	    (floor_div(fact->us, said->grain_us) * said->grain_us == said->us ||
		floor_div(fact->us + said->grain_us / 2, said->grain_us) * said->grain_us ==
		    said->us);
}

static wide
power(unsigned n)
{
	wide p = 1;

	while (n--)
		p *= 10;
	return p;
}

/* |fact - said| against half of the last digit said; both in the same base. */
static bool
near(const struct quantity *said, int64_t said_factor, const struct quantity *fact,
    int64_t fact_factor)
{
	unsigned d = said->decimals > fact->decimals ? said->decimals : fact->decimals;
	wide a = (wide)said->mantissa * said_factor * power(d - said->decimals);
	wide b = (wide)fact->mantissa * fact_factor * power(d - fact->decimals);
	wide grain = (wide)said_factor * power(d - said->decimals), off = b - a;
	bool zeros = false;

	/* `more than`, `at most`: on that side, however far */
	if (said->bound && fact->dim != DIM_NONE)
		return said->bound > 0 ? off > -(said->bound == 2) : off < (said->bound == -2);
	if (said->step)
		grain *= said->step;
	/* `roughly 7,600` is said to the hundred; two digits are always meant */
	for (int64_t m = said->about && !said->step ? said->mantissa : 1; m >= 100 && m % 10 == 0;
	     m /= 10)
		grain *= 10, zeros = true;
	/* `close to 80 %`: a whole unit of its last digit, not half of it */
	if (said->about && !said->step && !zeros)
		grain *= 2;
	if (said->compound && off >= 0 && off < grain)
		return true;
	return 2 * (off < 0 ? -off : off) <= grain;
}

bool
quantity_agrees(const struct quantity *said, const struct quantity *fact, bool tokens_named)
{
	if (said->dim == DIM_FOREIGN || said->factor > INT32_MAX || fact->factor > INT32_MAX)
		return false;
	if (said->dim == fact->dim && said->dim != DIM_NONE)
		return near(said, said->factor, fact, fact->factor);
	/* a count, as it stands; of tokens only where they are named */
	if (said->dim == DIM_NONE &&
	    (fact->dim == DIM_NONE || (fact->dim == DIM_TOKENS && tokens_named)))
		return near(said, said->factor, fact, fact->factor);
	/* 86 % is 0.86, and 9945 basis points are 0.9945 */
	if (said->dim == DIM_SHARE && fact->dim == DIM_NONE)
		return near(said, said->factor, fact, 10000);
	if (said->dim == DIM_NONE && fact->dim == DIM_SHARE)
		return near(said, said->factor * 10000, fact, fact->factor);
	return false;
}
