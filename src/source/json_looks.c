#include "source/json_inner.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#define TRIES 64u /* objects that are looked at for a row */

struct member {
	const char *name;
	size_t n;
	/* its first character; '\0': it does not stand here any more */
	char value;
	char inner; /* of an array: that of its first element */
	size_t at;  /* of the value */
};

static bool
blank(char c)
{
	return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

/* Behind the string that begins at p[i], or n. */
static size_t
over_string(const char *p, size_t n, size_t i)
{
	for (i++; i < n && p[i] != '"'; i++)
		if (p[i] == '\\')
			i++;
	return i < n ? i + 1 : n;
}

static size_t
over_blanks(const char *p, size_t n, size_t i)
{
	while (i < n && blank(p[i]))
		i++;
	return i;
}

/* The next member of the object, from *at (behind its bracket, or behind the member before). */
static bool
next_member(const char *p, size_t n, size_t *at, struct member *m)
{
	/* looked at in place: the value may be megabytes long, and nothing of it is needed but its
	 * end */
	size_t i = over_blanks(p, n, *at), depth = 0;

	if (i < n && p[i] == ',')
		i = over_blanks(p, n, i + 1);
	if (i >= n || p[i] != '"')
		return false;
	/* names are compared as they are spelled: one with an escape is none of those that are
	 * known */
	m->name = p + i + 1;
	i = over_string(p, n, i);
	if (i >= n)
		return false;
	m->n = (size_t)(p + i - 1 - m->name);
	i = over_blanks(p, n, i);
	if (i >= n || p[i] != ':')
		return false;
	i = over_blanks(p, n, i + 1);
	m->value = i < n ? p[i] : '\0';
	m->at = i;
	m->inner = '\0';
	/* whether a list holds objects decides what it is taken for */
	if (m->value == '[') {
		size_t k = over_blanks(p, n, i + 1);

		m->inner = k < n ? p[k] : '\0';
	}
	/* over the value, by its brackets, up to the comma or the bracket behind it */
	while (i < n) {
		char c = p[i];

		if (c == '"') {
			i = over_string(p, n, i);
			continue;
		}
		if (c == '{' || c == '[')
			depth++;
		else if ((c == '}' || c == ']') && depth-- == 0)
			break;
		else if (c == ',' && depth == 0)
			break;
		i++;
	}
	*at = i;
	return true;
}

static bool
is(const struct member *m, const char *name)
{
	return m->n == strlen(name) && strncasecmp(m->name, name, m->n) == 0;
}

bool
json_has_member(const char *p, size_t n, const char *name)
{
	struct member m;
	size_t at = 1;

	while (n && *p == '{' && next_member(p, n, &at, &m))
		if (is(&m, name))
			return true;
	return false;
}

enum json_looks
json_looks_like(const char *p, size_t n)
{
	size_t seen;

	return json_look(p, n, &seen);
}

/* depth: lists in objects in objects are found, but not by looking at everything many times. */
static enum json_looks
look(const char *p, size_t n, unsigned depth, size_t *ret_seen)
{
	struct member m;
	size_t at = 1, seen;
	bool list = false, type = false, correlation = false;

	*ret_seen = n;
	while (n && *p == '{' && next_member(p, n, &at, &m)) {
		type |= is(&m, "event_type");
		correlation |= is(&m, "correlation_id");
		*ret_seen = at;
		if (is(&m, "event_id") || (type && correlation))
			return JSON_LOOKS_ROW;
		list |= (m.value == '[' && m.inner != '"' && strchr("{[]", m.inner)) ||
		    (m.value == '{' && (is(&m, "pagination") || is(&m, "export_metadata"))) ||
		    (is(&m, "data") && m.value == 'n');
		if (!list && depth && m.value == '{')
			list = look(p + m.at, n - m.at, depth - 1, &seen) == JSON_LOOKS_LIST;
	}
	return list ? JSON_LOOKS_LIST : JSON_LOOKS_ELSE;
}

enum json_looks
json_look(const char *p, size_t n, size_t *ret_seen)
{
	return look(p, n, 2, ret_seen);
}

bool
json_row_in_text(const char *p, size_t n)
{
	return memmem(p, n, "\\\"event_id\\\"", 12) && memmem(p, n, "\\\"event_type\\\"", 14);
}

bool
json_holds_row(const char *p, size_t n)
{
	struct member m;
	size_t at = 1;

	while (n && *p == '{' && next_member(p, n, &at, &m))
		if ((m.value == '{' && json_looks_like(p + m.at, n - m.at) == JSON_LOOKS_ROW) ||
		    (m.value == '"' && m.at + 1 < n && p[m.at + 1] == '{' &&
			json_row_in_text(p + m.at, at - m.at)))
			return true;
	return false;
}

bool
json_first_row(const char *p, size_t n, size_t *ret)
{
	unsigned tries = 0;

	for (size_t i = 0; i < n && tries < TRIES; i++) {
		if (p[i] == '"') {
			i = over_string(p, n, i) - 1;
		} else if (p[i] == '{') {
			if (json_looks_like(p + i, n - i) == JSON_LOOKS_ROW) {
				*ret = i;
				return true;
			}
			tries++;
		} else if (!blank(p[i]) && !strchr("[]}:,", p[i]) && (p[i] < '0' || p[i] > '9') &&
		    !strchr("-+.eEtrufalsn", p[i])) {
			return false; /* no JSON */
		}
	}
	return false;
}

bool
json_row_of_answer(const char *p, size_t n)
{
	return json_has_member(p, n, "version") && !json_has_member(p, n, "event_version");
}

bool
json_behind_row(const char *p, size_t i, bool *ret_comma)
{
	while (i && blank(p[i - 1]))
		i--;
	*ret_comma = i && p[i - 1] == ',';
	if (*ret_comma)
		for (i--; i && blank(p[i - 1]); i--)
			;
	return i && p[i - 1] == '}';
}

/* Does a name of the source's columns stand in p[0..n) as a value: an element, or {"name": …}? */
static bool
names_as_values(const char *p, size_t n)
{
	static const char *const name[] = { "\"event_id\"", "\"event_type\"" };
	unsigned found = 0;

	for (unsigned i = 0; i < sizeof name / sizeof *name; i++) {
		size_t k = strlen(name[i]), at;

		for (const char *q = p; (q = memmem(q, n - (size_t)(q - p), name[i], k)); q += k) {
			at = over_blanks(p, n, (size_t)(q - p) + k);
			if (at < n && strchr(",]}", p[at]) && p[at]) {
				found++;
				break;
			}
		}
	}
	return found == sizeof name / sizeof *name;
}

/* The members of the object at p that hold the names, and the lists; path: where it stands. */
static bool
lists_in(const char *p, size_t n, const char *path, unsigned depth, char program[400])
{
	struct member m, names = { .n = 0 }, rows = { .n = 0 };
	size_t at = 1;
	char inner[80];

	while (next_member(p, n, &at, &m)) {
		size_t len = (at < n ? at : n) - m.at;

		if (m.n == 0 || m.n > 30 || memchr(m.name, '\\', m.n) || memchr(m.name, '"', m.n))
			continue;
		snprintf(inner, sizeof inner, "%s.%.*s", path, (int)m.n, m.name);
		if (m.value == '[' && m.inner == '[')
			rows = m;
		else if (m.value == '[' && names_as_values(p + m.at, len))
			names = m;
		else if (m.value == '{' && depth &&
		    lists_in(p + m.at, len, inner, depth - 1, program))
			return true;
	}
	if (names.n == 0 || rows.n == 0)
		return false;
	snprintf(program, 400,
	    names.inner == '{' ? "[%s.%.*s[] | .name] as $c | %s.%.*s[]" :
				 "%s.%.*s as $c | %s.%.*s[]",
	    path, (int)names.n, names.name, path, (int)rows.n, rows.name);
	return true;
}

bool
json_lists_of_values(const char *p, size_t n, char program[400])
{
	static const char behind[] = " | [$c, .] | transpose | map({(.[0]): .[1]}) | add";
	size_t row, i = over_blanks(p, n, 1);
	const char *end;
	bool found = false;

	if (n == 0 || (*p != '{' && *p != '[') || json_first_row(p, n, &row) ||
	    !names_as_values(p, n))
		return false;
	if (*p == '{') {
		found = lists_in(p, n, "", 2, program);
	} else if (i < n && p[i] == '[' && (end = memchr(p + i, ']', n - i)) != NULL &&
	    names_as_values(p + i, (size_t)(end + 1 - p) - i)) {
		snprintf(program, 400, ".[0] as $c | .[1:][]");
		found = true;
	}
	if (found)
		strncat(program, behind, 399 - strlen(program));
	return found;
}

bool
json_left_by_powershell(const char *p, size_t n)
{
	static const char *const type[] = { "System.Collections.Hashtable", "System.Object[]",
		"System.Collections.Specialized.OrderedDictionary" };

	for (unsigned i = 0; i < sizeof type / sizeof *type; i++)
		if (n == strlen(type[i]) && memcmp(p, type[i], n) == 0)
			return true;
	return n > 3 && p[0] == '@' && p[1] == '{' && p[n - 1] == '}' && memchr(p, '=', n);
}

bool
json_of_copy(const char *p, size_t n)
{
	const char *nl;
	size_t i = 1;

	while (i < n && p[i] == ' ')
		i++;
	if (i + 1 < n && p[i] == '\\' && p[i + 1] == 'n')
		return true;
	if (*p != '[')
		return false;
	/* json_agg writes its rows so */
	nl = memchr(p, '\n', n);
	return memmem(p, nl ? (size_t)(nl - p) : n, "}, \\n {\"", 8) != NULL;
}
