/* What stands between the statements of a dump: comments, commands of psql, text that is none of
 * them. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "source/pgdump_inner.h"

static bool
line_is(const char *p, size_t n, const char *text)
{
	while (n && isspace((unsigned char)p[n - 1]))
		n--;
	return n == strlen(text) && memcmp(p, text, n) == 0;
}

/* `-- Data for Name: audit_events_2026_11; Type: TABLE DATA; Schema: public; …`: with --inserts,
 * all there is of an empty table. */
static int
data_comment(struct dump *d, const char *p, size_t n, struct err *e)
{
	static const char head[] = "-- Data for Name: ", middle[] = "; Type: TABLE DATA; Schema: ";
	const char *name = p + sizeof head - 1, *end = p + n, *m, *schema, *semicolon;
	struct made *other;
	enum role role;

	if (n < sizeof head || memcmp(p, head, sizeof head - 1) ||
	    (m = memmem(name, (size_t)(end - name), middle, sizeof middle - 1)) == NULL)
		return 0;
	schema = m + sizeof middle - 1;
	if ((semicolon = memchr(schema, ';', (size_t)(end - schema))) == NULL ||
	    semicolon - schema > 200 || m - name > 200)
		return 0;
	buf_clear(&d->full);
	buf_put(&d->full, schema, (size_t)(semicolon - schema));
	buf_byte(&d->full, '.');
	buf_put(&d->full, name, (size_t)(m - name));
	buf_byte(&d->full, '\0');
	if (d->full.failed)
		return err_nomem(e);
	if (tables_role(&d->tables, (char *)d->full.p, &role, e))
		return -1;
	if (role == ROLE_AUDIT && session_count(d->s, (char *)d->full.p, true, 0, e))
		return -1;
	if (role != ROLE_OTHER)
		return tables_section(&d->tables, (char *)d->full.p, role, e);
	if ((other = tables_entry(&d->tables, (char *)d->full.p, e)) == NULL)
		return -1;
	other->announced = true;
	return 0;
}

static int
comment(struct dump *d, const char *p, size_t n, struct err *e)
{
	if (dump_row_in_line(p, n))
		return 1;
	d->tables.marked |= line_is(p, n, "-- PostgreSQL database dump");
	d->begun += line_is(p, n, "-- PostgreSQL database dump") ||
	    line_is(p, n, "-- PostgreSQL database cluster dump");
	d->ended += line_is(p, n, "-- PostgreSQL database dump complete") ||
	    line_is(p, n, "-- PostgreSQL database cluster dump complete");
	return data_comment(d, p, n, e);
}

/* psql's commands, one a line. 0; 1 none; -1 (e). */
static int
meta_command(struct dump *d, const char *p, size_t n, struct err *e)
{
	static const char *const known[] = { "restrict", "unrestrict", "set", "unset", "encoding",
		"echo", "qecho", "pset", "timing", "a", "t", "x", "q", "o", "i", "ir", "if", "else",
		"endif", "warn", "prompt", "cd" };
	size_t k = 1;

	while (k < n && isalpha((unsigned char)p[k]))
		k++;
	if ((k == 8 && memcmp(p, "\\connect", 8) == 0) || (k == 2 && p[1] == 'c')) {
		if (d->target && d->target_role == ROLE_OTHER)
			table_free(d->target);
		d->target = NULL;
		return tables_connect(&d->tables, p + k, n - k, e);
	}
	for (unsigned i = 0; i < sizeof known / sizeof *known; i++)
		if (strlen(known[i]) == k - 1 && memcmp(p + 1, known[i], k - 1) == 0)
			return 0;
	return 1;
}

/* A comment begins at p and does not end on its line: it goes on, or its end is lost. */
static int
open_comment(struct dump *d, const char *p, size_t n, struct err *e)
{
	uint64_t line = stream_line_no(d->f);
	int rc;

	buf_clear(&d->text);
	buf_put(&d->text, p, n);
	if (d->text.failed)
		return err_nomem(e);
	if ((rc = dump_stands_ahead(d, "*/", e)) < 0)
		return -1;
	d->block_comment = rc;
	if (rc) {
		session_understood(d->s, n);
		return 0;
	}
	return dump_stray(d, line, (char *)d->text.p, n, "a comment that does not end", e);
}

/* Bytes of a comment. A row that stands in one is not read, and kept aside. */
static int
in_comment(struct dump *d, const char *p, size_t n, struct err *e)
{
	if (dump_row_in_line(p, n))
		return dump_stray(
		    d, stream_line_no(d->f), p, n, "a row that stands in a comment", e);
	session_understood(d->s, n);
	return 0;
}

/* A comment in slashes and stars, or its rest. It may go over lines. *p and *n are moved behind it;
 * *n == 0: the line has no more. */
static int
block_comment(struct dump *d, const char **p, size_t *n, struct err *e)
{
	const char *end = memmem(*p, *n, "*/", 2), *from = *p;
	size_t k = end ? (size_t)(end - *p) + 2 : *n;

	*p += k;
	*n -= k;
	/* a comment that nothing ends would swallow the rest of the input: it is held back until
	 * its end is met */
	if (end == NULL && !d->block_comment)
		return open_comment(d, from, k, e);
	d->block_comment = end == NULL;
	return in_comment(d, from, k, e);
}

int
dump_between(struct dump *d, const char **p, size_t *n, struct err *e)
{
	uint64_t line = stream_line_no(d->f);
	int rc = 0;

	while (*n) {
		size_t k = 0;

		/* blanks, and marks of byte order where files were put behind each other */
		while (k < *n &&
		    (isspace((unsigned char)(*p)[k]) ||
			(*n - k >= 3 && memcmp(*p + k, "\xef\xbb\xbf", 3) == 0)))
			k += isspace((unsigned char)(*p)[k]) ? 1 : 3;
		session_understood(d->s, k);
		*p += k;
		*n -= k;
		if (*n == 0)
			return 0;
		if (d->block_comment || (*n >= 2 && (*p)[0] == '/' && (*p)[1] == '*')) {
			if (block_comment(d, p, n, e))
				return -1;
			continue;
		}
		/* what a line may begin with, outside of statements */
		if (*n >= 2 && (*p)[0] == '-' && (*p)[1] == '-')
			rc = comment(d, *p, *n, e);
		else if (**p == '\\')
			rc = meta_command(d, *p, *n, e);
		else if (dump_begins_statement(*p, *n))
			return 0;
		else
			rc = 1;
		if (rc < 0)
			return rc;
		/* words that stand before a statement on its own line, such as a shell's prompt */
		if (rc && **p != '-' && (k = dump_statement_inside(*p, *n)) != 0) {
			if (dump_stray(d, line, *p, k, "words before a statement", e))
				return -1;
			*p += k;
			*n -= k;
			return 0;
		}
		/* everything else is kept as a stray piece */
		if (rc && **p == '-')
			rc = in_comment(d, *p, *n, e);
		else if (rc)
			rc = dump_stray(
			    d, line, *p, *n, "no statement, comment or command of psql", e);
		else
			session_understood(d->s, *n);
		*n = 0;
		return rc;
	}
	return 0;
}
