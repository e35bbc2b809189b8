/* Links inside a collection: files, and folders, whose bytes stand under another name. They are
 * followed once all files are there, and never out of the input. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/vec.h"
#include "source/bundle_inner.h"

/* `a/b/../c` and `./a` made plain. false: it leads out of the input. */
static bool
plain_path(char *p)
{
	char *out = p, *in = p, *begin = p;

	if (*p == '/')
		return false;
	while (*in) {
		size_t n = strcspn(in, "/");
		bool more = in[n] == '/'; /* what is written may stand on it */

		if (n == 2 && in[0] == '.' && in[1] == '.') {
			if (out == begin)
				return false;
			for (out--; out > begin && out[-1] != '/'; out--)
				;
		} else if (n && !(n == 1 && *in == '.')) {
			memmove(out, in, n);
			out += n;
			if (more)
				*out++ = '/';
		}
		in += n + more;
	}
	if (out > begin && out[-1] == '/')
		out--;
	*out = '\0';
	return out > begin;
}

int
bundle_note_link(struct bundle *b, const char *path, const char *to, bool symbolic, struct err *e)
{
	struct bundle_link *l;
	const char *slash = strrchr(path, '/');
	char *target = NULL;

	if (b->n_links == BUNDLE_FILES)
		return err_set(e, EX_DATA_ERR, "more than %u links in one input", BUNDLE_FILES);
	while (path[0] == '.' && path[1] == '/')
		path += 2;
	if (to &&
	    asprintf(&target, "%.*s%s",
		symbolic && slash && slash > path ? (int)(slash + 1 - path) : 0, path, to) < 0)
		return err_nomem(e);
	if (target && !plain_path(target)) {
		free(target);
		target = NULL;
	}
	if (vec_more(&b->link, b->n_links, sizeof *b->link)) {
		free(target);
		return err_nomem(e);
	}
	l = &b->link[b->n_links];
	l->to = target;
	if ((l->path = strdup(path)) == NULL) {
		free(target);
		return err_nomem(e);
	}
	b->n_links++;
	return 0;
}

const char *
bundle_skipped(const struct bundle *b, unsigned i)
{
	for (unsigned k = 0; k < b->n_links; k++)
		if (b->link[k].path && i-- == 0)
			return b->link[k].path;
	return NULL;
}

/* One more name for the bytes of a file; path is taken over. -1: no memory (e). */
static int
name_again(struct bundle *b, struct bundle_file f, char *path, struct err *e)
{
	if (path == NULL || vec_more(&b->file, b->n, sizeof *b->file)) {
		free(path);
		return err_nomem(e);
	}
	f.path = path;
	b->file[b->n++] = f;
	b->linked += f.bytes;
	return 0;
}

/* Can the bytes of this file be read under that name? Those that nobody wants are no loss. */
static bool
can_follow(const struct bundle *b, const struct bundle_file *f, const char *path)
{
	return f->kept || (b->want && !b->want(path));
}

/* A link to a folder gives every file in it another name. 1: it leads to one; 0: to none; -1 (e).
 * n: files that were there before links were followed. */
static int
follow_to_folder(struct bundle *b, const struct bundle_link *l, unsigned n, struct err *e)
{
	size_t len = strlen(l->to);
	int found = 0;

	for (unsigned i = 0; i < n; i++) {
		const char *below = b->file[i].path + len;
		char *path = NULL;

		if (strncmp(b->file[i].path, l->to, len) || *below != '/')
			continue;
		if (b->n == BUNDLE_FILES)
			return err_set(
			    e, EX_DATA_ERR, "more than %u files in one input", BUNDLE_FILES);
		if (asprintf(&path, "%s%s", l->path, below) < 0)
			return err_nomem(e);
		if (!can_follow(b, &b->file[i], path))
			free(path);
		else if (name_again(b, b->file[i], path, e))
			return -1;
		else
			found = 1;
	}
	return found;
}

int
bundle_follow_links(struct bundle *b, const char *name, struct err *e)
{
	bool again = true;

	/* A link may lead to a link: four rounds follow such chains, and a circle ends with
	 * them. */
	for (unsigned round = 0; round < 4 && again; round++) {
		unsigned n = b->n;

		again = false;
		for (unsigned i = 0; i < b->n_links; i++) {
			struct bundle_link *l = &b->link[i];
			struct bundle_file key = { .path = l->to }, *f;
			int rc;

			if (l->path == NULL || l->to == NULL)
				continue;
			/* among the files of before this round: those that it adds are unsorted
			 * until its end */
			f = n ? bsearch(&key, b->file, n, sizeof key, bundle_by_path) : NULL;
			if (f && !can_follow(b, f, l->path))
				continue;
			if (f) {
				/* the file again under the link's name: readers ask for names, and
				 * both lead to the same bytes */
				if (name_again(b, *f, l->path, e)) {
					l->path = NULL;
					return -1;
				}
				l->path = NULL;
				again = true;
			} else if ((rc = follow_to_folder(b, l, n, e)) < 0) {
				return -1;
			} else if (rc) {
				/* each follows once */
				free(l->path);
				l->path = NULL;
				again = true;
			}
		}
		/* names that were added are found by bisection in the next round */
		if (again && bundle_sort(b, name, e))
			return -1;
	}
	/* what leads nowhere is counted as left out */
	b->skipped = 0;
	for (unsigned i = 0; i < b->n_links; i++)
		b->skipped += b->link[i].path != NULL;
	return 0;
}
