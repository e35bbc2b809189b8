/* What lies in a folder: its files, and the roots of must-gathers that were unpacked there. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/vec.h"
#include "cmd/export/export.h"

int
path_order(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

int
path_push(char ***list, unsigned *n, char *path, struct err *e)
{
	if (path == NULL || vec_more(list, *n, sizeof **list)) {
		free(path);
		return err_nomem(e);
	}
	(*list)[(*n)++] = path;
	return 0;
}

/* A must-gather has one of these files in its root, as gather_roots knows it as well. */
static bool
is_root(const char *folder)
{
	static const char *const mark[] = { "collection-metadata.json",
		"datastorage/audit-events.json", "datastorage/audit-events.json.gz",
		"crds/remediationrequests/all-instances.yaml" };
	struct stat st;
	char *path;
	bool found = false;

	for (unsigned i = 0; i < sizeof mark / sizeof *mark && !found; i++) {
		if (asprintf(&path, "%s/%s", folder, mark[i]) < 0)
			return false;
		found = lstat(path, &st) == 0 && !S_ISDIR(st.st_mode);
		free(path);
	}
	return found;
}

/* The roots of the must-gathers that lie unpacked in a folder, perhaps further down. */
int
collections_in(const char *folder, unsigned depth, char ***list, unsigned *n, struct err *e)
{
	struct stat st;
	struct dirent *d;
	char *path;
	DIR *dir;
	int rc = 0;

	/* one may lie in another, such as an older one that was put there */
	if (is_root(folder) && path_push(list, n, strdup(folder), e))
		return -1;
	if (depth == BUNDLE_DEPTH || (dir = opendir(folder)) == NULL)
		return 0;
	while (rc == 0 && (d = readdir(dir)) != NULL) {
		if (d->d_name[0] == '.')
			continue;
		if (asprintf(&path, "%s%s%s", folder, folder[strlen(folder) - 1] == '/' ? "" : "/",
			d->d_name) < 0) {
			rc = err_nomem(e);
			break;
		}
		if (lstat(path, &st) == 0 && S_ISDIR(st.st_mode))
			rc = collections_in(path, depth + 1, list, n, e);
		free(path);
	}
	closedir(dir);
	return rc;
}

/* The files of a folder, and of the folders in it. Links to folders, pipes and the like are left
 * out, and that is said. */
int
list_files(struct argument *a, const char *folder, unsigned depth, bool *ret_toc, struct err *e)
{
	struct stat st, link;
	struct dirent *d;
	char *path;
	DIR *dir;
	int rc = 0;

	if ((dir = opendir(folder)) == NULL)
		return err_errno(e, "%s", folder);
	/* names that begin with a dot are not the source's */
	while (rc == 0 && (d = readdir(dir)) != NULL) {
		if (d->d_name[0] == '.')
			continue;
		/* its name alone tells a dump in directory format */
		*ret_toc |= depth == 0 && strcmp(d->d_name, "toc.dat") == 0;
		if (asprintf(&path, "%s%s%s", folder, folder[strlen(folder) - 1] == '/' ? "" : "/",
			d->d_name) < 0) {
			rc = err_nomem(e);
		} else if (lstat(path, &link) || stat(path, &st)) {
			/* a link that leads nowhere is named when it is opened */
			rc = path_push(&a->path, &a->n, path, e);
		} else if (S_ISDIR(link.st_mode) && depth < BUNDLE_DEPTH) {
			rc = list_files(a, path, depth + 1, ret_toc, e);
			free(path);
		} else if (S_ISREG(st.st_mode)) {
			/* links to files are followed, links to folders are not: they may lead in a
			 * circle */
			rc = path_push(&a->path, &a->n, path, e);
		} else {
			a->n_left_out++;
			if (a->left_out)
				free(path);
			else
				a->left_out = path;
		}
	}
	closedir(dir);
	return rc;
}
