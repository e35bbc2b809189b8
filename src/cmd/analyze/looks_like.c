/* Files that are no archives: what they look like, and who reads such a one. */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "cmd/analyze/analyze.h"

#define HEAD 4096u /* bytes of a file that are looked at */

/* The first row that fits counts. */
static const struct {
	const char *begins;
	size_t n, at; /* of its bytes, and where they stand */
	const char *what, *todo;
} known[] = {
	{ "PGDMP", 5, 0, "a dump of PostgreSQL in pg_dump's custom format",
	    "pg_restore -f dump.sql makes text of it, which exhibit-export archive seals" },
	{ "\x28\xb5\x2f\xfd", 4, 0, "packed by zstd",
	    "events in it: exhibit-export archive; an archive in it: unpack it first" },
	{ "\x1f\x8b", 2, 0, "packed by gzip",
	    "events in it: exhibit-export archive; an archive in it: unpack it first" },
	{ "BZh", 3, 0, "packed by bzip2",
	    "events in it: exhibit-export archive; an archive in it: unpack it first" },
	{ "\xfd"
	  "7zXZ",
	    5, 0, "packed by xz",
	    "events in it: exhibit-export archive; an archive in it: unpack it first" },
	{ "PK\x03\x04", 4, 0, "a ZIP",
	    "a bundle: unpack it, then exhibit bundle --check FOLDER; events in it: "
	    "exhibit-export archive" },
	{ "ustar", 5, 257, "a tar",
	    "a must-gather: exhibit-export archive; archives in it: unpack it first" },
	{ "SQLite format 3", 16, 0, "an SQLite database of another program",
	    "sqlite3 reads it; Kubernaut's events come from its PostgreSQL" },
	{ "PRIVATE+KEY+", 12, 0, "a SIGNING KEY",
	    "keep it where nobody else reads it; to verify, give an archive and the .vkey beside "
	    "it" },
	{ "<", 1, 0, "a page, such as a report", "a browser opens it" },
	{ "{", 1, 0, "JSON",
	    "rows, answers of the server and dead letters: exhibit-export archive seals them" },
	{ "[", 1, 0, "JSON",
	    "rows, answers of the server and dead letters: exhibit-export archive seals them" },
};

/* NULL: it looks like nothing that is known. */
static const char *
looks_like(const struct archive *a, const char **todo)
{
	char head[HEAD + 1];
	ssize_t n = archive_read(a, 0, head, HEAD);
	size_t have = n > 0 ? (size_t)n : 0, zeros = 0;

	for (unsigned i = 0; i < sizeof known / sizeof *known; i++)
		if (have >= known[i].at + known[i].n &&
		    memcmp(head + known[i].at, known[i].begins, known[i].n) == 0) {
			*todo = known[i].todo;
			return known[i].what;
		}
	head[have] = '\0';
	while (zeros < have && head[zeros] == '\0')
		zeros++;
	*todo = "compare its SHA-256 with the one that was noted, and copy it again";
	if (have && zeros == have)
		return "a copy that was not finished: it begins with zeros";
	if (have == 0)
		return "a copy that was not finished: there is nothing in it";
	*todo = "exhibit-export archive seals its events into an archive";
	return strstr(head, "PostgreSQL database dump") || strstr(head, "COPY ") ||
		strstr(head, "INSERT INTO ") || strstr(head, "\nSET ") ?
	    "a dump of PostgreSQL (pg_dump)" :
	    strstr(head, "event_id") ? "a table of events, such as CSV" :
				       NULL;
}

bool
evidence_readable(const struct evidence *v)
{
	for (unsigned i = 0; i < v->n; i++)
		if (archive_readable(v->archive[i]))
			return true;
	return false;
}

void
print_looks_like(const struct archive *a)
{
	const char *todo, *what = looks_like(a, &todo);

	if (archive_shape(a) != ARCHIVE_FOREIGN)
		return;
	if (what == NULL) {
		print_line("looks like", "nothing that these programs know");
		return;
	}
	print_line("looks like", "%s", what);
	print_line("", "%s", todo);
}

void
print_unreadable(const struct evidence *v)
{
	printf("NOTHING COULD BE READ, so nothing is told of what is in %s.\n\n",
	    v->n == 1 ? "this file" : "these files");
	for (unsigned i = 0; i < v->n; i++) {
		print_line("file", "%s", archive_path(v->archive[i]));
		for (unsigned k = 0; k < v->findings.n; k++)
			if (v->findings.f[k].file == i &&
			    finding_info[v->findings.f[k].id].level > LEVEL_GAP)
				print_line(finding_info[v->findings.f[k].id].id, "%s",
				    v->findings.f[k].sentence);
		print_looks_like(v->archive[i]);
	}
	putchar('\n');
}
