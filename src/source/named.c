#include "source/named.h"

#include <ctype.h>
#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "source/json_inner.h"

static bool
begins(const char *p, size_t n, const char *s)
{
	return n >= strlen(s) && memcmp(p, s, strlen(s)) == 0;
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

/* ---- packers, and files of other programs */

/* toc.dat of a dump in directory format begins like one in custom format; so does the one in a tar.
 * Its data is in other files. */
static void
name_dump(const char *path, struct err *e)
{
	const char *slash = strrchr(path, '/');

	if (strcmp(slash ? slash + 1 : path, "toc.dat") == 0)
		err_set(e, EX_DATA_ERR,
		    "%s: the table of contents of a pg_dump in directory format (-Fd): the rows "
		    "are in other files of that folder; make it plain and archive that: "
		    "pg_restore -f dump.sql %.*s",
		    path, slash ? (int)(slash - path) : 1, slash ? path : ".");
	else
		err_set(e, EX_DATA_ERR,
		    "%s: a pg_dump in custom format (-Fc); make it plain and archive that: "
		    "pg_restore -f dump.sql %s",
		    path, path);
}

static bool
by_first_bytes(const char *p, size_t n, const char *path, struct err *e)
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
		{ "\xff\xfe\x00\x00", 4, "UTF-32: write it as UTF-8" },
		/* a ZIP by itself was taken apart before (bundle.c) */
		{ "PK\3\4", 4, "a ZIP among other files: unpack it, or give it by itself" } };

	if (begins(p, n, "PGDMP")) {
		name_dump(path, e);
		return true;
	}
	if (n >= 16 && memcmp(p, "SQLite format 3", 16) == 0) {
		err_set(e, EX_DATA_ERR, "%s: an SQLite database%s", path,
		    n > 72 && load_be((const unsigned char *)p + 68, 4) == EX_APPLICATION_ID ?
			", and an Exhibit archive already; look at it with: exhibit info FILE" :
			", not an input");
		return true;
	}
	for (unsigned i = 0; i < sizeof other / sizeof *other; i++)
		if (n >= other[i].n && memcmp(p, other[i].head, other[i].n) == 0) {
			err_set(e, EX_DATA_ERR, "%s: %s", path, other[i].what);
			return true;
		}
	return false;
}

/* Two bytes are little to know zlib by: the last of all, and not where a text was damaged. */
static bool
is_zlib(const char *p, size_t n)
{
	return n >= 2 && (unsigned char)p[0] == 0x78 &&
	    ((unsigned char)p[0] * 256u + (unsigned char)p[1]) % 31 == 0 && (p[1] & 0x20) == 0;
}

/* ---- texts. p, n: the whole; each looks at it, or behind the blanks before its first word */

struct text {
	const char *p;
	size_t n;
	const char *word;
	size_t left; /* from word on */
};

/* redis-cli for eyes: 1) 1) "1795…-0", or as CSV. */
static bool
redis_for_eyes(const struct text *t)
{
	const char *q = t->word;

	if (t->left == 0)
		return false;
	return (t->left > 8 && memcmp(q, "1) 1) \"", 7) == 0 && isdigit((unsigned char)q[7])) ||
	    (*q == '"' && isdigit((unsigned char)q[1]) &&
		memmem(q, t->left > 60 ? 60 : t->left, "\",\"message\",", 12));
}

static bool
between_separators(const struct text *t)
{
	return other_separator(t->word, t->left);
}

static bool
rows_of_copy(const struct text *t)
{
	return copy_data(t->word, t->left);
}

static bool
for_eyes(const struct text *t)
{
	return psql_for_eyes(t->p, t->n);
}

static bool
is_base64(const struct text *t)
{
	return base64_text(t->p, t->n);
}

static bool
without_names(const struct text *t)
{
	return no_header(t->word, t->left);
}

/* Line ends of old Macs: one line to every reader. */
static bool
lines_of_cr(const struct text *t)
{
	return memchr(t->p, '\r', t->n) && memchr(t->p, '\n', t->n) == NULL &&
	    (t->left == 0 || (*t->word != '{' && *t->word != '['));
}

static bool
is_markup(const struct text *t)
{
	return t->left && *t->word == '<';
}

/* The first that holds; each is asked only where none before it did. */
static const struct {
	bool (*is)(const struct text *);
	const char *what;
} form[] = {
	/* which column is which would be a guess, and boxes and bars lose what a text held */
	{ between_separators,
	    "columns between other separators than commas, semicolons, tabs or |, or one on each "
	    "line, as psql prints them by -z, -F or -x: print it as CSV (psql --csv)" },
	{ rows_of_copy,
	    "rows of COPY without the names of their columns, such as a data file of a pg_dump in "
	    "directory format (-Fd): make the dump plain and archive that: pg_restore -f dump.sql "
	    "FOLDER (or \\copy with CSV HEADER)" },
	{ for_eyes,
	    "a table as psql prints it for eyes: print it as CSV (psql --csv), or the rows alone "
	    "(psql -At -c 'SELECT row_to_json(a) FROM audit_events a')" },
	{ is_base64, "base64: decode it first: base64 -d" },
	{ without_names,
	    "rows without the line of their columns' names: export them with it (\\copy … CSV "
	    "HEADER, psql --csv)" },
	{ lines_of_cr, "lines that end in CR alone: make them lines: tr '\\r' '\\n'" },
	{ is_markup, "HTML or XML, such as a login page: not rows" },
};

static bool
by_text(const struct text *t, const char *path, struct err *e)
{
	char program[400];

	if (redis_for_eyes(t)) {
		err_set(e, EX_DATA_ERR,
		    "%s: dead letters as redis-cli prints them for eyes, or as CSV: print them "
		    "plain (into a pipe or a file, or with --raw) or with --json",
		    path);
		return true;
	}
	/* an error message in the place of an answer is common, and must not become a stray line */
	if (redis_error(t->word, t->left)) {
		err_set(e, EX_DATA_ERR, "%s: an error of Redis instead of its answer: %.*s", path,
		    (int)line_of(t->word, t->left < 200 ? t->left : 200), t->word);
		return true;
	}
	if (json_lists_of_values(t->word, t->left, program)) {
		err_set(e, EX_DATA_ERR,
		    "%s: lists of values beside a list of their columns' names: make them rows: "
		    "jq -c '%s' %s > rows.jsonl",
		    path, program, path);
		return true;
	}
	for (unsigned i = 0; i < sizeof form / sizeof *form; i++)
		if (form[i].is(t)) {
			err_set(e, EX_DATA_ERR, "%s: %s", path, form[i].what);
			return true;
		}
	return false;
}

bool
named_form(const char *p, size_t n, const char *path, bool damaged, struct err *e)
{
	struct text t = { .p = p, .n = n, .word = p, .left = n };

	/* blanks before the first word are no sign */
	while (t.left && isspace((unsigned char)*t.word)) {
		t.word++;
		t.left--;
	}
	if (by_first_bytes(p, n, path, e) || by_text(&t, path, e))
		return true;
	if (!damaged && is_zlib(p, n)) {
		err_set(e, EX_DATA_ERR, "%s: zlib: unpack it first: zlib-flate -uncompress", path);
		return true;
	}
	return false;
}
