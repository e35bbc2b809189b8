/* What an input is, by its content and never by its name. */
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "json/json.h"
#include "source/json_inner.h"
#include "source/named.h"
#include "source/session.h"

#define TAR_LOOK (1u << 20) /* bytes that tell what is in a tar */
#define STRAY_LINES 1000u /* words of tools on top of an input, at most: pg_dump -v writes fifty */

static bool
begins(const char *p, size_t n, const char *s)
{
	return n >= strlen(s) && memcmp(p, s, strlen(s)) == 0;
}

static bool
has_word(const char *p, size_t n, const char *word)
{
	size_t k = strlen(word);

	for (size_t i = 0; i + k <= n; i++)
		if (strncasecmp(p + i, word, k) == 0)
			return true;
	return false;
}

/* A first line of names between delimiters, with those that every row has. */
bool
probe_csv(const char *p, size_t n)
{
	const char *nl = memchr(p, '\n', n);

	n = nl ? (size_t)(nl - p) : n;
	return has_word(p, n, "event_id") && has_word(p, n, "event_type") &&
	    has_word(p, n, "event_data") && memchr(p, '{', n) == NULL &&
	    memchr(p, '(', n) == NULL &&
	    (memchr(p, ',', n) || memchr(p, ';', n) || memchr(p, '\t', n) || memchr(p, '|', n));
}

bool
probe_dump(const char *p, size_t n)
{
	static const char *const word[] = { "SET ", "SELECT ", "COPY ", "INSERT INTO ", "CREATE ",
		"BEGIN;", "ALTER ", "DROP ", "START TRANSACTION" };

	/* the line under the name of a column, as psql prints what it was asked: rows come next */
	if (begins(p, n, "---")) {
		size_t k = 0;

		while (k < n && (p[k] == '-' || p[k] == '+' || p[k] == '\r'))
			k++;
		if (k < n && p[k] == '\n')
			for (k++; k < n && (p[k] == ' ' || p[k] == '\t'); k++)
				;
		if (k < n && (p[k] == '{' || p[k] == '['))
			return false;
	}
	if (begins(p, n, "--") || begins(p, n, "/*") || begins(p, n, "\\restrict") ||
	    begins(p, n, "\\connect"))
		return true;
	for (unsigned i = 0; i < sizeof word / sizeof *word; i++)
		if (n >= strlen(word[i]) && strncasecmp(p, word[i], strlen(word[i])) == 0) {
			const char *line = memchr(p, '\n', n);

			/* a sentence that begins with such a word is none */
			return memchr(p, ';', n) || memchr(p, '(', line ? (size_t)(line - p) : n);
		}
	return false;
}

bool
probe_old_server(struct stream *f)
{
	struct err ignore = { 0 };
	const char *p;
	size_t n;

	return stream_peek(f, 65536, &p, &n, &ignore) == 0 &&
	    memmem(p, n, "\"retention_days\":0,", 19) != NULL;
}

/* `[]`, and nothing else. */
static bool
empty_list(const char *p, size_t n)
{
	char bare[2];
	size_t k = 0;

	for (size_t i = 0; i < n; i++)
		if (!isspace((unsigned char)p[i])) {
			if (k == sizeof bare)
				return false;
			bare[k++] = p[i];
		}
	return k == 2 && bare[0] == '[' && bare[1] == ']';
}

bool
probe_export(const char *p, size_t n)
{
	return n && *p == '{' &&
	    (json_has_member(p, n, "export_metadata") ||
		json_has_member(p, n, "hash_chain_verification"));
}

/* A list of no rows: an answer, or rows? */
static bool
is_list_of_none(const char *p, size_t n)
{
	size_t row;

	return *p == '{' && !json_first_row(p, n, &row) && !json_row_in_text(p, n) &&
	    json_looks_like(p, n) == JSON_LOOKS_LIST;
}

bool
probe_answers(const char *p, size_t n)
{
	size_t row;

	if (n == 0 || (*p != '{' && *p != '['))
		return false;
	if (json_first_row(p, n, &row))
		return json_row_of_answer(p + row, n - row);
	return is_list_of_none(p, n) &&
	    (json_has_member(p, n, "pagination") || json_has_member(p, n, "data"));
}

bool
probe_rows(const char *p, size_t n)
{
	size_t row;

	/* in quotes, as a CSV of one column has them */
	if (n > 1 && *p == '"' && (p[1] == '{' || p[1] == '['))
		return memmem(p, n, "\"\"event_id\"\"", 12) &&
		    memmem(p, n, "\"\"event_type\"\"", 14);
	if (n == 0 || (*p != '{' && *p != '['))
		return false;
	if (json_of_copy(p, n))
		return memmem(p, n, "\"event_id\"", 10) && memmem(p, n, "\"event_type\"", 12);
	/* of rows or of messages, it does not say */
	if (empty_list(p, n))
		return true;
	if (json_first_row(p, n, &row))
		return !json_row_of_answer(p + row, n - row);
	return json_row_in_text(p, n) || (is_list_of_none(p, n) && !probe_answers(p, n));
}

/* What the text at p is. INPUT_UNKNOWN: nothing known, or an answer that is an error (e). */
static enum input_kind
text_kind(const char *p, size_t n, const char *path, struct err *e)
{
	while (n && (isspace((unsigned char)*p) || *p == '\x1e' || begins(p, n, "\xef\xbb\xbf"))) {
		size_t k = *p == '\xef' ? 3 : 1;

		p += k;
		n -= k;
	}
	if (n == 0)
		return INPUT_UNKNOWN;
	if (*p == '{' && json_has_member(p, n, "title") && json_has_member(p, n, "status") &&
	    json_looks_like(p, n) != JSON_LOOKS_ROW && !probe_export(p, n)) {
		err_set(e, EX_DATA_ERR, "%s: an error answer of the server, not events: %.*s", path,
		    (int)(n > 200 ? 200 : n), p);
		return INPUT_UNKNOWN;
	}
	for (unsigned k = 0; k < INPUT_KINDS; k++)
		if (input_reader[k].begins && input_reader[k].begins(p, n))
			return k;
	return INPUT_UNKNOWN;
}

/* Octal, as tars write it. */
static uint64_t
octal(const char *p, size_t n)
{
	uint64_t v = 0;

	for (; n && *p == ' '; p++, n--)
		;
	for (; n && *p >= '0' && *p <= '7'; p++, n--)
		v = v * 8 + (uint64_t)(*p - '0');
	return v;
}

static bool
magic(const char *p, size_t n)
{
	static const struct {
		const char *head;
		size_t n;
	} packed[] = { { "\x1f\x8b", 2 }, { "\x28\xb5\x2f\xfd", 4 }, { "BZh", 3 },
		{ "\xfd"
		  "7zXZ",
		    5 } };

	for (unsigned i = 0; i < sizeof packed / sizeof *packed; i++)
		if (n >= packed[i].n && memcmp(p, packed[i].head, packed[i].n) == 0)
			return true;
	return false;
}

bool
probe_plain_tar(struct stream *f)
{
	struct err ignore = { 0 };
	const char *p;
	size_t n, at = 0;

	if (stream_peek(f, TAR_LOOK, &p, &n, &ignore))
		return false;
	/* a plain tar, which could also be an input by itself: its first files decide */
	while (at + 512 <= n && memcmp(p + at + 257, "ustar", 5) == 0) {
		const char *h = p + at, *body = h + 512;
		size_t name = strnlen(h, 100), left = n - at - 512;
		uint64_t size = octal(h + 124, 12);
		bool file = h[156] == '0' || h[156] == '\0';

		/* names that only a must-gather or a dump in directory format has */
		if (memmem(h, name, "collection-metadata.json", 24) ||
		    memmem(h, name, "datastorage", 11) || memmem(h, name, "crds/", 5) ||
		    memmem(h, name, "toc.dat", 7))
			return false;
		/* what the first file with content holds */
		if (file && size) {
			size_t k = size < left ? (size_t)size : left;

			k = k < 65536 ? k : 65536;
			if (magic(body, k))
				return true;
			/* words of a tool may stand on top of it */
			for (unsigned i = 0; i < 4 && k; i++) {
				const char *nl;

				if (text_kind(body, k, "", &ignore) != INPUT_UNKNOWN)
					return true;
				if ((nl = memchr(body, '\n', k)) == NULL)
					break;
				k -= (size_t)(nl + 1 - body);
				body = nl + 1;
			}
		}
		/* its content is longer than what was looked at */
		if (size > left)
			break;
		at += 512 + (size_t)(size + 511) / 512 * 512;
	}
	return false;
}

enum input_kind
probe(struct stream *f, const char *path, unsigned *ret_stray, struct err *e)
{
	const char *p, *damage;
	enum input_kind kind;
	bool cut;
	size_t n;

	*ret_stray = 0;
	/* as much as is needed to tell forms apart; nothing is taken off the stream */
	if (stream_peek(f, 65536, &p, &n, e))
		return INPUT_UNKNOWN;
	damage = stream_damage(f, &cut);
	/* an empty input is an error: an archive of nothing would look like a log without events */
	if (n == 0) {
		if (damage)
			err_set(e, EX_IO_ERR, "%s: %s", path, damage);
		else
			err_set(e, EX_DATA_ERR, "%s: empty: there is nothing to archive", path);
		return INPUT_UNKNOWN;
	}
	/* one that was given by itself, or lies in a folder, was unpacked before */
	if (n >= 263 && memcmp(p + 257, "ustar", 5) == 0) {
		err_set(e, EX_DATA_ERR,
		    "%s: a tar among other files: unpack it, or give it by itself", path);
		return INPUT_UNKNOWN;
	}
	/* forms that are known and not read come first: the text of some would look like rows */
	if (named_form(p, n, path, damage != NULL, e))
		return INPUT_UNKNOWN;
	/* the words of a tool may stand on top: whole lines, none of which is the beginning of
	 * anything */
	for (unsigned i = 0; i <= STRAY_LINES && n; i++) {
		const char *nl;

		if ((kind = text_kind(p, n, path, e)) != INPUT_UNKNOWN || e->status) {
			*ret_stray = i;
			return kind;
		}
		if ((nl = memchr(p, '\n', n)) == NULL)
			break;
		n -= (size_t)(nl + 1 - p);
		p = nl + 1;
	}
	err_set(e, EX_DATA_ERR,
	    "%s: not an input this program knows (a plain pg_dump, rows as JSON or CSV with "
	    "event_id, event_type and event_data, answers of GET /api/v1/audit/events or /export, "
	    "a must-gather, redis-cli's XRANGE)",
	    path);
	return INPUT_UNKNOWN;
}
