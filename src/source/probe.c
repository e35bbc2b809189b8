/* What an input is, by its content and never by its name. */
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "json/json.h"
#include "source/json_inner.h"
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

/* A first line that is a row of the table as COPY prints it: an id, and many tabs. */
static bool
copy_data(const char *p, size_t n)
{
	const char *nl = memchr(p, '\n', n);
	unsigned char id[16];
	unsigned tabs = 0;

	n = nl ? (size_t)(nl - p) : n;
	for (size_t i = 0; i < n; i++)
		tabs += p[i] == '\t';
	return n > 37 && p[36] == '\t' && tabs >= 20 && uuid_to(p, 36, id);
}

static size_t
line_of(const char *p, size_t n)
{
	const char *nl = memchr(p, '\n', n);

	return nl ? (size_t)(nl - p) : n;
}

/* A table as psql prints it for eyes: a line of dashes under the names, or a record a page, or
 * texts that go on behind a +. */
static bool
psql_for_eyes(const char *p, size_t n)
{
	size_t first = line_of(p, n), second, k = 0;

	if (begins(p, n, "-[ RECORD "))
		return true;
	if (first >= n)
		return false;
	second = line_of(p + first + 1, n - first - 1);
	while (k < second && strchr("-+\r", p[first + 1 + k]))
		k++;
	if (k < second || second < 3)
		return false;
	if (memchr(p, '|', first))
		return true;
	p += first + 1 + second;
	n -= first + 1 + second;
	first = n ? line_of(p + 1, n - 1) : 0; /* the first line of the only column */
	return first > 1 && p[first] == '+';
}

/* What redis-cli prints instead of an answer, plain or for eyes; one line and no more. */
static bool
redis_error(const char *p, size_t n)
{
	static const char *const word[] = { "(error) ", "NOAUTH ", "NOPERM ", "WRONGTYPE ", "ERR ",
		"WRONGPASS ", "LOADING ", "MOVED ", "CLUSTERDOWN ",
		"Could not connect to Redis at " };

	if (n > 1000 || line_of(p, n) + 2 < n)
		return false;
	for (size_t i = 0; i < sizeof word / sizeof *word; i++)
		if (begins(p, n, word[i]))
			return true;
	return false;
}

/* Text of nothing but what base64 is made of, in lines. */
static bool
base64_text(const char *p, size_t n)
{
	size_t k = 0;

	while (k < n && (isalnum((unsigned char)p[k]) || strchr("+/=\r\n", p[k])))
		k++;
	return n >= 200 && k == n;
}

/* The name of the first column, and something behind it that no CSV has there, or its value. */
static bool
other_separator(const char *p, size_t n)
{
	static const char name[] = "event_id";
	const char *end = p + (n < 4096 ? n : 4096);
	unsigned char id[16];

	if (n < 64 || !begins(p, n, name))
		return false;
	p += sizeof name - 1;
	if (*p == '|' && uuid_to(p + 1, 36, id))
		return true;
	return !isalnum((unsigned char)*p) && !strchr(",;|_\t\r\n \"", *p ? *p : 'x') &&
	    memmem(p, (size_t)(end - p), "event_type", 10) &&
	    memmem(p, (size_t)(end - p), "event_data", 10);
}

/* Rows between delimiters without the line of names: an id first, and many fields. */
static bool
no_header(const char *p, size_t n)
{
	unsigned char id[16];
	size_t at = n && *p == '"', fields = 0;

	n = line_of(p, n);
	if (n < at + 37 || !uuid_to(p + at, 36, id))
		return false;
	for (size_t i = 0; i < n; i++)
		fields += p[i] == p[at + 36 + at];
	return strchr(",;|~", p[at + 36 + at]) && fields >= 12;
}

/* What is known and not read, and the way on. */
static bool
named(const char *p, size_t n, const char *path, bool damaged, struct err *e)
{
	static const struct {
		const char *head;
		size_t n;
		const char *what;
	} other[] = { { "\x04\x22\x4d\x18", 4, "lz4: unpack it first: lz4 -d" },
		{ "\x5d\x00\x00", 3, "lzma: unpack it first: xz -d --format=lzma" },
		{ "7z\xbc\xaf\x27\x1c", 6, "7-zip: unpack it first: 7z x" },
		{ "\x1f\x9d", 2, "compress: unpack it first: gzip -d" },
		{ "Rar!\x1a\x07", 6, "RAR: unpack it first: unrar x" },
		{ "%PDF-", 5, "PDF, which is no form for rows" }, { "\x89HDF", 4, "HDF5" },
		{ "PAR1", 4, "Parquet: write it as CSV" },
		{ "PGCOPY\n\xff", 8, "COPY's binary form: write it as CSV: \\copy … CSV HEADER" },
		{ "\xff\xfe\x00\x00", 4, "UTF-32: write it as UTF-8" } };
	/* blanks before the first word are no sign */
	const char *q = p;
	char program[400];

	/* what is known by its first bytes and not read is answered with the way on */
	if (begins(p, n, "PGDMP")) {
		/* toc.dat of a dump in directory format begins like one in custom format; so does
		 * the one in a tar. Its data is in other files */
		const char *slash = strrchr(path, '/');

		if (strcmp(slash ? slash + 1 : path, "toc.dat") == 0)
			err_set(e, EX_DATA_ERR,
			    "%s: the table of contents of a pg_dump in directory format (-Fd): the "
			    "rows are in other files of that folder; make it plain and archive "
			    "that: pg_restore -f dump.sql %.*s",
			    path, slash ? (int)(slash - path) : 1, slash ? path : ".");
		else
			err_set(e, EX_DATA_ERR,
			    "%s: a pg_dump in custom format (-Fc); make it plain and archive that: "
			    "pg_restore -f dump.sql %s",
			    path, path);
		return true;
	}
	/* a ZIP by itself was taken apart before (bundle.c) */
	if (begins(p, n, "PK\3\4")) {
		err_set(e, EX_DATA_ERR,
		    "%s: a ZIP among other files: unpack it, or give it by itself", path);
		return true;
	}
	if (n >= 16 && memcmp(p, "SQLite format 3", 16) == 0) {
		err_set(e, EX_DATA_ERR, "%s: an SQLite database%s", path,
		    n > 72 && load_be((const unsigned char *)p + 68, 4) == EX_APPLICATION_ID ?
			", and an Exhibit archive already; look at it with: exhibit info FILE" :
			", not an input");
		return true;
	}
	/* packers and formats that no reader of ours knows */
	for (unsigned i = 0; i < sizeof other / sizeof *other; i++)
		if (n >= other[i].n && memcmp(p, other[i].head, other[i].n) == 0) {
			err_set(e, EX_DATA_ERR, "%s: %s", path, other[i].what);
			return true;
		}
	while (q < p + n && isspace((unsigned char)*q))
		q++;
	/* redis-cli for eyes: 1) 1) "1795…-0", or as CSV */
	if (((size_t)(p + n - q) > 8 && memcmp(q, "1) 1) \"", 7) == 0 &&
		isdigit((unsigned char)q[7])) ||
	    (*q == '"' && isdigit((unsigned char)q[1]) &&
		memmem(q, (size_t)(p + n - q) > 60 ? 60 : (size_t)(p + n - q), "\",\"message\",",
		    12))) {
		err_set(e, EX_DATA_ERR,
		    "%s: dead letters as redis-cli prints them for eyes, or as CSV: print them "
		    "plain (into a pipe or a file, or with --raw) or with --json",
		    path);
		return true;
	}
	/* an error message in the place of an answer is common, and must not become a stray line */
	if (redis_error(q, (size_t)(p + n - q))) {
		err_set(e, EX_DATA_ERR, "%s: an error of Redis instead of its answer: %.*s", path,
		    (int)line_of(q, (size_t)(p + n - q) < 200 ? (size_t)(p + n - q) : 200), q);
		return true;
	}
	if (json_lists_of_values(q, (size_t)(p + n - q), program)) {
		err_set(e, EX_DATA_ERR,
		    "%s: lists of values beside a list of their columns' names: make them rows: "
		    "jq -c '%s' %s > rows.jsonl",
		    path, program, path);
		return true;
	}
	if (other_separator(q, (size_t)(p + n - q))) {
		err_set(e, EX_DATA_ERR,
		    "%s: columns between other separators than commas, semicolons, tabs or |, or "
		    "one on each line, as psql prints them by -z, -F or -x: print it as CSV "
		    "(psql --csv)",
		    path);
		return true;
	}
	/* rows without names of columns: which column is which would be a guess */
	if (copy_data(q, (size_t)(p + n - q))) {
		err_set(e, EX_DATA_ERR,
		    "%s: rows of COPY without the names of their columns, such as a data file of a "
		    "pg_dump in directory format (-Fd): make the dump plain and archive that: "
		    "pg_restore -f dump.sql FOLDER "
		    "(or \\copy with CSV HEADER)",
		    path);
		return true;
	}
	/* boxes and bars for eyes lose what a text held */
	if (psql_for_eyes(p, n)) {
		err_set(e, EX_DATA_ERR,
		    "%s: a table as psql prints it for eyes: print it as CSV (psql --csv), or the "
		    "rows alone (psql -At -c 'SELECT row_to_json(a) FROM audit_events a')",
		    path);
		return true;
	}
	/* an encoding around something else */
	if (base64_text(p, n)) {
		err_set(e, EX_DATA_ERR, "%s: base64: decode it first: base64 -d", path);
		return true;
	}
	if (no_header(q, (size_t)(p + n - q))) {
		err_set(e, EX_DATA_ERR,
		    "%s: rows without the line of their columns' names: export them with it "
		    "(\\copy … CSV HEADER, psql --csv)",
		    path);
		return true;
	}
	/* line ends of old Macs: one line to every reader */
	if (memchr(p, '\r', n) && memchr(p, '\n', n) == NULL && *q != '{' && *q != '[') {
		err_set(e, EX_DATA_ERR,
		    "%s: lines that end in CR alone: make them lines: tr '\\r' '\\n'", path);
		return true;
	}
	if (q < p + n && *q == '<') {
		err_set(e, EX_DATA_ERR, "%s: HTML or XML, such as a login page: not rows", path);
		return true;
	}
	/* two bytes are little to know zlib by: the last of all, and not where a text was
	 * damaged */
	if (n >= 2 && (unsigned char)p[0] == 0x78 &&
	    ((unsigned char)p[0] * 256u + (unsigned char)p[1]) % 31 == 0 && !damaged &&
	    (p[1] & 0x20) == 0) {
		err_set(e, EX_DATA_ERR, "%s: zlib: unpack it first: zlib-flate -uncompress", path);
		return true;
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
	if (named(p, n, path, damage != NULL, e))
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
