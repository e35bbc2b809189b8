/* Where a dump finds its footing again: lines that begin something for sure, statements that lost a
 * quotation mark, comments and texts that do not end. */
#include <ctype.h>
#include <string.h>

#include "base/text.h"
#include "source/pgdump_inner.h"

#define AHEAD (16u << 20)      /* bytes that are looked through for the end of a comment */
#define AHEAD_ALL (512u << 20) /* of an input */
#define ROW_FIELDS 15u         /* separators that only a row has behind its id */

/* The first words of a statement of SQL, in any case; what begins with none of them is none. */
bool
dump_begins_statement(const char *p, size_t n)
{
	static const char *const word[][2] = { { "INSERT", "INTO" }, { "COPY", "" },
		{ "CREATE", "" }, { "ALTER", "" }, { "SET", "" }, { "SELECT", "" }, { "DROP", "" },
		{ "COMMENT", "ON" }, { "GRANT", "" }, { "REVOKE", "" }, { "BEGIN", "" },
		{ "COMMIT", "" }, { "START", "TRANSACTION" }, { "ROLLBACK", "" }, { "END", "" },
		{ "DO", "" }, { "REFRESH", "MATERIALIZED" }, { "ANALYZE", "" }, { "VACUUM", "" },
		{ "UPDATE", "" }, { "DELETE", "FROM" }, { "TRUNCATE", "" }, { "MERGE", "INTO" },
		{ "LOCK", "TABLE" }, { "WITH", "" }, { "RESET", "" }, { "SECURITY", "LABEL" },
		{ "IMPORT", "FOREIGN" }, { "CLUSTER", "" }, { "REINDEX", "" }, { "CALL", "" },
		{ "EXECUTE", "" }, { "PREPARE", "" }, { "SAVEPOINT", "" }, { "RELEASE", "" },
		{ "REASSIGN", "OWNED" }, { "DISCARD", "" }, { "USE", "" } };
	struct sql q = { p, p + n, true };

	for (unsigned i = 0; i < sizeof word / sizeof *word; i++)
		if (sql_word(&q, word[i][0])) {
			/* a statement goes on with a name, a word, a bracket or its end; a
			 * sentence of a tool with a colon or a comma */
			sql_blank(&q);
			return word[i][1][0] ? sql_word(&q, word[i][1]) :
					       q.p == q.end ||
				(!ispunct((unsigned char)*q.p) || strchr("(;\"$'", *q.p));
		}
	return p < q.end && *p == ';';
}

/* Does the line begin a statement or a part of a dump for sure, whatever stands around it? */
static bool
begins_for_sure(const char *p, size_t n)
{
	static const char *const mark[] = { "-- PostgreSQL database ",
		"-- Name: ", "-- Data for Name: ", "\\connect ", "\\restrict ", "\\unrestrict " };

	while (n && isspace((unsigned char)p[n - 1]))
		n--;
	if (n == 2 && memcmp(p, "--", 2) == 0)
		return true;
	for (unsigned i = 0; i < sizeof mark / sizeof *mark; i++)
		if (n >= strlen(mark[i]) && memcmp(p, mark[i], strlen(mark[i])) == 0)
			return true;
	return n && strchr(";(", p[n - 1]) && dump_begins_statement(p, n);
}

/* A quotation mark is missing before this line, or in it before the text ends that it stands in. */
bool
dump_quotes_lost(const struct dump *d, const char *p, size_t n)
{
	struct sql_scan s = d->scan;

	if (s.state == SQL_QUOTE && !s.broken)
		sql_scan(&s, p, n);
	return s.broken;
}

/* Is the line an INSERT into the same table as the statement that is open? */
static bool
same_head(const struct dump *d, const char *p, size_t n)
{
	const char *end = memchr(p, '(', n);
	size_t k = end ? (size_t)(end - p) : n;

	return d->stmt.len > k && memcmp(d->stmt.p, p, k) == 0;
}

/*
 * A line of a COPY of its own, or of an INSERT, while a statement is open that cannot hold it:
 * the words of a tool began that, or ended in it, or a quotation mark of it is lost.
 * Inside a text of an INSERT that is in order such a line is text, whoever wrote it.
 */
bool
dump_statement_lost(const struct dump *d, const char *p, size_t n)
{
	struct sql q = { (char *)d->stmt.p, (char *)d->stmt.p + d->stmt.len, true },
		   l = { p, p + n, true };
	bool inside = sql_word(&q, "CREATE") || sql_word(&q, "WITH") || sql_word(&q, "PREPARE"),
	     insert, copy;

	if (d->scan.state == SQL_DOLLAR || n < 2 || isspace((unsigned char)*p))
		return false;
	copy = sql_word(&l, "COPY") &&
	    (memmem(l.p, (size_t)(l.end - l.p), " FROM stdin;", 12) ||
		memmem(l.p, (size_t)(l.end - l.p), " from stdin;", 12));
	insert = !copy && sql_word(&l, "INSERT") && sql_word(&l, "INTO");
	/* where one mark is lost, the next statement seems to begin in a text; what begins outside
	 * may stand in one */
	if (insert && d->scan.values && (d->scan.broken || d->scan.mended) &&
	    d->scan.state == SQL_PLAIN)
		return same_head(d, p, n);
	if ((copy || insert || begins_for_sure(p, n)) && dump_quotes_lost(d, p, n))
		return true;
	if (d->scan.state != SQL_PLAIN && d->scan.values)
		return false;
	return copy || (insert && d->scan.state == SQL_PLAIN && !inside);
}

size_t
dump_statement_inside(const char *p, size_t n)
{
	static const char *const word[] = { "COPY ", "INSERT INTO ", "insert into " };
	size_t k = n;

	while (k && isspace((unsigned char)p[k - 1]))
		k--;
	for (unsigned i = 0; i < sizeof word / sizeof *word; i++) {
		const char *q = memmem(p, n, word[i], strlen(word[i]));

		if (q == NULL || q == p ||
		    (i == 0 && (k < 12 || memcmp(p + k - 12, " FROM stdin;", 12))))
			continue;
		if (dump_begins_statement(q, n - (size_t)(q - p)))
			return (size_t)(q - p);
	}
	return 0;
}

bool
dump_behind_table(const char *p, size_t n)
{
	static const char data[] = "-- Data for Name: ", end[] = "-- PostgreSQL database dump ";
	struct sql q = { p, p + n, true };

	if (n < 12 || (*p != '-' && *p != 'C' && *p != 'c') || memchr(p, '\t', n))
		return false;
	if (*p == '-')
		return (n >= sizeof data && memcmp(p, data, sizeof data - 1) == 0) ||
		    (n >= sizeof end && memcmp(p, end, sizeof end - 1) == 0);
	return sql_word(&q, "COPY") &&
	    (memmem(p, n, " FROM stdin;", 12) || memmem(p, n, " from stdin;", 12));
}

bool
dump_row_in_line(const char *p, size_t n)
{
	const char *end = p + n, *q = p;
	struct sql insert;
	uint8_t id[16];
	unsigned fields = 0;

	while (q < end && strchr("- \t/*", *q) && *q)
		q++;
	/* marks of a comment and blanks alone */
	if (q == end)
		return false;
	insert = (struct sql){ q, end, true };
	if (end - q > 37 && q[36] == '\t' && uuid_to(q, 36, id)) {
		for (; q < end; q++)
			fields += *q == '\t';
		return fields >= ROW_FIELDS;
	}
	if (*q != '(' && (!sql_word(&insert, "INSERT") || !sql_word(&insert, "INTO")))
		return false;
	/* the first value is the id */
	for (q = insert.p; (q = memchr(q, '\'', (size_t)(end - q))) != NULL; q++)
		if (end - q > 37 && q[37] == '\'' && uuid_to(q + 1, 36, id))
			break;
	for (; q && q < end; q++)
		fields += *q == ',';
	return fields >= ROW_FIELDS;
}

/* `(` first, behind blanks. */
bool
dump_row_begins(const char *p, size_t n)
{
	size_t i = 0;

	while (i < n && (p[i] == ' ' || p[i] == '\t'))
		i++;
	return i < n && p[i] == '(';
}

/* Does such a mark stand in what comes next? Looking ahead is bounded for the whole input. The line
 * at hand is not valid any more. 1, 0, -1 (e). */
int
dump_stands_ahead(struct dump *d, const char *mark, struct err *e)
{
	size_t want = 65536, n, seen = 0, k = strlen(mark);
	const char *p;

	for (;; want *= 2) {
		if (stream_peek(d->f, want, &p, &n, e))
			return -1;
		if (memmem(p + seen, n - seen, mark, k))
			return 1;
		d->ahead += n - seen;
		if (n < want || want >= AHEAD)
			return 0;
		if (d->ahead > AHEAD_ALL)
			return 1;
		seen = n > k ? n - k : 0;
	}
}
