/*
 * Comments behind the lines of our own YAML (B-11). It has one line a scalar, two blanks a level,
 * and lists begin where their name does; names of the CRD are
 * plain, so a quoted name, whatever it holds, is never taken for one of them.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "rebuild/inner.h"

#define LEVELS 16u                          /* deeper lines have no comment */
#define PATH_ROOM (2 * PATH_MAX_BYTES + 16) /* an object, a name and the number of an item */

struct level {
	char object[PATH_ROOM];    /* the object whose names begin here */
	char name[PATH_MAX_BYTES]; /* the one that was read last */
	int item;                  /* of the list of that name, -1: none yet */
};

static void
enter(struct level *l, const char *object, const char *dot, const char *name)
{
	int n = snprintf(
	    l->object, sizeof l->object, "%.*s%s%s", PATH_MAX_BYTES - 1, object, dot, name);

	if (n < 0 || n >= PATH_MAX_BYTES)
		snprintf(l->object, sizeof l->object, "?");
	l->name[0] = '\0';
	l->item = -1;
}

static bool
comment(struct buf *out, const struct rebuilt_rr *r, const char *path, const char *before)
{
	for (unsigned i = 0; i < r->n_origins; i++) {
		const struct origin *o = &r->origin[i];
		char id[37];

		if (strcmp(o->path, path))
			continue;
		uuid_of(o->by->id, id);
		buf_printf(out, "%s%s: %s [%s @%" PRIu64 "]", before, grade_name[o->grade], o->rule,
		    id, o->by->position);
		return true;
	}
	return false;
}

/* A plain name in front of a colon; "?" for every other. */
static void
name_of(const char *p, size_t n, char out[PATH_MAX_BYTES])
{
	size_t k = 0;

	while (k < n && k < PATH_MAX_BYTES - 1 &&
	    ((p[k] >= 'a' && p[k] <= 'z') || (p[k] >= 'A' && p[k] <= 'Z')))
		k++;
	if (k == 0 || k == n || p[k] != ':')
		snprintf(out, PATH_MAX_BYTES, "?");
	else
		snprintf(out, PATH_MAX_BYTES, "%.*s", (int)k, p);
}

int
yaml_annotate(struct buf *out, const struct buf *yaml, const struct rebuilt_rr *r)
{
	struct level level[LEVELS + 1];
	char path[PATH_ROOM];

	/* level[0] is the document itself, which has no name */
	enter(&level[0], "", "", "");
	for (size_t at = 0; at < yaml->len;) {
		const char *line = (const char *)yaml->p + at,
			   *nl = memchr(line, '\n', yaml->len - at);
		size_t n = nl ? (size_t)(nl - line) : yaml->len - at, blanks = 0, l;
		bool told = false;

		at += n + 1;
		buf_put(out, line, n);
		while (blanks < n && line[blanks] == ' ')
			blanks++;
		l = blanks / 2;
		/* an item of a list: its number, then the member that stands on the same line
		 * behind its dash */
		if (l < LEVELS - 1 && blanks + 1 < n && line[blanks] == '-' &&
		    line[blanks + 1] == ' ') {
			snprintf(path, sizeof path, "%.*s.%s[%d]", PATH_MAX_BYTES, level[l].object,
			    level[l].name, ++level[l].item);
			enter(&level[l + 1], path, "", "");
			told = comment(out, r, path, "  # ");
			blanks += 2;
			l++;
		}
		/* deeper than any object of these kinds: the line is kept, and has no comment */
		if (l < LEVELS) {
			name_of(line + blanks, n - blanks, level[l].name);
			level[l].item = -1;
			enter(&level[l + 1], level[l].object, level[l].object[0] ? "." : "",
			    /* both, where an item and its first member share the line */
			    level[l].name);
			comment(out, r, level[l + 1].object, told ? "; " : "  # ");
		}
		buf_byte(out, '\n');
	}
	return out->failed ? -1 : 0;
}
