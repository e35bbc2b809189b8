/* Cells of the tables: the memory they take, and their forms (formats/tables.md T-4, T-5, T-6). */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "base/utc.h"
#include "base/vec.h"
#include "base/wide.h"
#include "tables/dossier.h"

#define ARENA_BLOCK (256u << 10)

void *
arena_take(struct arena *a, size_t n)
{
	struct arena_block *b = a->head;

	n = (n + 15) & ~(size_t)15;
	if (b == NULL || b->size - b->used < n) {
		size_t size = n > ARENA_BLOCK ? n : ARENA_BLOCK;

		if (size > a->budget || a->total > a->budget - size) {
			a->full = true;
			return NULL;
		}
		if ((b = malloc(sizeof *b + size)) == NULL) {
			a->nomem = true;
			return NULL;
		}
		b->next = a->head;
		b->used = 0;
		b->size = size;
		a->head = b;
		a->total += size;
	}
	b->used += n;
	return b->bytes + b->used - n;
}

void
arena_free(struct arena *a)
{
	struct arena_block *next;

	for (struct arena_block *b = a->head; b; b = next) {
		next = b->next;
		free(b);
	}
	a->head = NULL;
}

static void
put_bytes(struct row *r, int column, enum cell_kind kind, const void *p, size_t n)
{
	struct cell *c = &r->cell[column - r->first];
	char *to = arena_take(r->arena, n + 1);

	if (to == NULL)
		return;
	memcpy(to, p, n);
	to[n] = '\0';
	*c = (struct cell){ .kind = kind, .p = to, .n = n };
}

void
put_text(struct row *r, int column, struct str s)
{
	if (s.n)
		put_bytes(r, column, CELL_TEXT, s.p, s.n);
}

void
put_word(struct row *r, int column, const char *s)
{
	if (s)
		put_text(r, column, str_of(s));
}

void
put_integer(struct row *r, int column, int64_t i)
{
	r->cell[column - r->first] = (struct cell){ .kind = CELL_INTEGER, .i = i };
}

void
put_truth(struct row *r, int column, bool t)
{
	r->cell[column - r->first] = (struct cell){ .kind = CELL_BOOLEAN, .i = t };
}

void
put_number(struct row *r, int column, struct str digits)
{
	if (digits.n)
		put_bytes(r, column, CELL_NUMBER, digits.p, digits.n);
}

void
put_json(struct row *r, int column, const struct buf *b)
{
	if (b->failed)
		r->arena->nomem = true;
	else if (b->len)
		put_bytes(r, column, CELL_JSON, b->p, b->len);
}

void
put_raw_json(struct row *r, int column, struct str json)
{
	if (json.n)
		put_bytes(r, column, CELL_JSON, json.p, json.n);
}

int
builder_row(struct builder *b, struct row *ret)
{
	struct cell *c = arena_take(b->arena, b->columns * sizeof *c);

	if (c && b->n == b->cap) {
		uint64_t cap = b->cap ? b->cap * 2 : 256;
		void *p = vec_resize(b->row, cap, sizeof *b->row);

		if (p == NULL) {
			b->arena->nomem = true;
			return -1;
		}
		b->row = p;
		b->cap = cap;
	}
	if (c == NULL)
		return -1;
	memset(c, 0, b->columns * sizeof *c);
	b->row[b->n++] = c;
	*ret = (struct row){ b->arena, c, 0 };
	return 0;
}

void
put_time(struct row *r, int column, int64_t us)
{
	struct buf b;

	if (us == NO_TIME)
		return;
	buf_init(&b, 64);
	utc_print(&b, UTC_REST, us, 0);
	if (b.failed)
		r->arena->nomem = true;
	else
		put_bytes(r, column, CELL_TEXT, b.p, b.len);
	buf_release(&b);
}

void
put_id(struct row *r, int column, const char *table, struct str key)
{
	static const char begins[] = "exhibit table\n";
	struct sha256 *sha = sha256_new();
	uint8_t digest[32];
	char id[37];

	if (sha == NULL) {
		r->arena->nomem = true;
		return;
	}
	sha256_begin(sha);
	sha256_add(sha, begins, sizeof begins - 1);
	sha256_add(sha, table, strlen(table));
	sha256_add(sha, "\n", 1);
	sha256_add(sha, key.p, key.n);
	sha256_end(sha, digest);
	sha256_free(sha);
	digest[6] = (uint8_t)((digest[6] & 0x0f) | 0x80); /* version 8 */
	digest[8] = (uint8_t)((digest[8] & 0x3f) | 0x80); /* variant 2 */
	uuid_of(digest, id);
	put_word(r, column, id);
}

int64_t
floor_div(int64_t a, int64_t b)
{
	int64_t q = a / b;

	return a % b && (a < 0) != (b < 0) ? q - 1 : q;
}

void
share_text(uint64_t n, uint64_t of, char out[16])
{
	uint64_t bp = (2 * 10000 * n + of) / (2 * of);
	int len = snprintf(out, 16, "%" PRIu64 ".%04" PRIu64, bp / 10000, bp % 10000);

	while (len > 0 && out[len - 1] == '0')
		out[--len] = '\0';
	if (len > 0 && out[len - 1] == '.')
		out[len - 1] = '\0';
}

void
double_text(double x, char out[32])
{
	char digits[40];
	size_t n;

	snprintf(digits, sizeof digits, "%.17g", x);
	n = json_number(digits, strlen(digits), out);
	out[n] = '\0';
}

bool
micro_of(struct str s, int64_t *ret)
{
	/* digits × 10^exponent, by hand: a double would round what lies on a border */
	int64_t value = 0, exponent = 0, shift = 0;
	bool minus = s.n && s.p[0] == '-', point = false;
	size_t i = minus;

	/* the point counts its digits, and is no digit itself */
	for (; i < s.n && s.p[i] != 'e' && s.p[i] != 'E'; i++) {
		if (s.p[i] == '.') {
			point = true;
			continue;
		}
		/* beyond what int64 holds, digits are counted and not kept */
		if (value < INT64_MAX / 100) {
			value = value * 10 + (s.p[i] - '0');
			shift -= point;
		} else {
			shift += !point;
		}
	}
	/* an exponent is part of the number, and its sign may be said */
	if (i < s.n &&
	    (s.n - i - 1 > 8 ||
		!dec_i64(s.p + i + 1 + (s.p[i + 1] == '+'), s.n - i - 1 - (s.p[i + 1] == '+'),
		    &exponent)))
		return false;
	/* in millionths */
	shift += exponent + 6;
	for (; shift > 0 && value; shift--) {
		if (value > INT64_MAX / 10)
			return false;
		value *= 10;
	}
	/* rounded half up, as the source does */
	if (shift < -19)
		value = 0;
	for (; shift < 0; shift++) {
		int64_t digit = value % 10;

		value /= 10;
		if (shift == -1)
			value += digit >= 5;
	}
	*ret = minus ? -value : value;
	return s.n > (size_t)minus;
}

bool
go_duration_ms(struct str s, int64_t *ret)
{
	static const struct {
		const char *name;
		double ns;
	} unit[] = { { "ns", 1 }, { "us", 1e3 }, { "µs", 1e3 }, { "μs", 1e3 }, { "ms", 1e6 },
		{ "s", 1e9 }, { "m", 6e10 }, { "h", 3.6e12 } };
	bool minus = s.n && s.p[0] == '-';
	size_t at = minus || (s.n && s.p[0] == '+');
	wide ns = 0;

	if (s.n - at == 1 && s.p[at] == '0') {
		*ret = 0;
		return true;
	}
	if (at >= s.n)
		return false;
	/* pairs of a number and a unit, several of them without anything between */
	while (at < s.n) {
		wide whole = 0, part = 0, scale = 1;
		unsigned digits = 0, k = 0;

		for (; at < s.n && s.p[at] >= '0' && s.p[at] <= '9'; at++, digits++)
			if ((whole = whole * 10 + (s.p[at] - '0')) > INT64_MAX)
				return false;
		if (at < s.n && s.p[at] == '.')
			for (at++; at < s.n && s.p[at] >= '0' && s.p[at] <= '9'; at++, digits++)
				if (scale < 1000000000000000) {
					part = part * 10 + (s.p[at] - '0');
					scale *= 10;
				}
		if (digits == 0)
			return false;
		/* the longest name that fits: `m` begins `ms` */
		for (k = 0; k < sizeof unit / sizeof *unit; k++) {
			size_t n = strlen(unit[k].name);

			if (s.n - at >= n && memcmp(s.p + at, unit[k].name, n) == 0) {
				at += n;
				break;
			}
		}
		if (k == sizeof unit / sizeof *unit)
			return false;
		/* fractions of a unit are whole nanoseconds */
		ns += whole * (int64_t)unit[k].ns + part * (int64_t)unit[k].ns / scale;
		if (ns > INT64_MAX)
			return false;
	}
	*ret = floor_div(minus ? -(int64_t)ns : (int64_t)ns, 1000000);
	return true;
}

void
put_go_seconds(struct buf *b, int64_t seconds)
{
	const char *sign = seconds < 0 ? "-" : "";
	uint64_t s = seconds < 0 ? -(uint64_t)seconds : (uint64_t)seconds;

	buf_str(b, sign);
	if (s >= 3600)
		buf_printf(b, "%" PRIu64 "h", s / 3600);
	if (s >= 60)
		buf_printf(b, "%" PRIu64 "m", s / 60 % 60);
	buf_printf(b, "%" PRIu64 "s", s % 60);
}

static const struct lower {
	uint32_t first, last;
	uint8_t step;
	int32_t delta;
} lower[] = {
#define LOWER(first, last, step, delta) { first, last, step, delta },
#include "tables/lower.def"
#undef LOWER
};

static uint32_t
lower_of(uint32_t cp)
{
	size_t lo = 0, hi = sizeof lower / sizeof *lower;

	if (cp < 0x80)
		return cp >= 'A' && cp <= 'Z' ? cp + 32 : cp;
	while (lo < hi) { /* ranges of step 2 lie inside each other: look at two */
		size_t mid = (lo + hi) / 2;

		if (lower[mid].first <= cp)
			lo = mid + 1;
		else
			hi = mid;
	}
	for (unsigned back = 1; back <= 2 && back <= lo; back++) {
		const struct lower *x = &lower[lo - back];

		if (cp <= x->last && (cp - x->first) % x->step == 0)
			return (uint32_t)((int32_t)cp + x->delta);
	}
	return cp;
}

/* Has it a case? A letter that changes, or that another one changes to. */
static bool
cased(uint32_t cp)
{
	if (cp < 0x80)
		return (cp >= 'A' && cp <= 'Z') || (cp >= 'a' && cp <= 'z');
	if (lower_of(cp) != cp)
		return true;
	for (size_t i = 0; i < sizeof lower / sizeof *lower; i++) {
		int64_t from = (int64_t)cp - lower[i].delta;

		if (from >= lower[i].first && from <= lower[i].last &&
		    (from - lower[i].first) % lower[i].step == 0)
			return true;
	}
	return cp == 0x3c2 || cp == 0xdf;
}

static bool
ignorable(uint32_t cp)
{
	return cp == '\'' || cp == '.' || cp == ':' || cp == '^' || cp == '`' || cp == 0xa8 ||
	    cp == 0xad || cp == 0xaf || cp == 0xb4 || cp == 0xb7 || cp == 0xb8 || cp == 0x2019 ||
	    (cp >= 0x300 && cp <= 0x36f);
}

void
put_lower(struct buf *b, struct str s)
{
	const unsigned char *p = (const unsigned char *)s.p;
	bool behind_letter = false;
	unsigned n;

	/* bytes that are no UTF-8 stay as they are: JSON texts have none */
	for (size_t at = 0; at < s.n; at += n) {
		uint32_t cp, next;

		if ((n = utf8_next(p + at, s.n - at, &cp)) == 0) { /* JSON texts are valid */
			n = 1;
			buf_byte(b, p[at]);
			continue;
		}
		/* two letters change their length when they are lowered */
		if (cp == 0x130) {
			buf_utf8(b, 'i');
			buf_utf8(b, 0x307);
		} else if (cp == 0x3a3) { /* at the end of a word another one */
			bool ends = behind_letter;
			unsigned k;

			/* a final sigma is another letter than one inside a word */
			for (size_t to = at + n; ends && to < s.n; to += k) {
				if ((k = utf8_next(p + to, s.n - to, &next)) == 0 ||
				    !ignorable(next)) {
					ends = k == 0 || !cased(next);
					break;
				}
			}
			buf_utf8(b, ends ? 0x3c2 : 0x3c3);
		} else {
			buf_utf8(b, lower_of(cp));
		}
		/* letters that have no case do not end a word */
		if (!ignorable(cp))
			behind_letter = cased(cp);
	}
}
