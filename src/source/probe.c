/* What an input is, by its content and never by its name. */
#include <ctype.h>
#include <string.h>

#include "json/json.h"
#include "source/session.h"

/* The first member names of a JSON object, as far as they stand in p[0..n). */
static bool
has_member(const char *p, size_t n, const char *name)
{
	size_t depth = 0, k = strlen(name);
	bool in_string = false;

	for (size_t i = 0; i < n; i++) {
		if (in_string) {
			if (p[i] == '\\')
				i++;
			else if (p[i] == '"')
				in_string = false;
		} else if (p[i] == '"') {
			size_t after = i + k + 2;

			if (depth == 1 && after < n && memcmp(p + i + 1, name, k) == 0 && p[i + k + 1] == '"') {
				while (after < n && isspace((unsigned char)p[after]))
					after++;
				if (after < n && p[after] == ':')
					return true;
			}
			in_string = true;
		} else if (p[i] == '{' || p[i] == '[') {
			depth++;
		} else if (p[i] == '}' || p[i] == ']') {
			if (depth <= 1)
				return false;
			depth--;
		}
	}
	return false;
}

static bool
begins(const char *p, size_t n, const char *s)
{
	return n >= strlen(s) && memcmp(p, s, strlen(s)) == 0;
}

/* A first line of comma-separated names with those that every row has. */
static bool
csv_header(const char *p, size_t n)
{
	const char *nl = memchr(p, '\n', n);

	n = nl ? (size_t)(nl - p) : n;
	return memmem(p, n, "event_id", 8) && memmem(p, n, "event_type", 10) && memmem(p, n, "event_data", 10) && memchr(p, ',', n) &&
	    memchr(p, '{', n) == NULL && memchr(p, ';', n) == NULL;
}

static bool
sql(const char *p, size_t n)
{
	static const char *const word[] = { "--", "/*", "\\restrict", "\\connect", "SET ", "SELECT ", "COPY ", "INSERT ", "CREATE ", "BEGIN", "ALTER ", "DROP " };

	for (unsigned i = 0; i < sizeof word / sizeof *word; i++)
		if (begins(p, n, word[i]))
			return true;
	return false;
}

bool
probe_old_server(struct stream *f)
{
	struct err ignore = { 0 };
	const char *p;
	size_t n;

	return stream_peek(f, 65536, &p, &n, &ignore) == 0 && memmem(p, n, "\"retention_days\":0,", 19) != NULL;
}

enum input_kind
probe(struct stream *f, const char *path, struct err *e)
{
	const char *p;
	size_t n;

	if (stream_peek(f, 65536, &p, &n, e))
		return INPUT_UNKNOWN;
	if (n == 0) {
		err_set(e, EX_DATA_ERR, "%s: empty: there is nothing to archive", path);
		return INPUT_UNKNOWN;
	}
	if (begins(p, n, "PGDMP")) {
		err_set(e, EX_DATA_ERR, "%s: a pg_dump in custom format; make it plain and archive that: pg_restore -f dump.sql %s", path, path);
		return INPUT_UNKNOWN;
	}
	if (n >= 16 && memcmp(p, "SQLite format 3", 16) == 0) {
		err_set(e, EX_DATA_ERR, "%s: an SQLite database%s", path, n > 72 && load_be((const unsigned char *)p + 68, 4) == EX_APPLICATION_ID ?
		    ", and an Exhibit archive already; look at it with: exhibit info FILE" : ", not an input");
		return INPUT_UNKNOWN;
	}
	if (n >= 263 && memcmp(p + 257, "ustar", 5) == 0)
		return INPUT_MUST_GATHER;
	if (begins(p, n, "\xef\xbb\xbf")) {
		p += 3;
		n -= 3;
	}
	while (n && isspace((unsigned char)*p)) {
		p++;
		n--;
	}
	if (n && *p == '{') {
		if (has_member(p, n, "data") || has_member(p, n, "pagination"))
			return INPUT_REST_EVENTS;
		if (has_member(p, n, "export_metadata") || has_member(p, n, "hash_chain_verification"))
			return INPUT_SERVER_EXPORT;
		if (has_member(p, n, "title") && has_member(p, n, "status") && !has_member(p, n, "event_id")) {
			err_set(e, EX_DATA_ERR, "%s: an error answer of the server, not events: %.*s", path, (int)(n > 200 ? 200 : n), p);
			return INPUT_UNKNOWN;
		}
		if (has_member(p, n, "event_id"))
			return INPUT_ROWS_JSONL;
	} else if (n && probe_dead_letters(p, n)) {
		return INPUT_DEAD_LETTERS;
	} else if (n && *p == '[' && memmem(p, n, "\"event_id\"", 10)) {
		return INPUT_ROWS_JSONL;
	}
	if (n && csv_header(p, n))
		return INPUT_ROWS_CSV;
	if (n && sql(p, n))
		return INPUT_PG_DUMP;
	err_set(e, EX_DATA_ERR, "%s: not an input this program knows (a plain pg_dump, rows as JSONL or CSV, answers of GET /api/v1/audit/events or /export, a must-gather)", path);
	return INPUT_UNKNOWN;
}
