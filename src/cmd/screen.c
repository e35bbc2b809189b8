/*
 * stdout as a stream of our own, so that every verb wraps alike and none knows of it. Texts of
 * others are harmless before they come here; what is added are blanks, line feeds, local times and
 * the colours of state words, which stand at places where no text of others can.
 */
#include "cmd/screen.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/text.h"
#include "base/utc.h"
#include "os/os.h"

#define SCREEN_LINE (64u << 20) /* bytes of one; what is longer fails */

static struct {
	FILE *real, *ours;
	struct screen_wish wish;
	struct buf line, told;
	unsigned hang; /* of the line before, in columns */
	bool head;     /* still in the headlines of a verdict */
	bool bad;      /* something could not be written */
} screen;

unsigned
screen_width(int fd)
{
	const char *columns = getenv("COLUMNS");
	uint64_t n;

	if (!isatty(fd))
		return 0;
	if (columns && dec_u64(columns, strlen(columns), &n) && n >= 20 && n <= 10000)
		return (unsigned)n;
	return os_columns(fd);
}

static bool
digits(const unsigned char *p, const char *form)
{
	for (; *form; form++, p++)
		if (*form == '0' ? *p < '0' || *p > '9' : *p != (unsigned char)*form)
			return false;
	return true;
}

/* The length of a time as RFC 3339 in UTC that begins here, 0: there is none. */
static size_t
time_at(const unsigned char *p, size_t n)
{
	size_t k = 19;

	if (n < 20 || !digits(p, "0000-00-00T00:00:00"))
		return 0;
	if (p[k] == '.')
		for (k++; k < n && p[k] >= '0' && p[k] <= '9';)
			k++;
	return k < n && p[k] == 'Z' ? k + 1 : 0;
}

/* Copies the line with the local time behind each time that has none yet. */
static void
add_local(struct buf *out, const struct buf *line)
{
	for (size_t at = 0; at < line->len;) {
		size_t n = time_at(line->p + at, line->len - at);
		struct utc t;

		buf_put(out, line->p + at, n ? n : 1);
		if (n && utc_parse((const char *)line->p + at, n, &t) == UTC_OK &&
		    (at + n + 2 > line->len || memcmp(line->p + at + n, " [", 2)))
			zone_put(out, screen.wish.zone, t.us);
		at += n ? n : 1;
	}
}

/* ---- colour */

enum { PLAIN = 0, RED = 31, GREEN = 32, YELLOW = 33 };

static void
coloured(struct buf *out, const unsigned char *p, size_t n, unsigned colour)
{
	buf_printf(out, "\033[1;%um", colour);
	buf_put(out, p, n);
	buf_str(out, "\033[0m");
}

/* Of a word that begins here; *ret its length. */
static unsigned
state_word(const char *p, size_t n, size_t *ret)
{
	static const struct {
		const char *word;
		unsigned colour;
	} word[] = { { "not proven", YELLOW }, { "not checked", YELLOW }, { "proven", GREEN },
		{ "disproved", RED } };

	for (unsigned i = 0; i < sizeof word / sizeof *word; i++)
		if (n >= strlen(word[i].word) &&
		    memcmp(p, word[i].word, strlen(word[i].word)) == 0) {
			*ret = strlen(word[i].word);
			return word[i].colour;
		}
	return PLAIN;
}

/* Of a headline, by its first words, which are of verdict.def. */
static unsigned
headline(const char *p, size_t n)
{
	static const char *const good[] = { "NO ALTERATION FOUND", "NO NEW EVENT since",
		"PROVEN: " },
				 *const bad[] = { "FILE NOT AS", "ARCHIVE ALTERED",
					 "ALTERED SOURCE", "CHANGED AFTER", "TWO CONTENTS",
					 "ODD SOURCE", "CONFLICT", "UNREADABLE" };

	for (unsigned i = 0; i < sizeof good / sizeof *good; i++)
		if (n > strlen(good[i]) && memcmp(p, good[i], strlen(good[i])) == 0)
			return GREEN;
	for (unsigned i = 0; i < sizeof bad / sizeof *bad; i++)
		if (n > strlen(bad[i]) && memcmp(p, bad[i], strlen(bad[i])) == 0)
			return RED;
	return YELLOW;
}

/* The line with colour on its state word, where it has one at the place where they stand. */
static void
add_colour(struct buf *out, const struct buf *line)
{
	static const char *const label[] = { "  integrity     ", "  completeness  sealed to here, ",
		"                source to sealed, ", "                happened to source, ",
		"  authenticity  ", "  time          " };
	const char *p = (const char *)line->p;
	size_t n = 0;

	for (unsigned i = 0; i < sizeof label / sizeof *label; i++) {
		size_t k = strlen(label[i]);
		unsigned colour;

		if (line->len <= k || memcmp(p, label[i], k) ||
		    (colour = state_word(p + k, line->len - k, &n)) == PLAIN)
			continue;
		buf_put(out, p, k);
		coloured(out, line->p + k, n, colour);
		buf_put(out, p + k + n, line->len - k - n);
		return;
	}
	if (screen.head && line->len) {
		n = strcspn(p, ":.");
		n = n < line->len ? n : line->len;
		coloured(out, line->p, n, headline(p, line->len));
	}
	buf_put(out, line->p + n, line->len - n);
	screen.head &= line->len != 0;
}

/* ---- wrapping */

#define QUOTED "  | " /* begins each line of a text of others, and what is wrapped of it */

/* Bytes of what is one column here: a character, or a colour, which has none. */
static size_t
step(const struct buf *b, size_t at, unsigned *columns)
{
	size_t n = 1;

	if (b->p[at] == '\033') {
		while (at + n < b->len && b->p[at + n] != 'm')
			n++;
		return at + n < b->len ? n + 1 : n;
	}
	while (at + n < b->len && (b->p[at + n] & 0xc0) == 0x80)
		n++;
	++*columns;
	return n;
}

/* The column below which the rest of a line stands: its last field's, or as the line before. */
static unsigned
hang_of(const struct buf *b)
{
	unsigned column = 0, blanks = 0, hang = 0, lead = 0, most = screen.wish.width * 2 / 3;
	bool begun = false, like_before = false, item = false;

	for (size_t at = 0; at < b->len && column < most;) {
		bool blank = b->p[at] == ' ';

		if (!blank && !begun) {
			begun = true;
			lead = column;
			item = at + 1 < b->len && b->p[at + 1] == ' ' &&
			    strchr("-+~", b->p[at]) != NULL;
		} else if (!blank && blanks >= 2) {
			hang = column;
		}
		like_before |= !blank && blanks && column == screen.hang;
		blanks = blank ? blanks + 1 : 0;
		at += step(b, at, &column);
	}
	/* what a mark begins hangs behind the mark */
	if (hang == 0 && like_before && !item)
		hang = screen.hang;
	return hang ? hang : lead + 2;
}

static void
put(const void *p, size_t n)
{
	screen.bad |= n && fwrite(p, 1, n, screen.real) != n;
}

static void
wrap(const struct buf *b)
{
	bool quoted = b->len > strlen(QUOTED) && memcmp(b->p, QUOTED, strlen(QUOTED)) == 0;
	unsigned hang = quoted ? strlen(QUOTED) + 2 : hang_of(b), column = 0,
		 width = screen.wish.width;
	size_t from = 0, blank = 0, at = 0;

	while (at < b->len) {
		unsigned before = column;
		size_t n = step(b, at, &column);

		if (column <= width || before == column) {
			if (b->p[at] == ' ' && before > hang)
				blank = at;
			at += n;
			continue;
		}
		/* here it ends: at the last blank, or in the middle of a long word */
		if (blank <= from)
			blank = at;
		put(b->p + from, blank - from);
		put("\n", 1);
		if (quoted)
			put(QUOTED, strlen(QUOTED));
		for (unsigned i = quoted ? strlen(QUOTED) : 0; i < hang; i++)
			put(" ", 1);
		from = blank + (b->p[blank] == ' ');
		at = from;
		column = hang;
	}
	put(b->p + from, b->len - from);
	screen.hang = hang;
}

static void
flush_line(bool feed)
{
	struct buf *b = &screen.line, *t = &screen.told;

	if (screen.wish.zone) {
		buf_clear(t);
		add_local(t, b);
		buf_clear(b);
		buf_put(b, t->p, t->len);
	}
	if (screen.wish.colour) {
		/* strcspn wants an end */
		buf_byte(b, '\0');
		b->len -= !b->failed;
		buf_clear(t);
		add_colour(t, b);
		buf_clear(b);
		buf_put(b, t->p, t->len);
	}
	screen.bad |= b->failed || t->failed;
	if (screen.wish.width)
		wrap(b);
	else
		put(b->p, b->len);
	if (feed)
		put("\n", 1);
	buf_clear(b);
}

static ssize_t
take(void *cookie, const char *p, size_t n)
{
	(void)cookie;
	for (size_t at = 0; at < n;) {
		const char *end = memchr(p + at, '\n', n - at);
		size_t k = end ? (size_t)(end - p) - at : n - at;

		buf_put(&screen.line, p + at, k);
		at += k;
		if (end) {
			flush_line(true);
			at++;
		}
	}
	return screen.bad ? 0 : (ssize_t)n;
}

int
screen_begin(const struct screen_wish *w)
{
#ifdef __GLIBC__
	cookie_io_functions_t io = { .write = take };

	if (w->width == 0 && w->zone == NULL && !w->colour)
		return 0;
	screen.wish = *w;
	screen.head = w->colour;
	buf_init(&screen.line, SCREEN_LINE);
	buf_init(&screen.told, SCREEN_LINE);
	if ((screen.ours = fopencookie(NULL, "w", io)) == NULL)
		return -1;
	screen.real = stdout;
	stdout = screen.ours;
#else
	/* stdout cannot be another stream here: lines are as long as they are */
	(void)w;
#endif
	return 0;
}

int
screen_end(void)
{
	int rc;

	if (screen.ours == NULL)
		return 0;
	rc = fflush(screen.ours) || ferror(screen.ours) ? -1 : 0;
	if (screen.line.len)
		flush_line(false);
	rc = rc || screen.bad ? -1 : 0;
#ifdef __GLIBC__
	stdout = screen.real;
#endif
	fclose(screen.ours);
	screen.ours = NULL;
	buf_release(&screen.line);
	buf_release(&screen.told);
	return rc;
}
